/* SPDX-License-Identifier: MIT */
/*
 * Principal pivoting where weights have costs, over the few that are held at all. What rests at zero adds nothing to a gradient,
 * so that the table of responses (exchange.h) is kept for the rows and a list of weights: those that are free or rest elsewhere
 * than at zero, on a breakpoint or at a bound. One sweep over their columns shows which of the others should come to the list.
 *
 * A weight that leaves its segment rests on the breakpoint there if the slope's jump can hold it, and else goes on in the next
 * segment, which changes the linear term by the jump and everything else by that much of one column; one that rests on a
 * breakpoint has a multiplier with a far end, beyond which it enters the segment on the other side. All breakpoints move
 * when holdings do, but which weights rest where is mostly as it was: the table stays that of the last answer, or, where there
 * is none, all weights begin at their holdings. What does not settle is left to the other methods.
 */
#ifndef MVO_QP_TRADE_H
#define MVO_QP_TRADE_H

#include "qp/exchange.h"
#include "qp/segments.h"

typedef struct mvoi_trade {
    const mvoi_kernels *kernels;
    mvoi_watch *watch;
    mvo_outcome stopped; /* how the last solve was ended by the watch; MVO_OPTIMAL if it was not */
    mvoi_exchange *x;    /* the table: elements are the rows, then the listed weights; x->size of them */
    void *memory;
    size_t n, rows, most; /* rows: of the present problem; most: elements there is room for */

    int measured;    /* what follows from the matrices is of the present ones */
    int known;       /* the table is that of `seen_side` */
    int64_t changes; /* of it since it was made */
    int idle;        /* moves in a row that did not change it */
    int plain;       /* there have been so many moves that all of them are to change it */
    int32_t *asset, *place; /* most: of elements from `rows` on; n: -1 for weights that are not listed */
    int32_t *side;          /* n, then the rows; where the last solve ended, once it is known */
    int32_t *segment;       /* n: as they were when the solve began */
    double *deviation, *inverse; /* n: sqrt(Sigma_jj), and one over it */
    double *row_risk;            /* rows: the risk that one unit of a row's activity stands for */

    double *w;             /* n */
    double *sign;          /* n: the side of weights that are not listed, and may be */
    double *product, *z;   /* n */
    double *seen_lower, *seen_upper; /* n: the ends that places and signs were made of */
    double *own, *high, *low, *total, *packed; /* by element; scratch */
    int32_t *index, *active, *found;
} mvoi_trade;

/* Workspace for n weights and at most m rows; NULL when out of memory. */
mvoi_trade *mvoi_trade_new(mvo_context *context, size_t n, size_t m, const mvoi_kernels *kernels, mvoi_watch *watch);
void mvoi_trade_free(mvo_context *context, mvoi_trade *trade);

/* Whether a problem is for this method: dense, with costs but no rows over absolute values, with few rows. */
int mvoi_trade_suits(const mvoi_problem *problem);

/* Forgets the last answer; `matrices`: the covariance or a coefficient is another one as well. NULL does nothing. */
void mvoi_trade_forget(mvoi_trade *trade, int matrices);

/*
 * Solves, if `warm` from the working set in `point`. Returns 1 if the point then obeys every limit and every sign, weights
 * being in the segments of problem->segments; `product` (n) receives Sigma w, with twice the precision where weights are
 * free. 0: nothing was found; point and segments are as they were, or, after a stop, where exchanges stood. *pivots grows.
 */
int mvoi_trade_solve(mvoi_trade *trade, const mvoi_problem *problem, mvoi_point *point, int warm, int64_t *pivots,
                     double *product);

/* ---- trade.c: the list and its table */

/* Weight j comes to the list, outside the basis. 0: there is no room. Its value and interval are not set. */
int mvoi_trade_list(mvoi_trade *trade, const mvoi_problem *problem, size_t j);

/* Sides, places, list and table for a solve that begins. 0: it is not for this method. */
int mvoi_trade_begin(mvoi_trade *trade, const mvoi_problem *problem, const mvoi_point *point, int warm);

/* ---- trade_rules.c: what becomes of an element */

/* Where the value of element e may be, by its side. */
void mvoi_trade_set_interval(mvoi_trade *trade, const mvoi_problem *problem, size_t e);

/* The limit of row e that its side names; the end of its segment at which weight j rests on that side. */
double mvoi_trade_row_limit(const mvoi_trade *trade, const mvoi_problem *problem, size_t e);
double mvoi_trade_end(const mvoi_problem *problem, size_t j, int32_t side);

/* Whether element e, whose response is in the table's `column`, is something of its own beside the basis. */
int mvoi_trade_is_new(const mvoi_trade *trade, const mvoi_problem *problem, size_t e);

/* Element e, which is where it may not be, is exchanged, or goes elsewhere outside or within its basis. 0: it cannot for the time
   being; -1: this method cannot go on. */
int mvoi_trade_move(mvoi_trade *trade, const mvoi_problem *problem, size_t e);

#endif
