/* SPDX-License-Identifier: MIT */
/* Every allocation refused in turn: factor models from data. */
#include "support/random.h"
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { T = 9, N = 5, K = 2, WIDE = 12 };

static mvo_context *context;
static mvo_covariance *made;
static double returns[T * WIDE], factors[T * K], exposures[N * K];
static double loadings[N * K], specific[N], series[T * K];
static size_t count;

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %zu\n", context != NULL, made != NULL, count);
    torture_append_vector(&text, "loadings", loadings, N * K);
    torture_append_vector(&text, "specific", specific, N);
    torture_append_vector(&text, "series", series, T * K);
    return text;
}

static void scenario(counting_allocator *allocator)
{
    context = NULL;
    made = NULL;
    count = 0;
    memset(loadings, 0, sizeof loadings);
    memset(specific, 0, sizeof specific);
    memset(series, 0, sizeof series);
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_factor_count(&count, context, T, N, returns, T, 2, MVO_FACTORS_BAI_NG, &error));
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_statistical_factors(&made, loadings, series, specific, context, T, N, returns, T, K,
                                                       MVO_FACTORS_OF_CORRELATION, &error));
    mvo_covariance_unref(made);
    made = NULL;
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_statistical_factors(&made, NULL, NULL, NULL, context, T, WIDE, returns, T, K,
                                                       MVO_FACTORS_OF_COVARIANCE, &error));
    mvo_covariance_unref(made);
    made = NULL;
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_factor_regression(&made, NULL, loadings, specific, NULL, context, T, N, returns, T, K,
                                                     factors, T, &error));
    mvo_covariance_unref(made);
    made = NULL;
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_fundamental_factors(&made, series, NULL, NULL, specific, context, T, N, returns, T, K,
                                                       exposures, N, 0, NULL, NULL, 0, &error));
    mvo_covariance_unref(made);
    made = NULL;
    mvo_context_unref(context);
}

static void factor_models_survive(void **state)
{
    (void)state;
    random_stream stream = { 21 };
    for (size_t i = 0; i < T * WIDE; i++)
        returns[i] = random_normal(&stream);
    for (size_t i = 0; i < T * K; i++)
        factors[i] = random_normal(&stream);
    for (size_t i = 0; i < N * K; i++)
        exposures[i] = random_normal(&stream);
    assert_in_range(torture_run(scenario), 30, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(factor_models_survive) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
