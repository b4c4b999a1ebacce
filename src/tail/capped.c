/* SPDX-License-Identifier: MIT */
/*
 * A cap on tail risk in any problem of the engine. Every portfolio within the cap obeys g'w <= limit for each gradient
 * g of the risk (see cuts.c), so that rows made of gradients cut nothing off that is allowed; once the answer to a
 * question with some of these rows is itself within the cap, it is the answer with the cap, whatever the question was.
 * Each answer that is not gives the next row; of the polyhedral measures there are finitely many. Source: Kelley
 * (1960); Kuenzi-Bay & Mayer (2006) for CVaR.
 */
#include "constraints/constraints.h"
#include "tail/measures.h"

#include <math.h>
#include <string.h>

enum { MOST_PROGRAMMES = 2000 };

static const double WITHIN = 1e-12;    /* of the limit: what the risk may be above it */
static const double SMALL_RISK = 1e-6; /* of the largest |return|: smaller limits count as this */

typedef struct capping {
    mvo_context *context;
    const mvo_scenarios *scenarios;
    mvo_constraints *rules; /* a copy of the set, and the rows */
    mvoi_measuring measuring;
    double *w, *row; /* n */
    int32_t measure;
    double level, limit, slack;
} capping;

static int is_polyhedral(int32_t measure)
{
    return measure == MVO_RISK_CVAR || measure == MVO_RISK_WORST || measure == MVO_RISK_MEAN_DEVIATION ||
           measure == MVO_RISK_AVERAGE_DRAWDOWN || measure == MVO_RISK_MAXIMUM_DRAWDOWN || measure == MVO_RISK_CDAR;
}

static double largest_return(const mvo_scenarios *scenarios)
{
    double largest = 0.0;
    for (size_t j = 0; j < scenarios->n; j++)
        for (size_t s = 0; s < scenarios->count; s++)
            largest = fmax(largest, fabs(scenarios->returns[s + j * scenarios->ld]));
    return largest;
}

/* Whether k->w, a portfolio or a direction, has a risk of `most` at most; otherwise its gradient becomes a row. */
static mvo_status judge(int *within, capping *k, double most, mvo_error *error)
{
    mvoi_scenarios_portfolio(k->measuring.portfolio, k->scenarios, k->w);
    *within = mvoi_measure(&k->measuring, k->measure, k->level) <= most + k->slack;
    if (*within)
        return MVO_OK;
    mvoi_scenarios_combine(k->row, k->scenarios, k->measuring.kappa);
    for (size_t j = 0; j < k->scenarios->n; j++)
        k->row[j] = -k->row[j];
    return mvo_constraints_add_row(NULL, k->rules, k->row, -HUGE_VAL, k->limit, "tail risk", error);
}

static mvo_status cut_and_ask(mvo_solver **solver, mvo_outcome *outcome, capping *k, mvo_covariance *covariance,
                              mvo_question_fn ask, void *user, mvo_error *error)
{
    mvo_status status = MVO_OK;
    for (int i = 0; status == MVO_OK && i < MOST_PROGRAMMES; i++) {
        int within = 1;
        mvo_solver_free(*solver);
        *solver = NULL;
        status = mvo_solver_new(solver, k->context, covariance, k->rules, error);
        if (status == MVO_OK)
            status = ask ? ask(outcome, *solver, user, error) : mvo_solver_solve(outcome, *solver, error);
        if (status == MVO_OK && *outcome == MVO_OPTIMAL && mvo_solver_weights(k->w, *solver) == MVO_OK)
            status = judge(&within, k, k->limit, error);
        else if (status == MVO_OK && *outcome == MVO_UNBOUNDED && mvo_solver_ray(k->w, *solver) == MVO_OK)
            status = judge(&within, k, 0.0, error); /* a direction along which the risk grows leaves the cap some day */
        if (status != MVO_OK || within)
            return status;
    }
    *outcome = MVO_NUMERICAL;
    return status;
}

static mvo_status check(mvo_context *context, const mvo_covariance *covariance, const mvo_constraints *constraints,
                        const mvo_scenarios *scenarios, int32_t measure, double level, double limit, mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    if (!scenarios)
        return mvoi_fail_null(context, error, "scenarios");
    const mvoi_detail of_size = { "scenarios", -1, -1, (double)scenarios->n, (double)constraints->n };
    if (scenarios->n != constraints->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, of_size, "scenarios has %zu assets, constraints has %zu",
                         scenarios->n, constraints->n);
    const mvo_status status = mvoi_check_measure(context, error, measure, level);
    if (status != MVO_OK)
        return status;
    const mvoi_detail of_measure = { "measure", -1, -1, (double)measure, 0.0 },
                      of_limit = { "limit", -1, -1, limit, 0.0 };
    if (!is_polyhedral(measure))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, of_measure,
                         "measure is %d, which is not one that can be capped", (int)measure);
    if (!isfinite(limit))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, of_limit, "limit is %g", limit);
    return MVO_OK;
}

mvo_status mvo_solver_new_with_tail_cap(mvo_solver **solver, mvo_outcome *outcome, mvo_context *context,
                                        mvo_covariance *covariance, const mvo_constraints *constraints,
                                        const mvo_scenarios *scenarios, int32_t measure, double level, double limit,
                                        mvo_question_fn ask, void *user, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(context, error, "solver");
    if (!outcome)
        return mvoi_fail_null(context, error, "outcome");
    mvo_status status = check(context, covariance, constraints, scenarios, measure, level, limit, error);
    if (status != MVO_OK)
        return status;
    capping k = { 0 };
    mvo_solver *made = NULL;
    mvo_outcome found = MVO_NUMERICAL;
    k.context = context;
    k.scenarios = scenarios;
    k.measure = measure;
    k.level = level;
    k.limit = limit;
    k.slack = WITHIN * fmax(fabs(limit), SMALL_RISK * largest_return(scenarios));
    k.w = mvoi_allocate(context, scenarios->n, sizeof *k.w);
    k.row = mvoi_allocate(context, scenarios->n, sizeof *k.row);
    if (!mvoi_measuring_new(&k.measuring, context, scenarios) || !k.w || !k.row)
        status = mvoi_fail_memory(context, error, "a cap on tail risk");
    if (status == MVO_OK)
        status = mvo_constraints_copy(&k.rules, constraints, error);
    if (status == MVO_OK)
        status = cut_and_ask(&made, &found, &k, covariance, ask, user, error);
    if (status == MVO_OK) {
        *solver = made;
        *outcome = found;
    } else {
        mvo_solver_free(made);
    }
    mvo_constraints_free(k.rules);
    mvoi_measuring_free(&k.measuring, context);
    mvoi_release(context, k.w);
    mvoi_release(context, k.row);
    return status;
}
