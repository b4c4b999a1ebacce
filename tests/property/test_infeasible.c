/* SPDX-License-Identifier: MIT */
/* Infeasible problems: the proof holds, the conflict is a conflict, and without any one of its members it is none. */
#include "support/brute_force.h"
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

#define TOLERANCE 1e-9

/* Whether a point obeys all limits, by a solve with Sigma = I and c = 0 whose answer or proof is verified. */
static int feasible(const instance *p)
{
    mvo_outcome outcome = -1;
    char why[256] = "";
    instance *q = instance_copy(p);
    memset(q->sigma, 0, q->n * q->n * sizeof *q->sigma);
    memset(q->linear, 0, q->n * sizeof *q->linear);
    for (size_t j = 0; j < q->n; j++)
        q->sigma[j * (q->n + 1)] = 1.0;
    const verify_problem view = instance_view(q);
    mvo_solver *solver = instance_solver(q, MVO_CHECK_ALL);
    assert_non_null(solver);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_true(outcome == MVO_OPTIMAL || outcome == MVO_INFEASIBLE);
    if (!verify_solve(&view, solver, outcome, TOLERANCE, why, sizeof why))
        fail_msg("%s: %s", mvo_outcome_name(outcome), why);
    mvo_solver_free(solver);
    instance_free(q);
    return outcome == MVO_OPTIMAL;
}

/* Position of the row with that id in the order of addition. */
static size_t row_at(const mvo_constraints *constraints, int64_t id)
{
    for (size_t i = 0; i < mvo_constraints_row_count(constraints); i++)
        if (mvo_constraints_row_id(constraints, i) == id)
            return i;
    fail_msg("no row has the id %lld", (long long)id);
    return 0;
}

/* The limits of the conflict alone, all but number `without` (none left out for the count). */
static instance *only_conflict(const instance *p, const mvo_conflict *conflict, const mvo_constraints *constraints,
                               size_t without)
{
    instance *q = instance_copy(p);
    instance_set_bounds(q, -INFINITY, INFINITY);
    for (size_t i = 0; i < q->m; i++) {
        q->row_lower[i] = -INFINITY;
        q->row_upper[i] = INFINITY;
    }
    for (size_t k = 0; k < mvo_conflict_count(conflict); k++) {
        int32_t kind, side;
        int64_t id;
        double limit;
        assert_int_equal(mvo_conflict_item(&kind, &id, &side, &limit, conflict, k), MVO_OK);
        assert_true(side == MVO_AT_LOWER || side == MVO_AT_UPPER);
        const size_t at = kind == MVO_CONFLICT_ROW ? row_at(constraints, id) : (size_t)id;
        const double *from = kind == MVO_CONFLICT_ROW ? (side == MVO_AT_LOWER ? p->row_lower : p->row_upper)
                                                      : (side == MVO_AT_LOWER ? p->lower : p->upper);
        double *to = kind == MVO_CONFLICT_ROW ? (side == MVO_AT_LOWER ? q->row_lower : q->row_upper)
                                              : (side == MVO_AT_LOWER ? q->lower : q->upper);
        assert_true(from[at] == limit && isfinite(limit));
        if (k != without)
            to[at] = limit;
    }
    return q;
}

static void check_conflict(const instance *p, size_t *members)
{
    mvo_outcome outcome = -1;
    char why[256] = "";
    mvo_conflict *conflict = NULL;
    mvo_solver *solver = NULL;
    mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
    mvo_constraints *constraints = instance_constraints(p);
    const verify_problem view = instance_view(p);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, constraints, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    if (!verify_solve(&view, solver, outcome, TOLERANCE, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(mvo_solver_conflict(&conflict, solver, NULL), MVO_OK);
    const size_t count = mvo_conflict_count(conflict);
    assert_true(count >= 1);
    assert_non_null(mvo_conflict_text(conflict));
    for (size_t without = 0; without <= count; without++) {
        instance *q = only_conflict(p, conflict, constraints, without);
        if (feasible(q) != (without < count))
            fail_msg("conflict of %zu members %s member %zu is %s", count,
                     without < count ? "without" : "with all, beyond", without,
                     without < count ? "still a conflict" : "none");
        instance_free(q);
    }
    *members += count;
    /* the solver still has its answer */
    if (!verify_solve(&view, solver, outcome, TOLERANCE, why, sizeof why))
        fail_msg("after the conflict: %s", why);
    mvo_conflict_free(conflict);
    mvo_constraints_free(constraints);
    mvo_covariance_unref(covariance);
    mvo_solver_free(solver);
}

static void test_random_conflicts(void **state)
{
    (void)state;
    random_stream stream = { 51 };
    size_t found = 0, members = 0;
    for (size_t t = 0; t < 1500; t++) {
        const size_t n = 1 + random_below(&stream, 5), m = 1 + random_below(&stream, 4);
        instance *p = random_problem(&stream, n, m, n, t % 2 ? RANDOM_INTEGER : RANDOM_CONTINUOUS);
        if (brute_force(p).outcome == MVO_INFEASIBLE) {
            check_conflict(p, &members);
            found++;
        }
        instance_free(p);
    }
    print_message("%zu conflicts with %zu members\n", found, members);
    assert_true(found > 100);
}

/* Larger ones: a feasible problem made infeasible by one more row, three times its largest value along that row. */
static void test_larger_conflicts(void **state)
{
    (void)state;
    random_stream stream = { 52 };
    size_t members = 0;
    for (size_t t = 0; t < 20; t++) {
        const size_t n = 10 + random_below(&stream, 30), m = 8;
        instance *p = random_feasible_problem(&stream, n, m, n, RANDOM_CONTINUOUS);
        double most = 0.0;
        for (size_t j = 0; j < n; j++) {
            p->rows[(m - 1) * n + j] = 1.0;
            most += p->upper[j];
        }
        p->row_lower[m - 1] = most + 1.0 + fabs(random_normal(&stream));
        p->row_upper[m - 1] = INFINITY;
        check_conflict(p, &members);
        instance_free(p);
    }
}

/* Budget 1 and caps of 1 / k each on k assets, whose sum is 1 only to rounding. */
static void test_caps_fill_the_budget(void **state)
{
    (void)state;
    for (size_t k = 1; k <= 60; k++) {
        mvo_outcome outcome = -1;
        instance *p = instance_new(k, 1);
        for (size_t j = 0; j < k; j++)
            p->sigma[j * (k + 1)] = 1.0 + (double)j;
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        instance_set_bounds(p, 0.0, 1.0 / (double)k);
        const verify_problem view = instance_view(p);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        assert_non_null(solver);
        assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_OPTIMAL, TOLERANCE);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

static void test_ten_caps(void **state)
{
    (void)state;
    mvo_outcome outcome = -1;
    double w[10];
    instance *p = instance_new(10, 1);
    for (size_t j = 0; j < 10; j++)
        p->sigma[11 * j] = 1e-4;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, 0.1);
    const verify_problem view = instance_view(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    assert_non_null(solver);
    assert_kkt(&view, solver, mvo_minimum_variance(&outcome, solver, NULL), outcome, MVO_OPTIMAL, TOLERANCE);
    mvo_solver_weights(w, solver);
    for (size_t j = 0; j < 10; j++)
        assert_true(fabs(w[j] - 0.1) <= 1e-15);
    mvo_solver_free(solver);
    instance_set_bounds(p, 0.0, 0.0999);
    solver = instance_solver(p, MVO_CHECK_ALL);
    assert_kkt(&view, solver, mvo_minimum_variance(&outcome, solver, NULL), outcome, MVO_INFEASIBLE, TOLERANCE);
    mvo_solver_free(solver);
    instance_free(p);
}

/* A lower limit moved above its upper one on the solver: infeasible, and the conflict is that pair. */
static void test_crossed_limits(void **state)
{
    (void)state;
    random_stream stream = { 53 };
    instance *p = instance_new(4, 1);
    random_covariance(&stream, p->sigma, 4, 10.0);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, 1.0);
    mvo_constraints *constraints = instance_constraints(p);
    mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
    mvo_solver *solver = NULL;
    mvo_outcome outcome = -1;
    mvo_conflict *conflict = NULL;
    const verify_problem view = instance_view(p);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, constraints, NULL), MVO_OK);
    for (int row = 0; row <= 1; row++) {
        int32_t kind[2], side[2];
        int64_t id[2];
        const int64_t budget = mvo_constraints_row_id(constraints, 0);
        if (row)
            assert_int_equal(mvo_solver_set_row_limits(solver, budget, 2.0, 1.0, NULL), MVO_OK);
        else
            assert_int_equal(mvo_solver_set_bound(solver, 2, 0.75, 0.25, NULL), MVO_OK);
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_INFEASIBLE);
        assert_int_equal(mvo_solver_conflict(&conflict, solver, NULL), MVO_OK);
        assert_int_equal(mvo_conflict_count(conflict), 2);
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(mvo_conflict_item(&kind[k], &id[k], &side[k], NULL, conflict, k), MVO_OK);
        assert_int_equal(kind[0], row ? MVO_CONFLICT_ROW : MVO_CONFLICT_BOUND);
        assert_int_equal(kind[1], kind[0]);
        assert_int_equal(id[0], row ? budget : 2);
        assert_int_equal(id[1], id[0]);
        assert_int_equal(side[0] + side[1], MVO_AT_LOWER + MVO_AT_UPPER);
        mvo_conflict_free(conflict);
        conflict = NULL;
        if (row)
            assert_int_equal(mvo_solver_set_row_limits(solver, budget, 1.0, 1.0, NULL), MVO_OK);
        else
            assert_int_equal(mvo_solver_set_bound(solver, 2, 0.0, 1.0, NULL), MVO_OK);
        assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_OPTIMAL, TOLERANCE);
    }
    mvo_constraints_free(constraints);
    mvo_covariance_unref(covariance);
    mvo_solver_free(solver);
    instance_free(p);
}

/* Long-short with a riskless asset that pays, no budget: return without risk and without end. */
static void test_unbounded(void **state)
{
    (void)state;
    random_stream stream = { 54 };
    for (size_t t = 0; t < 50; t++) {
        const size_t n = 2 + random_below(&stream, 20);
        mvo_outcome outcome = -1;
        instance *p = instance_new(n, 1);
        random_covariance(&stream, p->sigma, n, 10.0);
        const size_t cash = random_below(&stream, n);
        for (size_t j = 0; j < n; j++) {
            p->sigma[cash + j * n] = p->sigma[j + cash * n] = 0.0;
            p->linear[j] = -0.01 * (double)(j + 1);
        }
        instance_set_row(p, 0, NULL, 0.0, INFINITY);
        const verify_problem view = instance_view(p);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        assert_non_null(solver);
        assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_UNBOUNDED, TOLERANCE);
        mvo_solver_free(solver);
        p->row_upper[0] = 1.0;
        instance_set_bounds(p, -1.0, 1.0);
        solver = instance_solver(p, MVO_CHECK_ALL);
        assert_non_null(solver);
        assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_OPTIMAL, TOLERANCE);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_conflicts),     cmocka_unit_test(test_larger_conflicts),
        cmocka_unit_test(test_caps_fill_the_budget), cmocka_unit_test(test_ten_caps),
        cmocka_unit_test(test_crossed_limits),       cmocka_unit_test(test_unbounded),
    };
    return cmocka_run_group_tests_name("infeasible and unbounded", tests, NULL, NULL);
}
