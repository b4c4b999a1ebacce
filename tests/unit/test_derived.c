/* SPDX-License-Identifier: MIT */
/* Derived assets, sums, events and networks: figures by hand, both representations, every bad argument. */
#include "covariance/covariance.h"
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 6, K = 2, M = 4 };

static mvo_covariance *dense, *factored; /* the same matrix */
static double sigma[N * N], found[N * N];
static mvo_error error;
static mvo_covariance *made;
static char mark;

static int setup(void **state)
{
    (void)state;
    random_stream stream = { 4 };
    double loadings[N * K], specific[N];
    for (size_t i = 0; i < N * K; i++)
        loadings[i] = random_normal(&stream);
    for (size_t i = 0; i < N; i++)
        specific[i] = random_uniform(&stream);
    assert_int_equal(mvo_covariance_new_factor(&factored, NULL, N, K, loadings, N, NULL, 0, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(sigma, N, factored, NULL), MVO_OK);
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

static void near_to(const double *expected, size_t n, double tolerance)
{
    assert_int_equal(mvo_covariance_size(made), n);
    assert_int_equal(mvo_covariance_matrix(found, n, made, NULL), MVO_OK);
    for (size_t i = 0; i < n * n; i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance))
            fail_msg("element %zu: %.17g, expected %.17g", i, found[i], expected[i]);
}

/* E Sigma E' in plain sums. */
static void multiply_out(double *expected, const double *E, size_t m, const double *own)
{
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < m; b++) {
            double sum = a == b && own ? own[a] : 0.0;
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++)
                    sum += E[a + i * m] * sigma[i + j * N] * E[b + j * m];
            expected[a + b * m] = sum;
        }
}

static void derived_assets(void **state)
{
    (void)state;
    static const double own[M] = { 0.0, 0.5, 0.0, 0.25 };
    double expected[M * M], E[M * N] = { 0.0 };
    E[0 + 0 * M] = 0.5; /* a pool position over 0 and 1 */
    E[0 + 1 * M] = 0.5;
    E[1 + 2 * M] = 1.0; /* a bridged copy of 2 */
    E[2 + 3 * M] = 2.0; /* a levered 3 against 4 */
    E[2 + 4 * M] = -1.0;
    E[3 + 5 * M] = 1.0;
    for (int shared = 0; shared < 3; shared++) {
        if (shared == 1)
            E[3 + 0 * M] = 0.25; /* now asset 0 is held twice: one more factor */
        for (size_t i = 0; shared == 2 && i < M * N; i++)
            E[i] = 0.1 * (double)i - 1.0; /* more factors than derived assets: held as a matrix */
        multiply_out(expected, E, M, own);
        for (int structured = 0; structured < 2; structured++) {
            assert_int_equal(
                mvo_covariance_new_derived(&made, NULL, structured ? factored : dense, M, E, M, own, NULL), MVO_OK);
            near_to(expected, M, 1e-13);
            assert_int_equal(made->kind, structured && shared < 2 ? MVOI_FACTOR : MVOI_DENSE);
            if (structured && shared < 2)
                assert_int_equal(made->k, K + (size_t)shared);
            mvo_covariance_unref(made);
        }
    }
    /* A hedge of an asset against itself has no risk; no rounding makes it negative. */
    static const double nothing[2 * N] = { 0.0 };
    assert_int_equal(mvo_covariance_new_derived(&made, NULL, factored, 2, nothing, 2, NULL, NULL), MVO_OK);
    multiply_out(expected, nothing, 2, NULL);
    near_to(expected, 2, 0.0);
    mvo_covariance_unref(made);
}

static void sums(void **state)
{
    (void)state;
    static const double scales[3] = { 0.5, 2.0, 0.0 };
    const mvo_covariance *all[2][3] = { { factored, factored, factored }, { factored, dense, factored } };
    double expected[N * N];
    for (int mixed = 0; mixed < 2; mixed++)
        for (int scaled = 0; scaled < 2; scaled++) {
            for (size_t i = 0; i < N * N; i++)
                expected[i] = (scaled ? 2.5 : 3.0) * sigma[i];
            assert_int_equal(mvo_covariance_new_sum(&made, NULL, 3, all[mixed], scaled ? scales : NULL, NULL), MVO_OK);
            near_to(expected, N, 1e-13);
            assert_int_equal(made->kind, mixed ? MVOI_DENSE : MVOI_FACTOR);
            mvo_covariance_unref(made);
        }
    const mvo_covariance *many[4] = { factored, factored, factored, factored }; /* 8 factors, 6 assets */
    assert_int_equal(mvo_covariance_new_sum(&made, NULL, 4, many, NULL, NULL), MVO_OK);
    assert_int_equal(made->kind, MVOI_DENSE);
    mvo_covariance_unref(made);
}

/* A depeg of probability 0.1 that costs 0: 50 %, 1: 20 %; a hack of probability 0.02 that costs 1: 100 %. */
static void events(void **state)
{
    (void)state;
    static const double probability[2] = { 0.1, 0.02 };
    double losses[(N + 1) * 2] = { 0.5, 0.2 }, expected[N * N], shift[N];
    losses[N + 1 + 1] = 1.0;
    memcpy(expected, sigma, sizeof expected);
    expected[0] += 0.09 * 0.25;
    expected[1] += 0.09 * 0.1;
    expected[N] += 0.09 * 0.1;
    expected[N + 1] += 0.09 * 0.04 + 0.0196;
    for (int structured = 0; structured < 2; structured++) {
        assert_int_equal(mvo_covariance_new_events(&made, shift, NULL, structured ? factored : dense, 2, probability,
                                                   losses, N + 1, NULL),
                         MVO_OK);
        near_to(expected, N, 1e-14);
        assert_int_equal(made->kind, structured ? MVOI_FACTOR : MVOI_DENSE);
        assert_true(fabs(shift[0] + 0.05) <= 1e-16 && fabs(shift[1] + 0.04) <= 1e-16 && shift[2] == 0.0);
        mvo_covariance_unref(made);
    }
    static const double certain[2] = { 0.0, 1.0 }; /* no uncertainty: the mean alone moves */
    assert_int_equal(mvo_covariance_new_events(&made, shift, NULL, dense, 2, certain, losses, N + 1, NULL), MVO_OK);
    near_to(sigma, N, 0.0);
    assert_true(shift[0] == 0.0 && shift[1] == -1.0);
    mvo_covariance_unref(made);
}

/* ------------------------------------------------------------------------------------------ networks */

/* A chain: 0 owes 1 ten and has 4; 1 owes 2 eight and has 3; 2 owes nobody. 0 pays 4, 1 has 7 and pays 7. With
   recoveries of a half: 0 pays 2, 1 pays (3 + 2) / 2. */
static void a_chain_clears(void **state)
{
    (void)state;
    static const double owed[9] = { 0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 8.0, 0.0 }, assets[3] = { 4.0, 3.0, 1.0 };
    double payments[3], equity[3];
    int32_t wave[3];
    assert_int_equal(mvo_clearing_payments(payments, equity, wave, NULL, 3, owed, 3, NULL, assets, 1.0, 1.0, NULL),
                     MVO_OK);
    assert_true(payments[0] == 4.0 && payments[1] == 7.0 && payments[2] == 0.0);
    assert_true(equity[0] == 0.0 && equity[1] == 0.0 && equity[2] == 8.0);
    assert_true(wave[0] == 1 && wave[1] == 2 && wave[2] == 0);
    assert_int_equal(mvo_clearing_payments(payments, NULL, NULL, NULL, 3, owed, 3, NULL, assets, 0.5, 0.5, NULL),
                     MVO_OK);
    assert_true(payments[0] == 2.0 && payments[1] == 2.5);
    /* A ring of debts with no assets clears in full: the greatest payments, not the least. */
    static const double ring[4] = { 0.0, 1.0, 1.0, 0.0 }, none[2] = { 0.0, 0.0 };
    assert_int_equal(mvo_clearing_payments(payments, NULL, wave, NULL, 2, ring, 2, NULL, none, 1.0, 1.0, NULL), MVO_OK);
    assert_true(payments[0] == 1.0 && payments[1] == 1.0 && wave[0] == 0);
    static const double alone[1] = { 0.0 }, more[1] = { 2.0 }, little[1] = { 1.5 };
    assert_int_equal(mvo_clearing_payments(payments, equity, wave, NULL, 1, alone, 1, more, little, 1.0, 1.0, NULL),
                     MVO_OK);
    assert_true(payments[0] == 1.5 && equity[0] == 0.0 && wave[0] == 1);
}

/* On random networks the payments are a fixed point, and no iteration from above ends higher. */
static void payments_are_the_greatest_fixed_point(void **state)
{
    (void)state;
    enum { NODES = 12 };
    random_stream stream = { 9 };
    double L[NODES * NODES], assets[NODES], outside[NODES], paid[NODES], next[NODES], total[NODES], exact[NODES];
    for (int round = 0; round < 60; round++) {
        const double alpha = round % 3 ? random_uniform(&stream) : 1.0, beta = round % 3 ? random_uniform(&stream) : 1.0;
        for (size_t i = 0; i < NODES; i++) {
            assets[i] = 2.0 * random_uniform(&stream);
            outside[i] = 3.0 * random_uniform(&stream);
            total[i] = outside[i];
            for (size_t j = 0; j < NODES; j++) {
                L[i + j * NODES] = i != j && random_below(&stream, 3) == 0 ? 2.0 * random_uniform(&stream) : 0.0;
                total[i] += L[i + j * NODES];
            }
        }
        memcpy(paid, total, sizeof paid);
        for (int k = 0; k < 3000; k++) {
            for (size_t i = 0; i < NODES; i++) {
                double in = 0.0;
                for (size_t j = 0; j < NODES; j++)
                    in += L[j + i * NODES] / total[j] * paid[j];
                next[i] = assets[i] + in >= total[i] * (1.0 - 1e-13) ? total[i] : alpha * assets[i] + beta * in;
            }
            memcpy(paid, next, sizeof paid);
        }
        assert_int_equal(
            mvo_clearing_payments(exact, NULL, NULL, NULL, NODES, L, NODES, outside, assets, alpha, beta, NULL), MVO_OK);
        for (size_t i = 0; i < NODES; i++)
            assert_true(fabs(exact[i] - paid[i]) <= 1e-9);
    }
}

/* Node 0 owes node 1 one half of its equity of 2; node 1 owes node 2 three times its equity. Half of asset 0 stands at
   node 1, a quarter at node 2; asset 1 stands at node 0 alone, a tenth of it. */
static void a_failure_reaches_the_holdings(void **state)
{
    (void)state;
    static const double owed[9] = { 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 3.0, 0.0 }, equity[3] = { 1.0, 2.0, 1.0 };
    static const double dependence[6] = { 0.0, 0.1, 0.5, 0.0, 0.25, 0.0 };
    double losses[2], distress[3], rank = -1.0;
    assert_int_equal(mvo_failure_losses(losses, distress, NULL, 3, owed, 3, equity, 0, 2, dependence, 2, NULL), MVO_OK);
    assert_true(distress[0] == 1.0 && distress[1] == 0.5 && distress[2] == 0.5);
    assert_true(losses[0] == 0.375 && losses[1] == 0.1);
    static const double shock[3] = { 1.0, 0.0, 0.0 };
    assert_int_equal(mvo_debt_rank(&rank, distress, NULL, 3, owed, 3, equity, NULL, shock, NULL), MVO_OK);
    assert_true(fabs(rank - (0.5 * 2.0 + 0.5 * 1.0) / 4.0) <= 1e-16);
}

/* ------------------------------------------------------------------------------------------ refusals */

static double untouched[N];

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("got %s of %s[%d, %d] (%s); expected %s of %s[%d, %d]", mvo_status_name(got), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_ptr_equal(made, (mvo_covariance *)(void *)&mark);
    for (size_t i = 0; i < N; i++)
        assert_true(untouched[i] == 5.0);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void begin(void)
{
    error = (mvo_error)MVO_ERROR_INIT;
    made = (mvo_covariance *)(void *)&mark;
    for (size_t i = 0; i < N; i++)
        untouched[i] = 5.0;
}

static void bad_derivations_and_sums(void **state)
{
    (void)state;
    double E[N * N] = { 0.0 }, own[N] = { 0.0 }, scales[2] = { 1.0, -1.0 };
    const mvo_covariance *terms[2] = { dense, NULL };
    mvo_covariance *small = NULL;
    begin();
    expect(mvo_covariance_new_derived(NULL, NULL, dense, N, E, N, own, &error), MVO_ERROR_NULL, "derived", -1, -1);
    expect(mvo_covariance_new_derived(&made, NULL, NULL, N, E, N, own, &error), MVO_ERROR_NULL, "given", -1, -1);
    expect(mvo_covariance_new_derived(&made, NULL, dense, N, NULL, N, own, &error), MVO_ERROR_NULL, "holdings", -1, -1);
    expect(mvo_covariance_new_derived(&made, NULL, dense, 0, E, N, own, &error), MVO_ERROR_ARGUMENT, "m", -1, -1);
    expect(mvo_covariance_new_derived(&made, NULL, dense, N, E, N - 1, own, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    own[2] = -1.0;
    expect(mvo_covariance_new_derived(&made, NULL, dense, N, E, N, own, &error), MVO_ERROR_ARGUMENT, "own_variance", 2,
           -1);
    own[2] = NAN;
    expect(mvo_covariance_new_derived(&made, NULL, dense, N, E, N, own, &error), MVO_ERROR_NOT_FINITE, "own_variance",
           2, -1);
    E[2 + 3 * N] = INFINITY;
    expect(mvo_covariance_new_derived(&made, NULL, factored, N, E, N, NULL, &error), MVO_ERROR_NOT_FINITE, "holdings",
           2, 3);
    E[2 + 3 * N] = 1e200;
    expect(mvo_covariance_new_derived(&made, NULL, factored, N, E, N, NULL, &error), MVO_ERROR_NOT_FINITE, "covariance",
           2, -1);
    expect(mvo_covariance_new_derived(&made, NULL, dense, N, E, N, NULL, &error), MVO_ERROR_NOT_FINITE, "covariance", 2,
           -1);
    assert_int_equal(mvo_covariance_new_dense(&small, NULL, 2, (const double[4]){ 1.0, 0.0, 0.0, 1.0 }, 2, 0, NULL),
                     MVO_OK);
    expect(mvo_covariance_new_sum(NULL, NULL, 1, terms, NULL, &error), MVO_ERROR_NULL, "sum", -1, -1);
    expect(mvo_covariance_new_sum(&made, NULL, 0, terms, NULL, &error), MVO_ERROR_ARGUMENT, "count", -1, -1);
    expect(mvo_covariance_new_sum(&made, NULL, 2, NULL, NULL, &error), MVO_ERROR_NULL, "terms", -1, -1);
    expect(mvo_covariance_new_sum(&made, NULL, 2, terms, NULL, &error), MVO_ERROR_NULL, "terms", 1, -1);
    terms[1] = small;
    expect(mvo_covariance_new_sum(&made, NULL, 2, terms, NULL, &error), MVO_ERROR_MISMATCH, "terms", 1, -1);
    terms[1] = factored;
    expect(mvo_covariance_new_sum(&made, NULL, 2, terms, scales, &error), MVO_ERROR_ARGUMENT, "scales", 1, -1);
    scales[1] = NAN;
    expect(mvo_covariance_new_sum(&made, NULL, 2, terms, scales, &error), MVO_ERROR_NOT_FINITE, "scales", 1, -1);
    mvo_covariance_unref(small);
}

static void bad_events(void **state)
{
    (void)state;
    double p[2] = { 0.5, 0.5 }, losses[2 * N] = { 0.0 };
    begin();
    expect(mvo_covariance_new_events(NULL, untouched, NULL, dense, 2, p, losses, N, &error), MVO_ERROR_NULL,
           "with_events", -1, -1);
    expect(mvo_covariance_new_events(&made, untouched, NULL, NULL, 2, p, losses, N, &error), MVO_ERROR_NULL, "given", -1,
           -1);
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 0, p, losses, N, &error), MVO_ERROR_ARGUMENT,
           "count", -1, -1);
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 2, NULL, losses, N, &error), MVO_ERROR_NULL,
           "probability", -1, -1);
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 2, p, NULL, N, &error), MVO_ERROR_NULL, "losses",
           -1, -1);
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 2, p, losses, N - 1, &error), MVO_ERROR_ARGUMENT,
           "ld", -1, -1);
    p[1] = -0.1;
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 2, p, losses, N, &error), MVO_ERROR_ARGUMENT,
           "probability", 1, -1);
    p[1] = 1.1;
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 2, p, losses, N, &error), MVO_ERROR_ARGUMENT,
           "probability", 1, -1);
    p[1] = NAN;
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 2, p, losses, N, &error), MVO_ERROR_NOT_FINITE,
           "probability", 1, -1);
    p[1] = 0.5;
    losses[N + 2] = -INFINITY;
    expect(mvo_covariance_new_events(&made, untouched, NULL, dense, 2, p, losses, N, &error), MVO_ERROR_NOT_FINITE,
           "losses", 2, 1);
}

/* What both functions over a network refuse: `call` uses L, with 2 nodes. */
#define REFUSE_NETWORKS(call, call_null, call_none, call_short)                                                        \
    do {                                                                                                               \
        expect(call_null, MVO_ERROR_NULL, "liabilities", -1, -1);                                                      \
        expect(call_none, MVO_ERROR_ARGUMENT, "nodes", -1, -1);                                                        \
        expect(call_short, MVO_ERROR_ARGUMENT, "ld", -1, -1);                                                          \
        L[1] = -1.0;                                                                                                   \
        expect(call, MVO_ERROR_ARGUMENT, "liabilities", 1, 0);                                                         \
        L[1] = NAN;                                                                                                    \
        expect(call, MVO_ERROR_NOT_FINITE, "liabilities", 1, 0);                                                       \
        L[1] = 1.0;                                                                                                    \
        L[3] = 1.0;                                                                                                    \
        expect(call, MVO_ERROR_ARGUMENT, "liabilities", 1, 1);                                                         \
        L[3] = 0.0;                                                                                                    \
    } while (0)

static void bad_clearing(void **state)
{
    (void)state;
    double L[4] = { 0.0, 1.0, 1.0, 0.0 }, outside[2] = { 0.0 }, assets[2] = { 1.0, 1.0 };
    double *x = untouched;
    begin();
#define CLEAR(into, nodes, L, ld, assets, alpha, beta)                                                                 \
    mvo_clearing_payments(into, x, NULL, NULL, nodes, L, ld, outside, assets, alpha, beta, &error)
    REFUSE_NETWORKS(CLEAR(x, 2, L, 2, assets, 1.0, 1.0), CLEAR(x, 2, NULL, 2, assets, 1.0, 1.0),
                    CLEAR(x, 0, L, 2, assets, 1.0, 1.0), CLEAR(x, 2, L, 1, assets, 1.0, 1.0));
    expect(CLEAR(NULL, 2, L, 2, assets, 1.0, 1.0), MVO_ERROR_NULL, "payments", -1, -1);
    expect(CLEAR(x, 2, L, 2, NULL, 1.0, 1.0), MVO_ERROR_NULL, "assets", -1, -1);
    expect(CLEAR(x, 2, L, 2, assets, 1.5, 1.0), MVO_ERROR_ARGUMENT, "asset_recovery", -1, -1);
    expect(CLEAR(x, 2, L, 2, assets, 1.0, -0.5), MVO_ERROR_ARGUMENT, "claim_recovery", -1, -1);
    expect(CLEAR(x, 2, L, 2, assets, 1.0, NAN), MVO_ERROR_NOT_FINITE, "claim_recovery", -1, -1);
    outside[1] = -1.0;
    expect(CLEAR(x, 2, L, 2, assets, 1.0, 1.0), MVO_ERROR_ARGUMENT, "outside", 1, -1);
    outside[1] = 1e308;
    L[1] = 1e308;
    expect(CLEAR(x, 2, L, 2, assets, 1.0, 1.0), MVO_ERROR_NOT_FINITE, "liabilities", 1, -1);
    L[1] = 1.0;
    outside[1] = 0.0;
    assets[0] = -1.0;
    expect(CLEAR(x, 2, L, 2, assets, 1.0, 1.0), MVO_ERROR_ARGUMENT, "assets", 0, -1);
#undef CLEAR
}

static void bad_debt_rank(void **state)
{
    (void)state;
    double L[4] = { 0.0, 1.0, 1.0, 0.0 }, equity[2] = { 1.0, 1.0 }, value[2] = { 0.0, 0.0 }, shock[2] = { 0.0, 0.5 };
    double *x = untouched;
    begin();
#define RANK(into, nodes, L, ld, equity, value, shock)                                                                 \
    mvo_debt_rank(into, x, NULL, nodes, L, ld, equity, value, shock, &error)
    REFUSE_NETWORKS(RANK(x, 2, L, 2, equity, NULL, shock), RANK(x, 2, NULL, 2, equity, NULL, shock),
                    RANK(x, 0, L, 2, equity, NULL, shock), RANK(x, 2, L, 1, equity, NULL, shock));
    expect(RANK(NULL, 2, L, 2, equity, NULL, shock), MVO_ERROR_NULL, "debt_rank", -1, -1);
    expect(RANK(x, 2, L, 2, NULL, NULL, shock), MVO_ERROR_NULL, "equity", -1, -1);
    expect(RANK(x, 2, L, 2, equity, NULL, NULL), MVO_ERROR_NULL, "shock", -1, -1);
    expect(RANK(x, 2, L, 2, equity, value, shock), MVO_ERROR_ARGUMENT, "value", -1, -1);
    value[0] = -1.0;
    expect(RANK(x, 2, L, 2, equity, value, shock), MVO_ERROR_ARGUMENT, "value", 0, -1);
    shock[1] = 1.5;
    expect(RANK(x, 2, L, 2, equity, NULL, shock), MVO_ERROR_ARGUMENT, "shock", 1, -1);
    shock[1] = NAN;
    expect(RANK(x, 2, L, 2, equity, NULL, shock), MVO_ERROR_NOT_FINITE, "shock", 1, -1);
    equity[1] = 0.0;
    expect(RANK(x, 2, L, 2, equity, NULL, shock), MVO_ERROR_ARGUMENT, "equity", 1, -1);
#undef RANK
}

static void bad_failures(void **state)
{
    (void)state;
    double L[4] = { 0.0, 1.0, 1.0, 0.0 }, equity[2] = { 1.0, 1.0 }, share[6] = { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 };
    double *x = untouched;
    begin();
#define FAIL(into, nodes, L, ld, failed, n, dependence, ld_dependence)                                                 \
    mvo_failure_losses(into, x, NULL, nodes, L, ld, equity, failed, n, dependence, ld_dependence, &error)
    REFUSE_NETWORKS(FAIL(x, 2, L, 2, 0, 3, share, 3), FAIL(x, 2, NULL, 2, 0, 3, share, 3),
                    FAIL(x, 0, L, 2, 0, 3, share, 3), FAIL(x, 2, L, 1, 0, 3, share, 3));
    expect(FAIL(NULL, 2, L, 2, 0, 3, share, 3), MVO_ERROR_NULL, "losses", -1, -1);
    expect(FAIL(x, 2, L, 2, 2, 3, share, 3), MVO_ERROR_ARGUMENT, "failed", -1, -1);
    expect(FAIL(x, 2, L, 2, 0, 0, share, 3), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(FAIL(x, 2, L, 2, 0, 3, NULL, 3), MVO_ERROR_NULL, "dependence", -1, -1);
    expect(FAIL(x, 2, L, 2, 0, 3, share, 2), MVO_ERROR_ARGUMENT, "ld_dependence", -1, -1);
    share[4] = 0.6;
    expect(FAIL(x, 2, L, 2, 0, 3, share, 3), MVO_ERROR_ARGUMENT, "dependence", 1, -1);
    share[4] = -0.1;
    expect(FAIL(x, 2, L, 2, 0, 3, share, 3), MVO_ERROR_ARGUMENT, "dependence", 1, 1);
    share[4] = INFINITY;
    expect(FAIL(x, 2, L, 2, 0, 3, share, 3), MVO_ERROR_NOT_FINITE, "dependence", 1, 1);
#undef FAIL
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derived_assets),
        cmocka_unit_test(sums),
        cmocka_unit_test(events),
        cmocka_unit_test(a_chain_clears),
        cmocka_unit_test(payments_are_the_greatest_fixed_point),
        cmocka_unit_test(a_failure_reaches_the_holdings),
        cmocka_unit_test(bad_derivations_and_sums),
        cmocka_unit_test(bad_events),
        cmocka_unit_test(bad_clearing),
        cmocka_unit_test(bad_debt_rank),
        cmocka_unit_test(bad_failures),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
