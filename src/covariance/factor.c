/* SPDX-License-Identifier: MIT */
/*
 * A covariance from a factor model, Sigma = B Omega B' + diag(specific), kept as (B R)(B R)' + diag(specific) where
 * Omega = R R'. R comes from a Cholesky factorisation with diagonal pivoting of Omega scaled to unit variances: it ends
 * where the largest pivot left is rounding, so a rank-deficient Omega gives a narrow R (Higham, Accuracy and Stability
 * of Numerical Algorithms, 2nd edition, section 10.3). Loadings that cancel in B R are zero, not what rounding leaves of
 * them: a portfolio of factors without variance has none. No BLAS here: the bits depend on the model alone.
 */
#include "covariance/make.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ASSETS_AT_ONCE = 8 }; /* numbers in a line of cache: loadings lie one asset after the other in a column */

/*
 * Rounding, times k DBL_EPSILON: of a pivot beside the variance it began with (what is read of Omega is off by three
 * roundings of scaling, and each step adds some), and of an element of B R beside |loadings| times volatilities.
 */
static const double PIVOT_NOISE = 8.0;
static const double PRODUCT_NOISE = 4.0;

/* The model as given, and how it is to be read. */
typedef struct model {
    size_t n, k;
    const double *loadings;
    size_t ld_loadings;
    const double *omega; /* or NULL */
    size_t ld_omega;
    const double *specific;
} model;

/* Element of Omega scaled to unit variances; the lower triangle decides. */
static double scaled_omega(const model *m, const double *inverse, size_t i, size_t j)
{
    const size_t row = i > j ? i : j;
    const size_t column = i > j ? j : i;
    return m->omega[row + column * m->ld_omega] * inverse[i] * inverse[j];
}

/*
 * The rows of R one after the other: element (f, r) at root[f * k + r]. `room` holds k (k + 3) numbers: the columns of
 * the scaled factor, the pivots left, the inverses of the volatilities, and last the volatilities. Returns the number of
 * columns.
 */
static size_t factorise(double *root, double *room, const model *m)
{
    const size_t k = m->k;
    double *columns = room;
    double *left = room + k * k;
    double *inverse = left + k;
    double *volatility = inverse + k;
    size_t rank = 0;
    for (size_t f = 0; f < k; f++) {
        const double variance = m->omega[f + f * m->ld_omega];
        volatility[f] = variance > 0.0 ? sqrt(variance) : 0.0;
        inverse[f] = variance > 0.0 ? 1.0 / volatility[f] : 0.0;
        left[f] = variance > 0.0 ? 1.0 : 0.0;
    }
    for (; rank < k; rank++) {
        size_t pivot = 0;
        for (size_t f = 1; f < k; f++)
            pivot = left[f] > left[pivot] ? f : pivot;
        if (!(left[pivot] > PIVOT_NOISE * (double)k * DBL_EPSILON))
            break;
        double *column = columns + rank * k;
        for (size_t f = 0; f < k; f++)
            column[f] = scaled_omega(m, inverse, f, pivot);
        column[pivot] = 1.0;
        for (size_t r = 0; r < rank; r++) {
            const double *before = columns + r * k;
            const double multiple = before[pivot];
            for (size_t f = 0; f < k; f++)
                column[f] -= multiple * before[f];
        }
        const double length = sqrt(left[pivot]);
        for (size_t f = 0; f < k; f++) {
            /* A factor already taken as a pivot is marked by a negative rest: all of it has been explained. */
            column[f] = f == pivot ? length : left[f] < 0.0 ? 0.0 : column[f] / length;
            left[f] = left[f] < 0.0 ? left[f] : fmax(left[f] - column[f] * column[f], 0.0);
        }
        left[pivot] = -1.0;
    }
    for (size_t f = 0; f < k; f++)
        for (size_t r = 0; r < k; r++)
            root[f * k + r] = r < rank ? volatility[f] * columns[f + r * k] : 0.0;
    return rank;
}

/* Of an asset's row of B R, what is rounding becomes zero. */
static void drop_rounding(double *asset, size_t rank, size_t i, const double *volatility, const model *m)
{
    double size = 0.0;
    for (size_t f = 0; f < m->k; f++)
        size += fabs(m->loadings[i + f * m->ld_loadings]) * volatility[f];
    const double noise = PRODUCT_NOISE * (double)m->k * DBL_EPSILON * size;
    for (size_t r = 0; r < rank; r++)
        asset[r] = fabs(asset[r]) <= noise ? 0.0 : asset[r];
}

/* factors[., i] = row i of B R, each element with its terms in ascending order of the factors of B. `volatility`: k. */
static void multiply_loadings(double *factors, size_t rank, const double *root, const double *volatility, const model *m)
{
    memset(factors, 0, m->n * rank * sizeof *factors);
    for (size_t i0 = 0; i0 < m->n; i0 += ASSETS_AT_ONCE) {
        const size_t end = m->n - i0 < ASSETS_AT_ONCE ? m->n : i0 + ASSETS_AT_ONCE;
        for (size_t f = 0; f < m->k; f++)
            for (size_t i = i0; i < end; i++) {
                const double loading = m->loadings[i + f * m->ld_loadings];
                const double *row = root + f * m->k;
                double *asset = factors + i * rank;
                for (size_t r = 0; r < rank; r++)
                    asset[r] += loading * row[r];
            }
        for (size_t i = i0; i < end; i++)
            drop_rounding(factors + i * rank, rank, i, volatility, m);
    }
}

static void transpose_loadings(double *factors, const model *m)
{
    for (size_t i0 = 0; i0 < m->n; i0 += ASSETS_AT_ONCE) {
        const size_t end = m->n - i0 < ASSETS_AT_ONCE ? m->n : i0 + ASSETS_AT_ONCE;
        for (size_t f = 0; f < m->k; f++)
            for (size_t i = i0; i < end; i++)
                factors[f + i * m->k] = m->loadings[i + f * m->ld_loadings];
    }
}

static mvo_status check_loadings(mvo_context *context, mvo_error *error, const model *m)
{
    for (size_t f = 0; f < m->k; f++) {
        const double *column = m->loadings + f * m->ld_loadings;
        if (mvoi_all_finite(column, m->n))
            continue;
        const size_t i = mvoi_find_not_finite(column, m->n, 0);
        return mvoi_fail_entry(context, error, "loadings", i, f, column[i]);
    }
    return MVO_OK;
}

static mvo_status check_specific(mvo_context *context, mvo_error *error, const model *m)
{
    const mvo_status status = mvoi_check_vector(context, error, "specific_variance", m->specific, m->n);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < m->n; i++) {
        const mvoi_detail detail = { "specific_variance", (int64_t)i, -1, m->specific[i], 0.0 };
        if (m->specific[i] < 0.0)
            return mvoi_fail(context, error, MVO_ERROR_NOT_SEMIDEFINITE, detail,
                             "specific_variance[%zu] is %g, but a variance cannot be negative", i, m->specific[i]);
    }
    return MVO_OK;
}

static mvo_status check_omega(mvo_context *context, mvo_error *error, const model *m, int32_t level)
{
    const mvoi_square given = { "factor_covariance", m->omega, m->k, m->ld_omega };
    if (level != MVO_CHECK_ALL)
        return mvoi_square_take(NULL, 0, context, error, &given, level);
    const size_t ld = mvoi_padded(m->k);
    double *copy = m->k <= SIZE_MAX / ld ? mvoi_allocate(context, m->k * ld, sizeof *copy) : NULL;
    if (!copy)
        return mvoi_fail_memory(context, error, "the check of a factor covariance");
    mvo_status status = mvoi_square_take(copy, ld, context, error, &given, level);
    const mvoi_square taken = { given.name, copy, m->k, ld };
    if (status == MVO_OK)
        status = mvoi_square_semidefinite(context, error, &taken, copy);
    mvoi_release(context, copy);
    return status;
}

static mvo_status check_model(mvo_context *context, mvo_error *error, const model *m, int32_t level)
{
    mvo_status status = MVO_OK;
    if (level == MVO_CHECK_NONE)
        return MVO_OK;
    if (m->k)
        status = check_loadings(context, error, m);
    if (status == MVO_OK && m->k && m->omega)
        status = check_omega(context, error, m, level);
    return status == MVO_OK ? check_specific(context, error, m) : status;
}

/* Loadings times R into the handle, whose k becomes the rank of Omega. */
static mvo_status fill_factors(mvo_covariance *made, const model *m, mvo_error *error)
{
    mvo_context *context = made->context;
    double *root = NULL;
    made->k = m->k;
    if (m->k && m->omega) {
        const size_t k = m->k;
        const int fits = k <= SIZE_MAX / sizeof *root / (2 * k + 3);
        root = fits ? mvoi_allocate(context, k * (2 * k + 3), sizeof *root) : NULL;
        if (!root)
            return mvoi_fail_memory(context, error, "the factorisation of a factor covariance");
        made->k = factorise(root, root + k * k, m);
    }
    const size_t columns = made->k ? made->k : 1;
    double *factors = m->n <= SIZE_MAX / columns ? mvoi_allocate(context, m->n * made->k, sizeof *factors) : NULL;
    made->owned[1] = factors;
    made->factors = factors;
    if (factors && root)
        multiply_loadings(factors, made->k, root, root + m->k * (2 * m->k + 2), m);
    else if (factors)
        transpose_loadings(factors, m);
    mvoi_release(context, root);
    return factors ? MVO_OK : mvoi_fail_memory(context, error, "a factor model");
}

static mvo_status fill(mvo_covariance *made, double *diagonal, const model *m, int32_t level, mvo_error *error)
{
    mvo_context *context = made->context;
    made->kind = MVOI_FACTOR;
    made->trusted = level == MVO_CHECK_NONE; /* a negative specific variance may be among what was not looked at */
    const mvo_status status = fill_factors(made, m, error);
    if (status != MVO_OK)
        return status;
    double *specific = mvoi_allocate(context, m->n, sizeof *specific);
    made->owned[2] = specific;
    made->specific = specific;
    if (!specific)
        return mvoi_fail_memory(context, error, "a factor model");
    memcpy(specific, m->specific, m->n * sizeof *specific);
    size_t positive = 0;
    for (size_t i = 0; i < m->n; i++) {
        diagonal[i] = mvoi_covariance_entry(made, i, i);
        positive += specific[i] != 0.0;
        const mvoi_detail detail = { "loadings", (int64_t)i, -1, diagonal[i], 0.0 };
        if (level != MVO_CHECK_NONE && !isfinite(diagonal[i]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "the variance of asset %zu overflows", i);
    }
    made->rank_bound = made->k < m->n - positive ? made->k + positive : m->n;
    return MVO_OK;
}

static mvo_status check_shape(mvo_context *context, mvo_error *error, const model *m)
{
    mvo_status status = MVO_OK;
    if (m->n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (m->k && !m->loadings)
        return mvoi_fail_null(context, error, "loadings");
    if (!m->specific)
        return mvoi_fail_null(context, error, "specific_variance");
    if (m->k)
        status = mvoi_check_leading(context, error, "ld_loadings", m->ld_loadings, "n", m->n, m->k);
    if (status == MVO_OK && m->k && m->omega)
        status = mvoi_check_leading(context, error, "ld_factor", m->ld_omega, "k", m->k, m->k);
    return status;
}

mvo_status mvo_covariance_new_factor(mvo_covariance **covariance, mvo_context *context, size_t n, size_t k,
                                     const double *loadings, size_t ld_loadings, const double *factor_covariance,
                                     size_t ld_factor, const double *specific_variance, int32_t flags, mvo_error *error)
{
    const model given = { n, k, loadings, ld_loadings, factor_covariance, ld_factor, specific_variance };
    int32_t level = MVO_CHECK_ALL;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = check_shape(context, error, &given);
    if (status == MVO_OK)
        status = mvoi_check_flags(&level, NULL, context, error, flags, 0);
    if (status == MVO_OK)
        status = check_model(context, error, &given, level);
    if (status != MVO_OK)
        return status;
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, context, n);
    if (!made)
        return mvoi_fail_memory(context, error, "a factor model");
    status = fill(made, diagonal, &given, level, error);
    if (status != MVO_OK) {
        mvo_covariance_unref(made);
        return status;
    }
    *covariance = made;
    return MVO_OK;
}
