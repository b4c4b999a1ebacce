/* SPDX-License-Identifier: MIT */
/* Costs beyond kinks: figures by hand, the book's ladder, pools swap by swap, and every refusal. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void near_to(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g", value, expected);
}

/* Variances and no rows: every weight free. */
static mvo_impact *make(size_t n, const double *variances, const double *linear, const double *holdings)
{
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_impact *impact = NULL;
    assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, n, 0, NULL, n, NULL, 0, variances, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    assert_int_equal(mvo_constraints_new(&rules, NULL, n, NULL), MVO_OK);
    if (holdings)
        assert_int_equal(mvo_constraints_set_holdings(rules, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_impact_new(&impact, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_impact_set_linear(impact, linear, NULL), MVO_OK);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    return impact;
}

static mvo_report solve(mvo_impact *impact, double *w)
{
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_impact_solve(&outcome, impact, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_impact_weights(w, impact), MVO_OK);
    assert_int_equal(mvo_impact_report(&report, impact), MVO_OK);
    assert_true(report.gap <= 1e-9 * report.gap_scale);
    assert_true(report.stationarity <= 1e-9 * report.stationarity_scale);
    return report;
}

/* 1/2 w^2 - w + 2 (w - 1/4)^2: w - 1 + 4 w - 1 = 0. */
static void quadratic_by_hand(void **state)
{
    (void)state;
    const double one = 1.0, linear = -1.0, holding = 0.25;
    double w, quadratic, power, pool, piecewise;
    mvo_impact *impact = make(1, &one, &linear, &holding);
    assert_int_equal(mvo_impact_set_quadratic(impact, 0, 2.0, NULL), MVO_OK);
    const mvo_report report = solve(impact, &w);
    near_to(w, 0.4, 1e-15);
    near_to(report.cost, 2 * 0.15 * 0.15, 1e-16);
    near_to(report.objective, 0.08 - 0.4 + 0.045, 1e-15);
    near_to(report.variance, 0.16, 1e-15);
    assert_int_equal(mvo_impact_costs(&piecewise, &quadratic, &power, &pool, impact, &w, NULL), MVO_OK);
    near_to(quadratic, 0.045, 1e-16);
    assert_true(piecewise == 0.0 && power == 0.0 && pool == 0.0);
    const double moved = 0.9; /* w - 1 + 4 (w - 0.9) = 0 */
    assert_int_equal(mvo_impact_set_holdings(impact, &moved, NULL), MVO_OK);
    solve(impact, &w);
    near_to(w, 0.92, 1e-15);
    assert_int_equal(mvo_impact_set_quadratic(impact, 0, 0.0, NULL), MVO_OK);
    solve(impact, &w);
    near_to(w, 1.0, 1e-15);
    mvo_impact_free(impact);
}

/* 1/2 w^2 - 2 w + 2/3 w^(3/2): with q the root of w, q^2 + q = 2. Sold instead, it is the mirror image. */
static void power_by_hand(void **state)
{
    (void)state;
    const double variances[3] = { 1.0, 1.0, 1.0 }, linear[3] = { -2.0, 2.0, 0.0 };
    double w[3], power;
    mvo_impact *impact = make(3, variances, linear, NULL);
    for (size_t j = 0; j < 3; j++)
        assert_int_equal(mvo_impact_set_power(impact, j, 2.0 / 3.0, NULL), MVO_OK);
    const mvo_report report = solve(impact, w);
    near_to(w[0], 1.0, 1e-12);
    near_to(w[1], -1.0, 1e-12);
    near_to(w[2], 0.0, 1e-12);
    near_to(report.cost, 4.0 / 3.0, 1e-12);
    assert_true(report.rounds < 12);
    assert_int_equal(mvo_impact_costs(NULL, NULL, &power, NULL, impact, w, NULL), MVO_OK);
    near_to(power, 4.0 / 3.0, 1e-12);
    const double far[3] = { -2e-9, 2.0, -1e6 }; /* q^2 + q = 2e-9: w = 4e-18; a million: q = 999.5 */
    assert_int_equal(mvo_impact_set_linear(impact, far, NULL), MVO_OK);
    solve(impact, w);
    near_to(w[2], 1e6 + 0.5 - sqrt(1e6 + 0.25), 1e-5);
    assert_int_equal(mvo_impact_set_linear(impact, NULL, NULL), MVO_OK);
    solve(impact, w);
    near_to(w[0], 0.0, 1e-15);
    mvo_impact_free(impact);
}

/* A holding that proportional costs keep where it is has no power cost either. */
static void kinks_stay(void **state)
{
    (void)state;
    static const double sigma[4] = { 1.0, 0.5, 0.5, 1.0 }, holdings[2] = { 0.5, 0.5 }, buy[2] = { 0.3, 0.3 };
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_impact *impact = NULL;
    double w[2], piecewise, linear[2] = { -0.55, 0.0 };
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 2, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(rules, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(rules, buy, buy, NULL), MVO_OK);
    assert_int_equal(mvo_impact_new(&impact, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_impact_set_linear(impact, linear, NULL), MVO_OK);
    for (size_t j = 0; j < 2; j++)
        assert_int_equal(mvo_impact_set_power(impact, j, 1.0, NULL), MVO_OK);
    solve(impact, w);
    assert_true(w[0] == 0.5 && w[1] == 0.5); /* 0.55 to gain, 0.6 to pay */
    /* one more: with the move d, d + 2 * 1.5 sqrt(d) = 0.1 */
    linear[0] = -0.7;
    assert_int_equal(mvo_impact_set_linear(impact, linear, NULL), MVO_OK);
    solve(impact, w);
    const double root = (-3.0 + sqrt(9.4)) / 2.0;
    near_to(w[0], 0.5 + root * root, 1e-13);
    assert_int_equal(mvo_impact_costs(&piecewise, NULL, NULL, NULL, impact, w, NULL), MVO_OK);
    near_to(piecewise, 0.6 * root * root, 1e-13);
    mvo_impact_free(impact);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

static void coefficient_by_hand(void **state)
{
    (void)state;
    double coefficient = 0.0;
    /* volatility 2 % a day, 4 million a day, a portfolio of 1 million: trading all of it moves the price by 1 % */
    assert_int_equal(mvo_impact_power_coefficient(&coefficient, 0.02, 4e6, 1e6, 1.0, NULL), MVO_OK);
    near_to(coefficient, 0.01, 1e-17);
}

/* A pool of 100 in cash and 100 units at a price of 1, seen by a portfolio of 100. */
static void pool_by_hand(void **state)
{
    (void)state;
    const double variance = 1.0, linear = 0.0;
    double cost, w = 0.5, sum = 0.0;
    mvo_impact *impact = make(1, &variance, &linear, NULL);
    assert_int_equal(mvo_impact_set_pool(impact, 0, 100, 100, 1, 1, 0.0, 1, 100, NULL), MVO_OK);
    assert_int_equal(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, &w, NULL), MVO_OK);
    near_to(cost, 0.5, 1e-15); /* fifty units cost a hundred */
    w = -1.0;
    assert_int_equal(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, &w, NULL), MVO_OK);
    near_to(cost, 0.5, 1e-15); /* a hundred units earn fifty */
    w = 1.0;
    assert_int_equal(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, &w, NULL), MVO_OK);
    assert_true(isinf(cost)); /* all of it is not for sale */
    /* without a fee ten small purchases take what a large one does */
    double x = 100.0, y = 100.0;
    for (int k = 0; k < 10; k++) {
        const double in = x * 5.0 / (y - 5.0);
        sum += in;
        x += in;
        y -= 5.0;
    }
    w = 0.5;
    assert_int_equal(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, &w, NULL), MVO_OK);
    near_to(100.0 * (cost + w), sum, 1e-12);
    /* weights 80/20 of asset and cash, 36 of 100 units sold with a fee of a quarter: 27 go in; (100 / 127)^4 is left */
    assert_int_equal(mvo_impact_set_pool(impact, 0, 50, 100, 0.2, 0.8, 0.25, 2, 1000, NULL), MVO_OK);
    w = -0.072;
    assert_int_equal(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, &w, NULL), MVO_OK);
    near_to(cost, 0.072 - 0.05 * (1.0 - 1e8 / (127.0 * 127.0 * 127.0 * 127.0)), 1e-16);
    mvo_impact_free(impact);
}

/* Wanting up to w = 1/2 from nothing: buying stops where the pool's price and the portfolio's view meet. */
static void pool_is_met(void **state)
{
    (void)state;
    const double variance = 1.0, linear = -0.5;
    double w;
    mvo_impact *impact = make(1, &variance, &linear, NULL);
    /* w - 1/2 + 1 / (1 - w)^2 - 1 = 0 has its root near 0.15; the kink of a fee of 1 - 1/1.6 keeps everything out */
    assert_int_equal(mvo_impact_set_pool(impact, 0, 100, 100, 1, 1, 0.0, 1, 100, NULL), MVO_OK);
    solve(impact, &w);
    near_to(w - 1.5 + 1.0 / ((1.0 - w) * (1.0 - w)), 0.0, 1e-12);
    assert_int_equal(mvo_impact_set_pool(impact, 0, 100, 100, 1, 1, 0.375, 1, 100, NULL), MVO_OK);
    solve(impact, &w);
    assert_true(w == 0.0);
    assert_int_equal(mvo_impact_set_pool(impact, 0, 0, 0, 1, 1, 0.0, 1, 100, NULL), MVO_OK);
    solve(impact, &w);
    near_to(w, 0.5, 1e-15);
    /* a pool that offers at half the price: 1/2 / (1 - w)^2 = 1 - w + 1/2, within what the pool has */
    assert_int_equal(mvo_impact_set_pool(impact, 0, 1e-3, 2e-3, 1, 1, 0.0, 1, 1, NULL), MVO_OK);
    solve(impact, &w);
    assert_true(w > 0.0 && w < 2e-3);
    near_to(0.5 / ((1.0 - w / 2e-3) * (1.0 - w / 2e-3)), 1.5 - w, 1e-11);
    mvo_impact_free(impact);
}

static void outcomes(void **state)
{
    (void)state;
    const double variance = 1.0, linear = -1.0;
    double w = 7.0;
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    mvo_impact *impact = make(1, &variance, &linear, NULL);
    mvo_solver *solver = mvo_impact_solver(impact);
    assert_null(mvo_impact_solver(NULL));
    assert_int_equal(mvo_impact_set_power(impact, 0, 0.1, NULL), MVO_OK);
    assert_int_equal(mvo_impact_weights(&w, impact), MVO_ERROR_STATE);
    assert_int_equal(mvo_impact_report(&report, impact), MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_set_bound(solver, 0, 1.0, 0.5, NULL), MVO_OK);
    assert_int_equal(mvo_impact_solve(&outcome, impact, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(mvo_impact_weights(&w, impact), MVO_ERROR_STATE);
    assert_true(w == 7.0);
    assert_int_equal(mvo_solver_set_bound(solver, 0, 0.0, 0.5, NULL), MVO_OK);
    solve(impact, &w);
    assert_true(w == 0.5);
    report.struct_size = 4;
    assert_int_equal(mvo_impact_report(&report, impact), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_impact_report(NULL, impact), MVO_ERROR_NULL);
    assert_int_equal(mvo_impact_weights(&w, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_impact_set_power(impact, 0, 0.0, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_bound(solver, 0, -HUGE_VAL, HUGE_VAL, NULL), MVO_OK);
    solve(impact, &w);
    near_to(w, 1.0, 1e-15);
    mvo_impact_free(impact);
    mvo_impact_free(NULL);
    const double none = 0.0;
    impact = make(1, &none, &linear, NULL);
    assert_int_equal(mvo_impact_solve(&outcome, impact, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_UNBOUNDED);
    mvo_impact_free(impact);
}

/* Two bids and three asks, in a portfolio of 1000 that holds 0.3 of a unit worth 10. */
static void book_by_hand(void **state)
{
    (void)state;
    static const double bids[2] = { 9.9, 9.8 }, bid_sizes[2] = { 10, 5 };
    static const double asks[3] = { 10.1, 10.1, 10.5 }, ask_sizes[3] = { 1, 2, 3 };
    double at[4], slopes[5], lower, upper, total;
    assert_int_equal(mvo_order_book_ladder(at, slopes, &lower, &upper, 2, bids, bid_sizes, 3, asks, ask_sizes, 10, 1000,
                                           0.3, NULL),
                     MVO_OK);
    static const double places[4] = { 0.2, 0.3, 0.31, 0.33 }, rates[5] = { -0.02, -0.01, 0.01, 0.01, 0.05 };
    for (int k = 0; k < 4; k++)
        near_to(at[k], places[k], 1e-15);
    for (int k = 0; k < 5; k++)
        near_to(slopes[k], rates[k], 1e-15);
    near_to(lower, 0.15, 1e-15);
    near_to(upper, 0.36, 1e-15);
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, 1, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_cost(rules, 0, 4, at, slopes, 0.3, NULL), MVO_OK);
    const double sold = 0.17, bought = 0.35; /* 13 units: 10 at 9.9, 3 at 9.8. 5 units: 3 at 10.1, 2 at 10.5 */
    assert_int_equal(mvo_constraints_costs(&total, NULL, rules, &sold, NULL), MVO_OK);
    near_to(1000 * total, 130 - 99 - 29.4, 1e-12);
    assert_int_equal(mvo_constraints_costs(&total, NULL, rules, &bought, NULL), MVO_OK);
    near_to(1000 * total, 30.3 + 21 - 50, 1e-12);
    mvo_constraints_free(rules);
}

/* Half of two assets held; 1 % on purchases of the one, 2 % on sales of the other. Selling 0.1 pays 0.098, which buys 0.098 / 1.01. */
static void budget_pays_its_costs(void **state)
{
    (void)state;
    static const double sigma[4] = { 1, 0, 0, 1 }, holdings[2] = { 0.5, 0.5 }, mu[2] = { 9.0, 0.0 };
    static const double buy[2] = { 0.01, 0.03 }, sell[2] = { 0.04, 0.02 };
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = -1;
    double w[2], above[2], below[2], limit;
    int64_t id = -1;
    int32_t around;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&rules, NULL, 2, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(rules, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget_with_costs(&id, rules, buy, sell, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_absolute_row(&around, NULL, NULL, rules, id, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_absolute_rates(above, below, rules, id, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_row(NULL, NULL, &limit, rules, id, NULL), MVO_OK);
    assert_string_equal(mvo_constraints_row_name(rules, id), "budget");
    assert_int_equal(around, MVO_AROUND_HOLDINGS);
    assert_true(above[0] == 1.01 && above[1] == 1.03 && below[0] == -0.96 && below[1] == -0.98 && limit == 0.0);
    assert_int_equal(mvo_constraints_set_bound(rules, 1, 0.4, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_maximum_utility(&outcome, solver, mu, 1.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_true(w[1] == 0.4);
    near_to(w[0], 0.5 + 0.098 / 1.01, 1e-15);
    /* less to spend than what is held: 0.098 of 0.1 sold has to be paid out */
    assert_int_equal(mvo_solver_set_row_limits(solver, id, -INFINITY, -0.098, NULL), MVO_OK);
    assert_int_equal(mvo_maximum_utility(&outcome, solver, mu, 1.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    near_to(w[0], 0.5, 1e-15);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* ------------------------------------------------------------------------------------------------ refusals */

#define REFUSED(expected, name, call)                                                                                  \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        assert_int_equal(call, expected);                                                                              \
        assert_int_equal(error.status, expected);                                                                      \
        assert_string_equal(error.argument, name);                                                                     \
        assert_true(strlen(error.message) > 0);                                                                        \
    } while (0)

static void terms_refused(void **state)
{
    (void)state;
    const double variances[2] = { 1.0, 1.0 }, nan[2] = { 0.0, NAN };
    double kept = 5.0, w[2] = { 0.0, 0.0 };
    mvo_outcome outcome = 77;
    mvo_impact *impact = make(2, variances, NULL, NULL), *none = NULL;
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    assert_int_equal(
        mvo_covariance_new_factor(&covariance, NULL, 2, 0, NULL, 2, NULL, 0, variances, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&rules, NULL, 3, NULL), MVO_OK);
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_new(NULL, NULL, covariance, rules, &error));
    REFUSED(MVO_ERROR_NULL, "covariance", mvo_impact_new(&none, NULL, NULL, rules, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_impact_new(&none, NULL, covariance, NULL, &error));
    REFUSED(MVO_ERROR_MISMATCH, "constraints", mvo_impact_new(&none, NULL, covariance, rules, &error));
    assert_null(none);
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_set_linear(NULL, w, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "linear", mvo_impact_set_linear(impact, nan, &error));
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_set_holdings(NULL, w, &error));
    REFUSED(MVO_ERROR_NULL, "holdings", mvo_impact_set_holdings(impact, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "holdings", mvo_impact_set_holdings(impact, nan, &error));
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_set_quadratic(NULL, 0, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_impact_set_quadratic(impact, 2, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "coefficient", mvo_impact_set_quadratic(impact, 0, -1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "coefficient", mvo_impact_set_quadratic(impact, 0, NAN, &error));
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_set_power(NULL, 0, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_impact_set_power(impact, 2, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "coefficient", mvo_impact_set_power(impact, 0, -1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "coefficient", mvo_impact_set_power(impact, 0, INFINITY, &error));
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_costs(NULL, NULL, NULL, &kept, NULL, w, &error));
    REFUSED(MVO_ERROR_NULL, "weights", mvo_impact_costs(NULL, NULL, NULL, &kept, impact, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "weights", mvo_impact_costs(NULL, NULL, NULL, &kept, impact, nan, &error));
    REFUSED(MVO_ERROR_NULL, "outcome", mvo_impact_solve(NULL, impact, &error));
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_solve(&outcome, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "coefficient", mvo_impact_power_coefficient(NULL, 1, 1, 1, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "volatility", mvo_impact_power_coefficient(&kept, -1, 1, 1, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "volume", mvo_impact_power_coefficient(&kept, 1, 0, 1, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "value", mvo_impact_power_coefficient(&kept, 1, 1, NAN, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "factor", mvo_impact_power_coefficient(&kept, 1, 1, 1, -1, &error));
    assert_true(kept == 5.0 && outcome == 77);
    assert_int_equal(mvo_impact_costs(NULL, &kept, NULL, NULL, impact, variances, NULL), MVO_OK);
    assert_true(kept == 0.0); /* nothing was set */
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    mvo_impact_free(impact);
}

static void pools_refused(void **state)
{
    (void)state;
    static const char *const names[7] = { "cash_reserve", "asset_reserve", "cash_share", "asset_share",
                                          "fee",          "price",         "value" };
    const double variance = 1.0, w = 0.1;
    double cost = 1.0;
    mvo_impact *impact = make(1, &variance, NULL, NULL);
    REFUSED(MVO_ERROR_NULL, "impact", mvo_impact_set_pool(NULL, 0, 1, 1, 1, 1, 0, 1, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_impact_set_pool(impact, 1, 1, 1, 1, 1, 0, 1, 1, &error));
    for (int k = 0; k < 7; k++)
        for (int bad = 0; bad < 3; bad++) {
            double a[7] = { 1, 1, 1, 1, 0.1, 1, 1 };
            a[k] = bad == 0 ? -1.0 : bad == 1 ? NAN : INFINITY;
            const mvo_status status = bad ? MVO_ERROR_NOT_FINITE : k == 4 ? MVO_ERROR_OUT_OF_RANGE : MVO_ERROR_ARGUMENT;
            REFUSED(status, names[k], mvo_impact_set_pool(impact, 0, a[0], a[1], a[2], a[3], a[4], a[5], a[6], &error));
        }
    REFUSED(MVO_ERROR_OUT_OF_RANGE, "fee", mvo_impact_set_pool(impact, 0, 1, 1, 1, 1, 1.0, 1, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "cash_reserve", mvo_impact_set_pool(impact, 0, 0, 1, 1, 1, 0, 1, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset_reserve", mvo_impact_set_pool(impact, 0, 1, 0, 1, 1, 0, 1, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "cash_reserve", mvo_impact_set_pool(impact, 0, 1e200, 1, 1, 1, 0, 1, 1e-200, &error));
    assert_int_equal(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, &w, NULL), MVO_OK);
    assert_true(cost == 0.0);
    mvo_impact_free(impact);
}

static void books_refused(void **state)
{
    (void)state;
    static const double bids[2] = { 9, 8 }, asks[2] = { 10, 11 }, sizes[2] = { 1, 1 }, nan[2] = { 9, NAN };
    static const double flat[2] = { 1, 0 }, dust[2] = { 1, 1e-30 }, high[2] = { 10.5, 8 };
    double at[3] = { 1, 2, 3 }, slopes[4] = { 1, 2, 3, 4 };
#define LADDER(b, bs, a, as, price, value, holding)                                                                    \
    mvo_order_book_ladder(at, slopes, NULL, NULL, 2, b, bs, 2, a, as, price, value, holding, &error)
    REFUSED(MVO_ERROR_NULL, "breakpoints",
            mvo_order_book_ladder(NULL, slopes, NULL, NULL, 2, bids, sizes, 2, asks, sizes, 10, 1, 0, &error));
    REFUSED(MVO_ERROR_NULL, "slopes",
            mvo_order_book_ladder(at, NULL, NULL, NULL, 2, bids, sizes, 2, asks, sizes, 10, 1, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "bid_prices",
            mvo_order_book_ladder(at, slopes, NULL, NULL, 0, bids, sizes, 2, asks, sizes, 10, 1, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ask_prices",
            mvo_order_book_ladder(at, slopes, NULL, NULL, 2, bids, sizes, 0, asks, sizes, 10, 1, 0, &error));
    REFUSED(MVO_ERROR_NULL, "bid_prices", LADDER(NULL, sizes, asks, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_NULL, "bid_sizes", LADDER(bids, NULL, asks, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_NULL, "ask_prices", LADDER(bids, sizes, NULL, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_NULL, "ask_sizes", LADDER(bids, sizes, asks, NULL, 10, 1, 0));
    REFUSED(MVO_ERROR_NOT_FINITE, "bid_prices", LADDER(nan, sizes, asks, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_ARGUMENT, "bid_prices", LADDER(asks, sizes, asks, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_ARGUMENT, "ask_prices", LADDER(bids, sizes, bids, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_ARGUMENT, "bid_prices", LADDER(high, sizes, asks, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_ARGUMENT, "ask_sizes", LADDER(bids, sizes, asks, flat, 10, 1, 0));
    REFUSED(MVO_ERROR_ARGUMENT, "bid_sizes", LADDER(bids, dust, asks, sizes, 10, 1, 0));
    REFUSED(MVO_ERROR_ARGUMENT, "price", LADDER(bids, sizes, asks, sizes, 0, 1, 0));
    REFUSED(MVO_ERROR_ARGUMENT, "value", LADDER(bids, sizes, asks, sizes, 10, -1, 0));
    REFUSED(MVO_ERROR_NOT_FINITE, "holding", LADDER(bids, sizes, asks, sizes, 10, 1, NAN));
    assert_true(at[0] == 1 && at[2] == 3 && slopes[0] == 1 && slopes[3] == 4);
}

static void budgets_refused(void **state)
{
    (void)state;
    mvo_constraints *rules = NULL;
    int64_t id = 77;
    assert_int_equal(mvo_constraints_new(&rules, NULL, 2, NULL), MVO_OK);
    static const double good[2] = { 0.1, 0.1 }, negative[2] = { 0.1, -0.1 }, nan[2] = { 0.1, NAN };
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_add_budget_with_costs(&id, NULL, good, good, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "buy", mvo_constraints_add_budget_with_costs(&id, rules, negative, good, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "sell", mvo_constraints_add_budget_with_costs(&id, rules, good, negative, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "buy", mvo_constraints_add_budget_with_costs(&id, rules, nan, good, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "sell", mvo_constraints_add_budget_with_costs(&id, rules, NULL, nan, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "limit", mvo_constraints_add_budget_with_costs(&id, rules, NULL, NULL, NAN, &error));
    assert_true(id == 77 && mvo_constraints_row_count(rules) == 0);
    mvo_constraints_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quadratic_by_hand), cmocka_unit_test(power_by_hand),
        cmocka_unit_test(kinks_stay),        cmocka_unit_test(coefficient_by_hand),
        cmocka_unit_test(pool_by_hand),      cmocka_unit_test(pool_is_met),
        cmocka_unit_test(outcomes),          cmocka_unit_test(book_by_hand),
        cmocka_unit_test(budget_pays_its_costs), cmocka_unit_test(terms_refused),
        cmocka_unit_test(pools_refused),     cmocka_unit_test(books_refused),
        cmocka_unit_test(budgets_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
