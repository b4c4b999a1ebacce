/* SPDX-License-Identifier: MIT */
/* Sample covariances of tables with gaps, NaN being a return that is not known. */
#include "estimate/estimate.h"
#include "linalg/lapack.h"

#include <math.h>

static const double ROUNDING = 1e-14; /* times n, of a correlation matrix: below it a negative eigenvalue is none */

/* NaN is allowed here, an infinity is not. */
static mvo_status check_infinite(mvo_context *context, mvo_error *error, const double *returns, size_t periods,
                                 size_t n, size_t ld)
{
    for (size_t j = 0; j < n; j++)
        for (size_t t = 0; t < periods; t++)
            if (isinf(returns[t + j * ld]))
                return mvoi_fail_entry(context, error, "returns", t, j, returns[t + j * ld]);
    return MVO_OK;
}

static mvo_status check(mvo_covariance **covariance, mvo_context *context, mvo_error *error, size_t periods, size_t n,
                        const double *returns, size_t ld, size_t ddof)
{
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvo_status status = mvoi_check_shape(context, error, periods, n, returns, ld, ddof);
    return status == MVO_OK ? check_infinite(context, error, returns, periods, n, ld) : status;
}

/* ---------------------------------------------------------------------------------------- complete cases */

/* whole[t] = 1 where no return of period t is missing; returns how many such periods there are. */
static size_t find_whole(int32_t *whole, const double *returns, size_t periods, size_t n, size_t ld)
{
    size_t count = 0;
    for (size_t t = 0; t < periods; t++)
        whole[t] = 1;
    for (size_t j = 0; j < n; j++)
        for (size_t t = 0; t < periods; t++)
            whole[t] &= !isnan(returns[t + j * ld]);
    for (size_t t = 0; t < periods; t++)
        count += whole[t] != 0;
    return count;
}

static double *copy_whole(mvo_context *context, const int32_t *whole, size_t count, const double *returns,
                          size_t periods, size_t n, size_t ld)
{
    double *table = mvoi_allocate(context, count * n, sizeof *table);
    for (size_t j = 0; table && j < n; j++) {
        double *column = table + j * count;
        for (size_t t = 0, to = 0; t < periods; t++)
            if (whole[t])
                column[to++] = returns[t + j * ld];
        mvoi_demean(column, column, count);
    }
    return table;
}

mvo_status mvo_covariance_new_complete_cases(mvo_covariance **covariance, size_t *used, mvo_context *context,
                                             size_t periods, size_t n, const double *returns, size_t ld, size_t ddof,
                                             mvo_error *error)
{
    mvo_status status = check(covariance, context, error, periods, n, returns, ld, ddof);
    if (status != MVO_OK)
        return status;
    int32_t *whole = mvoi_allocate(context, periods, sizeof *whole);
    if (!whole)
        return mvoi_fail_memory(context, error, "a sample covariance");
    const size_t count = find_whole(whole, returns, periods, n, ld);
    const int enough = count > ddof && count > 0;
    double *table = enough ? copy_whole(context, whole, count, returns, periods, n, ld) : NULL;
    mvoi_release(context, whole);
    const mvoi_detail detail = { "returns", -1, -1, (double)count, (double)ddof };
    if (!enough)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "%zu periods of returns are complete, not more than ddof = %zu", count, ddof);
    if (!table)
        return mvoi_fail_memory(context, error, "a sample covariance");
    status = mvoi_covariance_new_table(covariance, context, count, n, table, (double)(count - ddof), count - 1,
                                       MVO_CHECK_ALL, error);
    if (status == MVO_OK && used)
        *used = count;
    return status;
}

/* ----------------------------------------------------------------------------------------------- pairwise */

/* What the pairs' sums are made of: returns less their own mean, zero where missing, and ones where not missing. */
typedef struct pairs {
    double *values, *present; /* periods-by-n */
    double *counts, *sums;    /* n-by-n: common periods (lower triangle); sum of column i over those of column j */
} pairs;

static void close_pairs(pairs *p, mvo_context *context)
{
    mvoi_release(context, p->values);
    mvoi_release(context, p->present);
    mvoi_release(context, p->counts);
    mvoi_release(context, p->sums);
}

static mvo_status open_pairs(pairs *p, mvo_context *context, size_t periods, size_t n, mvo_error *error)
{
    p->values = mvoi_allocate(context, periods * n, sizeof *p->values);
    p->present = mvoi_allocate(context, periods * n, sizeof *p->present);
    p->counts = mvoi_allocate(context, n * n, sizeof *p->counts); /* the spectrum's n is 32000 at most */
    p->sums = mvoi_allocate(context, n * n, sizeof *p->sums);
    if (!p->values || !p->present || !p->counts || !p->sums)
        return mvoi_fail_memory(context, error, "a pairwise covariance");
    return MVO_OK;
}

/* One column: its own known returns closed up, demeaned, and spread out again. `room` holds the periods. */
static void spread(double *values, double *present, double *room, const double *x, size_t periods)
{
    size_t known = 0;
    for (size_t t = 0; t < periods; t++)
        if (!isnan(x[t]))
            room[known++] = x[t];
    if (known > 0)
        mvoi_demean(room, room, known);
    for (size_t t = 0, from = 0; t < periods; t++) {
        const int there = !isnan(x[t]);
        present[t] = there ? 1.0 : 0.0;
        values[t] = there ? room[from++] : 0.0;
    }
}

/*
 * Each entry from the periods its pair has in common and their own means over them:
 * (sum x y - sum x sum y / N) / (N - ddof), the returns having been centred before, so that little cancels.
 */
static mvo_status fill_entries(mvoi_spectral *made, const pairs *p, size_t ddof, mvo_error *error)
{
    const size_t n = made->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double *entry = &made->matrix[i + j * made->ld];
            const double common = p->counts[i + j * n];
            const mvoi_detail detail = { "returns", (int64_t)i, (int64_t)j, common, (double)ddof };
            if (!(common > (double)ddof))
                return mvoi_fail(made->context, error, MVO_ERROR_ARGUMENT, detail,
                                 "columns %zu and %zu of returns have %.0f periods in common, not more than ddof = %zu",
                                 i, j, common, ddof);
            const double correction = i == j ? 0.0 : p->sums[i + j * n] * p->sums[j + i * n] / common;
            *entry = (*entry - correction) / (common - (double)ddof);
            if (i == j && !isfinite(*entry))
                return mvoi_fail(made->context, error, MVO_ERROR_NOT_FINITE, detail,
                                 "the variance of column %zu of returns overflows", i);
        }
    return MVO_OK;
}

static mvo_status fill_pairs(mvoi_spectral *made, pairs *p, size_t periods, const double *returns, size_t ld,
                             size_t ddof, mvo_error *error)
{
    const size_t n = made->n;
    double *room = mvoi_allocate(made->context, periods, sizeof *room);
    if (!room)
        return mvoi_fail_memory(made->context, error, "a pairwise covariance");
    for (size_t j = 0; j < n; j++)
        spread(p->values + j * periods, p->present + j * periods, room, returns + j * ld, periods);
    mvoi_release(made->context, room);
    if (!mvoi_lapack_gram(periods, n, 1.0, p->values, periods, made->matrix, made->ld) ||
        !mvoi_lapack_gram(periods, n, 1.0, p->present, periods, p->counts, n) ||
        !mvoi_lapack_multiply(1, 0, n, n, periods, 1.0, p->values, periods, p->present, periods, 0.0, p->sums, n))
        return mvoi_fail(made->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                         "a table of %zu periods and %zu assets is too large for BLAS", periods, n);
    return fill_entries(made, p, ddof, error);
}

/*
 * Looks at the smallest eigenvalue of the correlations. `saved` (n-by-n) keeps the lower triangle, which is put back
 * where nothing is negative beyond rounding.
 */
static mvo_status repair_or_refuse(mvoi_spectral *made, double *smallest, int32_t repair, double *saved,
                                   double *volatilities, mvo_error *error)
{
    const size_t n = made->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            saved[i + j * n] = made->matrix[i + j * made->ld];
    mvoi_spectral_to_correlation(made, volatilities);
    for (size_t j = 0; j < n; j++)
        if (!mvoi_all_finite(made->matrix + j * made->ld + j, n - j))
            return mvoi_fail(made->context, error, MVO_ERROR_NOT_FINITE, MVOI_DETAIL("returns"),
                             "a correlation of column %zu of returns overflows", j);
    const mvo_status status = mvoi_spectral_split(made, error);
    if (status != MVO_OK)
        return status;
    *smallest = made->values[0];
    const mvoi_detail detail = { "returns", -1, -1, *smallest, 0.0 };
    const int negative = *smallest < -ROUNDING * (double)n;
    if (negative && repair == MVO_INDEFINITE_REFUSE)
        return mvoi_fail(made->context, error, MVO_ERROR_NOT_SEMIDEFINITE, detail,
                         "the pairwise correlations of returns have the eigenvalue %g", *smallest);
    if (!negative) {
        for (size_t j = 0; j < n; j++)
            for (size_t i = j; i < n; i++)
                made->matrix[i + j * made->ld] = saved[i + j * n];
        return MVO_OK;
    }
    for (size_t k = 0; k < n; k++)
        made->values[k] = made->values[k] > 0.0 ? made->values[k] : 0.0;
    mvoi_spectral_join(made);
    mvoi_spectral_to_covariance(made, volatilities);
    return MVO_OK;
}

mvo_status mvo_covariance_new_pairwise(mvo_covariance **covariance, double *smallest, mvo_context *context,
                                       size_t periods, size_t n, const double *returns, size_t ld, size_t ddof,
                                       int32_t repair, mvo_error *error)
{
    mvo_status status = check(covariance, context, error, periods, n, returns, ld, ddof);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "repair", -1, -1, (double)repair, 0.0 };
    if (repair != MVO_INDEFINITE_REFUSE && repair != MVO_INDEFINITE_CLIP)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "repair is %d, neither MVO_INDEFINITE_REFUSE nor MVO_INDEFINITE_CLIP", (int)repair);
    mvoi_spectral made;
    pairs p = { NULL, NULL, NULL, NULL };
    double least = 0.0;
    status = mvoi_spectral_open(&made, context, n, error);
    if (status == MVO_OK)
        status = open_pairs(&p, context, periods, n, error);
    if (status == MVO_OK)
        status = fill_pairs(&made, &p, periods, returns, ld, ddof, error);
    if (status == MVO_OK) /* the sums have served: their memory is used again */
        status = repair_or_refuse(&made, &least, repair, p.sums, p.counts, error);
    if (status == MVO_OK)
        status = mvoi_spectral_finish(covariance, &made, n, error);
    close_pairs(&p, context);
    mvoi_spectral_close(&made);
    if (status == MVO_OK && smallest)
        *smallest = least;
    return status;
}
