/* SPDX-License-Identifier: MIT */
/* Every allocation of the functions about expected returns refused in turn. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 12, K = 2 };

static mvo_context *context;
static mvo_covariance *sigma, *posterior;
static double mu[N], extra[4];

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d\n", context != NULL, sigma != NULL, posterior != NULL);
    torture_append_vector(&text, "mu", mu, N);
    torture_append_vector(&text, "extra", extra, 4);
    return text;
}

static void ask(counting_allocator *allocator, const double *mean, const double *views, const double *omega)
{
    static const double q[K] = { 0.1, 0.2 }, confidence[K] = { 0.25, 1.0 };
    TORTURE_TRY(allocator, show, mvo_mean_james_stein(mu, extra, sigma, mean, 60, 0.01, &error));
    TORTURE_TRY(allocator, show, mvo_mean_bayes_stein(mu, extra, extra + 1, sigma, mean, 60, MVO_STEIN_SAMPLE, &error));
    TORTURE_TRY(allocator, show, mvo_view_variances(extra, sigma, 0.1, K, views, K, confidence, &error));
    TORTURE_TRY(allocator, show, mvo_implied_views(NULL, extra, sigma, mean, 2.0, mean, K, views, K, &error));
    TORTURE_TRY(allocator, show, mvo_implied_returns(mu, sigma, mean, 2.0, &error));
    for (size_t ld = 0; ld <= K; ld += K) {
        TORTURE_TRY(allocator, show,
                    mvo_black_litterman(mu, &posterior, context, sigma, mean, 0.1, K, views, K, q, omega, ld, &error));
        mvo_covariance_unref(posterior);
        posterior = NULL;
        TORTURE_TRY(allocator, show,
                    mvo_black_litterman(mu, NULL, context, sigma, mean, 0.1, K, views, K, q, omega, ld, &error));
    }
    TORTURE_TRY(allocator, show,
                mvo_black_litterman(mu, &posterior, context, sigma, mean, 0.1, 0, NULL, 0, NULL, NULL, 0, &error));
    mvo_covariance_unref(posterior);
    posterior = NULL;
}

static void scenario(counting_allocator *allocator)
{
    static const double omega[K * K] = { 0.5, 0.125, 0.125, 0.25 };
    double matrix[N * N], loadings[N], specific[N], mean[N], views[K * N] = { 0 };
    for (size_t i = 0; i < N; i++) {
        loadings[i] = 1.0 + 0.25 * (double)(i % 3);
        specific[i] = 0.5;
        mean[i] = 0.01 * (double)(i % 5);
        for (size_t j = 0; j < N; j++)
            matrix[i + j * N] = i == j ? 1.0 : 0.25;
    }
    views[0 + K * 2] = 1.0;
    views[1 + K * 2] = -1.0;
    views[1 + K * 5] = 1.0;
    context = NULL;
    sigma = posterior = NULL;
    memset(mu, 0, sizeof mu);
    memset(extra, 0, sizeof extra);
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_covariance_new_dense(&sigma, context, N, matrix, N, MVO_CHECK_FINITE, &error));
    ask(allocator, mean, views, omega);
    mvo_covariance_unref(sigma);
    sigma = NULL;
    TORTURE_TRY(
        allocator, show,
        mvo_covariance_new_factor(&sigma, context, N, 1, loadings, N, NULL, 0, specific, MVO_CHECK_FINITE, &error));
    ask(allocator, mean, views, omega);
    mvo_covariance_unref(sigma);
    mvo_context_unref(context);
}

static void expected_returns_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 60, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_returns_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
