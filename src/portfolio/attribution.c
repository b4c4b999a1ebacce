/* SPDX-License-Identifier: MIT */
/* Where a portfolio's risk comes from, by groups and by factors, and its profits over scenarios. */
#include "covariance/covariance.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

static mvo_status check_leading(mvo_context *context, mvo_error *error, const char *name, size_t ld, const char *least_name,
                                size_t least, size_t columns)
{
    const mvoi_detail detail = { name, -1, -1, (double)ld, (double)least };
    if (ld < least)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %zu, less than %s, which is %zu", name, ld,
                         least_name, least);
    if (columns && ld > SIZE_MAX / sizeof(double) / columns)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %zu: no memory holds %zu such columns", name, ld,
                         columns);
    return MVO_OK;
}

static mvo_status check_matrix(mvo_context *context, mvo_error *error, const char *name, const double *x, size_t rows,
                               size_t columns, size_t ld)
{
    for (size_t j = 0; j < columns; j++) {
        const size_t i = mvoi_find_not_finite(x + j * ld, rows, 0);
        if (i < rows)
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE,
                             (mvoi_detail){ name, (int64_t)i, (int64_t)j, x[i + j * ld], 0.0 }, "%s is %g at (%zu, %zu)", name,
                             x[i + j * ld], i, j);
    }
    return MVO_OK;
}

mvo_status mvo_group_contributions(double *totals, const mvo_covariance *covariance, const double *weights, size_t groups,
                                   const int32_t *label, mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!totals)
        return mvoi_fail_null(context, error, "totals");
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    if (!label)
        return mvoi_fail_null(context, error, "label");
    for (size_t j = 0; j < covariance->n; j++)
        if (label[j] < -1 || (label[j] >= 0 && (size_t)label[j] >= groups))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT,
                             (mvoi_detail){ "label", (int64_t)j, -1, (double)label[j], (double)groups },
                             "label of asset %zu is %d, there are %zu groups", j, (int)label[j], groups);
    double *own = mvoi_allocate(context, covariance->n, sizeof *own);
    if (!own)
        return mvoi_fail_memory(context, error, "contributions");
    const mvo_status status = mvo_covariance_risk_contributions(NULL, own, covariance, weights, error);
    if (status == MVO_OK) {
        memset(totals, 0, groups * sizeof *totals);
        for (size_t j = 0; j < covariance->n; j++)
            if (label[j] >= 0)
                totals[label[j]] += own[j];
    }
    mvoi_release(context, own);
    return status;
}

/* What of a risk the factors explain: how the assets load on them, and a covariance of theirs or NULL. */
typedef struct factors {
    size_t n, k;
    const double *loadings;
    size_t ld;
    const double *omega;
    size_t ld_omega;
} factors;

/* sensitivity_f = (Omega b)_f, or by least squares of Sigma w on the loadings, which is the covariance of the portfolio's
   return with the factors' returns (B'B)^-1 B'r. 0 where the loadings depend on each other. `square` holds k^2 + k numbers. */
static int factor_covariances(double *sensitivity, const factors *f, const double *exposure, const double *marginal,
                              double *square)
{
    const size_t k = f->k;
    memset(sensitivity, 0, k * sizeof *sensitivity);
    if (f->omega) {
        for (size_t g = 0; g < k; g++)
            for (size_t h = 0; h < k; h++)
                sensitivity[h] += f->omega[h + g * f->ld_omega] * exposure[g];
        return 1;
    }
    for (size_t g = 0; g < k; g++) {
        const double *column = f->loadings + g * f->ld;
        for (size_t h = 0; h < k; h++) {
            double sum = 0.0;
            for (size_t i = 0; i < f->n; i++)
                sum += column[i] * f->loadings[i + h * f->ld];
            square[h + g * k] = sum;
        }
        for (size_t i = 0; i < f->n; i++)
            sensitivity[g] += column[i] * marginal[i];
    }
    /* In units in which every column has length 1, so that dependence can be told from small loadings. */
    for (size_t g = 0; g < k; g++)
        if (!(square[g + g * k] > 0.0))
            return 0;
    double *room = square + k * k;
    for (size_t g = 0; g < k; g++)
        room[g] = 1.0 / sqrt(square[g + g * k]);
    for (size_t g = 0; g < k; g++)
        for (size_t h = 0; h < k; h++)
            square[h + g * k] *= room[g] * room[h];
    for (size_t g = 0; g < k; g++)
        sensitivity[g] *= room[g];
    if (!mvoi_lapack_cholesky(k, square, k))
        return 0;
    for (size_t g = 0; g < k; g++)
        if (square[g + g * k] < 1e-6) /* the pivot is a square: 1e-12 of it is left */
            return 0;
    if (!mvoi_lapack_cholesky_solve(k, 1, square, k, sensitivity, k))
        return 0;
    for (size_t g = 0; g < k; g++)
        sensitivity[g] *= room[g];
    return 1;
}

static mvo_status check_factors(const factors *f, mvo_context *context, mvo_error *error)
{
    if (f->k > f->n)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, (mvoi_detail){ "k", -1, -1, (double)f->k, (double)f->n },
                         "k is %zu, more than the %zu assets", f->k, f->n);
    if (f->k && !f->loadings)
        return mvoi_fail_null(context, error, "loadings");
    mvo_status status = check_leading(context, error, "ld_loadings", f->ld, "the number of assets", f->n, f->k);
    if (status == MVO_OK && f->omega)
        status = check_leading(context, error, "ld_factor", f->ld_omega, "k", f->k, f->k);
    if (status == MVO_OK)
        status = check_matrix(context, error, "loadings", f->loadings, f->n, f->k, f->ld);
    if (status == MVO_OK && f->omega)
        status = check_matrix(context, error, "factor_covariance", f->omega, f->k, f->k, f->ld_omega);
    return status;
}

mvo_status mvo_factor_contributions(double *exposures, double *totals, double *specific, const mvo_covariance *covariance,
                                    const double *weights, size_t k, const double *loadings, size_t ld_loadings,
                                    const double *factor_covariance, size_t ld_factor, mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    mvo_context *context = covariance->context;
    const size_t n = covariance->n;
    const factors f = { n, k, loadings, ld_loadings, factor_covariance, ld_factor };
    mvo_status status = mvoi_check_vector(context, error, "weights", weights, n);
    if (status == MVO_OK)
        status = check_factors(&f, context, error);
    if (status != MVO_OK)
        return status;
    double *room = k < 100000 ? mvoi_allocate(context, n + k * k + 3 * k, sizeof *room) : NULL;
    if (!room)
        return mvoi_fail_memory(context, error, "contributions");
    double *exposure = room + n, *sensitivity = exposure + k, *square = sensitivity + k;
    const double volatility = sqrt(mvoi_covariance_variance(covariance, weights));
    mvoi_covariance_product(room, covariance, weights, NULL);
    for (size_t g = 0; g < k; g++) {
        exposure[g] = 0.0;
        for (size_t i = 0; i < n; i++)
            exposure[g] += loadings[i + g * ld_loadings] * weights[i];
    }
    if (!factor_covariances(sensitivity, &f, exposure, room, square)) {
        status = mvoi_fail(context, error, MVO_ERROR_SINGULAR, MVOI_DETAIL("loadings"),
                           "the columns of loadings depend on each other");
    } else {
        double explained = 0.0;
        for (size_t g = 0; g < k; g++) {
            const double total = volatility > 0.0 ? exposure[g] * sensitivity[g] / volatility : 0.0;
            explained += total;
            if (totals)
                totals[g] = total;
            if (exposures)
                exposures[g] = exposure[g];
        }
        if (specific)
            *specific = volatility - explained;
    }
    mvoi_release(context, room);
    return status;
}

mvo_status mvo_scenario_profits(double *profits, double *by_asset, size_t ld_by_asset, size_t scenarios, size_t n,
                                const double *returns, size_t ld, const double *weights, mvo_error *error)
{
    if (!profits && !by_asset)
        return mvoi_fail_null(NULL, error, "profits");
    if (!returns)
        return mvoi_fail_null(NULL, error, "returns");
    mvo_status status = mvoi_check_vector(NULL, error, "weights", weights, n);
    if (status == MVO_OK)
        status = check_leading(NULL, error, "ld", ld, "the number of scenarios", scenarios, n);
    if (status == MVO_OK && by_asset)
        status = check_leading(NULL, error, "ld_by_asset", ld_by_asset, "the number of scenarios", scenarios, n);
    if (status == MVO_OK)
        status = check_matrix(NULL, error, "returns", returns, scenarios, n, ld);
    if (status != MVO_OK)
        return status;
    if (profits)
        memset(profits, 0, scenarios * sizeof *profits);
    for (size_t j = 0; j < n; j++)
        for (size_t t = 0; t < scenarios; t++) {
            const double profit = returns[t + j * ld] * weights[j];
            if (profits)
                profits[t] += profit;
            if (by_asset)
                by_asset[t + j * ld_by_asset] = profit;
        }
    return MVO_OK;
}
