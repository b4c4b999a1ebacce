/* SPDX-License-Identifier: MIT */
/* Tyler's shape matrix, for its own function and for the distances of outliers. */
#ifndef MVO_ESTIMATE_SHAPE_H
#define MVO_ESTIMATE_SHAPE_H

#include "estimate/distances.h"

typedef struct mvoi_shape {
    double *shape;   /* n-by-n, lower triangle; trace n */
    double *squared; /* periods: (x - centre)' shape^-1 (x - centre) */
    double *weights; /* periods */
    double *work;    /* as mvoi_distances wants it */
    double *moments; /* n: mean of (x - centre)^2 */
} mvoi_shape;

int mvoi_shape_allocate(mvoi_shape *s, mvo_context *context, size_t periods, size_t n);
void mvoi_shape_release(mvoi_shape *s, mvo_context *context);

/* Fits the shape of a checked table with more than n periods about `centre` (n). */
mvo_status mvoi_shape_fit(mvoi_shape *s, mvo_context *context, mvo_error *error, const mvoi_table *table,
                          double *centre);

#endif
