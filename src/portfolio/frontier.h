/* SPDX-License-Identifier: MIT */
/*
 * What a frontier holds, and how the tracer fills it.
 *
 * Corners k = 0 .. count-1 come in descending lambda; the last has lambda 0. Between neighbours the working set is
 * constant, so weights and lambda are linear in one parameter. Let s run from 0 at the lower corner (k+1) to 1 at the
 * upper one (k), d = w_k - w_{k+1}, e = mu'd >= 0 and L = lambda_k - lambda_{k+1} >= 0. The multipliers of what is held
 * are orthogonal to d, so stationarity Sigma w = lambda mu + A'y + z gives d'Sigma w(s) = lambda(s) e all along, hence
 * d'Sigma d = L e and
 *
 *     w(s) = w_{k+1} + s d        R(s) = R_{k+1} + s e
 *     lambda(s) = lambda_{k+1} + s L
 *     V(s) = V_{k+1} + e s (2 lambda_{k+1} + s L)         with V(1) = V_k = V_{k+1} + e (lambda_k + lambda_{k+1}).
 *
 * Seen from the lower end nothing is ever subtracted. Neighbours may share their weights (a kink: e = 0, L > 0) or
 * their lambda (a jump: L = 0, V linear in s). Beyond corner 0 there may be a ray w = w_0 + t d, lambda = lambda_0 + t,
 * t >= 0; by the same argument d'Sigma d = mu'd =: g > 0 and V(t) = V_0 + g t (2 lambda_0 + t).
 */
#ifndef MVO_PORTFOLIO_FRONTIER_H
#define MVO_PORTFOLIO_FRONTIER_H

#include "core/core.h"
#include "linalg/kernels.h"

struct mvo_frontier {
    mvo_context *context; /* holds a reference; may be NULL */
    atomic_size_t references;
    size_t n;
    const mvoi_kernels *kernels;

    size_t corner_count, corner_capacity;
    double *lambda, *expected_return, *variance; /* corner_count each; variance is w'Sigma w */

    /* Weights of corner c: entries start[c] .. start[c + 1] - 1, assets ascending, zeros left out. */
    size_t *start; /* corner_count + 1 */
    size_t entry_capacity;
    int32_t *asset;
    double *weight;

    double *ray;       /* n, or NULL if the frontier begins with corner 0 */
    double ray_return; /* g = mu'd = d'Sigma d */

    double riskless; /* a variance up to this is zero to rounding; see mvoi_frontier_finish */
};

/* An empty frontier with one reference. MVO_ERROR_MEMORY leaves *frontier as it is. Give it back with
 * mvo_frontier_unref. */
mvo_status mvoi_frontier_new(mvo_frontier **frontier, mvo_context *context, size_t n);

/* Appends a corner (weights: n). Lambdas must not ascend. MVO_ERROR_MEMORY leaves the frontier as it was. */
mvo_status mvoi_frontier_append(mvo_frontier *frontier, double lambda, double expected_return, double variance,
                                const double *weights);

/* The same where only the weights of `count` assets, ascending, can be other than zero: asset j's is weights[place[j]]. */
mvo_status mvoi_frontier_append_some(mvo_frontier *frontier, double lambda, double expected_return, double variance,
                                     size_t count, const int32_t *assets, const int32_t *place, const double *weights);

/* Forgets the first corner if it is the only one and has these weights (n): a frontier begins where weights begin to move, however
   many changes of the working set lie above. */
void mvoi_frontier_forget_still(mvo_frontier *frontier, const double *weights);

/* Forgets all corners and the ray: nothing has been appended. */
void mvoi_frontier_clear(mvo_frontier *frontier);

/* Lets the frontier begin with a ray: direction (n) per unit of lambda, mu'direction > 0. Once. MVO_ERROR_MEMORY
 * likewise. */
mvo_status mvoi_frontier_set_ray(mvo_frontier *frontier, const double *direction, double ray_return);

/*
 * Call it after the last corner: learns from the variances of the assets (n: the diagonal of Sigma) how large rounding
 * makes the variance of a riskless portfolio, namely a few (holdings) epsilon (sum |w_i| sigma_i)^2 at the last corner.
 */
void mvoi_frontier_finish(mvo_frontier *frontier, const double *asset_variances);

#endif
