/* SPDX-License-Identifier: MIT */
/* Parametric paths: pieces and changes by hand, every bad argument, and what a path that fails leaves on the solver. */
#include "support/verify.h"

#include "qp/solver.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_close(found, expected, tolerance) assert_true(fabs((found) - (expected)) <= (tolerance))

/* Variances as given (n), no correlation. Takes the set. */
static mvo_solver *solver_over(mvo_constraints *set, const double *variance)
{
    const size_t n = mvo_constraints_size(set);
    mvo_covariance *covariance = NULL;
    mvo_solver *solver = NULL;
    assert_int_equal(
        mvo_covariance_new_factor(&covariance, NULL, n, 0, NULL, n, NULL, 1, variance, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(set);
    return solver;
}

static mvo_constraints *free_set(size_t n)
{
    mvo_constraints *set = NULL;
    assert_int_equal(mvo_constraints_new(&set, NULL, n, NULL), MVO_OK);
    return set;
}

static const double ones[3] = { 1, 1, 1 };

static void assert_pieces(const mvo_path *path, size_t count, const double *ends)
{
    double before = 0.0;
    assert_int_equal(mvo_path_piece_count(path), count);
    for (size_t k = 0; k < count; k++) {
        double from = -1, to = -1;
        assert_int_equal(mvo_path_piece(&from, &to, path, k), MVO_OK);
        assert_close(from, before, 1e-15);
        assert_close(to, ends[k], 1e-15);
        before = to;
    }
}

static void assert_change(const mvo_path *path, size_t k, double tau, int32_t kind, int64_t id, int32_t status)
{
    double at = -1;
    int32_t what = -1, is = -1;
    int64_t who = -1;
    assert_int_equal(mvo_path_change(&at, &what, &who, &is, path, k), MVO_OK);
    assert_close(at, tau, 1e-15);
    assert_int_equal(what, kind);
    assert_int_equal(who, id);
    assert_int_equal(is, status);
}

static void assert_weight(const mvo_path *path, double tau, size_t j, double expected)
{
    double w[3];
    assert_int_equal(mvo_path_at(w, NULL, NULL, path, tau, NULL), MVO_OK);
    assert_close(w[j], expected, 1e-15);
}

/* ---------------------------------------------------------------------------------------------- by hand */

/* min 1/2 w^2 + c w + 1/4 |w|, c from -1 to 1: w = -c - 1/4, 0 for |c| <= 1/4, -c + 1/4. */
static void test_soft_threshold(void **state)
{
    (void)state;
    const double rate[1] = { 0.25 }, from[1] = { -1 }, to[1] = { 1 };
    mvo_constraints *set = free_set(1);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    double w, z;
    assert_int_equal(mvo_constraints_set_trading_costs(set, rate, rate, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_solver_set_linear(solver, from, NULL), MVO_OK);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, to, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_pieces(path, 3, (double[]){ 0.375, 0.625, 1 });
    assert_int_equal(mvo_path_change_count(path), 2);
    assert_change(path, 0, 0.375, MVO_PATH_ASSET, 0, MVO_AT_BREAKPOINT);
    assert_change(path, 1, 0.625, MVO_PATH_ASSET, 0, MVO_BETWEEN);
    assert_weight(path, 0.0, 0, 0.75);
    assert_weight(path, 0.25, 0, 0.25);
    assert_weight(path, 0.5, 0, 0.0);
    assert_weight(path, 0.75, 0, -0.25);
    assert_weight(path, 1.0, 0, -0.75);
    assert_int_equal(mvo_path_at(NULL, NULL, &z, path, 0.5, NULL), MVO_OK);
    assert_close(z, 0.0, 0.0); /* the cost's own, no bound's */
    /* the end is the solver's problem and answer */
    assert_int_equal(mvo_solver_weights(&w, solver), MVO_OK);
    assert_close(w, -0.75, 1e-15);
    assert_close(solver->linear[0], 1.0, 0.0);
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

/* The cost of buying goes from 0 to 1 for one who wants 1/2: it is 1/2 - cost until nothing is bought any more. */
static void test_rising_cost(void **state)
{
    (void)state;
    const double none[1] = { 0 }, dear[1] = { 1 }, c[1] = { -0.5 };
    mvo_constraints *set = free_set(1);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_constraints_set_trading_costs(set, none, dear, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_solver_set_linear(solver, c, NULL), MVO_OK);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, NULL, NULL, NULL, NULL, NULL, dear, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_pieces(path, 2, (double[]){ 0.5, 1 });
    assert_int_equal(mvo_path_change_count(path), 1);
    assert_change(path, 0, 0.5, MVO_PATH_ASSET, 0, MVO_AT_BREAKPOINT);
    assert_weight(path, 0.25, 0, 0.25);
    assert_weight(path, 0.75, 0, 0.0);
    assert_close(solver->segments->rates[0], 1.0, 0.0);
    assert_close(solver->segments->rates[1], 1.0, 0.0);
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

/* w_0 + w_1 = 1, none negative, c_0 from 0 to -3: w_0 = (1 - c_0) / 2 until it is all there is, at c_0 = -1. */
static void test_budget(void **state)
{
    (void)state;
    const double to[2] = { -3, 0 }, lower[2] = { 0, 0 };
    mvo_constraints *set = free_set(2);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    double w[2], y, z[2];
    assert_int_equal(mvo_constraints_set_bounds(set, lower, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, set, 1, 1, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, to, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_pieces(path, 2, (double[]){ 1.0 / 3, 1 });
    assert_int_equal(mvo_path_change_count(path), 1);
    assert_change(path, 0, 1.0 / 3, MVO_PATH_ASSET, 1, MVO_AT_LOWER);
    for (double tau = 0.0; tau <= 1.0; tau += 0.0625) {
        const double c = -3 * tau;
        assert_int_equal(mvo_path_at(w, &y, z, path, tau, NULL), MVO_OK);
        assert_close(w[0], c > -1 ? (1 - c) / 2 : 1, 1e-15);
        assert_close(w[1], c > -1 ? (1 + c) / 2 : 0, 1e-15);
        assert_close(y, c > -1 ? (1 + c) / 2 : 1 + c, 1e-15);
        assert_close(z[1], c > -1 ? 0 : -1 - c, 1e-15);
        assert_close(z[0], 0, 1e-15);
    }
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

/* An upper bound comes down on a weight that wants 1/2, and a row on one that wants 1. */
static void test_moving_limits(void **state)
{
    (void)state;
    const double c[2] = { -0.5, -1 }, from[2] = { 1, INFINITY }, to[2] = { 0, INFINITY }, row_to[1] = { 0.25 };
    mvo_constraints *set = free_set(2);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    double w[2], y, z[2];
    int64_t id;
    assert_int_equal(mvo_constraints_set_bounds(set, NULL, from, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(&id, set, (double[]){ 0, 1 }, -INFINITY, 1.25, NULL, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_solver_set_linear(solver, c, NULL), MVO_OK);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, NULL, NULL, to, NULL, row_to, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_pieces(path, 3, (double[]){ 0.25, 0.5, 1 });
    assert_int_equal(mvo_path_change_count(path), 2);
    assert_change(path, 0, 0.25, MVO_PATH_ROW, id, MVO_AT_UPPER);
    assert_change(path, 1, 0.5, MVO_PATH_ASSET, 0, MVO_AT_UPPER);
    assert_int_equal(mvo_path_at(w, &y, z, path, 0.75, NULL), MVO_OK);
    assert_close(w[0], 0.25, 1e-15);
    assert_close(z[0], -0.25, 1e-15);
    assert_close(w[1], 0.5, 1e-15);
    assert_close(y, -0.5, 1e-15);
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

/* |w_0| + |w_1| <= g from 7/4 to 1/4, wanted are 1 and 1/2: from g = 3/2 on both give way, from 1/2 on w_1 is out. */
static void test_gross_budget(void **state)
{
    (void)state;
    const double c[2] = { -1, -0.5 }, to[1] = { 0.25 };
    mvo_constraints *set = free_set(2);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    int64_t id;
    double y;
    assert_int_equal(mvo_constraints_add_gross(&id, set, 1.75, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_solver_set_linear(solver, c, NULL), MVO_OK);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, NULL, NULL, NULL, NULL, to, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_pieces(path, 3, (double[]){ 1.0 / 6, 5.0 / 6, 1 });
    assert_int_equal(mvo_path_change_count(path), 2);
    assert_change(path, 0, 1.0 / 6, MVO_PATH_ROW, id, MVO_AT_UPPER);
    assert_change(path, 1, 5.0 / 6, MVO_PATH_ASSET, 1, MVO_AT_BREAKPOINT);
    assert_weight(path, 0.5, 0, 0.75); /* g = 1 */
    assert_weight(path, 0.5, 1, 0.25);
    assert_weight(path, 1.0, 0, 0.25);
    assert_weight(path, 1.0, 1, 0.0);
    assert_int_equal(mvo_path_at(NULL, &y, NULL, path, 1.0, NULL), MVO_OK);
    assert_close(y, -0.75, 1e-15);
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

static void test_nothing_moves(void **state)
{
    (void)state;
    const double c[2] = { -1, 2 };
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    mvo_solver *solver = solver_over(free_set(2), ones);
    assert_int_equal(mvo_solver_set_linear(solver, c, NULL), MVO_OK);
    for (int given = 0; given < 2; given++) {
        assert_int_equal(mvo_path_new(&path, &outcome, solver, given ? c : NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                                      NULL),
                         MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_pieces(path, 1, (double[]){ 1 });
        assert_int_equal(mvo_path_change_count(path), 0);
        assert_weight(path, 0.5, 0, 1.0);
        assert_weight(path, 1.0, 1, -2.0);
        mvo_path_unref(path);
    }
    mvo_solver_free(solver);
}

/* ------------------------------------------------------------------------------------------ what is kept */

/* Everything a path may move, and the answer. */
typedef struct kept {
    double linear[3], lower[3], upper[3], row_lower[2], row_upper[2], rates[9], weights[3], rows[2], bounds[3];
    mvo_status has_weights, has_multipliers, has_report;
    mvo_report report;
} kept;

static kept keep(const mvo_solver *solver)
{
    kept k;
    memset(&k, 0, sizeof k);
    k.report = (mvo_report)MVO_REPORT_INIT;
    memcpy(k.linear, solver->linear, solver->n * sizeof(double));
    memcpy(k.lower, solver->lower, solver->n * sizeof(double));
    memcpy(k.upper, solver->upper, solver->n * sizeof(double));
    memcpy(k.row_lower, solver->row_lower, solver->m * sizeof(double));
    memcpy(k.row_upper, solver->row_upper, solver->m * sizeof(double));
    if (solver->segments)
        memcpy(k.rates, solver->segments->rates, 3 * solver->n * sizeof(double));
    k.has_weights = mvo_solver_weights(k.weights, solver);
    k.has_multipliers = mvo_solver_multipliers(k.rows, k.bounds, solver);
    k.has_report = mvo_solver_report(&k.report, solver);
    return k;
}

static void assert_kept(const mvo_solver *solver, const kept *before)
{
    const kept after = keep(solver);
    assert_memory_equal(&after, before, sizeof after);
}

/* A budget of 1 under caps that come down to 1/4 each: the last feasible ones are 1/2. */
static void test_infeasible_on_the_way(void **state)
{
    (void)state;
    const double caps[2] = { 1, 1 }, to[2] = { 0.25, 0.25 }, c[2] = { -0.5, 0 }, other[2] = { 7, 7 };
    mvo_constraints *set = free_set(2);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    double w[2] = { 9, 9 }, y = 9, z[2] = { 9, 9 };
    assert_int_equal(mvo_constraints_set_bounds(set, NULL, caps, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, set, 1, 1, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_solver_set_linear(solver, c, NULL), MVO_OK);
    for (int solved = 0; solved < 2; solved++) {
        if (solved)
            assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        const kept before = keep(solver);
        assert_int_equal(before.has_weights, solved ? MVO_OK : MVO_ERROR_STATE);
        assert_int_equal(mvo_path_new(&path, &outcome, solver, NULL, NULL, to, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_INFEASIBLE);
        assert_kept(solver, &before);
        /* w = (3/4, 1/4) until the first cap is 3/4, at tau = 1/3 */
        assert_pieces(path, 2, (double[]){ 1.0 / 3, 2.0 / 3 });
        assert_change(path, 0, 1.0 / 3, MVO_PATH_ASSET, 0, MVO_AT_UPPER);
        assert_weight(path, 0.25, 0, 0.75);
        assert_weight(path, 0.5, 0, 0.625);
        assert_weight(path, 0.5, 1, 0.375);
        assert_int_equal(mvo_path_at(w, &y, z, path, 0.75, &error), MVO_ERROR_OUT_OF_RANGE);
        assert_string_equal(error.argument, "tau");
        assert_true(w[0] == 9 && y == 9 && z[1] == 9);
        mvo_path_unref(path);
        path = NULL;
    }
    /* not even the beginning is feasible */
    assert_int_equal(mvo_solver_set_bounds(solver, NULL, to, NULL), MVO_OK);
    path = (mvo_path *)&outcome;
    assert_int_equal(mvo_path_new(&path, &outcome, solver, other, NULL, caps, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_null(path);
    assert_memory_equal(solver->linear, c, sizeof c);
    assert_memory_equal(solver->upper, to, sizeof to);
    mvo_solver_free(solver);
}

/* Limits that cross on the way: 0 <= w <= 1 becomes 1 <= w <= 0, and they meet in the middle. */
static void test_limits_that_cross(void **state)
{
    (void)state;
    const double zero[1] = { 0 }, one[1] = { 1 };
    mvo_constraints *set = free_set(1);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    double to = -1;
    assert_int_equal(mvo_constraints_set_bounds(set, zero, one, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    const kept before = keep(solver);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, NULL, one, zero, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_kept(solver, &before);
    assert_non_null(path);
    assert_int_equal(mvo_path_piece(NULL, &to, path, mvo_path_piece_count(path) - 1), MVO_OK);
    assert_close(to, 0.5, 1e-15);
    assert_weight(path, 0.25, 0, 0.25);
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

/* The same of a row, which nothing else limits; the weight runs ahead to where they meet. */
static void test_row_limits_that_cross(void **state)
{
    (void)state;
    const double c[2] = { -1, -1 }, lower[1] = { 3 }, upper[1] = { 2 };
    mvo_constraints *set = free_set(2);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    int64_t id;
    assert_int_equal(mvo_constraints_add_budget(&id, set, 0, 1, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_solver_set_linear(solver, c, NULL), MVO_OK);
    const kept before = keep(solver);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, NULL, NULL, NULL, lower, upper, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_kept(solver, &before);
    assert_pieces(path, 1, (double[]){ 0.5 }); /* 3 tau and 1 + tau: the sum is the upper one until they meet */
    assert_weight(path, 0.25, 0, 0.625);
    assert_weight(path, 0.5, 1, 0.75);
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

/* Without risk and without an upper bound a weight is held by its price alone, which turns at the half. */
static void test_unbounded_on_the_way(void **state)
{
    (void)state;
    const double zero[1] = { 0 }, from[1] = { 1 }, there[1] = { -1 };
    mvo_constraints *set = free_set(1);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_constraints_set_bounds(set, zero, NULL, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, zero);
    assert_int_equal(mvo_solver_set_linear(solver, from, NULL), MVO_OK);
    const kept before = keep(solver);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, there, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_UNBOUNDED);
    assert_kept(solver, &before);
    assert_pieces(path, 1, (double[]){ 0.5 });
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

static int32_t stop(void *user, int64_t iterations)
{
    (void)user;
    (void)iterations;
    return 1;
}

/* Stopped: what is known is given, and the solver is as it was. */
static void test_stopped(void **state)
{
    (void)state;
    const double to[2] = { -3, 0 }, lower[2] = { 0, 0 };
    mvo_constraints *set = free_set(2);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_constraints_set_bounds(set, lower, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, set, 1, 1, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set, ones);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    const kept before = keep(solver);
    assert_int_equal(mvo_solver_set_progress(solver, stop, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, to, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_CANCELLED);
    assert_memory_equal(solver->linear, before.linear, 2 * sizeof(double));
    if (path)
        assert_kept(solver, &before);
    mvo_path_unref(path);
    assert_int_equal(mvo_solver_set_progress(solver, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_path_new(&path, &outcome, solver, to, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_path_unref(path);
    mvo_solver_free(solver);
}

/* ------------------------------------------------------------------------------------------ bad arguments */

enum { LINEAR, LOWER, UPPER, ROW_LOWER, ROW_UPPER, BUY, SELL, BORROW, ARGUMENTS };
static const char *const names[ARGUMENTS] = { "linear", "lower", "upper", "row_lower", "row_upper", "buy", "sell", "borrow" };

/* 3 assets, two rows: a budget from above alone and a turnover; rates of 1 around holdings of 1, bounds from 0. */
static mvo_solver *well_made(void)
{
    const double lower[3] = { 0.25, -INFINITY, 0.25 }, upper[3] = { 3, INFINITY, 3 };
    mvo_constraints *set = free_set(3);
    assert_int_equal(mvo_constraints_set_bounds(set, lower, upper, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_asset_name(set, 2, "gold", NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(set, ones, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(set, ones, ones, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, set, -INFINITY, 3, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_turnover(NULL, set, 1, NULL), MVO_OK);
    return solver_over(set, ones);
}

/* One number of one argument, given as it is on the solver otherwise, is refused. */
static void refused(int argument, size_t k, double value, mvo_status expected)
{
    mvo_solver *solver = well_made();
    double data[ARGUMENTS][3] = { { 0 } };
    const double *given[ARGUMENTS] = { NULL };
    mvo_outcome outcome = 77;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    outcome = 77;
    const double *const from[ARGUMENTS] = { solver->linear,    solver->lower,           solver->upper,
                                            solver->row_lower, solver->row_upper,       solver->segments->rates,
                                            solver->segments->rates + 3, solver->segments->rates + 6 };
    for (int a = 0; a < ARGUMENTS; a++) {
        memcpy(data[a], from[a], (a == ROW_LOWER || a == ROW_UPPER ? 2 : 3) * sizeof(double));
        given[a] = data[a];
    }
    data[argument][k] = value;
    mvo_path *const mark = (mvo_path *)&error;
    mvo_path *path = mark;
    const kept before = keep(solver);
    for (int alone = 0; alone < 2; alone++) {
        assert_int_equal(mvo_path_new(&path, &outcome, solver, given[0], given[1], given[2], given[3], given[4], given[5],
                                      given[6], given[7], &error),
                         expected);
        assert_int_equal(error.status, expected);
        assert_string_equal(error.argument, names[argument]);
        assert_int_equal(error.row, k);
        assert_true(strlen(error.message) > 0);
        assert_ptr_equal(path, mark);
        assert_int_equal(outcome, 77);
        assert_kept(solver, &before);
        for (int a = 0; a < ARGUMENTS; a++) /* the others do not move */
            given[a] = a == argument ? given[a] : NULL;
    }
    assert_int_equal(mvo_path_new(&path, &outcome, solver, given[0], given[1], given[2], given[3], given[4], given[5],
                                  given[6], given[7], NULL),
                     expected);
    assert_ptr_equal(path, mark);
    mvo_solver_free(solver);
}

static void test_bad_numbers(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        const double wild[] = { NAN, INFINITY, -INFINITY };
        for (int v = 0; v < 3; v++) {
            refused(LINEAR, k, wild[v], MVO_ERROR_NOT_FINITE);
            refused(BUY, k, wild[v], MVO_ERROR_NOT_FINITE);
            refused(SELL, k, wild[v], MVO_ERROR_NOT_FINITE);
            refused(BORROW, k, wild[v], MVO_ERROR_NOT_FINITE);
        }
        refused(LOWER, k, NAN, MVO_ERROR_NOT_FINITE);
        refused(UPPER, k, NAN, MVO_ERROR_NOT_FINITE);
        refused(LOWER, k, INFINITY, MVO_ERROR_LIMITS);
        refused(UPPER, k, -INFINITY, MVO_ERROR_LIMITS);
        refused(SELL, k, -1.25, MVO_ERROR_ARGUMENT);
        refused(BORROW, k, -0.25, MVO_ERROR_ARGUMENT);
    }
    for (size_t k = 0; k < 2; k++) {
        refused(ROW_LOWER, k, NAN, MVO_ERROR_NOT_FINITE);
        refused(ROW_UPPER, k, NAN, MVO_ERROR_NOT_FINITE);
        refused(ROW_LOWER, k, 0.0, MVO_ERROR_LIMITS); /* infinite at the beginning; and the second row has none ever */
        refused(ROW_LOWER, k, INFINITY, MVO_ERROR_LIMITS);
        refused(ROW_UPPER, k, INFINITY, MVO_ERROR_LIMITS);
        refused(ROW_UPPER, k, 1e20, MVO_ERROR_LIMITS);
        refused(ROW_UPPER, k, -INFINITY, MVO_ERROR_LIMITS);
    }
    refused(LOWER, 0, -INFINITY, MVO_ERROR_LIMITS);
    refused(LOWER, 1, 0.0, MVO_ERROR_LIMITS);
    refused(UPPER, 1, 5.0, MVO_ERROR_LIMITS);
    refused(UPPER, 2, INFINITY, MVO_ERROR_LIMITS);
    /* bounds past the holdings, where the cost of trading bends */
    refused(LOWER, 0, 1.5, MVO_ERROR_LIMITS);
    refused(UPPER, 2, 0.5, MVO_ERROR_LIMITS);
}

static void test_other_bad_arguments(void **state)
{
    (void)state;
    mvo_solver *solver = well_made(), *plain = solver_over(free_set(3), ones);
    mvo_outcome outcome = 77;
    mvo_error error = MVO_ERROR_INIT;
    mvo_path *const mark = (mvo_path *)&error;
    mvo_path *path = mark;
    assert_int_equal(mvo_path_new(&path, &outcome, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &error),
                     MVO_ERROR_NULL);
    assert_string_equal(error.argument, "solver");
    assert_int_equal(mvo_path_new(NULL, &outcome, solver, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &error),
                     MVO_ERROR_NULL);
    assert_string_equal(error.argument, "path");
    assert_int_equal(mvo_path_new(&path, NULL, solver, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &error),
                     MVO_ERROR_NULL);
    assert_string_equal(error.argument, "outcome");
    for (int which = 0; which < 3; which++) {
        assert_int_equal(mvo_path_new(&path, &outcome, plain, NULL, NULL, NULL, NULL, NULL, which == 0 ? ones : NULL,
                                      which == 1 ? ones : NULL, which == 2 ? ones : NULL, &error),
                         MVO_ERROR_STATE);
        assert_string_equal(error.argument, "solver");
    }
    assert_ptr_equal(path, mark);
    assert_int_equal(outcome, 77);
    mvo_solver_free(plain);
    mvo_solver_free(solver);
}

static void test_bad_questions(void **state)
{
    (void)state;
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    const double to[3] = { -1, -1, -1 };
    double a = 9, b = 9, w[3] = { 9, 9, 9 }, y[2] = { 9, 9 }, z[3] = { 9, 9, 9 };
    int32_t kind = 9, status = 9;
    int64_t id = 9;
    mvo_solver *solver = well_made();
    assert_int_equal(mvo_path_new(&path, &outcome, solver, to, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_solver_free(solver); /* the path stands alone */
    const size_t pieces = mvo_path_piece_count(path), changes = mvo_path_change_count(path);
    assert_int_equal(mvo_path_piece(&a, &b, NULL, 0), MVO_ERROR_NULL);
    assert_int_equal(mvo_path_piece(&a, &b, path, pieces), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_path_change(&a, &kind, &id, &status, NULL, 0), MVO_ERROR_NULL);
    assert_int_equal(mvo_path_change(&a, &kind, &id, &status, path, changes), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_path_at(w, y, z, NULL, 0.5, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "path");
    assert_int_equal(mvo_path_at(w, y, z, path, NAN, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "tau");
    const double outside[] = { -1e-300, 1.0000000000000002, INFINITY, -INFINITY };
    for (int k = 0; k < 4; k++) {
        assert_int_equal(mvo_path_at(w, y, z, path, outside[k], &error), MVO_ERROR_OUT_OF_RANGE);
        assert_string_equal(error.argument, "tau");
    }
    assert_true(a == 9 && b == 9 && kind == 9 && id == 9 && status == 9 && w[0] == 9 && y[1] == 9 && z[2] == 9);
    assert_int_equal(mvo_path_piece(NULL, NULL, path, 0), MVO_OK);
    assert_int_equal(mvo_path_at(NULL, NULL, NULL, path, 1.0, NULL), MVO_OK);
    if (changes)
        assert_int_equal(mvo_path_change(NULL, NULL, NULL, NULL, path, 0), MVO_OK);
    assert_int_equal(mvo_path_piece_count(NULL), 0);
    assert_int_equal(mvo_path_change_count(NULL), 0);
    assert_ptr_equal(mvo_path_ref(path), path);
    mvo_path_unref(path);
    assert_int_equal(mvo_path_piece_count(path), pieces);
    mvo_path_unref(path);
    assert_null(mvo_path_ref(NULL));
    mvo_path_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_soft_threshold),        cmocka_unit_test(test_rising_cost),
        cmocka_unit_test(test_budget),                cmocka_unit_test(test_moving_limits),
        cmocka_unit_test(test_gross_budget),          cmocka_unit_test(test_nothing_moves),
        cmocka_unit_test(test_infeasible_on_the_way), cmocka_unit_test(test_limits_that_cross),
        cmocka_unit_test(test_row_limits_that_cross), cmocka_unit_test(test_unbounded_on_the_way),  cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_bad_numbers),           cmocka_unit_test(test_other_bad_arguments),
        cmocka_unit_test(test_bad_questions),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
