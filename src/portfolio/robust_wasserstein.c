/* SPDX-License-Identifier: MIT */
/*
 * The least worst volatility over a Wasserstein ball of radius r (Blanchet, Chen & Zhou 2022). With s the volatility, b the
 * norm of the weights and y the multiplier of the worst mean, the optimum of
 *
 *     minimise  s + r b   subject to   mu'w - r b >= target
 *
 * is, multiplied by s, that of  1/2 w'Sigma w + nu/2 w'w - lambda mu'w  with  lambda = y s  and  nu b = r (s + lambda) ;
 * for the sum of sizes nu/2 w'w gives way to  nu sum |w_j|  and b on the left to 1. For each lambda nu is looked for, and
 * lambda so that the worst mean is the target.
 */
#include "portfolio/robust.h"

#include <math.h>
#include <string.h>

enum { MOST_LAMBDAS = 120 };

static const double FAR = 0x1p40;  /* beyond the start by this much, nu is taken to be zero */
static const double MEETS = 1e-13; /* of the size of its terms: the worst mean is the target */

typedef struct ball {
    mvo_robust *robust;
    int euclidean;
    double radius, target, lambda;
    const double *mu; /* NULL without a target */
    double nu;        /* of the last lambda */
    int at_zero;      /* nu -> 0: a portfolio without risk */
    double volatility, norm;
} ball;

/* --------------------------------------------------------------------------------------------- evaluating */

static double norm_of(const ball *b, const double *w)
{
    double sum = 0.0;
    for (size_t j = 0; j < b->robust->n; j++)
        sum += b->euclidean ? w[j] * w[j] : fabs(w[j]);
    return b->euclidean ? sqrt(sum) : sum;
}

/* The linear term and kinks of the model: lambda for the mean, `kink` for the sum of sizes. */
static void set_terms(const ball *b, double lambda, double kink)
{
    mvo_robust *robust = b->robust;
    const double at_zero = b->euclidean ? 0.0 : kink;
    for (size_t j = 0; j < robust->n; j++) {
        robust->linear[j] = (b->mu ? -lambda * b->mu[j] : 0.0) + at_zero;
        robust->solver->segments->rates[2 * robust->n + j] = 2.0 * at_zero;
    }
}

static mvo_outcome evaluate(void *user, double nu, double *next)
{
    ball *b = user;
    mvo_robust *robust = b->robust;
    set_terms(b, b->lambda, nu);
    const mvo_outcome outcome = b->euclidean ? mvoi_robust_step(robust, MVOI_OMEGA_IDENTITY, 1.0, nu)
                                             : mvoi_robust_step(robust, MVOI_OMEGA_NONE, 1.0, 0.0);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    b->volatility = sqrt(mvoi_covariance_variance(robust->covariances[0], robust->solver->point.w));
    b->norm = norm_of(b, robust->solver->point.w);
    *next = b->radius * (b->volatility + b->lambda);
    if (b->euclidean)
        *next = b->norm > 0.0 ? *next / b->norm : nu; /* no weights: any nu will do */
    return MVO_OPTIMAL;
}

/* The model's optimum for one lambda. */
static mvo_outcome solve_at(ball *b, double lambda)
{
    int place = MVOI_ROOT_FOUND;
    double ignored;
    b->lambda = lambda;
    b->at_zero = 0;
    if (b->radius == 0.0) {
        b->nu = 0.0;
        return evaluate(b, 0.0, &ignored);
    }
    if (!(b->nu > 0.0))
        b->nu = b->radius * mvoi_robust_typical(b->robust->covariances[0]);
    if (!(b->nu > 0.0))
        b->nu = b->radius;
    const double start = b->nu;
    const int ascends = lambda == 0.0; /* with a mean, risk may fall as nu grows */
    const mvo_outcome outcome = mvoi_robust_root(&place, &b->nu, ascends, start / FAR, start * FAR, evaluate, b);
    b->at_zero = place == MVOI_ROOT_AT_ZERO;
    return place == MVOI_ROOT_AT_INFINITY && outcome == MVO_OPTIMAL ? MVO_NUMERICAL : outcome;
}

/* How far the worst mean exceeds the target, and the size of the terms in that. */
static double excess(const ball *b, double *size)
{
    const mvo_solver *solver = b->robust->solver;
    const double mean = solver->kernels->dot(b->robust->n, b->mu, solver->point.w);
    *size = fmax(fabs(mean), fmax(b->radius * b->norm, fabs(b->target)));
    return mean - b->radius * b->norm - b->target;
}

/* --------------------------------------------------------------------------------------------- searching */

/* Whether any portfolio has so large a worst mean: MVO_OPTIMAL, or MVO_INFEASIBLE. */
static mvo_outcome look_for_mean(ball *b)
{
    mvo_robust *robust = b->robust;
    mvo_outcome outcome;
    double size;
    set_terms(b, 1.0, b->radius);
    robust->delta = 0.0;
    robust->nu = 0.0;
    outcome = mvoi_robust_cone(robust, MVOI_OMEGA_IDENTITY, b->euclidean ? b->radius : 0.0);
    robust->delta = 1.0;
    robust->nu = 0.0;
    if (outcome == MVO_UNBOUNDED)
        return MVO_OPTIMAL;
    if (outcome != MVO_OPTIMAL)
        return outcome;
    b->norm = norm_of(b, robust->solver->point.w);
    if (excess(b, &size) >= -robust->solver->tolerance * size)
        return MVO_OPTIMAL;
    mvoi_solver_clear_proof(robust->solver);
    return MVO_INFEASIBLE;
}

/* lambda at which the worst mean is the target: it falls short at lambda = 0 by `below`. */
static mvo_outcome look_for_lambda(ball *b, double below)
{
    double low = 0.0, high = HUGE_VAL, above = 0.0, size, value;
    double lambda = fmax(b->volatility, mvoi_robust_typical(b->robust->covariances[0]));
    int same = 0;
    for (int k = 0; k < MOST_LAMBDAS; k++) {
        const mvo_outcome outcome = solve_at(b, lambda);
        if (outcome != MVO_OPTIMAL)
            return outcome;
        value = excess(b, &size);
        if (fabs(value) <= MEETS * size || (high < HUGE_VAL && high - low <= 0x1p-50 * high))
            return MVO_OPTIMAL;
        if (value < 0.0) { /* regula falsi; a side that stays twice counts half (Illinois) */
            low = lambda;
            below = value;
            above *= same < 0 ? 0.5 : 1.0;
            same = -1;
        } else {
            high = lambda;
            above = value;
            below *= same > 0 ? 0.5 : 1.0;
            same = 1;
        }
        if (high == HUGE_VAL) {
            lambda *= 4.0;
            continue;
        }
        const double to = low + (high - low) * (-below / (above - below));
        lambda = to > low && to < high ? to : 0.5 * (low + high);
    }
    return MVO_OPTIMAL; /* the certificate decides */
}

/* --------------------------------------------------------------------------------------------- certificate */

/*
 * Everything in units of the objective times s. Where nu went to zero s is what nu says, not the volatility, which is less:
 * then Sigma w / s is a subgradient of it that falls short by volatility (1 - volatility / s).
 */
static mvo_outcome certify(ball *b)
{
    mvo_robust *robust = b->robust;
    mvo_solver *solver = robust->solver;
    const double size = b->euclidean ? b->norm : 1.0;
    double s = b->volatility, pull = 0.0, terms = 0.0;
    if (b->at_zero)
        s = fmax(b->nu * size / b->radius - b->lambda, b->volatility);
    if (!(s > 0.0))
        s = 1.0; /* no risk and no weights that could have any */
    const double nu = size > 0.0 ? b->radius * (s + b->lambda) / size : 0.0, was = 1.0 + (b->euclidean ? b->nu : 0.0);
    if (b->euclidean) {
        mvoi_robust_norm(robust, MVOI_OMEGA_IDENTITY);
        pull = nu;
    } else {
        memset(robust->shaped, 0, robust->n * sizeof(double));
    }
    set_terms(b, b->lambda, nu);
    const double missed = b->volatility * (1.0 - b->volatility / s);
    const double over = b->lambda > 0.0 || b->mu ? excess(b, &terms) : 0.0;
    mvoi_robust_certify(robust, pull, s * missed + b->lambda * fabs(over), was);
    mvoi_certificate *c = &solver->certificate;
    if (over < 0.0 && -over * c->primal_scale > c->primal_residual * terms) {
        c->primal_residual = -over;
        c->primal_scale = terms;
    }
    solver->answer_scale = 1.0 / s;
    solver->answer_constant = b->volatility + b->radius * b->norm - c->objective / s;
    solver->has_target = b->mu != NULL;
    solver->target_multiplier = b->lambda / s;
    return mvoi_certificate_accepts(c, solver->tolerance) ? MVO_OPTIMAL : MVO_NUMERICAL;
}

static mvo_outcome search(ball *b)
{
    double size;
    mvo_outcome outcome = solve_at(b, 0.0);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    const double below = b->mu ? excess(b, &size) : 0.0;
    if (!b->mu || below >= -MEETS * size)
        return certify(b);
    const ball here = *b;
    outcome = look_for_mean(b);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    *b = here;
    outcome = look_for_lambda(b, below);
    return outcome == MVO_OPTIMAL ? certify(b) : outcome;
}

/* ------------------------------------------------------------------------------------------------ question */

static int costs_something(const mvo_robust *robust)
{
    const mvoi_segments *segments = robust->solver->segments;
    int any = 0;
    for (size_t j = 0; j < robust->n; j++)
        any |= robust->borrow[j] != 0.0 || segments->rates[j] != 0.0 || segments->rates[robust->n + j] != 0.0 ||
               (segments->ladders && segments->ladders[j].slope);
    return any;
}

static mvo_status check(mvo_robust *robust, double radius, int32_t norm, const double *mu, double target, mvo_error *error)
{
    mvo_status status = mvoi_check_number(robust->solver, error, "radius", radius, 0.0);
    if (status == MVO_OK && norm != MVO_NORM_SUM && norm != MVO_NORM_EUCLIDEAN)
        status = mvoi_fail(robust->context, error, MVO_ERROR_ARGUMENT, (mvoi_detail){ "norm", -1, -1, (double)norm, 0.0 },
                           "norm is %d, which is neither MVO_NORM_SUM nor MVO_NORM_EUCLIDEAN", (int)norm);
    if (status == MVO_OK && mu)
        status = mvoi_check_vector(robust->context, error, "mu", mu, robust->n);
    if (status == MVO_OK && mu)
        status = mvoi_check_number(robust->solver, error, "target", target, -HUGE_VAL);
    if (status == MVO_OK && robust->count > 1)
        status = mvoi_fail(robust->context, error, MVO_ERROR_STATE, MVOI_DETAIL("robust"),
                           "the ball is around one covariance, and there are %zu", robust->count);
    if (status == MVO_OK && costs_something(robust))
        status = mvoi_fail(robust->context, error, MVO_ERROR_STATE, MVOI_DETAIL("robust"),
                           "the constraint set has costs, which this question does not count");
    return status;
}

mvo_status mvo_robust_wasserstein(mvo_outcome *outcome, mvo_robust *robust, double radius, int32_t norm, const double *mu,
                                  double target, mvo_error *error)
{
    if (!outcome)
        return mvoi_fail_null(robust ? robust->context : NULL, error, "outcome");
    if (!robust)
        return mvoi_fail_null(NULL, error, "robust");
    const mvo_status status = check(robust, radius, norm, mu, target, error);
    if (status != MVO_OK)
        return status;
    ball b = { .robust = robust, .euclidean = norm == MVO_NORM_EUCLIDEAN, .radius = radius, .target = target, .mu = mu };
    mvoi_ask_start(robust->solver);
    robust->report.rounds = 0;
    robust->delta = 1.0;
    robust->nu = 0.0;
    const mvo_outcome found = search(&b);
    robust->delta = 1.0;
    robust->nu = 0.0;
    mvoi_robust_conclude(robust, found, mu);
    robust->worst_known = 0;
    robust->report.cost = 0.0;
    if (found == MVO_OPTIMAL) {
        robust->report.objective = b.volatility + radius * b.norm;
        robust->report.dual_objective = robust->report.objective - robust->report.gap;
    }
    if (mvoi_is_stop(found)) {
        double size;
        b.norm = norm_of(&b, robust->solver->point.w);
        robust->report.feasible &= !mu || excess(&b, &size) >= 0.0;
        robust->report.gap = HUGE_VAL;
        robust->report.dual_objective = -HUGE_VAL;
        robust->report.objective = sqrt(robust->report.variance) + radius * b.norm;
    }
    *outcome = found;
    return MVO_OK;
}
