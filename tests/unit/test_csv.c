/* SPDX-License-Identifier: MIT */
/* The examples' reader of price tables: what it accepts, and how it names what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The reader belongs to the examples, not to the library, so it is compiled in here. */
#include "../../examples/support/csv.c"

static int parse(csv_table *table, const char *text, char *message)
{
    return csv_parse(table, "t.csv", text, strlen(text), message, 512);
}

static void a_plain_table(void **state)
{
    (void)state;
    csv_table t;
    char message[512] = "";
    assert_true(parse(&t, "date,AA,KO\n2000-01-03,10,4\n2000-01-04,11,3\n2000-01-05,5.5,6e0\n", message));
    assert_int_equal(t.rows, 3);
    assert_int_equal(t.columns, 2);
    assert_string_equal(t.names[0], "AA");
    assert_string_equal(t.names[1], "KO");
    assert_string_equal(t.dates[0], "2000-01-03");
    assert_string_equal(t.dates[2], "2000-01-05");
    const double prices[6] = { 10, 11, 5.5, 4, 3, 6 };
    assert_memory_equal(t.prices, prices, sizeof prices);

    double *r = csv_returns(&t), means[2];
    assert_non_null(r);
    assert_float_equal(r[0], 0.1, 1e-15);
    assert_float_equal(r[1], -0.5, 1e-15);
    assert_float_equal(r[2], -0.25, 1e-15);
    assert_float_equal(r[3], 1.0, 1e-15);
    column_means(means, 2, 2, r, 2);
    assert_float_equal(means[0], -0.2, 1e-15);
    assert_float_equal(means[1], 0.375, 1e-15);
    column_means(means, 1, 2, r, 2); /* the first period alone */
    assert_float_equal(means[1], -0.25, 1e-15);
    free(r);
    csv_free(&t);
    csv_free(&t);
}

/* Each of these is the same table as the plain one. */
static void dialects_of_csv(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "date,A B,\"C\"\n1,2,3\n4,5,6\n",
        "date,A B,C\r\n1,2,3\r\n4,5,6\r\n",
        ("\xEF\xBB\xBF"
         "date,A B,C\n1,2,3\n4,5,6"),
        "date;A B;C\n1;2;3\n4;5;6\n",
        "date\tA B\tC\n1\t2\t3\n4\t5\t6\n",
        " date , A B , C \n 1 , 2 , 3 \n 4,\t5 ,6 \n\n  \n\r\n",
        "\"date\" , \"A B\" ,\"C\"\n\"1\",\"2\",\"3\"\n4,5,6\n",
        ",A B,C\n1,+2,3.0\n4,5.,0.6E+1\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        csv_table t;
        char message[512] = "";
        if (!parse(&t, texts[i], message))
            fail_msg("dialect %zu: %s", i, message);
        assert_int_equal(t.rows, 2);
        assert_int_equal(t.columns, 2);
        assert_string_equal(t.names[0], "A B");
        assert_string_equal(t.names[1], "C");
        assert_string_equal(t.dates[0], "1");
        assert_string_equal(t.dates[1], "4");
        assert_memory_equal(t.prices, ((double[4]){ 2, 5, 3, 6 }), 4 * sizeof(double));
        csv_free(&t);
    }
}

static void quotes_may_hold_anything(void **state)
{
    (void)state;
    csv_table t;
    char message[512] = "";
    assert_true(parse(&t, "date,\"A, Inc.\",\"the \"\"B\"\"\",\"\"\"\",c\"d\n1,2,3,4,5\n", message));
    assert_int_equal(t.columns, 4);
    assert_string_equal(t.names[0], "A, Inc.");
    assert_string_equal(t.names[1], "the \"B\"");
    assert_string_equal(t.names[2], "\"");
    assert_string_equal(t.names[3], "c\"d");
    csv_free(&t);
    /* More separators after an odd quote than one might count. */
    assert_true(parse(&t, "d,a\",b,c\",e,f\n1,2,3,4,5,6\n", message));
    assert_int_equal(t.columns, 5);
    csv_free(&t);
}

/* Text, and everything that its refusal must say. */
typedef struct refusal {
    const char *text, *where, *what;
} refusal;

static void refusals_name_line_and_column(void **state)
{
    (void)state;
    static const refusal cases[] = {
        { "", "t.csv: ", "empty" },
        { "\n\n  \n", "t.csv: ", "empty" },
        { "\ndate,A\n1,2\n", "line 1: ", "header is missing" },
        { "date\n1\n", "line 1: ", "names no asset" },
        { "date,A\n", "t.csv: ", "no line with prices" },
        { "date,A\n\n\n", "t.csv: ", "no line with prices" },
        { "date,A,,B\n1,2,3,4\n", "line 1, column 3: ", "name is missing" },
        { "date,A,B,\n1,2,3,4\n", "line 1, column 4: ", "name is missing" },
        { "date,A,B,A\n1,2,3,4\n", "line 1, column 4: ", "'A' already stands in column 2" },
        { "date,\"A,B\n1,2,3\n", "line 1, column 2: ", "not closed" },
        { "date,A,B\n1,2,3\n2,,3\n", "line 3, column 2 (A): ", "missing" },
        { "date,A,B\n1,2,3\n2,3,\n", "line 3, column 3 (B): ", "missing" },
        { "date,A,B\n1,2,3\n2,3,   \n", "line 3, column 3 (B): ", "missing" },
        { "date,A,B\n1,2,3\n2,3\n", "line 3, column 3 (B): ", "2 cells, the header 3" },
        { "date,A,B\n1\n", "line 2, column 2 (A): ", "1 cells, the header 3" },
        { "date,A,B\n1,2,3,4\n", "line 2, column 4: ", "one cell too many" },
        { "date,A,B\n1,2,3,\n", "line 2, column 4: ", "one cell too many" },
        { "date,A,B\n1,2,n/a\n", "line 2, column 3 (B): ", "'n/a' is not a number" },
        { "date,A,B\n1,2,3x\n", "line 2, column 3 (B): ", "'3x' is not a number" },
        { "date,A,B\n1,2,3 4\n", "line 2, column 3 (B): ", "'3 4' is not a number" },
        { "date,A,B\n1,2,\"1,234.5\"\n", "line 2, column 3 (B): ", "'1,234.5' is not a number" },
        { "date;A;B\n1;2;3,5\n", "line 2, column 3 (B): ", "'3,5' is not a number" },
        { "date,A,B\n1,0x10,3\n", "line 2, column 2 (A): ", "'0x10' is not a number" },
        { "date,A,B\n1,$5,3\n", "line 2, column 2 (A): ", "'$5' is not a number" },
        { "date,A,B\n1,NaN,3\n", "line 2, column 2 (A): ", "'NaN', which is not finite" },
        { "date,A,B\n1,inf,3\n", "line 2, column 2 (A): ", "not finite" },
        { "date,A,B\n1,1e999,3\n", "line 2, column 2 (A): ", "not finite" },
        { "date,A,B\n1,0,3\n", "line 2, column 2 (A): ", "0, but prices must be positive" },
        { "date,A,B\n1,2,-0.5\n", "line 2, column 3 (B): ", "-0.5, but prices must be positive" },
        { "date,A,B\n1,2,3\n,2,3\n", "line 3, column 1: ", "date is missing" },
        { "date,A,B\n1,2,3\n\n2,2,3\n", "line 3: ", "empty" },
        { "date,A\n2000-01-04,1\n2000-01-03,1\n", "line 3, column 1: ", "2000-01-03 does not come after 2000-01-04" },
        { "date,A\n2000-01-04,1\n2000-01-04,1\n", "line 3, column 1: ", "does not come after" },
        { "date,A,B\n1,\"2\"3,4\n", "line 2, column 2 (A): ", "follows the closing quote" },
        { "date,A,B\n1,\"2,4\n", "line 2, column 2 (A): ", "not closed" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        csv_table t;
        char message[512] = "";
        if (parse(&t, cases[i].text, message))
            fail_msg("accepted: %s", cases[i].text);
        if (strncmp(message, "t.csv: ", 7) || !strstr(message, cases[i].where) || !strstr(message, cases[i].what))
            fail_msg("\"%s\" says neither \"%s\" nor \"%s\"", message, cases[i].where, cases[i].what);
        assert_true(!t.names && !t.dates && !t.prices && !t.text && !t.rows && !t.columns);
    }
}

static void a_zero_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "date,A\n1,2\n2,\0003\n";
    csv_table t;
    char message[512] = "";
    assert_false(csv_parse(&t, "t.csv", text, sizeof text - 1, message, sizeof message));
    assert_non_null(strstr(message, "line 3: a zero byte"));
}

static void a_short_message_buffer_is_not_overrun(void **state)
{
    (void)state;
    csv_table t;
    char message[32];
    memset(message, 'x', sizeof message);
    assert_false(csv_parse(&t, "t.csv", "date,A\n1,no\n", 12, message, 12));
    assert_int_equal(strlen(message), 11);
    assert_int_equal(message[12], 'x');
}

/* Every prefix and every single-byte change of a good file is either read or refused with a place. */
static void damage_is_survived(void **state)
{
    (void)state;
    static const char good[] = "\xEF\xBB\xBF"
                               "date,\"A\"\"\",B\r\n2000-01-03,1.5,\"2\"\n2000-01-04,1e1,3\n\n";
    static const char bytes[] = { 0, '\n', '\r', ',', ';', '"', ' ', '-', 'e', '9', '\t', (char)0xff };
    csv_table t;
    char message[512];
    for (size_t size = 0; size < sizeof good; size++) {
        char *exact = malloc(size + 1); /* a copy of its own, so that reading beyond it is noticed */
        memcpy(exact, good, size);
        if (csv_parse(&t, "t.csv", exact, size, message, sizeof message))
            csv_free(&t);
        for (size_t b = 0; size && b < sizeof bytes; b++) {
            memcpy(exact, good, size);
            for (size_t at = 0; at < size; at++) {
                const char was = exact[at];
                exact[at] = bytes[b];
                if (csv_parse(&t, "t.csv", exact, size, message, sizeof message)) {
                    for (size_t i = 0; i < t.rows * t.columns; i++)
                        assert_true(t.prices[i] > 0 && isfinite(t.prices[i]));
                    csv_free(&t);
                }
                exact[at] = was;
            }
        }
        free(exact);
    }
}

static void files(void **state)
{
    (void)state;
    csv_table t;
    char message[512] = "";
    assert_false(csv_read(&t, "no/such/file.csv", message, sizeof message));
    assert_non_null(strstr(message, "no/such/file.csv: "));
    assert_non_null(strstr(message, "No such file"));
    assert_null(t.text);
    assert_false(csv_read(&t, "/", message, sizeof message));
    assert_non_null(strstr(message, "directory"));

    FILE *file = fopen("examples/data/djia30_daily.csv", "rb"); /* the tests run in the project's folder */
    if (!file)
        skip();
    fclose(file);
    assert_true(csv_read(&t, "examples/data/djia30_daily.csv", message, sizeof message));
    assert_int_equal(t.rows, 2529);
    assert_int_equal(t.columns, 30);
    assert_string_equal(t.names[0], "AA");
    assert_string_equal(t.names[29], "DIS");
    assert_string_equal(t.dates[0], "1990-12-31");
    assert_string_equal(t.dates[2528], "2001-01-02");
    assert_true(t.prices[0] == 5.92 && t.prices[6 * 2529 + 2] == 9.6);
    csv_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_table),
        cmocka_unit_test(dialects_of_csv),
        cmocka_unit_test(quotes_may_hold_anything),
        cmocka_unit_test(refusals_name_line_and_column),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(a_short_message_buffer_is_not_overrun),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
