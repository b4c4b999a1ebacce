/* SPDX-License-Identifier: MIT */
/*
 * Correlations of one group stressed within it and across to the rest, semidefinite by construction. Let z be the
 * standardised returns, m the group's index (the sum of its z, scaled to variance 1), q that of the rest, and
 * b = corr(z, m) or corr(z, q) their loadings.
 *
 * Within: the group's z become b* m + e*, with e* apart from all else, such that their correlations are the target T:
 * b* = T 1 / sqrt(1'T 1), Cov(e*) = T - b* b*' is semidefinite (Cauchy-Schwarz). Their correlations with the rest are
 * then b* corr(m, z_rest)', those of the rest stay. C* is the correlation matrix of random variables, so it is
 * semidefinite, and C becomes (1 - theta) C + theta C*.
 *
 * Across: the two parts keep their own correlations and meet through their indices alone: C*_across = rho b b_rest',
 * which is the correlation matrix of b m + e and b_rest q + e_rest with corr(m, q) = rho and e, e_rest apart.
 */
#include "estimate/assemble.h"

#include <math.h>
#include <string.h>

static const double TINY = 1e-14; /* variance of an index, relative to its number of members, that is nothing */

typedef struct block {
    size_t n, count;
    const size_t *members;
    unsigned char *in; /* n: 1 for a member */
    double *C;         /* n-by-n correlations */
    double *index;     /* n: loadings on the index of one's own part, then a copy of another column */
    double *link;      /* n: correlation with the group's index */
    double *star;      /* n */
} block;

/* into_i = sum over the part (members or the rest) of C_ij; returns the sum over the part of these. */
static double sum_over_part(double *into, const block *b, int members)
{
    double variance = 0.0;
    memset(into, 0, b->n * sizeof *into);
    for (size_t j = 0; j < b->n; j++)
        for (size_t i = 0; b->in[j] == members && i < b->n; i++)
            into[i] += b->C[i + j * b->n];
    for (size_t i = 0; i < b->n; i++)
        variance += b->in[i] == members ? into[i] : 0.0;
    return variance;
}

static mvo_status refuse_index(mvo_context *context, mvo_error *error, const char *whose)
{
    return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("members"),
                     "the standardised returns of %s add up to nothing: there is no index to stress by", whose);
}

static mvo_status stress_within(const block *b, double theta, const double *target, mvo_context *context,
                                mvo_error *error)
{
    const size_t n = b->n;
    const double variance = sum_over_part(b->link, b, 1);
    if (!(variance > TINY * (double)b->count))
        return refuse_index(context, error, "the group");
    double total = 0.0;
    for (size_t g = 0; g < b->count; g++) {
        b->star[g] = 0.0;
        for (size_t h = 0; h < b->count; h++)
            b->star[g] += target ? target[g + h * b->count] : 1.0;
        total += b->star[g];
    }
    if (!(total > TINY * (double)b->count))
        return refuse_index(context, error, "the target");
    for (size_t g = 0; g < b->count; g++) {
        const size_t i = b->members[g];
        const double loading = b->star[g] / sqrt(total);
        for (size_t h = 0; h < b->count; h++) {
            double *c = &b->C[i + b->members[h] * n];
            *c = g == h ? 1.0 : (1.0 - theta) * *c + theta * (target ? target[g + h * b->count] : 1.0);
        }
        for (size_t j = 0; j < n; j++) {
            if (b->in[j])
                continue;
            const double mixed = (1.0 - theta) * b->C[i + j * n] + theta * loading * (b->link[j] / sqrt(variance));
            b->C[i + j * n] = mixed;
            b->C[j + i * n] = mixed;
        }
    }
    return MVO_OK;
}

static mvo_status stress_across(const block *b, double theta, double rho, mvo_context *context, mvo_error *error)
{
    const size_t n = b->n;
    const double own = sum_over_part(b->link, b, 1);
    const double rest = sum_over_part(b->index, b, 0);
    if (rho != 0.0 && !(own > TINY * (double)b->count))
        return refuse_index(context, error, "the group");
    if (rho != 0.0 && !(rest > TINY * (double)(n - b->count)))
        return refuse_index(context, error, "the rest");
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; b->in[j] && i < n; i++) {
            if (b->in[i])
                continue;
            const double towards = rho != 0.0 ? rho * (b->link[j] / sqrt(own)) * (b->index[i] / sqrt(rest)) : 0.0;
            const double mixed = (1.0 - theta) * b->C[i + j * n] + theta * towards;
            b->C[i + j * n] = mixed;
            b->C[j + i * n] = mixed;
        }
    return MVO_OK;
}

static mvo_status check_members(mvo_context *context, mvo_error *error, const block *b)
{
    for (size_t g = 0; g < b->count; g++) {
        const size_t i = b->members[g];
        const mvoi_detail detail = { "members", (int64_t)g, -1, (double)i, (double)b->n };
        if (i >= b->n)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "members[%zu] is %zu, but there are %zu assets", g, i, b->n);
        if (b->in[i])
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "members[%zu] = %zu was listed before", g, i);
        b->in[i] = 1;
    }
    return MVO_OK;
}

static mvo_status finish(mvo_covariance **stressed, const block *b, const mvo_covariance *given, mvo_context *context,
                         mvo_error *error)
{
    mvoi_assembly a;
    const mvo_status status = mvoi_assembly_dense(&a, context, error, b->n, "a stressed covariance");
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < b->n; j++)
        for (size_t i = j; i < b->n; i++) {
            const double scale = sqrt(fmax(given->diagonal[i], 0.0)) * sqrt(fmax(given->diagonal[j], 0.0));
            a.matrix[i + j * a.ld] = i == j ? given->diagonal[i] : scale * b->C[i + j * b->n];
        }
    return mvoi_assembly_finish(stressed, &a, error, given->trusted);
}

static mvo_status stress(mvo_covariance **stressed, block *b, const mvo_covariance *given, double within,
                         const mvoi_square *target, double across, double rho, mvo_context *context, mvo_error *error)
{
    double *own = target->values ? b->star + b->n : NULL;
    mvo_status status = check_members(context, error, b);
    if (status == MVO_OK && own)
        status = mvoi_check_correlation(own, context, error, target);
    if (status == MVO_OK)
        status = mvo_covariance_correlation(b->C, b->n, given, error);
    if (status == MVO_OK && within > 0.0)
        status = stress_within(b, within, own, context, error);
    if (status == MVO_OK && across > 0.0 && b->count < b->n)
        status = stress_across(b, across, rho, context, error);
    return status == MVO_OK ? finish(stressed, b, given, context, error) : status;
}

static mvo_status check(mvo_context *context, mvo_error *error, const mvo_covariance *given, size_t count,
                        const size_t *members, double within, const mvoi_square *target, double across, double rho)
{
    const mvoi_detail detail = { "count", -1, -1, (double)count, given ? (double)given->n : 0.0 };
    if (!given)
        return mvoi_fail_null(context, error, "given");
    if (!members)
        return mvoi_fail_null(context, error, "members");
    if (count == 0 || count > given->n)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "count is %zu, not from 1 to %zu assets", count,
                         given->n);
    mvo_status status = mvoi_check_between(context, error, "within", within, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_check_between(context, error, "across", across, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_check_between(context, error, "across_correlation", rho, -1.0, 1.0);
    if (status == MVO_OK && target->values)
        status = mvoi_check_leading(context, error, "ld_target", target->ld, "count", count, count);
    return status;
}

mvo_status mvo_covariance_new_block_stressed(mvo_covariance **stressed, mvo_context *context,
                                             const mvo_covariance *given, size_t count, const size_t *members,
                                             double within, const double *within_target, size_t ld_target,
                                             double across, double across_correlation, mvo_error *error)
{
    const mvoi_square target = { "within_target", within_target, count, ld_target };
    if (!stressed)
        return mvoi_fail_null(context, error, "stressed");
    mvo_status status = check(context, error, given, count, members, within, &target, across, across_correlation);
    if (status != MVO_OK)
        return status;
    const size_t n = given->n;
    const size_t own = within_target ? count * count : 0;
    const int fits = n <= SIZE_MAX / sizeof(double) / 2 / n;
    double *numbers = fits ? mvoi_allocate(context, n * n + 3 * n + own, sizeof *numbers) : NULL;
    unsigned char *in = mvoi_allocate(context, n, 1);
    if (numbers && in) {
        memset(in, 0, n);
        block b = { n, count, members, in, numbers, numbers + n * n, numbers + n * n + n, numbers + n * n + 2 * n };
        status = stress(stressed, &b, given, within, &target, across, across_correlation, context, error);
    } else {
        status = mvoi_fail_memory(context, error, "a stressed covariance");
    }
    mvoi_release(context, in);
    mvoi_release(context, numbers);
    return status;
}
