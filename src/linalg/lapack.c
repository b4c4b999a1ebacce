/* SPDX-License-Identifier: MIT */
/* LAPACK and BLAS, called by their Fortran names with the hidden lengths of character arguments at the end. */
#include "linalg/lapack.h"

typedef int32_t fortran_int; /* the usual 32-bit interface */

void dpotrf_(const char *uplo, const fortran_int *n, double *a, const fortran_int *lda, fortran_int *info,
             size_t uplo_length);
void dsyrk_(const char *uplo, const char *trans, const fortran_int *n, const fortran_int *k, const double *alpha,
            const double *a, const fortran_int *lda, const double *beta, double *c, const fortran_int *ldc,
            size_t uplo_length, size_t trans_length);
void dsyevx_(const char *jobz, const char *range, const char *uplo, const fortran_int *n, double *a,
             const fortran_int *lda, const double *vl, const double *vu, const fortran_int *il, const fortran_int *iu,
             const double *abstol, fortran_int *m, double *w, double *z, const fortran_int *ldz, double *work,
             const fortran_int *lwork, fortran_int *iwork, fortran_int *ifail, fortran_int *info, size_t jobz_length,
             size_t range_length, size_t uplo_length);

enum {
    LARGEST = INT32_MAX,
    WORK_PER_COLUMN = 40, /* dsyevx wants 8 n, and n more per column of the blocks of its reduction: 32 is usual */
};

int mvoi_lapack_fits(size_t size)
{
    return size <= LARGEST;
}

int mvoi_lapack_cholesky(size_t n, double *A, size_t ld)
{
    if (!mvoi_lapack_fits(n) || !mvoi_lapack_fits(ld) || ld < n)
        return 0;
    if (n == 0)
        return 1;
    const fortran_int order = (fortran_int)n;
    const fortran_int leading = (fortran_int)ld;
    fortran_int info = -1;
    dpotrf_("U", &order, A, &leading, &info, 1);
    return info == 0;
}

size_t mvoi_lapack_eigenvalue_numbers(size_t n)
{
    return n <= LARGEST / WORK_PER_COLUMN ? (WORK_PER_COLUMN + 1) * n : 0;
}

size_t mvoi_lapack_eigenvalue_integers(size_t n)
{
    return n <= LARGEST / WORK_PER_COLUMN ? 6 * n : 0;
}

int mvoi_lapack_smallest_eigenvalue(size_t n, double *A, size_t ld, double *value, double *vector, double *numbers,
                                    int32_t *integers)
{
    if (n == 0 || mvoi_lapack_eigenvalue_numbers(n) == 0 || !mvoi_lapack_fits(ld) || ld < n)
        return 0;
    const fortran_int order = (fortran_int)n;
    const fortran_int leading = (fortran_int)ld;
    const fortran_int first = 1;
    const fortran_int length = WORK_PER_COLUMN * order;
    const double nothing = 0.0; /* as tolerance: what rounding permits */
    fortran_int found = 0;
    fortran_int info = -1;
    double *values = numbers + (size_t)length;
    dsyevx_("V", "I", "U", &order, A, &leading, &nothing, &nothing, &first, &first, &nothing, &found, values, vector,
            &order, numbers, &length, integers, integers + 5 * n, &info, 1, 1, 1);
    if (info < 0 || found < 1)
        return 0;
    *value = values[0];
    return info == 0 ? 2 : 1;
}

int mvoi_lapack_gram(size_t m, size_t n, double scale, const double *X, size_t ld_X, double *S, size_t ld_S)
{
    if (!mvoi_lapack_fits(m) || !mvoi_lapack_fits(n) || !mvoi_lapack_fits(ld_X) || !mvoi_lapack_fits(ld_S) ||
        ld_X < m || ld_S < n || ld_X == 0 || ld_S == 0)
        return 0;
    const fortran_int order = (fortran_int)n;
    const fortran_int inner = (fortran_int)m;
    const fortran_int leading_X = (fortran_int)ld_X;
    const fortran_int leading_S = (fortran_int)ld_S;
    const double overwrite = 0.0;
    dsyrk_("L", "T", &order, &inner, &scale, X, &leading_X, &overwrite, S, &leading_S, 1, 1);
    return 1;
}
