/* SPDX-License-Identifier: MIT */
/* Reading a table of prices; see csv.h for what is accepted. */
#include "csv.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the reader is, and where its complaint goes. */
typedef struct reader {
    csv_table *table;
    const char *path;
    char *next, *end; /* text not yet read; *end is 0 */
    char separator;
    size_t line, column; /* counted from 1, as an editor or a spreadsheet does */
    char *message;
    size_t message_size;
} reader;

/* Says what is wrong at the present line (and column, unless 0). Returns 0, so that callers can return it. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static int
refuse(const reader *r, const char *format, ...)
{
    char where[160] = "", what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (r->line && r->column > 1 && r->line > 1 && r->column <= r->table->columns + 1)
        snprintf(where, sizeof where, "line %zu, column %zu (%.40s): ", r->line, r->column,
                 r->table->names[r->column - 2]);
    else if (r->line && r->column)
        snprintf(where, sizeof where, "line %zu, column %zu: ", r->line, r->column);
    else if (r->line)
        snprintf(where, sizeof where, "line %zu: ", r->line);
    snprintf(r->message, r->message_size, "%s: %s%s", r->path, where, what);
    return 0;
}

static int refuse_memory(reader *r)
{
    r->line = 0;
    return refuse(r, "not enough memory");
}

/* -------------------------------------------------------------------------------------------- lines */

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static int is_blank(const char *from, const char *to)
{
    while (from < to && is_space(*from))
        from++;
    return from == to;
}

/* The next line, ended with 0 in place; NULL at the end of the text. Blank lines are left out at the end alone. */
static char *next_line(reader *r)
{
    char *line = r->next;
    if (line >= r->end)
        return NULL;
    char *stop = memchr(line, '\n', (size_t)(r->end - line));
    if (!stop)
        stop = r->end;
    r->next = stop < r->end ? stop + 1 : r->end;
    *stop = 0;
    if (stop > line && stop[-1] == '\r')
        stop[-1] = 0;
    r->line++;
    r->column = 0;
    return line;
}

static int only_blank_lines_left(const reader *r)
{
    for (const char *p = r->next; p < r->end; p++)
        if (*p != '\n' && !is_space(*p))
            return 0;
    return 1;
}

/* -------------------------------------------------------------------------------------------- cells */

/* Takes a quoted cell apart in place ("" stands for one quote); *rest is what follows the closing quote. */
static int unquote(const reader *r, char *cell, char **rest)
{
    char *to = cell;
    for (char *from = cell + 1; *from; from++) {
        if (*from == '"' && from[1] != '"') {
            char *after = from + 1;
            while (*after && *after != r->separator && is_space(*after))
                after++;
            if (*after && *after != r->separator)
                return refuse(r, "text follows the closing quote");
            *rest = after;
            *to = 0; /* not before `after` has been looked at: they may be one byte apart */
            return 1;
        }
        from += *from == '"';
        *to++ = *from;
    }
    return refuse(r, "a quote is opened but not closed on this line");
}

/* The next cell of a line, trimmed and ended with 0 in place. *rest becomes NULL with the last one. */
static int next_cell(reader *r, char **cell, char **rest)
{
    char *from = *rest;
    r->column++;
    while (*from != r->separator && is_space(*from))
        from++;
    *cell = from;
    if (*from == '"') {
        if (!unquote(r, from, rest))
            return 0;
        const int last = **rest == 0;
        *rest = last ? NULL : *rest + 1;
        return 1;
    }
    char *stop = strchr(from, r->separator);
    *rest = stop ? stop + 1 : NULL;
    if (!stop)
        stop = from + strlen(from);
    while (stop > from && is_space(stop[-1]))
        stop--;
    *stop = 0;
    return 1;
}

/* At least as many as next_cell will find: separators inside quotes are counted too. */
static size_t most_cells(const char *line, char separator)
{
    size_t count = 1;
    for (; *line; line++)
        count += *line == separator;
    return count;
}

/* ------------------------------------------------------------------------------------------- header */

static int read_header(reader *r)
{
    csv_table *table = r->table;
    char *line = next_line(r), *cell, *rest;
    if (!line || is_blank(line, line + strlen(line)))
        return refuse(r, only_blank_lines_left(r) ? "the file is empty" : "the header is missing");
    r->separator = strchr(line, ',') ? ',' : strchr(line, ';') ? ';' : '\t';
    table->names = calloc(most_cells(line, r->separator), sizeof *table->names);
    if (!table->names)
        return refuse_memory(r);
    rest = line;
    if (!next_cell(r, &cell, &rest))
        return 0;
    while (rest) {
        if (!next_cell(r, &cell, &rest))
            return 0;
        if (!*cell)
            return refuse(r, "the name is missing");
        for (size_t j = 0; j < table->columns; j++)
            if (!strcmp(table->names[j], cell))
                return refuse(r, "the name '%.40s' already stands in column %zu", cell, j + 2);
        table->names[table->columns++] = cell;
    }
    if (table->columns)
        return 1;
    r->column = 0;
    return refuse(r, "the header names no asset; it needs a heading for the dates, then one name per asset");
}

/* ---------------------------------------------------------------------------------------- one value */

static int is_decimal(const char *cell)
{
    const char *p = cell + strspn(cell, "+-");
    return *cell && (isdigit((unsigned char)*p) || *p == '.') && !strpbrk(cell, "xXpP");
}

static int read_price(const reader *r, const char *cell, double *price)
{
    char *stop;
    if (!*cell)
        return refuse(r, "the price is missing");
    *price = strtod(cell, &stop);
    if (stop != cell && !*stop && !isfinite(*price))
        return refuse(r, "the price is '%.40s', which is not finite", cell);
    if (stop == cell || *stop || !is_decimal(cell))
        return refuse(r, "'%.40s' is not a number", cell);
    if (*price <= 0.0)
        return refuse(r, "the price is %.40s, but prices must be positive", cell);
    return 1;
}

/* Begins like 2000-12-31. Such dates compare as text. */
static int is_iso_date(const char *date)
{
    static const char pattern[] = "dddd-dd-dd";
    for (size_t i = 0; pattern[i]; i++)
        if (pattern[i] == 'd' ? !isdigit((unsigned char)date[i]) : date[i] != pattern[i])
            return 0;
    return 1;
}

static int check_date(const reader *r, const char *date)
{
    const csv_table *table = r->table;
    if (!*date)
        return refuse(r, "the date is missing");
    if (!table->rows)
        return 1;
    const char *before = table->dates[table->rows - 1];
    if (is_iso_date(date) && is_iso_date(before) && strcmp(date, before) <= 0)
        return refuse(r, "the date %.40s does not come after %.40s on the line before", date, before);
    return 1;
}

/* --------------------------------------------------------------------------------------------- rows */

/* One line into row `table->rows` of a row-major table. */
static int read_row(reader *r, char *line, double *prices)
{
    csv_table *table = r->table;
    char *cell, *rest = line;
    if (is_blank(line, line + strlen(line)))
        return refuse(r, "the line is empty");
    if (!next_cell(r, &cell, &rest) || !check_date(r, cell))
        return 0;
    table->dates[table->rows] = cell;
    for (size_t j = 0; j < table->columns; j++) {
        if (!rest) {
            r->column++;
            return refuse(r, "the cell is missing: the line has %zu cells, the header %zu", j + 1, table->columns + 1);
        }
        if (!next_cell(r, &cell, &rest) || !read_price(r, cell, prices + table->rows * table->columns + j))
            return 0;
    }
    if (rest) {
        r->column++;
        return refuse(r, "one cell too many: the header has %zu", table->columns + 1);
    }
    table->rows++;
    return 1;
}

static size_t count_lines(const reader *r)
{
    size_t count = 1;
    for (const char *p = r->next; p < r->end; p++)
        count += *p == '\n';
    return count;
}

static int read_rows(reader *r, double *prices)
{
    while (!only_blank_lines_left(r))
        if (!read_row(r, next_line(r), prices))
            return 0;
    if (r->table->rows)
        return 1;
    r->line = 0;
    return refuse(r, "there is a header, but no line with prices");
}

/* Rows are read in the order of the file and stored by asset, as the library wants them. */
static void store_by_asset(csv_table *table, const double *by_date)
{
    for (size_t i = 0; i < table->rows; i++)
        for (size_t j = 0; j < table->columns; j++)
            table->prices[i + j * table->rows] = by_date[i * table->columns + j];
}

static int read_body(reader *r)
{
    csv_table *table = r->table;
    const size_t lines = count_lines(r);
    double *by_date = calloc(lines, table->columns * sizeof *by_date);
    table->dates = calloc(lines, sizeof *table->dates);
    table->prices = calloc(lines, table->columns * sizeof *table->prices);
    int done = by_date && table->dates && table->prices ? read_rows(r, by_date) : refuse_memory(r);
    if (done)
        store_by_asset(table, by_date);
    free(by_date);
    return done;
}

/* ------------------------------------------------------------------------------------------- public */

int csv_parse(csv_table *table, const char *path, const char *bytes, size_t size, char *message, size_t message_size)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* the byte order mark some spreadsheets write */
    reader r = { table, path, NULL, NULL, ',', 0, 0, message, message_size };
    memset(table, 0, sizeof *table);
    table->text = malloc(size + 1);
    if (!table->text)
        return refuse_memory(&r);
    if (size)
        memcpy(table->text, bytes, size);
    table->text[size] = 0;
    r.next = table->text;
    r.end = r.next + size;
    if (size >= 3 && !memcmp(r.next, mark, 3))
        r.next += 3;
    const char *zero = memchr(r.next, 0, (size_t)(r.end - r.next));
    int done = 0;
    if (zero) {
        r.line = 1;
        for (const char *p = r.next; p < zero; p++)
            r.line += *p == '\n';
        refuse(&r, "a zero byte: this is not a text file");
    } else {
        done = read_header(&r) && read_body(&r);
    }
    if (!done)
        csv_free(table);
    return done;
}

/* The whole file into memory; NULL with errno set if that fails. */
static char *load(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    size_t capacity = 1 << 16;
    char *bytes = NULL;
    *size = 0;
    while (file) {
        char *larger = realloc(bytes, capacity);
        if (!larger)
            break;
        bytes = larger;
        *size += fread(bytes + *size, 1, capacity - *size, file);
        if (*size < capacity && !ferror(file)) {
            fclose(file);
            return bytes;
        }
        if (ferror(file))
            break;
        capacity *= 2;
    }
    const int reason = errno;
    if (file)
        fclose(file);
    free(bytes);
    errno = reason;
    return NULL;
}

int csv_read(csv_table *table, const char *path, char *message, size_t message_size)
{
    size_t size;
    char *bytes = load(path, &size);
    memset(table, 0, sizeof *table);
    if (!bytes) {
        snprintf(message, message_size, "%s: %s", path, strerror(errno));
        return 0;
    }
    const int done = csv_parse(table, path, bytes, size, message, message_size);
    free(bytes);
    return done;
}

void csv_free(csv_table *table)
{
    free(table->names);
    free(table->dates);
    free(table->prices);
    free(table->text);
    memset(table, 0, sizeof *table);
}

double *csv_returns(const csv_table *table)
{
    const size_t periods = table->rows - 1;
    double *returns = malloc((periods * table->columns + 1) * sizeof *returns);
    if (!returns)
        return NULL;
    for (size_t j = 0; j < table->columns; j++) {
        const double *price = table->prices + j * table->rows;
        for (size_t i = 0; i < periods; i++)
            returns[i + j * periods] = price[i + 1] / price[i] - 1.0;
    }
    return returns;
}

void column_means(double *means, size_t periods, size_t columns, const double *table, size_t ld)
{
    for (size_t j = 0; j < columns; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < periods; i++)
            sum += table[i + j * ld];
        means[j] = sum / (double)periods;
    }
}
