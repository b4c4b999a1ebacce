/* SPDX-License-Identifier: MIT */
/*
 * Block pivoting (primal-dual active set, semismooth Newton): solve the KKT equations of a working set, flip every sign
 * that is wrong at once, repeat. Three to five rounds for a portfolio problem from the single-index guess, and no
 * guarantee: what does not settle is left to the path method. Sources: Hintermueller, Ito & Kunisch (2003); Kim & Park
 * (2011).
 */
#ifndef MVO_QP_BLOCK_H
#define MVO_QP_BLOCK_H

#include "qp/problem.h"
#include "qp/watch.h"

typedef struct mvoi_block mvoi_block;

enum {
    MVOI_BLOCK_DONE = 1,     /* the point obeys every limit and every sign */
    MVOI_BLOCK_LEFT = 0,     /* the point is the best working set seen, with the w, y and z that solve its equations */
    MVOI_BLOCK_HOPELESS = -1 /* nothing was found; the point is as it was */
};

/* Workspace for problems over `covariance`, or another of its size and kind with as many factors at most, and at most
   m rows. NULL when out of memory. */
mvoi_block *mvoi_block_new(mvo_context *context, const mvo_covariance *covariance, size_t m,
                           const mvoi_kernels *kernels);
void mvoi_block_free(mvo_context *context, mvoi_block *block);

/* To be called when the covariance or a coefficient of a row has changed: what is remembered of them is dropped.
   The linear term and all limits may change freely between solves. */
void mvoi_block_forget(mvoi_block *block);

/* The same where the covariance is another one: what was fitted to it goes too. */
void mvoi_block_forget_covariance(mvoi_block *block);

/* Each round counts as an iteration of `watch` (which must outlive the workspace) and ends the solve where that says so. */
void mvoi_block_set_watch(mvoi_block *block, mvoi_watch *watch);

/* How the last solve was ended by the watch; MVO_OPTIMAL if it was not. */
mvo_outcome mvoi_block_stopped(const mvoi_block *block);

/*
 * Solves. If `warm`, starts from the sides in `point`, else from the single-index guess. *rounds grows by the rounds
 * taken, *factorisations by the factorisations made. `product` (n) receives Sigma w, with twice the precision where w
 * is not zero.
 */
int mvoi_block_solve(mvoi_block *block, const mvoi_problem *problem, mvoi_point *point, int warm, int64_t *rounds,
                     int64_t *factorisations, double *product);

#endif
