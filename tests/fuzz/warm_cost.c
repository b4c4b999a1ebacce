/* SPDX-License-Identifier: MIT */
/*
 * What a warm start costs beside a cold one, in work (rounds of block pivoting + pivots of the path), over sequences of problems
 * that hang together: linear-quadratic control of a double integrator with growing horizons (the inputs are the unknowns, limited,
 * and the position is limited by rows), state after state of the closed loop; and portfolios over windows of returns that roll by
 * 1, 5 and 20 periods. Tab-separated: what, problems, then median, 90th and 99th percentile and largest of warm, of cold and of
 * the ratio warm / cold. The rule: a warm start costs at most twice a cold one.
 */
#include "support/instance.h"
#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 200, ASSETS = 30, WINDOW = 60 };

typedef struct sequence {
    double *warm, *cold, *ratio;
    size_t count;
} sequence;

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

static void report(const char *what, size_t size, sequence *s)
{
    printf("%s %zu\t%zu", what, size, s->count);
    print_distribution(s->warm, s->count);
    print_distribution(s->cold, s->count);
    print_distribution(s->ratio, s->count);
    printf("\n");
}

static double work_of(mvo_solver *solver)
{
    mvo_report r = MVO_REPORT_INIT;
    mvo_outcome outcome = -1;
    if (mvo_solver_solve(&outcome, solver, NULL) != MVO_OK || mvo_solver_report(&r, solver) != MVO_OK ||
        (outcome != MVO_OPTIMAL && outcome != MVO_INFEASIBLE))
        abort();
    return (double)(r.rounds + r.pivots);
}

/* The same problem on two solvers: one goes on from its last answer, the other forgets it. */
static void compare(sequence *s, mvo_solver *warm, mvo_solver *cold)
{
    const double w = work_of(warm);
    mvo_solver_clear(cold, NULL);
    const double c = work_of(cold);
    s->warm[s->count] = w;
    s->cold[s->count] = c;
    s->ratio[s->count++] = w / fmax(c, 1.0);
}

static sequence sequence_new(size_t most)
{
    sequence s = { malloc(most * sizeof(double)), malloc(most * sizeof(double)), malloc(most * sizeof(double)), 0 };
    if (!s.warm || !s.cold || !s.ratio)
        abort();
    return s;
}

static void sequence_free(sequence *s)
{
    free(s->warm);
    free(s->cold);
    free(s->ratio);
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
    mvo_solver *warm = instance_solver(p, MVO_CHECK_NONE), *cold = instance_solver(p, MVO_CHECK_NONE);
    mvo_constraints *set = instance_constraints(p);
    double position = 1.0, speed = 0.0, *c = malloc(horizon * sizeof *c), *u = malloc(horizon * sizeof *u);
    if (!warm || !cold || !c || !u)
        abort();
    for (int step = 0; step < STEPS; step++) {
        for (size_t j = 0; j < horizon; j++)
            c[j] = 0.0;
        for (size_t k = 0; k < horizon; k++) {
            const double drift = position + (double)(k + 1) * h * speed;
            const int64_t id = mvo_constraints_row_id(set, k);
            for (size_t j = 0; j < horizon; j++)
                c[j] += drift * reaction(k, j, h);
            mvo_solver_set_row_limits(warm, id, -limit - drift, limit - drift, NULL);
            mvo_solver_set_row_limits(cold, id, -limit - drift, limit - drift, NULL);
        }
        mvo_solver_set_linear(warm, c, NULL);
        mvo_solver_set_linear(cold, c, NULL);
        compare(s, warm, cold);
        mvo_solver_weights(u, cold);
        position += h * speed + 0.5 * h * h * u[0];
        speed += h * u[0];
        if (step % 20 == 19) { /* a push */
            speed += 1.2 * random_normal(&stream);
            position = fmin(fmax(position, -1.4), 1.4);
        }
    }
    mvo_constraints_free(set);
    mvo_solver_free(warm);
    mvo_solver_free(cold);
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
    mvo_solver *warm = NULL, *cold = NULL;
    if (!returns || mvo_constraints_new_long_only(&set, NULL, ASSETS, NULL) != MVO_OK)
        abort();
    for (size_t t = 0; t < periods; t++) {
        const double market = 0.01 * random_normal(&stream);
        for (size_t j = 0; j < ASSETS; j++)
            returns[t * ASSETS + j] = (0.6 + 0.03 * (double)j) * market + 0.012 * random_normal(&stream);
    }
    for (size_t from = 0; from + WINDOW <= periods && s->count < STEPS; from += by) {
        mvo_covariance *covariance = window(returns, from, mu);
        for (size_t j = 0; j < ASSETS; j++)
            mu[j] *= 0.2;
        if (!warm) {
            mvo_solver_new(&warm, NULL, covariance, set, NULL);
            mvo_solver_new(&cold, NULL, covariance, set, NULL);
        }
        mvo_solver_set_covariance(warm, covariance, NULL);
        mvo_solver_set_covariance(cold, covariance, NULL);
        mvo_solver_set_linear(warm, mu, NULL);
        mvo_solver_set_linear(cold, mu, NULL);
        compare(s, warm, cold);
        mvo_covariance_unref(covariance);
    }
    mvo_solver_free(warm);
    mvo_solver_free(cold);
    mvo_constraints_free(set);
    free(returns);
}

int main(void)
{
    const size_t horizons[] = { 5, 10, 20, 40, 60 }, steps[] = { 1, 5, 20 };
    for (size_t k = 0; k < sizeof horizons / sizeof *horizons; k++) {
        sequence s = sequence_new(STEPS);
        control(&s, horizons[k], 1 + k);
        report("control", horizons[k], &s);
        sequence_free(&s);
    }
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        sequence s = sequence_new(STEPS);
        roll(&s, steps[k], 11 + k);
        report("rolling by", steps[k], &s);
        sequence_free(&s);
    }
    return 0;
}
