/* SPDX-License-Identifier: MIT */
/* Making covariance handles from numbers that are semidefinite by construction. */
#include "estimate/assemble.h"

#include <math.h>
#include <string.h>

static const double UNIT = 1e-10; /* how far a diagonal may be from 1 */

static double *own_numbers(mvo_covariance *made, int slot, size_t rows, size_t columns)
{
    const size_t wide = columns ? columns : 1;
    double *numbers = rows <= SIZE_MAX / wide ? mvoi_allocate(made->context, rows * columns, sizeof *numbers) : NULL;
    made->owned[slot] = numbers;
    return numbers;
}

mvo_status mvoi_assembly_dense(mvoi_assembly *assembly, mvo_context *context, mvo_error *error, size_t n,
                               const char *what)
{
    mvoi_assembly a = { NULL, NULL, NULL, 0, NULL, NULL };
    a.made = mvoi_covariance_allocate(&a.diagonal, context, n);
    if (!a.made)
        return mvoi_fail_memory(context, error, what);
    a.ld = mvoi_padded(n);
    a.matrix = own_numbers(a.made, 1, a.ld, n);
    a.made->kind = MVOI_DENSE;
    a.made->ld = a.ld;
    a.made->dense = a.matrix;
    if (!a.matrix) {
        mvoi_assembly_drop(&a);
        return mvoi_fail_memory(context, error, what);
    }
    for (size_t j = 0; j < n; j++) /* between the columns nothing is left to chance */
        memset(a.matrix + n + j * a.ld, 0, (a.ld - n) * sizeof *a.matrix);
    *assembly = a;
    return MVO_OK;
}

mvo_status mvoi_assembly_structured(mvoi_assembly *assembly, mvo_context *context, mvo_error *error, size_t n,
                                    size_t k, const char *what)
{
    mvoi_assembly a = { NULL, NULL, NULL, 0, NULL, NULL };
    a.made = mvoi_covariance_allocate(&a.diagonal, context, n);
    if (!a.made)
        return mvoi_fail_memory(context, error, what);
    a.factors = own_numbers(a.made, 1, n, k);
    a.specific = own_numbers(a.made, 2, n, 1);
    a.made->kind = MVOI_FACTOR;
    a.made->k = k;
    a.made->factors = a.factors;
    a.made->specific = a.specific;
    if (!a.factors || !a.specific) {
        mvoi_assembly_drop(&a);
        return mvoi_fail_memory(context, error, what);
    }
    memset(a.specific, 0, n * sizeof *a.specific);
    *assembly = a;
    return MVO_OK;
}

void mvoi_assembly_drop(mvoi_assembly *assembly)
{
    mvo_covariance_unref(assembly->made);
    assembly->made = NULL;
}

/* At most k and as many as there are specific variances, or n. */
static size_t rank_bound(const mvoi_assembly *a)
{
    const size_t n = a->made->n;
    size_t positive = 0;
    if (!a->specific)
        return n;
    for (size_t i = 0; i < n; i++)
        positive += a->specific[i] != 0.0;
    return a->made->k < n - positive ? a->made->k + positive : n;
}

/* The first asset with a variance or a covariance that is not finite, or n. */
static size_t find_overflow(const mvoi_assembly *a)
{
    const size_t n = a->made->n;
    for (size_t j = 0; j < n; j++)
        if (!isfinite(a->diagonal[j]) || (a->matrix && !mvoi_all_finite(a->matrix + j + j * a->ld, n - j)))
            return j;
    return n;
}

mvo_status mvoi_assembly_finish(mvo_covariance **covariance, mvoi_assembly *assembly, mvo_error *error,
                                int32_t trusted)
{
    mvo_covariance *made = assembly->made;
    const size_t n = made->n;
    for (size_t j = 0; assembly->matrix && j < n; j++)
        for (size_t i = j + 1; i < n; i++)
            assembly->matrix[j + i * assembly->ld] = assembly->matrix[i + j * assembly->ld];
    for (size_t i = 0; i < n; i++)
        assembly->diagonal[i] = mvoi_covariance_entry(made, i, i);
    const size_t bad = find_overflow(assembly);
    if (bad < n) {
        const mvoi_detail detail = { "covariance", (int64_t)bad, -1, assembly->diagonal[bad], 0.0 };
        const mvo_status status = mvoi_fail(made->context, error, MVO_ERROR_NOT_FINITE, detail,
                                            "the variance of asset %zu or a covariance of it overflows", bad);
        mvoi_assembly_drop(assembly);
        return status;
    }
    made->trusted = trusted;
    made->rank_bound = rank_bound(assembly);
    *covariance = made;
    assembly->made = NULL;
    return MVO_OK;
}

void mvoi_lower_triangle(double *lower, size_t ld, const mvo_covariance *covariance)
{
    for (size_t j = 0; j < covariance->n; j++)
        for (size_t i = j; i < covariance->n; i++)
            lower[i + j * ld] = mvoi_covariance_entry(covariance, i, j);
}

mvo_status mvoi_check_table(mvo_context *context, mvo_error *error, const char *name, const double *table, size_t rows,
                            size_t columns, size_t ld)
{
    for (size_t j = 0; j < columns; j++) {
        const double *column = table + j * ld;
        if (mvoi_all_finite(column, rows))
            continue;
        const size_t i = mvoi_find_not_finite(column, rows, 0);
        return mvoi_fail_entry(context, error, name, i, j, column[i]);
    }
    return MVO_OK;
}

mvo_status mvoi_check_between(mvo_context *context, mvo_error *error, const char *name, double value, double least,
                              double most)
{
    const mvoi_detail detail = { name, -1, -1, value, value < least ? least : most };
    if (isnan(value))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "%s is nan", name);
    if (value < least || value > most)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, outside [%g, %g]", name, value, least,
                         most);
    return MVO_OK;
}

mvo_status mvoi_check_all_between(mvo_context *context, mvo_error *error, const char *name, const double *values,
                                  size_t n, double least, double most)
{
    const mvo_status status = mvoi_check_vector(context, error, name, values, n);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const mvoi_detail detail = { name, (int64_t)i, -1, values[i], values[i] < least ? least : most };
        if (values[i] < least || values[i] > most)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu] is %g, outside [%g, %g]", name, i,
                             values[i], least, most);
    }
    return MVO_OK;
}

static mvo_status check_units(mvo_context *context, mvo_error *error, const mvoi_square *given)
{
    for (size_t i = 0; i < given->n; i++) {
        const double value = given->values[i + i * given->ld];
        const mvoi_detail detail = { given->name, (int64_t)i, (int64_t)i, value, 1.0 };
        if (!(fabs(value - 1.0) <= UNIT))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu, %zu] is %.17g, not 1", given->name, i,
                             i, value);
    }
    return MVO_OK;
}

mvo_status mvoi_check_correlation(double *target, mvo_context *context, mvo_error *error, const mvoi_square *given)
{
    const size_t n = given->n;
    mvo_status status = mvoi_check_table(context, error, given->name, given->values, n, n, given->ld);
    if (status == MVO_OK)
        status = check_units(context, error, given);
    if (status != MVO_OK)
        return status;
    double *copy = n <= SIZE_MAX / n ? mvoi_allocate(context, n * n, sizeof *copy) : NULL;
    if (!copy)
        return mvoi_fail_memory(context, error, "the check of a correlation matrix");
    const mvoi_square taken = { given->name, copy, n, n };
    status = mvoi_square_take(copy, n, context, error, given, MVO_CHECK_ALL);
    if (status == MVO_OK)
        status = mvoi_square_semidefinite(context, error, &taken, copy);
    for (size_t i = 0; status == MVO_OK && i < n; i++)
        copy[i + i * n] = 1.0;
    if (status == MVO_OK && target)
        memcpy(target, copy, n * n * sizeof *copy);
    mvoi_release(context, copy);
    return status;
}
