/* SPDX-License-Identifier: MIT */
/* Loadings as a handle keeps them: to the bit those of plain loops, and near Sigma multiplied out in long double. */
#include "covariance/covariance.h"
#include "support/random.h"

#include <mvo/mvo.h>

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_ASSETS = 131, MOST_FACTORS = 70, GAP = 3 };

/* Panels of assets that are full, lack one, have one more; factors that fill lines of cache or not. */
static const size_t assets[] = { 1, 7, 31, 32, 33, 64, MOST_ASSETS },
                    factors[] = { 1, 2, 7, 8, 9, 16, 33, MOST_FACTORS };

enum { ASSETS = sizeof assets / sizeof *assets, FACTORS = sizeof factors / sizeof *factors };

typedef enum shape { DIAGONAL, FULL, NARROW, SHAPES } shape;

static double loadings[(MOST_ASSETS + GAP) * MOST_FACTORS], specific[MOST_ASSETS], omega[MOST_FACTORS * MOST_FACTORS];
static double unit[MOST_FACTORS * MOST_FACTORS], root[MOST_FACTORS * MOST_FACTORS];
static random_stream stream;

static void draw_loadings(size_t n, size_t k)
{
    for (size_t i = 0; i < (n + GAP) * k; i++)
        loadings[i] = random_normal(&stream);
    for (size_t i = 0; i < n; i++)
        specific[i] = 0.1 * random_uniform(&stream);
}

/* Returns the rank. */
static size_t draw_omega(size_t k, shape drawn)
{
    const size_t rank = drawn == NARROW ? 1 + k / 3 : k;
    double *const table = root;
    for (size_t i = 0; i < rank * k; i++)
        table[i] = random_normal(&stream);
    for (size_t f = 0; f < k; f++)
        for (size_t g = 0; g <= f; g++) {
            double sum = 0.0;
            for (size_t r = 0; r < rank; r++)
                sum += table[r + f * rank] * table[r + g * rank];
            omega[f + g * k] = omega[g + f * k] = drawn != DIAGONAL || f == g ? sum : 0.0;
        }
    return rank;
}

static mvo_covariance *make(size_t n, size_t k, const double *exposures, size_t ld, const double *factor_covariance,
                            int32_t level)
{
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_covariance_new_factor(&made, NULL, n, k, exposures, ld, factor_covariance, k, specific, level, &error) !=
        MVO_OK)
        fail_msg("n = %zu, k = %zu: %s", n, k, error.message);
    return made;
}

/* The rows of R are the loadings of assets with a loading of one on one factor. */
static void read_root(size_t k, size_t rank)
{
    memset(unit, 0, sizeof unit);
    for (size_t f = 0; f < k; f++)
        unit[f * (k + 1)] = 1.0;
    double kept[MOST_ASSETS];
    memcpy(kept, specific, sizeof kept);
    memset(specific, 0, sizeof specific);
    mvo_covariance *made = make(k, k, unit, k, omega, MVO_CHECK_ALL);
    assert_int_equal(made->k, rank);
    memcpy(root, made->factors, k * rank * sizeof *root);
    mvo_covariance_unref(made);
    memcpy(specific, kept, sizeof kept);
}

/* Terms in ascending order of the factors, whatever the number of assets, and whether R has zeros or not. */
static void they_are_those_of_plain_loops(void **state)
{
    (void)state;
    for (size_t a = 0; a < ASSETS; a++)
        for (size_t b = 0; b < FACTORS; b++)
            for (shape drawn = DIAGONAL; drawn < SHAPES; drawn++) {
                const size_t n = assets[a], k = factors[b], rank = draw_omega(k, drawn);
                draw_loadings(n, k);
                read_root(k, rank);
                mvo_covariance *made = make(n, k, loadings, n + GAP, omega, MVO_CHECK_ALL);
                assert_int_equal(made->k, rank);
                for (size_t i = 0; i < n; i++)
                    for (size_t r = 0; r < rank; r++) {
                        double sum = 0.0;
                        for (size_t f = 0; f < k; f++)
                            sum += loadings[i + f * (n + GAP)] * root[r + f * rank];
                        assert_memory_equal(&made->factors[r + i * rank], &sum, sizeof sum);
                    }
                mvo_covariance_unref(made);
            }
}

/* Uncorrelated factors: each loading times its factor's volatility, and without Omega the loading itself. */
static void factors_apart_are_scaled(void **state)
{
    (void)state;
    for (size_t a = 0; a < ASSETS; a++)
        for (size_t b = 0; b < FACTORS; b++) {
            const size_t n = assets[a], k = factors[b];
            draw_omega(k, DIAGONAL);
            draw_loadings(n, k);
            mvo_covariance *scaled = make(n, k, loadings, n + GAP, omega, MVO_CHECK_ALL);
            mvo_covariance *plain = make(n, k, loadings, n + GAP, NULL, MVO_CHECK_ALL);
            assert_int_equal(scaled->k, k);
            assert_int_equal(plain->k, k);
            for (size_t i = 0; i < n; i++)
                for (size_t f = 0; f < k; f++) {
                    const double loading = loadings[i + f * (n + GAP)];
                    assert_true(scaled->factors[f + i * k] == loading * sqrt(omega[f * (k + 1)]));
                    assert_true(plain->factors[f + i * k] == loading);
                }
            mvo_covariance_unref(scaled);
            mvo_covariance_unref(plain);
        }
}

/* Element (i, j) of B Omega B' + diag(specific), and the sum of its terms' sizes. */
static long double exact_entry(size_t n, size_t k, size_t i, size_t j, long double *size)
{
    long double sum = i == j ? (long double)specific[i] : 0.0L;
    *size = fabsl(sum);
    for (size_t f = 0; f < k; f++)
        for (size_t g = 0; g < k; g++) {
            const long double term =
                (long double)loadings[i + f * (n + GAP)] * omega[f + g * k] * loadings[j + g * (n + GAP)];
            sum += term;
            *size += fabsl(term);
        }
    return sum;
}

static void they_give_the_covariance(void **state)
{
    (void)state;
    for (size_t a = 0; a < ASSETS; a++)
        for (size_t b = 0; b < FACTORS; b++)
            for (shape drawn = DIAGONAL; drawn < SHAPES; drawn++) {
                const size_t n = assets[a], k = factors[b];
                draw_omega(k, drawn);
                draw_loadings(n, k);
                mvo_covariance *made = make(n, k, loadings, n + GAP, omega, MVO_CHECK_ALL);
                for (size_t i = 0; i < n; i += 1 + n / 9)
                    for (size_t j = 0; j < n; j += 1 + n / 7) {
                        long double size;
                        const long double expected = exact_entry(n, k, i, j, &size);
                        const double found = mvoi_covariance_entry(made, i, j);
                        if (!(fabsl(found - expected) <= 4.0L * (long double)(k + 4) * DBL_EPSILON * size))
                            fail_msg("n = %zu, k = %zu, [%zu, %zu] is %.17g, expected %.17Lg", n, k, i, j, found,
                                     expected);
                    }
                mvo_covariance_unref(made);
            }
}

/* Volatilities of 1e150 and loadings of 1e200: their product is infinite, not rounding. */
static void what_overflows_is_refused(void **state)
{
    (void)state;
    static const double huge[4] = { 1.0, 1e200, 0.0, 0.0 }, variances[4] = { 1e300, 0.0, 0.0, 1.0 },
                        none[2] = { 0.0, 0.0 };
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_covariance_new_factor(&made, NULL, 2, 2, huge, 2, variances, 2, none, MVO_CHECK_ALL, &error),
                     MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "loadings");
    assert_int_equal(error.row, 1);
    assert_null(made);
    assert_int_equal(mvo_covariance_new_factor(&made, NULL, 2, 2, huge, 2, variances, 2, none, MVO_CHECK_NONE, &error),
                     MVO_OK);
    assert_true(isinf(made->diagonal[1]));
    mvo_covariance_unref(made);
}

static int begin(void **state)
{
    (void)state;
    stream = (random_stream){ 31 };
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(they_are_those_of_plain_loops, begin),
        cmocka_unit_test_setup(factors_apart_are_scaled, begin),
        cmocka_unit_test_setup(they_give_the_covariance, begin),
        cmocka_unit_test(what_overflows_is_refused),
    };
    return cmocka_run_group_tests_name("loadings of a factor handle", tests, NULL, NULL);
}
