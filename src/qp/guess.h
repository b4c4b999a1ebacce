/* SPDX-License-Identifier: MIT */
/*
 * A first working set, from the single-index model nearest to the covariance: Sigma ~ diag(d) + beta beta', for which
 * the same problem is solved in a few rounds of O(n (m + 1)^2). Where the model leaves many weights free, a few steps
 * of a spectral gradient method follow, in the metric of the model: each is one product with Sigma and one solve of the
 * model. Sources: Sharpe (1963); Elton, Gruber & Padberg (1976); Barzilai & Borwein (1988); Birgin, Martinez & Raydan
 * (2000).
 */
#ifndef MVO_QP_GUESS_H
#define MVO_QP_GUESS_H

#include "qp/problem.h"

typedef struct mvoi_guess {
    const mvoi_kernels *kernels;
    size_t n, m, terms, ld_terms; /* terms: most rows, the index among them, that the model takes; rounded up */

    int fitted; /* the model below is that of the present covariance */

    /* The model: beta, 1 / d, and what d is multiplied by while steps are taken; the linear term it is solved for. */
    double *beta, *inverse, *scaled_inverse;
    const double *linear;

    double *h, *w, *z;       /* n each: A'y - beta t - c, the weights, d w - h */
    double *mask;            /* n: 1 / d where the weight is free, else 0 */
    int32_t *found, *spare;  /* scratch */
    mvoi_places places;      /* weights that are free, and those that are neither free nor zero */
    double *packed;          /* ld_terms-by-n: (-beta, A_W) over the free weights, a column each */
    double *weight, *weighted_linear; /* 1 / d and c / d of the free weights */
    double *share;             /* of n or, if more, factors */
    double *system, *unknown, *activity;
    int32_t *rows; /* the active rows the model holds, from 1 */

    double *gradient, *before, *gradient_before, *term; /* n each, of the steps */

    /* n each, where no weight has more than one breakpoint: where, how much the slope rises there, the linear term left of
       it and that of where each weight stands. */
    mvoi_bend bend;
    double *bend_at, *bend_jump, *left;
    int bent;
    size_t linear_terms; /* of the rows in `rows` those before this one are linear, the others over absolute values */
    void *memory;
} mvoi_guess;

int mvoi_guess_init(mvoi_guess *guess, mvo_context *context, size_t n, size_t m, size_t factors,
                    const mvoi_kernels *kernels);
void mvoi_guess_clear(mvoi_guess *guess, mvo_context *context);

/* The covariance is another one from now on: the model, which is kept from one guess to the next, is fitted anew. */
void mvoi_guess_forget(mvoi_guess *guess);

/*
 * Writes side and row_side; guess->w are the weights guessed and guess->z the reduced gradient there. Returns 0 if the
 * covariance has no variance to speak of, so that there is nothing to guess from.
 */
int mvoi_guess_make(mvoi_guess *guess, const mvoi_problem *problem, int32_t *side, int32_t *row_side);

/*
 * The same for a problem with costs, around weights `from` (n), near which the answer is thought to lie: the objective there
 * has Sigma's own gradient, and the model's curvature. `product` is Sigma times them, or NULL. The sides given are where the
 * rounds begin, unless none is free.
 */
int mvoi_guess_around(mvoi_guess *guess, const mvoi_problem *problem, const double *from, const double *product,
                      int32_t *side, int32_t *row_side);

#endif
