/* SPDX-License-Identifier: MIT */
/* Constraint sets as text: what is read and written, decimals to the bit, every error with its line and column. */
#include "support/random.h"

#include "constraints/text.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mvo_constraints *parse(const char *text)
{
    mvo_constraints *set = NULL;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_constraints_parse(&set, NULL, text, strlen(text), &error) != MVO_OK)
        fail_msg("%s", error.message);
    return set;
}

static char *print(const mvo_constraints *set)
{
    size_t needed = 0, again = 0;
    assert_int_equal(mvo_constraints_print(NULL, 0, &needed, set, NULL), MVO_OK);
    char *text = malloc(needed);
    assert_non_null(text);
    assert_int_equal(mvo_constraints_print(text, needed, &again, set, NULL), MVO_OK);
    assert_int_equal(needed, again);
    assert_int_equal(strlen(text) + 1, needed);
    return text;
}

static char *difference(const mvo_constraints *before, const mvo_constraints *after)
{
    size_t needed = 0;
    assert_int_equal(mvo_constraints_diff(NULL, 0, &needed, before, after, NULL), MVO_OK);
    char *text = malloc(needed);
    assert_non_null(text);
    assert_int_equal(mvo_constraints_diff(text, needed, NULL, before, after, NULL), MVO_OK);
    assert_int_equal(strlen(text) + 1, needed);
    return text;
}

static void assert_prints(const char *given, const char *want)
{
    mvo_constraints *set = parse(given);
    char *text = print(set);
    assert_string_equal(text, want);
    mvo_constraints *second = parse(text);
    char *again = print(second);
    assert_string_equal(again, want);
    free(again);
    free(text);
    mvo_constraints_free(second);
    mvo_constraints_free(set);
}

/* --------------------------------------------------------------------------------------------- what is read */

static const char everything[] = "constraints 1\n"
                                 "asset \"BTC\": 0 <= weight <= 0.3, holding 0.25, buy 0.001, sell 0.002, borrow 0.03\n"
                                 "asset \"ETH\": weight <= 0.3, ladder(-0.1 to 0, 0 to 0.2, 0.5 beyond, zero at 0.1)\n"
                                 "asset @2: weight free, ladder(0.01 beyond)\n"
                                 "asset \"a \\\"b\\\" \\\\ \\n\\x01\": weight = 0.25\n"
                                 "row 1 \"budget\": sum(all) = 1\n"
                                 "row 2 \"coins\": 0.1 <= sum(\"BTC\", \"ETH\") <= 0.5\n"
                                 "row 4: 1.2 \"BTC\" - 0.5 @2 + \"a \\\"b\\\" \\\\ \\n\\x01\" >= -0.6\n"
                                 "row 5 \"\": sum() free\n"
                                 "row 6 \"turnover\": turnover <= 0.2\n"
                                 "row 7: gross <= 1.6\n"
                                 "row 8: long(sum(\"BTC\", @2)) <= 1.3\n"
                                 "row 9: short(2 \"ETH\") free\n"
                                 "row 10: absolute(sum(all), around holdings, above 1, below 0) <= 0.5\n"
                                 "row 11 \"margin\": absolute(2 @2, around zero, rates \"ETH\" above 0.5 below -0.2, "
                                 "@2 above -0 below 0)\n    <= -1\n"
                                 "next row 20\n"
                                 "end\n";

static void test_everything_is_read(void **state)
{
    (void)state;
    mvo_constraints *set = parse(everything);
    double lower[4], upper[4], a[4], low, high, at[4], slope[5], origin;
    size_t count;
    assert_int_equal(mvo_constraints_size(set), 4);
    assert_string_equal(mvo_constraints_asset_name(set, 1), "ETH");
    assert_null(mvo_constraints_asset_name(set, 2));
    assert_string_equal(mvo_constraints_asset_name(set, 3), "a \"b\" \\ \n\x01");
    assert_int_equal(mvo_constraints_bounds(lower, upper, set, NULL), MVO_OK);
    assert_true(lower[0] == 0 && upper[0] == 0.3 && lower[1] == -INFINITY && upper[1] == 0.3);
    assert_true(lower[2] == -INFINITY && upper[2] == INFINITY && lower[3] == 0.25 && upper[3] == 0.25);
    assert_int_equal(mvo_constraints_holdings(a, set, NULL), MVO_OK);
    assert_true(a[0] == 0.25 && a[1] == 0 && a[2] == 0);
    double buy[4], sell[4], borrow[4];
    assert_int_equal(mvo_constraints_cost_rates(buy, sell, borrow, set, NULL), MVO_OK);
    assert_true(buy[0] == 0.001 && sell[0] == 0.002 && borrow[0] == 0.03 && buy[1] == 0 && borrow[3] == 0);
    assert_int_equal(mvo_constraints_cost(&count, at, slope, &origin, set, 1, NULL), MVO_OK);
    assert_true(count == 2 && at[0] == 0 && at[1] == 0.2 && origin == 0.1);
    assert_true(slope[0] == -0.1 && slope[1] == 0 && slope[2] == 0.5);
    assert_int_equal(mvo_constraints_cost(&count, at, slope, &origin, set, 2, NULL), MVO_OK);
    assert_true(count == 0 && slope[0] == 0.01 && origin == 0);

    assert_int_equal(mvo_constraints_row_count(set), 10);
    assert_int_equal(mvo_constraints_row(a, &low, &high, set, 4, NULL), MVO_OK);
    assert_true(a[0] == 1.2 && a[1] == 0 && a[2] == -0.5 && a[3] == 1 && low == -0.6 && high == INFINITY);
    assert_null(mvo_constraints_row_name(set, 4));
    assert_string_equal(mvo_constraints_row_name(set, 5), "");
    int32_t around;
    double above, below;
    assert_int_equal(mvo_constraints_absolute_row(&around, &above, &below, set, 6, NULL), MVO_OK);
    assert_true(around == MVO_AROUND_HOLDINGS && above == 1 && below == 1);
    assert_int_equal(mvo_constraints_absolute_row(&around, &above, &below, set, 9, NULL), MVO_OK);
    assert_true(around == MVO_AROUND_ZERO && above == 0 && below == 1);
    assert_int_equal(mvo_constraints_row(a, &low, &high, set, 9, NULL), MVO_OK);
    assert_true(a[0] == 0 && a[1] == 2 && low == -INFINITY && high == INFINITY);
    double rates[2][4];
    assert_int_equal(mvo_constraints_absolute_rates(rates[0], rates[1], set, 11, NULL), MVO_OK);
    assert_true(rates[0][1] == 0.0 && signbit(rates[0][2]) && rates[1][2] == 0.0);
    assert_int_equal(mvo_constraints_absolute_row(&around, &above, &below, set, 11, NULL), MVO_OK);
    assert_true(around == MVO_AROUND_ZERO && isnan(above) && isnan(below));
    int64_t id;
    assert_int_equal(mvo_constraints_add_budget(&id, set, 0, 1, NULL), MVO_OK);
    assert_int_equal(id, 20);
    mvo_constraints_free(set);
    assert_prints(everything, everything);
}

/* What people write, and how it comes back. */
static void test_other_ways_to_write_it(void **state)
{
    (void)state;
    assert_prints("\xEF\xBB\xBF# limits\r\nconstraints 1 asset:weight<=30% # most\r\n\tasset \"A\" : buy 10bp, 1e-1<=weight\n"
                  "asset @2 \"A\": -infinity <= weight <= inf\n"
                  "row: @0 - 2 @1 = -5E-1 row \"g\": 0 <= sum(@2, @0) row 7: +@0 + 0 @1 >= -inf end # that is all",
                  "constraints 1\nasset @0: weight <= 0.3\nasset @1 \"A\": weight >= 0.1, buy 0.001\n"
                  "asset @2 \"A\": weight free\nrow 1: @0 - 2 @1 = -0.5\nrow 2 \"g\": sum(@0, @2) >= 0\n"
                  "row 7: @0 free\nend\n");
    /* A zero with a sign is another number; a zero that is asked for makes room for costs. */
    assert_prints("constraints 1\nasset: -0 <= weight <= 0, holding -0, sell 0\nrow: - 0 @0 = -0\nend",
                  "constraints 1\nasset @0: -0 <= weight <= 0, holding -0, buy 0\nrow 1: - 0 @0 = -0\nend\n");
}

static void test_long_rows_are_broken(void **state)
{
    enum { N = 200 };
    (void)state;
    mvo_constraints *set = NULL;
    double coefficients[N];
    char name[16];
    size_t longest = 0, length = 0;
    assert_int_equal(mvo_constraints_new(&set, NULL, N, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++) {
        coefficients[j] = 1.0 / (double)(j + 3);
        snprintf(name, sizeof name, "asset %zu", j);
        assert_int_equal(mvo_constraints_set_asset_name(set, j, name, NULL), MVO_OK);
    }
    assert_int_equal(mvo_constraints_add_row(NULL, set, coefficients, 0, 1, NULL, NULL), MVO_OK);
    char *text = print(set);
    for (const char *c = text; *c; c++) {
        length = *c == '\n' ? 0 : length + 1;
        longest = length > longest ? length : longest;
    }
    assert_in_range(longest, 60, 140);
    mvo_constraints *again = parse(text);
    char *none = difference(set, again);
    assert_string_equal(none, "");
    free(none);
    free(text);
    mvo_constraints_free(again);
    mvo_constraints_free(set);
}

/* --------------------------------------------------------------------------------------------- decimals */

static double read_back(const char *text)
{
    return mvoi_read_decimal(text, strlen(text), 0);
}

/* Against the C library, and where that is hardest: halfway between two doubles, at the ends, with many digits. */
static void test_decimals(void **state)
{
    (void)state;
    static const char *const hard[] = {
        "0", "0.0", "00012", "1", "9007199254740993", "9007199254740992.99999999999999999999999999",
        "9007199254740993.00000000000000000000000000000000000001", "2.2250738585072011e-308",
        "2.2250738585072012e-308", "4.9406564584124654e-324", "2.4703282292062327e-324",
        "2.4703282292062328208e-324", "2.47032822920623272088284396434110686182e-324", "1.7976931348623157e308",
        "1.7976931348623158e308", "1.797693134862315807e308", "1.7976931348623159e308", "1e309", "1e-400", "1e400",
        "0.000000000000000000000000000001e330", "6.8985316e-27", "8.41e21", "9.0e+23", "1e23", "8.5e22",
        "100000000000000016777215", "100000000000000016777216", "3.518437208883201171875e13",
        "62.5364939768271845828", "8.10109172351e-10", "1.50000000000000011102230246251565", "1e99999999999999999999",
        "1e-99999999999999999999", "179769313486231580793728971405301e276", "5e-324", "1.5e-323",
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        assert_true(mvoi_same_bits(read_back(hard[i]), strtod(hard[i], NULL)));
    random_stream stream = { 7 };
    char text[1200];
    for (int trial = 0; trial < 100000; trial++) {
        double value;
        const uint64_t bits = random_next(&stream) >> 1;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.*e", (int)random_below(&stream, 20), value);
        assert_true(mvoi_same_bits(read_back(text), strtod(text, NULL)));
        char number[MVOI_NUMBER_SIZE];
        assert_true(mvoi_same_bits(read_back(mvoi_describe_number(number, value)), value));
    }
    /* Exactly halfway, one digit below it and one above, with up to 770 digits. */
    for (int trial = 0; trial < 2000; trial++) {
        double value, next;
        const uint64_t bits = trial % 2 ? random_next(&stream) >> 12 : random_next(&stream) >> 2;
        memcpy(&value, &bits, sizeof value);
        next = nextafter(value, INFINITY);
        const long double middle = value / 2.0L + next / 2.0L;
        if (!isfinite(next) || value < 1e-290)
            continue;
        const int length = snprintf(text, sizeof text, "%.800Le", middle);
        assert_true(mvoi_same_bits(read_back(text), strtod(text, NULL)));
        char *digit = text + 790;
        assert_true(length > 800 && *digit >= '0' && *digit <= '9');
        *digit = '1';
        assert_true(mvoi_same_bits(read_back(text), next));
    }
    char *longest = malloc(100001);
    assert_non_null(longest);
    memset(longest, '0', 100000);
    longest[100000] = '\0';
    longest[1] = '.';
    memcpy(longest + 99990, "1e+099990", 9);
    longest[99999] = '\0';
    assert_true(read_back(longest) == strtod(longest, NULL));
    /* A tie, and a digit far behind that breaks it. */
    memset(longest, '0', 2000);
    memcpy(longest, "9007199254740993.", 17);
    longest[2000] = '\0';
    assert_true(read_back(longest) == 9007199254740992.0);
    longest[1999] = '1';
    assert_true(read_back(longest) == 9007199254740994.0);
    free(longest);
    assert_true(mvoi_read_decimal("30", 2, -2) == 0.3 && mvoi_read_decimal("12.5", 4, -4) == 0.00125);
}

/* A locale with a comma changes nothing; left out where none is installed. */
static void test_locale(void **state)
{
    (void)state;
    static const char *const commas[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE", "fr_FR" };
    size_t i = 0;
    while (i < 6 && !setlocale(LC_ALL, commas[i]))
        i++;
    char number[16];
    snprintf(number, sizeof number, "%.1f", 0.5);
    if (i == 6 || strcmp(number, "0,5") != 0) {
        setlocale(LC_ALL, "C");
        skip();
    }
    assert_prints(everything, everything);
    setlocale(LC_ALL, "C");
}

/* --------------------------------------------------------------------------------------------- errors */

#define ASSETS "constraints 1\nasset \"A\": weight free\nasset \"B\": weight >= 0\n"

static const struct {
    const char *text;
    mvo_status status;
    int line, column;
    const char *message;
} mistakes[] = {
    { "", MVO_ERROR_ARGUMENT, 1, 1, "expected 'constraints', found the end of the text" },
    { "rules", MVO_ERROR_ARGUMENT, 1, 1, "expected 'constraints', found 'rules'" },
    { "constraints 2", MVO_ERROR_ARGUMENT, 1, 13, "expected 1, the number of this format, found '2'" },
    { "constraints 1\n\nend", MVO_ERROR_ARGUMENT, 3, 1, "expected 'asset', found 'end'" },
    { "constraints 1 asset weight", MVO_ERROR_ARGUMENT, 1, 21, "expected ':', found 'weight'" },
    { "constraints 1\nasset @1: weight free", MVO_ERROR_ARGUMENT, 2, 7, "assets are listed in order, counted from 0" },
    { "constraints 1\nasset: size <= 1", MVO_ERROR_ARGUMENT, 2, 8, "expected 'weight' with its limits, 'holding'" },
    { "constraints 1\nasset: weight", MVO_ERROR_ARGUMENT, 2, 14, "expected '<=', '>=', '=' or 'free', found the end" },
    { "constraints 1\nasset: weight <= x", MVO_ERROR_ARGUMENT, 2, 18, "expected a number, found 'x'" },
    { "constraints 1\nasset: weight = inf", MVO_ERROR_ARGUMENT, 2, 17, "expected a number, found 'inf'" },
    { "constraints 1\nasset: 0 <= wait <= 1", MVO_ERROR_ARGUMENT, 2, 13, "expected 'weight', found 'wait'" },
    { "constraints 1\nasset: 2 <= weight <= 1", MVO_ERROR_LIMITS, 2, 8, "the lower limit 2 is above the upper limit 1" },
    { "constraints 1\nasset: weight >= inf", MVO_ERROR_LIMITS, 2, 8, "the lower limit is infinity" },
    { "constraints 1\nasset: weight <= -inf", MVO_ERROR_LIMITS, 2, 8, "the upper limit is -infinity" },
    { "constraints 1\nasset: weight <= 1e999", MVO_ERROR_NOT_FINITE, 2, 18, "larger than any double" },
    { "constraints 1\nasset: weight free, weight free", MVO_ERROR_ARGUMENT, 2, 21, "'weight' is given twice" },
    { "constraints 1\nasset: buy 1, buy 1", MVO_ERROR_ARGUMENT, 2, 15, "'buy' is given twice" },
    { "constraints 1\nasset: buy 1, sell -2", MVO_ERROR_ARGUMENT, 2, 1, "buying and selling back would earn money" },
    { "constraints 1\nasset: borrow -1", MVO_ERROR_ARGUMENT, 2, 15, "the cost of borrowing is negative" },
    { "constraints 1\nasset: holding inf", MVO_ERROR_ARGUMENT, 2, 16, "expected a number, found 'inf'" },
    { "constraints 1\nasset: ladder 1", MVO_ERROR_ARGUMENT, 2, 15, "expected '(', found '1'" },
    { "constraints 1\nasset: ladder(1 from", MVO_ERROR_ARGUMENT, 2, 17, "expected 'to' or 'beyond', found 'from'" },
    { "constraints 1\nasset: ladder(1 to 2)", MVO_ERROR_ARGUMENT, 2, 21, "expected ',', found ')'" },
    { "constraints 1\nasset: ladder(1 to 2, 0 beyond)", MVO_ERROR_ARGUMENT, 2, 23, "the cost is not convex" },
    { "constraints 1\nasset: ladder(1 to 2, 1 to 2,", MVO_ERROR_ARGUMENT, 2, 28, "breakpoint is not above the one before" },
    { "constraints 1\nasset: ladder(1 beyond, zero on", MVO_ERROR_ARGUMENT, 2, 30, "expected 'at', found 'on'" },
    { "constraints 1\nasset \"A: weight", MVO_ERROR_ARGUMENT, 2, 7, "the name has no closing quote on its line" },
    { "constraints 1\nasset \"\xC3\xA4\xC3\xB6\\q\":", MVO_ERROR_ARGUMENT, 2, 10, "a backslash in a name stands before" },
    { "constraints 1\nasset \"a\tb\":", MVO_ERROR_ARGUMENT, 2, 9, "byte 0x09 in a name is written as \\x09" },
    { "constraints 1\nasset: weight <= 1.", MVO_ERROR_ARGUMENT, 2, 18, "'1.' is no number" },
    { "constraints 1\nasset: weight <= 1,5", MVO_ERROR_ARGUMENT, 2, 20, "expected 'weight' with its limits" },
    { "constraints 1\nasset: weight <= 12abc", MVO_ERROR_ARGUMENT, 2, 18, "'12abc' is no number" },
    { "constraints 1\nasset: 0 < weight", MVO_ERROR_ARGUMENT, 2, 10, "'<' means nothing here" },
    { "constraints 1\nasset: weight < 1", MVO_ERROR_ARGUMENT, 2, 15, "'<' means nothing here" },
    { "constraints 1\nasset: weight <= 1 \xC3\xA4", MVO_ERROR_ARGUMENT, 2, 20, "byte 0xc3 outside of a name" },
    { ASSETS, MVO_ERROR_ARGUMENT, 4, 1, "expected 'asset', 'row' or 'end', found the end of the text" },
    { ASSETS "row: @0 free", MVO_ERROR_ARGUMENT, 4, 13, "expected 'row' or 'end', found the end of the text" },
    { ASSETS "end end", MVO_ERROR_ARGUMENT, 4, 5, "expected nothing behind 'end', found 'end'" },
    { ASSETS "row: @0 free\nasset: weight free\nend", MVO_ERROR_ARGUMENT, 5, 1, "expected 'row' or 'end', found 'asset'" },
    { ASSETS "row x: @0 free", MVO_ERROR_ARGUMENT, 4, 5, "expected ':', found 'x'" },
    { ASSETS "row 1.5: @0 free", MVO_ERROR_ARGUMENT, 4, 5, "expected a whole number, found '1.5'" },
    { ASSETS "row 3: @0 free row 3:", MVO_ERROR_ARGUMENT, 4, 20, "row 3 stands too late: ids ascend from 1" },
    { ASSETS "row 0: @0 free", MVO_ERROR_ARGUMENT, 4, 5, "row 0 stands too late" },
    { ASSETS "row: \"C\" free", MVO_ERROR_NOT_FOUND, 4, 6, "there is no asset 'C'" },
    { ASSETS "row: @2 free", MVO_ERROR_NOT_FOUND, 4, 6, "the set has 2 assets, counted from 0" },
    { ASSETS "row: @0 + @0 free", MVO_ERROR_ARGUMENT, 4, 11, "asset 'A' is listed twice" },
    { ASSETS "row: sum(@0, \"A\")", MVO_ERROR_ARGUMENT, 4, 14, "asset 'A' is listed twice" },
    { ASSETS "row: sum(all, @0) free", MVO_ERROR_ARGUMENT, 4, 13, "expected ')', found ','" },
    { ASSETS "row: 2 free", MVO_ERROR_ARGUMENT, 4, 8, "expected an asset, as \"name\" or @index, found 'free'" },
    { ASSETS "row: net <= 1", MVO_ERROR_ARGUMENT, 4, 6, "expected a sum, 'turnover', 'gross'" },
    { ASSETS "row: 0 <= gross <= 1", MVO_ERROR_LIMITS, 4, 6, "a row over absolute values has an upper limit alone" },
    { ASSETS "row: gross(@0 - @1) <= 1", MVO_ERROR_ARGUMENT, 4, 6, "the coefficient of asset 'B' is negative" },
    { ASSETS "row: absolute(@0, near zero", MVO_ERROR_ARGUMENT, 4, 19, "expected 'around', found 'near'" },
    { ASSETS "row: absolute(@0, around one", MVO_ERROR_ARGUMENT, 4, 26, "expected 'zero' or 'holdings', found 'one'" },
    { ASSETS "row: absolute(@0, around zero, above -1", MVO_ERROR_ARGUMENT, 4, 38, "the rate is negative" },
    { ASSETS "row: absolute(@0, around zero, sides", MVO_ERROR_ARGUMENT, 4, 32, "expected 'above' or 'rates', found" },
    { ASSETS "row: absolute(@0, around zero, rates @1 1", MVO_ERROR_ARGUMENT, 4, 41, "expected 'above', found '1'" },
    { ASSETS "row: absolute(@0, around zero, rates @1 above 1 below -2", MVO_ERROR_ARGUMENT, 4, 38,
      "the rates of asset 'B' have a negative sum: the row is not convex" },
    { ASSETS "row: absolute(@0, around zero, rates @1 above 1 below 2, @1", MVO_ERROR_ARGUMENT, 4, 58,
      "asset 'B' is listed twice" },
    { ASSETS "row: absolute(@0, around zero, above 1) <= 2", MVO_ERROR_ARGUMENT, 4, 39, "expected ',', found ')'" },
    { ASSETS "row 5: @0 free next row 5 end", MVO_ERROR_ARGUMENT, 4, 25, "the next row cannot be 5" },
    { ASSETS "next line 5", MVO_ERROR_ARGUMENT, 4, 6, "expected 'row', found 'line'" },
    { "constraints 1 asset \"A\": weight free asset \"A\": weight free row: \"A\" free end", MVO_ERROR_ARGUMENT, 1, 66,
      "more than one is asset 'A': write @0 or another index" },
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        mvo_constraints *set = (mvo_constraints *)&mistakes[i]; /* must be left alone */
        mvo_error error = MVO_ERROR_INIT;
        const char *text = mistakes[i].text;
        const mvo_status status = mvo_constraints_parse(&set, NULL, text, strlen(text), &error);
        if (status != mistakes[i].status || error.row != mistakes[i].line || error.column != mistakes[i].column ||
            !strstr(error.message, mistakes[i].message))
            fail_msg("\"%s\": %s: %s", text, mvo_status_name(status), error.message);
        char where[64];
        snprintf(where, sizeof where, "line %d, column %d: ", mistakes[i].line, mistakes[i].column);
        assert_true(strncmp(error.message, where, strlen(where)) == 0);
        assert_string_equal(error.argument, "text");
        assert_ptr_equal(set, &mistakes[i]);
    }
}

/* Nothing that is cut off is taken for whole; a zero byte ends nothing. */
static void test_cut_texts(void **state)
{
    (void)state;
    mvo_constraints *set = NULL;
    const size_t length = strlen(everything) - 1; /* without the last line's end */
    for (size_t cut = 0; cut < length; cut++)
        assert_true(mvo_constraints_parse(&set, NULL, everything, cut, NULL) < 0);
    assert_int_equal(mvo_constraints_parse(&set, NULL, everything, length, NULL), MVO_OK);
    mvo_constraints_free(set);
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_constraints_parse(&set, NULL, everything, sizeof everything, &error), MVO_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "byte 0x00"));
}

static void test_refusals(void **state)
{
    (void)state;
    mvo_constraints *set = parse(everything);
    mvo_error error = MVO_ERROR_INIT;
    char small[8] = "kept";
    size_t needed = 77;
    assert_int_equal(mvo_constraints_parse(NULL, NULL, "", 0, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "constraints");
    assert_int_equal(mvo_constraints_parse(&set, NULL, NULL, 0, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "text");
    assert_int_equal(mvo_constraints_print(small, sizeof small, &needed, NULL, &error), MVO_ERROR_NULL);
    assert_int_equal(mvo_constraints_print(NULL, 8, &needed, set, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "text");
    assert_int_equal(mvo_constraints_print(NULL, 0, NULL, set, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "needed");
    assert_int_equal(mvo_constraints_print(small, sizeof small, &needed, set, &error), MVO_ERROR_ARGUMENT);
    assert_string_equal(error.argument, "size");
    assert_true(error.limit == (double)sizeof everything);
    assert_int_equal(mvo_constraints_diff(small, sizeof small, &needed, NULL, set, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "before");
    assert_int_equal(mvo_constraints_diff(small, sizeof small, &needed, set, NULL, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "after");
    assert_int_equal(needed, 77);
    assert_string_equal(small, "kept");
    mvo_constraints_free(set);
}

/* --------------------------------------------------------------------------------------------- differences */

static void assert_difference(const char *before, const char *after, const char *want)
{
    mvo_constraints *first = parse(before), *second = parse(after);
    char *text = difference(first, second);
    assert_string_equal(text, want);
    free(text);
    text = difference(second, second);
    assert_string_equal(text, "");
    free(text);
    mvo_constraints_free(first);
    mvo_constraints_free(second);
}

static void test_differences(void **state)
{
    (void)state;
    assert_difference("constraints 1 asset \"A\": 0 <= weight <= 0.3, holding 0.1, buy 0.001\n"
                      "asset \"B\": weight free asset \"C\": weight free, ladder(1 beyond)\n"
                      "row \"budget\": sum(all) = 1 row \"g\": 0.1 <= sum(\"A\", \"B\") <= 0.5 row \"old\": gross <= 2 end",
                      "constraints 1 asset \"A\": weight <= 0.25, holding 0.2\n"
                      "asset \"D\": weight = 0 asset \"C\": weight free, ladder(2 beyond)\n"
                      "row \"budget\": sum(all) = 1 row \"g\": 0.1 <= \"A\" + 2 \"C\" <= 0.4\n"
                      "row 5 \"new\": gross <= 2 end",
                      "~ asset \"A\": weight >= 0 -> no limit\n"
                      "~ asset \"A\": weight <= 0.3 -> weight <= 0.25\n"
                      "~ asset \"A\": holding 0.1 -> holding 0.2\n"
                      "~ asset \"A\": buy 0.001 -> buy 0\n"
                      "~ asset \"D\": name \"B\" -> \"D\"\n"
                      "~ asset \"D\": no limit -> weight >= 0\n"
                      "~ asset \"D\": no limit -> weight <= 0\n"
                      "~ asset \"C\": ladder(1 beyond) -> ladder(2 beyond)\n"
                      "- row 3 \"old\": gross <= 2\n"
                      "+ row 5 \"new\": gross <= 2\n"
                      "~ row 2 \"g\": 1 -> 0 \"D\"\n"
                      "~ row 2 \"g\": 0 -> 2 \"C\"\n"
                      "~ row 2 \"g\": <= 0.5 -> <= 0.4\n");
    assert_difference("constraints 1 asset \"A\": weight free asset \"B\": weight free row: @0 <= 1 end",
                      "constraints 1 asset \"B\": weight free asset \"A\": weight free asset \"C\": weight = 1\n"
                      "row \"r\": gross(\"A\" + 3 \"C\") <= 1 end",
                      "+ asset @2 \"C\": weight = 1\n"
                      "~ the order of the assets\n"
                      "~ row 1 \"r\": name no name -> \"r\"\n"
                      "~ row 1 \"r\": linear -> gross\n"
                      "~ row 1 \"r\": 0 -> 3 \"C\"\n");
    assert_difference("constraints 1 asset \"A\": weight free asset \"B\": weight free row \"r\": 5 \"B\" <= 1 end",
                      "constraints 1 asset \"A\": weight free, ladder(0 beyond) row 2 \"r\": sum() <= 1 end",
                      "- asset @1 \"B\": weight free\n"
                      "~ asset \"A\": no ladder -> ladder(0 beyond)\n"
                      "~ row 2 \"r\": id 1 -> 2\n"
                      "~ row 2 \"r\": 5 -> 0 \"B\"\n");
}

static void test_differences_of_rates(void **state)
{
    (void)state;
#define BEGINNING "constraints 1 asset \"A\": weight free asset \"B\": weight free row \"r\": absolute(sum(all), around zero, "
    assert_difference(BEGINNING "above 1, below 2) <= 1 end", BEGINNING "rates \"A\" above 1 below 3) <= 1 end",
                      "~ row 1 \"r\": absolute(..., around zero, above 1, below 2) -> "
                      "absolute(..., around zero, rates ...)\n"
                      "~ row 1 \"r\": above 1 -> 0 \"B\"\n"
                      "~ row 1 \"r\": below 2 -> 3 \"A\"\n"
                      "~ row 1 \"r\": below 2 -> 0 \"B\"\n");
    assert_difference(BEGINNING "rates \"B\" above 1 below 3) <= 1 end", BEGINNING "rates \"B\" above 1 below -1) <= 1 end",
                      "~ row 1 \"r\": below 3 -> -1 \"B\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_other_ways_to_write_it),
        cmocka_unit_test(test_long_rows_are_broken),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_locale),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_cut_texts),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_differences_of_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
