/* SPDX-License-Identifier: MIT */
#include "estimate/returns_table.h"

mvo_status mvoi_returns_table_check(mvo_context *context, mvo_error *error, const mvoi_table *table, size_t least)
{
    if (table->n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (table->periods < least) {
        const mvoi_detail detail = { "periods", -1, -1, (double)table->periods, (double)least };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "periods is %zu, less than %zu", table->periods,
                         least);
    }
    if (!table->values)
        return mvoi_fail_null(context, error, "returns");
    const mvo_status status = mvoi_check_leading(context, error, "ld", table->ld, "periods", table->periods, table->n);
    for (size_t j = 0; status == MVO_OK && j < table->n; j++) {
        const double *column = table->values + j * table->ld;
        if (mvoi_all_finite(column, table->periods))
            continue;
        const size_t t = mvoi_find_not_finite(column, table->periods, 0);
        return mvoi_fail_entry(context, error, "returns", t, j, column[t]);
    }
    return status;
}
