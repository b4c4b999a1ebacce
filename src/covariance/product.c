/* SPDX-License-Identifier: MIT */
/*
 * Sigma times a vector, and what follows from it. All sums run in a fixed order that does not depend on the processor:
 * an element of a dense product receives its terms in ascending order; a sum over factors runs in blocks of 64, each in
 * eight lanes. A factor model's variance is a sum of squares, so it cannot be negative.
 */
#include "covariance/covariance.h"

#include <math.h>
#include <string.h>

enum { LANES = 8, BLOCK = 64, COLUMNS = 4 };

/* Sum of a[i] b[i]: term i in lane i mod 8. */
static double dot(const double *a, const double *b, size_t n)
{
    double sums[LANES] = { 0.0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sums[lane] += a[i + lane] * b[i + lane];
    for (; i < n; i++)
        sums[i % LANES] += a[i] * b[i];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/* y += a x, twice and four times over in that order. */
static void add_column(double *restrict y, const double *restrict c, double x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x * c[i];
}

static void add_columns(double *restrict y, const double *const c[COLUMNS], const double x[COLUMNS], size_t n)
{
    const double *restrict c0 = c[0];
    const double *restrict c1 = c[1];
    const double *restrict c2 = c[2];
    const double *restrict c3 = c[3];
    for (size_t i = 0; i < n; i++)
        y[i] = (((y[i] + x[0] * c0[i]) + x[1] * c1[i]) + x[2] * c2[i]) + x[3] * c3[i];
}

/* Columns with a weight of zero are not read. */
static void dense_product(double *product, const mvo_covariance *covariance, const double *x)
{
    const size_t n = covariance->n;
    const double *columns[COLUMNS];
    double factors[COLUMNS];
    size_t waiting = 0;
    memset(product, 0, n * sizeof *product);
    for (size_t j = 0; j < n; j++) {
        if (x[j] == 0.0)
            continue;
        columns[waiting] = covariance->dense + j * covariance->ld;
        factors[waiting++] = x[j];
        if (waiting == COLUMNS) {
            add_columns(product, columns, factors, n);
            waiting = 0;
        }
    }
    for (size_t c = 0; c < waiting; c++)
        add_column(product, columns[c], factors[c], n);
}

/* exposure = (elements first .. first + count of) F x, where F is k-by-n. */
static void expose(double *exposure, const mvo_covariance *covariance, const double *x, size_t first, size_t count)
{
    const size_t k = covariance->k;
    memset(exposure, 0, count * sizeof *exposure);
    for (size_t i = 0; i < covariance->n; i++)
        if (x[i] != 0.0)
            add_column(exposure, covariance->factors + first + i * k, x[i], count);
}

/* value + sum over factors first .. first + count of a[f] b[f], block by block; first is a multiple of the block. */
static double add_blocks(double value, const double *a, const double *b, size_t count)
{
    for (size_t f = 0; f < count; f += BLOCK)
        value += dot(a + f, b + f, count - f < BLOCK ? count - f : BLOCK);
    return value;
}

static void factor_product(double *product, const mvo_covariance *covariance, const double *x, double *scratch)
{
    const size_t n = covariance->n;
    const size_t k = covariance->k;
    double block[BLOCK];
    double *exposure = scratch ? scratch : block;
    const size_t step = scratch ? k : BLOCK;
    for (size_t i = 0; i < n; i++)
        product[i] = covariance->specific[i] * x[i];
    for (size_t first = 0; first < k; first += step) {
        const size_t count = k - first < step ? k - first : step;
        expose(exposure, covariance, x, first, count);
        for (size_t i = 0; i < n; i++)
            product[i] = add_blocks(product[i], covariance->factors + first + i * k, exposure, count);
    }
}

void mvoi_covariance_product(double *product, const mvo_covariance *covariance, const double *x, double *scratch)
{
    if (covariance->kind == MVOI_DENSE)
        dense_product(product, covariance, x);
    else
        factor_product(product, covariance, x, scratch);
}

double mvoi_covariance_variance(const mvo_covariance *covariance, const double *x)
{
    const size_t n = covariance->n;
    double variance = 0.0;
    if (covariance->kind == MVOI_DENSE) {
        /* By the lower triangle alone: half the reading. */
        for (size_t j = 0; j < n; j++) {
            const double *column = covariance->dense + j * covariance->ld;
            if (x[j] != 0.0)
                variance += x[j] * (column[j] * x[j] + 2.0 * dot(column + j + 1, x + j + 1, n - j - 1));
        }
        return variance > 0.0 ? variance : 0.0;
    }
    double exposure[BLOCK];
    for (size_t i = 0; i < n; i++)
        variance += covariance->specific[i] * (x[i] * x[i]);
    for (size_t first = 0; first < covariance->k; first += BLOCK) {
        const size_t count = covariance->k - first < BLOCK ? covariance->k - first : BLOCK;
        expose(exposure, covariance, x, first, count);
        variance += dot(exposure, exposure, count);
    }
    return variance > 0.0 ? variance : 0.0;
}

double mvoi_covariance_entry(const mvo_covariance *covariance, size_t i, size_t j)
{
    if (covariance->kind == MVOI_DENSE)
        return covariance->dense[i + j * covariance->ld];
    const double specific = i == j ? covariance->specific[i] : 0.0;
    const size_t k = covariance->k;
    return add_blocks(specific, covariance->factors + i * k, covariance->factors + j * k, k);
}

mvo_status mvo_covariance_multiply(double *product, const mvo_covariance *covariance, const double *x, mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!product)
        return mvoi_fail_null(context, error, "product");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvo_status status = mvoi_check_vector(context, error, "x", x, covariance->n);
    if (status == MVO_OK)
        mvoi_covariance_product(product, covariance, x, NULL);
    return status;
}

mvo_status mvo_covariance_variance(double *variance, const mvo_covariance *covariance, const double *weights,
                                   mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!variance)
        return mvoi_fail_null(context, error, "variance");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvo_status status = mvoi_check_vector(context, error, "weights", weights, covariance->n);
    if (status == MVO_OK)
        *variance = mvoi_covariance_variance(covariance, weights);
    return status;
}

mvo_status mvo_covariance_volatility(double *volatility, const mvo_covariance *covariance, const double *weights,
                                     mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!volatility)
        return mvoi_fail_null(context, error, "volatility");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvo_status status = mvoi_check_vector(context, error, "weights", weights, covariance->n);
    if (status == MVO_OK)
        *volatility = sqrt(mvoi_covariance_variance(covariance, weights));
    return status;
}

mvo_status mvo_covariance_risk_contributions(double *marginal, double *total, const mvo_covariance *covariance,
                                             const double *weights, mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const size_t n = covariance->n;
    const mvo_status status = mvoi_check_vector(context, error, "weights", weights, n);
    if (status != MVO_OK || (!marginal && !total))
        return status;
    const double volatility = sqrt(mvoi_covariance_variance(covariance, weights));
    double *into = marginal ? marginal : total;
    if (volatility > 0.0)
        mvoi_covariance_product(into, covariance, weights, NULL);
    for (size_t i = 0; i < n; i++) {
        const double derivative = volatility > 0.0 ? into[i] / volatility : 0.0;
        if (marginal)
            marginal[i] = derivative;
        if (total)
            total[i] = weights[i] * derivative;
    }
    return MVO_OK;
}
