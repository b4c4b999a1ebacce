/* SPDX-License-Identifier: MIT */
/* Portfolios of few holdings on problems that can be worked out by hand, and everything that can be asked wrongly. */
#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 4 };

/* Independent assets: the weights of minimum variance are in proportion to 1 / variance. */
static const double variances[N] = { 1.0, 2.0, 3.0, 6.0 };

static mvo_covariance *covariance;
static mvo_constraints *rules;
static mvo_selection *selection;
static mvo_outcome outcome;
static double w[N], objective, bound, gap;
static int64_t nodes;

static int open_handles(void **state)
{
    double sigma[N * N] = { 0 };
    (void)state;
    for (size_t j = 0; j < N; j++)
        sigma[j + j * N] = variances[j];
    outcome = -1;
    return mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL) ||
           mvo_constraints_new_long_only(&rules, NULL, N, NULL) ||
           mvo_selection_new(&selection, NULL, covariance, rules, NULL);
}

static int close_handles(void **state)
{
    (void)state;
    mvo_selection_free(selection);
    mvo_selection_free(NULL);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    return 0;
}

/* The set was copied: edits of `rules` need a new search. */
static void renew(void)
{
    mvo_selection_free(selection);
    assert_int_equal(mvo_selection_new(&selection, NULL, covariance, rules, NULL), MVO_OK);
}

static void search(const double *linear, const double *mu, double target, mvo_outcome expected)
{
    assert_int_equal(mvo_selection_minimise(&outcome, selection, linear, mu, target, NULL), MVO_OK);
    assert_int_equal(outcome, expected);
    assert_int_equal(mvo_selection_result(&objective, &bound, &gap, &nodes, selection), MVO_OK);
}

static void weights_are(double a, double b, double c, double d)
{
    const double expected[N] = { a, b, c, d };
    assert_int_equal(mvo_selection_weights(w, selection), MVO_OK);
    for (size_t j = 0; j < N; j++) {
        assert_true(fabs(w[j] - expected[j]) <= 1e-12);
        assert_true((w[j] == 0.0) == (expected[j] == 0.0));
    }
}

static void near_to(double found, double expected)
{
    assert_true(fabs(found - expected) <= 1e-12 * (1.0 + fabs(expected)));
}

/* ------------------------------------------------------------------------------------------------- answers */

static void test_holdings(void **state)
{
    (void)state;
    search(NULL, NULL, 0.0, MVO_OPTIMAL); /* no limit: an ordinary minimum variance */
    weights_are(0.5, 0.25, 1.0 / 6.0, 1.0 / 12.0);
    assert_int_equal(mvo_selection_set_most_holdings(selection, 2, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
    weights_are(2.0 / 3.0, 1.0 / 3.0, 0.0, 0.0);
    near_to(objective, 1.0 / 3.0);
    near_to(bound, 1.0 / 3.0);
    assert_true(gap <= 1e-9 && nodes >= 1);
    assert_int_equal(mvo_selection_set_most_holdings(selection, 0, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_INFEASIBLE);
    assert_true(isinf(objective) && isinf(gap));
    assert_int_equal(mvo_selection_weights(w, selection), MVO_ERROR_STATE);
}

static void test_least_positions(void **state)
{
    static const double least[N] = { 0.1, 0.1, 0.1, 0.1 }, large[N] = { 0.6, 0.6, 0.6, 0.6 };
    (void)state;
    /* The fourth weight, 1/12, is too small: with it at 0.1 the objective is (0.9^2 6/11 + 0.01 6) / 2 = 0.2509...;
       without it 3/11 = 0.2727...: it is raised. */
    assert_int_equal(mvo_selection_set_least_positions(selection, least, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
    weights_are(0.9 * 6.0 / 11.0, 0.9 * 3.0 / 11.0, 0.9 * 2.0 / 11.0, 0.1);
    near_to(objective, 0.5 * (0.81 * 6.0 / 11.0 + 0.06));
    assert_int_equal(mvo_selection_set_least_positions(selection, large, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL); /* two such weights are more than one */
    weights_are(1.0, 0.0, 0.0, 0.0);
    assert_int_equal(mvo_selection_set_least_positions(selection, NULL, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
    weights_are(0.5, 0.25, 1.0 / 6.0, 1.0 / 12.0);
}

static void test_trades(void **state)
{
    static const double held[N] = { 0.25, 0.25, 0.25, 0.25 }, fee[N] = { 0.01, 0.01, 0.01, 0.01 };
    (void)state;
    assert_int_equal(mvo_constraints_set_holdings(rules, held, NULL), MVO_OK);
    renew();
    assert_int_equal(mvo_selection_set_most_trades(selection, 2, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL); /* assets 0 and 3 share one half in proportion 6 to 1 */
    weights_are(3.0 / 7.0, 0.25, 0.25, 0.5 / 7.0);
    near_to(objective, 0.5 * ((9.0 + 6.0 * 0.25) / 49.0 + 5.0 / 16.0));
    assert_int_equal(mvo_selection_set_trade_fees(selection, fee, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
    near_to(objective, 0.5 * ((9.0 + 6.0 * 0.25) / 49.0 + 5.0 / 16.0) + 0.02);
    assert_int_equal(mvo_selection_set_most_trades(selection, 1, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL); /* one trade alone cannot keep the budget */
    weights_are(0.25, 0.25, 0.25, 0.25);
    near_to(objective, 0.375);
    assert_int_equal(mvo_selection_set_most_trades(selection, N, NULL), MVO_OK);
    assert_int_equal(mvo_selection_set_trade_fees(selection, NULL, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
    weights_are(0.5, 0.25, 1.0 / 6.0, 1.0 / 12.0);
}

static void test_short_positions(void **state)
{
    static const double least[N] = { 0.3, 0.3, 0.3, 0.3 }, linear[N] = { 0.25, 0.0, 0.0, 0.0 };
    (void)state;
    mvo_constraints_free(rules);
    assert_int_equal(mvo_constraints_new(&rules, NULL, N, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++)
        assert_int_equal(mvo_constraints_set_bound(rules, j, -1.0, 1.0, NULL), MVO_OK);
    renew();
    assert_int_equal(mvo_selection_set_least_positions(selection, least, NULL), MVO_OK);
    search(linear, NULL, 0.0, MVO_OPTIMAL); /* -0.25 is too small: zero costs 0, -0.3 costs 0.045 - 0.075 */
    weights_are(-0.3, 0.0, 0.0, 0.0);
    near_to(objective, -0.03);
}

static void test_target_and_utility(void **state)
{
    static const double mu[N] = { 0.0, 0.0, 0.5, 1.0 }, linear[N] = { 0.0, 0.0, -4.0, -4.0 };
    (void)state;
    assert_int_equal(mvo_selection_set_most_holdings(selection, 2, NULL), MVO_OK);
    search(NULL, mu, 1.0, MVO_OPTIMAL);
    weights_are(0.0, 0.0, 0.0, 1.0);
    search(NULL, mu, 0.5, MVO_OPTIMAL); /* assets 0 and 3: (1 + 6) / 8; 2 and 3 have 1 at best, 2 alone 3/2 */
    weights_are(0.5, 0.0, 0.0, 0.5);
    near_to(objective, 0.875);
    search(NULL, mu, 1.5, MVO_INFEASIBLE);
    assert_int_equal(mvo_selection_set_most_holdings(selection, 1, NULL), MVO_OK);
    search(linear, NULL, 0.0, MVO_OPTIMAL); /* 3/2 - 4 is the least of 1/2, 1, -5/2, -1 */
    weights_are(0.0, 0.0, 1.0, 0.0);
    near_to(objective, -2.5);
}

static void test_equal_assets(void **state)
{
    double sigma[36] = { 0 };
    (void)state;
    for (size_t j = 0; j < 6; j++)
        sigma[j * 7] = 1.0;
    mvo_selection_free(selection);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 6, sigma, 6, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 6, NULL), MVO_OK);
    assert_int_equal(mvo_selection_new(&selection, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_selection_set_most_holdings(selection, 3, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
    near_to(objective, 1.0 / 6.0);
    assert_true(nodes <= 16);
}

/* --------------------------------------------------------------------------------------------------- ends */

static int32_t count_calls(void *user, int64_t at, double best, double least)
{
    int64_t *calls = user;
    assert_true(least <= best);
    assert_true(at >= 0);
    return ++*calls >= 2;
}

static void test_stops(void **state)
{
    int64_t calls = 0;
    double stopped;
    (void)state;
    assert_int_equal(mvo_selection_set_most_holdings(selection, 2, NULL), MVO_OK);
    assert_int_equal(mvo_selection_set_limits(selection, 0.0, 0, 1e-6, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_TIME_LIMIT);
    assert_int_equal(mvo_selection_weights(w, selection), MVO_ERROR_STATE);
    assert_true(isinf(gap));
    assert_int_equal(mvo_selection_set_limits(selection, HUGE_VAL, 1, 1e-6, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_ITERATION_LIMIT); /* the first portfolio is already the best, its bound is not */
    near_to(objective, 1.0 / 3.0);
    near_to(bound, 0.25);
    near_to(gap, 0.25);
    assert_int_equal(nodes, 1);
    stopped = objective;
    assert_int_equal(mvo_selection_set_limits(selection, HUGE_VAL, 0, 1e-6, NULL), MVO_OK);
    assert_int_equal(mvo_selection_set_progress(selection, count_calls, &calls, NULL), MVO_OK);
    search(NULL, NULL, 0.0, MVO_CANCELLED);
    assert_int_equal(calls, 2);
    assert_true(objective <= stopped);
    assert_int_equal(mvo_selection_set_progress(selection, NULL, NULL, NULL), MVO_OK);
    mvo_selection_cancel(selection); /* nothing runs: dropped */
    mvo_selection_cancel(NULL);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
}

static void test_unbounded(void **state)
{
    static const double linear[N] = { -1.0, 0.0, 0.0, 0.0 };
    double zeros[N * N] = { 0 };
    (void)state;
    mvo_covariance_unref(covariance);
    mvo_constraints_free(rules);
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, zeros, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&rules, NULL, N, NULL), MVO_OK);
    renew();
    search(linear, NULL, 0.0, MVO_UNBOUNDED);
}

/* ----------------------------------------------------------------------------------------------- mistakes */

static void refused(mvo_status status, mvo_status expected, const mvo_error *error, const char *argument, int64_t row)
{
    assert_int_equal(status, expected);
    assert_int_equal(error->status, expected);
    assert_string_equal(error->argument, argument);
    assert_int_equal(error->row, row);
    assert_true(strlen(error->message) > 0);
}

#define REFUSED(call, expected, argument, row)                                                                         \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        const mvo_status status = (call);                                                                              \
        refused(status, expected, &error, argument, row);                                                              \
    } while (0)

static void test_mistakes_of_limits(void **state)
{
    const double negative[N] = { 0.1, -0.1, 0.0, 0.0 }, nan_at_2[N] = { 0.1, 0.1, NAN, 0.0 };
    const double infinite[N] = { 0.1, 0.1, 0.0, HUGE_VAL };
    (void)state;
    REFUSED(mvo_selection_set_most_holdings(NULL, 1, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_set_most_trades(NULL, 1, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_set_least_positions(NULL, NULL, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_set_trade_fees(NULL, NULL, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_set_limits(NULL, 1.0, 0, 0.0, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_set_progress(NULL, NULL, NULL, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_set_least_positions(selection, negative, &error), MVO_ERROR_ARGUMENT, "least", 1);
    REFUSED(mvo_selection_set_least_positions(selection, nan_at_2, &error), MVO_ERROR_NOT_FINITE, "least", 2);
    REFUSED(mvo_selection_set_least_positions(selection, infinite, &error), MVO_ERROR_NOT_FINITE, "least", 3);
    REFUSED(mvo_selection_set_trade_fees(selection, negative, &error), MVO_ERROR_ARGUMENT, "fee", 1);
    REFUSED(mvo_selection_set_trade_fees(selection, nan_at_2, &error), MVO_ERROR_NOT_FINITE, "fee", 2);
    REFUSED(mvo_selection_set_trade_fees(selection, infinite, &error), MVO_ERROR_NOT_FINITE, "fee", 3);
    REFUSED(mvo_selection_set_limits(selection, NAN, 0, 0.0, &error), MVO_ERROR_NOT_FINITE, "seconds", -1);
    REFUSED(mvo_selection_set_limits(selection, -1.0, 0, 0.0, &error), MVO_ERROR_ARGUMENT, "seconds", -1);
    REFUSED(mvo_selection_set_limits(selection, 1.0, -1, 0.0, &error), MVO_ERROR_ARGUMENT, "nodes", -1);
    REFUSED(mvo_selection_set_limits(selection, 1.0, 0, NAN, &error), MVO_ERROR_NOT_FINITE, "gap", -1);
    REFUSED(mvo_selection_set_limits(selection, 1.0, 0, -0.1, &error), MVO_ERROR_ARGUMENT, "gap", -1);
    REFUSED(mvo_selection_set_limits(selection, 1.0, 0, 1.0, &error), MVO_ERROR_ARGUMENT, "gap", -1);
    search(NULL, NULL, 0.0, MVO_OPTIMAL); /* none of them has changed anything */
    weights_are(0.5, 0.25, 1.0 / 6.0, 1.0 / 12.0);
}

static void test_mistakes_of_calls(void **state)
{
    const double nan_at_2[N] = { 0.1, 0.1, NAN, 0.0 }, mu[N] = { 0.1, 0.2, 0.3, 0.4 };
    mvo_constraints *other = NULL;
    mvo_selection *made = NULL;
    (void)state;
    assert_int_equal(mvo_constraints_new(&other, NULL, N + 1, NULL), MVO_OK);
    REFUSED(mvo_selection_new(NULL, NULL, covariance, rules, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_new(&made, NULL, NULL, rules, &error), MVO_ERROR_NULL, "covariance", -1);
    REFUSED(mvo_selection_new(&made, NULL, covariance, NULL, &error), MVO_ERROR_NULL, "constraints", -1);
    REFUSED(mvo_selection_new(&made, NULL, covariance, other, &error), MVO_ERROR_MISMATCH, "constraints", -1);
    assert_null(made);
    mvo_constraints_free(other);
    assert_int_equal(mvo_selection_weights(w, selection), MVO_ERROR_STATE);
    assert_int_equal(mvo_selection_result(&objective, NULL, NULL, NULL, selection), MVO_ERROR_STATE);
    search(NULL, NULL, 0.0, MVO_OPTIMAL);
    outcome = 77;
    REFUSED(mvo_selection_minimise(NULL, selection, NULL, NULL, 0.0, &error), MVO_ERROR_NULL, "outcome", -1);
    REFUSED(mvo_selection_minimise(&outcome, NULL, NULL, NULL, 0.0, &error), MVO_ERROR_NULL, "selection", -1);
    REFUSED(mvo_selection_minimise(&outcome, selection, nan_at_2, NULL, 0.0, &error), MVO_ERROR_NOT_FINITE, "linear", 2);
    REFUSED(mvo_selection_minimise(&outcome, selection, NULL, nan_at_2, 0.0, &error), MVO_ERROR_NOT_FINITE, "mu", 2);
    REFUSED(mvo_selection_minimise(&outcome, selection, NULL, mu, NAN, &error), MVO_ERROR_NOT_FINITE, "target", -1);
    REFUSED(mvo_selection_minimise(&outcome, selection, NULL, mu, HUGE_VAL, &error), MVO_ERROR_NOT_FINITE, "target", -1);
    assert_int_equal(outcome, 77);
    weights_are(0.5, 0.25, 1.0 / 6.0, 1.0 / 12.0);
    assert_int_equal(mvo_selection_weights(NULL, selection), MVO_ERROR_NULL);
    assert_int_equal(mvo_selection_weights(w, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_selection_result(NULL, NULL, NULL, NULL, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_selection_result(NULL, NULL, NULL, NULL, selection), MVO_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_handles, close_handles)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_holdings),     TEST(test_least_positions), TEST(test_trades),
        TEST(test_short_positions), TEST(test_target_and_utility), TEST(test_equal_assets),
        TEST(test_stops),        TEST(test_unbounded),       TEST(test_mistakes_of_limits),
        TEST(test_mistakes_of_calls),
    };
    return cmocka_run_group_tests_name("limits on counts", tests, NULL, NULL);
}
