/* SPDX-License-Identifier: MIT */
/* A table of returns as the caller gave it, and the checks it must pass. */
#ifndef MVO_ESTIMATE_RETURNS_TABLE_H
#define MVO_ESTIMATE_RETURNS_TABLE_H

#include "covariance/make.h"

typedef struct mvoi_table {
    const double *values;
    size_t periods, n, ld;
} mvoi_table;

/* n >= 1, periods >= least, the leading dimension, and every entry finite. */
mvo_status mvoi_returns_table_check(mvo_context *context, mvo_error *error, const mvoi_table *table, size_t least);

#endif
