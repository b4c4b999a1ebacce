/* SPDX-License-Identifier: MIT */
/* The constraint set: what each kind of row holds, ids, names, copies, and every bad input of every argument. */
#include "support/constraint_dump.h"

#include "constraints/constraints.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5 };

static mvo_constraints *make(size_t n)
{
    mvo_constraints *made = NULL;
    assert_int_equal(mvo_constraints_new(&made, NULL, n, NULL), MVO_OK);
    return made;
}

static void assert_vector(const double *have, const double *want, size_t n)
{
    for (size_t j = 0; j < n; j++)
        assert_true(have[j] == want[j]);
}

static void assert_row(const mvo_constraints *set, int64_t id, const double *coefficients, double lower, double upper,
                       const char *name)
{
    double a[N], low, high;
    assert_int_equal(mvo_constraints_row(a, &low, &high, set, id, NULL), MVO_OK);
    assert_vector(a, coefficients, N);
    assert_true(low == lower && high == upper);
    if (name)
        assert_string_equal(mvo_constraints_row_name(set, id), name);
    else
        assert_null(mvo_constraints_row_name(set, id));
}

/* ------------------------------------------------------------------------------------------ what is made */

static void test_new_is_empty(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    double lower[N], upper[N];
    assert_int_equal(mvo_constraints_size(set), N);
    assert_int_equal(mvo_constraints_row_count(set), 0);
    assert_int_equal(mvo_constraints_bounds(lower, upper, set, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++) {
        assert_true(lower[j] == -INFINITY && upper[j] == INFINITY);
        assert_null(mvo_constraints_asset_name(set, j));
    }
    assert_true(mvo_constraints_row_id(set, 0) == -1);
    mvo_constraints_free(set);
}

static void test_long_only(void **state)
{
    (void)state;
    mvo_constraints *set;
    const double ones[N] = { 1, 1, 1, 1, 1 };
    double lower[N], upper[N];
    assert_int_equal(mvo_constraints_new_long_only(&set, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_bounds(lower, upper, set, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++)
        assert_true(lower[j] == 0.0 && upper[j] == INFINITY);
    assert_int_equal(mvo_constraints_row_count(set), 1);
    assert_row(set, mvo_constraints_row_id(set, 0), ones, 1.0, 1.0, "budget");
    mvo_constraints_free(set);
}

static void test_null_is_nothing(void **state)
{
    (void)state;
    mvo_constraints_free(NULL);
    assert_int_equal(mvo_constraints_size(NULL), 0);
    assert_int_equal(mvo_constraints_row_count(NULL), 0);
    assert_null(mvo_constraints_asset_name(NULL, 0));
    assert_null(mvo_constraints_row_name(NULL, 1));
    assert_true(mvo_constraints_row_id(NULL, 0) == -1);
}

static void test_bounds(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    const double low[N] = { -1, -INFINITY, 0, 0.25, -0.0 }, high[N] = { 1, 0, INFINITY, 0.25, 0 };
    double lower[N], upper[N];
    assert_int_equal(mvo_constraints_set_bounds(set, low, high, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_bounds(lower, upper, set, NULL), MVO_OK);
    assert_vector(lower, low, N);
    assert_vector(upper, high, N);
    assert_int_equal(mvo_constraints_set_bounds(set, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bound(set, 2, -3.0, -2.0, NULL), MVO_OK);
    const double all[N] = { 9, 9, 9, 9, 9 };
    assert_int_equal(mvo_constraints_set_bounds(set, NULL, all, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_bounds(lower, NULL, set, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_bounds(NULL, upper, set, NULL), MVO_OK);
    const double want[N] = { -1, -INFINITY, -3, 0.25, 0 };
    assert_vector(lower, want, N);
    assert_vector(upper, all, N);
    const double below[N] = { -9, -9, -9, -9, -9 };
    assert_int_equal(mvo_constraints_set_bounds(set, below, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_bounds(lower, upper, set, NULL), MVO_OK);
    assert_vector(lower, below, N);
    assert_vector(upper, all, N);
    mvo_constraints_free(set);
}

static void test_kinds_of_rows(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    int64_t id, ids[2];
    const double dense[N] = { 1, -2, 0, 0.5, 3 };
    assert_int_equal(mvo_constraints_add_row(&id, set, dense, -INFINITY, 2.0, NULL, NULL), MVO_OK);
    assert_row(set, id, dense, -INFINITY, 2.0, NULL);

    const size_t assets[] = { 4, 0, 2 };
    const double values[] = { 7, 0, -1 }, sparse[N] = { 0, 0, -1, 0, 7 };
    assert_int_equal(mvo_constraints_add_sparse_row(&id, set, 3, assets, values, 0, INFINITY, "sparse", NULL), MVO_OK);
    assert_row(set, id, sparse, 0, INFINITY, "sparse");
    const double zeros[N] = { 0 };
    assert_int_equal(mvo_constraints_add_sparse_row(&id, set, 0, NULL, NULL, -1, 1, "", NULL), MVO_OK);
    assert_row(set, id, zeros, -1, 1, "");

    const double ones[N] = { 1, 1, 1, 1, 1 };
    assert_int_equal(mvo_constraints_add_budget(&id, set, 0.9, 1.1, NULL), MVO_OK);
    assert_row(set, id, ones, 0.9, 1.1, "budget");

    const double group[N] = { 1, 0, 1, 0, 1 };
    assert_int_equal(mvo_constraints_add_group(&id, set, 3, assets, 0.1, 0.2, "tech", NULL), MVO_OK);
    assert_row(set, id, group, 0.1, 0.2, "tech");

    const int32_t label[N] = { 1, -1, 0, 1, -7 };
    const double low[2] = { 0, 0.5 }, high[2] = { 1, 0.5 };
    const char *const names[2] = { NULL, "one" };
    const double first[N] = { 0, 0, 1, 0, 0 }, second[N] = { 1, 0, 0, 1, 0 };
    assert_int_equal(mvo_constraints_add_groups(ids, set, 2, label, low, high, names, NULL), MVO_OK);
    assert_row(set, ids[0], first, 0, 1, NULL);
    assert_row(set, ids[1], second, 0.5, 0.5, "one");
    assert_int_equal(mvo_constraints_add_groups(NULL, set, 2, label, low, high, NULL, NULL), MVO_OK);
    assert_null(mvo_constraints_row_name(set, ids[1] + 2));

    const double loadings[] = { 1, 2, 3, 4, 5, NAN, -1, -2, -3, -4, -5 }; /* ld = 6: the NaN is padding */
    assert_int_equal(mvo_constraints_add_exposures(ids, set, 2, loadings, 6, low, high, names, NULL), MVO_OK);
    assert_row(set, ids[0], loadings, 0, 1, NULL);
    assert_row(set, ids[1], loadings + 6, 0.5, 0.5, "one");

    assert_int_equal(mvo_constraints_add_return(&id, set, dense, 0.01, INFINITY, NULL), MVO_OK);
    assert_row(set, id, dense, 0.01, INFINITY, "return");
    assert_int_equal(mvo_constraints_row_count(set), 12);
    mvo_constraints_free(set);
}

static void test_none_of_several(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    const int32_t label[N] = { -1, -1, -1, -1, -1 };
    assert_int_equal(mvo_constraints_add_groups(NULL, set, 0, label, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_exposures(NULL, set, 0, NULL, N, NULL, NULL, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_row_count(set), 0);
    mvo_constraints_free(set);
}

/* More rows at once than doubling the array would give room for. */
static void test_many_at_once(void **state)
{
    enum { MANY = 100 };
    (void)state;
    mvo_constraints *set = make(N);
    const int32_t label[N] = { 99, 98, 97, -1, 0 };
    double low[MANY], high[MANY];
    for (int g = 0; g < MANY; g++) {
        low[g] = -g;
        high[g] = g;
    }
    int64_t ids[MANY];
    const double first[N] = { 0, 0, 0, 0, 1 }, last[N] = { 1, 0, 0, 0, 0 };
    assert_int_equal(mvo_constraints_add_groups(ids, set, MANY, label, low, high, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_row_count(set), MANY);
    assert_row(set, ids[0], first, 0, 0, NULL);
    assert_row(set, ids[99], last, -99, 99, NULL);
    mvo_constraints_free(set);
}

/* --------------------------------------------------------------------------------- ids, names and copies */

static void test_ids_are_not_reused(void **state)
{
    (void)state;
    mvo_constraints *set = make(N), *copy;
    const double a[N] = { 1, 2, 3, 4, 5 }, b[N] = { 5, 4, 3, 2, 1 };
    int64_t one, two, three, four, in_copy;
    assert_int_equal(mvo_constraints_add_row(&one, set, a, 0, 1, "one", NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(&two, set, b, 0, 2, "two", NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(&three, set, a, 0, 3, "three", NULL), MVO_OK);
    assert_true(one >= 0 && one != two && two != three && one != three);
    assert_int_equal(mvo_constraints_remove_row(set, three, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_copy(&copy, set, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(&in_copy, copy, a, 0, 4, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(&four, set, a, 0, 4, NULL, NULL), MVO_OK);
    assert_true(four > three && in_copy > three);
    assert_int_equal(mvo_constraints_remove_row(set, one, NULL), MVO_OK);
    assert_true(mvo_constraints_row_id(set, 0) == two && mvo_constraints_row_id(set, 1) == four);
    assert_true(mvo_constraints_row_id(set, 2) == -1);
    assert_row(set, two, b, 0, 2, "two");
    assert_row(copy, one, a, 0, 1, "one");
    assert_int_equal(mvo_constraints_remove_row(set, two, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_remove_row(set, four, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_row_count(set), 0);
    mvo_constraints_free(set);
    assert_row(copy, two, b, 0, 2, "two");
    mvo_constraints_free(copy);
}

static void test_the_ids_can_run_out(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    const double zero[2] = { 0, 0 };
    const int32_t label[N] = { 0, 1, 0, 1, 0 };
    set->next_id = INT64_MAX - 1;
    assert_int_equal(mvo_constraints_add_groups(NULL, set, 2, label, zero, zero, NULL, NULL), MVO_ERROR_MEMORY);
    assert_int_equal(mvo_constraints_add_budget(NULL, set, 0, 1, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, set, 0, 1, NULL), MVO_ERROR_MEMORY);
    mvo_constraints_free(set);
}

static void test_copy_is_its_own(void **state)
{
    (void)state;
    mvo_constraints *set = make(N), *copy;
    const double a[N] = { 1, 2, 3, 4, 5 };
    int64_t id;
    mvo_constraints_add_row(&id, set, a, 0, 1, "row", NULL);
    mvo_constraints_set_asset_name(set, 1, "BTC", NULL);
    mvo_constraints_set_bound(set, 3, 0, 1, NULL);
    assert_int_equal(mvo_constraints_copy(&copy, set, NULL), MVO_OK);
    char *before = constraint_dump(set), *copied = constraint_dump(copy);
    assert_string_equal(before, copied);
    mvo_constraints_set_asset_name(copy, 1, NULL, NULL);
    mvo_constraints_set_bound(copy, 3, 0, 2, NULL);
    mvo_constraints_set_limits(copy, id, -1, 0, NULL);
    const double b[N] = { 0 };
    mvo_constraints_replace_row(copy, id, b, NULL);
    char *after = constraint_dump(set), *changed = constraint_dump(copy);
    assert_string_equal(before, after);
    assert_string_not_equal(copied, changed);
    free(before), free(copied), free(after), free(changed);
    mvo_constraints_free(set);
    mvo_constraints_free(copy);
}

static void test_names_are_copied(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    char name[] = "BTC";
    const double a[N] = { 0 };
    int64_t id, again;
    assert_int_equal(mvo_constraints_set_asset_name(set, 4, name, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(&id, set, a, 0, 0, name, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_row(&again, set, a, 0, 0, name, NULL), MVO_OK); /* need not be unique */
    name[0] = 'X';
    assert_string_equal(mvo_constraints_asset_name(set, 4), "BTC");
    assert_string_equal(mvo_constraints_row_name(set, id), "BTC");
    /* its own name handed back */
    assert_int_equal(mvo_constraints_set_asset_name(set, 4, mvo_constraints_asset_name(set, 4), NULL), MVO_OK);
    assert_string_equal(mvo_constraints_asset_name(set, 4), "BTC");
    assert_int_equal(mvo_constraints_set_asset_name(set, 4, NULL, NULL), MVO_OK);
    assert_null(mvo_constraints_asset_name(set, 4));
    assert_null(mvo_constraints_asset_name(set, N));
    assert_null(mvo_constraints_row_name(set, again + 1));
    mvo_constraints_free(set);
}

/* ------------------------------------------------------------------------------------------- bad inputs */

/* A set with something of everything, and what is expected of each failing call on it. */
typedef struct fixture {
    mvo_constraints *set;
    int64_t id;
    char *before;
    mvo_error error;
} fixture;

static fixture set_up(void)
{
    fixture f = { make(N), 0, NULL, MVO_ERROR_INIT };
    const double a[N] = { 1, 2, 3, 4, 5 };
    mvo_constraints_set_asset_name(f.set, 2, "BTC", NULL);
    mvo_constraints_add_budget(NULL, f.set, 1, 1, NULL);
    mvo_constraints_add_row(&f.id, f.set, a, 0.1, 0.2, "tech", NULL);
    for (size_t j = 0; j < N; j++)
        mvo_constraints_set_bound(f.set, j, 0.0, 1.0, NULL);
    f.before = constraint_dump(f.set);
    return f;
}

/* The call failed as said, the message holds `words`, and the set is what it was. The error is cleared for the next. */
static void expect(fixture *f, mvo_status have, mvo_status want, const char *argument, int64_t row, int64_t column,
                   const char *words)
{
    assert_int_equal(have, want);
    assert_int_equal(f->error.status, want);
    assert_string_equal(f->error.argument, argument);
    assert_true(f->error.row == row);
    assert_true(f->error.column == column);
    if (!strstr(f->error.message, words))
        fail_msg("'%s' does not say '%s'", f->error.message, words);
    char *after = constraint_dump(f->set);
    assert_string_equal(f->before, after);
    free(after);
    f->error = (mvo_error)MVO_ERROR_INIT;
}

static void tear_down(fixture *f)
{
    /* failed adds used up no id and left nothing behind */
    int64_t next;
    assert_int_equal(mvo_constraints_add_budget(&next, f->set, 0, 0, NULL), MVO_OK);
    assert_true(next == f->id + 1);
    free(f->before);
    mvo_constraints_free(f->set);
}

static void test_bad_new(void **state)
{
    (void)state;
    fixture f = set_up();
    mvo_constraints *made = f.set; /* must stay what it is */
    mvo_error *e = &f.error;
    expect(&f, mvo_constraints_new(NULL, NULL, 3, e), MVO_ERROR_NULL, "constraints", -1, -1, "constraints is NULL");
    expect(&f, mvo_constraints_new(&made, NULL, 0, e), MVO_ERROR_ARGUMENT, "n", -1, -1, "n is 0");
    expect(&f, mvo_constraints_new(&made, NULL, SIZE_MAX, e), MVO_ERROR_MEMORY, "", -1, -1, "no memory");
    expect(&f, mvo_constraints_new(&made, NULL, SIZE_MAX / 8, e), MVO_ERROR_MEMORY, "", -1, -1, "no memory");
    expect(&f, mvo_constraints_new_long_only(NULL, NULL, 3, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_new_long_only(&made, NULL, 0, e), MVO_ERROR_ARGUMENT, "n", -1, -1, "n is 0");
    expect(&f, mvo_constraints_new_long_only(&made, NULL, SIZE_MAX, e), MVO_ERROR_MEMORY, "", -1, -1, "no memory");
    expect(&f, mvo_constraints_copy(NULL, f.set, e), MVO_ERROR_NULL, "copy", -1, -1, "copy is NULL");
    expect(&f, mvo_constraints_copy(&made, NULL, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    assert_ptr_equal(made, f.set);
    tear_down(&f);
}

static void test_bad_asset_names(void **state)
{
    (void)state;
    fixture f = set_up();
    mvo_error *e = &f.error;
    expect(&f, mvo_constraints_set_asset_name(NULL, 0, "x", e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_set_asset_name(f.set, N, "x", e), MVO_ERROR_ARGUMENT, "asset", N, -1, "asset 5 is out");
    tear_down(&f);
}

static void test_bad_bounds(void **state)
{
    (void)state;
    fixture f = set_up();
    mvo_error *e = &f.error;
    mvo_constraints *s = f.set;
    const double inf = INFINITY;
    expect(&f, mvo_constraints_set_bound(NULL, 0, 0, 1, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_set_bound(s, N, 0, 1, e), MVO_ERROR_ARGUMENT, "asset", N, -1, "5 assets");
    expect(&f, mvo_constraints_set_bound(s, 2, NAN, 1, e), MVO_ERROR_NOT_FINITE, "lower", 2, -1,
           "asset 'BTC': the lower limit is NaN");
    expect(&f, mvo_constraints_set_bound(s, 1, 0, NAN, e), MVO_ERROR_NOT_FINITE, "upper", 1, -1,
           "asset 1: the upper limit is NaN");
    expect(&f, mvo_constraints_set_bound(s, 2, inf, inf, e), MVO_ERROR_LIMITS, "lower", 2, -1, "+infinity");
    expect(&f, mvo_constraints_set_bound(s, 2, -inf, -inf, e), MVO_ERROR_LIMITS, "upper", 2, -1, "-infinity");
    mvo_constraints_set_bound(s, 2, 0.3, 0.2, e);
    assert_true(e->value == 0.3 && e->limit == 0.2);
    expect(&f, mvo_constraints_set_bound(s, 2, 0.1 + 0.2, 0.3, e), MVO_ERROR_LIMITS, "lower", 2, -1,
           "asset 'BTC': the lower limit 0.30000000000000004 is above the upper limit 0.3");

    const double low[N] = { 0, 0, 0, 2, 0 }, high[N] = { 1, 1, -1, 3, 1 }, bad[N] = { 0, 0, 0, 0, NAN };
    expect(&f, mvo_constraints_set_bounds(NULL, low, high, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_set_bounds(s, low, high, e), MVO_ERROR_LIMITS, "lower", 2, -1, "BTC");
    expect(&f, mvo_constraints_set_bounds(s, low, NULL, e), MVO_ERROR_LIMITS, "lower", 3, -1, "asset 3");
    expect(&f, mvo_constraints_set_bounds(s, NULL, high, e), MVO_ERROR_LIMITS, "lower", 2, -1, "BTC");
    expect(&f, mvo_constraints_set_bounds(s, bad, NULL, e), MVO_ERROR_NOT_FINITE, "lower", 4, -1, "asset 4");
    expect(&f, mvo_constraints_set_bounds(s, NULL, bad, e), MVO_ERROR_NOT_FINITE, "upper", 4, -1, "asset 4");
    double out = 7;
    expect(&f, mvo_constraints_bounds(&out, &out, NULL, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    assert_true(out == 7);
    tear_down(&f);
}

static void test_bad_dense_rows(void **state)
{
    (void)state;
    fixture f = set_up();
    mvo_error *e = &f.error;
    mvo_constraints *s = f.set;
    const double a[N] = { 1, 2, 3, 4, 5 }, bad[N] = { 1, 2, NAN, 4, 5 }, inf[N] = { -INFINITY, 2, 3, 4, 5 };
    int64_t id = -77;
    expect(&f, mvo_constraints_add_row(&id, NULL, a, 0, 1, "x", e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_add_row(&id, s, NULL, 0, 1, "x", e), MVO_ERROR_NULL, "coefficients", -1, -1, "NULL");
    expect(&f, mvo_constraints_add_row(&id, s, bad, 0, 1, "x", e), MVO_ERROR_NOT_FINITE, "coefficients", -1, 2,
           "row 'x': the coefficient of asset 'BTC' in coefficients is NaN");
    expect(&f, mvo_constraints_add_row(&id, s, inf, 0, 1, NULL, e), MVO_ERROR_NOT_FINITE, "coefficients", -1, 0,
           "the new row: the coefficient of asset 0 in coefficients is -infinity");
    expect(&f, mvo_constraints_add_row(&id, s, a, NAN, 1, "x", e), MVO_ERROR_NOT_FINITE, "lower", -1, -1, "row 'x'");
    expect(&f, mvo_constraints_add_row(&id, s, a, 0, NAN, "x", e), MVO_ERROR_NOT_FINITE, "upper", -1, -1, "row 'x'");
    expect(&f, mvo_constraints_add_row(&id, s, a, 2, 1, "x", e), MVO_ERROR_LIMITS, "lower", -1, -1, "limit 2 is above");
    expect(&f, mvo_constraints_add_row(&id, s, a, INFINITY, INFINITY, "x", e), MVO_ERROR_LIMITS, "lower", -1, -1, "x");
    expect(&f, mvo_constraints_add_row(&id, s, a, -INFINITY, -INFINITY, "x", e), MVO_ERROR_LIMITS, "upper", -1, -1,
           "x");

    expect(&f, mvo_constraints_add_return(&id, NULL, a, 0, 1, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_add_return(&id, s, NULL, 0, 1, e), MVO_ERROR_NULL, "mu", -1, -1, "mu is NULL");
    expect(&f, mvo_constraints_add_return(&id, s, bad, 0, 1, e), MVO_ERROR_NOT_FINITE, "mu", -1, 2, "'return'");
    expect(&f, mvo_constraints_add_return(&id, s, a, 1, 0, e), MVO_ERROR_LIMITS, "lower", -1, -1, "'return'");

    expect(&f, mvo_constraints_add_budget(&id, NULL, 0, 1, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_add_budget(&id, s, 0, NAN, e), MVO_ERROR_NOT_FINITE, "upper", -1, -1, "'budget'");
    expect(&f, mvo_constraints_add_budget(&id, s, 1, 0, e), MVO_ERROR_LIMITS, "lower", -1, -1, "'budget'");
    assert_true(id == -77);
    tear_down(&f);
}

static void test_bad_sparse_rows(void **state)
{
    (void)state;
    fixture f = set_up();
    mvo_error *e = &f.error;
    mvo_constraints *s = f.set;
    const size_t to[] = { 0, 2, 4 }, out[] = { 0, 5, 4 }, twice[] = { 2, 1, 2 };
    const size_t many[] = { 0, 1, 2, 3, 4, 0 };
    const double a[] = { 1, 0, 3, 4, 5, 6 }, bad[] = { 1, INFINITY, 3 }, zero[] = { 0, 0, 0 };
    int64_t id = -77;
    expect(&f, mvo_constraints_add_sparse_row(&id, NULL, 3, to, a, 0, 1, "x", e), MVO_ERROR_NULL, "constraints", -1, -1,
           "NULL");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, NULL, a, 0, 1, "x", e), MVO_ERROR_NULL, "assets", -1, -1, "");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, to, NULL, 0, 1, "x", e), MVO_ERROR_NULL, "coefficients", -1,
           -1, "NULL");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, out, a, 0, 1, "x", e), MVO_ERROR_ARGUMENT, "assets", 1, -1,
           "assets[1] is 5, out of range");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, twice, a, 0, 1, "x", e), MVO_ERROR_ARGUMENT, "assets", 2, -1,
           "assets[2] is 2: asset 'BTC' is listed twice");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, twice, zero, 0, 1, "x", e), MVO_ERROR_ARGUMENT, "assets", 2,
           -1, "listed twice");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 6, many, a, 0, 1, "x", e), MVO_ERROR_ARGUMENT, "assets", 5, -1,
           "listed twice");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, SIZE_MAX, many, a, 0, 1, "x", e), MVO_ERROR_ARGUMENT, "assets", 5,
           -1, "listed twice");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, to, bad, 0, 1, "x", e), MVO_ERROR_NOT_FINITE, "coefficients",
           1, 2, "row 'x': the coefficient of asset 'BTC' in coefficients is infinity");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, to, a, NAN, 1, "x", e), MVO_ERROR_NOT_FINITE, "lower", -1, -1,
           "row 'x'");
    expect(&f, mvo_constraints_add_sparse_row(&id, s, 3, to, a, 2, 1, "x", e), MVO_ERROR_LIMITS, "lower", -1, -1,
           "row 'x'");

    expect(&f, mvo_constraints_add_group(&id, NULL, 3, to, 0, 1, "x", e), MVO_ERROR_NULL, "constraints", -1, -1, "");
    expect(&f, mvo_constraints_add_group(&id, s, 3, NULL, 0, 1, "x", e), MVO_ERROR_NULL, "members", -1, -1, "");
    expect(&f, mvo_constraints_add_group(&id, s, 3, out, 0, 1, "x", e), MVO_ERROR_ARGUMENT, "members", 1, -1, "is 5");
    expect(&f, mvo_constraints_add_group(&id, s, 3, twice, 0, 1, "x", e), MVO_ERROR_ARGUMENT, "members", 2, -1,
           "asset 'BTC' is listed twice");
    expect(&f, mvo_constraints_add_group(&id, s, 3, to, 0, NAN, "x", e), MVO_ERROR_NOT_FINITE, "upper", -1, -1, "'x'");
    expect(&f, mvo_constraints_add_group(&id, s, 3, to, 1, 0, "x", e), MVO_ERROR_LIMITS, "lower", -1, -1, "'x'");
    assert_true(id == -77);
    tear_down(&f);
}

static void test_bad_several_rows(void **state)
{
    (void)state;
    fixture f = set_up();
    mvo_error *e = &f.error;
    mvo_constraints *s = f.set;
    const int32_t label[N] = { 0, 1, -1, 1, 0 }, out[N] = { 0, 1, 2, 1, 0 };
    const double low[] = { 0, 0.5 }, high[] = { 1, 0.4 }, top[] = { 1, 1 }, bad[] = { 0, NAN };
    const char *const names[] = { "a", "b" }, *const none[] = { NULL, NULL };
    int64_t ids[2] = { -77, -78 };
    expect(&f, mvo_constraints_add_groups(ids, NULL, 2, label, low, top, names, e), MVO_ERROR_NULL, "constraints", -1,
           -1, "NULL");
    expect(&f, mvo_constraints_add_groups(ids, s, 2, NULL, low, top, names, e), MVO_ERROR_NULL, "label", -1, -1, "");
    expect(&f, mvo_constraints_add_groups(ids, s, 2, label, NULL, top, names, e), MVO_ERROR_NULL, "lower", -1, -1, "");
    expect(&f, mvo_constraints_add_groups(ids, s, 2, label, low, NULL, names, e), MVO_ERROR_NULL, "upper", -1, -1, "");
    expect(&f, mvo_constraints_add_groups(ids, s, 2, out, low, top, names, e), MVO_ERROR_ARGUMENT, "label", 2, -1,
           "label[2] (asset 'BTC') is 2, out of range: there are 2 groups");
    expect(&f, mvo_constraints_add_groups(ids, s, 0, label, low, top, names, e), MVO_ERROR_ARGUMENT, "label", 0, -1,
           "0 groups");
    expect(&f, mvo_constraints_add_groups(ids, s, 2, label, low, high, names, e), MVO_ERROR_LIMITS, "lower", 1, -1,
           "row 'b': the lower limit 0.5 is above the upper limit 0.4");
    expect(&f, mvo_constraints_add_groups(ids, s, 2, label, low, high, none, e), MVO_ERROR_LIMITS, "lower", 1, -1,
           "new row 1: the lower limit");
    expect(&f, mvo_constraints_add_groups(ids, s, 2, label, bad, top, NULL, e), MVO_ERROR_NOT_FINITE, "lower", 1, -1,
           "new row 1");
    expect(&f,
           mvo_constraints_add_groups(ids, s, SIZE_MAX, (const int32_t[N]){ -1, -1, -1, -1, -1 }, NULL, NULL, NULL, e),
           MVO_ERROR_NULL, "lower", -1, -1, "NULL");

    const double b[] = { 1, 2, 3, 4, 5, 6, 7, NAN, 9, 10 }, good[2 * N] = { 0 };
    expect(&f, mvo_constraints_add_exposures(ids, NULL, 2, good, N, low, top, names, e), MVO_ERROR_NULL, "constraints",
           -1, -1, "NULL");
    expect(&f, mvo_constraints_add_exposures(ids, s, 2, NULL, N, low, top, names, e), MVO_ERROR_NULL, "loadings", -1,
           -1, "NULL");
    expect(&f, mvo_constraints_add_exposures(ids, s, 2, good, N - 1, low, top, names, e), MVO_ERROR_ARGUMENT, "ld", -1,
           -1, "ld is 4");
    expect(&f, mvo_constraints_add_exposures(ids, s, SIZE_MAX / 8, good, N, low, top, names, e), MVO_ERROR_ARGUMENT,
           "factors", -1, -1, "no memory holds");
    expect(&f, mvo_constraints_add_exposures(ids, s, 2, b, N, low, top, names, e), MVO_ERROR_NOT_FINITE, "loadings", 2,
           1, "row 'b': the coefficient of asset 'BTC' in loadings is NaN");
    expect(&f, mvo_constraints_add_exposures(ids, s, 2, good, N, NULL, top, names, e), MVO_ERROR_NULL, "lower", -1, -1,
           "NULL");
    expect(&f, mvo_constraints_add_exposures(ids, s, 2, good, N, low, NULL, names, e), MVO_ERROR_NULL, "upper", -1, -1,
           "NULL");
    expect(&f, mvo_constraints_add_exposures(ids, s, 2, good, N, low, high, NULL, e), MVO_ERROR_LIMITS, "lower", 1, -1,
           "new row 1");
    expect(&f, mvo_constraints_add_exposures(ids, s, 2, good, N, low, bad, names, e), MVO_ERROR_NOT_FINITE, "upper", 1,
           -1, "row 'b'");
    assert_true(ids[0] == -77 && ids[1] == -78);
    tear_down(&f);
}

static void test_bad_edits(void **state)
{
    (void)state;
    fixture f = set_up();
    mvo_error *e = &f.error;
    mvo_constraints *s = f.set;
    const double a[N] = { 1, 2, 3, 4, 5 }, bad[N] = { 1, 2, NAN, 4, 5 };
    double out = 7;
    expect(&f, mvo_constraints_replace_row(NULL, f.id, a, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_replace_row(s, 99, a, e), MVO_ERROR_NOT_FOUND, "id", -1, -1,
           "no row of the set has id 99");
    expect(&f, mvo_constraints_replace_row(s, f.id, NULL, e), MVO_ERROR_NULL, "coefficients", -1, -1, "NULL");
    expect(&f, mvo_constraints_replace_row(s, f.id, bad, e), MVO_ERROR_NOT_FINITE, "coefficients", 1, 2,
           "row 'tech': the coefficient of asset 'BTC' is NaN");
    expect(&f, mvo_constraints_set_limits(NULL, f.id, 0, 1, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_set_limits(s, -1, 0, 1, e), MVO_ERROR_NOT_FOUND, "id", -1, -1, "id -1");
    expect(&f, mvo_constraints_set_limits(s, f.id, NAN, 1, e), MVO_ERROR_NOT_FINITE, "lower", 1, -1, "row 'tech'");
    expect(&f, mvo_constraints_set_limits(s, f.id, 0, NAN, e), MVO_ERROR_NOT_FINITE, "upper", 1, -1, "row 'tech'");
    expect(&f, mvo_constraints_set_limits(s, f.id, 1, 0, e), MVO_ERROR_LIMITS, "lower", 1, -1, "row 'tech'");
    expect(&f, mvo_constraints_set_limits(s, f.id, INFINITY, INFINITY, e), MVO_ERROR_LIMITS, "lower", 1, -1, "'tech'");
    expect(&f, mvo_constraints_set_limits(s, f.id, -INFINITY, -INFINITY, e), MVO_ERROR_LIMITS, "upper", 1, -1, "tech");
    expect(&f, mvo_constraints_remove_row(NULL, f.id, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_remove_row(s, f.id + 1, e), MVO_ERROR_NOT_FOUND, "id", -1, -1, "no row");
    expect(&f, mvo_constraints_row(&out, &out, &out, NULL, f.id, e), MVO_ERROR_NULL, "constraints", -1, -1, "NULL");
    expect(&f, mvo_constraints_row(&out, &out, &out, s, INT64_MAX, e), MVO_ERROR_NOT_FOUND, "id", -1, -1, "no row");
    assert_int_equal(mvo_constraints_row(NULL, NULL, NULL, s, f.id, e), MVO_OK);
    assert_true(out == 7);
    tear_down(&f);
}

/* Every failing call works with no mvo_error to write to. */
static void test_error_may_be_null(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    assert_int_equal(mvo_constraints_set_bound(set, 0, 1, 0, NULL), MVO_ERROR_LIMITS);
    assert_int_equal(mvo_constraints_remove_row(set, 1, NULL), MVO_ERROR_NOT_FOUND);
    assert_int_equal(mvo_constraints_add_row(NULL, set, NULL, 0, 1, NULL, NULL), MVO_ERROR_NULL);
    mvo_constraints_free(set);
}

/* ---------------------------------------------------------------------------------------- descriptions */

static void test_edits(void **state)
{
    (void)state;
    mvo_constraints *set = make(N);
    const double a[N] = { 1, 2, 3, 4, 5 }, b[N] = { 0, 0, 0, 0, -1 };
    int64_t id;
    mvo_constraints_add_row(&id, set, a, 0, 1, "x", NULL);
    assert_int_equal(mvo_constraints_replace_row(set, id, b, NULL), MVO_OK);
    assert_row(set, id, b, 0, 1, "x");
    assert_int_equal(mvo_constraints_set_limits(set, id, -INFINITY, INFINITY, NULL), MVO_OK);
    assert_row(set, id, b, -INFINITY, INFINITY, "x");
    mvo_constraints_free(set);
}

static void test_descriptions(void **state)
{
    (void)state;
    char buffer[24];
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row", "tech", 3), "row 'tech'");
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row", NULL, 3), "row 3");
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row", "", 3), "row 3");
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row", NULL, -1), "the row");
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row", "a\nb\x7f", 0), "row 'a?b?'");
    /* 24 bytes hold row, space, quote, 17 characters, quote, zero */
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row", "12345678901234567", 0), "row '12345678901234567'");
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row", "123456789012345678", 0),
                        "row '12345678901234...'");
    /* the cut must not leave half of a two-byte character: bytes 14 and 15 are one */
    assert_string_equal(mvoi_describe(buffer, sizeof buffer, "row",
                                      "1234567890123\xc3\xa9"
                                      "45678",
                                      0),
                        "row '1234567890123...'");
    for (size_t size = 1; size < sizeof buffer; size++) {
        memset(buffer, '#', sizeof buffer);
        mvoi_describe(buffer, size, "row", "a name too long for any of them", 0);
        assert_true(strlen(buffer) < size && buffer[size] == '#');
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.0, "0" },
        { 0.05, "0.05" },
        { 1.0 / 3, "0.3333333333333333" },
        { -1e-8, "-1e-08" },
        { INFINITY, "infinity" },
        { -INFINITY, "-infinity" },
        { NAN, "NaN" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1e6, "1e+06" },
        { 123456.5, "123456.5" },
    };
    char buffer[MVOI_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mvoi_describe_number(buffer, cases[i].value), cases[i].text);
    const double ends[] = { 5e-324, 1.7976931348623157e308, -2.2250738585072014e-308 };
    for (size_t i = 0; i < 3; i++)
        assert_true(strtod(mvoi_describe_number(buffer, ends[i]), NULL) == ends[i]);
}

static void test_check_limits(void **state)
{
    (void)state;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvoi_check_limits(NULL, &error, "it", 4, 2, 1, 1), MVO_OK);
    assert_int_equal(mvoi_check_limits(NULL, &error, "it", 4, 2, 1, 0), MVO_ERROR_LIMITS);
    assert_true(error.row == 4 && error.value == 2 && error.limit == 1);
    assert_int_equal(mvoi_check_limits(NULL, &error, "it", 4, INFINITY, 1, 1), MVO_ERROR_LIMITS);
    assert_int_equal(mvoi_check_limits(NULL, &error, "it", 4, 1, -INFINITY, 1), MVO_ERROR_LIMITS);
    assert_int_equal(mvoi_check_limits(NULL, &error, "it", 4, 1, NAN, 1), MVO_ERROR_NOT_FINITE);
    assert_string_equal(error.message, "it: the upper limit is NaN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_is_empty),
        cmocka_unit_test(test_long_only),
        cmocka_unit_test(test_null_is_nothing),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_kinds_of_rows),
        cmocka_unit_test(test_none_of_several),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_ids_are_not_reused),
        cmocka_unit_test(test_the_ids_can_run_out),
        cmocka_unit_test(test_copy_is_its_own),
        cmocka_unit_test(test_names_are_copied),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_bad_new),
        cmocka_unit_test(test_bad_asset_names),
        cmocka_unit_test(test_bad_bounds),
        cmocka_unit_test(test_bad_dense_rows),
        cmocka_unit_test(test_bad_sparse_rows),
        cmocka_unit_test(test_bad_several_rows),
        cmocka_unit_test(test_bad_edits),
        cmocka_unit_test(test_error_may_be_null),
        cmocka_unit_test(test_descriptions),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_check_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
