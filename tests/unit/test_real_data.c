/* SPDX-License-Identifier: MIT */
/* Fat tails, outliers, stale prices: by hand, invariances, every bad argument. */
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

/* Normal columns of deviations 1, 2, 3 with correlations of 0.36, around 0.1. */
static int draw(void **state)
{
    (void)state;
    random_stream stream = { 11 };
    for (size_t t = 0; t < T; t++) {
        const double common = random_normal(&stream);
        for (size_t j = 0; j < N; j++)
            returns[t + j * T] = 0.1 + (double)(j + 1) * (0.6 * common + 0.8 * random_normal(&stream));
    }
    return 0;
}

static void read(double *sigma, size_t n, mvo_covariance *made)
{
    assert_int_equal(mvo_covariance_matrix(sigma, n, made, NULL), MVO_OK);
    mvo_covariance_unref(made);
}

static void student(double *sigma, double *location, double *degrees, double *likelihood, const double *x, size_t n,
                    double given)
{
    mvo_covariance *made = NULL;
    if (mvo_covariance_new_student_t(&made, location, degrees, likelihood, NULL, T, n, x, T, given, &error) != MVO_OK)
        fail_msg("%s", error.message);
    read(sigma, n, made);
}

/* The fixed point: location and scatter are means with the weights (nu + n) / (nu + d^2). */
static void student_is_a_fixed_point(void **state)
{
    (void)state;
    const double nu = 4.0;
    double sigma[1], location[1], degrees = 0.0, weight = 0.0, mean = 0.0, scatter = 0.0;
    student(sigma, location, &degrees, NULL, returns, 1, nu);
    assert_true(degrees == nu);
    const double own = sigma[0] * (nu - 2.0) / nu;
    for (size_t t = 0; t < T; t++) {
        const double e = returns[t] - location[0], w = (nu + 1.0) / (nu + e * e / own);
        weight += w;
        mean += w * returns[t];
        scatter += w * e * e;
    }
    assert_true(fabs(mean / weight - location[0]) < 1e-7);
    assert_true(fabs(scatter / T - own) < 1e-6 * own); /* at the maximum the weights add up to T */
}

static void student_of_normal_returns_is_nearly_normal(void **state)
{
    (void)state;
    double sigma[N * N], sample[N * N], degrees = 0.0;
    mvo_covariance *made = NULL;
    student(sigma, NULL, &degrees, NULL, returns, N, 0.0);
    assert_true(degrees > 15.0 && degrees <= 200.0);
    assert_int_equal(mvo_covariance_new_returns(&made, NULL, T, N, returns, T, 0, 0, NULL), MVO_OK);
    read(sample, N, made);
    for (size_t i = 0; i < N * N; i++)
        assert_true(fabs(sigma[i] - sample[i]) < 0.06 * sqrt(sample[i % N * (N + 1)] * sample[i / N * (N + 1)]));
}

/* One misprint moves the sample covariance a thousandfold and this one hardly. */
static void student_and_tyler_withstand_a_misprint(void **state)
{
    (void)state;
    double clean[N * N], dirty[N * N], x[T * N], degrees = 0.0;
    mvo_covariance *made = NULL;
    memcpy(x, returns, sizeof x);
    x[17] = 1e6;
    student(clean, NULL, NULL, NULL, returns, N, 5.0);
    student(dirty, NULL, NULL, NULL, x, N, 5.0);
    for (size_t i = 0; i < N * N; i++)
        assert_true(fabs(clean[i] - dirty[i]) < 0.1 * sqrt(clean[i % N * (N + 1)] * clean[i / N * (N + 1)]));
    student(dirty, NULL, &degrees, NULL, x, N, 0.0);
    assert_true(degrees >= 2.1 && degrees < 10.0);
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, T, N, returns, T, NULL, MVO_SHAPE_TRACE, NULL), MVO_OK);
    read(clean, N, made);
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, T, N, x, T, NULL, MVO_SHAPE_TRACE, NULL), MVO_OK);
    read(dirty, N, made);
    for (size_t i = 0; i < N * N; i++)
        assert_true(fabs(clean[i] - dirty[i]) < 0.05);
}

/* Directions (1, 1), (1, -1) and (1, 0), whatever the lengths: by symmetry V is diagonal, diag(a, b), with
   b = 2/3 (2 a b / (a + b)) and a + b = 2. */
static void tyler_by_hand(void **state)
{
    (void)state;
    static const double x[6] = { 1.0, 100.0, 7.0, 1.0, -100.0, 0.0 };
    double V[4];
    mvo_covariance *made = NULL;
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, 3, 2, x, 3, NULL, MVO_SHAPE_TRACE, &error), MVO_OK);
    read(V, 2, made);
    /* b = 2/3 a b gives a = 3/2, b = 1/2 */
    assert_true(fabs(V[0] - 1.5) < 1e-9 && fabs(V[3] - 0.5) < 1e-9 && fabs(V[1]) < 1e-9);
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, 3, 2, x, 3, NULL, MVO_SHAPE_VARIANCE, &error), MVO_OK);
    read(V, 2, made);
    const double trace = (1.0 + 1e4 + 49.0 + 1.0 + 1e4) / 3.0;
    assert_true(fabs(V[0] - 0.75 * trace) < 1e-6 && fabs(V[3] - 0.25 * trace) < 1e-6);
}

/* Each period in a unit of its own, and a period at the centre: nothing changes. Each asset in another unit: V does. */
static void tyler_sees_directions_alone(void **state)
{
    (void)state;
    random_stream stream = { 12 };
    static const double centre[N] = { 0.1, 0.1, 0.1 }, units[N] = { 1.0, 1e3, 1e-2 };
    double first[N * N], second[N * N], x[T * N], y[(T + 1) * N], trace = 0.0;
    mvo_covariance *made = NULL;
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, T, N, returns, T, centre, MVO_SHAPE_TRACE, NULL), MVO_OK);
    read(first, N, made);
    assert_true(fabs(first[0] + first[4] + first[8] - 3.0) < 1e-12);
    for (size_t t = 0; t < T; t++) {
        const double factor = exp(5.0 * random_normal(&stream));
        for (size_t j = 0; j < N; j++) {
            y[t + j * (T + 1)] = 0.1 + factor * (returns[t + j * T] - 0.1);
            x[t + j * T] = units[j] * (returns[t + j * T] - 0.1);
        }
    }
    for (size_t j = 0; j < N; j++)
        y[T + j * (T + 1)] = 0.1;
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, T + 1, N, y, T + 1, centre, MVO_SHAPE_TRACE, NULL), MVO_OK);
    read(second, N, made);
    for (size_t i = 0; i < N * N; i++)
        assert_true(fabs(first[i] - second[i]) < 1e-9);
    assert_int_equal(mvo_covariance_new_tyler(&made, NULL, T, N, x, T, NULL, MVO_SHAPE_TRACE, NULL), MVO_OK);
    read(second, N, made);
    for (size_t j = 0; j < N; j++)
        trace += units[j] * units[j] * first[j + j * N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            assert_true(fabs(second[i + j * N] - 3.0 / trace * units[i] * units[j] * first[i + j * N]) <
                        1e-9 * sqrt(second[i + i * N] * second[j + j * N]));
}

static void scores_by_hand(void **state)
{
    (void)state;
    /* Median 3, deviations 2 1 0 1 97, their median 1. Second column: median 0, MAD 0, mean deviation 2. */
    static const double x[10] = { 1.0, 2.0, 3.0, 4.0, 100.0, 0.0, 0.0, 10.0, 0.0, 0.0 };
    double scores[12] = { 0.0 };
    size_t count = 0;
    scores[5] = 7.0;
    assert_int_equal(mvo_outliers_by_asset(scores, 6, &count, NULL, 5, 2, x, 5, 3.5, &error), MVO_OK);
    assert_int_equal(count, 2);
    assert_true(fabs(scores[4] - 97.0 / 1.4826022185056018) < 1e-13 &&
                fabs(scores[0] + 2.0 / 1.4826022185056018) < 1e-15);
    assert_true(fabs(scores[8] - 10.0 / (2.0 * 1.2533141373155003)) < 1e-14 && scores[6] == 0.0 && scores[5] == 7.0);
    assert_int_equal(mvo_outliers_by_asset(NULL, 0, &count, NULL, 5, 2, x, 5, 50.0, &error), MVO_OK);
    assert_int_equal(count, 1);
}

/* A period that is ordinary in every asset, and not in their combination. */
static void an_outlier_across_assets(void **state)
{
    (void)state;
    random_stream stream = { 13 };
    double x[T * 2], distances[T], limit = 0.0;
    size_t by_asset = 0, by_period = 0, beyond = 0;
    for (size_t t = 0; t < T; t++) {
        x[t] = random_normal(&stream);
        x[t + T] = x[t] + 0.1 * random_normal(&stream);
    }
    x[40] = 1.5;
    x[40 + T] = -1.5;
    assert_int_equal(mvo_outliers_by_asset(NULL, 0, &by_asset, NULL, T, 2, x, T, 4.5, &error), MVO_OK);
    assert_int_equal(mvo_outliers_by_period(distances, &limit, &by_period, NULL, T, 2, x, T, 1e-5, &error), MVO_OK);
    assert_int_equal(by_asset, 0);
    assert_int_equal(by_period, 1);
    assert_true(distances[40] > 15.0 && fabs(limit - sqrt(2.0 * log(1e5))) < 1e-9);
    for (size_t t = 0; t < T; t++)
        beyond += distances[t] > sqrt(2.0 * log(2.0));
    assert_int_equal(beyond, T / 2); /* half of the distances are beyond the median */
}

static void runs_of_prices(void **state)
{
    (void)state;
    static const double x[16] = { 1, 1, 1, 2, 2, 1, 3, 3, 5, 6, 7, 7, 7, 7, 8, 9 };
    size_t count = 0, assets[3] = { 9, 9, 9 }, firsts[3] = { 9, 9, 9 }, lengths[3] = { 9, 9, 9 };
    assert_int_equal(mvo_stale_prices(&count, assets, firsts, lengths, 2, 8, 2, x, 8, 2, &error), MVO_OK);
    assert_int_equal(count, 4); /* 1 1 1, 2 2, 3 3 | 7 7 7 7 */
    assert_true(assets[0] == 0 && firsts[0] == 0 && lengths[0] == 3);
    assert_true(assets[1] == 0 && firsts[1] == 3 && lengths[1] == 2);
    assert_true(assets[2] == 9 && firsts[2] == 9 && lengths[2] == 9);
    assert_int_equal(mvo_stale_prices(&count, assets, firsts, lengths, 3, 8, 2, x, 8, 4, &error), MVO_OK);
    assert_int_equal(count, 1);
    assert_true(assets[0] == 1 && firsts[0] == 2 && lengths[0] == 4);
    assert_int_equal(mvo_stale_prices(&count, NULL, NULL, NULL, 9, 1, 2, x, 8, 2, &error), MVO_OK);
    assert_int_equal(count, 0);
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

static mvo_status t_of(const double *x, size_t periods, size_t n, size_t ld, double degrees)
{
    double location[N] = { 7.0, 7.0, 7.0 }, used = 7.0, likelihood = 7.0;
    const mvo_status status = mvo_covariance_new_student_t(&untouched, location, &used, &likelihood, NULL, periods, n,
                                                           x, ld, degrees, &error);
    assert_true(location[0] == 7.0 && used == 7.0 && likelihood == 7.0);
    return status;
}

static void bad_arguments_of_student(void **state)
{
    (void)state;
    double x[T * N];
    untouched = (mvo_covariance *)(void *)&mark;
    memcpy(x, returns, sizeof x);
    refused(mvo_covariance_new_student_t(NULL, NULL, NULL, NULL, NULL, T, N, x, T, 0.0, &error), MVO_ERROR_NULL,
            "covariance", -1, -1);
    refused(t_of(NULL, T, N, T, 0.0), MVO_ERROR_NULL, "returns", -1, -1);
    refused(t_of(x, T, 0, T, 0.0), MVO_ERROR_ARGUMENT, "n", -1, -1);
    refused(t_of(x, N, N, T, 0.0), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    refused(t_of(x, T, N, T - 1, 0.0), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    refused(t_of(x, T, N, T, 2.0), MVO_ERROR_ARGUMENT, "degrees_of_freedom", -1, -1);
    refused(t_of(x, T, N, T, -5.0), MVO_ERROR_ARGUMENT, "degrees_of_freedom", -1, -1);
    refused(t_of(x, T, N, T, NAN), MVO_ERROR_NOT_FINITE, "degrees_of_freedom", -1, -1);
    refused(t_of(x, T, N, T, INFINITY), MVO_ERROR_NOT_FINITE, "degrees_of_freedom", -1, -1);
    for (size_t t = 0; t < T; t++)
        x[t + T] = 0.1;
    refused(t_of(x, T, N, T, 5.0), MVO_ERROR_SINGULAR, "returns", -1, 1);
    for (size_t t = 0; t < T; t++)
        x[t + T] = 2.0 * x[t];
    refused(t_of(x, T, N, T, 5.0), MVO_ERROR_SINGULAR, "returns", -1, 1);
    x[2 * T + 5] = NAN;
    refused(t_of(x, T, N, T, 5.0), MVO_ERROR_NOT_FINITE, "returns", 5, 2);
}

static mvo_status shape_of(const double *x, size_t periods, size_t n, size_t ld, const double *centre, int32_t size)
{
    return mvo_covariance_new_tyler(&untouched, NULL, periods, n, x, ld, centre, size, &error);
}

static void bad_arguments_of_tyler(void **state)
{
    (void)state;
    double x[T * N], centre[N] = { 0.0, NAN, 0.0 };
    untouched = (mvo_covariance *)(void *)&mark;
    memcpy(x, returns, sizeof x);
    refused(mvo_covariance_new_tyler(NULL, NULL, T, N, x, T, NULL, 0, &error), MVO_ERROR_NULL, "covariance", -1, -1);
    refused(shape_of(NULL, T, N, T, NULL, 0), MVO_ERROR_NULL, "returns", -1, -1);
    refused(shape_of(x, T, 0, T, NULL, 0), MVO_ERROR_ARGUMENT, "n", -1, -1);
    refused(shape_of(x, N, N, T, NULL, 0), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    refused(shape_of(x, T, N, T - 1, NULL, 0), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    refused(shape_of(x, T, N, T, centre, 0), MVO_ERROR_NOT_FINITE, "centre", 1, -1);
    refused(shape_of(x, T, N, T, NULL, 2), MVO_ERROR_ARGUMENT, "normalisation", -1, -1);
    refused(shape_of(x, T, N, T, NULL, -1), MVO_ERROR_ARGUMENT, "normalisation", -1, -1);
    for (size_t t = 0; t < T; t++)
        x[t + T] = 3.0 * x[t];
    refused(shape_of(x, T, N, T, NULL, 0), MVO_ERROR_SINGULAR, "returns", -1, -1);
    for (size_t t = 0; t < T; t++)
        x[t + T] = 0.0;
    refused(shape_of(x, T, N, T, NULL, 0), MVO_ERROR_ARGUMENT, "returns", -1, 1);
    for (size_t t = 0; t < T; t++) /* three quarters of the periods on a line */
        x[t + T] = t % 4 ? 0.0 : returns[t + T];
    refused(shape_of(x, T, 2, T, NULL, 0), MVO_ERROR_SINGULAR, "returns", -1, -1);
    x[T] = 1e200;
    refused(shape_of(x, T, N, T, NULL, 0), MVO_ERROR_NOT_FINITE, "returns", -1, 1);
    x[T + 1] = INFINITY;
    refused(shape_of(x, T, N, T, NULL, 0), MVO_ERROR_NOT_FINITE, "returns", 1, 1);
}

static void bad_arguments_of_outliers(void **state)
{
    (void)state;
    double x[T * N], out[T * N] = { 7.0 };
    size_t count = 7;
    untouched = (mvo_covariance *)(void *)&mark;
    memcpy(x, returns, sizeof x);
    refused(mvo_outliers_by_asset(out, T, NULL, NULL, T, N, x, T, 3.5, &error), MVO_ERROR_NULL, "count", -1, -1);
    refused(mvo_outliers_by_asset(out, T, &count, NULL, T, N, NULL, T, 3.5, &error), MVO_ERROR_NULL, "returns", -1, -1);
    refused(mvo_outliers_by_asset(out, T, &count, NULL, 2, N, x, T, 3.5, &error), MVO_ERROR_ARGUMENT, "periods", -1,
            -1);
    refused(mvo_outliers_by_asset(out, T, &count, NULL, T, 0, x, T, 3.5, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    refused(mvo_outliers_by_asset(out, T, &count, NULL, T, N, x, 9, 3.5, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    refused(mvo_outliers_by_asset(out, 9, &count, NULL, T, N, x, T, 3.5, &error), MVO_ERROR_ARGUMENT, "ld_scores", -1,
            -1);
    refused(mvo_outliers_by_asset(out, T, &count, NULL, T, N, x, T, 0.0, &error), MVO_ERROR_ARGUMENT, "threshold", -1,
            -1);
    refused(mvo_outliers_by_asset(out, T, &count, NULL, T, N, x, T, NAN, &error), MVO_ERROR_NOT_FINITE, "threshold", -1,
            -1);
    refused(mvo_outliers_by_period(out, NULL, NULL, NULL, T, N, x, T, 0.01, &error), MVO_ERROR_NULL, "count", -1, -1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, N, NULL, T, 0.01, &error), MVO_ERROR_NULL, "returns", -1,
            -1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, 0, x, T, 0.01, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, N, N, x, T, 0.01, &error), MVO_ERROR_ARGUMENT, "periods",
            -1, -1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, N, x, T - 1, 0.01, &error), MVO_ERROR_ARGUMENT, "ld", -1,
            -1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, N, x, T, 0.0, &error), MVO_ERROR_ARGUMENT, "probability",
            -1, -1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, N, x, T, 1.0, &error), MVO_ERROR_ARGUMENT, "probability",
            -1, -1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, N, x, T, NAN, &error), MVO_ERROR_NOT_FINITE,
            "probability", -1, -1);
    x[T + 4] = NAN;
    refused(mvo_outliers_by_asset(out, T, &count, NULL, T, N, x, T, 3.5, &error), MVO_ERROR_NOT_FINITE, "returns", 4,
            1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, N, x, T, 0.1, &error), MVO_ERROR_NOT_FINITE, "returns",
            4, 1);
    for (size_t t = 0; t < T; t++)
        x[t + T] = 0.1;
    refused(mvo_outliers_by_asset(out, T, &count, NULL, T, N, x, T, 3.5, &error), MVO_ERROR_ARGUMENT, "returns", -1, 1);
    refused(mvo_outliers_by_period(out, NULL, &count, NULL, T, N, x, T, 0.1, &error), MVO_ERROR_ARGUMENT, "returns", -1,
            1);
    refused(mvo_stale_prices(NULL, NULL, NULL, NULL, 0, T, N, x, T, 2, &error), MVO_ERROR_NULL, "count", -1, -1);
    refused(mvo_stale_prices(&count, NULL, NULL, NULL, 0, T, N, NULL, T, 2, &error), MVO_ERROR_NULL, "prices", -1, -1);
    refused(mvo_stale_prices(&count, NULL, NULL, NULL, 0, 0, N, x, T, 2, &error), MVO_ERROR_ARGUMENT, "periods", -1,
            -1);
    refused(mvo_stale_prices(&count, NULL, NULL, NULL, 0, T, 0, x, T, 2, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    refused(mvo_stale_prices(&count, NULL, NULL, NULL, 0, T, N, x, 5, 2, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    refused(mvo_stale_prices(&count, NULL, NULL, NULL, 0, T, N, x, T, 1, &error), MVO_ERROR_ARGUMENT, "least", -1, -1);
    x[6] = INFINITY;
    refused(mvo_stale_prices(&count, NULL, NULL, NULL, 0, T, N, x, T, 2, &error), MVO_ERROR_NOT_FINITE, "prices", 6, 0);
    assert_true(count == 7 && out[0] == 7.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(student_is_a_fixed_point),
        cmocka_unit_test(student_of_normal_returns_is_nearly_normal),
        cmocka_unit_test(student_and_tyler_withstand_a_misprint),
        cmocka_unit_test(tyler_by_hand),
        cmocka_unit_test(tyler_sees_directions_alone),
        cmocka_unit_test(scores_by_hand),
        cmocka_unit_test(an_outlier_across_assets),
        cmocka_unit_test(runs_of_prices),
        cmocka_unit_test(bad_arguments_of_student),
        cmocka_unit_test(bad_arguments_of_tyler),
        cmocka_unit_test(bad_arguments_of_outliers),
    };
    return cmocka_run_group_tests(tests, draw, NULL);
}
