/* SPDX-License-Identifier: MIT */
/* Linear shrinkage: the target and the intensity, worked out from one demeaned table. */
#ifndef MVO_ESTIMATE_SHRINKAGE_H
#define MVO_ESTIMATE_SHRINKAGE_H

#include "covariance/make.h"

/* Every target is sign loading loading' + diag(rest), semidefinite even where sign is -1. */
typedef struct mvoi_target {
    double sign;
    double *loading, *rest; /* n each */
} mvoi_target;

/* The table at work: demeaned returns times a power of two that brings the largest close to one. */
typedef struct mvoi_shrink {
    int32_t kind; /* MVO_SHRINK_* */
    size_t periods, n;
    double count;  /* periods - ddof: what sums over the periods are divided by */
    const double *table;
    double *rows[3]; /* periods each: sums over the assets */
    double *variances; /* n */
    mvoi_target target;
    double trace;   /* of S */
    double squares; /* sum of the squares of S_ij */
    double pi;      /* sum of the asymptotic variances of sqrt(T) S_ij: Ledoit & Wolf (2003), p. 610 */
    double rho;     /* sum of the asymptotic covariances of sqrt(T) S_ij and the target's element */
} mvoi_shrink;

/* Variances, trace, target and rho; pi but for -squares, which is added by the intensity. */
mvo_status mvoi_shrink_measure(mvoi_shrink *work, mvo_context *context, mvo_error *error);

/* The intensity, from 0 to 1, once `squares` is known. */
double mvoi_shrink_intensity(const mvoi_shrink *work);

/* A handle of (1 - intensity) a + intensity b. */
mvo_status mvoi_mix(mvo_covariance **covariance, mvo_context *context, const mvo_covariance *a,
                    const mvo_covariance *b, double intensity, mvo_error *error);

#endif
