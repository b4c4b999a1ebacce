/* SPDX-License-Identifier: MIT */
/* One tick, from prices to trades. */
#include "desk/rebalancer.h"

#include <math.h>
#include <string.h>

/* The trades towards the target: `share` of each. */
static void make_trades(mvo_rebalancer *r, double share)
{
    for (size_t j = 0; j < r->n; j++) {
        r->trades[j] = share * (r->target[j] - r->holdings[j]);
        r->calm[j] = share == 1.0 ? r->target[j] : r->holdings[j] + r->trades[j]; /* where they lead */
        r->tick.turnover += fabs(r->trades[j]);
    }
    r->tick.cost = mvoi_rebalancer_cost(r, r->calm);
}

/* Trades count as made: weights are those asked for, of an equity that has paid for them. */
static void take_as_filled(mvo_rebalancer *r)
{
    memcpy(r->holdings, r->calm, r->n * sizeof(double));
    r->value *= 1.0 - r->tick.cost;
}

/* The way to the target costs all there is: the portfolio before it stands, and the cost is told as the reason. */
static int64_t give_up(mvo_rebalancer *r)
{
    mvo_tick *t = &r->tick;
    t->reason = MVO_REASON_COST;
    t->asset = -1;
    t->figure = t->cost;
    t->limit = 1.0;
    t->trades = 0;
    t->slice = 1.0;
    t->cost = t->turnover = t->gain = t->expected_return = t->volatility = 0.0;
    memset(r->trades, 0, r->n * sizeof(double));
    memcpy(r->target, r->standing, r->n * sizeof(double));
    return MVO_TICK_FAILED;
}

/* Whether the way from the holdings to the target is worth going, and how much of it now. */
static int64_t decide(mvo_rebalancer *r)
{
    for (size_t j = 0; j < r->n; j++)
        r->tick.trades += r->target[j] != r->holdings[j];
    if (r->tick.trades == 0) {
        r->delay = -1;
        return MVO_TICK_STAY;
    }
    r->tick.gain = mvoi_rebalancer_worth(r, r->target) - mvoi_rebalancer_worth(r, r->holdings);
    r->tick.slice = mvoi_rebalancer_guard(r);
    if (r->tick.slice == 0.0)
        return MVO_TICK_WAIT;
    make_trades(r, r->tick.slice);
    if (!(r->tick.cost < 1.0)) /* a pool drained, or worse */
        return give_up(r);
    if (mvoi_rebalancer_option(r, MVO_REBALANCER_FILLS) == (double)MVO_FILLS_AS_ASKED)
        take_as_filled(r);
    return MVO_TICK_TRADE;
}

static int64_t go_through(mvo_rebalancer *r, const double *given, const double *ages)
{
    r->spanned += 1.0;
    if (!mvoi_rebalancer_judge(r, given, ages))
        return r->ruined ? MVO_TICK_RUINED : MVO_TICK_DATA;
    int64_t outcome = mvoi_rebalancer_drift(r, given);
    if (outcome == MVO_TICK_TRADE)
        outcome = mvoi_rebalancer_forecast(r);
    if (outcome == MVO_TICK_TRADE)
        outcome = mvoi_rebalancer_solve(r);
    return outcome == MVO_TICK_TRADE ? decide(r) : outcome;
}

static mvo_status go(mvo_tick *tick, mvo_rebalancer *r, const char *name, const double *given, const double *ages,
                     int32_t source, mvo_error *error)
{
    if (!tick)
        return mvoi_fail_null(r ? r->context : NULL, error, "tick");
    if (!r)
        return mvoi_fail_null(NULL, error, "rebalancer");
    if (!given)
        return mvoi_fail_null(r->context, error, name);
    const int64_t theirs = tick->struct_size, known = (int64_t)sizeof r->tick, number = r->tick.number;
    const mvoi_detail detail = { "tick", -1, -1, (double)theirs, (double)sizeof(int64_t) };
    if (theirs < (int64_t)sizeof(int64_t))
        return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, detail,
                         "tick.struct_size is %lld: initialise it with MVO_TICK_INIT", (long long)theirs);
    if (r->source != MVOI_UNDECIDED && r->source != source)
        return mvoi_fail(r->context, error, MVO_ERROR_STATE, MVOI_DETAIL("rebalancer"),
                         "the rebalancer is fed with %s, not with %s", r->source == MVOI_PRICES ? "prices" : "returns",
                         name);
    r->source = source;
    r->tick = (mvo_tick)MVO_TICK_INIT;
    r->tick.number = number + 1;
    r->tick.growth = 1.0;
    r->tick.slice = 1.0;
    memset(r->trades, 0, r->n * sizeof(double));
    mvoi_watch_start(&r->solver->watch);
    r->solver->watch.held = 1; /* its limits are the tick's */
    r->tick.outcome = go_through(r, given, ages);
    r->solver->watch.held = 0;
    r->tick.value = r->base = r->value;
    r->restored = 0;
    memcpy(tick, &r->tick, (size_t)(theirs < known ? theirs : known));
    tick->struct_size = theirs;
    return MVO_OK;
}

mvo_status mvo_rebalancer_tick(mvo_tick *tick, mvo_rebalancer *rebalancer, const double *prices, const double *ages,
                               mvo_error *error)
{
    return go(tick, rebalancer, "prices", prices, ages, MVOI_PRICES, error);
}

mvo_status mvo_rebalancer_tick_returns(mvo_tick *tick, mvo_rebalancer *rebalancer, const double *returns,
                                       const double *ages, mvo_error *error)
{
    return go(tick, rebalancer, "returns", returns, ages, MVOI_RETURNS, error);
}
