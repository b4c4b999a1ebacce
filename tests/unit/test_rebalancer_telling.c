/* SPDX-License-Identifier: MIT */
/* What a tick, and the words for it, tell where something went wrong: what is said is what is so. */
#include "support/desk.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static const double FLAT[] = { 0.0, 0.0 };

static void assert_describes(const mvo_rebalancer *r, const char *words)
{
    char text[256];
    assert_int_equal(mvo_rebalancer_describe(text, sizeof text, r), MVO_OK);
    assert_string_equal(text, words);
}

/* A desk that has seen a few periods and wants to go from (1, 0) to (0.1, 0.9), whatever it costs. */
static desk *pressed(double rate)
{
    costly *c = desk_rules(2, rate, 0);
    c->holdings[0] = 1.0;
    c->holdings[1] = 0.0;
    desk *d = desk_new(c, 0.9, 0);
    mvo_tick tick = MVO_TICK_INIT;
    for (int t = 0; t < 6; t++) {
        const double returns[] = { t % 2 ? 0.01 : -0.01, t % 3 ? 0.01 : -0.02 };
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    }
    assert_int_equal(tick.outcome, MVO_TICK_WARM_UP);
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_WARM_UP, 1, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_bound(mvo_rebalancer_solver(d->r), 0, 0.0, 0.1, NULL), MVO_OK);
    return d;
}

/* ------------------------------------------------------------------------------------------------- fills */

static void test_fill_in_parts(void **state)
{
    (void)state;
    mvo_tick tick = MVO_TICK_INIT;
    desk *d = desk_new(desk_rules(2, 0.001, 0), 0.9, 0);
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_FILLS, MVO_FILLS_CONFIRMED, NULL), MVO_OK);
    for (int t = 0; t < 2; t++) { /* quarters of the last tick's equity, whatever was paid since */
        assert_int_equal(mvo_rebalancer_fill(d->r, FLAT, 0.25, NULL), MVO_OK);
        assert_int_equal(mvo_rebalancer_fill(d->r, FLAT, 0.25, NULL), MVO_OK);
        assert_int_equal(mvo_rebalancer_fill(d->r, FLAT, 0.5, NULL), MVO_ERROR_ARGUMENT); /* that would be all */
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, FLAT, NULL, NULL), MVO_OK);
        assert_true(tick.value == (t ? 0.25 : 0.5));
    }
    const double half[] = { 0.5, 0.5 };
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, half, 8.0, NULL), MVO_OK); /* of that from now on */
    assert_int_equal(mvo_rebalancer_fill(d->r, FLAT, 0.25, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, FLAT, NULL, NULL), MVO_OK);
    assert_true(tick.value == 6.0);
    desk_free(d);
}

/* ------------------------------------------------------------------------------------------- costs too high */

static void test_cost_of_all(void **state)
{
    (void)state;
    for (int freeze = 0; freeze < 2; freeze++) {
        mvo_tick tick = MVO_TICK_INIT;
        double trades[2], before[2], after[2];
        const double returns[] = { 0.0, freeze ? NAN : 0.0 };
        desk *d = pressed(freeze ? 3.0 : 1.5);
        mvo_rebalancer_weights(before, d->r);
        if (freeze) { /* asset 1 stays where it is: without a budget asset 0 is just sold */
            assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_BAD_DATA, MVO_BAD_DATA_FREEZE, NULL),
                             MVO_OK);
            assert_int_equal(mvo_solver_set_row_limits(mvo_rebalancer_solver(d->r), desk_row(d, 0), 0.0, 1.0, NULL),
                             MVO_OK);
        }
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
        assert_int_equal(tick.outcome, MVO_TICK_FAILED);
        assert_int_equal(tick.solve, MVO_OPTIMAL);
        assert_int_equal(tick.reason, MVO_REASON_COST);
        assert_true(fabs(tick.figure - 2.7) < 1e-12 && tick.limit == 1.0 && tick.asset == -1);
        assert_int_equal(tick.bad, freeze);
        assert_true(tick.trades == 0 && tick.turnover == 0.0 && tick.cost == 0.0 && tick.gain == 0.0);
        assert_true(tick.expected_return == 0.0 && tick.volatility == 0.0);
        mvo_rebalancer_trades(trades, d->r);
        assert_true(trades[0] == 0.0 && trades[1] == 0.0);
        mvo_rebalancer_weights(after, d->r);
        assert_memory_equal(after, before, sizeof after);
        desk_assert_says(d, "failed: the trades would cost 2.7 times the equity");
        if (freeze)
            desk_assert_says(d, "; assets with bad data: 1");
        desk_free(d);
    }
}

/* The guard waits with a new target: what it waits for is told, and nothing is to be traded yet. */
static void test_wait(void **state)
{
    (void)state;
    mvo_tick tick = MVO_TICK_INIT;
    double trades[2], target[2];
    desk *d = pressed(0.001);
    /* a wish that mends no limit: the guard lets those through at once */
    assert_int_equal(mvo_solver_set_bound(mvo_rebalancer_solver(d->r), 0, 0.0, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_real(d->r, MVO_REBALANCER_RISK_AVERSION, 1e6, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_GUARD_DELAY, 1000000, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, FLAT, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_WAIT);
    assert_true(tick.delay > 0 && tick.trades == 2 && tick.gain > 0.0);
    assert_true(tick.turnover == 0.0 && tick.cost == 0.0 && tick.slice == 0.0);
    mvo_rebalancer_trades(trades, d->r);
    assert_true(trades[0] == 0.0 && trades[1] == 0.0);
    mvo_rebalancer_weights(target, d->r);
    assert_true(target[0] < 0.99);
    desk_free(d);
}

/* ----------------------------------------------------------------------------------------------- reasons */

static int32_t answer_seven(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    (void)user, (void)n, (void)mean, (void)volatility, (void)matrix, (void)ld;
    return 7;
}

static void test_forecast_refused_beside_bad_data(void **state)
{
    (void)state;
    mvo_tick tick = MVO_TICK_INIT;
    const double returns[] = { 0.0, NAN };
    desk *d = pressed(0.001);
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_BAD_DATA, MVO_BAD_DATA_FREEZE, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_model(d->r, answer_seven, NULL, MVO_FORECAST_MEAN, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_FORECAST);
    assert_int_equal(tick.reason, MVO_REASON_MODEL);
    assert_true(tick.asset == -1 && tick.figure == 7.0 && tick.bad == 1);
    assert_describes(d->r, "forecast refused: the model answered 7; assets with bad data: 1");
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, FLAT, NULL, NULL), MVO_OK);
    assert_describes(d->r, "forecast refused: the model answered 7");
    desk_free(d);
}

/* ------------------------------------------------------------------------------------------------- states */

static mvo_rebalancer *windowed(const costly *c, size_t ddof)
{
    mvo_constraints *rules = costly_constraints(c);
    mvo_stream *stream = NULL;
    mvo_rebalancer *r = NULL;
    assert_int_equal(mvo_stream_new_window(&stream, NULL, 2, 10, ddof, MVO_MEAN_ZERO, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_new(&r, NULL, stream, rules, 0, NULL), MVO_OK);
    mvo_constraints_free(rules);
    return r;
}

static void test_restored(void **state)
{
    (void)state;
    costly *c = desk_rules(2, 0.001, 0);
    mvo_rebalancer *r = windowed(c, 0), *same = windowed(c, 0), *other = windowed(c, 1);
    mvo_tick tick = MVO_TICK_INIT;
    mvo_error error = MVO_ERROR_INIT;
    unsigned char saved[8192];
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, r, FLAT, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_save(saved, sizeof saved, NULL, r, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_restore(other, saved, sizeof saved, &error), MVO_ERROR_MISMATCH);
    assert_string_equal(error.argument, "state");
    assert_describes(other, "no tick yet");
    assert_int_equal(mvo_rebalancer_restore(same, saved, sizeof saved, NULL), MVO_OK);
    assert_describes(same, "no tick since it was restored");
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, same, FLAT, NULL, NULL), MVO_OK);
    assert_describes(same, "warm-up: the stream has seen 2 periods");
    mvo_rebalancer_free(r);
    mvo_rebalancer_free(same);
    mvo_rebalancer_free(other);
    costly_free(c);
}

static void test_conflict_of_nothing(void **state)
{
    (void)state;
    mvo_error error = MVO_ERROR_INIT;
    mvo_conflict *conflict = NULL;
    desk *d = desk_new(desk_rules(2, 0.001, 0), 0.9, 0);
    assert_int_equal(mvo_rebalancer_conflict(NULL, d->r, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "conflict");
    assert_int_equal(mvo_rebalancer_conflict(&conflict, d->r, &error), MVO_ERROR_STATE);
    assert_null(conflict);
    desk_free(d);
}

/* The limits that mvo.h tells of two arguments. */
static void test_limits_of_arguments(void **state)
{
    (void)state;
    const double half[] = { 0.5, 0.5 };
    const int32_t bound = MVO_CONFLICT_BOUND;
    desk *d = desk_new(desk_rules(2, 0.001, 0), 0.9, 0);
    assert_int_equal(mvo_rebalancer_set_priority(d->r, bound, 0, 1, 0x1p-500, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_priority(d->r, bound, 0, 1, 0x1p500, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_priority(d->r, bound, 0, 1, 0x1p-501, NULL), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_rebalancer_set_priority(d->r, bound, 0, 1, 0x1p501, NULL), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, half, 0x1p-1000, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, half, 0x1p1000, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, half, 0x1p-1001, NULL), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, half, 0x1p1001, NULL), MVO_ERROR_ARGUMENT);
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill_in_parts),
        cmocka_unit_test(test_cost_of_all),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_forecast_refused_beside_bad_data),
        cmocka_unit_test(test_restored),
        cmocka_unit_test(test_conflict_of_nothing),
        cmocka_unit_test(test_limits_of_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
