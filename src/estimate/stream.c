/* SPDX-License-Identifier: MIT */
/* Streaming estimators: their life, and taking in one period. */
#include "estimate/stream.h"

#include "covariance/make.h"

#include <math.h>
#include <string.h>

#define LARGEST_RETURN 1e100 /* its square, and sums and gains of it, stay far from overflow */
#define LEAST_GAIN 0x1p-100

/* Hands out pieces of one block: first counted with base = NULL, then for good. */
static double *piece(double *base, size_t *used, size_t count)
{
    double *start = base ? base + *used : NULL;
    *used += (count + 7) / 8 * 8;
    return start;
}

static void lay_out_sums(mvoi_sums *sums, const mvo_stream *s, double *base, size_t *used)
{
    sums->products = piece(base, used, s->n * s->ld);
    sums->reference = piece(base, used, s->n);
    sums->total = piece(base, used, s->n);
    sums->error = piece(base, used, s->n);
    sums->total_error = piece(base, used, s->n);
}

static size_t lay_out(mvo_stream *s, double *base)
{
    size_t used = 0;
    s->means = piece(base, &used, s->n);
    s->x = piece(base, &used, s->n);
    s->y = piece(base, &used, s->n);
    s->p = piece(base, &used, s->n);
    s->q = piece(base, &used, s->n);
    s->ring = piece(base, &used, s->kind == MVOI_STREAM_NARROW ? s->window * s->n : s->window * s->ld);
    if (s->kind != MVOI_STREAM_NARROW)
        lay_out_sums(&s->sums, s, base, &used);
    if (s->kind == MVOI_STREAM_WINDOW)
        lay_out_sums(&s->fresh, s, base, &used);
    return used;
}

/* As when it was made. */
static void forget(mvo_stream *s)
{
    s->seen = 0;
    s->weight = 0.0;
    s->gain = 1.0;
    s->sums.count = s->fresh.count = 0;
    memset(s->memory, 0, lay_out(s, s->memory) * sizeof *s->memory);
}

static mvo_status make(mvo_stream **stream, mvo_context *context, const mvo_stream *plan, mvo_error *error)
{
    /* All sizes below are sums of a few products of these; each is kept far below what can be addressed. */
    const size_t wide = plan->n > plan->window ? plan->n : plan->window, most = SIZE_MAX / 64;
    const int fits =
        plan->n < most && wide < most && plan->ld <= most / 16 / wide && plan->window <= most / 16 / plan->ld;
    mvo_stream *made = mvoi_allocate(context, 1, sizeof *made);
    if (made)
        *made = *plan;
    double *memory = made && fits ? mvoi_allocate(context, lay_out(made, NULL), sizeof *memory) : NULL;
    if (!memory) {
        mvoi_release(context, made);
        return mvoi_fail_memory(context, error, "a streaming estimator");
    }
    made->context = mvo_context_ref(context);
    made->kernels = mvoi_kernels_best();
    made->memory = memory;
    made->numbers = lay_out(made, memory);
    forget(made);
    *stream = made;
    return MVO_OK;
}

static mvo_status check_plan(const mvo_stream *const *stream, mvo_context *context, size_t n, int32_t mean,
                             mvo_error *error)
{
    if (!stream)
        return mvoi_fail_null(context, error, "stream");
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (mean != MVO_MEAN_ZERO && mean != MVO_MEAN_ESTIMATED) {
        const mvoi_detail detail = { "mean", -1, -1, (double)mean, 0.0 };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "mean is %d, neither MVO_MEAN_ZERO nor MVO_MEAN_ESTIMATED", (int)mean);
    }
    return MVO_OK;
}

mvo_status mvo_stream_new_ewma(mvo_stream **stream, mvo_context *context, size_t n, double decay, int32_t mean,
                               mvo_error *error)
{
    const mvo_status status = check_plan((const mvo_stream *const *)stream, context, n, mean, error);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "decay", -1, -1, decay, 1.0 };
    if (!isfinite(decay))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "decay is %g", decay);
    if (decay <= 0.0 || decay >= 1.0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "decay is %g, not between 0 and 1", decay);
    const mvo_stream plan = { .kind = MVOI_STREAM_EWMA, .mean = mean, .n = n, .ld = mvoi_padded(n), .decay = decay };
    return make(stream, context, &plan, error);
}

mvo_status mvo_stream_new_window(mvo_stream **stream, mvo_context *context, size_t n, size_t window, size_t ddof,
                                 int32_t mean, mvo_error *error)
{
    const mvo_status status = check_plan((const mvo_stream *const *)stream, context, n, mean, error);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "window", -1, -1, (double)window, (double)ddof };
    const size_t least = ddof > 0 || mean == MVO_MEAN_ZERO ? ddof : 1; /* one period has no deviation from its mean */
    if (window <= least)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "window is %zu, not more than %s%zu", window,
                         least == ddof ? "ddof = " : "", least);
    const mvo_stream plan = { .kind = window < n / 2 ? MVOI_STREAM_NARROW : MVOI_STREAM_WINDOW,
                              .mean = mean,
                              .n = n,
                              .ld = mvoi_padded(n),
                              .window = window,
                              .ddof = ddof };
    return make(stream, context, &plan, error);
}

void mvo_stream_free(mvo_stream *stream)
{
    if (!stream)
        return;
    mvo_context *context = stream->context;
    mvoi_release(context, stream->memory);
    mvoi_release(context, stream);
    mvo_context_unref(context);
}

size_t mvo_stream_size(const mvo_stream *stream)
{
    return stream ? stream->n : 0;
}

int64_t mvo_stream_seen(const mvo_stream *stream)
{
    return stream ? stream->seen : 0;
}

mvo_status mvo_stream_clear(mvo_stream *stream, mvo_error *error)
{
    if (!stream)
        return mvoi_fail_null(NULL, error, "stream");
    forget(stream);
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------- taking in one period */

/* West (1979), with weights that decay: the deviation from the old mean times that from the new one. */
static void update_ewma(mvo_stream *s, const double *returns)
{
    s->gain *= s->decay;
    if (s->gain < LEAST_GAIN) {
        for (size_t i = 0; i < s->n * s->ld; i++)
            s->sums.products[i] *= s->gain;
        s->gain = 1.0;
    }
    const double before = s->decay * s->weight, after = before + 1.0;
    const double share = s->mean == MVO_MEAN_ZERO ? 1.0 : before / after;
    for (size_t i = 0; i < s->n; i++) {
        const double deviation = returns[i] - s->means[i];
        s->x[i] = s->mean == MVO_MEAN_ZERO ? returns[i] : deviation;
        s->p[i] = share / s->gain * s->x[i];
        s->means[i] += deviation / after;
    }
    s->weight = after;
    mvoi_stream_add(s, s->sums.products, s->x, s->p);
}

static void update_window(mvo_stream *s, const double *returns)
{
    double *place = s->ring + (size_t)s->seen % s->window * s->ld;
    const int full = s->seen >= (int64_t)s->window;
    if (s->seen == 0) /* the first period is a reference as good as any, and makes constant columns exactly so */
        for (size_t i = 0; i < s->n; i++)
            s->sums.reference[i] = s->fresh.reference[i] = s->mean == MVO_MEAN_ZERO ? 0.0 : returns[i];
    mvoi_sums_slide(s, &s->sums, returns, full ? place : NULL);
    if (full)
        mvoi_sums_slide(s, &s->fresh, returns, NULL);
    memcpy(place, returns, s->n * sizeof *returns);
    const int turn = (size_t)(s->seen + 1) % s->window == 0;
    if (full && turn) {
        const mvoi_sums old = s->sums;
        s->sums = s->fresh;
        s->fresh = old;
    }
    if (full && !mvoi_sums_accurate(s, &s->sums))
        mvoi_sums_rebuild(s, &s->sums);
    if (turn) {
        for (size_t i = 0; i < s->n; i++)
            s->p[i] = s->mean == MVO_MEAN_ZERO ? 0.0 : s->sums.reference[i] + s->sums.total[i] / (double)s->sums.count;
        mvoi_sums_begin(s, &s->fresh, s->p);
    }
}

static void update_narrow(mvo_stream *s, const double *returns)
{
    const size_t slot = (size_t)s->seen % s->window;
    for (size_t i = 0; i < s->n; i++)
        s->ring[slot + i * s->window] = returns[i];
}

mvo_status mvo_stream_update(mvo_stream *stream, const double *returns, mvo_error *error)
{
    if (!stream)
        return mvoi_fail_null(NULL, error, "stream");
    const mvo_status status = mvoi_check_vector(stream->context, error, "returns", returns, stream->n);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < stream->n; i++)
        if (fabs(returns[i]) > LARGEST_RETURN) {
            const mvoi_detail detail = { "returns", (int64_t)i, -1, returns[i], LARGEST_RETURN };
            return mvoi_fail(stream->context, error, MVO_ERROR_ARGUMENT, detail,
                             "returns[%zu] is %g, larger in size than %g", i, returns[i], LARGEST_RETURN);
        }
    if (stream->kind == MVOI_STREAM_EWMA)
        update_ewma(stream, returns);
    else if (stream->kind == MVOI_STREAM_WINDOW)
        update_window(stream, returns);
    else
        update_narrow(stream, returns);
    stream->seen++;
    return MVO_OK;
}
