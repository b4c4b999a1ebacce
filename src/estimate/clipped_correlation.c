/* SPDX-License-Identifier: MIT */
/*
 * Spectral repair of a correlation matrix (Rebonato & Jaeckel 1999, section 3): eigenvalues below the floor are raised
 * to it and the matrix is scaled back to ones on its diagonal. Cheap, and not the nearest one.
 */
#include "estimate/repair.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

/* X = sum of max(lambda, floor) v v'; what the raised ones add to C where there are few of them. */
static size_t clip(double *X, const mvoi_spectrum *spectrum, const double *C, double *room, double floor)
{
    const size_t n = spectrum->n;
    size_t below = 0;
    while (below < n && spectrum->values[below] < floor)
        below++;
    for (size_t k = 0; k < below; k++) {
        const double scale = sqrt(floor - spectrum->values[k]);
        for (size_t i = 0; i < n; i++)
            room[i + k * n] = scale * spectrum->vectors[i + k * n];
    }
    memcpy(X, C, n * n * sizeof *X);
    if (below)
        mvoi_lapack_multiply(0, 1, n, n, below, 1.0, room, n, room, n, 1.0, X, n);
    return below;
}

mvo_status mvo_correlation_clipped(double *correlation, size_t ld_correlation, double *distance, size_t *clipped,
                                   mvo_context *context, size_t n, const double *given, size_t ld_given, double floor,
                                   mvo_error *error)
{
    const mvoi_square matrix = { "given", given, n, ld_given };
    mvo_status status = mvoi_repair_check(context, error, correlation, ld_correlation, &matrix, floor);
    if (status != MVO_OK)
        return status;
    mvoi_spectrum spectrum;
    status = mvoi_spectrum_new(&spectrum, context, error, n);
    if (status != MVO_OK)
        return status;
    double *own = mvoi_allocate(context, 3 * n * n, sizeof *own);
    status = own ? mvoi_repair_take(own, context, error, &matrix, 1)
                 : mvoi_fail_memory(context, error, "a clipped correlation matrix");
    if (status == MVO_OK) {
        memcpy(spectrum.vectors, own, n * n * sizeof *own);
        status = mvoi_spectrum_compute(&spectrum, context, error);
    }
    if (status == MVO_OK) {
        double *X = own + n * n;
        const size_t count = clip(X, &spectrum, own, own + 2 * n * n, floor);
        mvoi_repair_unit_diagonal(X, n, 0.0);
        mvoi_repair_give(correlation, ld_correlation, distance, X, own, n);
        if (clipped)
            *clipped = count;
    }
    mvoi_release(context, own);
    mvoi_spectrum_free(&spectrum, context);
    return status;
}
