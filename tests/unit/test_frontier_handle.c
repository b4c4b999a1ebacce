/* SPDX-License-Identifier: MIT */
/* The frontier as a handle: what it holds on to, who may share it, what it refuses, and what the solver keeps. */
#include "support/answer.h"
#include "support/counting_allocator.h"
#include "support/market.h"
#include "support/questions.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 30, THREADS = 4, ROUNDS = 400 };

static instance *make_instance(void)
{
    instance *p = market_new(N, 11, 0);
    market_sectors(p);
    return p;
}

static mvo_frontier *make_frontier(const instance *p, mvo_solver *solver)
{
    mvo_frontier *frontier = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_non_null(frontier);
    return frontier;
}

/* ------------------------------------------------------------------------------------------------- lifetime */

/* Context, covariance, constraint set and solver are gone; the frontier and its errors still work. Then all is. */
static void a_frontier_outlives_everything(void **state)
{
    (void)state;
    counting_allocator allocator = { .refuse_at = COUNTING_NEVER };
    instance *p = make_instance();
    mvo_context *context = NULL;
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = instance_constraints(p);
    mvo_solver *solver = NULL, *other = instance_solver(p, MVO_CHECK_ALL);
    mvo_frontier *frontier = NULL;
    mvo_outcome outcome = -1;
    double sharpe, w[N];
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&covariance, context, N, p->sigma, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, context, covariance, rules, NULL), MVO_OK);
    mvo_context_unref(context);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(rules);
    frontier = make_frontier(p, solver);
    mvo_solver_free(solver);
    assert_true(allocator.live > 0);
    assert_frontier(p, frontier, other, 1e-9);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, w, frontier, 0.01, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_frontier_at_lambda(NULL, NULL, w, frontier, -1.0, &error), MVO_ERROR_OUT_OF_RANGE);
    assert_string_equal(error.argument, "lambda");
    assert_ptr_equal(mvo_frontier_ref(frontier), frontier);
    mvo_frontier_unref(frontier);
    assert_int_equal(mvo_frontier_size(frontier), N);
    mvo_frontier_unref(frontier);
    assert_int_equal(allocator.live, 0);
    assert_null(mvo_frontier_ref(NULL));
    mvo_frontier_unref(NULL);
    mvo_solver_free(other);
    instance_free(p);
}

/* Immutable: later solves, edits and frontiers of the same solver do not reach it. */
static void a_frontier_is_its_own(void **state)
{
    (void)state;
    instance *p = make_instance();
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL), *other = instance_solver(p, MVO_CHECK_ALL);
    mvo_frontier *first = make_frontier(p, solver);
    double upper[N];
    for (size_t j = 0; j < N; j++)
        upper[j] = 0.05;
    assert_int_equal(mvo_solver_set_bounds(solver, NULL, upper, NULL), MVO_OK);
    mvo_frontier *second = make_frontier(p, solver);
    mvo_frontier_unref(second);
    assert_frontier(p, first, other, 1e-9);
    mvo_frontier_unref(first);
    mvo_solver_free(solver);
    mvo_solver_free(other);
    instance_free(p);
}

/* -------------------------------------------------------------------------------------------------- threads */

/* What every thread must be told, to the bit. */
typedef struct told {
    double corner[3], corner_weights[N], by_lambda[2], lambda_weights[N], by_return[2], return_weights[N];
    double by_volatility[2], volatility_weights[N], best[3], best_weights[N];
    int64_t size, corners, outcome;
} told;

static int query(told *t, const mvo_frontier *frontier)
{
    mvo_outcome outcome = -1;
    int good = 1;
    memset(t, 0, sizeof *t);
    t->size = (int64_t)mvo_frontier_size(frontier);
    t->corners = (int64_t)mvo_frontier_corner_count(frontier);
    const size_t k = (size_t)t->corners / 2;
    good &= !mvo_frontier_corner(&t->corner[0], &t->corner[1], &t->corner[2], t->corner_weights, frontier, k);
    good &= !mvo_frontier_at_lambda(&t->by_lambda[0], &t->by_lambda[1], t->lambda_weights, frontier, 0.7 * t->corner[0],
                                    NULL);
    good &=
        !mvo_frontier_at_return(&t->by_return[0], &t->by_return[1], t->return_weights, frontier, t->by_lambda[0], NULL);
    good &= !mvo_frontier_at_volatility(&t->by_volatility[0], &t->by_volatility[1], t->volatility_weights, frontier,
                                        t->by_lambda[1], NULL);
    good &= !mvo_frontier_max_sharpe(&outcome, &t->best[0], &t->best[1], &t->best[2], t->best_weights, frontier, 0.01,
                                     NULL);
    t->outcome = outcome;
    return good && outcome == MVO_OPTIMAL;
}

typedef struct worker {
    mvo_frontier *frontier;
    const told *expected;
    int wrong;
} worker;

/* Takes references and gives them back, queries in between, and refuses in between; gives its own reference back last.
 */
static void *work(void *user)
{
    worker *own = user;
    for (int round = 0; round < ROUNDS; round++) {
        told now;
        mvo_error error = MVO_ERROR_INIT;
        mvo_frontier *held = mvo_frontier_ref(own->frontier);
        if (!query(&now, held) || memcmp(&now, own->expected, sizeof now) != 0)
            own->wrong++;
        if (mvo_frontier_at_return(NULL, NULL, NULL, held, 1e6, &error) != MVO_ERROR_OUT_OF_RANGE)
            own->wrong++;
        mvo_frontier_unref(held);
    }
    mvo_frontier_unref(own->frontier);
    return NULL;
}

static void threads_share_a_frontier(void **state)
{
    (void)state;
    instance *p = make_instance();
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    mvo_frontier *frontier = make_frontier(p, solver);
    told expected;
    worker workers[THREADS];
    pthread_t threads[THREADS];
    assert_true(query(&expected, frontier));
    assert_true(expected.corners > 3);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){ mvo_frontier_ref(frontier), &expected, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    mvo_frontier_unref(frontier); /* the last thread frees it, while the solver goes on with other work */
    for (int i = 0; i < 20; i++)
        ask_sharpe(p, solver, 0.01, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].wrong, 0);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

/* ----------------------------------------------------------------------------------------------- the solver */

/* The last answer is the portfolio of least variance; a tie is broken towards the larger return. */
static void the_solver_keeps_the_end(void **state)
{
    (void)state;
    instance *p = make_instance();
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    mvo_report report = MVO_REPORT_INIT;
    verify_problem view = instance_view(p);
    char why[256] = "";
    double w[N], end[N], lambda, expected_return, volatility, multiplier;
    mvo_frontier *frontier = make_frontier(p, solver);
    view.linear = NULL;
    if (!verify_solve(&view, solver, MVO_OPTIMAL, 1e-9, why, sizeof why)) /* of minimum variance, multipliers and all */
        fail_msg("%s", why);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_frontier_corner(&lambda, &expected_return, &volatility, end, frontier,
                                         mvo_frontier_corner_count(frontier) - 1),
                     MVO_OK);
    assert_memory_equal(w, end, sizeof w);
    assert_true(lambda == 0.0);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    assert_true(report.expected_return == expected_return);
    assert_true(fabs(report.variance - volatility * volatility) <= 1e-15);
    assert_true(fabs(report.objective - 0.5 * report.variance) <= 1e-15);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_ERROR_STATE);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    instance_free(p);

    p = instance_new(3, 1); /* two riskless assets: the end is the one that pays more */
    p->sigma[0] = 0.04;
    p->mu[0] = 0.08;
    p->mu[1] = 0.01;
    p->mu[2] = 0.02;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, 1.0);
    solver = instance_solver(p, MVO_CHECK_ALL);
    frontier = make_frontier(p, solver);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_true(fabs(w[2] - 1.0) <= 1e-12);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    instance_free(p);
}

/* Infeasible, and unbounded without risk: no frontier, the solver has the proof, and later ones can be made. */
static void without_a_frontier_there_is_a_reason(void **state)
{
    (void)state;
    instance *p = make_instance();
    double y[MARKET_ROWS], z[N], upper[N];
    char why[256] = "";
    mvo_outcome outcome = -1;
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    mvo_frontier *frontier = (mvo_frontier *)p; /* never followed */
    for (size_t j = 0; j < N; j++)
        upper[j] = 0.01;
    assert_int_equal(mvo_solver_set_bounds(solver, NULL, upper, NULL), MVO_OK);
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_null(frontier);
    assert_int_equal(mvo_solver_farkas(y, z, solver), MVO_OK);
    verify_problem view = instance_view(p);
    view.upper = upper;
    if (!verify_farkas(&view, y, z, 1e-9, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(mvo_solver_set_bounds(solver, p->lower, p->upper, NULL), MVO_OK);
    frontier = make_frontier(p, solver);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    instance_free(p);

    p = instance_new(3, 1);
    p->sigma[0] = 0.04;
    p->mu[0] = 0.08;
    p->mu[1] = 0.01;
    p->mu[2] = 0.02;
    instance_set_row(p, 0, NULL, 1.0, 1.0); /* borrow at 1 %, lend at 2 % */
    solver = instance_solver(p, MVO_CHECK_ALL);
    frontier = (mvo_frontier *)p;
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_UNBOUNDED);
    assert_null(frontier);
    view = instance_view(p);
    view.linear = (const double[3]){ -0.08, -0.01, -0.02 };
    assert_int_equal(mvo_solver_ray(z, solver), MVO_OK);
    if (!verify_ray(&view, z, 1e-9, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(mvo_solver_weights(z, solver), MVO_OK);
    mvo_solver_free(solver);
    instance_free(p);
}

/* -------------------------------------------------------------------------------------------------- refusals */

/* NaN and infinities at every number: named, and no output is touched. */
static void queries_refuse_what_is_not_finite(void **state)
{
    (void)state;
    instance *p = make_instance();
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    mvo_frontier *frontier = make_frontier(p, solver);
    const double wrong[] = { NAN, INFINITY, -INFINITY };
    double a = 7.0, b = 7.0, c = 7.0, w[N];
    mvo_outcome outcome = 77;
    memset(w, 0x5a, sizeof w);
    for (size_t k = 0; k < 3; k++) {
        mvo_error error[4] = { MVO_ERROR_INIT, MVO_ERROR_INIT, MVO_ERROR_INIT, MVO_ERROR_INIT };
        static const char *const names[] = { "lambda", "expected_return", "volatility", "rf" };
        assert_int_equal(mvo_frontier_at_lambda(&a, &b, w, frontier, wrong[k], &error[0]), MVO_ERROR_NOT_FINITE);
        assert_int_equal(mvo_frontier_at_return(&a, &b, w, frontier, wrong[k], &error[1]), MVO_ERROR_NOT_FINITE);
        assert_int_equal(mvo_frontier_at_volatility(&a, &b, w, frontier, wrong[k], &error[2]), MVO_ERROR_NOT_FINITE);
        assert_int_equal(mvo_frontier_max_sharpe(&outcome, &a, &b, &c, w, frontier, wrong[k], &error[3]),
                         MVO_ERROR_NOT_FINITE);
        for (size_t i = 0; i < 4; i++) {
            assert_string_equal(error[i].argument, names[i]);
            assert_int_equal(error[i].status, MVO_ERROR_NOT_FINITE);
            assert_true(isnan(wrong[k]) ? isnan(error[i].value) : error[i].value == wrong[k]);
            assert_true(error[i].row == -1 && error[i].column == -1);
        }
    }
    assert_int_equal(mvo_frontier_corner(&a, &b, &c, w, frontier, mvo_frontier_corner_count(frontier)),
                     MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_frontier_corner(&a, &b, &c, w, frontier, SIZE_MAX), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_frontier_ray(w, frontier), MVO_ERROR_STATE);
    assert_int_equal(mvo_frontier_ray(NULL, frontier), MVO_ERROR_NULL);
    assert_int_equal(mvo_frontier_ray(w, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_frontier_at_lambda(&a, &b, w, frontier, -1e-300, NULL), MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_return(&a, &b, w, frontier, 10.0, NULL), MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_return(&a, &b, w, frontier, -10.0, NULL), MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_volatility(&a, &b, w, frontier, 0.0, NULL), MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_volatility(&a, &b, w, frontier, 10.0, NULL), MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_max_sharpe(NULL, &a, &b, &c, w, frontier, 0.01, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &a, &b, &c, w, NULL, 0.01, NULL), MVO_ERROR_NULL);
    assert_int_equal(outcome, 77);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &a, &b, &c, w, frontier, 10.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_NO_EXCESS_RETURN); /* and nothing but the outcome is written */
    assert_true(a == 7.0 && b == 7.0 && c == 7.0);
    for (size_t i = 0; i < sizeof w; i++)
        assert_int_equal(((unsigned char *)w)[i], 0x5a);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    instance_free(p);
}

/* Every output may be left out, one by one; the others are the same. */
static void outputs_may_be_left_out(void **state)
{
    (void)state;
    instance *p = make_instance();
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    mvo_frontier *frontier = make_frontier(p, solver);
    told t;
    assert_true(query(&t, frontier));
    for (int mask = 0; mask < 8; mask++) {
        double a = t.by_lambda[0], b = t.by_lambda[1], w[N], again[3], v[N];
        memcpy(w, t.lambda_weights, sizeof w);
        memset(v, 0, sizeof v);
        assert_int_equal(mvo_frontier_at_lambda(mask & 1 ? &a : NULL, mask & 2 ? &b : NULL, mask & 4 ? w : NULL,
                                                frontier, 0.7 * t.corner[0], NULL),
                         MVO_OK);
        assert_true(a == t.by_lambda[0] && b == t.by_lambda[1]);
        assert_memory_equal(w, t.lambda_weights, sizeof w);
        memcpy(again, t.corner, sizeof again);
        assert_int_equal(mvo_frontier_corner(mask & 1 ? &again[0] : NULL, mask & 2 ? &again[1] : NULL,
                                             mask & 4 ? &again[2] : NULL, mask & 1 ? v : NULL, frontier,
                                             (size_t)t.corners / 2),
                         MVO_OK);
        assert_memory_equal(again, t.corner, sizeof again);
        if (mask & 1)
            assert_memory_equal(v, t.corner_weights, sizeof v);
        assert_int_equal(mvo_frontier_at_return(mask & 1 ? &again[0] : NULL, mask & 2 ? &again[1] : NULL,
                                                mask & 4 ? v : NULL, frontier, t.by_lambda[0], NULL),
                         MVO_OK);
        assert_int_equal(mvo_frontier_at_volatility(mask & 1 ? &again[0] : NULL, mask & 2 ? &again[1] : NULL,
                                                    mask & 4 ? v : NULL, frontier, t.by_lambda[1], NULL),
                         MVO_OK);
        mvo_outcome outcome = -1;
        assert_int_equal(mvo_frontier_max_sharpe(&outcome, mask & 1 ? &again[0] : NULL, mask & 2 ? &again[1] : NULL,
                                                 mask & 4 ? &again[2] : NULL, mask & 1 ? v : NULL, frontier, 0.01,
                                                 NULL),
                         MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        if (mask & 1)
            assert_true(again[0] == t.best[0] && memcmp(v, t.best_weights, sizeof v) == 0);
    }
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    instance_free(p);
}

/* Two assets of one and the same risk: the frontier is the better one alone, whatever the last digits of their numbers. */
static void twins_of_different_means(void **state)
{
    (void)state;
    for (int k = 0; k < 200; k++) {
        const double variance = 0.03 + 0.0001234567 * k, mean = 0.06 + 0.00031415926 * k;
        const double sigma[4] = { variance, variance, variance, variance }, mu[2] = { mean, mean + 0.03 };
        mvo_covariance *covariance = NULL;
        mvo_constraints *rules = NULL;
        mvo_solver *solver = NULL;
        mvo_frontier *frontier = NULL;
        mvo_outcome outcome = -1;
        double w[2];
        assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, MVO_CHECK_ALL, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 2, NULL), MVO_OK);
        assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
        assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, mu, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        for (size_t c = 0; c < mvo_frontier_corner_count(frontier); c++) {
            assert_int_equal(mvo_frontier_corner(NULL, NULL, NULL, w, frontier, c), MVO_OK);
            assert_true(w[0] == 0.0 && w[1] == 1.0);
        }
        mvo_frontier_unref(frontier);
        mvo_solver_free(solver);
        mvo_constraints_free(rules);
        mvo_covariance_unref(covariance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frontier_outlives_everything), cmocka_unit_test(twins_of_different_means),
        cmocka_unit_test(a_frontier_is_its_own),
        cmocka_unit_test(threads_share_a_frontier),
        cmocka_unit_test(the_solver_keeps_the_end),
        cmocka_unit_test(without_a_frontier_there_is_a_reason),
        cmocka_unit_test(queries_refuse_what_is_not_finite),
        cmocka_unit_test(outputs_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
