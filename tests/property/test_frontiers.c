/* SPDX-License-Identifier: MIT */
/*
 * Whole frontiers: optimal at every corner and between, whatever the covariance (few periods, riskless assets, assets
 * told twice, tied means, rank one, none at all) and the constraints; their queries agree with each other and with the
 * questions asked directly.
 */
#include "support/market.h"
#include "support/questions.h"
#include "support/random_problem.h"
#include "support/small_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define TOLERANCE 1e-9

typedef struct traced {
    instance *p;
    mvo_solver *solver;
    mvo_frontier *frontier;
    double *w;
    double least, most; /* returns of the last and the first corner */
} traced;

static traced trace(instance *p)
{
    traced t = { p, instance_solver(p, MVO_CHECK_ALL), NULL, calloc(p->n, sizeof(double)), 0.0, 0.0 };
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    assert_non_null(t.solver);
    assert_non_null(t.w);
    if (mvo_frontier_new(&t.frontier, &outcome, t.solver, p->mu, &error))
        fail_msg("frontier: %s", error.message);
    if (outcome != MVO_OPTIMAL)
        fail_msg("frontier: %s", mvo_outcome_name(outcome));
    assert_non_null(t.frontier);
    const size_t last = mvo_frontier_corner_count(t.frontier) - 1;
    assert_int_equal(mvo_frontier_corner(NULL, &t.most, NULL, NULL, t.frontier, 0), MVO_OK);
    assert_int_equal(mvo_frontier_corner(NULL, &t.least, NULL, NULL, t.frontier, last), MVO_OK);
    assert_true(t.most >= t.least);
    return t;
}

static void traced_free(traced *t)
{
    mvo_frontier_unref(t->frontier);
    mvo_solver_free(t->solver);
    instance_free(t->p);
    free(t->w);
}

static long double size_of_return(const instance *p, const double *w)
{
    long double size = 0.0L;
    for (size_t j = 0; j < p->n; j++)
        size += fabsl((long double)p->mu[j] * w[j]);
    return size;
}

/* The portfolio of a given return, found three ways. */
static void check_return(traced *t, double target)
{
    double lambda, volatility, again, gain;
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_frontier_at_return(&lambda, &volatility, t->w, t->frontier, target, NULL), MVO_OK);
    assert_true(fabsl(instance_return(t->p, t->w) - target) <= 1e-12L * size_of_return(t->p, t->w));
    assert_efficient(t->p, t->solver, t->w, lambda, TOLERANCE);
    ask_at_return(t->p, t->solver, target, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_report(&report, t->solver), MVO_OK);
    if (!(fabs(report.variance - volatility * volatility) <= 1e-10 * report.variance + 1e-18))
        fail_msg("at return %.17g: variance %.17g, on the frontier %.17g", target, report.variance,
                 volatility * volatility);
    if (volatility * volatility <= 1e-12)
        return;
    assert_int_equal(mvo_frontier_at_volatility(&again, &gain, t->w, t->frontier, volatility, NULL), MVO_OK);
    if (!(fabs(gain - target) <= 1e-7 * (double)size_of_return(t->p, t->w)))
        fail_msg("at volatility %.17g: return %.17g, expected %.17g", volatility, gain, target);
    assert_efficient(t->p, t->solver, t->w, again, TOLERANCE);
    ask_at_volatility(t->p, t->solver, volatility, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_report(&report, t->solver), MVO_OK);
    if (!(fabs(report.expected_return - gain) <= 1e-9 * (double)size_of_return(t->p, t->w)))
        fail_msg("at volatility %.17g: return %.17g, on the frontier %.17g", volatility, report.expected_return, gain);
}

/* At a random lambda the frontier and the utility question agree. */
static void check_utility(traced *t, double lambda)
{
    double gain, volatility;
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_frontier_at_lambda(&gain, &volatility, t->w, t->frontier, lambda, NULL), MVO_OK);
    ask_utility(t->p, t->solver, 1.0 / lambda, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_report(&report, t->solver), MVO_OK);
    const double utility = 0.5 * volatility * volatility / lambda - gain;
    const double terms = 0.5 * volatility * volatility / lambda + (double)size_of_return(t->p, t->w);
    if (!(fabs(utility - report.objective) <= 1e-11 * terms))
        fail_msg("utility at lambda %.17g: %.17g, asked directly %.17g", lambda, -utility, -report.objective);
}

static void check_sharpe(traced *t, double rf)
{
    mvo_outcome found = -1, direct = -1;
    mvo_report report = MVO_REPORT_INIT;
    double sharpe, gain, volatility;
    assert_int_equal(mvo_frontier_max_sharpe(&found, &sharpe, &gain, &volatility, t->w, t->frontier, rf, NULL), MVO_OK);
    assert_int_equal(mvo_maximum_sharpe(&direct, t->solver, t->p->mu, rf, MVO_EXCESS_OF_PORTFOLIO, NULL), MVO_OK);
    if (found != direct)
        fail_msg("Sharpe ratio over %.17g: %s, asked directly %s", rf, mvo_outcome_name(found),
                 mvo_outcome_name(direct));
    if (found != MVO_OPTIMAL)
        return;
    assert_true(fabs(sharpe * volatility - (gain - rf)) <= 1e-12 * (fabs(gain) + fabs(rf)));
    ask_sharpe(t->p, t->solver, rf, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_report(&report, t->solver), MVO_OK);
    if (!(fabs(sharpe + report.objective) <= 1e-10 * sharpe))
        fail_msg("Sharpe ratio over %.17g: %.17g, asked directly %.17g", rf, sharpe, -report.objective);
}

static void check_range(const traced *t)
{
    double x;
    mvo_error error = MVO_ERROR_INIT;
    const double beyond = 1e-3 * (fabs(t->most) + fabs(t->least)) + 1e-6;
    if (mvo_frontier_ray(t->w, t->frontier) != MVO_OK)
        assert_int_equal(mvo_frontier_at_return(&x, NULL, NULL, t->frontier, t->most + beyond, &error),
                         MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_return(&x, NULL, NULL, t->frontier, t->least - beyond, &error),
                     MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_lambda(&x, NULL, NULL, t->frontier, -1.0, &error), MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_lambda(&x, NULL, NULL, t->frontier, NAN, &error), MVO_ERROR_NOT_FINITE);
}

/* Everything about the frontier over `p`, which is freed. */
static void examine(instance *p, random_stream *stream)
{
    traced t = trace(p);
    double top;
    assert_frontier(p, t.frontier, t.solver, TOLERANCE);
    check_range(&t);
    for (int times = 0; times < 3; times++)
        check_return(&t, t.least + random_uniform(stream) * (t.most - t.least));
    assert_int_equal(mvo_frontier_corner(&top, NULL, NULL, NULL, t.frontier, 0), MVO_OK);
    for (int times = 0; times < 3; times++)
        check_utility(&t, (top > 0.0 ? top : 1.0) * pow(10.0, -4.0 * random_uniform(stream)));
    check_sharpe(&t, t.least - 0.1 * (t.most - t.least) - 1e-3);
    check_sharpe(&t, 0.5 * (t.least + t.most));
    check_sharpe(&t, t.most + 1e-3);
    traced_free(&t);
}

static void long_only(instance *p)
{
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, INFINITY);
}

static void random_mu(random_stream *stream, instance *p)
{
    for (size_t j = 0; j < p->n; j++)
        p->mu[j] = 0.05 + 0.05 * random_normal(stream);
}

/* Sample covariance of `periods` standard returns, by hand. */
static void random_sample(random_stream *stream, instance *p, size_t periods)
{
    const size_t n = p->n;
    double *x = calloc(n * periods, sizeof *x);
    assert_non_null(x);
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t t = 0; t < periods; t++)
            sum += x[t + j * periods] = 0.2 * random_normal(stream);
        for (size_t t = 0; t < periods; t++)
            x[t + j * periods] -= sum / (double)periods;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = 0.0;
            for (size_t t = 0; t < periods; t++)
                sum += x[t + i * periods] * x[t + j * periods];
            p->sigma[i + j * n] = p->sigma[j + i * n] = sum / (double)(periods - 1);
        }
    free(x);
}

static void test_markets(void **state)
{
    (void)state;
    random_stream stream = { 61 };
    for (uint64_t seed = 1; seed <= 12; seed++) {
        instance *p = market_new(20 + 15 * (size_t)(seed % 4), seed, seed % 2 == 0);
        if (seed % 3 == 0)
            market_sectors(p);
        else
            market_long_only(p);
        examine(p, &stream);
    }
}

static void test_general_constraints(void **state)
{
    (void)state;
    random_stream stream = { 62 };
    for (size_t t = 0; t < 60; t++) {
        const size_t n = 2 + random_below(&stream, 20), m = 1 + random_below(&stream, n / 2 + 1);
        instance *p = random_feasible_problem(&stream, n, m, n, t % 2 ? RANDOM_INTEGER : RANDOM_CONTINUOUS);
        random_covariance(&stream, p->sigma, n, 1e3);
        random_mu(&stream, p);
        examine(p, &stream);
    }
}

static void test_few_periods(void **state)
{
    (void)state;
    random_stream stream = { 63 };
    for (size_t t = 0; t < 30; t++) {
        const size_t n = 10 + random_below(&stream, 40), periods = 2 + random_below(&stream, n / 2);
        instance *p = instance_new(n, 1);
        random_sample(&stream, p, periods);
        random_mu(&stream, p);
        long_only(p);
        examine(p, &stream);
    }
}

static void test_riskless_asset(void **state)
{
    (void)state;
    random_stream stream = { 64 };
    for (size_t t = 0; t < 30; t++) {
        const size_t n = 3 + random_below(&stream, 25), cash = random_below(&stream, n);
        instance *p = instance_new(n, 1);
        random_covariance(&stream, p->sigma, n, 100.0);
        random_mu(&stream, p);
        for (size_t j = 0; j < n; j++)
            p->sigma[cash + j * n] = p->sigma[j + cash * n] = 0.0;
        p->mu[cash] = t % 3 == 0 ? 0.0 : t % 3 == 1 ? 0.02 : 0.5; /* the last beats every other asset */
        long_only(p);
        examine(p, &stream);
    }
}

static void test_duplicated_assets(void **state)
{
    (void)state;
    random_stream stream = { 65 };
    for (size_t t = 0; t < 30; t++) {
        const size_t half = 3 + random_below(&stream, 12), n = 2 * half;
        instance *p = instance_new(n, 1);
        double *sigma = calloc(half * half, sizeof *sigma);
        assert_non_null(sigma);
        random_covariance(&stream, sigma, half, 100.0);
        random_mu(&stream, p);
        for (size_t j = 0; j < n; j++) {
            p->mu[j] = p->mu[j % half] + (t % 2 && j >= half ? 0.001 : 0.0); /* same mean, or a better twin */
            for (size_t i = 0; i < n; i++)
                p->sigma[i + j * n] = sigma[i % half + j % half * half];
        }
        long_only(p);
        if (t % 3 == 0)
            instance_set_bounds(p, 0.0, 0.3);
        free(sigma);
        examine(p, &stream);
    }
}

static void test_tied_means(void **state)
{
    (void)state;
    random_stream stream = { 66 };
    for (size_t t = 0; t < 30; t++) {
        const size_t n = 3 + random_below(&stream, 20), kinds = 1 + random_below(&stream, 3);
        instance *p = instance_new(n, 1);
        random_covariance(&stream, p->sigma, n, 100.0);
        for (size_t j = 0; j < n; j++)
            p->mu[j] = 0.01 * (double)random_below(&stream, kinds); /* all zero where there is one kind */
        long_only(p);
        if (t % 2)
            instance_set_bounds(p, -0.1, 0.4);
        examine(p, &stream);
    }
}

/* Rank one and rank zero. */
static void test_low_rank(void **state)
{
    (void)state;
    random_stream stream = { 67 };
    for (size_t t = 0; t < 30; t++) {
        const size_t n = 2 + random_below(&stream, 20);
        instance *p = instance_new(n, 1);
        for (size_t j = 0; j < n; j++)
            p->linear[j] = t % 3 ? 0.2 * random_normal(&stream) : 0.0;
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                p->sigma[i + j * n] = p->linear[i] * p->linear[j];
        random_mu(&stream, p);
        long_only(p);
        if (t % 2)
            instance_set_bounds(p, 0.0, 0.6);
        examine(p, &stream);
    }
}

/*
 * Budget alone, no bounds: w(lambda) = w_mv + lambda d with d = S^-1 (mu - 1 (1'S^-1 mu) / (1'S^-1 1)), a ray from the
 * minimum-variance portfolio. For S = diag(s): w_mv = 1/s normalised, d_j = (mu_j - m) / s_j, m the 1/s-weighted mean.
 */
static void test_ray(void **state)
{
    (void)state;
    random_stream stream = { 68 };
    for (size_t t = 0; t < 20; t++) {
        const size_t n = 2 + random_below(&stream, 20);
        instance *p = instance_new(n, 1);
        double inverse = 0.0, mean = 0.0, lambda, *direction = calloc(n, sizeof *direction);
        assert_non_null(direction);
        random_mu(&stream, p);
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        for (size_t j = 0; j < n; j++) {
            const double s = 0.01 + random_uniform(&stream);
            p->sigma[j * (n + 1)] = s;
            inverse += 1.0 / s;
            mean += p->mu[j] / s;
        }
        mean /= inverse;
        traced made = trace(p);
        assert_int_equal(mvo_frontier_corner_count(made.frontier), 1);
        assert_int_equal(mvo_frontier_corner(&lambda, NULL, NULL, made.w, made.frontier, 0), MVO_OK);
        assert_true(lambda == 0.0);
        assert_int_equal(mvo_frontier_ray(direction, made.frontier), MVO_OK);
        for (size_t j = 0; j < n; j++) {
            const double s = p->sigma[j * (n + 1)];
            assert_true(fabs(made.w[j] - 1.0 / (s * inverse)) <= 1e-12);
            assert_true(fabs(direction[j] - (p->mu[j] - mean) / s) <= 1e-12 / s);
        }
        assert_frontier(p, made.frontier, made.solver, TOLERANCE);
        for (double at = 0.1; at < 1e4; at *= 10.0) {
            assert_int_equal(mvo_frontier_at_lambda(NULL, NULL, made.w, made.frontier, at, NULL), MVO_OK);
            assert_efficient(p, made.solver, made.w, at, TOLERANCE);
        }
        check_return(&made, made.most + 0.5);
        check_sharpe(&made, made.least - 0.01);
        check_sharpe(&made, made.least + 0.01); /* only approached, far out on the ray */
        free(direction);
        traced_free(&made);
    }
}

/* The same with sectors and some bounds, so that corners come before the ray. */
static void test_ray_with_corners(void **state)
{
    (void)state;
    random_stream stream = { 69 };
    size_t rays = 0;
    for (size_t t = 0; t < 30; t++) {
        const size_t n = 4 + random_below(&stream, 15);
        instance *p = instance_new(n, 2);
        random_covariance(&stream, p->sigma, n, 100.0);
        random_mu(&stream, p);
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        double *group = calloc(n, sizeof *group);
        assert_non_null(group);
        for (size_t j = 0; j < n; j++)
            group[j] = j % 3 == 0 ? 1.0 : 0.0;
        instance_set_row(p, 1, group, -0.2, 0.5);
        for (size_t j = 0; j < n; j++) {
            p->lower[j] = j % 2 ? 0.0 : -INFINITY;
            p->upper[j] = j % 5 ? INFINITY : 0.7;
        }
        free(group);
        traced made = trace(p);
        assert_frontier(p, made.frontier, made.solver, TOLERANCE);
        if (mvo_frontier_ray(made.w, made.frontier) == MVO_OK) {
            rays++;
            check_return(&made, made.most + 0.3);
            check_sharpe(&made, made.least - 0.01);
        }
        traced_free(&made);
    }
    assert_true(rays > 10);
}

/* Sigma is definite, by 1e-14 of its size, and weights have no limits: the frontier is long, but no return comes without risk. */
static void test_little_curvature(void **state)
{
    (void)state;
    enum { PROBLEMS = 300 };
    random_stream stream = { 71 };
    size_t optimal = 0;
    for (size_t t = 0; t < PROBLEMS; t++) {
        const size_t n = 2 + random_below(&stream, 12);
        instance *p = instance_new(n, 1);
        mvo_outcome outcome = -1;
        mvo_frontier *frontier = NULL;
        random_covariance(&stream, p->sigma, n, 1e14);
        random_mu(&stream, p);
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        for (size_t j = 0; t % 2 && j < n; j++)
            p->lower[j] = j % 2 ? 0.0 : -INFINITY;
        mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
        assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
        assert_true(outcome == MVO_OPTIMAL || outcome == MVO_NUMERICAL);
        optimal += outcome == MVO_OPTIMAL;
        mvo_frontier_unref(frontier);
        mvo_solver_free(solver);
        instance_free(p);
    }
    assert_true(100 * optimal >= 95 * PROBLEMS);
}

/* The last portfolio has the least variance that there is. */
static void check_end(traced *t)
{
    double volatility, size = 0.0;
    mvo_report report = MVO_REPORT_INIT;
    const size_t n = t->p->n, last = mvo_frontier_corner_count(t->frontier) - 1;
    assert_int_equal(mvo_frontier_corner(NULL, NULL, &volatility, t->w, t->frontier, last), MVO_OK);
    for (size_t j = 0; j < n; j++)
        size += fabs(t->w[j]) * sqrt(t->p->sigma[j * (n + 1)]);
    ask_minimum_variance(t->p, t->solver, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_report(&report, t->solver), MVO_OK);
    assert_true(fabs(volatility * volatility - report.variance) <= 1e-9 * report.variance + 1e-14 * size * size);
}

/* Means that tie but for 1e-9, and no budget: lambda falls from 1e11 or more, and what happens last is at 1e-5. */
static void test_close_means(void **state)
{
    (void)state;
    random_stream stream = { 72 };
    for (size_t t = 0; t < 300; t++) {
        const size_t n = 1 + random_below(&stream, 10), m = random_below(&stream, 3);
        instance *p = instance_new(n, m);
        double *row = calloc(n, sizeof *row);
        assert_non_null(row);
        random_covariance(&stream, p->sigma, n, 1e4);
        for (size_t j = 0; j < n; j++) {
            p->mu[j] = 1.0 + 1e-9 * random_uniform(&stream);
            p->lower[j] = -random_uniform(&stream);
            p->upper[j] = random_below(&stream, 3) ? random_uniform(&stream) : INFINITY;
        }
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < n; j++)
                row[j] = random_normal(&stream);
            instance_set_row(p, i, row, -random_uniform(&stream), random_uniform(&stream));
        }
        free(row);
        traced made = trace(p);
        check_end(&made);
        traced_free(&made);
    }
}

/* Found by longer runs: on the way to lambda = infinity, at 1e15, rounding moved weights of a vertex, and events were made of that. */
static void test_vertices_stand_still(void **state)
{
    (void)state;
    const uint64_t seeds[] = { 994, 1168, 12358, 18105 };
    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++) {
        random_stream stream = { seeds[k] };
        small_model model;
        traced made = trace(small_problem_new(&stream, &model));
        check_end(&made);
        traced_free(&made);
    }
}

/*
 * Found by longer runs: weights without limits, some of which the path holds at zero for the time being. The way to the top begins at
 * its answer, and with all of them free there would be too many.
 */
static void test_held_at_zero(void **state)
{
    (void)state;
    const uint64_t seeds[] = { 17455, 6632 };
    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++) {
        random_stream stream = { seeds[k] };
        small_model model;
        mvo_outcome outcome = -1;
        mvo_frontier *frontier = NULL;
        instance *p = small_problem_new(&stream, &model);
        for (size_t j = 0; k && j < p->n; j++)
            p->mu[j] = (double)random_below(&stream, 4);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, MVO_METHOD_PATH, NULL), MVO_OK);
        assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_frontier(p, frontier, solver, TOLERANCE);
        mvo_frontier_unref(frontier);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

/* Found by longer runs: to hold nothing has no risk and beats rf; on the way there lambda, weights and gradients come to 1e-100. */
static void test_holding_nothing(void **state)
{
    (void)state;
    const uint64_t seeds[] = { 20, 122, 543, 3616 };
    const double rf[] = { -1.02278, -197.045, -1.45931, -0.928916 };
    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++) {
        random_stream stream = { seeds[k] };
        small_model model;
        instance *p = small_problem_new(&stream, &model);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
        ask_sharpe(p, solver, rf[k], MVO_EXCESS_OF_PORTFOLIO, MVO_NOT_ATTAINED);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

/* Return that grows without risk, and no portfolio at all. */
static void test_no_frontier(void **state)
{
    (void)state;
    mvo_outcome outcome = -1;
    mvo_frontier *frontier = (mvo_frontier *)(uintptr_t)1;
    instance *p = instance_new(3, 1);
    const double sum[3] = { 1.0, 1.0, 1.0 };
    p->sigma[0] = 1.0;
    p->mu[0] = 0.05;
    p->mu[1] = 0.01;
    p->mu[2] = 0.02;
    instance_set_row(p, 0, sum, 1.0, 1.0);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_UNBOUNDED);
    assert_null(frontier);
    mvo_solver_free(solver);
    instance_set_bounds(p, 0.0, 0.2);
    solver = instance_solver(p, MVO_CHECK_ALL);
    frontier = (mvo_frontier *)(uintptr_t)1;
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_null(frontier);
    mvo_solver_free(solver);
    instance_free(p);
}

/* A covariance given by factors has the frontier of the matrix they stand for. */
static void test_factors(void **state)
{
    (void)state;
    random_stream stream = { 70 };
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const size_t n = 40, k = 5;
        instance *p = market_new_factor(n, k, seed), *dense = instance_new(n, 1);
        if (seed % 2)
            market_long_only(p);
        else
            market_capped(p);
        mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
        assert_int_equal(mvo_covariance_matrix(dense->sigma, n, covariance, NULL), MVO_OK);
        mvo_covariance_unref(covariance);
        memcpy(dense->mu, p->mu, n * sizeof *p->mu);
        memcpy(dense->lower, p->lower, n * sizeof *p->lower);
        memcpy(dense->upper, p->upper, n * sizeof *p->upper);
        instance_set_row(dense, 0, NULL, 1.0, 1.0);
        traced a = trace(p), b = trace(dense);
        assert_int_equal(mvo_frontier_corner_count(a.frontier), mvo_frontier_corner_count(b.frontier));
        for (size_t c = 0; c < mvo_frontier_corner_count(a.frontier); c++) {
            double first, second;
            assert_int_equal(mvo_frontier_corner(&first, NULL, NULL, a.w, a.frontier, c), MVO_OK);
            assert_int_equal(mvo_frontier_corner(&second, NULL, NULL, b.w, b.frontier, c), MVO_OK);
            assert_true(fabs(first - second) <= 1e-9 * second + 1e-15);
            for (size_t j = 0; j < n; j++)
                assert_true(fabs(a.w[j] - b.w[j]) <= 1e-9);
        }
        traced_free(&b);
        mvo_frontier_unref(a.frontier);
        mvo_solver_free(a.solver);
        free(a.w);
        examine(p, &stream);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markets),           cmocka_unit_test(test_general_constraints),
        cmocka_unit_test(test_few_periods),       cmocka_unit_test(test_riskless_asset),
        cmocka_unit_test(test_duplicated_assets), cmocka_unit_test(test_tied_means),
        cmocka_unit_test(test_low_rank),          cmocka_unit_test(test_ray),
        cmocka_unit_test(test_ray_with_corners),  cmocka_unit_test(test_no_frontier),
        cmocka_unit_test(test_factors),           cmocka_unit_test(test_little_curvature),
        cmocka_unit_test(test_close_means),       cmocka_unit_test(test_vertices_stand_still),
        cmocka_unit_test(test_held_at_zero),      cmocka_unit_test(test_holding_nothing),
    };
    return cmocka_run_group_tests_name("frontiers", tests, NULL, NULL);
}
