/* SPDX-License-Identifier: MIT */
#include "support/constraint_dump.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *start;
    size_t length, capacity;
} text;

static void add(text *to, const char *format, ...)
{
    char piece[512];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof piece)
        abort();
    if (to->length + (size_t)length + 1 > to->capacity) {
        to->capacity = 2 * (to->capacity + sizeof piece);
        to->start = realloc(to->start, to->capacity);
        if (!to->start)
            abort();
    }
    memcpy(to->start + to->length, piece, (size_t)length + 1);
    to->length += (size_t)length;
}

static void add_name(text *to, const char *name)
{
    if (name)
        add(to, " '%.300s'\n", name);
    else
        add(to, " unnamed\n");
}

char *constraint_dump(const mvo_constraints *constraints)
{
    text to = { NULL, 0, 0 };
    const size_t n = mvo_constraints_size(constraints), m = mvo_constraints_row_count(constraints);
    double *first = malloc((n + 1) * sizeof *first), *second = malloc((n + 1) * sizeof *second);
    if (!first || !second || mvo_constraints_bounds(first, second, constraints, NULL) != MVO_OK)
        abort();
    add(&to, "%zu assets, %zu rows\n", n, m);
    for (size_t j = 0; j < n; j++) {
        add(&to, "%a %a", first[j], second[j]);
        add_name(&to, mvo_constraints_asset_name(constraints, j));
    }
    for (size_t i = 0; i < m; i++) {
        double lower, upper;
        const int64_t id = mvo_constraints_row_id(constraints, i);
        if (mvo_constraints_row(first, &lower, &upper, constraints, id, NULL) != MVO_OK)
            abort();
        add(&to, "row %" PRId64 ": %a %a", id, lower, upper);
        add_name(&to, mvo_constraints_row_name(constraints, id));
        for (size_t j = 0; j < n; j++)
            add(&to, "%a ", first[j]);
        add(&to, "\n");
    }
    free(first);
    free(second);
    return to.start;
}
