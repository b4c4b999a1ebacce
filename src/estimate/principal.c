/* SPDX-License-Identifier: MIT */
/* Eigenvalues of X'X and XX' are the same but for zeros, and each one's eigenvectors give the other's. */
#include "estimate/principal.h"
#include "estimate/least_squares.h"
#include "linalg/lapack.h"

#include <math.h>

static mvo_status centre(mvoi_principal *p, mvo_context *context, mvo_error *error, const double *returns, size_t ld,
                         int standardise)
{
    for (size_t j = 0; j < p->n; j++) {
        double *column = p->X + j * p->periods;
        const double mean = mvoi_centre(column, returns + j * ld, p->periods);
        const mvoi_detail detail = { "returns", -1, (int64_t)j, mean, 0.0 };
        if (mvoi_is_constant(column, p->periods, mean))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "column %zu of returns is constant at %g", j,
                             mean);
        const double variance = mvoi_sum_of_squares(column, p->periods) / (double)(p->periods - 1);
        if (!isfinite(variance) || !(variance > 0.0))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "the variance of column %zu of returns %s",
                             j, variance > 0.0 ? "overflows" : "underflows");
        p->deviation[j] = sqrt(variance);
        for (size_t t = 0; standardise && t < p->periods; t++)
            column[t] /= p->deviation[j];
    }
    return MVO_OK;
}

mvo_status mvoi_principal_new(mvoi_principal *principal, mvo_context *context, mvo_error *error, size_t periods,
                              size_t n, const double *returns, size_t ld, int standardise)
{
    mvoi_principal p = { periods, n, n <= periods, NULL, NULL, { 0, NULL, NULL, NULL, NULL } };
    const size_t side = p.by_assets ? n : periods;
    mvo_status status = mvoi_spectrum_new(&p.spectrum, context, error, side);
    if (status != MVO_OK)
        return status;
    p.X = mvoi_allocate(context, periods * n, sizeof *p.X); /* the table itself can be addressed */
    p.deviation = mvoi_allocate(context, n, sizeof *p.deviation);
    status = p.X && p.deviation ? centre(&p, context, error, returns, ld, standardise)
                                : mvoi_fail_memory(context, error, "principal components");
    const int fits =
        status == MVO_OK && (p.by_assets ? mvoi_lapack_gram(periods, n, 1.0, p.X, periods, p.spectrum.vectors, n)
                                         : mvoi_lapack_multiply(0, 1, periods, periods, n, 1.0, p.X, periods, p.X,
                                                                periods, 0.0, p.spectrum.vectors, periods));
    if (status == MVO_OK && !fits)
        status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                           "a table of %zu periods and %zu assets is too large for BLAS", periods, n);
    if (status == MVO_OK)
        status = mvoi_spectrum_compute(&p.spectrum, context, error);
    if (status != MVO_OK)
        mvoi_principal_free(&p, context);
    else
        *principal = p;
    return status;
}

void mvoi_principal_free(mvoi_principal *principal, mvo_context *context)
{
    mvoi_release(context, principal->deviation);
    mvoi_release(context, principal->X);
    mvoi_spectrum_free(&principal->spectrum, context);
}

double mvoi_principal_value(const mvoi_principal *principal, size_t rank)
{
    const size_t side = principal->spectrum.n;
    return rank < side ? fmax(principal->spectrum.values[side - 1 - rank], 0.0) : 0.0;
}
