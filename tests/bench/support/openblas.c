/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "bench/support/openblas.h"

#include "bench/support/timing.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 5000 };

typedef void potrf_fn(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
typedef void symv_fn(const char *uplo, const int *n, const double *alpha, const double *a, const int *lda,
                     const double *x, const int *incx, const double *beta, double *y, const int *incy, size_t);
typedef void syrk_fn(const char *uplo, const char *trans, const int *n, const int *k, const double *alpha,
                     const double *a, const int *lda, const double *beta, double *c, const int *ldc, size_t, size_t);
typedef void set_threads_fn(int);
typedef char *text_fn(void);

static potrf_fn *potrf;
static symv_fn *symv;
static syrk_fn *syrk;

/* ISO C has no cast from object to function pointers. */
#define FIND(function, library, name)                                                                                  \
    do {                                                                                                               \
        void *symbol = dlsym(library, name);                                                                           \
        memcpy(&(function), &symbol, sizeof symbol);                                                                   \
    } while (0)

/* Loaded apart, with its symbols to itself, so that the library under test keeps the BLAS it is linked to. */
void openblas_load(void)
{
    set_threads_fn *set_threads = NULL;
    text_fn *core = NULL, *config = NULL;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library)
        library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library) {
        printf("# no OpenBLAS: ratios are left out (%s)\n", dlerror());
        return;
    }
    FIND(potrf, library, "dpotrf_");
    FIND(symv, library, "dsymv_");
    FIND(syrk, library, "dsyrk_");
    FIND(core, library, "openblas_get_corename");
    FIND(config, library, "openblas_get_config");
    /* It may have been loaded before, where the library under test is linked to it: then it has read its environment.
     */
    FIND(set_threads, library, "openblas_set_num_threads");
    if (set_threads)
        set_threads(1);
    const char *told = getenv("OPENBLAS_CORETYPE");
    printf("# unit: %s; kernel %s", config ? config() : "OpenBLAS", core ? core() : "unknown");
    if (told)
        printf(", because OPENBLAS_CORETYPE says %s: no fair unit\n", told);
    else
        printf(", its own choice\n");
}

static double time_syrk(const unit *u, const double *a, double *c)
{
    const double one = 1.0, zero = 0.0;
    const double begin = now();
    syrk("L", "T", &u->k, &u->n, &one, a, &u->n, &zero, c, &u->k, 1, 1);
    return since(begin);
}

/* The two units of a factor model: X'X for an n-by-k X, and a factorisation of order k. */
static void measure_factor_units(unit *u)
{
    enum { TIMES = 31 };
    const size_t n = (size_t)u->n, k = (size_t)u->k;
    double samples[TIMES], *a = claim(n * k, sizeof *a), *c = claim(2 * k * k, sizeof *c), *work = c + k * k;
    int info = 0;
    for (size_t i = 0; i < n * k; i++)
        a[i] = (double)(i * 2654435761u % 1000) * 1e-3;
    for (size_t s = 0; s < TIMES; s++)
        samples[s] = time_syrk(u, a, c);
    u->syrk_time = quantile(samples, TIMES, 0.5);
    for (size_t f = 0; f < k; f++)
        c[f * (k + 1)] += (double)n;
    for (size_t s = 0; s < TIMES; s++) {
        samples[s] = 0.0;
        for (int r = 0; r < 8; r++) {
            memcpy(work, c, k * k * sizeof *c);
            const double begin = now();
            potrf("L", &u->k, work, &u->k, &info, 1);
            samples[s] += since(begin) / 8;
        }
    }
    u->potrf_k_time = quantile(samples, TIMES, 0.5);
    free(a);
    free(c);
}

double unit_potrf(unit *u)
{
    const size_t size = (size_t)u->n * (size_t)u->n;
    int info = 0;
    for (int c = 0; c < u->copies; c++)
        memcpy(u->work + (size_t)c * size, u->matrix, size * sizeof *u->work);
    const double begin = now();
    for (int c = 0; c < u->copies; c++)
        potrf("L", &u->n, u->work + (size_t)c * size, &u->n, &info, 1);
    return since(begin) / u->copies;
}

double unit_symv(unit *u)
{
    const double one = 1.0, zero = 0.0;
    const int step = 1, times = u->n < 100 ? 1000 : u->n < 500 ? 100 : 4;
    const double begin = now();
    for (int t = 0; t < times; t++)
        symv("L", &u->n, &one, u->matrix, &u->n, u->x, &step, &zero, u->y, &step, 1);
    return since(begin) / times;
}

/* Some matrix that is positive definite: its diagonal outweighs the rest of each row. */
static void fill_plainly(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            a[i + j * n] = i == j ? 2.0 : 1.0 / (double)(n + i + j);
}

unit unit_new(const double *sigma, size_t n, size_t k)
{
    unit u = { 0 };
    double samples[64];
    u.symv_time = u.potrf_k_time = u.syrk_time = NAN;
    if (!potrf || !symv || !syrk)
        return u;
    u.n = (int)n;
    u.k = (int)k;
    if (k)
        measure_factor_units(&u);
    if (n > LARGEST) {
        u.n = 0;
        return u;
    }
    u.copies = n < 40 ? 100 : n < 80 ? 16 : n < 200 ? 4 : 1;
    u.matrix = claim(n * n, sizeof *u.matrix);
    if (sigma)
        memcpy(u.matrix, sigma, n * n * sizeof *u.matrix);
    else
        fill_plainly(u.matrix, n);
    u.work = claim((size_t)u.copies * n * n, sizeof *u.work);
    u.x = claim(2 * n, sizeof *u.x);
    u.y = u.x + n;
    for (size_t j = 0; j < n; j++)
        u.x[j] = 1.0;
    for (size_t s = 0; s < 64; s++)
        samples[s] = unit_symv(&u);
    u.symv_time = quantile(samples, 64, 0.5);
    return u;
}

void unit_free(unit *u)
{
    free(u->matrix);
    free(u->work);
    free(u->x);
}
