/* SPDX-License-Identifier: MIT */
/*
 * Sample covariance of a table of returns. With few periods it is kept as what it is, the product of the demeaned table
 * with itself; with many it is multiplied out.
 */
#include "covariance/make.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

/* Sum of x[t] - base over a column. */
static double sum_beside(const double *x, size_t periods, double base)
{
    double sums[LANES] = { 0.0 };
    size_t t = 0;
    for (; t + LANES <= periods; t += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sums[lane] += x[t + lane] - base;
    for (; t < periods; t++)
        sums[t % LANES] += x[t] - base;
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/*
 * target = (x - mean) / divisor. The mean is taken from the first return on, so that a constant column becomes exactly
 * zero, and what rounding left of it is taken out in a second pass.
 */
static void demean(double *target, const double *x, size_t periods, double divisor)
{
    const double mean = x[0] + sum_beside(x, periods, x[0]) / (double)periods;
    for (size_t t = 0; t < periods; t++)
        target[t] = x[t] - mean;
    const double rest = sum_beside(target, periods, 0.0) / (double)periods;
    for (size_t t = 0; t < periods; t++)
        target[t] = (target[t] - rest) / divisor;
}

static mvo_status check_returns(mvo_context *context, mvo_error *error, const double *returns, size_t periods, size_t n,
                                size_t ld)
{
    for (size_t j = 0; j < n; j++) {
        const double *column = returns + j * ld;
        if (mvoi_all_finite(column, periods))
            continue;
        const size_t t = mvoi_find_not_finite(column, periods, 0);
        return mvoi_fail_entry(context, error, "returns", t, j, column[t]);
    }
    return MVO_OK;
}

/* Kept structured: one factor per period, (x - mean) / sqrt(periods - ddof), and no specific variances. */
static mvo_status fill_factors(mvo_covariance *made, const double *returns, size_t periods, size_t ld, size_t ddof,
                               mvo_error *error)
{
    const size_t n = made->n;
    double *factors = periods <= SIZE_MAX / n ? mvoi_allocate(made->context, periods * n, sizeof *factors) : NULL;
    double *specific = mvoi_allocate(made->context, n, sizeof *specific);
    made->kind = MVOI_FACTOR;
    made->k = periods;
    made->owned[1] = factors;
    made->factors = factors;
    made->owned[2] = specific;
    made->specific = specific;
    if (!factors || !specific)
        return mvoi_fail_memory(made->context, error, "a sample covariance");
    for (size_t j = 0; j < n; j++) {
        demean(factors + j * periods, returns + j * ld, periods, sqrt((double)(periods - ddof)));
        specific[j] = 0.0;
    }
    return MVO_OK;
}

/* Multiplied out: the lower triangle by BLAS, the upper one its mirror image. */
static mvo_status fill_matrix(mvo_covariance *made, const double *returns, size_t periods, size_t ld, size_t ddof,
                              mvo_error *error)
{
    const size_t n = made->n;
    made->kind = MVOI_DENSE;
    made->ld = mvoi_padded(n);
    double *demeaned = periods <= SIZE_MAX / n ? mvoi_allocate(made->context, periods * n, sizeof *demeaned) : NULL;
    double *matrix = n <= SIZE_MAX / made->ld ? mvoi_allocate(made->context, n * made->ld, sizeof *matrix) : NULL;
    made->owned[1] = matrix;
    made->dense = matrix;
    if (!demeaned || !matrix) {
        mvoi_release(made->context, demeaned);
        return mvoi_fail_memory(made->context, error, "a sample covariance");
    }
    for (size_t j = 0; j < n; j++)
        demean(demeaned + j * periods, returns + j * ld, periods, 1.0);
    const int fits = mvoi_lapack_gram(periods, n, 1.0 / (double)(periods - ddof), demeaned, periods, matrix, made->ld);
    mvoi_release(made->context, demeaned);
    if (!fits)
        return mvoi_fail(made->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                         "a table of %zu periods and %zu assets is too large for BLAS", periods, n);
    const mvoi_square lower = { "sigma", matrix, n, made->ld };
    return mvoi_square_take(matrix, made->ld, made->context, error, &lower, MVO_CHECK_NONE);
}

static mvo_status fill(mvo_covariance *made, double *diagonal, const double *returns, size_t periods, size_t ld,
                       size_t ddof, int32_t level, mvo_error *error)
{
    const size_t n = made->n;
    const int few = periods < n / 2;
    const mvo_status status = few ? fill_factors(made, returns, periods, ld, ddof, error)
                                  : fill_matrix(made, returns, periods, ld, ddof, error);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        diagonal[i] = mvoi_covariance_entry(made, i, i);
        const mvoi_detail detail = { "returns", -1, (int64_t)i, diagonal[i], 0.0 };
        if (level != MVO_CHECK_NONE && !isfinite(diagonal[i]))
            return mvoi_fail(made->context, error, MVO_ERROR_NOT_FINITE, detail,
                             "the variance of column %zu of returns overflows", i);
    }
    made->rank_bound = periods - 1 < n ? periods - 1 : n; /* taking out the mean costs one */
    return MVO_OK;
}

static mvo_status check_shape(mvo_context *context, mvo_error *error, size_t periods, size_t n, const double *returns,
                              size_t ld, size_t ddof)
{
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (periods == 0 || periods <= ddof) {
        const mvoi_detail detail = { "periods", -1, -1, (double)periods, (double)ddof };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "periods is %zu, not more than ddof = %zu",
                         periods, ddof);
    }
    if (!returns)
        return mvoi_fail_null(context, error, "returns");
    return mvoi_check_leading(context, error, "ld", ld, "periods", periods, n);
}

mvo_status mvo_covariance_new_returns(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                      const double *returns, size_t ld, size_t ddof, int32_t flags, mvo_error *error)
{
    int32_t level = MVO_CHECK_ALL;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = check_shape(context, error, periods, n, returns, ld, ddof);
    if (status == MVO_OK)
        status = mvoi_check_flags(&level, NULL, context, error, flags, 0);
    if (status == MVO_OK && level != MVO_CHECK_NONE)
        status = check_returns(context, error, returns, periods, n, ld);
    if (status != MVO_OK)
        return status;
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, context, n);
    if (!made)
        return mvoi_fail_memory(context, error, "a sample covariance");
    status = fill(made, diagonal, returns, periods, ld, ddof, level, error);
    if (status != MVO_OK) {
        mvo_covariance_unref(made);
        return status;
    }
    *covariance = made;
    return MVO_OK;
}
