/* SPDX-License-Identifier: MIT */
/* Every allocation of reading, writing and comparing constraint sets as text refused in turn. */
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char given[] = "constraints 1\n"
                            "asset \"A\": 0 <= weight <= 0.3, holding 0.25, buy 0.001, ladder(0 to 0.2, 1 beyond)\n"
                            "asset \"B\": weight free, borrow 0.02\nasset: ladder(1 to 2, 2 to 3, 3 beyond)\n"
                            "row \"budget\": sum(all) = 1\nrow \"g\": \"A\" - 2 \"B\" <= 0.5\nrow: gross <= 2\nrow: absolute(sum(all), around zero, rates @2 "
                            "above 1 below -1) <= 2\nend\n";

enum { SIZE = 1000 };

static mvo_context *context;
static mvo_constraints *set, *other;
static char text[SIZE];
static size_t needed;

static char *show(void)
{
    char *shown = NULL;
    torture_append(&shown, "%d %d %d %zu %s\n", context != NULL, set != NULL, other != NULL, needed, text);
    return shown;
}

static void scenario(counting_allocator *allocator)
{
    context = NULL;
    set = other = NULL;
    needed = 0;
    text[0] = '\0';
    TORTURE_TRY(allocator, show,
                mvo_context_new(&context, counting_allocate, counting_release, NULL, allocator, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_parse(&set, context, given, strlen(given), &error));
    TORTURE_TRY(allocator, show, mvo_constraints_print(text, SIZE, &needed, set, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_parse(&other, context, text, needed - 1, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_set_bound(other, 0, 0.0, 1.0, &error));
    TORTURE_TRY(allocator, show, mvo_constraints_diff(text, SIZE, &needed, set, other, &error));
    assert_string_equal(text, "~ asset \"A\": weight <= 0.3 -> weight <= 1\n");
    mvo_context_unref(context);
    mvo_constraints_free(set);
    mvo_constraints_free(other);
}

static void text_survives(void **state)
{
    (void)state;
    assert_in_range(torture_run(scenario), 40, 300);
}

/* A text that is refused leaves nothing behind, wherever it breaks off. */
static void cut_texts_leave_nothing(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(given) - 1; length++) {
        counting_allocator allocator = { .refuse_at = COUNTING_NEVER };
        mvo_context *own = NULL;
        mvo_constraints *none = NULL;
        assert_int_equal(mvo_context_new(&own, counting_allocate, counting_release, NULL, &allocator, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_parse(&none, own, given, length, NULL), MVO_ERROR_ARGUMENT);
        mvo_context_unref(own);
        assert_null(none);
        assert_int_equal(allocator.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_survives),
        cmocka_unit_test(cut_texts_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
