/* SPDX-License-Identifier: MIT */
/*
 * The questions a frontier answers, on frontiers put together by hand from published corners and from closed forms.
 * Return and variance are always recomputed here from the weights that came back, in long double.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "portfolio/frontier.h"

enum { MOST = 10 };

/* A universe and the corners to be put together; lambdas and weights come from the literature. */
typedef struct universe {
    size_t n, corners;
    double mu[MOST], sigma[MOST][MOST], lambda[MOST], w[MOST][MOST];
} universe;

/* Markowitz, Portfolio Selection (1959), chapter VIII. */
static const universe markowitz = {
    3,
    4,
    { 0.062, 0.146, 0.128 },
    { { 0.0146, 0.0187, 0.0145 }, { 0.0187, 0.0854, 0.0104 }, { 0.0145, 0.0104, 0.0289 } },
    { 4.16666666666667, 0.14080643200194537, 0.03332764893133249, 0.0 },
    { { 0, 1, 0 },
      { 0, 0.22496808316614986, 0.7750319168338502 },
      { 0.8414051841746242, 0, 0.15859481582537574 },
      { 0.993103448275862, 0, 0.006896551724137945 } },
};

/* The ten assets of Markowitz & Todd (2000) with the corners of Bailey & Lopez de Prado (2013). */
static const universe todd = {
    10,
    10,
    { 1.175, 1.19, 0.396, 1.12, 0.346, 0.679, 0.089, 0.73, 0.481, 1.08 },
    { { 0.40755159, 0.03175842, 0.05183923, 0.05663904, 0.0330226, 0.00827775, 0.02165938, 0.01332419, 0.0343476,
        0.02249903 },
      { 0.03175842, 0.9063047, 0.03136385, 0.02687256, 0.01917172, 0.00934384, 0.02495043, 0.00761036, 0.02874874,
        0.01336866 },
      { 0.05183923, 0.03136385, 0.19490901, 0.04408485, 0.03006772, 0.01322738, 0.03525971, 0.0115493, 0.0427563,
        0.02057303 },
      { 0.05663904, 0.02687256, 0.04408485, 0.19528471, 0.02777345, 0.00526665, 0.01375808, 0.00780878, 0.02914176,
        0.01640377 },
      { 0.0330226, 0.01917172, 0.03006772, 0.02777345, 0.34059105, 0.00777055, 0.02067844, 0.00736409, 0.02542657,
        0.01284075 },
      { 0.00827775, 0.00934384, 0.01322738, 0.00526665, 0.00777055, 0.15983874, 0.02105575, 0.00518686, 0.01723737,
        0.00723779 },
      { 0.02165938, 0.02495043, 0.03525971, 0.01375808, 0.02067844, 0.02105575, 0.68056711, 0.01377882, 0.04627027,
        0.01926088 },
      { 0.01332419, 0.00761036, 0.0115493, 0.00780878, 0.00736409, 0.00518686, 0.01377882, 0.95526918, 0.0106553,
        0.00760955 },
      { 0.0343476, 0.02874874, 0.0427563, 0.02914176, 0.02542657, 0.01723737, 0.04627027, 0.0106553, 0.31681584,
        0.01854318 },
      { 0.02249903, 0.01336866, 0.02057303, 0.01640377, 0.01284075, 0.00723779, 0.01926088, 0.00760955, 0.01854318,
        0.11079287 } },
    { 58.30308533333371, 4.1742728458857545, 1.945566141455883, 0.1645811749447761, 0.1473887508934171,
      0.05617220400275158, 0.052048190674580205, 0.036521613747270656, 0.030971168861678753, 0.0 },
    { { 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 },
      { 0.649369407093181, 0.35063059290681897, 0, 0, 0, 0, 0, 0, 0, 0 },
      { 0.4339841341086233, 0.23124750065448724, 0, 0.3347683652368895, 0, 0, 0, 0, 0, 0 },
      { 0.12688785385570886, 0.07234334721032556, 0, 0.2812537492633406, 0, 0, 0, 0, 0, 0.519515049670625 },
      { 0.1232010040590673, 0.07044407130753662, 0, 0.2789935668090117, 0, 0, 0, 0.00643556436288719, 0,
        0.5209257934614973 },
      { 0.0869215492990579, 0.0504510422685584, 0, 0.22359401742288834, 0, 0.1738316150715647, 0, 0.030173015551356194,
        0, 0.43502876038657434 },
      { 0.08467094119962172, 0.04925385874111865, 0, 0.21963390336360714, 0, 0.18003923464176075, 0,
        0.031029801855353523, 0.006485702415438527, 0.4288865577830998 },
      { 0.07378925302280318, 0.043828660769718863, 0, 0.19897560805881462, 0.026158159857441944, 0.1981518722797053, 0,
        0.033419586399198, 0.027902966026643647, 0.3977738935856744 },
      { 0.06834400480527457, 0.0413870268206493, 0.015215259551836766, 0.1881344310704583, 0.0341624859927482,
        0.2023194321474713, 0, 0.03392932355956689, 0.033632649591729444, 0.3828753864602651 },
      { 0.036968581479215, 0.026900837800810484, 0.09494243056479873, 0.1257759521946725, 0.07674608103254753,
        0.219355671316169, 0.029987096882220284, 0.03596328462138633, 0.06134983772972707, 0.2920102263784531 } },
};

/* Sharpe, Macro-Investment Analysis: bounds 0.2 and 0.5, a kink where the portfolio stays while lambda moves. */
static const universe sharpe_kinked = {
    3,
    7,
    { 2.8, 6.3, 10.8 },
    { { 1, 2.96, 2.31 }, { 2.96, 54.76, 39.886 }, { 2.31, 39.886, 237.16 } },
    { 20.898844444444443, 11.470044444444447, 11.1475, 10.510888123471753, 7.551921700040866, 6.8672, 0 },
    { { 0.2, 0.3, 0.5 },
      { 0.2, 0.5, 0.3 },
      { 0.2, 0.5, 0.3 },
      { 0.2218073778034857, 0.5, 0.27819262219651436 },
      { 0.45191561095218635, 0.3480843890478137, 0.2 },
      { 0.5, 0.3, 0.2 },
      { 0.5, 0.3, 0.2 } },
};

/* ------------------------------------------------------------------------------------------ helpers */

static double return_of(const universe *u, const double *w)
{
    long double sum = 0;
    for (size_t i = 0; i < u->n; i++)
        sum += (long double)u->mu[i] * w[i];
    return (double)sum;
}

static double variance_of(const universe *u, const double *w)
{
    long double sum = 0;
    for (size_t i = 0; i < u->n; i++)
        for (size_t j = 0; j < u->n; j++)
            sum += (long double)u->sigma[i][j] * w[i] * w[j];
    return (double)sum;
}

static void assert_close(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g, off by %.3g, allowed %.3g", got, expected, got - expected, tolerance);
}

static mvo_frontier *assemble(const universe *u)
{
    mvo_frontier *frontier = NULL;
    double variances[MOST];
    assert_int_equal(mvoi_frontier_new(&frontier, NULL, u->n), MVO_OK);
    for (size_t k = 0; k < u->corners; k++)
        assert_int_equal(
            mvoi_frontier_append(frontier, u->lambda[k], return_of(u, u->w[k]), variance_of(u, u->w[k]), u->w[k]),
            MVO_OK);
    for (size_t i = 0; i < u->n; i++)
        variances[i] = u->sigma[i][i];
    mvoi_frontier_finish(frontier, variances);
    return frontier;
}

/* An answer's return and volatility belong to its weights. */
static void assert_consistent(const universe *u, const double *w, double expected_return, double volatility)
{
    const double variance = variance_of(u, w);
    assert_close(expected_return, return_of(u, w), 1e-13);
    assert_close(volatility * volatility, variance, 1e-12 * variance + 1e-15);
}

/* ------------------------------------------------------------------------------------------ corners */

static void corners_come_back_to_the_bit(void **state)
{
    (void)state;
    const universe *const universes[] = { &markowitz, &todd, &sharpe_kinked };
    for (size_t i = 0; i < 3; i++) {
        const universe *u = universes[i];
        mvo_frontier *frontier = assemble(u);
        assert_int_equal(mvo_frontier_size(frontier), u->n);
        assert_int_equal(mvo_frontier_corner_count(frontier), u->corners);
        for (size_t k = 0; k < u->corners; k++) {
            double lambda = -1, r = -1, volatility = -1, w[MOST];
            memset(w, 0xff, sizeof w);
            assert_int_equal(mvo_frontier_corner(&lambda, &r, &volatility, w, frontier, k), MVO_OK);
            assert_true(lambda == u->lambda[k] && r == return_of(u, u->w[k]));
            assert_true(volatility == sqrt(variance_of(u, u->w[k])));
            assert_memory_equal(w, u->w[k], u->n * sizeof *w);
            assert_int_equal(mvo_frontier_corner(NULL, NULL, NULL, NULL, frontier, k), MVO_OK);
        }
        double untouched = 7;
        assert_int_equal(mvo_frontier_corner(&untouched, NULL, NULL, NULL, frontier, u->corners), MVO_ERROR_ARGUMENT);
        assert_int_equal(mvo_frontier_ray(&untouched, frontier), MVO_ERROR_STATE);
        assert_true(untouched == 7);
        mvo_frontier_unref(frontier);
    }
}

static void nothing_is_asked_of_null(void **state)
{
    (void)state;
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    double x;
    assert_null(mvo_frontier_ref(NULL));
    mvo_frontier_unref(NULL);
    assert_int_equal(mvo_frontier_size(NULL), 0);
    assert_int_equal(mvo_frontier_corner_count(NULL), 0);
    assert_int_equal(mvo_frontier_corner(&x, NULL, NULL, NULL, NULL, 0), MVO_ERROR_NULL);
    assert_int_equal(mvo_frontier_ray(&x, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_frontier_at_lambda(&x, NULL, NULL, NULL, 1, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "frontier");
    assert_int_equal(mvo_frontier_at_return(&x, NULL, NULL, NULL, 1, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_frontier_at_volatility(&x, NULL, NULL, NULL, 1, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &x, NULL, NULL, NULL, NULL, 1, &error), MVO_ERROR_NULL);

    mvo_frontier *frontier = assemble(&markowitz);
    assert_int_equal(mvo_frontier_max_sharpe(NULL, &x, NULL, NULL, NULL, frontier, 0, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "outcome");
    assert_int_equal(mvo_frontier_ray(NULL, frontier), MVO_ERROR_NULL);
    mvo_frontier_unref(frontier);
}

/* --------------------------------------------------------------------------------------- by lambda */

/* On every segment the weights, recomputed here by the critical line's own definition, and their figures agree. */
static void lambda_walks_the_critical_lines(void **state)
{
    (void)state;
    const universe *const universes[] = { &markowitz, &todd, &sharpe_kinked };
    for (size_t i = 0; i < 3; i++) {
        const universe *u = universes[i];
        mvo_frontier *frontier = assemble(u);
        for (size_t k = 0; k + 1 < u->corners; k++) {
            for (int step = 0; step <= 8; step++) {
                const double s = step / 8.0;
                const double lambda = (1 - s) * u->lambda[k + 1] + s * u->lambda[k];
                double w[MOST], r, volatility;
                assert_int_equal(mvo_frontier_at_lambda(&r, &volatility, w, frontier, lambda, NULL), MVO_OK);
                for (size_t j = 0; j < u->n; j++)
                    assert_close(w[j], (1 - s) * u->w[k + 1][j] + s * u->w[k][j], 4e-14);
                assert_consistent(u, w, r, volatility);
            }
        }
        double w[MOST];
        assert_int_equal(mvo_frontier_at_lambda(NULL, NULL, w, frontier, 1e6, NULL), MVO_OK);
        assert_memory_equal(w, u->w[0], u->n * sizeof *w);
        assert_int_equal(mvo_frontier_at_lambda(NULL, NULL, w, frontier, 0, NULL), MVO_OK);
        assert_memory_equal(w, u->w[u->corners - 1], u->n * sizeof *w);
        mvo_frontier_unref(frontier);
    }
}

static void bounds_are_never_passed(void **state)
{
    (void)state;
    mvo_frontier *frontier = assemble(&sharpe_kinked);
    for (int step = 0; step <= 2000; step++) {
        double w[3];
        assert_int_equal(mvo_frontier_at_lambda(NULL, NULL, w, frontier, 0.0105 * step, NULL), MVO_OK);
        for (size_t j = 0; j < 3; j++)
            assert_true(w[j] >= 0.2 && w[j] <= 0.5);
    }
    mvo_frontier_unref(frontier);
}

/* ------------------------------------------------------------------------- by return and volatility */

static void return_and_volatility_find_the_same_portfolio(void **state)
{
    (void)state;
    const universe *const universes[] = { &markowitz, &todd, &sharpe_kinked };
    for (size_t i = 0; i < 3; i++) {
        const universe *u = universes[i];
        mvo_frontier *frontier = assemble(u);
        const double top = u->lambda[0];
        for (int step = 0; step <= 400; step++) {
            const double lambda = top * pow(step / 400.0, 4);
            double r, volatility, w[MOST], other[MOST], figure, back;
            assert_int_equal(mvo_frontier_at_lambda(&r, &volatility, w, frontier, lambda, NULL), MVO_OK);

            assert_int_equal(mvo_frontier_at_return(&back, &figure, other, frontier, r, NULL), MVO_OK);
            assert_consistent(u, other, r, figure);
            for (size_t j = 0; j < u->n; j++)
                assert_close(other[j], w[j], 1e-12);

            assert_int_equal(mvo_frontier_at_volatility(&back, &figure, other, frontier, volatility, NULL), MVO_OK);
            assert_consistent(u, other, figure, volatility);
            /* Near minimum variance the volatility hardly moves: the weights are sharp to sqrt(epsilon) only. */
            for (size_t j = 0; j < u->n; j++)
                assert_close(other[j], w[j], lambda < 1e-3 * top ? 1e-6 : 1e-11);
        }
        mvo_frontier_unref(frontier);
    }
}

static void ends_are_found_in_spite_of_rounding(void **state)
{
    (void)state;
    mvo_frontier *frontier = assemble(&todd);
    double r, volatility, w[MOST], lambda;
    for (size_t k = 0; k < todd.corners; k += todd.corners - 1) {
        assert_int_equal(mvo_frontier_corner(NULL, &r, &volatility, NULL, frontier, k), MVO_OK);
        for (int ulps = -2; ulps <= 2; ulps++) {
            const double nudge = 1 + ulps * 2.3e-16;
            assert_int_equal(mvo_frontier_at_return(&lambda, NULL, w, frontier, r * nudge, NULL), MVO_OK);
            assert_close(lambda, todd.lambda[k], 1e-8);
            assert_int_equal(mvo_frontier_at_volatility(&lambda, NULL, w, frontier, volatility * nudge, NULL), MVO_OK);
            assert_close(lambda, todd.lambda[k], 1e-6);
            for (size_t j = 0; j < todd.n; j++)
                assert_close(w[j], todd.w[k][j], 1e-5);
        }
    }
    mvo_frontier_unref(frontier);
}

static void ranges_are_named(void **state)
{
    (void)state;
    mvo_frontier *frontier = assemble(&markowitz);
    double out = 7;
    const struct {
        mvo_status (*ask)(double *, double *, double *, const mvo_frontier *, double, mvo_error *);
        double target, limit;
        mvo_status status;
        const char *argument;
    } cases[] = {
        { mvo_frontier_at_return, 0.147, 0.146, MVO_ERROR_OUT_OF_RANGE, "expected_return" },
        { mvo_frontier_at_return, 0.05, 0.06245517241379309, MVO_ERROR_OUT_OF_RANGE, "expected_return" },
        { mvo_frontier_at_volatility, 0.3, 0.29223278392404917, MVO_ERROR_OUT_OF_RANGE, "volatility" },
        { mvo_frontier_at_volatility, 0.12, sqrt(0.00021169 / 0.0145), MVO_ERROR_OUT_OF_RANGE, "volatility" },
        { mvo_frontier_at_volatility, -1, sqrt(0.00021169 / 0.0145), MVO_ERROR_OUT_OF_RANGE, "volatility" },
        { mvo_frontier_at_lambda, -1e-30, 0, MVO_ERROR_OUT_OF_RANGE, "lambda" },
        { mvo_frontier_at_lambda, NAN, 0, MVO_ERROR_NOT_FINITE, "lambda" },
        { mvo_frontier_at_lambda, INFINITY, 0, MVO_ERROR_NOT_FINITE, "lambda" },
        { mvo_frontier_at_return, NAN, 0, MVO_ERROR_NOT_FINITE, "expected_return" },
        { mvo_frontier_at_volatility, INFINITY, 0, MVO_ERROR_NOT_FINITE, "volatility" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mvo_error error = MVO_ERROR_INIT;
        assert_int_equal(cases[i].ask(&out, &out, &out, frontier, cases[i].target, &error), cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        assert_string_equal(error.argument, cases[i].argument);
        assert_close(error.limit, cases[i].limit, 1e-7);
        assert_non_null(strstr(error.message, cases[i].argument));
        assert_true(out == 7);
    }
    mvo_outcome outcome = 7;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &out, &out, &out, &out, frontier, NAN, &error),
                     MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.argument, "rf");
    assert_true(out == 7 && outcome == 7);
    mvo_frontier_unref(frontier);
}

/* -------------------------------------------------------------------------------------- max Sharpe */

static void maximum_sharpe_as_published(void **state)
{
    (void)state;
    static const double published[MOST] = { 0.08397318948217423,   0.04890598613711377, 0, 0.21830925954049477,
                                            0.0016773041709357821, 0.18120064671441183, 0, 0.031183038765169507,
                                            0.007859012532850177,  0.42689156265685 };
    mvo_frontier *frontier = assemble(&todd);
    mvo_outcome outcome = -1;
    double sharpe, r, volatility, w[MOST];
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, &r, &volatility, w, frontier, 0, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_close(sharpe, 4.453533476646409, 1e-13);
    for (size_t j = 0; j < todd.n; j++)
        assert_close(w[j], published[j], 1e-12);
    assert_consistent(&todd, w, r, volatility);
    mvo_frontier_unref(frontier);
}

/* For any rate: no portfolio on a fine walk along the frontier has a larger ratio, and the tangency is exact. */
static void maximum_sharpe_beats_the_whole_walk(void **state)
{
    (void)state;
    const universe *const universes[] = { &markowitz, &todd, &sharpe_kinked };
    for (size_t i = 0; i < 3; i++) {
        const universe *u = universes[i];
        mvo_frontier *frontier = assemble(u);
        const double most = return_of(u, u->w[0]), least = return_of(u, u->w[u->corners - 1]);
        for (int trial = -40; trial < 40; trial++) {
            const double rf = least + (most - least) * trial / 40.0;
            mvo_outcome outcome = -1;
            double sharpe, r, volatility, w[MOST], best = -INFINITY;
            assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, &r, &volatility, w, frontier, rf, NULL),
                             MVO_OK);
            assert_int_equal(outcome, MVO_OPTIMAL);
            assert_consistent(u, w, r, volatility);
            assert_close(sharpe, (return_of(u, w) - rf) / sqrt(variance_of(u, w)), 1e-12 * (1 + fabs(sharpe)));
            for (int step = 0; step <= 3000; step++) {
                double x, v;
                assert_int_equal(
                    mvo_frontier_at_return(NULL, &v, NULL, frontier, least + (most - least) * step / 3000.0, NULL),
                    MVO_OK);
                x = least + (most - least) * step / 3000.0 - rf;
                best = fmax(best, x / v);
            }
            assert_true(sharpe >= best * (1 - 1e-13));
            assert_true(sharpe <= best * (1 + 1e-4)); /* and the walk comes close to it */
        }
        mvo_outcome outcome = -1;
        double untouched = 7;
        assert_int_equal(
            mvo_frontier_max_sharpe(&outcome, &untouched, &untouched, &untouched, &untouched, frontier, most, NULL),
            MVO_OK);
        assert_int_equal(outcome, MVO_NO_EXCESS_RETURN);
        assert_true(untouched == 7);
        mvo_frontier_unref(frontier);
    }
}

/* ------------------------------------------------------------------------------------ riskless ends */

/* Cash at 1 % and a stock with mean 5 %, volatility 20 %: w = lambda (0.05 - 0.01) / 0.04 in the stock, up to 1. */
static const universe cash_and_stock = {
    2, 2, { 0.01, 0.05 }, { { 0, 0 }, { 0, 0.04 } }, { 1.0, 0.0 }, { { 0, 1 }, { 1, 0 } },
};

static void cash_and_a_stock(void **state)
{
    (void)state;
    mvo_frontier *frontier = assemble(&cash_and_stock);
    double r, volatility, lambda, sharpe, w[2];
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_frontier_at_lambda(&r, &volatility, w, frontier, 0.3, NULL), MVO_OK);
    assert_close(w[1], 0.3, 1e-16);
    assert_close(volatility, 0.06, 1e-16);
    assert_int_equal(mvo_frontier_at_volatility(&lambda, &r, w, frontier, 1e-9, NULL), MVO_OK);
    assert_close(w[1], 5e-9, 1e-23);
    assert_close(lambda, 5e-9, 1e-23);

    /* Below the cash rate: riskless gains without end. At it: any mix has the stock's ratio. Above: all in the stock.
     */
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, NULL, NULL, NULL, NULL, frontier, 0.009, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_NOT_ATTAINED);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, NULL, frontier, 0.01, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_close(sharpe, 0.2, 1e-15);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, w, frontier, 0.02, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_close(sharpe, 0.15, 1e-15);
    assert_close(w[1], 1, 1e-15);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, NULL, NULL, NULL, NULL, frontier, 0.05, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_NO_EXCESS_RETURN);
    mvo_frontier_unref(frontier);
}

/* Two stocks that hedge each other perfectly: the riskless mix has a variance of rounding, not of zero. */
static void a_hedge_is_riskless_to_rounding(void **state)
{
    (void)state;
    mvo_frontier *frontier = NULL;
    const double top[2] = { 1, 0 }, hedge[2] = { 1.0 / 3, 2.0 / 3 }, variances[2] = { 0.04, 0.01 };
    mvo_outcome outcome = -1;
    assert_int_equal(mvoi_frontier_new(&frontier, NULL, 2), MVO_OK);
    assert_int_equal(mvoi_frontier_append(frontier, 1.5, 0.06, 0.04, top), MVO_OK);
    assert_int_equal(mvoi_frontier_append(frontier, 0, 0.1 / 3, 3e-19, hedge), MVO_OK);
    mvoi_frontier_finish(frontier, variances);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, NULL, NULL, NULL, NULL, frontier, 0.01, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_NOT_ATTAINED);
    double sharpe;
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, NULL, frontier, 0.1 / 3, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_close(sharpe, (0.06 - 0.1 / 3) / 0.2, 1e-14);
    mvo_frontier_unref(frontier);

    /* A hedge that leaves a volatility of 3e-7 is genuine, and so is one all in an asset that is hardly risky. */
    const double coin[2] = { 0, 1 }, apart[2] = { 0.04, 1e-14 };
    for (int alone = 0; alone < 2; alone++) {
        assert_int_equal(mvoi_frontier_new(&frontier, NULL, 2), MVO_OK);
        assert_int_equal(mvoi_frontier_append(frontier, 1.5, 0.06, 0.04, top), MVO_OK);
        assert_int_equal(mvoi_frontier_append(frontier, 0, 0.1 / 3, alone ? 1e-14 : 1e-13, alone ? coin : hedge),
                         MVO_OK);
        mvoi_frontier_finish(frontier, alone ? apart : variances);
        assert_int_equal(mvo_frontier_max_sharpe(&outcome, NULL, NULL, NULL, NULL, frontier, 0.01, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        mvo_frontier_unref(frontier);
    }
}

/* Cash earning exactly rf beside one stock of any mean and volatility: the ratio is the stock's, whatever is rounded.
 */
static void cash_at_the_riskfree_rate(void **state)
{
    (void)state;
    for (int i = 1; i < 200; i++) {
        const double rf = 0.0001 * i, mean = rf + 0.00037 * sqrt(i), risk = 0.013 * cbrt(i),
                     variances[2] = { 0, risk * risk };
        const double lambda = risk * risk / (mean - rf);
        mvo_frontier *frontier = NULL;
        mvo_outcome outcome = -1;
        double sharpe = 0;
        assert_int_equal(mvoi_frontier_new(&frontier, NULL, 2), MVO_OK);
        assert_int_equal(mvoi_frontier_append(frontier, lambda, mean, risk * risk, (const double[2]){ 0, 1 }), MVO_OK);
        assert_int_equal(
            mvoi_frontier_append(frontier, 0, rf * (1 + (i % 3 - 1) * 2e-16), 0, (const double[2]){ 1, 0 }), MVO_OK);
        mvoi_frontier_finish(frontier, variances);
        assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, NULL, frontier, rf, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_close(sharpe, (mean - rf) / risk, 1e-14);
        mvo_frontier_unref(frontier);
    }
}

static void a_single_portfolio(void **state)
{
    (void)state;
    mvo_frontier *frontier = NULL;
    const double w[2] = { 0.5, 0.5 }, variances[2] = { 0.04, 0.04 };
    mvo_outcome outcome = -1;
    double lambda, v, sharpe, out[2];
    assert_int_equal(mvoi_frontier_new(&frontier, NULL, 2), MVO_OK);
    assert_int_equal(mvoi_frontier_append(frontier, 0, 0.03, 0.02, w), MVO_OK);
    mvoi_frontier_finish(frontier, variances);
    assert_int_equal(mvo_frontier_at_lambda(&v, NULL, out, frontier, 5, NULL), MVO_OK);
    assert_true(v == 0.03 && out[0] == 0.5);
    assert_int_equal(mvo_frontier_at_return(&lambda, &v, NULL, frontier, 0.03, NULL), MVO_OK);
    assert_true(lambda == 0 && v == sqrt(0.02));
    assert_int_equal(mvo_frontier_at_volatility(&lambda, &v, NULL, frontier, sqrt(0.02), NULL), MVO_OK);
    assert_true(lambda == 0 && v == 0.03);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, NULL, frontier, 0.01, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_close(sharpe, 0.02 / sqrt(0.02), 1e-15);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, NULL, frontier, 0.03, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_NO_EXCESS_RETURN);
    mvo_frontier_unref(frontier);
}

/* A jump: at lambda = 2 the weights move from one riskless mix to another, both equally good there (tied by a
   zero-variance direction), so return moves while variance moves along with 2 lambda dR. */
static void a_jump_at_constant_lambda(void **state)
{
    (void)state;
    mvo_frontier *frontier = NULL;
    const double high[2] = { 1, 0 }, middle[2] = { 0.5, 0.5 }, low[2] = { 0, 1 };
    double lambda, r, volatility, w[2];
    assert_int_equal(mvoi_frontier_new(&frontier, NULL, 2), MVO_OK);
    assert_int_equal(mvoi_frontier_append(frontier, 2, 0.5, 1.8, high), MVO_OK);
    assert_int_equal(mvoi_frontier_append(frontier, 2, 0.3, 1.0, middle), MVO_OK);
    assert_int_equal(mvoi_frontier_append(frontier, 0, 0.1, 0.6, low), MVO_OK);
    assert_int_equal(mvo_frontier_at_return(&lambda, &volatility, w, frontier, 0.35, NULL), MVO_OK);
    assert_close(lambda, 2, 0);
    assert_close(volatility * volatility, 1.2, 1e-15);
    assert_close(w[0], 0.625, 1e-15);
    assert_int_equal(mvo_frontier_at_volatility(&lambda, &r, w, frontier, sqrt(1.4), NULL), MVO_OK);
    assert_close(r, 0.4, 1e-15);
    assert_close(lambda, 2, 0);
    assert_int_equal(mvo_frontier_at_lambda(&r, NULL, NULL, frontier, 2, NULL), MVO_OK);
    assert_close(r, 0.5, 0);
    mvo_frontier_unref(frontier);
}

/* --------------------------------------------------------------------------------------------- rays */

/*
 * Two uncorrelated assets, sum w = 1, shorts allowed: means 0.1 and 0.04, volatilities 0.3 and 0.1. Merton (1972):
 * minimum variance at w = (0.1, 0.9); the direction per lambda is (mu_1 - mu_2) / (s1^2 + s2^2) (1, -1) = 0.6 (1, -1).
 */
static const universe pair = {
    2, 1, { 0.1, 0.04 }, { { 0.09, 0 }, { 0, 0.01 } }, { 0 }, { { 0.1, 0.9 } },
};

static mvo_frontier *assemble_pair(void)
{
    mvo_frontier *frontier = assemble(&pair);
    const double direction[2] = { 0.6, -0.6 };
    assert_int_equal(mvoi_frontier_set_ray(frontier, direction, 0.6 * 0.1 - 0.6 * 0.04), MVO_OK);
    return frontier;
}

static void a_ray_is_mertons_hyperbola(void **state)
{
    (void)state;
    mvo_frontier *frontier = assemble_pair();
    double r, volatility, lambda, w[2], direction[2];
    assert_int_equal(mvo_frontier_ray(direction, frontier), MVO_OK);
    assert_true(direction[0] == 0.6 && direction[1] == -0.6);
    for (int step = 0; step <= 300; step++) {
        const double x = 0.1 + 0.05 * step; /* weight of the first asset */
        const double expected = 0.04 + 0.06 * x, risk = sqrt(0.09 * x * x + 0.01 * (1 - x) * (1 - x));
        assert_int_equal(mvo_frontier_at_lambda(&r, &volatility, w, frontier, (x - 0.1) / 0.6, NULL), MVO_OK);
        assert_close(w[0], x, 1e-14);
        assert_close(w[1], 1 - x, 1e-14);
        assert_close(r, expected, 1e-15);
        assert_close(volatility, risk, 2e-15);
        assert_int_equal(mvo_frontier_at_return(&lambda, &volatility, w, frontier, expected, NULL), MVO_OK);
        assert_close(w[0], x, 1e-13);
        assert_close(volatility, risk, 2e-15);
        assert_int_equal(mvo_frontier_at_volatility(&lambda, &r, w, frontier, risk, NULL), MVO_OK);
        assert_close(w[0], x, step ? 1e-13 : 1e-7);
        assert_close(lambda, (x - 0.1) / 0.6, step ? 2e-13 : 2e-7);
    }
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_frontier_at_return(&lambda, NULL, NULL, frontier, 0.04, &error), MVO_ERROR_OUT_OF_RANGE);
    assert_int_equal(mvo_frontier_at_return(&lambda, NULL, NULL, frontier, 1e300, &error), MVO_ERROR_OUT_OF_RANGE);
    assert_non_null(strstr(error.message, "overflows"));
    mvo_frontier_unref(frontier);
}

/* Tangency of two uncorrelated assets: w proportional to (mu - rf) / variance. */
static void the_tangency_on_a_ray(void **state)
{
    (void)state;
    mvo_frontier *frontier = assemble_pair();
    const double center = 0.046; /* return of the minimum-variance portfolio */
    for (int step = 1; step < 200; step++) {
        const double rf = center - step * 0.001;
        const double a = (0.1 - rf) / 0.09, b = (0.04 - rf) / 0.01;
        mvo_outcome outcome = -1;
        double sharpe, r, volatility, w[2];
        assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, &r, &volatility, w, frontier, rf, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_close(w[0], a / (a + b), 1e-12);
        assert_close(w[1], b / (a + b), 1e-12);
        assert_close(sharpe, sqrt((0.1 - rf) * a + (0.04 - rf) * b), 1e-12);
    }
    for (int step = 0; step < 100; step++) {
        mvo_outcome outcome = -1;
        assert_int_equal(
            mvo_frontier_max_sharpe(&outcome, NULL, NULL, NULL, NULL, frontier, center + step * 0.01, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_NOT_ATTAINED);
    }
    mvo_frontier_unref(frontier);
}

/* Cash at 1 % and a stock, shorts allowed: from cash a ray of leverage; lambda = w v / (mu - r). */
static void leverage_over_cash(void **state)
{
    (void)state;
    mvo_frontier *frontier = NULL;
    const double cash[2] = { 1, 0 }, direction[2] = { -1, 1 }, variances[2] = { 0, 0.04 };
    mvo_outcome outcome = -1;
    double sharpe, lambda, r, w[2];
    assert_int_equal(mvoi_frontier_new(&frontier, NULL, 2), MVO_OK);
    assert_int_equal(mvoi_frontier_append(frontier, 0, 0.01, 0, cash), MVO_OK);
    assert_int_equal(mvoi_frontier_set_ray(frontier, direction, 0.04), MVO_OK);
    mvoi_frontier_finish(frontier, variances);
    assert_int_equal(mvo_frontier_at_volatility(&lambda, &r, w, frontier, 0.5, NULL), MVO_OK);
    assert_close(w[1], 2.5, 1e-15);
    assert_close(r, 0.11, 1e-15);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, w, frontier, 0.01, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_close(sharpe, 0.2, 1e-15);
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, NULL, NULL, NULL, NULL, frontier, 0.005, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_NOT_ATTAINED); /* cash beats rf */
    assert_int_equal(mvo_frontier_max_sharpe(&outcome, NULL, NULL, NULL, NULL, frontier, 0.02, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_NOT_ATTAINED); /* more leverage, always better */
    mvo_frontier_unref(frontier);
}

/* ------------------------------------------------------------------------------------------- memory */

typedef struct ration {
    long left;  /* allocations still granted; negative: all */
    long alive; /* blocks not given back */
} ration;

static void *ration_allocate(void *user, size_t size)
{
    ration *r = user;
    if (!r->left)
        return NULL;
    r->left -= r->left > 0;
    r->alive++;
    return malloc(size);
}

static void ration_release(void *user, void *pointer)
{
    ((ration *)user)->alive--;
    free(pointer);
}

/* Every allocation of a frontier under construction fails once; what stood before still stands, and a retry works. */
static void running_out_of_memory_changes_nothing(void **state)
{
    (void)state;
    ration r = { -1, 0 };
    mvo_context *context = NULL;
    assert_int_equal(mvo_context_new(&context, ration_allocate, ration_release, NULL, &r, NULL), MVO_OK);
    for (long granted = 0; granted < 40; granted++) {
        mvo_frontier *frontier = NULL;
        size_t failures = 0;
        r.left = granted;
        if (mvoi_frontier_new(&frontier, context, 3)) {
            assert_null(frontier);
            r.left = -1;
            assert_int_equal(mvoi_frontier_new(&frontier, context, 3), MVO_OK);
            failures++;
        }
        for (size_t k = 0; k < 100; k++) {
            const double w[3] = { (double)k, k % 2 ? 1.0 : 0.0, -1 };
            if (mvoi_frontier_append(frontier, 100.0 - (double)k, (double)k, 1, w)) {
                assert_int_equal(mvo_frontier_corner_count(frontier), k);
                r.left = -1;
                assert_int_equal(mvoi_frontier_append(frontier, 100.0 - (double)k, (double)k, 1, w), MVO_OK);
                failures++;
            }
        }
        if (mvoi_frontier_set_ray(frontier, (const double[3]){ 1, 2, 3 }, 1)) {
            assert_int_equal(mvo_frontier_ray((double[3]){ 0 }, frontier), MVO_ERROR_STATE);
            failures++;
        }
        assert_true(granted > 15 || failures == 1);
        for (size_t k = 0; k < 100; k++) {
            double lambda, value, w[3];
            assert_int_equal(mvo_frontier_corner(&lambda, &value, NULL, w, frontier, k), MVO_OK);
            assert_true(lambda == 100.0 - (double)k && value == (double)k);
            assert_true(w[0] == (double)k && w[1] == (k % 2 ? 1.0 : 0.0) && w[2] == -1);
        }
        mvo_frontier_unref(frontier);
        r.left = -1;
        assert_int_equal(r.alive, 1); /* the context itself */
    }
    mvo_context_unref(context);
    assert_int_equal(r.alive, 0);
}

static void references_are_counted(void **state)
{
    (void)state;
    ration r = { -1, 0 };
    mvo_context *context = NULL;
    mvo_frontier *frontier = NULL;
    assert_int_equal(mvo_context_new(&context, ration_allocate, ration_release, NULL, &r, NULL), MVO_OK);
    assert_int_equal(mvoi_frontier_new(&frontier, context, 1), MVO_OK);
    mvo_context_unref(context); /* the frontier keeps it */
    assert_int_equal(mvoi_frontier_append(frontier, 0, 1, 1, (const double[1]){ 1 }), MVO_OK);
    assert_ptr_equal(mvo_frontier_ref(frontier), frontier);
    mvo_frontier_unref(frontier);
    assert_int_equal(mvo_frontier_corner_count(frontier), 1);
    mvo_frontier_unref(frontier);
    assert_int_equal(r.alive, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_come_back_to_the_bit),
        cmocka_unit_test(nothing_is_asked_of_null),
        cmocka_unit_test(lambda_walks_the_critical_lines),
        cmocka_unit_test(bounds_are_never_passed),
        cmocka_unit_test(return_and_volatility_find_the_same_portfolio),
        cmocka_unit_test(ends_are_found_in_spite_of_rounding),
        cmocka_unit_test(ranges_are_named),
        cmocka_unit_test(maximum_sharpe_as_published),
        cmocka_unit_test(maximum_sharpe_beats_the_whole_walk),
        cmocka_unit_test(cash_and_a_stock),
        cmocka_unit_test(a_hedge_is_riskless_to_rounding),
        cmocka_unit_test(cash_at_the_riskfree_rate),
        cmocka_unit_test(a_single_portfolio),
        cmocka_unit_test(a_jump_at_constant_lambda),
        cmocka_unit_test(a_ray_is_mertons_hyperbola),
        cmocka_unit_test(the_tangency_on_a_ray),
        cmocka_unit_test(leverage_over_cash),
        cmocka_unit_test(running_out_of_memory_changes_nothing),
        cmocka_unit_test(references_are_counted),
    };
    return cmocka_run_group_tests_name("frontier_query", tests, NULL, NULL);
}
