/* SPDX-License-Identifier: MIT */
/* What the covariance estimators refuse, by name and with everything untouched, and what they make of riskless assets. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { T = 20, N = 5, CONSTANT = 3 };

static double returns[T * N];
static int mark;
static mvo_covariance *untouched;
static mvo_error error;

/* A table of returns as an estimator is asked about it. */
typedef struct ask {
    mvo_covariance **made;
    size_t periods, n, ld, ddof;
    const double *returns;
} ask;

static double number;
static size_t count;

static mvo_status whole(const ask *a)
{
    return mvo_covariance_new_complete_cases(a->made, &count, NULL, a->periods, a->n, a->returns, a->ld, a->ddof,
                                             &error);
}

static mvo_status pairwise(const ask *a)
{
    return mvo_covariance_new_pairwise(a->made, &number, NULL, a->periods, a->n, a->returns, a->ld, a->ddof,
                                       MVO_INDEFINITE_REFUSE, &error);
}

static mvo_status exponential(const ask *a)
{
    return mvo_covariance_new_exponential(a->made, NULL, a->periods, a->n, a->returns, a->ld, 5.0, 9.0,
                                          MVO_MEAN_ESTIMATED, &error);
}

static int32_t target;

static mvo_status shrunk(const ask *a)
{
    return mvo_covariance_new_shrunk(a->made, &number, NULL, a->periods, a->n, a->returns, a->ld, a->ddof, target,
                                     &error);
}

static int32_t method;

static mvo_status nonlinear(const ask *a)
{
    return mvo_covariance_new_nonlinear(a->made, NULL, a->periods, a->n, a->returns, a->ld, method, &error);
}

static mvo_status clipped(const ask *a)
{
    return mvo_covariance_new_clipped(a->made, &count, NULL, a->periods, a->n, a->returns, a->ld, a->ddof, &error);
}

static mvo_status gerber(const ask *a)
{
    return mvo_covariance_new_gerber(a->made, NULL, a->periods, a->n, a->returns, a->ld, a->ddof, 0.5, &error);
}

static mvo_status semicovariance(const ask *a)
{
    return mvo_covariance_new_semicovariance(a->made, NULL, a->periods, a->n, a->returns, a->ld, 0.0, &error);
}

typedef mvo_status estimator(const ask *a);
static estimator *const all[] = { whole, pairwise, exponential, shrunk, nonlinear, clipped, gerber, semicovariance };
enum { ALL = sizeof all / sizeof *all };

static ask begin(void)
{
    error = (mvo_error)MVO_ERROR_INIT;
    untouched = (mvo_covariance *)(void *)&mark;
    number = -7.0;
    count = 77;
    target = MVO_SHRINK_IDENTITY;
    method = MVO_NONLINEAR_QUADRATIC_INVERSE;
    for (size_t j = 0; j < N; j++)
        for (size_t t = 0; t < T; t++)
            returns[t + j * T] = 0.01 * (double)((7 * t + 3 * j + t * t * j) % 13) - 0.06;
    return (ask){ &untouched, T, N, T, 1, returns };
}

static void expect(mvo_status found, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (found != status || strcmp(error.argument, argument) || error.row != row || error.column != column)
        fail_msg("%s, %s [%d, %d]: %s; expected %s, %s [%d, %d]", mvo_status_name(found), error.argument,
                 (int)error.row, (int)error.column, error.message, mvo_status_name(status), argument, (int)row,
                 (int)column);
    assert_int_equal(error.status, status);
    assert_true(error.message[0] != '\0');
    assert_true(untouched == (mvo_covariance *)(void *)&mark && number == -7.0 && count == 77);
}

static void bad_shapes(void **state)
{
    (void)state;
    for (size_t e = 0; e < ALL; e++) {
        ask a = begin();
        a.made = NULL;
        expect(all[e](&a), MVO_ERROR_NULL, "covariance", -1, -1);
        a = begin();
        a.returns = NULL;
        expect(all[e](&a), MVO_ERROR_NULL, "returns", -1, -1);
        a = begin();
        a.n = 0;
        expect(all[e](&a), MVO_ERROR_ARGUMENT, "n", -1, -1);
        a = begin();
        a.periods = a.ddof = 0;
        expect(all[e](&a), MVO_ERROR_ARGUMENT, "periods", -1, -1);
        a = begin();
        a.ld = T - 1;
        expect(all[e](&a), MVO_ERROR_ARGUMENT, "ld", -1, -1);
        a = begin();
        a.ld = SIZE_MAX / 16;
        expect(all[e](&a), MVO_ERROR_ARGUMENT, "ld", -1, -1);
        if (all[e] == semicovariance)
            continue;
        a = begin();
        a.periods = a.ld = 1;
        expect(all[e](&a), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    }
}

static void not_finite(void **state)
{
    (void)state;
    static const double bad[] = { INFINITY, -INFINITY, NAN };
    for (size_t e = 0; e < ALL; e++)
        for (size_t k = 0; k < 3; k++) {
            if (k == 2 && e < 2)
                continue; /* for these two NaN is a missing return */
            ask a = begin();
            returns[7 + 2 * T] = bad[k];
            expect(all[e](&a), MVO_ERROR_NOT_FINITE, "returns", 7, 2);
        }
}

static void overflow(void **state)
{
    (void)state;
    for (size_t e = 0; e < ALL; e++) {
        ask a = begin();
        for (size_t t = 0; t < T; t++)
            returns[t + 2 * T] *= 1e160;
        const mvo_status status = all[e](&a);
        if (status == MVO_OK)
            fail_msg("estimator %zu: a variance overflows, and nothing is said", e);
        expect(status, MVO_ERROR_NOT_FINITE, "returns", error.row, 2);
    }
}

static void arguments_of_their_own(void **state)
{
    (void)state;
    ask a = begin();
    for (int32_t k = -1; k <= 7; k += 8) {
        a = begin();
        target = k;
        expect(shrunk(&a), MVO_ERROR_ARGUMENT, "target", -1, -1);
    }
    for (int32_t k = -1; k <= 4; k += 5) {
        a = begin();
        method = k;
        expect(nonlinear(&a), MVO_ERROR_ARGUMENT, "method", -1, -1);
    }
    a = begin();
    method = MVO_NONLINEAR_ANALYTICAL;
    a.periods = 12;
    expect(nonlinear(&a), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    a = begin();
    method = MVO_NONLINEAR_LINEAR_INVERSE;
    a.periods = N;
    expect(nonlinear(&a), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    a = begin();
    for (int32_t k = -1; k <= 2; k += 3)
        expect(mvo_covariance_new_pairwise(&untouched, &number, NULL, T, N, returns, T, 1, k, &error),
               MVO_ERROR_ARGUMENT, "repair", -1, -1);
    static const double thresholds[] = { 0.0, -1.0, 1.5, INFINITY, NAN };
    for (size_t k = 0; k < 5; k++)
        expect(mvo_covariance_new_gerber(&untouched, NULL, T, N, returns, T, 1, thresholds[k], &error),
               k < 4 ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE, "threshold", -1, -1);
    static const double benchmarks[] = { INFINITY, -INFINITY, NAN };
    for (size_t k = 0; k < 3; k++)
        expect(mvo_covariance_new_semicovariance(&untouched, NULL, T, N, returns, T, benchmarks[k], &error),
               MVO_ERROR_NOT_FINITE, "benchmark", -1, -1);
    static const double lives[] = { 0.0, 0.09, -1.0, NAN };
    for (size_t k = 0; k < 4; k++) {
        const mvo_status status = k < 3 ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE;
        expect(mvo_covariance_new_exponential(&untouched, NULL, T, N, returns, T, lives[k], 1.0, 0, &error), status,
               "volatility_half_life", -1, -1);
        expect(mvo_covariance_new_exponential(&untouched, NULL, T, N, returns, T, 1.0, lives[k], 0, &error), status,
               "correlation_half_life", -1, -1);
    }
    for (int32_t k = -1; k <= 3; k += 4)
        expect(mvo_covariance_new_exponential(&untouched, NULL, T, N, returns, T, 1.0, 1.0, k, &error),
               MVO_ERROR_ARGUMENT, "mean", -1, -1);
    /* Without an mvo_error the status alone is told. */
    assert_int_equal(mvo_covariance_new_exponential(&untouched, NULL, T, N, returns, T, 1.0, 1.0, 9, NULL),
                     MVO_ERROR_ARGUMENT);
}

static void too_many_gaps(void **state)
{
    (void)state;
    ask a = begin();
    for (size_t t = 1; t < T; t++)
        returns[t + (t % 2 ? (size_t)1 : (size_t)4) * T] = NAN;
    expect(whole(&a), MVO_ERROR_ARGUMENT, "returns", -1, -1);
    assert_true(error.value == 1.0);
    expect(pairwise(&a), MVO_ERROR_ARGUMENT, "returns", 4, 1);
    assert_true(error.value == 1.0);
    a = begin();
    for (size_t t = 0; t < T; t++)
        returns[t + 2 * T] = NAN;
    a.ddof = 0;
    expect(whole(&a), MVO_ERROR_ARGUMENT, "returns", -1, -1);
    expect(pairwise(&a), MVO_ERROR_ARGUMENT, "returns", 2, 0);
}

static double read_out[N * N];

static void take(mvo_status status)
{
    if (status != MVO_OK)
        fail_msg("%s", error.message);
    assert_int_equal(mvo_covariance_matrix(read_out, N, untouched, NULL), MVO_OK);
    mvo_covariance_unref(untouched);
}

/* An asset whose returns do not move. */
static ask begin_constant(void)
{
    const ask a = begin();
    for (size_t t = 0; t < T; t++)
        returns[t + CONSTANT * T] = 0.1; /* no sum of these is exact */
    return a;
}

static void assert_riskless(void)
{
    for (size_t i = 0; i < N; i++)
        assert_true(read_out[i + CONSTANT * N] == 0.0 && read_out[CONSTANT + i * N] == 0.0);
    assert_true(read_out[0] > 0.0);
}

static void riskless_assets_stay_riskless(void **state)
{
    (void)state;
    static estimator *const keeping[] = { whole, pairwise, exponential, gerber };
    for (size_t e = 0; e < 4; e++) {
        const ask a = begin_constant();
        take(keeping[e](&a));
        assert_riskless();
    }
    for (size_t past = 0; past < 2; past++) {
        (void)begin_constant();
        take(mvo_covariance_new_exponential(&untouched, NULL, T, N, returns, T, 5.0, past ? 5.0 : 9.0, MVO_MEAN_PAST,
                                            &error));
        assert_riskless();
    }
    static const int32_t targets[] = { MVO_SHRINK_DIAGONAL, MVO_SHRINK_SINGLE_FACTOR };
    for (size_t k = 0; k < 2; k++) {
        const ask a = begin_constant();
        target = targets[k];
        take(shrunk(&a));
        for (size_t i = 0; i < N; i++)
            assert_true(fabs(read_out[i + CONSTANT * N]) <= 1e-20);
    }
}

static void targets_of_mean_variance_give_risk(void **state)
{
    (void)state;
    static const int32_t targets[] = { MVO_SHRINK_IDENTITY, MVO_SHRINK_TWO_PARAMETERS, MVO_SHRINK_ORACLE,
                                       MVO_SHRINK_ORACLE_LARGE };
    for (size_t k = 0; k < 4; k++) {
        const ask a = begin_constant();
        target = targets[k];
        take(shrunk(&a));
        assert_true(read_out[CONSTANT * (N + 1)] > 0.0);
    }
}

static void constant_columns_refused(void **state)
{
    (void)state;
    ask a = begin_constant();
    target = MVO_SHRINK_CONSTANT_CORRELATION;
    expect(shrunk(&a), MVO_ERROR_ARGUMENT, "returns", -1, CONSTANT);
    for (method = 0; method <= MVO_NONLINEAR_GEOMETRIC_INVERSE; method++)
        expect(nonlinear(&a), MVO_ERROR_ARGUMENT, "returns", -1, CONSTANT);
    expect(clipped(&a), MVO_ERROR_ARGUMENT, "returns", -1, CONSTANT);
    /* Two assets that cancel have no factor in common. */
    a = begin();
    for (size_t t = 0; t < T; t++)
        returns[t + T] = -returns[t];
    a.n = 2;
    target = MVO_SHRINK_SINGLE_FACTOR;
    expect(shrunk(&a), MVO_ERROR_ARGUMENT, "returns", -1, -1);
}

/* All returns zero: there is nothing to shrink, and the covariance is zero. */
static void nothing_moves(void **state)
{
    (void)state;
    ask a = begin();
    memset(returns, 0, sizeof returns);
    take(shrunk(&a));
    assert_true(number == 0.0);
    for (size_t i = 0; i < N * N; i++)
        assert_true(read_out[i] == 0.0);
    (void)begin();
    a.periods = a.ld = 1; /* one period, divided by T */
    a.ddof = 0;
    take(shrunk(&a));
    assert_true(read_out[0] == 0.0);
}

/* A move so long ago that the volatilities' half-life has not forgotten it, and the correlations' has. */
static void out_of_reach(void **state)
{
    (void)state;
    double x[2000];
    (void)begin();
    memset(x, 0, sizeof x);
    x[0] = 1.0;
    expect(mvo_covariance_new_exponential(&untouched, NULL, 2000, 1, x, 2000, 500.0, 0.5, MVO_MEAN_ZERO, &error),
           MVO_ERROR_ARGUMENT, "correlation_half_life", -1, 0);
    assert_int_equal(
        mvo_covariance_new_exponential(&untouched, NULL, 2000, 1, x, 2000, 0.5, 500.0, MVO_MEAN_ZERO, &error), MVO_OK);
    double volatility = 1.0;
    assert_int_equal(mvo_covariance_volatilities(&volatility, untouched, NULL), MVO_OK);
    assert_true(volatility == 0.0);
    mvo_covariance_unref(untouched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_shapes),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(overflow),
        cmocka_unit_test(arguments_of_their_own),
        cmocka_unit_test(too_many_gaps),
        cmocka_unit_test(riskless_assets_stay_riskless),
        cmocka_unit_test(targets_of_mean_variance_give_risk),
        cmocka_unit_test(constant_columns_refused),
        cmocka_unit_test(nothing_moves),
        cmocka_unit_test(out_of_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
