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
 *
 * For a factor covariance Sigma_FF = F'F + D with more free weights than that pays for, it is the capacitance matrix
 * K = I + F D^-1 F' that is factorised, with the rows C = A D^-1 F' on top (capacitance.c).
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
    double negligible; /* a variance up to this one is rounding: such a weight never enters F; -1 before it is known */

    /* The factorisation: `extra` rows on top, then L of order `count`; room for `capacity` columns. */
    double *matrix;
    size_t extra, ld, capacity, most; /* most: columns there can ever be; fewer than n for a factor covariance */

    /* Factor covariances: whether it is K that is factorised, and K with C on top, and A D^-1 A', before that. */
    int capacitance, stale; /* stale: the factorisation has yet to follow the sums */
    size_t factors;
    double *sums, *weighted_gram;
    double *inverse; /* n: 1 / D of the weights in F */

    /* The rows of A that ride on top, by slot, and the slot of each row of A or -1. */
    size_t carried;
    int32_t *carried_rows, *slot;

    /* The active rows, the Cholesky factor of V V' for them, and V V' itself. */
    size_t active;
    int schur_valid; /* it belongs to the present F */
    int32_t *active_rows;
    double *schur, *gram;
    double *products; /* V V' of all rows that ride on top */
    int products_valid; /* it belongs to the present F */
    size_t ld_schur;

    double *column, *top, *forward, *multipliers;
    int64_t factorisations; /* made so far */
    int64_t updates;        /* weights added or taken out since the last one */
    void *memory;
} mvoi_reduced;

/* Takes memory for problems of m rows over this covariance or its like; 0 when there is none (nothing is then held). */
int mvoi_reduced_init(mvoi_reduced *reduced, mvo_context *context, const mvo_covariance *covariance, size_t m,
                      const mvoi_kernels *kernels);
void mvoi_reduced_clear(mvoi_reduced *reduced, mvo_context *context);

/* Forgets the factorisation. */
void mvoi_reduced_forget(mvoi_reduced *reduced);

/* Looks at the variances of a covariance whose working sets are to be factorised from now on. */
void mvoi_reduced_measure(mvoi_reduced *reduced, const mvo_covariance *covariance);

/*
 * Factorises Sigma_FF for the `count` weights of `free`, in that order, carrying at least the rows with row_side[i] !=
 * MVOI_FREE. A weight whose variance the others already span is left out; the number of those is returned and they
 * stand in `refused` (which may be `free`). SIZE_MAX: not for this method (as many free weights without a specific
 * variance as do not fit).
 */
size_t mvoi_reduced_factorise(mvoi_reduced *reduced, const mvoi_problem *problem, const int32_t *free, size_t count,
                              const int32_t *row_side, int32_t *refused);

/* Adds a weight to F; 0 if the others already span its variance, or no room is left (`capacity`). */
int mvoi_reduced_append(mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset);

/* Takes the weight at `position` out of F. */
void mvoi_reduced_remove(mvoi_reduced *reduced, const mvoi_problem *problem, size_t position);

/*
 * Makes the first `wanted` of `rows` the active ones and factorises V V'. Returns `wanted`, or the index of the first
 * row that depends on those before it, which are then active.
 */
size_t mvoi_reduced_activate(mvoi_reduced *reduced, const int32_t *rows, size_t wanted);

/* Solves for w (in the order of F) and y (in the order of the active rows); w may be b and y may be d. */
void mvoi_reduced_solve(mvoi_reduced *reduced, const mvoi_problem *problem, const double *b, const double *d, double *w,
                        double *y);

/* What capacitance.c adds to each of the above. */
int mvoi_capacitance_allowed(const mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset);
void mvoi_capacitance_assemble(mvoi_reduced *reduced, const mvoi_problem *problem);
int mvoi_capacitance_change(mvoi_reduced *reduced, const mvoi_problem *problem, int32_t asset, double sign);
size_t mvoi_capacitance_activate(mvoi_reduced *reduced, const int32_t *rows, size_t wanted);
void mvoi_capacitance_solve(mvoi_reduced *reduced, const mvoi_problem *problem, const double *b, const double *d,
                            double *w, double *y);

#endif
