/* SPDX-License-Identifier: MIT */
/*
 * Factor models of the returns of prices/djia30_daily.csv against R 4.2.2 (Debian r-base-core 4.2.2): prcomp for
 * statistical factors, lm for regressions over time, lm.wfit for regressions across assets, and criterion IC_p2 from
 * svd. Figures were printed with 15 digits; singular vectors have their largest element positive.
 */
#include "support/data.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define PRICES "prices/djia30_daily.csv"

enum { N = 30, T = 500, CROSSES = 100, K = 3 };

static double returns[T * N], loadings[N * K], factors[T * K], specific[N], sigma[N * N];
static data_table *prices;

static double price(size_t day, size_t asset)
{
    return prices->values[day + asset * prices->height];
}

/* The first T simple returns. */
static void open_data(const char *name)
{
    data_require(PRICES, name);
    if (!prices)
        prices = data_read_csv(PRICES);
    assert_int_equal(prices->width, N);
    for (size_t j = 0; j < N; j++)
        for (size_t t = 0; t < T; t++)
            returns[t + j * T] = price(t + 1, j) / price(t, j) - 1.0;
}

static void near_to(const char *what, double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%s: %.15g, expected %.15g", what, found, expected);
}

static void statistical(size_t periods, size_t count, int32_t of)
{
    mvo_covariance *made = NULL;
    assert_int_equal(mvo_covariance_new_statistical_factors(&made, loadings, factors, specific, NULL, periods, N,
                                                            returns, T, count, of, NULL),
                     MVO_OK);
    mvo_covariance_unref(made);
}

static void principal_components_of_the_covariance(void **state)
{
    (void)state;
    static const double first[4] = { 0.00838930204010301, 0.0122934142636869, 0.00650599199645903,
                                     0.00785077509074678 };
    static const double second[4] = { -0.00401417947343223, -0.00267537719738888, -0.00241241115392445,
                                      -0.00233571062133198 };
    static const double left[4] = { 0.000211316729984238, 0.000308010765841959, 0.000105596673073633,
                                    0.000194674872088822 };
    static const double start[3] = { -0.12079295696389, -0.931218435969964, -0.150333531056521 };
    open_data("principal_components_of_the_covariance");
    statistical(T, 2, MVO_FACTORS_OF_COVARIANCE);
    for (size_t i = 0; i < 4; i++) {
        near_to("first loading", loadings[i], first[i]);
        near_to("second loading", loadings[i + N], second[i]);
        near_to("specific variance", specific[i], left[i]);
    }
    for (size_t t = 0; t < 3; t++)
        near_to("factor return", factors[t], start[t]);
}

static void principal_components_of_the_correlation(void **state)
{
    (void)state;
    static const double first[4] = { 0.00824668893830826, 0.011872313656191, 0.00707286957251465, 0.00811584448681838 };
    open_data("principal_components_of_the_correlation");
    statistical(T, 1, MVO_FACTORS_OF_CORRELATION);
    for (size_t i = 0; i < 4; i++)
        near_to("loading", loadings[i], first[i]);
}

/* 20 periods of 30 assets: the other side of the decomposition. */
static void principal_components_of_a_short_table(void **state)
{
    (void)state;
    static const double third[4] = { -0.00192210542932873, 0.00102511759315418, 0.00168326233746762,
                                     -0.00159258571934796 };
    open_data("principal_components_of_a_short_table");
    statistical(20, 3, MVO_FACTORS_OF_COVARIANCE);
    for (size_t i = 0; i < 4; i++)
        near_to("third loading", loadings[i + 2 * N], third[i]);
}

static void numbers_of_factors(void **state)
{
    (void)state;
    size_t count = 99;
    open_data("numbers_of_factors");
    assert_int_equal(mvo_factor_count(&count, NULL, T, N, returns, T, 10, MVO_FACTORS_BAI_NG, NULL), MVO_OK);
    assert_int_equal(count, 1);
    assert_int_equal(mvo_factor_count(&count, NULL, T, N, returns, T, 10, MVO_FACTORS_MARCHENKO_PASTUR, NULL), MVO_OK);
    assert_int_equal(count, 2);
    const size_t all = prices->height - 1;
    double *table = malloc(all * N * sizeof *table);
    assert_non_null(table);
    for (size_t j = 0; j < N; j++)
        for (size_t t = 0; t < all; t++)
            table[t + j * all] = price(t + 1, j) / price(t, j) - 1.0;
    assert_int_equal(mvo_factor_count(&count, NULL, all, N, table, all, 10, MVO_FACTORS_MARCHENKO_PASTUR, NULL), MVO_OK);
    assert_int_equal(count, 3);
    free(table);
}

/* The first three assets on the mean of all and on the last. */
static void regressions_over_time(void **state)
{
    (void)state;
    static const double expected[3][5] = {
        { -0.000327946263422063, 0.840127622549442, 0.113875435942848, 0.00022221329982159, 0.256834546001566 },
        { -0.000594447920215109, 1.34047485241692, -0.0193763858763827, 0.000321779975703189, 0.312689854186361 },
        { 0.000352840774510665, 0.772709638801251, -0.031820481773438, 0.00010794312082324, 0.300719048883355 },
    };
    static const double omega[3] = { 8.32952297034875e-05, 7.61416130294966e-05, 0.00024123132107842 };
    double alphas[3], r_squared[3];
    mvo_covariance *made = NULL;
    open_data("regressions_over_time");
    for (size_t t = 0; t < T; t++) {
        factors[t] = 0.0;
        for (size_t j = 0; j < N; j++)
            factors[t] += returns[t + j * T] / N;
        factors[t + T] = returns[t + (N - 1) * T];
    }
    assert_int_equal(mvo_covariance_new_factor_regression(&made, alphas, loadings, specific, r_squared, NULL, T, 3,
                                                          returns, T, 2, factors, T, NULL),
                     MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, 3, made, NULL), MVO_OK);
    for (size_t j = 0; j < 3; j++) {
        near_to("alpha", alphas[j], expected[j][0]);
        near_to("loading", loadings[j], expected[j][1]);
        near_to("loading", loadings[j + 3], expected[j][2]);
        near_to("residual variance", specific[j], expected[j][3]);
        near_to("R squared", r_squared[j], expected[j][4]);
    }
    const double *a = expected[0] + 1, *b = expected[1] + 1;
    near_to("covariance", sigma[1], a[0] * b[0] * omega[0] + (a[0] * b[1] + a[1] * b[0]) * omega[1] + a[1] * b[1] * omega[2]);
    mvo_covariance_unref(made);
}

/* A constant, the asset's number over 30, and its return over ten days before; weights 1 to 30. */
static void regressions_across_assets(void **state)
{
    (void)state;
    static const double first[K] = { 0.0161178064239065, 0.00976174109297501, 0.22891985389542 };
    static const double last[K] = { -0.0237385099551374, 0.0261146361576904, 0.0754095219119916 };
    static const double omega[K * K] = { 0.00023756688751544,   -0.000131467463446585, -0.000239217702933863,
                                         -0.000131467463446585, 0.000162760839113999,  0.000208938178106991,
                                         -0.000239217702933863, 0.000208938178106991,  0.00756531572498996 };
    static double exposures[CROSSES * N * K], found[K * K], weights[N];
    mvo_covariance *made = NULL;
    open_data("regressions_across_assets");
    for (size_t t = 0; t < CROSSES; t++)
        for (size_t i = 0; i < N; i++) {
            double *X = exposures + t * N * K;
            X[i] = 1.0;
            X[i + N] = (double)(i + 1) / N;
            X[i + 2 * N] = price(t + 10, i) / price(t, i) - 1.0;
            weights[i] = (double)(i + 1);
        }
    assert_int_equal(mvo_covariance_new_fundamental_factors(&made, factors, NULL, found, specific, NULL, CROSSES, N,
                                                            returns + 10, T, K, exposures, N, N * K, weights, NULL, 0,
                                                            NULL),
                     MVO_OK);
    for (size_t f = 0; f < K; f++) {
        near_to("first factor return", factors[f * CROSSES], first[f]);
        near_to("last factor return", factors[CROSSES - 1 + f * CROSSES], last[f]);
    }
    for (size_t i = 0; i < K * K; i++)
        near_to("factor covariance", found[i], omega[i]);
    near_to("specific variance", specific[0], 0.000275761051996904);
    near_to("specific variance", specific[1], 0.000529660395965248);
    near_to("specific variance", specific[29], 0.000136050056467284);
    assert_int_equal(mvo_covariance_matrix(sigma, N, made, NULL), MVO_OK);
    near_to("covariance", sigma[0 + 1 * N], 0.000217640352187413);
    near_to("covariance", sigma[0], 0.000497619910112048);
    near_to("covariance", sigma[29 + 28 * N], 0.000135768094402375);
    mvo_covariance_unref(made);
}

static int close_data(void **state)
{
    (void)state;
    if (prices)
        data_table_free(prices);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(principal_components_of_the_covariance),
        cmocka_unit_test(principal_components_of_the_correlation),
        cmocka_unit_test(principal_components_of_a_short_table),
        cmocka_unit_test(numbers_of_factors),
        cmocka_unit_test(regressions_over_time),
        cmocka_unit_test(regressions_across_assets),
    };
    return cmocka_run_group_tests(tests, NULL, close_data);
}
