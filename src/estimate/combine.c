/* SPDX-License-Identifier: MIT */
/* Sums of covariances, and events added to one: factor models stay factor models, their factors side by side. */
#include "estimate/assemble.h"

#include <math.h>
#include <string.h>

static mvo_status check_terms(mvo_context *context, mvo_error *error, size_t count, const mvo_covariance *const *terms,
                              const double *scales)
{
    if (count == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("count"), "count is 0");
    if (!terms)
        return mvoi_fail_null(context, error, "terms");
    for (size_t t = 0; t < count; t++) {
        const mvoi_detail missing = { "terms", (int64_t)t, -1, 0.0, 0.0 };
        if (!terms[t])
            return mvoi_fail(context, error, MVO_ERROR_NULL, missing, "terms[%zu] is NULL", t);
        const mvoi_detail detail = { "terms", (int64_t)t, -1, (double)terms[t]->n, (double)terms[0]->n };
        if (terms[t]->n != terms[0]->n)
            return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail, "terms[%zu] has %zu assets, terms[0] has %zu",
                             t, terms[t]->n, terms[0]->n);
    }
    return scales ? mvoi_check_all_between(context, error, "scales", scales, count, 0.0, HUGE_VAL) : MVO_OK;
}

static mvo_status sum_structured(mvo_covariance **sum, mvo_context *context, size_t count,
                                 const mvo_covariance *const *terms, const double *scales, size_t k, int32_t trusted,
                                 mvo_error *error)
{
    const size_t n = terms[0]->n;
    mvoi_assembly a;
    const mvo_status status = mvoi_assembly_structured(&a, context, error, n, k, "a sum of covariances");
    if (status != MVO_OK)
        return status;
    size_t first = 0;
    for (size_t t = 0; t < count; t++) {
        const double scale = scales ? scales[t] : 1.0, root = sqrt(scale);
        for (size_t i = 0; i < n; i++) {
            for (size_t f = 0; f < terms[t]->k; f++)
                a.factors[first + f + i * k] = root * terms[t]->factors[f + i * terms[t]->k];
            a.specific[i] += scale * terms[t]->specific[i];
        }
        first += terms[t]->k;
    }
    return mvoi_assembly_finish(sum, &a, error, trusted);
}

mvo_status mvo_covariance_new_sum(mvo_covariance **sum, mvo_context *context, size_t count,
                                  const mvo_covariance *const *terms, const double *scales, mvo_error *error)
{
    if (!sum)
        return mvoi_fail_null(context, error, "sum");
    mvo_status status = check_terms(context, error, count, terms, scales);
    if (status != MVO_OK)
        return status;
    const size_t n = terms[0]->n;
    int structured = 1;
    int32_t trusted = 0;
    size_t k = 0;
    for (size_t t = 0; t < count; t++) {
        structured = structured && terms[t]->kind == MVOI_FACTOR && k <= SIZE_MAX - terms[t]->k;
        k += structured ? terms[t]->k : 0;
        trusted |= terms[t]->trusted;
    }
    if (structured && k <= n) /* with more factors than assets the matrix is the smaller one */
        return sum_structured(sum, context, count, terms, scales, k, trusted, error);
    mvoi_assembly a;
    status = mvoi_assembly_dense(&a, context, error, n, "a sum of covariances");
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double value = 0.0;
            for (size_t t = 0; t < count; t++)
                value += (scales ? scales[t] : 1.0) * mvoi_covariance_entry(terms[t], i, j);
            a.matrix[i + j * a.ld] = value;
        }
    return mvoi_assembly_finish(sum, &a, error, trusted);
}

/* ------------------------------------------------------------------------------------------ events */

typedef struct events {
    size_t count;
    const double *probability;
    const double *losses;
    size_t ld;
} events;

/* Of an event that happens with probability p: p (1 - p) of the square of its losses. */
static double spread(const events *e, size_t t)
{
    return sqrt(e->probability[t] * (1.0 - e->probability[t]));
}

static mvo_status add_structured(mvo_covariance **with, mvo_context *context, const mvo_covariance *given,
                                 const events *e, mvo_error *error)
{
    const size_t n = given->n, k = given->k + e->count;
    mvoi_assembly a;
    const mvo_status status = mvoi_assembly_structured(&a, context, error, n, k, "a covariance with events");
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        memcpy(a.factors + i * k, given->factors + i * given->k, given->k * sizeof *a.factors);
        for (size_t t = 0; t < e->count; t++)
            a.factors[given->k + t + i * k] = spread(e, t) * e->losses[i + t * e->ld];
        a.specific[i] = given->specific[i];
    }
    return mvoi_assembly_finish(with, &a, error, given->trusted);
}

static mvo_status add_dense(mvo_covariance **with, mvo_context *context, const mvo_covariance *given, const events *e,
                            mvo_error *error)
{
    const size_t n = given->n;
    mvoi_assembly a;
    const mvo_status status = mvoi_assembly_dense(&a, context, error, n, "a covariance with events");
    if (status != MVO_OK)
        return status;
    mvoi_lower_triangle(a.matrix, a.ld, given);
    for (size_t t = 0; t < e->count; t++) {
        const double *loss = e->losses + t * e->ld;
        const double scale = spread(e, t);
        for (size_t j = 0; j < n; j++)
            for (size_t i = j; i < n; i++)
                a.matrix[i + j * a.ld] += (scale * loss[i]) * (scale * loss[j]);
    }
    return mvoi_assembly_finish(with, &a, error, given->trusted);
}

mvo_status mvo_covariance_new_events(mvo_covariance **with_events, double *mean_shift, mvo_context *context,
                                     const mvo_covariance *given, size_t count, const double *probability,
                                     const double *losses, size_t ld, mvo_error *error)
{
    const events e = { count, probability, losses, ld };
    if (!with_events)
        return mvoi_fail_null(context, error, "with_events");
    if (!given)
        return mvoi_fail_null(context, error, "given");
    if (count == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("count"), "count is 0");
    const size_t n = given->n;
    mvo_status status = mvoi_check_all_between(context, error, "probability", probability, count, 0.0, 1.0);
    if (status == MVO_OK && !losses)
        status = mvoi_fail_null(context, error, "losses");
    if (status == MVO_OK)
        status = mvoi_check_leading(context, error, "ld", ld, "n", n, count);
    if (status == MVO_OK)
        status = mvoi_check_table(context, error, "losses", losses, n, count, ld);
    if (status != MVO_OK)
        return status;
    /* `ld >= n` such columns can be addressed, so the counts below cannot overflow. */
    status = given->kind == MVOI_FACTOR && given->k + count <= n
                 ? add_structured(with_events, context, given, &e, error)
                 : add_dense(with_events, context, given, &e, error);
    for (size_t i = 0; status == MVO_OK && mean_shift && i < n; i++) {
        double shift = 0.0;
        for (size_t t = 0; t < count; t++)
            shift -= probability[t] * losses[i + t * ld];
        mean_shift[i] = shift;
    }
    return status;
}
