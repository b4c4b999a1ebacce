/* SPDX-License-Identifier: MIT */
/*
 * The critical line in its plain form, for frontiers without anything unusual: a covariance matrix, no costs, few rows, a
 * single most profitable portfolio, one event at a time. Whatever else it meets it leaves to the trace (trace.h), which knows
 * ties, dependent limits, singular directions and rays. Sources: Markowitz (1956); Markowitz & Todd (2000).
 */
#ifndef MVO_PORTFOLIO_LINE_H
#define MVO_PORTFOLIO_LINE_H

#include "portfolio/frontier.h"
#include "qp/solver.h"

/* Whether a solver's problem is of that kind. */
int mvoi_line_suits(const mvo_solver *solver);

/*
 * Appends the corners of min 1/2 w'Sigma w - lambda mu'w for lambda falling from where return outweighs risk to zero, whose
 * optimum is the solver's answer afterwards. The solver must have been asked, and its watch started. *status tells whether memory
 * was there. MVO_NUMERICAL: left to the trace, which begins anew; corners may have been appended, and the solver's answer may
 * be another. Otherwise it is as of mvoi_trace_begin() and mvoi_trace_descend().
 */
mvo_outcome mvoi_line_follow(mvo_frontier *frontier, mvo_solver *solver, const double *mu, mvo_status *status);

#endif
