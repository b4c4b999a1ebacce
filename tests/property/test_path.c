/* SPDX-License-Identifier: MIT */
/* Parametric paths: everywhere on the way the weights are as good as those of a solve that starts from nothing. */
#include "support/moving.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static void follow(size_t problems, moving_kind kind, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0, whole = 0, pieces = 0;
    for (size_t t = 0; t < problems; t++) {
        char why[256] = "";
        const moving problem = moving_random(&stream, kind);
        if (!moving_judge(problem, &whole, &pieces, why, sizeof why)) {
            print_error("path %zu (n %zu, m %zu, %zu absolute): %s\n", t, problem.a->p->n, problem.a->p->m,
                        problem.a->absolute, why);
            failed++;
        }
        moving_free(problem);
    }
    assert_int_equal(failed, 0);
    assert_true(4 * whole > problems && pieces > problems);
}

static void test_near(void **state)
{
    (void)state;
    follow(300, (moving_kind){ 8, 0, 0, 0, 0 }, 1);
    follow(200, (moving_kind){ 8, 2, 0, 0, 0 }, 2);
}

static void test_far(void **state)
{
    (void)state;
    follow(200, (moving_kind){ 12, 0, 0, 1, 0 }, 3);
    follow(200, (moving_kind){ 12, 2, 0, 1, 0 }, 4);
}

static void test_ties(void **state)
{
    (void)state;
    follow(300, (moving_kind){ 8, 0, 1, 1, 0 }, 5);
    follow(300, (moving_kind){ 8, 2, 1, 1, 0 }, 6);
}

/* Over covariances of factors that are singular themselves, with assets that have no variance of their own. */
static void test_factors(void **state)
{
    (void)state;
    follow(300, (moving_kind){ 8, 0, 0, 0, 1 }, 7);
    follow(300, (moving_kind){ 12, 2, 0, 1, 1 }, 8);
    follow(300, (moving_kind){ 8, 0, 1, 1, 1 }, 9);
    follow(300, (moving_kind){ 8, 2, 1, 1, 1 }, 10);
}

/*
 * Found by soak_paths. The first three went on beyond where they become infeasible, outside their limits: the far end of a
 * multiplier that a ride leaves where it is, but for rounding, was taken for met. The others, at an event, where numbers cancel,
 * had no verdict: sizes were those of what was left; in the last but one and the two before it the KKT matrix is nearly singular, in
 * the last a limit is 7e-17 where it moves through zero.
 */
static void test_found(void **state)
{
    const uint64_t seeds[] = { 5454,  8663,  16675, 8414,  12173, 14404,  14454,  15391,  25241,  52237,  59847, 71327,
                               76083, 82142, 83701, 90276, 100690, 136737, 136773, 141233, 218143, 250361, 283292,
                               1014555, 1227015, 7004024,
                               9022613 };
    (void)state;
    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++) {
        char why[256] = "";
        size_t whole = 0, pieces = 0;
        moving_kind kind;
        const moving problem = moving_of_seed(seeds[k], &kind);
        if (!moving_judge(problem, &whole, &pieces, why, sizeof why))
            fail_msg("seed %llu: %s", (unsigned long long)seeds[k], why);
        moving_free(problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_near), cmocka_unit_test(test_far), cmocka_unit_test(test_ties),
                                        cmocka_unit_test(test_factors), cmocka_unit_test(test_found) };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
