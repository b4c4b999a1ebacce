/* SPDX-License-Identifier: MIT */
/* Robust portfolios: figures by hand for every form, what is infeasible or unbounded, stops, and every refusal. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void near_to(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g", value, expected);
}

static mvo_covariance *diagonal(size_t n, const double *variances)
{
    mvo_covariance *made = NULL;
    assert_int_equal(mvo_covariance_new_factor(&made, NULL, n, 0, NULL, n, NULL, 0, variances, MVO_CHECK_ALL, NULL), MVO_OK);
    return made;
}

static mvo_covariance *dense(size_t n, const double *sigma)
{
    mvo_covariance *made = NULL;
    assert_int_equal(mvo_covariance_new_dense(&made, NULL, n, sigma, n, MVO_CHECK_ALL, NULL), MVO_OK);
    return made;
}

/* Every weight free and no rows, or long-only with sum 1. */
static mvo_constraints *rules_of(size_t n, int long_only)
{
    mvo_constraints *rules = NULL;
    assert_int_equal(long_only ? mvo_constraints_new_long_only(&rules, NULL, n, NULL) : mvo_constraints_new(&rules, NULL, n, NULL),
                     MVO_OK);
    return rules;
}

/* A problem; takes the handles over. */
static mvo_robust *make(size_t count, mvo_covariance *first, mvo_covariance *second, mvo_covariance *uncertainty,
                        mvo_constraints *rules)
{
    mvo_covariance *list[2] = { first, second };
    mvo_robust *robust = NULL;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_robust_new(&robust, NULL, count, list, uncertainty, rules, &error) != MVO_OK)
        fail_msg("%s", error.message);
    mvo_covariance_unref(first);
    mvo_covariance_unref(second);
    mvo_covariance_unref(uncertainty);
    mvo_constraints_free(rules);
    return robust;
}

static mvo_report accept(mvo_robust *robust, mvo_outcome outcome, double *w)
{
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_robust_report(&report, robust), MVO_OK);
    if (outcome != MVO_OPTIMAL)
        fail_msg("%s: gap %g of %g, stationarity %g of %g", mvo_outcome_name(outcome), report.gap, report.gap_scale,
                 report.stationarity, report.stationarity_scale);
    assert_int_equal(report.outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_robust_weights(w, robust), MVO_OK);
    assert_true(report.gap <= 1e-9 * report.gap_scale);
    assert_true(report.stationarity <= 1e-9 * report.stationarity_scale);
    assert_true(report.rounds >= 1 && report.feasible == 1);
    return report;
}

static mvo_report maximise(mvo_robust *robust, const double *mu, double risk_aversion, double *w)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_robust_maximum_utility(&outcome, robust, mu, risk_aversion, NULL), MVO_OK);
    return accept(robust, outcome, w);
}

static mvo_report shrink(mvo_robust *robust, double radius, int32_t norm, const double *mu, double target, double *w)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_robust_wasserstein(&outcome, robust, radius, norm, mu, target, NULL), MVO_OK);
    return accept(robust, outcome, w);
}

/* --------------------------------------------------------------------------------------------- ellipsoid */

/* 1/2 |w|^2 - mu'w + 2 |w|, |mu| = 5: w = mu (5 - 2) / 5. From kappa = 5 on nothing is held, to the bit. */
static void cone_by_hand(void **state)
{
    (void)state;
    static const double ones[2] = { 1.0, 1.0 }, full[4] = { 1.0, 0.0, 0.0, 1.0 }, mu[2] = { 3.0, 4.0 };
    for (int form = 0; form < 4; form++) { /* Omega: the covariance itself, diagonal, dense, and dense beside a diagonal */
        mvo_covariance *sigma = form == 2 ? dense(2, full) : diagonal(2, ones);
        mvo_covariance *omega = form == 0 ? NULL : form == 1 ? diagonal(2, ones) : dense(2, full);
        mvo_robust *robust = make(1, sigma, NULL, omega, rules_of(2, 0));
        double w[2], means[2], variance;
        assert_int_equal(mvo_robust_set_ellipsoid(robust, 2.0, NULL), MVO_OK);
        mvo_report report = maximise(robust, mu, 1.0, w);
        near_to(w[0], 1.8, 1e-13);
        near_to(w[1], 2.4, 1e-13);
        near_to(report.objective, -4.5, 1e-13);
        near_to(report.dual_objective, -4.5, 1e-9);
        near_to(report.variance, 9.0, 1e-12);
        near_to(report.expected_return, 15.0, 1e-12);
        assert_true(report.cost == 0.0);
        assert_int_equal(mvo_robust_worst_case(means, NULL, &variance, robust), MVO_OK);
        near_to(means[0], 1.8, 1e-12); /* mu - kappa w / |w| */
        near_to(means[1], 2.4, 1e-12);
        near_to(variance, 9.0, 1e-12);
        for (double kappa = 5.001; kappa < 60.0; kappa *= 10.0) {
            assert_int_equal(mvo_robust_set_ellipsoid(robust, kappa, NULL), MVO_OK);
            report = maximise(robust, mu, 1.0, w);
            assert_true(w[0] == 0.0 && w[1] == 0.0);
            near_to(report.objective, 0.0, 1e-9);
        }
        assert_int_equal(mvo_robust_set_ellipsoid(robust, 4.999, NULL), MVO_OK);
        maximise(robust, mu, 1.0, w);
        near_to(w[1], 4.0 * 0.001 / 5.0, 1e-12);
        assert_int_equal(mvo_robust_set_ellipsoid(robust, 0.0, NULL), MVO_OK);
        maximise(robust, mu, 2.0, w);
        assert_true(w[0] == 1.5 && w[1] == 2.0);
        mvo_robust_free(robust);
    }
}

/* Cash of known return beside a stock: 1/2 0.04 s^2 - 0.05 s + kappa 0.1 |s| with s + cash = 1, so s = (0.05 - 0.1 kappa) / 0.04. */
static void cash_is_certain(void **state)
{
    (void)state;
    static const double variances[2] = { 0.0, 0.04 }, errors[2] = { 0.0, 0.01 }, mu[2] = { 0.01, 0.06 };
    mvo_robust *robust = make(1, diagonal(2, variances), NULL, diagonal(2, errors), rules_of(2, 1));
    double w[2];
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 0.3, NULL), MVO_OK);
    mvo_report report = maximise(robust, mu, 1.0, w);
    near_to(w[1], 0.5, 1e-13);
    near_to(report.objective, 0.02 * 0.25 - 0.01 - 0.025 + 0.015, 1e-15);
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 0.6, NULL), MVO_OK);
    report = maximise(robust, mu, 1.0, w);
    assert_true(w[0] == 1.0 && w[1] == 0.0);
    near_to(report.objective, -0.01, 1e-15);
    double y;
    assert_int_equal(mvo_solver_multipliers(&y, NULL, mvo_robust_solver(robust)), MVO_OK);
    near_to(y, -0.01, 1e-11); /* d objective / d budget */
    mvo_robust_free(robust);
}

/*
 * The uncertainties of two equal weights cancel: 1/2 |w|^2 - 3 w_1 - 4 w_2 + kappa |w_1 - w_2| is least at (3 + kappa, 4 -
 * kappa) up to kappa = 1/2, and at (3.5, 3.5) from there on, where the cone is not smooth.
 */
static void uncertainties_cancel(void **state)
{
    (void)state;
    static const double ones[2] = { 1.0, 1.0 }, opposite[4] = { 1.0, -1.0, -1.0, 1.0 }, mu[2] = { 3.0, 4.0 };
    static const double loadings[2] = { 1.0, -1.0 }, none[2] = { 0.0, 0.0 };
    for (int factors = 0; factors <= 1; factors++) {
        mvo_covariance *omega = NULL;
        if (factors)
            assert_int_equal(mvo_covariance_new_factor(&omega, NULL, 2, 1, loadings, 2, NULL, 0, none, MVO_CHECK_ALL, NULL), MVO_OK);
        else
            omega = dense(2, opposite);
        mvo_robust *robust = make(1, diagonal(2, ones), NULL, omega, rules_of(2, 0));
        static const double kappa[] = { 0.25, 0.499, 0.501, 2.0, 1000.0 };
        for (size_t k = 0; k < sizeof kappa / sizeof *kappa; k++) {
            double w[2], means[2];
            const double moved = fmin(kappa[k], 0.5);
            assert_int_equal(mvo_robust_set_ellipsoid(robust, kappa[k], NULL), MVO_OK);
            const mvo_report report = maximise(robust, mu, 1.0, w);
            near_to(w[0], 3.0 + moved, 1e-10); /* near the tip a norm of 0.002 is left of weights of 3.5 */
            near_to(w[1], 4.0 - moved, 1e-10);
            near_to(report.objective, 0.5 * (w[0] * w[0] + w[1] * w[1]) - 3.0 * w[0] - 4.0 * w[1] + kappa[k] * (1.0 - 2.0 * moved),
                    1e-9);
            assert_int_equal(mvo_robust_worst_case(means, NULL, NULL, robust), MVO_OK);
            near_to(means[0], 3.0 + moved, 1e-10); /* at the tip too: those for which w is best */
            near_to(means[1], 4.0 - moved, 1e-10);
        }
        mvo_robust_free(robust);
    }
}

/* Without risk aversion: max mu'w - kappa |w| over |w_j| <= 1 and w_1 + w_2 = 1 is an ellipsoid against a line. */
static void return_alone(void **state)
{
    (void)state;
    static const double ones[2] = { 1.0, 1.0 }, mu[2] = { 0.2, 0.1 };
    mvo_robust *robust = make(1, diagonal(2, ones), NULL, NULL, rules_of(2, 1));
    double w[2];
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 0.5, NULL), MVO_OK);
    mvo_report report = maximise(robust, mu, 0.0, w);
    /* w = 1/2 + d, 1/2 - d: 0.1 = 0.5 2 d / sqrt(1/2 + 2 d^2), so d^2 = 0.005 / (1 - 0.02). */
    const double d = sqrt(0.005 / 0.98);
    near_to(w[0], 0.5 + d, 1e-12);
    near_to(report.objective, -0.15 - 0.1 * d + 0.5 * sqrt(0.5 + 2.0 * d * d), 1e-14);
    near_to(report.variance, 0.5 + 2.0 * d * d, 1e-12);
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 0.0, NULL), MVO_OK);
    report = maximise(robust, mu, 0.0, w);
    assert_true(w[0] == 1.0 && w[1] == 0.0);
    near_to(report.objective, -0.2, 1e-16);
    mvo_robust_free(robust);
}

static mvo_outcome ask(mvo_robust *robust, const double *mu, double risk_aversion)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_robust_maximum_utility(&outcome, robust, mu, risk_aversion, NULL), MVO_OK);
    return outcome;
}

/* The worst return grows without end where kappa |w| is less than mu'w and nothing holds w. */
static void verdicts(void **state)
{
    (void)state;
    static const double ones[2] = { 1.0, 1.0 }, mu[2] = { 3.0, 4.0 }, half[2] = { 0.25, 0.25 };
    double w[2];
    mvo_report report = MVO_REPORT_INIT;
    mvo_robust *robust = make(1, diagonal(2, ones), NULL, NULL, rules_of(2, 0));
    assert_int_equal(mvo_robust_weights(w, robust), MVO_ERROR_STATE);
    assert_int_equal(mvo_robust_report(&report, robust), MVO_ERROR_STATE);
    assert_int_equal(mvo_robust_worst_case(w, NULL, NULL, robust), MVO_ERROR_STATE);
    assert_int_equal(ask(robust, mu, 0.0), MVO_UNBOUNDED);
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 4.0, NULL), MVO_OK);
    assert_int_equal(ask(robust, mu, 0.0), MVO_UNBOUNDED);
    assert_int_equal(mvo_robust_worst_case(w, NULL, NULL, robust), MVO_ERROR_STATE);
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 6.0, NULL), MVO_OK);
    assert_int_equal(ask(robust, mu, 0.0), MVO_OPTIMAL);
    mvo_robust_free(robust);
    robust = make(1, diagonal(2, ones), NULL, NULL, rules_of(2, 1));
    assert_int_equal(mvo_solver_set_bounds(mvo_robust_solver(robust), NULL, half, NULL), MVO_OK);
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 1.0, NULL), MVO_OK);
    assert_int_equal(ask(robust, mu, 1.0), MVO_INFEASIBLE);
    assert_int_equal(mvo_robust_report(&report, robust), MVO_OK);
    assert_true(report.outcome == MVO_INFEASIBLE && report.feasible == 0);
    double proof;
    assert_int_equal(mvo_solver_farkas(&proof, NULL, mvo_robust_solver(robust)), MVO_OK);
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_robust_wasserstein(&outcome, robust, 0.1, MVO_NORM_SUM, NULL, 0.0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    mvo_robust_free(robust);
}

/* --------------------------------------------------------------------------------------------------- box */

/* 1/2 w^2 - mu w + 0.3 (w)^+ + 0.5 (-w)^+ */
static void box_by_hand(void **state)
{
    (void)state;
    static const double one = 1.0, below = 0.3, above = 0.5, means[4] = { 1.0, 0.3, -0.25, -1.0 };
    static const double expected[4] = { 0.7, 0.0, 0.0, -0.5 };
    mvo_robust *robust = make(1, diagonal(1, &one), NULL, NULL, rules_of(1, 0));
    assert_int_equal(mvo_robust_set_box(robust, &below, &above, NULL), MVO_OK);
    for (int k = 0; k < 4; k++) {
        double w, worst;
        const mvo_report report = maximise(robust, &means[k], 1.0, &w);
        near_to(w, expected[k], 1e-16);
        near_to(report.objective, -0.5 * expected[k] * expected[k], 1e-16);
        assert_true(report.cost == 0.0);
        assert_int_equal(mvo_robust_worst_case(&worst, NULL, NULL, robust), MVO_OK);
        near_to(worst, means[k] - (expected[k] > 0.0 ? below : expected[k] < 0.0 ? -above : 0.0), 1e-16);
    }
    assert_int_equal(mvo_robust_set_box(robust, NULL, NULL, NULL), MVO_OK);
    double w;
    maximise(robust, &means[3], 1.0, &w);
    assert_true(w == -1.0);
    mvo_robust_free(robust);
}

/* The set's own kinks stay beside the box's: borrowing costs 0.1 and selling from the holding of 0.2 costs 0.05. */
static void box_beside_costs(void **state)
{
    (void)state;
    static const double one = 1.0, below = 0.3, above = 0.5, borrow = 0.1, sell = 0.05, holding = 0.2;
    mvo_constraints *rules = rules_of(1, 0);
    assert_int_equal(mvo_constraints_set_borrow_costs(rules, &borrow, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(rules, NULL, &sell, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(rules, &holding, NULL), MVO_OK);
    mvo_robust *robust = make(1, diagonal(1, &one), NULL, NULL, rules);
    assert_int_equal(mvo_robust_set_box(robust, &below, &above, NULL), MVO_OK);
    static const double means[3] = { -1.0, 0.48, -0.3 }, expected[3] = { -0.35, 0.2, 0.0 };
    for (int k = 0; k < 3; k++) {
        double w;
        const mvo_report report = maximise(robust, &means[k], 1.0, &w);
        near_to(w, expected[k], 1e-15);
        near_to(report.cost, 0.05 * (0.2 - expected[k]) + 0.1 * fmax(-expected[k], 0.0), 1e-16);
        near_to(report.objective,
                0.5 * w * w - means[k] * w + 0.3 * fmax(w, 0.0) + 0.5 * fmax(-w, 0.0) + report.cost, 1e-16);
    }
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_robust_wasserstein(&outcome, robust, 0.1, MVO_NORM_SUM, NULL, 0.0, NULL), MVO_ERROR_STATE);
    mvo_robust_free(robust);
}

/* ---------------------------------------------------------------------------------------- several covariances */

/* max(w1^2 + 9 w2^2, 4 w1^2 + w2^2): both are as large where 8 w2^2 = 3 w1^2. */
static void minimax_by_hand(void **state)
{
    (void)state;
    static const double first[2] = { 1.0, 9.0 }, second[2] = { 4.0, 1.0 }, square[4] = { 4.0, 0.0, 0.0, 1.0 };
    for (int mixed = 0; mixed <= 1; mixed++) { /* two factor models, then one of them dense */
        mvo_robust *robust = make(2, diagonal(2, first), mixed ? dense(2, square) : diagonal(2, second), NULL, rules_of(2, 1));
        double w[2], mixture[2], variances[2];
        const mvo_report report = maximise(robust, NULL, 1.0, w);
        const double ratio = sqrt(8.0 / 3.0), w1 = ratio / (1.0 + ratio), w2 = 1.0 - w1;
        near_to(w[0], w1, 1e-12);
        near_to(report.objective, 0.5 * (w1 * w1 + 9.0 * w2 * w2), 1e-12);
        near_to(report.variance, 4.0 * w1 * w1 + w2 * w2, 1e-12);
        assert_int_equal(mvo_robust_worst_case(NULL, mixture, variances, robust), MVO_OK);
        /* (p + 4 (1 - p)) w1 = (9 p + 1 - p) w2 */
        near_to(mixture[0], (4.0 * w1 - w2) / (3.0 * w1 + 8.0 * w2), 1e-11);
        near_to(mixture[0] + mixture[1], 1.0, 1e-15);
        near_to(variances[0], variances[1], 1e-11);
        mvo_robust_free(robust);
    }
}

/* The third asset has a mean too uncertain to be held; of the two others either covariance is as bad. */
static void minimax_at_a_tip(void **state)
{
    (void)state;
    static const double first[3] = { 1.0, 9.0, 0.1 }, second[3] = { 4.0, 1.0, 0.1 }, errors[3] = { 0.0, 0.0, 1.0 };
    static const double mu[3] = { 0.0, 0.0, 2.0 };
    mvo_robust *robust = make(2, diagonal(3, first), diagonal(3, second), diagonal(3, errors), rules_of(3, 1));
    double w[3], mixture[2];
    const double ratio = sqrt(8.0 / 3.0), w1 = ratio / (1.0 + ratio);
    assert_int_equal(mvo_robust_set_ellipsoid(robust, 5.0, NULL), MVO_OK);
    maximise(robust, mu, 1.0, w);
    near_to(w[0], w1, 1e-12);
    assert_true(w[2] == 0.0);
    assert_int_equal(mvo_robust_worst_case(NULL, mixture, NULL, robust), MVO_OK);
    near_to(mixture[0], (4.0 * w1 - (1.0 - w1)) / (3.0 * w1 + 8.0 * (1.0 - w1)), 1e-10);
    mvo_robust_free(robust);
}

/* A covariance that is never the worst has no part in the mixture; nor does the order of the two change the answer. */
static void one_covers_the_other(void **state)
{
    (void)state;
    static const double large[2] = { 4.0, 1.0 }, small[2] = { 1.0, 0.5 };
    for (int order = 0; order <= 1; order++) {
        mvo_robust *robust = make(2, diagonal(2, order ? large : small), diagonal(2, order ? small : large), NULL, rules_of(2, 1));
        double w[2], mixture[2];
        maximise(robust, NULL, 1.0, w);
        near_to(w[0], 0.2, 1e-12);
        assert_int_equal(mvo_robust_worst_case(NULL, mixture, NULL, robust), MVO_OK);
        assert_true(mixture[order ? 0 : 1] == 1.0 && mixture[order ? 1 : 0] == 0.0);
        mvo_robust_free(robust);
    }
}

/* ----------------------------------------------------------------------------------------------- Wasserstein */

/* With Sigma = I volatility is the Euclidean norm: (1 + r) |w|. The worst mean w_1 - r |w| is 1 - r at w = (1, 0). */
static void ball_by_hand(void **state)
{
    (void)state;
    static const double ones[2] = { 1.0, 1.0 }, mu[2] = { 1.0, 0.0 };
    mvo_robust *robust = make(1, diagonal(2, ones), NULL, NULL, rules_of(2, 1));
    mvo_solver *solver = mvo_robust_solver(robust);
    double w[2], multiplier;
    mvo_report report = shrink(robust, 0.1, MVO_NORM_EUCLIDEAN, NULL, 0.0, w);
    near_to(w[0], 0.5, 1e-14);
    near_to(report.objective, 1.1 * sqrt(0.5), 1e-14);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_ERROR_STATE);
    report = shrink(robust, 0.1, MVO_NORM_EUCLIDEAN, mu, 0.1, w);
    near_to(w[0], 0.5, 1e-14);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_OK);
    assert_true(multiplier == 0.0);
    /* w = 1/2 + t, 1/2 - t with t = 1/4: |w| = sqrt(5/8), the target 3/4 - r |w|. */
    const double norm = sqrt(0.625);
    report = shrink(robust, 0.1, MVO_NORM_EUCLIDEAN, mu, 0.75 - 0.1 * norm, w);
    near_to(w[0], 0.75, 1e-12);
    near_to(report.objective, 1.1 * norm, 1e-12);
    near_to(report.expected_return, 0.75, 1e-12);
    near_to(report.variance, 0.625, 1e-12);
    assert_int_equal(mvo_target_multiplier(&multiplier, solver), MVO_OK);
    const double slope = 0.5 / norm; /* d |w| / dt = 2 t / |w| */
    near_to(multiplier, 1.1 * slope / (1.0 - 0.1 * slope), 1e-11);
    report = shrink(robust, 0.0, MVO_NORM_EUCLIDEAN, mu, 0.75, w);
    near_to(w[0], 0.75, 1e-12);
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_robust_wasserstein(&outcome, robust, 0.1, MVO_NORM_EUCLIDEAN, mu, 0.95, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(mvo_robust_worst_case(w, NULL, NULL, robust), MVO_ERROR_STATE);
    mvo_robust_free(robust);
}

/* w = (1 + t, -t): the sum of sizes is 1 + 2 t for t >= 0 and 1 between -1 and 0. */
static void ball_of_sums(void **state)
{
    (void)state;
    static const double sigma[4] = { 1.0, 0.9, 0.9, 1.0 + 0.8 }; /* minimum variance is short of the second: */
    mvo_constraints *rules = rules_of(2, 0);
    assert_int_equal(mvo_constraints_add_budget(NULL, rules, 1.0, 1.0, NULL), MVO_OK);
    mvo_robust *robust = make(1, dense(2, sigma), NULL, NULL, rules);
    double w[2];
    /* variance 1 + t (2 - 1.8) + t^2 (1 + 1.8 - 1.8) of (1 + t, -t) is 1 + 0.2 t + t^2: falls to the left of t = 0 only */
    mvo_report report = shrink(robust, 0.05, MVO_NORM_SUM, NULL, 0.0, w);
    near_to(w[1], 0.1, 1e-12); /* t = -0.1, where nothing is short and the norm is 1 */
    near_to(report.objective, sqrt(0.99) + 0.05, 1e-12);
    static const double mu[2] = { 0.1, 0.0 };
    /* the target 0.1 (1 + t) - 0.05 (1 + 2 t) = 0.05 is met by every t >= 0: the least risky is t = 0 */
    report = shrink(robust, 0.05, MVO_NORM_SUM, mu, 0.05, w);
    near_to(w[0], 1.0, 1e-11);
    near_to(report.objective, 1.05, 1e-11);
    mvo_robust_free(robust);
}

/* ------------------------------------------------------------------------------------------------- stopping */

static int32_t refuse(void *user, int64_t iterations)
{
    (void)iterations;
    return ++*(int *)user > 3;
}

static void stops(void **state)
{
    (void)state;
    static const double variances[4] = { 1.0, 2.0, 3.0, 4.0 }, others[4] = { 4.0, 3.0, 2.0, 1.0 }, mu[4] = { 0.1, 0.3, 0.2, 0.4 };
    for (int several = 0; several <= 1; several++) {
        mvo_robust *robust =
            make(several ? 2 : 1, diagonal(4, variances), several ? diagonal(4, others) : NULL, diagonal(4, others), rules_of(4, 1));
        mvo_solver *solver = mvo_robust_solver(robust);
        mvo_report report = MVO_REPORT_INIT;
        assert_int_equal(mvo_robust_set_ellipsoid(robust, 0.5, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_real(solver, MVO_OPTION_TIME_LIMIT, 0.0, NULL), MVO_OK);
        assert_int_equal(ask(robust, mu, 1.0), MVO_TIME_LIMIT);
        assert_int_equal(mvo_solver_set_real(solver, MVO_OPTION_TIME_LIMIT, HUGE_VAL, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, 4, NULL), MVO_OK);
        assert_int_equal(ask(robust, mu, 1.0), MVO_ITERATION_LIMIT); /* of all programmes together */
        assert_int_equal(mvo_robust_report(&report, robust), MVO_OK);
        assert_true(report.gap == HUGE_VAL && report.feasible == 1);
        double w[4], sum = 0.0;
        assert_int_equal(mvo_robust_weights(w, robust), MVO_OK);
        for (int j = 0; j < 4; j++)
            sum += w[j];
        near_to(sum, 1.0, 1e-12);
        assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, 0, NULL), MVO_OK);
        int calls = 0;
        assert_int_equal(mvo_solver_set_progress(solver, refuse, &calls, NULL), MVO_OK);
        assert_int_equal(ask(robust, mu, 1.0), MVO_CANCELLED);
        assert_int_equal(mvo_solver_set_progress(solver, NULL, NULL, NULL), MVO_OK);
        maximise(robust, mu, 1.0, w);
        mvo_robust_free(robust);
    }
}

/* -------------------------------------------------------------------------------------------------- refusals */

static void expect(mvo_status status, mvo_status expected, const mvo_error *error, const char *argument, int64_t row)
{
    assert_int_equal(status, expected);
    assert_string_equal(error->argument, argument);
    assert_int_equal(error->row, row);
    assert_true(error->message[0] != '\0');
}

#define REFUSED(call, status, argument, row)                                                                                \
    do {                                                                                                                    \
        mvo_error error = MVO_ERROR_INIT;                                                                                   \
        const mvo_status answered = (call);                                                                                 \
        expect(answered, status, &error, argument, row);                                                                    \
    } while (0)

static void refusals_of_new(void **state)
{
    (void)state;
    static const double ones[3] = { 1.0, 1.0, 1.0 };
    mvo_covariance *two = diagonal(2, ones), *three = diagonal(3, ones);
    mvo_covariance *list[2] = { two, NULL }, *other[2] = { two, three };
    mvo_constraints *rules = rules_of(2, 1);
    mvo_robust *robust = NULL;
    REFUSED(mvo_robust_new(NULL, NULL, 1, list, NULL, rules, &error), MVO_ERROR_NULL, "robust", -1);
    REFUSED(mvo_robust_new(&robust, NULL, 1, NULL, NULL, rules, &error), MVO_ERROR_NULL, "covariances", -1);
    REFUSED(mvo_robust_new(&robust, NULL, 2, list, NULL, rules, &error), MVO_ERROR_NULL, "covariances", 1);
    REFUSED(mvo_robust_new(&robust, NULL, 0, list, NULL, rules, &error), MVO_ERROR_ARGUMENT, "count", -1);
    REFUSED(mvo_robust_new(&robust, NULL, 2, other, NULL, rules, &error), MVO_ERROR_MISMATCH, "covariances", 1);
    REFUSED(mvo_robust_new(&robust, NULL, 1, list, three, rules, &error), MVO_ERROR_MISMATCH, "uncertainty", -1);
    REFUSED(mvo_robust_new(&robust, NULL, 1, list, NULL, NULL, &error), MVO_ERROR_NULL, "constraints", -1);
    assert_null(robust);
    mvo_robust_free(NULL);
    assert_null(mvo_robust_solver(NULL));
    mvo_covariance_unref(two);
    mvo_covariance_unref(three);
    mvo_constraints_free(rules);
}

static void refusals_of_questions(void **state)
{
    (void)state;
    static const double ones[2] = { 1.0, 2.0 }, mu[2] = { 0.1, 0.2 }, bad[2] = { 0.1, NAN }, negative[2] = { 0.1, -0.2 };
    mvo_robust *robust = make(1, diagonal(2, ones), NULL, NULL, rules_of(2, 1));
    mvo_robust *pair = make(2, diagonal(2, ones), diagonal(2, ones), NULL, rules_of(2, 1));
    mvo_outcome outcome = 77;
    double before[2], after[2];
    maximise(robust, mu, 1.0, before);
    REFUSED(mvo_robust_set_box(NULL, ones, ones, &error), MVO_ERROR_NULL, "robust", -1);
    REFUSED(mvo_robust_set_box(robust, bad, ones, &error), MVO_ERROR_NOT_FINITE, "below", 1);
    REFUSED(mvo_robust_set_box(robust, ones, bad, &error), MVO_ERROR_NOT_FINITE, "above", 1);
    REFUSED(mvo_robust_set_box(robust, negative, ones, &error), MVO_ERROR_ARGUMENT, "below", 1);
    REFUSED(mvo_robust_set_box(robust, ones, negative, &error), MVO_ERROR_ARGUMENT, "above", 1);
    REFUSED(mvo_robust_set_ellipsoid(NULL, 1.0, &error), MVO_ERROR_NULL, "robust", -1);
    REFUSED(mvo_robust_set_ellipsoid(robust, NAN, &error), MVO_ERROR_NOT_FINITE, "kappa", -1);
    REFUSED(mvo_robust_set_ellipsoid(robust, HUGE_VAL, &error), MVO_ERROR_NOT_FINITE, "kappa", -1);
    REFUSED(mvo_robust_set_ellipsoid(robust, -1.0, &error), MVO_ERROR_ARGUMENT, "kappa", -1);
    REFUSED(mvo_robust_set_ellipsoid(pair, 1.0, &error), MVO_ERROR_STATE, "robust", -1);
    assert_int_equal(mvo_robust_set_ellipsoid(pair, 0.0, NULL), MVO_OK);
    REFUSED(mvo_robust_maximum_utility(NULL, robust, mu, 1.0, &error), MVO_ERROR_NULL, "outcome", -1);
    REFUSED(mvo_robust_maximum_utility(&outcome, NULL, mu, 1.0, &error), MVO_ERROR_NULL, "robust", -1);
    REFUSED(mvo_robust_maximum_utility(&outcome, robust, bad, 1.0, &error), MVO_ERROR_NOT_FINITE, "mu", 1);
    REFUSED(mvo_robust_maximum_utility(&outcome, robust, mu, -1.0, &error), MVO_ERROR_ARGUMENT, "risk_aversion", -1);
    REFUSED(mvo_robust_maximum_utility(&outcome, robust, mu, NAN, &error), MVO_ERROR_NOT_FINITE, "risk_aversion", -1);
    REFUSED(mvo_robust_maximum_utility(&outcome, pair, mu, 0.0, &error), MVO_ERROR_ARGUMENT, "risk_aversion", -1);
    REFUSED(mvo_robust_wasserstein(NULL, robust, 0.1, MVO_NORM_SUM, NULL, 0.0, &error), MVO_ERROR_NULL, "outcome", -1);
    REFUSED(mvo_robust_wasserstein(&outcome, NULL, 0.1, MVO_NORM_SUM, NULL, 0.0, &error), MVO_ERROR_NULL, "robust", -1);
    REFUSED(mvo_robust_wasserstein(&outcome, robust, -0.1, MVO_NORM_SUM, NULL, 0.0, &error), MVO_ERROR_ARGUMENT, "radius", -1);
    REFUSED(mvo_robust_wasserstein(&outcome, robust, NAN, MVO_NORM_SUM, NULL, 0.0, &error), MVO_ERROR_NOT_FINITE, "radius", -1);
    REFUSED(mvo_robust_wasserstein(&outcome, robust, 0.1, 3, NULL, 0.0, &error), MVO_ERROR_ARGUMENT, "norm", -1);
    REFUSED(mvo_robust_wasserstein(&outcome, robust, 0.1, MVO_NORM_SUM, bad, 0.0, &error), MVO_ERROR_NOT_FINITE, "mu", 1);
    REFUSED(mvo_robust_wasserstein(&outcome, robust, 0.1, MVO_NORM_SUM, mu, NAN, &error), MVO_ERROR_NOT_FINITE, "target", -1);
    REFUSED(mvo_robust_wasserstein(&outcome, pair, 0.1, MVO_NORM_SUM, mu, 0.0, &error), MVO_ERROR_STATE, "robust", -1);
    assert_int_equal(outcome, 77);
    assert_int_equal(mvo_robust_weights(after, robust), MVO_OK);
    assert_memory_equal(before, after, sizeof before);
    mvo_report report = MVO_REPORT_INIT;
    report.struct_size = 4;
    assert_int_equal(mvo_robust_report(&report, robust), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_robust_report(NULL, robust), MVO_ERROR_NULL);
    assert_int_equal(mvo_robust_report(&report, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_robust_weights(NULL, robust), MVO_ERROR_NULL);
    assert_int_equal(mvo_robust_weights(after, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_robust_worst_case(NULL, NULL, NULL, NULL), MVO_ERROR_NULL);
    mvo_robust_free(robust);
    mvo_robust_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cone_by_hand),      cmocka_unit_test(cash_is_certain),    cmocka_unit_test(return_alone),
        cmocka_unit_test(uncertainties_cancel), cmocka_unit_test(minimax_at_a_tip),
        cmocka_unit_test(verdicts),          cmocka_unit_test(box_by_hand),        cmocka_unit_test(box_beside_costs),
        cmocka_unit_test(minimax_by_hand),   cmocka_unit_test(one_covers_the_other), cmocka_unit_test(ball_by_hand),
        cmocka_unit_test(ball_of_sums),      cmocka_unit_test(stops),              cmocka_unit_test(refusals_of_new),
        cmocka_unit_test(refusals_of_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
