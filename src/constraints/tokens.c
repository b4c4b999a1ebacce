/* SPDX-License-Identifier: MIT */
/* The tokens of a constraint set's text, and errors that say where they are. The locale plays no part. */
#include "constraints/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_control(char c)
{
    const unsigned char byte = (unsigned char)c;
    return byte < 0x20 || byte == 0x7F;
}

static int hexadecimal(char c)
{
    const char lower = (char)(c | 0x20);
    return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* ------------------------------------------------------------------------------------------------ errors */

/* Characters, not bytes, counted from 1. */
static int64_t column_of(const mvoi_token *token)
{
    int64_t column = 1;
    for (const char *c = token->line_start; c < token->start; c++)
        column += ((unsigned char)*c & 0xC0u) != 0x80u;
    return column;
}

int mvoi_refuse(mvoi_reader *reader, const mvoi_token *at, mvo_status status, const char *format, ...)
{
    char sentence[200];
    if (reader->status != MVO_OK)
        return 0;
    reader->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    const mvoi_detail detail = { "text", at->line, column_of(at), 0.0, 0.0 };
    mvoi_fail(reader->context, reader->error, status, detail, "line %lld, column %lld: %s", (long long)detail.row,
              (long long)detail.column, sentence);
    return 0;
}

/* A token as a message shows it: in quotes, on one line, not too long, cut between two characters. */
static const char *show(char *buffer, size_t size, const mvoi_token *token)
{
    size_t kept = token->length, at = 0;
    if (token->kind == MVOI_TOKEN_END)
        return "the end of the text";
    if (kept > size - 6) {
        kept = size - 6;
        while (kept && ((unsigned char)token->start[kept] & 0xC0u) == 0x80u)
            kept--;
    }
    buffer[at++] = '\'';
    for (size_t i = 0; i < kept; i++)
        buffer[at++] = is_control(token->start[i]) ? '?' : token->start[i];
    snprintf(buffer + at, size - at, "%s'", kept < token->length ? "..." : "");
    return buffer;
}

int mvoi_expected(mvoi_reader *reader, const char *what)
{
    char found[40];
    return mvoi_refuse(reader, &reader->token, MVO_ERROR_ARGUMENT, "expected %s, found %s", what,
                       show(found, sizeof found, &reader->token));
}

/* ------------------------------------------------------------------------------------------------ tokens */

static void skip_space(mvoi_reader *reader)
{
    while (reader->at < reader->end) {
        const char c = *reader->at;
        if (c == '#') {
            while (reader->at < reader->end && *reader->at != '\n')
                reader->at++;
            continue;
        }
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return;
        reader->at++;
        if (c == '\n') {
            reader->line++;
            reader->line_start = reader->at;
        }
    }
}

/* Ends the token at `stop`. */
static void set_token(mvoi_reader *reader, int kind, const char *stop)
{
    reader->token.kind = kind;
    reader->token.length = (size_t)(stop - reader->token.start);
    reader->at = stop;
}

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static void
set_wrong(mvoi_reader *reader, const char *where, const char *stop, const char *format, ...)
{
    char sentence[120];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    set_token(reader, MVOI_TOKEN_WRONG, stop);
    mvoi_token at = reader->token;
    at.start = where;
    mvoi_refuse(reader, &at, MVO_ERROR_ARGUMENT, "%s", sentence);
}

/* Bytes of an escape that begins with the backslash at c; 0 for none of ours. */
static size_t escape_length(const char *c, const char *end)
{
    if (end - c < 2)
        return 0;
    if (strchr("\"\\nrt", c[1]) && c[1])
        return 2;
    const int hex = c[1] == 'x' && end - c >= 4 && hexadecimal(c[2]) >= 0 && hexadecimal(c[3]) >= 0;
    return hex && (c[2] != '0' || c[3] != '0') ? 4 : 0;
}

static void read_name(mvoi_reader *reader)
{
    const char *c = reader->at + 1;
    while (c < reader->end && *c != '"' && !is_control(*c)) {
        const size_t bytes = *c == '\\' ? escape_length(c, reader->end) : 1;
        if (!bytes) {
            set_wrong(reader, c, c, "a backslash in a name stands before \", \\, n, r, t or two digits as in \\x1f");
            return;
        }
        c += bytes;
    }
    if (c == reader->end || *c == '\n' || *c == '\r')
        set_wrong(reader, reader->token.start, c, "the name has no closing quote on its line");
    else if (*c != '"')
        set_wrong(reader, c, c, "byte 0x%02x in a name is written as \\x%02x", (unsigned char)*c, (unsigned char)*c);
    else
        set_token(reader, MVOI_TOKEN_NAME, c + 1);
}

static const char *skip_digits(const char *c, const char *end)
{
    while (c < end && is_digit(*c))
        c++;
    return c;
}

/* digits [ . digits ] [ e [sign] digits ] [ % | bp ] */
static void read_number(mvoi_reader *reader)
{
    const char *const end = reader->end, *c = skip_digits(reader->at, end), *stop;
    int holds = c > reader->at, power = 0;
    if (c < end && *c == '.') {
        stop = skip_digits(c + 1, end);
        holds &= stop > c + 1;
        c = stop;
    }
    if (c < end && (*c | 0x20) == 'e') {
        c += end - c > 1 && (c[1] == '+' || c[1] == '-') ? 2 : 1;
        stop = skip_digits(c, end);
        holds &= stop > c;
        c = stop;
    }
    const char *const digits_end = c;
    if (c < end && *c == '%') {
        power = -2;
        c++;
    } else if (end - c >= 2 && c[0] == 'b' && c[1] == 'p') {
        power = -4;
        c += 2;
    }
    for (; c < end && (is_letter(*c) || is_digit(*c) || *c == '.'); c++)
        holds = 0;
    set_token(reader, MVOI_TOKEN_NUMBER, c);
    if (!holds) {
        char found[40];
        set_wrong(reader, reader->token.start, c, "%s is no number", show(found, sizeof found, &reader->token));
        return;
    }
    reader->token.value =
        mvoi_read_decimal(reader->token.start, (size_t)(digits_end - reader->token.start), power);
}

void mvoi_advance(mvoi_reader *reader)
{
    if (reader->token.kind == MVOI_TOKEN_WRONG)
        return;
    skip_space(reader);
    reader->token = (mvoi_token){ MVOI_TOKEN_END, reader->at, 0, 0.0, reader->line, reader->line_start };
    const char *c = reader->at;
    const size_t left = (size_t)(reader->end - c);
    if (!left)
        return;
    if (is_digit(*c) || *c == '.') {
        read_number(reader);
    } else if (*c == '"') {
        read_name(reader);
    } else if (is_letter(*c)) {
        while (c < reader->end && (is_letter(*c) || is_digit(*c)))
            c++;
        set_token(reader, MVOI_TOKEN_WORD, c);
    } else if (*c == '@' && left > 1 && is_digit(c[1])) {
        set_token(reader, MVOI_TOKEN_REFERENCE, skip_digits(c + 1, reader->end));
    } else if (left > 1 && (*c == '<' || *c == '>') && c[1] == '=') {
        set_token(reader, *c == '<' ? MVOI_TOKEN_AT_MOST : MVOI_TOKEN_AT_LEAST, c + 2);
    } else if (*c && strchr(":,()+-=", *c)) {
        set_token(reader, MVOI_TOKEN_MARK, c + 1);
    } else if (*c > ' ' && *c < 0x7F) {
        set_wrong(reader, c, c, "'%c' means nothing here", *c);
    } else {
        set_wrong(reader, c, c, "byte 0x%02x outside of a name and a comment", (unsigned char)*c);
    }
}

void mvoi_reader_start(mvoi_reader *reader, const char *text, size_t length, mvo_context *context, mvo_error *error)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* what some editors put before UTF-8 */
    const size_t skipped = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    memset(reader, 0, sizeof *reader);
    reader->at = reader->line_start = text + skipped;
    reader->end = text + length;
    reader->line = 1;
    reader->context = context;
    reader->error = error;
    mvoi_advance(reader);
}

/* -------------------------------------------------------------------------------------- what is expected */

int mvoi_is_word(const mvoi_reader *reader, const char *word)
{
    const mvoi_token *token = &reader->token;
    return token->kind == MVOI_TOKEN_WORD && token->length == strlen(word) &&
           memcmp(token->start, word, token->length) == 0;
}

int mvoi_is_mark(const mvoi_reader *reader, char mark)
{
    return reader->token.kind == MVOI_TOKEN_MARK && *reader->token.start == mark;
}

int mvoi_take_word(mvoi_reader *reader, const char *word)
{
    char what[40];
    if (!mvoi_is_word(reader, word)) {
        snprintf(what, sizeof what, "'%s'", word);
        return mvoi_expected(reader, what);
    }
    mvoi_advance(reader);
    return 1;
}

int mvoi_take_mark(mvoi_reader *reader, char mark)
{
    const char what[] = { '\'', mark, '\'', '\0' };
    if (!mvoi_is_mark(reader, mark))
        return mvoi_expected(reader, what);
    mvoi_advance(reader);
    return 1;
}

int mvoi_take_number(mvoi_reader *reader, double *value, int infinite)
{
    const mvoi_token start = reader->token;
    double size = INFINITY;
    const int negative = mvoi_is_mark(reader, '-');
    if (negative || mvoi_is_mark(reader, '+'))
        mvoi_advance(reader);
    if (reader->token.kind == MVOI_TOKEN_NUMBER) {
        if (isinf(reader->token.value))
            return mvoi_refuse(reader, &start, MVO_ERROR_NOT_FINITE, "the number is larger than any double");
        size = reader->token.value;
    } else if (!infinite || !(mvoi_is_word(reader, "infinity") || mvoi_is_word(reader, "inf"))) {
        return mvoi_expected(reader, "a number");
    }
    mvoi_advance(reader);
    *value = negative ? -size : size;
    return 1;
}

int mvoi_token_integer(int64_t *value, const mvoi_token *token)
{
    int64_t sum = 0;
    for (size_t i = token->kind == MVOI_TOKEN_REFERENCE; i < token->length; i++) {
        if (!is_digit(token->start[i]) || sum > (INT64_MAX - 9) / 10)
            return 0;
        sum = 10 * sum + (token->start[i] - '0');
    }
    *value = sum;
    return 1;
}

int mvoi_take_integer(mvoi_reader *reader, int64_t *value)
{
    if (reader->token.kind != MVOI_TOKEN_NUMBER || !mvoi_token_integer(value, &reader->token))
        return mvoi_expected(reader, "a whole number");
    mvoi_advance(reader);
    return 1;
}

void mvoi_unescape(char *to, const mvoi_token *token)
{
    static const char letters[] = "nrt", meant[] = "\n\r\t";
    const char *const stop = token->start + token->length - 1;
    for (const char *c = token->start + 1; c < stop; c++) {
        if (*c != '\\') {
            *to++ = *c;
            continue;
        }
        c++;
        const char *letter = strchr(letters, *c);
        if (*c == 'x') {
            *to++ = (char)(16 * hexadecimal(c[1]) + hexadecimal(c[2]));
            c += 2;
        } else {
            *to++ = letter ? meant[letter - letters] : *c;
        }
    }
    *to = '\0';
}
