/* SPDX-License-Identifier: MIT */
/*
 * Times single portfolios, cold and warm, in units of one OpenBLAS Cholesky factorisation of the same order in the same
 * run. See README.md in this folder for what each line means.
 *
 *     bench [families [orders]]      bench        bench a 500        bench a,b,d 100,500
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------------------------------- cold */

static void ask_at_return(task *t)
{
    mvo_minimum_variance_at_return(&t->outcome, t->solver, t->p->mu, t->target, NULL);
}

/* The task's question cold, with handles trusted and borrowed, and with handles checked and copied. */
static void three_ways(const char *family, const char *const what[3], task *t, unit *u, const verify_problem *view)
{
    static task_fn *const works[3] = { cold, raw_borrowed, raw_checked };
    for (size_t i = 0; i < 3; i++) {
        line *l = line_named(family, what[i], t->p->n, 0);
        measure(l, u, t, works[i]);
        add_report(l, t, view);
    }
}

static void family_a(const char *family, instance *p, unit *u, uint64_t seed)
{
    static const char *const what[3] = { "minimum variance, cold", "minimum variance, with handles, trusted and borrowed",
                                         "minimum variance, with handles, checked and copied" };
    (void)seed;
    market_long_only(p);
    task t = task_new(p);
    t.ask = ask_variance;
    const verify_problem view = variance_view(p);
    three_ways(family, what, &t, u, &view);
    task_free(&t);
}

static void family_b(const char *family, instance *p, unit *u, uint64_t seed)
{
    static const char *const what[3] = { "utility, caps and ten sectors, cold",
                                         "utility, caps and ten sectors, with handles, trusted and borrowed",
                                         "utility, caps and ten sectors, with handles, checked and copied" };
    (void)seed;
    market_sectors(p);
    double *linear = claim(p->n, sizeof *linear);
    task t = task_new(p);
    t.ask = ask_utility;
    const verify_problem view = utility_view(p, linear);
    three_ways(family, what, &t, u, &view);
    task_free(&t);
    free(linear);
}

static void family_c(const char *family, instance *p, unit *u, uint64_t seed)
{
    static const char *const what[3] = { "minimum variance at return, cold",
                                         "minimum variance at return, with handles, trusted and borrowed",
                                         "minimum variance at return, with handles, checked and copied" };
    (void)seed;
    market_long_only(p);
    task t = task_new(p);
    t.ask = ask_at_return;
    t.target = market_target(p);
    verify_problem view = variance_view(p);
    view.target = p->mu;
    view.target_lower = t.target;
    view.target_upper = INFINITY;
    three_ways(family, what, &t, u, &view);
    task_free(&t);
    instance_set_row(p, 1, p->mu, t.target, t.target);
    p->m = 2;
    t = task_new(p);
    view = variance_view(p);
    line *l = line_named(family, "minimum variance with a return equality, cold", p->n, 0);
    measure(l, u, &t, cold_variance);
    add_report(l, &t, &view);
    task_free(&t);
}

/* -------------------------------------------------------------------------------------------- warm */

enum { TICKS = 200, RUNS = 5, HANDLES = 4 };

/* The covariance of another day: every volatility moved by 1 %. */
static double *moved_covariance(const instance *p, random_stream *stream)
{
    const size_t n = p->n;
    double *moved = claim(n * n, sizeof *moved), *move = claim(n, sizeof *move);
    for (size_t j = 0; j < n; j++)
        move[j] = 1.0 + 0.01 * random_normal(stream);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            moved[i + j * n] = moved[j + i * n] = p->sigma[i + j * n] * (move[i] * move[j]);
    free(move);
    return moved;
}

/* The stream from its beginning: a cold solve, then the ticks, whose times go to `samples`. Before each every mu_i is multiplied by
   1 + 0.01 N, cumulatively; with `handles`, the covariance is exchanged for the next of them as well, which is timed with the
   solve. `rounds` and `pivots` become those of a tick on average. */
static void run_ticks(double *samples, line *l, task *t, double *mu, uint64_t seed, mvo_covariance *const *handles,
                      double *rounds, double *pivots)
{
    const size_t n = t->p->n;
    mvo_report report = MVO_REPORT_INIT;
    random_stream stream = { seed ^ UINT64_C(0xd1b54a32d192ed03) };
    *rounds = *pivots = 0.0;
    mvo_solver_set_covariance(t->solver, t->covariance, NULL);
    cold_utility(t);
    for (size_t tick = 0; tick < TICKS; tick++) {
        for (size_t j = 0; j < n; j++)
            mu[j] *= 1.0 + 0.01 * random_normal(&stream);
        const double begin = now_short();
        if (handles)
            mvo_solver_set_covariance(t->solver, handles[tick % HANDLES], NULL);
        mvo_maximum_utility(&t->outcome, t->solver, mu, 5.0, NULL);
        samples[tick] = now_short() - begin;
        mvo_solver_report(&report, t->solver);
        *rounds += (double)report.rounds / TICKS;
        *pivots += (double)report.pivots / TICKS;
        if (t->outcome != MVO_OPTIMAL)
            l->outcome = t->outcome;
    }
}

static void ticks(line *l, instance *p, unit *u, uint64_t seed, mvo_covariance *const *handles, double *const *matrices)
{
    double samples[RUNS * TICKS], units[3 * RUNS], *mu = claim(2 * p->n, sizeof *mu), *linear = mu + p->n, *own = p->mu;
    double *own_sigma = p->sigma, rounds = 0.0, pivots = 0.0;
    size_t unit_count = 0;
    mvo_report report = MVO_REPORT_INIT;
    task t = task_new(p);
    p->mu = mu;
    for (size_t run = 0; run < RUNS; run++) {
        for (size_t s = 0; u->n && s < 3; s++)
            units[unit_count++] = unit_potrf(u);
        memcpy(mu, own, p->n * sizeof *mu);
        run_ticks(samples + run * TICKS, l, &t, mu, seed, handles, &rounds, &pivots);
    }
    line_add_stream(l, samples, TICKS, RUNS, u, quantile(units, unit_count, 0.5));
    if (matrices)
        p->sigma = matrices[(TICKS - 1) % HANDLES];
    const verify_problem view = utility_view(p, linear);
    add_report(l, &t, &view);
    mvo_solver_report(&report, t.solver);
    l->rounds += rounds - (double)report.rounds; /* per tick, not of the last */
    l->pivots += pivots - (double)report.pivots;
    p->mu = own;
    p->sigma = own_sigma;
    task_free(&t);
    free(mu);
}

static void family_d(const char *family, instance *p, unit *u, uint64_t seed)
{
    random_stream stream = { seed + 1000 };
    double *matrices[HANDLES];
    mvo_covariance *handles[HANDLES] = { NULL };
    market_sectors(p);
    ticks(line_named(family, "utility, 200 warm ticks of mu", p->n, 0), p, u, seed, NULL, NULL);
    for (size_t h = 0; h < HANDLES; h++) {
        matrices[h] = moved_covariance(p, &stream);
        mvo_covariance_new_dense(&handles[h], NULL, p->n, matrices[h], p->n, MVO_CHECK_NONE, NULL);
    }
    ticks(line_named(family, "utility, 200 warm ticks of mu and covariance", p->n, 0), p, u, seed, handles, matrices);
    for (size_t h = 0; h < HANDLES; h++) {
        mvo_covariance_unref(handles[h]);
        free(matrices[h]);
    }
}

/* ---------------------------------------------------------------------------------------- OpenBLAS */

static void family_unit(const char *family, instance *p, unit *u, uint64_t seed)
{
    double samples[100];
    size_t count = 0;
    (void)seed;
    if (!u->n)
        return;
    const double begin = now();
    while (count < 100 && (count < 5 || now() - begin < 300e3))
        samples[count++] = unit_potrf(u);
    const double potrf_time = quantile(samples, count, 0.5);
    line_add(line_named(family, "OpenBLAS dpotrf", p->n, 0), samples, count, u, potrf_time);
    for (count = 0; count < 100; count++)
        samples[count] = unit_symv(u);
    line_add(line_named(family, "OpenBLAS dsymv", p->n, 0), samples, count, u, potrf_time);
}

int main(int count, char **arguments)
{
    static const family families[] = {
        { "unit", 0, SIZE_MAX, family_unit }, { "a", 0, SIZE_MAX, family_a },      { "b", 0, SIZE_MAX, family_b },
        { "c", 0, SIZE_MAX, family_c },       { "d", 0, SIZE_MAX, family_d },      { "weak a", 1, SIZE_MAX, family_a },
        { "weak b", 1, SIZE_MAX, family_b },  { "weak c", 1, SIZE_MAX, family_c }, { "weak d", 1, SIZE_MAX, family_d },
    };
    return run_families(count, arguments, families, sizeof families / sizeof *families);
}
