/* SPDX-License-Identifier: MIT */
/*
 * What one period costs a streaming estimator, beside OpenBLAS's dsyr of the same order in the same run. One line per
 * estimator and order, tab-separated: estimator, n, what is timed, microseconds, ratio to dsyr(n). Times are medians
 * over samples taken in turn with those of dsyr. `-` where there is no OpenBLAS.
 */
#define _GNU_SOURCE
#include "support/random.h"

#include <mvo/mvo.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 151, VECTORS = 64 };

typedef void syr_fn(const char *uplo, const int *n, const double *alpha, const double *x, const int *incx, double *a,
                    const int *lda, size_t uplo_length);

static syr_fn *syr;

static void load_openblas(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    void *symbol = library ? dlsym(library, "dsyr_") : NULL;
    memcpy(&syr, &symbol, sizeof symbol); /* ISO C has no cast from object to function pointers */
    if (!syr)
        fprintf(stderr, "no OpenBLAS: ratios are left out\n");
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x)
{
    qsort(x, SAMPLES, sizeof *x, ascending);
    return x[SAMPLES / 2];
}

static void *claim(size_t count)
{
    void *memory = calloc(count, sizeof(double));
    if (!memory)
        abort();
    return memory;
}

static void line(const char *name, size_t n, const char *what, double *samples, double *unit)
{
    const double own = median(samples);
    printf("%s\t%zu\t%s\t%.2f\t", name, n, what, own);
    if (syr)
        printf("%.2f\n", own / median(unit));
    else
        printf("-\n");
}

static void measure(const char *name, mvo_stream *stream, size_t n)
{
    static double updates[SAMPLES], snapshots[SAMPLES], unit[SAMPLES];
    const int order = (int)n, step = 1, times = n < 200 ? 64 : 8;
    const double alpha = 0.06;
    random_stream random = { 1 };
    double *x = claim(VECTORS * n), *matrix = claim(n * n);
    mvo_covariance *handle = NULL;
    for (size_t i = 0; i < VECTORS * n; i++)
        x[i] = 0.01 * random_normal(&random);
    for (size_t t = 0; t < 3000; t++)
        mvo_stream_update(stream, x + t % VECTORS * n, NULL);
    if (mvo_stream_covariance(&handle, stream, NULL) != MVO_OK)
        abort();
    for (size_t s = 0; s < SAMPLES; s++) {
        double begin = now();
        for (int t = 0; syr && t < times; t++)
            syr("L", &order, &alpha, x + (size_t)t % VECTORS * n, &step, matrix, &order, 1);
        unit[s] = (now() - begin) / times;
        begin = now();
        for (int t = 0; t < times; t++)
            mvo_stream_update(stream, x + (size_t)t % VECTORS * n, NULL);
        updates[s] = (now() - begin) / times;
        begin = now();
        mvo_stream_snapshot(handle, stream, NULL);
        snapshots[s] = now() - begin;
    }
    line(name, n, "update", updates, unit);
    line(name, n, "snapshot", snapshots, unit);
    mvo_covariance_unref(handle);
    free(x);
    free(matrix);
}

int main(void)
{
    static const size_t orders[] = { 30, 100, 500, 1000 };
    load_openblas();
    printf("# estimator\tn\twhat\tmicroseconds\tratio to dsyr\n");
    for (size_t k = 0; k < sizeof orders / sizeof *orders; k++) {
        const size_t n = orders[k];
        const char *const names[4] = { "ewma", "ewma with mean", "window 2n", "window n/4" };
        for (int kind = 0; kind < 4; kind++) {
            mvo_stream *stream = NULL;
            const mvo_status status = kind < 2 ? mvo_stream_new_ewma(&stream, NULL, n, 0.97, kind, NULL)
                                               : mvo_stream_new_window(&stream, NULL, n, kind == 2 ? 2 * n : n / 4, 1,
                                                                       MVO_MEAN_ESTIMATED, NULL);
            if (status != MVO_OK)
                abort();
            measure(names[kind], stream, n);
            mvo_stream_free(stream);
        }
    }
    return 0;
}
