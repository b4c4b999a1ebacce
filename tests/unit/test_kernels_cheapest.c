/* SPDX-License-Identifier: MIT */
/*
 * The kernels that choose the cheapest weight, in every instruction set, against plain loops: the same bits and the same index, over
 * lengths around the widths of vectors, with ties, infinities and NaN among the numbers, limits nearer to zero on either side and
 * weights that are fixed; nothing beyond the length is written, or chosen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "linalg/kernels.h"
#include "support/random.h"

#include <math.h>
#include <string.h>

enum { MOST = 100, BEYOND = 9, ROOM = MOST + BEYOND, DRAWS = 6 };

static const size_t lengths[] = { 0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, MOST };

static random_stream stream;

/* Whole numbers and halves, which make ties, or numbers of any size; one in four is zero. */
static void fill(double *x, size_t count, int wide)
{
    for (size_t i = 0; i < count; i++)
        x[i] = !random_below(&stream, 4) ? 0.0
               : wide                    ? ldexp(random_uniform(&stream) - 0.5, (int)random_below(&stream, 40) - 20)
                                         : 0.5 * (double)random_below(&stream, 17) - 4.0;
}

static void mark(double *x)
{
    for (size_t i = 0; i < ROOM; i++)
        x[i] = 7.0;
}

/* The same bits; all NaN are one. */
static void assert_same(const mvoi_kernels *kernels, size_t n, size_t i, double got, double expected)
{
    if (memcmp(&got, &expected, sizeof got) != 0 && !(isnan(got) && isnan(expected)))
        fail_msg("%s, n %zu: element %zu is %a, expected %a", kernels->name, n, i, got, expected);
}

static void assert_index(const mvoi_kernels *kernels, size_t n, size_t got, size_t expected)
{
    if (got != expected)
        fail_msg("%s, n %zu: element %zu, expected %zu", kernels->name, n, got, expected);
}

/* Calls `check` with every set, every length and some draws; the stream begins anew for each, so that all see the same numbers. */
static void for_all(void (*check)(const mvoi_kernels *kernels, size_t n, size_t draw))
{
    const mvoi_kernels *kernels;
    for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            for (size_t draw = 0; draw < DRAWS; draw++) {
                stream = (random_stream){ 1000 * lengths[l] + draw };
                check(kernels, lengths[l], draw);
            }
}

/* ------------------------------------------------------------------------------------------ cheapest */

typedef struct movers {
    double rate[ROOM], sign[ROOM], z[ROOM], diagonal[ROOM], margin[ROOM];
} movers;

static size_t plain_cheapest(size_t n, const movers *m, double nothing, double lack)
{
    double least = INFINITY;
    size_t found = n;
    for (size_t i = 0; i < n; i++) {
        const double move = lack / m->rate[i], cost = move * (m->z[i] + 0.5 * move * m->diagonal[i]);
        const int open = m->sign[i] < 0.0 ? move > 0.0 : m->sign[i] > 0.0 && move < 0.0;
        if (fabs(m->rate[i]) > nothing * m->margin[i] && open && cost < least) {
            least = cost;
            found = i;
        }
    }
    return found;
}

static void compare_cheapest(const mvoi_kernels *kernels, size_t n, const movers *m, double nothing, double lack)
{
    const size_t found = kernels->cheapest(n, m->rate, m->sign, m->z, m->diagonal, m->margin, nothing, lack);
    assert_index(kernels, n, found, plain_cheapest(n, m, nothing, lack));
}

static void check_cheapest(const mvoi_kernels *kernels, size_t n, size_t draw)
{
    movers m;
    const int wide = draw % 2 == 1;
    fill(m.rate, ROOM, wide);
    fill(m.z, ROOM, wide);
    for (size_t i = 0; i < ROOM; i++) {
        m.sign[i] = (double)random_below(&stream, 3) - 1.0;
        m.diagonal[i] = wide ? random_uniform(&stream) : (double)random_below(&stream, 3);
        m.margin[i] = 0.5 + (double)random_below(&stream, 3);
    }
    for (int k = 0; k < 4; k++)
        compare_cheapest(kernels, n, &m, k < 2 ? 1e-9 : 1.5, k % 2 ? 1.5 : -0.5);
    if (n) { /* never chosen, and they hide no other; free of charge without end */
        m.z[random_below(&stream, n)] = NAN;
        m.z[random_below(&stream, n)] = INFINITY;
        compare_cheapest(kernels, n, &m, 1e-9, 1.5);
        m.z[random_below(&stream, n)] = -INFINITY;
        compare_cheapest(kernels, n, &m, 1e-9, -1.5);
    }
}

/* All cost the same: the first. Only one costs less: that, wherever it is. Nobody moves, is fast enough, or has a cost: none. */
static void check_cheapest_places(const mvoi_kernels *kernels, size_t n, size_t draw)
{
    movers m;
    const double way = draw % 2 ? 1.0 : -1.0;
    for (size_t i = 0; i < ROOM; i++) {
        m.rate[i] = m.diagonal[i] = m.margin[i] = 1.0;
        m.sign[i] = -way;
        m.z[i] = way;
    }
    assert_index(kernels, n, kernels->cheapest(n, m.rate, m.sign, m.z, m.diagonal, m.margin, 0.5, way), 0);
    for (size_t i = 0; i < n; i++) {
        m.z[i] = 0.5 * way;
        assert_index(kernels, n, kernels->cheapest(n, m.rate, m.sign, m.z, m.diagonal, m.margin, 0.5, way), i);
        m.z[i] = way;
    }
    assert_index(kernels, n, kernels->cheapest(n, m.rate, m.sign, m.z, m.diagonal, m.margin, 0.5, -way), n);
    assert_index(kernels, n, kernels->cheapest(n, m.rate, m.sign, m.z, m.diagonal, m.margin, 1.0, way), n); /* more than that */
    for (size_t i = 0; i < n; i++)
        m.z[i] = i % 2 ? NAN : way * INFINITY;
    assert_index(kernels, n, kernels->cheapest(n, m.rate, m.sign, m.z, m.diagonal, m.margin, 0.5, way), n);
}

/* --------------------------------------------------------------------------------------------- rises */

typedef struct risers {
    double lower[ROOM], upper[ROOM], row[ROOM], diagonal[ROOM], linear[ROOM];
} risers;

/* Limits of any kind: fixed, nearer to zero above or below or on both sides the same, infinite on either side or both. */
static void fill_limits(risers *r, int wide)
{
    for (size_t i = 0; i < ROOM; i++) {
        const double size = wide ? random_uniform(&stream) : 0.25 * (double)(1 + random_below(&stream, 4));
        const size_t kind = random_below(&stream, 10);
        r->lower[i] = kind == 0 ? -2.0 * size : kind == 1 ? -size : kind == 2 ? -INFINITY : kind == 3 ? size : kind == 4 ? -0.0 : 0.0;
        r->upper[i] = kind == 5 ? 0.0 : kind == 6 ? INFINITY : kind == 3 ? 2.0 * size : size;
        if (kind == 2 && random_below(&stream, 2))
            r->upper[i] = INFINITY;
    }
}

/* What kernels.h promises; 1 / lack is exact for a power of two, and so is then what each brings. */
static size_t plain_rises(size_t n, const risers *r, double lack, const double *linear, double *base, double *rate, double brings[2])
{
    size_t count = 0;
    brings[0] = INFINITY;
    brings[1] = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double way = r->upper[i] - r->lower[i], brought = r->row[i] * way / lack;
        base[i] = 0.5 * way * r->diagonal[i];
        if (linear)
            base[i] += linear[i];
        rate[i] = 0.0;
        if (!(fabs(r->lower[i]) <= fabs(r->upper[i])) || isinf(way) || !(brought > 0.0))
            continue;
        rate[i] = lack / r->row[i];
        brings[0] = fmin(brings[0], brought);
        brings[1] = fmax(brings[1], brought);
        count++;
    }
    return count;
}

static void compare_rises(const mvoi_kernels *kernels, size_t n, const risers *r, double lack, const double *linear)
{
    double base[ROOM], rate[ROOM], brings[2], plain_base[ROOM], plain_rate[ROOM], expected[2];
    mark(base);
    mark(rate);
    mark(plain_base);
    mark(plain_rate);
    const size_t count = kernels->rises(n, r->lower, r->upper, r->row, lack, r->diagonal, linear, base, rate, brings);
    const size_t plain = plain_rises(n, r, lack, linear, plain_base, plain_rate, expected);
    if (count != plain)
        fail_msg("%s, n %zu: %zu rise, expected %zu", kernels->name, n, count, plain);
    for (size_t i = 0; i < ROOM; i++) {
        assert_same(kernels, n, i, base[i], plain_base[i]);
        assert_same(kernels, n, i, rate[i], plain_rate[i]);
    }
    for (size_t i = 0; plain && i < 2; i++)
        assert_same(kernels, n, i, brings[i], expected[i]);
}

static void check_rises(const mvoi_kernels *kernels, size_t n, size_t draw)
{
    static const double lacks[] = { 1.0, -1.0, 0.25, -4.0 };
    risers r;
    const int wide = draw % 2 == 1;
    fill_limits(&r, wide);
    fill(r.row, ROOM, wide);
    fill(r.linear, ROOM, wide);
    fill(r.diagonal, ROOM, wide);
    for (size_t i = 0; i < ROOM; i++)
        r.diagonal[i] = fabs(r.diagonal[i]);
    for (size_t k = 0; k < sizeof lacks / sizeof *lacks; k++) {
        compare_rises(kernels, n, &r, lacks[k], NULL);
        compare_rises(kernels, n, &r, lacks[k], r.linear);
    }
}

/* A budget: all bring one part, but one weight more, then less, wherever it is; nobody brings anything of what is too much. */
static void check_rises_of_a_budget(const mvoi_kernels *kernels, size_t n, size_t draw)
{
    risers r;
    double base[ROOM], rate[ROOM], brings[2];
    (void)draw;
    for (size_t i = 0; i < ROOM; i++) {
        r.lower[i] = 0.0;
        r.upper[i] = 0.25;
        r.row[i] = r.diagonal[i] = 1.0;
    }
    for (size_t i = 0; i < n; i++) {
        r.upper[i] = 0.5;
        assert_int_equal(kernels->rises(n, r.lower, r.upper, r.row, 1.0, r.diagonal, NULL, base, rate, brings), n);
        if (!(brings[0] == (n > 1 ? 0.25 : 0.5) && brings[1] == 0.5 && base[i] == 0.25 && rate[i] == 1.0))
            fail_msg("%s, n %zu: from %g to %g", kernels->name, n, brings[0], brings[1]);
        r.upper[i] = 0.125;
        assert_int_equal(kernels->rises(n, r.lower, r.upper, r.row, 1.0, r.diagonal, NULL, base, rate, brings), n);
        if (!(brings[0] == 0.125 && brings[1] == (n > 1 ? 0.25 : 0.125)))
            fail_msg("%s, n %zu: from %g to %g", kernels->name, n, brings[0], brings[1]);
        r.upper[i] = 0.25;
    }
    assert_int_equal(kernels->rises(n, r.lower, r.upper, r.row, -1.0, r.diagonal, NULL, base, rate, brings), 0);
    for (size_t i = 0; i < n; i++)
        assert_true(rate[i] == 0.0);
}

/* ------------------------------------------------------------------------------------ cheapest_after */

static size_t plain_after(size_t n, double a, const double *x, double *y, const double *base, const double *rate)
{
    double least = INFINITY;
    size_t found = n;
    for (size_t i = 0; i < n; i++) {
        if (x)
            y[i] += a * x[i];
        const double cost = (y[i] + base[i]) * rate[i];
        if (rate[i] > 0.0 && cost < least) {
            least = cost;
            found = i;
        }
    }
    return found;
}

static void compare_after(const mvoi_kernels *kernels, size_t n, double a, const double *x, const double *from, const double *base,
                          const double *rate)
{
    double y[ROOM], plain[ROOM];
    memcpy(y, from, sizeof y);
    memcpy(plain, from, sizeof plain);
    const size_t found = kernels->cheapest_after(n, a, x, y, base, rate);
    assert_index(kernels, n, found, plain_after(n, a, x, plain, base, rate));
    for (size_t i = 0; i < ROOM; i++)
        assert_same(kernels, n, i, y[i], plain[i]);
}

static void check_after(const mvoi_kernels *kernels, size_t n, size_t draw)
{
    double x[ROOM], y[ROOM], base[ROOM], rate[ROOM];
    const int wide = draw % 2 == 1;
    fill(x, ROOM, wide);
    fill(y, ROOM, wide);
    fill(base, ROOM, wide);
    fill(rate, ROOM, wide);
    const double ways[] = { 0.5, -1.0, 0.0, 1.0 / 3.0 };
    for (int k = 0; k < 4; k++) {
        compare_after(kernels, n, ways[k], x, y, base, rate);
        compare_after(kernels, n, ways[k], NULL, y, base, rate);
    }
    if (n) { /* as above */
        y[random_below(&stream, n)] = NAN;
        base[random_below(&stream, n)] = INFINITY;
        rate[random_below(&stream, n)] = NAN;
        compare_after(kernels, n, 0.5, x, y, base, rate);
        base[random_below(&stream, n)] = -INFINITY;
        compare_after(kernels, n, 0.5, x, y, base, rate);
    }
}

/* See check_cheapest_places(). */
static void check_after_places(const mvoi_kernels *kernels, size_t n, size_t draw)
{
    double x[ROOM], y[ROOM], base[ROOM], rate[ROOM];
    for (size_t i = 0; i < ROOM; i++) {
        x[i] = y[i] = 0.0;
        base[i] = draw % 2 ? -1.0 : 1.0;
        rate[i] = 1.0;
    }
    assert_index(kernels, n, kernels->cheapest_after(n, 0.0, NULL, y, base, rate), 0);
    for (size_t i = 0; i < n; i++) { /* what is added comes before the choice */
        x[i] = -0.25;
        assert_index(kernels, n, kernels->cheapest_after(n, 1.0, x, y, base, rate), i);
        assert_index(kernels, n, kernels->cheapest_after(n, 0.0, NULL, y, base, rate), i);
        x[i] = y[i] = 0.0;
    }
    for (size_t i = 0; i < n; i++)
        y[i] = i % 2 ? NAN : INFINITY;
    assert_index(kernels, n, kernels->cheapest_after(n, 0.0, NULL, y, base, rate), n);
    for (size_t i = 0; i < n; i++) {
        y[i] = 0.0;
        rate[i] = i % 2 ? 0.0 : -1.0;
    }
    assert_index(kernels, n, kernels->cheapest_after(n, 1.0, x, y, base, rate), n);
}

#define TEST_OF(check)                                                                                                 \
    static void test_##check(void **unused)                                                                            \
    {                                                                                                                  \
        (void)unused;                                                                                                  \
        for_all(check);                                                                                                \
    }

TEST_OF(check_cheapest)
TEST_OF(check_cheapest_places)
TEST_OF(check_rises)
TEST_OF(check_rises_of_a_budget)
TEST_OF(check_after)
TEST_OF(check_after_places)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_cheapest), cmocka_unit_test(test_check_cheapest_places),
        cmocka_unit_test(test_check_rises),    cmocka_unit_test(test_check_rises_of_a_budget),
        cmocka_unit_test(test_check_after),    cmocka_unit_test(test_check_after_places),
    };
    return cmocka_run_group_tests_name("the cheapest", tests, NULL, NULL);
}
