/* SPDX-License-Identifier: MIT */
/*
 * The KKT matrix of a working set, packed, beside its inverse, both kept while elements come and go one by one. For working
 * sets of some dozens of elements the inverse is what makes a path cheap: solving is one product, and a change one rank-1
 * update, where a factorisation would be chains of roundings. Its errors are seen, and taken out, by the matrix beside it.
 *
 * Elements are weights j < n and rows n + i; K = [Sigma A'; A 0] over them, so that a row's unknown is -y. Problems are dense, and have
 * their rows by asset as well (`columns`).
 */
#ifndef MVO_QP_INVERSE_H
#define MVO_QP_INVERSE_H

#include "qp/problem.h"

typedef struct mvoi_inverse {
    const mvoi_kernels *kernels;
    void *memory;
    size_t n, m;
    size_t capacity, ld;
    size_t count, padded;     /* elements; rounded up to 8, what is beyond count is zero */
    int32_t *element, *place; /* capacity; n + m: -1 for elements that are not in it */
    double *matrix, *inverse; /* ld-by-capacity each */
    double *column, *solution, *zero; /* ld each; `zero` is all zeros */
} mvoi_inverse;

/* Memory for working sets of up to `capacity` elements, empty; 0 when there is none (nothing is then held). */
int mvoi_inverse_init(mvoi_inverse *inverse, mvo_context *context, size_t n, size_t m, size_t capacity,
                      const mvoi_kernels *kernels);
void mvoi_inverse_clear(mvoi_inverse *inverse, mvo_context *context);

/* No elements. */
void mvoi_inverse_empty(mvoi_inverse *inverse);

/* K's column of element e, which is not in it, over the elements there are, into `column` (`padded` numbers); returns K_ee. */
double mvoi_inverse_gather(mvoi_inverse *inverse, const mvoi_problem *problem, size_t e);

/* Element e, whose column has just been gathered, comes last. 0 if the others span it already, or no room is left. */
int mvoi_inverse_take(mvoi_inverse *inverse, const mvoi_problem *problem, size_t e, double diagonal);

/* The same with its column gathered. */
int mvoi_inverse_add(mvoi_inverse *inverse, const mvoi_problem *problem, size_t e);

/* Whether the others would not be singular without the element at `place`. */
int mvoi_inverse_can_spare(const mvoi_inverse *inverse, const mvoi_problem *problem, size_t place);

/* The element at `place` goes; the last one takes its place. 0 if the others alone would be singular. */
int mvoi_inverse_remove(mvoi_inverse *inverse, const mvoi_problem *problem, size_t place);

/* y = K^-1 x; both have `padded` numbers, those beyond count zero. */
void mvoi_inverse_solve(const mvoi_inverse *inverse, const double *x, double *y);

#endif
