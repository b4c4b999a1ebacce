/* SPDX-License-Identifier: MIT */
/*
 * The units of measurement: OpenBLAS's dpotrf and dsymv of order n, and for a factor model dpotrf of order k and dsyrk
 * of an n-by-k matrix. OpenBLAS is loaded at run time, on one thread; without it the units are missing (NaN).
 */
#ifndef BENCH_OPENBLAS_H
#define BENCH_OPENBLAS_H

#include <stddef.h>

/* Loads OpenBLAS, and prints in a comment line which kernel it has chosen, or that it is missing. Call it first. */
void openblas_load(void);

typedef struct unit {
    int n, k;       /* n = 0: there is none */
    int copies;     /* factorisations to a sample */
    double *matrix; /* positive definite, n-by-n */
    double *work, *x, *y;
    double symv_time; /* medians, taken when the unit is made; NaN where there is none */
    double potrf_k_time, syrk_time;
} unit;

/* `sigma` is n-by-n and positive definite; NULL for a matrix of the unit's own. k = 0 where there are no factors.
   Orders beyond 5000 have no dpotrf(n) and dsymv(n). */
unit unit_new(const double *sigma, size_t n, size_t k);
void unit_free(unit *u);

/* One sample of dpotrf(n), of dsymv(n). */
double unit_potrf(unit *u);
double unit_symv(unit *u);

#endif
