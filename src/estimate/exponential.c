/* SPDX-License-Identifier: MIT */
/* Exponentially weighted covariances, and the three ways to say how fast the past is forgotten. */
#include "estimate/estimate.h"

#include <math.h>

static const double LN2 = 0.693147180559945309417232121458176568;
static const double SHORTEST = 0.1; /* below it all but the last period has no weight to speak of */

/* ------------------------------------------------------------------------------------------- conversions */

double mvo_half_life_from_decay(double decay)
{
    return decay > 0.0 && decay <= 1.0 ? (decay == 1.0 ? INFINITY : -1.0 / log2(decay)) : NAN;
}

double mvo_decay_from_half_life(double half_life)
{
    return half_life > 0.0 ? exp2(-1.0 / half_life) : NAN;
}

/* decay = 1 - 2 / (span + 1) */
double mvo_half_life_from_span(double span)
{
    return span > 1.0 ? -LN2 / log1p(-2.0 / (span + 1.0)) : NAN;
}

double mvo_span_from_half_life(double half_life)
{
    return half_life > 0.0 ? 2.0 / -expm1(-LN2 / half_life) - 1.0 : NAN;
}

/* --------------------------------------------------------------------------------------------- weighting */

/* How the periods count, and how their mean is taken. */
typedef struct weighting {
    int32_t mean;
    size_t periods, first; /* the first period that counts */
    double *weight;        /* decay^age */
    double *mean_weight;   /* MVO_MEAN_ESTIMATED: the weights, adding up to one. MVO_MEAN_PAST: 1 / sum of the weights
                              of the periods up to this one, which is what it moves their mean by */
    double *root;          /* what a residual is multiplied with, so that the covariance is the sum of products */
} weighting;

/*
 * Unbiased where returns are independent with equal covariances: a residual about the mean of all periods loses
 * sum of w^2 of the variance, one about the mean m of earlier periods has the variance of m on top, which is
 * (sum of their w^2) / (sum of their w)^2 of it.
 */
static void weigh(weighting *w, double half_life)
{
    const double decay = exp2(-1.0 / half_life);
    const size_t last = w->periods - 1;
    double sum = 0.0, squares = 0.0, past = 0.0, past_squares = 0.0;
    w->first = w->mean == MVO_MEAN_PAST;
    for (size_t t = w->first; t <= last; t++) {
        w->weight[t] = exp2(-(double)(last - t) / half_life);
        sum += w->weight[t];
    }
    for (size_t t = w->first; t <= last; t++)
        squares += w->weight[t] / sum * (w->weight[t] / sum);
    for (size_t t = 0; t <= last; t++) {
        const double noise = past > 0.0 ? past_squares / past / past : 0.0; /* before this period is added */
        past = decay * past + 1.0;
        past_squares = decay * decay * past_squares + 1.0;
        w->mean_weight[t] = w->mean == MVO_MEAN_PAST ? 1.0 / past : t < w->first ? 0.0 : w->weight[t] / sum;
        if (t < w->first)
            continue;
        const double share = w->weight[t] / sum;
        w->root[t] = sqrt(w->mean == MVO_MEAN_ESTIMATED   ? share / (1.0 - squares)
                          : w->mean == MVO_MEAN_PAST ? share / (1.0 + noise)
                                                         : share);
    }
}

/* The residuals of one column, each times its root, from the first period that counts on. */
static void residuals(double *to, const double *x, const weighting *w)
{
    double mean = 0.0;
    if (w->mean != MVO_MEAN_ZERO)
        mean = x[0];
    if (w->mean == MVO_MEAN_ESTIMATED)
        for (int pass = 0; pass < 2; pass++) { /* the second takes out what rounding left */
            double rest = 0.0;
            for (size_t t = 0; t < w->periods; t++)
                rest += w->mean_weight[t] * (x[t] - mean);
            mean += rest;
        }
    for (size_t t = w->first; t < w->periods; t++) {
        to[t - w->first] = w->root[t] * (x[t] - mean);
        if (w->mean == MVO_MEAN_PAST)
            mean += w->mean_weight[t] * (x[t] - mean);
    }
}

static double sum_of_squares(const double *x, size_t count)
{
    double sum = 0.0;
    for (size_t t = 0; t < count; t++)
        sum += x[t] * x[t];
    return sum;
}

/* ---------------------------------------------------------------------------------------------- estimate */

static mvo_status check_half_life(mvo_context *context, mvo_error *error, const char *name, double half_life)
{
    const mvoi_detail detail = { name, -1, -1, half_life, SHORTEST };
    if (isnan(half_life))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s is nan", name);
    if (half_life < SHORTEST)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, less than %g", name, half_life,
                         SHORTEST);
    return MVO_OK;
}

static mvo_status check_mean(mvo_context *context, mvo_error *error, int32_t mean, size_t periods)
{
    const mvoi_detail detail = { "mean", -1, -1, (double)mean, 0.0 };
    const mvoi_detail few = { "periods", -1, -1, (double)periods, 1.0 };
    if (mean != MVO_MEAN_ZERO && mean != MVO_MEAN_ESTIMATED && mean != MVO_MEAN_PAST)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "mean is %d, none of MVO_MEAN_*",
                         (int)mean);
    if (mean != MVO_MEAN_ZERO && periods < 2)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, few, "periods is %zu: one period has no mean to leave",
                         periods);
    return MVO_OK;
}

/* The column's residuals at the half-life of correlations, brought to the volatility of the other one. */
static mvo_status rescale(double *column, size_t count, double variance, mvo_context *context, size_t j,
                          mvo_error *error)
{
    const double own = sum_of_squares(column, count);
    const mvoi_detail detail = { "correlation_half_life", -1, (int64_t)j, own, variance };
    if (own == 0.0 && variance > 0.0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "column %zu of returns has a variance of %g at volatility_half_life, but none at "
                         "correlation_half_life",
                         j, variance);
    const double scale = own > 0.0 ? sqrt(variance) / sqrt(own) : 0.0;
    for (size_t t = 0; t < count; t++)
        column[t] *= scale;
    return MVO_OK;
}

typedef struct half_lives {
    double volatility, correlation;
} half_lives;

/* `room`: seven times the periods. */
static mvo_status fill(double *table, double *room, mvo_context *context, size_t periods, size_t n,
                       const double *returns, size_t ld, half_lives lives, int32_t mean, mvo_error *error)
{
    weighting w[2];
    for (size_t k = 0; k < 2; k++) {
        double *own = room + 3 * k * periods;
        w[k] = (weighting){ mean, periods, 0, own, own + periods, own + 2 * periods };
        weigh(&w[k], k == 0 ? lives.correlation : lives.volatility);
    }
    double *column_room = room + 6 * periods;
    const size_t count = periods - w[0].first;
    for (size_t j = 0; j < n; j++) {
        double *column = table + j * count;
        residuals(column, returns + j * ld, &w[0]);
        if (lives.volatility == lives.correlation)
            continue;
        residuals(column_room, returns + j * ld, &w[1]);
        const mvo_status status = rescale(column, count, sum_of_squares(column_room, count), context, j, error);
        if (status != MVO_OK)
            return status;
    }
    return MVO_OK;
}

mvo_status mvo_covariance_new_exponential(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                          const double *returns, size_t ld, double volatility_half_life,
                                          double correlation_half_life, int32_t mean, mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = mvoi_check_shape(context, error, periods, n, returns, ld, 0);
    if (status == MVO_OK)
        status = check_half_life(context, error, "volatility_half_life", volatility_half_life);
    if (status == MVO_OK)
        status = check_half_life(context, error, "correlation_half_life", correlation_half_life);
    if (status == MVO_OK)
        status = check_mean(context, error, mean, periods);
    if (status == MVO_OK)
        status = mvoi_check_returns(context, error, returns, periods, n, ld);
    if (status != MVO_OK)
        return status;
    double *table = mvoi_allocate(context, periods * n, sizeof *table);
    double *room = periods <= SIZE_MAX / 7 ? mvoi_allocate(context, 7 * periods, sizeof *room) : NULL;
    const half_lives lives = { volatility_half_life, correlation_half_life };
    status = table && room ? fill(table, room, context, periods, n, returns, ld, lives, mean, error)
                           : mvoi_fail_memory(context, error, "an exponentially weighted covariance");
    mvoi_release(context, room);
    if (status != MVO_OK) {
        mvoi_release(context, table);
        return status;
    }
    const size_t count = mean == MVO_MEAN_PAST ? periods - 1 : periods;
    const size_t rank = mean == MVO_MEAN_ZERO ? periods : periods - 1;
    return mvoi_covariance_new_table(covariance, context, count, n, table, 1.0, rank, MVO_CHECK_ALL, error);
}
