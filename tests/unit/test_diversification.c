/* SPDX-License-Identifier: MIT */
/* Simple weights, diversification, bets and hierarchical risk parity: figures by hand, and every bad input. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 6 };

static double weights[MOST], shares[MOST], number;
static size_t order[MOST];
static mvo_error error;

static mvo_covariance *covariance_of(size_t n, const double *volatility, const double *correlation)
{
    mvo_covariance *covariance = NULL;
    assert_int_equal(
        mvo_covariance_new_correlation(&covariance, NULL, n, volatility, correlation, n, MVO_CHECK_ALL, NULL), MVO_OK);
    return covariance;
}

static mvo_covariance *equally_correlated(size_t n, const double *volatility, double correlation)
{
    double matrix[MOST * MOST];
    for (size_t i = 0; i < n * n; i++)
        matrix[i] = i % (n + 1) == 0 ? 1.0 : correlation;
    return covariance_of(n, volatility, matrix);
}

static void near_all(const double *found, const double *expected, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance))
            fail_msg("element %zu is %.17g instead of %.17g", i, found[i], expected[i]);
}

static void simple_weights(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.4 };
    mvo_covariance *covariance = equally_correlated(3, volatility, 0.3);
    assert_int_equal(mvo_equal_weights(weights, 4, NULL), MVO_OK);
    near_all(weights, (const double[]){ 0.25, 0.25, 0.25, 0.25 }, 4, 0.0);
    assert_int_equal(mvo_inverse_volatility(weights, covariance, NULL), MVO_OK);
    near_all(weights, (const double[]){ 4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0 }, 3, 1e-15);
    assert_int_equal(mvo_inverse_variance(weights, covariance, NULL), MVO_OK);
    near_all(weights, (const double[]){ 16.0 / 21.0, 4.0 / 21.0, 1.0 / 21.0 }, 3, 1e-15);
    mvo_covariance_unref(covariance);
}

/* --------------------------------------------------------------------------------------- diversification */

static void diversification_ratios(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2 }, one[] = { 0.0, 1.0 }, both[] = { 2.0 / 3.0, 1.0 / 3.0 };
    mvo_covariance *covariance = equally_correlated(2, volatility, 0.28);
    assert_int_equal(mvo_diversification_ratio(&number, covariance, one, NULL), MVO_OK);
    assert_true(fabs(number - 1.0) < 1e-15);
    assert_int_equal(mvo_diversification_ratio(&number, covariance, both, NULL), MVO_OK);
    assert_true(fabs(number - sqrt(2.0 / 1.28)) < 1e-14); /* equal risks: sqrt(2 / (1 + rho)) */
    mvo_covariance_unref(covariance);
}

/* In units of one standard deviation it is the minimum variance portfolio of the correlations. */
static void maximum_diversification(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.4, 0.25 }, ones[] = { 1.0, 1.0, 1.0, 1.0 };
    static const double correlation[] = { 1.0, 0.6, 0.1, 0.2,  0.6, 1.0, 0.3,  0.1,
                                          0.1, 0.3, 1.0, -0.2, 0.2, 0.1, -0.2, 1.0 };
    mvo_covariance *covariance = covariance_of(4, volatility, correlation),
                   *units = covariance_of(4, ones, correlation);
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL, *scaled = NULL;
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    double expected[4], sum = 0.0;
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 4, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&scaled, NULL, units, rules, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance(&outcome, scaled, NULL), MVO_OK);
    assert_int_equal(mvo_solver_weights(expected, scaled), MVO_OK);
    for (size_t i = 0; i < 4; i++)
        sum += expected[i] /= volatility[i];
    for (size_t i = 0; i < 4; i++)
        expected[i] /= sum;
    assert_int_equal(mvo_maximum_diversification(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(weights, solver), MVO_OK);
    near_all(weights, expected, 4, 1e-12);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    assert_int_equal(mvo_diversification_ratio(&number, covariance, weights, NULL), MVO_OK);
    assert_true(fabs(number + report.objective) < 1e-12);
    /* Under a cap: still the best of what is allowed. */
    assert_int_equal(mvo_solver_set_bound(solver, 0, 0.0, 0.2, NULL), MVO_OK);
    assert_int_equal(mvo_maximum_diversification(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(weights, solver), MVO_OK);
    assert_true(fabs(weights[0] - 0.2) < 1e-12);
    double capped = 0.0;
    assert_int_equal(mvo_diversification_ratio(&capped, covariance, weights, NULL), MVO_OK);
    assert_true(capped < number);
    mvo_solver_free(scaled);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(units);
    mvo_covariance_unref(covariance);
}

static void principal_bets(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.4 }, w[] = { 4.0, 2.0, 1.0 }, one[] = { 0.0, 1.0, 0.0 };
    mvo_covariance *covariance = equally_correlated(3, volatility, 0.0);
    assert_int_equal(mvo_effective_bets(&number, shares, covariance, w, MVO_BETS_PRINCIPAL, NULL), MVO_OK);
    assert_true(fabs(number - 3.0) < 1e-13);
    near_all(shares, (const double[]){ 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0 }, 3, 1e-14);
    assert_int_equal(mvo_effective_bets(&number, shares, covariance, one, MVO_BETS_PRINCIPAL, NULL), MVO_OK);
    assert_true(fabs(number - 1.0) < 1e-14);
    near_all(shares, (const double[]){ 0.0, 1.0, 0.0 }, 3, 1e-14); /* the largest variance comes first */
    mvo_covariance_unref(covariance);
    /* Two assets of one volatility: the components are their sum and their difference. */
    static const double same[] = { 0.3, 0.3 }, long_only[] = { 0.5, 0.5 }, hedged[] = { 1.0, 0.0 };
    covariance = equally_correlated(2, same, 0.6);
    assert_int_equal(mvo_effective_bets(&number, shares, covariance, long_only, MVO_BETS_PRINCIPAL, NULL), MVO_OK);
    assert_true(fabs(number - 1.0) < 1e-13);
    assert_int_equal(mvo_effective_bets(&number, shares, covariance, hedged, MVO_BETS_PRINCIPAL, NULL), MVO_OK);
    near_all(shares, (const double[]){ 0.8, 0.2 }, 2, 1e-14);
    assert_true(fabs(number - exp(-0.8 * log(0.8) - 0.2 * log(0.2))) < 1e-13);
    mvo_covariance_unref(covariance);
}

/* Two assets: by symmetry the bets are C^(1/2)'s rows, with entries a, b: a^2 + b^2 = 1, 2 a b = rho. */
static void torsion_bets(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2 }, first[] = { 1.0, 0.0 }, equal_risk[] = { 2.0, 1.0 };
    mvo_covariance *covariance = equally_correlated(2, volatility, 0.6);
    assert_int_equal(mvo_effective_bets(&number, shares, covariance, first, MVO_BETS_MINIMUM_TORSION, NULL), MVO_OK);
    near_all(shares, (const double[]){ 0.9, 0.1 }, 2, 1e-13);
    assert_int_equal(mvo_effective_bets(&number, NULL, covariance, equal_risk, MVO_BETS_MINIMUM_TORSION, NULL), MVO_OK);
    assert_true(fabs(number - 2.0) < 1e-13);
    mvo_covariance_unref(covariance);
}

/* ------------------------------------------------------------------------------------------ hierarchical */

/* Two pairs: 0 and 2, 1 and 3. Every linkage finds them; budgets follow inverse variances within and between. */
static void two_pairs(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.1, 0.2 };
    static const double correlation[] = {
        1.0, 0.0, 0.8, 0.0, 0.0, 1.0, 0.0, 0.5, 0.8, 0.0, 1.0, 0.0, 0.0, 0.5, 0.0, 1.0
    };
    mvo_covariance *covariance = covariance_of(4, volatility, correlation);
    static const size_t expected_order[] = { 0, 2, 1, 3 };
    /* Pair variances under equal weights: 0.01 * 0.9 and 0.04 * 0.75. */
    const double first = 0.03 / 0.039 / 2.0, second = 0.009 / 0.039 / 2.0;
    for (int32_t linkage = MVO_LINKAGE_SINGLE; linkage <= MVO_LINKAGE_WARD; linkage++)
        for (int32_t distance = MVO_DISTANCE_OF_CORRELATIONS; distance <= MVO_DISTANCE_OF_DISTANCES; distance++) {
            assert_int_equal(mvo_hierarchical_risk_parity(weights, order, covariance, NULL, distance, linkage, NULL),
                             MVO_OK);
            near_all(weights, (const double[]){ first, second, first, second }, 4, 1e-14);
            for (size_t i = 0; i < 4; i++)
                assert_int_equal(order[i], expected_order[i]);
            assert_int_equal(mvo_hierarchical_risk_parity(NULL, NULL, covariance, covariance, distance, linkage, NULL),
                             MVO_OK);
        }
    mvo_covariance_unref(covariance);
}

/* The order comes from the second handle, the variances from the first. */
static void clustered_by_another(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.4 };
    static const size_t expected_order[] = { 1, 0, 2 };
    static const double near[] = { 1.0, 0.1, 0.9, 0.1, 1.0, 0.1, 0.9, 0.1, 1.0 };
    mvo_covariance *covariance = equally_correlated(3, volatility, 0.0),
                   *similarity = covariance_of(3, volatility, near);
    assert_int_equal(mvo_hierarchical_risk_parity(weights, order, covariance, similarity, 0, 0, NULL), MVO_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(order[i], expected_order[i]);
    near_all(weights, (const double[]){ 16.0 / 21.0, 4.0 / 21.0, 1.0 / 21.0 }, 3, 1e-14);
    mvo_covariance_unref(similarity);
    mvo_covariance_unref(covariance);
}

static void one_asset(void **state)
{
    (void)state;
    static const double volatility[] = { 0.3 };
    mvo_covariance *covariance = equally_correlated(1, volatility, 1.0);
    order[0] = 9;
    assert_int_equal(mvo_hierarchical_risk_parity(weights, order, covariance, NULL, 1, 3, NULL), MVO_OK);
    assert_true(weights[0] == 1.0 && order[0] == 0);
    assert_int_equal(mvo_inverse_variance(weights, covariance, NULL), MVO_OK);
    assert_true(weights[0] == 1.0);
    for (int32_t bets = 0; bets <= 1; bets++) {
        assert_int_equal(mvo_effective_bets(&number, shares, covariance, volatility, bets, NULL), MVO_OK);
        assert_true(number == 1.0 && shares[0] == 1.0);
    }
    mvo_covariance_unref(covariance);
}

/* --------------------------------------------------------------------------------------------- bad input */

static void mark(void)
{
    for (size_t i = 0; i < MOST; i++) {
        weights[i] = shares[i] = 7.0;
        order[i] = 77;
    }
    number = 7.0;
    error = (mvo_error)MVO_ERROR_INIT;
}

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row)
        fail_msg("%s of %s[%d] (%s); expected %s of %s[%d]", mvo_status_name(got), error.argument, (int)error.row,
                 error.message, mvo_status_name(status), argument, (int)row);
    assert_true(number == 7.0);
    for (size_t i = 0; i < MOST; i++)
        assert_true(weights[i] == 7.0 && shares[i] == 7.0 && order[i] == 77);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void refusals(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.3 }, with_cash[] = { 0.1, 0.2, 0.0 }, none[] = { 0.0, 0.0, 0.0 };
    static const double unit[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, singular[] = { 1, 1, 0, 1, 1, 0, 0, 0, 1 };
    static const double w[] = { 0.2, 0.3, 0.5 }, not_a_number[] = { 0.2, NAN, 0.5 };
    mvo_covariance *covariance = covariance_of(3, volatility, unit), *cash = covariance_of(3, with_cash, unit);
    mvo_covariance *twins = covariance_of(3, volatility, singular), *two = equally_correlated(2, volatility, 0.1);
    mvo_outcome outcome = 7;
    mark();
    expect(mvo_equal_weights(NULL, 3, &error), MVO_ERROR_NULL, "weights", -1);
    expect(mvo_equal_weights(weights, 0, &error), MVO_ERROR_ARGUMENT, "n", -1);
    expect(mvo_inverse_volatility(NULL, covariance, &error), MVO_ERROR_NULL, "weights", -1);
    expect(mvo_inverse_volatility(weights, NULL, &error), MVO_ERROR_NULL, "covariance", -1);
    expect(mvo_inverse_volatility(weights, cash, &error), MVO_ERROR_ARGUMENT, "covariance", 2);
    expect(mvo_inverse_variance(NULL, covariance, &error), MVO_ERROR_NULL, "weights", -1);
    expect(mvo_inverse_variance(weights, NULL, &error), MVO_ERROR_NULL, "covariance", -1);
    expect(mvo_inverse_variance(weights, cash, &error), MVO_ERROR_ARGUMENT, "covariance", 2);
    expect(mvo_diversification_ratio(NULL, covariance, w, &error), MVO_ERROR_NULL, "ratio", -1);
    expect(mvo_diversification_ratio(&number, NULL, w, &error), MVO_ERROR_NULL, "covariance", -1);
    expect(mvo_diversification_ratio(&number, covariance, NULL, &error), MVO_ERROR_NULL, "weights", -1);
    expect(mvo_diversification_ratio(&number, covariance, not_a_number, &error), MVO_ERROR_NOT_FINITE, "weights", 1);
    expect(mvo_diversification_ratio(&number, covariance, none, &error), MVO_ERROR_ARGUMENT, "weights", -1);
    expect(mvo_effective_bets(NULL, shares, covariance, w, 0, &error), MVO_ERROR_NULL, "number", -1);
    expect(mvo_effective_bets(&number, shares, NULL, w, 0, &error), MVO_ERROR_NULL, "covariance", -1);
    expect(mvo_effective_bets(&number, shares, covariance, NULL, 0, &error), MVO_ERROR_NULL, "weights", -1);
    expect(mvo_effective_bets(&number, shares, covariance, not_a_number, 0, &error), MVO_ERROR_NOT_FINITE, "weights",
           1);
    expect(mvo_effective_bets(&number, shares, covariance, none, 0, &error), MVO_ERROR_ARGUMENT, "weights", -1);
    expect(mvo_effective_bets(&number, shares, covariance, w, 2, &error), MVO_ERROR_ARGUMENT, "bets", -1);
    expect(mvo_effective_bets(&number, shares, covariance, w, -1, &error), MVO_ERROR_ARGUMENT, "bets", -1);
    expect(mvo_effective_bets(&number, shares, cash, w, 1, &error), MVO_ERROR_ARGUMENT, "covariance", 2);
    expect(mvo_effective_bets(&number, shares, twins, w, 1, &error), MVO_ERROR_SINGULAR, "covariance", -1);
    expect(mvo_hierarchical_risk_parity(weights, order, NULL, covariance, 0, 0, &error), MVO_ERROR_NULL, "covariance",
           -1);
    expect(mvo_hierarchical_risk_parity(weights, order, covariance, two, 0, 0, &error), MVO_ERROR_MISMATCH,
           "similarity", -1);
    expect(mvo_hierarchical_risk_parity(weights, order, cash, NULL, 0, 0, &error), MVO_ERROR_ARGUMENT, "covariance", 2);
    expect(mvo_hierarchical_risk_parity(weights, order, covariance, cash, 0, 0, &error), MVO_ERROR_ARGUMENT,
           "similarity", 2);
    const int32_t beyond[] = { -1, 4, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < 4; i++) {
        expect(mvo_hierarchical_risk_parity(weights, order, covariance, NULL, beyond[i], 0, &error), MVO_ERROR_ARGUMENT,
               "distance", -1);
        expect(mvo_hierarchical_risk_parity(weights, order, covariance, NULL, 0, beyond[i], &error), MVO_ERROR_ARGUMENT,
               "linkage", -1);
    }
    expect(mvo_maximum_diversification(NULL, NULL, &error), MVO_ERROR_NULL, "outcome", -1);
    expect(mvo_maximum_diversification(&outcome, NULL, &error), MVO_ERROR_NULL, "solver", -1);
    assert_int_equal(outcome, 7);
    mvo_covariance_unref(two);
    mvo_covariance_unref(twins);
    mvo_covariance_unref(cash);
    mvo_covariance_unref(covariance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_weights),
        cmocka_unit_test(diversification_ratios),
        cmocka_unit_test(maximum_diversification),
        cmocka_unit_test(principal_bets),
        cmocka_unit_test(torsion_bets),
        cmocka_unit_test(two_pairs),
        cmocka_unit_test(clustered_by_another),
        cmocka_unit_test(one_asset),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests_name("diversification", tests, NULL, NULL);
}
