/* SPDX-License-Identifier: MIT */
/*
 * The forecast: the stream's own, or what the caller's model makes of it. It is written into the handle that the solver
 * does not hold, checked there, and only then becomes the one in use.
 */
#include "desk/rebalancer.h"

#include <math.h>
#include <string.h>

static const double LARGEST_MEAN = 1e100; /* beyond it risk cannot be told from none */

/* Notes why a forecast is refused. */
static int refuse(mvo_rebalancer *r, int64_t reason, size_t asset, int64_t other, double figure, double limit)
{
    r->tick.reason = reason;
    r->tick.asset = asset < r->n ? (int64_t)asset : -1;
    r->tick.other = other;
    r->tick.figure = figure;
    r->tick.limit = limit;
    return 0;
}

/* -------------------------------------------------------------------------------------------- the model */

/* The covariance that was written becomes correlations, for a model of them. */
static void to_correlation(double *matrix, size_t n, size_t ld, const double *variance)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            const double scale = sqrt(variance[i]) * sqrt(variance[j]);
            matrix[i + j * ld] = i == j ? 1.0 : scale > 0.0 ? matrix[i + j * ld] / scale : 0.0;
        }
}

/* And back, with the volatilities as they are now. */
static void to_covariance(double *matrix, size_t n, size_t ld, const double *volatility)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            matrix[i + j * ld] *= volatility[i] * volatility[j];
}

static int check_vectors(mvo_rebalancer *r)
{
    const size_t mean = mvoi_find_not_finite(r->own_mean, r->n, 0);
    if (mean < r->n)
        return refuse(r, MVO_REASON_NOT_FINITE, mean, -1, r->own_mean[mean], 0.0);
    for (size_t j = 0; j < r->n; j++)
        if (fabs(r->own_mean[j]) > LARGEST_MEAN)
            return refuse(r, MVO_REASON_OUTLIER, j, -1, r->own_mean[j], LARGEST_MEAN);
    for (size_t j = 0; (r->parts & MVO_FORECAST_VOLATILITY) && j < r->n; j++) {
        if (!isfinite(r->volatility[j] * r->volatility[j]))
            return refuse(r, MVO_REASON_NOT_FINITE, j, -1, r->volatility[j], 0.0);
        if (r->volatility[j] < 0.0)
            return refuse(r, MVO_REASON_NOT_POSITIVE, j, -1, r->volatility[j], 0.0);
    }
    return 1;
}

/* Finite, symmetric, with a diagonal of ones where these are correlations. The lower triangle decides within rounding.
 */
static int check_matrix(mvo_rebalancer *r, const double *matrix, size_t ld, int correlation)
{
    static const double ROUNDING = 1e-10;
    for (size_t j = 0; j < r->n; j++) {
        const double own = matrix[j * (ld + 1)];
        for (size_t i = 0; i < r->n; i++)
            if (!isfinite(matrix[i + j * ld]))
                return refuse(r, MVO_REASON_NOT_FINITE, i, (int64_t)j, matrix[i + j * ld], 0.0);
        if (own < 0.0)
            return refuse(r, MVO_REASON_NOT_POSITIVE, j, (int64_t)j, own, 0.0);
        if (correlation && fabs(own - 1.0) > ROUNDING)
            return refuse(r, MVO_REASON_NOT_SYMMETRIC, j, (int64_t)j, own, 1.0);
    }
    for (size_t j = 0; j < r->n; j++)
        for (size_t i = j + 1; i < r->n; i++) {
            const double below = matrix[i + j * ld], above = matrix[j + i * ld];
            const double scale = sqrt(matrix[i * (ld + 1)]) * sqrt(matrix[j * (ld + 1)]);
            if (fabs(below - above) > ROUNDING * scale || (scale == 0.0 && below != 0.0))
                return refuse(r, MVO_REASON_NOT_SYMMETRIC, i, (int64_t)j, fabs(below) > fabs(above) ? below : above,
                              scale);
        }
    return 1;
}

/* Mirrors the matrix, and asks whether it is semidefinite. */
static int check_semidefinite(mvo_rebalancer *r, mvo_covariance *made)
{
    double *matrix = made->owned[1];
    const mvoi_square square = { "covariance", matrix, r->n, made->ld };
    mvo_error error = MVO_ERROR_INIT;
    mvoi_square_take(matrix, made->ld, NULL, NULL, &square, MVO_CHECK_NONE);
    if (mvoi_square_semidefinite_within(&r->room, &error, &square, matrix) == MVO_OK)
        return 1;
    return refuse(r, MVO_REASON_NOT_SEMIDEFINITE, r->n, -1, error.value, 0.0);
}

/* Asks the model, and checks and takes what it says. */
static int ask_model(mvo_rebalancer *r, mvo_covariance *made)
{
    enum { MATRIX = MVO_FORECAST_CORRELATION | MVO_FORECAST_COVARIANCE };
    const size_t n = r->n, ld = made->ld;
    const int32_t parts = r->parts;
    double *matrix = made->owned[1], *variance = made->owned[0];
    const int scaled = (parts & (MVO_FORECAST_CORRELATION | MVO_FORECAST_VOLATILITY)) != 0;
    for (size_t j = 0; scaled && j < n; j++)
        r->volatility[j] = sqrt(variance[j]);
    if (scaled)
        to_correlation(matrix, n, ld, variance);
    const int32_t answer = r->model(r->user, n, parts & MVO_FORECAST_MEAN ? r->own_mean : NULL,
                                    parts & MVO_FORECAST_VOLATILITY ? r->volatility : NULL,
                                    parts & MATRIX ? matrix : NULL, parts & MATRIX ? ld : 0);
    if (answer)
        return refuse(r, MVO_REASON_MODEL, n, -1, (double)answer, 0.0);
    if (!check_vectors(r) || ((parts & MATRIX) && !check_matrix(r, matrix, ld, parts & MVO_FORECAST_CORRELATION)))
        return 0;
    if (scaled)
        to_covariance(matrix, n, ld, r->volatility);
    if ((parts & MATRIX) && !check_semidefinite(r, made))
        return 0;
    for (size_t j = 0; (scaled || parts & MATRIX) && j < n; j++)
        variance[j] = matrix[j * (ld + 1)];
    if (parts & MATRIX)
        made->rank_bound = n;
    return 1;
}

/* ------------------------------------------------------------------------------------------------ making */

int64_t mvoi_rebalancer_forecast(mvo_rebalancer *rebalancer)
{
    mvo_rebalancer *r = rebalancer;
    const size_t next = 1 - r->current;
    if (mvo_stream_seen(r->stream) < (int64_t)mvoi_rebalancer_option(r, MVO_REBALANCER_WARM_UP) ||
        mvo_stream_snapshot(r->forecast[next], r->stream, NULL) != MVO_OK)
        return MVO_TICK_WARM_UP;
    mvo_stream_means(r->own_mean, r->stream, NULL);
    if (mvoi_rebalancer_option(r, MVO_REBALANCER_MEANS) == (double)MVO_MEANS_ZERO)
        memset(r->own_mean, 0, r->n * sizeof(double));
    if (r->model && !ask_model(r, r->forecast[next]))
        return MVO_TICK_FORECAST;
    for (size_t j = 0; j < r->n; j++)
        r->mean[j] = r->own_mean[j] - r->carry[j];
    r->current = next;
    if (!r->impact)
        mvo_solver_set_covariance(r->solver, r->forecast[next], NULL);
    return MVO_TICK_TRADE;
}
