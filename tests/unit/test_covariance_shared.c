/* SPDX-License-Identifier: MIT */
/* One covariance in many hands: threads that share it, a context that runs out of memory, references. */
#include "support/counting_allocator.h"
#include "support/random.h"

#include <mvo/mvo.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N = 90, K = 70, T = 20, THREADS = 8, TURNS = 200 };

static double sigma[N * N], loadings[N * K], returns[T * N], correlation[N * N], omega[K * K];
static double volatility[N], specific[N], x[N];

static int setup(void **state)
{
    (void)state;
    random_stream stream = { 1 };
    for (size_t i = 0; i < N; i++) {
        volatility[i] = random_uniform(&stream);
        specific[i] = random_uniform(&stream);
        x[i] = random_normal(&stream);
        for (size_t j = 0; j < N; j++) {
            correlation[i + j * N] = i == j ? 1.0 : 0.5;
            sigma[i + j * N] = i == j ? 2.0 : 1.0;
        }
    }
    for (size_t i = 0; i < N * K; i++)
        loadings[i] = random_normal(&stream);
    for (size_t i = 0; i < T * N; i++)
        returns[i] = random_normal(&stream);
    for (size_t i = 0; i < K * K; i++)
        omega[i] = i % (K + 1) == 0 ? 1.0 : 0.1;
    return 0;
}

/* Every way of making a covariance. */
enum { WAYS = 9 };

static mvo_status make(mvo_covariance **covariance, mvo_context *context, int way)
{
    switch (way) {
    case 0:
        return mvo_covariance_new_dense(covariance, context, N, sigma, N, MVO_CHECK_ALL, NULL);
    case 1:
        return mvo_covariance_new_dense(covariance, context, N, sigma, N, MVO_CHECK_ALL | MVO_BORROW, NULL);
    case 2:
        return mvo_covariance_new_dense(covariance, context, N, sigma, N, MVO_CHECK_FINITE | MVO_BORROW, NULL);
    case 3:
        return mvo_covariance_new_correlation(covariance, context, N, volatility, correlation, N, MVO_CHECK_ALL, NULL);
    case 4:
        return mvo_covariance_new_factor(covariance, context, N, K, loadings, N, omega, K, specific, MVO_CHECK_ALL,
                                         NULL);
    case 5:
        return mvo_covariance_new_factor(covariance, context, N, K, loadings, N, NULL, 0, specific, MVO_CHECK_FINITE,
                                         NULL);
    case 6:
        return mvo_covariance_new_factor(covariance, context, N, 0, NULL, 0, NULL, 0, specific, MVO_CHECK_ALL, NULL);
    case 7:
        return mvo_covariance_new_returns(covariance, context, T, N, returns, T, 1, MVO_CHECK_ALL, NULL);
    default:
        return mvo_covariance_new_returns(covariance, context, T, N / 3, returns, T, 1, MVO_CHECK_ALL, NULL);
    }
}

/* Refuses each allocation in turn: MEMORY, no handle, no block left; and with none refused nothing is left either. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS; way++)
        for (size_t refused = 0;; refused++) {
            counting_allocator allocator = { 0, 0, 0, COUNTING_NEVER, 0 };
            mvo_context *context = NULL;
            mvo_covariance *covariance = NULL;
            assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL),
                             MVO_OK);
            allocator.refuse_at = allocator.asked + refused;
            const mvo_status status = make(&covariance, context, way);
            const int hit = allocator.refused != 0;
            assert_int_equal(status, hit ? MVO_ERROR_MEMORY : MVO_OK);
            assert_true(hit == !covariance);
            mvo_context_unref(context); /* a handle keeps its context alive */
            const size_t asked = allocator.asked;
            if (covariance) {
                double product[N], matrix[N * N];
                assert_int_equal(mvo_covariance_multiply(product, covariance, x, NULL), MVO_OK);
                assert_int_equal(mvo_covariance_risk_contributions(product, NULL, covariance, x, NULL), MVO_OK);
                assert_int_equal(mvo_covariance_matrix(matrix, N, covariance, NULL), MVO_OK);
                assert_int_equal(allocator.asked, asked); /* reading takes no memory */
            }
            mvo_covariance_unref(covariance);
            assert_int_equal(allocator.live, 0);
            if (!hit) {
                assert_true(refused >= 2);
                break;
            }
        }
}

/* The same for matrices whose eigenvalues must be computed before they are refused. */
static void a_refusal_leaves_nothing_behind(void **state)
{
    (void)state;
    const double keep = sigma[1];
    sigma[1] = sigma[N] = -1.99;
    for (int borrow = 0; borrow <= MVO_BORROW; borrow += MVO_BORROW)
        for (size_t refused = 0;; refused++) {
            counting_allocator allocator = { 0, 0, 0, COUNTING_NEVER, 0 };
            mvo_context *context = NULL;
            mvo_covariance *covariance = NULL;
            assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL),
                             MVO_OK);
            allocator.refuse_at = allocator.asked + refused;
            const mvo_status status =
                mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_ALL | borrow, NULL);
            assert_int_equal(status, allocator.refused ? MVO_ERROR_MEMORY : MVO_ERROR_NOT_SEMIDEFINITE);
            assert_null(covariance);
            mvo_context_unref(context);
            assert_int_equal(allocator.live, 0);
            if (!allocator.refused)
                break;
        }
    sigma[1] = sigma[N] = keep;
}

typedef struct worker {
    pthread_t thread;
    mvo_covariance *covariance;
    const double *expected;
    int well;
} worker;

static void *work(void *argument)
{
    worker *own = argument;
    double product[N];
    own->well = 1;
    for (int turn = 0; turn < TURNS; turn++) {
        mvo_covariance *mine = mvo_covariance_ref(own->covariance);
        memset(product, 0, sizeof product);
        own->well &= mvo_covariance_multiply(product, mine, x, NULL) == MVO_OK;
        own->well &= memcmp(product, own->expected, sizeof product) == 0;
        mvo_covariance_unref(mine);
    }
    mvo_covariance_unref(own->covariance); /* its own reference; whoever is last frees */
    return NULL;
}

static void threads_share_a_handle(void **state)
{
    (void)state;
    static const int ways[] = { 0, 1, 4, 7 };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        double expected[N];
        worker workers[THREADS];
        mvo_covariance *covariance = NULL;
        assert_int_equal(make(&covariance, NULL, ways[i]), MVO_OK);
        assert_int_equal(mvo_covariance_multiply(expected, covariance, x, NULL), MVO_OK);
        for (size_t t = 0; t < THREADS; t++) {
            workers[t].covariance = mvo_covariance_ref(covariance);
            workers[t].expected = expected;
            assert_ptr_equal(workers[t].covariance, covariance);
            assert_int_equal(pthread_create(&workers[t].thread, NULL, work, &workers[t]), 0);
        }
        mvo_covariance_unref(covariance);
        for (size_t t = 0; t < THREADS; t++) {
            assert_int_equal(pthread_join(workers[t].thread, NULL), 0);
            assert_true(workers[t].well);
        }
    }
}

static void remember(void *user, const char *message)
{
    snprintf(user, 256, "%s", message);
}

static void the_log_is_told(void **state)
{
    (void)state;
    char last[256] = "";
    double product[N];
    mvo_context *context = NULL;
    mvo_covariance *covariance = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_context_new(&context, NULL, NULL, remember, last, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&covariance, context, N, sigma, 1, MVO_CHECK_ALL, &error),
                     MVO_ERROR_ARGUMENT);
    assert_string_equal(last, error.message);
    assert_int_equal(mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_ALL, &error), MVO_OK);
    mvo_context_unref(context);
    assert_int_equal(mvo_covariance_multiply(product, covariance, NULL, NULL), MVO_ERROR_NULL);
    assert_string_equal(last, "x is NULL");
    mvo_covariance_unref(covariance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_refusal_leaves_nothing_behind),
        cmocka_unit_test(threads_share_a_handle),
        cmocka_unit_test(the_log_is_told),
    };
    return cmocka_run_group_tests_name("covariance: shared", tests, setup, NULL);
}
