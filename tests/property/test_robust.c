/* SPDX-License-Identifier: MIT */
/*
 * Random robust problems. Of two or three assets under a budget, against nested searches by thirds in long double, which
 * know of no cone, no multiplier and no programme; of more assets, by what must hold: without uncertainty the answer of
 * mvo_maximum_utility, an objective that rises with kappa, and the saddle point - the best portfolio for the
 * worst means and the worst mixture, found by an ordinary solver, is no better. MVO_TEST_ROBUST asks for more problems.
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 30, KINDS = 3, PROBLEMS = 300 };

typedef struct problem {
    size_t n, count;
    int factors;
    double sigma[KINDS][MOST * MOST], omega[MOST * MOST];
    double loadings[KINDS + 1][MOST * 2], specific[KINDS + 1][MOST];
    double mu[MOST], below[MOST], above[MOST], lower[MOST], upper[MOST];
    double kappa, aversion;
    int same; /* Omega is the covariance */
} problem;

/* ------------------------------------------------------------------------------------------------- problems */

static void make_covariance(problem *p, random_stream *stream, size_t which, double *sigma, double size, size_t certain)
{
    const size_t n = p->n;
    double *loadings = p->loadings[which], *specific = p->specific[which];
    for (size_t j = 0; j < n; j++) {
        specific[j] = size * size * (0.1 + random_uniform(stream));
        for (size_t f = 0; f < 2; f++)
            loadings[j + f * n] = size * random_normal(stream);
    }
    for (size_t j = 0; j < certain; j++)
        specific[j] = loadings[j] = loadings[j + n] = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            sigma[i + j * n] = (i == j ? specific[i] : 0.0) + (loadings[i] * loadings[j] + loadings[i + n] * loadings[j + n]);
}

static void make_problem(problem *p, uint64_t seed, size_t n, size_t count)
{
    random_stream stream = { seed };
    static const double sizes[] = { 0.0, 0.1, 0.5, 1.0, 3.0 }, aversions[] = { 0.5, 1.0, 4.0, 10.0 };
    const int long_only = random_below(&stream, 2) == 0, boxed = random_below(&stream, 2) == 0;
    memset(p, 0, sizeof *p);
    p->n = n;
    p->count = count;
    p->factors = random_below(&stream, 2) == 0;
    for (size_t k = 0; k < count; k++)
        make_covariance(p, &stream, k, p->sigma[k], 0.2, 0);
    make_covariance(p, &stream, KINDS, p->omega, 0.05, random_below(&stream, 3) ? 0 : 1 + n / 4); /* some means are certain */
    p->same = count == 1 && random_below(&stream, 3) == 0;
    p->kappa = sizes[random_below(&stream, 5)];
    p->aversion = aversions[random_below(&stream, 4)];
    for (size_t j = 0; j < n; j++) {
        p->mu[j] = 0.05 + 0.05 * random_normal(&stream);
        p->below[j] = boxed ? 0.03 * random_uniform(&stream) : 0.0;
        p->above[j] = boxed ? 0.03 * random_uniform(&stream) : 0.0;
        p->lower[j] = long_only ? 0.0 : -1.0;
        p->upper[j] = 1.0;
    }
}

static mvo_covariance *take(const problem *p, size_t which, const double *sigma)
{
    mvo_covariance *made = NULL;
    const mvo_status status =
        p->factors ? mvo_covariance_new_factor(&made, NULL, p->n, 2, p->loadings[which], p->n, NULL, 0, p->specific[which],
                                               MVO_CHECK_ALL, NULL)
                   : mvo_covariance_new_dense(&made, NULL, p->n, sigma, p->n, MVO_CHECK_ALL, NULL);
    assert_int_equal(status, MVO_OK);
    return made;
}

static mvo_constraints *set_of(const problem *p)
{
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, p->n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, p->lower, p->upper, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, rules, 1.0, 1.0, NULL), MVO_OK);
    return rules;
}

static mvo_robust *robust_of(const problem *p)
{
    mvo_covariance *list[KINDS], *omega = p->same ? NULL : take(p, KINDS, p->omega);
    mvo_constraints *rules = set_of(p);
    mvo_robust *robust = NULL;
    for (size_t k = 0; k < p->count; k++)
        list[k] = take(p, k, p->sigma[k]);
    assert_int_equal(mvo_robust_new(&robust, NULL, p->count, list, omega, rules, NULL), MVO_OK);
    for (size_t k = 0; k < p->count; k++)
        mvo_covariance_unref(list[k]);
    mvo_covariance_unref(omega);
    mvo_constraints_free(rules);
    assert_int_equal(mvo_robust_set_box(robust, p->below, p->above, NULL), MVO_OK);
    assert_int_equal(mvo_robust_set_ellipsoid(robust, p->kappa, NULL), MVO_OK);
    return robust;
}

static double solve(mvo_robust *robust, const problem *p, double *w, uint64_t seed)
{
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_robust_maximum_utility(&outcome, robust, p->mu, p->aversion, NULL), MVO_OK);
    assert_int_equal(mvo_robust_report(&report, robust), MVO_OK);
    if (outcome != MVO_OPTIMAL)
        fail_msg("seed %llu: %s, gap %g of %g", (unsigned long long)seed, mvo_outcome_name(outcome), report.gap, report.gap_scale);
    assert_int_equal(mvo_robust_weights(w, robust), MVO_OK);
    return report.objective;
}

/* ------------------------------------------------------------------------------------------- brute force */

typedef struct force {
    const problem *p;
    double radius, target; /* of a ball, in place of the utility */
    int norm;              /* 0: utility */
    long double w[3];
} force;

static long double form(const double *sigma, const long double *w, size_t n)
{
    long double sum = 0.0L;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            sum += sigma[i + j * n] * w[i] * w[j];
    return sum > 0.0L ? sum : 0.0L;
}

static long double value(const force *f)
{
    const problem *p = f->p;
    long double most = 0.0L, sum = 0.0L, norm = 0.0L, mean = 0.0L;
    for (size_t k = 0; k < p->count; k++) {
        const long double one = form(p->sigma[k], f->w, p->n);
        most = one > most ? one : most;
    }
    for (size_t j = 0; j < p->n; j++) {
        norm += f->norm == MVO_NORM_SUM ? fabsl(f->w[j]) : f->w[j] * f->w[j];
        mean += p->mu[j] * f->w[j];
        sum += f->w[j] > 0.0L ? p->below[j] * f->w[j] : -p->above[j] * f->w[j];
    }
    if (f->norm) {
        norm = f->norm == MVO_NORM_SUM ? norm : sqrtl(norm);
        const long double short_by = f->target - (mean - f->radius * norm);
        return sqrtl(most) + f->radius * norm + (short_by > 0.0L ? 1e4L * short_by : 0.0L); /* an exact penalty */
    }
    return p->aversion / 2.0L * most - mean + sum + p->kappa * sqrtl(form(p->same ? p->sigma[0] : p->omega, f->w, p->n));
}

/* The least value over w_first, w_first+1, ... with the sum `left` to share out: the golden section, level by level. */
static long double least(force *f, size_t first, long double left)
{
    const problem *p = f->p;
    const long double golden = 0.6180339887498948482L;
    if (first + 1 == p->n) {
        f->w[first] = left;
        return value(f);
    }
    long double low = p->lower[first], high = p->upper[first], rest_low = 0.0L, rest_high = 0.0L;
    for (size_t j = first + 1; j < p->n; j++) {
        rest_low += p->lower[j];
        rest_high += p->upper[j];
    }
    low = left - rest_high > low ? left - rest_high : low;
    high = left - rest_low < high ? left - rest_low : high;
    long double a = high - golden * (high - low), b = low + golden * (high - low), at_a, at_b;
    f->w[first] = a;
    at_a = least(f, first + 1, left - a);
    f->w[first] = b;
    at_b = least(f, first + 1, left - b);
    for (int k = 0; k < 64; k++) {
        const int keep_low = at_a < at_b;
        *(keep_low ? &high : &low) = keep_low ? b : a;
        const long double next = keep_low ? high - golden * (high - low) : low + golden * (high - low);
        f->w[first] = next;
        const long double at_next = least(f, first + 1, left - next);
        if (keep_low) {
            b = a;
            at_b = at_a;
            a = next;
            at_a = at_next;
        } else {
            a = b;
            at_a = at_b;
            b = next;
            at_b = at_next;
        }
    }
    f->w[first] = at_a < at_b ? a : b;
    return least(f, first + 1, left - f->w[first]);
}

static uint64_t problems(uint64_t standard)
{
    const char *asked = getenv("MVO_TEST_ROBUST");
    return asked ? strtoull(asked, NULL, 10) : standard;
}

static void compare(uint64_t seed, double objective, const force *f, long double expected, const double *w)
{
    if (!(fabsl(objective - expected) <= 1e-10L * (0.01L + fabsl(expected))))
        fail_msg("seed %llu: objective %.15g, by search %.15Lg", (unsigned long long)seed, objective, expected);
    for (size_t j = 0; j < f->p->n; j++)
        if (!(fabsl(w[j] - f->w[j]) <= 1e-6L))
            fail_msg("seed %llu: weight %zu is %.12g, by search %.12Lg", (unsigned long long)seed, j, w[j], f->w[j]);
}

static void utility_by_search(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= problems(PROBLEMS); seed++) {
        problem p;
        double w[3];
        make_problem(&p, seed, 2 + seed % 2, 1 + seed / 2 % 3);
        if (p.count > 1 && seed % 5)
            p.kappa = 0.0;
        mvo_robust *robust = robust_of(&p);
        force f = { .p = &p };
        const double objective = solve(robust, &p, w, seed);
        compare(seed, objective, &f, least(&f, 0, 1.0L), w);
        mvo_robust_free(robust);
    }
}

static void ball_by_search(void **state)
{
    (void)state;
    size_t bound = 0;
    for (uint64_t seed = 1; seed <= problems(PROBLEMS); seed++) {
        problem p;
        double w[3];
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        random_stream stream = { seed * 7919 };
        make_problem(&p, seed, 2 + seed % 2, 1);
        force f = { &p, 0.1 * random_uniform(&stream), 0.08 * random_uniform(&stream) - 0.03,
                    seed / 2 % 2 ? MVO_NORM_SUM : MVO_NORM_EUCLIDEAN, { 0 } };
        mvo_robust *robust = robust_of(&p);
        assert_int_equal(mvo_robust_wasserstein(&outcome, robust, f.radius, f.norm, p.mu, f.target, NULL), MVO_OK);
        const long double expected = least(&f, 0, 1.0L);
        assert_int_equal(mvo_robust_report(&report, robust), MVO_OK);
        if (outcome == MVO_INFEASIBLE) { /* then the search is left with the penalty */
            assert_true(expected > 0.5L);
        } else {
            double multiplier;
            assert_int_equal(outcome, MVO_OPTIMAL);
            assert_int_equal(mvo_robust_weights(w, robust), MVO_OK);
            assert_int_equal(mvo_target_multiplier(&multiplier, mvo_robust_solver(robust)), MVO_OK);
            bound += multiplier > 0.0;
            compare(seed, report.objective, &f, expected, w);
        }
        mvo_robust_free(robust);
    }
    assert_true(bound * 15 > problems(PROBLEMS)); /* the worst mean held some back */
}

/* ----------------------------------------------------------------------------------------- what must hold */

/* Without uncertainty: the ordinary question. */
static void nothing_uncertain(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= problems(PROBLEMS); seed++) {
        problem p;
        double w[MOST], ordinary[MOST];
        mvo_outcome outcome = -1;
        make_problem(&p, seed, 2 + seed % 29, 1);
        p.kappa = 0.0;
        memset(p.below, 0, sizeof p.below);
        memset(p.above, 0, sizeof p.above);
        mvo_robust *robust = robust_of(&p);
        mvo_covariance *sigma = take(&p, 0, p.sigma[0]);
        mvo_constraints *rules = set_of(&p);
        mvo_solver *solver = NULL;
        solve(robust, &p, w, seed);
        assert_int_equal(mvo_solver_new(&solver, NULL, sigma, rules, NULL), MVO_OK);
        assert_int_equal(mvo_maximum_utility(&outcome, solver, p.mu, p.aversion, NULL), MVO_OK);
        assert_int_equal(mvo_solver_weights(ordinary, solver), MVO_OK);
        for (size_t j = 0; j < p.n; j++)
            if (!(fabs(w[j] - ordinary[j]) <= 1e-15))
                fail_msg("seed %llu: weight %zu is %.17g, ordinarily %.17g", (unsigned long long)seed, j, w[j], ordinary[j]);
        mvo_solver_free(solver);
        mvo_constraints_free(rules);
        mvo_covariance_unref(sigma);
        mvo_robust_free(robust);
    }
}

/* The worst case gets worse with kappa, and the uncertainty of what is held less. */
static void monotone_in_kappa(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= problems(PROBLEMS) / 3; seed++) {
        problem p;
        double w[MOST], before = -HUGE_VAL, held = HUGE_VAL;
        make_problem(&p, seed, 5 + seed % 20, 1);
        mvo_robust *robust = robust_of(&p);
        for (double kappa = 0.0; kappa < 20.0; kappa = 2.0 * kappa + 0.01) {
            assert_int_equal(mvo_robust_set_ellipsoid(robust, kappa, NULL), MVO_OK);
            const double objective = solve(robust, &p, w, seed);
            long double exact[MOST], uncertain;
            for (size_t j = 0; j < p.n; j++)
                exact[j] = w[j];
            uncertain = sqrtl(form(p.same ? p.sigma[0] : p.omega, exact, p.n));
            assert_true(objective >= before - 1e-12 * fabs(before));
            assert_true((double)uncertain <= held * (1.0 + 1e-9));
            before = objective;
            held = (double)uncertain;
        }
        mvo_robust_free(robust);
    }
}

/* max over inputs of min over portfolios is min over portfolios of max over inputs. */
static void saddle_points(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= problems(PROBLEMS); seed++) {
        problem p;
        double w[MOST], means[MOST], mixture[KINDS], mixed[MOST * MOST];
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        make_problem(&p, seed, 4 + seed % 26, 1 + seed % 3);
        memset(p.below, 0, sizeof p.below); /* at no weight the worst mean of a box is not said */
        memset(p.above, 0, sizeof p.above);
        mvo_robust *robust = robust_of(&p);
        const double objective = solve(robust, &p, w, seed);
        assert_int_equal(mvo_robust_worst_case(means, mixture, NULL, robust), MVO_OK);
        for (size_t i = 0; i < p.n * p.n; i++) {
            mixed[i] = 0.0;
            for (size_t k = 0; k < p.count; k++)
                mixed[i] += mixture[k] * p.sigma[k][i];
        }
        mvo_covariance *sigma = NULL;
        mvo_constraints *rules = set_of(&p);
        mvo_solver *solver = NULL;
        assert_int_equal(mvo_covariance_new_dense(&sigma, NULL, p.n, mixed, p.n, MVO_CHECK_ALL, NULL), MVO_OK);
        assert_int_equal(mvo_solver_new(&solver, NULL, sigma, rules, NULL), MVO_OK);
        assert_int_equal(mvo_maximum_utility(&outcome, solver, means, p.aversion, NULL), MVO_OK);
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        if (!(fabs(report.objective - objective) <= 1e-9 * (fabs(objective) + report.gap_scale)))
            fail_msg("seed %llu: %.15g against %.15g", (unsigned long long)seed, objective, report.objective);
        mvo_solver_free(solver);
        mvo_constraints_free(rules);
        mvo_covariance_unref(sigma);
        mvo_robust_free(robust);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(utility_by_search), cmocka_unit_test(ball_by_search),
                                        cmocka_unit_test(nothing_uncertain), cmocka_unit_test(monotone_in_kappa),
                                        cmocka_unit_test(saddle_points) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
