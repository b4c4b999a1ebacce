/* SPDX-License-Identifier: MIT */
/* What a solver of tail risk promises beside its optima: what it refuses, what it leaves out, what its report says. */
#include "support/random.h"
#include "tail/tail_solver.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { S = 80, N = 4 };

static double returns[S * N];
static mvo_scenarios *scenarios;

static int setup(void **state)
{
    (void)state;
    random_stream stream = { 21 };
    for (size_t s = 0; s < S; s++) {
        const double market = random_normal(&stream);
        for (size_t j = 0; j < N; j++)
            returns[s + j * S] =
                0.001 * (double)(j + 1) + 0.01 * market + (0.004 + 0.003 * (double)j) * random_normal(&stream);
    }
    return mvo_scenarios_new(&scenarios, NULL, S, N, returns, S, NULL, MVO_CHECK_ALL, NULL);
}

static int teardown(void **state)
{
    (void)state;
    mvo_scenarios_unref(scenarios);
    return 0;
}

static mvo_constraints *long_only(void)
{
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, N, NULL), MVO_OK);
    return rules;
}

/* Takes the rules. */
static mvo_tail_solver *make(mvo_constraints *rules, int32_t measure, double level)
{
    mvo_tail_solver *solver = NULL;
    assert_int_equal(mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_set_measure(solver, measure, level, NULL), MVO_OK);
    mvo_constraints_free(rules);
    return solver;
}

static mvo_report report_of(const mvo_tail_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
    return report;
}

/* Turnover would be taken for a sum of weights. */
static void rows_over_absolute_values_are_refused(void **state)
{
    (void)state;
    mvo_error error = MVO_ERROR_INIT;
    mvo_tail_solver *made = NULL;
    mvo_constraints *rules = long_only();
    assert_int_equal(mvo_constraints_add_turnover(NULL, rules, 0.5, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&made, NULL, scenarios, rules, &error), MVO_ERROR_ARGUMENT);
    assert_string_equal(error.argument, "constraints");
    assert_int_equal(error.row, 1);
    assert_non_null(strstr(error.message, "row 'turnover' is a row over absolute values"));
    assert_null(made);
    mvo_constraints_free(rules);
}

/* The same answer, bit for bit, with costs in the set and without. */
static void costs_are_not_counted(void **state)
{
    (void)state;
    static const int32_t measures[3] = { MVO_RISK_CVAR, MVO_RISK_SEMIVARIANCE, MVO_RISK_SEMIDEVIATION };
    const double buy[N] = { 0.0, 0.02, 0.01, 0.5 }, at[1] = { 0.1 }, slope[2] = { 0.0, 1.0 };
    for (size_t i = 0; i < 3; i++) {
        mvo_constraints *costly = long_only();
        assert_int_equal(mvo_constraints_set_trading_costs(costly, buy, buy, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_set_cost(costly, 0, 1, at, slope, 0.0, NULL), MVO_OK);
        mvo_tail_solver *with = make(costly, measures[i], i == 0 ? 0.9 : 0.0);
        mvo_tail_solver *without = make(long_only(), measures[i], i == 0 ? 0.9 : 0.0);
        mvo_outcome outcome = -1;
        double w[N], expected[N];
        assert_int_equal(mvo_minimum_tail_risk(&outcome, without, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_minimum_tail_risk(&outcome, with, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_weights(expected, without), MVO_OK);
        assert_int_equal(mvo_tail_solver_weights(w, with), MVO_OK);
        assert_memory_equal(w, expected, sizeof w);
        mvo_tail_solver_free(with);
        mvo_tail_solver_free(without);
    }
}

static void certificate_is_held_against_a_tolerance(void **state)
{
    (void)state;
    mvo_report report = MVO_REPORT_INIT;
    report.gap_scale = report.primal_scale = 2.0;
    assert_true(mvoi_tail_believed(&report));
    report.gap = report.primal_residual = 1.9e-9;
    assert_true(mvoi_tail_believed(&report));
    report.gap = 2.1e-9;
    assert_false(mvoi_tail_believed(&report));
    report.gap = NAN;
    assert_false(mvoi_tail_believed(&report));
    report.gap = 0.0;
    report.primal_residual = 2.1e-9;
    assert_false(mvoi_tail_believed(&report));
}

/* A risk measured otherwise than it was minimised leaves a gap, which no answer may have. */
static void gap_is_no_optimum(void **state)
{
    (void)state;
    static const int32_t measures[2] = { MVO_RISK_CVAR, MVO_RISK_SEMIVARIANCE };
    double strange[S], w[N];
    for (size_t s = 0; s < S; s++)
        strange[s] = s < S / 2 ? 1.5 / S : 0.5 / S;
    for (size_t i = 0; i < 2; i++) {
        mvo_tail_solver *solver = make(long_only(), measures[i], i == 0 ? 0.9 : 0.0);
        const double *own = solver->measuring.probabilities;
        mvo_outcome outcome = -1;
        solver->measuring.probabilities = strange;
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_NUMERICAL);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_ERROR_STATE);
        assert_int_equal(report_of(solver).feasible, 0);
        solver->measuring.probabilities = own;
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        mvo_tail_solver_free(solver);
    }
}

/* All in the asset of largest mean; one unit more of budget earns that mean, one of another asset costs the difference. */
static void limit_that_does_not_bind(void **state)
{
    (void)state;
    double mean[N], y, z[N], q[S], slope = NAN;
    assert_int_equal(mvo_scenarios_mean(mean, scenarios, NULL), MVO_OK);
    static const int32_t measures[3] = { MVO_RISK_CVAR, MVO_RISK_MEAN_DEVIATION, MVO_RISK_EVAR };
    for (size_t i = 0; i < 3; i++) {
        mvo_tail_solver *solver = make(long_only(), measures[i], i == 1 ? 0.0 : 0.9);
        mvo_outcome outcome = -1;
        assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, 1.0, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        const mvo_report report = report_of(solver);
        double most = mean[0];
        for (size_t j = 1; j < N; j++)
            most = fmax(most, mean[j]);
        assert_true(fabs(report.objective + most) <= 1e-17);
        assert_true(fabs(report.dual_objective + most) <= 1e-17);
        assert_int_equal(report.feasible, 1);
        assert_int_equal(mvo_tail_solver_multipliers(&y, z, q, solver), MVO_OK);
        assert_int_equal(mvo_tail_target_multiplier(&slope, solver), MVO_OK);
        assert_true(fabs(y + most) <= 1e-17 && slope == 0.0);
        for (size_t j = 0; j < N; j++)
            assert_true(fabs(z[j] - (most - mean[j])) <= 1e-17);
        for (size_t s = 0; s < S; s++)
            assert_true(q[s] == 0.0);
        mvo_tail_solver_free(solver);
    }
}

/* Where it binds, the multipliers prove the return too: -limit multiplier + y + z'bounds. */
static void limit_that_binds(void **state)
{
    (void)state;
    mvo_tail_solver *solver = make(long_only(), MVO_RISK_CVAR, 0.9);
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    const double limit = 1.05 * report_of(solver).objective;
    double y, slope = NAN, mean[N], z[N], q[S];
    assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, limit, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    const mvo_report report = report_of(solver);
    assert_int_equal(report.feasible, 1);
    assert_true(report.gap <= 1e-12 * report.gap_scale);
    assert_int_equal(mvo_tail_target_multiplier(&slope, solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_multipliers(&y, z, q, solver), MVO_OK);
    assert_true(slope < 0.0);
    assert_true(fabs(report.objective - (y + slope * limit)) <= 1e-15); /* bounds are 0 */
    assert_int_equal(mvo_scenarios_mean(mean, scenarios, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++) { /* -mu - slope (its own) sum q h = A'y + z */
        double sum = -mean[j] - y - z[j];
        for (size_t s = 0; s < S; s++)
            sum += q[s] * -returns[s + j * S];
        assert_true(fabs(sum) <= 1e-15);
    }
    mvo_tail_solver_free(solver);
}

static void optimum_is_feasible(void **state)
{
    (void)state;
    static const int32_t measures[3] = { MVO_RISK_CVAR, MVO_RISK_EVAR, MVO_RISK_SEMIDEVIATION };
    for (size_t i = 0; i < 3; i++) {
        mvo_tail_solver *solver = make(long_only(), measures[i], i < 2 ? 0.9 : 0.0);
        mvo_outcome outcome = -1;
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(report_of(solver).feasible, 1);
        assert_int_equal(mvo_minimum_tail_risk_at_return(&outcome, solver, NULL, 1.0, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_INFEASIBLE);
        assert_int_equal(report_of(solver).feasible, 0);
        mvo_tail_solver_free(solver);
    }
}

/* A lower limit of 1e20 is a limit that nothing reaches, not a word for infinity. */
static void limits_out_of_reach(void **state)
{
    (void)state;
    static const int32_t measures[2] = { MVO_RISK_CVAR, MVO_RISK_SEMIVARIANCE };
    for (size_t i = 0; i < 2; i++) {
        mvo_tail_solver *solver = make(long_only(), measures[i], i == 0 ? 0.9 : 0.0);
        mvo_outcome outcome = -1;
        assert_int_equal(mvo_tail_solver_set_bound(solver, 1, 1e20, INFINITY, NULL), MVO_OK);
        assert_true(solver->lower[1] == 1e20 && solver->upper[1] == HUGE_VAL);
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_INFEASIBLE);
        assert_int_equal(mvo_tail_solver_set_bound(solver, 1, -1e20, 1e20, NULL), MVO_OK);
        assert_true(solver->lower[1] == -HUGE_VAL && solver->upper[1] == HUGE_VAL);
        assert_int_equal(mvo_tail_solver_set_row_limits(solver, 1, -1e21, -1e20, NULL), MVO_OK);
        assert_true(solver->row_lower[0] == -HUGE_VAL && solver->row_upper[0] == -1e20);
        mvo_tail_solver_free(solver);
    }
}

static void sizes(void **state)
{
    (void)state;
    mvo_tail_solver *solver = make(long_only(), MVO_RISK_CVAR, 0.9);
    assert_int_equal(mvo_tail_solver_size(solver), N);
    assert_int_equal(mvo_tail_solver_row_count(solver), 1);
    assert_int_equal(mvo_tail_solver_scenario_count(solver), S);
    assert_int_equal(mvo_tail_solver_size(NULL), 0);
    assert_int_equal(mvo_tail_solver_row_count(NULL), 0);
    assert_int_equal(mvo_tail_solver_scenario_count(NULL), 0);
    mvo_tail_solver_free(solver);
}

/* The multiplier of a scenario is what the risk changes by when that scenario alone loses more. */
static void multipliers_of_squares(void **state)
{
    (void)state;
    static const int32_t measures[2] = { MVO_RISK_SEMIVARIANCE, MVO_RISK_BELOW_RETURN };
    for (size_t i = 0; i < 2; i++) {
        mvo_tail_solver *solver = make(long_only(), measures[i], 0.0);
        mvo_outcome outcome = -1;
        double q[S], w[N];
        const double step = 1e-6;
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(mvo_tail_solver_multipliers(NULL, NULL, q, solver), MVO_OK);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
        double r[2 * S], one = 1.0;
        assert_int_equal(mvo_scenarios_portfolio(r, scenarios, w, NULL), MVO_OK);
        for (size_t s = 0; s < S; s += 7) {
            double risk[2];
            for (int side = 0; side < 2; side++) {
                mvo_scenarios *moved = NULL;
                memcpy(r + S, r, S * sizeof *r);
                r[S + s] -= side ? step : -step;
                assert_int_equal(mvo_scenarios_new(&moved, NULL, S, 1, r + S, S, NULL, 0, NULL), MVO_OK);
                assert_int_equal(mvo_tail_risk(&risk[side], NULL, NULL, moved, &one, measures[i], 0.0, NULL), MVO_OK);
                mvo_scenarios_unref(moved);
            }
            assert_true(fabs((risk[1] - risk[0]) / (2.0 * step) - q[s]) <= 1e-8);
        }
        mvo_tail_solver_free(solver);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_over_absolute_values_are_refused),
        cmocka_unit_test(costs_are_not_counted),
        cmocka_unit_test(certificate_is_held_against_a_tolerance),
        cmocka_unit_test(gap_is_no_optimum),
        cmocka_unit_test(limit_that_does_not_bind),
        cmocka_unit_test(limit_that_binds),
        cmocka_unit_test(optimum_is_feasible),
        cmocka_unit_test(limits_out_of_reach),
        cmocka_unit_test(sizes),
        cmocka_unit_test(multipliers_of_squares),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
