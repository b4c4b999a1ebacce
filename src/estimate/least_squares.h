/* SPDX-License-Identifier: MIT */
/* Linear regressions by QR, with the column that depends on others named, and what else factor models share. */
#ifndef MVO_ESTIMATE_LEAST_SQUARES_H
#define MVO_ESTIMATE_LEAST_SQUARES_H

#include "estimate/assemble.h"

/* A design matrix of rows >= columns, decomposed in place. */
typedef struct mvoi_design {
    size_t rows, columns;
    double *values; /* rows-by-columns: the design, then its decomposition */
    double *scales, *numbers;
    size_t length;
} mvoi_design;

/* Memory for a design and for `count` right sides at once. */
mvo_status mvoi_design_new(mvoi_design *design, mvo_context *context, mvo_error *error, size_t rows, size_t columns,
                           size_t count);
void mvoi_design_free(mvoi_design *design, mvo_context *context);

/* Decomposes it. *dependent is the first column that the ones before it explain to 1e-10 of its length (a column of
   zeros too), or `columns` where there is none. Returns 0 where a size is too large. */
int mvoi_design_decompose(size_t *dependent, mvoi_design *design);

/* Regresses `count` columns of B (rows-by-count): coefficients into its first `columns` rows; the squares of the others
   add up to the sum of squared residuals. Returns 0 where a size is too large. */
int mvoi_design_solve(double *B, size_t ld, size_t count, mvoi_design *design);

/* target = x - mean, exactly zero for a constant column; returns the mean. */
double mvoi_centre(double *target, const double *x, size_t rows);

/* Whether a centred column is nothing but rounding of its mean. */
int mvoi_is_constant(const double *centred, size_t rows, double mean);

/* Sum of squares. */
double mvoi_sum_of_squares(const double *x, size_t n);

/* The table every factor model begins with: sizes, leading dimension, finite numbers. */
mvo_status mvoi_check_factor_table(mvo_context *context, mvo_error *error, size_t periods, size_t n, const double *returns,
                              size_t ld);

#endif
