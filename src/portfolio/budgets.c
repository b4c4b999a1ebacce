/* SPDX-License-Identifier: MIT */
/* Risk budgets as they are asked for: checks, the portfolio without limits, the one under a constraint set. */
#include "portfolio/risk_budget.h"

#include <math.h>
#include <string.h>

mvo_status mvoi_check_risky(const mvo_covariance *covariance, const char *argument, mvo_error *error)
{
    for (size_t i = 0; i < covariance->n; i++) {
        const double variance = covariance->diagonal[i];
        const mvoi_detail detail = { argument, (int64_t)i, (int64_t)i, variance, 0.0 };
        if (!(variance > 0.0) || !isfinite(variance))
            return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, detail,
                             "the variance of asset %zu is %g, but a portfolio of risks needs a positive one", i,
                             variance);
    }
    return MVO_OK;
}

/* Budgets as given, NULL for equal ones, add up to 1 in `share`. */
static mvo_status take_budgets(double *share, const mvo_covariance *covariance, const double *budgets, mvo_error *error)
{
    const size_t n = covariance->n;
    double largest = 0.0, sum = 0.0;
    if (budgets) {
        const mvo_status status = mvoi_check_vector(covariance->context, error, "budgets", budgets, n);
        if (status != MVO_OK)
            return status;
    }
    for (size_t i = 0; budgets && i < n; i++) {
        const mvoi_detail detail = { "budgets", (int64_t)i, -1, budgets[i], 0.0 };
        if (!(budgets[i] > 0.0))
            return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, detail,
                             "budgets[%zu] is %g, but a budget must be positive", i, budgets[i]);
        largest = fmax(largest, budgets[i]);
    }
    for (size_t i = 0; i < n; i++) {
        share[i] = budgets ? budgets[i] / largest : 1.0;
        sum += share[i];
    }
    for (size_t i = 0; i < n; i++) {
        share[i] /= sum;
        const mvoi_detail detail = { "budgets", (int64_t)i, -1, budgets ? budgets[i] : 1.0, largest };
        if (!(share[i] > 1e-300))
            return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, detail,
                             "budgets[%zu] is %g, which beside %g is no budget", i, detail.value, largest);
    }
    return MVO_OK;
}

static mvo_status check(const mvo_covariance *covariance, const mvo_constraints *constraints, mvo_error *error)
{
    if (constraints && constraints->n != covariance->n) {
        const mvoi_detail detail = { "constraints", -1, -1, (double)constraints->n, (double)covariance->n };
        return mvoi_fail(covariance->context, error, MVO_ERROR_MISMATCH, detail,
                         "constraints has %zu assets, covariance has %zu", constraints->n, covariance->n);
    }
    return mvoi_check_risky(covariance, "covariance", error);
}

/* The answer for `share`, in `weights`; see mvoi_budget_constrained for what it holds when. */
static mvo_status solve(mvo_outcome *outcome, double *weights, const mvo_covariance *covariance,
                        const mvo_constraints *constraints, const double *share, double *room, mvo_error *error)
{
    double deviation = 0.0;
    *outcome = mvoi_budget_newton(weights, &deviation, covariance, mvoi_kernels_best(), share, room);
    if (!constraints)
        return MVO_OK;
    double *start = room;
    for (size_t i = 0; i < covariance->n; i++)
        start[i] = *outcome == MVO_OPTIMAL ? weights[i] : 1.0 / sqrt(covariance->diagonal[i]);
    double sum = 0.0;
    for (size_t i = 0; i < covariance->n; i++)
        sum += start[i];
    for (size_t i = 0; i < covariance->n; i++)
        start[i] /= sum;
    return mvoi_budget_constrained(outcome, weights, covariance, constraints, share, start, error);
}

/* What is true of the weights found, and the outputs that are wanted. */
static void report(mvo_outcome *outcome, double *into_weights, double *contributions, double *deviation,
                   const mvo_covariance *covariance, int limited, const double *weights, const double *share,
                   double *room)
{
    const size_t n = covariance->n;
    double *product = room, *reached = room + n;
    mvoi_risk_product(product, covariance, mvoi_kernels_best(), weights, room + 2 * n);
    mvoi_risk_shares(reached, weights, product, n);
    const double apart = mvoi_risk_deviation(reached, share, n);
    if (*outcome == MVO_OPTIMAL && !(apart <= MVOI_BUDGET_TOLERANCE))
        *outcome = limited ? MVO_NOT_ATTAINED : MVO_NUMERICAL;
    if (into_weights)
        memcpy(into_weights, weights, n * sizeof *weights);
    if (contributions)
        memcpy(contributions, reached, n * sizeof *reached);
    if (deviation)
        *deviation = apart;
}

mvo_status mvo_risk_budgets(mvo_outcome *outcome, double *weights, double *contributions, double *deviation,
                            const mvo_covariance *covariance, const mvo_constraints *constraints, const double *budgets,
                            mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!outcome)
        return mvoi_fail_null(context, error, "outcome");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = check(covariance, constraints, error);
    if (status != MVO_OK)
        return status;
    const size_t n = covariance->n, size = mvoi_budget_room(covariance);
    double *room = size ? mvoi_allocate(context, size + 2 * n, sizeof *room) : NULL;
    if (!room)
        return mvoi_fail_memory(context, error, "risk budgets");
    double *share = room + size, *found = share + n;
    mvo_outcome what = MVO_NUMERICAL;
    const mvo_constraints *limits = NULL;
    mvo_constraints *copy = NULL;
    status = take_budgets(share, covariance, budgets, error);
    if (status == MVO_OK)
        status = mvoi_without_costs(&limits, &copy, constraints, error);
    if (status == MVO_OK)
        status = solve(&what, found, covariance, limits, share, room, error);
    mvo_constraints_free(copy);
    if (status == MVO_OK) {
        if (what != MVO_INFEASIBLE && what != MVO_UNBOUNDED)
            report(&what, weights, contributions, deviation, covariance, constraints != NULL, found, share, room);
        *outcome = what;
    }
    mvoi_release(context, room);
    return status;
}
