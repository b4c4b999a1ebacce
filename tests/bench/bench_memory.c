/* SPDX-License-Identifier: MIT */
/*
 * Memory for a portfolio over a factor model of n = 10 000 assets and k = 100 factors (family f): what each step
 * reserves, and what the whole program has ever had in memory (VmHWM, Linux; the caller's own arrays included), which
 * is less where what is reserved is never touched. A line for each step, tab-separated: what, MiB reserved by the
 * library at its end, most so far, largest block, VmHWM in MiB.
 *
 *     bench_memory [n k]
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 64 }; /* keeps the alignment malloc gives */

/* What the library has asked for, in bytes. */
typedef struct ledger {
    size_t live, most, largest;
} ledger;

static void *reserve(void *user, size_t size)
{
    ledger *l = user;
    char *block = malloc(HEADER + size);
    if (!block)
        return NULL;
    memcpy(block, &size, sizeof size);
    l->live += size;
    l->most = l->live > l->most ? l->live : l->most;
    l->largest = size > l->largest ? size : l->largest;
    return block + HEADER;
}

static void give_back(void *user, void *pointer)
{
    ledger *l = user;
    size_t size;
    memcpy(&size, (char *)pointer - HEADER, sizeof size);
    l->live -= size;
    free((char *)pointer - HEADER);
}

/* The peak of this process's resident memory in MiB; NaN where the system does not tell. */
static double peak(void)
{
    char text[256];
    double kibibytes = NAN;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(text, sizeof text, status))
        if (!strncmp(text, "VmHWM:", 6))
            kibibytes = strtod(text + 6, NULL);
    if (status)
        fclose(status);
    return kibibytes / 1024.0;
}

static void tell(const char *step, ledger *l)
{
    const double mebibyte = 1024.0 * 1024.0;
    printf("%s\t%.1f\t%.1f\t%.1f\t%.1f\n", step, (double)l->live / mebibyte, (double)l->most / mebibyte,
           (double)l->largest / mebibyte, peak());
    l->largest = 0;
}

static void require(mvo_status status, const mvo_error *error)
{
    if (status == MVO_OK)
        return;
    fprintf(stderr, "bench_memory: %s: %s\n", mvo_status_name(status), error->message);
    exit(EXIT_FAILURE);
}

/* Family f of market.h, drawn without anything beside the arrays that a caller has. */
static void draw(double *loadings, double *specific, double *mu, size_t n, size_t k)
{
    random_stream stream = { 1 };
    for (size_t i = 0; i < n; i++) {
        const double u = random_uniform(&stream), residual = 0.12 + 0.35 * u * u;
        double variance = specific[i] = residual * residual, first = 0.0;
        for (size_t f = 0; f < k; f++) {
            const double exposure = f == 0 ? 1.0 + 0.3 * random_normal(&stream) : random_normal(&stream);
            const double scaled = exposure * (f == 0 ? 0.16 : 0.08 / sqrt((double)f));
            first = f == 0 ? exposure : first;
            loadings[i + f * n] = scaled;
            variance += scaled * scaled;
        }
        mu[i] = 0.02 + 0.05 * first + 0.10 * sqrt(variance) * (0.3 + 0.5 * random_normal(&stream));
    }
}

int main(int count, char **arguments)
{
    const size_t n = count > 2 ? strtoul(arguments[1], NULL, 10) : 10000;
    const size_t k = count > 2 ? strtoul(arguments[2], NULL, 10) : 100;
    ledger l = { 0, 0, 0 };
    mvo_error error = MVO_ERROR_INIT;
    mvo_context *context = NULL;
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    double *loadings = malloc(n * k * sizeof *loadings), *vectors = malloc(3 * n * sizeof *vectors);
    if (!loadings || !vectors)
        return EXIT_FAILURE;
    double *specific = vectors, *mu = vectors + n, *weights = vectors + 2 * n;
    printf("# memory in MiB, factor model, n = %zu, k = %zu\n#step\treserved\tmost reserved\tlargest block\tVmHWM\n", n,
           k);
    draw(loadings, specific, mu, n, k);
    tell("the caller's arrays", &l);
    require(mvo_context_new(&context, reserve, give_back, NULL, &l, &error), &error);
    require(
        mvo_covariance_new_factor(&covariance, context, n, k, loadings, n, NULL, 0, specific, MVO_CHECK_ALL, &error),
        &error);
    tell("covariance", &l);
    require(mvo_constraints_new_long_only(&rules, context, n, &error), &error);
    for (size_t j = 0; j < n; j++)
        require(mvo_constraints_set_bound(rules, j, 0.0, fmax(0.01, 5.0 / (double)n), &error), &error);
    require(mvo_solver_new(&solver, context, covariance, rules, &error), &error);
    tell("solver", &l);
    require(mvo_maximum_utility(&outcome, solver, mu, 5.0, &error), &error);
    require(mvo_solver_weights(weights, solver), &error);
    tell("utility, cold", &l);
    for (int tick = 0; tick < 20; tick++) {
        for (size_t j = 0; j < n; j++)
            mu[j] *= tick % 2 ? 1.01 : 1.0 / 1.01;
        require(mvo_maximum_utility(&outcome, solver, mu, 5.0, &error), &error);
    }
    tell("utility, 20 warm ticks", &l);
    printf("# %s\n", mvo_outcome_name(outcome));
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
    free(loadings);
    free(vectors);
    return outcome == MVO_OPTIMAL ? EXIT_SUCCESS : EXIT_FAILURE;
}
