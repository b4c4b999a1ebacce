/* SPDX-License-Identifier: MIT */
/* The solver of tail risk: optima by hand, outcomes, multipliers against differences, warm starts, every refusal. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { S = 60, N = 4 };

static double returns[S * N];
static mvo_error error;

static void near_to(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g instead of %.17g", found, expected);
}

static int setup(void **state)
{
    (void)state;
    random_stream stream = { 3 };
    for (size_t s = 0; s < S; s++) {
        const double market = random_normal(&stream);
        for (size_t j = 0; j < N; j++)
            returns[s + j * S] =
                0.0005 * (double)(j + 1) + 0.01 * market + (0.004 + 0.003 * (double)j) * random_normal(&stream);
    }
    return 0;
}

static mvo_tail_solver *make(const double *table, size_t count, size_t n)
{
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    mvo_tail_solver *solver = NULL;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, count, n, table, count, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, n, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL), MVO_OK);
    mvo_scenarios_unref(scenarios);
    mvo_constraints_free(rules);
    return solver;
}

static double objective_of(const mvo_tail_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
    return report.objective;
}

static double least_at(mvo_tail_solver *solver, double target)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_minimum_tail_risk_at_return(&outcome, solver, NULL, target, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    return objective_of(solver);
}

/* Losses (4, 0) and (0, 2) per cent: the worst loss is least where 4 w = 2 (1 - w). */
static void worst_loss_by_hand(void **state)
{
    (void)state;
    static const double table[4] = { -0.04, 0.0, 0.0, -0.02 };
    mvo_tail_solver *solver = make(table, 2, 2);
    mvo_outcome outcome = -1;
    double w[2], q[2], budget;
    assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_WORST, 0.0, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_multipliers(&budget, NULL, q, solver), MVO_OK);
    near_to(w[0], 1.0 / 3.0, 1e-15);
    near_to(w[1], 2.0 / 3.0, 1e-15);
    near_to(q[0], 1.0 / 3.0, 1e-15); /* the two assets lose the same under q */
    near_to(objective_of(solver), 0.04 / 3.0, 1e-17);
    near_to(budget, 0.04 / 3.0, 1e-16); /* homogeneous: twice the budget, twice the loss */
    mvo_tail_solver_free(solver);
}

/* Multipliers are differences of the least risk: of the target, and of a bound. */
static void multipliers_are_derivatives(void **state)
{
    (void)state;
    static const int32_t measures[6] = { MVO_RISK_CVAR,  MVO_RISK_MEAN_DEVIATION, MVO_RISK_CDAR,
                                         MVO_RISK_WORST, MVO_RISK_SEMIVARIANCE,   MVO_RISK_SEMIDEVIATION };
    for (size_t i = 0; i < 6; i++) {
        mvo_tail_solver *solver = make(returns, S, N);
        const double level = i == 0 || i == 2 ? 0.9 : 0.0, target = 0.0013, step = 1e-9;
        double slope = NAN, z[N];
        assert_int_equal(mvo_tail_solver_set_measure(solver, measures[i], level, NULL), MVO_OK);
        assert_int_equal(mvo_tail_solver_set_bound(solver, 3, 0.11, 0.4, NULL), MVO_OK);
        const double here = least_at(solver, target);
        assert_int_equal(mvo_tail_target_multiplier(&slope, solver), MVO_OK);
        assert_int_equal(mvo_tail_solver_multipliers(NULL, z, NULL, solver), MVO_OK);
        const double up = (least_at(solver, target + step) - here) / step;
        const double down = (here - least_at(solver, target - step)) / step;
        assert_true(slope >= down - 1e-5 && slope <= up + 1e-5);
        if (z[3] > 0.0) {
            assert_int_equal(mvo_tail_solver_set_bound(solver, 3, 0.11 + step, 0.4, NULL), MVO_OK);
            assert_true(z[3] <= (least_at(solver, target) - here) / step + 1e-5);
        }
        mvo_tail_solver_free(solver);
    }
}

/* The value at the answer is the measure of its weights; contributions tell the same as the multipliers of scenarios. */
static void objective_is_the_measure(void **state)
{
    (void)state;
    static const int32_t measures[10] = { MVO_RISK_CVAR,         MVO_RISK_EVAR,
                                          MVO_RISK_WORST,        MVO_RISK_MEAN_DEVIATION,
                                          MVO_RISK_CDAR,         MVO_RISK_AVERAGE_DRAWDOWN,
                                          MVO_RISK_MAXIMUM_DRAWDOWN, MVO_RISK_SEMIVARIANCE,
                                          MVO_RISK_SEMIDEVIATION, MVO_RISK_BELOW_RETURN };
    mvo_scenarios *scenarios = NULL;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, S, N, returns, S, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    for (size_t i = 0; i < 10; i++) {
        mvo_tail_solver *solver = make(returns, S, N);
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        const double level = i < 2 || measures[i] == MVO_RISK_CDAR ? 0.9 : i == 9 ? 0.001 : 0.0;
        double w[N], risk = NAN, other = NAN;
        assert_int_equal(mvo_tail_solver_set_measure(solver, measures[i], level, NULL), MVO_OK);
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
        assert_true(report.gap <= 1e-9 * report.gap_scale);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
        assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, scenarios, w, measures[i], level, NULL), MVO_OK);
        near_to(report.objective, risk, 1e-14);
        random_stream stream = { 9 };
        for (int trial = 0; trial < 200; trial++) { /* no other portfolio has less */
            double sum = 0.0;
            for (size_t j = 0; j < N; j++)
                sum += w[j] = -log(random_uniform(&stream));
            for (size_t j = 0; j < N; j++)
                w[j] /= sum;
            assert_int_equal(mvo_tail_risk(&other, NULL, NULL, scenarios, w, measures[i], level, NULL), MVO_OK);
            assert_true(other >= risk - 1e-14);
        }
        mvo_tail_solver_free(solver);
    }
    mvo_scenarios_unref(scenarios);
}

static void outcomes(void **state)
{
    (void)state;
    mvo_tail_solver *solver = make(returns, S, N);
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    double w[N], number = 7.0;
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_minimum_tail_risk_at_return(&outcome, solver, NULL, 1.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_tail_solver_multipliers(NULL, w, NULL, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_tail_target_multiplier(&number, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_tail_target_multiplier(&number, solver), MVO_ERROR_STATE);
    const double least = objective_of(solver);
    assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, 0.99 * least, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, 10.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_tail_target_multiplier(&number, solver), MVO_OK);
    near_to(number, 0.0, 0.0);
    const int64_t budget = 1; /* the first id of a set */
    assert_int_equal(mvo_tail_solver_set_row_limits(solver, budget, 2.0, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(mvo_tail_solver_set_row_limits(solver, budget, 2.0, 2.0, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    near_to(objective_of(solver), 2.0 * least, 1e-15);
    assert_int_equal(mvo_tail_solver_clear(solver, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_ERROR_STATE);
    mvo_tail_solver_free(solver);
    mvo_tail_solver_free(NULL);
}

/* Two assets that only ever gain, no budget: risk falls without end. Both of them: return without end within a risk. */
static void unbounded(void **state)
{
    (void)state;
    static const double gains[6] = { 0.01, 0.02, 0.015, 0.01, 0.01, 0.03 };
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    mvo_tail_solver *solver = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, 3, 2, gains, 3, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&rules, NULL, 2, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL), MVO_OK);
    static const int32_t measures[3] = { MVO_RISK_CVAR, MVO_RISK_WORST, MVO_RISK_EVAR };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mvo_tail_solver_set_measure(solver, measures[i], i == 1 ? 0.0 : 0.9, NULL), MVO_OK);
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_UNBOUNDED);
    }
    assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_MAXIMUM_DRAWDOWN, 0.0, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL); /* a drawdown is never negative */
    near_to(objective_of(solver), 0.0, 1e-15);
    assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, 0.01, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_UNBOUNDED);
    mvo_tail_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_scenarios_unref(scenarios);
}

static void expect(mvo_status got, mvo_status status, const char *argument)
{
    if (got != status || strcmp(error.argument, argument) != 0 || !error.message[0])
        fail_msg("%s of %s (%s)", mvo_status_name(got), error.argument, error.message);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void bad_arguments(void **state)
{
    (void)state;
    error = (mvo_error)MVO_ERROR_INIT;
    mvo_tail_solver *solver = make(returns, S, N), *made = NULL;
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    mvo_outcome outcome = 77;
    const double mu[N] = { 0.0, 1.0, INFINITY, 0.0 };
    double w[N];
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, S, N, returns, S, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&rules, NULL, N + 1, NULL), MVO_OK);
    expect(mvo_tail_solver_new(NULL, NULL, scenarios, rules, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_tail_solver_new(&made, NULL, NULL, rules, &error), MVO_ERROR_NULL, "scenarios");
    expect(mvo_tail_solver_new(&made, NULL, scenarios, NULL, &error), MVO_ERROR_NULL, "constraints");
    expect(mvo_tail_solver_new(&made, NULL, scenarios, rules, &error), MVO_ERROR_MISMATCH, "constraints");
    assert_null(made);
    expect(mvo_tail_solver_set_measure(NULL, MVO_RISK_CVAR, 0.9, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_tail_solver_set_measure(solver, 99, 0.9, &error), MVO_ERROR_ARGUMENT, "measure");
    expect(mvo_tail_solver_set_measure(solver, MVO_RISK_VALUE_AT_RISK, 0.9, &error), MVO_ERROR_ARGUMENT, "measure");
    expect(mvo_tail_solver_set_measure(solver, MVO_RISK_COMPOUNDED_CDAR, 0.9, &error), MVO_ERROR_ARGUMENT, "measure");
    expect(mvo_tail_solver_set_measure(solver, MVO_RISK_CVAR, 0.05, &error), MVO_ERROR_OUT_OF_RANGE, "level");
    expect(mvo_tail_solver_set_row_limits(NULL, 1, 0.0, 1.0, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_tail_solver_set_row_limits(solver, 9, 0.0, 1.0, &error), MVO_ERROR_NOT_FOUND, "id");
    expect(mvo_tail_solver_set_row_limits(solver, 1, NAN, 1.0, &error), MVO_ERROR_NOT_FINITE, "lower");
    expect(mvo_tail_solver_set_row_limits(solver, 1, INFINITY, 1.0, &error), MVO_ERROR_LIMITS, "lower");
    expect(mvo_tail_solver_set_bound(NULL, 1, 0.0, 1.0, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_tail_solver_set_bound(solver, N, 0.0, 1.0, &error), MVO_ERROR_ARGUMENT, "asset");
    expect(mvo_tail_solver_set_bound(solver, 1, 0.0, -INFINITY, &error), MVO_ERROR_LIMITS, "upper");
    expect(mvo_tail_solver_clear(NULL, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_minimum_tail_risk(NULL, solver, &error), MVO_ERROR_NULL, "outcome");
    expect(mvo_minimum_tail_risk(&outcome, NULL, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_minimum_tail_risk_at_return(NULL, solver, NULL, 0.0, &error), MVO_ERROR_NULL, "outcome");
    expect(mvo_minimum_tail_risk_at_return(&outcome, NULL, NULL, 0.0, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_minimum_tail_risk_at_return(&outcome, solver, mu, 0.0, &error), MVO_ERROR_NOT_FINITE, "mu");
    expect(mvo_minimum_tail_risk_at_return(&outcome, solver, NULL, NAN, &error), MVO_ERROR_NOT_FINITE, "target");
    expect(mvo_maximum_return_at_tail_risk(NULL, solver, NULL, 0.0, &error), MVO_ERROR_NULL, "outcome");
    expect(mvo_maximum_return_at_tail_risk(&outcome, NULL, NULL, 0.0, &error), MVO_ERROR_NULL, "solver");
    expect(mvo_maximum_return_at_tail_risk(&outcome, solver, mu, 0.0, &error), MVO_ERROR_NOT_FINITE, "mu");
    expect(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, INFINITY, &error), MVO_ERROR_NOT_FINITE, "limit");
    assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_SEMIVARIANCE, 0.0, &error), MVO_OK);
    expect(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, 1.0, &error), MVO_ERROR_STATE, "solver");
    expect(mvo_tail_solver_set_measure(solver, MVO_RISK_BELOW_RETURN, INFINITY, &error), MVO_ERROR_NOT_FINITE, "level");
    assert_int_equal(outcome, 77);
    assert_int_equal(mvo_tail_solver_weights(NULL, solver), MVO_ERROR_NULL);
    assert_int_equal(mvo_tail_solver_weights(w, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_tail_solver_multipliers(w, w, w, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_tail_target_multiplier(NULL, solver), MVO_ERROR_NULL);
    assert_int_equal(mvo_tail_target_multiplier(w, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_tail_solver_report(NULL, solver), MVO_ERROR_NULL);
    assert_int_equal(mvo_tail_solver_report(&report, NULL), MVO_ERROR_NULL);
    report.struct_size = 3;
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_ERROR_ARGUMENT);
    mvo_tail_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_scenarios_unref(scenarios);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worst_loss_by_hand), cmocka_unit_test(multipliers_are_derivatives),
        cmocka_unit_test(objective_is_the_measure), cmocka_unit_test(outcomes),
        cmocka_unit_test(unbounded), cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
