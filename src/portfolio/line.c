/* SPDX-License-Identifier: MIT */
/* Following the critical line (see line.h). */
#include "portfolio/line_state.h"
#include "portfolio/trace.h"

#include <math.h>
#include <string.h>

/* A step, relative to lambda, that is not one: two events at once. */
static const double TIE = 1e-12;

/* An event at less than this part of lambda is looked at again from nearby. */
static const double NEARER = 0.5;

/* How far from its limit, beside the largest of them, a weight may be that is put there; what part of a step may be missing to it. */
static const double NEAR_ENOUGH = 1e-13, LITTLE = 1e-3;

/* ---------------------------------------------------------------------------------------------- events */

/* The next event: what happens to which element, after which step down in lambda. */
typedef struct event {
    double step;
    size_t element; /* n + m: none */
    int32_t side;   /* that it goes to; MVOI_FREE for a held one that is freed */
} event;

static void consider(event *next, double distance, double speed, size_t element, int32_t side)
{
    if (!(speed > 0.0) || !(distance < next->step * speed))
        return;
    const double step = distance / speed;
    *next = (event){ step > 0.0 ? step : 0.0, element, side };
}

static void consider_interval(event *next, double value, double rate, double lower, double upper, size_t element)
{
    if (rate > 0.0)
        consider(next, value - lower, rate, element, MVOI_LOWER);
    else
        consider(next, upper - value, -rate, element, MVOI_UPPER);
}

static event next_event(const mvoi_line *l)
{
    const mvoi_problem *problem = l->problem;
    const mvoi_inverse *inverse = l->inverse;
    event next = { l->lambda, l->n + l->m, MVOI_FREE };
    const size_t s = l->kernels->first_limit(inverse->padded, l->x, l->dx, l->low, l->high, &next.step);
    if (s < inverse->padded) {
        next.element = (size_t)inverse->element[s];
        next.side = next.element >= l->n ? MVOI_FREE : l->dx[s] > 0.0 ? MVOI_LOWER : MVOI_UPPER;
    }
    for (size_t i = 0; inverse->count - l->free_count < l->m && i < l->m; i++)
        if (inverse->place[l->n + i] < 0)
            consider_interval(&next, l->activity[i], l->activity_rate[i], problem->row_lower[i], problem->row_upper[i], l->n + i);
    const mvoi_near *near = &l->near;
    const size_t rows = l->far ? near->padded : l->wide;
    const size_t j = l->far ? l->kernels->first_zero(rows, near->z, near->rate, near->sign, &next.step)
                            : l->kernels->first_zero(rows, l->z, l->rate, l->sign, &next.step);
    if (j < rows) {
        next.element = l->far ? (size_t)near->asset[j] : j;
        next.side = MVOI_FREE;
    }
    return next;
}

/* ------------------------------------------------------------------------------------------------ the way */

/* Goes down to `lambda` on the present piece. 0: it is too close to singular. */
static int go_to(mvoi_line *l, double lambda)
{
    const double step = lambda - l->lambda;
    l->kernels->axpy(l->inverse->padded, step, l->dx, l->x);
    l->variance += step * (lambda + l->lambda) * l->slope;
    l->lambda = lambda;
    if (l->careful || lambda > l->generous || ++l->carried > MVOI_CARRY_MOST || lambda < 0.25 * l->carried_from)
        return mvoi_line_make_anew(l);
    if (l->far)
        l->kernels->axpy(l->near.padded, step, l->near.rate, l->near.z);
    else
        l->kernels->axpy(l->wide, step, l->rate, l->z);
    if (l->inverse->count - l->free_count < l->m)
        l->kernels->axpy(l->tall, step, l->activity_rate, l->activity);
    return 1;
}

/* Where a derivative is all but lost among the numbers it is made of, a weight or a row does not quite meet its limit where it was
   to; a weight that is put there would break the rows. So the rest of the way is gone too. 0: it is too close to singular. */
static int go_nearer(mvoi_line *l, const event *hit)
{
    const size_t e = hit->element, i = e - l->n;
    const int32_t place = l->inverse->place[e];
    double off = 0.0, rate = 0.0;
    if (l->carried)
        return 1;
    if (place >= 0 && e < l->n) {
        off = l->x[place] - (hit->side == MVOI_UPPER ? l->high[place] : l->low[place]);
        rate = l->dx[place];
    } else if (place < 0 && e >= l->n) {
        off = l->activity[i] - (hit->side == MVOI_UPPER ? l->problem->row_upper[i] : l->problem->row_lower[i]);
        rate = l->activity_rate[i];
    }
    if (!mvoi_line_counts(l, fabs(off), NEAR_ENOUGH))
        return 1;
    const double rest = off / rate; /* of the step; more than a little is something else */
    return !(fabs(rest) < LITTLE * hit->step) || go_to(l, l->lambda - rest);
}

/* All free weights where they belong among the others. */
static void spread_weights(mvoi_line *l)
{
    for (size_t f = 0; f < l->free_count; f++)
        l->w[l->assets[f]] = l->values[l->weight_places[f]];
}

/* The portfolio at this event, where `hit` has just reached its limit; rounding carries no weight past one. */
static mvo_status append_corner(mvoi_line *l, mvo_frontier *frontier, const event *hit)
{
    const int32_t place = l->inverse->place[hit->element];
    if (place >= 0 && hit->element < l->n)
        l->x[place] = hit->side == MVOI_UPPER ? l->high[place] : l->low[place];
    const double expected_return = mvoi_line_take_weights(l);
    l->variance = mvoi_line_variance(l);
    if (l->held_any || frontier->corner_count <= 1) {
        spread_weights(l);
        mvoi_frontier_forget_still(frontier, l->w);
        return mvoi_frontier_append(frontier, l->lambda, expected_return, l->variance, l->w);
    }
    return mvoi_frontier_append_some(frontier, l->lambda, expected_return, l->variance, l->free_count, l->sorted, l->inverse->place,
                                     l->values);
}

/* The working set after the event, and its direction. 0: it would be singular, or nearly. */
static int change(mvoi_line *l, const event *hit)
{
    const size_t e = hit->element;
    const int changed = l->inverse->place[e] >= 0 ? mvoi_line_leave(l, e, hit->side) : mvoi_line_enter(l, e, hit->side);
    return changed && mvoi_line_find_rates(l, !l->carried);
}

/* From here on all gradients are followed. */
static int give_up_near(mvoi_line *l)
{
    l->far = 0;
    return mvoi_line_make_anew(l) && mvoi_line_find_rates(l, 1);
}

/* Beyond what those that are near cover others are chosen, here, or at the horizon if they have been chosen here already. All are
   followed instead where too many are near, or no choice covers much. 0: it is too close to singular. */
static int look_again(mvoi_line *l, int64_t *looks)
{
    const int here = l->near.lambda != l->lambda, beyond = l->near.horizon < l->lambda && !l->near.off;
    if (++*looks > 100 + 4 * l->changes || !(here || beyond))
        return give_up_near(l);
    if (!here && !go_to(l, l->near.horizon))
        return 0;
    return mvoi_near_set(l) || give_up_near(l);
}

/* Down to lambda = 0; MVO_NUMERICAL where it is not plain. */
static mvo_outcome descend(mvoi_line *l, mvo_frontier *frontier, mvo_status *status)
{
    int64_t looks = 0;
    for (;;) {
        const event hit = next_event(l);
        const double lambda = l->lambda - hit.step;
        if (l->far && !mvoi_near_covers(l, lambda)) {
            if (!look_again(l, &looks))
                return MVO_NUMERICAL;
            continue;
        }
        if (hit.element == l->n + l->m || lambda <= MVOI_TRACE_NOTHING * l->generous)
            return MVO_OPTIMAL;
        if (!(hit.step > TIE * l->lambda))
            return MVO_NUMERICAL;
        if (lambda < NEARER * l->lambda) { /* from afar it is seen with the rounding of large numbers: go near and look again */
            l->carried = MVOI_CARRY_MOST;
            if (!go_to(l, 1.5 * lambda))
                return MVO_NUMERICAL;
            continue;
        }
        const mvo_outcome stopped = mvoi_watch_step(&l->solver->watch);
        if (stopped != MVO_OPTIMAL)
            return stopped;
        l->solver->pivots++;
        l->changes++;
        if (!go_to(l, lambda) || !go_nearer(l, &hit))
            return MVO_NUMERICAL;
        *status = append_corner(l, frontier, &hit);
        if (*status != MVO_OK)
            return MVO_OPTIMAL;
        if (!change(l, &hit))
            return MVO_NUMERICAL;
    }
}

int mvoi_line_suits(const mvo_solver *solver)
{
    return solver->method == MVO_METHOD_AUTO && solver->tick && mvoi_tick_suits(&solver->problem);
}

mvo_outcome mvoi_line_follow(mvo_frontier *frontier, mvo_solver *solver, const double *mu, mvo_status *status)
{
    mvoi_line l;
    mvo_outcome outcome = MVO_NUMERICAL;
    if (!mvoi_line_init(&l, solver, mu))
        *status = MVO_ERROR_MEMORY;
    else
        outcome = mvoi_line_find_top(&l);
    if (outcome == MVO_OPTIMAL) {
        outcome = descend(&l, frontier, status);
        if (mvoi_is_stop(outcome))
            mvoi_line_stand(&l);
        else if (outcome == MVO_OPTIMAL && *status == MVO_OK)
            outcome = mvoi_line_settle(&l, frontier, status);
    }
    mvoi_line_clear(&l);
    return outcome;
}
