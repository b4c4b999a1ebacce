/* SPDX-License-Identifier: MIT */
/* The critical cone of an answer, and the move on it. */
#include "portfolio/sensitivity.h"

#include <math.h>

/* What counts as zero, relative to the scale of the answer: the engine's certificate is good to 1e-9. */
#define NEGLIGIBLE 1e-10

static double size_of(double limit, double scale)
{
    return isfinite(limit) ? NEGLIGIBLE * fmax(fabs(limit), scale) : 0.0;
}

static int near(double x, double limit, double scale)
{
    return fabs(x - limit) <= size_of(limit, scale) && isfinite(limit);
}

/* A held element: strongly, unless its multiplier is at an end of its range. */
static int32_t held_may_move(int32_t side, double multiplier, double width, double nothing)
{
    const int32_t inwards = side == MVOI_LOWER ? MVOI_UP : MVOI_DOWN;
    int32_t may = 0;
    if (fabs(multiplier) <= nothing)
        may |= inwards;
    if (width - fabs(multiplier) <= nothing)
        may |= MVOI_UP + MVOI_DOWN - inwards;
    return may;
}

static int32_t free_may_move(double x, double lower, double upper, double scale)
{
    return (near(x, lower, scale) ? 0 : MVOI_DOWN) | (near(x, upper, scale) ? 0 : MVOI_UP);
}

/* A weight that may pass its breakpoint has, beyond it, other coefficients in rows over absolute values. */
static void pass_breakpoint(mvo_sensitivity *made, const mvoi_segments *segments, size_t j, int32_t side)
{
    const int32_t outwards = side == MVOI_LOWER ? MVOI_DOWN : MVOI_UP;
    const int32_t k = mvoi_segments_breakpoint(segments, j, side);
    if (!(made->may[j] & outwards) || k < 0)
        return;
    for (size_t a = 0; a < segments->absolute_count; a++)
        made->rows[segments->absolute[a].row * made->n + j] +=
            (double)side * mvoi_segments_rise(segments, &segments->absolute[a], j, k);
}

/* What of its cost weight j rests on. */
static int32_t rests_on(const mvo_sensitivity *made, const mvo_solver *solver, size_t j)
{
    int32_t side = made->side[j];
    if (side == MVOI_FREE && made->may[j] != (MVOI_DOWN | MVOI_UP))
        side = made->may[j] & MVOI_DOWN ? MVOI_UPPER : MVOI_LOWER;
    if (side == MVOI_FREE)
        return MVOI_NO_BREAKPOINT;
    if (mvoi_segments_breakpoint(solver->segments, j, side) >= 0)
        return MVOI_ON_BREAKPOINT;
    const double no_others[3] = { 0.0, 0.0, 0.0 };
    return mvoi_segments_bend_between(solver->segments, j, no_others, made->w[j], made->w[j]) ? MVOI_BOUND_ON_BREAKPOINT
                                                                                    : MVOI_NO_BREAKPOINT;
}

static void read_weights(mvo_sensitivity *made, const mvo_solver *solver, const double *gradient)
{
    const mvoi_problem *problem = &solver->problem;
    double size = 0.0, push = 0.0;
    for (size_t j = 0; j < made->n; j++) {
        size = fmax(size, fabs(made->w[j]) / made->unit[j]);
        push = fmax(push, gradient[j] * made->unit[j]);
    }
    for (size_t j = 0; j < made->n; j++) {
        const int32_t side = made->side[j];
        const double width = solver->segments && side != MVOI_FREE
                                 ? mvoi_segments_width(solver->segments, made->y, j, side)
                                 : HUGE_VAL;
        if (side == MVOI_FREE)
            made->may[j] = free_may_move(made->w[j], problem->lower[j], problem->upper[j], size * made->unit[j]);
        else if (solver->lower[j] == solver->upper[j])
            made->may[j] = 0;
        else
            made->may[j] = held_may_move(side, made->z[j], width, NEGLIGIBLE * push / made->unit[j]);
        made->breakpoint[j] = solver->segments ? rests_on(made, solver, j) : MVOI_NO_BREAKPOINT;
    }
    for (size_t j = 0; j < made->n && solver->segments; j++)
        if (made->breakpoint[j] == MVOI_ON_BREAKPOINT && made->side[j] != MVOI_FREE)
            pass_breakpoint(made, solver->segments, j, made->side[j]);
}

static void read_rows(mvo_sensitivity *made, const mvo_solver *solver, const double *gradient)
{
    const mvoi_problem *problem = &solver->problem;
    const size_t n = made->n;
    double push = 0.0;
    for (size_t j = 0; j < n; j++)
        push = fmax(push, gradient[j] * made->unit[j]);
    for (size_t i = 0; i < made->m; i++) {
        const double *row = problem->rows + i * problem->ld_rows;
        const int32_t side = made->side[n + i];
        double activity = 0.0, size = 0.0;
        for (size_t j = 0; j < n; j++) {
            activity += row[j] * made->w[j];
            size += fabs(row[j] * made->w[j]);
        }
        if (side == MVOI_FREE)
            made->may[n + i] = free_may_move(activity, problem->row_lower[i], problem->row_upper[i], size);
        else if (problem->row_lower[i] == problem->row_upper[i])
            made->may[n + i] = 0;
        else
            made->may[n + i] = held_may_move(side, made->y[i], HUGE_VAL, NEGLIGIBLE * push * made->unit[n + i]);
    }
}

void mvoi_sensitivity_read_cone(mvo_sensitivity *made, const mvo_solver *solver, const double *gradient)
{
    read_rows(made, solver, gradient); /* before coefficients change beyond breakpoints */
    read_weights(made, solver, gradient);
    for (size_t e = 0; e < made->n + made->m; e++) {
        const int32_t regular = made->side[e] == MVOI_FREE ? MVOI_DOWN | MVOI_UP : 0;
        made->degenerate |= made->may[e] != regular;
    }
}

static mvo_status build_cone(mvo_constraints *cone, const mvo_sensitivity *s, const double *limits, const double *bounds,
                             mvo_error *error)
{
    mvo_status status = MVO_OK;
    for (size_t j = 0; j < s->n && status == MVO_OK; j++) {
        const double at = s->breakpoint[j] || !bounds ? 0.0 : bounds[j];
        status = mvo_constraints_set_bound(cone, j, s->may[j] & MVOI_DOWN ? -HUGE_VAL : at,
                                           s->may[j] & MVOI_UP ? HUGE_VAL : at, error);
    }
    for (size_t i = 0; i < s->m && status == MVO_OK; i++) {
        const double at = limits && i < s->told ? limits[i] : 0.0;
        const int32_t may = s->may[s->n + i];
        status = mvo_constraints_add_row(NULL, cone, s->rows + i * s->n, may & MVOI_DOWN ? -HUGE_VAL : at,
                                         may & MVOI_UP ? HUGE_VAL : at, NULL, error);
    }
    return status;
}

mvo_status mvoi_sensitivity_cone(double *w, double *y, double *z, const mvo_sensitivity *s, const double *q,
                                 const double *limits, const double *bounds, mvo_error *error)
{
    mvo_constraints *cone = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_status status = mvo_constraints_new(&cone, s->context, s->n, error);
    if (status == MVO_OK)
        status = build_cone(cone, s, limits, bounds, error);
    if (status == MVO_OK)
        status = mvo_solver_new(&solver, s->context, s->covariance, cone, error);
    if (status == MVO_OK)
        status = mvo_solver_set_linear(solver, q, error);
    if (status == MVO_OK)
        status = mvo_solver_solve(&outcome, solver, error);
    if (status == MVO_OK && outcome == MVO_OPTIMAL) {
        mvo_solver_weights(w, solver);
        mvo_solver_multipliers(y, z, solver);
    } else if (status == MVO_OK && outcome == MVO_INFEASIBLE) {
        status = mvoi_fail(s->context, error, MVO_ERROR_OUT_OF_RANGE, MVOI_DETAIL("row_limits"),
                           "no portfolio obeys the limits a step further in this direction");
    } else if (status == MVO_OK) {
        status = mvoi_fail(s->context, error, MVO_ERROR_SINGULAR, MVOI_DETAIL("sensitivity"),
                           "the weights do not move at a finite rate in this direction (%s)", mvo_outcome_name(outcome));
    }
    mvo_solver_free(solver);
    mvo_constraints_free(cone);
    return status;
}
