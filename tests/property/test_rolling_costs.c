/* SPDX-License-Identifier: MIT */
/*
 * A solver that goes on from day to day with other means and other holdings, so that all breakpoints move between solves:
 * every answer is verified from the outside, and its verdict is that of a solver that knows nothing of the days before.
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

enum { DAYS = 12 };

/* Some days all holdings drift, on others they are the weights themselves, zero, or at a limit. */
static void roll(random_stream *stream, costly *c, const double *w, int integer)
{
    const size_t sort = random_below(stream, 4);
    for (size_t j = 0; j < c->p->n; j++) {
        const double lower = c->p->lower[j], upper = c->p->upper[j];
        c->p->linear[j] += integer ? (double)random_below(stream, 3) - 1.0 : 0.1 * random_normal(stream);
        c->holdings[j] = sort == 3 && isfinite(lower) ? lower : sort == 3 && isfinite(upper) ? upper : w[j];
        if (sort == 0)
            c->holdings[j] = integer ? (double)random_below(stream, 3) - 1.0 : w[j] * (1.0 + 0.05 * random_normal(stream));
        if (sort == 1 && random_below(stream, 3) == 0)
            c->holdings[j] = 0.0;
    }
}

static int one_day(const costly *c, mvo_solver *solver, size_t *optimal, char *why, size_t size)
{
    mvo_outcome outcome = -1, cold_outcome = -1;
    mvo_solver *cold = costly_solver(c, MVO_CHECK_ALL);
    assert_non_null(cold);
    assert_int_equal(mvo_solver_set_linear(solver, c->p->linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_holdings(solver, c->holdings, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&cold_outcome, cold, NULL), MVO_OK);
    int fine = outcome == cold_outcome && outcome >= MVO_OPTIMAL && outcome <= MVO_UNBOUNDED;
    snprintf(why, size, "%s, cold %s", mvo_outcome_name(outcome), mvo_outcome_name(cold_outcome));
    if (fine && outcome == MVO_OPTIMAL) {
        mvo_report report = MVO_REPORT_INIT, cold_report = MVO_REPORT_INIT;
        ++*optimal;
        fine = costly_verify(c, solver, 1.0, 1e-9, why, size) && costly_verify(c, cold, 1.0, 1e-9, why, size);
        mvo_solver_report(&report, solver);
        mvo_solver_report(&cold_report, cold);
        if (fine && !(fabs(report.objective - cold_report.objective) <=
                      1e-9 * (report.gap_scale + cold_report.gap_scale + 1e-3))) {
            snprintf(why, size, "objective %.15g, cold %.15g", report.objective, cold_report.objective);
            fine = 0;
        }
    }
    if (fine && outcome == MVO_INFEASIBLE)
        fine = costly_verify_farkas(c, solver, 1e-9, why, size);
    mvo_solver_free(cold);
    return fine;
}

/* `absolute`: most rows over absolute values; `factors`: over a structured covariance. */
static void roll_many(size_t problems, size_t most_assets, size_t absolute, int integer, int factors, uint64_t seed)
{
    random_stream stream = { seed };
    const int kind = integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS;
    size_t failed = 0, optimal = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        const size_t n = 1 + random_below(&stream, most_assets), m = random_below(&stream, n / 2 + 2);
        instance *p = random_feasible_problem(&stream, n, m, random_below(&stream, n + 1), kind);
        if (factors)
            p = random_factors(&stream, p, random_below(&stream, 4), kind);
        costly *c = costly_random(&stream, p, random_below(&stream, absolute + 1), integer);
        mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
        double *w = calloc(n, sizeof *w);
        assert_non_null(solver);
        for (size_t day = 0; day < DAYS; day++) {
            if (!one_day(c, solver, &optimal, why, sizeof why)) {
                print_error("problem %zu (n %zu, m %zu, %zu absolute), day %zu: %s\n", t, n, m, c->absolute, day, why);
                failed++;
            }
            assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
            roll(&stream, c, w, integer);
        }
        free(w);
        mvo_solver_free(solver);
        costly_free(c);
    }
    assert_int_equal(failed, 0);
    assert_true(2 * optimal > problems * DAYS);
}

static void test_costs(void **state)
{
    (void)state;
    roll_many(150, 8, 0, 0, 0, 1);
    roll_many(100, 40, 0, 0, 0, 2);
}

static void test_costs_with_ties(void **state)
{
    (void)state;
    roll_many(150, 8, 0, 1, 0, 3);
    roll_many(60, 24, 0, 1, 0, 4);
}

static void test_budgets(void **state)
{
    (void)state;
    roll_many(100, 8, 3, 0, 0, 5);
    roll_many(60, 24, 3, 0, 0, 6);
}

static void test_budgets_with_ties(void **state)
{
    (void)state;
    roll_many(100, 8, 3, 1, 0, 7);
}

static void test_factor_covariances(void **state)
{
    (void)state;
    roll_many(100, 8, 2, 0, 1, 8);
    roll_many(60, 8, 2, 1, 1, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_costs_with_ties),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_budgets_with_ties),
        cmocka_unit_test(test_factor_covariances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
