/* SPDX-License-Identifier: MIT */
/* Frontiers of tail risk: one that can be worked out by hand, a large one against single questions, and what is
 * refused. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mvo_tail_solver *make(size_t S, size_t n, const double *returns, int32_t measure, double level)
{
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    mvo_tail_solver *solver = NULL;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, S, n, returns, S, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, n, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_set_measure(solver, measure, level, NULL), MVO_OK);
    mvo_constraints_free(rules);
    mvo_scenarios_unref(scenarios);
    return solver;
}

/* The first asset earns 1 % whatever happens, the second loses 2 % or earns 6 %: with w of it the mean is 0.01 + 0.01 w
   and the worst loss -0.01 + 0.03 w. */
static const double two[4] = { 0.01, 0.01, -0.02, 0.06 };

static void by_hand(void **state)
{
    (void)state;
    mvo_tail_solver *solver = make(2, 2, two, MVO_RISK_WORST, 0.0);
    double returns[3], risks[3], slopes[3], gaps[3], weights[9] = { 0 }, slope = 0.0, w[2];
    mvo_report report = MVO_REPORT_INIT;
    mvo_outcome outcome = -1;
    size_t found = 0;
    weights[2] = 7.0; /* beyond n: not written */
    assert_int_equal(
        mvo_tail_frontier(&outcome, &found, returns, risks, slopes, gaps, weights, 3, solver, NULL, 3, NULL, NULL),
        MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(found, 3);
    for (size_t i = 0; i < 3; i++) {
        const double share = 0.5 * (double)i;
        assert_true(fabs(returns[i] - (0.01 + 0.01 * share)) < 1e-15);
        assert_true(fabs(risks[i] - (-0.01 + 0.03 * share)) < 1e-15);
        assert_true(fabs(slopes[i] - (i ? 3.0 : 0.0)) < 1e-12);
        assert_true(gaps[i] >= 0.0 && gaps[i] < 1e-15);
        assert_true(fabs(weights[3 * i] - (1.0 - share)) < 1e-14 && fabs(weights[3 * i + 1] - share) < 1e-14);
    }
    assert_true(weights[2] == 7.0);
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK); /* the last point is the last answer */
    assert_true(fabs(w[1] - 1.0) < 1e-14);
    assert_int_equal(mvo_tail_target_multiplier(&slope, solver), MVO_OK);
    assert_true(fabs(slope - 3.0) < 1e-12);
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
    assert_true(fabs(report.objective - 0.02) < 1e-15 && fabs(report.expected_return - 0.02) < 1e-15);
    assert_true(report.outcome == MVO_OPTIMAL && report.gap < 1e-15);
    mvo_tail_solver_free(solver);
}

/* Targets may repeat, and lie below what the least risk returns; beyond the largest return there is nothing. */
static void targets_of_every_kind(void **state)
{
    (void)state;
    mvo_tail_solver *solver = make(2, 2, two, MVO_RISK_WORST, 0.0);
    const double targets[6] = { -1.0, 0.005, 0.0125, 0.0125, 0.015, 0.03 }, mu[2] = { 0.01, 0.02 };
    double risks[6] = { 9, 9, 9, 9, 9, 9 }, slopes[6], weights[2];
    static const double expected[5] = { -0.01, -0.01, -0.0025, -0.0025, 0.005 };
    mvo_outcome outcome = -1;
    size_t found = 0;
    assert_int_equal(
        mvo_tail_frontier(&outcome, &found, NULL, risks, slopes, NULL, NULL, 0, solver, mu, 6, targets, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(found, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(fabs(risks[i] - expected[i]) < 1e-15 && fabs(slopes[i] - (i < 2 ? 0.0 : 3.0)) < 1e-12);
    assert_true(risks[5] == 9);
    assert_int_equal(mvo_tail_solver_weights(weights, solver), MVO_ERROR_STATE); /* the last question has no answer */
    assert_int_equal(mvo_tail_frontier(&outcome, NULL, NULL, NULL, NULL, NULL, NULL, 0, solver, mu, 1, targets, NULL),
                     MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_tail_solver_free(solver);
}

static void contradictions_and_return_without_end(void **state)
{
    (void)state;
    mvo_tail_solver *solver = make(2, 2, two, MVO_RISK_WORST, 0.0);
    mvo_outcome outcome = -1;
    size_t found = 9;
    assert_int_equal(mvo_tail_solver_set_bound(solver, 0, 0.7, 0.6, NULL), MVO_OK); /* crossed */
    assert_int_equal(mvo_tail_frontier(&outcome, &found, NULL, NULL, NULL, NULL, NULL, 0, solver, NULL, 3, NULL, NULL),
                     MVO_OK);
    assert_true(outcome == MVO_INFEASIBLE && found == 0);
    assert_int_equal(mvo_tail_solver_set_bound(solver, 0, 2.0, 3.0, NULL), MVO_OK); /* more than the budget */
    assert_int_equal(mvo_tail_frontier(&outcome, &found, NULL, NULL, NULL, NULL, NULL, 0, solver, NULL, 3, NULL, NULL),
                     MVO_OK);
    assert_true(outcome == MVO_INFEASIBLE && found == 0);
    assert_int_equal(mvo_tail_solver_set_bound(solver, 0, -INFINITY, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_set_bound(solver, 1, 0.0, INFINITY, NULL), MVO_OK);
    assert_int_equal(mvo_tail_frontier(&outcome, &found, NULL, NULL, NULL, NULL, NULL, 0, solver, NULL, 3, NULL, NULL),
                     MVO_OK);
    assert_true(outcome == MVO_UNBOUNDED && found == 0);
    mvo_tail_solver_free(solver);
}

/* 20 assets, 1000 days of fat tails, 50 points: each as good as a question of its own, and walked to, not started anew.
 */
static void a_large_one(void **state)
{
    (void)state;
    enum { S = 1000, N = 20, POINTS = 50 };
    static double returns[S * N], gains[POINTS], risks[POINTS], slopes[POINTS], gaps[POINTS], weights[N * POINTS];
    random_stream stream = { 5 };
    for (size_t s = 0; s < S; s++) {
        const double tail = 0.01 / (0.2 + random_uniform(&stream)), market = random_normal(&stream);
        for (size_t j = 0; j < N; j++)
            returns[s + j * S] =
                2e-4 * (double)(j + 1) + tail * (market + (0.5 + 0.1 * (double)j) * random_normal(&stream));
    }
    static const int32_t measures[3] = { MVO_RISK_CVAR, MVO_RISK_WORST, MVO_RISK_MEAN_DEVIATION };
    for (size_t kind = 0; kind < 3; kind++) {
        const double level = kind == 0 ? 0.95 : 0.0;
        mvo_tail_solver *solver = make(S, N, returns, measures[kind], level),
                        *single = make(S, N, returns, measures[kind], level);
        mvo_report report = MVO_REPORT_INIT;
        mvo_outcome outcome = -1;
        size_t found = 0;
        assert_int_equal(mvo_minimum_tail_risk(&outcome, single, NULL), MVO_OK);
        assert_int_equal(mvo_tail_solver_report(&report, single), MVO_OK);
        const int64_t rounds_of_one = report.rounds;
        assert_int_equal(mvo_tail_frontier(&outcome, &found, gains, risks, slopes, gaps, weights, N, solver, NULL,
                                           POINTS, NULL, NULL),
                         MVO_OK);
        assert_true(outcome == MVO_OPTIMAL && found == POINTS);
        assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
        assert_true(report.rounds <= rounds_of_one + 4); /* nearly every point was walked to */
        for (size_t i = 0; i < POINTS; i++) {
            double sum = 0.0;
            assert_true(gaps[i] <= 1e-9 * risks[i]);
            assert_true(i == 0 || (risks[i] >= risks[i - 1] && slopes[i] >= slopes[i - 1] - 1e-12)); /* convex */
            for (size_t j = 0; j < N; j++) {
                assert_true(weights[i * N + j] >= 0.0);
                sum += weights[i * N + j];
            }
            assert_true(fabs(sum - 1.0) < 1e-12);
            if (i % 7)
                continue;
            assert_int_equal(mvo_tail_solver_clear(single, NULL), MVO_OK);
            assert_int_equal(mvo_minimum_tail_risk_at_return(&outcome, single, NULL, gains[i] - 1e-15, NULL), MVO_OK);
            assert_int_equal(mvo_tail_solver_report(&report, single), MVO_OK);
            assert_true(outcome == MVO_OPTIMAL && fabs(report.objective - risks[i]) <= 1e-11 * risks[i]);
        }
        mvo_tail_solver_free(solver);
        mvo_tail_solver_free(single);
    }
}

static void bad_inputs(void **state)
{
    (void)state;
    mvo_tail_solver *solver = make(2, 2, two, MVO_RISK_WORST, 0.0);
    const double good[2] = { 0.01, 0.02 }, descending[2] = { 0.02, 0.01 }, not_finite[2] = { 0.01, NAN };
    double risks[2] = { 5.0, 6.0 }, weights[4] = { 1, 2, 3, 4 };
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome = 77;
    size_t found = 8;
    const struct {
        mvo_outcome *outcome;
        mvo_tail_solver *solver;
        const double *mu, *targets;
        size_t count, ld;
        mvo_status status;
        const char *argument;
    } bad[] = {
        { NULL, solver, NULL, good, 2, 2, MVO_ERROR_NULL, "outcome" },
        { &outcome, NULL, NULL, good, 2, 2, MVO_ERROR_NULL, "solver" },
        { &outcome, solver, not_finite, good, 2, 2, MVO_ERROR_NOT_FINITE, "mu" },
        { &outcome, solver, NULL, not_finite, 2, 2, MVO_ERROR_NOT_FINITE, "targets" },
        { &outcome, solver, NULL, descending, 2, 2, MVO_ERROR_ARGUMENT, "targets" },
        { &outcome, solver, NULL, good, 0, 2, MVO_ERROR_ARGUMENT, "count" },
        { &outcome, solver, NULL, NULL, 1, 2, MVO_ERROR_ARGUMENT, "count" },
        { &outcome, solver, NULL, good, 2, 1, MVO_ERROR_ARGUMENT, "ld" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mvo_tail_frontier(bad[i].outcome, &found, NULL, risks, NULL, NULL, weights, bad[i].ld,
                                           bad[i].solver, bad[i].mu, bad[i].count, bad[i].targets, &error),
                         bad[i].status);
        assert_string_equal(error.argument, bad[i].argument);
    }
    assert_true(outcome == 77 && found == 8 && risks[0] == 5.0 && weights[3] == 4.0);
    assert_int_equal(mvo_tail_solver_weights(weights, solver), MVO_ERROR_STATE); /* no question was put */
    mvo_tail_solver_free(solver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(targets_of_every_kind),
        cmocka_unit_test(contradictions_and_return_without_end),
        cmocka_unit_test(a_large_one),
        cmocka_unit_test(bad_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
