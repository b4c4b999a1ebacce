/* SPDX-License-Identifier: MIT */
/* The rounds of block pivoting. */
#include "qp/block_state.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { STALL = 4, MOST_ROUNDS = 60, PARTIAL = 3 };

/* ------------------------------------------------------------------------------------------- memory */

mvoi_block *mvoi_block_new(mvo_context *context, const mvo_covariance *covariance, size_t m,
                           const mvoi_kernels *kernels)
{
    const size_t n = covariance->n, k = covariance->kind == MVOI_FACTOR ? covariance->k : 0,
                 both = (n > k ? n : k) + m + 8;
    mvoi_block *block = mvoi_allocate(context, 1, sizeof *block);
    if (!block)
        return NULL;
    memset(block, 0, sizeof *block);
    block->kernels = kernels;
    block->n = n;
    block->m = m;
    const mvoi_part parts[] = {
        MVOI_PART(block->w, both),          MVOI_PART(block->z, both),          MVOI_PART(block->product, both),
        MVOI_PART(block->sign, both),       MVOI_PART(block->held, both),       MVOI_PART(block->seen_lower, both),
        MVOI_PART(block->seen_upper, both), MVOI_PART(block->y, both),          MVOI_PART(block->activity, both),
        MVOI_PART(block->b, both),          MVOI_PART(block->d, both),          MVOI_PART(block->x, both),
        MVOI_PART(block->high, both),       MVOI_PART(block->low, both),        MVOI_PART(block->total, both),
        MVOI_PART(block->rest, both),       MVOI_PART(block->held_rows, both),  MVOI_PART(block->move, both),
        MVOI_PART(block->side, both),       MVOI_PART(block->row_side, both),   MVOI_PART(block->resting, both),
        MVOI_PART(block->resting_place, both), MVOI_PART(block->enter, both),   MVOI_PART(block->leave, both),
        MVOI_PART(block->best_side, both),  MVOI_PART(block->best_row_side, both), MVOI_PART(block->flips, both),
        MVOI_PART(block->order, both),      MVOI_PART(block->wanted, both),     MVOI_PART(block->left, both),
        MVOI_PART(block->best_segment, both), MVOI_PART(block->moved, both)
    };
    block->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    const int taken =
        block->memory && mvoi_reduced_init(&block->reduced, context, covariance, m, kernels) &&
        mvoi_support_init(&block->support, context, covariance->kind == MVOI_DENSE ? n : 0, kernels) &&
        mvoi_guess_init(&block->guess, context, n, m, covariance->kind == MVOI_FACTOR ? covariance->k : 0, kernels);
    if (!taken) {
        mvoi_block_free(context, block);
        return NULL;
    }
    memset(block->z, 0, n * sizeof(double));
    memset(block->left, 0, n * sizeof(int32_t));
    memset(block->w, 0, n * sizeof(double));
    mvoi_block_forget(block);
    return block;
}

void mvoi_block_free(mvo_context *context, mvoi_block *block)
{
    if (!block)
        return;
    mvoi_release(context, block->memory);
    mvoi_reduced_clear(&block->reduced, context);
    mvoi_support_clear(&block->support, context);
    mvoi_guess_clear(&block->guess, context);
    mvoi_release(context, block);
}

void mvoi_block_forget(mvoi_block *block)
{
    mvoi_reduced_forget(&block->reduced);
    mvoi_support_forget(&block->support);
    block->seen = block->done = 0;
    block->last_rounds = 0;
}

void mvoi_block_forget_covariance(mvoi_block *block)
{
    mvoi_block_forget(block);
    mvoi_guess_forget(&block->guess);
    block->reduced.negligible = -1.0;
}

/* ------------------------------------------------------------------------------------------- rounds */

static void keep_best(mvoi_block *block, const mvoi_problem *problem)
{
    memcpy(block->best_side, block->side, block->n * sizeof(int32_t));
    memcpy(block->best_row_side, block->row_side, problem->m * sizeof(int32_t));
    if (problem->segments)
        memcpy(block->best_segment, problem->segments->segment, block->n * sizeof(int32_t));
}

static void give(const mvoi_block *block, const mvoi_problem *problem, mvoi_point *point, double *product)
{
    const mvoi_reduced *reduced = &block->reduced;
    memcpy(point->side, block->side, block->n * sizeof(int32_t));
    memcpy(point->row_side, block->row_side, problem->m * sizeof(int32_t));
    memcpy(point->w, block->w, block->n * sizeof(double));
    memcpy(point->y, block->y, problem->m * sizeof(double));
    memcpy(point->z, block->z, block->n * sizeof(double));
    for (size_t p = 0; p < reduced->count; p++)
        point->z[reduced->assets[p]] = 0.0;
    memcpy(product, block->product, block->n * sizeof(double));
}

/* Solves the equations of this round's working set; 0 if this method cannot. */
static int solve_round(mvoi_block *block, const mvoi_problem *problem)
{
    if (!mvoi_block_factorise(block, problem))
        return 0;
    mvoi_block_activate(block, problem);
    mvoi_block_hold(block, problem);
    mvoi_block_solve_equations(block, problem);
    mvoi_block_measure(block);
    return 1;
}

/* Refines, and looks again at everything; the product is then final. */
static int64_t finish(mvoi_block *block, const mvoi_problem *problem, int packed)
{
    if (!mvoi_block_refine(block, problem, packed))
        return -1;
    mvoi_block_measure(block);
    if (packed) {
        mvoi_block_multiply(block, problem);
        mvoi_block_finish_packed(block);
    } else {
        mvoi_block_finish_full(block, problem);
    }
    const int64_t found = mvoi_block_find_wrong_limits(block, problem);
    return found < 0 ? found : mvoi_block_find_wrong_gradients(block, problem, (size_t)found);
}

/*
 * One round; returns the number of violations, or -1 if this method cannot go on. A few violations that show without a
 * product with Sigma are flipped without one (*partial is then set), unless that has been done thrice in a row. A round
 * expected to be the last one refines before it looks, which saves a product; others look first.
 */
static int64_t run_round(mvoi_block *block, const mvoi_problem *problem, int expect_end, int *partial)
{
    if (!solve_round(block, problem))
        return -1;
    int64_t found = mvoi_block_find_wrong_limits(block, problem);
    if (found > 0 && found <= 2 && *partial < PARTIAL) {
        ++*partial;
        return found;
    }
    *partial = 0;
    if (found < 0)
        return found;
    if (found == 0 && expect_end) {
        const int packed = mvoi_block_pack(block, problem);
        if (packed || problem->covariance->kind == MVOI_FACTOR || mvoi_block_is_whole(problem))
            return finish(block, problem, packed);
    }
    mvoi_block_multiply(block, problem);
    found = mvoi_block_find_wrong_gradients(block, problem, (size_t)found);
    return found == 0 ? finish(block, problem, mvoi_block_pack(block, problem)) : found;
}

/* Goes back to the best working set and solves for it; 0 if that fails. */
static int return_to_best(mvoi_block *block, const mvoi_problem *problem)
{
    block->seen = 0;
    if (problem->segments) {
        for (size_t j = 0; j < block->n; j++)
            mvoi_segments_move(problem->segments, j, block->best_segment[j]);
        mvoi_segments_settle(problem->segments);
        mvoi_reduced_forget(&block->reduced); /* it may hold coefficients of other segments */
    }
    memcpy(block->row_side, block->best_row_side, problem->m * sizeof(int32_t));
    if (!mvoi_block_take_sides(block, problem, block->best_side) || !solve_round(block, problem))
        return 0;
    mvoi_block_multiply(block, problem);
    return mvoi_block_find_wrong_limits(block, problem) >= 0 && mvoi_block_find_wrong_gradients(block, problem, 0) >= 0;
}

void mvoi_block_set_watch(mvoi_block *block, mvoi_watch *watch)
{
    block->watch = watch;
}

mvo_outcome mvoi_block_stopped(const mvoi_block *block)
{
    return block->stopped;
}

/* Whether a working set of before says little: breakpoints have moved under it. */
static int guess_again(const mvoi_problem *problem)
{
    return problem->segments && problem->segments->remade && problem->segments->kinked_count;
}

/* Sigma times the weights of `point`, if they are those this method found last. */
static const double *known_product(const mvoi_block *block, const mvoi_point *point)
{
    return block->done && !memcmp(block->w, point->w, block->n * sizeof(double)) ? block->product : NULL;
}

/* Into best_side and best_row_side. Costs keep the answer near the last one. */
static int make_guess(mvoi_block *block, const mvoi_problem *problem, const mvoi_point *point, int warm)
{
    if (problem->segments && problem->segments->absolute_count)
        mvoi_reduced_forget(&block->reduced); /* it may hold coefficients of other segments */
    if (!warm)
        return mvoi_guess_make(&block->guess, problem, block->best_side, block->best_row_side);
    memcpy(block->best_side, point->side, block->n * sizeof *point->side);
    memcpy(block->best_row_side, point->row_side, problem->m * sizeof *point->row_side);
    return mvoi_guess_around(&block->guess, problem, point->w, known_product(block, point), block->best_side,
                             block->best_row_side);
}

/* Takes over the working set to begin with: that of `point`, or a guess. 0 if this method cannot. */
static int begin(mvoi_block *block, const mvoi_problem *problem, const mvoi_point *point, int warm, int guessed)
{
    const int32_t *sides = point->side, *row_sides = point->row_side;
    if (guessed) {
        if (!make_guess(block, problem, point, warm))
            return 0;
        sides = block->best_side;
        row_sides = block->best_row_side;
        memcpy(block->z, block->guess.z, block->n * sizeof(double));
        memcpy(block->w, block->guess.w, block->n * sizeof(double));
    }
    block->done = 0;
    if (!mvoi_block_take_sides(block, problem, sides) || !mvoi_block_take_row_sides(block, problem, row_sides)) {
        block->seen = 0;
        return 0;
    }
    memset(block->left, 0, block->n * sizeof *block->left);
    return 1;
}

/* Whether a working set that was taken over says less than a guess would: more of it is wrong than there are free weights, so
   that going on from it would take more rounds than a guess and what follows. Measured: tests/fuzz/warm_cost.c. */
static int is_far_off(const mvoi_block *block, int64_t found)
{
    return found > (int64_t)block->reduced.count + 3;
}

int mvoi_block_solve(mvoi_block *block, const mvoi_problem *problem, mvoi_point *point, int warm, int64_t *rounds,
                     int64_t *factorisations, double *product)
{
    const int64_t made = block->reduced.factorisations;
    int64_t best = INT64_MAX, last = INT64_MAX;
    int partial = 0;
    int result = MVOI_BLOCK_HOPELESS;
    block->stopped = MVO_OPTIMAL;
    if (problem->covariance != block->covariance)
        mvoi_block_forget_covariance(block);
    block->covariance = problem->covariance;
    if (block->reduced.negligible < 0.0)
        mvoi_reduced_measure(&block->reduced, problem->covariance);
    if (problem->m > problem->n + 32)
        return MVOI_BLOCK_HOPELESS;
    int guessed = !warm || guess_again(problem);
    if (!begin(block, problem, point, warm, guessed))
        return MVOI_BLOCK_HOPELESS;
    for (int round = 0, stalled = 0; round < MOST_ROUNDS && stalled < STALL; round++) {
        if (block->watch && (block->stopped = mvoi_watch_step(block->watch)) != MVO_OPTIMAL)
            break;
        const int expect_end = round == 0 ? warm && block->last_rounds == 1 : last <= 2;
        const int64_t found = run_round(block, problem, expect_end, &partial);
        last = found;
        ++*rounds;
        if (found == 0) {
            result = MVOI_BLOCK_DONE;
            block->done = 1;
            block->last_rounds = round + 1;
            break;
        }
        if (found < 0)
            break;
        if (!guessed && !partial && is_far_off(block, found)) {
            guessed = 1;
            best = last = INT64_MAX; /* the guess is made where the best working set was kept */
            stalled = 0;
            if (!begin(block, problem, point, problem->segments != NULL, guessed))
                break;
            continue;
        }
        if (partial) { /* not all is known of this round */
        } else if (found < best) {
            best = found;
            stalled = 0;
            keep_best(block, problem);
        } else {
            stalled++;
        }
        mvoi_block_flip(block, problem, (size_t)found);
    }
    if (result != MVOI_BLOCK_DONE && best < INT64_MAX && return_to_best(block, problem))
        result = MVOI_BLOCK_LEFT;
    if (result != MVOI_BLOCK_HOPELESS)
        give(block, problem, point, product);
    else
        mvoi_block_forget(block);
    *factorisations += block->reduced.factorisations - made;
    return result;
}
