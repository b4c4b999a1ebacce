/* SPDX-License-Identifier: MIT */
/* What a rebalancer remembers from tick to tick: prices while there is no equity, refused and unchanged ones, carry of
   ticks that were refused; and figures too large to go on with. */
#include "support/desk.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static desk *pair(void)
{
    return desk_new(desk_rules(2, 0.001, 0), 0.9, 0);
}

static mvo_tick prices(desk *d, double a, double b)
{
    const double given[] = { a, b };
    mvo_tick tick = MVO_TICK_INIT;
    assert_int_equal(mvo_rebalancer_tick(&tick, d->r, given, NULL, NULL), MVO_OK);
    return tick;
}

static mvo_tick returns(desk *d, double a, double b)
{
    const double given[] = { a, b };
    mvo_tick tick = MVO_TICK_INIT;
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, given, NULL, NULL), MVO_OK);
    return tick;
}

static void hold(desk *d, double a, double b, double value)
{
    const double holdings[] = { a, b };
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, holdings, value, NULL), MVO_OK);
}

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-14 * (1.0 + fabs(expected))))
        fail_msg("%.17g is not %.17g", found, expected);
}

/* ------------------------------------------------------------------------------------------------- ruin */

/* Prices are followed while there is no equity: what is put in afterwards has no part in them. */
static void test_prices_go_on_in_ruin(void **state)
{
    (void)state;
    desk *d = pair();
    prices(d, 100.0, 100.0);
    hold(d, 2.0, -1.0, 1.0);
    assert_int_equal(prices(d, 100.0, 400.0).outcome, MVO_TICK_RUINED);
    for (int t = 0; t < 3; t++) {
        const mvo_tick tick = prices(d, 50.0, 50.0);
        assert_int_equal(tick.outcome, MVO_TICK_RUINED);
        assert_true(tick.value == 0.0 && tick.growth == 1.0);
    }
    assert_int_equal(prices(d, 50.0, NAN).outcome, MVO_TICK_RUINED);
    hold(d, 1.0, 0.0, 1.0);
    assert_true(prices(d, 50.0, 50.0).growth == 1.0);
    assert_near(prices(d, 55.0, 50.0).growth, 1.1);
    desk_free(d);
}

/* ---------------------------------------------------------------------------------------- figures too large */

#define REFUSED(name, call)                                                                                            \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        assert_int_equal((call), MVO_ERROR_ARGUMENT);                                                                  \
        assert_string_equal(error.argument, (name));                                                                   \
        assert_true(error.message[0] != '\0');                                                                         \
    } while (0)

static void test_weights_too_large(void **state)
{
    (void)state;
    const double huge[] = { 1e308, 1e308 }, large[] = { 1.0, -1.1e100 }, most[] = { 0.6e100, 0.0 }, none[] = { 0, 0 };
    double h[2];
    desk *d = pair();
    prices(d, 100.0, 100.0);
    REFUSED("holdings", mvo_rebalancer_set_holdings(d->r, huge, 1.0, &error));
    REFUSED("holdings", mvo_rebalancer_set_holdings(d->r, large, 1.0, &error));
    REFUSED("carry", mvo_rebalancer_set_carry(d->r, large, &error));
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_FILLS, MVO_FILLS_CONFIRMED, NULL), MVO_OK);
    REFUSED("trades", mvo_rebalancer_fill(d->r, huge, 0.0, &error));
    REFUSED("trades", mvo_rebalancer_fill(d->r, large, 0.0, &error));
    REFUSED("cost", mvo_rebalancer_fill(d->r, none, -1e308, &error));
    desk_assert_portfolio(d, d->holdings, NULL);
    assert_int_equal(mvo_rebalancer_fill(d->r, most, 0.0, NULL), MVO_OK);
    REFUSED("trades", mvo_rebalancer_fill(d->r, most, 0.0, &error)); /* together they are too large */
    mvo_rebalancer_holdings(h, d->r);
    assert_true(h[0] == 0.6e100 && h[1] == 0.5);
    desk_free(d);
}

/* Equity that no number can tell: the tick is refused, and the asset named that did it. */
static void test_growth_too_large(void **state)
{
    (void)state;
    desk *d = pair();
    prices(d, 100.0, 100.0);
    hold(d, 1e100, -1.0, 1e301);
    for (int t = 0; t < 2; t++) {
        double h[2];
        const mvo_tick tick = prices(d, 1e20, 50.0);
        assert_int_equal(tick.outcome, MVO_TICK_DATA);
        assert_int_equal(tick.reason, MVO_REASON_OUTLIER);
        assert_true(tick.asset == 0 && tick.bad == 1 && tick.figure == 1e20 / 100.0 - 1.0);
        assert_true(tick.value == 1e301 && tick.growth == 1.0);
        mvo_rebalancer_holdings(h, d->r);
        assert_true(h[0] == 1e100 && h[1] == -1.0);
    }
    assert_true(prices(d, 100.0, 100.0).growth == 1.0);
    /* an equity too small to be told is gone */
    hold(d, 1.0, 0.0, 1e-301);
    assert_int_equal(prices(d, 1e-30, 100.0).outcome, MVO_TICK_RUINED);
    desk_free(d);
}

/* However many volatilities are believed, a stream goes no further than 1e100. */
static void test_outlier_beyond_the_stream(void **state)
{
    (void)state;
    desk *d = pair();
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_WARM_UP, 1, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_real(d->r, MVO_REBALANCER_OUTLIER_SIGMAS, 1e300, NULL), MVO_OK);
    for (int t = 0; t < 4; t++)
        returns(d, t % 2 ? 0.01 : -0.01, t % 2 ? 0.02 : -0.01);
    double before[2], h[2];
    mvo_rebalancer_holdings(before, d->r);
    for (int t = 0; t < 2; t++) {
        const mvo_tick tick = returns(d, 0.01, 1e150);
        assert_int_equal(tick.outcome, MVO_TICK_DATA);
        assert_int_equal(tick.reason, MVO_REASON_OUTLIER);
        assert_true(tick.asset == 1 && tick.figure == 1e150 && tick.limit == 1e100);
    }
    mvo_rebalancer_holdings(h, d->r);
    assert_memory_equal(h, before, sizeof h);
    assert_int_equal(returns(d, 0.01, 1e3).bad, 0);
    desk_free(d);
}

/* ------------------------------------------------------------------------------------------ refused moves */

/* A move is believed when the very next tick tells it again: not when that tells of none, be it refused for another. */
static void test_contradicted_outlier(void **state)
{
    (void)state;
    for (int still = 0; still < 3; still++) {
        const double next[] = { 0.01, 1.0, NAN };
        desk *d = pair();
        assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_WARM_UP, 1, NULL), MVO_OK);
        assert_int_equal(mvo_rebalancer_set_real(d->r, MVO_REBALANCER_OUTLIER_SIGMAS, 6.0, NULL), MVO_OK);
        for (int t = 0; t < 10; t++)
            assert_int_equal(returns(d, t % 2 ? 0.01 : -0.01, t % 2 ? 0.02 : -0.01).bad, 0);
        assert_int_equal(returns(d, 0.01, 1.0).reason, MVO_REASON_OUTLIER);
        assert_int_equal(returns(d, NAN, next[still]).outcome, MVO_TICK_DATA);
        const mvo_tick tick = returns(d, 0.01, 1.0);
        assert_int_equal(tick.reason, still == 1 ? MVO_REASON_NONE : MVO_REASON_OUTLIER);
        assert_int_equal(tick.outcome == MVO_TICK_DATA, still != 1);
        desk_free(d);
    }
}

/* A price stands still when it is the one of the tick before, also of one that was refused for another's. */
static void test_unchanged_through_refused_ticks(void **state)
{
    (void)state;
    desk *d = pair();
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_UNCHANGED_LIMIT, 3, NULL), MVO_OK);
    prices(d, 100.0, 100.0);
    for (int t = 0; t < 10; t++)
        assert_int_equal(prices(d, NAN, 101.0).bad, t < 3 ? 1 : 2);
    const mvo_tick tick = prices(d, 102.0, 101.0);
    assert_int_equal(tick.outcome, MVO_TICK_DATA);
    assert_int_equal(tick.reason, MVO_REASON_UNCHANGED);
    assert_true(tick.asset == 1 && tick.figure == 10.0);
    assert_int_equal(prices(d, 102.5, 100.0).bad, 0); /* it moved, if only back to the last good one */
    desk_free(d);
    /* with returns since the last good tick, the same return again is the same price */
    d = pair();
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_UNCHANGED_LIMIT, 3, NULL), MVO_OK);
    returns(d, 0.01, 0.02);
    for (int t = 0; t < 5; t++)
        assert_int_equal(returns(d, NAN, 0.01).bad, t < 3 ? 1 : 2);
    assert_int_equal(returns(d, 0.02, 0.01).reason, MVO_REASON_UNCHANGED);
    assert_int_equal(returns(d, 0.02, 0.02).bad, 0);
    assert_int_equal(returns(d, 0.02, 0.02).bad, 0); /* of the tick before this time: another price */
    desk_free(d);
}

/* -------------------------------------------------------------------------------------------------- carry */

static void test_carry_of_refused_ticks(void **state)
{
    (void)state;
    const double carry[] = { 0.01, 0.01 };
    desk *d = pair();
    assert_int_equal(mvo_rebalancer_set_carry(d->r, carry, NULL), MVO_OK);
    assert_int_equal(prices(d, NAN, 100.0).outcome, MVO_TICK_DATA); /* nothing has begun */
    assert_true(prices(d, 100.0, 100.0).growth == 1.0);
    assert_near(prices(d, 100.0, 100.0).growth, 0.99);
    hold(d, 0.5, 0.5, 1.0);
    for (int t = 0; t < 4; t++)
        assert_true(prices(d, NAN, 100.0).growth == 1.0);
    assert_near(prices(d, 100.0, 100.0).growth, 0.95);
    hold(d, 0.5, 0.5, 1.0);
    assert_near(prices(d, 100.0, 100.0).growth, 0.99);
    hold(d, 0.5, 0.5, 1.0);
    /* an asset that is frozen pays at each tick, and once */
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_BAD_DATA, MVO_BAD_DATA_FREEZE, NULL), MVO_OK);
    assert_near(prices(d, NAN, 100.0).growth, 0.99);
    hold(d, 0.5, 0.5, 1.0);
    assert_near(prices(d, 100.0, 100.0).growth, 0.99);
    /* what set_holdings tells is after all that was paid */
    prices(d, NAN, NAN);
    hold(d, 0.5, 0.5, 1.0);
    assert_near(prices(d, 100.0, 100.0).growth, 0.99);
    desk_free(d);
}

static void test_borrowing_of_refused_ticks(void **state)
{
    (void)state;
    costly *c = desk_rules(2, 0.001, 0);
    c->p->lower[1] = -1.0;
    c->borrow[1] = 0.01;
    desk *d = desk_new(c, 0.9, 0);
    returns(d, 0.0, 0.0);
    hold(d, 1.5, -0.5, 1.0);
    returns(d, NAN, 0.0);
    returns(d, NAN, 0.0);
    assert_near(returns(d, 0.0, 0.0).growth, 1.0 - 3.0 * 0.005);
    desk_free(d);
}

/* What is still to be taken, and what fills are told in units of, are part of the state. */
static void test_memory_is_saved(void **state)
{
    (void)state;
    const double carry[] = { 0.01, 0.01 }, none[] = { 0, 0 };
    desk *d = pair(), *twin = pair();
    desk *both[] = { d, twin };
    for (int k = 0; k < 2; k++) {
        assert_int_equal(mvo_rebalancer_set_carry(both[k]->r, carry, NULL), MVO_OK);
        assert_int_equal(mvo_rebalancer_set_integer(both[k]->r, MVO_REBALANCER_FILLS, MVO_FILLS_CONFIRMED, NULL),
                         MVO_OK);
        assert_int_equal(mvo_rebalancer_set_integer(both[k]->r, MVO_REBALANCER_UNCHANGED_LIMIT, 3, NULL), MVO_OK);
    }
    prices(d, 100.0, 100.0);
    prices(d, NAN, 101.0);
    prices(d, NAN, 101.0);
    assert_int_equal(mvo_rebalancer_fill(d->r, none, 0.25, NULL), MVO_OK);
    size_t size = 0;
    assert_int_equal(mvo_rebalancer_save(NULL, 0, &size, d->r, NULL), MVO_OK);
    void *saved = calloc(size, 1);
    assert_non_null(saved);
    assert_int_equal(mvo_rebalancer_save(saved, size, NULL, d->r, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_restore(twin->r, saved, size, NULL), MVO_OK);
    free(saved);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(mvo_rebalancer_fill(both[k]->r, none, 0.25, NULL), MVO_OK);
        mvo_tick tick = prices(both[k], 100.0, 101.0);
        assert_int_equal(tick.bad, 0);
        assert_near(tick.growth, 1.0 + 0.005 - 0.03);
        assert_near(tick.value, 0.5 * (1.0 + 0.005 - 0.03));
        assert_int_equal(prices(both[k], 102.0, 101.0).reason, MVO_REASON_UNCHANGED);
    }
    desk_free(d);
    desk_free(twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prices_go_on_in_ruin),   cmocka_unit_test(test_weights_too_large),
        cmocka_unit_test(test_growth_too_large),       cmocka_unit_test(test_outlier_beyond_the_stream),
        cmocka_unit_test(test_contradicted_outlier),   cmocka_unit_test(test_unchanged_through_refused_ticks),
        cmocka_unit_test(test_carry_of_refused_ticks), cmocka_unit_test(test_borrowing_of_refused_ticks),
        cmocka_unit_test(test_memory_is_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
