/* SPDX-License-Identifier: MIT */
/*
 * Working sets larger than a solver has memory for at first (2048 free weights and active rows, 1024 over a factor model; here
 * the room is made small, so that small problems do): more is taken when it is needed and the bits are the same; where it is
 * refused the solve is stopped, says so, and works when there is memory again.
 */
#include "qp/solver.h"
#include "support/counting_allocator.h"
#include "support/market.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 40, ROOM = 8 };

static counting_allocator allocator;
static mvo_context *context;
static instance *p;
static mvo_covariance *covariance;
static mvo_constraints *rules;

/* Long and short, so that most weights are free. */
static int begin(void **state)
{
    (void)state;
    allocator = (counting_allocator){ .refuse_at = COUNTING_NEVER };
    p = market_new(N, 5, 1);
    market_long_only(p);
    instance_set_bounds(p, -0.2, 0.4);
    rules = instance_constraints(p);
    covariance = instance_covariance(p, MVO_CHECK_ALL);
    return !rules || !covariance ||
           mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL) != MVO_OK;
}

static int end(void **state)
{
    (void)state;
    mvo_context_unref(context);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(rules);
    instance_free(p);
    return allocator.live != 0;
}

/* A solver by the path method whose KKT matrix has memory for an order of `room` at first. */
static mvo_solver *make_solver(size_t room)
{
    mvo_solver *solver = NULL;
    assert_int_equal(mvo_solver_new(&solver, context, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_linear(solver, p->linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, MVO_METHOD_PATH, NULL), MVO_OK);
    mvoi_kkt *kkt = &solver->path.kkt;
    mvoi_kkt_free(kkt, context);
    assert_int_equal(mvoi_kkt_new(kkt, context, solver->capacity, room, solver->n + solver->m + 1, solver->kernels), 1);
    return solver;
}

static void solve(mvo_solver *solver, mvo_outcome expected, double *w)
{
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, expected);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    assert_true(outcome != MVO_OPTIMAL || report.free_weights + report.active_rows > 2 * ROOM);
}

static void memory_is_taken_when_needed(void **state)
{
    (void)state;
    double plain[N], grown[N];
    mvo_solver *large = make_solver(SIZE_MAX), *small = make_solver(ROOM);
    size_t asked = allocator.asked;
    solve(large, MVO_OPTIMAL, plain);
    assert_int_equal(allocator.asked, asked);
    solve(small, MVO_OPTIMAL, grown);
    assert_true(allocator.asked > asked);
    assert_memory_equal(plain, grown, sizeof plain);
    asked = allocator.asked;
    assert_int_equal(mvo_solver_clear(small, NULL), MVO_OK);
    solve(small, MVO_OPTIMAL, grown); /* what was taken is kept */
    assert_int_equal(allocator.asked, asked);
    assert_memory_equal(plain, grown, sizeof plain);
    mvo_solver_free(large);
    mvo_solver_free(small);
}

/* Cold: the working set grows until memory is refused. Warm: the last answer's does not fit to begin with. */
static void without_memory_a_solve_is_stopped(void **state)
{
    (void)state;
    double plain[N], w[N];
    mvo_solver *large = make_solver(SIZE_MAX);
    solve(large, MVO_OPTIMAL, plain);
    size_t growths = 0;
    for (size_t k = 0;; k++) {
        mvo_solver *solver = make_solver(ROOM);
        const size_t refused = allocator.refused;
        mvo_report report = MVO_REPORT_INIT;
        mvo_outcome outcome = -1;
        double sum = 0.0;
        allocator.refuse_at = allocator.asked + k;
        allocator.refuse_on = 1;
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        allocator.refuse_at = COUNTING_NEVER;
        allocator.refuse_on = 0;
        growths = k;
        if (allocator.refused == refused) {
            assert_int_equal(outcome, MVO_OPTIMAL);
            mvo_solver_free(solver);
            break;
        }
        assert_int_equal(outcome, MVO_NO_MEMORY);
        assert_string_equal(mvo_outcome_name(outcome), "MVO_NO_MEMORY");
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        for (size_t j = 0; j < N; j++)
            sum += w[j];
        assert_true(report.feasible && fabs(sum - 1.0) <= 1e-9);
        assert_int_equal(mvo_solver_clear(solver, NULL), MVO_OK);
        solve(solver, MVO_OPTIMAL, w);
        assert_memory_equal(w, plain, sizeof w);
        mvo_solver_free(solver);
    }
    assert_true(growths >= 4); /* two matrices each time */
    mvo_solver_free(large);
}

/* A path of the caller's, from an answer whose working set does not fit. */
static void paths_take_it_too(void **state)
{
    (void)state;
    double w[N], linear[N];
    size_t stopped = 0, whole = 0;
    for (size_t j = 0; j < N; j++)
        linear[j] = -p->mu[j];
    for (size_t k = 0; !whole; k++) {
        mvo_solver *solver = make_solver(SIZE_MAX);
        mvo_path *path = NULL;
        mvo_outcome outcome = -1;
        solve(solver, MVO_OPTIMAL, w);
        mvoi_kkt_free(&solver->path.kkt, context);
        assert_int_equal(
            mvoi_kkt_new(&solver->path.kkt, context, solver->capacity, ROOM, N + solver->m + 1, solver->kernels), 1);
        allocator.refuse_at = allocator.asked + k;
        const mvo_status status =
            mvo_path_new(&path, &outcome, solver, linear, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        allocator.refuse_at = COUNTING_NEVER;
        assert_true(status == MVO_ERROR_MEMORY || (status == MVO_OK && (outcome == MVO_NO_MEMORY || outcome == MVO_OPTIMAL)));
        stopped += status == MVO_OK && outcome == MVO_NO_MEMORY;
        whole += status == MVO_OK && outcome == MVO_OPTIMAL;
        mvo_path_unref(path);
        mvo_solver_free(solver);
    }
    assert_true(stopped >= 2);
}

static size_t bytes_asked;

static void *allocate_counting_bytes(void *user, size_t size)
{
    bytes_asked += size;
    return counting_allocate(user, size);
}

/* Over a factor model, which takes little memory itself, neither does the solver: 36 MiB with 10 000 assets and 100 factors. */
static void a_factor_model_gets_less_at_first(void **state)
{
    (void)state;
    enum { MANY = 1100, WIDE = 10000, FACTORS = 100 };
    static double matrix[MANY * MANY], loadings[WIDE * FACTORS], specific[WIDE];
    mvo_context *watched = NULL;
    assert_int_equal(mvo_context_new(&watched, allocate_counting_bytes, counting_release, NULL, &allocator, NULL), MVO_OK);
    for (int factored = 0; factored < 2; factored++) {
        const size_t n = factored ? WIDE : MANY;
        mvo_covariance *made = NULL;
        mvo_constraints *long_only = NULL;
        mvo_solver *solver = NULL;
        bytes_asked = 0;
        for (size_t i = 0; i < n; i++)
            specific[i] = matrix[i % MANY * (MANY + 1)] = 1.0;
        assert_int_equal(factored ? mvo_covariance_new_factor(&made, watched, n, FACTORS, loadings, n, NULL, 0, specific, 0, NULL)
                                  : mvo_covariance_new_dense(&made, watched, n, matrix, n, MVO_CHECK_NONE | MVO_BORROW, NULL),
                         MVO_OK);
        assert_int_equal(mvo_constraints_new_long_only(&long_only, watched, n, NULL), MVO_OK);
        assert_int_equal(mvo_solver_new(&solver, watched, made, long_only, NULL), MVO_OK);
        assert_int_equal(solver->path.kkt.room, factored ? 1024 : solver->capacity);
        assert_true(solver->capacity > 1024);
        if (factored)
            assert_true(bytes_asked < (size_t)37 << 20);
        mvo_solver_free(solver);
        mvo_constraints_free(long_only);
        mvo_covariance_unref(made);
    }
    mvo_context_unref(watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_taken_when_needed, begin, end),
        cmocka_unit_test_setup_teardown(without_memory_a_solve_is_stopped, begin, end),
        cmocka_unit_test_setup_teardown(paths_take_it_too, begin, end),
        cmocka_unit_test_setup_teardown(a_factor_model_gets_less_at_first, begin, end),
    };
    return cmocka_run_group_tests_name("large working sets", tests, NULL, NULL);
}
