/* SPDX-License-Identifier: MIT */
/* Squared Mahalanobis distances, and moments with a weight for each period: what EM algorithms turn around. */
#ifndef MVO_ESTIMATE_DISTANCES_H
#define MVO_ESTIMATE_DISTANCES_H

#include "estimate/returns_table.h"

#include "linalg/kernels.h"

/* Leading dimension of the workspace of the two functions below, which holds that many numbers times n; 0 where that
   cannot be addressed. */
size_t mvoi_distances_leading(size_t periods, size_t n);

/*
 * squared[t] = (x_t - location)' S^-1 (x_t - location) with S the n-by-n `scatter` (lower triangle, leading dimension
 * n), and log |S|. Returns n, or where S is singular the first asset that is a combination of those before it: a pivot
 * below 1e-12 of its variance. `location` may be NULL for zero.
 */
size_t mvoi_distances(double *squared, double *log_determinant, double *work, const mvoi_table *table,
                      const double *location, const double *scatter);

/*
 * location = sum_t weights[t] x_t / sum_t weights[t] (unless `keep`, when it is given), and in the lower triangle of
 * `scatter` sum_t scatter_weights[t] (x_t - location)(x_t - location)' / divisor. Returns 0 where BLAS cannot take the
 * sizes.
 */
int mvoi_weighted_moments(double *location, double *scatter, double *work, const mvoi_table *table,
                          const double *weights, const double *scatter_weights, double divisor, int keep);

#endif
