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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regular),
        cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_larger),
    };
    return cmocka_run_group_tests_name("planted", tests, NULL, NULL);
}
