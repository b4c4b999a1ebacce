/* SPDX-License-Identifier: MIT */
/* What would kill a rebalancer: each a named outcome, the last good portfolio standing, and the next good tick as if
   nothing had been. */
#include "support/desk.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = DESK_SMALL };

/* --------------------------------------------------------------------------------------------------- data */

static void test_bad_returns(void **state)
{
    (void)state;
    static const struct {
        double value;
        int64_t reason;
        const char *words;
    } bad[] = { { NAN, MVO_REASON_NOT_FINITE, "data refused: asset 4: return is NaN" },
                { INFINITY, MVO_REASON_NOT_FINITE, "return is inf" },
                { -1.0, MVO_REASON_NOT_POSITIVE, "return is -1" },
                { -1.5, MVO_REASON_NOT_POSITIVE, "return is -1.5" },
                { 1e200, MVO_REASON_OUTLIER, "a move of 1e+200, beyond 1e+100" } };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        random_stream stream = { 40 + k };
        mvo_tick tick = MVO_TICK_INIT;
        double returns[N];
        desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
        const portfolio before = desk_portfolio(d);
        for (int times = 0; times < 3; times++) {
            desk_draw(&stream, returns, N);
            returns[4] = bad[k].value;
            returns[5] = bad[k].value;
            desk_tick(d, &tick, returns);
            assert_int_equal(tick.outcome, MVO_TICK_DATA);
            assert_int_equal(tick.reason, bad[k].reason);
            assert_int_equal(tick.asset, 4);
            assert_int_equal(tick.bad, 2);
            assert_int_equal(tick.solve, -1);
            desk_assert_stands(d, &before);
            desk_assert_says(d, k == 4 ? "a move of 1" : bad[k].words);
            desk_assert_says(d, "(and 1 more)");
        }
        desk_tick_well(d, &stream);
        desk_free(d);
    }
}

/* With prices, a gap is spanned by the tick that ends it. */
static void test_gap_in_prices(void **state)
{
    (void)state;
    const double first[] = { 100, 50 }, gap[] = { 105, NAN }, zero[] = { 105, 0.0 }, last[] = { 110, 45 };
    double h[2];
    mvo_tick tick = MVO_TICK_INIT;
    mvo_stream *stream = NULL;
    mvo_rebalancer *r = NULL;
    costly *c = desk_rules(2, 0.001, 0);
    mvo_constraints *rules = costly_constraints(c);
    assert_int_equal(mvo_constraints_set_asset_name(rules, 1, "LUNA", NULL), MVO_OK);
    for (int freeze = 0; freeze < 2; freeze++) {
        char text[128];
        assert_int_equal(mvo_stream_new_ewma(&stream, NULL, 2, 0.9, MVO_MEAN_ZERO, NULL), MVO_OK);
        assert_int_equal(mvo_rebalancer_new(&r, NULL, stream, rules, 0, NULL), MVO_OK);
        assert_int_equal(mvo_rebalancer_set_integer(r, MVO_REBALANCER_BAD_DATA, freeze, NULL), MVO_OK);
        assert_int_equal(mvo_rebalancer_describe(text, sizeof text, r), MVO_OK);
        assert_string_equal(text, "no tick yet");
        mvo_rebalancer_tick(&tick, r, first, NULL, NULL);
        mvo_rebalancer_tick(&tick, r, gap, NULL, NULL);
        assert_int_equal(tick.outcome, freeze ? MVO_TICK_WARM_UP : MVO_TICK_DATA);
        assert_int_equal(tick.reason, MVO_REASON_NOT_FINITE);
        assert_int_equal(tick.asset, 1);
        mvo_rebalancer_describe(text, sizeof text, r);
        assert_string_equal(text, freeze ? "warm-up: the stream has seen 1 periods; frozen: asset 'LUNA': price is NaN"
                                         : "data refused: asset 'LUNA': price is NaN");
        assert_true(fabs(tick.growth - (freeze ? 1.025 : 1.0)) < 1e-15);
        mvo_rebalancer_tick(&tick, r, zero, NULL, NULL);
        assert_int_equal(tick.reason, MVO_REASON_NOT_POSITIVE);
        mvo_rebalancer_tick(&tick, r, last, NULL, NULL);
        mvo_rebalancer_holdings(h, r); /* 0.5 * 1.1 and 0.5 * 0.9, whatever was in between */
        assert_true(fabs(h[0] - 0.55) < 1e-15 && fabs(h[1] - 0.45) < 1e-15 && fabs(tick.value - 1.0) < 1e-15);
        assert_int_equal(tick.bad, 0);
        mvo_rebalancer_free(r);
    }
    mvo_constraints_free(rules);
    costly_free(c);
}

static void test_frozen_by_bad_data(void **state)
{
    (void)state;
    random_stream stream = { 50 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N];
    desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_BAD_DATA, MVO_BAD_DATA_FREEZE, NULL), MVO_OK);
    for (int t = 0; t < 20; t++) {
        desk_draw(&stream, returns, N);
        returns[2] = NAN;
        double growth = 1.0;
        for (size_t j = 0; j < N; j++)
            growth += j == 2 ? 0.0 : d->holdings[j] * returns[j];
        d->c->p->lower[2] = d->c->p->upper[2] = d->holdings[2] / growth;
        desk_tick(d, &tick, returns); /* verified with the weight fixed */
        assert_int_equal(tick.solve, MVO_OPTIMAL);
        assert_int_equal(tick.frozen, 1);
        assert_int_equal(tick.bad, 1);
        assert_int_equal(tick.asset, 2);
    }
    d->c->p->lower[2] = 0.0;
    d->c->p->upper[2] = INFINITY;
    desk_tick_well(d, &stream);
    for (size_t j = 0; j < N; j++) /* nothing good at all is refused all the same */
        returns[j] = NAN;
    desk_tick(d, &tick, returns);
    assert_int_equal(tick.outcome, MVO_TICK_DATA);
    assert_int_equal(tick.bad, N);
    desk_free(d);
}

static void test_outliers(void **state)
{
    (void)state;
    random_stream stream = { 60 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N];
    desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
    assert_int_equal(mvo_rebalancer_set_real(d->r, MVO_REBALANCER_OUTLIER_SIGMAS, 8.0, NULL), MVO_OK);
    for (int t = 0; t < 50; t++)
        desk_tick_well(d, &stream);
    const portfolio before = desk_portfolio(d);
    /* a wrong print is refused and gone */
    desk_draw(&stream, returns, N);
    returns[1] = -0.6;
    desk_tick(d, &tick, returns);
    assert_int_equal(tick.outcome, MVO_TICK_DATA);
    assert_int_equal(tick.reason, MVO_REASON_OUTLIER);
    assert_int_equal(tick.asset, 1);
    assert_true(tick.figure == -0.6 && tick.limit > 0.05 && tick.limit < 0.3);
    desk_assert_says(d, "asset 1: a move of -0.6, beyond 0.");
    desk_assert_stands(d, &before);
    desk_tick_well(d, &stream);
    /* a crash is refused once, and believed when it is still there */
    desk_draw(&stream, returns, N);
    returns[1] = -0.6;
    desk_tick(d, &tick, returns);
    assert_int_equal(tick.outcome, MVO_TICK_DATA);
    desk_draw(&stream, returns, N);
    returns[1] = 0.4 * (1.0 + returns[1]) - 1.0;
    desk_tick(d, &tick, returns);
    assert_int_equal(tick.solve, MVO_OPTIMAL);
    assert_int_equal(tick.bad, 0);
    assert_true(tick.growth < 1.0);
    /* four ticks after the last good price, twice as much is believed */
    double volatility[N];
    for (int t = 0; t < 4; t++) {
        mvo_covariance_volatilities(volatility, mvo_rebalancer_covariance(d->r), NULL);
        assert_int_equal(mvo_rebalancer_set_asset(d->r, 2, t < 3 ? MVO_ASSET_HALTED : MVO_ASSET_TRADED, NULL), MVO_OK);
        desk_draw(&stream, returns, N);
        returns[2] = t < 3 ? NAN : 10.0;
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    }
    assert_int_equal(tick.reason, MVO_REASON_OUTLIER);
    assert_true(fabs(tick.limit / (8.0 * volatility[2] * 2.0) - 1.0) < 1e-12);
    desk_free(d);
}

static void test_stale(void **state)
{
    (void)state;
    random_stream stream = { 61 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N], ages[N] = { 0, 1, 2, 3, 4, 5 };
    desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
    const portfolio before = desk_portfolio(d);
    desk_draw(&stream, returns, N);
    assert_int_equal(mvo_rebalancer_set_real(d->r, MVO_REBALANCER_AGE_LIMIT, 4.5, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, ages, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_DATA);
    assert_int_equal(tick.reason, MVO_REASON_AGE);
    assert_true(tick.asset == 5 && tick.figure == 5.0 && tick.limit == 4.5);
    desk_assert_says(d, "data refused: asset 5: its age is 5, beyond 4.5");
    ages[5] = 0.0;
    for (int k = 0; k < 2; k++) {
        ages[0] = k ? NAN : -1.0;
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, ages, NULL), MVO_OK);
        assert_true(tick.outcome == MVO_TICK_DATA && tick.reason == MVO_REASON_AGE && tick.asset == 0);
    }
    desk_assert_stands(d, &before);
    desk_tick_well(d, &stream);
    /* a price that does not move */
    assert_int_equal(mvo_rebalancer_set_integer(d->r, MVO_REBALANCER_UNCHANGED_LIMIT, 3, NULL), MVO_OK);
    for (int t = 0; t < 4; t++) {
        desk_draw(&stream, returns, N);
        returns[3] = 0.0;
        desk_tick(d, &tick, returns);
        assert_int_equal(tick.outcome == MVO_TICK_DATA, t >= 2);
    }
    assert_true(tick.reason == MVO_REASON_UNCHANGED && tick.asset == 3 && tick.figure == 4.0);
    desk_assert_says(d, "asset 3: unchanged for 4 ticks");
    desk_tick_well(d, &stream);
    desk_free(d);
}

/* ------------------------------------------------------------------------------------------------- markets */

static void test_halted(void **state)
{
    (void)state;
    random_stream stream = { 62 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N];
    desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
    assert_int_equal(mvo_rebalancer_set_asset(d->r, 3, MVO_ASSET_HALTED, NULL), MVO_OK);
    for (int t = 0; t < 30; t++) {
        desk_draw(&stream, returns, N);
        if (t % 2) /* with a price or without */
            returns[3] = NAN;
        double growth = 1.0;
        for (size_t j = 0; j < N; j++)
            growth += isnan(returns[j]) ? 0.0 : d->holdings[j] * returns[j];
        const double stays = d->holdings[3] * (isnan(returns[3]) ? 1.0 : 1.0 + returns[3]) / growth;
        d->c->p->lower[3] = d->c->p->upper[3] = stays;
        desk_tick(d, &tick, returns);
        assert_int_equal(tick.solve, MVO_OPTIMAL);
        assert_int_equal(tick.frozen, 1);
        assert_int_equal(tick.bad, 0);
        assert_true(fabs(d->holdings[3] - stays) < 1e-15);
    }
    d->c->p->lower[3] = 0.0;
    d->c->p->upper[3] = INFINITY;
    assert_int_equal(mvo_rebalancer_set_asset(d->r, 3, MVO_ASSET_TRADED, NULL), MVO_OK);
    desk_tick_well(d, &stream);
    /* what cannot be traded does not yield, whatever the class of its bounds */
    mvo_solver *solver = mvo_rebalancer_solver(d->r);
    assert_int_equal(mvo_rebalancer_set_priority(d->r, MVO_CONFLICT_BOUND, 3, 1, 1.0, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++)
        if (j != 3)
            assert_int_equal(mvo_solver_set_bound(solver, j, 0.0, 0.1, NULL), MVO_OK);
    desk_draw(&stream, returns, N);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_TRADE);
    assert_int_equal(mvo_rebalancer_set_asset(d->r, 3, MVO_ASSET_HALTED, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++)
        if (j != 3)
            assert_int_equal(mvo_solver_set_bound(solver, j, 0.0, 0.05, NULL), MVO_OK);
    desk_draw(&stream, returns, N);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_CONFLICT);
    desk_free(d);
}

/* Delisted: out in one tick where the turnover budget lets it, which gives way where it does not and may. */
static void test_delisted(void **state)
{
    (void)state;
    for (int tight = 0; tight < 2; tight++) {
        random_stream stream = { 63 };
        mvo_tick tick = MVO_TICK_INIT;
        double returns[N], limit, relaxed;
        int32_t kind, side;
        int64_t id;
        costly *c = desk_rules(N, 0.0002, 1);
        c->rows[0].limit = tight ? 0.1 : 2.0;
        desk *d = desk_running(&stream, c);
        const portfolio before = desk_portfolio(d);
        size_t asset = 0;
        for (size_t j = 1; j < N; j++)
            asset = before.holdings[j] > before.holdings[asset] ? j : asset;
        assert_true(before.holdings[asset] > 0.15);
        assert_int_equal(mvo_rebalancer_set_asset(d->r, asset, MVO_ASSET_CLOSED, NULL), MVO_OK);
        d->c->p->lower[asset] = d->c->p->upper[asset] = 0.0;
        desk_draw(&stream, returns, N);
        if (tight) { /* hard limits that contradict each other */
            mvo_conflict *conflict = NULL;
            const double value = d->value;
            desk_tick(d, &tick, returns);
            assert_int_equal(tick.outcome, MVO_TICK_CONFLICT);
            assert_int_equal(tick.solve, MVO_INFEASIBLE);
            assert_true(d->value != value); /* the portfolio drifted, and stands */
            desk_assert_says(d, "conflict of hard limits: row 0 >= 1, row 1 <= 0.1");
            assert_int_equal(mvo_rebalancer_conflict(&conflict, d->r, NULL), MVO_OK);
            assert_true(mvo_conflict_count(conflict) >= 2);
            assert_non_null(strstr(mvo_conflict_text(conflict), "<= 0.1"));
            mvo_conflict_free(conflict);
            assert_int_equal(mvo_rebalancer_set_priority(d->r, MVO_CONFLICT_ROW, desk_row(d, 1), 1, 1.0, NULL), MVO_OK);
            /* the exit sells all of it and buys as much */
            desk_draw(&stream, returns, N);
            double growth = 1.0;
            for (size_t j = 0; j < N; j++)
                growth += d->holdings[j] * returns[j];
            c->rows[0].limit = 2.0 * d->holdings[asset] * (1.0 + returns[asset]) / growth;
        }
        if (tight) {
            assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
            assert_int_equal(tick.relaxed, 1);
            assert_int_equal(mvo_rebalancer_relaxed(&kind, &id, &side, &limit, &relaxed, d->r, 0), MVO_OK);
            assert_true(kind == MVO_CONFLICT_ROW && id == desk_row(d, 1) && side == MVO_AT_UPPER && limit == 0.1);
            assert_true(fabs(relaxed - c->rows[0].limit) < 1e-8);
            assert_true(fabs(tick.turnover - c->rows[0].limit) < 1e-8);
            assert_int_equal(mvo_rebalancer_relaxed(&kind, &id, &side, &limit, &relaxed, d->r, 1), MVO_ERROR_ARGUMENT);
            desk_assert_says(d, "; relaxed: row 1 <= 0.1 -> ");
        } else {
            desk_tick(d, &tick, returns);
        }
        assert_int_equal(tick.outcome, MVO_TICK_TRADE);
        const portfolio after = desk_portfolio(d);
        assert_true(after.holdings[asset] == 0.0);
        /* and its price may go missing now */
        desk_draw(&stream, returns, N);
        returns[asset] = NAN;
        if (tight)
            assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
        else
            desk_tick(d, &tick, returns);
        assert_int_equal(tick.solve, MVO_OPTIMAL);
        assert_int_equal(tick.bad, 0);
        assert_int_equal(tick.relaxed, 0); /* limits are themselves again */
        desk_free(d);
    }
}

/* ------------------------------------------------------------------------------------------------- limits */

/* Rows that ask for 0.5 in the first two assets and for 0.8 in the others; the class says which of them yields. */
static void test_classes(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        random_stream stream = { 64 };
        mvo_tick tick = MVO_TICK_INIT;
        double returns[N], low[N] = { 1, 1, 0, 0, 0, 0 }, high[N] = { 0, 0, 1, 1, 1, 1 }, limit, relaxed;
        int32_t kind;
        int64_t id;
        instance *p = instance_new(N, 3);
        costly *c = costly_new(p, 0);
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        instance_set_row(p, 1, low, 0.5, INFINITY);
        instance_set_row(p, 2, high, -INFINITY, 1.0);
        instance_set_bounds(p, 0.0, INFINITY);
        for (size_t j = 0; j < N; j++) {
            c->holdings[j] = j < 2 ? 0.25 : 0.125;
            c->buy[j] = c->sell[j] = 0.0002;
        }
        desk *d = desk_running(&stream, c);
        const portfolio before = desk_portfolio(d);
        assert_int_equal(mvo_solver_set_row_limits(mvo_rebalancer_solver(d->r), desk_row(d, 2), 0.8, INFINITY, NULL),
                         MVO_OK);
        assert_int_equal(mvo_rebalancer_set_priority(d->r, MVO_CONFLICT_ROW, desk_row(d, 1),
                                                     which == 1 ? 5
                                                     : which    ? 2
                                                                : 0,
                                                     1.0, NULL),
                         MVO_OK);
        assert_int_equal(mvo_rebalancer_set_priority(d->r, MVO_CONFLICT_ROW, desk_row(d, 2),
                                                     which == 2 ? 5
                                                     : which    ? 2
                                                                : 0,
                                                     2.0, NULL),
                         MVO_OK);
        desk_draw(&stream, returns, N);
        p->row_upper[2] = INFINITY;
        p->row_lower[1] = which == 0 ? 0.5 : which == 1 ? 0.2 : which == 2 ? 0.5 : 0.4;
        p->row_lower[2] = which == 0 ? 0.8 : which == 1 ? 0.8 : which == 2 ? 0.5 : 0.6; /* 0.3 shared as 1 to 2 */
        if (which)
            for (int i = 1; i < 3; i++)
                p->row_lower[i] -= 2e-9; /* and the margin of it */
        desk_tick(d, &tick, returns);
        assert_int_equal(tick.relaxed, which == 0 ? 0 : which == 3 ? 2 : 1);
        if (which == 0) {
            assert_int_equal(tick.outcome, MVO_TICK_CONFLICT);
            assert_memory_equal(desk_portfolio(d).target, before.target, sizeof before.target);
        } else {
            assert_int_equal(tick.outcome, MVO_TICK_TRADE);
            assert_int_equal(mvo_rebalancer_relaxed(&kind, &id, NULL, &limit, &relaxed, d->r, 0), MVO_OK);
            assert_int_equal(kind, MVO_CONFLICT_ROW);
            assert_int_equal(id, desk_row(d, which == 2 ? 2 : 1));
            assert_true(fabs(relaxed - p->row_lower[which == 2 ? 2 : 1]) < 1e-8);
        }
        desk_free(d);
    }
}

/* Bounds yield too, crossed limits meet in their middle, and the solver has its own limits again. */
static void test_bounds_and_crossed_limits(void **state)
{
    (void)state;
    random_stream stream = { 65 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N], w[N], limit, relaxed;
    int32_t kind, side;
    int64_t id;
    desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
    mvo_solver *solver = mvo_rebalancer_solver(d->r);
    for (size_t j = 0; j < N; j++) {
        assert_int_equal(mvo_solver_set_bound(solver, j, 0.0, 0.15, NULL), MVO_OK);
        if (j < 3)
            assert_int_equal(mvo_rebalancer_set_priority(d->r, MVO_CONFLICT_BOUND, (int64_t)j, 1, 1.0, NULL), MVO_OK);
    }
    desk_draw(&stream, returns, N); /* six times 0.15 is 0.9: three bounds share what is missing */
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_TRADE);
    assert_int_equal(tick.relaxed, 3);
    assert_int_equal(mvo_rebalancer_relaxed(&kind, &id, &side, &limit, &relaxed, d->r, 2), MVO_OK);
    assert_true(kind == MVO_CONFLICT_BOUND && id == 2 && side == MVO_AT_UPPER && limit == 0.15);
    mvo_rebalancer_weights(w, d->r);
    for (size_t j = 0; j < N; j++)
        assert_true(fabs(w[j] - (j < 3 ? 0.15 + 0.1 / 3.0 : 0.15)) < 1e-8);
    /* crossed */
    for (size_t j = 0; j < N; j++)
        assert_int_equal(mvo_solver_set_bound(solver, j, 0.0, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_bound(solver, 1, 0.3, 0.1, NULL), MVO_OK);
    desk_draw(&stream, returns, N);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    assert_int_equal(tick.relaxed, 2);
    mvo_rebalancer_weights(w, d->r);
    assert_true(fabs(w[1] - 0.2) < 1e-15);
    assert_int_equal(mvo_rebalancer_set_priority(d->r, MVO_CONFLICT_BOUND, 1, 0, 1.0, NULL), MVO_OK);
    desk_draw(&stream, returns, N);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    assert_int_equal(tick.outcome, MVO_TICK_CONFLICT);
    desk_assert_says(d, "conflict of hard limits");
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_returns),
        cmocka_unit_test(test_gap_in_prices),
        cmocka_unit_test(test_frozen_by_bad_data),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_halted),
        cmocka_unit_test(test_delisted),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_bounds_and_crossed_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
