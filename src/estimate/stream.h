/* SPDX-License-Identifier: MIT */
/* What the files of the streaming estimators share: the handle, and sums of products that slide over a window. */
#ifndef MVO_ESTIMATE_STREAM_H
#define MVO_ESTIMATE_STREAM_H

#include "core/core.h"

#include "linalg/kernels.h"

/*
 * Sums about a reference point c, near the data's mean, that costs no digits where the mean is far from zero:
 * total = sum (x - c) and, in the lower triangle of `products`, sum (x - c)(x - c)'. Beside them bounds of what
 * rounding may have done: of element (i, i) of the products and of element i of the total. That of element (i, j) is
 * below sqrt(error_i error_j), by Cauchy and Schwarz.
 */
typedef struct mvoi_sums {
    double *products; /* n-by-n with the stream's leading dimension; the upper triangle is workspace */
    double *reference, *total, *error, *total_error; /* n each */
    size_t count;
} mvoi_sums;

enum { MVOI_STREAM_EWMA, MVOI_STREAM_WINDOW, MVOI_STREAM_NARROW };

struct mvo_stream {
    mvo_context *context; /* holds a reference; may be NULL */
    const mvoi_kernels *kernels;
    int32_t kind; /* MVOI_STREAM_... */
    int32_t mean; /* MVO_MEAN_... */
    size_t n, ld, window, ddof;
    int64_t seen;         /* periods since the stream was made or cleared */
    double decay, weight; /* EWMA: sum of the weights, the last period's being 1 */
    double gain;   /* EWMA: the weighted sum of products is gain * products, so that decay is one multiplication */
    double *means; /* n; EWMA: weighted */
    double *x, *y, *p, *q; /* n each: a period that comes, one that goes, and what they are multiplied with */
    double *ring;    /* the last `window` periods. NARROW: window-by-n, an asset's returns contiguous; WINDOW: ld-by-
                        window, a period's returns contiguous */
    mvoi_sums sums;  /* of the window (EWMA: products alone, weighted) */
    mvoi_sums fresh; /* of the periods since seen was last a multiple of window; then it replaces `sums` */
    double *memory;  /* all of the above in one piece ... */
    size_t numbers;  /* ... of so many */
};

/* Whether the sums of a window are surely within what mvo.h promises of what they stand for, relative to each variance:
   1e-12, or 1e-15 times the window where that is more. Without an outlier both sums of a window stay within it by
   themselves: at most 1.5 window times 2.2e-16 accumulates before they are replaced. */
int mvoi_sums_accurate(const mvo_stream *stream, const mvoi_sums *sums);

/* Begins sums about `reference` (n). */
void mvoi_sums_begin(const mvo_stream *stream, mvoi_sums *sums, const double *reference);

/* Takes in the period `comes`, and takes out the period `goes` unless it is NULL. */
void mvoi_sums_slide(mvo_stream *stream, mvoi_sums *sums, const double *comes, const double *goes);

/* Makes the sums of a full window anew from the ring, about the window's mean. */
void mvoi_sums_rebuild(mvo_stream *stream, mvoi_sums *sums);

/* products[:, j] += p[j] x in the lower triangle. */
void mvoi_stream_add(const mvo_stream *stream, double *products, const double *x, const double *p);

/* A handle such as mvo_stream_covariance makes, whose numbers are yet to be written; NULL without memory. */
mvo_covariance *mvoi_stream_handle(const mvo_stream *stream);

/* Whether enough periods have been seen for a covariance. */
int mvoi_stream_ready(const mvo_stream *stream);

/* What it has seen, as the bytes of so many numbers, aligned or not; and a stream made alike that goes on from there. */
size_t mvoi_stream_state_size(const mvo_stream *stream);
void mvoi_stream_save(void *state, const mvo_stream *stream);
void mvoi_stream_restore(mvo_stream *stream, const void *state);

#endif
