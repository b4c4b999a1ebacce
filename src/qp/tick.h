/* SPDX-License-Identifier: MIT */
/*
 * The next answer from the last one, where little has changed in between: the linear term and the limits may be others, the
 * matrices are the same. What the last working set makes of them is one product with the inverse of its packed KKT matrix; what is
 * then beyond a limit leaves, one by one, each a rank-1 update; one sweep over the columns of the free weights shows who
 * should enter. Two such rounds are usual. Where more is wrong than that, or a matrix is nearly singular, it is left to
 * block pivoting. Sources: as in exchange.h, whose rules these are; Ferreau, Bock & Diehl (2008) for what a tick is.
 */
#ifndef MVO_QP_TICK_H
#define MVO_QP_TICK_H

#include "qp/inverse.h"
#include "qp/watch.h"

#include <float.h>

typedef struct mvoi_tick {
    const mvoi_kernels *kernels;
    mvoi_watch *watch;
    mvo_outcome stopped; /* how the last solve was ended by the watch; MVO_OPTIMAL if it was not */
    void *memory;
    size_t n, m, rows;   /* m: most rows; rows: those of the present problem */
    mvoi_inverse inverse;
    int known;           /* the inverse is that of `side` */
    int64_t changes;     /* of it since it was made */
    int measured;        /* what follows is of the present matrices */
    double *deviation;   /* n: sqrt(Sigma_jj), or more where that is nearly nothing */
    double *row_risk;    /* m: the risk that one unit of a row's activity stands for */

    int32_t *side;       /* n, then the rows */
    double *w;           /* n */
    double *sign;        /* n: the side of held weights that may be freed, else 0 */
    double *held, *held_low;           /* n: Sigma times the held weights, in twice the precision */
    double *held_rows, *held_rows_low; /* m: A times them */
    double held_size;                  /* the sum of deviation times held weight */
    double *seen_lower, *seen_upper;   /* n: the limits that these are made of */
    int64_t moves;                     /* of held weights since the sums were made anew */

    double *product, *z;               /* n */
    double *activity;                  /* m */
    /* by place in the inverse: weights and -y; where they may be, and what an excess is multiplied with to be worth a change
       where it is more than the size of the weights; scratch */
    double *x, *lower, *upper, *weight;
    double *total, *rhs, *high, *low, *correction, *excess;

    double *values, *row_values;
    int32_t *assets, *places, *active, *index; /* of the free weights and the active rows */
    size_t free_count, active_count;
} mvoi_tick;

/* Workspace for n weights and at most m rows; NULL when out of memory. */
mvoi_tick *mvoi_tick_new(mvo_context *context, size_t n, size_t m, const mvoi_kernels *kernels, mvoi_watch *watch);
void mvoi_tick_free(mvo_context *context, mvoi_tick *tick);

/* Whether a problem is for this method: dense, without costs, with few rows. */
int mvoi_tick_suits(const mvoi_problem *problem);

/* Forgets the working set; `matrices`: the covariance or a coefficient is another one as well. NULL does nothing. */
void mvoi_tick_forget(mvoi_tick *tick, int matrices);

/* The inverse has been led to the working set `side` (n weights, then the rows of `problem`) by others, in `changes` changes. */
void mvoi_tick_adopt(mvoi_tick *tick, const mvoi_problem *problem, const int32_t *side, int64_t changes);

/*
 * Solves from the working set in `point`. Returns 1 if the point then obeys every limit and every sign; `product` (n)
 * receives Sigma w, with twice the precision where weights are free. 0: nothing was found; the
 * point is as it was, or, after a stop, where changes stood. *pivots grows.
 */
int mvoi_tick_solve(mvoi_tick *tick, const mvoi_problem *problem, mvoi_point *point, int64_t *pivots, double *product);

/* ---- tick.c, for tick_solve.c */

/* Beside the terms they are made of: what a gradient, or a weight, may have wrong before anything is changed for it. */
#define MVOI_TICK_DUAL 1e-12
#define MVOI_TICK_PRIMAL (4.0 * DBL_EPSILON)

enum { MVOI_TICK_AGED = 200 }; /* changes of an inverse before it is made anew */

/* Knows the matrices of `problem`. 0 if there is no variance. */
int mvoi_tick_ready(mvoi_tick *tick, const mvoi_problem *problem);

/* The limit of element e that its side names. */
double mvoi_tick_limit(const mvoi_tick *tick, const mvoi_problem *problem, size_t e);

/* Lists the free weights and the active rows. */
void mvoi_tick_list(mvoi_tick *tick);

/* Whether the inverse is that of the working set in `point`; makes it so. 0 if that cannot be. */
int mvoi_tick_holds(const mvoi_tick *tick, const mvoi_point *point);
int mvoi_tick_install(mvoi_tick *tick, const mvoi_problem *problem, const mvoi_point *point);

/* The weights held, at the limits there are now, and the sums over them. 0: a limit is missing, or limits cross. */
int mvoi_tick_hold_all(mvoi_tick *tick, const mvoi_problem *problem);
void mvoi_tick_forget_sums(mvoi_tick *tick);

/* The solution for the working set as it is, and where it may be. */
void mvoi_tick_point(mvoi_tick *tick, const mvoi_problem *problem);

/* A held weight enters, unless others that entered have made up for what was wrong with it. 0: it cannot. */
int mvoi_tick_free_weight(mvoi_tick *tick, const mvoi_problem *problem, size_t j);

/* Puts right what is at place `which`, or, from the number of elements on, inactive row which - count. 0: it cannot be. */
int mvoi_tick_put_right(mvoi_tick *tick, const mvoi_problem *problem, size_t which);

#endif
