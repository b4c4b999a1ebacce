/* SPDX-License-Identifier: MIT */
/* What the rooms above see of a constraint set: bounds, and rows in order of addition. */
#ifndef MVO_CONSTRAINTS_CONSTRAINTS_H
#define MVO_CONSTRAINTS_CONSTRAINTS_H

#include "core/core.h"

typedef struct mvoi_row {
    int64_t id;
    double lower, upper;
    double *coefficients; /* n of them */
    char *name;           /* NULL if it has none */
} mvoi_row;

struct mvo_constraints {
    mvo_context *context; /* holds a reference; may be NULL */
    size_t n;
    double *lower, *upper; /* n each */
    char **asset_names;    /* n, each NULL or owned; the array itself is NULL until the first name */
    size_t row_count, row_capacity;
    mvoi_row *rows;
    int64_t next_id;
};

/* Position of the row with that id, or row_count when there is none. */
size_t mvoi_constraints_find(const mvo_constraints *constraints, int64_t id);

/* "asset 'BTC'" or "asset 3" into buffer, always zero-terminated; returns buffer. */
char *mvoi_describe_asset(char *buffer, size_t size, const mvo_constraints *constraints, size_t asset);

/* "row 'tech'" or "row 3" (its position), likewise. */
char *mvoi_describe_row(char *buffer, size_t size, const mvo_constraints *constraints, size_t position);

/* Checks one pair of limits: NaN, lower = +infinity and upper = -infinity always; lower > upper unless `crossed_allowed`.
   `what` is the description used in the message, `argument` and `index` go into the error. */
mvo_status mvoi_check_limits(mvo_context *context, mvo_error *error, const char *what, int64_t index, double lower,
                             double upper, int crossed_allowed);

#endif
