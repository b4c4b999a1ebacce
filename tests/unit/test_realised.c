/* SPDX-License-Identifier: MIT */
/* Realised covariances: by hand, against all pairs of intervals, without the bias of a grid, refusals. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mvo_error error = MVO_ERROR_INIT;

static void grid(double *sigma, size_t n, const size_t *counts, const double *const *times, const double *const *prices,
                 double begin, double end, size_t intervals)
{
    mvo_covariance *made = NULL;
    if (mvo_covariance_new_previous_tick(&made, NULL, n, counts, times, prices, begin, end, intervals, &error) !=
        MVO_OK)
        fail_msg("%s", error.message);
    assert_int_equal(mvo_covariance_matrix(sigma, n, made, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_rank_bound(made), intervals < n ? intervals : n);
    mvo_covariance_unref(made);
}

/* Powers of e: log prices 0 1 3 2 at times 0 1 2.5 4, and 0 -1 1 at times -1 2 3. */
static void by_hand(void **state)
{
    (void)state;
    const double e = exp(1.0);
    const double first_times[4] = { 0.0, 1.0, 2.5, 4.0 }, second_times[3] = { -1.0, 2.0, 3.0 };
    const double first[4] = { 1.0, e, e * e * e, e * e }, second[3] = { 1.0, 1.0 / e, e };
    const double *const times[2] = { first_times, second_times }, *const prices[2] = { first, second };
    const size_t counts[2] = { 4, 3 };
    double sigma[4];
    /* At 0, 2, 4: 0 1 2 and 0 -1 1, so returns 1 1 and -1 2. */
    grid(sigma, 2, counts, times, prices, 0.0, 4.0, 2);
    assert_true(fabs(sigma[0] - 2.0) < 1e-14 && fabs(sigma[1] - 1.0) < 1e-14 && fabs(sigma[3] - 5.0) < 1e-14);
    assert_true(sigma[1] == sigma[2]);
    /* One step. */
    grid(sigma, 2, counts, times, prices, 0.0, 4.0, 1);
    assert_true(fabs(sigma[0] - 4.0) < 1e-14 && fabs(sigma[1] - 2.0) < 1e-14 && fabs(sigma[3] - 1.0) < 1e-14);
    /* Returns 1 over (0, 1], 2 over (1, 2.5], -1 over (2.5, 4]; -1 over (-1, 2], 2 over (2, 3].
       1 * -1 + 2 * (-1 + 2) + -1 * 2 = -1. */
    assert_int_equal(mvo_hayashi_yoshida(sigma, 2, NULL, 2, counts, times, prices, &error), MVO_OK);
    assert_true(fabs(sigma[0] - 6.0) < 1e-14 && fabs(sigma[1] + 1.0) < 1e-14 && fabs(sigma[3] - 5.0) < 1e-14);
    assert_true(sigma[1] == sigma[2]);
}

enum { N = 3, MOST = 400 };

typedef struct market {
    size_t counts[N];
    double times[N][MOST], prices[N][MOST];
    const double *time_of[N], *price_of[N];
} market;

/* Three correlated walks over `steps` moments, each seen at moments of its own. */
static void draw(market *m, random_stream *stream, size_t steps, const double *seen)
{
    double walk[N] = { 0.0 };
    for (size_t i = 0; i < N; i++) {
        m->counts[i] = 0;
        m->time_of[i] = m->times[i];
        m->price_of[i] = m->prices[i];
    }
    for (size_t s = 0; s <= steps; s++) {
        const double common = random_normal(stream);
        for (size_t i = 0; i < N; i++) {
            if (s)
                walk[i] += 0.01 * (0.8 * common + 0.6 * random_normal(stream));
            if ((s == 0 || random_uniform(stream) < seen[i]) && m->counts[i] < MOST) {
                m->times[i][m->counts[i]] = (double)s;
                m->prices[i][m->counts[i]++] = 100.0 * exp(walk[i]);
            }
        }
    }
}

static void every_pair_of_intervals(void **state)
{
    (void)state;
    static const double seen[N] = { 0.9, 0.3, 0.1 };
    random_stream stream = { 21 };
    static market m;
    double sigma[N * N];
    for (int round = 0; round < 50; round++) {
        draw(&m, &stream, 60, seen);
        for (size_t i = 0; i < N; i++) /* asset i begins later and ends earlier */
            if (m.counts[i] > 8) {
                m.time_of[i] = m.times[i] + 2 * i;
                m.price_of[i] = m.prices[i] + 2 * i;
                m.counts[i] -= 3 * i;
            }
        int enough = 1;
        for (size_t i = 0; i < N; i++)
            enough &= m.counts[i] >= 2;
        if (!enough)
            continue;
        assert_int_equal(mvo_hayashi_yoshida(sigma, N, NULL, N, m.counts, m.time_of, m.price_of, &error), MVO_OK);
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                double sum = 0.0;
                for (size_t k = 1; k < m.counts[i]; k++)
                    for (size_t l = 1; l < m.counts[j]; l++) {
                        const double from = fmax(m.time_of[i][k - 1], m.time_of[j][l - 1]);
                        const double to = fmin(m.time_of[i][k], m.time_of[j][l]);
                        if (from < to)
                            sum += log(m.price_of[i][k] / m.price_of[i][k - 1]) *
                                   log(m.price_of[j][l] / m.price_of[j][l - 1]);
                    }
                assert_true(fabs(sum - sigma[i + j * N]) < 1e-13);
            }
    }
}

/* Seen at the same moments both are the sum of products of all returns. */
static void both_agree_where_prices_are_synchronous(void **state)
{
    (void)state;
    static const double always[N] = { 1.1, 1.1, 1.1 };
    random_stream stream = { 22 };
    static market m;
    double tick[N * N], pairs[N * N];
    draw(&m, &stream, 300, always);
    grid(tick, N, m.counts, m.time_of, m.price_of, 0.0, 300.0, 300);
    assert_int_equal(mvo_hayashi_yoshida(pairs, N, NULL, N, m.counts, m.time_of, m.price_of, &error), MVO_OK);
    for (size_t i = 0; i < N * N; i++)
        assert_true(fabs(tick[i] - pairs[i]) < 1e-14);
}

/* The grid's covariance fades with its step (Epps); that of all pairs does not. True covariance 0.64e-4 a step. */
static void no_bias_from_asynchronous_prices(void **state)
{
    (void)state;
    static const double seen[N] = { 0.3, 0.2, 0.25 };
    random_stream stream = { 23 };
    static market m;
    double tick = 0.0, pairs = 0.0, sigma[N * N];
    for (int round = 0; round < 200; round++) {
        draw(&m, &stream, 400, seen);
        grid(sigma, N, m.counts, m.time_of, m.price_of, 0.0, 400.0, 400);
        tick += sigma[1] / (200.0 * 400.0);
        assert_int_equal(mvo_hayashi_yoshida(sigma, N, NULL, N, m.counts, m.time_of, m.price_of, &error), MVO_OK);
        pairs += sigma[1] / (200.0 * 400.0);
    }
    assert_true(fabs(pairs - 0.64e-4) < 0.03e-4);
    assert_true(tick < 0.3e-4);
}

/* ------------------------------------------------------------------------------------------------ refusals */

static char mark;
static mvo_covariance *untouched;
static double sigma_untouched[4] = { 7.0, 7.0, 7.0, 7.0 };

static void refused(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("%s of %s[%d, %d] (%s), expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_true(untouched == (mvo_covariance *)(void *)&mark && sigma_untouched[0] == 7.0 && sigma_untouched[3] == 7.0);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void bad_arguments(void **state)
{
    (void)state;
    double first_times[3] = { 0.0, 1.0, 2.0 }, second_times[3] = { 0.0, 1.0, 2.0 };
    double first[3] = { 1.0, 2.0, 3.0 }, second[3] = { 1.0, 2.0, 3.0 };
    const double *times[2] = { first_times, second_times }, *prices[2] = { first, second };
    size_t counts[2] = { 3, 3 };
    untouched = (mvo_covariance *)(void *)&mark;
#define TICK(begin, end, intervals)                                                                                    \
    mvo_covariance_new_previous_tick(&untouched, NULL, 2, counts, times, prices, begin, end, intervals, &error)
#define PAIRS() mvo_hayashi_yoshida(sigma_untouched, 2, NULL, 2, counts, times, prices, &error)
    refused(mvo_covariance_new_previous_tick(NULL, NULL, 2, counts, times, prices, 0, 2, 2, &error), MVO_ERROR_NULL,
            "covariance", -1, -1);
    refused(mvo_covariance_new_previous_tick(&untouched, NULL, 0, counts, times, prices, 0, 2, 2, &error),
            MVO_ERROR_ARGUMENT, "n", -1, -1);
    refused(mvo_covariance_new_previous_tick(&untouched, NULL, 2, NULL, times, prices, 0, 2, 2, &error), MVO_ERROR_NULL,
            "counts", -1, -1);
    refused(mvo_covariance_new_previous_tick(&untouched, NULL, 2, counts, NULL, prices, 0, 2, 2, &error),
            MVO_ERROR_NULL, "times", -1, -1);
    refused(mvo_covariance_new_previous_tick(&untouched, NULL, 2, counts, times, NULL, 0, 2, 2, &error), MVO_ERROR_NULL,
            "prices", -1, -1);
    refused(TICK(NAN, 2.0, 2), MVO_ERROR_NOT_FINITE, "begin", -1, -1);
    refused(TICK(0.0, INFINITY, 2), MVO_ERROR_NOT_FINITE, "end", -1, -1);
    refused(TICK(2.0, 2.0, 2), MVO_ERROR_ARGUMENT, "end", -1, -1);
    refused(TICK(0.0, 2.0, 0), MVO_ERROR_ARGUMENT, "intervals", -1, -1);
    second_times[0] = 0.5;
    refused(TICK(0.25, 2.0, 2), MVO_ERROR_ARGUMENT, "times", 1, 0);
    second_times[0] = 1.0; /* equal to the next */
    refused(TICK(0.0, 2.0, 2), MVO_ERROR_ARGUMENT, "times", 1, 1);
    refused(PAIRS(), MVO_ERROR_ARGUMENT, "times", 1, 1);
    second_times[0] = 0.0;
    first_times[2] = 0.5; /* back in time */
    refused(PAIRS(), MVO_ERROR_ARGUMENT, "times", 0, 2);
    first_times[2] = NAN;
    refused(PAIRS(), MVO_ERROR_NOT_FINITE, "times", 0, 2);
    first_times[2] = 2.0;
    second[1] = 0.0;
    refused(PAIRS(), MVO_ERROR_ARGUMENT, "prices", 1, 1);
    second[1] = -1.0;
    refused(TICK(0.0, 2.0, 2), MVO_ERROR_ARGUMENT, "prices", 1, 1);
    second[1] = INFINITY;
    refused(PAIRS(), MVO_ERROR_NOT_FINITE, "prices", 1, 1);
    second[1] = 2.0;
    counts[1] = 0;
    refused(TICK(0.0, 2.0, 2), MVO_ERROR_ARGUMENT, "counts", 1, -1);
    counts[1] = 1;
    refused(PAIRS(), MVO_ERROR_ARGUMENT, "counts", 1, -1);
    counts[1] = 3;
    times[1] = NULL;
    refused(PAIRS(), MVO_ERROR_NULL, "times", 1, -1);
    times[1] = second_times;
    prices[0] = NULL;
    refused(PAIRS(), MVO_ERROR_NULL, "prices", 0, -1);
    prices[0] = first;
    refused(mvo_hayashi_yoshida(NULL, 2, NULL, 2, counts, times, prices, &error), MVO_ERROR_NULL, "sigma", -1, -1);
    refused(mvo_hayashi_yoshida(sigma_untouched, 1, NULL, 2, counts, times, prices, &error), MVO_ERROR_ARGUMENT, "ld",
            -1, -1);
    refused(mvo_hayashi_yoshida(sigma_untouched, 2, NULL, 0, counts, times, prices, &error), MVO_ERROR_ARGUMENT, "n",
            -1, -1);
#undef TICK
#undef PAIRS
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(every_pair_of_intervals),
        cmocka_unit_test(both_agree_where_prices_are_synchronous),
        cmocka_unit_test(no_bias_from_asynchronous_prices),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
