/* SPDX-License-Identifier: MIT */
/*
 * Minimum tail risk on many small random problems: against the same linear programme written out with its auxiliary
 * variables and solved by the quadratic engine with Sigma = 0, and by duality, judged here in long double.
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

enum { MOST_N = 6, MOST_S = 40, MOST = MOST_N + 1 + MOST_S, PROBLEMS = 2000 };

typedef struct problem {
    size_t n, S, m;
    double returns[MOST_S * MOST_N], p[MOST_S], lower[MOST_N], upper[MOST_N], rows[3 * MOST_N], row_lower[3],
        row_upper[3], mu[MOST_N], target, beta;
    int has_target, deviation;
} problem;

/* Rounded returns, so that ties are common; repeated and impossible scenarios; limits that may contradict each other. */
static void draw(problem *p, random_stream *stream)
{
    memset(p, 0, sizeof *p);
    p->n = 1 + random_below(stream, MOST_N);
    p->S = 2 + random_below(stream, MOST_S - 1);
    p->beta = 0.55 + 0.44 * random_uniform(stream);
    const double grain = random_below(stream, 2) ? 0.01 : 1e-9;
    double sum = 0.0;
    for (size_t s = 0; s < p->S; s++) {
        const size_t like = s && random_below(stream, 5) == 0 ? random_below(stream, s) : s;
        for (size_t j = 0; j < p->n; j++)
            p->returns[s + j * p->S] = like < s ? p->returns[like + j * p->S]
                                                : grain * rint((0.002 + 0.03 * random_normal(stream)) / grain);
        p->p[s] = random_below(stream, 6) ? 1.0 + (double)random_below(stream, 3) : 0.0;
        sum += p->p[s];
    }
    if (sum == 0.0)
        sum = p->p[0] = 1.0;
    for (size_t s = 0; s < p->S; s++)
        p->p[s] /= sum;
    const size_t kind = random_below(stream, 5);
    for (size_t j = 0; j < p->n; j++) {
        p->lower[j] = kind == 0 ? -INFINITY : kind == 1 ? -0.5 : 0.0;
        p->upper[j] = kind <= 1 && random_below(stream, 2) ? INFINITY : 0.3 + random_uniform(stream);
        p->rows[j] = 1.0;
        p->rows[p->n + j] = (double)random_below(stream, 2);
        p->rows[2 * p->n + j] = random_normal(stream);
        p->mu[j] = 0.002 + 0.01 * random_normal(stream);
    }
    p->m = 1 + random_below(stream, 3);
    p->row_lower[0] = p->row_upper[0] = 1.0;
    p->row_lower[1] = 0.1;
    p->row_upper[1] = 0.6;
    p->row_lower[2] = -INFINITY;
    p->row_upper[2] = 0.5;
    p->has_target = random_below(stream, 2) == 0;
    p->target = 0.01 * random_normal(stream);
    p->deviation = random_below(stream, 4) == 0;
}

static mvo_constraints *rules_of(const problem *p)
{
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, p->n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, p->lower, p->upper, NULL), MVO_OK);
    for (size_t i = 0; i < p->m; i++)
        assert_int_equal(mvo_constraints_add_row(NULL, rules, p->rows + i * p->n, p->row_lower[i], p->row_upper[i],
                                                 NULL, NULL),
                         MVO_OK);
    return rules;
}

static double mean_of(const problem *p, size_t j)
{
    double mean = 0.0;
    for (size_t s = 0; s < p->S; s++)
        mean += p->p[s] * p->returns[s + j * p->S];
    return mean;
}

/* min e a + sum cap_s u_s, u_s >= h_s'w - e a, u_s >= 0, written out. */
static mvo_outcome by_the_engine(double *objective, const problem *p)
{
    const size_t size = p->n + 1 + p->S;
    double row[MOST] = { 0 }, linear[MOST] = { 0 }, zeros[MOST] = { 0 }, lower[MOST], upper[MOST];
    mvo_constraints *rules = NULL;
    mvo_covariance *nothing = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome;
    for (size_t j = 0; j < size; j++) {
        lower[j] = j < p->n ? p->lower[j] : j == p->n ? (p->deviation ? 0.0 : -INFINITY) : 0.0;
        upper[j] = j < p->n ? p->upper[j] : j == p->n && p->deviation ? 0.0 : INFINITY;
        linear[j] = j < p->n ? 0.0
                    : j == p->n ? 1.0
                                : p->p[j - p->n - 1] * (p->deviation ? 2.0 : 1.0 / (1.0 - p->beta));
    }
    assert_int_equal(mvo_constraints_new(&rules, NULL, size, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, lower, upper, NULL), MVO_OK);
    for (size_t i = 0; i < p->m; i++) {
        memset(row, 0, sizeof row);
        memcpy(row, p->rows + i * p->n, p->n * sizeof *row);
        mvo_constraints_add_row(NULL, rules, row, p->row_lower[i], p->row_upper[i], NULL, NULL);
    }
    for (size_t s = 0; s < p->S; s++) {
        memset(row, 0, sizeof row);
        for (size_t j = 0; j < p->n; j++)
            row[j] = p->returns[s + j * p->S] - (p->deviation ? mean_of(p, j) : 0.0);
        row[p->n] = p->deviation ? 0.0 : 1.0;
        row[p->n + 1 + s] = 1.0;
        mvo_constraints_add_row(NULL, rules, row, 0.0, INFINITY, NULL, NULL);
    }
    if (p->has_target) {
        memset(row, 0, sizeof row);
        memcpy(row, p->mu, p->n * sizeof *row);
        mvo_constraints_add_row(NULL, rules, row, p->target, INFINITY, NULL, NULL);
    }
    assert_int_equal(mvo_covariance_new_factor(&nothing, NULL, size, 0, NULL, size, NULL, 0, zeros, 0, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, nothing, rules, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    *objective = report.objective;
    mvo_solver_free(solver);
    mvo_covariance_unref(nothing);
    mvo_constraints_free(rules);
    return outcome;
}

/* Feasibility, the signs, the box of the scenarios' multipliers and the gap, from the data and the answer alone. */
static void judge(const problem *p, mvo_tail_solver *solver, double objective)
{
    double w[MOST_N], y[3], z[MOST_N], q[MOST_S], yt = 0.0;
    assert_int_equal(mvo_tail_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_tail_solver_multipliers(y, z, q, solver), MVO_OK);
    if (p->has_target)
        assert_int_equal(mvo_tail_target_multiplier(&yt, solver), MVO_OK);
    long double dual = 0.0L, sum = 0.0L, size = fabs(objective);
    for (size_t s = 0; s < p->S; s++) {
        const double cap = p->p[s] * (p->deviation ? 2.0 : 1.0 / (1.0 - p->beta));
        assert_true(q[s] >= 0.0 && q[s] <= cap * (1.0 + 1e-12));
        sum += q[s];
    }
    assert_true(p->deviation || fabsl(sum - 1.0L) < 1e-14L);
    for (size_t j = 0; j < p->n; j++) {
        long double g = -z[j];
        assert_true(w[j] >= p->lower[j] && w[j] <= p->upper[j]);
        for (size_t s = 0; s < p->S; s++)
            g += q[s] * ((p->deviation ? mean_of(p, j) : 0.0) - p->returns[s + j * p->S]);
        for (size_t i = 0; i < p->m; i++)
            g -= y[i] * p->rows[i * p->n + j];
        g -= yt * p->mu[j];
        if (fabsl(g) > 1e-13L)
            fail_msg("stationarity %Lg", g);
        const double limit = z[j] > 0.0 ? p->lower[j] : p->upper[j];
        if (z[j] != 0.0)
            dual += (long double)z[j] * limit;
    }
    for (size_t i = 0; i < p->m; i++) {
        long double activity = 0.0L;
        for (size_t j = 0; j < p->n; j++)
            activity += (long double)w[j] * p->rows[i * p->n + j];
        assert_true(activity >= p->row_lower[i] - 1e-12L && activity <= p->row_upper[i] + 1e-12L);
        if (y[i] != 0.0)
            dual += (long double)y[i] * (y[i] > 0.0 ? p->row_lower[i] : p->row_upper[i]);
        size = fmaxl(size, fabsl((long double)y[i]));
    }
    assert_true(yt >= 0.0);
    dual += (long double)yt * p->target;
    if (!(fabsl(dual - objective) <= 1e-12L * fmaxl(size, 1e-3L)))
        fail_msg("gap %Lg of %g", dual - objective, objective);
}

static mvo_tail_solver *solver_of(const problem *p)
{
    mvo_scenarios *scenarios = NULL;
    mvo_tail_solver *solver = NULL;
    mvo_constraints *rules = rules_of(p);
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

static mvo_outcome ask(double *objective, mvo_tail_solver *solver, const problem *p)
{
    mvo_outcome outcome;
    mvo_report report = MVO_REPORT_INIT;
    if (p->has_target)
        assert_int_equal(mvo_minimum_tail_risk_at_return(&outcome, solver, p->mu, p->target, NULL), MVO_OK);
    else
        assert_int_equal(mvo_minimum_tail_risk(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
    *objective = report.objective;
    return outcome;
}

static void agrees_with_the_programme_written_out(void **state)
{
    (void)state;
    static problem p;
    size_t seen[4] = { 0, 0, 0, 0 };
    for (uint64_t seed = 1; seed <= PROBLEMS; seed++) {
        random_stream stream = { seed };
        double found = 0.0, expected = 0.0;
        draw(&p, &stream);
        mvo_tail_solver *solver = solver_of(&p);
        const mvo_outcome outcome = ask(&found, solver, &p), engine = by_the_engine(&expected, &p);
        if (outcome != engine)
            fail_msg("seed %d: %s, the engine says %s", (int)seed, mvo_outcome_name(outcome), mvo_outcome_name(engine));
        if (outcome == MVO_OPTIMAL) {
            if (!(fabs(found - expected) <= 1e-10 * fmax(fabs(expected), 1e-2)))
                fail_msg("seed %d: %.17g, the engine %.17g", (int)seed, found, expected);
            judge(&p, solver, found);
        }
        seen[outcome < 3 ? outcome : 3]++;
        mvo_tail_solver_free(solver);
    }
    printf("optimal %zu, infeasible %zu, unbounded %zu\n", seen[0], seen[1], seen[2]);
    assert_true(seen[0] > PROBLEMS / 3 && seen[1] > 5 && seen[2] > 5 && seen[3] == 0);
}

/* A frontier of targets, up and down, warm: each point as a solver of its own finds it. */
static void warm_is_cold(void **state)
{
    (void)state;
    static problem p;
    size_t compared = 0;
    for (uint64_t seed = 1001; seed <= 1060; seed++) {
        random_stream stream = { seed };
        draw(&p, &stream);
        p.has_target = 1;
        mvo_tail_solver *warm = solver_of(&p);
        for (int i = 0; i < 25; i++) {
            double found = 0.0, expected = 0.0;
            p.target = 0.01 * random_normal(&stream);
            mvo_tail_solver *cold = solver_of(&p);
            const mvo_outcome outcome = ask(&found, warm, &p), other = ask(&expected, cold, &p);
            if (outcome != other)
                fail_msg("seed %d: warm %s, cold %s", (int)seed, mvo_outcome_name(outcome), mvo_outcome_name(other));
            if (outcome == MVO_OPTIMAL) {
                if (!(fabs(found - expected) <= 1e-11 * fmax(fabs(expected), 1e-2)))
                    fail_msg("seed %d: warm %.17g, cold %.17g", (int)seed, found, expected);
                judge(&p, warm, found);
                compared++;
            }
            mvo_tail_solver_free(cold);
        }
        mvo_tail_solver_free(warm);
    }
    assert_true(compared > 300);
}

/* The largest return within a risk is where the frontier of least risk meets it. */
static void largest_return_inverts_least_risk(void **state)
{
    (void)state;
    static problem p;
    size_t met = 0;
    for (uint64_t seed = 2001; seed <= 2100; seed++) {
        random_stream stream = { seed };
        mvo_outcome outcome;
        mvo_report report = MVO_REPORT_INIT;
        double risk = 0.0, slope = 0.0;
        draw(&p, &stream);
        p.has_target = 1;
        p.deviation = 0;
        mvo_tail_solver *solver = solver_of(&p);
        if (ask(&risk, solver, &p) == MVO_OPTIMAL &&
            mvo_tail_target_multiplier(&slope, solver) == MVO_OK && slope > 1e-9) {
            assert_int_equal(mvo_maximum_return_at_tail_risk(&outcome, solver, p.mu, risk, NULL), MVO_OK);
            if (outcome != MVO_OPTIMAL)
                fail_msg("seed %d: %s", (int)seed, mvo_outcome_name(outcome));
            assert_int_equal(mvo_tail_solver_report(&report, solver), MVO_OK);
            if (!(fabs(report.expected_return - p.target) <= 1e-9 / fmin(1.0, slope) * fabs(risk) + 1e-12))
                fail_msg("seed %d: %.17g, expected %.17g", (int)seed, report.expected_return, p.target);
            assert_true(report.gap <= 1e-10 * fmax(report.gap_scale, 1e-3));
            met++;
        }
        mvo_tail_solver_free(solver);
    }
    assert_true(met > 10);
}

/* A frontier walked along: at each target what a solver of its own finds, and the gap it says. */
static void a_frontier_is_its_points(void **state)
{
    (void)state;
    enum { POINTS = 12 };
    static problem p;
    size_t compared = 0, cut_short = 0;
    for (uint64_t seed = 3001; seed <= 3400; seed++) {
        random_stream stream = { seed };
        double targets[POINTS], risks[POINTS], slopes[POINTS], gaps[POINTS], weights[POINTS * MOST_N];
        mvo_outcome outcome;
        size_t found = 99;
        draw(&p, &stream);
        p.has_target = 1;
        mvo_tail_solver *walking = solver_of(&p);
        double at = -0.02;
        for (size_t i = 0; i < POINTS; i++)
            targets[i] = at += random_below(&stream, 5) ? 0.004 * random_uniform(&stream) : 0.0;
        assert_int_equal(mvo_tail_frontier(&outcome, &found, NULL, risks, slopes, gaps, weights, p.n, walking, p.mu,
                                           POINTS, targets, NULL),
                         MVO_OK);
        assert_true((outcome == MVO_OPTIMAL) == (found == POINTS));
        for (size_t i = 0; i < POINTS && i <= found; i++) {
            double expected = 0.0;
            p.target = targets[i];
            mvo_tail_solver *cold = solver_of(&p);
            const mvo_outcome other = ask(&expected, cold, &p);
            if (i == found) {
                if (other != outcome)
                    fail_msg("seed %d, point %d: %s, cold %s", (int)seed, (int)i, mvo_outcome_name(outcome),
                             mvo_outcome_name(other));
                cut_short++;
            } else {
                if (other != MVO_OPTIMAL || !(fabs(risks[i] - expected) <= 1e-11 * fmax(fabs(expected), 1e-2)))
                    fail_msg("seed %d, point %d: %.17g, cold %s %.17g", (int)seed, (int)i, risks[i],
                             mvo_outcome_name(other), expected);
                assert_true(gaps[i] >= 0.0 && gaps[i] <= 1e-9 * fmax(fabs(risks[i]), 1e-6));
                assert_true(slopes[i] >= 0.0);
                compared++;
            }
            mvo_tail_solver_free(cold);
        }
        if (outcome == MVO_OPTIMAL)
            judge(&p, walking, risks[POINTS - 1]); /* the last point, whole */
        double again = 0.0, expected = 0.0; /* and the solver goes on from there */
        p.target = targets[0];
        mvo_tail_solver *cold = solver_of(&p);
        assert_int_equal(ask(&again, walking, &p), ask(&expected, cold, &p));
        assert_true(fabs(again - expected) <= 1e-11 * fmax(fabs(expected), 1e-2));
        mvo_tail_solver_free(cold);
        mvo_tail_solver_free(walking);
    }
    printf("%zu points compared, %zu frontiers cut short\n", compared, cut_short);
    assert_true(compared > 1500 && cut_short > 20);
}

/* From the least risk to the largest return, evenly, in every measure a solver minimises. */
static void whole_frontiers(void **state)
{
    (void)state;
    enum { POINTS = 9 };
    static const int32_t measures[] = { MVO_RISK_CVAR, MVO_RISK_WORST, MVO_RISK_MEAN_DEVIATION, MVO_RISK_CDAR,
                                        MVO_RISK_AVERAGE_DRAWDOWN, MVO_RISK_SEMIVARIANCE, MVO_RISK_MAXIMUM_DRAWDOWN };
    static problem p;
    size_t traced[7] = { 0 };
    for (uint64_t seed = 4001; seed <= 4120; seed++) {
        random_stream stream = { seed };
        double returns[POINTS], risks[POINTS], slopes[POINTS], gaps[POINTS];
        mvo_outcome outcome, other;
        size_t found = 0;
        draw(&p, &stream);
        const size_t kind = seed % 7;
        const int32_t measure = measures[kind];
        const int levelled = measure == MVO_RISK_CVAR || measure == MVO_RISK_CDAR;
        mvo_tail_solver *solver = solver_of(&p), *single = solver_of(&p);
        assert_int_equal(mvo_tail_solver_set_measure(solver, measure, levelled ? p.beta : 0.0, NULL), MVO_OK);
        assert_int_equal(mvo_tail_solver_set_measure(single, measure, levelled ? p.beta : 0.0, NULL), MVO_OK);
        assert_int_equal(mvo_tail_frontier(&outcome, &found, returns, risks, slopes, gaps, NULL, 0, solver, p.mu, POINTS,
                                           NULL, NULL),
                         MVO_OK);
        for (size_t i = 0; i < found; i++) {
            mvo_report report = MVO_REPORT_INIT;
            assert_int_equal(mvo_minimum_tail_risk_at_return(&other, single, p.mu, returns[i] - 1e-13, NULL), MVO_OK);
            if (other != MVO_OPTIMAL)
                fail_msg("seed %d, measure %d, point %d: alone %s", (int)seed, (int)measure, (int)i,
                         mvo_outcome_name(other));
            assert_int_equal(mvo_tail_solver_report(&report, single), MVO_OK);
            const double tolerance = 1e-9 * fmax(fabs(risks[i]), 1e-2) + 2e-13 * fabs(slopes[i]);
            if (!(fabs(report.objective - risks[i]) <= tolerance))
                fail_msg("seed %d, measure %d, point %d: %.17g, alone %.17g, slope %g", (int)seed, (int)measure, (int)i,
                         risks[i], report.objective, slopes[i]);
        }
        if (found == POINTS && returns[0] < returns[POINTS - 1] - 1e-6) { /* nothing returns more than the last */
            assert_int_equal(mvo_minimum_tail_risk_at_return(&other, single, p.mu, returns[POINTS - 1] + 1e-6, NULL),
                             MVO_OK);
            assert_int_equal(other, MVO_INFEASIBLE);
            traced[kind]++;
        }
        if (outcome != MVO_OPTIMAL && outcome != MVO_INFEASIBLE && outcome != MVO_UNBOUNDED)
            fail_msg("seed %d, measure %d: %s", (int)seed, (int)measure, mvo_outcome_name(outcome));
        mvo_tail_solver_free(solver);
        mvo_tail_solver_free(single);
    }
    for (size_t kind = 0; kind < 7; kind++)
        assert_true(traced[kind] >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_programme_written_out),
        cmocka_unit_test(warm_is_cold),
        cmocka_unit_test(largest_return_inverts_least_risk),
        cmocka_unit_test(a_frontier_is_its_points),
        cmocka_unit_test(whole_frontiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
