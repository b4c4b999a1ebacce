/* SPDX-License-Identifier: MIT */
/*
 * Times portfolios with costs of trading, cold and warm: family e of README.md in this folder.
 *
 *     bench_costs [families [orders]]
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/costly.h"
#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS = 200, RUNS = 5 };

static const double RATE = 0.001; /* per unit traded, either way */

static void require(mvo_status status, const char *what)
{
    if (status == MVO_OK)
        return;
    fprintf(stderr, "bench_costs: %s: %s\n", what, mvo_status_name(status));
    exit(1);
}

/* The nearest portfolio that obeys b's rules, in the plain distance. */
static void make_feasible(double *holdings, const mvo_constraints *rules, size_t n)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_covariance *identity = NULL;
    mvo_solver *solver = NULL;
    double *ones = claim(n, sizeof *ones), nothing = 0.0;
    for (size_t j = 0; j < n; j++)
        ones[j] = 1.0;
    require(mvo_covariance_new_factor(&identity, NULL, n, 0, &nothing, n, NULL, 1, ones, MVO_CHECK_ALL, NULL),
            "identity");
    require(mvo_solver_new(&solver, NULL, identity, rules, NULL), "solver");
    require(mvo_minimum_tracking_error(&outcome, solver, holdings, NULL), "projection");
    require(mvo_solver_weights(holdings, solver), "projection");
    mvo_solver_free(solver);
    mvo_covariance_unref(identity);
    free(ones);
}

/* The optimum of b for mu_i (1 + 0.2 N), each weight times 1 + 0.1 N, made feasible. */
static void draw_holdings(double *holdings, task *t, uint64_t seed)
{
    const size_t n = t->p->n;
    double *means = claim(n, sizeof *means);
    random_stream stream = { seed + 4242 };
    for (size_t j = 0; j < n; j++)
        means[j] = t->p->mu[j] * (1.0 + 0.2 * random_normal(&stream));
    require(mvo_maximum_utility(&t->outcome, t->solver, means, 5.0, NULL), "holdings");
    require(mvo_solver_weights(holdings, t->solver), "holdings");
    for (size_t j = 0; j < n; j++)
        holdings[j] *= 1.0 + 0.1 * random_normal(&stream);
    make_feasible(holdings, t->constraints, n);
    free(means);
}

/* The ticks of d, from a cold solve around the market's holdings; each day's holdings are the weights of the day before, drifted by
   1 % each. `rounds` and `pivots` become those of a tick on average. */
static void run_rolling(double *samples, line *l, task *t, double *mu, double *holdings, uint64_t seed, double *rounds,
                        double *pivots)
{
    const size_t n = t->p->n;
    mvo_report report = MVO_REPORT_INIT;
    random_stream stream = { seed ^ UINT64_C(0xd1b54a32d192ed03) };
    *rounds = *pivots = 0.0;
    require(mvo_solver_set_holdings(t->solver, holdings, NULL), "holdings");
    cold_utility(t);
    for (size_t tick = 0; tick < TICKS; tick++) {
        mvo_solver_weights(holdings, t->solver);
        for (size_t j = 0; j < n; j++) {
            mu[j] *= 1.0 + 0.01 * random_normal(&stream);
            holdings[j] *= 1.0 + 0.01 * random_normal(&stream);
        }
        const double begin = now_short();
        mvo_solver_set_holdings(t->solver, holdings, NULL);
        mvo_maximum_utility(&t->outcome, t->solver, mu, 5.0, NULL);
        samples[tick] = now_short() - begin;
        mvo_solver_report(&report, t->solver);
        *rounds += (double)report.rounds / TICKS;
        *pivots += (double)report.pivots / TICKS;
        if (t->outcome != MVO_OPTIMAL)
            l->outcome = t->outcome;
    }
}

static void rolling(line *l, instance *p, task *t, unit *u, uint64_t seed, const double *bought, double *linear)
{
    const size_t n = p->n;
    double samples[RUNS * TICKS], units[3 * RUNS], *own = p->mu, *mu = claim(2 * n, sizeof *mu), *holdings = mu + n;
    double rounds = 0.0, pivots = 0.0;
    size_t unit_count = 0;
    mvo_report report = MVO_REPORT_INIT;
    p->mu = mu;
    for (size_t run = 0; run < RUNS; run++) {
        for (size_t s = 0; u->n && s < 3; s++)
            units[unit_count++] = unit_potrf(u);
        memcpy(mu, own, n * sizeof *mu);
        memcpy(holdings, bought, n * sizeof *holdings);
        run_rolling(samples + run * TICKS, l, t, mu, holdings, seed, &rounds, &pivots);
    }
    line_add_stream(l, samples, TICKS, RUNS, u, quantile(units, unit_count, 0.5));
    add_costly_report(l, t, holdings, RATE, linear);
    mvo_solver_report(&report, t->solver);
    l->rounds += rounds - (double)report.rounds; /* per tick, not of the last */
    l->pivots += pivots - (double)report.pivots;
    p->mu = own;
    free(mu);
}

/* ------------------------------------------------------------------------------------------- budgets */

/* Half the problem of b divided by five, as the solver's own linear term has it. */
static void cold_solve(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    mvo_solver_solve(&t->outcome, t->solver, NULL);
}

/* The least power of ten to which the verifier of costs and budgets accepts an answer. */
static double accuracy(const costly *c, const mvo_solver *solver)
{
    char why[256];
    double tolerance = 1e-6;
    while (tolerance > 1e-16 && costly_verify(c, solver, 1.0, 0.1 * tolerance, why, sizeof why))
        tolerance *= 0.1;
    return costly_verify(c, solver, 1.0, tolerance, why, sizeof why) ? tolerance : NAN;
}

/* e with no more turnover than half of what it takes without a limit, and, if so asked, a gross exposure of at most one (which
   long-only weights that add up to one just have). */
static void with_budgets(const char *family, instance *p, unit *u, const double *holdings, double traded, int gross)
{
    const size_t n = p->n;
    costly *c = costly_new(instance_copy(p), gross ? 2 : 1);
    memcpy(c->holdings, holdings, n * sizeof *holdings);
    for (size_t j = 0; j < n; j++) {
        c->buy[j] = c->sell[j] = RATE / 5.0;
        c->p->linear[j] = -p->mu[j] / 5.0;
    }
    for (size_t i = 0; i < c->absolute; i++) {
        costly_row *row = &c->rows[i];
        row->around = i == 0 ? MVO_AROUND_HOLDINGS : MVO_AROUND_ZERO;
        row->above = row->below = 1.0;
        row->limit = i == 0 ? 0.5 * traded : 1.0;
        for (size_t j = 0; j < n; j++)
            row->coefficients[j] = 1.0;
    }
    task t = { .p = c->p, .outcome = -1, .solver = costly_solver(c, MVO_CHECK_NONE) };
    line *l = line_named(family, gross ? "the same with half its turnover and a gross exposure of one, cold"
                                       : "the same with half its turnover, cold", n, 0);
    mvo_report report = MVO_REPORT_INIT;
    measure(l, u, &t, cold_solve);
    require(mvo_solver_report(&report, t.solver), "report");
    if (t.outcome != MVO_OPTIMAL)
        l->outcome = t.outcome;
    l->rounds += (double)report.rounds;
    l->pivots += (double)report.pivots;
    l->free_weights += (double)report.free_weights;
    l->residual = fmax(l->residual, accuracy(c, t.solver));
    mvo_solver_free(t.solver);
    costly_free(c);
}

/* What the last answer trades. */
static double turnover_of(const mvo_solver *solver, const double *holdings, size_t n)
{
    double *w = claim(n, sizeof *w), sum = 0.0;
    require(mvo_solver_weights(w, solver), "turnover");
    for (size_t j = 0; j < n; j++)
        sum += fabs(w[j] - holdings[j]);
    free(w);
    return sum;
}

/* What a stream of ticks was like. */
typedef struct rolled {
    double traded, rounds, pivots; /* a tick on average */
    double residual, free_weights; /* of the last */
    mvo_outcome outcome;           /* the last that was not optimal, if any was not */
} rolled;

/* Ticks as those of rolling(), with no more turnover a day than `limit`, on a solver of their own; their times go to `samples`. */
static rolled roll(double *samples, costly *c, uint64_t seed, double limit)
{
    const size_t n = c->p->n;
    double *linear = c->p->linear;
    rolled r = { .outcome = MVO_OPTIMAL };
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    random_stream stream = { seed ^ UINT64_C(0xd1b54a32d192ed03) };
    c->rows[0].limit = limit;
    mvo_solver *solver = costly_solver(c, MVO_CHECK_NONE);
    require(mvo_solver_solve(&outcome, solver, NULL), "first");
    for (size_t tick = 0; tick < TICKS; tick++) {
        mvo_solver_weights(c->holdings, solver);
        for (size_t j = 0; j < n; j++) {
            linear[j] *= 1.0 + 0.01 * random_normal(&stream);
            c->holdings[j] *= 1.0 + 0.01 * random_normal(&stream);
        }
        const double begin = now_short();
        mvo_solver_set_holdings(solver, c->holdings, NULL);
        mvo_solver_set_linear(solver, linear, NULL);
        mvo_solver_solve(&outcome, solver, NULL);
        samples[tick] = now_short() - begin;
        r.traded += turnover_of(solver, c->holdings, n) / TICKS;
        mvo_solver_report(&report, solver);
        r.rounds += (double)report.rounds / TICKS;
        r.pivots += (double)report.pivots / TICKS;
        if (outcome != MVO_OPTIMAL)
            r.outcome = outcome;
    }
    r.free_weights = (double)report.free_weights;
    r.residual = accuracy(c, solver);
    mvo_solver_free(solver);
    return r;
}

/* The problem of a stream in its first state: e with one budget of turnover, in the solver's own terms. */
static costly *rolling_problem(const instance *p, const double *holdings)
{
    costly *c = costly_new(instance_copy(p), 1);
    costly_row *row = &c->rows[0];
    memcpy(c->holdings, holdings, p->n * sizeof *holdings);
    row->above = row->below = 1.0;
    for (size_t j = 0; j < p->n; j++) {
        c->buy[j] = c->sell[j] = RATE / 5.0;
        c->p->linear[j] = -p->mu[j] / 5.0;
        row->coefficients[j] = 1.0;
    }
    return c;
}

/* Ticks with no more turnover than three quarters of what they take without a limit. */
static void rolling_budget(const char *family, instance *p, unit *u, uint64_t seed, const double *holdings)
{
    double samples[RUNS * TICKS], units[3 * RUNS];
    size_t unit_count = 0;
    line *l = line_named(family, "the same ticks with three quarters of their turnover", p->n, 0);
    costly *c = rolling_problem(p, holdings);
    const double limit = 0.75 * roll(samples, c, seed, INFINITY).traded;
    rolled r = { .outcome = -1 };
    costly_free(c);
    for (size_t run = 0; run < RUNS; run++) {
        for (size_t s = 0; u->n && s < 3; s++)
            units[unit_count++] = unit_potrf(u);
        c = rolling_problem(p, holdings);
        r = roll(samples + run * TICKS, c, seed, limit);
        costly_free(c);
    }
    line_add_stream(l, samples, TICKS, RUNS, u, quantile(units, unit_count, 0.5));
    if (r.outcome != MVO_OPTIMAL)
        l->outcome = r.outcome;
    l->rounds += r.rounds;
    l->pivots += r.pivots;
    l->free_weights += r.free_weights;
    l->residual = fmax(l->residual, r.residual);
}

static void family_e(const char *family, instance *p, unit *u, uint64_t seed)
{
    double *linear = claim(2 * p->n, sizeof *linear), *holdings = linear + p->n;
    market_sectors(p);
    task t = task_new(p);
    draw_holdings(holdings, &t, seed);
    task_add_costs(&t, holdings, RATE);
    line *l = line_named(family, "utility with costs of trading, cold", p->n, 0);
    measure(l, u, &t, cold_utility);
    const double traded = turnover_of(t.solver, holdings, p->n);
    add_costly_report(l, &t, holdings, RATE, linear);
    with_budgets(family, p, u, holdings, traded, 0);
    with_budgets(family, p, u, holdings, traded, 1);
    l = line_named(family, "utility with costs of trading, 200 warm ticks, rolling holdings", p->n, 0);
    rolling(l, p, &t, u, seed, holdings, linear);
    rolling_budget(family, p, u, seed, holdings);
    task_free(&t);
    free(linear);
}

int main(int count, char **arguments)
{
    static const family families[] = { { "e", 0, SIZE_MAX, family_e }, { "weak e", 1, 500, family_e } };
    return run_families(count, arguments, families, 2);
}
