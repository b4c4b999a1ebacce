/* SPDX-License-Identifier: MIT */
/* Limits on a running solve (see watch.h). */
#define _POSIX_C_SOURCE 199309L
#include "qp/watch.h"

#include <math.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void mvoi_watch_start(mvoi_watch *watch)
{
    if (watch->held)
        return;
    atomic_store_explicit(&watch->cancelled, 0, memory_order_relaxed);
    watch->iterations = 0;
    watch->deadline = watch->time_limit < HUGE_VAL ? now() + watch->time_limit : HUGE_VAL;
}

mvo_outcome mvoi_watch_step(mvoi_watch *watch)
{
    if (atomic_load_explicit(&watch->cancelled, memory_order_relaxed))
        return MVO_CANCELLED;
    if (watch->iteration_limit && watch->iterations >= watch->iteration_limit)
        return MVO_ITERATION_LIMIT;
    if (watch->deadline < HUGE_VAL && now() > watch->deadline)
        return MVO_TIME_LIMIT;
    if (watch->progress && watch->progress(watch->user, watch->iterations))
        return MVO_CANCELLED;
    watch->iterations++;
    return MVO_OPTIMAL;
}
