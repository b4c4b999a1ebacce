/* SPDX-License-Identifier: MIT */
/*
 * The portfolio questions: multipliers are derivatives of the objective each question states, reports are those of the
 * weights, and each outcome is met where the header says it is. Objectives are computed here, from the weights.
 */
#include "support/market.h"
#include "support/questions.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 6, M = 3, LARGE = 200, BUDGET = 0, GROUP = 1, EXPOSURE = 2 };

static const double means[N] = { 0.02, 0.045, 0.06, 0.075, 0.11, 0.085 };
static const double benchmark[N] = { 0.5, 0.1, 0.1, 0.1, 0.1, 0.1 };

/* Volatilities 8 % to 28 %; correlations between 0.1 and 0.5. */
static instance *make_instance(void)
{
    instance *p = instance_new(N, M);
    const double group[N] = { 1.0, 1.0, 0.0, 0.0, 0.0, 0.0 }, exposure[N] = { 0.5, -0.2, 1.1, 0.7, 0.9, 1.4 };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            const double both = (0.08 + 0.04 * (double)i) * (0.08 + 0.04 * (double)j);
            p->sigma[i + j * N] = both * (i == j ? 1.0 : 0.1 + 0.4 / (1.0 + fabs((double)i - (double)j)));
        }
    memcpy(p->mu, means, sizeof means);
    instance_set_row(p, BUDGET, NULL, 1.0, 1.0);
    instance_set_row(p, GROUP, group, 0.1, 0.45);
    instance_set_row(p, EXPOSURE, exposure, 0.5, 0.8);
    instance_set_bounds(p, 0.02, 0.4);
    return p;
}

/* -------------------------------------------------------------------------------------------- the questions */

typedef enum question {
    MINIMUM_VARIANCE,
    UTILITY,
    NO_RISK_AVERSION,
    AT_RETURN,
    AT_VOLATILITY,
    SHARPE,
    SHARPE_INVESTED,
    TRACKING_ERROR
} question;

static const double RISK_AVERSION = 3.0, RF = 0.01;

static mvo_outcome ask(mvo_solver *solver, const double *mu, question which, double target)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    mvo_status status = MVO_OK;
    switch (which) {
    case MINIMUM_VARIANCE:
        status = mvo_minimum_variance(&outcome, solver, &error);
        break;
    case UTILITY:
        status = mvo_maximum_utility(&outcome, solver, mu, RISK_AVERSION, &error);
        break;
    case NO_RISK_AVERSION:
        status = mvo_maximum_utility(&outcome, solver, mu, 0.0, &error);
        break;
    case AT_RETURN:
        status = mvo_minimum_variance_at_return(&outcome, solver, mu, target, &error);
        break;
    case AT_VOLATILITY:
        status = mvo_maximum_return_at_volatility(&outcome, solver, mu, target, &error);
        break;
    case SHARPE:
        status = mvo_maximum_sharpe(&outcome, solver, mu, RF, MVO_EXCESS_OF_PORTFOLIO, &error);
        break;
    case SHARPE_INVESTED:
        status = mvo_maximum_sharpe(&outcome, solver, mu, RF, MVO_EXCESS_OF_INVESTED, &error);
        break;
    case TRACKING_ERROR:
        status = mvo_minimum_tracking_error(&outcome, solver, benchmark, &error);
        break;
    }
    if (status != MVO_OK)
        fail_msg("question %d: %s", (int)which, error.message);
    return outcome;
}

/* The objective as the header states it. */
static long double stated(const instance *p, question which, const double *w)
{
    double away[N];
    long double sum = 0.0L;
    for (size_t j = 0; j < N; j++) {
        away[j] = w[j] - benchmark[j];
        sum += w[j];
    }
    const long double r = instance_return(p, w), volatility = instance_volatility(p, w);
    const long double tracking = instance_volatility(p, away);
    switch (which) {
    case MINIMUM_VARIANCE:
    case AT_RETURN:
        return 0.5L * volatility * volatility;
    case UTILITY:
        return 0.5L * RISK_AVERSION * volatility * volatility - r;
    case NO_RISK_AVERSION:
    case AT_VOLATILITY:
        return -r;
    case SHARPE:
        return -(r - RF) / volatility;
    case SHARPE_INVESTED:
        return -(r - RF * sum) / volatility;
    default:
        return 0.5L * tracking * tracking;
    }
}

/* Asks, and gives the objective of the weights; what the report says of them must agree. */
static long double value(const instance *p, mvo_solver *solver, question which, double target)
{
    double w[N];
    mvo_report report = MVO_REPORT_INIT;
    const mvo_outcome outcome = ask(solver, p->mu, which, target);
    if (outcome != MVO_OPTIMAL)
        fail_msg("question %d: %s", (int)which, mvo_outcome_name(outcome));
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    const long double objective = stated(p, which, w), volatility = instance_volatility(p, w);
    const int knows_mu = which != MINIMUM_VARIANCE && which != TRACKING_ERROR;
    if (fabsl(report.objective - objective) > 1e-14L + 1e-12L * fabsl(objective))
        fail_msg("question %d reports %.17g for %.17Lg", (int)which, report.objective, objective);
    assert_true(fabsl(report.variance - volatility * volatility) <= 1e-15L);
    assert_true(fabsl(report.expected_return - (knows_mu ? instance_return(p, w) : 0.0L)) <= 1e-15L);
    assert_true(fabs(report.objective - report.dual_objective) <= report.gap + 1e-15);
    assert_true(report.gap <= 1e-9 * report.gap_scale);
    assert_int_equal(report.outcome, MVO_OPTIMAL);
    return objective;
}

/* ---------------------------------------------------------------------------------------------- derivatives */

static const double STEP = 1e-5;

/* One limit: of row e - N, or of weight e; `sides` has bit 0 for the lower one and bit 1 for the upper one. */
static void set_limit(const instance *p, mvo_solver *solver, const int64_t *ids, size_t e, int sides, double by)
{
    const double below = sides & 1 ? by : 0.0, above = sides & 2 ? by : 0.0;
    if (e < N)
        assert_int_equal(mvo_solver_set_bound(solver, e, p->lower[e] + below, p->upper[e] + above, NULL), MVO_OK);
    else
        assert_int_equal(mvo_solver_set_row_limits(solver, ids[e - N], p->row_lower[e - N] + below,
                                                   p->row_upper[e - N] + above, NULL),
                         MVO_OK);
}

static void assert_derivative(const instance *p, mvo_solver *solver, const int64_t *ids, question which, double target,
                              size_t e, int sides, double multiplier)
{
    set_limit(p, solver, ids, e, sides, STEP);
    const long double above = value(p, solver, which, target);
    set_limit(p, solver, ids, e, sides, -STEP);
    const long double below = value(p, solver, which, target);
    set_limit(p, solver, ids, e, sides, 0.0);
    const long double slope = (above - below) / (2.0L * STEP);
    if (fabsl(slope - multiplier) > 1e-8L + 1e-6L * fabs(multiplier))
        fail_msg("question %d, element %zu, sides %d: multiplier %.12g, slope %.12Lg", (int)which, e, sides, multiplier,
                 slope);
}

/* Every limit moved both ways. */
static void check_multipliers(const instance *p, question which, double target)
{
    double y[M], z[N];
    int64_t ids[M];
    size_t counted = 0;
    mvo_report report = MVO_REPORT_INIT;
    mvo_constraints *rules = instance_constraints(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    for (size_t i = 0; i < M; i++)
        ids[i] = mvo_constraints_row_id(rules, i);
    mvo_constraints_free(rules);
    value(p, solver, which, target);
    assert_int_equal(mvo_solver_multipliers(y, z, solver), MVO_OK);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    for (size_t e = 0; e < N + M; e++) {
        const double multiplier = e < N ? z[e] : y[e - N];
        const int equal = e < N ? p->lower[e] == p->upper[e] : p->row_lower[e - N] == p->row_upper[e - N];
        counted += multiplier != 0.0;
        if (equal) {
            assert_derivative(p, solver, ids, which, target, e, 3, multiplier);
            continue;
        }
        assert_derivative(p, solver, ids, which, target, e, 1, fmax(multiplier, 0.0));
        assert_derivative(p, solver, ids, which, target, e, 2, fmin(multiplier, 0.0));
    }
    assert_true(counted > 0);
    assert_int_equal((int64_t)counted, N - report.free_weights + report.active_rows);
    mvo_solver_free(solver);
}

static void check_target(const instance *p, question which, double target)
{
    double multiplier = 0.0;
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    const long double above = value(p, solver, which, target + STEP), below = value(p, solver, which, target - STEP);
    value(p, solver, which, target);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_OK);
    const long double slope = (above - below) / (2.0L * STEP);
    if (fabsl(slope - multiplier) > 1e-8L + 1e-5L * fabs(multiplier))
        fail_msg("question %d, target %g: multiplier %.12g, slope %.12Lg", (int)which, target, multiplier, slope);
    mvo_solver_free(solver);
}

static void multipliers_are_derivatives(void **state)
{
    (void)state;
    instance *p = make_instance();
    for (int tight = 0; tight < 2; tight++) {
        check_multipliers(p, MINIMUM_VARIANCE, 0.0);
        check_multipliers(p, UTILITY, 0.0);
        check_multipliers(p, NO_RISK_AVERSION, 0.0);
        check_multipliers(p, AT_RETURN, 0.058);
        check_multipliers(p, AT_RETURN, 0.01); /* below what minimum variance returns */
        check_multipliers(p, AT_VOLATILITY, 0.115);
        check_multipliers(p, AT_VOLATILITY, 0.9); /* above what the largest return risks */
        check_multipliers(p, SHARPE, 0.0);
        check_multipliers(p, SHARPE_INVESTED, 0.0);
        check_multipliers(p, TRACKING_ERROR, 0.0);
        instance_set_bounds(p, 0.07, 0.28);
        p->row_upper[EXPOSURE] = 0.74;
        p->row_lower[GROUP] = 0.3;
    }
    p->row_lower[BUDGET] = 0.3; /* what is not invested earns nothing, or rf */
    p->row_lower[GROUP] = 0.1;
    check_multipliers(p, SHARPE, 0.0);
    check_multipliers(p, SHARPE_INVESTED, 0.0);
    check_multipliers(p, AT_VOLATILITY, 0.09);
    instance_free(p);
}

static void a_target_has_its_multiplier(void **state)
{
    (void)state;
    double multiplier = 7.0;
    instance *p = make_instance();
    check_target(p, AT_RETURN, 0.055);
    check_target(p, AT_RETURN, 0.065);
    check_target(p, AT_RETURN, 0.01);
    check_target(p, AT_VOLATILITY, 0.105);
    check_target(p, AT_VOLATILITY, 0.13);
    check_target(p, AT_VOLATILITY, 0.9);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    value(p, solver, AT_RETURN, 0.01);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_OK);
    assert_true(multiplier == 0.0); /* not needed */
    value(p, solver, AT_VOLATILITY, 0.9);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_OK);
    assert_true(multiplier == 0.0);
    multiplier = 7.0;
    value(p, solver, UTILITY, 0.0); /* has none */
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_ERROR_STATE);
    assert_true(multiplier == 7.0);
    mvo_solver_free(solver);
    instance_free(p);
}

/* --------------------------------------------------------------------------------------------------- report */

static mvo_report report_of(const mvo_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    return report;
}

/* Two assets with the largest mean: any split of them is as good, and the answer says that there are others. */
static void several_optima_are_told(void **state)
{
    (void)state;
    instance *p = instance_new(4, 1);
    const double tied[4] = { 0.05, 0.09, 0.09, 0.03 }, single[4] = { 0.05, 0.09, 0.08, 0.03 };
    mvo_outcome outcome = -1;
    for (size_t j = 0; j < 4; j++)
        p->sigma[j + 4 * j] = 0.01 * (double)(j + 1);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, 1.0);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    for (int method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
        assert_int_equal(mvo_maximum_utility(&outcome, solver, tied, 0.0, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(report_of(solver).not_unique, 1);
        assert_int_equal(mvo_maximum_utility(&outcome, solver, tied, 1.0, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(report_of(solver).not_unique, 0); /* risk decides */
        assert_int_equal(mvo_maximum_utility(&outcome, solver, single, 0.0, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(report_of(solver).not_unique, 0);
        assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(report_of(solver).not_unique, 0);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

/* Counts are those of the working set; rounds belong to block pivoting, pivots to the path. */
/* The report of maximum utility, whose counts are those of the working set. */
static mvo_report counted(const instance *p, mvo_solver *solver, int64_t method)
{
    int32_t sides[LARGE], row_sides[MARKET_ROWS];
    int64_t free_weights = 0, active = 0;
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
    assert_int_equal(ask(solver, p->mu, UTILITY, 0.0), MVO_OPTIMAL);
    const mvo_report report = report_of(solver);
    assert_int_equal(mvo_solver_working_set(sides, row_sides, solver), MVO_OK);
    for (size_t j = 0; j < p->n; j++)
        free_weights += sides[j] == MVO_BETWEEN;
    for (size_t i = 0; i < p->m; i++)
        active += row_sides[i] != MVO_BETWEEN;
    assert_int_equal(row_sides[BUDGET], MVO_FIXED);
    assert_int_equal(report.free_weights, free_weights);
    assert_int_equal(report.active_rows, active);
    return report;
}

/* Rounds are those of block pivoting, pivots what exchanges and path following change one at a time. */
static void a_report_counts(void **state)
{
    (void)state;
    for (int large = 0; large < 2; large++) {
        instance *p = large ? market_new(LARGE, 5, 0) : make_instance();
        if (large) {
            market_sectors(p);
            instance_set_bounds(p, -0.1, 0.1); /* long or short: most are free, which is for block pivoting */
        }
        for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
            mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
            const mvo_report report = counted(p, solver, method);
            const int blocks = large && method == MVO_METHOD_AUTO;
            assert_true(blocks ? report.rounds > 0 && report.pivots == 0 : report.rounds == 0 && report.pivots > 0);
            mvo_solver_free(solver);
        }
        instance_free(p);
    }
}

/* 1e-320 is a risk aversion: so small that mu / risk_aversion overflows, so it is as good as none. */
static void the_smallest_risk_aversion(void **state)
{
    (void)state;
    instance *p = make_instance();
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    mvo_outcome outcome = -1;
    const long double most = value(p, solver, NO_RISK_AVERSION, 0.0);
    static const double small[] = { 1e-320, 1e-300, 1e-153, 1e-100, 1e-50 };
    for (size_t k = 0; k < 5; k++) {
        assert_int_equal(mvo_maximum_utility(&outcome, solver, p->mu, small[k], NULL), MVO_OK);
        if (outcome != MVO_OPTIMAL)
            fail_msg("risk aversion %g: %s", small[k], mvo_outcome_name(outcome));
        assert_true(fabsl(report_of(solver).objective - most) <= 1e-15L);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

/* ------------------------------------------------------------------------------------------------- outcomes */

static void weights_are_readable(const mvo_solver *solver)
{
    double w[N];
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    for (size_t j = 0; j < mvo_solver_size(solver); j++)
        assert_true(isfinite(w[j]));
}

/* Caps that do not fill the budget: every question says so, with the proof, whether it is asked first or warm. */
static void no_portfolio_at_all(void **state)
{
    (void)state;
    instance *p = make_instance(), *good = make_instance();
    double y[M], z[N];
    char why[256] = "";
    instance_set_bounds(p, 0.0, 0.1);
    for (int warm = 0; warm < 2; warm++) {
        for (int which = MINIMUM_VARIANCE; which <= TRACKING_ERROR; which++) {
            mvo_solver *solver = instance_solver(warm ? good : p, MVO_CHECK_ALL);
            const verify_problem view = instance_view(p);
            const double target = which == AT_RETURN ? 0.05 : 0.115;
            if (warm) {
                value(good, solver, (question)which, target);
                assert_int_equal(mvo_solver_set_bounds(solver, p->lower, p->upper, NULL), MVO_OK);
            }
            assert_int_equal(ask(solver, p->mu, (question)which, target), MVO_INFEASIBLE);
            assert_int_equal(mvo_solver_farkas(y, z, solver), MVO_OK);
            if (!verify_farkas(&view, y, z, 1e-9, why, sizeof why))
                fail_msg("question %d: %s", which, why);
            weights_are_readable(solver);
            assert_int_equal(report_of(solver).outcome, MVO_INFEASIBLE);
            assert_int_equal(mvo_solver_set_bounds(solver, good->lower, good->upper, NULL), MVO_OK);
            value(good, solver, (question)which, target);
            mvo_solver_free(solver);
        }
    }
    instance_free(good);
    instance_free(p);
}

/* A target return out of reach has a proof and a conflict with the target in it; a volatility has neither. */
static void targets_out_of_reach(void **state)
{
    (void)state;
    instance *p = make_instance();
    mvo_conflict *conflict = NULL;
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    double y[M], z[N];
    int targets = 0;
    ask_at_return(p, solver, 0.2, MVO_INFEASIBLE); /* and verifies the proof */
    weights_are_readable(solver);
    assert_int_equal(mvo_solver_conflict(&conflict, solver, NULL), MVO_OK);
    for (size_t k = 0; k < mvo_conflict_count(conflict); k++) {
        int32_t kind, side;
        int64_t id;
        double limit;
        assert_int_equal(mvo_conflict_item(&kind, &id, &side, &limit, conflict, k), MVO_OK);
        targets += kind == MVO_CONFLICT_ROW && id == -1 && side == MVO_AT_LOWER && limit == 0.2;
    }
    assert_int_equal(targets, 1);
    mvo_conflict_free(conflict);

    const long double least = sqrtl(2.0L * value(p, solver, MINIMUM_VARIANCE, 0.0));
    assert_int_equal(ask(solver, p->mu, AT_VOLATILITY, (double)(least * 0.999L)), MVO_INFEASIBLE);
    assert_int_equal(mvo_solver_farkas(y, z, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_conflict(&conflict, solver, NULL), MVO_ERROR_STATE);
    weights_are_readable(solver);
    assert_int_equal(ask(solver, p->mu, AT_VOLATILITY, 0.0), MVO_INFEASIBLE);
    value(p, solver, AT_VOLATILITY, (double)(least * 1.001L));
    mvo_solver_free(solver);
    instance_free(p);
}

/* Cash (asset 0, riskless) and two stocks; budget as given, weights free unless bounded later. */
static instance *cash_and_stocks(double cash, double least, double most)
{
    instance *p = instance_new(3, 1);
    const double sigma[9] = { 0.0, 0.0, 0.0, 0.0, 0.04, 0.006, 0.0, 0.006, 0.09 };
    const double mu[3] = { cash, 0.06, 0.1 };
    memcpy(p->sigma, sigma, sizeof sigma);
    memcpy(p->mu, mu, sizeof mu);
    instance_set_row(p, 0, NULL, least, most);
    return p;
}

static void return_without_risk_and_without_end(void **state)
{
    (void)state;
    instance *p = cash_and_stocks(0.03, -INFINITY, INFINITY);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    mvo_outcome outcome = -1;
    double x[3], multiplier;
    mvo_constraints *rules = instance_constraints(p);
    const int64_t budget = mvo_constraints_row_id(rules, 0);
    mvo_constraints_free(rules);
    ask_utility(p, solver, 2.0, MVO_UNBOUNDED); /* and verifies the ray */
    assert_int_equal(mvo_solver_ray(x, solver), MVO_OK);
    assert_true(x[0] >= 0.5 && fabs(x[1]) <= 1e-12 && fabs(x[2]) <= 1e-12); /* more cash */
    weights_are_readable(solver);
    assert_int_equal(mvo_solver_multipliers(x, x, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_row_multiplier(&multiplier, solver, budget), MVO_ERROR_STATE);
    assert_int_equal(report_of(solver).outcome, MVO_UNBOUNDED);
    ask_utility(p, solver, 0.0, MVO_UNBOUNDED);
    assert_int_equal(mvo_maximum_return_at_volatility(&outcome, solver, p->mu, 0.1, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_UNBOUNDED);
    weights_are_readable(solver);
    ask_minimum_variance(p, solver, MVO_OPTIMAL);
    ask_at_return(p, solver, 1.0, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_ray(x, solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_set_row_limits(solver, budget, 1.0, 1.0, NULL), MVO_OK);
    p->row_lower[0] = p->row_upper[0] = 1.0;
    ask_utility(p, solver, 2.0, MVO_OPTIMAL);
    ask_utility(p, solver, 0.0, MVO_UNBOUNDED); /* leverage: its risk does not count here */
    mvo_solver_free(solver);
    instance_free(p);
}

static mvo_outcome sharpe(mvo_solver *solver, const instance *p, double rf, int32_t excess)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_maximum_sharpe(&outcome, solver, p->mu, rf, excess, NULL), MVO_OK);
    assert_int_equal(report_of(solver).outcome, outcome);
    weights_are_readable(solver);
    return outcome;
}

static void nothing_beats_the_riskfree_rate(void **state)
{
    (void)state;
    double y[M], z[N];
    instance *p = make_instance();
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    for (int32_t excess = 0; excess < 2; excess++) {
        assert_int_equal(sharpe(solver, p, 0.12, excess), MVO_NO_EXCESS_RETURN); /* above every mean */
        assert_int_equal(mvo_solver_multipliers(y, z, solver), MVO_ERROR_STATE);
        assert_int_equal(sharpe(solver, p, 0.09, excess), MVO_NO_EXCESS_RETURN); /* above every portfolio */
        assert_int_equal(sharpe(solver, p, 0.05, excess), MVO_OPTIMAL);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

/*
 * Fully invested, cash at 3 % among the assets. Against a rate of 1 % cash alone has an infinite ratio. Against 3 % the
 * ratio is that of the stocks' tangency portfolio t = Sigma^-1 (mu - rf): 0.03 / 0.04 and 0.07 / 0.09 alone would be
 * the shares without correlation; here they solve 0.04 a + 0.006 b = 0.03, 0.006 a + 0.09 b = 0.07.
 */
static void a_riskless_portfolio_beats_the_rate(void **state)
{
    (void)state;
    instance *p = cash_and_stocks(0.03, 1.0, 1.0);
    instance_set_bounds(p, 0.0, 1.0);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    assert_int_equal(sharpe(solver, p, 0.01, MVO_EXCESS_OF_PORTFOLIO), MVO_NOT_ATTAINED);
    assert_int_equal(sharpe(solver, p, 0.01, MVO_EXCESS_OF_INVESTED), MVO_NOT_ATTAINED);
    for (int32_t excess = 0; excess < 2; excess++) {
        assert_int_equal(sharpe(solver, p, 0.03, excess), MVO_OPTIMAL);
        const double determinant = 0.04 * 0.09 - 0.006 * 0.006;
        const double a = (0.03 * 0.09 - 0.006 * 0.07) / determinant, b = (0.04 * 0.07 - 0.006 * 0.03) / determinant;
        assert_true(fabs(report_of(solver).objective + sqrt(0.03 * a + 0.07 * b)) <= 1e-12);
    }
    mvo_solver_free(solver);
    instance_set_bounds(p, -INFINITY, INFINITY); /* leverage without end: the same ratio all the way */
    solver = instance_solver(p, MVO_CHECK_ALL);
    const double b = (0.04 * 0.07 - 0.006 * 0.03) / (0.04 * 0.09 - 0.006 * 0.006);
    for (int32_t excess = 0; excess < 2; excess++) {
        double w[3];
        assert_int_equal(sharpe(solver, p, 0.03, excess), MVO_OPTIMAL);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        assert_true(fabs(w[2] / (w[1] + w[2]) -
                         b / (b + (0.03 * 0.09 - 0.006 * 0.07) / (0.04 * 0.09 - 0.006 * 0.006))) <= 1e-9);
        assert_int_equal(sharpe(solver, p, 0.02, excess), MVO_NOT_ATTAINED);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

/* Up to all may be invested, and what is not earns rf: the ratio is that of the best fully invested portfolio. */
static void cash_outside_the_portfolio(void **state)
{
    (void)state;
    for (size_t n = 2; n <= 40; n++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            instance *p = market_new(n < 4 ? 4 : n, seed, 0);
            market_long_only(p);
            const double rf = 0.01;
            mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
            ask_sharpe(p, solver, rf, MVO_EXCESS_OF_INVESTED, MVO_OPTIMAL);
            const double full = report_of(solver).objective;
            mvo_solver_free(solver);
            p->row_lower[0] = 0.0;
            solver = instance_solver(p, MVO_CHECK_ALL);
            ask_sharpe(p, solver, rf, MVO_EXCESS_OF_INVESTED, MVO_OPTIMAL);
            assert_true(fabs(report_of(solver).objective - full) <= 1e-10 * fabs(full));
            mvo_solver_free(solver);
            instance_free(p);
        }
    }
}

/* Two stocks, fully invested, shorts without end. Where the minimum-variance portfolio returns less than the rate the
   ratio grows all along the frontier and is never reached. */
static void the_best_ratio_is_never_reached(void **state)
{
    (void)state;
    instance *p = instance_new(2, 1);
    p->sigma[0] = 0.04;
    p->sigma[3] = 0.09;
    p->mu[0] = 0.02;
    p->mu[1] = 0.06;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    const double global = (0.02 * 0.09 + 0.06 * 0.04) / 0.13; /* return at minimum variance */
    for (int32_t excess = 0; excess < 2; excess++) {
        assert_int_equal(sharpe(solver, p, global + 0.01, excess), MVO_NOT_ATTAINED);
        assert_int_equal(sharpe(solver, p, global + 0.0001, excess), MVO_NOT_ATTAINED);
        ask_sharpe(p, solver, global - 0.01, excess, MVO_OPTIMAL);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

/* A matrix taken on trust with a negative curvature within the budget: 1/2 w'Sigma w falls without end along (1, -1).
 */
static void negative_curvature_is_met(void **state)
{
    (void)state;
    instance *p = instance_new(2, 1);
    mvo_outcome outcome = -1;
    p->sigma[0] = p->sigma[3] = 1.0;
    p->sigma[1] = p->sigma[2] = 2.0;
    p->mu[0] = 0.1;
    p->mu[1] = 0.2;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    assert_null(instance_covariance(p, MVO_CHECK_ALL)); /* refused where it is looked at */
    mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
    for (int method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
        assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_NOT_CONVEX);
        weights_are_readable(solver);
        assert_int_equal(mvo_maximum_utility(&outcome, solver, p->mu, 1.0, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_NOT_CONVEX);
        assert_int_equal(report_of(solver).outcome, MVO_NOT_CONVEX);
    }
    mvo_solver_free(solver);
    instance_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multipliers_are_derivatives),
        cmocka_unit_test(a_target_has_its_multiplier),
        cmocka_unit_test(several_optima_are_told),
        cmocka_unit_test(a_report_counts),
        cmocka_unit_test(the_smallest_risk_aversion),
        cmocka_unit_test(no_portfolio_at_all),
        cmocka_unit_test(targets_out_of_reach),
        cmocka_unit_test(return_without_risk_and_without_end),
        cmocka_unit_test(nothing_beats_the_riskfree_rate),
        cmocka_unit_test(a_riskless_portfolio_beats_the_rate),
        cmocka_unit_test(cash_outside_the_portfolio),
        cmocka_unit_test(the_best_ratio_is_never_reached),
        cmocka_unit_test(negative_curvature_is_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
