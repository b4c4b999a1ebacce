/* SPDX-License-Identifier: MIT */
/* Published figures of portfolios that pay for their trades. */
#include "support/data.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 16 };

/* The case with that id; fails the running test if there is none. */
static const json_t *find_case(const json_t *root, const char *id)
{
    const json_t *cases = data_member(root, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (strcmp(json_string_value(data_member(one, "id")), id) == 0)
            return one;
    }
    fail_msg("no case %s", id);
    return NULL;
}

/*
 * gurobi-optimods, mean-variance portfolio with costs_buy = 0.0025 from cash alone: what is bought pays 0.25 % out of the
 * budget of 1, all of which is spent. Nothing is sold, so the same portfolio follows from a linear budget of 1.0025 a unit:
 * an equality, as published, at any risk aversion. The budget with costs is an inequality; at a risk aversion of 10 all of it
 * is spent, at 100 four fifths stay cash.
 */
static void gurobi_proportional_costs(void **state)
{
    (void)state;
    data_require("cases/expected.json", "gurobi.prop_costs");
    data_require("cases/gurobi_optimods/portfolio.csv", "gurobi.prop_costs");
    json_t *root = data_read_json("cases/expected.json");
    const json_t *one = find_case(root, "gurobi.prop_costs");
    const double expected = data_number(data_member(data_member(one, "expected"), "sum_x"));
    const double tolerance = data_number(data_member(one, "tol"));
    data_table *table = data_read_csv("cases/gurobi_optimods/portfolio.csv");
    const size_t n = table->width, periods = table->height;
    double mu[MOST], x[MOST], other[MOST], paid[MOST], buy[MOST], sum = 0.0;
    assert_true(n <= MOST);
    for (size_t j = 0; j < n; j++) {
        long double mean = 0.0L;
        for (size_t t = 0; t < periods; t++)
            mean += table->values[t + j * periods];
        mu[j] = (double)(mean / (long double)periods);
        paid[j] = 1.0025;
        buy[j] = 0.0025;
    }
    mvo_covariance *covariance = NULL;
    assert_int_equal(
        mvo_covariance_new_returns(&covariance, NULL, periods, n, table->values, periods, 1, MVO_CHECK_ALL, NULL), MVO_OK);
    for (int k = 0; k < 4; k++) {
        const int linear = k % 2;
        const double aversion = k < 2 ? 10.0 : 100.0;
        mvo_constraints *rules = NULL;
        mvo_solver *solver = NULL;
        mvo_outcome outcome = -1;
        double zeros[MOST] = { 0 }, y;
        assert_int_equal(mvo_constraints_new(&rules, NULL, n, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_set_bounds(rules, zeros, NULL, NULL), MVO_OK);
        assert_int_equal(linear ? mvo_constraints_add_row(NULL, rules, paid, 1.0, 1.0, NULL, NULL)
                                : mvo_constraints_add_budget_with_costs(NULL, rules, buy, NULL, 1.0, NULL),
                         MVO_OK);
        assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
        assert_int_equal(mvo_maximum_utility(&outcome, solver, mu, aversion, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_solver_weights(linear ? other : x, solver), MVO_OK);
        assert_int_equal(mvo_solver_multipliers(&y, NULL, solver), MVO_OK);
        assert_true(k == 2 ? y == 0.0 : y != 0.0);
        sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            const double one_of = linear ? other[j] : x[j];
            sum += one_of;
            assert_true(k != 1 || fabs(x[j] - other[j]) <= 1e-12);
        }
        if (k != 2 && fabs(sum - expected) > tolerance)
            fail_msg("sum of weights %.9g, published %.9g", sum, expected);
        mvo_solver_free(solver);
        mvo_constraints_free(rules);
    }
    mvo_covariance_unref(covariance);
    data_table_free(table);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(gurobi_proportional_costs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
