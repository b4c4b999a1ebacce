/* SPDX-License-Identifier: MIT */
/* Every allocation of the streaming estimators refused in turn. */
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 6, PERIODS = 9 };

static mvo_context *context;
static mvo_stream *stream;
static mvo_covariance *covariance;

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %d\n", context != NULL, stream != NULL, covariance != NULL,
                   (int)mvo_stream_seen(stream));
    if (covariance) {
        double matrix[N * N];
        assert_int_equal(mvo_covariance_matrix(matrix, N, covariance, NULL), MVO_OK);
        torture_append_vector(&text, "covariance", matrix, N * N);
    }
    return text;
}

static void use(counting_allocator *allocator)
{
    double returns[N], means[N];
    for (size_t t = 0; t < PERIODS; t++) {
        for (size_t i = 0; i < N; i++)
            returns[i] = (double)((7 * t + 3 * i + t * i) % 11) - 5.0;
        TORTURE_NEEDS_NOTHING(allocator, mvo_stream_update(stream, returns, NULL));
    }
    TORTURE_TRY(allocator, show, mvo_stream_covariance(&covariance, stream, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_stream_update(stream, returns, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_stream_snapshot(covariance, stream, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_stream_means(means, stream, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_stream_clear(stream, NULL));
    mvo_stream_free(stream);
    stream = NULL;
    mvo_covariance_unref(covariance);
    covariance = NULL;
}

static void scenario(counting_allocator *allocator)
{
    context = NULL;
    stream = NULL;
    covariance = NULL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_stream_new_ewma(&stream, context, N, 0.9, MVO_MEAN_ESTIMATED, &error));
    use(allocator);
    TORTURE_TRY(allocator, show, mvo_stream_new_window(&stream, context, N, 4, 1, MVO_MEAN_ESTIMATED, &error));
    use(allocator);
    TORTURE_TRY(allocator, show, mvo_stream_new_window(&stream, context, N, 2, 1, MVO_MEAN_ESTIMATED, &error));
    mvo_context_unref(context); /* the stream holds it */
    use(allocator);
}

static void streams_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 12, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(streams_survive) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
