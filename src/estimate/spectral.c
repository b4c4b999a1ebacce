/* SPDX-License-Identifier: MIT */
/* A symmetric matrix by its eigenvalues: what the estimators that change the spectrum share. */
#include "estimate/estimate.h"
#include "linalg/gram.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 32 }; /* rows and columns transposed at once */

mvo_status mvoi_spectral_open(mvoi_spectral *spectral, mvo_context *context, size_t n, mvo_error *error)
{
    memset(spectral, 0, sizeof *spectral);
    const size_t numbers = mvoi_lapack_eigen_numbers(n), integers = mvoi_lapack_eigen_integers(n);
    if (numbers == 0 || integers == 0) {
        const mvoi_detail detail = { "n", -1, -1, (double)n, 0.0 };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "n is %zu, too large for LAPACK's eigenvalues", n);
    }
    spectral->context = context;
    spectral->n = n;
    spectral->ld = mvoi_padded(n);
    spectral->room = numbers;
    spectral->matrix = mvoi_allocate(context, n * spectral->ld, sizeof *spectral->matrix);
    spectral->values = mvoi_allocate(context, n, sizeof *spectral->values);
    spectral->numbers = mvoi_allocate(context, numbers, sizeof *spectral->numbers);
    spectral->integers = mvoi_allocate(context, integers, sizeof *spectral->integers);
    if (!spectral->matrix || !spectral->values || !spectral->numbers || !spectral->integers)
        return mvoi_fail_memory(context, error, "the eigenvalues of a covariance");
    return MVO_OK;
}

/* Demeaned returns into `table`, and their product with themselves. */
static mvo_status fill(mvoi_spectral *spectral, double *table, size_t periods, const double *returns, size_t ld,
                       size_t ddof, const char *lacks, mvo_error *error)
{
    const size_t n = spectral->n;
    for (size_t j = 0; j < n; j++)
        mvoi_demean(table + j * periods, returns + j * ld, periods);
    const mvo_status status = mvoi_estimate_refuse_constant(spectral->context, error, table, periods, n, lacks);
    if (status != MVO_OK)
        return status;
    mvoi_gram(periods, n, 1.0 / (double)(periods - ddof), table, periods, spectral->matrix, spectral->ld);
    for (size_t i = 0; i < n; i++) {
        const double variance = spectral->matrix[i + i * spectral->ld];
        const mvoi_detail detail = { "returns", -1, (int64_t)i, variance, 0.0 };
        if (!isfinite(variance))
            return mvoi_fail(spectral->context, error, MVO_ERROR_NOT_FINITE, detail,
                             "the variance of column %zu of returns overflows", i);
    }
    return MVO_OK;
}

/* LAPACK's workspace holds the demeaned table where it has the room: new memory is slow to touch. */
mvo_status mvoi_spectral_sample(mvoi_spectral *spectral, size_t periods, const double *returns, size_t ld, size_t ddof,
                                const char *lacks, mvo_error *error)
{
    const size_t count = periods * spectral->n; /* ld * n numbers can be addressed */
    double *own = count > spectral->room ? mvoi_allocate(spectral->context, count, sizeof *own) : NULL;
    if (count > spectral->room && !own)
        return mvoi_fail_memory(spectral->context, error, "the estimation of a covariance");
    const mvo_status status =
        fill(spectral, own ? own : spectral->numbers, periods, returns, ld, ddof, lacks, error);
    mvoi_release(spectral->context, own);
    return status;
}

mvo_status mvoi_spectral_split(mvoi_spectral *spectral, mvo_error *error)
{
    if (mvoi_lapack_eigen(spectral->n, spectral->matrix, spectral->ld, spectral->values, spectral->numbers,
                          spectral->integers))
        return MVO_OK;
    return mvoi_fail(spectral->context, error, MVO_ERROR_INTERNAL, MVOI_DETAIL("returns"),
                     "LAPACK's dsyevd did not find the eigenvalues of the covariance of returns");
}

/* V diag(values) V' is the product of the table diag(sqrt(values)) V' with itself; LAPACK's workspace has room for it. */
void mvoi_spectral_join(mvoi_spectral *spectral)
{
    const size_t n = spectral->n, ld = spectral->ld;
    double *table = spectral->numbers;
    for (size_t k = 0; k < n; k++)
        spectral->values[k] = sqrt(spectral->values[k]);
    for (size_t k0 = 0; k0 < n; k0 += BLOCK)
        for (size_t i0 = 0; i0 < n; i0 += BLOCK)
            for (size_t k = k0; k < n && k < k0 + BLOCK; k++)
                for (size_t i = i0; i < n && i < i0 + BLOCK; i++)
                    table[k + i * n] = spectral->values[k] * spectral->matrix[i + k * ld];
    mvoi_gram(n, n, 1.0, table, n, spectral->matrix, ld);
}

void mvoi_spectral_to_correlation(mvoi_spectral *spectral, double *volatilities)
{
    const size_t n = spectral->n;
    for (size_t i = 0; i < n; i++)
        volatilities[i] = sqrt(spectral->matrix[i + i * spectral->ld]);
    for (size_t j = 0; j < n; j++) {
        double *column = spectral->matrix + j * spectral->ld;
        column[j] = 1.0;
        for (size_t i = j + 1; i < n; i++) {
            const int risky = volatilities[i] > 0.0 && volatilities[j] > 0.0;
            column[i] = risky ? column[i] / volatilities[i] / volatilities[j] : 0.0;
        }
    }
}

void mvoi_spectral_to_covariance(mvoi_spectral *spectral, const double *volatilities)
{
    const size_t n = spectral->n;
    double *scale = spectral->values; /* of no further use */
    for (size_t i = 0; i < n; i++) {
        const double own = spectral->matrix[i + i * spectral->ld];
        scale[i] = own > 0.0 ? volatilities[i] / sqrt(own) : 0.0;
    }
    for (size_t j = 0; j < n; j++) {
        double *column = spectral->matrix + j * spectral->ld;
        for (size_t i = j + 1; i < n; i++)
            column[i] *= scale[i] * scale[j];
        column[j] = volatilities[j] * volatilities[j];
    }
}

mvo_status mvoi_spectral_finish(mvo_covariance **covariance, mvoi_spectral *spectral, size_t rank_bound,
                                mvo_error *error)
{
    double *matrix = spectral->matrix;
    spectral->matrix = NULL;
    return mvoi_covariance_new_lower(covariance, spectral->context, spectral->n, matrix, rank_bound, error);
}

void mvoi_spectral_close(mvoi_spectral *spectral)
{
    mvoi_release(spectral->context, spectral->matrix);
    mvoi_release(spectral->context, spectral->values);
    mvoi_release(spectral->context, spectral->numbers);
    mvoi_release(spectral->context, spectral->integers);
    memset(spectral, 0, sizeof *spectral);
}
