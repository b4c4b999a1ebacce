/* SPDX-License-Identifier: MIT */
/* Every allocation of the scenarios and the measures of risk refused in turn. */
#include "support/torture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 12, N = 3 };

static mvo_context *context;
static mvo_scenarios *scenarios;
static mvo_tail_solver *solver;
static double risk, marginal[N], table[COUNT * N];
static const double w[N] = { 0.2, 0.3, 0.5 };

static int make_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT * N; i++)
        table[i] = 0.01 * (double)((7 * i + i * i) % 13) - 0.06;
    return 0;
}

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %a\n", context != NULL, scenarios != NULL, risk);
    torture_append_vector(&text, "marginal", marginal, N);
    double weights[N] = { 0 }, rows[1] = { 0 }, bounds[N] = { 0 }, tails[COUNT] = { 0 }, target = 0.0;
    mvo_report report = MVO_REPORT_INIT;
    if (solver) { /* the last answer, whole */
        torture_append(&text, "%d ", (int)mvo_tail_solver_weights(weights, solver));
        torture_append(&text, "%d ", (int)mvo_tail_solver_multipliers(rows, bounds, tails, solver));
        torture_append(&text, "%d %a ", (int)mvo_tail_target_multiplier(&target, solver), target);
        torture_append(&text, "%d %a ", (int)mvo_tail_solver_report(&report, solver), report.objective);
        torture_append(&text, "%a %a %d\n", report.dual_objective, report.expected_return, (int)report.rounds);
    }
    torture_append_vector(&text, "weights", weights, N);
    torture_append_vector(&text, "rows", rows, 1);
    torture_append_vector(&text, "bounds", bounds, N);
    torture_append_vector(&text, "tails", tails, COUNT);
    return text;
}

static void open_context(counting_allocator *allocator)
{
    context = NULL;
    scenarios = NULL;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
}

static void scenarios_scenario(counting_allocator *allocator)
{
    open_context(allocator);
    for (int borrow = 0; borrow <= 1; borrow++) {
        TORTURE_TRY(allocator, show,
                    mvo_scenarios_new(&scenarios, context, COUNT, N, table, COUNT, NULL, borrow ? MVO_BORROW : 0,
                                      &error));
        mvo_scenarios_unref(scenarios);
        scenarios = NULL;
    }
    TORTURE_TRY(allocator, show,
                mvo_scenarios_new_bootstrap(&scenarios, context, 2 * COUNT, COUNT, N, table, COUNT,
                                            MVO_BOOTSTRAP_STATIONARY, 3, 1, &error));
    const double probability[1] = { 0.1 }, shock[N] = { -0.5, 0.0, 0.2 };
    mvo_scenarios *with = NULL;
    TORTURE_TRY(allocator, show,
                mvo_scenarios_new_with_events(&with, context, scenarios, 1, probability, shock, N, MVO_EVENT_COMPOUNDED,
                                              &error));
    mvo_scenarios_unref(with);
    mvo_context_unref(context);
    TORTURE_TRY(allocator, show, mvo_tail_risk(&risk, marginal, NULL, scenarios, w, MVO_RISK_CDAR, 0.9, &error));
    TORTURE_TRY(allocator, show, mvo_lower_partial_moment(&risk, marginal, scenarios, w, 0.0, 2.0, &error));
    mvo_scenarios_unref(scenarios);
}

static void scenarios_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenarios_scenario), 16, 100);
}

/* Making a solver; solving, questions and setters ask for nothing. */
static void solver_scenario(counting_allocator *allocator)
{
    mvo_constraints *rules = NULL;
    mvo_covariance *sigma = NULL;
    mvo_outcome outcome;
    solver = NULL;
    open_context(allocator);
    TORTURE_TRY(allocator, show, mvo_scenarios_new(&scenarios, context, COUNT, N, table, COUNT, NULL, 0, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_new_long_only(&rules, context, N, &error));
    TORTURE_TRY(allocator, show, mvo_tail_solver_new(&solver, context, scenarios, rules, &error));
    TORTURE_TRY(allocator, show, mvo_covariance_new_returns(&sigma, context, COUNT, N, table, COUNT, 1, 0, &error));
    static const int32_t measures[3] = { MVO_RISK_CVAR, MVO_RISK_WORST, MVO_RISK_CDAR };
    for (size_t i = 0; i < 3; i++) {
        TORTURE_NEEDS_NOTHING(allocator, mvo_tail_solver_set_measure(solver, measures[i], i == 1 ? 0.0 : 0.8, NULL));
        TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_tail_risk(&outcome, solver, NULL));
        TORTURE_NEEDS_NOTHING(allocator, mvo_minimum_tail_risk_at_return(&outcome, solver, NULL, 0.0, NULL));
        TORTURE_NEEDS_NOTHING(allocator, mvo_maximum_return_at_tail_risk(&outcome, solver, NULL, 0.05, NULL));
    }
    TORTURE_NEEDS_NOTHING(allocator, mvo_tail_solver_set_measure(solver, MVO_RISK_SEMIVARIANCE, 0.0, NULL));
    TORTURE_TRY(allocator, show, mvo_minimum_tail_risk(&outcome, solver, &error));
    TORTURE_TRY(allocator, show, mvo_minimum_tail_risk_at_return(&outcome, solver, NULL, 0.0, &error));
    TORTURE_TRY(allocator, show, mvo_minimum_tail_risk(&outcome, solver, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_tail_solver_set_measure(solver, MVO_RISK_EVAR, 0.6, NULL));
    TORTURE_TRY(allocator, show, mvo_minimum_tail_risk(&outcome, solver, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_tail_solver_set_measure(solver, MVO_RISK_SEMIVARIANCE, 0.0, NULL));
    double risks[4], weights[4 * N];
    TORTURE_TRY(allocator, show, mvo_tail_frontier(&outcome, NULL, NULL, risks, NULL, NULL, weights, N, solver, NULL, 4,
                                                   NULL, &error));
    TORTURE_NEEDS_NOTHING(allocator, mvo_tail_solver_set_measure(solver, MVO_RISK_CVAR, 0.8, NULL));
    TORTURE_TRY(allocator, show, mvo_tail_frontier(&outcome, NULL, NULL, risks, NULL, NULL, weights, N, solver, NULL, 4,
                                                   NULL, &error));
    TORTURE_TRY(allocator, show,
                mvo_minimum_variance_and_tail_risk(&outcome, solver, sigma, w, 0.1, INFINITY, &error));
    mvo_solver *capped = NULL;
    TORTURE_TRY(allocator, show,
                mvo_solver_new_with_tail_cap(&capped, &outcome, context, sigma, rules, scenarios, MVO_RISK_CVAR, 0.8, 0.03,
                                             NULL, NULL, &error));
    mvo_solver_free(capped);
    mvo_covariance_unref(sigma);
    mvo_scenarios_unref(scenarios);
    mvo_constraints_free(rules);
    mvo_context_unref(context);
    mvo_tail_solver_free(solver);
    solver = NULL;
}

static void solvers_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(solver_scenario), 40, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios_survive),
        cmocka_unit_test(solvers_survive),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
