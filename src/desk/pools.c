/* SPDX-License-Identifier: MIT */
/*
 * Liquidity pools in closed form. A pool with weights a (sum 1; one half each: constant product) is worth
 * prod R_j^a_j where its tokens' prices have moved by R. With log R normal, covariance S, and E[R_j] = 1 + mu_j,
 *
 *     E[prod R_j^a_j] = exp( sum_j a_j (log(1 + mu_j) - S_jj / 2) + a'S a / 2 ),
 *
 * and the impermanent loss is that less what holding the tokens is worth, 1 + a'mu. Without drift and for one half each it
 * is exp(-v / 8) - 1, v being the variance of the log of the tokens' relative price.
 */
#include "covariance/covariance.h"
#include "desk/check.h"

#include <math.h>

static mvo_status check_shares(const mvo_covariance *covariance, size_t m, const double *shares, size_t ld,
                               mvo_error *error)
{
    const size_t n = covariance->n;
    mvo_status status = mvoi_desk_table(covariance->context, error, "shares", shares, ld, m, n, 0.0, 1.0);
    for (size_t i = 0; status == MVO_OK && i < m; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++)
            sum += shares[i + j * ld];
        const mvoi_detail detail = { "shares", (int64_t)i, -1, sum, 1.0 };
        if (!(fabs(sum - 1.0) <= 1e-9))
            return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, detail,
                             "the shares of pool %zu sum to %.10g, not to 1", i, sum);
    }
    return status;
}

static mvo_status check_mean(const mvo_covariance *covariance, const double *mean, mvo_error *error)
{
    mvo_status status = mvoi_desk_vector(covariance->context, error, "mean", mean, covariance->n, -1.0, HUGE_VAL);
    for (size_t j = 0; status == MVO_OK && j < covariance->n; j++) {
        const mvoi_detail detail = { "mean", (int64_t)j, -1, mean[j], -1.0 };
        if (mean[j] == -1.0)
            return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, detail,
                             "mean[%zu] is -1: a lognormal price stays positive", j);
    }
    return status;
}

mvo_status mvo_pool_means(double *means, double *losses, const mvo_covariance *log_covariance, const double *mean,
                          size_t m, const double *shares, size_t ld, mvo_error *error)
{
    if (!log_covariance)
        return mvoi_fail_null(NULL, error, "log_covariance");
    mvo_context *context = log_covariance->context;
    const size_t n = log_covariance->n;
    mvo_status status = check_shares(log_covariance, m, shares, ld, error);
    if (status == MVO_OK && mean)
        status = check_mean(log_covariance, mean, error);
    if (status != MVO_OK)
        return status;
    double *work = mvoi_allocate(context, n, 2 * sizeof *work);
    double *scratch = mvoi_allocate(context, log_covariance->k, sizeof *scratch);
    if (!work || !scratch) {
        mvoi_release(context, work);
        mvoi_release(context, scratch);
        return mvoi_fail_memory(context, error, "liquidity pools");
    }
    for (size_t i = 0; i < m; i++) {
        double *share = work, *product = work + n, drift = 0.0, own = 0.0, held = 0.0, joint = 0.0;
        for (size_t j = 0; j < n; j++)
            share[j] = shares[i + j * ld];
        mvoi_covariance_product(product, log_covariance, share, scratch);
        for (size_t j = 0; j < n; j++) {
            const double mu = mean ? mean[j] : 0.0;
            drift += share[j] * log1p(mu);
            held += share[j] * mu;
            own += share[j] * log_covariance->diagonal[j];
            joint += share[j] * product[j];
        }
        const double expected = expm1(drift - 0.5 * own + 0.5 * joint);
        if (means)
            means[i] = expected;
        if (losses)
            losses[i] = expected - held;
    }
    mvoi_release(context, work);
    mvoi_release(context, scratch);
    return MVO_OK;
}
