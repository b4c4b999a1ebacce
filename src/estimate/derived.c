/* SPDX-License-Identifier: MIT */
/*
 * The covariance of derived assets, E Sigma E'. Of a factor model F'F + diag(s) it is (F E')'(F E') plus E diag(s) E';
 * a specific variance that reaches one derived asset alone stays specific, one that reaches several becomes a factor.
 */
#include "estimate/assemble.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

typedef struct derivation {
    const mvo_covariance *given;
    size_t m;
    const double *E;
    size_t ld;
    const double *own; /* m, or NULL */
} derivation;

/* How many derived assets hold underlying j, and the last of them. */
static size_t holders(size_t *last, const derivation *d, size_t j)
{
    size_t count = 0;
    for (size_t i = 0; i < d->m; i++)
        if (d->E[i + j * d->ld] != 0.0) {
            count++;
            *last = i;
        }
    return count;
}

/* Factors that the structured form needs: those given, and one for each specific variance that is shared. */
static size_t factors_needed(const derivation *d)
{
    size_t k = d->given->k;
    for (size_t j = 0; j < d->given->n; j++) {
        size_t last = 0;
        k += d->given->specific[j] != 0.0 && holders(&last, d, j) > 1;
    }
    return k;
}

static mvo_status derive_structured(mvo_covariance **derived, const derivation *d, size_t k, mvo_context *context,
                                    mvo_error *error)
{
    const mvo_covariance *given = d->given;
    mvoi_assembly a;
    const mvo_status status = mvoi_assembly_structured(&a, context, error, d->m, k, "the covariance of derived assets");
    if (status != MVO_OK)
        return status;
    memset(a.factors, 0, d->m * k * sizeof *a.factors);
    for (size_t i = 0; d->own && i < d->m; i++)
        a.specific[i] = d->own[i];
    size_t next = given->k;
    for (size_t j = 0; j < given->n; j++) {
        size_t last = 0;
        const size_t count = holders(&last, d, j);
        const int shared = given->specific[j] != 0.0 && count > 1;
        for (size_t i = 0; count && i < d->m; i++) {
            const double held = d->E[i + j * d->ld];
            for (size_t f = 0; held != 0.0 && f < given->k; f++)
                a.factors[f + i * k] += held * given->factors[f + j * given->k];
            if (shared)
                a.factors[next + i * k] = held * sqrt(fmax(given->specific[j], 0.0));
        }
        next += (size_t)shared;
        if (count == 1)
            a.specific[last] += d->E[last + j * d->ld] * d->E[last + j * d->ld] * given->specific[j];
    }
    return mvoi_assembly_finish(derived, &a, error, given->trusted);
}

/* Sigma as a matrix, then two products. */
static mvo_status derive_dense(mvo_covariance **derived, const derivation *d, mvo_context *context, mvo_error *error)
{
    const size_t n = d->given->n, m = d->m;
    mvoi_assembly a;
    mvo_status status = mvoi_assembly_dense(&a, context, error, m, "the covariance of derived assets");
    if (status != MVO_OK)
        return status;
    const int fits = n <= SIZE_MAX / sizeof(double) / 2 / (n > m ? n : m);
    double *sigma = fits ? mvoi_allocate(context, n * n + m * n, sizeof *sigma) : NULL;
    if (!sigma) {
        mvoi_assembly_drop(&a);
        return mvoi_fail_memory(context, error, "the covariance of derived assets");
    }
    mvoi_lower_triangle(sigma, n, d->given);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++)
            sigma[j + i * n] = sigma[i + j * n];
    double *half = sigma + n * n;
    const int well = mvoi_lapack_multiply(0, 0, m, n, n, 1.0, d->E, d->ld, sigma, n, 0.0, half, m) &&
                     mvoi_lapack_multiply(0, 1, m, m, n, 1.0, half, m, d->E, d->ld, 0.0, a.matrix, a.ld);
    mvoi_release(context, sigma);
    for (size_t i = 0; well && i < m; i++) /* rounding of what cancels does not make a variance negative */
        a.matrix[i + i * a.ld] = fmax(a.matrix[i + i * a.ld], 0.0) + (d->own ? d->own[i] : 0.0);
    if (well)
        return mvoi_assembly_finish(derived, &a, error, d->given->trusted);
    mvoi_assembly_drop(&a);
    return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("m"),
                     "%zu derived assets of %zu are too many for BLAS", m, n);
}

mvo_status mvo_covariance_new_derived(mvo_covariance **derived, mvo_context *context, const mvo_covariance *given,
                                      size_t m, const double *holdings, size_t ld, const double *own_variance,
                                      mvo_error *error)
{
    if (!derived)
        return mvoi_fail_null(context, error, "derived");
    if (!given)
        return mvoi_fail_null(context, error, "given");
    if (m == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("m"), "m is 0");
    if (!holdings)
        return mvoi_fail_null(context, error, "holdings");
    mvo_status status = mvoi_check_leading(context, error, "ld", ld, "m", m, given->n);
    if (status == MVO_OK)
        status = mvoi_check_table(context, error, "holdings", holdings, m, given->n, ld);
    if (status == MVO_OK && own_variance)
        status = mvoi_check_all_between(context, error, "own_variance", own_variance, m, 0.0, HUGE_VAL);
    if (status != MVO_OK)
        return status;
    const derivation d = { given, m, holdings, ld, own_variance };
    if (given->kind == MVOI_FACTOR) {
        const size_t k = factors_needed(&d);
        if (k <= m) /* with more of them the matrix is the smaller one */
            return derive_structured(derived, &d, k, context, error);
    }
    return derive_dense(derived, &d, context, error);
}
