/* SPDX-License-Identifier: MIT */
/*
 * Clearing payments and DebtRank against other implementations.
 *
 * Clearing: the example of default_clearing in the R package systemicrisk (Gandy & Veraart; the printed output of the
 * reference page on rdrr.io, 7 digits). Banks with cyclical debts, without and with recovery rates of 0.5 and 0.7.
 * DebtRank: the example of debt_rank and debt_rank_shock in the R package NetworkRiskMeasures (Cinelli & Silva; the
 * printed output of its README of January 2016, 8 digits), the single-hit version of Battiston et al. (2012). Both were
 * recomputed independently.
 */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = 3 };

static void near_to(const double *found, const double *expected, double tolerance)
{
    for (size_t i = 0; i < N; i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance))
            fail_msg("element %zu: %.9g, expected %.9g", i, found[i], expected[i]);
}

static const double assets[N] = { 0.5, 0.625, 0.75 }, outside[N] = { 1.5, 0.5, 0.5 };
static const double mutual[N * N] = { 0.0, 0.5, 0.5, 0.5, 0.0, 0.5, 0.5, 0.5, 0.0 };

static void clearing_without_costs(void **state)
{
    (void)state;
    static const double expected[N] = { 1.473214, 1.419643, 1.5 };
    double payments[N], equity[N];
    int32_t wave[N];
    assert_int_equal(
        mvo_clearing_payments(payments, equity, wave, NULL, N, mutual, N, outside, assets, 1.0, 1.0, NULL), MVO_OK);
    near_to(payments, expected, 5e-7);
    assert_true(wave[0] == 1 && wave[1] == 2 && wave[2] == 0);
    assert_true(equity[0] == 0.0 && equity[1] == 0.0 && equity[2] > 0.0);
}

static void clearing_with_recovery_rates(void **state)
{
    (void)state;
    static const double expected[N] = { 0.5020200, 0.5147049, 0.5653806 };
    double payments[N];
    int32_t wave[N];
    assert_int_equal(mvo_clearing_payments(payments, NULL, wave, NULL, N, mutual, N, outside, assets, 0.5, 0.7, NULL),
                     MVO_OK);
    near_to(payments, expected, 5e-8);
    assert_true(wave[0] && wave[1] && wave[2]);
}

/* Column j: what each node owes node j. The package holds assets: its matrix is the transpose. */
static const double owed[N * N] = { 0.0, 1.0, 0.0, 10.0, 0.0, 3.0, 3.0, 2.0, 0.0 };
static const double buffer[N] = { 2.0, 5.0, 2.0 }, weight[N] = { 10.0, 100.0, 30.0 };

static void debt_rank_of_each_default(void **state)
{
    (void)state;
    static const double expected[N] = { 0.9285714, 0.2500000, 0.6642857 };
    double found[N];
    for (size_t i = 0; i < N; i++) {
        double shock[N] = { 0.0 };
        shock[i] = 1.0;
        assert_int_equal(mvo_debt_rank(&found[i], NULL, NULL, N, owed, N, buffer, weight, shock, NULL), MVO_OK);
    }
    near_to(found, expected, 5e-8);
}

static void debt_rank_of_a_shock_to_all(void **state)
{
    (void)state;
    static const double shock[N] = { 0.1, 0.1, 0.1 };
    double distress[N], rank = -1.0;
    assert_int_equal(mvo_debt_rank(&rank, distress, NULL, N, owed, N, buffer, weight, shock, NULL), MVO_OK);
    assert_true(fabs(rank - 0.1607) <= 5e-5); /* "16.07%" */
    static const double expected[N] = { 0.15, 0.26, 0.30 };
    near_to(distress, expected, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clearing_without_costs),
        cmocka_unit_test(clearing_with_recovery_rates),
        cmocka_unit_test(debt_rank_of_each_default),
        cmocka_unit_test(debt_rank_of_a_shock_to_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
