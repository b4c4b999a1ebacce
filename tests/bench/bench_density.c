/* SPDX-License-Identifier: MIT */
/*
 * Times cold solves over everything between a market with strong factors, where a few per cent of the weights are free, and one
 * without factors, where nearly all are: by the method the library chooses, and by block pivoting alone. See README.md in
 * this folder.
 *
 *     bench_density [families [orders]]
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include "qp/solver.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCALES = 8, RULES = 4, METHODS = 2 };

/* Of the volatilities of all factors. */
static const double scales[SCALES] = { 1.0, 0.7, 0.5, 0.35, 0.25, 0.2, 0.1, 0.0 };

/* ------------------------------------------------------------------------------------------- the market */

/* Market(n) of market.h with scaled factors, its Sigma not estimated but as it is, since the noise of an estimate is a factor
   as well; mu_i = 0.02 + 0.05 scale B_i1 + 0.10 sqrt(Sigma_ii) (0.3 + 0.5 N). */
static instance *scaled_market(size_t n, uint64_t seed, double scale)
{
    const size_t tenth = n / 10, k = tenth < 4 ? 4 : tenth > 50 ? 50 : tenth;
    instance *model = market_new_factor(n, k, seed), *p = instance_new(n, MARKET_ROWS);
    random_stream stream = { seed + 77 };
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = i == j ? model->specific[j] : 0.0;
            for (size_t f = 0; f < k; f++)
                sum += scale * scale * model->factor_covariance[f * (k + 1)] * model->loadings[i + f * n] *
                       model->loadings[j + f * n];
            p->sigma[i + j * n] = p->sigma[j + i * n] = sum;
        }
    for (size_t i = 0; i < n; i++)
        p->mu[i] = 0.02 + 0.05 * scale * model->loadings[i] +
                   0.10 * sqrt(p->sigma[i * (n + 1)]) * (0.3 + 0.5 * random_normal(&stream));
    p->m = 0;
    instance_free(model);
    return p;
}

/* The ten sectors of b without its caps. */
static void rules_sectors(instance *p)
{
    market_sectors(p);
    instance_set_bounds(p, 0.0, INFINITY);
}

static void rules_tight_caps(instance *p)
{
    market_long_only(p);
    instance_set_bounds(p, 0.0, 3.0 / (double)p->n);
}

static const struct {
    const char *what;
    void (*set)(instance *);
    task_fn *ask;
} rules[RULES] = {
    { "minimum variance", market_long_only, ask_variance },
    { "minimum variance, ten sectors", rules_sectors, ask_variance },
    { "utility, caps and ten sectors", market_sectors, ask_utility },
    { "utility, caps of 3/n", rules_tight_caps, ask_utility },
};

/* ------------------------------------------------------------------------------------------ the methods */

/* A line's name, which has the share of free weights once that is known. */
static char names[RULES][SCALES][METHODS][120];

static void name_line(size_t rule, size_t scale, int method, double share)
{
    char *name = names[rule][scale][method];
    const size_t size = sizeof names[rule][scale][method];
    const char *by = method == 0 ? "" : ", by block pivoting";
    if (isnan(share))
        snprintf(name, size, "%s%s, factors times %g", rules[rule].what, by, scales[scale]);
    else
        snprintf(name, size, "%s%s, factors times %g: |F|/n = %.3f", rules[rule].what, by, scales[scale], share);
}

/* The line keeps its name's place, so that it may be named anew. */
static void time_method(size_t rule, size_t scale, int method, task *t, unit *u, double *linear)
{
    const double patience = 30e3;
    line *l = line_named("density", names[rule][scale][method], t->p->n, 0);
    const verify_problem view = rules[rule].ask == ask_utility ? utility_view(t->p, linear) : variance_view(t->p);
    measure_for(l, u, t, cold, patience);
    add_report(l, t, &view);
    name_line(rule, scale, method, l->free_weights / (double)(l->seeds * t->p->n));
}

/* By the method the library chooses; then with the two that stand before block pivoting, exchanges and growth, taken away. */
static void time_rules(size_t rule, size_t scale, instance *p, unit *u, double *linear)
{
    rules[rule].set(p);
    task t = task_new(p);
    t.ask = rules[rule].ask;
    time_method(rule, scale, 0, &t, u, linear);
    mvoi_exchange *exchange = t.solver->exchange;
    t.solver->exchange = NULL;
    if (t.solver->tick)
        t.solver->tick->grow_least = SIZE_MAX;
    time_method(rule, scale, 1, &t, u, linear);
    t.solver->exchange = exchange;
    task_free(&t);
}

static void run_order(size_t n)
{
    double *linear = claim(n, sizeof *linear);
    for (size_t rule = 0; rule < RULES; rule++) {
        for (size_t scale = 0; scale < SCALES; scale++) {
            for (int method = 0; method < METHODS; method++)
                name_line(rule, scale, method, NAN);
            for (uint64_t seed = 1; seed <= SEEDS; seed++) {
                instance *p = scaled_market(n, seed, scales[scale]);
                unit u = unit_new(p->sigma, n, 0);
                time_rules(rule, scale, p, &u, linear);
                unit_free(&u);
                instance_free(p);
            }
        }
        lines_print();
    }
    free(linear);
}

int main(int count, char **arguments)
{
    static const size_t orders[] = { 50, 100, 250, 500 };
    const char *families = count > 1 ? arguments[1] : NULL, *wanted = count > 2 ? arguments[2] : NULL;
    keep_memory();
    openblas_load();
    lines_print_head();
    for (size_t i = 0; i < sizeof orders / sizeof *orders && listed(families, "density"); i++)
        if (listed_order(wanted, orders[i]))
            run_order(orders[i]);
    return 0;
}
