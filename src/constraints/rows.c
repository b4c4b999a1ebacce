/* SPDX-License-Identifier: MIT */
/* The rows of a constraint set: kept in order of addition, which is the order of their ids. */
#include "constraints/constraints.h"

#include <stdint.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ adding */

/* Room for `count` more rows, the array growing at least twofold; 0 when out of memory. Nothing visible changes. */
static int reserve(mvo_constraints *constraints, size_t count)
{
    enum { FIRST_CAPACITY = 8 };
    const size_t used = constraints->row_count, capacity = constraints->row_capacity;
    if (count > SIZE_MAX - used)
        return 0;
    if (used + count <= capacity)
        return 1;
    size_t wanted = capacity > SIZE_MAX / 2 ? SIZE_MAX : 2 * capacity;
    if (wanted < FIRST_CAPACITY)
        wanted = FIRST_CAPACITY;
    if (wanted < used + count)
        wanted = used + count;
    mvoi_row *rows = mvoi_allocate(constraints->context, wanted, sizeof *rows);
    if (!rows)
        return 0;
    if (used)
        memcpy(rows, constraints->rows, used * sizeof *rows);
    mvoi_release(constraints->context, constraints->rows);
    constraints->rows = rows;
    constraints->row_capacity = wanted;
    return 1;
}

/* Zero coefficients and a copy of the name; 0 when out of memory, and then the row holds nothing. */
static int fill_row(mvoi_row *row, mvo_context *context, size_t n, const char *name)
{
    row->coefficients = mvoi_allocate(context, n, sizeof *row->coefficients);
    row->name = name ? mvoi_duplicate(context, name) : NULL;
    if (!row->coefficients || (name && !row->name)) {
        mvoi_release(context, row->coefficients);
        mvoi_release(context, row->name);
        return 0;
    }
    for (size_t j = 0; j < n; j++)
        row->coefficients[j] = 0.0;
    row->around = MVO_AROUND_NOTHING;
    row->above = row->below = 0.0;
    row->rates = NULL;
    return 1;
}

mvoi_row *mvoi_prepare_rows(mvo_constraints *constraints, size_t count, const double *lower, const double *upper,
                            const char *const *names, mvo_error *error)
{
    const uint64_t ids_left = (uint64_t)(INT64_MAX - constraints->next_id);
    if (count > ids_left || !reserve(constraints, count)) {
        mvoi_fail_memory(constraints->context, error, "the rows of a constraint set");
        return NULL;
    }
    mvoi_row *fresh = constraints->rows + constraints->row_count;
    for (size_t k = 0; k < count; k++) {
        if (!fill_row(&fresh[k], constraints->context, constraints->n, names ? names[k] : NULL)) {
            mvoi_discard_rows(constraints, k);
            mvoi_fail_memory(constraints->context, error, "a row of a constraint set");
            return NULL;
        }
        fresh[k].id = constraints->next_id + (int64_t)k;
        fresh[k].lower = lower[k];
        fresh[k].upper = upper[k];
    }
    return fresh;
}

void mvoi_commit_rows(int64_t *ids, mvo_constraints *constraints, size_t count)
{
    const mvoi_row *fresh = constraints->rows + constraints->row_count;
    for (size_t k = 0; ids && k < count; k++)
        ids[k] = fresh[k].id;
    constraints->row_count += count;
    constraints->next_id += (int64_t)count;
}

void mvoi_discard_rows(mvo_constraints *constraints, size_t count)
{
    mvoi_row *fresh = constraints->rows + constraints->row_count;
    for (size_t k = 0; k < count; k++) {
        mvoi_release(constraints->context, fresh[k].coefficients);
        mvoi_release(constraints->context, fresh[k].rates);
        mvoi_release(constraints->context, fresh[k].name);
    }
}

/* ------------------------------------------------------------------------------------------------ finding */

size_t mvoi_constraints_find(const mvo_constraints *constraints, int64_t id)
{
    size_t first = 0, beyond = constraints->row_count;
    while (first < beyond) {
        const size_t middle = first + (beyond - first) / 2;
        if (constraints->rows[middle].id < id)
            first = middle + 1;
        else
            beyond = middle;
    }
    const int found = first < constraints->row_count && constraints->rows[first].id == id;
    return found ? first : constraints->row_count;
}

/* The position of a row that must exist. */
static mvo_status locate(size_t *position, const mvo_constraints *constraints, int64_t id, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    *position = mvoi_constraints_find(constraints, id);
    if (*position < constraints->row_count)
        return MVO_OK;
    const mvoi_detail detail = { "id", -1, -1, (double)id, 0.0 };
    return mvoi_fail(constraints->context, error, MVO_ERROR_NOT_FOUND, detail, "no row of the set has id %lld",
                     (long long)id);
}

int64_t mvo_constraints_row_id(const mvo_constraints *constraints, size_t position)
{
    return constraints && position < constraints->row_count ? constraints->rows[position].id : -1;
}

const char *mvo_constraints_row_name(const mvo_constraints *constraints, int64_t id)
{
    const size_t position = constraints ? mvoi_constraints_find(constraints, id) : 0;
    return constraints && position < constraints->row_count ? constraints->rows[position].name : NULL;
}

mvo_status mvo_constraints_row(double *coefficients, double *lower, double *upper, const mvo_constraints *constraints,
                               int64_t id, mvo_error *error)
{
    size_t position;
    const mvo_status status = locate(&position, constraints, id, error);
    if (status != MVO_OK)
        return status;
    const mvoi_row *row = &constraints->rows[position];
    if (coefficients)
        memcpy(coefficients, row->coefficients, constraints->n * sizeof *coefficients);
    if (lower)
        *lower = row->lower;
    if (upper)
        *upper = row->upper;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ editing */

mvo_status mvo_constraints_replace_row(mvo_constraints *constraints, int64_t id, const double *coefficients,
                                       mvo_error *error)
{
    size_t position;
    const mvo_status status = locate(&position, constraints, id, error);
    if (status != MVO_OK)
        return status;
    if (!coefficients)
        return mvoi_fail_null(constraints->context, error, "coefficients");
    const size_t bad = mvoi_find_not_finite(coefficients, constraints->n, 0);
    if (bad < constraints->n) {
        char row[MVOI_DESCRIPTION_SIZE], asset[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
        const mvoi_detail detail = { "coefficients", (int64_t)position, (int64_t)bad, coefficients[bad], 0.0 };
        return mvoi_fail(constraints->context, error, MVO_ERROR_NOT_FINITE, detail, "%s: the coefficient of %s is %s",
                         mvoi_describe_row(row, sizeof row, constraints, position),
                         mvoi_describe_asset(asset, sizeof asset, constraints, bad),
                         mvoi_describe_number(number, coefficients[bad]));
    }
    for (size_t j = 0; constraints->rows[position].around != MVO_AROUND_NOTHING && j < constraints->n; j++) {
        const mvoi_detail detail = { "coefficients", (int64_t)position, (int64_t)j, coefficients[j], 0.0 };
        char row[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
        if (coefficients[j] < 0.0)
            return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                             "%s limits absolute values: its coefficient %s is negative",
                             mvoi_describe_row(row, sizeof row, constraints, position),
                             mvoi_describe_number(number, coefficients[j]));
    }
    memcpy(constraints->rows[position].coefficients, coefficients, constraints->n * sizeof *coefficients);
    return MVO_OK;
}

mvo_status mvo_constraints_set_limits(mvo_constraints *constraints, int64_t id, double lower, double upper,
                                      mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE];
    size_t position;
    mvo_status status = locate(&position, constraints, id, error);
    if (status != MVO_OK)
        return status;
    mvoi_describe_row(what, sizeof what, constraints, position);
    status = mvoi_check_limits(constraints->context, error, what, (int64_t)position, lower, upper, 0);
    if (status == MVO_OK)
        status = mvoi_check_one_sided(constraints, position, lower, error);
    if (status != MVO_OK)
        return status;
    constraints->rows[position].lower = lower;
    constraints->rows[position].upper = upper;
    return MVO_OK;
}

mvo_status mvo_constraints_remove_row(mvo_constraints *constraints, int64_t id, mvo_error *error)
{
    size_t position;
    const mvo_status status = locate(&position, constraints, id, error);
    if (status != MVO_OK)
        return status;
    mvoi_row *row = &constraints->rows[position];
    mvoi_release(constraints->context, row->coefficients);
    mvoi_release(constraints->context, row->rates);
    mvoi_release(constraints->context, row->name);
    const size_t behind = constraints->row_count - position - 1;
    memmove(row, row + 1, behind * sizeof *row);
    constraints->row_count--;
    return MVO_OK;
}
