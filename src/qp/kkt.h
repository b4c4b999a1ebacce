/* SPDX-License-Identifier: MIT */
/*
 * The KKT matrix of a working set,
 *
 *     K = [ Sigma_FF  A_WF' ]
 *         [ A_WF      0     ]
 *
 * and its inverse, both kept whole and packed. Elements enter and leave by principal pivots: one at a time, or two at
 * once where either alone would leave K singular. The inverse answers in O(1) what such a change needs to know (its
 * diagonal is the pivot of a departure) and in one matrix-vector product what a path step needs; K itself serves to
 * refine every solution, so that the inverse's own rounding only decides how fast, not how well, a system is solved.
 *
 * Semidefinite, singular and zero Sigma_FF are ordinary here: only K must be nonsingular.
 */
#ifndef MVO_QP_KKT_H
#define MVO_QP_KKT_H

#include "core/core.h"
#include "linalg/kernels.h"

typedef struct mvoi_kkt {
    const mvoi_kernels *kernels;
    mvo_context *context;
    size_t capacity, order;
    size_t room;       /* the order both matrices have memory for; more is taken when a working set first needs it */
    size_t ld, widest; /* leading dimension of both matrices: that of now, and for an order of `room` */
    int out_of_memory; /* it was refused since the working set was last emptied */
    int32_t *element;  /* element at each position, order of them */
    int32_t *position; /* position of each element, -1 if it is outside */
    double *matrix;    /* K, both triangles */
    double *inverse;   /* its inverse, both triangles */
    double *work[6];   /* capacity each */
    int64_t refactorisations;
    double worst_residual; /* largest relative first residual since the last factorisation: the inverse's quality */
    void *memory;
} mvoi_kkt;

/* Matrices up to this order (64 MiB) have their memory from the beginning; over a factor model, which is small itself, up to the
   second (16 MiB). */
enum { MVOI_KKT_ROOM = 2048, MVOI_KKT_FACTOR_ROOM = 1024 };

/* For orders up to `capacity`, with memory for an order of `room` (or of `capacity`, if that is less). 0 when out of memory
   (nothing is left behind). The context must outlive the matrix. */
int mvoi_kkt_new(mvoi_kkt *kkt, mvo_context *context, size_t capacity, size_t room, size_t elements,
                 const mvoi_kernels *kernels);
void mvoi_kkt_free(mvoi_kkt *kkt, mvo_context *context);

/* Empties the working set; `elements` as given to mvoi_kkt_new. */
void mvoi_kkt_clear(mvoi_kkt *kkt, size_t elements);

/* Makes sure that there is memory for a matrix of that order; to be asked before an element enters. 0 beyond `capacity`, or when
   out of memory: the matrix then says what it said. */
int mvoi_kkt_reserve(mvoi_kkt *kkt, size_t order);

/* Appends an element to K alone (column over the present positions, diagonal entry); the inverse is then stale until
   mvoi_kkt_factor. For building a working set at once. */
void mvoi_kkt_append(mvoi_kkt *kkt, int32_t element, const double *column, double diagonal);

/* Makes the inverse anew by symmetric pivoting (Bunch & Parlett). Elements that would make K singular are thrown out:
   their number is returned and they stand in `dropped` (capacity of them). */
size_t mvoi_kkt_factor(mvoi_kkt *kkt, int32_t *dropped);

/* solution = K^-1 rhs, refined against K until the residual is at rounding or no longer falls. Returns the relative
   residual reached. */
double mvoi_kkt_solve(mvoi_kkt *kkt, const double *rhs, double *solution);

/* Refines a solution with residuals in twice the precision: where K is nearly singular those of mvoi_kkt_solve say little of it. */
void mvoi_kkt_sharpen(mvoi_kkt *kkt, const double *rhs, double *solution);

/* The same as mvoi_kkt_solve for a `solution` that is nearly known. */
double mvoi_kkt_improve(mvoi_kkt *kkt, const double *rhs, double *solution);

/* Two of these in one pass over each matrix; the larger residual. */
double mvoi_kkt_improve2(mvoi_kkt *kkt, const double *rhs0, const double *rhs1, double *solution0, double *solution1);

/* The solution for a right-hand side of 1 at `position` and 0 elsewhere, as the inverse has it; returns its entry there. */
double mvoi_kkt_unit(mvoi_kkt *kkt, size_t position, double *solution);

/* Element enters: `column` over the present positions, `u` = K^-1 column, `schur` = diagonal - column'u, not zero. */
void mvoi_kkt_enter(mvoi_kkt *kkt, int32_t element, const double *column, double diagonal, const double *u,
                    double schur);

/* Element leaves; its entry on the inverse's diagonal must not be zero. */
void mvoi_kkt_leave(mvoi_kkt *kkt, int32_t element);

/* `in` enters and `out` leaves at once. */
void mvoi_kkt_exchange(mvoi_kkt *kkt, int32_t in, const double *column, double diagonal, const double *u, double schur,
                       int32_t out);

/* Two enter at once: columns and K^-1 columns of both, the 2-by-2 Schur complement (s00, s01, s11). `between` is the
   entry of K that joins them. */
void mvoi_kkt_enter2(mvoi_kkt *kkt, int32_t e0, int32_t e1, const double *column0, const double *column1,
                     double diagonal0, double diagonal1, double between, const double *u0, const double *u1,
                     const double schur[3]);

/* Two leave at once. */
void mvoi_kkt_leave2(mvoi_kkt *kkt, int32_t e0, int32_t e1);

#endif
