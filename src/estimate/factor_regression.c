/* SPDX-License-Identifier: MIT */
/*
 * Loadings on factors whose returns are given: one regression over time for each asset, all with the same factors, so
 * one decomposition serves them. Means are taken out first; the constant comes back as alpha.
 */
#include "estimate/least_squares.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

typedef struct regression {
    size_t periods, n, k;
    mvoi_design design;                            /* periods-by-k: centred factor returns */
    double *centred;                               /* periods-by-n */
    double *omega;                                 /* k-by-k, lower triangle until it is used */
    double *means;                                 /* k: of the factors */
    double *alphas, *specific, *r_squared, *total; /* n each */
    double *loadings;                              /* n-by-k */
    double *numbers;
} regression;

static mvo_status allocate(regression *r, mvo_context *context, mvo_error *error)
{
    const size_t periods = r->periods, n = r->n, k = r->k;
    const mvo_status status = mvoi_design_new(&r->design, context, error, periods, k, n);
    if (status != MVO_OK)
        return status;
    /* k < periods, so that the sum is below four times a table that can be addressed, or a design that was. */
    r->numbers = mvoi_allocate(context, periods * n + k * k + k + 4 * n + n * k, sizeof *r->numbers);
    if (!r->numbers)
        return mvoi_fail_memory(context, error, "a factor model");
    r->centred = r->numbers;
    r->omega = r->centred + periods * n;
    r->means = r->omega + k * k;
    r->alphas = r->means + k;
    r->specific = r->alphas + n;
    r->r_squared = r->specific + n;
    r->total = r->r_squared + n;
    r->loadings = r->total + n;
    return MVO_OK;
}

static mvo_status centre_factors(regression *r, const double *factors, size_t ld, mvo_context *context,
                                 mvo_error *error)
{
    for (size_t f = 0; f < r->k; f++) {
        double *column = r->design.values + f * r->periods;
        r->means[f] = mvoi_centre(column, factors + f * ld, r->periods);
        const mvoi_detail detail = { "factor_returns", -1, (int64_t)f, r->means[f], 0.0 };
        if (mvoi_is_constant(column, r->periods, r->means[f]))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "factor %zu is constant at %g", f,
                             r->means[f]);
    }
    return MVO_OK;
}

static mvo_status centre_returns(regression *r, const double *returns, size_t ld, mvo_context *context,
                                 mvo_error *error)
{
    for (size_t j = 0; j < r->n; j++) {
        double *column = r->centred + j * r->periods;
        r->alphas[j] = mvoi_centre(column, returns + j * ld, r->periods);
        r->total[j] = mvoi_sum_of_squares(column, r->periods);
        const mvoi_detail detail = { "returns", -1, (int64_t)j, r->alphas[j], 0.0 };
        if (mvoi_is_constant(column, r->periods, r->alphas[j]))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "column %zu of returns is constant at %g", j,
                             r->alphas[j]);
        if (!isfinite(r->total[j]) || !(r->total[j] > 0.0))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "the variance of column %zu of returns %s",
                             j, r->total[j] > 0.0 ? "overflows" : "underflows");
    }
    return MVO_OK;
}

/* The factors' sample covariance, before the design is decomposed. */
static mvo_status regress(regression *r, mvo_context *context, mvo_error *error)
{
    const size_t T = r->periods, n = r->n, k = r->k;
    size_t dependent = 0;
    int fits = k == 0 || mvoi_lapack_gram(T, k, 1.0 / (double)(T - 1), r->design.values, T, r->omega, k);
    for (size_t f = 0; f < k; f++)
        for (size_t g = f + 1; fits && g < k; g++)
            r->omega[f + g * k] = r->omega[g + f * k];
    fits = fits && mvoi_design_decompose(&dependent, &r->design);
    const mvoi_detail detail = { "factor_returns", -1, (int64_t)dependent, 0.0, 0.0 };
    if (fits && dependent < k)
        return mvoi_fail(context, error, MVO_ERROR_SINGULAR, detail,
                         "the returns of factor %zu are a combination of a constant and the factors before it",
                         dependent);
    fits = fits && mvoi_design_solve(r->centred, T, n, &r->design);
    if (!fits)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                         "a table of %zu periods and %zu assets is too large for LAPACK", T, n);
    for (size_t j = 0; j < n; j++) {
        const double *b = r->centred + j * T;
        const double rest = mvoi_sum_of_squares(b + k, T - k);
        for (size_t f = 0; f < k; f++) {
            r->loadings[j + f * n] = b[f];
            r->alphas[j] -= b[f] * r->means[f];
        }
        r->specific[j] = rest / (double)(T - k - 1);
        r->r_squared[j] = fmin(fmax(1.0 - rest / r->total[j], 0.0), 1.0);
    }
    return MVO_OK;
}

static mvo_status check(mvo_context *context, mvo_error *error, const regression *r, const double *returns, size_t ld,
                        const double *factors, size_t ld_factors)
{
    mvo_status status = mvoi_check_factor_table(context, error, r->periods, r->n, returns, ld);
    const mvoi_detail few = { "periods", -1, -1, (double)r->periods, (double)r->k + 1.0 };
    if (status != MVO_OK)
        return status;
    if (r->periods < 2 || r->k > r->periods - 2)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, few,
                         "periods is %zu, too few for a constant, %zu factors and a residual variance", r->periods,
                         r->k);
    if (r->k == 0)
        return MVO_OK;
    if (!factors)
        return mvoi_fail_null(context, error, "factor_returns");
    status = mvoi_check_leading(context, error, "ld_factors", ld_factors, "periods", r->periods, r->k);
    return status == MVO_OK ? mvoi_check_table(context, error, "factor_returns", factors, r->periods, r->k, ld_factors)
                            : status;
}

mvo_status mvo_covariance_new_factor_regression(mvo_covariance **covariance, double *alphas, double *loadings,
                                                double *specific_variance, double *r_squared, mvo_context *context,
                                                size_t periods, size_t n, const double *returns, size_t ld, size_t k,
                                                const double *factor_returns, size_t ld_factors, mvo_error *error)
{
    regression r = { 0 };
    r.periods = periods;
    r.n = n;
    r.k = k;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = check(context, error, &r, returns, ld, factor_returns, ld_factors);
    if (status == MVO_OK)
        status = allocate(&r, context, error);
    if (status == MVO_OK)
        status = centre_factors(&r, factor_returns, ld_factors, context, error);
    if (status == MVO_OK)
        status = centre_returns(&r, returns, ld, context, error);
    if (status == MVO_OK)
        status = regress(&r, context, error);
    if (status == MVO_OK)
        status = mvo_covariance_new_factor(covariance, context, n, k, r.loadings, n, r.omega, k, r.specific,
                                           MVO_CHECK_ALL, error);
    if (status == MVO_OK && alphas)
        memcpy(alphas, r.alphas, n * sizeof *alphas);
    if (status == MVO_OK && loadings)
        memcpy(loadings, r.loadings, n * k * sizeof *loadings);
    if (status == MVO_OK && specific_variance)
        memcpy(specific_variance, r.specific, n * sizeof *specific_variance);
    if (status == MVO_OK && r_squared)
        memcpy(r_squared, r.r_squared, n * sizeof *r_squared);
    mvoi_release(context, r.numbers);
    mvoi_design_free(&r.design, context);
    return status;
}
