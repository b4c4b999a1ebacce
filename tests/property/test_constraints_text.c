/* SPDX-License-Identifier: MIT */
/*
 * Random constraint sets come back from their text: it is the same text again, every number is the same to the bit, no
 * difference is found, and a solver answers with the same bits.
 */
#include "support/constraint_dump.h"
#include "support/costly.h"
#include "support/random_problem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SETS = 1000, MOST_ASSETS = 24, ROOM = 64 };

static char *print(const mvo_constraints *set)
{
    size_t needed = 0;
    assert_int_equal(mvo_constraints_print(NULL, 0, &needed, set, NULL), MVO_OK);
    char *text = malloc(needed);
    assert_non_null(text);
    assert_int_equal(mvo_constraints_print(text, needed, NULL, set, NULL), MVO_OK);
    return text;
}

static mvo_constraints *parse(const char *text)
{
    mvo_constraints *set = NULL;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_constraints_parse(&set, NULL, text, strlen(text), &error) != MVO_OK)
        fail_msg("%s\n%s", error.message, text);
    return set;
}

/* A number of any size, sometimes a zero with a sign, sometimes a subnormal one. */
static double any_number(random_stream *stream)
{
    static const double special[] = { 0.0, -0.0, 1.0, -1.0, 5e-324, -2.2250738585072009e-308, 1.7976931348623157e308, 0.1 };
    double value;
    if (random_below(stream, 3) == 0)
        return special[random_below(stream, sizeof special / sizeof *special)];
    do {
        const uint64_t bits = random_next(stream);
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return value;
}

/* Any bytes, some of them doubled so that names are not unique. */
static void any_name(random_stream *stream, char *name)
{
    const size_t length = random_below(stream, 12);
    for (size_t i = 0; i < length; i++)
        name[i] = (char)(1 + random_below(stream, 255));
    name[length] = '\0';
    if (random_below(stream, 4) == 0)
        strcpy(name, "twin");
}

/* Names, ids with gaps, numbers no problem would have, rows with one odd rate, limits moved afterwards. */
static void disturb(random_stream *stream, mvo_constraints *set)
{
    const size_t n = mvo_constraints_size(set);
    double numbers[MOST_ASSETS];
    char name[16];
    int64_t id;
    for (size_t j = 0; j < n; j++) {
        any_name(stream, name);
        if (random_below(stream, 4))
            assert_int_equal(mvo_constraints_set_asset_name(set, j, name, NULL), MVO_OK);
        numbers[j] = any_number(stream);
    }
    if (random_below(stream, 2))
        assert_int_equal(mvo_constraints_set_holdings(set, numbers, NULL), MVO_OK);
    for (size_t k = random_below(stream, 4); k > 0; k--) {
        const double lower = any_number(stream), width = fabs(any_number(stream));
        any_name(stream, name);
        for (size_t j = 0; j < n; j++)
            numbers[j] = random_below(stream, 2) ? any_number(stream) : (double)random_below(stream, 2);
        assert_int_equal(mvo_constraints_add_row(&id, set, numbers, random_below(stream, 2) ? lower : -INFINITY,
                                                 random_below(stream, 3) ? lower + width : INFINITY, name, NULL),
                         MVO_OK);
        if (random_below(stream, 3) == 0)
            assert_int_equal(mvo_constraints_remove_row(set, id, NULL), MVO_OK);
        for (size_t j = 0; j < n; j++)
            numbers[j] = numbers[j] < 0.0 ? -numbers[j] : numbers[j];
        assert_int_equal(mvo_constraints_add_absolute(&id, set, 1 + (int32_t)random_below(stream, 2), numbers,
                                                      (double)random_below(stream, 3), (double)random_below(stream, 3),
                                                      fabs(lower), NULL, NULL),
                         MVO_OK);
        if (random_below(stream, 4) == 0)
            assert_int_equal(mvo_constraints_set_limits(set, id, -INFINITY, lower, NULL), MVO_OK);
    }
}

static void assert_same_costs(const mvo_constraints *a, const mvo_constraints *b)
{
    const size_t n = mvo_constraints_size(a);
    double x[4][MOST_ASSETS], y[4][MOST_ASSETS];
    assert_int_equal(mvo_constraints_holdings(x[0], a, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_holdings(y[0], b, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_cost_rates(x[1], x[2], x[3], a, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_cost_rates(y[1], y[2], y[3], b, NULL), MVO_OK);
    for (size_t k = 0; k < 4; k++)
        assert_memory_equal(x[k], y[k], n * sizeof(double));
    for (size_t j = 0; j < n; j++) {
        double at[2][ROOM], slope[2][ROOM], origin[2];
        size_t count[2];
        assert_int_equal(mvo_constraints_cost(&count[0], at[0], slope[0], &origin[0], a, j, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_cost(&count[1], at[1], slope[1], &origin[1], b, j, NULL), MVO_OK);
        assert_int_equal(count[0], count[1]);
        assert_memory_equal(at[0], at[1], count[0] * sizeof(double));
        assert_memory_equal(slope[0], slope[1], (count[0] + 1) * sizeof(double));
        assert_memory_equal(&origin[0], &origin[1], sizeof(double));
    }
    for (size_t i = 0; i < mvo_constraints_row_count(a); i++) {
        const int64_t id = mvo_constraints_row_id(a, i);
        int32_t around[2];
        double rates[2][2];
        assert_int_equal(mvo_constraints_absolute_row(&around[0], &rates[0][0], &rates[0][1], a, id, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_absolute_row(&around[1], &rates[1][0], &rates[1][1], b, id, NULL), MVO_OK);
        assert_int_equal(around[0], around[1]);
        assert_memory_equal(rates[0], rates[1], sizeof rates[0]);
        assert_int_equal(mvo_constraints_absolute_rates(x[0], x[1], a, id, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_absolute_rates(y[0], y[1], b, id, NULL), MVO_OK);
        assert_memory_equal(x[0], y[0], n * sizeof(double));
        assert_memory_equal(x[1], y[1], n * sizeof(double));
    }
}

static void assert_comes_back(const mvo_constraints *set)
{
    char *text = print(set), *dump = constraint_dump(set);
    mvo_constraints *again = parse(text);
    char *second = print(again), *second_dump = constraint_dump(again);
    assert_string_equal(text, second);
    assert_string_equal(dump, second_dump);
    assert_same_costs(set, again);
    size_t needed = 0;
    assert_int_equal(mvo_constraints_diff(NULL, 0, &needed, set, again, NULL), MVO_OK);
    assert_int_equal(needed, 1); /* the zero of an empty text */
    mvo_constraints_free(again);
    free(text);
    free(dump);
    free(second);
    free(second_dump);
}

static costly *random_costly(random_stream *stream)
{
    const size_t n = 1 + random_below(stream, MOST_ASSETS), m = random_below(stream, 6);
    const int kind = random_below(stream, 2) ? RANDOM_INTEGER : RANDOM_CONTINUOUS;
    instance *p = random_problem(stream, n, m, 1 + random_below(stream, n), kind);
    costly *c = costly_random(stream, p, random_below(stream, 4), kind == RANDOM_INTEGER);
    if (random_below(stream, 2))
        costly_randomise_rates(stream, c, kind == RANDOM_INTEGER);
    return c;
}

static void test_sets_come_back(void **state)
{
    (void)state;
    random_stream stream = { 2026 };
    for (int trial = 0; trial < SETS; trial++) {
        costly *c = random_costly(&stream);
        mvo_constraints *set = trial % 4 ? costly_constraints(c) : instance_constraints(c->p);
        assert_non_null(set);
        if (trial % 2)
            disturb(&stream, set);
        assert_comes_back(set);
        mvo_constraints_free(set);
        costly_free(c);
    }
}

/* Outcome and weights of the least variance over a set. */
static mvo_outcome solve(double *weights, mvo_covariance *covariance, const mvo_constraints *set)
{
    mvo_solver *solver = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_weights(weights, solver), MVO_OK);
    mvo_solver_free(solver);
    return outcome;
}

static void test_answers_come_back(void **state)
{
    (void)state;
    random_stream stream = { 62 };
    for (int trial = 0; trial < SETS / 10; trial++) {
        costly *c = random_costly(&stream);
        const size_t n = c->p->n;
        double first[MOST_ASSETS], second[MOST_ASSETS];
        mvo_constraints *set = costly_constraints(c);
        mvo_covariance *covariance = instance_covariance(c->p, MVO_CHECK_FINITE);
        assert_true(set && covariance);
        char *text = print(set);
        mvo_constraints *again = parse(text);
        assert_int_equal(solve(first, covariance, set), solve(second, covariance, again));
        assert_memory_equal(first, second, n * sizeof *first);
        free(text);
        mvo_covariance_unref(covariance);
        mvo_constraints_free(again);
        mvo_constraints_free(set);
        costly_free(c);
    }
}

/* What one number moves is one line, or more where a limit of it stands in several. */
static void test_changes_are_found(void **state)
{
    (void)state;
    random_stream stream = { 5 };
    for (int trial = 0; trial < 500; trial++) {
        costly *c = random_costly(&stream);
        mvo_constraints *set = costly_constraints(c), *changed = NULL;
        const size_t n = c->p->n, asset = random_below(&stream, n);
        double holdings[MOST_ASSETS];
        char text[200];
        size_t needed = 0;
        assert_int_equal(mvo_constraints_copy(&changed, set, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_holdings(holdings, set, NULL), MVO_OK);
        holdings[asset] = nextafter(holdings[asset], 9.0);
        assert_int_equal(mvo_constraints_set_holdings(changed, holdings, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_diff(text, sizeof text, &needed, set, changed, NULL), MVO_OK);
        assert_true(strncmp(text, "~ asset @", 9) == 0 && strchr(text, '\n') == text + needed - 2);
        mvo_constraints_free(changed);
        mvo_constraints_free(set);
        costly_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_come_back),
        cmocka_unit_test(test_answers_come_back),
        cmocka_unit_test(test_changes_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
