/* SPDX-License-Identifier: MIT */
/* Cost of capital, limits of venues, positions that are not assets: figures by hand and every bad argument. */
#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 3 };

#define assert_close(found, expected, tolerance) assert_true(fabs((found) - (expected)) <= (tolerance))

#define REFUSED(expected, name, call)                                                                                  \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        assert_int_equal((call), (expected));                                                                          \
        assert_int_equal(error.status, (expected));                                                                    \
        assert_string_equal(error.argument, (name));                                                                   \
        assert_true(error.message[0] != '\0');                                                                         \
    } while (0)

static const double ONE[N] = { 1, 1, 1 }, BAD[N] = { 1, NAN, 1 }, LESS[N] = { 1, 1, -1.5 };

static mvo_constraints *fresh(void)
{
    mvo_constraints *set = NULL;
    assert_int_equal(mvo_constraints_new(&set, NULL, N, NULL), MVO_OK);
    return set;
}

static void bound(double *lower, double *upper, const mvo_constraints *set, size_t j)
{
    double low[N], high[N];
    assert_int_equal(mvo_constraints_bounds(low, high, set, NULL), MVO_OK);
    *lower = low[j];
    *upper = high[j];
}

static mvo_covariance *diagonal(double a, double b, double c)
{
    const double variances[N] = { a, b, c };
    mvo_covariance *covariance = NULL;
    assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, N, 0, NULL, N, NULL, 1, variances, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    return covariance;
}

static void solve(double *w, mvo_solver *solver, const double *linear)
{
    mvo_outcome outcome;
    assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
}

/* ----------------------------------------------------------------------------------------------- capital */

static void test_rates(void **state)
{
    (void)state;
    double rates[2] = { 0.0001, -0.5 }, out[2] = { 9, 9 };
    assert_int_equal(mvo_rates_convert(out, 2, rates, 8, 24, MVO_SIMPLE_INTEREST, NULL), MVO_OK);
    assert_close(out[0], 0.0003, 1e-18);
    assert_close(out[1], -1.5, 0.0);
    assert_int_equal(mvo_rates_convert(rates, 2, rates, 1, 2, MVO_COMPOUND_INTEREST, NULL), MVO_OK);
    assert_close(rates[0], 1.0001 * 1.0001 - 1.0, 1e-16);
    assert_close(rates[1], -0.75, 1e-15);
    REFUSED(MVO_ERROR_NULL, "converted", mvo_rates_convert(NULL, 2, rates, 8, 24, 0, &error));
    REFUSED(MVO_ERROR_NULL, "rates", mvo_rates_convert(out, 2, NULL, 8, 24, 0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "rates", mvo_rates_convert(out, 2, BAD, 8, 24, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "from", mvo_rates_convert(out, 2, rates, 0, 24, 0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "to", mvo_rates_convert(out, 2, rates, 8, NAN, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "compounding", mvo_rates_convert(out, 2, rates, 8, 24, 2, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "rates", mvo_rates_convert(out, N, LESS, 8, 24, MVO_COMPOUND_INTEREST, &error));
    assert_close(out[0], 0.0003, 1e-18);
}

static void test_funding(void **state)
{
    (void)state;
    const double mean[N] = { 0.01, 0.0, 0.002 }, funding[N] = { 0.0001, -0.0002, 0 };
    double after[N];
    assert_int_equal(mvo_mean_after_funding(after, N, mean, 24, funding, 8, NULL), MVO_OK);
    assert_close(after[0], 0.0097, 1e-16);
    assert_close(after[1], 0.0006, 1e-16);
    assert_close(after[2], 0.002, 0.0);
    REFUSED(MVO_ERROR_NULL, "after", mvo_mean_after_funding(NULL, N, mean, 24, funding, 8, &error));
    REFUSED(MVO_ERROR_NULL, "mean", mvo_mean_after_funding(after, N, NULL, 24, funding, 8, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "mean", mvo_mean_after_funding(after, N, BAD, 24, funding, 8, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "funding", mvo_mean_after_funding(after, N, mean, 24, BAD, 8, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "period", mvo_mean_after_funding(after, N, mean, -1, funding, 8, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "interval", mvo_mean_after_funding(after, N, mean, 24, funding, 0, &error));
}

/*
 * min 1/2 (w0^2 + w1^2) - 2 w0 - 2 w1 + r (|w0| + |w1| - 1)^+ with r = 0.5: both weights 1.5, loan 2. At r = 3 the loan is
 * not worth it: both 0.5.
 */
static void test_margin_loan(void **state)
{
    (void)state;
    const double linear[2][N] = { { -2, 2, 0.5 }, { -2, 2, 3 } };
    mvo_constraints *set = fresh();
    mvo_covariance *covariance = diagonal(1, 1, 0);
    mvo_solver *solver = NULL;
    double w[N], lower, upper;
    int64_t id;
    assert_int_equal(mvo_constraints_add_margin_loan(&id, set, 2, 1.0, NULL, NULL), MVO_OK);
    assert_string_equal(mvo_constraints_row_name(set, id), "margin loan");
    bound(&lower, &upper, set, 2);
    assert_close(lower, 0.0, 0.0);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    solve(w, solver, linear[0]);
    assert_close(w[0], 1.5, 1e-14);
    assert_close(w[1], -1.5, 1e-14);
    assert_close(w[2], 2.0, 1e-14);
    solve(w, solver, linear[1]);
    assert_close(w[0], 0.5, 1e-14);
    assert_close(w[1], -0.5, 1e-14);
    assert_close(w[2], 0.0, 1e-14);
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_add_margin_loan(NULL, NULL, 2, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_constraints_add_margin_loan(NULL, set, N, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "equity", mvo_constraints_add_margin_loan(NULL, set, 2, NAN, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "shares", mvo_constraints_add_margin_loan(NULL, set, 2, 1, LESS, &error));
    assert_int_equal(mvo_constraints_set_bound(set, 1, -2, -1, NULL), MVO_OK);
    REFUSED(MVO_ERROR_LIMITS, "lower", mvo_constraints_add_margin_loan(NULL, set, 1, 1, NULL, &error));
    assert_int_equal(mvo_constraints_row_count(set), 1);
    mvo_solver_free(solver);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(set);
}

static void test_collateral(void **state)
{
    (void)state;
    const double margins[N] = { 0, 0.1, 0.05 }, haircuts[N] = { 0.2, 1, 0 }, above[N] = { -0.8, 0.1, -0.95 };
    const double below[N] = { 1, 0.1, 1.05 }, more[N] = { 0, 0, 1.5 };
    double up[N], down[N];
    int64_t id;
    mvo_constraints *set = fresh();
    assert_int_equal(mvo_constraints_add_collateral(&id, set, margins, haircuts, 0.25, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_absolute_rates(up, down, set, id, NULL), MVO_OK);
    for (int j = 0; j < N; j++) {
        assert_close(up[j], above[j], 1e-16);
        assert_close(down[j], below[j], 1e-16);
    }
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_add_collateral(&id, NULL, ONE, ONE, 0, &error));
    REFUSED(MVO_ERROR_NULL, "margins", mvo_constraints_add_collateral(&id, set, NULL, ONE, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "margins", mvo_constraints_add_collateral(&id, set, LESS, ONE, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "haircuts", mvo_constraints_add_collateral(&id, set, ONE, more, 0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "cash", mvo_constraints_add_collateral(&id, set, ONE, ONE, INFINITY, &error));
    mvo_constraints_free(set);
}

/* ------------------------------------------------------------------------------------------- liquidation */

/* Long 3 with a margin of 10 %: equity 1 + 3 t s = 0.3 (1 + t s) at t s = -0.7 / 2.7. */
static void test_distance(void **state)
{
    (void)state;
    const double w[N] = { 3, 0, 0 }, margins[N] = { 0.1, 0.1, 0.1 };
    const double shocks[2 * N] = { 0.5, 0, 0, -0.5, 0, 0 }, low[N] = { -1.5, 0, 0 };
    double distance = 0, by[2], excess[2];
    size_t scenario = 9;
    assert_int_equal(
        mvo_liquidation_distance(&distance, &scenario, by, excess, N, w, 2, shocks, N, margins, 1.0, NULL), MVO_OK);
    assert_close(distance, 0.7 / 2.7 / 0.5, 1e-15);
    assert_int_equal(scenario, 1);
    assert_true(isinf(by[0]));
    assert_close(excess[0], 1.0 + 1.5 - 0.45, 1e-15);
    assert_close(excess[1], 1.0 - 1.5 - 0.15, 1e-15);
    assert_int_equal(mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, w, 2, shocks, N, ONE, 1.0, NULL), MVO_OK);
    assert_close(distance, 0.0, 0.0); /* today's margin is not met */
    REFUSED(MVO_ERROR_NULL, "weights", mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, NULL, 2, shocks, N, ONE, 1, &error));
    REFUSED(MVO_ERROR_NULL, "shocks", mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, w, 2, NULL, N, ONE, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ld", mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, w, 2, shocks, 2, ONE, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "shocks", mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, w, 1, low, N, ONE, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "margins", mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, w, 2, shocks, N, LESS, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "weights", mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, BAD, 2, shocks, N, ONE, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "equity", mvo_liquidation_distance(&distance, NULL, NULL, NULL, N, w, 2, shocks, N, ONE, NAN, &error));
    assert_close(distance, 0.0, 0.0);
}

static void test_liquidation_rows(void **state)
{
    (void)state;
    const double shocks[2 * N] = { -0.5, 0, 0.2, 0, 0, 0 }, margins[N] = { 0.1, 0.1, 0.1 }, low[N] = { 0, -1.01, 0 };
    const char *names[2] = { "crash", "today" };
    double up[N], down[N];
    int64_t ids[2] = { 0, 0 };
    mvo_constraints *set = fresh();
    assert_int_equal(mvo_constraints_add_liquidation(ids, set, 2, shocks, N, margins, 1.0, names, NULL), MVO_OK);
    assert_string_equal(mvo_constraints_row_name(set, ids[1]), "today");
    assert_int_equal(mvo_constraints_absolute_rates(up, down, set, ids[0], NULL), MVO_OK);
    assert_close(up[0], 0.55, 1e-16);
    assert_close(down[0], -0.45, 1e-16);
    assert_close(up[2], -0.08, 1e-16);
    assert_close(down[2], 0.32, 1e-16);
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_add_liquidation(ids, NULL, 2, shocks, N, ONE, 1, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "shocks", mvo_constraints_add_liquidation(ids, set, 2, NULL, N, ONE, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "shocks", mvo_constraints_add_liquidation(ids, set, 1, low, N, ONE, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "shocks", mvo_constraints_add_liquidation(ids, set, 1, BAD, N, ONE, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ld", mvo_constraints_add_liquidation(ids, set, 2, shocks, 1, ONE, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "margins", mvo_constraints_add_liquidation(ids, set, 2, shocks, N, LESS, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "equity", mvo_constraints_add_liquidation(ids, set, 2, shocks, N, ONE, NAN, NULL, &error));
    assert_int_equal(mvo_constraints_row_count(set), 2);
    mvo_constraints_free(set);
}

static void test_shocks(void **state)
{
    (void)state;
    double shocks[2 * N * N];
    const double direction[N] = { 2, -1, 0 };
    mvo_covariance *covariance = diagonal(0.04, 0.25, 0.01);
    assert_int_equal(mvo_shocks_by_asset(shocks, N, covariance, 3.0, NULL), MVO_OK);
    assert_close(shocks[0], -0.6, 1e-15);
    assert_close(shocks[N], 0.6, 1e-15);
    assert_close(shocks[1 + 2 * N], -1.0, 0.0); /* not below nothing */
    assert_close(shocks[1 + 3 * N], 1.5, 1e-15);
    assert_close(shocks[2 + 3 * N], 0.0, 0.0);
    assert_int_equal(mvo_shocks_together(shocks, N, covariance, 2.0, direction, NULL), MVO_OK);
    assert_close(shocks[0], -0.4, 1e-15);
    assert_close(shocks[1], 1.0, 1e-15);
    assert_close(shocks[2], 0.0, 0.0);
    assert_close(shocks[1 + N], -1.0, 0.0);
    assert_int_equal(mvo_shocks_by_component(shocks, N, covariance, 2, 1.0, NULL), MVO_OK);
    assert_close(shocks[1], -0.5, 1e-15);
    assert_close(shocks[1 + N], 0.5, 1e-15);
    assert_close(shocks[2 * N], -0.2, 1e-15);
    assert_close(shocks[1 + 2 * N], 0.0, 1e-15);
    REFUSED(MVO_ERROR_NULL, "covariance", mvo_shocks_by_asset(shocks, N, NULL, 3, &error));
    REFUSED(MVO_ERROR_NULL, "shocks", mvo_shocks_by_asset(NULL, N, covariance, 3, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ld", mvo_shocks_together(shocks, 2, covariance, 3, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "sigmas", mvo_shocks_together(shocks, N, covariance, -3, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "direction", mvo_shocks_together(shocks, N, covariance, 3, BAD, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "count", mvo_shocks_by_component(shocks, N, covariance, N + 1, 3, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "sigmas", mvo_shocks_by_component(shocks, N, covariance, N, NAN, &error));
    mvo_covariance_unref(covariance);
}

static void test_volume(void **state)
{
    (void)state;
    const double volume[N] = { 100, 10, 0 }, holdings[N] = { 0.5, 0.0, 0.1 };
    double lower, upper;
    mvo_constraints *set = fresh();
    assert_int_equal(mvo_constraints_set_holdings(set, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bound(set, 0, 0.0, 0.55, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_limit_participation(set, volume, 0.1, 100, NULL), MVO_OK);
    bound(&lower, &upper, set, 0);
    assert_close(lower, 0.4, 1e-15);
    assert_close(upper, 0.55, 0.0);
    bound(&lower, &upper, set, 2);
    assert_close(lower, 0.1, 0.0);
    assert_close(upper, 0.1, 0.0);
    /* what must be sold cannot be: asset 2 stays at 0.1, and at no volume it may not be held */
    REFUSED(MVO_ERROR_LIMITS, "lower", mvo_constraints_limit_liquidity(set, volume, 0.1, 5, 100, &error));
    assert_int_equal(mvo_constraints_set_bound(set, 2, -1, 1, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_limit_liquidity(set, volume, 0.1, 5, 100, NULL), MVO_OK);
    bound(&lower, &upper, set, 0);
    assert_close(upper, 0.5, 1e-15);
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_limit_participation(NULL, volume, 0.1, 100, &error));
    REFUSED(MVO_ERROR_NULL, "volume", mvo_constraints_limit_participation(set, NULL, 0.1, 100, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "volume", mvo_constraints_limit_participation(set, LESS, 0.1, 100, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "participation", mvo_constraints_limit_participation(set, volume, 1.1, 100, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "value", mvo_constraints_limit_participation(set, volume, 0.1, 0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "value", mvo_constraints_limit_liquidity(set, volume, 0.1, 5, NAN, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "periods", mvo_constraints_limit_liquidity(set, volume, 0.1, -5, 100, &error));
    mvo_constraints_free(set);
}

/* ------------------------------------------------------------------------------------------------- lots */

/* The least objective over all orders of two assets, cash taking the rest, by trying all. */
static double best_of_all(const double *linear, const double *lots, const double *minimum)
{
    double best = INFINITY;
    for (int a = -20; a <= 20; a++)
        for (int b = -20; b <= 20; b++) {
            const double x = a * lots[0], y = b * lots[1], cash = 1.0 - x - y;
            if ((a && fabs(x) < minimum[0]) || (b && fabs(y) < minimum[1]) || x < 0.0 || y < 0.0 || cash < 0.0)
                continue;
            best = fmin(best, 0.5 * (x * x + 2.0 * y * y) + linear[0] * x + linear[1] * y);
        }
    return best;
}

static void test_lots(void **state)
{
    (void)state;
    const double lots[N] = { 0.07, 0.11, 0 }, minimum[N] = { 0.2, 0, 0 }, bad[N] = { 0, 0, 0.1 };
    mvo_constraints *set = NULL;
    mvo_covariance *covariance = diagonal(1, 2, 0);
    mvo_solver *solver = NULL;
    mvo_outcome outcome = -1;
    double w[N], rounded[N] = { 9, 9, 9 }, cost = 9;
    assert_int_equal(mvo_constraints_new_long_only(&set, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    for (int t = 0; t < 50; t++) {
        const double linear[N] = { -0.02 * t, -0.9 + 0.013 * t, 0 };
        solve(w, solver, linear);
        const double relaxed = 0.5 * (w[0] * w[0] + 2 * w[1] * w[1]) + linear[0] * w[0] + linear[1] * w[1];
        assert_int_equal(mvo_round_to_lots(&outcome, rounded, &cost, solver, lots, minimum, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        const double objective = 0.5 * (rounded[0] * rounded[0] + 2 * rounded[1] * rounded[1]) + linear[0] * rounded[0] +
                                 linear[1] * rounded[1];
        assert_close(objective - relaxed, cost, 1e-14);
        const double best = best_of_all(linear, lots, minimum);
        assert_true(objective >= best - 1e-14 && best >= relaxed - 1e-14);
        assert_true(objective - best <= 0.01); /* within a lot's worth: 1/2 * 2 * 0.1^2 */
        for (int j = 0; j < 2; j++) {
            assert_close(rounded[j] / lots[j], rint(rounded[j] / lots[j]), 1e-12);
            assert_true(rounded[j] == 0.0 || rounded[j] >= minimum[j] - 1e-12);
        }
        assert_close(rounded[0] + rounded[1] + rounded[2], 1.0, 1e-14);
        double again[N];
        assert_int_equal(mvo_solver_weights(again, solver), MVO_OK); /* the solver has its relaxed answer */
        assert_close(again[0], w[0], 1e-14);
    }
    REFUSED(MVO_ERROR_NULL, "solver", mvo_round_to_lots(&outcome, rounded, &cost, NULL, lots, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "outcome", mvo_round_to_lots(NULL, rounded, &cost, solver, lots, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "rounded", mvo_round_to_lots(&outcome, NULL, &cost, solver, lots, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "lots", mvo_round_to_lots(&outcome, rounded, &cost, solver, NULL, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "lots", mvo_round_to_lots(&outcome, rounded, &cost, solver, LESS, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "minimum", mvo_round_to_lots(&outcome, rounded, &cost, solver, lots, BAD, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "minimum", mvo_round_to_lots(&outcome, rounded, &cost, solver, lots, bad, &error));
    /* lots of 0.3 in all three: the budget of one is out of reach, and what was there stays */
    const double thirds[N] = { 0.3, 0.3, 0.3 };
    const double kept = rounded[0];
    assert_int_equal(mvo_round_to_lots(&outcome, rounded, &cost, solver, thirds, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_close(rounded[0], kept, 0.0);
    mvo_solver_free(solver);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(set);
}

/* --------------------------------------------------------------------------------------------- positions */

static void test_pools(void **state)
{
    (void)state;
    const double shares[N] = { 0.5, 0.5, 0 }, less[N] = { 0.5, 0.4, 0 }, all[N] = { -1, 0, 0 };
    double mean = 9, loss = 9;
    mvo_covariance *covariance = diagonal(0.16, 0.09, 0.01);
    assert_int_equal(mvo_pool_means(&mean, &loss, covariance, NULL, 1, shares, 1, NULL), MVO_OK);
    assert_close(loss, exp(-(0.16 + 0.09) / 8.0) - 1.0, 1e-16); /* variance of the relative price: the sum of the two */
    assert_close(mean, loss, 0.0);
    REFUSED(MVO_ERROR_NULL, "log_covariance", mvo_pool_means(&mean, &loss, NULL, NULL, 1, shares, 1, &error));
    REFUSED(MVO_ERROR_NULL, "shares", mvo_pool_means(&mean, &loss, covariance, NULL, 1, NULL, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "shares", mvo_pool_means(&mean, &loss, covariance, NULL, 1, less, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "shares", mvo_pool_means(&mean, &loss, covariance, NULL, 1, BAD, 1, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ld", mvo_pool_means(&mean, &loss, covariance, NULL, 1, shares, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "mean", mvo_pool_means(&mean, &loss, covariance, all, 1, shares, 1, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "mean", mvo_pool_means(&mean, &loss, covariance, BAD, 1, shares, 1, &error));
    assert_close(mean, loss, 0.0);
    mvo_covariance_unref(covariance);
}

/* One asset of variance v, gamma g, delta d: mean g v / 2, variance d^2 v + g^2 v^2 / 2. */
static void test_delta_gamma(void **state)
{
    (void)state;
    const double delta[N] = { 0.5, 0, 0 }, gamma[N * N] = { 4, 0, 0, 0, 0, 0, 0, 0, 0 };
    const double skew[N * N] = { 0, 1, 0, 2, 0, 0, 0, 0, 0 };
    double mean = 9, variance = 9;
    mvo_covariance *covariance = diagonal(0.04, 1, 1);
    assert_int_equal(mvo_delta_gamma(&mean, &variance, 1, covariance, NULL, 1, delta, 1, gamma, NULL), MVO_OK);
    assert_close(mean, 0.08, 1e-16);
    assert_close(variance, 0.25 * 0.04 + 0.5 * 16 * 0.0016, 1e-16);
    REFUSED(MVO_ERROR_NULL, "given", mvo_delta_gamma(&mean, &variance, 1, NULL, NULL, 1, delta, 1, gamma, &error));
    REFUSED(MVO_ERROR_NULL, "deltas", mvo_delta_gamma(&mean, &variance, 1, covariance, NULL, 1, NULL, 1, gamma, &error));
    REFUSED(MVO_ERROR_NULL, "gammas", mvo_delta_gamma(&mean, &variance, 1, covariance, NULL, 1, delta, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "gammas", mvo_delta_gamma(&mean, &variance, 1, covariance, NULL, 1, delta, 1, skew, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "deltas", mvo_delta_gamma(&mean, &variance, 1, covariance, NULL, 1, BAD, 1, gamma, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "mean", mvo_delta_gamma(&mean, &variance, 1, covariance, BAD, 1, delta, 1, gamma, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ld", mvo_delta_gamma(&mean, &variance, 0, covariance, NULL, 1, delta, 1, gamma, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ld", mvo_delta_gamma(&mean, &variance, 1, covariance, NULL, 1, delta, 0, gamma, &error));
    assert_close(mean, 0.08, 1e-16);
    mvo_covariance_unref(covariance);
}

static void test_places(void **state)
{
    (void)state;
    const int32_t protocol[N] = { 1, 0, -1 }, chain[2] = { 0, 0 }, bad[N] = { 0, 2, 0 };
    const double caps[2] = { 0.3, 0.5 }, incidence[2 * N] = { 1, 0, 0, 1, 0.5, 0.5 };
    const double incidence3[N * N] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    const char *names[2] = { "pool", "bridge" };
    int32_t level[N];
    int64_t ids[2];
    double c[N], upper;
    mvo_constraints *set = fresh();
    assert_int_equal(mvo_labels_through(level, N, protocol, 2, chain, NULL), MVO_OK);
    assert_int_equal(level[0], 0);
    assert_int_equal(level[1], 0);
    assert_int_equal(level[2], -1);
    assert_int_equal(mvo_constraints_add_label_caps(ids, set, 2, protocol, caps, names, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_row(c, NULL, &upper, set, ids[0], NULL), MVO_OK);
    assert_close(c[0], 0.0, 0.0);
    assert_close(c[1], 1.0, 0.0);
    assert_close(c[2], 0.0, 0.0);
    assert_close(upper, 0.3, 0.0);
    assert_int_equal(mvo_constraints_add_exposure_caps(ids, set, 2, incidence, 2, caps, names, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_row(c, NULL, &upper, set, ids[1], NULL), MVO_OK);
    assert_close(c[1], 1.0, 0.0);
    assert_close(c[2], 0.5, 0.0);
    assert_string_equal(mvo_constraints_row_name(set, ids[1]), "bridge");
    REFUSED(MVO_ERROR_NULL, "labels", mvo_labels_through(NULL, N, protocol, 2, chain, &error));
    REFUSED(MVO_ERROR_NULL, "of", mvo_labels_through(level, N, NULL, 2, chain, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "of", mvo_labels_through(level, N, bad, 2, chain, &error));
    REFUSED(MVO_ERROR_NULL, "next", mvo_labels_through(level, N, protocol, 2, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_add_label_caps(ids, NULL, 2, protocol, caps, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "labels", mvo_constraints_add_label_caps(ids, set, 2, bad, caps, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "caps", mvo_constraints_add_label_caps(ids, set, 2, protocol, NULL, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_add_exposure_caps(ids, NULL, 2, incidence, 2, caps, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "incidence", mvo_constraints_add_exposure_caps(ids, set, 2, NULL, 2, caps, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "ld", mvo_constraints_add_exposure_caps(ids, set, 2, incidence, 1, caps, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "incidence", mvo_constraints_add_exposure_caps(ids, set, 1, LESS, 1, caps, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "caps", mvo_constraints_add_exposure_caps(ids, set, N, incidence3, N, LESS, NULL, &error));
    assert_int_equal(mvo_constraints_row_count(set), 4);
    mvo_constraints_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),      cmocka_unit_test(test_funding), cmocka_unit_test(test_margin_loan),
        cmocka_unit_test(test_collateral), cmocka_unit_test(test_distance), cmocka_unit_test(test_liquidation_rows),
        cmocka_unit_test(test_shocks),     cmocka_unit_test(test_volume),  cmocka_unit_test(test_lots),
        cmocka_unit_test(test_pools),      cmocka_unit_test(test_delta_gamma), cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests_name("venues", tests, NULL, NULL);
}
