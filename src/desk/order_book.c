/* SPDX-License-Identifier: MIT */
/* Walking an order book costs piecewise linearly in what is traded: each level is a segment. */
#include "core/core.h"

#include <math.h>

typedef struct side {
    const char *price_name, *size_name;
    size_t count;
    const double *prices, *sizes;
    int rises; /* prices ascend from the best level */
} side;

static mvo_status check_positive(mvo_error *error, const char *name, int64_t level, double value)
{
    const mvoi_detail detail = { name, level, -1, value, 0.0 };
    if (!isfinite(value))
        return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", name, value);
    if (value <= 0.0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, not positive", name, value);
    return MVO_OK;
}

/* Levels in order, and each big enough to move a weight of that size by more than its rounding. */
static mvo_status check_side(mvo_error *error, const side *s, double weight_of_unit, double holding)
{
    if (!s->prices || !s->sizes)
        return mvoi_fail_null(NULL, error, s->prices ? s->size_name : s->price_name);
    if (s->count == 0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(s->price_name), "%s has no level", s->price_name);
    double at = holding;
    for (size_t k = 0; k < s->count; k++) {
        mvo_status status = check_positive(error, s->price_name, (int64_t)k, s->prices[k]);
        if (status == MVO_OK)
            status = check_positive(error, s->size_name, (int64_t)k, s->sizes[k]);
        if (status != MVO_OK)
            return status;
        const mvoi_detail order = { s->price_name, (int64_t)k, -1, s->prices[k], k ? s->prices[k - 1] : 0.0 };
        if (k > 0 && (s->rises ? s->prices[k] < s->prices[k - 1] : s->prices[k] > s->prices[k - 1]))
            return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, order, "%s: level %zu is better than the one before it",
                             s->price_name, k);
        const double step = s->sizes[k] * weight_of_unit, next = s->rises ? at + step : at - step;
        const mvoi_detail size = { s->size_name, (int64_t)k, -1, s->sizes[k], 0.0 };
        if (next == at || !isfinite(next))
            return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, size, "%s: level %zu is %g units, no change of a weight of %g",
                             s->size_name, k, s->sizes[k], at);
        at = next;
    }
    return MVO_OK;
}

mvo_status mvo_order_book_ladder(double *breakpoints, double *slopes, double *lower, double *upper, size_t bids,
                                 const double *bid_prices, const double *bid_sizes, size_t asks, const double *ask_prices,
                                 const double *ask_sizes, double price, double value, double holding, mvo_error *error)
{
    if (!breakpoints || !slopes)
        return mvoi_fail_null(NULL, error, breakpoints ? "slopes" : "breakpoints");
    const side below = { "bid_prices", "bid_sizes", bids, bid_prices, bid_sizes, 0 };
    const side above = { "ask_prices", "ask_sizes", asks, ask_prices, ask_sizes, 1 };
    mvo_status status = check_positive(error, "price", -1, price);
    if (status == MVO_OK)
        status = check_positive(error, "value", -1, value);
    if (status == MVO_OK && !isfinite(holding)) {
        const mvoi_detail detail = { "holding", -1, -1, holding, 0.0 };
        status = mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "holding is %g", holding);
    }
    const double unit = price / value;
    if (status == MVO_OK)
        status = check_side(error, &below, unit, holding);
    if (status == MVO_OK)
        status = check_side(error, &above, unit, holding);
    if (status != MVO_OK)
        return status;
    const mvoi_detail crossed = { "bid_prices", 0, -1, bid_prices[0], ask_prices[0] };
    if (bid_prices[0] > ask_prices[0])
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, crossed, "the best bid %g is above the best ask %g",
                         bid_prices[0], ask_prices[0]);
    double at = holding;
    for (size_t k = 0; k < bids; k++) {
        breakpoints[bids - 1 - k] = at;
        slopes[bids - 1 - k] = bid_prices[k] / price - 1.0;
        at -= bid_sizes[k] * unit;
    }
    if (lower)
        *lower = at;
    at = holding;
    for (size_t k = 0; k < asks; k++) {
        breakpoints[bids - 1 + k] = at;
        slopes[bids + k] = ask_prices[k] / price - 1.0;
        at += ask_sizes[k] * unit;
    }
    if (upper)
        *upper = at;
    return MVO_OK;
}
