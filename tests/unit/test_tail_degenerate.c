/* SPDX-License-Identifier: MIT */
/* Problems of tail risk at the edge: risks of zero, limits that just hold, budgets of any size, events of any size. */
#include "mvo/mvo.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 8 };

static mvo_scenarios *table(size_t count, size_t n, const double *returns)
{
    mvo_scenarios *made = NULL;
    assert_int_equal(mvo_scenarios_new(&made, NULL, count, n, returns, count, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    return made;
}

/* Takes the scenarios; weights >= 0 that add up to `budget`. */
static mvo_tail_solver *make(mvo_scenarios *scenarios, size_t n, double budget, int32_t measure, double level)
{
    mvo_tail_solver *solver = NULL;
    mvo_constraints *rules = NULL;
    const double lower[MOST] = { 0.0 }, ones[MOST] = { 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0 };
    double upper[MOST];
    for (size_t j = 0; j < n; j++)
        upper[j] = HUGE_VAL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, lower, upper, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(NULL, rules, ones, budget, budget, "budget", NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_set_measure(solver, measure, level, NULL), MVO_OK);
    mvo_constraints_free(rules);
    mvo_scenarios_unref(scenarios);
    return solver;
}

static mvo_report report_of(const mvo_tail_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
    return report;
}

/* Frees the solver; returns the weights in w. */
static double least_risk(double *w, mvo_tail_solver *solver)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
    const mvo_report report = report_of(solver);
    assert_true(report.gap <= 1e-15 && report.gap == fabs(report.objective - report.dual_objective));
    mvo_tail_solver_free(solver);
    return report.objective;
}

/* --------------------------------------------------------------------------------------- risks of zero */

/* Cash has no risk, and the assets beside it have some. */
static void squares_beside_cash(void **state)
{
    (void)state;
    const double returns[8] = { 0.01, -0.02, 0.03, -0.01, 0.0001, 0.0001, 0.0001, 0.0001 };
    const int32_t measures[3] = { MVO_RISK_SEMIVARIANCE, MVO_RISK_SEMIDEVIATION, MVO_RISK_BELOW_RETURN };
    double w[2];
    for (size_t i = 0; i < 3; i++) {
        const double risk = least_risk(w, make(table(4, 2, returns), 2, 1.0, measures[i], i == 2 ? 0.00005 : 0.0));
        assert_true(fabs(risk) <= 1e-17);
        if (i < 2) { /* below a level of a quarter of a percent of a percent a little of the asset does no harm */
            assert_true(fabs(w[0]) <= 1e-12);
            assert_true(fabs(w[1] - 1.0) <= 1e-12);
        }
    }
}

/* One scenario, and an asset that returns more than the level in it. */
static void nothing_is_below(void **state)
{
    (void)state;
    const double returns[2] = { -0.005, 0.016 };
    double w[2];
    assert_true(fabs(least_risk(w, make(table(1, 2, returns), 2, 1.0, MVO_RISK_BELOW_RETURN, -0.004))) <= 1e-30);
    assert_true(-0.005 * w[0] + 0.016 * w[1] >= -0.004 - 1e-15);
}

/* A portfolio that never falls exists: (.3525, .3925, .255) has no negative return. */
static void no_drawdown(void **state)
{
    (void)state;
    const double returns[21] = { 6.20536730086067e-05, .020216083156799684, -.0084881738132651791, -.0012359270863823613,
                                 .012001882751178163, .010372725824475282, .039089508450313774, .0039483332215886771,
                                 -.01982335727466213, .031678556824289925, -.010841691139324112, .0092987242662048233,
                                 -.001480278488507048, .022858695142304656, .0098796741358961326, .0026703074285970596,
                                 -.036738430162095645, .01947544897020189, .026948731567028057, -.0043382863218520548,
                                 -.0094862855634725157 };
    double w[3];
    assert_true(fabs(least_risk(w, make(table(7, 3, returns), 3, 1.0, MVO_RISK_MAXIMUM_DRAWDOWN, 0.0))) <= 1e-15);
}

/* count-by-n returns like those of days. */
static void fill(double *returns, size_t count, size_t n, random_stream *stream)
{
    for (size_t s = 0; s < count; s++)
        for (size_t j = 0; j < n; j++)
            returns[s + j * count] = 0.0005 * (double)(j + 1) + 0.01 * random_normal(stream);
}

/* The mean of so many equal numbers is off by rounding, which is no variance of cash. */
static void squares_beside_cash_of_any_length(void **state)
{
    (void)state;
    enum { N = 4 };
    random_stream stream = { 9 };
    double returns[60 * N], w[N];
    for (size_t count = 2; count <= 60; count++) {
        fill(returns, count, N, &stream);
        for (size_t s = 0; s < count; s++)
            returns[s + (N - 1) * count] = 0.0001;
        assert_true(fabs(least_risk(w, make(table(count, N, returns), N, 1.0, MVO_RISK_SEMIVARIANCE, 0.0))) <= 1e-30);
        assert_true(fabs(least_risk(w, make(table(count, N, returns), N, 1.0, MVO_RISK_SEMIDEVIATION, 0.0))) <= 1e-16);
    }
}

static mvo_covariance *identity(size_t n, double variance)
{
    mvo_covariance *made = NULL;
    double table[MOST * MOST] = { 0.0 };
    for (size_t j = 0; j < n; j++)
        table[j + j * n] = variance;
    assert_int_equal(mvo_covariance_new_dense(&made, NULL, n, table, n, MVO_CHECK_ALL, NULL), MVO_OK);
    return made;
}

/* Variance of cash is nothing, too: all cash, whatever the others do. */
static void mixed_beside_cash(void **state)
{
    (void)state;
    enum { S = 40, N = 4 };
    random_stream stream = { 5 };
    double returns[S * N], w[N], table_of[N * N] = { 0.0 };
    for (size_t j = 0; j + 1 < N; j++)
        table_of[j + j * N] = 1e-4;
    for (int set = 0; set < 50; set++) {
        mvo_covariance *covariance = NULL;
        mvo_outcome outcome = -1;
        fill(returns, S, N, &stream);
        for (size_t s = 0; s < S; s++)
            returns[s + (N - 1) * S] = 0.0001;
        assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, table_of, N, MVO_CHECK_ALL, NULL), MVO_OK);
        mvo_tail_solver *solver = make(table(S, N, returns), N, 1.0, MVO_RISK_MEAN_DEVIATION, 0.0);
        assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, covariance, NULL, 1.0, HUGE_VAL, NULL),
                         MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
        assert_true(fabs(w[N - 1] - 1.0) <= 1e-12);
        assert_true(report_of(solver).gap <= 1e-15);
        mvo_tail_solver_free(solver);
        mvo_covariance_unref(covariance);
    }
}

/* ---------------------------------------------------------------------- a limit that is the least risk */

/* The same of any budget: what rounding is of large weights. */
static void limit_at_the_least_risk_of_any_budget(void **state)
{
    (void)state;
    enum { S = 40, N = 4 };
    static const int32_t measures[3] = { MVO_RISK_CVAR, MVO_RISK_CDAR, MVO_RISK_MAXIMUM_DRAWDOWN };
    random_stream stream = { 31 };
    double returns[S * N];
    mvo_covariance *covariance = identity(N, 1e-4);
    for (int set = 0; set < 90; set++) {
        mvo_outcome outcome = -1;
        fill(returns, S, N, &stream);
        for (size_t s = 0; set >= 45 && s < S; s++)
            returns[s + (N - 1) * S] = 0.0001;
        const int32_t measure = measures[set % 3];
        mvo_tail_solver *solver =
            make(table(S, N, returns), N, 1e7, measure, measure == MVO_RISK_MAXIMUM_DRAWDOWN ? 0.0 : 0.9);
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        const double limit = report_of(solver).objective;
        assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, covariance, NULL, 0.0, limit, NULL),
                         MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, limit, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        mvo_tail_solver_free(solver);
    }
    mvo_covariance_unref(covariance);
}

static void limit_at_the_least_risk(void **state)
{
    (void)state;
    enum { S = 60, N = 5 };
    random_stream stream = { 77 };
    double returns[S * N], least_w[N], w[N];
    mvo_covariance *covariance = identity(N, 1e-4);
    for (int set = 0; set < 300; set++) {
        mvo_outcome outcome = -1;
        fill(returns, S, N, &stream);
        mvo_tail_solver *solver = make(table(S, N, returns), N, 1.0, MVO_RISK_CVAR, 0.95);
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        const double limit = report_of(solver).objective;
        assert_int_equal(mvo_tail_solver_weights(least_w, solver), MVO_OK);
        assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, covariance, NULL, 0.0, limit, NULL),
                         MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
        for (size_t j = 0; j < N; j++)
            assert_true(fabs(w[j] - least_w[j]) <= 1e-9);
        assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, limit, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
        for (size_t j = 0; j < N; j++)
            assert_true(fabs(w[j] - least_w[j]) <= 1e-9);
        assert_int_equal(mvo_minimum_variance_and_tail_risk(&outcome, solver, covariance, NULL, 0.0,
                                                            limit - 1e-9 * limit, NULL),
                         MVO_OK);
        assert_int_equal(outcome, MVO_INFEASIBLE);
        mvo_tail_solver_free(solver);
    }
    mvo_covariance_unref(covariance);
}

/* ------------------------------------------------------------------------------------ budgets of any size */

static const double two[8] = { -.02, .01, .03, .02, -.05, .03, .06, .04 };

/* The mean returns are .01 and .02: all in the second asset is the most, whatever the budget is. */
static void largest_return_of_any_budget(void **state)
{
    (void)state;
    for (double budget = 1e-3; budget < 1e13; budget *= 100.0) {
        mvo_outcome outcome = -1;
        size_t found = 0;
        double returns[5], risks[5], w[2];
        mvo_tail_solver *solver = make(table(4, 2, two), 2, budget, MVO_RISK_CVAR, 0.75);
        assert_int_equal(
            mvo_tail_frontier(&outcome, &found, returns, risks, NULL, NULL, NULL, 0, solver, NULL, 5, NULL, NULL),
            MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(found, 5);
        assert_true(fabs(returns[4] - 0.02 * budget) <= 1e-9 * budget);
        assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, budget, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
        assert_true(fabs(w[1] - budget) <= 1e-9 * budget);
        mvo_tail_solver_free(solver);
    }
}

/* Weights without an upper limit: of assets that can lose the risk grows with the return, of others it does not. */
static void no_largest_return(void **state)
{
    (void)state;
    const double gains[2] = { 0.01, 0.01 };
    for (int harmless = 0; harmless < 2; harmless++) {
        mvo_outcome outcome = -1;
        mvo_constraints *rules = NULL;
        mvo_tail_solver *solver = NULL;
        mvo_scenarios *scenarios = harmless ? table(1, 2, gains) : table(4, 2, two);
        const double lower[2] = { 0.0, 0.0 }, upper[2] = { HUGE_VAL, HUGE_VAL };
        assert_int_equal(mvo_constraints_new(&rules, NULL, 2, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_set_bounds(rules, lower, upper, NULL), MVO_OK);
        assert_int_equal(mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL), MVO_OK);
        const int32_t measure = harmless ? MVO_RISK_MEAN_DEVIATION : MVO_RISK_WORST;
        assert_int_equal(mvo_tail_solver_set_measure(solver, measure, 0.0, NULL), MVO_OK);
        assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, 1e7, NULL), MVO_OK);
        assert_int_equal(outcome, harmless ? MVO_UNBOUNDED : MVO_OPTIMAL);
        if (!harmless) /* .02 for each .05 at risk and .01 for each .02: the first asset */
            assert_true(fabs(report_of(solver).objective + 1e7 * 0.01 / 0.02) <= 1e-2);
        assert_int_equal(
            mvo_tail_frontier(&outcome, NULL, NULL, NULL, NULL, NULL, NULL, 0, solver, NULL, 5, NULL, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_UNBOUNDED);
        mvo_tail_solver_free(solver);
        mvo_constraints_free(rules);
        mvo_scenarios_unref(scenarios);
    }
}

/* ------------------------------------------------------------------------------------- events and shocks */

static void events_that_overflow(void **state)
{
    (void)state;
    const double large[2] = { 0.01, 1e200 }, fallen[1] = { 1e20 }, shocks[2] = { 0.0, 1e200 }, nothing[1] = { -1.0 };
    const double half[1] = { 0.5 };
    double joined[2];
    mvo_error error = MVO_ERROR_INIT;
    mvo_scenarios *given = table(1, 2, large), *made = NULL;
    assert_int_equal(
        mvo_scenarios_new_with_events(&made, NULL, given, 1, half, shocks, 2, MVO_EVENT_COMPOUNDED, &error),
        MVO_ERROR_NOT_FINITE);
    assert_null(made);
    assert_string_equal(error.argument, "shocks");
    assert_int_equal(error.row, 1);
    assert_int_equal(error.column, 0);
    mvo_scenarios_unref(given);
    given = table(1, 1, fallen);
    assert_int_equal(
        mvo_scenarios_new_with_events(&made, NULL, given, 1, half, nothing, 1, MVO_EVENT_COMPOUNDED, NULL), MVO_OK);
    assert_int_equal(mvo_scenarios_returns(joined, 2, NULL, made, NULL), MVO_OK);
    assert_true(joined[0] == 1e20 && joined[1] == -1.0);
    mvo_scenarios_unref(made);
    mvo_scenarios_unref(given);
}

/* Nine times a ninth is a little more than 1 in doubles. */
static void events_that_are_certain(void **state)
{
    (void)state;
    const double returns[1] = { 0.01 }, shocks[9] = { 0.0 };
    double ninths[9], probabilities[10];
    for (size_t k = 0; k < 9; k++)
        ninths[k] = 1.0 / 9.0 + (k == 0 ? 1e-16 : 0.0);
    mvo_scenarios *given = table(1, 1, returns), *made = NULL;
    assert_int_equal(mvo_scenarios_new_with_events(&made, NULL, given, 9, ninths, shocks, 1, MVO_EVENT_ALONE, NULL),
                     MVO_OK);
    assert_int_equal(mvo_scenarios_returns(NULL, 0, probabilities, made, NULL), MVO_OK);
    assert_true(probabilities[0] >= 0.0 && probabilities[0] <= 1e-15);
    mvo_scenarios_unref(made);
    made = NULL;
    ninths[0] += 2e-9;
    assert_int_equal(mvo_scenarios_new_with_events(&made, NULL, given, 9, ninths, shocks, 1, MVO_EVENT_ALONE, NULL),
                     MVO_ERROR_ARGUMENT);
    mvo_scenarios_unref(given);
}

static void shocks_at_the_edge(void **state)
{
    (void)state;
    const double one[2] = { 0.0, 1.0 };
    double shock[2] = { 7.0, 7.0 };
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_shock_oracle(shock, 2, one, NULL, -1.0, 0.5, &error), MVO_ERROR_ARGUMENT);
    assert_string_equal(error.argument, "deviation");
    assert_int_equal(mvo_shock_peg(shock, 2, one, one, 1.7e308, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "price");
    assert_int_equal(error.row, 1);
    assert_true(shock[0] == 7.0 && shock[1] == 7.0);
    assert_int_equal(mvo_shock_bridge(shock, 2, NULL, 0.5, NULL), MVO_OK);
    assert_true(shock[0] == 0.0 && shock[1] == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squares_beside_cash),          cmocka_unit_test(nothing_is_below),
        cmocka_unit_test(no_drawdown),                  cmocka_unit_test(mixed_beside_cash),
        cmocka_unit_test(limit_at_the_least_risk),      cmocka_unit_test(largest_return_of_any_budget),
        cmocka_unit_test(no_largest_return),            cmocka_unit_test(events_that_overflow),
        cmocka_unit_test(events_that_are_certain),      cmocka_unit_test(shocks_at_the_edge),
        cmocka_unit_test(squares_beside_cash_of_any_length), cmocka_unit_test(limit_at_the_least_risk_of_any_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
