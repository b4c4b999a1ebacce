/* SPDX-License-Identifier: MIT */
/*
 * Measures that are no sum of hinges over scenarios - drawdowns, entropic risk - approached from below. Such a measure
 * is convex and homogeneous of degree one, so that its gradient c at any portfolio bounds it everywhere: risk(w) >= c'w.
 * The least of the largest of these is what hinges of cap 1 minimise; each optimum gives the next cut. Drawdowns have
 * finitely many gradients, so that for them this ends with the exact optimum. Source: Kelley (1960).
 */
#include "tail/tail_solver.h"

#include <string.h>

/* Cuts that hold nothing make room: those that are not active. */
static void forget_idle(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    size_t kept = 0;
    for (size_t s = 0; s < g->slots; s++) {
        if (g->status[s] != MVOI_ACTIVE)
            continue;
        for (size_t p = 0; p < g->size; p++)
            if ((size_t)g->active[p] == g->size + g->m + s)
                g->active[p] = (int32_t)(g->size + g->m + kept);
        memmove(g->h + kept * g->ld_h, g->h + s * g->ld_h, g->n * sizeof *g->h);
        for (size_t j = 0; j < g->n; j++)
            g->H[kept + j * g->ld_H] = g->H[s + j * g->ld_H];
        g->status[kept++] = MVOI_ACTIVE;
    }
    g->slots = kept;
}

double mvoi_cuts_add(mvo_tail_solver *solver, const double *w)
{
    mvoi_hinge *g = &solver->hinges;
    if (g->slots == g->capacity)
        forget_idle(solver);
    const size_t s = g->slots++;
    mvoi_scenarios_portfolio(solver->measuring.portfolio, solver->scenarios, w);
    const double risk = mvoi_measure(&solver->measuring, solver->measure, solver->level);
    double *cut = g->h + s * g->ld_h;
    mvoi_scenarios_combine(cut, solver->scenarios, solver->measuring.kappa);
    for (size_t j = 0; j < g->n; j++)
        g->H[s + j * g->ld_H] = cut[j] = -cut[j];
    g->cap[s] = 1.0;
    g->status[s] = MVOI_OUT;
    return risk;
}

void mvoi_cuts_begin(mvo_tail_solver *solver)
{
    const size_t n = solver->n;
    solver->hinges.slots = 0;
    for (size_t j = 0; j < n; j++)
        solver->given[j] = 1.0 / (double)n;
    mvoi_cuts_add(solver, solver->given);
    for (size_t j = 0; j < n; j++)
        solver->given[j] = 0.0;
    for (size_t j = 0; j < n; j++) {
        solver->given[j] = 1.0;
        mvoi_cuts_add(solver, solver->given);
        solver->given[j] = 0.0;
    }
}
