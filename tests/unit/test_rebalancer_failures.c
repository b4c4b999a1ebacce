/* SPDX-License-Identifier: MIT */
/* Bad forecasts, stopped and failed solves, a ruined equity: each a named outcome, the last good portfolio standing. */
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

/* ------------------------------------------------------------------------------------------------- forecasts */

typedef struct spoiler {
    int32_t parts, answer;
    size_t row, column;
    double value;
} spoiler;

static int32_t spoil(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    const spoiler *s = user;
    if (s->answer)
        return s->answer;
    if (s->parts == MVO_FORECAST_MEAN)
        mean[s->row] = s->value;
    else if (s->parts == MVO_FORECAST_VOLATILITY)
        volatility[s->row] = s->value;
    else if (s->row < n) {
        matrix[s->row + s->column * ld] = s->value;
        if (s->answer == 0 && s->value < 0.0 && s->row != s->column && s->value != -7.0)
            matrix[s->column + s->row * ld] = s->value;
    }
    return 0;
}

static void test_bad_forecasts(void **state)
{
    (void)state;
    static const struct {
        spoiler s;
        int64_t reason, asset, other;
        const char *words;
    } bad[] = {
        { { MVO_FORECAST_MEAN, 3, 0, 0, 0 }, MVO_REASON_MODEL, -1, -1, "forecast refused: the model answered 3" },
        { { MVO_FORECAST_MEAN, 0, 2, 0, NAN }, MVO_REASON_NOT_FINITE, 2, -1, "asset 2: NaN" },
        { { MVO_FORECAST_MEAN, 0, 2, 0, -1e101 }, MVO_REASON_OUTLIER, 2, -1, "asset 2: -1" },
        { { MVO_FORECAST_VOLATILITY, 0, 1, 0, -0.1 }, MVO_REASON_NOT_POSITIVE, 1, -1, "asset 1: -0.1" },
        { { MVO_FORECAST_VOLATILITY, 0, 1, 0, 1e200 }, MVO_REASON_NOT_FINITE, 1, -1, "asset 1: 1" },
        { { MVO_FORECAST_CORRELATION, 0, 2, 1, NAN },
          MVO_REASON_NOT_FINITE,
          2,
          1,
          "element [2, 1] of the matrix is NaN" },
        { { MVO_FORECAST_CORRELATION, 0, 2, 2, 1.5 }, MVO_REASON_NOT_SYMMETRIC, 2, 2, "no correlation: 1.5" },
        { { MVO_FORECAST_CORRELATION, 0, 2, 1, -7.0 }, MVO_REASON_NOT_SYMMETRIC, 2, 1, "not symmetric" },
        { { MVO_FORECAST_COVARIANCE, 0, 4, 4, -1e-6 }, MVO_REASON_NOT_POSITIVE, 4, 4, "element [4, 4]" },
        { { MVO_FORECAST_CORRELATION, 0, 2, 1, -0.9999 }, MVO_REASON_NOT_SEMIDEFINITE, -1, -1, "has eigenvalue -" },
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        random_stream stream = { 66 };
        mvo_tick tick = MVO_TICK_INIT;
        double returns[N];
        spoiler s = bad[k].s;
        desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
        const mvo_covariance *used = mvo_rebalancer_covariance(d->r);
        double variance[2];
        const portfolio before = desk_portfolio(d);
        mvo_covariance_variance(&variance[0], used, before.target, NULL);
        assert_int_equal(mvo_rebalancer_set_model(d->r, spoil, &s, s.parts, NULL), MVO_OK);
        for (int times = 0; times < 2; times++) {
            desk_draw(&stream, returns, N);
            desk_tick(d, &tick, returns); /* holdings drift, nothing is traded */
            assert_int_equal(tick.outcome, MVO_TICK_FORECAST);
            assert_int_equal(tick.reason, bad[k].reason);
            assert_int_equal(tick.asset, bad[k].asset);
            assert_int_equal(tick.other, bad[k].other);
            desk_assert_says(d, bad[k].words);
            assert_memory_equal(desk_portfolio(d).target, before.target, sizeof before.target);
        }
        if (bad[k].reason == MVO_REASON_NOT_SEMIDEFINITE)
            assert_true(tick.figure < -1e-6);
        assert_ptr_equal(mvo_rebalancer_covariance(d->r), used); /* the last good one stands */
        mvo_covariance_variance(&variance[1], used, before.target, NULL);
        assert_true(variance[0] == variance[1]);
        assert_int_equal(mvo_rebalancer_set_model(d->r, NULL, NULL, 0, NULL), MVO_OK);
        desk_tick_well(d, &stream);
        desk_free(d);
    }
}

/* ------------------------------------------------------------------------------------------------- solves */

static int32_t refuse_to_go_on(void *user, int64_t iterations)
{
    (void)iterations;
    return *(const int32_t *)user;
}

static void test_late(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        random_stream stream = { 67 };
        mvo_tick tick = MVO_TICK_INIT;
        double returns[N];
        int32_t stop = 1;
        desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
        mvo_solver *solver = mvo_rebalancer_solver(d->r);
        const portfolio before = desk_portfolio(d);
        if (how == 0)
            assert_int_equal(mvo_solver_set_progress(solver, refuse_to_go_on, &stop, NULL), MVO_OK);
        else if (how == 1)
            assert_int_equal(mvo_solver_set_real(solver, MVO_OPTION_TIME_LIMIT, 0.0, NULL), MVO_OK);
        else
            assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, 1, NULL), MVO_OK);
        int stopped = 0;
        for (int t = 0; t < 10; t++) {
            desk_draw(&stream, returns, N);
            if (t == 5) /* another world, so that one round is not enough */
                for (size_t j = 0; j < N; j++)
                    returns[j] = j % 2 ? 0.3 : -0.2;
            desk_tick(d, &tick, returns);
            if (tick.outcome != MVO_TICK_LATE)
                continue;
            stopped++;
            assert_int_equal(tick.solve, how == 0 ? MVO_CANCELLED : how == 1 ? MVO_TIME_LIMIT : MVO_ITERATION_LIMIT);
            desk_assert_says(d, how == 0   ? "late: MVO_CANCELLED"
                                : how == 1 ? "late: MVO_TIME_LIMIT"
                                           : "late: MVO_ITERATION_LIMIT");
            if (how < 2)
                assert_memory_equal(desk_portfolio(d).target, before.target, sizeof before.target);
        }
        assert_true(how == 2 ? stopped > 0 : stopped == 10);
        stop = 0;
        mvo_solver_set_real(solver, MVO_OPTION_TIME_LIMIT, INFINITY, NULL);
        mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, 0, NULL);
        desk_tick_well(d, &stream);
        desk_free(d);
    }
}

/* No budget, no bounds, and a riskless asset that earns: the objective has no end. */
static int32_t riskless(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    (void)user;
    (void)matrix;
    (void)ld;
    (void)n;
    mean[0] = 0.01;
    volatility[0] = 0.0;
    return 0;
}

static void test_failed(void **state)
{
    (void)state;
    random_stream stream = { 68 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N];
    desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
    mvo_solver *solver = mvo_rebalancer_solver(d->r);
    const portfolio before = desk_portfolio(d);
    assert_int_equal(mvo_solver_set_row_limits(solver, desk_row(d, 0), -INFINITY, INFINITY, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_model(d->r, riskless, NULL, MVO_FORECAST_MEAN | MVO_FORECAST_VOLATILITY, NULL),
                     MVO_OK);
    desk_draw(&stream, returns, N);
    desk_tick(d, &tick, returns);
    assert_int_equal(tick.outcome, MVO_TICK_FAILED);
    assert_int_equal(tick.solve, MVO_UNBOUNDED);
    desk_assert_says(d, "failed: MVO_UNBOUNDED");
    assert_memory_equal(desk_portfolio(d).target, before.target, sizeof before.target);
    assert_int_equal(mvo_solver_set_row_limits(solver, desk_row(d, 0), 1.0, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_model(d->r, NULL, NULL, 0, NULL), MVO_OK);
    desk_tick_well(d, &stream);
    desk_free(d);
}

static void test_ruined(void **state)
{
    (void)state;
    random_stream stream = { 69 };
    mvo_tick tick = MVO_TICK_INIT;
    double returns[N] = { -0.9, -0.9, -0.9, -0.9, -0.9, -0.9 }, levered[N] = { 2, 2, 2, 2, 2, 2 }, even[N];
    desk *d = desk_running(&stream, desk_rules(N, 0.0002, 0));
    const portfolio before = desk_portfolio(d);
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, levered, 5.0, NULL), MVO_OK);
    for (int times = 0; times < 2; times++) {
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
        assert_int_equal(tick.outcome, MVO_TICK_RUINED);
        assert_true(tick.value == 0.0);
        desk_assert_says(d, "ruined");
        assert_memory_equal(desk_portfolio(d).target, before.target, sizeof before.target);
    }
    for (size_t j = 0; j < N; j++)
        even[j] = 1.0 / N;
    assert_int_equal(mvo_rebalancer_set_holdings(d->r, even, 2.0, NULL), MVO_OK);
    desk_draw(&stream, returns, N);
    assert_int_equal(mvo_rebalancer_tick_returns(&tick, d->r, returns, NULL, NULL), MVO_OK);
    assert_int_equal(tick.solve, MVO_OPTIMAL);
    assert_true(tick.value > 1.9 && tick.value < 2.1);
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_forecasts),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_failed),
        cmocka_unit_test(test_ruined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
