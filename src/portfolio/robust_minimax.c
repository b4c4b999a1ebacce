/* SPDX-License-Identifier: MIT */
/*
 * Several covariances. By von Neumann's theorem the least worst case is the worst mixture's best case: the largest value
 * over the simplex of
 *
 *     h(p) = min over w of  delta/2 w'Sigma(p) w + kappa sqrt(w'Omega w) + c'w + phi(w) ,
 *
 * concave, with the derivatives delta/2 w'Sigma_k w at its minimiser. Newton's method: the second derivatives are
 * delta (Sigma_k w)' dw/dp_l, the moves of the optimum along Sigma_l w being those of its sensitivity; each step is a small
 * quadratic programme over the simplex, searched along until h rises enough. The gap is what mixing leaves of the largest
 * variance: delta/2 (max_k w'Sigma_k w - w'Sigma(p) w), beside that of the best case.
 */
#include "portfolio/robust.h"

#include "covariance/make.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 100, HALVINGS = 30 };

static const double POLISHED = 1e-3;    /* of the tolerance: no further step is taken to better this */
static const double SINGULAR = 1e-10;   /* along w a cone bends no more than this: it is taken to be straight */
static const double RIDGE = 0x1p-44;    /* of the curvature: makes each small programme have one answer */

struct mvoi_mixing {
    double *products, *moves; /* n-by-count each: Sigma_k w, dw/dp_k */
    double *gradient, *linear, *at, *to; /* count each */
    double *matrix, *diagonal;           /* of the small programme, count-by-count */
    mvo_covariance *covariance;
    mvo_solver *simplex;
    double value, gap; /* h(p) and the gap there */
    mvoi_kept *kept;   /* the solver's last answer, while a question is asked, and the mixture and nu it had */
    double *kept_parts, kept_nu;
    int64_t kept_rounds;
};

int mvoi_mixing_new(mvo_robust *robust)
{
    mvo_context *context = robust->context;
    const size_t count = robust->count, n = robust->n;
    mvoi_mixing *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return 0;
    memset(made, 0, sizeof *made);
    robust->mixing = made;
    double **const vectors[] = { &made->gradient, &made->linear, &made->at, &made->to, &made->kept_parts };
    int complete = 1;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        complete &= (*vectors[i] = mvoi_allocate(context, count, sizeof(double))) != NULL;
    if (count > SIZE_MAX / sizeof(double) / (n > count ? n : count))
        return 0;
    made->products = mvoi_allocate(context, count * n, sizeof(double));
    made->moves = mvoi_allocate(context, count * n, sizeof(double));
    made->covariance = mvoi_covariance_allocate(&made->diagonal, context, count);
    if (!complete || !made->products || !made->moves || !made->covariance)
        return 0;
    made->matrix = mvoi_allocate(context, count * count, sizeof(double));
    made->covariance->owned[1] = made->matrix;
    made->covariance->dense = made->matrix;
    made->covariance->ld = count;
    made->covariance->kind = MVOI_DENSE;
    made->covariance->trusted = 1;
    if (!made->matrix)
        return 0;
    for (size_t i = 0; i < count * count; i++)
        made->matrix[i] = i % (count + 1) == 0 ? 1.0 : 0.0;
    for (size_t k = 0; k < count; k++)
        made->diagonal[k] = 1.0;
    mvo_constraints *rules = NULL;
    complete = mvo_constraints_new_long_only(&rules, context, count, NULL) == MVO_OK &&
               mvo_solver_new(&made->simplex, context, made->covariance, rules, NULL) == MVO_OK;
    mvo_constraints_free(rules);
    return complete;
}

void mvoi_mixing_free(mvo_robust *robust)
{
    mvoi_mixing *mixing = robust->mixing;
    if (!mixing)
        return;
    void *const owned[] = { mixing->products, mixing->moves, mixing->gradient,
                            mixing->linear,   mixing->at,    mixing->to,       mixing->kept_parts };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(robust->context, owned[i]);
    mvo_solver_free(mixing->simplex);
    mvo_covariance_unref(mixing->covariance);
    mvoi_release(robust->context, mixing);
}

/* --------------------------------------------------------------------------------------------- evaluating */

/* The best case of the mixture in robust->parts: value, derivatives, gap. */
static mvo_outcome evaluate(mvo_robust *robust)
{
    mvoi_mixing *mixing = robust->mixing;
    mvo_solver *solver = robust->solver;
    solver->answer_scale = 1.0;
    solver->answer_constant = 0.0;
    const mvo_outcome outcome = mvoi_robust_cone(robust, MVOI_OMEGA_GIVEN, robust->kappa);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    double most = 0.0, mixed = 0.0;
    for (size_t k = 0; k < robust->count; k++) {
        mixing->gradient[k] = 0.5 * robust->delta * mvoi_covariance_variance(robust->covariances[k], solver->point.w);
        most = fmax(most, mixing->gradient[k]);
    }
    for (size_t k = 0; k < robust->count; k++)
        mixed += robust->parts[k] * (most - mixing->gradient[k]);
    mixing->value = solver->answer_scale * solver->certificate.objective + solver->answer_constant;
    mixing->gap = fmax(mixed, 0.0);
    return MVO_OPTIMAL;
}

static double allowed(const mvo_solver *solver)
{
    return solver->tolerance * solver->answer_scale * solver->certificate.gap_scale;
}

/* The moves of the optimum along Sigma_k w (mixing->products) for each k, in units of the model divided by delta + nu; with
   nu moving as well, which takes from Omega what it has along w (by Sherman & Morrison's formula). */
static mvo_status move(mvo_robust *robust, double nu, const mvo_sensitivity *sensitivity, mvo_error *error)
{
    mvoi_mixing *mixing = robust->mixing;
    const mvoi_kernels *kernels = robust->solver->kernels;
    const size_t n = robust->n;
    mvo_status status = MVO_OK;
    for (size_t k = 0; k < robust->count && status == MVO_OK; k++)
        status = mvo_sensitivity_forward(mixing->moves + k * n, NULL, NULL, sensitivity, mixing->products + k * n, NULL, 0, 0.0,
                                         NULL, NULL, error);
    if (status != MVO_OK || robust->nu == 0.0) /* without an ellipsoid or at its tip nothing more bends */
        return status;
    double *along = robust->kept;
    const double norm = mvoi_robust_norm(robust, MVOI_OMEGA_GIVEN);
    status = mvo_sensitivity_forward(along, NULL, NULL, sensitivity, robust->shaped, NULL, 0, 0.0, NULL, NULL, error);
    if (status != MVO_OK)
        return status;
    const double factor = nu / (robust->delta + nu) / (norm * norm);
    const double rest = 1.0 + factor * kernels->dot(n, robust->shaped, along);
    for (size_t k = 0; rest > SINGULAR && k < robust->count; k++) {
        double *moves = mixing->moves + k * n;
        const double part = factor * kernels->dot(n, robust->shaped, moves) / rest;
        for (size_t j = 0; j < n; j++)
            moves[j] -= part * along[j];
    }
    return MVO_OK;
}

/* The second derivatives of h with their sign turned, from products and moves; without moves, by the gradient's size. */
static void fill_matrix(mvo_robust *robust, double nu, int moved)
{
    mvoi_mixing *mixing = robust->mixing;
    const mvoi_kernels *kernels = robust->solver->kernels;
    const size_t n = robust->n, count = robust->count;
    double size = 0.0;
    for (size_t k = 0; k < count; k++)
        for (size_t l = 0; l <= k; l++) {
            const double one = moved ? kernels->dot(n, mixing->products + k * n, mixing->moves + l * n) : 0.0;
            const double other = moved ? kernels->dot(n, mixing->products + l * n, mixing->moves + k * n) : 0.0;
            const double straight = k == l ? mixing->gradient[k] : 0.0;
            const double entry = moved ? -0.5 * (robust->delta + nu) * (one + other) : straight;
            mixing->matrix[k + l * count] = mixing->matrix[l + k * count] = entry;
            size = fmax(size, k == l ? entry : 0.0);
        }
    for (size_t k = 0; k < count; k++) {
        mixing->matrix[k * (count + 1)] += RIDGE * fmax(size, mixing->gradient[k]);
        mixing->diagonal[k] = mixing->matrix[k * (count + 1)];
    }
}

/* The small programme's matrix. Fails for want of memory only; where the weights are not determined they have no moves. */
static mvo_outcome bend(mvo_robust *robust, mvo_status *status, mvo_error *error)
{
    mvoi_mixing *mixing = robust->mixing;
    mvo_solver *solver = robust->solver;
    const size_t n = robust->n;
    double nu;
    const mvo_outcome outcome = mvoi_robust_again(&nu, robust, MVOI_OMEGA_GIVEN);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    solver->answer_scale = 1.0;
    solver->answer_constant = 0.0;
    const double part = robust->delta / (robust->delta + nu);
    for (size_t k = 0; k < robust->count; k++) {
        mvoi_covariance_product(mixing->products + k * n, robust->covariances[k], solver->point.w, NULL);
        for (size_t j = 0; j < n; j++)
            mixing->products[k * n + j] *= part;
    }
    mvo_sensitivity *sensitivity = NULL;
    mvo_status moved = mvo_sensitivity_new(&sensitivity, solver, NULL);
    if (moved == MVO_OK)
        moved = move(robust, nu, sensitivity, NULL);
    mvo_sensitivity_unref(sensitivity);
    if (moved == MVO_ERROR_MEMORY)
        *status = mvoi_fail_memory(robust->context, error, "the sensitivities of a mixture");
    fill_matrix(robust, nu, moved == MVO_OK);
    return MVO_OPTIMAL;
}

/* Newton's mixture into mixing->to. */
static mvo_outcome aim(mvoi_mixing *mixing, const double *parts, size_t count)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    for (size_t k = 0; k < count; k++) {
        double sum = mixing->gradient[k];
        for (size_t l = 0; l < count; l++)
            sum += mixing->matrix[k + l * count] * parts[l];
        mixing->linear[k] = -sum;
    }
    mvo_solver_set_covariance(mixing->simplex, mixing->covariance, NULL);
    mvo_solver_set_linear(mixing->simplex, mixing->linear, NULL);
    mvo_solver_solve(&outcome, mixing->simplex, NULL);
    mvo_solver_weights(mixing->to, mixing->simplex);
    return outcome;
}

/* Moves the mixture towards Newton's until h rises enough, or the gap falls; 0 if neither happens. */
static mvo_outcome advance(mvo_robust *robust, int *moved)
{
    mvoi_mixing *mixing = robust->mixing;
    const size_t count = robust->count;
    const double value = mixing->value, gap = mixing->gap;
    double slope = 0.0, part = 1.0;
    memcpy(mixing->at, robust->parts, count * sizeof(double));
    for (size_t k = 0; k < count; k++)
        slope += mixing->gradient[k] * (mixing->to[k] - mixing->at[k]);
    *moved = 1;
    for (int halved = 0; halved < HALVINGS; halved++, part *= 0.5) {
        for (size_t k = 0; k < count; k++)
            robust->parts[k] = halved ? mixing->at[k] + part * (mixing->to[k] - mixing->at[k]) : mixing->to[k];
        const mvo_outcome outcome = evaluate(robust);
        if (outcome != MVO_OPTIMAL)
            return outcome;
        const double rise = mixing->value - value, rounding = allowed(robust->solver);
        if (rise >= 1e-4 * part * fmax(slope, 0.0) || (rise >= -rounding && mixing->gap <= 0.5 * gap))
            return MVO_OPTIMAL;
    }
    *moved = 0;
    memcpy(robust->parts, mixing->at, count * sizeof(double));
    return evaluate(robust);
}

/* The gap of mixing joins the certificate. */
static mvo_outcome conclude(mvo_robust *robust)
{
    mvo_solver *solver = robust->solver;
    solver->certificate.gap += robust->mixing->gap / solver->answer_scale;
    solver->answer_constant += robust->mixing->gap;
    return mvoi_certificate_accepts(&solver->certificate, solver->tolerance) ? MVO_OPTIMAL : MVO_NUMERICAL;
}

static mvo_outcome search(mvo_robust *robust, mvo_status *status, mvo_error *error)
{
    mvoi_mixing *mixing = robust->mixing;
    mvo_outcome outcome = evaluate(robust);
    for (int step = 0; step < MOST_STEPS && outcome == MVO_OPTIMAL; step++) {
        int moved = 0;
        const double before = mixing->gap;
        if (mixing->gap <= POLISHED * allowed(robust->solver))
            break;
        outcome = bend(robust, status, error);
        if (*status != MVO_OK)
            return MVO_NUMERICAL;
        if (outcome == MVO_OPTIMAL)
            outcome = aim(mixing, robust->parts, robust->count);
        if (outcome == MVO_OPTIMAL)
            outcome = advance(robust, &moved);
        if (!moved || (mixing->gap <= allowed(robust->solver) && mixing->gap > 0.5 * before))
            break;
    }
    return outcome == MVO_OPTIMAL ? conclude(robust) : outcome;
}

mvo_status mvoi_mixing_keep(mvo_robust *robust, mvo_error *error)
{
    mvoi_mixing *mixing = robust->mixing;
    mixing->kept = mvoi_solver_keep(robust->solver);
    mixing->kept_nu = robust->nu;
    mixing->kept_rounds = robust->report.rounds;
    memcpy(mixing->kept_parts, robust->parts, robust->count * sizeof(double));
    return mixing->kept ? MVO_OK : mvoi_fail_memory(robust->context, error, "a mixture of covariances");
}

mvo_status mvoi_robust_mix(mvo_outcome *outcome, mvo_robust *robust, mvo_error *error)
{
    mvoi_mixing *mixing = robust->mixing;
    mvo_status status = MVO_OK;
    *outcome = search(robust, &status, error);
    if (status != MVO_OK) {
        mvoi_solver_give_back(robust->solver, mixing->kept);
        robust->nu = mixing->kept_nu;
        robust->report.rounds = mixing->kept_rounds;
        memcpy(robust->parts, mixing->kept_parts, robust->count * sizeof(double));
    }
    mvoi_kept_free(robust->context, mixing->kept);
    mixing->kept = NULL;
    return status;
}
