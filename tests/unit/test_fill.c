/* SPDX-License-Identifier: MIT */
/*
 * Which weights begin at their upper limits: a case by hand, where of two that are all but the same one is taken, rows and limits for
 * which there is nothing to fill, how many are too many; and random problems, in which every weight that is chosen is the cheapest beside
 * those before it, in numbers of the test's own, and sums and activities are those of the weights where they then stand.
 */
#include "qp/fill.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { MOST_ASSETS = 120, MOST_ROWS = 8, LD_ROWS = MOST_ASSETS + 8 };

/* How much of an equality there is at the most */
#define FILLED 0.95

/* A problem in plain arrays, the view of it that the library takes, and where its weights stand. */
typedef struct filled {
    size_t n, m;
    double lower[MOST_ASSETS], upper[MOST_ASSETS], linear[MOST_ASSETS];
    double rows[MOST_ROWS * LD_ROWS], columns[MOST_ASSETS * MOST_ROWS], row_lower[MOST_ROWS], row_upper[MOST_ROWS];
    double sigma[MOST_ASSETS * MOST_ASSETS]; /* n-by-n */
    mvo_covariance *covariance;
    mvoi_problem problem;
    double sums[MOST_ASSETS], activity[MOST_ROWS], base[MOST_ASSETS], rate[MOST_ASSETS];
    int32_t index[MOST_ASSETS];
} filled;

/* n assets between 0 and `cap`, Sigma = 0 for the time being, and m rows of ones without limits. */
static filled *filled_new(size_t n, size_t m, double cap)
{
    filled *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->n = n;
    f->m = m;
    for (size_t j = 0; j < n; j++) {
        f->upper[j] = cap;
        for (size_t i = 0; i < m; i++)
            f->rows[i * LD_ROWS + j] = 1.0;
    }
    for (size_t i = 0; i < m; i++) {
        f->row_lower[i] = -INFINITY;
        f->row_upper[i] = INFINITY;
    }
    return f;
}

static void filled_free(filled *f)
{
    mvo_covariance_unref(f->covariance);
    free(f);
}

static double nearest(const filled *f, size_t j)
{
    return fabs(f->upper[j]) < fabs(f->lower[j]) ? f->upper[j] : f->lower[j];
}

/* Fills with the set `kernels`; sums hold the linear term where `in_sums` says so. */
static size_t fill(filled *f, const mvoi_kernels *kernels, size_t most, int in_sums)
{
    if (!f->covariance)
        assert_int_equal(mvo_covariance_new_dense(&f->covariance, NULL, f->n, f->sigma, f->n, MVO_CHECK_ALL, NULL), MVO_OK);
    memset(f->sums, 0, sizeof f->sums);
    memset(f->activity, 0, sizeof f->activity);
    for (size_t j = 0; j < f->n; j++) {
        f->sums[j] += in_sums ? f->linear[j] : 0.0;
        for (size_t i = 0; i < f->n; i++)
            f->sums[i] += f->sigma[i + j * f->n] * nearest(f, j);
        for (size_t i = 0; i < f->m; i++) {
            f->columns[j * MOST_ROWS + i] = f->rows[i * LD_ROWS + j];
            f->activity[i] += f->rows[i * LD_ROWS + j] * nearest(f, j);
        }
    }
    f->problem = (mvoi_problem){ f->n,           f->m, f->covariance, f->linear, f->lower,   f->upper, f->rows, LD_ROWS, f->row_lower,
                                 f->row_upper, NULL, f->columns,    MOST_ROWS };
    const mvoi_filling filling = { f->sums, in_sums ? NULL : f->linear, f->activity, f->base, f->rate, most };
    return mvoi_fill(&f->problem, kernels, &filling, f->index);
}

static size_t fill_plainly(filled *f)
{
    return fill(f, mvoi_kernels_best(), f->n, 1);
}

/* ------------------------------------------------------------------------------------------ by hand */

/* Two that are all but the same, a third one that moves by itself and has a tenth more variance, a fourth with three times as much.
   Beside the first, the second costs 0.4 * 0.99 + 0.2 * 1.001 = 0.5962 a unit, the third 0.4 * 0.1 + 0.2 * 1.1 = 0.26. */
static filled *twins(void)
{
    static const double sigma[] = { 1.0, 0.99, 0.1, 0.1, 0.99, 1.001, 0.1, 0.1, 0.1, 0.1, 1.1, 0.1, 0.1, 0.1, 0.1, 3.0 };
    filled *f = filled_new(4, 1, 0.4);
    memcpy(f->sigma, sigma, sizeof sigma);
    f->row_lower[0] = f->row_upper[0] = 1.0;
    return f;
}

static void one_of_two_of_a_kind_is_taken(void **state)
{
    (void)state;
    filled *f = twins();
    assert_int_equal(fill_plainly(f), 2);
    assert_int_equal(f->index[0], 0);
    assert_int_equal(f->index[1], 2);
    assert_true(f->activity[0] == 0.8);
    const double sums[] = { 0.44, 0.436, 0.48, 0.08 };
    for (size_t j = 0; j < 4; j++)
        assert_true(fabs(f->sums[j] - sums[j]) <= 1e-15);
    /* at a return, the second instead of the first, and at a better one the fourth instead of the third */
    f->linear[1] = -0.01;
    f->linear[3] = -0.5;
    assert_int_equal(fill_plainly(f), 2);
    assert_int_equal(f->index[0], 3);
    assert_int_equal(f->index[1], 1);
    filled_free(f);
}

static void who_fits_not_is_not_taken(void **state)
{
    (void)state;
    filled *f = twins();
    for (size_t j = 0; j < 4; j++)
        f->upper[j] = j % 2 ? 0.96 : INFINITY;
    assert_int_equal(fill_plainly(f), 0);
    f->upper[3] = 0.94; /* it alone fits, but is not the cheapest: it is not waited for */
    assert_int_equal(fill_plainly(f), 0);
    f->upper[1] = 0.94;
    assert_int_equal(fill_plainly(f), 1);
    assert_int_equal(f->index[0], 1);
    f->lower[1] = f->upper[1] = 0.5; /* fixed: half of it is there, and of the other half 0.48 would be too much */
    f->upper[3] = 0.48;
    assert_int_equal(fill_plainly(f), 0);
    f->upper[3] = 0.47;
    assert_int_equal(fill_plainly(f), 1);
    assert_int_equal(f->index[0], 3);
    for (size_t j = 0; j < 4; j++)
        assert_true(fabs(f->sums[j] - (0.5 * f->sigma[j + 4] + 0.47 * f->sigma[j + 12])) <= 1e-15);
    filled_free(f);
}

/* No equality, or one that is met: nothing moves. */
static void without_a_lack_nothing_is_filled(void **state)
{
    (void)state;
    filled *f = twins();
    f->row_upper[0] = 2.0;
    assert_int_equal(fill_plainly(f), 0);
    f->row_lower[0] = f->row_upper[0] = 0.0;
    assert_int_equal(fill_plainly(f), 0);
    f->row_lower[0] = f->row_upper[0] = -1.0; /* it asks for less */
    assert_int_equal(fill_plainly(f), 0);
    for (size_t j = 0; j < 4; j++)
        assert_true(f->sums[j] == 0.0);
    assert_true(f->activity[0] == 0.0);
    f->m = 0;
    assert_int_equal(fill_plainly(f), 0);
    filled_free(f);
}

/* The first row that is an equality; its units and sign do not matter. */
static void the_first_equality_is_filled(void **state)
{
    (void)state;
    filled *f = twins();
    f->m = 3;
    f->row_lower[0] = -INFINITY;
    for (size_t j = 0; j < 4; j++) {
        f->rows[LD_ROWS + j] = -3.0;
        f->rows[2 * LD_ROWS + j] = j == 3;
    }
    f->row_lower[1] = f->row_upper[1] = -3.0;
    f->row_lower[2] = f->row_upper[2] = 0.4;
    assert_int_equal(fill_plainly(f), 2);
    assert_int_equal(f->index[0], 0);
    assert_int_equal(f->index[1], 2);
    assert_true(fabs(f->activity[0] - 0.8) <= 1e-15 && fabs(f->activity[1] + 2.4) <= 1e-15 && f->activity[2] == 0.0);
    f->lower[0] = -0.5; /* begins above, and has 0.4 already; the second has no part in it */
    f->rows[LD_ROWS + 1] = 0.0;
    assert_int_equal(fill_plainly(f), 1);
    assert_int_equal(f->index[0], 2);
    filled_free(f);
}

static void too_many_are_told(void **state)
{
    (void)state;
    filled *f = twins();
    assert_int_equal(fill(f, mvoi_kernels_best(), 2, 1), 2);
    assert_true(fill(f, mvoi_kernels_best(), 1, 1) == SIZE_MAX);
    assert_true(fill(f, mvoi_kernels_best(), 0, 1) == SIZE_MAX);
    for (size_t j = 0; j < 3; j++) /* the fourth alone would bring enough: it shows on the way */
        f->upper[j] = 0.3;
    f->upper[3] = 0.9;
    assert_int_equal(fill(f, mvoi_kernels_best(), 3, 1), 3);
    assert_true(fill(f, mvoi_kernels_best(), 2, 1) == SIZE_MAX);
    filled_free(f);
}

/* ------------------------------------------------------------------------------------------- random */

static filled *draw(random_stream *stream, size_t n)
{
    filled *f = filled_new(n, 1 + random_below(stream, MOST_ROWS), 1.0);
    random_covariance(stream, f->sigma, n, 100.0);
    const size_t equality = random_below(stream, f->m);
    double room = 0.0;
    for (size_t j = 0; j < n; j++) {
        const size_t kind = random_below(stream, 10);
        f->upper[j] = (0.5 + random_uniform(stream)) * 4.0 / (double)n;
        f->lower[j] = kind == 0 ? -2.0 * f->upper[j] : kind == 1 ? f->upper[j] : kind == 2 ? -0.5 * f->upper[j] : 0.0;
        f->upper[j] = kind == 3 ? INFINITY : f->upper[j];
        f->linear[j] = 0.05 * random_normal(stream);
        for (size_t i = 0; i < f->m; i++)
            f->rows[i * LD_ROWS + j] = i % 2 ? random_normal(stream) : 1.0;
        room += f->lower[j] < f->upper[j] && isfinite(f->upper[j]) ? fabs(f->rows[equality * LD_ROWS + j]) * f->upper[j] : 0.0;
    }
    f->row_lower[equality] = f->row_upper[equality] = (random_below(stream, 2) || !(equality % 2) ? 0.3 : -0.3) * room;
    return f;
}

/* In long double: what part of the lack weight j would bring, 0 where it does not rise, and what a unit of that costs beside w. */
static long double brought(const filled *f, size_t j, size_t row, long double lack, const long double *w, long double *cost)
{
    const long double way = (long double)f->upper[j] - f->lower[j], a = f->rows[row * LD_ROWS + j];
    long double slope = (long double)f->linear[j] + 0.5L * way * f->sigma[j + j * f->n];
    for (size_t i = 0; i < f->n; i++)
        slope += f->sigma[i + j * f->n] * w[i];
    const int rises = fabs(f->lower[j]) <= fabs(f->upper[j]) && isfinite(f->upper[j]) && w[j] < f->upper[j] && a * way / lack > 0.0L;
    *cost = rises ? slope * lack / a : INFINITY;
    return rises ? a * way / lack : 0.0L;
}

/* Every choice is the cheapest, the last one is followed by one that is too much or by none. */
static void judge(const filled *f, size_t count)
{
    long double w[MOST_ASSETS], lack, taken = 0.0L, part;
    size_t row = 0;
    while (f->row_lower[row] != f->row_upper[row])
        row++;
    lack = f->row_lower[row];
    for (size_t j = 0; j < f->n; j++) {
        w[j] = nearest(f, j);
        lack -= f->rows[row * LD_ROWS + j] * w[j];
    }
    for (size_t k = 0; k <= count; k++) {
        long double least = INFINITY, cost, chosen;
        size_t cheapest = f->n;
        for (size_t j = 0; j < f->n; j++) {
            brought(f, j, row, lack, w, &cost);
            cheapest = cost < least ? j : cheapest;
            least = cost < least ? cost : least;
        }
        if (k == count && cheapest == f->n)
            break;
        assert_true(cheapest < f->n);
        const size_t j = k < count ? (size_t)f->index[k] : cheapest;
        part = brought(f, j, row, lack, w, &chosen);
        assert_true(part > 0.0L && chosen <= least + 1e-11L * (1.0L + fabsl(least)));
        taken += part;
        assert_true(k < count ? taken <= FILLED + 1e-12 : taken > FILLED - 1e-12);
        w[j] = k < count ? f->upper[j] : w[j];
    }
    for (size_t i = 0; i < f->n; i++) {
        long double sum = f->linear[i];
        for (size_t j = 0; j < f->n; j++)
            sum += f->sigma[i + j * f->n] * w[j];
        assert_true(fabsl(sum - f->sums[i]) <= 1e-13L);
    }
    for (size_t i = 0; i < f->m; i++) {
        long double sum = 0.0L, size = 0.0L;
        for (size_t j = 0; j < f->n; j++) {
            sum += f->rows[i * LD_ROWS + j] * w[j];
            size += fabsl(f->rows[i * LD_ROWS + j] * w[j]);
        }
        assert_true(fabsl(sum - f->activity[i]) <= 1e-14L * (1.0L + size));
    }
}

static void each_is_the_cheapest_beside_those_before(void **state)
{
    (void)state;
    size_t most = 0, chosen = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        random_stream stream = { seed };
        filled *f = draw(&stream, 2 + random_below(&stream, MOST_ASSETS - 1));
        const size_t count = fill_plainly(f);
        assert_true(count <= f->n);
        judge(f, count);
        chosen += count;
        most = count > most ? count : most;
        filled_free(f);
    }
    assert_true(most > 10 && chosen > 200);
}

/* The same list and the same bits from every set, and again; the same list where the linear term stands apart. */
static void every_set_fills_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        random_stream stream = { seed };
        const mvoi_kernels *kernels;
        int32_t index[MOST_ASSETS];
        double sums[MOST_ASSETS];
        filled *f = draw(&stream, 2 + random_below(&stream, MOST_ASSETS - 1));
        const size_t count = fill_plainly(f);
        memcpy(index, f->index, sizeof index);
        memcpy(sums, f->sums, sizeof sums);
        for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++) {
            assert_int_equal(fill(f, kernels, f->n, 1), count);
            assert_memory_equal(f->index, index, count * sizeof *index);
            assert_memory_equal(f->sums, sums, f->n * sizeof *sums);
            assert_int_equal(fill(f, kernels, f->n, 0), count);
            assert_memory_equal(f->index, index, count * sizeof *index);
            for (size_t j = 0; j < f->n; j++)
                assert_true(fabs(f->sums[j] + f->linear[j] - sums[j]) <= 1e-13);
        }
        filled_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_two_of_a_kind_is_taken),    cmocka_unit_test(who_fits_not_is_not_taken),
        cmocka_unit_test(without_a_lack_nothing_is_filled), cmocka_unit_test(the_first_equality_is_filled),
        cmocka_unit_test(too_many_are_told),                cmocka_unit_test(each_is_the_cheapest_beside_those_before),
        cmocka_unit_test(every_set_fills_the_same),
    };
    return cmocka_run_group_tests_name("filling", tests, NULL, NULL);
}
