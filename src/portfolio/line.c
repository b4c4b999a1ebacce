/* SPDX-License-Identifier: MIT */
/* Following the critical line (see line.h). */
#include "portfolio/line_state.h"

#include "linalg/exact.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A step, relative to lambda, that is not one: two events at once. */
static const double TIE = 1e-12;

/* What a gradient may have wrong at the top, beside the largest of its terms. */
static const double DUAL = 1e-10;

/* A correction beside the solution after which this is no place for plain arithmetic. */
static const double DIVERGED = 1e-9;

/* A correction after which the inverse is no longer trusted alone. */
static const double AGED = 1e-12;

/* How far the last portfolio may be from where the line ends, beside its size. */
static const double END = 1e-10;

/* What is left of the held weights' variance, beside what it was, before rounding of that is told from it. */
static const double FADED = 0.01;

enum { CARRY_MOST = 12 };

static void line_free(mvoi_line *l)
{
    mvoi_near_clear(&l->near, l->solver->context);
    mvoi_release(l->solver->context, l->memory);
}

static int line_init(mvoi_line *l, mvo_solver *solver, const double *mu)
{
    const size_t n = solver->n, m = solver->problem.m, most = solver->tick->inverse.capacity;
    *l = (mvoi_line){ .solver = solver, .kernels = solver->kernels, .problem = &solver->problem, .mu = mu, .n = n, .m = m };
    l->inverse = &solver->tick->inverse;
    const size_t place = most + 8;
    const mvoi_part parts[] = {
        MVOI_PART(l->side, n + m),       MVOI_PART(l->w, n),               MVOI_PART(l->sign, n),          MVOI_PART(l->z, n),
        MVOI_PART(l->rate, n),           MVOI_PART(l->held, n),            MVOI_PART(l->activity, m),      MVOI_PART(l->activity_rate, m),
        MVOI_PART(l->held_activity, m),  MVOI_PART(l->x, place),           MVOI_PART(l->dx, place),        MVOI_PART(l->rhs, place),
        MVOI_PART(l->means, place),      MVOI_PART(l->left, place),       MVOI_PART(l->correction, place),  MVOI_PART(l->values, place),    MVOI_PART(l->row_values, place),
        MVOI_PART(l->assets, most),      MVOI_PART(l->weight_places, most), MVOI_PART(l->rows, most),      MVOI_PART(l->row_places, most),
        MVOI_PART(l->sorted, most)
    };
    l->memory = mvoi_allocate_parts(solver->context, parts, sizeof parts / sizeof *parts);
    if (!l->memory)
        return 0;
    return n < MVOI_LINE_FAR || mvoi_near_init(&l->near, solver->context, n, m, most);
}

/* ------------------------------------------------------------------------------------------- the state */

static double limit_of(const mvoi_line *l, size_t e)
{
    const int upper = l->side[e] == MVOI_UPPER;
    if (e < l->n)
        return upper ? l->problem->upper[e] : l->problem->lower[e];
    return upper ? l->problem->row_upper[e - l->n] : l->problem->row_lower[e - l->n];
}

/* Weight j rests at its limit from now on (1), or no longer does (-1). */
static void hold(mvoi_line *l, size_t j, double sign)
{
    const mvo_covariance *covariance = l->problem->covariance;
    const double w = l->w[j];
    if (w == 0.0)
        return;
    const double *column = covariance->dense + j * covariance->ld;
    l->held_return += sign * w * l->mu[j];
    l->held_variance += sign * w * (2.0 * l->held[j] + sign * w * covariance->diagonal[j]);
    l->kernels->axpy(l->n, sign * w, column, l->held);
    for (size_t i = 0; i < l->m; i++)
        l->held_activity[i] += sign * w * l->problem->rows[i * l->problem->ld_rows + j];
    l->held_any = 1;
    l->held_peak = fmax(l->held_peak, l->held_variance);
}

/* The sums over the held weights, made anew. */
static void hold_anew(mvoi_line *l)
{
    l->held_return = l->held_variance = l->held_peak = 0.0;
    l->held_any = 0;
    memset(l->held, 0, l->n * sizeof(double));
    memset(l->held_activity, 0, l->m * sizeof(double));
    for (size_t j = 0; j < l->n; j++)
        if (l->side[j] != MVOI_FREE)
            hold(l, j, 1.0);
}

/* Which places of the inverse belong to weights and which to rows; the means of the weights by place. */
static void list_elements(mvoi_line *l)
{
    l->free_count = l->active_count = 0;
    for (size_t s = 0; s < l->inverse->count; s++) {
        const int32_t e = l->inverse->element[s];
        if ((size_t)e < l->n) {
            l->assets[l->free_count] = e;
            l->weight_places[l->free_count++] = (int32_t)s;
            l->means[s] = l->mu[e];
        } else {
            l->rows[l->active_count] = e - (int32_t)l->n;
            l->row_places[l->active_count++] = (int32_t)s;
            l->means[s] = 0.0;
        }
    }
    for (size_t s = l->inverse->count; s < l->inverse->padded; s++)
        l->means[s] = 0.0;
}

/* values and row_values become the parts of `x` that belong to weights and to rows. */
static void split(mvoi_line *l, const double *x)
{
    for (size_t f = 0; f < l->free_count; f++)
        l->values[f] = x[l->weight_places[f]];
    for (size_t a = 0; a < l->active_count; a++)
        l->row_values[a] = x[l->row_places[a]];
}

/* left = rhs - K x */
static void find_left(mvoi_line *l, const double *rhs, const double *x)
{
    const mvoi_inverse *inverse = l->inverse;
    const size_t padded = inverse->padded;
    memset(l->left, 0, padded * sizeof(double));
    l->kernels->gemv(padded, inverse->count, inverse->matrix, inverse->ld, x, l->left);
    for (size_t s = 0; s < inverse->count; s++)
        l->left[s] = rhs[s] - l->left[s];
}

/* Adds what the inverse makes of the residual in `left` to x. 0 if that is more than a correction. */
static int correct(mvoi_line *l, double *x)
{
    const size_t padded = l->inverse->padded;
    mvoi_inverse_solve(l->inverse, l->left, l->correction);
    const double moved = l->kernels->largest(padded, l->correction), size = l->kernels->largest(padded, x);
    l->kernels->axpy(padded, 1.0, l->correction, x);
    l->careful |= moved > AGED * size;
    return moved <= DIVERGED * size;
}

/* left = rhs - K x at lambda in twice the precision: lambda mu and A'y may be far larger than what they leave. */
static void find_left_exactly(mvoi_line *l)
{
    const mvoi_inverse *inverse = l->inverse;
    double *high = l->rhs, *low = l->left;
    for (size_t s = 0; s < inverse->padded; s++)
        high[s] = low[s] = 0.0;
    for (size_t s = 0; s < inverse->count; s++) {
        const size_t e = (size_t)inverse->element[s];
        mvoi_accumulate(&high[s], &low[s], e < l->n ? -l->lambda : -1.0, e < l->n ? l->mu[e] : limit_of(l, e));
        mvoi_accumulate(&high[s], &low[s], 1.0, e < l->n ? l->held[e] : l->held_activity[e - l->n]);
    }
    l->kernels->sweep_compensated(inverse->padded, inverse->count, inverse->matrix, inverse->ld, NULL, l->x, high, low);
    for (size_t s = 0; s < inverse->padded; s++)
        l->left[s] = -(high[s] + low[s]);
}

/* The right-hand side at lambda. */
static void set_rhs(mvoi_line *l)
{
    const mvoi_inverse *inverse = l->inverse;
    for (size_t s = 0; s < inverse->count; s++) {
        const size_t e = (size_t)inverse->element[s];
        l->rhs[s] = e < l->n ? l->lambda * l->mu[e] - l->held[e] : limit_of(l, e) - l->held_activity[e - l->n];
    }
    for (size_t s = inverse->count; s < inverse->padded; s++)
        l->rhs[s] = 0.0;
}

/* target = constant held - slope mu + Sigma_F x_F + A'(-y), x being `values` and `row_values`: a reduced gradient, or its
   derivative. */
static void find_gradient(const mvoi_line *l, double constant, double slope, double *target)
{
    const mvoi_problem *problem = l->problem;
    const size_t n = l->n;
    if (constant != 0.0 && l->held_any)
        memcpy(target, l->held, n * sizeof *target);
    else
        memset(target, 0, n * sizeof *target);
    l->kernels->axpy(n, -slope, l->mu, target);
    l->kernels->sweep(n, l->active_count, problem->rows, problem->ld_rows, l->rows, l->row_values, target);
    l->kernels->sweep(n, l->free_count, problem->covariance->dense, problem->covariance->ld, l->assets, l->values, target);
}

/* Activities, or their derivatives. */
static void find_activity(const mvoi_line *l, double constant, double *activity)
{
    if (l->active_count == l->m)
        return; /* nobody asks for those of active rows */
    for (size_t i = 0; i < l->m; i++)
        activity[i] = constant * l->held_activity[i];
    l->kernels->sweep(l->m, l->free_count, l->problem->columns, l->problem->ld_columns, l->assets, l->values, activity);
}

/* w'Sigma w where the free weights are `values`. */
static double find_variance(mvoi_line *l)
{
    const mvoi_inverse *inverse = l->inverse;
    double variance = l->held_variance;
    memset(l->left, 0, inverse->padded * sizeof(double));
    l->kernels->sweep(inverse->padded, l->free_count, inverse->matrix, inverse->ld, l->weight_places, l->values, l->left);
    for (size_t f = 0; f < l->free_count; f++)
        variance += l->values[f] * (l->left[l->weight_places[f]] + 2.0 * l->held[l->assets[f]]);
    return variance;
}

/* The derivatives for the present working set. 0: it is too close to singular. */
static int find_rates(mvoi_line *l)
{
    list_elements(l);
    mvoi_inverse_solve(l->inverse, l->means, l->dx);
    if (l->careful) {
        find_left(l, l->means, l->dx);
        if (!correct(l, l->dx))
            return 0;
    }
    if (l->far)
        l->slope = l->kernels->dot(l->inverse->padded, l->means, l->dx);
    split(l, l->dx);
    find_activity(l, 0.0, l->activity_rate);
    if (l->far)
        mvoi_near_evaluate(l);
    else
        find_gradient(l, 0.0, 1.0, l->rate);
    return 1;
}

/* Weights and gradients at lambda from the working set alone, for a solution that is nearly there. 0: it is too
   close to singular. */
static int make_anew(mvoi_line *l)
{
    find_left_exactly(l);
    if (!correct(l, l->x))
        return 0;
    split(l, l->x);
    find_activity(l, 1.0, l->activity);
    l->variance = find_variance(l);
    if (!l->far)
        find_gradient(l, 1.0, l->lambda, l->z);
    l->carried = 0;
    l->carried_from = l->lambda;
    return 1;
}

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

/* Of `count` weights - number j, or asset[j] - those whose gradient reaches zero first. */
static void consider_held(const mvoi_line *l, event *next, size_t count, const double *z, const double *rate, const double *sign,
                          const int32_t *asset)
{
    for (size_t j = 0;; j++) {
        j = l->kernels->ending(j, count, z, rate, sign, -1.0, next->step, 0.0);
        if (j == count)
            return;
        consider(next, -sign[j] * z[j], -sign[j] * rate[j], asset ? (size_t)asset[j] : j, MVOI_FREE);
    }
}

static event next_event(const mvoi_line *l)
{
    const mvoi_problem *problem = l->problem;
    const mvoi_inverse *inverse = l->inverse;
    event next = { l->lambda, l->n + l->m, MVOI_FREE };
    for (size_t s = 0; s < inverse->count; s++) {
        const size_t e = (size_t)inverse->element[s], i = e - l->n;
        const double value = l->x[s], rate = l->dx[s];
        if (e < l->n)
            consider_interval(&next, value, rate, problem->lower[e], problem->upper[e], e);
        else if (problem->row_lower[i] < problem->row_upper[i]) /* -y is negative at a lower limit */
            consider(&next, l->side[e] == MVOI_LOWER ? -value : value, l->side[e] == MVOI_LOWER ? -rate : rate, e, MVOI_FREE);
    }
    for (size_t i = 0; i < l->m; i++)
        if (inverse->place[l->n + i] < 0)
            consider_interval(&next, l->activity[i], l->activity_rate[i], problem->row_lower[i], problem->row_upper[i], l->n + i);
    if (l->far)
        consider_held(l, &next, l->near.padded, l->near.z, l->near.rate, l->near.sign, l->near.asset);
    else
        consider_held(l, &next, l->n, l->z, l->rate, l->sign, NULL);
    return next;
}

/* Whether anything would happen on the way up: then this is not the top. */
static int is_top(const mvoi_line *l)
{
    const mvoi_problem *problem = l->problem;
    const mvoi_inverse *inverse = l->inverse;
    const double size = DUAL * (l->kernels->largest(l->n, l->mu) + l->kernels->largest(l->n, l->rate));
    double moves = 0.0, weights = 0.0;
    for (size_t s = 0; s < inverse->count; s++) {
        const size_t e = (size_t)inverse->element[s], i = e - l->n;
        if (e < l->n) {
            moves = fmax(moves, fabs(l->dx[s]));
            weights = fmax(weights, fabs(l->x[s]));
            if (!(l->x[s] >= problem->lower[e] && l->x[s] <= problem->upper[e]))
                return 0;
        } else if (problem->row_lower[i] < problem->row_upper[i] &&
                   !((l->side[e] == MVOI_LOWER ? -l->dx[s] : l->dx[s]) > size)) {
            return 0;
        }
    }
    for (size_t i = 0; i < l->m; i++)
        if (inverse->place[l->n + i] < 0 && !(l->activity[i] > problem->row_lower[i] && l->activity[i] < problem->row_upper[i]))
            return 0;
    for (size_t j = 0; j < l->n; j++)
        if (l->sign[j] != 0.0 && (!(-l->sign[j] * l->rate[j] > size) || !(-l->sign[j] * l->z[j] > 0.0)))
            return 0;
    return l->free_count == l->active_count && moves * l->lambda <= 1e-9 * weights;
}

/* ------------------------------------------------------------------------------------------------ the way */

/* The working set of the solver's answer, and the state at `top`. 0: not for this. */
static int begin(mvoi_line *l, double top)
{
    const mvo_solver *solver = l->solver;
    const mvoi_problem *problem = l->problem;
    const size_t n = l->n;
    mvoi_tick_forget(l->solver->tick, 0);
    mvoi_inverse_empty(l->inverse);
    l->changes = 0;
    l->careful = l->far = 0;
    l->slope = 0.0; /* at the top nothing moves */
    memcpy(l->side, solver->point.side, n * sizeof *l->side);
    memcpy(l->side + n, solver->point.row_side, l->m * sizeof *l->side);
    memcpy(l->w, solver->point.w, n * sizeof *l->w);
    for (size_t j = 0; j < n; j++)
        l->sign[j] = problem->lower[j] < problem->upper[j] ? (double)l->side[j] : 0.0;
    hold_anew(l);
    for (size_t e = 0; e < n + l->m; e++)
        if ((l->side[e] == MVOI_FREE) == (e < n) && !mvoi_inverse_add(l->inverse, problem, e))
            return 0;
    l->lambda = top;
    list_elements(l);
    memcpy(l->sorted, l->assets, l->free_count * sizeof *l->sorted); /* they were added in this order */
    set_rhs(l);
    mvoi_inverse_solve(l->inverse, l->rhs, l->x);
    if (!make_anew(l) || !find_rates(l) || !is_top(l))
        return 0;
    l->far = n >= MVOI_LINE_FAR && mvoi_near_begin(l);
    return 1;
}

/* The same from higher up where things still happen above: means may lie close together. */
static mvo_outcome find_top(mvoi_line *l, double top)
{
    enum { RAISES = 2 };
    mvo_solver *solver = l->solver;
    l->generous = top;
    for (int raise = 0; !begin(l, top); raise++) {
        if (raise == RAISES)
            return MVO_NUMERICAL;
        top *= 4096.0;
        for (size_t j = 0; j < l->n; j++)
            solver->linear[j] = -top * l->mu[j];
        const mvo_outcome outcome = mvoi_solver_run(solver);
        if (outcome != MVO_OPTIMAL)
            return mvoi_is_stop(outcome) ? outcome : MVO_NUMERICAL;
    }
    return MVO_OPTIMAL;
}

/* Goes down to `lambda` on the present piece. 0: it is too close to singular. */
static int go_to(mvoi_line *l, double lambda)
{
    const double step = lambda - l->lambda;
    l->kernels->axpy(l->inverse->padded, step, l->dx, l->x);
    l->variance += step * (lambda + l->lambda) * l->slope;
    l->lambda = lambda;
    if (l->careful || lambda > l->generous || ++l->carried > CARRY_MOST || lambda < 0.25 * l->carried_from)
        return make_anew(l);
    if (!l->far)
        l->kernels->axpy(l->n, step, l->rate, l->z);
    if (l->active_count < l->m)
        l->kernels->axpy(l->m, step, l->activity_rate, l->activity);
    return 1;
}

/* The portfolio at this event, where `hit` has just reached its limit; rounding carries no weight past one. */
static mvo_status append_corner(mvoi_line *l, mvo_frontier *frontier, const event *hit)
{
    const mvoi_problem *problem = l->problem;
    double expected_return = l->held_return;
    for (size_t f = 0; f < l->free_count; f++) {
        const size_t j = (size_t)l->assets[f];
        const double w = l->x[l->weight_places[f]], lower = problem->lower[j], upper = problem->upper[j];
        l->w[j] = w < lower ? lower : w > upper ? upper : w;
        if (j == hit->element)
            l->w[j] = hit->side == MVOI_UPPER ? upper : lower;
        l->values[f] = l->w[j];
        expected_return += l->w[j] * l->mu[j];
    }
    l->variance = find_variance(l);
    mvoi_frontier_forget_still(frontier, l->w);
    if (l->held_any)
        return mvoi_frontier_append(frontier, l->lambda, expected_return, l->variance, l->w);
    return mvoi_frontier_append_some(frontier, l->lambda, expected_return, l->variance, l->free_count, l->sorted, l->w);
}

/* A free weight more in the sorted list, or one less. */
static void sort_in(mvoi_line *l, int32_t asset)
{
    size_t at = l->free_count;
    for (; at > 0 && l->sorted[at - 1] > asset; at--)
        l->sorted[at] = l->sorted[at - 1];
    l->sorted[at] = asset;
}

static void sort_out(mvoi_line *l, int32_t asset)
{
    size_t at = 0;
    while (l->sorted[at] != asset)
        at++;
    memmove(l->sorted + at, l->sorted + at + 1, (l->free_count - at - 1) * sizeof *l->sorted);
}

/* The working set after the event. 0: it would be singular, or nearly. */
static int change(mvoi_line *l, const event *hit)
{
    const size_t e = hit->element;
    const int leaves = l->inverse->place[e] >= 0;
    if (leaves) {
        const size_t place = (size_t)l->inverse->place[e], last = l->inverse->count - 1;
        const double limit = limit_of(l, e);
        if (!mvoi_inverse_remove(l->inverse, l->problem, place))
            return 0;
        l->x[place] = l->x[last];
        l->x[last] = 0.0;
        if (l->far)
            mvoi_near_remove(l, place, last);
        l->side[e] = hit->side;
        if (e < l->n) {
            l->sign[e] = (double)hit->side;
            l->z[e] = 0.0;
            sort_out(l, (int32_t)e);
            hold(l, e, 1.0);
            if (l->far)
                mvoi_near_hold(l, e);
        } else {
            l->activity[e - l->n] = limit;
        }
        return 1;
    }
    if (!mvoi_inverse_add(l->inverse, l->problem, e))
        return 0;
    l->side[e] = hit->side;
    if (e < l->n) {
        hold(l, e, -1.0);
        if (l->held_variance < FADED * l->held_peak)
            hold_anew(l);
        sort_in(l, (int32_t)e);
        l->sign[e] = 0.0;
    }
    const size_t place = l->inverse->count - 1;
    if (place % 8 == 0) /* eight more rows */
        for (size_t s = place; s < l->inverse->padded; s++)
            l->x[s] = l->dx[s] = 0.0;
    l->x[place] = e < l->n ? l->w[e] : 0.0;
    if (l->far)
        mvoi_near_add(l, place);
    return 1;
}

/* Down to lambda = 0; MVO_NUMERICAL where it is not plain. */
static mvo_outcome descend(mvoi_line *l, mvo_frontier *frontier, double nothing, mvo_status *status)
{
    int64_t looks = 0;
    for (;;) {
        const event hit = next_event(l);
        const double lambda = l->lambda - hit.step;
        if (l->far && !mvoi_near_covers(l, lambda)) {
            /* beyond the horizon nothing is known, and it is no use to look twice from the same place */
            if (l->near.lambda == l->lambda && (!(l->near.horizon < l->lambda) || !go_to(l, l->near.horizon)))
                return MVO_NUMERICAL;
            if (++looks > 100 + 4 * l->changes || !mvoi_near_set(l))
                return MVO_NUMERICAL;
            continue;
        }
        if (hit.element == l->n + l->m || lambda <= nothing)
            return MVO_OPTIMAL;
        if (!(hit.step > TIE * l->lambda))
            return MVO_NUMERICAL;
        if (lambda < 0.5 * l->lambda) { /* from afar it is seen with the rounding of large numbers: go near and look again */
            l->carried = CARRY_MOST;
            if (!go_to(l, 1.5 * lambda))
                return MVO_NUMERICAL;
            if (l->far)
                mvoi_near_evaluate(l);
            continue;
        }
        const mvo_outcome stopped = mvoi_watch_step(&l->solver->watch);
        if (stopped != MVO_OPTIMAL)
            return stopped;
        l->solver->pivots++;
        l->changes++;
        if (!go_to(l, lambda))
            return MVO_NUMERICAL;
        *status = append_corner(l, frontier, &hit);
        if (*status != MVO_OK)
            return MVO_OPTIMAL;
        if (!change(l, &hit) || !find_rates(l))
            return MVO_NUMERICAL;
    }
}

/* Whether the solver's answer is where the line ends: where the least variance is not unique it need not be. Weights may vanish
   there, which leaves rounding of those at the last corner: `size` is theirs. */
static int is_end(const mvoi_line *l, double size)
{
    const double *w = l->solver->point.w, *variance = l->problem->covariance->diagonal;
    double apart = 0.0, end_size = 0.0;
    for (size_t j = 0; j < l->n; j++) {
        apart += variance[j] * fabs(w[j] - l->w[j]);
        end_size += variance[j] * fabs(w[j]);
    }
    return apart <= END * fmax(size, end_size);
}

/* The end at lambda = 0 is a question like any other, from the last working set. */
static mvo_outcome settle(mvoi_line *l, mvo_frontier *frontier, mvo_status *status)
{
    mvo_solver *solver = l->solver;
    const size_t n = l->n;
    double size = 0.0;
    l->kernels->axpy(l->inverse->padded, -l->lambda, l->dx, l->x);
    for (size_t f = 0; f < l->free_count; f++) {
        const int32_t j = l->assets[f];
        size += l->problem->covariance->diagonal[j] * fabs(l->w[j]);
        l->w[j] = l->x[l->weight_places[f]];
    }
    memset(solver->linear, 0, n * sizeof *solver->linear);
    memcpy(solver->point.side, l->side, n * sizeof *l->side);
    memcpy(solver->point.row_side, l->side + n, l->m * sizeof *l->side);
    solver->warm = 1;
    mvoi_tick_adopt(solver->tick, l->problem, l->side, l->changes);
    const mvo_outcome outcome = mvoi_solver_run(solver);
    if (outcome != MVO_OPTIMAL || !is_end(l, size))
        return outcome == MVO_OPTIMAL ? MVO_NUMERICAL : outcome;
    *status = mvoi_frontier_append(frontier, 0.0, l->kernels->dot(n, l->mu, solver->point.w), solver->certificate.variance,
                                   solver->point.w);
    return outcome;
}

int mvoi_line_suits(const mvo_solver *solver)
{
    return solver->method == MVO_METHOD_AUTO && solver->tick && mvoi_tick_suits(&solver->problem);
}

mvo_outcome mvoi_line_follow(mvo_frontier *frontier, mvo_solver *solver, const double *mu, double top, double nothing,
                             mvo_status *status)
{
    mvoi_line l;
    mvo_outcome outcome = MVO_NUMERICAL;
    if (!line_init(&l, solver, mu))
        *status = MVO_ERROR_MEMORY;
    else
        outcome = find_top(&l, top);
    if (outcome == MVO_OPTIMAL)
        outcome = descend(&l, frontier, nothing, status);
    if (outcome == MVO_OPTIMAL && *status == MVO_OK)
        outcome = settle(&l, frontier, status);
    line_free(&l);
    return outcome;
}
