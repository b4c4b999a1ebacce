/* SPDX-License-Identifier: MIT */
/*
 * Rows over absolute values, one-sided by nature: turnover around the holdings, gross exposure, the long and the short
 * positions alone. Each limits a sum of  c_j (above (w_j - r_j)^+ + below (r_j - w_j)^+)  with r zero or the holdings.
 */
#include "constraints/constraints.h"

#include <math.h>
#include <string.h>

mvo_status mvoi_check_one_sided(const mvo_constraints *constraints, size_t position, double lower, mvo_error *error)
{
    if (constraints->rows[position].around == MVO_AROUND_NOTHING || lower == -INFINITY)
        return MVO_OK;
    char what[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
    const mvoi_detail detail = { "lower", (int64_t)position, -1, lower, -INFINITY };
    return mvoi_fail(constraints->context, error, MVO_ERROR_LIMITS, detail,
                     "%s limits absolute values from above alone: its lower limit is %s, not -infinity",
                     mvoi_describe_row(what, sizeof what, constraints, position), mvoi_describe_number(number, lower));
}

static mvo_status check_number(const mvo_constraints *constraints, const char *argument, double value, int infinite,
                               mvo_error *error)
{
    char number[MVOI_NUMBER_SIZE];
    const mvoi_detail detail = { argument, -1, -1, value, 0.0 };
    mvoi_describe_number(number, value);
    if (isnan(value) || (isinf(value) && !(infinite && value > 0.0)))
        return mvoi_fail(constraints->context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %s", argument, number);
    if (value < 0.0)
        return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail, "%s is %s, negative", argument, number);
    return MVO_OK;
}

static mvo_status check_coefficients(const mvo_constraints *constraints, const double *coefficients, mvo_error *error)
{
    const mvo_status status =
        mvoi_check_vector(constraints->context, error, "coefficients", coefficients, constraints->n);
    for (size_t j = 0; status == MVO_OK && j < constraints->n; j++) {
        char what[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
        const mvoi_detail detail = { "coefficients", (int64_t)j, -1, coefficients[j], 0.0 };
        if (coefficients[j] < 0.0)
            return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                             "the coefficient of %s is %s, negative",
                             mvoi_describe_asset(what, sizeof what, constraints, j),
                             mvoi_describe_number(number, coefficients[j]));
    }
    return status;
}

mvo_status mvo_constraints_add_absolute(int64_t *id, mvo_constraints *constraints, int32_t around,
                                        const double *coefficients, double above, double below, double limit,
                                        const char *name, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (around != MVO_AROUND_ZERO && around != MVO_AROUND_HOLDINGS) {
        const mvoi_detail detail = { "around", -1, -1, (double)around, 0.0 };
        return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail, "around is %d", (int)around);
    }
    mvo_status status = coefficients ? check_coefficients(constraints, coefficients, error) : MVO_OK;
    if (status == MVO_OK)
        status = check_number(constraints, "above", above, 0, error);
    if (status == MVO_OK)
        status = check_number(constraints, "below", below, 0, error);
    if (status == MVO_OK)
        status = check_number(constraints, "limit", limit, 1, error);
    if (status != MVO_OK)
        return status;
    const double lower = -INFINITY;
    mvoi_row *row = mvoi_prepare_rows(constraints, 1, &lower, &limit, &name, error);
    if (!row)
        return MVO_ERROR_MEMORY;
    for (size_t j = 0; j < constraints->n; j++)
        row->coefficients[j] = coefficients ? coefficients[j] : 1.0;
    row->around = around;
    row->above = above;
    row->below = below;
    mvoi_commit_rows(id, constraints, 1);
    return MVO_OK;
}

mvo_status mvo_constraints_add_turnover(int64_t *id, mvo_constraints *constraints, double limit, mvo_error *error)
{
    return mvo_constraints_add_absolute(id, constraints, MVO_AROUND_HOLDINGS, NULL, 1.0, 1.0, limit, "turnover", error);
}

mvo_status mvo_constraints_add_gross(int64_t *id, mvo_constraints *constraints, double limit, mvo_error *error)
{
    return mvo_constraints_add_absolute(id, constraints, MVO_AROUND_ZERO, NULL, 1.0, 1.0, limit, "gross", error);
}

mvo_status mvo_constraints_add_long(int64_t *id, mvo_constraints *constraints, double limit, mvo_error *error)
{
    return mvo_constraints_add_absolute(id, constraints, MVO_AROUND_ZERO, NULL, 1.0, 0.0, limit, "long", error);
}

mvo_status mvo_constraints_add_short(int64_t *id, mvo_constraints *constraints, double limit, mvo_error *error)
{
    return mvo_constraints_add_absolute(id, constraints, MVO_AROUND_ZERO, NULL, 0.0, 1.0, limit, "short", error);
}

mvo_status mvo_constraints_absolute_row(int32_t *around, double *above, double *below,
                                        const mvo_constraints *constraints, int64_t id, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const size_t position = mvoi_constraints_find(constraints, id);
    const mvoi_detail detail = { "id", -1, -1, (double)id, 0.0 };
    if (position == constraints->row_count)
        return mvoi_fail(constraints->context, error, MVO_ERROR_NOT_FOUND, detail, "no row of the set has id %lld",
                         (long long)id);
    if (around)
        *around = constraints->rows[position].around;
    if (above)
        *above = constraints->rows[position].above;
    if (below)
        *below = constraints->rows[position].below;
    return MVO_OK;
}

double mvoi_row_activity(const mvo_constraints *constraints, const mvoi_row *row, const double *weights)
{
    double sum = 0.0;
    for (size_t j = 0; j < constraints->n; j++) {
        double value = weights[j];
        if (row->around != MVO_AROUND_NOTHING) {
            value -= row->around == MVO_AROUND_HOLDINGS ? constraints->holdings[j] : 0.0;
            value *= value > 0.0 ? row->above : -row->below;
        }
        sum += row->coefficients[j] * value;
    }
    return sum;
}
