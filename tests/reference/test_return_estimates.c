/* SPDX-License-Identifier: MIT */
/*
 * Published figures about expected returns: the cases of cases/expected.json about means and Black-Litterman, each its
 * own test under the case's id, and columns of full precision that PyPortfolioOpt computed (cases/derived). Inputs,
 * expected figures and tolerances are read from the files; what a case means is written here by hand.
 */
#include "support/data.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define CASES "cases/expected.json"
#define PRICES "cases/pypfopt/stock_prices.csv"
#define INDEX "cases/pypfopt/spy_prices.csv"
#define DERIVED "cases/derived/pypfopt_expected_returns.csv"

enum { MOST = 32, TRADING_DAYS = 252 };

static void near_to(const char *what, double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s: %.17g, expected %.17g within %g", what, found, expected, tolerance);
}

/* A case, opened by its id; skipped with the file. */
typedef struct opened {
    json_t *root;
    const json_t *inputs, *expected;
    double tolerance;
} opened;

static opened open_case(const char *id)
{
    data_require(CASES, id);
    opened o = { data_read_json(CASES), NULL, NULL, 0.0 };
    size_t i;
    json_t *each;
    json_array_foreach(data_member(o.root, "cases"), i, each)
    {
        if (strcmp(json_string_value(data_member(each, "id")), id) != 0)
            continue;
        o.inputs = data_member(each, "inputs");
        o.expected = data_member(each, "expected");
        o.tolerance = data_number(data_member(each, "tol"));
        return o;
    }
    fail_msg("no case %s", id);
    return o;
}

/* ------------------------------------------------------------------------------------------- means */

/* The prices of one asset from its first day to its last; returns how many. */
static size_t history(double *prices, const double *column, size_t height)
{
    size_t count = 0;
    for (size_t t = 0; t < height; t++)
        if (!isnan(column[t]))
            prices[count++] = column[t];
    return count;
}

typedef mvo_status (*mean_of)(double *mu, size_t periods, const double *returns);

static mvo_status geometric(double *mu, size_t periods, const double *returns)
{
    const mvo_status status = mvo_mean_geometric(mu, periods, 1, returns, periods, NULL);
    return status == MVO_OK ? mvo_annualise_growth(mu, 1, mu, TRADING_DAYS, NULL) : status;
}

static mvo_status arithmetic(double *mu, size_t periods, const double *returns)
{
    const mvo_status status = mvo_mean_arithmetic(mu, periods, 1, returns, periods, NULL);
    return status == MVO_OK ? mvo_annualise_mean(mu, 1, mu, TRADING_DAYS, NULL) : status;
}

/* A span of 500 periods: decay 499 / 501. */
static mvo_status exponential(double *mu, size_t periods, const double *returns)
{
    const double half_life = log(2.0) / log(501.0 / 499.0);
    const mvo_status status = mvo_mean_exponential(mu, periods, 1, returns, periods, half_life, NULL);
    return status == MVO_OK ? mvo_annualise_growth(mu, 1, mu, TRADING_DAYS, NULL) : status;
}

/* One asset after the other, since their histories differ in length. */
static void yearly_means(double *mu, const data_table *prices, mean_of mean)
{
    double *own = calloc(2 * prices->height, sizeof *own);
    assert_non_null(own);
    for (size_t j = 0; j < prices->width; j++) {
        double *returns = own + prices->height;
        const size_t periods = history(own, prices->values + j * prices->height, prices->height) - 1;
        assert_int_equal(
            mvo_returns_from_prices(returns, periods, periods, 1, own, periods + 1, MVO_RETURNS_SIMPLE, NULL), MVO_OK);
        assert_int_equal(mean(&mu[j], periods, returns), MVO_OK);
    }
    free(own);
}

static void pypfopt_mu_hist(void **state)
{
    (void)state;
    double mu[MOST];
    opened o = open_case("pypfopt.mu_hist");
    data_table *prices = data_read_csv_with_gaps(PRICES);
    yearly_means(mu, prices, geometric);
    assert_int_equal(json_object_size(o.expected), prices->width);
    for (size_t j = 0; j < prices->width; j++)
        near_to(prices->names[j], mu[j], data_number(data_member(o.expected, prices->names[j])), o.tolerance);
    data_table_free(prices);
    json_decref(o.root);
}

static void pypfopt_means_in_full_precision(void **state)
{
    (void)state;
    static const char *const columns[3] = { "mu_hist_geometric", "mu_hist_arithmetic", "mu_ema" };
    static const mean_of means[3] = { geometric, arithmetic, exponential };
    double mu[MOST];
    data_require(DERIVED, "PyPortfolioOpt's means");
    data_require(PRICES, "PyPortfolioOpt's means");
    data_table *prices = data_read_csv_with_gaps(PRICES), *derived = data_read_csv(DERIVED);
    for (size_t kind = 0; kind < 3; kind++) {
        const double *expected = data_table_column(derived, columns[kind]);
        yearly_means(mu, prices, means[kind]);
        for (size_t j = 0; j < prices->width; j++)
            near_to(columns[kind], mu[j], expected[j], 1e-12);
    }
    data_table_free(derived);
    data_table_free(prices);
}

/* The fourth column has negative prices: refused by name, while its returns - ratios are still ratios - have means. */
static void pypfopt_mu_dummy(void **state)
{
    (void)state;
    double prices[5 * 4], returns[4 * 4], mu[4], expected[4];
    opened o = open_case("pypfopt.mu_dummy");
    const json_t *lines = data_member(o.inputs, "prices");
    assert_int_equal(json_array_size(lines), 5);
    for (size_t t = 0; t < 5; t++) {
        double line[4];
        assert_int_equal(data_vector(json_array_get(lines, t), line, 4), 4);
        for (size_t j = 0; j < 4; j++)
            prices[t + j * 5] = line[j];
    }
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_returns_from_prices(returns, 4, 4, 4, prices, 5, MVO_RETURNS_SIMPLE, &error),
                     MVO_ERROR_ARGUMENT);
    assert_string_equal(error.argument, "prices");
    assert_int_equal(error.row, 0);
    assert_int_equal(error.column, 3);
    assert_true(error.value == -12.0);
    assert_int_equal(mvo_returns_from_prices(returns, 4, 4, 3, prices, 5, MVO_RETURNS_SIMPLE, &error), MVO_OK);
    for (size_t t = 0; t < 4; t++)
        returns[t + 12] = prices[t + 16] / prices[t + 15] - 1.0;
    assert_int_equal(mvo_mean_geometric(mu, 4, 4, returns, 4, NULL), MVO_OK);
    assert_int_equal(data_vector(data_member(o.expected, "geometric"), expected, 4), 4);
    for (size_t j = 0; j < 4; j++)
        near_to("geometric", mu[j], expected[j], o.tolerance);
    assert_int_equal(mvo_mean_arithmetic(mu, 4, 4, returns, 4, NULL), MVO_OK);
    assert_int_equal(data_vector(data_member(o.expected, "arithmetic"), expected, 4), 4);
    for (size_t j = 0; j < 4; j++)
        near_to("arithmetic", mu[j], expected[j], o.tolerance);
    json_decref(o.root);
}

/* ------------------------------------------------------------------------------------------- CAPM */

/* Prices of the index on the stocks' dates from `first` on. */
static void align(double *prices, const data_table *index, const data_table *stocks, size_t first)
{
    size_t i = 0;
    for (size_t t = first; t < stocks->height; t++) {
        while (i < index->height && strcmp(index->labels[i], stocks->labels[t]) < 0)
            i++;
        assert_true(i < index->height && strcmp(index->labels[i], stocks->labels[t]) == 0);
        prices[t - first] = index->values[i];
    }
}

/* Column mu_capm_spy, rf = 0.02: for the stocks that have prices as far back as the index. */
static void pypfopt_capm(void **state)
{
    (void)state;
    data_require(DERIVED, "PyPortfolioOpt's CAPM");
    data_require(PRICES, "PyPortfolioOpt's CAPM");
    data_table *stocks = data_read_csv_with_gaps(PRICES), *index = data_read_csv(INDEX);
    data_table *derived = data_read_csv(DERIVED);
    const double *expected = data_table_column(derived, "mu_capm_spy");
    size_t first = 0, compared = 0;
    while (strcmp(stocks->labels[first], index->labels[0]) < 0)
        first++;
    const size_t days = stocks->height - first, periods = days - 1;
    double *room = calloc(4 * days, sizeof *room);
    assert_non_null(room);
    double *market = room + days, *returns = room + 2 * days, growth = 0.0;
    align(room, index, stocks, first);
    assert_int_equal(mvo_returns_from_prices(market, periods, periods, 1, room, days, MVO_RETURNS_SIMPLE, NULL), 0);
    assert_int_equal(mvo_mean_geometric(&growth, periods, 1, market, periods, NULL), MVO_OK);
    assert_int_equal(mvo_annualise_growth(&growth, 1, &growth, TRADING_DAYS, NULL), MVO_OK);
    for (size_t j = 0; j < stocks->width; j++) {
        double beta = 0.0, mu = 0.0;
        const double *column = stocks->values + first + j * stocks->height;
        if (isnan(column[0]))
            continue;
        assert_int_equal(mvo_returns_from_prices(returns, periods, periods, 1, column, days, MVO_RETURNS_SIMPLE, NULL),
                         MVO_OK);
        assert_int_equal(mvo_capm_betas(&beta, periods, 1, returns, periods, market, NULL), MVO_OK);
        assert_int_equal(mvo_capm_returns(&mu, 1, &beta, growth, 0.02, NULL), MVO_OK);
        near_to(stocks->names[j], mu, expected[j], 1e-12);
        compared++;
    }
    assert_true(compared >= 10);
    free(room);
    data_table_free(derived);
    data_table_free(index);
    data_table_free(stocks);
}

/* --------------------------------------------------------------------- PyPortfolioOpt's Black-Litterman */

static void pypfopt_bl_delta(void **state)
{
    (void)state;
    opened o = open_case("pypfopt.bl_delta");
    data_table *prices = data_read_csv(INDEX);
    const size_t periods = prices->height - 1;
    double *returns = calloc(periods, sizeof *returns), mean = 0.0, variance = 0.0, delta = 0.0;
    const double one = 1.0;
    mvo_covariance *market = NULL;
    assert_non_null(returns);
    assert_int_equal(
        mvo_returns_from_prices(returns, periods, periods, 1, prices->values, periods + 1, MVO_RETURNS_SIMPLE, NULL),
        MVO_OK);
    assert_int_equal(mvo_mean_arithmetic(&mean, periods, 1, returns, periods, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_returns(&market, NULL, periods, 1, returns, periods, 1, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_variance(&variance, market, &one, NULL), MVO_OK);
    assert_int_equal(mvo_implied_risk_aversion(&delta, mean * TRADING_DAYS - 0.02, variance * TRADING_DAYS, NULL),
                     MVO_OK);
    near_to("delta", delta, data_number(o.expected), o.tolerance);
    mvo_covariance_unref(market);
    free(returns);
    data_table_free(prices);
    json_decref(o.root);
}

/* The twenty stocks' covariance and pi = delta Sigma w_mkt + 0.02; names stay with the table. */
static mvo_covariance *twenty_stocks(double *pi, data_table **table)
{
    double weights[MOST], sum = 0.0;
    mvo_covariance *sigma = NULL;
    opened o = open_case("pypfopt.bl_pi");
    data_table *matrix = data_read_csv("cases/derived/pypfopt_sample_cov.csv");
    const size_t n = matrix->width;
    assert_int_equal(matrix->height, n);
    for (size_t j = 0; j < n; j++)
        sum += weights[j] = data_number(data_member(data_member(o.inputs, "mcaps"), matrix->names[j]));
    for (size_t j = 0; j < n; j++)
        weights[j] /= sum;
    assert_int_equal(mvo_covariance_new_dense(&sigma, NULL, n, matrix->values, n, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_implied_returns(pi, sigma, weights, data_number(data_member(o.inputs, "delta")), NULL), 0);
    for (size_t j = 0; j < n; j++)
        pi[j] += data_number(data_member(o.inputs, "rf"));
    *table = matrix;
    json_decref(o.root);
    return sigma;
}

static void pypfopt_bl_pi(void **state)
{
    (void)state;
    double pi[MOST];
    data_table *table = NULL;
    opened o = open_case("pypfopt.bl_pi");
    mvo_covariance *sigma = twenty_stocks(pi, &table);
    for (size_t j = 0; j < table->width; j++)
        near_to(table->names[j], pi[j], data_number(data_member(o.expected, table->names[j])), o.tolerance);
    mvo_covariance_unref(sigma);
    data_table_free(table);
    json_decref(o.root);
}

/* x = A^-1 b by Gaussian elimination with row exchanges, for the tests alone; A is n-by-n and destroyed. */
static void solve(double *A, double *b, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        size_t best = c;
        for (size_t i = c + 1; i < n; i++)
            best = fabs(A[i + c * n]) > fabs(A[best + c * n]) ? i : best;
        for (size_t j = 0; j < n; j++) {
            const double swap = A[c + j * n];
            A[c + j * n] = A[best + j * n];
            A[best + j * n] = swap;
        }
        const double swap = b[c];
        b[c] = b[best];
        b[best] = swap;
        for (size_t i = c + 1; i < n; i++) {
            const double ratio = A[i + c * n] / A[c + c * n];
            for (size_t j = c; j < n; j++)
                A[i + j * n] -= ratio * A[c + j * n];
            b[i] -= ratio * b[c];
        }
    }
    for (size_t c = n; c-- > 0;) {
        for (size_t j = c + 1; j < n; j++)
            b[c] -= A[c + j * n] * b[j];
        b[c] /= A[c + c * n];
    }
}

/* weights = (delta Sigma)^-1 mu */
static void unconstrained(double *weights, const mvo_covariance *sigma, const double *mu, double delta)
{
    double A[MOST * MOST];
    const size_t n = mvo_covariance_size(sigma);
    assert_int_equal(mvo_covariance_matrix(A, n, sigma, NULL), MVO_OK);
    for (size_t i = 0; i < n; i++)
        weights[i] = mu[i] / delta;
    solve(A, weights, n);
}

static void pypfopt_bl_market_prior(void **state)
{
    (void)state;
    double pi[MOST], mu[MOST], w[MOST], views[4 * MOST] = { 0 }, q[4], risk = 0.0, gain = 0.0, sum = 0.0;
    size_t k = 0;
    data_table *table = NULL;
    opened o = open_case("pypfopt.bl_market_prior");
    mvo_covariance *sigma = twenty_stocks(pi, &table), *posterior = NULL;
    const size_t n = table->width;
    for (size_t j = 0; j < n; j++) {
        const json_t *view = json_object_get(data_member(o.inputs, "views"), table->names[j]);
        if (!view)
            continue;
        views[k + j * 4] = 1.0;
        q[k++] = data_number(view);
    }
    assert_int_equal(k, 4);
    assert_int_equal(mvo_black_litterman(mu, &posterior, NULL, sigma, pi, data_number(data_member(o.inputs, "tau")), 4,
                                         views, 4, q, NULL, 0, NULL),
                     MVO_OK);
    unconstrained(w, sigma, mu, 1.0);
    for (size_t j = 0; j < n; j++)
        sum += w[j];
    for (size_t j = 0; j < n; j++) {
        w[j] /= sum;
        gain += w[j] * mu[j];
    }
    assert_int_equal(mvo_covariance_volatility(&risk, posterior, w, NULL), MVO_OK);
    near_to("return", gain, data_number(data_member(o.expected, "ret")), o.tolerance);
    near_to("volatility", risk, data_number(data_member(o.expected, "vol")), o.tolerance);
    near_to("Sharpe ratio", (gain - 0.02) / risk, data_number(data_member(o.expected, "sharpe")), 10.0 * o.tolerance);
    mvo_covariance_unref(posterior);
    mvo_covariance_unref(sigma);
    data_table_free(table);
    json_decref(o.root);
}

static void pypfopt_idzorek_linear(void **state)
{
    (void)state;
    enum { N = 5 };
    double confidences[6], expected[6], identity[N * N] = { 0 }, prior[N], q[N];
    opened o = open_case("pypfopt.idzorek_linear");
    mvo_covariance *sigma = NULL;
    for (size_t i = 0; i < N; i++) {
        identity[i * (N + 1)] = 1.0;
        prior[i] = data_number(data_member(o.inputs, "pi"));
        q[i] = 0.3;
    }
    assert_int_equal(data_vector(data_member(o.inputs, "conf"), confidences, 6), 6);
    assert_int_equal(data_vector(o.expected, expected, 6), 6);
    assert_int_equal(mvo_covariance_new_dense(&sigma, NULL, N, identity, N, MVO_CHECK_ALL, NULL), MVO_OK);
    for (size_t c = 0; c < 6; c++) {
        double confidence[N], omega[N], mu[N];
        for (size_t i = 0; i < N; i++)
            confidence[i] = confidences[c];
        assert_int_equal(mvo_view_variances(omega, sigma, 0.05, N, identity, N, confidence, NULL), MVO_OK);
        assert_int_equal(mvo_black_litterman(mu, NULL, NULL, sigma, prior, 0.05, N, identity, N, q, omega, 0, NULL), 0);
        for (size_t i = 0; i < N; i++)
            near_to("posterior mean", mu[i], expected[c], o.tolerance);
    }
    mvo_covariance_unref(sigma);
    json_decref(o.root);
}

/* -------------------------------------------------------------------------------- He & Litterman 1999 */

typedef struct seven {
    mvo_covariance *sigma;
    double delta, tau, weights[7], pi[7], view[7];
} seven;

static seven seven_countries(const opened *o)
{
    seven s = {
        NULL, data_number(data_member(o->inputs, "delta")), data_number(data_member(o->inputs, "tau")), { 0 }, { 0 },
        { 0 }
    };
    double volatility[7], correlation[49];
    assert_int_equal(data_vector(data_member(o->inputs, "vol"), volatility, 7), 7);
    assert_int_equal(data_matrix(data_member(o->inputs, "corr"), correlation, 49), 7);
    assert_int_equal(data_vector(data_member(o->inputs, "w_mkt"), s.weights, 7), 7);
    assert_int_equal(data_vector(data_member(o->inputs, "P_view1"), s.view, 7), 7);
    assert_int_equal(mvo_covariance_new_correlation(&s.sigma, NULL, 7, volatility, correlation, 7, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    assert_int_equal(mvo_implied_returns(s.pi, s.sigma, s.weights, s.delta, NULL), MVO_OK);
    return s;
}

static void hl1999_equilibrium(void **state)
{
    (void)state;
    double expected[7];
    opened o = open_case("hl1999.equilibrium");
    seven s = seven_countries(&o);
    assert_int_equal(data_vector(o.expected, expected, 7), 7);
    for (size_t i = 0; i < 7; i++)
        near_to("pi in percent", 100.0 * s.pi[i], expected[i], o.tolerance);
    mvo_covariance_unref(s.sigma);
    json_decref(o.root);
}

/* The optimal weights are taken with the posterior covariance. */
static void hl1999_view1(void **state)
{
    (void)state;
    const double q = 0.05;
    double mu[7], w[7], expected[7], sum = 0.0;
    mvo_covariance *posterior = NULL;
    opened o = open_case("hl1999.view1");
    seven s = seven_countries(&o);
    assert_int_equal(mvo_black_litterman(mu, &posterior, NULL, s.sigma, s.pi, s.tau, 1, s.view, 1, &q, NULL, 0, NULL),
                     MVO_OK);
    unconstrained(w, posterior, mu, s.delta);
    assert_int_equal(data_vector(data_member(o.expected, "w"), expected, 7), 7);
    for (size_t i = 0; i < 7; i++) {
        near_to("weight", w[i], expected[i], o.tolerance);
        sum += w[i];
    }
    near_to("sum of weights", sum, data_number(data_member(o.expected, "sum_w")), o.tolerance);
    assert_int_equal(data_vector(data_member(o.expected, "mu_pct"), expected, 7), 7);
    for (size_t i = 0; i < 7; i++)
        near_to("mu in percent", 100.0 * mu[i], expected[i], 0.05); /* printed with one decimal */
    mvo_covariance_unref(posterior);
    mvo_covariance_unref(s.sigma);
    json_decref(o.root);
}

/* -------------------------------------------------------------------------------------- Idzorek 2005 */

static void vector_near(const char *what, const double *found, double scale, const json_t *expected, double tolerance)
{
    double x[MOST];
    const size_t n = data_vector(expected, x, MOST);
    for (size_t i = 0; i < n; i++)
        near_to(what, scale * found[i], x[i], tolerance);
}

/* Tables 1 to 6; view variances are printed with six decimals, everything else is in percent. */
static void idzorek2005_full(void **state)
{
    (void)state;
    enum { N = 8, K = 3 };
    double sigma[N * N], w[N], pi[N], mu[N], q[K], omega[K], views[K * N], variance = 0.0, delta = 0.0;
    mvo_covariance *covariance = NULL;
    opened o = open_case("idzorek2005.full");
    const double tau = data_number(data_member(o.inputs, "tau"));
    assert_int_equal(data_matrix(data_member(o.inputs, "Sigma"), sigma, N * N), N);
    assert_int_equal(data_vector(data_member(o.inputs, "w_mkt"), w, N), N);
    assert_int_equal(data_vector(data_member(o.inputs, "Q"), q, K), K);
    for (size_t v = 0; v < K; v++) {
        double line[N];
        assert_int_equal(data_vector(json_array_get(data_member(o.inputs, "P"), v), line, N), N);
        for (size_t j = 0; j < N; j++)
            views[v + j * K] = line[j];
    }
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_variance(&variance, covariance, w, NULL), MVO_OK);
    assert_int_equal(mvo_implied_risk_aversion(&delta, 0.03, variance, NULL), MVO_OK);
    near_to("lambda", delta, 3.0657737652268473, 1e-12);
    assert_int_equal(mvo_implied_returns(pi, covariance, w, delta, NULL), MVO_OK);
    vector_near("pi", pi, 100.0, data_member(o.expected, "pi_pct"), o.tolerance);
    assert_int_equal(mvo_view_variances(omega, covariance, tau, K, views, K, NULL, NULL), MVO_OK);
    vector_near("view variance", omega, 1.0 / tau, data_member(o.expected, "view_variances"), 1e-6);
    vector_near("omega", omega, 1.0, data_member(o.expected, "omega_diag"), 1e-6);
    assert_int_equal(mvo_black_litterman(mu, NULL, NULL, covariance, pi, tau, K, views, K, q, omega, 0, NULL), MVO_OK);
    vector_near("posterior mean", mu, 100.0, data_member(o.expected, "mu_post_pct"), o.tolerance);
    unconstrained(w, covariance, mu, delta);
    vector_near("weight", w, 100.0, data_member(o.expected, "w_pct"), o.tolerance);
    mvo_covariance_unref(covariance);
    json_decref(o.root);
}

/* ------------------------------------------------------------------------------------------ skfolio */

/* Figures of skfolio's own tests (skfolio/skfolio, tests/test_moment/test_expected_returns.py) on its twenty stocks
   from 2014 on. */
static const double skfolio_equilibrium[20] = {
    /* delta = 1, equal weights */
    1.39281815e-04, 2.24154782e-04, 1.69252898e-04, 1.58471289e-04, 1.54063130e-04, 1.55075717e-04, 1.23265081e-04,
    8.27725049e-05, 1.52196578e-04, 8.34019782e-05, 1.00899188e-04, 8.80173294e-05, 1.37526282e-04, 8.88137066e-05,
    9.35022944e-05, 8.03837339e-05, 2.14880096e-04, 1.22283550e-04, 7.42303223e-05, 1.36071903e-04,
};
static const double skfolio_bayes_stein[20] = {
    /* towards the grand mean */
    0.00083316, 0.00121765, 0.00062585, 0.00069574, 0.00059267, 0.00032106, 0.00072612,
    0.0005743,  0.00064394, 0.00054106, 0.00085955, 0.00063233, 0.00082896, 0.00060548,
    0.00058674, 0.00057395, 0.00046004, 0.00084015, 0.00056038, 0.00052971,
};
static const double skfolio_towards_minimum_variance[20] = {
    /* by another intensity */
    9.26914220e-04, 1.62077956e-03, 5.52795992e-04, 6.78932369e-04, 4.92930159e-04, 2.78050083e-06, 7.33759246e-04,
    4.59776711e-04, 5.85445448e-04, 3.99791018e-04, 9.74546792e-04, 5.64490839e-04, 9.19348060e-04, 5.16050971e-04,
    4.82231436e-04, 4.59149253e-04, 2.53573366e-04, 9.39536323e-04, 4.34664640e-04, 3.79302697e-04,
};

/* The number that means were shrunk towards: shrunk = (1 - s) mean + s target, by the assets of largest and least mean.
 */
static double target_of(const double *shrunk, const double *mean, size_t n)
{
    size_t least = 0, most = 0;
    for (size_t j = 0; j < n; j++) {
        least = mean[j] < mean[least] ? j : least;
        most = mean[j] > mean[most] ? j : most;
    }
    const double kept = (shrunk[most] - shrunk[least]) / (mean[most] - mean[least]);
    return (shrunk[most] - kept * mean[most]) / (1.0 - kept);
}

/*
 * skfolio shrinks by Jorion's intensity towards the grand mean, and by another one towards the minimum-variance
 * portfolio's. The first knows the same distance as James-Stein's intensity, s = (n - 2) / (T d), asked for as if there
 * were a hundred times the periods so that it stays below 1; the second the same target as Jorion's.
 */
static void skfolio_shrinkage(void **state)
{
    (void)state;
    enum { N = 20 };
    double mean[N], mu[N], weights[N], grand = 0.0, s = 0.0, target = 0.0;
    mvo_covariance *sigma = NULL;
    data_require("cases/skfolio/sp500_dataset.csv", "skfolio's shrunk means");
    data_table *prices = data_read_csv("cases/skfolio/sp500_dataset.csv");
    size_t first = 0;
    assert_int_equal(prices->width, N);
    while (strcmp(prices->labels[first], "2014-01-01") < 0)
        first++;
    const size_t periods = prices->height - first - 1;
    double *returns = calloc(periods * N, sizeof *returns);
    assert_non_null(returns);
    assert_int_equal(mvo_returns_from_prices(returns, periods, periods, N, prices->values + first, prices->height,
                                             MVO_RETURNS_SIMPLE, NULL),
                     MVO_OK);
    assert_int_equal(mvo_mean_arithmetic(mean, periods, N, returns, periods, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_returns(&sigma, NULL, periods, N, returns, periods, 1, 0, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++) {
        weights[j] = 1.0 / N;
        grand += mean[j] / N;
    }
    assert_int_equal(mvo_implied_returns(mu, sigma, weights, 1.0, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++)
        near_to("equilibrium", mu[j], skfolio_equilibrium[j], 1e-12);
    assert_int_equal(mvo_mean_james_stein(mu, &s, sigma, mean, 100 * periods, grand, NULL), MVO_OK);
    assert_true(s < 1.0);
    const double jorion = (N + 2) / (N + 2 + (N - 2) / (100.0 * s));
    for (size_t j = 0; j < N; j++)
        near_to("Bayes-Stein", mean[j] + jorion * (grand - mean[j]), skfolio_bayes_stein[j], 5.1e-9);
    assert_int_equal(mvo_mean_bayes_stein(mu, &s, &target, sigma, mean, periods, MVO_STEIN_AS_GIVEN, NULL), MVO_OK);
    near_to("target", target, target_of(skfolio_towards_minimum_variance, mean, N), 1e-9);
    mvo_covariance_unref(sigma);
    free(returns);
    data_table_free(prices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pypfopt_mu_hist),         cmocka_unit_test(pypfopt_means_in_full_precision),
        cmocka_unit_test(pypfopt_mu_dummy),        cmocka_unit_test(pypfopt_capm),
        cmocka_unit_test(pypfopt_bl_delta),        cmocka_unit_test(pypfopt_bl_pi),
        cmocka_unit_test(pypfopt_bl_market_prior), cmocka_unit_test(pypfopt_idzorek_linear),
        cmocka_unit_test(hl1999_equilibrium),      cmocka_unit_test(hl1999_view1),
        cmocka_unit_test(idzorek2005_full),        cmocka_unit_test(skfolio_shrinkage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
