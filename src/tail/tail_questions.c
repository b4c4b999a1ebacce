/* SPDX-License-Identifier: MIT */
/* The questions put to a solver of tail risk. */
#include "tail/tail_solver.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200 };

static const double ON_LIMIT = 1e-13; /* of the largest |h|: risk and limit are the same */
static const double FAR = 1e6;         /* of the largest |mu|: more return than most limits allow; then again so much more */
static const double MOST_RETURN = 1e200;

/* Limits as they stand, no target; forgets the last answer but for where the vertex was. */
void mvoi_tail_begin(mvo_tail_solver *solver)
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

int mvoi_tail_crossed(const mvo_tail_solver *solver)
{
    for (size_t i = 0; i < solver->m; i++)
        if (solver->row_lower[i] > solver->row_upper[i])
            return 1;
    for (size_t j = 0; j < solver->n; j++)
        if (solver->lower[j] > solver->upper[j])
            return 1;
    return 0;
}

/* One minimisation and its certificate; what it took is added to what the question took before. */
static void attempt(mvo_tail_solver *solver)
{
    const int64_t pivots = solver->report.pivots, rounds = solver->report.rounds;
    const int64_t again = solver->report.refactorisations;
    solver->outcome = mvoi_tail_minimise(solver);
    if (solver->outcome == MVO_OPTIMAL) {
        mvoi_tail_certify(solver);
        if (!mvoi_tail_believed(&solver->report))
            solver->outcome = MVO_NUMERICAL;
    }
    solver->report.pivots += pivots;
    solver->report.rounds += rounds;
    solver->report.refactorisations += again;
}

/* Where rounding spoilt a warm start a cold one may do better. */
mvo_outcome mvoi_tail_solve(mvo_tail_solver *solver)
{
    const int warm = solver->warm;
    solver->outcome = MVO_INFEASIBLE;
    if (mvoi_tail_crossed(solver))
        return MVO_INFEASIBLE;
    attempt(solver);
    if (warm && solver->outcome == MVO_NUMERICAL) {
        solver->warm = 0;
        attempt(solver);
    }
    if (solver->outcome == MVO_NUMERICAL)
        solver->warm = 0;
    return solver->outcome;
}

size_t mvoi_tail_answer_size(const mvo_tail_solver *solver)
{
    return 2 * solver->n + solver->m + 1 + solver->scenarios->count;
}

void mvoi_tail_exchange_answer(double *kept, mvo_tail_solver *solver, int back)
{
    double *const parts[] = { solver->w, solver->y, solver->z, solver->q };
    const size_t sizes[] = { solver->n, solver->m + 1, solver->n, solver->scenarios->count };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memcpy(back ? parts[i] : kept, back ? kept : parts[i], sizes[i] * sizeof *kept);
        kept += sizes[i];
    }
}

/* mu'w, mu being in the target's row. */
static double gain_of(const mvo_tail_solver *solver)
{
    const mvoi_hinge *g = &solver->hinges;
    return g->kernels->dot(solver->n, g->rows + solver->m * g->ld_rows, solver->w);
}

void mvoi_tail_finish(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu)
{
    solver->solved = 1;
    solver->report.outcome = solver->outcome;
    solver->report.feasible = solver->outcome == MVO_OPTIMAL;
    solver->report.expected_return = 0.0;
    for (size_t j = 0; solver->outcome == MVO_OPTIMAL && j < solver->n; j++)
        solver->report.expected_return += mu[j] * solver->w[j];
    *outcome = solver->outcome;
}

/* The target's row holds mu, which may have changed since; an active row must not change under the vertex. */
void mvoi_tail_set_target(mvo_tail_solver *solver, const double *mu, double target)
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

static double direction_limit(double limit)
{
    return fabs(limit) < HUGE_VAL ? 0.0 : limit;
}

/* From any portfolio within the limits a direction d leads on for ever where Ad and d obey these. */
void mvoi_tail_set_directions(mvo_tail_solver *solver, const double *mu, double gain)
{
    mvoi_hinge *g = &solver->hinges;
    solver->warm = 0;
    mvoi_tail_set_target(solver, mu, gain);
    for (size_t i = 0; i < solver->m; i++) {
        g->row_lower[i] = direction_limit(g->row_lower[i]);
        g->row_upper[i] = direction_limit(g->row_upper[i]);
    }
    for (size_t j = 0; j < solver->n; j++) {
        g->lower[j] = direction_limit(g->lower[j]);
        g->upper[j] = direction_limit(g->upper[j]);
    }
}

/* The least risk over the limits on the hinges, whatever its kind. */
mvo_status mvoi_tail_minimise_any(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu, mvo_error *error)
{
    mvo_outcome found = mvoi_tail_crossed(solver) ? MVO_INFEASIBLE : MVO_NUMERICAL;
    mvo_status status = MVO_OK;
    if (found == MVO_NUMERICAL && mvoi_tail_of_squares(solver->measure))
        status = mvoi_tail_minimise_squares(&found, solver, error);
    else if (found == MVO_NUMERICAL && solver->measure == MVO_RISK_EVAR)
        status = mvoi_tail_minimise_entropic(&found, solver, error);
    if (status != MVO_OK)
        return status;
    if (found == MVO_NUMERICAL && !mvoi_tail_of_squares(solver->measure))
        found = mvoi_tail_solve(solver);
    solver->outcome = found;
    solver->target_multiplier = solver->outcome == MVO_OPTIMAL && solver->has_target ? solver->y[solver->m] : 0.0;
    mvoi_tail_finish(outcome, solver, mu);
    return MVO_OK;
}

/* The question begun, with a target unless `target` is NULL; where it fails the last answer is what it was. */
static mvo_status minimise(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu, const double *target,
                           mvo_error *error)
{
    const mvo_report report = solver->report;
    const int had_target = solver->has_target;
    const double multiplier = solver->target_multiplier;
    mvoi_tail_begin(solver);
    if (target)
        mvoi_tail_set_target(solver, mu, *target);
    const mvo_status status = mvoi_tail_minimise_any(outcome, solver, mu, error);
    if (status != MVO_OK) {
        solver->report = report;
        solver->has_target = had_target;
        solver->target_multiplier = multiplier;
    }
    return status;
}

mvo_status mvoi_tail_check_question(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu, const char *name,
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
    const mvo_status status = mvoi_tail_check_question(outcome, solver, NULL, "", 0.0, error);
    return status == MVO_OK ? minimise(outcome, solver, solver->mean, NULL, error) : status;
}

mvo_status mvo_minimum_tail_risk_at_return(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu,
                                           double target, mvo_error *error)
{
    const mvo_status status = mvoi_tail_check_question(outcome, solver, mu, "target", target, error);
    return status == MVO_OK ? minimise(outcome, solver, mu ? mu : solver->mean, &target, error) : status;
}

/* How far from the limit the risk of w may be and be there. */
static double on_limit(const mvo_tail_solver *solver)
{
    return ON_LIMIT * fmax(solver->hinges.scale, mvoi_tail_size_of_terms(solver));
}

/*
 * From the largest return back along the frontier of least risk, which is convex and piecewise linear in the return:
 * Newton's steps on its pieces end where it meets the limit after finitely many. Returns the target before the last.
 */
static double walk_back(mvo_tail_solver *solver, const double *mu, double limit)
{
    double target = solver->hinges.row_lower[solver->m], before = target;
    for (int i = 0; i < MOST_STEPS; i++) {
        if (mvoi_tail_solve(solver) != MVO_OPTIMAL)
            return before;
        const double slope = solver->y[solver->m], excess = solver->report.objective - limit;
        solver->target_multiplier = slope;
        if (excess <= on_limit(solver) || slope <= 0.0)
            return before;
        const double next = target - excess / slope;
        if (!(next < target))
            return before;
        before = target;
        target = next;
        mvoi_tail_set_target(solver, mu, target);
    }
    solver->outcome = MVO_NUMERICAL;
    return before;
}

/*
 * What was found where the limit holds reads as an answer to "minimise -mu'w": limit >= risk(v) >= slope mu'v + rest for
 * all v that obey the limits, `rest` being what the dual objective of the least risk has beside its target.
 */
static void turn_round(mvo_tail_solver *solver, double limit)
{
    mvo_report *report = &solver->report;
    const double slope = solver->y[solver->m], target = solver->hinges.row_lower[solver->m];
    const double rest = report->dual_objective - slope * target, size = report->gap_scale;
    report->dual_objective = -(limit - rest) / slope;
    for (size_t i = 0; i < solver->m; i++)
        solver->y[i] /= slope;
    for (size_t j = 0; j < solver->n; j++)
        solver->z[j] /= slope;
    for (size_t s = 0; s < solver->scenarios->count; s++)
        solver->q[s] /= slope;
    report->objective = -gain_of(solver);
    report->gap = fabs(report->objective - report->dual_objective);
    report->gap_scale = fmax(fabs(report->objective), fmax(fabs(limit), size) / slope);
    solver->target_multiplier = -1.0 / slope;
}

/*
 * Whether the return grows without end within the limit of risk, the least risk having an end: along a direction in
 * which the limits have none and whose own risk, no less than zero then, is zero. Otherwise the vertex is left anywhere.
 */
static int grows_for_ever(mvo_tail_solver *solver, const double *mu, double gain)
{
    mvoi_tail_set_directions(solver, mu, gain);
    const int found = mvoi_tail_solve(solver) == MVO_OPTIMAL;
    const int ever = found && solver->report.objective <= ON_LIMIT * mvoi_tail_size_of_terms(solver);
    solver->warm = 0;
    return ever;
}

/*
 * From the optimum of least risk to a vertex with a larger return than the limit of risk allows, or the largest there
 * is, which is found by asking for one out of reach. What is out of reach depends on the limits; where the first guess
 * was not, it is first shown that there is such a return. MVO_OPTIMAL: `solver` is ready for walk_back.
 */
static mvo_outcome go_beyond(mvo_tail_solver *solver, const double *mu, double limit)
{
    mvoi_hinge *g = &solver->hinges;
    double largest = 0.0;
    for (size_t j = 0; j < solver->n; j++)
        largest = fmax(largest, fabs(mu[j]));
    largest = largest > 0.0 ? largest : 1.0;
    for (double target = FAR * largest; target < MOST_RETURN * largest; target *= FAR) {
        mvoi_tail_set_target(solver, mu, target);
        const mvo_outcome found = mvoi_tail_solve(solver);
        if (found == MVO_INFEASIBLE) { /* the vertex is then one of largest return */
            mvoi_tail_price_return(solver);
            mvoi_tail_set_target(solver, mu, g->activity[solver->m]);
            solver->warm = 1;
            return MVO_OPTIMAL;
        }
        if (found != MVO_OPTIMAL || solver->report.objective > limit + on_limit(solver))
            return found;
        if (target == FAR * largest) {
            if (grows_for_ever(solver, mu, largest))
                return MVO_UNBOUNDED;
            mvoi_tail_begin(solver);
        }
    }
    return MVO_NUMERICAL;
}

/* Risk beyond the limit is a violation like one of a row. */
static void count_beyond(mvo_tail_solver *solver, double beyond)
{
    mvo_report *report = &solver->report;
    const double size = on_limit(solver) / ON_LIMIT;
    if (beyond * report->primal_scale > report->primal_residual * size) {
        report->primal_residual = beyond;
        report->primal_scale = size;
    }
}

/*
 * Where the limit is the least risk, or as good as that, the multipliers there may be those of the least risk, which say
 * nothing of the return. Those of the step before, which led there, do: see turn_round.
 */
static void conclude_from(mvo_tail_solver *solver, const double *mu, double target, double limit)
{
    mvo_report *report = &solver->report;
    memcpy(solver->mu, solver->w, solver->n * sizeof *solver->w);
    mvoi_tail_set_target(solver, mu, target);
    if (mvoi_tail_solve(solver) != MVO_OPTIMAL || !(solver->y[solver->m] > 0.0)) {
        solver->outcome = MVO_NUMERICAL;
        return;
    }
    turn_round(solver, limit);
    memcpy(solver->w, solver->mu, solver->n * sizeof *solver->w);
    const double bound = report->dual_objective, beyond = mvoi_tail_exact_risk(solver) - limit;
    report->objective = -gain_of(solver);
    solver->hinges.row_lower[solver->m] = -HUGE_VAL; /* the target is none of the limits */
    mvoi_tail_measure_gap(solver, 0.0, report->gap_scale);
    report->dual_objective = bound;
    report->gap = fabs(report->objective - bound);
    report->free_weights = 0;
    for (size_t j = 0; j < solver->n; j++)
        report->free_weights += solver->w[j] > solver->lower[j] && solver->w[j] < solver->upper[j];
    count_beyond(solver, beyond);
}

/* The optimum of walk_back as an answer to "minimise -mu'w", or MVO_NUMERICAL if that cannot be shown. */
static void conclude(mvo_tail_solver *solver, const double *mu, double before, double limit)
{
    const double slope = solver->y[solver->m], beyond = solver->report.objective - limit;
    const double target = solver->hinges.row_lower[solver->m];
    if (slope > 0.0 && -beyond <= 10.0 * on_limit(solver)) {
        turn_round(solver, limit);
    } else {
        mvoi_tail_certify_return(solver, mu);
        solver->target_multiplier = 0.0;
    }
    count_beyond(solver, beyond);
    if (!mvoi_tail_believed(&solver->report) && before > target)
        conclude_from(solver, mu, before, limit);
    if (!mvoi_tail_believed(&solver->report))
        solver->outcome = MVO_NUMERICAL;
}

mvo_status mvo_maximum_return_at_tail_risk(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu,
                                           double limit, mvo_error *error)
{
    const mvo_status status = mvoi_tail_check_question(outcome, solver, mu, "limit", limit, error);
    if (status != MVO_OK)
        return status;
    if (mvoi_tail_of_squares(solver->measure))
        return mvoi_fail(solver->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the solver's measure is one of squares, for which a limit of risk is not offered");
    const double *means = mu ? mu : solver->mean;
    mvoi_tail_begin(solver);
    if (mvoi_tail_solve(solver) == MVO_OPTIMAL && solver->report.objective > limit + on_limit(solver))
        solver->outcome = MVO_INFEASIBLE;
    if (solver->outcome == MVO_OPTIMAL) {
        double before = 0.0;
        solver->outcome = go_beyond(solver, means, limit);
        if (solver->outcome == MVO_OPTIMAL)
            before = walk_back(solver, means, limit);
        solver->has_target = 1;
        if (solver->outcome == MVO_OPTIMAL)
            conclude(solver, means, before, limit);
    }
    mvoi_tail_finish(outcome, solver, means);
    return MVO_OK;
}
