/* SPDX-License-Identifier: MIT */
/* A covariance from a dense matrix: copied, or read in place. */
#include "covariance/make.h"

/* Room for an own n-by-n matrix in an unfinished handle; NULL without memory. */
static double *own_matrix(mvo_covariance *made)
{
    made->ld = mvoi_padded(made->n);
    if (made->n > SIZE_MAX / made->ld)
        return NULL;
    double *target = mvoi_allocate(made->context, made->n * made->ld, sizeof *target);
    made->owned[1] = target;
    made->dense = target;
    return target;
}

/* Takes the matrix into the unfinished handle and checks it. */
static mvo_status fill(mvo_covariance *made, double *diagonal, const mvoi_square *given, int32_t level, int borrow,
                       mvo_error *error)
{
    mvo_context *context = made->context;
    double *target = NULL;
    made->kind = MVOI_DENSE;
    made->trusted = level != MVO_CHECK_ALL;
    made->dense = given->values;
    made->ld = given->ld;
    if (!borrow && !(target = own_matrix(made)))
        return mvoi_fail_memory(context, error, "a covariance");
    mvo_status status = mvoi_square_take(target, made->ld, context, error, given, level);
    if (status == MVO_OK && level == MVO_CHECK_ALL) {
        const mvoi_square taken = { given->name, made->dense, made->n, made->ld };
        status = mvoi_square_semidefinite(context, error, &taken, target);
    }
    for (size_t i = 0; status == MVO_OK && i < made->n; i++)
        diagonal[i] = made->dense[i + i * made->ld];
    return status;
}

mvo_status mvo_covariance_new_dense(mvo_covariance **covariance, mvo_context *context, size_t n, const double *sigma,
                                    size_t ld, int32_t flags, mvo_error *error)
{
    int32_t level = MVO_CHECK_ALL;
    int borrow = 0;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (!sigma)
        return mvoi_fail_null(context, error, "sigma");
    mvo_status status = mvoi_check_leading(context, error, "ld", ld, "n", n, n);
    if (status == MVO_OK)
        status = mvoi_check_flags(&level, &borrow, context, error, flags, 1);
    if (status != MVO_OK)
        return status;
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, context, n);
    if (!made)
        return mvoi_fail_memory(context, error, "a covariance");
    const mvoi_square given = { "sigma", sigma, n, ld };
    status = fill(made, diagonal, &given, level, borrow, error);
    if (status != MVO_OK) {
        mvo_covariance_unref(made);
        return status;
    }
    *covariance = made;
    return MVO_OK;
}
