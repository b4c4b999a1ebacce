/* SPDX-License-Identifier: MIT */
/*
 * A rebalancer, and beside it the same portfolio kept by the test: its own stream, drift, costs and equity, and for
 * each problem solved the verifier of costly.h. Fed with returns.
 */
#ifndef SUPPORT_DESK_H
#define SUPPORT_DESK_H

#include "support/costly.h"

typedef struct desk {
    costly *c; /* limits, costs and, at each tick, the problem it should have solved */
    mvo_stream *stream;
    mvo_rebalancer *r;
    double *holdings, *carry, *mean, *borrow, *returns; /* n each; borrow: per period */
    double value, periods;
    int refused;           /* ticks on end: carry and borrowing are still to be taken for them */
    int means;             /* the stream's are used */
    mvo_covariance *given; /* what a model made of the covariance, or NULL; the caller's */
    const double *given_mean;
    const double *quadratic; /* n coefficients of impact, or NULL */
} desk;

/* Takes over `c`, whose holdings are the portfolio to begin with. EWMA of that decay, mean not taken out. */
desk *desk_new(costly *c, double decay, int32_t flags);
void desk_free(desk *d);

/* n assets, long-only, sum w = 1, held equally; costs of `rate` either way; room for `absolute` rows. */
costly *desk_rules(size_t n, double rate, size_t absolute);

/* n returns of a one-factor market. */
void desk_draw(random_stream *stream, double *returns, size_t n);

/* Ticks, and keeps the test's own portfolio by the same returns, NaN counting as none. Everything that is told is
   checked; an optimum is verified, within limits that the caller has put into `c`. */
void desk_tick(desk *d, mvo_tick *tick, const double *returns);

/* The rebalancer's holdings and equity are the test's, and its last target and trades are these (NULL: not judged). */
void desk_assert_portfolio(const desk *d, const double *target, const double *trades);

/* ------------------------------------------------------------------------------- a small desk that goes wrong */

enum { DESK_SMALL = 6 };

typedef struct portfolio {
    double holdings[DESK_SMALL], target[DESK_SMALL];
} portfolio;

portfolio desk_portfolio(const desk *d);

/* Holdings, target and trades after an outcome that changes none of them. */
void desk_assert_stands(const desk *d, const portfolio *before);

/* The last tick in words has these among them. */
void desk_assert_says(const desk *d, const char *words);

/* A desk of DESK_SMALL assets in its stride: 40 ticks with 20 periods of holding and risk aversion 20. Takes `c` over.
 */
desk *desk_running(random_stream *stream, costly *c);

/* The id of row i of the set. */
int64_t desk_row(const desk *d, size_t i);

/* One more tick, which must solve its problem. */
void desk_tick_well(desk *d, random_stream *stream);

#endif
