/* SPDX-License-Identifier: MIT */
/* Every allocation of the context, the covariances and the constraint set refused in turn. */
#include "support/constraint_dump.h"
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 6, FACTORS = 2, PERIODS = 9 };

static mvo_context *context;
static mvo_covariance *covariance;
static mvo_constraints *rules, *copy;

static void open_context(counting_allocator *allocator);
static char *show(void);

/* ------------------------------------------------------------------------------------------ data */

static double sigma[N * N], correlation[N * N], loadings[N * FACTORS], returns[PERIODS * N];
static const double volatility[N] = { 0.1, 0.2, 0.15, 0.3, 0.25, 0.12 };
static const double specific[N] = { 0.01, 0.02, 0.01, 0.03, 0.02, 0.01 };
static const double factor_covariance[FACTORS * FACTORS] = { 0.04, 0.01, 0.01, 0.09 };
static const double mu[N] = { 0.05, 0.07, 0.06, 0.09, 0.08, 0.04 };

static int make_data(void **state)
{
    (void)state;
    for (size_t j = 0; j < N; j++) {
        for (size_t i = 0; i < N; i++) {
            correlation[i + j * N] = i == j ? 1.0 : 0.3;
            sigma[i + j * N] = correlation[i + j * N] * volatility[i] * volatility[j];
        }
        for (size_t f = 0; f < FACTORS; f++)
            loadings[j + f * N] = 0.5 + 0.25 * (double)((j + 2 * f) % 3);
        for (size_t t = 0; t < PERIODS; t++)
            returns[t + j * PERIODS] = 0.01 * (double)((7 * t + 3 * j + t * j) % 11) - 0.05;
    }
    return 0;
}

/* -------------------------------------------------------------------------------------- scenarios */

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %d\n", context != NULL, covariance != NULL, rules != NULL, copy != NULL);
    if (covariance) {
        double matrix[N * N];
        assert_int_equal(mvo_covariance_matrix(matrix, N, covariance, NULL), MVO_OK);
        torture_append_vector(&text, "covariance", matrix, N * N);
    }
    const mvo_constraints *const sets[2] = { rules, copy };
    for (int s = 0; s < 2; s++) {
        if (!sets[s])
            continue;
        char *dump = constraint_dump(sets[s]);
        const size_t length = strlen(text);
        text = realloc(text, length + strlen(dump) + 1);
        assert_non_null(text);
        memcpy(text + length, dump, strlen(dump) + 1);
        free(dump);
    }
    return text;
}

static void open_context(counting_allocator *allocator)
{
    context = NULL;
    covariance = NULL;
    rules = copy = NULL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
}

static void close_covariance(void)
{
    mvo_covariance_unref(covariance);
    covariance = NULL;
}

static void covariance_scenario(counting_allocator *allocator)
{
    double marginal[N] = { 0 }, total[N] = { 0 };
    open_context(allocator);
    for (int check = MVO_CHECK_ALL; check <= MVO_CHECK_NONE; check++) {
        TORTURE_TRY(allocator, show, mvo_covariance_new_dense(&covariance, context, N, sigma, N, check, &error));
        TORTURE_TRY(allocator, show, mvo_covariance_risk_contributions(marginal, total, covariance, mu, &error));
        close_covariance();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_dense(&covariance, context, N, sigma, N, check | MVO_BORROW, &error));
        close_covariance();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_correlation(&covariance, context, N, volatility, correlation, N, check, &error));
        close_covariance();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_factor(&covariance, context, N, FACTORS, loadings, N, factor_covariance,
                                              FACTORS, specific, check, &error));
        TORTURE_TRY(allocator, show, mvo_covariance_risk_contributions(marginal, total, covariance, mu, &error));
        close_covariance();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_factor(&covariance, context, N, FACTORS, loadings, N, NULL, 0, specific, check,
                                              &error));
        close_covariance();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_factor(&covariance, context, N, 0, NULL, N, NULL, 0, specific, check, &error));
        close_covariance();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_returns(&covariance, context, PERIODS, N, returns, PERIODS, 1, check, &error));
        close_covariance();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_returns(&covariance, context, 4, N, returns, PERIODS, 1, check, &error));
        close_covariance();
    }
    mvo_context_unref(context);
}

/* A refusal that is not for want of memory: whatever was taken on the way must be given back. */
static void refused_covariance_scenario(counting_allocator *allocator)
{
    double indefinite[N * N], broken[N * FACTORS];
    memcpy(indefinite, sigma, sizeof sigma);
    indefinite[1] = indefinite[N] = 0.9;
    memcpy(broken, loadings, sizeof loadings);
    broken[N + 3] = NAN;
    open_context(allocator);
    mvo_status status = mvo_covariance_new_dense(&covariance, context, N, indefinite, N, MVO_CHECK_ALL, NULL);
    assert_true(status == MVO_ERROR_NOT_SEMIDEFINITE || (allocator->refused && status == MVO_ERROR_MEMORY));
    status = mvo_covariance_new_factor(&covariance, context, N, FACTORS, broken, N, factor_covariance, FACTORS,
                                       specific, MVO_CHECK_ALL, NULL);
    assert_true(status == MVO_ERROR_NOT_FINITE || (allocator->refused && status == MVO_ERROR_MEMORY));
    assert_null(covariance);
    mvo_context_unref(context);
}

static void add_rows(counting_allocator *allocator)
{
    static const size_t members[3] = { 1, 3, 5 };
    static const double coefficients[3] = { 1.0, -2.0, 0.5 };
    static const int32_t label[N] = { 0, 1, 0, -1, 1, 0 };
    static const double low[2] = { 0.0, -HUGE_VAL }, high[2] = { 0.5, 0.75 };
    static const char *const names[2] = { "a sector with a name that needs memory of its own", NULL };
    int64_t id = -1, ids[2] = { -1, -1 };
    TORTURE_TRY(allocator, show, mvo_constraints_add_budget(&id, rules, 1.0, 1.0, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_return(&id, rules, mu, 0.01, HUGE_VAL, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_row(&id, rules, mu, 0.0, 1.0, "a row", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_row(NULL, rules, mu, 0.0, 1.0, NULL, &error));
    TORTURE_TRY(allocator, show,
                mvo_constraints_add_sparse_row(&id, rules, 3, members, coefficients, -1.0, 1.0, "sparse", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_group(&id, rules, 3, members, 0.0, 0.6, "group", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_groups(ids, rules, 2, label, low, high, names, &error));
    TORTURE_TRY(allocator, show,
                mvo_constraints_add_exposures(ids, rules, FACTORS, loadings, N, low, high, names, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_limits(rules, id, 0.1, 0.4, NULL));
    TORTURE_TRY(allocator, show, mvo_constraints_replace_row(rules, id, mu, &error));
}

static void constraints_scenario(counting_allocator *allocator)
{
    double lower[N], upper[N];
    for (size_t j = 0; j < N; j++) {
        lower[j] = -0.1;
        upper[j] = 0.4;
    }
    open_context(allocator);
    TORTURE_TRY(allocator, show, mvo_constraints_new_long_only(&rules, context, N, &error));
    mvo_constraints_free(rules);
    rules = NULL;
    TORTURE_TRY(allocator, show, mvo_constraints_new(&rules, context, N, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_asset_name(rules, 2, "ETH", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_asset_name(rules, 2, "a much longer name for it", &error));
    for (int round = 0; round < 3; round++)
        add_rows(allocator);
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_bound(rules, 1, 0.0, 0.5, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_bounds(rules, lower, upper, NULL));
    TORTURE_TRY(allocator, show, mvo_constraints_copy(&copy, rules, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_remove_row(rules, mvo_constraints_row_id(rules, 4), NULL));
    TORTURE_TRY(allocator, show, mvo_constraints_set_asset_name(copy, 0, "BTC", &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_asset_name(copy, 2, NULL, NULL));
    add_rows(allocator);
    mvo_constraints_free(rules);
    mvo_constraints_free(copy);
    mvo_context_unref(context);
}

/* A handle holds its context: the caller may give its own reference back first. */
static void early_unref_scenario(counting_allocator *allocator)
{
    open_context(allocator);
    TORTURE_TRY(allocator, show, mvo_constraints_new(&rules, context, N, &error));
    TORTURE_TRY(allocator, show, mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_ALL, &error));
    mvo_context_unref(context);
    TORTURE_TRY(allocator, show, mvo_constraints_set_asset_name(rules, 2, "ETH", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_copy(&copy, rules, &error));
    mvo_constraints_free(rules);
    rules = NULL;
    TORTURE_TRY(allocator, show, mvo_constraints_add_budget(NULL, copy, 1.0, 1.0, &error));
    mvo_constraints_free(copy);
    close_covariance();
}

/* ------------------------------------------------------------------------------------------ tests */

static void covariances_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(covariance_scenario), 8 * 3, 1000);
}

static void refused_covariances_leak_nothing(void **state)
{
    (void)state;
    for (int on = 0; on <= 1; on++)
        for (size_t k = 1; k < 20; k++) { /* 0 is the context itself */
            counting_allocator allocator = { 0, 0, 0, k, on };
            refused_covariance_scenario(&allocator);
            assert_int_equal(allocator.live, 0);
        }
}

static void constraint_sets_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(constraints_scenario), 30, 5000);
}

static void handles_hold_their_context(void **state)
{
    (void)state;
    assert_in_range(torture_run(early_unref_scenario), 5, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covariances_survive),
        cmocka_unit_test(refused_covariances_leak_nothing),
        cmocka_unit_test(constraint_sets_survive),
        cmocka_unit_test(handles_hold_their_context),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
