/* SPDX-License-Identifier: MIT */
#include "desk/check.h"

#include <math.h>

static mvo_status refuse(mvo_context *context, mvo_error *error, mvoi_detail detail, double least, double most)
{
    if (!isfinite(detail.value))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", detail.argument, detail.value);
    detail.limit = detail.value < least ? least : most;
    return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, %s than %g", detail.argument, detail.value,
                     detail.value < least ? "less" : "more", detail.limit);
}

mvo_status mvoi_desk_number(mvo_context *context, mvo_error *error, const char *name, double value, double least,
                            double most)
{
    const mvoi_detail detail = { name, -1, -1, value, 0.0 };
    return isfinite(value) && value >= least && value <= most ? MVO_OK : refuse(context, error, detail, least, most);
}

mvo_status mvoi_desk_vector(mvo_context *context, mvo_error *error, const char *name, const double *x, size_t n,
                            double least, double most)
{
    if (!x)
        return mvoi_fail_null(context, error, name);
    for (size_t j = 0; j < n; j++) {
        const mvoi_detail detail = { name, (int64_t)j, -1, x[j], x[j] < least ? least : most };
        if (!isfinite(x[j]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s[%zu] is %g", name, j, x[j]);
        if (x[j] < least || x[j] > most)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu] is %g, %s than %g", name, j, x[j],
                             x[j] < least ? "less" : "more", detail.limit);
    }
    return MVO_OK;
}

mvo_status mvoi_desk_table(mvo_context *context, mvo_error *error, const char *name, const double *x, size_t ld,
                           size_t rows, size_t columns, double least, double most)
{
    if (!x)
        return mvoi_fail_null(context, error, name);
    if (ld < rows || (columns && ld > SIZE_MAX / sizeof(double) / columns)) {
        const mvoi_detail detail = { "ld", -1, -1, (double)ld, (double)rows };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "ld is %zu: it must be %zu or more, and %zu columns of it be addressable", ld, rows, columns);
    }
    for (size_t k = 0; k < columns; k++)
        for (size_t i = 0; i < rows; i++) {
            const double value = x[i + k * ld];
            const mvoi_detail detail = { name, (int64_t)i, (int64_t)k, value, value < least ? least : most };
            if (!isfinite(value))
                return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s[%zu, %zu] is %g", name, i, k, value);
            if (value < least || value > most)
                return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu, %zu] is %g, %s than %g", name, i,
                                 k, value, value < least ? "less" : "more", detail.limit);
        }
    return MVO_OK;
}
