/* SPDX-License-Identifier: MIT */
/* Limits from volume, as bounds: what can be traded within a period, and what can be sold within some. */
#include "constraints/constraints.h"
#include "desk/check.h"

#include <math.h>

/* Bounds become those within `reach` times volume around `centre` (NULL for zero) as well; all or nothing. */
static mvo_status narrow(mvo_constraints *set, const double *centre, double reach, const double *volume,
                         mvo_error *error)
{
    const size_t n = set->n;
    double *bounds = mvoi_allocate(set->context, 2, n * sizeof *bounds);
    if (!bounds)
        return mvoi_fail_memory(set->context, error, "limits from volume");
    for (size_t j = 0; j < n; j++) {
        const double around = centre ? centre[j] : 0.0, width = reach * volume[j];
        bounds[j] = fmax(set->lower[j], around - width);
        bounds[n + j] = fmin(set->upper[j], around + width);
    }
    const mvo_status status = mvo_constraints_set_bounds(set, bounds, bounds + n, error);
    mvoi_release(set->context, bounds);
    return status;
}

static mvo_status check(const mvo_constraints *set, const double *volume, double participation, double value,
                        mvo_error *error)
{
    if (!set)
        return mvoi_fail_null(NULL, error, "constraints");
    mvo_status status = mvoi_desk_vector(set->context, error, "volume", volume, set->n, 0.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_number(set->context, error, "participation", participation, 0.0, 1.0);
    const mvoi_detail detail = { "value", -1, -1, value, 0.0 };
    if (status == MVO_OK && !(value > 0.0 && isfinite(value)))
        return mvoi_fail(set->context, error, isfinite(value) ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE, detail,
                         "value is %g: it must be positive", value);
    return status;
}

mvo_status mvo_constraints_limit_participation(mvo_constraints *constraints, const double *volume, double participation,
                                               double value, mvo_error *error)
{
    const mvo_status status = check(constraints, volume, participation, value, error);
    return status == MVO_OK ? narrow(constraints, constraints->holdings, participation / value, volume, error) : status;
}

mvo_status mvo_constraints_limit_liquidity(mvo_constraints *constraints, const double *volume, double participation,
                                           double periods, double value, mvo_error *error)
{
    mvo_status status = check(constraints, volume, participation, value, error);
    if (status == MVO_OK)
        status = mvoi_desk_number(constraints->context, error, "periods", periods, 0.0, HUGE_VAL);
    return status == MVO_OK ? narrow(constraints, NULL, participation * periods / value, volume, error) : status;
}
