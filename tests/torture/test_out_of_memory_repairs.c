/* SPDX-License-Identifier: MIT */
/* Every allocation refused in turn: repairs, stresses, derived assets, events and networks. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 4, K = 1 };

static mvo_context *context;
static mvo_covariance *dense, *factored, *made;
static double out[N * N], other[N], scalar;

static const double broken[N * N] = { 1.0, 0.9, 0.7, 0.1, 0.9, 1.0, 0.1, 0.2, 0.7, 0.1, 1.0, 0.3, 0.1, 0.2, 0.3, 1.0 };
static const double target[N * N] = { 1.0, 0.2, 0.2, 0.2, 0.2, 1.0, 0.2, 0.2, 0.2, 0.2, 1.0, 0.2, 0.2, 0.2, 0.2, 1.0 };
static const double loadings[N] = { 0.1, 0.2, 0.3, 0.4 }, specific[N] = { 0.1, 0.1, 0.2, 0.2 };
static const double owed[N * N] = { 0, 1, 0, 0, 2, 0, 1, 0, 0, 3, 0, 1, 1, 0, 1, 0 }, assets[N] = { 0.1, 2, 1, 0.5 };
static const double shock[N] = { 0.5, 0.0, 0.0, 0.0 };

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %d\n", context != NULL, dense != NULL, factored != NULL, made != NULL);
    torture_append_vector(&text, "out", out, N * N);
    torture_append_vector(&text, "other", other, N);
    torture_append_vector(&text, "scalar", &scalar, 1);
    return text;
}

static void open_all(counting_allocator *allocator)
{
    context = NULL;
    dense = factored = made = NULL;
    memset(out, 0, sizeof out);
    memset(other, 0, sizeof other);
    scalar = 0.0;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_covariance_new_dense(&dense, context, N, target, N, MVO_CHECK_ALL, &error));
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_factor(&factored, context, N, K, loadings, N, NULL, 0, specific, 0, &error));
}

static void close_made(void)
{
    mvo_covariance_unref(made);
    made = NULL;
}

static void close_all(void)
{
    mvo_covariance_unref(dense);
    mvo_covariance_unref(factored);
    mvo_context_unref(context);
}

static void repairs(counting_allocator *allocator)
{
    mvo_outcome outcome = -1;
    open_all(allocator);
    TORTURE_TRY(allocator, show,
                mvo_correlation_nearest(out, N, &scalar, NULL, context, N, broken, N, 0.01, &error));
    TORTURE_TRY(allocator, show,
                mvo_correlation_nearest_fixed(&outcome, out, N, &scalar, NULL, context, N, broken, N, NULL, assets, 0.0,
                                              5000, &error));
    TORTURE_TRY(allocator, show,
                mvo_correlation_clipped(out, N, &scalar, NULL, context, N, broken, N, 0.01, &error));
    TORTURE_TRY(allocator, show,
                mvo_correlation_shrunk(out, N, &scalar, NULL, context, N, broken, N, NULL, 0, 0.01, &error));
    TORTURE_TRY(allocator, show,
                mvo_correlation_shrunk(out, N, &scalar, NULL, context, N, broken, N, target, N, 0.01, &error));
    close_all();
}

static void stresses(counting_allocator *allocator)
{
    static const size_t members[2] = { 1, 3 };
    open_all(allocator);
    for (int structured = 0; structured < 2; structured++) {
        mvo_covariance *given = structured ? factored : dense;
        TORTURE_TRY(allocator, show, mvo_covariance_new_stressed(&made, context, given, 0.5, NULL, 0, &error));
        close_made();
        TORTURE_TRY(allocator, show, mvo_covariance_new_stressed(&made, context, given, 0.5, target, N, &error));
        close_made();
        TORTURE_TRY(allocator, show, mvo_covariance_new_scaled(&made, context, given, 1.5, NULL, &error));
        close_made();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_block_stressed(&made, context, given, 2, members, 0.5, target, N, 0.5, 1.0,
                                                      &error));
        close_made();
        TORTURE_TRY(allocator, show,
                    mvo_worst_correlation_stress(&out[0], &scalar, given, assets, target, N, 0.0, 1.0, &error));
    }
    close_all();
}

static void derivations(counting_allocator *allocator)
{
    static const double probability[2] = { 0.1, 0.2 };
    open_all(allocator);
    for (int structured = 0; structured < 2; structured++) {
        mvo_covariance *given = structured ? factored : dense;
        const mvo_covariance *terms[2] = { given, factored };
        TORTURE_TRY(allocator, show, mvo_covariance_new_derived(&made, context, given, 2, target, N, NULL, &error));
        close_made();
        TORTURE_TRY(allocator, show, mvo_covariance_new_derived(&made, context, given, N, target, N, NULL, &error));
        close_made();
        TORTURE_TRY(allocator, show, mvo_covariance_new_sum(&made, context, 2, terms, NULL, &error));
        close_made();
        TORTURE_TRY(allocator, show,
                    mvo_covariance_new_events(&made, other, context, given, 2, probability, broken, N, &error));
        close_made();
    }
    TORTURE_TRY(allocator, show,
                mvo_clearing_payments(out, other, NULL, context, N, owed, N, NULL, assets, 1.0, 1.0, &error));
    TORTURE_TRY(allocator, show,
                mvo_debt_rank(&scalar, other, context, N, owed, N, assets, NULL, shock, &error));
    TORTURE_TRY(allocator, show,
                mvo_failure_losses(out, other, context, N, owed, N, assets, 1, 1, specific, 1, &error));
    close_all();
}

static void repairs_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(repairs), 20, 1000);
}

static void stresses_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(stresses), 30, 1000);
}

static void derivations_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(derivations), 30, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repairs_survive),
        cmocka_unit_test(stresses_survive),
        cmocka_unit_test(derivations_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
