/* SPDX-License-Identifier: MIT */
/* Ground floor: allocation through the context, and the one way an error is made. */
#ifndef MVO_CORE_CORE_H
#define MVO_CORE_CORE_H

#include <mvo/mvo.h>

#include <stdatomic.h>

struct mvo_context {
    atomic_size_t references;
    mvo_allocate_fn allocate;
    mvo_release_fn release;
    mvo_log_fn log;
    void *user;
};

/* `count` elements of `size` bytes, 64-byte aligned, not cleared; NULL when out of memory or on overflow.
   A count of 0 yields a valid pointer. `context` may be NULL. Give it back with mvoi_release. */
void *mvoi_allocate(mvo_context *context, size_t count, size_t size);

/* One of several arrays that live and die together: where its address is to be written, and its length. */
typedef struct mvoi_part {
    void *pointer;
    size_t count, size;
} mvoi_part;

#define MVOI_PART(array, count) { &(array), (count), sizeof *(array) }

/* The `parts` arrays in one block, each 64-byte aligned, not cleared; returns the block, to be given back with mvoi_release, or
   NULL (nothing is then written) when out of memory. */
void *mvoi_allocate_parts(mvo_context *context, const mvoi_part *parts, size_t count);

/* Gives back what mvoi_allocate returned; NULL allowed. */
void mvoi_release(mvo_context *context, void *pointer);

/* A copy of a zero-terminated string, or NULL when out of memory. */
char *mvoi_duplicate(mvo_context *context, const char *text);

/* What a failed call says. Fields that do not apply: row = column = -1, value = limit = 0. */
typedef struct mvoi_detail {
    const char *argument; /* name of the argument as in mvo.h */
    int64_t row, column;
    double value, limit;
} mvoi_detail;

#define MVOI_DETAIL(name) ((mvoi_detail){ (name), -1, -1, 0.0, 0.0 })

/* Fills `error` (NULL allowed) and tells the context's log; returns `status`, so that callers can
   `return mvoi_fail(...)`. The format is printf's and yields one sentence without a full stop. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
mvo_status mvoi_fail(mvo_context *context, mvo_error *error, mvo_status status, mvoi_detail detail,
                     const char *format, ...);

/* The two failures every function shares. */
mvo_status mvoi_fail_null(mvo_context *context, mvo_error *error, const char *argument);
mvo_status mvoi_fail_memory(mvo_context *context, mvo_error *error, const char *what);

/* Index of the first NaN (or, when `infinite_allowed` is 0, of the first NaN or infinity) in x, or n when there is none. */
size_t mvoi_find_not_finite(const double *x, size_t n, int infinite_allowed);

/* Checks a vector argument of n finite numbers: MVO_OK, MVO_ERROR_NULL or MVO_ERROR_NOT_FINITE naming the entry. */
mvo_status mvoi_check_vector(mvo_context *context, mvo_error *error, const char *argument, const double *x, size_t n);

#endif
