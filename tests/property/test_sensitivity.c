/* SPDX-License-Identifier: MIT */
/* Derivatives of optima against differences of optima solved anew, and forward against adjoint. */
#include "support/costly.h"
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

enum { MOST = 16 };

/* A direction of all data, and the answer at one place on it. */
typedef struct direction {
    double linear[MOST], sigma[MOST * MOST], limits[MOST], bounds[MOST], aversion;
} direction;

typedef struct answer {
    double w[MOST], y[MOST], z[MOST];
    int32_t assets[MOST], rows[MOST];
} answer;

static double normal(random_stream *stream, double size)
{
    return size * random_normal(stream);
}

static void random_direction(direction *d, random_stream *stream, size_t n, size_t m, double size)
{
    memset(d, 0, sizeof *d);
    for (size_t j = 0; j < n; j++) {
        d->linear[j] = normal(stream, size);
        d->bounds[j] = normal(stream, size);
        for (size_t i = 0; i <= j; i++)
            d->sigma[i + j * n] = d->sigma[j + i * n] = normal(stream, size);
    }
    for (size_t i = 0; i < m; i++)
        d->limits[i] = normal(stream, size);
    d->aversion = normal(stream, size);
}

/* The problem a step further: limits that hold move, the others stay. */
static void step(instance *to, const instance *from, const direction *d, const answer *a, double h)
{
    for (size_t j = 0; j < from->n; j++) {
        const int32_t at = a->assets[j];
        to->linear[j] = from->linear[j] + h * d->linear[j];
        to->mu[j] = -to->linear[j];
        to->lower[j] = from->lower[j] + (at == MVO_AT_LOWER || at == MVO_FIXED ? h * d->bounds[j] : 0.0);
        to->upper[j] = from->upper[j] + (at == MVO_AT_UPPER || at == MVO_FIXED ? h * d->bounds[j] : 0.0);
    }
    for (size_t i = 0; i < from->n * from->n; i++)
        to->sigma[i] = from->sigma[i] + h * d->sigma[i];
    for (size_t i = 0; i < from->m; i++) {
        const int32_t at = a->rows[i];
        to->row_lower[i] = from->row_lower[i] + (at == MVO_AT_LOWER || at == MVO_FIXED ? h * d->limits[i] : 0.0);
        to->row_upper[i] = from->row_upper[i] + (at == MVO_AT_UPPER || at == MVO_FIXED ? h * d->limits[i] : 0.0);
    }
}

/* 1 if the problem has an optimum; the solver is given too where `keep` is not NULL. */
static int ask(answer *a, mvo_solver **keep, const costly *c, double aversion)
{
    mvo_outcome outcome = -1;
    mvo_solver *solver = costly_solver(c, MVO_CHECK_FINITE);
    memset(a, 0, sizeof *a);
    assert_non_null(solver);
    mvo_solver_set_real(solver, MVO_OPTION_TOLERANCE, 1e-12, NULL);
    double mu[MOST];
    for (size_t j = 0; j < c->p->n; j++)
        mu[j] = -c->p->linear[j];
    assert_int_equal(mvo_maximum_utility(&outcome, solver, mu, aversion, NULL), MVO_OK);
    if (outcome == MVO_OPTIMAL) {
        mvo_solver_weights(a->w, solver);
        mvo_solver_multipliers(a->y, a->z, solver);
        mvo_solver_working_set(a->assets, a->rows, solver);
    }
    if (keep && outcome == MVO_OPTIMAL)
        *keep = solver;
    else
        mvo_solver_free(solver);
    return outcome == MVO_OPTIMAL;
}

static double largest(const double *x, size_t n)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* Largest difference of (high - low) / width from the derivative, relative to the largest derivative. */
static double error_of(const double *derivative, const double *low, const double *high, size_t n, double width, double least)
{
    double worst = 0.0;
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs((high[i] - low[i]) / width - derivative[i]));
    return worst / fmax(largest(derivative, n), least);
}

static int same_set(const answer *a, const answer *b)
{
    return memcmp(a->assets, b->assets, sizeof a->assets) == 0 && memcmp(a->rows, b->rows, sizeof a->rows) == 0;
}

/* <g, dw> by forward and by adjoint. */
static double adjoint_error(const mvo_sensitivity *s, const direction *d, const answer *at, const double *dw, size_t n, size_t m,
                            random_stream *stream)
{
    double g[MOST], linear[MOST], u[MOST], limits[MOST], bounds[MOST], aversion;
    double forward = 0.0, adjoint = 0.0, size = 0.0;
    for (size_t j = 0; j < n; j++) {
        g[j] = random_normal(stream);
        forward += g[j] * dw[j];
        size += fabs(g[j] * dw[j]);
    }
    assert_int_equal(mvo_sensitivity_adjoint(linear, u, &aversion, limits, bounds, s, g, NULL), MVO_OK);
    for (size_t j = 0; j < n; j++) {
        adjoint += linear[j] * d->linear[j] + bounds[j] * d->bounds[j];
        size += fabs(linear[j] * d->linear[j]) + fabs(bounds[j] * d->bounds[j]);
        for (size_t i = 0; i < n; i++) {
            const double term = -0.5 * (u[i] * at->w[j] + u[j] * at->w[i]) * d->sigma[i + j * n];
            adjoint += term;
            size += fabs(term);
        }
    }
    for (size_t i = 0; i < m; i++) {
        adjoint += limits[i] * d->limits[i];
        size += fabs(limits[i] * d->limits[i]);
    }
    adjoint += aversion * d->aversion;
    size += fabs(aversion * d->aversion);
    /* where a row alone decides on a weight, its move may be nothing but rounding of the direction's */
    return fabs(forward - adjoint) / fmax(size, largest(g, n) * largest(d->linear, n));
}

typedef struct tally {
    size_t tried, degenerate, left;
    double weights, multipliers, adjoint;
} tally;

static int bends_at(const costly *c, size_t j, double w)
{
    int bends = w == 0.0 || w == c->holdings[j];
    for (size_t k = 0; k < c->count[j]; k++)
        bends |= w == c->at[j][k];
    return bends;
}

/* One problem; what cannot be compared (no optimum, degenerate, a working set that changes within the step) is counted. */
static void compare(tally *t, costly *c, double size, random_stream *stream)
{
    const double h = 1e-5, delta = exp(random_normal(stream));
    const size_t n = c->p->n, m = c->p->m;
    direction d;
    answer at, low, high;
    double dw[MOST], dy[MOST], dz[MOST];
    mvo_solver *solver = NULL;
    mvo_sensitivity *s = NULL;
    random_direction(&d, stream, n, m, size);
    if (!ask(&at, &solver, c, delta))
        return;
    const mvo_status made = mvo_sensitivity_new(&s, solver, NULL);
    mvo_solver_free(solver);
    assert_true(made == MVO_OK || made == MVO_ERROR_SINGULAR);
    if (made != MVO_OK || mvo_sensitivity_degenerate(s)) {
        t->degenerate++;
        mvo_sensitivity_unref(s);
        return;
    }
    for (size_t j = 0; j < n; j++)
        if (bends_at(c, j, at.w[j]))
            d.bounds[j] = 0.0; /* a bound on a breakpoint does not move */
    assert_int_equal(mvo_sensitivity_forward(dw, dy, dz, s, d.linear, d.sigma, n, d.aversion, d.limits, d.bounds, NULL), MVO_OK);
    instance *own = c->p, *moved = instance_copy(own);
    c->p = moved;
    step(moved, own, &d, &at, -h);
    int fine = ask(&low, NULL, c, delta - h * d.aversion) && same_set(&low, &at);
    step(moved, own, &d, &at, h);
    fine = fine && ask(&high, NULL, c, delta + h * d.aversion) && same_set(&high, &at);
    c->p = own;
    instance_free(moved);
    if (fine) {
        t->tried++;
        t->weights = fmax(t->weights, error_of(dw, low.w, high.w, n, 2.0 * h, size));
        t->multipliers = fmax(t->multipliers, error_of(dy, low.y, high.y, m, 2.0 * h, size));
        t->multipliers = fmax(t->multipliers, error_of(dz, low.z, high.z, n, 2.0 * h, size));
    } else {
        t->left++;
    }
    t->adjoint = fmax(t->adjoint, adjoint_error(s, &d, &at, dw, n, m, stream));
    mvo_sensitivity_unref(s);
}

static void judge(const tally *t, size_t least)
{
    print_message("%zu compared, %zu degenerate, %zu left their working set: weights %.1e, multipliers %.1e, adjoint %.1e\n",
                  t->tried, t->degenerate, t->left, t->weights, t->multipliers, t->adjoint);
    assert_true(t->tried >= least);
    assert_true(t->weights <= 1e-6);
    assert_true(t->multipliers <= 1e-6);
    assert_true(t->adjoint <= 1e-12);
}

static void test_planted(void **state)
{
    (void)state;
    random_stream stream = { 61 };
    tally t = { 0 };
    for (size_t k = 0; k < 1500; k++) {
        const size_t n = 1 + random_below(&stream, 12), m = random_below(&stream, n / 2 + 2);
        const double condition = pow(10.0, 2.0 * random_uniform(&stream));
        planted_problem planted = plant_problem(&stream, n, m, condition, 0.0);
        costly *c = costly_new(instance_copy(planted.p), 0);
        compare(&t, c, 1.0 / condition, &stream);
        costly_free(c);
        planted_free(&planted);
    }
    judge(&t, 1000);
}

static void test_costs(void **state)
{
    (void)state;
    random_stream stream = { 62 };
    tally t = { 0 };
    for (size_t k = 0; k < 400; k++) {
        const size_t n = 2 + random_below(&stream, 9), m = random_below(&stream, 3);
        planted_problem planted = plant_problem(&stream, n, m, 10.0, 0.0);
        costly *c = costly_random(&stream, instance_copy(planted.p), random_below(&stream, 2), 0);
        compare(&t, c, 0.1, &stream);
        costly_free(c);
        planted_free(&planted);
    }
    judge(&t, 200);
}

/* One-sided derivatives: weights are piecewise linear in c, so that a small step is exact. */
static void test_degenerate(void **state)
{
    (void)state;
    random_stream stream = { 63 };
    size_t degenerate = 0, changed = 0;
    double worst = 0.0;
    for (size_t k = 0; k < 400; k++) {
        const size_t n = 2 + random_below(&stream, 10), m = random_below(&stream, n / 2 + 1);
        const double h = 1e-6;
        planted_problem planted = plant_problem(&stream, n, m, 30.0, 0.6);
        costly *c = costly_new(instance_copy(planted.p), 0);
        direction d;
        answer at, high;
        double dw[MOST], back[MOST];
        mvo_solver *solver = NULL;
        mvo_sensitivity *s = NULL;
        random_direction(&d, &stream, n, m, 1.0);
        memset(d.sigma, 0, sizeof d.sigma);
        memset(d.limits, 0, sizeof d.limits);
        memset(d.bounds, 0, sizeof d.bounds);
        assert_true(ask(&at, &solver, c, 1.0));
        assert_int_equal(mvo_sensitivity_new(&s, solver, NULL), MVO_OK);
        degenerate += (size_t)mvo_sensitivity_degenerate(s);
        assert_int_equal(mvo_sensitivity_forward(dw, NULL, NULL, s, d.linear, NULL, 0, 0.0, NULL, NULL, NULL), MVO_OK);
        instance *own = c->p, *moved = instance_copy(own);
        c->p = moved;
        step(moved, own, &d, &at, h);
        assert_true(ask(&high, NULL, c, 1.0));
        worst = fmax(worst, error_of(dw, at.w, high.w, n, h, 1.0));
        c->p = own;
        for (size_t j = 0; j < n; j++)
            d.linear[j] = -d.linear[j];
        assert_int_equal(mvo_sensitivity_forward(back, NULL, NULL, s, d.linear, NULL, 0, 0.0, NULL, NULL, NULL), MVO_OK);
        for (size_t j = 0; j < n; j++)
            if (fabs(back[j] + dw[j]) > 1e-6) {
                changed++;
                break;
            }
        instance_free(moved);
        mvo_sensitivity_unref(s);
        mvo_solver_free(solver);
        costly_free(c);
        planted_free(&planted);
    }
    print_message("%zu degenerate, %zu with different derivatives on the two sides: %.1e\n", degenerate, changed, worst);
    assert_true(degenerate > 250);
    assert_true(changed > 100);
    assert_true(worst <= 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted),
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_degenerate),
    };
    return cmocka_run_group_tests_name("sensitivity", tests, NULL, NULL);
}
