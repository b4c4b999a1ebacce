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
void dsyevd_(const char *jobz, const char *uplo, const fortran_int *n, double *a, const fortran_int *lda, double *w,
             double *work, const fortran_int *lwork, fortran_int *iwork, const fortran_int *liwork, fortran_int *info,
             size_t jobz_length, size_t uplo_length);
void dgemm_(const char *transa, const char *transb, const fortran_int *m, const fortran_int *n, const fortran_int *k,
            const double *alpha, const double *a, const fortran_int *lda, const double *b, const fortran_int *ldb,
            const double *beta, double *c, const fortran_int *ldc, size_t transa_length, size_t transb_length);
void dpotrs_(const char *uplo, const fortran_int *n, const fortran_int *nrhs, const double *a, const fortran_int *lda,
             double *b, const fortran_int *ldb, fortran_int *info, size_t uplo_length);
void dgesv_(const fortran_int *n, const fortran_int *nrhs, double *a, const fortran_int *lda, fortran_int *ipiv,
            double *b, const fortran_int *ldb, fortran_int *info);
void dgeqrf_(const fortran_int *m, const fortran_int *n, double *a, const fortran_int *lda, double *tau, double *work,
             const fortran_int *lwork, fortran_int *info);
void dormqr_(const char *side, const char *trans, const fortran_int *m, const fortran_int *n, const fortran_int *k,
             const double *a, const fortran_int *lda, const double *tau, double *c, const fortran_int *ldc,
             double *work, const fortran_int *lwork, fortran_int *info, size_t side_length, size_t trans_length);

enum {
    LARGEST = INT32_MAX,
    WORK_PER_COLUMN = 40, /* dsyevx wants 8 n, and n more per column of the blocks of its reduction: 32 is usual */
    QR_BLOCK = 64,        /* columns in a block of dgeqrf and dormqr: 32 is usual, 64 the most */
    QR_TRIANGLE = 65 * 64, /* what dormqr wants beside */
    LARGEST_EIGEN = 32000       /* its workspace of 2 n^2 numbers must be counted in 32 bits */
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

/* dsyevd's own formulas: 1 + 6 n + 2 n^2 numbers, 3 + 5 n integers; more numbers do not help. */
size_t mvoi_lapack_eigen_numbers(size_t n)
{
    return n <= LARGEST_EIGEN ? 1 + 6 * n + 2 * n * n : 0;
}

size_t mvoi_lapack_eigen_integers(size_t n)
{
    return n <= LARGEST_EIGEN ? 3 + 5 * n : 0;
}

int mvoi_lapack_eigen(size_t n, double *A, size_t ld, double *values, double *numbers, int32_t *integers)
{
    if (n > LARGEST_EIGEN || !mvoi_lapack_fits(ld) || ld < n)
        return 0;
    if (n == 0)
        return 1;
    const fortran_int order = (fortran_int)n, leading = (fortran_int)ld;
    const fortran_int length = (fortran_int)mvoi_lapack_eigen_numbers(n);
    const fortran_int integer_length = (fortran_int)mvoi_lapack_eigen_integers(n);
    fortran_int info = -1;
    dsyevd_("V", "L", &order, A, &leading, values, numbers, &length, integers, &integer_length, &info, 1, 1);
    return info == 0;
}

int mvoi_lapack_multiply(int transpose_A, int transpose_B, size_t m, size_t n, size_t k, double scale, const double *A,
                         size_t ld_A, const double *B, size_t ld_B, double keep, double *C, size_t ld_C)
{
    const size_t sizes[] = { m, n, k, ld_A, ld_B, ld_C };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (!mvoi_lapack_fits(sizes[i]))
            return 0;
    if (ld_A < (transpose_A ? k : m) || ld_B < (transpose_B ? n : k) || ld_C < m || ld_A == 0 || ld_B == 0 || ld_C == 0)
        return 0;
    const fortran_int rows = (fortran_int)m, columns = (fortran_int)n, inner = (fortran_int)k;
    const fortran_int leading_A = (fortran_int)ld_A, leading_B = (fortran_int)ld_B, leading_C = (fortran_int)ld_C;
    dgemm_(transpose_A ? "T" : "N", transpose_B ? "T" : "N", &rows, &columns, &inner, &scale, A, &leading_A, B,
           &leading_B, &keep, C, &leading_C, 1, 1);
    return 1;
}

int mvoi_lapack_cholesky_solve(size_t n, size_t count, const double *A, size_t ld_A, double *X, size_t ld_X)
{
    if (!mvoi_lapack_fits(n) || !mvoi_lapack_fits(count) || !mvoi_lapack_fits(ld_A) || !mvoi_lapack_fits(ld_X) ||
        ld_A < n || ld_X < n)
        return 0;
    if (n == 0 || count == 0)
        return 1;
    const fortran_int order = (fortran_int)n, columns = (fortran_int)count;
    const fortran_int leading_A = (fortran_int)ld_A, leading_X = (fortran_int)ld_X;
    fortran_int info = -1;
    dpotrs_("U", &order, &columns, A, &leading_A, X, &leading_X, &info, 1);
    return info == 0;
}

int mvoi_lapack_solve(size_t n, size_t count, double *A, size_t ld_A, int32_t *exchanges, double *X, size_t ld_X)
{
    if (!mvoi_lapack_fits(n) || !mvoi_lapack_fits(count) || !mvoi_lapack_fits(ld_A) || !mvoi_lapack_fits(ld_X) ||
        ld_A < n || ld_X < n)
        return 0;
    if (n == 0 || count == 0)
        return 1;
    const fortran_int order = (fortran_int)n, columns = (fortran_int)count;
    const fortran_int leading_A = (fortran_int)ld_A, leading_X = (fortran_int)ld_X;
    fortran_int info = -1;
    dgesv_(&order, &columns, A, &leading_A, exchanges, X, &leading_X, &info);
    return info == 0;
}

size_t mvoi_lapack_qr_numbers(size_t n, size_t count)
{
    const size_t columns = n > count ? n : count;
    return columns <= (LARGEST - QR_TRIANGLE) / QR_BLOCK ? QR_BLOCK * (columns + 1) + QR_TRIANGLE : 0;
}

int mvoi_lapack_qr(size_t m, size_t n, double *A, size_t ld, double *scales, double *numbers, size_t length)
{
    if (!mvoi_lapack_fits(m) || !mvoi_lapack_fits(ld) || !mvoi_lapack_fits(length) || n > m || ld < m || length < n)
        return 0;
    if (n == 0)
        return 1;
    const fortran_int rows = (fortran_int)m, columns = (fortran_int)n, leading = (fortran_int)ld;
    const fortran_int work = (fortran_int)length;
    fortran_int info = -1;
    dgeqrf_(&rows, &columns, A, &leading, scales, numbers, &work, &info);
    return info == 0;
}

int mvoi_lapack_qr_rotate(size_t m, size_t count, size_t n, const double *A, size_t ld, const double *scales, double *B,
                          size_t ld_B, double *numbers, size_t length)
{
    if (!mvoi_lapack_fits(m) || !mvoi_lapack_fits(count) || !mvoi_lapack_fits(ld) || !mvoi_lapack_fits(ld_B) ||
        !mvoi_lapack_fits(length) || n > m || ld < m || ld_B < m || length < count)
        return 0;
    if (n == 0 || count == 0)
        return 1;
    const fortran_int rows = (fortran_int)m, columns = (fortran_int)count, reflectors = (fortran_int)n;
    const fortran_int leading_A = (fortran_int)ld, leading_B = (fortran_int)ld_B, work = (fortran_int)length;
    fortran_int info = -1;
    dormqr_("L", "T", &rows, &columns, &reflectors, A, &leading_A, scales, B, &leading_B, numbers, &work, &info, 1, 1);
    return info == 0;
}
