/* SPDX-License-Identifier: MIT */
/*
 * Published figures: the cases of cases/expected.json whose area is "foundation" or "engine", each its own test under the case's
 * id. Inputs, expected figures and tolerances are read from the file; what a case means is written here by hand.
 */
#include "support/costly.h"
#include "support/data.h"
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

#define CASES "cases/expected.json"

/* A case at work: its JSON, its tolerance, the problem with a solver and the answer's weights. */
typedef struct work {
    const json_t *json, *inputs, *expected;
    double tolerance;
    instance *p;
    char **names; /* of the assets, owned by the table; NULL where they have none */
    data_table *table;
    mvo_solver *solver;
    double *w;
} work;

static void near_to(const char *what, double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s: %.17g, expected %.17g within %g", what, found, expected, tolerance);
}

static void make_solver(work *k)
{
    mvo_solver_free(k->solver);
    free(k->w);
    k->solver = instance_solver(k->p, MVO_CHECK_ALL);
    k->w = calloc(k->p->n, sizeof *k->w);
    assert_non_null(k->solver);
    assert_non_null(k->w);
}

static void fetch(work *k)
{
    assert_int_equal(mvo_solver_weights(k->w, k->solver), MVO_OK);
}

static void weights_near(const work *k, const double *expected, double tolerance)
{
    char what[32];
    for (size_t j = 0; j < k->p->n; j++) {
        snprintf(what, sizeof what, "weight %zu", j);
        near_to(what, k->w[j], expected[j], tolerance);
    }
}

static void weights_near_json(const work *k, const json_t *expected, double tolerance)
{
    double *x = calloc(k->p->n, sizeof *x);
    assert_non_null(x);
    assert_int_equal(data_vector(expected, x, k->p->n), k->p->n);
    weights_near(k, x, tolerance);
    free(x);
}

/* n assets with Sigma (and mu) from the case itself, long-only with a budget of 1. */
static void long_only_from_json(work *k)
{
    const json_t *sigma = data_member(k->inputs, "Sigma"), *mu = json_object_get(k->inputs, "mu");
    const size_t n = json_array_size(sigma);
    k->p = instance_new(n, 1);
    assert_int_equal(data_matrix(sigma, k->p->sigma, n * n), n);
    if (mu)
        assert_int_equal(data_vector(mu, k->p->mu, n), n);
    instance_set_row(k->p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(k->p, 0.0, INFINITY);
}

/* ------------------------------------------------------------------------------------- PyPortfolioOpt */

/* The twenty stocks: mu from a column of one file, Sigma from another, 0 <= w <= 1, budget 1. */
static void twenty_stocks(work *k)
{
    char path[256], column[64] = "";
    const char *mu = json_string_value(data_member(k->inputs, "mu"));
    const char *colon = strchr(mu, ':');
    assert_non_null(colon);
    snprintf(path, sizeof path, "cases/%.*s", (int)(colon - mu), mu);
    snprintf(column, sizeof column, "%s", colon + 1);
    data_table *returns = data_read_csv(path);
    snprintf(path, sizeof path, "cases/%s", json_string_value(data_member(k->inputs, "Sigma")));
    k->table = data_read_csv(path);
    k->names = k->table->names;
    const size_t n = k->table->width;
    assert_int_equal(returns->height, n);
    assert_int_equal(k->table->height, n);
    k->p = instance_new(n, 1);
    memcpy(k->p->sigma, k->table->values, n * n * sizeof *k->p->sigma);
    memcpy(k->p->mu, data_table_column(returns, column), n * sizeof *k->p->mu);
    for (size_t j = 0; j < n; j++)
        assert_string_equal(returns->labels[j], k->names[j]);
    data_table_free(returns);
    instance_set_row(k->p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(k->p, 0.0, 1.0);
}

/* Return, volatility, Sharpe ratio at the case's rf, and the weights by name. */
static void expect_figures(work *k)
{
    const double rf = data_number(data_member(k->inputs, "rf"));
    const double gain = (double)instance_return(k->p, k->w), risk = (double)instance_volatility(k->p, k->w);
    near_to("return", gain, data_number(data_member(k->expected, "ret")), k->tolerance);
    near_to("volatility", risk, data_number(data_member(k->expected, "vol")), k->tolerance);
    near_to("Sharpe ratio", (gain - rf) / risk, data_number(data_member(k->expected, "sharpe")), 10.0 * k->tolerance);
    const json_t *weights = data_member(k->expected, "weights_independent");
    assert_int_equal(json_object_size(weights), k->p->n);
    for (size_t j = 0; j < k->p->n; j++)
        near_to(k->names[j], k->w[j], data_number(data_member(weights, k->names[j])), k->tolerance);
}

static void min_vol(work *k)
{
    twenty_stocks(k);
    make_solver(k);
    ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

static void max_sharpe(work *k)
{
    twenty_stocks(k);
    make_solver(k);
    ask_sharpe(k->p, k->solver, 0.02, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

static void utility_2(work *k)
{
    twenty_stocks(k);
    make_solver(k);
    ask_utility(k->p, k->solver, 2.0, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

/* Net budget 0, each weight in [-1, 1]. */
static void utility_market_neutral(work *k)
{
    twenty_stocks(k);
    instance_set_row(k->p, 0, NULL, 0.0, 0.0);
    instance_set_bounds(k->p, -1.0, 1.0);
    make_solver(k);
    ask_utility(k->p, k->solver, 1.0, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

static void efficient_risk(work *k)
{
    twenty_stocks(k);
    make_solver(k);
    ask_at_volatility(k->p, k->solver, 0.19, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

static void efficient_return_25(work *k)
{
    twenty_stocks(k);
    make_solver(k);
    ask_at_return(k->p, k->solver, 0.25, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

static void efficient_return_22(work *k)
{
    twenty_stocks(k);
    make_solver(k);
    ask_at_return(k->p, k->solver, 0.22, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

/* min w'Sw + w'w; the figures reported are those of S alone. */
static void min_vol_ridge(work *k)
{
    twenty_stocks(k);
    const size_t n = k->p->n;
    for (size_t j = 0; j < n; j++)
        k->p->sigma[j * (n + 1)] += 1.0;
    make_solver(k);
    ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
    fetch(k);
    for (size_t j = 0; j < n; j++)
        k->p->sigma[j * (n + 1)] = k->table->values[j * (n + 1)];
    expect_figures(k);
}

/* Optimised at rf = 0, reported at the case's rf. */
static void cla_max_sharpe(work *k)
{
    twenty_stocks(k);
    make_solver(k);
    ask_sharpe(k->p, k->solver, 0.0, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
    fetch(k);
    expect_figures(k);
}

/* An evaluation: with the weights fixed at 0.2 on the first five, twice the objective is the figure (a variance). */
static void tracking_error_ex_ante(work *k)
{
    twenty_stocks(k);
    const size_t n = k->p->n;
    double *benchmark = calloc(n, sizeof *benchmark), variance;
    mvo_report report = MVO_REPORT_INIT;
    assert_non_null(benchmark);
    for (size_t j = 0; j < n; j++) {
        k->p->lower[j] = k->p->upper[j] = j < 5 ? 0.2 : 0.0;
        benchmark[j] = 0.05;
    }
    make_solver(k);
    ask_tracking_error(k->p, k->solver, benchmark, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_report(&report, k->solver), MVO_OK);
    near_to("squared tracking error", 2.0 * report.objective, data_number(k->expected), k->tolerance);
    fetch(k);
    for (size_t j = 0; j < n; j++)
        benchmark[j] = k->w[j] - benchmark[j];
    mvo_covariance *covariance = instance_covariance(k->p, MVO_CHECK_ALL);
    assert_int_equal(mvo_covariance_variance(&variance, covariance, benchmark, NULL), MVO_OK);
    near_to("variance of the active weights", variance, data_number(k->expected), k->tolerance);
    mvo_covariance_unref(covariance);
    free(benchmark);
}

/* ---------------------------------------------------------------------------------- samples of returns */

/* Sample covariance and column means of a table of returns, long-only with a budget of 1. */
static void sample(work *k, const char *path)
{
    k->table = data_read_csv(path);
    k->names = k->table->names;
    const size_t n = k->table->width, periods = k->table->height;
    k->p = instance_new(n, 1);
    for (size_t j = 0; j < n; j++) {
        long double sum = 0.0L;
        for (size_t t = 0; t < periods; t++)
            sum += k->table->values[t + j * periods];
        k->p->mu[j] = (double)(sum / (long double)periods);
    }
    mvo_covariance *covariance = NULL;
    assert_int_equal(
        mvo_covariance_new_returns(&covariance, NULL, periods, n, k->table->values, periods, 1, MVO_CHECK_ALL, NULL),
        MVO_OK);
    assert_int_equal(mvo_covariance_matrix(k->p->sigma, n, covariance, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
    instance_set_row(k->p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(k->p, 0.0, INFINITY);
}

static void riskfolio_minimum(work *k)
{
    sample(k, "cases/derived/riskfolio_returns_200x10.csv");
    make_solver(k);
    ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
    fetch(k);
    near_to("risk", (double)instance_volatility(k->p, k->w), data_number(data_member(k->expected, "risk")),
            k->tolerance);
    data_table *published = data_read_csv("cases/riskfolio/Classic_MinRisk.csv");
    assert_int_equal(published->height, k->p->n);
    weights_near(k, data_table_column(published, "MV"), k->tolerance);
    data_table_free(published);
}

static void gurobi_gamma_100(work *k)
{
    sample(k, "cases/gurobi_optimods/portfolio.csv");
    make_solver(k);
    ask_utility(k->p, k->solver, 100.0, MVO_OPTIMAL);
    fetch(k);
    const json_t *published = data_member(k->expected, "x");
    for (size_t j = 0; j < k->p->n; j++) {
        const json_t *one = json_object_get(published, k->names[j]);
        near_to(k->names[j], k->w[j], data_number(one ? one : data_member(published, "others")), k->tolerance);
    }
    weights_near_json(k, data_member(k->expected, "exact_x"), 1e-9);
    const double risk = (double)instance_volatility(k->p, k->w);
    near_to("variance", risk * risk, data_number(data_member(k->expected, "risk_is_variance")), 1e-8);
    near_to("return", (double)instance_return(k->p, k->w), data_number(data_member(k->expected, "ret")), 1e-8);
}

/* Costs around holdings of one twentieth each: 2 (1/2 w'(S + I)w + 0.0005 sum |w - 1/20|). */
static void min_vol_with_costs(work *k)
{
    twenty_stocks(k);
    const size_t n = k->p->n;
    for (size_t j = 0; j < n; j++)
        k->p->sigma[j * (n + 1)] += 1.0;
    costly *c = costly_new(k->p, 0);
    for (size_t j = 0; j < n; j++) {
        c->holdings[j] = 1.0 / 20.0;
        c->buy[j] = c->sell[j] = 0.0005;
    }
    char why[256];
    mvo_outcome outcome = -1;
    k->solver = costly_solver(c, MVO_CHECK_ALL);
    k->w = calloc(n, sizeof *k->w);
    assert_non_null(k->w);
    assert_int_equal(mvo_minimum_variance(&outcome, k->solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    if (!costly_verify(c, k->solver, 1.0, 1e-12, why, sizeof why))
        fail_msg("%s", why);
    fetch(k);
    for (size_t j = 0; j < n; j++)
        k->p->sigma[j * (n + 1)] = k->table->values[j * (n + 1)];
    expect_figures(k);
    k->p = instance_copy(c->p);
    costly_free(c);
}

/* The ten stocks long and short, with short positions of 0.3 at most. */
static void gurobi_130_30(work *k)
{
    mvo_outcome outcome = -1;
    double shorts = 0.0;
    sample(k, "cases/gurobi_optimods/portfolio.csv");
    instance_set_bounds(k->p, -INFINITY, INFINITY);
    costly *c = costly_new(k->p, 1);
    c->rows[0].around = MVO_AROUND_ZERO;
    c->rows[0].below = 1.0;
    c->rows[0].limit = 0.3;
    for (size_t j = 0; j < k->p->n; j++)
        c->rows[0].coefficients[j] = 1.0;
    for (size_t j = 0; j < k->p->n; j++)
        k->p->linear[j] = -k->p->mu[j] / 100.0;
    k->solver = costly_solver(c, MVO_CHECK_ALL);
    k->w = calloc(k->p->n, sizeof *k->w);
    assert_non_null(k->w);
    assert_int_equal(mvo_maximum_utility(&outcome, k->solver, k->p->mu, 100.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    fetch(k);
    weights_near_json(k, data_member(k->expected, "x"), k->tolerance);
    for (size_t j = 0; j < k->p->n; j++)
        shorts += fmin(k->w[j], 0.0);
    near_to("sum of short positions", shorts, data_number(data_member(k->expected, "short_sum")), k->tolerance);
    k->p = instance_copy(c->p);
    costly_free(c);
}

/* The ten stocks and a riskless asset that returns 0.0025, at a risk aversion of 12.5. */
static void gurobi_riskless(work *k)
{
    sample(k, "cases/gurobi_optimods/portfolio.csv");
    const size_t n = k->p->n;
    instance *wider = instance_new(n + 1, 1);
    double risky = 0.0;
    for (size_t j = 0; j < n; j++) {
        memcpy(wider->sigma + j * (n + 1), k->p->sigma + j * n, n * sizeof *wider->sigma);
        wider->mu[j] = k->p->mu[j];
    }
    wider->mu[n] = 0.0025;
    instance_set_row(wider, 0, NULL, 1.0, 1.0);
    instance_set_bounds(wider, 0.0, INFINITY);
    instance_free(k->p);
    k->p = wider;
    make_solver(k);
    ask_utility(k->p, k->solver, 12.5, MVO_OPTIMAL);
    fetch(k);
    for (size_t j = 0; j < n; j++)
        risky += k->w[j];
    near_to("risky part", risky, data_number(data_member(k->expected, "risky")), k->tolerance);
    near_to("riskless part", k->w[n], data_number(data_member(k->expected, "riskfree")), k->tolerance);
    near_to("risky part", risky, data_number(data_member(k->expected, "risky_exact")), 1e-9);
}

/* ------------------------------------------------------------------------------------------ OR-Library */

static mvo_frontier *trace(work *k)
{
    mvo_frontier *frontier = NULL;
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_frontier_new(&frontier, &outcome, k->solver, k->p->mu, &error))
        fail_msg("frontier: %s", error.message);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_non_null(frontier);
    return frontier;
}

/* Minimum variance, and the frontier at the published points: return within half a unit of its last digit gives the
   variance within the case's tolerance. */
static void orlib(work *k)
{
    char path[128];
    snprintf(path, sizeof path, "%s", json_string_value(data_member(k->inputs, "file")));
    k->p = data_read_orlib(path);
    make_solver(k);
    ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
    fetch(k);
    const double least = data_number(data_member(k->expected, "minvar_variance"));
    const double its_return = data_number(data_member(k->expected, "minvar_return"));
    const double risk = (double)instance_volatility(k->p, k->w);
    near_to("least variance", risk * risk, least, 1e-12 * least);
    near_to("its return", (double)instance_return(k->p, k->w), its_return, 1e-9 * fabs(its_return));
    mvo_frontier *frontier = trace(k);
    assert_frontier(k->p, frontier, k->solver, QUESTION_TOLERANCE);
    mvo_frontier_unref(frontier);
}

/* -------------------------------------------------------------------------------------- critical line */

/* Every expected corner is there in order, with its lambda and weights, and no other. */
static void corners_near(work *k, const mvo_frontier *frontier, const json_t *corners)
{
    assert_int_equal(mvo_frontier_corner_count(frontier), json_array_size(corners));
    for (size_t c = 0; c < json_array_size(corners); c++) {
        const json_t *one = json_array_get(corners, c);
        const double expected = data_number(data_member(one, "lambda_"));
        double lambda;
        assert_int_equal(mvo_frontier_corner(&lambda, NULL, NULL, k->w, frontier, c), MVO_OK);
        near_to("lambda", lambda, expected, k->tolerance * fmax(1.0, expected));
        weights_near_json(k, data_member(one, "w"), k->tolerance);
    }
}

static void bailey(work *k)
{
    double lower, risk, its_return, sharpe;
    mvo_outcome outcome = -1;
    long_only_from_json(k);
    instance_set_bounds(k->p, data_number(data_member(k->inputs, "lb")), data_number(data_member(k->inputs, "ub")));
    make_solver(k);
    mvo_frontier *frontier = trace(k);
    corners_near(k, frontier, data_member(k->expected, "corners"));
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, k->w, frontier, 0.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    near_to("Sharpe ratio", sharpe, data_number(data_member(k->expected, "max_sharpe_rf0")), 1e-11);
    weights_near_json(k, data_member(k->expected, "max_sharpe_w"), 1e-11);
    const size_t last = mvo_frontier_corner_count(frontier) - 1;
    assert_int_equal(mvo_frontier_corner(&lower, &its_return, &risk, NULL, frontier, last), MVO_OK);
    near_to("least volatility", risk, data_number(data_member(k->expected, "minvar_vol")), k->tolerance);
    near_to("its return", its_return, data_number(data_member(k->expected, "minvar_ret")), k->tolerance);
    assert_frontier(k->p, frontier, k->solver, QUESTION_TOLERANCE);
    mvo_frontier_unref(frontier);
    ask_sharpe(k->p, k->solver, 0.0, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
    fetch(k);
    weights_near_json(k, data_member(k->expected, "max_sharpe_w"), 1e-11);
    ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
    fetch(k);
    near_to("least volatility", (double)instance_volatility(k->p, k->w),
            data_number(data_member(k->expected, "minvar_vol")), k->tolerance);
}

static void markowitz_three(work *k)
{
    long_only_from_json(k);
    make_solver(k);
    mvo_frontier *frontier = trace(k);
    corners_near(k, frontier, data_member(k->expected, "corners"));
    assert_frontier(k->p, frontier, k->solver, QUESTION_TOLERANCE);
    mvo_frontier_unref(frontier);
}

/* The same weights stay efficient over a whole interval of lambda: a kink. Corners may tell it once or twice. */
static void sharpe_kink(work *k)
{
    long_only_from_json(k);
    instance_set_bounds(k->p, data_number(data_member(k->inputs, "lb")), data_number(data_member(k->inputs, "ub")));
    make_solver(k);
    mvo_frontier *frontier = trace(k);
    const json_t *corners = data_member(k->expected, "corners");
    for (size_t c = 0; c < json_array_size(corners); c++) {
        const json_t *one = json_array_get(corners, c);
        const double lambda = data_number(json_array_get(one, 0));
        assert_int_equal(mvo_frontier_at_lambda(NULL, NULL, k->w, frontier, lambda, NULL), MVO_OK);
        weights_near_json(k, json_array_get(one, 1), k->tolerance);
    }
    for (size_t c = 0; c < mvo_frontier_corner_count(frontier); c++) {
        double lambda, distance = INFINITY;
        assert_int_equal(mvo_frontier_corner(&lambda, NULL, NULL, k->w, frontier, c), MVO_OK);
        for (size_t e = 0; e < json_array_size(corners); e++)
            distance = fmin(distance, fabs(lambda - data_number(json_array_get(json_array_get(corners, e), 0))));
        near_to("lambda away from every published one", distance, 0.0, 30.0 * k->tolerance);
    }
    assert_frontier(k->p, frontier, k->solver, QUESTION_TOLERANCE);
    mvo_frontier_unref(frontier);
}

/* Nine securities and cash, whose row of Sigma is zero. */
static void markowitz_cash(work *k)
{
    static const struct {
        const char *name;
        double target;
    } points[] = { { "ret_07", 0.07 }, { "ret_15", 0.15 }, { "ret_169", 0.169 }, { "ret_175", 0.175 } };
    long_only_from_json(k);
    make_solver(k);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        ask_at_return(k->p, k->solver, points[i].target, MVO_OPTIMAL);
        fetch(k);
        weights_near_json(k, data_member(k->expected, points[i].name), k->tolerance);
    }
    ask_sharpe(k->p, k->solver, 0.0, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
    fetch(k);
    near_to("Sharpe ratio", (double)(instance_return(k->p, k->w) / instance_volatility(k->p, k->w)),
            data_number(data_member(k->expected, "max_sharpe")), k->tolerance);
    mvo_frontier *frontier = trace(k);
    assert_frontier(k->p, frontier, k->solver, QUESTION_TOLERANCE);
    mvo_frontier_unref(frontier);
}

/* ----------------------------------------------------------------------------------------- small ones */

static void roncalli(work *k)
{
    static const struct {
        const char *name;
        double lower, upper;
    } bounds[] = {
        { "lb0", 0.0, INFINITY }, { "lb_10", 0.1, INFINITY }, { "lb_20", 0.2, INFINITY }, { "ub_50", 0.0, 0.5 }
    };
    long_only_from_json(k);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        instance_set_bounds(k->p, bounds[i].lower, bounds[i].upper);
        make_solver(k);
        ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
        fetch(k);
        weights_near_json(k, data_member(k->expected, bounds[i].name), k->tolerance);
    }
    instance_set_bounds(k->p, 0.0, 0.4);
    make_solver(k);
    ask_at_return(k->p, k->solver, 0.06, MVO_OPTIMAL);
    fetch(k);
    weights_near_json(k, data_member(k->expected, "ret6_ub40"), k->tolerance);
}

static void barra(work *k)
{
    long_only_from_json(k);
    make_solver(k);
    ask_sharpe(k->p, k->solver, 0.0, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
    fetch(k);
    weights_near_json(k, k->expected, k->tolerance);
    ask_sharpe(k->p, k->solver, 0.11, MVO_EXCESS_OF_PORTFOLIO, MVO_NO_EXCESS_RETURN);
    ask_sharpe(k->p, k->solver, 0.11, MVO_EXCESS_OF_INVESTED, MVO_NO_EXCESS_RETURN);
    ask_sharpe(k->p, k->solver, 0.099, MVO_EXCESS_OF_PORTFOLIO, MVO_OPTIMAL);
}

/* min |Xw - b|^2 over monthly returns: Sigma = X'X, c = -X'b. */
static void regression(work *k)
{
    enum { months = 12, assets = 2 };
    double X[months * assets], b[months];
    const json_t *columns = data_member(k->inputs, "assets_monthly");
    k->p = instance_new(assets, 1);
    for (size_t j = 0; j < assets; j++)
        assert_int_equal(data_vector(json_array_get(columns, j), X + j * months, months), months);
    assert_int_equal(data_vector(data_member(k->inputs, "benchmark"), b, months), months);
    for (size_t t = 0; t < months; t++)
        for (size_t j = 0; j < assets; j++) {
            k->p->linear[j] -= X[t + j * months] * b[t];
            for (size_t i = 0; i < assets; i++)
                k->p->sigma[i + j * assets] += X[t + i * months] * X[t + j * months];
        }
    instance_set_row(k->p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(k->p, 0.0, INFINITY);
    make_solver(k);
    mvo_outcome outcome = -1;
    const verify_problem view = instance_view(k->p);
    assert_kkt(&view, k->solver, mvo_solver_solve(&outcome, k->solver, NULL), outcome, MVO_OPTIMAL, 1e-9);
    fetch(k);
    weights_near_json(k, k->expected, k->tolerance);
}

static void tiny_scale(work *k)
{
    long_only_from_json(k);
    make_solver(k);
    ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
    fetch(k);
    weights_near_json(k, k->expected, k->tolerance);
}

/* min 1/2 b'b - d'b subject to A'b >= b0. */
static void goldfarb_idnani(work *k)
{
    double limits[3], multipliers[3], bounds[3], d[3];
    mvo_report report = MVO_REPORT_INIT;
    mvo_outcome outcome = -1;
    k->p = instance_new(3, 3);
    const json_t *rows = data_member(k->inputs, "A_T");
    assert_int_equal(data_vector(data_member(k->inputs, "b"), limits, 3), 3);
    assert_int_equal(data_vector(data_member(k->inputs, "d"), d, 3), 3);
    for (size_t i = 0; i < 3; i++) {
        double row[3];
        assert_int_equal(data_vector(json_array_get(rows, i), row, 3), 3);
        instance_set_row(k->p, i, row, limits[i], INFINITY);
        k->p->sigma[4 * i] = 1.0;
        k->p->linear[i] = -d[i];
    }
    make_solver(k);
    const verify_problem view = instance_view(k->p);
    assert_kkt(&view, k->solver, mvo_solver_solve(&outcome, k->solver, NULL), outcome, MVO_OPTIMAL, 1e-9);
    fetch(k);
    weights_near_json(k, data_member(k->expected, "x"), k->tolerance);
    assert_int_equal(mvo_solver_report(&report, k->solver), MVO_OK);
    near_to("value", report.objective, data_number(data_member(k->expected, "value")), k->tolerance);
    assert_int_equal(mvo_solver_multipliers(multipliers, bounds, k->solver), MVO_OK);
    double published[3];
    assert_int_equal(data_vector(data_member(k->expected, "lagrangian"), published, 3), 3);
    for (size_t i = 0; i < 3; i++)
        near_to("multiplier", multipliers[i], published[i], k->tolerance);
}

/* n long and n short positions, all >= 0: long minus short is 1, long plus short is 1, so the shorts are zero and the
   two equalities are dependent on what is left free. */
static void dependent_equalities(work *k)
{
    for (size_t n = 1; n <= 10; n++) {
        instance_free(k->p);
        k->p = instance_new(2 * n, 2);
        double net[20];
        for (size_t j = 0; j < 2 * n; j++) {
            k->p->sigma[j * (2 * n + 1)] = 1.0;
            net[j] = j < n ? 1.0 : -1.0;
        }
        instance_set_row(k->p, 0, net, 1.0, 1.0);
        instance_set_row(k->p, 1, NULL, 1.0, 1.0);
        instance_set_bounds(k->p, 0.0, INFINITY);
        make_solver(k);
        ask_minimum_variance(k->p, k->solver, MVO_OPTIMAL);
        fetch(k);
        for (size_t j = 0; j < 2 * n; j++)
            near_to("weight", k->w[j], j < n ? 1.0 / (double)n : 0.0, k->tolerance);
        mvo_report report = MVO_REPORT_INIT;
        assert_int_equal(mvo_solver_report(&report, k->solver), MVO_OK);
        near_to("value", report.objective, 0.5 / (double)n, k->tolerance);
        if (n == 1) {
            weights_near_json(k, data_member(k->expected, "n1_x"), k->tolerance);
            near_to("value", report.objective, data_number(data_member(k->expected, "n1_value")), k->tolerance);
        }
    }
}

/* ------------------------------------------------------------------------------------------- the table */

typedef struct published_case {
    const char *id;
    void (*solve)(work *);
} published_case;

static const published_case cases[] = {
    { "pypfopt.min_vol_long_only", min_vol },
    { "pypfopt.max_sharpe_long_only", max_sharpe },
    { "pypfopt.quad_util_2", utility_2 },
    { "pypfopt.quad_util_1_mktneutral", utility_market_neutral },
    { "pypfopt.eff_risk_19", efficient_risk },
    { "pypfopt.eff_ret_25", efficient_return_25 },
    { "pypfopt.max_sharpe_semicov_b0_lo0", max_sharpe },
    { "pypfopt.min_vol_expcov_L2", min_vol_ridge },
    { "pypfopt.eff_ret_22_LWsf", efficient_return_22 },
    { "pypfopt.cla_max_sharpe", cla_max_sharpe },
    { "pypfopt.te_exante", tracking_error_ex_ante },
    { "pypfopt.min_vol_txcost_L2", min_vol_with_costs },
    { "riskfolio.minrisk_MV", riskfolio_minimum },
    { "gurobi.eff_gamma100", gurobi_gamma_100 },
    { "gurobi.130_30", gurobi_130_30 },
    { "gurobi.rf_asset", gurobi_riskless },
    { "orlib.port1", orlib },
    { "orlib.port3", orlib },
    { "orlib.port5", orlib },
    { "cla.bailey_ldp10", bailey },
    { "cla.markowitz3", markowitz_three },
    { "cla.sharpe_mia", sharpe_kink },
    { "markowitz.ch2", markowitz_cash },
    { "roncalli.gmv4", roncalli },
    { "barra.maxsharpe2", barra },
    { "te.acwi2", regression },
    { "gmv.tiny_scale", tiny_scale },
    { "qp.goldfarb_idnani3", goldfarb_idnani },
    { "qp.dependent_equalities", dependent_equalities },
};

enum { CASE_COUNT = sizeof cases / sizeof *cases };

static const json_t *find_case(const json_t *root, const char *id)
{
    const json_t *all = data_member(root, "cases");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        if (strcmp(json_string_value(data_member(one, "id")), id) == 0)
            return one;
    }
    return NULL;
}

static void test_case(void **state)
{
    const published_case *one = *state;
    data_require(CASES, one->id);
    json_t *root = data_read_json(CASES);
    work k = { 0 };
    k.json = find_case(root, one->id);
    assert_non_null(k.json);
    k.inputs = data_member(k.json, "inputs");
    k.expected = data_member(k.json, "expected");
    k.tolerance = data_number(data_member(k.json, "tol"));
    one->solve(&k);
    mvo_solver_free(k.solver);
    instance_free(k.p);
    data_table_free(k.table);
    free(k.w);
    json_decref(root);
}

/* No such case of the file is left out. */
static void test_complete(void **state)
{
    (void)state;
    data_require(CASES, "list of cases");
    json_t *root = data_read_json(CASES);
    const json_t *all = data_member(root, "cases");
    size_t found = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        const char *area = json_string_value(data_member(one, "area"));
        if (strcmp(area, "foundation") != 0 && strcmp(area, "engine") != 0)
            continue;
        size_t at = 0;
        while (at < CASE_COUNT && strcmp(cases[at].id, json_string_value(data_member(one, "id"))) != 0)
            at++;
        if (at == CASE_COUNT)
            fail_msg("%s is not tested", json_string_value(data_member(one, "id")));
        found++;
    }
    assert_int_equal(found, CASE_COUNT);
    json_decref(root);
}

int main(void)
{
    struct CMUnitTest tests[CASE_COUNT + 1] = { cmocka_unit_test(test_complete) };
    for (size_t i = 0; i < CASE_COUNT; i++) {
        tests[i + 1].name = cases[i].id;
        tests[i + 1].test_func = test_case;
        tests[i + 1].initial_state = (void *)(uintptr_t)&cases[i];
    }
    return cmocka_run_group_tests_name("published cases", tests, NULL, NULL);
}
