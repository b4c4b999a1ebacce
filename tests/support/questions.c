/* SPDX-License-Identifier: MIT */
#include "support/questions.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static double *vector(size_t n)
{
    double *x = calloc(n ? n : 1, sizeof *x);
    assert_non_null(x);
    return x;
}

static double *scaled(const double *x, size_t n, double by)
{
    double *y = vector(n);
    for (size_t j = 0; j < n; j++)
        y[j] = by * x[j];
    return y;
}

static double *weights_of(const mvo_solver *solver)
{
    double *w = vector(mvo_solver_size(solver));
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    return w;
}

long double instance_return(const instance *p, const double *w)
{
    long double sum = 0.0L;
    for (size_t j = 0; j < p->n; j++)
        sum += (long double)p->mu[j] * w[j];
    return sum;
}

long double instance_volatility(const instance *p, const double *w)
{
    const verify_problem view = instance_view(p);
    long double *risk = malloc((p->n ? p->n : 1) * sizeof *risk), variance = 0.0L;
    assert_non_null(risk);
    verify_product(risk, NULL, &view, w);
    for (size_t j = 0; j < p->n; j++)
        variance += risk[j] * w[j];
    free(risk);
    return variance > 0.0L ? sqrtl(variance) : 0.0L;
}

static void expect_outcome(mvo_status status, mvo_outcome outcome, mvo_outcome expected, const mvo_error *error)
{
    if (status != MVO_OK)
        fail_msg("the question failed: %s: %s", mvo_status_name(status), error->message);
    if (outcome != expected)
        fail_msg("%s where %s is right", mvo_outcome_name(outcome), mvo_outcome_name(expected));
}

static void verify_question(const verify_problem *view, const mvo_solver *solver, mvo_outcome outcome)
{
    char why[256] = "";
    if (!verify_solve(view, solver, outcome, QUESTION_TOLERANCE, why, sizeof why))
        fail_msg("%s: %s", mvo_outcome_name(outcome), why);
}

/* The report's return is that of the weights. */
static void expect_return(const instance *p, const mvo_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    double *w = weights_of(solver);
    long double size = 0.0L;
    for (size_t j = 0; j < p->n; j++)
        size += fabsl((long double)p->mu[j] * w[j]);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    assert_true(fabsl(report.expected_return - instance_return(p, w)) <= 1e-14L * size);
    free(w);
}

void ask_minimum_variance(const instance *p, mvo_solver *solver, mvo_outcome expected)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status = mvo_minimum_variance(&outcome, solver, &error);
    expect_outcome(status, outcome, expected, &error);
    verify_problem view = instance_view(p);
    view.linear = NULL;
    verify_question(&view, solver, outcome);
}

void ask_utility(const instance *p, mvo_solver *solver, double risk_aversion, mvo_outcome expected)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    double *linear = scaled(p->mu, p->n, -1.0);
    const mvo_status status = mvo_maximum_utility(&outcome, solver, p->mu, risk_aversion, &error);
    expect_outcome(status, outcome, expected, &error);
    verify_problem view = instance_view(p);
    view.quadratic = risk_aversion;
    view.linear = linear;
    verify_question(&view, solver, outcome);
    if (outcome == MVO_OPTIMAL)
        expect_return(p, solver);
    free(linear);
}

void ask_at_return(const instance *p, mvo_solver *solver, double target, mvo_outcome expected)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status = mvo_minimum_variance_at_return(&outcome, solver, p->mu, target, &error);
    expect_outcome(status, outcome, expected, &error);
    verify_problem view = instance_view(p);
    view.linear = NULL;
    view.target = p->mu;
    view.target_lower = target;
    view.target_upper = INFINITY;
    verify_question(&view, solver, outcome);
    if (outcome == MVO_OPTIMAL)
        expect_return(p, solver);
}

void ask_at_volatility(const instance *p, mvo_solver *solver, double target, mvo_outcome expected)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status = mvo_maximum_return_at_volatility(&outcome, solver, p->mu, target, &error);
    expect_outcome(status, outcome, expected, &error);
    if (outcome != MVO_OPTIMAL)
        return;
    double multiplier, *w = weights_of(solver), *linear = scaled(p->mu, p->n, -1.0);
    const long double volatility = instance_volatility(p, w);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_OK);
    if (!(volatility <= target * (1.0L + QUESTION_TOLERANCE)))
        fail_msg("volatility %.17Lg above its target %.17g", volatility, target);
    if (!(multiplier <= 0.0))
        fail_msg("the target's multiplier is %g: more risk cannot lower the return", multiplier);
    if (multiplier < 0.0 && !(volatility >= target * (1.0L - QUESTION_TOLERANCE)))
        fail_msg("volatility %.17Lg is short of a target %.17g with multiplier %g", volatility, target, multiplier);
    verify_problem view = instance_view(p);
    view.quadratic = volatility > 0.0L ? (double)(-multiplier / volatility) : 0.0;
    view.linear = linear;
    view.skip_objective = 1;
    verify_question(&view, solver, outcome);
    expect_return(p, solver);
    free(linear);
    free(w);
}

/* At its optimum the ratio has the gradient of a quadratic objective with these coefficients. */
void ask_sharpe(const instance *p, mvo_solver *solver, double rf, int32_t excess, mvo_outcome expected)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    mvo_report report = MVO_REPORT_INIT;
    const mvo_status status = mvo_maximum_sharpe(&outcome, solver, p->mu, rf, excess, &error);
    expect_outcome(status, outcome, expected, &error);
    if (outcome != MVO_OPTIMAL)
        return;
    double *w = weights_of(solver), *linear = vector(p->n);
    const long double volatility = instance_volatility(p, w);
    long double gain = excess == MVO_EXCESS_OF_PORTFOLIO ? -(long double)rf : 0.0L;
    for (size_t j = 0; j < p->n; j++) {
        const long double each = p->mu[j] - (excess == MVO_EXCESS_OF_INVESTED ? (long double)rf : 0.0L);
        gain += each * w[j];
        linear[j] = (double)(-each / volatility);
    }
    verify_problem view = instance_view(p);
    view.quadratic = (double)(gain / (volatility * volatility * volatility));
    view.linear = linear;
    view.skip_objective = 1;
    verify_question(&view, solver, outcome);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    if (!(fabsl(report.objective + gain / volatility) <= 1e-12L * fabsl(gain / volatility)))
        fail_msg("objective %.17g of a ratio %.17Lg", report.objective, gain / volatility);
    expect_return(p, solver);
    free(linear);
    free(w);
}

void ask_tracking_error(const instance *p, mvo_solver *solver, const double *benchmark, mvo_outcome expected)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status = mvo_minimum_tracking_error(&outcome, solver, benchmark, &error);
    expect_outcome(status, outcome, expected, &error);
    verify_problem view = instance_view(p);
    long double *risk = malloc((p->n ? p->n : 1) * sizeof *risk), own = 0.0L;
    double *linear = vector(p->n);
    assert_non_null(risk);
    verify_product(risk, NULL, &view, benchmark);
    for (size_t j = 0; j < p->n; j++) {
        linear[j] = (double)-risk[j];
        own += 0.5L * risk[j] * benchmark[j];
    }
    view.linear = linear;
    view.constant = (double)own;
    verify_question(&view, solver, outcome);
    free(linear);
    free(risk);
}

/* ---------------------------------------------------------------------------------------- frontier */

void assert_efficient(const instance *p, mvo_solver *solver, const double *w, double lambda, double tolerance)
{
    mvo_outcome outcome = -1;
    char why[256] = "";
    double *linear = scaled(p->mu, p->n, -lambda), *y = vector(p->m), *z = vector(p->n);
    verify_problem view = instance_view(p);
    view.linear = linear;
    assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    if (outcome != MVO_OPTIMAL || !verify_solve(&view, solver, outcome, tolerance, why, sizeof why))
        fail_msg("independent solve at lambda %.17g: %s %s", lambda, mvo_outcome_name(outcome), why);
    assert_int_equal(mvo_solver_multipliers(y, z, solver), MVO_OK);
    if (!verify_point(&view, w, y, z, 0.0, tolerance, why, sizeof why))
        fail_msg("frontier at lambda %.17g: %s", lambda, why);
    free(linear);
    free(y);
    free(z);
}

static void assert_figures(const instance *p, const double *w, double lambda, double expected_return, double volatility)
{
    long double size = 0.0L;
    verify_residuals r;
    double *y = vector(p->m), *z = vector(p->n);
    verify_problem view = instance_view(p);
    view.linear = NULL;
    verify_measure(&r, &view, w, y, z, 0.0, 0.0);
    long double largest = 0.0L;
    for (size_t j = 0; j < p->n; j++) {
        size += fabsl((long double)p->mu[j] * w[j]);
        largest += fabsl((long double)w[j]);
    }
    /* a variance is known to rounding of its terms, and so far as it is told by lambda and the return */
    const long double variance = (long double)volatility * volatility;
    const long double rounding =
        1e-15L * (long double)p->n * r.gradient_rounding * largest + 1e-13L * r.variance + 1e-13L * lambda * size;
    if (!(fabsl(expected_return - instance_return(p, w)) <= 1e-13L * size))
        fail_msg("return %.17g of weights that return %.17Lg", expected_return, instance_return(p, w));
    if (!(volatility >= 0.0 && fabsl(variance - r.variance) <= rounding))
        fail_msg("at lambda %.17g volatility %.17g of weights with variance %.17Lg", lambda, volatility, r.variance);
    free(y);
    free(z);
}

static void assert_at_lambda(const instance *p, const mvo_frontier *frontier, mvo_solver *solver, double lambda,
                             double tolerance)
{
    double expected_return, volatility, *w = vector(p->n);
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_frontier_at_lambda(&expected_return, &volatility, w, frontier, lambda, &error))
        fail_msg("frontier at lambda %.17g: %s", lambda, error.message);
    assert_figures(p, w, lambda, expected_return, volatility);
    assert_efficient(p, solver, w, lambda, tolerance);
    free(w);
}

void assert_frontier(const instance *p, const mvo_frontier *frontier, mvo_solver *solver, double tolerance)
{
    const size_t corners = mvo_frontier_corner_count(frontier);
    double before = INFINITY, *w = vector(p->n);
    assert_int_equal(mvo_frontier_size(frontier), p->n);
    assert_true(corners >= 1);
    for (size_t k = 0; k < corners; k++) {
        double lambda, expected_return, volatility;
        assert_int_equal(mvo_frontier_corner(&lambda, &expected_return, &volatility, w, frontier, k), MVO_OK);
        if (!(lambda >= 0.0 && lambda <= before))
            fail_msg("corner %zu has lambda %.17g after %.17g", k, lambda, before);
        assert_figures(p, w, lambda, expected_return, volatility);
        assert_efficient(p, solver, w, lambda, tolerance);
        assert_at_lambda(p, frontier, solver, k ? 0.5 * (lambda + before) : 1.5 * lambda, tolerance);
        before = lambda;
    }
    assert_true(before == 0.0);
    free(w);
}
