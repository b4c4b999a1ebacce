/* SPDX-License-Identifier: MIT */
/*
 * A first working set, from the single-index model nearest to the covariance: Sigma ~ diag(d) + beta beta', for which
 * the same problem is solved in a few rounds of O(n (m + 1)^2). Source: Sharpe (1963); Elton, Gruber & Padberg (1976).
 */
#ifndef MVO_QP_GUESS_H
#define MVO_QP_GUESS_H

#include "qp/problem.h"

typedef struct mvoi_guess {
    const mvoi_kernels *kernels;
    size_t n, m, terms;                     /* terms: most rows, the index among them, that the model takes */
    double *beta, *inverse, *h, *w, *share; /* n each; inverse = 1 / d */
    double *scaled;                         /* n-by-terms: beta and the active rows over d on the free weights */
    double *system, *unknown, *activity;    /* terms-by-terms, terms, m */
    int32_t *rows;                          /* the active rows the model holds */
} mvoi_guess;

int mvoi_guess_init(mvoi_guess *guess, mvo_context *context, size_t n, size_t m, size_t factors,
                    const mvoi_kernels *kernels);
void mvoi_guess_clear(mvoi_guess *guess, mvo_context *context);

/*
 * Writes side and row_side, and the model's reduced gradient into z (n). Returns 0 if the covariance has no variance
 * to speak of, so that there is nothing to guess from.
 */
int mvoi_guess_make(mvoi_guess *guess, const mvoi_problem *problem, int32_t *side, int32_t *row_side, double *z);

#endif
