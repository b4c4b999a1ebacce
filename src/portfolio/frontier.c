/* SPDX-License-Identifier: MIT */
/* Making a frontier: the trace from the top to minimum variance, each event kept as a corner. */
#include "portfolio/ask.h"
#include "portfolio/frontier.h"
#include "portfolio/line.h"
#include "portfolio/trace.h"

#include <string.h>

void mvoi_frontier_clear(mvo_frontier *frontier)
{
    mvoi_release(frontier->context, frontier->ray);
    frontier->ray = NULL;
    frontier->corner_count = 0;
}

typedef struct collector {
    mvo_frontier *frontier;
    mvo_status status;
} collector;

static int collect(void *user, mvoi_trace *trace, double to)
{
    collector *c = user;
    double *weights = trace->solver->product, expected_return, variance;
    if (!trace->solver->path.at_event)
        return 0; /* the end at lambda = 0 is settled by itself */
    mvoi_trace_corner(trace, to, weights, &expected_return, &variance);
    if (!trace->has_ray)
        mvoi_frontier_forget_still(c->frontier, weights);
    c->status = mvoi_frontier_append(c->frontier, to, expected_return, variance, weights);
    return c->status != MVO_OK;
}

static mvo_status add_ray(mvo_frontier *frontier, mvoi_trace *trace)
{
    double *direction = trace->solver->product;
    mvoi_trace_direction(trace, direction);
    return mvoi_frontier_set_ray(frontier, direction, trace->top.slope);
}

/* The end at lambda = 0, polished and certified: it stays the solver's answer. */
static mvo_outcome finish(collector *c, mvoi_trace *trace)
{
    mvo_solver *solver = trace->solver;
    const mvo_outcome outcome = mvoi_trace_settle(trace, 0.0);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    mvoi_ask_note_return(solver, trace->mu);
    c->status = mvoi_frontier_append(c->frontier, 0.0, solver->expected_return - solver->cost, solver->certificate.variance,
                                     solver->point.w);
    if (c->status == MVO_OK)
        mvoi_frontier_finish(c->frontier, solver->covariance->diagonal);
    return outcome;
}

/* From the top to lambda = 0, whatever lies between. */
static mvo_outcome trace_all(void *user, mvoi_trace *trace)
{
    collector *c = user;
    mvoi_frontier_clear(c->frontier);
    if (trace->has_ray) {
        c->status = add_ray(c->frontier, trace);
        if (c->status != MVO_OK)
            return MVO_OPTIMAL;
    }
    const mvo_outcome outcome = mvoi_trace_descend(trace, collect, c);
    if (outcome != MVO_OPTIMAL || c->status != MVO_OK)
        return outcome;
    return finish(c, trace);
}

/* The plain way where there is one, else all over again. */
static mvo_outcome follow(collector *c, mvo_solver *solver, const double *mu)
{
    mvoi_trace trace;
    if (mvoi_line_suits(solver)) {
        const mvo_outcome outcome = mvoi_line_follow(c->frontier, solver, mu, &c->status);
        if (outcome == MVO_OPTIMAL && c->status == MVO_OK)
            mvoi_frontier_finish(c->frontier, solver->covariance->diagonal);
        if (outcome != MVO_NUMERICAL || c->status != MVO_OK)
            return outcome;
        mvoi_solver_ask(solver, NULL);
    }
    return mvoi_trace_question(&trace, solver, mu, trace_all, c);
}

mvo_status mvo_frontier_new(mvo_frontier **frontier, mvo_outcome *outcome, mvo_solver *solver, const double *mu,
                            mvo_error *error)
{
    if (!frontier)
        return mvoi_fail_null(solver ? solver->context : NULL, error, "frontier");
    const mvo_status checked = mvoi_ask_begin(outcome, solver, "mu", mu, error);
    if (checked != MVO_OK)
        return checked;
    collector c = { NULL, MVO_OK };
    mvoi_kept *kept = mvoi_solver_keep(solver);
    if (!kept || mvoi_frontier_new(&c.frontier, solver->context, solver->n) != MVO_OK) {
        mvoi_kept_free(solver->context, kept);
        return mvoi_fail_memory(solver->context, error, "a frontier");
    }
    mvoi_ask_start(solver);
    const mvo_outcome traced = follow(&c, solver, mu);
    if (c.status != MVO_OK)
        mvoi_solver_give_back(solver, kept);
    mvoi_kept_free(solver->context, kept);
    if (c.status != MVO_OK) {
        mvo_frontier_unref(c.frontier);
        return mvoi_fail_memory(solver->context, error, "a frontier's corners");
    }
    mvoi_ask_conclude(solver, *outcome = traced, 1, 0.5 * solver->certificate.variance);
    mvoi_ask_note_return(solver, mu);
    if (traced != MVO_OPTIMAL) {
        mvo_frontier_unref(c.frontier);
        c.frontier = NULL;
    }
    *frontier = c.frontier;
    return MVO_OK;
}
