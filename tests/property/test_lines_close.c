/* SPDX-License-Identifier: MIT */
/*
 * Frontiers over means that all but tie: what of them moves the weights is then a small part of them, while multipliers are of
 * their size. Corners of the plain line and of path following must obey the limits all the same; where there are riskless assets
 * the end is the best of them; and a frontier that is stopped anywhere leaves a portfolio whose report is its own.
 */
#include "portfolio/ask.h"
#include "portfolio/line.h"
#include "support/market.h"
#include "support/property.h"
#include "support/random.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { PROBLEMS = 1000 };

/* Long-only or capped under a budget, the covariance that of a few whole numbers. */
static instance *draw_close(uint64_t seed)
{
    random_stream stream = { seed };
    const size_t n = 3 + random_below(&stream, 45), periods = n + 1 + random_below(&stream, n);
    instance *p = instance_new(n, 1);
    double *x = claim(n * periods);
    for (size_t e = 0; e < n * periods; e++)
        x[e] = (double)random_below(&stream, 6) - 2.0;
    for (size_t j = 0; j < n; j++) {
        p->mu[j] = 0.1 + 1e-8 * random_normal(&stream);
        for (size_t i = 0; i < n; i++)
            for (size_t t = 0; t < periods; t++)
                p->sigma[i + j * n] += x[i * periods + t] * x[j * periods + t];
    }
    instance_set_bounds(p, 0.0, random_below(&stream, 2) ? INFINITY : 2.5 / (double)n);
    instance_set_row(p, 0, NULL, random_below(&stream, 2) ? 1.0 : -INFINITY, 1.0);
    free(x);
    return p;
}

/* The frontier of the plain line alone; NULL if that leaves it to the path. */
static mvo_frontier *by_line(const instance *p, mvo_solver *solver)
{
    mvo_frontier *frontier = NULL;
    mvo_status status = MVO_OK;
    assert_int_equal(mvoi_frontier_new(&frontier, NULL, p->n), MVO_OK);
    mvoi_ask_start(solver);
    const mvo_outcome outcome = mvoi_line_follow(frontier, solver, p->mu, &status);
    assert_int_equal(status, MVO_OK);
    if (outcome == MVO_OPTIMAL)
        return frontier;
    assert_int_equal(outcome, MVO_NUMERICAL);
    mvo_frontier_unref(frontier);
    return NULL;
}

/* The frontier of path following. */
static mvo_frontier *by_path(const instance *p, mvo_solver *solver)
{
    mvo_frontier *frontier = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, MVO_METHOD_PATH, NULL), MVO_OK);
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    return frontier;
}

static size_t follow_all(mvo_frontier *(*follow)(const instance *, mvo_solver *))
{
    size_t followed = 0;
    for (uint64_t seed = 1; seed <= PROBLEMS; seed++) {
        instance *p = draw_close(seed);
        double *w = claim(p->n);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
        mvo_frontier *frontier = follow(p, solver);
        followed += frontier != NULL;
        for (size_t k = 0; k < mvo_frontier_corner_count(frontier); k++) {
            double sum = 0.0;
            assert_int_equal(mvo_frontier_corner(NULL, NULL, NULL, w, frontier, k), MVO_OK);
            for (size_t j = 0; j < p->n; j++) {
                assert_true(w[j] >= p->lower[j] && w[j] <= p->upper[j]);
                sum += w[j];
            }
            if (!(sum >= p->row_lower[0] - 1e-12 && sum <= p->row_upper[0] + 1e-12))
                fail_msg("seed %llu, corner %zu: a budget of %.17g", (unsigned long long)seed, k, sum);
        }
        mvo_frontier_unref(frontier);
        mvo_solver_free(solver);
        instance_free(p);
        free(w);
    }
    return followed;
}

static void corners_obey(void **state)
{
    (void)state;
    const size_t followed = follow_all(by_line);
    print_message("          %d problems, %zu followed\n", PROBLEMS, followed);
    assert_true(3 * followed > PROBLEMS);
}

/* So must those of path following, which gradients of 1e10 would make a budget of 1 + 1e-6. */
static void corners_of_paths_obey(void **state)
{
    (void)state;
    assert_int_equal(follow_all(by_path), PROBLEMS);
}

/* Without risk the last portfolio is the one of largest return, not whichever has no variance. */
static void the_riskless_end_is_the_best(void **state)
{
    (void)state;
    enum { RISKLESS = 2 };
    size_t followed = 0;
    for (uint64_t seed = 1; seed <= PROBLEMS; seed++) {
        random_stream stream = { ~seed };
        instance *p = draw_close(seed);
        const size_t n = p->n;
        double *row = claim(n), best = 0.0, end;
        for (size_t j = 0; j < n; j++) {
            row[j] = 0.5 + random_uniform(&stream);
            for (size_t i = 0; i < RISKLESS; i++)
                p->sigma[i + j * n] = p->sigma[j + i * n] = 0.0;
        }
        for (size_t j = 0; j < RISKLESS; j++)
            best = fmax(best, p->mu[j] / row[j]);
        instance_set_row(p, 0, row, -INFINITY, 1.0);
        instance_set_bounds(p, 0.0, INFINITY);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
        mvo_frontier *frontier = by_line(p, solver);
        followed += frontier != NULL;
        if (frontier) {
            assert_int_equal(
                mvo_frontier_corner(NULL, &end, NULL, NULL, frontier, mvo_frontier_corner_count(frontier) - 1), MVO_OK);
            if (!(fabs(end - best) <= 1e-9 * best))
                fail_msg("seed %llu ends at %.17g, not %.17g", (unsigned long long)seed, end, best);
        }
        mvo_frontier_unref(frontier);
        mvo_solver_free(solver);
        instance_free(p);
        free(row);
    }
    print_message("          %d problems, %zu followed\n", PROBLEMS, followed);
}

/* ------------------------------------------------------------------------------------------------- stops */

/* A callback that asks once to stop, when `left` calls have gone by. */
static int32_t stop_once(void *user, int64_t iterations)
{
    (void)iterations;
    int64_t *left = user;
    return (*left)-- == 0;
}

/* What a stopped frontier's report says of a feasible portfolio is true of the weights. */
static void judge_stop(const instance *p, const mvo_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    verify_residuals residuals;
    verify_problem view = instance_view(p);
    double *w = claim(p->n), *z = claim(p->n), *y = claim(p->m);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_int_equal(report.outcome, MVO_CANCELLED);
    verify_measure(&residuals, &view, w, y, z, 0.0, 0.0);
    if (report.feasible) {
        assert_true(residuals.primal_relative <= 1e-9L);
        assert_true(fabsl(report.objective - 0.5L * residuals.variance) <= 1e-12L * residuals.variance + 1e-15L);
        assert_true(fabsl(report.variance - residuals.variance) <= 1e-12L * residuals.variance + 1e-15L);
    }
    free(w);
    free(z);
    free(y);
}

/* Whichever step it is at, the end's own solve among them. */
static void stop_everywhere(instance *p)
{
    mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
    mvo_outcome outcome = MVO_CANCELLED;
    for (int64_t steps = 0; outcome == MVO_CANCELLED; steps++) {
        mvo_frontier *frontier = NULL;
        int64_t left = steps;
        assert_true(steps < 10000);
        assert_int_equal(mvo_solver_set_progress(solver, stop_once, &left, NULL), MVO_OK);
        assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
        assert_int_equal(outcome == MVO_CANCELLED, left < 0);
        if (outcome == MVO_CANCELLED)
            judge_stop(p, solver);
        mvo_frontier_unref(frontier);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

/* Three rows over two assets, a vertex at either end: the end is not where the line's last working set has it. */
static instance *two_assets(void)
{
    const double sigma[] = { 0x1.cc9effba7b34ap-5, 0x1.3687316cad6efp-5, 0x1.3687316cad6efp-5, 0x1.58f6a4ab6f908p-4 };
    const double first[] = { 2.0, 1.0 }, second[] = { 0.0, 0x1.96223fb1e47f5p-2 };
    instance *p = instance_new(2, 3);
    for (size_t e = 0; e < 4; e++)
        p->sigma[e] = sigma[e];
    p->mu[0] = 1.0;
    p->mu[1] = 0x1.ffffffffffc7bp-1;
    instance_set_bounds(p, -0.25, 0.5);
    instance_set_row(p, 0, first, 1.0, INFINITY);
    instance_set_row(p, 1, second, -INFINITY, 0.5);
    instance_set_row(p, 2, NULL, 0x1.4379838781ad6p-2, INFINITY);
    return p;
}

static void every_stop_leaves_a_portfolio(void **state)
{
    (void)state;
    stop_everywhere(two_assets());
    for (uint64_t seed = 1; seed <= 60; seed++)
        stop_everywhere(draw_close(seed));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(corners_obey), cmocka_unit_test(corners_of_paths_obey),
                                        cmocka_unit_test(the_riskless_end_is_the_best),
                                        cmocka_unit_test(every_stop_leaves_a_portfolio) };
    return cmocka_run_group_tests_name("close lines", tests, NULL, NULL);
}
