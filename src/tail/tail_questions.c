/* SPDX-License-Identifier: MIT */
/* The questions put to a solver of tail risk. */
#include "tail/tail_solver.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200 };

static const double ON_LIMIT = 1e-13; /* of the largest |h|: risk and limit are the same */

/* Limits as they stand, no target; forgets the last answer but for where the vertex was. */
static void begin(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    memcpy(g->row_lower, solver->row_lower, solver->m * sizeof(double));
    memcpy(g->row_upper, solver->row_upper, solver->m * sizeof(double));
    memcpy(g->lower, solver->lower, solver->n * sizeof(double));
    memcpy(g->upper, solver->upper, solver->n * sizeof(double));
    g->row_lower[solver->m] = -HUGE_VAL;
    g->row_upper[solver->m] = HUGE_VAL;
    solver->has_target = 0;
    solver->target_multiplier = solver->solved && solver->outcome == MVO_OPTIMAL ? solver->target_multiplier : 0.0;
    solver->report = (mvo_report)MVO_REPORT_INIT;
}

static int crossed(const mvo_tail_solver *solver)
{
    for (size_t i = 0; i < solver->m; i++)
        if (solver->row_lower[i] > solver->row_upper[i])
            return 1;
    for (size_t j = 0; j < solver->n; j++)
        if (solver->lower[j] > solver->upper[j])
            return 1;
    return 0;
}

static mvo_outcome solve(mvo_tail_solver *solver)
{
    const int64_t pivots = solver->report.pivots, rounds = solver->report.rounds;
    const int64_t again = solver->report.refactorisations;
    solver->outcome = crossed(solver) ? MVO_INFEASIBLE : mvoi_tail_minimise(solver);
    if (solver->outcome == MVO_OPTIMAL)
        mvoi_tail_certify(solver);
    solver->report.pivots += pivots;
    solver->report.rounds += rounds;
    solver->report.refactorisations += again;
    return solver->outcome;
}

static void finish(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu)
{
    solver->solved = 1;
    solver->report.outcome = solver->outcome;
    solver->report.expected_return = 0.0;
    for (size_t j = 0; solver->outcome == MVO_OPTIMAL && j < solver->n; j++)
        solver->report.expected_return += mu[j] * solver->w[j];
    *outcome = solver->outcome;
}

/* The target's row holds mu, which may have changed since; an active row must not change under the vertex. */
static void set_target(mvo_tail_solver *solver, const double *mu, double target)
{
    mvoi_hinge *g = &solver->hinges;
    double *row = g->rows + solver->m * g->ld_rows, largest = 0.0;
    if (memcmp(row, mu, solver->n * sizeof *mu) != 0) {
        if (solver->warm && g->position[g->size + solver->m] >= 0)
            solver->warm = 0;
        memcpy(row, mu, solver->n * sizeof *mu);
        for (size_t j = 0; j < solver->n; j++)
            largest = fmax(largest, fabs(mu[j]));
        g->row_scale[solver->m] = largest > 0.0 ? largest : 1.0;
    }
    g->row_lower[solver->m] = target;
    g->row_upper[solver->m] = HUGE_VAL;
    solver->has_target = 1;
}

/* The least risk over the limits on the hinges, whatever its kind. */
static mvo_status minimise(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu, mvo_error *error)
{
    if (!mvoi_tail_of_squares(solver->measure)) {
        solve(solver);
    } else if (crossed(solver)) {
        solver->outcome = MVO_INFEASIBLE;
    } else {
        const mvo_status status = mvoi_tail_minimise_squares(&solver->outcome, solver, error);
        if (status != MVO_OK) {
            solver->solved = 0;
            return status;
        }
    }
    solver->target_multiplier = solver->outcome == MVO_OPTIMAL && solver->has_target ? solver->y[solver->m] : 0.0;
    finish(outcome, solver, mu);
    return MVO_OK;
}

static mvo_status check(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu, const char *name,
                        double number, mvo_error *error)
{
    if (!outcome)
        return mvoi_fail_null(solver ? solver->context : NULL, error, "outcome");
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    const mvo_status status = mu ? mvoi_check_vector(solver->context, error, "mu", mu, solver->n) : MVO_OK;
    const mvoi_detail detail = { name, -1, -1, number, 0.0 };
    if (status == MVO_OK && !isfinite(number))
        return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", name, number);
    return status;
}

mvo_status mvo_minimum_tail_risk(mvo_outcome *outcome, mvo_tail_solver *solver, mvo_error *error)
{
    const mvo_status status = check(outcome, solver, NULL, "", 0.0, error);
    if (status != MVO_OK)
        return status;
    begin(solver);
    return minimise(outcome, solver, solver->mean, error);
}

mvo_status mvo_minimum_tail_risk_at_return(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu,
                                           double target, mvo_error *error)
{
    const mvo_status status = check(outcome, solver, mu, "target", target, error);
    if (status != MVO_OK)
        return status;
    const double *means = mu ? mu : solver->mean;
    begin(solver);
    set_target(solver, means, target);
    return minimise(outcome, solver, means, error);
}

/*
 * From the largest return back along the frontier of least risk, which is convex and piecewise linear in the return:
 * Newton's steps on its pieces end where it meets the limit after finitely many.
 */
static void walk_back(mvo_tail_solver *solver, const double *mu, double limit)
{
    mvoi_hinge *g = &solver->hinges;
    double target = g->row_lower[solver->m];
    for (int i = 0; i < MOST_STEPS; i++) {
        if (solve(solver) != MVO_OPTIMAL)
            return;
        const double slope = solver->y[solver->m], excess = solver->report.objective - limit;
        solver->target_multiplier = slope;
        if (excess <= ON_LIMIT * g->scale || slope <= 0.0)
            return;
        const double next = target - excess / slope;
        if (!(next < target))
            return;
        target = next;
        set_target(solver, mu, target);
    }
    solver->outcome = MVO_NUMERICAL;
}

/* What was found reads as an answer to "minimise -mu'w": its dual objective follows from limit >= dual of the risk. */
static void turn_round(mvo_tail_solver *solver, const double *mu, double limit)
{
    mvo_report *report = &solver->report;
    const double slope = solver->y[solver->m];
    const int binding = slope > 0.0 && limit - report->objective <= 10.0 * ON_LIMIT * solver->hinges.scale;
    double gain = 0.0;
    for (size_t j = 0; j < solver->n; j++)
        gain += mu[j] * solver->w[j];
    const double rest = report->dual_objective - slope * solver->hinges.row_lower[solver->m];
    report->primal_residual = fmax(report->primal_residual, report->objective - limit);
    report->objective = -gain;
    if (binding) {
        report->dual_objective = -(limit - rest) / slope;
        for (size_t i = 0; i < solver->m; i++)
            solver->y[i] /= slope;
        for (size_t j = 0; j < solver->n; j++)
            solver->z[j] /= slope;
        for (size_t s = 0; s < solver->scenarios->count; s++)
            solver->q[s] /= slope;
    } else {
        report->dual_objective = -gain;
    }
    report->gap = fabs(report->objective - report->dual_objective);
    report->gap_scale = fmax(fabs(gain), binding ? fabs(limit / slope) : 0.0);
    solver->target_multiplier = binding ? -1.0 / slope : 0.0;
}

mvo_status mvo_maximum_return_at_tail_risk(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu,
                                           double limit, mvo_error *error)
{
    const mvo_status status = check(outcome, solver, mu, "limit", limit, error);
    if (status != MVO_OK)
        return status;
    if (mvoi_tail_of_squares(solver->measure))
        return mvoi_fail(solver->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the solver's measure is one of squares, for which a limit of risk is not offered");
    mvoi_hinge *g = &solver->hinges;
    const double *means = mu ? mu : solver->mean;
    const double allowed = limit + ON_LIMIT * g->scale;
    begin(solver);
    if (solve(solver) == MVO_OPTIMAL && solver->report.objective > allowed)
        solver->outcome = MVO_INFEASIBLE;
    if (solver->outcome == MVO_OPTIMAL) {
        double largest = 0.0;
        for (size_t j = 0; j < solver->n; j++)
            largest = fmax(largest, fabs(means[j]));
        set_target(solver, means, 1e6 * (largest > 0.0 ? largest : 1.0));
        if (solve(solver) == MVO_INFEASIBLE) { /* the vertex is then one of largest return */
            set_target(solver, means, g->activity[solver->m]);
            solver->warm = 1;
            walk_back(solver, means, limit);
        } else if (solver->outcome == MVO_OPTIMAL) {
            if (solver->report.objective <= limit)
                solver->outcome = MVO_UNBOUNDED;
            else
                walk_back(solver, means, limit);
        }
        solver->has_target = 1;
        if (solver->outcome == MVO_OPTIMAL)
            turn_round(solver, means, limit);
    }
    finish(outcome, solver, means);
    return MVO_OK;
}
