/* SPDX-License-Identifier: MIT */
/*
 * Many accounts on one solver, one after the other. Each starts cold: a warm start would tie an account's bits to the
 * one before it, and so to how the caller shares the accounts out among threads.
 */
#include "portfolio/ask.h"

#include <math.h>

/* What the caller gave; column a of each matrix is account a. */
typedef struct accounts {
    size_t n, first, count;
    const double *mu; /* or NULL: minimum variance */
    size_t ld_mu;
    const double *risk_aversion;
    const double *lower, *upper; /* either may be NULL */
    size_t ld_bounds;
    const double *holdings; /* or NULL */
    size_t ld_holdings;
} accounts;

/* A leading dimension of at least n with which every column up to the range's last can be addressed. */
static mvo_status check_leading(mvo_solver *solver, const accounts *given, const char *name, size_t ld,
                                mvo_error *error)
{
    const size_t end = given->first + given->count;
    const mvoi_detail detail = { name, -1, -1, (double)ld, (double)given->n };
    if (ld < given->n)
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "%s is %zu, less than n = %zu", name, ld,
                         given->n);
    if (end > SIZE_MAX / sizeof(double) / ld)
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail,
                         "%s is %zu: %zu columns of it cannot be addressed", name, ld, end);
    return MVO_OK;
}

/* An account's column of a matrix: finite numbers. */
static mvo_status check_finite(mvo_solver *solver, const accounts *given, const char *name, const double *column,
                               size_t account, mvo_error *error)
{
    const size_t asset = mvoi_find_not_finite(column, given->n, 0);
    if (asset == given->n)
        return MVO_OK;
    const mvoi_detail detail = { name, (int64_t)asset, (int64_t)account, column[asset], 0.0 };
    return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FINITE, detail, "%s[%zu, %zu] is %g", name, asset, account,
                     column[asset]);
}

static mvo_status check_risk_aversion(mvo_solver *solver, const accounts *given, size_t account, mvo_error *error)
{
    const double value = given->risk_aversion[account];
    const mvoi_detail detail = { "risk_aversion", -1, (int64_t)account, value, 0.0 };
    if (!isfinite(value))
        return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FINITE, detail, "risk_aversion[%zu] is %g", account,
                         value);
    if (value < 0.0)
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "risk_aversion[%zu] is %g, less than 0",
                         account, value);
    return MVO_OK;
}

/* One side of an account's bounds; `wrong` is the infinity that it cannot have. */
static mvo_status check_side(mvo_solver *solver, const accounts *given, const char *name, const double *limits,
                             double wrong, size_t account, mvo_error *error)
{
    for (size_t j = 0; limits && j < given->n; j++) {
        const double limit = limits[j + account * given->ld_bounds];
        const mvoi_detail detail = { name, (int64_t)j, (int64_t)account, limit, 0.0 };
        if (isnan(limit))
            return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FINITE, detail, "%s[%zu, %zu] is NaN", name, j,
                             account);
        if (limit == wrong)
            return mvoi_fail(solver->context, error, MVO_ERROR_LIMITS, detail, "%s[%zu, %zu] is %cinfinity", name, j,
                             account, wrong > 0.0 ? '+' : '-');
    }
    return MVO_OK;
}

static mvo_status check_account(mvo_solver *solver, const accounts *given, size_t account, mvo_error *error)
{
    mvo_status status = MVO_OK;
    if (given->mu)
        status = check_finite(solver, given, "mu", given->mu + account * given->ld_mu, account, error);
    if (status == MVO_OK && given->mu)
        status = check_risk_aversion(solver, given, account, error);
    if (status == MVO_OK)
        status = check_side(solver, given, "lower", given->lower, HUGE_VAL, account, error);
    if (status == MVO_OK)
        status = check_side(solver, given, "upper", given->upper, -HUGE_VAL, account, error);
    if (status == MVO_OK && given->holdings)
        status =
            check_finite(solver, given, "holdings", given->holdings + account * given->ld_holdings, account, error);
    return status;
}

/* Everything that can be wrong is found here, so that a failed call has changed nothing. */
static mvo_status check(mvo_solver *solver, const accounts *given, size_t ld_weights, mvo_error *error)
{
    const mvoi_detail detail = { "count", -1, -1, (double)given->count, (double)given->first };
    if (given->count > SIZE_MAX - given->first)
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail,
                         "first is %zu and count %zu: beyond any index", given->first, given->count);
    mvo_status status = check_leading(solver, given, "ld_weights", ld_weights, error);
    if (status == MVO_OK && given->mu)
        status = check_leading(solver, given, "ld_mu", given->ld_mu, error);
    if (status == MVO_OK && (given->lower || given->upper))
        status = check_leading(solver, given, "ld_bounds", given->ld_bounds, error);
    if (status == MVO_OK && given->holdings)
        status = check_leading(solver, given, "ld_holdings", given->ld_holdings, error);
    if (status == MVO_OK && given->holdings && !solver->segments)
        status =
            mvoi_fail(solver->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                      "holdings are given, but the solver's constraint set had neither costs nor rows over absolute "
                      "values");
    for (size_t a = given->first; status == MVO_OK && a < given->first + given->count; a++)
        status = check_account(solver, given, a, error);
    return status;
}

/* One account, cold. */
static mvo_status solve(mvo_outcome *outcome, mvo_solver *solver, const accounts *given, size_t account,
                        mvo_error *error)
{
    const size_t at = account * given->ld_bounds;
    mvo_status status = mvo_solver_clear(solver, error);
    if (status == MVO_OK && (given->lower || given->upper))
        status = mvo_solver_set_bounds(solver, given->lower ? given->lower + at : NULL,
                                       given->upper ? given->upper + at : NULL, error);
    if (status == MVO_OK && given->holdings)
        status = mvo_solver_set_holdings(solver, given->holdings + account * given->ld_holdings, error);
    if (status != MVO_OK)
        return status;
    return given->mu ? mvo_maximum_utility(outcome, solver, given->mu + account * given->ld_mu,
                                           given->risk_aversion[account], error)
                     : mvo_minimum_variance(outcome, solver, error);
}

mvo_status mvo_batch_maximum_utility(double *weights, size_t ld_weights, mvo_outcome *outcomes, double *objectives,
                                     mvo_solver *solver, size_t first, size_t count, const double *mu, size_t ld_mu,
                                     const double *risk_aversion, const double *lower, const double *upper,
                                     size_t ld_bounds, const double *holdings, size_t ld_holdings, mvo_error *error)
{
    mvo_context *context = solver ? solver->context : NULL;
    if (!weights)
        return mvoi_fail_null(context, error, "weights");
    if (!outcomes)
        return mvoi_fail_null(context, error, "outcomes");
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (mu && !risk_aversion)
        return mvoi_fail_null(context, error, "risk_aversion");
    const accounts given = { solver->n, first, count,     mu,       ld_mu,      risk_aversion,
                             lower,     upper, ld_bounds, holdings, ld_holdings };
    mvo_status status = check(solver, &given, ld_weights, error);
    int cancelled = 0;
    for (size_t a = first; status == MVO_OK && a < first + count; a++) {
        mvo_report report = MVO_REPORT_INIT;
        mvo_outcome outcome = MVO_CANCELLED;
        /* A request that comes between two accounts would be dropped when the next one begins. */
        if (a > first && atomic_load_explicit(&solver->watch.cancelled, memory_order_relaxed))
            cancelled = 1;
        if (!cancelled)
            status = solve(&outcome, solver, &given, a, error);
        cancelled |= outcome == MVO_CANCELLED;
        outcomes[a] = outcome;
        if (outcome == MVO_OPTIMAL && mvo_solver_report(&report, solver) == MVO_OK) {
            mvo_solver_weights(weights + a * ld_weights, solver);
            if (objectives)
                objectives[a] = report.objective;
        }
    }
    return status;
}
