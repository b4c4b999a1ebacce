/* SPDX-License-Identifier: MIT */
/*
 * Newton's method on the smooth terms. Each step minimises, by the solver inside,
 *
 *     1/2 w'(Sigma + D) w + (c + g - D (h + t))'w + phi(w) ,
 *
 * g and D being slope and curvature of the terms at trades t. For pools and quadratic impact these are the trades of the
 * point at hand. The power law has an infinite curvature at no trade, where Newton's method on it fails; so its slope s is a
 * variable of its own, and what is made linear is the inverse relation, trade = f*'(s), which is smooth everywhere and of
 * which Newton's method is fond: the model is that at the trade f*'(s), wherever the weights stand (Chan, Golub &
 * Mulet 1999 for norms in images). It need not descend; where it does not, the slopes are set to those of the point at
 * hand, from which the model does, the objective being convex.
 */
#include "desk/impact.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200, HALVINGS = 40 };

static const double STEEPEST = 0x1p20; /* the largest curvature, in units of the largest variance or power law */
static const double POLISHED = 1e-3;   /* of the tolerance: no further step is taken to better this */

static double steepest(const mvo_impact *impact, size_t j)
{
    return STEEPEST * fmax(impact->base, impact->power[j]);
}

/* ------------------------------------------------------------------------------------------------ kinks */

/* The set's own trading costs and the pools' kinks, as the solver inside sees them. */
static void set_kinks(mvo_impact *impact)
{
    double *rates = impact->solver->segments->rates;
    const size_t n = impact->n;
    for (size_t j = 0; j < n; j++) {
        const mvoi_pool *pool = &impact->pools[j];
        rates[j] = impact->rates[j] + (pool->cash > 0.0 ? pool->buy : 0.0);
        rates[n + j] = impact->rates[n + j] + (pool->cash > 0.0 ? pool->sell : 0.0);
        rates[n + j] = fmax(rates[n + j], -rates[j]); /* what rounding took */
    }
}

/* No purchase of all that a pool has. An answer before it that is one is nothing to begin with. */
static void hold_bounds(mvo_impact *impact)
{
    mvo_solver *solver = impact->solver;
    memcpy(impact->upper, solver->upper, impact->n * sizeof(double));
    for (size_t j = 0; j < impact->n; j++) {
        const double most = solver->segments->holdings[j] + impact->pools[j].asset * (1.0 - 0x1p-40);
        if (impact->pools[j].cash <= 0.0)
            continue;
        solver->upper[j] = fmin(solver->upper[j], most);
        if (impact->w[j] > most)
            impact->warm = 0;
    }
}

/* ------------------------------------------------------------------------------------------------- models */

/* Slopes of the power laws, and the trades they belong to, at the point at hand. */
static void read_slack(mvo_impact *impact)
{
    for (size_t j = 0; j < impact->n; j++)
        impact->slack[j] = mvoi_power_slope(impact->power[j], impact->w[j] - impact->solver->segments->holdings[j]);
}

/* Slope and curvature of the power law of asset j in the model. Without a point, those of trading an n-th. */
static void model_power(mvo_impact *impact, size_t j, int known)
{
    const double c = impact->power[j];
    impact->place[j] = impact->curvature[j] = 0.0;
    if (c <= 0.0)
        return;
    if (!known) {
        const double typical = 1.0 / (double)impact->n;
        impact->slack[j] = 0.0;
        impact->curvature[j] = mvoi_power_slope(c, typical) / typical;
        return;
    }
    impact->place[j] = mvoi_power_place(c, impact->slack[j]);
    impact->curvature[j] = mvoi_power_curvature(c, impact->slack[j], steepest(impact, j));
}

static void set_diagonal(mvo_impact *impact, size_t j, double extra)
{
    const double entry = impact->covariance->diagonal[j] + extra;
    impact->model_diagonal[j] = entry;
    if (impact->model_dense)
        impact->model_dense[j * (impact->n + 1)] = entry;
    else
        impact->model_specific[j] = impact->covariance->specific[j] + extra;
}

/* Writes the model into the solver inside. */
static void make_model(mvo_impact *impact, int known)
{
    mvo_solver *solver = impact->solver;
    const double *h = solver->segments->holdings;
    for (size_t j = 0; j < impact->n; j++) {
        const double twice = 2.0 * impact->quadratic[j];
        model_power(impact, j, known);
        const double bend = impact->curvature[j];
        double extra = twice + bend, linear = impact->linear[j] - twice * h[j];
        linear += impact->slack[j] - bend * (h[j] + impact->place[j]);
        if (impact->pools[j].cash > 0.0) {
            const double t = known ? impact->w[j] - h[j] : 0.0, steep = mvoi_pool_curvature(&impact->pools[j], t);
            extra += steep;
            linear += mvoi_pool_slope(&impact->pools[j], t) - steep * (h[j] + t);
        }
        set_diagonal(impact, j, extra);
        solver->linear[j] = linear;
    }
    mvo_solver_set_covariance(solver, impact->model, NULL);
}

/* The slopes after a step: by the model, but where a weight is held its trade is known exactly. */
static void step_slack(mvo_impact *impact)
{
    const mvo_solver *solver = impact->solver;
    for (size_t j = 0; j < impact->n; j++) {
        const double t = solver->point.w[j] - solver->segments->holdings[j];
        impact->next_slack[j] = solver->point.side[j] != MVOI_FREE || impact->power[j] <= 0.0
                                    ? mvoi_power_slope(impact->power[j], t)
                                    : impact->slack[j] + impact->curvature[j] * (t - impact->place[j]);
    }
}

/* Minimises the model; a numerical failure is tried again from a cold start. */
static mvo_outcome minimise_model(mvo_impact *impact)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    for (int attempt = 0; attempt < 2 && outcome == MVO_NUMERICAL; attempt++) {
        if (attempt)
            mvo_solver_clear(impact->solver, NULL);
        mvo_solver_solve(&outcome, impact->solver, NULL);
        impact->report.pivots += impact->solver->pivots + impact->solver->rounds;
        impact->report.refactorisations += impact->solver->refactorisations;
    }
    return outcome;
}

/* --------------------------------------------------------------------------------------------------- steps */

/* Moves the point towards the model's as far as that descends; 0 if it does not. */
static int advance(mvo_impact *impact, double *value)
{
    const double *to = impact->solver->point.w;
    double part = 1.0;
    for (int k = 0; k < HALVINGS; k++, part *= 0.5) {
        for (size_t j = 0; j < impact->n; j++)
            impact->bend[j] = k ? impact->w[j] + part * (to[j] - impact->w[j]) : to[j];
        const double now = mvoi_impact_objective(impact, impact->bend);
        if (now < *value) {
            *value = now;
            memcpy(impact->w, impact->bend, impact->n * sizeof(double));
            for (size_t j = 0; j < impact->n; j++)
                impact->slack[j] += part * (impact->next_slack[j] - impact->slack[j]);
            return 1;
        }
    }
    return 0;
}

static void accept(mvo_impact *impact)
{
    memcpy(impact->w, impact->solver->point.w, impact->n * sizeof(double));
    memcpy(impact->slack, impact->next_slack, impact->n * sizeof(double));
}

static mvo_outcome descend(mvo_impact *impact)
{
    const double tolerance = impact->solver->tolerance;
    double value = HUGE_VAL, residual, before = HUGE_VAL;
    int known = impact->warm, stuck = 0, accepted = 0;
    for (int step = 0; step < MOST_STEPS; step++) {
        make_model(impact, known);
        const mvo_outcome outcome = minimise_model(impact);
        impact->report.rounds++;
        if (outcome != MVO_OPTIMAL) {
            if (!known)
                memcpy(impact->w, impact->solver->point.w, impact->n * sizeof(double));
            return outcome;
        }
        step_slack(impact);
        const int fine = mvoi_impact_certify(impact, tolerance, &residual);
        if (fine && (accepted || residual <= POLISHED * tolerance)) {
            accept(impact);
            return MVO_OPTIMAL;
        }
        if (fine || !known || residual < 0.5 * before) {
            accept(impact);
            value = mvoi_impact_objective(impact, impact->w);
            stuck = 0;
        } else if (!advance(impact, &value)) {
            if (stuck)
                return MVO_NUMERICAL;
            read_slack(impact);
            stuck = 1;
        } else {
            stuck = 0;
        }
        before = fmin(before, residual);
        accepted |= fine;
        known = 1;
    }
    return MVO_NUMERICAL;
}

mvo_status mvo_impact_solve(mvo_outcome *outcome, mvo_impact *impact, mvo_error *error)
{
    if (!outcome)
        return mvoi_fail_null(impact ? impact->context : NULL, error, "outcome");
    if (!impact)
        return mvoi_fail_null(NULL, error, "impact");
    impact->report = (mvo_report)MVO_REPORT_INIT;
    set_kinks(impact);
    hold_bounds(impact);
    if (!impact->solver->solved)
        impact->warm = 0;
    const int warm = impact->warm;
    *outcome = descend(impact);
    impact->warm = 0;
    if (*outcome == MVO_NUMERICAL && warm)
        *outcome = descend(impact);
    impact->warm = *outcome == MVO_OPTIMAL;
    impact->solved = 1;
    memcpy(impact->solver->upper, impact->upper, impact->n * sizeof(double));
    impact->report.outcome = *outcome;
    impact->report.feasible = *outcome == MVO_OPTIMAL;
    impact->report.free_weights = impact->report.active_rows = 0;
    for (size_t j = 0; j < impact->n; j++)
        impact->report.free_weights += impact->solver->point.side[j] == MVOI_FREE;
    for (size_t i = 0; i < impact->solver->m; i++)
        impact->report.active_rows += impact->solver->point.row_side[i] != MVOI_FREE;
    return MVO_OK;
}
