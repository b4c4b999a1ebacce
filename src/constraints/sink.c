/* SPDX-License-Identifier: MIT */
/* Text being written into a caller's buffer: counted first, then written, all or nothing. */
#include "constraints/text.h"

#include <stdio.h>
#include <string.h>

enum { LONG_LINE = 96 };

static void put_byte(mvoi_sink *sink, char byte)
{
    if (sink->length < sink->size)
        sink->text[sink->length] = byte;
    sink->length++;
    sink->column = byte == '\n' ? 0 : sink->column + 1;
}

void mvoi_put(mvoi_sink *sink, const char *text)
{
    for (; *text; text++)
        put_byte(sink, *text);
}

void mvoi_put_number(mvoi_sink *sink, double value)
{
    char number[MVOI_NUMBER_SIZE];
    mvoi_put(sink, mvoi_describe_number(number, value));
}

void mvoi_put_integer(mvoi_sink *sink, int64_t value)
{
    char number[MVOI_NUMBER_SIZE];
    snprintf(number, sizeof number, "%lld", (long long)value);
    mvoi_put(sink, number);
}

void mvoi_put_name(mvoi_sink *sink, const char *name)
{
    static const char special[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
    put_byte(sink, '"');
    for (; *name; name++) {
        const unsigned char byte = (unsigned char)*name;
        const char *at = strchr(special, *name);
        char escape[8];
        if (at) {
            put_byte(sink, '\\');
            put_byte(sink, letters[at - special]);
        } else if (byte < 0x20 || byte == 0x7F) {
            snprintf(escape, sizeof escape, "\\x%02x", byte);
            mvoi_put(sink, escape);
        } else {
            put_byte(sink, *name);
        }
    }
    put_byte(sink, '"');
}

void mvoi_put_space(mvoi_sink *sink)
{
    mvoi_put(sink, sink->column > LONG_LINE && !sink->one_line ? "\n    " : " ");
}

mvo_status mvoi_deliver(char *text, size_t size, size_t *needed, void (*write)(mvoi_sink *sink, const void *what),
                        const void *what, mvo_context *context, mvo_error *error)
{
    mvoi_sink count = { NULL, 0, 0, 0, 0 }, copy = { text, size, 0, 0, 0 };
    if (!text && (size || !needed))
        return mvoi_fail_null(context, error, size ? "text" : "needed");
    write(&count, what);
    put_byte(&count, '\0');
    if (text && size < count.length) {
        const mvoi_detail detail = { "size", -1, -1, (double)size, (double)count.length };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "size is %zu, and the text takes %zu bytes", size,
                         count.length);
    }
    if (text) {
        write(&copy, what);
        put_byte(&copy, '\0');
    }
    if (needed)
        *needed = count.length;
    return MVO_OK;
}
