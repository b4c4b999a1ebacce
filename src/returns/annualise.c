/* SPDX-License-Identifier: MIT */
/* Figures per period to figures per year. Nothing else in this library does that. */
#include "returns/returns.h"

#include <math.h>

/* annual[i] = factor x[i], checked for overflow before anything is written. */
static mvo_status scale(double *annual, size_t n, const char *name, const double *x, double factor, mvo_error *error)
{
    for (size_t i = 0; i < n; i++) {
        const mvoi_detail detail = { name, (int64_t)i, -1, x[i], 0.0 };
        if (!isfinite(factor * x[i]))
            return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "%s[%zu] = %g overflows when made annual", name,
                             i, x[i]);
    }
    for (size_t i = 0; i < n; i++)
        annual[i] = factor * x[i];
    return MVO_OK;
}

static mvo_status check(double *annual, size_t n, const char *name, const double *x, double periods_per_year,
                        mvo_error *error)
{
    if (!annual)
        return mvoi_fail_null(NULL, error, "annual");
    if (n == 0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    const mvo_status status = mvoi_check_vector(NULL, error, name, x, n);
    return status == MVO_OK ? mvoi_positive_check(NULL, error, "periods_per_year", periods_per_year) : status;
}

mvo_status mvo_annualise_mean(double *annual, size_t n, const double *means, double periods_per_year, mvo_error *error)
{
    const mvo_status status = check(annual, n, "means", means, periods_per_year, error);
    return status == MVO_OK ? scale(annual, n, "means", means, periods_per_year, error) : status;
}

mvo_status mvo_annualise_volatility(double *annual, size_t n, const double *volatilities, double periods_per_year,
                                    mvo_error *error)
{
    const mvo_status status = check(annual, n, "volatilities", volatilities, periods_per_year, error);
    return status == MVO_OK ? scale(annual, n, "volatilities", volatilities, sqrt(periods_per_year), error) : status;
}

mvo_status mvo_annualise_growth(double *annual, size_t n, const double *growth, double periods_per_year,
                                mvo_error *error)
{
    const mvo_status status = check(annual, n, "growth", growth, periods_per_year, error);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const mvoi_detail detail = { "growth", (int64_t)i, -1, growth[i], -1.0 };
        if (growth[i] < -1.0)
            return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail,
                             "growth[%zu] is %g, and nothing loses more than all", i, growth[i]);
        if (!isfinite(expm1(periods_per_year * log1p(growth[i]))))
            return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "growth[%zu] = %g overflows when made annual",
                             i, growth[i]);
    }
    for (size_t i = 0; i < n; i++)
        annual[i] = expm1(periods_per_year * log1p(growth[i]));
    return MVO_OK;
}
