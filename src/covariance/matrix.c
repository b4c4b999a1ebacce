/* SPDX-License-Identifier: MIT */
/* Reading a covariance out: volatilities, the matrix, correlations. */
#include "covariance/make.h"

#include <math.h>

/* The standard deviation of an asset; a variance below zero, accepted on trust, has none. */
static double deviation(const mvo_covariance *covariance, size_t i)
{
    return covariance->diagonal[i] > 0.0 ? sqrt(covariance->diagonal[i]) : 0.0;
}

mvo_status mvo_covariance_volatilities(double *volatilities, const mvo_covariance *covariance, mvo_error *error)
{
    if (!volatilities)
        return mvoi_fail_null(covariance ? covariance->context : NULL, error, "volatilities");
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    for (size_t i = 0; i < covariance->n; i++)
        volatilities[i] = deviation(covariance, i);
    return MVO_OK;
}

mvo_status mvo_covariance_matrix(double *sigma, size_t ld, const mvo_covariance *covariance, mvo_error *error)
{
    if (!sigma)
        return mvoi_fail_null(covariance ? covariance->context : NULL, error, "sigma");
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    const size_t n = covariance->n;
    const mvo_status status = mvoi_check_leading(covariance->context, error, "ld", ld, "n", n, n);
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            const double value = mvoi_covariance_entry(covariance, i, j);
            sigma[i + j * ld] = value;
            sigma[j + i * ld] = value;
        }
    return MVO_OK;
}

/* Rounding does not take a correlation beyond one. */
static double between(double correlation)
{
    return correlation > 1.0 ? 1.0 : correlation < -1.0 ? -1.0 : correlation;
}

mvo_status mvo_covariance_correlation(double *correlation, size_t ld, const mvo_covariance *covariance,
                                      mvo_error *error)
{
    if (!correlation)
        return mvoi_fail_null(covariance ? covariance->context : NULL, error, "correlation");
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    const size_t n = covariance->n;
    const mvo_status status = mvoi_check_leading(covariance->context, error, "ld", ld, "n", n, n);
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++) {
        const double own = deviation(covariance, j);
        correlation[j + j * ld] = 1.0;
        for (size_t i = j + 1; i < n; i++) {
            const double other = deviation(covariance, i);
            const int risky = own > 0.0 && other > 0.0;
            /* One division after the other: the product of two small volatilities may be zero. */
            const double value = risky ? between(mvoi_covariance_entry(covariance, i, j) / own / other) : 0.0;
            correlation[i + j * ld] = value;
            correlation[j + i * ld] = value;
        }
    }
    return MVO_OK;
}
