/* SPDX-License-Identifier: MIT */
/* Agglomerative clustering of n points by their distances. */
#ifndef MVO_PORTFOLIO_LINKAGE_H
#define MVO_PORTFOLIO_LINKAGE_H

#include "core/core.h"

/* Clusters a and b become one at this distance. Points are clusters 0 .. n-1, merge m makes cluster n + m; a < b. */
typedef struct mvoi_merge {
    size_t a, b;
    double distance;
} mvoi_merge;

/*
 * The n - 1 merges in ascending order of distance, by MVO_LINKAGE_SINGLE (minimum spanning tree) or another one (chains
 * of nearest neighbours). `distances` is n-by-n, symmetric, with any diagonal; it is destroyed. `room` holds 3 n + 1
 * integers and `keys` n numbers. Equal distances are taken in a fixed order.
 */
void mvoi_linkage(mvoi_merge *merges, size_t n, double *distances, int32_t linkage, size_t *room, double *keys);

/* The points as the tree of merges has them from left to right: in every cluster all of a come before all of b. `room`
   holds n integers. */
void mvoi_linkage_order(size_t *order, size_t n, const mvoi_merge *merges, size_t *room);

#endif
