/* SPDX-License-Identifier: MIT */
/*
 * Readers of the test data, which live outside this tree: below $MVO_TEST_DATA, by default ../shared/data. Paths here
 * are relative to that folder. What is not there is skipped by name; what is there and malformed ends the program.
 */
#ifndef SUPPORT_DATA_H
#define SUPPORT_DATA_H

#include "support/instance.h"

#include <jansson.h>

/* Writes the full path into buffer; returns buffer. */
char *data_path(char *buffer, size_t size, const char *relative);

/* 1 if the file can be read. */
int data_present(const char *relative);

/* Skips the running cmocka test, saying `name`, unless the file is there. */
void data_require(const char *relative, const char *name);

/* Problem in QP1 text. */
instance *data_read_qp(const char *relative);

/* Solution in SOL1 text, turned to the signs of mvo.h: Sigma w + c = A'y + z, positive at a lower limit. */
void data_read_solution(const char *relative, size_t n, size_t m, double *objective, double *w, double *y, double *z);

/* OR-Library portN.txt: mu and Sigma_ij = corr_ij sd_i sd_j, long-only with the budget as row 0. */
instance *data_read_orlib(const char *relative);

/* A file of numbers and nothing else; *count receives how many. To be freed. */
double *data_read_numbers(const char *relative, size_t *count);

/* CSV with a line of names on top and a label in front of each line. values[i + j * height]: line i, column j. */
typedef struct data_table {
    size_t height, width;
    double *values;
    char **names;  /* width */
    char **labels; /* height */
} data_table;

data_table *data_read_csv(const char *relative);

/* The same where cells may be empty: NaN. */
data_table *data_read_csv_with_gaps(const char *relative);
void data_table_free(data_table *table);

/* Column with that name; fails the running test if there is none. */
const double *data_table_column(const data_table *table, const char *name);

/* Tab-separated text with a line of names on top: field(i, name). */
typedef struct data_index {
    size_t height, width;
    char **cells; /* (height + 1)-by-width, line after line, the names first */
} data_index;

data_index *data_read_index(const char *relative);
void data_index_free(data_index *index);
const char *data_index_field(const data_index *index, size_t line, const char *name);

/* Parses a JSON file. Give it back with json_decref. */
json_t *data_read_json(const char *relative);

/* Element access that fails the running test when the path is wrong, naming it. */
const json_t *data_member(const json_t *object, const char *key);
double data_number(const json_t *value);
size_t data_vector(const json_t *array, double *x, size_t capacity);

/* Reads a square array of arrays into sigma (n-by-n); returns n. */
size_t data_matrix(const json_t *array, double *sigma, size_t capacity);

#endif
