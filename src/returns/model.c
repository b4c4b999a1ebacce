/* SPDX-License-Identifier: MIT */
/* Expected returns from a model of prices: the capital asset pricing model, factor premia, reverse optimisation. */
#include "returns/returns.h"

#include <math.h>
#include <string.h>

static double mean(const double *x, size_t periods)
{
    double sum = 0.0;
    for (size_t t = 0; t < periods; t++)
        sum += x[t] - x[0];
    return x[0] + sum / (double)periods;
}

/* Sum of (x - mean) (y - mean); two passes, so that a constant has exactly none. */
static double comoment(const double *x, const double *y, size_t periods)
{
    const double x_mean = mean(x, periods), y_mean = mean(y, periods);
    double sum = 0.0;
    for (size_t t = 0; t < periods; t++)
        sum += (x[t] - x_mean) * (y[t] - y_mean);
    return sum;
}

mvo_status mvo_capm_betas(double *betas, size_t periods, size_t n, const double *returns, size_t ld,
                          const double *market, mvo_error *error)
{
    const mvoi_table given = { "returns", "ld", "periods", returns, periods, n, ld };
    if (!betas)
        return mvoi_fail_null(NULL, error, "betas");
    mvo_status status = mvoi_table_check(NULL, error, &given);
    if (status == MVO_OK)
        status = mvoi_check_vector(NULL, error, "market", market, periods);
    if (status != MVO_OK)
        return status;
    const mvoi_detail few = { "periods", -1, -1, (double)periods, 2.0 };
    if (periods < 2)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, few, "periods is 1, and a beta needs at least 2");
    const double variance = comoment(market, market, periods);
    const mvoi_detail detail = { "market", -1, -1, variance, 0.0 };
    if (!isfinite(variance) || !(variance > 0.0))
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "the variance of market is %g",
                         variance / (double)(periods - 1));
    for (int write = 0; write <= 1; write++)
        for (size_t j = 0; j < n; j++) {
            const double beta = comoment(returns + j * ld, market, periods) / variance;
            const mvoi_detail overflow = { "returns", -1, (int64_t)j, beta, 0.0 };
            if (!isfinite(beta))
                return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, overflow,
                                 "the beta of column %zu of returns overflows", j);
            if (write)
                betas[j] = beta;
        }
    return MVO_OK;
}

mvo_status mvo_capm_returns(double *mu, size_t n, const double *betas, double market_return, double rf,
                            mvo_error *error)
{
    if (!mu)
        return mvoi_fail_null(NULL, error, "mu");
    if (n == 0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    mvo_status status = mvoi_check_vector(NULL, error, "betas", betas, n);
    if (status == MVO_OK)
        status = mvoi_number_check(NULL, error, "market_return", market_return);
    if (status == MVO_OK)
        status = mvoi_number_check(NULL, error, "rf", rf);
    for (size_t i = 0; status == MVO_OK && i < n; i++) {
        const mvoi_detail detail = { "betas", (int64_t)i, -1, betas[i], 0.0 };
        if (!isfinite(rf + betas[i] * (market_return - rf)))
            status = mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail,
                               "the expected return of betas[%zu] = %g overflows", i, betas[i]);
    }
    for (size_t i = 0; status == MVO_OK && i < n; i++)
        mu[i] = rf + betas[i] * (market_return - rf);
    return status;
}

mvo_status mvo_factor_returns(double *mu, size_t n, size_t k, const double *loadings, size_t ld_loadings,
                              const double *premia, const double *alpha, mvo_error *error)
{
    const mvoi_table given = { "loadings", "ld_loadings", "n", loadings, n, k, ld_loadings };
    if (!mu)
        return mvoi_fail_null(NULL, error, "mu");
    if (n == 0 || k == 0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(n == 0 ? "n" : "k"), "%s is 0",
                         n == 0 ? "n" : "k");
    mvo_status status = mvoi_table_check(NULL, error, &given);
    if (status == MVO_OK)
        status = mvoi_check_vector(NULL, error, "premia", premia, k);
    if (status == MVO_OK && alpha)
        status = mvoi_check_vector(NULL, error, "alpha", alpha, n);
    for (int write = 0; write <= 1; write++)
        for (size_t i = 0; status == MVO_OK && i < n; i++) {
            double sum = alpha ? alpha[i] : 0.0;
            for (size_t f = 0; f < k; f++)
                sum += loadings[i + f * ld_loadings] * premia[f];
            const mvoi_detail detail = { "loadings", (int64_t)i, -1, sum, 0.0 };
            if (!isfinite(sum))
                status = mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail,
                                   "the expected return of asset %zu overflows", i);
            else if (write)
                mu[i] = sum;
        }
    return status;
}

mvo_status mvo_implied_risk_aversion(double *risk_aversion, double excess_return, double variance, mvo_error *error)
{
    if (!risk_aversion)
        return mvoi_fail_null(NULL, error, "risk_aversion");
    mvo_status status = mvoi_positive_check(NULL, error, "excess_return", excess_return);
    if (status == MVO_OK)
        status = mvoi_positive_check(NULL, error, "variance", variance);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "variance", -1, -1, variance, 0.0 };
    if (!isfinite(excess_return / variance))
        return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "excess_return / variance = %g / %g overflows",
                         excess_return, variance);
    *risk_aversion = excess_return / variance;
    return MVO_OK;
}

static mvo_status check_implied(const mvo_covariance *covariance, const double *weights, double risk_aversion,
                                mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    mvo_context *context = covariance->context;
    mvo_status status = mvoi_check_vector(context, error, "weights", weights, covariance->n);
    if (status == MVO_OK)
        status = mvoi_number_check(context, error, "risk_aversion", risk_aversion);
    const mvoi_detail detail = { "risk_aversion", -1, -1, risk_aversion, 0.0 };
    if (status == MVO_OK && risk_aversion < 0.0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "risk_aversion is %g, less than 0", risk_aversion);
    return status;
}

/* pi = delta Sigma w, in memory of its own: the outputs may be among the inputs, and change only once all is finite. */
static mvo_status implied(double *pi, const mvo_covariance *covariance, const double *weights, double risk_aversion,
                          mvo_error *error)
{
    mvoi_covariance_product(pi, covariance, weights, NULL);
    for (size_t i = 0; i < covariance->n; i++) {
        pi[i] *= risk_aversion;
        const mvoi_detail overflow = { "weights", (int64_t)i, -1, pi[i], 0.0 };
        if (!isfinite(pi[i]))
            return mvoi_fail(covariance->context, error, MVO_ERROR_NOT_FINITE, overflow,
                             "the implied return of asset %zu overflows", i);
    }
    return MVO_OK;
}

mvo_status mvo_implied_returns(double *excess_returns, const mvo_covariance *covariance, const double *weights,
                               double risk_aversion, mvo_error *error)
{
    if (!excess_returns)
        return mvoi_fail_null(covariance ? covariance->context : NULL, error, "excess_returns");
    mvo_status status = check_implied(covariance, weights, risk_aversion, error);
    if (status != MVO_OK)
        return status;
    double *pi = mvoi_allocate(covariance->context, covariance->n, sizeof *pi);
    if (!pi)
        return mvoi_fail_memory(covariance->context, error, "implied returns");
    status = implied(pi, covariance, weights, risk_aversion, error);
    if (status == MVO_OK)
        memcpy(excess_returns, pi, covariance->n * sizeof *pi);
    mvoi_release(covariance->context, pi);
    return status;
}

/* deviations = P (required - prior) */
static mvo_status deviate(double *deviations, const double *required, const double *prior, const mvoi_table *views,
                          mvo_context *context, mvo_error *error)
{
    for (size_t v = 0; v < views->rows; v++) {
        double sum = 0.0;
        for (size_t j = 0; j < views->n; j++)
            sum += views->values[v + j * views->ld] * (required[j] - prior[j]);
        const mvoi_detail overflow = { "views", (int64_t)v, -1, sum, 0.0 };
        if (!isfinite(sum))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, overflow, "the deviation of view %zu overflows", v);
        deviations[v] = sum;
    }
    return MVO_OK;
}

mvo_status mvo_implied_views(double *required, double *deviations, const mvo_covariance *covariance,
                             const double *weights, double risk_aversion, const double *prior, size_t k,
                             const double *views, size_t ld_views, mvo_error *error)
{
    mvo_status status = check_implied(covariance, weights, risk_aversion, error);
    if (status != MVO_OK)
        return status;
    mvo_context *context = covariance->context;
    const size_t n = covariance->n, count = deviations ? k : 0;
    const mvoi_table given = { "views", "ld_views", "k", views, k, n, ld_views };
    if (deviations && (status = mvoi_table_check(context, error, &given)) == MVO_OK)
        status = mvoi_check_vector(context, error, "prior", prior, n);
    if (status != MVO_OK)
        return status;
    double *pi = mvoi_allocate(context, n, sizeof *pi), *apart = mvoi_allocate(context, count, sizeof *apart);
    if (!pi || !apart)
        status = mvoi_fail_memory(context, error, "implied views");
    if (status == MVO_OK)
        status = implied(pi, covariance, weights, risk_aversion, error);
    if (status == MVO_OK && deviations)
        status = deviate(apart, pi, prior, &given, context, error);
    if (status == MVO_OK && required)
        memcpy(required, pi, n * sizeof *pi);
    if (status == MVO_OK && deviations)
        memcpy(deviations, apart, count * sizeof *apart);
    mvoi_release(context, pi);
    mvoi_release(context, apart);
    return status;
}
