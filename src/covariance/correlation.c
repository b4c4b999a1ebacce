/* SPDX-License-Identifier: MIT */
/* A covariance from volatilities and correlations. What is checked is the correlation matrix, as it was given. */
#include "covariance/make.h"

#include <math.h>

static const double UNIT = 1e-10; /* how far a diagonal may be from 1, and an element beyond it */

static mvo_status check_volatilities(mvo_context *context, mvo_error *error, const double *volatility, size_t n)
{
    const mvo_status status = mvoi_check_vector(context, error, "volatility", volatility, n);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const mvoi_detail detail = { "volatility", (int64_t)i, -1, volatility[i], 0.0 };
        if (volatility[i] < 0.0)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "volatility[%zu] is %g, less than zero", i,
                             volatility[i]);
        if (!isfinite(volatility[i] * volatility[i]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail,
                             "the square of volatility[%zu] = %g overflows", i, volatility[i]);
    }
    return MVO_OK;
}

/* Ones on the diagonal, and nothing beyond one elsewhere; of finite numbers. */
static mvo_status check_units(mvo_context *context, mvo_error *error, const mvoi_square *m)
{
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = 0; i < m->n; i++) {
            const double value = m->values[i + j * m->ld];
            const int well = i == j ? fabs(value - 1.0) <= UNIT : fabs(value) <= 1.0 + UNIT;
            if (well)
                continue;
            const mvoi_detail detail = { m->name, (int64_t)i, (int64_t)j, value, 1.0 };
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu, %zu] is %.17g, %s", m->name, i, j,
                             value, i == j ? "not 1" : "outside [-1, 1]");
        }
    return MVO_OK;
}

/* Sigma_ij = (v_i v_j) C_ij: the same bits for (i, j) and (j, i). Returns whether all products are finite. */
static int scale(double *matrix, size_t ld, const double *volatility, size_t n)
{
    int well = 1;
    for (size_t j = 0; j < n; j++) {
        double *column = matrix + j * ld;
        for (size_t i = 0; i < n; i++)
            column[i] = volatility[i] * volatility[j] * column[i];
        well &= mvoi_all_finite(column, n);
    }
    return well;
}

static mvo_status refuse_overflow(mvo_context *context, mvo_error *error, const mvoi_square *made)
{
    for (size_t j = 0; j < made->n; j++)
        for (size_t i = 0; i < made->n; i++) {
            const mvoi_detail detail = { "correlation", (int64_t)i, (int64_t)j, made->values[i + j * made->ld], 0.0 };
            if (!isfinite(detail.value))
                return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail,
                                 "the covariance of volatility[%zu] and volatility[%zu] overflows", i, j);
        }
    return MVO_OK;
}

static mvo_status check_correlation(mvo_context *context, mvo_error *error, const mvoi_square *given, double *target,
                                    size_t ld_target, int32_t level)
{
    /* Finite first, so that NaN is called NaN; then ones, so that a wrong diagonal is not called something else. */
    mvo_status status = mvoi_square_take(target, ld_target, context, error, given,
                                         level == MVO_CHECK_NONE ? MVO_CHECK_NONE : MVO_CHECK_FINITE);
    if (status != MVO_OK || level != MVO_CHECK_ALL)
        return status;
    status = check_units(context, error, given);
    if (status == MVO_OK)
        status = mvoi_square_take(target, ld_target, context, error, given, MVO_CHECK_ALL);
    const mvoi_square taken = { given->name, target, given->n, ld_target };
    return status == MVO_OK ? mvoi_square_semidefinite(context, error, &taken, target) : status;
}

static mvo_status fill(mvo_covariance *made, double *diagonal, const double *volatility, const mvoi_square *given,
                       int32_t level, mvo_error *error)
{
    mvo_context *context = made->context;
    const size_t n = made->n;
    made->kind = MVOI_DENSE;
    made->trusted = level != MVO_CHECK_ALL;
    made->ld = mvoi_padded(n);
    double *target = n <= SIZE_MAX / made->ld ? mvoi_allocate(context, n * made->ld, sizeof *target) : NULL;
    made->owned[1] = target;
    made->dense = target;
    if (!target)
        return mvoi_fail_memory(context, error, "a covariance");
    const mvo_status status = check_correlation(context, error, given, target, made->ld, level);
    if (status != MVO_OK)
        return status;
    const mvoi_square result = { "sigma", target, n, made->ld };
    if (!scale(target, made->ld, volatility, n) && level != MVO_CHECK_NONE)
        return refuse_overflow(context, error, &result);
    for (size_t i = 0; i < n; i++)
        diagonal[i] = target[i + i * made->ld];
    return MVO_OK;
}

mvo_status mvo_covariance_new_correlation(mvo_covariance **covariance, mvo_context *context, size_t n,
                                          const double *volatility, const double *correlation, size_t ld, int32_t flags,
                                          mvo_error *error)
{
    int32_t level = MVO_CHECK_ALL;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (!volatility)
        return mvoi_fail_null(context, error, "volatility");
    if (!correlation)
        return mvoi_fail_null(context, error, "correlation");
    mvo_status status = mvoi_check_leading(context, error, "ld", ld, "n", n, n);
    if (status == MVO_OK)
        status = mvoi_check_flags(&level, NULL, context, error, flags, 0);
    if (status == MVO_OK && level != MVO_CHECK_NONE)
        status = check_volatilities(context, error, volatility, n);
    if (status != MVO_OK)
        return status;
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, context, n);
    if (!made)
        return mvoi_fail_memory(context, error, "a covariance");
    const mvoi_square given = { "correlation", correlation, n, ld };
    status = fill(made, diagonal, volatility, &given, level, error);
    if (status != MVO_OK) {
        mvo_covariance_unref(made);
        return status;
    }
    *covariance = made;
    return MVO_OK;
}
