/* SPDX-License-Identifier: MIT */
/* How this room makes its covariances: an empty handle of either representation, filled in, then finished. */
#ifndef MVO_ESTIMATE_ASSEMBLE_H
#define MVO_ESTIMATE_ASSEMBLE_H

#include "covariance/make.h"

typedef struct mvoi_assembly {
    mvo_covariance *made; /* NULL where there is none */
    double *diagonal;     /* n variances, written by mvoi_assembly_finish */
    double *matrix;       /* dense: n-by-n, leading dimension ld; the lower triangle is to be filled */
    size_t ld;
    double *factors;  /* structured: k-by-n, the loadings of one asset contiguous; to be filled */
    double *specific; /* structured: n, zero to begin with */
} mvoi_assembly;

/* An unfinished dense handle of n assets; `what` is what memory was wanted for. */
mvo_status mvoi_assembly_dense(mvoi_assembly *assembly, mvo_context *context, mvo_error *error, size_t n,
                               const char *what);

/* An unfinished factor model of n assets and k factors. */
mvo_status mvoi_assembly_structured(mvoi_assembly *assembly, mvo_context *context, mvo_error *error, size_t n,
                                    size_t k, const char *what);

/*
 * Completes the handle: the upper triangle mirrors the lower one, variances are read off and must be finite. It is
 * semidefinite by construction unless `trusted` says that what it was made from was taken on trust. On a refusal the
 * handle is given back and *covariance is not written.
 */
mvo_status mvoi_assembly_finish(mvo_covariance **covariance, mvoi_assembly *assembly, mvo_error *error,
                                int32_t trusted);

/* Gives an unfinished handle back; nothing where there is none. */
void mvoi_assembly_drop(mvoi_assembly *assembly);

/* Row after row, the lower triangle of a covariance into `lower` (leading dimension ld). */
void mvoi_lower_triangle(double *lower, size_t ld, const mvo_covariance *covariance);

/* The numbers of a matrix of rows-by-columns must be finite. */
mvo_status mvoi_check_table(mvo_context *context, mvo_error *error, const char *name, const double *table, size_t rows,
                            size_t columns, size_t ld);

/* A number that must lie in [least, most]; NaN is NOT_FINITE, the rest ARGUMENT. */
mvo_status mvoi_check_between(mvo_context *context, mvo_error *error, const char *name, double value, double least,
                              double most);

/* The same of each of n numbers. */
mvo_status mvoi_check_all_between(mvo_context *context, mvo_error *error, const char *name, const double *values,
                                  size_t n, double least, double most);

/* A correlation matrix as an argument: finite, symmetric, ones on the diagonal, semidefinite. With target (n-by-n,
   leading dimension n) it is also copied. Needs an n-by-n workspace of its own. */
mvo_status mvoi_check_correlation(double *target, mvo_context *context, mvo_error *error, const mvoi_square *given);

#endif
