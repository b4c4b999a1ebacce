/* SPDX-License-Identifier: MIT */
/* Volatility and correlation forecasts: what can be worked out by hand, invariances, and every bad argument. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { T = 400, N = 3 };

static double returns[T * N];
static mvo_error error = MVO_ERROR_INIT;

/* GARCH(1,1) with alpha = 0.1, beta = 0.85, and a common part between the columns. */
static int draw(void **state)
{
    (void)state;
    random_stream stream = { 7 };
    double h[N] = { 1.0, 4.0, 0.25 };
    const double omega[N] = { 0.05, 0.2, 0.0125 };
    for (size_t t = 0; t < T; t++) {
        const double common = random_normal(&stream);
        for (size_t j = 0; j < N; j++) {
            const double e = sqrt(h[j]) * (0.6 * common + 0.8 * random_normal(&stream));
            returns[t + j * T] = e + 0.05;
            h[j] = omega[j] + 0.1 * e * e + 0.85 * h[j];
        }
    }
    return 0;
}

/* The likelihood as the header states it. */
static double likelihood_of(const double *p, const double *x, size_t periods, double *h)
{
    double level = 0.0, sum = 0.0;
    for (size_t t = 0; t < periods; t++)
        level += (x[t] - p[0]) * (x[t] - p[0]) / (double)periods;
    double now = p[1] + (p[2] + p[3]) * level;
    for (size_t t = 0; t < periods; t++) {
        const double e = x[t] - p[0];
        h[t] = now;
        sum -= 0.5 * (log(6.283185307179586) + log(now) + e * e / now);
        now = p[1] + p[2] * e * e + p[3] * now;
    }
    h[periods] = now;
    return sum;
}

static void garch_maximises_the_likelihood(void **state)
{
    (void)state;
    double p[4], h[T + 1], own[T + 1], likelihood = 0.0;
    for (int32_t mean = 0; mean <= 1; mean++)
        for (size_t j = 0; j < N; j++) {
            const double *x = returns + j * T;
            assert_int_equal(mvo_garch_fit(p, &likelihood, h, NULL, T, x, mean, &error), MVO_OK);
            const double expected = likelihood_of(p, x, T, own);
            assert_true(fabs(likelihood - expected) <= 1e-9 * fabs(expected));
            for (size_t t = 0; t <= T; t++)
                assert_true(fabs(h[t] - own[t]) <= 1e-12 * own[t]);
            assert_true(p[1] > 0.0 && p[2] >= 0.0 && p[3] >= 0.0 && p[2] + p[3] < 1.0);
            assert_true(mean || p[0] == 0.0);
            for (int k = mean ? 0 : 1; k < 4; k++)
                for (int side = -1; side <= 1; side += 2)
                    for (double step = 1e-4; step < 0.1; step *= 10.0) {
                        double moved[4];
                        memcpy(moved, p, sizeof p);
                        moved[k] += side * step * (k < 2 ? fabs(p[k]) : 1.0);
                        if (moved[2] >= 0.0 && moved[3] >= 0.0 && moved[2] + moved[3] < 1.0)
                            assert_true(likelihood_of(moved, x, T, own) <= likelihood + 1e-9);
                    }
        }
}

/* Units: returns in millionths or in thousands give the same fit in those units. */
static void garch_knows_no_units(void **state)
{
    (void)state;
    static const double units[] = { 1e-6, 1e3, 1e-150, 1e100 };
    double p[4], scaled[4], x[T];
    assert_int_equal(mvo_garch_fit(p, NULL, NULL, NULL, T, returns, MVO_MEAN_ESTIMATED, NULL), MVO_OK);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (size_t t = 0; t < T; t++)
            x[t] = units[u] * returns[t];
        assert_int_equal(mvo_garch_fit(scaled, NULL, NULL, NULL, T, x, MVO_MEAN_ESTIMATED, NULL), MVO_OK);
        assert_true(fabs(scaled[0] / units[u] - p[0]) <= 1e-6 * fabs(p[0]));
        assert_true(fabs(scaled[1] / units[u] / units[u] - p[1]) <= 1e-6 * p[1]);
        assert_true(fabs(scaled[2] - p[2]) <= 1e-6 && fabs(scaled[3] - p[3]) <= 1e-6);
    }
}

static void forecasts_by_hand(void **state)
{
    (void)state;
    static const double p[4] = { 0.1, 0.5, 0.25, 0.5 }; /* long-run variance 0.5 / (1 - 0.75) = 2 */
    double ahead[4] = { 0.0, 0.0, 0.0, 7.0 };
    assert_int_equal(mvo_garch_forecast(ahead, 3, p, 4.0, &error), MVO_OK);
    assert_true(ahead[0] == 4.0 && ahead[1] == 3.5 && ahead[2] == 3.125 && ahead[3] == 7.0);
    assert_int_equal(mvo_garch_forecast(ahead, 0, p, 4.0, &error), MVO_OK);
    assert_true(ahead[0] == 4.0);
}

/* alpha + beta = 2 doubles the variance each period; what is beyond doubles is said before anything is written. */
static void forecasts_overflow(void **state)
{
    (void)state;
    static const double p[4] = { 0.0, 0.0, 1.0, 1.0 };
    double ahead[4] = { 7.0, 7.0, 7.0, 7.0 };
    assert_int_equal(mvo_garch_forecast(ahead, 3, p, 0x1p1021, &error), MVO_OK);
    assert_true(ahead[0] == 0x1p1021 && ahead[2] == 0x1p1023 && ahead[3] == 7.0);
    ahead[0] = 7.0;
    assert_int_equal(mvo_garch_forecast(ahead, 4, p, 0x1p1021, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "horizon");
    assert_int_equal(error.row, 3);
    assert_true(ahead[0] == 7.0 && ahead[3] == 7.0);
    error = (mvo_error)MVO_ERROR_INIT;
}

/* One horizon of 1 / ln 2 periods halves the weight each period: 1/4, 1/2, 1 over 7/4. */
static void horizons_by_hand(void **state)
{
    (void)state;
    static const double x[6] = { 1.0, 3.0, -1.0, 2.0, -2.0, 4.0 };
    const double tau = 1.0 / 0.69314718055994530942;
    double sigma[4];
    mvo_covariance *made = NULL;
    assert_int_equal(mvo_covariance_new_riskmetrics2006(&made, NULL, 3, 2, x, 3, tau, tau, 100.0, &error), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, 2, made, NULL), MVO_OK);
    mvo_covariance_unref(made);
    assert_true(fabs(sigma[0] - 23.0 / 7.0) < 1e-14 && fabs(sigma[1] + 26.0 / 7.0) < 1e-14 &&
                fabs(sigma[3] - 76.0 / 7.0) < 2e-14 && sigma[1] == sigma[2]);
    /* Horizons 2 and 2 sqrt 2 with a cutoff of 4 count 1/2 and 1/4: e^(-age/2) of (1 - ...) and so on, for two periods.
     */
    const double a = exp(-0.5), b = exp(-0.5 / sqrt(2.0));
    const double old = (2.0 * a / (1.0 + a) + b / (1.0 + b)) / 3.0;
    assert_int_equal(mvo_covariance_new_riskmetrics2006(&made, NULL, 2, 1, x, 2, 2.0, 3.0, 4.0, &error), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, 1, made, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_rank_bound(made), 1);
    mvo_covariance_unref(made);
    assert_true(fabs(sigma[0] - (old * 1.0 + (1.0 - old) * 9.0)) < 1e-14);
}

/* The diagonal of DCC is what GARCH forecasts; a table of one asset is GARCH alone. */
static void dcc_contains_garch(void **state)
{
    (void)state;
    double ab[2], garch[4 * N], likelihood = 0.0, h[T + 1], sigma[N * N], alone = 0.0, p[4];
    mvo_covariance *made = NULL;
    assert_int_equal(
        mvo_covariance_new_dcc(&made, ab, garch, &likelihood, NULL, T, N, returns, T, MVO_MEAN_ZERO, &error), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, N, made, NULL), MVO_OK);
    mvo_covariance_unref(made);
    double sum = 0.0;
    for (size_t j = 0; j < N; j++) {
        assert_int_equal(mvo_garch_fit(p, &alone, h, NULL, T, returns + j * T, MVO_MEAN_ZERO, &error), MVO_OK);
        assert_memory_equal(p, garch + 4 * j, sizeof p);
        assert_true(fabs(sigma[j + j * N] - h[T]) <= 1e-14 * h[T]);
        sum += alone;
    }
    assert_true(likelihood > sum + 0.3 * T / 2); /* correlations of 0.36 are worth something */
    assert_true(ab[0] >= 0.0 && ab[1] >= 0.0 && ab[0] + ab[1] < 1.0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(fabs(sigma[i + j * N] / sqrt(sigma[i + i * N] * sigma[j + j * N]) - 0.36) < 0.2);
    assert_int_equal(
        mvo_covariance_new_dcc(&made, NULL, NULL, &likelihood, NULL, T, 1, returns, T, MVO_MEAN_ZERO, &error), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, 1, made, NULL), MVO_OK);
    mvo_covariance_unref(made);
    assert_int_equal(mvo_garch_fit(p, &alone, h, NULL, T, returns, MVO_MEAN_ZERO, &error), MVO_OK);
    assert_true(sigma[0] == h[T] && fabs(likelihood - alone) < 1e-9);
}

/* ------------------------------------------------------------------------------------------------ refusals */

static char mark;
static mvo_covariance *untouched;

static void refused(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("%s of %s[%d, %d] (%s), expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_true(untouched == (mvo_covariance *)(void *)&mark);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void bad_arguments_of_garch(void **state)
{
    (void)state;
    static const double bad[] = { NAN, INFINITY, -INFINITY };
    double p[4] = { 7.0, 7.0, 7.0, 7.0 }, likelihood = 7.0, h[T + 1] = { 7.0 }, x[T];
    untouched = (mvo_covariance *)(void *)&mark;
    memcpy(x, returns, sizeof x);
    refused(mvo_garch_fit(NULL, &likelihood, h, NULL, T, x, 1, &error), MVO_ERROR_NULL, "parameters", -1, -1);
    refused(mvo_garch_fit(p, &likelihood, h, NULL, T, NULL, 1, &error), MVO_ERROR_NULL, "returns", -1, -1);
    refused(mvo_garch_fit(p, &likelihood, h, NULL, 19, x, 1, &error), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    refused(mvo_garch_fit(p, &likelihood, h, NULL, 0, x, 1, &error), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    refused(mvo_garch_fit(p, &likelihood, h, NULL, T, x, 2, &error), MVO_ERROR_ARGUMENT, "mean", -1, -1);
    refused(mvo_garch_fit(p, &likelihood, h, NULL, T, x, -1, &error), MVO_ERROR_ARGUMENT, "mean", -1, -1);
    for (size_t k = 0; k < 3; k++) {
        x[5] = bad[k];
        refused(mvo_garch_fit(p, &likelihood, h, NULL, T, x, 1, &error), MVO_ERROR_NOT_FINITE, "returns", 5, -1);
    }
    for (size_t t = 0; t < T; t++)
        x[t] = 0.1;
    refused(mvo_garch_fit(p, &likelihood, h, NULL, T, x, 1, &error), MVO_ERROR_ARGUMENT, "returns", -1, -1);
    refused(mvo_garch_fit(p, &likelihood, h, NULL, T, x, 0, &error), MVO_ERROR_ARGUMENT, "returns", -1, -1);
    assert_true(p[0] == 7.0 && p[3] == 7.0 && likelihood == 7.0 && h[0] == 7.0);
    refused(mvo_garch_forecast(NULL, 3, p, 1.0, &error), MVO_ERROR_NULL, "variances", -1, -1);
    refused(mvo_garch_forecast(h, 3, NULL, 1.0, &error), MVO_ERROR_NULL, "parameters", -1, -1);
    refused(mvo_garch_forecast(h, 3, p, NAN, &error), MVO_ERROR_NOT_FINITE, "next_variance", -1, -1);
    refused(mvo_garch_forecast(h, 3, p, -1.0, &error), MVO_ERROR_ARGUMENT, "next_variance", -1, -1);
    p[2] = NAN;
    refused(mvo_garch_forecast(h, 3, p, 1.0, &error), MVO_ERROR_NOT_FINITE, "parameters", 2, -1);
    p[2] = -0.1;
    refused(mvo_garch_forecast(h, 3, p, 1.0, &error), MVO_ERROR_ARGUMENT, "parameters", 2, -1);
    assert_true(h[0] == 7.0);
}

static void bad_arguments_of_dcc(void **state)
{
    (void)state;
    double ab[2] = { 7.0, 7.0 }, garch[4 * N] = { 7.0 }, l = 7.0, x[T * N];
    untouched = (mvo_covariance *)(void *)&mark;
    memcpy(x, returns, sizeof x);
    refused(mvo_covariance_new_dcc(NULL, ab, garch, &l, NULL, T, N, x, T, 1, &error), MVO_ERROR_NULL, "covariance", -1,
            -1);
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, T, N, NULL, T, 1, &error), MVO_ERROR_NULL,
            "returns", -1, -1);
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, T, 0, x, T, 1, &error), MVO_ERROR_ARGUMENT, "n", -1,
            -1);
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, 19, N, x, T, 1, &error), MVO_ERROR_ARGUMENT,
            "periods", -1, -1);
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, 30, 30, x, 40, 1, &error), MVO_ERROR_ARGUMENT,
            "periods", -1, -1);
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, T, N, x, T - 1, 1, &error), MVO_ERROR_ARGUMENT,
            "ld", -1, -1);
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, T, N, x, T, 3, &error), MVO_ERROR_ARGUMENT, "mean",
            -1, -1);
    x[T + 9] = INFINITY;
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, T, N, x, T, 1, &error), MVO_ERROR_NOT_FINITE,
            "returns", 9, 1);
    for (size_t t = 0; t < T; t++)
        x[t + T] = 0.01;
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, T, N, x, T, 1, &error), MVO_ERROR_ARGUMENT,
            "returns", -1, 1);
    memcpy(x + T, returns, T * sizeof *x); /* the same asset twice */
    refused(mvo_covariance_new_dcc(&untouched, ab, garch, &l, NULL, T, N, x, T, 1, &error), MVO_ERROR_SINGULAR,
            "returns", -1, 1);
    assert_true(ab[0] == 7.0 && garch[0] == 7.0 && l == 7.0);
}

static mvo_status horizons(double shortest, double longest, double cutoff)
{
    return mvo_covariance_new_riskmetrics2006(&untouched, NULL, T, N, returns, T, shortest, longest, cutoff, &error);
}

static void bad_arguments_of_several_horizons(void **state)
{
    (void)state;
    double x[T * N];
    untouched = (mvo_covariance *)(void *)&mark;
    memcpy(x, returns, sizeof x);
    x[2 * T + 3] = NAN;
    refused(mvo_covariance_new_riskmetrics2006(NULL, NULL, T, N, x, T, 4, 512, 1560, &error), MVO_ERROR_NULL,
            "covariance", -1, -1);
    refused(mvo_covariance_new_riskmetrics2006(&untouched, NULL, T, N, NULL, T, 4, 512, 1560, &error), MVO_ERROR_NULL,
            "returns", -1, -1);
    refused(mvo_covariance_new_riskmetrics2006(&untouched, NULL, T, N, x, T, 4, 512, 1560, &error),
            MVO_ERROR_NOT_FINITE, "returns", 3, 2);
    refused(mvo_covariance_new_riskmetrics2006(&untouched, NULL, 0, N, x, T, 4, 512, 1560, &error), MVO_ERROR_ARGUMENT,
            "periods", -1, -1);
    refused(mvo_covariance_new_riskmetrics2006(&untouched, NULL, T, 0, x, T, 4, 512, 1560, &error), MVO_ERROR_ARGUMENT,
            "n", -1, -1);
    refused(mvo_covariance_new_riskmetrics2006(&untouched, NULL, T, N, x, 5, 4, 512, 1560, &error), MVO_ERROR_ARGUMENT,
            "ld", -1, -1);
    refused(horizons(NAN, 512, 1560), MVO_ERROR_NOT_FINITE, "shortest", -1, -1);
    refused(horizons(4, INFINITY, 1560), MVO_ERROR_NOT_FINITE, "longest", -1, -1);
    refused(horizons(4, 512, NAN), MVO_ERROR_NOT_FINITE, "cutoff", -1, -1);
    refused(horizons(0.0, 512, 1560), MVO_ERROR_ARGUMENT, "shortest", -1, -1);
    refused(horizons(-4.0, 512, 1560), MVO_ERROR_ARGUMENT, "shortest", -1, -1);
    refused(horizons(4, 3, 1560), MVO_ERROR_ARGUMENT, "longest", -1, -1);
    refused(horizons(4, 2e9, 1e10), MVO_ERROR_ARGUMENT, "longest", -1, -1);
    refused(horizons(4, 512, 512), MVO_ERROR_ARGUMENT, "cutoff", -1, -1);
    refused(horizons(0.1, 0.5, 0.9), MVO_ERROR_ARGUMENT, "cutoff", -1, -1);
    for (size_t t = 0; t < T; t++)
        x[t] = 1e200;
    refused(mvo_covariance_new_riskmetrics2006(&untouched, NULL, T, 1, x, T, 4, 512, 1560, &error),
            MVO_ERROR_NOT_FINITE, "covariance", 0, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garch_maximises_the_likelihood),
        cmocka_unit_test(garch_knows_no_units),
        cmocka_unit_test(forecasts_by_hand),
        cmocka_unit_test(forecasts_overflow),
        cmocka_unit_test(horizons_by_hand),
        cmocka_unit_test(dcc_contains_garch),
        cmocka_unit_test(bad_arguments_of_garch),
        cmocka_unit_test(bad_arguments_of_dcc),
        cmocka_unit_test(bad_arguments_of_several_horizons),
    };
    return cmocka_run_group_tests(tests, draw, NULL);
}
