/* SPDX-License-Identifier: MIT */
/*
 * The KKT equations of one working set, and what it takes to solve them. With F the free weights and W the active
 * rows,
 *
 *     Sigma_FF w - A_WF' y = b
 *     A_WF w               = d
 *
 * are solved through Sigma_FF = L L'. Rows of A_F ride on top of the factorisation as extra rows, so that it yields
 * V = A_F L^-T for nothing; then (V V') y = d - V g with g = L^-1 b, and w = L^-T (g + V'y).
 */
#ifndef MVO_QP_REDUCED_H
#define MVO_QP_REDUCED_H

#include "qp/problem.h"

typedef struct mvoi_reduced {
    const mvoi_kernels *kernels;
    size_t n, m;

    /* The free weights in the order of the factorisation; position[j] is where weight j stands in it, or -1. */
    size_t count;
    int32_t *assets, *position;
    double *deviation; /* n: sqrt(Sigma_jj) of the weights that are, or were, in F */

    /* The factorisation: `extra` rows on top, then L of order `count`; room for `capacity` columns. */
    double *matrix;
    size_t extra, ld, capacity, storage;

    /* The rows of A that ride on top, by slot, and the slot of each row of A or -1. */
    size_t carried;
    int32_t *carried_rows, *slot;

    /* The active rows, the Cholesky factor of V V' for them, and V V' itself. */
    size_t active;
    int schur_valid; /* it belongs to the present F */
    int32_t *active_rows;
    double *schur, *gram;
    size_t ld_schur;

    double *column, *top, *forward, *multipliers;
    int64_t factorisations; /* made so far */
    int64_t updates;        /* weights added or taken out since the last one */
} mvoi_reduced;

/* Takes memory for n weights and m rows; 0 when there is none (nothing is then held). */
int mvoi_reduced_init(mvoi_reduced *reduced, mvo_context *context, size_t n, size_t m, const mvoi_kernels *kernels);
void mvoi_reduced_clear(mvoi_reduced *reduced, mvo_context *context);

/* Forgets the factorisation. */
void mvoi_reduced_forget(mvoi_reduced *reduced);

/*
 * Factorises Sigma_FF for the `count` weights of `free`, in that order, carrying at least the rows with row_side[i] !=
 * MVOI_FREE. A weight whose variance the others already span is left out; the number of those is returned and they
 * stand in `refused` (which may be `free`).
 */
size_t mvoi_reduced_factorise(mvoi_reduced *reduced, const mvoi_problem *problem, const int32_t *free, size_t count,
                              const int32_t *row_side, int32_t *refused);

/* Adds a weight to F; 0 if the others already span its variance, or no room is left (`capacity`). */
int mvoi_reduced_append(mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset);

/* Takes the weight at `position` out of F. */
void mvoi_reduced_remove(mvoi_reduced *reduced, size_t position);

/*
 * Makes the first `wanted` of `rows` the active ones and factorises V V'. Returns `wanted`, or the index of the first
 * row that depends on those before it, which are then active.
 */
size_t mvoi_reduced_activate(mvoi_reduced *reduced, const int32_t *rows, size_t wanted);

/* Solves for w (in the order of F) and y (in the order of the active rows); w may be b and y may be d. */
void mvoi_reduced_solve(mvoi_reduced *reduced, const double *b, const double *d, double *w, double *y);

#endif
