/* SPDX-License-Identifier: MIT */
/* Bad input to every argument of every function about expected returns: which status, which words, nothing changed. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 4, T = 5, K = 2 };

static mvo_covariance *sigma;
static double table[(T + 1) * N], vector[N], series[T], views[K * N], q[K], omega[K * K], confidence[K];
static double out[(T + 1) * N], scalar, other;
static mvo_covariance *untouched;
static char mark;
static mvo_error error;

static void begin(void)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        table[i] = 0.5 + 0.125 * (double)((5 * i) % 7);
    for (size_t i = 0; i < N; i++)
        vector[i] = 0.1 * (double)i + 0.1;
    for (size_t t = 0; t < T; t++)
        series[t] = 0.01 * (double)(t * t);
    for (size_t i = 0; i < K * N; i++)
        views[i] = i % (K + 1) == 0 ? 1.0 : 0.0;
    for (size_t i = 0; i < K; i++) {
        q[i] = 0.1;
        confidence[i] = 0.5;
    }
    omega[0] = omega[3] = 1.0;
    omega[1] = omega[2] = 0.25;
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        out[i] = 7.0;
    scalar = other = 7.0;
    untouched = (mvo_covariance *)(void *)&mark;
    error = (mvo_error)MVO_ERROR_INIT;
}

static int setup(void **state)
{
    (void)state;
    double matrix[N * N];
    for (size_t i = 0; i < N * N; i++)
        matrix[i] = i % (N + 1) == 0 ? 1.0 : 0.25;
    begin();
    return mvo_covariance_new_dense(&sigma, NULL, N, matrix, N, 0, NULL) == MVO_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    mvo_covariance_unref(sigma);
    return 0;
}

/* The refusal as it must be; then everything is as at the beginning. */
static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("got %s of %s[%d, %d] (%s); expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_int_equal(error.status, status);
    assert_true(error.message[0] != '\0');
    assert_ptr_equal(untouched, (mvo_covariance *)(void *)&mark);
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        assert_true(out[i] == 7.0);
    assert_true(scalar == 7.0 && other == 7.0);
    begin();
}

static const double strange[3] = { NAN, INFINITY, -INFINITY };

/* ------------------------------------------------------------------------------------------ tables */

/* A function of a table, in one shape: outputs `out`, input `in`. */
typedef mvo_status (*of_table)(double *to, size_t periods, size_t n, const double *in, size_t ld);

static mvo_status arithmetic(double *to, size_t periods, size_t n, const double *in, size_t ld)
{
    return mvo_mean_arithmetic(to, periods, n, in, ld, &error);
}

static mvo_status geometric(double *to, size_t periods, size_t n, const double *in, size_t ld)
{
    return mvo_mean_geometric(to, periods, n, in, ld, &error);
}

static mvo_status exponential(double *to, size_t periods, size_t n, const double *in, size_t ld)
{
    return mvo_mean_exponential(to, periods, n, in, ld, 3.0, &error);
}

static mvo_status to_log(double *to, size_t periods, size_t n, const double *in, size_t ld)
{
    return mvo_returns_to_log(to, T + 1, periods, n, in, ld, &error);
}

static mvo_status to_simple(double *to, size_t periods, size_t n, const double *in, size_t ld)
{
    return mvo_returns_to_simple(to, T + 1, periods, n, in, ld, &error);
}

static mvo_status betas(double *to, size_t periods, size_t n, const double *in, size_t ld)
{
    return mvo_capm_betas(to, periods, n, in, ld, series, &error);
}

static void tables(void **state)
{
    (void)state;
    static const struct {
        of_table call;
        const char *output, *input, *ld;
    } all[] = { { arithmetic, "mu", "returns", "ld" },
                { geometric, "mu", "returns", "ld" },
                { exponential, "mu", "returns", "ld" },
                { to_log, "log_returns", "returns", "ld" },
                { to_simple, "returns", "log_returns", "ld_log" },
                { betas, "betas", "returns", "ld" } };
    for (size_t f = 0; f < sizeof all / sizeof *all; f++) {
        begin();
        expect(all[f].call(NULL, T, N, table, T), MVO_ERROR_NULL, all[f].output, -1, -1);
        expect(all[f].call(out, T, N, NULL, T), MVO_ERROR_NULL, all[f].input, -1, -1);
        expect(all[f].call(out, 0, N, table, T), MVO_ERROR_ARGUMENT, "periods", -1, -1);
        expect(all[f].call(out, T, 0, table, T), MVO_ERROR_ARGUMENT, "n", -1, -1);
        expect(all[f].call(out, T, N, table, T - 1), MVO_ERROR_ARGUMENT, all[f].ld, -1, -1);
        expect(all[f].call(out, T, N, table, SIZE_MAX / 2), MVO_ERROR_ARGUMENT, all[f].ld, -1, -1);
        for (size_t s = 0; s < 3; s++) {
            table[3 + 2 * T] = strange[s];
            expect(all[f].call(out, T, N, table, T), MVO_ERROR_NOT_FINITE, all[f].input, 3, 2);
        }
    }
    /* what overflows, and what has no logarithm */
    table[T] = 1.7e308;
    table[T + 1] = 1.7e308;
    expect(arithmetic(out, T, N, table, T), MVO_ERROR_NOT_FINITE, "returns", -1, 1);
    table[T] = 1.7e308;
    table[T + 1] = 1.7e308;
    expect(betas(out, T, N, table, T), MVO_ERROR_NOT_FINITE, "returns", -1, 1);
}

static void losses_of_more_than_all(void **state)
{
    (void)state;
    begin();
    table[2 + T] = -1.0;
    expect(to_log(out, T, N, table, T), MVO_ERROR_ARGUMENT, "returns", 2, 1);
    table[2 + T] = -1.5;
    expect(to_log(out, T, N, table, T), MVO_ERROR_ARGUMENT, "returns", 2, 1);
    table[2 + T] = -1.5;
    expect(geometric(out, T, N, table, T), MVO_ERROR_ARGUMENT, "returns", 2, 1);
    table[2 + T] = 710.0;
    expect(to_simple(out, T, N, table, T), MVO_ERROR_NOT_FINITE, "log_returns", 2, 1);
    expect(mvo_returns_to_log(out, T - 1, T, N, table, T, &error), MVO_ERROR_ARGUMENT, "ld_log", -1, -1);
    expect(mvo_returns_to_simple(out, T - 1, T, N, table, T, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    vector[1] = -1.25;
    expect(mvo_annualise_growth(out, N, vector, 2, &error), MVO_ERROR_ARGUMENT, "growth", 1, -1);
    vector[1] = 1e10;
    expect(mvo_annualise_growth(out, N, vector, 252, &error), MVO_ERROR_NOT_FINITE, "growth", 1, -1);
}

static mvo_status from_prices(size_t periods, size_t n, size_t ld_returns, size_t ld_prices, int32_t kind)
{
    return mvo_returns_from_prices(out, ld_returns, periods, n, table, ld_prices, kind, &error);
}

static void prices(void **state)
{
    (void)state;
    begin();
    expect(mvo_returns_from_prices(NULL, T, T, N, table, T + 1, 0, &error), MVO_ERROR_NULL, "returns", -1, -1);
    expect(mvo_returns_from_prices(out, T, T, N, NULL, T + 1, 0, &error), MVO_ERROR_NULL, "prices", -1, -1);
    expect(from_prices(0, N, T, T + 1, 0), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    expect(from_prices(SIZE_MAX, N, T, T + 1, 0), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    expect(from_prices(T, 0, T, T + 1, 0), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(from_prices(T, N, T - 1, T + 1, 0), MVO_ERROR_ARGUMENT, "ld_returns", -1, -1);
    expect(from_prices(T, N, T, T, 0), MVO_ERROR_ARGUMENT, "ld_prices", -1, -1);
    expect(from_prices(T, N, T, T + 1, 2), MVO_ERROR_ARGUMENT, "kind", -1, -1);
    expect(from_prices(T, N, T, T + 1, -1), MVO_ERROR_ARGUMENT, "kind", -1, -1);
    for (int32_t kind = MVO_RETURNS_SIMPLE; kind <= MVO_RETURNS_LOG; kind++) {
        for (size_t s = 0; s < 3; s++) {
            table[5 + 3 * (T + 1)] = strange[s];
            expect(from_prices(T, N, T, T + 1, kind), MVO_ERROR_NOT_FINITE, "prices", 5, 3);
        }
        table[2 + (T + 1)] = 0.0;
        expect(from_prices(T, N, T, T + 1, kind), MVO_ERROR_ARGUMENT, "prices", 2, 1);
        table[2 + (T + 1)] = -3.0;
        assert_int_equal(from_prices(T, N, T, T + 1, kind), MVO_ERROR_ARGUMENT);
        assert_string_equal(error.message, "prices[2, 1] is -3, but a price is positive");
        assert_true(error.value == -3.0);
        expect(from_prices(T, N, T, T + 1, kind), MVO_ERROR_ARGUMENT, "prices", 2, 1);
    }
    table[0] = 1e-308;
    table[1] = 1e300;
    expect(from_prices(T, N, T, T + 1, MVO_RETURNS_SIMPLE), MVO_ERROR_NOT_FINITE, "prices", 1, 0);
}

/* ----------------------------------------------------------------------------------------- numbers */

static void numbers(void **state)
{
    (void)state;
    begin();
    expect(mvo_mean_exponential(out, T, N, table, T, NAN, &error), MVO_ERROR_NOT_FINITE, "half_life", -1, -1);
    expect(mvo_mean_exponential(out, T, N, table, T, -HUGE_VAL, &error), MVO_ERROR_ARGUMENT, "half_life", -1, -1);
    for (size_t s = 0; s < 3; s++) {
        expect(mvo_mean_james_stein(out, &scalar, sigma, vector, T, strange[s], &error), MVO_ERROR_NOT_FINITE, "target",
               -1, -1);
        expect(mvo_capm_returns(out, N, vector, strange[s], 0.0, &error), MVO_ERROR_NOT_FINITE, "market_return", -1,
               -1);
        expect(mvo_capm_returns(out, N, vector, 0.0, strange[s], &error), MVO_ERROR_NOT_FINITE, "rf", -1, -1);
        expect(mvo_implied_risk_aversion(&scalar, strange[s], 1.0, &error), MVO_ERROR_NOT_FINITE, "excess_return", -1,
               -1);
        expect(mvo_implied_risk_aversion(&scalar, 1.0, strange[s], &error), MVO_ERROR_NOT_FINITE, "variance", -1, -1);
        expect(mvo_implied_returns(out, sigma, vector, strange[s], &error), MVO_ERROR_NOT_FINITE, "risk_aversion", -1,
               -1);
        expect(mvo_annualise_mean(out, N, vector, strange[s], &error), MVO_ERROR_NOT_FINITE, "periods_per_year", -1,
               -1);
    }
    for (int negative = 0; negative <= 1; negative++) {
        const double bad = negative ? -1.0 : 0.0;
        expect(mvo_mean_exponential(out, T, N, table, T, bad, &error), MVO_ERROR_ARGUMENT, "half_life", -1, -1);
        expect(mvo_implied_risk_aversion(&scalar, bad, 1.0, &error), MVO_ERROR_ARGUMENT, "excess_return", -1, -1);
        expect(mvo_implied_risk_aversion(&scalar, 1.0, bad, &error), MVO_ERROR_ARGUMENT, "variance", -1, -1);
        expect(mvo_annualise_mean(out, N, vector, bad, &error), MVO_ERROR_ARGUMENT, "periods_per_year", -1, -1);
        expect(mvo_annualise_volatility(out, N, vector, bad, &error), MVO_ERROR_ARGUMENT, "periods_per_year", -1, -1);
        expect(mvo_annualise_growth(out, N, vector, bad, &error), MVO_ERROR_ARGUMENT, "periods_per_year", -1, -1);
    }
    expect(mvo_implied_returns(out, sigma, vector, -1.0, &error), MVO_ERROR_ARGUMENT, "risk_aversion", -1, -1);
    expect(mvo_implied_risk_aversion(NULL, 1.0, 1.0, &error), MVO_ERROR_NULL, "risk_aversion", -1, -1);
    expect(mvo_implied_risk_aversion(&scalar, 1e300, 1e-300, &error), MVO_ERROR_NOT_FINITE, "variance", -1, -1);
}

/* ----------------------------------------------------------------------------------------- vectors */

static void vectors(void **state)
{
    (void)state;
    begin();
    expect(mvo_capm_returns(NULL, N, vector, 0.1, 0.0, &error), MVO_ERROR_NULL, "mu", -1, -1);
    expect(mvo_capm_returns(out, 0, vector, 0.1, 0.0, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(mvo_capm_returns(out, N, NULL, 0.1, 0.0, &error), MVO_ERROR_NULL, "betas", -1, -1);
    vector[2] = 1e300;
    expect(mvo_capm_returns(out, N, vector, 1e300, 0.0, &error), MVO_ERROR_NOT_FINITE, "betas", 2, -1);
    vector[2] = NAN;
    expect(mvo_capm_returns(out, N, vector, 0.1, 0.0, &error), MVO_ERROR_NOT_FINITE, "betas", 2, -1);
    expect(mvo_capm_betas(out, T, N, table, T, NULL, &error), MVO_ERROR_NULL, "market", -1, -1);
    series[1] = NAN;
    expect(mvo_capm_betas(out, T, N, table, T, series, &error), MVO_ERROR_NOT_FINITE, "market", 1, -1);
    for (size_t t = 0; t < T; t++)
        series[t] = 0.1;
    expect(mvo_capm_betas(out, T, N, table, T, series, &error), MVO_ERROR_ARGUMENT, "market", -1, -1);
    expect(mvo_capm_betas(out, 1, N, table, T, series, &error), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    /* loadings: the table read as N-by-K */
    expect(mvo_factor_returns(NULL, N, K, table, N, q, NULL, &error), MVO_ERROR_NULL, "mu", -1, -1);
    expect(mvo_factor_returns(out, 0, K, table, N, q, NULL, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(mvo_factor_returns(out, N, 0, table, N, q, NULL, &error), MVO_ERROR_ARGUMENT, "k", -1, -1);
    expect(mvo_factor_returns(out, N, K, NULL, N, q, NULL, &error), MVO_ERROR_NULL, "loadings", -1, -1);
    expect(mvo_factor_returns(out, N, K, table, N - 1, q, NULL, &error), MVO_ERROR_ARGUMENT, "ld_loadings", -1, -1);
    expect(mvo_factor_returns(out, N, K, table, N, NULL, NULL, &error), MVO_ERROR_NULL, "premia", -1, -1);
    table[1 + N] = NAN;
    expect(mvo_factor_returns(out, N, K, table, N, q, NULL, &error), MVO_ERROR_NOT_FINITE, "loadings", 1, 1);
    q[1] = NAN;
    expect(mvo_factor_returns(out, N, K, table, N, q, NULL, &error), MVO_ERROR_NOT_FINITE, "premia", 1, -1);
    vector[3] = INFINITY;
    expect(mvo_factor_returns(out, N, K, table, N, q, vector, &error), MVO_ERROR_NOT_FINITE, "alpha", 3, -1);
    table[2] = 1e300;
    q[0] = 1e300;
    expect(mvo_factor_returns(out, N, K, table, N, q, NULL, &error), MVO_ERROR_NOT_FINITE, "loadings", 2, -1);
    expect(mvo_implied_returns(NULL, sigma, vector, 1.0, &error), MVO_ERROR_NULL, "excess_returns", -1, -1);
    expect(mvo_implied_returns(out, NULL, vector, 1.0, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_implied_returns(out, sigma, NULL, 1.0, &error), MVO_ERROR_NULL, "weights", -1, -1);
    vector[0] = NAN;
    expect(mvo_implied_returns(out, sigma, vector, 1.0, &error), MVO_ERROR_NOT_FINITE, "weights", 0, -1);
    static mvo_status (*const annual[3])(double *, size_t, const double *, double,
                                         mvo_error *) = { mvo_annualise_mean, mvo_annualise_volatility,
                                                          mvo_annualise_growth };
    static const char *const names[3] = { "means", "volatilities", "growth" };
    for (size_t f = 0; f < 3; f++) {
        expect(annual[f](NULL, N, vector, 252, &error), MVO_ERROR_NULL, "annual", -1, -1);
        expect(annual[f](out, 0, vector, 252, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
        expect(annual[f](out, N, NULL, 252, &error), MVO_ERROR_NULL, names[f], -1, -1);
        vector[1] = NAN;
        expect(annual[f](out, N, vector, 252, &error), MVO_ERROR_NOT_FINITE, names[f], 1, -1);
        vector[1] = 1e308;
        expect(annual[f](out, N, vector, 252, &error), MVO_ERROR_NOT_FINITE, names[f], 1, -1);
    }
}

static void shrinkage(void **state)
{
    (void)state;
    const double two[4] = { 1, 0, 0, 1 };
    mvo_covariance *pair = NULL;
    begin();
    expect(mvo_mean_james_stein(NULL, &scalar, sigma, vector, T, 0, &error), MVO_ERROR_NULL, "mu", -1, -1);
    expect(mvo_mean_james_stein(out, &scalar, NULL, vector, T, 0, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_mean_james_stein(out, &scalar, sigma, NULL, T, 0, &error), MVO_ERROR_NULL, "mean", -1, -1);
    expect(mvo_mean_james_stein(out, &scalar, sigma, vector, 0, 0, &error), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    vector[2] = NAN;
    expect(mvo_mean_james_stein(out, &scalar, sigma, vector, T, 0, &error), MVO_ERROR_NOT_FINITE, "mean", 2, -1);
    assert_int_equal(mvo_covariance_new_dense(&pair, NULL, 2, two, 2, 0, NULL), MVO_OK);
    expect(mvo_mean_james_stein(out, &scalar, pair, vector, T, 0, &error), MVO_ERROR_ARGUMENT, "covariance", -1, -1);
    mvo_covariance_unref(pair);
    expect(mvo_mean_bayes_stein(NULL, &scalar, &other, sigma, vector, 9, 1, &error), MVO_ERROR_NULL, "mu", -1, -1);
    expect(mvo_mean_bayes_stein(out, &scalar, &other, NULL, vector, 9, 1, &error), MVO_ERROR_NULL, "covariance", -1,
           -1);
    expect(mvo_mean_bayes_stein(out, &scalar, &other, sigma, NULL, 9, 1, &error), MVO_ERROR_NULL, "mean", -1, -1);
    expect(mvo_mean_bayes_stein(out, &scalar, &other, sigma, vector, 0, 0, &error), MVO_ERROR_ARGUMENT, "periods", -1,
           -1);
    expect(mvo_mean_bayes_stein(out, &scalar, &other, sigma, vector, N + 2, 1, &error), MVO_ERROR_ARGUMENT, "periods",
           -1, -1);
    expect(mvo_mean_bayes_stein(out, &scalar, &other, sigma, vector, 1, 1, &error), MVO_ERROR_ARGUMENT, "periods", -1,
           -1);
    expect(mvo_mean_bayes_stein(out, &scalar, &other, sigma, vector, 9, 2, &error), MVO_ERROR_ARGUMENT, "correction",
           -1, -1);
    vector[0] = INFINITY;
    expect(mvo_mean_bayes_stein(out, &scalar, &other, sigma, vector, 9, 1, &error), MVO_ERROR_NOT_FINITE, "mean", 0,
           -1);
}

/* ------------------------------------------------------------------------------------------- views */

static mvo_status posterior(double tau, size_t ld_views, const double *variances, size_t ld_omega)
{
    return mvo_black_litterman(out, &untouched, NULL, sigma, vector, tau, K, views, ld_views, q, variances, ld_omega,
                               &error);
}

static void black_litterman(void **state)
{
    (void)state;
    begin();
    expect(mvo_black_litterman(out, &untouched, NULL, NULL, vector, 1, K, views, K, q, NULL, 0, &error), MVO_ERROR_NULL,
           "covariance", -1, -1);
    expect(mvo_black_litterman(out, &untouched, NULL, sigma, NULL, 1, K, views, K, q, NULL, 0, &error), MVO_ERROR_NULL,
           "prior", -1, -1);
    expect(mvo_black_litterman(out, &untouched, NULL, sigma, vector, 1, K, NULL, K, q, NULL, 0, &error), MVO_ERROR_NULL,
           "views", -1, -1);
    expect(mvo_black_litterman(out, &untouched, NULL, sigma, vector, 1, K, views, K, NULL, NULL, 0, &error),
           MVO_ERROR_NULL, "view_returns", -1, -1);
    expect(posterior(0.0, K, NULL, 0), MVO_ERROR_ARGUMENT, "tau", -1, -1);
    expect(posterior(-0.1, K, NULL, 0), MVO_ERROR_ARGUMENT, "tau", -1, -1);
    expect(posterior(NAN, K, NULL, 0), MVO_ERROR_NOT_FINITE, "tau", -1, -1);
    expect(posterior(1, K - 1, NULL, 0), MVO_ERROR_ARGUMENT, "ld_views", -1, -1);
    expect(posterior(1, SIZE_MAX / 2, NULL, 0), MVO_ERROR_ARGUMENT, "ld_views", -1, -1);
    vector[3] = NAN;
    expect(posterior(1, K, NULL, 0), MVO_ERROR_NOT_FINITE, "prior", 3, -1);
    views[1 + 2 * K] = INFINITY;
    expect(posterior(1, K, NULL, 0), MVO_ERROR_NOT_FINITE, "views", 1, 2);
    q[1] = NAN;
    expect(posterior(1, K, NULL, 0), MVO_ERROR_NOT_FINITE, "view_returns", 1, -1);
    omega[1] = NAN;
    expect(posterior(1, K, omega, 0), MVO_ERROR_NOT_FINITE, "omega", 1, -1);
    omega[1] = -0.5;
    expect(posterior(1, K, omega, 0), MVO_ERROR_ARGUMENT, "omega", 1, -1);
    omega[1] = -INFINITY;
    expect(posterior(1, K, omega, 0), MVO_ERROR_ARGUMENT, "omega", 1, -1);
    expect(posterior(1, K, omega, 1), MVO_ERROR_ARGUMENT, "ld_omega", -1, -1);
    omega[3] = INFINITY;
    expect(posterior(1, K, omega, K), MVO_ERROR_NOT_FINITE, "omega", 1, 1);
    omega[1] = 0.5;
    expect(posterior(1, K, omega, K), MVO_ERROR_NOT_SYMMETRIC, "omega", 1, 0);
    omega[1] = omega[2] = 2.0;
    expect(posterior(1, K, omega, K), MVO_ERROR_NOT_SEMIDEFINITE, "omega", -1, -1);
    /* without an mvo_error the status alone is told */
    assert_int_equal(mvo_black_litterman(out, NULL, NULL, sigma, vector, -1, K, views, K, q, NULL, 0, NULL),
                     MVO_ERROR_ARGUMENT);
}

static void variances_and_implied_views(void **state)
{
    (void)state;
    begin();
    expect(mvo_view_variances(NULL, sigma, 1, K, views, K, NULL, &error), MVO_ERROR_NULL, "variances", -1, -1);
    expect(mvo_view_variances(out, NULL, 1, K, views, K, NULL, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(mvo_view_variances(out, sigma, 1, K, NULL, K, NULL, &error), MVO_ERROR_NULL, "views", -1, -1);
    expect(mvo_view_variances(out, sigma, 0, K, views, K, NULL, &error), MVO_ERROR_ARGUMENT, "tau", -1, -1);
    expect(mvo_view_variances(out, sigma, NAN, K, views, K, NULL, &error), MVO_ERROR_NOT_FINITE, "tau", -1, -1);
    expect(mvo_view_variances(out, sigma, 1, 0, views, K, NULL, &error), MVO_ERROR_ARGUMENT, "k", -1, -1);
    expect(mvo_view_variances(out, sigma, 1, K, views, K - 1, NULL, &error), MVO_ERROR_ARGUMENT, "ld_views", -1, -1);
    views[0] = NAN;
    expect(mvo_view_variances(out, sigma, 1, K, views, K, NULL, &error), MVO_ERROR_NOT_FINITE, "views", 0, 0);
    confidence[1] = 1.0 + 1e-12;
    expect(mvo_view_variances(out, sigma, 1, K, views, K, confidence, &error), MVO_ERROR_ARGUMENT, "confidence", 1, -1);
    confidence[0] = -1e-12;
    expect(mvo_view_variances(out, sigma, 1, K, views, K, confidence, &error), MVO_ERROR_ARGUMENT, "confidence", 0, -1);
    confidence[0] = NAN;
    expect(mvo_view_variances(out, sigma, 1, K, views, K, confidence, &error), MVO_ERROR_NOT_FINITE, "confidence", 0,
           -1);
    expect(mvo_implied_views(out, out + 8, NULL, vector, 1, vector, K, views, K, &error), MVO_ERROR_NULL, "covariance",
           -1, -1);
    expect(mvo_implied_views(out, out + 8, sigma, NULL, 1, vector, K, views, K, &error), MVO_ERROR_NULL, "weights", -1,
           -1);
    expect(mvo_implied_views(out, out + 8, sigma, vector, -1, vector, K, views, K, &error), MVO_ERROR_ARGUMENT,
           "risk_aversion", -1, -1);
    expect(mvo_implied_views(out, out + 8, sigma, vector, 1, NULL, K, views, K, &error), MVO_ERROR_NULL, "prior", -1,
           -1);
    expect(mvo_implied_views(out, out + 8, sigma, vector, 1, vector, 0, views, K, &error), MVO_ERROR_ARGUMENT, "k", -1,
           -1);
    expect(mvo_implied_views(out, out + 8, sigma, vector, 1, vector, K, NULL, K, &error), MVO_ERROR_NULL, "views", -1,
           -1);
    expect(mvo_implied_views(out, out + 8, sigma, vector, 1, vector, K, views, 1, &error), MVO_ERROR_ARGUMENT,
           "ld_views", -1, -1);
    views[3] = NAN;
    expect(mvo_implied_views(out, out + 8, sigma, vector, 1, vector, K, views, K, &error), MVO_ERROR_NOT_FINITE,
           "views", 1, 1);
    vector[1] = NAN;
    expect(mvo_implied_views(out, out + 8, sigma, table, 1, vector, K, views, K, &error), MVO_ERROR_NOT_FINITE, "prior",
           1, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),          cmocka_unit_test(losses_of_more_than_all),
        cmocka_unit_test(prices),          cmocka_unit_test(numbers),
        cmocka_unit_test(vectors),         cmocka_unit_test(shrinkage),
        cmocka_unit_test(black_litterman), cmocka_unit_test(variances_and_implied_views),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
