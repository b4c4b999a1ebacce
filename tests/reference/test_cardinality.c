/* SPDX-License-Identifier: MIT */
/*
 * The frontier with few assets of the OR-Library problems (Chang, Meade, Beasley & Sharaiha 2000: at most ten, each weight
 * zero or from 0.01 to 1), proved optimal. Held against the published frontier without limits on counts, which bounds it
 * from below, and for at most two and three assets against every pair and triple.
 */
#include "support/data.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static const double LEAST = 0.01;

typedef struct desk {
    instance *p;
    mvo_covariance *covariance;
    mvo_constraints *rules;
    mvo_selection *selection;
    double *w;
} desk;

static desk open_desk(const char *name, size_t holdings)
{
    char path[64];
    desk d = { 0 };
    snprintf(path, sizeof path, "orlib/%s.txt", name);
    data_require(path, name);
    d.p = data_read_orlib(path);
    d.covariance = instance_covariance(d.p, MVO_CHECK_ALL);
    d.rules = instance_constraints(d.p);
    d.w = calloc(d.p->n, sizeof *d.w);
    assert_non_null(d.w);
    assert_int_equal(mvo_selection_new(&d.selection, NULL, d.covariance, d.rules, NULL), MVO_OK);
    assert_int_equal(mvo_selection_set_most_holdings(d.selection, holdings, NULL), MVO_OK);
    for (size_t j = 0; j < d.p->n; j++)
        d.w[j] = LEAST;
    assert_int_equal(mvo_selection_set_least_positions(d.selection, d.w, NULL), MVO_OK);
    return d;
}

static void close_desk(desk *d)
{
    mvo_selection_free(d->selection);
    mvo_constraints_free(d->rules);
    mvo_covariance_unref(d->covariance);
    instance_free(d->p);
    free(d->w);
}

/* The least variance at a target return, judged from the outside: counts, sizes, sums. */
static double variance_at(const desk *d, double target, size_t most)
{
    mvo_outcome outcome = -1;
    double objective, bound, gap, sum = 0.0, income = 0.0, variance = 0.0;
    const size_t n = d->p->n;
    size_t held = 0;
    assert_int_equal(mvo_selection_minimise(&outcome, d->selection, NULL, d->p->mu, target, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_selection_weights(d->w, d->selection), MVO_OK);
    assert_int_equal(mvo_selection_result(&objective, &bound, &gap, NULL, d->selection), MVO_OK);
    assert_true(gap <= 1e-6 && bound <= objective && bound >= objective * (1.0 - 1e-6));
    for (size_t j = 0; j < n; j++) {
        held += d->w[j] != 0.0;
        assert_true(d->w[j] == 0.0 || (d->w[j] >= LEAST && d->w[j] <= 1.0 + 1e-12));
        sum += d->w[j];
        income += d->p->mu[j] * d->w[j];
        for (size_t i = 0; i < n; i++)
            variance += d->w[i] * d->p->sigma[i + j * n] * d->w[j];
    }
    assert_true(held <= most);
    assert_true(fabs(sum - 1.0) <= 1e-12 && income >= target - 1e-14);
    assert_true(fabs(variance - 2.0 * objective) <= 1e-12 * variance);
    return variance;
}

typedef struct published {
    const char *name, *frontier;
    size_t points;
} published;

static void test_ten_assets(void **state)
{
    const published *which = *state;
    size_t count, equal = 0;
    desk d = open_desk(which->name, 10);
    data_require(which->frontier, which->name);
    double *points = data_read_numbers(which->frontier, &count), above = 0.0;
    for (size_t k = 0; k < which->points; k++) {
        const size_t i = 2 * (k * (count / 2 - 1) / (which->points - 1)); /* from the largest return downward */
        const double variance = variance_at(&d, points[i], 10), least = points[i + 1];
        /* returns and variances are printed with ten decimals; a slope of the frontier of at most 1 carries them over */
        assert_true(variance >= least - 1e-9);
        equal += variance <= least + 1e-9;
        above = fmax(above, variance / least - 1.0);
    }
    print_message("%s: %zu of %zu points on the frontier without limits, the others at most %.3g %% above\n", which->name,
                  equal, which->points, 100.0 * above);
    assert_true(equal > 0);
    free(points);
    close_desk(&d);
}

/* The least variance over all sets of at most `most` assets (2 or 3), each solved by itself. */
static double try_all(const desk *d, double target, size_t most)
{
    const size_t n = d->p->n;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    double *upper = calloc(2 * n, sizeof *upper), *lower = upper + n, least = HUGE_VAL;
    assert_non_null(upper);
    assert_int_equal(mvo_constraints_copy(&rules, d->rules, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_return(NULL, rules, d->p->mu, target, HUGE_VAL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, d->covariance, rules, NULL), MVO_OK);
    for (size_t a = 0; a < n; a++)
        for (size_t b = a; b < n; b++)
            for (size_t c = b; c < (most == 3 ? n : b + 1); c++) {
                const size_t member[3] = { a, b, c };
                mvo_outcome outcome = -1;
                mvo_report report = MVO_REPORT_INIT;
                for (size_t j = 0; j < n; j++)
                    upper[j] = lower[j] = 0.0;
                for (int k = 0; k < 3; k++) {
                    upper[member[k]] = 1.0;
                    lower[member[k]] = LEAST;
                }
                assert_int_equal(mvo_solver_set_bounds(solver, lower, upper, NULL), MVO_OK);
                assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
                mvo_solver_report(&report, solver);
                if (outcome == MVO_OPTIMAL)
                    least = fmin(least, 2.0 * report.objective);
            }
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    free(upper);
    return least;
}

static void test_every_set(void **state)
{
    (void)state;
    for (size_t most = 2; most <= 3; most++) {
        desk d = open_desk("port1", most);
        for (int k = 0; k < 8; k++) {
            const double target = 0.002 + 0.00115 * k, expected = try_all(&d, target, most);
            const double found = variance_at(&d, target, most);
            if (!(fabs(found - expected) <= 1e-9 * expected))
                fail_msg("%zu assets at return %g: variance %.12g, by trial %.12g", most, target, found, expected);
        }
        close_desk(&d);
    }
}

int main(void)
{
    static published port1 = { "port1", "orlib/portef1.txt", 51 }, port3 = { "port3", "orlib/portef3.txt", 8 },
                     port5 = { "port5", "orlib/portef5.txt", 8 };
    const struct CMUnitTest tests[] = {
        { "port1, ten assets", test_ten_assets, NULL, NULL, &port1 },
        { "port3, ten assets", test_ten_assets, NULL, NULL, &port3 },
        { "port5, ten assets", test_ten_assets, NULL, NULL, &port5 },
        cmocka_unit_test(test_every_set),
    };
    return cmocka_run_group_tests_name("few assets", tests, NULL, NULL);
}
