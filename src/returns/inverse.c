/* SPDX-License-Identifier: MIT */
/*
 * Sigma^-1 times vectors. A dense matrix is factorised; a factor model with specific variances everywhere is inverted
 * by its factors (Woodbury): Sigma^-1 = D^-1 - D^-1 F' (I + F D^-1 F')^-1 F D^-1. No BLAS here: the bits depend on
 * Sigma alone.
 */
#include "linalg/kernels.h"
#include "returns/returns.h"

#include <math.h>
#include <string.h>

static const double ROUNDING = 1e-14; /* times n, of the variance: what rounding leaves of a pivot that is zero */

/* Whether each asset has a specific variance that is more than rounding beside its variance. */
static int has_specific_risk(const mvo_covariance *covariance)
{
    const double least = (double)covariance->n * ROUNDING;
    if (covariance->kind != MVOI_FACTOR || covariance->k >= covariance->n)
        return 0;
    for (size_t i = 0; i < covariance->n; i++)
        if (!(covariance->specific[i] > least * covariance->diagonal[i]))
            return 0;
    return 1;
}

static mvo_status fail_singular(const mvo_covariance *covariance, mvo_error *error, size_t asset)
{
    const mvoi_detail detail = { "covariance", (int64_t)asset, -1, covariance->diagonal[asset], 0.0 };
    return mvoi_fail(covariance->context, error, MVO_ERROR_SINGULAR, detail, "covariance is singular: asset %zu is %s",
                     asset, covariance->diagonal[asset] > 0.0 ? "a combination of those before it" : "riskless");
}

static void solve_columns(double *X, size_t count, size_t n, const double *lower, size_t ld)
{
    const mvoi_kernels *kernels = mvoi_kernels_best();
    for (size_t c = 0; c < count; c++) {
        kernels->solve_lower(n, lower, ld, X + c * n);
        kernels->solve_lower_transposed(n, lower, ld, X + c * n);
    }
}

static mvo_status multiply_dense(double *X, size_t count, const mvo_covariance *covariance, mvo_error *error)
{
    const size_t n = covariance->n, ld = mvoi_leading_dimension(n);
    double *matrix = n <= SIZE_MAX / ld ? mvoi_allocate(covariance->context, n * ld, sizeof *matrix) : NULL;
    if (!matrix)
        return mvoi_fail_memory(covariance->context, error, "the inverse of a covariance");
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            matrix[i + j * ld] = mvoi_covariance_entry(covariance, i, j);
    const size_t done = mvoi_kernels_best()->cholesky(0, n, matrix, ld, (double)n * ROUNDING);
    if (done == n)
        solve_columns(X, count, n, matrix, ld);
    mvoi_release(covariance->context, matrix);
    return done == n ? MVO_OK : fail_singular(covariance, error, done);
}

/* I + F D^-1 F', lower triangle. */
static void fill_capacitance(double *inner, size_t ld, const mvo_covariance *covariance)
{
    const size_t k = covariance->k;
    memset(inner, 0, k * ld * sizeof *inner);
    for (size_t f = 0; f < k; f++)
        inner[f + f * ld] = 1.0;
    for (size_t i = 0; i < covariance->n; i++) {
        const double *loading = covariance->factors + i * k;
        for (size_t g = 0; g < k; g++) {
            const double scaled = loading[g] / covariance->specific[i];
            for (size_t f = g; f < k; f++)
                inner[f + g * ld] += loading[f] * scaled;
        }
    }
}

static mvo_status multiply_factor(double *X, size_t count, const mvo_covariance *covariance, mvo_error *error)
{
    const size_t n = covariance->n, k = covariance->k, ld = mvoi_leading_dimension(k);
    double *inner = mvoi_allocate(covariance->context, k * ld + k, sizeof *inner);
    if (!inner)
        return mvoi_fail_memory(covariance->context, error, "the inverse of a covariance");
    double *exposure = inner + k * ld;
    fill_capacitance(inner, ld, covariance);
    const size_t done = mvoi_kernels_best()->cholesky(0, k, inner, ld, 0.0);
    for (size_t c = 0; done == k && c < count; c++) {
        double *x = X + c * n;
        memset(exposure, 0, k * sizeof *exposure);
        for (size_t i = 0; i < n; i++) {
            x[i] /= covariance->specific[i];
            for (size_t f = 0; f < k; f++)
                exposure[f] += covariance->factors[f + i * k] * x[i];
        }
        solve_columns(exposure, 1, k, inner, ld);
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;
            for (size_t f = 0; f < k; f++)
                sum += covariance->factors[f + i * k] * exposure[f];
            x[i] -= sum / covariance->specific[i];
        }
    }
    mvoi_release(covariance->context, inner);
    return done == k ? MVO_OK : fail_singular(covariance, error, 0);
}

mvo_status mvoi_inverse_multiply(double *X, size_t count, const mvo_covariance *covariance, mvo_error *error)
{
    return has_specific_risk(covariance) ? multiply_factor(X, count, covariance, error)
                                         : multiply_dense(X, count, covariance, error);
}
