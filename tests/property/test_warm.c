/* SPDX-License-Identifier: MIT */
/* A solver that has been through many edits and solves answers as a fresh one does. */
#include "support/market.h"
#include "support/property.h"
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

/* A solver under edits, the problem it ought to hold, and the ids of its rows. */
typedef struct session {
    instance *p;
    mvo_solver *solver;
    int64_t *ids;
} session;

static session session_new(instance *p)
{
    session s = { .p = p };
    s.solver = solver_with_ids(&s.ids, p, instance_constraints(p), MVO_CHECK_ALL);
    assert_int_equal(mvo_solver_set_linear(s.solver, p->linear, NULL), MVO_OK);
    return s;
}

static void session_free(session *s)
{
    mvo_solver_free(s->solver);
    instance_free(s->p);
    free(s->ids);
}

static void move_bound(session *s, random_stream *stream)
{
    const size_t j = random_below(stream, s->p->n);
    double *lower = &s->p->lower[j], *upper = &s->p->upper[j];
    const double step = 0.3 * random_normal(stream);
    switch (random_below(stream, 5)) {
    case 0: /* shift both */
        *lower += step;
        *upper += step;
        break;
    case 1: /* widen */
        *lower -= fabs(step);
        *upper += fabs(step);
        break;
    case 2: /* fix, where that means something */
        if (isfinite(*lower))
            *upper = *lower;
        break;
    case 3: /* open */
        *upper = INFINITY;
        break;
    default: /* close again */
        if (isinf(*lower))
            *lower = fmin(-1.0, *upper);
        if (isinf(*upper))
            *upper = *lower + 1.0 + fabs(step);
    }
    assert_int_equal(mvo_solver_set_bound(s->solver, j, *lower, *upper, NULL), MVO_OK);
}

static void move_row(session *s, random_stream *stream)
{
    if (!s->p->m)
        return;
    const size_t i = random_below(stream, s->p->m);
    double *lower = &s->p->row_lower[i], *upper = &s->p->row_upper[i];
    const double step = 0.3 * random_normal(stream);
    if (random_below(stream, 3)) {
        *lower += step;
        *upper += step;
    } else {
        *lower -= fabs(step);
        *upper += fabs(step);
    }
    assert_int_equal(mvo_solver_set_row_limits(s->solver, s->ids[i], *lower, *upper, NULL), MVO_OK);
}

static void move_linear(session *s, random_stream *stream, double by)
{
    for (size_t j = 0; j < s->p->n; j++)
        s->p->linear[j] += by * random_normal(stream);
    assert_int_equal(mvo_solver_set_linear(s->solver, s->p->linear, NULL), MVO_OK);
}

static void edit(session *s, random_stream *stream)
{
    const size_t what = random_below(stream, 5);
    if (what == 0)
        move_bound(s, stream);
    else if (what == 1)
        move_row(s, stream);
    else
        move_linear(s, stream, what == 2 ? 1.0 : 0.05);
}

static long double objective_of(const instance *p, const double *w)
{
    const verify_problem view = instance_view(p);
    long double *risk = malloc(p->n * sizeof *risk), objective = 0.0L;
    assert_non_null(risk);
    verify_product(risk, NULL, &view, w);
    for (size_t j = 0; j < p->n; j++)
        objective += w[j] * (0.5L * risk[j] + p->linear[j]);
    free(risk);
    return objective;
}

static void compare(session *s, int definite, size_t *counts)
{
    mvo_outcome warm = -1, cold = -1;
    char why[256] = "";
    const size_t n = s->p->n;
    const verify_problem view = instance_view(s->p);
    double *a = calloc(2 * n, sizeof *a), *b = a + n;
    mvo_solver *fresh = instance_solver(s->p, MVO_CHECK_ALL);
    assert_non_null(fresh);
    assert_non_null(a);
    assert_int_equal(mvo_solver_solve(&warm, s->solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&cold, fresh, NULL), MVO_OK);
    if (warm != cold)
        fail_msg("warm %s, cold %s", mvo_outcome_name(warm), mvo_outcome_name(cold));
    if (!verify_solve(&view, s->solver, warm, TOLERANCE, why, sizeof why))
        fail_msg("warm %s: %s", mvo_outcome_name(warm), why);
    if (!verify_solve(&view, fresh, cold, TOLERANCE, why, sizeof why))
        fail_msg("cold %s: %s", mvo_outcome_name(cold), why);
    if (warm == MVO_OPTIMAL) {
        mvo_solver_weights(a, s->solver);
        mvo_solver_weights(b, fresh);
        const long double first = objective_of(s->p, a), second = objective_of(s->p, b);
        assert_true(fabsl(first - second) <= 1e-10L * (1.0L + fabsl(second)));
        for (size_t j = 0; j < n && definite; j++)
            if (!(fabs(a[j] - b[j]) <= 1e-9 * (1.0 + fabs(b[j]))))
                fail_msg("weight %zu: warm %.17g, cold %.17g", j, a[j], b[j]);
    }
    counts[warm]++;
    mvo_solver_free(fresh);
    free(a);
}

static void run_sessions(size_t sessions, size_t steps, size_t most_assets, int definite, int kind, uint64_t seed)
{
    random_stream stream = { seed };
    size_t counts[10] = { 0 };
    for (size_t t = 0; t < sessions; t++) {
        const size_t n = 1 + random_below(&stream, most_assets), m = random_below(&stream, n / 2 + 2);
        instance *p = random_feasible_problem(&stream, n, m, definite ? n : random_below(&stream, n + 1), kind);
        if (definite) /* condition number 100: two answers of full precision agree in the weights */
            random_covariance(&stream, p->sigma, n, 100.0);
        session s = session_new(p);
        for (size_t step = 0; step < steps; step++) {
            compare(&s, definite, counts);
            for (size_t edits = 1 + random_below(&stream, 3); edits-- > 0;)
                edit(&s, &stream);
        }
        session_free(&s);
    }
    print_message("%zu optimal, %zu infeasible, %zu unbounded\n", counts[MVO_OPTIMAL], counts[MVO_INFEASIBLE],
                  counts[MVO_UNBOUNDED]);
    assert_true(counts[MVO_OPTIMAL] > 0 && counts[MVO_INFEASIBLE] > 0);
}

static void test_definite(void **state)
{
    (void)state;
    run_sessions(100, 30, 15, 1, RANDOM_CONTINUOUS, 31);
}

static void test_semidefinite(void **state)
{
    (void)state;
    run_sessions(100, 30, 12, 0, RANDOM_CONTINUOUS, 32);
}

static void test_integers(void **state)
{
    (void)state;
    run_sessions(100, 30, 10, 0, RANDOM_INTEGER, 33);
}

static void test_larger(void **state)
{
    (void)state;
    run_sessions(4, 30, 100, 1, RANDOM_CONTINUOUS, 34);
}

/* Exchanging the covariance keeps the working set; the answer is that of the new one. */
static void test_new_covariance(void **state)
{
    (void)state;
    random_stream stream = { 35 };
    size_t counts[10] = { 0 };
    for (size_t t = 0; t < 50; t++) {
        const size_t n = 2 + random_below(&stream, 12);
        instance *p = random_feasible_problem(&stream, n, 2, n, RANDOM_CONTINUOUS);
        random_covariance(&stream, p->sigma, n, 100.0);
        session s = session_new(p);
        for (size_t step = 0; step < 5; step++) {
            compare(&s, 1, counts);
            random_covariance(&stream, p->sigma, n, 100.0);
            mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
            assert_int_equal(mvo_solver_set_covariance(s.solver, covariance, NULL), MVO_OK);
            mvo_covariance_unref(covariance);
        }
        session_free(&s);
    }
}

/* The same solve again changes nothing, and a cleared solver answers bit for bit as a fresh one. */
static void test_cleared(void **state)
{
    (void)state;
    random_stream stream = { 36 };
    for (size_t t = 0; t < 100; t++) {
        const size_t n = 1 + random_below(&stream, 20);
        mvo_outcome outcome;
        double a[20], b[20];
        instance *p = random_feasible_problem(&stream, n, n / 3, n, RANDOM_CONTINUOUS);
        session s = session_new(p);
        mvo_solver *fresh;
        mvo_solver_solve(&outcome, s.solver, NULL);
        move_linear(&s, &stream, 1.0);
        mvo_solver_solve(&outcome, s.solver, NULL);
        assert_int_equal(mvo_solver_clear(s.solver, NULL), MVO_OK);
        assert_int_equal(mvo_solver_solve(&outcome, s.solver, NULL), MVO_OK);
        mvo_solver_weights(a, s.solver);
        fresh = instance_solver(p, MVO_CHECK_ALL);
        mvo_solver_solve(&outcome, fresh, NULL);
        mvo_solver_weights(b, fresh);
        assert_memory_equal(a, b, n * sizeof *a);
        mvo_solver_free(fresh);
        session_free(&s);
    }
}

/* Rounds and exchanges of a solve; it takes only one kind of them. */
static int64_t cost_of(mvo_solver *solver, const double *linear, int exchanges)
{
    mvo_report report = MVO_REPORT_INIT;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    assert_int_equal(exchanges ? report.rounds : report.pivots, 0);
    return exchanges ? report.pivots : report.rounds;
}

/* From all in one asset to the least variance, weights being at least `lower`. A warm solve may cost `more` than a cold one. */
static void go_far(size_t n, uint64_t seeds, double lower, int exchanges, int64_t more)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        double *linear = calloc(n, sizeof *linear);
        instance *p = market_new(n, seed, 0);
        market_long_only(p);
        instance_set_bounds(p, lower, INFINITY);
        mvo_solver *warm = instance_solver(p, MVO_CHECK_NONE), *cold = instance_solver(p, MVO_CHECK_NONE);
        assert_non_null(linear);
        assert_non_null(warm);
        assert_non_null(cold);
        linear[seed % n] = -100.0;
        cost_of(warm, linear, exchanges);
        linear[seed % n] = 0.0;
        const int64_t cost = cost_of(cold, linear, exchanges);
        assert_in_range(cost_of(warm, linear, exchanges), 1, cost + more);
        mvo_solver_free(warm);
        mvo_solver_free(cold);
        instance_free(p);
        free(linear);
    }
}

/* Block pivoting: the last working set says nothing, and after one round the solve goes on as a cold one does. */
static void test_far_off(void **state)
{
    (void)state;
    go_far(200, 60, -0.01, 0, 1);
}

/* Working sets that are grown: from 140 assets on. */
static void test_far_off_grown(void **state)
{
    (void)state;
    go_far(200, 60, 0.0, 1, 1);
}

/* Exchanges, for small problems: one for the asset that is held wrongly, beside those of a cold solve. */
static void test_far_off_small(void **state)
{
    (void)state;
    go_far(60, 60, 0.0, 1, 1);
}

/* Building up the inverse of a large working set one by one would take longer than the solve: these stay with factorisations. */
static void test_many_free(void **state)
{
    (void)state;
    enum { N = 250 };
    double linear[N] = { 0.0 };
    mvo_report report = MVO_REPORT_INIT;
    instance *p = market_new(N, 1, 1);
    market_long_only(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
    assert_non_null(solver);
    for (int k = 0; k < 3; k++) {
        mvo_outcome outcome = -1;
        linear[k] = -1e-6;
        assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        assert_true(report.free_weights > 150);
        assert_true(report.rounds > 0);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definite), cmocka_unit_test(test_semidefinite),   cmocka_unit_test(test_integers),
        cmocka_unit_test(test_larger),   cmocka_unit_test(test_new_covariance), cmocka_unit_test(test_cleared),
        cmocka_unit_test(test_far_off), cmocka_unit_test(test_far_off_small), cmocka_unit_test(test_far_off_grown),
        cmocka_unit_test(test_many_free),
    };
    return cmocka_run_group_tests_name("warm equals cold", tests, NULL, NULL);
}
