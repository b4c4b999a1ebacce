/* SPDX-License-Identifier: MIT */
#include "bench/support/measure.h"

#include "bench/support/timing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------------------- the task */

task task_new(const instance *p)
{
    task t = { 0 };
    t.p = p;
    t.outcome = -1;
    t.covariance = instance_covariance(p, MVO_CHECK_NONE);
    t.constraints = instance_constraints(p);
    if (!t.covariance || !t.constraints || mvo_solver_new(&t.solver, NULL, t.covariance, t.constraints, NULL)) {
        fprintf(stderr, "no solver\n");
        exit(1);
    }
    return t;
}

void task_free(task *t)
{
    mvo_solver_free(t->solver);
    mvo_constraints_free(t->constraints);
    mvo_covariance_unref(t->covariance);
}

void task_remake(task *t, int32_t flags)
{
    mvo_solver_free(t->solver);
    mvo_covariance_unref(t->covariance);
    t->solver = NULL;
    t->covariance = instance_covariance(t->p, flags);
    if (!t->covariance || mvo_solver_new(&t->solver, NULL, t->covariance, t->constraints, NULL)) {
        fprintf(stderr, "no solver\n");
        exit(1);
    }
}

void task_add_costs(task *t, const double *holdings, double rate)
{
    const size_t n = t->p->n;
    double *rates = claim(n, sizeof *rates);
    for (size_t j = 0; j < n; j++)
        rates[j] = rate;
    mvo_solver_free(t->solver);
    t->solver = NULL;
    if (mvo_constraints_set_holdings(t->constraints, holdings, NULL) ||
        mvo_constraints_set_trading_costs(t->constraints, rates, rates, NULL) ||
        mvo_solver_new(&t->solver, NULL, t->covariance, t->constraints, NULL)) {
        fprintf(stderr, "no solver with costs\n");
        exit(1);
    }
    free(rates);
}

void ask_variance(task *t)
{
    mvo_minimum_variance(&t->outcome, t->solver, NULL);
}

void ask_utility(task *t)
{
    mvo_maximum_utility(&t->outcome, t->solver, t->p->mu, 5.0, NULL);
}

void cold_variance(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    ask_variance(t);
}

void cold_utility(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    ask_utility(t);
}

void cold(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    t->ask(t);
}

void raw_borrowed(task *t)
{
    task_remake(t, MVO_CHECK_NONE | MVO_BORROW);
    t->ask(t);
}

void raw_checked(task *t)
{
    task_remake(t, MVO_CHECK_ALL);
    t->ask(t);
}

verify_problem variance_view(const instance *p)
{
    verify_problem view = instance_view(p);
    view.linear = NULL;
    return view;
}

verify_problem utility_view(const instance *p, double *linear)
{
    verify_problem view = instance_view(p);
    for (size_t j = 0; j < p->n; j++)
        linear[j] = -p->mu[j];
    view.linear = linear;
    view.quadratic = 5.0;
    return view;
}

/* --------------------------------------------------------------------------------------- its time */

void measure(line *l, unit *u, task *t, task_fn *work)
{
    measure_for(l, u, t, work, 400e3);
}

void measure_for(line *l, unit *u, task *t, task_fn *work, double enough)
{
    enum { MOST = 400, FEWEST = 9, SLOW = 3 };
    const double patience = 5e6;
    double samples[MOST], units[MOST];
    size_t count = 0, unit_count = 0;
    work(t); /* touches everything once */
    const double once_begin = now();
    work(t);
    const double once = fmax(now() - once_begin, 0.01);
    const size_t batch = once < 100.0 ? (size_t)(100.0 / once) + 1 : 1;
    const double begin = now();
    while (count < MOST && (count < FEWEST || now() - begin < enough)) {
        const double gone = now() - begin;
        if (u->n && (unit_count < SLOW || (gone < enough && (unit_count < FEWEST || count % 8 == 0))))
            units[unit_count++] = unit_potrf(u);
        const double sample_begin = now();
        for (size_t b = 0; b < batch; b++)
            work(t);
        samples[count++] = since(sample_begin) / (double)batch;
        if (count >= SLOW && now() - begin > patience)
            break;
    }
    line_add(l, samples, count, u, quantile(units, unit_count, 0.5));
}

/* ----------------------------------------------------------------------------------- its certificate */

/* Largest relative residual, measured by the verifier in long double on the problem's own data. */
static double residual_of(const task *t, const verify_problem *view)
{
    double *w = claim(2 * view->n + view->m, sizeof *w), target = 0.0;
    verify_residuals r;
    mvo_solver_weights(w, t->solver);
    mvo_solver_multipliers(w + 2 * view->n, w + view->n, t->solver);
    if (view->target)
        mvo_target_multiplier(&target, t->solver);
    verify_measure(&r, view, w, w + 2 * view->n, w + view->n, target, 1e-9);
    free(w);
    const long double scale = r.stationarity_scale > 0.0L ? r.stationarity_scale : 1.0L;
    long double worst = fmaxl(r.primal_relative, r.stationarity / scale);
    worst = fmaxl(worst, fmaxl(r.complementarity, r.wrong_sign) / scale);
    return (double)fmaxl(worst, r.gap_scale > 0.0L ? r.gap / r.gap_scale : r.gap);
}

void add_report(line *l, const task *t, const verify_problem *view)
{
    mvo_report report = MVO_REPORT_INIT;
    if (t->outcome != MVO_OPTIMAL)
        l->outcome = t->outcome;
    if (mvo_solver_report(&report, t->solver))
        return;
    l->rounds += (double)report.rounds;
    l->pivots += (double)report.pivots;
    l->free_weights += (double)report.free_weights;
    if (t->outcome == MVO_OPTIMAL)
        l->residual = fmax(l->residual, residual_of(t, view));
}

void add_costly_report(line *l, const task *t, const double *holdings, double rate, double *linear)
{
    const size_t n = t->p->n;
    double *s = claim(2 * n, sizeof *s), *w = s + n, most = 0.0;
    verify_problem view = utility_view(t->p, linear);
    if (t->outcome == MVO_OPTIMAL && mvo_solver_costs(NULL, s, t->solver) == MVO_OK)
        mvo_solver_weights(w, t->solver);
    for (size_t j = 0; j < n; j++) {
        const double low = w[j] > holdings[j] ? rate : -rate, high = w[j] < holdings[j] ? -rate : rate;
        most = fmax(most, fmax(low - s[j], s[j] - high) / rate);
        linear[j] += s[j];
    }
    add_report(l, t, &view);
    l->residual = fmax(l->residual, t->outcome == MVO_OPTIMAL ? most : 0.0);
    free(s);
}

/* --------------------------------------------------------------------------------------- a program */

int listed(const char *list, const char *item)
{
    const size_t length = strlen(item);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, item, length) && (at[length] == ',' || at[length] == '\0'))
            return 1;
    return list == NULL;
}

int listed_order(const char *list, size_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", n);
    return listed(list, text);
}

/* One market, strong or weak, for all families that want it. */
static void run_market(const char *wanted, size_t n, uint64_t seed, int weak, const family *families, size_t count)
{
    instance *p = NULL;
    unit u = { 0 };
    for (size_t f = 0; f < count; f++) {
        if (families[f].weak != weak || n > families[f].most || !listed(wanted, families[f].name))
            continue;
        if (!p) {
            p = market_new(n, seed, weak);
            u = unit_new(p->sigma, n, 0);
        }
        families[f].run(families[f].name, p, &u, seed);
    }
    if (p) {
        unit_free(&u);
        instance_free(p);
    }
}

int run_families(int count, char **arguments, const family *families, size_t family_count)
{
    static const size_t orders[] = { 20, 50, 100, 250, 500, 1000, 2000 };
    const char *wanted = count > 1 ? arguments[1] : NULL, *sizes = count > 2 ? arguments[2] : NULL;
    keep_memory();
    openblas_load();
    lines_print_head();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (!listed_order(sizes, orders[i]))
            continue;
        for (int weak = 0; weak < 2; weak++) {
            for (uint64_t seed = 1; seed <= SEEDS; seed++)
                run_market(wanted, orders[i], seed, weak, families, family_count);
            lines_print();
        }
    }
    return 0;
}
