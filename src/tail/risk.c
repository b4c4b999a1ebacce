/* SPDX-License-Identifier: MIT */
/* Risk of a given portfolio over scenarios, and the parts its assets have in it. */
#include "tail/measures.h"

#include <math.h>
#include <string.h>

int mvoi_measuring_new(mvoi_measuring *made, mvo_context *context, const mvo_scenarios *scenarios)
{
    const size_t count = scenarios->count;
    *made = (mvoi_measuring){ 0 };
    made->count = count;
    made->probabilities = scenarios->probabilities;
    made->portfolio = mvoi_allocate(context, count, sizeof *made->portfolio);
    made->kappa = mvoi_allocate(context, count, sizeof *made->kappa);
    made->fall = mvoi_allocate(context, count, sizeof *made->fall);
    made->share = mvoi_allocate(context, count, sizeof *made->share);
    made->peak = mvoi_allocate(context, count, sizeof *made->peak);
    made->masses = mvoi_allocate(context, count, sizeof *made->masses);
    return made->portfolio && made->kappa && made->fall && made->share && made->peak && made->masses;
}

void mvoi_measuring_free(mvoi_measuring *made, mvo_context *context)
{
    mvoi_release(context, made->portfolio);
    mvoi_release(context, made->kappa);
    mvoi_release(context, made->fall);
    mvoi_release(context, made->share);
    mvoi_release(context, made->peak);
    mvoi_release(context, made->masses);
}

mvo_status mvoi_check_level(mvo_context *context, mvo_error *error, double level)
{
    const mvoi_detail detail = { "level", -1, -1, level, level <= 0.5 ? 0.5 : 1.0 };
    if (isnan(level))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "level is nan");
    if (!(level > 0.5 && level < 1.0))
        return mvoi_fail(context, error, MVO_ERROR_OUT_OF_RANGE, detail,
                         "level is %g, but a confidence lies between 0.5 and 1 (0.95 for the worst twentieth)", level);
    return MVO_OK;
}

mvo_status mvoi_check_measure(mvo_context *context, mvo_error *error, int32_t measure, double level)
{
    const mvoi_detail detail = { "measure", -1, -1, (double)measure, 0.0 };
    switch (measure) {
    case MVO_RISK_VALUE_AT_RISK:
    case MVO_RISK_CVAR:
    case MVO_RISK_EVAR:
    case MVO_RISK_CDAR:
    case MVO_RISK_COMPOUNDED_CDAR:
        return mvoi_check_level(context, error, level);
    case MVO_RISK_BELOW_RETURN:
        if (isfinite(level))
            return MVO_OK;
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, (mvoi_detail){ "level", -1, -1, level, 0.0 },
                         "level is %g", level);
    case MVO_RISK_WORST:
    case MVO_RISK_COMPOUNDED_AVERAGE_DRAWDOWN:
    case MVO_RISK_COMPOUNDED_MAXIMUM_DRAWDOWN:
    case MVO_RISK_MEAN_DEVIATION:
    case MVO_RISK_SEMIVARIANCE:
    case MVO_RISK_SEMIDEVIATION:
    case MVO_RISK_AVERAGE_DRAWDOWN:
    case MVO_RISK_MAXIMUM_DRAWDOWN:
        break;
    default:
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "measure is %d, which is no measure of risk",
                         (int)measure);
    }
    const mvoi_detail of_level = { "level", -1, -1, level, 0.0 };
    if (isnan(level))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, of_level, "level is nan");
    if (level != 0.0)
        return mvoi_fail(context, error, MVO_ERROR_OUT_OF_RANGE, of_level,
                         "level is %g, but a measure without a level takes 0", level);
    return MVO_OK;
}

int mvoi_measure_is_compounded(int32_t measure)
{
    return measure == MVO_RISK_COMPOUNDED_AVERAGE_DRAWDOWN || measure == MVO_RISK_COMPOUNDED_MAXIMUM_DRAWDOWN ||
           measure == MVO_RISK_COMPOUNDED_CDAR;
}

mvo_status mvo_tail_risk(double *risk, double *marginal, double *total, const mvo_scenarios *scenarios,
                         const double *weights, int32_t measure, double level, mvo_error *error)
{
    if (!scenarios)
        return mvoi_fail_null(NULL, error, "scenarios");
    mvo_context *context = scenarios->context;
    mvo_status status = mvoi_check_vector(context, error, "weights", weights, scenarios->n);
    if (status == MVO_OK)
        status = mvoi_check_measure(context, error, measure, level);
    if (status != MVO_OK)
        return status;
    if (total && mvoi_measure_is_compounded(measure))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("total"),
                         "total is asked for, but compounded drawdowns have no parts that add up: give NULL");
    mvoi_measuring m;
    const size_t n = scenarios->n;
    double *slope = mvoi_allocate(context, n, sizeof *slope);
    if (!mvoi_measuring_new(&m, context, scenarios) || !slope) {
        mvoi_release(context, slope);
        mvoi_measuring_free(&m, context);
        return mvoi_fail_memory(context, error, "a measure of risk");
    }
    mvoi_scenarios_portfolio(m.portfolio, scenarios, weights);
    const double found = mvoi_measure(&m, measure, level);
    mvoi_scenarios_combine(slope, scenarios, m.kappa);
    const double degree = measure == MVO_RISK_SEMIVARIANCE || measure == MVO_RISK_BELOW_RETURN ? 2.0 : 1.0;
    for (size_t j = 0; total && j < n; j++)
        total[j] = -weights[j] * slope[j] / degree;
    for (size_t j = 0; marginal && j < n; j++)
        marginal[j] = -slope[j];
    if (risk)
        *risk = found;
    mvoi_release(context, slope);
    mvoi_measuring_free(&m, context);
    return MVO_OK;
}

/* ----------------------------------------------------------------------------- lower partial moments */

static mvo_status check_moment(const mvo_scenarios *scenarios, const double *weights, double threshold, double order,
                               mvo_error *error)
{
    mvo_context *context = scenarios->context;
    const mvo_status status = mvoi_check_vector(context, error, "weights", weights, scenarios->n);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "threshold", -1, -1, threshold, 0.0 };
    if (!isfinite(threshold))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "threshold is %g", threshold);
    const mvoi_detail of_order = { "order", -1, -1, order, order < 0.0 ? 0.0 : 1.0 };
    if (!isfinite(order))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, of_order, "order is %g", order);
    if (order != 0.0 && order < 1.0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, of_order, "order is %g, neither 0 nor at least 1", order);
    return MVO_OK;
}

/* x^order, x >= 0; the usual orders without pow. */
static double power(double x, double order)
{
    if (order == 0.0)
        return 1.0;
    return order == 1.0 ? x : order == 2.0 ? x * x : pow(x, order);
}

mvo_status mvo_lower_partial_moment(double *moment, double *marginal, const mvo_scenarios *scenarios,
                                    const double *weights, double threshold, double order, mvo_error *error)
{
    if (!scenarios)
        return mvoi_fail_null(NULL, error, "scenarios");
    const mvo_status status = check_moment(scenarios, weights, threshold, order, error);
    if (status != MVO_OK)
        return status;
    mvo_context *context = scenarios->context;
    double *portfolio = mvoi_allocate(context, scenarios->count, sizeof *portfolio), sum = 0.0;
    if (!portfolio)
        return mvoi_fail_memory(context, error, "a lower partial moment");
    mvoi_scenarios_portfolio(portfolio, scenarios, weights);
    for (size_t s = 0; s < scenarios->count; s++) {
        const double below = threshold - portfolio[s], p = scenarios->probabilities[s];
        sum += below > 0.0 ? p * power(below, order) : 0.0;
        portfolio[s] = below > 0.0 && order > 0.0 ? -p * order * power(below, order - 1.0) : 0.0;
    }
    if (marginal)
        mvoi_scenarios_combine(marginal, scenarios, portfolio);
    if (moment)
        *moment = sum;
    mvoi_release(context, portfolio);
    return MVO_OK;
}
