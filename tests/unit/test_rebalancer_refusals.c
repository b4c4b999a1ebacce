/* SPDX-License-Identifier: MIT */
/* Every bad argument of the rebalancer's functions: a named error, and nothing changed. */
#include "support/desk.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 3 };

#define REFUSED(expected, name, call)                                                                                  \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        assert_int_equal((call), (expected));                                                                          \
        assert_int_equal(error.status, (expected));                                                                    \
        assert_string_equal(error.argument, (name));                                                                   \
        assert_true(error.message[0] != '\0');                                                                         \
    } while (0)

static const double ONE[N] = { 1, 1, 1 }, BAD[N] = { 1, NAN, 1 };

static int32_t model(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    (void)user, (void)n, (void)mean, (void)volatility, (void)matrix, (void)ld;
    return 0;
}

static mvo_stream *stream_of(size_t n, size_t window)
{
    mvo_stream *stream = NULL;
    assert_int_equal(window ? mvo_stream_new_window(&stream, NULL, n, window, 0, MVO_MEAN_ZERO, NULL)
                            : mvo_stream_new_ewma(&stream, NULL, n, 0.9, MVO_MEAN_ZERO, NULL),
                     MVO_OK);
    return stream;
}

static void test_new(void **state)
{
    (void)state;
    costly *c = desk_rules(N, 0.001, 0);
    mvo_constraints *rules = costly_constraints(c);
    mvo_stream *stream = stream_of(N, 0), *other = stream_of(N + 1, 0);
    mvo_rebalancer *r = NULL;
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_new(NULL, NULL, stream, rules, 0, &error));
    REFUSED(MVO_ERROR_NULL, "stream", mvo_rebalancer_new(&r, NULL, NULL, rules, 0, &error));
    REFUSED(MVO_ERROR_NULL, "constraints", mvo_rebalancer_new(&r, NULL, stream, NULL, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "flags", mvo_rebalancer_new(&r, NULL, stream, rules, 2, &error));
    REFUSED(MVO_ERROR_MISMATCH, "constraints", mvo_rebalancer_new(&r, NULL, other, rules, 0, &error));
    assert_null(r);
    mvo_stream_free(stream); /* it is still the caller's */
    mvo_stream_free(other);
    mvo_rebalancer_free(NULL);
    assert_null(mvo_rebalancer_solver(NULL));
    assert_null(mvo_rebalancer_impact(NULL));
    assert_null(mvo_rebalancer_covariance(NULL));
    mvo_constraints_free(rules);
    costly_free(c);
}

static void test_options(void **state)
{
    (void)state;
    desk *d = desk_new(desk_rules(N, 0.001, 0), 0.9, 0);
    for (int32_t key = MVO_REBALANCER_RISK_AVERSION; key <= MVO_REBALANCER_FILLS; key++) {
        double least, most, standard, real;
        int64_t whole;
        assert_int_equal(mvo_rebalancer_option_range(&least, &most, &standard, key), MVO_OK);
        assert_true(least <= standard && standard <= most);
        if (key <= MVO_REBALANCER_GUARD_SLICE) {
            assert_int_equal(mvo_rebalancer_real(&real, d->r, key, NULL), MVO_OK);
            assert_true(real == standard);
            REFUSED(MVO_ERROR_NOT_FINITE, "value", mvo_rebalancer_set_real(d->r, key, NAN, &error));
            REFUSED(MVO_ERROR_OUT_OF_RANGE, "value", mvo_rebalancer_set_real(d->r, key, -1.0, &error));
            REFUSED(MVO_ERROR_ARGUMENT, "option", mvo_rebalancer_set_integer(d->r, key, 1, &error));
            REFUSED(MVO_ERROR_ARGUMENT, "option", mvo_rebalancer_integer(&whole, d->r, key, &error));
            assert_int_equal(mvo_rebalancer_real(&real, d->r, key, NULL), MVO_OK);
            assert_true(real == standard);
            assert_int_equal(mvo_rebalancer_set_real(d->r, key, 0.5, NULL), MVO_OK);
            assert_int_equal(mvo_rebalancer_real(&real, d->r, key, NULL), MVO_OK);
            assert_true(real == 0.5);
        } else {
            assert_int_equal(mvo_rebalancer_integer(&whole, d->r, key, NULL), MVO_OK);
            assert_true((double)whole == standard);
            REFUSED(MVO_ERROR_OUT_OF_RANGE, "value", mvo_rebalancer_set_integer(d->r, key, -1, &error));
            REFUSED(MVO_ERROR_OUT_OF_RANGE, "value", mvo_rebalancer_set_integer(d->r, key, INT64_MAX, &error));
            REFUSED(MVO_ERROR_ARGUMENT, "option", mvo_rebalancer_set_real(d->r, key, 1.0, &error));
            REFUSED(MVO_ERROR_ARGUMENT, "option", mvo_rebalancer_real(&real, d->r, key, &error));
            assert_int_equal(mvo_rebalancer_set_integer(d->r, key, 1, NULL), MVO_OK);
            assert_int_equal(mvo_rebalancer_integer(&whole, d->r, key, NULL), MVO_OK);
            assert_int_equal(whole, 1);
        }
    }
    double real;
    int64_t whole;
    REFUSED(MVO_ERROR_OUT_OF_RANGE, "value", mvo_rebalancer_set_real(d->r, MVO_REBALANCER_RISK_AVERSION, 0.0, &error));
    REFUSED(MVO_ERROR_OUT_OF_RANGE, "value", mvo_rebalancer_set_real(d->r, MVO_REBALANCER_GUARD_SLICE, 1.5, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "option", mvo_rebalancer_set_real(d->r, 0, 1.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "option", mvo_rebalancer_set_integer(d->r, 99, 1, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_real(NULL, MVO_REBALANCER_RISK_AVERSION, 1.0, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_integer(NULL, MVO_REBALANCER_FILLS, 1, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_real(&real, NULL, MVO_REBALANCER_RISK_AVERSION, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_integer(&whole, NULL, MVO_REBALANCER_FILLS, &error));
    REFUSED(MVO_ERROR_NULL, "value", mvo_rebalancer_real(NULL, d->r, MVO_REBALANCER_RISK_AVERSION, &error));
    REFUSED(MVO_ERROR_NULL, "value", mvo_rebalancer_integer(NULL, d->r, MVO_REBALANCER_FILLS, &error));
    assert_int_equal(mvo_rebalancer_option_range(NULL, NULL, NULL, MVO_REBALANCER_FILLS), MVO_OK);
    assert_int_equal(mvo_rebalancer_option_range(NULL, NULL, NULL, 99), MVO_ERROR_ARGUMENT);
    desk_free(d);
}

static void test_setters(void **state)
{
    (void)state;
    desk *d = desk_new(desk_rules(N, 0.001, 0), 0.9, 0);
    mvo_rebalancer *r = d->r;
    const int32_t bound = MVO_CONFLICT_BOUND;
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_guard_seed(NULL, 1, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_carry(NULL, ONE, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "carry", mvo_rebalancer_set_carry(r, BAD, &error));
    assert_int_equal(mvo_rebalancer_set_carry(r, NULL, NULL), MVO_OK);
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_asset(NULL, 0, MVO_ASSET_HALTED, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_rebalancer_set_asset(r, N, MVO_ASSET_HALTED, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "state", mvo_rebalancer_set_asset(r, 0, 3, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "state", mvo_rebalancer_set_asset(r, 0, -1, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_priority(NULL, bound, 0, 1, 1.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "kind", mvo_rebalancer_set_priority(r, 2, 0, 1, 1.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_rebalancer_set_priority(r, bound, N, 1, 1.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "asset", mvo_rebalancer_set_priority(r, bound, -1, 1, 1.0, &error));
    REFUSED(MVO_ERROR_NOT_FOUND, "id", mvo_rebalancer_set_priority(r, MVO_CONFLICT_ROW, 77, 1, 1.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "priority", mvo_rebalancer_set_priority(r, bound, 0, -1, 1.0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "unit", mvo_rebalancer_set_priority(r, bound, 0, 1, NAN, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "unit", mvo_rebalancer_set_priority(r, bound, 0, 1, 0.0, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_holdings(NULL, ONE, 1.0, &error));
    REFUSED(MVO_ERROR_NULL, "holdings", mvo_rebalancer_set_holdings(r, NULL, 1.0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "holdings", mvo_rebalancer_set_holdings(r, BAD, 1.0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "value", mvo_rebalancer_set_holdings(r, ONE, 0.0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "value", mvo_rebalancer_set_holdings(r, ONE, INFINITY, &error));
    REFUSED(MVO_ERROR_STATE, "rebalancer", mvo_rebalancer_fill(r, ONE, 0.0, &error));
    assert_int_equal(mvo_rebalancer_set_integer(r, MVO_REBALANCER_FILLS, MVO_FILLS_CONFIRMED, NULL), MVO_OK);
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_fill(NULL, ONE, 0.0, &error));
    REFUSED(MVO_ERROR_NULL, "trades", mvo_rebalancer_fill(r, NULL, 0.0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "trades", mvo_rebalancer_fill(r, BAD, 0.0, &error));
    REFUSED(MVO_ERROR_NOT_FINITE, "cost", mvo_rebalancer_fill(r, ONE, NAN, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "cost", mvo_rebalancer_fill(r, ONE, 1.0, &error));
    desk_assert_portfolio(d, d->holdings, NULL);
    desk_free(d);
}

static void test_models(void **state)
{
    (void)state;
    enum { LARGE = 12 };
    desk *d = desk_new(desk_rules(N, 0.001, 0), 0.9, 0);
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_set_model(NULL, model, NULL, MVO_FORECAST_MEAN, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "parts", mvo_rebalancer_set_model(d->r, model, NULL, 0, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "parts", mvo_rebalancer_set_model(d->r, model, NULL, 16, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "parts",
            mvo_rebalancer_set_model(d->r, model, NULL, MVO_FORECAST_COVARIANCE | MVO_FORECAST_VOLATILITY, &error));
    assert_int_equal(mvo_rebalancer_set_model(d->r, NULL, NULL, 0, NULL), MVO_OK);
    desk_free(d);
    /* a stream of few periods has no matrix to write into */
    costly *c = desk_rules(LARGE, 0.001, 0);
    mvo_constraints *rules = costly_constraints(c);
    mvo_rebalancer *r = NULL;
    assert_int_equal(mvo_rebalancer_new(&r, NULL, stream_of(LARGE, 4), rules, 0, NULL), MVO_OK);
    REFUSED(MVO_ERROR_ARGUMENT, "parts", mvo_rebalancer_set_model(r, model, NULL, MVO_FORECAST_VOLATILITY, &error));
    assert_int_equal(mvo_rebalancer_set_model(r, model, NULL, MVO_FORECAST_MEAN, NULL), MVO_OK);
    mvo_rebalancer_free(r);
    mvo_constraints_free(rules);
    costly_free(c);
}

static void test_ticks(void **state)
{
    (void)state;
    mvo_tick tick = MVO_TICK_INIT;
    const double flat[N] = { 0 };
    desk *d = desk_new(desk_rules(N, 0.001, 0), 0.9, 0);
    REFUSED(MVO_ERROR_NULL, "tick", mvo_rebalancer_tick(NULL, d->r, ONE, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_tick(&tick, NULL, ONE, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "prices", mvo_rebalancer_tick(&tick, d->r, NULL, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "returns", mvo_rebalancer_tick_returns(&tick, d->r, NULL, NULL, &error));
    tick.struct_size = 4;
    REFUSED(MVO_ERROR_ARGUMENT, "tick", mvo_rebalancer_tick(&tick, d->r, ONE, NULL, &error));
    /* an older caller has a shorter struct, and a newer one a longer */
    tick = (mvo_tick)MVO_TICK_INIT;
    tick.struct_size = 3 * 8;
    tick.reason = 77;
    assert_int_equal(mvo_rebalancer_tick(&tick, d->r, ONE, NULL, NULL), MVO_OK);
    assert_true(tick.number == 1 && tick.reason == 77 && tick.struct_size == 24);
    struct {
        mvo_tick tick;
        int64_t beyond;
    } longer = { MVO_TICK_INIT, 5 };
    longer.tick.struct_size = (int64_t)sizeof longer;
    assert_int_equal(mvo_rebalancer_tick(&longer.tick, d->r, ONE, NULL, NULL), MVO_OK);
    assert_true(longer.beyond == 5 && longer.tick.number == 2);
    REFUSED(MVO_ERROR_STATE, "rebalancer", mvo_rebalancer_tick_returns(&tick, d->r, flat, NULL, &error));
    assert_int_equal(mvo_rebalancer_tick(&longer.tick, d->r, ONE, NULL, NULL), MVO_OK);
    assert_int_equal(longer.tick.number, 3);
    desk_free(d);
}

static void test_getters(void **state)
{
    (void)state;
    double x[N];
    char text[8];
    mvo_conflict *conflict = NULL;
    desk *d = desk_new(desk_rules(N, 0.001, 0), 0.9, 0);
    assert_int_equal(mvo_rebalancer_weights(NULL, d->r), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_weights(x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_trades(NULL, d->r), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_trades(x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_holdings(NULL, d->r), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_holdings(x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_relaxed(NULL, NULL, NULL, NULL, NULL, NULL, 0), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_relaxed(NULL, NULL, NULL, NULL, NULL, d->r, 0), MVO_ERROR_ARGUMENT);
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_conflict(&conflict, NULL, &error));
    REFUSED(MVO_ERROR_STATE, "rebalancer", mvo_rebalancer_conflict(&conflict, d->r, &error));
    assert_int_equal(mvo_rebalancer_describe(NULL, 8, d->r), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_describe(text, 8, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_rebalancer_describe(text, 0, d->r), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_rebalancer_describe(text, sizeof text, d->r), MVO_OK);
    assert_string_equal(text, "no tick");
    assert_int_equal(mvo_rebalancer_describe(text, 1, d->r), MVO_OK);
    assert_string_equal(text, "");
    desk_free(d);
}

static void test_states(void **state)
{
    (void)state;
    size_t size = 0;
    desk *d = desk_new(desk_rules(N, 0.001, 0), 0.9, 0), *other = desk_new(desk_rules(N, 0.001, 0), 0.95, 0);
    desk *larger = desk_new(desk_rules(N + 1, 0.001, 0), 0.9, 0);
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_save(NULL, 0, &size, NULL, &error));
    REFUSED(MVO_ERROR_NULL, "state", mvo_rebalancer_save(NULL, 0, NULL, d->r, &error));
    assert_int_equal(mvo_rebalancer_save(NULL, 0, &size, d->r, NULL), MVO_OK);
    unsigned char *saved = calloc(size, 1);
    assert_non_null(saved);
    REFUSED(MVO_ERROR_ARGUMENT, "size", mvo_rebalancer_save(saved, size - 1, NULL, d->r, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "state", mvo_rebalancer_restore(d->r, saved, size, &error));
    assert_int_equal(mvo_rebalancer_save(saved, size, NULL, d->r, NULL), MVO_OK);
    REFUSED(MVO_ERROR_NULL, "rebalancer", mvo_rebalancer_restore(NULL, saved, size, &error));
    REFUSED(MVO_ERROR_NULL, "state", mvo_rebalancer_restore(d->r, NULL, size, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "size", mvo_rebalancer_restore(d->r, saved, 8, &error));
    REFUSED(MVO_ERROR_ARGUMENT, "size", mvo_rebalancer_restore(d->r, saved, size - 1, &error));
    REFUSED(MVO_ERROR_MISMATCH, "state", mvo_rebalancer_restore(other->r, saved, size, &error));
    REFUSED(MVO_ERROR_MISMATCH, "state", mvo_rebalancer_restore(larger->r, saved, size, &error));
    assert_int_equal(mvo_rebalancer_restore(d->r, saved, size, NULL), MVO_OK);
    free(saved);
    desk_free(d);
    desk_free(other);
    desk_free(larger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),    cmocka_unit_test(test_options), cmocka_unit_test(test_setters),
        cmocka_unit_test(test_models), cmocka_unit_test(test_ticks),   cmocka_unit_test(test_getters),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
