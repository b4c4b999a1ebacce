/* SPDX-License-Identifier: MIT */
/*
 * Every instruction set gives the bits of the plain loops below, which follow the order that kernels.h prescribes:
 * over many shapes, from unaligned addresses, with magnitudes from 2^-40 to 2^40. Beyond the bits it is checked that
 * nothing outside the outputs is written.
 *
 * `test_kernels_bits --hash` prints one line: a hash of all outputs of the best set, which is the same for every
 * compiler, optimisation level and processor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "linalg/kernels.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the plain loops -------------------------------------------------------------------------------------------- */

static double plain_dot(size_t n, const double *x, const double *y)
{
    double lane[8] = { 0.0 };
    for (size_t i = 0; i < n; i++) {
        lane[i % 8] += x[i] * y[i];
    }
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static void plain_axpy(size_t n, double a, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += a * x[i];
    }
}

static void plain_gemv(size_t m, size_t n, const double *M, size_t ld, const double *x, double *y)
{
    for (size_t j = 0; j < n; j++) {
        plain_axpy(m, x[j], M + j * ld, y);
    }
}

static void plain_gemv_transposed(size_t m, size_t n, const double *M, size_t ld, const double *x, double *y)
{
    for (size_t j = 0; j < n; j++) {
        y[j] = plain_dot(m, M + j * ld, x);
    }
}

static void plain_sweep(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x,
                        double *y)
{
    for (size_t k = 0; k < count; k++) {
        plain_axpy(m, x[k], M + (size_t)columns[k] * ld, y);
    }
}

static void plain_sweep2(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x0,
                         const double *x1, double *y0, double *y1)
{
    plain_sweep(m, count, M, ld, columns, x0, y0);
    plain_sweep(m, count, M, ld, columns, x1, y1);
}

static void plain_sweep_compensated(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns,
                                    const double *x, double *high, double *low)
{
    for (size_t k = 0; k < count; k++) {
        const double *column = M + (size_t)columns[k] * ld;
        for (size_t i = 0; i < m; i++) {
            double product, product_error;
            mvoi_two_product(&product, &product_error, x[k], column[i]);
            const double total = high[i] + product;
            const double product_part = total - high[i];
            const double sum_part = total - product_part;
            low[i] += (high[i] - sum_part) + ((product - product_part) + product_error);
            high[i] = total;
        }
    }
}

static void plain_rank1(size_t m, size_t n, double *M, size_t ld, const double *x, const double *p)
{
    for (size_t j = 0; j < n; j++) {
        plain_axpy(m, p[j], x, M + j * ld);
    }
}

static void plain_rank2(size_t m, size_t n, double *M, size_t ld, const double *x, const double *p, const double *y,
                        const double *q)
{
    plain_rank1(m, n, M, ld, x, p);
    plain_rank1(m, n, M, ld, y, q);
}

static size_t plain_cholesky(size_t extra, size_t n, double *M, size_t ld, double tolerance)
{
    for (size_t j = 0; j < n; j++) {
        double *column = M + j * ld;
        const double original = column[extra + j];
        for (size_t k = 0; k < j; k++) {
            const double *earlier = M + k * ld;
            const double factor = earlier[extra + j];
            for (size_t i = 0; i < extra; i++) {
                column[i] -= earlier[i] * factor;
            }
            for (size_t i = extra + j; i < extra + n; i++) {
                column[i] -= earlier[i] * factor;
            }
        }
        const double pivot = column[extra + j];
        if (!(pivot > tolerance * original) || !(pivot >= DBL_MIN)) {
            return j;
        }
        const double root = sqrt(pivot);
        const double reciprocal = root * (1.0 / pivot);
        column[extra + j] = root;
        for (size_t i = 0; i < extra; i++) {
            column[i] *= reciprocal;
        }
        for (size_t i = extra + j + 1; i < extra + n; i++) {
            column[i] *= reciprocal;
        }
    }
    return n;
}

/* Unknowns of one group of eight are passed on as u of x = u r, r the reciprocal of the diagonal. */
static void plain_solve_lower(size_t n, const double *L, size_t ld, double *x)
{
    for (size_t j = 0; j < n; j++) {
        const double u = x[j], r = 1.0 / L[j + j * ld];
        x[j] = u * r;
        for (size_t i = j + 1; i < n; i++) {
            x[i] -= i / 8 == j / 8 ? L[i + j * ld] * r * u : L[i + j * ld] * x[j];
        }
    }
}

static void plain_solve_lower_transposed(size_t n, const double *L, size_t ld, double *x)
{
    double u[8];
    for (size_t j = n; j-- > 0;) {
        const double *column = L + j * ld;
        const size_t below = (j / 8 + 1) * 8;
        double value = x[j];
        if (below < n)
            value -= plain_dot(n - below, column + below, x + below);
        for (size_t i = below < n ? below : n; i-- > j + 1;) {
            value -= column[i] * (1.0 / L[i + i * ld]) * u[i % 8];
        }
        u[j % 8] = value;
        x[j] = value * (1.0 / column[j]);
    }
}

static void plain_cholesky_delete(size_t extra, size_t n, double *M, size_t ld, size_t p)
{
    for (size_t j = 0; j < p; j++) {
        double *row = M + j * ld + extra + p;
        memmove(row, row + 1, (n - 1 - p) * sizeof *row);
    }
    for (size_t k = p; k + 1 < n; k++) {
        double *first = M + k * ld;
        double *second = M + (k + 1) * ld;
        const double a = first[extra + k + 1];
        const double b = second[extra + k + 1];
        const double square = a * a + b * b;
        const double radius = sqrt(square);
        const double reciprocal = radius * (1.0 / square);
        const double cosine = a * reciprocal;
        const double sine = b * reciprocal;
        for (size_t i = 0; i < extra + n; i++) {
            if (i >= extra && i < extra + k + 2) {
                continue;
            }
            const double carried = first[i];
            const double next = second[i];
            first[i < extra ? i : i - 1] = cosine * carried + sine * next;
            second[i] = cosine * next - sine * carried;
        }
        first[extra + k] = radius;
    }
}

static const mvoi_kernels plain = {
    .name = "plain",
    .dot = plain_dot,
    .axpy = plain_axpy,
    .gemv = plain_gemv,
    .gemv_transposed = plain_gemv_transposed,
    .sweep = plain_sweep,
    .sweep2 = plain_sweep2,
    .sweep_compensated = plain_sweep_compensated,
    .rank1 = plain_rank1,
    .rank2 = plain_rank2,
    .cholesky = plain_cholesky,
    .solve_lower = plain_solve_lower,
    .solve_lower_transposed = plain_solve_lower_transposed,
    .cholesky_delete = plain_cholesky_delete,
};

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

static uint64_t state;

/* splitmix64: the same numbers everywhere */
static uint64_t next_bits(void)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* of either sign, magnitudes from 2^-40 to 2^40, now and then a zero of either sign */
static double next_wide(void)
{
    const uint64_t bits = next_bits();
    const double unit = ldexp((double)(next_bits() >> 11), -52) - 1.0;
    return bits % 97 == 0 ? copysign(0.0, unit) : ldexp(unit, (int)(bits % 81) - 40);
}

/* All a case reads and writes, in one piece of memory, so that a stray write shows */
typedef struct arena {
    double *memory;
    size_t count;
} arena;

static arena new_arena(size_t count)
{
    arena a = { malloc((count + 1) * sizeof(double)), count };
    if (!a.memory) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        a.memory[i] = next_wide();
    }
    return a;
}

static arena copy_of(const arena *source)
{
    arena a = { malloc((source->count + 1) * sizeof(double)), source->count };
    if (!a.memory) {
        abort();
    }
    memcpy(a.memory, source->memory, source->count * sizeof(double));
    return a;
}

/* ---- cases ------------------------------------------------------------------------------------------------------ */

/* m rows, n columns or order, extra rows on top; `shift` moves everything away from alignment */
typedef struct shape {
    size_t m, n, extra, ld, shift;
} shape;

enum { MAX_COLUMNS = 400 };
static int32_t columns[MAX_COLUMNS];

typedef struct workload {
    const char *name;
    /* how much memory, what to prepare in it, and the call */
    size_t (*size)(const shape *s);
    void (*prepare)(const shape *s, double *memory);
    void (*run)(const mvoi_kernels *kernels, const shape *s, double *memory);
} workload;

/* vectors of m and of n, twice each, then the matrix */
static double *long_vector(const shape *s, double *memory, size_t which)
{
    return memory + s->shift + which * (s->m + 1);
}

static double *short_vector(const shape *s, double *memory, size_t which)
{
    return long_vector(s, memory, 2) + which * (s->n + 1);
}

static double *matrix(const shape *s, double *memory)
{
    return short_vector(s, memory, 2);
}

static size_t product_size(const shape *s)
{
    return s->shift + 2 * (s->m + 1) + 2 * (s->n + 1) + s->ld * s->n + 9;
}

static void run_dot(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    matrix(s, memory)[0] = kernels->dot(s->m, long_vector(s, memory, 0), long_vector(s, memory, 1));
}

static void run_axpy(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->axpy(s->m, short_vector(s, memory, 0)[0], long_vector(s, memory, 0), long_vector(s, memory, 1));
}

static void run_gemv(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->gemv(s->m, s->n, matrix(s, memory), s->ld, short_vector(s, memory, 0), long_vector(s, memory, 0));
}

static void run_gemv_transposed(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->gemv_transposed(s->m, s->n, matrix(s, memory), s->ld, long_vector(s, memory, 0),
                             short_vector(s, memory, 0));
}

static void run_sweep(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->sweep(s->m, s->n, matrix(s, memory), s->ld, columns, short_vector(s, memory, 0),
                   long_vector(s, memory, 0));
}

static void run_sweep2(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->sweep2(s->m, s->n, matrix(s, memory), s->ld, columns, short_vector(s, memory, 0),
                    short_vector(s, memory, 1), long_vector(s, memory, 0), long_vector(s, memory, 1));
}

static void run_sweep_compensated(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->sweep_compensated(s->m, s->n, matrix(s, memory), s->ld, columns, short_vector(s, memory, 0),
                               long_vector(s, memory, 0), long_vector(s, memory, 1));
}

static void run_rank1(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->rank1(s->m, s->n, matrix(s, memory), s->ld, long_vector(s, memory, 0), short_vector(s, memory, 0));
}

static void run_rank2(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->rank2(s->m, s->n, matrix(s, memory), s->ld, long_vector(s, memory, 0), short_vector(s, memory, 0),
                   long_vector(s, memory, 1), short_vector(s, memory, 1));
}

/* Columns for the sweeps: all of them once, in a scattered order */
static void scatter_columns(const shape *s, double *memory)
{
    (void)memory;
    size_t step = 1;
    while (step * step < s->n || (s->n % 2 == 0 && step % 2 == 0) || (s->n % 3 == 0 && step % 3 == 0) ||
           (s->n % 5 == 0 && step % 5 == 0) || (s->n % 7 == 0 && step % 7 == 0)) {
        step++;
    }
    for (size_t k = 0; k < s->n; k++) {
        columns[k] = (int32_t)(k * step % s->n);
    }
}

static double *triangle(const shape *s, double *memory)
{
    return matrix(s, memory) + s->extra;
}

/* A dominant diagonal, in units that differ from column to column */
static void make_definite(const shape *s, double *memory)
{
    double *S = triangle(s, memory);
    for (size_t j = 0; j < s->n; j++) {
        const int unit = (int)(j * 7 % 21) - 10;
        for (size_t i = 0; i < s->extra; i++) {
            matrix(s, memory)[i + j * s->ld] = ldexp((double)(next_bits() >> 11), -53) * ldexp(1.0, unit);
        }
        for (size_t i = j; i < s->n; i++) {
            const double value = ldexp((double)(next_bits() >> 11), -53) + (i == j ? (double)s->n : 0.0);
            S[i + j * s->ld] = ldexp(value, unit + (int)(i * 7 % 21) - 10);
        }
    }
}

static size_t cholesky_size(const shape *s)
{
    return product_size(s);
}

static void run_cholesky(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    const size_t accepted = kernels->cholesky(s->extra, s->n, matrix(s, memory), s->ld, 1e-12);
    memory[0] = (double)accepted;
}

/* A pivot is refused about two thirds down: the columns before it must be final */
static void run_refused_cholesky(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    const size_t bad = s->n * 2 / 3;
    if (s->n == 0) {
        return;
    }
    triangle(s, memory)[bad + bad * s->ld] *= -1.0;
    const size_t accepted = kernels->cholesky(s->extra, s->n, matrix(s, memory), s->ld, 1e-12);
    memory[0] = (double)accepted;
    for (size_t j = bad; j < s->n; j++) {
        memset(matrix(s, memory) + j * s->ld, 0, s->ld * sizeof(double)); /* not promised */
    }
}

static void make_factor(const shape *s, double *memory)
{
    make_definite(s, memory);
    plain_cholesky(s->extra, s->n, matrix(s, memory), s->ld, 0.0);
}

static void run_solve_lower(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->solve_lower(s->n, triangle(s, memory), s->ld, short_vector(s, memory, 0));
}

static void run_solve_lower_transposed(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    kernels->solve_lower_transposed(s->n, triangle(s, memory), s->ld, short_vector(s, memory, 0));
}

static void delete_at(const mvoi_kernels *kernels, const shape *s, double *memory, size_t p)
{
    if (s->n == 0) {
        return;
    }
    kernels->cholesky_delete(s->extra, s->n, matrix(s, memory), s->ld, p);
    /* what is left over above the diagonal, in the last column and in the last row is not promised */
    for (size_t j = 0; j < s->n; j++) {
        double *column = triangle(s, memory) + j * s->ld;
        memset(column, 0, j * sizeof(double));
        column[s->n - 1] = 0.0;
    }
    memset(triangle(s, memory) + (s->n - 1) * s->ld - s->extra, 0, s->extra * sizeof(double));
}

static void run_delete_first(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    delete_at(kernels, s, memory, 0);
}

static void run_delete_inside(const mvoi_kernels *kernels, const shape *s, double *memory)
{
    delete_at(kernels, s, memory, s->n * 2 / 5);
}

static const workload products[] = {
    { "dot", product_size, NULL, run_dot },
    { "axpy", product_size, NULL, run_axpy },
    { "gemv", product_size, NULL, run_gemv },
    { "gemv_transposed", product_size, NULL, run_gemv_transposed },
    { "sweep", product_size, scatter_columns, run_sweep },
    { "sweep2", product_size, scatter_columns, run_sweep2 },
    { "sweep_compensated", product_size, scatter_columns, run_sweep_compensated },
    { "rank1", product_size, NULL, run_rank1 },
    { "rank2", product_size, NULL, run_rank2 },
};

static const workload factorisations[] = {
    { "cholesky", cholesky_size, make_definite, run_cholesky },
    { "cholesky, refused", cholesky_size, make_definite, run_refused_cholesky },
    { "solve_lower", cholesky_size, make_factor, run_solve_lower },
    { "solve_lower_transposed", cholesky_size, make_factor, run_solve_lower_transposed },
    { "cholesky_delete, first", cholesky_size, make_factor, run_delete_first },
    { "cholesky_delete, inside", cholesky_size, make_factor, run_delete_inside },
};

static const size_t sizes[] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,   10,  11,  12,  13,  14, 15, 16,
                                17, 18, 19, 20, 21, 22, 23, 24, 25, 26,  27,  29,  31,  32,  33, 35, 37,
                                39, 40, 41, 44, 47, 48, 49, 51, 55, 56,  57,  60,  63,  64,  65, 66, 67,
                                68, 69, 70, 71, 72, 73, 95, 96, 97, 100, 127, 128, 129, 200, 333 };
enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* ---- comparison and hash ---------------------------------------------------------------------------------------- */

static uint64_t hash;

/* FNV-1a over words */
static void add_to_hash(const arena *a)
{
    for (size_t i = 0; i < a->count; i++) {
        uint64_t word;
        memcpy(&word, &a->memory[i], sizeof word);
        hash = (hash ^ word) * UINT64_C(0x100000001B3);
        hash ^= hash >> 29;
    }
}

static void compare(const workload *w, const mvoi_kernels *kernels, const shape *s, const arena *expected,
                    const arena *got)
{
    for (size_t i = 0; i < expected->count; i++) {
        if (memcmp(&expected->memory[i], &got->memory[i], sizeof(double)) != 0) {
            fail_msg("%s of %s, m %zu, n %zu, extra %zu, ld %zu, shift %zu: word %zu is %a instead of %a", w->name,
                     kernels->name, s->m, s->n, s->extra, s->ld, s->shift, i, got->memory[i], expected->memory[i]);
        }
    }
}

/* Compares every set with the plain loops or, if `hashing`, only hashes what the best one gives */
static void run_case(const workload *w, const shape *s, bool hashing)
{
    state = s->m * 1000003 + s->n * 1009 + s->extra * 31 + s->ld;
    arena start = new_arena(w->size(s));
    if (w->prepare) {
        w->prepare(s, start.memory);
    }
    if (hashing) {
        w->run(mvoi_kernels_best(), s, start.memory);
        add_to_hash(&start);
    } else {
        arena expected = copy_of(&start);
        w->run(&plain, s, expected.memory);
        const mvoi_kernels *kernels;
        for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++) {
            arena got = copy_of(&start);
            w->run(kernels, s, got.memory);
            compare(w, kernels, s, &expected, &got);
            free(got.memory);
        }
        free(expected.memory);
    }
    free(start.memory);
}

static void run_products(bool hashing)
{
    for (size_t w = 0; w < sizeof products / sizeof products[0]; w++) {
        for (size_t i = 0; i < SIZES; i++) {
            for (size_t j = i % 4; j < SIZES; j += 4) {
                const shape s = { sizes[i], sizes[j], 0, sizes[i] + (i + j) % 3, (i + j) % 5 + 1 };
                run_case(&products[w], &s, hashing);
            }
        }
    }
}

static void run_factorisations(bool hashing)
{
    const size_t extras[] = { 0, 8, 1, 16, 5, 43 };
    for (size_t w = 0; w < sizeof factorisations / sizeof factorisations[0]; w++) {
        for (size_t i = 0; i < SIZES; i++) {
            for (size_t e = i % 2; e < 6; e += 2) {
                const shape s = { 1, sizes[i], extras[e], extras[e] + sizes[i] + (i + e) % 3, i % 9 + 1 };
                run_case(&factorisations[w], &s, hashing);
            }
        }
    }
    /* above the order from which columns are taken in blocks, not a multiple of anything */
    const shape large = { 1, 717, 8, 729, 1 };
    run_case(&factorisations[0], &large, hashing);
    run_case(&factorisations[1], &large, hashing);
}

static void products_give_the_same_bits(void **unused)
{
    (void)unused;
    run_products(false);
}

static void factorisations_give_the_same_bits(void **unused)
{
    (void)unused;
    run_factorisations(false);
}

/* a x + y is zero when the product is rounded before it is added, and -2^-54 when it is not */
static void nothing_is_fused(void **unused)
{
    (void)unused;
    const double x = 1.0 + ldexp(1.0, -27);
    const double a = 1.0 - ldexp(1.0, -27);
    const mvoi_kernels *kernels;
    for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++) {
        double y = -1.0;
        kernels->axpy(1, a, &x, &y);
        assert_true(y == 0.0);
    }
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "--hash") == 0) {
        hash = UINT64_C(0xCBF29CE484222325);
        run_products(true);
        run_factorisations(true);
        printf("%016" PRIx64 "\n", hash);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_give_the_same_bits),
        cmocka_unit_test(factorisations_give_the_same_bits),
        cmocka_unit_test(nothing_is_fused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
