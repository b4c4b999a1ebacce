/* SPDX-License-Identifier: MIT */
/* A limit that is far away - what people write for none - must not excuse a violation elsewhere, nor hide a proof. */
#include "support/instance.h"

#include <math.h>
#include <stdarg.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* Four assets capped at 0.2 cannot be fully invested; the second row does not matter. */
static instance *contradiction(double far)
{
    instance *p = instance_new(4, 2);
    const double first[4] = { 1.0, 0.0, 0.0, 0.0 };
    for (size_t j = 0; j < 4; j++)
        p->sigma[j + 4 * j] = 0.04 + 0.01 * (double)j;
    instance_set_bounds(p, 0.0, 0.2);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_row(p, 1, first, -INFINITY, far);
    return p;
}

static void test_far_row(void **state)
{
    (void)state;
    for (double far = 1.0; far < 1e31; far *= 1e3) {
        instance *p = contradiction(far);
        mvo_outcome outcome = -1;
        const verify_problem view = instance_view(p);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_INFEASIBLE, 1e-9);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

/* A bound that matters and one that does not: the optimum is that without the far one. */
static void test_far_bound(void **state)
{
    (void)state;
    for (double far = 1e3; far < 1e31; far *= 1e3) {
        double w[4];
        instance *p = contradiction(1.0);
        mvo_outcome outcome = -1;
        p->upper[3] = far;
        const verify_problem view = instance_view(p);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        assert_kkt(&view, solver, mvo_solver_solve(&outcome, solver, NULL), outcome, MVO_OPTIMAL, 1e-9);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        assert_true(w[0] == 0.2 && fabs(w[0] + w[1] + w[2] + w[3] - 1.0) <= 1e-15);
        mvo_solver_free(solver);
        instance_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_far_row), cmocka_unit_test(test_far_bound) };
    return cmocka_run_group_tests_name("huge limits", tests, NULL, NULL);
}
