/* SPDX-License-Identifier: MIT */
/* The working set of block pivoting: sides, factorisation, active rows (see block_state.h). */
#include "qp/block_state.h"

#include <math.h>
#include <string.h>

enum { BUCKETS = 4 };

/* A side that this problem has: a limit that is finite, the lower one where both are equal. */
static int32_t proper_side(int32_t side, double lower, double upper)
{
    if (lower == upper)
        return MVOI_LOWER;
    if (side == MVOI_LOWER && isinf(lower))
        return isinf(upper) ? MVOI_FREE : MVOI_UPPER;
    if (side == MVOI_UPPER && isinf(upper))
        return isinf(lower) ? MVOI_FREE : MVOI_LOWER;
    return side;
}

/*
 * Takes over the sides of the weights, and makes everything that follows from sides and limits. Returns 0 if the
 * problem is not for this method: limits that cross, or no variance at all.
 */
int mvoi_block_take_sides(mvoi_block *block, const mvoi_problem *problem, const int32_t *sides)
{
    const size_t n = block->n, bytes = n * sizeof(double);
    const double *lower = problem->lower, *upper = problem->upper, *diagonal = problem->covariance->diagonal;
    const mvoi_reduced *reduced = &block->reduced;
    if (block->seen && !memcmp(block->side, sides, n * sizeof *sides) && !memcmp(block->seen_lower, lower, bytes) &&
        !memcmp(block->seen_upper, upper, bytes))
        return 1;
    double largest = 0.0;
    block->seen = 0;
    block->enter_count = block->leave_count = block->resting_count = 0;
    block->resting_size = 0.0;
    for (size_t j = 0; j < n; j++) {
        if (!(lower[j] <= upper[j]))
            return 0;
        const int32_t side = proper_side(sides[j], lower[j], upper[j]);
        const int in = reduced->position[j] >= 0;
        block->side[j] = side;
        block->sign[j] = side != MVOI_FREE && lower[j] < upper[j] ? (double)side : 0.0;
        largest = diagonal[j] > largest ? diagonal[j] : largest;
        if (side == MVOI_FREE) {
            if (!in)
                block->enter[block->enter_count++] = (int32_t)j;
            continue;
        }
        if (in)
            block->leave[block->leave_count++] = (int32_t)j;
        const double w = side == MVOI_LOWER ? lower[j] : upper[j];
        block->w[j] = w;
        if (w != 0.0) {
            block->resting_place[j] = (int32_t)block->resting_count;
            block->resting[block->resting_count++] = (int32_t)j;
            block->resting_size += sqrt(diagonal[j]) * fabs(w);
        }
    }
    mvoi_support_forget(&block->support);
    block->held_stale = 1;
    block->moved_count = 0;
    memcpy(block->seen_lower, lower, bytes);
    memcpy(block->seen_upper, upper, bytes);
    block->seen = 1;
    return largest > 0.0;
}

/* The sides of the rows; 0 if limits cross. */
int mvoi_block_take_row_sides(mvoi_block *block, const mvoi_problem *problem, const int32_t *sides)
{
    for (size_t i = 0; i < problem->m; i++) {
        const double lower = problem->row_lower[i], upper = problem->row_upper[i];
        if (!(lower <= upper))
            return 0;
        block->row_side[i] = sides[i] == MVOI_FREE && lower < upper ? MVOI_FREE : proper_side(sides[i], lower, upper);
    }
    return 1;
}

/* What rests at `asset` changes by `by`. */
static void note_move(mvoi_block *block, int32_t asset, double by)
{
    if (block->moved_count == block->n) {
        block->held_stale = 1;
        return;
    }
    block->moved[block->moved_count] = asset;
    block->move[block->moved_count++] = by;
}

/* Moves a weight to a side, and all that hangs on it; F follows with the next mvoi_block_factorise(). */
void mvoi_block_place(mvoi_block *block, const mvoi_problem *problem, int32_t asset, int32_t side)
{
    if (side == MVOI_FREE) {
        if (block->w[asset] != 0.0) {
            const int32_t last = block->resting[--block->resting_count];
            block->resting_place[last] = block->resting_place[asset];
            block->resting[block->resting_place[last]] = last;
            note_move(block, asset, -block->w[asset]);
        } else {
            mvoi_support_add(&block->support, problem, asset);
        }
        block->sign[asset] = 0.0;
    } else {
        const double w = side == MVOI_LOWER ? problem->lower[asset] : problem->upper[asset];
        block->w[asset] = w;
        block->sign[asset] = problem->lower[asset] < problem->upper[asset] ? (double)side : 0.0;
        if (w != 0.0) {
            block->resting_place[asset] = (int32_t)block->resting_count;
            block->resting[block->resting_count++] = asset;
            note_move(block, asset, w);
        } else {
            mvoi_support_remove(&block->support, asset);
        }
    }
    block->side[asset] = side;
}

/* Fixes a weight that cannot be free in this round, where it is closest to zero; 0 if it has no limit. */
static int fix_refused(mvoi_block *block, const mvoi_problem *problem, int32_t asset)
{
    const double lower = problem->lower[asset], upper = problem->upper[asset];
    if (isinf(lower) && isinf(upper))
        return 0;
    mvoi_block_place(block, problem, asset, fabs(lower) <= fabs(upper) ? MVOI_LOWER : MVOI_UPPER);
    return 1;
}

/*
 * The free weights in the order of the factorisation: those far from their limits first. What leaves F in later
 * rounds then stands near the end, where taking it out is cheap.
 */
static size_t order_free(mvoi_block *block, const mvoi_problem *problem)
{
    const double *lower = problem->lower, *upper = problem->upper, *w = block->w;
    int32_t *found = block->flips;
    size_t count = 0, ordered = 0, finite = 0;
    double sum = 0.0;
    for (size_t j = 0; j < block->n; j++) {
        if (block->side[j] != MVOI_FREE)
            continue;
        const double below = w[j] - lower[j], above = upper[j] - w[j];
        double distance = below < above ? below : above;
        distance = distance > 0.0 ? distance : 0.0;
        block->x[count] = distance;
        found[count++] = (int32_t)j;
        if (!isinf(distance)) {
            sum += distance;
            finite++;
        }
    }
    double least = finite ? sum / (double)finite : 0.0;
    double most = INFINITY;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        if (bucket == BUCKETS - 1)
            least = -1.0;
        for (size_t f = 0; f < count; f++) {
            if (block->x[f] >= least && (block->x[f] < most || bucket == 0))
                block->order[ordered++] = found[f];
        }
        most = least;
        least *= 0.5;
    }
    return ordered;
}

/* Brings the factorisation to the sides of this round, by updates where few weights changed; 0 if it cannot be. */
int mvoi_block_factorise(mvoi_block *block, const mvoi_problem *problem)
{
    mvoi_reduced *reduced = &block->reduced;
    const size_t enter = block->enter_count, leave = block->leave_count, changes = enter + leave;
    /* an update costs more of a factorisation the more of it lies outside the caches */
    const size_t few = reduced->count < 128 ? 6 : reduced->count < 512 ? 12 : 24;
    int rows_there = 1;
    block->enter_count = block->leave_count = 0;
    for (size_t i = 0; i < problem->m; i++)
        rows_there &= block->row_side[i] == MVOI_FREE || reduced->slot[i] >= 0;
    if (!changes && rows_there)
        return 1;
    if (rows_there && changes * few <= reduced->count + few - 1 &&
        reduced->count + enter <= reduced->capacity + leave && reduced->updates < MVOI_BLOCK_UPDATES) {
        for (size_t e = 0; e < leave; e++)
            mvoi_reduced_remove(reduced, problem, (size_t)reduced->position[block->leave[e]]);
        for (size_t e = 0; e < enter; e++) {
            if (!mvoi_reduced_append(reduced, problem, block->enter[e]) &&
                !fix_refused(block, problem, block->enter[e]))
                return 0;
        }
        return 1;
    }
    const size_t count = order_free(block, problem);
    const size_t refused = mvoi_reduced_factorise(reduced, problem, block->order, count, block->row_side, block->order);
    if (refused == SIZE_MAX)
        return 0;
    for (size_t r = 0; r < refused; r++) {
        if (!fix_refused(block, problem, block->order[r]))
            return 0;
    }
    return 1;
}

/* What an active row leaves for the free weights; *size is that of its terms. */
double mvoi_block_row_left(const mvoi_block *block, const mvoi_problem *problem, int32_t i, double *size)
{
    const double *row = problem->rows + (size_t)i * problem->ld_rows;
    double left = mvoi_block_row_limit(block, problem, i);
    *size = fabs(left);
    for (size_t r = 0; r < block->resting_count; r++) {
        const double part = row[block->resting[r]] * block->w[block->resting[r]];
        left -= part;
        *size += fabs(part);
    }
    return left;
}

/*
 * A row that depends on the active ones over F but not over all weights needs one more free weight. Row number `which`
 * is, over F, alpha' (those before it); `lack` is what its limit asks for beyond theirs. Of the weights that can move
 * that way it is the one whose reduced gradient reaches zero first as the row's multiplier moves; a weight that has
 * only just left F is not asked. Returns the weight, or -1 if there is none.
 */
static int32_t nearest_weight(const mvoi_block *block, const mvoi_problem *problem, const int32_t *rows, size_t which,
                              const double *alpha, double lack)
{
    int32_t nearest = -1;
    double least = INFINITY;
    for (size_t j = 0; j < block->n; j++) {
        if (block->side[j] == MVOI_FREE || problem->lower[j] == problem->upper[j] || block->left[j])
            continue;
        double part = problem->rows[(size_t)rows[which] * problem->ld_rows + j], terms = fabs(part);
        for (size_t a = 0; a < which; a++) {
            const double share = alpha[a] * problem->rows[(size_t)rows[a] * problem->ld_rows + j];
            part -= share;
            terms += fabs(share);
        }
        if (block->side[j] == MVOI_LOWER ? part * lack < 0.0 : part * lack > 0.0)
            continue;
        if (fabs(part) > 1e-9 * terms && fabs(block->z[j]) < least * fabs(part)) {
            least = fabs(block->z[j]) / fabs(part);
            nearest = (int32_t)j;
        }
    }
    return nearest;
}

/* What the limit of active row number `which` asks for beyond what alpha' (those before it) give; 0 for rounding. */
static double find_lack(const mvoi_block *block, const mvoi_problem *problem, size_t which, const double *alpha)
{
    double all, size;
    double lack = mvoi_block_row_left(block, problem, block->wanted[which], &all);
    for (size_t a = 0; a < which; a++) {
        lack -= alpha[a] * mvoi_block_row_left(block, problem, block->wanted[a], &size);
        all += fabs(alpha[a]) * size;
    }
    return fabs(lack) > 1e-12 * all ? lack : 0.0;
}

/* The first wanted row without a coefficient on any free weight, or their number. Rounding hides it in V V'. */
static size_t find_bare(const mvoi_block *block, const mvoi_problem *problem, size_t wanted)
{
    const mvoi_reduced *reduced = &block->reduced;
    for (size_t a = 0; a < wanted; a++) {
        const double *row = problem->rows + (size_t)block->wanted[a] * problem->ld_rows;
        size_t p = 0;
        while (p < reduced->count && row[reduced->assets[p]] == 0.0)
            p++;
        if (p == reduced->count)
            return a;
    }
    return wanted;
}

/* Makes the rows of row_side active, equalities first; frees a weight where a row has none, drops a dependent row. */
void mvoi_block_activate(mvoi_block *block, const mvoi_problem *problem)
{
    mvoi_reduced *reduced = &block->reduced;
    size_t wanted = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < problem->m; i++) {
            const int equality = problem->row_lower[i] == problem->row_upper[i];
            if (block->row_side[i] != MVOI_FREE && equality == !pass)
                block->wanted[wanted++] = (int32_t)i;
        }
    }
    while (wanted) {
        /* row `done` = alpha' (the rows before it) over F */
        double *alpha = block->x;
        size_t done = find_bare(block, problem, wanted);
        memset(alpha, 0, done * sizeof *alpha);
        if (done == wanted) {
            done = mvoi_reduced_activate(reduced, block->wanted, wanted);
            if (done == wanted)
                return;
            for (size_t a = 0; a < done; a++)
                alpha[a] = reduced->gram[done + a * reduced->ld_schur];
            block->kernels->solve_lower(done, reduced->schur, reduced->ld_schur, alpha);
            block->kernels->solve_lower_transposed(done, reduced->schur, reduced->ld_schur, alpha);
        }
        const double lack = find_lack(block, problem, done, alpha);
        const int32_t asset = nearest_weight(block, problem, block->wanted, done, alpha, lack);
        if (asset >= 0 && mvoi_reduced_append(reduced, problem, asset)) {
            mvoi_block_place(block, problem, asset, MVOI_FREE);
            continue;
        }
        block->row_side[block->wanted[done]] = MVOI_FREE;
        wanted--;
        memmove(block->wanted + done, block->wanted + done + 1, (wanted - done) * sizeof *block->wanted);
    }
    reduced->active = 0;
}
