/* SPDX-License-Identifier: MIT */
/* The handle of a problem with costs beyond kinks: made, its terms set, its answer read. */
#include "desk/impact.h"

#include "covariance/make.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ making */

/* A covariance like `from` whose diagonal can be written. */
static int make_model(mvo_impact *made, const mvo_covariance *from)
{
    const size_t n = from->n;
    mvo_covariance *model = mvoi_covariance_allocate(&made->model_diagonal, made->context, n);
    if (!model)
        return 0;
    made->model = model;
    model->kind = from->kind;
    model->trusted = from->trusted;
    model->k = from->k;
    if (from->kind == MVOI_DENSE) {
        made->model_dense = n <= SIZE_MAX / n ? mvoi_allocate(made->context, n * n, sizeof(double)) : NULL;
        model->owned[1] = made->model_dense;
        model->dense = made->model_dense;
        model->ld = n;
        for (size_t j = 0; made->model_dense && j < n; j++)
            memcpy(made->model_dense + j * n, from->dense + j * from->ld, n * sizeof(double));
    } else {
        made->model_specific = mvoi_allocate(made->context, n, sizeof(double));
        model->owned[1] = made->model_specific;
        model->specific = made->model_specific;
        model->factors = from->factors;
        if (made->model_specific)
            memcpy(made->model_specific, from->specific, n * sizeof(double));
    }
    memcpy(made->model_diagonal, from->diagonal, n * sizeof(double));
    return model->owned[1] != NULL;
}

void mvoi_impact_refresh(mvo_impact *impact)
{
    const mvo_covariance *from = impact->covariance;
    const size_t n = impact->n;
    impact->base = 0.0;
    for (size_t j = 0; j < n; j++)
        impact->base = fmax(impact->base, from->diagonal[j]);
    for (size_t j = 0; impact->model_dense && j < n; j++)
        memcpy(impact->model_dense + j * n, from->dense + j * from->ld, n * sizeof(double));
}

static int claim(mvo_impact *made)
{
    double **const vectors[] = { &made->linear,    &made->quadratic,  &made->power,   &made->w,    &made->slack, &made->place,
                                 &made->curvature, &made->next_slack, &made->product, &made->bend, &made->upper };
    const size_t n = made->n;
    int complete = 1;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        *vectors[i] = mvoi_allocate(made->context, n, sizeof(double));
        complete &= *vectors[i] != NULL;
        for (size_t j = 0; *vectors[i] && j < n; j++)
            (*vectors[i])[j] = 0.0;
    }
    made->rates = mvoi_allocate(made->context, 2 * n, sizeof(double));
    made->pools = mvoi_allocate(made->context, n, sizeof *made->pools);
    if (made->pools)
        memset(made->pools, 0, n * sizeof *made->pools);
    return complete && made->rates && made->pools;
}

/* The solver inside over a copy of the set that has room for trading costs. */
static int make_solver(mvo_impact *made, const mvo_constraints *constraints)
{
    const size_t n = made->n;
    mvo_constraints *copy = NULL;
    if (mvo_constraints_copy(&copy, constraints, NULL) != MVO_OK)
        return 0;
    for (size_t j = 0; j < n; j++) {
        made->rates[j] = mvoi_buy_rate(constraints, j);
        made->rates[n + j] = mvoi_sell_rate(constraints, j);
    }
    const int complete = mvo_constraints_set_trading_costs(copy, made->rates, made->rates + n, NULL) == MVO_OK &&
                         mvo_solver_new(&made->solver, made->context, made->model, copy, NULL) == MVO_OK;
    mvo_constraints_free(copy);
    return complete;
}

mvo_status mvo_impact_new(mvo_impact **impact, mvo_context *context, mvo_covariance *covariance,
                          const mvo_constraints *constraints, mvo_error *error)
{
    if (!impact)
        return mvoi_fail_null(context, error, "impact");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    const mvoi_detail detail = { "constraints", -1, -1, (double)constraints->n, (double)covariance->n };
    if (constraints->n != covariance->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail,
                         "the covariance has %zu assets, the constraint set %zu", covariance->n, constraints->n);
    mvo_impact *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return mvoi_fail_memory(context, error, "a problem with impact");
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    made->covariance = mvo_covariance_ref(covariance);
    made->n = covariance->n;
    made->report = (mvo_report)MVO_REPORT_INIT;
    for (size_t j = 0; j < made->n; j++)
        made->base = fmax(made->base, covariance->diagonal[j]);
    if (!make_model(made, covariance) || !claim(made) || !make_solver(made, constraints)) {
        mvo_impact_free(made);
        return mvoi_fail_memory(context, error, "a problem with impact");
    }
    *impact = made;
    return MVO_OK;
}

void mvo_impact_free(mvo_impact *impact)
{
    if (!impact)
        return;
    mvo_context *context = impact->context;
    void *const owned[] = { impact->linear, impact->rates, impact->quadratic, impact->power,      impact->pools,
                            impact->w,      impact->slack, impact->place,     impact->curvature,  impact->next_slack,
                            impact->bend,   impact->upper, impact->product };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    mvo_solver_free(impact->solver);
    mvo_covariance_unref(impact->model);
    mvo_covariance_unref(impact->covariance);
    mvoi_release(context, impact);
    mvo_context_unref(context);
}

mvo_solver *mvo_impact_solver(mvo_impact *impact)
{
    return impact ? impact->solver : NULL;
}

/* ------------------------------------------------------------------------------------------------- terms */

mvo_status mvo_impact_set_linear(mvo_impact *impact, const double *linear, mvo_error *error)
{
    if (!impact)
        return mvoi_fail_null(NULL, error, "impact");
    const mvo_status status = linear ? mvoi_check_vector(impact->context, error, "linear", linear, impact->n) : MVO_OK;
    for (size_t j = 0; status == MVO_OK && j < impact->n; j++)
        impact->linear[j] = linear ? linear[j] : 0.0;
    return status;
}

mvo_status mvo_impact_set_holdings(mvo_impact *impact, const double *holdings, mvo_error *error)
{
    if (!impact)
        return mvoi_fail_null(NULL, error, "impact");
    return mvo_solver_set_holdings(impact->solver, holdings, error);
}

static mvo_status check_coefficient(const mvo_impact *impact, size_t asset, double coefficient, mvo_error *error)
{
    if (!impact)
        return mvoi_fail_null(NULL, error, "impact");
    char what[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
    const mvo_constraints *set = impact->solver->snapshot;
    const mvo_status status = mvoi_check_asset(set, asset, error);
    if (status != MVO_OK || (coefficient >= 0.0 && coefficient < HUGE_VAL))
        return status;
    const mvoi_detail detail = { "coefficient", (int64_t)asset, -1, coefficient, 0.0 };
    return mvoi_fail(impact->context, error, isfinite(coefficient) ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE, detail,
                     "%s: coefficient is %s", mvoi_describe_asset(what, sizeof what, set, asset),
                     mvoi_describe_number(number, coefficient));
}

mvo_status mvo_impact_set_quadratic(mvo_impact *impact, size_t asset, double coefficient, mvo_error *error)
{
    const mvo_status status = check_coefficient(impact, asset, coefficient, error);
    if (status == MVO_OK)
        impact->quadratic[asset] = coefficient;
    return status;
}

mvo_status mvo_impact_set_power(mvo_impact *impact, size_t asset, double coefficient, mvo_error *error)
{
    const mvo_status status = check_coefficient(impact, asset, coefficient, error);
    if (status == MVO_OK) {
        impact->power[asset] = coefficient;
        impact->warm = 0;
    }
    return status;
}

static mvo_status check_pool(const mvo_impact *impact, size_t asset, const double *given, mvo_error *error)
{
    static const char *const names[] = { "cash_reserve", "asset_reserve", "cash_share", "asset_share",
                                         "price",        "value",         "fee" };
    char what[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
    const int none = given[0] == 0.0 && given[1] == 0.0;
    for (int k = 0; k < 7; k++) {
        const mvoi_detail detail = { names[k], (int64_t)asset, -1, given[k], 0.0 };
        const int fine = k == 6 ? given[k] >= 0.0 && given[k] < 1.0 : given[k] > 0.0 || (none && k < 2);
        if (isfinite(given[k]) && fine)
            continue;
        const mvo_status status = !isfinite(given[k]) ? MVO_ERROR_NOT_FINITE
                                  : k == 6            ? MVO_ERROR_OUT_OF_RANGE
                                                      : MVO_ERROR_ARGUMENT;
        return mvoi_fail(impact->context, error, status, detail, "%s: %s is %s%s",
                         mvoi_describe_asset(what, sizeof what, impact->solver->snapshot, asset), names[k],
                         mvoi_describe_number(number, given[k]), k == 6 ? ", not in [0, 1)" : "");
    }
    return MVO_OK;
}

mvo_status mvo_impact_set_pool(mvo_impact *impact, size_t asset, double cash_reserve, double asset_reserve,
                               double cash_share, double asset_share, double fee, double price, double value,
                               mvo_error *error)
{
    if (!impact)
        return mvoi_fail_null(NULL, error, "impact");
    const double given[] = { cash_reserve, asset_reserve, cash_share, asset_share, price, value, fee };
    mvo_status status = mvoi_check_asset(impact->solver->snapshot, asset, error);
    if (status == MVO_OK)
        status = check_pool(impact, asset, given, error);
    if (status != MVO_OK)
        return status;
    mvoi_pool made = { cash_reserve / value, asset_reserve / value * price, asset_share / cash_share, fee, 0.0, 0.0 };
    if (made.cash > 0.0)
        mvoi_pool_prepare(&made);
    if (cash_reserve > 0.0 && (!isnormal(made.cash) || !isnormal(made.asset) || !isnormal(made.ratio) ||
                               !isfinite(made.buy) || !isfinite(mvoi_pool_curvature(&made, 0.0))))
        return mvoi_fail(impact->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("cash_reserve"),
                         "the pool of asset %zu has reserves too far from the portfolio's value", asset);
    impact->pools[asset] = made;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ answers */

mvo_status mvo_impact_weights(double *weights, const mvo_impact *impact)
{
    if (!weights || !impact)
        return MVO_ERROR_NULL;
    if (!impact->solved || impact->report.outcome == MVO_INFEASIBLE)
        return MVO_ERROR_STATE;
    memcpy(weights, impact->w, impact->n * sizeof *weights);
    return MVO_OK;
}

mvo_status mvo_impact_report(mvo_report *report, const mvo_impact *impact)
{
    if (!report || !impact)
        return MVO_ERROR_NULL;
    if (report->struct_size < (int64_t)sizeof(int64_t))
        return MVO_ERROR_ARGUMENT;
    if (!impact->solved)
        return MVO_ERROR_STATE;
    const int64_t theirs = report->struct_size, known = (int64_t)sizeof *report;
    memcpy(report, &impact->report, (size_t)(theirs < known ? theirs : known));
    report->struct_size = theirs;
    return MVO_OK;
}
