/* SPDX-License-Identifier: MIT */
/*
 * Views before a prior, ready to be used: those left out are gone, and everything about the rest is multiplied out.
 * Notation of mvo_black_litterman; m is the number of views kept.
 */
#ifndef MVO_RETURNS_VIEWS_H
#define MVO_RETURNS_VIEWS_H

#include "returns/returns.h"

typedef struct mvoi_views {
    mvo_context *context;
    const mvo_covariance *covariance;
    double tau;
    size_t m;
    size_t *kept;   /* m: which of the caller's views */
    double *picks;  /* n-by-m: column v is view v's portfolio */
    double *spread; /* n-by-m: Sigma P' */
    double *joint;  /* m-by-m, lower triangle: A = tau P Sigma P' + Omega */
} mvoi_views;

/*
 * The posterior covariance Sigma + M into a new handle, and in `lower` (m-by-m, ld >= m) the Cholesky factor of A.
 * `posterior` may be NULL: then the factor alone is made. MVO_ERROR_SINGULAR names a view.
 */
mvo_status mvoi_views_posterior(mvo_covariance **posterior, double *lower, size_t ld, const mvoi_views *views,
                                mvo_error *error);

#endif
