/* SPDX-License-Identifier: MIT */
/* Regimes: the answer's likelihood and probabilities against a sum over all paths, planted states, refusals. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SHORT = 10, T = 1500, N = 2 };

static mvo_error error = MVO_ERROR_INIT;

static mvo_regimes *fit(const double *x, size_t periods, size_t n, size_t states)
{
    mvo_regimes *made = NULL;
    if (mvo_regimes_new(&made, NULL, periods, n, x, periods, states, &error) != MVO_OK)
        fail_msg("%s", error.message);
    return made;
}

/* Calm and wild periods of one asset, ten in all: 2^10 paths. The first period's state is its smoothed one, since it is
   estimated from that period alone. */
static void probabilities_are_sums_over_paths(void **state)
{
    (void)state;
    static const double x[SHORT] = { 0.1, -0.2, 0.15, 0.05, 3.0, -2.5, 2.0, 0.1, -0.1, 0.2 };
    mvo_regimes *made = fit(x, SHORT, 1, 2);
    double A[4], filtered[2 * SHORT], smoothed[2 * SHORT], mean[2], variance[2], likelihood = 0.0;
    assert_int_equal(mvo_regimes_transition(A, made, &error), MVO_OK);
    assert_int_equal(mvo_regimes_probabilities(filtered, smoothed, SHORT, made, &error), MVO_OK);
    assert_int_equal(mvo_regimes_log_likelihood(&likelihood, made, &error), MVO_OK);
    for (size_t k = 0; k < 2; k++) {
        mvo_covariance *sigma = NULL;
        assert_int_equal(mvo_regimes_state(&mean[k], &sigma, made, k, &error), MVO_OK);
        assert_int_equal(mvo_covariance_matrix(&variance[k], 1, sigma, NULL), MVO_OK);
        mvo_covariance_unref(sigma);
    }
    double upto[SHORT][2] = { { 0.0 } }, all[SHORT][2] = { { 0.0 } }, total = 0.0;
    for (unsigned path = 0; path < 1u << SHORT; path++) {
        double weight = 1.0;
        for (size_t t = 0; t < SHORT; t++) {
            const unsigned k = path >> t & 1u;
            weight *= t ? A[(path >> (t - 1) & 1u) + k * 2] : smoothed[k * SHORT];
            weight *=
                exp(-0.5 * (x[t] - mean[k]) * (x[t] - mean[k]) / variance[k]) / sqrt(6.283185307179586 * variance[k]);
            if (path >> (t + 1) == 0) /* once for each beginning */
                upto[t][k] += weight;
        }
        total += weight;
        for (size_t t = 0; t < SHORT; t++)
            all[t][path >> t & 1u] += weight;
    }
    assert_true(fabs(log(total) - likelihood) < 1e-7);
    for (size_t t = 0; t < SHORT; t++)
        for (size_t k = 0; k < 2; k++) {
            assert_true(fabs(upto[t][k] / (upto[t][0] + upto[t][1]) - filtered[t + k * SHORT]) < 1e-5);
            assert_true(fabs(all[t][k] / total - smoothed[t + k * SHORT]) < 1e-5);
        }
    assert_true(variance[0] < variance[1] && smoothed[4 + SHORT] > 0.99 && smoothed[0] > 0.99);
    mvo_regimes_free(made);
}

/* States that change every hundred periods, three times as volatile and with other means and correlations. */
static void planted_states_are_found(void **state)
{
    (void)state;
    static double x[T * N], filtered[3 * T], smoothed[3 * T];
    random_stream stream = { 3 };
    for (size_t t = 0; t < T; t++) {
        const double a = random_normal(&stream), b = random_normal(&stream);
        const int wild = t / 100 % 2 == 1;
        x[t] = wild ? -0.5 + 3.0 * a : 0.1 + a;
        x[t + T] = wild ? -0.5 + 3.0 * (0.8 * a + 0.6 * b) : 0.1 + b;
    }
    for (size_t states = 2; states <= 3; states++) {
        mvo_regimes *made = fit(x, T, N, states);
        double next[3], mean[N], means[N], sigma[N * N], A[9], own[N * N], expected[N * N] = { 0.0 };
        mvo_covariance *covariance = NULL;
        assert_int_equal(mvo_regimes_probabilities(filtered, smoothed, T, made, &error), MVO_OK);
        for (size_t t = 0; t < T; t++) {
            double sum = 0.0, other = 0.0;
            for (size_t k = 0; k < states; k++) {
                assert_true(filtered[t + k * T] >= 0.0 && smoothed[t + k * T] >= 0.0);
                sum += filtered[t + k * T];
                other += smoothed[t + k * T];
            }
            assert_true(fabs(sum - 1.0) < 1e-12 && fabs(other - 1.0) < 1e-12);
        }
        size_t right = 0;
        for (size_t t = 0; t < T; t++)
            right += (smoothed[t] > 0.5) == (t / 100 % 2 == 0);
        assert_true(states == 3 || right > T - T / 50);
        assert_int_equal(mvo_regimes_transition(A, made, &error), MVO_OK);
        assert_int_equal(mvo_regimes_forecast(next, mean, &covariance, made, &error), MVO_OK);
        assert_int_equal(mvo_covariance_matrix(sigma, N, covariance, NULL), MVO_OK);
        mvo_covariance_unref(covariance);
        for (size_t k = 0; k < states; k++) { /* the mixture as the header states it */
            double probability = 0.0;
            for (size_t i = 0; i < states; i++)
                probability += filtered[T - 1 + i * T] * A[i + k * states];
            assert_true(fabs(probability - next[k]) < 1e-12);
            assert_int_equal(mvo_regimes_state(means, &covariance, made, k, &error), MVO_OK);
            assert_int_equal(mvo_covariance_matrix(own, N, covariance, NULL), MVO_OK);
            mvo_covariance_unref(covariance);
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++)
                    expected[i + j * N] += next[k] * (own[i + j * N] + (means[i] - mean[i]) * (means[j] - mean[j]));
        }
        for (size_t i = 0; i < N * N; i++)
            assert_true(fabs(sigma[i] - expected[i]) < 1e-12);
        if (states == 2) {
            assert_int_equal(mvo_regimes_state(means, NULL, made, 1, &error), MVO_OK);
            assert_true(fabs(means[0] + 0.5) < 0.4 && fabs(A[0] - 0.99) < 0.01 && fabs(A[3] - 0.99) < 0.015);
        }
        mvo_regimes_free(made);
    }
}

static void units_do_not_matter(void **state)
{
    (void)state;
    static double x[T], scaled[T], first[2 * T], second[2 * T];
    random_stream stream = { 5 };
    for (size_t t = 0; t < T; t++)
        x[t] = (t / 60 % 3 == 0 ? 4.0 : 1.0) * random_normal(&stream);
    for (size_t t = 0; t < T; t++)
        scaled[t] = 0x1p-200 * x[t];
    mvo_regimes *a = fit(x, T, 1, 2), *b = fit(scaled, T, 1, 2);
    assert_int_equal(mvo_regimes_probabilities(first, NULL, T, a, &error), MVO_OK);
    assert_int_equal(mvo_regimes_probabilities(second, NULL, T, b, &error), MVO_OK);
    for (size_t t = 0; t < 2 * T; t++)
        assert_true(fabs(first[t] - second[t]) < 1e-3);
    mvo_regimes_free(a);
    mvo_regimes_free(b);
}

/* ------------------------------------------------------------------------------------------------ refusals */

static char mark;
static mvo_regimes *untouched;

static void refused(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("%s of %s[%d, %d] (%s), expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_true(untouched == (mvo_regimes *)(void *)&mark);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void bad_arguments(void **state)
{
    (void)state;
    double x[60];
    random_stream stream = { 8 };
    untouched = (mvo_regimes *)(void *)&mark;
    for (size_t i = 0; i < 60; i++)
        x[i] = random_normal(&stream);
    refused(mvo_regimes_new(NULL, NULL, 30, 2, x, 30, 2, &error), MVO_ERROR_NULL, "regimes", -1, -1);
    refused(mvo_regimes_new(&untouched, NULL, 30, 2, NULL, 30, 2, &error), MVO_ERROR_NULL, "returns", -1, -1);
    refused(mvo_regimes_new(&untouched, NULL, 30, 0, x, 30, 2, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    refused(mvo_regimes_new(&untouched, NULL, 7, 2, x, 30, 2, &error), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    refused(mvo_regimes_new(&untouched, NULL, 11, 2, x, 30, 3, &error), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    refused(mvo_regimes_new(&untouched, NULL, 30, 2, x, 29, 2, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    for (size_t states = 0; states < 6; states++)
        if (states != 2 && states != 3)
            refused(mvo_regimes_new(&untouched, NULL, 30, 2, x, 30, states, &error), MVO_ERROR_ARGUMENT, "states", -1,
                    -1);
    x[33] = -INFINITY;
    refused(mvo_regimes_new(&untouched, NULL, 30, 2, x, 30, 2, &error), MVO_ERROR_NOT_FINITE, "returns", 3, 1);
    for (size_t t = 30; t < 60; t++)
        x[t] = 0.1;
    refused(mvo_regimes_new(&untouched, NULL, 30, 2, x, 30, 2, &error), MVO_ERROR_ARGUMENT, "returns", -1, 1);
    memcpy(x + 30, x, 30 * sizeof *x); /* an asset twice */
    refused(mvo_regimes_new(&untouched, NULL, 30, 2, x, 30, 2, &error), MVO_ERROR_SINGULAR, "returns", -1, -1);
}

static void bad_questions(void **state)
{
    (void)state;
    double x[60], out[200] = { 7.0 };
    random_stream stream = { 9 };
    untouched = (mvo_regimes *)(void *)&mark;
    for (size_t i = 0; i < 60; i++)
        x[i] = (i > 30 ? 5.0 : 1.0) * random_normal(&stream);
    mvo_regimes *made = fit(x, 60, 1, 2);
    mvo_covariance *sigma = NULL;
    refused(mvo_regimes_log_likelihood(NULL, made, &error), MVO_ERROR_NULL, "log_likelihood", -1, -1);
    refused(mvo_regimes_log_likelihood(out, NULL, &error), MVO_ERROR_NULL, "regimes", -1, -1);
    refused(mvo_regimes_transition(NULL, made, &error), MVO_ERROR_NULL, "transition", -1, -1);
    refused(mvo_regimes_transition(out, NULL, &error), MVO_ERROR_NULL, "regimes", -1, -1);
    refused(mvo_regimes_probabilities(out, NULL, 60, NULL, &error), MVO_ERROR_NULL, "regimes", -1, -1);
    refused(mvo_regimes_probabilities(out, NULL, 59, made, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    refused(mvo_regimes_state(out, &sigma, NULL, 0, &error), MVO_ERROR_NULL, "regimes", -1, -1);
    refused(mvo_regimes_state(out, &sigma, made, 2, &error), MVO_ERROR_ARGUMENT, "state", 2, -1);
    refused(mvo_regimes_forecast(out, NULL, NULL, NULL, &error), MVO_ERROR_NULL, "regimes", -1, -1);
    assert_true(out[0] == 7.0 && !sigma);
    assert_int_equal(mvo_regimes_probabilities(NULL, NULL, 60, made, &error), MVO_OK);
    assert_int_equal(mvo_regimes_state(NULL, NULL, made, 0, &error), MVO_OK);
    assert_int_equal(mvo_regimes_forecast(NULL, NULL, NULL, made, &error), MVO_OK);
    assert_int_equal(mvo_regimes_state(NULL, &sigma, made, 0, &error), MVO_OK);
    assert_int_equal(mvo_regimes_size(made), 1);
    assert_int_equal(mvo_regimes_periods(made), 60);
    assert_int_equal(mvo_regimes_count(NULL) + mvo_regimes_size(NULL) + mvo_regimes_periods(NULL), 0);
    mvo_regimes_free(NULL);
    mvo_regimes_free(made);
    assert_int_equal(mvo_covariance_size(sigma), 1); /* outlives them */
    mvo_covariance_unref(sigma);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_are_sums_over_paths),
        cmocka_unit_test(planted_states_are_found),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(bad_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
