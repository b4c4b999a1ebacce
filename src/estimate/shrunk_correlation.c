/* SPDX-License-Identifier: MIT */
/*
 * Repair by shrinking (Higham, Strabic & Sego 2016, SIAM Review 58): S(a) = (1 - a) M + a T with the smallest a in
 * [0, 1] for which S(a) has no eigenvalue below the floor. The set of such a is an interval that ends at 1, so
 * bisection finds where it begins; each test is one Cholesky factorisation.
 */
#include "estimate/repair.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

enum { HALVINGS = 60 };

static const double ROUNDING = 1e-14; /* times n: half of it is what a covariance may be below zero, see mvo.h */

/* S(a) into X. */
static void mix(double *X, const double *M, const double *T, double a, size_t n)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            const double target = T ? T[i + j * n] : i == j ? 1.0 : 0.0;
            X[i + j * n] = i == j ? 1.0 : (1.0 - a) * M[i + j * n] + a * target;
        }
}

/* Whether S(a) - floor I is semidefinite to rounding. */
static int is_well(double *X, const double *M, const double *T, double a, double floor, size_t n)
{
    mix(X, M, T, a, n);
    for (size_t i = 0; i < n; i++)
        X[i + i * n] += 0.5 * ROUNDING * (double)n - floor;
    return mvoi_lapack_cholesky(n, X, n);
}

/* The smallest a, from above: the answer has passed the test. */
static double bisect(double *X, const double *M, const double *T, double floor, size_t n)
{
    double bad = 0.0, good = 1.0;
    if (is_well(X, M, T, 0.0, floor, n))
        return 0.0;
    for (int k = 0; k < HALVINGS && good - bad > 1e-16; k++) {
        const double middle = 0.5 * (bad + good);
        if (is_well(X, M, T, middle, floor, n))
            good = middle;
        else
            bad = middle;
    }
    return good;
}

static mvo_status shrink(double *own, const mvoi_square *matrix, const mvoi_square *target, double floor,
                         double *intensity, mvo_context *context, mvo_error *error)
{
    const size_t n = matrix->n;
    double *T = target->values ? own + n * n : NULL, *X = own + 2 * n * n;
    mvo_status status = mvoi_repair_take(own, context, error, matrix, 1);
    if (status == MVO_OK && T)
        status = mvoi_check_correlation(T, context, error, target);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "target", -1, -1, floor, floor };
    if (!is_well(X, own, T, 1.0, floor, n))
        return mvoi_fail(context, error, MVO_ERROR_NOT_SEMIDEFINITE, detail,
                         "target has an eigenvalue below the floor %g", floor);
    *intensity = bisect(X, own, T, floor, n);
    mix(X, own, T, *intensity, n);
    return MVO_OK;
}

mvo_status mvo_correlation_shrunk(double *correlation, size_t ld_correlation, double *intensity, double *distance,
                                  mvo_context *context, size_t n, const double *given, size_t ld_given,
                                  const double *target, size_t ld_target, double floor, mvo_error *error)
{
    const mvoi_square matrix = { "given", given, n, ld_given };
    const mvoi_square towards = { "target", target, n, ld_target };
    mvo_status status = mvoi_repair_check(context, error, correlation, ld_correlation, &matrix, floor);
    if (status == MVO_OK && target)
        status = mvoi_check_leading(context, error, "ld_target", ld_target, "n", n, n);
    if (status == MVO_OK && (!mvoi_lapack_fits(n) || n > SIZE_MAX / 3 / n))
        status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is %zu, too large for LAPACK", n);
    if (status != MVO_OK)
        return status;
    double *own = mvoi_allocate(context, 3 * n * n, sizeof *own);
    if (!own)
        return mvoi_fail_memory(context, error, "a shrunk correlation matrix");
    double found = 0.0;
    status = shrink(own, &matrix, &towards, floor, &found, context, error);
    if (status == MVO_OK) {
        mvoi_repair_give(correlation, ld_correlation, distance, own + 2 * n * n, own, n);
        if (intensity)
            *intensity = found;
    }
    mvoi_release(context, own);
    return status;
}
