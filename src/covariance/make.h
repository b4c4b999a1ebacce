/* SPDX-License-Identifier: MIT */
/* What the functions that make a covariance share: the empty handle, and the checks of what the caller gave. */
#ifndef MVO_COVARIANCE_MAKE_H
#define MVO_COVARIANCE_MAKE_H

#include "covariance/covariance.h"

/* A square matrix as the caller gave it, and what mvo.h calls it. */
typedef struct mvoi_square {
    const char *name;
    const double *values;
    size_t n, ld;
} mvoi_square;

/* A handle of n assets with one reference and room for its variances (owned[0], also in *diagonal); NULL without
 * memory. */
mvo_covariance *mvoi_covariance_allocate(double **diagonal, mvo_context *context, size_t n);

/* Splits flags into level and borrowing. */
mvo_status mvoi_check_flags(int32_t *level, int *borrow, mvo_context *context, mvo_error *error, int32_t flags,
                            int borrow_allowed);

/* A leading dimension: at least `least` (called `least_name`), and `columns` such columns can be addressed. */
mvo_status mvoi_check_leading(mvo_context *context, mvo_error *error, const char *name, size_t ld,
                              const char *least_name, size_t least, size_t columns);

/* Whether x holds n finite numbers; no early exit, made to be fast where the answer is yes. */
int mvoi_all_finite(const double *x, size_t n);

/* Refuses element (row, column) of a matrix because it is NaN or infinite. */
mvo_status mvoi_fail_entry(mvo_context *context, mvo_error *error, const char *name, size_t row, size_t column,
                           double value);

/* The leading dimension that an own copy of n rows gets: a multiple of eight, but not of a page's 512 numbers, so that
   the elements of a row do not compete for the same places in the cache. */
size_t mvoi_padded(size_t n);

/*
 * Copies a symmetric matrix, the lower triangle deciding, so that both triangles of `target` are equal to the bit; its
 * padding is set to zero. On the way it makes the checks of `level` but for semidefiniteness: finite, no negative
 * variance, then symmetric, with zero rows where a variance is zero. With target = NULL nothing is copied and symmetry
 * must be exact. The target may have been written to when a check fails.
 */
mvo_status mvoi_square_take(double *target, size_t ld_target, mvo_context *context, mvo_error *error,
                            const mvoi_square *matrix, int32_t level);

/*
 * Whether a matrix that passed the checks above, both triangles equal, is semidefinite. `own` is NULL, or the matrix
 * itself where it may be written to: then its triangles are the workspace, and are as before when the call is over.
 */
mvo_status mvoi_square_semidefinite(mvo_context *context, mvo_error *error, const mvoi_square *matrix, double *own);

/* Workspace of that check where it may not allocate. After a failed `_new`, which answers 0, `_free` is due all the same. */
typedef struct mvoi_semidefinite_room {
    double *vectors, *numbers;
    int32_t *integers;
} mvoi_semidefinite_room;

int mvoi_semidefinite_room_new(mvoi_semidefinite_room *room, mvo_context *context, size_t n);
void mvoi_semidefinite_room_free(mvoi_semidefinite_room *room, mvo_context *context);
mvo_status mvoi_square_semidefinite_within(mvoi_semidefinite_room *room, mvo_error *error, const mvoi_square *matrix,
                                           double *own);

/* The shape of a table of returns: n, periods > ddof, not NULL, leading dimension. */
mvo_status mvoi_check_shape(mvo_context *context, mvo_error *error, size_t periods, size_t n, const double *returns,
                            size_t ld, size_t ddof);

/* Refuses a NaN or an infinity in a table of returns, naming period and asset. */
mvo_status mvoi_check_returns(mvo_context *context, mvo_error *error, const double *returns, size_t periods, size_t n,
                              size_t ld);

/* target = x - mean over a column, which may be in place; exactly zero where the column is constant. */
void mvoi_demean(double *target, const double *x, size_t periods);

/*
 * A handle of Sigma = Y'Y / divisor, Y being a periods-by-n table of mvoi_allocate without gaps between its columns,
 * which belongs to this function from the call on, whatever it answers. Few periods are kept as factors, many are
 * multiplied out. With a level other than MVO_CHECK_NONE a variance that overflows is refused.
 */
mvo_status mvoi_covariance_new_table(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                     double *table, double divisor, size_t rank_bound, int32_t level,
                                     mvo_error *error);

/*
 * A handle of the n-by-n matrix whose lower triangle is set, with leading dimension mvoi_padded(n), known to be
 * semidefinite. The matrix, of mvoi_allocate, belongs to this function from the call on, whatever it answers. A
 * variance that overflows is refused.
 */
mvo_status mvoi_covariance_new_lower(mvo_covariance **covariance, mvo_context *context, size_t n, double *matrix,
                                     size_t rank_bound, mvo_error *error);

#endif
