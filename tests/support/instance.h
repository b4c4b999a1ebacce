/* SPDX-License-Identifier: MIT */
/* A problem in the test's own hands: plain arrays, from which handles are made and answers verified. */
#ifndef SUPPORT_INSTANCE_H
#define SUPPORT_INSTANCE_H

#include "support/verify.h"

typedef struct instance {
    size_t n, m, k;
    double *sigma;             /* n-by-n; NULL where factors are given */
    double *loadings;          /* n-by-k */
    double *factor_covariance; /* k-by-k; NULL for the identity */
    double *specific;          /* n; NULL unless given by factors */
    double *linear;            /* n */
    double *mu;                /* n; expected returns where the instance has them, else zero */
    double *rows;              /* m-by-n, row after row */
    double *row_lower, *row_upper;
    double *lower, *upper;
    double constant; /* of the objective; the library knows nothing of it */
} instance;

/* n assets, free and without variance, and m empty rows without limits. Ends the program when memory is short. */
instance *instance_new(size_t n, size_t m);

/* The same with room for a k-factor covariance instead of a dense one. */
instance *instance_new_factor(size_t n, size_t m, size_t k);

instance *instance_copy(const instance *from);
void instance_free(instance *p);

/* Sets row i: coefficients (NULL for ones) and limits. */
void instance_set_row(instance *p, size_t i, const double *coefficients, double lower, double upper);

/* Sets the bounds of all weights. */
void instance_set_bounds(instance *p, double lower, double upper);

/* What the verifier sees: minimise 1/2 w'Sigma w + linear'w. */
verify_problem instance_view(const instance *p);

/* Handles made from the data; NULL if the library refuses, which is printed. Row i of the instance is row i of the set.
 */
mvo_covariance *instance_covariance(const instance *p, int32_t flags);
mvo_constraints *instance_constraints(const instance *p);

/* A solver with c set; NULL if the library refuses, which is printed. */
mvo_solver *instance_solver(const instance *p, int32_t flags);

#endif
