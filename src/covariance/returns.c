/* SPDX-License-Identifier: MIT */
/* Sample covariance of a table of returns: the product of the demeaned table with itself. */
#include "covariance/make.h"

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
 * target = x - mean. The mean is taken from the first return on, so that a constant column becomes exactly
 * zero, and what rounding left of it is taken out in a second pass.
 */
void mvoi_demean(double *target, const double *x, size_t periods)
{
    const double mean = x[0] + sum_beside(x, periods, x[0]) / (double)periods;
    for (size_t t = 0; t < periods; t++)
        target[t] = x[t] - mean;
    const double rest = sum_beside(target, periods, 0.0) / (double)periods;
    for (size_t t = 0; t < periods; t++)
        target[t] -= rest;
}

mvo_status mvoi_check_returns(mvo_context *context, mvo_error *error, const double *returns, size_t periods, size_t n,
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

mvo_status mvoi_check_shape(mvo_context *context, mvo_error *error, size_t periods, size_t n, const double *returns,
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
    mvo_status status = mvoi_check_shape(context, error, periods, n, returns, ld, ddof);
    if (status == MVO_OK)
        status = mvoi_check_flags(&level, NULL, context, error, flags, 0);
    if (status == MVO_OK && level != MVO_CHECK_NONE)
        status = mvoi_check_returns(context, error, returns, periods, n, ld);
    if (status != MVO_OK)
        return status;
    double *table = mvoi_allocate(context, periods * n, sizeof *table); /* no larger than what ld * n can address */
    if (!table)
        return mvoi_fail_memory(context, error, "a sample covariance");
    for (size_t j = 0; j < n; j++)
        mvoi_demean(table + j * periods, returns + j * ld, periods);
    const size_t rank_bound = periods - 1 < n ? periods - 1 : n; /* taking out the mean costs one */
    return mvoi_covariance_new_table(covariance, context, periods, n, table, (double)(periods - ddof), rank_bound,
                                     level, error);
}
