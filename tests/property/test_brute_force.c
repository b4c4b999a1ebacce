/* SPDX-License-Identifier: MIT */
/* Small problems of every kind against the enumeration of all working sets. */
#include "support/brute_force.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define TOLERANCE 1e-9

typedef struct tally {
    size_t optimal, infeasible, unbounded;
} tally;

/* Prints the problem that failed, so that it can be looked at. */
static void show(const instance *p)
{
    for (size_t j = 0; j < p->n; j++) {
        print_error("  asset %zu in [%g, %g], c %g, Sigma", j, p->lower[j], p->upper[j], p->linear[j]);
        for (size_t i = 0; i < p->n; i++)
            print_error(" %.17g", p->sigma[i + j * p->n]);
        print_error("\n");
    }
    for (size_t i = 0; i < p->m; i++) {
        print_error("  row in [%g, %g]", p->row_lower[i], p->row_upper[i]);
        for (size_t j = 0; j < p->n; j++)
            print_error(" %.17g", p->rows[i * p->n + j]);
        print_error("\n");
    }
}

/* Sigma w is the same at every optimum, and so is the objective. */
static int same_optimum(const instance *p, const double *w, const brute_answer *right, char *why, size_t size)
{
    long double a[BRUTE_MOST], b[BRUTE_MOST], scale = 1e-6L, objective = 0.0L, terms = 1e-9L;
    const verify_problem view = instance_view(p);
    verify_product(a, NULL, &view, w);
    verify_product(b, NULL, &view, right->w);
    for (size_t j = 0; j < p->n; j++) {
        scale = fmaxl(scale, fmaxl(fabsl(b[j]), fabsl(p->linear[j])));
        objective += w[j] * (0.5L * a[j] + p->linear[j]);
        terms += fabsl(w[j] * p->linear[j]) + fabsl(w[j] * a[j]);
    }
    snprintf(why, size, "objective %.17Lg, by enumeration %.17Lg", objective, right->objective);
    if (!(fabsl(objective - right->objective) <= 1e-10L * terms))
        return 0;
    for (size_t j = 0; j < p->n; j++)
        if (!(fabsl(a[j] - b[j]) <= 1e-7L * scale)) {
            snprintf(why, size, "(Sigma w)_%zu is %.17Lg, by enumeration %.17Lg", j, a[j], b[j]);
            return 0;
        }
    return 1;
}

static void check(const instance *p, int64_t method, tally *count)
{
    char why[256] = "";
    mvo_outcome outcome = -1;
    double w[BRUTE_MOST];
    const verify_problem view = instance_view(p);
    const brute_answer right = brute_force(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    assert_non_null(solver);
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    int fine = outcome == right.outcome;
    if (!fine)
        snprintf(why, sizeof why, "%s, by enumeration %s", mvo_outcome_name(outcome), mvo_outcome_name(right.outcome));
    fine = fine && verify_solve(&view, solver, outcome, TOLERANCE, why, sizeof why);
    if (fine && outcome == MVO_OPTIMAL && (fine = mvo_solver_weights(w, solver) == MVO_OK) != 0)
        fine = same_optimum(p, w, &right, why, sizeof why);
    mvo_solver_free(solver);
    if (!fine) {
        show(p);
        fail_msg("n %zu, m %zu, method %d: %s", p->n, p->m, (int)method, why);
    }
    count->optimal += outcome == MVO_OPTIMAL;
    count->infeasible += outcome == MVO_INFEASIBLE;
    count->unbounded += outcome == MVO_UNBOUNDED;
}

static void enumerate(size_t problems, int kind, int full_rank, uint64_t seed)
{
    random_stream stream = { seed };
    tally count = { 0 };
    for (size_t t = 0; t < problems; t++) {
        const size_t n = 1 + random_below(&stream, 6), m = random_below(&stream, n < 6 ? 5 : 3);
        const size_t rank = full_rank ? n + 2 : random_below(&stream, n + 1);
        instance *p = random_below(&stream, 2) ? random_problem(&stream, n, m, rank, kind)
                                               : random_feasible_problem(&stream, n, m, rank, kind);
        check(p, MVO_METHOD_AUTO, &count);
        check(p, MVO_METHOD_PATH, &count);
        instance_free(p);
    }
    print_message("%zu optimal, %zu infeasible, %zu unbounded\n", count.optimal, count.infeasible, count.unbounded);
    assert_true(count.optimal > problems / 2);
    assert_true(count.infeasible > 0);
    assert_true(full_rank || count.unbounded > 0);
}

/* The enumeration itself finds planted optima. */
static void test_enumeration(void **state)
{
    (void)state;
    random_stream stream = { 14 };
    for (size_t t = 0; t < 300; t++) {
        verify_residuals planted_residuals;
        planted_problem planted =
            plant_problem(&stream, 1 + random_below(&stream, 5), random_below(&stream, 4), 1e3, t % 2 ? 0.5 : 0.0);
        const brute_answer found = brute_force(planted.p);
        const verify_problem view = instance_view(planted.p);
        verify_measure(&planted_residuals, &view, planted.w, planted.y, planted.z, 0.0, 1e-9);
        assert_int_equal(found.outcome, MVO_OPTIMAL);
        assert_true(fabsl(found.objective - planted_residuals.objective) <=
                    1e-13L * (1.0L + planted_residuals.gap_scale));
        planted_free(&planted);
    }
}

static void test_definite(void **state)
{
    (void)state;
    enumerate(2000, RANDOM_CONTINUOUS, 1, 11);
}

static void test_semidefinite(void **state)
{
    (void)state;
    enumerate(2000, RANDOM_CONTINUOUS, 0, 12);
}

static void test_integers(void **state)
{
    (void)state;
    enumerate(3000, RANDOM_INTEGER, 0, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enumeration),
        cmocka_unit_test(test_definite),
        cmocka_unit_test(test_semidefinite),
        cmocka_unit_test(test_integers),
    };
    return cmocka_run_group_tests_name("brute force", tests, NULL, NULL);
}
