/* SPDX-License-Identifier: MIT */
/* What a streaming estimator knows now, as means and as a covariance: a new handle, or one that is written over. */
#include "estimate/stream.h"

#include "covariance/make.h"

#include <math.h>

/* Periods the estimate rests on. */
static size_t held(const mvo_stream *s)
{
    if (s->kind != MVOI_STREAM_EWMA && s->seen > (int64_t)s->window)
        return s->window;
    return (size_t)s->seen;
}

/* Periods that a covariance needs: with a mean of its own that is two. */
static size_t needed(const mvo_stream *s)
{
    const size_t mean = s->mean == MVO_MEAN_ESTIMATED ? 1 : 0;
    return 1 + (s->ddof > mean ? s->ddof : mean);
}

int mvoi_stream_ready(const mvo_stream *stream)
{
    return held(stream) >= needed(stream);
}

static mvo_status check_seen(const mvo_stream *s, mvo_error *error)
{
    if (mvoi_stream_ready(s))
        return MVO_OK;
    const mvoi_detail detail = { "stream", -1, -1, (double)s->seen, (double)needed(s) };
    return mvoi_fail(s->context, error, MVO_ERROR_STATE, detail, "the stream has seen %zu periods, and needs %zu",
                     held(s), needed(s));
}

/* Mean of the returns x[0 .. count): exactly the common value where all are the same. */
static double mean_of(const double *x, size_t count)
{
    double mean = x[0];
    for (int pass = 0; pass < 2; pass++) {
        double sum = 0.0;
        for (size_t t = 0; t < count; t++)
            sum += x[t] - mean;
        mean += sum / (double)count;
    }
    return mean;
}

/* ------------------------------------------------------------------------------------------ filling a handle */

/* Lower triangle of scale (products - total total' / count), then its mirror image. */
static void fill_dense(mvo_covariance *made, const mvo_stream *s)
{
    const size_t n = s->n, ld = made->ld;
    double *target = made->owned[1];
    const int ewma = s->kind == MVOI_STREAM_EWMA, centre = !ewma && s->mean == MVO_MEAN_ESTIMATED;
    const double scale = ewma ? s->gain / s->weight : 1.0 / (double)(held(s) - s->ddof);
    for (size_t j = 0; j < n; j++) {
        const double *column = s->sums.products + j * s->ld;
        const double share = centre ? s->sums.total[j] / (double)s->sums.count : 0.0;
        if (centre)
            for (size_t i = j; i < n; i++)
                target[i + j * ld] = scale * (column[i] - share * s->sums.total[i]);
        else
            for (size_t i = j; i < n; i++)
                target[i + j * ld] = scale * column[i];
        if (!(target[j + j * ld] > 0.0)) /* rounding does not make a variance negative */
            target[j + j * ld] = 0.0;
    }
    const mvoi_square lower = { "covariance", target, n, ld };
    mvoi_square_take(target, ld, NULL, NULL, &lower, MVO_CHECK_NONE); /* mirrors; at this level it cannot fail */
}

/* One factor per period of the window, (x - mean) / sqrt(periods - ddof); those not yet seen are zero. */
static void fill_factors(mvo_covariance *made, const mvo_stream *s)
{
    const size_t n = s->n, window = s->window, count = held(s);
    double *factors = made->owned[1], *specific = made->owned[2];
    const double divisor = sqrt((double)(count - s->ddof));
    for (size_t i = 0; i < n; i++) {
        const double *x = s->ring + i * window;
        const double mean = s->mean == MVO_MEAN_ESTIMATED ? mean_of(x, count) : 0.0;
        for (size_t t = 0; t < window; t++)
            factors[t + i * window] = t < count ? (x[t] - mean) / divisor : 0.0;
        specific[i] = 0.0;
    }
}

static void fill(mvo_covariance *made, const mvo_stream *s)
{
    double *diagonal = made->owned[0];
    if (s->kind == MVOI_STREAM_NARROW)
        fill_factors(made, s);
    else
        fill_dense(made, s);
    for (size_t i = 0; i < s->n; i++)
        diagonal[i] = mvoi_covariance_entry(made, i, i);
}

/* ------------------------------------------------------------------------------------------------ the calls */

mvo_covariance *mvoi_stream_handle(const mvo_stream *stream)
{
    const int narrow = stream->kind == MVOI_STREAM_NARROW;
    const size_t elements = narrow ? stream->window * stream->n : stream->n * stream->ld;
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, stream->context, stream->n);
    if (!made)
        return NULL;
    made->kind = narrow ? MVOI_FACTOR : MVOI_DENSE;
    made->ld = narrow ? 0 : stream->ld;
    made->k = narrow ? stream->window : 0;
    made->rank_bound = stream->window && stream->window < stream->n ? stream->window : stream->n;
    made->owned[1] = mvoi_allocate(stream->context, elements, sizeof(double));
    made->owned[2] = narrow ? mvoi_allocate(stream->context, stream->n, sizeof(double)) : NULL;
    made->dense = narrow ? NULL : made->owned[1];
    made->factors = narrow ? made->owned[1] : NULL;
    made->specific = made->owned[2];
    if (!made->owned[1] || (narrow && !made->owned[2])) {
        mvo_covariance_unref(made);
        return NULL;
    }
    return made;
}

mvo_status mvo_stream_covariance(mvo_covariance **covariance, const mvo_stream *stream, mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(stream ? stream->context : NULL, error, "covariance");
    if (!stream)
        return mvoi_fail_null(NULL, error, "stream");
    mvo_status status = check_seen(stream, error);
    if (status != MVO_OK)
        return status;
    mvo_covariance *made = mvoi_stream_handle(stream);
    if (!made)
        return mvoi_fail_memory(stream->context, error, "a covariance");
    fill(made, stream);
    *covariance = made;
    return MVO_OK;
}

mvo_status mvo_stream_snapshot(mvo_covariance *covariance, const mvo_stream *stream, mvo_error *error)
{
    mvo_context *context = stream ? stream->context : NULL;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (!stream)
        return mvoi_fail_null(NULL, error, "stream");
    const mvoi_detail detail = MVOI_DETAIL("covariance");
    if (covariance->n != stream->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail, "the covariance has %zu assets, the stream %zu",
                         covariance->n, stream->n);
    const int narrow = stream->kind == MVOI_STREAM_NARROW;
    if (covariance->kind != (narrow ? MVOI_FACTOR : MVOI_DENSE) || (narrow && covariance->k != stream->window) ||
        !covariance->owned[1])
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail,
                         "the covariance has not the representation that mvo_stream_covariance makes");
    if (atomic_load_explicit(&covariance->references, memory_order_acquire) != 1)
        return mvoi_fail(context, error, MVO_ERROR_STATE, detail,
                         "the covariance is shared: another holds a reference to it");
    const mvo_status status = check_seen(stream, error);
    if (status != MVO_OK)
        return status;
    covariance->trusted = 0;
    covariance->rank_bound = stream->window && stream->window < stream->n ? stream->window : stream->n;
    fill(covariance, stream);
    return MVO_OK;
}

mvo_status mvo_stream_means(double *means, const mvo_stream *stream, mvo_error *error)
{
    if (!means)
        return mvoi_fail_null(stream ? stream->context : NULL, error, "means");
    if (!stream)
        return mvoi_fail_null(NULL, error, "stream");
    if (stream->seen == 0)
        return mvoi_fail(stream->context, error, MVO_ERROR_STATE, MVOI_DETAIL("stream"),
                         "the stream has seen no period yet");
    for (size_t i = 0; i < stream->n; i++)
        if (stream->kind == MVOI_STREAM_EWMA)
            means[i] = stream->means[i];
        else if (stream->kind == MVOI_STREAM_WINDOW)
            means[i] = stream->sums.reference[i] + stream->sums.total[i] / (double)stream->sums.count;
        else
            means[i] = mean_of(stream->ring + i * stream->window, held(stream));
    return MVO_OK;
}
