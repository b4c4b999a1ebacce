/* SPDX-License-Identifier: MIT */
/* Every allocation of a search with limits on counts refused in turn, those of the growing tree included. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 12 };

static mvo_context *context;
static mvo_selection *selection;
static mvo_outcome outcome;
static double weights[N], least[N], fee[N];

static char *show(void)
{
    char *text = NULL;
    double figures[3] = { 0 };
    int64_t nodes = -1;
    torture_append(&text, "%d %d", (int)outcome, selection != NULL);
    if (selection && mvo_selection_result(&figures[0], &figures[1], &figures[2], &nodes, selection) == MVO_OK) {
        torture_append(&text, " %lld", (long long)nodes);
        torture_append_vector(&text, "figures", figures, 3);
    }
    if (selection && mvo_selection_weights(weights, selection) == MVO_OK)
        torture_append_vector(&text, "weights", weights, N);
    return text;
}

static void scenario(counting_allocator *allocator)
{
    double sigma[N * N];
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    outcome = -1;
    selection = NULL;
    for (size_t j = 0; j < N; j++) {
        for (size_t i = 0; i < N; i++)
            sigma[i + j * N] = i == j ? 1.0 + 0.01 * (double)(j * j % 7) : 0.01 * (double)((i * j) % 5);
        least[j] = 0.02;
        fee[j] = 0.0005;
    }
    /* What stands around is made without refusals; it is another test's business. */
    const size_t refuse_at = allocator->refuse_at;
    allocator->refuse_at = COUNTING_NEVER;
    assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, context, N, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_FINITE, NULL), MVO_OK);
    allocator->refuse_at = refuse_at == COUNTING_NEVER ? refuse_at : refuse_at + allocator->asked;
    TORTURE_TRY(allocator, show, mvo_selection_new(&selection, context, covariance, rules, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_selection_set_most_holdings(selection, 5, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_selection_set_most_trades(selection, 5, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_selection_set_least_positions(selection, least, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_selection_set_limits(selection, HUGE_VAL, 300, 1e-6, NULL));
    TORTURE_TRY(allocator, show, mvo_selection_minimise(&outcome, selection, NULL, NULL, 0.0, &error));
    assert_true(outcome == MVO_OPTIMAL || outcome == MVO_ITERATION_LIMIT);
    TORTURE_NEEDS_NOTHING(allocator, mvo_selection_set_trade_fees(selection, fee, NULL));
    TORTURE_TRY(allocator, show, mvo_selection_minimise(&outcome, selection, NULL, NULL, 0.0, &error));
    mvo_selection_free(selection);
    selection = NULL;
    mvo_covariance_unref(covariance);
    mvo_constraints_free(rules);
    mvo_context_unref(context);
}

static void searches_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 100, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_survive),
    };
    return cmocka_run_group_tests_name("out of memory: limits on counts", tests, NULL, NULL);
}
