/* SPDX-License-Identifier: MIT */
/* How far the columns of a table are from each other. */
#ifndef MVO_LINALG_SPREAD_H
#define MVO_LINALG_SPREAD_H

#include <stddef.h>

/* Both triangles of the n-by-n S, S[i, j] = sum_r (X[r, i] - X[r, j])^2 from the differences themselves, so that columns
   that are nearly equal lose no digits; X is m-by-n. The same bits on every processor, those of the kernels' dot. */
void mvoi_squared_distances(size_t m, size_t n, const double *X, size_t ld_X, double *S, size_t ld_S);

#endif
