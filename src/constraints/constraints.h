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

/* Position of the row with that id, or row_count when there is none. Ids ascend with the position. */
size_t mvoi_constraints_find(const mvo_constraints *constraints, int64_t id);

/* MVO_OK, or MVO_ERROR_ARGUMENT for an asset the set does not have. */
mvo_status mvoi_check_asset(const mvo_constraints *constraints, size_t asset, mvo_error *error);

/* ------------------------------------------------------------------------------- what messages call things */

enum {
    MVOI_DESCRIPTION_SIZE = 96, /* room for a description in a message; longer names are shortened with "..." */
    MVOI_NUMBER_SIZE = 32       /* room for any number from mvoi_describe_number */
};

/* "kind 'name'", or "kind index" without a name, or "the kind" without either (index < 0). Control characters in a
   name become '?', so that a message stays one line, and a name too long for the buffer is cut between UTF-8
   characters. Always zero-terminated; returns buffer. */
char *mvoi_describe(char *buffer, size_t size, const char *kind, const char *name, int64_t index);

/* "asset 'BTC'" or "asset 3" into buffer, likewise. */
char *mvoi_describe_asset(char *buffer, size_t size, const mvo_constraints *constraints, size_t asset);

/* "row 'tech'" or "row 3" (its position), likewise. */
char *mvoi_describe_row(char *buffer, size_t size, const mvo_constraints *constraints, size_t position);

/* The shortest decimal that reads back as `value`, with a point whatever the locale; buffer holds MVOI_NUMBER_SIZE. */
char *mvoi_describe_number(char *buffer, double value);

/* ----------------------------------------------------------------------------------------------- limits */

/* Checks one pair of limits: NaN, lower = +infinity and upper = -infinity always; lower > upper unless
   `crossed_allowed`. `what` is the description used in the message; the error names the argument "lower" or "upper"
   and carries `index` (-1 for none) as its row. */
mvo_status mvoi_check_limits(mvo_context *context, mvo_error *error, const char *what, int64_t index, double lower,
                             double upper, int crossed_allowed);

/* The same question (crossing not allowed) as yes or no, for loops that describe an offender only once it is found. */
int mvoi_limits_hold(double lower, double upper);

/* ------------------------------------------------------------------------- adding rows, all or nothing */

/* Makes `count` rows ready in the spare places behind the last row: zero coefficients, limits, names (`names` or any
   of them may be NULL), ids. Nothing of the set changes until they are committed. NULL when out of memory, which
   `error` then says. */
mvoi_row *mvoi_prepare_rows(mvo_constraints *constraints, size_t count, const double *lower, const double *upper,
                            const char *const *names, mvo_error *error);

/* Takes prepared rows into the set, or gives their memory back. `ids` may be NULL. */
void mvoi_commit_rows(int64_t *ids, mvo_constraints *constraints, size_t count);
void mvoi_discard_rows(mvo_constraints *constraints, size_t count);

#endif
