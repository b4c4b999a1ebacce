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
    mvo_progress_fn progress;
    void *user;
} mvoi_watch;

/* Called when a solve begins. */
void mvoi_watch_start(mvoi_watch *watch);

/* Counts one iteration; MVO_OPTIMAL to go on, or the outcome that ends the solve. */
mvo_outcome mvoi_watch_step(mvoi_watch *watch);

#endif
