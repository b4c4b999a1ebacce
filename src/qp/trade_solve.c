/* SPDX-License-Identifier: MIT */
/* Which element is next, and what is made of the end (see trade.h). */
#include "qp/trade.h"

#include "linalg/exact.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* As in exchange_solve.c. */
static const double DUAL = 1e-12;
static const double ROW = 1e-13;
static const double PRIMAL = 4.0 * DBL_EPSILON;
static const double SETTLED = 1e-10;
static const double DIVERGED = 1e-8;
static const double NOTHING = 1e-10;

enum { MOST_CORRECTIONS = 3, MOST_SWEEPS = 8, MOST_FLIPS = 4, MOST_LISTED = 24 };

/* ------------------------------------------------------------------------------------------------ finish */

/* Takes free weights from their values; returns the sum of deviation times weight: no gradient exceeds its own deviation
   times it. */
static double take_weights(mvoi_trade *t)
{
    const mvoi_exchange *x = t->x;
    double size = t->parked_count ? t->parked_size : 0.0;
    for (size_t e = t->rows; e < x->size; e++) {
        const size_t j = (size_t)t->asset[e];
        if (x->slot[e] >= 0)
            t->w[j] = x->value[e];
        size += t->deviation[j] * fabs(t->w[j]);
    }
    return size;
}

/* The active rows, with their -y. */
static size_t list_active(mvoi_trade *t)
{
    const mvoi_exchange *x = t->x;
    size_t active = 0;
    for (size_t i = 0; i < t->rows; i++) {
        t->active[active] = (int32_t)i;
        t->packed[active] = x->value[i];
        active += x->slot[i] >= 0;
    }
    return active;
}

/* The residuals of the basis in twice the precision, into `factor` with their sign turned; `total` keeps Sigma w and A w. */
static void find_residuals(mvoi_trade *t, const mvoi_problem *problem)
{
    mvoi_exchange *x = t->x;
    const mvoi_kernels *kernels = t->kernels;
    size_t count = 0;
    for (size_t e = t->rows; e < x->size; e++) {
        t->index[count] = (int32_t)e;
        t->packed[count] = t->w[t->asset[e]];
        count += t->packed[count] != 0.0;
    }
    memset(t->high, 0, x->padded * sizeof(double));
    if (t->parked_count)
        mvoi_trade_add_parked(t, t->high);
    memset(t->low, 0, x->padded * sizeof(double));
    kernels->sweep_compensated(x->padded, count, x->matrix, x->ld, t->index, t->packed, t->high, t->low);
    for (size_t e = 0; e < x->size; e++)
        t->total[e] = t->high[e] + t->low[e];
    const size_t active = list_active(t);
    kernels->sweep_compensated(x->padded, active, x->matrix, x->ld, t->active, t->packed, t->high, t->low);
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        const double other = e < t->rows ? -mvoi_trade_row_limit(t, problem, e) : problem->linear[t->asset[e]];
        x->factor[s] = -mvoi_add_once(t->high[e], t->low[e], other);
    }
}

static void put_on_end(double *value, double end, double noise)
{
    if (fabs(end) < HUGE_VAL && fabs(*value - end) <= noise + PRIMAL * fabs(end))
        *value = end;
}

/* One correction; what rounding alone holds off an end, on either side, is put on it: who need not trade keeps the very holdings.
   Returns its size beside that of the weights. */
static double correct(mvoi_trade *t, const mvoi_problem *problem, double size)
{
    mvoi_exchange *x = t->x;
    double moved = 0.0;
    find_residuals(t, problem);
    x->kernels->respond(x->padded, x->count, x->responses, x->ld, x->factor, x->zero, x->outside, x->column);
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        double *value = &x->value[e];
        *value += x->column[e];
        if (e < t->rows)
            continue;
        const size_t j = (size_t)t->asset[e];
        const double lower = problem->lower[j], upper = problem->upper[j];
        /* rows alone say what it is: they may have that wrong as well (holdings that add up to one but for rounding) */
        const int by_rows = !(x->responses[e + s * x->ld] * problem->covariance->diagonal[j] > MVOI_EXCHANGE_ROW_PIVOT);
        const double noise = (by_rows ? ROW : DBL_EPSILON) * size * t->inverse[j];
        moved += t->deviation[j] * fabs(x->column[e]);
        put_on_end(value, lower, noise);
        put_on_end(value, upper, noise);
    }
    return moved == 0.0 ? 0.0 : moved / size;
}

/* Where all weights are nothing beside those on the way, what is left of these is rounding; `peak` was their size. */
static void drop_rounding(mvoi_trade *t, const mvoi_problem *problem, double peak)
{
    mvoi_exchange *x = t->x;
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        if (e < t->rows)
            continue;
        const size_t j = (size_t)t->asset[e];
        if (fabs(x->value[e]) <= DBL_EPSILON * peak * t->inverse[j] && problem->lower[j] <= 0.0 && problem->upper[j] >= 0.0)
            x->value[e] = 0.0;
    }
}

/* Corrects until the correction is rounding; 0 if corrections do not become small. */
static int refine(mvoi_trade *t, const mvoi_problem *problem, double size, double peak)
{
    double moved = 0.0;
    if (size < NOTHING * peak) {
        drop_rounding(t, problem, peak);
        size = take_weights(t);
    }
    for (int step = 0; step < MOST_CORRECTIONS; step++) {
        if (step)
            size = take_weights(t);
        moved = correct(t, problem, size);
        if (!(moved > SETTLED))
            break;
        t->changes = INT32_MAX; /* the next solve makes the table anew */
    }
    return moved <= DIVERGED;
}

/* Sigma w and the reduced gradients of all weights, after the last correction; values outside the basis become what they are. */
static size_t sweep(mvoi_trade *t, const mvoi_problem *problem)
{
    mvoi_exchange *x = t->x;
    const mvoi_kernels *kernels = t->kernels;
    const mvo_covariance *covariance = problem->covariance;
    const size_t n = t->n, rows = t->rows;
    size_t count = 0;
    for (size_t s = 0; s < x->count; s++) { /* what the correction adds to `total` */
        const size_t e = (size_t)x->basis[s];
        if (e < rows)
            continue;
        const size_t j = (size_t)t->asset[e];
        t->index[count] = (int32_t)e;
        t->packed[count++] = x->value[e] - t->w[j];
        t->w[j] = x->value[e];
    }
    kernels->sweep(x->padded, count, x->matrix, x->ld, t->index, t->packed, t->total);
    count = 0;
    for (size_t e = rows; e < x->size; e++) {
        t->index[count] = t->asset[e];
        t->packed[count] = t->w[t->asset[e]];
        count += t->packed[count] != 0.0;
    }
    if (t->parked_count)
        memcpy(t->product, t->parked_product, n * sizeof(double));
    else
        memset(t->product, 0, n * sizeof(double));
    kernels->sweep(n, count, covariance->dense, covariance->ld, t->index, t->packed, t->product);
    for (size_t e = rows; e < x->size; e++)
        t->product[t->asset[e]] = t->total[e];
    const size_t active = list_active(t);
    const size_t listed = kernels->price(n, active, problem->rows, problem->ld_rows, t->active, t->packed, problem->linear,
                                         t->product, t->sign, t->z, t->found);
    for (size_t e = 0; e < x->size; e++)
        if (x->slot[e] < 0)
            x->value[e] = e < rows ? t->total[e] : t->z[t->asset[e]];
    return listed;
}

/* ------------------------------------------------------------------------------------------------- rounds */

/* The size of what is in weight j's linear term. */
static double linear_size(const mvoi_problem *problem, size_t j)
{
    return fabs(problem->linear[j]) + fabs(problem->segments->c[j]);
}

/* Of the free weights and the inactive rows, the one that is farthest beyond a limit, if that is more than rounding. */
static size_t worst_limit(const mvoi_trade *t, double size)
{
    const mvoi_exchange *x = t->x;
    double most = 0.0;
    size_t found = x->padded;
    for (size_t e = 0; e < x->size; e++) {
        if ((e >= t->rows) != (x->slot[e] >= 0) || !(x->excess[e] > most))
            continue;
        const double limit = x->value[e] < x->low[e] ? x->low[e] : x->high[e];
        const double rounding = e < t->rows ? ROW * (fabs(limit) + size / t->row_risk[e])
                                            : DBL_EPSILON * size * t->inverse[t->asset[e]] + PRIMAL * fabs(limit);
        if (fabs(x->value[e] - limit) > rounding) {
            most = x->excess[e];
            found = e;
        }
    }
    return found;
}

/* The element to exchange next, x->padded if there is none. *largest: the largest excess so far. */
static size_t next_element(mvoi_trade *t, const mvoi_problem *problem, double *largest)
{
    mvoi_exchange *x = t->x;
    const size_t e = x->kernels->worst(x->padded, x->value, x->low, x->high, x->weight, 0.0, x->excess);
    if (e == x->padded)
        return e;
    if (x->excess[e] > MVOI_EXCHANGE_SMALL * *largest) {
        *largest = x->excess[e] > *largest ? x->excess[e] : *largest;
        return e;
    }
    const double size = take_weights(t);
    const double own = e < t->rows ? 0.0 : linear_size(problem, (size_t)t->asset[e]) * t->inverse[t->asset[e]];
    return x->excess[e] > DUAL * (size + own) ? e : worst_limit(t, size);
}

static void take_back(mvoi_trade *t, const mvoi_problem *problem)
{
    for (size_t a = 0; a < t->x->aside_count; a++)
        mvoi_trade_set_interval(t, problem, (size_t)t->x->aside[a]);
    t->x->aside_count = 0;
}

/* Exchanges until nothing listed is where it may not be, but what is aside (see exchange_solve.c); *peak grows to the largest
   excess. 0: that does not end, or cannot go on. */
static int exchange(mvoi_trade *t, const mvoi_problem *problem, int64_t *pivots, double *peak)
{
    mvoi_exchange *x = t->x;
    const int64_t many = *pivots + (int64_t)x->size, most = many + 2 * (int64_t)x->size + 16;
    double largest = 0.0;
    for (;;) {
        size_t e = next_element(t, problem, &largest);
        *peak = largest > *peak ? largest : *peak;
        if (e == x->padded)
            return 1;
        t->plain |= *pivots >= many + (int64_t)x->size;
        if (*pivots >= many && x->excess[e] > MVOI_EXCHANGE_SMALL * largest)
            e = mvoi_exchange_first(x, largest);
        if (*pivots >= most || (t->stopped = mvoi_watch_step(t->watch)) != MVO_OPTIMAL)
            return 0;
        ++*pivots;
        const int moved = mvoi_trade_move(t, problem, e);
        if (moved < 0)
            return 0;
        if (t->absolute)
            mvoi_trade_follow(t, problem);
        if (moved && x->aside_count)
            take_back(t, problem);
        if (!moved) { /* not asked again before something has changed */
            x->low[e] = -HUGE_VAL;
            x->high[e] = HUGE_VAL;
            x->aside[x->aside_count++] = (int32_t)e;
        }
    }
}

/* Adds to `count` weights in `found`, of which the gradients have the wrong sign, those on a breakpoint at zero whose multiplier
   is beyond its far end; what is only rounding goes. */
static size_t find_wrong(mvoi_trade *t, const mvoi_problem *problem, size_t count, double size)
{
    const mvoi_segments *segments = problem->segments;
    size_t wrong = 0;
    for (size_t l = 0; l < count; l++) {
        const int32_t j = t->found[l];
        if (t->sign[j] != 0.0 && fabs(t->z[j]) > DUAL * (t->deviation[j] * size + linear_size(problem, (size_t)j)))
            t->found[wrong++] = j;
    }
    for (size_t k = 0; k < segments->kinked_count; k++) {
        const size_t j = (size_t)segments->kinked[k];
        if (!(t->sign[j] * t->z[j] < 0.0)) /* or it is listed */
            continue;
        const double beyond = fabs(t->z[j]) - mvoi_trade_width(t, problem, j, t->side[j]);
        if (beyond > 0.0 && beyond > DUAL * (t->deviation[j] * size + linear_size(problem, j)))
            t->found[wrong++] = (int32_t)j;
    }
    return wrong;
}

static size_t count_above(const double *x, size_t count, double bar)
{
    size_t above = 0;
    for (size_t l = 0; l < count; l++)
        above += x[l] > bar;
    return above;
}

/*
 * Puts first in `found`, of `count` weights, those that are farthest off, in risk; returns how many are to be listed now. What is
 * wrong with the others is mostly of their making: where all came to the list most would go again.
 */
static size_t choose(mvoi_trade *t, const mvoi_problem *problem, size_t count, int may_flip)
{
    double *excess = t->product; /* which is made anew */
    double most = 0.0, bar = 0.0;
    size_t kept = 0;
    for (size_t l = 0; l < count; l++) {
        const size_t j = (size_t)t->found[l];
        const int flips = may_flip && mvoi_trade_stays_beyond(t, problem, j);
        excess[l] = flips ? 0.0 : fabs(t->z[j]) * t->inverse[j];
        most = excess[l] > most ? excess[l] : most;
    }
    if (count_above(excess, count, 0.0) > MOST_LISTED) {
        bar = 0.5 * most; /* halved while few are above it; should many be, the first of them come */
        while (bar > 0.0 && bar < HUGE_VAL && count_above(excess, count, 0.5 * bar) <= MOST_LISTED)
            bar *= 0.5;
    }
    for (size_t l = 0; l < count && kept < MOST_LISTED; l++) {
        const int32_t j = t->found[l];
        if (!(excess[l] > bar))
            continue;
        t->found[l] = t->found[kept];
        excess[l] = excess[kept];
        t->found[kept++] = j;
    }
    return kept;
}

/* Weights in `found`, of which there are `count`, come to the list, or `may_flip`. 0: there is no room. */
static int list_found(mvoi_trade *t, const mvoi_problem *problem, size_t count, int may_flip)
{
    const size_t chosen = choose(t, problem, count, may_flip);
    for (size_t l = 0; l < chosen; l++) {
        if (!mvoi_trade_take_up(t, problem, (size_t)t->found[l]))
            return 0;
    }
    if (may_flip)
        mvoi_trade_flip(t, problem, chosen, count);
    return 1;
}

/* Where all elements may be, free of what rounding adds to differences. */
static void set_intervals(mvoi_trade *t, const mvoi_problem *problem)
{
    mvoi_trade_read_pulls(t, problem);
    for (size_t e = 0; e < t->x->size; e++)
        mvoi_trade_set_interval(t, problem, e);
}

/* Sweeps until nothing is wrong. 0: left to others. */
static int rounds(mvoi_trade *t, const mvoi_problem *problem, int64_t *pivots)
{
    double peak = 0.0;
    for (int round = 0; round < MOST_SWEEPS; round++) {
        if ((t->stopped = mvoi_watch_step(t->watch)) != MVO_OPTIMAL) /* a round is a step, whether it changes anything or not */
            return 0;
        if (!exchange(t, problem, pivots, &peak))
            return 0;
        const int stuck = t->x->aside_count > 0;
        if (stuck && t->x->size == t->n + t->rows)
            return 0;
        double size = take_weights(t), largest = HUGE_VAL;
        if (t->absolute)
            mvoi_segments_settle(problem->segments);
        if (!refine(t, problem, size, peak))
            return 0;
        const size_t listed = sweep(t, problem);
        if (t->absolute)
            set_intervals(t, problem);
        if (stuck && !mvoi_trade_find_partners(t, problem))
            return 0;
        take_back(t, problem);
        const size_t wrong = find_wrong(t, problem, listed, size);
        if (!stuck && wrong == 0 && next_element(t, problem, &largest) == t->x->padded)
            return 1;
        if (!list_found(t, problem, wrong, t->absolute && round < MOST_FLIPS))
            return 0;
    }
    return 0;
}

static void give(const mvoi_trade *t, mvoi_point *point, double *product)
{
    const mvoi_exchange *x = t->x;
    const size_t n = t->n;
    memcpy(point->side, t->side, n * sizeof *t->side);
    memcpy(point->row_side, t->side + n, t->rows * sizeof *t->side);
    memcpy(point->w, t->w, n * sizeof(double));
    memcpy(point->z, t->z, n * sizeof(double));
    memcpy(product, t->product, n * sizeof(double));
    memset(point->y, 0, t->rows * sizeof(double));
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        if (e < t->rows)
            point->y[e] = -x->value[e];
        else
            point->z[t->asset[e]] = 0.0;
    }
}

/* Where it was stopped: from there a feasible portfolio is made, and a bound (see deadline.c). */
static void give_as_it_stands(mvoi_trade *t, mvoi_point *point)
{
    const mvoi_exchange *x = t->x;
    take_weights(t);
    for (size_t j = 0; j < t->n; j++)
        if (!isfinite(t->w[j]))
            return;
    memcpy(point->w, t->w, t->n * sizeof(double));
    for (size_t i = 0; i < t->rows; i++) {
        point->row_side[i] = t->side[t->n + i];
        point->y[i] = x->slot[i] >= 0 ? -x->value[i] : 0.0;
    }
}

/* Every weight is in the segment again in which it was when the solve began. */
static void return_segments(const mvoi_trade *t, mvoi_segments *segments)
{
    for (size_t j = 0; j < t->n; j++)
        if (segments->segment[j] != t->segment[j])
            mvoi_segments_move(segments, j, t->segment[j]);
}

int mvoi_trade_solve(mvoi_trade *t, const mvoi_problem *problem, mvoi_point *point, int warm, int64_t *pivots,
                     double *product)
{
    t->stopped = MVO_OPTIMAL;
    memcpy(t->segment, problem->segments->segment, t->n * sizeof *t->segment);
    if (mvoi_trade_begin(t, problem, point, warm)) {
        if (rounds(t, problem, pivots)) {
            give(t, point, product);
            return t->known = 1;
        }
        if (t->stopped != MVO_OPTIMAL) {
            give_as_it_stands(t, point);
            return 0;
        }
    }
    return_segments(t, problem->segments);
    return 0;
}
