/* SPDX-License-Identifier: MIT */
/* Limits: what a pair of them may be, and the bounds of the weights. */
#include "constraints/constraints.h"

#include <math.h>
#include <string.h>

int mvoi_limits_hold(double lower, double upper)
{
    return lower <= upper && lower < INFINITY && upper > -INFINITY; /* false for NaN */
}

mvo_status mvoi_check_limits(mvo_context *context, mvo_error *error, const char *what, int64_t index, double lower,
                             double upper, int crossed_allowed)
{
    if (isnan(lower) || isnan(upper)) {
        const char *argument = isnan(lower) ? "lower" : "upper";
        const mvoi_detail detail = { argument, index, -1, NAN, 0.0 };
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s: the %s limit is NaN", what, argument);
    }
    if (lower == INFINITY) {
        const mvoi_detail detail = { "lower", index, -1, lower, upper };
        return mvoi_fail(context, error, MVO_ERROR_LIMITS, detail, "%s: the lower limit is +infinity", what);
    }
    if (upper == -INFINITY) {
        const mvoi_detail detail = { "upper", index, -1, upper, lower };
        return mvoi_fail(context, error, MVO_ERROR_LIMITS, detail, "%s: the upper limit is -infinity", what);
    }
    if (lower > upper && !crossed_allowed) {
        char low[MVOI_NUMBER_SIZE], high[MVOI_NUMBER_SIZE];
        const mvoi_detail detail = { "lower", index, -1, lower, upper };
        return mvoi_fail(context, error, MVO_ERROR_LIMITS, detail, "%s: the lower limit %s is above the upper limit %s",
                         what, mvoi_describe_number(low, lower), mvoi_describe_number(high, upper));
    }
    return MVO_OK;
}

static mvo_status check_bound(const mvo_constraints *constraints, size_t asset, double lower, double upper,
                              mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE];
    if (mvoi_limits_hold(lower, upper))
        return MVO_OK;
    mvoi_describe_asset(what, sizeof what, constraints, asset);
    return mvoi_check_limits(constraints->context, error, what, (int64_t)asset, lower, upper, 0);
}

mvo_status mvo_constraints_set_bound(mvo_constraints *constraints, size_t asset, double lower, double upper,
                                     mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    mvo_status status = mvoi_check_asset(constraints, asset, error);
    if (status == MVO_OK)
        status = check_bound(constraints, asset, lower, upper, error);
    if (status != MVO_OK)
        return status;
    constraints->lower[asset] = lower;
    constraints->upper[asset] = upper;
    return MVO_OK;
}

mvo_status mvo_constraints_set_bounds(mvo_constraints *constraints, const double *lower, const double *upper,
                                      mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const double *new_lower = lower ? lower : constraints->lower;
    const double *new_upper = upper ? upper : constraints->upper;
    for (size_t j = 0; j < constraints->n; j++) {
        const mvo_status status = check_bound(constraints, j, new_lower[j], new_upper[j], error);
        if (status != MVO_OK)
            return status;
    }
    if (lower)
        memcpy(constraints->lower, lower, constraints->n * sizeof *lower);
    if (upper)
        memcpy(constraints->upper, upper, constraints->n * sizeof *upper);
    return MVO_OK;
}

mvo_status mvo_constraints_bounds(double *lower, double *upper, const mvo_constraints *constraints, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (lower)
        memcpy(lower, constraints->lower, constraints->n * sizeof *lower);
    if (upper)
        memcpy(upper, constraints->upper, constraints->n * sizeof *upper);
    return MVO_OK;
}
