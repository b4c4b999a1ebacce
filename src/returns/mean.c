/* SPDX-License-Identifier: MIT */
/* Means of the past: arithmetic, geometric, exponentially weighted. */
#include "returns/returns.h"

#include <math.h>

/*
 * Mean of a column, the last return having weight 1 and each one before it `decay` times the weight of the next. It is
 * taken from the last return on, so that a constant column has exactly that mean.
 */
static double weighted_mean(const double *x, size_t periods, double decay)
{
    const double base = x[periods - 1];
    double weight = 1.0, weights = 0.0, sum = 0.0;
    for (size_t t = periods; t-- > 0;) {
        sum += weight * (x[t] - base);
        weights += weight;
        weight *= decay;
    }
    return base + sum / weights;
}

/* Writes the means; an overflow is found before. */
static mvo_status write_means(double *mu, const mvoi_table *table, double decay, mvo_error *error)
{
    for (int write = 0; write <= 1; write++)
        for (size_t j = 0; j < table->n; j++) {
            const double mean = weighted_mean(table->values + j * table->ld, table->rows, decay);
            const mvoi_detail detail = { "returns", -1, (int64_t)j, mean, 0.0 };
            if (!isfinite(mean))
                return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail,
                                 "the mean of column %zu of returns overflows", j);
            if (write)
                mu[j] = mean;
        }
    return MVO_OK;
}

mvo_status mvo_mean_arithmetic(double *mu, size_t periods, size_t n, const double *returns, size_t ld, mvo_error *error)
{
    const mvoi_table given = { "returns", "ld", "periods", returns, periods, n, ld };
    if (!mu)
        return mvoi_fail_null(NULL, error, "mu");
    const mvo_status status = mvoi_table_check(NULL, error, &given);
    return status == MVO_OK ? write_means(mu, &given, 1.0, error) : status;
}

/* Infinity is a half-life, too: nothing is forgotten. */
static mvo_status check_half_life(mvo_error *error, double half_life)
{
    const mvoi_detail detail = { "half_life", -1, -1, half_life, 0.0 };
    if (isnan(half_life))
        return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "half_life is %g", half_life);
    if (!(half_life > 0.0))
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "half_life is %g, not greater than 0", half_life);
    return MVO_OK;
}

mvo_status mvo_mean_exponential(double *mu, size_t periods, size_t n, const double *returns, size_t ld,
                                double half_life, mvo_error *error)
{
    const mvoi_table given = { "returns", "ld", "periods", returns, periods, n, ld };
    if (!mu)
        return mvoi_fail_null(NULL, error, "mu");
    mvo_status status = mvoi_table_check(NULL, error, &given);
    if (status == MVO_OK)
        status = check_half_life(error, half_life);
    return status == MVO_OK ? write_means(mu, &given, exp2(-1.0 / half_life), error) : status;
}

/* In logarithms, which the product of many returns cannot overflow; log(0) = -infinity gives -1. */
mvo_status mvo_mean_geometric(double *mu, size_t periods, size_t n, const double *returns, size_t ld, mvo_error *error)
{
    const mvoi_table given = { "returns", "ld", "periods", returns, periods, n, ld };
    if (!mu)
        return mvoi_fail_null(NULL, error, "mu");
    const mvo_status status = mvoi_table_check_above(NULL, error, &given, -1.0, 1, "and nothing loses more than all");
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t t = 0; t < periods; t++)
            sum += log1p(returns[t + j * ld]);
        mu[j] = expm1(sum / (double)periods);
    }
    return MVO_OK;
}
