/* SPDX-License-Identifier: MIT */
/*
 * Which scenarios are at work. A tail of 5 % is decided by the scenarios near it; the others need no more than a look
 * once the method believes to be done, and come in then if they must. What is left out counts as zero, so that the
 * problem at work bounds the whole from below, and its optimum is the whole one's as soon as nothing left out is
 * positive. For problems of deviations every scenario is at work from the start.
 */
#include "tail/tail_solver.h"

#include <math.h>
#include <string.h>

enum { SMALL = 400 }; /* so few slots are all watched: choosing takes longer */

int mvoi_tail_of_scenarios(int32_t measure)
{
    return measure == MVO_RISK_CVAR || measure == MVO_RISK_WORST || measure == MVO_RISK_MEAN_DEVIATION;
}

double mvoi_band_cap(const mvo_tail_solver *solver, size_t s)
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
        g->cap[g->slots] = mvoi_band_cap(solver, s);
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
    memset(solver->loss, 0, scenarios->count * sizeof *solver->loss);
    for (size_t s = 0; shift != 0.0 && s < scenarios->count; s++)
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
    g->slots = g->watched = 0;
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

size_t mvoi_band_admit(mvo_tail_solver *solver, double margin)
{
    mvoi_hinge *g = &solver->hinges;
    const double edge = g->level * g->x[g->n], least = edge + 1e-12 * g->scale;
    size_t needed = 0;
    for (size_t s = 0; s < solver->scenarios->count; s++)
        needed += solver->slot[s] == -1 && solver->loss[s] > least && solver->scenarios->probabilities[s] > 0.0;
    for (size_t s = 0; needed && s < solver->scenarios->count; s++)
        if (solver->slot[s] == -1 && solver->loss[s] > edge - margin && solver->scenarios->probabilities[s] > 0.0)
            solver->slot[s] = -2;
    return needed ? bring_in_marked(solver) : 0;
}

/* ------------------------------------------------------------------------- which of them are watched */

/* Two slots change places, active or not. */
static void swap_slots(mvo_tail_solver *solver, size_t a, size_t b)
{
    mvoi_hinge *g = &solver->hinges;
    if (a == b)
        return;
    for (size_t j = 0; j < g->n; j++) {
        double *H = g->H + j * g->ld_H;
        const double kept = H[a];
        g->h[b * g->ld_h + j] = H[a] = H[b];
        H[b] = kept;
        g->h[a * g->ld_h + j] = H[a];
    }
    for (size_t j = 0; j < g->n; j++) {
        g->h[a * g->ld_h + j] = g->H[a + j * g->ld_H];
        g->h[b * g->ld_h + j] = g->H[b + j * g->ld_H];
    }
    const double cap = g->cap[a], t = g->t[a];
    const int8_t status = g->status[a];
    const int32_t scenario = solver->scenario[a];
    g->cap[a] = g->cap[b];
    g->t[a] = g->t[b];
    g->status[a] = g->status[b];
    solver->scenario[a] = solver->scenario[b];
    g->cap[b] = cap;
    g->t[b] = t;
    g->status[b] = status;
    solver->scenario[b] = scenario;
    solver->slot[solver->scenario[a]] = (int32_t)a;
    solver->slot[scenario] = (int32_t)b;
    const int32_t first = (int32_t)(g->size + g->m);
    if (g->status[a] != MVOI_ACTIVE && status != MVOI_ACTIVE)
        return;
    for (size_t q = 0; q < g->size; q++)
        if (g->active[q] == first + (int32_t)a)
            g->active[q] = first + (int32_t)b;
        else if (g->active[q] == first + (int32_t)b)
            g->active[q] = first + (int32_t)a;
}

static int in_trouble(const mvoi_hinge *g, size_t s)
{
    const double least = 1e-13 * g->scale;
    return (g->status[s] == MVOI_OUT && g->t[s] > least) || (g->status[s] == MVOI_IN && g->t[s] < -least);
}

void mvoi_band_watch(mvo_tail_solver *solver, size_t few)
{
    mvoi_hinge *g = &solver->hinges;
    mvoi_mass *masses = solver->measuring.masses;
    if (g->slots <= 2 * few || g->slots <= SMALL) {
        g->watched = g->slots;
        return;
    }
    for (size_t s = 0; s < g->slots; s++)
        masses[s] = (mvoi_mass){ -fabs(g->t[s]), 1.0 };
    const double near = -mvoi_upper_quantile(masses, g->slots, (double)few);
    for (size_t s = 0; s < g->watched; s++)
        if (fabs(g->t[s]) > near) /* what is active is at 0 */
            swap_slots(solver, s--, --g->watched);
    for (size_t s = g->watched; s < g->slots; s++)
        if (fabs(g->t[s]) <= near)
            swap_slots(solver, s, g->watched++);
}

size_t mvoi_band_watch_troubled(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    const size_t before = g->watched;
    for (size_t s = g->watched; s < g->slots; s++)
        if (in_trouble(g, s))
            swap_slots(solver, s, g->watched++);
    return g->watched - before;
}
