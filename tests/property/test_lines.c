/* SPDX-License-Identifier: MIT */
/*
 * Frontiers that follow the plain critical line, corner by corner beside those of path following: long-only, capped, sectors,
 * short positions, budgets that may be left, limits above zero, no rows at all; with tied means, assets told twice, few periods,
 * fixed weights. A set with costs of zero has the same frontier, and is always traced by path following. The smaller ones are
 * verified from the outside too.
 *
 * Every problem comes from a seed of its own, which a failure names. MVO_TEST_LINES: how many; MVO_TEST_LINES_FIRST: the first
 * seed.
 */
#include "portfolio/ask.h"
#include "portfolio/line.h"
#include "support/market.h"
#include "support/property.h"
#include "support/questions.h"
#include "support/random.h"

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

enum { PROBLEMS = 220 };

/* ---------------------------------------------------------------------------------------- problems */

enum { LONG_ONLY, SECTORS, CAPPED, SHORT, OPEN_BUDGET, HIGHER, BOXES, ROWS, KINDS };

/* Sums of every k-th asset, or random coefficients, at most `most`: an upper limit alone, of the size of an equal portfolio's. */
static void add_upper_rows(random_stream *stream, instance *p, size_t count, double most)
{
    double *row = claim(p->n);
    for (size_t k = 0; k < count; k++) {
        double even = 0.0;
        for (size_t j = 0; j < p->n; j++) {
            row[j] = k % 2 ? 0.5 + random_uniform(stream) : (double)(j % count == k);
            even += row[j] / (double)p->n;
        }
        instance_set_row(p, p->m++, row, -INFINITY, most * even);
    }
    free(row);
}

static void constrain(random_stream *stream, instance *p, int kind)
{
    const double n = (double)p->n;
    p->m = 1;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    switch (kind) {
    case SECTORS:
        market_sectors(p);
        return;
    case CAPPED:
        instance_set_bounds(p, 0.0, fmax(0.023, 4.3 / n));
        return;
    case SHORT:
        instance_set_bounds(p, -0.3 / sqrt(n), 1.0 / sqrt(n));
        return;
    case OPEN_BUDGET:
        instance_set_row(p, 0, NULL, -INFINITY, 1.0);
        instance_set_bounds(p, 0.0, random_below(stream, 2) ? INFINITY : 6.0 / n);
        return;
    case HIGHER:
        for (size_t j = 0; j < p->n; j++) {
            p->lower[j] = 0.6 * random_uniform(stream) / n;
            p->upper[j] = p->lower[j] + 8.0 * random_uniform(stream) / n;
        }
        return;
    case BOXES:
        p->m = 0;
        for (size_t j = 0; j < p->n; j++) {
            p->upper[j] = random_uniform(stream) / n;
            p->lower[j] = -p->upper[j];
        }
        return;
    case ROWS:
        instance_set_bounds(p, 0.0, fmax(0.1, 6.0 / n));
        add_upper_rows(stream, p, 1 + random_below(stream, 6), 1.1 + random_uniform(stream));
        return;
    default:
        instance_set_bounds(p, 0.0, INFINITY);
    }
}

/* Asset `to` becomes asset `from`. */
static void tell_twice(instance *p, size_t from, size_t to)
{
    const size_t n = p->n;
    memcpy(p->sigma + to * n, p->sigma + from * n, n * sizeof(double));
    for (size_t j = 0; j < n; j++)
        p->sigma[to + j * n] = p->sigma[from + j * n];
    p->sigma[to * (n + 1)] = p->sigma[from * (n + 1)];
    p->mu[to] = p->mu[from];
}

/* Sigma of assets that move on their own, but for a little: many are held at once. */
static void loosen(instance *p)
{
    for (size_t j = 0; j < p->n; j++)
        for (size_t i = 0; i < p->n; i++)
            p->sigma[i + j * p->n] *= i == j ? 1.0 : 0.01;
}

typedef struct model {
    instance *p;
    int kind;
    int plain; /* nothing is done to make it unusual */
    int twice; /* there are assets that are another one as well: weights are not unique */
} model;

static model draw(uint64_t seed)
{
    random_stream stream = { seed };
    const size_t sizes[] = { 20, 40, 60, 100, 127, 150, 220, 395, 420 };
    const size_t n = sizes[random_below(&stream, sizeof sizes / sizeof *sizes)] + random_below(&stream, 8);
    const int weak = random_below(&stream, 4) == 0;
    model made = { market_new(n, seed, weak), (int)random_below(&stream, KINDS), 0, 0 };
    instance *p = made.p;
    switch (random_below(&stream, 10)) {
    case 0: /* tied means */
        for (size_t j = 0; j < n; j++)
            p->mu[j] = floor(p->mu[j] * 50.0) / 50.0;
        break;
    case 1:
        made.twice = 1;
        for (size_t k = 0; k < 3; k++)
            tell_twice(p, random_below(&stream, n), random_below(&stream, n));
        break;
    case 2:
        forget_periods(&stream, p, n / 3);
        break;
    case 3:
    case 4:
        loosen(p);
        /* fall through */
    default:
        made.plain = !weak || n < 300; /* more than half of them free would not fit */
    }
    constrain(&stream, p, made.kind);
    if (random_below(&stream, 6) == 0)
        for (size_t k = 0; k < 3; k++) {
            const size_t j = random_below(&stream, n);
            p->upper[j] = p->lower[j] = 0.5 * fmax(p->lower[j], 0.0) + 0.5 * fmin(p->upper[j], 2.0 / (double)n);
        }
    return made;
}

/* ----------------------------------------------------------------------------------------- judging */

typedef struct tally {
    size_t own, left, own_plain, plain, own_large, corners, others, wrong;
} tally;

/* The frontier of path following. */
static mvo_frontier *by_path(const instance *p)
{
    mvo_frontier *frontier = NULL;
    mvo_outcome outcome = -1;
    mvo_solver *solver = NULL;
    mvo_constraints *constraints = instance_constraints(p);
    mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_FINITE);
    assert_int_equal(mvo_constraints_set_trading_costs(constraints, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, constraints, NULL), MVO_OK);
    assert_false(mvoi_line_suits(solver));
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    mvo_solver_free(solver);
    mvo_constraints_free(constraints);
    mvo_covariance_unref(covariance);
    return frontier;
}

/* The frontier of the plain line alone; NULL if that leaves it to the path. */
static mvo_frontier *by_line(const instance *p, mvo_solver *solver)
{
    mvo_frontier *frontier = NULL;
    mvo_status status = MVO_OK;
    assert_true(mvoi_line_suits(solver));
    assert_int_equal(mvoi_frontier_new(&frontier, NULL, p->n), MVO_OK);
    mvoi_ask_start(solver);
    const mvo_outcome outcome = mvoi_line_follow(frontier, solver, p->mu, &status);
    assert_int_equal(status, MVO_OK);
    if (outcome == MVO_OPTIMAL) {
        mvoi_frontier_finish(frontier, solver->covariance->diagonal);
        return frontier;
    }
    assert_int_equal(outcome, MVO_NUMERICAL);
    mvo_frontier_unref(frontier);
    return NULL;
}

typedef struct corner {
    double lambda, expected_return, volatility;
    double *w;
} corner;

static void read_corner(corner *c, const mvo_frontier *frontier, size_t k)
{
    assert_int_equal(mvo_frontier_corner(&c->lambda, &c->expected_return, &c->volatility, c->w, frontier, k), MVO_OK);
}

static int near(double a, double b, double size)
{
    return fabs(a - b) <= TOLERANCE * size;
}

static double sum_of_sizes(const double *w, const double *by, size_t n)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += fabs(w[j]) * (by ? fabs(by[j]) : 1.0);
    return sum;
}

/* The same portfolio, numbers measured beside what they are made of, and beside those of the first corner; a variance is told by
   lambda and the return, which says less where means are all but tied. `weights`: those as well. */
static int same_place(const instance *p, const corner *a, const corner *b, const corner *first, const double *deviation, int weights)
{
    const size_t n = p->n;
    const double held = sum_of_sizes(b->w, NULL, n) + 1e-3 * sum_of_sizes(first->w, NULL, n);
    const double gain = sum_of_sizes(b->w, p->mu, n) + 1e-3 * sum_of_sizes(first->w, p->mu, n);
    const double risk = sum_of_sizes(b->w, deviation, n) + 1e-3 * sum_of_sizes(first->w, deviation, n);
    const double variance = a->volatility * a->volatility;
    int fine = near(a->lambda, b->lambda, b->lambda + 1e-3 * first->lambda) && near(a->expected_return, b->expected_return, gain) &&
               near(variance, b->volatility * b->volatility, variance + 1e-6 * risk * risk + 1e-3 * b->lambda * gain);
    for (size_t j = 0; weights && j < n; j++)
        fine &= near(a->w[j], b->w[j], held);
    return fine;
}

/* Whether the corners of `from` lie on `on` too; `why` says which does not. They need not be corners there: where path following
   exchanges elements that tie, and where nothing moves, it has some more. */
static int lie_on(const model *made, const mvo_frontier *from, const mvo_frontier *on, char *why, size_t size)
{
    const instance *p = made->p;
    const size_t n = p->n, corners = mvo_frontier_corner_count(from);
    corner a = { .w = claim(n) }, b = { .w = claim(n) }, first = { .w = claim(n) };
    double *deviation = claim(n);
    int fine = 1;
    for (size_t j = 0; j < n; j++)
        deviation[j] = sqrt(p->sigma[j * (n + 1)]);
    read_corner(&first, on, 0);
    for (size_t k = 0; fine && k < corners; k++) {
        read_corner(&a, from, k);
        b.lambda = a.lambda;
        assert_int_equal(mvo_frontier_at_lambda(&b.expected_return, &b.volatility, b.w, on, b.lambda, NULL), MVO_OK);
        fine = same_place(p, &a, &b, &first, deviation, !made->twice);
        /* where all but nothing of lambda lies between two portfolios it is the return that tells them */
        if (!fine && mvo_frontier_at_return(&b.lambda, &b.volatility, b.w, on, a.expected_return, NULL) == MVO_OK) {
            b.expected_return = a.expected_return;
            fine = same_place(p, &a, &b, &first, deviation, !made->twice);
        }
        if (!fine)
            snprintf(why, size, "corner %zu of %zu: lambda %.15g, return %.15g (%.15g), volatility %.15g (%.15g)", k, corners, a.lambda,
                     a.expected_return, b.expected_return, a.volatility, b.volatility);
    }
    free(deviation);
    free(first.w);
    free(a.w);
    free(b.w);
    return fine;
}

/* Corner by corner; 0 if there are others. */
static int same_corners(const model *made, const mvo_frontier *line, const mvo_frontier *path)
{
    const size_t corners = mvo_frontier_corner_count(line);
    double first, a, b;
    int fine = corners == mvo_frontier_corner_count(path);
    assert_int_equal(mvo_frontier_corner(&first, NULL, NULL, NULL, path, 0), MVO_OK);
    for (size_t k = 0; fine && k < corners; k++) {
        assert_int_equal(mvo_frontier_corner(&a, NULL, NULL, NULL, line, k), MVO_OK);
        assert_int_equal(mvo_frontier_corner(&b, NULL, NULL, NULL, path, k), MVO_OK);
        fine = near(a, b, b + 1e-3 * first);
    }
    return fine && lie_on(made, line, path, NULL, 0);
}

static void examine(uint64_t seed, tally *t)
{
    char why[512] = "";
    const model made = draw(seed);
    const instance *p = made.p;
    mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
    assert_non_null(solver);
    mvo_frontier *line = by_line(p, solver);
    t->plain += (size_t)made.plain;
    if (line) {
        mvo_frontier *path = by_path(p);
        t->own++;
        t->own_plain += (size_t)made.plain;
        t->own_large += p->n >= 400;
        t->corners += mvo_frontier_corner_count(line);
        t->others += !same_corners(&made, line, path);
        if (!lie_on(&made, line, path, why, sizeof why) || !lie_on(&made, path, line, why, sizeof why)) {
            t->wrong++;
            print_error("seed %llu (n %zu, kind %d%s): %s\n", (unsigned long long)seed, p->n, made.kind,
                        made.plain ? "" : ", unusual", why);
        } else if (p->n <= 60) {
            assert_frontier(p, line, solver, TOLERANCE);
        }
        mvo_frontier_unref(path);
    } else {
        t->left++;
    }
    mvo_frontier_unref(line);
    mvo_solver_free(solver);
    instance_free(made.p);
}

static void lines_are_paths(void **state)
{
    (void)state;
    tally t = { 0 };
    const uint64_t first = asked("MVO_TEST_LINES_FIRST", 1), problems = asked("MVO_TEST_LINES", PROBLEMS);
    for (uint64_t k = 0; k < problems; k++)
        examine(first + k, &t);
    print_message("          %llu problems: %zu followed (%zu of %zu plain ones, %zu with 400 assets), %zu left to the path; %zu corners, "
                  "%zu with others than the path's, %zu wrong\n",
                  (unsigned long long)problems, t.own, t.own_plain, t.plain, t.own_large, t.left, t.corners, t.others, t.wrong);
    assert_int_equal(t.wrong, 0);
    assert_true(50 * t.others <= t.own + 50);
    assert_true(4 * t.own_plain >= 3 * t.plain);
    assert_true(t.own_large > 0 || problems < PROBLEMS);
}

/* A callback that asks once to stop, when `left` calls have gone by. */
static int32_t stop_once(void *user, int64_t iterations)
{
    (void)iterations;
    int64_t *left = user;
    return (*left)-- == 0;
}

/* Whether the solver says that it was left at a feasible portfolio; if so it is one, and the return is its own. */
static int stands(const instance *p, const mvo_solver *solver)
{
    mvo_report report = MVO_REPORT_INIT;
    double *w = claim(p->n), sum = 0.0, gain = 0.0;
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    for (size_t j = 0; report.feasible && j < p->n; j++) {
        assert_true(w[j] >= 0.0);
        sum += w[j];
        gain += w[j] * p->mu[j];
    }
    if (report.feasible) {
        assert_true(fabs(sum - 1.0) <= 1e-12);
        assert_true(fabs(report.expected_return - gain) <= 1e-12);
    }
    free(w);
    return report.feasible == 1;
}

/* Whichever step it is at: the cold solve, one from higher up where two means lie close together, an event, the end. */
static void stop_everywhere(int tied)
{
    instance *p = market_new(40, 7, 0);
    market_long_only(p);
    size_t best = 0;
    for (size_t j = 1; j < p->n; j++)
        best = p->mu[j] > p->mu[best] ? j : best;
    if (tied)
        p->mu[(best + 1) % p->n] = p->mu[best] - 1e-9;
    mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
    mvo_outcome outcome = MVO_CANCELLED;
    int64_t steps = -1, stood = 0;
    while (outcome != MVO_OPTIMAL) {
        mvo_frontier *frontier = NULL;
        int64_t left = ++steps;
        assert_int_equal(mvo_solver_set_progress(solver, stop_once, &left, NULL), MVO_OK);
        assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, p->mu, NULL), MVO_OK);
        assert_int_equal(outcome, left < 0 ? MVO_CANCELLED : MVO_OPTIMAL);
        stood += outcome == MVO_CANCELLED && stands(p, solver);
        mvo_frontier_unref(frontier);
    }
    assert_true(steps > 20);
    assert_true(stood > steps / 2); /* all but those before there is a first corner */
    mvo_solver_free(solver);
    instance_free(p);
}

static void every_stop_is_heard(void **state)
{
    (void)state;
    stop_everywhere(0);
    stop_everywhere(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(lines_are_paths), cmocka_unit_test(every_stop_is_heard) };
    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
