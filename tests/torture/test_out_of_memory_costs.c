/* SPDX-License-Identifier: MIT */
/* Every allocation refused in turn: constraint sets with costs and budgets, and the solvers, paths, frontiers and
   conflicts over them. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 6, FACTORS = 2, BREAKS = 2 };

static mvo_context *context;
static mvo_covariance *covariance;
static mvo_constraints *rules, *copy;
static mvo_solver *solver;
static mvo_path *path;
static mvo_frontier *frontier;
static mvo_conflict *conflict;
static mvo_outcome outcome;
static int64_t turnover_id;
static int structured;

static double sigma[N * N], loadings[N * FACTORS];
static const double specific[N] = { 0.01, 0.02, 0.01, 0.03, 0.02, 0.01 };
static const double mu[N] = { 0.05, 0.07, 0.06, 0.09, 0.08, 0.04 };
static const double holdings[N] = { 0.5, 0.25, 0.25, 0, 0, 0 };
static const double rate[N] = { 0.001, 0.002, 0.001, 0.003, 0.002, 0.001 };
static const double dear[N] = { 0.01, 0.02, 0.01, 0.03, 0.02, 0.01 };
static const double breaks[BREAKS] = { 0.125, 0.25 }, slopes[BREAKS + 1] = { 0, 0.001, 0.004 };

static int make_data(void **state)
{
    (void)state;
    for (size_t j = 0; j < N; j++) {
        for (size_t f = 0; f < FACTORS; f++)
            loadings[j + f * N] = 0.1 + 0.05 * (double)((j + 2 * f) % 3);
        for (size_t i = 0; i < N; i++)
            sigma[i + j * N] = (i == j ? 1.0 : 0.25) * 0.04;
    }
    return 0;
}

/* -------------------------------------------------------------------------------------- what is shown */

static void show_set(char **text, const char *name, const mvo_constraints *set)
{
    double numbers[4 * N], lower = 0, upper = 0, total = 0, at[BREAKS], slope[BREAKS + 1], origin = 0, row[N];
    size_t count = 0;
    torture_append(text, "%s: %zu rows\n", name, mvo_constraints_row_count(set));
    assert_int_equal(mvo_constraints_holdings(numbers, set, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_cost_rates(numbers + N, numbers + 2 * N, numbers + 3 * N, set, NULL), MVO_OK);
    torture_append_vector(text, "costs", numbers, 4 * N);
    assert_int_equal(mvo_constraints_costs(&total, numbers, set, mu, NULL), MVO_OK);
    torture_append_vector(text, "by asset", numbers, N);
    for (size_t j = 0; j < N; j++) {
        assert_int_equal(mvo_constraints_cost(&count, at, slope, &origin, set, j, NULL), MVO_OK);
        torture_append_vector(text, "at", at, count);
        torture_append_vector(text, "slope", slope, count + 1);
    }
    for (size_t i = 0; i < mvo_constraints_row_count(set); i++) {
        int32_t around = -1;
        double rates[2];
        const int64_t id = mvo_constraints_row_id(set, i);
        assert_int_equal(mvo_constraints_row(row, &lower, &upper, set, id, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_absolute_row(&around, &rates[0], &rates[1], set, id, NULL), MVO_OK);
        const char *label = mvo_constraints_row_name(set, id);
        torture_append(text, "row %lld '%s' %d [%g, %g]\n", (long long)id, label ? label : "", (int)around, lower, upper);
        torture_append_vector(text, "coefficients", row, N);
        torture_append_vector(text, "rates", rates, 2);
    }
}

static void show_solver(char **text)
{
    double weights[N], rows[8], bounds[N], cost = 0;
    assert_in_range(mvo_solver_row_count(solver), 1, 8);
    if (mvo_solver_weights(weights, solver) == MVO_OK)
        torture_append_vector(text, "weights", weights, N);
    if (mvo_solver_multipliers(rows, bounds, solver) == MVO_OK) {
        torture_append_vector(text, "rows", rows, mvo_solver_row_count(solver));
        torture_append_vector(text, "bounds", bounds, N);
    }
    if (mvo_solver_costs(&cost, bounds, solver) == MVO_OK)
        torture_append_vector(text, "subgradient", bounds, N);
    if (mvo_solver_farkas(rows, bounds, solver) == MVO_OK)
        torture_append_vector(text, "proof", rows, mvo_solver_row_count(solver));
    mvo_report report = MVO_REPORT_INIT;
    if (mvo_solver_report(&report, solver) == MVO_OK) {
        const double numbers[] = { (double)report.outcome, (double)report.rounds, (double)report.pivots, report.objective,
                                   report.gap,             report.variance,       report.cost,           cost };
        torture_append_vector(text, "report", numbers, sizeof numbers / sizeof *numbers);
    }
}

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d\n", context != NULL, covariance != NULL, (int)outcome);
    if (rules)
        show_set(&text, "rules", rules);
    if (copy)
        show_set(&text, "copy", copy);
    if (solver)
        show_solver(&text);
    torture_append(&text, "%zu pieces, %zu changes, %zu corners\n", mvo_path_piece_count(path), mvo_path_change_count(path),
                   mvo_frontier_corner_count(frontier));
    if (conflict)
        torture_append(&text, "%s\n", mvo_conflict_text(conflict));
    return text;
}

/* -------------------------------------------------------------------------------------- scenarios */

static void make_rules(counting_allocator *allocator)
{
    context = NULL;
    covariance = NULL;
    rules = copy = NULL;
    solver = NULL;
    path = NULL;
    frontier = NULL;
    conflict = NULL;
    outcome = MVO_NUMERICAL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_new_long_only(&rules, context, N, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_holdings(rules, holdings, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_trading_costs(rules, rate, rate, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_borrow_costs(rules, rate, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_cost(rules, 3, BREAKS, breaks, slopes, 0.0, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_cost(rules, 1, BREAKS, breaks, slopes, 0.25, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_turnover(&turnover_id, rules, 0.5, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_gross(NULL, rules, 1.5, &error));
    TORTURE_TRY(allocator, show,
                mvo_constraints_add_absolute(NULL, rules, MVO_AROUND_HOLDINGS, mu, 1.0, 0.5, 2.0, "liquidity", &error));
    TORTURE_TRY(allocator, show,
                mvo_constraints_add_absolute_rates(NULL, rules, MVO_AROUND_ZERO, mu, dear, 1.0, "margin", &error));
}

static void open_all(counting_allocator *allocator)
{
    make_rules(allocator);
    TORTURE_TRY(allocator, show,
                structured ? mvo_covariance_new_factor(&covariance, context, N, FACTORS, loadings, N, NULL, 0, specific,
                                                       MVO_CHECK_ALL, &error)
                           : mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_ALL, &error));
    TORTURE_TRY(allocator, show, mvo_solver_new(&solver, context, covariance, rules, &error));
}

static void close_all(void)
{
    mvo_conflict_free(conflict);
    mvo_frontier_unref(frontier);
    mvo_path_unref(path);
    mvo_solver_free(solver);
    mvo_constraints_free(copy);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
}

static void set_scenario(counting_allocator *allocator)
{
    make_rules(allocator);
    TORTURE_TRY(allocator, show, mvo_constraints_copy(&copy, rules, &error));
    /* a ladder exchanged for another, and taken away */
    TORTURE_TRY(allocator, show, mvo_constraints_set_cost(copy, 3, 1, breaks, slopes, 0.5, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_holdings(copy, mu, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_trading_costs(copy, NULL, rate, NULL));
    TORTURE_TRY(allocator, show, mvo_constraints_set_cost(copy, 1, 0, NULL, NULL, 0.0, &error));
    close_all();
}

static void solver_scenario(counting_allocator *allocator)
{
    open_all(allocator);
    TORTURE_NEEDS_NOTHING(allocator, mvo_maximum_utility(&outcome, solver, mu, 3.0, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_trading_costs(solver, dear, rate, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance_at_return(&outcome, solver, mu, 0.055, NULL));
    close_all();
}

static void path_scenario(counting_allocator *allocator)
{
    double to[N];
    for (size_t j = 0; j < N; j++)
        to[j] = -mu[j];
    open_all(allocator);
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    TORTURE_TRY(allocator, show,
                mvo_path_new(&path, &outcome, solver, to, NULL, NULL, NULL, NULL, dear, NULL, NULL, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_true(mvo_path_piece_count(path) > 1 && mvo_path_change_count(path) > 0);
    /* it outlives everything it came from */
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
    solver = NULL;
    rules = NULL;
    covariance = NULL;
    context = NULL;
    TORTURE_NEEDS_NOTHING(allocator, mvo_path_at(to, NULL, NULL, path, 0.5, NULL));
    close_all();
}

static void frontier_scenario(counting_allocator *allocator)
{
    open_all(allocator);
    TORTURE_TRY(allocator, show, mvo_frontier_new(&frontier, &outcome, solver, mu, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_true(mvo_frontier_corner_count(frontier) > 2);
    close_all();
}

static void conflict_scenario(counting_allocator *allocator)
{
    const double far[N] = { 3, 0, 0, 0, 0, 0 };
    open_all(allocator);
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_holdings(solver, far, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_INFEASIBLE);
    TORTURE_TRY(allocator, show, mvo_solver_conflict(&conflict, solver, &error));
    assert_string_equal(mvo_conflict_text(conflict), "row 'budget' <= 1\nrow 'turnover' <= 0.5");
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_row_limits(solver, turnover_id, -HUGE_VAL, 3.0, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    close_all();
}

/* ------------------------------------------------------------------------------------------ tests */

static void run(void (*scenario)(counting_allocator *allocator))
{
    for (structured = 0; structured < 2; structured++)
        assert_in_range(torture_run(scenario), 10, 10000);
}

static void sets_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(set_scenario), 10, 10000);
}

static void solvers_survive(void **state)
{
    (void)state;
    run(solver_scenario);
}

static void paths_survive(void **state)
{
    (void)state;
    run(path_scenario);
}

static void frontiers_survive(void **state)
{
    (void)state;
    run(frontier_scenario);
}

static void conflicts_survive(void **state)
{
    (void)state;
    run(conflict_scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_survive),      cmocka_unit_test(solvers_survive),   cmocka_unit_test(paths_survive),
        cmocka_unit_test(frontiers_survive), cmocka_unit_test(conflicts_survive),
    };
    return cmocka_run_group_tests_name("out of memory: costs", tests, make_data, NULL);
}
