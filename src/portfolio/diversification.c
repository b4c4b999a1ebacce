/* SPDX-License-Identifier: MIT */
/* Weights that look at no correlation, how diversified a portfolio is, and the most diversified one. */
#include "portfolio/ask.h"
#include "portfolio/risk_budget.h"

#include <math.h>

mvo_status mvo_equal_weights(double *weights, size_t n, mvo_error *error)
{
    if (!weights)
        return mvoi_fail_null(NULL, error, "weights");
    if (n == 0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    for (size_t i = 0; i < n; i++)
        weights[i] = 1.0 / (double)n;
    return MVO_OK;
}

/* Weights in proportion to least / risk, where risk is volatility or variance: within (0, 1] until they are scaled. */
static mvo_status inverse_risk(double *weights, const mvo_covariance *covariance, int by_volatility, mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!weights)
        return mvoi_fail_null(context, error, "weights");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvo_status status = mvoi_check_risky(covariance, "covariance", error);
    if (status != MVO_OK)
        return status;
    double least = HUGE_VAL, sum = 0.0;
    for (size_t i = 0; i < covariance->n; i++)
        least = fmin(least, covariance->diagonal[i]);
    for (size_t i = 0; i < covariance->n; i++) {
        const double ratio = least / covariance->diagonal[i];
        weights[i] = by_volatility ? sqrt(ratio) : ratio;
        sum += weights[i];
    }
    for (size_t i = 0; i < covariance->n; i++)
        weights[i] /= sum;
    return MVO_OK;
}

mvo_status mvo_inverse_volatility(double *weights, const mvo_covariance *covariance, mvo_error *error)
{
    return inverse_risk(weights, covariance, 1, error);
}

mvo_status mvo_inverse_variance(double *weights, const mvo_covariance *covariance, mvo_error *error)
{
    return inverse_risk(weights, covariance, 0, error);
}

mvo_status mvo_diversification_ratio(double *ratio, const mvo_covariance *covariance, const double *weights,
                                     mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    double average = 0.0, volatility = 0.0;
    if (!ratio)
        return mvoi_fail_null(context, error, "ratio");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvo_status status = mvo_covariance_volatility(&volatility, covariance, weights, error);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < covariance->n; i++)
        average += weights[i] * sqrt(covariance->diagonal[i]);
    if (!(volatility > 0.0))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("weights"),
                         "weights has no risk, so that nothing can be said of its diversification");
    *ratio = average / volatility;
    return MVO_OK;
}

/* Choueifaty & Coignard (2008): the maximum Sharpe ratio of assets whose expected returns are their volatilities. */
mvo_status mvo_maximum_diversification(mvo_outcome *outcome, mvo_solver *solver, mvo_error *error)
{
    const mvo_status checked = mvoi_ask_begin(outcome, solver, NULL, NULL, error);
    if (checked != MVO_OK)
        return checked;
    for (size_t j = 0; j < solver->n; j++)
        solver->means[j] = sqrt(solver->covariance->diagonal[j]);
    return mvo_maximum_sharpe(outcome, solver, solver->means, 0.0, MVO_EXCESS_OF_PORTFOLIO, error);
}
