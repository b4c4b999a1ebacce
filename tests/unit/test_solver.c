/* SPDX-License-Identifier: MIT */
/* The solver handle: every bad input of every call, refusals that change nothing, and setters between solves. */
#include "support/answer.h"
#include "support/instance.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 5, M = 2, BUDGET = 0, PAIR = 1 };

/* A solver, a twin that is spared the refused calls, and the plain problem both hold. */
typedef struct fixture {
    instance *p;
    mvo_covariance *covariance;
    mvo_constraints *rules;
    mvo_solver *solver, *twin;
    int64_t id[M];
    answer before;
} fixture;

static const double mu[N] = { 0.04, 0.09, 0.05, 0.12, 0.07 };

/* Volatilities 10 % to 30 %, correlations 0.3; long-only, budget 1, the first two together at most 0.3. */
static instance *make_instance(void)
{
    instance *p = instance_new(N, M);
    const double pair[N] = { 1.0, 1.0 };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            p->sigma[i + j * N] = (0.1 + 0.05 * (double)i) * (0.1 + 0.05 * (double)j) * (i == j ? 1.0 : 0.3);
    memcpy(p->mu, mu, sizeof mu);
    instance_set_row(p, BUDGET, NULL, 1.0, 1.0);
    instance_set_row(p, PAIR, pair, 0.0, 0.3);
    instance_set_bounds(p, 0.0, 1.0);
    return p;
}

static mvo_solver *new_solver(const fixture *f)
{
    mvo_solver *solver = NULL;
    assert_int_equal(mvo_solver_new(&solver, NULL, f->covariance, f->rules, NULL), MVO_OK);
    return solver;
}

static int open_fixture(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->p = make_instance();
    f->covariance = instance_covariance(f->p, MVO_CHECK_ALL);
    f->rules = instance_constraints(f->p);
    assert_int_equal(mvo_constraints_set_asset_name(f->rules, 3, "BTC", NULL), MVO_OK);
    for (size_t i = 0; i < M; i++)
        f->id[i] = mvo_constraints_row_id(f->rules, i);
    f->solver = new_solver(f);
    f->twin = new_solver(f);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    mvo_solver_free(f->solver);
    mvo_solver_free(f->twin);
    mvo_constraints_free(f->rules);
    mvo_covariance_unref(f->covariance);
    instance_free(f->p);
    free(f);
    return 0;
}

/* ----------------------------------------------------------------------------------------------- refusals */

/* What a refusal must say. A row of -1: none is concerned. */
typedef struct refusal {
    mvo_status status;
    const char *argument;
    int64_t row;
    double value;
} refusal;

static void assert_refused(const refusal *r, mvo_status status, const mvo_error *error, int line)
{
    int good = status == r->status && error->status == r->status && strcmp(error->argument, r->argument) == 0;
    good = good && error->row == r->row && error->column == -1 && error->message[0] != '\0';
    good = good && (isnan(r->value) ? isnan(error->value) : error->value == r->value);
    if (!good)
        fail_msg("line %d: %s, argument '%s', row %lld, value %g: %s", line, mvo_status_name(status), error->argument,
                 (long long)error->row, error->value, error->message);
}

/* `call` uses `error`. It is refused with exactly these words and numbers, and the fixture's solver shows what it did.
 */
#define REFUSED(f, call, ...)                                                                                          \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        const refusal expected = { __VA_ARGS__ };                                                                      \
        const mvo_status status = (call);                                                                              \
        assert_refused(&expected, status, &error, __LINE__);                                                           \
        assert_answer(&(f)->before, (f)->solver);                                                                      \
    } while (0)

#define REFUSED_NULL(f, call, name) REFUSED(f, call, MVO_ERROR_NULL, name, -1, 0.0)

/* Both solvers go on alike: the refused calls have left no trace. */
static void assert_twins(fixture *f)
{
    mvo_outcome outcome = -1, twins = -1;
    answer_read(&f->before, f->twin);
    assert_answer(&f->before, f->solver);
    assert_int_equal(mvo_minimum_variance_at_return(&twins, f->twin, mu, 0.08, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance_at_return(&outcome, f->solver, mu, 0.08, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(twins, MVO_OPTIMAL);
    answer_read(&f->before, f->twin);
    assert_answer(&f->before, f->solver);
    assert_int_equal(mvo_maximum_sharpe(&twins, f->twin, mu, 0.01, 0, NULL), MVO_OK);
    assert_int_equal(mvo_maximum_sharpe(&outcome, f->solver, mu, 0.01, 0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    answer_read(&f->before, f->twin);
    assert_answer(&f->before, f->solver);
    assert_int_equal(mvo_solver_solve(&twins, f->twin, NULL), MVO_OK); /* with the c that is there */
    assert_int_equal(mvo_solver_solve(&outcome, f->solver, NULL), MVO_OK);
    answer_read(&f->before, f->twin);
    assert_answer(&f->before, f->solver);
}

/* What the solver is about to be asked wrongly after. */
static void give_answer(fixture *f, int which)
{
    mvo_solver *const both[2] = { f->solver, f->twin };
    mvo_outcome outcome = -1;
    for (size_t s = 0; s < 2; s++) {
        if (which == 0)
            assert_int_equal(mvo_maximum_sharpe(&outcome, both[s], mu, 0.01, 0, NULL), MVO_OK);
        else if (which == 1)
            assert_int_equal(mvo_maximum_return_at_volatility(&outcome, both[s], mu, 0.16, NULL), MVO_OK);
        else
            assert_int_equal(mvo_minimum_variance_at_return(&outcome, both[s], mu, 0.5, NULL), MVO_OK);
        assert_int_equal(outcome, which == 2 ? MVO_INFEASIBLE : MVO_OPTIMAL);
    }
    answer_read(&f->before, f->solver);
}

static void refuse_setters(fixture *f)
{
    static const double wrong[] = { NAN, INFINITY, -INFINITY };
    REFUSED_NULL(f, mvo_solver_set_linear(NULL, mu, &error), "solver");
    REFUSED_NULL(f, mvo_solver_set_row_limits(NULL, f->id[0], 0.0, 1.0, &error), "solver");
    REFUSED_NULL(f, mvo_solver_set_bound(NULL, 0, 0.0, 1.0, &error), "solver");
    REFUSED_NULL(f, mvo_solver_set_bounds(NULL, mu, mu, &error), "solver");
    REFUSED_NULL(f, mvo_solver_set_covariance(NULL, f->covariance, &error), "solver");
    REFUSED_NULL(f, mvo_solver_set_covariance(f->solver, NULL, &error), "covariance");
    REFUSED_NULL(f, mvo_solver_set_progress(NULL, NULL, NULL, &error), "solver");
    REFUSED_NULL(f, mvo_solver_clear(NULL, &error), "solver");

    for (size_t j = 0; j < N; j++) {
        for (size_t k = 0; k < 3; k++) {
            double c[N] = { 0 };
            c[j] = wrong[k];
            REFUSED(f, mvo_solver_set_linear(f->solver, c, &error), MVO_ERROR_NOT_FINITE, "linear", (int64_t)j,
                    wrong[k]);
        }
        double lower[N] = { -1, -1, -1, -1, -1 }, upper[N] = { 2, 2, 2, 2, 2 };
        const int64_t at = (int64_t)j;
        lower[j] = NAN;
        REFUSED(f, mvo_solver_set_bounds(f->solver, lower, upper, &error), MVO_ERROR_NOT_FINITE, "lower", at, NAN);
        REFUSED(f, mvo_solver_set_bounds(f->solver, lower, NULL, &error), MVO_ERROR_NOT_FINITE, "lower", at, NAN);
        lower[j] = INFINITY;
        REFUSED(f, mvo_solver_set_bounds(f->solver, lower, upper, &error), MVO_ERROR_LIMITS, "lower", at, INFINITY);
        lower[j] = -1.0;
        upper[j] = NAN;
        REFUSED(f, mvo_solver_set_bounds(f->solver, lower, upper, &error), MVO_ERROR_NOT_FINITE, "upper", at, NAN);
        upper[j] = -INFINITY;
        REFUSED(f, mvo_solver_set_bounds(f->solver, NULL, upper, &error), MVO_ERROR_LIMITS, "upper", at, -INFINITY);
        REFUSED(f, mvo_solver_set_bound(f->solver, j, NAN, 1.0, &error), MVO_ERROR_NOT_FINITE, "lower", at, NAN);
        REFUSED(f, mvo_solver_set_bound(f->solver, j, 0.0, NAN, &error), MVO_ERROR_NOT_FINITE, "upper", at, NAN);
        REFUSED(f, mvo_solver_set_bound(f->solver, j, INFINITY, INFINITY, &error), MVO_ERROR_LIMITS, "lower", at,
                INFINITY);
        REFUSED(f, mvo_solver_set_bound(f->solver, j, -INFINITY, -INFINITY, &error), MVO_ERROR_LIMITS, "upper", at,
                -INFINITY);
    }
    REFUSED(f, mvo_solver_set_bound(f->solver, N, 0.0, 1.0, &error), MVO_ERROR_ARGUMENT, "asset", N, (double)N);

    for (size_t i = 0; i < M; i++) {
        const int64_t at = (int64_t)i, id = f->id[i];
        REFUSED(f, mvo_solver_set_row_limits(f->solver, id, NAN, 1.0, &error), MVO_ERROR_NOT_FINITE, "lower", at, NAN);
        REFUSED(f, mvo_solver_set_row_limits(f->solver, id, 0.0, NAN, &error), MVO_ERROR_NOT_FINITE, "upper", at, NAN);
        REFUSED(f, mvo_solver_set_row_limits(f->solver, id, INFINITY, INFINITY, &error), MVO_ERROR_LIMITS, "lower", at,
                INFINITY);
        REFUSED(f, mvo_solver_set_row_limits(f->solver, id, -INFINITY, -INFINITY, &error), MVO_ERROR_LIMITS, "upper",
                at, -INFINITY);
    }
    REFUSED(f, mvo_solver_set_row_limits(f->solver, -1, 0.0, 1.0, &error), MVO_ERROR_NOT_FOUND, "id", -1, -1.0);
    REFUSED(f, mvo_solver_set_row_limits(f->solver, 99, 0.0, 1.0, &error), MVO_ERROR_NOT_FOUND, "id", -1, 99.0);
    REFUSED(f, mvo_solver_set_real(f->solver, 99, 1.0, &error), MVO_ERROR_ARGUMENT, "option", -1, 99.0);
    REFUSED(f, mvo_solver_set_integer(f->solver, 99, 1, &error), MVO_ERROR_ARGUMENT, "option", -1, 99.0);
    REFUSED(f, mvo_solver_set_real(f->solver, MVO_OPTION_TOLERANCE, -1.0, &error), MVO_ERROR_OUT_OF_RANGE, "value", -1,
            -1.0);
    REFUSED(f, mvo_solver_set_integer(f->solver, MVO_OPTION_METHOD, 7, &error), MVO_ERROR_OUT_OF_RANGE, "value", -1,
            7.0);
}

static void refuse_questions(fixture *f)
{
    static const double wrong[] = { NAN, INFINITY, -INFINITY };
    mvo_solver *s = f->solver;
    mvo_outcome o = 77;
    mvo_frontier *frontier = (mvo_frontier *)f; /* never followed */
    REFUSED_NULL(f, mvo_solver_solve(NULL, s, &error), "outcome");
    REFUSED_NULL(f, mvo_solver_solve(&o, NULL, &error), "solver");
    REFUSED_NULL(f, mvo_minimum_variance(NULL, s, &error), "outcome");
    REFUSED_NULL(f, mvo_minimum_variance(&o, NULL, &error), "solver");
    REFUSED_NULL(f, mvo_maximum_utility(NULL, s, mu, 1.0, &error), "outcome");
    REFUSED_NULL(f, mvo_maximum_utility(&o, NULL, mu, 1.0, &error), "solver");
    REFUSED_NULL(f, mvo_maximum_utility(&o, s, NULL, 1.0, &error), "mu");
    REFUSED_NULL(f, mvo_minimum_variance_at_return(NULL, s, mu, 0.05, &error), "outcome");
    REFUSED_NULL(f, mvo_minimum_variance_at_return(&o, NULL, mu, 0.05, &error), "solver");
    REFUSED_NULL(f, mvo_minimum_variance_at_return(&o, s, NULL, 0.05, &error), "mu");
    REFUSED_NULL(f, mvo_maximum_return_at_volatility(NULL, s, mu, 0.2, &error), "outcome");
    REFUSED_NULL(f, mvo_maximum_return_at_volatility(&o, NULL, mu, 0.2, &error), "solver");
    REFUSED_NULL(f, mvo_maximum_return_at_volatility(&o, s, NULL, 0.2, &error), "mu");
    REFUSED_NULL(f, mvo_maximum_sharpe(NULL, s, mu, 0.01, 0, &error), "outcome");
    REFUSED_NULL(f, mvo_maximum_sharpe(&o, NULL, mu, 0.01, 0, &error), "solver");
    REFUSED_NULL(f, mvo_maximum_sharpe(&o, s, NULL, 0.01, 0, &error), "mu");
    REFUSED_NULL(f, mvo_minimum_tracking_error(NULL, s, mu, &error), "outcome");
    REFUSED_NULL(f, mvo_minimum_tracking_error(&o, NULL, mu, &error), "solver");
    REFUSED_NULL(f, mvo_minimum_tracking_error(&o, s, NULL, &error), "benchmark");
    REFUSED_NULL(f, mvo_frontier_new(NULL, &o, s, mu, &error), "frontier");
    REFUSED_NULL(f, mvo_frontier_new(&frontier, NULL, s, mu, &error), "outcome");
    REFUSED_NULL(f, mvo_frontier_new(&frontier, &o, NULL, mu, &error), "solver");
    REFUSED_NULL(f, mvo_frontier_new(&frontier, &o, s, NULL, &error), "mu");

    for (size_t k = 0; k < 3; k++) {
        const double bad = wrong[k];
        for (size_t j = 0; j < N; j++) {
            const int64_t at = (int64_t)j;
            double x[N] = { 0 };
            x[j] = bad;
            REFUSED(f, mvo_maximum_utility(&o, s, x, 1.0, &error), MVO_ERROR_NOT_FINITE, "mu", at, bad);
            REFUSED(f, mvo_minimum_variance_at_return(&o, s, x, 0.0, &error), MVO_ERROR_NOT_FINITE, "mu", at, bad);
            REFUSED(f, mvo_maximum_return_at_volatility(&o, s, x, 0.2, &error), MVO_ERROR_NOT_FINITE, "mu", at, bad);
            REFUSED(f, mvo_maximum_sharpe(&o, s, x, 0.0, 1, &error), MVO_ERROR_NOT_FINITE, "mu", at, bad);
            REFUSED(f, mvo_minimum_tracking_error(&o, s, x, &error), MVO_ERROR_NOT_FINITE, "benchmark", at, bad);
            REFUSED(f, mvo_frontier_new(&frontier, &o, s, x, &error), MVO_ERROR_NOT_FINITE, "mu", at, bad);
        }
        REFUSED(f, mvo_maximum_utility(&o, s, mu, bad, &error), MVO_ERROR_NOT_FINITE, "risk_aversion", -1, bad);
        REFUSED(f, mvo_minimum_variance_at_return(&o, s, mu, bad, &error), MVO_ERROR_NOT_FINITE, "target", -1, bad);
        REFUSED(f, mvo_maximum_return_at_volatility(&o, s, mu, bad, &error), MVO_ERROR_NOT_FINITE, "target", -1, bad);
        REFUSED(f, mvo_maximum_sharpe(&o, s, mu, bad, 0, &error), MVO_ERROR_NOT_FINITE, "rf", -1, bad);
    }
    REFUSED(f, mvo_maximum_utility(&o, s, mu, -1e-300, &error), MVO_ERROR_ARGUMENT, "risk_aversion", -1, -1e-300);
    REFUSED(f, mvo_maximum_return_at_volatility(&o, s, mu, -0.1, &error), MVO_ERROR_ARGUMENT, "target", -1, -0.1);
    REFUSED(f, mvo_maximum_sharpe(&o, s, mu, 0.01, 2, &error), MVO_ERROR_ARGUMENT, "excess", -1, 2.0);
    REFUSED(f, mvo_maximum_sharpe(&o, s, mu, 0.01, -1, &error), MVO_ERROR_ARGUMENT, "excess", -1, -1.0);
    assert_int_equal(o, 77);
    assert_ptr_equal(frontier, f);
}

static void refusals_change_nothing(void **state)
{
    fixture *f = *state;
    answer_read(&f->before, f->solver); /* no answer yet is an answer too */
    assert_int_equal(f->before.weights_status, MVO_ERROR_STATE);
    refuse_setters(f);
    refuse_questions(f);
    for (int which = 0; which < 3; which++) {
        give_answer(f, which);
        refuse_setters(f);
        refuse_questions(f);
        assert_twins(f);
    }
}

static void a_solver_is_not_made_of_nothing(void **state)
{
    fixture *f = *state;
    mvo_constraints *other = NULL;
    mvo_solver *made = (mvo_solver *)f; /* never followed */
    answer_read(&f->before, f->solver);
    assert_int_equal(mvo_constraints_new(&other, NULL, N + 2, NULL), MVO_OK);
    REFUSED_NULL(f, mvo_solver_new(NULL, NULL, f->covariance, f->rules, &error), "solver");
    REFUSED_NULL(f, mvo_solver_new(&made, NULL, NULL, f->rules, &error), "covariance");
    REFUSED_NULL(f, mvo_solver_new(&made, NULL, f->covariance, NULL, &error), "constraints");
    REFUSED(f, mvo_solver_new(&made, NULL, f->covariance, other, &error), MVO_ERROR_MISMATCH, "constraints", -1, N + 2);
    assert_ptr_equal(made, f);
    assert_int_equal(mvo_solver_size(f->solver), N);
    assert_int_equal(mvo_solver_row_count(f->solver), M);
    assert_int_equal(mvo_solver_size(NULL), 0);
    assert_int_equal(mvo_solver_row_count(NULL), 0);
    mvo_solver_free(NULL);
    mvo_solver_cancel(NULL);
    mvo_constraints_free(other);
}

/* An error of NULL is as good, and so is a getter that is asked for one half. */
static void errors_and_halves_may_be_left_out(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    double rows[M], bounds[N], again[N];
    int32_t sides[N], row_sides[M];
    assert_int_equal(mvo_solver_set_bound(f->solver, N, 0.0, 1.0, NULL), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_maximum_utility(&outcome, f->solver, NULL, 1.0, NULL), MVO_ERROR_NULL);
    give_answer(f, 0);
    assert_int_equal(mvo_solver_multipliers(rows, NULL, f->solver), MVO_OK);
    assert_int_equal(mvo_solver_multipliers(NULL, bounds, f->solver), MVO_OK);
    assert_int_equal(mvo_solver_multipliers(NULL, NULL, f->solver), MVO_OK);
    assert_memory_equal(rows, f->before.rows, sizeof rows);
    assert_memory_equal(bounds, f->before.bounds, sizeof bounds);
    assert_int_equal(mvo_solver_working_set(sides, NULL, f->solver), MVO_OK);
    assert_int_equal(mvo_solver_working_set(NULL, row_sides, f->solver), MVO_OK);
    assert_memory_equal(sides, f->before.sides, sizeof sides);
    assert_memory_equal(row_sides, f->before.row_sides, sizeof row_sides);
    give_answer(f, 2);
    assert_int_equal(mvo_solver_farkas(NULL, again, f->solver), MVO_OK);
    assert_memory_equal(again, f->before.farkas_bounds, sizeof again);
    assert_int_equal(mvo_solver_farkas(rows, NULL, f->solver), MVO_OK);
    assert_memory_equal(rows, f->before.farkas_rows, sizeof rows);
}

static void getters_refuse_null(void **state)
{
    fixture *f = *state;
    double x[N];
    int32_t sides[N];
    mvo_report report = MVO_REPORT_INIT;
    give_answer(f, 1);
    assert_int_equal(mvo_solver_weights(NULL, f->solver), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_weights(x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_multipliers(x, x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_working_set(sides, sides, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_report(NULL, f->solver), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_report(&report, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_farkas(x, x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_ray(NULL, f->solver), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_ray(x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_target_multiplier(NULL, f->solver), MVO_ERROR_NULL);
    assert_int_equal(mvo_target_multiplier(x, NULL), MVO_ERROR_NULL);
    assert_answer(&f->before, f->solver);
}

/* Each getter answers after the outcomes it is for, and says STATE after the others. */
static void getters_know_what_there_is(void **state)
{
    fixture *f = *state;
    answer_read(&f->before, f->solver);
    assert_int_equal(f->before.weights_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.multipliers_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.sides_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.report_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.farkas_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.ray_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.target_status, MVO_ERROR_STATE);
    give_answer(f, 0); /* optimal, without a target */
    assert_int_equal(f->before.weights_status, MVO_OK);
    assert_int_equal(f->before.multipliers_status, MVO_OK);
    assert_int_equal(f->before.farkas_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.ray_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.target_status, MVO_ERROR_STATE);
    give_answer(f, 1); /* with one */
    assert_int_equal(f->before.target_status, MVO_OK);
    give_answer(f, 2); /* infeasible */
    assert_int_equal(f->before.weights_status, MVO_OK);
    assert_int_equal(f->before.multipliers_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.farkas_status, MVO_OK);
    assert_int_equal(f->before.ray_status, MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    answer_read(&f->before, f->solver);
    assert_int_equal(f->before.weights_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.report_status, MVO_ERROR_STATE);
    assert_int_equal(f->before.farkas_status, MVO_ERROR_STATE);
}

/* Callers built against an older or a newer report than the library's. */
static void reports_of_other_sizes(void **state)
{
    fixture *f = *state;
    give_answer(f, 0);
    struct {
        mvo_report report;
        unsigned char beyond[32];
    } wide;
    memset(&wide, 0xa5, sizeof wide);
    wide.report.struct_size = (int64_t)sizeof wide;
    assert_int_equal(mvo_solver_report(&wide.report, f->solver), MVO_OK);
    assert_int_equal(wide.report.struct_size, sizeof wide);
    wide.report.struct_size = f->before.report.struct_size;
    assert_memory_equal(&wide.report, &f->before.report, sizeof wide.report);
    for (size_t i = 0; i < sizeof wide.beyond; i++)
        assert_int_equal(wide.beyond[i], 0xa5);

    const size_t shorter = offsetof(mvo_report, primal_residual);
    memset(&wide, 0xa5, sizeof wide);
    wide.report.struct_size = (int64_t)shorter;
    assert_int_equal(mvo_solver_report(&wide.report, f->solver), MVO_OK);
    assert_int_equal(wide.report.struct_size, shorter);
    assert_true(wide.report.objective == f->before.report.objective);
    for (size_t i = shorter; i < sizeof wide; i++)
        assert_int_equal(((unsigned char *)&wide)[i], 0xa5);

    const int64_t wrong[] = { 0, 7, -1, INT64_MIN };
    for (size_t k = 0; k < 4; k++) {
        memset(&wide, 0xa5, sizeof wide);
        wide.report.struct_size = wrong[k];
        assert_int_equal(mvo_solver_report(&wide.report, f->solver), MVO_ERROR_ARGUMENT);
        assert_int_equal(wide.report.struct_size, wrong[k]);
        for (size_t i = sizeof wide.report.struct_size; i < sizeof wide; i++)
            assert_int_equal(((unsigned char *)&wide)[i], 0xa5);
    }
}

/* ------------------------------------------------------------------------------------------------ setters */

static const double TOLERANCE = 1e-9;

static mvo_outcome solve(mvo_solver *solver)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    return outcome;
}

/* The solver's answer is optimal for the instance as it now is, and its weights are a fresh solver's. */
static void assert_as_fresh(const instance *p, mvo_solver *solver)
{
    const verify_problem view = instance_view(p);
    double w[N], fresh_w[N];
    mvo_outcome outcome = -1;
    mvo_solver *fresh = instance_solver(p, MVO_CHECK_ALL);
    assert_non_null(fresh);
    assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_OPTIMAL, TOLERANCE);
    assert_int_equal(solve(fresh), MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_solver_weights(fresh_w, fresh), MVO_OK);
    for (size_t j = 0; j < N; j++)
        assert_true(fabs(w[j] - fresh_w[j]) <= 1e-12);
    mvo_solver_free(fresh);
}

/* The vector is 1 for the crossed pair and 0 elsewhere, and the conflict says both limits in words. */
static void assert_crossed(mvo_solver *solver, size_t row, size_t asset, const char *text)
{
    double rows[M], bounds[N], w[N];
    mvo_conflict *conflict = NULL;
    assert_int_equal(solve(solver), MVO_INFEASIBLE);
    assert_int_equal(mvo_solver_farkas(rows, bounds, solver), MVO_OK);
    for (size_t i = 0; i < M; i++)
        assert_true(rows[i] == (i == row ? 1.0 : 0.0));
    for (size_t j = 0; j < N; j++)
        assert_true(bounds[j] == (j == asset ? 1.0 : 0.0));
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    for (size_t j = 0; j < N; j++)
        assert_true(isfinite(w[j]));
    assert_int_equal(mvo_solver_conflict(&conflict, solver, NULL), MVO_OK);
    assert_string_equal(mvo_conflict_text(conflict), text);
    mvo_conflict_free(conflict);
}

static void crossed_limits_are_named_and_undone(void **state)
{
    fixture *f = *state;
    double upper[N];
    for (int solved = 0; solved < 2; solved++) { /* crossed before any solve, and after one */
        assert_int_equal(mvo_solver_set_bound(f->solver, 3, 0.7, 0.2, NULL), MVO_OK);
        assert_crossed(f->solver, M, 3, "asset 'BTC' >= 0.7\nasset 'BTC' <= 0.2");
        assert_int_equal(mvo_solver_set_bound(f->solver, 3, 0.0, 1.0, NULL), MVO_OK);
        assert_as_fresh(f->p, f->solver);
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    }
    assert_int_equal(mvo_solver_set_row_limits(f->solver, f->id[PAIR], 0.5, 0.25, NULL), MVO_OK);
    assert_crossed(f->solver, PAIR, N, "row 1 >= 0.5\nrow 1 <= 0.25");
    assert_int_equal(mvo_solver_set_row_limits(f->solver, f->id[PAIR], 0.0, 0.3, NULL), MVO_OK);
    assert_as_fresh(f->p, f->solver);
    memcpy(upper, f->p->upper, sizeof upper);
    upper[2] = -0.5;
    assert_int_equal(mvo_solver_set_bounds(f->solver, NULL, upper, NULL), MVO_OK);
    assert_crossed(f->solver, M, 2, "asset 2 >= 0\nasset 2 <= -0.5");
    assert_int_equal(mvo_solver_set_bounds(f->solver, f->p->lower, f->p->upper, NULL), MVO_OK);
    assert_as_fresh(f->p, f->solver);
}

static void moved_limits_are_obeyed(void **state)
{
    fixture *f = *state;
    instance *p = f->p;
    assert_as_fresh(p, f->solver);
    p->lower[4] = 0.25;
    p->upper[4] = 0.4;
    assert_int_equal(mvo_solver_set_bound(f->solver, 4, 0.25, 0.4, NULL), MVO_OK);
    assert_as_fresh(p, f->solver);
    p->row_lower[PAIR] = p->row_upper[PAIR] = 0.2;
    assert_int_equal(mvo_solver_set_row_limits(f->solver, f->id[PAIR], 0.2, 0.2, NULL), MVO_OK);
    assert_as_fresh(p, f->solver);
    for (size_t j = 0; j < N; j++) {
        p->lower[j] = -0.1;
        p->linear[j] = -0.3 * mu[j];
    }
    assert_int_equal(mvo_solver_set_bounds(f->solver, p->lower, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_linear(f->solver, p->linear, NULL), MVO_OK);
    assert_as_fresh(p, f->solver);
    memset(p->linear, 0, N * sizeof *p->linear);
    assert_int_equal(mvo_solver_set_linear(f->solver, NULL, NULL), MVO_OK);
    assert_as_fresh(p, f->solver);
    for (size_t j = 0; j < N; j++)
        p->upper[j] = INFINITY, p->lower[j] = -INFINITY;
    assert_int_equal(mvo_solver_set_bounds(f->solver, p->lower, p->upper, NULL), MVO_OK);
    assert_as_fresh(p, f->solver);
}

/* The set is a snapshot: what happens to it later does not reach the solver. */
static void later_edits_do_not_reach_a_solver(void **state)
{
    fixture *f = *state;
    assert_int_equal(mvo_constraints_set_bound(f->rules, 0, 0.9, 0.9, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_remove_row(f->rules, f->id[PAIR], NULL), MVO_OK);
    assert_as_fresh(f->p, f->solver);
}

static void a_moved_covariance_is_solved_warm(void **state)
{
    fixture *f = *state;
    mvo_covariance *moved, *factors = NULL, *larger = NULL;
    static const double specific[N + 1] = { 1, 1, 1, 1, 1, 1 };
    assert_as_fresh(f->p, f->solver);
    for (size_t i = 0; i < N * N; i++)
        f->p->sigma[i] *= i % (N + 1) == 0 ? 1.0 + 0.1 * (double)(i % 3) : 0.9;
    moved = instance_covariance(f->p, MVO_CHECK_ALL);
    assert_non_null(moved);
    assert_int_equal(mvo_solver_set_covariance(f->solver, moved, NULL), MVO_OK);
    mvo_covariance_unref(moved); /* the solver has its own reference */
    assert_as_fresh(f->p, f->solver);

    /* Of another size or kind. */
    answer_read(&f->before, f->solver);
    assert_int_equal(mvo_covariance_new_factor(&factors, NULL, N, 0, NULL, N, NULL, 1, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_factor(&larger, NULL, N + 1, 0, NULL, N + 1, NULL, 1, specific, 0, NULL),
                     MVO_OK);
    REFUSED(f, mvo_solver_set_covariance(f->solver, factors, &error), MVO_ERROR_MISMATCH, "covariance", -1, 0.0);
    REFUSED(f, mvo_solver_set_covariance(f->solver, larger, &error), MVO_ERROR_MISMATCH, "covariance", -1, 0.0);
    mvo_covariance_unref(factors);
    mvo_covariance_unref(larger);
    assert_as_fresh(f->p, f->solver);
}

/* An answer stays as its question left it until the next solve, whatever is set in between. */
static void setters_leave_the_last_answer(void **state)
{
    fixture *f = *state;
    for (int which = 0; which < 3; which++) {
        give_answer(f, which);
        assert_int_equal(mvo_solver_set_linear(f->solver, mu, NULL), MVO_OK);
        assert_answer(&f->before, f->solver);
        assert_int_equal(mvo_solver_set_bound(f->solver, 1, -0.5, 2.0, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_row_limits(f->solver, f->id[PAIR], -0.5, 0.31, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_covariance(f->solver, f->covariance, NULL), MVO_OK);
        assert_answer(&f->before, f->solver);
        assert_int_equal(mvo_solver_set_bound(f->solver, 1, 0.0, 1.0, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_row_limits(f->solver, f->id[PAIR], 0.0, 0.3, NULL), MVO_OK);
    }
}

/* A plain solve after a question keeps the question's c, but neither its target nor its way of stating the objective.
 */
static void a_solve_after_a_question_is_plain(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    double target = 0.0;
    assert_int_equal(mvo_minimum_variance_at_return(&outcome, f->solver, mu, 0.09, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_as_fresh(f->p, f->solver); /* c = 0: minimum variance, without the target */
    assert_int_equal(mvo_target_multiplier(&target, f->solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_report(&report, f->solver), MVO_OK);
    assert_true(report.expected_return == 0.0);

    const double risk_aversion = 4.0; /* minimises 1/2 w'Sigma w - mu'w / 4, four times over */
    assert_int_equal(mvo_maximum_utility(&outcome, f->solver, mu, risk_aversion, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++)
        f->p->linear[j] = -mu[j] / risk_aversion;
    assert_as_fresh(f->p, f->solver);
    assert_int_equal(mvo_maximum_sharpe(&outcome, f->solver, mu, 0.01, 0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_set_linear(f->solver, f->p->linear, NULL), MVO_OK);
    assert_as_fresh(f->p, f->solver);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refusals_change_nothing),
        TEST(a_solver_is_not_made_of_nothing),
        TEST(errors_and_halves_may_be_left_out),
        TEST(getters_refuse_null),
        TEST(getters_know_what_there_is),
        TEST(reports_of_other_sizes),
        TEST(crossed_limits_are_named_and_undone),
        TEST(moved_limits_are_obeyed),
        TEST(later_edits_do_not_reach_a_solver),
        TEST(a_moved_covariance_is_solved_warm),
        TEST(setters_leave_the_last_answer),
        TEST(a_solve_after_a_question_is_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
