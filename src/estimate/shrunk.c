/* SPDX-License-Identifier: MIT */
/* Linear shrinkage with an estimated intensity: the sample covariance, its target, and their mixture. */
#include "estimate/shrinkage.h"
#include "estimate/estimate.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

enum { LARGEST_EXPONENT = 400 }; /* so that the square of the scale is a number, too */

/* Multiplies the table with the power of two that brings its largest element to [1/2, 1): fourth powers of small
   returns would not be numbers. Nothing is rounded. Returns the square of that power. */
static double scale_table(double *table, size_t count)
{
    double largest = 0.0;
    int exponent = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(table[i]));
    (void)frexp(largest, &exponent);
    exponent = exponent > LARGEST_EXPONENT ? LARGEST_EXPONENT : exponent < -LARGEST_EXPONENT ? -LARGEST_EXPONENT : exponent;
    const double scale = ldexp(1.0, -exponent);
    for (size_t i = 0; i < count; i++)
        table[i] *= scale;
    return scale * scale;
}

/* Sum of the squares of the elements of S, in the table's units; of a structured one by the other product. */
static mvo_status sum_squares(mvoi_shrink *work, const mvo_covariance *sample, double unit, mvo_error *error)
{
    const size_t n = sample->n, k = sample->k;
    double sum = 0.0;
    if (sample->kind == MVOI_DENSE) {
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++) {
                const double element = sample->dense[i + j * sample->ld] * unit;
                sum += element * element;
            }
        work->squares = sum;
        return MVO_OK;
    }
    double *product = mvoi_allocate(sample->context, k * k, sizeof *product); /* smaller than the table: k < n / 2 */
    if (!product)
        return mvoi_fail_memory(sample->context, error, "a shrinkage intensity");
    const int fits =
        mvoi_lapack_multiply(0, 1, k, k, n, unit, sample->factors, k, sample->factors, k, 0.0, product, k);
    for (size_t i = 0; fits && i < k * k; i++)
        sum += product[i] * product[i];
    mvoi_release(sample->context, product);
    if (!fits)
        return mvoi_fail(sample->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"),
                         "a table of %zu periods and %zu assets is too large for BLAS", k, n);
    work->squares = sum;
    return MVO_OK;
}

/* The target as a handle: a factor model of at most one factor, or dense where its covariances are negative. */
static mvo_status make_target(mvo_covariance **target, const mvoi_shrink *work, double unit, mvo_context *context,
                              mvo_error *error)
{
    const mvoi_target *f = &work->target;
    const size_t n = work->n;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        k = k || f->loading[i] != 0.0;
        f->loading[i] /= sqrt(unit);
        f->rest[i] /= unit;
    }
    if (f->sign > 0.0)
        return mvo_covariance_new_factor(target, context, n, k, f->loading, n, NULL, 0, f->rest, MVO_CHECK_NONE, error);
    const size_t ld = mvoi_padded(n);
    double *matrix = n <= SIZE_MAX / ld ? mvoi_allocate(context, n * ld, sizeof *matrix) : NULL;
    if (!matrix)
        return mvoi_fail_memory(context, error, "a shrinkage target");
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            matrix[i + j * ld] = (i == j ? f->rest[i] : 0.0) - f->loading[i] * f->loading[j];
    return mvoi_covariance_new_lower(target, context, n, matrix, n, error);
}

/* The table goes to the sample covariance, and with it the memory; the measures are taken before. */
static mvo_status shrink(mvo_covariance **covariance, double *intensity, mvoi_shrink *work, mvo_context *context,
                         double *table, mvo_error *error)
{
    const size_t rank = work->periods - 1;
    mvo_covariance *sample = NULL, *target = NULL;
    const double unit = scale_table(table, work->periods * work->n);
    mvo_status status = mvoi_shrink_measure(work, context, error);
    double *copy = NULL; /* the distance to the target needs the table once more */
    if (status == MVO_OK && !(copy = mvoi_allocate(context, work->periods * work->n, sizeof *copy)))
        status = mvoi_fail_memory(context, error, "a shrunk covariance");
    if (status != MVO_OK)
        return status;
    memcpy(copy, table, work->periods * work->n * sizeof *copy);
    status = mvoi_covariance_new_table(&sample, context, work->periods, work->n, copy, work->count * unit, rank,
                                       MVO_CHECK_ALL, error);
    if (status == MVO_OK)
        status = sum_squares(work, sample, unit, error);
    if (status == MVO_OK) {
        *intensity = mvoi_shrink_intensity(work);
        status = make_target(&target, work, unit, context, error);
    }
    if (status == MVO_OK)
        status = mvoi_mix(covariance, context, sample, target, *intensity, error);
    mvo_covariance_unref(target);
    mvo_covariance_unref(sample);
    return status;
}

static mvo_status check_kind(mvo_context *context, mvo_error *error, int32_t kind)
{
    const mvoi_detail detail = { "target", -1, -1, (double)kind, 0.0 };
    if (kind >= MVO_SHRINK_IDENTITY && kind <= MVO_SHRINK_ORACLE_LARGE)
        return MVO_OK;
    return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "target is %d, none of MVO_SHRINK_*", (int)kind);
}

mvo_status mvo_covariance_new_shrunk(mvo_covariance **covariance, double *intensity, mvo_context *context,
                                     size_t periods, size_t n, const double *returns, size_t ld, size_t ddof,
                                     int32_t target, mvo_error *error)
{
    double *table = NULL, found = 0.0;
    mvo_status status = check_kind(context, error, target);
    if (status == MVO_OK)
        status = mvoi_estimate_table(&table, covariance, context, periods, n, returns, ld, ddof, error);
    if (status == MVO_OK && target == MVO_SHRINK_CONSTANT_CORRELATION)
        status = mvoi_estimate_refuse_constant(context, error, table, periods, n, "correlation");
    double *room = NULL; /* three rows of periods, three of assets; n * ld numbers can be addressed */
    const int small = periods <= SIZE_MAX / 8 - n;
    if (status == MVO_OK && !(room = small ? mvoi_allocate(context, 3 * (periods + n), sizeof *room) : NULL))
        status = mvoi_fail_memory(context, error, "a shrunk covariance");
    if (status == MVO_OK) {
        double *assets = room + 3 * periods;
        mvoi_shrink work = { .kind = target, .periods = periods, .n = n, .count = (double)(periods - ddof) };
        work.table = table;
        for (size_t r = 0; r < 3; r++)
            work.rows[r] = room + r * periods;
        work.variances = assets;
        work.target = (mvoi_target){ 1.0, assets + n, assets + 2 * n };
        status = shrink(covariance, &found, &work, context, table, error);
    }
    mvoi_release(context, room);
    mvoi_release(context, table);
    if (status == MVO_OK && intensity)
        *intensity = found;
    return status;
}
