/* SPDX-License-Identifier: MIT */
/* How good an answer is, computed from the problem as it was given, with sums in twice the precision. */
#ifndef MVO_QP_CERTIFICATE_H
#define MVO_QP_CERTIFICATE_H

#include "qp/problem.h"

typedef struct mvoi_certificate {
    double objective;                         /* 1/2 w'Sigma w + c'w */
    double gap, gap_scale;                    /* gap: objective minus dual objective, with its sign */
    double primal_residual, primal_scale;
    double stationarity, stationarity_scale;
    double complementarity;                   /* largest multiplier of a wrong sign */
    double variance;
} mvoi_certificate;

/* Workspace of the functions below. */
typedef struct mvoi_certifier {
    const mvoi_kernels *kernels;
    double *high, *low, *value; /* max(n, m) + k each */
    double *packed;             /* 8 times that */
    double *multiplier;         /* m + 1 */
    int32_t *index;             /* max(n, m) + k */
    int32_t *found, *active;    /* n, m + 1 */
    void *memory;
} mvoi_certifier;

int mvoi_certifier_new(mvoi_certifier *certifier, mvo_context *context, size_t n, size_t m, size_t k,
                       const mvoi_kernels *kernels);
void mvoi_certifier_free(mvoi_certifier *certifier, mvo_context *context);

/*
 * Certifies `point`: w, y and the sides are read, z is set (the reduced gradient where a weight is held, zero where it
 * is free). `product`, if not NULL, is Sigma w, already accurate.
 */
void mvoi_certify(mvoi_certificate *certificate, mvoi_certifier *certifier, const mvoi_problem *problem,
                  mvoi_point *point, const double *product);

/* Whether all residuals are at most `tolerance` times their scales. */
int mvoi_certificate_accepts(const mvoi_certificate *certificate, double tolerance);

/* Whether y (m) and z (n) prove that no point obeys the limits: A'y + z = 0 and the limits add up to more than 0. */
int mvoi_farkas_holds(mvoi_certifier *certifier, const mvoi_problem *problem, const double *y, const double *z);

/* Whether d (n) is a direction without end: Sigma d = 0, c'd < 0, no limit met. */
int mvoi_ray_holds(mvoi_certifier *certifier, const mvoi_problem *problem, const double *d);

#endif
