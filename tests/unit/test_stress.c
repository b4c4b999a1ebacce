/* SPDX-License-Identifier: MIT */
/* Stressed correlations and volatilities: figures by hand, both representations, the worst theta, every bad argument. */
#include "covariance/covariance.h"
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 6, K = 2 };

static mvo_covariance *dense, *factored; /* the same matrix */
static double sigma[N * N], correlation[N * N], volatility[N], found[N * N];
static mvo_error error;
static mvo_covariance *made;
static char mark;

static int setup(void **state)
{
    (void)state;
    random_stream stream = { 3 };
    double loadings[N * K], specific[N];
    for (size_t i = 0; i < N * K; i++)
        loadings[i] = 0.1 * random_normal(&stream);
    for (size_t i = 0; i < N; i++)
        specific[i] = 0.01 * random_uniform(&stream);
    assert_int_equal(mvo_covariance_new_factor(&factored, NULL, N, K, loadings, N, NULL, 0, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, N, factored, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_correlation(correlation, N, factored, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_volatilities(volatility, factored, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&dense, NULL, N, sigma, N, 0, NULL), MVO_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mvo_covariance_unref(dense);
    mvo_covariance_unref(factored);
    return 0;
}

static void near_to(const double *expected, double tolerance)
{
    assert_int_equal(mvo_covariance_matrix(found, N, made, NULL), MVO_OK);
    for (size_t i = 0; i < N * N; i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance))
            fail_msg("element %zu: %.17g, expected %.17g", i, found[i], expected[i]);
    mvo_covariance *again = NULL; /* and it is semidefinite */
    assert_int_equal(mvo_covariance_new_dense(&again, NULL, N, found, N, MVO_CHECK_ALL, NULL), MVO_OK);
    mvo_covariance_unref(again);
}

static void towards_one_or_a_target(void **state)
{
    (void)state;
    double expected[N * N], target[N * N];
    for (size_t i = 0; i < N * N; i++)
        target[i] = i % (N + 1) == 0 ? 1.0 : 0.2;
    for (int with_target = 0; with_target < 2; with_target++)
        for (double theta = 0.0; theta <= 1.0; theta += 0.25) {
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++)
                    expected[i + j * N] = (1.0 - theta) * sigma[i + j * N] +
                                          theta * volatility[i] * volatility[j] * (with_target ? target[i + j * N] : 1.0);
            for (int structured = 0; structured < 2; structured++) {
                assert_int_equal(mvo_covariance_new_stressed(&made, NULL, structured ? factored : dense, theta,
                                                             with_target ? target : NULL, N, NULL),
                                 MVO_OK);
                near_to(expected, 1e-15);
                assert_int_equal(made->kind, structured && !with_target ? MVOI_FACTOR : MVOI_DENSE);
                mvo_covariance_unref(made);
            }
        }
}

static void volatilities_scaled(void **state)
{
    (void)state;
    static const double scales[N] = { 0.0, 0.5, 1.0, 1.5, 2.0, 3.0 };
    double expected[N * N];
    for (int each = 0; each < 2; each++)
        for (int structured = 0; structured < 2; structured++) {
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++)
                    expected[i + j * N] = 4.0 * sigma[i + j * N] * (each ? scales[i] * scales[j] : 1.0);
            assert_int_equal(mvo_covariance_new_scaled(&made, NULL, structured ? factored : dense, 2.0,
                                                       each ? scales : NULL, NULL),
                             MVO_OK);
            near_to(expected, 1e-15);
            assert_int_equal(made->kind, structured ? MVOI_FACTOR : MVOI_DENSE);
            mvo_covariance_unref(made);
        }
}

/* Three assets with correlations r12 = 0.5, r13 = 0.2, r23 = 0.4, volatilities 1; the group is {0, 1}. Its index has
   variance 1 + 1 + 2 * 0.5 = 3 and correlation (0.2 + 0.4) / sqrt(3) with asset 2. */
static void a_block_by_hand(void **state)
{
    (void)state;
    static const double c[9] = { 1.0, 0.5, 0.2, 0.5, 1.0, 0.4, 0.2, 0.4, 1.0 }, ones[3] = { 1.0, 1.0, 1.0 };
    static const size_t members[2] = { 0, 1 };
    double m[9];
    mvo_covariance *given = NULL;
    assert_int_equal(mvo_covariance_new_correlation(&given, NULL, 3, ones, c, 3, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_block_stressed(&made, NULL, given, 2, members, 0.25, NULL, 0, 0.0, 0.0, NULL),
                     MVO_OK);
    assert_int_equal(mvo_covariance_matrix(m, 3, made, NULL), MVO_OK);
    assert_true(fabs(m[1] - (0.75 * 0.5 + 0.25)) <= 1e-15);
    assert_true(fabs(m[2] - (0.75 * 0.2 + 0.25 * 0.6 / sqrt(3.0))) <= 1e-15);
    assert_true(fabs(m[5] - (0.75 * 0.4 + 0.25 * 0.6 / sqrt(3.0))) <= 1e-15);
    mvo_covariance_unref(made);
    /* Across: loadings of 0 and 1 on their index are 1.5 / sqrt(3), asset 2 is its own. */
    assert_int_equal(mvo_covariance_new_block_stressed(&made, NULL, given, 2, members, 0.0, NULL, 0, 0.5, -0.8, NULL),
                     MVO_OK);
    assert_int_equal(mvo_covariance_matrix(m, 3, made, NULL), MVO_OK);
    assert_true(fabs(m[1] - 0.5) <= 1e-15);
    assert_true(fabs(m[2] - (0.5 * 0.2 - 0.5 * 0.8 * 1.5 / sqrt(3.0))) <= 1e-15);
    mvo_covariance_unref(made);
    /* Within towards a target of 0: loadings on the index are 1 / sqrt(2). */
    static const double nothing[4] = { 1.0, 0.0, 0.0, 1.0 };
    assert_int_equal(mvo_covariance_new_block_stressed(&made, NULL, given, 2, members, 1.0, nothing, 2, 0.0, 0.0, NULL),
                     MVO_OK);
    assert_int_equal(mvo_covariance_matrix(m, 3, made, NULL), MVO_OK);
    assert_true(fabs(m[1]) <= 1e-15 && fabs(m[2] - 0.6 / sqrt(3.0) / sqrt(2.0)) <= 1e-15);
    mvo_covariance_unref(made);
    mvo_covariance_unref(given);
}

/* Whatever is asked for, the answer is semidefinite, the rest keeps its correlations, and variances stay. */
static void blocks_stay_semidefinite(void **state)
{
    (void)state;
    random_stream stream = { 8 };
    for (int round = 0; round < 200; round++) {
        size_t members[N], count = 1 + random_below(&stream, N), at = 0;
        for (size_t i = 0; i < N && at < count; i++)
            if (random_below(&stream, 2) || N - i <= count - at)
                members[at++] = i;
        const double within = round % 3 ? random_uniform(&stream) : 1.0;
        const double across = round % 4 ? random_uniform(&stream) : 1.0;
        const double rho = round % 5 ? 2.0 * random_uniform(&stream) - 1.0 : round % 2 ? 1.0 : -1.0;
        assert_int_equal(mvo_covariance_new_block_stressed(&made, NULL, round % 2 ? dense : factored, count, members,
                                                           within, NULL, 0, across, rho, NULL),
                         MVO_OK);
        assert_int_equal(mvo_covariance_matrix(found, N, made, NULL), MVO_OK);
        mvo_covariance *again = NULL;
        assert_int_equal(mvo_covariance_new_dense(&again, NULL, N, found, N, MVO_CHECK_ALL, NULL), MVO_OK);
        int in[N] = { 0 };
        for (size_t g = 0; g < count; g++)
            in[members[g]] = 1;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                if (i == j || (!in[i] && !in[j]))
                    assert_true(fabs(found[i + j * N] - sigma[i + j * N]) <= 1e-16);
        mvo_covariance_unref(again);
        mvo_covariance_unref(made);
    }
}

static void the_worst_theta(void **state)
{
    (void)state;
    static const double hedged[N] = { 1.0, -1.0, 0.5, -0.5, 1.0, -1.0 };
    double along[N], theta = -1.0, variance = -1.0, expected = 0.0;
    for (size_t i = 0; i < N; i++)
        along[i] = 1.0 / N;
    assert_int_equal(mvo_worst_correlation_stress(&theta, &variance, dense, along, NULL, 0, 0.1, 0.7, NULL), MVO_OK);
    assert_true(theta == 0.7);
    assert_int_equal(mvo_covariance_new_stressed(&made, NULL, dense, theta, NULL, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_variance(&expected, made, along, NULL), MVO_OK);
    assert_true(fabs(variance - expected) <= 1e-15);
    mvo_covariance_unref(made);
    for (size_t t = 0; t < 2; t++) { /* against a look at every theta, with a target too */
        double target[N * N];
        double worst = -1.0;
        for (size_t i = 0; i < N * N; i++)
            target[i] = i % (N + 1) == 0 ? 1.0 : -0.1;
        assert_int_equal(
            mvo_worst_correlation_stress(&theta, &variance, factored, hedged, t ? target : NULL, N, 0.0, 1.0, NULL),
            MVO_OK);
        for (double at = 0.0; at <= 1.0; at += 0.125) {
            assert_int_equal(mvo_covariance_new_stressed(&made, NULL, factored, at, t ? target : NULL, N, NULL), MVO_OK);
            assert_int_equal(mvo_covariance_variance(&expected, made, hedged, NULL), MVO_OK);
            worst = fmax(worst, expected);
            mvo_covariance_unref(made);
        }
        assert_true(fabs(variance - worst) <= 1e-15);
    }
}

/* ------------------------------------------------------------------------------------------ refusals */

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("got %s of %s[%d, %d] (%s); expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_ptr_equal(made, (mvo_covariance *)(void *)&mark);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void begin(void)
{
    error = (mvo_error)MVO_ERROR_INIT;
    made = (mvo_covariance *)(void *)&mark;
}

/* What is refused of any target: `call` uses the variable `target`, which is N-by-N. */
#define REFUSE_TARGETS(call, name)                                                                                     \
    do {                                                                                                               \
        target[1] = NAN;                                                                                               \
        expect(call, MVO_ERROR_NOT_FINITE, name, 1, 0);                                                                \
        target[1] = 0.5;                                                                                               \
        expect(call, MVO_ERROR_NOT_SYMMETRIC, name, 1, 0);                                                             \
        target[1] = target[N] = 2.0;                                                                                   \
        expect(call, MVO_ERROR_NOT_SEMIDEFINITE, name, -1, -1);                                                        \
        target[1] = target[N] = 0.0;                                                                                   \
        target[N + 1] = 2.0;                                                                                           \
        expect(call, MVO_ERROR_ARGUMENT, name, 1, 1);                                                                  \
        target[N + 1] = 1.0;                                                                                           \
    } while (0)

static void bad_stresses(void **state)
{
    (void)state;
    double target[N * N] = { 0.0 }, scales[N] = { 1.0, 1.0, 1.0, -1.0, 1.0, 1.0 };
    for (size_t i = 0; i < N; i++)
        target[i * (N + 1)] = 1.0;
    begin();
    expect(mvo_covariance_new_stressed(NULL, NULL, dense, 0.5, NULL, 0, &error), MVO_ERROR_NULL, "stressed", -1, -1);
    expect(mvo_covariance_new_stressed(&made, NULL, NULL, 0.5, NULL, 0, &error), MVO_ERROR_NULL, "given", -1, -1);
    expect(mvo_covariance_new_stressed(&made, NULL, dense, -0.01, NULL, 0, &error), MVO_ERROR_ARGUMENT, "theta", -1, -1);
    expect(mvo_covariance_new_stressed(&made, NULL, dense, 1.01, NULL, 0, &error), MVO_ERROR_ARGUMENT, "theta", -1, -1);
    expect(mvo_covariance_new_stressed(&made, NULL, dense, NAN, NULL, 0, &error), MVO_ERROR_NOT_FINITE, "theta", -1, -1);
    expect(mvo_covariance_new_stressed(&made, NULL, dense, 0.5, target, N - 1, &error), MVO_ERROR_ARGUMENT, "ld_target",
           -1, -1);
    REFUSE_TARGETS(mvo_covariance_new_stressed(&made, NULL, dense, 0.5, target, N, &error), "target");
    expect(mvo_covariance_new_scaled(NULL, NULL, dense, 1.0, NULL, &error), MVO_ERROR_NULL, "scaled", -1, -1);
    expect(mvo_covariance_new_scaled(&made, NULL, NULL, 1.0, NULL, &error), MVO_ERROR_NULL, "given", -1, -1);
    expect(mvo_covariance_new_scaled(&made, NULL, dense, -1.0, NULL, &error), MVO_ERROR_ARGUMENT, "scale", -1, -1);
    expect(mvo_covariance_new_scaled(&made, NULL, dense, NAN, NULL, &error), MVO_ERROR_NOT_FINITE, "scale", -1, -1);
    expect(mvo_covariance_new_scaled(&made, NULL, dense, HUGE_VAL, NULL, &error), MVO_ERROR_NOT_FINITE, "scale", -1, -1);
    expect(mvo_covariance_new_scaled(&made, NULL, dense, 1.0, scales, &error), MVO_ERROR_ARGUMENT, "scales", 3, -1);
    scales[3] = INFINITY;
    expect(mvo_covariance_new_scaled(&made, NULL, dense, 1.0, scales, &error), MVO_ERROR_NOT_FINITE, "scales", 3, -1);
    scales[3] = 1e200;
    expect(mvo_covariance_new_scaled(&made, NULL, dense, 1.0, scales, &error), MVO_ERROR_NOT_FINITE, "covariance", 3,
           -1);
    expect(mvo_covariance_new_scaled(&made, NULL, factored, 1.0, scales, &error), MVO_ERROR_NOT_FINITE, "covariance", 3,
           -1);
}

static void bad_blocks(void **state)
{
    (void)state;
    double target[N * N] = { 0.0 };
    size_t members[N] = { 0, 1, 2, 3, 4, 5 };
    for (size_t i = 0; i < N; i++)
        target[i * (N + 1)] = 1.0;
    begin();
#define BLOCK(into, from, count, listed, within, within_target, across, rho)                                           \
    mvo_covariance_new_block_stressed(into, NULL, from, count, listed, within, within_target, N, across, rho, &error)
    expect(BLOCK(NULL, dense, 2, members, 0.5, NULL, 0.5, 0.0), MVO_ERROR_NULL, "stressed", -1, -1);
    expect(BLOCK(&made, NULL, 2, members, 0.5, NULL, 0.5, 0.0), MVO_ERROR_NULL, "given", -1, -1);
    expect(BLOCK(&made, dense, 2, NULL, 0.5, NULL, 0.5, 0.0), MVO_ERROR_NULL, "members", -1, -1);
    expect(BLOCK(&made, dense, 0, members, 0.5, NULL, 0.5, 0.0), MVO_ERROR_ARGUMENT, "count", -1, -1);
    expect(BLOCK(&made, dense, N + 1, members, 0.5, NULL, 0.5, 0.0), MVO_ERROR_ARGUMENT, "count", -1, -1);
    expect(BLOCK(&made, dense, 2, members, -0.5, NULL, 0.5, 0.0), MVO_ERROR_ARGUMENT, "within", -1, -1);
    expect(BLOCK(&made, dense, 2, members, 0.5, NULL, 1.5, 0.0), MVO_ERROR_ARGUMENT, "across", -1, -1);
    expect(BLOCK(&made, dense, 2, members, 0.5, NULL, NAN, 0.0), MVO_ERROR_NOT_FINITE, "across", -1, -1);
    expect(BLOCK(&made, dense, 2, members, 0.5, NULL, 0.5, -1.5), MVO_ERROR_ARGUMENT, "across_correlation", -1, -1);
    expect(mvo_covariance_new_block_stressed(&made, NULL, dense, 3, members, 0.5, target, 2, 0.0, 0.0, &error),
           MVO_ERROR_ARGUMENT, "ld_target", -1, -1);
    REFUSE_TARGETS(BLOCK(&made, dense, N, members, 0.5, target, 0.5, 0.0), "within_target");
    members[1] = N;
    expect(BLOCK(&made, dense, 2, members, 0.5, NULL, 0.5, 0.0), MVO_ERROR_ARGUMENT, "members", 1, -1);
    members[1] = 0;
    expect(BLOCK(&made, dense, 2, members, 0.5, NULL, 0.5, 0.0), MVO_ERROR_ARGUMENT, "members", 1, -1);
    /* Two assets that cancel have no index. */
    static const double ones[3] = { 1.0, 1.0, 1.0 }, opposed[9] = { 1.0, -1.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, 1.0 };
    static const size_t both[2] = { 0, 1 }, last[1] = { 2 };
    mvo_covariance *cancel = NULL;
    assert_int_equal(mvo_covariance_new_correlation(&cancel, NULL, 3, ones, opposed, 3, 0, NULL), MVO_OK);
    expect(BLOCK(&made, cancel, 2, both, 0.5, NULL, 0.0, 0.0), MVO_ERROR_ARGUMENT, "members", -1, -1);
    expect(BLOCK(&made, cancel, 2, both, 0.0, NULL, 0.5, 0.5), MVO_ERROR_ARGUMENT, "members", -1, -1);
    expect(BLOCK(&made, cancel, 1, last, 0.0, NULL, 0.5, 0.5), MVO_ERROR_ARGUMENT, "members", -1, -1);
    mvo_covariance_unref(cancel);
#undef BLOCK
}

static void bad_worst_cases(void **state)
{
    (void)state;
    double target[N * N] = { 0.0 }, weights[N] = { 1.0 }, theta = 7.0, variance = 7.0;
    for (size_t i = 0; i < N; i++)
        target[i * (N + 1)] = 1.0;
    begin();
#define WORST(into, from, towards, least, most, w)                                                                     \
    mvo_worst_correlation_stress(into, &variance, from, w, towards, N, least, most, &error)
    expect(WORST(NULL, dense, NULL, 0.0, 1.0, weights), MVO_ERROR_NULL, "theta", -1, -1);
    expect(WORST(&theta, NULL, NULL, 0.0, 1.0, weights), MVO_ERROR_NULL, "covariance", -1, -1);
    expect(WORST(&theta, dense, NULL, 0.0, 1.0, NULL), MVO_ERROR_NULL, "weights", -1, -1);
    expect(WORST(&theta, dense, NULL, -0.1, 1.0, weights), MVO_ERROR_ARGUMENT, "least", -1, -1);
    expect(WORST(&theta, dense, NULL, 0.5, 0.4, weights), MVO_ERROR_ARGUMENT, "most", -1, -1);
    expect(WORST(&theta, dense, NULL, 0.5, 1.1, weights), MVO_ERROR_ARGUMENT, "most", -1, -1);
    expect(WORST(&theta, dense, NULL, 0.5, NAN, weights), MVO_ERROR_NOT_FINITE, "most", -1, -1);
    REFUSE_TARGETS(WORST(&theta, dense, target, 0.0, 1.0, weights), "target");
    expect(mvo_worst_correlation_stress(&theta, NULL, dense, weights, target, N - 1, 0.0, 1.0, &error),
           MVO_ERROR_ARGUMENT, "ld_target", -1, -1);
    weights[2] = NAN;
    expect(WORST(&theta, dense, NULL, 0.0, 1.0, weights), MVO_ERROR_NOT_FINITE, "weights", 2, -1);
    assert_true(theta == 7.0 && variance == 7.0);
#undef WORST
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(towards_one_or_a_target), cmocka_unit_test(volatilities_scaled),
        cmocka_unit_test(a_block_by_hand),         cmocka_unit_test(blocks_stay_semidefinite),
        cmocka_unit_test(the_worst_theta),         cmocka_unit_test(bad_stresses),
        cmocka_unit_test(bad_blocks),              cmocka_unit_test(bad_worst_cases),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
