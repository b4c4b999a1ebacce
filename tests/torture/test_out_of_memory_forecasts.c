/* SPDX-License-Identifier: MIT */
/* Every allocation of the forecasts and regimes refused in turn. */
#include "support/random.h"
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 2, T = 40 };

static mvo_context *context;
static mvo_covariance *covariance;
static mvo_regimes *regimes;
static double returns[T * N], out[4 * T];

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d\n", context != NULL, covariance != NULL, regimes != NULL);
    torture_append_vector(&text, "outputs", out, 4 * T);
    return text;
}

static void drop(void)
{
    mvo_covariance_unref(covariance);
    covariance = NULL;
}

static void scenario(counting_allocator *allocator)
{
    context = NULL;
    covariance = NULL;
    regimes = NULL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_garch_fit(out, out + 4, out + 5, context, T, returns, MVO_MEAN_ZERO, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_garch_forecast(out, 3, out + 5, 1.0, NULL));
    TORTURE_TRY(
        allocator, show,
        mvo_covariance_new_dcc(&covariance, out, out + 2, out + 20, context, T, N, returns, T, MVO_MEAN_ZERO, &error));
    drop();
    TORTURE_TRY(allocator, show,
                mvo_covariance_new_riskmetrics2006(&covariance, context, T, N, returns, T, 4.0, 64.0, 100.0, &error));
    drop();
    TORTURE_TRY(allocator, show, mvo_regimes_new(&regimes, context, T, N, returns, T, 2, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_regimes_probabilities(out, out + 2 * T, T, regimes, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_regimes_transition(out, regimes, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_regimes_state(out, &covariance, regimes, 1, NULL));
    drop();
    TORTURE_TRY(allocator, show, mvo_regimes_forecast(out, out + 4, &covariance, regimes, &error));
    drop();
    mvo_context_unref(context);
    mvo_regimes_free(regimes);
}

static void forecasts_survive(void **state)
{
    (void)state;
    random_stream stream = { 2 };
    for (size_t i = 0; i < T * N; i++)
        returns[i] = (i % T > T / 2 ? 3.0 : 1.0) * random_normal(&stream);
    assert_in_range(torture_run(scenario), 30, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(forecasts_survive) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
