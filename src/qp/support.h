/* SPDX-License-Identifier: MIT */
/*
 * The part of a problem that its nonzero weights see: Sigma over the support (the free weights, and those that rest
 * away from zero), with the rows of A over it on top. Packed, and kept so from one tick to the next, it makes the
 * residuals of the KKT equations in twice the precision cost next to nothing.
 */
#ifndef MVO_QP_SUPPORT_H
#define MVO_QP_SUPPORT_H

#include "qp/problem.h"

typedef struct mvoi_support {
    const mvoi_kernels *kernels;
    size_t n, limit;         /* weights there may be; more do not pay */
    int valid;               /* the matrix below holds the support it names */
    size_t count, extra, ld; /* weights in it, rows of A on top (padded), leading dimension */
    size_t rows;             /* rows of A on top: all of the problem's */
    int32_t *asset, *slot;   /* weight at each place; place of each weight, or -1 */
    int32_t *identity;
    double *matrix;                        /* ld-by-limit */
    double *transposed;                    /* limit-by-rows: the rows of A again, one a column */
    double *x, *high, *low, *total, *rest; /* limit + extra each */
    void *memory;
} mvoi_support;

/* Most rows of A with which a support is kept. */
enum { MVOI_SUPPORT_ROWS = 24 };

int mvoi_support_init(mvoi_support *support, mvo_context *context, size_t n, const mvoi_kernels *kernels);
void mvoi_support_clear(mvoi_support *support, mvo_context *context);
void mvoi_support_forget(mvoi_support *support);

/* Packs the given weights anew; 0 if there are too many of them, or too many rows. */
int mvoi_support_pack(mvoi_support *support, const mvoi_problem *problem, const int32_t *assets, size_t count,
                      const int32_t *more, size_t more_count);

/* One weight more (nothing if it is there; forgets all if there is no room), or less (nothing if it is not there). */
void mvoi_support_add(mvoi_support *support, const mvoi_problem *problem, int32_t asset);
void mvoi_support_remove(mvoi_support *support, int32_t asset);

/* activity = A w over the support, plain. */
void mvoi_support_activity(mvoi_support *support, const double *w, double *activity);

/*
 * In twice the precision: high + low = [A w; Sigma w] over the support (rows of A first, extra of them), and total +
 * rest = Sigma w - A'y over the support (from the first place on).
 */
void mvoi_support_residual(mvoi_support *support, const double *w, const double *y, size_t m);

#endif
