/* SPDX-License-Identifier: MIT */
/* Every allocation of robust problems and of resampling refused in turn; one covariance's questions ask for nothing. */
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 3, POINTS = 3 };

static const double sigma[N * N] = { 0.04, 0.01, 0.0, 0.01, 0.09, 0.02, 0.0, 0.02, 0.0625 };
static const double other[N * N] = { 0.09, 0.0, 0.01, 0.0, 0.04, 0.01, 0.01, 0.01, 0.0225 };
static const double specific[N] = { 0.01, 0.02, 0.03 }, loadings[N] = { 0.1, 0.2, 0.15 }, mu[N] = { 0.05, 0.06, 0.07 };

static mvo_context *context;
static mvo_covariance *covariances[2], *uncertainty;
static mvo_constraints *rules;
static mvo_robust *robust;
static mvo_outcome outcome;
static double weights[N * POINTS];

static char *show(void)
{
    char *text = NULL;
    double w[N], mixture[2], variances[2];
    mvo_report report = MVO_REPORT_INIT;
    torture_append(&text, "%d %d %d %d %d %d\n", context != NULL, covariances[0] != NULL, covariances[1] != NULL,
                   uncertainty != NULL, rules != NULL, robust != NULL);
    torture_append_vector(&text, "resampled", weights, N * POINTS);
    if (robust && mvo_robust_weights(w, robust) == MVO_OK && mvo_robust_report(&report, robust) == MVO_OK) {
        torture_append_vector(&text, "weights", w, N);
        torture_append_vector(&text, "objective", &report.objective, 1);
        torture_append(&text, "%d %d\n", (int)report.outcome, (int)report.rounds);
    }
    if (robust && mvo_robust_worst_case(w, mixture, variances, robust) == MVO_OK) {
        torture_append_vector(&text, "means", w, N);
        torture_append_vector(&text, "mixture", mixture, 2);
        torture_append_vector(&text, "variances", variances, 2);
    }
    return text;
}

static void ask_one(counting_allocator *allocator)
{
    TORTURE_TRY(allocator, show, mvo_robust_new(&robust, context, 1, covariances, uncertainty, rules, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_robust_set_box(robust, specific, loadings, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_robust_set_ellipsoid(robust, 0.3, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_robust_maximum_utility(&outcome, robust, mu, 2.0, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    TORTURE_NEEDS_NOTHING(allocator, mvo_robust_wasserstein(&outcome, robust, 0.02, MVO_NORM_EUCLIDEAN, mu, 0.05, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_robust_free(robust);
    robust = NULL;
}

static void ask_two(counting_allocator *allocator)
{
    mvo_covariance *list[2] = { covariances[0], covariances[1] };
    TORTURE_TRY(allocator, show, mvo_robust_new(&robust, context, 2, list, uncertainty, rules, &error));
    TORTURE_TRY(allocator, show, mvo_robust_maximum_utility(&outcome, robust, NULL, 1.0, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    TORTURE_NEEDS_NOTHING(allocator, mvo_robust_set_ellipsoid(robust, 0.3, NULL));
    TORTURE_TRY(allocator, show, mvo_robust_maximum_utility(&outcome, robust, mu, 2.0, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_robust_free(robust);
    robust = NULL;
}

static void scenario(counting_allocator *allocator)
{
    context = NULL;
    covariances[0] = covariances[1] = uncertainty = NULL;
    rules = NULL;
    robust = NULL;
    for (size_t i = 0; i < N * POINTS; i++)
        weights[i] = -1.0;
    TORTURE_TRY(allocator, show, mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_new_long_only(&rules, context, N, &error));
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_factor(&uncertainty, context, N, 1, loadings, N, NULL, 0, specific, MVO_CHECK_ALL, &error));
    TORTURE_TRY(allocator, show, mvo_covariance_new_dense(&covariances[0], context, N, sigma, N, MVO_CHECK_ALL, &error));
    TORTURE_TRY(allocator, show, mvo_covariance_new_dense(&covariances[1], context, N, other, N, MVO_CHECK_ALL, &error));
    ask_one(allocator);
    ask_two(allocator);
    TORTURE_TRY(allocator, show,
                mvo_resampled_frontier(&outcome, weights, N, POINTS, covariances[0], rules, mu, 12, 2, 3, NULL, NULL, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_covariance_unref(covariances[1]);
    mvo_covariance_unref(covariances[0]);
    covariances[0] = mvo_covariance_ref(uncertainty);
    covariances[1] = NULL;
    ask_one(allocator); /* factor models alone */
    mvo_covariance_unref(covariances[0]);
    mvo_covariance_unref(uncertainty);
    mvo_constraints_free(rules);
    mvo_context_unref(context);
}

static void robust_survives(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 200, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(robust_survives) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
