/* SPDX-License-Identifier: MIT */
/*
 * Principal pivoting where weights have costs, over the few that are held at all. What rests at zero adds nothing to a gradient,
 * so that the table of responses (exchange.h) is kept for the rows and a list of weights: those that are free or rest elsewhere
 * than at zero, on a breakpoint or at a bound. One sweep over their columns shows which of the others should come to the list;
 * where the listed ones cannot make what is asked of them, another sweep shows who could.
 *
 * A weight that leaves its segment rests on the breakpoint there if the slope's jump can hold it, and else goes on in the next
 * segment, which changes the linear term by the jump and everything else by that much of one column; one that rests on a
 * breakpoint has a multiplier with a far end, beyond which it enters the segment on the other side. All breakpoints move
 * when holdings do, but which weights rest where is mostly as it was: the table stays that of the last answer, or, where there
 * is none, all weights begin at their holdings. What does not settle is left to the other methods.
 *
 * A row over absolute values is a row of the table whose coefficients are those of the present segments. Where a weight goes to
 * another segment and the weight or the row is outside the basis, one coefficient changes, and by that much of one line of the
 * table another; a weight in the basis rests on the breakpoint before an active row turns for it, or the row leaves and comes
 * back. While such a row is active, the far ends on its breakpoints are as far off as its multiplier makes them, and move with it.
 *
 * Under a budget of turnover even dust - holdings far smaller than the others - is better kept than sold, and that can be hundreds
 * of names. Dust is parked: it rests away from zero beside the list, and where it is better off at the other end of its segment
 * it goes there with all others of which that is so, by one response to them together.
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

    size_t absolute;  /* rows over absolute values, in the order of the segments' list */
    double *pull;     /* absolute: their multipliers, -y, as far as the far ends follow them */
    double *reach[2]; /* absolute times ld each, by element: what one unit of a pull adds to `low` and to `high` */

    double dust;         /* what is small beside the holdings */
    size_t parked_count; /* weights that rest away from zero beside the list */
    double parked_size;  /* the sum of deviation times weight over them */
    double *parked_product, *parked_activity; /* n, rows: their Sigma w and A w, if there are any */
    int32_t *parked;                          /* n; scratch, and what these weights move by */
    double *moved;

    double *w;             /* n */
    double *sign;          /* n: the side of weights that are not listed, and may be */
    double *product, *z;   /* n */
    double *seen_lower, *seen_upper; /* n: the ends that places and signs were made of */
    double *own, *high, *low, *total, *packed; /* by element; scratch */
    int32_t *index, *active, *found;
} mvoi_trade;

/* Workspace for n weights and at most m rows, of which `absolute` are over absolute values; NULL when out of memory. */
mvoi_trade *mvoi_trade_new(mvo_context *context, size_t n, size_t m, size_t absolute, const mvoi_kernels *kernels,
                           mvoi_watch *watch);
void mvoi_trade_free(mvo_context *context, mvoi_trade *trade);

/* Whether a problem is for this method: dense, with costs or rows over absolute values, with few rows. */
int mvoi_trade_suits(const mvoi_problem *problem);

/* Forgets the last answer; `matrices`: the covariance or a coefficient is another one as well. NULL does nothing. */
void mvoi_trade_forget(mvoi_trade *trade, int matrices);

/*
 * Solves, if `warm` from the working set in `point`. Returns 1 if the point then obeys every limit and every sign, weights
 * being in the segments of problem->segments; `product` (n) receives Sigma w, with twice the precision where weights are
 * free, but for what parked ones add. 0: nothing was found; point and segments are as they were, or, after a stop, where
 * exchanges stood. *pivots grows.
 */
int mvoi_trade_solve(mvoi_trade *trade, const mvoi_problem *problem, mvoi_point *point, int warm, int64_t *pivots,
                     double *product);

/* ---- trade.c: the list and its table */

/* Weight j comes to the list, outside the basis. 0: there is no room. Its value and interval are not set. */
int mvoi_trade_list(mvoi_trade *trade, const mvoi_problem *problem, size_t j);

/* Sides, places, list and table for a solve that begins. 0: it is not for this method. */
int mvoi_trade_begin(mvoi_trade *trade, const mvoi_problem *problem, const mvoi_point *point, int warm);

/* ---- trade_park.c: weights that rest away from zero beside the list */

/* Finds them, and what they make, anew. */
void mvoi_trade_park_again(mvoi_trade *trade, const mvoi_problem *problem);

/* What they make of the gradients and activities of all elements is added to `values`. */
void mvoi_trade_add_parked(const mvoi_trade *trade, double *values);

/* Weight j, beside the list with gradient z, comes to it. 0: there is no room. */
int mvoi_trade_take_up(mvoi_trade *trade, const mvoi_problem *problem, size_t j);

/* Whether weight j, beside the list with a gradient of the wrong sign, would stay at the other end of a segment that is short. */
int mvoi_trade_stays_beyond(const mvoi_trade *trade, const mvoi_problem *problem, size_t j);

/* Those of the weights in `found`, `from` to `count`, that are better off at the other end of a segment that is short go there. */
void mvoi_trade_flip(mvoi_trade *trade, const mvoi_problem *problem, size_t from, size_t count);

/* ---- trade_turn.c: rows over absolute values */

/* What the multipliers add to the far end on a breakpoint of weight j. */
double mvoi_trade_widening(const mvoi_trade *trade, const mvoi_problem *problem, size_t j, int32_t breakpoint);

/* The far end of weight j's multiplier on that side of its segment: infinite at a bound. */
static inline double mvoi_trade_width(const mvoi_trade *trade, const mvoi_problem *problem, size_t j, int32_t side)
{
    const mvoi_segments *segments = problem->segments;
    const int32_t k = mvoi_segments_breakpoint(segments, j, side);
    if (k < 0)
        return HUGE_VAL;
    const double width = segments->scale * segments->jump[segments->first[j] + (size_t)k];
    return trade->absolute ? width + mvoi_trade_widening(trade, problem, j, k) : width;
}

/* What one unit of each pull adds to the interval of weight e, which rests on that side; MVOI_FREE: nothing. */
void mvoi_trade_set_reach(mvoi_trade *trade, const mvoi_problem *problem, size_t e, int32_t side);

/* The pulls are those of the present values: for intervals that are set from now on, or also for those that are. */
void mvoi_trade_read_pulls(mvoi_trade *trade, const mvoi_problem *problem);
void mvoi_trade_follow(mvoi_trade *trade, const mvoi_problem *problem);

/* Whether an active row turns for weight e at the end `side` of its segment. */
int mvoi_trade_turns(const mvoi_trade *trade, const mvoi_problem *problem, size_t e, int32_t side);

/* Whether weight e, in the basis and beyond that end, would have variance of its own without an active row that turns there. */
int mvoi_trade_is_moved(const mvoi_trade *trade, const mvoi_problem *problem, size_t e, int32_t side);

/* Weight e, which no active row turns for if it is in the basis, goes to the next segment; rows follow. */
void mvoi_trade_step(mvoi_trade *trade, const mvoi_problem *problem, size_t e, int32_t side);

/* The same for a weight in the basis that active rows turn for: these leave, and come back. */
void mvoi_trade_step_through(mvoi_trade *trade, const mvoi_problem *problem, size_t e, int32_t side);

/* The table gets the coefficients of the present segments. 0: it cannot, for a weight in the basis has another one. */
int mvoi_trade_read_coefficients(mvoi_trade *trade, const mvoi_problem *problem);

/* What `rate`, how something responds to weight j, would be in the next segment, given the rates of all elements; `of`: the row
   that responds, if it is one that is outside the basis. */
double mvoi_trade_rate_beyond(const mvoi_trade *trade, const mvoi_problem *problem, size_t j, double rate, const double *rates,
                              size_t of);

/* ---- trade_partner.c: who makes what is lacking */

/* What is asked of weights that rest: `lack`, of which a unit of weight makes its `rate`; rates up to `nothing` times its deviation
   are rounding. `of`: the row that lacks it, or the table's size. */
typedef struct mvoi_wanted {
    const double *rate; /* by element */
    double lack, nothing;
    size_t of;
} mvoi_wanted;

/* The listed weight that makes it at the least cost, were it alone; the table's size if there is none. One on a breakpoint may go
   either way: *beyond. */
size_t mvoi_trade_cheapest(const mvoi_trade *trade, const mvoi_problem *problem, const mvoi_wanted *wanted, int *beyond);

/* For each element aside, of which the listed weights can make nothing, the weight beside the list that makes it at the least
   cost comes to the list, gradients z being those of the present values. Returns how many come. */
size_t mvoi_trade_find_partners(mvoi_trade *trade, const mvoi_problem *problem);

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
