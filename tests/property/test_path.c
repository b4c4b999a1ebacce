/* SPDX-License-Identifier: MIT */
/* Parametric paths: everywhere on the way the weights are as good as those of a solve that starts from nothing. */
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

static double between(double a, double b, double tau)
{
    return a == b ? a : (1.0 - tau) * a + tau * b;
}

/* The problem at tau between two that share Sigma, rows and breakpoints. */
static costly *at_tau(const costly *a, const costly *b, double tau)
{
    const size_t n = a->p->n;
    costly *c = costly_new(instance_copy(a->p), a->absolute);
    for (size_t j = 0; j < n; j++) {
        c->p->linear[j] = between(a->p->linear[j], b->p->linear[j], tau);
        c->p->lower[j] = between(a->p->lower[j], b->p->lower[j], tau);
        c->p->upper[j] = between(a->p->upper[j], b->p->upper[j], tau);
        c->holdings[j] = a->holdings[j];
        c->buy[j] = between(a->buy[j], b->buy[j], tau);
        c->sell[j] = between(a->sell[j], b->sell[j], tau);
        c->borrow[j] = between(a->borrow[j], b->borrow[j], tau);
        c->count[j] = a->count[j];
        c->origin[j] = a->origin[j];
        if (a->slope[j]) {
            c->at[j] = malloc((a->count[j] + 1) * sizeof(double));
            c->slope[j] = malloc((a->count[j] + 1) * sizeof(double));
            memcpy(c->at[j], a->at[j], a->count[j] * sizeof(double));
            memcpy(c->slope[j], a->slope[j], (a->count[j] + 1) * sizeof(double));
        }
    }
    for (size_t i = 0; i < a->p->m; i++) {
        c->p->row_lower[i] = between(a->p->row_lower[i], b->p->row_lower[i], tau);
        c->p->row_upper[i] = between(a->p->row_upper[i], b->p->row_upper[i], tau);
    }
    for (size_t i = 0; i < a->absolute; i++) {
        memcpy(c->rows[i].coefficients, a->rows[i].coefficients, n * sizeof(double));
        c->rows[i].around = a->rows[i].around;
        c->rows[i].above = a->rows[i].above;
        c->rows[i].below = a->rows[i].below;
        c->rows[i].limit = between(a->rows[i].limit, b->rows[i].limit, tau);
    }
    return c;
}

/* Moves what may move. Bounds of assets whose costs bend stay. */
static costly *moved(random_stream *stream, const costly *a, int integer, int far)
{
    costly *b = at_tau(a, a, 0.0);
    const double unit = far ? 2.0 : 0.3;
    for (size_t j = 0; j < b->p->n; j++) {
        b->p->linear[j] += integer ? (double)random_below(stream, 5) - 2.0 : unit * random_normal(stream);
        if (random_below(stream, 2)) {
            b->buy[j] *= 2.0 * random_uniform(stream);
            b->sell[j] *= 2.0 * random_uniform(stream);
        }
        if (!a->slope[j] && a->buy[j] + a->sell[j] + a->borrow[j] == 0.0 && !a->absolute && random_below(stream, 2)) {
            b->p->lower[j] -= unit * random_uniform(stream);
            b->p->upper[j] += (random_below(stream, 3) ? 1.0 : -0.1) * unit * random_uniform(stream);
            b->p->upper[j] = fmax(b->p->upper[j], b->p->lower[j]);
        }
    }
    for (size_t i = 0; i < b->p->m; i++)
        if (random_below(stream, 2)) {
            const double shift = unit * random_normal(stream);
            b->p->row_lower[i] += shift;
            b->p->row_upper[i] += shift + (random_below(stream, 2) ? unit * random_uniform(stream) : 0.0);
        }
    for (size_t i = 0; i < b->absolute; i++)
        b->rows[i].limit *= 2.0 * random_uniform(stream);
    return b;
}

static int agrees_at(const costly *a, const costly *b, const mvo_path *path, double tau, char *why, size_t size)
{
    const size_t n = a->p->n;
    costly *c = at_tau(a, b, tau);
    mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
    mvo_report report = MVO_REPORT_INIT;
    mvo_outcome outcome = -1;
    double *w = calloc(2 * n, sizeof *w);
    int fine;
    assert_non_null(w);
    assert_non_null(solver);
    assert_int_equal(mvo_path_at(w, NULL, NULL, path, tau, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    const double value = (double)costly_objective(c, w, 1.0);
    double scale = report.gap_scale + 1e-3 + fabs((double)costly_cost(c, w)), largest = 1e-3;
    for (size_t j = 0; j < n; j++) {
        scale += fabs(c->p->linear[j] * w[j]);
        largest = fmax(largest, fabs(w[j]));
    }
    fine = outcome == MVO_OPTIMAL;
    snprintf(why, size, "at %.6g: %s", tau, mvo_outcome_name(outcome));
    if (fine && !(fabs(value - report.objective) <= 1e-8 * scale)) {
        snprintf(why, size, "at %.6g: objective %.15g, best %.15g", tau, value, report.objective);
        fine = 0;
    }
    for (size_t i = 0; fine && i < c->p->m + c->absolute; i++) {
        long double sum = 0.0L, terms = largest;
        for (size_t j = 0; i < c->p->m && j < n; j++) {
            sum += (long double)c->p->rows[i * n + j] * w[j];
            terms += fabsl((long double)c->p->rows[i * n + j] * w[j]);
        }
        if (i >= c->p->m)
            sum = costly_activity(c, i - c->p->m, w);
        const double lower = i < c->p->m ? c->p->row_lower[i] : -INFINITY;
        const double upper = i < c->p->m ? c->p->row_upper[i] : c->rows[i - c->p->m].limit;
        if (!(sum >= lower - 1e-8L * terms && sum <= upper + 1e-8L * terms)) {
            snprintf(why, size, "at %.6g: row %zu is %.15Lg in [%g, %g]", tau, i, sum, lower, upper);
            fine = 0;
        }
    }
    mvo_solver_free(solver);
    free(w);
    costly_free(c);
    return fine;
}

static int follows(const costly *a, const costly *b, size_t *whole, size_t *pieces, char *why, size_t size)
{
    const size_t n = a->p->n, m = a->p->m + a->absolute;
    mvo_solver *solver = costly_solver(a, MVO_CHECK_ALL);
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    double *row_lower = calloc(2 * m + 1, sizeof *row_lower), *row_upper = row_lower + m, from, to = 0.0;
    int fine = 1;
    for (size_t i = 0; i < m; i++) {
        row_lower[i] = i < a->p->m ? b->p->row_lower[i] : -INFINITY;
        row_upper[i] = i < a->p->m ? b->p->row_upper[i] : b->rows[i - a->p->m].limit;
    }
    if (mvo_path_new(&path, &outcome, solver, b->p->linear, b->p->lower, b->p->upper, row_lower, row_upper, b->buy, b->sell,
                     b->borrow, &error) != MVO_OK) {
        snprintf(why, size, "%s", error.message);
        fine = 0;
    }
    if (fine && outcome != MVO_OPTIMAL && outcome != MVO_INFEASIBLE && outcome != MVO_UNBOUNDED) {
        snprintf(why, size, "%s after %zu pieces", mvo_outcome_name(outcome), mvo_path_piece_count(path));
        fine = 0;
    }
    for (size_t k = 0; fine && k < mvo_path_piece_count(path); k++) {
        const double before = to;
        assert_int_equal(mvo_path_piece(&from, &to, path, k), MVO_OK);
        assert_true(from <= to && fabs(from - before) <= 1e-12);
        fine = agrees_at(a, b, path, from + 0.5 * (to - from), why, size) && agrees_at(a, b, path, from, why, size);
    }
    assert_ptr_equal(mvo_path_ref(path), path);
    mvo_path_unref(path);
    *pieces += mvo_path_piece_count(path);
    if (fine && outcome == MVO_OPTIMAL) {
        ++*whole;
        assert_true(to == 1.0);
        fine = agrees_at(a, b, path, 1.0, why, size) && costly_verify(b, solver, 1.0, 1e-9, why, size);
    }
    if (fine && outcome == MVO_INFEASIBLE && path && to < 1.0) { /* and beyond there is nothing */
        costly *c = at_tau(a, b, fmin(to + 1e-4, 1.0));
        mvo_solver *other = costly_solver(c, MVO_CHECK_ALL);
        assert_int_equal(mvo_solver_solve(&outcome, other, NULL), MVO_OK);
        fine = outcome == MVO_INFEASIBLE || outcome == MVO_NUMERICAL;
        snprintf(why, size, "beyond %g: %s", to, mvo_outcome_name(outcome));
        mvo_solver_free(other);
        costly_free(c);
    }
    for (size_t k = 0; k < mvo_path_change_count(path); k++) {
        double tau;
        int32_t kind, status;
        int64_t id;
        assert_int_equal(mvo_path_change(&tau, &kind, &id, &status, path, k), MVO_OK);
        assert_true(tau >= 0.0 && tau <= 1.0 && status >= MVO_AT_LOWER && status <= MVO_AT_BREAKPOINT);
        assert_true(kind == MVO_PATH_ASSET ? id < (int64_t)n : id > 0);
    }
    mvo_path_unref(path);
    mvo_solver_free(solver);
    free(row_lower);
    return fine;
}

static void follow(size_t problems, size_t most_assets, size_t most_absolute, int integer, int far, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0, whole = 0, pieces = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        const size_t n = 1 + random_below(&stream, most_assets), m = random_below(&stream, n / 2 + 2);
        instance *p = random_feasible_problem(&stream, n, m, 1 + random_below(&stream, n),
                                              integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS);
        costly *a = costly_random(&stream, p, random_below(&stream, most_absolute + 1), integer);
        costly *b = moved(&stream, a, integer, far);
        if (!follows(a, b, &whole, &pieces, why, sizeof why)) {
            print_error("path %zu (n %zu, m %zu, %zu absolute): %s\n", t, n, m, a->absolute, why);
            failed++;
        }
        costly_free(a);
        costly_free(b);
    }
    assert_int_equal(failed, 0);
    assert_true(4 * whole > problems && pieces > problems);
}

static void test_near(void **state)
{
    (void)state;
    follow(300, 8, 0, 0, 0, 1);
    follow(200, 8, 2, 0, 0, 2);
}

static void test_far(void **state)
{
    (void)state;
    follow(200, 12, 0, 0, 1, 3);
    follow(200, 12, 2, 0, 1, 4);
}

static void test_ties(void **state)
{
    (void)state;
    follow(300, 8, 0, 1, 1, 5);
    follow(300, 8, 2, 1, 1, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_near), cmocka_unit_test(test_far), cmocka_unit_test(test_ties) };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
