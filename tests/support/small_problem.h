/* SPDX-License-Identifier: MIT */
/* Random problems of at most SMALL_MOST weights and rows, of all kinds that portfolios come in, with units of any size. */
#ifndef SUPPORT_SMALL_PROBLEM_H
#define SUPPORT_SMALL_PROBLEM_H

#include "support/instance.h"
#include "support/random.h"

enum { SMALL_MOST = 192 };

/*
 * Kinds of Sigma = unit^2 (G G' + D), G n-by-rank. Where it is singular up to rounding and a weight has no limit, whether the
 * problem is bounded is a matter of rounding as well: then all weights have limits, or are long-only within a budget. Where it
 * is definite, or of whole numbers, weights may be without any.
 */
typedef enum small_risk {
    SMALL_DEFINITE,
    SMALL_FACTORS,
    SMALL_WHOLE,
    SMALL_SINGULAR,
    SMALL_RANK_ONE,
    SMALL_NOTHING, /* Sigma = 0 */
    SMALL_RISKS
} small_risk;

/* The kind of a problem, and the units of risk and of weights beside which all its numbers are ordinary. */
typedef struct small_model {
    small_risk kind;
    double risk, weight;
} small_model;

/*
 * Weights are long-only, capped, short, fixed, with one limit or none; rows budgets, sectors, of random coefficients, of a few
 * whole numbers, one of the others times a number, empty; with one limit, two, or two that are equal. c has ties. Most are
 * feasible. `made` is what the functions below ask for. Ends the program when memory is short.
 */
instance *small_problem_new(random_stream *stream, small_model *made);

/* Whether weights of such a problem may be without limits. */
int small_may_be_open(small_risk kind);

/* Another Sigma of this kind; singular ones may have duplicate assets and assets without variance besides. */
void small_draw_sigma(random_stream *stream, instance *p, small_risk kind, double unit);

/* c or mu: none, a few values over and over, or anything, of the size `unit` or of another. */
void small_draw_linear(random_stream *stream, double *linear, size_t n, double unit);

#endif
