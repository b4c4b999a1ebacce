/* SPDX-License-Identifier: MIT */
/* The best worst case: the ellipsoid's cone by its one number, and the certificate of the whole problem. */
#include "portfolio/robust.h"

#include <math.h>
#include <string.h>

/* nu may exceed what is usual by so much before it is asked whether it has an end, in the models that answer this, and at
   all. Far beyond the usual a model knows little of anything but Omega. */
static const double NEAR = 0x1p10, TIP = 0x1p12, FAR = 0x1p40;
static const double CANCELLED = 0x1p-30; /* of the terms of w'Omega w: what is left of them knows few digits */

/* ------------------------------------------------------------------------------------------------- the cone */

static mvo_outcome cone_map(void *user, double nu, double *next)
{
    const mvoi_cone *c = user;
    const mvo_outcome outcome = mvoi_robust_step(c->robust, c->omega, c->robust->delta, nu);
    if (outcome == MVO_OPTIMAL) {
        const double norm = mvoi_robust_norm(c->robust, c->omega);
        *next = norm > 0.0 ? c->kappa / norm : nu; /* without uncertainty any nu will do: the cone is not felt */
    }
    return outcome;
}

static int omega_of(const mvo_robust *robust)
{
    return robust->uncertainty ? MVOI_OMEGA_GIVEN : MVOI_OMEGA_SAME;
}

double mvoi_robust_typical(const mvo_covariance *covariance)
{
    double sum = 0.0;
    for (size_t j = 0; j < covariance->n; j++)
        sum += covariance->diagonal[j];
    return sqrt(sum / (double)covariance->n);
}

/* What nu is for one unit of an average asset; and where its part of the model is as large as the others. */
static double first_guess(const mvoi_cone *c)
{
    const double size = mvoi_robust_typical(mvoi_robust_shape(c->robust, c->omega));
    return size > 0.0 ? c->kappa / size : 0.0;
}

static double balance(const mvoi_cone *c)
{
    const mvo_robust *robust = c->robust;
    const double size = mvoi_robust_typical(mvoi_robust_shape(robust, c->omega));
    const double risk = mvoi_robust_typical(robust->covariances[0]);
    const double means = robust->solver->kernels->largest(robust->n, robust->linear);
    return fmax(robust->delta * risk * risk, means) / (size * size);
}

/* Enough for a few multipliers to do; not so much that the rest of the model is lost beside it. */
static double nu_of_tip(const mvoi_cone *c)
{
    const double size = balance(c);
    return TIP * (size > 0.0 ? size : first_guess(c));
}

/* Whether the worst return grows without risk along the weights, which the search has let grow without end. */
static mvo_outcome judge_ray(mvo_robust *robust, const mvoi_cone *c)
{
    mvo_solver *solver = robust->solver;
    const size_t n = robust->n;
    const double largest = solver->kernels->largest(n, solver->point.w), norm = mvoi_robust_norm(robust, c->omega);
    if (!(largest > 0.0) || !(norm > 0.0))
        return MVO_NUMERICAL;
    for (size_t j = 0; j < n; j++) {
        solver->proof[j] = solver->point.w[j] / largest;
        solver->linear[j] = robust->linear[j] + c->kappa * robust->shaped[j] / norm;
    }
    solver->problem.covariance = robust->delta > 0.0 ? mvoi_robust_risk(robust) : &solver->flat;
    if (solver->segments)
        mvoi_segments_prepare(solver->segments, solver->cost_scale = 1.0);
    return mvoi_ray_holds(&solver->certifier, &solver->problem, solver->proof) ? MVO_UNBOUNDED : MVO_NUMERICAL;
}

/* Looks for nu, and if that has no end, whether the optimum is the tip of the cone. */
static mvo_outcome look_for_nu(int *place, double *nu, const mvoi_cone *c)
{
    const double usual = fmax(first_guess(c), balance(c)), least = *nu / FAR;
    mvo_outcome outcome = mvoi_robust_root(place, nu, 1, least, fmax(NEAR * usual, *nu), cone_map, (void *)c);
    if (outcome != MVO_OPTIMAL || *place != MVOI_ROOT_AT_INFINITY)
        return outcome;
    double pull = HUGE_VAL;
    outcome = mvoi_robust_tip(&pull, c, nu_of_tip(c));
    if (pull <= c->kappa || mvoi_is_stop(outcome))
        return outcome;
    outcome = mvoi_robust_root(place, nu, 1, least, FAR * usual, cone_map, (void *)c);
    return *place == MVOI_ROOT_AT_INFINITY && outcome == MVO_OPTIMAL ? MVO_NUMERICAL : outcome;
}

mvo_outcome mvoi_robust_cone(mvo_robust *robust, int omega, double kappa)
{
    const mvoi_cone c = { robust, omega, kappa };
    double nu = kappa == 0.0 ? 0.0 : robust->nu > 0.0 ? robust->nu : first_guess(&c);
    int place;
    robust->nu = robust->tip = 0.0;
    if (nu == 0.0) { /* no ellipsoid, or one without extent */
        const mvo_outcome outcome = mvoi_robust_step(robust, MVOI_OMEGA_NONE, robust->delta, 0.0);
        memset(robust->shaped, 0, robust->n * sizeof(double));
        return outcome == MVO_OPTIMAL ? mvoi_robust_certify(robust, 0.0, 0.0, robust->delta) : outcome;
    }
    mvo_outcome outcome = look_for_nu(&place, &nu, &c);
    if (outcome != MVO_OPTIMAL || place == MVOI_ROOT_AT_INFINITY)
        return outcome;
    if (place == MVOI_ROOT_AT_ZERO)
        return judge_ray(robust, &c);
    double norm = mvoi_robust_norm(robust, omega);
    if (norm == 0.0)
        return mvoi_robust_certify(robust, 0.0, 0.0, robust->delta + nu);
    if (norm * norm <= CANCELLED * mvoi_robust_terms(robust, omega)) { /* perhaps it should be zero */
        double pull = HUGE_VAL;
        outcome = mvoi_robust_tip(&pull, &c, nu_of_tip(&c));
        if (pull <= kappa || mvoi_is_stop(outcome))
            return outcome;
        outcome = mvoi_robust_step(robust, omega, robust->delta, nu);
        if (outcome != MVO_OPTIMAL)
            return outcome;
        norm = mvoi_robust_norm(robust, omega);
    }
    robust->nu = nu;
    /* The subgradient is exact for these weights, whatever nu they came from. */
    return mvoi_robust_certify(robust, kappa / norm, 0.0, robust->delta + nu);
}

/* ------------------------------------------------------------------------------------------- certificate */

mvo_outcome mvoi_robust_certify(mvo_robust *robust, double pull, double missed, double divided)
{
    mvo_solver *solver = robust->solver;
    const double scale = robust->delta > 0.0 ? robust->delta : 1.0, was = divided > 0.0 ? divided : 1.0;
    double terms = 0.0, values = robust->least_scale; /* what cancels in the linear term counts in the scales */
    for (size_t j = 0; j < robust->n; j++) {
        const double c = robust->linear[j], cone = pull * robust->shaped[j];
        solver->linear[j] = (c + cone) / scale;
        terms = fmax(terms, fmax(fabs(c), fabs(cone)));
        values += fabs(c * solver->point.w[j]);
    }
    for (size_t i = 0; i < solver->problem.m; i++)
        solver->point.y[i] *= was / scale;
    solver->problem.covariance = robust->delta > 0.0 ? mvoi_robust_risk(robust) : &solver->flat;
    solver->cost_scale = 1.0 / scale;
    if (solver->segments)
        mvoi_segments_prepare(solver->segments, solver->cost_scale);
    mvoi_solver_certify(solver, NULL);
    solver->certificate.gap += missed / scale;
    solver->certificate.stationarity_scale = fmax(solver->certificate.stationarity_scale, terms / scale);
    solver->certificate.gap_scale = fmax(solver->certificate.gap_scale, values / scale);
    solver->answer_scale = scale;
    solver->answer_constant = missed;
    const int accepted = mvoi_certificate_accepts(&solver->certificate, solver->tolerance);
    return accepted ? MVO_OPTIMAL : MVO_NUMERICAL;
}

/* ----------------------------------------------------------------------------------------------- question */

/* The box into the linear term and the kinks at no weight. */
static void set_terms(mvo_robust *robust, const double *mu)
{
    mvoi_segments *segments = robust->solver->segments;
    for (size_t j = 0; j < robust->n; j++) {
        robust->linear[j] = (mu ? -mu[j] : 0.0) + robust->below[j];
        segments->rates[2 * robust->n + j] = robust->borrow[j] + (robust->below[j] + robust->above[j]);
    }
}

/* The means the answer is worst at; at a tip, those the multipliers tell. */
static void note_worst(mvo_robust *robust, const double *mu)
{
    const mvo_solver *solver = robust->solver;
    const double norm = robust->kappa > 0.0 ? mvoi_robust_norm(robust, omega_of(robust)) : 0.0;
    const double pull = robust->tip > 0.0 ? 1.0 : norm > 0.0 ? robust->kappa / norm : 0.0;
    if (robust->tip > 0.0)
        mvoi_covariance_product(robust->shaped, mvoi_robust_shape(robust, omega_of(robust)), robust->dual, NULL);
    for (size_t j = 0; j < robust->n; j++) {
        const double w = solver->point.w[j];
        robust->worst[j] = (mu ? mu[j] : 0.0) - (w > 0.0 ? robust->below[j] : w < 0.0 ? -robust->above[j] : 0.0);
        if (pull > 0.0)
            robust->worst[j] -= pull * robust->shaped[j];
    }
}

/* Parts of the answer's objective that are the library's own. */
static double box_cost(const mvo_robust *robust)
{
    double sum = 0.0;
    for (size_t j = 0; j < robust->n; j++)
        sum += (robust->below[j] + robust->above[j]) * fmax(-robust->solver->point.w[j], 0.0);
    return sum;
}

void mvoi_robust_conclude(mvo_robust *robust, mvo_outcome outcome, const double *mu)
{
    mvo_solver *solver = robust->solver;
    const int64_t rounds = robust->report.rounds;
    solver->outcome = outcome;
    solver->solved = 1;
    solver->warm = outcome == MVO_OPTIMAL;
    solver->expected_return = mu ? solver->kernels->dot(robust->n, mu, solver->point.w) : 0.0;
    if (outcome != MVO_OPTIMAL && !mvoi_is_stop(outcome))
        solver->feasible = 0;
    robust->solved = 1;
    robust->report = (mvo_report)MVO_REPORT_INIT;
    mvo_solver_report(&robust->report, solver);
    robust->report.pivots = solver->pivots + solver->rounds;
    robust->report.rounds = rounds;
    if (outcome == MVO_INFEASIBLE)
        return;
    double most = 0.0;
    for (size_t k = 0; k < robust->count; k++) {
        robust->variances[k] = mvoi_covariance_variance(robust->covariances[k], solver->point.w);
        most = fmax(most, robust->variances[k]);
    }
    robust->report.variance = most;
}

static void answer_stopped(mvo_robust *robust)
{
    robust->report.gap = HUGE_VAL;
    robust->report.dual_objective = -HUGE_VAL;
    const double norm = robust->kappa > 0.0 ? mvoi_robust_norm(robust, omega_of(robust)) : 0.0;
    double sum = 0.5 * robust->delta * robust->report.variance + robust->kappa * norm + robust->solver->cost;
    for (size_t j = 0; j < robust->n; j++)
        sum += robust->linear[j] * robust->solver->point.w[j];
    robust->report.objective = sum;
}

/* Whether c / delta and its square are finite: where not, risk cannot be told from none at all. */
static double weigh_risk(const mvo_robust *robust, double risk_aversion)
{
    return mvoi_ask_weighs_risk(robust->solver, robust->linear, risk_aversion) ? risk_aversion : 0.0;
}

mvo_status mvo_robust_maximum_utility(mvo_outcome *outcome, mvo_robust *robust, const double *mu, double risk_aversion,
                                      mvo_error *error)
{
    if (!outcome)
        return mvoi_fail_null(robust ? robust->context : NULL, error, "outcome");
    if (!robust)
        return mvoi_fail_null(NULL, error, "robust");
    mvo_solver *solver = robust->solver;
    mvo_status status = mu ? mvoi_check_vector(robust->context, error, "mu", mu, robust->n) : MVO_OK;
    if (status == MVO_OK)
        status = mvoi_check_number(solver, error, "risk_aversion", risk_aversion, 0.0);
    if (status == MVO_OK && risk_aversion == 0.0 && robust->count > 1)
        status = mvoi_fail(robust->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("risk_aversion"),
                           "risk_aversion is 0, so that none of the %zu covariances counts", robust->count);
    if (status == MVO_OK && robust->count > 1)
        status = mvoi_mixing_keep(robust, error);
    if (status != MVO_OK)
        return status;
    mvoi_ask_start(solver);
    robust->report.rounds = 0;
    set_terms(robust, mu);
    robust->delta = weigh_risk(robust, risk_aversion);
    mvo_outcome found = MVO_NUMERICAL;
    if (robust->count == 1)
        found = mvoi_robust_cone(robust, omega_of(robust), robust->kappa);
    else
        status = mvoi_robust_mix(&found, robust, error);
    if (status != MVO_OK)
        return status;
    mvoi_robust_conclude(robust, found, mu);
    if (found != MVO_INFEASIBLE) {
        robust->report.cost = solver->cost - box_cost(robust);
        if (mvoi_is_stop(found))
            answer_stopped(robust);
    }
    if (found == MVO_OPTIMAL)
        note_worst(robust, mu);
    robust->worst_known = found == MVO_OPTIMAL;
    *outcome = found;
    return MVO_OK;
}
