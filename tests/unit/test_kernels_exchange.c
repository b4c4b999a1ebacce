/* SPDX-License-Identifier: MIT */
/*
 * The kernels of principal pivoting in every instruction set against plain loops: the same bits, over all multiples of 8 that
 * a small problem may have, any count of columns, with zeros, ties, infinities and NaN among the numbers; nothing beyond the
 * rows is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "linalg/kernels.h"
#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 208, COLUMNS = 17, LD = MOST + 8, BEYOND = 8 };

static random_stream stream;

static void fill_wide(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = random_below(&stream, 8) ? ldexp(random_uniform(&stream) - 0.5, (int)random_below(&stream, 60) - 30) : 0.0;
}

/* The same bits; all NaN are one. */
static void assert_same(const mvoi_kernels *kernels, size_t rows, size_t i, double got, double expected)
{
    if (memcmp(&got, &expected, sizeof got) != 0 && !(isnan(got) && isnan(expected)))
        fail_msg("%s, %zu rows: element %zu is %a, expected %a", kernels->name, rows, i, got, expected);
}

/* Calls `check` with every set, all rows and some counts; the stream begins anew for each, so that all see the same numbers. */
static void for_all(void (*check)(const mvoi_kernels *kernels, size_t rows, size_t count))
{
    const mvoi_kernels *kernels;
    const size_t counts[] = { 0, 1, 2, 3, 7, COLUMNS };
    for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++)
        for (size_t rows = 0; rows <= MOST; rows += 8)
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                stream = (random_stream){ 1000 * rows + c };
                check(kernels, rows, counts[c]);
            }
}

/* --------------------------------------------------------------------------------------- responses */

static void check_respond(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    static double M[LD * COLUMNS];
    double x[COLUMNS], own[MOST], outside[MOST], y[MOST + BEYOND];
    fill_wide(M, LD * COLUMNS);
    fill_wide(x, COLUMNS);
    fill_wide(own, MOST);
    for (size_t i = 0; i < MOST; i++)
        outside[i] = random_below(&stream, 3) ? 1.0 : 0.0;
    for (size_t i = 0; i < MOST + BEYOND; i++)
        y[i] = 7.0;
    if (rows) {
        M[rows - 1] = INFINITY;
        own[rows / 2] = -INFINITY;
        own[rows / 3] = -0.0;
    }
    kernels->respond(rows, count, M, LD, x, own, outside, y);
    for (size_t i = 0; i < rows; i++) {
        double sum = own[i] * outside[i];
        for (size_t k = 0; k < count; k++)
            sum += x[k] * M[i + k * LD];
        assert_same(kernels, rows, i, y[i], sum);
    }
    for (size_t i = rows; i < rows + BEYOND; i++)
        assert_true(y[i] == 7.0);
}

/* No own part and no residual: nothing responds. */
static void check_respond_to_nothing(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    static double M[LD * COLUMNS];
    double x[COLUMNS] = { 0.0 }, zero[MOST] = { 0.0 }, y[MOST + BEYOND];
    fill_wide(M, LD * COLUMNS);
    kernels->respond(rows, count, M, LD, x, zero, zero, y);
    for (size_t i = 0; i < rows; i++)
        assert_true(y[i] == 0.0);
}

/* ---------------------------------------------------------------------------------------- exchanges */

static void check_exchange(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    static double M[LD * COLUMNS], before[LD * COLUMNS];
    double x[MOST], p[COLUMNS], own[MOST + BEYOND];
    fill_wide(M, LD * COLUMNS);
    fill_wide(x, MOST);
    fill_wide(p, COLUMNS);
    if (rows)
        x[rows / 2] = INFINITY; /* times a zero of p: not a number */
    for (int with = 0; with < 2; with++) {
        const double scale = random_normal(&stream);
        memcpy(before, M, sizeof M);
        for (size_t i = 0; i < MOST + BEYOND; i++)
            own[i] = 7.0;
        kernels->exchange(rows, count, M, LD, x, p, scale, with ? own : NULL);
        for (size_t k = 0; k < COLUMNS; k++)
            for (size_t i = 0; i < LD; i++) {
                const double was = before[i + k * LD];
                assert_same(kernels, rows, i + k * LD, M[i + k * LD], k < count && i < rows ? was + p[k] * x[i] : was);
            }
        for (size_t i = 0; i < MOST + BEYOND; i++)
            assert_same(kernels, rows, i, own[i], with && i < rows ? scale * x[i] : 7.0);
    }
}

/* ------------------------------------------------------------------------------------ the worst element */

/* What kernels.h promises, with a plain loop. A NaN, as of infinity times a weight of zero, is no excess. */
static size_t plain_worst(size_t rows, const double *value, const double *low, const double *high, const double *weight,
                          double least, double *excess)
{
    double most = least;
    size_t found = rows;
    for (size_t i = 0; i < rows; i++) {
        const double below = low[i] - value[i], above = value[i] - high[i];
        excess[i] = (below > above ? below : above) * weight[i];
        if (excess[i] > most) {
            most = excess[i];
            found = i;
        }
    }
    return found;
}

typedef struct elements {
    double value[MOST], low[MOST], high[MOST], weight[MOST];
} elements;

/* Whole numbers and halves, so that ties are many; one limit in three is infinite, some weights are zero. */
static void fill_elements(elements *e)
{
    for (size_t i = 0; i < MOST; i++) {
        e->value[i] = (double)random_below(&stream, 9) - 4.0;
        e->low[i] = random_below(&stream, 3) ? (double)random_below(&stream, 5) - 4.0 : -INFINITY;
        e->high[i] = random_below(&stream, 3) ? (double)random_below(&stream, 5) : INFINITY;
        e->weight[i] = 0.5 * (double)random_below(&stream, 3);
    }
}

static void compare_worst(const mvoi_kernels *kernels, size_t rows, const elements *e, double least)
{
    double excess[MOST + BEYOND], expected[MOST];
    for (size_t i = 0; i < MOST + BEYOND; i++)
        excess[i] = 7.0;
    const size_t found = kernels->worst(rows, e->value, e->low, e->high, e->weight, least, excess);
    const size_t right = plain_worst(rows, e->value, e->low, e->high, e->weight, least, expected);
    if (found != right)
        fail_msg("%s, %zu rows: element %zu is the worst, not %zu", kernels->name, rows, right, found);
    for (size_t i = 0; i < rows; i++)
        assert_same(kernels, rows, i, excess[i], expected[i]);
    for (size_t i = rows; i < rows + BEYOND; i++)
        assert_true(excess[i] == 7.0);
}

static void check_worst(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    elements e;
    fill_elements(&e);
    compare_worst(kernels, rows, &e, 0.0);
    compare_worst(kernels, rows, &e, 0.5 * (double)count);
    for (size_t i = 0; i < MOST; i++)
        e.weight[i] = random_uniform(&stream);
    compare_worst(kernels, rows, &e, 0.0);
    if (!rows)
        return;
    e.value[random_below(&stream, rows)] = NAN; /* never the worst, and it hides no other */
    compare_worst(kernels, rows, &e, 0.0);
    e.value[random_below(&stream, rows)] = -INFINITY;
    compare_worst(kernels, rows, &e, 0.0);
    for (size_t i = 0; i < MOST; i++)
        e.value[i] = INFINITY;
    compare_worst(kernels, rows, &e, 0.0);
}

/* One element beyond its limit, or the same excess from there on: the first is found wherever it is. */
static void check_every_place(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    elements e;
    double excess[MOST];
    for (size_t i = 0; i < MOST; i++) {
        e.value[i] = 0.0;
        e.low[i] = -1.0;
        e.high[i] = 1.0;
        e.weight[i] = 1.0;
    }
    assert_int_equal(kernels->worst(rows, e.value, e.low, e.high, e.weight, 0.0, excess), rows);
    for (size_t i = 0; i < rows; i++) {
        e.value[i] = count % 2 ? 1.5 : -1.5;
        assert_int_equal(kernels->worst(rows, e.value, e.low, e.high, e.weight, 0.0, excess), i);
        assert_int_equal(kernels->worst(rows, e.value, e.low, e.high, e.weight, 0.5, excess), rows); /* more than least */
        for (size_t k = i; k < rows; k++)
            e.value[k] = e.value[i];
        assert_int_equal(kernels->worst(rows, e.value, e.low, e.high, e.weight, 0.0, excess), i);
        for (size_t k = i; k < rows; k++)
            e.value[k] = 1.0; /* on the limit is not beyond it */
    }
}

#define TEST_OF(check)                                                                                                 \
    static void test_##check(void **unused)                                                                            \
    {                                                                                                                  \
        (void)unused;                                                                                                  \
        for_all(check);                                                                                                \
    }

TEST_OF(check_respond)
TEST_OF(check_respond_to_nothing)
TEST_OF(check_exchange)
TEST_OF(check_worst)
TEST_OF(check_every_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_respond),  cmocka_unit_test(test_check_respond_to_nothing),
        cmocka_unit_test(test_check_exchange), cmocka_unit_test(test_check_worst),
        cmocka_unit_test(test_check_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
