/* SPDX-License-Identifier: MIT */
/* Where exchanges begin, which element is next, and what is made of the end (see exchange.h). */
#include "qp/exchange.h"

#include "linalg/exact.h"
#include "qp/fill.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Beside the terms it is made of: what a gradient may have wrong before its weight is exchanged, an activity, a weight. */
static const double DUAL = 1e-12;
static const double ROW = 1e-13;
static const double PRIMAL = 4.0 * DBL_EPSILON;

/* Of the largest variance: a weight with less never enters (see reduced.c). */
static const double LEAST_VARIANCE = 1e-26;

static const double SETTLED = 1e-10; /* correction, relative, after which another changes nothing */
static const double DIVERGED = 1e-8; /* correction, relative, after which the answer is not to be trusted */
static const double NOTHING = 1e-10; /* weights, beside those on the way, that may be nothing */

/* Few assets and many: of few a factorisation is worth it only where all will be in, which shows later. After how many exchanges it is
   asked whether there will be many, and how many of them may have left again; from how many assets on. Those of many that may be long
   or short are left to others to begin with. */
enum { FEW = 80, LOOK_AT_FEW = 10, LOOK_AT_MANY = 8, MAY_HAVE_LEFT = 2, SMALL_ENOUGH = 40, FEW_EITHER = 72 };

enum { MOST_CORRECTIONS = 3, MOST_FINISHES = 4 };

int mvoi_exchange_suits(const mvoi_problem *problem)
{
    return problem->covariance->kind == MVOI_DENSE && !problem->segments && problem->columns &&
           problem->n + problem->m <= MVOI_EXCHANGE_MOST;
}

/* ------------------------------------------------------------------------------------------------- begin */

/* K, and what is asked of the matrices again and again. */
static void measure(mvoi_exchange *x, const mvoi_problem *problem)
{
    const mvo_covariance *covariance = problem->covariance;
    const double *diagonal = covariance->diagonal;
    const size_t n = x->n, m = problem->m, rest = x->padded - x->size;
    double largest = 0.0, sum = 0.0;
    x->unfit = 0;
    for (size_t j = 0; j < n; j++) {
        double *column = x->matrix + j * x->ld;
        memcpy(column, covariance->dense + j * covariance->ld, n * sizeof *column);
        memcpy(column + n, problem->columns + j * problem->ld_columns, m * sizeof *column);
        memset(column + x->size, 0, rest * sizeof *column);
        largest = diagonal[j] > largest ? diagonal[j] : largest;
        sum += diagonal[j];
    }
    const double typical = sqrt(sum / (double)n);
    for (size_t i = 0; i < m; i++) {
        double *column = x->matrix + (n + i) * x->ld;
        memcpy(column, problem->rows + i * problem->ld_rows, n * sizeof *column);
        memset(column + n, 0, (m + rest) * sizeof *column);
        const double most = x->kernels->largest(n, column);
        x->row_risk[i] = most > 0.0 ? typical / most : typical;
    }
    for (size_t j = 0; j < n; j++) {
        x->deviation[j] = sqrt(diagonal[j]);
        x->inverse[j] = 1.0 / x->deviation[j];
        x->unfit |= !(diagonal[j] > LEAST_VARIANCE * largest); /* it could only enter together with a row */
    }
    for (size_t e = x->size; e < x->padded; e++) {
        x->low[e] = -HUGE_VAL;
        x->high[e] = HUGE_VAL;
        x->weight[e] = 1.0;
        x->value[e] = x->gradient[e] = 0.0;
    }
    x->seen = 0;
    x->measured = 1;
}

/* Whether the limits of the weights are those of before; if not, they are from now on. */
static int limits_are_seen(mvoi_exchange *x, const mvoi_problem *problem)
{
    const size_t bytes = x->n * sizeof(double);
    if (x->seen && !memcmp(x->seen_lower, problem->lower, bytes) && !memcmp(x->seen_upper, problem->upper, bytes))
        return 1;
    memcpy(x->seen_lower, problem->lower, bytes);
    memcpy(x->seen_upper, problem->upper, bytes);
    x->seen = 1;
    x->started = 0;
    return 0;
}

/* Where weights begin: at the finite limit nearest zero. 0: one has none, or limits cross. Where most of many may be long or short
   most are neither here nor there in the end, which a factorisation finds faster, if it finds it. */
static int find_start(mvoi_exchange *x, const mvoi_problem *problem)
{
    size_t either = 0;
    x->start_count = 0;
    for (size_t j = 0; j < x->n; j++) {
        const double lower = problem->lower[j], upper = problem->upper[j];
        const int32_t side = fabs(upper) < fabs(lower) ? MVOI_UPPER : MVOI_LOWER;
        x->side[j] = x->start_side[j] = side;
        x->start_w[j] = side == MVOI_UPPER ? upper : lower;
        if (!(fabs(x->start_w[j]) < HUGE_VAL) || !(lower <= upper))
            return 0;
        x->start_count += x->start_w[j] != 0.0;
        either += lower < 0.0 && upper > 0.0;
        mvoi_exchange_set_interval(x, problem, j);
        x->start_low[j] = x->low[j];
        x->start_high[j] = x->high[j];
        x->start_weight[j] = x->weight[j];
    }
    x->crowded = x->n > FEW_EITHER && 2 * either > x->n;
    return x->started = 1;
}

/* Adds Sigma and A times the weights that are not zero. */
static void add_products(mvoi_exchange *x, const mvoi_problem *problem, double *product, double *activity)
{
    const size_t count = x->kernels->nonzero(x->n, x->w, x->index);
    for (size_t p = 0; p < count; p++)
        x->packed[p] = x->w[x->index[p]];
    x->kernels->sweep(x->n, count, problem->covariance->dense, problem->covariance->ld, x->index, x->packed, product);
    x->kernels->sweep(problem->m, count, problem->columns, problem->ld_columns, x->index, x->packed, activity);
}

/* The weights of fill.h begin at their upper limits. */
static void fill(mvoi_exchange *x, const mvoi_problem *problem)
{
    const mvoi_filling filling = { x->value, NULL, x->value + x->n, x->total, x->rest, x->n };
    const size_t count = mvoi_fill(problem, x->kernels, &filling, x->index);
    for (size_t p = 0; p < count; p++) {
        const size_t j = (size_t)x->index[p];
        x->side[j] = MVOI_UPPER;
        x->w[j] = problem->upper[j];
        mvoi_exchange_set_interval(x, problem, j);
    }
}

/* The basis is empty, all values are those of where weights start. 0: see find_start; or others are to go first. */
static int begin(mvoi_exchange *x, const mvoi_problem *problem, int last)
{
    const size_t n = x->n, bytes = n * sizeof(double);
    limits_are_seen(x, problem);
    if (!x->started && !find_start(x, problem))
        return 0;
    x->waits = x->crowded && !last;
    if (x->waits)
        return 0;
    memcpy(x->side, x->start_side, n * sizeof *x->side);
    memcpy(x->w, x->start_w, bytes);
    memcpy(x->low, x->start_low, bytes);
    memcpy(x->high, x->start_high, bytes);
    memcpy(x->weight, x->start_weight, bytes);
    memcpy(x->value, problem->linear, bytes);
    for (size_t e = n; e < x->size; e++) {
        x->side[e] = MVOI_FREE;
        x->value[e] = 0.0;
        mvoi_exchange_set_interval(x, problem, e);
    }
    if (x->start_count)
        add_products(x, problem, x->value, x->value + n);
    fill(x, problem);
    return 1;
}

/* The active rows, with their -y. */
static size_t list_active(mvoi_exchange *x, const mvoi_problem *problem)
{
    size_t active = 0;
    for (size_t i = 0; i < problem->m; i++) {
        x->rows[active] = (int32_t)i;
        x->packed[active] = x->value[x->n + i];
        active += x->slot[x->n + i] >= 0;
    }
    return active;
}

/* gradient = product + c - A'y */
static void find_gradients(mvoi_exchange *x, const mvoi_problem *problem)
{
    const size_t active = list_active(x, problem);
    x->kernels->price(x->n, active, problem->rows, problem->ld_rows, x->rows, x->packed, problem->linear, x->product, x->zero,
                      x->gradient, x->found);
}

/* ------------------------------------------------------------------------------------------------ finish */

/* Takes free weights from their values; returns the sum of deviation times weight: no gradient exceeds its own deviation
   times it. */
static double take_weights(mvoi_exchange *x)
{
    double size[4] = { 0.0 };
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        if (e < x->n)
            x->w[e] = x->value[e];
    }
    for (size_t j = 0; j < x->n; j++)
        size[j % 4] += x->deviation[j] * fabs(x->w[j]);
    return (size[0] + size[1]) + (size[2] + size[3]);
}

/* The residuals of the basis in twice the precision, into `factor` with their sign turned; product and product_low, row_high
   and row_low keep Sigma w and A w. */
static void find_residuals(mvoi_exchange *x, const mvoi_problem *problem)
{
    const mvoi_kernels *kernels = x->kernels;
    const mvo_covariance *covariance = problem->covariance;
    const size_t n = x->n, m = problem->m, bytes = n * sizeof(double);
    const size_t count = kernels->nonzero(n, x->w, x->index);
    for (size_t p = 0; p < count; p++)
        x->packed[p] = x->w[x->index[p]];
    memset(x->product, 0, bytes);
    memset(x->product_low, 0, bytes);
    memset(x->row_high, 0, m * sizeof(double));
    memset(x->row_low, 0, m * sizeof(double));
    kernels->sweep_compensated(n, count, covariance->dense, covariance->ld, x->index, x->packed, x->product, x->product_low);
    kernels->sweep_compensated(m, count, problem->columns, problem->ld_columns, x->index, x->packed, x->row_high, x->row_low);
    const size_t active = list_active(x, problem);
    memcpy(x->total, x->product, bytes);
    memcpy(x->rest, x->product_low, bytes);
    kernels->sweep_compensated(n, active, problem->rows, problem->ld_rows, x->rows, x->packed, x->total, x->rest);
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s], i = e - n;
        x->factor[s] = e < n ? -mvoi_add_once(x->total[e], x->rest[e], problem->linear[e])
                             : -mvoi_add_once(x->row_high[i], x->row_low[i], -mvoi_exchange_limit(x, problem, e));
    }
}

/* Where all weights are nothing beside those on the way, what is left of these is rounding; `peak` was their size. */
static void drop_rounding(mvoi_exchange *x, const mvoi_problem *problem, double peak)
{
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        if (e < x->n && fabs(x->value[e]) <= DBL_EPSILON * peak * x->inverse[e] && problem->lower[e] <= 0.0 &&
            problem->upper[e] >= 0.0)
            x->value[e] = 0.0;
    }
}

/* One correction; what rounding alone carries past a limit is put on it. Returns its size beside that of the weights; what the
   inactive rows' activities move by stays in `column`. */
static double correct(mvoi_exchange *x, const mvoi_problem *problem, double size)
{
    double moved = 0.0;
    find_residuals(x, problem);
    x->kernels->respond(x->padded, x->count, x->responses, x->ld, x->factor, x->zero, x->outside, x->column);
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        double *value = &x->value[e];
        *value += x->column[e];
        if (e >= x->n)
            continue;
        const double lower = problem->lower[e], upper = problem->upper[e], noise = DBL_EPSILON * size * x->inverse[e];
        moved += x->deviation[e] * fabs(x->column[e]);
        if (*value < lower && lower - *value <= noise + PRIMAL * fabs(lower))
            *value = lower;
        if (*value > upper && *value - upper <= noise + PRIMAL * fabs(upper))
            *value = upper;
    }
    return moved == 0.0 ? 0.0 : moved / size;
}

/* Corrects until the correction is rounding; 0 if corrections do not become small. */
static int refine(mvoi_exchange *x, const mvoi_problem *problem, double size, double peak)
{
    double moved = 0.0;
    if (size < NOTHING * peak) {
        drop_rounding(x, problem, peak);
        size = take_weights(x);
    }
    for (int step = 0; step < MOST_CORRECTIONS; step++) {
        if (step) /* where the weights vanish, a correction is to be small beside what is left of them */
            size = take_weights(x);
        moved = correct(x, problem, size);
        if (!(moved > SETTLED))
            break;
    }
    return moved <= DIVERGED;
}

/* After the last correction: Sigma w, gradients and activities. */
static void settle(mvoi_exchange *x, const mvoi_problem *problem)
{
    const size_t n = x->n, m = problem->m;
    size_t free = 0;
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        if (e >= n)
            continue;
        x->index[free] = (int32_t)e;
        x->packed[free++] = x->value[e] - x->w[e];
        x->w[e] = x->value[e];
    }
    x->kernels->sweep(n, free, problem->covariance->dense, problem->covariance->ld, x->index, x->packed, x->product_low);
    x->kernels->axpy(n, 1.0, x->product_low, x->product);
    find_gradients(x, problem);
    for (size_t i = 0; i < m; i++)
        x->gradient[n + i] = x->slot[n + i] >= 0 ? mvoi_exchange_limit(x, problem, n + i)
                                                 : x->row_high[i] + (x->row_low[i] + x->column[n + i]);
    for (size_t s = 0; s < x->count; s++)
        x->packed[s] = x->value[x->basis[s]];
    memcpy(x->value, x->gradient, x->size * sizeof(double));
    for (size_t s = 0; s < x->count; s++)
        x->value[x->basis[s]] = x->packed[s];
}

/* ------------------------------------------------------------------------------------------------- rounds */

/* Of the free weights and the inactive rows, the one that is farthest beyond a limit, if that is more than rounding. */
static size_t worst_limit(const mvoi_exchange *x, double size)
{
    const size_t n = x->n, none = x->padded;
    double most = 0.0;
    size_t found = none;
    for (size_t k = 0; k < x->count + (x->size - n); k++) {
        const size_t e = k < x->count ? (size_t)x->basis[k] : n + k - x->count;
        if ((k < x->count) != (e < n) || (e >= n && x->slot[e] >= 0) || !(x->excess[e] > most))
            continue;
        const double limit = x->value[e] < x->low[e] ? x->low[e] : x->high[e];
        const double rounding = e < n ? DBL_EPSILON * size * x->inverse[e] + PRIMAL * fabs(limit)
                                      : ROW * (fabs(limit) + size / x->row_risk[e - n]);
        if (fabs(x->value[e] - limit) > rounding) {
            most = x->excess[e];
            found = e;
        }
    }
    return found;
}

/* The element to exchange next, x->padded if there is none. *largest: the largest excess so far. */
static size_t next_element(mvoi_exchange *x, const mvoi_problem *problem, double *largest)
{
    const size_t e = x->kernels->worst(x->padded, x->value, x->low, x->high, x->weight, 0.0, x->excess);
    if (e == x->padded)
        return e;
    if (x->excess[e] > MVOI_EXCHANGE_SMALL * *largest) {
        *largest = x->excess[e] > *largest ? x->excess[e] : *largest;
        return e;
    }
    const double size = take_weights(x), own = e < x->n ? fabs(problem->linear[e]) * x->inverse[e] : 0.0;
    return x->excess[e] > DUAL * (size + own) ? e : worst_limit(x, size);
}

size_t mvoi_exchange_first(const mvoi_exchange *x, double largest)
{
    size_t e = 0;
    while (!(x->excess[e] > MVOI_EXCHANGE_SMALL * largest))
        e++;
    return e;
}

static void take_back(mvoi_exchange *x, const mvoi_problem *problem)
{
    for (size_t a = 0; a < x->aside_count; a++)
        mvoi_exchange_set_interval(x, problem, (size_t)x->aside[a]);
    x->aside_count = 0;
}

/*
 * Whether most weights still want to enter after a first few have, and hardly any has left: then most will, one by one, each at the
 * price of a pass over all that are in, and a factorisation does it faster. Where a factor moves the market the first few leave
 * little to the others. Over few assets it has to be all: where it is most, block pivoting takes several rounds.
 */
static int is_crowded(const mvoi_exchange *x)
{
    size_t wrong = 0;
    for (size_t j = 0; j < x->n; j++)
        wrong += x->excess[j] > 0.0;
    return x->n > FEW ? 5 * wrong > 4 * x->n : wrong + LOOK_AT_FEW >= x->n;
}

/*
 * Exchanges until nothing is where it may not be; *peak grows to the largest excess. 0: that does not end, or cannot go on. The
 * farthest first is fast but may go round in circles, where a vertex says what most weights are; after as many exchanges as
 * there are elements the first of them is taken, whatever its size, which goes round in none without rows (Murty 1974) and in
 * hardly any with them.
 */
static int exchange(mvoi_exchange *x, const mvoi_problem *problem, int64_t *pivots, double *peak)
{
    const int64_t many = *pivots + (int64_t)x->size, most = many + 2 * (int64_t)x->size + 16;
    const int64_t looks = x->n > FEW ? LOOK_AT_MANY : LOOK_AT_FEW, look = *pivots + looks;
    double largest = 0.0;
    for (;;) {
        size_t e = next_element(x, problem, &largest);
        *peak = largest > *peak ? largest : *peak;
        if (e == x->padded)
            break;
        if (*pivots >= many && x->excess[e] > MVOI_EXCHANGE_SMALL * largest)
            e = mvoi_exchange_first(x, largest);
        if (*pivots >= most || (x->stopped = mvoi_watch_step(x->watch)) != MVO_OPTIMAL)
            return 0;
        if (++*pivots == look && (int64_t)x->count + MAY_HAVE_LEFT >= looks && x->n > SMALL_ENOUGH && is_crowded(x))
            return 0;
        const int moved = mvoi_exchange_move(x, problem, e);
        if (moved < 0)
            return 0;
        if (moved && x->aside_count)
            take_back(x, problem);
        if (!moved) { /* not asked again before something has changed */
            x->low[e] = -HUGE_VAL;
            x->high[e] = HUGE_VAL;
            x->aside[x->aside_count++] = (int32_t)e;
        }
    }
    return x->aside_count == 0;
}

static void give(const mvoi_exchange *x, const mvoi_problem *problem, mvoi_point *point, double *product)
{
    const size_t n = x->n, m = problem->m;
    memcpy(point->side, x->side, n * sizeof *x->side);
    memcpy(point->row_side, x->side + n, m * sizeof *x->side);
    memcpy(point->w, x->w, n * sizeof(double));
    memcpy(point->z, x->gradient, n * sizeof(double));
    memset(point->y, 0, m * sizeof(double));
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        if (e < n)
            point->z[e] = 0.0;
        else
            point->y[e - n] = -x->value[e];
    }
    memcpy(product, x->product, n * sizeof(double));
}

/* Where it was stopped: from there a feasible portfolio is made, and a bound (see deadline.c). */
static void give_as_it_stands(mvoi_exchange *x, const mvoi_problem *problem, mvoi_point *point)
{
    take_weights(x);
    for (size_t j = 0; j < x->n; j++)
        if (!isfinite(x->w[j]))
            return;
    memcpy(point->w, x->w, x->n * sizeof(double));
    for (size_t i = 0; i < problem->m; i++) {
        const size_t e = x->n + i;
        point->row_side[i] = x->side[e];
        point->y[i] = x->slot[e] >= 0 ? -x->value[e] : 0.0;
    }
}

int mvoi_exchange_solve(mvoi_exchange *x, const mvoi_problem *problem, mvoi_point *point, int last, int64_t *pivots,
                        double *product)
{
    x->stopped = MVO_OPTIMAL;
    mvoi_exchange_empty(x);
    if (!x->measured || x->size != x->n + problem->m) {
        x->size = x->n + problem->m;
        x->padded = (x->size + 7) / 8 * 8;
        measure(x, problem);
    }
    x->waits = 0;
    if (x->unfit || !begin(x, problem, last))
        return 0;
    double peak = 0.0;
    for (int finish = 0; finish < MOST_FINISHES; finish++) {
        if (!exchange(x, problem, pivots, &peak) || !refine(x, problem, take_weights(x), peak))
            break;
        settle(x, problem);
        double largest = HUGE_VAL;
        if (next_element(x, problem, &largest) == x->padded) {
            give(x, problem, point, product);
            return 1;
        }
    }
    if (x->stopped != MVO_OPTIMAL)
        give_as_it_stands(x, problem, point);
    return 0;
}
