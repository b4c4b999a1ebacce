/* SPDX-License-Identifier: MIT */
/* A solver over a market, timed on a piece of work, and its answer judged by the verifier of the tests. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/support/lines.h"

#include "support/market.h"

typedef struct task task;
typedef void task_fn(task *);

struct task {
    const instance *p;
    mvo_covariance *covariance;
    mvo_constraints *constraints;
    mvo_solver *solver;
    double target;
    mvo_outcome outcome;
    size_t corners;
    task_fn *ask; /* the question, for the three ways below */
};

/* A solver over the instance, whose matrix is borrowed. Ends the program where the library refuses. */
task task_new(const instance *p);
void task_free(task *t);

/* Covariance and solver are freed and made anew from the instance's arrays: the solver that is timed is the one reported on. */
void task_remake(task *t, int32_t flags);

/* The task's rules and a new solver, with costs of `rate` per unit traded around the holdings (n). */
void task_add_costs(task *t, const double *holdings, double rate);

/* Runs `work` for about half a second, dpotrf(n) in between, and adds the samples to the line. */
void measure(line *l, unit *u, task *t, task_fn *work);

/* The same for about that many microseconds. */
void measure_for(line *l, unit *u, task *t, task_fn *work, double enough);

/* Rounds, pivots, free weights and the largest relative residual of the solver's last answer. */
void add_report(line *l, const task *t, const verify_problem *view);

/*
 * The same where trading costs `rate` per unit: the residual is that with the cost's subgradient s taken into the linear term. The
 * verifier then sees the problem without costs of which the weights are the optimum too. s itself must lie between the slopes at
 * its weight.
 */
void add_costly_report(line *l, const task *t, const double *holdings, double rate, double *linear);

/* What the verifier sees of minimum variance, and of utility at risk aversion 5 (`linear`, n, is filled). */
verify_problem variance_view(const instance *p);
verify_problem utility_view(const instance *p, double *linear);

/* Two questions, and both on a solver without a last answer. */
void ask_variance(task *t);
void ask_utility(task *t);
void cold_variance(task *t);
void cold_utility(task *t);

/* t->ask on a solver without a last answer, and from raw arrays: handle, solver, solve. The constraint set is at hand. */
void cold(task *t);
void raw_borrowed(task *t); /* trusted */
void raw_checked(task *t);  /* copied, all checks */

/* One family of dense markets. */
typedef struct family {
    const char *name;
    int weak;    /* 1: in weak markets */
    size_t most; /* no larger orders */
    void (*run)(const char *name, instance *p, unit *u, uint64_t seed);
} family;

/* A program's main: BENCH_ARGS are families and orders, comma-separated; each family wanted runs over SEEDS markets of
   each order wanted. */
int run_families(int count, char **arguments, const family *families, size_t family_count);

/* Whether a comma-separated list (NULL for all) has the word, or the number. */
int listed(const char *list, const char *item);
int listed_order(const char *list, size_t n);

#endif
