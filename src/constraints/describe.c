/* SPDX-License-Identifier: MIT */
/* What messages call an asset, a row and a number. */
#include "constraints/constraints.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most bytes of `name`, at most `room`, that end between two UTF-8 characters. */
static size_t whole_characters(const char *name, size_t room)
{
    while (room && ((unsigned char)name[room] & 0xC0u) == 0x80u)
        room--;
    return room;
}

static int is_control(char c)
{
    const unsigned char byte = (unsigned char)c;
    return byte < 0x20 || byte == 0x7F;
}

char *mvoi_describe(char *buffer, size_t size, const char *kind, const char *name, int64_t index)
{
    static const char more[] = "...";
    if (!name || !*name) {
        if (index < 0)
            snprintf(buffer, size, "the %s", kind);
        else
            snprintf(buffer, size, "%s %lld", kind, (long long)index);
        return buffer;
    }
    const int prefix = snprintf(buffer, size, "%s '", kind);
    size_t at = (size_t)prefix;
    const size_t ending = sizeof more + 1; /* the dots, the quote and the zero */
    if (prefix < 0 || size < at + ending)
        return buffer;
    const size_t length = strlen(name);
    const int fits = length <= size - at - 2;
    const size_t kept = fits ? length : whole_characters(name, size - at - ending);
    for (size_t i = 0; i < kept; i++)
        buffer[at++] = is_control(name[i]) ? '?' : name[i];
    snprintf(buffer + at, size - at, "%s'", fits ? "" : more);
    return buffer;
}

char *mvoi_describe_asset(char *buffer, size_t size, const mvo_constraints *constraints, size_t asset)
{
    const char *name = constraints->asset_names ? constraints->asset_names[asset] : NULL;
    return mvoi_describe(buffer, size, "asset", name, (int64_t)asset);
}

char *mvoi_describe_row(char *buffer, size_t size, const mvo_constraints *constraints, size_t position)
{
    return mvoi_describe(buffer, size, "row", constraints->rows[position].name, (int64_t)position);
}

/* A locale may write the decimal point as other characters: whatever no number holds becomes one point. */
static void use_point(char *buffer)
{
    char *to = buffer;
    int in_point = 0;
    for (const char *from = buffer; *from; from++) {
        const int ours = strchr("0123456789+-eE", *from) != NULL;
        if (ours)
            *to++ = *from;
        else if (!in_point)
            *to++ = '.';
        in_point = !ours;
    }
    *to = '\0';
}

/* Reading back is left out near the ends of the range, where strtod would report overflow or underflow in errno. */
char *mvoi_describe_number(char *buffer, double value)
{
    const double size = fabs(value);
    if (!isfinite(value)) {
        snprintf(buffer, MVOI_NUMBER_SIZE, "%s", isnan(value) ? "NaN" : value > 0.0 ? "infinity" : "-infinity");
        return buffer;
    }
    for (int digits = size == 0.0 || (size > 1e-300 && size < 1e300) ? 1 : 17; digits <= 17; digits++) {
        snprintf(buffer, MVOI_NUMBER_SIZE, "%.*g", digits, value);
        if (digits == 17 || strtod(buffer, NULL) == value)
            break;
    }
    use_point(buffer);
    return buffer;
}
