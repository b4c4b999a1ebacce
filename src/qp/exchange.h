/* SPDX-License-Identifier: MIT */
/*
 * Principal pivoting on responses: the method for problems so small that every other one waits for its own set-up.
 *
 * An element is a weight or a row. The basis S holds the free weights and the active rows; x are the weights and the
 * multipliers with their sign turned, for which K = [Sigma A'; A 0] is symmetric and stationarity reads K x + (c, -limit) = 0
 * over S. For each s in S a column says how everything responds to a residual of one at s,
 *
 *     over S: K_SS^-1 e_s,    over the others: K_NS K_SS^-1 e_s,
 *
 * so that to solve for a working set is one product, what a change of the basis does to all weights, gradients, activities
 * and multipliers is one column, and the change itself is one rank-1 update: no triangle, whose solution is a chain of
 * roundings each waiting for the last. Of the elements outside S no columns are kept; one is made when it is to enter.
 *
 * The element that is farthest from where it may be, measured in risk, is exchanged: it enters, leaves, or goes to its other
 * limit. Nothing guarantees an end, so exchanges are counted, and what does not settle is left to the other methods.
 * Sources: Beaton (1964) for the sweep operator; Keller (1973) and Cottle & Dantzig (1968) for principal pivoting.
 */
#ifndef MVO_QP_EXCHANGE_H
#define MVO_QP_EXCHANGE_H

#include "qp/problem.h"
#include "qp/watch.h"

/* Most weights and rows together; beyond that a product over all of them costs more than it saves. */
enum { MVOI_EXCHANGE_MOST = 192 };

typedef struct mvoi_exchange {
    const mvoi_kernels *kernels;
    mvoi_watch *watch;
    mvo_outcome stopped; /* how the last solve was ended by the watch; MVO_OPTIMAL if it was not */
    void *memory;
    size_t n, m, most;   /* m: most rows; most: n + m */
    size_t size, padded; /* n + rows of the present problem; a multiple of 8, what is beyond is zero and never wrong */

    /* the basis, a column of responses for each element of it */
    size_t count, ld;
    int32_t *basis, *slot; /* most each; slot: -1 outside */
    double *responses;     /* ld-by-most */

    /* By element. `value`: a free weight, an active row's -y; outside the basis a weight's reduced gradient and a row's
       activity. Where it may be, and what an excess is multiplied with to be risk; `side` of the n weights, then of the rows. */
    double *value, *low, *high, *weight;
    int32_t *side;
    double *outside;  /* 0 for elements of the basis, else 1 */
    size_t aside_count;
    int32_t *aside;   /* elements that cannot be exchanged for the time being */

    double *w;        /* n */
    double *product;  /* n: Sigma w */
    double *gradient; /* n and rows: reduced gradients and activities where the last finish found them */

    /* what follows from the matrices alone */
    int unfit;                    /* a weight has no variance to speak of: this method cannot */
    int measured;
    double *matrix;               /* ld-by-most: K */
    double *deviation, *inverse;  /* n: sqrt(Sigma_jj), and one over it */
    double *row_risk;             /* m: the risk that one unit of a row's activity stands for */

    /* what follows from the limits of the weights alone: where a cold start begins */
    int seen, started;  /* seen_lower and seen_upper are those that the intervals are made of, the others belong to them */
    size_t start_count; /* weights that are not zero there */
    int crowded;        /* most weights are thought to enter */
    int waits;          /* the last solve was left to others for that, who may fail */
    double *seen_lower, *seen_upper, *start_w, *start_low, *start_high, *start_weight; /* n each */
    int32_t *start_side;

    double *column, *factor, *excess, *zero; /* scratch */
    double *product_low, *total, *rest, *packed, *row_high, *row_low;
    int32_t *index, *rows, *found;
} mvoi_exchange;

/* Workspace for n weights and at most m rows; NULL when out of memory. */
mvoi_exchange *mvoi_exchange_new(mvo_context *context, size_t n, size_t m, const mvoi_kernels *kernels, mvoi_watch *watch);
void mvoi_exchange_free(mvo_context *context, mvoi_exchange *exchange);

/* Whether a problem is for this method: dense, without costs, small. */
int mvoi_exchange_suits(const mvoi_problem *problem);

/* The covariance or a coefficient is another one. NULL does nothing. */
void mvoi_exchange_forget(mvoi_exchange *exchange);

/*
 * Solves from nothing. Returns 1 if the point then obeys every limit and every sign; `product` (n) receives Sigma w with twice
 * the precision. 0: nothing was found; the point is as it was, or, after a stop, where exchanges stood. *pivots grows.
 * `last`: others have failed; without it a problem that they are faster with waits for that.
 */
int mvoi_exchange_solve(mvoi_exchange *exchange, const mvoi_problem *problem, mvoi_point *point, int last, int64_t *pivots,
                        double *product);

/* A pivot below this part of its own variance, or of what the free weights could do for a row, counts as none. */
#define MVOI_EXCHANGE_PIVOT 1e-11
#define MVOI_EXCHANGE_ROW_PIVOT 1e-10

/* Of the largest excess so far: below that it is worth finding out how large rounding is. */
#define MVOI_EXCHANGE_SMALL 1e-6

/* The first element that is clearly where it may not be; there is one. */
size_t mvoi_exchange_first(const mvoi_exchange *exchange, double largest);

/* ---- exchange.c: the basis */

/* Empties it. */
void mvoi_exchange_empty(mvoi_exchange *exchange);

/* `column` becomes the response of everything to one unit of element e, which is outside the basis. */
void mvoi_exchange_respond(mvoi_exchange *exchange, size_t e);

/* Element e, whose response is in `column`, enters the basis with residual `residual`, which becomes zero; its value is
   `base` and what that takes. */
void mvoi_exchange_enter(mvoi_exchange *exchange, size_t e, double residual, double base);

/* Element e leaves the basis and moves by `move`; its value becomes its residual. */
void mvoi_exchange_leave(mvoi_exchange *exchange, size_t e, double move);

/* ---- exchange_rules.c: what becomes of an element */

/* Where the value of element e may be, by its side. */
void mvoi_exchange_set_interval(mvoi_exchange *exchange, const mvoi_problem *problem, size_t e);

/* The limit of element e, or of the row, that its side names. */
double mvoi_exchange_limit(const mvoi_exchange *exchange, const mvoi_problem *problem, size_t e);

/* Element e enters if there is variance, or reach of a row, left for it; 0 if not. Its side is set. */
int mvoi_exchange_admit(mvoi_exchange *exchange, const mvoi_problem *problem, size_t e);

/* Element e, which is where it may not be, is exchanged or goes to its other limit. 0: it cannot for the time being; -1: this
   method cannot go on. */
int mvoi_exchange_move(mvoi_exchange *exchange, const mvoi_problem *problem, size_t e);

#endif
