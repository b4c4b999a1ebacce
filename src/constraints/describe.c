/* SPDX-License-Identifier: MIT */
/* What messages call an asset, a row and a number. */
#include "constraints/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
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

/* Whether the decimal, with its point set, is `value` to the bit. */
static int reads_back(const char *buffer, double value)
{
    const int negative = *buffer == '-';
    const double size = mvoi_read_decimal(buffer + negative, strlen(buffer + negative), 0);
    return mvoi_same_bits(negative ? -size : size, value);
}

static void write_digits(char *buffer, int digits, double value)
{
    snprintf(buffer, MVOI_NUMBER_SIZE, "%.*g", digits, value);
    use_point(buffer);
}

/* Significant digits of a decimal, without zeros at its end. */
static int count_digits(const char *buffer)
{
    int count = 0, last = 0;
    for (; *buffer && *buffer != 'e'; buffer++) {
        if (*buffer < '0' || *buffer > '9' || (!count && *buffer == '0'))
            continue;
        count++;
        if (*buffer != '0')
            last = count;
    }
    return last ? last : 1;
}

/*
 * Any decimal of up to 15 digits comes back from a normal double, so no fewer need be tried there. Of 100 and 1e+02, and
 * of 1000000 and 1e+06, the one that takes less room is taken.
 */
char *mvoi_describe_number(char *buffer, double value)
{
    enum { ALWAYS_COME_BACK = 15, ALWAYS_ENOUGH = 17 };
    char brief[MVOI_NUMBER_SIZE];
    if (!isfinite(value)) {
        snprintf(buffer, MVOI_NUMBER_SIZE, "%s", isnan(value) ? "NaN" : value > 0.0 ? "infinity" : "-infinity");
        return buffer;
    }
    for (int digits = fabs(value) < DBL_MIN ? 1 : ALWAYS_COME_BACK; digits <= ALWAYS_ENOUGH; digits++) {
        write_digits(buffer, digits, value);
        if (reads_back(buffer, value))
            break;
    }
    write_digits(brief, count_digits(buffer), value);
    return strlen(brief) < strlen(buffer) ? strcpy(buffer, brief) : buffer;
}
