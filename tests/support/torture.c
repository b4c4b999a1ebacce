/* SPDX-License-Identifier: MIT */
#include "support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

size_t torture_run(void (*scenario)(counting_allocator *allocator))
{
    size_t count[2] = { 0, 0 };
    for (int on = 0; on <= 1; on++) {
        for (size_t k = 0;; k++) {
            counting_allocator allocator = { 0, 0, 0, k, on };
            scenario(&allocator);
            assert_int_equal(allocator.live, 0);
            if (!allocator.refused)
                break;
            count[on]++;
        }
    }
    assert_int_equal(count[0], count[1]);
    return count[0];
}

int torture_judge(counting_allocator *allocator, size_t refused_before, mvo_status status, const mvo_error *error,
                  char *before, torture_show show, const char *call)
{
    const int refused = allocator->refused != refused_before;
    const mvo_status expected = refused ? MVO_ERROR_MEMORY : MVO_OK;
    if (status != expected) {
        free(before);
        fail_msg("%s, request %zu %s: %s instead of %s (%s)", call, allocator->refuse_at,
                 refused ? "refused" : "not reached", mvo_status_name(status), mvo_status_name(expected),
                 error->message);
    }
    if (refused) {
        assert_int_equal(error->status, MVO_ERROR_MEMORY);
        assert_true(error->message[0] != 0);
        char *after = show();
        assert_string_equal(before, after);
        free(after);
        allocator->refuse_at = COUNTING_NEVER;
    }
    free(before);
    return refused;
}

void torture_append(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char piece[512];
    const int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    assert_in_range(length, 0, sizeof piece - 1);
    const size_t old = *text ? strlen(*text) : 0;
    char *longer = realloc(*text, old + (size_t)length + 1);
    assert_non_null(longer);
    memcpy(longer + old, piece, (size_t)length + 1);
    *text = longer;
}

void torture_append_vector(char **text, const char *name, const double *x, size_t count)
{
    torture_append(text, "%s:", name);
    for (size_t i = 0; i < count; i++)
        torture_append(text, " %a", x[i]);
    torture_append(text, "\n");
}
