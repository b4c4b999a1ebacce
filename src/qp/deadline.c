/* SPDX-License-Identifier: MIT */
/*
 * What a solve that was stopped answers: a feasible portfolio if one is known or can be made, with a bound of how far it is
 * from the best. Points on a path obey shifted limits, so the last one alone would not do. Candidates are the answer
 * before this solve, the point the method stood at, that point after its limits have been mended one by one, and the
 * step from a feasible one towards it as far as the limits allow (the objective is convex).
 */
#include "qp/solver.h"

#include "linalg/exact.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------- judging */

/* Whether the solver's weights obey all limits up to `tolerance`. Leaves the certificate of them. */
static int obey(mvo_solver *solver, double tolerance)
{
    for (size_t j = 0; j < solver->n; j++)
        if (!isfinite(solver->point.w[j]))
            return 0;
    if (solver->segments)
        mvoi_segments_place(solver->segments, solver->point.w);
    mvoi_solver_certify(solver, NULL);
    const mvoi_certificate *c = &solver->certificate;
    return c->primal_residual <= tolerance * c->primal_scale;
}

/* The same as exactly as a certificate asks for. */
static int is_feasible(mvo_solver *solver)
{
    return obey(solver, solver->tolerance);
}

/* Takes the solver's weights as the best known if they are feasible and better. */
static void consider(mvo_solver *solver)
{
    if (!is_feasible(solver) || !(solver->certificate.objective < solver->best_objective))
        return;
    solver->best_objective = solver->certificate.objective;
    memcpy(solver->best, solver->point.w, solver->n * sizeof *solver->best);
}

/* ---------------------------------------------------------------------------------------------- mending */

static double clipped(const mvo_solver *solver, size_t j, double w)
{
    return fmin(fmax(w, solver->lower[j]), solver->upper[j]);
}

static double activity_after(const mvo_solver *solver, const double *row, double t)
{
    double sum = 0.0;
    for (size_t j = 0; j < solver->n; j++)
        sum += row[j] * clipped(solver, j, solver->point.w[j] + t * row[j]);
    return sum;
}

/* Moves the weights along a linear row, within their bounds, until its limit is met; 0 if that cannot be. */
static int mend_row(mvo_solver *solver, size_t i)
{
    enum { DOUBLINGS = 60, HALVINGS = 100 };
    const double *row = solver->problem.rows + i * solver->problem.ld_rows;
    const double now = activity_after(solver, row, 0.0);
    const double limit = fmin(fmax(now, solver->problem.row_lower[i]), solver->problem.row_upper[i]);
    if (now == limit)
        return 1;
    const double direction = limit > now ? 1.0 : -1.0;
    double least = 0.0, most = direction, length = 0.0;
    for (size_t j = 0; j < solver->n; j++)
        length += row[j] * row[j];
    most *= length > 0.0 ? fabs(limit - now) / length : 1.0;
    int k = 0;
    while (k++ < DOUBLINGS && direction * (activity_after(solver, row, most) - limit) < 0.0)
        most *= 2.0;
    if (k > DOUBLINGS)
        return 0;
    for (k = 0; k < HALVINGS && least != most; k++) {
        const double middle = least + 0.5 * (most - least);
        if (direction * (activity_after(solver, row, middle) - limit) < 0.0)
            least = middle;
        else
            most = middle;
    }
    for (size_t j = 0; j < solver->n; j++)
        solver->point.w[j] = clipped(solver, j, solver->point.w[j] + most * row[j]);
    return 1;
}

static double absolute_activity(const mvo_solver *solver, const mvoi_absolute *row, const double *w)
{
    double sum = 0.0;
    for (size_t j = 0; j < solver->n; j++) {
        const double away = w[j] - (row->around == MVO_AROUND_HOLDINGS ? solver->segments->holdings[j] : 0.0);
        sum += mvoi_absolute_part(row, j, away);
    }
    return sum;
}

/* Draws the weights towards what an absolute row is taken around, as far as it asks for: the row is homogeneous there. A
   row that is broken there too is left. */
static void mend_absolute(mvo_solver *solver, const mvoi_absolute *row)
{
    const double limit = solver->segments->limit[row->row], now = absolute_activity(solver, row, solver->point.w);
    if (now <= limit || now <= 0.0)
        return;
    const double share = fmax(limit, 0.0) / now;
    for (size_t j = 0; j < solver->n; j++) {
        const double around = row->around == MVO_AROUND_HOLDINGS ? solver->segments->holdings[j] : 0.0;
        solver->point.w[j] = clipped(solver, j, around + share * (solver->point.w[j] - around));
    }
}

/* Limit after limit, a bounded number of times, until all hold: better than they have to, since what they are measured against is not
   all that one may measure them against. */
static int mend(mvo_solver *solver)
{
    enum { SWEEPS = 40 };
    for (size_t j = 0; j < solver->n; j++)
        solver->point.w[j] = clipped(solver, j, solver->point.w[j]);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        if (obey(solver, 1e-3 * solver->tolerance))
            return 1;
        for (size_t i = 0; i < solver->problem.m; i++)
            if (!(solver->segments && mvoi_segments_is_absolute(solver->segments, i)) && !mend_row(solver, i))
                return 0;
        for (size_t a = 0; solver->segments && a < solver->segments->absolute_count; a++)
            mend_absolute(solver, &solver->segments->absolute[a]);
    }
    return is_feasible(solver);
}

/* ---------------------------------------------------------------------------------------------- towards */

/* How much of the way from `at` to `to` a limit allows, both being values of what it limits. */
static double allowed(double share, double at, double to, double lower, double upper)
{
    if (to > upper && to > at)
        share = fmin(share, fmax(upper - at, 0.0) / (to - at));
    if (to < lower && to < at)
        share = fmin(share, fmax(at - lower, 0.0) / (at - to));
    return share;
}

/* From the best known point towards the solver's weights: their place becomes the farthest the limits allow. */
static void approach(mvo_solver *solver)
{
    const mvoi_problem *problem = &solver->problem;
    const double *from = solver->best;
    double *to = solver->point.w, share = 1.0;
    for (size_t j = 0; j < solver->n; j++)
        share = allowed(share, from[j], to[j], solver->lower[j], solver->upper[j]);
    for (size_t i = 0; i < problem->m; i++) {
        if (solver->segments && mvoi_segments_is_absolute(solver->segments, i))
            continue;
        const double *row = problem->rows + i * problem->ld_rows;
        share = allowed(share, solver->kernels->dot(solver->n, row, from), solver->kernels->dot(solver->n, row, to),
                        problem->row_lower[i], problem->row_upper[i]);
    }
    for (size_t a = 0; solver->segments && a < solver->segments->absolute_count; a++) {
        const mvoi_absolute *row = &solver->segments->absolute[a];
        share = allowed(share, absolute_activity(solver, row, from), absolute_activity(solver, row, to), -HUGE_VAL,
                        solver->segments->limit[row->row]); /* convex: this is a safe share */
    }
    for (size_t j = 0; j < solver->n; j++)
        to[j] = share == 1.0 ? to[j] : clipped(solver, j, from[j] + share * (to[j] - from[j]));
}

/* ------------------------------------------------------------------------------------------------- bound */

/* The least of slope v over the bounds of one weight; a slope that is rounding costs what it costs at its weight. */
static double least_of_line(const mvo_solver *solver, size_t j, double slope, double negligible)
{
    const double end = slope > 0.0 ? solver->lower[j] : solver->upper[j];
    if (!isinf(end))
        return slope * end;
    return fabs(slope) <= negligible ? slope * solver->point.w[j] : -HUGE_VAL;
}

/* The same with the weight's cost and its part of absolute rows: at a bound, or where something bends. */
static double least_of(const mvo_solver *solver, size_t j, double slope, const double *y, double negligible)
{
    const mvoi_segments *segments = solver->segments;
    const double lower = solver->lower[j], upper = solver->upper[j];
    const double *at = segments->at + segments->first[j];
    const int32_t count = segments->count[j];
    double least = HUGE_VAL;
    for (int32_t k = -1; k <= count; k++) {
        const double v = k < 0 ? lower : k == count ? upper : at[k];
        if (!isinf(v)) {
            least = fmin(least, mvoi_segments_value(segments, j, slope, y, v));
            continue;
        }
        /* straight from here to infinity: it must not fall on the way there */
        const double sign = k < 0 ? -1.0 : 1.0;
        const double near = count ? at[k < 0 ? 0 : count - 1] : isinf(k < 0 ? upper : lower) ? 0.0 : k < 0 ? upper : lower;
        const double here = mvoi_segments_value(segments, j, slope, y, near);
        if (mvoi_segments_value(segments, j, slope, y, near + sign) < here - negligible)
            return -HUGE_VAL;
        least = fmin(least, here);
    }
    return least;
}

/* A lower bound of the objective from the multipliers the method stood at (Lagrange): their wrong signs are left out. */
static double lower_bound(mvo_solver *solver)
{
    const mvoi_problem *problem = &solver->problem;
    double *gradient = solver->product, bound = 0.0, size = 0.0;
    for (size_t i = 0; i < problem->m; i++) {
        const double y = solver->point.y[i];
        const int is_absolute = solver->segments && mvoi_segments_is_absolute(solver->segments, i);
        const double limit = is_absolute ? solver->segments->limit[i] : y > 0.0 ? problem->row_lower[i] : problem->row_upper[i];
        if (isinf(limit) || (is_absolute && y > 0.0))
            solver->point.y[i] = 0.0;
        else
            bound += y * limit;
    }
    mvoi_covariance_product(gradient, problem->covariance, solver->point.w, NULL);
    for (size_t j = 0; j < solver->n; j++) {
        bound -= 0.5 * gradient[j] * solver->point.w[j];
        gradient[j] += solver->linear[j];
        size = fmax(size, fabs(gradient[j]));
    }
    for (size_t i = 0; i < problem->m; i++)
        if (!(solver->segments && mvoi_segments_is_absolute(solver->segments, i)))
            solver->kernels->axpy(solver->n, -solver->point.y[i], problem->rows + i * problem->ld_rows, gradient);
    for (size_t j = 0; j < solver->n; j++)
        bound += solver->segments ? least_of(solver, j, gradient[j], solver->point.y, 1e-9 * size)
                                  : least_of_line(solver, j, gradient[j], 1e-9 * size);
    return bound;
}

/* ------------------------------------------------------------------------------------------------ answer */

void mvoi_deadline_begin(mvo_solver *solver, int known)
{
    solver->best_known = known;
    if (known)
        memcpy(solver->best, solver->point.w, solver->n * sizeof *solver->best);
}

int mvoi_deadline_answer(mvo_solver *solver)
{
    const size_t n = solver->n;
    double *stood = solver->stood;
    double bound = lower_bound(solver);
    if (isnan(bound))
        bound = -HUGE_VAL;
    memcpy(stood, solver->point.w, n * sizeof *stood);
    solver->best_objective = HUGE_VAL;
    consider(solver);
    if (solver->best_known) {
        memcpy(solver->point.w, solver->best, n * sizeof *stood);
        solver->best_objective = HUGE_VAL; /* `best` still holds that answer: a better one comes after it */
        consider(solver);
    }
    memcpy(solver->point.w, stood, n * sizeof *stood);
    consider(solver);
    if (solver->best_objective < HUGE_VAL) {
        approach(solver);
        consider(solver);
    }
    memcpy(solver->point.w, stood, n * sizeof *stood);
    if (mend(solver))
        consider(solver);
    const int found = solver->best_objective < HUGE_VAL;
    memcpy(solver->point.w, found ? solver->best : stood, n * sizeof *stood);
    is_feasible(solver); /* its certificate */
    memset(solver->point.side, 0, n * sizeof *solver->point.side);
    solver->certificate.gap = solver->certificate.objective - bound;
    return found;
}
