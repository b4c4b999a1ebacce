/* SPDX-License-Identifier: MIT */
/* Downside co-movement: what falls short of a benchmark return, multiplied by itself. */
#include "estimate/estimate.h"

#include <math.h>

mvo_status mvo_covariance_new_semicovariance(mvo_covariance **covariance, mvo_context *context, size_t periods,
                                             size_t n, const double *returns, size_t ld, double benchmark,
                                             mvo_error *error)
{
    const mvoi_detail detail = { "benchmark", -1, -1, benchmark, 0.0 };
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (!isfinite(benchmark))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "benchmark is %g", benchmark);
    mvo_status status = mvoi_check_shape(context, error, periods, n, returns, ld, 0);
    if (status == MVO_OK)
        status = mvoi_check_returns(context, error, returns, periods, n, ld);
    if (status != MVO_OK)
        return status;
    double *table = mvoi_allocate(context, periods * n, sizeof *table);
    if (!table)
        return mvoi_fail_memory(context, error, "a semicovariance");
    for (size_t j = 0; j < n; j++)
        for (size_t t = 0; t < periods; t++)
            table[t + j * periods] = fmin(returns[t + j * ld] - benchmark, 0.0);
    return mvoi_covariance_new_table(covariance, context, periods, n, table, (double)periods, periods, MVO_CHECK_ALL,
                                     error);
}
