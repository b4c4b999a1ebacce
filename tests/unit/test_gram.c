/* SPDX-License-Identifier: MIT */
/* The product of a table with itself: the same bits as dot products of 512 rows at once, and close to long double. */
#include "linalg/gram.h"
#include "linalg/kernels.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 37, LONGEST = 1100, ROWS = 512 };

static double table[(LONGEST + 3) * MOST], product[(MOST + 2) * MOST];

static double by_dots(const mvoi_kernels *kernels, size_t m, const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t t = 0; t < m; t += ROWS) {
        const double part = kernels->dot(m - t < ROWS ? m - t : ROWS, x + t, y + t);
        sum = t == 0 ? part : sum + part;
    }
    return sum;
}

static void compare(size_t m, size_t n, size_t more)
{
    const size_t ld = m + more, ld_S = n + more;
    for (size_t i = 0; i < ld_S * n; i++)
        product[i] = 7.0;
    mvoi_gram(m, n, 0.25, table, ld, product, ld_S);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < ld_S; j++) {
            const double found = product[j + i * ld_S], *x = table + i * ld, *y = table + j * ld;
            if (j < i || j >= n) {
                assert_true(found == 7.0); /* neither the upper triangle nor the padding is touched */
                continue;
            }
            long double exact = 0.0L, size = 0.0L;
            for (size_t t = 0; t < m; t++) {
                exact += (long double)x[t] * y[t];
                size += fabsl((long double)x[t] * y[t]);
            }
            assert_true(fabsl(found - 0.25L * exact) <= 1e-15L * (1.0L + (long double)m / 64.0L) * size);
            assert_true(found == 0.25 * by_dots(mvoi_kernels_at(0), m, x, y));
        }
}

static void every_size(void **state)
{
    (void)state;
    random_stream stream = { 1 };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        table[i] = random_normal(&stream);
    static const size_t rows[] = { 0, 1, 7, 8, 9, 100, 511, 512, 513, 1023, 1024, 1100 };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t n = 1; n <= MOST; n += n < 9 ? 1 : 7)
            for (size_t more = 0; more <= 2; more += 2)
                compare(rows[r], n, rows[r] + more > 0 ? more : 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_size) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
