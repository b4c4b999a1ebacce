/* SPDX-License-Identifier: MIT */
/*
 * A table of prices from a CSV file. First line: a heading for the dates, then one name per asset. Every other line: a
 * date, then one positive price per asset. Cells are separated by commas (by semicolons or tabs if the first line has
 * no comma), may stand in double quotes, and numbers have a decimal point. Dates are text; those written 2000-12-31
 * (with or without a time) must ascend. Nothing is guessed or filled in: what does not fit is refused, by line and
 * column.
 */
#ifndef EXAMPLES_SUPPORT_CSV_H
#define EXAMPLES_SUPPORT_CSV_H

#include <stddef.h>

typedef struct csv_table {
    size_t rows, columns; /* dates, assets */
    char **names;         /* columns of them */
    char **dates;         /* rows of them */
    double *prices;       /* asset j at date i: prices[i + j * rows] */
    char *text;           /* what names and dates point into */
} csv_table;

/* Reads `path`. Returns 1, or 0 with one sentence about what is wrong in `message`; *table is then empty. */
int csv_read(csv_table *table, const char *path, char *message, size_t message_size);

/* The same from `size` bytes of memory; `path` only appears in messages. */
int csv_parse(csv_table *table, const char *path, const char *bytes, size_t size, char *message, size_t message_size);

/* Frees what a table holds; an empty one too. */
void csv_free(csv_table *table);

/* Simple returns p_t / p_(t-1) - 1 : a (rows - 1)-by-columns table, column-major, to be freed. NULL when out of memory.
 */
double *csv_returns(const csv_table *table);

/* Mean of each of `columns` columns of a table of `periods` rows with leading dimension ld. */
void column_means(double *means, size_t periods, size_t columns, const double *table, size_t ld);

#endif
