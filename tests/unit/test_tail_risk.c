/* SPDX-License-Identifier: MIT */
/* Risk of given portfolios: figures that can be worked out by hand, Euler's sum, derivatives, and every refusal. */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { S = 8, N = 2, MANY = 60, ASSETS = 3 };

/* Losses of the first asset, worst first: 0.10, 0.06, 0.04, ... */
static const double table[S * N] = {
    -0.04, 0.02, -0.10, 0.01, 0.05, -0.06, 0.00, 0.03, /* asset 0 */
    0.01,  0.01, 0.01,  0.01, 0.01, 0.01,  0.01, 0.01  /* asset 1: riskless */
};
static const double first[N] = { 1.0, 0.0 };

static void near_to(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g instead of %.17g", found, expected);
}

static mvo_scenarios *make(const double *p)
{
    mvo_scenarios *made = NULL;
    assert_int_equal(mvo_scenarios_new(&made, NULL, S, N, table, S, p, MVO_CHECK_ALL, NULL), MVO_OK);
    return made;
}

static double risk_of(const mvo_scenarios *scenarios, int32_t measure, double level)
{
    double risk = NAN;
    assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, scenarios, first, measure, level, NULL), MVO_OK);
    return risk;
}

/* Eight scenarios of 1/8 each: a tail of 0.3 holds 0.10, 0.06 and 0.4 of 0.04. */
static void quantiles_by_hand(void **state)
{
    (void)state;
    mvo_scenarios *s = make(NULL);
    near_to(risk_of(s, MVO_RISK_VALUE_AT_RISK, 0.7), 0.04, 1e-15);
    near_to(risk_of(s, MVO_RISK_CVAR, 0.7), (0.10 + 0.06 + 0.4 * 0.04) / 2.4, 1e-15);
    near_to(risk_of(s, MVO_RISK_VALUE_AT_RISK, 0.75), 0.04, 1e-15); /* P(loss <= 0.04) is 0.75 exactly */
    near_to(risk_of(s, MVO_RISK_CVAR, 0.75), 0.08, 1e-15);
    near_to(risk_of(s, MVO_RISK_VALUE_AT_RISK, 0.95), 0.10, 1e-15);
    near_to(risk_of(s, MVO_RISK_CVAR, 0.95), 0.10, 1e-15);
    near_to(risk_of(s, MVO_RISK_WORST, 0.0), 0.10, 1e-15);
    near_to(risk_of(s, MVO_RISK_EVAR, 0.9), 0.10, 1e-15); /* the worst alone has more than a tenth */
    mvo_scenarios_unref(s);
}

/* The atom in part, with unequal probabilities: tail 0.1 = 0.05 of the worst and half of the next. */
static void quantiles_with_probabilities(void **state)
{
    (void)state;
    static const double p[S] = { 0.2, 0.1, 0.05, 0.15, 0.1, 0.1, 0.2, 0.1 };
    mvo_scenarios *s = make(p);
    near_to(risk_of(s, MVO_RISK_VALUE_AT_RISK, 0.9), 0.06, 1e-15);
    near_to(risk_of(s, MVO_RISK_CVAR, 0.9), 0.08, 1e-15);
    near_to(risk_of(s, MVO_RISK_CVAR, 0.99), 0.10, 1e-15);
    mvo_scenarios_unref(s);
}

/* The mean return is -0.09 / 8; cumulative returns -4, -2, -12, -11, -6, -12, -12, -9 per cent, the highest point 0. */
static void deviations_and_drawdowns_by_hand(void **state)
{
    (void)state;
    mvo_scenarios *s = make(NULL);
    const double mean = -0.09 / 8.0;
    double deviation = 0.0, square = 0.0;
    for (size_t t = 0; t < S; t++) {
        deviation += fabs(table[t] - mean) / 8.0;
        square += pow(fmax(0.0, mean - table[t]), 2.0) / 8.0;
    }
    near_to(risk_of(s, MVO_RISK_MEAN_DEVIATION, 0.0), deviation, 1e-15);
    near_to(risk_of(s, MVO_RISK_SEMIVARIANCE, 0.0), square, 1e-16);
    near_to(risk_of(s, MVO_RISK_SEMIDEVIATION, 0.0), sqrt(square), 1e-15);
    near_to(risk_of(s, MVO_RISK_BELOW_RETURN, 0.01), (0.0025 + 0.0121 + 0.0049 + 0.0001) / 8.0, 1e-16);
    near_to(risk_of(s, MVO_RISK_AVERAGE_DRAWDOWN, 0.0), 0.68 / 8.0, 1e-15);
    near_to(risk_of(s, MVO_RISK_MAXIMUM_DRAWDOWN, 0.0), 0.12, 1e-15);
    near_to(risk_of(s, MVO_RISK_CDAR, 0.625), 0.12, 1e-15);
    near_to(risk_of(s, MVO_RISK_CDAR, 0.55), (0.36 + 0.6 * 0.11) / 3.6, 1e-15);
    double moment = NAN;
    assert_int_equal(mvo_lower_partial_moment(&moment, NULL, s, first, 0.0, 0.0, NULL), MVO_OK);
    near_to(moment, 3.0 / 8.0, 1e-15);
    assert_int_equal(mvo_lower_partial_moment(&moment, NULL, s, first, 0.0, 1.0, NULL), MVO_OK);
    near_to(moment, 0.2 / 8.0, 1e-15);
    assert_int_equal(mvo_lower_partial_moment(&moment, NULL, s, first, 0.01, 2.0, NULL), MVO_OK);
    near_to(moment, (0.0025 + 0.0121 + 0.0049 + 0.0001) / 8.0, 1e-16);
    assert_int_equal(mvo_lower_partial_moment(&moment, NULL, s, first, 0.01, 3.0, NULL), MVO_OK);
    near_to(moment, (0.05 * 0.0025 + 0.11 * 0.0121 + 0.07 * 0.0049 + 0.01 * 0.0001) / 8.0, 1e-16);
    mvo_scenarios_unref(s);
}

/* -1, 0 and 1 with a third each: E exp(-z r) = (1 + 2 cosh z) / 3, minimised on a fine grid. */
static void entropic_risk_of_three_points(void **state)
{
    (void)state;
    static const double points[3] = { -1.0, 0.0, 1.0 }, one = 1.0;
    mvo_scenarios *s = NULL;
    double risk = NAN, least = 10.0;
    assert_int_equal(mvo_scenarios_new(&s, NULL, 3, 1, points, 3, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    const double tail = 0.4;
    for (double z = 0.01; z < 12.0; z += 0.0005)
        least = fmin(least, log((1.0 + 2.0 * cosh(z)) / 3.0 / tail) / z);
    assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, s, &one, MVO_RISK_EVAR, 1.0 - tail, NULL), MVO_OK);
    assert_true(risk <= least + 1e-12 && risk > least - 1e-6);
    assert_true(risk < 1.0);
    mvo_scenarios_unref(s);
}

/* Every measure on random returns: parts add up, and marginals are the differences of the risk. */
static void contributions_add_up(void **state)
{
    (void)state;
    static double returns[MANY * ASSETS];
    random_stream stream = { 5 };
    for (size_t i = 0; i < MANY * ASSETS; i++)
        returns[i] = 0.001 + 0.02 * random_normal(&stream);
    mvo_scenarios *s = NULL;
    assert_int_equal(mvo_scenarios_new(&s, NULL, MANY, ASSETS, returns, MANY, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    const double w[ASSETS] = { 0.5, 0.7, -0.2 };
    for (int32_t measure = MVO_RISK_VALUE_AT_RISK; measure <= MVO_RISK_BELOW_RETURN; measure++) {
        const int has_level = measure <= MVO_RISK_EVAR || measure == MVO_RISK_CDAR;
        const double level = has_level ? 0.83 : 0.0, step = 1e-7;
        double risk = NAN, marginal[ASSETS], total[ASSETS], sum = 0.0, up, down;
        assert_int_equal(mvo_tail_risk(&risk, marginal, total, s, w, measure, level, NULL), MVO_OK);
        for (size_t j = 0; j < ASSETS; j++) {
            double moved[ASSETS];
            memcpy(moved, w, sizeof w);
            sum += total[j];
            moved[j] = w[j] + step;
            assert_int_equal(mvo_tail_risk(&up, NULL, NULL, s, moved, measure, level, NULL), MVO_OK);
            moved[j] = w[j] - step;
            assert_int_equal(mvo_tail_risk(&down, NULL, NULL, s, moved, measure, level, NULL), MVO_OK);
            near_to(marginal[j], (up - down) / (2.0 * step), 1e-8);
        }
        near_to(sum, risk, 1e-14);
        assert_true(risk > 0.0);
    }
    double moment, slope[ASSETS], up, down;
    assert_int_equal(mvo_lower_partial_moment(&moment, slope, s, w, 0.002, 2.5, NULL), MVO_OK);
    for (size_t j = 0; j < ASSETS; j++) {
        double moved[ASSETS];
        memcpy(moved, w, sizeof w);
        moved[j] = w[j] + 1e-6;
        assert_int_equal(mvo_lower_partial_moment(&up, NULL, s, moved, 0.002, 2.5, NULL), MVO_OK);
        moved[j] = w[j] - 1e-6;
        assert_int_equal(mvo_lower_partial_moment(&down, NULL, s, moved, 0.002, 2.5, NULL), MVO_OK);
        near_to(slope[j], (up - down) / 2e-6, 1e-9);
    }
    mvo_scenarios_unref(s);
}

/* Ties are shared, so that equal assets have equal parts. */
static void ties_are_shared(void **state)
{
    (void)state;
    static const double twins[4 * 2] = { -0.1, 0.1, 0.0, 0.2, 0.1, -0.1, 0.0, 0.2 };
    static const double half[2] = { 0.5, 0.5 };
    mvo_scenarios *s = NULL;
    double total[2];
    assert_int_equal(mvo_scenarios_new(&s, NULL, 4, 2, twins, 4, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_tail_risk(NULL, NULL, total, s, half, MVO_RISK_CVAR, 0.7, NULL), MVO_OK);
    near_to(total[0], 0.0, 1e-17);
    near_to(total[1], 0.0, 1e-17);
    mvo_scenarios_unref(s);
}

/* Figures of R 4.2 (qnorm, dnorm, qt, dt). */
static void laws_agree_with_tables(void **state)
{
    (void)state;
    double v, c;
    assert_int_equal(mvo_normal_tail(&v, &c, 0.0, 1.0, 0.95, NULL), MVO_OK);
    near_to(v, 1.6448536269514722, 4e-16 * 8);
    near_to(c, 2.0627128075074249, 4e-15);
    assert_int_equal(mvo_normal_tail(&v, NULL, 0.01, 0.2, 0.99, NULL), MVO_OK);
    near_to(v, -0.01 + 0.2 * 2.3263478740408408, 1e-15);
    static const double degrees[3] = { 2.5, 4.0, 10.0 };
    static const double at[3] = { 2.39398409480214, 2.649491906789311, 2.4719905529910982 }, beyond[3] = { 4.0657775735052626, 3.6915104856807588, 3.0081835694235961 };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mvo_student_tail(&v, &c, 0.0, 1.0, degrees[i], 0.99, NULL), MVO_OK);
        near_to(v, at[i], 2e-13);
        near_to(c, beyond[i], 2e-13);
    }
    assert_int_equal(mvo_student_tail(&v, &c, 0.0, 1.0, 1e9, 0.99, NULL), MVO_OK);
    near_to(v, 2.3263478740408408, 1e-8);
    assert_int_equal(mvo_cornish_fisher_tail(&v, &c, 0.0, 1.0, 0.0, 0.0, 0.95, NULL), MVO_OK);
    near_to(v, 1.6448536269514722, 4e-15);
    near_to(c, 2.0627128075074249, 4e-15);
}

/* The mean of the quantile beyond the level, by the midpoint rule over the normal's upper tail. */
static void expansion_is_the_mean_of_its_quantile(void **state)
{
    (void)state;
    const double skewness = -0.4, kurtosis = 1.2, level = 0.95;
    double v, c, z, sum = 0.0;
    assert_int_equal(mvo_cornish_fisher_tail(&v, &c, 0.001, 0.02, skewness, kurtosis, level, NULL), MVO_OK);
    assert_int_equal(mvo_normal_tail(&z, NULL, 0.0, 1.0, level, NULL), MVO_OK);
    const double s = -skewness, step = 1e-4;
    for (double x = z + step / 2.0; x < 12.0; x += step)
        sum += step * exp(-x * x / 2.0) / 2.5066282746310002 *
               (x + (x * x - 1.0) * s / 6.0 + (x * x * x - 3.0 * x) * kurtosis / 24.0 -
                (2.0 * x * x * x - 5.0 * x) * s * s / 36.0);
    near_to(c, -0.001 + 0.02 * sum / (1.0 - level), 1e-9);
    const double expected = z + (z * z - 1.0) * s / 6.0 + (z * z * z - 3.0 * z) * kurtosis / 24.0 -
                            (2.0 * z * z * z - 5.0 * z) * s * s / 36.0;
    near_to(v, -0.001 + 0.02 * expected, 1e-15);
}

/* ---------------------------------------------------------------------------------------- refusals */

static mvo_error error;

static void expect(mvo_status got, mvo_status status, const char *argument, int64_t row)
{
    if (got != status || strcmp(error.argument, argument) != 0 || error.row != row || !error.message[0])
        fail_msg("%s of %s[%d] (%s)", mvo_status_name(got), error.argument, (int)error.row, error.message);
    error = (mvo_error)MVO_ERROR_INIT;
}

/* Values 1.1, 0.88, 0.924, 0.8316, 1.08108: falls of 0, 0.2, 0.16, 0.244, 0.0172 from 1.1. */
static void compounded_drawdowns_by_hand(void **state)
{
    (void)state;
    const double returns[10] = { 0.1, -0.2, 0.05, -0.1, 0.3, 0.0, 0.1, -0.1, -1.0, 0.5 };
    const double one[2] = { 1.0, 0.0 }, other[2] = { 0.0, 1.0 }, mixed[2] = { 0.7, 0.2 };
    static const int32_t measures[3] = { MVO_RISK_COMPOUNDED_AVERAGE_DRAWDOWN, MVO_RISK_COMPOUNDED_MAXIMUM_DRAWDOWN,
                                         MVO_RISK_COMPOUNDED_CDAR };
    static const double expected[3] = { 0.6212 / 5.0, 0.244, (0.244 + 0.2) / 2.0 };
    mvo_scenarios *s = NULL;
    assert_int_equal(mvo_scenarios_new(&s, NULL, 5, 2, returns, 5, NULL, MVO_CHECK_ALL, NULL), MVO_OK);
    for (size_t i = 0; i < 3; i++) {
        const double level = i == 2 ? 0.6 : 0.0, h = 1e-6;
        double risk = 0.0, slope[2], up, down;
        assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, s, one, measures[i], level, NULL), MVO_OK);
        near_to(risk, expected[i], 1e-15);
        assert_int_equal(mvo_tail_risk(&risk, slope, NULL, s, mixed, measures[i], level, NULL), MVO_OK);
        for (size_t j = 0; j < 2; j++) {
            double at[2] = { mixed[0], mixed[1] };
            at[j] = mixed[j] + h;
            assert_int_equal(mvo_tail_risk(&up, NULL, NULL, s, at, measures[i], level, NULL), MVO_OK);
            at[j] = mixed[j] - h;
            assert_int_equal(mvo_tail_risk(&down, NULL, NULL, s, at, measures[i], level, NULL), MVO_OK);
            near_to(slope[j], (up - down) / (2.0 * h), 1e-8);
        }
    }
    double ruin = 0.0, slope[2];
    assert_int_equal(mvo_tail_risk(&ruin, slope, NULL, s, other, MVO_RISK_COMPOUNDED_MAXIMUM_DRAWDOWN, 0.0, NULL), MVO_OK);
    near_to(ruin, 1.0, 0.0); /* what has come to nothing stays there */
    assert_true(isfinite(slope[0]) && isfinite(slope[1]));
    mvo_scenarios_unref(s);
}

static void bad_arguments_of_measures(void **state)
{
    (void)state;
    error = (mvo_error)MVO_ERROR_INIT;
    mvo_scenarios *s = make(NULL);
    const double bad[N] = { 0.0, NAN };
    double risk = 7.0, rows[N] = { 7.0, 7.0 };
    expect(mvo_tail_risk(&risk, rows, rows, NULL, first, MVO_RISK_CVAR, 0.95, &error), MVO_ERROR_NULL, "scenarios", -1);
    expect(mvo_tail_risk(&risk, rows, rows, s, NULL, MVO_RISK_CVAR, 0.95, &error), MVO_ERROR_NULL, "weights", -1);
    expect(mvo_tail_risk(&risk, rows, rows, s, bad, MVO_RISK_CVAR, 0.95, &error), MVO_ERROR_NOT_FINITE, "weights", 1);
    expect(mvo_tail_risk(&risk, rows, rows, s, first, 0, 0.95, &error), MVO_ERROR_ARGUMENT, "measure", -1);
    expect(mvo_tail_risk(&risk, rows, rows, s, first, 15, 0.95, &error), MVO_ERROR_ARGUMENT, "measure", -1);
    expect(mvo_tail_risk(&risk, rows, rows, s, first, MVO_RISK_COMPOUNDED_CDAR, 0.95, &error), MVO_ERROR_ARGUMENT, "total", -1);
    expect(mvo_tail_risk(&risk, rows, NULL, s, first, MVO_RISK_COMPOUNDED_CDAR, 0.05, &error), MVO_ERROR_OUT_OF_RANGE,
           "level", -1);
    static const double levels[5] = { 0.05, 0.5, 1.0, -INFINITY, 2.0 };
    for (size_t i = 0; i < 5; i++)
        expect(mvo_tail_risk(&risk, rows, rows, s, first, MVO_RISK_CDAR, levels[i], &error), MVO_ERROR_OUT_OF_RANGE,
               "level", -1);
    expect(mvo_tail_risk(&risk, rows, rows, s, first, MVO_RISK_EVAR, NAN, &error), MVO_ERROR_NOT_FINITE, "level", -1);
    expect(mvo_tail_risk(&risk, rows, rows, s, first, MVO_RISK_WORST, 0.95, &error), MVO_ERROR_OUT_OF_RANGE, "level",
           -1);
    expect(mvo_tail_risk(&risk, rows, rows, s, first, MVO_RISK_WORST, NAN, &error), MVO_ERROR_NOT_FINITE, "level", -1);
    expect(mvo_lower_partial_moment(&risk, rows, NULL, first, 0.0, 1.0, &error), MVO_ERROR_NULL, "scenarios", -1);
    expect(mvo_lower_partial_moment(&risk, rows, s, NULL, 0.0, 1.0, &error), MVO_ERROR_NULL, "weights", -1);
    expect(mvo_lower_partial_moment(&risk, rows, s, bad, 0.0, 1.0, &error), MVO_ERROR_NOT_FINITE, "weights", 1);
    expect(mvo_lower_partial_moment(&risk, rows, s, first, NAN, 1.0, &error), MVO_ERROR_NOT_FINITE, "threshold", -1);
    expect(mvo_lower_partial_moment(&risk, rows, s, first, 0.0, INFINITY, &error), MVO_ERROR_NOT_FINITE, "order", -1);
    expect(mvo_lower_partial_moment(&risk, rows, s, first, 0.0, -1.0, &error), MVO_ERROR_ARGUMENT, "order", -1);
    expect(mvo_lower_partial_moment(&risk, rows, s, first, 0.0, 0.5, &error), MVO_ERROR_ARGUMENT, "order", -1);
    near_to(risk, 7.0, 0.0);
    near_to(rows[0] + rows[1], 14.0, 0.0);
    mvo_scenarios_unref(s);
}

static void bad_arguments_of_laws(void **state)
{
    (void)state;
    error = (mvo_error)MVO_ERROR_INIT;
    double v = 7.0, c = 7.0;
    expect(mvo_normal_tail(&v, &c, NAN, 1.0, 0.95, &error), MVO_ERROR_NOT_FINITE, "mean", -1);
    expect(mvo_normal_tail(&v, &c, 0.0, INFINITY, 0.95, &error), MVO_ERROR_NOT_FINITE, "volatility", -1);
    expect(mvo_normal_tail(&v, &c, 0.0, -1.0, 0.95, &error), MVO_ERROR_ARGUMENT, "volatility", -1);
    expect(mvo_normal_tail(&v, &c, 0.0, 1.0, 0.05, &error), MVO_ERROR_OUT_OF_RANGE, "level", -1);
    expect(mvo_student_tail(&v, &c, 0.0, 1.0, 2.0, 0.95, &error), MVO_ERROR_OUT_OF_RANGE, "degrees", -1);
    expect(mvo_student_tail(&v, &c, 0.0, 1.0, NAN, 0.95, &error), MVO_ERROR_NOT_FINITE, "degrees", -1);
    expect(mvo_student_tail(&v, &c, NAN, 1.0, 3.0, 0.95, &error), MVO_ERROR_NOT_FINITE, "mean", -1);
    expect(mvo_cornish_fisher_tail(&v, &c, 0.0, 1.0, NAN, 0.0, 0.95, &error), MVO_ERROR_NOT_FINITE, "skewness", -1);
    expect(mvo_cornish_fisher_tail(&v, &c, 0.0, 1.0, 0.0, NAN, 0.95, &error), MVO_ERROR_NOT_FINITE, "excess_kurtosis",
           -1);
    expect(mvo_cornish_fisher_tail(&v, &c, 0.0, 1.0, -3.0, 0.0, 0.95, &error), MVO_ERROR_OUT_OF_RANGE, "skewness", -1);
    expect(mvo_cornish_fisher_tail(&v, &c, 0.0, -1.0, 0.0, 0.0, 0.95, &error), MVO_ERROR_ARGUMENT, "volatility", -1);
    near_to(v, 7.0, 0.0);
    near_to(c, 7.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_by_hand),
        cmocka_unit_test(quantiles_with_probabilities),
        cmocka_unit_test(deviations_and_drawdowns_by_hand),
        cmocka_unit_test(entropic_risk_of_three_points),
        cmocka_unit_test(compounded_drawdowns_by_hand),
        cmocka_unit_test(contributions_add_up),
        cmocka_unit_test(ties_are_shared),
        cmocka_unit_test(laws_agree_with_tables),
        cmocka_unit_test(expansion_is_the_mean_of_its_quantile),
        cmocka_unit_test(bad_arguments_of_measures),
        cmocka_unit_test(bad_arguments_of_laws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
