/* SPDX-License-Identifier: MIT */
/* The ground floor: versions, names, contexts, memory, and how a failure is told. */
#include "core/core.h"
#include "support/counting_allocator.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void versions_agree(void **state)
{
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", MVO_VERSION_MAJOR, MVO_VERSION_MINOR, MVO_VERSION_PATCH);
    assert_string_equal(mvo_version_string(), text);
    assert_int_equal(mvo_version_number(), MVO_VERSION_NUMBER);
}

/* These numbers are in programs compiled long ago. */
static void numbers_never_change(void **state)
{
    (void)state;
    static const struct {
        int32_t number;
        const char *name;
    } statuses[] = { { 0, "MVO_OK" },
                     { -1, "MVO_ERROR_NULL" },
                     { -2, "MVO_ERROR_ARGUMENT" },
                     { -3, "MVO_ERROR_NOT_FINITE" },
                     { -4, "MVO_ERROR_NOT_SYMMETRIC" },
                     { -5, "MVO_ERROR_NOT_SEMIDEFINITE" },
                     { -6, "MVO_ERROR_LIMITS" },
                     { -7, "MVO_ERROR_NOT_FOUND" },
                     { -8, "MVO_ERROR_MEMORY" },
                     { -9, "MVO_ERROR_MISMATCH" },
                     { -10, "MVO_ERROR_STATE" },
                     { -11, "MVO_ERROR_OUT_OF_RANGE" },
                     { -12, "MVO_ERROR_INTERNAL" },
                     { -13, "MVO_ERROR_SINGULAR" } },
      outcomes[] = { { 0, "MVO_OPTIMAL" },           { 1, "MVO_INFEASIBLE" },       { 2, "MVO_UNBOUNDED" },
                     { 3, "MVO_NOT_ATTAINED" },      { 4, "MVO_NO_EXCESS_RETURN" }, { 5, "MVO_NOT_CONVEX" },
                     { 6, "MVO_ITERATION_LIMIT" },   { 7, "MVO_TIME_LIMIT" },       { 8, "MVO_CANCELLED" },
                     { 9, "MVO_NUMERICAL" },         { 10, "MVO_NO_MEMORY" } };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        assert_string_equal(mvo_status_name(statuses[i].number), statuses[i].name);
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        assert_string_equal(mvo_outcome_name(outcomes[i].number), outcomes[i].name);
    const int32_t strange[] = { 1, 99, -14, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        assert_string_equal(mvo_status_name(strange[i]), "unknown status");
    const int32_t outlandish[] = { -1, 11, 99, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < sizeof outlandish / sizeof *outlandish; i++)
        assert_string_equal(mvo_outcome_name(outlandish[i]), "unknown outcome");
    assert_int_equal(MVO_BORROW, 16);
    assert_int_equal(MVO_OPTION_TOLERANCE, 4);
}

/* ------------------------------------------------------------------------------------------- contexts */

static void half_an_allocator_is_refused(void **state)
{
    (void)state;
    mvo_context *context = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_context_new(&context, counting_allocate, NULL, NULL, NULL, &error), MVO_ERROR_ARGUMENT);
    assert_string_equal(error.argument, "release");
    assert_int_equal(mvo_context_new(&context, NULL, counting_release, NULL, NULL, &error), MVO_ERROR_ARGUMENT);
    assert_string_equal(error.argument, "allocate");
    assert_int_equal(mvo_context_new(NULL, NULL, NULL, NULL, NULL, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "context");
    assert_null(context);
}

static void the_last_reference_frees(void **state)
{
    (void)state;
    counting_allocator allocator = { 0, 0, 0, COUNTING_NEVER, 0 };
    mvo_context *context = NULL;
    assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL), MVO_OK);
    assert_ptr_equal(mvo_context_ref(context), context);
    mvo_context_unref(context);
    assert_int_equal(allocator.live, 1);
    mvo_context_unref(context);
    assert_int_equal(allocator.live, 0);
    assert_null(mvo_context_ref(NULL));
    mvo_context_unref(NULL);
    assert_int_equal(mvo_context_new(&context, NULL, NULL, NULL, NULL, NULL), MVO_OK);
    mvo_context_unref(context);
}

static void blocks_are_aligned_and_counted(void **state)
{
    (void)state;
    counting_allocator allocator = { 0, 0, 0, COUNTING_NEVER, 0 };
    mvo_context *context = NULL;
    assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL), MVO_OK);
    for (size_t count = 0; count < 300; count += 7) {
        char *block = mvoi_allocate(context, count, 3);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        memset(block, 1, 3 * count);
        mvoi_release(context, block);
    }
    assert_int_equal(allocator.live, 1);
    const size_t asked = allocator.asked;
    assert_null(mvoi_allocate(context, SIZE_MAX, 2));
    assert_null(mvoi_allocate(context, SIZE_MAX, 1));
    assert_null(mvoi_allocate(context, SIZE_MAX / 8, 8));
    assert_int_equal(allocator.asked, asked); /* an overflow is not even asked for */
    mvo_context_unref(context);
}

/* Each is aligned and has its room; lengths whose sum is no length are refused, and nothing is written. */
static void arrays_in_one_block(void **state)
{
    (void)state;
    double *a = NULL, *c = NULL;
    int32_t *b = NULL;
    const mvoi_part parts[] = { MVOI_PART(a, 9), MVOI_PART(b, 0), MVOI_PART(c, 3) };
    void *block = mvoi_allocate_parts(NULL, parts, 3);
    assert_non_null(block);
    assert_true((uintptr_t)a % 64 == 0 && (uintptr_t)b % 64 == 0 && (uintptr_t)c % 64 == 0);
    assert_true((char *)a == (char *)block && (char *)c >= (char *)(a + 9));
    memset(a, 1, 9 * sizeof *a);
    memset(c, 2, 3 * sizeof *c);
    assert_true(((char *)a)[71] == 1);
    mvoi_release(NULL, block);
    a = c = NULL;
    const mvoi_part nothing[] = { { &a, SIZE_MAX / 2, 0 }, MVOI_PART(c, 3) }; /* however many of no size */
    block = mvoi_allocate_parts(NULL, nothing, 2);
    assert_true(block && (char *)c == (char *)block);
    mvoi_release(NULL, block);
    a = c = NULL;
    const size_t lengths[][2] = { { SIZE_MAX, 1 }, { SIZE_MAX / 8, SIZE_MAX / 8 }, { SIZE_MAX / 16, SIZE_MAX / 16 } };
    for (size_t k = 0; k < 3; k++) {
        const mvoi_part long_ones[] = { MVOI_PART(a, lengths[k][0]), MVOI_PART(c, lengths[k][1]) };
        assert_null(mvoi_allocate_parts(NULL, long_ones, 2));
        assert_true(!a && !c);
    }
}

/* -------------------------------------------------------------------------------------------- failures */

static void remember(void *user, const char *message)
{
    snprintf(user, 300, "%s", message);
}

static void the_log_hears_what_the_error_says(void **state)
{
    (void)state;
    char heard[300] = "";
    mvo_context *context = NULL;
    mvo_error error = MVO_ERROR_INIT;
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_context_new(&context, NULL, NULL, remember, heard, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&rules, context, 0, &error), MVO_ERROR_ARGUMENT);
    assert_string_equal(heard, error.message);
    assert_null(strchr(heard, '\n'));
    heard[0] = 0;
    assert_int_equal(mvo_constraints_new(&rules, context, 0, NULL), MVO_ERROR_ARGUMENT);
    assert_string_equal(heard, error.message);
    mvo_context_unref(context);
}

/* A program compiled with an earlier, shorter mvo_error must not be written beyond it; one with a later, longer one
   keeps the members this library does not know. */
static void an_error_of_another_size(void **state)
{
    (void)state;
    struct {
        mvo_error error;
        char beyond[64];
    } longer = { MVO_ERROR_INIT, { 0 } };
    memset(longer.beyond, 7, sizeof longer.beyond);
    longer.error.struct_size = (int64_t)sizeof longer;
    assert_int_equal(mvoi_fail_null(NULL, &longer.error, "x"), MVO_ERROR_NULL);
    assert_int_equal(longer.error.status, MVO_ERROR_NULL);
    assert_int_equal(longer.error.struct_size, sizeof longer);
    for (size_t i = 0; i < sizeof longer.beyond; i++)
        assert_int_equal(longer.beyond[i], 7);

    mvo_error shorter;
    memset(&shorter, 7, sizeof shorter);
    shorter.struct_size = 24; /* struct_size, status, row */
    assert_int_equal(mvoi_fail_null(NULL, &shorter, "x"), MVO_ERROR_NULL);
    assert_int_equal(shorter.status, MVO_ERROR_NULL);
    assert_int_equal(shorter.row, -1);
    assert_int_equal(shorter.column, 0x0707070707070707);

    memset(&shorter, 7, sizeof shorter);
    shorter.struct_size = 0; /* never initialised */
    assert_int_equal(mvoi_fail_null(NULL, &shorter, "x"), MVO_ERROR_NULL);
    assert_int_equal(shorter.status, 0x0707070707070707);
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    char name[1000];
    mvo_error error = MVO_ERROR_INIT;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    mvoi_fail_null(NULL, &error, name);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_int_equal(strlen(error.argument), sizeof error.argument - 1);
}

static void what_is_not_finite_is_found(void **state)
{
    (void)state;
    double x[5] = { 0.0, -HUGE_VAL, 1.0, NAN, HUGE_VAL };
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvoi_find_not_finite(x, 5, 0), 1);
    assert_int_equal(mvoi_find_not_finite(x, 5, 1), 3);
    assert_int_equal(mvoi_find_not_finite(x, 1, 0), 1);
    assert_int_equal(mvoi_check_vector(NULL, &error, "mu", x, 5), MVO_ERROR_NOT_FINITE);
    assert_int_equal(error.row, 1);
    assert_string_equal(error.argument, "mu");
    assert_true(error.value == -HUGE_VAL);

    double many[200]; /* wherever it stands among many, which are looked at together */
    for (size_t bad = 0; bad < 200; bad++) {
        for (size_t i = 0; i < 200; i++)
            many[i] = i % 3 ? -1e308 : 1e308;
        assert_int_equal(mvoi_find_not_finite(many, 200, 0), 200);
        many[bad] = bad % 2 ? NAN : HUGE_VAL;
        assert_int_equal(mvoi_find_not_finite(many, 200, 0), bad);
        assert_int_equal(mvoi_find_not_finite(many, 200, 1), bad % 2 ? bad : 200);
    }
    assert_int_equal(mvoi_check_vector(NULL, &error, "mu", NULL, 5), MVO_ERROR_NULL);
    assert_int_equal(mvoi_check_vector(NULL, &error, "mu", x, 1), MVO_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_agree),
        cmocka_unit_test(numbers_never_change),
        cmocka_unit_test(half_an_allocator_is_refused),
        cmocka_unit_test(the_last_reference_frees),
        cmocka_unit_test(blocks_are_aligned_and_counted),
        cmocka_unit_test(arrays_in_one_block),
        cmocka_unit_test(the_log_hears_what_the_error_says),
        cmocka_unit_test(an_error_of_another_size),
        cmocka_unit_test(a_long_message_is_cut),
        cmocka_unit_test(what_is_not_finite_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
