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
    size_t grow_least;   /* from how many assets on a working set is grown; fewer where a test wants to see it */
    mvoi_inverse inverse;
    int known;           /* the inverse is that of `side` */
    int64_t changes;     /* of it since it was made */
    int measured;        /* what follows is of the present matrices */
    double *deviation;   /* n: sqrt(Sigma_jj), or more where that is nearly nothing */
    double *per_risk;    /* n: one over it */
    double *row_risk;    /* m: the risk that one unit of a row's activity stands for */
    double *row_weight;  /* m: what an excess of its multiplier is multiplied with (see `weight`) */

    int32_t *side;       /* n, then the rows */
    double *w;           /* n */
    double *sign;        /* n: the side of held weights that may be freed, else 0 */
    double *held, *held_low;           /* n: Sigma times the held weights, in twice the precision */
    double *held_rows, *held_rows_low; /* m: A times them */
    double held_size;                  /* the sum of deviation times held weight */
    double *seen_lower, *seen_upper;   /* n: the limits that these are made of */
    int64_t moves;                     /* of held weights since the sums were made anew */
    int rough;                         /* while a working set grows the sums are plain ones */
    int crowded;                       /* one was given up because most weights want to enter */
    int same_limits;                   /* of the weights, as in the last solve, and the places are of them */

    double *product, *z;               /* n */
    double *activity;                  /* m */
    /* by place in the inverse: weights and -y; where they may be, and what an excess is multiplied with to be worth a change
       where it is more than the size of the weights; scratch */
    double *x, *lower, *upper, *weight;
    double *total, *rhs, *high, *low, *correction, *excess;

    /* The held weights most likely to enter, and their columns of Sigma and A over the elements, by place in the inverse: what
       is wrong with them shows without a sweep over all assets. A guess of who that is: the sweep that ends a solve looks at all. */
    int near_known;
    int64_t near_age;    /* solves since they were chosen */
    size_t near_count;
    double near_reach;   /* of the gradients in risk, beside the risk of the weights, that is called near */
    int32_t *near_asset; /* MVOI_TICK_NEAR */
    double *near_packed, *near_value; /* ld_near by the places; ld_near */

    double *values, *row_values;
    int32_t *assets, *places, *active, *index; /* of the free weights and the active rows */
    size_t free_count, active_count;
    int in_vain;         /* partners that did not help */
    int beyond;          /* the last correction left something beyond a limit */
    int listed, taken;   /* these are of the present elements; w and values are x */
    double size;         /* sum of deviation times weight, where they are */
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

/*
 * A cold solve: the working set grows from nothing, the most wrong of the held weights entering together, about as many as there
 * are already, and leaving again one by one. A sweep tells who enters next, and there are few of these while the working set is
 * small, where they cost little. Returns 1 if `point` has the sides, and the tick the inverse, of a working set in which nothing
 * is wrong, for mvoi_tick_solve to end with; 0 if that does not come about (as above after a stop).
 */
int mvoi_tick_grow(mvoi_tick *tick, const mvoi_problem *problem, mvoi_point *point, int64_t *pivots);

/* ---- tick.c, for tick_solve.c */

/* Beside the terms they are made of: what a gradient, or a weight, may have wrong before anything is changed for it. */
#define MVOI_TICK_DUAL 1e-12
#define MVOI_TICK_PRIMAL (4.0 * DBL_EPSILON)

enum { MVOI_TICK_AGED = 200 }; /* changes of an inverse before it is made anew */

/* The least assets for which a working set is grown: below that exchanges are as fast. */
enum { MVOI_GROW_LEAST = 140 };

/* Free weights up to which a last answer says that the next one may be grown. */
enum { MVOI_GROW_MOST = 96 };

enum { MVOI_TICK_NEAR = 64 }; /* most weights that are near */

/* How many more are near where there are thousands of assets, whose sweeps take longest: so many that there is room for them. */
static inline size_t mvoi_tick_more_near(size_t n)
{
    return n / 128 < MVOI_TICK_NEAR / 2 - 8 ? n / 128 : MVOI_TICK_NEAR / 2 - 8;
}

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

/* All weights are held at lower limits of zero, no row is active. 0: lower limits are not all zero, or a weight is fixed. */
int mvoi_tick_hold_none(mvoi_tick *tick, const mvoi_problem *problem);

/* The `count` weights in `index`, held at their lower limits, go to the upper ones, as the sums have already. */
void mvoi_tick_raise(mvoi_tick *tick, const mvoi_problem *problem, size_t count);

/* The solution for the working set as it is, and where it may be. */
void mvoi_tick_point(mvoi_tick *tick, const mvoi_problem *problem);

/* A held weight enters, unless others that entered have made up for what was wrong with it. 0: it cannot. */
int mvoi_tick_free_weight(mvoi_tick *tick, const mvoi_problem *problem, size_t j);

/* The same whether or not its gradient is wrong; for one that another element needs. */
int mvoi_tick_admit_weight(mvoi_tick *tick, const mvoi_problem *problem, size_t j);

/* ---- tick_partner.c */

/*
 * Of the held weights, the one that makes up for `lack` at the least cost, were it alone; n if there is none. `response`, by
 * place, is that of the elements to what is lacking: a unit of weight j makes row[j] - (K_jS response), or, where `row` is
 * NULL, the second alone.
 */
size_t mvoi_tick_find_partner(mvoi_tick *tick, const mvoi_problem *problem, const double *response, const double *row,
                              double nothing, double lack);

/* ---- tick_solve.c */

/* Until nothing is wrong that shows without a sweep, at most `most` changes; *size: of the weights, *peak: the largest it was.
   Inequality rows missed by less than `patience`, in risk, are left for later. 0: it does not end, or cannot go on. */
int mvoi_tick_settle(mvoi_tick *tick, const mvoi_problem *problem, double patience, int64_t *pivots, int64_t most, double *size,
                     double *peak);

/* Sigma w and the reduced gradients; returns how many held weights have one of the wrong sign, listed in `index`, and of `listed` ones
   how many of them by more than rounding. */
size_t mvoi_tick_price(mvoi_tick *tick, const mvoi_problem *problem);
size_t mvoi_tick_drop_rounding(mvoi_tick *tick, const mvoi_problem *problem, double size, size_t listed);

/* Where it was stopped: from there a feasible portfolio is made, and a bound (see deadline.c). */
void mvoi_tick_give_as_it_stands(mvoi_tick *tick, mvoi_point *point);

/* ---- tick_near.c */

/* Chooses who is near, after a solve: all gradients are known. */
void mvoi_tick_choose_near(mvoi_tick *tick, const mvoi_problem *problem, double size);

/* Who is near and has a gradient of the wrong sign, listed in `index`; returns how many. */
size_t mvoi_tick_find_near(mvoi_tick *tick, const mvoi_problem *problem, double size);

/* The element at `place` is new; it goes, the one at place `last` takes its place; weight j has become a held one. */
void mvoi_tick_near_enter(mvoi_tick *tick, const mvoi_problem *problem, size_t place);
void mvoi_tick_near_leave(mvoi_tick *tick, size_t place, size_t last);
void mvoi_tick_near_join(mvoi_tick *tick, const mvoi_problem *problem, size_t j);

/* ---- tick.c again */

/* Puts right what is at place `which`, or, from the number of elements on, inactive row which - count. 0: it cannot be. */
int mvoi_tick_put_right(mvoi_tick *tick, const mvoi_problem *problem, size_t which);

#endif
