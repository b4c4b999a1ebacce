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

enum { TICKS = 50 };

/* Solves in a row; before each every mean is multiplied by 1 + 0.01 N. */
static void ticks(line *l, instance *p, task *t, const unit *u, double potrf, uint64_t seed, double *linear)
{
    const size_t n = p->n;
    double samples[TICKS], *own = p->mu, *mu = claim(n, sizeof *mu);
    random_stream stream = { seed + 77 };
    memcpy(mu, own, n * sizeof *mu);
    p->mu = mu;
    cold_utility(t);
    for (size_t tick = 0; tick < TICKS; tick++) {
        for (size_t j = 0; j < n; j++)
            mu[j] *= 1.0 + 0.01 * random_normal(&stream);
        const double begin = now_short();
        mvo_maximum_utility(&t->outcome, t->solver, mu, 5.0, NULL);
        samples[tick] = now_short() - begin;
        if (t->outcome != MVO_OPTIMAL)
            l->outcome = t->outcome;
    }
    line_add(l, samples, TICKS, u, potrf);
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

static void from_raw(task *t)
{
    mvo_solver *solver = NULL;
    mvo_covariance *covariance = instance_covariance(t->p, MVO_CHECK_ALL);
    mvo_solver_new(&solver, NULL, covariance, t->constraints, NULL);
    mvo_maximum_utility(&t->outcome, solver, t->p->mu, 5.0, NULL);
    mvo_solver_free(solver);
    mvo_covariance_unref(covariance);
}

static void run_model(size_t n, size_t k, uint64_t seed)
{
    instance *p = market_new_factor(n, k, seed);
    unit u = unit_new(NULL, n, k);
    double *linear = claim(n, sizeof *linear);
    market_capped(p);
    task t = task_new(p);
    const verify_problem view = utility_view(p, linear);
    line *l = line_named("f", "utility, factor model, capped, cold", n, k);
    measure(l, &u, &t, cold_utility);
    add_report(l, &t, &view);
    ticks(line_named("f", "utility, 50 warm ticks of mu", n, k), p, &t, &u, u.n ? unit_potrf(&u) : NAN, seed, linear);
    measure(line_named("f", "utility, with handles, all checks", n, k), &u, &t, from_raw);
    measure(line_named("f", "making the covariance, all checks", n, k), &u, &t, make_handle);
    measure(line_named("f", "making the solver", n, k), &u, &t, make_solver);
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
