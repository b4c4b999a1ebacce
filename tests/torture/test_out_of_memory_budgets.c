/* SPDX-License-Identifier: MIT */
/* Every allocation of risk budgets, hierarchical risk parity and the number of bets refused in turn. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 6, FACTORS = 2 };

static mvo_context *context;
static mvo_outcome outcome;
static double weights[N], contributions[N], deviation, number;
static size_t order[N];

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %a %a", (int)outcome, deviation, number);
    torture_append_vector(&text, "weights", weights, N);
    torture_append_vector(&text, "contributions", contributions, N);
    for (size_t i = 0; i < N; i++)
        torture_append(&text, " %zu", order[i]);
    return text;
}

/* Scenarios are run once for every allocation: four short ones take less time than a long one. */
static int structured, limited;

static mvo_covariance *make(void)
{
    double sigma[N * N], loadings[N * FACTORS], specific[N];
    mvo_covariance *covariance = NULL;
    for (size_t j = 0; j < N; j++) {
        for (size_t i = 0; i < N; i++)
            sigma[i + j * N] = i == j ? 0.01 * (double)(i + 2) : 0.004 + 0.001 * (double)((i + j) % 3);
        for (size_t f = 0; f < FACTORS; f++)
            loadings[j + f * N] = 0.1 + 0.05 * (double)((j + 2 * f) % 3);
        specific[j] = 0.01 * (double)(j + 1);
    }
    const mvo_status status = structured
                                  ? mvo_covariance_new_factor(&covariance, context, N, FACTORS, loadings, N, NULL, 0,
                                                              specific, MVO_CHECK_ALL, NULL)
                                  : mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_ALL, NULL);
    assert_true(status == MVO_OK || status == MVO_ERROR_MEMORY);
    return covariance;
}

static void use_limits(counting_allocator *allocator, mvo_covariance *covariance, const mvo_constraints *rules)
{
    mvo_solver *solver = NULL;
    TORTURE_TRY(allocator, show,
                mvo_risk_budgets(&outcome, weights, contributions, &deviation, covariance, rules, NULL, &error));
    assert_int_equal(outcome, MVO_NOT_ATTAINED);
    TORTURE_TRY(allocator, show, mvo_solver_new(&solver, context, covariance, rules, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_maximum_diversification(&outcome, solver, NULL));
    mvo_solver_free(solver);
}

static void use(counting_allocator *allocator, const mvo_covariance *covariance)
{
    TORTURE_TRY(allocator, show,
                mvo_risk_budgets(&outcome, weights, contributions, &deviation, covariance, NULL, NULL, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    for (int32_t distance = 0; distance <= 1; distance++)
        for (int32_t linkage = MVO_LINKAGE_SINGLE; linkage <= MVO_LINKAGE_WARD; linkage += MVO_LINKAGE_WARD)
            TORTURE_TRY(allocator, show,
                        mvo_hierarchical_risk_parity(weights, order, covariance, NULL, distance, linkage, &error));
    for (int32_t bets = 0; bets <= 1; bets++)
        TORTURE_TRY(allocator, show, mvo_effective_bets(&number, contributions, covariance, weights, bets, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_diversification_ratio(&number, covariance, weights, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_inverse_volatility(weights, covariance, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_inverse_variance(weights, covariance, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_equal_weights(weights, N, NULL));
}

static void begin(void)
{
    outcome = -1;
    deviation = number = 0.0;
    for (size_t i = 0; i < N; i++) {
        weights[i] = contributions[i] = 0.0;
        order[i] = 0;
    }
}

static void scenario(counting_allocator *allocator)
{
    static const double rates[N] = { 0.001, 0.001, 0.001, 0.001, 0.001, 0.001 };
    begin();
    /* What stands around is made without refusals; they are another test's business. */
    const size_t refuse_at = allocator->refuse_at;
    allocator->refuse_at = COUNTING_NEVER;
    assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, NULL), MVO_OK);
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, context, N, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bound(rules, 5, 0.3, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(rules, rates, rates, NULL), MVO_OK); /* it is then copied */
    mvo_covariance *covariance = make();
    allocator->refuse_at = refuse_at == COUNTING_NEVER ? refuse_at : refuse_at + allocator->asked;
    if (limited)
        use_limits(allocator, covariance, rules);
    else
        use(allocator, covariance);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(rules);
    mvo_context_unref(context);
}

static void budgets_survive(void **state)
{
    (void)state;
    for (limited = 0; limited <= 1; limited++)
        for (structured = 0; structured <= 1; structured++)
            assert_in_range(torture_run(scenario), 23, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budgets_survive),
    };
    return cmocka_run_group_tests_name("out of memory: risk budgets", tests, NULL, NULL);
}
