/* SPDX-License-Identifier: MIT */
/* The solver handle: the current problem, the methods' workspaces, the last answer. */
#ifndef MVO_QP_SOLVER_H
#define MVO_QP_SOLVER_H

#include "constraints/constraints.h"
#include "qp/block.h"
#include "qp/certificate.h"
#include "qp/exchange.h"
#include "qp/path.h"
#include "qp/segments.h"
#include "qp/tick.h"
#include "qp/trade.h"
#include "qp/watch.h"

#include <math.h>

struct mvo_solver {
    mvo_context *context;       /* holds a reference; may be NULL */
    mvo_covariance *covariance; /* holds a reference */
    mvo_constraints *snapshot;  /* names, ids; its limits are those at creation */
    const mvoi_kernels *kernels;
    size_t n, m;                /* m rows of the snapshot; one more place stands ready for a target */
    size_t capacity;            /* of the KKT matrix */
    size_t most_factors;        /* k at creation: what the workspaces have room for */

    double *linear;             /* c: n */
    double *lower, *upper;      /* n, current */
    double *row_lower, *row_upper; /* m + 1, current */
    double *rows;               /* m + 1 rows of n coefficients, leading dimension ld */
    size_t ld;
    double *columns;            /* the same by asset, leading dimension ld_columns; NULL where there are many rows */
    size_t ld_columns;
    mvoi_problem problem;       /* view of the above */
    mvo_covariance flat;        /* a covariance of zeros, for questions without risk */
    double *zeros;              /* n */
    double *means;              /* n: for a question that changes the caller's */
    mvoi_segments *segments;    /* NULL where the snapshot has neither costs nor absolute rows */
    double cost_scale;          /* what the present question multiplies costs by */

    mvoi_block *block;
    mvoi_tick *tick;         /* NULL where the problem is not for it */
    mvoi_exchange *exchange; /* NULL where the problem is too large for it */
    mvoi_trade *trade;       /* NULL where the problem is not for it */
    mvoi_scaled scaled;
    mvoi_path path;
    mvoi_certifier certifier;
    mvoi_watch watch;
    int matrices_stale;         /* a coefficient or the covariance has changed ... */
    int scaled_stale;           /* ... and scaled must read them again */
    size_t rows_seen;           /* rows and covariance that the methods last saw */
    const mvo_covariance *covariance_seen;
    int64_t method;
    double tolerance;

    mvoi_point point;           /* the last answer and its working set */
    double *product;            /* n */
    int32_t *start;             /* n + m + 1: working set handed to the path */
    int warm;                   /* point.side and row_side are a working set to start from */
    int solved;                 /* there is a last answer */
    mvo_outcome outcome;
    mvoi_certificate certificate;
    double cost;                /* phi(w) of the answer */
    double *stood;              /* n: where a stopped method stood */
    double *best;               /* n: a feasible point that is known while a solve runs ... */
    double best_objective;
    int best_known;             /* ... the answer before it, if there was one */
    int feasible;               /* of a stopped solve: its weights obey all limits */
    int64_t rounds, pivots, refactorisations;
    int not_unique;
    int by_path;                /* the last run ended with the path method: its sides are those of the answer */
    double *proof;              /* n + m + 1: Farkas vector (z, then y) or ray */

    /* How the last question reads the answer: objective = scale * objective + constant, multipliers times scale. */
    double answer_scale, answer_constant;
    double expected_return;
    int has_target;             /* the last question had a target ... */
    int target_row;             /* ... as the row after the snapshot's */
    double target_multiplier;   /* of that call's own objective */
    void *memory;
};

/* Forgets what the last question set; every question begins with it. The linear term becomes `linear` (which may be the
   solver's own), or zero if that is NULL. */
void mvoi_solver_ask(mvo_solver *solver, const double *linear);

/* Adds the row  lower <= coefficients'w <= upper  to the problem until the next mvoi_solver_ask. */
void mvoi_solver_set_target(mvo_solver *solver, const double *coefficients, double lower, double upper);

/* The covariance of the problem at hand becomes zero (1) or the solver's own again (0). */
void mvoi_solver_ignore_risk(mvo_solver *solver, int ignore);

/* Solves the problem at hand. mvoi_watch_start must have been called. Warm from the last answer if there is one. */
mvo_outcome mvoi_solver_run(mvo_solver *solver);

/* For MVO_INFEASIBLE without a Farkas vector: where a target that is no linear limit is out of reach. */
void mvoi_solver_clear_proof(mvo_solver *solver);

/* Certifies the solver's point on the whole problem, costs included. 1 if the certificate is accepted. */
int mvoi_solver_certify(mvo_solver *solver, const double *product);

/* What the methods remember of the matrices is dropped where these have changed. */
void mvoi_solver_note_matrices(mvo_solver *solver);

/* The point that others have put there (w, y and the sides), with Sigma w in `product`, becomes the answer. 1 if its certificate is
   accepted. */
int mvoi_solver_take_point(mvo_solver *solver);

/* For a solve that may be stopped (deadline.c). At its beginning: `known` says that the solver's point is an answer. When it
   was stopped: the best feasible point known becomes the solver's, the certificate's gap its distance to a lower bound;
   0 if none is known, then the point stays. */
void mvoi_deadline_begin(mvo_solver *solver, int known);
int mvoi_deadline_answer(mvo_solver *solver);

/* The path's state, unscaled, becomes the solver's point; certified. 1 if the certificate is accepted. */
int mvoi_solver_take_path(mvo_solver *solver);

/* For questions that follow a path of their own: scaled data and path ready, working set of the last answer. */
void mvoi_solver_prepare_path(mvo_solver *solver);

/* Whether the ray or Farkas vector in the path's last ride holds for the solver's problem; it is kept as its proof. */
int mvoi_solver_believe(void *solver, const mvoi_path *path, mvo_outcome verdict);

/* The point becomes zero, every weight in the first segment of its cost: as when the solver was made. */
void mvoi_solver_forget_point(mvo_solver *solver);

/* The limits of the solver as they are meant. */
void mvoi_solver_cap_limits(mvo_solver *solver);

/* The largest order a nonsingular KKT matrix of this problem can have: as many free weights as the covariance has rank
   and the active rows number, and as many active rows as there are free weights. */
size_t mvoi_solver_order(size_t n, size_t rows, size_t rank_bound);

/* Keeps what a failed call must give back: the linear term, the last answer and how it is read. NULL: out of memory. */
typedef struct mvoi_kept mvoi_kept;
mvoi_kept *mvoi_solver_keep(const mvo_solver *solver);
void mvoi_solver_give_back(mvo_solver *solver, const mvoi_kept *kept);
void mvoi_kept_free(mvo_context *context, mvoi_kept *kept);

/* What explaining a conflict needs. */
const mvo_constraints *mvoi_solver_constraints(const mvo_solver *solver);
void mvoi_solver_limits(const mvo_solver *solver, const double **lower, const double **upper, const double **row_lower,
                        const double **row_upper);
mvo_context *mvoi_solver_context(const mvo_solver *solver);
mvo_outcome mvoi_solver_outcome(const mvo_solver *solver);
int mvoi_solver_target(const mvo_solver *solver, const double **coefficients, double *lower, double *upper);
double mvoi_solver_target_farkas(const mvo_solver *solver);

#endif
