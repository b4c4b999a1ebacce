/* SPDX-License-Identifier: MIT */
/* Every allocation of the rows, roundings and moments of venues refused in turn. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 3 };

static mvo_context *context;
static mvo_constraints *set;
static mvo_outcome outcome;
static int64_t ids[2];
static double numbers[2 * N * N], cost;

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %a %zu", (int)outcome, (int)ids[0], (int)ids[1], cost, mvo_constraints_row_count(set));
    torture_append_vector(&text, "numbers", numbers, sizeof numbers / sizeof *numbers);
    double lower[N], upper[N];
    assert_int_equal(mvo_constraints_bounds(lower, upper, set, NULL), MVO_OK);
    torture_append_vector(&text, "lower", lower, N);
    torture_append_vector(&text, "upper", upper, N);
    return text;
}

static void add_rows(counting_allocator *allocator)
{
    static const double rates[N] = { 0.1, 0.2, 0.3 }, shocks[2 * N] = { -0.5, 0.1, 0, 0.2, -0.2, 0.1 };
    static const double caps[2] = { 1, 1 }, incidence[2 * N] = { 1, 0, 0, 1, 1, 1 };
    static const int32_t labels[N] = { 0, 1, 1 };
    static const char *const names[2] = { "one", "two" };
    TORTURE_TRY(allocator, show,
                mvo_constraints_add_absolute_rates(ids, set, MVO_AROUND_ZERO, rates, rates, 1.0, "rates", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_liquidation(ids, set, 2, shocks, N, rates, 2.0, names, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_collateral(ids, set, rates, rates, 2.0, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_margin_loan(ids, set, 2, 1.0, NULL, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_exposure_caps(ids, set, 2, incidence, 2, caps, names, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_label_caps(ids, set, 2, labels, caps, names, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_limit_participation(set, rates, 0.5, 1.0, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_limit_liquidity(set, rates, 0.5, 4.0, 1.0, &error));
    mvo_constraints *copy = NULL;
    TORTURE_TRY(allocator, show, mvo_constraints_copy(&copy, set, &error));
    mvo_constraints_free(copy);
}

static void use(counting_allocator *allocator, mvo_covariance *covariance)
{
    static const double shares[N] = { 0.5, 0.5, 0 }, gamma[N * N] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    static const double lots[N] = { 0.05, 0.05, 0 }, linear[N] = { -0.1, -0.1, 0.01 };
    double mean = 0.0;
    mvo_solver *solver = NULL;
    TORTURE_TRY(allocator, show, mvo_shocks_by_component(numbers, N, covariance, N, 2.0, &error));
    TORTURE_TRY(allocator, show, mvo_pool_means(&cost, NULL, covariance, NULL, 1, shares, 1, &error));
    TORTURE_TRY(allocator, show, mvo_delta_gamma(&mean, numbers, 1, covariance, NULL, 1, shares, 1, gamma, &error));
    TORTURE_TRY(allocator, show, mvo_solver_new(&solver, context, covariance, set, &error));
    assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
    TORTURE_TRY(allocator, show, mvo_round_to_lots(&outcome, numbers, &cost, solver, lots, NULL, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_solver_free(solver);
}

static void scenario(counting_allocator *allocator)
{
    static const double variances[N] = { 0.04, 0.09, 0.0 };
    mvo_covariance *covariance = NULL;
    outcome = -1;
    ids[0] = ids[1] = 0;
    cost = 0.0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        numbers[i] = 0.0;
    const size_t refuse_at = allocator->refuse_at; /* what stands around is another test's business */
    allocator->refuse_at = COUNTING_NEVER;
    assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&set, context, N, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_factor(&covariance, context, N, 0, NULL, N, NULL, 1, variances, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    allocator->refuse_at = refuse_at == COUNTING_NEVER ? refuse_at : refuse_at + allocator->asked;
    add_rows(allocator);
    use(allocator, covariance);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(set);
    mvo_context_unref(context);
}

static void venues_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 40, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(venues_survive),
    };
    return cmocka_run_group_tests_name("out of memory: venues", tests, NULL, NULL);
}
