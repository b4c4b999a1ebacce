/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints of piecewise-linear costs on a path. A weight that rests on one is held like at a bound, at an end of its
 * present segment, but its multiplier has a far end as well: where it gets there the weight moves to the neighbouring
 * segment, at whose near end it then stands with a multiplier of zero.
 */
#ifndef MVO_QP_KINKS_H
#define MVO_QP_KINKS_H

#include "qp/path.h"

typedef struct mvoi_width {
    double value, rate; /* at path->tau, and its derivative with respect to tau */
} mvoi_width;

/* The far end of the multiplier of weight e, which is held on a breakpoint (path->width0[e] is finite). */
mvoi_width mvoi_kinks_width(const mvoi_path *path, size_t e);

/* How fast that far end moves while the rows' multipliers move by response_q. */
double mvoi_kinks_response(const mvoi_path *path, size_t e);

/* The side of weight e has been set: makes width0 and width1. */
void mvoi_kinks_note(mvoi_path *path, size_t e);

/* Held weight e, at the far end of its multiplier, goes over into the neighbouring segment. */
void mvoi_kinks_step(mvoi_path *path, size_t e);

/* Free weight e has met the end of its segment on `side`. If that is a breakpoint at which nothing changes for the KKT
   matrix - no jump of the slope, no active absolute row - it goes on into the neighbouring segment, and 1 is returned. */
int mvoi_kinks_cross(mvoi_path *path, size_t e, int32_t side);

/* The same where the slope does change and the multipliers have made up for it: K is changed and factored anew. */
void mvoi_kinks_force(mvoi_path *path, size_t e, int32_t side);

/* Before a start: cold, every weight that has breakpoints goes to one; then the present segments are those begun in. */
void mvoi_kinks_rest(mvoi_path *path);
void mvoi_kinks_begin(mvoi_path *path);

/* A limit of weight e has been shifted by `rate` at its lower (side < 0) or upper end, and all breakpoints beyond with it. */
void mvoi_kinks_shift(mvoi_path *path, size_t e, int32_t side, double rate);

#endif
