/* SPDX-License-Identifier: MIT */
/* The relaxation of a node: each weight anywhere between the ends of what its asset may do, a fee as the line below it. */
#define _POSIX_C_SOURCE 199309L
#include "portfolio/selection.h"

#include <math.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void mvoi_search_set_deadline(mvoi_search *search, double time_limit)
{
    search->deadline = time_limit < HUGE_VAL ? seconds() + time_limit : HUGE_VAL;
}

/* Rates that make up a fee between the holding, where none is due, and the farthest weight on either side. */
static void add_fee(mvoi_search *search, size_t j)
{
    const double fee = search->counts.fee[j], holding = search->counts.holdings[j];
    const double above = search->high[j] - holding, below = holding - search->low[j];
    if (above > 0.0 && !isinf(above))
        search->buy[j] += fee / above;
    if (below > 0.0 && !isinf(below))
        search->sell[j] += fee / below;
}

/* Limits and rates of the mask; returns the fees that are due in any case. */
static double load(mvoi_search *search, const uint8_t *mask)
{
    const mvoi_counts *counts = &search->counts;
    double due = 0.0;
    for (size_t j = 0; j < search->n; j++) {
        mvoi_choice_interval(&search->low[j], &search->high[j], counts, j, mask[j]);
        search->buy[j] = search->base_buy[j];
        search->sell[j] = search->base_sell[j];
        if (counts->fee[j] == 0.0)
            continue;
        if (mvoi_least_trade(counts, j, mask[j]))
            due += counts->fee[j];
        else
            add_fee(search, j);
    }
    return due;
}

/* Fees of the weights as they are, and the size of the terms of the objective at them. */
double mvoi_true_fees(const mvoi_search *search, const double *w)
{
    double fees = 0.0;
    for (size_t j = 0; j < search->n; j++)
        if (w[j] != search->counts.holdings[j])
            fees += search->counts.fee[j];
    return fees;
}

mvo_outcome mvoi_relax(mvoi_search *search, const uint8_t *mask)
{
    mvo_solver *solver = search->solver;
    const double due = load(search, mask);
    mvo_report report = MVO_REPORT_INIT;
    search->solves++;
    mvo_solver_set_bounds(solver, search->low, search->high, NULL);
    if (solver->segments)
        mvo_solver_set_trading_costs(solver, search->buy, search->sell, NULL);
    mvoi_solver_ask(solver, search->linear);
    if (search->mu)
        mvoi_solver_set_target(solver, search->mu, search->target, HUGE_VAL);
    solver->rounds = solver->pivots = solver->refactorisations = 0;
    if (search->deadline < HUGE_VAL) {
        solver->watch.time_limit = search->deadline - seconds();
        if (solver->watch.time_limit <= 0.0)
            return MVO_TIME_LIMIT;
    }
    mvoi_watch_start(&solver->watch);
    const mvo_outcome outcome = mvoi_solver_run(solver);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    mvo_solver_report(&report, solver);
    mvo_solver_weights(search->w, solver);
    mvo_solver_multipliers(NULL, search->reduced, solver);
    search->value = report.objective + due;
    search->bound = fmin(report.objective, report.dual_objective) + due;
    search->scale = 0.5 * report.variance + fabs(report.cost) + due;
    for (size_t j = 0; search->linear && j < search->n; j++)
        search->scale += fabs(search->linear[j] * search->w[j]);
    return MVO_OPTIMAL;
}
