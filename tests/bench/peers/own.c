/* SPDX-License-Identifier: MIT */
/* This library, as it is used from elsewhere: handles made from raw arrays, with every check. */
#include "bench/peers/peer.h"

#include <stdlib.h>

static void read_answer(question *q, const mvo_solver *solver, mvo_outcome outcome)
{
    q->solved = outcome == MVO_OPTIMAL;
    mvo_solver_weights(q->w, solver);
    mvo_solver_multipliers(q->y, q->z, solver);
}

static void own_tick(void *solver, question *q)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_solver_set_linear(solver, q->linear, NULL);
    mvo_solver_solve(&outcome, solver, NULL);
    read_answer(q, solver, outcome);
}

static void *own_open(question *q)
{
    mvo_solver *solver = NULL;
    mvo_covariance *covariance = instance_covariance(q->p, MVO_CHECK_ALL);
    mvo_constraints *rules = instance_constraints(q->p);
    if (mvo_solver_new(&solver, NULL, covariance, rules, NULL) != MVO_OK)
        abort();
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    own_tick(solver, q);
    return solver;
}

static void own_close(void *solver)
{
    mvo_solver_free(solver);
}

static void own_cold(question *q)
{
    own_close(own_open(q));
}

const peer peer_own = {
    "libmvo, cold, with handles, checked and copied", "libmvo, 200 warm ticks", own_cold, own_open, own_tick, own_close
};
