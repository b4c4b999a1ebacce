/* SPDX-License-Identifier: MIT */
/*
 * Where a cold solve begins: where an equality such as the budget asks for more than weights have at their lower limits, the most
 * promising ones begin at their upper limits, until nearly all of it is there. They are chosen one after the other, each the
 * cheapest beside those chosen before: what they all share with the market is in their gradients then, and two of a kind are not both
 * taken. Each would get there anyway, entering and leaving one by one.
 */
#ifndef MVO_QP_FILL_H
#define MVO_QP_FILL_H

#include "qp/problem.h"

/* Where weights stand: n and m numbers, which follow the weights that go up. */
typedef struct mvoi_filling {
    double *sums;         /* Sigma w, with the linear term or without it ... */
    const double *linear; /* ... NULL if it is in them */
    double *activity;     /* A w */
    double *base, *rate;  /* n each: scratch */
    size_t most;          /* how many weights may begin there */
} mvoi_filling;

/*
 * Lists in `index` (n) the weights to begin at their upper limits, for the first equality row, where all begin at the limit that is
 * nearer to zero; returns how many there are, SIZE_MAX if there would be more than `most`: what has followed is of no use then. For a
 * dense covariance.
 */
size_t mvoi_fill(const mvoi_problem *problem, const mvoi_kernels *kernels, const mvoi_filling *filling, int32_t *index);

#endif
