/* SPDX-License-Identifier: MIT */
/*
 * Dynamic conditional correlations (Engle 2002), in two steps: GARCH(1,1) for each asset, then for the standardised
 * residuals z_t  Q_(t+1) = (1 - a - b) Qbar + a z_t z_t' + b Q_t  and R_t the correlation matrix of Q_t, with Q_1 =
 * Qbar, the mean of z_t z_t'.
 */
#include "estimate/assemble.h"
#include "estimate/garch.h"
#include "estimate/minimise.h"
#include "estimate/returns_table.h"

#include "linalg/kernels.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

#define MOST_PERSISTENCE 0.999999
#define LEAST_PIVOT 1e-10 /* of a correlation matrix: below, an asset is a combination of those before it */

typedef struct dcc {
    const mvoi_kernels *kernels;
    size_t periods, n, ld;
    double *z;      /* n-by-periods: standardised residuals, a period's contiguous */
    double *level;  /* n-by-n, Qbar; of this and the next the lower triangle counts */
    double *Q;      /* n-by-n */
    double *factor; /* (n + 1)-by-n with leading dimension ld: z' on top of R_t, as the Cholesky kernel takes it */
    double *garch;  /* 4-by-n: mu, omega, alpha, beta */
    double *next;   /* n: variances of the next period */
    double *path;   /* periods + 1: variances of one asset */
    double *scale;  /* n: one over the root of each variance in Q */
} dcc;

/* log |R| + z'R^-1 z - z'z for R the correlation matrix of Q; infinite where R is singular, *refused then the asset. */
static double period_deviance(const dcc *d, const double *z, size_t *refused)
{
    const size_t n = d->n, ld = d->ld;
    double sum = 0.0, squares = 0.0;
    for (size_t j = 0; j < n; j++)
        d->scale[j] = 1.0 / sqrt(d->Q[j + j * n]);
    for (size_t j = 0; j < n; j++) {
        const double own = d->scale[j];
        double *column = d->factor + j * ld;
        column[0] = z[j];
        column[1 + j] = 1.0;
        for (size_t i = j + 1; i < n; i++)
            column[1 + i] = d->Q[i + j * n] * own * d->scale[i];
        squares += z[j] * z[j];
    }
    const size_t done = d->kernels->cholesky(1, n, d->factor, ld, LEAST_PIVOT);
    if (refused)
        *refused = done;
    if (done < n)
        return HUGE_VAL;
    for (size_t j = 0; j < n; j++)
        sum += 2.0 * log(d->factor[1 + j + j * ld]) + d->factor[j * ld] * d->factor[j * ld];
    return sum - squares;
}

/* Q = (1 - a - b) Qbar + a z z' + b Q */
static void step(const dcc *d, const double *z, double a, double b)
{
    const size_t n = d->n;
    const double rest = 1.0 - a - b;
    for (size_t j = 0; j < n; j++) {
        const double az = a * z[j];
        double *Q = d->Q + j * n;
        const double *level = d->level + j * n;
        for (size_t i = j; i < n; i++)
            Q[i] = (rest * level[i] + az * z[i]) + b * Q[i];
    }
}

/* Half of the sum of the deviances over all periods; Q is left as that of the period after. */
static double half_deviance(const dcc *d, double a, double b)
{
    double sum = 0.0;
    memcpy(d->Q, d->level, d->n * d->n * sizeof *d->Q);
    for (size_t t = 0; t < d->periods; t++) {
        const double *z = d->z + t * d->n;
        sum += 0.5 * period_deviance(d, z, NULL);
        if (!isfinite(sum))
            return HUGE_VAL;
        step(d, z, a, b);
    }
    return sum;
}

/* Coordinates without bounds: logits of a + b and of a's share in it. */
static void unfold(double *a, double *b, const double *x)
{
    const double persistence = MOST_PERSISTENCE / (1.0 + exp(-x[0])), share = 1.0 / (1.0 + exp(-x[1]));
    *a = persistence * share;
    *b = persistence * (1.0 - share);
}

static double objective(double *gradient, const double *x, void *data)
{
    const dcc *d = data;
    double a, b;
    (void)gradient; /* searched by simplex */
    if (fabs(x[0]) > 30.0 || fabs(x[1]) > 30.0)
        return HUGE_VAL;
    unfold(&a, &b, x);
    return half_deviance(d, a, b) / (double)d->periods;
}

static double correlations(double *a, double *b, dcc *d)
{
    static const double starts[][2] = { { 0.02, 0.95 }, { 0.01, 0.98 }, { 0.05, 0.9 }, { 0.05, 0.5 } };
    double best[2] = { 0.0 }, least = HUGE_VAL;
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
        const double sum = starts[k][0] + starts[k][1];
        const double x[2] = { log(sum / (1.0 - sum)), log(starts[k][0] / starts[k][1]) };
        const double value = objective(NULL, x, d);
        if (k == 0 || value < least) {
            least = value;
            memcpy(best, x, sizeof best);
        }
    }
    mvoi_minimise_simplex(best, 2, 0.5, 1e-7, objective, d);
    unfold(a, b, best);
    return half_deviance(d, *a, *b); /* and leaves Q of the next period */
}

static mvo_status fit_assets(dcc *d, double *log_likelihood, const mvoi_table *table, int32_t mean,
                             mvo_context *context, mvo_error *error)
{
    *log_likelihood = 0.0;
    for (size_t j = 0; j < d->n; j++) {
        const double *x = table->values + j * table->ld;
        double *parameters = d->garch + 4 * j, own = 0.0;
        if (!mvoi_garch_fit(parameters, &own, d->path, x, d->periods, mean)) {
            const mvoi_detail detail = { "returns", -1, (int64_t)j, 0.0, 0.0 };
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "column %zu of returns does not vary", j);
        }
        *log_likelihood += own;
        d->next[j] = d->path[d->periods];
        for (size_t t = 0; t < d->periods; t++)
            d->z[j + t * d->n] = (x[t] - parameters[0]) / sqrt(d->path[t]);
    }
    return MVO_OK;
}

/* Qbar, and whether its correlations have an inverse. */
static mvo_status find_level(dcc *d, mvo_context *context, mvo_error *error)
{
    const size_t n = d->n;
    size_t refused = n;
    if (!mvoi_lapack_multiply(0, 1, n, n, d->periods, 1.0 / (double)d->periods, d->z, n, d->z, n, 0.0, d->level, n))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                         "a table of %zu periods and %zu assets is too large for BLAS", d->periods, n);
    memcpy(d->Q, d->level, n * n * sizeof *d->Q);
    if (isfinite(period_deviance(d, d->z, &refused)))
        return MVO_OK;
    const mvoi_detail detail = { "returns", -1, (int64_t)refused, 0.0, 0.0 };
    return mvoi_fail(context, error, MVO_ERROR_SINGULAR, detail,
                     "column %zu of returns is a combination of those before it: its correlations are singular",
                     refused);
}

/* Sigma_ij = sqrt(h_i h_j) R_ij of the next period, lower triangle. */
static void fill(double *matrix, size_t ld, const dcc *d)
{
    const size_t n = d->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            const double correlation = d->Q[i + j * n] / (sqrt(d->Q[i + i * n]) * sqrt(d->Q[j + j * n]));
            matrix[i + j * ld] = i == j ? d->next[j] : correlation * sqrt(d->next[i]) * sqrt(d->next[j]);
        }
}

static int allocate(dcc *d, mvo_context *context)
{
    const size_t n = d->n, wide = d->periods + 1;
    const int fits = n <= SIZE_MAX / 16 / wide && n <= SIZE_MAX / 16 / d->ld;
    d->z = fits ? mvoi_allocate(context, n * d->periods, sizeof *d->z) : NULL;
    d->level = fits ? mvoi_allocate(context, n * n, sizeof *d->level) : NULL;
    d->Q = fits ? mvoi_allocate(context, n * n, sizeof *d->Q) : NULL;
    d->factor = fits ? mvoi_allocate(context, n * d->ld, sizeof *d->factor) : NULL;
    d->garch = fits ? mvoi_allocate(context, 4 * n, sizeof *d->garch) : NULL;
    d->next = fits ? mvoi_allocate(context, n, sizeof *d->next) : NULL;
    d->path = fits ? mvoi_allocate(context, wide, sizeof *d->path) : NULL;
    d->scale = fits ? mvoi_allocate(context, n, sizeof *d->scale) : NULL;
    return d->z && d->level && d->Q && d->factor && d->garch && d->next && d->path && d->scale;
}

static void release(dcc *d, mvo_context *context)
{
    mvoi_release(context, d->z);
    mvoi_release(context, d->level);
    mvoi_release(context, d->Q);
    mvoi_release(context, d->factor);
    mvoi_release(context, d->garch);
    mvoi_release(context, d->next);
    mvoi_release(context, d->path);
    mvoi_release(context, d->scale);
}

mvo_status mvo_covariance_new_dcc(mvo_covariance **covariance, double *parameters, double *garch,
                                  double *log_likelihood, mvo_context *context, size_t periods, size_t n,
                                  const double *returns, size_t ld, int32_t mean, mvo_error *error)
{
    const mvoi_table table = { returns, periods, n, ld };
    double a = 0.0, b = 0.0, likelihood = 0.0;
    mvoi_assembly assembly = { .made = NULL };
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const size_t least = n < SIZE_MAX && n + 1 > MVOI_GARCH_LEAST_PERIODS ? n + 1 : MVOI_GARCH_LEAST_PERIODS;
    mvo_status status = mvoi_returns_table_check(context, error, &table, least);
    if (status == MVO_OK)
        status = mvoi_check_mean(context, error, mean);
    if (status != MVO_OK)
        return status;
    dcc d = { .kernels = mvoi_kernels_best(), .periods = periods, .n = n, .ld = mvoi_leading_dimension(n + 1) };
    status = mvoi_assembly_dense(&assembly, context, error, n, "conditional correlations");
    if (status == MVO_OK && !allocate(&d, context))
        status = mvoi_fail_memory(context, error, "conditional correlations");
    if (status == MVO_OK)
        status = fit_assets(&d, &likelihood, &table, mean, context, error);
    if (status == MVO_OK)
        status = find_level(&d, context, error);
    if (status == MVO_OK) {
        likelihood -= correlations(&a, &b, &d);
        fill(assembly.matrix, assembly.ld, &d);
        status = mvoi_assembly_finish(covariance, &assembly, error, 0);
    }
    if (status == MVO_OK) {
        if (parameters) {
            parameters[0] = a;
            parameters[1] = b;
        }
        if (garch)
            memcpy(garch, d.garch, 4 * n * sizeof *garch);
        if (log_likelihood)
            *log_likelihood = likelihood;
    }
    mvoi_assembly_drop(&assembly);
    release(&d, context);
    return status;
}
