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

/* Workspace of mvoi_lapack_eigen, in numbers and in integers; 0 where n is too large. */
size_t mvoi_lapack_eigen_numbers(size_t n);
size_t mvoi_lapack_eigen_integers(size_t n);

/*
 * All eigenvalues of the n-by-n A (the lower triangle is read), ascending, in `values` (n), and the eigenvectors of
 * length 1 in place of A, one a column. By divide and conquer (dsyevd). 1 on success, 0 where it did not converge or
 * a size is too large; A is destroyed then too.
 */
int mvoi_lapack_eigen(size_t n, double *A, size_t ld, double *values, double *numbers, int32_t *integers);

/* C = scale op(A) op(B) + keep C, C being m-by-n and the sum running over k; op is the transpose where the flag says
   so. Returns 0 where a size is too large. */
int mvoi_lapack_multiply(int transpose_A, int transpose_B, size_t m, size_t n, size_t k, double scale, const double *A,
                         size_t ld_A, const double *B, size_t ld_B, double keep, double *C, size_t ld_C);

/* X = A^-1 X for `count` columns, with A = U'U as mvoi_lapack_cholesky leaves it. Returns 0 where a size is too large. */
int mvoi_lapack_cholesky_solve(size_t n, size_t count, const double *A, size_t ld_A, double *X, size_t ld_X);

/* X = A^-1 X for `count` columns by Gaussian elimination with row exchanges; A is destroyed, `exchanges` holds n. 1 on
   success, 0 where A is singular to the bit or a size is too large. */
int mvoi_lapack_solve(size_t n, size_t count, double *A, size_t ld_A, int32_t *exchanges, double *X, size_t ld_X);

/* Workspace of the two functions below for n columns and `count` right sides, in numbers; 0 where it is too large. */
size_t mvoi_lapack_qr_numbers(size_t n, size_t count);

/* A = Q R of the m-by-n A, m >= n: R in the upper triangle, Q as reflectors below it and in `scales` (n). Returns 0
   where a size is too large. */
int mvoi_lapack_qr(size_t m, size_t n, double *A, size_t ld, double *scales, double *numbers, size_t length);

/* B = Q'B for the m-by-count B, Q as mvoi_lapack_qr left it. Returns 0 where a size is too large. */
int mvoi_lapack_qr_rotate(size_t m, size_t count, size_t n, const double *A, size_t ld, const double *scales, double *B,
                          size_t ld_B, double *numbers, size_t length);

#endif
