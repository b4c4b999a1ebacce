/* SPDX-License-Identifier: MIT */
/* Estimated covariances: figures worked out by hand, and formulas written out pair by pair in long double. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 60, LONGEST = 130 };

static double table[LONGEST * MOST], sigma[MOST * MOST], sample[MOST * MOST];

static void near_to(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g within %g", found, expected, tolerance);
}

/* Reads the handle out into `to` and gives it back. */
static void take_into(double *to, mvo_status status, mvo_covariance *const *made, const mvo_error *error)
{
    if (status != MVO_OK)
        fail_msg("%s", error->message);
    assert_int_equal(mvo_covariance_matrix(to, mvo_covariance_size(*made), *made, NULL), MVO_OK);
    mvo_covariance_unref(*made);
}

#define TAKE(to, call)                                                                                                 \
    do {                                                                                                               \
        mvo_covariance *made = NULL;                                                                                   \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        const mvo_status status = (call);                                                                              \
        take_into((to), status, &made, &error);                                                                        \
    } while (0)

/* Correlated returns of unequal volatilities, in `table` without gaps. */
static void make_returns(size_t periods, size_t n, uint64_t seed)
{
    random_stream stream = { seed };
    for (size_t t = 0; t < periods; t++) {
        const double market = random_normal(&stream);
        for (size_t j = 0; j < n; j++)
            table[t + j * periods] =
                0.01 * (1.0 + 0.3 * (double)(j % 5)) * (0.1 + 0.5 * market + random_normal(&stream));
    }
}

static void sample_of(size_t periods, size_t n, size_t ddof)
{
    TAKE(sample, mvo_covariance_new_returns(&made, NULL, periods, n, table, periods, ddof, MVO_CHECK_ALL, &error));
}

/* The matrix in sigma is semidefinite. */
static void assert_semidefinite(size_t n)
{
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_covariance_new_dense(&made, NULL, n, sigma, n, MVO_CHECK_ALL, &error))
        fail_msg("%s", error.message);
    mvo_covariance_unref(made);
}

/* ------------------------------------------------------------------------------------------------- gaps */

static void complete_cases(void **state)
{
    (void)state;
    const double gaps[8] = { 1.0, NAN, 3.0, 2.0, 2.0, 5.0, 4.0, NAN };
    size_t used = 0; /* periods 0 and 2: (1, 3) and (2, 4) */
    TAKE(sigma, mvo_covariance_new_complete_cases(&made, &used, NULL, 4, 2, gaps, 4, 1, &error));
    assert_int_equal(used, 2);
    for (size_t i = 0; i < 4; i++)
        near_to(sigma[i], 2.0, 1e-15);
    TAKE(sigma, mvo_covariance_new_complete_cases(&made, NULL, NULL, 4, 2, gaps, 4, 0, &error));
    near_to(sigma[1], 1.0, 1e-15);
}

/* Three pairs of two periods each, with correlations 1, 1 and -1: the eigenvalues are 2, 2, -1. Without the last,
   2 (I - v v') with v = (1, -1, 1) / sqrt(3), and back to ones on the diagonal: a half everywhere. */
static void pairs_that_contradict_each_other(void **state)
{
    (void)state;
    const double gaps[18] = { 1.0, -1.0, NAN, NAN, 1.0,  -1.0, 1.0, -1.0, 1.0,
                              -1.0, NAN, NAN, NAN, NAN, 1.0, -1.0, -1.0, 1.0 };
    double scaled[18], smallest = 0.0;
    mvo_covariance *untouched = NULL;
    mvo_error error = MVO_ERROR_INIT;
    for (size_t i = 0; i < 18; i++)
        scaled[i] = gaps[i] * (i < 6 ? 1.0 : i < 12 ? 0.5 : 1e-3);
    assert_int_equal(mvo_covariance_new_pairwise(&untouched, &smallest, NULL, 6, 3, scaled, 6, 0,
                                                 MVO_INDEFINITE_REFUSE, &error),
                     MVO_ERROR_NOT_SEMIDEFINITE);
    near_to(error.value, -1.0, 1e-14);
    assert_true(smallest == 0.0 && untouched == NULL);
    TAKE(sigma, mvo_covariance_new_pairwise(&made, &smallest, NULL, 6, 3, scaled, 6, 0, MVO_INDEFINITE_CLIP, &error));
    near_to(smallest, -1.0, 1e-14);
    near_to(sigma[0], 1.0, 1e-15);
    near_to(sigma[4], 0.25, 1e-15);
    near_to(sigma[8], 1e-6, 1e-21);
    near_to(sigma[1], 0.25, 1e-14);
    near_to(sigma[2], -0.5e-3, 1e-17);
    near_to(sigma[5], 0.25e-3, 1e-17);
    assert_semidefinite(3);
}

/* Without gaps all three ways are one; with a gap in one column the others' entries do not change. */
static void pairwise_is_local(void **state)
{
    (void)state;
    const size_t T = 40, n = 7;
    double smallest = 0.0;
    make_returns(T, n, 1);
    sample_of(T, n, 1);
    TAKE(sigma, mvo_covariance_new_pairwise(&made, &smallest, NULL, T, n, table, T, 1, MVO_INDEFINITE_REFUSE, &error));
    for (size_t i = 0; i < n * n; i++)
        near_to(sigma[i], sample[i], 1e-18);
    assert_true(smallest > 0.0);
    table[5 + 3 * T] = NAN;
    TAKE(sigma, mvo_covariance_new_pairwise(&made, NULL, NULL, T, n, table, T, 1, MVO_INDEFINITE_REFUSE, &error));
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            if (i != 3 && j != 3)
                near_to(sigma[i + j * n], sample[i + j * n], 1e-18);
            else
                assert_true(fabs(sigma[i + j * n] - sample[i + j * n]) > 1e-9);
        }
    /* The entry of the gap and its neighbour, by hand over the periods they share. */
    long double mean[2] = { 0.0L, 0.0L }, sum = 0.0L;
    for (size_t t = 0; t < T; t++)
        for (size_t k = 0; k < 2; k++)
            mean[k] += t == 5 ? 0.0L : table[t + (3 + k) * T] / (long double)(T - 1);
    for (size_t t = 0; t < T; t++)
        sum += t == 5 ? 0.0L : (table[t + 3 * T] - mean[0]) * (table[t + 4 * T] - mean[1]);
    near_to(sigma[3 + 4 * n], (double)(sum / (long double)(T - 2)), 1e-18);
}

/* ----------------------------------------------------------------------------------- exponential weights */

static void conversions(void **state)
{
    (void)state;
    assert_true(mvo_half_life_from_decay(0.5) == 1.0 && mvo_decay_from_half_life(1.0) == 0.5);
    near_to(mvo_half_life_from_span(3.0), 1.0, 1e-15);
    near_to(mvo_span_from_half_life(1.0), 3.0, 1e-14);
    near_to(mvo_decay_from_half_life(mvo_half_life_from_decay(0.94)), 0.94, 1e-15);
    near_to(mvo_half_life_from_span(mvo_span_from_half_life(63.0)), 63.0, 1e-12);
    assert_true(isinf(mvo_half_life_from_decay(1.0)) && mvo_decay_from_half_life(INFINITY) == 1.0);
    assert_true(isinf(mvo_half_life_from_span(INFINITY)) && isinf(mvo_span_from_half_life(INFINITY)));
    const double outside[] = { 0.0, -1.0, NAN };
    for (size_t i = 0; i < 3; i++) {
        assert_true(isnan(mvo_half_life_from_decay(outside[i])) && isnan(mvo_half_life_from_span(outside[i])));
        assert_true(isnan(mvo_decay_from_half_life(outside[i])) && isnan(mvo_span_from_half_life(outside[i])));
    }
    assert_true(isnan(mvo_half_life_from_decay(1.1)) && isnan(mvo_half_life_from_span(1.0)));
}

static double exponential(size_t periods, size_t n, const double *x, double volatility, double correlation,
                          int32_t demean)
{
    TAKE(sigma, mvo_covariance_new_exponential(&made, NULL, periods, n, x, periods, volatility, correlation, demean,
                                               &error));
    return sigma[0];
}

/*
 * A half-life of one: weights 1/3, 2/3 of two periods. Of (1, 3): squares 19/3; about 7/3 the variance 8/9, over
 * 1 - 5/9 two. About earlier means (1, 3, 5): residuals 2 and 8/3, whose means have the weights 1 and 5/9 squared.
 */
static void exponential_by_hand(void **state)
{
    (void)state;
    const double x[3] = { 1.0, 3.0, 5.0 };
    near_to(exponential(2, 1, x, 1.0, 1.0, MVO_MEAN_ZERO), 19.0 / 3.0, 1e-14);
    near_to(exponential(2, 1, x, 1.0, 1.0, MVO_MEAN_ESTIMATED), 2.0, 1e-14);
    near_to(exponential(2, 1, x, 1.0, 1.0, MVO_MEAN_PAST), 2.0, 1e-14);
    near_to(exponential(3, 1, x, 1.0, 1.0, MVO_MEAN_PAST), 4.0 / 2.0 / 3.0 + 64.0 / 14.0 * 2.0 / 3.0, 1e-14);
    near_to(exponential(1, 1, x + 2, 1.0, 1.0, MVO_MEAN_ZERO), 25.0, 1e-14);
}

static void infinite_half_lives(void **state)
{
    (void)state;
    for (size_t n = 4; n <= 40; n += 36) { /* the second one structured */
        const size_t T = 15;
        make_returns(T, n, 2);
        sample_of(T, n, 1);
        exponential(T, n, table, INFINITY, INFINITY, MVO_MEAN_ESTIMATED);
        for (size_t i = 0; i < n * n; i++)
            near_to(sigma[i], sample[i], 1e-18);
        exponential(T, n, table, INFINITY, INFINITY, MVO_MEAN_ZERO);
        for (size_t t = 0; t < T; t++)
            sigma[n] -= table[t] * table[t + T] / (double)T;
        near_to(sigma[n], 0.0, 1e-18);
    }
}

/* One more period adds one product to the sums, of a residual that earlier periods decide: whatever comes later does
   not change what was added. */
static void past_means_do_not_look_ahead(void **state)
{
    (void)state;
    const size_t T = 30, n = 3;
    double before[9], after[9], shorter[90], decay = mvo_decay_from_half_life(5.0), sum = 0.0;
    make_returns(T, n, 3);
    for (size_t j = 0; j < n; j++)
        memcpy(shorter + j * (T - 1), table + j * T, (T - 1) * sizeof *table);
    exponential(T - 1, n, shorter, 5.0, 5.0, MVO_MEAN_PAST);
    memcpy(before, sigma, sizeof before);
    exponential(T, n, table, 5.0, 5.0, MVO_MEAN_PAST);
    memcpy(after, sigma, sizeof after);
    for (size_t t = 1; t < T - 1; t++)
        sum += pow(decay, (double)(T - 2 - t));
    double weight = 0.0, squares = 0.0, residual[3];
    for (size_t t = 0; t < T - 1; t++) {
        weight += pow(decay, (double)(T - 2 - t));
        squares += pow(decay, 2.0 * (double)(T - 2 - t));
    }
    for (size_t j = 0; j < n; j++) {
        double mean = 0.0;
        for (size_t t = 0; t < T - 1; t++)
            mean += pow(decay, (double)(T - 2 - t)) / weight * table[t + j * T];
        residual[j] = table[T - 1 + j * T] - mean;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            near_to(after[i + j * n] * (decay * sum + 1.0) - before[i + j * n] * decay * sum,
                    residual[i] * residual[j] / (1.0 + squares / weight / weight), 1e-16);
}

static void two_half_lives(void **state)
{
    (void)state;
    const size_t T = 60, n = 5;
    double slow[25], fast[25];
    make_returns(T, n, 4);
    for (int32_t demean = MVO_MEAN_ZERO; demean <= MVO_MEAN_PAST; demean++) {
        exponential(T, n, table, 10.0, 10.0, demean);
        memcpy(fast, sigma, sizeof fast);
        exponential(T, n, table, 40.0, 40.0, demean);
        memcpy(slow, sigma, sizeof slow);
        exponential(T, n, table, 10.0, 40.0, demean);
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                near_to(sigma[i + j * n],
                        slow[i + j * n] * sqrt(fast[i * (n + 1)] * fast[j * (n + 1)] / slow[i * (n + 1)] / slow[j * (n + 1)]),
                        1e-17);
        assert_semidefinite(n);
    }
}

/* -------------------------------------------------------------------------------------- linear shrinkage */

static double shrink(size_t periods, size_t n, const double *x, size_t ddof, int32_t target)
{
    double intensity = -1.0;
    TAKE(sigma, mvo_covariance_new_shrunk(&made, &intensity, NULL, periods, n, x, periods, ddof, target, &error));
    return intensity;
}

/*
 * S = diag(1, 100) with T = 4: tr = 101, tr S^2 = 10001. Identity: pi = 101^2 - 10001 = 200, gamma = 10001 - 101^2 / 2;
 * oracle: tr^2 / (4 (tr S^2 - tr^2 / 2)), without the 2 / n terms (tr S^2 + tr^2) / (5 (...)).
 */
static void intensities_by_hand(void **state)
{
    (void)state;
    const double x[8] = { 1.0, 1.0, -1.0, -1.0, 10.0, -10.0, 10.0, -10.0 };
    const double identity = shrink(4, 2, x, 0, MVO_SHRINK_IDENTITY);
    near_to(identity, 200.0 / 4900.5 / 4.0, 1e-15);
    near_to(sigma[0], 1.0 + identity * 49.5, 1e-12);
    near_to(sigma[3], 100.0 - identity * 49.5, 1e-12);
    near_to(shrink(4, 2, x, 0, MVO_SHRINK_ORACLE), 10201.0 / 4.0 / 4900.5, 1e-14);
    near_to(shrink(4, 2, x, 0, MVO_SHRINK_ORACLE_LARGE), 20202.0 / 5.0 / 4900.5, 1e-14);
    assert_true(shrink(4, 2, x, 0, MVO_SHRINK_DIAGONAL) == 0.0); /* S is its target */
    near_to(sigma[3], 100.0, 1e-12);
}

/* The formulas as the papers write them, pair by pair. */
typedef struct plain {
    size_t T, n;
    long double N, y[LONGEST][MOST], S[MOST][MOST], F[MOST][MOST], m[LONGEST], b[MOST], v;
} plain;

/* Asymptotic covariance of S_ij and S_kl. */
static long double asymptotic(const plain *p, size_t i, size_t j, size_t k, size_t l)
{
    long double sum = 0.0L;
    for (size_t t = 0; t < p->T; t++)
        sum += p->y[t][i] * p->y[t][j] * p->y[t][k] * p->y[t][l];
    return sum / p->N - p->S[i][j] * p->S[k][l];
}

/* That of S_im and S_ij. */
static long double asymptotic_market(const plain *p, size_t i, size_t j)
{
    long double sum = 0.0L;
    for (size_t t = 0; t < p->T; t++)
        sum += p->y[t][i] * p->m[t] * p->y[t][i] * p->y[t][j];
    return sum / p->N - p->b[i] * p->S[i][j];
}

static long double asymptotic_variance(const plain *p, size_t i, size_t j)
{
    long double sum = 0.0L;
    for (size_t t = 0; t < p->T; t++)
        sum += p->m[t] * p->m[t] * p->y[t][i] * p->y[t][j];
    return sum / p->N - p->v * p->S[i][j];
}

static void open_plain(plain *p, size_t T, size_t n, size_t ddof)
{
    p->T = T;
    p->n = n;
    p->N = (long double)(T - ddof);
    p->v = 0.0L;
    for (size_t j = 0; j < n; j++) {
        long double mean = 0.0L;
        for (size_t t = 0; t < T; t++)
            mean += table[t + j * T] / (long double)T;
        for (size_t t = 0; t < T; t++)
            p->y[t][j] = table[t + j * T] - mean;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            p->S[i][j] = 0.0L;
            for (size_t t = 0; t < T; t++)
                p->S[i][j] += p->y[t][i] * p->y[t][j] / p->N;
        }
    for (size_t t = 0; t < T; t++) {
        p->m[t] = 0.0L;
        for (size_t i = 0; i < n; i++)
            p->m[t] += p->y[t][i] / (long double)n;
        p->v += p->m[t] * p->m[t] / p->N;
    }
    for (size_t i = 0; i < n; i++) {
        p->b[i] = 0.0L;
        for (size_t t = 0; t < T; t++)
            p->b[i] += p->y[t][i] * p->m[t] / p->N;
    }
}

static void plain_target(plain *p, int32_t kind)
{
    const long double n = (long double)p->n;
    long double variance = 0.0L, covariance = 0.0L, correlation = 0.0L;
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->n; j++) {
            variance += i == j ? p->S[i][i] / n : 0.0L;
            covariance += i == j ? 0.0L : p->S[i][j] / n / (n - 1.0L);
            correlation += i == j ? 0.0L : p->S[i][j] / sqrtl(p->S[i][i] * p->S[j][j]) / n / (n - 1.0L);
        }
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->n; j++)
            p->F[i][j] = kind == MVO_SHRINK_IDENTITY         ? (i == j ? variance : 0.0L)
                         : kind == MVO_SHRINK_TWO_PARAMETERS ? (i == j ? variance : covariance)
                         : i == j                            ? p->S[i][i]
                         : kind == MVO_SHRINK_DIAGONAL       ? 0.0L
                         : kind == MVO_SHRINK_SINGLE_FACTOR  ? p->b[i] * p->b[j] / p->v
                                                             : correlation * sqrtl(p->S[i][i] * p->S[j][j]);
}

/* Asymptotic covariance of F_ij and S_ij. */
static long double plain_rho(const plain *p, int32_t kind, size_t i, size_t j)
{
    const long double n = (long double)p->n;
    long double sum = 0.0L;
    switch (kind) {
    case MVO_SHRINK_IDENTITY:
        return 0.0L;
    case MVO_SHRINK_TWO_PARAMETERS:
        for (size_t k = 0; k < p->n; k++)
            for (size_t l = 0; l < p->n; l++)
                if ((k == l) == (i == j))
                    sum += asymptotic(p, k, l, i, j);
        return i == j ? sum / n : sum / n / (n - 1.0L);
    default:
        break;
    }
    if (i == j)
        return asymptotic(p, i, i, i, i);
    if (kind == MVO_SHRINK_DIAGONAL)
        return 0.0L;
    if (kind == MVO_SHRINK_CONSTANT_CORRELATION) {
        const long double r = p->F[0][1] / sqrtl(p->S[0][0] * p->S[1][1]), q = sqrtl(p->S[j][j] / p->S[i][i]);
        return r / 2.0L * (q * asymptotic(p, i, i, i, j) + asymptotic(p, j, j, i, j) / q);
    }
    return p->b[j] / p->v * asymptotic_market(p, i, j) + p->b[i] / p->v * asymptotic_market(p, j, i) -
           p->b[i] * p->b[j] / p->v / p->v * asymptotic_variance(p, i, j);
}

static void compare_with_plain(size_t T, size_t n, size_t ddof)
{
    static plain p;
    open_plain(&p, T, n, ddof);
    for (int32_t kind = MVO_SHRINK_IDENTITY; kind <= MVO_SHRINK_SINGLE_FACTOR; kind++) {
        long double pi = 0.0L, rho = 0.0L, gamma = 0.0L;
        plain_target(&p, kind);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                pi += asymptotic(&p, i, j, i, j);
                rho += plain_rho(&p, kind, i, j);
                gamma += (p.S[i][j] - p.F[i][j]) * (p.S[i][j] - p.F[i][j]);
            }
        const long double raw = (pi - rho) / gamma / p.N, expected = raw < 0.0L ? 0.0L : raw > 1.0L ? 1.0L : raw;
        const double found = shrink(T, n, table, ddof, kind);
        near_to(found, (double)expected, 1e-11);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                near_to(sigma[i + j * n], (double)((1.0L - found) * p.S[i][j] + found * p.F[i][j]), 1e-16);
        assert_semidefinite(n);
    }
}

static void intensities_pair_by_pair(void **state)
{
    (void)state;
    static const size_t sizes[][3] = { { 60, 8, 1 }, { 60, 8, 0 }, { 12, 12, 1 }, { 5, 13, 0 }, { 6, 14, 1 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        make_returns(sizes[s][0], sizes[s][1], 10 + s);
        compare_with_plain(sizes[s][0], sizes[s][1], sizes[s][2]);
    }
}

/* Assets that mostly move against each other: the mean correlation and the mean covariance are negative. */
static void negative_means(void **state)
{
    (void)state;
    for (size_t n = 3; n <= 15; n += 12) {
        const size_t T = n == 3 ? 30 : 6;
        make_returns(T, n, 20 + n);
        for (size_t t = 0; t < T; t++) {
            double mean = 0.0;
            for (size_t j = 0; j < n; j++)
                mean += table[t + j * T] / (double)n;
            for (size_t j = 0; j < n; j++)
                table[t + j * T] -= 0.98 * mean;
        }
        compare_with_plain(T, n, 1);
    }
}

/* A power of two changes no intensity, not by a bit, down to variances of 1e-181. */
static void intensities_have_no_unit(void **state)
{
    (void)state;
    const size_t T = 25, n = 6;
    double before[36];
    for (int32_t kind = MVO_SHRINK_IDENTITY; kind <= MVO_SHRINK_ORACLE_LARGE; kind++) {
        make_returns(T, n, 30);
        const double intensity = shrink(T, n, table, 1, kind);
        assert_true(intensity > 0.0);
        memcpy(before, sigma, sizeof before);
        for (size_t i = 0; i < T * n; i++)
            table[i] = ldexp(table[i], -300);
        near_to(shrink(T, n, table, 1, kind), intensity, 1e-15);
        for (size_t i = 0; i < n * n; i++)
            near_to(ldexp(sigma[i], 600), before[i], 1e-15 * before[0]);
    }
}

static void towards_a_given_target(void **state)
{
    (void)state;
    const double given[4] = { 1.0, 0.0, 0.0, 1.0 }, other[4] = { 2.0, 1.0, 1.0, 3.0 }, three[9] = { 0.0 };
    const double loadings[8] = { 1.0, 2.0, 0.5, 1.0, 0.0, 1.0, 1.0, -1.0 }, specific[4] = { 1.0, 2.0, 3.0, 4.0 };
    mvo_covariance *a = NULL, *b = NULL, *c = NULL, *d = NULL, *untouched = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_covariance_new_dense(&a, NULL, 2, other, 2, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&b, NULL, 2, given, 2, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&c, NULL, 3, three, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    TAKE(sigma, mvo_covariance_new_shrunk_towards(&made, NULL, a, b, 0.25, &error));
    assert_true(sigma[0] == 1.75 && sigma[1] == 0.75 && sigma[2] == 0.75 && sigma[3] == 2.5);
    TAKE(sigma, mvo_covariance_new_shrunk_towards(&made, NULL, a, b, 0.0, &error));
    assert_memory_equal(sigma, other, sizeof other);
    TAKE(sigma, mvo_covariance_new_shrunk_towards(&made, NULL, a, b, 1.0, &error));
    assert_memory_equal(sigma, given, sizeof given);
    const double bad[] = { -0.1, 1.1, INFINITY, NAN };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(mvo_covariance_new_shrunk_towards(&untouched, NULL, a, b, bad[i], &error),
                         i < 3 ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE);
        assert_string_equal(error.argument, "intensity");
    }
    assert_int_equal(mvo_covariance_new_shrunk_towards(&untouched, NULL, a, c, 0.5, &error), MVO_ERROR_MISMATCH);
    assert_int_equal(mvo_covariance_new_shrunk_towards(NULL, NULL, a, b, 0.5, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_covariance_new_shrunk_towards(&untouched, NULL, NULL, b, 0.5, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_covariance_new_shrunk_towards(&untouched, NULL, a, NULL, 0.5, &error), MVO_ERROR_NULL);
    assert_null(untouched);
    mvo_covariance_unref(c);
    /* Two structured ones: half of B B' + diag, half of the diagonal alone. */
    assert_int_equal(mvo_covariance_new_factor(&c, NULL, 4, 2, loadings, 4, NULL, 0, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_factor(&d, NULL, 4, 0, NULL, 4, NULL, 0, specific, 0, NULL), MVO_OK);
    TAKE(sigma, mvo_covariance_new_shrunk_towards(&made, NULL, c, d, 0.5, &error));
    near_to(sigma[0], 1.5, 1e-15);
    near_to(sigma[1], 1.0 + 0.0, 1e-15); /* (1 2 + 0 1) / 2 */
    near_to(sigma[4 * 3 + 1], 0.5, 1e-15); /* (2 1 - 1 1) / 2 */
    mvo_covariance_unref(a);
    mvo_covariance_unref(b);
    mvo_covariance_unref(c);
    mvo_covariance_unref(d);
}

/* ----------------------------------------------------------------------------------- nonlinear shrinkage */

/* Eigenvectors stay, so that the result commutes with the sample; QIS keeps the trace; all are definite. */
static void nonlinear_keeps_directions(void **state)
{
    (void)state;
    static const size_t sizes[][2] = { { 120, 20 }, { 31, 30 }, { 30, 30 }, { 14, 40 }, { 13, 60 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int32_t method = MVO_NONLINEAR_QUADRATIC_INVERSE; method <= MVO_NONLINEAR_GEOMETRIC_INVERSE; method++) {
            const size_t T = sizes[s][0], n = sizes[s][1];
            if (T <= n && method >= MVO_NONLINEAR_LINEAR_INVERSE)
                continue;
            double trace[2] = { 0.0, 0.0 };
            make_returns(T, n, 40 + s);
            sample_of(T, n, 1);
            TAKE(sigma, mvo_covariance_new_nonlinear(&made, NULL, T, n, table, T, method, &error));
            for (size_t i = 0; i < n; i++) {
                trace[0] += sample[i * (n + 1)];
                trace[1] += sigma[i * (n + 1)];
            }
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++) {
                    double commutator = 0.0;
                    for (size_t k = 0; k < n; k++)
                        commutator += sample[i + k * n] * sigma[k + j * n] - sigma[i + k * n] * sample[k + j * n];
                    near_to(commutator, 0.0, 1e-14 * trace[0] * trace[0]);
                }
            if (method == MVO_NONLINEAR_QUADRATIC_INVERSE)
                near_to(trace[1] / trace[0], 1.0, 1e-13);
            for (size_t i = 0; i < n; i++)
                sigma[i * (n + 1)] -= 1e-4 * trace[0] / (double)n;
            assert_semidefinite(n);
        }
}

static void one_asset(void **state)
{
    (void)state;
    const size_t T = 20;
    size_t kept = 9;
    make_returns(T, 1, 50);
    sample_of(T, 1, 1);
    for (int32_t method = MVO_NONLINEAR_QUADRATIC_INVERSE; method <= MVO_NONLINEAR_GEOMETRIC_INVERSE; method++) {
        TAKE(sigma, mvo_covariance_new_nonlinear(&made, NULL, T, 1, table, T, method, &error));
        near_to(sigma[0] / sample[0], 1.0, 1e-15);
    }
    for (int32_t target = MVO_SHRINK_IDENTITY; target <= MVO_SHRINK_ORACLE_LARGE; target++) {
        assert_true(shrink(T, 1, table, 1, target) == 0.0);
        near_to(sigma[0] / sample[0], 1.0, 1e-15);
    }
    TAKE(sigma, mvo_covariance_new_clipped(&made, &kept, NULL, T, 1, table, T, 1, &error));
    near_to(sigma[0] / sample[0], 1.0, 1e-15);
    assert_int_equal(kept, 0);
    TAKE(sigma, mvo_covariance_new_gerber(&made, NULL, T, 1, table, T, 1, 0.5, &error));
    near_to(sigma[0] / sample[0], 1.0, 1e-15);
    TAKE(sigma, mvo_covariance_new_pairwise(&made, NULL, NULL, T, 1, table, T, 1, MVO_INDEFINITE_REFUSE, &error));
    near_to(sigma[0] / sample[0], 1.0, 1e-15);
}

/* The same asset twice: an eigenvalue of zero although there are periods enough. */
static void dependent_assets(void **state)
{
    (void)state;
    const size_t T = 50, n = 6;
    make_returns(T, n, 51);
    memcpy(table + 5 * T, table, T * sizeof *table);
    sample_of(T, n, 1);
    for (int32_t method = MVO_NONLINEAR_QUADRATIC_INVERSE; method <= MVO_NONLINEAR_GEOMETRIC_INVERSE; method++) {
        TAKE(sigma, mvo_covariance_new_nonlinear(&made, NULL, T, n, table, T, method, &error));
        for (size_t i = 0; i < n * n; i++)
            assert_true(isfinite(sigma[i]));
        near_to(sigma[0], sigma[35], 1e-12 * sigma[0]);
        near_to(sigma[0], sigma[5], 1e-12 * sigma[0]);
        assert_semidefinite(n);
    }
}

/* ----------------------------------------------------------------------- clipping, Gerber, semicovariance */

/* Four periods without correlation: the edge is (1 + sqrt(1/2))^2 = 2.91. The same asset twice over 100 periods:
   eigenvalues 2 and 0 about an edge of 1.30. */
static void clipped_by_hand(void **state)
{
    (void)state;
    const double x[8] = { 1.0, 1.0, -1.0, -1.0, 10.0, -10.0, 10.0, -10.0 };
    size_t kept = 9;
    TAKE(sigma, mvo_covariance_new_clipped(&made, &kept, NULL, 4, 2, x, 4, 0, &error));
    assert_int_equal(kept, 0);
    near_to(sigma[0], 1.0, 1e-15);
    near_to(sigma[1], 0.0, 1e-14);
    near_to(sigma[3], 100.0, 1e-13);
    make_returns(100, 2, 60);
    for (size_t t = 0; t < 100; t++)
        table[100 + t] = -2.0 * table[t];
    sample_of(100, 2, 1);
    TAKE(sigma, mvo_covariance_new_clipped(&made, &kept, NULL, 100, 2, table, 100, 1, &error));
    assert_int_equal(kept, 1);
    for (size_t i = 0; i < 4; i++)
        near_to(sigma[i], sample[i], 1e-17);
    make_returns(20, 50, 61);
    sample_of(20, 50, 1);
    TAKE(sigma, mvo_covariance_new_clipped(&made, NULL, NULL, 20, 50, table, 20, 1, &error));
    for (size_t i = 0; i < 50; i++)
        near_to(sigma[i * 51] / sample[i * 51], 1.0, 1e-14);
    assert_semidefinite(50);
}

/*
 * The first asset moves up, down, up, down; the second up, down, down, not: two periods with each other, one against,
 * none without a move of either: 1/4. A third one up and then not at all: one with, none against, over all four.
 */
static void gerber_by_hand(void **state)
{
    (void)state;
    const double x[12] = { 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, -1.0, 0.0, 8.0, 0.0, 0.0, 0.0 };
    TAKE(sigma, mvo_covariance_new_gerber(&made, NULL, 4, 3, x, 4, 0, 0.5, &error));
    near_to(sigma[0], 1.0, 1e-15);
    near_to(sigma[4], 11.0 / 16.0, 1e-15);
    near_to(sigma[8], 12.0, 1e-14);
    near_to(sigma[1], 0.25 * sqrt(11.0 / 16.0), 1e-15);
    near_to(sigma[2], 0.25 * sqrt(12.0), 1e-15);
    near_to(sigma[5], sqrt(12.0 * 11.0 / 16.0) / 3.0, 1e-14); /* one with, over the three in which either moves */
    for (size_t T = 3; T <= 40; T += 37) {
        make_returns(T, 30, 70 + T);
        TAKE(sigma, mvo_covariance_new_gerber(&made, NULL, T, 30, table, T, 1, 0.9, &error));
        assert_semidefinite(30);
    }
}

static void semicovariance_by_hand(void **state)
{
    (void)state;
    const double x[4] = { 1.0, -1.0, -2.0, -2.0 };
    TAKE(sigma, mvo_covariance_new_semicovariance(&made, NULL, 2, 2, x, 2, 0.0, &error));
    assert_true(sigma[0] == 0.5 && sigma[1] == 1.0 && sigma[2] == 1.0 && sigma[3] == 4.0);
    TAKE(sigma, mvo_covariance_new_semicovariance(&made, NULL, 2, 2, x, 2, -1.0, &error));
    assert_true(sigma[0] == 0.0 && sigma[1] == 0.0 && sigma[3] == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete_cases),
        cmocka_unit_test(pairs_that_contradict_each_other),
        cmocka_unit_test(pairwise_is_local),
        cmocka_unit_test(conversions),
        cmocka_unit_test(exponential_by_hand),
        cmocka_unit_test(infinite_half_lives),
        cmocka_unit_test(past_means_do_not_look_ahead),
        cmocka_unit_test(two_half_lives),
        cmocka_unit_test(intensities_by_hand),
        cmocka_unit_test(intensities_pair_by_pair),
        cmocka_unit_test(negative_means),
        cmocka_unit_test(intensities_have_no_unit),
        cmocka_unit_test(towards_a_given_target),
        cmocka_unit_test(nonlinear_keeps_directions),
        cmocka_unit_test(one_asset),
        cmocka_unit_test(dependent_assets),
        cmocka_unit_test(clipped_by_hand),
        cmocka_unit_test(gerber_by_hand),
        cmocka_unit_test(semicovariance_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
