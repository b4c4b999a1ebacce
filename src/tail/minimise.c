/* SPDX-License-Identifier: MIT */
/* From limits to an optimum: feasibility first or on the way, scenarios or cuts as they are needed. */
#include "tail/tail_solver.h"

#include <math.h>

enum { MOST_ROUNDS = 200, MOST_CUTS = 5000 };

static const double WARM_PENALTY = 10.0;  /* of a violated row on a warm start, in units of the largest |h| */
static const double CUT_TOLERANCE = 1e-11; /* of the risk: how far below it cuts may end */
static const double SMOOTH_TOLERANCE = 3e-10; /* the same of a risk that has infinitely many */

/* Feasibility alone. */
static mvo_outcome reach(mvoi_hinge *g)
{
    g->costly = 0;
    g->penalty = 1.0;
    mvoi_hinge_refresh(g);
    const mvo_outcome outcome = mvoi_hinge_descend(g);
    if (outcome != MVO_OPTIMAL)
        return MVO_NUMERICAL;
    return mvoi_hinge_feasible(g) ? MVO_OPTIMAL : MVO_INFEASIBLE;
}

/* From wherever the vertex is to the optimum over the hinges at work. */
static mvo_outcome descend(mvoi_hinge *g, double penalty)
{
    mvo_outcome outcome = MVO_OPTIMAL;
    mvoi_hinge_refresh(g);
    if (!mvoi_hinge_feasible(g) && penalty > 0.0) {
        g->costly = 1;
        g->penalty = penalty;
        mvoi_hinge_refresh(g);
        mvoi_hinge_descend(g);
    }
    for (int round = 0; round < 4; round++) {
        if (!mvoi_hinge_feasible(g))
            outcome = reach(g);
        if (outcome != MVO_OPTIMAL)
            return outcome;
        g->costly = 1;
        g->penalty = HUGE_VAL;
        mvoi_hinge_refresh(g);
        outcome = mvoi_hinge_descend(g);
        if (outcome != MVO_OPTIMAL || mvoi_hinge_feasible(g))
            return outcome;
    }
    return MVO_NUMERICAL;
}

static mvo_outcome minimise_scenarios(mvo_tail_solver *solver, double penalty)
{
    mvoi_hinge *g = &solver->hinges;
    mvo_outcome outcome = MVO_NUMERICAL;
    for (int round = 0; round < MOST_ROUNDS; round++) {
        outcome = descend(g, penalty);
        solver->report.rounds++;
        if (outcome == MVO_UNBOUNDED) {
            if (!mvoi_band_extend(solver, 1))
                return outcome;
            continue;
        }
        if (outcome != MVO_OPTIMAL)
            return outcome;
        if (g->slots == solver->scenarios->count)
            return outcome;
        mvoi_band_measure(solver);
        if (!mvoi_band_extend(solver, 0))
            return outcome;
        penalty = 0.0;
    }
    return MVO_NUMERICAL;
}

static mvo_outcome minimise_cuts(mvo_tail_solver *solver, double penalty)
{
    mvoi_hinge *g = &solver->hinges;
    const double tolerance = solver->measure == MVO_RISK_EVAR ? SMOOTH_TOLERANCE : CUT_TOLERANCE;
    for (int round = 0; round < MOST_CUTS; round++) {
        const mvo_outcome outcome = descend(g, penalty);
        solver->report.rounds++;
        penalty = 0.0;
        if (outcome == MVO_UNBOUNDED) {
            if (mvoi_cuts_add(solver, g->ray) <= 1e-12 * g->scale)
                return outcome;
            continue;
        }
        if (outcome != MVO_OPTIMAL)
            return outcome;
        const double model = g->x[g->n], risk = mvoi_cuts_add(solver, g->x);
        const double least = fmax(tolerance * fabs(risk), mvoi_tail_rounding(solver, g->x));
        if (risk - model <= fmax(least, tolerance * 1e-6 * g->scale)) {
            g->slots--; /* this last cut is not needed, and not in the vertex */
            return outcome;
        }
    }
    return MVO_NUMERICAL;
}

mvo_outcome mvoi_tail_minimise(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    const int scenarios = mvoi_tail_of_scenarios(solver->measure);
    const double known = fabs(solver->target_multiplier) * g->row_scale[solver->m];
    double penalty = fmax(WARM_PENALTY * g->scale, 4.0 * known);
    g->pivots = g->refactorisations = 0;
    solver->report.rounds = 0;
    g->level = solver->measure == MVO_RISK_MEAN_DEVIATION ? 0.0 : 1.0;
    g->lower[g->n] = g->level > 0.0 ? -HUGE_VAL : 0.0;
    g->upper[g->n] = g->level > 0.0 ? HUGE_VAL : 0.0;
    g->costly = 0;
    g->penalty = 1.0;
    if (!solver->warm) {
        penalty = 0.0;
        if (scenarios)
            mvoi_band_begin(solver);
        else
            mvoi_cuts_begin(solver);
        mvoi_hinge_start(g);
    }
    for (size_t i = 0; i < g->m; i++) /* limits that moved away from a row that stood at them */
        if (g->position[g->size + i] >= 0) {
            const double limit = g->side[g->size + i] < 0 ? g->row_lower[i] : g->row_upper[i];
            if (g->side[g->size + i] && g->activity[i] != limit)
                g->side[g->size + i] = 0;
        }
    const mvo_outcome outcome = scenarios ? minimise_scenarios(solver, penalty) : minimise_cuts(solver, penalty);
    solver->warm = outcome == MVO_OPTIMAL;
    solver->report.pivots = g->pivots;
    solver->report.refactorisations = g->refactorisations;
    return outcome;
}

mvo_outcome mvoi_tail_reach(mvo_tail_solver *solver, int fresh)
{
    mvoi_hinge *g = &solver->hinges;
    g->pivots = g->refactorisations = 0;
    solver->warm = 0;
    if (fresh) {
        g->slots = g->watched = 0;
        g->lower[g->n] = g->upper[g->n] = 0.0;
        mvoi_hinge_start(g);
    }
    return reach(g);
}
