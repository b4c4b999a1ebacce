/* SPDX-License-Identifier: MIT */
/*
 * Sample means shrunk towards one number for all assets. James & Stein (1961) in the form with a covariance; the
 * empirical Bayes estimator of Jorion, Bayes-Stein estimation for portfolio analysis (1986).
 */
#include "returns/returns.h"

#include <math.h>
#include <string.h>

/* mu = (1 - s) mean + s target, and the outputs that go with it. */
static void shrink(double *mu, double *intensity, const double *mean, size_t n, double s, double target)
{
    for (size_t i = 0; i < n; i++)
        mu[i] = s < 1.0 ? target + (1.0 - s) * (mean[i] - target) : target;
    if (intensity)
        *intensity = s;
}

static mvo_status check(const double *mu, const mvo_covariance *covariance, const double *mean, size_t periods,
                        mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!mu)
        return mvoi_fail_null(context, error, "mu");
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    if (periods == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"), "periods is 0");
    return mvoi_check_vector(context, error, "mean", mean, covariance->n);
}

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

mvo_status mvo_mean_james_stein(double *mu, double *intensity, const mvo_covariance *covariance, const double *mean,
                                size_t periods, double target, mvo_error *error)
{
    mvo_status status = check(mu, covariance, mean, periods, error);
    if (status == MVO_OK)
        status = mvoi_number_check(covariance->context, error, "target", target);
    if (status != MVO_OK)
        return status;
    const size_t n = covariance->n;
    const mvoi_detail few = { "covariance", -1, -1, (double)n, 3.0 };
    if (n < 3)
        return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, few,
                         "covariance has %zu assets, and James-Stein shrinkage needs at least 3", n);
    double *beside = mvoi_allocate(covariance->context, 2 * n, sizeof *beside);
    if (!beside)
        return mvoi_fail_memory(covariance->context, error, "James-Stein shrinkage");
    double *solved = beside + n;
    for (size_t i = 0; i < n; i++)
        solved[i] = beside[i] = mean[i] - target;
    status = mvoi_inverse_multiply(solved, 1, covariance, error);
    if (status == MVO_OK) {
        const double distance = (double)periods * dot(beside, solved, n), order = (double)(n - 2);
        shrink(mu, intensity, mean, n, distance > order ? order / distance : 1.0, target);
    }
    mvoi_release(covariance->context, beside);
    return status;
}

static mvo_status check_correction(const mvo_covariance *covariance, size_t periods, int32_t correction,
                                   mvo_error *error)
{
    const size_t n = covariance->n;
    const mvoi_detail detail = { "correction", -1, -1, (double)correction, 0.0 };
    if (correction != MVO_STEIN_AS_GIVEN && correction != MVO_STEIN_SAMPLE)
        return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, detail,
                         "correction is %d, which is neither MVO_STEIN_AS_GIVEN nor MVO_STEIN_SAMPLE", (int)correction);
    const mvoi_detail few = { "periods", -1, -1, (double)periods, (double)n + 2.0 };
    if (correction == MVO_STEIN_SAMPLE && (periods < 3 || periods - 2 <= n))
        return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, few,
                         "periods is %zu, not more than n + 2 with n = %zu, as MVO_STEIN_SAMPLE needs", periods, n);
    return MVO_OK;
}

mvo_status mvo_mean_bayes_stein(double *mu, double *intensity, double *target, const mvo_covariance *covariance,
                                const double *mean, size_t periods, int32_t correction, mvo_error *error)
{
    mvo_status status = check(mu, covariance, mean, periods, error);
    if (status == MVO_OK)
        status = check_correction(covariance, periods, correction, error);
    if (status != MVO_OK)
        return status;
    const size_t n = covariance->n;
    double *solved = mvoi_allocate(covariance->context, 2 * n, sizeof *solved);
    if (!solved)
        return mvoi_fail_memory(covariance->context, error, "Bayes-Stein shrinkage");
    double *ones = solved + n;
    memcpy(solved, mean, n * sizeof *solved);
    for (size_t i = 0; i < n; i++)
        ones[i] = 1.0;
    status = mvoi_inverse_multiply(solved, 2, covariance, error);
    if (status == MVO_OK) {
        double total = 0.0, distance = 0.0;
        for (size_t i = 0; i < n; i++)
            total += ones[i];
        const double common = dot(ones, mean, n) / total;
        for (size_t i = 0; i < n; i++)
            distance += (mean[i] - common) * (solved[i] - common * ones[i]);
        distance *= (double)periods;
        if (correction == MVO_STEIN_SAMPLE)
            distance *= (double)(periods - n - 2) / (double)(periods - 1);
        const double order = (double)n + 2.0;
        shrink(mu, intensity, mean, n, distance > 0.0 ? order / (order + distance) : 1.0, common);
        if (target)
            *target = common;
    }
    mvoi_release(covariance->context, solved);
    return status;
}
