/* SPDX-License-Identifier: MIT */
/*
 * The independent verifier. It sees a problem as the test holds it (its own copy of Sigma or of the factors, c, rows
 * and limits) and an answer as the public API gives it, and judges in long double. Nothing here calls into the library
 * but the getters of mvo.h.
 *
 *     minimise  q/2 w'Sigma w + c'w + constant   subject to   row_lower <= A w <= row_upper, lower <= w <= upper
 *     optimal:  q Sigma w + c = A'y + z,  a multiplier > 0 only at a lower limit, < 0 only at an upper one
 */
#ifndef SUPPORT_VERIFY_H
#define SUPPORT_VERIFY_H

#include <mvo/mvo.h>

#include <stddef.h>

typedef struct verify_problem {
    size_t n, m;
    const double *sigma; /* n-by-n with leading dimension ld; NULL where factors are given, or for Sigma = 0 */
    size_t ld;
    size_t k;                        /* factors: Sigma = B Omega B' + diag(specific) */
    const double *loadings;          /* n-by-k, leading dimension n */
    const double *factor_covariance; /* k-by-k, leading dimension k; NULL for the identity */
    const double *specific;          /* n; NULL unless the covariance is given by factors */
    double quadratic;                /* q; 1 for the plain problem */
    const double *linear;            /* c: n; NULL for zero */
    double constant;                 /* added to the objective */
    const double *rows;              /* coefficient j of row i: rows[i * n + j] */
    const double *row_lower, *row_upper;
    const double *lower, *upper;
    const double *target; /* NULL, or the coefficients of the row a question adds of its own (a target return) */
    double target_lower, target_upper;
    int skip_objective; /* 1: the report's objective is not the one above, so do not compare the two */
} verify_problem;

typedef struct verify_residuals {
    long double primal, primal_relative; /* largest violation; the largest relative to the numbers in its own limit */
    long double stationarity, stationarity_scale;
    long double complementarity; /* largest multiplier whose limit is not there or not met, in units of stationarity */
    long double wrong_sign;      /* largest multiplier pointing to a limit that is infinite, likewise */
    long double objective, dual_objective, gap, gap_scale;
    long double slackness;         /* sum of |multiplier| times the distance to its limit */
    long double value_rounding;    /* sum of the absolute terms of the objectives */
    long double variance;          /* w'Sigma w */
    long double gradient_rounding; /* sum of absolute terms of the gradient: what rounding is measured by */
} verify_residuals;

/* Computes the residuals of (w, y, z, target multiplier); no judgement. A limit counts as met when the value is within
   `met` of it, relative to the numbers in it. */
void verify_measure(verify_residuals *residuals, const verify_problem *problem, const double *w, const double *y,
                    const double *z, double target_multiplier, double met);

/* 1 if (w, y, z) is optimal to `tolerance` relative to the scales of the data, else 0 with the reason in `why`. */
int verify_point(const verify_problem *problem, const double *w, const double *y, const double *z,
                 double target_multiplier, double tolerance, char *why, size_t size);

/* 1 if y and z prove by adding up limits that no feasible w exists (the target row's multiplier is found here). */
int verify_farkas(const verify_problem *problem, const double *y, const double *z, double tolerance, char *why,
                  size_t size);

/* 1 if the objective falls without end along d, all limits being kept. */
int verify_ray(const verify_problem *problem, const double *d, double tolerance, char *why, size_t size);

/* What a solver says of its answer, apart from the answer itself; arguments as the getters give them. */
int verify_report(const verify_problem *problem, const mvo_report *report, const double *w, const double *y,
                  const double *z, double target_multiplier, char *why, size_t size);
int verify_working_set(const verify_problem *problem, const mvo_report *report, const int32_t *assets,
                       const int32_t *rows, const double *w, const double *y, const double *z, double tolerance,
                       char *why, size_t size);

/*
 * Fetches the solver's answer and judges all of it: weights, multipliers, working set and report after MVO_OPTIMAL; the
 * Farkas vector after MVO_INFEASIBLE; the ray after MVO_UNBOUNDED. Other outcomes have nothing to verify and fail.
 */
int verify_solve(const verify_problem *problem, const mvo_solver *solver, mvo_outcome outcome, double tolerance,
                 char *why, size_t size);

/* Fails the running cmocka test unless the call worked, the outcome is the expected one and its proof holds. */
void verify_assert(const verify_problem *problem, const mvo_solver *solver, mvo_status status, mvo_outcome outcome,
                   mvo_outcome expected, double tolerance, const char *file, int line);

/* After a solve: assert_kkt(&problem, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_OPTIMAL, 1e-9).
   The outcome is read after the call in the status argument has been made. */
#define assert_kkt(problem, solver, call, outcome, expected, tolerance)                                                \
    do {                                                                                                               \
        const mvo_status assert_kkt_status = (call);                                                                   \
        verify_assert((problem), (solver), assert_kkt_status, (outcome), (expected), (tolerance), __FILE__, __LINE__); \
    } while (0)

/* product = Sigma x in long double; `absolute` (n, may be NULL) receives the sums of the terms' absolute values. */
void verify_product(long double *product, long double *absolute, const verify_problem *problem, const double *x);

#endif
