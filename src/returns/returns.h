/* SPDX-License-Identifier: MIT */
/* What the functions that make expected returns share: checks of tables, of single numbers, and Sigma^-1. */
#ifndef MVO_RETURNS_RETURNS_H
#define MVO_RETURNS_RETURNS_H

#include "covariance/make.h"

/* A table as the caller gave it, one column per asset, and what mvo.h calls it. */
typedef struct mvoi_table {
    const char *name, *ld_name, *rows_name; /* as "returns", "ld", "periods" */
    const double *values;
    size_t rows, n, ld;
} mvoi_table;

/* The shape of a table (rows and n at least 1, ld, no NULL), and that all of it is finite. */
mvo_status mvoi_table_check(mvo_context *context, mvo_error *error, const mvoi_table *table);

/* The same where each value must also be greater than `least` (or equal to it where `or_equal`): ARGUMENT with row,
   column and value; `why` ends the sentence. */
mvo_status mvoi_table_check_above(mvo_context *context, mvo_error *error, const mvoi_table *table, double least,
                                  int or_equal, const char *why);

/* The leading dimension of an output of `rows` (called `rows_name`) by n. */
mvo_status mvoi_output_check(mvo_error *error, const char *name, const void *output, const char *ld_name, size_t ld,
                             const char *rows_name, size_t rows, size_t n);

/* A finite number; MVO_ERROR_NOT_FINITE names it otherwise. */
mvo_status mvoi_number_check(mvo_context *context, mvo_error *error, const char *argument, double value);

/* A finite number above 0; MVO_ERROR_ARGUMENT names it otherwise. */
mvo_status mvoi_positive_check(mvo_context *context, mvo_error *error, const char *argument, double value);

/*
 * X = Sigma^-1 X for `count` columns of n numbers one after the other. MVO_ERROR_SINGULAR where Sigma is singular to
 * rounding. A factor model whose specific variances are all positive is never multiplied out.
 */
mvo_status mvoi_inverse_multiply(double *X, size_t count, const mvo_covariance *covariance, mvo_error *error);

#endif
