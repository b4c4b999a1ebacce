/* SPDX-License-Identifier: MIT */
/*
 * What the nearest correlation matrix costs, in eigenvalue decompositions (dsyevd) of the same size by the same LAPACK
 * in the same run. The matrix: a sample correlation of n assets over 2 n periods plus a symmetric perturbation with
 * normal elements of a given size, which makes it indefinite. One line a size and perturbation, tab-separated: n,
 * perturbation, microseconds of dsyevd, of the repair, their ratio, Newton steps, distance. Medians over the samples.
 *
 * bench_repairs [n]: that size alone.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */

#include "linalg/lapack.h"
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 9 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, SAMPLES, sizeof *values, compare);
    return values[SAMPLES / 2];
}

static double *room(size_t count)
{
    double *numbers = malloc(count * sizeof *numbers);
    if (!numbers)
        abort();
    return numbers;
}

/* Returns of one common factor and noise, their sample correlation, then the perturbation. */
static void make(double *matrix, size_t n, double size, random_stream *stream)
{
    const size_t periods = 2 * n;
    double *returns = room(periods * n);
    mvo_covariance *sample = NULL;
    for (size_t t = 0; t < periods; t++) {
        const double market = random_normal(stream);
        for (size_t j = 0; j < n; j++)
            returns[t + j * periods] = 0.6 * market + random_normal(stream);
    }
    if (mvo_covariance_new_returns(&sample, NULL, periods, n, returns, periods, 1, 0, NULL) != MVO_OK ||
        mvo_covariance_correlation(matrix, n, sample, NULL) != MVO_OK)
        abort();
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++) {
            matrix[i + j * n] = fmin(1.0, fmax(-1.0, matrix[i + j * n] + size * random_normal(stream)));
            matrix[j + i * n] = matrix[i + j * n];
        }
    mvo_covariance_unref(sample);
    free(returns);
}

static void measure(size_t n, double size)
{
    random_stream stream = { n };
    double *given = room(n * n), *copy = room(n * n), *values = room(n), *numbers = room(mvoi_lapack_eigen_numbers(n));
    int32_t *integers = malloc(mvoi_lapack_eigen_integers(n) * sizeof *integers);
    double eigen[SAMPLES], repair[SAMPLES], distance = 0.0;
    int64_t steps = 0;
    if (!integers)
        abort();
    make(given, n, size, &stream);
    for (int s = 0; s < SAMPLES; s++) {
        memcpy(copy, given, n * n * sizeof *copy);
        const double start = now();
        if (!mvoi_lapack_eigen(n, copy, n, values, numbers, integers))
            abort();
        const double between = now();
        if (mvo_correlation_nearest(copy, n, &distance, &steps, NULL, n, given, n, 0.0, NULL) != MVO_OK)
            abort();
        repair[s] = now() - between;
        eigen[s] = between - start;
    }
    const double unit = median(eigen), whole = median(repair);
    printf("%zu\t%g\t%.0f\t%.0f\t%.2f\t%lld\t%.4g\n", n, size, unit, whole, whole / unit, (long long)steps, distance);
    fflush(stdout);
    free(given);
    free(copy);
    free(values);
    free(numbers);
    free(integers);
}

int main(int count, char **arguments)
{
    static const size_t sizes[] = { 50, 100, 200, 400 };
    static const double perturbations[] = { 0.01, 0.05, 0.1, 0.3 };
    const size_t only = count > 1 ? (size_t)strtoul(arguments[1], NULL, 10) : 0;
    printf("# n\tperturbation\tdsyevd us\tnearest us\tratio\tsteps\tdistance\n");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t p = 0; p < sizeof perturbations / sizeof *perturbations; p++)
            if (!only || only == sizes[i])
                measure(sizes[i], perturbations[p]);
    return 0;
}
