/* SPDX-License-Identifier: MIT */
/* The life of a covariance handle, from the empty one a constructor fills to its last reference. */
#include "covariance/make.h"

#include <string.h>

mvo_covariance *mvoi_covariance_allocate(double **diagonal, mvo_context *context, size_t n)
{
    mvo_covariance *made = mvoi_allocate(context, 1, sizeof *made);
    double *variances = mvoi_allocate(context, n, sizeof *variances);
    if (!made || !variances) {
        mvoi_release(context, variances);
        mvoi_release(context, made);
        return NULL;
    }
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    atomic_init(&made->references, 1);
    made->n = n;
    made->rank_bound = n;
    made->diagonal = variances;
    made->owned[0] = variances;
    *diagonal = variances;
    return made;
}

mvo_covariance *mvo_covariance_ref(mvo_covariance *covariance)
{
    if (covariance)
        atomic_fetch_add_explicit(&covariance->references, 1, memory_order_relaxed);
    return covariance;
}

void mvo_covariance_unref(mvo_covariance *covariance)
{
    if (!covariance || atomic_fetch_sub_explicit(&covariance->references, 1, memory_order_acq_rel) != 1)
        return;
    mvo_context *context = covariance->context;
    for (size_t i = 0; i < sizeof covariance->owned / sizeof *covariance->owned; i++)
        mvoi_release(context, covariance->owned[i]);
    mvoi_release(context, covariance);
    mvo_context_unref(context);
}

size_t mvo_covariance_size(const mvo_covariance *covariance)
{
    return covariance ? covariance->n : 0;
}

size_t mvo_covariance_rank_bound(const mvo_covariance *covariance)
{
    return covariance ? covariance->rank_bound : 0;
}
