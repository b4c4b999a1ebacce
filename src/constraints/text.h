/* SPDX-License-Identifier: MIT */
/* Constraint sets as text: numbers, tokens, the text being written, and assets found by name. */
#ifndef MVO_CONSTRAINTS_TEXT_H
#define MVO_CONSTRAINTS_TEXT_H

#include "constraints/constraints.h"

/* ----------------------------------------------------------------------------------------------- numbers */

/*
 * The double nearest to the decimal  text * 10^power_of_ten , ties to even; infinity beyond the largest. The text is
 * digits with at most one point and an exponent after them ("0.25", "1e-08"), without a sign: the caller has seen to it.
 */
double mvoi_read_decimal(const char *text, size_t length, int power_of_ten);

/* Whether two numbers are the same to the bit: 0 is not -0. */
int mvoi_same_bits(double x, double y);

/* ------------------------------------------------------------------------------------------------ tokens */

enum {
    MVOI_TOKEN_END,
    MVOI_TOKEN_WORD,      /* letters */
    MVOI_TOKEN_NAME,      /* in quotes, the escapes checked */
    MVOI_TOKEN_NUMBER,    /* without a sign; `value` says what it is */
    MVOI_TOKEN_REFERENCE, /* @ and digits */
    MVOI_TOKEN_AT_MOST,   /* <= */
    MVOI_TOKEN_AT_LEAST,  /* >= */
    MVOI_TOKEN_MARK,      /* one of : , ( ) + - = */
    MVOI_TOKEN_WRONG      /* none of these: the error has been told */
};

typedef struct mvoi_token {
    int kind;
    const char *start;
    size_t length;
    double value;
    int64_t line;
    const char *line_start;
} mvoi_token;

/* Reads tokens; `token` is the one looked at. A copy of a reader is a place to come back to. */
typedef struct mvoi_reader {
    const char *at, *end, *line_start;
    int64_t line;
    mvoi_token token;
    mvo_context *context;
    mvo_error *error;
    mvo_status status; /* of the first failure */
} mvoi_reader;

/* Stands at the first token. A quiet reader (error and context NULL) is one that only looks. */
void mvoi_reader_start(mvoi_reader *reader, const char *text, size_t length, mvo_context *context, mvo_error *error);

/* Goes to the next token. */
void mvoi_advance(mvoi_reader *reader);

/* Whether the token is that word, or that mark. */
int mvoi_is_word(const mvoi_reader *reader, const char *word);
int mvoi_is_mark(const mvoi_reader *reader, char mark);

/* Goes past that word or mark, or fails: "expected ...". Returns whether it was there. */
int mvoi_take_word(mvoi_reader *reader, const char *word);
int mvoi_take_mark(mvoi_reader *reader, char mark);

/* Fails with "line 3, column 7: expected <what>, found <the token>"; always returns 0. */
int mvoi_expected(mvoi_reader *reader, const char *what);

/* Fails at a token with the sentence given, likewise. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
int mvoi_refuse(mvoi_reader *reader, const mvoi_token *at, mvo_status status, const char *format, ...);

/* A number with its sign, finite unless `infinite`; a whole one from digits alone. They return whether it was there. */
int mvoi_take_number(mvoi_reader *reader, double *value, int infinite);
int mvoi_take_integer(mvoi_reader *reader, int64_t *value);

/* The digits of a reference or of a whole number; 0 if they are no int64_t. */
int mvoi_token_integer(int64_t *value, const mvoi_token *token);

/* Writes a name without quotes and escapes, zero-terminated; `to` holds token->length bytes. */
void mvoi_unescape(char *to, const mvoi_token *token);

/* ------------------------------------------------------------------------------------------ assets by name */

/* The assets in order of their names (those without one first), each as an index. */
typedef struct mvoi_index {
    const mvo_constraints *set;
    size_t *order; /* n */
} mvoi_index;

/* 0 when out of memory. Names must not change while it is in use. */
int mvoi_index_make(mvoi_index *index, const mvo_constraints *set);
void mvoi_index_free(mvoi_index *index);

/* How many assets have that name: 0, 1, or 2 for more; *asset is the first of them. */
int mvoi_index_find(size_t *asset, const mvoi_index *index, const char *name);

/* ----------------------------------------------------------------------------------------- text being written */

/* Counts what is put into it, and keeps as much as there is room for. */
typedef struct mvoi_sink {
    char *text;
    size_t size, length, column;
    int one_line; /* long lines are not broken */
} mvoi_sink;

void mvoi_put(mvoi_sink *sink, const char *text);
void mvoi_put_number(mvoi_sink *sink, double value);
void mvoi_put_integer(mvoi_sink *sink, int64_t value);

/* A name in quotes, with escapes. */
void mvoi_put_name(mvoi_sink *sink, const char *name);

/* A space, or a new line with an indent where this one has become long. */
void mvoi_put_space(mvoi_sink *sink);

/* What rows and assets call an asset: its name where no other has it, its index otherwise. */
void mvoi_put_asset(mvoi_sink *sink, const mvoi_index *index, size_t asset);

/* A whole statement without the line's end: "asset ..." (with its index where `numbered`), "row ...". */
void mvoi_put_asset_statement(mvoi_sink *sink, const mvoi_index *index, size_t asset, int numbered);
void mvoi_put_row_statement(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row);

/* Their beginnings, up to the colon. */
void mvoi_put_asset_heading(mvoi_sink *sink, const mvoi_index *index, size_t asset, int numbered);
void mvoi_put_row_heading(mvoi_sink *sink, const mvoi_row *row);

/* "ladder(...)" */
void mvoi_put_ladder(mvoi_sink *sink, const mvoi_ladder *ladder);

/* What a row's absolute values are: "turnover", "absolute(..., around zero, above 1, below 2)"; "linear" for none. */
void mvoi_put_kind(mvoi_sink *sink, const mvoi_row *row);

/* Fills a caller's text by the two-call pattern, all or nothing: `write` is called to count, and again to write. */
mvo_status mvoi_deliver(char *text, size_t size, size_t *needed, void (*write)(mvoi_sink *sink, const void *what),
                        const void *what, mvo_context *context, mvo_error *error);

#endif
