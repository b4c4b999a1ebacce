/* SPDX-License-Identifier: MIT */
/* Variance with a price or a cap on tail risk, and least entropic risk: by hand, and what is refused. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two assets of variance 0.04, independent, and one scenario, in which the first loses a tenth: the worst loss is w_1
 * / 10. */
static mvo_tail_solver *solver;
static mvo_covariance *sigma;

static int setup(void **state)
{
    (void)state;
    const double returns[2] = { -0.1, 0.0 }, matrix[4] = { 0.04, 0.0, 0.0, 0.04 };
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    int bad = mvo_scenarios_new(&scenarios, NULL, 1, 2, returns, 1, NULL, MVO_CHECK_ALL, NULL);
    bad |= mvo_constraints_new_long_only(&rules, NULL, 2, NULL);
    bad |= mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL);
    bad |= mvo_tail_solver_set_measure(solver, MVO_RISK_WORST, 0.0, NULL);
    bad |= mvo_covariance_new_dense(&sigma, NULL, 2, matrix, 2, MVO_CHECK_ALL, NULL);
    mvo_constraints_free(rules);
    mvo_scenarios_unref(scenarios);
    return bad;
}

static int teardown(void **state)
{
    (void)state;
    mvo_tail_solver_free(solver);
    mvo_covariance_unref(sigma);
    return 0;
}

static void ask(double expected_w, double objective, double multiplier, const double *linear, double price,
                double limit)
{
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    double w[2], of_limit = 0.0, rows[1], bounds[2];
    assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, sigma, linear, price, limit, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_multipliers(rows, bounds, NULL, solver), MVO_OK);
    assert_true(fabs(w[0] - expected_w) < 1e-14 && fabs(w[1] - (1.0 - expected_w)) < 1e-14);
    assert_true(fabs(report.objective - objective) < 1e-16 && report.gap < 1e-16);
    assert_true(fabs(report.variance - 0.04 * (w[0] * w[0] + w[1] * w[1])) < 1e-16);
    assert_int_equal(report.feasible, 1);
    /* The second asset is free: 0.04 w_2 + c_2 is the budget's multiplier. */
    assert_true(fabs(rows[0] - 0.04 * w[1] - (linear ? linear[1] : 0.0)) < 1e-15);
    if (limit < INFINITY) {
        assert_int_equal(mvo_tail_target_multiplier(&of_limit, solver), MVO_OK);
        assert_true(fabs(of_limit - multiplier) < 1e-13);
    } else {
        assert_int_equal(mvo_tail_target_multiplier(&of_limit, solver), MVO_ERROR_STATE);
    }
}

/* Half and half without the risk; 0.04 (2 w_1 - 1) + price / 10 = 0 with its price; w_1 = 10 limit where that is less,
   and the derivative is then (0.04 (2 w_1 - 1) + price / 10) 10 . */
static void by_hand(void **state)
{
    (void)state;
    const double mean_term[2] = { -0.02, 0.0 };
    ask(0.5, 0.01, 0.0, NULL, 0.0, INFINITY);
    ask(0.25, 0.5 * 0.04 * 0.625 + 0.2 * 0.025, 0.0, NULL, 0.2, INFINITY);
    ask(0.1, 0.5 * 0.04 * 0.82, -0.32, NULL, 0.0, 0.01);
    ask(0.1, 0.5 * 0.04 * 0.82 + 0.2 * 0.01, -0.12, NULL, 0.2, 0.01);
    ask(0.25, 0.5 * 0.04 * 0.625 + 0.2 * 0.025, 0.0, NULL, 0.2, 0.03); /* does not bind */
    ask(0.5, 0.01 - 0.01 + 0.2 * 0.05, 0.0, mean_term, 0.2, INFINITY); /* the mean pays for the risk */
    ask(0.1, 0.5 * 0.04 * 0.82 - 0.002, -0.52, mean_term, 0.0, 0.01);
}

static void limits_out_of_reach(void **state)
{
    (void)state;
    mvo_outcome outcome = -1;
    double w[2];
    assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, sigma, NULL, 0.0, -0.001, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE); /* no loss is the least */
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_ERROR_STATE);
    ask(0.0, 0.02, -0.4, NULL, 0.0, 0.0);
    assert_int_equal(mvo_tail_solver_set_bound(solver, 0, 0.6, 0.5, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, sigma, NULL, 0.1, 1.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(mvo_tail_solver_set_bound(solver, 0, 0.0, INFINITY, NULL), MVO_OK);
    ask(0.5, 0.01, 0.0, NULL, 0.0, INFINITY);
}

static void bad_inputs(void **state)
{
    (void)state;
    mvo_covariance *three = NULL;
    const double unit[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, not_finite[2] = { 0.0, INFINITY };
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome = 77;
    double w[2];
    assert_int_equal(mvo_covariance_new_dense(&three, NULL, 3, unit, 3, 0, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_clear(solver, NULL), MVO_OK);
    const struct {
        mvo_outcome *outcome;
        mvo_tail_solver *solver;
        const mvo_covariance *covariance;
        const double *linear;
        double price, limit;
        mvo_status status;
        const char *argument;
    } bad[] = {
        { NULL, solver, sigma, NULL, 0.1, 1.0, MVO_ERROR_NULL, "outcome" },
        { &outcome, NULL, sigma, NULL, 0.1, 1.0, MVO_ERROR_NULL, "solver" },
        { &outcome, solver, NULL, NULL, 0.1, 1.0, MVO_ERROR_NULL, "covariance" },
        { &outcome, solver, three, NULL, 0.1, 1.0, MVO_ERROR_MISMATCH, "covariance" },
        { &outcome, solver, sigma, not_finite, 0.1, 1.0, MVO_ERROR_NOT_FINITE, "linear" },
        { &outcome, solver, sigma, NULL, NAN, 1.0, MVO_ERROR_NOT_FINITE, "price" },
        { &outcome, solver, sigma, NULL, INFINITY, 1.0, MVO_ERROR_NOT_FINITE, "price" },
        { &outcome, solver, sigma, NULL, -0.1, 1.0, MVO_ERROR_ARGUMENT, "price" },
        { &outcome, solver, sigma, NULL, 0.1, NAN, MVO_ERROR_NOT_FINITE, "limit" },
        { &outcome, solver, sigma, NULL, 0.1, -INFINITY, MVO_ERROR_NOT_FINITE, "limit" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mvo_minimum_variance_and_tail_risk(bad[i].outcome, bad[i].solver, bad[i].covariance,
                                                            bad[i].linear, bad[i].price, bad[i].limit, &error),
                         bad[i].status);
        assert_string_equal(error.argument, bad[i].argument);
    }
    assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_SEMIVARIANCE, 0.0, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, sigma, NULL, 0.1, 1.0, &error),
                     MVO_ERROR_STATE);
    assert_string_equal(error.argument, "solver");
    assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_EVAR, 0.9, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, sigma, NULL, 0.1, 1.0, &error),
                     MVO_ERROR_STATE);
    assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_WORST, 0.0, NULL), MVO_OK);
    assert_true(outcome == 77);
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_ERROR_STATE);
    mvo_covariance_unref(three);
}

/* A thousand normal days of twenty assets: the entropic risk is smooth there, and no portfolio near the answer has
 * less. */
static void least_entropic_risk(void **state)
{
    (void)state;
    enum { S = 1000, N = 20 };
    static double returns[S * N];
    random_stream stream = { 8 };
    for (size_t s = 0; s < S; s++) {
        const double market = 0.01 * random_normal(&stream);
        for (size_t j = 0; j < N; j++)
            returns[s + j * S] = 5e-4 + market + 0.005 * (1.0 + 0.2 * (double)j) * random_normal(&stream);
    }
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    mvo_tail_solver *entropic = NULL;
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    double w[N], risk = 0.0, y[1], z[N], q[S], sum = 0.0;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, S, N, returns, S, NULL, 0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&entropic, NULL, scenarios, rules, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_set_measure(entropic, MVO_RISK_EVAR, 0.95, NULL), MVO_OK);
    for (int ask_for = 0; ask_for < 2; ask_for++) {
        if (ask_for)
            assert_int_equal(mvo_minimum_tail_risk_at_return(&outcome, entropic, NULL, 6.0e-4, NULL), MVO_OK);
        else
            assert_int_equal(mvo_minimum_tail_risk(&outcome, entropic, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_report(&report, entropic), MVO_OK);
        assert_true(report.gap <= 1e-12 * report.objective && report.rounds < 40);
        assert_int_equal(mvo_tail_solver_weights(w, entropic), MVO_OK);
        assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, scenarios, w, MVO_RISK_EVAR, 0.95, NULL), MVO_OK);
        assert_true(fabs(risk - report.objective) < 1e-15);
    }
    assert_int_equal(mvo_tail_solver_multipliers(y, z, q, entropic), MVO_OK);
    for (size_t s = 0; s < S; s++)
        sum += q[s];
    assert_true(fabs(sum - 1.0) < 1e-12); /* tilted probabilities */
    for (int trial = 0; trial < 200; trial++) {
        double other[N], total = 0.0, gain = 0.0, theirs = 0.0, mean[N];
        for (size_t j = 0; j < N; j++)
            total += other[j] = fmax(0.0, w[j] + 0.02 * random_normal(&stream));
        assert_int_equal(mvo_scenarios_mean(mean, scenarios, NULL), MVO_OK);
        for (size_t j = 0; j < N; j++)
            gain += (other[j] /= total) * mean[j];
        assert_int_equal(mvo_tail_risk(&theirs, NULL, NULL, scenarios, other, MVO_RISK_EVAR, 0.95, NULL), MVO_OK);
        assert_true(gain < 6.0e-4 || theirs >= risk);
    }
    mvo_tail_solver_free(entropic);
    mvo_constraints_free(rules);
    mvo_scenarios_unref(scenarios);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(limits_out_of_reach),
        cmocka_unit_test(bad_inputs),
        cmocka_unit_test(least_entropic_risk),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
