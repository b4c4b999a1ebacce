/* SPDX-License-Identifier: MIT */
/* What the rooms above see of a constraint set: bounds, and rows in order of addition. */
#ifndef MVO_CONSTRAINTS_CONSTRAINTS_H
#define MVO_CONSTRAINTS_CONSTRAINTS_H

#include "core/core.h"

#include <math.h>

typedef struct mvoi_row {
    int64_t id;
    double lower, upper;
    double *coefficients; /* n of them */
    char *name;           /* NULL if it has none */
    int32_t around;       /* MVO_AROUND_NOTHING for a linear row; else what the absolute values are taken around ... */
    double above, below;  /* ... and the rates on their two sides: the coefficients, none negative, multiply them */
    double *rates;        /* NULL, or 2 n: rates above and then below asset by asset, in place of `above` and `below` */
} mvoi_row;

/* What one unit of asset j above or below what its absolute value is taken around adds to a row. */
static inline double mvoi_row_above(const mvoi_row *row, size_t asset)
{
    return (row->rates ? row->rates[asset] : row->above) * row->coefficients[asset];
}

static inline double mvoi_row_below(const mvoi_row *row, size_t n, size_t asset)
{
    return (row->rates ? row->rates[n + asset] : row->below) * row->coefficients[asset];
}

/* A convex piecewise-linear cost of one weight: slope[k] between breakpoints at[k - 1] and at[k]. */
typedef struct mvoi_ladder {
    size_t count;
    double *at;    /* count of them, ascending */
    double *slope; /* count + 1, ascending; NULL for no ladder */
    double origin; /* where the cost is zero */
} mvoi_ladder;

struct mvo_constraints {
    mvo_context *context; /* holds a reference; may be NULL */
    size_t n;
    double *lower, *upper; /* n each */
    char **asset_names;    /* n, each NULL or owned; the array itself is NULL until the first name */
    size_t row_count, row_capacity;
    mvoi_row *rows;
    int64_t next_id;
    double *holdings;     /* n; zero until set */
    double *rates;        /* 3 n: cost of buying, of selling, of a short position; NULL until the first is set */
    mvoi_ladder *ladders; /* n; NULL until the first is set */
};

/* What moving costs an asset, per unit; all zero where `rates` is NULL. */
static inline double mvoi_buy_rate(const mvo_constraints *set, size_t asset)
{
    return set->rates ? set->rates[asset] : 0.0;
}

static inline double mvoi_sell_rate(const mvo_constraints *set, size_t asset)
{
    return set->rates ? set->rates[set->n + asset] : 0.0;
}

static inline double mvoi_borrow_rate(const mvo_constraints *set, size_t asset)
{
    return set->rates ? set->rates[2 * set->n + asset] : 0.0;
}

/* The cost of one weight by its ladder, zero without one. */
double mvoi_ladder_cost(const mvoi_ladder *ladder, double weight);

/* Whether buying and selling at these rates (n each, NULL for zero) is a convex cost: finite, and their sum not negative;
   the error names the asset. */
mvo_status mvoi_check_trading_rates(const mvo_constraints *constraints, const double *buy, const double *sell,
                                    mvo_error *error);

/* Whether borrowing rates (n) are finite and not negative. */
mvo_status mvoi_check_borrow_rates(const mvo_constraints *constraints, const double *borrow, mvo_error *error);

/* The set without its costs, for questions in which they have no place: the set itself where it has none (or is NULL),
   or a copy in *copy, which the caller frees whatever the status. */
mvo_status mvoi_without_costs(const mvo_constraints **stripped, mvo_constraints **copy,
                              const mvo_constraints *constraints, mvo_error *error);

/* Copies costs and holdings between sets of one size; 0 when out of memory. */
int mvoi_copy_costs(mvo_constraints *to, const mvo_constraints *from);
void mvoi_free_costs(mvo_constraints *constraints);

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

/* A limit so far away that people mean none: no sum of doubles could be held against it. */
static inline double mvoi_lower_meant(double lower)
{
    return lower <= -1e20 ? -HUGE_VAL : lower;
}

static inline double mvoi_upper_meant(double upper)
{
    return upper >= 1e20 ? HUGE_VAL : upper;
}

/* A row over absolute values has no lower limit: the set would not be convex. MVO_OK for other rows. */
mvo_status mvoi_check_one_sided(const mvo_constraints *constraints, size_t position, double lower, mvo_error *error);

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
