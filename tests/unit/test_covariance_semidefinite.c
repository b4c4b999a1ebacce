/* SPDX-License-Identifier: MIT */
/* Which matrices are a covariance: singular ones are, at any scale; those that are not are told their eigenvalue. */
#include "support/data.h"
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 220 };

static double sigma[MOST * MOST], copy[MOST * MOST], rows[MOST * MOST];
static const double scales[] = { 1.0, 1e-16, 1e16, 3e-9, 0x1p-100, 1e100, 1e-280 };

/* Asks both by copy and in place: the answers must be the same. */
static mvo_status ask(size_t n, mvo_error *error)
{
    mvo_covariance *covariance = NULL;
    mvo_error second = MVO_ERROR_INIT;
    memcpy(copy, sigma, n * n * sizeof *copy);
    const mvo_status borrowed =
        mvo_covariance_new_dense(&covariance, NULL, n, sigma, n, MVO_CHECK_ALL | MVO_BORROW, &second);
    mvo_covariance_unref(covariance);
    covariance = NULL;
    const mvo_status status = mvo_covariance_new_dense(&covariance, NULL, n, sigma, n, MVO_CHECK_ALL, error);
    assert_memory_equal(copy, sigma, n * n * sizeof *copy);
    if (status == MVO_OK) {
        assert_int_equal(mvo_covariance_matrix(copy, n, covariance, NULL), MVO_OK);
        assert_memory_equal(copy, sigma, n * n * sizeof *copy); /* the check has left no trace */
    }
    mvo_covariance_unref(covariance);
    assert_int_equal(status, borrowed);
    if (status != MVO_OK) {
        assert_string_equal(error->message, second.message);
        assert_true(error->value == second.value);
    }
    return status;
}

static void scale_by(size_t n, double scale)
{
    for (size_t i = 0; i < n * n; i++)
        sigma[i] *= scale;
}

/* sigma = X'X of a random k-by-n X whose columns differ in size by `spread` orders of magnitude. */
static void make_singular(random_stream *stream, size_t n, size_t k, double spread)
{
    for (size_t i = 0; i < n; i++) {
        const double size = pow(10.0, spread * random_uniform(stream));
        for (size_t f = 0; f < k; f++)
            rows[f + i * k] = size * random_normal(stream);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = 0.0;
            for (size_t f = 0; f < k; f++)
                sum += rows[f + i * k] * rows[f + j * k];
            sigma[i + j * n] = sigma[j + i * n] = sum;
        }
}

/* Fewer observations than assets, duplicated assets, cash: what rounding leaves of such matrices is a covariance. */
static void singular_ones_pass(void **state)
{
    (void)state;
    random_stream stream = { 1 };
    mvo_error error = MVO_ERROR_INIT;
    for (size_t n = 2; n <= 200; n += 33)
        for (size_t k = 1; k <= n; k += 1 + n / 3)
            for (size_t s = 0; s < 4; s++) {
                make_singular(&stream, n, k, s == 3 ? 6.0 : 0.5);
                scale_by(n, scales[s]);
                assert_int_equal(ask(n, &error), MVO_OK);
            }
    for (size_t i = 0; i < MOST * MOST; i++)
        sigma[i] = 0.3; /* one asset, many times over */
    assert_int_equal(ask(MOST, &error), MVO_OK);
    memset(sigma, 0, sizeof sigma);
    assert_int_equal(ask(MOST, &error), MVO_OK);
    sigma[7 + 7 * MOST] = 1e-5;
    assert_int_equal(ask(MOST, &error), MVO_OK);
}

/* (1 - c) I + c J, J all ones, has the eigenvalue 1 + (n - 1) c. */
static void equal_correlations_decide_to_rounding(void **state)
{
    (void)state;
    for (size_t n = 2; n <= 150; n += 37)
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
            for (int side = 0; side < 2; side++) {
                /* Eigenvalue -0.6 n 1e-14: rounding; -1.5 n 1e-14: not. */
                const double wanted = (side ? -1.5e-14 : -0.6e-14) * (double)n;
                const double c = (wanted - 1.0) / (double)(n - 1);
                mvo_error error = MVO_ERROR_INIT;
                for (size_t i = 0; i < n * n; i++)
                    sigma[i] = i % (n + 1) == 0 ? 1.0 : c;
                scale_by(n, scales[s]);
                const mvo_status status = ask(n, &error);
                assert_int_equal(status, side ? MVO_ERROR_NOT_SEMIDEFINITE : MVO_OK);
                if (side) {
                    assert_true(fabs(error.value / scales[s] - wanted) <= 0.2 * fabs(wanted));
                    assert_string_equal(error.argument, "sigma");
                    assert_non_null(strstr(error.message, "eigenvalue"));
                    assert_int_equal(error.row, -1);
                }
            }
}

/* 2-by-2 blocks (a, b; b, d) have the eigenvalue (a + d - sqrt((a - d)^2 + 4 b^2)) / 2; all else is far above it. */
static void the_eigenvalue_is_that_of_the_matrix_as_given(void **state)
{
    (void)state;
    random_stream stream = { 2 };
    for (int times = 0; times < 60; times++) {
        const size_t n = 2 + random_below(&stream, 100);
        const double scale = scales[random_below(&stream, sizeof scales / sizeof *scales)];
        const size_t i = random_below(&stream, n - 1);
        const size_t j = i + 1 + random_below(&stream, n - 1 - i);
        const long double a = 0.5 + random_uniform(&stream), d = 0.5 + 3.0 * random_uniform(&stream);
        const long double b = 1.2L * sqrtl(a * d);
        const long double wanted = (a * d - b * b) / (0.5L * (a + d + sqrtl((a - d) * (a - d) + 4.0L * b * b)));
        mvo_error error = MVO_ERROR_INIT;
        memset(sigma, 0, n * n * sizeof *sigma);
        for (size_t l = 0; l < n; l++)
            sigma[l + l * n] = l % 5 == 4 ? 0.0 : 20.0;
        sigma[i + i * n] = (double)a;
        sigma[j + j * n] = (double)d;
        sigma[i + j * n] = sigma[j + i * n] = (double)b;
        scale_by(n, scale);
        assert_int_equal(ask(n, &error), MVO_ERROR_NOT_SEMIDEFINITE);
        assert_true(fabsl(error.value / scale - wanted) <= 1e-9L * fabsl(wanted));
    }
}

/* Its eigenvalue is lost beside a variance of 1e30; the sign is not. Nor is a "correlation" of 1e200 a number problem.
 */
static void a_small_eigenvalue_beside_a_large_variance(void **state)
{
    (void)state;
    mvo_error error = MVO_ERROR_INIT;
    const double buried[9] = { 1e30, 3e14, 0.0, 3e14, 1.0, 1.5, 0.0, 1.5, 1.0 };
    memcpy(sigma, buried, sizeof buried);
    assert_int_equal(ask(3, &error), MVO_ERROR_NOT_SEMIDEFINITE);
    assert_true(error.value < -0.1 && error.value > -1.0);
    const double wild[4] = { 1e-300, 1e200, 1e200, 1e-300 };
    memcpy(sigma, wild, sizeof wild);
    assert_int_equal(ask(2, &error), MVO_ERROR_NOT_SEMIDEFINITE);
    assert_true(fabs(error.value + 1e200) <= 1e190);
    const double wilder[4] = { 1e-320, 1e308, 1e308, 1e-320 };
    memcpy(sigma, wilder, sizeof wilder);
    assert_int_equal(ask(2, &error), MVO_ERROR_NOT_SEMIDEFINITE);
    assert_true(error.value < -0.99e308);
}

/* VALUES of Maros and Meszaros: its smallest eigenvalue is published as about -1.3e-5 where the largest is 10.8. */
static void a_published_indefinite_hessian(void **state)
{
    (void)state;
    data_require("maros_meszaros/VALUES.qp", "a_published_indefinite_hessian");
    instance *p = data_read_qp("maros_meszaros/VALUES.qp");
    for (size_t s = 0; s < 5; s++) {
        mvo_error error = MVO_ERROR_INIT;
        memcpy(sigma, p->sigma, p->n * p->n * sizeof *sigma);
        scale_by(p->n, scales[s]);
        assert_int_equal(ask(p->n, &error), MVO_ERROR_NOT_SEMIDEFINITE);
        assert_true(fabs(error.value / scales[s] + 1.273e-5) < 0.001e-5);
    }
    instance_free(p);
}

/* What the reader is trusted with is trusted. */
static void lower_levels_do_not_ask(void **state)
{
    (void)state;
    const double indefinite[4] = { 1.0, 2.0, 2.0, 1.0 };
    const double w[2] = { 1.0, -1.0 };
    double variance = -1.0;
    for (int32_t level = MVO_CHECK_FINITE; level <= MVO_CHECK_NONE; level++) {
        mvo_covariance *covariance = NULL;
        assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, indefinite, 2, level, NULL), MVO_OK);
        assert_int_equal(mvo_covariance_variance(&variance, covariance, w, NULL), MVO_OK);
        assert_true(variance == 0.0);
        mvo_covariance_unref(covariance);
    }
}

/* Correlations and a factor covariance are judged by the same rule, and named as what they are. */
static void other_matrices_are_judged_too(void **state)
{
    (void)state;
    const double volatility[3] = { 1e-3, 1e3, 0.0 }, specific[2] = { 0.0, 0.0 };
    const double correlation[9] = { 1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0 }; /* smallest eigenvalue 1 - 1.8 */
    const double loadings[4] = { 1.0, 2.0, 3.0, 4.0 }, omega[4] = { 1.0, 3.0, 3.0, 4.0 };
    mvo_covariance *covariance = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(
        mvo_covariance_new_correlation(&covariance, NULL, 3, volatility, correlation, 3, MVO_CHECK_ALL, &error),
        MVO_ERROR_NOT_SEMIDEFINITE);
    assert_string_equal(error.argument, "correlation");
    assert_true(fabs(error.value + 0.8) < 1e-14);
    assert_int_equal(
        mvo_covariance_new_factor(&covariance, NULL, 2, 2, loadings, 2, omega, 2, specific, MVO_CHECK_ALL, &error),
        MVO_ERROR_NOT_SEMIDEFINITE);
    assert_string_equal(error.argument, "factor_covariance");
    assert_true(fabs(error.value - (2.5 - sqrt(11.25))) < 1e-14);
    assert_null(covariance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(singular_ones_pass),
        cmocka_unit_test(equal_correlations_decide_to_rounding),
        cmocka_unit_test(the_eigenvalue_is_that_of_the_matrix_as_given),
        cmocka_unit_test(a_small_eigenvalue_beside_a_large_variance),
        cmocka_unit_test(a_published_indefinite_hessian),
        cmocka_unit_test(lower_levels_do_not_ask),
        cmocka_unit_test(other_matrices_are_judged_too),
    };
    return cmocka_run_group_tests_name("covariance: semidefinite", tests, NULL, NULL);
}
