/* SPDX-License-Identifier: MIT */
/*
 * Texts of constraint sets, valid ones mutated. Whatever the bytes: parsing says a set or where it goes wrong, and what
 * it takes for a set comes back from its own text.
 *
 *     fuzz_text [texts, default 100000] [seed, default 1]
 *
 * `make soak` runs it. For libFuzzer:
 *
 *     clang -DMVO_LIBFUZZER -fsanitize=fuzzer,address,undefined -std=c11 -Iinclude -Isrc -Itests \
 *         tests/fuzz/fuzz_text.c tests/support/random.c src/constraints/[a-z]*.c src/core/[a-z]*.c -lm
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise ends the program, with the text that broke it. */
static void demand(int holds, const char *what, const uint8_t *data, size_t size)
{
    if (holds)
        return;
    fprintf(stderr, "%s:\n", what);
    fwrite(data, 1, size, stderr);
    fprintf(stderr, "\n");
    abort();
}

static char *print(size_t *needed, const mvo_constraints *set)
{
    if (mvo_constraints_print(NULL, 0, needed, set, NULL) != MVO_OK)
        return NULL;
    char *text = malloc(*needed);
    if (text && mvo_constraints_print(text, *needed, NULL, set, NULL) == MVO_OK)
        return text;
    free(text);
    return NULL;
}

static void compare(const mvo_constraints *before, const mvo_constraints *after, int same, const uint8_t *data,
                    size_t size)
{
    size_t needed = 0;
    demand(mvo_constraints_diff(NULL, 0, &needed, before, after, NULL) == MVO_OK, "no difference told", data, size);
    demand(!same || needed == 1, "a set differs from itself", data, size);
    char *text = malloc(needed);
    demand(text && mvo_constraints_diff(text, needed, NULL, before, after, NULL) == MVO_OK && strlen(text) + 1 == needed,
           "the difference is not as long as it said", data, size);
    free(text);
}

/* Another set to hold things against. */
static mvo_constraints *fixed_set(void)
{
    static const char text[] = "constraints 1 asset \"A\": 0 <= weight <= 1 asset \"B\": weight free row \"r\": "
                               "sum(all) = 1 row 4: gross(2 \"A\") <= 3 end";
    mvo_constraints *set = NULL;
    return mvo_constraints_parse(&set, NULL, text, sizeof text - 1, NULL) == MVO_OK ? set : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mvo_constraints *set = NULL, *again = NULL, *fixed = NULL;
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status = mvo_constraints_parse(&set, NULL, (const char *)data, size, &error);
    if (status != MVO_OK) {
        const int told = status == MVO_ERROR_MEMORY || (error.row >= 1 && error.column >= 1 && !set &&
                                                        strncmp(error.message, "line ", 5) == 0);
        demand(told && error.status == status, "a failure without its place", data, size);
        return 0;
    }
    size_t needed = 0, length = 0;
    char *text = print(&needed, set);
    demand(text != NULL, "not printed", data, size);
    demand(mvo_constraints_parse(&again, NULL, text, needed - 1, &error) == MVO_OK, error.message, data, size);
    char *second = print(&length, again);
    demand(second && length == needed && memcmp(text, second, needed) == 0, "printed otherwise", data, size);
    compare(set, again, 1, data, size);
    fixed = fixed_set();
    demand(fixed != NULL, "the fixed set is refused", data, size);
    compare(fixed, set, 0, data, size);
    compare(set, fixed, 0, data, size);
    mvo_constraints_free(fixed);
    mvo_constraints_free(again);
    mvo_constraints_free(set);
    free(second);
    free(text);
    return 1;
}

#ifndef MVO_LIBFUZZER

enum { LARGEST = 4096 };

static const char *const seeds[] = {
    "constraints 1\nasset \"BTC\": 0 <= weight <= 30%, holding 0.25, buy 10bp, sell 10bp\nasset \"ETH\": weight >= 0, "
    "ladder(0 to 0.2, 5bp beyond)\nasset @2: weight = 0.1, borrow 0.02\nrow \"budget\": sum(all) = 1\nrow 4 \"coins\": "
    "0.1 <= sum(\"BTC\", \"ETH\") <= 0.5\nrow: 1.2 \"BTC\" + 1.5 \"ETH\" - @2 <= 0.6\nrow: turnover <= 20%\nend\n",
    "constraints 1 asset: weight free row: gross(2 @0) <= 1e-3 row \"\": sum() free next row 9 end",
    "constraints 1\nasset \"a\\\"\\\\\\n\\x1f\": -infinity <= weight <= inf # none\nasset \"b\": ladder(-1 to -2, 0 to 3.5e-7, 0 "
    "beyond, zero at 1), holding -0\nrow \"s\": absolute(@0 + 3 \"b\", around holdings, above 1, below 0.5) <= 2\nrow: "
    "long <= 1 row: absolute(sum(@0), around zero, rates \"b\" above 1 below -0.5, @0 above 2 below 0) <= -1\nend",
    "constraints 1 asset \"x\": weight free asset \"x\": weight free row: -0 @0 + 179e306 @1 >= -5e-324 end",
};

static const char *const pieces[] = {
    "asset ", "row ", "end", "next row ", "\"", "\\", "\\x0a", "@0", "@1", "@99999999999999999999", "sum(all)", "sum(", ")",
    "(", ",", ":", " <= ", " >= ", " = ", "free", "weight", "holding ", "buy ", "sell ", "borrow ", "ladder(", " to ",
    " beyond", "zero at ", "turnover", "gross", "long", "short", "absolute(", ", around zero", ", around holdings",
    ", above ", ", below ", ", rates ", " above ", " below ", "1", "0", "-", "+", "1e308", "1e-320", "0.1", "17976931348623157081452742373170435679e271",
    "9223372036854775807", "inf", "-infinity", "%", "bp", "#", "\n", "\r\n", "\xEF\xBB\xBF", "\xC3\xA4", "e", ".",
};

/* Puts `count` bytes at a random place. */
static size_t insert(random_stream *stream, char *text, size_t length, const char *bytes, size_t count)
{
    const size_t at = random_below(stream, length + 1);
    if (length + count > LARGEST)
        return length;
    memmove(text + at + count, text + at, length - at);
    memcpy(text + at, bytes, count);
    return length + count;
}

static size_t mutate(random_stream *stream, char *text, size_t length)
{
    char copy[64];
    const char *piece = pieces[random_below(stream, sizeof pieces / sizeof *pieces)];
    const size_t at = length ? random_below(stream, length) : 0, most = length - at < 64 ? length - at : 64;
    const size_t count = most ? 1 + random_below(stream, most) : 0;
    switch (random_below(stream, 6)) {
    case 0:
        if (length)
            text[at] = (char)random_next(stream);
        return length;
    case 1:
        memmove(text + at, text + at + count, length - at - count);
        return length - count;
    case 2:
        memcpy(copy, text + at, count);
        return insert(stream, text, length, copy, count);
    case 3: /* one character alone */
        if (length)
            memmove(text + at, text + at + 1, length - at - 1);
        return length ? length - 1 : 0;
    default:
        return insert(stream, text, length, piece, strlen(piece));
    }
}

int main(int count, char **arguments)
{
    const long texts = count > 1 ? strtol(arguments[1], NULL, 10) : 100000;
    random_stream stream = { count > 2 ? strtoull(arguments[2], NULL, 10) : 1 };
    long sets = 0;
    for (long i = 0; i < texts; i++) {
        const char *seed = seeds[random_below(&stream, sizeof seeds / sizeof *seeds)];
        size_t length = strlen(seed);
        char *text = malloc(LARGEST);
        if (!text)
            return EXIT_FAILURE;
        memcpy(text, seed, length);
        for (size_t changes = random_below(&stream, 8); changes > 0; changes--)
            length = mutate(&stream, text, length);
        char *exact = malloc(length ? length : 1); /* so that a sanitizer sees a step beyond the end */
        if (!exact)
            return EXIT_FAILURE;
        memcpy(exact, text, length);
        sets += LLVMFuzzerTestOneInput((const uint8_t *)exact, length);
        free(exact);
        free(text);
    }
    printf("fuzz_text: %ld texts, %ld of them sets\n", texts, sets);
    return EXIT_SUCCESS;
}

#endif
