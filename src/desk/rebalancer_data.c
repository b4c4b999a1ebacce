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
    return r->source == MVOI_RETURNS ? given == 0.0 : given == r->last[j];
}

/* Largest return believed: so many volatilities, times the root of the ticks it took. None where there is no forecast.
 */
static double believed(const mvo_rebalancer *r, size_t j)
{
    const double variance = r->forecast[r->current]->diagonal[j];
    const double sigmas = mvoi_rebalancer_option(r, MVO_REBALANCER_OUTLIER_SIGMAS);
    return variance > 0.0 && isfinite(sigmas) ? sigmas * sqrt(variance * (r->elapsed[j] + 1.0)) : LARGEST_RETURN;
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
        return (verdict){ MVO_REASON_NOT_FINITE, given, 0.0 };
    if (given <= (r->source == MVOI_RETURNS ? -1.0 : 0.0))
        return (verdict){ MVO_REASON_NOT_POSITIVE, given, r->source == MVOI_RETURNS ? -1.0 : 0.0 };
    if (ages && !(ages[j] >= 0.0 && ages[j] <= oldest))
        return (verdict){ MVO_REASON_AGE, ages[j], oldest };
    if (most > 0.0 && is_unchanged(r, j, given) && r->unchanged[j] + 1.0 >= most)
        return (verdict){ MVO_REASON_UNCHANGED, r->unchanged[j] + 1.0, most };
    const double change = return_of(r, j, given), limit = believed(r, j);
    if (!(fabs(change) <= limit) && !is_confirmed(r, j, change))
        return (verdict){ MVO_REASON_OUTLIER, change, limit };
    return (verdict){ MVO_REASON_NONE, 0.0, 0.0 };
}

/* Whether a bad price of asset j matters at all. */
static int matters(const mvo_rebalancer *r, size_t j)
{
    return r->state[j] == MVO_ASSET_TRADED || (r->state[j] == MVO_ASSET_CLOSED && r->holdings[j] != 0.0);
}

/* What the next tick has to know of this one even if it is refused. */
static void remember(mvo_rebalancer *r, size_t j, double given, const verdict *v)
{
    if (isfinite(given))
        r->unchanged[j] = is_unchanged(r, j, given) ? r->unchanged[j] + 1.0 : 0.0;
    if (v->reason == MVO_REASON_OUTLIER)
        r->refused[j] = isfinite(v->figure) ? v->figure : NAN;
    r->elapsed[j] += 1.0;
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
            if (r->tick.bad++ == 0) {
                r->tick.reason = v.reason;
                r->tick.asset = (int64_t)j;
                r->tick.figure = v.figure;
                r->tick.limit = v.limit;
            }
        }
        good += !v.reason && role != MVOI_FROZEN;
        remember(r, j, given[j], &v);
    }
    return !r->tick.bad || (good && mvoi_rebalancer_option(r, MVO_REBALANCER_BAD_DATA) == (double)MVO_BAD_DATA_FREEZE);
}

/* ----------------------------------------------------------------------------------------------- drifting */

int mvoi_rebalancer_drift(mvo_rebalancer *rebalancer, const double *given)
{
    mvo_rebalancer *r = rebalancer;
    const double *borrow = r->solver->segments ? r->solver->segments->rates + 2 * r->n : NULL;
    double growth = 1.0;
    int counted = 0;
    for (size_t j = 0; j < r->n; j++) {
        const int priced = !(r->role[j] & MVOI_MISSING);
        counted |= priced && has_last(r, j);
        growth += r->holdings[j] * (r->returns[j] - r->carry[j]);
        if (borrow && r->holdings[j] < 0.0)
            growth += borrow[j] * r->holdings[j];
    }
    for (size_t j = 0; j < r->n; j++) {
        if (r->role[j] & MVOI_MISSING)
            continue;
        r->elapsed[j] = 0.0;
        r->refused[j] = NAN;
        if (r->source == MVOI_PRICES)
            r->last[j] = given[j];
    }
    if (!counted)
        growth = 1.0; /* the prices that returns begin with: no period has passed */
    r->tick.growth = growth;
    if (!(growth > 0.0)) {
        r->ruined = 1;
        r->value = 0.0;
        return 0;
    }
    for (size_t j = 0; counted && j < r->n; j++)
        r->holdings[j] = r->holdings[j] * (1.0 + r->returns[j]) / growth;
    r->value *= growth;
    if (counted)
        mvo_stream_update(r->stream, r->returns, NULL); /* finite, and no larger than it takes */
    return 1;
}
