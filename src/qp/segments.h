/* SPDX-License-Identifier: MIT */
/*
 * Piecewise-linear costs, seen segment by segment. Each weight stands in one segment of its cost, between two
 * neighbouring breakpoints; there the problem is an ordinary quadratic programme, whose bounds are the segment's ends and
 * whose linear term has the segment's slope. The methods work on that programme. What is new to them is that an end may be
 * a breakpoint instead of a bound: a weight resting there has a multiplier with a far end of its range too, the jump of
 * the slope, and beyond it stands in the neighbouring segment.
 *
 * A row over absolute values (turnover, gross exposure) is a row whose coefficients depend on the segments in the same
 * way, and whose multiplier widens the jump at the breakpoint its absolute values are taken around.
 */
#ifndef MVO_QP_SEGMENTS_H
#define MVO_QP_SEGMENTS_H

#include "constraints/constraints.h"

#include <math.h>

/* A row over absolute values. */
typedef struct mvoi_absolute {
    size_t row;                 /* its place among the rows */
    int32_t around;             /* MVO_AROUND_ZERO or MVO_AROUND_HOLDINGS */
    double above, below;
    const double *coefficients; /* n, none negative */
    const double *rates_above, *rates_below; /* n each, in place of above and below; NULL for none */
} mvoi_absolute;

/* The slope of weight j's part of a row right of what its absolute value is taken around, and the negative of that left of
   it: the sum of the two is not negative. */
static inline double mvoi_absolute_above(const mvoi_absolute *row, size_t j)
{
    return (row->rates_above ? row->rates_above[j] : row->above) * row->coefficients[j];
}

static inline double mvoi_absolute_below(const mvoi_absolute *row, size_t j)
{
    return (row->rates_below ? row->rates_below[j] : row->below) * row->coefficients[j];
}

/* What weight j adds to a row, standing `away` from there. */
static inline double mvoi_absolute_part(const mvoi_absolute *row, size_t j, double away)
{
    return away > 0.0 ? mvoi_absolute_above(row, j) * away : -mvoi_absolute_below(row, j) * away;
}

/* Most absolute rows that the guess takes account of. */
enum { MVOI_MOST_ABSOLUTE = 8 };

typedef struct mvoi_segments {
    size_t n, m; /* m rows; the absolute ones are listed */
    size_t absolute_count;
    mvoi_absolute *absolute;
    const mvoi_ladder *ladders;      /* n, or NULL */
    double *holdings, *rates;        /* n and 3 n, as they stand on the solver: buy, sell, borrow */
    const double *c, *bound_lower, *bound_upper, *limit; /* of the solver: linear term, bounds, upper limits of rows */
    double scale;                    /* what costs are multiplied by in this question's objective */

    size_t *first;       /* n: where the breakpoints of an asset begin */
    int32_t *count;      /* n: how many there are strictly between its bounds */
    double *at, *jump;   /* breakpoints, ascending, and how much the slope rises there; unscaled */
    double *slope_left;  /* n: slope left of all of them */
    double *jump_rate, *slope_left_rate; /* how these move along a path of the caller's; zero otherwise */
    const double *rates_to; /* 3 n: what the rates move to on such a path, or NULL */
    int32_t *kink[2];    /* n each: the breakpoint at zero and at the holdings: -1 if it lies at or left of the lower bound,
                            count if at or right of the upper one */

    int32_t *segment; /* n: 0 .. count */
    int32_t *kinked;  /* the weights that have breakpoints, ascending */
    size_t kinked_count;
    int32_t most_count; /* the largest of `count` */
    double least_jump;  /* the smallest of the jumps between bounds */

    double *slope;    /* n: of the cost in the present segment, unscaled */
    double *seen;     /* 6 n: bounds, holdings and rates that the breakpoints were made from */
    int seen_valid;
    int trades_alone; /* nothing but trading costs anything, and no row is over absolute values */
    int settled;      /* the limits of absolute rows are those of the present segments, to the bit */
    int remade;       /* the last mvoi_segments_prepare() made the breakpoints anew */

    /* what the methods see */
    double *linear, *lower, *upper; /* n each */
    double *row_upper;              /* m + 1 */
    double *rows;                   /* the solver's; those over absolute values are written here */
    size_t ld;
} mvoi_segments;

/* Workspace for costs and absolute rows of `set`, whose rows stand in `rows`; NULL when out of memory. */
mvoi_segments *mvoi_segments_new(mvo_context *context, const mvo_constraints *set, double *rows, size_t ld);
void mvoi_segments_free(mvo_context *context, mvoi_segments *segments);

/* Whether a set has costs or absolute rows, so that it needs segments at all. */
int mvoi_segments_needed(const mvo_constraints *set);

/* How many of its rows are over absolute values. */
size_t mvoi_segments_absolute(const mvo_constraints *set);

/* Reads holdings, rates, bounds, limits and c as they stand now, for a question that multiplies costs by `scale`. Weights
   keep their segments, as far as these still exist. */
void mvoi_segments_prepare(mvoi_segments *segments, double scale);

/* Another linear term c (n) takes the place of the one there is. */
void mvoi_segments_set_linear(mvoi_segments *segments, const double *c);

/* Puts weight j into segment g. */
void mvoi_segments_move(mvoi_segments *segments, size_t j, int32_t g);

/* Every weight in the segment of w (n); on a breakpoint it stays where it is if that touches it. */
void mvoi_segments_place(mvoi_segments *segments, const double *w);

/* The limits of the absolute rows summed anew: moving between segments changes them by differences. */
void mvoi_segments_settle(mvoi_segments *segments);

/* The breakpoint at the end of weight j's segment, lower (side < 0) or upper: its number, or -1 where that is a bound. */
static inline int32_t mvoi_segments_breakpoint(const mvoi_segments *segments, size_t j, int32_t side)
{
    const int32_t k = side < 0 ? segments->segment[j] - 1 : segments->segment[j];
    return k < segments->count[j] ? k : -1;
}

/* Whether anything of asset j bends at a place from `least` to `most`, by the rates as they stand or by others (buying,
   selling, borrowing). */
int mvoi_segments_bend_between(const mvoi_segments *segments, size_t j, const double other[3], double least, double most);

/* Whether row i is over absolute values. */
int mvoi_segments_is_absolute(const mvoi_segments *segments, size_t i);

/* Whether any absolute row's coefficient changes for weight j at that breakpoint. */
int mvoi_segments_turns_rows(const mvoi_segments *segments, size_t j, int32_t breakpoint);

/*
 * Where weight j belongs if its own part of the objective is d/2 w^2 - h w plus its cost, plus what `count` absolute rows
 * with multipliers y add: its segment, and its place there (within the segment's ends).
 */
int32_t mvoi_segments_find(const mvoi_segments *segments, size_t j, double d, double h, size_t count,
                           const int32_t *rows, const double *y, double *place);

/* How much the coefficient of an absolute row rises for weight j at that breakpoint; 0 if it is not taken around it. */
double mvoi_segments_rise(const mvoi_segments *segments, const mvoi_absolute *row, size_t j, int32_t breakpoint);

/* No far end of a multiplier is nearer than this: absolute rows with a multiplier of the wrong sign may take away all. */
static inline double mvoi_segments_least_width(const mvoi_segments *segments)
{
    return segments->absolute_count ? 0.0 : segments->scale * segments->least_jump;
}

/* What the absolute rows with multipliers y add to the jump at a breakpoint. */
double mvoi_segments_widening(const mvoi_segments *segments, const double *y, size_t j, int32_t breakpoint);

/* The far end of the multiplier of weight j resting on that side of its segment, given the rows' multipliers: infinite at
   a bound. */
static inline double mvoi_segments_width(const mvoi_segments *segments, const double *y, size_t j, int32_t side)
{
    const int32_t k = mvoi_segments_breakpoint(segments, j, side);
    if (k < 0)
        return HUGE_VAL;
    const double width = segments->scale * segments->jump[segments->first[j] + (size_t)k];
    return segments->absolute_count ? width + mvoi_segments_widening(segments, y, j, k) : width;
}

/* How fast that slope moves along a path. */
double mvoi_segments_slope_rate(const mvoi_segments *segments, size_t j);

/* Slope of weight j's cost in its segment, and that of the cost alone (unscaled) of a weight. */
double mvoi_segments_slope(const mvoi_segments *segments, size_t j);
double mvoi_segments_cost(const mvoi_segments *segments, size_t j, double w);

/* The subgradient of the (scaled) cost of weight j at its place, z being its multiplier in the present segment: on a
   breakpoint as much of z as the cost's own jump can take; absolute rows take the rest. */
double mvoi_segments_subgradient(const mvoi_segments *segments, size_t j, int32_t side, double z);

/* Whether the rows' multipliers y (m) prove that no point obeys the limits; z (n) receives those of the bounds. */
struct mvoi_problem;
int mvoi_segments_farkas(const mvoi_segments *segments, const struct mvoi_problem *problem, const double *y, double *z);

/* slope w plus the scaled cost of w and what the absolute rows with multipliers y (m) add. */
double mvoi_segments_value(const mvoi_segments *segments, size_t j, double slope, const double *y, double w);

/* phi(w), unscaled, in all; and what it differs by from slope times weight over all segments. */
void mvoi_segments_costs(const mvoi_segments *segments, const double *w, double *total, double *offset);

/* That difference, sum of phi_j(w_j) - slope_j w_j, for the weights w times `unit` (n). */
double mvoi_segments_offset(const mvoi_segments *segments, const double *w, const double *unit);

/* Whether anything costs anything, or there are absolute rows alone. */
int mvoi_segments_cost_something(const mvoi_segments *segments);

#endif
