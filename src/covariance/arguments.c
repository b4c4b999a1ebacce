/* SPDX-License-Identifier: MIT */
/* Checks of the arguments that the constructors have in common. */
#include "covariance/make.h"

#include <math.h>

enum { LANES = 8, PAGE_OF_NUMBERS = 512 };

mvo_status mvoi_check_flags(int32_t *level, int *borrow, mvo_context *context, mvo_error *error, int32_t flags,
                            int borrow_allowed)
{
    const int32_t without = flags & ~MVO_BORROW;
    const mvoi_detail detail = { "flags", -1, -1, (double)flags, 0.0 };
    if (without != MVO_CHECK_ALL && without != MVO_CHECK_FINITE && without != MVO_CHECK_NONE)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "flags is %d, which is no check level, with or without MVO_BORROW", (int)flags);
    if (without != flags && !borrow_allowed)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "flags holds MVO_BORROW, but what is given here is always copied");
    *level = without;
    if (borrow)
        *borrow = without != flags;
    return MVO_OK;
}

mvo_status mvoi_check_leading(mvo_context *context, mvo_error *error, const char *name, size_t ld,
                              const char *least_name, size_t least, size_t columns)
{
    const mvoi_detail detail = { name, -1, -1, (double)ld, (double)least };
    if (ld < least)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %zu, less than %s = %zu", name, ld,
                         least_name, least);
    if (columns && ld > SIZE_MAX / sizeof(double) / columns)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %zu: %zu columns of it cannot be addressed",
                         name, ld, columns);
    return MVO_OK;
}

/* x - x is zero for a finite number and NaN for any other, and a sum keeps a NaN. */
int mvoi_all_finite(const double *x, size_t n)
{
    double seen[LANES] = { 0.0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            seen[lane] += x[i + lane] - x[i + lane];
    for (; i < n; i++)
        seen[0] += x[i] - x[i];
    double all = 0.0;
    for (size_t lane = 0; lane < LANES; lane++)
        all += seen[lane];
    return all == 0.0;
}

mvo_status mvoi_fail_entry(mvo_context *context, mvo_error *error, const char *name, size_t row, size_t column,
                           double value)
{
    const mvoi_detail detail = { name, (int64_t)row, (int64_t)column, value, 0.0 };
    const char *what = isnan(value) ? "nan" : value > 0.0 ? "inf" : "-inf";
    return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s[%zu, %zu] is %s", name, row, column, what);
}

size_t mvoi_padded(size_t n)
{
    if (n > SIZE_MAX - 2 * LANES)
        return n; /* no such array exists: the product with n will not fit either */
    const size_t padded = (n + LANES - 1) / LANES * LANES;
    return padded % PAGE_OF_NUMBERS == 0 ? padded + LANES : padded;
}
