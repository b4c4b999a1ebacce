/* SPDX-License-Identifier: MIT */
/*
 * A simplex method for sums of hinges,
 *
 *     minimise    e a + sum_s cap_s max(0, h_s'w - e a)       over w (n) and, where e = 1, the number a
 *     subject to  row_lower <= A w <= row_upper,  lower <= w <= upper
 *
 * which is the linear programme of Rockafellar & Uryasev (2000) with its S auxiliary variables and S rows left implicit:
 * a vertex is held by n + 1 active things - bounds, rows and hinges that stand exactly at their kink - and X, the inverse
 * of their matrix, holds the edges that leave it. Only coordinates off their bounds have rows in X, so that a step costs
 * (free weights) x (n + 1) beside one product of the hinges with the direction. An edge is followed through as many
 * kinks as make it steeper but still descending (long steps). In the dual these are the n + 1 rows and S bounded columns
 * in which bounds are flipped. Sources: Barrodale & Roberts (1973); Fourer (1985); Goldfarb & Reid (1977) for the norms.
 *
 * Hinges wait outside (see band.c) until the method needs them: those that are not here count as zero.
 */
#ifndef MVO_TAIL_HINGE_H
#define MVO_TAIL_HINGE_H

#include "core/core.h"
#include "linalg/kernels.h"

enum { MVOI_OUT = 0, MVOI_IN = 1, MVOI_ACTIVE = 2 }; /* of a hinge: zero, positive, at its kink */

typedef struct mvoi_kink {
    double step, rise, rate; /* where on the edge, how much steeper it gets, how fast its quantity moves */
    int32_t id;
    int32_t side; /* of a bound or row: the limit that is met */
} mvoi_kink;

/* Ids: j < size the bound of coordinate j, size + i row i, size + m + slot a hinge. Coordinate n is a. */
typedef struct mvoi_hinge {
    const mvoi_kernels *kernels;
    mvo_context *context;
    size_t n, m, size;     /* size = n + 1 */
    double level;          /* e */
    double scale;          /* largest |h|: what tolerances are relative to */
    double *lower, *upper; /* size */
    double *rows;          /* m rows of n and a zero, leading dimension ld_rows */
    size_t ld_rows;
    double *row_lower, *row_upper; /* m */
    double *row_scale;             /* m: largest coefficient, 1 where there is none */

    double *x;          /* size */
    double *activity;   /* m: Aw */
    double *gradient;   /* size: of what is linear here; hinges and rows at a kink left out */
    size_t k;           /* coordinates off their bounds */
    int32_t *free;      /* k of them */
    int32_t *place;     /* size: index in `free`, or -1 */
    int32_t *active;    /* size: the id held by each position */
    int32_t *position;  /* size + m: where an id is held, or -1 */
    int8_t *side;       /* size + m: -1 at the lower, 1 at the upper limit, 0 held at a value between */
    int8_t *row_state;  /* m: -1 below, 1 above its limits, 0 within */
    double *row_speed;  /* m: workspace */
    double *X;          /* k-by-size: column p is the edge along which what position p holds grows by 1 */
    size_t ld_X;
    double *norm;       /* size: squared lengths of the edges */
    double *slope;      /* size: gradient'X_p */
    double *least, *most; /* size: restore.c, what the slopes may be */
    double *row, *edge, *coefficient; /* size each: workspace */
    int32_t *columns;   /* size: workspace */
    double *values;     /* size: workspace */

    size_t slots, capacity; /* hinges here, and room for them */
    size_t watched;     /* restore.c: the first so many are looked at */
    double *H;          /* capacity-by-size, column-major: h_s of slot s is row s, then -1 for a (which is 0 where e is) */
    size_t ld_H;
    double *h;          /* the same by rows, leading dimension ld_h */
    size_t ld_h;
    double *cap;        /* capacity */
    double *t;          /* capacity: h_s'w - e a */
    double *speed;      /* capacity: workspace */
    double *toward;     /* capacity: workspace, 1 for hinges that are out, -1 in, 0 at the kink */
    int32_t *slot_list; /* capacity: workspace */
    int8_t *status;     /* capacity */
    mvoi_kink *kinks;   /* capacity + 3 size + 2 m + 1 */

    double *ray;        /* size: the edge without end that descend met */
    int costly;         /* hinges count (1), or only feasibility does (0) */
    double penalty;     /* of what a row is outside its limits by, in units of its scale; infinite once all are kept */
    int64_t pivots, refactorisations;
    int64_t standing;   /* steps of length zero since the last other one */
} mvoi_hinge;

/* Room for n weights, m rows, `capacity` hinges. 0 without memory; mvoi_hinge_free gives all back either way. */
int mvoi_hinge_new(mvoi_hinge *g, mvo_context *context, size_t n, size_t m, size_t capacity);
void mvoi_hinge_free(mvoi_hinge *g);

/* The slack vertex: every weight at the bound nearest to 0, a at 0. */
void mvoi_hinge_start(mvoi_hinge *g);

/* Numbers of size (see mvo_hinge above) that the matrix row of an id has along every edge. */
void mvoi_hinge_row(mvoi_hinge *g, int32_t id, double *row);

/* Coordinate j of the bound at position p gets its row in X. */
void mvoi_hinge_release_bound(mvoi_hinge *g, size_t p);

/* Back: position p holds the bound of the coordinate that was released last. */
void mvoi_hinge_hold_bound(mvoi_hinge *g, size_t j);

/* What position p holds gives way to `id`, whose row is `row`. */
void mvoi_hinge_pivot(mvoi_hinge *g, size_t p, int32_t id, const double *row);

/* The same, but for the lengths of the edges; and these from the edges. */
void mvoi_hinge_exchange(mvoi_hinge *g, size_t p, int32_t id, const double *row);
void mvoi_hinge_lengths(mvoi_hinge *g);

/* X, x, t, activities, statuses and gradient made anew from what is active. */
void mvoi_hinge_refactor(mvoi_hinge *g);

/* t of every hinge from x. */
void mvoi_hinge_measure(mvoi_hinge *g);

/* t, activities, statuses and gradient from x. */
void mvoi_hinge_refresh(mvoi_hinge *g);

/* gradient += factor times the matrix row of an id. */
void mvoi_hinge_push(mvoi_hinge *g, int32_t id, double factor);

/* Slopes from the gradient. */
void mvoi_hinge_price(mvoi_hinge *g);

/* Steps until no edge descends: MVO_OPTIMAL; MVO_UNBOUNDED if one has no end; MVO_NUMERICAL at the limit of pivots. */
mvo_outcome mvoi_hinge_descend(mvoi_hinge *g);

/* How fast rows and the first `slots` hinges move along the edge, which is in g->edge, one number for each free coordinate. */
void mvoi_hinge_speeds(mvoi_hinge *g, size_t slots);

/* The point, its rows and the hinges that are watched go a step along the edge of position q. */
void mvoi_hinge_shift(mvoi_hinge *g, size_t q, double step);

/*
 * From multipliers that are right to the optimum (restore.c), the hinges not watched staying as they are: MVO_OPTIMAL;
 * MVO_INFEASIBLE; MVO_NUMERICAL after too many steps. Lengths of edges are not kept up.
 */
mvo_outcome mvoi_hinge_restore(mvoi_hinge *g);

/* Whether all rows are kept within rounding. */
int mvoi_hinge_feasible(const mvoi_hinge *g);

#endif
