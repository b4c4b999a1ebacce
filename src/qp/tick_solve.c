/* SPDX-License-Identifier: MIT */
/* What is wrong with a working set, putting it right, and making the end exact (see tick.h). */
#include "qp/tick.h"

#include "linalg/exact.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Beside the terms it is made of: what an activity may have wrong before its row is held. */
static const double ROW = 1e-13;

static const double SETTLED = 1e-10; /* correction, relative, after which another changes nothing */
static const double SAME = 4.0 * DBL_EPSILON; /* correction, relative, that a gradient need not be told of */
static const double STILL = 1e-14; /* correction, relative, that takes no row beyond a limit that it kept before */
static const double DIVERGED = 1e-8; /* correction, relative, after which the answer is not to be trusted */
static const double NOTHING = 1e-10; /* weights, beside those on the way, that are next to nothing */

enum { MOST_SWEEPS = 8, MOST_CORRECTIONS = 3, MOST_LOOKS = 24 };

/* Solves until it is chosen again who is near: always, and where somebody else came. */
enum { KEEP_NEAR = 24, KEEP_FORGETFUL = 4 };

/* -------------------------------------------------------------------------------------------- what is wrong */

/* The sum of deviation times weight: no gradient exceeds its own deviation times it. Takes the free weights from x. */
static double take_weights(mvoi_tick *t)
{
    double sum[4] = { 0.0 }; /* so that none waits for the one before it */
    if (t->taken)
        return t->size;
    mvoi_tick_list(t);
    for (size_t f = 0; f < t->free_count; f++) {
        const size_t j = (size_t)t->assets[f];
        t->w[j] = t->values[f] = t->x[t->places[f]];
        sum[f % 4] += t->deviation[j] * fabs(t->w[j]);
    }
    t->taken = 1;
    return t->size = t->held_size + ((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

static void find_activity(mvoi_tick *t, const mvoi_problem *problem)
{
    for (size_t i = 0; i < t->rows; i++)
        t->activity[i] = t->held_rows[i] + t->held_rows_low[i];
    t->kernels->sweep(t->rows, t->free_count, problem->columns, problem->ld_columns, t->assets, t->values, t->activity);
}

/* The inactive row that is farthest beyond a limit, in risk; rows if none is. Inequalities count from `patience` on. */
static size_t find_wrong_row(const mvoi_tick *t, const mvoi_problem *problem, double size, double patience)
{
    double most = 0.0;
    size_t found = t->rows;
    for (size_t i = 0; i < t->rows; i++) {
        const double lower = problem->row_lower[i], upper = problem->row_upper[i], value = t->activity[i];
        if (t->inverse.place[t->n + i] >= 0 || (value >= lower && value <= upper))
            continue;
        const double limit = value < lower ? lower : upper, excess = fabs(value - limit) * t->row_risk[i];
        if (excess > most && (excess > patience || lower == upper) && excess > ROW * (fabs(limit) * t->row_risk[i] + size)) {
            most = excess;
            found = i;
        }
    }
    return found;
}

/* What is farthest beyond where it may be, of what is known without a sweep: an element's place, or count + i for inactive row
   i; SIZE_MAX if nothing is. Rows are looked at once no element is wrong; *size then becomes that of the weights. */
static size_t find_worst(mvoi_tick *t, const mvoi_problem *problem, double *size, double patience)
{
    const size_t padded = t->inverse.padded;
    const size_t s = t->kernels->worst(padded, t->x, t->lower, t->upper, t->weight, *size, t->excess);
    if (s < padded)
        return s;
    *size = take_weights(t);
    find_activity(t, problem);
    const size_t i = find_wrong_row(t, problem, *size, patience);
    return i < t->rows ? t->inverse.count + i : SIZE_MAX;
}

int mvoi_tick_settle(mvoi_tick *t, const mvoi_problem *problem, double patience, int64_t *pivots, int64_t most, double *size,
                     double *peak)
{
    *size = take_weights(t);
    for (;;) {
        const size_t which = find_worst(t, problem, size, patience);
        *peak = *size > *peak ? *size : *peak;
        if (which == SIZE_MAX)
            return 1;
        if (*pivots >= most || (t->stopped = mvoi_watch_step(t->watch)) != MVO_OPTIMAL)
            return 0;
        ++*pivots;
        if (!mvoi_tick_put_right(t, problem, which))
            return 0;
    }
}

/* Frees the weights listed in `index`. 0: it cannot be, or goes on too long. */
static int free_listed(mvoi_tick *t, const mvoi_problem *problem, size_t count, int64_t *pivots, int64_t most)
{
    for (size_t l = 0; l < count; l++) {
        if (*pivots >= most || (t->stopped = mvoi_watch_step(t->watch)) != MVO_OPTIMAL)
            return 0;
        ++*pivots;
        if (!mvoi_tick_free_weight(t, problem, (size_t)t->index[l]))
            return 0;
    }
    return 1;
}

/* ------------------------------------------------------------------------------------------------ finish */

/* One correction with residuals in twice the precision, over the packed matrix; returns its size beside that of the weights. What
   rounding alone carries past a limit is put on it; `beyond` tells whether more than that is. `total` keeps Sigma w over the free
   weights, by place. */
static double correct(mvoi_tick *t, const mvoi_problem *problem, double size)
{
    const mvoi_inverse *inverse = &t->inverse;
    const mvoi_kernels *kernels = t->kernels;
    const size_t n = t->n, count = inverse->count;
    for (size_t s = 0; s < count; s++) {
        const size_t e = (size_t)inverse->element[s];
        t->high[s] = e < n ? t->held[e] : t->held_rows[e - n];
        t->low[s] = e < n ? t->held_low[e] : t->held_rows_low[e - n];
    }
    kernels->sweep_compensated(count, t->free_count, inverse->matrix, inverse->ld, t->places, t->values, t->high, t->low);
    for (size_t s = 0; s < count; s++)
        t->total[s] = t->high[s] + t->low[s];
    for (size_t a = 0; a < t->active_count; a++) {
        t->index[a] = inverse->place[n + (size_t)t->active[a]];
        t->row_values[a] = t->x[t->index[a]];
    }
    kernels->sweep_compensated(count, t->active_count, inverse->matrix, inverse->ld, t->index, t->row_values, t->high, t->low);
    for (size_t s = 0; s < count; s++) {
        const size_t e = (size_t)inverse->element[s];
        t->rhs[s] = -mvoi_add_once(t->high[s], t->low[s], e < n ? problem->linear[e] : -mvoi_tick_limit(t, problem, e));
    }
    for (size_t s = count; s < inverse->padded; s++)
        t->rhs[s] = 0.0;
    mvoi_inverse_solve(inverse, t->rhs, t->correction);
    t->taken = t->beyond = 0;
    double moved = 0.0;
    for (size_t s = 0; s < count; s++) {
        const size_t e = (size_t)inverse->element[s];
        double *value = &t->x[s];
        *value += t->correction[s];
        if (e >= n) {
            t->beyond |= (t->lower[s] - *value) * t->weight[s] > size || (*value - t->upper[s]) * t->weight[s] > size;
            continue;
        }
        const double lower = problem->lower[e], upper = problem->upper[e];
        const double noise = MVOI_TICK_PRIMAL * size / t->deviation[e];
        moved += t->deviation[e] * fabs(t->correction[s]);
        if (*value < lower && lower - *value <= noise + MVOI_TICK_PRIMAL * fabs(lower))
            *value = lower;
        if (*value > upper && *value - upper <= noise + MVOI_TICK_PRIMAL * fabs(upper))
            *value = upper;
        t->beyond |= *value < lower || *value > upper;
    }
    return moved == 0.0 ? 0.0 : moved / size;
}

/* The solution and the sums it is made of, without what earlier ones have left in them. 0: see hold_all. */
static int make_anew(mvoi_tick *t, const mvoi_problem *problem)
{
    mvoi_tick_forget_sums(t);
    if (!mvoi_tick_hold_all(t, problem))
        return 0;
    mvoi_tick_point(t, problem);
    return 1;
}

/* The weights after a correction; `total` follows. */
static void take_correction(mvoi_tick *t)
{
    const mvoi_inverse *inverse = &t->inverse;
    for (size_t f = 0; f < t->free_count; f++) {
        const double before = t->values[f];
        t->w[t->assets[f]] = t->x[t->places[f]];
        t->values[f] = t->w[t->assets[f]];
        t->correction[f] = t->values[f] - before;
    }
    t->taken = 1; /* but for the size, in which a correction does not show */
    t->kernels->sweep(inverse->count, t->free_count, inverse->matrix, inverse->ld, t->places, t->correction, t->total);
}

/* Corrects until the correction is rounding; *moved receives the largest. 0 if corrections do not become small. */
static int refine(mvoi_tick *t, const mvoi_problem *problem, double *moved)
{
    double last = *moved = 0.0;
    for (int step = 0; step < MOST_CORRECTIONS; step++) {
        last = correct(t, problem, take_weights(t));
        *moved = last > *moved ? last : *moved;
        if (!(last > SETTLED))
            break;
        t->changes = MVOI_TICK_AGED; /* the next solve makes the inverse anew */
    }
    take_correction(t);
    return last <= DIVERGED;
}

size_t mvoi_tick_price(mvoi_tick *t, const mvoi_problem *problem)
{
    const mvoi_inverse *inverse = &t->inverse;
    const mvoi_kernels *kernels = t->kernels;
    const mvo_covariance *covariance = problem->covariance;
    const size_t n = t->n;
    memcpy(t->product, t->held, n * sizeof(double));
    kernels->axpy(n, 1.0, t->held_low, t->product);
    kernels->sweep(n, t->free_count, covariance->dense, covariance->ld, t->assets, t->values, t->product);
    for (size_t a = 0; a < t->active_count; a++)
        t->row_values[a] = t->x[inverse->place[n + (size_t)t->active[a]]];
    return kernels->price(n, t->active_count, problem->rows, problem->ld_rows, t->active, t->row_values, problem->linear, t->product,
                          t->sign, t->z, t->index);
}

size_t mvoi_tick_drop_rounding(mvoi_tick *t, const mvoi_problem *problem, double size, size_t listed)
{
    size_t wrong = 0;
    for (size_t l = 0; l < listed; l++) {
        const int32_t j = t->index[l];
        if (t->sign[j] != 0.0 && fabs(t->z[j]) > MVOI_TICK_DUAL * (t->deviation[j] * size + fabs(problem->linear[j])))
            t->index[wrong++] = j;
    }
    return wrong;
}

/* Sigma w and the reduced gradients; returns how many held weights have one of the wrong sign, listed in `index`. */
static size_t look(mvoi_tick *t, const mvoi_problem *problem, double size)
{
    return mvoi_tick_drop_rounding(t, problem, size, mvoi_tick_price(t, problem));
}

/*
 * Corrects, and sweeps; returns as look() does, or SIZE_MAX where corrections do not become small. *moved is their size. Where nobody was
 * looked at before, it is done the other way round: most likely somebody enters, and the correction would have been for nothing. One
 * that is rounding leaves what the sweep found as it is.
 */
static size_t finish(mvoi_tick *t, const mvoi_problem *problem, double size, double *moved)
{
    size_t wrong = t->near_known ? 0 : look(t, problem, size);
    *moved = 0.0;
    if (wrong)
        return wrong;
    if (!refine(t, problem, moved))
        return SIZE_MAX;
    if (t->near_known || *moved > SAME)
        wrong = look(t, problem, size);
    for (size_t f = 0; f < t->free_count; f++)
        t->product[t->assets[f]] = t->total[t->places[f]];
    return wrong;
}

static void give(const mvoi_tick *t, mvoi_point *point, double *product)
{
    const size_t n = t->n, m = t->rows;
    memcpy(point->side, t->side, n * sizeof *t->side);
    memcpy(point->row_side, t->side + n, m * sizeof *t->side);
    memcpy(point->w, t->w, n * sizeof(double));
    memcpy(point->z, t->z, n * sizeof(double));
    memset(point->y, 0, m * sizeof(double));
    for (size_t s = 0; s < t->inverse.count; s++) {
        const size_t e = (size_t)t->inverse.element[s];
        if (e < n)
            point->z[e] = 0.0;
        else
            point->y[e - n] = -t->x[s];
    }
    memcpy(product, t->product, n * sizeof(double));
}

/* Until nothing is wrong that shows without a sweep over all assets. 0: see mvoi_tick_settle(). */
static int settle_near(mvoi_tick *t, const mvoi_problem *problem, int64_t *pivots, int64_t most, double *size, double *peak)
{
    for (int look = 0;; look++) {
        if (!mvoi_tick_settle(t, problem, 0.0, pivots, most, size, peak))
            return 0;
        if (!t->near_known || look == MOST_LOOKS)
            return 1;
        const size_t wrong = mvoi_tick_find_near(t, problem, *size);
        if (!wrong)
            return 1;
        if (!free_listed(t, problem, wrong, pivots, most))
            return 0;
    }
}

/* After a solve; `forgotten`: somebody entered who was not near. */
static void look_after_near(mvoi_tick *t, const mvoi_problem *problem, double size, int forgotten)
{
    if (!t->near_known || ++t->near_age > (forgotten ? KEEP_FORGETFUL : KEEP_NEAR))
        mvoi_tick_choose_near(t, problem, size);
}

/* Whether what was within its limits before corrections is so after them: free weights and multipliers have been looked at then, and the
   activities of rows have moved by rounding. */
static int is_still_right(const mvoi_tick *t, double moved)
{
    return !t->beyond && moved <= STILL;
}

/* Sweeps until nothing is wrong. 0: left to others. */
static int rounds(mvoi_tick *t, const mvoi_problem *problem, int64_t *pivots)
{
    const int64_t most = *pivots + 24 + (int64_t)t->inverse.count;
    double peak = 0.0;
    int forgotten = 0;
    for (int round = 0; round < MOST_SWEEPS; round++) {
        double size;
        if ((t->stopped = mvoi_watch_step(t->watch)) != MVO_OPTIMAL) /* a round is a step, whether it changes anything or not */
            return 0;
        if (!settle_near(t, problem, pivots, most, &size, &peak))
            return 0;
        const int anew = size < NOTHING * peak;
        if (anew) { /* rounding of what was there before would be all there is */
            if (!make_anew(t, problem))
                return 0;
            size = take_weights(t);
        }
        double moved;
        const size_t wrong = finish(t, problem, size, &moved);
        if (wrong == SIZE_MAX)
            return 0;
        if (wrong == 0 && ((!anew && is_still_right(t, moved)) || find_worst(t, problem, &size, 0.0) == SIZE_MAX)) {
            look_after_near(t, problem, size, forgotten);
            return 1;
        }
        forgotten |= wrong > 0;
        if (wrong > t->inverse.count + 3 || !free_listed(t, problem, wrong, pivots, most))
            return 0;
    }
    return 0;
}

void mvoi_tick_give_as_it_stands(mvoi_tick *t, mvoi_point *point)
{
    const size_t n = t->n;
    take_weights(t);
    for (size_t j = 0; j < n; j++)
        if (!isfinite(t->w[j]))
            return;
    memcpy(point->w, t->w, n * sizeof(double));
    memcpy(point->row_side, t->side + n, t->rows * sizeof *t->side);
    memset(point->y, 0, t->rows * sizeof(double));
    for (size_t a = 0; a < t->active_count; a++)
        point->y[t->active[a]] = -t->x[t->inverse.place[n + (size_t)t->active[a]]];
}

int mvoi_tick_solve(mvoi_tick *t, const mvoi_problem *problem, mvoi_point *point, int64_t *pivots, double *product)
{
    t->stopped = MVO_OPTIMAL;
    if (!mvoi_tick_ready(t, problem))
        return 0;
    if (!mvoi_tick_holds(t, point) && !mvoi_tick_install(t, problem, point))
        return 0;
    if (!mvoi_tick_hold_all(t, problem)) {
        t->known = 0;
        return 0;
    }
    t->known = 0;
    mvoi_tick_point(t, problem);
    if (!rounds(t, problem, pivots)) {
        if (t->stopped != MVO_OPTIMAL)
            mvoi_tick_give_as_it_stands(t, point);
        return 0;
    }
    give(t, point, product);
    return t->known = 1;
}
