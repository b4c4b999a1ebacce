/* SPDX-License-Identifier: MIT */
/*
 * Published risk budgets and hierarchical portfolios: cases of cases/expected.json, tables of Richard & Roncalli
 * (2019), and figures of other software. Inputs and tolerances of the cases are read from the file.
 */
#include "support/data.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES "cases/expected.json"

enum { MOST = 32 };

static double weights[MOST], contributions[MOST], deviation;
static mvo_outcome outcome;

static void near_all(const char *what, const double *found, const double *expected, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance))
            fail_msg("%s %zu is %.17g instead of %.17g within %g", what, i, found[i], expected[i], tolerance);
}

static void solve(mvo_outcome expected, const mvo_covariance *covariance, const mvo_constraints *rules)
{
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_risk_budgets(&outcome, weights, contributions, &deviation, covariance, rules, NULL, &error) != MVO_OK)
        fail_msg("%s", error.message);
    if (outcome != expected)
        fail_msg("%s instead of %s", mvo_outcome_name(outcome), mvo_outcome_name(expected));
}

/* The case of that id; root is to be given back. Skips the test without the file. */
static const json_t *find_case(json_t **root, const char *id, double *tolerance)
{
    data_require(CASES, id);
    *root = data_read_json(CASES);
    const json_t *all = data_member(*root, "cases");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        if (strcmp(json_string_value(data_member(one, "id")), id) == 0) {
            *tolerance = data_number(data_member(one, "tol"));
            return one;
        }
    }
    fail_msg("there is no case %s", id);
    return NULL;
}

/* ------------------------------------------------------------------------------------ equal contributions */

/* Maillard, Roncalli & Teiletche (2010), p. 65: percentages of one decimal. */
static void mrt2010_erc(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.3, 0.4 };
    static const double unit[] = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };
    double expected[4], sigma[16], tolerance;
    json_t *root;
    const json_t *one = find_case(&root, "mrt2010.erc", &tolerance);
    mvo_covariance *covariance = NULL;
    assert_int_equal(mvo_covariance_new_correlation(&covariance, NULL, 4, volatility, unit, 4, 0, NULL), MVO_OK);
    solve(MVO_OPTIMAL, covariance, NULL);
    assert_int_equal(data_vector(data_member(data_member(one, "expected"), "ex1"), expected, 4), 4);
    near_all("weight", weights, expected, 4, 1e-14);
    mvo_covariance_unref(covariance);
    assert_int_equal(data_matrix(data_member(data_member(one, "inputs"), "ex2_Sigma"), sigma, 16), 4);
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 4, sigma, 4, MVO_CHECK_ALL, NULL), MVO_OK);
    solve(MVO_OPTIMAL, covariance, NULL);
    assert_int_equal(data_vector(data_member(data_member(one, "expected"), "ex2_pct"), expected, 4), 4);
    for (size_t i = 0; i < 4; i++)
        expected[i] /= 100.0;
    near_all("weight", weights, expected, 4, tolerance);
    mvo_covariance_unref(covariance);
    json_decref(root);
}

/* The eight assets of Richard & Roncalli (2019), table 9, from the case's own inputs. */
static mvo_covariance *eight_assets(const json_t *one)
{
    double volatility[8], correlation[64];
    mvo_covariance *covariance = NULL;
    assert_int_equal(data_vector(data_member(data_member(one, "inputs"), "vol"), volatility, 8), 8);
    assert_int_equal(data_matrix(data_member(data_member(one, "inputs"), "corr_pct"), correlation, 64), 8);
    for (size_t i = 0; i < 64; i++)
        correlation[i] /= 100.0;
    assert_int_equal(mvo_covariance_new_correlation(&covariance, NULL, 8, volatility, correlation, 8, 0, NULL), MVO_OK);
    return covariance;
}

static void pyrb_erc8(void **state)
{
    (void)state;
    double expected[8], tolerance;
    json_t *root;
    const json_t *one = find_case(&root, "pyrb.erc8", &tolerance);
    mvo_covariance *covariance = eight_assets(one);
    solve(MVO_OPTIMAL, covariance, NULL);
    assert_int_equal(data_vector(data_member(data_member(one, "expected"), "exact"), expected, 8), 8);
    near_all("weight", weights, expected, 8, tolerance);
    assert_true(deviation < 1e-13);
    mvo_covariance_unref(covariance);
    json_decref(root);
}

/*
 * Richard & Roncalli (2019), table 9, with the digits their package pyrb prints: at least 30 % in the last four assets,
 * then also w_1 + w_5 at most w_2 + w_6 less 5 %. Its method (ADMM) is exact to about 1e-5.
 */
static void pyrb_constrained(void **state)
{
    (void)state;
    static const size_t last_four[] = { 4, 5, 6, 7 };
    static const double row[] = { 1, -1, 0, 0, 1, -1, 0, 0 };
    static const double group[] = { 25.7859, 27.4087, 9.5153, 7.2904, 7.0579, 7.7127, 9.2265, 6.0027 };
    static const double group_shares[] = { 8.6357, 8.6355, 8.6356, 8.6356, 15.9089, 16.5836, 18.1435, 14.8215 };
    static const double both[] = { 24.5238, 28.6911, 9.5175, 7.2674, 6.9707, 7.8033, 9.2305, 5.9956 };
    static const double both_shares[] = { 8.1646, 9.1316, 8.6103, 8.6103, 15.6929, 16.8225, 18.1567, 14.8111 };
    double percent[8], tolerance;
    json_t *root;
    mvo_covariance *covariance = eight_assets(find_case(&root, "pyrb.erc8", &tolerance));
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 8, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_group(NULL, rules, 4, last_four, 0.3, INFINITY, NULL, NULL), MVO_OK);
    for (int with_row = 0; with_row <= 1; with_row++) {
        solve(MVO_NOT_ATTAINED, covariance, rules);
        for (size_t i = 0; i < 8; i++)
            percent[i] = 100.0 * weights[i];
        near_all("weight", percent, with_row ? both : group, 8, 1e-3);
        for (size_t i = 0; i < 8; i++)
            percent[i] = 100.0 * contributions[i];
        near_all("contribution", percent, with_row ? both_shares : group_shares, 8, 1e-3);
        assert_int_equal(mvo_constraints_add_row(NULL, rules, row, -INFINITY, -0.05, NULL, NULL), MVO_OK);
    }
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    json_decref(root);
}

#define RETURNS "cases/derived/riskfolio_returns_200x10.csv"

static mvo_covariance *ten_stocks(void)
{
    data_table *table = data_read_csv(RETURNS);
    mvo_covariance *covariance = NULL;
    assert_int_equal(table->width, 10);
    assert_int_equal(
        mvo_covariance_new_returns(&covariance, NULL, table->height, 10, table->values, table->height, 1, 0, NULL),
        MVO_OK);
    data_table_free(table);
    return covariance;
}

static void riskfolio_rp_mv(void **state)
{
    (void)state;
    double tolerance;
    json_t *root;
    const json_t *one = find_case(&root, "riskfolio.rp_MV", &tolerance);
    mvo_covariance *covariance = ten_stocks();
    solve(MVO_OPTIMAL, covariance, NULL);
    data_table *published = data_read_csv("cases/riskfolio/Classic_RP.csv");
    near_all("weight", weights, data_table_column(published, "MV"), 10, tolerance);
    for (size_t i = 0; i < 10; i++)
        assert_true(fabs(contributions[i] - data_number(data_member(data_member(one, "expected"), "rc_each"))) < 1e-13);
    data_table_free(published);
    mvo_covariance_unref(covariance);
    json_decref(root);
}

/* ----------------------------------------------------------------------------- hierarchical risk parity */

enum { STOCKS = 20, MOST_DAYS = 8000 };

/* Prices with gaps: an empty cell is NaN. Returns the number of lines. */
static size_t read_prices(double *prices, const char *relative)
{
    char path[512], line[4096];
    size_t days = 0;
    FILE *file = fopen(data_path(path, sizeof path, relative), "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file)); /* names */
    while (fgets(line, sizeof line, file)) {
        char *at = strchr(line, ',');
        assert_true(days < MOST_DAYS);
        for (size_t j = 0; j < STOCKS; j++) {
            char *end = at ? at + 1 : line;
            const double value = strtod(at + 1, &end);
            prices[days * STOCKS + j] = end > at + 1 ? value : NAN;
            at = end;
        }
        days++;
    }
    fclose(file);
    return days;
}

/* Covariance and correlation of what two columns of returns have in common, T - 1 in the denominator. */
static void pairwise(double *covariance, double *correlation, const double *returns, size_t days, size_t i, size_t j)
{
    long double count = 0.0L, a = 0.0L, b = 0.0L, aa = 0.0L, bb = 0.0L, ab = 0.0L;
    for (int pass = 0; pass <= 1; pass++)
        for (size_t t = 0; t < days; t++) {
            const double x = returns[t * STOCKS + i], y = returns[t * STOCKS + j];
            if (isnan(x) || isnan(y))
                continue;
            if (!pass) {
                a += x;
                b += y;
                count += 1.0L;
            } else {
                aa += (x - a / count) * (x - a / count);
                bb += (y - b / count) * (y - b / count);
                ab += (x - a / count) * (y - b / count);
            }
        }
    *covariance = (double)(ab / (count - 1.0L));
    *correlation = i == j ? 1.0 : (double)(ab / sqrtl(aa * bb));
}

/* The case's correlations are pairwise and so are not those of its covariance: a second handle brings them. */
static void pypfopt_hrp_single(void **state)
{
    (void)state;
    double tolerance, covariances[STOCKS * STOCKS], correlations[STOCKS * STOCKS], ones[STOCKS], expected[STOCKS];
    size_t order[STOCKS];
    json_t *root;
    const json_t *one = find_case(&root, "pypfopt.hrp_single", &tolerance);
    double *prices = calloc((size_t)MOST_DAYS * STOCKS, sizeof *prices);
    assert_non_null(prices);
    const size_t days = read_prices(prices, "cases/pypfopt/stock_prices.csv") - 1;
    for (size_t t = 0; t < days; t++)
        for (size_t j = 0; j < STOCKS; j++)
            prices[t * STOCKS + j] = prices[(t + 1) * STOCKS + j] / prices[t * STOCKS + j] - 1.0;
    for (size_t j = 0; j < STOCKS; j++)
        for (size_t i = 0; i < STOCKS; i++)
            pairwise(&covariances[i + j * STOCKS], &correlations[i + j * STOCKS], prices, days, i, j);
    free(prices);
    mvo_covariance *covariance = NULL, *similarity = NULL;
    for (size_t j = 0; j < STOCKS; j++)
        ones[j] = 1.0;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, STOCKS, covariances, STOCKS, MVO_CHECK_FINITE, NULL),
                     MVO_OK);
    assert_int_equal(
        mvo_covariance_new_correlation(&similarity, NULL, STOCKS, ones, correlations, STOCKS, MVO_CHECK_FINITE, NULL),
        MVO_OK);
    assert_int_equal(mvo_hierarchical_risk_parity(weights, order, covariance, similarity, MVO_DISTANCE_OF_CORRELATIONS,
                                                  MVO_LINKAGE_SINGLE, NULL),
                     MVO_OK);
    const json_t *first = data_member(data_member(one, "expected"), "quasi_diag_first5");
    for (size_t i = 0; i < json_array_size(first); i++)
        assert_int_equal(order[i], (size_t)data_number(json_array_get(first, i)));
    /* The published weights are in alphabetical order. */
    static const char *const names[STOCKS] = { "GOOG", "AAPL", "FB", "BABA", "AMZN", "GE",   "AMD",
                                               "WMT",  "BAC",  "GM", "T",    "UAA",  "SHLD", "XOM",
                                               "RRC",  "BBY",  "MA", "PFE",  "JPM",  "SBUX" };
    data_table *published = data_read_csv("cases/pypfopt/weights_hrp.csv");
    assert_int_equal(published->height, STOCKS);
    for (size_t j = 0; j < STOCKS; j++) {
        size_t i = 0;
        while (i + 1 < STOCKS && strcmp(published->labels[i], names[j]) != 0)
            i++;
        assert_string_equal(published->labels[i], names[j]);
        expected[j] = published->values[i];
    }
    near_all("weight", weights, expected, STOCKS, tolerance);
    data_table_free(published);
    mvo_covariance_unref(similarity);
    mvo_covariance_unref(covariance);
    json_decref(root);
}

/* Orders and weights from the sample covariance of the ten stocks: scipy 1.10.1 (linkage, to_tree), numpy 1.24.2. */
static void scipy_linkages(void **state)
{
    (void)state;
    static const struct {
        int32_t linkage, distance;
        size_t order[10];
        double weights[10];
    } of[] = {
        { MVO_LINKAGE_SINGLE,
          MVO_DISTANCE_OF_CORRELATIONS,
          { 8, 1, 4, 0, 6, 2, 5, 9, 3, 7 },
          { 0.0952357228584243, 0.0241677488907056, 0.12999666884837, 0.100821778077172, 0.158797326025595,
            0.111934370830695, 0.155121937872715, 0.0856748031631965, 0.0551136504082271, 0.0831359930248997 } },
        { MVO_LINKAGE_SINGLE,
          MVO_DISTANCE_OF_DISTANCES,
          { 1, 4, 6, 0, 2, 5, 9, 8, 3, 7 },
          { 0.0763178605190518, 0.0198375673253758, 0.094519813870515, 0.118764198171809, 0.16800565152405,
            0.12189943276402, 0.178880909672555, 0.100921641090443, 0.0556027463014981, 0.0652501787606836 } },
        { MVO_LINKAGE_COMPLETE,
          MVO_DISTANCE_OF_CORRELATIONS,
          { 3, 7, 8, 6, 0, 2, 1, 4, 5, 9 },
          { 0.1172018809923, 0.0191195058108936, 0.166614354465449, 0.126353304586494, 0.121449946655328,
            0.0640716035985822, 0.190900875807702, 0.107370596967466, 0.0526217617777029, 0.0342961693380835 } },
        { MVO_LINKAGE_COMPLETE,
          MVO_DISTANCE_OF_DISTANCES,
          { 6, 0, 2, 1, 4, 5, 9, 8, 3, 7 },
          { 0.105324535492335, 0.013141114597783, 0.13624838923864, 0.118764198171809, 0.111292956618153,
            0.12189943276402, 0.171554806964636, 0.100921641090443, 0.0556027463014981, 0.0652501787606836 } },
        { MVO_LINKAGE_AVERAGE,
          MVO_DISTANCE_OF_CORRELATIONS,
          { 3, 7, 8, 1, 4, 0, 2, 6, 5, 9 },
          { 0.104773489905133, 0.0211140477357213, 0.129762164413994, 0.137642468370969, 0.178816247373848,
            0.061857458968117, 0.158672167090922, 0.116963731541741, 0.0572872398818087, 0.0331109847177453 } },
        { MVO_LINKAGE_AVERAGE,
          MVO_DISTANCE_OF_DISTANCES,
          { 1, 4, 5, 9, 6, 0, 2, 8, 3, 7 },
          { 0.13296609836969, 0.0181710817339283, 0.164678763051203, 0.118373342793313, 0.153892076358589,
            0.100076826699901, 0.115392465101103, 0.100589505928213, 0.0554197565387106, 0.0404400834253494 } },
        { MVO_LINKAGE_WARD,
          MVO_DISTANCE_OF_CORRELATIONS,
          { 6, 0, 2, 5, 9, 1, 4, 8, 3, 7 },
          { 0.105517086438918, 0.0238347661052931, 0.117948255398537, 0.123441706097424, 0.201858188696393,
            0.0604727212643663, 0.171868437974898, 0.104896422913023, 0.057792651091955, 0.0323697640191937 } },
        { MVO_LINKAGE_WARD,
          MVO_DISTANCE_OF_DISTANCES,
          { 6, 0, 2, 5, 9, 1, 4, 8, 3, 7 },
          { 0.105517086438918, 0.0238347661052931, 0.117948255398537, 0.123441706097424, 0.201858188696393,
            0.0604727212643663, 0.171868437974898, 0.104896422913023, 0.057792651091955, 0.0323697640191937 } },
    };
    data_require(RETURNS, "linkages of scipy");
    mvo_covariance *covariance = ten_stocks();
    for (size_t c = 0; c < sizeof of / sizeof *of; c++) {
        size_t order[10];
        assert_int_equal(
            mvo_hierarchical_risk_parity(weights, order, covariance, NULL, of[c].distance, of[c].linkage, NULL),
            MVO_OK);
        for (size_t i = 0; i < 10; i++)
            assert_int_equal(order[i], of[c].order[i]);
        near_all("weight", weights, of[c].weights, 10, 1e-13);
    }
    mvo_covariance_unref(covariance);
}

/* ------------------------------------------------------------------------------------- uncorrelated bets */

/*
 * Volatilities 0.1, 0.2, 0.4, correlations 0.5 (1, 2), -0.2 (1, 3), 0.3 (2, 3), weights 0.5, 0.3, 0.2. Principal
 * components by numpy 1.24.2; minimum torsion by minimising the paper's objective over all rotations (BFGS of
 * scipy 1.10.1, 20 starts).
 */
static void meucci_three(void **state)
{
    (void)state;
    static const double volatility[] = { 0.1, 0.2, 0.4 }, w[] = { 0.5, 0.3, 0.2 };
    static const double correlation[] = { 1.0, 0.5, -0.2, 0.5, 1.0, 0.3, -0.2, 0.3, 1.0 };
    static const double principal[] = { 0.53195265, 0.41959016, 0.04845719 };
    static const double torsion[] = { 0.17470997, 0.42142068, 0.40386935 };
    mvo_covariance *covariance = NULL;
    double number = 0.0, shares[3];
    assert_int_equal(mvo_covariance_new_correlation(&covariance, NULL, 3, volatility, correlation, 3, 0, NULL), MVO_OK);
    assert_int_equal(mvo_effective_bets(&number, shares, covariance, w, MVO_BETS_PRINCIPAL, NULL), MVO_OK);
    near_all("share", shares, principal, 3, 1e-8);
    assert_true(fabs(number - 2.3323044449628907) < 1e-12);
    assert_int_equal(mvo_effective_bets(&number, shares, covariance, w, MVO_BETS_MINIMUM_TORSION, NULL), MVO_OK);
    near_all("share", shares, torsion, 3, 1e-7);
    assert_true(fabs(number - 2.8154926165306264) < 1e-7);
    mvo_covariance_unref(covariance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "mrt2010.erc", mrt2010_erc, NULL, NULL, NULL },
        { "pyrb.erc8", pyrb_erc8, NULL, NULL, NULL },
        { "pyrb, with limits", pyrb_constrained, NULL, NULL, NULL },
        { "riskfolio.rp_MV", riskfolio_rp_mv, NULL, NULL, NULL },
        { "pypfopt.hrp_single", pypfopt_hrp_single, NULL, NULL, NULL },
        cmocka_unit_test(scipy_linkages),
        cmocka_unit_test(meucci_three),
    };
    return cmocka_run_group_tests_name("published risk budgets", tests, NULL, NULL);
}
