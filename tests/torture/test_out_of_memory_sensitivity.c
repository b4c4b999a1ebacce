/* SPDX-License-Identifier: MIT */
/* Every allocation refused in turn: attribution and sensitivity. */
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mvo_context *context;
static mvo_covariance *covariance;
static mvo_constraints *set;
static mvo_solver *solver;
static mvo_sensitivity *sensitivity;
static double out[2], row;

static char *show(void)
{
    char *text = NULL;
    torture_append(&text, "%d %d %d %d %d\n", context != NULL, covariance != NULL, set != NULL, solver != NULL,
                   sensitivity != NULL);
    torture_append_vector(&text, "out", out, 2);
    torture_append_vector(&text, "row", &row, 1);
    return text;
}

static void scenario(counting_allocator *allocator)
{
    static const double sigma[4] = { 1.0, 0.0, 0.0, 4.0 }, plain[2] = { 0.0, 0.5 }, tight[2] = { 0.0, 4.0 };
    static const int32_t label[2] = { 0, 1 };
    mvo_outcome outcome;
    context = NULL;
    covariance = NULL;
    set = NULL;
    solver = NULL;
    sensitivity = NULL;
    memset(out, 0, sizeof out);
    row = 0.0;
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_covariance_new_dense(&covariance, context, 2, sigma, 2, 0, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_new_long_only(&set, context, 2, &error));
    TORTURE_TRY(allocator, show, mvo_solver_new(&solver, context, covariance, set, &error));
    TORTURE_TRY(allocator, show, mvo_group_contributions(out, covariance, plain, 2, label, &error));
    TORTURE_TRY(allocator, show,
                mvo_factor_contributions(&row, NULL, NULL, covariance, plain, 1, plain, 2, NULL, 0, &error));
    for (int k = 0; k < 2; k++) { /* a regular answer, then a degenerate one */
        assert_int_equal(mvo_maximum_utility(&outcome, solver, k ? tight : plain, 1.0, NULL), MVO_OK);
        TORTURE_TRY(allocator, show, mvo_sensitivity_new(&sensitivity, solver, &error));
        assert_int_equal(mvo_sensitivity_degenerate(sensitivity), k);
        TORTURE_TRY(allocator, show,
                    mvo_sensitivity_forward(out, &row, NULL, sensitivity, plain, NULL, 0, 0.0, NULL, NULL, &error));
        TORTURE_TRY(allocator, show,
                    mvo_sensitivity_adjoint(out, NULL, NULL, &row, NULL, sensitivity, plain, &error));
        mvo_sensitivity_unref(sensitivity);
        sensitivity = NULL;
    }
    mvo_solver_free(solver);
    mvo_constraints_free(set);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
}

static void sensitivities_survive(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 50, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(sensitivities_survive) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
