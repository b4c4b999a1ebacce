/* SPDX-License-Identifier: MIT */
/*
 * Variance and tail risk in one problem, on many small random ones: against the quadratic programme of Rockafellar &
 * Uryasev written out with a row for each scenario and solved by the engine; and what must hold whatever the measure.
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_N = 6, MOST_S = 30, MOST = MOST_N + 1 + MOST_S, PROBLEMS = 600 };

typedef struct problem {
    size_t n, S, m, k;
    double returns[MOST_S * MOST_N], p[MOST_S], lower[MOST_N], upper[MOST_N], rows[2 * MOST_N], row_lower[2],
        row_upper[2], loadings[MOST_N * MOST_N], specific[MOST_N], sigma[MOST_N * MOST_N], linear[MOST_N], price, limit,
        beta;
    double holdings[MOST_N], buy[MOST_N], sell[MOST_N]; /* where costly */
    int deviation, structured, costly;
} problem;

static void draw_covariance(problem *p, random_stream *stream)
{
    const double scale = random_below(stream, 2) ? 0.02 : 0.3;
    p->k = random_below(stream, p->n + 1);
    p->structured = random_below(stream, 2) == 0;
    for (size_t i = 0; i < p->n * p->k; i++)
        p->loadings[i] = scale * random_normal(stream);
    for (size_t i = 0; i < p->n; i++)
        p->specific[i] = random_below(stream, 3) ? scale * scale * random_uniform(stream) : 0.0;
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->n; j++) {
            p->sigma[i + j * p->n] = i == j ? p->specific[i] : 0.0;
            for (size_t f = 0; f < p->k; f++)
                p->sigma[i + j * p->n] += p->loadings[i + f * p->n] * p->loadings[j + f * p->n];
        }
}

static void draw(problem *p, random_stream *stream)
{
    memset(p, 0, sizeof *p);
    p->n = 1 + random_below(stream, MOST_N);
    p->S = 2 + random_below(stream, MOST_S - 1);
    p->beta = 0.55 + 0.44 * random_uniform(stream);
    p->deviation = random_below(stream, 4) == 0;
    const double grain = random_below(stream, 2) ? 0.01 : 1e-9;
    double sum = 0.0;
    for (size_t s = 0; s < p->S; s++) {
        for (size_t j = 0; j < p->n; j++)
            p->returns[s + j * p->S] = grain * rint((0.002 + 0.03 * random_normal(stream)) / grain);
        p->p[s] = random_below(stream, 6) ? 1.0 + (double)random_below(stream, 3) : 0.0;
        sum += p->p[s];
    }
    if (sum == 0.0)
        sum = p->p[0] = 1.0;
    for (size_t s = 0; s < p->S; s++)
        p->p[s] /= sum;
    const size_t kind = random_below(stream, 4);
    for (size_t j = 0; j < p->n; j++) {
        p->lower[j] = kind == 0 ? -1.0 : 0.0;
        p->upper[j] = kind == 1 ? INFINITY : 0.3 + random_uniform(stream);
        p->rows[j] = 1.0;
        p->rows[p->n + j] = (double)random_below(stream, 2);
        p->linear[j] = random_below(stream, 3) ? 0.01 * random_normal(stream) : 0.0;
    }
    p->m = 1 + random_below(stream, 2);
    p->row_lower[0] = p->row_upper[0] = 1.0;
    p->row_lower[1] = 0.1;
    p->row_upper[1] = 0.6;
    draw_covariance(p, stream);
    p->price = random_below(stream, 3) ? pow(10.0, -4.0 + 4.0 * random_uniform(stream)) : 0.0;
    p->limit = random_below(stream, 2) ? INFINITY : 0.05 * random_uniform(stream);
}

static mvo_covariance *covariance_of(const problem *p)
{
    mvo_covariance *made = NULL;
    if (p->structured)
        assert_int_equal(mvo_covariance_new_factor(&made, NULL, p->n, p->k, p->loadings, p->n, NULL, 0, p->specific,
                                                   MVO_CHECK_ALL, NULL),
                         MVO_OK);
    else
        assert_int_equal(mvo_covariance_new_dense(&made, NULL, p->n, p->sigma, p->n, MVO_CHECK_NONE, NULL), MVO_OK);
    return made;
}

static double cap_of(const problem *p, size_t s)
{
    return p->p[s] * (p->deviation ? 2.0 : 1.0 / (1.0 - p->beta));
}

static double loss_of(const problem *p, size_t s, size_t j)
{
    double mean = 0.0;
    for (size_t t = 0; p->deviation && t < p->S; t++)
        mean += p->p[t] * p->returns[t + j * p->S];
    return mean - p->returns[s + j * p->S];
}

/* Costs of trading from the holdings, in a set of `size` variables of which the weights come first. */
static void charge(mvo_constraints *rules, const problem *p, size_t size)
{
    double holdings[MOST] = { 0 }, buy[MOST] = { 0 }, sell[MOST] = { 0 };
    memcpy(holdings, p->holdings, sizeof p->holdings);
    memcpy(buy, p->buy, sizeof p->buy);
    memcpy(sell, p->sell, sizeof p->sell);
    assert_true(size <= MOST);
    assert_int_equal(mvo_constraints_set_holdings(rules, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(rules, buy, sell, NULL), MVO_OK);
}

/* min 1/2 w'Sigma w + c'w + price (a + sum cap u), u_s >= h_s'w - a, u >= 0, a + sum cap u <= limit. */
static mvo_outcome by_the_engine(double *objective, const problem *p)
{
    const size_t size = p->n + 1 + p->S;
    static double row[MOST], linear[MOST], lower[MOST], upper[MOST], sigma[MOST * MOST];
    mvo_constraints *rules = NULL;
    mvo_covariance *covariance = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome;
    mvo_report report = MVO_REPORT_INIT;
    memset(sigma, 0, sizeof sigma);
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->n; j++)
            sigma[i + j * size] = p->sigma[i + j * p->n];
    for (size_t j = 0; j < size; j++) {
        lower[j] = j < p->n ? p->lower[j] : j == p->n && !p->deviation ? -INFINITY : 0.0;
        upper[j] = j < p->n ? p->upper[j] : j == p->n && p->deviation ? 0.0 : INFINITY;
        linear[j] = j < p->n ? p->linear[j] : p->price * (j == p->n ? 1.0 : cap_of(p, j - p->n - 1));
    }
    assert_int_equal(mvo_constraints_new(&rules, NULL, size, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, lower, upper, NULL), MVO_OK);
    if (p->costly)
        charge(rules, p, size);
    for (size_t i = 0; i < p->m; i++) {
        memset(row, 0, sizeof row);
        memcpy(row, p->rows + i * p->n, p->n * sizeof *row);
        mvo_constraints_add_row(NULL, rules, row, p->row_lower[i], p->row_upper[i], NULL, NULL);
    }
    for (size_t s = 0; s < p->S; s++) {
        memset(row, 0, sizeof row);
        for (size_t j = 0; j < p->n; j++)
            row[j] = -loss_of(p, s, j);
        row[p->n] = p->deviation ? 0.0 : 1.0;
        row[p->n + 1 + s] = 1.0;
        mvo_constraints_add_row(NULL, rules, row, 0.0, INFINITY, NULL, NULL);
    }
    memset(row, 0, sizeof row);
    row[p->n] = p->deviation ? 0.0 : 1.0;
    for (size_t s = 0; s < p->S; s++)
        row[p->n + 1 + s] = cap_of(p, s);
    mvo_constraints_add_row(NULL, rules, row, -INFINITY, p->limit, NULL, NULL);
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, size, sigma, size, MVO_CHECK_NONE, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    *objective = report.objective;
    mvo_solver_free(solver);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(rules);
    return outcome;
}

static mvo_tail_solver *solver_of(const problem *p)
{
    mvo_scenarios *scenarios = NULL;
    mvo_tail_solver *solver = NULL;
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, p->n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, p->lower, p->upper, NULL), MVO_OK);
    for (size_t i = 0; i < p->m; i++)
        assert_int_equal(
            mvo_constraints_add_row(NULL, rules, p->rows + i * p->n, p->row_lower[i], p->row_upper[i], NULL, NULL),
            MVO_OK);
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, p->S, p->n, p->returns, p->S, p->p, 0, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_new(&solver, NULL, scenarios, rules, NULL), MVO_OK);
    if (p->deviation)
        assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_MEAN_DEVIATION, 0.0, NULL), MVO_OK);
    else
        assert_int_equal(mvo_tail_solver_set_measure(solver, MVO_RISK_CVAR, p->beta, NULL), MVO_OK);
    mvo_scenarios_unref(scenarios);
    mvo_constraints_free(rules);
    return solver;
}

/* Limits kept, stationarity, and the size of what the answer says. */
static void judge(const problem *p, mvo_tail_solver *solver)
{
    double w[MOST_N], y[2], z[MOST_N], least = 0.0, risk = 0.0;
    mvo_report report = MVO_REPORT_INIT;
    mvo_scenarios *scenarios = NULL;
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_multipliers(y, z, NULL, solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
    assert_true(report.gap <= 1e-9 * report.gap_scale);
    assert_int_equal(mvo_scenarios_new(&scenarios, NULL, p->S, p->n, p->returns, p->S, p->p, 0, NULL), MVO_OK);
    assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, scenarios, w,
                                   p->deviation ? MVO_RISK_MEAN_DEVIATION : MVO_RISK_CVAR, p->deviation ? 0.0 : p->beta,
                                   NULL),
                     MVO_OK);
    mvo_scenarios_unref(scenarios);
    double variance = 0.0, gain = 0.0;
    for (size_t i = 0; i < p->n; i++) {
        gain += p->linear[i] * w[i];
        for (size_t j = 0; j < p->n; j++)
            variance += w[i] * p->sigma[i + j * p->n] * w[j];
    }
    assert_true(risk <= p->limit + 1e-11);
    assert_true(fabs(report.objective - (0.5 * variance + gain + p->price * risk)) < 1e-13);
    assert_true(fabs(report.variance - variance) < 1e-13);
    if (p->limit < INFINITY) {
        assert_int_equal(mvo_tail_target_multiplier(&least, solver), MVO_OK);
        assert_true(least <= 0.0 && (least > -1e-9 || risk > p->limit - 1e-9)); /* complementary */
    } else {
        assert_int_equal(mvo_tail_target_multiplier(&least, solver), MVO_ERROR_STATE);
    }
    for (size_t j = 0; j < p->n; j++) {
        assert_true(w[j] >= p->lower[j] && w[j] <= p->upper[j]);
        assert_true(z[j] == 0.0 || fabs(w[j] - (z[j] > 0.0 ? p->lower[j] : p->upper[j])) < 1e-12);
    }
}

static void agrees_with_the_programme_written_out(void **state)
{
    (void)state;
    static problem p;
    size_t optimal = 0, infeasible = 0, binding = 0;
    for (uint64_t seed = 1; seed <= PROBLEMS; seed++) {
        random_stream stream = { seed };
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        double expected = 0.0, multiplier = 0.0;
        draw(&p, &stream);
        mvo_tail_solver *solver = solver_of(&p);
        mvo_covariance *covariance = covariance_of(&p);
        assert_int_equal(
            mvo_minimum_variance_and_tail_risk(&outcome, solver, covariance, p.linear, p.price, p.limit, NULL), MVO_OK);
        const mvo_outcome engine = by_the_engine(&expected, &p);
        if (outcome != engine)
            fail_msg("seed %d: %s, the engine says %s", (int)seed, mvo_outcome_name(outcome), mvo_outcome_name(engine));
        if (outcome == MVO_OPTIMAL) {
            assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
            if (!(fabs(report.objective - expected) <= 1e-10 * fmax(fabs(expected), 1e-3)))
                fail_msg("seed %d: %.17g, the engine %.17g", (int)seed, report.objective, expected);
            judge(&p, solver);
            binding += mvo_tail_target_multiplier(&multiplier, solver) == MVO_OK && multiplier < -1e-9;
            optimal++;
        }
        infeasible += outcome == MVO_INFEASIBLE;
        mvo_covariance_unref(covariance);
        mvo_tail_solver_free(solver);
    }
    printf("optimal %zu, limits that bind %zu, infeasible %zu\n", optimal, binding, infeasible);
    assert_true(optimal > PROBLEMS / 2 && binding > 30 && infeasible > 30);
}

/* The multiplier of the limit is the derivative of the optimum with respect to it. */
static void multiplier_is_the_derivative(void **state)
{
    (void)state;
    static problem p;
    size_t compared = 0;
    for (uint64_t seed = 5001; seed <= 5200; seed++) {
        random_stream stream = { seed };
        double at[3], multiplier = 0.0;
        int all = 1;
        draw(&p, &stream);
        if (!(p.limit < INFINITY))
            continue;
        mvo_tail_solver *solver = solver_of(&p);
        mvo_covariance *covariance = covariance_of(&p);
        for (int i = 0; i < 3 && all; i++) {
            mvo_outcome outcome = -1;
            mvo_report report = MVO_REPORT_INIT;
            const double limit = p.limit + (i == 2 ? 0.0 : i ? 1e-6 : -1e-6);
            assert_int_equal(
                mvo_minimum_variance_and_tail_risk(&outcome, solver, covariance, p.linear, p.price, limit, NULL),
                MVO_OK);
            mvo_tail_solver_report(&report, solver);
            at[i] = report.objective;
            all = outcome == MVO_OPTIMAL;
        }
        if (all && mvo_tail_target_multiplier(&multiplier, solver) == MVO_OK && multiplier < -1e-6) {
            const double before = (at[2] - at[0]) / 1e-6, after = (at[1] - at[2]) / 1e-6; /* convex: between */
            assert_true(multiplier >= before - 1e-6 && multiplier <= after + 1e-6);
            compared++;
        }
        mvo_covariance_unref(covariance);
        mvo_tail_solver_free(solver);
    }
    assert_true(compared > 10);
}

static mvo_status ask(mvo_outcome *outcome, mvo_solver *solver, void *user, mvo_error *error)
{
    const problem *p = user;
    const mvo_status status = mvo_solver_set_linear(solver, p->linear, error);
    return status == MVO_OK ? mvo_solver_solve(outcome, solver, error) : status;
}

/* A cap beside costs of trading: the programme written out, with the same costs. */
static void caps_agree_with_the_programme_written_out(void **state)
{
    (void)state;
    static problem p;
    size_t optimal = 0, infeasible = 0, binding = 0;
    for (uint64_t seed = 7001; seed <= 7400; seed++) {
        random_stream stream = { seed };
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        mvo_constraints *rules = NULL;
        mvo_scenarios *scenarios = NULL;
        mvo_solver *solver = NULL;
        double expected = 0.0, w[MOST_N], risk = 0.0, y[200], sum = 0.0;
        draw(&p, &stream);
        p.price = 0.0;
        p.limit = 0.05 * random_uniform(&stream);
        p.costly = random_below(&stream, 3) > 0;
        for (size_t j = 0; j < p.n; j++) {
            p.holdings[j] = random_uniform(&stream);
            p.buy[j] = 0.002 * random_uniform(&stream);
            p.sell[j] = 0.002 * random_uniform(&stream);
        }
        const int32_t measure = p.deviation ? MVO_RISK_MEAN_DEVIATION : MVO_RISK_CVAR;
        const double level = p.deviation ? 0.0 : p.beta;
        mvo_covariance *covariance = covariance_of(&p);
        assert_int_equal(mvo_constraints_new(&rules, NULL, p.n, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_set_bounds(rules, p.lower, p.upper, NULL), MVO_OK);
        for (size_t i = 0; i < p.m; i++)
            assert_int_equal(
                mvo_constraints_add_row(NULL, rules, p.rows + i * p.n, p.row_lower[i], p.row_upper[i], NULL, NULL),
                MVO_OK);
        if (p.costly)
            charge(rules, &p, p.n);
        assert_int_equal(mvo_scenarios_new(&scenarios, NULL, p.S, p.n, p.returns, p.S, p.p, 0, NULL), MVO_OK);
        assert_int_equal(mvo_solver_new_with_tail_cap(&solver, &outcome, NULL, covariance, rules, scenarios, measure,
                                                      level, p.limit, ask, &p, NULL),
                         MVO_OK);
        const mvo_outcome engine = by_the_engine(&expected, &p);
        if (outcome != engine)
            fail_msg("seed %d: %s, the engine says %s", (int)seed, mvo_outcome_name(outcome), mvo_outcome_name(engine));
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        if (outcome == MVO_OPTIMAL) {
            if (!(fabs(report.objective - expected) <= 1e-10 * fmax(fabs(expected), 1e-3)))
                fail_msg("seed %d: %.17g, the engine %.17g", (int)seed, report.objective, expected);
            assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
            assert_int_equal(mvo_tail_risk(&risk, NULL, NULL, scenarios, w, measure, level, NULL), MVO_OK);
            assert_true(risk <= p.limit + 1e-12);
            assert_true(mvo_solver_row_count(solver) < 200);
            assert_int_equal(mvo_solver_multipliers(y, NULL, solver), MVO_OK);
            for (size_t i = p.m; i < mvo_solver_row_count(solver); i++)
                sum += y[i];
            assert_true(sum <= 0.0 && (sum > -1e-9 || risk > p.limit - 1e-9)); /* complementary */
            binding += sum < -1e-9;
            optimal++;
        }
        infeasible += outcome == MVO_INFEASIBLE;
        mvo_solver_free(solver);
        mvo_covariance_unref(covariance);
        mvo_constraints_free(rules);
        mvo_scenarios_unref(scenarios);
    }
    printf("optimal %zu, limits that bind %zu, infeasible %zu\n", optimal, binding, infeasible);
    assert_true(optimal > 150 && binding > 50 && infeasible > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_programme_written_out),
        cmocka_unit_test(multiplier_is_the_derivative),
        cmocka_unit_test(caps_agree_with_the_programme_written_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
