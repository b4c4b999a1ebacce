/* SPDX-License-Identifier: MIT */
/*
 * Whether data can be believed, asset by asset, and what they do to a portfolio. What is missing is not made up: the
 * last good price stands, and the return over the gap is that of the tick which ends it.
 */
#include "desk/rebalancer.h"

#include <math.h>
#include <string.h>

static const double LARGEST_RETURN = 1e100; /* as far as a stream goes */

/* ------------------------------------------------------------------------------------------------ judging */

typedef struct verdict {
    int64_t reason;
    double figure, limit;
    int moved; /* beyond what is believed at once */
    double change;
} verdict;

/* Whether asset j has a price that returns can be counted from. */
static int has_last(const mvo_rebalancer *r, size_t j)
{
    return r->source == MVOI_RETURNS || r->last[j] > 0.0;
}

/* The return that a price or return tells, 0 where none can be told yet. */
static double return_of(const mvo_rebalancer *r, size_t j, double given)
{
    return r->source == MVOI_RETURNS ? given : r->last[j] > 0.0 ? given / r->last[j] - 1.0 : 0.0;
}

static int is_unchanged(const mvo_rebalancer *r, size_t j, double given)
{
    return given == r->seen[j];
}

/* Largest return believed: so many volatilities, times the root of the ticks it took, within what a stream takes; that
   alone where there is no forecast. */
static double believed(const mvo_rebalancer *r, size_t j)
{
    const double variance = r->forecast[r->current]->diagonal[j];
    const double sigmas = mvoi_rebalancer_option(r, MVO_REBALANCER_OUTLIER_SIGMAS);
    return variance > 0.0 && isfinite(sigmas) ? fmin(sigmas * sqrt(variance * (r->elapsed[j] + 1.0)), LARGEST_RETURN)
                                              : LARGEST_RETURN;
}

/* A move that was refused before and has come to stay. */
static int is_confirmed(const mvo_rebalancer *r, size_t j, double change)
{
    const double variance = r->forecast[r->current]->diagonal[j];
    const double sigmas = mvoi_rebalancer_option(r, MVO_REBALANCER_OUTLIER_SIGMAS);
    return fabs(change) <= LARGEST_RETURN &&
           fabs((1.0 + change) / (1.0 + r->refused[j]) - 1.0) <= sigmas * sqrt(variance); /* never with a NaN */
}

static verdict judge_asset(const mvo_rebalancer *r, size_t j, double given, const double *ages)
{
    const double oldest = mvoi_rebalancer_option(r, MVO_REBALANCER_AGE_LIMIT);
    const double most = mvoi_rebalancer_option(r, MVO_REBALANCER_UNCHANGED_LIMIT);
    if (!isfinite(given))
        return (verdict){ .reason = MVO_REASON_NOT_FINITE, .figure = given };
    if (given <= (r->source == MVOI_RETURNS ? -1.0 : 0.0))
        return (verdict){ .reason = MVO_REASON_NOT_POSITIVE,
                          .figure = given,
                          .limit = r->source == MVOI_RETURNS ? -1.0 : 0.0 };
    if (ages && !(ages[j] >= 0.0 && ages[j] <= oldest))
        return (verdict){ .reason = MVO_REASON_AGE, .figure = ages[j], .limit = oldest };
    if (most > 0.0 && is_unchanged(r, j, given) && r->unchanged[j] + 1.0 >= most)
        return (verdict){ .reason = MVO_REASON_UNCHANGED, .figure = r->unchanged[j] + 1.0, .limit = most };
    const double change = return_of(r, j, given), limit = believed(r, j);
    const int moved = !(fabs(change) <= limit);
    if (moved && !is_confirmed(r, j, change))
        return (verdict){ MVO_REASON_OUTLIER, change, limit, moved, change };
    return (verdict){ MVO_REASON_NONE, 0.0, 0.0, moved, change };
}

/* Whether a bad price of asset j matters at all. */
static int matters(const mvo_rebalancer *r, size_t j)
{
    return r->state[j] == MVO_ASSET_TRADED || (r->state[j] == MVO_ASSET_CLOSED && r->holdings[j] != 0.0);
}

/* What the next tick has to know of this one even if it is refused. A move waits to be told again by the very next one;
   one that was, in a tick refused for another asset, still does. */
static void remember(mvo_rebalancer *r, size_t j, double given, const verdict *v)
{
    if (isfinite(given)) {
        r->unchanged[j] = is_unchanged(r, j, given) ? r->unchanged[j] + 1.0 : 0.0;
        r->seen[j] = given;
    }
    r->refused[j] = v->moved && isfinite(v->change) ? v->change : NAN;
    r->elapsed[j] += 1.0;
}

static void tell(mvo_rebalancer *r, size_t j, const verdict *v)
{
    r->tick.reason = v->reason;
    r->tick.asset = (int64_t)j;
    r->tick.figure = v->figure;
    r->tick.limit = v->limit;
}

int mvoi_rebalancer_judge(mvo_rebalancer *rebalancer, const double *given, const double *ages)
{
    mvo_rebalancer *r = rebalancer;
    size_t good = 0;
    for (size_t j = 0; j < r->n; j++) {
        const verdict v = judge_asset(r, j, given[j], ages);
        const int32_t role = r->state[j] == MVO_ASSET_TRADED   ? MVOI_GOOD
                             : r->state[j] == MVO_ASSET_HALTED ? MVOI_FROZEN
                                                               : MVOI_CLOSED;
        r->returns[j] = v.reason ? 0.0 : return_of(r, j, given[j]);
        r->role[j] = role | (v.reason ? MVOI_MISSING : 0);
        if (v.reason && matters(r, j)) {
            r->role[j] = MVOI_FROZEN | MVOI_MISSING;
            if (r->tick.bad++ == 0)
                tell(r, j, &v);
        }
        good += !v.reason && role != MVOI_FROZEN;
        remember(r, j, given[j], &v);
    }
    return !r->tick.bad || (good && mvoi_rebalancer_option(r, MVO_REBALANCER_BAD_DATA) == (double)MVO_BAD_DATA_FREEZE);
}

/* ----------------------------------------------------------------------------------------------- drifting */

/* Whether a period ends with the tick: some asset has a return, and not just the price that returns begin with. */
static int ends_period(const mvo_rebalancer *r)
{
    for (size_t j = 0; j < r->n; j++)
        if (!(r->role[j] & MVOI_MISSING) && has_last(r, j))
            return 1;
    return 0;
}

static int has_begun(const mvo_rebalancer *r)
{
    for (size_t j = 0; j < r->n; j++)
        if (has_last(r, j))
            return 1;
    return 0;
}

/* Equity after over before: returns, and carry and borrowing for all the ticks spanned. */
static double growth_of(const mvo_rebalancer *r)
{
    const double *borrow = r->solver->segments ? r->solver->segments->rates + 2 * r->n : NULL;
    double growth = 1.0;
    for (size_t j = 0; j < r->n; j++) {
        growth += r->holdings[j] * (r->returns[j] - r->spanned * r->carry[j]);
        if (borrow && r->holdings[j] < 0.0)
            growth += r->spanned * borrow[j] * r->holdings[j];
    }
    return growth;
}

/* The asset whose return makes the equity, or a weight, more than a number can tell; n for none. */
static size_t find_overflow(const mvo_rebalancer *r, double growth)
{
    const int told = isfinite(growth) && isfinite(r->value * growth);
    size_t largest = 0;
    for (size_t j = 0; j < r->n; j++) {
        if (told && fabs(r->holdings[j] * (1.0 + r->returns[j]) / growth) > MVOI_LARGEST_WEIGHT)
            return j;
        if (fabs(r->holdings[j] * r->returns[j]) > fabs(r->holdings[largest] * r->returns[largest]))
            largest = j;
    }
    return told ? r->n : largest;
}

/* Good prices become the last ones, and the stream sees the period that ends with them. */
static void follow(mvo_rebalancer *r, const double *given, int period)
{
    const int begun = has_begun(r);
    for (size_t j = 0; j < r->n; j++) {
        if (r->source == MVOI_RETURNS)
            r->seen[j] = 0.0; /* returns count from here */
        if (r->role[j] & MVOI_MISSING)
            continue;
        r->elapsed[j] = 0.0;
        r->refused[j] = NAN;
        if (r->source == MVOI_PRICES)
            r->last[j] = given[j];
    }
    if (period || !begun)
        r->spanned = 0.0;
    if (period)
        mvo_stream_update(r->stream, r->returns, NULL); /* finite, and no larger than it takes */
}

int64_t mvoi_rebalancer_drift(mvo_rebalancer *rebalancer, const double *given)
{
    mvo_rebalancer *r = rebalancer;
    const int period = ends_period(r);
    const double growth = period && !r->ruined ? growth_of(r) : 1.0;
    const int gone = r->ruined || growth <= 0.0 || r->value * growth == 0.0;
    const size_t overflow = gone ? r->n : find_overflow(r, growth);
    if (overflow < r->n) {
        const verdict v = { .reason = MVO_REASON_OUTLIER, .figure = r->returns[overflow], .limit = LARGEST_RETURN };
        tell(r, overflow, &v); /* whatever was frozen: this refuses the tick */
        r->tick.bad++;
        return MVO_TICK_DATA;
    }
    follow(r, given, period);
    r->tick.growth = growth;
    if (gone) {
        r->ruined = 1;
        r->value = 0.0;
        return MVO_TICK_RUINED;
    }
    for (size_t j = 0; period && j < r->n; j++)
        r->holdings[j] = r->holdings[j] * (1.0 + r->returns[j]) / growth;
    r->value *= growth;
    return MVO_TICK_TRADE;
}
