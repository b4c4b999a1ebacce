/* SPDX-License-Identifier: MIT */
/* GARCH(1,1) of one series, for its own function and for the first step of DCC. */
#ifndef MVO_ESTIMATE_GARCH_H
#define MVO_ESTIMATE_GARCH_H

#include "core/core.h"

enum { MVOI_GARCH_LEAST_PERIODS = 20 };

/*
 * Fits the series x (periods finite numbers, at least MVOI_GARCH_LEAST_PERIODS) by maximum likelihood: parameters mu,
 * omega, alpha, beta; variances (periods + 1, the last one the forecast). Returns 0 where the series does not vary.
 */
int mvoi_garch_fit(double *parameters, double *log_likelihood, double *variances, const double *x, size_t periods,
                   int32_t mean);

/* Refuses a `mean` that is none. */
mvo_status mvoi_check_mean(mvo_context *context, mvo_error *error, int32_t mean);

#endif
