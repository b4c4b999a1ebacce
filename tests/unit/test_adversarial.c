/* SPDX-License-Identifier: MIT */
/*
 * Shocks of adversaries by name, and scenarios joined with them: figures by hand, what is refused, and one table of
 * shocks that serves CVaR, rows of liquidation, a covariance with events and the worst of several covariances.
 */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void near_to(double found, double expected)
{
    if (!(fabs(found - expected) < 1e-15))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* A price read half as high again. The first asset is marked at it, the second is short of it; of the third a quarter
   is lent against it: 0.8 * 1.5 = 1.2 is owed for each 1 of collateral, so that a sixth of what is lent is lost. */
static void oracle(void **state)
{
    (void)state;
    const double marked[4] = { 1.0, -1.0, 0.0, 0.0 }, lent[4] = { 0.0, 0.0, 0.25, 0.0 };
    double shock[4] = { 9, 9, 9, 9 };
    assert_int_equal(mvo_shock_oracle(shock, 4, marked, lent, 0.5, 0.8, NULL), MVO_OK);
    near_to(shock[0], 0.5);
    near_to(shock[1], -0.5);
    near_to(shock[2], -0.25 / 6.0);
    near_to(shock[3], 0.0);
    assert_int_equal(mvo_shock_oracle(shock, 4, NULL, lent, 0.2, 0.8, NULL), MVO_OK); /* owed less than its worth */
    near_to(shock[2], 0.0);
    assert_int_equal(mvo_shock_oracle(shock, 4, marked, NULL, 3.0, 0.8, NULL), MVO_OK);
    near_to(shock[0], 3.0);
    near_to(shock[1], -1.0); /* no further than to nothing */
}

static void bridge(void **state)
{
    (void)state;
    const double bridged[3] = { 1.0, 0.5, 0.0 };
    double shock[3];
    assert_int_equal(mvo_shock_bridge(shock, 3, bridged, 0.6, NULL), MVO_OK);
    near_to(shock[0], -0.6);
    near_to(shock[1], -0.3);
    near_to(shock[2], 0.0);
}

/* At 0.81 a coin held loses 0.19; a pool of it and a good one, half and half, keeps the root, 0.9, of its value; who
   owes the coin gains. */
static void peg(void **state)
{
    (void)state;
    const double held[4] = { 1.0, 0.0, -0.5, 0.0 }, pooled[4] = { 0.0, 0.5, 0.0, 0.0 };
    double shock[4];
    assert_int_equal(mvo_shock_peg(shock, 4, held, pooled, 0.81, NULL), MVO_OK);
    near_to(shock[0], 0.81 - 1.0);
    near_to(shock[1], 0.9 - 1.0);
    near_to(shock[2], 0.095);
    near_to(shock[3], 0.0);
    assert_int_equal(mvo_shock_peg(shock, 4, NULL, pooled, 0.0, NULL), MVO_OK); /* worthless: so is the pool */
    near_to(shock[1], -1.0);
    near_to(shock[3], 0.0);
}

/* All of the first asset is staked, 5 % of stakes are slashed, and everything on the chain loses a fifth. */
static void validators(void **state)
{
    (void)state;
    const double staked[3] = { 1.0, 0.0, 0.0 }, chain[3] = { 1.0, 1.0, 0.0 };
    double shock[3];
    assert_int_equal(mvo_shock_validators(shock, 3, staked, 0.05, chain, -0.2, NULL), MVO_OK);
    near_to(shock[0], 0.8 * 0.95 - 1.0);
    near_to(shock[1], 0.8 - 1.0);
    near_to(shock[2], 0.0);
}

static void bad_numbers(void **state)
{
    (void)state;
    const double good[2] = { 0.5, 1.0 }, more[2] = { 0.5, 1.5 }, less[2] = { -0.5, 1.0 }, not_finite[2] = { NAN, 1.0 };
    double shock[2] = { 7.0, 8.0 };
    mvo_error error = MVO_ERROR_INIT;
#define REFUSED(call, status, name)                                                                                    \
    assert_int_equal((call), (status));                                                                                \
    assert_string_equal(error.argument, (name));                                                                       \
    assert_true(shock[0] == 7.0 && shock[1] == 8.0)
    REFUSED(mvo_shock_oracle(NULL, 2, good, good, 0.1, 0.5, &error), MVO_ERROR_NULL, "shock");
    REFUSED(mvo_shock_oracle(shock, 2, more, good, 0.1, 0.5, &error), MVO_ERROR_ARGUMENT, "marked");
    REFUSED(mvo_shock_oracle(shock, 2, not_finite, good, 0.1, 0.5, &error), MVO_ERROR_NOT_FINITE, "marked");
    REFUSED(mvo_shock_oracle(shock, 2, good, less, 0.1, 0.5, &error), MVO_ERROR_ARGUMENT, "lent");
    REFUSED(mvo_shock_oracle(shock, 2, good, good, -1.1, 0.5, &error), MVO_ERROR_ARGUMENT, "deviation");
    REFUSED(mvo_shock_oracle(shock, 2, good, good, INFINITY, 0.5, &error), MVO_ERROR_NOT_FINITE, "deviation");
    REFUSED(mvo_shock_oracle(shock, 2, good, good, 0.1, 1.1, &error), MVO_ERROR_ARGUMENT, "loan_to_value");
    REFUSED(mvo_shock_bridge(NULL, 2, good, 0.5, &error), MVO_ERROR_NULL, "shock");
    REFUSED(mvo_shock_bridge(shock, 2, more, 0.5, &error), MVO_ERROR_ARGUMENT, "bridged");
    REFUSED(mvo_shock_bridge(shock, 2, good, 1.5, &error), MVO_ERROR_ARGUMENT, "drained");
    REFUSED(mvo_shock_bridge(shock, 2, good, NAN, &error), MVO_ERROR_NOT_FINITE, "drained");
    REFUSED(mvo_shock_peg(NULL, 2, good, good, 0.9, &error), MVO_ERROR_NULL, "shock");
    REFUSED(mvo_shock_peg(shock, 2, more, good, 0.9, &error), MVO_ERROR_ARGUMENT, "held");
    REFUSED(mvo_shock_peg(shock, 2, good, less, 0.9, &error), MVO_ERROR_ARGUMENT, "pooled");
    REFUSED(mvo_shock_peg(shock, 2, good, good, -0.1, &error), MVO_ERROR_ARGUMENT, "price");
    REFUSED(mvo_shock_peg(shock, 2, good, good, NAN, &error), MVO_ERROR_NOT_FINITE, "price");
    REFUSED(mvo_shock_validators(NULL, 2, good, 0.1, good, -0.1, &error), MVO_ERROR_NULL, "shock");
    REFUSED(mvo_shock_validators(shock, 2, less, 0.1, good, -0.1, &error), MVO_ERROR_ARGUMENT, "staked");
    REFUSED(mvo_shock_validators(shock, 2, good, 1.1, good, -0.1, &error), MVO_ERROR_ARGUMENT, "slashed");
    REFUSED(mvo_shock_validators(shock, 2, good, 0.1, more, -0.1, &error), MVO_ERROR_ARGUMENT, "chain");
    REFUSED(mvo_shock_validators(shock, 2, good, 0.1, good, -1.1, &error), MVO_ERROR_ARGUMENT, "move");
#undef REFUSED
    assert_int_equal(mvo_shock_validators(shock, 0, good, 0.1, good, -0.1, &error), MVO_OK);
}

/* ---------------------------------------------------------------------------------- scenarios with events */

/* Two days of three assets: a coin, its copy beyond a bridge that earns a little more, and a stablecoin. */
static const double days[6] = { 0.02, -0.01, 0.022, -0.008, 0.0, 0.0 };

static mvo_scenarios *history(void)
{
    mvo_scenarios *made = NULL;
    const double probabilities[2] = { 0.25, 0.75 };
    assert_int_equal(mvo_scenarios_new(&made, NULL, 2, 3, days, 2, probabilities, MVO_CHECK_ALL, NULL), MVO_OK);
    return made;
}

/* The bridge drained of 60 %, the coin at 0.9: columns of three. */
static void make_shocks(double *shocks)
{
    const double bridged[3] = { 0.0, 1.0, 0.0 }, held[3] = { 0.0, 0.0, 1.0 };
    assert_int_equal(mvo_shock_bridge(shocks, 3, bridged, 0.6, NULL), MVO_OK);
    assert_int_equal(mvo_shock_peg(shocks + 3, 3, held, NULL, 0.9, NULL), MVO_OK);
}

static void joined(void **state)
{
    (void)state;
    mvo_scenarios *given = history(), *alone = NULL, *compounded = NULL;
    double shocks[6], table[6 * 3], p[6], mean[3];
    const double probability[2] = { 0.1, 0.2 };
    make_shocks(shocks);
    assert_int_equal(
        mvo_scenarios_new_with_events(&alone, NULL, given, 2, probability, shocks, 3, MVO_EVENT_ALONE, NULL), MVO_OK);
    assert_int_equal(mvo_scenarios_count(alone), 4);
    assert_int_equal(mvo_scenarios_returns(table, 4, p, alone, NULL), MVO_OK);
    near_to(p[0], 0.7 * 0.25);
    near_to(p[1], 0.7 * 0.75);
    near_to(p[2], 0.1);
    near_to(p[3], 0.2);
    near_to(table[1], -0.01);
    near_to(table[2], 0.0);
    near_to(table[4 + 2], -0.6);
    near_to(table[8 + 3], 0.9 - 1.0);
    assert_int_equal(
        mvo_scenarios_new_with_events(&compounded, NULL, given, 2, probability, shocks, 3, MVO_EVENT_COMPOUNDED, NULL),
        MVO_OK);
    mvo_scenarios_unref(given); /* the copy needs it no longer */
    assert_int_equal(mvo_scenarios_count(compounded), 6);
    assert_int_equal(mvo_scenarios_returns(table, 6, p, compounded, NULL), MVO_OK);
    near_to(p[2], 0.1 * 0.25);
    near_to(p[3], 0.1 * 0.75);
    near_to(p[5], 0.2 * 0.75);
    near_to(table[2], 0.02);
    near_to(table[6 + 3], 0.992 * 0.4 - 1.0);
    near_to(table[12 + 5], 0.9 - 1.0);
    assert_int_equal(mvo_scenarios_mean(mean, compounded, NULL), MVO_OK);
    near_to(mean[1], -0.0005 - 0.06 * 0.9995); /* the mean day, and a tenth of 60 % of what it leaves */
    mvo_scenarios_unref(alone);
    mvo_scenarios_unref(compounded);
}

static void bad_events(void **state)
{
    (void)state;
    mvo_scenarios *given = history(), *made = NULL;
    double shocks[6];
    const double probability[2] = { 0.1, 0.2 }, negative[2] = { 0.1, -0.2 }, much[2] = { 0.6, 0.6 },
                 not_finite[2] = { NAN, 0 };
    const double beyond[6] = { 0, 0, 0, 0, -1.5, 0 }, no_number[6] = { 0, INFINITY, 0, 0, 0, 0 };
    mvo_error error = MVO_ERROR_INIT;
    make_shocks(shocks);
#define REFUSED(to, from, count, p, x, ld, kind, status, name)                                                         \
    assert_int_equal(mvo_scenarios_new_with_events((to), NULL, (from), (count), (p), (x), (ld), (kind), &error),       \
                     (status));                                                                                        \
    assert_string_equal(error.argument, (name));                                                                       \
    assert_null(made)
    REFUSED(NULL, given, 2, probability, shocks, 3, 0, MVO_ERROR_NULL, "with_events");
    REFUSED(&made, NULL, 2, probability, shocks, 3, 0, MVO_ERROR_NULL, "given");
    REFUSED(&made, given, 0, probability, shocks, 3, 0, MVO_ERROR_ARGUMENT, "count");
    REFUSED(&made, given, 2, NULL, shocks, 3, 0, MVO_ERROR_NULL, "probability");
    REFUSED(&made, given, 2, not_finite, shocks, 3, 0, MVO_ERROR_NOT_FINITE, "probability");
    REFUSED(&made, given, 2, negative, shocks, 3, 0, MVO_ERROR_ARGUMENT, "probability");
    REFUSED(&made, given, 2, much, shocks, 3, 0, MVO_ERROR_ARGUMENT, "probability");
    REFUSED(&made, given, 2, probability, NULL, 3, 0, MVO_ERROR_NULL, "shocks");
    REFUSED(&made, given, 2, probability, no_number, 3, 0, MVO_ERROR_NOT_FINITE, "shocks");
    REFUSED(&made, given, 2, probability, beyond, 3, 0, MVO_ERROR_ARGUMENT, "shocks");
    REFUSED(&made, given, 2, probability, shocks, 2, 0, MVO_ERROR_ARGUMENT, "ld");
    REFUSED(&made, given, 2, probability, shocks, 3, 2, MVO_ERROR_ARGUMENT, "kind");
#undef REFUSED
    assert_int_equal(error.value, 2.0);
    mvo_scenarios_unref(given);
}

/* Least CVaR of history takes the copy, which always earns more; with the drain among the scenarios it takes none of
 * it. */
static void in_tail_risk(const double *shocks, const double *probability)
{
    mvo_scenarios *given = history(), *with = NULL;
    mvo_constraints *rules = NULL;
    double w[3];
    assert_int_equal(
        mvo_scenarios_new_with_events(&with, NULL, given, 2, probability, shocks, 3, MVO_EVENT_COMPOUNDED, NULL),
        MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bound(rules, 2, 0.0, 0.5, NULL), MVO_OK);
    for (int events = 0; events <= 1; events++) {
        mvo_tail_solver *solver = NULL;
        mvo_outcome outcome = -1;
        assert_int_equal(mvo_tail_solver_new(&solver, NULL, events ? with : given, rules, NULL), MVO_OK);
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
        assert_true(events ? w[1] < 1e-12 : fabs(w[1] - 0.5) < 1e-12);
        mvo_tail_solver_free(solver);
    }
    mvo_constraints_free(rules);
    mvo_scenarios_unref(with);
    mvo_scenarios_unref(given);
}

/* 150 % of the copy on an equity of 1 loses 0.9 in the drain and keeps 0.1, with a margin of 0.2 * 1.5 * 0.4:
 * liquidated. */
static void in_liquidation(const double *shocks)
{
    const double w[3] = { 0.0, 1.5, -0.5 }, margins[3] = { 0.2, 0.2, 0.0 };
    double by_scenario[2], excess[2], distance = 0.0;
    size_t first = 9;
    assert_int_equal(
        mvo_liquidation_distance(&distance, &first, by_scenario, excess, 3, w, 2, shocks, 3, margins, 1.0, NULL),
        MVO_OK);
    near_to(excess[0], 0.1 - 0.2 * 1.5 * 0.4);
    assert_true(first == 0 && distance < 1.0 && by_scenario[1] > 1.0);
    mvo_constraints *rules = NULL;
    int64_t ids[2];
    static const char *const names[2] = { "bridge drained", "coin off its peg" };
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_liquidation(ids, rules, 2, shocks, 3, margins, 1.0, names, NULL), MVO_OK);
    mvo_constraints_free(rules);
}

/* As events of a covariance, and that beside the one of history: the worse of the two shuns the copy. */
static void in_covariances(const double *shocks, const double *probability)
{
    double losses[6], shift[3], w[3];
    const double calm[9] = { 4e-4, 3.9e-4, 0, 3.9e-4, 4e-4, 0, 0, 0, 1e-4 };
    mvo_covariance *both[2] = { NULL, NULL };
    mvo_constraints *rules = NULL;
    mvo_robust *robust = NULL;
    mvo_outcome outcome = -1;
    for (size_t i = 0; i < 6; i++)
        losses[i] = -shocks[i];
    assert_int_equal(mvo_covariance_new_dense(&both[0], NULL, 3, calm, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_events(&both[1], shift, NULL, both[0], 2, probability, losses, 3, NULL),
                     MVO_OK);
    near_to(shift[1], -0.1 * 0.6);
    near_to(shift[2], 0.2 * (0.9 - 1.0));
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_robust_new(&robust, NULL, 2, both, NULL, rules, NULL), MVO_OK);
    assert_int_equal(mvo_robust_maximum_utility(&outcome, robust, NULL, 1.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_robust_weights(w, robust), MVO_OK);
    assert_true(w[1] < 1e-3 && w[0] > 0.7);
    mvo_robust_free(robust);
    mvo_constraints_free(rules);
    mvo_covariance_unref(both[0]);
    mvo_covariance_unref(both[1]);
}

static void one_table_serves_all(void **state)
{
    (void)state;
    const double probability[2] = { 0.1, 0.2 };
    double shocks[6];
    make_shocks(shocks);
    in_tail_risk(shocks, probability);
    in_liquidation(shocks);
    in_covariances(shocks, probability);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oracle),      cmocka_unit_test(bridge),
        cmocka_unit_test(peg),         cmocka_unit_test(validators),
        cmocka_unit_test(bad_numbers), cmocka_unit_test(joined),
        cmocka_unit_test(bad_events),  cmocka_unit_test(one_table_serves_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
