/* SPDX-License-Identifier: MIT */
/* Principal components of a table of returns, by whichever side of it is the shorter. */
#ifndef MVO_ESTIMATE_PRINCIPAL_H
#define MVO_ESTIMATE_PRINCIPAL_H

#include "estimate/repair.h"

typedef struct mvoi_principal {
    size_t periods, n;
    int by_assets;       /* the eigenvectors are those of X'X (n-by-n), otherwise of XX' (periods-by-periods) */
    double *X;           /* periods-by-n: centred returns, divided by their standard deviations if asked for */
    double *deviation;   /* n: standard deviations, with periods - 1 */
    mvoi_spectrum spectrum; /* of the smaller product, ascending */
} mvoi_principal;

/* Decomposes a checked table of at least two periods. ARGUMENT where a column is constant. */
mvo_status mvoi_principal_new(mvoi_principal *principal, mvo_context *context, mvo_error *error, size_t periods,
                              size_t n, const double *returns, size_t ld, int standardise);
void mvoi_principal_free(mvoi_principal *principal, mvo_context *context);

/* The eigenvalue of X'X with `rank` larger ones, not below zero; 0 beyond the shorter side. */
double mvoi_principal_value(const mvoi_principal *principal, size_t rank);

#endif
