/* SPDX-License-Identifier: MIT */
/* The first step of every estimator: its table of returns checked, copied and demeaned. */
#include "estimate/estimate.h"

mvo_status mvoi_estimate_check(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                               const double *returns, size_t ld, size_t ddof, mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvo_status status = mvoi_check_shape(context, error, periods, n, returns, ld, ddof);
    return status == MVO_OK ? mvoi_check_returns(context, error, returns, periods, n, ld) : status;
}

mvo_status mvoi_estimate_table(double **table, mvo_covariance **covariance, mvo_context *context, size_t periods,
                               size_t n, const double *returns, size_t ld, size_t ddof, mvo_error *error)
{
    const mvo_status status = mvoi_estimate_check(covariance, context, periods, n, returns, ld, ddof, error);
    if (status != MVO_OK)
        return status;
    double *made = mvoi_allocate(context, periods * n, sizeof *made); /* ld * n numbers can be addressed */
    if (!made)
        return mvoi_fail_memory(context, error, "the estimation of a covariance");
    for (size_t j = 0; j < n; j++)
        mvoi_demean(made + j * periods, returns + j * ld, periods);
    *table = made;
    return MVO_OK;
}

mvo_status mvoi_estimate_refuse_constant(mvo_context *context, mvo_error *error, const double *table, size_t periods,
                                         size_t n, const char *lacks)
{
    for (size_t j = 0; j < n; j++) {
        size_t t = 0;
        while (t < periods && table[t + j * periods] == 0.0)
            t++;
        const mvoi_detail detail = { "returns", -1, (int64_t)j, 0.0, 0.0 };
        if (t == periods)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "column %zu of returns is constant: it has no %s", j, lacks);
    }
    return MVO_OK;
}
