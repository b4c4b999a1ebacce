/* SPDX-License-Identifier: MIT */
/*
 * A variance that is only what rounding leaves of none - 5e-32 beside others of order one - is none for every method: an asset
 * without variance goes to its bound, or the problem is unbounded; no weight becomes 1e31.
 */
#include "support/instance.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 3, K = 2 };

/* Two assets with variance and the third with loadings that rounding left over; c asks for more of the third. */
static instance *factors(void)
{
    instance *p = instance_new_factor(N, 1, K);
    const double loadings[] = { 1.0, 0.5, DBL_EPSILON, -0.5, 1.0, -0.5 * DBL_EPSILON };
    for (size_t e = 0; e < N * K; e++)
        p->loadings[e] = loadings[e];
    return p;
}

static instance *dense(void)
{
    const instance *f = factors();
    instance *p = instance_new(N, 1);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            for (size_t k = 0; k < K; k++)
                p->sigma[i + j * N] += f->loadings[i + k * N] * f->loadings[j + k * N];
    instance_free((instance *)f);
    return p;
}

/* Specific variances of order one, so that the capacitance matrix could take them, and that of the third rounding. */
static instance *specific(void)
{
    instance *p = factors();
    p->specific[0] = p->specific[1] = 1.0;
    p->specific[2] = 1e-31;
    return p;
}

static mvo_outcome solve(const instance *p, int64_t method, double *w, double *ray)
{
    mvo_outcome outcome = -1;
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    assert_non_null(solver);
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    if (outcome == MVO_OPTIMAL)
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    if (outcome == MVO_UNBOUNDED)
        assert_int_equal(mvo_solver_ray(ray, solver), MVO_OK);
    mvo_solver_free(solver);
    return outcome;
}

static void judge(instance *p)
{
    double w[N] = { 0.0 }, ray[N] = { 0.0 };
    instance_set_bounds(p, -1.0, 1.0);
    instance_set_row(p, 0, NULL, -10.0, INFINITY);
    p->linear[0] = -0.1;
    p->linear[2] = -1.0;
    for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
        p->upper[2] = 7.0;
        assert_int_equal(solve(p, method, w, ray), MVO_OPTIMAL);
        assert_true(w[2] == 7.0);
        p->upper[2] = INFINITY;
        assert_int_equal(solve(p, method, w, ray), MVO_UNBOUNDED);
        assert_true(ray[0] == 0.0 && ray[1] == 0.0 && ray[2] > 0.0);
        p->lower[2] = -INFINITY;
        assert_int_equal(solve(p, method, w, ray), MVO_UNBOUNDED);
        p->lower[2] = -1.0;
    }
    instance_free(p);
}

static void rounding_is_no_variance(void **state)
{
    (void)state;
    judge(factors());
    judge(dense());
    judge(specific());
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rounding_is_no_variance) };
    return cmocka_run_group_tests_name("variance of rounding", tests, NULL, NULL);
}
