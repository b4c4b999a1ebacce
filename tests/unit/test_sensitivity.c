/* SPDX-License-Identifier: MIT */
/* Attribution and sensitivity on figures that can be worked out by hand, and what is refused. */
#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void near(double x, double expected)
{
    assert_true(fabs(x - expected) <= 1e-14 * fmax(1.0, fabs(expected)));
}

/* Variances 1 and 4, no correlation: the least variance with sum w = b is at (4/5, 1/5) b. */
static mvo_solver *two_assets(mvo_outcome *outcome)
{
    const double sigma[4] = { 1.0, 0.0, 0.0, 4.0 };
    mvo_covariance *covariance = NULL;
    mvo_constraints *set = NULL;
    mvo_solver *solver = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, 0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&set, NULL, 2, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(set);
    assert_int_equal(mvo_minimum_variance(outcome, solver, NULL), MVO_OK);
    return solver;
}

static void test_budget(void **state)
{
    (void)state;
    mvo_outcome outcome;
    mvo_solver *solver = two_assets(&outcome);
    mvo_sensitivity *s = NULL;
    double w[2], y, z[2], linear[2], u[2], aversion, bounds[2], limit = 1.0;
    assert_int_equal(mvo_sensitivity_new(&s, solver, NULL), MVO_OK);
    mvo_solver_free(solver);
    assert_int_equal(mvo_sensitivity_degenerate(s), 0);
    assert_int_equal(mvo_sensitivity_forward(w, &y, z, s, NULL, NULL, 0, 0.0, &limit, NULL, NULL), MVO_OK);
    near(w[0], 0.8);
    near(w[1], 0.2);
    near(y, 0.8); /* y = Sigma w */
    near(z[0], 0.0);
    /* d/dSigma_11: w = (4, s) / (4 + s), s = 1: dw_1 = 4 / 25 of the second weight's loss */
    const double sigma[4] = { 1.0, 0.0, 0.0, 0.0 };
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, NULL, sigma, 2, 0.0, NULL, NULL, NULL), MVO_OK);
    near(w[0], -4.0 / 25.0);
    near(w[1], 4.0 / 25.0);
    const double gradient[2] = { 1.0, 0.0 };
    assert_int_equal(mvo_sensitivity_adjoint(linear, u, &aversion, &limit, bounds, s, gradient, NULL), MVO_OK);
    near(limit, 0.8);
    near(-u[0] * 0.8, -4.0 / 25.0);
    near(linear[0], -0.2);
    near(linear[1], 0.2);
    near(aversion, 0.0);
    near(bounds[0], 0.0);
    mvo_sensitivity *other = mvo_sensitivity_ref(s);
    mvo_sensitivity_unref(s);
    assert_int_equal(mvo_sensitivity_adjoint(NULL, NULL, NULL, NULL, NULL, other, gradient, NULL), MVO_OK);
    mvo_sensitivity_unref(other);
}

/* mu = (0, 3 - t) at risk aversion 1: w_2 = (4 - t) / 5 up to t = 4, w_1 = (1 + t) / 5 from t = -1 on. */
static void test_degenerate(void **state)
{
    (void)state;
    mvo_outcome outcome;
    mvo_solver *solver = two_assets(&outcome);
    mvo_sensitivity *s = NULL;
    double w[2];
    const double mu[2] = { 0.0, 4.0 }, up[2] = { 0.0, -1.0 }, down[2] = { 0.0, 1.0 };
    assert_int_equal(mvo_maximum_utility(&outcome, solver, mu, 1.0, NULL), MVO_OK); /* (0, 1), barely */
    assert_int_equal(mvo_sensitivity_new(&s, solver, NULL), MVO_OK);
    assert_int_equal(mvo_sensitivity_degenerate(s), 1);
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, up, NULL, 0, 0.0, NULL, NULL, NULL), MVO_OK);
    assert_true(fabs(w[0]) <= 1e-12 && fabs(w[1]) <= 1e-12);
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, down, NULL, 0, 0.0, NULL, NULL, NULL), MVO_OK);
    assert_true(fabs(w[0] - 0.2) <= 1e-12 && fabs(w[1] + 0.2) <= 1e-12);
    mvo_sensitivity_unref(s);
    mvo_solver_free(solver);
}

static void test_refusals(void **state)
{
    (void)state;
    mvo_outcome outcome;
    mvo_error error = MVO_ERROR_INIT;
    mvo_solver *solver = two_assets(&outcome);
    mvo_sensitivity *s = NULL;
    const double bad[4] = { 0.0, NAN, NAN, 0.0 }, mu[2] = { 0.1, 0.2 }, infinite = HUGE_VAL;
    double w[2] = { 7.0, 7.0 };
    assert_int_equal(mvo_sensitivity_new(NULL, solver, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_sensitivity_new(&s, NULL, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "solver");
    assert_int_equal(mvo_sensitivity_new(&s, solver, &error), MVO_OK);
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, NULL, NULL, NULL, 0, 0.0, NULL, NULL, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, bad, NULL, 0, 0.0, NULL, NULL, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "linear");
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, NULL, bad, 2, 0.0, NULL, NULL, &error), MVO_ERROR_NOT_FINITE);
    assert_int_equal(error.row, 1);
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, NULL, mu, 1, 0.0, NULL, NULL, &error), MVO_ERROR_ARGUMENT);
    assert_string_equal(error.argument, "ld");
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, NULL, NULL, 0, NAN, NULL, NULL, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "risk_aversion");
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, NULL, NULL, 0, 0.0, &infinite, NULL, &error),
                     MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "row_limits");
    assert_int_equal(mvo_sensitivity_forward(w, NULL, NULL, s, NULL, NULL, 0, 0.0, NULL, bad, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "bounds");
    assert_int_equal(mvo_sensitivity_adjoint(w, NULL, NULL, NULL, NULL, s, bad, &error), MVO_ERROR_NOT_FINITE);
    assert_int_equal(mvo_sensitivity_adjoint(w, NULL, NULL, NULL, NULL, s, NULL, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_sensitivity_adjoint(w, NULL, NULL, NULL, NULL, NULL, mu, &error), MVO_ERROR_NULL);
    assert_true(w[0] == 7.0 && w[1] == 7.0);
    mvo_sensitivity_unref(s);
    s = NULL;
    mvo_solver_set_linear(solver, mu, NULL);
    assert_int_equal(mvo_sensitivity_new(&s, solver, &error), MVO_ERROR_STATE); /* moved since */
    mvo_maximum_sharpe(&outcome, solver, mu, 0.0, MVO_EXCESS_OF_PORTFOLIO, NULL);
    assert_int_equal(mvo_sensitivity_new(&s, solver, &error), MVO_ERROR_STATE);
    mvo_maximum_return_at_volatility(&outcome, solver, mu, 1.0, NULL);
    assert_int_equal(mvo_sensitivity_new(&s, solver, &error), MVO_ERROR_STATE);
    mvo_solver_clear(solver, NULL);
    assert_int_equal(mvo_sensitivity_new(&s, solver, &error), MVO_ERROR_STATE);
    assert_null(s);
    mvo_sensitivity_unref(NULL);
    assert_null(mvo_sensitivity_ref(NULL));
    assert_int_equal(mvo_sensitivity_degenerate(NULL), 0);
    mvo_solver_free(solver);
}

/* Twice the same asset: any split will do. */
static void test_not_unique(void **state)
{
    (void)state;
    mvo_outcome outcome;
    mvo_error error = MVO_ERROR_INIT;
    const double sigma[4] = { 1.0, 1.0, 1.0, 1.0 };
    mvo_covariance *covariance = NULL;
    mvo_constraints *set = NULL;
    mvo_solver *solver = NULL;
    mvo_sensitivity *s = NULL;
    mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, 0, NULL);
    mvo_constraints_new_long_only(&set, NULL, 2, NULL);
    mvo_solver_new(&solver, NULL, covariance, set, NULL);
    mvo_minimum_variance(&outcome, solver, NULL);
    assert_int_equal(outcome, MVO_OPTIMAL);
    const mvo_status status = mvo_sensitivity_new(&s, solver, &error);
    assert_true(status == MVO_ERROR_SINGULAR || (status == MVO_OK && mvo_sensitivity_degenerate(s)));
    mvo_sensitivity_unref(s);
    mvo_solver_free(solver);
    mvo_constraints_free(set);
    mvo_covariance_unref(covariance);
}

static void test_attribution(void **state)
{
    (void)state;
    /* loadings (1, 2, 0), factor variance 4, specific (1, 1, 9); w = (1, 1, 1): b = 3, variance 36 + 11 = 47 */
    const double loadings[3] = { 1.0, 2.0, 0.0 }, omega = 4.0, specific[3] = { 1.0, 1.0, 9.0 }, w[3] = { 1.0, 1.0, 1.0 };
    const double bad[3] = { 1.0, NAN, 0.0 }, twice[6] = { 1.0, 2.0, 0.0, 2.0, 4.0, 0.0 };
    const int32_t label[3] = { 1, 0, -1 }, wrong[3] = { 0, 2, 0 };
    double exposure, total, rest, groups[2], v = sqrt(47.0);
    mvo_covariance *covariance = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, 3, 1, loadings, 3, &omega, 1, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_factor_contributions(&exposure, &total, &rest, covariance, w, 1, loadings, 3, &omega, 1, NULL), MVO_OK);
    near(exposure, 3.0);
    near(total, 36.0 / v);
    near(rest, 11.0 / v);
    /* by regression: Sigma w = (13, 25, 9), B'Sigma w / B'B = 63 / 5 */
    assert_int_equal(mvo_factor_contributions(NULL, &total, &rest, covariance, w, 1, loadings, 3, NULL, 0, NULL), MVO_OK);
    near(total, 3.0 * 63.0 / 5.0 / v);
    near(rest, v - total);
    assert_int_equal(mvo_group_contributions(groups, covariance, w, 2, label, NULL), MVO_OK);
    near(groups[0], 25.0 / v);
    near(groups[1], 13.0 / v);
    assert_int_equal(mvo_group_contributions(groups, covariance, w, 2, wrong, &error), MVO_ERROR_ARGUMENT);
    assert_int_equal(error.row, 1);
    assert_int_equal(mvo_group_contributions(groups, covariance, bad, 2, label, &error), MVO_ERROR_NOT_FINITE);
    assert_int_equal(mvo_group_contributions(NULL, covariance, w, 2, label, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_group_contributions(groups, NULL, w, 2, label, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_group_contributions(groups, covariance, w, 2, NULL, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, NULL, w, 1, loadings, 3, NULL, 0, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, covariance, bad, 1, loadings, 3, NULL, 0, &error),
                     MVO_ERROR_NOT_FINITE);
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, covariance, w, 1, bad, 3, NULL, 0, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "loadings");
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, covariance, w, 1, NULL, 3, NULL, 0, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, covariance, w, 1, loadings, 2, NULL, 0, &error),
                     MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, covariance, w, 1, loadings, 3, bad + 1, 1, &error),
                     MVO_ERROR_NOT_FINITE);
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, covariance, w, 1, loadings, 3, &omega, 0, &error),
                     MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_factor_contributions(NULL, &total, NULL, covariance, w, 4, loadings, 3, NULL, 0, &error),
                     MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_factor_contributions(NULL, groups, NULL, covariance, w, 2, twice, 3, NULL, 0, &error), MVO_ERROR_SINGULAR);
    mvo_covariance_unref(covariance);
}

static void test_profits(void **state)
{
    (void)state;
    const double returns[4] = { 0.5, -0.25, 0.125, 1.0 }, w[2] = { 2.0, -1.0 }, bad[2] = { 1.0, NAN };
    double profits[2] = { 7.0, 7.0 }, parts[4];
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_scenario_profits(NULL, NULL, 0, 2, 2, returns, 2, w, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_scenario_profits(profits, NULL, 0, 2, 2, NULL, 2, w, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_scenario_profits(profits, NULL, 0, 2, 2, returns, 1, w, &error), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_scenario_profits(profits, parts, 1, 2, 2, returns, 2, w, &error), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_scenario_profits(profits, NULL, 0, 2, 2, returns, 2, bad, &error), MVO_ERROR_NOT_FINITE);
    assert_int_equal(mvo_scenario_profits(profits, NULL, 0, 1, 2, bad, 1, w, &error), MVO_ERROR_NOT_FINITE);
    assert_true(profits[0] == 7.0);
    assert_int_equal(mvo_scenario_profits(profits, parts, 2, 2, 2, returns, 2, w, NULL), MVO_OK);
    assert_true(profits[0] == 0.875 && profits[1] == -1.5 && parts[0] == 1.0 && parts[3] == -1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget),     cmocka_unit_test(test_degenerate),  cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_not_unique), cmocka_unit_test(test_attribution), cmocka_unit_test(test_profits),
    };
    return cmocka_run_group_tests_name("sensitivity", tests, NULL, NULL);
}
