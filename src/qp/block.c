/* SPDX-License-Identifier: MIT */
/* The rounds of block pivoting. */
#include "qp/block.h"
#include "qp/guess.h"
#include "qp/reduced.h"

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

enum { STALL = 4, MOST_ROUNDS = 60, MOST_CORRECTIONS = 3, MOST_UPDATES = 200 };

struct mvoi_block {
    const mvoi_kernels *kernels;
    size_t n, m;                      /* m: most rows of a problem */
    const mvo_covariance *covariance; /* what is remembered belongs to it; only compared */
    mvoi_reduced reduced;
    mvoi_guess guess;

    /* the working set of this round, its point, and what follows from it */
    int32_t *side, *row_side;
    double *w, *y, *z;
    double *product;  /* n: Sigma w */
    double *priced;   /* n: A'y */
    double *activity; /* m: A w */
    double size;      /* sum of sqrt(Sigma_jj) |w_j|: no |Sigma w|_i exceeds sqrt(Sigma_ii) times it */

    /* the fixed weights that are not zero, and held = Sigma times the weights in `holding`, which are just those */
    int32_t *resting;
    size_t resting_count;
    double *held, *holding;

    /* the best round so far */
    int32_t *best_side, *best_row_side;
    double *best_w, *best_y, *best_z;

    /* the weights that are not zero, those of F first, and the KKT matrix of just these */
    size_t support_count, packed_ld;
    int packed; /* 1 if `block` and `rows` below hold the matrix of the current support and active rows */
    int32_t *support, *identity;
    double *block;      /* Sigma over the support, and the active rows below: packed_ld by support */
    double *transposed; /* the active rows over the support, packed_ld by active */
    int32_t *packed_support, *packed_rows;
    size_t packed_count, packed_active, packed_limit;

    int32_t *flips, *refused, *wanted;
    double *b, *d, *x, *high, *low, *high2, *low2;
};

/* ------------------------------------------------------------------------------------------- memory */

static int take_double(mvo_context *context, double **pointer, size_t count)
{
    *pointer = mvoi_allocate(context, count, sizeof(double));
    return *pointer != NULL;
}

static int take_int(mvo_context *context, int32_t **pointer, size_t count)
{
    *pointer = mvoi_allocate(context, count, sizeof(int32_t));
    return *pointer != NULL;
}

mvoi_block *mvoi_block_new(mvo_context *context, const mvo_covariance *covariance, size_t m,
                           const mvoi_kernels *kernels)
{
    const size_t n = covariance->n;
    mvoi_block *block = mvoi_allocate(context, 1, sizeof *block);
    if (!block)
        return NULL;
    memset(block, 0, sizeof *block);
    block->kernels = kernels;
    block->n = n;
    block->m = m;
    const size_t both = n + m + 8;
    block->packed_limit = n / 2 + 16 < n ? n / 2 + 16 : n;
    const int taken =
        mvoi_reduced_init(&block->reduced, context, n, m, kernels) &&
        mvoi_guess_init(&block->guess, context, n, m, covariance->kind == MVOI_FACTOR ? covariance->k : 0, kernels) &&
        take_int(context, &block->side, n) && take_int(context, &block->row_side, m) &&
        take_double(context, &block->w, n) && take_double(context, &block->y, m) &&
        take_double(context, &block->z, n) && take_double(context, &block->product, n) &&
        take_double(context, &block->priced, n) && take_double(context, &block->activity, m) &&
        take_double(context, &block->held, n) && take_double(context, &block->holding, n) &&
        take_int(context, &block->resting, n) && take_int(context, &block->best_side, n) &&
        take_int(context, &block->best_row_side, m) && take_double(context, &block->best_w, n) &&
        take_double(context, &block->best_y, m) && take_double(context, &block->best_z, n) &&
        take_int(context, &block->support, n) && take_int(context, &block->identity, both) &&
        take_double(context, &block->block, (block->packed_limit + m + 16) * block->packed_limit) &&
        take_double(context, &block->transposed, (block->packed_limit + m + 16) * m) &&
        take_int(context, &block->packed_support, n) && take_int(context, &block->packed_rows, m) &&
        take_int(context, &block->flips, n + m) && take_int(context, &block->refused, n) &&
        take_int(context, &block->wanted, m) && take_double(context, &block->b, n) &&
        take_double(context, &block->d, m) && take_double(context, &block->x, both) &&
        take_double(context, &block->high, both) && take_double(context, &block->low, both) &&
        take_double(context, &block->high2, both) && take_double(context, &block->low2, both);
    if (!taken) {
        mvoi_block_free(context, block);
        return NULL;
    }
    for (size_t i = 0; i < both; i++)
        block->identity[i] = (int32_t)i;
    for (size_t j = 0; j < n; j++)
        block->z[j] = 0.0;
    mvoi_block_forget(block);
    return block;
}

void mvoi_block_free(mvo_context *context, mvoi_block *block)
{
    if (!block)
        return;
    void *all[] = { block->side,
                    block->row_side,
                    block->w,
                    block->y,
                    block->z,
                    block->product,
                    block->priced,
                    block->activity,
                    block->held,
                    block->holding,
                    block->resting,
                    block->best_side,
                    block->best_w,
                    block->best_y,
                    block->best_z,
                    block->best_row_side,
                    block->support,
                    block->identity,
                    block->block,
                    block->transposed,
                    block->packed_support,
                    block->packed_rows,
                    block->flips,
                    block->refused,
                    block->wanted,
                    block->b,
                    block->d,
                    block->x,
                    block->high,
                    block->low,
                    block->high2,
                    block->low2 };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mvoi_release(context, all[i]);
    mvoi_reduced_clear(&block->reduced, context);
    mvoi_guess_clear(&block->guess, context);
    mvoi_release(context, block);
}

void mvoi_block_forget(mvoi_block *block)
{
    mvoi_reduced_forget(&block->reduced);
    memset(block->held, 0, block->n * sizeof(double));
    memset(block->holding, 0, block->n * sizeof(double));
    block->packed = 0;
}

/* -------------------------------------------------------------------------------------- working set */

/* Nothing to be gained here: more rows than weights could obey, limits that cross, or no variance at all. */
static int hopeless(const mvoi_problem *problem)
{
    double largest = 0.0;
    if (problem->m > problem->n + 32)
        return 1;
    for (size_t j = 0; j < problem->n; j++) {
        if (!(problem->lower[j] <= problem->upper[j]))
            return 1;
        largest = problem->covariance->diagonal[j] > largest ? problem->covariance->diagonal[j] : largest;
    }
    for (size_t i = 0; i < problem->m; i++) {
        if (!(problem->row_lower[i] <= problem->row_upper[i]))
            return 1;
    }
    return !(largest > 0.0);
}

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

static void take_sides(mvoi_block *block, const mvoi_problem *problem, const mvoi_point *point)
{
    for (size_t j = 0; j < block->n; j++)
        block->side[j] = proper_side(point->side[j], problem->lower[j], problem->upper[j]);
    for (size_t i = 0; i < problem->m; i++) {
        const double lower = problem->row_lower[i], upper = problem->row_upper[i];
        const int32_t side = point->row_side[i];
        block->row_side[i] = side == MVOI_FREE && lower < upper ? MVOI_FREE : proper_side(side, lower, upper);
    }
}

/* Fixes a weight that cannot be free in this round, where it is closest to zero; 0 if it has no limit. */
static int fix_refused(mvoi_block *block, const mvoi_problem *problem, int32_t asset)
{
    const double lower = problem->lower[asset], upper = problem->upper[asset];
    if (isinf(lower) && isinf(upper))
        return 0;
    block->side[asset] = fabs(lower) <= fabs(upper) ? MVOI_LOWER : MVOI_UPPER;
    return 1;
}

/* Brings the factorisation to the sides of this round, by updates where few weights changed; 0 if it cannot be. */
static int factorise(mvoi_block *block, const mvoi_problem *problem)
{
    mvoi_reduced *reduced = &block->reduced;
    size_t enter = 0, leave = 0;
    int rows_there = 1;
    for (size_t j = 0; j < block->n; j++) {
        const int in = reduced->position[j] >= 0, wanted = block->side[j] == MVOI_FREE;
        if (in != wanted) {
            if (wanted)
                block->refused[enter++] = (int32_t)j;
            else
                leave++;
        }
    }
    for (size_t i = 0; i < problem->m; i++)
        rows_there &= block->row_side[i] == MVOI_FREE || reduced->slot[i] >= 0;
    const size_t changes = enter + leave;
    if (!changes && rows_there)
        return 1;
    if (rows_there && changes <= reduced->count / 8 && reduced->count + enter <= reduced->capacity &&
        reduced->updates < MOST_UPDATES) {
        for (size_t p = reduced->count; leave && p-- > 0;) {
            if (block->side[reduced->assets[p]] != MVOI_FREE) {
                mvoi_reduced_remove(reduced, p);
                leave--;
            }
        }
        for (size_t e = 0; e < enter; e++) {
            if (!mvoi_reduced_append(reduced, problem, block->refused[e]) &&
                !fix_refused(block, problem, block->refused[e]))
                return 0;
        }
        return 1;
    }
    const size_t refused = mvoi_reduced_factorise(reduced, problem, block->side, block->row_side, block->refused);
    for (size_t r = 0; r < refused; r++) {
        if (!fix_refused(block, problem, block->refused[r]))
            return 0;
    }
    return 1;
}

/*
 * A row that depends on the active ones over F but not over all weights needs one more free weight: the one whose
 * reduced gradient reaches zero first as that row's multiplier moves. `alpha` (first - 1 of them) represents the row
 * over F by those before it. Returns the weight, or -1 if the row depends on the others altogether.
 */
static int32_t nearest_weight(const mvoi_block *block, const mvoi_problem *problem, const int32_t *rows, size_t which,
                              const double *alpha)
{
    int32_t nearest = -1;
    double least = INFINITY;
    for (size_t j = 0; j < block->n; j++) {
        if (block->side[j] == MVOI_FREE || problem->lower[j] == problem->upper[j])
            continue;
        double part = problem->rows[(size_t)rows[which] * problem->ld_rows + j], terms = fabs(part);
        for (size_t a = 0; a < which; a++) {
            const double share = alpha[a] * problem->rows[(size_t)rows[a] * problem->ld_rows + j];
            part -= share;
            terms += fabs(share);
        }
        if (fabs(part) > 1e-9 * terms && fabs(block->z[j]) < least * fabs(part)) {
            least = fabs(block->z[j]) / fabs(part);
            nearest = (int32_t)j;
        }
    }
    return nearest;
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
        const size_t done = mvoi_reduced_activate(reduced, block->wanted, wanted);
        if (done == wanted)
            return;
        /* row `done` = alpha' (the rows before it) over F */
        double *alpha = block->x;
        for (size_t a = 0; a < done; a++)
            alpha[a] = reduced->gram[done + a * reduced->ld_schur];
        block->kernels->solve_lower(done, reduced->schur, reduced->ld_schur, alpha);
        block->kernels->solve_lower_transposed(done, reduced->schur, reduced->ld_schur, alpha);
        const int32_t asset = nearest_weight(block, problem, block->wanted, done, alpha);
        if (asset >= 0 && mvoi_reduced_append(reduced, problem, asset)) {
            block->side[asset] = MVOI_FREE;
            continue;
        }
        block->row_side[block->wanted[done]] = MVOI_FREE;
        wanted--;
        memmove(block->wanted + done, block->wanted + done + 1, (wanted - done) * sizeof *block->wanted);
    }
    reduced->active = 0;
}

/* -------------------------------------------------------------------------------------------- point */

/* w of the fixed weights, and Sigma times them, made anew when one has changed. */
static void hold(mvoi_block *block, const mvoi_problem *problem)
{
    size_t resting = 0;
    int changed = 0;
    for (size_t j = 0; j < block->n; j++) {
        const int32_t side = block->side[j];
        const double w = side == MVOI_FREE ? 0.0 : side == MVOI_LOWER ? problem->lower[j] : problem->upper[j];
        block->w[j] = w;
        changed |= w != block->holding[j];
        block->holding[j] = w;
        if (w != 0.0) {
            block->resting[resting] = (int32_t)j;
            block->x[resting++] = w;
        }
    }
    block->resting_count = resting;
    if (!changed)
        return;
    memset(block->held, 0, block->n * sizeof(double));
    block->kernels->sweep(block->n, resting, problem->covariance->dense, problem->covariance->ld, block->resting,
                          block->x, block->held);
}

static void find_support(mvoi_block *block)
{
    const mvoi_reduced *reduced = &block->reduced;
    memcpy(block->support, reduced->assets, reduced->count * sizeof *block->support);
    memcpy(block->support + reduced->count, block->resting, block->resting_count * sizeof *block->support);
    block->support_count = reduced->count + block->resting_count;
}

static double row_limit(const mvoi_block *block, const mvoi_problem *problem, int32_t i)
{
    return block->row_side[i] == MVOI_LOWER ? problem->row_lower[i] : problem->row_upper[i];
}

/* Solves the KKT equations of the working set. */
static void solve_equations(mvoi_block *block, const mvoi_problem *problem)
{
    mvoi_reduced *reduced = &block->reduced;
    const size_t count = reduced->count;
    for (size_t p = 0; p < count; p++) {
        const size_t j = (size_t)reduced->assets[p];
        block->b[p] = -(problem->linear[j] + block->held[j]);
    }
    for (size_t a = 0; a < reduced->active; a++) {
        const int32_t i = reduced->active_rows[a];
        const double *row = problem->rows + (size_t)i * problem->ld_rows;
        double left = row_limit(block, problem, i);
        for (size_t s = count; s < block->support_count; s++)
            left -= row[block->support[s]] * block->w[block->support[s]];
        block->d[a] = left;
    }
    mvoi_reduced_solve(reduced, block->b, block->d, block->b, block->d);
    memset(block->y, 0, problem->m * sizeof(double));
    for (size_t p = 0; p < count; p++)
        block->w[reduced->assets[p]] = block->b[p];
    for (size_t a = 0; a < reduced->active; a++)
        block->y[reduced->active_rows[a]] = block->d[a];
}

static void measure(mvoi_block *block, const mvoi_problem *problem)
{
    double size = 0.0;
    for (size_t s = 0; s < block->support_count; s++) {
        const size_t j = (size_t)block->support[s];
        size += sqrt(problem->covariance->diagonal[j]) * fabs(block->w[j]);
    }
    block->size = size;
}

/* Sigma w with plain sums. */
static void multiply(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    for (size_t p = 0; p < reduced->count; p++)
        block->x[p] = block->w[reduced->assets[p]];
    memcpy(block->product, block->held, block->n * sizeof(double));
    block->kernels->sweep(block->n, reduced->count, problem->covariance->dense, problem->covariance->ld,
                          reduced->assets, block->x, block->product);
}

/* z, A'y and A w. */
static void price(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const size_t n = block->n;
    double *restrict z = block->z;
    const double *restrict product = block->product;
    const double *restrict c = problem->linear;
    for (size_t j = 0; j < n; j++)
        z[j] = product[j] + c[j];
    if (!problem->m)
        return;
    if (reduced->active) {
        for (size_t a = 0; a < reduced->active; a++)
            block->x[a] = block->y[reduced->active_rows[a]];
        double *restrict priced = block->priced;
        memset(priced, 0, n * sizeof(double));
        block->kernels->sweep(n, reduced->active, problem->rows, problem->ld_rows, reduced->active_rows, block->x,
                              priced);
        for (size_t j = 0; j < n; j++)
            z[j] -= priced[j];
    }
    block->kernels->gemv_transposed(n, block->m, problem->rows, problem->ld_rows, block->w, block->activity);
}

/* --------------------------------------------------------------------------------------- refinement */

/* Packs the KKT matrix of the support, unless it is there already; 0 where the support is too large for it to pay. */
static int pack(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const size_t count = block->support_count, active = reduced->active;
    if (count > block->packed_limit)
        return 0;
    if (block->packed && block->packed_count == count && block->packed_active == active &&
        !memcmp(block->packed_support, block->support, count * sizeof *block->support) &&
        !memcmp(block->packed_rows, reduced->active_rows, active * sizeof *block->packed_rows))
        return 1;
    size_t ld = (count + active + 7) / 8 * 8;
    if (ld % 16 == 0)
        ld += 8;
    for (size_t s = 0; s < count; s++) {
        const double *source = problem->covariance->dense + (size_t)block->support[s] * problem->covariance->ld;
        const double *coefficient = problem->rows + block->support[s];
        double *target = block->block + s * ld;
        for (size_t p = 0; p < count; p++)
            target[p] = source[block->support[p]];
        for (size_t a = 0; a < active; a++) {
            const double value = coefficient[(size_t)reduced->active_rows[a] * problem->ld_rows];
            target[count + a] = value;
            block->transposed[s + a * ld] = value;
        }
    }
    memcpy(block->packed_support, block->support, count * sizeof *block->support);
    memcpy(block->packed_rows, reduced->active_rows, active * sizeof *block->packed_rows);
    block->packed_count = count;
    block->packed_active = active;
    block->packed_ld = ld;
    block->packed = 1;
    return 1;
}

/* a + b + c with a + b known in twice the precision, rounded once */
static double add(double high, double low, double c)
{
    double sum, error;
    mvoi_two_sum(&sum, &error, high, c);
    return sum + (error + low);
}

/* Scalar compensated sum of row[j] w[j] over the support. */
static void row_sum(const mvoi_block *block, const double *row, double *high, double *low)
{
    double sum = 0.0, rest = 0.0;
    for (size_t s = 0; s < block->support_count; s++) {
        double product, product_error, sum_error;
        mvoi_two_product(&product, &product_error, row[block->support[s]], block->w[block->support[s]]);
        mvoi_two_sum(&sum, &sum_error, sum, product);
        rest += sum_error + product_error;
    }
    *high = sum;
    *low = rest;
}

/*
 * Residuals b = -(Sigma w + c - A'y) over F and d = limit - A w over W, in twice the precision; high + low keeps
 * Sigma w, over the support if `packed`, else over all weights.
 */
static void find_residuals(mvoi_block *block, const mvoi_problem *problem, int packed)
{
    const mvoi_reduced *reduced = &block->reduced;
    const mvoi_kernels *kernels = block->kernels;
    const size_t support = block->support_count, active = reduced->active, count = reduced->count;
    const size_t height = packed ? support : block->n;
    for (size_t s = 0; s < support; s++)
        block->x[s] = block->w[block->support[s]];
    memset(block->high, 0, (height + active) * sizeof(double));
    memset(block->low, 0, (height + active) * sizeof(double));
    if (packed)
        kernels->sweep_compensated(support + active, support, block->block, block->packed_ld, block->identity, block->x,
                                   block->high, block->low);
    else
        kernels->sweep_compensated(block->n, support, problem->covariance->dense, problem->covariance->ld,
                                   block->support, block->x, block->high, block->low);
    memcpy(block->high2, block->high, height * sizeof(double));
    memcpy(block->low2, block->low, height * sizeof(double));
    for (size_t a = 0; a < active; a++)
        block->x[a] = -block->y[reduced->active_rows[a]];
    if (packed)
        kernels->sweep_compensated(support, active, block->transposed, block->packed_ld, block->identity, block->x,
                                   block->high2, block->low2);
    else
        kernels->sweep_compensated(block->n, active, problem->rows, problem->ld_rows, reduced->active_rows, block->x,
                                   block->high2, block->low2);
    for (size_t p = 0; p < count; p++) {
        const size_t j = (size_t)reduced->assets[p], at = packed ? p : j;
        block->b[p] = -add(block->high2[at], block->low2[at], problem->linear[j]);
    }
    for (size_t a = 0; a < active; a++) {
        const int32_t i = reduced->active_rows[a];
        double high = block->high[support + a], low = block->low[support + a];
        if (!packed)
            row_sum(block, problem->rows + (size_t)i * problem->ld_rows, &high, &low);
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

/* Adds the correction b, d to the point; returns its size relative to the point's. */
static double correct(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const double *diagonal = problem->covariance->diagonal;
    double moved = 0.0;
    for (size_t p = 0; p < reduced->count; p++) {
        const size_t j = (size_t)reduced->assets[p];
        const double deviation = sqrt(diagonal[j]);
        const double before = block->w[j];
        moved += deviation * fabs(block->b[p]);
        block->w[j] =
            clamp(before + block->b[p], problem->lower[j], problem->upper[j], DBL_EPSILON * block->size / deviation);
        block->b[p] = block->w[j] - before;
    }
    for (size_t a = 0; a < reduced->active; a++)
        block->y[reduced->active_rows[a]] += block->d[a];
    return moved == 0.0 ? 0.0 : moved / block->size;
}

/*
 * Refines w and y until the correction is rounding, and leaves Sigma w in `product`: in twice the precision over the
 * support, elsewhere what multiply() made of it unless the refinement changed that visibly, or (the support is large)
 * as good as over the support. Returns 0 if the corrections do not become small.
 */
static int refine(mvoi_block *block, const mvoi_problem *problem, int multiplied)
{
    mvoi_reduced *reduced = &block->reduced;
    const mvoi_kernels *kernels = block->kernels;
    const size_t support = block->support_count, count = reduced->count;
    const int packed = pack(block, problem);
    double moved = 0.0, total = 0.0;
    for (int step = 0; step < MOST_CORRECTIONS; step++) {
        find_residuals(block, problem, packed);
        mvoi_reduced_solve(reduced, block->b, block->d, block->b, block->d);
        moved = correct(block, problem);
        total += moved;
        if (!(moved > SETTLED))
            break;
        reduced->updates = MOST_UPDATES; /* the factorisation has aged: the next change makes it anew */
    }
    if (!(moved <= DIVERGED))
        return 0;
    if (packed) {
        if (!multiplied || total > 8.0 * DBL_EPSILON)
            multiply(block, problem);
        kernels->gemv(support, count, block->block, block->packed_ld, block->b, block->low);
        for (size_t s = 0; s < support; s++)
            block->product[block->support[s]] = block->high[s] + block->low[s];
    } else {
        kernels->sweep(block->n, count, problem->covariance->dense, problem->covariance->ld, reduced->assets, block->b,
                       block->low);
        for (size_t j = 0; j < block->n; j++)
            block->product[j] = block->high[j] + block->low[j];
    }
    return 1;
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
    const double *row = problem->rows + i * problem->ld_rows;
    double size = 0.0;
    for (size_t s = 0; s < block->support_count; s++)
        size += fabs(row[block->support[s]] * block->w[block->support[s]]);
    return size;
}

/* How much of a gradient a multiplier of the wrong sign explains, relative to the gradient's terms. */
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

/* Finds every violation, to be flipped by flip(): weights as j, rows as n + i. Returns their number, or -1 on a NaN. */
static int64_t find_violations(mvoi_block *block, const mvoi_problem *problem)
{
    const mvoi_reduced *reduced = &block->reduced;
    const size_t n = block->n;
    const double *lower = problem->lower, *upper = problem->upper;
    size_t count = 0;
    double sum = 0.0;
    for (size_t p = 0; p < reduced->count; p++) {
        const size_t j = (size_t)reduced->assets[p];
        const double w = block->w[j], noise = DBL_EPSILON * block->size / sqrt(problem->covariance->diagonal[j]);
        sum += w;
        if (lower[j] - w > noise + PRIMAL * fabs(lower[j]) || w - upper[j] > noise + PRIMAL * fabs(upper[j]))
            block->flips[count++] = (int32_t)j;
    }
    for (size_t j = 0; j < n; j++) {
        const double z = block->z[j];
        const int32_t side = block->side[j];
        sum += z;
        if ((side < 0 ? z < 0.0 : side > 0 && z > 0.0) && lower[j] < upper[j] &&
            fabs(z) > DUAL * gradient_size(block, problem, j))
            block->flips[count++] = (int32_t)j;
    }
    for (size_t i = 0; i < problem->m; i++) {
        const double low = problem->row_lower[i], high = problem->row_upper[i];
        const int32_t side = block->row_side[i];
        sum += block->y[i] + block->activity[i];
        if (side == MVOI_FREE) {
            const double excess = low - block->activity[i] > 0.0 ? low - block->activity[i] : block->activity[i] - high;
            if (excess > 0.0 && excess > ROW * row_size(block, problem, i))
                block->flips[count++] = (int32_t)(n + i);
        } else if (low < high && (side < 0 ? block->y[i] < 0.0 : block->y[i] > 0.0) &&
                   multiplier_is_wrong(block, problem, i)) {
            block->flips[count++] = (int32_t)(n + i);
        }
    }
    return isfinite(sum) ? (int64_t)count : -1;
}

static void flip(mvoi_block *block, const mvoi_problem *problem, size_t count)
{
    for (size_t f = 0; f < count; f++) {
        const size_t index = (size_t)block->flips[f];
        if (index < block->n) {
            int32_t *side = &block->side[index];
            *side = *side != MVOI_FREE ? MVOI_FREE : block->w[index] < problem->lower[index] ? MVOI_LOWER : MVOI_UPPER;
        } else {
            const size_t i = index - block->n;
            int32_t *side = &block->row_side[i];
            *side = *side != MVOI_FREE                           ? MVOI_FREE
                    : block->activity[i] < problem->row_lower[i] ? MVOI_LOWER
                                                                 : MVOI_UPPER;
        }
    }
}

/* ------------------------------------------------------------------------------------------- rounds */

static void keep_best(mvoi_block *block, const mvoi_problem *problem)
{
    memcpy(block->best_side, block->side, block->n * sizeof(int32_t));
    memcpy(block->best_row_side, block->row_side, problem->m * sizeof(int32_t));
    memcpy(block->best_w, block->w, block->n * sizeof(double));
    memcpy(block->best_y, block->y, problem->m * sizeof(double));
    memcpy(block->best_z, block->z, block->n * sizeof(double));
}

static void give_best(const mvoi_block *block, const mvoi_problem *problem, mvoi_point *point)
{
    memcpy(point->side, block->best_side, block->n * sizeof(int32_t));
    memcpy(point->row_side, block->best_row_side, problem->m * sizeof(int32_t));
    memcpy(point->w, block->best_w, block->n * sizeof(double));
    memcpy(point->y, block->best_y, problem->m * sizeof(double));
    memcpy(point->z, block->best_z, block->n * sizeof(double));
}

static void give(const mvoi_block *block, const mvoi_problem *problem, mvoi_point *point, double *product)
{
    memcpy(point->side, block->side, block->n * sizeof(int32_t));
    memcpy(point->row_side, block->row_side, problem->m * sizeof(int32_t));
    memcpy(point->w, block->w, block->n * sizeof(double));
    memcpy(point->y, block->y, problem->m * sizeof(double));
    for (size_t j = 0; j < block->n; j++)
        point->z[j] = block->side[j] == MVOI_FREE ? 0.0 : block->z[j];
    memcpy(product, block->product, block->n * sizeof(double));
}

/* One round; returns the number of violations, or -1 if this method cannot go on. */
static int64_t run_round(mvoi_block *block, const mvoi_problem *problem, int expect_end)
{
    if (!factorise(block, problem))
        return -1;
    activate(block, problem);
    hold(block, problem);
    find_support(block);
    solve_equations(block, problem);
    measure(block, problem);
    if (!expect_end) {
        multiply(block, problem);
        price(block, problem);
        const int64_t count = find_violations(block, problem);
        if (count != 0)
            return count;
    }
    if (!refine(block, problem, !expect_end))
        return -1;
    measure(block, problem);
    price(block, problem);
    return find_violations(block, problem);
}

int mvoi_block_solve(mvoi_block *block, const mvoi_problem *problem, mvoi_point *point, int warm, int64_t *rounds,
                     int64_t *factorisations, double *product)
{
    const int64_t made = block->reduced.factorisations;
    int64_t best = INT64_MAX;
    int result = MVOI_BLOCK_HOPELESS;
    if (problem->covariance != block->covariance)
        mvoi_block_forget(block);
    block->covariance = problem->covariance;
    if (problem->covariance->kind != MVOI_DENSE || hopeless(problem))
        return MVOI_BLOCK_HOPELESS;
    if (warm)
        take_sides(block, problem, point);
    else if (!mvoi_guess_make(&block->guess, problem, block->side, block->row_side, block->z))
        return MVOI_BLOCK_HOPELESS;
    for (int round = 0, stalled = 0; round < MOST_ROUNDS && stalled < STALL; round++) {
        const int64_t count = run_round(block, problem, warm && round == 0);
        ++*rounds;
        if (count == 0) {
            result = MVOI_BLOCK_DONE;
            break;
        }
        if (count < 0)
            break;
        if (count < best) {
            best = count;
            stalled = 0;
            keep_best(block, problem);
        } else {
            stalled++;
        }
        flip(block, problem, (size_t)count);
    }
    *factorisations += block->reduced.factorisations - made;
    if (result == MVOI_BLOCK_DONE)
        give(block, problem, point, product);
    else if (best < INT64_MAX) {
        result = MVOI_BLOCK_LEFT;
        give_best(block, problem, point);
    }
    return result;
}
