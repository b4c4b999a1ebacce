/* SPDX-License-Identifier: MIT */
/* Problems made around a known optimum: condition numbers from 1 to 1e8, any share of degenerate limits. */
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* 1 if the weights are the planted ones as far as the condition of Sigma lets them be known. */
static int weights_agree(const planted_problem *planted, const double *w, double condition, char *why, size_t size)
{
    double largest = 1.0;
    for (size_t j = 0; j < planted->p->n; j++)
        largest = fmax(largest, fabs(planted->w[j]));
    for (size_t j = 0; j < planted->p->n; j++)
        if (!(fabs(w[j] - planted->w[j]) <= 1e-11 * condition * largest)) {
            snprintf(why, size, "weight %zu is %.17g, planted %.17g", j, w[j], planted->w[j]);
            return 0;
        }
    return 1;
}

static int solve_planted(const planted_problem *planted, double condition, char *why, size_t size)
{
    mvo_outcome outcome = -1;
    verify_residuals own, theirs;
    const instance *p = planted->p;
    const verify_problem view = instance_view(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    double *w = calloc(2 * p->n + p->m, sizeof *w), *z = w + p->n, *y = z + p->n;
    assert_non_null(solver);
    assert_non_null(w);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    int fine = outcome == MVO_OPTIMAL;
    snprintf(why, size, "%s", mvo_outcome_name(outcome));
    fine = fine && verify_solve(&view, solver, outcome, 1e-9, why, size);
    if (fine) {
        mvo_solver_weights(w, solver);
        mvo_solver_multipliers(y, z, solver);
        verify_measure(&own, &view, planted->w, planted->y, planted->z, 0.0, 1e-9);
        verify_measure(&theirs, &view, w, y, z, 0.0, 1e-9);
        fine = fabsl(own.objective - theirs.objective) <= 1e-12L * fmaxl(1.0L, own.gap_scale);
        if (!fine)
            snprintf(why, size, "objective %.17Lg, planted %.17Lg", theirs.objective, own.objective);
    }
    if (fine && condition <= 1e4)
        fine = weights_agree(planted, w, condition, why, size);
    mvo_solver_free(solver);
    free(w);
    return fine;
}

static void plant(size_t problems, size_t most_assets, double degenerate, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        const size_t n = 1 + random_below(&stream, most_assets), m = random_below(&stream, n / 2 + 2);
        const double condition = pow(10.0, 8.0 * random_uniform(&stream));
        planted_problem planted = plant_problem(&stream, n, m, condition, degenerate);
        if (!solve_planted(&planted, condition, why, sizeof why)) {
            print_error("problem %zu (n %zu, m %zu, condition %.1e): %s\n", t, n, m, condition, why);
            failed++;
        }
        planted_free(&planted);
    }
    assert_int_equal(failed, 0);
}

static void test_regular(void **state)
{
    (void)state;
    plant(1500, 20, 0.0, 21);
}

static void test_degenerate(void **state)
{
    (void)state;
    plant(1000, 20, 0.3, 22);
    plant(500, 20, 1.0, 23);
}

static void test_larger(void **state)
{
    (void)state;
    plant(60, 120, 0.1, 24);
}

/*
 * Found by soak_planted: no portfolio is best. The gradient cancels but for 1e-13 of rounding, which asks for the far limit of a weight
 * then, and makes a gap beside an objective that has no size.
 */
static void test_nothing_is_best(void **state)
{
    (void)state;
    const double sigma[] = { 0x1.3a12c1db654ep+11, -0x1.0a393e5d4a4f2p+9, -0x1.0a393e5d4a4f2p+9, 0x1.c518e70fc6c1ep+6 };
    const double row[] = { 0x1.999999999999ap-4, 0x1.999999999999ap-4 };
    for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        instance *p = instance_new(2, 1);
        for (size_t e = 0; e < 4; e++)
            p->sigma[e] = sigma[e];
        p->linear[0] = p->linear[1] = -0x1.22f9d854b6c3p+11;
        p->lower[0] = -0x1.6e0f7624c7f09p-1;
        p->upper[0] = p->lower[1] = 0.0;
        instance_set_row(p, 0, row, -0x1.5596f5f357dd8p-6, 0.0);
        const verify_problem view = instance_view(p);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        assert_non_null(solver);
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
        assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_OPTIMAL, 1e-9);
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        assert_true(report.gap == 0.0);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regular),
        cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_larger),
        cmocka_unit_test(test_nothing_is_best),
    };
    return cmocka_run_group_tests_name("planted", tests, NULL, NULL);
}
