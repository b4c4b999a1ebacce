/* SPDX-License-Identifier: MIT */
/*
 * RiskMetrics 2006 (Zumbach 2006): exponential weights of several horizons tau_k, each sqrt(2) times the one before,
 * mixed with weights that fall with the logarithm of the horizon, 1 - ln tau_k / ln tau_0.
 */
#include "estimate/assemble.h"
#include "estimate/returns_table.h"

#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

#define RHO 1.4142135623730950488

/* Weights of the periods (oldest first), which sum to one: of each horizon exp(-age / tau), divided by their sum. */
static void mix(double *weights, size_t periods, double shortest, double longest, double cutoff)
{
    double sum = 0.0;
    memset(weights, 0, periods * sizeof *weights);
    for (size_t k = 0;; k++) {
        const double tau = shortest * pow(RHO, (double)k);
        if (tau > longest * (1.0 + 1e-12)) /* 512 = 4 rho^14 but for rounding */
            break;
        const double share = 1.0 - log(tau) / log(cutoff), decay = exp(-1.0 / tau);
        double power = 1.0, total = 0.0;
        for (size_t age = 0; age < periods; age++, power *= decay)
            total += power;
        power = share / total;
        for (size_t age = 0; age < periods; age++, power *= decay)
            weights[periods - 1 - age] += power;
        sum += share;
    }
    for (size_t t = 0; t < periods; t++)
        weights[t] /= sum;
}

static mvo_status check_horizons(mvo_context *context, mvo_error *error, double shortest, double longest, double cutoff)
{
    const double values[] = { shortest, longest, cutoff };
    static const char *const names[] = { "shortest", "longest", "cutoff" };
    for (size_t k = 0; k < 3; k++) {
        const mvoi_detail detail = { names[k], -1, -1, values[k], 0.0 };
        if (!isfinite(values[k]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", names[k], values[k]);
    }
    /* Below a hundredth of a period the decay underflows; 10^4 horizons would be a mistake too. */
    if (shortest < 0.01 || longest > 1e9) {
        const mvoi_detail detail = { shortest < 0.01 ? "shortest" : "longest", -1, -1,
                                     shortest < 0.01 ? shortest : longest, shortest < 0.01 ? 0.01 : 1e9 };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, beyond %g", detail.argument,
                         detail.value, detail.limit);
    }
    if (longest < shortest) {
        const mvoi_detail detail = { "longest", -1, -1, longest, shortest };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "longest is %g, below shortest = %g", longest,
                         shortest);
    }
    if (cutoff <= longest || cutoff <= 1.0) {
        const mvoi_detail detail = { "cutoff", -1, -1, cutoff, longest };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "cutoff is %g, not above 1 and longest = %g",
                         cutoff, longest);
    }
    return MVO_OK;
}

mvo_status mvo_covariance_new_riskmetrics2006(mvo_covariance **covariance, mvo_context *context, size_t periods,
                                              size_t n, const double *returns, size_t ld, double shortest,
                                              double longest, double cutoff, mvo_error *error)
{
    const mvoi_table table = { returns, periods, n, ld };
    mvoi_assembly assembly = { .made = NULL };
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = mvoi_returns_table_check(context, error, &table, 1);
    if (status == MVO_OK)
        status = check_horizons(context, error, shortest, longest, cutoff);
    if (status != MVO_OK)
        return status;
    status = mvoi_assembly_dense(&assembly, context, error, n, "a covariance of several horizons");
    if (status != MVO_OK)
        return status;
    double *weights = mvoi_allocate(context, periods, sizeof *weights);
    double *weighted = periods <= SIZE_MAX / n ? mvoi_allocate(context, periods * n, sizeof *weighted) : NULL;
    if (!weights || !weighted) {
        status = mvoi_fail_memory(context, error, "a covariance of several horizons");
    } else {
        mix(weights, periods, shortest, longest, cutoff);
        for (size_t j = 0; j < n; j++)
            for (size_t t = 0; t < periods; t++)
                weighted[t + j * periods] = sqrt(weights[t]) * returns[t + j * ld];
        if (!mvoi_lapack_gram(periods, n, 1.0, weighted, periods, assembly.matrix, assembly.ld))
            status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                               "a table of %zu periods and %zu assets is too large for BLAS", periods, n);
    }
    mvoi_release(context, weights);
    mvoi_release(context, weighted);
    if (status == MVO_OK)
        status = mvoi_assembly_finish(covariance, &assembly, error, 0);
    if (status == MVO_OK)
        (*covariance)->rank_bound = periods < n ? periods : n;
    mvoi_assembly_drop(&assembly);
    return status;
}
