/* SPDX-License-Identifier: MIT */
/* Every allocation of the solver, the frontier and the conflict refused in turn. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 7, FACTORS = 2, PERIODS = 4 };

static mvo_context *context;
static mvo_covariance *covariance;
static mvo_constraints *rules;
static mvo_solver *solver;
static mvo_frontier *frontier;
static mvo_conflict *conflict;
static mvo_outcome outcome;
static int64_t group_id;

/* ------------------------------------------------------------------------------------------ data */

static double sigma[N * N], loadings[N * FACTORS], returns[PERIODS * N];
static const double volatility[N] = { 0.1, 0.2, 0.15, 0.3, 0.25, 0.12, 0.4 };
static const double specific[N] = { 0.01, 0.02, 0.01, 0.03, 0.02, 0.01, 0.1 };
static const double mu[N] = { 0.05, 0.07, 0.06, 0.09, 0.08, 0.04, 0.12 };

static int make_data(void **state)
{
    (void)state;
    for (size_t j = 0; j < N; j++) {
        for (size_t i = 0; i < N; i++)
            sigma[i + j * N] = (i == j ? 1.0 : 0.3) * volatility[i] * volatility[j];
        for (size_t f = 0; f < FACTORS; f++)
            loadings[j + f * N] = 0.1 + 0.05 * (double)((j + 2 * f) % 3);
        for (size_t t = 0; t < PERIODS; t++)
            returns[t + j * PERIODS] = 0.01 * (double)((7 * t + 3 * j + t * j) % 11) - 0.05;
    }
    return 0;
}

/* -------------------------------------------------------------------------------------- what is shown */

static void show_solver(char **text)
{
    double weights[N], rows[8], bounds[N];
    int32_t assets[N], row_sides[8];
    const size_t m = mvo_solver_row_count(solver);
    assert_in_range(m, 1, 8);
    torture_append(text, "solver %zu by %zu\n", m, mvo_solver_size(solver));
    if (mvo_solver_weights(weights, solver) == MVO_OK)
        torture_append_vector(text, "weights", weights, N);
    if (mvo_solver_multipliers(rows, bounds, solver) == MVO_OK) {
        torture_append_vector(text, "rows", rows, m);
        torture_append_vector(text, "bounds", bounds, N);
    }
    if (mvo_solver_farkas(rows, bounds, solver) == MVO_OK) {
        torture_append_vector(text, "proof, rows", rows, m);
        torture_append_vector(text, "proof, bounds", bounds, N);
    }
    if (mvo_solver_working_set(assets, row_sides, solver) == MVO_OK) {
        for (size_t j = 0; j < N; j++)
            torture_append(text, "%d ", (int)assets[j]);
        for (size_t i = 0; i < m; i++)
            torture_append(text, "%d ", (int)row_sides[i]);
    }
    mvo_report report = MVO_REPORT_INIT;
    if (mvo_solver_report(&report, solver) == MVO_OK) {
        const double numbers[] = { (double)report.outcome,      (double)report.rounds,
                                   (double)report.pivots,       (double)report.refactorisations,
                                   (double)report.free_weights, (double)report.active_rows,
                                   (double)report.not_unique,   report.objective,
                                   report.dual_objective,       report.primal_residual,
                                   report.stationarity,         report.complementarity,
                                   report.gap,                  report.variance,
                                   report.expected_return };
        torture_append_vector(text, "report", numbers, sizeof numbers / sizeof *numbers);
    }
}

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %d %d\n", context != NULL, covariance != NULL, rules != NULL, solver != NULL,
                   (int)outcome);
    if (solver)
        show_solver(&text);
    for (size_t k = 0; k < mvo_frontier_corner_count(frontier); k++) {
        double corner[3], weights[N];
        assert_int_equal(mvo_frontier_corner(&corner[0], &corner[1], &corner[2], weights, frontier, k), MVO_OK);
        torture_append_vector(&text, "corner", corner, 3);
        torture_append_vector(&text, "weights", weights, N);
    }
    if (conflict)
        torture_append(&text, "%zu limits:\n%s\n", mvo_conflict_count(conflict), mvo_conflict_text(conflict));
    return text;
}

/* -------------------------------------------------------------------------------------- scenarios */

enum { DENSE, BORROWED, FACTOR, SAMPLE, KINDS };
static int kind;

static mvo_status make_covariance(mvo_error *error)
{
    switch (kind) {
    case DENSE:
        return mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_ALL, error);
    case BORROWED:
        return mvo_covariance_new_dense(&covariance, context, N, sigma, N, MVO_CHECK_FINITE | MVO_BORROW, error);
    case FACTOR:
        return mvo_covariance_new_factor(&covariance, context, N, FACTORS, loadings, N, NULL, 0, specific,
                                         MVO_CHECK_ALL, error);
    default:
        return mvo_covariance_new_returns(&covariance, context, PERIODS, N, returns, PERIODS, 1, MVO_CHECK_ALL, error);
    }
}

static void open_all(counting_allocator *allocator)
{
    static const size_t members[3] = { 1, 3, 5 };
    context = NULL;
    covariance = NULL;
    rules = NULL;
    solver = NULL;
    frontier = NULL;
    conflict = NULL;
    outcome = MVO_NUMERICAL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, make_covariance(&error));
    TORTURE_TRY(allocator, show, mvo_constraints_new_long_only(&rules, context, N, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_asset_name(rules, 3, "SOL", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_group(&group_id, rules, 3, members, 0.1, 0.5, "chain", &error));
    TORTURE_TRY(allocator, show, mvo_constraints_add_return(NULL, rules, mu, 0.0, HUGE_VAL, &error));
    TORTURE_TRY(allocator, show, mvo_solver_new(&solver, context, covariance, rules, &error));
}

static void close_all(void)
{
    mvo_conflict_free(conflict);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
}

static void solver_scenario(counting_allocator *allocator)
{
    open_all(allocator);
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_bound(solver, 2, 0.05, 0.3, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_maximum_utility(&outcome, solver, mu, 3.0, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    close_all();
}

/* The frontier keeps what the solver knew when it cannot be made, and can be made afterwards. */
static void frontier_scenario(counting_allocator *allocator)
{
    open_all(allocator);
    TORTURE_TRY(allocator, show, mvo_frontier_new(&frontier, &outcome, solver, mu, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_frontier_unref(frontier);
    frontier = NULL;
    TORTURE_NEEDS_NOTHING(allocator, mvo_maximum_utility(&outcome, solver, mu, 3.0, NULL));
    TORTURE_TRY(allocator, show, mvo_frontier_new(&frontier, &outcome, solver, mu, &error));
    assert_int_equal(outcome, MVO_OPTIMAL);
    /* It outlives everything it came from. */
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
    solver = NULL;
    rules = NULL;
    covariance = NULL;
    context = NULL;
    double sharpe = 0.0;
    TORTURE_NEEDS_NOTHING(allocator,
                          mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, NULL, frontier, 0.01, NULL));
    close_all();
}

/* A frontier over an unbounded set begins with a ray, which takes memory too. */
static void ray_scenario(counting_allocator *allocator)
{
    open_all(allocator);
    mvo_solver_free(solver);
    solver = NULL;
    for (size_t j = 0; j < N; j++)
        TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_bound(rules, j, -HUGE_VAL, HUGE_VAL, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_constraints_set_limits(rules, group_id, -HUGE_VAL, HUGE_VAL, NULL));
    TORTURE_TRY(allocator, show, mvo_solver_new(&solver, context, covariance, rules, &error));
    TORTURE_TRY(allocator, show, mvo_frontier_new(&frontier, &outcome, solver, mu, &error));
    if (kind != SAMPLE) { /* a singular covariance has return without risk here */
        double ray[N];
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_frontier_ray(ray, frontier), MVO_OK);
    }
    close_all();
}

static void conflict_scenario(counting_allocator *allocator)
{
    open_all(allocator);
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_row_limits(solver, group_id, 1.25, 1.5, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_INFEASIBLE);
    TORTURE_TRY(allocator, show, mvo_solver_conflict(&conflict, solver, &error));
    assert_in_range(mvo_conflict_count(conflict), 2, 8);
    /* The solver is as it was: back within reach, it solves. */
    TORTURE_NEEDS_NOTHING(allocator, mvo_solver_set_row_limits(solver, group_id, 0.1, 0.5, NULL));
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    close_all();
}

/* A solver holds its covariance and context, and needs neither the constraint set nor the caller's references. */
static void early_unref_scenario(counting_allocator *allocator)
{
    open_all(allocator);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
    rules = NULL;
    covariance = NULL;
    context = NULL;
    TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    TORTURE_TRY(allocator, show, mvo_frontier_new(&frontier, &outcome, solver, mu, &error));
    close_all();
}

/* ------------------------------------------------------------------------------------------ tests */

static void run(void (*scenario)(counting_allocator *allocator))
{
    for (kind = 0; kind < KINDS; kind++)
        assert_in_range(torture_run(scenario), 10, 10000);
}

static void solvers_survive(void **state)
{
    (void)state;
    run(solver_scenario);
}

static void frontiers_survive(void **state)
{
    (void)state;
    run(frontier_scenario);
}

static void rays_survive(void **state)
{
    (void)state;
    run(ray_scenario);
}

static void conflicts_survive(void **state)
{
    (void)state;
    run(conflict_scenario);
}

static void solvers_hold_what_they_use(void **state)
{
    (void)state;
    run(early_unref_scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solvers_survive),   cmocka_unit_test(frontiers_survive),
        cmocka_unit_test(rays_survive),      cmocka_unit_test(conflicts_survive),
        cmocka_unit_test(solvers_hold_what_they_use),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
