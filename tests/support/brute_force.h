/* SPDX-License-Identifier: MIT */
/*
 * The optimum of a small problem by looking at every working set: each weight free or at one of its bounds, each row
 * out or at one of its limits; the equations of each are solved in long double with full pivoting, and the first
 * solution that keeps all limits and signs is optimal, the problem being convex. If there is none, the point nearest to
 * the origin is looked for in the same way: where that exists the objective has no end, else nothing is feasible.
 */
#ifndef SUPPORT_BRUTE_FORCE_H
#define SUPPORT_BRUTE_FORCE_H

#include "support/instance.h"

enum { BRUTE_MOST = 16 }; /* n + m at most; 3^(n + m) working sets */

typedef struct brute_answer {
    mvo_outcome outcome; /* MVO_OPTIMAL, MVO_INFEASIBLE or MVO_UNBOUNDED */
    double w[BRUTE_MOST];
    long double objective;
} brute_answer;

/* Dense instances with n + m <= BRUTE_MOST. */
brute_answer brute_force(const instance *p);

#endif
