/* SPDX-License-Identifier: MIT */
/*
 * What holding and trading cost, as convex piecewise-linear functions of the weights: proportional costs around the
 * holdings, a fee on short positions, and ladders of breakpoints and slopes.
 */
#include "constraints/constraints.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ memory */

static void free_ladder(mvo_context *context, mvoi_ladder *ladder)
{
    mvoi_release(context, ladder->at);
    mvoi_release(context, ladder->slope);
    *ladder = (mvoi_ladder){ 0, NULL, NULL, 0.0 };
}

void mvoi_free_costs(mvo_constraints *constraints)
{
    mvo_context *context = constraints->context;
    for (size_t j = 0; constraints->ladders && j < constraints->n; j++)
        free_ladder(context, &constraints->ladders[j]);
    mvoi_release(context, constraints->ladders);
    mvoi_release(context, constraints->rates);
    mvoi_release(context, constraints->holdings);
}

static int make_ladder(mvoi_ladder *made, mvo_context *context, size_t count, const double *at, const double *slope,
                       double origin)
{
    *made = (mvoi_ladder){ count, mvoi_allocate(context, count, sizeof *made->at),
                           mvoi_allocate(context, count + 1, sizeof *made->slope), origin };
    if (!made->at || !made->slope) {
        free_ladder(context, made);
        return 0;
    }
    if (count)
        memcpy(made->at, at, count * sizeof *at);
    memcpy(made->slope, slope, (count + 1) * sizeof *slope);
    return 1;
}

static mvoi_ladder *make_ladders(mvo_context *context, size_t n)
{
    mvoi_ladder *ladders = mvoi_allocate(context, n, sizeof *ladders);
    for (size_t j = 0; ladders && j < n; j++)
        ladders[j] = (mvoi_ladder){ 0, NULL, NULL, 0.0 };
    return ladders;
}

int mvoi_copy_costs(mvo_constraints *to, const mvo_constraints *from)
{
    const size_t n = from->n;
    memcpy(to->holdings, from->holdings, n * sizeof *from->holdings);
    if (from->rates) {
        to->rates = mvoi_allocate(to->context, 3 * n, sizeof *to->rates);
        if (!to->rates)
            return 0;
        memcpy(to->rates, from->rates, 3 * n * sizeof *from->rates);
    }
    if (!from->ladders)
        return 1;
    to->ladders = make_ladders(to->context, n);
    for (size_t j = 0; to->ladders && j < n; j++) {
        const mvoi_ladder *ladder = &from->ladders[j];
        if (ladder->slope &&
            !make_ladder(&to->ladders[j], to->context, ladder->count, ladder->at, ladder->slope, ladder->origin))
            return 0;
    }
    return to->ladders != NULL;
}

/* The arrays of rates, zero until set; 0 when out of memory. */
static int have_rates(mvo_constraints *constraints)
{
    if (constraints->rates)
        return 1;
    constraints->rates = mvoi_allocate(constraints->context, 3 * constraints->n, sizeof *constraints->rates);
    for (size_t k = 0; constraints->rates && k < 3 * constraints->n; k++)
        constraints->rates[k] = 0.0;
    return constraints->rates != NULL;
}

/* ------------------------------------------------------------------------------------------------ checks */

static mvo_status refuse_rate(const mvo_constraints *constraints, const char *argument, size_t asset, double value,
                              const char *why, mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
    const mvoi_detail detail = { argument, (int64_t)asset, -1, value, 0.0 };
    return mvoi_fail(constraints->context, error, isfinite(value) ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE, detail,
                     "%s: %s is %s%s", mvoi_describe_asset(what, sizeof what, constraints, asset), argument,
                     mvoi_describe_number(number, value), why);
}

mvo_status mvoi_check_trading_rates(const mvo_constraints *constraints, const double *buy, const double *sell,
                                    mvo_error *error)
{
    for (size_t j = 0; j < constraints->n; j++) {
        const double b = buy ? buy[j] : 0.0, s = sell ? sell[j] : 0.0;
        if (!isfinite(b))
            return refuse_rate(constraints, "buy", j, b, "", error);
        if (!isfinite(s))
            return refuse_rate(constraints, "sell", j, s, "", error);
        if (b + s < 0.0)
            return refuse_rate(constraints, "sell", j, s, ": buying and selling back would earn money", error);
    }
    return MVO_OK;
}

mvo_status mvoi_check_borrow_rates(const mvo_constraints *constraints, const double *borrow, mvo_error *error)
{
    for (size_t j = 0; j < constraints->n; j++)
        if (!(borrow[j] >= 0.0) || isinf(borrow[j]))
            return refuse_rate(constraints, "borrow", j, borrow[j], isfinite(borrow[j]) ? ", negative" : "", error);
    return MVO_OK;
}

static mvo_status check_ladder(const mvo_constraints *constraints, size_t asset, size_t count, const double *at,
                               const double *slope, double origin, mvo_error *error)
{
    mvo_status status = MVO_OK;
    if (count)
        status = mvoi_check_vector(constraints->context, error, "breakpoints", at, count);
    if (status == MVO_OK)
        status = mvoi_check_vector(constraints->context, error, "slopes", slope, count + 1);
    if (status != MVO_OK)
        return status;
    if (!isfinite(origin))
        return refuse_rate(constraints, "origin", asset, origin, "", error);
    for (size_t k = 1; k < count; k++) {
        const mvoi_detail detail = { "breakpoints", (int64_t)k, -1, at[k], at[k - 1] };
        if (!(at[k] > at[k - 1]))
            return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                             "breakpoint %zu is not above the one before it", k);
    }
    for (size_t k = 1; k <= count; k++) {
        const mvoi_detail detail = { "slopes", (int64_t)k, -1, slope[k], slope[k - 1] };
        if (slope[k] < slope[k - 1])
            return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                             "slope %zu is below the one before it: the cost is not convex", k);
    }
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ editing */

mvo_status mvo_constraints_set_holdings(mvo_constraints *constraints, const double *holdings, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = mvoi_check_vector(constraints->context, error, "holdings", holdings, constraints->n);
    if (status == MVO_OK)
        memcpy(constraints->holdings, holdings, constraints->n * sizeof *holdings);
    return status;
}

mvo_status mvo_constraints_holdings(double *holdings, const mvo_constraints *constraints, mvo_error *error)
{
    if (!constraints || !holdings)
        return mvoi_fail_null(NULL, error, constraints ? "holdings" : "constraints");
    memcpy(holdings, constraints->holdings, constraints->n * sizeof *holdings);
    return MVO_OK;
}

static void copy_rates(double *target, const double *source, size_t n)
{
    for (size_t j = 0; j < n; j++)
        target[j] = source ? source[j] : 0.0;
}

mvo_status mvo_constraints_set_trading_costs(mvo_constraints *constraints, const double *buy, const double *sell,
                                             mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = mvoi_check_trading_rates(constraints, buy, sell, error);
    if (status != MVO_OK)
        return status;
    if (!have_rates(constraints))
        return mvoi_fail_memory(constraints->context, error, "the costs of a constraint set");
    copy_rates(constraints->rates, buy, constraints->n);
    copy_rates(constraints->rates + constraints->n, sell, constraints->n);
    return MVO_OK;
}

mvo_status mvo_constraints_set_borrow_costs(mvo_constraints *constraints, const double *borrow, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = borrow ? mvoi_check_borrow_rates(constraints, borrow, error) : MVO_OK;
    if (status != MVO_OK)
        return status;
    if (!have_rates(constraints))
        return mvoi_fail_memory(constraints->context, error, "the costs of a constraint set");
    copy_rates(constraints->rates + 2 * constraints->n, borrow, constraints->n);
    return MVO_OK;
}

mvo_status mvo_constraints_set_cost(mvo_constraints *constraints, size_t asset, size_t count, const double *breakpoints,
                                    const double *slopes, double origin, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    mvo_context *context = constraints->context;
    mvo_status status = mvoi_check_asset(constraints, asset, error);
    if (status == MVO_OK && slopes)
        status = check_ladder(constraints, asset, count, breakpoints, slopes, origin, error);
    if (status != MVO_OK)
        return status;
    mvoi_ladder made = { 0, NULL, NULL, 0.0 };
    if (slopes && !make_ladder(&made, context, count, breakpoints, slopes, origin))
        return mvoi_fail_memory(context, error, "the cost of an asset");
    if (!constraints->ladders)
        constraints->ladders = make_ladders(context, constraints->n);
    if (!constraints->ladders) {
        free_ladder(context, &made);
        return mvoi_fail_memory(context, error, "the costs of a constraint set");
    }
    free_ladder(context, &constraints->ladders[asset]);
    constraints->ladders[asset] = made;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ reading */

mvo_status mvo_constraints_cost_rates(double *buy, double *sell, double *borrow, const mvo_constraints *constraints,
                                      mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    for (size_t j = 0; j < constraints->n; j++) {
        if (buy)
            buy[j] = mvoi_buy_rate(constraints, j);
        if (sell)
            sell[j] = mvoi_sell_rate(constraints, j);
        if (borrow)
            borrow[j] = mvoi_borrow_rate(constraints, j);
    }
    return MVO_OK;
}

mvo_status mvo_constraints_cost(size_t *count, double *breakpoints, double *slopes, double *origin,
                                const mvo_constraints *constraints, size_t asset, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = mvoi_check_asset(constraints, asset, error);
    if (status != MVO_OK)
        return status;
    const mvoi_ladder *ladder = constraints->ladders ? &constraints->ladders[asset] : NULL;
    const int there = ladder && ladder->slope;
    if (count)
        *count = there ? ladder->count : 0;
    if (breakpoints && there && ladder->count)
        memcpy(breakpoints, ladder->at, ladder->count * sizeof *breakpoints);
    if (slopes && there)
        memcpy(slopes, ladder->slope, (ladder->count + 1) * sizeof *slopes);
    else if (slopes)
        slopes[0] = 0.0;
    if (origin)
        *origin = there ? ladder->origin : 0.0;
    return MVO_OK;
}

/* From the origin to the weight, segment by segment. */
double mvoi_ladder_cost(const mvoi_ladder *ladder, double weight)
{
    if (!ladder->slope)
        return 0.0;
    const double from = fmin(weight, ladder->origin), to = fmax(weight, ladder->origin);
    double cost = 0.0, at = from;
    for (size_t k = 0; k <= ladder->count; k++) {
        const double end = k < ladder->count ? fmin(ladder->at[k], to) : to;
        if (end > at) {
            cost += ladder->slope[k] * (end - at);
            at = end;
        }
    }
    return weight < ladder->origin ? -cost : cost;
}

mvo_status mvo_constraints_costs(double *total, double *by_asset, const mvo_constraints *constraints,
                                 const double *weights, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = mvoi_check_vector(constraints->context, error, "weights", weights, constraints->n);
    if (status != MVO_OK)
        return status;
    double sum = 0.0;
    for (size_t j = 0; j < constraints->n; j++) {
        const double w = weights[j], trade = w - constraints->holdings[j];
        double cost = trade > 0.0 ? mvoi_buy_rate(constraints, j) * trade : -mvoi_sell_rate(constraints, j) * trade;
        if (w < 0.0)
            cost -= mvoi_borrow_rate(constraints, j) * w;
        if (constraints->ladders)
            cost += mvoi_ladder_cost(&constraints->ladders[j], w);
        if (by_asset)
            by_asset[j] = cost;
        sum += cost;
    }
    if (total)
        *total = sum;
    return MVO_OK;
}

mvo_status mvoi_without_costs(const mvo_constraints **stripped, mvo_constraints **copy,
                              const mvo_constraints *constraints, mvo_error *error)
{
    *stripped = constraints;
    if (!constraints || (!constraints->rates && !constraints->ladders))
        return MVO_OK;
    mvo_status status = mvo_constraints_copy(copy, constraints, error);
    if (status == MVO_OK)
        status = mvo_constraints_set_trading_costs(*copy, NULL, NULL, error);
    if (status == MVO_OK)
        status = mvo_constraints_set_borrow_costs(*copy, NULL, error);
    for (size_t j = 0; status == MVO_OK && constraints->ladders && j < constraints->n; j++)
        status = mvo_constraints_set_cost(*copy, j, 0, NULL, NULL, 0.0, error);
    *stripped = *copy;
    return status;
}
