/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "bench/support/timing.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

static double read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

double now(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double now_short(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static double weigh_clock(void)
{
    double samples[201];
    for (size_t s = 0; s < 201; s++) {
        const double begin = now();
        samples[s] = now() - begin;
    }
    return quantile(samples, 201, 0.5);
}

double since(double begin)
{
    static double clock_cost = -1.0;
    const double end = now();
    if (clock_cost < 0.0)
        clock_cost = weigh_clock();
    const double took = end - begin - clock_cost;
    return took > 0.0 ? took : 0.0;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quantile(double *x, size_t count, double q)
{
    if (!count)
        return NAN;
    qsort(x, count, sizeof *x, ascending);
    return x[(size_t)(q * (double)(count - 1) + 0.5)];
}

void keep_memory(void)
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most it takes */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

void *claim(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}
