/* SPDX-License-Identifier: MIT */
/*
 * What the kernels reach, for every instruction set that runs here and for OpenBLAS in the same run. One line per
 * kernel, set and shape, tab-separated: kernel, set, sizes, microseconds, and billions of additions and
 * multiplications per second. Times are minima, so that a busy machine shows as little as it can.
 *
 * bench_kernels [kernel]: only kernels whose name begins so.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */

#include "linalg/kernels.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- OpenBLAS, if it is there ----------------------------------------------------------------------------------- */

typedef void (*gemv_function)(const char *, const int *, const int *, const double *, const double *, const int *,
                              const double *, const int *, const double *, double *, const int *);
typedef void (*symv_function)(const char *, const int *, const double *, const double *, const int *, const double *,
                              const int *, const double *, double *, const int *);
typedef void (*potrf_function)(const char *, const int *, double *, const int *, int *);
typedef void (*trsv_function)(const char *, const char *, const char *, const int *, const double *, const int *,
                              double *, const int *);

static gemv_function blas_gemv;
static symv_function blas_symv;
static potrf_function blas_potrf;
static trsv_function blas_trsv;

/* ISO C has no conversion from an object's address to a function's */
#define LOOK_UP(function, name)                                                                                        \
    do {                                                                                                               \
        void *address = dlsym(library, name);                                                                          \
        memcpy(&(function), &address, sizeof address);                                                                 \
    } while (0)

static void find_openblas(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library) {
        LOOK_UP(blas_gemv, "dgemv_");
        LOOK_UP(blas_symv, "dsymv_");
        LOOK_UP(blas_potrf, "dpotrf_");
        LOOK_UP(blas_trsv, "dtrsv_");
    }
}

/* ---- data ------------------------------------------------------------------------------------------------------- */

typedef struct bench {
    const char *name;
    size_t m, n, extra, ld;
    double *M, *original; /* matrix, and what it is restored from before each call that spoils it */
    double *x, *y, *z, *w;
    int32_t *columns;
} bench;

static double *aligned(size_t count)
{
    double *p = aligned_alloc(64, (count * sizeof *p / 64 + 2) * 64);
    if (!p) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        p[i] = (double)(i * 2654435761u % 1000) * 1e-3 - 0.5;
    }
    return p;
}

static void restore(bench *b)
{
    memcpy(b->M, b->original, b->ld * b->n * sizeof *b->M);
}

static bench new_bench(const char *name, size_t m, size_t n, size_t extra)
{
    const size_t most = m + n + extra + 8;
    bench b = { name, m, n, extra, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL };
    b.ld = mvoi_leading_dimension(extra + m);
    b.M = aligned(b.ld * (n + 1));
    b.original = aligned(b.ld * (n + 1));
    b.x = aligned(most);
    b.y = aligned(most);
    b.z = aligned(most);
    b.w = aligned(most);
    b.columns = malloc((n + 1) * sizeof *b.columns);
    if (!b.columns) {
        abort();
    }
    for (size_t k = 0; k < n; k++) {
        b.columns[k] = (int32_t)k;
    }
    for (size_t k = n; k-- > 1;) { /* shuffled */
        const size_t other = (k * 7919 + 13) % (k + 1);
        const int32_t kept = b.columns[k];
        b.columns[k] = b.columns[other];
        b.columns[other] = kept;
    }
    for (size_t j = 0; j < n && j < m; j++) {
        b.original[extra + j + j * b.ld] += (double)n;
    }
    restore(&b);
    return b;
}

static void free_bench(bench *b)
{
    free(b->M);
    free(b->original);
    free(b->x);
    free(b->y);
    free(b->z);
    free(b->w);
    free(b->columns);
}

/* ---- timing ----------------------------------------------------------------------------------------------------- */

typedef void (*call)(const mvoi_kernels *kernels, bench *b);

static volatile double sink;

/* Seconds that `repeats` calls take, with the restoring of what they spoil; without a call, of the restoring alone */
static double time_batch(call run, const mvoi_kernels *kernels, bench *b, bool spoils, size_t repeats)
{
    const double start = now();
    for (size_t r = 0; r < repeats; r++) {
        if (spoils) {
            restore(b);
            sink = b->M[r % 8];
        }
        if (run) {
            run(kernels, b);
        }
    }
    return now() - start;
}

/* The least time of a batch, over a twentieth of a second and at least five of them */
static double least_time(call run, const mvoi_kernels *kernels, bench *b, bool spoils, size_t repeats)
{
    double least = 1e30;
    double total = 0.0;
    for (int round = 0; round < 5 || total < 0.05; round++) {
        const double seconds = time_batch(run, kernels, b, spoils, repeats);
        total += seconds;
        least = seconds < least ? seconds : least;
    }
    return least;
}

/* Seconds of one call. A call that spoils its matrix is timed with the restoring of it, whose own time is taken off. */
static double time_call(call run, const mvoi_kernels *kernels, bench *b, bool spoils)
{
    size_t repeats = 1;
    while (time_batch(run, kernels, b, spoils, repeats) < 2e-4) {
        repeats *= 2;
    }
    const double all = least_time(run, kernels, b, spoils, repeats);
    const double restoring = spoils ? least_time(NULL, NULL, b, spoils, repeats) : 0.0;
    return (all - restoring) / (double)repeats;
}

static const char *only = "";

/* OpenBLAS is not timed where `reference` is NULL */
static void report(bench b, call run, call reference, bool spoils, double operations)
{
    if (strncmp(b.name, only, strlen(only)) == 0) {
        const mvoi_kernels *kernels;
        for (size_t set = 0; (kernels = mvoi_kernels_at(set)) != NULL; set++) {
            const double seconds = time_call(run, kernels, &b, spoils);
            printf("%s\t%s\t%zu\t%zu\t%zu\t%.3f\t%.2f\n", b.name, kernels->name, b.m, b.n, b.extra, seconds * 1e6,
                   operations / seconds * 1e-9);
        }
        if (reference && blas_gemv) {
            const double seconds = time_call(reference, NULL, &b, spoils);
            printf("%s\topenblas\t%zu\t%zu\t%zu\t%.3f\t%.2f\n", b.name, b.m, b.n, b.extra, seconds * 1e6,
                   operations / seconds * 1e-9);
        }
        fflush(stdout);
    }
    free_bench(&b);
}

/* ---- the calls -------------------------------------------------------------------------------------------------- */

static void run_dot(const mvoi_kernels *k, bench *b)
{
    sink = k->dot(b->m, b->x, b->y);
}

static void run_axpy(const mvoi_kernels *k, bench *b)
{
    k->axpy(b->m, 1e-9, b->x, b->y);
}

static void run_gemv(const mvoi_kernels *k, bench *b)
{
    k->gemv(b->m, b->n, b->M, b->ld, b->x, b->y);
}

static void run_gemv_transposed(const mvoi_kernels *k, bench *b)
{
    k->gemv_transposed(b->m, b->n, b->M, b->ld, b->x, b->y);
}

static void run_sweep(const mvoi_kernels *k, bench *b)
{
    k->sweep(b->m, b->n, b->M, b->ld, b->columns, b->x, b->y);
}

static void run_sweep2(const mvoi_kernels *k, bench *b)
{
    k->sweep2(b->m, b->n, b->M, b->ld, b->columns, b->x, b->z, b->y, b->w);
}

static void run_sweep_compensated(const mvoi_kernels *k, bench *b)
{
    k->sweep_compensated(b->m, b->n, b->M, b->ld, b->columns, b->x, b->y, b->w);
}

static void run_rank1(const mvoi_kernels *k, bench *b)
{
    k->rank1(b->m, b->n, b->M, b->ld, b->x, b->y);
}

static void run_rank2(const mvoi_kernels *k, bench *b)
{
    k->rank2(b->m, b->n, b->M, b->ld, b->x, b->y, b->z, b->w);
}

static void run_cholesky(const mvoi_kernels *k, bench *b)
{
    sink = (double)k->cholesky(b->extra, b->n, b->M, b->ld, 1e-14);
}

static void run_solve_lower(const mvoi_kernels *k, bench *b)
{
    memcpy(b->y, b->x, b->n * sizeof *b->y);
    k->solve_lower(b->n, b->M, b->ld, b->y);
}

static void run_solve_lower_transposed(const mvoi_kernels *k, bench *b)
{
    memcpy(b->y, b->x, b->n * sizeof *b->y);
    k->solve_lower_transposed(b->n, b->M, b->ld, b->y);
}

/* the first of the matrix as it stands: its values stay a factor's */
static void run_delete(const mvoi_kernels *k, bench *b)
{
    k->cholesky_delete(b->extra, b->n, b->M, b->ld, 0);
}

static const int one = 1;
static const double unit = 1.0;

static void blas_run_gemv(const mvoi_kernels *k, bench *b)
{
    (void)k;
    const int m = (int)b->m, n = (int)b->n, ld = (int)b->ld;
    blas_gemv("N", &m, &n, &unit, b->M, &ld, b->x, &one, &unit, b->y, &one);
}

static void blas_run_gemv_transposed(const mvoi_kernels *k, bench *b)
{
    (void)k;
    const int m = (int)b->m, n = (int)b->n, ld = (int)b->ld;
    const double zero = 0.0;
    blas_gemv("T", &m, &n, &unit, b->M, &ld, b->x, &one, &zero, b->y, &one);
}

static void blas_run_symv(const mvoi_kernels *k, bench *b)
{
    (void)k;
    const int n = (int)b->n, ld = (int)b->ld;
    blas_symv("L", &n, &unit, b->M, &ld, b->x, &one, &unit, b->y, &one);
}

static void blas_run_potrf(const mvoi_kernels *k, bench *b)
{
    (void)k;
    const int n = (int)b->n, ld = (int)b->ld;
    int info;
    blas_potrf("L", &n, b->M + b->extra, &ld, &info);
}

static void blas_solve(const char *transposed, bench *b)
{
    const int n = (int)b->n, ld = (int)b->ld;
    memcpy(b->y, b->x, b->n * sizeof *b->y);
    blas_trsv("L", transposed, "N", &n, b->M, &ld, b->y, &one);
}

static void blas_run_solve_lower(const mvoi_kernels *k, bench *b)
{
    (void)k;
    blas_solve("N", b);
}

static void blas_run_solve_lower_transposed(const mvoi_kernels *k, bench *b)
{
    (void)k;
    blas_solve("T", b);
}

int main(int count, char **arguments)
{
    const size_t orders[] = { 5, 10, 20, 30, 50, 100, 200, 500, 700, 1000 };
    const size_t heights[] = { 20, 50, 100, 250, 500, 1000, 2000 };
    const size_t counts[] = { 5, 20, 50, 200 };
    if (count > 1) {
        only = arguments[1];
    }
    find_openblas();
    printf("# kernel\tset\trows\tcolumns\textra\tmicroseconds\tGflops\n");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        const size_t n = orders[i];
        const double d = (double)n;
        report(new_bench("dot", n, 1, 0), run_dot, NULL, false, 2.0 * d);
        report(new_bench("axpy", n, 1, 0), run_axpy, NULL, false, 2.0 * d);
        report(new_bench("gemv", n, n, 0), run_gemv, blas_run_gemv, false, 2.0 * d * d);
        report(new_bench("symv", n, n, 0), run_gemv, blas_run_symv, false, 2.0 * d * d);
        report(new_bench("transposed", n, n, 0), run_gemv_transposed, blas_run_gemv_transposed, false, 2.0 * d * d);
        report(new_bench("rank1", n, n, 0), run_rank1, NULL, false, 2.0 * d * d);
        report(new_bench("rank2", n, n, 0), run_rank2, NULL, false, 4.0 * d * d);
        report(new_bench("forward", n, n, 0), run_solve_lower, blas_run_solve_lower, false, d * d);
        report(new_bench("backward", n, n, 0), run_solve_lower_transposed, blas_run_solve_lower_transposed, false,
               d * d);
        report(new_bench("cholesky", n, n, 0), run_cholesky, blas_run_potrf, true, d * d * d / 3.0);
        report(new_bench("cholesky", n, n, 8), run_cholesky, NULL, true, d * d * d / 3.0 + 8.0 * d * d);
        report(new_bench("cholesky", n, n, 16), run_cholesky, NULL, true, d * d * d / 3.0 + 16.0 * d * d);
        report(new_bench("delete", n, n, 8), run_delete, NULL, true, 3.0 * d * d + 48.0 * d);
    }
    for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
        for (size_t j = 0; j < sizeof counts / sizeof counts[0]; j++) {
            const size_t m = heights[i], n = counts[j];
            const double operations = 2.0 * (double)m * (double)n;
            report(new_bench("sweep", m, n, 0), run_sweep, blas_run_gemv, false, operations);
            report(new_bench("sweep2", m, n, 0), run_sweep2, NULL, false, 2.0 * operations);
            report(new_bench("sweep_compensated", m, n, 0), run_sweep_compensated, NULL, false, operations);
        }
    }
    return 0;
}
