/* SPDX-License-Identifier: MIT */
/*
 * Times portfolios over factor models, and making their handles, beside OpenBLAS's dpotrf and dsymv of order n (up to
 * 5000), dpotrf of order k and dsyrk of an n-by-k matrix. See README.md in this folder.
 *
 *     bench_factor [families [orders]]
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS = 50, RUNS = 5 };

/* Solves in a row, from a cold one; before each every mean is multiplied by 1 + 0.01 N. The stream is run a few times. */
static void ticks(line *l, instance *p, task *t, unit *u, uint64_t seed, double *linear)
{
    const size_t n = p->n;
    double samples[RUNS * TICKS], units[RUNS], *own = p->mu, *mu = claim(n, sizeof *mu);
    size_t unit_count = 0;
    p->mu = mu;
    for (size_t run = 0; run < RUNS; run++) {
        random_stream stream = { seed + 77 };
        if (u->n && (run == 0 || n <= 1000))
            units[unit_count++] = unit_potrf(u);
        memcpy(mu, own, n * sizeof *mu);
        cold_utility(t);
        for (size_t tick = 0; tick < TICKS; tick++) {
            for (size_t j = 0; j < n; j++)
                mu[j] *= 1.0 + 0.01 * random_normal(&stream);
            const double begin = now_short();
            mvo_maximum_utility(&t->outcome, t->solver, mu, 5.0, NULL);
            samples[run * TICKS + tick] = now_short() - begin;
            if (t->outcome != MVO_OPTIMAL)
                l->outcome = t->outcome;
        }
    }
    line_add_stream(l, samples, TICKS, RUNS, u, quantile(units, unit_count, 0.5));
    const verify_problem view = utility_view(p, linear);
    add_report(l, t, &view);
    p->mu = own;
    free(mu);
}

static void make_handle(task *t)
{
    mvo_covariance *covariance = instance_covariance(t->p, MVO_CHECK_ALL);
    t->outcome = covariance ? MVO_OPTIMAL : -1;
    mvo_covariance_unref(covariance);
}

static void make_solver(task *t)
{
    mvo_solver *solver = NULL;
    t->outcome = mvo_solver_new(&solver, NULL, t->covariance, t->constraints, NULL) ? -1 : MVO_OPTIMAL;
    mvo_solver_free(solver);
}

/* Nothing is solved: there is no residual to tell, but an outcome where it fails. */
static void measure_making(const char *family, const char *what, unit *u, task *t, task_fn *work)
{
    line *l = line_named(family, what, t->p->n, t->p->k);
    measure(l, u, t, work);
    if (t->outcome != MVO_OPTIMAL)
        l->outcome = t->outcome;
}

static void run_model(size_t n, size_t k, uint64_t seed)
{
    instance *p = market_new_factor(n, k, seed);
    unit u = unit_new(NULL, n, k);
    double *linear = claim(n, sizeof *linear);
    market_capped(p);
    task t = task_new(p);
    const verify_problem utility = utility_view(p, linear);
    line *l = line_named("f", "utility, factor model, capped, cold", n, k);
    measure(l, &u, &t, cold_utility);
    add_report(l, &t, &utility);
    ticks(line_named("f", "utility, 50 warm ticks of mu", n, k), p, &t, &u, seed, linear);
    utility_view(p, linear); /* the means are the market's again */
    t.ask = ask_utility;
    measure(l = line_named("f", "utility, with handles, all checks", n, k), &u, &t, raw_checked);
    add_report(l, &t, &utility);
    measure_making("f", "making the covariance, all checks", &u, &t, make_handle);
    measure_making("f", "making the solver", &u, &t, make_solver);
    task_free(&t);
    free(linear);
    unit_free(&u);
    instance_free(p);
}

int main(int count, char **arguments)
{
    static const size_t models[][2] = { { 100, 10 },  { 500, 25 },   { 1000, 50 },
                                        { 5000, 50 }, { 10000, 50 }, { 10000, 100 } };
    const char *families = count > 1 ? arguments[1] : NULL, *orders = count > 2 ? arguments[2] : NULL;
    keep_memory();
    openblas_load();
    lines_print_head();
    for (size_t i = 0; i < sizeof models / sizeof *models && listed(families, "f"); i++) {
        if (!listed_order(orders, models[i][0]))
            continue;
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            run_model(models[i][0], models[i][1], seed);
        lines_print();
    }
    return 0;
}
