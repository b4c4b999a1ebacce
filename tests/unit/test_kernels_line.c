/* SPDX-License-Identifier: MIT */
/*
 * The kernels of the critical line in every instruction set against plain loops: the same bits, over all counts of rows, with
 * zeros, ties, infinities and NaN among the numbers; nothing beyond the rows that are promised is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "linalg/exact.h"
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

/* Whole numbers and halves, so that ties are many. */
static void fill_coarse(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = 0.5 * ((double)random_below(&stream, 9) - 4.0);
}

/* The same bits; all NaN are one. */
static void assert_same(const mvoi_kernels *kernels, size_t rows, size_t i, double got, double expected)
{
    if (memcmp(&got, &expected, sizeof got) != 0 && !(isnan(got) && isnan(expected)))
        fail_msg("%s, %zu rows: element %zu is %a, expected %a", kernels->name, rows, i, got, expected);
}

/* Calls `check` with every set, all rows (multiples of `by`) and some counts; the stream begins anew for each, so that all see
   the same numbers. */
static void for_all(size_t by, void (*check)(const mvoi_kernels *kernels, size_t rows, size_t count))
{
    const mvoi_kernels *kernels;
    const size_t counts[] = { 0, 1, 2, 3, 7, COLUMNS };
    for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++)
        for (size_t rows = 0; rows <= MOST; rows += by)
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                stream = (random_stream){ 1000 * rows + c };
                check(kernels, rows, counts[c]);
            }
}

/* The sum of `count` terms in eight lanes, as kernels.h says. */
static double fold_lanes(size_t count, const double *term)
{
    double lane[8] = { 0.0 };
    for (size_t i = 0; i < count; i++)
        lane[i % 8] += term[i];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* ------------------------------------------------------------------------------------------ the first event */

/* The first of the least steps below *step; a step that is not a number is none at all, hence zero. */
static void plain_step(size_t i, double distance, double speed, double *step, size_t *found)
{
    const double quotient = distance / speed, to = quotient > 0.0 ? quotient : 0.0;
    if (to < *step) {
        *step = to;
        *found = i;
    }
}

static size_t plain_limit(size_t rows, const double *x, const double *rate, const double *low, const double *high, double *step)
{
    size_t found = rows;
    for (size_t i = 0; i < rows; i++)
        if (rate[i] > 0.0)
            plain_step(i, x[i] - low[i], rate[i], step, &found);
        else if (rate[i] < 0.0)
            plain_step(i, x[i] - high[i], rate[i], step, &found);
    return found;
}

static size_t plain_zero(size_t rows, const double *z, const double *rate, const double *sign, double *step)
{
    size_t found = rows;
    for (size_t i = 0; i < rows; i++)
        if (-sign[i] * rate[i] > 0.0)
            plain_step(i, -sign[i] * z[i], -sign[i] * rate[i], step, &found);
    return found;
}

typedef struct moving {
    double x[MOST], rate[MOST], low[MOST], high[MOST], sign[MOST];
} moving;

static void compare_first(const mvoi_kernels *kernels, size_t rows, const moving *v, double before)
{
    double step = before, expected = before;
    size_t right = plain_limit(rows, v->x, v->rate, v->low, v->high, &expected);
    size_t found = kernels->first_limit(rows, v->x, v->rate, v->low, v->high, &step);
    if (found != right)
        fail_msg("%s, %zu rows: %zu is the first at its limit, not %zu", kernels->name, rows, right, found);
    assert_same(kernels, rows, found, step, expected);
    step = expected = before;
    right = plain_zero(rows, v->x, v->rate, v->sign, &expected);
    found = kernels->first_zero(rows, v->x, v->rate, v->sign, &step);
    if (found != right)
        fail_msg("%s, %zu rows: %zu is the first at zero, not %zu", kernels->name, rows, right, found);
    assert_same(kernels, rows, found, step, expected);
}

static void check_first(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    static const double befores[] = { HUGE_VAL, 100.0, 1.0, 0.25, 0.0 };
    moving v;
    fill_coarse(v.x, MOST);
    fill_coarse(v.rate, MOST);
    for (size_t i = 0; i < MOST; i++) {
        v.low[i] = random_below(&stream, 3) ? -(double)random_below(&stream, 40) : -HUGE_VAL;
        v.high[i] = random_below(&stream, 3) ? (double)random_below(&stream, 40) : HUGE_VAL;
        v.sign[i] = (double)random_below(&stream, 3) - 1.0;
    }
    for (size_t b = 0; b < sizeof befores / sizeof *befores; b++)
        compare_first(kernels, rows, &v, befores[b]);
    for (size_t i = 0; i < MOST; i++) { /* none is beyond zero, and steps differ, if by a rounding */
        v.sign[i] = v.x[i] > 0.0 ? -1.0 : 1.0;
        v.x[i] = v.x[i] * (1.0 + 1e-16 * random_uniform(&stream)) + v.sign[i] * -1e-3;
        v.rate[i] = count ? v.x[i] / (3.0 * (1.0 + 3e-16 * (random_uniform(&stream) - 0.5))) : random_normal(&stream);
    }
    for (size_t b = 0; b < sizeof befores / sizeof *befores; b++)
        compare_first(kernels, rows, &v, befores[b]);
    if (!rows)
        return;
    v.rate[random_below(&stream, rows)] = NAN; /* it does not move */
    v.rate[random_below(&stream, rows)] = -0.0;
    compare_first(kernels, rows, &v, HUGE_VAL);
    v.x[random_below(&stream, rows)] = NAN; /* it is there at once */
    compare_first(kernels, rows, &v, HUGE_VAL);
}

/* One alone reaches its limit, wherever it is; of two at once it is the first. */
static void check_every_place(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    moving v;
    for (size_t i = 0; i < MOST; i++) {
        v.x[i] = 1.0;
        v.rate[i] = 0.0;
        v.low[i] = 0.0;
        v.high[i] = HUGE_VAL;
        v.sign[i] = -1.0;
    }
    for (size_t i = 0; i < rows; i++) {
        v.rate[i] = 4.0;
        v.rate[rows - 1] = 4.0;
        compare_first(kernels, rows, &v, (double)count);
        v.rate[i] = v.rate[rows - 1] = 0.0;
    }
}

/* -------------------------------------------------------------------------------------------- who is near */

static void check_within(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    double z[MOST], rate[MOST], sign[MOST], margin[MOST];
    int32_t found[MOST + BEYOND], right[MOST];
    const double step = -0.25 * (double)count, allowed = 0.5 * (double)random_below(&stream, 4);
    fill_coarse(z, MOST);
    fill_coarse(rate, MOST);
    for (size_t i = 0; i < MOST; i++) {
        sign[i] = (double)random_below(&stream, 3) - 1.0;
        margin[i] = sign[i] != 0.0 ? 0.5 * (double)random_below(&stream, 3) : 0.0;
    }
    if (rows)
        z[random_below(&stream, rows)] = INFINITY; /* its step is not a number where the rate is not either */
    for (size_t i = 0; i < MOST + BEYOND; i++)
        found[i] = -7;
    const size_t listed = kernels->within(rows, z, rate, sign, step, margin, allowed, found);
    size_t expected = 0;
    for (size_t i = 0; i < rows; i++)
        if (-sign[i] * z[i] < allowed * margin[i] || -sign[i] * (z[i] + step * rate[i]) < allowed * margin[i])
            right[expected++] = (int32_t)i;
    assert_int_equal(listed, expected);
    assert_memory_equal(found, right, expected * sizeof *found);
    for (size_t i = rows + 1; i < rows + BEYOND; i++)
        assert_int_equal(found[i], -7);
}

/* ------------------------------------------------------------------------------------- weights and variance */

static void check_arrive(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    double x[MOST], low[MOST], high[MOST], own[MOST], a[MOST], y[MOST + BEYOND], term[MOST];
    (void)count;
    fill_wide(x, MOST);
    fill_wide(a, MOST);
    for (size_t i = 0; i < MOST; i++) {
        low[i] = random_below(&stream, 3) ? -0.25 * random_uniform(&stream) : -HUGE_VAL;
        high[i] = random_below(&stream, 3) ? 0.25 * random_uniform(&stream) : HUGE_VAL;
        own[i] = random_below(&stream, 4) ? 1.0 : 0.0;
    }
    for (size_t i = 0; i < MOST + BEYOND; i++)
        y[i] = 7.0;
    const double sum = kernels->arrive(rows, x, low, high, own, a, y);
    for (size_t i = 0; i < rows; i++) {
        const double within = x[i] < low[i] ? low[i] : x[i] > high[i] ? high[i] : x[i];
        assert_same(kernels, rows, i, y[i], within * own[i]);
        term[i] = a[i] * (within * own[i]);
    }
    assert_same(kernels, rows, rows, sum, fold_lanes(rows, term));
    for (size_t i = rows; i < rows + BEYOND; i++)
        assert_true(y[i] == 7.0);
}

static void check_form(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    static double M[LD * COLUMNS];
    double x[MOST + COLUMNS] = { 0.0 }, term[MOST];
    const size_t few = count < rows ? count : rows;
    fill_wide(M, LD * COLUMNS);
    fill_wide(x, few);
    for (size_t i = 0; i < rows; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < few; k++)
            sum += x[k] * M[i + k * LD];
        term[i] = sum * x[i];
    }
    assert_same(kernels, rows, 0, kernels->form(rows, few, M, LD, x), fold_lanes(rows, term));
}

/* --------------------------------------------------------------------------------------- columns by address */

static void check_combine(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    static double from[MOST + BEYOND], y[MOST + 2 * BEYOND];
    double x[COLUMNS], *columns[COLUMNS];
    const double *views[COLUMNS];
    const size_t padded = (rows + 7) / 8 * 8;
    fill_wide(x, COLUMNS);
    fill_wide(from, MOST);
    for (size_t k = 0; k < COLUMNS; k++) { /* of just that length: nothing is read beyond it */
        views[k] = columns[k] = malloc((rows ? rows : 1) * sizeof *columns[k]);
        assert_non_null(columns[k]);
        fill_wide(columns[k], rows);
    }
    for (int in_place = 0; in_place < 2; in_place++) {
        for (size_t i = 0; i < MOST + 2 * BEYOND; i++)
            y[i] = in_place && i < rows ? from[i] : 7.0;
        kernels->combine(rows, count, views, x, in_place ? y : from, y);
        for (size_t i = 0; i < rows; i++) {
            double sum = from[i];
            for (size_t k = 0; k < count; k++)
                sum += x[k] * columns[k][i];
            assert_same(kernels, rows, i, y[i], sum);
        }
        for (size_t i = padded; i < padded + BEYOND; i++)
            assert_true(y[i] == 7.0);
    }
    for (size_t k = 0; k < COLUMNS; k++)
        free(columns[k]);
}

/* -------------------------------------------------------------------------------------------- the residual */

static void check_residual(const mvoi_kernels *kernels, size_t rows, size_t count)
{
    static double M[LD * COLUMNS];
    double x[COLUMNS], a[MOST], b[MOST], c[MOST], y[MOST + BEYOND];
    const double t = random_normal(&stream);
    fill_wide(M, LD * COLUMNS);
    fill_wide(x, COLUMNS);
    fill_wide(a, MOST);
    fill_wide(b, MOST);
    fill_wide(c, MOST);
    for (size_t i = 0; i < MOST + BEYOND; i++)
        y[i] = 7.0;
    kernels->residual(rows, count, M, LD, x, t, a, b, c, y);
    for (size_t i = 0; i < rows; i++) {
        double high, low;
        long double sum = (long double)t * a[i] + b[i] + c[i], size = fabsl((long double)t * a[i]) + fabs(b[i]) + fabs(c[i]);
        mvoi_two_sum(&high, &low, b[i], c[i]);
        mvoi_accumulate(&high, &low, t, a[i]);
        for (size_t k = 0; k < count; k++) {
            mvoi_accumulate(&high, &low, -x[k], M[i + k * LD]);
            sum -= (long double)x[k] * M[i + k * LD];
            size += fabsl((long double)x[k] * M[i + k * LD]);
        }
        if (!(fabsl(y[i] - sum) <= 0x1p-52L * fabsl(sum) + 0x1p-58L * size)) /* the rounding of the answer, and long double's own */
            fail_msg("%s, %zu rows: element %zu is %a, expected %La", kernels->name, rows, i, y[i], sum);
        assert_true(fabs(y[i] - (high + low)) <= 0x1p-52 * fabs(y[i]));
    }
    for (size_t i = rows; i < rows + BEYOND; i++)
        assert_true(y[i] == 7.0);
}

/* Every set has the bits of the plainest one. */
static void residuals_are_the_same(void **unused)
{
    static double M[LD * COLUMNS];
    double x[COLUMNS], a[MOST], b[MOST], c[MOST], expected[MOST], y[MOST];
    const mvoi_kernels *kernels, *plain = mvoi_kernels_at(0);
    (void)unused;
    for (size_t rows = 0; rows <= MOST; rows += 8) {
        stream = (random_stream){ rows };
        fill_wide(M, LD * COLUMNS);
        fill_wide(x, COLUMNS);
        fill_wide(a, MOST);
        fill_wide(b, MOST);
        fill_wide(c, MOST);
        plain->residual(rows, COLUMNS, M, LD, x, 0.7, a, b, c, expected);
        for (size_t set = 1; (kernels = mvoi_kernels_at(set)) != NULL; set++) {
            kernels->residual(rows, COLUMNS, M, LD, x, 0.7, a, b, c, y);
            for (size_t i = 0; i < rows; i++)
                assert_same(kernels, rows, i, y[i], expected[i]);
        }
    }
}

#define TEST_OF(check, by)                                                                                             \
    static void test_##check(void **unused)                                                                            \
    {                                                                                                                  \
        (void)unused;                                                                                                  \
        for_all(by, check);                                                                                            \
    }

TEST_OF(check_first, 8)
TEST_OF(check_every_place, 8)
TEST_OF(check_within, 8)
TEST_OF(check_arrive, 8)
TEST_OF(check_form, 8)
TEST_OF(check_combine, 1)
TEST_OF(check_residual, 8)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_first),    cmocka_unit_test(test_check_every_place), cmocka_unit_test(test_check_within),
        cmocka_unit_test(test_check_arrive),   cmocka_unit_test(test_check_form),        cmocka_unit_test(test_check_combine),
        cmocka_unit_test(test_check_residual), cmocka_unit_test(residuals_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
