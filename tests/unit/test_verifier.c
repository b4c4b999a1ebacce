/* SPDX-License-Identifier: MIT */
/* The verifier itself: it accepts known optima and objects to every fault seeded into them. */
#include "support/data.h"

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

/* A problem with a known optimum. */
typedef struct known {
    instance *p;
    double *w, *y, *z;
} known;

static int accepts(const known *k)
{
    char why[256] = "";
    const verify_problem view = instance_view(k->p);
    return verify_point(&view, k->w, k->y, k->z, 0.0, TOLERANCE, why, sizeof why);
}

static void known_free(known *k)
{
    instance_free(k->p);
    free(k->w);
    free(k->y);
    free(k->z);
}

static double *vector(size_t n)
{
    double *x = calloc(n ? n : 1, sizeof *x);
    assert_non_null(x);
    return x;
}

/*
 * Four uncorrelated assets of variances 1, 2, 4, 8 and means 0, 0, 0, -m, with the weight of the second capped at 0.2
 * and an inactive row beside the budget. Closed form: free weights are inversely proportional to their variances.
 *     w_0 v_0 = w_2 v_2 = y,  w_0 + w_2 = 0.8,  w_1 = 0.2,  w_3 = 0.
 */
static known closed_form(void)
{
    const double variance[4] = { 1.0, 2.0, 4.0, 8.0 }, first_two[4] = { 1.0, 1.0, 0.0, 0.0 };
    known k = { instance_new(4, 2), vector(4), vector(2), vector(4) };
    for (size_t j = 0; j < 4; j++)
        k.p->sigma[5 * j] = variance[j];
    k.p->linear[3] = 1.0;
    instance_set_row(k.p, 0, NULL, 1.0, 1.0);
    instance_set_row(k.p, 1, first_two, 0.1, 0.9);
    instance_set_bounds(k.p, 0.0, 1.0);
    k.p->upper[1] = 0.2;
    k.w[0] = 0.64;
    k.w[1] = 0.2;
    k.w[2] = 0.16;
    k.y[0] = 0.64;
    k.z[1] = 2.0 * 0.2 - 0.64; /* held at its cap: negative */
    k.z[3] = 1.0 - 0.64;       /* held at zero: positive */
    return k;
}

static void test_accepts_closed_form(void **state)
{
    (void)state;
    known k = closed_form();
    assert_true(accepts(&k));
    known_free(&k);
}

/* Each figure of the answer and of the problem, moved by one part in a million, must be noticed. */
static void refuses_moved(known *k, double *figure, const char *name)
{
    const double right = *figure;
    for (int sign = -1; sign <= 1; sign += 2) {
        *figure = right + sign * 1e-6 * (fabs(right) > 0.0 ? fabs(right) : 1.0);
        if (accepts(k))
            fail_msg("a move of %s by 1e-6 goes unnoticed", name);
    }
    *figure = NAN;
    if (accepts(k))
        fail_msg("NaN in %s goes unnoticed", name);
    *figure = right;
    assert_true(accepts(k));
}

static void test_refuses_moved_figures(void **state)
{
    (void)state;
    known k = closed_form();
    for (size_t j = 0; j < 4; j++) {
        refuses_moved(&k, &k.w[j], "a weight");
        refuses_moved(&k, &k.z[j], "the multiplier of a bound");
        refuses_moved(&k, &k.p->rows[j], "a coefficient of the budget");
    }
    refuses_moved(&k, &k.y[0], "the multiplier of the budget");
    refuses_moved(&k, &k.y[1], "the multiplier of a row between its limits");
    refuses_moved(&k, &k.p->sigma[0], "a variance");
    refuses_moved(&k, &k.p->sigma[1], "a covariance");
    refuses_moved(&k, &k.p->linear[0], "c of a free weight");
    refuses_moved(&k, &k.p->linear[3], "c of a held weight");
    refuses_moved(&k, &k.p->upper[1], "the cap that holds");
    known_free(&k);
}

static void test_refuses_moved_limits(void **state)
{
    (void)state;
    known k = closed_form();
    k.p->row_lower[0] = k.p->row_upper[0] = 1.0 + 1e-6;
    assert_false(accepts(&k));
    k.p->row_lower[0] = k.p->row_upper[0] = 1.0;
    k.p->row_upper[1] = 0.84 - 1e-6; /* the value of row 1 is 0.84 */
    assert_false(accepts(&k));
    k.p->row_upper[1] = 0.9;
    k.p->row_lower[1] = 0.84 + 1e-6;
    assert_false(accepts(&k));
    k.p->row_lower[1] = 0.1;
    k.p->lower[3] = -1e-6; /* the bound that holds asset 3 has moved away from it */
    assert_false(accepts(&k));
    k.p->lower[3] = -INFINITY;
    assert_false(accepts(&k));
    k.p->lower[3] = 0.0;
    assert_true(accepts(&k));
    known_free(&k);
}

/* Signs turned so that stationarity still holds: the limit's side alone gives the fault away. */
static void test_refuses_wrong_signs(void **state)
{
    (void)state;
    known k = closed_form();
    k.p->linear[3] = -k.z[3] + k.y[0]; /* now z_3 must be negative at a lower bound */
    k.z[3] = -k.z[3];
    assert_false(accepts(&k));
    k.p->upper[3] = INFINITY;
    assert_false(accepts(&k));
    known_free(&k);
    k = closed_form();
    k.p->linear[1] = 1.0; /* pulls asset 1 off its cap; z_1 becomes positive at an upper bound */
    k.z[1] = 2.0 * 0.2 + 1.0 - 0.64;
    assert_false(accepts(&k));
    known_free(&k);
    k = closed_form();
    k.p->row_lower[0] = -INFINITY; /* a budget with an upper side alone cannot have a positive multiplier */
    assert_false(accepts(&k));
    known_free(&k);
}

/* Two uncorrelated assets, the first free at its own optimum w_0 = 1 of 1/2 w_0^2 - w_0. */
static known two_assets(void)
{
    known k = { instance_new(2, 0), vector(2), vector(0), vector(2) };
    k.p->sigma[0] = 1.0;
    k.p->linear[0] = -1.0;
    k.w[0] = 1.0;
    return k;
}

/* A residual small beside the other gradients, on a weight so large that the objective is far from its bound: the
   duality gap alone tells. */
static void test_gap_alone(void **state)
{
    (void)state;
    known k = two_assets();
    k.w[1] = 1e6;
    assert_true(accepts(&k));
    k.p->linear[1] = 1e-10;
    assert_false(accepts(&k));
    known_free(&k);
}

/* A multiplier of 1e-6 on a bound that the weight is 1e-4 away from: their product of 1e-10 hides in the gap. */
static void test_complementarity_alone(void **state)
{
    (void)state;
    known k = two_assets();
    k.p->sigma[3] = 1.0;
    k.p->lower[1] = 0.0;
    k.w[1] = 1e-4;
    k.p->linear[1] = -1e-4;
    assert_true(accepts(&k));
    k.z[1] = 1e-6;
    k.p->linear[1] = k.z[1] - k.w[1];
    assert_false(accepts(&k));
    known_free(&k);
}

static void test_target_row(void **state)
{
    (void)state;
    /* Two uncorrelated assets of variance 1, means 0 and 1, target 0.75: w = (0.25, 0.75), y + 0 = w_0, y + t = w_1. */
    instance *p = instance_new(2, 1);
    const double mu[2] = { 0.0, 1.0 }, w[2] = { 0.25, 0.75 }, y = 0.25, z[2] = { 0.0, 0.0 };
    char why[256];
    p->sigma[0] = p->sigma[3] = 1.0;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    verify_problem view = instance_view(p);
    view.target = mu;
    view.target_lower = 0.75;
    view.target_upper = INFINITY;
    assert_true(verify_point(&view, w, &y, z, 0.5, TOLERANCE, why, sizeof why));
    assert_false(verify_point(&view, w, &y, z, 0.5000005, TOLERANCE, why, sizeof why));
    assert_false(verify_point(&view, w, &y, z, 0.0, TOLERANCE, why, sizeof why));
    view.target_lower = 0.7500008;
    assert_false(verify_point(&view, w, &y, z, 0.5, TOLERANCE, why, sizeof why));
    view.target_lower = 0.7499992;
    assert_false(verify_point(&view, w, &y, z, 0.5, TOLERANCE, why, sizeof why));
    instance_free(p);
}

/* Factors and the matrix they stand for must be judged alike. */
static void test_factor_product(void **state)
{
    (void)state;
    enum { n = 5, k = 2 };
    instance *factor = instance_new_factor(n, 0, k);
    const double omega[4] = { 2.0, 0.5, 0.5, 1.0 };
    double sigma[n * n];
    long double product[n];
    factor->factor_covariance = malloc(sizeof omega);
    assert_non_null(factor->factor_covariance);
    memcpy(factor->factor_covariance, omega, sizeof omega);
    for (size_t i = 0; i < n; i++) {
        factor->specific[i] = 0.25 * (double)(i + 1);
        factor->loadings[i] = 1.0 - 0.25 * (double)i;
        factor->loadings[i + n] = 0.125 * (double)(i * i);
    }
    const double *B = factor->loadings;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            sigma[i + j * n] = 2.0 * B[i] * B[j] + 0.5 * (B[i] * B[j + n] + B[i + n] * B[j]) + B[i + n] * B[j + n] +
                               (i == j ? factor->specific[i] : 0.0);
    const double x[n] = { 1.0, -2.0, 3.0, 0.0, 0.5 };
    const verify_problem view = instance_view(factor);
    verify_product(product, NULL, &view, x);
    for (size_t i = 0; i < n; i++) {
        double expected = 0.0;
        for (size_t j = 0; j < n; j++)
            expected += sigma[i + j * n] * x[j];
        assert_true(fabsl(product[i] - expected) < 1e-13L);
    }
    instance_free(factor);
}

/* ------------------------------------------------------------------------- infeasible and unbounded */

static int proves(const instance *p, const double *y, const double *z)
{
    char why[256];
    const verify_problem view = instance_view(p);
    return verify_farkas(&view, y, z, TOLERANCE, why, sizeof why);
}

static void test_farkas(void **state)
{
    (void)state;
    /* Budget 1 over three weights capped at 0.3: the budget's lower side against the three caps. */
    instance *p = instance_new(3, 1);
    double y[1] = { 1.0 }, z[3] = { -1.0, -1.0, -1.0 };
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, 0.3);
    assert_true(proves(p, y, z));
    z[1] = -1.0 + 1e-6;
    assert_false(proves(p, y, z)); /* does not add up to zero */
    z[1] = -1.0;
    y[0] = -1.0;
    z[0] = z[1] = z[2] = 1.0;
    assert_false(proves(p, y, z)); /* adds up to -1 */
    y[0] = 0.5;
    z[0] = z[1] = z[2] = -0.5;
    assert_false(proves(p, y, z)); /* not normalised */
    y[0] = 1.0;
    z[0] = z[1] = z[2] = -1.0;
    p->upper[2] = INFINITY;
    assert_false(proves(p, y, z)); /* a limit that is not there */
    instance_set_bounds(p, 0.0, 0.3334);
    assert_false(proves(p, y, z)); /* feasible */
    instance_free(p);
    /* Ten caps of 0.1 are feasible with a budget of 1: what is left is rounding. */
    p = instance_new(10, 1);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, 0.1);
    double tens[10];
    for (size_t j = 0; j < 10; j++)
        tens[j] = -1.0;
    assert_false(proves(p, y, tens));
    tens[3] = NAN;
    assert_false(proves(p, y, tens));
    instance_free(p);
}

static int falls(const instance *p, double first, double second)
{
    char why[256];
    const double d[2] = { first, second };
    const verify_problem view = instance_view(p);
    return verify_ray(&view, d, TOLERANCE, why, sizeof why);
}

static void test_ray(void **state)
{
    (void)state;
    /* Sigma = (1, -1)(1, -1)', c = (-1, -1): (1, 1) is free of risk and the objective falls along it. */
    instance *p = instance_new(2, 1);
    const double first[2] = { 1.0, 0.0 };
    p->sigma[0] = p->sigma[3] = 1.0;
    p->sigma[1] = p->sigma[2] = -1.0;
    p->linear[0] = p->linear[1] = -1.0;
    instance_set_row(p, 0, first, -1.0, INFINITY);
    instance_set_bounds(p, 0.0, INFINITY);
    assert_true(falls(p, 1.0, 1.0));
    assert_false(falls(p, -1.0, -1.0));
    assert_false(falls(p, 0.5, 0.5));
    assert_false(falls(p, 1.0, 1.0 - 1e-6));
    assert_false(falls(p, NAN, 1.0));
    p->row_upper[0] = 5.0;
    assert_false(falls(p, 1.0, 1.0)); /* leaves through the row */
    p->row_upper[0] = INFINITY;
    p->upper[1] = 9.0;
    assert_false(falls(p, 1.0, 1.0)); /* leaves through a bound */
    p->upper[1] = INFINITY;
    p->linear[0] = 1.0;
    assert_false(falls(p, 1.0, 1.0)); /* does not fall */
    instance_free(p);
}

/* --------------------------------------------------------------------------- report and working set */

static mvo_report honest_report(const known *k)
{
    mvo_report report = MVO_REPORT_INIT;
    verify_residuals r;
    const verify_problem view = instance_view(k->p);
    verify_measure(&r, &view, k->w, k->y, k->z, 0.0, TOLERANCE);
    report.free_weights = 2;
    report.active_rows = 1;
    report.objective = (double)r.objective;
    report.dual_objective = (double)r.dual_objective;
    report.gap = (double)r.gap;
    report.primal_residual = (double)r.primal;
    report.stationarity = (double)r.stationarity;
    report.variance = (double)r.variance;
    return report;
}

static int believes(const known *k, const mvo_report *report)
{
    char why[256];
    const verify_problem view = instance_view(k->p);
    return verify_report(&view, report, k->w, k->y, k->z, 0.0, why, sizeof why);
}

static void test_report(void **state)
{
    (void)state;
    known k = closed_form();
    const mvo_report honest = honest_report(&k);
    assert_true(believes(&k, &honest));
    for (int which = 0; which < 7; which++) {
        mvo_report report = honest;
        double *figures[] = { &report.objective,       &report.dual_objective, &report.gap,
                              &report.primal_residual, &report.stationarity,   &report.variance,
                              &report.complementarity };
        *figures[which] += which == 6 ? -1e-6 : 1e-6;
        if (believes(&k, &report))
            fail_msg("figure %d of the report may be anything", which);
        *figures[which] = NAN;
        if (believes(&k, &report))
            fail_msg("figure %d of the report may be NaN", which);
    }
    k.w[0] += 1e-4; /* an answer off by this much, and a report that keeps quiet about it */
    assert_false(believes(&k, &honest));
    known_free(&k);
}

static int consistent(const known *k, const mvo_report *report, const int32_t *assets, const int32_t *rows)
{
    char why[256];
    const verify_problem view = instance_view(k->p);
    return verify_working_set(&view, report, assets, rows, k->w, k->y, k->z, TOLERANCE, why, sizeof why);
}

static void test_working_set(void **state)
{
    (void)state;
    known k = closed_form();
    const mvo_report report = honest_report(&k);
    const int32_t right[6] = { MVO_BETWEEN, MVO_AT_UPPER, MVO_BETWEEN, MVO_AT_LOWER, MVO_FIXED, MVO_BETWEEN };
    assert_true(consistent(&k, &report, right, right + 4));
    for (size_t at = 0; at < 6; at++)
        for (int32_t status = -2; status <= 3; status++) {
            int32_t wrong[6];
            memcpy(wrong, right, sizeof wrong);
            wrong[at] = status;
            /* an equality may also be told as held at the side its multiplier names */
            const int fine = status == right[at] || (at == 4 && status == MVO_AT_LOWER);
            if (consistent(&k, &report, wrong, wrong + 4) != fine)
                fail_msg("status %d in place of %d at %zu", (int)status, (int)right[at], at);
        }
    mvo_report counts = report;
    counts.free_weights = 3;
    assert_false(consistent(&k, &counts, right, right + 4));
    counts.free_weights = 2;
    counts.active_rows = 2;
    assert_false(consistent(&k, &counts, right, right + 4));
    known_free(&k);
}

/* ------------------------------------------------------------------------------- published solutions */

static known read_known(const char *name)
{
    char path[128];
    known k = { 0 };
    double objective;
    snprintf(path, sizeof path, "maros_meszaros/%s.qp", name);
    k.p = data_read_qp(path);
    k.w = vector(k.p->n);
    k.y = vector(k.p->m);
    k.z = vector(k.p->n);
    snprintf(path, sizeof path, "maros_meszaros/solutions/%s.sol", name);
    data_read_solution(path, k.p->n, k.p->m, &objective, k.w, k.y, k.z);
    return k;
}

static void test_published(void **state)
{
    (void)state;
    static const char *const names[] = { "CVXQP1_S", "DUAL4",  "DUALC5", "HS118",  "HS21",    "HS35",
                                         "HS76",     "QAFIRO", "DPKLO1", "QPTEST", "PRIMAL1", "LOTSCHD" };
    data_require("maros_meszaros/INDEX.tsv", "published solutions of quadratic programmes");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char why[256] = "";
        known k = read_known(names[i]);
        const verify_problem view = instance_view(k.p);
        if (!verify_point(&view, k.w, k.y, k.z, 0.0, TOLERANCE, why, sizeof why))
            fail_msg("%s: %s", names[i], why);
        size_t largest = 0;
        for (size_t j = 0; j < k.p->n; j++)
            largest = fabs(k.w[j]) > fabs(k.w[largest]) ? j : largest;
        k.w[largest] *= 1.0 + 1e-5;
        if (accepts(&k))
            fail_msg("%s: a move of its largest weight goes unnoticed", names[i]);
        known_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_closed_form),
        cmocka_unit_test(test_refuses_moved_figures),
        cmocka_unit_test(test_refuses_moved_limits),
        cmocka_unit_test(test_refuses_wrong_signs),
        cmocka_unit_test(test_gap_alone),
        cmocka_unit_test(test_complementarity_alone),
        cmocka_unit_test(test_target_row),
        cmocka_unit_test(test_factor_product),
        cmocka_unit_test(test_farkas),
        cmocka_unit_test(test_ray),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_working_set),
        cmocka_unit_test(test_published),
    };
    return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
