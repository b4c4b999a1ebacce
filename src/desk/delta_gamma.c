/* SPDX-License-Identifier: MIT */
/*
 * Derivative positions to second order: a position gains d'r + r'G r / 2 when the assets return r. With r normal, mean mu
 * and covariance S, and e = d + G mu, its mean is  d'mu + mu'G mu / 2 + tr(G S) / 2  and two positions have the covariance
 * e_a'S e_b + tr(G_a S G_b S) / 2  (moments of quadratic forms: Searle 1971, chapter 2).
 */
#include "covariance/covariance.h"
#include "desk/check.h"

#include <math.h>
#include <string.h>

typedef struct positions {
    const mvo_covariance *given;
    size_t n, m;
    const double *mu, *deltas, *gammas;
    size_t ld_deltas;
    double *scratch;
    double *slopes;   /* n-by-m: e of each position */
    double *products; /* n-by-m: S e */
    double *curved;   /* n-by-n for each position: S G */
} positions;

static mvo_status check(const positions *p, size_t ld, mvo_error *error)
{
    mvo_context *context = p->given->context;
    mvo_status status = mvoi_desk_table(context, error, "deltas", p->deltas, p->ld_deltas, p->m, p->n, -HUGE_VAL, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_table(context, error, "gammas", p->gammas, p->n, p->n, p->m * p->n, -HUGE_VAL, HUGE_VAL);
    if (status == MVO_OK && p->mu)
        status = mvoi_desk_vector(context, error, "mean", p->mu, p->n, -HUGE_VAL, HUGE_VAL);
    const mvoi_detail detail = { "ld", -1, -1, (double)ld, (double)p->m };
    if (status == MVO_OK && ld < p->m)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "ld is %zu, less than m = %zu", ld, p->m);
    for (size_t a = 0; status == MVO_OK && a < p->m; a++)
        for (size_t j = 0; j < p->n; j++)
            for (size_t i = 0; i < j; i++) {
                const double upper = p->gammas[i + (a * p->n + j) * p->n], lower = p->gammas[j + (a * p->n + i) * p->n];
                const mvoi_detail where = { "gammas", (int64_t)i, (int64_t)(a * p->n + j), upper, lower };
                if (upper != lower)
                    return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, where,
                                     "gamma of position %zu is not symmetric: [%zu, %zu] is %g, [%zu, %zu] is %g", a, i,
                                     j, upper, j, i, lower);
            }
    return status;
}

/* Everything of position a that its moments need; returns its mean. */
static double prepare(const positions *p, size_t a)
{
    const size_t n = p->n;
    const double *gamma = p->gammas + a * n * n;
    double *curved = p->curved + a * n * n, *slope = p->slopes + a * n, mean = 0.0;
    for (size_t j = 0; j < n; j++) {
        mvoi_covariance_product(curved + j * n, p->given, gamma + j * n, p->scratch);
        const double delta = p->deltas[a + j * p->ld_deltas];
        double turned = 0.0; /* (G mu)_j */
        for (size_t i = 0; p->mu && i < n; i++)
            turned += gamma[i + j * n] * p->mu[i];
        slope[j] = delta + turned;
        mean += 0.5 * curved[j + j * n] + (p->mu ? p->mu[j] * (delta + 0.5 * turned) : 0.0);
    }
    mvoi_covariance_product(p->products + a * n, p->given, slope, p->scratch);
    return mean;
}

static double joint(const positions *p, size_t a, size_t b)
{
    const size_t n = p->n;
    const double *A = p->curved + a * n * n, *B = p->curved + b * n * n;
    double sum = 0.0, trace = 0.0;
    for (size_t j = 0; j < n; j++) {
        sum += p->slopes[a * n + j] * p->products[b * n + j];
        for (size_t i = 0; i < n; i++)
            trace += A[i + j * n] * B[j + i * n];
    }
    return sum + 0.5 * trace;
}

mvo_status mvo_delta_gamma(double *means, double *covariances, size_t ld, const mvo_covariance *given,
                           const double *mean, size_t m, const double *deltas, size_t ld_deltas, const double *gammas,
                           mvo_error *error)
{
    if (!given)
        return mvoi_fail_null(NULL, error, "given");
    mvo_context *context = given->context;
    const size_t n = given->n;
    positions p = { given, n, m, mean, deltas, gammas, ld_deltas, NULL, NULL, NULL, NULL };
    if (m > SIZE_MAX / sizeof(double) / n / n)
        return mvoi_fail_memory(context, error, "derivative positions");
    const mvo_status status = check(&p, covariances ? ld : m, error);
    if (status != MVO_OK)
        return status;
    p.scratch = mvoi_allocate(context, given->k, sizeof(double));
    p.slopes = mvoi_allocate(context, n * m, 2 * sizeof(double));
    p.curved = mvoi_allocate(context, n * m, n * sizeof(double));
    const int complete = p.scratch && p.slopes && p.curved;
    p.products = p.slopes ? p.slopes + n * m : NULL;
    for (size_t a = 0; complete && a < m; a++) {
        const double expected = prepare(&p, a);
        if (means)
            means[a] = expected;
    }
    for (size_t b = 0; complete && covariances && b < m; b++)
        for (size_t a = 0; a <= b; a++)
            covariances[a + b * ld] = covariances[b + a * ld] = joint(&p, a, b);
    mvoi_release(context, p.scratch);
    mvoi_release(context, p.slopes);
    mvoi_release(context, p.curved);
    return complete ? MVO_OK : mvoi_fail_memory(context, error, "derivative positions");
}
