/* SPDX-License-Identifier: MIT */
/* The last tick in words. */
#include "desk/rebalancer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that ends where its room does. */
typedef struct line {
    char *text;
    size_t size, used;
} line;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
say(line *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(l->text + l->used, l->size - l->used, format, arguments);
    va_end(arguments);
    if (length > 0)
        l->used = (size_t)length < l->size - l->used ? l->used + (size_t)length : l->size - 1;
}

static void say_asset(line *l, const mvo_rebalancer *r, int64_t asset)
{
    char what[MVOI_DESCRIPTION_SIZE];
    say(l, "%s", mvoi_describe_asset(what, sizeof what, r->solver->snapshot, (size_t)asset));
}

static void say_number(line *l, double value)
{
    char number[MVOI_NUMBER_SIZE];
    say(l, "%s", mvoi_describe_number(number, value));
}

/* ------------------------------------------------------------------------------------------------ reasons */

static void say_data_reason(line *l, const mvo_rebalancer *r)
{
    const mvo_tick *t = &r->tick;
    const char *const what = r->source == MVOI_RETURNS ? "return" : "price";
    say_asset(l, r, t->asset);
    say(l, ": ");
    if (t->reason == MVO_REASON_NOT_FINITE || t->reason == MVO_REASON_NOT_POSITIVE)
        say(l, "%s is ", what);
    else if (t->reason == MVO_REASON_OUTLIER)
        say(l, "a move of ");
    else if (t->reason == MVO_REASON_AGE)
        say(l, "its age is ");
    else
        say(l, "unchanged for ");
    say_number(l, t->figure);
    if (t->reason == MVO_REASON_UNCHANGED)
        say(l, " ticks");
    if (t->reason == MVO_REASON_OUTLIER || t->reason == MVO_REASON_AGE) {
        say(l, ", beyond ");
        say_number(l, t->limit);
    }
    if (t->bad > 1)
        say(l, " (and %lld more)", (long long)(t->bad - 1));
}

static void say_forecast_reason(line *l, const mvo_rebalancer *r)
{
    const mvo_tick *t = &r->tick;
    if (t->reason == MVO_REASON_MODEL) {
        say(l, "the model answered ");
    } else if (t->reason == MVO_REASON_NOT_SEMIDEFINITE) {
        say(l, "the covariance has eigenvalue ");
    } else if (t->other >= 0) {
        say(l, "element [%lld, %lld] of the matrix is %s", (long long)t->asset, (long long)t->other,
            t->reason == MVO_REASON_NOT_SYMMETRIC ? "not symmetric, or no correlation: " : "");
    } else {
        say_asset(l, r, t->asset);
        say(l, ": ");
    }
    say_number(l, t->figure);
}

/* ------------------------------------------------------------------------------------------------ limits */

static void say_limit(line *l, const mvo_rebalancer *r, int32_t kind, int64_t id, int32_t side, double limit)
{
    char what[MVOI_DESCRIPTION_SIZE];
    const mvo_constraints *set = r->solver->snapshot;
    if (kind == MVO_CONFLICT_ROW)
        mvoi_describe_row(what, sizeof what, set, mvoi_constraints_find(set, id));
    else
        mvoi_describe_asset(what, sizeof what, set, (size_t)id);
    say(l, "%s %s ", what, side == MVO_AT_LOWER ? ">=" : "<=");
    say_number(l, limit);
}

static void say_relaxed(line *l, const mvo_rebalancer *r)
{
    int32_t kind, side;
    int64_t id;
    double limit, relaxed;
    for (size_t k = 0; mvo_rebalancer_relaxed(&kind, &id, &side, &limit, &relaxed, r, k) == MVO_OK; k++) {
        say(l, "%s", k ? ", " : "; relaxed: ");
        say_limit(l, r, kind, id, side, limit);
        say(l, " -> ");
        say_number(l, relaxed);
    }
}

/* The limits that the proof names. It may name more than contradict each other: mvo_rebalancer_conflict thins them out.
 */
static void say_proof(line *l, const mvo_rebalancer *r)
{
    const double *proof = r->solver->proof;
    const mvo_constraints *set = r->solver->snapshot;
    int count = 0;
    for (size_t i = 0; i < r->m; i++) {
        const double y = proof[r->n + i];
        if (y == 0.0)
            continue;
        say(l, "%s", count++ ? ", " : ": ");
        say_limit(l, r, MVO_CONFLICT_ROW, set->rows[i].id, y > 0.0 ? MVO_AT_LOWER : MVO_AT_UPPER,
                  y > 0.0 ? r->used.row_lower[i] : r->used.row_upper[i]);
    }
    for (size_t j = 0; j < r->n; j++) {
        if (proof[j] == 0.0)
            continue;
        say(l, "%s", count++ ? ", " : ": ");
        say_limit(l, r, MVO_CONFLICT_BOUND, (int64_t)j, proof[j] > 0.0 ? MVO_AT_LOWER : MVO_AT_UPPER,
                  proof[j] > 0.0 ? r->used.lower[j] : r->used.upper[j]);
    }
}

/* ------------------------------------------------------------------------------------------------ the line */

/* A failure is no solve's where the trades would cost all there is. */
static void say_failure(line *l, const mvo_rebalancer *r)
{
    if (r->tick.reason != MVO_REASON_COST) {
        say(l, "failed: %s", mvo_outcome_name((mvo_outcome)r->tick.solve));
        return;
    }
    say(l, "failed: the trades would cost ");
    say_number(l, r->tick.figure);
    say(l, " times the equity");
}

/* Bad data that did not refuse the tick: the first reason, unless another has taken its place. */
static void say_bad(line *l, const mvo_rebalancer *r)
{
    const mvo_tick *t = &r->tick;
    if (!t->bad || t->outcome == MVO_TICK_DATA)
        return;
    if (t->outcome == MVO_TICK_FORECAST || t->outcome == MVO_TICK_RUINED || t->reason == MVO_REASON_COST) {
        say(l, "; assets with bad data: %lld", (long long)t->bad);
        return;
    }
    say(l, "; frozen: ");
    say_data_reason(l, r);
}

static void say_outcome(line *l, const mvo_rebalancer *r)
{
    const mvo_tick *t = &r->tick;
    switch (t->outcome) {
    case MVO_TICK_TRADE:
        say(l, "trade %lld assets, turnover ", (long long)t->trades);
        say_number(l, t->turnover);
        say(l, ", cost ");
        say_number(l, t->cost);
        return;
    case MVO_TICK_STAY:
        say(l, "stay");
        return;
    case MVO_TICK_WAIT:
        say(l, "wait: the crowding guard puts trading off by %lld ticks", (long long)t->delay);
        return;
    case MVO_TICK_WARM_UP:
        say(l, "warm-up: the stream has seen %lld periods", (long long)mvo_stream_seen(r->stream));
        return;
    case MVO_TICK_DATA:
        say(l, "data refused: ");
        say_data_reason(l, r);
        return;
    case MVO_TICK_FORECAST:
        say(l, "forecast refused: ");
        say_forecast_reason(l, r);
        return;
    case MVO_TICK_CONFLICT:
        say(l, "conflict of hard limits");
        say_proof(l, r);
        return;
    case MVO_TICK_LATE:
        say(l, "late: %s", mvo_outcome_name((mvo_outcome)t->solve));
        return;
    case MVO_TICK_FAILED:
        say_failure(l, r);
        return;
    default:
        say(l, "ruined: the equity is gone");
    }
}

mvo_status mvo_rebalancer_describe(char *text, size_t size, const mvo_rebalancer *rebalancer)
{
    if (!text || !rebalancer)
        return MVO_ERROR_NULL;
    if (size == 0)
        return MVO_ERROR_ARGUMENT;
    const mvo_rebalancer *r = rebalancer;
    line l = { text, size, 0 };
    text[0] = '\0';
    if (r->tick.number == 0 || r->restored) {
        say(&l, "%s", r->restored ? "no tick since it was restored" : "no tick yet");
        return MVO_OK;
    }
    say_outcome(&l, r);
    say_bad(&l, r);
    say_relaxed(&l, r);
    return MVO_OK;
}
