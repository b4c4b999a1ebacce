/* SPDX-License-Identifier: MIT */
/*
 * Every kernel of every instruction set that runs here, against plain loops in long double. Bounds are the classical
 * ones: the error of a sum of n terms is below (n + 8) u times the sum of the terms' magnitudes, u = 2^-53.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "linalg/kernels.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const size_t sizes[] = {
    0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 13, 15, 16, 17, 23, 24, 25, 31, 33, 48, 63, 70, 100, 129
};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static const double unit_roundoff = DBL_EPSILON / 2.0;

/* A small generator of its own (splitmix64), so that the numbers are the same everywhere */
static uint64_t state;

static uint64_t next_bits(void)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* in [-1, 1) */
static double next_uniform(void)
{
    return ldexp((double)(next_bits() >> 11), -52) - 1.0;
}

/* of either sign, magnitudes from 2^-20 to 2^20 */
static double next_wide(void)
{
    return ldexp(next_uniform(), (int)(next_bits() % 41) - 20);
}

static double *new_array(size_t count)
{
    double *array = malloc((count + 1) * sizeof *array);
    assert_non_null(array);
    for (size_t i = 0; i < count; i++) {
        array[i] = next_wide();
    }
    return array;
}

static double *copy_of(size_t count, const double *source)
{
    double *array = new_array(count);
    memcpy(array, source, count * sizeof *array);
    return array;
}

static int32_t *new_columns(size_t count, size_t bound)
{
    int32_t *columns = malloc((count + 1) * sizeof *columns);
    assert_non_null(columns);
    for (size_t k = 0; k < count; k++) {
        columns[k] = (int32_t)(next_bits() % bound);
    }
    return columns;
}

static void assert_near(const char *what, const mvoi_kernels *kernels, double got, long double expected,
                        long double bound)
{
    if (!(fabsl((long double)got - expected) <= bound)) {
        fail_msg("%s of %s: %.17g instead of %.20Lg, error %.3Lg above %.3Lg", what, kernels->name, got, expected,
                 fabsl((long double)got - expected), bound);
    }
}

static long double rounding(size_t terms)
{
    return (long double)(terms + 8) * (long double)unit_roundoff;
}

/* ---- vectors ---------------------------------------------------------------------------------------------------- */

static void check_vectors(const mvoi_kernels *kernels, size_t n)
{
    double *x = new_array(n);
    double *y = new_array(n);
    double *y_before = copy_of(n, y);
    long double sum = 0.0L;
    long double magnitude = 0.0L;
    for (size_t i = 0; i < n; i++) {
        sum += (long double)x[i] * y[i];
        magnitude += fabsl((long double)x[i] * y[i]);
    }
    assert_near("dot", kernels, kernels->dot(n, x, y), sum, rounding(n) * magnitude);

    const double a = next_wide();
    kernels->axpy(n, a, x, y);
    for (size_t i = 0; i < n; i++) {
        const long double product = (long double)a * x[i];
        assert_near("axpy", kernels, y[i], y_before[i] + product,
                    rounding(1) * (fabsl(product) + fabsl((long double)y_before[i])));
    }
    free(x);
    free(y);
    free(y_before);
}

/* ---- matrix times vector ---------------------------------------------------------------------------------------- */

/* y_before + the sweep, and the sum of magnitudes, for one row */
static long double swept(size_t i, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x,
                         double before, long double *magnitude)
{
    long double sum = before;
    *magnitude = fabsl(sum);
    for (size_t k = 0; k < count; k++) {
        const long double term = (long double)x[k] * M[i + (size_t)columns[k] * ld];
        sum += term;
        *magnitude += fabsl(term);
    }
    return sum;
}

static void check_sweeps(const mvoi_kernels *kernels, size_t m, size_t count)
{
    const size_t width = 40;
    const size_t ld = m + 3;
    double *M = new_array(ld * width);
    double *x0 = new_array(count);
    double *x1 = new_array(count);
    double *before = new_array(m);
    double *y = copy_of(m, before);
    double *y0 = copy_of(m, before);
    double *y1 = copy_of(m, before);
    double *high = copy_of(m, before);
    double *low = copy_of(m, before);
    int32_t *columns = new_columns(count, width);
    memset(low, 0, m * sizeof *low);
    kernels->sweep(m, count, M, ld, columns, x0, y);
    kernels->sweep2(m, count, M, ld, columns, x0, x1, y0, y1);
    kernels->sweep_compensated(m, count, M, ld, columns, x0, high, low);
    for (size_t i = 0; i < m; i++) {
        long double magnitude;
        const long double sum0 = swept(i, count, M, ld, columns, x0, before[i], &magnitude);
        assert_near("sweep", kernels, y[i], sum0, rounding(count) * magnitude);
        assert_near("sweep2, first", kernels, y0[i], sum0, rounding(count) * magnitude);
        /* what is left is the rounding of the reference itself, and of the final sum; of two doubles where a long double is
           longer than they are */
        const long double finest = fmaxl(LDBL_EPSILON, 0x1p-100L);
        const long double compensated = (long double)high[i] + low[i];
        if (!(fabsl(compensated - sum0) <= rounding(count) * finest / unit_roundoff * magnitude)) {
            fail_msg("sweep_compensated of %s: %.20Lg instead of %.20Lg", kernels->name, compensated, sum0);
        }
        const long double sum1 = swept(i, count, M, ld, columns, x1, before[i], &magnitude);
        assert_near("sweep2, second", kernels, y1[i], sum1, rounding(count) * magnitude);
    }
    free(M);
    free(x0);
    free(x1);
    free(before);
    free(y);
    free(y0);
    free(y1);
    free(high);
    free(low);
    free(columns);
}

static void check_products(const mvoi_kernels *kernels, size_t m, size_t n)
{
    const size_t ld = m + 1;
    double *M = new_array(ld * n);
    double *x = new_array(n);
    double *t = new_array(m);
    double *before = new_array(m);
    double *y = copy_of(m, before);
    double *transposed = new_array(n);
    kernels->gemv(m, n, M, ld, x, y);
    kernels->gemv_transposed(m, n, M, ld, t, transposed);
    for (size_t i = 0; i < m; i++) {
        long double sum = before[i];
        long double magnitude = fabsl(sum);
        for (size_t j = 0; j < n; j++) {
            sum += (long double)M[i + j * ld] * x[j];
            magnitude += fabsl((long double)M[i + j * ld] * x[j]);
        }
        assert_near("gemv", kernels, y[i], sum, rounding(n) * magnitude);
    }
    for (size_t j = 0; j < n; j++) {
        long double sum = 0.0L;
        long double magnitude = 0.0L;
        for (size_t i = 0; i < m; i++) {
            sum += (long double)M[i + j * ld] * t[i];
            magnitude += fabsl((long double)M[i + j * ld] * t[i]);
        }
        assert_near("gemv_transposed", kernels, transposed[j], sum, rounding(m) * magnitude);
    }
    free(M);
    free(x);
    free(t);
    free(before);
    free(y);
    free(transposed);
}

static void check_updates(const mvoi_kernels *kernels, size_t m, size_t n)
{
    const size_t ld = m + 2;
    double *before = new_array(ld * n);
    double *one = copy_of(ld * n, before);
    double *two = copy_of(ld * n, before);
    double *x = new_array(m);
    double *y = new_array(m);
    double *p = new_array(n);
    double *q = new_array(n);
    kernels->rank1(m, n, one, ld, x, p);
    kernels->rank2(m, n, two, ld, x, p, y, q);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < ld; i++) {
            const size_t at = i + j * ld;
            const bool inside = i < m; /* the padding must stay as it was */
            const long double px = inside ? (long double)p[j] * x[i] : 0.0L;
            const long double qy = inside ? (long double)q[j] * y[i] : 0.0L;
            const long double start = before[at];
            const long double bound = inside ? rounding(2) * (fabsl(start) + fabsl(px) + fabsl(qy)) : 0.0L;
            assert_near("rank1", kernels, one[at], start + px, bound);
            assert_near("rank2", kernels, two[at], start + px + qy, bound);
        }
    }
    free(before);
    free(one);
    free(two);
    free(x);
    free(y);
    free(p);
    free(q);
}

/* ---- Cholesky --------------------------------------------------------------------------------------------------- */

/* A matrix as cholesky() takes it: E on top of a positive definite S, units differing from asset to asset */
static double *new_definite(size_t extra, size_t n, size_t ld)
{
    double *M = new_array(ld * n);
    double *unit = malloc((n + 1) * sizeof *unit);
    double *factors = malloc((n * (n + 4) + 1) * sizeof *factors);
    assert_non_null(unit);
    assert_non_null(factors);
    for (size_t j = 0; j < n; j++) {
        unit[j] = ldexp(1.0, (int)(next_bits() % 9) - 4);
        for (size_t k = 0; k < n + 4; k++) {
            factors[j * (n + 4) + k] = next_uniform();
        }
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double sum = i == j ? 0.5 : 0.0;
            for (size_t k = 0; k < n + 4; k++) {
                sum += factors[i * (n + 4) + k] * factors[j * (n + 4) + k];
            }
            M[extra + i + j * ld] = sum * unit[i] * unit[j];
        }
        for (size_t i = 0; i < extra; i++) {
            M[i + j * ld] = next_uniform() * unit[j];
        }
    }
    free(unit);
    free(factors);
    return M;
}

/* The norms of the rows of a factor: rotations, unlike the factorisation, are accurate by rows, not by elements */
static long double *new_row_norms(size_t extra, size_t n, const double *M, size_t ld)
{
    long double *norms = malloc((extra + n + 1) * sizeof *norms);
    assert_non_null(norms);
    for (size_t i = 0; i < extra + n; i++) {
        long double sum = 0.0L;
        for (size_t k = 0; k < n && (i < extra || k <= i - extra); k++) {
            sum += (long double)M[i + k * ld] * M[i + k * ld];
        }
        norms[i] = sqrtl(sum);
    }
    return norms;
}

/* L L' = S and V L' = E in long double, S and E being those without row and column `removed` if removed < n.
   Norms are those of the rows of the factor before anything was removed. */
static void check_factor(const char *what, const mvoi_kernels *kernels, size_t extra, size_t n, const double *M,
                         const double *original, size_t ld, size_t removed, const long double *norms)
{
    for (size_t j = 0; j < n; j++) {
        const size_t source_j = j + (j >= removed);
        for (size_t i = 0; i < extra + n; i++) {
            if (i >= extra && i < extra + j) {
                continue;
            }
            const size_t source_i = i + (i >= extra + removed);
            long double sum = 0.0L;
            for (size_t k = 0; k <= j; k++) {
                sum += (long double)M[i + k * ld] * M[extra + j + k * ld];
            }
            const double expected = original[source_i + source_j * ld];
            const long double bound = 2.0L * rounding(n) * norms[source_i] * norms[extra + source_j];
            if (!(fabsl(sum - expected) <= bound)) {
                fail_msg("%s of %s, order %zu, extra %zu: element %zu, %zu: %.17Lg instead of %.17g", what,
                         kernels->name, n, extra, i, j, sum, expected);
            }
        }
    }
}

static void check_cholesky(const mvoi_kernels *kernels, size_t extra, size_t n)
{
    const size_t ld = extra + n + 1;
    double *original = new_definite(extra, n, ld);
    double *M = copy_of(ld * n, original);
    assert_int_equal(kernels->cholesky(extra, n, M, ld, 1e-14), n);
    long double *norms = new_row_norms(extra, n, M, ld);
    check_factor("cholesky", kernels, extra, n, M, original, ld, SIZE_MAX / 2, norms);
    for (size_t j = 0; j < n; j++) {
        /* neither the upper triangle nor the padding is touched */
        assert_memory_equal(&M[extra + j * ld], &original[extra + j * ld], j * sizeof(double));
        assert_memory_equal(&M[ld - 1 + j * ld], &original[ld - 1 + j * ld], sizeof(double));
    }
    if (n > 0) {
        const size_t places[] = { 0, n / 3, n - 1 };
        for (size_t t = 0; t < 3; t++) {
            double *deleted = copy_of(ld * n, M);
            kernels->cholesky_delete(extra, n, deleted, ld, places[t]);
            check_factor("cholesky_delete", kernels, extra, n - 1, deleted, original, ld, places[t], norms);
            free(deleted);
        }
    }
    free(original);
    free(M);
    free(norms);
}

static void check_refusals(const mvoi_kernels *kernels, size_t n)
{
    const size_t ld = n + 2;
    for (size_t bad = 0; bad < n; bad++) {
        double *M = new_definite(2, n, ld);
        double *good = copy_of(ld * n, M);
        assert_int_equal(kernels->cholesky(2, n, good, ld, 1e-14), n);
        /* what remains of the diagonal entry once the earlier columns are taken out becomes 1e-3 of it */
        long double taken = 0.0L;
        for (size_t k = 0; k < bad; k++) {
            taken += (long double)good[2 + bad + k * ld] * good[2 + bad + k * ld];
        }
        double *diagonal = &M[2 + bad + bad * ld];
        const double before = *diagonal;
        *diagonal = bad == 0 ? -1.0 : (double)(taken / 0.999L);
        double *attempt = copy_of(ld * n, M);
        const size_t order = kernels->cholesky(2, n, attempt, ld, 2e-3);
        assert_int_equal(order, bad);
        for (size_t j = 0; j < order; j++) {
            assert_memory_equal(&attempt[j * ld], &good[j * ld], 2 * sizeof(double));
            assert_memory_equal(&attempt[2 + j + j * ld], &good[2 + j + j * ld], (n - j) * sizeof(double));
        }
        if (bad > 0) {
            memcpy(attempt, M, ld * n * sizeof *M);
            assert_true(kernels->cholesky(2, n, attempt, ld, 5e-4) > bad);
        }
        *diagonal = NAN;
        memcpy(attempt, M, ld * n * sizeof *M);
        assert_int_equal(kernels->cholesky(2, n, attempt, ld, 0.0), bad);
        *diagonal = before;
        free(M);
        free(good);
        free(attempt);
    }
}

static void check_solves(const mvoi_kernels *kernels, size_t n)
{
    const size_t ld = n + 1;
    double *L = new_definite(0, n, ld);
    assert_int_equal(kernels->cholesky(0, n, L, ld, 1e-14), n);
    double *b = new_array(n);
    double *x = copy_of(n, b);
    kernels->solve_lower(n, L, ld, x);
    for (size_t i = 0; i < n; i++) {
        long double sum = 0.0L;
        long double magnitude = 0.0L;
        for (size_t j = 0; j <= i; j++) {
            sum += (long double)L[i + j * ld] * x[j];
            magnitude += fabsl((long double)L[i + j * ld] * x[j]);
        }
        assert_near("solve_lower", kernels, b[i], sum, rounding(n) * (magnitude + fabsl((long double)b[i])));
    }
    memcpy(x, b, n * sizeof *x);
    kernels->solve_lower_transposed(n, L, ld, x);
    for (size_t j = 0; j < n; j++) {
        long double sum = 0.0L;
        long double magnitude = 0.0L;
        for (size_t i = j; i < n; i++) {
            sum += (long double)L[i + j * ld] * x[i];
            magnitude += fabsl((long double)L[i + j * ld] * x[i]);
        }
        assert_near("solve_lower_transposed", kernels, b[j], sum, rounding(n) * (magnitude + fabsl((long double)b[j])));
    }
    free(L);
    free(b);
    free(x);
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void every_kernel_is_right(void **unused)
{
    (void)unused;
    const mvoi_kernels *kernels;
    for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++) {
        state = 1;
        for (size_t s = 0; s < SIZES; s++) {
            const size_t n = sizes[s];
            check_vectors(kernels, n);
            check_solves(kernels, n);
            check_cholesky(kernels, s % 3 == 0 ? 0 : s % 3 == 1 ? 8 : 5, n);
            for (size_t t = 0; t < SIZES; t += 2) {
                check_sweeps(kernels, n, sizes[t]);
                check_products(kernels, n, sizes[t]);
                check_updates(kernels, n, sizes[t]);
            }
        }
        check_refusals(kernels, 21);
    }
}

static void best_is_the_last_set(void **unused)
{
    (void)unused;
    size_t count = 0;
    while (mvoi_kernels_at(count) != NULL) {
        assert_non_null(mvoi_kernels_at(count)->name);
        count++;
    }
    assert_true(count > 0);
    assert_ptr_equal(mvoi_kernels_best(), mvoi_kernels_at(count - 1));
    assert_null(mvoi_kernels_at(count + 100));
}

/* The product against the C library's fma(), the sum against Dekker's for ordered magnitudes */
static void exact_product_and_sum(void **unused)
{
    (void)unused;
    state = 2;
    for (int t = 0; t < 10000; t++) {
        const double a = next_wide();
        const double b = next_wide();
        double high, low;
        mvoi_two_product(&high, &low, a, b);
        assert_true(high == a * b);
        assert_true(low == fma(a, b, -high));
        mvoi_two_sum(&high, &low, a, b);
        assert_true(high == a + b);
        const double larger = fabs(a) >= fabs(b) ? a : b;
        const double smaller = fabs(a) >= fabs(b) ? b : a;
        assert_true(low == smaller - (high - larger));
    }
}

static void leading_dimension_is_an_odd_multiple_of_eight(void **unused)
{
    (void)unused;
    for (size_t rows = 0; rows < 1000; rows++) {
        const size_t ld = mvoi_leading_dimension(rows);
        assert_true(ld >= rows && ld < rows + 16);
        assert_int_equal(ld % 16, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_right),
        cmocka_unit_test(best_is_the_last_set),
        cmocka_unit_test(exact_product_and_sum),
        cmocka_unit_test(leading_dimension_is_an_odd_multiple_of_eight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
