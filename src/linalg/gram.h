/* SPDX-License-Identifier: MIT */
/* The product of a table with itself by the library's own kernels: as fast whatever BLAS is installed. */
#ifndef MVO_LINALG_GRAM_H
#define MVO_LINALG_GRAM_H

#include <stddef.h>

/* Lower triangle of the n-by-n S = scale X'X, X being m-by-n; S is overwritten. The same bits on every processor. */
void mvoi_gram(size_t m, size_t n, double scale, const double *X, size_t ld_X, double *S, size_t ld_S);

#endif
