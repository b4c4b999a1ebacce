/* SPDX-License-Identifier: MIT */
/*
 * From markets that one factor moves, where a few weights are held in the end, to assets that move alone, where nearly all are:
 * whichever way a cold solve decides on, it is verified from the outside, has the objective of the path method, and is short. How many
 * will be held shows only on the way, so the wrong way costs as much as it takes to see that.
 *
 * Sigma = B B' + D with the loadings of the benchmarks (see support/market.h) times a scale from 1 to 0, or that of a sample of 2 n
 * periods of it. MVO_TEST_CROWDS: how many markets of each kind.
 */
#include "qp/solver.h"
#include "support/finding.h"
#include "support/market.h"
#include "support/property.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { MARKETS = 2, FACTORS_MOST = 50 };

static const size_t sizes[] = { 50, 100, 160, 250 };
static const double scales[] = { 1.0, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.0 };

/* ------------------------------------------------------------------------------------------ markets */

/* Sigma becomes that of 2 n periods of B f + e. */
static void sample(random_stream *stream, instance *p, const double *B, size_t k)
{
    const size_t n = p->n, periods = 2 * n;
    double *x = claim(n * periods), factor[FACTORS_MOST];
    for (size_t t = 0; t < periods; t++) {
        for (size_t f = 0; f < k; f++)
            factor[f] = random_normal(stream);
        for (size_t i = 0; i < n; i++) {
            double sum = sqrt(p->mu[i]) * random_normal(stream);
            for (size_t f = 0; f < k; f++)
                sum += B[i + f * n] * factor[f];
            x[t + i * periods] = sum / sqrt((double)periods);
        }
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = 0.0;
            for (size_t t = 0; t < periods; t++)
                sum += x[t + i * periods] * x[t + j * periods];
            p->sigma[i + j * n] = p->sigma[j + i * n] = sum;
        }
    free(x);
}

/* Sigma and mu; without rows. */
static instance *crowd_new(size_t n, uint64_t seed, double scale, int sampled)
{
    random_stream stream = { 1000 * seed + n };
    const size_t k = n < 40 ? 4 : n > 500 ? FACTORS_MOST : n / 10;
    instance *p = instance_new(n, MARKET_ROWS);
    double *B = claim(n * k);
    p->m = 0;
    for (size_t f = 0; f < k; f++)
        for (size_t i = 0; i < n; i++)
            B[i + f * n] = (f ? 0.08 / sqrt((double)f) * random_normal(&stream) : 0.16 * (1.0 + 0.3 * random_normal(&stream))) * scale;
    for (size_t i = 0; i < n; i++) {
        const double u = random_uniform(&stream), own = 0.12 + 0.35 * u * u;
        p->mu[i] = own * own; /* for the time being */
    }
    for (size_t j = 0; j < n && !sampled; j++)
        for (size_t i = 0; i < n; i++) {
            double sum = i == j ? p->mu[j] : 0.0;
            for (size_t f = 0; f < k; f++)
                sum += B[i + f * n] * B[j + f * n];
            p->sigma[i + j * n] = sum;
        }
    if (sampled)
        sample(&stream, p, B, k);
    for (size_t i = 0; i < n; i++)
        p->mu[i] = 0.02 + 0.1 * sqrt(p->sigma[i * (n + 1)]) * (0.3 + 0.5 * random_normal(&stream));
    free(B);
    return p;
}

/* ----------------------------------------------------------------------------------------- families */

static void set_utility(instance *p)
{
    for (size_t j = 0; j < p->n; j++)
        p->linear[j] = -0.2 * p->mu[j];
}

static void sectors(instance *p)
{
    market_sectors(p);
    instance_set_bounds(p, 0.0, INFINITY);
}

static void utility(instance *p)
{
    market_sectors(p);
    set_utility(p);
}

static void capped(instance *p)
{
    market_long_only(p);
    instance_set_bounds(p, 0.0, 3.0 / (double)p->n);
}

static void capped_utility(instance *p)
{
    market_sectors(p);
    instance_set_bounds(p, 0.0, 3.0 / (double)p->n);
    set_utility(p);
}

typedef struct family {
    const char *name;
    void (*limit)(instance *);
    int uncapped;
} family;

static const family families[] = { { "long-only", market_long_only, 1 },
                                   { "sectors", sectors, 1 },
                                   { "utility, caps and sectors", utility, 0 },
                                   { "caps of 3 / n", capped, 0 },
                                   { "utility, caps of 3 / n and sectors", capped_utility, 0 } };

/* ------------------------------------------------------------------------------------------- the way */

/* How long a way may be, about half as long again as any that was seen over 4320 markets. Where exchanges or growth do it alone: changes
   of the working set, beside the free weights (of those at caps some come and go). Where others do it: their rounds, and the changes
   until it was left to them. */
static const double PER_FREE = 2.25;
enum { BESIDES = 36, BEFORE_OTHERS = 40, MOST_ROUNDS = 20 };

/* Without caps: the parts of all that are free, above which it is left to others, and below which it is not. Over less than a hundred
   assets it may be left to nobody. */
static const double MANY = 0.75, FEW = 0.15, FEW_OF_FIFTY = 0.5;

typedef struct tally {
    size_t answers, alone, paths, long_ways, wrong_ways;
    double least, most;              /* free weights, of all */
    int64_t pivots, before, rounds; /* most changes alone, until others, and rounds */
} tally;

/* Asks and judges; *by_path: whether the path method had to end it. */
static void solve(finding *f, int *by_path, const instance *p, int64_t method, const char *what)
{
    static const question plain = { 0, 0.0 };
    char why[256] = "";
    mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
    assert_non_null(solver);
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
    ask(f, p, solver, &plain);
    *by_path = solver->by_path;
    if (!judge(f, p, solver, &plain, why, sizeof why) || f->outcome != MVO_OPTIMAL)
        fail_msg("%s, method %d: %s %s", what, (int)method, mvo_outcome_name(f->outcome), why);
    mvo_solver_free(solver);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Counts, and says which way was too long or the wrong one. */
static void judge_way(tally *t, const family *kind, const instance *p, const mvo_report *report, const char *what)
{
    const int alone = report->rounds == 0 && report->refactorisations == 0;
    const double free_part = (double)report->free_weights / (double)p->n;
    const double allowed = alone ? PER_FREE * (double)report->free_weights + BESIDES : BEFORE_OTHERS;
    const int long_way = (double)report->pivots > allowed || report->rounds > MOST_ROUNDS;
    const double many = p->n < 100 ? 1.0 : MANY, few = p->n < 100 ? FEW_OF_FIFTY : FEW;
    const int wrong_way = kind->uncapped && (alone ? free_part > many : free_part < few);
    t->answers++;
    t->alone += alone != 0;
    t->least = fmin(t->least, free_part);
    t->most = fmax(t->most, free_part);
    if (alone)
        t->pivots = larger(t->pivots, report->pivots);
    else
        t->before = larger(t->before, report->pivots);
    t->rounds = larger(t->rounds, report->rounds);
    t->long_ways += long_way != 0;
    t->wrong_ways += wrong_way != 0;
    if (long_way || wrong_way)
        print_error("%s: %d of %zu free after %d rounds, %d factorisations and %d changes\n", what, (int)report->free_weights, p->n,
                    (int)report->rounds, (int)report->refactorisations, (int)report->pivots);
}

static void compare(tally *t, const family *kind, size_t n, uint64_t seed, double scale, int sampled)
{
    finding found, followed;
    int by_path, unused;
    char what[128], why[256] = "";
    instance *p = crowd_new(n, seed, scale, sampled);
    snprintf(what, sizeof what, "%s, market %llu of %s with factors times %g", kind->name, (unsigned long long)seed,
             sampled ? "samples" : "factors", scale);
    kind->limit(p);
    solve(&found, &by_path, p, MVO_METHOD_AUTO, what);
    solve(&followed, &unused, p, MVO_METHOD_PATH, what);
    if (!agree(&found, &followed, why, sizeof why))
        fail_msg("%s, n %zu: %s", what, n, why);
    t->paths += by_path != 0;
    judge_way(t, kind, p, &found.report, what);
    instance_free(p);
}

static void the_way_is_short_whoever_is_held(void **state)
{
    (void)state;
    tally t = { .least = 1.0 };
    const uint64_t markets = asked("MVO_TEST_CROWDS", MARKETS);
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            for (uint64_t seed = 1; seed <= markets; seed++)
                for (size_t s = 0; s < 2 * (sizeof scales / sizeof *scales); s++)
                    compare(&t, &families[f], sizes[k], seed, scales[s / 2], s % 2);
    print_message("          %zu markets, %.0f to %.0f %% held free: %zu alone, with up to %d changes; others after up to %d, in up to %d "
                  "rounds; %zu by paths\n",
                  t.answers, 100.0 * t.least, 100.0 * t.most, t.alone, (int)t.pivots, (int)t.before, (int)t.rounds, t.paths);
    assert_int_equal(t.long_ways, 0);
    assert_int_equal(t.wrong_ways, 0);
    assert_true(100 * t.paths <= t.answers); /* one in several hundred */
    assert_true(t.least < 0.1 && t.most > 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_way_is_short_whoever_is_held) };
    return cmocka_run_group_tests_name("crowds", tests, NULL, NULL);
}
