/* SPDX-License-Identifier: MIT */
/* How a failure is told: to the caller's mvo_error and to the context's log. */
#include "core/core.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(mvo_error *error, mvo_status status, const mvoi_detail *detail, const char *message)
{
    mvo_error full = MVO_ERROR_INIT;
    if (!error || error->struct_size < (int64_t)sizeof(int64_t))
        return;
    full.struct_size = error->struct_size;
    full.status = status;
    full.row = detail->row;
    full.column = detail->column;
    full.value = detail->value;
    full.limit = detail->limit;
    snprintf(full.argument, sizeof full.argument, "%s", detail->argument ? detail->argument : "");
    snprintf(full.message, sizeof full.message, "%s", message);
    /* An older caller has a shorter struct, a newer one a longer; only what both know is written. */
    const size_t known = sizeof full;
    const size_t theirs = (size_t)error->struct_size;
    memcpy(error, &full, theirs < known ? theirs : known);
}

mvo_status mvoi_fail(mvo_context *context, mvo_error *error, mvo_status status, mvoi_detail detail,
                     const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fill(error, status, &detail, message);
    if (context && context->log)
        context->log(context->user, message);
    return status;
}

mvo_status mvoi_fail_null(mvo_context *context, mvo_error *error, const char *argument)
{
    return mvoi_fail(context, error, MVO_ERROR_NULL, MVOI_DETAIL(argument), "%s is NULL", argument);
}

mvo_status mvoi_fail_memory(mvo_context *context, mvo_error *error, const char *what)
{
    return mvoi_fail(context, error, MVO_ERROR_MEMORY, MVOI_DETAIL(NULL), "no memory for %s", what);
}

/* 0 x is zero, but NaN where x is NaN or infinite. */
static int eight_are_finite(const double *x)
{
    double zero[4] = { 0.0 };
    for (size_t i = 0; i < 4; i++)
        zero[i] = 0.0 * x[i] + 0.0 * x[i + 4];
    return (zero[0] + zero[1]) + (zero[2] + zero[3]) == 0.0;
}

/* The same for 64, in eight sums that need not wait for one another. */
static int many_are_finite(const double *x)
{
    double zero[8] = { 0.0 };
    for (size_t i = 0; i < 64; i += 8)
        for (size_t l = 0; l < 8; l++)
            zero[l] += 0.0 * x[i + l];
    return ((zero[0] + zero[1]) + (zero[2] + zero[3])) + ((zero[4] + zero[5]) + (zero[6] + zero[7])) == 0.0;
}

size_t mvoi_find_not_finite(const double *x, size_t n, int infinite_allowed)
{
    size_t i = 0;
    while (i + 64 <= n && many_are_finite(x + i))
        i += 64;
    while (i + 8 <= n && eight_are_finite(x + i))
        i += 8;
    for (; i < n; i++)
        if (infinite_allowed ? isnan(x[i]) : !isfinite(x[i]))
            return i;
    return n;
}

mvo_status mvoi_check_vector(mvo_context *context, mvo_error *error, const char *argument, const double *x, size_t n)
{
    if (!x)
        return mvoi_fail_null(context, error, argument);
    const size_t bad = mvoi_find_not_finite(x, n, 0);
    if (bad == n)
        return MVO_OK;
    const mvoi_detail detail = { argument, (int64_t)bad, -1, x[bad], 0.0 };
    return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s[%zu] is %g", argument, bad, x[bad]);
}
