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

static int asked;

static mvo_status ask_for_return(mvo_outcome *outcome, mvo_solver *of, void *user, mvo_error *error)
{
    asked++;
    return mvo_minimum_variance_at_return(outcome, of, user, 0.0, error);
}

static mvo_status refuse(mvo_outcome *outcome, mvo_solver *of, void *user, mvo_error *error)
{
    (void)user;
    return mvo_minimum_variance_at_return(outcome, of, NULL, 0.0, error); /* NULL, which it names */
}

/* The same two assets with turnover limited: from (0.4, 0.6) no more than 0.1 may be traded each way, so that w_1 is at
   least 0.3; a cap of 0.035 stops it at 0.35, one of 0.02 contradicts the turnover. */
static void caps_beside_turnover(void **state)
{
    (void)state;
    const double returns[2] = { -0.1, 0.0 }, holdings[2] = { 0.4, 0.6 }, mu[2] = { 0.0, 0.0 };
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *capped = NULL, *untouched = NULL;
    mvo_conflict *conflict = NULL;
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome = -1;
    double w[2], y[8];
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, 1, 2, returns, 1, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 2, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(rules, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_turnover(NULL, rules, 0.2, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new_with_tail_cap(&capped, &outcome, NULL, sigma, rules, scenarios, MVO_RISK_WORST, 0.0,
                                                  0.035, NULL, NULL, NULL),
                     MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(w, capped), MVO_OK);
    assert_true(fabs(w[0] - 0.35) < 1e-14 && fabs(w[1] - 0.65) < 1e-14);
    assert_int_equal(mvo_solver_row_count(capped), 3); /* budget, turnover, one row of the cap */
    assert_int_equal(mvo_solver_multipliers(y, NULL, capped), MVO_OK);
    assert_true(fabs(y[2] - 0.04 * (2.0 * 0.35 - 1.0) / 0.1) < 1e-13);
    mvo_solver_free(capped);
    assert_int_equal(mvo_solver_new_with_tail_cap(&capped, &outcome, NULL, sigma, rules, scenarios, MVO_RISK_WORST, 0.0,
                                                  0.02, ask_for_return, (void *)(uintptr_t)mu, NULL),
                     MVO_OK);
    assert_true(outcome == MVO_INFEASIBLE && asked > 1);
    assert_int_equal(mvo_solver_conflict(&conflict, capped, NULL), MVO_OK);
    assert_non_null(strstr(mvo_conflict_text(conflict), "tail risk"));
    assert_non_null(strstr(mvo_conflict_text(conflict), "turnover"));
    mvo_conflict_free(conflict);
    mvo_solver_free(capped);
#define REFUSED(to, result, of, set, table, measure, level, limit, question, status, name)                             \
    assert_int_equal(mvo_solver_new_with_tail_cap((to), (result), NULL, (of), (set), (table), (measure), (level),      \
                                                  (limit), (question), NULL, &error),                                  \
                     (status));                                                                                        \
    assert_string_equal(error.argument, (name));                                                                       \
    assert_true(untouched == NULL && outcome == MVO_INFEASIBLE)
    REFUSED(NULL, &outcome, sigma, rules, scenarios, MVO_RISK_WORST, 0.0, 0.1, NULL, MVO_ERROR_NULL, "solver");
    REFUSED(&untouched, NULL, sigma, rules, scenarios, MVO_RISK_WORST, 0.0, 0.1, NULL, MVO_ERROR_NULL, "outcome");
    REFUSED(&untouched, &outcome, NULL, rules, scenarios, MVO_RISK_WORST, 0.0, 0.1, NULL, MVO_ERROR_NULL, "covariance");
    REFUSED(&untouched, &outcome, sigma, NULL, scenarios, MVO_RISK_WORST, 0.0, 0.1, NULL, MVO_ERROR_NULL,
            "constraints");
    REFUSED(&untouched, &outcome, sigma, rules, NULL, MVO_RISK_WORST, 0.0, 0.1, NULL, MVO_ERROR_NULL, "scenarios");
    REFUSED(&untouched, &outcome, sigma, rules, scenarios, MVO_RISK_EVAR, 0.9, 0.1, NULL, MVO_ERROR_ARGUMENT,
            "measure");
    REFUSED(&untouched, &outcome, sigma, rules, scenarios, 99, 0.9, 0.1, NULL, MVO_ERROR_ARGUMENT, "measure");
    REFUSED(&untouched, &outcome, sigma, rules, scenarios, MVO_RISK_CVAR, 0.05, 0.1, NULL, MVO_ERROR_OUT_OF_RANGE,
            "level");
    REFUSED(&untouched, &outcome, sigma, rules, scenarios, MVO_RISK_CVAR, 0.9, NAN, NULL, MVO_ERROR_NOT_FINITE,
            "limit");
    REFUSED(&untouched, &outcome, sigma, rules, scenarios, MVO_RISK_CVAR, 0.9, 0.1, refuse, MVO_ERROR_NULL, "mu");
    mvo_constraints *three = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&three, NULL, 3, NULL), MVO_OK);
    REFUSED(&untouched, &outcome, sigma, three, scenarios, MVO_RISK_CVAR, 0.9, 0.1, NULL, MVO_ERROR_MISMATCH,
            "scenarios");
    mvo_covariance *wide = NULL;
    const double unit[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    assert_int_equal(mvo_covariance_new_dense(&wide, NULL, 3, unit, 3, 0, NULL), MVO_OK);
    REFUSED(&untouched, &outcome, wide, rules, scenarios, MVO_RISK_CVAR, 0.9, 0.1, NULL, MVO_ERROR_MISMATCH,
            "constraints");
#undef REFUSED
    mvo_covariance_unref(wide);
    mvo_constraints_free(three);
    mvo_constraints_free(rules);
    mvo_scenarios_unref(scenarios);
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
        cmocka_unit_test(caps_beside_turnover),
        cmocka_unit_test(least_entropic_risk),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
