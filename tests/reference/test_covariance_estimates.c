/* SPDX-License-Identifier: MIT */
/*
 * Estimated covariances against other programs: the cases of cases/expected.json that concern them (PyPortfolioOpt,
 * scikit-learn 1.2.1, and Ledoit and Wolf's own programs as pald22/covShrinkage@a03fe68), and figures written here with
 * their origin.
 */
#include "support/data.h"

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
#define STOCKS "cases/derived/pypfopt_returns_complete_case.csv" /* 895-by-20 */
#define TEN "cases/derived/riskfolio_returns_200x10.csv"
#define FEW "cases/derived/returns_15x20_p_gt_n.csv"
#define PRICES "cases/pypfopt/stock_prices.csv" /* 7126-by-20, stocks that begin later have gaps */

enum { MOST = 20, YEAR = 252 };

static double sigma[MOST * MOST];

static void near_to(const char *what, double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s: %.17g, expected %.17g within %g", what, found, expected, tolerance);
}

/* Reads the handle out into sigma and gives it back. */
static void take(mvo_status status, mvo_covariance *const *made, const mvo_error *error)
{
    mvo_covariance *covariance = *made;
    if (status != MVO_OK)
        fail_msg("%s", error->message);
    const size_t n = mvo_covariance_size(covariance);
    assert_true(n <= MOST);
    assert_int_equal(mvo_covariance_matrix(sigma, n, covariance, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
}

/* Every element of times * sigma within tolerance of the table's, in units of sqrt(Sigma_ii Sigma_jj). */
static void compare(const char *relative, double times, double tolerance)
{
    char what[64];
    data_require(relative, relative);
    data_table *table = data_read_csv(relative);
    const size_t n = table->width;
    assert_int_equal(table->height, n);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            const double size = sqrt(table->values[i + i * n] * table->values[j + j * n]);
            snprintf(what, sizeof what, "element %zu, %zu", i, j);
            near_to(what, times * sigma[i + j * n] / size, table->values[i + j * n] / size, tolerance);
        }
    data_table_free(table);
}

static double frobenius(size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n * n; i++)
        sum += sigma[i] * sigma[i];
    return sqrt(sum);
}

/* The expected figures and the tolerance of a case. */
static const json_t *find_case(json_t **root, double *tolerance, const char *id)
{
    *root = data_read_json(CASES);
    const json_t *cases = data_member(*root, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (strcmp(json_string_value(data_member(one, "id")), id) != 0)
            continue;
        *tolerance = data_number(data_member(one, "tol"));
        return one;
    }
    fail_msg("no case %s", id);
    return NULL;
}

static double case_tolerance(const char *id)
{
    json_t *root = NULL;
    double tolerance = 0.0;
    (void)find_case(&root, &tolerance, id);
    json_decref(root);
    return tolerance;
}

/* ------------------------------------------------------------------------------------- sample covariances */

/* Simple returns, the last known price standing where none is; NaN before the first. height - 1 lines. */
static double *returns_of(const data_table *prices)
{
    const size_t periods = prices->height - 1;
    double *returns = calloc(periods * prices->width, sizeof *returns);
    assert_non_null(returns);
    for (size_t j = 0; j < prices->width; j++) {
        double last = NAN;
        for (size_t t = 0; t <= periods; t++) {
            const double price = prices->values[t + j * prices->height], now = isnan(price) ? last : price;
            if (t > 0)
                returns[t - 1 + j * periods] = now / last - 1.0;
            last = now;
        }
    }
    return returns;
}

static void the_small_sample_covariance(void **state)
{
    (void)state;
    json_t *root = NULL;
    double tolerance = 0.0, prices[5 * 3], returns[4 * 3], expected[9], smallest = -1.0;
    size_t used = 0;
    data_require(CASES, "pypfopt.sample_cov_dummy");
    const json_t *one = find_case(&root, &tolerance, "pypfopt.sample_cov_dummy");
    const json_t *lines = data_member(data_member(one, "inputs"), "prices");
    for (size_t t = 0; t < 5; t++)
        assert_int_equal(data_vector(json_array_get(lines, t), prices + 3 * t, 3), 3);
    for (size_t j = 0; j < 3; j++)
        for (size_t t = 0; t < 4; t++)
            returns[t + 4 * j] = prices[3 * (t + 1) + j] / prices[3 * t + j] - 1.0;
    assert_int_equal(data_matrix(data_member(one, "expected"), expected, 9), 3);
    for (int how = 0; how < 3; how++) {
        mvo_covariance *made = NULL;
        mvo_error error = MVO_ERROR_INIT;
        take(how == 0   ? mvo_covariance_new_returns(&made, NULL, 4, 3, returns, 4, 1, MVO_CHECK_ALL, &error)
             : how == 1 ? mvo_covariance_new_complete_cases(&made, &used, NULL, 4, 3, returns, 4, 1, &error)
                        : mvo_covariance_new_pairwise(&made, &smallest, NULL, 4, 3, returns, 4, 1,
                                                      MVO_INDEFINITE_REFUSE, &error),
             &made, &error);
        for (size_t i = 0; i < 9; i++)
            near_to("an element", sigma[i], expected[i], tolerance);
    }
    assert_int_equal(used, 4);
    assert_true(smallest > 0.0);
    json_decref(root);
}

/* pandas' pairwise covariance, annualised. */
static void prices_with_gaps_pairwise(void **state)
{
    (void)state;
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    data_require(PRICES, "pypfopt_sample_cov");
    data_table *prices = data_read_csv_with_gaps(PRICES);
    double *returns = returns_of(prices), smallest = 0.0;
    const size_t periods = prices->height - 1, n = prices->width;
    take(mvo_covariance_new_pairwise(&made, &smallest, NULL, periods, n, returns, periods, 1, MVO_INDEFINITE_REFUSE,
                                     &error),
         &made, &error);
    compare("cases/derived/pypfopt_sample_cov.csv", YEAR, 1e-12);
    free(returns);
    data_table_free(prices);
}

/* Their table of complete cases is what complete cases leave of the prices. */
static void prices_with_gaps_complete(void **state)
{
    (void)state;
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    double expected[MOST * MOST];
    data_require(PRICES, "complete cases");
    data_require(STOCKS, "complete cases");
    data_table *prices = data_read_csv_with_gaps(PRICES), *complete = data_read_csv(STOCKS);
    double *returns = returns_of(prices);
    const size_t periods = prices->height - 1, n = prices->width;
    size_t used = 0;
    take(mvo_covariance_new_returns(&made, NULL, complete->height, n, complete->values, complete->height, 1,
                                    MVO_CHECK_ALL, &error),
         &made, &error);
    memcpy(expected, sigma, sizeof sigma);
    take(mvo_covariance_new_complete_cases(&made, &used, NULL, periods, n, returns, periods, 1, &error), &made, &error);
    assert_int_equal(used, complete->height);
    for (size_t i = 0; i < n * n; i++)
        near_to("an element", sigma[i] / expected[i], 1.0, 1e-9); /* the file has 15 digits of each return */
    free(returns);
    data_table_free(prices);
    data_table_free(complete);
}

/*
 * PyPortfolioOpt's span of 180 on columns less their plain mean, each pair divided by the weights of what it has in
 * common: with zeros for gaps the library's sums are theirs, but divided by all the weights.
 */
static void exponential_weights(void **state)
{
    (void)state;
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    data_require(PRICES, "pypfopt_exp_cov");
    data_table *prices = data_read_csv_with_gaps(PRICES);
    double *returns = returns_of(prices);
    const size_t periods = prices->height - 1, n = prices->width;
    size_t first[MOST];
    for (size_t j = 0; j < n; j++) {
        double *x = returns + j * periods;
        long double sum = 0.0L;
        for (first[j] = 0; isnan(x[first[j]]); first[j]++)
            x[first[j]] = 0.0;
        for (size_t t = first[j]; t < periods; t++)
            sum += x[t];
        const double mean = (double)(sum / (long double)(periods - first[j]));
        for (size_t t = first[j]; t < periods; t++)
            x[t] -= mean;
    }
    const double half_life = mvo_half_life_from_span(180.0), decay = 179.0 / 181.0;
    near_to("decay", mvo_decay_from_half_life(half_life), decay, 1e-15);
    take(mvo_covariance_new_exponential(&made, NULL, periods, n, returns, periods, half_life, half_life,
                                        MVO_MEAN_ZERO, &error),
         &made, &error);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            const size_t begin = first[i] > first[j] ? first[i] : first[j];
            sigma[i + j * n] *= (1.0 - pow(decay, (double)periods)) / (1.0 - pow(decay, (double)(periods - begin)));
        }
    compare("cases/derived/pypfopt_exp_cov.csv", YEAR, 1e-12);
    free(returns);
    data_table_free(prices);
}

/* Their gaps count as no shortfall. */
static void semicovariances(void **state)
{
    (void)state;
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    data_require(PRICES, "pypfopt_semicov");
    data_table *prices = data_read_csv_with_gaps(PRICES);
    double *returns = returns_of(prices);
    const size_t periods = prices->height - 1, n = prices->width;
    for (size_t i = 0; i < periods * n; i++)
        if (isnan(returns[i]))
            returns[i] = 1.0;
    take(mvo_covariance_new_semicovariance(&made, NULL, periods, n, returns, periods, 0.0, &error), &made, &error);
    compare("cases/derived/pypfopt_semicov_b0.csv", YEAR, 1e-12);
    take(mvo_covariance_new_semicovariance(&made, NULL, periods, n, returns, periods, 0.000079, &error), &made, &error);
    compare("cases/derived/pypfopt_semicov_default.csv", YEAR, 1e-12);
    free(returns);
    data_table_free(prices);
}

/* ------------------------------------------------------------------------------------------ linear shrinkage */

static double shrink(const data_table *table, size_t ddof, int32_t target)
{
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    double intensity = -1.0;
    take(mvo_covariance_new_shrunk(&made, &intensity, NULL, table->height, table->width, table->values, table->height,
                                   ddof, target, &error),
         &made, &error);
    return intensity;
}

/*
 * PyPortfolioOpt sets a missing return to zero before it shrinks. With constant correlation its S, alone, still comes
 * from the table with gaps, so that its figure (0.01796) is that of no table; the figures here are those of its own
 * function, _ledoit_wolf_constant_correlation, run with S = numpy.cov of the same returns (ddof = 0).
 */
static void pypfopt_intensities(void **state)
{
    (void)state;
    static const struct {
        const char *name, *file;
        int32_t target;
    } targets[] = {
        { "lw_constant_variance", "cases/derived/pypfopt_lw_constant_variance.csv", MVO_SHRINK_IDENTITY },
        { "lw_single_factor", "cases/derived/pypfopt_lw_single_factor.csv", MVO_SHRINK_SINGLE_FACTOR },
        { "oas", "cases/derived/pypfopt_oas.csv", MVO_SHRINK_ORACLE_LARGE },
    };
    json_t *root = NULL;
    double tolerance = 0.0;
    data_require(CASES, "pypfopt.shrinkage_intensity");
    data_require(PRICES, "pypfopt.shrinkage_intensity");
    const json_t *expected = data_member(find_case(&root, &tolerance, "pypfopt.shrinkage_intensity"), "expected");
    data_table *table = data_read_csv_with_gaps(PRICES);
    double *returns = returns_of(table);
    free(table->values);
    table->values = returns;
    table->height--;
    for (size_t i = 0; i < table->height * table->width; i++)
        if (isnan(returns[i]))
            returns[i] = 0.0;
    for (size_t k = 0; k < sizeof targets / sizeof *targets; k++) {
        const double found = shrink(table, 0, targets[k].target);
        near_to(targets[k].name, found, data_number(data_member(expected, targets[k].name)), tolerance);
        compare(targets[k].file, YEAR, tolerance);
    }
    near_to("constant correlation", shrink(table, 0, MVO_SHRINK_CONSTANT_CORRELATION), 0.0344358624663024, tolerance);
    near_to("an element", YEAR * sigma[1], 0.022173015573999397, tolerance);
    data_table_free(table);
    json_decref(root);
}

static void scikit_learn(const char *id, const char *file)
{
    json_t *root = NULL;
    double tolerance = 0.0, trace = 0.0;
    data_require(CASES, id);
    data_require(file, id);
    const json_t *expected = data_member(find_case(&root, &tolerance, id), "expected");
    data_table *table = data_read_csv(file);
    const size_t n = table->width;
    near_to("Ledoit-Wolf", shrink(table, 0, MVO_SHRINK_IDENTITY), data_number(data_member(expected, "lw_shrinkage")),
            tolerance);
    for (size_t i = 0; i < n; i++)
        trace += sigma[i + i * n];
    near_to("trace", trace, data_number(data_member(expected, "lw_trace")), tolerance * trace);
    near_to("norm", frobenius(n), data_number(data_member(expected, "lw_fro")), tolerance * trace);
    near_to("OAS", shrink(table, 0, MVO_SHRINK_ORACLE_LARGE), data_number(data_member(expected, "oas_shrinkage")),
            tolerance);
    near_to("norm", frobenius(n), data_number(data_member(expected, "oas_fro")), tolerance * trace);
    data_table_free(table);
    json_decref(root);
}

static void scikit_learn_895x20(void **state)
{
    (void)state;
    scikit_learn("cov.sklearn_pypf895x20", STOCKS);
}

static void scikit_learn_15x20(void **state)
{
    (void)state;
    scikit_learn("cov.sklearn_15x20", FEW);
}

static void ledoit_wolf_small(void **state)
{
    (void)state;
    json_t *root = NULL;
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    double tolerance = 0.0, returns[6], expected[4];
    data_require(CASES, "cov.lw_small");
    const json_t *one = find_case(&root, &tolerance, "cov.lw_small");
    const json_t *lines = data_member(data_member(one, "inputs"), "X_assets_by_obs");
    for (size_t j = 0; j < 2; j++)
        assert_int_equal(data_vector(json_array_get(lines, j), returns + 3 * j, 3), 3);
    assert_int_equal(data_matrix(data_member(one, "expected"), expected, 4), 2);
    take(mvo_covariance_new_shrunk(&made, NULL, NULL, 3, 2, returns, 3, 0, MVO_SHRINK_IDENTITY, &error), &made, &error);
    for (size_t i = 0; i < 4; i++)
        near_to("an element", sigma[i], expected[i], tolerance);
    json_decref(root);
}

/* One of the authors' estimators on the tables whose result is at hand. */
static void authors_linear(const char *id, const char *name, int32_t target, int with_few)
{
    const char *const inputs[] = { STOCKS, TEN, FEW }, *const labels[] = { "pypf895x20", "riskf200x10", "15x20" };
    char path[128];
    data_require(CASES, name);
    for (size_t k = 0; k < (with_few ? 3 : 2); k++) {
        data_require(inputs[k], name);
        data_table *table = data_read_csv(inputs[k]);
        (void)shrink(table, 1, target);
        snprintf(path, sizeof path, "cases/derived/covshrink_%s_%s.csv", name, labels[k]);
        compare(path, 1.0, case_tolerance(id));
        data_table_free(table);
    }
}

static void authors_identity(void **state)
{
    (void)state;
    authors_linear("cov.ledoit_wolf_cov1Para", "cov1Para", MVO_SHRINK_IDENTITY, 1);
}

static void authors_constant_correlation(void **state)
{
    (void)state;
    authors_linear("cov.ledoit_wolf_covCor", "covCor", MVO_SHRINK_CONSTANT_CORRELATION, 1);
}

static void authors_two_parameters(void **state)
{
    (void)state;
    authors_linear("cov.ledoit_wolf_cov1Para", "cov2Para", MVO_SHRINK_TWO_PARAMETERS, 0);
}

static void authors_diagonal(void **state)
{
    (void)state;
    authors_linear("cov.ledoit_wolf_cov1Para", "covDiag", MVO_SHRINK_DIAGONAL, 0);
}

/* The first column (six elements), the last element below the diagonal, and the norm of a matrix. */
typedef struct figures {
    const char *input;
    double column[6], last, norm;
} figures;

static void compare_figures(const figures *f, size_t n, double tolerance)
{
    const double norm = f->norm;
    for (size_t i = 0; i < 6; i++)
        near_to("column 0", sigma[i] / norm, f->column[i] / norm, tolerance);
    near_to("last", sigma[n - 1 + (n - 2) * n] / norm, f->last / norm, tolerance);
    near_to("norm", frobenius(n) / norm, 1.0, tolerance);
}

/* covMarket of pald22/covShrinkage@a03fe68, run with pandas 1.5.3 and numpy 1.24.2. */
static void authors_single_factor(void **state)
{
    (void)state;
    static const figures tables[] = {
        { STOCKS,
          { 0.0002099758222818469, 9.621954999022794e-05, 0.00013648629540108408, 0.00011618477609773542,
            0.00015302738811028257, 6.227175337706502e-05 },
          7.091786996342099e-05,
          0.0035124794112496556 },
        { TEN,
          { 0.00016051113167890452, 0.00012196407497967582, 6.202931122505353e-05, 1.1219844376164524e-05,
            4.8791620857335555e-05, 7.115856377137138e-05 },
          7.231401253364492e-05,
          0.0014903816652945474 },
        { FEW,
          { 0.00020413558776452047, 0.00010678928295559419, 0.00020123471884288613, 0.00020440010778753414,
            0.00017164140121796797, 0.0001373455608839822 },
          0.00013670325399973754,
          0.004368800691443616 },
    };
    for (size_t k = 0; k < 3; k++) {
        data_require(tables[k].input, "covMarket");
        data_table *table = data_read_csv(tables[k].input);
        (void)shrink(table, 1, MVO_SHRINK_SINGLE_FACTOR);
        compare_figures(&tables[k], table->width, 1e-11);
        data_table_free(table);
    }
}

/* --------------------------------------------------------------------------------------- nonlinear shrinkage */

static void nonlinear(const data_table *table, int32_t method)
{
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    take(mvo_covariance_new_nonlinear(&made, NULL, table->height, table->width, table->values, table->height, method,
                                      &error),
         &made, &error);
}

static void authors_nonlinear(void **state)
{
    (void)state;
    static const struct {
        const char *input, *result;
        int32_t method;
    } tables[] = {
        { STOCKS, "cases/derived/covshrink_QIS_pypf895x20.csv", MVO_NONLINEAR_QUADRATIC_INVERSE },
        { TEN, "cases/derived/covshrink_QIS_riskf200x10.csv", MVO_NONLINEAR_QUADRATIC_INVERSE },
        { FEW, "cases/derived/QIS_15x20_eigh_reference.csv", MVO_NONLINEAR_QUADRATIC_INVERSE },
        { STOCKS, "cases/derived/covshrink_LIS_pypf895x20.csv", MVO_NONLINEAR_LINEAR_INVERSE },
        { TEN, "cases/derived/covshrink_LIS_riskf200x10.csv", MVO_NONLINEAR_LINEAR_INVERSE },
        { STOCKS, "cases/derived/covshrink_GIS_pypf895x20.csv", MVO_NONLINEAR_GEOMETRIC_INVERSE },
        { TEN, "cases/derived/covshrink_GIS_riskf200x10.csv", MVO_NONLINEAR_GEOMETRIC_INVERSE },
    };
    data_require(CASES, "cov.ledoit_wolf_QIS");
    const double tolerance = case_tolerance("cov.ledoit_wolf_QIS");
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        data_require(tables[k].input, "cov.ledoit_wolf_QIS");
        data_table *table = data_read_csv(tables[k].input);
        nonlinear(table, tables[k].method);
        compare(tables[k].result, 1.0, tolerance);
        data_table_free(table);
    }
}

/*
 * nonlinshrink.shrink_cov of matzhaugen/analytic_shrinkage@752a0f9, run with numpy 1.24.2 and the kernels in extended
 * precision (numpy.longdouble): in double its Hilbert transform cancels far from the kernel, and its answer to the last
 * table moves by 2.7e-10 when the columns are put in another order.
 */
static void analytical_by_another_program(void **state)
{
    (void)state;
    static const figures tables[] = {
        { STOCKS,
          { 0.00021244508582866619, 9.731562013030885e-05, 0.00014013105990568427, 0.0001170565415942183,
            0.0001576233556703864, 6.136546783635419e-05 },
          7.057418384313679e-05,
          0.003487692825560082 },
        { TEN,
          { 0.00016692135317985713, 0.0001165928006570585, 6.266121315565564e-05, 8.147140712557602e-06,
            4.768828111574258e-05, 6.963164902395598e-05 },
          6.705252782851761e-05,
          0.0014734999166231037 },
        { FEW,
          { 0.00024009875277101084, 9.575605622420937e-05, 0.0001677704632409562, 0.00018467567113713448,
            0.00013870443651225713, 0.00013244555652272834 },
          0.00012821374856395078,
          0.003923240499222196 },
    };
    for (size_t k = 0; k < 3; k++) {
        data_require(tables[k].input, "analytical");
        data_table *table = data_read_csv(tables[k].input);
        nonlinear(table, MVO_NONLINEAR_ANALYTICAL);
        compare_figures(&tables[k], table->width, 1e-11);
        data_table_free(table);
    }
}

/* pyRMT.clipped(X, return_covariance=True) of GGiecold/pyRMT@5f4ca5e, X less its column means, run with scikit-learn
   1.2.1. It divides by T. */
static void clipped_by_another_program(void **state)
{
    (void)state;
    static const figures tables[] = {
        { STOCKS,
          { 0.00020974121242454879, 8.62772266749863e-05, 0.00010461162902373102, 0.00010730749116600717,
            0.0001155748716219142, 5.335704542376845e-05 },
          6.395722811758931e-05,
          0.003510326651284626 },
        { TEN,
          { 0.0001597085760205101, 0.00011520305960660924, 4.602672560905653e-05, 2.1458073648544376e-05,
            4.5153950685094164e-05, 5.7433858700124824e-05 },
          7.463768149211821e-05,
          0.0014592284382555422 },
    };
    static const size_t above[] = { 2, 1 };
    for (size_t k = 0; k < 2; k++) {
        mvo_covariance *made = NULL;
        mvo_error error = MVO_ERROR_INIT;
        size_t kept = 0;
        data_require(tables[k].input, "clipped");
        data_table *table = data_read_csv(tables[k].input);
        take(mvo_covariance_new_clipped(&made, &kept, NULL, table->height, table->width, table->values, table->height,
                                        0, &error),
             &made, &error);
        assert_int_equal(kept, above[k]);
        compare_figures(&tables[k], table->width, 1e-12);
        data_table_free(table);
    }
}

/* Published: skfolio@c06db84, tests/test_moment/test_covariance/test_covariance.py::test_gerber_covariance (daily
   returns from 2014 on, threshold 0.5, volatilities divided by T), nine digits: the first column and the diagonal. */
static void gerber_as_published(void **state)
{
    (void)state;
    static const double column[20] = {
        3.36703077e-04, 1.81470040e-04, 7.59836524e-05, 1.05986524e-04, 5.38990581e-05, 7.01531478e-05, 6.88072413e-05,
        3.45288575e-05, 7.36139822e-05, 3.62682022e-05, 4.60448294e-05, 3.76076861e-05, 1.30174918e-04, 4.35810681e-05,
        4.35878478e-05, 4.13366783e-05, 5.72239483e-05, 6.35051726e-05, 4.33204139e-05, 5.01833370e-05
    };
    static const double diagonal[20] = {
        3.36703077e-04, 1.39170799e-03, 3.92723401e-04, 6.14955132e-04, 3.60559076e-04, 4.82463733e-04, 2.35075395e-04,
        1.30875861e-04, 3.01045195e-04, 1.34070951e-04, 2.79035339e-04, 1.86539967e-04, 2.95164979e-04, 1.38565484e-04,
        2.01599714e-04, 1.36805103e-04, 1.46769445e-03, 2.64386157e-04, 1.79736391e-04, 3.08482356e-04
    };
    mvo_covariance *made = NULL;
    mvo_error error = MVO_ERROR_INIT;
    data_require("prices/equity_sp500_20_daily_closes.csv", "skfolio.gerber");
    data_table *prices = data_read_csv("prices/equity_sp500_20_daily_closes.csv");
    size_t first = 0;
    while (strcmp(prices->labels[first], "2014-01-01") < 0)
        first++;
    double *returns = returns_of(prices);
    const size_t ld = prices->height - 1, periods = ld - first;
    assert_int_equal(periods, 2263);
    take(mvo_covariance_new_gerber(&made, NULL, periods, 20, returns + first, ld, 0, 0.5, &error), &made, &error);
    for (size_t i = 0; i < 20; i++) {
        near_to("column 0", sigma[i] / column[i], 1.0, 1e-8);
        near_to("diagonal", sigma[i + 20 * i] / diagonal[i], 1.0, 1e-8);
    }
    free(returns);
    data_table_free(prices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_small_sample_covariance),
        cmocka_unit_test(prices_with_gaps_pairwise),
        cmocka_unit_test(prices_with_gaps_complete),
        cmocka_unit_test(exponential_weights),
        cmocka_unit_test(semicovariances),
        cmocka_unit_test(pypfopt_intensities),
        cmocka_unit_test(scikit_learn_895x20),
        cmocka_unit_test(scikit_learn_15x20),
        cmocka_unit_test(ledoit_wolf_small),
        cmocka_unit_test(authors_identity),
        cmocka_unit_test(authors_constant_correlation),
        cmocka_unit_test(authors_two_parameters),
        cmocka_unit_test(authors_diagonal),
        cmocka_unit_test(authors_single_factor),
        cmocka_unit_test(authors_nonlinear),
        cmocka_unit_test(analytical_by_another_program),
        cmocka_unit_test(clipped_by_another_program),
        cmocka_unit_test(gerber_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
