/* SPDX-License-Identifier: MIT */
/* Flipping violations, across breakpoints of costs as well (see block_state.h). */
#include "qp/block_state.h"

#include <string.h>

/* Weight j goes into the neighbouring segment; what is remembered of its limits and coefficients follows. */
static void move_segment(mvoi_block *block, const mvoi_problem *problem, int32_t j, int32_t side)
{
    mvoi_segments *segments = problem->segments;
    if (mvoi_segments_turns_rows(segments, (size_t)j, mvoi_segments_breakpoint(segments, (size_t)j, side)))
        mvoi_support_forget(&block->support);
    mvoi_segments_move(segments, (size_t)j, segments->segment[j] + side);
    block->seen_lower[j] = problem->lower[j];
    block->seen_upper[j] = problem->upper[j];
}

/*
 * A free weight has left its segment: on a breakpoint it rests if the slope's jump there outweighs, by its own variance,
 * how far it went beyond; else it is tried in the next segment. Returns the side it rests on, or MVOI_FREE.
 */
static int32_t leave_segment(mvoi_block *block, const mvoi_problem *problem, int32_t j)
{
    mvoi_segments *segments = problem->segments;
    const double w = block->w[j], variance = problem->covariance->diagonal[j];
    double taken = 0.0;
    int turned = 0;
    for (;;) {
        const int32_t side = w < problem->lower[j] ? MVOI_LOWER : w > problem->upper[j] ? MVOI_UPPER : MVOI_FREE;
        if (side == MVOI_FREE)
            break;
        const double beyond = side == MVOI_LOWER ? problem->lower[j] - w : w - problem->upper[j];
        taken += mvoi_segments_width(segments, block->y, (size_t)j, side);
        if (!(beyond * variance > taken)) {
            block->leave[block->leave_count++] = j;
            block->left[j] = 1;
            return side;
        }
        turned |= mvoi_segments_turns_rows(segments, (size_t)j, mvoi_segments_breakpoint(segments, (size_t)j, side));
        move_segment(block, problem, j, side);
    }
    if (turned) { /* its coefficients in the factorisation are others now */
        block->leave[block->leave_count++] = j;
        block->enter[block->enter_count++] = j;
    }
    return MVOI_FREE;
}

static void flip_weight(mvoi_block *block, const mvoi_problem *problem, int32_t j)
{
    if (block->side[j] != MVOI_FREE) {
        /* a multiplier of the right sign is here because it is too large */
        if (problem->segments && block->sign[j] * block->z[j] < 0.0)
            move_segment(block, problem, j, block->side[j]);
        block->enter[block->enter_count++] = j;
        mvoi_block_place(block, problem, j, MVOI_FREE);
        return;
    }
    if (problem->segments) {
        const int32_t side = leave_segment(block, problem, j);
        if (side != MVOI_FREE)
            mvoi_block_place(block, problem, j, side);
        return;
    }
    block->leave[block->leave_count++] = j;
    block->left[j] = 1;
    mvoi_block_place(block, problem, j, block->w[j] < problem->lower[j] ? MVOI_LOWER : MVOI_UPPER);
}

void mvoi_block_flip(mvoi_block *block, const mvoi_problem *problem, size_t count)
{
    memset(block->left, 0, block->n * sizeof *block->left);
    for (size_t f = 0; f < count; f++) {
        const int32_t index = block->flips[f];
        const size_t i = (size_t)index - block->n;
        if (index >= (int32_t)block->n) {
            const int below = block->activity[i] < problem->row_lower[i];
            block->row_side[i] = block->row_side[i] != MVOI_FREE ? MVOI_FREE : below ? MVOI_LOWER : MVOI_UPPER;
        } else {
            flip_weight(block, problem, index);
        }
    }
    if (problem->segments)
        mvoi_segments_settle(problem->segments);
}
