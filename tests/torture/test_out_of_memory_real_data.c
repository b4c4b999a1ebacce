/* SPDX-License-Identifier: MIT */
/* Every allocation of what real data need refused in turn. */
#include "support/random.h"
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 2, T = 40 };

static mvo_context *context;
static mvo_covariance *covariance;
static double returns[T * N], out[2 * T];
static size_t count;

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %zu\n", context != NULL, covariance != NULL, count);
    torture_append_vector(&text, "outputs", out, 2 * T);
    return text;
}

static void drop(void)
{
    mvo_covariance_unref(covariance);
    covariance = NULL;
}

static void scenario(counting_allocator *allocator)
{
    static const double moments[4] = { 0.0, 1.0, 2.0, 3.0 }, prices[4] = { 1.0, 1.1, 0.9, 1.2 };
    const double *const times[2] = { moments, moments }, *const values[2] = { prices, prices };
    const size_t counts[2] = { 4, 3 };
    context = NULL;
    covariance = NULL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(
        allocator, show,
        mvo_covariance_new_student_t(&covariance, out, out + 2, out + 3, context, T, N, returns, T, 0.0, &error));
    drop();
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_tyler(&covariance, context, T, N, returns, T, NULL, MVO_SHAPE_TRACE, &error));
    drop();
    TORTURE_TRY(allocator, show, mvo_outliers_by_asset(out, T, &count, context, T, N, returns, T, 3.0, &error));
    TORTURE_TRY(allocator, show, mvo_outliers_by_period(out, out + T, &count, context, T, N, returns, T, 0.01, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_stale_prices(&count, NULL, NULL, NULL, 0, T, N, returns, T, 2, NULL));
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_previous_tick(&covariance, context, 2, counts, times, values, 0.0, 3.0, 3, &error));
    drop();
    TORTURE_TRY(allocator, show, mvo_hayashi_yoshida(out, 2, context, 2, counts, times, values, &error));
    mvo_context_unref(context);
}

static void real_data_survive(void **state)
{
    (void)state;
    random_stream stream = { 2 };
    for (size_t i = 0; i < T * N; i++)
        returns[i] = random_normal(&stream);
    assert_in_range(torture_run(scenario), 30, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(real_data_survive) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
