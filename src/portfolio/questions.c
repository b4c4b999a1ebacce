/* SPDX-License-Identifier: MIT */
/* Questions that are one quadratic programme each. */
#include "portfolio/ask.h"
#include "portfolio/trace.h"

#include <math.h>

/* A ratio of return to risk, in units of the largest variance, from which on risk cannot be told from none at all. */
static const double OUTWEIGHS = 1e100;

mvo_status mvoi_ask_begin(mvo_outcome *outcome, mvo_solver *solver, const char *name, const double *vector,
                          mvo_error *error)
{
    if (!outcome)
        return mvoi_fail_null(solver ? solver->context : NULL, error, "outcome");
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (name) {
        const mvo_status checked = mvoi_check_vector(solver->context, error, name, vector, solver->n);
        if (checked != MVO_OK)
            return checked;
    }
    return MVO_OK;
}

mvo_status mvoi_check_number(mvo_solver *solver, mvo_error *error, const char *argument, double value, double least)
{
    const mvoi_detail detail = { argument, -1, -1, value, least };
    if (!isfinite(value))
        return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", argument, value);
    if (value < least)
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, less than %g", argument, value,
                         least);
    return MVO_OK;
}

void mvoi_ask_start(mvo_solver *solver)
{
    mvoi_solver_ask(solver, NULL);
    solver->rounds = solver->pivots = solver->refactorisations = 0;
    mvoi_watch_start(&solver->watch);
}

void mvoi_ask_conclude(mvo_solver *solver, mvo_outcome outcome, int meets, double objective)
{
    if (mvoi_is_stop(outcome)) {
        solver->feasible = meets && (solver->feasible || solver->outcome == MVO_OPTIMAL);
        solver->certificate.gap = HUGE_VAL;
        solver->answer_scale = 1.0;
        solver->answer_constant = 0.0; /* the certificate's own may be so large that adding a difference would lose this one */
        solver->certificate.objective = objective;
    }
    solver->outcome = outcome;
    solver->solved = 1;
}

void mvoi_ask_note_return(mvo_solver *solver, const double *mu)
{
    solver->expected_return = solver->kernels->dot(solver->n, mu, solver->point.w);
}

mvo_status mvo_minimum_variance(mvo_outcome *outcome, mvo_solver *solver, mvo_error *error)
{
    const mvo_status checked = mvoi_ask_begin(outcome, solver, NULL, NULL, error);
    if (checked != MVO_OK)
        return checked;
    mvoi_ask_start(solver);
    *outcome = mvoi_solver_run(solver);
    return MVO_OK;
}

int mvoi_ask_weighs_risk(const mvo_solver *solver, const double *mu, double risk_aversion)
{
    const double ratio = solver->kernels->largest(solver->n, mu) / risk_aversion;
    if (isfinite(ratio * ratio))
        return risk_aversion > 0.0;
    return risk_aversion > 0.0 &&
           ratio <= OUTWEIGHS * solver->kernels->largest(solver->n, solver->covariance->diagonal);
}

/* Without risk aversion only the return counts: a linear programme. */
static void maximum_return(mvo_solver *solver, const double *mu)
{
    for (size_t j = 0; j < solver->n; j++)
        solver->linear[j] = -mu[j];
    mvoi_solver_ignore_risk(solver, 1);
    if (mvoi_solver_run(solver) != MVO_INFEASIBLE)
        mvo_covariance_variance(&solver->certificate.variance, solver->covariance, solver->point.w, NULL);
    mvoi_solver_ignore_risk(solver, 0);
}

/* linear = -mu / risk_aversion, eight at a time: divisions are what takes longest before a solve begins. */
static void divide_means(size_t n, const double *restrict mu, double risk_aversion, double *restrict linear)
{
    size_t j = 0;
    for (; j + 8 <= n; j += 8)
        for (size_t l = 0; l < 8; l++)
            linear[j + l] = -mu[j + l] / risk_aversion;
    for (; j < n; j++)
        linear[j] = -mu[j] / risk_aversion;
}

mvo_status mvo_maximum_utility(mvo_outcome *outcome, mvo_solver *solver, const double *mu, double risk_aversion,
                               mvo_error *error)
{
    mvo_status checked = mvoi_ask_begin(outcome, solver, "mu", mu, error);
    if (checked == MVO_OK)
        checked = mvoi_check_number(solver, error, "risk_aversion", risk_aversion, 0.0);
    if (checked != MVO_OK)
        return checked;
    mvoi_ask_start(solver);
    if (!mvoi_ask_weighs_risk(solver, mu, risk_aversion)) {
        maximum_return(solver, mu);
    } else {
        divide_means(solver->n, mu, risk_aversion, solver->linear);
        solver->answer_scale = risk_aversion;
        solver->cost_scale = 1.0 / risk_aversion;
        mvoi_solver_run(solver);
    }
    mvoi_ask_note_return(solver, mu);
    *outcome = solver->outcome;
    return MVO_OK;
}

mvo_status mvo_minimum_variance_at_return(mvo_outcome *outcome, mvo_solver *solver, const double *mu, double target,
                                          mvo_error *error)
{
    mvo_status checked = mvoi_ask_begin(outcome, solver, "mu", mu, error);
    if (checked == MVO_OK)
        checked = mvoi_check_number(solver, error, "target", target, -HUGE_VAL);
    if (checked != MVO_OK)
        return checked;
    mvoi_ask_start(solver);
    if (solver->segments && mvoi_segments_cost_something(solver->segments)) {
        *outcome = mvoi_ask_net_return(solver, mu, target);
        return MVO_OK;
    }
    mvoi_solver_set_target(solver, mu, target, HUGE_VAL);
    *outcome = mvoi_solver_run(solver);
    solver->target_multiplier = solver->point.y[solver->m];
    mvoi_ask_note_return(solver, mu);
    return MVO_OK;
}

mvo_status mvo_minimum_tracking_error(mvo_outcome *outcome, mvo_solver *solver, const double *benchmark,
                                      mvo_error *error)
{
    const mvo_status checked = mvoi_ask_begin(outcome, solver, "benchmark", benchmark, error);
    if (checked != MVO_OK)
        return checked;
    /* 1/2 (w - b)'Sigma (w - b) = 1/2 w'Sigma w - (Sigma b)'w + 1/2 b'Sigma b */
    double *product = solver->means, variance = 0.0;
    mvo_status made = mvo_covariance_multiply(product, solver->covariance, benchmark, error);
    if (made != MVO_OK)
        return made;
    for (size_t j = 0; j < solver->n; j++)
        variance += benchmark[j] * product[j];
    if (!isfinite(variance))
        return mvoi_fail(solver->context, error, MVO_ERROR_OUT_OF_RANGE, MVOI_DETAIL("benchmark"),
                         "the variance of benchmark is beyond the range of a double");
    mvoi_ask_start(solver);
    for (size_t j = 0; j < solver->n; j++)
        solver->linear[j] = -product[j];
    solver->answer_constant = 0.5 * variance;
    *outcome = mvoi_solver_run(solver);
    return MVO_OK;
}
