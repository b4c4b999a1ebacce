/* SPDX-License-Identifier: MIT */
/*
 * Solves that are stopped after so many iterations: what they answer is feasible where they say so, and no farther from the
 * optimum than the gap they report.
 */
#include "support/costly.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static int limits_hold(const costly *c, const double *w, char *why, size_t size)
{
    const instance *p = c->p;
    double largest = 1e-300;
    for (size_t j = 0; j < p->n; j++)
        largest = fmax(largest, fabs(w[j]));
    for (size_t j = 0; j < p->n; j++)
        if (!(w[j] >= p->lower[j] - 1e-9 * largest && w[j] <= p->upper[j] + 1e-9 * largest)) {
            snprintf(why, size, "weight %zu is %.17g in [%g, %g]", j, w[j], p->lower[j], p->upper[j]);
            return 0;
        }
    for (size_t i = 0; i < p->m + c->absolute; i++) {
        const int linear = i < p->m;
        long double value = 0.0L, terms = 0.0L;
        for (size_t j = 0; j < p->n; j++) {
            const double a = linear ? p->rows[i * p->n + j] : c->rows[i - p->m].coefficients[j];
            value += (long double)a * w[j];
            terms += fabsl((long double)a) * (fabs(w[j]) + fabs(c->holdings[j]) + 1e-6 * largest);
        }
        if (!linear)
            value = costly_activity(c, i - p->m, w);
        const double lower = linear ? p->row_lower[i] : -INFINITY, upper = linear ? p->row_upper[i] : c->rows[i - p->m].limit;
        const long double near = 1e-9L * terms;
        const long double below = isinf(lower) ? 0.0 : 1e-9 * fabs(lower), above = isinf(upper) ? 0.0 : 1e-9 * fabs(upper);
        if (!(value >= lower - near - below && value <= upper + near + above)) {
            snprintf(why, size, "row %zu is %.17Lg in [%g, %g]", i, value, lower, upper);
            return 0;
        }
    }
    return 1;
}

/* Every limit from 0 iterations on until the solve gets through; `warm`: after an optimum for other prices. */
static int stops_well(const costly *c, int warm, random_stream *stream, size_t *feasible, size_t *stopped, char *why, size_t size)
{
    const size_t n = c->p->n;
    double *w = calloc(2 * n, sizeof *w), *other = w + n;
    mvo_outcome outcome = -1;
    mvo_report best = MVO_REPORT_INIT;
    mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
    int fine = 1;
    assert_non_null(w);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_report(&best, solver), MVO_OK);
    const int solvable = outcome == MVO_OPTIMAL;
    for (size_t j = 0; j < n; j++)
        other[j] = c->p->linear[j] + random_normal(stream);
    for (int64_t limit = 1; fine && solvable && limit < 60; limit++) {
        mvo_report report = MVO_REPORT_INIT;
        assert_int_equal(mvo_solver_clear(solver, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, limit % 2 ? MVO_METHOD_PATH : MVO_METHOD_AUTO, NULL),
                         MVO_OK);
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, 0, NULL), MVO_OK);
        if (warm) {
            mvo_solver_set_linear(solver, other, NULL);
            mvo_solver_solve(&outcome, solver, NULL);
            mvo_solver_set_linear(solver, c->p->linear, NULL);
        }
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, limit, NULL), MVO_OK);
        const int had_answer = warm && outcome == MVO_OPTIMAL;
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        if (outcome == MVO_OPTIMAL && limit > 1)
            break;
        if (outcome != MVO_ITERATION_LIMIT)
            continue;
        ++*stopped;
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        *feasible += report.feasible == 1;
        if (had_answer && !report.feasible) {
            snprintf(why, size, "limit %d: the answer before was feasible and is lost", (int)limit);
            fine = 0;
        }
        if (!report.feasible)
            continue;
        fine = fine && limits_hold(c, w, why, size);
        const double value = (double)costly_objective(c, w, 1.0), rounding = 1e-8 * (best.gap_scale + fabs(value));
        if (fine && !(value >= best.objective - rounding)) {
            snprintf(why, size, "limit %d: objective %.15g below the optimum %.15g", (int)limit, value, best.objective);
            fine = 0;
        }
        if (fine && !(value - report.gap <= best.objective + rounding)) {
            snprintf(why, size, "limit %d: objective %.15g, gap %.15g, optimum %.15g", (int)limit, value, report.gap,
                     best.objective);
            fine = 0;
        }
    }
    mvo_solver_free(solver);
    free(w);
    return fine;
}

static void stop(size_t problems, size_t most_assets, size_t most_absolute, int integer, int warm, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0, feasible = 0, stopped = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        const size_t n = 2 + random_below(&stream, most_assets - 1);
        instance *p = random_feasible_problem(&stream, n, random_below(&stream, n / 2 + 2), n,
                                              integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS);
        costly *c = costly_random(&stream, p, random_below(&stream, most_absolute + 1), integer);
        if (!stops_well(c, warm, &stream, &feasible, &stopped, why, sizeof why)) {
            print_error("problem %zu (n %zu, m %zu, %zu absolute): %s\n", t, n, p->m, c->absolute, why);
            failed++;
        }
        costly_free(c);
    }
    assert_int_equal(failed, 0);
    assert_true(4 * stopped > problems);
    assert_true(2 * feasible > stopped); /* most can be mended */
}

static void test_cold(void **state)
{
    (void)state;
    stop(150, 12, 0, 0, 0, 1);
    stop(100, 12, 2, 1, 0, 2);
}

static void test_warm(void **state)
{
    (void)state;
    stop(150, 12, 0, 0, 1, 3);
    stop(100, 12, 2, 1, 1, 4);
}

/* ------------------------------------------------------------------------------- questions that follow a path */

static int32_t stop_after(void *user, int64_t iterations)
{
    return iterations >= *(int64_t *)user;
}

/* Wherever a question with a target is stopped: feasible means that the target is met as well, and the objective is the
   question's own. */
static void test_targets(void **state)
{
    (void)state;
    enum { N = 20 };
    random_stream stream = { 17 };
    size_t stopped = 0, within = 0;
    for (int t = 0; t < 20; t++) {
        instance *p = instance_new(N, 1);
        random_covariance(&stream, p->sigma, N, 1e3);
        for (size_t j = 0; j < N; j++)
            p->mu[j] = random_normal(&stream);
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        instance_set_bounds(p, 0.0, 0.3);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        mvo_outcome outcome = -1;
        double least = 0.0, w[N];
        mvo_report report = MVO_REPORT_INIT;
        assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        least = sqrt(report.variance);
        for (int64_t limit = 1; limit < 60; limit++) {
            const double target = 1.1 * least;
            assert_int_equal(mvo_solver_clear(solver, NULL), MVO_OK);
            assert_int_equal(mvo_solver_set_progress(solver, stop_after, &limit, NULL), MVO_OK);
            const int sharpe = (int)(limit % 2);
            assert_int_equal(sharpe ? mvo_maximum_sharpe(&outcome, solver, p->mu, -1.0, MVO_EXCESS_OF_PORTFOLIO, NULL)
                                    : mvo_maximum_return_at_volatility(&outcome, solver, p->mu, target, NULL),
                             MVO_OK);
            if (outcome != MVO_CANCELLED)
                continue;
            stopped++;
            assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
            assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
            double gain = 0.0;
            long double product[N], variance = 0.0L;
            const verify_problem view = instance_view(p);
            verify_product(product, NULL, &view, w);
            for (size_t j = 0; j < N; j++) {
                gain += p->mu[j] * w[j];
                variance += product[j] * w[j];
            }
            within += report.feasible == 1;
            assert_true(isinf(report.gap));
            if (report.feasible && !sharpe)
                assert_true(sqrtl(variance) <= target * (1.0 + 1e-9));
            const double own = sharpe ? -(gain + 1.0) / (double)sqrtl(variance) : -gain;
            if (report.feasible)
                assert_true(fabs(report.objective - own) <= 1e-9 * (1.0 + fabs(own)));
        }
        mvo_solver_free(solver);
        instance_free(p);
    }
    assert_true(stopped > 100 && within > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cold), cmocka_unit_test(test_warm), cmocka_unit_test(test_targets) };
    return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
