/* SPDX-License-Identifier: MIT */
/* A factor model as the caller gave it, and its loadings as a handle keeps them. */
#ifndef MVO_COVARIANCE_MODEL_H
#define MVO_COVARIANCE_MODEL_H

#include "core/core.h"

typedef struct mvoi_factor_model {
    size_t n, k;
    const double *loadings; /* n-by-k */
    size_t ld_loadings;
    const double *omega; /* k-by-k, the lower triangle deciding; NULL for the identity */
    size_t ld_omega;
    const double *specific;
} mvoi_factor_model;

/*
 * Row i of B R into *factors from i * *columns on, Omega = R R'; both are memory of mvoi_allocate's, the caller's to
 * release. The number of columns is the rank of Omega, k without one. 0 when out of memory (nothing is then written).
 */
int mvoi_fold_loadings(double **factors, size_t *columns, mvo_context *context, const mvoi_factor_model *model);

#endif
