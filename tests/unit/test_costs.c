/* SPDX-License-Identifier: MIT */
/* Costs and budgets on absolute values: figures by hand, what is read back, and every bad argument. */
#include "support/costly.h"

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

static mvo_constraints *fresh(void)
{
    mvo_constraints *set = NULL;
    assert_int_equal(mvo_constraints_new(&set, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_asset_name(set, 1, "gold", NULL), MVO_OK);
    return set;
}

/* Variances of 1, no correlation. */
static mvo_solver *solver_over(const mvo_constraints *set)
{
    const double sigma[N * N] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    mvo_covariance *covariance = NULL;
    mvo_solver *solver = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
    return solver;
}

static void solve(mvo_solver *solver, const double *c, double *w)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_solver_set_linear(solver, c, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
}

/* min 1/2 w^2 - w + 0.25 |w - h|: soft thresholding around the holdings. */
static void test_soft_threshold(void **state)
{
    (void)state;
    const double holdings[N] = { 0.0, 2.0, 0.875 }, rate[N] = { 0.25, 0.25, 0.25 }, c[N] = { -1, -1, -1 };
    const double expected[N] = { 0.75, 1.25, 0.875 }, slope[N] = { 0.25, -0.25, 0.125 };
    mvo_constraints *set = fresh();
    double w[N], s[N], z[N], cost;
    int32_t at[N];
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_constraints_set_holdings(set, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(set, rate, rate, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set);
    solve(solver, c, w);
    assert_int_equal(mvo_solver_costs(&cost, s, solver), MVO_OK);
    assert_int_equal(mvo_solver_multipliers(NULL, z, solver), MVO_OK);
    assert_int_equal(mvo_solver_working_set(at, NULL, solver), MVO_OK);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    for (int j = 0; j < N; j++) {
        assert_close(w[j], expected[j], 1e-15);
        assert_close(s[j], slope[j], 1e-15);
        assert_close(z[j], 0.0, 0.0);
        assert_int_equal(at[j], j == 2 ? MVO_AT_BREAKPOINT : MVO_BETWEEN);
    }
    assert_close(cost, 0.25 * (0.75 + 0.75), 1e-15);
    assert_close(report.cost, cost, 0.0);
    assert_close(report.objective, 0.5 * (0.75 * 0.75 + 1.25 * 1.25 + 0.875 * 0.875) - 2.875 + cost, 1e-14);

    /* Moved holdings and rates are those of the next solve. */
    const double moved[N] = { 1.0, 1.0, 1.0 }, dear[N] = { 5, 5, 5 };
    assert_int_equal(mvo_solver_set_holdings(solver, moved, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_trading_costs(solver, dear, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_borrow_costs(solver, rate, NULL), MVO_OK);
    const double pull[N] = { -3.0, 2.0, 0.125 };
    const double then[N] = { 1.0, -1.75, 0.0 }; /* bought too dear; sold for nothing, then borrowed; held at zero */
    solve(solver, pull, w);
    for (int j = 0; j < N; j++)
        assert_close(w[j], then[j], 1e-15);
    mvo_solver_free(solver);
    mvo_constraints_free(set);
}

/* A ladder read back and evaluated: slopes -1, 1, 2 with breaks at 0 and 1, zero at 2. */
static void test_ladder(void **state)
{
    (void)state;
    const double at[2] = { 0.0, 1.0 }, slope[3] = { -1.0, 1.0, 2.0 }, w[N] = { 0.0, 3.0, -1.0 };
    double found_at[2] = { 9, 9 }, found_slope[3] = { 9, 9, 9 }, origin = 9, total = 0, each[N];
    size_t count = 9;
    mvo_constraints *set = fresh(), *copy = NULL;
    for (size_t j = 0; j < N; j++)
        assert_int_equal(mvo_constraints_set_cost(set, j, 2, at, slope, 2.0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_copy(&copy, set, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_cost(&count, found_at, found_slope, &origin, copy, 1, NULL), MVO_OK);
    assert_int_equal(count, 2);
    assert_memory_equal(found_at, at, sizeof at);
    assert_memory_equal(found_slope, slope, sizeof slope);
    assert_close(origin, 2.0, 0.0);
    assert_int_equal(mvo_constraints_costs(&total, each, copy, w, NULL), MVO_OK);
    assert_close(each[0], -3.0, 1e-15); /* from 2 back to 0: two for the last unit, one for the other */
    assert_close(each[1], 2.0, 1e-15);
    assert_close(each[2], -2.0, 1e-15);
    assert_close(total, -3.0, 1e-15);
    assert_int_equal(mvo_constraints_set_cost(copy, 1, 0, NULL, NULL, 0.0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_cost(&count, NULL, found_slope, NULL, copy, 1, NULL), MVO_OK);
    assert_int_equal(count, 0);
    assert_close(found_slope[0], 0.0, 0.0);
    mvo_constraints_free(copy);
    mvo_constraints_free(set);
}

static void test_rows_read_back(void **state)
{
    (void)state;
    const double twice[N] = { 2, 0, 1 }, holdings[N] = { 1, 2, 3 };
    const char *const names[5] = { "turnover", "gross", "long", "short", "margin" };
    const double above[5] = { 1, 1, 1, 0, 0.5 }, below[5] = { 1, 1, 0, 1, 0.25 };
    mvo_constraints *set = fresh();
    int64_t id[5];
    double found[N], rates[3 * N], lower, upper;
    assert_int_equal(mvo_constraints_set_holdings(set, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_holdings(found, set, NULL), MVO_OK);
    assert_memory_equal(found, holdings, sizeof found);
    assert_int_equal(mvo_constraints_set_trading_costs(set, twice, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_borrow_costs(set, twice, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_cost_rates(rates, rates + N, rates + 2 * N, set, NULL), MVO_OK);
    assert_memory_equal(rates, twice, sizeof twice);
    assert_memory_equal(rates + N, holdings, sizeof holdings);
    assert_memory_equal(rates + 2 * N, twice, sizeof twice);
    assert_int_equal(mvo_constraints_add_turnover(&id[0], set, 0.5, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_gross(&id[1], set, 1.5, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_long(&id[2], set, 2.5, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_short(&id[3], set, 3.5, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_absolute(&id[4], set, MVO_AROUND_HOLDINGS, twice, 0.5, 0.25, 4.5, "margin", NULL),
                     MVO_OK);
    for (int i = 0; i < 5; i++) {
        int32_t around = -1;
        double up = -1, down = -1;
        assert_int_equal(mvo_constraints_absolute_row(&around, &up, &down, set, id[i], NULL), MVO_OK);
        assert_int_equal(around, i == 0 || i == 4 ? MVO_AROUND_HOLDINGS : MVO_AROUND_ZERO);
        assert_close(up, above[i], 0.0);
        assert_close(down, below[i], 0.0);
        assert_int_equal(mvo_constraints_row(found, &lower, &upper, set, id[i], NULL), MVO_OK);
        assert_close(upper, 0.5 + i, 0.0);
        assert_true(isinf(lower) && lower < 0.0);
        assert_close(found[0], i == 4 ? 2.0 : 1.0, 0.0);
        assert_string_equal(mvo_constraints_row_name(set, id[i]), names[i]);
    }
    mvo_constraints_free(set);
}

/* Turnover of at most 1 on the way from (1, 0, 0) to (0, 1, 0): half of it can be done. */
static void test_turnover(void **state)
{
    (void)state;
    const double holdings[N] = { 1, 0, 0 }, c[N] = { 0, -1, 0 };
    mvo_constraints *set = fresh();
    int64_t id;
    double w[N], y;
    assert_int_equal(mvo_constraints_set_holdings(set, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_turnover(&id, set, 1.0, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set);
    solve(solver, c, w);
    /* Both trades pull with |1 - t|, so each does half. */
    assert_close(w[0], 0.5, 1e-15);
    assert_close(w[1], 0.5, 1e-15);
    assert_close(w[2], 0.0, 0.0);
    assert_int_equal(mvo_solver_row_multiplier(&y, solver, id), MVO_OK);
    assert_close(y, -0.5, 1e-15);
    assert_int_equal(mvo_solver_set_row_limits(solver, id, -INFINITY, 10.0, NULL), MVO_OK);
    solve(solver, c, w);
    assert_close(w[0], 0.0, 1e-15);
    assert_close(w[1], 1.0, 1e-15);
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_solver_set_row_limits(solver, id, 0.0, 10.0, &error), MVO_ERROR_LIMITS);
    assert_non_null(strstr(error.message, "turnover"));
    mvo_solver_free(solver);
    mvo_constraints_free(set);
}

/*
 * A shock of -20 % on the first asset and +10 % on the second, with margins of 10 %: rates 0.28 and -0.12 of the first,
 * 0.01 and 0.21 of the second. One unit long of the first and short of the second takes 0.28 + 0.21.
 */
static void test_rates_by_asset(void **state)
{
    (void)state;
    const double above[N] = { 0.28, 0.01, 0.5 }, below[N] = { -0.12, 0.21, 0.5 }, c[N] = { -2, 2, 0 };
    const double twice[N] = { 2, 1, 1 };
    mvo_constraints *set = fresh(), *copy = NULL;
    int64_t id;
    int32_t around;
    double w[N], y, up[N], down[N], single;
    assert_int_equal(mvo_constraints_add_absolute_rates(&id, set, MVO_AROUND_ZERO, above, below, 0.49, "shock", NULL),
                     MVO_OK);
    assert_int_equal(mvo_constraints_copy(&copy, set, NULL), MVO_OK);
    mvo_constraints_free(set);
    assert_int_equal(mvo_constraints_absolute_row(&around, &single, NULL, copy, id, NULL), MVO_OK);
    assert_int_equal(around, MVO_AROUND_ZERO);
    assert_true(isnan(single));
    assert_int_equal(mvo_constraints_absolute_rates(up, down, copy, id, NULL), MVO_OK);
    for (int j = 0; j < N; j++) {
        assert_close(up[j], above[j], 0.0);
        assert_close(down[j], below[j], 0.0);
    }
    mvo_solver *solver = solver_over(copy);
    solve(solver, c, w);
    /* w = (2 - 0.28 v, 0.21 v - 2) with the multiplier -v: 2 * 0.49 - 0.1225 v = 0.49 at v = 4. */
    assert_close(w[0], 0.88, 1e-14);
    assert_close(w[1], -1.16, 1e-14);
    assert_int_equal(mvo_solver_row_multiplier(&y, solver, id), MVO_OK);
    assert_close(y, -4.0, 1e-13);
    mvo_solver_free(solver);
    assert_int_equal(mvo_constraints_replace_row(copy, id, twice, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_absolute_rates(up, down, copy, id, NULL), MVO_OK);
    assert_close(up[0], 0.56, 0.0);
    assert_close(down[0], -0.24, 0.0);
    const int64_t linear = (mvo_constraints_add_budget(&id, copy, 1.0, 1.0, NULL), id);
    assert_int_equal(mvo_constraints_absolute_rates(up, down, copy, linear, NULL), MVO_OK);
    assert_close(up[0], 1.0, 0.0);
    assert_close(down[0], -1.0, 0.0);
    mvo_constraints_free(copy);
}

/* ------------------------------------------------------------------------------------------ bad arguments */

#define REFUSED(expected, name, call)                                                                                  \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        assert_int_equal((call), (expected));                                                                          \
        assert_int_equal(error.status, (expected));                                                                    \
        assert_string_equal(error.argument, (name));                                                                   \
        assert_true(error.message[0] != '\0');                                                                         \
    } while (0)

static void test_bad_costs(void **state)
{
    (void)state;
    const double fine[N] = { 1, 2, 3 }, nan[N] = { 1, NAN, 3 }, infinite[N] = { 1, 2, INFINITY }, less[N] = { -1, -2.5, 0 };
    const double at[2] = { 0, 1 }, same[2] = { 1, 1 }, slope[3] = { 0, 1, 2 }, falling[3] = { 0, 1, 0.5 };
    mvo_constraints *set = fresh();
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_set_holdings(NULL, fine, &error));
    REFUSED(MVO_ERROR_NULL, "holdings", mvo_constraints_set_holdings(set, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "holdings", mvo_constraints_set_holdings(set, nan, &error));
    REFUSED(MVO_ERROR_NULL, "holdings", mvo_constraints_holdings(NULL, set, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_set_trading_costs(NULL, fine, fine, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "buy", mvo_constraints_set_trading_costs(set, nan, fine, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "sell", mvo_constraints_set_trading_costs(set, fine, infinite, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "sell", mvo_constraints_set_trading_costs(set, fine, less, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "borrow", mvo_constraints_set_borrow_costs(set, less, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "borrow", mvo_constraints_set_borrow_costs(set, infinite, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "borrow", mvo_constraints_set_borrow_costs(set, nan, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_constraints_set_cost(set, N, 2, at, slope, 0.0, &error));
    REFUSED(MVO_ERROR_NULL, "breakpoints", mvo_constraints_set_cost(set, 0, 2, NULL, slope, 0.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "breakpoints", mvo_constraints_set_cost(set, 0, 2, same, slope, 0.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "slopes", mvo_constraints_set_cost(set, 0, 2, at, falling, 0.0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "slopes", mvo_constraints_set_cost(set, 0, 2, at, nan, 0.0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "origin", mvo_constraints_set_cost(set, 0, 2, at, slope, NAN, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_cost(NULL, NULL, NULL, NULL, NULL, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_constraints_cost(NULL, NULL, NULL, NULL, set, N, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "weights", mvo_constraints_costs(NULL, NULL, set, nan, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_cost_rates(NULL, NULL, NULL, NULL, &error));
    double rates[N] = { 9, 9, 9 };
    assert_int_equal(mvo_constraints_cost_rates(rates, NULL, NULL, set, NULL), MVO_OK); /* nothing was taken */
    for (int j = 0; j < N; j++)
        assert_close(rates[j], 0.0, 0.0);
    mvo_constraints_free(set);
}

static void test_bad_rows(void **state)
{
    (void)state;
    const double negative[N] = { 1, -1, 1 }, nan[N] = { 1, NAN, 1 };
    mvo_constraints *set = fresh();
    int64_t id = 77;
    const int32_t around = MVO_AROUND_ZERO;
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_add_absolute(&id, NULL, around, NULL, 1, 1, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "around", mvo_constraints_add_absolute(&id, set, 0, NULL, 1, 1, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "coefficients",
            mvo_constraints_add_absolute(&id, set, around, negative, 1, 1, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "coefficients",
            mvo_constraints_add_absolute(&id, set, around, nan, 1, 1, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "above", mvo_constraints_add_absolute(&id, set, around, NULL, -1, 1, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "below",
            mvo_constraints_add_absolute(&id, set, around, NULL, 1, INFINITY, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "limit", mvo_constraints_add_absolute(&id, set, around, NULL, 1, 1, -1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "limit", mvo_constraints_add_gross(&id, set, NAN, &error));
    const double one[N] = { 1, 1, 1 }, less[N] = { 1, -1.5, 1 };
    REFUSED(MVO_ERROR_NULL, "constraints",
            mvo_constraints_add_absolute_rates(&id, NULL, around, one, one, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "around", mvo_constraints_add_absolute_rates(&id, set, 0, one, one, 1, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "above", mvo_constraints_add_absolute_rates(&id, set, around, NULL, one, 1, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "below", mvo_constraints_add_absolute_rates(&id, set, around, one, NULL, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "above",
            mvo_constraints_add_absolute_rates(&id, set, around, nan, one, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "below",
            mvo_constraints_add_absolute_rates(&id, set, around, one, nan, 1, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "below",
            mvo_constraints_add_absolute_rates(&id, set, around, one, less, 1, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "limit",
            mvo_constraints_add_absolute_rates(&id, set, around, one, one, NAN, NULL, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "limit",
            mvo_constraints_add_absolute_rates(&id, set, around, one, one, -INFINITY, NULL, &error));
    assert_int_equal(id, 77);
    assert_int_equal(mvo_constraints_row_count(set), 0);
    assert_int_equal(mvo_constraints_add_gross(&id, set, 1.0, NULL), MVO_OK);
    REFUSED(MVO_ERROR_LIMITS, "lower", mvo_constraints_set_limits(set, id, 0.0, 1.0, &error));
    assert_int_equal(mvo_constraints_set_limits(set, id, -INFINITY, 2.0, NULL), MVO_OK);
    REFUSED(MVO_ERROR_ARGUMENT, "coefficients", mvo_constraints_replace_row(set, id, negative, &error));
    REFUSED(MVO_ERROR_NOT_FOUND, "id", mvo_constraints_absolute_row(NULL, NULL, NULL, set, id + 1, &error));
    REFUSED(MVO_ERROR_NOT_FOUND, "id", mvo_constraints_absolute_rates(NULL, NULL, set, id + 1, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_constraints_absolute_rates(NULL, NULL, NULL, id, &error));
    mvo_constraints_free(set);
}

static void test_solver_without_costs(void **state)
{
    (void)state;
    const double x[N] = { 1, 2, 3 };
    double s[N] = { 9, 9, 9 }, cost = 9;
    mvo_constraints *set = fresh();
    mvo_solver *solver = solver_over(set);
    REFUSED(MVO_ERROR_STATE, "solver", mvo_solver_set_holdings(solver, x, &error));
    REFUSED(MVO_ERROR_STATE, "solver", mvo_solver_set_trading_costs(solver, x, x, &error));
    REFUSED(MVO_ERROR_STATE, "solver", mvo_solver_set_borrow_costs(solver, x, &error));
    REFUSED(MVO_ERROR_NULL, "solver", mvo_solver_set_holdings(NULL, x, &error));
    assert_int_equal(mvo_solver_costs(&cost, s, solver), MVO_ERROR_STATE);
    double w[N];
    solve(solver, x, w);
    assert_int_equal(mvo_solver_costs(&cost, s, solver), MVO_OK);
    assert_close(cost, 0.0, 0.0);
    assert_close(s[2], 0.0, 0.0);
    assert_int_equal(mvo_solver_costs(&cost, s, NULL), MVO_ERROR_NULL);
    mvo_solver_free(solver);
    mvo_constraints_free(set);
}

static void test_bad_solver_costs(void **state)
{
    (void)state;
    const double nan[N] = { 1, NAN, 3 }, less[N] = { -1, -2.5, 0 };
    mvo_constraints *set = fresh();
    assert_int_equal(mvo_constraints_add_turnover(NULL, set, 1.0, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set);
    REFUSED(MVO_ERROR_NOT_FINITE, "holdings", mvo_solver_set_holdings(solver, nan, &error));
    REFUSED(MVO_ERROR_NULL, "holdings", mvo_solver_set_holdings(solver, NULL, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "sell", mvo_solver_set_trading_costs(solver, NULL, less, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "borrow", mvo_solver_set_borrow_costs(solver, nan, &error));
    mvo_solver_free(solver);
    mvo_constraints_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_soft_threshold), cmocka_unit_test(test_ladder),   cmocka_unit_test(test_rows_read_back),
        cmocka_unit_test(test_turnover),       cmocka_unit_test(test_rates_by_asset), cmocka_unit_test(test_bad_costs), cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_solver_without_costs), cmocka_unit_test(test_bad_solver_costs),
    };
    return cmocka_run_group_tests_name("costs", tests, NULL, NULL);
}
