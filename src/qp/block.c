/* SPDX-License-Identifier: MIT */
/* The rounds of block pivoting. */
#include "qp/block.h"
#include "qp/guess.h"
#include "qp/reduced.h"
#include "qp/segments.h"
#include "qp/support.h"

#include <float.h>
#include <math.h>
#include <string.h>

/*
 * Tolerances, each against the size of the terms it is made of. A weight leaves its interval on the slightest excess,
 * a multiplier must be clearly wrong to count: so a degenerate weight settles on its limit and stays there.
 */
static const double PRIMAL = 4.0 * DBL_EPSILON;
static const double ROW = 1e-13;
static const double DUAL = 1e-12;
static const double SETTLED = 1e-10; /* correction, relative, after which another changes nothing */
static const double DIVERGED = 1e-8; /* correction, relative, after which the answer is not to be trusted */

/* Up to this many assets all of Sigma w is found in twice the precision: packing what the support sees would cost more. */
enum { WHOLE = 64 };

enum { STALL = 4, MOST_ROUNDS = 60, MOST_CORRECTIONS = 3, MOST_UPDATES = 200, PARTIAL = 3, BUCKETS = 4 };

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

    /* weights that enter or leave F with the next round */
    int32_t *enter, *leave;
    size_t enter_count, leave_count;
    int32_t *left; /* n: 1 for weights that left with the last flips */

    /* limits as they were when sign, resting and held were made */
    double *seen_lower, *seen_upper;
    int seen;

    int last_rounds; /* that the solve before this one took */

    int32_t *best_side, *best_row_side; /* of the best round so far */
    int32_t *best_segment;              /* n: likewise, where costs are piecewise linear */
    int32_t *flips, *order, *wanted;
    double *b, *d, *x, *high, *low, *total, *rest;
};

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
    double **vectors[] = { &block->w,        &block->z,          &block->product,    &block->sign,
                           &block->held,     &block->seen_lower, &block->seen_upper, &block->y,
                           &block->activity, &block->b,          &block->d,          &block->x,
                           &block->high,     &block->low,        &block->total,      &block->rest,
                           &block->held_rows };
    int32_t **indices[] = { &block->side,  &block->row_side, &block->resting,   &block->resting_place,
                            &block->enter, &block->leave,    &block->best_side, &block->best_row_side,
                            &block->flips, &block->order,    &block->wanted,    &block->left,
                            &block->best_segment };
    int taken =
        mvoi_reduced_init(&block->reduced, context, covariance, m, kernels) &&
        mvoi_support_init(&block->support, context, covariance->kind == MVOI_DENSE ? n : 0, kernels) &&
        mvoi_guess_init(&block->guess, context, n, m, covariance->kind == MVOI_FACTOR ? covariance->k : 0, kernels);
    for (size_t v = 0; v < sizeof vectors / sizeof *vectors; v++)
        taken &= (*vectors[v] = mvoi_allocate(context, both, sizeof(double))) != NULL;
    for (size_t v = 0; v < sizeof indices / sizeof *indices; v++)
        taken &= (*indices[v] = mvoi_allocate(context, both, sizeof(int32_t))) != NULL;
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
    void *all[] = { block->w,          block->z,          block->product,   block->sign,          block->held,
                    block->seen_lower, block->seen_upper, block->y,         block->activity,      block->b,
                    block->d,          block->x,          block->high,      block->low,           block->total,
                    block->rest,       block->side,       block->row_side,  block->resting,       block->resting_place,
                    block->enter,      block->leave,      block->best_side, block->best_row_side, block->flips,
                    block->order,      block->wanted,     block->left,      block->best_segment,  block->held_rows };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mvoi_release(context, all[i]);
    mvoi_reduced_clear(&block->reduced, context);
    mvoi_support_clear(&block->support, context);
    mvoi_guess_clear(&block->guess, context);
    mvoi_release(context, block);
}

void mvoi_block_forget(mvoi_block *block)
{
    mvoi_reduced_forget(&block->reduced);
    mvoi_support_forget(&block->support);
    block->seen = 0;
    block->last_rounds = 0;
}

void mvoi_block_forget_covariance(mvoi_block *block)
{
    mvoi_block_forget(block);
    mvoi_guess_forget(&block->guess);
}

/* -------------------------------------------------------------------------------------- working set */

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
static int take_sides(mvoi_block *block, const mvoi_problem *problem, const int32_t *sides)
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
    memcpy(block->seen_lower, lower, bytes);
    memcpy(block->seen_upper, upper, bytes);
    block->seen = 1;
    return largest > 0.0;
}

/* The sides of the rows; 0 if limits cross. */
static int take_row_sides(mvoi_block *block, const mvoi_problem *problem, const int32_t *sides)
{
    for (size_t i = 0; i < problem->m; i++) {
        const double lower = problem->row_lower[i], upper = problem->row_upper[i];
        if (!(lower <= upper))
            return 0;
        block->row_side[i] = sides[i] == MVOI_FREE && lower < upper ? MVOI_FREE : proper_side(sides[i], lower, upper);
    }
    return 1;
}

/* Moves a weight to a side, and all that hangs on it; F follows with the next factorise(). */
static void place(mvoi_block *block, const mvoi_problem *problem, int32_t asset, int32_t side)
{
    if (side == MVOI_FREE) {
        if (block->w[asset] != 0.0) {
            const int32_t last = block->resting[--block->resting_count];
            block->resting_place[last] = block->resting_place[asset];
            block->resting[block->resting_place[last]] = last;
            block->held_stale = 1;
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
            block->held_stale = 1;
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
    place(block, problem, asset, fabs(lower) <= fabs(upper) ? MVOI_LOWER : MVOI_UPPER);
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
static int factorise(mvoi_block *block, const mvoi_problem *problem)
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
        reduced->count + enter <= reduced->capacity + leave && reduced->updates < MOST_UPDATES) {
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

static double row_limit(const mvoi_block *block, const mvoi_problem *problem, int32_t i)
{
    return block->row_side[i] == MVOI_LOWER ? problem->row_lower[i] : problem->row_upper[i];
}

/* What an active row leaves for the free weights; *size is that of its terms. */
static double row_left(const mvoi_block *block, const mvoi_problem *problem, int32_t i, double *size)
{
    const double *row = problem->rows + (size_t)i * problem->ld_rows;
    double left = row_limit(block, problem, i);
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
    double lack = row_left(block, problem, block->wanted[which], &all);
    for (size_t a = 0; a < which; a++) {
        lack -= alpha[a] * row_left(block, problem, block->wanted[a], &size);
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
static void activate(mvoi_block *block, const mvoi_problem *problem)
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
            place(block, problem, asset, MVOI_FREE);
            continue;
        }
        block->row_side[block->wanted[done]] = MVOI_FREE;
        wanted--;
        memmove(block->wanted + done, block->wanted + done + 1, (wanted - done) * sizeof *block->wanted);
    }
    reduced->active = 0;
}

/* -------------------------------------------------------------------------------------------- point */

/* Sigma times the resting weights, in full or (a factor covariance) as far as F times them. */
static void hold(mvoi_block *block, const mvoi_problem *problem)
{
    const mvo_covariance *covariance = problem->covariance;
    double size = 0.0;
    if (!block->held_stale)
        return;
    for (size_t r = 0; r < block->resting_count; r++) {
        const int32_t j = block->resting[r];
        block->x[r] = block->w[j];
        size += sqrt(covariance->diagonal[j]) * fabs(block->w[j]);
    }
    if (problem->columns) {
        memset(block->held_rows, 0, problem->m * sizeof(double));
        block->kernels->sweep(problem->m, block->resting_count, problem->columns, problem->ld_columns, block->resting,
                              block->x, block->held_rows);
    }
    if (covariance->kind == MVOI_DENSE) {
        memset(block->held, 0, block->n * sizeof(double));
        block->kernels->sweep(block->n, block->resting_count, covariance->dense, covariance->ld, block->resting,
                              block->x, block->held);
    } else {
        memset(block->held, 0, covariance->k * sizeof(double));
        block->kernels->sweep(covariance->k, block->resting_count, covariance->factors, covariance->k, block->resting,
                              block->x, block->held);
    }
    block->resting_size = size;
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

static void measure(mvoi_block *block)
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
static void solve_equations(mvoi_block *block, const mvoi_problem *problem)
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
        block->d[a] = problem->columns ? row_limit(block, problem, i) - block->held_rows[i]
                                       : row_left(block, problem, i, &size);
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
static void multiply(mvoi_block *block, const mvoi_problem *problem)
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
static void find_activity(mvoi_block *block, const mvoi_problem *problem)
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

/* ------------------------------------------------------------------------------------------- checks */

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

/* Lists the weights that rest on a breakpoint although their gradient is beyond the far end of its range. */
static size_t find_far_ends(mvoi_block *block, const mvoi_problem *problem, size_t found)
{
    for (size_t k = 0; k < problem->segments->kinked_count; k++) {
        const size_t j = (size_t)problem->segments->kinked[k];
        if (block->sign[j] == 0.0 || !(block->sign[j] * block->z[j] < 0.0))
            continue;
        const double width = mvoi_segments_width(problem->segments, block->y, j, block->side[j]);
        if (fabs(block->z[j]) > width && fabs(block->z[j]) - width > DUAL * gradient_size(block, problem, j))
            block->flips[found++] = (int32_t)j;
    }
    return found;
}

/* z = Sigma w + c - A'y; lists the fixed weights whose gradient says they should be free. -1 on a NaN. */
static int64_t find_wrong_gradients(mvoi_block *block, const mvoi_problem *problem, size_t found)
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
 * Finds violations, to be flipped by flip(): weights as j, rows as n + i. These are the ones that show without a
 * product with Sigma; find_wrong_gradients adds the others. Returns their number, or -1 on a NaN.
 */
static int64_t find_wrong_limits(mvoi_block *block, const mvoi_problem *problem)
{
    find_activity(block, problem);
    const int64_t found = find_wrong_weights(block, problem);
    return found < 0 ? found : find_wrong_rows(block, problem, (size_t)found);
}

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
        place(block, problem, j, MVOI_FREE);
        return;
    }
    if (problem->segments) {
        const int32_t side = leave_segment(block, problem, j);
        if (side != MVOI_FREE)
            place(block, problem, j, side);
        return;
    }
    block->leave[block->leave_count++] = j;
    block->left[j] = 1;
    place(block, problem, j, block->w[j] < problem->lower[j] ? MVOI_LOWER : MVOI_UPPER);
}

static void flip(mvoi_block *block, const mvoi_problem *problem, size_t count)
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

/* --------------------------------------------------------------------------------------- refinement */

/* a + b + c with a + b known in twice the precision, rounded once */
static double add(double high, double low, double c)
{
    double sum, error;
    mvoi_two_sum(&sum, &error, high, c);
    return sum + (error + low);
}

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
        block->b[p] = -add(support->total[at], support->rest[at], problem->linear[j]);
    }
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        block->d[a] = -add(support->high[i], support->low[i], -row_limit(block, problem, i));
    }
}

/* high + low = (Sigma w)_j of a factor covariance in twice the precision, given F w as share + share_low. */
static void multiply_one(const mvo_covariance *covariance, int32_t j, double w, const double *share,
                         const double *share_low, double *high, double *low)
{
    const double *own = covariance->factors + (size_t)j * covariance->k;
    double product, product_error, sum_error, rest = 0.0;
    mvoi_two_product(high, &rest, covariance->specific[j], w);
    for (size_t f = 0; f < covariance->k; f++) {
        mvoi_two_product(&product, &product_error, own[f], share[f]);
        mvoi_two_sum(high, &sum_error, *high, product);
        rest += (sum_error + product_error) + own[f] * share_low[f];
    }
    *low = rest;
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
        multiply_one(covariance, j, block->w[j], high, low, &block->high[j], &block->low[j]);
    }
    for (size_t r = 0; r < block->resting_count; r++) {
        const int32_t j = block->resting[r];
        multiply_one(covariance, j, block->w[j], high, low, &block->high[j], &block->low[j]);
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

static int is_whole(const mvoi_problem *problem)
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
        block->b[p] = -add(block->total[j], block->rest[j], problem->linear[j]);
    }
    kernels->sweep_compensated(m, reduced->count, problem->columns, problem->ld_columns, reduced->assets, block->x,
                               row_high, row_low);
    for (size_t r = 0; r < block->resting_count; r++)
        block->x[r] = block->w[block->resting[r]];
    kernels->sweep_compensated(m, block->resting_count, problem->columns, problem->ld_columns, block->resting, block->x,
                               row_high, row_low);
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        block->d[a] = -add(row_high[i], row_low[i], -row_limit(block, problem, i));
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
        block->b[p] = -add(high, low, problem->linear[j]);
    }
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        const double *row = problem->rows + (size_t)i * problem->ld_rows;
        double high = 0.0, low = 0.0;
        sum_row(block, row, reduced->assets, reduced->count, &high, &low);
        sum_row(block, row, block->resting, block->resting_count, &high, &low);
        block->d[a] = -add(high, low, -row_limit(block, problem, i));
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
static void finish_packed(mvoi_block *block)
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

static void finish_full(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    if (problem->covariance->kind == MVOI_DENSE) {
        block->kernels->sweep(block->n, reduced->count, problem->covariance->dense, problem->covariance->ld,
                              reduced->assets, block->b, block->low);
        for (size_t j = 0; j < block->n; j++)
            block->product[j] = block->high[j] + block->low[j];
        return;
    }
    multiply(block, problem);
    multiply_compensated(block, problem);
    for (size_t p = 0; p < reduced->count; p++)
        block->product[reduced->assets[p]] = block->high[reduced->assets[p]] + block->low[reduced->assets[p]];
    for (size_t r = 0; r < block->resting_count; r++)
        block->product[block->resting[r]] = block->high[block->resting[r]] + block->low[block->resting[r]];
}

/* Refines w and y until the correction is rounding; 0 if corrections do not become small. */
static int refine(mvoi_block *block, const mvoi_problem *problem, int packed)
{
    mvoi_reduced *reduced = &block->reduced;
    double moved = 0.0;
    for (int step = 0; step < MOST_CORRECTIONS; step++) {
        if (packed)
            find_packed_residuals(block, problem);
        else if (is_whole(problem))
            find_whole_residuals(block, problem);
        else
            find_residuals(block, problem);
        mvoi_reduced_solve(reduced, problem, block->b, block->d, block->b, block->d);
        moved = correct(block, problem);
        if (!(moved > SETTLED))
            break;
        reduced->updates = MOST_UPDATES; /* the factorisation has aged: the next change makes it anew */
    }
    return moved <= DIVERGED;
}

static int pack(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    if (problem->covariance->kind != MVOI_DENSE || is_whole(problem))
        return 0;
    return mvoi_support_pack(&block->support, problem, reduced->assets, reduced->count, block->resting,
                             block->resting_count);
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
    if (!factorise(block, problem))
        return 0;
    activate(block, problem);
    hold(block, problem);
    solve_equations(block, problem);
    measure(block);
    return 1;
}

/* Refines, and looks again at everything; the product is then final. */
static int64_t finish(mvoi_block *block, const mvoi_problem *problem, int packed)
{
    if (!refine(block, problem, packed))
        return -1;
    measure(block);
    if (packed) {
        multiply(block, problem);
        finish_packed(block);
    } else {
        finish_full(block, problem);
    }
    const int64_t found = find_wrong_limits(block, problem);
    return found < 0 ? found : find_wrong_gradients(block, problem, (size_t)found);
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
    int64_t found = find_wrong_limits(block, problem);
    if (found > 0 && found <= 2 && *partial < PARTIAL) {
        ++*partial;
        return found;
    }
    *partial = 0;
    if (found < 0)
        return found;
    if (found == 0 && expect_end) {
        const int packed = pack(block, problem);
        if (packed || problem->covariance->kind == MVOI_FACTOR || is_whole(problem))
            return finish(block, problem, packed);
    }
    multiply(block, problem);
    found = find_wrong_gradients(block, problem, (size_t)found);
    return found == 0 ? finish(block, problem, pack(block, problem)) : found;
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
    if (!take_sides(block, problem, block->best_side) || !solve_round(block, problem))
        return 0;
    multiply(block, problem);
    return find_wrong_limits(block, problem) >= 0 && find_wrong_gradients(block, problem, 0) >= 0;
}

void mvoi_block_set_watch(mvoi_block *block, mvoi_watch *watch)
{
    block->watch = watch;
}

mvo_outcome mvoi_block_stopped(const mvoi_block *block)
{
    return block->stopped;
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
    if (problem->m > problem->n + 32)
        return MVOI_BLOCK_HOPELESS;
    const int32_t *sides = point->side, *row_sides = point->row_side;
    if (!warm) {
        if (!mvoi_guess_make(&block->guess, problem, block->best_side, block->best_row_side))
            return MVOI_BLOCK_HOPELESS;
        sides = block->best_side;
        row_sides = block->best_row_side;
        memcpy(block->z, block->guess.z, block->n * sizeof(double));
        memcpy(block->w, block->guess.w, block->n * sizeof(double));
    }
    if (!take_sides(block, problem, sides) || !take_row_sides(block, problem, row_sides)) {
        block->seen = 0;
        return MVOI_BLOCK_HOPELESS;
    }
    memset(block->left, 0, block->n * sizeof *block->left);
    for (int round = 0, stalled = 0; round < MOST_ROUNDS && stalled < STALL; round++) {
        if (block->watch && (block->stopped = mvoi_watch_step(block->watch)) != MVO_OPTIMAL)
            break;
        const int expect_end = round == 0 ? warm && block->last_rounds == 1 : last <= 2;
        const int64_t found = run_round(block, problem, expect_end, &partial);
        last = found;
        ++*rounds;
        if (found == 0) {
            result = MVOI_BLOCK_DONE;
            block->last_rounds = round + 1;
            break;
        }
        if (found < 0)
            break;
        if (partial) { /* not all is known of this round */
        } else if (found < best) {
            best = found;
            stalled = 0;
            keep_best(block, problem);
        } else {
            stalled++;
        }
        flip(block, problem, (size_t)found);
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
