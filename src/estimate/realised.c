/* SPDX-License-Identifier: MIT */
/* Realised covariances of prices that are observed at different times. */
#include "estimate/assemble.h"
#include "estimate/ticks.h"

#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

static mvo_status check_grid(mvo_context *context, mvo_error *error, double begin, double end, size_t intervals)
{
    const mvoi_detail first = { "begin", -1, -1, begin, end }, last = { "end", -1, -1, end, begin };
    if (!isfinite(begin))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, first, "begin is %g", begin);
    if (!isfinite(end))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, last, "end is %g", end);
    if (!(end > begin) || !isfinite(end - begin))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, last, "end is %g, not after begin = %g", end, begin);
    if (intervals == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("intervals"), "intervals is 0");
    return MVO_OK;
}

/* Log returns over the grid (intervals-by-n) of the last price at or before each of its points. */
static void fill_returns(double *returns, const mvoi_ticks *ticks, double begin, double end, size_t intervals)
{
    for (size_t i = 0; i < ticks->n; i++) {
        const double *times = ticks->times[i], *logs = ticks->logs[i];
        size_t last = 0;
        double before = 0.0;
        for (size_t g = 0; g <= intervals; g++) {
            /* Multiplied first: whole seconds then fall on whole seconds. */
            const double point = g == intervals ? end : begin + (end - begin) * (double)g / (double)intervals;
            while (last + 1 < ticks->counts[i] && times[last + 1] <= point)
                last++;
            if (g)
                returns[g - 1 + i * intervals] = logs[last] - before;
            before = logs[last];
        }
    }
}

mvo_status mvo_covariance_new_previous_tick(mvo_covariance **covariance, mvo_context *context, size_t n,
                                            const size_t *counts, const double *const *times,
                                            const double *const *prices, double begin, double end, size_t intervals,
                                            mvo_error *error)
{
    mvoi_ticks ticks;
    mvoi_assembly assembly = { .made = NULL };
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = check_grid(context, error, begin, end, intervals);
    if (status == MVO_OK)
        status = mvoi_ticks_take(&ticks, context, error, n, counts, times, prices, 1);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; status == MVO_OK && i < n; i++) {
        const mvoi_detail detail = { "times", (int64_t)i, 0, times[i][0], begin };
        if (times[i][0] > begin)
            status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                               "times[%zu][0] is %.17g: no price of asset %zu at or before begin = %.17g", i,
                               times[i][0], i, begin);
    }
    double *returns = NULL;
    if (status == MVO_OK)
        status = mvoi_assembly_dense(&assembly, context, error, n, "a realised covariance");
    if (status == MVO_OK) {
        returns = intervals <= SIZE_MAX / n ? mvoi_allocate(context, intervals * n, sizeof *returns) : NULL;
        if (!returns)
            status = mvoi_fail_memory(context, error, "a realised covariance");
    }
    if (status == MVO_OK) {
        fill_returns(returns, &ticks, begin, end, intervals);
        if (!mvoi_lapack_gram(intervals, n, 1.0, returns, intervals, assembly.matrix, assembly.ld))
            status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("intervals"),
                               "a grid of %zu intervals and %zu assets is too large for BLAS", intervals, n);
    }
    if (status == MVO_OK)
        status = mvoi_assembly_finish(covariance, &assembly, error, 0);
    if (status == MVO_OK)
        (*covariance)->rank_bound = intervals < n ? intervals : n;
    mvoi_assembly_drop(&assembly);
    mvoi_release(context, returns);
    mvoi_ticks_release(&ticks, context);
    return status;
}

/*
 * Sum of the products of all pairs of returns whose intervals overlap. For the interval (s, e] of asset i the returns
 * of asset j that overlap it add up to one: from its last price at or before s to its first one at or after e.
 */
static double overlapping(const mvoi_ticks *ticks, size_t i, size_t j)
{
    const double *own = ticks->times[i], *other = ticks->times[j];
    const double *own_logs = ticks->logs[i], *other_logs = ticks->logs[j];
    const size_t count = ticks->counts[j];
    size_t from = 0, to = 0;
    double sum = 0.0;
    for (size_t k = 1; k < ticks->counts[i]; k++) {
        while (from + 1 < count && other[from + 1] <= own[k - 1])
            from++;
        while (to + 1 < count && other[to] < own[k])
            to++;
        if (to > from) /* otherwise asset j has not begun yet, or is over */
            sum += (own_logs[k] - own_logs[k - 1]) * (other_logs[to] - other_logs[from]);
    }
    return sum;
}

mvo_status mvo_hayashi_yoshida(double *sigma, size_t ld, mvo_context *context, size_t n, const size_t *counts,
                               const double *const *times, const double *const *prices, mvo_error *error)
{
    mvoi_ticks ticks;
    if (!sigma)
        return mvoi_fail_null(context, error, "sigma");
    mvo_status status = n ? mvoi_check_leading(context, error, "ld", ld, "n", n, n) : MVO_OK;
    if (status == MVO_OK)
        status = mvoi_ticks_take(&ticks, context, error, n, counts, times, prices, 2);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double value = overlapping(&ticks, i, j);
            sigma[i + j * ld] = value;
            sigma[j + i * ld] = value;
        }
    mvoi_ticks_release(&ticks, context);
    return MVO_OK;
}
