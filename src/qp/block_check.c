/* SPDX-License-Identifier: MIT */
/* Looking for violations (see block_state.h). */
#include "qp/block_state.h"

#include <float.h>
#include <math.h>

/*
 * Tolerances, each against the size of the terms it is made of. A weight leaves its interval on the slightest excess,
 * a multiplier must be clearly wrong to count: so a degenerate weight settles on its limit and stays there.
 */
static const double PRIMAL = 4.0 * DBL_EPSILON;
static const double ROW = 1e-13;
static const double DUAL = 1e-12;

/* The size of the terms that z_j is made of. */
static double gradient_size(const mvoi_block *block, const mvoi_problem *problem, size_t j)
{
    const mvoi_reduced *reduced = &block->reduced;
    double size = sqrt(problem->covariance->diagonal[j]) * block->size + fabs(problem->linear[j]);
    for (size_t a = 0; a < reduced->active; a++) {
        const size_t i = (size_t)reduced->active_rows[a];
        size += fabs(problem->rows[i * problem->ld_rows + j] * block->y[i]);
    }
    return size;
}

static double row_size(const mvoi_block *block, const mvoi_problem *problem, size_t i)
{
    const mvoi_reduced *reduced = &block->reduced;
    const double *row = problem->rows + i * problem->ld_rows;
    double size = 0.0;
    for (size_t p = 0; p < reduced->count; p++)
        size += fabs(row[reduced->assets[p]] * block->w[reduced->assets[p]]);
    for (size_t r = 0; r < block->resting_count; r++)
        size += fabs(row[block->resting[r]] * block->w[block->resting[r]]);
    return size;
}

/* Whether a multiplier of the wrong sign explains a visible part of some gradient. */
static int multiplier_is_wrong(const mvoi_block *block, const mvoi_problem *problem, size_t i)
{
    const mvoi_reduced *reduced = &block->reduced;
    const double *row = problem->rows + i * problem->ld_rows;
    for (size_t p = 0; p < reduced->count; p++) {
        const size_t j = (size_t)reduced->assets[p];
        if (fabs(row[j] * block->y[i]) > DUAL * gradient_size(block, problem, j))
            return 1;
    }
    return 0;
}

/* Lists the weights that rest on a breakpoint although their gradient is beyond the far end of its range. Few are beyond the
   nearest far end of all, and those are found without a branch. */
static size_t find_far_ends(mvoi_block *block, const mvoi_problem *problem, size_t found)
{
    const mvoi_segments *segments = problem->segments;
    const double nearest = mvoi_segments_least_width(segments);
    size_t beyond = 0;
    for (size_t k = 0; k < segments->kinked_count; k++) {
        const int32_t j = segments->kinked[k];
        block->order[beyond] = j;
        beyond += block->sign[j] * block->z[j] < -nearest;
    }
    for (size_t k = 0; k < beyond; k++) {
        const size_t j = (size_t)block->order[k];
        const double width = mvoi_segments_width(segments, block->y, j, block->side[j]);
        if (fabs(block->z[j]) > width && fabs(block->z[j]) - width > DUAL * gradient_size(block, problem, j))
            block->flips[found++] = (int32_t)j;
    }
    return found;
}

/* z = Sigma w + c - A'y; lists the fixed weights whose gradient says they should be free. -1 on a NaN. */
int64_t mvoi_block_find_wrong_gradients(mvoi_block *block, const mvoi_problem *problem, size_t found)
{
    const mvoi_reduced *reduced = &block->reduced;
    const double *z = block->z;
    for (size_t a = 0; a < reduced->active; a++)
        block->x[a] = -block->y[reduced->active_rows[a]];
    const size_t listed =
        block->kernels->price(block->n, reduced->active, problem->rows, problem->ld_rows, reduced->active_rows, block->x,
                              problem->linear, block->product, block->sign, block->z, block->order);
    for (size_t l = 0; l < listed; l++) {
        const int32_t j = block->order[l];
        if (isnan(z[j]))
            return -1;
        if (fabs(z[j]) > DUAL * gradient_size(block, problem, (size_t)j))
            block->flips[found++] = j;
    }
    return (int64_t)(problem->segments ? find_far_ends(block, problem, found) : found);
}

/* Lists the free weights outside their limits; -1 on a NaN. */
static int64_t find_wrong_weights(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const double *lower = problem->lower, *upper = problem->upper;
    const double noise_size = DBL_EPSILON * block->size;
    size_t found = 0;
    for (size_t p = 0; p < reduced->count; p++) {
        const size_t j = (size_t)reduced->assets[p];
        const double w = block->w[j];
        if (w >= lower[j] && w <= upper[j])
            continue;
        if (isnan(w))
            return -1;
        const double limit = w < lower[j] ? lower[j] : upper[j];
        if (fabs(w - limit) > noise_size / reduced->deviation[j] + PRIMAL * fabs(limit))
            block->flips[found++] = (int32_t)j;
    }
    return (int64_t)found;
}

static int64_t find_wrong_rows(mvoi_block *block, const mvoi_problem *problem, size_t found)
{
    for (size_t i = 0; i < problem->m; i++) {
        const double low = problem->row_lower[i], high = problem->row_upper[i];
        const double activity = block->activity[i], y = block->y[i];
        const int32_t side = block->row_side[i];
        if (isnan(activity) || isnan(y))
            return -1;
        if (side == MVOI_FREE) {
            const double excess = low - activity > 0.0 ? low - activity : activity - high;
            if (excess > 0.0 && excess > ROW * row_size(block, problem, i))
                block->flips[found++] = (int32_t)(block->n + i);
        } else if (low < high && (side == MVOI_LOWER ? y < 0.0 : y > 0.0) && multiplier_is_wrong(block, problem, i)) {
            block->flips[found++] = (int32_t)(block->n + i);
        }
    }
    return (int64_t)found;
}

/*
 * Finds violations, to be flipped by mvoi_block_flip(): weights as j, rows as n + i. These are the ones that show without a
 * product with Sigma; find_wrong_gradients adds the others. Returns their number, or -1 on a NaN.
 */
int64_t mvoi_block_find_wrong_limits(mvoi_block *block, const mvoi_problem *problem)
{
    mvoi_block_find_activity(block, problem);
    const int64_t found = find_wrong_weights(block, problem);
    return found < 0 ? found : find_wrong_rows(block, problem, (size_t)found);
}
