/* SPDX-License-Identifier: MIT */
/* Streaming estimators: figures by hand, agreement with the same sums taken at once, outliers, snapshots. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mvo_error error = MVO_ERROR_INIT;

static void feed(mvo_stream *stream, const double *returns)
{
    if (mvo_stream_update(stream, returns, &error) != MVO_OK)
        fail_msg("%s", error.message);
}

static mvo_stream *ewma(size_t n, double decay, int32_t mean)
{
    mvo_stream *made = NULL;
    assert_int_equal(mvo_stream_new_ewma(&made, NULL, n, decay, mean, &error), MVO_OK);
    return made;
}

static mvo_stream *window_of(size_t n, size_t window, size_t ddof, int32_t mean)
{
    mvo_stream *made = NULL;
    assert_int_equal(mvo_stream_new_window(&made, NULL, n, window, ddof, mean, &error), MVO_OK);
    return made;
}

static void read_matrix(double *sigma, const mvo_stream *stream)
{
    const size_t n = mvo_stream_size(stream);
    mvo_covariance *made = NULL;
    if (mvo_stream_covariance(&made, stream, &error) != MVO_OK)
        fail_msg("%s", error.message);
    assert_int_equal(mvo_covariance_size(made), n);
    assert_int_equal(mvo_covariance_matrix(sigma, n, made, NULL), MVO_OK);
    mvo_covariance_unref(made);
}

/* ------------------------------------------------------------------------------------------- by hand */

static const double periods[4][2] = { { 1.0, 2.0 }, { 3.0, -2.0 }, { -1.0, 4.0 }, { 2.0, 0.0 } };

static void check(const double *got, const double *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs(got[i] - expected[i]) <= 4e-16 * fabs(expected[i])))
            fail_msg("number %zu is %.17g, not %.17g", i, got[i], expected[i]);
}

/* Weights 1/4, 1/2, 1 over 7/4. */
static void exponential_weights_by_hand(void **state)
{
    (void)state;
    double sigma[4], means[2];
    mvo_stream *zero = ewma(2, 0.5, MVO_MEAN_ZERO), *own = ewma(2, 0.5, MVO_MEAN_ESTIMATED);
    for (int t = 0; t < 3; t++) {
        feed(zero, periods[t]);
        feed(own, periods[t]);
    }
    /* (1/4 (1) + 1/2 (9) + 1 (1)) / (7/4) = 23/7; (1/4 (2) + 1/2 (-6) + (-4)) / (7/4) = -26/7;
       (1/4 (4) + 1/2 (4) + 16) / (7/4) = 76/7 */
    read_matrix(sigma, zero);
    check(sigma, (double[]){ 23.0 / 7.0, -26.0 / 7.0, -26.0 / 7.0, 76.0 / 7.0 }, 4);
    /* means (1/4 + 3/2 - 1) / (7/4) = 3/7 and (1/2 - 1 + 4) / (7/4) = 2 */
    assert_int_equal(mvo_stream_means(means, own, &error), MVO_OK);
    check(means, (double[]){ 3.0 / 7.0, 2.0 }, 2);
    assert_int_equal(mvo_stream_means(means, zero, &error), MVO_OK);
    check(means, (double[]){ 3.0 / 7.0, 2.0 }, 2);
    read_matrix(sigma, own);
    const double cross = -26.0 / 7.0 - 6.0 / 7.0;
    check(sigma, (double[]){ 23.0 / 7.0 - 9.0 / 49.0, cross, cross, 76.0 / 7.0 - 4.0 }, 4);
    assert_int_equal(mvo_stream_seen(own), 3);
    mvo_stream_free(zero);
    mvo_stream_free(own);
}

/* The last three of four periods: (3, -2), (-1, 4), (2, 0), with means 4/3 and 2/3. */
static void a_window_by_hand(void **state)
{
    (void)state;
    double sigma[4], means[2];
    mvo_stream *zero = window_of(2, 3, 0, MVO_MEAN_ZERO), *own = window_of(2, 3, 1, MVO_MEAN_ESTIMATED);
    for (int t = 0; t < 4; t++) {
        feed(zero, periods[t]);
        feed(own, periods[t]);
    }
    read_matrix(sigma, zero);
    check(sigma, (double[]){ 14.0 / 3.0, -10.0 / 3.0, -10.0 / 3.0, 20.0 / 3.0 }, 4);
    read_matrix(sigma, own);
    const double cross = (-10.0 - 3.0 * 4.0 / 3.0 * 2.0 / 3.0) / 2.0;
    check(sigma, (double[]){ (14.0 - 16.0 / 3.0) / 2.0, cross, cross, (20.0 - 4.0 / 3.0) / 2.0 }, 4);
    assert_int_equal(mvo_stream_means(means, own, &error), MVO_OK);
    check(means, (double[]){ 4.0 / 3.0, 2.0 / 3.0 }, 2);
    mvo_stream_free(zero);
    mvo_stream_free(own);
}

/* ----------------------------------------------------------------------------------------- against sums at once */

enum { N = 13, T = 700 };
static double history[T][N];

/* Weight of the period `age` before the last: decay^age, or one within the window. */
typedef struct plan {
    size_t window, ddof;
    double decay;
    int32_t mean;
} plan;

static void batch(double *sigma, double *means, const plan *p, size_t seen)
{
    const size_t first = p->window && seen > p->window ? seen - p->window : 0;
    static long double mean[N], sums[N][N];
    long double total = 0.0L;
    memset(mean, 0, sizeof mean);
    memset(sums, 0, sizeof sums);
    for (size_t t = first; t < seen; t++) {
        const long double weight = p->window ? 1.0L : powl((long double)p->decay, (long double)(seen - 1 - t));
        total += weight;
        for (size_t i = 0; i < N; i++)
            mean[i] += weight * (long double)history[t][i];
    }
    for (size_t i = 0; i < N; i++)
        mean[i] /= total;
    for (size_t t = first; t < seen; t++) {
        const long double weight = p->window ? 1.0L : powl((long double)p->decay, (long double)(seen - 1 - t));
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                const long double a = history[t][i] - (p->mean == MVO_MEAN_ZERO ? 0.0L : mean[i]);
                const long double b = history[t][j] - (p->mean == MVO_MEAN_ZERO ? 0.0L : mean[j]);
                sums[i][j] += weight * a * b;
            }
    }
    for (size_t i = 0; i < N; i++) {
        means[i] = (double)mean[i];
        for (size_t j = 0; j < N; j++)
            sigma[i + j * N] = (double)(sums[i][j] / (p->window ? total - (long double)p->ddof : total));
    }
}

static void follow(const plan *p, double bound)
{
    double got[N * N], expected[N * N], means[N], expected_means[N];
    mvo_stream *stream = p->window ? window_of(N, p->window, p->ddof, p->mean) : ewma(N, p->decay, p->mean);
    for (size_t t = 0; t < T; t++) {
        feed(stream, history[t]);
        if (t < 1 + p->ddof || (t > 20 && t % 7 && t != T - 1))
            continue;
        read_matrix(got, stream);
        batch(expected, expected_means, p, t + 1);
        assert_int_equal(mvo_stream_means(means, stream, NULL), MVO_OK);
        for (size_t i = 0; i < N; i++) {
            const double own = sqrt(expected[i + i * N]);
            if (!(fabs(means[i] - expected_means[i]) <= bound * (own + fabs(expected_means[i]))))
                fail_msg("period %zu, mean %zu: %.17g, not %.17g", t, i, means[i], expected_means[i]);
            for (size_t j = 0; j < N; j++) {
                const double scale = own * sqrt(expected[j + j * N]);
                assert_true(got[i + j * N] == got[j + i * N]);
                if (!(fabs(got[i + j * N] - expected[i + j * N]) <= bound * scale))
                    fail_msg("window %zu, decay %g, period %zu, (%zu, %zu): %.17g, not %.17g: %g of the scale",
                             p->window, p->decay, t, i, j, got[i + j * N], expected[i + j * N],
                             fabs(got[i + j * N] - expected[i + j * N]) / scale);
            }
        }
    }
    mvo_stream_free(stream);
}

static const plan plans[] = {
    { 0, 0, 0.94, MVO_MEAN_ZERO },       { 0, 0, 0.94, MVO_MEAN_ESTIMATED }, { 0, 0, 0.5, MVO_MEAN_ESTIMATED },
    { 0, 0, 1e-3, MVO_MEAN_ESTIMATED },  { 0, 0, 0.999, MVO_MEAN_ZERO },     { 0, 0, 0.999, MVO_MEAN_ESTIMATED },
    { 60, 1, 0.0, MVO_MEAN_ESTIMATED },  { 60, 0, 0.0, MVO_MEAN_ZERO },      { 7, 1, 0.0, MVO_MEAN_ESTIMATED },
    { 5, 1, 0.0, MVO_MEAN_ESTIMATED },   { 3, 0, 0.0, MVO_MEAN_ZERO },       { 2, 1, 0.0, MVO_MEAN_ESTIMATED },
    { 251, 0, 0.0, MVO_MEAN_ESTIMATED },
};

/* Returns with a market, volatilities from 1e-4 to 1e2 and means of their size. */
static void draw(uint64_t seed)
{
    random_stream stream = { seed };
    for (size_t t = 0; t < T; t++) {
        const double market = random_normal(&stream);
        for (size_t i = 0; i < N; i++)
            history[t][i] =
                pow(10.0, (double)i / 2.0 - 4.0) * (0.5 * (double)(i % 3) + market + random_normal(&stream));
    }
}

static void streams_are_what_the_sums_at_once_are(void **state)
{
    (void)state;
    draw(1);
    for (size_t k = 0; k < sizeof plans / sizeof *plans; k++)
        follow(&plans[k], 1e-12);
}

/* Misprints a billion times the size of a return, alone and in neighbours, and a level far from zero. */
static void outliers_leave_nothing_behind(void **state)
{
    (void)state;
    draw(2);
    for (size_t i = 0; i < N; i += 3) {
        history[30 + i][i] *= 1e9;
        history[31 + i][i] *= -1e9;
        history[400][i] *= 1e7;
    }
    for (size_t k = 0; k < sizeof plans / sizeof *plans; k++)
        if (plans[k].window)
            follow(&plans[k], 1e-12);
    draw(3);
    for (size_t t = 0; t < T; t++)
        for (size_t i = 0; i < N; i++)
            history[t][i] += 1e3 * pow(10.0, (double)i / 2.0 - 4.0);
    for (size_t k = 0; k < sizeof plans / sizeof *plans; k++)
        if (plans[k].window)
            follow(&plans[k], 1e-12);
}

/* Thirty thousand periods through a small window, one in forty of them up to 1e12 times its size. */
static void a_long_run_with_outliers(void **state)
{
    (void)state;
    enum { ASSETS = 3, WINDOW = 37, PERIODS = 30000 };
    static double kept[WINDOW][ASSETS];
    random_stream random = { 6 };
    mvo_stream *stream = window_of(ASSETS, WINDOW, 1, MVO_MEAN_ESTIMATED);
    for (size_t t = 0; t < PERIODS; t++) {
        double *x = kept[t % WINDOW], got[ASSETS * ASSETS];
        for (size_t i = 0; i < ASSETS; i++) {
            x[i] = 0.01 * random_normal(&random);
            if (random_below(&random, 40) == 0)
                x[i] *= pow(10.0, 12.0 * random_uniform(&random));
        }
        feed(stream, x);
        if (t < WINDOW || t % 29)
            continue;
        read_matrix(got, stream);
        long double mean[ASSETS] = { 0.0L }, sums[ASSETS][ASSETS] = { { 0.0L } };
        for (size_t k = 0; k < WINDOW; k++)
            for (size_t i = 0; i < ASSETS; i++)
                mean[i] += (long double)kept[k][i] / WINDOW;
        for (size_t k = 0; k < WINDOW; k++)
            for (size_t i = 0; i < ASSETS; i++)
                for (size_t j = 0; j < ASSETS; j++)
                    sums[i][j] += (kept[k][i] - mean[i]) * (kept[k][j] - mean[j]) / (WINDOW - 1);
        for (size_t i = 0; i < ASSETS; i++)
            for (size_t j = 0; j < ASSETS; j++) {
                const double wanted = (double)sums[i][j], scale = sqrt((double)sums[i][i] * (double)sums[j][j]);
                if (!(fabs(got[i + j * ASSETS] - wanted) <= 1e-12 * scale))
                    fail_msg("period %zu, (%zu, %zu): %.17g, not %.17g", t, i, j, got[i + j * ASSETS], wanted);
            }
    }
    mvo_stream_free(stream);
}

/* A price that does not move has a variance of zero to the bit, also once a jump has left the window. */
static void constant_columns_are_riskless(void **state)
{
    (void)state;
    static const size_t windows[] = { 4, 5, 30 };
    double sigma[4];
    for (size_t w = 0; w < 3; w++) {
        mvo_stream *stream = window_of(2, windows[w], 1, MVO_MEAN_ESTIMATED);
        for (int t = 0; t < 200; t++) {
            const double x[2] = { t == 50 ? 1e5 : 0.1, sin((double)t) };
            feed(stream, x);
            if (t < 1 || (t >= 50 && t < 50 + (int)windows[w]))
                continue;
            read_matrix(sigma, stream);
            if (sigma[0] != 0.0 || sigma[1] != 0.0 || sigma[3] <= 0.0)
                fail_msg("window %zu, period %d: %g %g %g", windows[w], t, sigma[0], sigma[1], sigma[3]);
        }
        mvo_stream_free(stream);
    }
    mvo_stream *stream = ewma(2, 0.9, MVO_MEAN_ESTIMATED);
    for (int t = 0; t < 50; t++)
        feed(stream, (double[]){ 0.1, sin((double)t) });
    read_matrix(sigma, stream);
    assert_true(sigma[0] == 0.0 && sigma[1] == 0.0 && sigma[3] > 0.0);
    mvo_stream_free(stream);
}

/* The smallest of the positive decays, and one next to 1, over a long time. */
static void extreme_decays(void **state)
{
    (void)state;
    double sigma[1];
    mvo_stream *least = ewma(1, 1e-300, MVO_MEAN_ZERO), *most = ewma(1, 1.0 - 0x1p-53, MVO_MEAN_ZERO);
    for (int t = 1; t <= 1000; t++) {
        feed(least, (double[]){ 0.5 * t });
        feed(most, (double[]){ t % 2 ? 1.0 : -3.0 });
    }
    read_matrix(sigma, least);
    check(sigma, (double[]){ 250000.0 }, 1);
    read_matrix(sigma, most);
    assert_true(fabs(sigma[0] - 5.0) < 1e-11);
    mvo_stream_free(least);
    mvo_stream_free(most);
}

static void cleared_streams_begin_again(void **state)
{
    (void)state;
    double first[N * N], second[N * N];
    draw(4);
    for (size_t k = 0; k < sizeof plans / sizeof *plans; k++) {
        const plan *p = &plans[k];
        mvo_stream *stream = p->window ? window_of(N, p->window, p->ddof, p->mean) : ewma(N, p->decay, p->mean);
        for (int round = 0; round < 2; round++) {
            for (size_t t = 0; t < 100; t++)
                feed(stream, history[t]);
            read_matrix(round ? second : first, stream);
            assert_int_equal(mvo_stream_clear(stream, &error), MVO_OK);
            assert_int_equal(mvo_stream_seen(stream), 0);
            mvo_covariance *none = NULL;
            assert_int_equal(mvo_stream_covariance(&none, stream, NULL), MVO_ERROR_STATE);
        }
        assert_memory_equal(first, second, sizeof first);
        mvo_stream_free(stream);
    }
}

/* ----------------------------------------------------------------------------------------------- snapshots */

static void snapshots_are_the_new_handle_s_bits(void **state)
{
    (void)state;
    double fresh[N * N], written[N * N], x[N], product[N], again[N];
    draw(5);
    for (size_t i = 0; i < N; i++)
        x[i] = 1.0 + (double)i;
    for (size_t k = 0; k < sizeof plans / sizeof *plans; k++) {
        const plan *p = &plans[k];
        mvo_stream *stream = p->window ? window_of(N, p->window, p->ddof, p->mean) : ewma(N, p->decay, p->mean);
        mvo_covariance *held = NULL, *made = NULL;
        for (size_t t = 0; t < 90; t++) {
            feed(stream, history[t]);
            if (t == 2)
                assert_int_equal(mvo_stream_covariance(&held, stream, &error), MVO_OK);
        }
        assert_int_equal(mvo_stream_snapshot(held, stream, &error), MVO_OK);
        assert_int_equal(mvo_stream_covariance(&made, stream, &error), MVO_OK);
        mvo_stream_free(stream); /* handles outlive it */
        assert_int_equal(mvo_covariance_matrix(fresh, N, made, NULL), MVO_OK);
        assert_int_equal(mvo_covariance_matrix(written, N, held, NULL), MVO_OK);
        assert_memory_equal(fresh, written, sizeof fresh);
        assert_int_equal(mvo_covariance_multiply(product, made, x, NULL), MVO_OK);
        assert_int_equal(mvo_covariance_multiply(again, held, x, NULL), MVO_OK);
        assert_memory_equal(product, again, sizeof product);
        assert_int_equal(mvo_covariance_rank_bound(made), p->window && p->window < N ? p->window : N);
        mvo_covariance_unref(held);
        mvo_covariance_unref(made);
    }
}

static void shared_handles_are_not_written_to(void **state)
{
    (void)state;
    double before[4], after[4];
    mvo_stream *stream = ewma(2, 0.9, MVO_MEAN_ZERO);
    mvo_covariance *held = NULL;
    feed(stream, periods[0]);
    assert_int_equal(mvo_stream_covariance(&held, stream, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(before, 2, held, NULL), MVO_OK);
    feed(stream, periods[1]);
    mvo_covariance *second = mvo_covariance_ref(held);
    assert_int_equal(mvo_stream_snapshot(held, stream, &error), MVO_ERROR_STATE);
    assert_string_equal(error.argument, "covariance");
    assert_int_equal(mvo_covariance_matrix(after, 2, held, NULL), MVO_OK);
    assert_memory_equal(before, after, sizeof before);
    mvo_covariance_unref(second);
    assert_int_equal(mvo_stream_snapshot(held, stream, &error), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(after, 2, held, NULL), MVO_OK);
    assert_true(after[0] != before[0]);
    mvo_covariance_unref(held);
    mvo_stream_free(stream);
}

static void handles_that_do_not_fit(void **state)
{
    (void)state;
    static const double matrix[4] = { 1.0, 0.0, 0.0, 1.0 }, specific[2] = { 1.0, 1.0 };
    mvo_covariance *wide = NULL, *factor = NULL, *borrowed = NULL;
    mvo_stream *stream = ewma(2, 0.9, MVO_MEAN_ZERO), *other = ewma(3, 0.9, MVO_MEAN_ZERO);
    feed(stream, periods[0]);
    feed(other, (double[]){ 1.0, 2.0, 3.0 });
    assert_int_equal(mvo_stream_covariance(&wide, other, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_factor(&factor, NULL, 2, 0, NULL, 2, NULL, 0, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&borrowed, NULL, 2, matrix, 2, MVO_BORROW, NULL), MVO_OK);
    assert_int_equal(mvo_stream_snapshot(wide, stream, &error), MVO_ERROR_MISMATCH);
    assert_int_equal(mvo_stream_snapshot(factor, stream, &error), MVO_ERROR_MISMATCH);
    assert_int_equal(mvo_stream_snapshot(borrowed, stream, &error), MVO_ERROR_MISMATCH);
    assert_string_equal(error.argument, "covariance");
    assert_true(matrix[0] == 1.0);
    mvo_covariance_unref(wide);
    mvo_covariance_unref(factor);
    mvo_covariance_unref(borrowed);
    mvo_stream_free(stream);
    mvo_stream_free(other);
}

/* ------------------------------------------------------------------------------------------------ refusals */

static void refused(mvo_status got, mvo_status status, const char *argument, int64_t row)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row)
        fail_msg("%s of %s[%d] (%s), expected %s of %s[%d]", mvo_status_name(got), error.argument, (int)error.row,
                 error.message, mvo_status_name(status), argument, (int)row);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void bad_arguments_of_a_new_stream(void **state)
{
    (void)state;
    static const double decays[] = { 0.0, 1.0, -0.5, 1.5, -1e-300 }, infinite[] = { NAN, INFINITY, -INFINITY };
    mvo_stream *made = NULL;
    refused(mvo_stream_new_ewma(NULL, NULL, 2, 0.9, 0, &error), MVO_ERROR_NULL, "stream", -1);
    refused(mvo_stream_new_ewma(&made, NULL, 0, 0.9, 0, &error), MVO_ERROR_ARGUMENT, "n", -1);
    for (size_t k = 0; k < 5; k++)
        refused(mvo_stream_new_ewma(&made, NULL, 2, decays[k], 0, &error), MVO_ERROR_ARGUMENT, "decay", -1);
    for (size_t k = 0; k < 3; k++)
        refused(mvo_stream_new_ewma(&made, NULL, 2, infinite[k], 0, &error), MVO_ERROR_NOT_FINITE, "decay", -1);
    refused(mvo_stream_new_ewma(&made, NULL, 2, 0.9, 2, &error), MVO_ERROR_ARGUMENT, "mean", -1);
    refused(mvo_stream_new_ewma(&made, NULL, 2, 0.9, -1, &error), MVO_ERROR_ARGUMENT, "mean", -1);
    refused(mvo_stream_new_ewma(&made, NULL, SIZE_MAX / 2, 0.9, 0, &error), MVO_ERROR_MEMORY, "", -1);
    refused(mvo_stream_new_window(NULL, NULL, 2, 5, 1, 1, &error), MVO_ERROR_NULL, "stream", -1);
    refused(mvo_stream_new_window(&made, NULL, 0, 5, 1, 1, &error), MVO_ERROR_ARGUMENT, "n", -1);
    refused(mvo_stream_new_window(&made, NULL, 2, 0, 0, 0, &error), MVO_ERROR_ARGUMENT, "window", -1);
    refused(mvo_stream_new_window(&made, NULL, 2, 1, 0, 1, &error), MVO_ERROR_ARGUMENT, "window", -1);
    refused(mvo_stream_new_window(&made, NULL, 2, 5, 5, 1, &error), MVO_ERROR_ARGUMENT, "window", -1);
    refused(mvo_stream_new_window(&made, NULL, 2, 5, 1, 7, &error), MVO_ERROR_ARGUMENT, "mean", -1);
    refused(mvo_stream_new_window(&made, NULL, 2, SIZE_MAX / 2, 1, 1, &error), MVO_ERROR_MEMORY, "", -1);
    refused(mvo_stream_new_window(&made, NULL, SIZE_MAX, SIZE_MAX, 1, 1, &error), MVO_ERROR_MEMORY, "", -1);
    assert_null(made);
}

static void bad_periods_change_nothing(void **state)
{
    (void)state;
    static const double bad[] = { NAN, INFINITY, -INFINITY, 1.1e100, -1.1e100 };
    double before[4], after[4];
    mvo_stream *streams[3] = { ewma(2, 0.9, 1), window_of(2, 2, 1, 1), window_of(2, 3, 0, 0) };
    for (size_t k = 0; k < 3; k++) {
        for (int t = 0; t < 4; t++)
            feed(streams[k], periods[t]);
        read_matrix(before, streams[k]);
        for (size_t b = 0; b < 5; b++) {
            const double x[2] = { 1.0, bad[b] };
            refused(mvo_stream_update(streams[k], x, &error), b < 3 ? MVO_ERROR_NOT_FINITE : MVO_ERROR_ARGUMENT,
                    "returns", 1);
        }
        refused(mvo_stream_update(streams[k], NULL, &error), MVO_ERROR_NULL, "returns", -1);
        assert_int_equal(mvo_stream_seen(streams[k]), 4);
        read_matrix(after, streams[k]);
        assert_memory_equal(before, after, sizeof before);
        mvo_stream_free(streams[k]);
    }
}

static void null_and_early_calls(void **state)
{
    (void)state;
    double means[2] = { 7.0, 7.0 };
    mvo_covariance *made = NULL, *held = NULL;
    mvo_stream *stream = window_of(2, 5, 2, MVO_MEAN_ESTIMATED);
    refused(mvo_stream_update(NULL, means, &error), MVO_ERROR_NULL, "stream", -1);
    refused(mvo_stream_clear(NULL, &error), MVO_ERROR_NULL, "stream", -1);
    refused(mvo_stream_means(NULL, stream, &error), MVO_ERROR_NULL, "means", -1);
    refused(mvo_stream_means(means, NULL, &error), MVO_ERROR_NULL, "stream", -1);
    refused(mvo_stream_means(means, stream, &error), MVO_ERROR_STATE, "stream", -1);
    refused(mvo_stream_covariance(NULL, stream, &error), MVO_ERROR_NULL, "covariance", -1);
    refused(mvo_stream_covariance(&made, NULL, &error), MVO_ERROR_NULL, "stream", -1);
    refused(mvo_stream_covariance(&made, stream, &error), MVO_ERROR_STATE, "stream", -1);
    feed(stream, periods[0]);
    feed(stream, periods[1]);
    refused(mvo_stream_covariance(&made, stream, &error), MVO_ERROR_STATE, "stream", -1);
    assert_null(made);
    feed(stream, periods[2]);
    assert_int_equal(mvo_stream_covariance(&held, stream, &error), MVO_OK);
    refused(mvo_stream_snapshot(NULL, stream, &error), MVO_ERROR_NULL, "covariance", -1);
    refused(mvo_stream_snapshot(held, NULL, &error), MVO_ERROR_NULL, "stream", -1);
    assert_int_equal(mvo_stream_clear(stream, NULL), MVO_OK);
    refused(mvo_stream_snapshot(held, stream, &error), MVO_ERROR_STATE, "stream", -1);
    assert_true(means[0] == 7.0 && means[1] == 7.0);
    assert_int_equal(mvo_stream_size(NULL), 0);
    assert_int_equal(mvo_stream_seen(NULL), 0);
    mvo_stream_free(NULL);
    mvo_stream_free(stream);
    mvo_covariance_unref(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_weights_by_hand),
        cmocka_unit_test(a_window_by_hand),
        cmocka_unit_test(streams_are_what_the_sums_at_once_are),
        cmocka_unit_test(outliers_leave_nothing_behind),
        cmocka_unit_test(a_long_run_with_outliers),
        cmocka_unit_test(constant_columns_are_riskless),
        cmocka_unit_test(extreme_decays),
        cmocka_unit_test(cleared_streams_begin_again),
        cmocka_unit_test(snapshots_are_the_new_handle_s_bits),
        cmocka_unit_test(shared_handles_are_not_written_to),
        cmocka_unit_test(handles_that_do_not_fit),
        cmocka_unit_test(bad_arguments_of_a_new_stream),
        cmocka_unit_test(bad_periods_change_nothing),
        cmocka_unit_test(null_and_early_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
