/* SPDX-License-Identifier: MIT */
/*
 * Tyler's shape estimator (Tyler 1987): V = n / T sum_t x_t x_t' / (x_t' V^-1 x_t). It depends on the directions of the
 * x_t alone, so that no tail is too fat for it, and is unique where no subspace holds too many of them.
 */
#include "estimate/assemble.h"
#include "estimate/shape.h"

#include <math.h>
#include <string.h>

enum { MOST_TURNS = 10000 };

#define ENOUGH 1e-12  /* change of an element relative to the diagonal at which the iteration rests */
#define TOO_MUCH 1e-7 /* ... and above which, after MOST_TURNS, there is no answer */

int mvoi_shape_allocate(mvoi_shape *s, mvo_context *context, size_t periods, size_t n)
{
    const size_t ld = mvoi_distances_leading(periods, n);
    *s = (mvoi_shape){ NULL, NULL, NULL, NULL, NULL };
    if (!ld || ld > SIZE_MAX / 64 / n || n > SIZE_MAX / 64 / n)
        return 0;
    s->shape = mvoi_allocate(context, n * n, sizeof *s->shape);
    s->squared = mvoi_allocate(context, periods, sizeof *s->squared);
    s->weights = mvoi_allocate(context, periods, sizeof *s->weights);
    s->work = mvoi_allocate(context, ld * n, sizeof *s->work);
    s->moments = mvoi_allocate(context, n, sizeof *s->moments);
    return s->shape && s->squared && s->weights && s->work && s->moments;
}

void mvoi_shape_release(mvoi_shape *s, mvo_context *context)
{
    mvoi_release(context, s->shape);
    mvoi_release(context, s->squared);
    mvoi_release(context, s->weights);
    mvoi_release(context, s->work);
    mvoi_release(context, s->moments);
}

/* Mean squares about the centre, and a diagonal matrix of them to begin with. */
static mvo_status begin(mvoi_shape *s, mvo_context *context, mvo_error *error, const mvoi_table *table,
                        const double *centre)
{
    const size_t n = table->n;
    memset(s->shape, 0, n * n * sizeof *s->shape);
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t t = 0; t < table->periods; t++) {
            const double e = table->values[t + j * table->ld] - centre[j];
            sum += e * e;
        }
        const mvoi_detail detail = { "returns", -1, (int64_t)j, sum, 0.0 };
        if (!isfinite(sum))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail,
                             "the variance of column %zu of returns overflows", j);
        if (!(sum > 0.0))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "column %zu of returns does not vary about its centre", j);
        s->moments[j] = sum / (double)table->periods;
        s->shape[j + j * n] = s->moments[j];
    }
    return MVO_OK;
}

/* Weights 1 / squared distance; a period at the centre has no direction. Returns the number of those that have one. */
static size_t weigh(mvoi_shape *s, size_t periods)
{
    size_t count = 0;
    for (size_t t = 0; t < periods; t++) {
        const int moved = s->squared[t] > 0.0 && isfinite(1.0 / s->squared[t]);
        s->weights[t] = moved ? 1.0 / s->squared[t] : 0.0;
        count += moved != 0;
    }
    return count;
}

/* Scales the new shape (in `next`, which may be the old one's place) so that sum_j V_jj / moments_j = n. */
static void scale(double *next, const double *moments, size_t n)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += next[j + j * n] / moments[j];
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            next[i + j * n] *= (double)n / sum;
}

mvo_status mvoi_shape_fit(mvoi_shape *s, mvo_context *context, mvo_error *error, const mvoi_table *table,
                          double *centre)
{
    const size_t n = table->n, periods = table->periods;
    double change = HUGE_VAL, unused;
    mvo_status status = begin(s, context, error, table, centre);
    if (status != MVO_OK)
        return status;
    double *old = mvoi_allocate(context, n * n, sizeof *old);
    if (!old)
        return mvoi_fail_memory(context, error, "a shape matrix");
    size_t done = n, count = periods;
    int fits = 1;
    for (size_t turn = 0; turn < MOST_TURNS && change > ENOUGH; turn++) {
        done = mvoi_distances(s->squared, &unused, s->work, table, centre, s->shape);
        count = done == n ? weigh(s, periods) : count;
        if (done < n || count <= n)
            break;
        memcpy(old, s->shape, n * n * sizeof *old);
        fits = mvoi_weighted_moments(centre, s->shape, s->work, table, s->weights, s->weights, 1.0, 1);
        if (!fits)
            break;
        scale(s->shape, s->moments, n);
        change = 0.0;
        for (size_t j = 0; j < n; j++)
            for (size_t i = j; i < n; i++) {
                const double unit = sqrt(old[i + i * n]) * sqrt(old[j + j * n]);
                change = fmax(change, fabs(s->shape[i + j * n] - old[i + j * n]) / unit);
            }
    }
    mvoi_release(context, old);
    if (!fits)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                         "a table of %zu periods and %zu assets is too large for BLAS", periods, n);
    if (done < n || count <= n || !(change <= TOO_MUCH))
        return mvoi_fail(context, error, MVO_ERROR_SINGULAR, MVOI_DETAIL("returns"),
                         "returns determine no shape: too many of the %zu periods lie at the centre or in one subspace",
                         periods);
    double trace = 0.0;
    for (size_t j = 0; j < n; j++)
        trace += s->shape[j + j * n];
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            s->shape[i + j * n] *= (double)n / trace;
    mvoi_distances(s->squared, &unused, s->work, table, centre, s->shape);
    return MVO_OK;
}

static mvo_status check(mvo_context *context, mvo_error *error, const mvoi_table *table, const double *centre,
                        int32_t normalisation)
{
    mvo_status status = mvoi_returns_table_check(context, error, table, table->n < SIZE_MAX ? table->n + 1 : table->n);
    if (status == MVO_OK && centre)
        status = mvoi_check_vector(context, error, "centre", centre, table->n);
    const mvoi_detail detail = { "normalisation", -1, -1, (double)normalisation, 0.0 };
    if (status == MVO_OK && normalisation != MVO_SHAPE_TRACE && normalisation != MVO_SHAPE_VARIANCE)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "normalisation is %d, neither MVO_SHAPE_TRACE nor MVO_SHAPE_VARIANCE", (int)normalisation);
    return status;
}

mvo_status mvo_covariance_new_tyler(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                    const double *returns, size_t ld, const double *centre, int32_t normalisation,
                                    mvo_error *error)
{
    const mvoi_table table = { returns, periods, n, ld };
    mvoi_shape s;
    mvoi_assembly assembly = { .made = NULL };
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = check(context, error, &table, centre, normalisation);
    if (status != MVO_OK)
        return status;
    status = mvoi_assembly_dense(&assembly, context, error, n, "a shape matrix");
    if (status != MVO_OK)
        return status;
    double *middle = mvoi_allocate(context, n, sizeof *middle);
    const int room = mvoi_shape_allocate(&s, context, periods, n);
    if (!middle || !room) {
        status = mvoi_fail_memory(context, error, "a shape matrix");
    } else {
        for (size_t j = 0; j < n; j++)
            middle[j] = centre ? centre[j] : 0.0;
        status = mvoi_shape_fit(&s, context, error, &table, middle);
    }
    if (status == MVO_OK) {
        double factor = 0.0;
        for (size_t j = 0; j < n; j++)
            factor += s.moments[j] / (double)n;
        for (size_t j = 0; j < n; j++)
            for (size_t i = j; i < n; i++)
                assembly.matrix[i + j * assembly.ld] =
                    (normalisation == MVO_SHAPE_TRACE ? 1.0 : factor) * s.shape[i + j * n];
        status = mvoi_assembly_finish(covariance, &assembly, error, 0);
    }
    mvoi_shape_release(&s, context);
    mvoi_release(context, middle);
    mvoi_assembly_drop(&assembly);
    return status;
}
