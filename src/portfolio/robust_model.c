/* SPDX-License-Identifier: MIT */
/*
 * The covariance the solver inside works on: sum p_k Sigma_k + omega Omega + identity I. It is dense unless all of these
 * are factor models; then it is one whose factors stand side by side, so that nothing n-by-n is ever formed.
 */
#include "portfolio/robust.h"

#include "covariance/make.h"

#include <math.h>
#include <string.h>

/* Term t of the sum: the covariances, then Omega, then the identity. */
static const mvo_covariance *term_of(const mvo_robust *robust, size_t t)
{
    return t < robust->count ? robust->covariances[t] : t == robust->count ? robust->uncertainty : &robust->identity;
}

int mvoi_robust_new_model(mvo_robust *robust)
{
    const size_t n = robust->n, terms = robust->count + 2;
    size_t factors = 0;
    int dense = 0, trusted = 0;
    for (size_t t = 0; t < terms; t++) {
        const mvo_covariance *term = term_of(robust, t);
        dense |= term && term->kind == MVOI_DENSE;
        trusted |= term && term->trusted;
        factors += term ? term->k : 0;
    }
    robust->model_parts = mvoi_allocate(robust->context, terms, sizeof(double));
    mvo_covariance *model = mvoi_covariance_allocate(&robust->model_diagonal, robust->context, n);
    robust->model = model;
    if (!model || !robust->model_parts)
        return 0;
    for (size_t t = 0; t < terms; t++)
        robust->model_parts[t] = -1.0; /* of nothing yet */
    model->trusted = trusted;
    model->kind = dense ? MVOI_DENSE : MVOI_FACTOR;
    if (dense) {
        robust->model_dense = n <= SIZE_MAX / n ? mvoi_allocate(robust->context, n * n, sizeof(double)) : NULL;
        model->owned[1] = robust->model_dense;
        model->dense = robust->model_dense;
        model->ld = n;
    } else {
        model->k = factors;
        robust->model_specific = mvoi_allocate(robust->context, n, sizeof(double));
        robust->model_factors = factors <= SIZE_MAX / n ? mvoi_allocate(robust->context, n * factors, sizeof(double)) : NULL;
        model->owned[1] = robust->model_specific;
        model->owned[2] = robust->model_factors;
        model->specific = robust->model_specific;
        model->factors = robust->model_factors;
    }
    if (!model->owned[1] || (!dense && !model->owned[2]))
        return 0;
    mvoi_robust_set_model(robust, robust->parts, 0.0, 0.0);
    return 1;
}

/* ------------------------------------------------------------------------------------------------ writing */

static void add_dense(mvo_robust *robust, const mvo_covariance *term, double part, int first)
{
    const size_t n = robust->n;
    for (size_t j = 0; j < n; j++) {
        double *column = robust->model_dense + j * n;
        if (term->kind == MVOI_DENSE) {
            const double *from = term->dense + j * term->ld;
            for (size_t i = 0; i < n; i++)
                column[i] = (first ? 0.0 : column[i]) + part * from[i];
        } else if (term->k == 0) {
            for (size_t i = 0; first && i < n; i++)
                column[i] = 0.0;
            column[j] += part * term->specific[j];
        } else {
            for (size_t i = 0; i < n; i++)
                column[i] = (first ? 0.0 : column[i]) + part * mvoi_covariance_entry(term, i, j);
        }
    }
}

static void add_factors(mvo_robust *robust, const mvo_covariance *term, double part, size_t place)
{
    const double root = sqrt(part);
    const size_t k = robust->model->k;
    for (size_t j = 0; j < robust->n; j++) {
        for (size_t f = 0; f < term->k; f++)
            robust->model_factors[j * k + place + f] = root * term->factors[j * term->k + f];
        robust->model_specific[j] += part * term->specific[j];
    }
}

void mvoi_robust_set_model(mvo_robust *robust, const double *parts, double omega, double identity)
{
    const size_t n = robust->n, terms = robust->count + 2;
    int same = 1, first = 1;
    size_t place = 0;
    for (size_t t = 0; t < terms; t++) {
        const double part = t < robust->count ? parts[t] : t == robust->count ? omega : identity;
        same &= part == robust->model_parts[t];
        robust->model_parts[t] = part;
    }
    if (same)
        return;
    for (size_t j = 0; j < n; j++) {
        robust->model_diagonal[j] = 0.0;
        if (robust->model_specific)
            robust->model_specific[j] = 0.0;
    }
    for (size_t t = 0; t < terms; t++) {
        const mvo_covariance *term = term_of(robust, t);
        if (!term)
            continue;
        const double part = robust->model_parts[t];
        for (size_t j = 0; j < n; j++)
            robust->model_diagonal[j] += part * term->diagonal[j];
        if (robust->model_dense && (part != 0.0 || first))
            add_dense(robust, term, part, first);
        if (!robust->model_dense)
            add_factors(robust, term, part, place);
        place += term->k;
        first = 0;
    }
    if (robust->solver)
        mvo_solver_set_covariance(robust->solver, robust->model, NULL);
}

/* --------------------------------------------------------------------------------------------------- using */

const mvo_covariance *mvoi_robust_risk(mvo_robust *robust)
{
    const mvo_covariance *sigma = robust->covariances[0];
    if (robust->count == 1 && sigma->kind == robust->model->kind)
        return sigma;
    mvoi_robust_set_model(robust, robust->parts, 0.0, 0.0);
    return robust->model;
}

mvo_outcome mvoi_robust_step(mvo_robust *robust, int omega, double delta, double nu)
{
    mvo_solver *solver = robust->solver;
    const double whole = delta + nu;
    const double divided = whole > 0.0 ? whole : 1.0;
    for (size_t j = 0; j < robust->n; j++)
        solver->linear[j] = robust->linear[j] / divided;
    solver->cost_scale = 1.0 / divided;
    if (whole == 0.0) {
        mvoi_solver_ignore_risk(solver, 1);
    } else if (omega == MVOI_OMEGA_SAME || nu == 0.0) {
        solver->problem.covariance = mvoi_robust_risk(robust);
    } else {
        for (size_t k = 0; k < robust->count; k++)
            robust->mixed[k] = delta / whole * robust->parts[k];
        const double rest = nu / whole;
        mvoi_robust_set_model(robust, robust->mixed, omega == MVOI_OMEGA_GIVEN ? rest : 0.0, omega == MVOI_OMEGA_IDENTITY ? rest : 0.0);
        mvoi_solver_ignore_risk(solver, 0);
    }
    const mvo_outcome outcome = mvoi_solver_run(solver);
    robust->report.rounds++;
    return outcome;
}

const mvo_covariance *mvoi_robust_shape(const mvo_robust *robust, int omega)
{
    return omega == MVOI_OMEGA_GIVEN  ? robust->uncertainty
           : omega == MVOI_OMEGA_SAME ? robust->covariances[0]
                                      : &robust->identity;
}

double mvoi_robust_norm(mvo_robust *robust, int omega)
{
    const mvo_covariance *shape = mvoi_robust_shape(robust, omega);
    mvoi_covariance_product(robust->shaped, shape, robust->solver->point.w, NULL);
    return sqrt(mvoi_covariance_variance(shape, robust->solver->point.w));
}
