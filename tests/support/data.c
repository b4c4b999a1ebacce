/* SPDX-License-Identifier: MIT */
#include "support/data.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void malformed(const char *relative, const char *what)
{
    fprintf(stderr, "%s: %s\n", relative, what);
    abort();
}

static void *claim(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

char *data_path(char *buffer, size_t size, const char *relative)
{
    const char *folder = getenv("MVO_TEST_DATA");
    snprintf(buffer, size, "%s/%s", folder && *folder ? folder : "../shared/data", relative);
    return buffer;
}

int data_present(const char *relative)
{
    char path[1024];
    FILE *file = fopen(data_path(path, sizeof path, relative), "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

void data_require(const char *relative, const char *name)
{
    if (data_present(relative))
        return;
    print_message("skipped: %s (no %s)\n", name, relative);
    skip();
}

/* The whole file as a zero-terminated string. */
static char *slurp(const char *relative)
{
    char path[1024];
    FILE *file = fopen(data_path(path, sizeof path, relative), "rb");
    if (!file)
        malformed(relative, "cannot be opened");
    size_t size = 0, capacity = 1 << 16;
    char *text = claim(capacity, 1);
    for (size_t got; (got = fread(text + size, 1, capacity - size - 1, file)) > 0;) {
        size += got;
        if (capacity - size < 2) {
            char *wider = realloc(text, capacity *= 2);
            if (!wider)
                abort();
            text = wider;
        }
    }
    text[size] = '\0';
    fclose(file);
    return text;
}

/* ---------------------------------------------------------------------------------------- tokens */

typedef struct scanner {
    const char *relative, *at;
} scanner;

static void skip_space(scanner *s)
{
    for (;;) {
        s->at += strspn(s->at, " \t\r\n");
        if (*s->at != '#')
            return;
        s->at += strcspn(s->at, "\n");
    }
}

static double number(scanner *s)
{
    char *end;
    skip_space(s);
    const double value = strtod(s->at, &end);
    if (end == s->at)
        malformed(s->relative, "a number is missing");
    s->at = end;
    return value;
}

static size_t count_below(scanner *s, size_t most)
{
    const double value = number(s);
    if (!(value >= 0.0 && value < (double)most && value == floor(value)))
        malformed(s->relative, "an index or size is out of range");
    return (size_t)value;
}

static void word(scanner *s, const char *expected)
{
    skip_space(s);
    const size_t length = strcspn(s->at, " \t\r\n");
    if (expected && (length != strlen(expected) || strncmp(s->at, expected, length) != 0))
        malformed(s->relative, "not the expected format");
    s->at += length;
}

static void numbers_into(scanner *s, double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = number(s);
}

instance *data_read_qp(const char *relative)
{
    char *text = slurp(relative);
    scanner s = { relative, text };
    word(&s, "QP1");
    s.at += strcspn(s.at, "\n");
    const size_t n = count_below(&s, 100000), m = count_below(&s, 100000);
    const size_t in_p = count_below(&s, (size_t)1 << 30), in_a = count_below(&s, (size_t)1 << 30);
    instance *p = instance_new(n, m);
    p->constant = number(&s);
    for (size_t e = 0; e < in_p; e++) {
        const size_t i = count_below(&s, n), j = count_below(&s, n);
        p->sigma[i + j * n] = number(&s);
    }
    numbers_into(&s, p->linear, n);
    for (size_t e = 0; e < in_a; e++) {
        const size_t i = count_below(&s, m), j = count_below(&s, n);
        p->rows[i * n + j] = number(&s);
    }
    for (size_t i = 0; i < m; i++) {
        p->row_lower[i] = number(&s);
        p->row_upper[i] = number(&s);
    }
    for (size_t j = 0; j < n; j++) {
        p->lower[j] = number(&s);
        p->upper[j] = number(&s);
    }
    word(&s, "END");
    free(text);
    return p;
}

void data_read_solution(const char *relative, size_t n, size_t m, double *objective, double *w, double *y, double *z)
{
    char *text = slurp(relative);
    scanner s = { relative, text };
    word(&s, "SOL1");
    word(&s, NULL);
    if (count_below(&s, 100000) != n || count_below(&s, 100000) != m)
        malformed(relative, "sizes differ from the problem's");
    *objective = number(&s);
    numbers_into(&s, w, n);
    numbers_into(&s, y, m);
    numbers_into(&s, z, n);
    for (size_t i = 0; i < m; i++)
        y[i] = -y[i];
    for (size_t j = 0; j < n; j++)
        z[j] = -z[j];
    free(text);
}

instance *data_read_orlib(const char *relative)
{
    char *text = slurp(relative);
    scanner s = { relative, text };
    const size_t n = count_below(&s, 100000);
    instance *p = instance_new(n, 1);
    double *deviation = claim(n, sizeof *deviation);
    for (size_t j = 0; j < n; j++) {
        p->mu[j] = number(&s);
        deviation[j] = number(&s);
    }
    for (size_t e = 0; e < n * (n + 1) / 2; e++) {
        const size_t i = count_below(&s, n + 1) - 1, j = count_below(&s, n + 1) - 1;
        p->sigma[i + j * n] = p->sigma[j + i * n] = number(&s) * deviation[i] * deviation[j];
    }
    free(deviation);
    free(text);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, INFINITY);
    return p;
}

double *data_read_numbers(const char *relative, size_t *count)
{
    char *text = slurp(relative);
    scanner s = { relative, text };
    size_t capacity = strlen(text) / 2 + 1;
    double *x = claim(capacity, sizeof *x);
    *count = 0;
    for (skip_space(&s); *s.at; skip_space(&s))
        x[(*count)++] = number(&s);
    free(text);
    return x;
}

/* ---------------------------------------------------------------------------------------- tables */

/* Cuts the text into cells in place; every line must have as many. */
static data_index *cut(const char *relative, char *text, char separator)
{
    const char ends[3] = { separator, '\n', '\0' };
    size_t cells = 0, lines = 0;
    for (const char *c = text; *c; c++) {
        cells += *c == separator || *c == '\n';
        lines += *c == '\n' && c[1] != '\0';
    }
    data_index *index = claim(1, sizeof *index);
    index->cells = claim(cells + 2, sizeof *index->cells);
    index->height = lines;
    size_t filled = 0;
    for (char *c = text; *c;) {
        char *end = c + strcspn(c, ends);
        const char stop = *end;
        *end = '\0';
        if (end > c && end[-1] == '\r')
            end[-1] = '\0';
        index->cells[filled++] = c;
        if (stop != separator) {
            if (!index->width)
                index->width = filled;
            if (filled % index->width)
                malformed(relative, "a line has another number of columns than the first");
        }
        if (!stop)
            break;
        c = end + 1;
    }
    if (!index->width || filled != index->width * (lines + 1))
        malformed(relative, "not a table");
    return index;
}

data_index *data_read_index(const char *relative)
{
    return cut(relative, slurp(relative), '\t');
}

void data_index_free(data_index *index)
{
    if (!index)
        return;
    free(index->cells[0]); /* the text the cells point into begins with the first */
    free(index->cells);
    free(index);
}

const char *data_index_field(const data_index *index, size_t line, const char *name)
{
    for (size_t j = 0; j < index->width; j++)
        if (strcmp(index->cells[j], name) == 0)
            return index->cells[(line + 1) * index->width + j];
    fail_msg("no column %s", name);
    return NULL;
}

static data_table *read_csv(const char *relative, int gaps_allowed)
{
    data_table *table = claim(1, sizeof *table);
    data_index *index = cut(relative, slurp(relative), ',');
    table->height = index->height;
    table->width = index->width - 1;
    table->values = claim(table->height * table->width, sizeof *table->values);
    table->names = index->cells + 1;
    table->labels = claim(table->height, sizeof *table->labels);
    for (size_t i = 0; i < table->height; i++) {
        char **line = index->cells + (i + 1) * index->width;
        table->labels[i] = line[0];
        for (size_t j = 0; j < table->width; j++) {
            char *end;
            if (gaps_allowed && !line[j + 1][0]) {
                table->values[i + j * table->height] = NAN;
                continue;
            }
            table->values[i + j * table->height] = strtod(line[j + 1], &end);
            if (end == line[j + 1] || *end)
                malformed(relative, "a cell is not a number");
        }
    }
    free(index);
    return table;
}

data_table *data_read_csv(const char *relative)
{
    return read_csv(relative, 0);
}

data_table *data_read_csv_with_gaps(const char *relative)
{
    return read_csv(relative, 1);
}

void data_table_free(data_table *table)
{
    if (!table)
        return;
    free(table->names[-1]); /* the text */
    free(table->names - 1);
    free(table->labels);
    free(table->values);
    free(table);
}

const double *data_table_column(const data_table *table, const char *name)
{
    for (size_t j = 0; j < table->width; j++)
        if (strcmp(table->names[j], name) == 0)
            return table->values + j * table->height;
    fail_msg("no column %s", name);
    return NULL;
}

/* ------------------------------------------------------------------------------------------ JSON */

json_t *data_read_json(const char *relative)
{
    char path[1024];
    json_error_t error;
    json_t *root = json_load_file(data_path(path, sizeof path, relative), 0, &error);
    if (!root)
        malformed(relative, error.text);
    return root;
}

const json_t *data_member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("no member %s", key);
    return value;
}

double data_number(const json_t *value)
{
    if (!json_is_number(value))
        fail_msg("%s", "a JSON number is expected");
    return json_number_value(value);
}

size_t data_vector(const json_t *array, double *x, size_t capacity)
{
    const size_t count = json_array_size(array);
    if (!json_is_array(array) || count > capacity)
        fail_msg("an array of at most %zu numbers is expected", capacity);
    for (size_t i = 0; i < count; i++)
        x[i] = data_number(json_array_get(array, i));
    return count;
}

size_t data_matrix(const json_t *array, double *sigma, size_t capacity)
{
    const size_t n = json_array_size(array);
    if (n * n > capacity)
        fail_msg("a matrix of at most %zu numbers is expected", capacity);
    for (size_t j = 0; j < n; j++)
        if (data_vector(json_array_get(array, j), sigma + j * n, n) != n)
            fail_msg("line %zu of the matrix is short", j);
    return n;
}
