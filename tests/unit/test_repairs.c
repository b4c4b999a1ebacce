/* SPDX-License-Identifier: MIT */
/* Repairs of correlation matrices: what they promise of any input, figures by hand, and every bad argument. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 40 };

static double given[MOST * MOST], found[MOST * MOST], other[MOST * MOST], target[MOST * MOST], volatility[MOST];
static mvo_error error;

/* Correlations of a few factors with noise on them: indefinite for all but the smallest noise. */
static void make_given(random_stream *stream, size_t n, double noise)
{
    double loading[MOST];
    for (size_t i = 0; i < n; i++)
        loading[i] = 0.5 + 0.4 * random_uniform(stream);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            const double value = i == j ? 1.0 : loading[i] * loading[j] + noise * random_normal(stream);
            given[i + j * n] = value;
            given[j + i * n] = value;
        }
}

/* Smallest eigenvalue at least `floor`, to rounding (n 1e-14): what mvo_covariance_new_correlation checks, after the
   floor has been taken away. */
static void is_correlation(const double *matrix, size_t n, double floor)
{
    const double taken = floor > 0.0 ? floor - 1e-14 * (double)n : 0.0;
    mvo_covariance *covariance = NULL;
    for (size_t i = 0; i < n; i++) {
        volatility[i] = 1.0;
        assert_true(matrix[i + i * n] == 1.0);
    }
    for (size_t k = 0; k < n * n; k++)
        other[k] = k % (n + 1) == 0 ? 1.0 : matrix[k] / (1.0 - taken);
    error = (mvo_error)MVO_ERROR_INIT;
    if (mvo_covariance_new_correlation(&covariance, NULL, n, volatility, other, n, MVO_CHECK_ALL, &error) != MVO_OK)
        fail_msg("n = %zu, floor %g: %s", n, floor, error.message);
    mvo_covariance_unref(covariance);
}

static double distance_between(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n * n; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sqrt(sum);
}

/* --------------------------------------------------------------------------------- what holds for any */

/*
 * X is the nearest to G exactly if X = (G + diag y)+ for some y, that is if the multiplier Z = X - G - diag y is
 * semidefinite and Z X = 0. With Z_ij = X_ij - G_ij beside the diagonal, the diagonal of Z follows from (Z X)_ii = 0.
 */
static void check_optimal(const double *X, const double *G, size_t n)
{
    static double Z[MOST * MOST];
    double size = 0.0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++)
            if (j != i) {
                Z[i + j * n] = X[i + j * n] - G[i + j * n];
                sum += Z[i + j * n] * X[j + i * n];
                size = fmax(size, fabs(Z[i + j * n]));
            }
        Z[i + i * n] = -sum;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < n; k++)
                sum += Z[i + k * n] * X[k + j * n];
            assert_true(fabs(sum) <= 1e-9 * (1.0 + size) * (double)n);
        }
    for (size_t i = 0; i < n; i++)
        Z[i + i * n] += 1e-8 * (1.0 + size);
    mvo_covariance *covariance = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, n, Z, n, MVO_CHECK_ALL, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
}

static void newton_is_optimal(void **state)
{
    (void)state;
    static const double noises[] = { 0.0, 0.01, 0.1, 0.5, 3.0 };
    random_stream stream = { 5 };
    for (size_t n = 1; n <= MOST; n += n < 6 ? 1 : 11)
        for (size_t k = 0; k < sizeof noises / sizeof *noises; k++) {
            double distance = -1.0;
            int64_t iterations = -1;
            make_given(&stream, n, noises[k]);
            assert_int_equal(mvo_correlation_nearest(found, n, &distance, &iterations, NULL, n, given, n, 0.0, NULL),
                             MVO_OK);
            is_correlation(found, n, 0.0);
            check_optimal(found, given, n);
            assert_true(fabs(distance - distance_between(found, given, n)) <= 1e-12 * (1.0 + distance));
            assert_true(iterations >= 0 && iterations <= 30);
            if (k == 0)
                assert_true(distance <= 1e-12 * (double)n);
        }
}

static void floors_are_kept(void **state)
{
    (void)state;
    random_stream stream = { 6 };
    const size_t n = 12;
    make_given(&stream, n, 0.4);
    double before = -1.0;
    for (double floor = 0.0; floor < 0.95; floor += 0.3) {
        double distance = 0.0;
        assert_int_equal(mvo_correlation_nearest(found, n, &distance, NULL, NULL, n, given, n, floor, NULL), MVO_OK);
        is_correlation(found, n, floor);
        assert_true(distance > before);
        before = distance;
        mvo_outcome outcome = -1;
        assert_int_equal(mvo_correlation_nearest_fixed(&outcome, target, n, NULL, NULL, NULL, n, given, n, NULL, NULL,
                                                       floor, 20000, NULL),
                         MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_true(distance_between(target, found, n) <= 1e-9);
        is_correlation(target, n, floor);
        double intensity = -1.0;
        assert_int_equal(
            mvo_correlation_shrunk(target, n, &intensity, NULL, NULL, n, given, n, NULL, 0, floor, NULL), MVO_OK);
        is_correlation(target, n, floor);
        assert_true(intensity > 0.0 && intensity < 1.0);
        assert_true(distance_between(target, given, n) >= distance);
    }
}

/* Fixed elements stay, weights steer: the same answer as Newton's on the scaled problem is not at hand, so that the
   optimality is tested by the other method where both apply (weights of one value). */
static void fixed_elements_and_weights(void **state)
{
    (void)state;
    enum { N = 8 };
    random_stream stream = { 7 };
    int32_t fixed[N * N] = { 0 };
    double weights[N];
    make_given(&stream, N, 0.5);
    given[1] = given[N] = 0.3; /* between 0 and 1 */
    fixed[1] = fixed[N] = 1;
    fixed[2 + 3 * N] = fixed[3 + 2 * N] = 1;
    given[2 + 3 * N] = given[3 + 2 * N] = -0.25;
    mvo_outcome outcome = -1;
    int64_t sweeps = 0;
    assert_int_equal(mvo_correlation_nearest_fixed(&outcome, found, N, NULL, &sweeps, NULL, N, given, N, fixed, NULL,
                                                   0.0, 100000, NULL),
                     MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    is_correlation(found, N, 0.0);
    assert_true(fabs(found[1] - 0.3) <= 1e-10 && fabs(found[2 + 3 * N] + 0.25) <= 1e-10);
    /* Equal weights of any size change nothing; a heavy asset keeps its row. */
    for (size_t i = 0; i < N; i++)
        weights[i] = 7.0;
    assert_int_equal(mvo_correlation_nearest_fixed(&outcome, target, N, NULL, NULL, NULL, N, given, N, fixed, weights,
                                                   0.0, 100000, NULL),
                     MVO_OK);
    assert_true(distance_between(found, target, N) <= 1e-10);
    double light = 0.0, heavy = 0.0;
    weights[5] = 700.0;
    assert_int_equal(mvo_correlation_nearest_fixed(&outcome, target, N, NULL, NULL, NULL, N, given, N, NULL, weights,
                                                   0.0, 100000, NULL),
                     MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    is_correlation(target, N, 0.0);
    assert_int_equal(mvo_correlation_nearest(found, N, NULL, NULL, NULL, N, given, N, 0.0, NULL), MVO_OK);
    for (size_t i = 0; i < N; i++) {
        light += fabs(found[i + 5 * N] - given[i + 5 * N]);
        heavy += fabs(target[i + 5 * N] - given[i + 5 * N]);
    }
    assert_true(heavy < 0.3 * light);
}

/* x12 = x23 = 1 and x13 = 0 contradict each other: nothing is written, and the outcome says so. */
static void fixed_elements_that_contradict(void **state)
{
    (void)state;
    static const double matrix[9] = { 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0 };
    static const int32_t fixed[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    double result[9] = { 7.0 }, distance = 7.0;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_correlation_nearest_fixed(&outcome, result, 3, &distance, NULL, NULL, 3, matrix, 3, fixed,
                                                   NULL, 0.0, 500, NULL),
                     MVO_OK);
    assert_int_equal(outcome, MVO_ITERATION_LIMIT);
    assert_true(result[0] == 7.0 && distance == 7.0);
}

/* [1 r; r 1] with r = 2: nearest, clipped: all ones. Shrunk to the identity: a = 1/2 exactly. */
static void two_assets(void **state)
{
    (void)state;
    static const double matrix[4] = { 1.0, 2.0, 2.0, 1.0 };
    double x[4], distance = 0.0, intensity = 0.0;
    size_t clipped = 0;
    assert_int_equal(mvo_correlation_nearest(x, 2, &distance, NULL, NULL, 2, matrix, 2, 0.0, NULL), MVO_OK);
    assert_true(fabs(x[1] - 1.0) <= 1e-12 && fabs(distance - sqrt(2.0)) <= 1e-12);
    assert_int_equal(mvo_correlation_nearest(x, 2, NULL, NULL, NULL, 2, matrix, 2, 0.25, NULL), MVO_OK);
    assert_true(fabs(x[1] - 0.75) <= 1e-12);
    assert_int_equal(mvo_correlation_clipped(x, 2, NULL, &clipped, NULL, 2, matrix, 2, 0.0, NULL), MVO_OK);
    assert_true(fabs(x[1] - 1.0) <= 1e-14);
    assert_int_equal(clipped, 1);
    /* Eigenvalues 3 and -1 -> 3 and 0.5: diagonal 1.75, beside it 1.25. */
    assert_int_equal(mvo_correlation_clipped(x, 2, NULL, &clipped, NULL, 2, matrix, 2, 0.5, NULL), MVO_OK);
    assert_true(fabs(x[1] - 1.25 / 1.75) <= 1e-14);
    assert_int_equal(mvo_correlation_shrunk(x, 2, &intensity, NULL, NULL, 2, matrix, 2, NULL, 0, 0.0, NULL), MVO_OK);
    assert_true(fabs(intensity - 0.5) <= 1e-13 && fabs(x[1] - 1.0) <= 1e-13);
    /* Towards r = -1/2: 2 (1 - a) - a / 2 = 1 at a = 0.4. */
    static const double towards[4] = { 1.0, -0.5, -0.5, 1.0 };
    assert_int_equal(mvo_correlation_shrunk(x, 2, &intensity, &distance, NULL, 2, matrix, 2, towards, 2, 0.0, NULL),
                     MVO_OK);
    assert_true(fabs(intensity - 0.4) <= 1e-13 && fabs(distance - sqrt(2.0)) <= 1e-12);
}

/* Leading dimensions, the answer in place of the matrix, and one that needs no repair. */
static void in_place_and_unchanged(void **state)
{
    (void)state;
    double matrix[10] = { 1.0, 0.5, -0.25, NAN, NAN, 0.5, 1.0, 0.125, NAN, NAN };
    double square[3 * 5], intensity = -1.0;
    for (size_t j = 0; j < 3; j++)
        for (size_t i = 0; i < 5; i++)
            square[i + j * 5] = i > 2 ? 9.0 : i == j ? 1.0 : 0.25;
    memcpy(matrix, square, sizeof matrix);
    assert_int_equal(mvo_correlation_nearest(square, 5, NULL, NULL, NULL, 3, square, 5, 0.0, NULL), MVO_OK);
    for (size_t j = 0; j < 3; j++)
        for (size_t i = 0; i < 5; i++)
            assert_true(fabs(square[i + j * 5] - (i > 2 ? 9.0 : i == j ? 1.0 : 0.25)) <= 1e-14);
    assert_int_equal(mvo_correlation_shrunk(square, 5, &intensity, NULL, NULL, 3, square, 5, NULL, 0, 0.0, NULL),
                     MVO_OK);
    assert_true(intensity == 0.0 && fabs(square[1] - 0.25) <= 1e-14);
    size_t clipped = 9;
    assert_int_equal(mvo_correlation_clipped(square, 5, NULL, &clipped, NULL, 3, square, 5, 0.0, NULL), MVO_OK);
    assert_int_equal(clipped, 0);
    assert_true(fabs(square[1] - 0.25) <= 1e-14);
}

/* ------------------------------------------------------------------------------------------ refusals */

static double untouched[9];

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("got %s of %s[%d, %d] (%s); expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    for (size_t i = 0; i < 9; i++)
        assert_true(untouched[i] == 5.0);
    error = (mvo_error)MVO_ERROR_INIT;
}

/* One repair by its number, with arguments that may be bad. */
static mvo_status repair(int which, double *into, size_t ld_into, size_t n, const double *from, size_t ld, double floor)
{
    mvo_outcome outcome;
    switch (which) {
    case 0:
        return mvo_correlation_nearest(into, ld_into, NULL, NULL, NULL, n, from, ld, floor, &error);
    case 1:
        return mvo_correlation_nearest_fixed(&outcome, into, ld_into, NULL, NULL, NULL, n, from, ld, NULL, NULL, floor,
                                             1000, &error);
    case 2:
        return mvo_correlation_clipped(into, ld_into, NULL, NULL, NULL, n, from, ld, floor, &error);
    default:
        return mvo_correlation_shrunk(into, ld_into, NULL, NULL, NULL, n, from, ld, NULL, 0, floor, &error);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    static const double bad[] = { NAN, INFINITY, -INFINITY };
    double m[9] = { 1.0, 0.2, 0.3, 0.2, 1.0, 0.4, 0.3, 0.4, 1.0 };
    error = (mvo_error)MVO_ERROR_INIT;
    for (size_t i = 0; i < 9; i++)
        untouched[i] = 5.0;
    for (int which = 0; which < 4; which++) {
        expect(repair(which, NULL, 3, 3, m, 3, 0.0), MVO_ERROR_NULL, "correlation", -1, -1);
        expect(repair(which, untouched, 3, 3, NULL, 3, 0.0), MVO_ERROR_NULL, "given", -1, -1);
        expect(repair(which, untouched, 3, 0, m, 3, 0.0), MVO_ERROR_ARGUMENT, "n", -1, -1);
        expect(repair(which, untouched, 2, 3, m, 3, 0.0), MVO_ERROR_ARGUMENT, "ld_correlation", -1, -1);
        expect(repair(which, untouched, 3, 3, m, 2, 0.0), MVO_ERROR_ARGUMENT, "ld_given", -1, -1);
        expect(repair(which, untouched, SIZE_MAX / 4, SIZE_MAX / 4, m, SIZE_MAX / 4, 0.0), MVO_ERROR_ARGUMENT,
               "ld_correlation", -1, -1);
        expect(repair(which, untouched, 3, 3, m, 3, -0.1), MVO_ERROR_ARGUMENT, "floor", -1, -1);
        expect(repair(which, untouched, 3, 3, m, 3, 1.0), MVO_ERROR_ARGUMENT, "floor", -1, -1);
        expect(repair(which, untouched, 3, 3, m, 3, NAN), MVO_ERROR_NOT_FINITE, "floor", -1, -1);
        for (size_t k = 0; k < 3; k++)
            for (size_t at = 0; at < 9; at++) {
                const double before = m[at];
                m[at] = bad[k];
                expect(repair(which, untouched, 3, 3, m, 3, 0.0), MVO_ERROR_NOT_FINITE, "given", (int64_t)(at % 3),
                       (int64_t)(at / 3));
                m[at] = before;
            }
        m[1] = 0.25;
        expect(repair(which, untouched, 3, 3, m, 3, 0.0), MVO_ERROR_NOT_SYMMETRIC, "given", 1, 0);
        m[1] = 0.2;
        m[4] = 0.9;
        if (which >= 2)
            expect(repair(which, untouched, 3, 3, m, 3, 0.0), MVO_ERROR_ARGUMENT, "given", 1, 1);
        m[4] = 1.0;
    }
}

static void bad_arguments_of_one(void **state)
{
    (void)state;
    double m[9] = { 1.0, 0.2, 0.3, 0.2, 1.0, 0.4, 0.3, 0.4, 1.0 }, weights[3] = { 1.0, 1.0, 1.0 };
    double towards[9] = { 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0 };
    int32_t fixed[9] = { 0 };
    mvo_outcome outcome = 77;
    double *x = untouched;
    error = (mvo_error)MVO_ERROR_INIT;
    for (size_t i = 0; i < 9; i++)
        untouched[i] = 5.0;
#define FIXED(outcome, limit)                                                                                          \
    mvo_correlation_nearest_fixed(outcome, x, 3, NULL, NULL, NULL, 3, m, 3, fixed, weights, 0.0, limit, &error)
    expect(FIXED(NULL, 10), MVO_ERROR_NULL, "outcome", -1, -1);
    expect(FIXED(&outcome, 0), MVO_ERROR_ARGUMENT, "iteration_limit", -1, -1);
    weights[2] = 0.0;
    expect(FIXED(&outcome, 10), MVO_ERROR_ARGUMENT, "weights", 2, -1);
    weights[2] = NAN;
    expect(FIXED(&outcome, 10), MVO_ERROR_NOT_FINITE, "weights", 2, -1);
    weights[2] = 1.0;
    fixed[1] = 1;
    expect(FIXED(&outcome, 10), MVO_ERROR_NOT_SYMMETRIC, "fixed", 1, 0);
    fixed[3] = 1;
    m[1] = m[3] = 1.5;
    expect(FIXED(&outcome, 10), MVO_ERROR_ARGUMENT, "fixed", 1, 0);
    m[1] = m[3] = 0.2;
    assert_int_equal(outcome, 77);
#undef FIXED
#define SHRUNK(ld, floor) mvo_correlation_shrunk(x, 3, NULL, NULL, NULL, 3, m, 3, towards, ld, floor, &error)
    expect(SHRUNK(2, 0.0), MVO_ERROR_ARGUMENT, "ld_target", -1, -1);
    towards[1] = INFINITY;
    expect(SHRUNK(3, 0.0), MVO_ERROR_NOT_FINITE, "target", 1, 0);
    towards[1] = 0.5;
    expect(SHRUNK(3, 0.0), MVO_ERROR_NOT_SYMMETRIC, "target", 1, 0);
    towards[1] = towards[3] = 1.5;
    expect(SHRUNK(3, 0.0), MVO_ERROR_NOT_SEMIDEFINITE, "target", -1, -1);
    towards[1] = towards[3] = 0.95;
    expect(SHRUNK(3, 0.1), MVO_ERROR_NOT_SEMIDEFINITE, "target", -1, -1);
    towards[0] = 0.5;
    expect(SHRUNK(3, 0.0), MVO_ERROR_ARGUMENT, "target", 0, 0);
#undef SHRUNK
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newton_is_optimal),
        cmocka_unit_test(floors_are_kept),
        cmocka_unit_test(fixed_elements_and_weights),
        cmocka_unit_test(fixed_elements_that_contradict),
        cmocka_unit_test(two_assets),
        cmocka_unit_test(in_place_and_unchanged),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(bad_arguments_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
