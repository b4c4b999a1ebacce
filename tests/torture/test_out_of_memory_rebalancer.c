/* SPDX-License-Identifier: MIT */
/* Every allocation of a rebalancer refused in turn; whatever a tick meets, it asks for nothing. */
#include "support/torture.h"

#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5 };

static mvo_context *context;
static mvo_constraints *rules;
static mvo_stream *stream;
static mvo_rebalancer *rebalancer;
static mvo_conflict *conflict;
static int64_t budget, turnover;

static char *show(void)
{
    char *text = NULL;
    double h[N] = { 0 };
    torture_append(&text, "%d %d %d %d %d %zu\n", context != NULL, rules != NULL, stream != NULL, rebalancer != NULL,
                   conflict != NULL, mvo_constraints_row_count(rules));
    if (rebalancer) {
        mvo_rebalancer_holdings(h, rebalancer);
        torture_append_vector(&text, "holdings", h, N);
    }
    return text;
}

static int32_t crooked(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    (void)user, (void)n, (void)mean, (void)volatility;
    matrix[1] = matrix[ld] = -0.99999;
    matrix[2] = matrix[2 * ld] = 0.9;
    matrix[2 + ld] = matrix[1 + 2 * ld] = 0.9;
    return 0;
}

static int64_t tick(counting_allocator *allocator, random_stream *random, int bad)
{
    mvo_tick told = MVO_TICK_INIT;
    char text[256];
    double returns[N];
    for (size_t j = 0; j < N; j++)
        returns[j] = (0.005 + 0.004 * (double)j) * random_normal(random);
    if (bad)
        returns[2] = NAN;
    TORTURE_NEEDS_NOTHING(allocator, mvo_rebalancer_tick_returns(&told, rebalancer, returns, NULL, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_rebalancer_describe(text, sizeof text, rebalancer));
    return told.outcome;
}

static void go_through(counting_allocator *allocator)
{
    random_stream random = { 4 };
    mvo_solver *solver = mvo_rebalancer_solver(rebalancer);
    for (int t = 0; t < 40; t++)
        tick(allocator, &random, 0);
    assert_int_equal(tick(allocator, &random, 1), MVO_TICK_DATA);
    static unsigned char state[1 << 14];
    TORTURE_NEEDS_NOTHING(allocator, mvo_rebalancer_save(state, sizeof state, NULL, rebalancer, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_rebalancer_restore(rebalancer, state, sizeof state, NULL));
    TORTURE_NEEDS_NOTHING(allocator,
                          mvo_rebalancer_set_model(rebalancer, crooked, NULL, MVO_FORECAST_CORRELATION, NULL));
    assert_int_equal(tick(allocator, &random, 0), MVO_TICK_FORECAST);
    TORTURE_NEEDS_NOTHING(allocator, mvo_rebalancer_set_model(rebalancer, NULL, NULL, 0, NULL));
    TORTURE_NEEDS_NOTHING(allocator,
                          mvo_rebalancer_set_real(rebalancer, MVO_REBALANCER_VOLATILITY_TARGET, 0.004, NULL));
    tick(allocator, &random, 0);
    TORTURE_NEEDS_NOTHING(allocator, mvo_rebalancer_set_asset(rebalancer, 0, MVO_ASSET_CLOSED, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_row_limits(solver, turnover, -INFINITY, 1e-3, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_rebalancer_set_priority(rebalancer, MVO_CONFLICT_ROW, turnover, 1, 1.0, NULL));
    assert_int_equal(tick(allocator, &random, 0), MVO_TICK_TRADE);
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_row_limits(solver, budget, 2.0, 2.0, NULL));
    for (int64_t j = 0; j < N; j++)
        TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_bound(solver, (size_t)j, 0.0, 0.2, NULL));
    assert_int_equal(tick(allocator, &random, 0), MVO_TICK_CONFLICT);
    TORTURE_TRY(allocator, show, mvo_rebalancer_conflict(&conflict, rebalancer, &error));
    mvo_conflict_free(conflict);
    conflict = NULL;
}

static void scenario(counting_allocator *allocator)
{
    const double rate[N] = { 1e-4, 1e-4, 1e-4, 1e-4, 1e-4 }, holdings[N] = { 0.2, 0.2, 0.2, 0.2, 0.2 };
    for (int32_t flags = 0; flags <= MVO_REBALANCER_IMPACT; flags++) {
        context = NULL;
        rules = NULL;
        stream = NULL;
        rebalancer = NULL;
        TORTURE_TRY(allocator, show,
                    mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
        TORTURE_TRY(allocator, show, mvo_constraints_new(&rules, context, N, &error));
        TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_holdings(rules, holdings, NULL));
        TORTURE_TRY(allocator, show, mvo_constraints_set_trading_costs(rules, rate, rate, &error));
        TORTURE_TRY(allocator, show, mvo_constraints_add_budget(&budget, rules, 1.0, 1.0, &error));
        TORTURE_TRY(allocator, show, mvo_constraints_add_turnover(&turnover, rules, 0.5, &error));
        for (size_t j = 0; j < N; j++)
            TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_bound(rules, j, 0.0, 1.0, NULL));
        TORTURE_TRY(allocator, show, mvo_stream_new_ewma(&stream, context, N, 0.94, MVO_MEAN_ZERO, &error));
        TORTURE_TRY(allocator, show, mvo_rebalancer_new(&rebalancer, context, stream, rules, flags, &error));
        stream = NULL; /* the rebalancer's */
        mvo_rebalancer_set_real(rebalancer, MVO_REBALANCER_HOLDING_PERIODS, 20.0, NULL);
        mvo_rebalancer_set_real(rebalancer, MVO_REBALANCER_RISK_AVERSION, 20.0, NULL);
        if (flags)
            TORTURE_NEEDS_NOTHING(
                allocator, mvo_impact_set_pool(mvo_rebalancer_impact(rebalancer), 2, 50, 50, 1, 1, 0.003, 1, 1, NULL));
        go_through(allocator);
        mvo_rebalancer_free(rebalancer);
        mvo_constraints_free(rules);
        mvo_context_unref(context);
        rebalancer = NULL;
        rules = NULL;
        context = NULL;
    }
}

static void test_rebalancer(void **state)
{
    (void)state;
    assert_true(torture_run(scenario) > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rebalancer) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
