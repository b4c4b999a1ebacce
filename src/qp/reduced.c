/* SPDX-License-Identifier: MIT */
/* Cholesky factorisation of a working set, with its rows on top. */
#include "qp/reduced.h"

#include <math.h>
#include <string.h>

/* A pivot below this part of its own variance counts as zero: well above rounding, well below any use. */
static const double PIVOT = 1e-11;

/* The same for V V', whose entries carry the rounding of V. */
static const double SCHUR_PIVOT = 1e-10;

/* A variance of less than this, in units of the largest one, is what rounding leaves of none at all: loadings that cancel,
   say. Taken for a real one it would make weights of 1e30. The path method takes it so too (scaled.c). */
static const double LEAST_VARIANCE = 1e-26;

/* Up to this many rows all of them ride on top, so that activating one costs nothing. */
enum { CARRY_ALL = 24, SLACK = 8 };

static size_t round_up(size_t count)
{
    return (count + 7) / 8 * 8;
}

/* The variance of a weight as the factorisation takes it: none where it is only what rounding leaves of none. */
static double own_variance(const mvoi_reduced *reduced, const mvo_covariance *covariance, int32_t asset)
{
    const double variance = covariance->diagonal[asset];
    return variance > reduced->negligible ? variance : 0.0;
}

/* Columns there can ever be: all weights of a dense covariance; of a factor one, as many as are cheaper than K. */
static size_t most_columns(const mvo_covariance *covariance)
{
    const size_t worth = 2 * covariance->k + 64;
    return covariance->kind == MVOI_FACTOR && worth < covariance->n ? worth : covariance->n;
}

int mvoi_reduced_init(mvoi_reduced *reduced, mvo_context *context, const mvo_covariance *covariance, size_t m,
                      const mvoi_kernels *kernels)
{
    const int factor = covariance->kind == MVOI_FACTOR;
    const size_t n = covariance->n, k = factor ? covariance->k : 0, most = most_columns(covariance);
    const size_t extra = round_up(m), tall = extra + round_up(most) + 2 * SLACK;
    const size_t order = factor ? extra + round_up(k) + 8 : 0; /* rows of K with C on top */
    *reduced = (mvoi_reduced){ .kernels = kernels, .n = n, .m = m, .ld_schur = extra, .most = most, .factors = k };
    const size_t wide = n > k ? n : k;
    const int systems = order * k > tall * most; /* K takes more than the columns of F */
    const mvoi_part parts[] = {
        MVOI_PART(reduced->deviation, wide),     MVOI_PART(reduced->inverse, wide),     MVOI_PART(reduced->column, wide),
        MVOI_PART(reduced->forward, wide),       MVOI_PART(reduced->assets, n),         MVOI_PART(reduced->position, n),
        { &reduced->matrix, systems ? k : most, (systems ? order : tall) * sizeof *reduced->matrix },
        { &reduced->sums, k, order * sizeof *reduced->sums },
        { &reduced->weighted_gram, factor ? m : 0, extra * sizeof *reduced->weighted_gram },
        { &reduced->schur, m, extra * sizeof *reduced->schur },
        { &reduced->products, m, extra * sizeof *reduced->products },
        { &reduced->gram, m, extra * sizeof *reduced->gram },
        MVOI_PART(reduced->carried_rows, m),     MVOI_PART(reduced->slot, m),           MVOI_PART(reduced->active_rows, m),
        MVOI_PART(reduced->top, order > extra ? order : extra),                         MVOI_PART(reduced->multipliers, extra)
    };
    reduced->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (!reduced->memory)
        return 0;
    for (size_t j = 0; j < n; j++)
        reduced->position[j] = -1;
    mvoi_reduced_forget(reduced);
    return 1;
}

void mvoi_reduced_clear(mvoi_reduced *reduced, mvo_context *context)
{
    mvoi_release(context, reduced->memory);
    *reduced = (mvoi_reduced){ 0 };
}

void mvoi_reduced_forget(mvoi_reduced *reduced)
{
    for (size_t p = 0; p < reduced->count; p++)
        reduced->position[reduced->assets[p]] = -1;
    for (size_t i = 0; i < reduced->m; i++)
        reduced->slot[i] = -1;
    reduced->schur_valid = reduced->products_valid = reduced->capacitance = reduced->stale = 0;
    reduced->count = reduced->carried = reduced->active = reduced->capacity = reduced->extra = 0;
}

void mvoi_reduced_measure(mvoi_reduced *reduced, const mvo_covariance *covariance)
{
    double largest = 0.0;
    for (size_t j = 0; j < covariance->n; j++)
        largest = covariance->diagonal[j] > largest ? covariance->diagonal[j] : largest;
    reduced->negligible = LEAST_VARIANCE * largest;
}

/* Chooses the rows on top and the leading dimension: an odd number of cache lines, so that no two columns collide. */
static void lay_out(mvoi_reduced *reduced, size_t m, const int32_t *row_side, size_t count)
{
    reduced->carried = 0;
    for (size_t i = 0; i < m; i++) {
        const int carry = m <= CARRY_ALL || row_side[i] != MVOI_FREE;
        reduced->slot[i] = carry ? (int32_t)reduced->carried : -1;
        if (carry)
            reduced->carried_rows[reduced->carried++] = (int32_t)i;
    }
    reduced->extra = round_up(reduced->carried);
    size_t room = count + count / 4 + SLACK;
    if (room > reduced->most)
        room = reduced->most;
    if (reduced->capacitance) {
        reduced->capacity = reduced->n;
        room = reduced->factors;
    }
    if (!reduced->capacitance)
        reduced->capacity = room;
    reduced->ld = reduced->extra + round_up(room);
    if (reduced->ld % 16 == 0)
        reduced->ld += 8;
}

/* The column of one weight as the factorisation expects it: rows on top, then its covariances from row `first` on. */
static void gather_column(const mvoi_reduced *reduced, const mvoi_problem *problem, size_t first, size_t last,
                          int32_t asset, double *column)
{
    if (reduced->carried == problem->m) {
        mvoi_read_column(problem, asset, reduced->extra, column);
    } else {
        for (size_t s = 0; s < reduced->carried; s++)
            column[s] = problem->rows[(size_t)reduced->carried_rows[s] * problem->ld_rows + (size_t)asset];
        for (size_t s = reduced->carried; s < reduced->extra; s++)
            column[s] = 0.0;
    }
    const mvo_covariance *covariance = problem->covariance;
    const int32_t *assets = reduced->assets;
    double *target = column + reduced->extra;
    if (covariance->kind == MVOI_FACTOR) {
        const size_t k = covariance->k;
        const double *own = covariance->factors + (size_t)asset * k;
        for (size_t p = first; p < last; p++) {
            target[p] = reduced->kernels->dot(k, covariance->factors + (size_t)assets[p] * k, own);
            if (assets[p] == asset)
                target[p] = own_variance(reduced, covariance, asset) > 0.0 ? target[p] + covariance->specific[asset] : 0.0;
        }
        return;
    }
    const double *source = covariance->dense + (size_t)asset * covariance->ld;
    for (size_t p = first; p < last; p++)
        target[p] = source[assets[p]];
    if (first < last && assets[first] == asset)
        target[first] = own_variance(reduced, covariance, asset);
}

/* The weight assets[place] is in F from now on, at that place, the last. */
static void adopt(mvoi_reduced *reduced, const mvoi_problem *problem, size_t place)
{
    const int32_t asset = reduced->assets[place];
    reduced->position[asset] = (int32_t)place;
    reduced->deviation[asset] = sqrt(problem->covariance->diagonal[asset]);
    reduced->count = place + 1;
    reduced->schur_valid = reduced->products_valid = 0;
}

size_t mvoi_reduced_factorise(mvoi_reduced *reduced, const mvoi_problem *problem, const int32_t *free, size_t count,
                              const int32_t *row_side, int32_t *refused)
{
    mvoi_reduced_forget(reduced);
    reduced->factorisations++;
    reduced->updates = 0;
    memcpy(reduced->assets, free, count * sizeof *free);
    if (count > reduced->most) {
        for (size_t p = 0; p < count; p++) {
            if (!mvoi_capacitance_allowed(reduced, problem, free[p]))
                return SIZE_MAX;
        }
        reduced->capacitance = 1;
    }
    lay_out(reduced, problem->m, row_side, count);
    if (reduced->capacitance) {
        for (size_t p = 0; p < count; p++)
            adopt(reduced, problem, p);
        mvoi_capacitance_assemble(reduced, problem);
        return 0;
    }
    for (size_t p = 0; p < count; p++)
        gather_column(reduced, problem, p, count, reduced->assets[p], reduced->matrix + p * reduced->ld);
    const size_t done = reduced->kernels->cholesky(reduced->extra, count, reduced->matrix, reduced->ld, PIVOT);
    for (size_t p = 0; p < done; p++)
        adopt(reduced, problem, p);
    size_t left_out = 0;
    for (size_t p = done; p < count; p++) { /* one refused: the rest is tried one by one */
        const int32_t asset = reduced->assets[p];
        if (p == done || !mvoi_reduced_append(reduced, problem, asset))
            refused[left_out++] = asset;
    }
    return left_out;
}

int mvoi_reduced_append(mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset)
{
    const mvoi_kernels *kernels = reduced->kernels;
    const size_t count = reduced->count, extra = reduced->extra, ld = reduced->ld;
    if (count == reduced->capacity)
        return 0;
    if (reduced->capacitance) {
        if (!mvoi_capacitance_allowed(reduced, problem, asset) || !mvoi_capacitance_change(reduced, problem, asset, 1.0))
            return 0;
        reduced->assets[count] = asset;
        adopt(reduced, problem, count);
        reduced->updates++;
        return 1;
    }
    const double variance = own_variance(reduced, problem->covariance, asset);
    double *row = reduced->column;
    double *target = reduced->matrix + count * ld;
    gather_column(reduced, problem, 0, count, asset, target);
    memcpy(row, target + extra, count * sizeof *row);
    kernels->solve_lower(count, reduced->matrix + extra, ld, row);
    const double pivot = variance - kernels->dot(count, row, row);
    if (!(pivot > PIVOT * variance) || !(pivot > 0.0))
        return 0;
    const double root = sqrt(pivot);
    memset(reduced->top, 0, extra * sizeof(double));
    kernels->gemv(extra, count, reduced->matrix, ld, row, reduced->top);
    for (size_t s = 0; s < extra; s++)
        target[s] = (target[s] - reduced->top[s]) / root;
    target[extra + count] = root;
    for (size_t p = 0; p < count; p++)
        reduced->matrix[extra + count + p * ld] = row[p];
    reduced->assets[count] = asset;
    adopt(reduced, problem, count);
    reduced->updates++;
    return 1;
}

void mvoi_reduced_remove(mvoi_reduced *reduced, const mvoi_problem *problem, size_t position)
{
    if (reduced->capacitance)
        mvoi_capacitance_change(reduced, problem, reduced->assets[position], -1.0);
    else
        reduced->kernels->cholesky_delete(reduced->extra, reduced->count, reduced->matrix, reduced->ld, position);
    reduced->position[reduced->assets[position]] = -1;
    reduced->schur_valid = reduced->products_valid = 0;
    reduced->count--;
    reduced->updates++;
    for (size_t p = position; p < reduced->count; p++) {
        reduced->assets[p] = reduced->assets[p + 1];
        reduced->position[reduced->assets[p]] = (int32_t)p;
    }
}

size_t mvoi_reduced_activate(mvoi_reduced *reduced, const int32_t *rows, size_t wanted)
{
    const mvoi_kernels *kernels = reduced->kernels;
    const size_t ld = reduced->ld_schur;
    if (reduced->schur_valid && reduced->active == wanted && !memcmp(reduced->active_rows, rows, wanted * sizeof *rows))
        return wanted;
    if (reduced->capacitance)
        return mvoi_capacitance_activate(reduced, rows, wanted);
    if (!reduced->products_valid)
        kernels->gram(reduced->carried, reduced->count, reduced->matrix, reduced->ld, NULL, reduced->products, ld);
    reduced->products_valid = 1;
    for (size_t a = 0; a < wanted; a++) {
        const size_t s = (size_t)reduced->slot[rows[a]];
        for (size_t i = a; i < wanted; i++) {
            const size_t other = (size_t)reduced->slot[rows[i]], most = other > s ? other : s;
            reduced->gram[i + a * ld] = reduced->schur[i + a * ld] = reduced->products[most + (s + other - most) * ld];
        }
        reduced->active_rows[a] = rows[a];
    }
    const size_t done = kernels->cholesky(0, wanted, reduced->schur, ld, SCHUR_PIVOT);
    reduced->active = done;
    reduced->schur_valid = done == wanted;
    return done;
}

void mvoi_reduced_solve(mvoi_reduced *reduced, const mvoi_problem *problem, const double *b, const double *d, double *w,
                        double *y)
{
    if (reduced->capacitance) {
        mvoi_capacitance_solve(reduced, problem, b, d, w, y);
        return;
    }
    const mvoi_kernels *kernels = reduced->kernels;
    const size_t count = reduced->count, extra = reduced->extra, active = reduced->active;
    const double *L = reduced->matrix + extra;
    double *g = reduced->forward;
    if (w != b)
        memcpy(w, b, count * sizeof *w);
    kernels->solve_lower(count, L, reduced->ld, w);
    if (active) {
        memset(reduced->top, 0, extra * sizeof(double));
        kernels->gemv(extra, count, reduced->matrix, reduced->ld, w, reduced->top);
        for (size_t a = 0; a < active; a++)
            y[a] = d[a] - reduced->top[reduced->slot[reduced->active_rows[a]]];
        kernels->solve_lower(active, reduced->schur, reduced->ld_schur, y);
        kernels->solve_lower_transposed(active, reduced->schur, reduced->ld_schur, y);
        memset(reduced->multipliers, 0, extra * sizeof(double));
        for (size_t a = 0; a < active; a++)
            reduced->multipliers[reduced->slot[reduced->active_rows[a]]] = y[a];
        kernels->gemv_transposed(extra, count, reduced->matrix, reduced->ld, reduced->multipliers, g);
        for (size_t p = 0; p < count; p++)
            w[p] += g[p];
    }
    kernels->solve_lower_transposed(count, L, reduced->ld, w);
}
