/* SPDX-License-Identifier: MIT */
/* Random problems: small ones of every kind, and larger ones planted around a known optimum. */
#ifndef SUPPORT_RANDOM_PROBLEM_H
#define SUPPORT_RANDOM_PROBLEM_H

#include "support/instance.h"
#include "support/random.h"

/* Random coefficients: continuous ones, or small integers, which make ties, dependence and singularity ordinary. */
enum { RANDOM_CONTINUOUS, RANDOM_INTEGER };

/*
 * n assets, m rows. Sigma is G G' with G n-by-rank; each bound and each side of a row may be infinite; some weights are
 * fixed, some rows are equalities, repeat another one (times a number), or are empty. May be infeasible or unbounded.
 */
instance *random_problem(random_stream *stream, size_t n, size_t m, size_t rank, int kind);

/* The same with every weight bounded on both sides and rows that a common point obeys: an optimum exists. */
instance *random_feasible_problem(random_stream *stream, size_t n, size_t m, size_t rank, int kind);

/*
 * The same limits over a covariance of k factors: random loadings, a covariance of the factors (or the identity), and specific
 * variances of which some are zero; k may be 0. Takes the instance and gives another.
 */
instance *random_factors(random_stream *stream, instance *p, size_t k, int kind);

typedef struct planted_problem {
    instance *p;
    double *w, *y, *z; /* one optimum, up to the rounding of c */
} planted_problem;

/*
 * Chooses w, a working set and multipliers, then the c that makes them optimal. Sigma has full rank and the given
 * condition number; about `degenerate` of the active limits have a zero multiplier, and as many inactive ones are met
 * exactly.
 */
planted_problem plant_problem(random_stream *stream, size_t n, size_t m, double condition, double degenerate);
void planted_free(planted_problem *planted);

/* Sigma = H diag(from 1 down to 1 / condition, in equal ratios) H' with H a product of three reflections. */
void random_covariance(random_stream *stream, double *sigma, size_t n, double condition);

#endif
