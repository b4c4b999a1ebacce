/* SPDX-License-Identifier: MIT */
/* Bad input to every argument of every covariance function: which status, which words, and nothing changed. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N = 6, K = 2, T = 9, MOST = 150 };

static double sigma[N * N], correlation[N * N], loadings[N * K], omega[K * K], returns[T * N];
static double volatility[N], specific[N];
static double large[MOST * (MOST + 1)];
static char mark;

static int setup(void **state)
{
    (void)state;
    random_stream stream = { 1 };
    for (size_t i = 0; i < N; i++) {
        volatility[i] = 0.1 + 0.01 * (double)i;
        specific[i] = 0.02;
        for (size_t j = 0; j < N; j++) {
            correlation[i + j * N] = i == j ? 1.0 : 0.25;
            sigma[i + j * N] = i == j ? 0.04 : 0.01;
        }
    }
    for (size_t i = 0; i < N * K; i++)
        loadings[i] = random_normal(&stream);
    for (size_t i = 0; i < K * K; i++)
        omega[i] = i % (K + 1) == 0 ? 1.0 : 0.5;
    for (size_t i = 0; i < T * N; i++)
        returns[i] = random_normal(&stream);
    return 0;
}

/* The last call's error, and a handle variable that a refusal must not touch. */
static mvo_error error;
static mvo_covariance *untouched;

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("got %s of %s[%d, %d] (%s); expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_int_equal(error.status, status);
    assert_true(error.message[0] != '\0');
    assert_ptr_equal(untouched, (mvo_covariance *)(void *)&mark);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void begin(void)
{
    setup(NULL);
    error = (mvo_error)MVO_ERROR_INIT;
    untouched = (mvo_covariance *)(void *)&mark;
}

static mvo_status dense(int32_t flags)
{
    return mvo_covariance_new_dense(&untouched, NULL, N, sigma, N, flags, &error);
}

static mvo_status correlated(int32_t flags)
{
    return mvo_covariance_new_correlation(&untouched, NULL, N, volatility, correlation, N, flags, &error);
}

static mvo_status factored(int32_t flags)
{
    return mvo_covariance_new_factor(&untouched, NULL, N, K, loadings, N, omega, K, specific, flags, &error);
}

static mvo_status sampled(int32_t flags)
{
    return mvo_covariance_new_returns(&untouched, NULL, T, N, returns, T, 1, flags, &error);
}

static void missing_pointers(void **state)
{
    (void)state;
    begin();
    expect(mvo_covariance_new_dense(NULL, NULL, N, sigma, N, 0, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_new_dense(&untouched, NULL, N, NULL, N, 0, &error), MVO_ERROR_NULL, "sigma", -1, -1);
    expect(mvo_covariance_new_correlation(NULL, NULL, N, volatility, correlation, N, 0, &error), MVO_ERROR_NULL,
           "covariance", -1, -1);
    expect(mvo_covariance_new_correlation(&untouched, NULL, N, NULL, correlation, N, 0, &error), MVO_ERROR_NULL,
           "volatility", -1, -1);
    expect(mvo_covariance_new_correlation(&untouched, NULL, N, volatility, NULL, N, 0, &error), MVO_ERROR_NULL,
           "correlation", -1, -1);
    expect(mvo_covariance_new_factor(NULL, NULL, N, K, loadings, N, omega, K, specific, 0, &error), MVO_ERROR_NULL,
           "covariance", -1, -1);
    expect(mvo_covariance_new_factor(&untouched, NULL, N, K, NULL, N, omega, K, specific, 0, &error), MVO_ERROR_NULL,
           "loadings", -1, -1);
    expect(mvo_covariance_new_factor(&untouched, NULL, N, K, loadings, N, omega, K, NULL, 0, &error), MVO_ERROR_NULL,
           "specific_variance", -1, -1);
    expect(mvo_covariance_new_returns(NULL, NULL, T, N, returns, T, 1, 0, &error), MVO_ERROR_NULL, "covariance", -1,
           -1);
    expect(mvo_covariance_new_returns(&untouched, NULL, T, N, NULL, T, 1, 0, &error), MVO_ERROR_NULL, "returns", -1,
           -1);
    /* Without an mvo_error the status alone is told. */
    assert_int_equal(mvo_covariance_new_dense(&untouched, NULL, N, NULL, N, 0, NULL), MVO_ERROR_NULL);
}

static void sizes_and_leading_dimensions(void **state)
{
    (void)state;
    const size_t huge = SIZE_MAX / 2;
    begin();
    expect(mvo_covariance_new_dense(&untouched, NULL, 0, sigma, N, 0, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(mvo_covariance_new_dense(&untouched, NULL, N, sigma, N - 1, 0, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_new_dense(&untouched, NULL, N, sigma, huge, 0, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_new_dense(&untouched, NULL, huge, sigma, huge, 0, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_new_dense(&untouched, NULL, SIZE_MAX, sigma, SIZE_MAX, 0, &error), MVO_ERROR_ARGUMENT, "ld",
           -1, -1);
    expect(mvo_covariance_new_correlation(&untouched, NULL, 0, volatility, correlation, N, 0, &error),
           MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(mvo_covariance_new_correlation(&untouched, NULL, N, volatility, correlation, N - 1, 0, &error),
           MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_new_correlation(&untouched, NULL, N, volatility, correlation, huge, 0, &error),
           MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_new_factor(&untouched, NULL, 0, K, loadings, N, omega, K, specific, 0, &error),
           MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(mvo_covariance_new_factor(&untouched, NULL, N, K, loadings, N - 1, omega, K, specific, 0, &error),
           MVO_ERROR_ARGUMENT, "ld_loadings", -1, -1);
    expect(mvo_covariance_new_factor(&untouched, NULL, N, huge, loadings, N, omega, huge, specific, 0, &error),
           MVO_ERROR_ARGUMENT, "ld_loadings", -1, -1);
    expect(mvo_covariance_new_factor(&untouched, NULL, N, K, loadings, N, omega, K - 1, specific, 0, &error),
           MVO_ERROR_ARGUMENT, "ld_factor", -1, -1);
    expect(mvo_covariance_new_factor(&untouched, NULL, N, K, loadings, N, omega, huge, specific, 0, &error),
           MVO_ERROR_ARGUMENT, "ld_factor", -1, -1);
    expect(mvo_covariance_new_returns(&untouched, NULL, T, 0, returns, T, 1, 0, &error), MVO_ERROR_ARGUMENT, "n", -1,
           -1);
    expect(mvo_covariance_new_returns(&untouched, NULL, T, N, returns, T - 1, 1, 0, &error), MVO_ERROR_ARGUMENT, "ld",
           -1, -1);
    expect(mvo_covariance_new_returns(&untouched, NULL, T, N, returns, huge, 1, 0, &error), MVO_ERROR_ARGUMENT, "ld",
           -1, -1);
    expect(mvo_covariance_new_returns(&untouched, NULL, T, N, returns, T, T, 0, &error), MVO_ERROR_ARGUMENT, "periods",
           -1, -1);
    expect(mvo_covariance_new_returns(&untouched, NULL, 0, N, returns, T, 0, 0, &error), MVO_ERROR_ARGUMENT, "periods",
           -1, -1);
    expect(mvo_covariance_new_returns(&untouched, NULL, T, N, returns, T, SIZE_MAX, 0, &error), MVO_ERROR_ARGUMENT,
           "periods", -1, -1);
}

static void flags_that_mean_nothing(void **state)
{
    (void)state;
    static const int32_t bad[] = { -1, 3, 4, 8, 32, MVO_BORROW | 3, MVO_BORROW | 32, INT32_MIN, INT32_MAX };
    begin();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        expect(dense(bad[i]), MVO_ERROR_ARGUMENT, "flags", -1, -1);
        expect(correlated(bad[i]), MVO_ERROR_ARGUMENT, "flags", -1, -1);
        expect(factored(bad[i]), MVO_ERROR_ARGUMENT, "flags", -1, -1);
        expect(sampled(bad[i]), MVO_ERROR_ARGUMENT, "flags", -1, -1);
    }
    for (int32_t level = MVO_CHECK_ALL; level <= MVO_CHECK_NONE; level++) {
        expect(correlated(level | MVO_BORROW), MVO_ERROR_ARGUMENT, "flags", -1, -1);
        expect(factored(level | MVO_BORROW), MVO_ERROR_ARGUMENT, "flags", -1, -1);
        expect(sampled(level | MVO_BORROW), MVO_ERROR_ARGUMENT, "flags", -1, -1);
    }
}

/* One NaN or infinity at each place of a matrix that has tiles of every kind, at each level that looks. */
static void a_nan_anywhere_in_a_dense_matrix(void **state)
{
    (void)state;
    static const double bad[] = { NAN, -NAN, INFINITY, -INFINITY };
    static const char *const words[] = { "nan", "nan", "inf", "-inf" };
    static const int32_t flags[] = { MVO_CHECK_ALL, MVO_CHECK_FINITE, MVO_CHECK_ALL | MVO_BORROW,
                                     MVO_CHECK_FINITE | MVO_BORROW };
    const size_t n = MOST, ld = MOST + 1;
    random_stream stream = { 2 };
    begin();
    for (size_t i = 0; i < n * ld; i++)
        large[i] = i % (ld + 1) == 0 ? 1.0 : 0.0;
    for (size_t place = 0; place < n * n; place += 1 + random_below(&stream, 12)) {
        const size_t i = place % n, j = place / n, kind = random_below(&stream, 4);
        const double before = large[i + j * ld];
        char expected[64];
        large[i + j * ld] = bad[kind];
        const mvo_status status =
            mvo_covariance_new_dense(&untouched, NULL, n, large, ld, flags[random_below(&stream, 4)], &error);
        snprintf(expected, sizeof expected, "sigma[%zu, %zu] is %s", i, j, words[kind]);
        assert_string_equal(error.message, expected);
        assert_true(isnan(bad[kind]) ? isnan(error.value) : error.value == bad[kind]);
        expect(status, MVO_ERROR_NOT_FINITE, "sigma", (int64_t)i, (int64_t)j);
        large[i + j * ld] = before;
    }
}

/* Likewise one element that is not what its mirror image is. */
static void asymmetry_anywhere_in_a_dense_matrix(void **state)
{
    (void)state;
    const size_t n = MOST;
    random_stream stream = { 3 };
    begin();
    for (size_t i = 0; i < n * n; i++)
        large[i] = i % (n + 1) == 0 ? 4e-8 : 1e-8;
    for (size_t place = 0; place < n * n; place += 1 + random_below(&stream, 12)) {
        const size_t i = place % n, j = place / n;
        const size_t low = i > j ? i : j, left = i > j ? j : i;
        if (i == j)
            continue;
        large[i + j * n] += 1.01e-10 * 4e-8;
        expect(mvo_covariance_new_dense(&untouched, NULL, n, large, n, MVO_CHECK_ALL, &error), MVO_ERROR_NOT_SYMMETRIC,
               "sigma", (int64_t)low, (int64_t)left);
        large[i + j * n] = nextafter(1e-8, 1.0);
        const mvo_status status =
            mvo_covariance_new_dense(&untouched, NULL, n, large, n, MVO_CHECK_ALL | MVO_BORROW, &error);
        assert_true(error.value == large[low + left * n] && error.limit == large[left + low * n]);
        expect(status, MVO_ERROR_NOT_SYMMETRIC, "sigma", (int64_t)low, (int64_t)left);
        large[i + j * n] = 1e-8;
    }
}

static void variances_and_riskless_rows(void **state)
{
    (void)state;
    begin();
    sigma[2 + 2 * N] = -1e-300;
    expect(dense(MVO_CHECK_ALL), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 2, 2);
    expect(dense(MVO_CHECK_FINITE), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 2, 2);
    expect(dense(MVO_CHECK_ALL | MVO_BORROW), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 2, 2);
    expect(dense(MVO_CHECK_FINITE | MVO_BORROW), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 2, 2);
    sigma[2 + 2 * N] = 0.0; /* a riskless asset whose row is not zero */
    expect(dense(MVO_CHECK_ALL), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 2, 0);
    expect(dense(MVO_CHECK_ALL | MVO_BORROW), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 2, 0);
    for (size_t i = 0; i < N; i++)
        sigma[i + 2 * N] = sigma[2 + i * N] = 0.0;
    sigma[2 + 4 * N] = 1e-10; /* above the diagonal, and the lower triangle alone is clean */
    expect(dense(MVO_CHECK_ALL), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 2, 4);
    sigma[2 + 4 * N] = sigma[4 + 2 * N] = 1e-18; /* rounding, which a copy can be freed of and borrowed memory cannot */
    expect(dense(MVO_CHECK_ALL | MVO_BORROW), MVO_ERROR_NOT_SEMIDEFINITE, "sigma", 4, 2);
    mvo_covariance *covariance = NULL;
    double copy[N * N];
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(copy, N, covariance, NULL), MVO_OK);
    for (size_t i = 0; i < N; i++)
        assert_true(copy[i + 2 * N] == 0.0 && copy[2 + i * N] == 0.0);
    mvo_covariance_unref(covariance);
}

static void correlations_that_are_none(void **state)
{
    (void)state;
    begin();
    volatility[3] = -1e-300;
    expect(correlated(MVO_CHECK_ALL), MVO_ERROR_ARGUMENT, "volatility", 3, -1);
    expect(correlated(MVO_CHECK_FINITE), MVO_ERROR_ARGUMENT, "volatility", 3, -1);
    volatility[3] = NAN;
    expect(correlated(MVO_CHECK_FINITE), MVO_ERROR_NOT_FINITE, "volatility", 3, -1);
    volatility[3] = 1e155; /* finite, but not as a variance */
    expect(correlated(MVO_CHECK_FINITE), MVO_ERROR_NOT_FINITE, "volatility", 3, -1);
    begin();
    correlation[1 + 1 * N] = 1.0 + 1.1e-10;
    expect(correlated(MVO_CHECK_ALL), MVO_ERROR_ARGUMENT, "correlation", 1, 1);
    correlation[1 + 1 * N] = NAN;
    expect(correlated(MVO_CHECK_ALL), MVO_ERROR_NOT_FINITE, "correlation", 1, 1);
    begin();
    correlation[4 + 1 * N] = correlation[1 + 4 * N] = -1.001;
    expect(correlated(MVO_CHECK_ALL), MVO_ERROR_ARGUMENT, "correlation", 4, 1);
    begin();
    correlation[1 + 4 * N] = 0.26;
    expect(correlated(MVO_CHECK_ALL), MVO_ERROR_NOT_SYMMETRIC, "correlation", 4, 1);
    correlation[1 + 4 * N] = INFINITY;
    expect(correlated(MVO_CHECK_FINITE), MVO_ERROR_NOT_FINITE, "correlation", 1, 4);
    begin();
    correlation[4 + 1 * N] = correlation[1 + 4 * N] = 1e308; /* trusted, but the product is not a number */
    volatility[4] = volatility[1] = 2.0;
    expect(correlated(MVO_CHECK_FINITE), MVO_ERROR_NOT_FINITE, "correlation", 4, 1);
    /* Within 1e-10 a diagonal is a one. */
    begin();
    mvo_covariance *covariance = NULL;
    correlation[1 + 1 * N] = 1.0 - 0.9e-10;
    assert_int_equal(
        mvo_covariance_new_correlation(&covariance, NULL, N, volatility, correlation, N, MVO_CHECK_ALL, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
}

static void factor_models_that_are_none(void **state)
{
    (void)state;
    for (int32_t level = MVO_CHECK_ALL; level <= MVO_CHECK_FINITE; level++) {
        begin();
        loadings[5 + 1 * N] = NAN;
        expect(factored(level), MVO_ERROR_NOT_FINITE, "loadings", 5, 1);
        begin();
        omega[0 + 1 * K] = -INFINITY;
        expect(factored(level), MVO_ERROR_NOT_FINITE, "factor_covariance", 0, 1);
        begin();
        omega[1 + 1 * K] = -1.0;
        expect(factored(level), MVO_ERROR_NOT_SEMIDEFINITE, "factor_covariance", 1, 1);
        begin();
        specific[4] = NAN;
        expect(factored(level), MVO_ERROR_NOT_FINITE, "specific_variance", 4, -1);
        begin();
        specific[4] = -1e-20;
        expect(factored(level), MVO_ERROR_NOT_SEMIDEFINITE, "specific_variance", 4, -1);
        begin();
        loadings[3] = 1e200;
        expect(factored(level), MVO_ERROR_NOT_FINITE, "loadings", 3, -1);
    }
    begin();
    omega[0 + 1 * K] = 0.4;
    expect(factored(MVO_CHECK_ALL), MVO_ERROR_NOT_SYMMETRIC, "factor_covariance", 1, 0);
    /* What is trusted is taken: the lower triangle of an Omega that is not symmetric, loadings that are not looked at.
     */
    mvo_covariance *covariance = NULL;
    assert_int_equal(
        mvo_covariance_new_factor(&covariance, NULL, N, K, loadings, N, omega, K, specific, MVO_CHECK_FINITE, NULL),
        MVO_OK);
    mvo_covariance_unref(covariance);
    loadings[0] = omega[0] = specific[0] = NAN;
    assert_int_equal(
        mvo_covariance_new_factor(&covariance, NULL, N, K, loadings, N, omega, K, specific, MVO_CHECK_NONE, NULL),
        MVO_OK);
    mvo_covariance_unref(covariance);
}

static void tables_with_gaps(void **state)
{
    (void)state;
    for (size_t t = 0; t < T; t++) {
        begin();
        returns[t + 3 * T] = t % 2 ? NAN : INFINITY;
        expect(sampled(MVO_CHECK_ALL), MVO_ERROR_NOT_FINITE, "returns", (int64_t)t, 3);
        expect(sampled(MVO_CHECK_FINITE), MVO_ERROR_NOT_FINITE, "returns", (int64_t)t, 3);
        mvo_covariance *covariance = NULL;
        assert_int_equal(mvo_covariance_new_returns(&covariance, NULL, T, N, returns, T, 1, MVO_CHECK_NONE, NULL),
                         MVO_OK);
        mvo_covariance_unref(covariance);
    }
    begin();
    returns[2 + 3 * T] = 1e200; /* finite, its variance is not */
    expect(sampled(MVO_CHECK_ALL), MVO_ERROR_NOT_FINITE, "returns", -1, 3);
}

static void questions_badly_put(void **state)
{
    (void)state;
    mvo_covariance *covariance = NULL;
    double out[2 * N * N], before[2 * N * N], w[N] = { 0.5, 0.5, 0.0, 0.0, 0.0, 0.0 };
    begin();
    for (size_t i = 0; i < 2 * N * N; i++)
        out[i] = before[i] = (double)i;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL), MVO_OK);
    expect(mvo_covariance_multiply(NULL, covariance, w, &error), MVO_ERROR_NULL, "product", -1, -1);
    expect(mvo_covariance_multiply(out, NULL, w, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_multiply(out, covariance, NULL, &error), MVO_ERROR_NULL, "x", -1, -1);
    expect(mvo_covariance_variance(NULL, covariance, w, &error), MVO_ERROR_NULL, "variance", -1, -1);
    expect(mvo_covariance_variance(out, NULL, w, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_variance(out, covariance, NULL, &error), MVO_ERROR_NULL, "weights", -1, -1);
    expect(mvo_covariance_volatility(NULL, covariance, w, &error), MVO_ERROR_NULL, "volatility", -1, -1);
    expect(mvo_covariance_volatility(out, NULL, w, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_volatility(out, covariance, NULL, &error), MVO_ERROR_NULL, "weights", -1, -1);
    expect(mvo_covariance_risk_contributions(out, out + N, NULL, w, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_risk_contributions(out, out + N, covariance, NULL, &error), MVO_ERROR_NULL, "weights", -1,
           -1);
    expect(mvo_covariance_volatilities(NULL, covariance, &error), MVO_ERROR_NULL, "volatilities", -1, -1);
    expect(mvo_covariance_volatilities(out, NULL, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_matrix(NULL, N, covariance, &error), MVO_ERROR_NULL, "sigma", -1, -1);
    expect(mvo_covariance_matrix(out, N, NULL, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_matrix(out, N - 1, covariance, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_matrix(out, SIZE_MAX / 2, covariance, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_correlation(NULL, N, covariance, &error), MVO_ERROR_NULL, "correlation", -1, -1);
    expect(mvo_covariance_correlation(out, N, NULL, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_covariance_correlation(out, N - 1, covariance, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_covariance_correlation(out, SIZE_MAX / 2, covariance, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    static const double bad[] = { NAN, INFINITY, -INFINITY };
    for (size_t i = 0; i < 3; i++) {
        w[4] = bad[i];
        expect(mvo_covariance_multiply(out, covariance, w, &error), MVO_ERROR_NOT_FINITE, "x", 4, -1);
        expect(mvo_covariance_variance(out, covariance, w, &error), MVO_ERROR_NOT_FINITE, "weights", 4, -1);
        expect(mvo_covariance_volatility(out, covariance, w, &error), MVO_ERROR_NOT_FINITE, "weights", 4, -1);
        expect(mvo_covariance_risk_contributions(out, out + N, covariance, w, &error), MVO_ERROR_NOT_FINITE, "weights",
               4, -1);
    }
    assert_memory_equal(out, before, sizeof out);
    mvo_covariance_unref(covariance);
    assert_int_equal(mvo_covariance_size(NULL), 0);
    assert_int_equal(mvo_covariance_rank_bound(NULL), 0);
    assert_null(mvo_covariance_ref(NULL));
    mvo_covariance_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_pointers),
        cmocka_unit_test(sizes_and_leading_dimensions),
        cmocka_unit_test(flags_that_mean_nothing),
        cmocka_unit_test(a_nan_anywhere_in_a_dense_matrix),
        cmocka_unit_test(asymmetry_anywhere_in_a_dense_matrix),
        cmocka_unit_test(variances_and_riskless_rows),
        cmocka_unit_test(correlations_that_are_none),
        cmocka_unit_test(factor_models_that_are_none),
        cmocka_unit_test(tables_with_gaps),
        cmocka_unit_test(questions_badly_put),
    };
    return cmocka_run_group_tests_name("covariance: refusals", tests, NULL, NULL);
}
