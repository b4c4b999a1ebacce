/* SPDX-License-Identifier: MIT */
/*
 * OR-Library frontiers (Chang, Meade, Beasley & Sharaiha 2000): the published points within the precision of their
 * files, and every corner portfolio against corners computed elsewhere in 80-bit arithmetic; with them the ten assets
 * of Markowitz & Todd (2000).
 */
#include "support/data.h"
#include "support/questions.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define CORNER_TOLERANCE 1e-10

static mvo_frontier *trace(const instance *p, mvo_solver **solver)
{
    mvo_frontier *frontier = NULL;
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    *solver = instance_solver(p, MVO_CHECK_ALL);
    assert_non_null(*solver);
    if (mvo_frontier_new(&frontier, &outcome, *solver, p->mu, &error))
        fail_msg("frontier: %s", error.message);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_non_null(frontier);
    return frontier;
}

static instance *load(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "orlib/%s.txt", name);
    data_require(path, name);
    return data_read_orlib(path);
}

/* Half a unit of the tenth decimal that the files print, carried from the return into the variance by the slope of the
   frontier, d variance / d return = 2 lambda; and never further away than solves made elsewhere in 80-bit arithmetic
   are. */
static double allowed_deviation(double lambda, double of_reference)
{
    return fmin(2e-10 + 4.0 * 5.1e-11 * lambda, of_reference);
}

static double reference_deviation(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "orlib/reference/%s.json", name);
    data_require(path, name);
    json_t *root = data_read_json(path);
    const json_t *check = data_member(root, "published_frontier_check");
    const double deviation = data_number(data_member(check, "max_abs_variance_dev"));
    json_decref(root);
    return deviation * (1.0 + 1e-3);
}

static void test_published_points(void **state)
{
    const char *number = *state;
    char name[32], path[64];
    snprintf(name, sizeof name, "port%s", number);
    instance *p = load(name);
    mvo_solver *solver;
    mvo_frontier *frontier = trace(p, &solver);
    size_t count, last = mvo_frontier_corner_count(frontier) - 1;
    double least, most, worst = 0.0;
    const double of_reference = reference_deviation(name);
    snprintf(path, sizeof path, "orlib/portef%s.txt", number);
    double *points = data_read_numbers(path, &count);
    assert_int_equal(count, 4000);
    assert_int_equal(mvo_frontier_corner(NULL, &least, NULL, NULL, frontier, last), MVO_OK);
    assert_int_equal(mvo_frontier_corner(NULL, &most, NULL, NULL, frontier, 0), MVO_OK);
    for (size_t i = 0; i < count; i += 2) {
        double lambda = 0.0, volatility;
        /* the last points lie up to 4.2e-8 below the return of minimum variance, where the variance is flat */
        const double target = fmin(fmax(points[i], least), most);
        assert_true(fabs(target - points[i]) <= 5e-8);
        assert_int_equal(mvo_frontier_at_return(&lambda, &volatility, NULL, frontier, target, NULL), MVO_OK);
        const double error = fabs(volatility * volatility - points[i + 1]);
        worst = fmax(worst, error);
        if (!(error <= allowed_deviation(lambda, of_reference)))
            fail_msg("%s: variance %.12g at return %.10f, published %.10f", name, volatility * volatility, points[i],
                     points[i + 1]);
    }
    print_message("%s: largest deviation of a variance %.3g (reference %.3g)\n", name, worst, of_reference);
    free(points);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    instance_free(p);
}

static void near_to(const char *what, size_t corner, double found, double expected, double scale)
{
    if (!(fabs(found - expected) <= CORNER_TOLERANCE * scale))
        fail_msg("corner %zu: %s %.17g, expected %.17g", corner, what, found, expected);
}

/* Weights keyed by asset number from 1. */
static void reference_weights(const json_t *from, double *w, size_t n)
{
    const char *key;
    json_t *value;
    memset(w, 0, n * sizeof *w);
    json_object_foreach((json_t *)(uintptr_t)from, key, value)
    {
        const unsigned long asset = strtoul(key, NULL, 10);
        assert_true(asset >= 1 && asset <= n);
        w[asset - 1] = data_number(value);
    }
}

/* A corner tells all its weights, or only which assets it holds (numbered from 1). */
static void compare_weights(size_t corner, const json_t *one, const double *w, double *expected, size_t n)
{
    const json_t *weights = json_object_get(one, "weights"), *support = json_object_get(one, "support");
    if (weights) {
        assert_int_equal(data_vector(weights, expected, n), n);
        for (size_t j = 0; j < n; j++)
            near_to("a weight", corner, w[j], expected[j], 1.0);
        return;
    }
    assert_non_null(support);
    memset(expected, 0, n * sizeof *expected);
    for (size_t i = 0; i < json_array_size(support); i++)
        expected[(size_t)data_number(json_array_get(support, i)) - 1] = 1.0;
    for (size_t j = 0; j < n; j++)
        if (expected[j] == 0.0)
            near_to("a weight outside the support", corner, w[j], 0.0, 1.0);
}

/*
 * The reference lists each corner with the lambda at which the path arrives there from above; null is infinity. Its
 * first two lines are the portfolio of largest return, at infinity and at the smallest lambda for which it is optimal;
 * this library lists it once, at the latter.
 */
static void compare_corners(const instance *p, const json_t *corners)
{
    mvo_solver *solver;
    mvo_frontier *frontier = trace(p, &solver);
    double *w = calloc(2 * p->n, sizeof *w), *expected = w + p->n;
    assert_non_null(w);
    size_t begin = 0;
    while (json_is_null(data_member(json_array_get(corners, begin), "lam")))
        begin++;
    assert_int_equal(mvo_frontier_corner_count(frontier), json_array_size(corners) - begin);
    for (size_t c = begin; c < json_array_size(corners); c++) {
        const json_t *one = json_array_get(corners, c);
        double lambda, gain, risk;
        assert_int_equal(mvo_frontier_corner(&lambda, &gain, &risk, w, frontier, c - begin), MVO_OK);
        const double expected_lambda = data_number(data_member(one, "lam"));
        near_to("lambda", c - begin, lambda, expected_lambda, expected_lambda);
        near_to("return", c - begin, gain, data_number(data_member(one, "ret")),
                fabs(data_number(data_member(one, "ret"))));
        const double variance = data_number(data_member(one, "variance"));
        near_to("variance", c - begin, risk * risk, variance, variance);
        compare_weights(c - begin, one, w, expected, p->n);
    }
    assert_frontier(p, frontier, solver, QUESTION_TOLERANCE);
    free(w);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
}

static void test_corners(void **state)
{
    const char *number = *state;
    char name[32], path[64];
    snprintf(name, sizeof name, "port%s", number);
    snprintf(path, sizeof path, "orlib/reference/%s.json", name);
    data_require(path, name);
    instance *p = load(name);
    json_t *root = data_read_json(path);
    compare_corners(p, data_member(root, "corners"));
    json_decref(root);
    instance_free(p);
}

static void test_twenty_targets(void **state)
{
    const char *number = *state;
    char name[32], path[64];
    snprintf(name, sizeof name, "port%s", number);
    snprintf(path, sizeof path, "orlib/reference/%s.json", name);
    data_require(path, name);
    instance *p = load(name);
    json_t *root = data_read_json(path);
    const json_t *points = data_member(root, "frontier20");
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    double *w = calloc(2 * p->n, sizeof *w), *expected = w + p->n;
    assert_non_null(solver);
    assert_non_null(w);
    assert_int_equal(json_array_size(points), 20);
    for (size_t i = 0; i < 20; i++) {
        const json_t *one = json_array_get(points, i);
        double target = data_number(data_member(one, "target_return"));
        double most = 0.0;
        for (size_t j = 0; j < p->n; j++)
            most = fmax(most, p->mu[j]);
        target = fmin(target, most); /* the last point is the largest mean, printed in full */
        ask_at_return(p, solver, target, MVO_OPTIMAL);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        reference_weights(data_member(one, "weights"), expected, p->n);
        for (size_t j = 0; j < p->n; j++)
            if (!(fabs(w[j] - expected[j]) <= 1e-9))
                fail_msg("point %zu: weight %zu is %.17g, expected %.17g", i, j, w[j], expected[j]);
        const double variance = data_number(data_member(one, "variance"));
        const double risk = (double)instance_volatility(p, w);
        assert_true(fabs(risk * risk - variance) <= 1e-10 * variance);
    }
    free(w);
    mvo_solver_free(solver);
    json_decref(root);
    instance_free(p);
}

static void test_markowitz_todd(void **state)
{
    (void)state;
    data_require("orlib/reference/markowitz_todd10.json", "Markowitz-Todd ten assets");
    json_t *root = data_read_json("orlib/reference/markowitz_todd10.json");
    instance *p = instance_new(10, 1);
    assert_int_equal(data_vector(data_member(root, "mu"), p->mu, 10), 10);
    assert_int_equal(data_matrix(data_member(root, "cov"), p->sigma, 100), 10);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, INFINITY);
    compare_corners(p, data_member(root, "corners"));
    json_decref(root);
    instance_free(p);
}

int main(void)
{
#define ABOUT(test, name, number)                                                                                      \
    {                                                                                                                  \
        name, test, NULL, NULL, (void *)(uintptr_t)(number)                                                            \
    }
    const struct CMUnitTest tests[] = {
        ABOUT(test_published_points, "orlib.port1.points", "1"),
        ABOUT(test_published_points, "orlib.port3.points", "3"),
        ABOUT(test_published_points, "orlib.port5.points", "5"),
        ABOUT(test_corners, "orlib.port1.corners", "1"),
        ABOUT(test_corners, "orlib.port3.corners", "3"),
        ABOUT(test_corners, "orlib.port5.corners", "5"),
        ABOUT(test_twenty_targets, "orlib.port1.targets", "1"),
        ABOUT(test_twenty_targets, "orlib.port3.targets", "3"),
        ABOUT(test_twenty_targets, "orlib.port5.targets", "5"),
        cmocka_unit_test(test_markowitz_todd),
    };
    return cmocka_run_group_tests_name("OR-Library", tests, NULL, NULL);
}
