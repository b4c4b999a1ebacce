/* SPDX-License-Identifier: MIT */
/*
 * The efficient frontier as a path: minimise 1/2 w'Sigma w - lambda mu'w with lambda falling from infinity to zero. Where
 * there are costs, return means return net of them: minimise 1/2 w'Sigma w - lambda (mu'w - phi(w)).
 * Its pieces are linear in lambda, and on each of them, from (lambda_a, R_a, V_a) and with R' = dR/d lambda >= 0,
 *
 *     R(lambda) = R_a + (lambda - lambda_a) R'                return
 *     V(lambda) = V_a + (lambda^2 - lambda_a^2) R'            variance
 *
 * because stationarity gives w'Sigma dw = lambda mu'dw and dw'Sigma dw = mu'dw. Every question with a target is a
 * closed form on one piece.
 */
#ifndef MVO_PORTFOLIO_TRACE_H
#define MVO_PORTFOLIO_TRACE_H

#include "qp/solver.h"

typedef struct mvoi_piece {
    double from, to;        /* lambda at its beginning and end, from > to; on a ray `from` is the lower end */
    double expected_return; /* at `from` */
    double variance;        /* at `from` */
    double slope;           /* R' */
} mvoi_piece;

typedef struct mvoi_trace mvoi_trace;

/* Called for each piece, from the path's current lambda down to `to`; nonzero stops at trace->stop, which is the piece's
   beginning unless the visitor sets it. */
typedef int (*mvoi_trace_visit)(void *user, mvoi_trace *trace, double to);

struct mvoi_trace {
    mvo_solver *solver;
    const double *mu;
    double lambda;        /* where it begins */
    mvoi_piece top;       /* a state above which the working set no longer changes */
    int has_ray;          /* return is unbounded: the weights go on moving above the top */
    double nothing;       /* a lambda that is zero but for rounding */
    double stop;
    mvoi_trace_visit visit;
    void *user;
};

/* A lambda at which return clearly outweighs risk; and what, of that, is zero but for rounding. */
double mvoi_trace_generous(const mvo_solver *solver, const double *mu);
#define MVOI_TRACE_NOTHING 0x1p-46

/* Whether means lie so closely together, beside their size, that the gradients at that lambda leave little of what moves the weights. */
int mvoi_trace_is_close(const mvo_solver *solver, const double *mu, double generous);

/* Finds the top. MVO_OPTIMAL, or why there is none (infeasible, unbounded without risk, limits of the watch). The
   solver must have been asked (mvoi_solver_ask) and its watch started. */
mvo_outcome mvoi_trace_begin(mvoi_trace *trace, mvo_solver *solver, const double *mu);

/* Its two halves: the solve at a lambda at which return clearly outweighs risk, `lambda`, and from there to the top; the
   solver's last answer is that of the first then. */
mvo_outcome mvoi_trace_solve(mvoi_trace *trace, mvo_solver *solver, const double *mu);
mvo_outcome mvoi_trace_climb(mvoi_trace *trace);

/*
 * Asks what has a stop on the path - `ask` is called where mvoi_trace_begin has found the top - in as many ways as it takes: where that
 * gives MVO_NUMERICAL, again with whatever happens at nothing, if anything did; then with the path method alone.
 */
typedef mvo_outcome (*mvoi_trace_ask)(void *user, mvoi_trace *trace);
mvo_outcome mvoi_trace_question(mvoi_trace *trace, mvo_solver *solver, const double *mu, mvoi_trace_ask ask, void *user);

/* Follows the path from the top to lambda = 0, or to where the visitor stops it. */
mvo_outcome mvoi_trace_descend(mvoi_trace *trace, mvoi_trace_visit visit, void *user);

/* Makes the portfolio at `lambda` of the current piece the solver's answer, certified as a solution of
   min 1/2 w'Sigma w - lambda mu'w. */
mvo_outcome mvoi_trace_settle(mvoi_trace *trace, double lambda);

/* The piece through the settled portfolio, figures from its certificate: to see how near its lambda is to the one
   that was meant. */
mvoi_piece mvoi_trace_settled(const mvoi_trace *trace);

/* After settling above the top: the multipliers become their derivatives with respect to lambda, which are those of
   minimising -mu'w alone. */
void mvoi_trace_take_limit_multipliers(mvoi_trace *trace);

/* The current piece, down to `to`. */
mvoi_piece mvoi_trace_piece(const mvoi_trace *trace, double to);

/* The portfolio at the lower end of the current piece, as its own working set has it: weights (n, unscaled), return and
   variance. A weight about to be freed there still stands at its limit to the bit, one that has reached its limit
   likewise; so the weights of neighbouring corners differ by free weights alone. */
void mvoi_trace_corner(const mvoi_trace *trace, double to, double *weights, double *expected_return, double *variance);

/* Their derivative with respect to lambda. */
void mvoi_trace_direction(const mvoi_trace *trace, double *direction);

#endif
