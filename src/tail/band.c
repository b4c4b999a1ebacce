/* SPDX-License-Identifier: MIT */
/*
 * Which scenarios are at work. A tail of 5 % is decided by the scenarios near it; the others need no more than a look
 * once the method believes to be done, and come in then if they must. What is left out counts as zero, so that the
 * problem at work bounds the whole from below, and its optimum is the whole one's as soon as nothing left out is
 * positive. For problems of deviations every scenario is at work from the start.
 */
#include "tail/tail_solver.h"

#include <math.h>

int mvoi_tail_of_scenarios(int32_t measure)
{
    return measure == MVO_RISK_CVAR || measure == MVO_RISK_WORST || measure == MVO_RISK_MEAN_DEVIATION;
}

static double cap_of(const mvo_tail_solver *solver, size_t s)
{
    const double p = solver->scenarios->probabilities[s];
    switch (solver->measure) {
    case MVO_RISK_CVAR:
        return p / (1.0 - solver->level);
    case MVO_RISK_WORST:
        return p > 0.0 ? 1.0 : 0.0;
    default:
        return 2.0 * p;
    }
}

/* Scenarios marked with slot -2 come in. Column by column, since that is how the table lies. */
static size_t bring_in_marked(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    const mvo_scenarios *scenarios = solver->scenarios;
    const size_t first = g->slots;
    for (size_t s = 0; s < scenarios->count; s++) {
        if (solver->slot[s] != -2)
            continue;
        solver->slot[s] = (int32_t)g->slots;
        solver->scenario[g->slots] = (int32_t)s;
        g->cap[g->slots] = cap_of(solver, s);
        g->status[g->slots++] = MVOI_OUT;
    }
    for (size_t j = 0; j < solver->n; j++) {
        const double *column = scenarios->returns + j * scenarios->ld;
        const double shift = solver->measure == MVO_RISK_MEAN_DEVIATION ? solver->mean[j] : 0.0;
        double *H = g->H + j * g->ld_H;
        for (size_t slot = first; slot < g->slots; slot++)
            H[slot] = g->h[slot * g->ld_h + j] = shift - column[solver->scenario[slot]];
    }
    return g->slots - first;
}

/* Marks the scenarios that wait and belong to the worst `mass`. */
static void mark_worst(mvo_tail_solver *solver, double mass)
{
    const size_t count = solver->scenarios->count;
    mvoi_mass *masses = solver->measuring.masses;
    for (size_t s = 0; s < count; s++)
        masses[s] = (mvoi_mass){ solver->loss[s], solver->scenarios->probabilities[s] };
    const double least = mvoi_upper_quantile(masses, count, mass);
    for (size_t s = 0; s < count; s++)
        if (solver->slot[s] == -1 && solver->loss[s] >= least && solver->scenarios->probabilities[s] > 0.0)
            solver->slot[s] = -2;
}

static double tail_of(const mvo_tail_solver *solver)
{
    return solver->measure == MVO_RISK_CVAR ? 1.0 - solver->level : 0.0;
}

static void measure_portfolio(mvo_tail_solver *solver, const double *w)
{
    const mvo_scenarios *scenarios = solver->scenarios;
    mvoi_hinge *g = &solver->hinges;
    double shift = 0.0;
    size_t count = 0;
    for (size_t j = 0; j < solver->n; j++) {
        if (w[j] == 0.0)
            continue;
        shift += solver->measure == MVO_RISK_MEAN_DEVIATION ? solver->mean[j] * w[j] : 0.0;
        g->columns[count] = (int32_t)j;
        g->values[count++] = -w[j];
    }
    for (size_t s = 0; s < scenarios->count; s++)
        solver->loss[s] = shift;
    g->kernels->sweep(scenarios->count, count, scenarios->returns, scenarios->ld, g->columns, g->values, solver->loss);
}

void mvoi_band_measure(mvo_tail_solver *solver)
{
    measure_portfolio(solver, solver->hinges.x);
}

void mvoi_band_begin(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    const size_t count = solver->scenarios->count;
    g->slots = 0;
    for (size_t s = 0; s < count; s++)
        solver->slot[s] = -1;
    for (size_t j = 0; j < solver->n; j++)
        solver->given[j] = 1.0 / (double)solver->n;
    measure_portfolio(solver, solver->given);
    const double few = 4.0 * (double)g->size / (double)count, mass = fmax(3.0 * tail_of(solver), few);
    if (solver->measure == MVO_RISK_MEAN_DEVIATION || mass > 0.8)
        mvoi_band_extend(solver, 1);
    else {
        mark_worst(solver, mass);
        bring_in_marked(solver);
    }
}

size_t mvoi_band_extend(mvo_tail_solver *solver, int all)
{
    mvoi_hinge *g = &solver->hinges;
    const size_t count = solver->scenarios->count;
    const double least = g->level * g->x[g->n] + 1e-12 * g->scale;
    size_t needed = 0;
    if (g->slots == count)
        return 0;
    for (size_t s = 0; s < count; s++)
        if (solver->slot[s] == -1 && (all || (solver->loss[s] > least && solver->scenarios->probabilities[s] > 0.0))) {
            solver->slot[s] = -2;
            needed++;
        }
    if (!needed)
        return 0;
    if (!all)
        mark_worst(solver, 1.5 * tail_of(solver));
    return bring_in_marked(solver);
}
