/* SPDX-License-Identifier: MIT */
/* Conversions, means, models and annual figures against numbers that can be worked out by hand. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void near_to(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance * fmax(1.0, fabs(expected))))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* 100 -> 110 -> 99 and 8 -> 4 -> 6, with a line of rubbish below that must not be read. */
static const double prices[8] = { 100, 110, 99, NAN, 8, 4, 6, NAN };

static void prices_become_returns(void **state)
{
    (void)state;
    double r[6] = { 0, 0, 7, 0, 0, 7 };
    assert_int_equal(mvo_returns_from_prices(r, 3, 2, 2, prices, 4, MVO_RETURNS_SIMPLE, NULL), MVO_OK);
    near_to(r[0], 0.1, 1e-15);
    near_to(r[1], -0.1, 1e-15);
    assert_true(r[3] == -0.5);
    assert_true(r[4] == 0.5);
    assert_true(r[2] == 7 && r[5] == 7); /* padding */
    assert_int_equal(mvo_returns_from_prices(r, 3, 2, 2, prices, 4, MVO_RETURNS_LOG, NULL), MVO_OK);
    near_to(r[0], 0.09531017980432486, 1e-15);  /* log 1.1 */
    near_to(r[1], -0.10536051565782628, 1e-15); /* log 0.9 */
    near_to(r[3], -0.6931471805599453, 1e-15);  /* log 0.5 */
    near_to(r[4], 0.4054651081081644, 1e-15);   /* log 1.5 */
}

static void small_and_large_returns_keep_their_digits(void **state)
{
    (void)state;
    const double near_prices[2] = { 1024.0, 1024.0 + 0x1p-30 }, far_prices[2] = { 1e-200, 1e100 };
    double r = 0.0;
    assert_int_equal(mvo_returns_from_prices(&r, 1, 1, 1, near_prices, 2, MVO_RETURNS_SIMPLE, NULL), MVO_OK);
    assert_true(r == 0x1p-40);
    assert_int_equal(mvo_returns_from_prices(&r, 1, 1, 1, near_prices, 2, MVO_RETURNS_LOG, NULL), MVO_OK);
    assert_true(fabs(r / (0x1p-40 - 0x1p-81) - 1.0) < 1e-15);
    assert_int_equal(mvo_returns_from_prices(&r, 1, 1, 1, far_prices, 2, MVO_RETURNS_SIMPLE, NULL), MVO_OK);
    near_to(r, 1e300, 1e-14);
    assert_int_equal(mvo_returns_from_prices(&r, 1, 1, 1, far_prices, 2, MVO_RETURNS_LOG, NULL), MVO_OK);
    near_to(r, 690.7755278982137, 1e-15); /* 300 log 10 */
}

static void log_and_simple_returns_are_inverses(void **state)
{
    (void)state;
    const double simple[4] = { 0.25, -0.2, 1e-12, -0.75 };
    double table[4];
    memcpy(table, simple, sizeof table);
    assert_int_equal(mvo_returns_to_log(table, 2, 2, 2, table, 2, NULL), MVO_OK); /* in place */
    near_to(table[0], 0.22314355131420976, 1e-15); /* log 1.25, and of 0.8 it is minus that */
    near_to(table[1], -0.22314355131420976, 1e-15);
    assert_int_equal(mvo_returns_to_simple(table, 2, 2, 2, table, 2, NULL), MVO_OK);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(table[i] - simple[i]) <= 1e-15 * fabs(simple[i]));
}

static void means(void **state)
{
    (void)state;
    /* up a half, down a half: nothing on average, 0.75 of the money left; a constant; a total loss */
    const double r[6] = { 0.5, -0.5, 0.1, 0.1, -1.0, 3.0 };
    double mu[3];
    assert_int_equal(mvo_mean_arithmetic(mu, 2, 3, r, 2, NULL), MVO_OK);
    assert_true(mu[0] == 0.0 && mu[1] == 0.1 && mu[2] == 1.0);
    assert_int_equal(mvo_mean_geometric(mu, 2, 3, r, 2, NULL), MVO_OK);
    near_to(mu[0], -0.1339745962155614, 1e-15); /* sqrt(0.75) - 1 */
    near_to(mu[1], 0.1, 1e-15);
    assert_true(mu[2] == -1.0);
    assert_int_equal(mvo_mean_exponential(mu, 2, 3, r, 2, 1.0, NULL), MVO_OK); /* weights 1/3, 2/3 */
    near_to(mu[0], -0.5 / 3.0, 1e-15);
    assert_true(mu[1] == 0.1);
    near_to(mu[2], 5.0 / 3.0, 1e-15);
    /* weights 4, 2, 1 sevenths over three periods, the newest last */
    const double x[3] = { 7.0, 14.0, 28.0 };
    assert_int_equal(mvo_mean_exponential(mu, 3, 1, x, 3, 1.0, NULL), MVO_OK);
    near_to(mu[0], (7.0 + 28.0 + 112.0) / 7.0, 1e-15);
    /* a short half-life sees the last return alone, a long one the plain mean */
    assert_int_equal(mvo_mean_exponential(mu, 3, 1, x, 3, 1e-3, NULL), MVO_OK);
    assert_true(mu[0] == 28.0);
    assert_int_equal(mvo_mean_exponential(mu, 3, 1, x, 3, 1e12, NULL), MVO_OK);
    near_to(mu[0], 49.0 / 3.0, 1e-11);
    assert_int_equal(mvo_mean_exponential(mu, 3, 1, x, 3, HUGE_VAL, NULL), MVO_OK);
    near_to(mu[0], 49.0 / 3.0, 1e-15);
}

/*
 * Sigma = diag(1, 2, 4), mean (1, 2, 6), 12 periods. Towards 0: d = 1 + 2 + 9 = 12 and s = 1 / 144. Bayes-Stein: the
 * minimum-variance weights are (4, 2, 1) / 7, the target (4 + 4 + 6) / 7 = 2, d = 1 + 0 + 4 = 5, s = 5 / (5 + 60);
 * as a sample covariance d counts (12 - 5) / 11, s = 5 / (5 + 420 / 11).
 */
static void shrunk_means(void **state)
{
    (void)state;
    const double diagonal[3] = { 1, 2, 4 }, mean[3] = { 1, 2, 6 };
    const double dense[9] = { 1, 0, 0, 0, 2, 0, 0, 0, 4 };
    for (int structured = 0; structured <= 1; structured++) {
        double mu[3], s = 0.0, target = 0.0;
        mvo_covariance *sigma = NULL;
        assert_int_equal(structured ? mvo_covariance_new_factor(&sigma, NULL, 3, 0, NULL, 3, NULL, 0, diagonal, 0, NULL)
                                    : mvo_covariance_new_dense(&sigma, NULL, 3, dense, 3, 0, NULL),
                         MVO_OK);
        assert_int_equal(mvo_mean_james_stein(mu, &s, sigma, mean, 12, 0.0, NULL), MVO_OK);
        near_to(s, 1.0 / 144.0, 1e-15);
        near_to(mu[2], 6.0 * 143.0 / 144.0, 1e-15);
        assert_int_equal(mvo_mean_bayes_stein(mu, &s, &target, sigma, mean, 12, MVO_STEIN_AS_GIVEN, NULL), MVO_OK);
        near_to(target, 2.0, 1e-15);
        near_to(s, 1.0 / 13.0, 1e-15);
        near_to(mu[0], 1.0 + 1.0 / 13.0, 1e-15);
        near_to(mu[1], 2.0, 1e-15);
        near_to(mu[2], 6.0 - 4.0 / 13.0, 1e-15);
        assert_int_equal(mvo_mean_bayes_stein(mu, &s, NULL, sigma, mean, 12, MVO_STEIN_SAMPLE, NULL), MVO_OK);
        near_to(s, 5.0 / (5.0 + 420.0 / 11.0), 1e-15);
        memcpy(mu, mean, sizeof mu); /* in place, without the extras */
        assert_int_equal(mvo_mean_bayes_stein(mu, NULL, NULL, sigma, mu, 12, MVO_STEIN_AS_GIVEN, NULL), MVO_OK);
        near_to(mu[2], 6.0 - 4.0 / 13.0, 1e-15);
        /* nothing but noise: all the way to the target */
        const double flat[3] = { 0.01, 0.0, -0.01 };
        assert_int_equal(mvo_mean_james_stein(mu, &s, sigma, flat, 12, 0.0, NULL), MVO_OK);
        assert_true(s == 1.0 && mu[0] == 0.0 && mu[1] == 0.0 && mu[2] == 0.0);
        const double equal[3] = { 0.3, 0.3, 0.3 };
        assert_int_equal(mvo_mean_bayes_stein(mu, &s, &target, sigma, equal, 12, MVO_STEIN_SAMPLE, NULL), MVO_OK);
        near_to(s, 1.0, 1e-12);
        near_to(target, 0.3, 1e-15);
        mvo_covariance_unref(sigma);
    }
}

/* One factor of variance 1 with loadings (1, 1, 2, 0) and specific variances (1, 2, 4, 1): the same by both routes. */
static void structured_and_dense_shrink_alike(void **state)
{
    (void)state;
    const double loadings[4] = { 1, 1, 2, 0 }, specific[4] = { 1, 2, 4, 1 }, mean[4] = { 1, -2, 3, 0.5 };
    double matrix[16], s[2], target[2], mu[2][4];
    mvo_covariance *sigma[2] = { NULL, NULL };
    assert_int_equal(mvo_covariance_new_factor(&sigma[0], NULL, 4, 1, loadings, 4, NULL, 0, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(matrix, 4, sigma[0], NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&sigma[1], NULL, 4, matrix, 4, 0, NULL), MVO_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(mvo_mean_bayes_stein(mu[i], &s[i], &target[i], sigma[i], mean, 50, MVO_STEIN_SAMPLE, NULL), 0);
    near_to(s[0], s[1], 1e-14);
    near_to(target[0], target[1], 1e-14);
    for (int i = 0; i < 2; i++)
        assert_int_equal(mvo_mean_james_stein(mu[i], &s[i], sigma[i], mean, 50, 0.25, NULL), MVO_OK);
    near_to(s[0], s[1], 1e-14);
    for (size_t j = 0; j < 4; j++)
        near_to(mu[0][j], mu[1][j], 1e-14);
    mvo_covariance_unref(sigma[0]);
    mvo_covariance_unref(sigma[1]);
}

static void a_singular_covariance_is_named(void **state)
{
    (void)state;
    const double twice[9] = { 1, 0, 1, 0, 1, 0, 1, 0, 1 }, riskless[9] = { 1, 0, 0, 0, 0, 0, 0, 0, 1 };
    const double mean[3] = { 1, 2, 3 };
    double mu[3] = { 7, 7, 7 }, s = 7.0;
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *sigma = NULL;
    assert_int_equal(mvo_covariance_new_dense(&sigma, NULL, 3, twice, 3, 0, NULL), MVO_OK);
    assert_int_equal(mvo_mean_james_stein(mu, &s, sigma, mean, 10, 0.0, &error), MVO_ERROR_SINGULAR);
    assert_int_equal(error.row, 2);
    assert_string_equal(error.argument, "covariance");
    assert_string_equal(error.message, "covariance is singular: asset 2 is a combination of those before it");
    mvo_covariance_unref(sigma);
    assert_int_equal(mvo_covariance_new_dense(&sigma, NULL, 3, riskless, 3, 0, NULL), MVO_OK);
    assert_int_equal(mvo_mean_bayes_stein(mu, &s, NULL, sigma, mean, 10, 0, &error), MVO_ERROR_SINGULAR);
    assert_int_equal(error.row, 1);
    assert_string_equal(error.message, "covariance is singular: asset 1 is riskless");
    mvo_covariance_unref(sigma);
    assert_true(mu[0] == 7 && mu[1] == 7 && mu[2] == 7 && s == 7);
    assert_string_equal(mvo_status_name(MVO_ERROR_SINGULAR), "MVO_ERROR_SINGULAR");
}

static void models(void **state)
{
    (void)state;
    /* the market, the market twice, minus the market, nothing */
    const double market[3] = { 0.01, 0.03, -0.02 };
    double r[12], betas[4], mu[4];
    for (size_t t = 0; t < 3; t++) {
        r[t] = market[t];
        r[t + 3] = 2.0 * market[t] + 0.5;
        r[t + 6] = -market[t];
        r[t + 9] = 0.25;
    }
    assert_int_equal(mvo_capm_betas(betas, 3, 4, r, 3, market, NULL), MVO_OK);
    near_to(betas[0], 1.0, 1e-14);
    near_to(betas[1], 2.0, 1e-14);
    near_to(betas[2], -1.0, 1e-14);
    assert_true(betas[3] == 0.0);
    assert_int_equal(mvo_capm_returns(mu, 4, betas, 0.08, 0.02, NULL), MVO_OK);
    near_to(mu[0], 0.08, 1e-14);
    near_to(mu[1], 0.14, 1e-14);
    near_to(mu[2], -0.04, 1e-14);
    assert_true(mu[3] == 0.02);
    const double loadings[6] = { 1, 2, NAN, 0.5, -1, NAN }, premia[2] = { 0.04, 0.02 }, alpha[2] = { 0.01, 0 };
    assert_int_equal(mvo_factor_returns(mu, 2, 2, loadings, 3, premia, alpha, NULL), MVO_OK);
    near_to(mu[0], 0.06, 1e-15);
    near_to(mu[1], 0.06, 1e-15);
    assert_int_equal(mvo_factor_returns(mu, 2, 2, loadings, 3, premia, NULL, NULL), MVO_OK);
    near_to(mu[0], 0.05, 1e-15);
    double delta = 0.0;
    assert_int_equal(mvo_implied_risk_aversion(&delta, 0.06, 0.02, NULL), MVO_OK);
    near_to(delta, 3.0, 1e-15);
}

/* Reverse optimisation and its way back: an unconstrained solver finds the weights again. */
static void implied_returns_imply_the_portfolio(void **state)
{
    (void)state;
    const double matrix[9] = { 0.04, 0.01, 0, 0.01, 0.09, 0.02, 0, 0.02, 0.16 }, w[3] = { 0.5, 0.3, 0.2 };
    double pi[3], found[3];
    mvo_covariance *sigma = NULL;
    mvo_constraints *none = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    assert_int_equal(mvo_covariance_new_dense(&sigma, NULL, 3, matrix, 3, 0, NULL), MVO_OK);
    assert_int_equal(mvo_implied_returns(pi, sigma, w, 2.0, NULL), MVO_OK);
    near_to(pi[0], 0.046, 1e-15); /* 2 (0.02 + 0.003) */
    near_to(pi[1], 0.072, 1e-15); /* 2 (0.005 + 0.027 + 0.004) */
    near_to(pi[2], 0.076, 1e-15); /* 2 (0.006 + 0.032) */
    assert_int_equal(mvo_constraints_new(&none, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, sigma, none, NULL), MVO_OK);
    assert_int_equal(mvo_maximum_utility(&outcome, solver, pi, 2.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(found, solver), MVO_OK);
    for (size_t i = 0; i < 3; i++)
        near_to(found[i], w[i], 1e-13);
    /* view portfolios 0 and 1 - 2, before a prior of 5 % each: 4.6 - 5 and (7.2 - 5) - (7.6 - 5) percent */
    const double prior[3] = { 0.05, 0.05, 0.05 }, views[6] = { 1, 0, 0, 1, 0, -1 };
    double required[3], deviations[2];
    assert_int_equal(mvo_implied_views(required, deviations, sigma, w, 2.0, prior, 2, views, 2, NULL), MVO_OK);
    assert_memory_equal(required, pi, sizeof pi);
    near_to(deviations[0], -0.004, 1e-15);
    near_to(deviations[1], -0.004, 1e-15);
    deviations[0] = deviations[1] = 0.0;
    assert_int_equal(mvo_implied_views(NULL, deviations, sigma, w, 2.0, prior, 2, views, 2, NULL), MVO_OK);
    near_to(deviations[1], -0.004, 1e-15);
    memset(required, 0, sizeof required);
    assert_int_equal(mvo_implied_views(required, NULL, sigma, w, 2.0, NULL, 0, NULL, 0, NULL), MVO_OK);
    assert_memory_equal(required, pi, sizeof pi);
    mvo_solver_free(solver);
    mvo_constraints_free(none);
    mvo_covariance_unref(sigma);
}

/* An output may be an input, and what overflows is said before anything is written. */
static void implied_returns_in_place(void **state)
{
    (void)state;
    const double matrix[4] = { 0.04, 0.01, 0.01, 0.09 }, w[2] = { 0.5, 0.25 };
    double pi[2], in_place[2] = { 0.5, 0.25 }, prior[2] = { 0.05, 0.05 }, expected[2];
    mvo_covariance *sigma = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_covariance_new_dense(&sigma, NULL, 2, matrix, 2, 0, NULL), MVO_OK);
    assert_int_equal(mvo_implied_returns(pi, sigma, w, 2.0, NULL), MVO_OK);
    assert_int_equal(mvo_implied_returns(in_place, sigma, in_place, 2.0, NULL), MVO_OK);
    assert_memory_equal(in_place, pi, sizeof pi);
    const double views[2] = { 1.0, -1.0 };
    assert_int_equal(mvo_implied_views(NULL, expected, sigma, w, 2.0, prior, 1, views, 1, NULL), MVO_OK);
    assert_int_equal(mvo_implied_views(prior, expected + 1, sigma, w, 2.0, prior, 1, views, 1, NULL), MVO_OK);
    assert_memory_equal(prior, pi, sizeof pi);
    assert_true(expected[1] == expected[0]);
    const double huge[2] = { 1.0, 1e308 }, far[2] = { 0.0, -1e308 };
    double kept[2] = { 7.0, 7.0 }, apart[1] = { 7.0 };
    assert_int_equal(mvo_implied_returns(kept, sigma, huge, 1e3, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "weights");
    assert_int_equal(error.row, 0);
    assert_int_equal(mvo_implied_views(kept, apart, sigma, huge, 1e3, prior, 1, views, 1, &error), MVO_ERROR_NOT_FINITE);
    const double steep[2] = { 0.0, 1e10 };
    assert_int_equal(mvo_implied_views(kept, apart, sigma, w, 1.0, far, 1, steep, 1, &error), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "views");
    assert_true(kept[0] == 7.0 && kept[1] == 7.0 && apart[0] == 7.0);
    mvo_covariance_unref(sigma);
}

static void annual_figures(void **state)
{
    (void)state;
    double x[2] = { 0.01, -0.02 };
    assert_int_equal(mvo_annualise_mean(x, 2, x, 252, NULL), MVO_OK);
    near_to(x[0], 2.52, 1e-15);
    near_to(x[1], -5.04, 1e-15);
    x[0] = 0.01;
    assert_int_equal(mvo_annualise_volatility(x, 1, x, 256, NULL), MVO_OK);
    near_to(x[0], 0.16, 1e-15);
    const double growth[3] = { 0.1, -1.0, 0.0 };
    double yearly[3];
    assert_int_equal(mvo_annualise_growth(yearly, 3, growth, 2, NULL), MVO_OK);
    near_to(yearly[0], 0.21, 1e-15);
    assert_true(yearly[1] == -1.0 && yearly[2] == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_become_returns),
        cmocka_unit_test(small_and_large_returns_keep_their_digits),
        cmocka_unit_test(log_and_simple_returns_are_inverses),
        cmocka_unit_test(means),
        cmocka_unit_test(shrunk_means),
        cmocka_unit_test(structured_and_dense_shrink_alike),
        cmocka_unit_test(a_singular_covariance_is_named),
        cmocka_unit_test(models),
        cmocka_unit_test(implied_returns_imply_the_portfolio),
        cmocka_unit_test(implied_returns_in_place),
        cmocka_unit_test(annual_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
