/* SPDX-License-Identifier: MIT */
/* What a covariance says, held against plain long-double sums over the same data and against figures of others. */
#include "support/random.h"
#include "covariance/covariance.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 210 };

/* Room for everything here; n-by-n matrices have leading dimension n unless said otherwise. */
static double given[(MOST + 3) * MOST], read_out[(MOST + 3) * MOST], loadings[MOST * MOST], omega[MOST * MOST];
static long double exact[MOST * MOST];
static double x[MOST], product[MOST], marginal[MOST], total[MOST], specific[MOST];

static void *take_room(size_t bytes)
{
    void *room = malloc(bytes);
    assert_non_null(room);
    return room;
}

static void fill_normal(random_stream *stream, double *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = random_normal(stream);
}

/* B Omega B' + diag(specific) in long double; omega NULL for the identity. */
static void multiply_out(size_t n, size_t k, const double *omega_given)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            long double sum = i == j && specific[i] > 0.0 ? specific[i] : 0.0L;
            for (size_t f = 0; f < k; f++)
                for (size_t g = 0; g < k; g++) {
                    const long double element = omega_given ? omega_given[f + g * k] : f == g ? 1.0L : 0.0L;
                    sum += (long double)loadings[i + f * n] * element * loadings[j + g * n];
                }
            exact[i + j * n] = sum;
        }
}

/* A covariance of full rank, symmetric to the bit, with volatilities that differ. */
static void make_given(random_stream *stream, size_t n, size_t ld)
{
    const size_t k = n < 3 ? n : 3;
    fill_normal(stream, loadings, n * k);
    for (size_t i = 0; i < n; i++)
        specific[i] = 0.2 + random_uniform(stream);
    multiply_out(n, k, NULL);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            given[i + j * ld] = (double)exact[(i > j ? i : j) + (i > j ? j : i) * n];
    for (size_t j = 0; j < n; j++)
        for (size_t i = n; i < ld; i++)
            given[i + j * ld] = NAN; /* between the columns nothing may be looked at */
}

/* Everything the handle answers against `exact`; `slack` is relative to the sizes of the terms. */
static void compare_all(const mvo_covariance *covariance, size_t n, double slack)
{
    random_stream stream = { n + 77 };
    fill_normal(&stream, x, n);
    if (n > 3)
        x[2] = 0.0;
    assert_int_equal(mvo_covariance_size(covariance), n);
    assert_int_equal(mvo_covariance_multiply(product, covariance, x, NULL), MVO_OK);
    long double variance = 0.0L, gross = 0.0L;
    for (size_t i = 0; i < n; i++) {
        long double sum = 0.0L, size = 0.0L;
        for (size_t j = 0; j < n; j++) {
            sum += exact[i + j * n] * x[j];
            size += fabsl(exact[i + j * n] * x[j]) + sqrtl(fabsl(exact[i + i * n] * exact[j + j * n])) * fabsl(x[j]);
        }
        assert_true(fabsl(sum - product[i]) <= slack * size);
        variance += sum * x[i];
        gross += size * fabsl((long double)x[i]);
    }
    double answer = -1.0, volatility = -1.0;
    assert_int_equal(mvo_covariance_variance(&answer, covariance, x, NULL), MVO_OK);
    assert_true(answer >= 0.0 && fabsl(answer - variance) <= slack * gross);
    assert_int_equal(mvo_covariance_volatility(&volatility, covariance, x, NULL), MVO_OK);
    assert_true(volatility == sqrt(answer));

    assert_int_equal(mvo_covariance_risk_contributions(marginal, total, covariance, x, NULL), MVO_OK);
    long double sum = 0.0L;
    for (size_t i = 0; i < n; i++) {
        assert_true(marginal[i] == (volatility > 0.0 ? product[i] / volatility : 0.0));
        assert_true(total[i] == x[i] * marginal[i]);
        sum += total[i];
    }
    if (answer > 1e-6 * (double)gross)
        assert_true(fabsl(sum - volatility) <= 1e6 * slack * volatility);
    memset(product, 0, sizeof product);
    assert_int_equal(mvo_covariance_risk_contributions(NULL, product, covariance, x, NULL), MVO_OK);
    assert_memory_equal(product, total, n * sizeof *total);
    assert_int_equal(mvo_covariance_risk_contributions(product, NULL, covariance, x, NULL), MVO_OK);
    assert_memory_equal(product, marginal, n * sizeof *total);

    const size_t ld = n + 3;
    for (size_t i = 0; i < ld * n; i++)
        read_out[i] = 7.0;
    assert_int_equal(mvo_covariance_matrix(read_out, ld, covariance, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_volatilities(product, covariance, NULL), MVO_OK);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            const long double size = sqrtl(fabsl(exact[i + i * n] * exact[j + j * n]));
            assert_true(fabsl(read_out[i + j * ld] - exact[i + j * n]) <= slack * size);
            assert_true(read_out[i + j * ld] == read_out[j + i * ld]);
        }
        assert_true(read_out[n + j * ld] == 7.0);
        assert_true(product[j] == sqrt(read_out[j + j * ld]));
    }
    assert_int_equal(mvo_covariance_correlation(read_out, ld, covariance, NULL), MVO_OK);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            const long double size = sqrtl(fabsl(exact[i + i * n] * exact[j + j * n]));
            const long double want = i == j ? 1.0L : size > 0.0L ? exact[i + j * n] / size : 0.0L;
            assert_true(fabsl(read_out[i + j * ld] - want) <= 4.0 * slack);
            assert_true(fabs(read_out[i + j * ld]) <= 1.0);
            assert_true(read_out[i + j * ld] == read_out[j + i * ld]);
        }
}

static mvo_covariance *make_dense(size_t n, size_t ld, int32_t flags)
{
    mvo_covariance *covariance = NULL;
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status = mvo_covariance_new_dense(&covariance, NULL, n, given, ld, flags, &error);
    if (status != MVO_OK)
        fail_msg("n = %zu, flags = %d: %s", n, (int)flags, error.message);
    return covariance;
}

static void dense_of_every_size(void **state)
{
    (void)state;
    const int32_t levels[] = { MVO_CHECK_ALL, MVO_CHECK_FINITE, MVO_CHECK_NONE };
    random_stream stream = { 1 };
    for (size_t n = 1; n <= MOST; n += n < 20 ? 1 : 19)
        for (size_t more = 0; more <= 3; more += 3) {
            make_given(&stream, n, n + more);
            for (size_t l = 0; l < 6; l++) {
                mvo_covariance *covariance = make_dense(n, n + more, levels[l / 2] | (l % 2 ? MVO_BORROW : 0));
                assert_int_equal(mvo_covariance_rank_bound(covariance), n);
                compare_all(covariance, n, 1e-14);
                assert_int_equal(mvo_covariance_matrix(read_out, n, covariance, NULL), MVO_OK);
                for (size_t i = 0; i < n * n; i++)
                    assert_true(read_out[i] == given[i % n + i / n * (n + more)]);
                mvo_covariance_unref(covariance);
            }
        }
}

/* Two assets of 10 % and 20 % with correlation -0.5; half of each: 0.0025 + 0.01 - 2 * 0.5^3 * 0.02 = 0.0075. */
static void two_assets_by_hand(void **state)
{
    (void)state;
    const double sigma[4] = { 0.01, -0.01, -0.01, 0.04 };
    const double half[2] = { 0.5, 0.5 };
    double value = 0.0, two[2] = { 0.0, 0.0 };
    mvo_covariance *covariance = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_variance(&value, covariance, half, NULL), MVO_OK);
    assert_true(fabs(value - 0.0075) < 1e-17);
    assert_int_equal(mvo_covariance_volatilities(two, covariance, NULL), MVO_OK);
    assert_true(two[0] == 0.1 && two[1] == 0.2);
    assert_int_equal(mvo_covariance_multiply(two, covariance, half, NULL), MVO_OK);
    assert_true(fabs(two[0]) < 1e-18 && fabs(two[1] - 0.015) < 1e-17);
    assert_int_equal(mvo_covariance_risk_contributions(NULL, two, covariance, half, NULL), MVO_OK);
    assert_true(fabs(two[0]) < 1e-16 && fabs(two[1] - sqrt(0.0075)) < 1e-16);
    double four[4];
    assert_int_equal(mvo_covariance_correlation(four, 2, covariance, NULL), MVO_OK);
    assert_true(four[0] == 1.0 && fabs(four[1] + 0.5) < 1e-16 && four[2] == four[1] && four[3] == 1.0);
    mvo_covariance_unref(covariance);
}

static void a_copy_does_not_see_later_changes(void **state)
{
    (void)state;
    random_stream stream = { 2 };
    const size_t n = 70;
    double variance[3], changed;
    make_given(&stream, n, n);
    fill_normal(&stream, x, n);
    mvo_covariance *copied = make_dense(n, n, MVO_CHECK_ALL);
    mvo_covariance *borrowed = make_dense(n, n, MVO_CHECK_ALL | MVO_BORROW);
    assert_int_equal(mvo_covariance_variance(&variance[0], copied, x, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_variance(&variance[1], borrowed, x, NULL), MVO_OK);
    assert_true(variance[0] == variance[1]);
    given[0] *= 2.0;
    assert_int_equal(mvo_covariance_variance(&variance[2], copied, x, NULL), MVO_OK);
    assert_true(variance[0] == variance[2]);
    assert_int_equal(mvo_covariance_variance(&changed, borrowed, x, NULL), MVO_OK);
    assert_true(changed != variance[0]);
    mvo_covariance_unref(borrowed);
    mvo_covariance_unref(copied);
}

/* Where the triangles differ by rounding the lower one is taken, both sides of it. */
static void the_lower_triangle_decides(void **state)
{
    (void)state;
    random_stream stream = { 3 };
    const size_t n = 75;
    make_given(&stream, n, n);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++)
            given[i + j * n] += 0.9e-10 * sqrt(given[i + i * n] * given[j + j * n]);
    for (int32_t level = MVO_CHECK_ALL; level <= MVO_CHECK_NONE; level++) {
        mvo_covariance *covariance = make_dense(n, n, level);
        compare_all(covariance, n, 1e-14);
        mvo_covariance_unref(covariance);
    }
}

static void correlations_and_volatilities(void **state)
{
    (void)state;
    random_stream stream = { 4 };
    for (size_t n = 1; n <= 80; n += 1 + n / 2) {
        make_given(&stream, n, n);
        double *volatility = specific;
        for (size_t i = 0; i < n; i++)
            volatility[i] = i == 1 ? 0.0 : 0.1 + random_uniform(&stream);
        static double correlation[80 * 80];
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                const double c = i == j ? 1.0 : given[i + j * n] / sqrt(given[i + i * n]) / sqrt(given[j + j * n]);
                correlation[i + j * n] = c;
                exact[i + j * n] = (long double)volatility[i] * c * volatility[j];
            }
        mvo_covariance *covariance = NULL;
        for (int32_t level = MVO_CHECK_ALL; level <= MVO_CHECK_NONE; level++) {
            assert_int_equal(
                mvo_covariance_new_correlation(&covariance, NULL, n, volatility, correlation, n, level, NULL), MVO_OK);
            compare_all(covariance, n, 1e-14);
            mvo_covariance_unref(covariance);
        }
    }
}

/* Sizes around the 64 factors that are worked on at once. */
static void factor_models(void **state)
{
    (void)state;
    static const size_t sizes[][2] = { { 1, 0 },  { 5, 0 },   { 1, 1 },   { 9, 2 },   { 30, 7 },
                                       { 40, 8 }, { 50, 63 }, { 70, 64 }, { 60, 65 }, { 20, 130 } };
    random_stream stream = { 5 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t n = sizes[s][0], k = sizes[s][1];
        for (int with_omega = 0; with_omega < 2; with_omega++) {
            mvo_covariance *covariance = NULL;
            mvo_error error = MVO_ERROR_INIT;
            make_given(&stream, k ? k : 1, k ? k : 1);
            memcpy(omega, given, k * k * sizeof *omega);
            fill_normal(&stream, loadings, n * k);
            size_t positive = 0;
            for (size_t i = 0; i < n; i++) {
                specific[i] = i % 3 == 1 ? 0.0 : 0.1 + random_uniform(&stream);
                positive += specific[i] > 0.0;
            }
            multiply_out(n, k, with_omega ? omega : NULL);
            for (int32_t level = MVO_CHECK_ALL; level <= MVO_CHECK_NONE; level++) {
                assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, n, k, k ? loadings : NULL, n,
                                                           with_omega ? omega : NULL, k, specific, level, &error),
                                 MVO_OK);
                assert_int_equal(mvo_covariance_rank_bound(covariance), k + positive < n ? k + positive : n);
                compare_all(covariance, n, 3e-14 * (double)(k + 1));
                /* The engine's own product gives the same bits with room for all exposures and without. */
                double scratch[MOST];
                mvoi_covariance_product(product, covariance, x, scratch);
                mvoi_covariance_product(marginal, covariance, x, NULL);
                assert_memory_equal(product, marginal, n * sizeof *product);
                mvo_covariance_unref(covariance);
            }
        }
    }
}

/* Omega of rank 2 in five factors, one of which has no variance at all, with scales far apart. */
static void a_factor_covariance_without_full_rank(void **state)
{
    (void)state;
    enum { N = 12, K = 5 };
    const double root[K][2] = { { 1.0, 2.0 }, { 0.0, 0.0 }, { 3e-4, 1e-4 }, { -2e3, 5e2 }, { 0.5, -0.25 } };
    random_stream stream = { 6 };
    mvo_covariance *covariance = NULL;
    mvo_error error = MVO_ERROR_INIT;
    for (size_t f = 0; f < K; f++)
        for (size_t g = 0; g < K; g++)
            omega[f + g * K] = root[f][0] * root[g][0] + root[f][1] * root[g][1];
    fill_normal(&stream, loadings, N * K);
    for (size_t i = 0; i < N; i++) {
        loadings[i + 2 * N] *= 1e4;
        loadings[i + 3 * N] *= 1e-3;
        specific[i] = 0.0;
    }
    specific[4] = 0.5;
    multiply_out(N, K, omega);
    assert_int_equal(
        mvo_covariance_new_factor(&covariance, NULL, N, K, loadings, N, omega, K, specific, MVO_CHECK_ALL, &error),
        MVO_OK);
    assert_int_equal(mvo_covariance_rank_bound(covariance), 3);
    compare_all(covariance, N, 1e-13);
    mvo_covariance_unref(covariance);
}

/* Rounding does not count as rank: Omega = X X' with X k-by-r. */
static void rounding_is_no_factor(void **state)
{
    (void)state;
    random_stream stream = { 10 };
    for (size_t k = 2; k <= 100; k += 14)
        for (size_t r = 1; r < k; r += 1 + k / 3) {
            enum { N = 180 };
            mvo_covariance *covariance = NULL;
            fill_normal(&stream, given, k * r);
            for (size_t f = 0; f < k; f++)
                for (size_t g = 0; g < k; g++) {
                    double sum = 0.0;
                    for (size_t c = 0; c < r; c++)
                        sum += given[f + c * k] * given[g + c * k];
                    omega[f + g * k] = sum;
                }
            fill_normal(&stream, loadings, N * k);
            memset(specific, 0, sizeof specific);
            assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, N, k, loadings, N, omega, k, specific,
                                                       MVO_CHECK_ALL, NULL),
                             MVO_OK);
            assert_int_equal(mvo_covariance_rank_bound(covariance), r);
            mvo_covariance_unref(covariance);
        }
}

/*
 * Exposures that cancel leave no variance, not its rounding: two perfectly (anti)correlated factors of volatilities a and b,
 * and an asset that holds them b to a. And two such factors are one: Omega_12 = a b is read with three roundings.
 */
static void exposures_that_cancel_leave_nothing(void **state)
{
    (void)state;
    random_stream stream = { 21 };
    for (int t = 0; t < 2000; t++) {
        const double a = 1e-3 + random_uniform(&stream), b = t % 2 ? a : 1e-3 + random_uniform(&stream);
        const double sign = t % 3 ? 1.0 : -1.0, covariances[] = { a * a, sign * a * b, sign * a * b, b * b };
        const double two[] = { b, 1.0, -sign * a, 1.0 }, none[] = { 0.0, 0.0 };
        mvo_covariance *covariance = NULL;
        double variance = -1.0;
        assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, 2, 2, two, 2, covariances, 2, none, MVO_CHECK_ALL, NULL),
                         MVO_OK);
        assert_int_equal(mvo_covariance_rank_bound(covariance), 1);
        assert_int_equal(mvo_covariance_variance(&variance, covariance, (const double[]){ 1.0, 0.0 }, NULL), MVO_OK);
        assert_true(variance == 0.0);
        assert_int_equal(mvo_covariance_variance(&variance, covariance, (const double[]){ 0.0, 1.0 }, NULL), MVO_OK);
        assert_true(fabs(variance - (a + sign * b) * (a + sign * b)) <= 1e-14 * (a * a + b * b));
        mvo_covariance_unref(covariance);
    }
}

/* An asset and its double: d / sqrt(d) / sqrt(d) is often more than one, a correlation never. */
static void a_correlation_stays_within_one(void **state)
{
    (void)state;
    random_stream stream = { 11 };
    for (int times = 0; times < 200; times++) {
        const double d = random_uniform(&stream);
        const double sigma[4] = { d, times % 2 ? d : -d, times % 2 ? d : -d, d };
        double correlation[4];
        mvo_covariance *covariance = NULL;
        assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, MVO_CHECK_ALL, NULL), MVO_OK);
        assert_int_equal(mvo_covariance_correlation(correlation, 2, covariance, NULL), MVO_OK);
        assert_true(fabs(correlation[1]) <= 1.0 && fabs(correlation[1]) > 1.0 - 1e-15);
        mvo_covariance_unref(covariance);
    }
}

/* Sample covariance in long double, two passes. */
static void sample(const double *returns, size_t periods, size_t n, size_t ld, size_t ddof)
{
    long double *away = take_room(periods * n * sizeof *away);
    for (size_t j = 0; j < n; j++) {
        long double mean = 0.0L;
        for (size_t t = 0; t < periods; t++)
            mean += returns[t + j * ld] / (long double)periods;
        for (size_t t = 0; t < periods; t++)
            away[t + j * periods] = returns[t + j * ld] - mean;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            long double sum = 0.0L;
            for (size_t t = 0; t < periods; t++)
                sum += away[t + i * periods] * away[t + j * periods];
            exact[i + j * n] = sum / (long double)(periods - ddof);
        }
    free(away);
}

/* Many periods, few, and about as many as assets; a constant column is a riskless asset exactly. */
static void tables_of_returns(void **state)
{
    (void)state;
    static const size_t sizes[][2] = { { 1, 1 },   { 1, 9 },   { 2, 1 },    { 3, 2 },   { 7, 20 },  { 12, 20 },
                                       { 20, 20 }, { 90, 20 }, { 100, 40 }, { 64, 65 }, { 30, 100 } };
    static double returns[110 * 110];
    random_stream stream = { 7 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t ddof = 0; ddof < 2; ddof++) {
            const size_t periods = sizes[s][0], n = sizes[s][1], ld = periods + 2 * ddof;
            mvo_covariance *covariance = NULL;
            if (periods <= ddof)
                continue;
            for (size_t j = 0; j < n; j++)
                for (size_t t = 0; t < ld; t++)
                    returns[t + j * ld] = t >= periods ? NAN : j == 1 ? 0.1 : 3.0 + 0.01 * random_normal(&stream);
            sample(returns, periods, n, ld, ddof);
            if (n > 1)
                for (size_t i = 0; i < n; i++)
                    exact[i + n] = exact[1 + i * n] = 0.0L; /* 0.1 added up is not: the sample here is no judge */
            assert_int_equal(
                mvo_covariance_new_returns(&covariance, NULL, periods, n, returns, ld, ddof, MVO_CHECK_ALL, NULL),
                MVO_OK);
            assert_int_equal(mvo_covariance_rank_bound(covariance), periods - 1 < n ? periods - 1 : n);
            compare_all(covariance, n, 1e-12); /* a mean of 3 and deviations of 0.01 cost two digits */
            assert_int_equal(mvo_covariance_matrix(read_out, n, covariance, NULL), MVO_OK);
            for (size_t i = 0; n > 1 && i < n; i++)
                assert_true(read_out[1 + i * n] == 0.0 && read_out[i + n] == 0.0);
            mvo_covariance_unref(covariance);
        }
}

/* Few periods against the same table repeated often enough to be kept otherwise: the same matrix. */
static void both_ways_of_keeping_a_sample_agree(void **state)
{
    (void)state;
    enum { T = 9, N = 25, TIMES = 4 };
    static double once[T * N], often[T * TIMES * N], first[N * N], second[N * N];
    random_stream stream = { 8 };
    fill_normal(&stream, once, T * N);
    for (size_t j = 0; j < N; j++)
        for (size_t t = 0; t < T * TIMES; t++)
            often[t + j * T * TIMES] = once[t % T + j * T];
    mvo_covariance *a = NULL, *b = NULL;
    assert_int_equal(mvo_covariance_new_returns(&a, NULL, T, N, once, T, 0, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_returns(&b, NULL, T * TIMES, N, often, T * TIMES, 0, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    assert_int_not_equal(a->kind, b->kind);
    mvo_covariance_matrix(first, N, a, NULL);
    mvo_covariance_matrix(second, N, b, NULL);
    for (size_t i = 0; i < N * N; i++)
        assert_true(fabs(first[i] - second[i]) < 1e-14);
    mvo_covariance_unref(a);
    mvo_covariance_unref(b);
}

/* The figures that PyPortfolioOpt's own test of its sample covariance expects of five prices of three assets. */
static void published_sample_covariance(void **state)
{
    (void)state;
    enum { T = 4, N = 3 };
    static const double prices[T + 1][N] = {
        { 4.0, 2.0, 0.6 }, { 4.2, 2.1, 0.59 }, { 3.9, 2.0, 0.58 }, { 4.3, 2.1, 0.62 }, { 4.1, 2.2, 0.63 },
    };
    static const double published[N * N] = {
        0.006661687937656102,  0.00264970955585574,   0.0020849735375206195,
        0.00264970955585574,   0.0023450491307634215, 0.00096770864287974,
        0.0020849735375206195, 0.00096770864287974,   0.0016396416271856837,
    };
    double returns[T * N], sigma[N * N];
    mvo_covariance *covariance = NULL;
    for (size_t t = 0; t < T; t++)
        for (size_t i = 0; i < N; i++)
            returns[t + i * T] = prices[t + 1][i] / prices[t][i] - 1.0;
    assert_int_equal(mvo_covariance_new_returns(&covariance, NULL, T, N, returns, T, 1, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, N, covariance, NULL), MVO_OK);
    for (size_t i = 0; i < N * N; i++)
        assert_true(fabs(sigma[i] - published[i]) < 1e-15);
    mvo_covariance_unref(covariance);
}

/* A hedge that cancels: the variance is zero or rounding, never below; a riskless portfolio contributes nothing. */
static void riskless_portfolios(void **state)
{
    (void)state;
    random_stream stream = { 9 };
    const size_t n = 40;
    double variance = -1.0;
    make_given(&stream, n, n);
    for (size_t i = 0; i < n; i++) /* the last asset is the first again, the one before it cash */
        given[i + (n - 1) * n] = given[i];
    for (size_t i = 0; i < n; i++)
        given[n - 1 + i * n] = given[i + (n - 1) * n];
    given[n - 1 + (n - 1) * n] = given[0];
    for (size_t i = 0; i < n; i++)
        given[i + (n - 2) * n] = given[n - 2 + i * n] = 0.0;
    mvo_covariance *covariance = make_dense(n, n, MVO_CHECK_ALL);
    memset(x, 0, sizeof x);
    x[0] = 1.0 / 3.0;
    x[n - 1] = -1.0 / 3.0;
    x[n - 2] = 1.0;
    for (size_t i = 0; i < n; i++)
        marginal[i] = total[i] = 7.0;
    assert_int_equal(mvo_covariance_variance(&variance, covariance, x, NULL), MVO_OK);
    assert_true(variance == 0.0);
    assert_int_equal(mvo_covariance_risk_contributions(marginal, total, covariance, x, NULL), MVO_OK);
    for (size_t i = 0; i < n; i++)
        assert_true(marginal[i] == 0.0 && total[i] == 0.0);
    for (int times = 0; times < 1000; times++) {
        fill_normal(&stream, x, 1);
        x[n - 1] = -x[0] * (1.0 + 1e-15 * random_normal(&stream));
        assert_int_equal(mvo_covariance_variance(&variance, covariance, x, NULL), MVO_OK);
        assert_true(variance >= 0.0 && variance < 1e-13);
    }
    mvo_covariance_unref(covariance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_of_every_size),
        cmocka_unit_test(two_assets_by_hand),
        cmocka_unit_test(a_copy_does_not_see_later_changes),
        cmocka_unit_test(the_lower_triangle_decides),
        cmocka_unit_test(correlations_and_volatilities),
        cmocka_unit_test(factor_models),
        cmocka_unit_test(a_factor_covariance_without_full_rank),
        cmocka_unit_test(rounding_is_no_factor),
        cmocka_unit_test(exposures_that_cancel_leave_nothing),
        cmocka_unit_test(a_correlation_stays_within_one),
        cmocka_unit_test(tables_of_returns),
        cmocka_unit_test(both_ways_of_keeping_a_sample_agree),
        cmocka_unit_test(published_sample_covariance),
        cmocka_unit_test(riskless_portfolios),
    };
    return cmocka_run_group_tests_name("covariance", tests, NULL, NULL);
}
