/* SPDX-License-Identifier: MIT */
/* Every allocation of the covariance estimators refused in turn. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 9, PERIODS = 14, FEW = 3 };

static mvo_context *context;
static mvo_covariance *covariance, *other;
static double returns[PERIODS * N], gaps[PERIODS * N], opposed[PERIODS * N], number;
static size_t count;

static int make_data(void **state)
{
    (void)state;
    for (size_t j = 0; j < N; j++)
        for (size_t t = 0; t < PERIODS; t++)
            returns[t + j * PERIODS] = 0.01 * (double)((7 * t + 3 * j + t * t * j) % 13) - 0.06;
    memcpy(gaps, returns, sizeof gaps);
    for (size_t j = 0; j < N; j++)
        gaps[j + 2 + j * PERIODS] = NAN;
    /* Mean correlation below zero: what the assets have in common is taken out, but for a little. */
    for (size_t t = 0; t < PERIODS; t++) {
        double mean = 0.0;
        for (size_t j = 0; j < N; j++)
            mean += returns[t + j * PERIODS] / N;
        for (size_t j = 0; j < N; j++)
            opposed[t + j * PERIODS] = returns[t + j * PERIODS] - 0.99 * mean;
    }
    return 0;
}

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %g %zu\n", context != NULL, covariance != NULL, other != NULL, number, count);
    if (covariance) {
        double matrix[N * N];
        assert_int_equal(mvo_covariance_matrix(matrix, N, covariance, NULL), MVO_OK);
        torture_append_vector(&text, "covariance", matrix, N * N);
    }
    return text;
}

static void open_context(counting_allocator *allocator)
{
    context = NULL;
    covariance = other = NULL;
    number = 0.0;
    count = 0;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
}

static void close_covariance(void)
{
    mvo_covariance_unref(covariance);
    covariance = NULL;
}

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        TORTURE_TRY(allocator, show, call);                                                                            \
        close_covariance();                                                                                            \
    } while (0)

static void shrinking(counting_allocator *allocator)
{
    open_context(allocator);
    for (int32_t target = MVO_SHRINK_IDENTITY; target <= MVO_SHRINK_ORACLE_LARGE; target++)
        for (size_t periods = FEW; periods <= PERIODS; periods += PERIODS - FEW) {
            TRY(mvo_covariance_new_shrunk(&covariance, &number, context, periods, N, returns, PERIODS, 1, target,
                                          &error));
            TRY(mvo_covariance_new_shrunk(&covariance, &number, context, periods, N, opposed, PERIODS, 1, target,
                                          &error));
        }
    for (int32_t method = MVO_NONLINEAR_QUADRATIC_INVERSE; method <= MVO_NONLINEAR_GEOMETRIC_INVERSE; method++)
        TRY(mvo_covariance_new_nonlinear(&covariance, context, PERIODS, N, returns, PERIODS, method, &error));
    TRY(mvo_covariance_new_nonlinear(&covariance, context, FEW, N, returns, PERIODS, MVO_NONLINEAR_QUADRATIC_INVERSE,
                                     &error));
    TRY(mvo_covariance_new_clipped(&covariance, &count, context, PERIODS, N, returns, PERIODS, 1, &error));
    TRY(mvo_covariance_new_gerber(&covariance, context, PERIODS, N, returns, PERIODS, 1, 0.5, &error));
    mvo_context_unref(context);
}

static void weighting(counting_allocator *allocator)
{
    open_context(allocator);
    for (size_t periods = FEW; periods <= PERIODS; periods += PERIODS - FEW) {
        for (int32_t demean = MVO_MEAN_ZERO; demean <= MVO_MEAN_PAST; demean++)
            TRY(mvo_covariance_new_exponential(&covariance, context, periods, N, returns, PERIODS, 5.0, 9.0, demean,
                                               &error));
        TRY(mvo_covariance_new_semicovariance(&covariance, context, periods, N, returns, PERIODS, 0.0, &error));
    }
    TRY(mvo_covariance_new_complete_cases(&covariance, &count, context, PERIODS, N, gaps, PERIODS, 1, &error));
    TRY(mvo_covariance_new_pairwise(&covariance, &number, context, PERIODS, N, gaps, PERIODS, 1, MVO_INDEFINITE_CLIP,
                                    &error));
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_returns(&other, context, PERIODS, N, returns, PERIODS, 1, MVO_CHECK_ALL, &error));
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_returns(&covariance, context, FEW, N, returns, PERIODS, 1, MVO_CHECK_ALL, &error));
    mvo_covariance *few = covariance;
    covariance = NULL;
    TRY(mvo_covariance_new_shrunk_towards(&covariance, context, few, other, 0.5, &error));
    TRY(mvo_covariance_new_shrunk_towards(&covariance, context, few, few, 0.5, &error));
    mvo_covariance_unref(few);
    mvo_covariance_unref(other);
    mvo_context_unref(context);
}

/* A refusal that is not for want of memory: whatever was taken on the way must be given back. */
static void refused(counting_allocator *allocator)
{
    double broken[PERIODS * N];
    memcpy(broken, returns, sizeof broken);
    for (size_t t = 0; t < PERIODS; t++)
        broken[t + 4 * PERIODS] = 0.0;
    open_context(allocator);
    mvo_status status[4];
    status[0] = mvo_covariance_new_shrunk(&covariance, &number, context, PERIODS, N, broken, PERIODS, 1,
                                          MVO_SHRINK_CONSTANT_CORRELATION, NULL);
    status[1] = mvo_covariance_new_nonlinear(&covariance, context, PERIODS, N, broken, PERIODS, 0, NULL);
    status[2] = mvo_covariance_new_clipped(&covariance, &count, context, PERIODS, N, broken, PERIODS, 1, NULL);
    for (size_t j = 0; j < N; j++)
        for (size_t t = 0; t < PERIODS; t++)
            broken[t + j * PERIODS] = t == j ? 1.0 : NAN;
    status[3] = mvo_covariance_new_pairwise(&covariance, &number, context, PERIODS, N, broken, PERIODS, 0,
                                            MVO_INDEFINITE_REFUSE, NULL);
    for (size_t k = 0; k < 4; k++)
        assert_true(status[k] == MVO_ERROR_ARGUMENT || (allocator->refused && status[k] == MVO_ERROR_MEMORY));
    assert_true(covariance == NULL && number == 0.0 && count == 0);
    mvo_context_unref(context);
}

static void shrinking_survives(void **state)
{
    (void)state;
    assert_true(torture_run(shrinking) > 200);
}

static void weighting_survives(void **state)
{
    (void)state;
    assert_true(torture_run(weighting) > 60);
}

static void refusals_leak_nothing(void **state)
{
    (void)state;
    assert_true(torture_run(refused) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrinking_survives),
        cmocka_unit_test(weighting_survives),
        cmocka_unit_test(refusals_leak_nothing),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
