/* SPDX-License-Identifier: MIT */
/*
 * Handles of matrices that are semidefinite by construction: the product of a table with itself, and what an estimator
 * has put together. With few periods a table is kept as what it is; with many it is multiplied out.
 */
#include "covariance/make.h"
#include "linalg/lapack.h"

#include <math.h>

enum { LANES = 8 };

/* Reads the variances; refuses one that is not finite. */
static mvo_status take_diagonal(mvo_covariance *made, double *diagonal, int32_t level, mvo_error *error)
{
    for (size_t i = 0; i < made->n; i++) {
        diagonal[i] = mvoi_covariance_entry(made, i, i);
        const mvoi_detail detail = { "returns", -1, (int64_t)i, diagonal[i], 0.0 };
        if (level != MVO_CHECK_NONE && !isfinite(diagonal[i]))
            return mvoi_fail(made->context, error, MVO_ERROR_NOT_FINITE, detail,
                             "the variance of column %zu of returns overflows", i);
    }
    return MVO_OK;
}

/* Kept structured: one factor per period and no specific variances. The table is the handle's already. */
static mvo_status keep_factors(mvo_covariance *made, size_t periods, double *table, double divisor, mvo_error *error)
{
    const size_t count = periods * made->n;
    const double root = sqrt(divisor);
    double *specific = mvoi_allocate(made->context, made->n, sizeof *specific);
    made->kind = MVOI_FACTOR;
    made->k = periods;
    made->factors = table;
    made->owned[2] = specific;
    made->specific = specific;
    if (!specific)
        return mvoi_fail_memory(made->context, error, "a covariance");
    size_t done = 0;
    for (; done + LANES <= count; done += LANES) /* several divisions at once take no longer than one */
        for (size_t lane = 0; lane < LANES; lane++)
            table[done + lane] /= root;
    for (; done < count; done++)
        table[done] /= root;
    for (size_t i = 0; i < made->n; i++)
        specific[i] = 0.0;
    return MVO_OK;
}

/* A dense handle's own matrix: the upper triangle becomes the mirror image of the lower one. */
static mvo_status keep_matrix(mvo_covariance *made, double *matrix, mvo_error *error)
{
    const mvoi_square lower = { "sigma", matrix, made->n, mvoi_padded(made->n) };
    made->kind = MVOI_DENSE;
    made->ld = lower.ld;
    made->dense = matrix;
    return mvoi_square_take(matrix, made->ld, made->context, error, &lower, MVO_CHECK_NONE);
}

/* Multiplied out: the lower triangle by BLAS, the upper one its mirror image. */
static mvo_status multiply_out(mvo_covariance *made, size_t periods, const double *table, double divisor,
                               mvo_error *error)
{
    const size_t n = made->n;
    const size_t ld = mvoi_padded(n);
    double *matrix = n <= SIZE_MAX / ld ? mvoi_allocate(made->context, n * ld, sizeof *matrix) : NULL;
    if (!matrix)
        return mvoi_fail_memory(made->context, error, "a covariance");
    made->owned[1] = matrix;
    if (!mvoi_lapack_gram(periods, n, 1.0 / divisor, table, periods, matrix, ld))
        return mvoi_fail(made->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                         "a table of %zu periods and %zu assets is too large for BLAS", periods, n);
    return keep_matrix(made, matrix, error);
}

/* Hands the handle out, or gives it back where it could not be filled. */
static mvo_status finish(mvo_covariance **covariance, mvo_covariance *made, mvo_status status)
{
    if (status == MVO_OK)
        *covariance = made;
    else
        mvo_covariance_unref(made);
    return status;
}

mvo_status mvoi_covariance_new_table(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                     double *table, double divisor, size_t rank_bound, int32_t level, mvo_error *error)
{
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, context, n);
    if (!made) {
        mvoi_release(context, table);
        return mvoi_fail_memory(context, error, "a covariance");
    }
    made->rank_bound = rank_bound < n ? rank_bound : n;
    mvo_status status;
    if (periods < n / 2) {
        made->owned[1] = table;
        status = keep_factors(made, periods, table, divisor, error);
    } else {
        status = multiply_out(made, periods, table, divisor, error);
        mvoi_release(context, table);
    }
    if (status == MVO_OK)
        status = take_diagonal(made, diagonal, level, error);
    return finish(covariance, made, status);
}

mvo_status mvoi_covariance_new_lower(mvo_covariance **covariance, mvo_context *context, size_t n, double *matrix,
                                     size_t rank_bound, mvo_error *error)
{
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, context, n);
    if (!made) {
        mvoi_release(context, matrix);
        return mvoi_fail_memory(context, error, "a covariance");
    }
    made->rank_bound = rank_bound < n ? rank_bound : n;
    made->owned[1] = matrix;
    mvo_status status = keep_matrix(made, matrix, error);
    if (status == MVO_OK)
        status = take_diagonal(made, diagonal, MVO_CHECK_ALL, error);
    return finish(covariance, made, status);
}
