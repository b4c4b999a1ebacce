/* SPDX-License-Identifier: MIT */
/*
 * Rows over absolute values, one-sided by nature: turnover around the holdings, gross exposure, the long and the short
 * positions alone. Each limits a sum of  c_j (above (w_j - r_j)^+ + below (r_j - w_j)^+)  with r zero or the holdings. The
 * rates may differ from asset to asset, and then one of them may be negative: above_j + below_j >= 0 is what makes the
 * row convex (the margin an asset needs after a shock, less what the shock earned on it).
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

static mvo_status check_around(const mvo_constraints *constraints, int32_t around, mvo_error *error)
{
    const mvoi_detail detail = { "around", -1, -1, (double)around, 0.0 };
    if (around == MVO_AROUND_ZERO || around == MVO_AROUND_HOLDINGS)
        return MVO_OK;
    return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail, "around is %d", (int)around);
}

mvo_status mvo_constraints_add_absolute(int64_t *id, mvo_constraints *constraints, int32_t around,
                                        const double *coefficients, double above, double below, double limit,
                                        const char *name, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    mvo_status status = check_around(constraints, around, error);
    if (status == MVO_OK && coefficients)
        status = check_coefficients(constraints, coefficients, error);
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

/* Whether rates asset by asset are finite and the row convex; the error names the asset. */
static mvo_status check_rates(const mvo_constraints *constraints, const double *above, const double *below,
                              mvo_error *error)
{
    mvo_status status = mvoi_check_vector(constraints->context, error, "above", above, constraints->n);
    if (status == MVO_OK)
        status = mvoi_check_vector(constraints->context, error, "below", below, constraints->n);
    for (size_t j = 0; status == MVO_OK && j < constraints->n; j++) {
        char what[MVOI_DESCRIPTION_SIZE], up[MVOI_NUMBER_SIZE], down[MVOI_NUMBER_SIZE];
        const mvoi_detail detail = { "below", (int64_t)j, -1, below[j], -above[j] };
        if (above[j] + below[j] < 0.0)
            return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                             "the rates of %s, %s above and %s below, have a negative sum: the row is not convex",
                             mvoi_describe_asset(what, sizeof what, constraints, j), mvoi_describe_number(up, above[j]),
                             mvoi_describe_number(down, below[j]));
    }
    return status;
}

/* The error of a limit that is NaN or -infinity. */
static mvo_status check_upper(const mvo_constraints *constraints, double limit, mvo_error *error)
{
    char number[MVOI_NUMBER_SIZE];
    const mvoi_detail detail = { "limit", -1, -1, limit, 0.0 };
    if (!isnan(limit) && limit != -INFINITY)
        return MVO_OK;
    return mvoi_fail(constraints->context, error, MVO_ERROR_NOT_FINITE, detail, "limit is %s",
                     mvoi_describe_number(number, limit));
}

/* A prepared row with room for rates asset by asset; NULL when out of memory, which `error` then says. */
static mvoi_row *prepare_rates(mvo_constraints *constraints, int32_t around, double limit, const char *name,
                               mvo_error *error)
{
    const double lower = -INFINITY;
    mvoi_row *row = mvoi_prepare_rows(constraints, 1, &lower, &limit, &name, error);
    if (!row)
        return NULL;
    row->rates = mvoi_allocate(constraints->context, 2 * constraints->n, sizeof *row->rates);
    if (!row->rates) {
        mvoi_discard_rows(constraints, 1);
        mvoi_fail_memory(constraints->context, error, "the rates of a row of a constraint set");
        return NULL;
    }
    for (size_t j = 0; j < constraints->n; j++)
        row->coefficients[j] = 1.0;
    row->around = around;
    row->above = row->below = NAN;
    return row;
}

mvo_status mvo_constraints_add_absolute_rates(int64_t *id, mvo_constraints *constraints, int32_t around,
                                              const double *above, const double *below, double limit, const char *name,
                                              mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    mvo_status status = check_around(constraints, around, error);
    if (status == MVO_OK)
        status = check_rates(constraints, above, below, error);
    if (status == MVO_OK)
        status = check_upper(constraints, limit, error);
    if (status != MVO_OK)
        return status;
    mvoi_row *row = prepare_rates(constraints, around, limit, name, error);
    if (!row)
        return MVO_ERROR_MEMORY;
    memcpy(row->rates, above, constraints->n * sizeof *above);
    memcpy(row->rates + constraints->n, below, constraints->n * sizeof *below);
    mvoi_commit_rows(id, constraints, 1);
    return MVO_OK;
}

static mvo_status check_paid(const mvo_constraints *constraints, const char *argument, const double *rates,
                             mvo_error *error)
{
    const mvo_status status =
        rates ? mvoi_check_vector(constraints->context, error, argument, rates, constraints->n) : MVO_OK;
    for (size_t j = 0; rates && status == MVO_OK && j < constraints->n; j++) {
        char what[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
        const mvoi_detail detail = { argument, (int64_t)j, -1, rates[j], 0.0 };
        if (rates[j] < 0.0)
            return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail, "%s of %s is %s, negative", argument,
                             mvoi_describe_asset(what, sizeof what, constraints, j),
                             mvoi_describe_number(number, rates[j]));
    }
    return status;
}

/* w_j + buy (w_j - h_j)^+ + sell (h_j - w_j)^+  =  h_j + (1 + buy) (w_j - h_j)^+ - (1 - sell) (h_j - w_j)^+ */
mvo_status mvo_constraints_add_budget_with_costs(int64_t *id, mvo_constraints *constraints, const double *buy,
                                                 const double *sell, double limit, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    mvo_status status = check_paid(constraints, "buy", buy, error);
    if (status == MVO_OK)
        status = check_paid(constraints, "sell", sell, error);
    if (status == MVO_OK)
        status = check_upper(constraints, limit, error);
    if (status != MVO_OK)
        return status;
    double held = 0.0;
    for (size_t j = 0; j < constraints->n; j++)
        held += constraints->holdings[j];
    mvoi_row *row = prepare_rates(constraints, MVO_AROUND_HOLDINGS, limit - held, "budget", error);
    if (!row)
        return MVO_ERROR_MEMORY;
    for (size_t j = 0; j < constraints->n; j++) {
        row->rates[j] = 1.0 + (buy ? buy[j] : 0.0);
        row->rates[constraints->n + j] = (sell ? sell[j] : 0.0) - 1.0;
    }
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

static mvo_status locate(size_t *position, const mvo_constraints *constraints, int64_t id, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    *position = mvoi_constraints_find(constraints, id);
    const mvoi_detail detail = { "id", -1, -1, (double)id, 0.0 };
    if (*position < constraints->row_count)
        return MVO_OK;
    return mvoi_fail(constraints->context, error, MVO_ERROR_NOT_FOUND, detail, "no row of the set has id %lld",
                     (long long)id);
}

mvo_status mvo_constraints_absolute_rates(double *above, double *below, const mvo_constraints *constraints, int64_t id,
                                          mvo_error *error)
{
    size_t position;
    const mvo_status status = locate(&position, constraints, id, error);
    if (status != MVO_OK)
        return status;
    const mvoi_row *row = &constraints->rows[position];
    const int linear = row->around == MVO_AROUND_NOTHING;
    for (size_t j = 0; j < constraints->n; j++) {
        const double up = linear ? row->coefficients[j] : mvoi_row_above(row, j);
        const double down = linear ? -row->coefficients[j] : mvoi_row_below(row, constraints->n, j);
        if (above)
            above[j] = up;
        if (below)
            below[j] = down;
    }
    return MVO_OK;
}

mvo_status mvo_constraints_absolute_row(int32_t *around, double *above, double *below,
                                        const mvo_constraints *constraints, int64_t id, mvo_error *error)
{
    size_t position;
    const mvo_status status = locate(&position, constraints, id, error);
    if (status != MVO_OK)
        return status;
    if (around)
        *around = constraints->rows[position].around;
    if (above)
        *above = constraints->rows[position].above;
    if (below)
        *below = constraints->rows[position].below;
    return MVO_OK;
}
