/* SPDX-License-Identifier: MIT */
/*
 * Where a cold solve begins: where an equality such as the budget asks for more than weights have at their lower limits, the
 * most promising ones begin at their upper limits, until most of it is there. Each would get there anyway, entering and leaving
 * one by one.
 */
#ifndef MVO_QP_FILL_H
#define MVO_QP_FILL_H

#include "qp/problem.h"

/*
 * Lists in `index` the weights to begin at their upper limits, and returns how many there are: for the first equality row, of those
 * at their lower limits by `side`. `gradient` (n) and `activity` (m) are where no weight has gone up yet; `cost` and `brings` (n
 * each) are scratch, and so is the rest of `index` (n).
 */
size_t mvoi_fill(const mvoi_problem *problem, const int32_t *side, const double *gradient, const double *activity, double *cost,
                 double *brings, int32_t *index);

#endif
