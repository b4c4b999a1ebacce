/* SPDX-License-Identifier: MIT */
/* The basis of principal pivoting and its responses (see exchange.h). */
#include "qp/exchange.h"

#include <math.h>
#include <string.h>

mvoi_exchange *mvoi_exchange_new(mvo_context *context, size_t n, size_t m, const mvoi_kernels *kernels, mvoi_watch *watch)
{
    const size_t most = n + m;
    mvoi_exchange *x = mvoi_allocate(context, 1, sizeof *x);
    if (!x)
        return NULL;
    *x = (mvoi_exchange){ .kernels = kernels, .watch = watch, .n = n, .m = m, .most = most, .ld = mvoi_leading_dimension(most) };
    const size_t ld = x->ld;
    const mvoi_part parts[] = {
        MVOI_PART(x->responses, ld * most), MVOI_PART(x->matrix, ld * most), MVOI_PART(x->value, ld),      MVOI_PART(x->outside, ld),
        MVOI_PART(x->low, ld),              MVOI_PART(x->high, ld),          MVOI_PART(x->weight, ld),     MVOI_PART(x->w, n),
        MVOI_PART(x->deviation, n),         MVOI_PART(x->inverse, n),        MVOI_PART(x->row_risk, m),    MVOI_PART(x->column, ld),
        MVOI_PART(x->factor, ld),           MVOI_PART(x->excess, ld),        MVOI_PART(x->zero, ld),       MVOI_PART(x->product, n),
        MVOI_PART(x->product_low, n),       MVOI_PART(x->gradient, ld),      MVOI_PART(x->total, n),       MVOI_PART(x->rest, n),
        MVOI_PART(x->packed, ld),           MVOI_PART(x->row_high, m),       MVOI_PART(x->row_low, m),     MVOI_PART(x->seen_lower, n),
        MVOI_PART(x->seen_upper, n),        MVOI_PART(x->start_w, n),        MVOI_PART(x->start_low, n),   MVOI_PART(x->start_high, n),
        MVOI_PART(x->start_weight, n),      MVOI_PART(x->basis, most),       MVOI_PART(x->slot, most),     MVOI_PART(x->side, most),
        MVOI_PART(x->index, most),          MVOI_PART(x->rows, m),           MVOI_PART(x->aside, most),    MVOI_PART(x->found, n),
        MVOI_PART(x->start_side, n)
    };
    x->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (!x->memory) {
        mvoi_release(context, x);
        return NULL;
    }
    for (size_t e = 0; e < most; e++)
        x->slot[e] = -1;
    for (size_t e = 0; e < x->ld; e++) {
        x->value[e] = x->gradient[e] = x->zero[e] = 0.0;
        x->outside[e] = x->weight[e] = 1.0;
        x->low[e] = -HUGE_VAL;
        x->high[e] = HUGE_VAL;
    }
    return x;
}

void mvoi_exchange_free(mvo_context *context, mvoi_exchange *x)
{
    if (!x)
        return;
    mvoi_release(context, x->memory);
    mvoi_release(context, x);
}

void mvoi_exchange_forget(mvoi_exchange *x)
{
    if (x)
        x->measured = 0;
}

void mvoi_exchange_empty(mvoi_exchange *x)
{
    for (size_t s = 0; s < x->count; s++) {
        x->slot[x->basis[s]] = -1;
        x->outside[x->basis[s]] = 1.0;
    }
    x->count = x->aside_count = 0;
}

void mvoi_exchange_respond(mvoi_exchange *x, size_t e)
{
    const double *own = x->matrix + e * x->ld;
    for (size_t s = 0; s < x->count; s++)
        x->factor[s] = -own[x->basis[s]];
    x->kernels->respond(x->padded, x->count, x->responses, x->ld, x->factor, own, x->outside, x->column);
}

/* The residual at e becomes zero again in the response to each of the basis, by what `column` offers, whose pivot is one over
   `inverse`; `own`, unless it is NULL, becomes the response to a residual at e itself. */
static void balance(mvoi_exchange *x, size_t e, double inverse, double *own)
{
    const size_t count = x->count, ld = x->ld;
    double *responses = x->responses, *factor = x->factor;
    for (size_t s = 0; s < count; s++)
        factor[s] = -responses[e + s * ld] * inverse;
    x->kernels->exchange(x->padded, count, responses, ld, x->column, factor, inverse, own);
    for (size_t s = 0; s < count; s++)
        responses[e + s * ld] = factor[s];
}

void mvoi_exchange_enter(mvoi_exchange *x, size_t e, double residual, double base)
{
    const double inverse = 1.0 / x->column[e], step = -residual * inverse;
    double *own = x->responses + x->count * x->ld;
    /* the values first: they are what is looked at next, and by then they have arrived */
    x->kernels->axpy(x->padded, step, x->column, x->value);
    x->value[e] = base + step;
    balance(x, e, inverse, own);
    own[e] = inverse;
    x->outside[e] = 0.0;
    x->slot[e] = (int32_t)x->count;
    x->basis[x->count++] = (int32_t)e;
}

void mvoi_exchange_leave(mvoi_exchange *x, size_t e, double move)
{
    const size_t size = x->padded, place = (size_t)x->slot[e], last = --x->count;
    double *own = x->responses + place * x->ld;
    memcpy(x->column, own, size * sizeof *own);
    const double inverse = 1.0 / x->column[e], residual = move * inverse;
    x->kernels->axpy(size, residual, x->column, x->value);
    x->value[e] = residual;
    if (place != last) {
        memcpy(own, x->responses + last * x->ld, size * sizeof *own);
        x->basis[place] = x->basis[last];
        x->slot[x->basis[place]] = (int32_t)place;
    }
    x->outside[e] = 1.0;
    x->slot[e] = -1;
    balance(x, e, inverse, NULL);
}
