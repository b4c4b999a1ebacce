/* SPDX-License-Identifier: MIT */
/*
 * Piecewise-linear costs and rows over absolute values on many random problems: optimality verified from the outside, and
 * the same objective as the ordinary quadratic programme in which every weight is split at its breakpoints.
 */
#include "support/costly_judge.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* `rates`: absolute rows with rates by asset; `factors`: over a structured covariance. */
static void compare_kind(size_t problems, size_t most_assets, size_t most_absolute, int integer, int feasible, int rates,
                         int factors, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        mvo_outcome verdict;
        const size_t n = 1 + random_below(&stream, most_assets), m = random_below(&stream, n / 2 + 2);
        const size_t rank = random_below(&stream, n + 1);
        const int kind = integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS;
        instance *p = feasible ? random_feasible_problem(&stream, n, m, rank, kind)
                               : random_problem(&stream, n, m, rank, kind);
        if (factors)
            p = random_factors(&stream, p, random_below(&stream, 4), kind);
        costly *c = costly_random(&stream, p, random_below(&stream, most_absolute + 1), integer);
        if (rates)
            costly_randomise_rates(&stream, c, integer);
        for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++)
            if (!costly_judge(c, method, &verdict, why, sizeof why)) {
                print_error("problem %zu (n %zu, m %zu, %zu absolute, method %d): %s\n", t, n, m, c->absolute, (int)method,
                            why);
                failed++;
            }
        costly_free(c);
    }
    assert_int_equal(failed, 0);
}

static void compare(size_t problems, size_t most_assets, size_t most_absolute, int integer, int feasible, uint64_t seed)
{
    compare_kind(problems, most_assets, most_absolute, integer, feasible, 0, 0, seed);
}

static void compare_rates(size_t problems, size_t most_assets, size_t most_absolute, int integer, int feasible, int rates,
                          uint64_t seed)
{
    compare_kind(problems, most_assets, most_absolute, integer, feasible, rates, 0, seed);
}

static void test_costs(void **state)
{
    (void)state;
    compare(400, 6, 0, 0, 1, 1);
    compare(200, 16, 0, 0, 1, 2);
}

static void test_costs_with_ties(void **state)
{
    (void)state;
    compare(400, 6, 0, 1, 1, 3);
    compare(200, 16, 0, 1, 1, 4);
}

static void test_budgets(void **state)
{
    (void)state;
    compare(400, 6, 3, 0, 1, 5);
    compare(200, 16, 3, 0, 1, 6);
}

static void test_budgets_with_ties(void **state)
{
    (void)state;
    compare(400, 6, 3, 1, 1, 7);
    compare(200, 16, 3, 1, 1, 8);
}

static void test_anything(void **state)
{
    (void)state;
    compare(400, 8, 2, 0, 0, 9);
    compare(400, 8, 2, 1, 0, 10);
}

/*
 * Found by soak_costs: a variance that is only rounding (loadings that cancel over a singular factor covariance), which made
 * weights of 1e31; no variance but such; optima at zero, whose gap is the rounding of a multiplier times the way to a limit;
 * proofs with the rounding of a multiplier on a row without that limit, or as far from exact as a nearly singular KKT matrix makes
 * them, where a weight without limits asks for more.
 */
static void test_rounding(void **state)
{
    const uint64_t seeds[] = { 119811, 241879, 117586, 290971, 289825, 317357, 1483726, 5199739 };
    (void)state;
    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++) {
        costly *c = costly_of_seed(seeds[k], NULL);
        for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
            char why[256] = "";
            mvo_outcome verdict;
            if (!costly_judge(c, method, &verdict, why, sizeof why))
                fail_msg("seed %llu, method %d: %s", (unsigned long long)seeds[k], (int)method, why);
        }
        costly_free(c);
    }
}

static void test_factor_covariances(void **state)
{
    (void)state;
    compare_kind(200, 8, 3, 0, 1, 0, 1, 11);
    compare_kind(200, 8, 3, 1, 1, 0, 1, 12);
    compare_kind(100, 16, 3, 0, 1, 0, 1, 13);
    compare_kind(150, 8, 2, 0, 0, 0, 1, 14);
    compare_kind(150, 8, 2, 1, 0, 0, 1, 15);
}

static void test_rates_by_asset(void **state)
{
    (void)state;
    compare_rates(400, 6, 4, 0, 1, 1, 11);
    compare_rates(200, 16, 12, 0, 1, 1, 12);
    compare_rates(400, 8, 4, 0, 0, 1, 13);
}

static void test_rates_by_asset_with_ties(void **state)
{
    (void)state;
    compare_rates(400, 6, 4, 1, 1, 1, 14);
    compare_rates(200, 16, 12, 1, 1, 1, 15);
    compare_rates(400, 8, 4, 1, 0, 1, 16);
}

/* A cleared solver takes the very road of one just made. */
static void test_cleared(void **state)
{
    (void)state;
    random_stream stream = { 31 };
    for (int t = 0; t < 60; t++) {
        const size_t n = 2 + random_below(&stream, 12);
        instance *p = random_feasible_problem(&stream, n, random_below(&stream, 3), n, RANDOM_CONTINUOUS);
        costly *c = costly_random(&stream, p, random_below(&stream, 3), 0);
        double *w = calloc(2 * n, sizeof *w), *c1 = calloc(n, sizeof *c1);
        mvo_report fresh = MVO_REPORT_INIT, cleared = MVO_REPORT_INIT;
        mvo_outcome outcome = -1;
        mvo_solver *one = costly_solver(c, MVO_CHECK_ALL), *other = costly_solver(c, MVO_CHECK_ALL);
        assert_non_null(w);
        assert_non_null(c1);
        for (size_t j = 0; j < n; j++)
            c1[j] = random_normal(&stream);
        mvo_solver_set_linear(other, c1, NULL);
        mvo_solver_solve(&outcome, other, NULL);
        mvo_solver_set_linear(other, p->linear, NULL);
        assert_int_equal(mvo_solver_clear(other, NULL), MVO_OK);
        assert_int_equal(mvo_solver_solve(&outcome, one, NULL), MVO_OK);
        assert_int_equal(mvo_solver_solve(&outcome, other, NULL), MVO_OK);
        mvo_solver_weights(w, one);
        mvo_solver_weights(w + n, other);
        mvo_solver_report(&fresh, one);
        mvo_solver_report(&cleared, other);
        assert_memory_equal(w, w + n, n * sizeof *w);
        assert_true(fresh.rounds == cleared.rounds && fresh.pivots == cleared.pivots);
        mvo_solver_free(one);
        mvo_solver_free(other);
        free(w);
        free(c1);
        costly_free(c);
    }
}

/* ---------------------------------------------------------------------------------------------- frontiers */

/* The solver's costs, all times `scale`. */
static mvo_solver *scaled_solver(const costly *c, double scale)
{
    mvo_solver *solver = NULL;
    mvo_constraints *set = costly_constraints(c);
    mvo_covariance *covariance = instance_covariance(c->p, MVO_CHECK_ALL);
    const size_t n = c->p->n;
    double *rates = calloc(3 * n, sizeof *rates);
    assert_non_null(rates);
    for (size_t j = 0; j < n; j++) {
        double slope[8];
        rates[j] = scale * c->buy[j];
        rates[n + j] = scale * c->sell[j];
        rates[2 * n + j] = scale * c->borrow[j];
        for (size_t k = 0; c->slope[j] && k <= c->count[j]; k++)
            slope[k] = scale * c->slope[j][k];
        if (c->slope[j])
            assert_int_equal(mvo_constraints_set_cost(set, j, c->count[j], c->at[j], slope, c->origin[j], NULL), MVO_OK);
    }
    assert_int_equal(mvo_constraints_set_trading_costs(set, rates, rates + n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_borrow_costs(set, rates + 2 * n, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    mvo_constraints_free(set);
    mvo_covariance_unref(covariance);
    free(rates);
    return solver;
}

/* w at lambda against a solve of  min 1/2 w'Sigma w - lambda (mu'w - phi(w))  that starts from nothing. */
static int is_efficient(const costly *c, const mvo_frontier *frontier, double lambda, char *why, size_t size)
{
    const size_t n = c->p->n;
    double *w = calloc(2 * n, sizeof *w), *other = w + n, net = 0.0, volatility = 0.0;
    mvo_outcome outcome = -1;
    int fine = 1;
    assert_non_null(w);
    assert_int_equal(mvo_frontier_at_lambda(&net, &volatility, w, frontier, lambda, NULL), MVO_OK);
    for (size_t j = 0; j < n; j++)
        c->p->linear[j] = -lambda * c->p->mu[j];
    mvo_solver *solver = scaled_solver(c, lambda);
    mvo_solver_set_linear(solver, c->p->linear, NULL);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    if (outcome != MVO_OPTIMAL || !costly_verify(c, solver, lambda, 1e-9, why, size)) {
        snprintf(why, size, "the solve at lambda %g does not hold: %s", lambda, mvo_outcome_name(outcome));
        fine = 0;
    }
    mvo_solver_weights(other, solver);
    const long double here = costly_objective(c, w, lambda), best = costly_objective(c, other, lambda);
    long double scale = 1e-3L, gross = 0.0L;
    for (size_t j = 0; j < n; j++) {
        scale += fabsl((long double)c->p->linear[j] * w[j]) + (long double)volatility * volatility;
        gross += (long double)c->p->mu[j] * w[j];
    }
    if (fine && !(fabsl(here - best) <= 1e-9L * scale)) {
        snprintf(why, size, "objective at lambda %g is %.15Lg, best %.15Lg", lambda, here, best);
        fine = 0;
    }
    if (fine && !(fabsl(gross - costly_cost(c, w) - net) <= 1e-9L * (fabsl(gross) + fabsl(costly_cost(c, w)) + 1e-3L))) {
        snprintf(why, size, "return at lambda %g is %.15g, net %.15Lg", lambda, net, gross - costly_cost(c, w));
        fine = 0;
    }
    for (size_t i = 0; fine && i < c->absolute; i++)
        if (!(costly_activity(c, i, w) <= c->rows[i].limit + 1e-9)) {
            snprintf(why, size, "absolute row %zu is %.15Lg at lambda %g, limit %g", i, costly_activity(c, i, w), lambda,
                     c->rows[i].limit);
            fine = 0;
        }
    mvo_solver_free(solver);
    free(w);
    return fine;
}

/* Every corner and the middle of every segment. */
static void trace(size_t problems, size_t most_assets, size_t most_absolute, int integer, int factors, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0, traced = 0, corners = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        const size_t n = 2 + random_below(&stream, most_assets - 1);
        instance *p = random_feasible_problem(&stream, n, random_below(&stream, 3), n, integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS);
        if (factors)
            p = random_factors(&stream, p, 1 + random_below(&stream, 3), integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS);
        costly *c = costly_random(&stream, p, random_below(&stream, most_absolute + 1), integer);
        for (size_t j = 0; j < n; j++)
            p->mu[j] = integer ? (double)random_below(&stream, 4) * 0.25 : random_normal(&stream);
        mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
        mvo_frontier *frontier = NULL;
        mvo_outcome outcome = -1;
        assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
        int fine = outcome == MVO_OPTIMAL || outcome == MVO_INFEASIBLE;
        if (!fine)
            snprintf(why, sizeof why, "%s", mvo_outcome_name(outcome));
        double before = NAN, lambda = NAN;
        traced += frontier != NULL;
        for (size_t k = 0; fine && k < mvo_frontier_corner_count(frontier); k++, before = lambda) {
            assert_int_equal(mvo_frontier_corner(&lambda, NULL, NULL, NULL, frontier, k), MVO_OK);
            fine = is_efficient(c, frontier, lambda, why, sizeof why);
            if (fine && k > 0)
                fine = is_efficient(c, frontier, 0.5 * (before + lambda), why, sizeof why);
            corners++;
        }
        if (!fine) {
            print_error("frontier %zu (n %zu, %zu absolute): %s\n", t, n, c->absolute, why);
            failed++;
        }
        mvo_frontier_unref(frontier);
        mvo_solver_free(solver);
        costly_free(c);
    }
    assert_int_equal(failed, 0);
    assert_true(traced > problems / 4 && corners > 3 * traced);
}

static void test_frontiers_with_costs(void **state)
{
    (void)state;
    trace(100, 8, 0, 0, 0, 21);
    trace(60, 20, 0, 0, 0, 22);
    trace(100, 8, 0, 1, 0, 23);
}

static void test_frontiers_with_budgets(void **state)
{
    (void)state;
    trace(150, 8, 2, 0, 0, 24);
    trace(80, 20, 2, 0, 0, 25);
    trace(150, 8, 2, 1, 0, 26);
}

static void test_frontiers_over_factors(void **state)
{
    (void)state;
    trace(80, 8, 2, 0, 1, 27);
    trace(40, 20, 2, 0, 1, 28);
    trace(80, 8, 2, 1, 1, 29);
}

/* ----------------------------------------------------------------------------- two budgets at one time */

/* A balanced portfolio, long and short, that may be turned over and geared a little: with more appetite for return both
   budgets hold. */
static costly *geared(random_stream *stream, size_t n, int factors)
{
    instance *p = random_feasible_problem(stream, n, 1, n, RANDOM_CONTINUOUS);
    if (factors)
        p = random_factors(stream, p, 2, RANDOM_CONTINUOUS);
    costly *c = costly_new(p, 2);
    double gross = 0.0, net = 0.0;
    for (size_t j = 0; j < n; j++) {
        c->holdings[j] = random_below(stream, 4) ? random_normal(stream) / (double)n : 0.0;
        gross += fabs(c->holdings[j]);
        net += c->holdings[j];
        c->buy[j] = 0.05 * random_uniform(stream);
        c->sell[j] = 0.05 * random_uniform(stream);
        c->borrow[j] = 0.02 * random_uniform(stream);
        p->mu[j] = random_normal(stream);
    }
    instance_set_bounds(p, -1.0, 1.0);
    instance_set_row(p, 0, NULL, net, net);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < n; j++)
            c->rows[i].coefficients[j] = 1.0;
        c->rows[i].around = i == 0 ? MVO_AROUND_HOLDINGS : MVO_AROUND_ZERO;
        c->rows[i].above = c->rows[i].below = 1.0;
        c->rows[i].limit = i == 0 ? 0.2 + 0.6 * random_uniform(stream) : gross + 0.3 * random_uniform(stream);
    }
    return c;
}

/* How many of the two rows hold at lambda. */
static size_t budgets_held(const costly *c, const mvo_frontier *frontier, double lambda)
{
    double w[32];
    size_t held = 0;
    assert_int_equal(mvo_frontier_at_lambda(NULL, NULL, w, frontier, lambda, NULL), MVO_OK);
    for (size_t i = 0; i < 2; i++)
        held += fabsl(costly_activity(c, i, w) - c->rows[i].limit) <= 1e-9L;
    return held;
}

/* Optimal at every corner and in the middle between, and on enough of them with both budgets at their limits. */
static void trace_geared(size_t problems, size_t most_assets, int factors, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0, corners = 0, at_corners = 0, between = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        costly *c = geared(&stream, 3 + random_below(&stream, most_assets - 2), factors);
        mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
        mvo_frontier *frontier = NULL;
        mvo_outcome outcome = -1;
        double before = NAN, lambda = NAN;
        assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, c->p->mu, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        int fine = 1;
        for (size_t k = 0; fine && k < mvo_frontier_corner_count(frontier); k++, before = lambda) {
            assert_int_equal(mvo_frontier_corner(&lambda, NULL, NULL, NULL, frontier, k), MVO_OK);
            fine = is_efficient(c, frontier, lambda, why, sizeof why);
            at_corners += budgets_held(c, frontier, lambda) == 2;
            if (fine && k > 0) {
                fine = is_efficient(c, frontier, 0.5 * (before + lambda), why, sizeof why);
                between += budgets_held(c, frontier, 0.5 * (before + lambda)) == 2;
            }
            corners++;
        }
        if (!fine) {
            print_error("frontier %zu (n %zu): %s\n", t, c->p->n, why);
            failed++;
        }
        mvo_frontier_unref(frontier);
        mvo_solver_free(solver);
        costly_free(c);
    }
    print_message("%zu frontiers, %zu corners: both budgets held at %zu of them and in the middle of %zu segments\n",
                  problems, corners, at_corners, between);
    assert_int_equal(failed, 0);
    assert_true(at_corners > problems && between > problems);
}

static void test_two_budgets_at_one_time(void **state)
{
    (void)state;
    trace_geared(100, 10, 0, 31);
    trace_geared(40, 24, 0, 32);
    trace_geared(60, 10, 1, 33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_costs),   cmocka_unit_test(test_costs_with_ties),   cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_budgets_with_ties), cmocka_unit_test(test_anything),
        cmocka_unit_test(test_rates_by_asset), cmocka_unit_test(test_rates_by_asset_with_ties),
        cmocka_unit_test(test_factor_covariances), cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_cleared),
        cmocka_unit_test(test_frontiers_with_costs), cmocka_unit_test(test_frontiers_with_budgets),
        cmocka_unit_test(test_frontiers_over_factors), cmocka_unit_test(test_two_budgets_at_one_time),
    };
    return cmocka_run_group_tests_name("costs", tests, NULL, NULL);
}
