/* SPDX-License-Identifier: MIT */
/* The rebalancer: ticks verified one by one, figures by hand, forecasts of a model, fills, the crowding guard. */
#include "support/desk.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void set(desk *d, int32_t option, double value)
{
    assert_int_equal(mvo_rebalancer_set_real(d->r, option, value, NULL), MVO_OK);
}

static void set_whole(desk *d, int32_t option, int64_t value)
{
    assert_int_equal(mvo_rebalancer_set_integer(d->r, option, value, NULL), MVO_OK);
}

/* ------------------------------------------------------------------------------------------ ticks verified */

/* Shorts at a fee, funding, costs, a turnover budget, gross exposure, several holding periods, means: every answer is
   optimal, and every figure told is the test's own. */
static void test_every_tick_is_optimal(void **state)
{
    (void)state;
    enum { N = 12, TICKS = 300 };
    costly *c = desk_rules(N, 0.001, 2);
    random_stream stream = { 5 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N];
    size_t count[MVO_TICK_RUINED + 1] = { 0 }, partial = 0;
    c->rows[0].limit = 0.2;
    c->rows[1].around = MVO_AROUND_ZERO;
    c->rows[1].limit = 1.6;
    for (size_t j = 0; j < N; j++) {
        c->p->lower[j] = -0.2;
        c->p->upper[j] = 0.35;
        c->borrow[j] = 1e-5;
    }
    desk *d = desk_new(c, 0.97, 0);
    for (size_t j = 0; j < N; j++)
        d->carry[j] = j % 3 == 0 ? 1e-4 : 0.0;
    d->periods = 20.0;
    d->means = 1;
    assert_int_equal(mvo_rebalancer_set_carry(d->r, d->carry, NULL), MVO_OK);
    set(d, MVO_REBALANCER_HOLDING_PERIODS, d->periods);
    set(d, MVO_REBALANCER_RISK_AVERSION, 8.0);
    set_whole(d, MVO_REBALANCER_MEANS, MVO_MEANS_STREAM);
    for (int t = 0; t < TICKS; t++) {
        desk_draw(&stream, returns, N);
        desk_tick(d, &tick, returns);
        count[tick.outcome]++;
        partial += tick.trades > 0 && tick.trades < N;
        assert_int_equal(tick.number, t + 1);
        assert_int_equal(tick.outcome == MVO_TICK_WARM_UP, t < 19);
    }
    assert_true(count[MVO_TICK_TRADE] > 50 && partial > 50);
    assert_int_equal(count[MVO_TICK_TRADE] + count[MVO_TICK_STAY] + count[MVO_TICK_WARM_UP], TICKS);
    desk_free(d);
}

/* With dear trades nothing moves; with a holding period that makes them worthwhile something does. */
static void test_no_trade_region(void **state)
{
    (void)state;
    enum { N = 6 };
    random_stream stream = { 11 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N], before[N], after[N];
    desk *d = desk_new(desk_rules(N, 0.01, 0), 0.97, 0);
    for (int t = 0; t < 60; t++) {
        desk_draw(&stream, returns, N);
        desk_tick(d, &tick, returns);
        assert_int_equal(tick.outcome, t < 19 ? MVO_TICK_WARM_UP : MVO_TICK_STAY);
    }
    mvo_rebalancer_holdings(before, d->r);
    mvo_rebalancer_weights(after, d->r);
    assert_memory_equal(before, after, sizeof before);
    d->periods = 500.0;
    set(d, MVO_REBALANCER_HOLDING_PERIODS, d->periods);
    set(d, MVO_REBALANCER_RISK_AVERSION, 10.0);
    desk_draw(&stream, returns, N);
    desk_tick(d, &tick, returns);
    assert_int_equal(tick.outcome, MVO_TICK_TRADE);
    assert_true(tick.gain > 0.0);
    desk_free(d);
}

static void test_volatility_target(void **state)
{
    (void)state;
    enum { N = 10 };
    random_stream stream = { 3 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N];
    size_t held = 0, free_of_it = 0;
    costly *c = desk_rules(N, 0.0005, 1);
    c->rows[0].limit = 1.0;
    desk *d = desk_new(c, 0.98, 0);
    d->means = 1;
    d->periods = 10.0;
    set(d, MVO_REBALANCER_HOLDING_PERIODS, d->periods);
    set_whole(d, MVO_REBALANCER_MEANS, MVO_MEANS_STREAM);
    for (int t = 0; t < 200; t++) {
        const double target = t % 2 ? 0.0105 : 0.03;
        set(d, MVO_REBALANCER_VOLATILITY_TARGET, target);
        desk_draw(&stream, returns, N);
        desk_tick(d, &tick, returns); /* optimal at the risk aversion told */
        if (tick.solve < 0)
            continue;
        if (tick.risk_aversion == 1.0) {
            assert_true(tick.volatility <= target);
            free_of_it++;
        } else if (tick.risk_aversion < 0x1p20) {
            assert_true(fabs(tick.volatility / target - 1.0) <= 1e-9);
            held++;
        }
    }
    assert_true(held > 20 && free_of_it > 20);
    /* out of reach: the calmest there is */
    set(d, MVO_REBALANCER_VOLATILITY_TARGET, 1e-6);
    desk_draw(&stream, returns, N);
    desk_tick(d, &tick, returns);
    assert_true(tick.risk_aversion == 0x1p20 && tick.volatility > 1e-6);
    desk_free(d);
}

/* ------------------------------------------------------------------------------------------------- by hand */

/* Prices 100 and 50 held half and half; one rises to 110, the other falls to 45: the equity stays, weights drift. */
static void test_drift_by_hand(void **state)
{
    (void)state;
    const double first[] = { 100, 50 }, second[] = { 110, 45 }, third[] = { 110, 54 };
    double h[2];
    mvo_tick tick = MVO_TICK_INIT;
    mvo_stream *stream = NULL;
    mvo_rebalancer *r = NULL;
    costly *c = desk_rules(2, 0.001, 0);
    mvo_constraints *rules = costly_constraints(c);
    assert_int_equal(mvo_stream_new_window(&stream, NULL, 2, 10, 0, MVO_MEAN_ZERO, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_new(&r, NULL, stream, rules, 0, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_size(r), 2);
    assert_int_equal(mvo_rebalancer_size(NULL), 0);
    assert_int_equal(mvo_rebalancer_tick(&tick, r, first, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_WARM_UP);
    assert_true(tick.growth == 1.0 && tick.value == 1.0);
    assert_int_equal(mvo_rebalancer_tick(&tick, r, second, NULL, NULL), MVO_OK);
    mvo_rebalancer_holdings(h, r);
    assert_true(fabs(h[0] - 0.55) < 1e-15 && fabs(h[1] - 0.45) < 1e-15);
    assert_true(fabs(tick.growth - 1.0) < 1e-15);
    /* funding of 1 % on the first, paid from the equity: 1 + 0.45 * 0.2 - 0.55 * 0.01 */
    const double carry[] = { 0.01, 0.0 };
    assert_int_equal(mvo_rebalancer_set_carry(r, carry, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_tick(&tick, r, third, NULL, NULL), MVO_OK);
    assert_true(fabs(tick.growth - 1.0845) < 1e-15 && fabs(tick.value - 1.0845) < 1e-15);
    mvo_rebalancer_holdings(h, r);
    assert_true(fabs(h[0] - 0.55 / 1.0845) < 1e-15 && fabs(h[1] - 0.54 / 1.0845) < 1e-15);
    mvo_rebalancer_free(r);
    mvo_constraints_free(rules);
    costly_free(c);
}

/* Two independent assets of daily variances 1e-4 and 3e-4: the least risky mix is 3/4 and 1/4; a cost of k either way
   with risk aversion d stops where d (Sigma w)_2 - d (Sigma w)_1 = 2 k: from one half each, w_1 = (3 d - 2 k 1e4) / (4
   d). */
static int32_t plain_model(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    (void)user;
    assert_true(n == 2 && !volatility && ld >= 2);
    mean[0] = mean[1] = 0.0;
    matrix[0] = 1e-4;
    matrix[1] = matrix[ld] = 0.0;
    matrix[ld + 1] = 3e-4;
    return 0;
}

static void test_no_trade_region_by_hand(void **state)
{
    (void)state;
    const double flat[] = { 0.0, 0.0 }, k = 1e-4, d = 10.0;
    double w[2];
    mvo_tick tick = MVO_TICK_INIT;
    desk *desk = desk_new(desk_rules(2, k, 0), 0.9, 0);
    assert_int_equal(
        mvo_rebalancer_set_model(desk->r, plain_model, NULL, MVO_FORECAST_MEAN | MVO_FORECAST_COVARIANCE, NULL),
        MVO_OK);
    set(desk, MVO_REBALANCER_RISK_AVERSION, d);
    set_whole(desk, MVO_REBALANCER_WARM_UP, 0);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, desk->r, flat, NULL, NULL), MVO_OK);
    const double expected = (3.0 * d - 2.0 * k * 1e4) / (4.0 * d), moved = 2.0 * (expected - 0.5);
    mvo_rebalancer_weights(w, desk->r);
    assert_true(fabs(w[0] - expected) < 1e-14 && fabs(w[1] - 1.0 + expected) < 1e-14);
    assert_int_equal(tick.outcome, MVO_TICK_TRADE);
    assert_int_equal(tick.trades, 2);
    assert_true(fabs(tick.turnover - moved) < 1e-14 && fabs(tick.cost - k * moved) < 1e-16);
    assert_true(fabs(tick.value - (1.0 - k * moved)) < 1e-15);
    /* and there it stays */
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, desk->r, flat, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_STAY);
    desk_free(desk);
}

/* ------------------------------------------------------------------------------------------------- models */

typedef struct model {
    double mean[6], volatility[6], correlation;
    int32_t parts;
} model;

static int32_t ask(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    const model *m = user;
    assert_int_equal(mean != NULL, (m->parts & MVO_FORECAST_MEAN) != 0);
    assert_int_equal(volatility != NULL, (m->parts & MVO_FORECAST_VOLATILITY) != 0);
    assert_int_equal(matrix != NULL, (m->parts & (MVO_FORECAST_CORRELATION | MVO_FORECAST_COVARIANCE)) != 0);
    for (size_t j = 0; j < n; j++) {
        if (mean)
            mean[j] = m->mean[j];
        if (volatility)
            volatility[j] = m->volatility[j];
        for (size_t i = 0; matrix && i < n; i++) {
            const double scale = m->parts & MVO_FORECAST_COVARIANCE ? m->volatility[i] * m->volatility[j] : 1.0;
            matrix[i + j * ld] = (i == j ? 1.0 : m->correlation) * scale;
        }
    }
    return 0;
}

static void test_models(void **state)
{
    (void)state;
    enum { N = 6 };
    static const int32_t parts[] = { MVO_FORECAST_MEAN,
                                     MVO_FORECAST_VOLATILITY,
                                     MVO_FORECAST_CORRELATION,
                                     MVO_FORECAST_COVARIANCE,
                                     MVO_FORECAST_MEAN | MVO_FORECAST_VOLATILITY | MVO_FORECAST_CORRELATION,
                                     MVO_FORECAST_MEAN | MVO_FORECAST_COVARIANCE };
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        random_stream stream = { 70 + k };
        mvo_tick tick = MVO_TICK_INIT;
        double returns[N], matrix[N * N], volatility[N];
        model m = { { 0 }, { 0 }, 0.3, parts[k] };
        desk *d = desk_new(desk_rules(N, 0.0002, 0), 0.97, 0);
        d->periods = 10.0;
        set(d, MVO_REBALANCER_HOLDING_PERIODS, d->periods);
        set(d, MVO_REBALANCER_RISK_AVERSION, 20.0);
        for (size_t j = 0; j < N; j++) {
            m.mean[j] = 1e-4 * (double)(j + 1);
            m.volatility[j] = 0.01 + 0.002 * (double)j;
        }
        set_whole(d, MVO_REBALANCER_WARM_UP, 21);
        assert_int_equal(mvo_rebalancer_set_model(d->r, ask, &m, parts[k], NULL), MVO_OK);
        for (int t = 0; t < 30; t++) {
            mvo_covariance *own = NULL;
            desk_draw(&stream, returns, N);
            m.correlation = 0.02 * (double)t;
            if (t >= 20) { /* what the model makes of the stream after this period */
                mvo_stream *ahead = NULL;
                random_stream again = { 70 + k };
                double past[N];
                assert_int_equal(mvo_stream_new_ewma(&ahead, NULL, N, 0.97, MVO_MEAN_ZERO, NULL), MVO_OK);
                for (int s = 0; s <= t; s++) {
                    desk_draw(&again, past, N);
                    mvo_stream_update(ahead, past, NULL);
                }
                assert_int_equal(mvo_stream_covariance(&own, ahead, NULL), MVO_OK);
                mvo_covariance_volatilities(volatility, own, NULL);
                mvo_covariance_correlation(matrix, N, own, NULL);
                for (size_t j = 0; j < N; j++)
                    for (size_t i = 0; i < N; i++) {
                        const int made = (parts[k] & (MVO_FORECAST_CORRELATION | MVO_FORECAST_COVARIANCE)) != 0;
                        const int sized = (parts[k] & (MVO_FORECAST_VOLATILITY | MVO_FORECAST_COVARIANCE)) != 0;
                        const double c = made ? (i == j ? 1.0 : m.correlation) : matrix[i + j * N];
                        matrix[i + j * N] =
                            c * (sized ? m.volatility[i] * m.volatility[j] : volatility[i] * volatility[j]);
                    }
                mvo_covariance_unref(own);
                own = NULL;
                assert_int_equal(mvo_covariance_new_dense(&own, NULL, N, matrix, N, MVO_CHECK_FINITE, NULL), MVO_OK);
                mvo_stream_free(ahead);
            }
            d->given = own;
            d->given_mean = parts[k] & MVO_FORECAST_MEAN ? m.mean : NULL;
            desk_tick(d, &tick, returns);
            assert_int_equal(tick.solve, t < 20 ? -1 : MVO_OPTIMAL);
            mvo_covariance_unref(own);
            d->given = NULL;
        }
        desk_free(d);
    }
}

/* ------------------------------------------------------------------------------------------- fills and guard */

static void test_fills_confirmed(void **state)
{
    (void)state;
    const double flat[] = { 0.0, 0.0 };
    double trades[2], h[2], half[2];
    mvo_tick tick = MVO_TICK_INIT;
    desk *d = desk_new(desk_rules(2, 1e-4, 0), 0.9, 0);
    assert_int_equal(
        mvo_rebalancer_set_model(d->r, plain_model, NULL, MVO_FORECAST_MEAN | MVO_FORECAST_COVARIANCE, NULL), MVO_OK);
    set(d, MVO_REBALANCER_RISK_AVERSION, 10.0);
    set_whole(d, MVO_REBALANCER_WARM_UP, 0);
    set_whole(d, MVO_REBALANCER_FILLS, MVO_FILLS_CONFIRMED);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, flat, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_TRADE);
    mvo_rebalancer_trades(trades, d->r);
    mvo_rebalancer_holdings(h, d->r);
    assert_true(h[0] == 0.5 && h[1] == 0.5 && tick.value == 1.0);
    half[0] = 0.5 * trades[0];
    half[1] = 0.5 * trades[1];
    assert_int_equal(mvo_rebalancer_fill(d->r, half, 0.001, NULL), MVO_OK);
    mvo_rebalancer_holdings(h, d->r);
    assert_true(h[0] == 0.5 + half[0] && h[1] == 0.5 + half[1]);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, flat, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_TRADE); /* the other half is still to be traded */
    assert_true(fabs(tick.value - 0.999) < 1e-15);
    mvo_rebalancer_trades(h, d->r);
    assert_true(fabs(h[0] - half[0]) < 1e-14);
    desk_free(d);
}

static void test_guard(void **state)
{
    (void)state;
    enum { N = 8, TICKS = 400 };
    size_t waited = 0, sliced = 0;
    double least = 1.0, ends[2] = { 0.0, 0.0 };
    for (int run = 0; run < 3; run++) { /* twice the same seed, then another */
        random_stream stream = { 21 };
        mvo_tick tick = MVO_TICK_INIT;
        double returns[N];
        int64_t longest = 0;
        desk *d = desk_new(desk_rules(N, 0.0002, 0), 0.95, 0);
        d->periods = 20.0;
        set(d, MVO_REBALANCER_HOLDING_PERIODS, d->periods);
        set(d, MVO_REBALANCER_RISK_AVERSION, 20.0);
        set(d, MVO_REBALANCER_GUARD_SLICE, 0.25);
        set_whole(d, MVO_REBALANCER_GUARD_DELAY, 3);
        assert_int_equal(mvo_rebalancer_set_guard_seed(d->r, run < 2 ? 9 : 10, NULL), MVO_OK);
        for (int t = 0; t < TICKS; t++) {
            desk_draw(&stream, returns, N);
            desk_tick(d, &tick, returns);
            waited += tick.outcome == MVO_TICK_WAIT;
            sliced += tick.outcome == MVO_TICK_TRADE && tick.slice < 1.0;
            longest = tick.delay > longest ? tick.delay : longest;
            if (tick.outcome == MVO_TICK_TRADE) {
                assert_true(tick.slice >= 0.25 && tick.slice <= 1.0);
                least = fmin(least, tick.slice);
            }
        }
        assert_int_equal(longest, 3);
        if (run < 2)
            ends[run] = tick.value;
        else
            assert_true(tick.value != ends[0]);
        desk_free(d);
    }
    assert_true(ends[0] == ends[1]);
    assert_true(waited > 100 && sliced > 100 && least < 0.3);
}

/* A holding beyond its bound is brought back whole and at once. */
static void test_guard_lets_mending_pass(void **state)
{
    (void)state;
    enum { N = 4 };
    random_stream stream = { 8 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N], h[N];
    costly *c = desk_rules(N, 0.01, 0);
    instance_set_bounds(c->p, 0.0, 0.26);
    desk *d = desk_new(c, 0.95, 0);
    set_whole(d, MVO_REBALANCER_GUARD_DELAY, 1000);
    set(d, MVO_REBALANCER_GUARD_SLICE, 0.001);
    size_t mended = 0;
    for (int t = 0; t < 200; t++) {
        desk_draw(&stream, returns, N);
        desk_tick(d, &tick, returns);
        mended += tick.outcome == MVO_TICK_TRADE;
        if (tick.outcome == MVO_TICK_TRADE) {
            assert_true(tick.slice == 1.0);
            mvo_rebalancer_holdings(h, d->r);
            for (size_t j = 0; j < N; j++)
                assert_true(h[j] <= 0.26);
        }
    }
    assert_true(mended > 20);
    desk_free(d);
}

/* ------------------------------------------------------------------------------------------------- replay */

/* The same calls give the same bits, and a window short enough to be kept as factors does too. */
static void test_same_bits(void **state)
{
    (void)state;
    enum { N = 20, TICKS = 120 };
    for (size_t window = 0; window < 9; window += 8) {
        double ends[2][N];
        for (int run = 0; run < 2; run++) {
            random_stream stream = { 33 };
            mvo_tick tick = MVO_TICK_INIT;
            double returns[N];
            costly *c = desk_rules(N, 0.0003, 1);
            c->rows[0].limit = 0.3;
            mvo_constraints *rules = costly_constraints(c);
            mvo_stream *own = NULL;
            mvo_rebalancer *r = NULL;
            assert_int_equal(window ? mvo_stream_new_window(&own, NULL, N, window, 1, MVO_MEAN_ESTIMATED, NULL)
                                    : mvo_stream_new_ewma(&own, NULL, N, 0.96, MVO_MEAN_ESTIMATED, NULL),
                             MVO_OK);
            assert_int_equal(mvo_rebalancer_new(&r, NULL, own, rules, 0, NULL), MVO_OK);
            mvo_rebalancer_set_real(r, MVO_REBALANCER_HOLDING_PERIODS, 15.0, NULL);
            mvo_rebalancer_set_real(r, MVO_REBALANCER_RISK_AVERSION, 12.0, NULL);
            for (int t = 0; t < TICKS; t++) {
                desk_draw(&stream, returns, N);
                assert_int_equal(mvo_rebalancer_tick_returns(&tick, r, returns, NULL, NULL), MVO_OK);
                assert_true(t < 19 || tick.solve == MVO_OPTIMAL);
            }
            mvo_rebalancer_holdings(ends[run], r);
            mvo_rebalancer_free(r);
            mvo_constraints_free(rules);
            costly_free(c);
        }
        assert_memory_equal(ends[0], ends[1], sizeof ends[0]);
    }
}

/* Saved in the middle and restored into another, both go on with the same bits; damage is found. */
static void test_saved_and_restored(void **state)
{
    (void)state;
    enum { N = 14, HALF = 75 };
    for (size_t window = 0; window < 3; window++) { /* EWMA, a window as a matrix (saved turned over), one as factors */
        random_stream stream = { 34 };
        mvo_tick tick[2] = { MVO_TICK_INIT, MVO_TICK_INIT };
        double returns[N], w[2][N];
        costly *c = desk_rules(N, 0.0003, 1);
        c->rows[0].limit = 0.3;
        mvo_constraints *rules = costly_constraints(c);
        mvo_rebalancer *r[2] = { NULL, NULL };
        for (int k = 0; k < 2; k++) {
            mvo_stream *own = NULL;
            assert_int_equal(
                window ? mvo_stream_new_window(&own, NULL, N, window == 1 ? 25 : 5, 1, MVO_MEAN_ESTIMATED, NULL)
                       : mvo_stream_new_ewma(&own, NULL, N, 0.96, MVO_MEAN_ESTIMATED, NULL),
                MVO_OK);
            assert_int_equal(mvo_rebalancer_new(&r[k], NULL, own, rules, 0, NULL), MVO_OK);
            mvo_rebalancer_set_real(r[k], MVO_REBALANCER_HOLDING_PERIODS, 15.0, NULL);
            mvo_rebalancer_set_real(r[k], MVO_REBALANCER_RISK_AVERSION, 12.0, NULL);
            mvo_rebalancer_set_real(r[k], MVO_REBALANCER_GUARD_SLICE, 0.5, NULL);
            mvo_rebalancer_set_integer(r[k], MVO_REBALANCER_GUARD_DELAY, 2, NULL);
        }
        mvo_rebalancer_set_guard_seed(r[0], 77, NULL);
        for (int t = 0; t < HALF; t++) {
            desk_draw(&stream, returns, N);
            mvo_rebalancer_tick_returns(&tick[0], r[0], returns, NULL, NULL);
        }
        size_t size = 0;
        assert_int_equal(mvo_rebalancer_save(NULL, 0, &size, r[0], NULL), MVO_OK);
        unsigned char *bytes = calloc(size + 1, 1), *saved = bytes + 1; /* anywhere, aligned or not */
        assert_non_null(bytes);
        assert_int_equal(mvo_rebalancer_save(saved, size - 1, NULL, r[0], NULL), MVO_ERROR_ARGUMENT);
        assert_int_equal(mvo_rebalancer_save(saved, size, NULL, r[0], NULL), MVO_OK);
        saved[size / 2] ^= 1;
        assert_int_equal(mvo_rebalancer_restore(r[1], saved, size, NULL), MVO_ERROR_ARGUMENT);
        saved[size / 2] ^= 1;
        assert_int_equal(mvo_rebalancer_restore(r[1], saved, size, NULL), MVO_OK);
        for (int t = 0; t < HALF; t++) {
            desk_draw(&stream, returns, N);
            for (int k = 0; k < 2; k++) {
                assert_int_equal(mvo_rebalancer_tick_returns(&tick[k], r[k], returns, NULL, NULL), MVO_OK);
                mvo_rebalancer_holdings(w[k], r[k]);
            }
            assert_memory_equal(&tick[0], &tick[1], sizeof tick[0]);
            assert_memory_equal(w[0], w[1], sizeof w[0]);
        }
        free(bytes);
        mvo_rebalancer_free(r[0]);
        mvo_rebalancer_free(r[1]);
        mvo_constraints_free(rules);
        costly_free(c);
    }
}

/* ------------------------------------------------------------------------------------------------- impact */

/* Quadratic impact beside kinks and a turnover budget, verified as curvature of the problem. */
static void test_impact(void **state)
{
    (void)state;
    enum { N = 8 };
    random_stream stream = { 44 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N], quadratic[N];
    size_t traded = 0;
    costly *c = desk_rules(N, 0.0003, 1);
    c->rows[0].limit = 0.15;
    desk *d = desk_new(c, 0.96, MVO_REBALANCER_IMPACT);
    assert_non_null(mvo_rebalancer_impact(d->r));
    d->periods = 15.0;
    d->quadratic = quadratic;
    set(d, MVO_REBALANCER_HOLDING_PERIODS, d->periods);
    set(d, MVO_REBALANCER_RISK_AVERSION, 12.0);
    for (size_t j = 0; j < N; j++) {
        quadratic[j] = j % 2 ? 0.01 * (double)j : 0.0;
        assert_int_equal(mvo_impact_set_quadratic(mvo_rebalancer_impact(d->r), j, quadratic[j], NULL), MVO_OK);
    }
    for (int t = 0; t < 100; t++) {
        desk_draw(&stream, returns, N);
        if (t == 60)
            set(d, MVO_REBALANCER_VOLATILITY_TARGET, 0.0078);
        desk_tick(d, &tick, returns);
        assert_true(t < 19 || tick.solve == MVO_OPTIMAL);
        traded += tick.outcome == MVO_TICK_TRADE;
    }
    assert_true(traded > 60);
    desk_free(d);
}

/* What a trade through a pool is said to cost is what the pool takes when the trade is swapped. */
static void test_pool(void **state)
{
    (void)state;
    enum { N = 3 };
    const double fee = 0.003, equity = 1e6;
    random_stream stream = { 45 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N], trades[N];
    size_t swapped = 0;
    costly *c = desk_rules(N, 0.0003, 0);
    mvo_constraints *rules = costly_constraints(c);
    mvo_stream *own = NULL;
    mvo_rebalancer *r = NULL;
    assert_int_equal(mvo_stream_new_ewma(&own, NULL, N, 0.96, MVO_MEAN_ZERO, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_new(&r, NULL, own, rules, MVO_REBALANCER_IMPACT, NULL), MVO_OK);
    mvo_rebalancer_set_real(r, MVO_REBALANCER_HOLDING_PERIODS, 60.0, NULL);
    mvo_rebalancer_set_real(r, MVO_REBALANCER_RISK_AVERSION, 12.0, NULL);
    double price = 20.0;
    for (int t = 0; t < 120; t++) {
        desk_draw(&stream, returns, N);
        price *= 1.0 + returns[1];
        /* the pool stands at the market's price; reserves are counted against a portfolio worth `equity` */
        const double cash = 2e7 * sqrt(price), asset = 2e7 / sqrt(price);
        assert_int_equal(mvo_impact_set_pool(mvo_rebalancer_impact(r), 1, cash, asset, 1, 1, fee, price, equity, NULL),
                         MVO_OK);
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, r, returns, NULL, NULL), MVO_OK);
        if (tick.outcome != MVO_TICK_TRADE)
            continue;
        mvo_rebalancer_trades(trades, r);
        const double units = trades[1] * equity / price;
        double cost = 0.0003 * (fabs(trades[0]) + fabs(trades[1]) + fabs(trades[2]));
        if (units > 0.0) {
            const double paid = cash * units / ((asset - units) * (1.0 - fee));
            cost += paid / equity - trades[1];
        } else if (units < 0.0) {
            const double in = -units * (1.0 - fee), got = cash * in / (asset + in);
            cost += -trades[1] - got / equity;
        }
        swapped += units != 0.0;
        assert_true(fabs(tick.cost - cost) <= 1e-10 * fabs(cost) + 1e-16);
    }
    assert_true(swapped > 5);
    mvo_rebalancer_free(r);
    mvo_constraints_free(rules);
    costly_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_tick_is_optimal),
        cmocka_unit_test(test_no_trade_region),
        cmocka_unit_test(test_volatility_target),
        cmocka_unit_test(test_drift_by_hand),
        cmocka_unit_test(test_no_trade_region_by_hand),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_fills_confirmed),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_guard_lets_mending_pass),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_saved_and_restored),
        cmocka_unit_test(test_impact),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
