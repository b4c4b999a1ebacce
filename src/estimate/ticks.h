/* SPDX-License-Identifier: MIT */
/* Prices observed at times of their own, asset by asset, as logarithms. */
#ifndef MVO_ESTIMATE_TICKS_H
#define MVO_ESTIMATE_TICKS_H

#include "core/core.h"

typedef struct mvoi_ticks {
    size_t n;
    const size_t *counts;
    const double *const *times;
    double **logs;   /* of each asset, counts[i] of them */
    double *storage; /* what they point into */
} mvoi_ticks;

/* Checks the observations - at least `least` an asset, times finite and ascending, prices positive - and takes their
   logarithms. Nothing is left to release where it fails. */
mvo_status mvoi_ticks_take(mvoi_ticks *ticks, mvo_context *context, mvo_error *error, size_t n, const size_t *counts,
                           const double *const *times, const double *const *prices, size_t least);

void mvoi_ticks_release(mvoi_ticks *ticks, mvo_context *context);

#endif
