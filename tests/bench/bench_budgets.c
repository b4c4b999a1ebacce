/* SPDX-License-Identifier: MIT */
/*
 * Times portfolios from risk alone on Market(n) of tests/support/market.h: risk budgets in units of one OpenBLAS
 * dpotrf(n), hierarchical risk parity in units of one dsyevd(n), medians of the same run. One line per n, question and
 * seed, tab-separated: n, k (factors; 0 for a dense covariance), seed, what, microseconds, ratio to dpotrf, ratio to
 * dsyevd, largest deviation of the budgets (or `-`). Nothing is asserted here.
 *
 *     bench_budgets [orders]      bench_budgets 500      bench_budgets 100,500
 */
#define _GNU_SOURCE
#include "support/market.h"
#include "support/random.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEDS = 3, MOST_SAMPLES = 25 };

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

/* ------------------------------------------------------------------------------------------ OpenBLAS */

typedef void potrf_fn(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
typedef void syevd_fn(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
                      double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);

static potrf_fn *potrf;
static syevd_fn *syevd;

static void load_openblas(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library) {
        fprintf(stderr, "no OpenBLAS: ratios are left out (%s)\n", dlerror());
        return;
    }
    void *symbol = dlsym(library, "dpotrf_");
    memcpy(&potrf, &symbol, sizeof symbol); /* ISO C has no cast from object to function pointers */
    symbol = dlsym(library, "dsyevd_");
    memcpy(&syevd, &symbol, sizeof symbol);
    void (*set_threads)(int) = NULL;
    symbol = dlsym(library, "openblas_set_num_threads");
    memcpy(&set_threads, &symbol, sizeof symbol);
    if (set_threads)
        set_threads(1);
}

/* ------------------------------------------------------------------------------------------ what is timed */

typedef struct task {
    size_t n;
    double *sigma, *work, *numbers, *budgets, *weights;
    int *integers;
    mvo_covariance *covariance;
    mvo_constraints *rules;
    double deviation;
    mvo_outcome outcome;
} task;

typedef void work_fn(task *t);

static void run_potrf(task *t)
{
    const int n = (int)t->n;
    int info = 0;
    potrf("L", &n, t->work, &n, &info, 1);
}

static void run_syevd(task *t)
{
    const int n = (int)t->n, numbers = 1 + 6 * n + 2 * n * n, integers = 3 + 5 * n;
    int info = 0;
    syevd("V", "L", &n, t->work, &n, t->weights, t->numbers, &numbers, t->integers, &integers, &info, 1, 1);
}

static void equal_budgets(task *t)
{
    mvo_risk_budgets(&t->outcome, t->weights, NULL, &t->deviation, t->covariance, NULL, NULL, NULL);
}

static void given_budgets(task *t)
{
    mvo_risk_budgets(&t->outcome, t->weights, NULL, &t->deviation, t->covariance, NULL, t->budgets, NULL);
}

static void capped_budgets(task *t)
{
    mvo_risk_budgets(&t->outcome, t->weights, NULL, &t->deviation, t->covariance, t->rules, t->budgets, NULL);
}

static void hierarchy(task *t)
{
    mvo_hierarchical_risk_parity(t->weights, NULL, t->covariance, NULL, MVO_DISTANCE_OF_CORRELATIONS,
                                 MVO_LINKAGE_SINGLE, NULL);
}

static void hierarchy_of_distances(task *t)
{
    mvo_hierarchical_risk_parity(t->weights, NULL, t->covariance, NULL, MVO_DISTANCE_OF_DISTANCES, MVO_LINKAGE_SINGLE,
                                 NULL);
}

static void hierarchy_ward(task *t)
{
    mvo_hierarchical_risk_parity(t->weights, NULL, t->covariance, NULL, MVO_DISTANCE_OF_CORRELATIONS, MVO_LINKAGE_WARD,
                                 NULL);
}

/* Median microseconds; the working copy of Sigma is renewed outside the clock. */
static double median(task *t, work_fn *work)
{
    double samples[MOST_SAMPLES];
    size_t count = 0;
    const double begin = now();
    while (count < MOST_SAMPLES && (count < 3 || now() - begin < 1e6)) {
        if (t->sigma)
            memcpy(t->work, t->sigma, t->n * t->n * sizeof *t->work);
        const double start = now();
        work(t);
        samples[count++] = now() - start;
    }
    qsort(samples, count, sizeof *samples, ascending);
    return samples[count / 2];
}

/* ---------------------------------------------------------------------------------------------- lines */

static void *claim(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static void bench(const instance *p, size_t k, uint64_t seed)
{
    static const struct {
        const char *what;
        work_fn *work;
        int has_budgets;
    } lines[] = {
        { "equal risk contributions", equal_budgets, 1 },
        { "risk budgets, given", given_budgets, 1 },
        { "risk budgets, weights capped at 1.5 / n", capped_budgets, 1 },
        { "hierarchical, single linkage on distances", hierarchy, 0 },
        { "hierarchical, single linkage on distances of distances", hierarchy_of_distances, 0 },
        { "hierarchical, Ward on distances", hierarchy_ward, 0 },
    };
    random_stream stream = { seed };
    const size_t n = p->n, square = p->sigma ? n * n : 1;
    task t = { .n = n, .sigma = p->sigma, .outcome = -1 };
    t.work = claim(square, sizeof *t.work);
    t.numbers = claim(1 + 6 * n + 2 * square, sizeof *t.numbers);
    t.integers = claim(3 + 5 * n, sizeof *t.integers);
    t.budgets = claim(n, sizeof *t.budgets);
    t.weights = claim(n, sizeof *t.weights);
    t.covariance = instance_covariance(p, MVO_CHECK_NONE);
    mvo_constraints_new_long_only(&t.rules, NULL, n, NULL);
    for (size_t j = 0; j < n; j++) {
        t.budgets[j] = 0.1 + random_uniform(&stream);
        mvo_constraints_set_bound(t.rules, j, 0.0, 1.5 / (double)n, NULL);
    }
    const int has_unit = potrf && syevd && p->sigma;
    const double potrf_time = has_unit ? median(&t, run_potrf) : NAN,
                 syevd_time = has_unit ? median(&t, run_syevd) : NAN;
    if (has_unit)
        printf("%zu\t%zu\t%d\tunits\t%.1f\t1\t%.3g\t-\n", n, k, (int)seed, potrf_time, potrf_time / syevd_time);
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
        if (!lines[l].has_budgets && n > 2500) /* n-by-n correlations of a factor model */
            continue;
        const double time = median(&t, lines[l].work);
        printf("%zu\t%zu\t%d\t%s\t%.1f", n, k, (int)seed, lines[l].what, time);
        printf(has_unit ? "\t%.3g\t%.3g" : "\t-\t-", time / potrf_time, time / syevd_time);
        printf(lines[l].has_budgets ? "\t%.2g\n" : "\t-\n", t.deviation);
        fflush(stdout);
    }
    mvo_constraints_free(t.rules);
    mvo_covariance_unref(t.covariance);
    free(t.weights);
    free(t.budgets);
    free(t.integers);
    free(t.numbers);
    free(t.work);
}

static int listed(const char *list, size_t n)
{
    char text[32];
    const int length = snprintf(text, sizeof text, "%zu", n);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, text, (size_t)length) && (at[length] == ',' || at[length] == '\0'))
            return 1;
    return list == NULL;
}

int main(int count, char **arguments)
{
    static const size_t orders[] = { 50, 100, 250, 500, 1000 },
                        factors[][2] = { { 500, 50 }, { 5000, 50 }, { 10000, 100 } };
    const char *wanted = count > 1 ? arguments[1] : NULL;
    load_openblas();
    printf("#n\tk\tseed\twhat\tmicroseconds\t/dpotrf\t/dsyevd\tdeviation\n");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (uint64_t seed = 1; seed <= SEEDS && listed(wanted, orders[i]); seed++) {
            instance *p = market_new(orders[i], seed, 0);
            bench(p, 0, seed);
            instance_free(p);
        }
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
        if (listed(wanted, factors[i][0])) {
            instance *p = market_new_factor(factors[i][0], factors[i][1], 1);
            bench(p, factors[i][1], 1);
            instance_free(p);
        }
    return 0;
}
