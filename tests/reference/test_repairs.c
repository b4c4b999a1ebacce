/* SPDX-License-Identifier: MIT */
/*
 * Repairs of correlation matrices against published ones: the cases of cases/expected.json whose names begin with
 * "ncm", their inputs, figures and tolerances read from the file.
 */
#include "support/data.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define CASES "cases/expected.json"

enum { MOST = 8 };

typedef struct repair_case {
    json_t *file;
    const json_t *json;
    size_t n;
    double given[MOST * MOST];
} repair_case;

static repair_case open_case(const char *id)
{
    repair_case c = { NULL, NULL, 0, { 0.0 } };
    data_require(CASES, id);
    c.file = data_read_json(CASES);
    const json_t *list = data_member(c.file, "cases");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(data_member(json_array_get(list, i), "id")), id) == 0)
            c.json = json_array_get(list, i);
    assert_non_null(c.json);
    const json_t *inputs = data_member(c.json, "inputs");
    c.n = json_array_size(inputs);
    assert_true(c.n >= 1 && c.n <= MOST);
    assert_int_equal(data_matrix(inputs, c.given, MOST * MOST), c.n);
    return c;
}

/* Each expected figure, called x12 for the element of row 1 and column 2, within the case's tolerance. */
static void expect(const repair_case *c, const double *found)
{
    const double tolerance = data_number(data_member(c->json, "tol"));
    const char *name;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)(uintptr_t)data_member(c->json, "expected"), name, value)
    {
        const size_t i = (size_t)(name[1] - '1'), j = (size_t)(name[2] - '1');
        assert_true(i < c->n && j < c->n);
        if (!(fabs(found[i + j * c->n] - json_number_value(value)) <= tolerance))
            fail_msg("%s: %.15g, expected %.15g within %g", name, found[i + j * c->n], json_number_value(value),
                     tolerance);
        assert_true(found[i + j * c->n] == found[j + i * c->n]);
        count++;
    }
    assert_in_range(count, 3, 100);
    for (size_t i = 0; i < c->n; i++)
        assert_true(found[i + i * c->n] == 1.0);
}

static void by_newton(const char *id)
{
    repair_case c = open_case(id);
    double found[MOST * MOST], distance = -1.0;
    int64_t iterations = -1;
    assert_int_equal(
        mvo_correlation_nearest(found, c.n, &distance, &iterations, NULL, c.n, c.given, c.n, 0.0, NULL), MVO_OK);
    expect(&c, found);
    assert_in_range(iterations, 1, 20);
    json_decref(c.file);
}

static void by_projections(const char *id)
{
    repair_case c = open_case(id);
    double found[MOST * MOST];
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_correlation_nearest_fixed(&outcome, found, c.n, NULL, NULL, NULL, c.n, c.given, c.n, NULL,
                                                   NULL, 0.0, 100000, NULL),
                     MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    expect(&c, found);
    json_decref(c.file);
}

static void higham3(void **state)
{
    (void)state;
    by_newton("ncm.higham3");
}

static void higham3_projected(void **state)
{
    (void)state;
    by_projections("ncm.higham3");
}

static void nag4(void **state)
{
    (void)state;
    by_newton("ncm.nag4");
}

static void nag4_projected(void **state)
{
    (void)state;
    by_projections("ncm.nag4");
}

static void spectral3(void **state)
{
    (void)state;
    repair_case c = open_case("ncm.spectral3");
    double found[MOST * MOST];
    size_t clipped = 0;
    assert_int_equal(mvo_correlation_clipped(found, c.n, NULL, &clipped, NULL, c.n, c.given, c.n, 0.0, NULL), MVO_OK);
    expect(&c, found);
    assert_int_equal(clipped, 1);
    json_decref(c.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(higham3),        cmocka_unit_test(higham3_projected), cmocka_unit_test(nag4),
        cmocka_unit_test(nag4_projected), cmocka_unit_test(spectral3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
