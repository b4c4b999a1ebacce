/* SPDX-License-Identifier: MIT */
/* Where a critical line begins: the most profitable portfolio (see line_state.h). */
#include "portfolio/line_state.h"
#include "portfolio/trace.h"

#include <math.h>
#include <string.h>

/* What a gradient may have wrong at the top, beside the largest of its terms. */
static const double DUAL = 1e-10;

/* How much higher to look where things still happen above: means may lie close together. */
static const double HIGHER = 4096.0;

enum { RAISES = 2, MOST_FILLED = 32 };

/* Whether anything would happen on the way up: then this is not the top. */
static int is_top(const mvoi_line *l)
{
    const mvoi_problem *problem = l->problem;
    const mvoi_inverse *inverse = l->inverse;
    const double size = DUAL * (l->kernels->largest(l->n, l->mu) + l->kernels->largest(l->n, l->rate));
    double moves = 0.0, weights = 0.0;
    for (size_t s = 0; s < inverse->count; s++) {
        const size_t e = (size_t)inverse->element[s], i = e - l->n;
        if (e < l->n) {
            const double move = fabs(l->dx[s]), weight = fabs(l->x[s]);
            moves = move > moves ? move : moves;
            weights = weight > weights ? weight : weights;
            if (!(l->x[s] >= problem->lower[e] && l->x[s] <= problem->upper[e]))
                return 0;
        } else if (problem->row_lower[i] < problem->row_upper[i] &&
                   !((l->side[e] == MVOI_LOWER ? -l->dx[s] : l->dx[s]) > size)) {
            return 0;
        }
    }
    for (size_t i = 0; i < l->m; i++)
        if (inverse->place[l->n + i] < 0 && !(l->activity[i] > problem->row_lower[i] && l->activity[i] < problem->row_upper[i]))
            return 0;
    int wrong = 0;
    for (size_t j = 0; j < l->n; j++)
        wrong |= (l->sign[j] != 0.0) & (!(-l->sign[j] * l->rate[j] > size) | !(-l->sign[j] * l->z[j] > 0.0));
    if (wrong)
        return 0;
    return 2 * l->free_count == inverse->count && moves * l->lambda <= 1e-9 * weights;
}

/* The state at `top` of the working set in `side` and `w`. 0: it is not the one there, or not for this. */
static int begin(mvoi_line *l, double top)
{
    const mvoi_problem *problem = l->problem;
    mvoi_tick_forget(l->solver->tick, 0);
    l->changes = 0;
    l->far = 0;
    l->careful = mvoi_trace_is_close(l->solver, l->mu, l->generous);
    l->slope = 0.0; /* at the top nothing moves */
    for (size_t j = 0; j < l->n; j++)
        l->sign[j] = problem->lower[j] < problem->upper[j] ? (double)l->side[j] : 0.0;
    mvoi_line_hold_anew(l);
    l->lambda = top;
    if (!mvoi_line_install(l) || !is_top(l))
        return 0;
    mvoi_line_take_weights(l);
    l->variance = mvoi_line_variance(l);
    l->far = l->n >= MVOI_LINE_FAR && mvoi_near_begin(l);
    return 1;
}

/* All weights at their lower limits; returns what the only row then lacks. 0: that is no equality, or the weights have no such
   limits. */
static int empty(mvoi_line *l, double *lack)
{
    const mvoi_problem *problem = l->problem;
    double activity = 0.0;
    int fine = l->m == 1 && problem->row_lower[0] == problem->row_upper[0];
    for (size_t j = 0; fine && j < l->n; j++) {
        fine = problem->rows[j] > 0.0 && problem->lower[j] > -HUGE_VAL && problem->lower[j] <= problem->upper[j];
        l->w[j] = problem->lower[j];
        l->side[j] = MVOI_LOWER;
        l->rate[j] = problem->rows[j] == 1.0 ? l->mu[j] : l->mu[j] / problem->rows[j];
        activity += problem->rows[j] * problem->lower[j];
    }
    *lack = problem->row_lower[0] - activity;
    return fine && *lack > 0.0;
}

/* Under a budget alone the most profitable portfolio holds as much as it may of the best asset, then of the next. Whether it is
   the only one is seen later. 0: others must find it. */
static int fill(mvoi_line *l)
{
    const mvoi_problem *problem = l->problem;
    double lack;
    if (!empty(l, &lack))
        return 0;
    for (int filled = 0; filled < MOST_FILLED; filled++) {
        size_t best = l->n;
        double most = -HUGE_VAL;
        for (size_t j = 0; j < l->n; j++)
            if (l->rate[j] > most) {
                most = l->rate[j];
                best = j;
            }
        if (best == l->n)
            return 0;
        const double width = problem->upper[best] - problem->lower[best];
        l->rate[best] = -HUGE_VAL;
        if (!(problem->rows[best] * width <= lack)) {
            l->side[best] = MVOI_FREE;
            l->side[l->n] = MVOI_LOWER;
            return 1;
        }
        if (width > 0.0) { /* a fixed weight is at its lower limit */
            l->side[best] = MVOI_UPPER;
            l->w[best] = problem->upper[best];
        }
        lack -= problem->rows[best] * width;
    }
    return 0;
}

static void take_answer(mvoi_line *l)
{
    const mvo_solver *solver = l->solver;
    memcpy(l->side, solver->point.side, l->n * sizeof *l->side);
    memcpy(l->side + l->n, solver->point.row_side, l->m * sizeof *l->side);
    memcpy(l->w, solver->point.w, l->n * sizeof *l->w);
}

mvo_outcome mvoi_line_find_top(mvoi_line *l)
{
    mvo_solver *solver = l->solver;
    mvoi_trace trace;
    double top = l->generous = mvoi_trace_generous(solver, l->mu);
    mvoi_solver_note_matrices(solver);
    const int filled = fill(l);
    for (int raise = 0; filled && raise <= RAISES; raise++, top *= HIGHER)
        if (begin(l, top))
            return MVO_OPTIMAL;
    top = l->generous;
    mvo_outcome outcome = mvoi_trace_solve(&trace, solver, l->mu);
    for (int raise = 0; outcome == MVO_OPTIMAL; raise++) {
        take_answer(l);
        if (begin(l, top))
            return MVO_OPTIMAL;
        if (raise == RAISES)
            return MVO_NUMERICAL;
        top *= HIGHER;
        for (size_t j = 0; j < l->n; j++)
            solver->linear[j] = -top * l->mu[j];
        outcome = mvoi_solver_run(solver);
    }
    return outcome;
}
