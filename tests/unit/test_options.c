/* SPDX-License-Identifier: MIT */
/* Options of a solver: ranges, defaults, refusals; and the multiplier of a row by its id. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N = 3 };
static const int32_t reals[] = { MVO_OPTION_TIME_LIMIT, MVO_OPTION_TOLERANCE };
static const int32_t integers[] = { MVO_OPTION_ITERATION_LIMIT, MVO_OPTION_METHOD };

/* Assets without correlation, variances 1, 1/2 and 1/4; the budget, and the first two between -1 and 2. */
static mvo_solver *make(int64_t *pair)
{
    static const double sigma[N * N] = { 1, 0, 0, 0, 0.5, 0, 0, 0, 0.25 };
    static const size_t members[2] = { 0, 1 };
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_group(pair, rules, 2, members, -1.0, 2.0, "pair", NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    return solver;
}

static void defaults_are_those_of_the_header(void **state)
{
    (void)state;
    double standard = -1.0;
    int64_t whole = -1;
    assert_int_equal(mvo_option_real_range(NULL, NULL, &standard, MVO_OPTION_TIME_LIMIT), MVO_OK);
    assert_true(standard == HUGE_VAL);
    assert_int_equal(mvo_option_real_range(NULL, NULL, &standard, MVO_OPTION_TOLERANCE), MVO_OK);
    assert_true(standard == 1e-9);
    assert_int_equal(mvo_option_integer_range(NULL, NULL, &whole, MVO_OPTION_ITERATION_LIMIT), MVO_OK);
    assert_int_equal(whole, 0);
    assert_int_equal(mvo_option_integer_range(NULL, NULL, &whole, MVO_OPTION_METHOD), MVO_OK);
    assert_int_equal(whole, MVO_METHOD_AUTO);
}

static void real_options_keep_to_their_range(void **state)
{
    (void)state;
    int64_t pair = -1;
    mvo_solver *solver = make(&pair);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        double least = NAN, most = NAN, standard = NAN, value = NAN;
        mvo_error error = MVO_ERROR_INIT;
        assert_int_equal(mvo_option_real_range(&least, &most, &standard, reals[i]), MVO_OK);
        assert_true(least <= standard && standard <= most && least < most);
        assert_int_equal(mvo_solver_real(&value, solver, reals[i], NULL), MVO_OK);
        assert_true(value == standard);
        assert_int_equal(mvo_solver_set_real(solver, reals[i], most, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_real(solver, reals[i], least, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_real(solver, reals[i], NAN, &error), MVO_ERROR_NOT_FINITE);
        assert_int_equal(mvo_solver_set_real(solver, reals[i], nextafter(least, -HUGE_VAL), &error),
                         MVO_ERROR_OUT_OF_RANGE);
        assert_string_equal(error.argument, "value");
        assert_true(error.limit == least);
        if (!isinf(most)) {
            assert_int_equal(mvo_solver_set_real(solver, reals[i], nextafter(most, HUGE_VAL), &error),
                             MVO_ERROR_OUT_OF_RANGE);
            assert_true(error.limit == most);
        }
        assert_int_equal(mvo_solver_real(&value, solver, reals[i], NULL), MVO_OK);
        assert_true(value == least); /* what was refused changed nothing */
    }
    mvo_solver_free(solver);
}

static void integer_options_keep_to_their_range(void **state)
{
    (void)state;
    int64_t pair = -1;
    mvo_solver *solver = make(&pair);
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        int64_t least = -1, most = -1, standard = -1, value = -1;
        mvo_error error = MVO_ERROR_INIT;
        assert_int_equal(mvo_option_integer_range(&least, &most, &standard, integers[i]), MVO_OK);
        assert_true(least <= standard && standard <= most && least < most);
        assert_int_equal(mvo_solver_integer(&value, solver, integers[i], NULL), MVO_OK);
        assert_int_equal(value, standard);
        assert_int_equal(mvo_solver_set_integer(solver, integers[i], least, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_integer(solver, integers[i], most, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_integer(solver, integers[i], least - 1, &error), MVO_ERROR_OUT_OF_RANGE);
        assert_int_equal(mvo_solver_set_integer(solver, integers[i], most + 1, &error), MVO_ERROR_OUT_OF_RANGE);
        assert_string_equal(error.argument, "value");
        assert_int_equal(mvo_solver_integer(&value, solver, integers[i], NULL), MVO_OK);
        assert_int_equal(value, most);
    }
    mvo_solver_free(solver);
}

static void what_is_no_option_is_refused(void **state)
{
    (void)state;
    int64_t pair = -1, whole = 7;
    double real = 7.0;
    mvo_error error = MVO_ERROR_INIT;
    mvo_solver *solver = make(&pair);
    const int32_t strange[] = { 0, -1, 99, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        assert_int_equal(mvo_solver_set_real(solver, strange[i], 1.0, &error), MVO_ERROR_ARGUMENT);
        assert_string_equal(error.argument, "option");
        assert_int_equal(mvo_solver_set_integer(solver, strange[i], 1, &error), MVO_ERROR_ARGUMENT);
        assert_int_equal(mvo_solver_real(&real, solver, strange[i], &error), MVO_ERROR_ARGUMENT);
        assert_int_equal(mvo_solver_integer(&whole, solver, strange[i], &error), MVO_ERROR_ARGUMENT);
        assert_int_equal(mvo_option_real_range(&real, NULL, NULL, strange[i]), MVO_ERROR_ARGUMENT);
        assert_int_equal(mvo_option_integer_range(&whole, NULL, NULL, strange[i]), MVO_ERROR_ARGUMENT);
    }
    /* Of the other type. */
    assert_int_equal(mvo_solver_set_real(solver, MVO_OPTION_METHOD, 1.0, &error), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_TOLERANCE, 1, &error), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_option_real_range(&real, NULL, NULL, MVO_OPTION_METHOD), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_option_integer_range(&whole, NULL, NULL, MVO_OPTION_TOLERANCE), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_solver_real(NULL, solver, MVO_OPTION_TOLERANCE, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_real(&real, NULL, MVO_OPTION_TOLERANCE, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_integer(NULL, solver, MVO_OPTION_METHOD, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_integer(&whole, NULL, MVO_OPTION_METHOD, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_set_real(NULL, MVO_OPTION_TOLERANCE, 1e-9, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_set_integer(NULL, MVO_OPTION_METHOD, 0, &error), MVO_ERROR_NULL);
    assert_true(real == 7.0);
    assert_int_equal(whole, 7);
    mvo_solver_free(solver);
}

/*
 * Minimum variance at inverse variances 1 : 2 : 4, so w = (1, 2, 4) / 7 and the budget's multiplier is Sigma w = 1/7.
 * With the pair held to 1/10: w = (1/30, 2/30, 27/30); outside the pair Sigma w = 0.9/4 = 0.225 is the budget's
 * multiplier; inside it is 1/30, so the pair's is 1/30 - 0.225 < 0: an upper limit.
 */
static void multiplier_of_a_row_by_its_id(void **state)
{
    (void)state;
    int64_t pair = -1;
    double multiplier = 9.0, rows[2], weights[N];
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_solver *solver = make(&pair);
    assert_int_equal(mvo_solver_row_multiplier(&multiplier, solver, pair), MVO_ERROR_STATE);
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_row_multiplier(&multiplier, solver, pair), MVO_OK);
    assert_true(multiplier == 0.0);
    assert_int_equal(mvo_solver_multipliers(rows, NULL, solver), MVO_OK);
    assert_true(fabs(rows[0] - 1.0 / 7) < 1e-15);

    assert_int_equal(mvo_solver_set_row_limits(solver, pair, 0.0, 0.1, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_weights(weights, solver), MVO_OK);
    assert_true(fabs(weights[0] - 1.0 / 30) < 1e-15 && fabs(weights[2] - 0.9) < 1e-15);
    assert_int_equal(mvo_solver_row_multiplier(&multiplier, solver, pair), MVO_OK);
    assert_true(fabs(multiplier - (1.0 / 30 - 0.225)) < 1e-15);
    assert_int_equal(mvo_solver_row_multiplier(&multiplier, solver, pair + 100), MVO_ERROR_NOT_FOUND);
    assert_int_equal(mvo_solver_row_multiplier(NULL, solver, pair), MVO_ERROR_NULL);
    assert_int_equal(mvo_solver_row_multiplier(&multiplier, NULL, pair), MVO_ERROR_NULL);
    mvo_solver_free(solver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_header),
        cmocka_unit_test(real_options_keep_to_their_range),
        cmocka_unit_test(integer_options_keep_to_their_range),
        cmocka_unit_test(what_is_no_option_is_refused),
        cmocka_unit_test(multiplier_of_a_row_by_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
