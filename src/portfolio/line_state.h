/* SPDX-License-Identifier: MIT */
/* What the files of the critical line share. */
#ifndef MVO_PORTFOLIO_LINE_STATE_H
#define MVO_PORTFOLIO_LINE_STATE_H

#include "portfolio/line.h"
#include "qp/inverse.h"

/* From FAR assets on the gradients of a few are followed. */
enum { MVOI_LINE_FAR = 300, MVOI_NEAR_MOST = 128 };

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
    int32_t *found;                    /* n + 8: scratch */
    double *matrix;                    /* ld by place in the inverse: K's columns over the chosen */
    double *z, *rate, *sign, *fall;    /* NEAR_MOST each, as the line's own */
    double *begin, *ones;              /* NEAR_MOST each: scratch; ones */
    double *base, *base_rate;          /* n: Sigma w at the base, and its derivative */
    double *deviation, *margin;        /* n: sqrt(Sigma_jj); the same of held weights that may be freed, 0 of others */
    double *multiplier, *multiplier_rate; /* m: -y at the base, and its derivative; 0 for inactive rows */
    double per_multiplier;             /* the risk that one unit of a multiplier off counts as */
    double lambda, horizon, allowed;
    double variance, slope, turn;      /* at the base; turn = base_rate'w */
    double held, held_rate;            /* base'w and base_rate'w of the held weights */
    int events, off;                   /* since the base; whether the weights were farther off than allowed */
} mvoi_near;

typedef struct mvoi_line {
    mvo_solver *solver;
    const mvoi_kernels *kernels;
    const mvoi_problem *problem;
    const double *mu;
    size_t n, m;
    size_t wide, tall;       /* n and m rounded up to 8 */
    mvoi_inverse *inverse;   /* the solver's own, of its ticks: the last working set is where its answer begins */
    void *memory;
    int32_t *side;           /* n + m */
    double lambda;
    double generous;         /* above this lambda means outweigh risk so far that every corner is made anew */

    /* By asset, with zeros up to `wide`. */
    double *w;               /* of held weights; of others where it was last asked for */
    double *sign;            /* side of a held weight that may be freed, else 0 */
    double *fall;            /* -mu */
    double *z, *rate;        /* reduced gradients, and their derivative with respect to lambda; while far, at the base */
    double *held;            /* Sigma times the held weights */

    /* By row, with zeros up to `tall`. */
    double *activity, *activity_rate;
    double *held_activity;   /* A times the held weights */
    double *nothing;         /* zeros */
    int held_any;            /* some held weights are not zero */

    /* By place in the inverse, up to a multiple of 8; where no element is nothing moves and nothing ends. A row's unknown is -y. */
    double *x, *dx;          /* unknowns, and their derivative */
    double *low, *high;      /* where x may be */
    double *own;             /* 1 for a weight, 0 for a row */
    double *means;           /* mu, the derivative of the right-hand side; 0 for a row */
    double *limit;           /* what a row's activity is; 0 for a weight */
    double *held_part;       /* what the held weights take from the right-hand side */
    double *left, *correction, *values; /* scratch */
    const double **column, **row_column; /* an element's column of K over all assets, and over all rows */
    int32_t *listed;         /* of a weight, where it stands in the list of them */

    int32_t *assets, *weight_places; /* the free weights, in any order */
    size_t free_count;
    int32_t *sorted;         /* the same, ascending */
    double held_return, held_variance; /* of the held weights */
    double held_peak;        /* the largest held_variance since the sums were made */
    int carried;             /* pieces since all was made anew ... */
    double carried_from;     /* ... at this lambda */
    double variance, slope;  /* far: at lambda, and the derivative of the return */
    int64_t changes;         /* of the inverse since it was empty */
    int careful;             /* the inverse is not what it was: it is asked twice */
    int far;                 /* the gradients of `near` are followed, not all */
    mvoi_near near;
} mvoi_line;

/* ---- line_places.c: the state by place, and what follows from it */

enum { MVOI_CARRY_MOST = 12 }; /* pieces that are followed before all is made anew */

/* Memory; 0 when there is none. */
int mvoi_line_init(mvoi_line *line, mvo_solver *solver, const double *mu);
void mvoi_line_clear(mvoi_line *line);

double mvoi_line_limit(const mvoi_line *line, size_t e);

/* The sums over the held weights, made anew. */
void mvoi_line_hold_anew(mvoi_line *line);

/* The inverse, and the state by place, of the working set `side` at lambda, from nothing. 0: it is too close to singular. */
int mvoi_line_install(mvoi_line *line);

/* Weights and gradients at lambda from the working set alone, for a solution that is nearly there. 0: too close to singular. */
int mvoi_line_make_anew(mvoi_line *line);

/* The same without the gradients. */
int mvoi_line_solve_anew(mvoi_line *line);

/* The derivatives for the present working set, from that alone or by what the last change made of them; and those of what is
   followed. 0: too close to singular. */
int mvoi_line_find_rates(mvoi_line *line, int alone);

/* target = from + Sigma_F x_F + A'(-y) over all assets, x by place; `from` may be `target`. */
void mvoi_line_combine(mvoi_line *line, const double *x, const double *from, double *target);

/* Takes the weights from x, within their limits, into `values`; returns mu'w. Then: w'Sigma w. */
double mvoi_line_take_weights(mvoi_line *line);
double mvoi_line_variance(mvoi_line *line);

/* Whether `much` is more than `share` of the largest free weight. */
int mvoi_line_counts(const mvoi_line *line, double much, double share);

/* Element e leaves for `side`, or enters, and x and dx with it. 0: the others would be singular, or nearly. */
int mvoi_line_leave(mvoi_line *line, size_t e, int32_t side);
int mvoi_line_enter(mvoi_line *line, size_t e, int32_t side);

/* ---- line_top.c */

/* The most profitable portfolio and the state there. MVO_NUMERICAL: there is more than one, or it is not plain; or why there
   is none. */
mvo_outcome mvoi_line_find_top(mvoi_line *line);

/* ---- line_end.c */

/* The end at lambda = 0, from the last corner: the solver's answer, polished and certified, and the last of the frontier. After a
   stop the answer is where that left it; the inverse may be of another working set then, and the line's state is of no use. */
mvo_outcome mvoi_line_settle(mvoi_line *line, mvo_frontier *frontier, mvo_status *status);

/* After a stop: the portfolio at lambda becomes the solver's answer. */
void mvoi_line_stand(mvoi_line *line);

/* ---- line_near.c */

/* Memory for n weights, m rows and working sets of `most` elements; 0 when there is none. */
int mvoi_near_init(mvoi_near *near, mvo_context *context, size_t n, size_t m, size_t most);
void mvoi_near_clear(mvoi_near *near, mvo_context *context);

/* At the top: begins. 0: too many assets are near. */
int mvoi_near_begin(mvoi_line *line);

/* Chooses anew for the way down from here; gradients and derivatives are theirs. 0: too many are near. */
int mvoi_near_set(mvoi_line *line);

/* Whether all that can happen from here to `lambda` happens to those chosen, or without them. */
int mvoi_near_covers(mvoi_line *line, double lambda);

/* Gradients of the chosen for x, and their derivatives for dx. */
void mvoi_near_make_anew(mvoi_line *line);
void mvoi_near_find_rates(mvoi_line *line);

/* The element at `place` has been added to the inverse; that at `place` has been removed, and the one at `last` moved there. */
void mvoi_near_add(mvoi_line *line, size_t place);
void mvoi_near_remove(mvoi_line *line, size_t place, size_t last);

/* Weight j is held from now on, and so among the chosen. */
void mvoi_near_hold(mvoi_line *line, size_t j);

#endif
