/* SPDX-License-Identifier: MIT */
/*
 * Path following: a parametric active-set method, the critical line generalised.
 *
 * The linear term and the limits move linearly with a parameter tau. Between events the solution is linear in tau; at
 * an event exactly one element (a weight or a row) reaches the end of its range: a free one meets a limit and is held,
 * or a held one's multiplier reaches zero and it is freed. Where the change alone would make the KKT matrix singular
 * a second element is found by a ride at constant tau - along the multipliers for a dependent limit, along a direction
 * without curvature for a freed one - and both change at once. Getting stuck in a ride is the proof of infeasibility
 * or the ray of unboundedness.
 *
 * Weights and multipliers of the working set are derived anew from (working set, tau) at each event, those of all other
 * elements at each event or, on a frontier, every few: nothing drifts.
 *
 * Sources: Best (1996); Ferreau, Bock & Diehl (2008); Markowitz (1956); Harris (1973) for the ratio test.
 */
#ifndef MVO_QP_PATH_H
#define MVO_QP_PATH_H

#include "qp/kkt.h"
#include "qp/scaled.h"
#include "qp/watch.h"

/* A free weight without a finite limit, held for the time being: its multiplier must return to zero. */
enum { MVOI_HELD = 2 };

typedef struct mvoi_path mvoi_path;

/* Called for each piece of the path: the state at path->tau is known, and linear up to `next`. A nonzero answer stops
   the path there, or at path->stop if the visitor sets it to a parameter between the two. */
typedef int (*mvoi_path_visit)(void *user, mvoi_path *path, double next);

/* Asked before a proof is believed: nonzero if the ray or the Farkas vector in response_p, response_q holds for the
   true problem. */
typedef int (*mvoi_path_believe)(void *user, const mvoi_path *path, mvo_outcome verdict);

struct mvoi_path {
    mvoi_scaled *scaled;
    const mvoi_kernels *kernels;
    mvoi_kkt kkt;
    mvoi_watch *watch;
    size_t n, m;
    int32_t *side;  /* n + m: MVOI_LOWER, MVOI_FREE, MVOI_UPPER or MVOI_HELD */
    double *sign;   /* n + m: the side of a held element that may be freed, 0 for all others */
    size_t loose_count; /* weights under MVOI_HELD */
    double tau;
    double *p, *dp; /* n + m: weights and row activities; their derivatives with respect to tau */
    double *q, *dq; /* n + m: their multipliers z and y, likewise */
    double *held0, *held1; /* n: Sigma times the held weights is held0 + tau held1 */
    double *row0, *row1;   /* m: A times the held weights, likewise */
    double *loose;         /* n: a weight under MVOI_HELD has |z| <= tau loose */
    double *response_p, *response_q; /* n + m: the last ride; after a verdict its proof */
    double *rhs0, *rhs1, *solution0, *solution1, *column0, *column1, *u0, *u1; /* capacity of kkt */
    double *value0, *value1;  /* n: packed values of the free weights */
    int32_t *index;           /* n + m */
    double *candidate_step, *candidate_rate; /* 2 (n + m) */
    int32_t *candidate;                      /* 2 (n + m): element * 2 + (1 for the upper side) */
    unsigned char *skip;      /* n + m: elements set aside because a proof that began with them did not hold */
    int32_t *dropped;
    int64_t pivots;
    int64_t pivot_limit;
    size_t held_changes;      /* updates of held0 .. row1 since they were made anew */
    size_t held_terms;        /* held weights with a nonzero value: what held0 .. row1 are made of */
    int near;                 /* p, q and their derivatives are nearly those of the working set, but for rounding */
    int carried, carry_most;  /* pieces since the multipliers of held weights were made anew; how many there may be */
    double size_p, size_dp, size_dq, size_gradient; /* largest activities, rates and gradient terms, when they were */
    double carried_from;      /* |tau| when they were */
    int at_event;             /* for a visitor: an event ends the piece; otherwise it goes on with the same working set */
    double still;             /* a derivative of a weight up to this is rounding; 0 where the sizes alone tell */
    int exact;                /* states are refined with residuals in twice the precision: the gradients leave little of what moves them */
    double rounding;          /* what happens on the last part of the way, this much of it, does not happen any more */
    int to_the_end;           /* that is of the way ahead: what happens near the end counts, however far from it the path began */
    double harris;            /* relative slack of the ratio test */
    uint64_t random;
    /* piecewise-linear costs (see kinks.h) */
    double cost_value, cost_rate;  /* costs are multiplied by cost_value + tau cost_rate */
    double *width0, *width1;       /* n: the far end of a held weight's multiplier is width0 + tau width1, before what
                                      absolute rows add; infinite at a bound */
    int32_t *begun;                /* n: the segment it began in: breakpoints below move by shift_below, others by _above */
    double *shift_below, *shift_above; /* n */
    double *bound_below, *bound_above; /* n: how its bounds move */
    double stop;              /* see mvoi_path_visit */
    int negative_curvature;   /* met in a ride: the covariance is not semidefinite */
    int set_aside;            /* how many elements are in skip */
    mvoi_path_believe believe;
    void *believe_user;
    void *memory;
};

/* Workspace; 0 when out of memory (nothing is left behind). `capacity` bounds the order of the KKT matrix,
   `room` is that for which it has memory (mvoi_kkt_new). */
int mvoi_path_new(mvoi_path *path, mvo_context *context, mvoi_scaled *scaled, size_t capacity, size_t room,
                  const mvoi_kernels *kernels, mvoi_watch *watch);
void mvoi_path_free(mvoi_path *path, mvo_context *context);

/* Empties the working set: weights at their finite limit nearest zero, rows inactive. */
void mvoi_path_start_cold(mvoi_path *path);

/* Takes over a working set (sides of n + m elements, MVOI_FREE for free weights and inactive rows). Dependent members
   are left out. */
void mvoi_path_start_from(mvoi_path *path, const int32_t *side);

/* Shifts whatever the present working set violates, so that it is optimal at tau = 1, and sets tau to 1. With `ramp`
   ties are broken as well. Rates of limits and linear term are overwritten. */
void mvoi_path_shift(mvoi_path *path, int ramp);

/* Follows the path from path->tau to `end`. MVO_OPTIMAL: arrived (or stopped by the visitor); other outcomes say why
   not. `visit` may be NULL. */
mvo_outcome mvoi_path_follow(mvoi_path *path, double end, mvoi_path_visit visit, void *user);

/* The rates or limits of element e have been set after its side: makes what hangs on them. */
void mvoi_path_note(mvoi_path *path, size_t e);

/* Where the next event lies on the way from path->tau to `end`; `end` if there is none. The state must be at hand. */
double mvoi_path_peek(mvoi_path *path, double end);

/* The next number of the path's own generator (fixed seed). */
uint64_t mvoi_path_random(mvoi_path *path);

/* Makes the state (p, q and derivatives) of the working set at path->tau anew. 0 if the KKT matrix resists. */
int mvoi_path_state(mvoi_path *path);

/* The same at another tau, which the working set must reach without an event. */
int mvoi_path_state_at(mvoi_path *path, double tau);

/* Refines p and q at path->tau with gradient residuals in twice the precision. */
void mvoi_path_polish(mvoi_path *path);

/* At an optimum: whether an element held with a zero multiplier can move freely, so that other optima exist. Looks at a
   few such elements only. */
int mvoi_path_not_unique(mvoi_path *path);

#endif
