/* SPDX-License-Identifier: MIT */
/*
 * Times the minimisation of tail risk: family h, CVaR 95 % over S scenarios of fat-tailed returns, long-only. Columns:
 * family, n, S, what is timed, median milliseconds over the samples of three markets, pivots and rounds (means), free
 * weights (mean), largest relative gap.
 *
 *     bench_tail [n S]
 *
 * A scenario is that of Market(n) (README.md) per trading day, k factors and residuals times one sqrt(4 / chi2_4): a
 * multivariate Student t with 4 degrees of freedom.
 */
#define _GNU_SOURCE
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEDS = 3, SAMPLES = 41, POINTS = 50 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void must(mvo_status status, const mvo_error *error)
{
    if (status == MVO_OK)
        return;
    fprintf(stderr, "%s: %s\n", mvo_status_name(status), error->message);
    exit(1);
}

static void *claim(size_t count)
{
    double *memory = calloc(count, sizeof *memory);
    if (!memory)
        abort();
    return memory;
}

static double *make_returns(size_t n, size_t S, uint64_t seed)
{
    const size_t k = n / 10 < 4 ? 4 : n / 10 > 50 ? 50 : n / 10;
    double *returns = claim(n * S), *loadings = claim(n * k), *own = claim(n), *factor = claim(k);
    random_stream stream = { seed };
    const double day = 1.0 / sqrt(252.0);
    for (size_t f = 0; f < k; f++)
        for (size_t i = 0; i < n; i++)
            loadings[i + f * n] = f ? random_normal(&stream) : 1.0 + 0.3 * random_normal(&stream);
    for (size_t i = 0; i < n; i++) {
        const double u = random_uniform(&stream);
        own[i] = 0.12 + 0.35 * u * u;
    }
    for (size_t s = 0; s < S; s++) {
        const double chi2 = -2.0 * log(random_uniform(&stream) * random_uniform(&stream));
        const double shock = day * sqrt(4.0 / chi2);
        for (size_t f = 0; f < k; f++)
            factor[f] = (f ? 0.08 / sqrt((double)f) : 0.16) * random_normal(&stream);
        for (size_t i = 0; i < n; i++) {
            double sum = own[i] * random_normal(&stream);
            for (size_t f = 0; f < k; f++)
                sum += loadings[i + f * n] * factor[f];
            returns[s + i * S] = (0.02 + 0.05 * loadings[i]) / 252.0 + shock * sum;
        }
    }
    free(loadings);
    free(own);
    free(factor);
    return returns;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct tally {
    double times[SEEDS * SAMPLES], pivots, rounds, free_weights, gap;
    size_t count;
} tally;

static void note(tally *t, double begin, const mvo_tail_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    t->times[t->count++] = now() - begin;
    if (!solver || mvo_tail_solver_report(&report, solver) != MVO_OK)
        return;
    t->pivots += (double)report.pivots;
    t->rounds += (double)report.rounds;
    t->free_weights += (double)report.free_weights;
    t->gap = fmax(t->gap, report.gap / report.gap_scale);
}

static void print(const char *what, size_t n, size_t S, tally *t)
{
    const double count = (double)t->count;
    qsort(t->times, t->count, sizeof *t->times, ascending);
    printf("h\t%zu\t%zu\t%s\t%.3f\t%.0f\t%.1f\t%.1f\t%.1e\n", n, S, what, t->times[t->count / 2], t->pivots / count,
           t->rounds / count, t->free_weights / count, t->gap);
}

static void frontier(tally *t, mvo_tail_solver *solver, const double *mean, size_t n)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    mvo_report report = MVO_REPORT_INIT;
    double most = -HUGE_VAL;
    for (size_t j = 0; j < n; j++)
        most = fmax(most, mean[j]);
    must(mvo_tail_solver_clear(solver, &error), &error);
    const double begin = now();
    must(mvo_minimum_tail_risk(&outcome, solver, &error), &error);
    must(mvo_tail_solver_report(&report, solver), &error);
    const double least = report.expected_return;
    double pivots = (double)report.pivots, gap = 0.0;
    for (int i = 1; i < POINTS; i++) {
        must(mvo_minimum_tail_risk_at_return(&outcome, solver, NULL, least + (most - least) * i / POINTS, &error),
             &error);
        must(mvo_tail_solver_report(&report, solver), &error);
        pivots += (double)report.pivots;
        gap = fmax(gap, outcome == MVO_OPTIMAL ? report.gap / report.gap_scale : 1.0);
    }
    note(t, begin, NULL);
    t->pivots += pivots;
    t->gap = fmax(t->gap, gap);
}

/* The same points by the call for frontiers, and from the least risk to the largest return. */
static void call(tally *t, mvo_tail_solver *solver)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    mvo_report report = MVO_REPORT_INIT;
    double risks[POINTS], gaps[POINTS];
    size_t found = 0;
    must(mvo_tail_solver_clear(solver, &error), &error);
    const double begin = now();
    must(mvo_tail_frontier(&outcome, &found, NULL, risks, NULL, gaps, NULL, 0, solver, NULL, POINTS, NULL, &error),
         &error);
    note(t, begin, NULL);
    must(mvo_tail_solver_report(&report, solver), &error);
    t->pivots += (double)report.pivots;
    t->rounds += (double)report.rounds;
    for (size_t i = 0; i < POINTS; i++)
        t->gap = fmax(t->gap, found == POINTS ? gaps[i] / fabs(risks[i]) : 1.0);
}

/* Half the variance of the data, and CVaR at the price of a fiftieth; as ever from a cold start, the planes included.
 */
static void mix(tally *t, mvo_tail_solver *solver, const mvo_covariance *covariance)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    must(mvo_tail_solver_clear(solver, &error), &error);
    const double begin = now();
    must(mvo_minimum_variance_and_tail_risk(&outcome, solver, covariance, NULL, 0.02, INFINITY, &error), &error);
    note(t, begin, solver);
}

static void run(size_t n, size_t S)
{
    static tally handles, cold, warm, whole, called, mixed;
    mvo_error error = MVO_ERROR_INIT;
    handles = cold = warm = whole = called = mixed = (tally){ 0 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double *returns = make_returns(n, S, seed), *mean = claim(n);
        mvo_constraints *rules = NULL;
        mvo_scenarios *scenarios = NULL;
        mvo_tail_solver *solver = NULL;
        mvo_covariance *covariance = NULL;
        mvo_outcome outcome;
        must(mvo_constraints_new_long_only(&rules, NULL, n, &error), &error);
        const int samples = n * S > 500000 ? SAMPLES / 8 : SAMPLES;
        for (int i = 0; i < samples; i++) {
            mvo_tail_solver_free(solver);
            mvo_scenarios_unref(scenarios);
            const double begin = now();
            must(mvo_scenarios_new(&scenarios, NULL, S, n, returns, S, NULL, MVO_CHECK_ALL, &error), &error);
            must(mvo_tail_solver_new(&solver, NULL, scenarios, rules, &error), &error);
            must(mvo_minimum_tail_risk(&outcome, solver, &error), &error);
            note(&handles, begin, solver);
        }
        for (int i = 0; i < samples; i++) {
            must(mvo_tail_solver_clear(solver, &error), &error);
            const double begin = now();
            must(mvo_minimum_tail_risk(&outcome, solver, &error), &error);
            note(&cold, begin, solver);
        }
        for (int i = 0; i < samples; i++) {
            const double begin = now();
            must(mvo_minimum_tail_risk(&outcome, solver, &error), &error);
            note(&warm, begin, solver);
        }
        must(mvo_scenarios_mean(mean, scenarios, &error), &error);
        for (int i = 0; i < samples / 4 + 1; i++)
            frontier(&whole, solver, mean, n);
        for (int i = 0; i < samples; i++)
            call(&called, solver);
        must(mvo_covariance_new_returns(&covariance, NULL, S, n, returns, S, 1, MVO_CHECK_ALL, &error), &error);
        for (int i = 0; i < samples / 4 + 1; i++)
            mix(&mixed, solver, covariance);
        mvo_covariance_unref(covariance);
        mvo_tail_solver_free(solver);
        mvo_scenarios_unref(scenarios);
        mvo_constraints_free(rules);
        free(returns);
        free(mean);
    }
    print("cold, with handles", n, S, &handles);
    print("cold", n, S, &cold);
    print("the same again, warm", n, S, &warm);
    print("50 questions, each warm from the last", n, S, &whole);
    print("frontier of 50 points", n, S, &called);
    print("variance and CVaR together", n, S, &mixed);
}

int main(int count, char **arguments)
{
    printf("# family\tn\tS\twhat\tms\tpivots\trounds\tfree\tgap\n");
    if (count == 3) {
        run(strtoul(arguments[1], NULL, 10), strtoul(arguments[2], NULL, 10));
        return 0;
    }
    run(20, 1000);
    run(100, 1000);
    run(100, 10000);
    return 0;
}
