/* SPDX-License-Identifier: MIT */
/* Every allocation of a problem with impact, and of a budget with costs, refused in turn; solving asks for nothing. */
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 3 };

static const double sigma[N * N] = { 0.04, 0.01, 0.0, 0.01, 0.09, 0.02, 0.0, 0.02, 0.0625 };
static const double specific[N] = { 0.01, 0.02, 0.03 }, loadings[N] = { 0.1, 0.2, 0.15 };
static const double holdings[N] = { 0.5, 0.25, 0.25 }, linear[N] = { -0.01, -0.04, -0.02 };

static mvo_context *context;
static mvo_covariance *covariance;
static mvo_constraints *rules;
static mvo_impact *impact;

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %d %zu\n", context != NULL, covariance != NULL, rules != NULL, impact != NULL,
                   mvo_constraints_row_count(rules));
    return text;
}

static void solve(counting_allocator *allocator)
{
    mvo_outcome outcome = -1;
    double w[N], cost;
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_set_linear(impact, linear, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_set_holdings(impact, holdings, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_set_quadratic(impact, 0, 0.1, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_set_power(impact, 1, 0.01, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_set_pool(impact, 2, 100, 50, 1, 1, 0.003, 2, 1000, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_solve(&outcome, impact, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_weights(w, impact));
    TORTURE_NEEDS_NOTHING(allocator, mvo_impact_costs(&cost, NULL, NULL, NULL, impact, w, NULL));
}

static void scenario(counting_allocator *allocator)
{
    context = NULL;
    rules = NULL;
    covariance = NULL;
    impact = NULL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_new_long_only(&rules, context, N, &error));
    for (int factors = 0; factors <= 1; factors++) {
        if (factors)
            TORTURE_TRY(allocator, show,
                        mvo_covariance_new_factor(&covariance, context, N, 1, loadings, N, NULL, 0, specific,
                                                  MVO_CHECK_ALL, &error));
        else
            TORTURE_TRY(allocator, show,
                        mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_ALL, &error));
        TORTURE_TRY(allocator, show, mvo_impact_new(&impact, context, covariance, rules, &error));
        mvo_covariance_unref(covariance);
        covariance = NULL;
        solve(allocator);
        mvo_impact_free(impact);
        impact = NULL;
    }
    TORTURE_TRY(allocator, show, mvo_constraints_add_budget_with_costs(NULL, rules, specific, specific, 1.0, &error));
    mvo_constraints_free(rules);
    mvo_context_unref(context);
}

static void impact_survives(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 60, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(impact_survives) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
