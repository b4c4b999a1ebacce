/* SPDX-License-Identifier: MIT */
/* The portfolio questions, each asked and its answer verified as the optimum of that call's own objective. */
#ifndef SUPPORT_QUESTIONS_H
#define SUPPORT_QUESTIONS_H

#include "support/instance.h"

/* Relative tolerance of the verification after each question. */
#define QUESTION_TOLERANCE 1e-9

/*
 * Each asks `solver` about `p` (whose mu it uses), fails the running test unless the outcome is the expected one, and
 * verifies the answer: after MVO_OPTIMAL the whole of it, after MVO_INFEASIBLE the Farkas vector (not where a limit on
 * volatility alone makes it so), after MVO_UNBOUNDED the ray. The solver keeps the answer.
 */
void ask_minimum_variance(const instance *p, mvo_solver *solver, mvo_outcome expected);
void ask_utility(const instance *p, mvo_solver *solver, double risk_aversion, mvo_outcome expected);
void ask_at_return(const instance *p, mvo_solver *solver, double target, mvo_outcome expected);
void ask_at_volatility(const instance *p, mvo_solver *solver, double target, mvo_outcome expected);
void ask_sharpe(const instance *p, mvo_solver *solver, double rf, int32_t excess, mvo_outcome expected);
void ask_tracking_error(const instance *p, mvo_solver *solver, const double *benchmark, mvo_outcome expected);

/* Return, volatility in long double from the instance's own data. */
long double instance_return(const instance *p, const double *w);
long double instance_volatility(const instance *p, const double *w);

/* The weights are optimal for 1/2 w'Sigma w - lambda mu'w: paired with the multipliers of an independent solve, any
   optimal weights pass the verifier. The solver loses its answer. */
void assert_efficient(const instance *p, mvo_solver *solver, const double *w, double lambda, double tolerance);

/*
 * Verifies a frontier over `p`: at every corner, at mid-segments and beyond both ends the weights are optimal for
 * 1/2 w'Sigma w - lambda mu'w (multipliers from an independent solve), corners descend, and return and volatility are
 * those of the weights. The solver is used for the independent solves and loses its answer.
 */
void assert_frontier(const instance *p, const mvo_frontier *frontier, mvo_solver *solver, double tolerance);

#endif
