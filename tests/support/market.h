/* SPDX-License-Identifier: MIT */
/*
 * Market(n): the instances of the benchmarks. k = min(50, max(4, n / 10)) factors and T = 2n observations; loadings
 * B_i1 = 1 + 0.3 N, others N; factor volatilities 0.16, then 0.08 / sqrt(j); idiosyncratic volatility 0.12 + 0.35 U^2;
 * Sigma the sample covariance; mu_i = 0.02 + 0.05 B_i1 + 0.10 sqrt(Sigma_ii) (0.3 + 0.5 N). In a weak market the factor
 * volatilities are 0.05 times that. Drawn in this order from one stream: loadings (factor by factor), idiosyncratic
 * volatilities, the observations (each: k factors, n residuals), mu.
 */
#ifndef SUPPORT_MARKET_H
#define SUPPORT_MARKET_H

#include "support/instance.h"

enum { MARKET_ROWS = 12 }; /* room for rows in an instance made here */

/* Sigma and mu; no rows yet (m = 0), weights free. */
instance *market_new(size_t n, uint64_t seed, int weak);

/* The same market without observations: Sigma = B F B' + D, given as factors. */
instance *market_new_factor(size_t n, size_t k, uint64_t seed);

/* The families' constraints, set on an instance made here. Family a: budget 1, long-only. */
void market_long_only(instance *p);

/* Family b: budget 1, 0 <= w <= max(0.05, 2 / n), ten sectors (i mod 10) each within [0.04, 0.16]. */
void market_sectors(instance *p);

/* Family f: budget 1, 0 <= w <= max(0.01, 5 / n). */
void market_capped(instance *p);

/* The rows of family b, -1 / 2 <= w sqrt(n) <= 1. */
void market_short(instance *p);

/* Family c's target: mean + 0.4 (largest - mean) of mu. */
double market_target(const instance *p);

#endif
