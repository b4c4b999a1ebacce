/* SPDX-License-Identifier: MIT */
/* The same problem in other units, another order, or told twice has the same answer. */
#include "support/market.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define TOLERANCE 1e-9

/* Solves and verifies; the weights are to be freed. */
static double *optimum(const instance *p, const char *what)
{
    mvo_outcome outcome = -1;
    char why[256] = "";
    const verify_problem view = instance_view(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    double *w = calloc(p->n, sizeof *w);
    assert_non_null(solver);
    assert_non_null(w);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    if (outcome != MVO_OPTIMAL || !verify_solve(&view, solver, outcome, TOLERANCE, why, sizeof why))
        fail_msg("%s: %s %s", what, mvo_outcome_name(outcome), why);
    mvo_solver_weights(w, solver);
    mvo_solver_free(solver);
    return w;
}

/* Fails unless the problem's weights times `unit` are those expected. Frees the problem. */
static void expect_weights(instance *p, const double *expected, double unit, const char *what)
{
    double *w = optimum(p, what), largest = 0.0;
    for (size_t j = 0; j < p->n; j++)
        largest = fmax(largest, fabs(expected[j]));
    for (size_t j = 0; j < p->n; j++)
        if (!(fabs(w[j] * unit - expected[j]) <= 1e-9 * largest))
            fail_msg("%s: weight %zu is %.17g, expected %.17g", what, j, w[j] * unit, expected[j]);
    free(w);
    instance_free(p);
}

static void scale_objective(instance *p, double by)
{
    for (size_t e = 0; e < p->n * p->n; e++)
        p->sigma[e] *= by;
    for (size_t j = 0; j < p->n; j++)
        p->linear[j] *= by;
}

/* Weights in units of 1 / by: w = by w'. */
static void change_unit(instance *p, double by)
{
    for (size_t e = 0; e < p->n * p->n; e++)
        p->sigma[e] *= by * by;
    for (size_t j = 0; j < p->n; j++) {
        p->linear[j] *= by;
        p->lower[j] /= by;
        p->upper[j] /= by;
    }
    for (size_t e = 0; e < p->m * p->n; e++)
        p->rows[e] *= by;
}

static void scale_row(instance *p, size_t i, double by)
{
    for (size_t j = 0; j < p->n; j++)
        p->rows[i * p->n + j] *= by;
    const double lower = p->row_lower[i] * by, upper = p->row_upper[i] * by;
    p->row_lower[i] = by > 0.0 ? lower : upper;
    p->row_upper[i] = by > 0.0 ? upper : lower;
}

static void test_units(void **state)
{
    (void)state;
    static const double factors[] = { 1e-12, 1e-8, 1e-3, 7.0, 1e4, 1e8, 1e12 };
    random_stream stream = { 41 };
    for (size_t t = 0; t < 40; t++) {
        const size_t n = 2 + random_below(&stream, 20), m = 1 + random_below(&stream, n / 2);
        instance *p = random_feasible_problem(&stream, n, m, n, RANDOM_CONTINUOUS);
        random_covariance(&stream, p->sigma, n, 100.0);
        double *w = optimum(p, "as made");
        for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
            instance *other = instance_copy(p);
            scale_objective(other, factors[f]);
            expect_weights(other, w, 1.0, "objective scaled");
            other = instance_copy(p);
            change_unit(other, factors[f]);
            expect_weights(other, w, factors[f], "unit changed");
            other = instance_copy(p);
            for (size_t i = 0; i < m; i++)
                scale_row(other, i, i % 2 ? factors[f] : -1.0 / factors[f]);
            expect_weights(other, w, 1.0, "rows scaled");
        }
        free(w);
        instance_free(p);
    }
}

/* Daily variances of 1e-8 and the same in squared basis points. */
static void test_market_units(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        instance *p = market_new(60, seed, 0);
        market_sectors(p);
        for (size_t j = 0; j < p->n; j++)
            p->linear[j] = -0.2 * p->mu[j];
        double *w = optimum(p, "market");
        for (int power = -12; power <= 12; power += 4) {
            instance *other = instance_copy(p);
            scale_objective(other, pow(10.0, power));
            expect_weights(other, w, 1.0, "market in other units");
        }
        free(w);
        instance_free(p);
    }
}

/* Assets and rows in another order. */
static void test_permutation(void **state)
{
    (void)state;
    random_stream stream = { 42 };
    for (size_t t = 0; t < 60; t++) {
        const size_t n = 2 + random_below(&stream, 20), m = random_below(&stream, n / 2 + 1);
        size_t order[32];
        instance *p = random_feasible_problem(&stream, n, m, n, RANDOM_CONTINUOUS), *other = instance_copy(p);
        random_covariance(&stream, p->sigma, n, 100.0);
        double *w = optimum(p, "as made"), *permuted = calloc(n, sizeof *permuted);
        assert_non_null(permuted);
        for (size_t j = 0; j < n; j++)
            order[j] = j;
        for (size_t j = n; j-- > 1;) {
            const size_t k = random_below(&stream, j + 1), keep = order[j];
            order[j] = order[k];
            order[k] = keep;
        }
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < n; i++)
                other->sigma[i + j * n] = p->sigma[order[i] + order[j] * n];
            for (size_t i = 0; i < m; i++)
                other->rows[(m - 1 - i) * n + j] = p->rows[i * n + order[j]];
            other->linear[j] = p->linear[order[j]];
            other->lower[j] = p->lower[order[j]];
            other->upper[j] = p->upper[order[j]];
            permuted[j] = w[order[j]];
        }
        for (size_t i = 0; i < m; i++) {
            other->row_lower[m - 1 - i] = p->row_lower[i];
            other->row_upper[m - 1 - i] = p->row_upper[i];
        }
        expect_weights(other, permuted, 1.0, "permuted");
        free(permuted);
        free(w);
        instance_free(p);
    }
}

/* Every row twice, the second time multiplied by a number and perhaps without the side that is not needed. */
static void test_duplicated_rows(void **state)
{
    (void)state;
    static const double times[] = { 1.0, -1.0, 3.0, 1e-6, 1e6 };
    random_stream stream = { 43 };
    for (size_t t = 0; t < 60; t++) {
        const size_t n = 2 + random_below(&stream, 16), m = 1 + random_below(&stream, n / 2);
        instance *p = random_feasible_problem(&stream, n, m, n, RANDOM_CONTINUOUS), *other = instance_new(n, 2 * m);
        random_covariance(&stream, p->sigma, n, 100.0);
        double *w = optimum(p, "as made");
        memcpy(other->sigma, p->sigma, n * n * sizeof *p->sigma);
        memcpy(other->linear, p->linear, n * sizeof *p->linear);
        memcpy(other->lower, p->lower, n * sizeof *p->lower);
        memcpy(other->upper, p->upper, n * sizeof *p->upper);
        for (size_t i = 0; i < m; i++) {
            instance_set_row(other, i, p->rows + i * n, p->row_lower[i], p->row_upper[i]);
            instance_set_row(other, m + i, p->rows + i * n, p->row_lower[i], p->row_upper[i]);
            scale_row(other, m + i, times[t % 5]);
        }
        expect_weights(other, w, 1.0, "rows told twice");
        free(w);
        instance_free(p);
    }
}

/* An asset split into two identical ones: the two halves together are what the one was. */
static void test_duplicated_assets(void **state)
{
    (void)state;
    random_stream stream = { 44 };
    for (size_t t = 0; t < 40; t++) {
        const size_t n = 2 + random_below(&stream, 15);
        instance *p = instance_new(n, 1), *other = instance_new(n + 1, 1);
        random_covariance(&stream, p->sigma, n, 100.0);
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        instance_set_row(other, 0, NULL, 1.0, 1.0);
        instance_set_bounds(p, 0.0, INFINITY);
        instance_set_bounds(other, 0.0, INFINITY);
        for (size_t j = 0; j < n; j++)
            p->linear[j] = 0.1 * random_normal(&stream);
        for (size_t j = 0; j <= n; j++) {
            other->linear[j] = p->linear[j % n]; /* asset n repeats asset 0 */
            for (size_t i = 0; i <= n; i++)
                other->sigma[i + j * (n + 1)] = p->sigma[i % n + j % n * n];
        }
        double *w = optimum(p, "as made"), *split = optimum(other, "asset told twice");
        split[0] += split[n];
        for (size_t j = 0; j < n; j++)
            assert_true(fabs(w[j] - split[j]) <= 1e-9);
        free(w);
        free(split);
        instance_free(p);
        instance_free(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_market_units),
        cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_duplicated_rows),
        cmocka_unit_test(test_duplicated_assets),
    };
    return cmocka_run_group_tests_name("invariance", tests, NULL, NULL);
}
