/* SPDX-License-Identifier: MIT */
/* Risk budgets: portfolios that can be worked out by hand, outcomes, and every bad input of every argument. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 6 };

static double weights[MOST], contributions[MOST], deviation;
static mvo_outcome outcome;
static mvo_error error;

/* From volatilities and one correlation for all pairs. */
static mvo_covariance *covariance_of(size_t n, const double *volatility, double correlation)
{
    double matrix[MOST * MOST];
    mvo_covariance *covariance = NULL;
    for (size_t i = 0; i < n * n; i++)
        matrix[i] = i % (n + 1) == 0 ? 1.0 : correlation;
    assert_int_equal(mvo_covariance_new_correlation(&covariance, NULL, n, volatility, matrix, n, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    return covariance;
}

static void solve(mvo_outcome expected, const mvo_covariance *covariance, const mvo_constraints *rules,
                  const double *budgets)
{
    error = (mvo_error)MVO_ERROR_INIT;
    outcome = -1;
    if (mvo_risk_budgets(&outcome, weights, contributions, &deviation, covariance, rules, budgets, &error) != MVO_OK)
        fail_msg("%s", error.message);
    if (outcome != expected)
        fail_msg("%s instead of %s", mvo_outcome_name(outcome), mvo_outcome_name(expected));
}

static void near_all(const double *found, const double *expected, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance))
            fail_msg("element %zu is %.17g instead of %.17g", i, found[i], expected[i]);
}

/* Maillard, Roncalli & Teiletche (2010): two assets, or equal correlations, give inverse volatilities. */
static void equal_contributions_by_hand(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.25, 0.5 };
    static const double correlations[] = { -0.33, -0.1, 0.0, 0.5, 0.99 };
    static const double of_two[] = { 2.0 / 3.0, 1.0 / 3.0 },
                        of_four[] = { 10.0 / 21.0, 5.0 / 21.0, 4.0 / 21.0, 2.0 / 21.0 };
    for (size_t c = 0; c < sizeof correlations / sizeof *correlations; c++) {
        mvo_covariance *covariance = covariance_of(2, volatility, correlations[c]);
        solve(MVO_OPTIMAL, covariance, NULL, NULL);
        near_all(weights, of_two, 2, 1e-14);
        assert_true(deviation < 1e-13);
        mvo_covariance_unref(covariance);
        covariance = covariance_of(4, volatility, correlations[c]);
        solve(MVO_OPTIMAL, covariance, NULL, NULL);
        near_all(weights, of_four, 4, 1e-14);
        near_all(contributions, (const double[]){ 0.25, 0.25, 0.25, 0.25 }, 4, 1e-14);
        mvo_covariance_unref(covariance);
    }
}

/* Without correlation w_i is proportional to sqrt(b_i) / volatility_i, whatever the budgets add up to. */
static void budgets_by_hand(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.4 }, budgets[] = { 1.0, 4.0, 16.0 };
    static const double expected[] = { 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0 };
    mvo_covariance *covariance = covariance_of(3, volatility, 0.0);
    solve(MVO_OPTIMAL, covariance, NULL, budgets);
    near_all(weights, expected, 3, 1e-15);
    near_all(contributions, (const double[]){ 1.0 / 21.0, 4.0 / 21.0, 16.0 / 21.0 }, 3, 1e-15);
    static const double huge[] = { 1e300, 4e300, 16e300 }, tiny[] = { 1e-300, 4e-300, 16e-300 };
    solve(MVO_OPTIMAL, covariance, NULL, huge);
    near_all(weights, expected, 3, 1e-15);
    solve(MVO_OPTIMAL, covariance, NULL, tiny);
    near_all(weights, expected, 3, 1e-15);
    mvo_covariance_unref(covariance);
}

static void one_asset(void **state)
{
    (void)state;
    const double volatility = 0.3;
    mvo_covariance *covariance = covariance_of(1, &volatility, 0.0);
    mvo_constraints *rules = NULL;
    solve(MVO_OPTIMAL, covariance, NULL, NULL);
    assert_true(weights[0] == 1.0 && contributions[0] == 1.0 && deviation == 0.0);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 1, NULL), MVO_OK);
    solve(MVO_OPTIMAL, covariance, rules, &volatility);
    assert_true(weights[0] == 1.0);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* Each output but the outcome may be left out. */
static void outputs_are_optional(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2 };
    mvo_covariance *covariance = covariance_of(2, volatility, 0.0);
    mvo_outcome what = -1;
    assert_int_equal(mvo_risk_budgets(&what, NULL, NULL, NULL, covariance, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(what, MVO_OPTIMAL);
    mvo_covariance_unref(covariance);
}

/* ------------------------------------------------------------------------------------------- under limits */

/* Sum 1, w >= 0, and a cap on the first weight. */
static mvo_constraints *capped(size_t n, double cap)
{
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bound(rules, 0, 0.0, cap, NULL), MVO_OK);
    return rules;
}

/* Uncorrelated: contributions go as w_i^2 volatility_i^2. What is left of the cap is shared by budgets. */
static void a_cap_by_hand(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.1, 0.1 }, budgets[] = { 0.6, 0.3, 0.1 };
    mvo_covariance *covariance = covariance_of(3, volatility, 0.0);
    mvo_constraints *rules = capped(3, 0.2);
    solve(MVO_NOT_ATTAINED, covariance, rules, NULL);
    near_all(weights, (const double[]){ 0.2, 0.4, 0.4 }, 3, 1e-9);
    near_all(contributions, (const double[]){ 1.0 / 9.0, 4.0 / 9.0, 4.0 / 9.0 }, 3, 1e-9);
    assert_true(fabs(deviation - 2.0 / 3.0) < 1e-8);
    solve(MVO_NOT_ATTAINED, covariance, rules, budgets);
    const double rest = 0.8 / (sqrt(3.0) + 1.0);
    near_all(weights, (const double[]){ 0.2, sqrt(3.0) * rest, rest }, 3, 1e-9);
    mvo_constraints_free(rules);
    rules = capped(3, 0.5); /* does not bind */
    solve(MVO_OPTIMAL, covariance, rules, NULL);
    near_all(weights, (const double[]){ 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0 }, 3, 1e-14);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* A weight of some 1e-115 is not reached by steps that leave at least a tenth of it: no answer, and said so. */
static void steps_that_run_out(void **state)
{
    (void)state;
    static const double loadings[6] = { -0.0126, -3.73e-8, 1.27e-6, 1.44e-6, 4.42e-7, 0.0098 };
    static const double between[4] = { 1.0, 0.2, 0.2, 1.0 }, specific[3] = { 1.35e-10, 2.26e-6, 3.46e-9 };
    static const double budgets[3] = { 3.72e-84, 1.2e-201, 2.3e-67 }, upper[3] = { 0.916, 0.953, 0.833 };
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, 3, 2, loadings, 3, between, 2, specific, 0, NULL),
                     MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, NULL, upper, NULL), MVO_OK);
    solve(MVO_NUMERICAL, covariance, rules, budgets);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* A budget of another size: the same portfolio, larger. A range may be as good. */
static void other_scales(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2 };
    mvo_covariance *covariance = covariance_of(2, volatility, 0.3);
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, 2, NULL), MVO_OK);
    int64_t budget;
    assert_int_equal(mvo_constraints_add_budget(&budget, rules, 3.0, 3.0, NULL), MVO_OK);
    solve(MVO_OPTIMAL, covariance, rules, NULL);
    near_all(weights, (const double[]){ 2.0, 1.0 }, 2, 1e-9);
    assert_int_equal(mvo_constraints_set_limits(rules, budget, 0.9, 1.1, NULL), MVO_OK);
    solve(MVO_OPTIMAL, covariance, rules, NULL);
    assert_true(fabs(weights[0] - 2.0 * weights[1]) < 1e-12);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* No row says sum w = constant, two say half of it: by symmetry all weights are 1/4. */
static void groups_in_place_of_a_budget(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.1, 0.2, 0.2 }, half[] = { 0.5, 0.5 };
    static const int32_t label[] = { 0, 0, 1, 1 };
    mvo_covariance *covariance = covariance_of(4, volatility, 0.0);
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, 4, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_groups(NULL, rules, 2, label, half, half, NULL, NULL), MVO_OK);
    for (int with_budget = 0; with_budget <= 1; with_budget++) {
        solve(MVO_NOT_ATTAINED, covariance, rules, NULL);
        near_all(weights, (const double[]){ 0.25, 0.25, 0.25, 0.25 }, 4, 1e-10);
        near_all(contributions, (const double[]){ 0.1, 0.1, 0.4, 0.4 }, 4, 1e-9);
        assert_true(fabs(deviation - 0.6) < 1e-8);
        assert_int_equal(mvo_constraints_add_budget(NULL, rules, 1.0, 1.0, NULL), MVO_OK); /* says it once more */
    }
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* Holdings of 0.8 and 0.2, and a fifth may be traded; what trading costs makes no difference. */
static void turnover_and_costs(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.1 }, holdings[] = { 0.8, 0.2 }, rates[] = { 0.01, 0.02 };
    static const double at[] = { 0.75 }, slopes[] = { -1.0, 1.0 };
    mvo_covariance *covariance = covariance_of(2, volatility, 0.0);
    mvo_constraints *rules = capped(2, 1.0);
    assert_int_equal(mvo_constraints_set_holdings(rules, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_turnover(NULL, rules, 0.2, NULL), MVO_OK);
    for (int costs = 0; costs <= 2; costs++) {
        solve(MVO_NOT_ATTAINED, covariance, rules, NULL);
        near_all(weights, (const double[]){ 0.7, 0.3 }, 2, 1e-12);
        if (costs == 0)
            assert_int_equal(mvo_constraints_set_trading_costs(rules, rates, rates, NULL), MVO_OK);
        else
            assert_int_equal(mvo_constraints_set_cost(rules, 0, 1, at, slopes, 0.0, NULL), MVO_OK);
    }
    double buy[2];
    assert_int_equal(mvo_constraints_cost_rates(buy, NULL, NULL, rules, NULL), MVO_OK);
    near_all(buy, rates, 2, 0.0); /* the caller's set is as it was */
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

static void nothing_touched(void)
{
    for (size_t i = 0; i < MOST; i++)
        assert_true(weights[i] == 7.0 && contributions[i] == 7.0);
    assert_true(deviation == 7.0);
}

static void mark(void)
{
    for (size_t i = 0; i < MOST; i++)
        weights[i] = contributions[i] = 7.0;
    deviation = 7.0;
}

static void no_positive_portfolio(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.1, 0.1 };
    mvo_covariance *covariance = covariance_of(3, volatility, 0.0);
    mvo_constraints *rules = capped(3, 0.0);
    mark();
    solve(MVO_INFEASIBLE, covariance, rules, NULL);
    nothing_touched();
    assert_int_equal(mvo_constraints_set_bound(rules, 0, 2.0, 3.0, NULL), MVO_OK); /* against the budget */
    solve(MVO_INFEASIBLE, covariance, rules, NULL);
    nothing_touched();
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* Two assets that cancel each other: long-only without risk. */
static void a_perfect_hedge(void **state)
{
    (void)state;
    static const double sigma[] = { 0.04, -0.02, 0.0, -0.02, 0.01, 0.0, 0.0, 0.0, 0.09 };
    mvo_covariance *covariance = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 3, sigma, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    mark();
    solve(MVO_UNBOUNDED, covariance, NULL, NULL);
    nothing_touched();
    mvo_covariance_unref(covariance);
    /* The same two in step: singular, but every long-only portfolio has risk. */
    static const double in_step[] = { 0.04, 0.02, 0.0, 0.02, 0.01, 0.0, 0.0, 0.0, 0.09 };
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 3, in_step, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    solve(MVO_OPTIMAL, covariance, NULL, NULL);
    assert_true(deviation < 1e-13);
    mvo_constraints *rules = capped(3, 0.01);
    solve(MVO_NOT_ATTAINED, covariance, rules, NULL);
    assert_true(fabs(weights[0] - 0.01) < 1e-12 && fabs(contributions[1] - contributions[2]) < 1e-9);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* --------------------------------------------------------------------------------------------- bad input */

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row)
        fail_msg("%s of %s[%d] (%s); expected %s of %s[%d]", mvo_status_name(got), error.argument, (int)error.row,
                 error.message, mvo_status_name(status), argument, (int)row);
    assert_true(outcome == 7);
    nothing_touched();
    error = (mvo_error)MVO_ERROR_INIT;
}

static mvo_status ask(const mvo_covariance *covariance, const mvo_constraints *rules, const double *budgets)
{
    return mvo_risk_budgets(&outcome, weights, contributions, &deviation, covariance, rules, budgets, &error);
}

static void refusals(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.3 }, with_cash[] = { 0.1, 0.0, 0.3 };
    mvo_covariance *covariance = covariance_of(3, volatility, 0.2), *cash = NULL;
    static const double unit[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    mvo_constraints *two = capped(2, 1.0), *three = capped(3, 1.0);
    double bad[3] = { 1.0, 1.0, 1.0 };
    assert_int_equal(mvo_covariance_new_correlation(&cash, NULL, 3, with_cash, unit, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    error = (mvo_error)MVO_ERROR_INIT;
    outcome = 7;
    mark();
    expect(mvo_risk_budgets(NULL, weights, contributions, &deviation, covariance, NULL, NULL, &error), MVO_ERROR_NULL,
           "outcome", -1);
    expect(ask(NULL, NULL, NULL), MVO_ERROR_NULL, "covariance", -1);
    expect(ask(covariance, two, NULL), MVO_ERROR_MISMATCH, "constraints", -1);
    expect(ask(cash, NULL, NULL), MVO_ERROR_ARGUMENT, "covariance", 1);
    expect(ask(cash, three, NULL), MVO_ERROR_ARGUMENT, "covariance", 1);
    const double values[] = { NAN, INFINITY, -INFINITY, 0.0, -0.0, -1.0, 1e-310 };
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        bad[2] = values[v];
        const mvo_status status = isfinite(values[v]) ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE;
        expect(ask(covariance, NULL, bad), status, "budgets", 2);
        expect(ask(covariance, three, bad), status, "budgets", 2);
    }
    assert_int_equal(mvo_risk_budgets(&outcome, weights, contributions, &deviation, covariance, NULL, bad, NULL),
                     MVO_ERROR_ARGUMENT);
    mvo_constraints_free(two);
    mvo_constraints_free(three);
    mvo_covariance_unref(cash);
    mvo_covariance_unref(covariance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_contributions_by_hand),
        cmocka_unit_test(budgets_by_hand),
        cmocka_unit_test(one_asset),
        cmocka_unit_test(outputs_are_optional),
        cmocka_unit_test(a_cap_by_hand),
        cmocka_unit_test(steps_that_run_out),
        cmocka_unit_test(other_scales),
        cmocka_unit_test(groups_in_place_of_a_budget),
        cmocka_unit_test(turnover_and_costs),
        cmocka_unit_test(no_positive_portfolio),
        cmocka_unit_test(a_perfect_hedge),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests_name("risk budgets", tests, NULL, NULL);
}
