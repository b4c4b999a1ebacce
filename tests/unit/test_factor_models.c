/* SPDX-License-Identifier: MIT */
/* Factor models from data: models that the data hold exactly, what holds for any data, every bad argument. */
#include "covariance/covariance.h"
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { T = 24, N = 5, K = 2, WIDE = 40 };

static double returns[T * WIDE], factors[T * K], exposures[T * WIDE * K];
static double loadings[WIDE * T], made_factors[T * T], specific[WIDE], sigma[WIDE * WIDE], sample[WIDE * WIDE];
static mvo_error error;
static mvo_covariance *made;
static char mark;

static void fill(double *x, size_t count, uint64_t seed)
{
    random_stream stream = { seed };
    for (size_t i = 0; i < count; i++)
        x[i] = random_normal(&stream);
}

static int setup(void **state)
{
    (void)state;
    fill(returns, T * WIDE, 1);
    fill(factors, T * K, 2);
    fill(exposures, T * WIDE * K, 3);
    return 0;
}

static void near_to(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* --------------------------------------------------------------------------------------- statistical */

/* Two assets: 0 moves +-1, 1 twice that, so one factor explains all of both. Variances 8 / 7 and 32 / 7. */
static void one_factor_exactly(void **state)
{
    (void)state;
    static const double table[16] = { 1, -1, 1, -1, 1, -1, 1, -1, 3, -1, 3, -1, 3, -1, 3, -1 };
    double left[2], b[2], f[8];
    for (int32_t of = MVO_FACTORS_OF_COVARIANCE; of <= MVO_FACTORS_OF_CORRELATION; of++) {
        assert_int_equal(mvo_covariance_new_statistical_factors(&made, b, f, left, NULL, 8, 2, table, 8, 1, of, NULL),
                         MVO_OK);
        near_to(b[0], sqrt(8.0 / 7.0), 1e-14);
        near_to(b[1], sqrt(32.0 / 7.0), 1e-14);
        near_to(left[0], 0.0, 1e-14);
        for (size_t t = 0; t < 8; t++)
            near_to(f[t], (t % 2 ? -1.0 : 1.0) * sqrt(7.0 / 8.0), 1e-14);
        mvo_covariance_unref(made);
    }
}

/* Variances are the sample's; all factors together give the sample covariance; factors are standardised and apart. */
static void what_any_table_gives(void **state)
{
    (void)state;
    setup(NULL);
    for (size_t n = 1; n <= WIDE; n = n < N ? n + 1 : n + 35)
        for (int32_t of = MVO_FACTORS_OF_COVARIANCE; of <= MVO_FACTORS_OF_CORRELATION; of++) {
            mvo_covariance *plain = NULL;
            const size_t most = n < T - 1 ? n : T - 1;
            assert_int_equal(mvo_covariance_new_returns(&plain, NULL, T, n, returns, T, 1, 0, NULL), MVO_OK);
            assert_int_equal(mvo_covariance_matrix(sample, n, plain, NULL), MVO_OK);
            for (size_t k = 0; k <= most; k += k + 1 < most ? most - 1 : 1) {
                assert_int_equal(mvo_covariance_new_statistical_factors(&made, loadings, made_factors, specific, NULL, T,
                                                                        n, returns, T, k, of, NULL),
                                 MVO_OK);
                assert_int_equal(made->kind, MVOI_FACTOR);
                assert_int_equal(made->k, k);
                assert_int_equal(mvo_covariance_matrix(sigma, n, made, NULL), MVO_OK);
                for (size_t i = 0; i < n; i++)
                    for (size_t j = 0; j < n; j++)
                        if (i == j || k == most)
                            near_to(sigma[i + j * n], sample[i + j * n], 1e-12);
                for (size_t f = 0; f < k; f++)
                    for (size_t g = 0; g <= f; g++) {
                        double mean = 0.0, sum = 0.0;
                        for (size_t t = 0; t < T; t++) {
                            mean += made_factors[t + f * T] / T;
                            sum += made_factors[t + f * T] * made_factors[t + g * T] / (T - 1);
                        }
                        near_to(mean, 0.0, 1e-12);
                        near_to(sum, f == g ? 1.0 : 0.0, 1e-11);
                    }
                mvo_covariance_unref(made);
            }
            mvo_covariance_unref(plain);
        }
}

/* Two columns of one line have eigenvalues 2 and 0, and 12 periods the edge (1 + sqrt(2 / 11))^2 = 2.03, as for clipping. */
static void edge_is_that_of_clipping(void **state)
{
    (void)state;
    double table[26];
    size_t count = 99, kept = 99;
    mvo_covariance *clipped = NULL;
    for (size_t periods = 12; periods <= 13; periods++) {
        for (size_t t = 0; t < 2 * periods; t++)
            table[t] = t < periods ? (double)(t * t) : 3.0 * (double)((t - periods) * (t - periods));
        assert_int_equal(mvo_factor_count(&count, NULL, periods, 2, table, periods, 1, MVO_FACTORS_MARCHENKO_PASTUR,
                                          NULL), MVO_OK);
        assert_int_equal(mvo_covariance_new_clipped(&clipped, &kept, NULL, periods, 2, table, periods, 1, NULL), MVO_OK);
        mvo_covariance_unref(clipped);
        assert_int_equal(count, periods - 12); /* (1 + sqrt(2 / 12))^2 = 1.98 */
        assert_int_equal(kept, count);
    }
}

/* Three strong factors planted are found by both rules; pure noise has none by Marchenko and Pastur's. */
static void planted_factors_are_counted(void **state)
{
    (void)state;
    enum { LONG = 400, MANY = 30 };
    static double table[LONG * MANY];
    double b[MANY * 3];
    random_stream stream = { 11 };
    size_t count = 99;
    fill(b, MANY * 3, 12);
    for (size_t t = 0; t < LONG; t++) {
        const double f[3] = { random_normal(&stream), random_normal(&stream), random_normal(&stream) };
        for (size_t i = 0; i < MANY; i++)
            table[t + i * LONG] =
                b[i] * f[0] + b[i + MANY] * f[1] + b[i + 2 * MANY] * f[2] + random_normal(&stream);
    }
    for (int32_t rule = MVO_FACTORS_BAI_NG; rule <= MVO_FACTORS_MARCHENKO_PASTUR; rule++) {
        assert_int_equal(mvo_factor_count(&count, NULL, LONG, MANY, table, LONG, 8, rule, NULL), MVO_OK);
        assert_int_equal(count, 3);
        assert_int_equal(mvo_factor_count(&count, NULL, LONG, MANY, table, LONG, 2, rule, NULL), MVO_OK);
        assert_int_equal(count, 2);
    }
    for (size_t i = 0; i < LONG * MANY; i++)
        table[i] = random_normal(&stream);
    assert_int_equal(mvo_factor_count(&count, NULL, LONG, MANY, table, LONG, 8, MVO_FACTORS_BAI_NG, NULL), MVO_OK);
    assert_int_equal(count, 0);
    for (size_t t = 0; t < LONG; t++) /* one factor and nothing else */
        for (size_t i = 0; i < MANY; i++)
            table[t + i * LONG] = b[i] * table[t];
    assert_int_equal(mvo_factor_count(&count, NULL, LONG, MANY, table, LONG, 8, MVO_FACTORS_BAI_NG, NULL), MVO_OK);
    assert_int_equal(count, 1);
}

/* -------------------------------------------------------------------------------- given one side */

/* r = alpha + B f to the bit nearly: found again, with nothing left and R squared 1. */
static void an_exact_regression(void **state)
{
    (void)state;
    double alphas[N], left[N], r_squared[N], b[N * K], table[T * N];
    setup(NULL);
    fill(loadings, N * K, 5);
    for (size_t t = 0; t < T; t++)
        for (size_t j = 0; j < N; j++)
            table[t + j * T] = 0.1 * (double)(j + 1) + loadings[j] * factors[t] + loadings[j + N] * factors[t + T];
    assert_int_equal(mvo_covariance_new_factor_regression(&made, alphas, b, left, r_squared, NULL, T, N, table, T, K,
                                                          factors, T, NULL),
                     MVO_OK);
    assert_int_equal(made->kind, MVOI_FACTOR);
    for (size_t j = 0; j < N; j++) {
        near_to(alphas[j], 0.1 * (double)(j + 1), 1e-14);
        near_to(b[j], loadings[j], 1e-14);
        near_to(b[j + N], loadings[j + N], 1e-14);
        near_to(left[j], 0.0, 1e-28);
        near_to(r_squared[j], 1.0, 1e-14);
    }
    mvo_covariance_unref(made);
    /* Without factors: means and variances. */
    assert_int_equal(mvo_covariance_new_factor_regression(&made, alphas, NULL, left, r_squared, NULL, 4, 1,
                                                          (const double[4]){ 1, 2, 3, 6 }, 4, 0, NULL, 0, NULL),
                     MVO_OK);
    near_to(alphas[0], 3.0, 0.0);
    near_to(left[0], 14.0 / 3.0, 1e-15);
    near_to(r_squared[0], 0.0, 0.0);
    mvo_covariance_unref(made);
}

/* r_t = X_t f_t to the bit nearly, exposures that change or stay, any weights: f is found again. */
static void an_exact_cross_section(void **state)
{
    (void)state;
    double table[T * N], weights[N] = { 1.0, 0.0, 2.0, 5.0, 0.5 }, left[T * N], omega[K * K], current[N * K] = { 0.0 };
    setup(NULL);
    for (size_t i = 0; i < N; i++)
        current[i] = 1.0;
    for (int constant = 0; constant < 2; constant++)
        for (int weighted = 0; weighted < 2; weighted++) {
            const size_t step = constant ? 0 : WIDE * K;
            for (size_t t = 0; t < T; t++)
                for (size_t i = 0; i < N; i++)
                    table[t + i * T] = exposures[i + t * step] * factors[t] +
                                       exposures[i + WIDE + t * step] * factors[t + T];
            assert_int_equal(mvo_covariance_new_fundamental_factors(&made, made_factors, left, omega, specific, NULL, T,
                                                                    N, table, T, K, exposures, WIDE, step,
                                                                    weighted ? weights : NULL, current, N, NULL),
                             MVO_OK);
            for (size_t t = 0; t < T * K; t++)
                near_to(made_factors[t], factors[t], 1e-12);
            for (size_t t = 0; t < T * N; t++)
                near_to(left[t], 0.0, 1e-12);
            assert_int_equal(mvo_covariance_matrix(sigma, N, made, NULL), MVO_OK);
            near_to(sigma[1], omega[0], 1e-12); /* today all are exposed to factor 0 alone */
            mvo_covariance_unref(made);
        }
    /* One period will do for the regression alone. */
    assert_int_equal(mvo_covariance_new_fundamental_factors(NULL, made_factors, NULL, NULL, NULL, NULL, 1, N, table, T,
                                                            K, exposures, WIDE, 0, NULL, NULL, 0, NULL),
                     MVO_OK);
    near_to(made_factors[1], factors[T], 1e-12);
}

/* Weights 3 and 1, one factor with exposures of 1: the factor return is the weighted mean. */
static void weights_count(void **state)
{
    (void)state;
    static const double table[4] = { 0.02, 0.04, 0.06, 0.0 }, ones[2] = { 1.0, 1.0 }, weights[2] = { 3.0, 1.0 };
    double f[2];
    assert_int_equal(mvo_covariance_new_fundamental_factors(&made, f, NULL, NULL, NULL, NULL, 2, 2, table, 2, 1, ones, 2,
                                                            0, weights, NULL, 0, NULL),
                     MVO_OK);
    near_to(f[0], 0.03, 1e-16);
    near_to(f[1], 0.03, 1e-16);
    mvo_covariance_unref(made);
}

/* ------------------------------------------------------------------------------------------ refusals */

static double untouched[4];

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("got %s of %s[%d, %d] (%s); expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_ptr_equal(made, (mvo_covariance *)(void *)&mark);
    for (size_t i = 0; i < 4; i++)
        assert_true(untouched[i] == 5.0);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void begin(void)
{
    setup(NULL);
    error = (mvo_error)MVO_ERROR_INIT;
    made = (mvo_covariance *)(void *)&mark;
    for (size_t i = 0; i < 4; i++)
        untouched[i] = 5.0;
}

static mvo_status counted(size_t periods, size_t n, const double *table, size_t ld, size_t most, int32_t rule)
{
    size_t count = 77;
    const mvo_status status = mvo_factor_count(&count, NULL, periods, n, table, ld, most, rule, &error);
    assert_int_equal(count, 77);
    return status;
}

static mvo_status statistical(size_t periods, size_t n, const double *table, size_t ld, size_t k, int32_t of)
{
    return mvo_covariance_new_statistical_factors(&made, untouched, untouched, untouched, NULL, periods, n, table, ld, k,
                                                  of, &error);
}

static mvo_status regressed(size_t periods, size_t n, const double *table, size_t ld, size_t k, const double *f,
                            size_t ld_f)
{
    return mvo_covariance_new_factor_regression(&made, untouched, untouched, untouched, untouched, NULL, periods, n,
                                                table, ld, k, f, ld_f, &error);
}

static mvo_status crossed(size_t periods, size_t n, const double *table, size_t ld, size_t k, const double *X,
                          size_t ld_X, size_t step, const double *weights)
{
    return mvo_covariance_new_fundamental_factors(&made, untouched, untouched, untouched, untouched, NULL, periods, n,
                                                  table, ld, k, X, ld_X, step, weights, NULL, 0, &error);
}

/* What all four say of a table: `call` with (periods, n, table, ld). */
#define REFUSE_TABLES(call)                                                                                            \
    do {                                                                                                               \
        static const double bad[] = { NAN, INFINITY, -INFINITY };                                                      \
        expect(call(0, N, returns, T), MVO_ERROR_ARGUMENT, "periods", -1, -1);                                         \
        expect(call(1, N, returns, T), MVO_ERROR_ARGUMENT, "periods", -1, -1);                                         \
        expect(call(T, 0, returns, T), MVO_ERROR_ARGUMENT, "n", -1, -1);                                               \
        expect(call(T, N, NULL, T), MVO_ERROR_NULL, "returns", -1, -1);                                                \
        expect(call(T, N, returns, T - 1), MVO_ERROR_ARGUMENT, "ld", -1, -1);                                          \
        expect(call(T, SIZE_MAX / T, returns, T), MVO_ERROR_ARGUMENT, "ld", -1, -1);                                   \
        for (size_t b = 0; b < 3; b++) {                                                                               \
            const double before = returns[3 + 2 * T];                                                                  \
            returns[3 + 2 * T] = bad[b];                                                                               \
            expect(call(T, N, returns, T), MVO_ERROR_NOT_FINITE, "returns", 3, 2);                                     \
            returns[3 + 2 * T] = before;                                                                               \
        }                                                                                                              \
    } while (0)

#define COUNTED(periods, n, table, ld) counted(periods, n, table, ld, 1, MVO_FACTORS_BAI_NG)
#define STATISTICAL(periods, n, table, ld) statistical(periods, n, table, ld, 1, MVO_FACTORS_OF_COVARIANCE)
#define REGRESSED(periods, n, table, ld) regressed(periods, n, table, ld, 1, factors, T)
#define CROSSED(periods, n, table, ld) crossed(periods, n, table, ld, 1, exposures, WIDE, 0, NULL)

static void constant_column(size_t j)
{
    for (size_t t = 0; t < T; t++)
        returns[t + j * T] = 0.1;
}

static void bad_statistical_factors(void **state)
{
    (void)state;
    begin();
    REFUSE_TABLES(COUNTED);
    REFUSE_TABLES(STATISTICAL);
    expect(mvo_factor_count(NULL, NULL, T, N, returns, T, 1, 0, &error), MVO_ERROR_NULL, "factors", -1, -1);
    expect(counted(T, N, returns, T, N + 1, 0), MVO_ERROR_ARGUMENT, "most", -1, -1);
    expect(counted(3, N, returns, T, 3, 0), MVO_ERROR_ARGUMENT, "most", -1, -1);
    expect(counted(T, N, returns, T, 1, 2), MVO_ERROR_ARGUMENT, "rule", -1, -1);
    expect(counted(T, N, returns, T, 1, -1), MVO_ERROR_ARGUMENT, "rule", -1, -1);
    expect(mvo_covariance_new_statistical_factors(NULL, untouched, NULL, NULL, NULL, T, N, returns, T, 1, 0, &error),
           MVO_ERROR_NULL, "covariance", -1, -1);
    expect(statistical(T, N, returns, T, N + 1, 0), MVO_ERROR_ARGUMENT, "factors", -1, -1);
    expect(statistical(4, N, returns, T, 4, 0), MVO_ERROR_ARGUMENT, "factors", -1, -1);
    expect(statistical(T, N, returns, T, 1, 2), MVO_ERROR_ARGUMENT, "of", -1, -1);
    memcpy(returns + T, returns, T * sizeof *returns);
    expect(statistical(T, 2, returns, T, 2, 0), MVO_ERROR_SINGULAR, "factors", -1, -1);
    constant_column(2);
    for (int32_t choice = 0; choice < 2; choice++) {
        expect(statistical(T, N, returns, T, 1, choice), MVO_ERROR_ARGUMENT, "returns", -1, 2);
        expect(counted(T, N, returns, T, 1, choice), MVO_ERROR_ARGUMENT, "returns", -1, 2);
    }
    returns[2 * T] = 1e200;
    expect(statistical(T, N, returns, T, 1, 0), MVO_ERROR_NOT_FINITE, "returns", -1, 2);
}

static void bad_regressions(void **state)
{
    (void)state;
    begin();
    REFUSE_TABLES(REGRESSED);
    expect(mvo_covariance_new_factor_regression(NULL, untouched, NULL, NULL, NULL, NULL, T, N, returns, T, K, factors, T,
                                                &error),
           MVO_ERROR_NULL, "covariance", -1, -1);
    expect(regressed(K + 1, N, returns, T, K, factors, T), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    expect(regressed(T, N, returns, T, SIZE_MAX, factors, T), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    expect(regressed(T, N, returns, T, K, NULL, T), MVO_ERROR_NULL, "factor_returns", -1, -1);
    expect(regressed(T, N, returns, T, K, factors, T - 1), MVO_ERROR_ARGUMENT, "ld_factors", -1, -1);
    factors[T + 4] = NAN;
    expect(regressed(T, N, returns, T, K, factors, T), MVO_ERROR_NOT_FINITE, "factor_returns", 4, 1);
    for (size_t t = 0; t < T; t++)
        factors[t + T] = 0.3 - 2.0 * factors[t];
    expect(regressed(T, N, returns, T, K, factors, T), MVO_ERROR_SINGULAR, "factor_returns", -1, 1);
    for (size_t t = 0; t < T; t++)
        factors[t + T] = 0.3;
    expect(regressed(T, N, returns, T, K, factors, T), MVO_ERROR_ARGUMENT, "factor_returns", -1, 1);
    constant_column(3);
    expect(regressed(T, N, returns, T, 1, factors, T), MVO_ERROR_ARGUMENT, "returns", -1, 3);
}

static void bad_cross_sections(void **state)
{
    (void)state;
    const size_t step = WIDE * K;
    double weights[N] = { 1.0, 1.0, 1.0, 1.0, 1.0 };
    begin();
    REFUSE_TABLES(CROSSED);
    expect(crossed(T, N, returns, T, 0, exposures, WIDE, 0, NULL), MVO_ERROR_ARGUMENT, "k", -1, -1);
    expect(crossed(K, N, returns, T, K, exposures, WIDE, 0, NULL), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    expect(crossed(T, 1, returns, T, K, exposures, WIDE, 0, NULL), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(crossed(T, N, returns, T, K, NULL, WIDE, 0, NULL), MVO_ERROR_NULL, "exposures", -1, -1);
    expect(crossed(T, N, returns, T, K, exposures, N - 1, 0, NULL), MVO_ERROR_ARGUMENT, "ld_exposures", -1, -1);
    expect(crossed(T, N, returns, T, K, exposures, WIDE, step - 1, NULL), MVO_ERROR_ARGUMENT, "step", -1, -1);
    expect(crossed(T, N, returns, T, K, exposures, WIDE, SIZE_MAX / 2, NULL), MVO_ERROR_ARGUMENT, "step", -1, -1);
    weights[2] = -1.0;
    expect(crossed(T, N, returns, T, K, exposures, WIDE, 0, weights), MVO_ERROR_ARGUMENT, "weights", 2, -1);
    weights[2] = NAN;
    expect(crossed(T, N, returns, T, K, exposures, WIDE, 0, weights), MVO_ERROR_NOT_FINITE, "weights", 2, -1);
    memset(weights, 0, sizeof weights);
    weights[1] = 1.0;
    expect(crossed(T, N, returns, T, K, exposures, WIDE, 0, weights), MVO_ERROR_ARGUMENT, "weights", -1, -1);
    expect(mvo_covariance_new_fundamental_factors(&made, untouched, NULL, NULL, NULL, NULL, T, N, returns, T, K,
                                                  exposures, WIDE, 0, NULL, returns, N - 1, &error),
           MVO_ERROR_ARGUMENT, "ld_current", -1, -1);
    const double before = exposures[7 * step + WIDE + 1];
    exposures[7 * step + WIDE + 1] = INFINITY;
    expect(crossed(T, N, returns, T, K, exposures, WIDE, step, NULL), MVO_ERROR_NOT_FINITE, "exposures", 1, 1);
    expect(mvo_covariance_new_fundamental_factors(&made, untouched, NULL, NULL, NULL, NULL, T, N, returns, T, K,
                                                  exposures, WIDE, 0, NULL, exposures + 7 * step, WIDE, &error),
           MVO_ERROR_NOT_FINITE, "current", 1, 1);
    exposures[7 * step + WIDE + 1] = before;
    for (size_t i = 0; i < N; i++)
        exposures[9 * step + WIDE + i] = 3.0 * exposures[9 * step + i];
    expect(crossed(T, N, returns, T, K, exposures, WIDE, step, NULL), MVO_ERROR_SINGULAR, "exposures", 9, 1);
    memset(exposures, 0, N * sizeof *exposures);
    expect(crossed(T, N, returns, T, K, exposures, WIDE, 0, NULL), MVO_ERROR_SINGULAR, "exposures", 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_factor_exactly),
        cmocka_unit_test(what_any_table_gives),
        cmocka_unit_test(edge_is_that_of_clipping),
        cmocka_unit_test(planted_factors_are_counted),
        cmocka_unit_test(an_exact_regression),
        cmocka_unit_test(an_exact_cross_section),
        cmocka_unit_test(weights_count),
        cmocka_unit_test(bad_statistical_factors),
        cmocka_unit_test(bad_regressions),
        cmocka_unit_test(bad_cross_sections),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
