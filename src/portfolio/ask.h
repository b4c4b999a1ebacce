/* SPDX-License-Identifier: MIT */
/* What the portfolio questions share: checking arguments, beginning, and noting the return of the answer. */
#ifndef MVO_PORTFOLIO_ASK_H
#define MVO_PORTFOLIO_ASK_H

#include "qp/solver.h"

/* Checks the arguments every question has; `name` and `vector` (n finite numbers) may be NULL. Changes nothing. */
mvo_status mvoi_ask_begin(mvo_outcome *outcome, mvo_solver *solver, const char *name, const double *vector,
                          mvo_error *error);

/* A finite number, at least `least`. */
mvo_status mvoi_check_number(mvo_solver *solver, mvo_error *error, const char *argument, double value, double least);

/* Forgets the last question and starts the watch. The linear term is zero then. */
void mvoi_ask_start(mvo_solver *solver);

/*
 * Notes the outcome of a question that followed a path of its own. Where that was stopped the portfolio it had reached
 * stands: it obeys the limits of the set, and the question's own target if `meets` says so, but is optimal for other weights
 * of risk and return, so that no gap is known; `objective` is the question's own there.
 */
void mvoi_ask_conclude(mvo_solver *solver, mvo_outcome outcome, int meets, double objective);

/* The report's expected return becomes mu'w. */
void mvoi_ask_note_return(mvo_solver *solver, const double *mu);

/* Minimum variance at a target return net of costs, as a stop on the frontier; the answer is the solver's. */
mvo_outcome mvoi_ask_net_return(mvo_solver *solver, const double *mu, double target);

/* Whether risk at this aversion counts beside a linear term of the size of mu. Where their ratio squared is no number, the
   variances must be as large for that. */
int mvoi_ask_weighs_risk(const mvo_solver *solver, const double *mu, double risk_aversion);

#endif
