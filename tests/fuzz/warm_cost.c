/* SPDX-License-Identifier: MIT */
/*
 * What a warm start costs beside a cold one over sequences of problems that hang together: linear-quadratic control of a double
 * integrator with growing horizons (the inputs are the unknowns, limited, and the position is limited by rows), state after state
 * of the closed loop; and portfolios over windows of returns that roll by 1, 5 and 20 periods. Tab-separated, two lines each, in
 * microseconds (the least of a few twins) and in work (rounds of block pivoting + pivots of the path): what, problems, then median,
 * 90th and 99th percentile and largest of warm, of cold and of the ratio warm / cold. The rule: a warm start costs at most twice a
 * cold one, in time. Work does not count the guess that a cold start begins with, and takes a round that is found wrong before
 * any product with Sigma for a whole one: small counts say less.
 */
#define _POSIX_C_SOURCE 200809L
#include "support/instance.h"
#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STEPS = 200, ASSETS = 30, WINDOW = 60, TWINS = 5 };

typedef struct costs {
    double warm[STEPS], cold[STEPS], ratio[STEPS];
} costs;

typedef struct sequence {
    costs time, work;
    size_t count;
} sequence;

/* Solvers of the same problem: the first half go on from their last answer, the others forget it. */
typedef struct twins {
    mvo_solver *warm[TWINS], *cold[TWINS];
} twins;

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_distribution(double *x, size_t n)
{
    qsort(x, n, sizeof *x, ascending);
    printf("\t%g\t%g\t%g\t%g", x[n / 2], x[n * 9 / 10], x[n * 99 / 100], x[n - 1]);
}

static void report_costs(const char *what, size_t size, const char *unit, costs *c, size_t count)
{
    printf("%s %zu, %s\t%zu", what, size, unit, count);
    print_distribution(c->warm, count);
    print_distribution(c->cold, count);
    print_distribution(c->ratio, count);
    printf("\n");
}

static void report(const char *what, size_t size, sequence *s)
{
    report_costs(what, size, "us", &s->time, s->count);
    report_costs(what, size, "work", &s->work, s->count);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

/* Solves with each of the twins; the work one took, *time the least time any took. */
static double work_of(mvo_solver *const *solvers, int forget, double *time)
{
    mvo_report r = MVO_REPORT_INIT;
    *time = HUGE_VAL;
    for (int k = 0; k < TWINS; k++) {
        mvo_outcome outcome = -1;
        if (forget)
            mvo_solver_clear(solvers[k], NULL);
        const double from = now();
        const mvo_status status = mvo_solver_solve(&outcome, solvers[k], NULL);
        *time = fmin(*time, now() - from);
        if (status != MVO_OK || (outcome != MVO_OPTIMAL && outcome != MVO_INFEASIBLE))
            abort();
    }
    if (mvo_solver_report(&r, solvers[0]) != MVO_OK)
        abort();
    return (double)(r.rounds + r.pivots);
}

static void compare(sequence *s, const twins *t)
{
    const size_t k = s->count++;
    s->work.warm[k] = work_of(t->warm, 0, &s->time.warm[k]);
    s->work.cold[k] = work_of(t->cold, 1, &s->time.cold[k]);
    s->work.ratio[k] = s->work.warm[k] / fmax(s->work.cold[k], 1.0);
    s->time.ratio[k] = s->time.warm[k] / s->time.cold[k];
}

static void set_linear(const twins *t, const double *c)
{
    for (int k = 0; k < TWINS; k++) {
        mvo_solver_set_linear(t->warm[k], c, NULL);
        mvo_solver_set_linear(t->cold[k], c, NULL);
    }
}

static void free_twins(const twins *t)
{
    for (int k = 0; k < TWINS; k++) {
        mvo_solver_free(t->warm[k]);
        mvo_solver_free(t->cold[k]);
    }
}

/* Position after k + 1 steps: p + (k + 1) h v + sum over i <= k of (k - i + 1/2) h^2 u_i. Cost: sum of p^2 + r u^2. */
static double reaction(size_t k, size_t i, double h)
{
    return i <= k ? ((double)(k - i) + 0.5) * h * h : 0.0;
}

static void control(sequence *s, size_t horizon, uint64_t seed)
{
    const double h = 0.2, r = 0.05, box = 1.0, limit = 1.5;
    random_stream stream = { seed };
    instance *p = instance_new(horizon, horizon);
    for (size_t i = 0; i < horizon; i++)
        for (size_t j = 0; j < horizon; j++) {
            double sum = i == j ? r : 0.0;
            for (size_t k = 0; k < horizon; k++)
                sum += reaction(k, i, h) * reaction(k, j, h);
            p->sigma[i + j * horizon] = sum;
            p->rows[i * horizon + j] = reaction(i, j, h);
        }
    instance_set_bounds(p, -box, box);
    twins t;
    for (int k = 0; k < TWINS; k++) {
        t.warm[k] = instance_solver(p, MVO_CHECK_NONE);
        t.cold[k] = instance_solver(p, MVO_CHECK_NONE);
        if (!t.warm[k] || !t.cold[k])
            abort();
    }
    mvo_constraints *set = instance_constraints(p);
    double position = 1.0, speed = 0.0, *c = malloc(horizon * sizeof *c), *u = malloc(horizon * sizeof *u);
    if (!c || !u)
        abort();
    for (int step = 0; step < STEPS; step++) {
        for (size_t j = 0; j < horizon; j++)
            c[j] = 0.0;
        for (size_t k = 0; k < horizon; k++) {
            const double drift = position + (double)(k + 1) * h * speed;
            const int64_t id = mvo_constraints_row_id(set, k);
            for (size_t j = 0; j < horizon; j++)
                c[j] += drift * reaction(k, j, h);
            for (int i = 0; i < TWINS; i++) {
                mvo_solver_set_row_limits(t.warm[i], id, -limit - drift, limit - drift, NULL);
                mvo_solver_set_row_limits(t.cold[i], id, -limit - drift, limit - drift, NULL);
            }
        }
        set_linear(&t, c);
        compare(s, &t);
        mvo_solver_weights(u, t.cold[0]);
        position += h * speed + 0.5 * h * h * u[0];
        speed += h * u[0];
        if (step % 20 == 19) { /* a push */
            speed += 1.2 * random_normal(&stream);
            position = fmin(fmax(position, -1.4), 1.4);
        }
    }
    mvo_constraints_free(set);
    free_twins(&t);
    instance_free(p);
    free(c);
    free(u);
}

/* Sums of products over a window of `returns` (periods-by-ASSETS by period). */
static mvo_covariance *window(const double *returns, size_t from, double *mu)
{
    static double block[WINDOW * ASSETS];
    mvo_covariance *covariance = NULL;
    for (size_t j = 0; j < ASSETS; j++) {
        mu[j] = 0.0;
        for (size_t t = 0; t < WINDOW; t++) {
            block[t + j * WINDOW] = returns[(from + t) * ASSETS + j];
            mu[j] -= block[t + j * WINDOW] / WINDOW;
        }
    }
    if (mvo_covariance_new_returns(&covariance, NULL, WINDOW, ASSETS, block, WINDOW, 1, MVO_CHECK_ALL, NULL) != MVO_OK)
        abort();
    return covariance;
}

static void roll(sequence *s, size_t by, uint64_t seed)
{
    const size_t periods = WINDOW + by * STEPS;
    random_stream stream = { seed };
    double *returns = malloc(periods * ASSETS * sizeof *returns), mu[ASSETS];
    mvo_constraints *set = NULL;
    twins t = { { NULL }, { NULL } };
    if (!returns || mvo_constraints_new_long_only(&set, NULL, ASSETS, NULL) != MVO_OK)
        abort();
    for (size_t period = 0; period < periods; period++) {
        const double market = 0.01 * random_normal(&stream);
        for (size_t j = 0; j < ASSETS; j++)
            returns[period * ASSETS + j] = (0.6 + 0.03 * (double)j) * market + 0.012 * random_normal(&stream);
    }
    for (size_t from = 0; from + WINDOW <= periods && s->count < STEPS; from += by) {
        mvo_covariance *covariance = window(returns, from, mu);
        for (size_t j = 0; j < ASSETS; j++)
            mu[j] *= 0.2;
        for (int k = 0; k < TWINS; k++) {
            if (!t.warm[k] && mvo_solver_new(&t.warm[k], NULL, covariance, set, NULL) != MVO_OK)
                abort();
            if (!t.cold[k] && mvo_solver_new(&t.cold[k], NULL, covariance, set, NULL) != MVO_OK)
                abort();
            mvo_solver_set_covariance(t.warm[k], covariance, NULL);
            mvo_solver_set_covariance(t.cold[k], covariance, NULL);
        }
        set_linear(&t, mu);
        compare(s, &t);
        mvo_covariance_unref(covariance);
    }
    free_twins(&t);
    mvo_constraints_free(set);
    free(returns);
}

int main(void)
{
    const size_t horizons[] = { 5, 10, 20, 40, 60 }, steps[] = { 1, 5, 20 };
    static sequence s;
    for (size_t k = 0; k < sizeof horizons / sizeof *horizons; k++) {
        s.count = 0;
        control(&s, horizons[k], 1 + k);
        report("control", horizons[k], &s);
    }
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        s.count = 0;
        roll(&s, steps[k], 11 + k);
        report("rolling by", steps[k], &s);
    }
    return 0;
}
