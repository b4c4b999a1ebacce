/* SPDX-License-Identifier: MIT */
/* What the files of the critical line share. */
#ifndef MVO_PORTFOLIO_LINE_STATE_H
#define MVO_PORTFOLIO_LINE_STATE_H

#include "portfolio/line.h"
#include "qp/inverse.h"

/* From FAR assets on the gradients of a few are followed. */
enum { MVOI_LINE_FAR = 400, MVOI_NEAR_MOST = 128 };

/*
 * Of many assets few come into question as the next to enter: those whose reduced gradient is small. They are chosen at one
 * lambda, the base, where Sigma w and its derivative are looked at: over the way down to `horizon`, and as long as the
 * weights come off the straight line they were on there by no more than the risk `allowed`, no other gradient can reach zero:
 *
 *     |(Sigma d)_j| <= sqrt(Sigma_jj) risk(d)                          (Cauchy and Schwarz)
 *
 * d being how far off they are; rows' multipliers that are off count as risk too.
 */
typedef struct mvoi_near {
    void *memory;
    size_t count, padded, ld;          /* of the chosen */
    int32_t *asset, *row;              /* NEAR_MOST; n: the row of the matrix that belongs to an asset, or -1 */
    int32_t *found;                    /* n: scratch */
    double *matrix;                    /* ld by place in the inverse: K's columns over the chosen */
    double *z, *rate, *sign, *mean;    /* NEAR_MOST each */
    double *base, *base_rate;          /* n: Sigma w at the base, and its derivative */
    double *deviation, *reach, *scan;  /* n: sqrt(Sigma_jj); the same with the sign of held weights; scratch */
    double *multiplier, *multiplier_rate; /* m: -y at the base, and its derivative; 0 for inactive rows */
    double per_multiplier;             /* the risk that one unit of a multiplier off counts as */
    double lambda, horizon, allowed;
    double variance, slope, turn;      /* at the base; turn = base_rate'w */
    double held, held_rate;            /* base'w and base_rate'w of the held weights */
    int events, off;                   /* since the base; whether the weights were farther off than allowed */
} mvoi_near;

typedef struct mvoi_line mvoi_line;

struct mvoi_line {
    mvo_solver *solver;
    const mvoi_kernels *kernels;
    const mvoi_problem *problem;
    const double *mu;
    size_t n, m;
    mvoi_inverse *inverse;   /* the solver's own, of its ticks: the last working set is where its answer begins */
    void *memory;
    int32_t *side;           /* n + m */
    double lambda;
    double generous;         /* above this lambda means outweigh risk so far that every corner is made anew */
    double *w;               /* n */
    double *sign;            /* n: side of a held weight that may be freed, else 0 */
    double *z, *rate;        /* n: reduced gradients, and their derivative with respect to lambda; not while far */
    double *held;            /* n: Sigma times the held weights */
    double *activity, *activity_rate; /* m */
    double *held_activity;   /* m: A times the held weights */
    int held_any;            /* some of them are not zero */
    double *x, *dx;          /* by place in the inverse: weights and -y, and their derivative */
    double *means;           /* by place: mu, the derivative of the right-hand side */
    double *rhs, *left, *correction;
    int32_t *assets, *weight_places, *rows, *row_places; /* of the elements: free weights, active rows */
    double *values, *row_values;
    size_t free_count, active_count;
    int32_t *sorted;         /* the free weights, ascending */
    double held_return, held_variance; /* of the held weights */
    double held_peak;        /* the largest held_variance since the sums were made */
    int carried;             /* pieces since all was made anew ... */
    double carried_from;     /* ... at this lambda */
    double variance, slope;  /* far: at lambda, and the derivative of the return */
    int64_t changes;         /* of the inverse since it was empty */
    int careful;             /* the inverse is not what it was: it is asked twice */
    int far;                 /* the gradients of `near` are followed, not all */
    mvoi_near near;
};

/* ---- line_near.c */

/* Memory for n weights, m rows and working sets of `most` elements; 0 when there is none. */
int mvoi_near_init(mvoi_near *near, mvo_context *context, size_t n, size_t m, size_t most);
void mvoi_near_clear(mvoi_near *near, mvo_context *context);

/* At the top: begins. 0: too many assets are near. */
int mvoi_near_begin(mvoi_line *line);

/* Chooses anew for the way down from here, and evaluates. 0: too many are near. */
int mvoi_near_set(mvoi_line *line);

/* Whether all that can happen from here to `lambda` happens to those chosen, or without them. */
int mvoi_near_covers(mvoi_line *line, double lambda);

/* Gradients of the chosen, and their derivatives, for x and dx. */
void mvoi_near_evaluate(mvoi_line *line);

/* The element at `place` has been added to the inverse; that at `place` has been removed, and the one at `last` moved there. */
void mvoi_near_add(mvoi_line *line, size_t place);
void mvoi_near_remove(mvoi_line *line, size_t place, size_t last);

/* Weight j is held from now on, and so among the chosen. */
void mvoi_near_hold(mvoi_line *line, size_t j);

#endif
