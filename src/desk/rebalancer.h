/* SPDX-License-Identifier: MIT */
/*
 * A portfolio that is kept by itself: what it knows, and the steps of a tick. These are, in order: data are judged
 * (rebalancer_data.c), holdings drift, the forecast moves on (rebalancer_forecast.c), limits as they are this tick go
 * onto the solver and the problem is solved (rebalancer_solve.c), limits that contradict each other giving way
 * (rebalancer_relax.c), and the trades are decided on (rebalancer_tick.c), perhaps put off (rebalancer_guard.c).
 */
#ifndef MVO_DESK_REBALANCER_H
#define MVO_DESK_REBALANCER_H

#include "covariance/make.h"
#include "desk/impact.h"
#include "estimate/stream.h"

/* Options, each in the place that its number gives it. */
enum { MVOI_REBALANCER_OPTIONS = MVO_REBALANCER_FILLS + 1 };

/* What is done with an asset in the tick at hand; MVOI_MISSING is added where there is no price to be used. */
enum { MVOI_GOOD, MVOI_FROZEN, MVOI_CLOSED, MVOI_MISSING = 4 };

static inline int mvoi_role(int32_t role)
{
    return (int)role & ~MVOI_MISSING;
}

/* Weights in size, as holdings and fills may tell them: their products with returns stay far from overflow. */
#define MVOI_LARGEST_WEIGHT 1e100

/* Whether returns are made of prices, or are given. */
enum { MVOI_UNDECIDED, MVOI_PRICES, MVOI_RETURNS };

/* Limits of a solver: two for each weight and row. */
typedef struct mvoi_limits {
    double *lower, *upper;         /* n */
    double *row_lower, *row_upper; /* m */
} mvoi_limits;

struct mvo_rebalancer {
    mvo_context *context; /* holds a reference; may be NULL */
    size_t n, m;
    mvo_stream *stream;          /* owned */
    mvo_impact *impact;          /* owned, or NULL; then `scaled` is its covariance */
    mvo_solver *solver;          /* owned where there is no impact, else the one inside */
    mvo_covariance *forecast[2]; /* a reference to each; the solver holds forecast[current], the other is written */
    size_t current;
    mvo_covariance *scaled; /* with impact: forecast[current] times risk aversion and periods */
    double options[MVOI_REBALANCER_OPTIONS];

    mvo_forecast_fn model;
    void *user;
    int32_t parts;
    mvoi_semidefinite_room room;
    double *volatility; /* n: the model's */
    double *own_mean;   /* n: means before they are accepted */
    double *mean;       /* n: of the last forecast accepted, after carry */
    double *carry;      /* n */

    int32_t source;    /* MVOI_PRICES ... */
    int32_t *state;    /* n: MVO_ASSET_... */
    int32_t *role;     /* n: MVOI_GOOD ... in the tick at hand */
    double *last;      /* n: last good prices, 0 for none yet */
    double *seen;      /* n: what the tick before gave, refused or not; returns count from the last good tick */
    double *refused;   /* n: the outlying return of the tick before; NaN for none */
    double *returns;   /* n: of the tick at hand */
    double *elapsed;   /* n: ticks since the last good price */
    double *unchanged; /* n: ticks on end with the price of the one before */

    double *holdings; /* n: drifted and traded */
    double *target;   /* n: the last good portfolio */
    double *standing; /* n: the one before it, while it is not sure that the tick's is good */
    double *trades;   /* n: of the last tick */
    double value;
    double base;    /* the value that fills are told in units of: after the last tick, or as told since */
    double spanned; /* ticks that carry and borrowing are still to be taken for */
    int ruined;
    int restored; /* and no tick since */

    mvoi_limits kept;                 /* the solver's own while a tick has others there ... */
    mvoi_limits used;                 /* ... and those of the last solve */
    double *row_unit, *bound_unit;    /* how fast a limit yields */
    int32_t *row_class, *bound_class; /* 0: never */
    int yielding;                     /* any class is not 0 */
    double *borrow;                   /* n: the solver's own rates while they are told for all holding periods */
    double *calm, *risky;             /* n each: portfolios beside the volatility target */
    double *product;                  /* n: workspace */
    double *pull;                     /* n: multipliers of a proof */

    uint64_t random;
    int64_t delay; /* ticks still to wait; -1: no wish to trade */

    double *numbers; /* all of the above in one piece */
    int32_t *integers;
    mvo_tick tick; /* the last */
};

/* The option as a number. */
static inline double mvoi_rebalancer_option(const mvo_rebalancer *r, int32_t key)
{
    return r->options[key];
}

/* Sets every option to its default. */
void mvoi_rebalancer_standard(mvo_rebalancer *rebalancer);

/* Reads prices or returns (`given`, n) into roles and returns; 0 if the tick is refused, then the report says why, and
   nothing has changed but what is remembered of refused returns. */
int mvoi_rebalancer_judge(mvo_rebalancer *rebalancer, const double *given, const double *ages);

/* Good prices become the last ones; holdings and equity move by the returns, and the stream is fed. MVO_TICK_TRADE, or
   MVO_TICK_RUINED if the equity is gone, whose prices are still followed; MVO_TICK_DATA if it is beyond all numbers:
   then the report says why, and nothing has changed. */
int64_t mvoi_rebalancer_drift(mvo_rebalancer *rebalancer, const double *given);

/* Makes the forecast; MVO_TICK_TRADE if there is one, else the outcome, the last forecast
 * standing. */
int64_t mvoi_rebalancer_forecast(mvo_rebalancer *rebalancer);

/* Solves the problem of the tick at hand for the target, limits giving way by class; MVO_TICK_TRADE or what went wrong.
   The solver has its own limits again afterwards. */
int64_t mvoi_rebalancer_solve(mvo_rebalancer *rebalancer);

/* One problem solved at the limits that are on the solver. */
mvo_outcome mvoi_rebalancer_minimise(mvo_rebalancer *rebalancer, double risk_aversion);

/* After MVO_INFEASIBLE: solves with limits of the solver giving way by class; MVO_INFEASIBLE where those that never do
   contradict each other, which then are the only ones on the solver. */
mvo_outcome mvoi_rebalancer_relax(mvo_rebalancer *rebalancer, double risk_aversion);

/* Puts limits onto the solver, or reads them. */
void mvoi_rebalancer_put_limits(mvo_rebalancer *rebalancer, const mvoi_limits *limits);
void mvoi_rebalancer_read_limits(mvoi_limits *limits, const mvo_rebalancer *rebalancer);

/* What moving from the holdings to w costs once: trading, ladders, impact and pools. Without borrowing. */
double mvoi_rebalancer_cost(const mvo_rebalancer *rebalancer, const double *w);

/* The objective of mvo.h at w, as a maximisation, with what moving there costs. */
double mvoi_rebalancer_worth(mvo_rebalancer *rebalancer, const double *w);

/* Whether the holdings break a limit that holds in this tick, beyond rounding. */
int mvoi_rebalancer_breaks(const mvo_rebalancer *rebalancer);

/* Share of the trades to be made now, 0 to wait; asked where there is something to trade. */
double mvoi_rebalancer_guard(mvo_rebalancer *rebalancer);

#endif
