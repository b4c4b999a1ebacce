/* SPDX-License-Identifier: MIT */
/*
 * Published figures of tail risk: cases of cases/expected.json, each its own test under the case's id, and optima of
 * further measures on the returns of Riskfolio-Lib's tests, found by another linear programming code
 * (cases/derived/riskfolio_minrisk_check.csv).
 */
#include "support/data.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES "cases/expected.json"
#define TWENTY "cases/derived/pypfopt_returns_complete_case.csv"
#define TEN "cases/derived/riskfolio_returns_200x10.csv"

static void near_to(const char *what, double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s: %.17g, expected %.17g within %g", what, found, expected, tolerance);
}

/* A case at work. */
typedef struct work {
    json_t *root;
    const json_t *json, *expected;
    double tolerance;
    data_table *table;
    mvo_tail_solver *solver;
    double *mu, *w;
    mvo_report report;
    size_t n;
} work;

static void open_case(work *k, const char *id)
{
    data_require(CASES, id);
    memset(k, 0, sizeof *k);
    k->root = data_read_json(CASES);
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)data_member(k->root, "cases"), i, one)
    {
        if (!strcmp(json_string_value(data_member(one, "id")), id))
            k->json = one;
    }
    assert_non_null(k->json);
    k->expected = data_member(k->json, "expected");
    k->tolerance = data_number(data_member(k->json, "tol"));
}

/* Long-only, budget 1, over the rows of a table with equal probabilities. */
static void open_table(work *k, const char *path, int32_t measure, double level)
{
    mvo_scenarios *scenarios = NULL;
    mvo_constraints *rules = NULL;
    k->table = data_read_csv(path);
    k->n = k->table->width;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, k->table->height, k->n, k->table->values, k->table->height,
                                       NULL, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, k->n, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&k->solver, NULL, scenarios, rules, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_set_measure(k->solver, measure, level, NULL), MVO_OK);
    mvo_scenarios_unref(scenarios);
    mvo_constraints_free(rules);
    k->mu = calloc(k->n, sizeof *k->mu);
    k->w = calloc(k->n, sizeof *k->w);
    assert_true(k->mu && k->w);
}

/* Geometric mean per year of 252 days, PyPortfolioOpt's default estimate. */
static void geometric_means(work *k)
{
    for (size_t j = 0; j < k->n; j++) {
        double growth = 1.0;
        for (size_t t = 0; t < k->table->height; t++)
            growth *= 1.0 + k->table->values[t + j * k->table->height];
        k->mu[j] = pow(growth, 252.0 / (double)k->table->height) - 1.0;
    }
}

static double gain(const work *k)
{
    double sum = 0.0;
    for (size_t j = 0; j < k->n; j++)
        sum += k->mu[j] * k->w[j];
    return sum;
}

static void read_answer(work *k, mvo_outcome outcome)
{
    assert_int_equal(outcome, MVO_OPTIMAL);
    k->report = (mvo_report)MVO_REPORT_INIT;
    assert_int_equal(mvo_tail_solver_weights(k->w, k->solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_report(&k->report, k->solver), MVO_OK);
    assert_true(k->report.gap <= 1e-9 * k->report.gap_scale);
}

static void minimise(work *k)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_minimum_tail_risk(&outcome, k->solver, NULL), MVO_OK);
    read_answer(k, outcome);
}

static void minimise_at(work *k, double target)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_minimum_tail_risk_at_return(&outcome, k->solver, k->mu, target, NULL), MVO_OK);
    read_answer(k, outcome);
}

static void close_case(work *k)
{
    if (k->table)
        data_table_free(k->table);
    mvo_tail_solver_free(k->solver);
    free(k->mu);
    free(k->w);
    json_decref(k->root);
}

static double expected_number(const work *k, const char *name)
{
    return data_number(data_member(k->expected, name));
}

/* ------------------------------------------------------------------------------- Rockafellar & Uryasev */

/* The minimum-variance portfolio's normal value at risk and CVaR, of the loss. */
static void ru2000_cvar3(void **state)
{
    (void)state;
    work k;
    open_case(&k, "ru2000.cvar3");
    const json_t *inputs = data_member(k.json, "inputs");
    static const char *const levels[3] = { "0.90", "0.95", "0.99" };
    double mu[3], sigma[9], w[3], variance = 0.0, found, cvar;
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome;
    assert_int_equal(data_vector(data_member(inputs, "mu"), mu, 3), 3);
    assert_int_equal(data_matrix(data_member(inputs, "Sigma"), sigma, 9), 3);
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 3, sigma, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance_at_return(&outcome, solver, mu, data_number(data_member(inputs, "R")), NULL),
                     MVO_OK);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_covariance_variance(&variance, covariance, w, NULL), MVO_OK);
    const double mean = mu[0] * w[0] + mu[1] * w[1] + mu[2] * w[2];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mvo_normal_tail(&found, &cvar, mean, sqrt(variance), atof(levels[i]), NULL), MVO_OK);
        near_to("VaR", found, data_number(data_member(data_member(k.expected, "VaR"), levels[i])), k.tolerance);
        near_to("CVaR", cvar, data_number(data_member(data_member(k.expected, "CVaR"), levels[i])), k.tolerance);
    }
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    close_case(&k);
}

/* ------------------------------------------------------------------------------------- PyPortfolioOpt */

static void pypfopt_min_cvar95_cc(void **state)
{
    (void)state;
    work k;
    open_case(&k, "pypfopt.min_cvar95_cc");
    open_table(&k, TWENTY, MVO_RISK_CVAR, 0.95);
    geometric_means(&k);
    minimise(&k);
    near_to("CVaR", k.report.objective, expected_number(&k, "cvar"), k.tolerance);
    near_to("return", gain(&k), expected_number(&k, "ret"), 1e-5);
    close_case(&k);
}

static void pypfopt_cvar_ret25(void **state)
{
    (void)state;
    work k;
    open_case(&k, "pypfopt.cvar_ret25");
    open_table(&k, TWENTY, MVO_RISK_CVAR, 0.95);
    geometric_means(&k);
    minimise_at(&k, 0.25);
    near_to("CVaR", k.report.objective, expected_number(&k, "cvar"), k.tolerance);
    near_to("return", gain(&k), 0.25, k.tolerance);
    close_case(&k);
}

static void pypfopt_cvar_risk02(void **state)
{
    (void)state;
    work k;
    double risk = NAN;
    mvo_outcome outcome = -1;
    open_case(&k, "pypfopt.cvar_risk02");
    open_table(&k, TWENTY, MVO_RISK_CVAR, 0.95);
    geometric_means(&k);
    assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, k.solver, k.mu, 0.02, NULL), MVO_OK);
    read_answer(&k, outcome);
    near_to("return", gain(&k), expected_number(&k, "ret"), k.tolerance);
    near_to("reported return", k.report.expected_return, gain(&k), 1e-14);
    mvo_scenarios *scenarios = NULL;
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, k.table->height, k.n, k.table->values, k.table->height, NULL,
                                       MVO_CHECK_ALL, NULL),
                     MVO_OK);
    assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, scenarios, k.w, MVO_RISK_CVAR, 0.95, NULL), MVO_OK);
    near_to("CVaR", risk, expected_number(&k, "cvar"), k.tolerance);
    mvo_scenarios_unref(scenarios);
    close_case(&k);
}

static void pypfopt_min_cdar95(void **state)
{
    (void)state;
    work k;
    open_case(&k, "pypfopt.min_cdar95");
    open_table(&k, TWENTY, MVO_RISK_CDAR, 0.95);
    geometric_means(&k);
    minimise(&k);
    near_to("CDaR", k.report.objective, expected_number(&k, "cdar"), k.tolerance);
    near_to("return", gain(&k), expected_number(&k, "ret"), k.tolerance);
    close_case(&k);
}

static void pypfopt_cdar_ret25(void **state)
{
    (void)state;
    work k;
    open_case(&k, "pypfopt.cdar_ret25");
    open_table(&k, TWENTY, MVO_RISK_CDAR, 0.95);
    geometric_means(&k);
    minimise_at(&k, 0.25);
    near_to("CDaR", k.report.objective, expected_number(&k, "cdar"), k.tolerance);
    close_case(&k);
}

/* Squares below a daily return of 0, per year of 252 days. The published figure is 1.2e-5 above the optimum that another
   quadratic programming code finds, 0.09127562, as the case's note says. */
static void pypfopt_semivar_ret20(void **state)
{
    (void)state;
    work k;
    open_case(&k, "pypfopt.semivar_ret20");
    open_table(&k, TWENTY, MVO_RISK_BELOW_RETURN, 0.0);
    geometric_means(&k);
    minimise_at(&k, 0.2);
    const double semideviation = sqrt(252.0 * k.report.objective);
    near_to("semideviation", semideviation, expected_number(&k, "semidev"), k.tolerance);
    near_to("semideviation, recomputed", semideviation, 0.09127562, 5e-9);
    near_to("return", gain(&k), 0.2, 1e-12);
    near_to("Sortino ratio", (gain(&k) - 0.02) / semideviation, expected_number(&k, "sortino"), 1e-3);
    close_case(&k);
}

/* -------------------------------------------------------------------------------------- Riskfolio-Lib */

/* Weights agree as well, to what the published optimum is good for. */
static void riskfolio(const char *id, const char *column, int32_t measure, double level, double weights)
{
    work k;
    open_case(&k, id);
    open_table(&k, TEN, measure, level);
    minimise(&k);
    near_to(id, k.report.objective, expected_number(&k, "risk"), k.tolerance);
    data_table *published = data_read_csv("cases/riskfolio/Classic_MinRisk.csv");
    const double *w = data_table_column(published, column);
    for (size_t j = 0; j < k.n; j++)
        near_to("weight", k.w[j], w[j], weights);
    data_table_free(published);
    close_case(&k);
}

static void riskfolio_minrisk_mad(void **state)
{
    (void)state;
    riskfolio("riskfolio.minrisk_MAD", "MAD", MVO_RISK_MEAN_DEVIATION, 0.0, 1e-6);
}

/* Published with T - 1 in the denominator, T = 200. */
static void riskfolio_minrisk_msv(void **state)
{
    (void)state;
    for (int root = 0; root <= 1; root++) {
        work k;
        open_case(&k, "riskfolio.minrisk_MSV");
        open_table(&k, TEN, root ? MVO_RISK_SEMIDEVIATION : MVO_RISK_SEMIVARIANCE, 0.0);
        minimise(&k);
        const double risk = root ? k.report.objective : sqrt(k.report.objective);
        near_to("semideviation", risk * sqrt(200.0 / 199.0), expected_number(&k, "risk"), k.tolerance);
        near_to("the same, recomputed", risk * sqrt(200.0 / 199.0), 0.005362982281564065, 1e-12);
        close_case(&k);
    }
}

static void riskfolio_minrisk_cvar(void **state)
{
    (void)state;
    riskfolio("riskfolio.minrisk_CVaR", "CVaR", MVO_RISK_CVAR, 0.95, 1e-6);
}

static void riskfolio_minrisk_cdar(void **state)
{
    (void)state;
    riskfolio("riskfolio.minrisk_CDaR", "CDaR", MVO_RISK_CDAR, 0.95, 1e-6);
}

/* Worst return, maximum and average drawdown: optima recomputed by another linear programming code. */
static void riskfolio_further_measures(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int32_t measure;
        double optimum;
    } of[3] = { { "WR", MVO_RISK_WORST, 0.02176568035429963 },
                { "MDD", MVO_RISK_MAXIMUM_DRAWDOWN, 0.03184800095684852 },
                { "ADD", MVO_RISK_AVERAGE_DRAWDOWN, 0.0069598577981451444 } };
    data_require(TEN, "riskfolio_further_measures");
    for (size_t i = 0; i < 3; i++) {
        work k;
        memset(&k, 0, sizeof k);
        open_table(&k, TEN, of[i].measure, 0.0);
        minimise(&k);
        near_to(of[i].name, k.report.objective, of[i].optimum, 1e-11);
        close_case(&k);
    }
}

/* Squares below zero, with T - 1 in the denominator: an optimum recomputed by another quadratic programming code. And the
   entropic value at risk at 0.95, with the published portfolio, found by an exponential cone programme: its risk is the least
   there is, and its weights are the answer's, to what that programme's optimum is good for. */
static void riskfolio_partial_moment_and_entropic_risk(void **state)
{
    (void)state;
    double risk = 0.0;
    mvo_scenarios *scenarios = NULL;
    work k;
    data_require(TEN, "riskfolio_partial_moment_and_entropic_risk");
    memset(&k, 0, sizeof k);
    open_table(&k, TEN, MVO_RISK_BELOW_RETURN, 0.0);
    minimise(&k);
    near_to("SLPM", sqrt(k.report.objective * 200.0 / 199.0), 0.0047055660306077165, 1e-12);
    close_case(&k);
    memset(&k, 0, sizeof k);
    open_table(&k, TEN, MVO_RISK_EVAR, 0.95);
    minimise(&k);
    data_table *published = data_read_csv("cases/riskfolio/Classic_MinRisk.csv");
    const double *w = data_table_column(published, "EVaR");
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, k.table->height, k.n, k.table->values, k.table->height, NULL,
                                       MVO_CHECK_ALL, NULL),
                     MVO_OK);
    assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, scenarios, w, MVO_RISK_EVAR, 0.95, NULL), MVO_OK);
    near_to("EVaR of the published portfolio", risk, 0.019425136588181548, 1e-12);
    near_to("least EVaR", k.report.objective, risk, 1e-8);
    assert_true(k.report.objective <= risk);
    for (size_t j = 0; j < k.n; j++)
        near_to("weight", k.w[j], w[j], 1e-4);
    mvo_scenarios_unref(scenarios);
    data_table_free(published);
    close_case(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "ru2000.cvar3", ru2000_cvar3, NULL, NULL, NULL },
        { "pypfopt.min_cvar95_cc", pypfopt_min_cvar95_cc, NULL, NULL, NULL },
        { "pypfopt.cvar_ret25", pypfopt_cvar_ret25, NULL, NULL, NULL },
        { "pypfopt.cvar_risk02", pypfopt_cvar_risk02, NULL, NULL, NULL },
        { "pypfopt.min_cdar95", pypfopt_min_cdar95, NULL, NULL, NULL },
        { "pypfopt.cdar_ret25", pypfopt_cdar_ret25, NULL, NULL, NULL },
        { "pypfopt.semivar_ret20", pypfopt_semivar_ret20, NULL, NULL, NULL },
        { "riskfolio.minrisk_MSV", riskfolio_minrisk_msv, NULL, NULL, NULL },
        { "riskfolio.minrisk_MAD", riskfolio_minrisk_mad, NULL, NULL, NULL },
        { "riskfolio.minrisk_CVaR", riskfolio_minrisk_cvar, NULL, NULL, NULL },
        { "riskfolio.minrisk_CDaR", riskfolio_minrisk_cdar, NULL, NULL, NULL },
        cmocka_unit_test(riskfolio_further_measures),
        cmocka_unit_test(riskfolio_partial_moment_and_entropic_risk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
