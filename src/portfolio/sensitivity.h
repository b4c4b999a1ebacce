/* SPDX-License-Identifier: MIT */
/*
 * The answer of a solver seen from nearby. With F the free weights, H those held and W the active rows, the optimum moves by
 *
 *     [ Sigma_FF  A_WF' ] [  dw_F ]   [ -dq_F - Sigma_FH dw_H ]
 *     [ A_WF      0     ] [ -dy_W ] = [ dlimit_W - A_WH dw_H  ] ,    dq = dc + dSigma w,
 *
 * as long as the working set stays. Where it need not stay (a held limit without multiplier, a free weight at the end of its
 * range) the move solves a quadratic programme over the critical cone (Robinson 1980; Fiacco 1983).
 */
#ifndef MVO_PORTFOLIO_SENSITIVITY_H
#define MVO_PORTFOLIO_SENSITIVITY_H

#include "qp/kkt.h"
#include "qp/solver.h"

/* Ways in which an element of the critical cone may move relative to its limit; strongly held ones in neither. */
enum { MVOI_DOWN = 1, MVOI_UP = 2 };

/* A weight on a breakpoint of its cost does not move with bounds; where its bound lies there too it has a multiplier. */
enum { MVOI_NO_BREAKPOINT, MVOI_ON_BREAKPOINT, MVOI_BOUND_ON_BREAKPOINT };

struct mvo_sensitivity {
    mvo_context *context; /* holds a reference; may be NULL */
    atomic_size_t references;
    mvo_covariance *covariance; /* holds a reference */
    size_t n, m, told;          /* m rows, of which the caller knows the first `told` (the other is a target) */
    double scale;               /* of that question's objective: its risk aversion */
    double *w, *z, *linear;     /* n each: the answer, its multipliers and the linear term, unscaled by `scale` */
    double *y;                  /* m */
    double *rows;               /* m-by-n, row after row */
    double *unit;               /* n + m: what scales the KKT matrix on both sides */
    int32_t *side, *may;        /* n + m each: sides of the working set; MVOI_DOWN | MVOI_UP */
    int32_t *breakpoint;        /* n: whether a weight rests on one, as above */
    mvoi_kkt kkt;               /* of the working set, scaled; read-only once made */
    int32_t degenerate;
};

/* Fills what `made` knows of its solver's answer: who may move which way. */
void mvoi_sensitivity_read_cone(mvo_sensitivity *made, const mvo_solver *solver, const double *gradient);

/* The move on the critical cone by a solver of its own. q (n), limits (m) and bounds (n) are directions; w (n), y (m) and
   z (n) receive the move. */
mvo_status mvoi_sensitivity_cone(double *w, double *y, double *z, const mvo_sensitivity *sensitivity, const double *q,
                                 const double *limits, const double *bounds, mvo_error *error);

#endif
