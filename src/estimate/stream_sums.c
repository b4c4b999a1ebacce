/* SPDX-License-Identifier: MIT */
/* Sums of products over a sliding window, with a running bound of their rounding. */
#include "estimate/stream.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { PANEL = 32 }; /* columns per call of a kernel; the triangle of a panel above the diagonal is worked in vain */

void mvoi_stream_add(const mvo_stream *stream, double *products, const double *x, const double *p)
{
    const size_t n = stream->n, ld = stream->ld;
    for (size_t j = 0; j < n; j += PANEL)
        stream->kernels->rank1(n - j, n - j < PANEL ? n - j : PANEL, products + j + j * ld, ld, x + j, p + j);
}

static void add_two(const mvo_stream *stream, double *products, const double *x, const double *p, const double *y,
                    const double *q)
{
    const size_t n = stream->n, ld = stream->ld;
    for (size_t j = 0; j < n; j += PANEL)
        stream->kernels->rank2(n - j, n - j < PANEL ? n - j : PANEL, products + j + j * ld, ld, x + j, p + j, y + j,
                               q + j);
}

void mvoi_sums_begin(const mvo_stream *stream, mvoi_sums *sums, const double *reference)
{
    const size_t n = stream->n;
    memset(sums->products, 0, n * stream->ld * sizeof *sums->products);
    memcpy(sums->reference, reference, n * sizeof *reference);
    memset(sums->total, 0, n * sizeof *sums->total);
    memset(sums->error, 0, n * sizeof *sums->error);
    memset(sums->total_error, 0, n * sizeof *sums->total_error);
    sums->count = 0;
}

void mvoi_sums_slide(mvo_stream *stream, mvoi_sums *sums, const double *comes, const double *goes)
{
    const size_t n = stream->n, ld = stream->ld;
    double *x = stream->x, *y = stream->y, *q = stream->q;
    for (size_t i = 0; i < n; i++) {
        x[i] = comes[i] - sums->reference[i];
        y[i] = goes ? goes[i] - sums->reference[i] : 0.0;
        q[i] = -y[i];
        /* (products + x x) - y y has four roundings, and the two differences one each: in all no more than this. */
        const double before = fabs(sums->products[i + i * ld]);
        sums->error[i] += DBL_EPSILON * (before + 3.0 * x[i] * x[i] + 3.0 * y[i] * y[i]);
        sums->total_error[i] += DBL_EPSILON * (fabs(sums->total[i]) + 2.0 * fabs(x[i]) + 2.0 * fabs(y[i]));
        sums->total[i] = (sums->total[i] + x[i]) - y[i];
    }
    if (goes)
        add_two(stream, sums->products, x, x, y, q);
    else
        mvoi_stream_add(stream, sums->products, x, x);
    sums->count += goes ? 0 : 1;
}

int mvoi_sums_accurate(const mvo_stream *stream, const mvoi_sums *sums)
{
    const int centred = stream->mean == MVO_MEAN_ESTIMATED;
    const double count = (double)sums->count;
    const double bound = stream->window > 1000 ? 1e-15 * (double)stream->window : 1e-12;
    int accurate = 1;
    for (size_t i = 0; i < stream->n; i++) {
        const double total = centred ? fabs(sums->total[i]) : 0.0, rounding = centred ? sums->total_error[i] : 0.0;
        const double own = sums->products[i + i * stream->ld] - total * total / count;
        const double error = sums->error[i] + (2.0 * total + rounding) * rounding / count;
        accurate &= error <= bound * own || error == 0.0;
    }
    return accurate;
}

/* The window's mean from the ring, exactly the common value where a column is constant. */
static void ring_means(const mvo_stream *stream, double *means)
{
    const size_t n = stream->n, ld = stream->ld, periods = stream->window;
    double *sum = stream->p;
    for (size_t pass = 0; pass < 2; pass++) {
        const double *base = pass ? means : stream->ring;
        memset(sum, 0, n * sizeof *sum);
        for (size_t t = 0; t < periods; t++)
            for (size_t i = 0; i < n; i++)
                sum[i] += stream->ring[i + t * ld] - base[i];
        for (size_t i = 0; i < n; i++)
            means[i] = base[i] + sum[i] / (double)periods;
    }
}

void mvoi_sums_rebuild(mvo_stream *stream, mvoi_sums *sums)
{
    const size_t n = stream->n, ld = stream->ld, periods = stream->window;
    if (stream->mean == MVO_MEAN_ESTIMATED)
        ring_means(stream, stream->means);
    mvoi_sums_begin(stream, sums, stream->means);
    for (size_t t = 0; t < periods; t += 2) {
        const double *first = stream->ring + t * ld, *second = first + ld;
        const int both = t + 1 < periods;
        for (size_t i = 0; i < n; i++) {
            stream->x[i] = first[i] - sums->reference[i];
            stream->y[i] = both ? second[i] - sums->reference[i] : 0.0;
            sums->total[i] += stream->x[i] + stream->y[i];
        }
        add_two(stream, sums->products, stream->x, stream->x, stream->y, stream->y);
    }
    sums->count = periods;
}
