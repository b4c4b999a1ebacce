/* SPDX-License-Identifier: MIT */
/* Options of a rebalancer: one table says which there are, of which type, within which range. */
#include "desk/rebalancer.h"

#include <math.h>

typedef struct option {
    int is_real, open; /* open: the least itself is not allowed */
    double least, most, standard;
    const char *name;
} option;

static const option *find(int32_t key)
{
    static const option options[MVOI_REBALANCER_OPTIONS] = {
        { 0 },
        { 1, 1, 0.0, 1e100, 1.0, "MVO_REBALANCER_RISK_AVERSION" },
        { 1, 0, 0.0, HUGE_VAL, HUGE_VAL, "MVO_REBALANCER_VOLATILITY_TARGET" },
        { 1, 1, 0.0, 1e100, 1.0, "MVO_REBALANCER_HOLDING_PERIODS" },
        { 1, 0, 0.0, HUGE_VAL, HUGE_VAL, "MVO_REBALANCER_AGE_LIMIT" },
        { 1, 1, 0.0, HUGE_VAL, HUGE_VAL, "MVO_REBALANCER_OUTLIER_SIGMAS" },
        { 1, 1, 0.0, 1.0, 1.0, "MVO_REBALANCER_GUARD_SLICE" },
        { 0, 0, 0.0, 1e9, 0.0, "MVO_REBALANCER_GUARD_DELAY" },
        { 0, 0, 0.0, 1e9, 0.0, "MVO_REBALANCER_UNCHANGED_LIMIT" },
        { 0, 0, 0.0, 1e9, 20.0, "MVO_REBALANCER_WARM_UP" },
        { 0, 0, MVO_MEANS_ZERO, MVO_MEANS_STREAM, MVO_MEANS_ZERO, "MVO_REBALANCER_MEANS" },
        { 0, 0, MVO_BAD_DATA_REFUSE, MVO_BAD_DATA_FREEZE, MVO_BAD_DATA_REFUSE, "MVO_REBALANCER_BAD_DATA" },
        { 0, 0, MVO_FILLS_AS_ASKED, MVO_FILLS_CONFIRMED, MVO_FILLS_AS_ASKED, "MVO_REBALANCER_FILLS" },
    };
    return key > 0 && key < MVOI_REBALANCER_OPTIONS ? &options[key] : NULL;
}

void mvoi_rebalancer_standard(mvo_rebalancer *rebalancer)
{
    for (int32_t key = 1; key < MVOI_REBALANCER_OPTIONS; key++)
        rebalancer->options[key] = find(key)->standard;
}

static mvo_status check_key(const mvo_rebalancer *r, int32_t key, int is_real, mvo_error *error)
{
    if (!r)
        return mvoi_fail_null(NULL, error, "rebalancer");
    const option *found = find(key);
    const mvoi_detail detail = { "option", -1, -1, (double)key, 0.0 };
    if (found && found->is_real == is_real)
        return MVO_OK;
    return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, detail, "no %s option of a rebalancer has number %d",
                     is_real ? "real" : "integer", (int)key);
}

static mvo_status set(mvo_rebalancer *r, int32_t key, int is_real, double value, mvo_error *error)
{
    const mvo_status checked = check_key(r, key, is_real, error);
    if (checked != MVO_OK)
        return checked;
    const option *found = find(key);
    const mvoi_detail detail = { "value", -1, -1, value, value <= found->least ? found->least : found->most };
    if (isnan(value))
        return mvoi_fail(r->context, error, MVO_ERROR_NOT_FINITE, detail, "%s is nan", found->name);
    if (value < found->least || value > found->most || (found->open && value == found->least))
        return mvoi_fail(r->context, error, MVO_ERROR_OUT_OF_RANGE, detail, "%s must lie in %c%g, %g] but is %g",
                         found->name, found->open ? '(' : '[', found->least, found->most, value);
    r->options[key] = value;
    return MVO_OK;
}

mvo_status mvo_rebalancer_set_real(mvo_rebalancer *rebalancer, int32_t option, double value, mvo_error *error)
{
    return set(rebalancer, option, 1, value, error);
}

mvo_status mvo_rebalancer_set_integer(mvo_rebalancer *rebalancer, int32_t option, int64_t value, mvo_error *error)
{
    return set(rebalancer, option, 0, (double)value, error);
}

mvo_status mvo_rebalancer_real(double *value, const mvo_rebalancer *rebalancer, int32_t option, mvo_error *error)
{
    if (!value)
        return mvoi_fail_null(NULL, error, "value");
    const mvo_status checked = check_key(rebalancer, option, 1, error);
    if (checked == MVO_OK)
        *value = rebalancer->options[option];
    return checked;
}

mvo_status mvo_rebalancer_integer(int64_t *value, const mvo_rebalancer *rebalancer, int32_t option, mvo_error *error)
{
    if (!value)
        return mvoi_fail_null(NULL, error, "value");
    const mvo_status checked = check_key(rebalancer, option, 0, error);
    if (checked == MVO_OK)
        *value = (int64_t)rebalancer->options[option];
    return checked;
}

mvo_status mvo_rebalancer_option_range(double *least, double *most, double *standard, int32_t option)
{
    const struct option *found = find(option);
    if (!found)
        return MVO_ERROR_ARGUMENT;
    if (least)
        *least = found->least;
    if (most)
        *most = found->most;
    if (standard)
        *standard = found->standard;
    return MVO_OK;
}
