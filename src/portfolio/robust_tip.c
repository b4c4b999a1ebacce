/* SPDX-License-Identifier: MIT */
/*
 * The tip of a cone: optima at which kappa sqrt(w'Omega w) is zero - nothing is held whose mean is uncertain, or the
 * uncertainties cancel. Its subgradients there are Omega v with v'Omega v <= kappa^2. They are found by the method of
 * multipliers for Omega w = 0 (Hestenes 1969; Powell 1969): models with a moderate nu and the linear term c + Omega v , v
 * growing by nu w from each to the next until Omega w is nothing.
 */
#include "portfolio/robust.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 60 };

static const double SLOW = 0.95;       /* a norm that falls by no more ends the iteration */
static const double LITTLE = 0x1p16;
static const double NOTHING = 0x1p-44; /* of the gap's scale: what the cone may still be worth */

/* Sets the solver's point aside, or takes it back: weights, multipliers, sides and segments. */
static void keep_point(mvo_robust *robust)
{
    const mvo_solver *solver = robust->solver;
    const size_t n = robust->n, rows = solver->m + 1;
    memcpy(robust->kept, solver->point.w, n * sizeof(double));
    memcpy(robust->kept + 3 * n, solver->point.y, rows * sizeof(double));
    memcpy(robust->kept_side, solver->point.side, n * sizeof(int32_t));
    memcpy(robust->kept_side + n, solver->point.row_side, rows * sizeof(int32_t));
    memcpy(robust->kept_side + n + rows, solver->segments->segment, n * sizeof(int32_t));
}

static void take_sides_back(mvo_robust *robust, double cost_scale)
{
    mvo_solver *solver = robust->solver;
    const size_t n = robust->n, rows = solver->m + 1;
    memcpy(solver->point.y, robust->kept + 3 * n, rows * sizeof(double));
    memcpy(solver->point.side, robust->kept_side, n * sizeof(int32_t));
    memcpy(solver->point.row_side, robust->kept_side + n, rows * sizeof(int32_t));
    memcpy(solver->segments->segment, robust->kept_side + n + rows, n * sizeof(int32_t));
    solver->segments->seen_valid = 0; /* ends and slopes are those of other segments */
    mvoi_segments_prepare(solver->segments, solver->cost_scale = cost_scale);
}

/* Whether no weight is larger than the norm accounts for: the uncertainties do not cancel. */
static int nothing_held(const mvo_robust *robust, const mvo_covariance *shape, double norm)
{
    int nothing = 1;
    for (size_t j = 0; j < robust->n; j++)
        nothing &= fabs(robust->solver->point.w[j]) * sqrt(shape->diagonal[j]) <= LITTLE * norm;
    return nothing;
}

/* Weights of assets whose mean is uncertain are put to zero, if they may be there, and the others follow; multipliers and
   sides stay those found on the way. Where that does not work out the point stays as it is. */
static mvo_outcome put_to_zero(mvo_robust *robust, int omega)
{
    mvo_solver *solver = robust->solver;
    const mvo_covariance *shape = mvoi_robust_shape(robust, omega);
    const size_t n = robust->n;
    const double cost_scale = solver->cost_scale;
    double *lower = robust->kept + n, *upper = robust->kept + 2 * n;
    keep_point(robust);
    memcpy(lower, solver->lower, n * sizeof(double));
    memcpy(upper, solver->upper, n * sizeof(double));
    int possible = 1;
    for (size_t j = 0; j < n; j++)
        if (shape->diagonal[j] > 0.0) {
            possible &= lower[j] <= 0.0 && upper[j] >= 0.0;
            solver->lower[j] = solver->upper[j] = 0.0;
        }
    const mvo_outcome outcome = possible ? mvoi_robust_step(robust, MVOI_OMEGA_NONE, robust->delta, 0.0) : MVO_NUMERICAL;
    memcpy(solver->lower, lower, n * sizeof(double));
    memcpy(solver->upper, upper, n * sizeof(double));
    if (mvoi_is_stop(outcome))
        return outcome;
    if (outcome != MVO_OPTIMAL)
        memcpy(solver->point.w, robust->kept, n * sizeof(double));
    take_sides_back(robust, cost_scale);
    return MVO_OPTIMAL;
}

double mvoi_robust_terms(const mvo_robust *robust, int omega)
{
    const double *diagonal = mvoi_robust_shape(robust, omega)->diagonal, *w = robust->solver->point.w;
    double terms = 0.0;
    for (size_t j = 0; j < robust->n; j++)
        terms += diagonal[j] * w[j] * w[j];
    return terms;
}

/* The norm, or zero where it is no more than rounding of the form under the root. */
static double norm_but_rounding(mvo_robust *robust, int omega)
{
    const double norm = mvoi_robust_norm(robust, omega);
    return norm * norm <= 16.0 * DBL_EPSILON * mvoi_robust_terms(robust, omega) ? 0.0 : norm;
}

/* The linear term becomes c + Omega v. */
static void pull_linear(mvo_robust *robust, int omega)
{
    const double *v = robust->dual, *c = robust->dual + robust->n;
    mvoi_covariance_product(robust->shaped, mvoi_robust_shape(robust, omega), v, NULL);
    for (size_t j = 0; j < robust->n; j++)
        robust->linear[j] = c[j] + robust->shaped[j];
}

/* The largest |(Omega w)_j| / sqrt(Omega_jj), which is no more than the norm and has more digits; robust->shaped is Omega w. */
static double largest_share(const mvo_robust *robust, int omega)
{
    const double *diagonal = mvoi_robust_shape(robust, omega)->diagonal;
    double most = 0.0;
    for (size_t j = 0; j < robust->n; j++)
        if (diagonal[j] > 0.0)
            most = fmax(most, fabs(robust->shaped[j]) / sqrt(diagonal[j]));
    return most;
}

/* The size of the objective's terms but for the cone. */
static double size_of_terms(const mvo_robust *robust)
{
    const double *c = robust->dual + robust->n, *w = robust->solver->point.w, *variances = robust->covariances[0]->diagonal;
    double most = 0.0;
    for (size_t j = 0; j < robust->n; j++)
        most = fmax(most, fmax(fabs(c[j] * w[j]), 0.5 * robust->delta * variances[j] * w[j] * w[j]));
    return most;
}

/* Multipliers until the norm is nothing, or falls no more; *nothing: whether it is, beside *scale, the size of the objective's
   terms while there were weights. */
static mvo_outcome iterate(int *nothing, double *scale, const mvoi_cone *cone, double nu)
{
    mvo_robust *robust = cone->robust;
    const mvo_solver *solver = robust->solver;
    double *v = robust->dual, before = HUGE_VAL;
    mvo_outcome outcome = mvoi_robust_step(robust, cone->omega, robust->delta, nu);
    for (int k = 0; k < MOST_STEPS && outcome == MVO_OPTIMAL; k++) {
        const double known = norm_but_rounding(robust, cone->omega), norm = largest_share(robust, cone->omega);
        for (size_t j = 0; j < robust->n; j++)
            v[j] += nu * solver->point.w[j];
        *scale = fmax(*scale, size_of_terms(robust));
        *nothing = cone->kappa * known <= 0.125 * solver->tolerance * *scale;
        if (cone->kappa * norm <= NOTHING * *scale || norm > SLOW * before)
            break;
        before = norm;
        pull_linear(robust, cone->omega);
        outcome = mvoi_robust_step(robust, cone->omega, robust->delta, nu);
    }
    return outcome;
}

mvo_outcome mvoi_robust_tip(double *pull, const mvoi_cone *cone, double nu)
{
    mvo_robust *robust = cone->robust;
    const size_t n = robust->n;
    const mvo_covariance *shape = mvoi_robust_shape(robust, cone->omega);
    double *v = robust->dual, *c = robust->dual + n;
    memset(v, 0, n * sizeof(double));
    memcpy(c, robust->linear, n * sizeof(double));
    double scale = 0.0;
    int nothing = 0;
    mvo_outcome outcome = iterate(&nothing, &scale, cone, nu);
    memcpy(robust->linear, c, n * sizeof(double));
    *pull = nothing ? sqrt(mvoi_covariance_variance(shape, v)) : HUGE_VAL;
    if (outcome != MVO_OPTIMAL || *pull > cone->kappa)
        return outcome == MVO_OPTIMAL ? MVO_NUMERICAL : outcome;
    double norm = mvoi_robust_norm(robust, cone->omega);
    if (nothing_held(robust, shape, norm))
        outcome = put_to_zero(robust, cone->omega);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    norm = norm_but_rounding(robust, cone->omega);
    mvoi_covariance_product(robust->shaped, shape, v, NULL);
    robust->tip = nu;
    const double taken = robust->solver->kernels->dot(n, robust->shaped, robust->solver->point.w);
    robust->least_scale = scale;
    outcome = mvoi_robust_certify(robust, 1.0, fmax(cone->kappa * norm - taken, 0.0), robust->delta + nu);
    robust->least_scale = 0.0;
    return outcome;
}

mvo_outcome mvoi_robust_again(double *nu, mvo_robust *robust, int omega)
{
    double *c = robust->dual + robust->n;
    *nu = robust->tip > 0.0 ? robust->tip : robust->nu;
    memcpy(c, robust->linear, robust->n * sizeof(double));
    if (robust->tip > 0.0)
        pull_linear(robust, omega);
    const mvo_outcome outcome = mvoi_robust_step(robust, omega, robust->delta, *nu);
    memcpy(robust->linear, c, robust->n * sizeof(double));
    return outcome;
}
