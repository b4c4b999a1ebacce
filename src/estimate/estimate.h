/* SPDX-License-Identifier: MIT */
/* What the covariance estimators share: the demeaned table, and a symmetric matrix taken apart and put together again. */
#ifndef MVO_ESTIMATE_ESTIMATE_H
#define MVO_ESTIMATE_ESTIMATE_H

#include "covariance/make.h"

/* Checks covariance, shape and values of a table of returns without gaps. */
mvo_status mvoi_estimate_check(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                               const double *returns, size_t ld, size_t ddof, mvo_error *error);

/* The same, and a copy of it, each column less its mean, without gaps between the columns (periods-by-n), to be
   released. */
mvo_status mvoi_estimate_table(double **table, mvo_covariance **covariance, mvo_context *context, size_t periods,
                               size_t n, const double *returns, size_t ld, size_t ddof, mvo_error *error);

/* Refuses a table of demeaned returns with a column of zeros, naming it and what such an asset lacks. */
mvo_status mvoi_estimate_refuse_constant(mvo_context *context, mvo_error *error, const double *table, size_t periods,
                                         size_t n, const char *lacks);

/* A symmetric matrix and its spectrum. */
typedef struct mvoi_spectral {
    mvo_context *context;
    size_t n, ld, room;
    double *matrix; /* n-by-n: the lower triangle, or the eigenvectors, one a column */
    double *values; /* n eigenvalues, ascending */
    double *numbers; /* room for `room` numbers, at least 2 n^2 */
    int32_t *integers;
} mvoi_spectral;

/* Memory for a matrix of order n; MVO_ERROR_ARGUMENT where n is too large for LAPACK. Close it in any case. */
mvo_status mvoi_spectral_open(mvoi_spectral *spectral, mvo_context *context, size_t n, mvo_error *error);

/* The lower triangle of the sample covariance of a checked table. A constant column is refused by what it lacks, and a
   variance that overflows. */
mvo_status mvoi_spectral_sample(mvoi_spectral *spectral, size_t periods, const double *returns, size_t ld, size_t ddof,
                                const char *lacks, mvo_error *error);

/* From the lower triangle, of finite numbers, to eigenvectors and values. */
mvo_status mvoi_spectral_split(mvoi_spectral *spectral, mvo_error *error);

/* Back: the lower triangle of V diag(values) V', all values >= 0, which is semidefinite to rounding. */
void mvoi_spectral_join(mvoi_spectral *spectral);

/*
 * The lower triangle of a covariance becomes that of its correlations, `volatilities` (n) what was taken out. A
 * riskless asset has correlation 0 with the others.
 */
void mvoi_spectral_to_correlation(mvoi_spectral *spectral, double *volatilities);

/* The other way, after the correlations have been brought back to a diagonal of ones. The variances are those of before
   to the last bit but one. */
void mvoi_spectral_to_covariance(mvoi_spectral *spectral, const double *volatilities);

/* Makes the handle, which takes the matrix over. */
mvo_status mvoi_spectral_finish(mvo_covariance **covariance, mvoi_spectral *spectral, size_t rank_bound,
                                mvo_error *error);

void mvoi_spectral_close(mvoi_spectral *spectral);

#endif
