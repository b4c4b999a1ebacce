/* SPDX-License-Identifier: MIT */
/* Refinement with residuals in twice the precision (see block_state.h). */
#include "qp/block_state.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double PRIMAL = 4.0 * DBL_EPSILON; /* as much beyond a limit, relative, is rounding */
static const double SETTLED = 1e-10; /* correction, relative, after which another changes nothing */
static const double DIVERGED = 1e-8; /* correction, relative, after which the answer is not to be trusted */

/* Up to this many assets all of Sigma w is found in twice the precision: packing what the support sees would cost more. */
enum { WHOLE = 64, MOST_CORRECTIONS = 3 };

/* Sum of row[j] w[j] over the support in twice the precision. */
static void sum_row(const mvoi_block *block, const double *row, const int32_t *assets, size_t count, double *high,
                    double *low)
{
    for (size_t s = 0; s < count; s++) {
        double product, product_error, sum_error;
        mvoi_two_product(&product, &product_error, row[assets[s]], block->w[assets[s]]);
        mvoi_two_sum(high, &sum_error, *high, product);
        *low += sum_error + product_error;
    }
}

/*
 * Residuals b = -(Sigma w + c - A'y) over F and d = limit - A w over the active rows, in twice the precision, from the
 * packed support.
 */
static void find_packed_residuals(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    mvoi_support *support = &block->support;
    mvoi_support_residual(support, block->w, block->y, problem->m);
    for (size_t p = 0; p < reduced->count; p++) {
        const int32_t j = reduced->assets[p], at = support->slot[j];
        block->b[p] = -mvoi_add_once(support->total[at], support->rest[at], problem->linear[j]);
    }
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        block->d[a] = -mvoi_add_once(support->high[i], support->low[i], -mvoi_block_row_limit(block, problem, i));
    }
}

/* high + low = (Sigma w)_j of a factor covariance in twice the precision, given F w as share + share_low. */
static void multiply_one(const mvoi_kernels *kernels, const mvo_covariance *covariance, int32_t j, double w, const double *share,
                         const double *share_low, double *high, double *low)
{
    mvoi_two_product(high, low, covariance->specific[j], w);
    kernels->dot_compensated(covariance->k, covariance->factors + (size_t)j * covariance->k, share, share_low, high, low);
}

/* high + low = Sigma w in twice the precision: over all weights, or (a factor covariance) over those that are not zero.
 */
static void multiply_compensated(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const mvoi_kernels *kernels = block->kernels;
    const mvo_covariance *covariance = problem->covariance;
    const int dense = covariance->kind == MVOI_DENSE;
    const size_t height = dense ? block->n : covariance->k, ld = dense ? covariance->ld : covariance->k;
    const double *source = dense ? covariance->dense : covariance->factors;
    double *high = dense ? block->high : block->total, *low = dense ? block->low : block->rest;
    memset(high, 0, height * sizeof *high);
    memset(low, 0, height * sizeof *low);
    for (size_t p = 0; p < reduced->count; p++)
        block->x[p] = block->w[reduced->assets[p]];
    kernels->sweep_compensated(height, reduced->count, source, ld, reduced->assets, block->x, high, low);
    for (size_t r = 0; r < block->resting_count; r++)
        block->x[r] = block->w[block->resting[r]];
    kernels->sweep_compensated(height, block->resting_count, source, ld, block->resting, block->x, high, low);
    if (dense)
        return;
    for (size_t p = 0; p < reduced->count; p++) {
        const int32_t j = reduced->assets[p];
        multiply_one(kernels, covariance, j, block->w[j], high, low, &block->high[j], &block->low[j]);
    }
    for (size_t r = 0; r < block->resting_count; r++) {
        const int32_t j = block->resting[r];
        multiply_one(kernels, covariance, j, block->w[j], high, low, &block->high[j], &block->low[j]);
    }
}

/* a - b c with the exact product and sum */
static void subtract_product(double *high, double *low, double b, double c)
{
    double product, product_error, sum_error;
    mvoi_two_product(&product, &product_error, -b, c);
    mvoi_two_sum(high, &sum_error, *high, product);
    *low += sum_error + product_error;
}

int mvoi_block_is_whole(const mvoi_problem *problem)
{
    return problem->n <= WHOLE && problem->columns && problem->covariance->kind == MVOI_DENSE;
}

/* The same for few assets: over all of them, not only those that are asked for. */
static void find_whole_residuals(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const mvoi_kernels *kernels = block->kernels;
    const size_t n = problem->n, m = problem->m;
    double row_high[MVOI_COLUMN_ROWS] = { 0.0 }, row_low[MVOI_COLUMN_ROWS] = { 0.0 };
    multiply_compensated(block, problem);
    memcpy(block->total, block->high, n * sizeof(double));
    memcpy(block->rest, block->low, n * sizeof(double));
    for (size_t a = 0; a < reduced->active; a++)
        block->x[a] = -block->y[reduced->active_rows[a]];
    kernels->sweep_compensated(n, reduced->active, problem->rows, problem->ld_rows, reduced->active_rows, block->x,
                               block->total, block->rest);
    for (size_t p = 0; p < reduced->count; p++) {
        const int32_t j = reduced->assets[p];
        block->x[p] = block->w[j];
        block->b[p] = -mvoi_add_once(block->total[j], block->rest[j], problem->linear[j]);
    }
    kernels->sweep_compensated(m, reduced->count, problem->columns, problem->ld_columns, reduced->assets, block->x,
                               row_high, row_low);
    for (size_t r = 0; r < block->resting_count; r++)
        block->x[r] = block->w[block->resting[r]];
    kernels->sweep_compensated(m, block->resting_count, problem->columns, problem->ld_columns, block->resting, block->x,
                               row_high, row_low);
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        block->d[a] = -mvoi_add_once(row_high[i], row_low[i], -mvoi_block_row_limit(block, problem, i));
    }
}

/* The same from Sigma itself; high + low keeps Sigma w. */
static void find_residuals(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    multiply_compensated(block, problem);
    for (size_t p = 0; p < reduced->count; p++) {
        const int32_t j = reduced->assets[p];
        double high = block->high[j], low = block->low[j];
        for (size_t a = 0; a < reduced->active; a++) {
            const int32_t i = reduced->active_rows[a];
            subtract_product(&high, &low, problem->rows[(size_t)i * problem->ld_rows + (size_t)j], block->y[i]);
        }
        block->b[p] = -mvoi_add_once(high, low, problem->linear[j]);
    }
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        const double *row = problem->rows + (size_t)i * problem->ld_rows;
        double high = 0.0, low = 0.0;
        sum_row(block, row, reduced->assets, reduced->count, &high, &low);
        sum_row(block, row, block->resting, block->resting_count, &high, &low);
        block->d[a] = -mvoi_add_once(high, low, -mvoi_block_row_limit(block, problem, i));
    }
}

/* A free weight that rounding alone carried past its limit is put on it. */
static double clamp(double w, double lower, double upper, double noise)
{
    if (w < lower && lower - w <= noise + PRIMAL * fabs(lower))
        return lower;
    if (w > upper && w - upper <= noise + PRIMAL * fabs(upper))
        return upper;
    return w;
}

/* Adds the correction b, d to the point, leaving in b what w really moved by; returns its size relative to w's. */
static double correct(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const double noise = DBL_EPSILON * block->size;
    double moved = 0.0;
    for (size_t p = 0; p < reduced->count; p++) {
        const size_t j = (size_t)reduced->assets[p];
        const double deviation = reduced->deviation[j], before = block->w[j];
        moved += deviation * fabs(block->b[p]);
        block->w[j] = clamp(before + block->b[p], problem->lower[j], problem->upper[j], noise / deviation);
        block->b[p] = block->w[j] - before;
    }
    for (size_t a = 0; a < reduced->active; a++)
        block->y[reduced->active_rows[a]] += block->d[a];
    return moved == 0.0 ? 0.0 : moved / block->size;
}

/* Sigma w over the support, from its compensated sums before the last correction, and that correction. */
void mvoi_block_finish_packed(mvoi_block *block)
{
    const mvoi_reduced *reduced = &block->reduced;
    mvoi_support *support = &block->support;
    const size_t count = support->count;
    const double *high = support->high + support->extra;
    double *low = support->low + support->extra;
    memset(support->x, 0, count * sizeof(double));
    for (size_t p = 0; p < reduced->count; p++)
        support->x[support->slot[reduced->assets[p]]] = block->b[p];
    block->kernels->gemv(count, count, support->matrix + support->extra, support->ld, support->x, low);
    for (size_t s = 0; s < count; s++)
        block->product[support->asset[s]] = high[s] + low[s];
}

void mvoi_block_finish_full(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    if (problem->covariance->kind == MVOI_DENSE) {
        block->kernels->sweep(block->n, reduced->count, problem->covariance->dense, problem->covariance->ld,
                              reduced->assets, block->b, block->low);
        for (size_t j = 0; j < block->n; j++)
            block->product[j] = block->high[j] + block->low[j];
        return;
    }
    mvoi_block_multiply(block, problem);
    multiply_compensated(block, problem);
    for (size_t p = 0; p < reduced->count; p++)
        block->product[reduced->assets[p]] = block->high[reduced->assets[p]] + block->low[reduced->assets[p]];
    for (size_t r = 0; r < block->resting_count; r++)
        block->product[block->resting[r]] = block->high[block->resting[r]] + block->low[block->resting[r]];
}

/* Refines w and y until the correction is rounding; 0 if corrections do not become small. */
int mvoi_block_refine(mvoi_block *block, const mvoi_problem *problem, int packed)
{
    mvoi_reduced *reduced = &block->reduced;
    double moved = 0.0;
    for (int step = 0; step < MOST_CORRECTIONS; step++) {
        if (packed)
            find_packed_residuals(block, problem);
        else if (mvoi_block_is_whole(problem))
            find_whole_residuals(block, problem);
        else
            find_residuals(block, problem);
        mvoi_reduced_solve(reduced, problem, block->b, block->d, block->b, block->d);
        moved = correct(block, problem);
        if (!(moved > SETTLED))
            break;
        reduced->updates = MVOI_BLOCK_UPDATES; /* the factorisation has aged: the next change makes it anew */
    }
    return moved <= DIVERGED;
}

int mvoi_block_pack(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    if (problem->covariance->kind != MVOI_DENSE || mvoi_block_is_whole(problem))
        return 0;
    return mvoi_support_pack(&block->support, problem, reduced->assets, reduced->count, block->resting,
                             block->resting_count);
}
