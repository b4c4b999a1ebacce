/* SPDX-License-Identifier: MIT */
/* Variances near the ends of what a double holds. */
#include "support/instance.h"

#include <math.h>
#include <stdarg.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static instance *two_assets(double first, double second)
{
    instance *p = instance_new(2, 1);
    p->sigma[0] = first;
    p->sigma[3] = second;
    instance_set_bounds(p, 0.0, INFINITY);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    return p;
}

/* The reciprocal of such a variance is no number. What can be solved is; nothing else is called so. */
static void tiny_variances(void **state)
{
    const double variances[] = { 0.0, 1e-320, 1e-314, 1e-310, 1e-305, 1e-300, 1e-290, 1e-280 };
    const size_t count = sizeof variances / sizeof *variances;
    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 3 * count; k++) {
            mvo_outcome outcome = -1;
            double w[2];
            instance *p = two_assets(variances[i], variances[k % count]);
            p->linear[1] = k < count ? 0.0 : k < 2 * count ? -3e-301 : -1.0;
            mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
            assert_non_null(solver);
            assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
            assert_true(outcome == MVO_OPTIMAL || outcome == MVO_NUMERICAL);
            assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
            assert_true(w[0] >= 0.0 && w[1] >= 0.0 && fabs(w[0] + w[1] - 1.0) <= 1e-15);
            if (k >= 2 * count) {
                assert_int_equal(outcome, MVO_OPTIMAL);
                assert_true(w[1] == 1.0);
            }
            mvo_solver_free(solver);
            instance_free(p);
        }
}

/* mu'w - aversion / 2 w'Sigma w stays the same when Sigma grows as the aversion falls: w = (7, 4) / 11. */
static void huge_variances(void **state)
{
    (void)state;
    for (int exponent = 0; exponent <= 300; exponent += 20) {
        const double size = pow(10.0, exponent), mu[2] = { 0.01, 0.02 };
        mvo_outcome outcome = -1;
        double w[2];
        instance *p = two_assets(0.04 * size, 0.09 * size);
        p->sigma[1] = p->sigma[2] = 0.01 * size;
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        assert_non_null(solver);
        assert_int_equal(mvo_maximum_utility(&outcome, solver, mu, 1.0 / size, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        assert_true(fabs(w[0] - 7.0 / 11.0) <= 1e-14 && fabs(w[1] - 4.0 / 11.0) <= 1e-14);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

/* Where returns outweigh any risk, they alone count. */
static void returns_without_bounds(void **state)
{
    const double mu[2] = { 0.01, 0.02 };
    mvo_outcome outcome = -1;
    double w[2];
    instance *p = two_assets(0.04, 0.09);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    (void)state;
    assert_non_null(solver);
    assert_int_equal(mvo_maximum_utility(&outcome, solver, mu, 1e-300, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_true(w[0] == 0.0 && w[1] == 1.0);
    mvo_solver_free(solver);
    instance_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_variances),
        cmocka_unit_test(huge_variances),
        cmocka_unit_test(returns_without_bounds),
    };
    return cmocka_run_group_tests_name("extreme scales", tests, NULL, NULL);
}
