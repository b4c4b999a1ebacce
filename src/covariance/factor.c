/* SPDX-License-Identifier: MIT */
/*
 * A covariance from a factor model, Sigma = B Omega B' + diag(specific), kept as (B R)(B R)' + diag(specific) where
 * Omega = R R' (loadings.c). No BLAS here: the bits depend on the model alone.
 */
#include "covariance/make.h"
#include "covariance/model.h"

#include <math.h>
#include <string.h>

typedef mvoi_factor_model model;

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

static mvo_status fill(mvo_covariance *made, double *diagonal, const model *m, int32_t level, mvo_error *error)
{
    mvo_context *context = made->context;
    made->kind = MVOI_FACTOR;
    made->trusted = level == MVO_CHECK_NONE; /* a negative specific variance may be among what was not looked at */
    double *factors = NULL, *specific = NULL;
    if (!mvoi_fold_loadings(&factors, &made->k, context, m) ||
        !(specific = mvoi_allocate(context, m->n, sizeof *specific))) {
        mvoi_release(context, factors);
        return mvoi_fail_memory(context, error, "a factor model");
    }
    made->owned[1] = factors;
    made->factors = factors;
    made->owned[2] = specific;
    made->specific = specific;
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
