/* SPDX-License-Identifier: MIT */
/* What the files of block pivoting share: the workspace, and what each of them does for the rounds (block.c). */
#ifndef MVO_QP_BLOCK_STATE_H
#define MVO_QP_BLOCK_STATE_H

#include "qp/block.h"
#include "qp/guess.h"
#include "qp/reduced.h"
#include "qp/segments.h"
#include "qp/support.h"

enum { MVOI_BLOCK_UPDATES = 200 }; /* of a factorisation before it is made anew */

struct mvoi_block {
    mvoi_watch *watch; /* NULL for none */
    mvo_outcome stopped;
    const mvoi_kernels *kernels;
    size_t n, m;                      /* m: most rows of a problem */
    const mvo_covariance *covariance; /* what is remembered belongs to it; only compared */
    mvoi_reduced reduced;
    mvoi_support support;
    mvoi_guess guess;

    /* the working set of this round, its point, and what follows from it */
    int32_t *side, *row_side;
    double *w, *y, *z;
    double *product;  /* n: Sigma w */
    double *activity; /* m: A w */
    double size;      /* sum of sqrt(Sigma_jj) |w_j|: no |Sigma w|_i exceeds sqrt(Sigma_ii) times it */

    /* of the fixed weights: sign is -1 at a lower limit, 1 at an upper one, 0 where nothing can be gained (and on free
       ones); those that are not zero are listed, with Sigma times them in `held` unless it is stale */
    double *sign;
    int32_t *resting, *resting_place;
    size_t resting_count;
    double resting_size; /* their part of `size` */
    double *held;
    double *held_rows; /* m: A times them, where the rows are kept by asset too */
    int held_stale;
    int32_t *moved;    /* n: weights that have come to rest or no longer do since, and by how much what rests there changed */
    double *move;
    size_t moved_count;

    /* weights that enter or leave F with the next round */
    int32_t *enter, *leave;
    size_t enter_count, leave_count;
    int32_t *left; /* n: 1 for weights that left with the last flips */

    /* limits as they were when sign, resting and held were made */
    double *seen_lower, *seen_upper;
    int seen;

    int done; /* the last solve was: product is Sigma w */
    int last_rounds; /* that the solve before this one took */

    int32_t *best_side, *best_row_side; /* of the best round so far */
    int32_t *best_segment;              /* n: likewise, where costs are piecewise linear */
    int32_t *flips, *order, *wanted;
    double *b, *d, *x, *high, *low, *total, *rest;
    void *memory;
};

static inline double mvoi_block_row_limit(const mvoi_block *block, const mvoi_problem *problem, int32_t i)
{
    return block->row_side[i] == MVOI_LOWER ? problem->row_lower[i] : problem->row_upper[i];
}

/* ---- block_set.c: the working set and its factorisation */

/* Takes over the sides of the weights, and makes everything that follows from sides and limits. Returns 0 if the problem is
   not for this method: limits that cross, or no variance at all. */
int mvoi_block_take_sides(mvoi_block *block, const mvoi_problem *problem, const int32_t *sides);

/* The sides of the rows; 0 if limits cross. */
int mvoi_block_take_row_sides(mvoi_block *block, const mvoi_problem *problem, const int32_t *sides);

/* Moves a weight to a side, and all that hangs on it; F follows with the next factorisation. */
void mvoi_block_place(mvoi_block *block, const mvoi_problem *problem, int32_t asset, int32_t side);

/* Brings the factorisation to the sides of this round, by updates where few weights changed; 0 if it cannot be. */
int mvoi_block_factorise(mvoi_block *block, const mvoi_problem *problem);

/* What a row's limit leaves to the free weights; *size: of the terms. */
double mvoi_block_row_left(const mvoi_block *block, const mvoi_problem *problem, int32_t i, double *size);

/* Makes the rows of row_side active, equalities first; frees a weight where a row has none, drops a dependent row. */
void mvoi_block_activate(mvoi_block *block, const mvoi_problem *problem);

/* ---- block_point.c: the point of a working set */

/* Sigma times the resting weights, if that is stale. */
void mvoi_block_hold(mvoi_block *block, const mvoi_problem *problem);

/* Solves the KKT equations of the working set. */
void mvoi_block_solve_equations(mvoi_block *block, const mvoi_problem *problem);

/* Makes `size`. */
void mvoi_block_measure(mvoi_block *block);

/* Sigma w with plain sums. */
void mvoi_block_multiply(mvoi_block *block, const mvoi_problem *problem);

/* A w */
void mvoi_block_find_activity(mvoi_block *block, const mvoi_problem *problem);

/* ---- block_check.c: what is wrong with it */

/* Finds violations, to be flipped: weights as j, rows as n + i. These are the ones that show without a product with Sigma.
   Returns their number, or -1 on a NaN. */
int64_t mvoi_block_find_wrong_limits(mvoi_block *block, const mvoi_problem *problem);

/* z = Sigma w + c - A'y; adds the fixed weights whose gradient says they should be free. -1 on a NaN. */
int64_t mvoi_block_find_wrong_gradients(mvoi_block *block, const mvoi_problem *problem, size_t found);

/* ---- block_flip.c: putting it right */

/* Flips the violations listed. */
void mvoi_block_flip(mvoi_block *block, const mvoi_problem *problem, size_t count);

/* ---- block_refine.c: making it exact */

/* Whether all of Sigma w is found in twice the precision: for few assets packing what the support sees would cost more. */
int mvoi_block_is_whole(const mvoi_problem *problem);

/* Packs what is not zero, where that pays; 1 if it did. */
int mvoi_block_pack(mvoi_block *block, const mvoi_problem *problem);

/* Refines w and y until the correction is rounding; 0 if corrections do not become small. */
int mvoi_block_refine(mvoi_block *block, const mvoi_problem *problem, int packed);

/* Sigma w, exact to rounding, from the compensated sums before the last correction and that correction: over the packed
   support, or in full. */
void mvoi_block_finish_packed(mvoi_block *block);
void mvoi_block_finish_full(mvoi_block *block, const mvoi_problem *problem);

#endif
