/* SPDX-License-Identifier: MIT */
/* What the rooms above see of a covariance: one struct with two representations, read-only once made. */
#ifndef MVO_COVARIANCE_COVARIANCE_H
#define MVO_COVARIANCE_COVARIANCE_H

#include "core/core.h"

enum {
    MVOI_DENSE, /* dense[i + j * ld], both triangles equal to the bit */
    MVOI_FACTOR /* Sigma_ij = sum_f factors[f + i * k] factors[f + j * k] + (i == j) specific[i] */
};

struct mvo_covariance {
    mvo_context *context; /* holds a reference; may be NULL */
    atomic_size_t references;
    size_t n;
    size_t rank_bound;
    int32_t kind;           /* MVOI_DENSE or MVOI_FACTOR */
    int32_t trusted;        /* 1 if semidefiniteness was neither checked nor true by construction */
    const double *dense;    /* n-by-n, leading dimension ld; the caller's memory if borrowed */
    size_t ld;
    size_t k;               /* number of factors */
    const double *factors;  /* k-by-n, leading dimension k: the loadings of one asset are contiguous, Omega = R R'
                               already multiplied in (row i of B R) */
    const double *specific; /* n specific variances, each >= 0; all zero for a sample with fewer periods than assets */
    const double *diagonal; /* n variances */
    void *owned[3];         /* what the handle must release; NULL where nothing */
};

/* product = Sigma x with plain sums in a fixed order; they may not overlap. `scratch` holds k numbers and makes a factor
   model faster; NULL gives the same bits. */
void mvoi_covariance_product(double *product, const mvo_covariance *covariance, const double *x, double *scratch);

/* x'Sigma x with plain sums in a fixed order; for a factor model a sum of squares. Never negative. */
double mvoi_covariance_variance(const mvo_covariance *covariance, const double *x);

/* One element of Sigma; those of (i, j) and (j, i) are equal to the bit. */
double mvoi_covariance_entry(const mvo_covariance *covariance, size_t i, size_t j);

#endif
