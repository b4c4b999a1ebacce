/* SPDX-License-Identifier: MIT */
/* A convex combination of two covariances, structured where both are. */
#include "estimate/shrinkage.h"

#include <math.h>
#include <string.h>

/* What a handle to be filled begins with. */
static mvo_covariance *begin(double **diagonal, mvo_context *context, const mvo_covariance *a, const mvo_covariance *b,
                             double intensity)
{
    mvo_covariance *made = mvoi_covariance_allocate(diagonal, context, a->n);
    if (!made)
        return NULL;
    const size_t rank_a = intensity < 1.0 ? a->rank_bound : 0, rank_b = intensity > 0.0 ? b->rank_bound : 0;
    made->rank_bound = rank_a < made->n - rank_b ? rank_a + rank_b : made->n;
    made->trusted = a->trusted || b->trusted;
    return made;
}

/* Factors of both, one under the other. */
static mvo_status stack(mvo_covariance *made, const mvo_covariance *a, const mvo_covariance *b, double intensity,
                        mvo_error *error)
{
    const size_t n = made->n, k = a->k + b->k;
    const double root_a = sqrt(1.0 - intensity), root_b = sqrt(intensity);
    double *factors = k == 0 || n <= SIZE_MAX / k ? mvoi_allocate(made->context, k * n, sizeof *factors) : NULL;
    double *specific = mvoi_allocate(made->context, n, sizeof *specific);
    made->kind = MVOI_FACTOR;
    made->k = k;
    made->owned[1] = factors;
    made->factors = factors;
    made->owned[2] = specific;
    made->specific = specific;
    if (!factors || !specific)
        return mvoi_fail_memory(made->context, error, "a covariance");
    for (size_t i = 0; i < n; i++) {
        for (size_t f = 0; f < a->k; f++)
            factors[f + i * k] = root_a * a->factors[f + i * a->k];
        for (size_t f = 0; f < b->k; f++)
            factors[a->k + f + i * k] = root_b * b->factors[f + i * b->k];
        specific[i] = (1.0 - intensity) * a->specific[i] + intensity * b->specific[i];
    }
    return MVO_OK;
}

static mvo_status add(mvo_covariance *made, const mvo_covariance *a, const mvo_covariance *b, double intensity,
                      mvo_error *error)
{
    const size_t n = made->n;
    made->kind = MVOI_DENSE;
    made->ld = mvoi_padded(n);
    double *matrix = n <= SIZE_MAX / made->ld ? mvoi_allocate(made->context, n * made->ld, sizeof *matrix) : NULL;
    made->owned[1] = matrix;
    made->dense = matrix;
    if (!matrix)
        return mvoi_fail_memory(made->context, error, "a covariance");
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            matrix[i + j * made->ld] = (1.0 - intensity) * mvoi_covariance_entry(a, i, j) +
                                       intensity * mvoi_covariance_entry(b, i, j);
    const mvoi_square lower = { "sigma", matrix, n, made->ld };
    return mvoi_square_take(matrix, made->ld, made->context, error, &lower, MVO_CHECK_NONE);
}

mvo_status mvoi_mix(mvo_covariance **covariance, mvo_context *context, const mvo_covariance *a,
                    const mvo_covariance *b, double intensity, mvo_error *error)
{
    double *diagonal = NULL;
    mvo_covariance *made = begin(&diagonal, context, a, b, intensity);
    if (!made)
        return mvoi_fail_memory(context, error, "a covariance");
    const int structured = a->kind == MVOI_FACTOR && b->kind == MVOI_FACTOR && a->k < a->n && b->k < a->n - a->k;
    const mvo_status status =
        structured ? stack(made, a, b, intensity, error) : add(made, a, b, intensity, error);
    if (status != MVO_OK) {
        mvo_covariance_unref(made);
        return status;
    }
    for (size_t i = 0; i < made->n; i++)
        diagonal[i] = mvoi_covariance_entry(made, i, i);
    *covariance = made;
    return MVO_OK;
}

mvo_status mvo_covariance_new_shrunk_towards(mvo_covariance **covariance, mvo_context *context,
                                             const mvo_covariance *sample, const mvo_covariance *target,
                                             double intensity, mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (!sample)
        return mvoi_fail_null(context, error, "sample");
    if (!target)
        return mvoi_fail_null(context, error, "target");
    const mvoi_detail sizes = { "target", -1, -1, (double)target->n, (double)sample->n };
    if (target->n != sample->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, sizes, "target has %zu assets, sample has %zu", target->n,
                         sample->n);
    const mvoi_detail detail = { "intensity", -1, -1, intensity, 0.0 };
    if (isnan(intensity))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "intensity is nan");
    if (!(intensity >= 0.0 && intensity <= 1.0))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "intensity is %g, outside [0, 1]", intensity);
    return mvoi_mix(covariance, context, sample, target, intensity, error);
}
