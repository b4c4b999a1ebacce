/* SPDX-License-Identifier: MIT */
/* Squared distances of columns: the bits of dot products of the differences, whatever the size. */
#include "linalg/kernels.h"
#include "linalg/spread.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 41, LONGEST = 70 };

static double table[(LONGEST + 3) * MOST], squares[(MOST + 2) * MOST];

static void compare(size_t m, size_t n, size_t more)
{
    const size_t ld = m + more, ld_S = n + more;
    double difference[LONGEST];
    for (size_t i = 0; i < ld_S * n; i++)
        squares[i] = 7.0;
    mvoi_squared_distances(m, n, table, ld, squares, ld_S);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < ld_S; j++) {
            if (j >= n) {
                assert_true(squares[j + i * ld_S] == 7.0);
                continue;
            }
            for (size_t r = 0; r < m; r++)
                difference[r] = table[r + i * ld] - table[r + j * ld];
            assert_true(squares[j + i * ld_S] == mvoi_kernels_at(0)->dot(m, difference, difference));
        }
}

static void every_size(void **state)
{
    (void)state;
    random_stream stream = { 1 };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        table[i] = random_normal(&stream);
    for (size_t m = 0; m <= LONGEST; m += m < 18 ? 1 : 13)
        for (size_t n = 1; n <= MOST; n += n < 22 ? 1 : 19)
            for (size_t more = 0; more <= 2; more += 2)
                compare(m, n, more);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_size) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
