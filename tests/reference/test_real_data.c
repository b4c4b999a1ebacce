/* SPDX-License-Identifier: MIT */
/*
 * Fat tails and outliers of four stocks against R 4.2.2: packages sn 2.1.0 (mst.mple, symmetric) and MASS 7.3-58.2
 * (cov.trob), Tyler's iteration and the distances written out in R, qchisq and lgamma of R itself. Returns in percent.
 */
#include "estimate/special.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../examples/support/csv.c"

enum { T = 2528, N = 4 };

static double returns[T * N], prices[(T + 1) * N];
static mvo_error error = MVO_ERROR_INIT;

static int read_prices(void **state)
{
    (void)state;
    static const char *const names[N] = { "IBM", "KO", "INTC", "XOM" };
    csv_table table;
    char message[256];
    if (!csv_read(&table, "examples/data/djia30_daily.csv", message, sizeof message) || table.rows != T + 1)
        return -1;
    for (size_t k = 0; k < N; k++)
        for (size_t j = 0; j < table.columns; j++)
            if (!strcmp(table.names[j], names[k]))
                memcpy(prices + k * (T + 1), table.prices + j * (T + 1), (T + 1) * sizeof *prices);
    csv_free(&table);
    for (size_t k = 0; k < N; k++)
        for (size_t t = 0; t < T; t++)
            returns[t + k * T] = 100.0 * (prices[t + 1 + k * (T + 1)] / prices[t + k * (T + 1)] - 1.0);
    return 0;
}

static void check_matrix(mvo_covariance *made, const double *expected, double factor, double relative)
{
    double sigma[N * N];
    assert_int_equal(mvo_covariance_matrix(sigma, N, made, NULL), MVO_OK);
    mvo_covariance_unref(made);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++) {
            const double got = sigma[i + j * N], wanted = factor * expected[i * (i + 1) / 2 + j];
            if (!(fabs(got - wanted) <= relative * sqrt(sigma[i + i * N] * sigma[j + j * N])))
                fail_msg("(%zu, %zu) is %.12g, not %.12g", i, j, got, wanted);
        }
}

static void degrees_of_freedom_estimated(void **state)
{
    (void)state;
    static const double omega[10] = { 2.505934513592991, 0.296916621599854, 1.806362918674445, 1.317447811708321,
                                      0.439599265724851, 4.655403571894576, 0.228795885051613, 0.437082147029094,
                                      0.290490465701595, 1.307009315090280 };
    static const double beta[N] = { 0.0315746076407949, 0.0581725650420945, 0.139673090262213, 0.0381799656519678 };
    const double nu = 5.17726459975344;
    mvo_covariance *made = NULL;
    double location[N], degrees = 0.0, likelihood = 0.0;
    assert_int_equal(
        mvo_covariance_new_student_t(&made, location, &degrees, &likelihood, NULL, T, N, returns, T, 0.0, &error),
        MVO_OK);
    assert_true(fabs(degrees - nu) < 1e-3 * nu);
    assert_true(likelihood > -20008.0303331925 - 1e-6 && likelihood < -20008.0303331925 + 1e-3);
    for (size_t j = 0; j < N; j++)
        assert_true(fabs(location[j] - beta[j]) < 1e-4);
    check_matrix(made, omega, nu / (nu - 2.0),
                 1e-3); /* sn stops when the likelihood is within 1e-8 or so of its maximum */
}

static void degrees_of_freedom_given(void **state)
{
    (void)state;
    static const double expected[10] = { 4.142617656957543, 0.491872552853673, 2.988316917260014, 2.180317803006587,
                                         0.729543178964106, 7.705143347408832, 0.379135988038192, 0.723615233283211,
                                         0.481468460392541, 2.163067277786718 };
    static const double centre[N] = { 0.0309750354714115, 0.0577566971813707, 0.1389922835137262, 0.0377476623664017 };
    mvo_covariance *made = NULL;
    double location[N];
    assert_int_equal(mvo_covariance_new_student_t(&made, location, NULL, NULL, NULL, T, N, returns, T, 5.0, &error),
                     MVO_OK);
    for (size_t j = 0; j < N; j++)
        assert_true(fabs(location[j] - centre[j]) < 1e-6);
    check_matrix(made, expected, 1.0, 1e-6);
}

static const double medians[N] = { 0.0, 0.0, 0.0, 0.0 };

static void shape_of_four_stocks(void **state)
{
    (void)state;
    static const double expected[10] = { 0.9382081406815597, 0.1187953159488891, 0.698134464014160,  0.5157545125666713,
                                         0.201527120661497,  1.856173917821492,  0.0902614364590384, 0.173577096614963,
                                         0.127951365248956,  0.5074834774827889 };
    mvo_covariance *made = NULL;
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, T, N, returns, T, medians, MVO_SHAPE_TRACE, &error), MVO_OK);
    check_matrix(made, expected, 1.0, 1e-10);
}

static void outliers_of_four_stocks(void **state)
{
    (void)state;
    static double distances[T], scores[T * N];
    size_t count = 0, largest = 0;
    double limit = 0.0;
    assert_int_equal(mvo_outliers_by_period(distances, &limit, &count, NULL, T, N, returns, T, 0.001, &error), MVO_OK);
    assert_int_equal(count, 126);
    assert_true(fabs(limit * limit - 18.46682695290317) < 1e-11);
    for (size_t t = 0; t < T; t++)
        largest = distances[t] > distances[largest] ? t : largest;
    assert_int_equal(largest, 2459 - 1); /* R counts from one */
    assert_true(fabs(distances[largest] - 12.3440525256732) < 1e-8);
    assert_int_equal(mvo_outliers_by_asset(scores, T, &count, NULL, T, N, returns, T, 3.5, &error), MVO_OK);
    assert_int_equal(count, 137);
    /* mad() of R, which has 1.4826 for 1.48260222: IBM's median is 0 */
    assert_true(fabs(returns[100] / scores[100] - 1.63632674805278 * 1.4826022185056 / 1.4826) < 1e-12);
}

/* Runs of three equal prices or more, by rle() of R. */
static void stale_prices_of_four_stocks(void **state)
{
    (void)state;
    static const size_t expected[N] = { 6, 10, 6, 7 };
    size_t count = 0, assets[64], lengths[64], found[N] = { 0 }, longest[N] = { 0 };
    assert_int_equal(mvo_stale_prices(&count, assets, NULL, lengths, 64, T + 1, N, prices, T + 1, 3, &error), MVO_OK);
    assert_int_equal(count, 29);
    for (size_t k = 0; k < count; k++) {
        found[assets[k]]++;
        longest[assets[k]] = lengths[k] > longest[assets[k]] ? lengths[k] : longest[assets[k]];
    }
    assert_memory_equal(found, expected, sizeof expected);
    assert_int_equal(longest[0], 3);
    assert_int_equal(longest[1], 5);
}

static void special_functions(void **state)
{
    (void)state;
    static const double x[] = { 0.1, 0.5, 1.0, 1.7, 3.0, 10.5, 14.99, 1e3, 1e6 };
    static const double log_gamma[] = { 2.25271265173421e+00,  5.72364942924700e-01, 0.0,
                                        -9.58076974070659e-02, 6.93147180559945e-01, 1.39406252194038e+01,
                                        2.51644811638255e+01,  5.90522042320918e+03, 1.28155045691476e+07 };
    static const double chi[][3] = { { 0.5, 4.0, 3.35669398003332 },        { 0.999, 4.0, 18.46682695290317 },
                                     { 0.01, 30.0, 14.95345652845544 },     { 1e-8, 1.0, 1.57079632679489e-16 },
                                     { 0.5, 1000.0, 9.99333412403381e+02 }, { 0.999999, 2.0, 2.76310211158710e+01 } };
    for (size_t k = 0; k < sizeof x / sizeof *x; k++)
        assert_true(fabs(mvoi_log_gamma(x[k]) - log_gamma[k]) <= 1e-14 * fmax(1.0, fabs(log_gamma[k])));
    for (size_t k = 0; k < sizeof chi / sizeof *chi; k++)
        if (!(fabs(mvoi_chi_square_quantile(chi[k][0], chi[k][1]) - chi[k][2]) <= 1e-11 * chi[k][2]))
            fail_msg("%g of %g: %.17g", chi[k][0], chi[k][1], mvoi_chi_square_quantile(chi[k][0], chi[k][1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(degrees_of_freedom_estimated), cmocka_unit_test(degrees_of_freedom_given),
        cmocka_unit_test(shape_of_four_stocks),         cmocka_unit_test(outliers_of_four_stocks),
        cmocka_unit_test(stale_prices_of_four_stocks),  cmocka_unit_test(special_functions),
    };
    return cmocka_run_group_tests(tests, read_prices, NULL);
}
