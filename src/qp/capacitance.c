/* SPDX-License-Identifier: MIT */
/*
 * Working sets of a factor covariance Sigma = F'F + D through its capacitance matrix (Woodbury 1950). With t = F_F w,
 *
 *     K t = F D^-1 b + C'y,   (G - C K^-1 C') y = d - A D^-1 b + C K^-1 F D^-1 b,   w = D^-1 (b - F_F't + A_F'y)
 *
 * where K = I + F D^-1 F', C = A D^-1 F' and G = A D^-1 A', all over the free weights. A weight that comes or goes
 * changes each by one product, whatever the number of free weights.
 */
#include "qp/reduced.h"

#include <math.h>
#include <string.h>

/* A specific variance below this part of the variance is left to other methods. */
static const double LEAST_SPECIFIC = 1e-9;

/* A row of which less than this is left after projection depends on the others; and rounding of V V'. */
static const double DEPENDENT = 1e-10;

/* What taking a weight out may shrink a diagonal entry of K by before its rounding shows. */
static const double CANCELLED = 1e-3;

int mvoi_capacitance_allowed(const mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset)
{
    const mvo_covariance *covariance = problem->covariance;
    const double variance = covariance->diagonal[asset];
    return covariance->specific[asset] > LEAST_SPECIFIC * variance && variance > reduced->negligible;
}

/* [A_j; f_j] of a weight into reduced->top, rows of A by slot. */
static void write_tall(mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset)
{
    const size_t k = reduced->factors;
    for (size_t s = 0; s < reduced->carried; s++)
        reduced->top[s] = problem->rows[(size_t)reduced->carried_rows[s] * problem->ld_rows + (size_t)asset];
    for (size_t s = reduced->carried; s < reduced->extra; s++)
        reduced->top[s] = 0.0;
    memcpy(reduced->top + reduced->extra, problem->covariance->factors + (size_t)asset * k, k * sizeof(double));
}

/* Adds weight / D times the products of [A_j; f_j] with f_j and with A_j; those above the diagonal of K are not used.
 */
static void add_products(mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset, double scale)
{
    const size_t k = reduced->factors, extra = reduced->extra;
    write_tall(reduced, problem, asset);
    for (size_t f = 0; f < k; f++)
        reduced->column[f] = scale * reduced->top[extra + f];
    reduced->kernels->rank1(extra + k, k, reduced->sums, reduced->ld, reduced->top, reduced->column);
    for (size_t s = 0; s < reduced->carried; s++)
        reduced->multipliers[s] = scale * reduced->top[s];
    reduced->kernels->rank1(extra, reduced->carried, reduced->weighted_gram, reduced->ld_schur, reduced->top,
                            reduced->multipliers);
}

/* The sums over all of F, column by column of K so that each is written once. */
void mvoi_capacitance_assemble(mvoi_reduced *reduced, const mvoi_problem *problem)
{
    const mvo_covariance *covariance = problem->covariance;
    const size_t k = reduced->factors, extra = reduced->extra, ld = reduced->ld, count = reduced->count;
    for (size_t p = 0; p < count; p++)
        reduced->inverse[reduced->assets[p]] = 1.0 / covariance->specific[reduced->assets[p]];
    for (size_t f = 0; f < k; f++) {
        double *column = reduced->sums + f * ld;
        memset(column, 0, (extra + k) * sizeof *column);
        for (size_t p = 0; p < count; p++) {
            const int32_t j = reduced->assets[p];
            reduced->forward[p] = covariance->factors[f + (size_t)j * k] * reduced->inverse[j];
        }
        reduced->kernels->sweep(k - f, count, covariance->factors + f, k, reduced->assets, reduced->forward,
                                column + extra + f);
        column[extra + f] += 1.0;
        for (size_t s = 0; s < reduced->carried; s++) {
            const double *row = problem->rows + (size_t)reduced->carried_rows[s] * problem->ld_rows;
            double sum = 0.0;
            for (size_t p = 0; p < count; p++)
                sum += row[reduced->assets[p]] * reduced->forward[p];
            column[s] = sum;
        }
    }
    memset(reduced->weighted_gram, 0, reduced->ld_schur * reduced->carried * sizeof(double));
    for (size_t p = 0; p < count; p++) {
        const int32_t j = reduced->assets[p];
        for (size_t s = 0; s < reduced->carried; s++)
            reduced->top[s] = problem->rows[(size_t)reduced->carried_rows[s] * problem->ld_rows + (size_t)j];
        for (size_t s = 0; s < reduced->carried; s++)
            reduced->multipliers[s] = reduced->inverse[j] * reduced->top[s];
        reduced->kernels->rank1(reduced->carried, reduced->carried, reduced->weighted_gram, reduced->ld_schur,
                                reduced->top, reduced->multipliers);
    }
    reduced->stale = 1;
}

int mvoi_capacitance_change(mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset, double sign)
{
    const size_t k = reduced->factors, extra = reduced->extra, ld = reduced->ld;
    if (sign > 0.0)
        reduced->inverse[asset] = 1.0 / problem->covariance->specific[asset];
    add_products(reduced, problem, asset, sign * reduced->inverse[asset]);
    for (size_t f = 0; f < k && sign < 0.0; f++) {
        const double part = reduced->top[extra + f] * reduced->top[extra + f] * reduced->inverse[asset];
        if (reduced->sums[extra + f + f * ld] < CANCELLED * part)
            reduced->updates = INT32_MAX; /* the next change makes the sums anew */
    }
    reduced->stale = 1;
    return 1;
}

/* Factorises K; it is I plus a semidefinite matrix, so this cannot fail but on overflow, which refinement will see. */
static void refresh(mvoi_reduced *reduced)
{
    const size_t k = reduced->factors, all = reduced->extra + k;
    if (!reduced->stale)
        return;
    for (size_t f = 0; f < k; f++)
        memcpy(reduced->matrix + f * reduced->ld, reduced->sums + f * reduced->ld, all * sizeof(double));
    reduced->kernels->cholesky(reduced->extra, k, reduced->matrix, reduced->ld, 0.0);
    reduced->stale = 0;
}

size_t mvoi_capacitance_activate(mvoi_reduced *reduced, const int32_t *rows, size_t wanted)
{
    const size_t k = reduced->factors, ld = reduced->ld_schur, extra = reduced->extra;
    size_t independent = wanted;
    refresh(reduced);
    for (size_t a = 0; a < wanted; a++) {
        const size_t slot = (size_t)reduced->slot[rows[a]];
        for (size_t f = 0; f < k; f++)
            reduced->column[f] = reduced->matrix[slot + f * reduced->ld];
        memset(reduced->top, 0, extra * sizeof(double));
        reduced->kernels->gemv(extra, k, reduced->matrix, reduced->ld, reduced->column, reduced->top);
        for (size_t i = a; i < wanted; i++) {
            const size_t other = (size_t)reduced->slot[rows[i]];
            const double value = reduced->weighted_gram[other + slot * ld] - reduced->top[other];
            reduced->gram[i + a * ld] = reduced->schur[i + a * ld] = value;
        }
        reduced->active_rows[a] = rows[a];
        if (!(reduced->gram[a + a * ld] > DEPENDENT * reduced->weighted_gram[slot + slot * ld]) && a < independent)
            independent = a;
    }
    const size_t done = reduced->kernels->cholesky(0, independent, reduced->schur, ld, DEPENDENT);
    reduced->active = done;
    reduced->schur_valid = done == wanted;
    return done;
}

void mvoi_capacitance_solve(mvoi_reduced *reduced, const mvoi_problem *problem, const double *b, const double *d,
                            double *w, double *y)
{
    const mvoi_kernels *kernels = reduced->kernels;
    const size_t count = reduced->count, active = reduced->active, k = reduced->factors, extra = reduced->extra;
    const double *factors = problem->covariance->factors, *L = reduced->matrix + extra;
    double *weighted = reduced->forward, *t = reduced->column;
    refresh(reduced);
    for (size_t p = 0; p < count; p++)
        weighted[p] = b[p] * reduced->inverse[reduced->assets[p]];
    memset(t, 0, k * sizeof *t);
    kernels->sweep(k, count, factors, k, reduced->assets, weighted, t);
    kernels->solve_lower(k, L, reduced->ld, t);
    memset(reduced->top, 0, extra * sizeof(double));
    kernels->gemv(extra, k, reduced->matrix, reduced->ld, t, reduced->top);
    for (size_t a = 0; a < active; a++) {
        const double *row = problem->rows + (size_t)reduced->active_rows[a] * problem->ld_rows;
        double left = d[a] + reduced->top[reduced->slot[reduced->active_rows[a]]];
        for (size_t p = 0; p < count; p++)
            left -= row[reduced->assets[p]] * weighted[p];
        y[a] = left;
    }
    kernels->solve_lower(active, reduced->schur, reduced->ld_schur, y);
    kernels->solve_lower_transposed(active, reduced->schur, reduced->ld_schur, y);
    memset(reduced->multipliers, 0, extra * sizeof(double));
    for (size_t a = 0; a < active; a++)
        reduced->multipliers[reduced->slot[reduced->active_rows[a]]] = y[a];
    for (size_t f = 0; f < k && active; f++)
        t[f] += kernels->dot(extra, reduced->matrix + f * reduced->ld, reduced->multipliers);
    kernels->solve_lower_transposed(k, L, reduced->ld, t);
    for (size_t p = 0; p < count; p++) {
        const int32_t j = reduced->assets[p];
        double right = b[p] - kernels->dot(k, factors + (size_t)j * k, t);
        for (size_t a = 0; a < active; a++)
            right += problem->rows[(size_t)reduced->active_rows[a] * problem->ld_rows + (size_t)j] * y[a];
        w[p] = right * reduced->inverse[j];
    }
}
