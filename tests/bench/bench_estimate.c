/* SPDX-License-Identifier: MIT */
/*
 * What estimating a covariance costs, handle and all, beside what it cannot do without: one dsyrk of the table (sample
 * covariances, shrinkage) or one dsyevd of the matrix (nonlinear shrinkage, clipping), of the same BLAS and LAPACK the
 * library is linked to. One line per estimator, tab-separated: what, n, T, microseconds, ratio, unit. Times are medians
 * of samples taken in turn with those of the unit.
 *
 *     bench_estimate [n [T]]      by default 500 and 1000
 *
 * With OpenBLAS on both sides: LD_LIBRARY_PATH=<folder of its libblas.so.3 and liblapack.so.3>, OPENBLAS_NUM_THREADS=1.
 */
#define _GNU_SOURCE
#include "support/random.h"

#include <mvo/mvo.h>

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 11 };

void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k, const double *alpha, const double *a,
            const int *lda, const double *beta, double *c, const int *ldc, size_t uplo_length, size_t trans_length);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length, size_t uplo_length);

static size_t n = 500, periods = 1000;
static double *returns, *product, *symmetric, *values, *numbers;
static int *integers;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
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

static void *claim(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        abort();
    return memory;
}

/* ------------------------------------------------------------------------------------------------- units */

static void gram(double *target)
{
    const int order = (int)n, inner = (int)periods;
    const double scale = 1.0 / (double)(periods - 1), overwrite = 0.0;
    dsyrk_("L", "T", &order, &inner, &scale, returns, &inner, &overwrite, target, &order, 1, 1);
}

static double time_gram(void)
{
    const double begin = now();
    gram(product);
    return now() - begin;
}

static double time_eigen(void)
{
    const int order = (int)n, length = (int)(1 + 6 * n + 2 * n * n), integer_length = (int)(3 + 5 * n);
    int info = 0;
    memcpy(product, symmetric, n * n * sizeof *product);
    const double begin = now();
    dsyevd_("V", "L", &order, product, &order, values, numbers, &length, integers, &integer_length, &info, 1, 1);
    return now() - begin;
}

/* -------------------------------------------------------------------------------------------- estimators */

static mvo_status sample(mvo_covariance **made)
{
    return mvo_covariance_new_returns(made, NULL, periods, n, returns, periods, 1, MVO_CHECK_ALL, NULL);
}

static mvo_status complete(mvo_covariance **made)
{
    return mvo_covariance_new_complete_cases(made, NULL, NULL, periods, n, returns, periods, 1, NULL);
}

static mvo_status pairwise(mvo_covariance **made)
{
    return mvo_covariance_new_pairwise(made, NULL, NULL, periods, n, returns, periods, 1, MVO_INDEFINITE_CLIP, NULL);
}

static mvo_status exponential(mvo_covariance **made)
{
    return mvo_covariance_new_exponential(made, NULL, periods, n, returns, periods, 60.0, 60.0, MVO_MEAN_ESTIMATED,
                                          NULL);
}

static mvo_status identity(mvo_covariance **made)
{
    return mvo_covariance_new_shrunk(made, NULL, NULL, periods, n, returns, periods, 1, MVO_SHRINK_IDENTITY, NULL);
}

static mvo_status constant_correlation(mvo_covariance **made)
{
    return mvo_covariance_new_shrunk(made, NULL, NULL, periods, n, returns, periods, 1,
                                     MVO_SHRINK_CONSTANT_CORRELATION, NULL);
}

static mvo_status quadratic_inverse(mvo_covariance **made)
{
    return mvo_covariance_new_nonlinear(made, NULL, periods, n, returns, periods, MVO_NONLINEAR_QUADRATIC_INVERSE,
                                        NULL);
}

static mvo_status analytical(mvo_covariance **made)
{
    return mvo_covariance_new_nonlinear(made, NULL, periods, n, returns, periods, MVO_NONLINEAR_ANALYTICAL, NULL);
}

static mvo_status clipped(mvo_covariance **made)
{
    return mvo_covariance_new_clipped(made, NULL, NULL, periods, n, returns, periods, 1, NULL);
}

static mvo_status gerber(mvo_covariance **made)
{
    return mvo_covariance_new_gerber(made, NULL, periods, n, returns, periods, 1, 0.5, NULL);
}

typedef mvo_status estimator(mvo_covariance **made);

static double time_estimator(estimator *estimate)
{
    mvo_covariance *made = NULL;
    const double begin = now();
    if (estimate(&made))
        abort();
    const double took = now() - begin;
    mvo_covariance_unref(made);
    return took;
}

static void measure(const char *what, estimator *estimate, const char *unit, double (*time_unit)(void))
{
    double own[SAMPLES], units[SAMPLES];
    (void)time_estimator(estimate);
    for (size_t s = 0; s < SAMPLES; s++) {
        units[s] = time_unit();
        own[s] = time_estimator(estimate);
    }
    const double middle = median(own), beside = median(units);
    printf("%s\t%zu\t%zu\t%.0f\t%.3f\t%s\n", what, n, periods, middle, middle / beside, unit);
    fflush(stdout);
}

/* Which file the library's BLAS is. */
static void tell_blas(void)
{
    void *symbol = dlsym(RTLD_DEFAULT, "dsyrk_");
    Dl_info where;
    if (symbol && dladdr(symbol, &where) && where.dli_fname)
        printf("# dsyrk of %s\n", where.dli_fname);
}

int main(int argc, char **argv)
{
    random_stream stream = { 1 };
    if (argc > 1)
        n = (size_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        periods = (size_t)strtoul(argv[2], NULL, 10);
    if (n < 1 || n > 10000 || periods < 2 || periods > 1000000)
        return 2;
    returns = claim(periods * n, sizeof *returns);
    product = claim(n * n, sizeof *product);
    symmetric = claim(n * n, sizeof *symmetric);
    values = claim(n, sizeof *values);
    numbers = claim(1 + 6 * n + 2 * n * n, sizeof *numbers);
    integers = claim(3 + 5 * n, sizeof *integers);
    for (size_t t = 0; t < periods; t++) {
        const double market = random_normal(&stream);
        for (size_t j = 0; j < n; j++)
            returns[t + j * periods] = 0.01 * (0.5 * market + random_normal(&stream));
    }
    gram(symmetric);
    tell_blas();
    measure("sample covariance", sample, "dsyrk", time_gram);
    measure("complete cases", complete, "dsyrk", time_gram);
    measure("exponential", exponential, "dsyrk", time_gram);
    measure("shrunk to the identity", identity, "dsyrk", time_gram);
    measure("shrunk to constant correlation", constant_correlation, "dsyrk", time_gram);
    measure("Gerber", gerber, "dsyrk", time_gram);
    measure("quadratic-inverse shrinkage", quadratic_inverse, "dsyevd", time_eigen);
    measure("analytical shrinkage", analytical, "dsyevd", time_eigen);
    measure("clipped", clipped, "dsyevd", time_eigen);
    measure("pairwise", pairwise, "dsyevd", time_eigen);
    free(returns);
    free(product);
    free(symmetric);
    free(values);
    free(numbers);
    free(integers);
    return 0;
}
