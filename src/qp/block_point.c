/* SPDX-License-Identifier: MIT */
/* The point that a working set's equations give (see block_state.h). */
#include "qp/block_state.h"

#include <math.h>
#include <string.h>

/* Adds Sigma (a factor covariance: F) and A times `count` weights x to `held` and `held_rows`. */
static void add_held(mvoi_block *block, const mvoi_problem *problem, size_t count, const int32_t *assets, const double *x)
{
    const mvo_covariance *covariance = problem->covariance;
    const mvoi_kernels *kernels = block->kernels;
    if (problem->columns)
        kernels->sweep(problem->m, count, problem->columns, problem->ld_columns, assets, x, block->held_rows);
    if (covariance->kind == MVOI_DENSE)
        kernels->sweep(block->n, count, covariance->dense, covariance->ld, assets, x, block->held);
    else
        kernels->sweep(covariance->k, count, covariance->factors, covariance->k, assets, x, block->held);
}

/* Sigma times the resting weights, in full or (a factor covariance) as far as F times them. */
void mvoi_block_hold(mvoi_block *block, const mvoi_problem *problem)
{
    const mvo_covariance *covariance = problem->covariance;
    double size = 0.0;
    if (!block->held_stale && block->moved_count == 0)
        return;
    for (size_t r = 0; r < block->resting_count; r++) {
        const int32_t j = block->resting[r];
        block->x[r] = block->w[j];
        size += sqrt(covariance->diagonal[j]) * fabs(block->w[j]);
    }
    block->resting_size = size;
    /* Few changes are added; more of them than weights at rest would cost more, and leave their rounding besides. */
    if (!block->held_stale && 2 * block->moved_count < block->resting_count) {
        add_held(block, problem, block->moved_count, block->moved, block->move);
    } else {
        if (problem->columns)
            memset(block->held_rows, 0, problem->m * sizeof(double));
        memset(block->held, 0, (covariance->kind == MVOI_DENSE ? block->n : covariance->k) * sizeof(double));
        add_held(block, problem, block->resting_count, block->resting, block->x);
    }
    block->moved_count = 0;
    block->held_stale = 0;
}

/* Row j of Sigma times the resting weights, of which j is none. */
static double held_at(const mvoi_block *block, const mvo_covariance *covariance, int32_t j)
{
    if (covariance->kind == MVOI_DENSE)
        return block->held[j];
    return block->resting_count
               ? block->kernels->dot(covariance->k, covariance->factors + (size_t)j * covariance->k, block->held)
               : 0.0;
}

void mvoi_block_measure(mvoi_block *block)
{
    const mvoi_reduced *reduced = &block->reduced;
    double size = block->resting_size;
    for (size_t p = 0; p < reduced->count; p++) {
        const int32_t j = reduced->assets[p];
        size += reduced->deviation[j] * fabs(block->w[j]);
    }
    block->size = size;
}

/* Solves the KKT equations of the working set. */
void mvoi_block_solve_equations(mvoi_block *block, const mvoi_problem *problem)
{
    mvoi_reduced *reduced = &block->reduced;
    const size_t count = reduced->count;
    for (size_t p = 0; p < count; p++) {
        const int32_t j = reduced->assets[p];
        block->b[p] = -(problem->linear[j] + held_at(block, problem->covariance, j));
    }
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        double size;
        block->d[a] = problem->columns ? mvoi_block_row_limit(block, problem, i) - block->held_rows[i]
                                       : mvoi_block_row_left(block, problem, i, &size);
    }
    mvoi_reduced_solve(reduced, problem, block->b, block->d, block->b, block->d);
    for (size_t i = 0; i < problem->m; i++)
        block->y[i] = 0.0;
    for (size_t p = 0; p < count; p++)
        block->w[reduced->assets[p]] = block->b[p];
    for (size_t a = 0; a < reduced->active; a++)
        block->y[reduced->active_rows[a]] = block->d[a];
}

/* Sigma w with plain sums. */
void mvoi_block_multiply(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const mvoi_kernels *kernels = block->kernels;
    const mvo_covariance *covariance = problem->covariance;
    const size_t k = covariance->k, count = reduced->count;
    for (size_t p = 0; p < count; p++)
        block->x[p] = block->w[reduced->assets[p]];
    if (covariance->kind == MVOI_DENSE) {
        memcpy(block->product, block->held, block->n * sizeof(double));
        kernels->sweep(block->n, count, covariance->dense, covariance->ld, reduced->assets, block->x, block->product);
        return;
    }
    double *share = block->high;
    memcpy(share, block->held, k * sizeof *share);
    kernels->sweep(k, count, covariance->factors, k, reduced->assets, block->x, share);
    kernels->gemv_transposed(k, block->n, covariance->factors, k, share, block->product);
    for (size_t p = 0; p < count; p++)
        block->product[reduced->assets[p]] += covariance->specific[reduced->assets[p]] * block->x[p];
    for (size_t r = 0; r < block->resting_count; r++)
        block->product[block->resting[r]] += covariance->specific[block->resting[r]] * block->w[block->resting[r]];
}

/* A w */
void mvoi_block_find_activity(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    if (problem->columns) {
        memcpy(block->activity, block->held_rows, problem->m * sizeof(double));
        for (size_t p = 0; p < reduced->count; p++)
            block->x[p] = block->w[reduced->assets[p]];
        block->kernels->sweep(problem->m, reduced->count, problem->columns, problem->ld_columns, reduced->assets,
                              block->x, block->activity);
    } else if (block->support.valid)
        mvoi_support_activity(&block->support, block->w, block->activity);
    else if (problem->m)
        block->kernels->gemv_transposed(block->n, problem->m, problem->rows, problem->ld_rows, block->w,
                                        block->activity);
}
