/* SPDX-License-Identifier: MIT */
/* Checks of the arguments that the functions of this room have in common. */
#include "returns/returns.h"

#include <math.h>

static mvo_status check_shape(mvo_context *context, mvo_error *error, const mvoi_table *table)
{
    if (table->n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (table->rows == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(table->rows_name), "%s is 0",
                         table->rows_name);
    if (!table->values)
        return mvoi_fail_null(context, error, table->name);
    return mvoi_check_leading(context, error, table->ld_name, table->ld, table->rows_name, table->rows, table->n);
}

mvo_status mvoi_table_check(mvo_context *context, mvo_error *error, const mvoi_table *table)
{
    const mvo_status status = check_shape(context, error, table);
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < table->n; j++) {
        const double *column = table->values + j * table->ld;
        if (mvoi_all_finite(column, table->rows))
            continue;
        const size_t t = mvoi_find_not_finite(column, table->rows, 0);
        return mvoi_fail_entry(context, error, table->name, t, j, column[t]);
    }
    return MVO_OK;
}

mvo_status mvoi_table_check_above(mvo_context *context, mvo_error *error, const mvoi_table *table, double least,
                                  int or_equal, const char *why)
{
    const mvo_status status = mvoi_table_check(context, error, table);
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < table->n; j++)
        for (size_t t = 0; t < table->rows; t++) {
            const double value = table->values[t + j * table->ld];
            const mvoi_detail detail = { table->name, (int64_t)t, (int64_t)j, value, least };
            if (!(value > least || (or_equal && value == least)))
                return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu, %zu] is %g, %s", table->name, t,
                                 j, value, why);
        }
    return MVO_OK;
}

mvo_status mvoi_output_check(mvo_error *error, const char *name, const void *output, const char *ld_name, size_t ld,
                             const char *rows_name, size_t rows, size_t n)
{
    if (!output)
        return mvoi_fail_null(NULL, error, name);
    return mvoi_check_leading(NULL, error, ld_name, ld, rows_name, rows, n);
}

mvo_status mvoi_number_check(mvo_context *context, mvo_error *error, const char *argument, double value)
{
    const mvoi_detail detail = { argument, -1, -1, value, 0.0 };
    if (!isfinite(value))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", argument, value);
    return MVO_OK;
}

mvo_status mvoi_positive_check(mvo_context *context, mvo_error *error, const char *argument, double value)
{
    const mvo_status status = mvoi_number_check(context, error, argument, value);
    const mvoi_detail detail = { argument, -1, -1, value, 0.0 };
    if (status == MVO_OK && !(value > 0.0))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, not greater than 0", argument, value);
    return status;
}
