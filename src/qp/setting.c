/* SPDX-License-Identifier: MIT */
/* Moving a solver's problem: linear term, limits, covariance, holdings and costs. */
#include "qp/solver.h"

#include <math.h>
#include <string.h>

mvo_status mvo_solver_set_linear(mvo_solver *solver, const double *linear, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (linear) {
        const mvo_status checked = mvoi_check_vector(solver->context, error, "linear", linear, solver->n);
        if (checked != MVO_OK)
            return checked;
    }
    if (linear)
        memcpy(solver->linear, linear, solver->n * sizeof *linear);
    else
        memset(solver->linear, 0, solver->n * sizeof *linear);
    return MVO_OK; /* the last answer is read as its own question has it until the next solve */
}

mvo_status mvo_solver_set_row_limits(mvo_solver *solver, int64_t id, double lower, double upper, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    const size_t row = mvoi_constraints_find(solver->snapshot, id);
    if (row == solver->m) {
        const mvoi_detail detail = { "id", -1, -1, (double)id, 0.0 };
        return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FOUND, detail, "the solver has no row with id %lld",
                         (long long)id);
    }
    char what[96];
    mvoi_describe_row(what, sizeof what, solver->snapshot, row);
    mvo_status checked = mvoi_check_limits(solver->context, error, what, (int64_t)row, lower, upper, 1);
    if (checked == MVO_OK)
        checked = mvoi_check_one_sided(solver->snapshot, row, lower, error);
    if (checked != MVO_OK)
        return checked;
    solver->row_lower[row] = mvoi_lower_meant(lower);
    solver->row_upper[row] = mvoi_upper_meant(upper);
    return MVO_OK;
}

static mvo_status check_bound(mvo_solver *solver, size_t asset, double lower, double upper, mvo_error *error)
{
    char what[96];
    mvoi_describe_asset(what, sizeof what, solver->snapshot, asset);
    return mvoi_check_limits(solver->context, error, what, (int64_t)asset, lower, upper, 1);
}

mvo_status mvo_solver_set_bound(mvo_solver *solver, size_t asset, double lower, double upper, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (asset >= solver->n) {
        const mvoi_detail detail = { "asset", (int64_t)asset, -1, (double)asset, (double)solver->n };
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "asset %zu of %zu does not exist", asset,
                         solver->n);
    }
    const mvo_status checked = check_bound(solver, asset, lower, upper, error);
    if (checked != MVO_OK)
        return checked;
    solver->lower[asset] = mvoi_lower_meant(lower);
    solver->upper[asset] = mvoi_upper_meant(upper);
    return MVO_OK;
}

mvo_status mvo_solver_set_bounds(mvo_solver *solver, const double *lower, const double *upper, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    for (size_t j = 0; j < solver->n; j++) {
        const double below = lower ? lower[j] : solver->lower[j], above = upper ? upper[j] : solver->upper[j];
        if (below <= above && below < HUGE_VAL && above > -HUGE_VAL)
            continue; /* nothing to name: the usual case costs three comparisons */
        const mvo_status checked = check_bound(solver, j, below, above, error);
        if (checked != MVO_OK)
            return checked;
    }
    for (size_t j = 0; j < solver->n; j++) {
        if (lower)
            solver->lower[j] = mvoi_lower_meant(lower[j]);
        if (upper)
            solver->upper[j] = mvoi_upper_meant(upper[j]);
    }
    return MVO_OK;
}

mvo_status mvo_solver_set_covariance(mvo_solver *solver, mvo_covariance *covariance, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (!covariance)
        return mvoi_fail_null(solver->context, error, "covariance");
    const mvo_covariance *old = solver->covariance;
    if (covariance->n != old->n || covariance->kind != old->kind || covariance->k > solver->most_factors ||
        mvoi_solver_order(solver->n, solver->m + 1, covariance->rank_bound) > solver->capacity)
        return mvoi_fail(solver->context, error, MVO_ERROR_MISMATCH, MVOI_DETAIL("covariance"),
                         "the covariance differs from the solver's in size or representation");
    mvo_covariance_ref(covariance);
    mvo_covariance_unref(solver->covariance);
    solver->covariance = covariance;
    solver->problem.covariance = covariance;
    solver->matrices_stale = 1;
    return MVO_OK;
}

mvo_status mvo_solver_set_progress(mvo_solver *solver, mvo_progress_fn progress, void *user, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    solver->watch.progress = progress;
    solver->watch.user = user;
    return MVO_OK;
}

void mvo_solver_cancel(mvo_solver *solver)
{
    if (solver)
        atomic_store_explicit(&solver->watch.cancelled, 1, memory_order_relaxed);
}

mvo_status mvo_solver_clear(mvo_solver *solver, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    solver->warm = 0;
    solver->solved = 0;
    solver->feasible = 0;
    mvoi_solver_forget_point(solver);
    mvoi_block_forget(solver->block);
    mvoi_tick_forget(solver->tick, 0);
    mvoi_trade_forget(solver->trade, 0);
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------- costs */

/* A solver over a snapshot without costs has no room for any. */
static mvo_status check_costs(mvo_solver *solver, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (!solver->segments)
        return mvoi_fail(solver->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the solver's constraint set had neither costs nor rows over absolute values");
    return MVO_OK;
}

mvo_status mvo_solver_set_holdings(mvo_solver *solver, const double *holdings, mvo_error *error)
{
    mvo_status checked = check_costs(solver, error);
    if (checked == MVO_OK)
        checked = mvoi_check_vector(solver->context, error, "holdings", holdings, solver->n);
    if (checked == MVO_OK)
        memcpy(solver->segments->holdings, holdings, solver->n * sizeof *holdings);
    return checked;
}

mvo_status mvo_solver_set_trading_costs(mvo_solver *solver, const double *buy, const double *sell, mvo_error *error)
{
    mvo_status checked = check_costs(solver, error);
    if (checked == MVO_OK)
        checked = mvoi_check_trading_rates(solver->snapshot, buy, sell, error);
    for (size_t j = 0; checked == MVO_OK && j < solver->n; j++) {
        solver->segments->rates[j] = buy ? buy[j] : 0.0;
        solver->segments->rates[solver->n + j] = sell ? sell[j] : 0.0;
    }
    return checked;
}

mvo_status mvo_solver_set_borrow_costs(mvo_solver *solver, const double *borrow, mvo_error *error)
{
    mvo_status checked = check_costs(solver, error);
    if (checked == MVO_OK && borrow)
        checked = mvoi_check_borrow_rates(solver->snapshot, borrow, error);
    for (size_t j = 0; checked == MVO_OK && j < solver->n; j++)
        solver->segments->rates[2 * solver->n + j] = borrow ? borrow[j] : 0.0;
    return checked;
}
