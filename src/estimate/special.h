/* SPDX-License-Identifier: MIT */
/* Special functions. C's lgamma writes a global variable; these do not. */
#ifndef MVO_ESTIMATE_SPECIAL_H
#define MVO_ESTIMATE_SPECIAL_H

/* log Gamma(x), x > 0, to about 1e-15 of max(1, |log Gamma|). */
double mvoi_log_gamma(double x);

/* The point below which a chi-square variable with `degrees` > 0 lies with probability p, 0 < p < 1; to about 1e-13. */
double mvoi_chi_square_quantile(double p, double degrees);

#endif
