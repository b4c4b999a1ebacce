/* SPDX-License-Identifier: MIT */
/* Limits on a running solve: pivots, wall time, cancel requests, the caller's progress callback. */
#ifndef MVO_QP_WATCH_H
#define MVO_QP_WATCH_H

#include "core/core.h"

typedef struct mvoi_watch {
    atomic_int cancelled;
    double time_limit; /* seconds, infinite for none */
    double deadline;   /* of the running solve, on the monotonic clock; infinite for none */
    int64_t iteration_limit; /* 0 for none */
    int64_t iterations;      /* of the running solve */
    int held;                /* the limits are those of several solves together: starting another does not begin anew */
    mvo_progress_fn progress;
    void *user;
} mvoi_watch;

/* Whether an outcome says that a solve was stopped. */
static inline int mvoi_is_stop(mvo_outcome outcome)
{
    return outcome == MVO_ITERATION_LIMIT || outcome == MVO_TIME_LIMIT || outcome == MVO_CANCELLED || outcome == MVO_NO_MEMORY;
}

/* Called when a solve begins. */
void mvoi_watch_start(mvoi_watch *watch);

/* Counts one iteration; MVO_OPTIMAL to go on, or the outcome that ends the solve. */
mvo_outcome mvoi_watch_step(mvoi_watch *watch);

#endif
