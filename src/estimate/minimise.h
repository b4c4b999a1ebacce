/* SPDX-License-Identifier: MIT */
/* Smooth minimisation in a few unbounded dimensions, for likelihoods. Deterministic; allocates nothing. */
#ifndef MVO_ESTIMATE_MINIMISE_H
#define MVO_ESTIMATE_MINIMISE_H

#include <stddef.h>

enum { MVOI_MOST_DIMENSIONS = 4 };

/* The value at x, with the gradient in `gradient` unless that is NULL. May answer infinity, never NaN. */
typedef double (*mvoi_objective)(double *gradient, const double *x, void *data);

/* Quasi-Newton (BFGS) from x, where the objective must be finite, with its gradient. x is moved to the best point
   found; returns the value there. Sources: Nocedal & Wright (2006), algorithms 3.1 and 6.1. */
double mvoi_minimise_bfgs(double *x, size_t dimensions, mvoi_objective objective, void *data);

/* Simplex search without gradients from x, with first steps of `step`, until the simplex has become smaller than
   `tolerance`. x is moved to the best point found; returns the value there. Source: Nelder & Mead (1965). */
double mvoi_minimise_simplex(double *x, size_t dimensions, double step, double tolerance, mvoi_objective objective,
                             void *data);

#endif
