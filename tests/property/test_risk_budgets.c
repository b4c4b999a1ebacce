/* SPDX-License-Identifier: MIT */
/*
 * What must hold of risk budgets on random markets: contributions equal budgets; units, order and representation do not
 * matter; under limits, no feasible portfolio does better at the stated objective, which is computed here with
 * logarithms.
 */
#include "support/instance.h"
#include "support/market.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 300 };

static double budgets[MOST], weights[MOST], contributions[MOST], other[MOST];
static double deviation;
static mvo_outcome outcome;

static void draw_budgets(random_stream *stream, size_t n)
{
    for (size_t i = 0; i < n; i++)
        budgets[i] = 0.05 + random_uniform(stream);
}

static void solve(double *into, const mvo_covariance *covariance, const mvo_constraints *rules, const double *b)
{
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_risk_budgets(&outcome, into, contributions, &deviation, covariance, rules, b, &error) != MVO_OK)
        fail_msg("%s", error.message);
}

/* In long double from the matrix itself: the largest |w_i (Sigma w)_i / (b_i w'Sigma w) - 1|. */
static double deviation_of(const double *sigma, size_t n, const double *w, const double *b)
{
    long double share[MOST], variance = 0.0L, total = 0.0L, worst = 0.0L;
    for (size_t i = 0; i < n; i++) {
        long double sum = 0.0L;
        for (size_t j = 0; j < n; j++)
            sum += (long double)sigma[i + j * n] * w[j];
        share[i] = sum * w[i];
        variance += share[i];
        total += b ? b[i] : 1.0;
    }
    for (size_t i = 0; i < n; i++)
        worst = fmaxl(worst, fabsl(share[i] / variance / ((b ? b[i] : 1.0) / total) - 1.0L));
    return (double)worst;
}

static void assert_budgets_kept(const instance *p, const double *b)
{
    double sum = 0.0;
    assert_int_equal(outcome, MVO_OPTIMAL);
    for (size_t i = 0; i < p->n; i++) {
        assert_true(weights[i] > 0.0);
        sum += weights[i];
    }
    assert_true(fabs(sum - 1.0) < 1e-14 * (double)p->n);
    assert_true(deviation < 1e-12);
    const double found = deviation_of(p->sigma, p->n, weights, b);
    if (!(found < 1e-12))
        fail_msg("n = %zu: deviation %g", p->n, found);
}

static void contributions_are_the_budgets(void **state)
{
    (void)state;
    static const size_t sizes[] = { 2, 3, 5, 10, 20, 50, 100, 250 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (uint64_t seed = 1; seed <= 12; seed++) {
            random_stream stream = { seed + 77 };
            instance *p = market_new(sizes[s], seed, (int)(seed % 2));
            if (seed % 3 == 0) /* every other asset turned round: half of the correlations negative */
                for (size_t j = 0; j < p->n; j++)
                    for (size_t i = 0; i < p->n; i++)
                        p->sigma[i + j * p->n] *= (i + j) % 2 ? -1.0 : 1.0;
            mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
            draw_budgets(&stream, p->n);
            solve(weights, covariance, NULL, NULL);
            assert_budgets_kept(p, NULL);
            solve(weights, covariance, NULL, budgets);
            assert_budgets_kept(p, budgets);
            mvo_covariance_unref(covariance);
            instance_free(p);
        }
}

/* A sample with fewer periods than assets: singular, and most of its null space is long-short. */
static void singular_samples(void **state)
{
    (void)state;
    enum { N = 120, PERIODS = 40 };
    static double returns[PERIODS * N];
    random_stream stream = { 5 };
    for (size_t t = 0; t < PERIODS; t++) {
        const double market = random_normal(&stream);
        for (size_t i = 0; i < N; i++)
            returns[t + i * PERIODS] = 0.01 * (market + random_normal(&stream));
    }
    mvo_covariance *covariance = NULL;
    instance *p = instance_new(N, 0);
    assert_int_equal(mvo_covariance_new_returns(&covariance, NULL, PERIODS, N, returns, PERIODS, 1, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(p->sigma, N, covariance, NULL), MVO_OK);
    assert_true(mvo_covariance_rank_bound(covariance) < N);
    draw_budgets(&stream, N);
    solve(weights, covariance, NULL, budgets);
    assert_budgets_kept(p, budgets);
    instance_free(p);
    mvo_covariance_unref(covariance);
}

static void scaled_by(mvo_covariance **scaled, const instance *p, double factor, const double *units)
{
    instance *q = instance_copy(p);
    for (size_t j = 0; j < p->n; j++)
        for (size_t i = 0; i < p->n; i++)
            q->sigma[i + j * p->n] = p->sigma[i + j * p->n] * factor * units[i] * units[j];
    *scaled = instance_covariance(q, MVO_CHECK_ALL);
    instance_free(q);
}

/* Sigma times a number: the same weights. Asset i in other units: w_i divided by them. */
static void units_do_not_matter(void **state)
{
    (void)state;
    enum { N = 30 };
    double units[N];
    random_stream stream = { 9 };
    instance *p = market_new(N, 4, 0);
    mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL), *scaled;
    draw_budgets(&stream, N);
    solve(weights, covariance, NULL, budgets);
    const double factors[] = { 1e-12, 1e8, 1e60, 1e-60 };
    for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
        double sum = 0.0;
        for (size_t i = 0; i < N; i++) {
            units[i] = f < 2 ? 1.0 : exp(6.0 * (random_uniform(&stream) - 0.5));
            sum += weights[i] / units[i];
        }
        scaled_by(&scaled, p, factors[f], units);
        solve(other, scaled, NULL, budgets);
        assert_int_equal(outcome, MVO_OPTIMAL);
        for (size_t i = 0; i < N; i++)
            assert_true(fabs(other[i] / (weights[i] / units[i] / sum) - 1.0) < 1e-11);
        mvo_covariance_unref(scaled);
    }
    mvo_covariance_unref(covariance);
    instance_free(p);
}

static mvo_covariance *expanded(const mvo_covariance *structured)
{
    const size_t n = mvo_covariance_size(structured);
    double *matrix = calloc(n * n, sizeof *matrix);
    mvo_covariance *dense = NULL;
    assert_non_null(matrix);
    assert_int_equal(mvo_covariance_matrix(matrix, n, structured, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&dense, NULL, n, matrix, n, MVO_CHECK_ALL, NULL), MVO_OK);
    free(matrix);
    return dense;
}

/* Long-only, every weight at most `cap` times 1/n, five groups with at least a tenth each. */
static mvo_constraints *limits(size_t n, double cap)
{
    mvo_constraints *rules = NULL;
    int32_t label[MOST];
    double low[5], high[5];
    for (size_t i = 0; i < n; i++)
        label[i] = (int32_t)(i % 5);
    for (size_t g = 0; g < 5; g++) {
        low[g] = 0.1;
        high[g] = 0.6;
    }
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_groups(NULL, rules, 5, label, low, high, NULL, NULL), MVO_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mvo_constraints_set_bound(rules, i, 0.0, cap / (double)n, NULL), MVO_OK);
    return rules;
}

static void structured_is_dense(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        random_stream stream = { seed };
        const size_t n = 15 + 10 * seed, k = seed == 3 ? 0 : seed;
        instance *p = market_new_factor(n, k ? k : 1, seed);
        if (!k)
            memset(p->loadings, 0, n * sizeof *p->loadings);
        mvo_covariance *structured = instance_covariance(p, MVO_CHECK_ALL), *dense = expanded(structured);
        mvo_constraints *rules = limits(n, 1.3);
        draw_budgets(&stream, n);
        for (int limited = 0; limited <= 1; limited++) {
            solve(weights, structured, limited ? rules : NULL, budgets);
            const mvo_outcome before = outcome;
            solve(other, dense, limited ? rules : NULL, budgets);
            assert_int_equal(before, outcome);
            assert_int_equal(outcome, limited ? MVO_NOT_ATTAINED : MVO_OPTIMAL);
            for (size_t i = 0; i < n; i++)
                assert_true(fabs(weights[i] - other[i]) < (limited ? 1e-9 : 1e-13));
        }
        mvo_constraints_free(rules);
        mvo_covariance_unref(dense);
        mvo_covariance_unref(structured);
        instance_free(p);
    }
}

/* ------------------------------------------------------------------------------------------- under limits */

static long double barrier(const mvo_covariance *covariance, size_t n, const double *w, double lambda)
{
    double variance;
    long double value, total = 0.0L;
    assert_int_equal(mvo_covariance_variance(&variance, covariance, w, NULL), MVO_OK);
    value = 0.5L * variance;
    for (size_t i = 0; i < n; i++)
        total += budgets[i];
    for (size_t i = 0; i < n; i++)
        value -= lambda * (long double)budgets[i] / total * logl(w[i]);
    return value;
}

/* lambda as the assets on which nothing presses tell it; they must agree. Returns how many there are. */
static size_t common_lambda(double *lambda, size_t n, double cap)
{
    double total = 0.0, least = HUGE_VAL, most = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        total += budgets[i];
    for (size_t i = 0; i < n; i++) {
        if (weights[i] > cap / (double)n * (1.0 - 1e-9))
            continue;
        const double ratio = contributions[i] / (budgets[i] / total);
        least = fmin(least, ratio);
        most = fmax(most, ratio);
        count++;
    }
    if (count && !(most - least < 1e-8 * most))
        fail_msg("free assets disagree: %.12g to %.12g of their budgets", least, most);
    *lambda = most;
    return count;
}

/* Caps only: the free assets share by budgets, and no feasible neighbour has a smaller objective. */
static void best_of_the_feasible(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_stream stream = { seed };
        const size_t n = 6 + 3 * (size_t)seed;
        const double cap = 1.1 + 0.05 * (double)(seed % 7);
        double lambda, variance, trial[MOST];
        instance *p = market_new(n, seed, 0);
        mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
        mvo_constraints *rules = NULL;
        assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, n, NULL), MVO_OK);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(mvo_constraints_set_bound(rules, i, 0.0, cap / (double)n, NULL), MVO_OK);
        draw_budgets(&stream, n);
        solve(weights, covariance, rules, budgets);
        assert_int_equal(outcome, MVO_NOT_ATTAINED);
        assert_true(fabs(deviation / deviation_of(p->sigma, n, weights, budgets) - 1.0) < 1e-9);
        assert_true(common_lambda(&lambda, n, cap) > 0);
        assert_int_equal(mvo_covariance_variance(&variance, covariance, weights, NULL), MVO_OK);
        const long double best = barrier(covariance, n, weights, lambda * variance);
        for (int times = 0; times < 200; times++) {
            /* A feasible point is mixed in: a random convex combination of caps and of 1/n. */
            const double step = times % 2 ? 1.0 : 1e-3;
            double sum = 0.0;
            for (size_t i = 0; i < n; i++) {
                trial[i] = random_uniform(&stream) * (cap - 1.0);
                sum += trial[i];
            }
            for (size_t i = 0; i < n; i++) { /* 1/n moved by at most (cap - 1)/n, adding up to nothing */
                trial[i] = (1.0 + trial[i] - sum / (double)n) / (double)n;
                trial[i] = (1.0 - step) * weights[i] + step * trial[i];
                assert_true(trial[i] > 0.0 && trial[i] <= cap / (double)n * (1.0 + 1e-12));
            }
            assert_true(barrier(covariance, n, trial, lambda * variance) >= best * (1.0L - 1e-13L));
        }
        mvo_constraints_free(rules);
        mvo_covariance_unref(covariance);
        instance_free(p);
    }
}

/* Where the portfolio without limits obeys them, it is the answer. */
static void limits_that_do_not_bind(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        const size_t n = 25;
        instance *p = market_new(n, seed, 0);
        mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
        mvo_constraints *rules = limits(n, 20.0);
        solve(weights, covariance, NULL, NULL);
        solve(other, covariance, rules, NULL);
        assert_int_equal(outcome, MVO_OPTIMAL);
        for (size_t i = 0; i < n; i++)
            assert_true(fabs(other[i] - weights[i]) < 1e-11);
        mvo_constraints_free(rules);
        mvo_covariance_unref(covariance);
        instance_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contributions_are_the_budgets), cmocka_unit_test(singular_samples),
        cmocka_unit_test(units_do_not_matter),           cmocka_unit_test(structured_is_dense),
        cmocka_unit_test(best_of_the_feasible),          cmocka_unit_test(limits_that_do_not_bind),
    };
    return cmocka_run_group_tests_name("risk budgets", tests, NULL, NULL);
}
