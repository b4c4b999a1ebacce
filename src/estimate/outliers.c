/* SPDX-License-Identifier: MIT */
/* Outliers, by asset and by period, and prices that did not move. Found and told, never mended. */
#include "estimate/order.h"
#include "estimate/shape.h"
#include "estimate/special.h"

#include <math.h>
#include <string.h>

#define MEDIAN_TO_DEVIATION 1.4826022185056018605 /* 1 / the 3/4-quantile of the normal */
#define MEAN_TO_DEVIATION 1.2533141373155002512   /* sqrt(pi / 2) */

static mvo_status check_limit(mvo_context *context, mvo_error *error, const char *name, double value, double most)
{
    const mvoi_detail detail = { name, -1, -1, value, most };
    if (!isfinite(value))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", name, value);
    if (value <= 0.0 || value >= most)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, not between 0 and %g", name, value,
                         most);
    return MVO_OK;
}

/* Median and robust deviation of a column, the latter 0 where the column is constant. `sorted` has room for it. */
static double centre_and_scale(double *centre, double *sorted, const double *x, size_t periods)
{
    double sum = 0.0;
    memcpy(sorted, x, periods * sizeof *sorted);
    *centre = mvoi_median(sorted, periods);
    for (size_t t = 0; t < periods; t++) {
        sorted[t] = fabs(x[t] - *centre);
        sum += sorted[t] / (double)periods;
    }
    const double median = mvoi_median(sorted, periods);
    return median > 0.0 ? MEDIAN_TO_DEVIATION * median : MEAN_TO_DEVIATION * sum;
}

static mvo_status fail_constant(mvo_context *context, mvo_error *error, size_t column)
{
    const mvoi_detail detail = { "returns", -1, (int64_t)column, 0.0, 0.0 };
    return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "column %zu of returns does not vary", column);
}

mvo_status mvo_outliers_by_asset(double *scores, size_t ld_scores, size_t *count, mvo_context *context, size_t periods,
                                 size_t n, const double *returns, size_t ld, double threshold, mvo_error *error)
{
    const mvoi_table table = { returns, periods, n, ld };
    if (!count)
        return mvoi_fail_null(context, error, "count");
    mvo_status status = mvoi_returns_table_check(context, error, &table, 3);
    if (status == MVO_OK && scores)
        status = mvoi_check_leading(context, error, "ld_scores", ld_scores, "periods", periods, n);
    if (status == MVO_OK)
        status = check_limit(context, error, "threshold", threshold, HUGE_VAL);
    if (status != MVO_OK)
        return status;
    double *sorted = mvoi_allocate(context, periods, sizeof *sorted);
    double *centres = mvoi_allocate(context, n, sizeof *centres);
    double *scales = mvoi_allocate(context, n, sizeof *scales);
    if (!sorted || !centres || !scales)
        status = mvoi_fail_memory(context, error, "scores of outliers");
    for (size_t j = 0; status == MVO_OK && j < n; j++) {
        scales[j] = centre_and_scale(&centres[j], sorted, returns + j * ld, periods);
        if (!(scales[j] > 0.0))
            status = fail_constant(context, error, j);
    }
    if (status == MVO_OK) {
        *count = 0;
        for (size_t j = 0; j < n; j++)
            for (size_t t = 0; t < periods; t++) {
                const double score = (returns[t + j * ld] - centres[j]) / scales[j];
                *count += fabs(score) > threshold;
                if (scores)
                    scores[t + j * ld_scores] = score;
            }
    }
    mvoi_release(context, sorted);
    mvoi_release(context, centres);
    mvoi_release(context, scales);
    return status;
}

/* Distances about the medians in Tyler's shape, in units that make their median what it is for normal returns. */
static mvo_status measure(mvoi_shape *s, double *centres, double *sorted, mvo_context *context, mvo_error *error,
                          const mvoi_table *table)
{
    for (size_t j = 0; j < table->n; j++) {
        const double *x = table->values + j * table->ld;
        memcpy(sorted, x, table->periods * sizeof *sorted);
        centres[j] = mvoi_median(sorted, table->periods);
    }
    const mvo_status status = mvoi_shape_fit(s, context, error, table, centres);
    if (status != MVO_OK)
        return status;
    memcpy(sorted, s->squared, table->periods * sizeof *sorted);
    const double median = mvoi_median(sorted, table->periods);
    if (!(median > 0.0))
        return mvoi_fail(context, error, MVO_ERROR_SINGULAR, MVOI_DETAIL("returns"),
                         "half of the %zu periods lie at the centre", table->periods);
    const double unit = mvoi_chi_square_quantile(0.5, (double)table->n) / median;
    for (size_t t = 0; t < table->periods; t++)
        s->squared[t] *= unit;
    return MVO_OK;
}

mvo_status mvo_outliers_by_period(double *distances, double *limit, size_t *count, mvo_context *context, size_t periods,
                                  size_t n, const double *returns, size_t ld, double probability, mvo_error *error)
{
    const mvoi_table table = { returns, periods, n, ld };
    mvoi_shape s;
    if (!count)
        return mvoi_fail_null(context, error, "count");
    mvo_status status = mvoi_returns_table_check(context, error, &table, n < SIZE_MAX ? n + 1 : n);
    if (status == MVO_OK)
        status = check_limit(context, error, "probability", probability, 1.0);
    if (status != MVO_OK)
        return status;
    double *centres = mvoi_allocate(context, n, sizeof *centres);
    double *sorted = mvoi_allocate(context, periods, sizeof *sorted);
    const int room = mvoi_shape_allocate(&s, context, periods, n);
    if (!centres || !sorted || !room)
        status = mvoi_fail_memory(context, error, "distances of outliers");
    else
        status = measure(&s, centres, sorted, context, error, &table);
    if (status == MVO_OK) {
        const double most = mvoi_chi_square_quantile(1.0 - probability, (double)n);
        *count = 0;
        for (size_t t = 0; t < periods; t++) {
            *count += s.squared[t] > most;
            if (distances)
                distances[t] = sqrt(s.squared[t]);
        }
        if (limit)
            *limit = sqrt(most);
    }
    mvoi_shape_release(&s, context);
    mvoi_release(context, centres);
    mvoi_release(context, sorted);
    return status;
}

/* ------------------------------------------------------------------------------------------ prices that stand still */

static mvo_status check_prices(mvo_error *error, size_t periods, size_t n, const double *prices, size_t ld,
                               size_t least)
{
    if (n == 0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (periods == 0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"), "periods is 0");
    if (!prices)
        return mvoi_fail_null(NULL, error, "prices");
    const mvoi_detail detail = { "least", -1, -1, (double)least, 2.0 };
    if (least < 2)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "least is %zu, and a run has at least two prices",
                         least);
    const mvo_status status = mvoi_check_leading(NULL, error, "ld", ld, "periods", periods, n);
    for (size_t j = 0; status == MVO_OK && j < n; j++) {
        const size_t t = mvoi_find_not_finite(prices + j * ld, periods, 0);
        if (t < periods)
            return mvoi_fail_entry(NULL, error, "prices", t, j, prices[t + j * ld]);
    }
    return status;
}

mvo_status mvo_stale_prices(size_t *count, size_t *assets, size_t *firsts, size_t *lengths, size_t capacity,
                            size_t periods, size_t n, const double *prices, size_t ld, size_t least, mvo_error *error)
{
    if (!count)
        return mvoi_fail_null(NULL, error, "count");
    const mvo_status status = check_prices(error, periods, n, prices, ld, least);
    if (status != MVO_OK)
        return status;
    *count = 0;
    for (size_t j = 0; j < n; j++) {
        const double *x = prices + j * ld;
        for (size_t first = 0, end = 0; first < periods; first = end) {
            for (end = first + 1; end < periods && x[end] == x[first]; end++)
                continue;
            if (end - first < least)
                continue;
            if (*count < capacity) {
                if (assets)
                    assets[*count] = j;
                if (firsts)
                    firsts[*count] = first;
                if (lengths)
                    lengths[*count] = end - first;
            }
            (*count)++;
        }
    }
    return MVO_OK;
}
