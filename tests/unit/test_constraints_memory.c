/* SPDX-License-Identifier: MIT */
/* Every call that allocates, with the k-th allocation failing for every k, once and for good: the set stays what it
   was, nothing leaks, and the same call works once there is memory again. */
#include "support/constraint_dump.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5, MOST_ALLOCATIONS = 200 };

/* ------------------------------------------------------------------------------ an allocator that fails */

typedef struct meter {
    long until_failure; /* allocations that still work; negative: no failure */
    int for_good;       /* whether those after the failing one fail too */
    long living;        /* blocks not given back */
    long lines;         /* lines logged */
} meter;

static void *allocate(void *user, size_t size)
{
    meter *m = user;
    if (m->until_failure == 0) {
        m->until_failure = m->for_good ? 0 : -1;
        return NULL;
    }
    if (m->until_failure > 0)
        m->until_failure--;
    void *block = malloc(size);
    m->living += block != NULL;
    return block;
}

static void release(void *user, void *block)
{
    meter *m = user;
    m->living--;
    free(block);
}

static void count_line(void *user, const char *line)
{
    meter *m = user;
    m->lines += line[0] != '\0';
}

/* --------------------------------------------------------------------------------- calls that allocate */

static const double values[N] = { 1, -2, 0.5, 0, 4 }, low[2] = { 0, -1 }, high[2] = { 0.5, INFINITY };
static const size_t assets[3] = { 4, 0, 2 };
static const int32_t label[N] = { 0, 1, -1, 1, 0 };
static const char *const names[2] = { "first of two", "second of two" };

typedef struct results {
    int64_t ids[2];
    mvo_constraints *made;
} results;

typedef mvo_status (*call)(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error);

static mvo_status call_new(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)set;
    return mvo_constraints_new(&out->made, context, N, error);
}

static mvo_status call_long_only(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)set;
    return mvo_constraints_new_long_only(&out->made, context, N, error);
}

static mvo_status call_copy(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)context;
    return mvo_constraints_copy(&out->made, set, error);
}

static mvo_status call_asset_name(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)out, (void)context;
    return mvo_constraints_set_asset_name(set, 1, "a new name", error);
}

static mvo_status call_row(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)context;
    return mvo_constraints_add_row(out->ids, set, values, 0, 1, "dense", error);
}

static mvo_status call_sparse(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)context;
    return mvo_constraints_add_sparse_row(out->ids, set, 3, assets, values, 0, 1, "sparse", error);
}

static mvo_status call_budget(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)context;
    return mvo_constraints_add_budget(out->ids, set, 0, 1, error);
}

static mvo_status call_group(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)context;
    return mvo_constraints_add_group(out->ids, set, 3, assets, 0, 1, NULL, error);
}

static mvo_status call_groups(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)context;
    return mvo_constraints_add_groups(out->ids, set, 2, label, low, high, names, error);
}

static mvo_status call_exposures(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    static const double loadings[2 * N] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    (void)context;
    return mvo_constraints_add_exposures(out->ids, set, 2, loadings, N, low, high, names, error);
}

static mvo_status call_return(results *out, mvo_constraints *set, mvo_context *context, mvo_error *error)
{
    (void)context;
    return mvo_constraints_add_return(out->ids, set, values, 0, INFINITY, error);
}

static const struct {
    const char *name;
    call run;
} calls[] = {
    { "new", call_new },           { "new_long_only", call_long_only },
    { "copy", call_copy },         { "name", call_asset_name },
    { "add_row", call_row },       { "add_sparse_row", call_sparse },
    { "add_budget", call_budget }, { "add_group", call_group },
    { "add_groups", call_groups }, { "add_exposures", call_exposures },
    { "add_return", call_return },
};

/* A set of `rows` rows, half of them named; with `named`, assets have names too. */
static mvo_constraints *make_set(mvo_context *context, int rows, int named)
{
    mvo_constraints *set;
    assert_int_equal(mvo_constraints_new(&set, context, N, NULL), MVO_OK);
    for (int i = 0; i < rows; i++)
        assert_int_equal(mvo_constraints_add_row(NULL, set, values, -i, i, i % 2 ? "a row" : NULL, NULL), MVO_OK);
    for (size_t j = 0; named && j < N; j += 2)
        assert_int_equal(mvo_constraints_set_asset_name(set, j, "an asset", NULL), MVO_OK);
    return set;
}

/* One call, failing at allocation k (counted from 0). Returns whether the call got by without that allocation. */
static int fail_at(size_t which, int rows, int named, long k, int for_good)
{
    meter m = { -1, for_good, 0, 0 };
    mvo_context *context;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_context_new(&context, allocate, release, count_line, &m, NULL), MVO_OK);
    mvo_constraints *set = make_set(context, rows, named);
    char *before = constraint_dump(set);
    const long living = m.living;
    results out = { { -77, -78 }, set };

    m.until_failure = k;
    const mvo_status status = calls[which].run(&out, set, context, &error);
    const int spared = status == MVO_OK;
    m.until_failure = -1;
    if (!spared) {
        char *after = constraint_dump(set);
        assert_int_equal(status, MVO_ERROR_MEMORY);
        assert_int_equal(error.status, MVO_ERROR_MEMORY);
        assert_non_null(strstr(error.message, "no memory"));
        assert_int_equal(m.lines, 1);
        assert_string_equal(before, after);
        assert_true(out.ids[0] == -77 && out.ids[1] == -78 && out.made == set);
        free(after);
        assert_int_equal(calls[which].run(&out, set, context, &error), MVO_OK);
    } else {
        assert_int_equal(status, MVO_OK);
    }
    /* The array of rows may have grown unseen, which is no leak; a made set is given back. */
    if (out.made != set) {
        mvo_constraints_free(out.made);
        assert_int_equal(m.living, living);
    }
    free(before);
    mvo_constraints_free(set);
    assert_int_equal(m.living, 1); /* the context itself */
    mvo_context_unref(context);
    assert_int_equal(m.living, 0);
    return spared;
}

static void test_every_allocation_fails(void **state)
{
    static const int row_counts[] = { 0, 1, 7, 8, 20 }; /* around the growth of the array as well */
    (void)state;
    for (size_t which = 0; which < sizeof calls / sizeof *calls; which++)
        for (size_t r = 0; r < sizeof row_counts / sizeof *row_counts; r++)
            for (int mode = 0; mode < 4; mode++) {
                long k = 0;
                while (k < MOST_ALLOCATIONS && !fail_at(which, row_counts[r], mode & 1, k, mode >> 1))
                    k++;
                if (k == 0 || k == MOST_ALLOCATIONS)
                    fail_msg("%s: %ld allocations failed", calls[which].name, k);
            }
}

/* A failed batch must give back the rows it had finished: a duplicate found late, too. */
static void test_no_leak_on_late_refusal(void **state)
{
    (void)state;
    meter m = { -1, 0, 0, 0 };
    mvo_context *context;
    assert_int_equal(mvo_context_new(&context, allocate, release, NULL, &m, NULL), MVO_OK);
    mvo_constraints *set = make_set(context, 3, 1);
    const long living = m.living;
    const size_t twice[3] = { 1, 2, 1 };
    assert_int_equal(mvo_constraints_add_group(NULL, set, 3, twice, 0, 1, "twice", NULL), MVO_ERROR_ARGUMENT);
    assert_int_equal(m.living, living);
    mvo_constraints_free(set);
    mvo_context_unref(context);
    assert_int_equal(m.living, 0);
}

/* The set holds its context: the caller's reference may go first. */
static void test_context_outlives_its_maker(void **state)
{
    (void)state;
    meter m = { -1, 0, 0, 0 };
    mvo_context *context;
    assert_int_equal(mvo_context_new(&context, allocate, release, NULL, &m, NULL), MVO_OK);
    mvo_constraints *set = make_set(context, 3, 1), *copy;
    mvo_context_unref(context);
    assert_int_equal(mvo_constraints_copy(&copy, set, NULL), MVO_OK);
    mvo_constraints_free(set);
    assert_true(m.living > 0);
    mvo_constraints_free(copy);
    assert_int_equal(m.living, 0);
}

/* Reading and editing what is there takes no memory. */
static void test_edits_allocate_nothing(void **state)
{
    (void)state;
    meter m = { -1, 1, 0, 0 };
    mvo_context *context;
    double a[N], b[N];
    assert_int_equal(mvo_context_new(&context, allocate, release, NULL, &m, NULL), MVO_OK);
    mvo_constraints *set = make_set(context, 3, 0);
    const int64_t id = mvo_constraints_row_id(set, 1);
    m.until_failure = 0;
    assert_int_equal(mvo_constraints_set_asset_name(set, 1, NULL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bound(set, 1, 0, 1, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_bounds(a, b, set, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(set, a, b, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_replace_row(set, id, values, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_limits(set, id, 0, 1, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_row(a, NULL, NULL, set, id, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_remove_row(set, id, NULL), MVO_OK);
    mvo_constraints_free(set);
    mvo_context_unref(context);
    assert_int_equal(m.living, 0);
}

/* Twofold growth: adding m rows asks for the array O(log m) times. */
static void test_growth_is_geometric(void **state)
{
    enum { ROWS = 5000 };
    (void)state;
    meter m = { 1000000, 0, 0, 0 };
    mvo_context *context;
    mvo_constraints *set;
    assert_int_equal(mvo_context_new(&context, allocate, release, NULL, &m, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&set, context, N, NULL), MVO_OK);
    const long before = m.until_failure;
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(mvo_constraints_add_row(NULL, set, values, 0, 1, NULL, NULL), MVO_OK);
    const long arrays = before - m.until_failure - ROWS; /* one block of coefficients a row */
    assert_true(arrays >= 1 && arrays <= 14);
    mvo_constraints_free(set);
    mvo_context_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_fails),     cmocka_unit_test(test_no_leak_on_late_refusal),
        cmocka_unit_test(test_context_outlives_its_maker), cmocka_unit_test(test_edits_allocate_nothing),
        cmocka_unit_test(test_growth_is_geometric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
