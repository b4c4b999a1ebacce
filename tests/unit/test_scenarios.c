/* SPDX-License-Identifier: MIT */
/* The scenario handle: copies, borrowed tables, the bootstrap's draws, and every refusal. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { T = 5, N = 2, LD = 7, MANY = 20000 };

/* Asset 1 is 100 more than asset 0; the rows below the table would show if they were read. */
static const double table[LD * N] = { 0, 1, 2, 3, 4, NAN, NAN, 100, 101, 102, 103, 104, NAN, NAN };

static mvo_error error;

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row, int64_t column)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || error.column != column)
        fail_msg("%s of %s[%d, %d] (%s)", mvo_status_name(got), error.argument, (int)error.row, (int)error.column,
                 error.message);
    error = (mvo_error)MVO_ERROR_INIT;
}

static void a_table_is_copied_or_borrowed(void **state)
{
    (void)state;
    static const double p[T] = { 0.1, 0.2, 0.3, 0.4, 0.0 }, w[N] = { 2.0, -1.0 };
    double changing[LD * N], read[T * N], means[N], portfolio[T], probabilities[T];
    for (int borrow = 0; borrow <= 1; borrow++)
        for (int32_t check = MVO_CHECK_ALL; check <= MVO_CHECK_NONE; check++) {
            mvo_scenarios *s = NULL;
            memcpy(changing, table, sizeof table);
            assert_int_equal(
                mvo_scenarios_new(&s, NULL, T, N, changing, LD, p, check | (borrow ? MVO_BORROW : 0), &error), MVO_OK);
            changing[0] = 50.0;
            assert_int_equal(mvo_scenarios_count(s), T);
            assert_int_equal(mvo_scenarios_size(s), N);
            assert_int_equal(mvo_scenarios_returns(read, T, probabilities, s, NULL), MVO_OK);
            assert_true(read[0] == (borrow ? 50.0 : 0.0) && read[T + 4] == 104.0);
            assert_memory_equal(probabilities, p, sizeof p);
            changing[0] = 0.0;
            assert_int_equal(mvo_scenarios_mean(means, s, NULL), MVO_OK);
            assert_true(fabs(means[0] - 2.0) < 1e-14 && fabs(means[1] - 102.0) < 1e-12);
            assert_int_equal(mvo_scenarios_portfolio(portfolio, s, w, NULL), MVO_OK);
            for (size_t t = 0; t < T; t++)
                assert_true(portfolio[t] == 2.0 * table[t] - table[LD + t]);
            assert_ptr_equal(mvo_scenarios_ref(s), s);
            mvo_scenarios_unref(s);
            mvo_scenarios_unref(s);
        }
    assert_int_equal(mvo_scenarios_count(NULL), 0);
    assert_int_equal(mvo_scenarios_size(NULL), 0);
    assert_null(mvo_scenarios_ref(NULL));
    mvo_scenarios_unref(NULL);
}

static void draw(double *drawn, int32_t kind, size_t block, int64_t seed)
{
    static double both[MANY * N];
    mvo_scenarios *s = NULL;
    assert_int_equal(mvo_scenarios_new_bootstrap(&s, NULL, MANY, T, N, table, LD, kind, block, seed, NULL), MVO_OK);
    assert_int_equal(mvo_scenarios_returns(both, MANY, NULL, s, NULL), MVO_OK);
    for (size_t i = 0; i < MANY; i++) {
        assert_true(both[MANY + i] == both[i] + 100.0); /* rows are drawn whole */
        drawn[i] = both[i];
    }
    mvo_scenarios_unref(s);
}

/* How often each period was drawn, within five standard deviations of `expected`. */
static void drawn_evenly(const double *drawn, const double *expected, double correlation)
{
    for (size_t t = 0; t < T; t++) {
        double share = 0.0;
        for (size_t i = 0; i < MANY; i++)
            share += (drawn[i] == (double)t) / (double)MANY;
        assert_true(fabs(share - expected[t]) < 5.0 * correlation * sqrt(0.25 / MANY));
    }
}

static void single_periods(void **state)
{
    (void)state;
    static double a[MANY], b[MANY];
    static const double even[T] = { 0.2, 0.2, 0.2, 0.2, 0.2 };
    draw(a, MVO_BOOTSTRAP_IID, 0, 42);
    draw(b, MVO_BOOTSTRAP_IID, 0, 42);
    assert_memory_equal(a, b, sizeof a);
    draw(b, MVO_BOOTSTRAP_IID, 0, 43);
    assert_memory_not_equal(a, b, sizeof a);
    drawn_evenly(a, even, 1.0);
    size_t follows = 0;
    for (size_t i = 1; i < MANY; i++)
        follows += a[i] == a[i - 1] + 1.0;
    assert_in_range(follows, MANY * 4 / 25 - 300, MANY * 4 / 25 + 300); /* 4 of 25 pairs */
}

/* Blocks of 3 begin at 0, 1 or 2; period 2 belongs to each of them. */
static void moving_blocks(void **state)
{
    (void)state;
    static double a[MANY];
    static const double shares[T] = { 1.0 / 9, 2.0 / 9, 3.0 / 9, 2.0 / 9, 1.0 / 9 };
    draw(a, MVO_BOOTSTRAP_MOVING, 3, 7);
    for (size_t i = 0; i < MANY; i++)
        if (i % 3)
            assert_true(a[i] == a[i - 1] + 1.0);
        else
            assert_true(a[i] <= 2.0);
    drawn_evenly(a, shares, 2.0);
    draw(a, MVO_BOOTSTRAP_MOVING, T, 7);
    assert_true(a[0] == 0.0 && a[T] == 0.0 && a[T + 4] == 4.0);
}

/* A block goes on with probability 3/4, over the end to the beginning; a new one does so by chance, 1/4 of 1/5. */
static void stationary_blocks(void **state)
{
    (void)state;
    static double a[MANY];
    static const double even[T] = { 0.2, 0.2, 0.2, 0.2, 0.2 };
    draw(a, MVO_BOOTSTRAP_STATIONARY, 4, -1);
    drawn_evenly(a, even, 3.0);
    size_t follows = 0;
    for (size_t i = 1; i < MANY; i++)
        follows += a[i] == (a[i - 1] == 4.0 ? 0.0 : a[i - 1] + 1.0);
    assert_in_range(follows, MANY * 8 / 10 - 300, MANY * 8 / 10 + 300);
    draw(a, MVO_BOOTSTRAP_STATIONARY, 1, -1);
    drawn_evenly(a, even, 1.0);
}

static void bad_arguments(void **state)
{
    (void)state;
    error = (mvo_error)MVO_ERROR_INIT;
    char mark;
    mvo_scenarios *const untouched = (mvo_scenarios *)(void *)&mark, *s = untouched, **out = &s;
    double bad[T * N], p[T] = { 0.2, 0.2, 0.2, 0.2, 0.2 };
    expect(mvo_scenarios_new(NULL, NULL, T, N, table, LD, NULL, 0, &error), MVO_ERROR_NULL, "scenarios", -1, -1);
    expect(mvo_scenarios_new(out, NULL, 0, N, table, LD, NULL, 0, &error), MVO_ERROR_ARGUMENT, "count", -1, -1);
    expect(mvo_scenarios_new(out, NULL, T, 0, table, LD, NULL, 0, &error), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(mvo_scenarios_new(out, NULL, T, N, NULL, LD, NULL, 0, &error), MVO_ERROR_NULL, "returns", -1, -1);
    expect(mvo_scenarios_new(out, NULL, T, N, table, T - 1, NULL, 0, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_scenarios_new(out, NULL, T, N, table, SIZE_MAX / 8, NULL, 0, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_scenarios_new(out, NULL, T, N, table, LD, NULL, 3, &error), MVO_ERROR_ARGUMENT, "flags", -1, -1);
    for (size_t i = 0; i < T * N; i++)
        bad[i] = i == 8 ? -INFINITY : 0.0;
    expect(mvo_scenarios_new(out, NULL, T, N, bad, T, NULL, 1, &error), MVO_ERROR_NOT_FINITE, "returns", 3, 1);
    p[2] = NAN;
    expect(mvo_scenarios_new(out, NULL, T, N, table, LD, p, 0, &error), MVO_ERROR_NOT_FINITE, "probabilities", 2, -1);
    p[2] = -0.2;
    expect(mvo_scenarios_new(out, NULL, T, N, table, LD, p, 0, &error), MVO_ERROR_ARGUMENT, "probabilities", 2, -1);
    p[2] = 0.3;
    expect(mvo_scenarios_new(out, NULL, T, N, table, LD, p, 0, &error), MVO_ERROR_ARGUMENT, "probabilities", -1, -1);

#define BOOTSTRAP(made, count, periods, n, from, ld, kind, block)                                                      \
    mvo_scenarios_new_bootstrap(made, NULL, count, periods, n, from, ld, kind, block, 1, &error)
    expect(BOOTSTRAP(NULL, 9, T, N, table, LD, 0, 1), MVO_ERROR_NULL, "scenarios", -1, -1);
    expect(BOOTSTRAP(out, 0, T, N, table, LD, 0, 1), MVO_ERROR_ARGUMENT, "count", -1, -1);
    expect(BOOTSTRAP(out, 9, 0, N, table, LD, 0, 1), MVO_ERROR_ARGUMENT, "periods", -1, -1);
    expect(BOOTSTRAP(out, 9, T, 0, table, LD, 0, 1), MVO_ERROR_ARGUMENT, "n", -1, -1);
    expect(BOOTSTRAP(out, 9, T, N, NULL, LD, 0, 1), MVO_ERROR_NULL, "returns", -1, -1);
    expect(BOOTSTRAP(out, 9, T, N, table, 4, 0, 1), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(BOOTSTRAP(out, 9, T, N, table, LD, 3, 1), MVO_ERROR_ARGUMENT, "kind", -1, -1);
    expect(BOOTSTRAP(out, 9, T, N, table, LD, -1, 1), MVO_ERROR_ARGUMENT, "kind", -1, -1);
    expect(BOOTSTRAP(out, 9, T, N, table, LD, 1, 0), MVO_ERROR_ARGUMENT, "block", -1, -1);
    expect(BOOTSTRAP(out, 9, T, N, table, LD, 2, T + 1), MVO_ERROR_ARGUMENT, "block", -1, -1);
    expect(BOOTSTRAP(out, 9, T, N, bad, T, 0, 1), MVO_ERROR_NOT_FINITE, "returns", 3, 1);
    assert_ptr_equal(s, untouched);

    assert_int_equal(mvo_scenarios_new(&s, NULL, T, N, table, LD, NULL, 0, &error), MVO_OK);
    double five[T] = { 7, 7, 7, 7, 7 }, w[N] = { 1.0, NAN };
    expect(mvo_scenarios_returns(bad, T, NULL, NULL, &error), MVO_ERROR_NULL, "scenarios", -1, -1);
    expect(mvo_scenarios_returns(bad, T - 1, NULL, s, &error), MVO_ERROR_ARGUMENT, "ld", -1, -1);
    expect(mvo_scenarios_mean(NULL, s, &error), MVO_ERROR_NULL, "mean", -1, -1);
    expect(mvo_scenarios_mean(w, NULL, &error), MVO_ERROR_NULL, "scenarios", -1, -1);
    expect(mvo_scenarios_portfolio(NULL, s, w, &error), MVO_ERROR_NULL, "returns", -1, -1);
    expect(mvo_scenarios_portfolio(five, NULL, w, &error), MVO_ERROR_NULL, "scenarios", -1, -1);
    expect(mvo_scenarios_portfolio(five, s, NULL, &error), MVO_ERROR_NULL, "weights", -1, -1);
    expect(mvo_scenarios_portfolio(five, s, w, &error), MVO_ERROR_NOT_FINITE, "weights", 1, -1);
    assert_true(five[0] == 7.0);
    mvo_scenarios_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_copied_or_borrowed),
        cmocka_unit_test(single_periods),
        cmocka_unit_test(moving_blocks),
        cmocka_unit_test(stationary_blocks),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
