/* SPDX-License-Identifier: MIT */
/* Shocks made from a covariance: each asset alone, along principal components, all together. */
#include "covariance/covariance.h"
#include "desk/check.h"
#include "linalg/lapack.h"

#include <math.h>

/* No price falls below nothing. */
static double fall(double move)
{
    return fmax(move, -1.0);
}

static mvo_status check(double *shocks, size_t ld, const mvo_covariance *covariance, size_t columns, double sigmas,
                        mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    if (!shocks)
        return mvoi_fail_null(covariance->context, error, "shocks");
    if (ld < covariance->n || ld > SIZE_MAX / sizeof(double) / (columns ? columns : 1)) {
        const mvoi_detail detail = { "ld", -1, -1, (double)ld, (double)covariance->n };
        return mvoi_fail(covariance->context, error, MVO_ERROR_ARGUMENT, detail,
                         "ld is %zu: it must be %zu or more, and %zu columns of it be addressable", ld, covariance->n,
                         columns);
    }
    return mvoi_desk_number(covariance->context, error, "sigmas", sigmas, 0.0, HUGE_VAL);
}

mvo_status mvo_shocks_by_asset(double *shocks, size_t ld, const mvo_covariance *covariance, double sigmas,
                               mvo_error *error)
{
    const mvo_status status = check(shocks, ld, covariance, covariance ? 2 * covariance->n : 0, sigmas, error);
    for (size_t k = 0; status == MVO_OK && k < covariance->n; k++) {
        const double move = sigmas * sqrt(covariance->diagonal[k]);
        for (size_t j = 0; j < covariance->n; j++)
            shocks[j + 2 * k * ld] = shocks[j + (2 * k + 1) * ld] = 0.0;
        shocks[k + 2 * k * ld] = fall(-move);
        shocks[k + (2 * k + 1) * ld] = move;
    }
    return status;
}

mvo_status mvo_shocks_together(double *shocks, size_t ld, const mvo_covariance *covariance, double sigmas,
                               const double *direction, mvo_error *error)
{
    mvo_status status = check(shocks, ld, covariance, 2, sigmas, error);
    if (status == MVO_OK && direction)
        status = mvoi_desk_vector(covariance->context, error, "direction", direction, covariance->n, -HUGE_VAL, HUGE_VAL);
    for (size_t j = 0; status == MVO_OK && j < covariance->n; j++) {
        const double sign = !direction || direction[j] > 0.0 ? 1.0 : direction[j] < 0.0 ? -1.0 : 0.0;
        const double move = sign * sigmas * sqrt(covariance->diagonal[j]);
        shocks[j] = fall(-move);
        shocks[j + ld] = fall(move);
    }
    return status;
}

mvo_status mvo_shocks_by_component(double *shocks, size_t ld, const mvo_covariance *covariance, size_t count,
                                   double sigmas, mvo_error *error)
{
    const size_t columns = count <= SIZE_MAX / 2 ? 2 * count : SIZE_MAX;
    mvo_status status = check(shocks, ld, covariance, columns, sigmas, error);
    if (status != MVO_OK)
        return status;
    mvo_context *context = covariance->context;
    const size_t n = covariance->n;
    const mvoi_detail detail = { "count", -1, -1, (double)count, (double)n };
    if (count > n)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "count is %zu: there are %zu components", count, n);
    const size_t numbers = mvoi_lapack_eigen_numbers(n), integers = mvoi_lapack_eigen_integers(n);
    double *vectors = numbers ? mvoi_allocate(context, n, n * sizeof(double)) : NULL;
    double *work = numbers ? mvoi_allocate(context, n + numbers, sizeof *work) : NULL;
    int32_t *places = numbers ? mvoi_allocate(context, integers, sizeof *places) : NULL;
    if (!vectors || !work || !places) {
        status = mvoi_fail_memory(context, error, "principal components");
    } else {
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                vectors[i + j * n] = mvoi_covariance_entry(covariance, i, j);
        if (!mvoi_lapack_eigen(n, vectors, n, work, work + n, places))
            status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("covariance"),
                               "the eigenvalues of the covariance could not be found");
    }
    for (size_t k = 0; status == MVO_OK && k < count; k++) {
        const double *vector = vectors + (n - 1 - k) * n;
        size_t most = 0; /* the first column lowers what the component moves most */
        for (size_t j = 0; j < n; j++)
            most = fabs(vector[j]) > fabs(vector[most]) ? j : most;
        const double size = sigmas * sqrt(fmax(work[n - 1 - k], 0.0)) * (vector[most] < 0.0 ? -1.0 : 1.0);
        for (size_t j = 0; j < n; j++) {
            shocks[j + 2 * k * ld] = fall(-size * vector[j]);
            shocks[j + (2 * k + 1) * ld] = fall(size * vector[j]);
        }
    }
    mvoi_release(context, vectors);
    mvoi_release(context, work);
    mvoi_release(context, places);
    return status;
}
