/* SPDX-License-Identifier: MIT */
/*
 * A problem in units of its own: weights w = d x, rows multiplied by r, the objective by s, all powers of two, so that
 * scaling and unscaling are exact. The covariance is never copied; its entries are scaled as they are read.
 *
 * Every limit and the linear term may move: their value at the path's parameter tau is base + tau * rate.
 * An "element" is a weight (0 .. n-1) or a row (n .. n+m-1).
 */
#ifndef MVO_QP_SCALED_H
#define MVO_QP_SCALED_H

#include "qp/segments.h"
#include "qp/problem.h"

typedef struct mvoi_scaled {
    const mvoi_kernels *kernels;
    const mvo_covariance *covariance;
    size_t n, m, m_capacity;
    double *weight_scale; /* d: n */
    int plain;            /* all of d are 1 */
    double *row_scale;    /* r: m */
    double objective_scale;
    double *rows; /* scaled coefficients, row i at rows + i * ld */
    size_t ld;
    double *linear, *linear_rate; /* n each */
    double *lower, *upper, *lower_rate, *upper_rate; /* n + m each */
    unsigned char *fixed;         /* n + m: 1 where both limits are equal, all along the path: once held, held for good */
    double *diagonal;             /* scaled variances: n */
    double limit_size;            /* lower median of the sizes of the rows' nearer limits, else of the bounds, else 1 */
    double gradient_size;         /* lower median size of the nonzero linear term, limit_size if it is zero */
    mvoi_segments *segments;      /* NULL where there are no piecewise-linear costs */
    double *scratch0, *scratch1;  /* max(n, m) + k each */
    int32_t *scratch_index;       /* n + m */
    void *memory;
} mvoi_scaled;

/* Workspace for n weights and up to m_capacity rows. 0 when out of memory (nothing is left behind). */
int mvoi_scaled_new(mvoi_scaled *scaled, mvo_context *context, size_t n, size_t m_capacity, size_t k,
                    const mvoi_kernels *kernels);
void mvoi_scaled_free(mvoi_scaled *scaled, mvo_context *context);

/* Chooses the scales and reads the coefficients of `problem`; needed again when the covariance or a row changes. */
void mvoi_scaled_set_matrices(mvoi_scaled *scaled, const mvoi_problem *problem);

/* Reads the limits and the linear term, chooses the objective's scale; all rates become zero. */
void mvoi_scaled_set_vectors(mvoi_scaled *scaled, const mvoi_problem *problem);

/* Reads again what depends on the segment of weight j: its bounds, its linear term, its coefficients in absolute rows and
   their limits. Rates stay. */
void mvoi_scaled_set_segment(mvoi_scaled *scaled, size_t j);

/* One entry of the scaled covariance. */
double mvoi_scaled_entry(const mvoi_scaled *scaled, size_t i, size_t j);

/* out += Sigma x for x given on `count` weights: one sweep over their columns. */
void mvoi_scaled_sweep(const mvoi_scaled *scaled, const int32_t *index, size_t count, const double *x, double *out);

/* The same for two vectors in one pass. */
void mvoi_scaled_sweep2(const mvoi_scaled *scaled, const int32_t *index, size_t count, const double *x0,
                        const double *x1, double *out0, double *out1);

/* high + low = Sigma x + c + tau c_rate - A'y in twice the precision, for a full x (n) and y (m). */
void mvoi_scaled_gradient(const mvoi_scaled *scaled, double tau, const double *x, const double *y, double *high,
                          double *low);

#endif
