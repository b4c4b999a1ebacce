/* SPDX-License-Identifier: MIT */
/*
 * What the files of risk budgets share. Budgets b are positive and add up to 1. Without limits the portfolio whose
 * contributions to variance are b minimises 1/2 x'Sigma x - sum b_i log x_i, up to its scale (Spinu 2013): there
 * x_i (Sigma x)_i = b_i. Logarithms themselves are never needed, only their slopes.
 */
#ifndef MVO_PORTFOLIO_RISK_BUDGET_H
#define MVO_PORTFOLIO_RISK_BUDGET_H

#include "constraints/constraints.h"
#include "covariance/covariance.h"
#include "linalg/kernels.h"

/* product = Sigma x by the kernels; they may not overlap. `scratch` holds the k numbers of a factor model. */
void mvoi_risk_product(double *product, const mvo_covariance *covariance, const mvoi_kernels *kernels, const double *x,
                       double *scratch);

/* An asset's share of variance, x_i (Sigma x)_i / x'Sigma x, from product = Sigma x, into `shares` (n). Returns x'Sigma
   x. Where that is not positive the shares are zero. */
double mvoi_risk_shares(double *shares, const double *x, const double *product, size_t n);

/* The largest |shares_i / b_i - 1|. */
double mvoi_risk_deviation(const double *shares, const double *budgets, size_t n);

/* A deviation up to this is a budget kept: the engine's usual tolerance. */
#define MVOI_BUDGET_TOLERANCE 1e-9

/*
 * The step t within 0 .. most that minimises  slope t + curvature t^2 / 2 - weight sum b_i log(1 + t e_i), where e is a
 * direction relative to the point; the sum falls where t leaves 1 + t e > 0. `most` may be infinite. Convex, so this
 * makes Newton's method converge from everywhere. Returns 0 where nothing can be gained.
 */
double mvoi_barrier_step(size_t n, double weight, const double *budgets, const double *relative, double slope,
                         double curvature, double most);

/*
 * The portfolio with these budgets without limits, adding up to 1, into weights (n). MVO_OPTIMAL (or MVO_NUMERICAL,
 * where the deviation stayed above the tolerance), or MVO_UNBOUNDED where a long-only portfolio has no risk; weights
 * are then undefined. All variances must be positive. `room` holds mvoi_budget_room(covariance) numbers.
 */
mvo_outcome mvoi_budget_newton(double *weights, double *deviation, const mvo_covariance *covariance,
                               const mvoi_kernels *kernels, const double *budgets, double *room);
size_t mvoi_budget_room(const mvo_covariance *covariance);

/*
 * The same under a constraint set (see constrained_budget.c). weights (n) hold the answer for every outcome but
 * MVO_INFEASIBLE and MVO_UNBOUNDED; `start` are weights whose relative distance is to be kept small at first, usually
 * those without limits. Fails for want of memory only.
 */
mvo_status mvoi_budget_constrained(mvo_outcome *outcome, double *weights, const mvo_covariance *covariance,
                                   const mvo_constraints *constraints, const double *budgets, const double *start,
                                   mvo_error *error);

/* MVO_OK, or MVO_ERROR_ARGUMENT naming the first asset without variance: `argument` is what mvo.h calls the covariance.
 */
mvo_status mvoi_check_risky(const mvo_covariance *covariance, const char *argument, mvo_error *error);

#endif
