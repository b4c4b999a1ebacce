/* SPDX-License-Identifier: MIT */
/*
 * Least entropic value at risk, f(w) = min over z > 0 of (log sum p_s exp(z h_s'w) - log tail) / z, h_s being scenario
 * s's losses. With q the tilted probabilities at the best z and L_s = h_s'w its gradient is the mean of h under q, and
 * its Hessian, the dependence of z on w counted, z times the covariance of what is left of h under q when its
 * regression on L is taken out; for f is homogeneous. Newton's method, each step a quadratic programme over all limits
 * and then as far towards its solution as f falls. Where a few worst scenarios have all the mass f is not smooth, and
 * this is given up. Source: Ahmadi-Javid (2012).
 */
#include "tail/tail_solver.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 100, HALVINGS = 40 };

static const double ENOUGH = 1e-4;   /* of the decrease that the gradient promises */
static const double SETTLED = 1e-14; /* of the largest |h|: a step that promises less is the last */

typedef struct entropic {
    mvo_tail_solver *of;
    mvo_constraints *rules;
    mvo_solver *solver;
    double *matrix, *linear;  /* n-by-n; n */
    double *table;            /* count-by-n, column-major */
    double *w, *next, *trial; /* n */
    double *rows, *bounds;    /* m + 1, n: multipliers */
    double risk;
} entropic;

static double measure(entropic *e, const double *w)
{
    mvoi_scenarios_portfolio(e->of->measuring.portfolio, e->of->scenarios, w);
    return mvoi_measure(&e->of->measuring, MVO_RISK_EVAR, e->of->level);
}

/* Column j of the table: h_j less its mean under q and its regression on the losses, times sqrt(z q). */
static void fill_column(entropic *e, size_t j, double mean_loss, double variance, double z)
{
    const mvoi_measuring *m = &e->of->measuring;
    const double *r = e->of->scenarios->returns + j * e->of->scenarios->ld;
    double *column = e->table + j * m->count, mean = 0.0, with = 0.0;
    for (size_t s = 0; s < m->count; s++)
        mean -= m->kappa[s] * r[s];
    for (size_t s = 0; s < m->count; s++)
        with += m->kappa[s] * (-r[s] - mean) * (-m->portfolio[s] - mean_loss);
    const double slope = variance > 0.0 ? with / variance : 0.0;
    for (size_t s = 0; s < m->count; s++)
        column[s] = sqrt(z * m->kappa[s]) * (-r[s] - mean - slope * (-m->portfolio[s] - mean_loss));
    e->linear[j] = mean;
}

/* The model at the portfolio that was measured last, or (z = 1, equal to the data's covariance) at none. */
static mvo_status state_programme(entropic *e, double z, mvo_error *error)
{
    const mvoi_measuring *m = &e->of->measuring;
    const size_t n = e->of->n;
    mvo_covariance *covariance = NULL;
    double mean = 0.0, variance = 0.0;
    for (size_t s = 0; s < m->count; s++)
        mean -= m->kappa[s] * m->portfolio[s];
    for (size_t s = 0; s < m->count; s++)
        variance += m->kappa[s] * (-m->portfolio[s] - mean) * (-m->portfolio[s] - mean);
    for (size_t j = 0; j < n; j++)
        fill_column(e, j, mean, variance, z);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            e->matrix[i + j * n] = e->matrix[j + i * n] =
                e->of->hinges.kernels->dot(m->count, e->table + i * m->count, e->table + j * m->count);
    mvo_status status = mvo_covariance_new_dense(&covariance, e->of->context, n, e->matrix, n, MVO_CHECK_NONE, error);
    if (status == MVO_OK)
        status = e->solver ? mvo_solver_set_covariance(e->solver, covariance, error)
                           : mvo_solver_new(&e->solver, e->of->context, covariance, e->rules, error);
    mvo_covariance_unref(covariance);
    return status == MVO_OK ? mvo_solver_set_linear(e->solver, e->linear, error) : status;
}

static mvo_status solve_programme(mvo_outcome *outcome, entropic *e, double z, mvo_error *error)
{
    mvo_status status = state_programme(e, z, error);
    if (status == MVO_OK)
        status = mvo_solver_solve(outcome, e->solver, error);
    if (status == MVO_OK && *outcome == MVO_OPTIMAL) {
        mvo_solver_weights(e->next, e->solver);
        mvo_solver_multipliers(e->rows, e->bounds, e->solver);
    }
    e->of->report.rounds++;
    return status;
}

/* Before there is a portfolio: least variance of the data as they are. */
static mvo_status first_point(mvo_outcome *outcome, entropic *e, mvo_error *error)
{
    mvoi_measuring *m = &e->of->measuring;
    memset(m->portfolio, 0, m->count * sizeof *m->portfolio);
    memcpy(m->kappa, m->probabilities, m->count * sizeof *m->kappa);
    const mvo_status status = solve_programme(outcome, e, 1.0, error);
    if (status == MVO_OK && *outcome == MVO_OPTIMAL)
        memcpy(e->w, e->next, e->of->n * sizeof *e->w);
    else if (status == MVO_OK && *outcome != MVO_INFEASIBLE)
        *outcome = MVO_NUMERICAL;
    return status;
}

/* Towards `next` as far as f falls; 1 where that is the whole way. */
static int advance(entropic *e, double promise)
{
    double part = 1.0, found = e->risk;
    for (int i = 0; i < HALVINGS; i++, part *= 0.5) {
        for (size_t j = 0; j < e->of->n; j++)
            e->trial[j] = part == 1.0 ? e->next[j] : e->w[j] + part * (e->next[j] - e->w[j]);
        found = measure(e, e->trial);
        if (found <= e->risk - ENOUGH * part * promise)
            break;
    }
    if (!(found < e->risk))
        return 0;
    memcpy(e->w, e->trial, e->of->n * sizeof *e->w);
    return part == 1.0;
}

static mvo_status newton(mvo_outcome *outcome, entropic *e, mvo_error *error)
{
    mvo_status status = first_point(outcome, e, error);
    for (int i = 0; status == MVO_OK && *outcome == MVO_OPTIMAL; i++) {
        e->risk = measure(e, e->w);
        if (i == MOST_STEPS || e->of->measuring.tilt == HUGE_VAL) {
            *outcome = MVO_NUMERICAL;
            return MVO_OK;
        }
        status = solve_programme(outcome, e, e->of->measuring.tilt, error);
        if (status != MVO_OK || *outcome != MVO_OPTIMAL)
            break;
        double promise = 0.0;
        for (size_t j = 0; j < e->of->n; j++)
            promise -= e->linear[j] * (e->next[j] - e->w[j]);
        if (promise <= SETTLED * e->of->hinges.scale || (!advance(e, promise) && promise <= 1e-9 * fabs(e->risk))) {
            memcpy(e->w, e->next, e->of->n * sizeof *e->w);
            return MVO_OK;
        }
    }
    if (*outcome != MVO_INFEASIBLE)
        *outcome = MVO_NUMERICAL;
    return status;
}

static int claim(entropic *e, mvo_context *context, size_t n, size_t m, size_t count)
{
    e->matrix = n <= SIZE_MAX / n ? mvoi_allocate(context, n * n, sizeof(double)) : NULL;
    e->linear = mvoi_allocate(context, n, sizeof(double));
    e->table = mvoi_allocate(context, n * count, sizeof(double));
    e->w = mvoi_allocate(context, n, sizeof(double));
    e->next = mvoi_allocate(context, n, sizeof(double));
    e->trial = mvoi_allocate(context, n, sizeof(double));
    e->rows = mvoi_allocate(context, m + 1, sizeof(double));
    e->bounds = mvoi_allocate(context, n, sizeof(double));
    return e->matrix && e->linear && e->table && e->w && e->next && e->trial && e->rows && e->bounds;
}

static void give_back(entropic *e, mvo_context *context)
{
    void *const owned[] = { e->matrix, e->linear, e->table, e->w, e->next, e->trial, e->rows, e->bounds };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    mvo_solver_free(e->solver);
    mvo_constraints_free(e->rules);
}

mvo_status mvoi_tail_minimise_entropic(mvo_outcome *outcome, mvo_tail_solver *solver, mvo_error *error)
{
    entropic e = { 0 };
    e.of = solver;
    mvo_status status = claim(&e, solver->context, solver->n, solver->m, solver->scenarios->count)
                            ? mvoi_tail_state_rules(&e.rules, solver, error)
                            : mvoi_fail_memory(solver->context, error, "a least entropic risk");
    if (status == MVO_OK) {
        e.rows[solver->m] = 0.0;
        status = newton(outcome, &e, error);
    }
    if (status == MVO_OK && *outcome == MVO_OPTIMAL) {
        memcpy(solver->w, e.w, solver->n * sizeof *e.w);
        memcpy(solver->y, e.rows, (solver->m + 1) * sizeof *e.rows);
        mvoi_tail_certify_smooth(solver, e.bounds);
        if (!mvoi_tail_believed(&solver->report))
            *outcome = MVO_NUMERICAL;
    }
    give_back(&e, solver->context);
    return status;
}
