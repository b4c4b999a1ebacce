/* SPDX-License-Identifier: MIT */
/*
 * What this library asks of LAPACK and BLAS: the only door to Fortran. The reference library ends the process on an
 * argument it dislikes and some builds report success on NaN, so every caller hands in finite numbers and every
 * function here checks sizes before it calls. Matrices are column-major; of symmetric ones one triangle counts.
 * Nothing allocates (what happens inside a BLAS is its own affair); workspace is the caller's.
 */
#ifndef MVO_LINALG_LAPACK_H
#define MVO_LINALG_LAPACK_H

#include <stddef.h>
#include <stdint.h>

/* Whether a size can be told to Fortran at all. */
int mvoi_lapack_fits(size_t size);

/* A = U'U in the upper triangle of the n-by-n A. 1 on success, 0 where a pivot was not positive. */
int mvoi_lapack_cholesky(size_t n, double *A, size_t ld);

/* Workspace of mvoi_lapack_smallest_eigenvalue, in numbers and in integers; 0 where n is too large. */
size_t mvoi_lapack_eigenvalue_numbers(size_t n);
size_t mvoi_lapack_eigenvalue_integers(size_t n);

/*
 * The smallest eigenvalue of the n-by-n A (n >= 1; the upper triangle is read and destroyed, the lower one not touched)
 * and, in `vector` (n), its eigenvector of length 1.
 * Returns 2 if both are there, 1 if only the eigenvalue is, 0 if neither.
 */
int mvoi_lapack_smallest_eigenvalue(size_t n, double *A, size_t ld, double *value, double *vector, double *numbers,
                                    int32_t *integers);

/* Lower triangle of the n-by-n S = scale X'X, X being m-by-n; S is overwritten. Returns 0 where a size is too large. */
int mvoi_lapack_gram(size_t m, size_t n, double scale, const double *X, size_t ld_X, double *S, size_t ld_S);

#endif
