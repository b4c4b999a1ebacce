/* SPDX-License-Identifier: MIT */
/*
 * Forecasts of thirty stocks against other implementations. GARCH: R package fGarch 4022.89 (Debian r-cran-fgarch
 * 4022.89-1, R 4.2.2), garchFit(~ garch(1, 1), algorithm = "lbfgsb+nm"), returns in percent. DCC: fGarch's first step,
 * then Engle's second likelihood written out in R (det, solve) and maximised by optim. RiskMetrics 2006: the recursions
 * of the paper written out in R. Regimes: EM with log-sum-exp recursions written in Python with numpy 1.24.2, best of
 * several random starts. Deutschmark against pound: the benchmark of Bollerslev & Ghysels (1996) as published by
 * Fiorentini, Calzolari & Panattoni (1996) and Brooks, Burke & Persand (2001); its series is not part of this tree.
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

#include "../../examples/support/csv.c"

enum { T = 2528 };

static csv_table table;
static double *returns; /* T-by-30, percent */
static mvo_error error = MVO_ERROR_INIT;

static int read_prices(void **state)
{
    (void)state;
    char message[256];
    if (!csv_read(&table, "examples/data/djia30_daily.csv", message, sizeof message) || table.rows != T + 1)
        return -1;
    returns = csv_returns(&table);
    for (size_t i = 0; returns && i < T * table.columns; i++)
        returns[i] *= 100.0;
    return returns ? 0 : -1;
}

static int forget_prices(void **state)
{
    (void)state;
    free(returns);
    csv_free(&table);
    return 0;
}

static const double *series(const char *name)
{
    for (size_t j = 0; j < table.columns; j++)
        if (!strcmp(table.names[j], name))
            return returns + j * T;
    fail_msg("no %s", name);
    return NULL;
}

static void near(const char *what, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s is %.12g, not %.12g", what, got, expected);
}

static void garch_of_stocks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int32_t mean;
        double mu, omega, alpha, beta, log_likelihood, first, last, next;
    } fitted[] = {
        { "IBM", MVO_MEAN_ESTIMATED, 0.0986551184851715, 0.11869188103297, 0.0624321634512391, 0.914064532555008,
          -5361.63877490853, 4.41593918202356, 12.3385562034031, 11.4034420851574 },
        { "IBM", MVO_MEAN_ZERO, 0.0, 0.109018581345737, 0.0582103759243726, 0.920202818738878, -5364.98285877869,
          4.41789752156517, 12.2503178891719, 11.3847254696054 },
        { "KO", MVO_MEAN_ESTIMATED, 0.109161758061458, 0.0176868974420909, 0.0330961588619334, 0.960931768955404,
          -4739.79414095393, 2.86564959476081, 6.26979334460816, 6.04566147141342 },
        { "KO", MVO_MEAN_ZERO, 0.0, 0.01632882295418, 0.0313456636695034, 0.963199733156963, -4746.75139754981,
          2.87257762735479, 6.29010464532361, 6.07618994237358 },
        { "INTC", MVO_MEAN_ESTIMATED, 0.189497342038644, 0.00631080826966767, 0.0147693683773235, 0.985121763102809,
          -5994.66020125417, 7.33701798594165, 24.0673379254065, 23.8614421241111 },
        { "XOM", MVO_MEAN_ESTIMATED, 0.0582157143079413, 0.00642289794994475, 0.0283106269847436, 0.968721155478087,
          -4272.36784209261, 1.95373242464063, 2.92682415946594, 3.01382420524288 },
        { "XOM", MVO_MEAN_ZERO, 0.0, 0.00626597412318675, 0.027706798683544, 0.969402241760979, -4275.27864697,
          1.95739839490236, 2.92128388123676, 3.01466697772258 },
    };
    static double h[T + 1];
    for (size_t k = 0; k < sizeof fitted / sizeof *fitted; k++) {
        double p[4], likelihood = 0.0;
        assert_int_equal(mvo_garch_fit(p, &likelihood, h, NULL, T, series(fitted[k].name), fitted[k].mean, &error),
                         MVO_OK);
        near("mu", p[0], fitted[k].mu, 1e-4);
        near("omega", p[1], fitted[k].omega, 2e-4); /* its maximum is flat: that of fGarch is 1e-7 lower */
        near("alpha", p[2], fitted[k].alpha, 1e-4);
        near("beta", p[3], fitted[k].beta, 1e-5);
        near("h_1", h[0], fitted[k].first, 1e-5);
        near("h_T", h[T - 1], fitted[k].last, 1e-4);
        near("h_(T+1)", h[T], fitted[k].next, 1e-4);
        assert_true(likelihood > fitted[k].log_likelihood - 1e-7 && likelihood < fitted[k].log_likelihood + 1e-4);
    }
}

/* fGarch's fit of Intel without a mean has alpha + beta = 1.00007: no long-run variance. Here the sum stays below 1. */
static void garch_at_the_edge(void **state)
{
    (void)state;
    double p[4], likelihood = 0.0;
    assert_int_equal(mvo_garch_fit(p, &likelihood, NULL, NULL, T, series("INTC"), MVO_MEAN_ZERO, &error), MVO_OK);
    assert_true(p[2] + p[3] < 1.0 && p[2] + p[3] > 0.9999);
    assert_true(likelihood < -6001.91835425078 && likelihood > -6001.9184 - 0.01);
}

/* predict(f, 3) of fGarch: standard deviations of the next three days. */
static void garch_several_days_ahead(void **state)
{
    (void)state;
    static double h[T + 1];
    double p[4], ahead[3];
    assert_int_equal(mvo_garch_fit(p, NULL, h, NULL, T, series("IBM"), MVO_MEAN_ESTIMATED, &error), MVO_OK);
    assert_int_equal(mvo_garch_forecast(ahead, 3, p, h[T], &error), MVO_OK);
    near("first", sqrt(ahead[0]), 3.37689829357614, 1e-5);
    near("second", sqrt(ahead[1]), 3.35471539780766, 1e-5);
    near("third", sqrt(ahead[2]), 3.33291139784529, 1e-5);
}

/* 1974 daily returns in percent, one a line: data set dem2gbp of fGarch. */
static void the_benchmark_of_bollerslev_and_ghysels(void **state)
{
    (void)state;
    size_t count = 0;
    double p[4], likelihood = 0.0;
    data_require("garch/dem2gbp.txt", "the_benchmark_of_bollerslev_and_ghysels");
    double *x = data_read_numbers("garch/dem2gbp.txt", &count);
    assert_int_equal(count, 1974);
    assert_int_equal(mvo_garch_fit(p, &likelihood, NULL, NULL, count, x, MVO_MEAN_ESTIMATED, &error), MVO_OK);
    free(x);
    near("mu", p[0], -0.00619041, 1e-6);
    near("omega", p[1], 0.0107613, 1e-5);
    near("alpha", p[2], 0.153134, 2e-6);
    near("beta", p[3], 0.805974, 2e-6);
    near("log-likelihood", likelihood, -1106.60788104133, 1e-11); /* fGarch's */
}

/* IBM, KO, INTC, XOM. */
static double *four_stocks(double scale)
{
    static const char *const names[4] = { "IBM", "KO", "INTC", "XOM" };
    static double x[4 * T];
    for (size_t k = 0; k < 4; k++)
        for (size_t t = 0; t < T; t++)
            x[t + k * T] = scale * series(names[k])[t];
    return x;
}

static void check_matrix(mvo_covariance *made, const double *expected, size_t n, double relative)
{
    double sigma[16];
    assert_int_equal(mvo_covariance_matrix(sigma, n, made, NULL), MVO_OK);
    mvo_covariance_unref(made);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double got = sigma[i + j * n], wanted = expected[i * (i + 1) / 2 + j];
            if (!(fabs(got - wanted) <= relative * sqrt(sigma[i + i * n] * sigma[j + j * n])))
                fail_msg("(%zu, %zu) is %.12g, not %.12g", i, j, got, wanted);
        }
}

static void conditional_correlations(void **state)
{
    (void)state;
    static const double expected[10] = { 11.403442085157447, 0.498842391681407,  6.045661471413420, 4.962403950790417,
                                         -0.344572140501161, 23.861442124111083, 0.471894360357330, 0.858514455555025,
                                         0.133674824321021,  3.013824205242883 };
    mvo_covariance *made = NULL;
    double ab[2], garch[16], likelihood = 0.0;
    assert_int_equal(mvo_covariance_new_dcc(&made, ab, garch, &likelihood, NULL, T, 4, four_stocks(1.0), T,
                                            MVO_MEAN_ESTIMATED, &error),
                     MVO_OK);
    near("a", ab[0], 0.00879271636962821, 1e-4);
    near("b", ab[1], 0.982501450261936, 1e-5);
    near("beta of XOM", garch[15], 0.968721155478087, 1e-5);
    near("log-likelihood", likelihood, -20012.4380114704, 1e-8);
    check_matrix(made, expected, 4, 2e-5);
}

static void several_horizons(void **state)
{
    (void)state;
    static const double expected[10] = { 1.19115789514089e-03, -8.02620159701735e-05, 5.75624171690313e-04,
                                         3.77870019548516e-04, -5.24587956870305e-06, 1.95835984077173e-03,
                                         1.01669150623259e-04, 8.15693747420118e-05,  8.47717453924571e-05,
                                         3.17065317697646e-04 };
    mvo_covariance *made = NULL;
    assert_int_equal(
        mvo_covariance_new_riskmetrics2006(&made, NULL, T, 4, four_stocks(0.01), T, 4.0, 512.0, 1560.0, &error),
        MVO_OK);
    check_matrix(made, expected, 4, 1e-12);
}

/* IBM, KO and XOM: means, lower triangles of the covariances row by row, transitions row by row, next probabilities. */
typedef struct regimes_figures {
    size_t states;
    double log_likelihood, means[3][3], sigma[3][6], transition[3][3], next[3], mean[3], mixture[6];
} regimes_figures;

static const regimes_figures found[] = {
    { 2,
      -14110.8001266714,
      { { 0.0157006392, 0.0974923555, 0.0401240371 }, { 0.1837256008, 0.058732695, 0.1091306365 } },
      { { 2.1136849121, 0.2982122854, 1.5133591125, 0.2186347926, 0.3874610018, 1.1255577008 },
        { 9.7464557873, 0.7271396656, 6.0356277962, 0.5589165224, 1.2475042428, 3.8925820498 } },
      { { 0.9496629844, 0.0503370156 }, { 0.1179818517, 0.8820181483 } },
      { 0.8532726634, 0.1467273366 },
      { 0.0403544943, 0.0918052538, 0.0502491917 },
      { 3.2371557043, 0.3603322914, 2.177087639, 0.2700150791, 0.5133179911, 1.5321519976 } },
    { 3,
      -14031.5566707155,
      { { 0.0197018785, 0.133463809, 0.0523191671 },
        { 0.0788005445, -0.0924150203, 0.0521521492 },
        { 0.273364347, 0.4048556649, 0.1338399095 } },
      { { 2.0891861557, 0.2381636251, 1.3504947719, 0.1445715715, 0.3477061927, 0.9943239092 },
        { 3.6285035828, 0.6022223588, 3.2181830531, 0.5833225665, 0.7873059924, 2.6606182673 },
        { 19.2937074557, 0.8137217199, 9.6728259859, 0.4256960527, 1.751701071, 4.8353862793 } },
      { { 0.972508748, 0.0045304127, 0.0229608393 },
        { 0.0225929591, 0.8879760398, 0.0894310011 },
        { 0.0733188821, 0.338793316, 0.587887802 } },
      { 0.4597762075, 0.4654958431, 0.0747279494 },
      { 0.066167738, 0.0485987098, 0.0583332989 },
      { 4.0956656991, 0.4535155064, 2.8638587195, 0.3710774261, 0.6594369675, 2.0574721784 } },
};

static void regimes_of_three_stocks(void **state)
{
    (void)state;
    static const char *const names[3] = { "IBM", "KO", "XOM" };
    static double x[3 * T];
    for (size_t j = 0; j < 3; j++)
        memcpy(x + j * T, series(names[j]), T * sizeof *x);
    for (size_t f = 0; f < sizeof found / sizeof *found; f++) {
        const regimes_figures *r = &found[f];
        mvo_regimes *made = NULL;
        mvo_covariance *sigma = NULL;
        double likelihood = 0.0, transition[9], means[3], next[3];
        assert_int_equal(mvo_regimes_new(&made, NULL, T, 3, x, T, r->states, &error), MVO_OK);
        assert_int_equal(mvo_regimes_count(made), r->states);
        assert_int_equal(mvo_regimes_log_likelihood(&likelihood, made, &error), MVO_OK);
        assert_true(fabs(likelihood - r->log_likelihood) < 1e-6);
        assert_int_equal(mvo_regimes_transition(transition, made, &error), MVO_OK);
        for (size_t k = 0; k < r->states; k++) {
            assert_int_equal(mvo_regimes_state(means, &sigma, made, k, &error), MVO_OK);
            check_matrix(sigma, r->sigma[k], 3, 1e-4);
            for (size_t j = 0; j < 3; j++)
                assert_true(fabs(means[j] - r->means[k][j]) < 1e-4);
            for (size_t i = 0; i < r->states; i++)
                assert_true(fabs(transition[i + k * r->states] - r->transition[i][k]) < 1e-4);
        }
        assert_int_equal(mvo_regimes_forecast(next, means, &sigma, made, &error), MVO_OK);
        check_matrix(sigma, r->mixture, 3, 1e-4);
        for (size_t k = 0; k < r->states; k++)
            assert_true(fabs(next[k] - r->next[k]) < 1e-4);
        for (size_t j = 0; j < 3; j++)
            assert_true(fabs(means[j] - r->mean[j]) < 1e-4);
        mvo_regimes_free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garch_of_stocks),          cmocka_unit_test(garch_at_the_edge),
        cmocka_unit_test(garch_several_days_ahead), cmocka_unit_test(the_benchmark_of_bollerslev_and_ghysels),
        cmocka_unit_test(conditional_correlations), cmocka_unit_test(several_horizons),
        cmocka_unit_test(regimes_of_three_stocks),
    };
    return cmocka_run_group_tests(tests, read_prices, forget_prices);
}
