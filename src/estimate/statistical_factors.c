/* SPDX-License-Identifier: MIT */
/*
 * A statistical factor model: the largest principal components of the sample covariance (or correlation) matrix as
 * factors of unit variance, and on the diagonal what they leave of each variance, so that the model has the sample's
 * own variances.
 */
#include "estimate/least_squares.h"
#include "estimate/principal.h"
#include "linalg/lapack.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct model {
    size_t k;
    double *loadings; /* n-by-k */
    double *returns;  /* periods-by-k */
    double *specific; /* n */
} model;

/* Loading on factor f and its returns: v sqrt(l / (T - 1)) and X v sqrt((T - 1) / l), with l the eigenvalue of X'X; by
   the eigenvector u of XX' they are X'u / sqrt(T - 1) and u sqrt(T - 1). */
static void take_factor(model *m, const mvoi_principal *p, size_t f)
{
    const size_t side = p->spectrum.n, T = p->periods, n = p->n;
    const double *vector = p->spectrum.vectors + (side - 1 - f) * side;
    const double value = mvoi_principal_value(p, f), root = sqrt((double)(T - 1));
    double *loading = m->loadings + f * n, *returns = m->returns + f * T;
    if (p->by_assets) {
        for (size_t i = 0; i < n; i++)
            loading[i] = vector[i] * (sqrt(value) / root);
        mvoi_lapack_multiply(0, 0, T, 1, n, root / sqrt(value), p->X, T, vector, n, 0.0, returns, T);
    } else {
        mvoi_lapack_multiply(1, 0, n, 1, T, 1.0 / root, p->X, T, vector, T, 0.0, loading, n);
        for (size_t t = 0; t < T; t++)
            returns[t] = root * vector[t];
    }
    size_t largest = 0; /* the sign is nobody's choice but ours */
    for (size_t i = 1; i < n; i++)
        largest = fabs(loading[i]) > fabs(loading[largest]) ? i : largest;
    const int turn = loading[largest] < 0.0;
    for (size_t i = 0; turn && i < n; i++)
        loading[i] = -loading[i];
    for (size_t t = 0; turn && t < T; t++)
        returns[t] = -returns[t];
}

static void fill(model *m, const mvoi_principal *p, int of_correlation)
{
    for (size_t f = 0; f < m->k; f++)
        take_factor(m, p, f);
    for (size_t i = 0; i < p->n; i++) {
        const double variance = p->deviation[i] * p->deviation[i];
        double explained = 0.0;
        for (size_t f = 0; f < m->k; f++) {
            m->loadings[i + f * p->n] *= of_correlation ? p->deviation[i] : 1.0;
            explained += m->loadings[i + f * p->n] * m->loadings[i + f * p->n];
        }
        m->specific[i] = fmax(variance - explained, 0.0);
        if (m->specific[i] <= 8.0 * DBL_EPSILON * (double)p->n * variance)
            m->specific[i] = 0.0; /* rounding of what is explained in full */
    }
}

static mvo_status check(mvo_context *context, mvo_error *error, size_t periods, size_t n, const double *returns,
                        size_t ld, size_t factors, int32_t of)
{
    const mvo_status status = mvoi_check_factor_table(context, error, periods, n, returns, ld);
    if (status != MVO_OK)
        return status;
    const size_t possible = periods - 1 < n ? periods - 1 : n;
    const mvoi_detail few = { "periods", -1, -1, (double)periods, 2.0 };
    const mvoi_detail many = { "factors", -1, -1, (double)factors, (double)possible };
    const mvoi_detail unknown = { "of", -1, -1, (double)of, 0.0 };
    if (periods < 2)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, few, "periods is %zu, less than 2", periods);
    if (factors > possible)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, many,
                         "factors is %zu, but %zu periods of %zu assets have %zu at most", factors, periods, n,
                         possible);
    if (of != MVO_FACTORS_OF_COVARIANCE && of != MVO_FACTORS_OF_CORRELATION)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, unknown, "of is %d, neither covariance nor correlation",
                         (int)of);
    return MVO_OK;
}

static mvo_status check_rank(mvo_context *context, mvo_error *error, const mvoi_principal *p, size_t factors)
{
    const double least = (double)(p->n + p->periods) * DBL_EPSILON * mvoi_principal_value(p, 0);
    for (size_t f = 0; f < factors; f++) {
        const mvoi_detail detail = { "factors", -1, -1, (double)factors, (double)f };
        if (!(mvoi_principal_value(p, f) > least))
            return mvoi_fail(context, error, MVO_ERROR_SINGULAR, detail,
                             "factors is %zu, but the returns are made of %zu", factors, f);
    }
    return MVO_OK;
}

mvo_status mvo_covariance_new_statistical_factors(mvo_covariance **covariance, double *loadings, double *factor_returns,
                                                  double *specific_variance, mvo_context *context, size_t periods,
                                                  size_t n, const double *returns, size_t ld, size_t factors,
                                                  int32_t of, mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = check(context, error, periods, n, returns, ld, factors, of);
    if (status != MVO_OK)
        return status;
    mvoi_principal p;
    const int of_correlation = of == MVO_FACTORS_OF_CORRELATION;
    status = mvoi_principal_new(&p, context, error, periods, n, returns, ld, of_correlation);
    if (status != MVO_OK)
        return status;
    status = check_rank(context, error, &p, factors);
    double *numbers = NULL;
    if (status == MVO_OK) { /* factors < periods and factors <= n, whose product fits twice */
        numbers = mvoi_allocate(context, n * factors + periods * factors + n, sizeof *numbers);
        status = numbers ? MVO_OK : mvoi_fail_memory(context, error, "a statistical factor model");
    }
    if (status == MVO_OK) {
        model m = { factors, numbers, numbers + n * factors, numbers + (n + periods) * factors };
        fill(&m, &p, of_correlation);
        status = mvo_covariance_new_factor(covariance, context, n, factors, m.loadings, n, NULL, 0, m.specific,
                                           MVO_CHECK_ALL, error);
        if (status == MVO_OK && loadings)
            memcpy(loadings, m.loadings, n * factors * sizeof *loadings);
        if (status == MVO_OK && factor_returns)
            memcpy(factor_returns, m.returns, periods * factors * sizeof *factor_returns);
        if (status == MVO_OK && specific_variance)
            memcpy(specific_variance, m.specific, n * sizeof *specific_variance);
    }
    mvoi_release(context, numbers);
    mvoi_principal_free(&p, context);
    return status;
}
