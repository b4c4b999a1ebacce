/* SPDX-License-Identifier: MIT */
/*
 * The scans and Gram matrices of every instruction set against plain loops: the same bits, the same lists, over lengths
 * around the widths of vectors, from unaligned addresses, with zeros, ties, infinities and NaN among the numbers.
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

enum { MOST = 80, ROWS = 5, LD = MOST + 3 };

static random_stream stream;

/* About one in four is zero, the others are whole numbers and a half: sums are exact, ties are many. */
static void fill(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = random_below(&stream, 4) ? (double)random_below(&stream, 9) - 4.5 : 0.0;
}

static void fill_wide(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = ldexp(random_uniform(&stream) - 0.5, (int)random_below(&stream, 60) - 30);
}

/* Calls `check` with every set and every length; the stream begins anew for each, so that all see the same numbers. */
static void for_all(void (*check)(const mvoi_kernels *kernels, size_t n))
{
    const mvoi_kernels *kernels;
    for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++) {
        for (size_t n = 0; n <= MOST; n++) {
            stream = (random_stream){ 77 + n };
            check(kernels, n);
        }
    }
}

/* --------------------------------------------------------------------------------------- one vector */

static void check_nonzero(const mvoi_kernels *kernels, size_t n)
{
    double x[MOST + 1];
    int32_t found[MOST + 1];
    size_t expected = 0;
    fill(x, n + 1);
    if (n > 3)
        x[2] = NAN;
    if (n > 4)
        x[3] = -0.0;
    const size_t count = kernels->nonzero(n, x + 1, found);
    for (size_t i = 0; i < n; i++) {
        if (x[i + 1] == 0.0)
            continue;
        assert_true(expected < count);
        assert_int_equal(found[expected++], i);
    }
    assert_int_equal(count, expected);
}

static void check_largest(const mvoi_kernels *kernels, size_t n)
{
    double x[MOST + 1], most = 0.0;
    fill_wide(x, n + 1);
    if (n > 5)
        x[3] = NAN;
    for (size_t i = 0; i < n; i++)
        most = fabs(x[i + 1]) > most ? fabs(x[i + 1]) : most;
    assert_true(kernels->largest(n, x + 1) == most);
}

typedef bool limits_fn(size_t n, const double *lower, const double *upper);

/* Wherever one of the odd pairs stands among limits that pass, they no longer do. */
static void check_odd_limits(limits_fn *pass, size_t n, double *lower, double *upper, size_t count, const double (*odd)[2])
{
    assert_true(pass(n, lower, upper));
    for (size_t i = 0; i < n; i++) {
        const double low = lower[i], high = upper[i];
        for (size_t o = 0; o < count; o++) {
            lower[i] = odd[o][0];
            upper[i] = odd[o][1];
            assert_false(pass(n, lower, upper));
        }
        lower[i] = low;
        upper[i] = high;
    }
}

static void check_limits(const mvoi_kernels *kernels, size_t n)
{
    double lower[MOST + 1], upper[MOST + 1];
    for (size_t i = 0; i <= n; i++) {
        lower[i] = -random_uniform(&stream);
        upper[i] = random_uniform(&stream) + 0.1;
    }
    const double odd[][2] = { { 1.0, 1.0 },       { 1.0, 0.5 },           { -INFINITY, 1.0 },
                              { 0.0, INFINITY },  { -INFINITY, INFINITY }, { INFINITY, INFINITY },
                              { NAN, 1.0 } };
    check_odd_limits(kernels->ordinary_limits, n, lower, upper, sizeof odd / sizeof *odd, odd);
    lower[n] = 2.0; /* beyond the end */
    assert_true(kernels->ordinary_limits(n, lower, upper));
}

static void check_apart(const mvoi_kernels *kernels, size_t n)
{
    double lower[MOST + 1], upper[MOST + 1];
    for (size_t i = 0; i <= n; i++) {
        lower[i] = random_below(&stream, 3) ? -random_uniform(&stream) : -INFINITY;
        upper[i] = random_below(&stream, 3) ? random_uniform(&stream) + 0.1 : INFINITY;
    }
    const double odd[][2] = { { 1.0, 1.0 }, { 1.0, 0.5 }, { 0.0, -0.0 }, { INFINITY, INFINITY }, { 1.0, NAN } };
    check_odd_limits(kernels->limits_apart, n, lower, upper, sizeof odd / sizeof *odd, odd);
    upper[n] = -INFINITY; /* beyond the end */
    assert_true(kernels->limits_apart(n, lower, upper));
}

/* --------------------------------------------------------------------------------------- with rows */

typedef struct rows {
    double M[ROWS * LD], x[ROWS];
    int32_t columns[ROWS];
} rows;

static void fill_rows(rows *r)
{
    fill_wide(r->M, ROWS * LD);
    fill_wide(r->x, ROWS);
    for (size_t k = 0; k < ROWS; k++)
        r->columns[k] = (int32_t)((k * 3 + 1) % ROWS);
}

static void check_gradient(const mvoi_kernels *kernels, size_t n)
{
    double given[MOST], low[MOST], c[MOST], z[MOST + 1], rest[MOST + 1], most[2], scale = 0.0, left = 0.0;
    rows r;
    fill_rows(&r);
    fill_wide(given, MOST);
    fill_wide(low, MOST);
    fill_wide(c, MOST);
    z[n] = rest[n] = 7.0;
    const size_t count = n % (ROWS + 1);
    const double *given_low = n % 2 ? low : NULL;
    kernels->gradient(n, count, r.M, LD, r.columns, r.x, given, given_low, c, z, rest, most);
    for (size_t i = 0; i < n; i++) {
        double sum, sum_low;
        mvoi_two_sum(&sum, &sum_low, given[i], c[i]);
        if (given_low)
            sum_low += low[i];
        const double begin = sum;
        for (size_t k = 0; k < count; k++) {
            double product, product_low, total;
            mvoi_two_product(&product, &product_low, r.x[k], r.M[i + (size_t)r.columns[k] * LD]);
            total = sum + product;
            const double product_part = total - sum, sum_part = total - product_part;
            sum_low += (sum - sum_part) + ((product - product_part) + product_low);
            sum = total;
        }
        assert_true(z[i] == sum + sum_low);
        assert_true(rest[i] == (sum - z[i]) + sum_low);
        scale = fmax(fmax(scale, fabs(given[i])), fmax(fabs(c[i]), fabs(begin - z[i])));
        left = fmax(left, fabs(rest[i]));
    }
    assert_true(z[n] == 7.0 && rest[n] == 7.0);
    assert_true(most[0] == scale && most[1] == left);
}

static void check_price(const mvoi_kernels *kernels, size_t n)
{
    double c[MOST], product[MOST], sign[MOST], z[MOST + 1];
    int32_t found[MOST];
    rows r;
    size_t expected = 0;
    fill_rows(&r);
    fill_wide(c, MOST);
    fill_wide(product, MOST);
    for (size_t i = 0; i < MOST; i++)
        sign[i] = (double)random_below(&stream, 3) - 1.0;
    if (n > 2)
        product[1] = NAN;
    z[n] = 7.0;
    const size_t count = n % (ROWS + 1);
    const size_t listed = kernels->price(n, count, r.M, LD, r.columns, r.x, c, product, sign, z, found);
    for (size_t i = 0; i < n; i++) {
        double sum = c[i];
        for (size_t k = 0; k < count; k++)
            sum += r.x[k] * r.M[i + (size_t)r.columns[k] * LD];
        sum += product[i];
        assert_memory_equal(&sum, &z[i], isnan(sum) ? 0 : sizeof sum);
        if (sign[i] * sum <= 0.0)
            continue;
        assert_true(expected < listed);
        assert_int_equal(found[expected++], i);
    }
    assert_int_equal(listed, expected);
    assert_true(z[n] == 7.0);
}

static void check_irregular(const mvoi_kernels *kernels, size_t n)
{
    double w[MOST], lower[MOST], upper[MOST], z[MOST];
    int32_t side[MOST], found[MOST];
    size_t expected = 0;
    for (size_t i = 0; i < MOST; i++) {
        lower[i] = random_below(&stream, 3) ? 0.0 : -1.0;
        upper[i] = random_below(&stream, 3) ? 1.0 : lower[i];
        w[i] = (double)random_below(&stream, 4) - 1.0;
        z[i] = (double)random_below(&stream, 3) - 1.0;
        side[i] = (int32_t)random_below(&stream, 3) - 1;
    }
    if (n > 9)
        z[8] = NAN;
    const size_t listed = kernels->irregular(n, side, w, lower, upper, z, found);
    for (size_t i = 0; i < n; i++) {
        const int at_lower = w[i] == lower[i] && z[i] >= 0.0, at_upper = w[i] == upper[i] && z[i] <= 0.0;
        if (side[i] != 0 && (at_lower || at_upper))
            continue;
        assert_true(expected < listed);
        assert_int_equal(found[expected++], i);
    }
    assert_int_equal(listed, expected);
}

static void check_settle(const mvoi_kernels *kernels, size_t n)
{
    double c[MOST], b[MOST], inverse[MOST], lower[MOST], upper[MOST], h[MOST + 1], w[MOST + 1], mask[MOST + 1];
    int32_t is_free[MOST], resting[MOST];
    uint16_t before[MOST] = { 0 };
    mvoi_places places = { is_free, resting, 0, 0, before };
    rows r;
    fill_rows(&r);
    fill(c, MOST);
    fill(b, MOST);
    for (size_t i = 0; i < MOST; i++) {
        inverse[i] = 0.5 + (double)random_below(&stream, 3);
        lower[i] = random_below(&stream, 2) ? 0.0 : -0.5;
        upper[i] = random_below(&stream, 3) ? 1.0 : lower[i];
    }
    h[n] = w[n] = mask[n] = 7.0;
    const size_t count = n % 3 ? 0 : ROWS;
    const mvoi_separable problem = { c, b, inverse, lower, upper, 0.25 };
    size_t moved = kernels->settle(n, count, r.M, LD, r.columns, r.x, &problem, h, w, mask, &places);
    size_t free_count = 0, resting_count = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0 - (c[i] + 0.25 * b[i]);
        for (size_t k = 0; k < count; k++)
            sum += r.x[k] * r.M[i + (size_t)r.columns[k] * LD];
        const double wish = sum * inverse[i], raised = wish > lower[i] ? wish : lower[i];
        const double to = raised < upper[i] ? raised : upper[i];
        assert_true(h[i] == sum && w[i] == to && mask[i] == (to == wish ? inverse[i] : 0.0));
        if (to == wish)
            assert_int_equal(is_free[free_count++], i);
        else if (to != 0.0)
            assert_int_equal(resting[resting_count++], i);
    }
    assert_true(places.free_count == free_count && places.resting_count == resting_count);
    assert_int_equal(moved, free_count + resting_count); /* there was nothing before */
    assert_true(h[n] == 7.0 && w[n] == 7.0 && mask[n] == 7.0);
    moved = kernels->settle(n, count, r.M, LD, r.columns, r.x, &problem, h, w, mask, &places);
    assert_int_equal(moved, 0);
}

static void check_settle_bent(const mvoi_kernels *kernels, size_t n)
{
    double c[MOST], b[MOST], inverse[MOST], lower[MOST], upper[MOST], at[MOST], jump[MOST];
    double h[MOST + 1], w[MOST + 1], mask[MOST + 1], stands[MOST + 1];
    int32_t is_free[MOST], resting[MOST];
    uint16_t before[MOST] = { 0 };
    mvoi_places places = { is_free, resting, 0, 0, before };
    rows r;
    fill_rows(&r);
    fill(c, MOST);
    fill(b, MOST);
    for (size_t i = 0; i < MOST; i++) {
        inverse[i] = 0.5 + (double)random_below(&stream, 3);
        lower[i] = random_below(&stream, 2) ? 0.0 : -0.5;
        upper[i] = random_below(&stream, 5) ? 1.0 : lower[i];
        at[i] = lower[i] + 0.25 * (upper[i] - lower[i]) * (double)(1 + random_below(&stream, 3));
        jump[i] = random_below(&stream, 4) ? 0.5 * (double)random_below(&stream, 3) : 0.0;
        stands[i] = 7.0;
    }
    h[n] = w[n] = mask[n] = stands[n] = 7.0;
    const size_t count = n % 3 ? 0 : ROWS;
    const mvoi_separable problem = { c, b, inverse, lower, upper, 0.25 };
    const mvoi_bend bend = { at, jump, stands };
    kernels->settle_bent(n, count, r.M, LD, r.columns, r.x, &problem, &bend, h, w, mask, &places);
    size_t free_count = 0, resting_count = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0 - (c[i] + 0.25 * b[i]);
        for (size_t k = 0; k < count; k++)
            sum += r.x[k] * r.M[i + (size_t)r.columns[k] * LD];
        /* the minimum of w^2 / (2 inverse) - sum w + jump (w - at)+ within the limits, case by case */
        const double left = sum * inverse[i], right = (sum - jump[i]) * inverse[i];
        double to = left <= at[i] ? left : right >= at[i] ? right : at[i];
        const int inside = (left <= at[i] || right >= at[i]) && to >= lower[i] && to <= upper[i];
        to = to < lower[i] ? lower[i] : to;
        to = to > upper[i] ? upper[i] : to;
        assert_true(h[i] == sum && w[i] == to && mask[i] == (inside ? inverse[i] : 0.0));
        assert_true(stands[i] == (left > at[i] ? c[i] + jump[i] : c[i]));
        if (inside)
            assert_int_equal(is_free[free_count++], i);
        else if (to != 0.0)
            assert_int_equal(resting[resting_count++], i);
    }
    assert_true(places.free_count == free_count && places.resting_count == resting_count);
    assert_true(h[n] == 7.0 && w[n] == 7.0 && mask[n] == 7.0 && stands[n] == 7.0);
    assert_int_equal(kernels->settle_bent(n, count, r.M, LD, r.columns, r.x, &problem, &bend, h, w, mask, &places), 0);
}

static void check_gram(const mvoi_kernels *kernels, size_t m)
{
    enum { COLUMNS = 7 };
    double *M = malloc((LD * COLUMNS + 1) * sizeof *M), *G = malloc((MOST * LD + 1) * sizeof *G), weight[COLUMNS];
    fill_wide(M, LD * COLUMNS);
    fill_wide(weight, COLUMNS);
    for (size_t count = 0; count <= COLUMNS; count++) {
        const double *weights = count % 2 ? weight : NULL;
        for (size_t i = 0; i < MOST * LD; i++)
            G[i] = 7.0;
        kernels->gram(m, count, M + 1, LD, weights, G, LD);
        for (size_t j = 0; j < m; j++) {
            for (size_t i = j; i < m; i++) {
                double sum = 0.0;
                for (size_t k = 0; k < count; k++) {
                    const double left = M[1 + i + k * LD];
                    sum += (weights ? left * weights[k] : left) * M[1 + j + k * LD];
                }
                assert_true(G[i + j * LD] == sum);
            }
            assert_true(G[m + j * LD] == 7.0);
        }
    }
    free(M);
    free(G);
}

/* ------------------------------------------------------------------------------------------ tests */

static void check_ending(const mvoi_kernels *kernels, size_t n)
{
    double q[MOST + 1], dq[MOST + 1], sign[MOST + 1];
    fill(q, n + 1);
    fill(dq, n + 1);
    for (size_t i = 0; i <= n; i++)
        sign[i] = (double)random_below(&stream, 3) - 1.0;
    if (n > 6)
        q[3] = dq[5] = NAN;
    const double bounds[] = { 0.0, 0.3, 1.0, HUGE_VAL };
    for (int b = 0; b < 4; b++) {
        for (size_t from = 0; from <= n; from++) {
            const double direction = b % 2 ? 1.0 : -1.0;
            size_t expected = from;
            for (; expected < n; expected++) {
                const size_t i = expected + 1;
                const double rate = direction * dq[i] * sign[i];
                if (rate > 0.6 && -q[i] * sign[i] < bounds[b] * rate)
                    break;
            }
            assert_int_equal(kernels->ending(from, n, q + 1, dq + 1, sign + 1, direction, bounds[b], 0.6), expected);
        }
    }
}

#define TEST_OF(check)                                                                                                 \
    static void test_##check(void **unused)                                                                            \
    {                                                                                                                  \
        (void)unused;                                                                                                  \
        for_all(check);                                                                                                \
    }

TEST_OF(check_nonzero)
TEST_OF(check_largest)
TEST_OF(check_limits)
TEST_OF(check_apart)
TEST_OF(check_ending)
TEST_OF(check_gradient)
TEST_OF(check_price)
TEST_OF(check_irregular)
TEST_OF(check_settle)
TEST_OF(check_settle_bent)
TEST_OF(check_gram)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_nonzero),  cmocka_unit_test(test_check_largest),
        cmocka_unit_test(test_check_limits),   cmocka_unit_test(test_check_gradient),
        cmocka_unit_test(test_check_price),    cmocka_unit_test(test_check_irregular),
        cmocka_unit_test(test_check_settle),   cmocka_unit_test(test_check_gram),
        cmocka_unit_test(test_check_ending),   cmocka_unit_test(test_check_settle_bent),
        cmocka_unit_test(test_check_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
