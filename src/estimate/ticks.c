/* SPDX-License-Identifier: MIT */
#include "estimate/ticks.h"

#include <math.h>

/* One asset's observations: messages name the asset as row and the observation as column. */
static mvo_status check_asset(mvo_context *context, mvo_error *error, size_t asset, size_t count, const double *times,
                              const double *prices)
{
    const mvoi_detail missing = { times ? "prices" : "times", (int64_t)asset, -1, 0.0, 0.0 };
    if (!times || !prices)
        return mvoi_fail(context, error, MVO_ERROR_NULL, missing, "%s[%zu] is NULL", missing.argument, asset);
    for (size_t k = 0; k < count; k++) {
        const mvoi_detail time = { "times", (int64_t)asset, (int64_t)k, times[k], k ? times[k - 1] : 0.0 };
        const mvoi_detail price = { "prices", (int64_t)asset, (int64_t)k, prices[k], 0.0 };
        if (!isfinite(times[k]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, time, "times[%zu][%zu] is %g", asset, k, times[k]);
        if (k && !(times[k] > times[k - 1]))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, time,
                             "times[%zu][%zu] is %.17g, not after the one before, %.17g", asset, k, times[k],
                             times[k - 1]);
        if (!isfinite(prices[k]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, price, "prices[%zu][%zu] is %g", asset, k,
                             prices[k]);
        if (!(prices[k] > 0.0))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, price, "prices[%zu][%zu] is %g, not positive", asset,
                             k, prices[k]);
    }
    return MVO_OK;
}

static mvo_status check(size_t *total, mvo_context *context, mvo_error *error, size_t n, const size_t *counts,
                        const double *const *times, const double *const *prices, size_t least)
{
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (!counts)
        return mvoi_fail_null(context, error, "counts");
    if (!times)
        return mvoi_fail_null(context, error, "times");
    if (!prices)
        return mvoi_fail_null(context, error, "prices");
    *total = 0;
    for (size_t i = 0; i < n; i++) {
        const mvoi_detail detail = { "counts", (int64_t)i, -1, (double)counts[i], (double)least };
        if (counts[i] < least || counts[i] > SIZE_MAX / 64 - *total)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "counts[%zu] is %zu, less than %zu or more than can be addressed", i, counts[i], least);
        *total += counts[i];
        const mvo_status status = check_asset(context, error, i, counts[i], times[i], prices[i]);
        if (status != MVO_OK)
            return status;
    }
    return MVO_OK;
}

mvo_status mvoi_ticks_take(mvoi_ticks *ticks, mvo_context *context, mvo_error *error, size_t n, const size_t *counts,
                           const double *const *times, const double *const *prices, size_t least)
{
    size_t total = 0, used = 0;
    const mvo_status status = check(&total, context, error, n, counts, times, prices, least);
    if (status != MVO_OK)
        return status;
    *ticks = (mvoi_ticks){ n, counts, times, NULL, NULL };
    ticks->logs = mvoi_allocate(context, n, sizeof *ticks->logs);
    ticks->storage = mvoi_allocate(context, total, sizeof *ticks->storage);
    if (!ticks->logs || !ticks->storage) {
        mvoi_ticks_release(ticks, context);
        return mvoi_fail_memory(context, error, "logarithms of prices");
    }
    for (size_t i = 0; i < n; i++) {
        ticks->logs[i] = ticks->storage + used;
        used += counts[i];
        for (size_t k = 0; k < counts[i]; k++)
            ticks->logs[i][k] = log(prices[i][k]);
    }
    return MVO_OK;
}

void mvoi_ticks_release(mvoi_ticks *ticks, mvo_context *context)
{
    mvoi_release(context, ticks->logs);
    mvoi_release(context, ticks->storage);
}
