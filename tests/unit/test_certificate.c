/* SPDX-License-Identifier: MIT */
/*
 * What a certificate accepts, by hand: two rows w1 + w2 >= a and w1 + w2 <= 0, at weights of 1 and -1 with next to no risk, have the
 * multipliers 1 and -1, of which the gradient shows nothing. The limit a is broken by a, and the gap is as much.
 */
#include "qp/certificate.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 2, M = 2, LD = 8 };

#define RISK 1e-9

static int accepted(double limit, mvoi_certificate *certificate)
{
    const double sigma[N * N] = { RISK, 0.0, 0.0, RISK }, linear[N] = { -RISK, RISK }, lower[N] = { -2.0, -2.0 }, upper[N] = { 2.0, 2.0 };
    const double rows[M * LD] = { [0] = 1.0, [1] = 1.0, [LD] = 1.0, [LD + 1] = 1.0 };
    const double row_lower[M] = { limit, -INFINITY }, row_upper[M] = { INFINITY, 0.0 };
    int32_t side[N] = { MVOI_FREE, MVOI_FREE }, row_side[M] = { MVOI_LOWER, MVOI_UPPER };
    double w[N] = { 1.0, -1.0 }, y[M] = { 1.0, -1.0 }, z[N] = { 0.0 };
    mvoi_point point = { side, row_side, w, y, z };
    mvo_covariance *covariance = NULL;
    mvoi_certifier certifier = { 0 };
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvoi_certifier_new(&certifier, NULL, N, M, 0, mvoi_kernels_best()), 1);
    const mvoi_problem problem = { .n = N, .m = M, .covariance = covariance, .linear = linear, .lower = lower, .upper = upper,
                                   .rows = rows, .ld_rows = LD, .row_lower = row_lower, .row_upper = row_upper };
    mvoi_certify(certificate, &certifier, &problem, &point, NULL);
    mvoi_certifier_free(&certifier, NULL);
    mvo_covariance_unref(covariance);
    return mvoi_certificate_accepts(certificate, 1e-9);
}

/* Beside the weights, a limit of 7e-17 is met; beside itself it is broken by all there is of it, and so is the gap. */
static void an_accepted_violation_is_no_gap(void **state)
{
    (void)state;
    mvoi_certificate c;
    assert_int_equal(accepted(0.0, &c), 1);
    assert_true(c.gap == 0.0 && c.primal_residual == 0.0);
    assert_int_equal(accepted(7e-17, &c), 1);
    assert_true(c.primal_residual == 7e-17 && c.gap == -7e-17);
    assert_true(fabs(c.primal_scale - 2.0) <= 1e-15);
    assert_true(c.gap_scale == 0x1p-16); /* 2^-17 times a multiplier of 1 times terms of 2 */
}

/* A violation beyond rounding is one, whatever the gap's scale. */
static void a_violation_is_told(void **state)
{
    (void)state;
    mvoi_certificate c;
    assert_int_equal(accepted(1e-8, &c), 0);
    assert_true(c.primal_residual > 1e-9 * c.primal_scale);
}

/* A multiplier at a limit that is kept, but not met, is a gap: nothing is excused where nothing is broken. */
static void a_gap_at_a_limit_that_is_kept_is_told(void **state)
{
    (void)state;
    mvoi_certificate c;
    assert_int_equal(accepted(-1e-12, &c), 0);
    assert_true(c.primal_residual == 0.0 && c.gap == 1e-12);
    assert_true(c.gap_scale < 1e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_accepted_violation_is_no_gap),
        cmocka_unit_test(a_violation_is_told),
        cmocka_unit_test(a_gap_at_a_limit_that_is_kept_is_told),
    };
    return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}
