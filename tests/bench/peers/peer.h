/* SPDX-License-Identifier: MIT */
/*
 * Solvers timed side by side, a file for each. One that was not found when this was built has no names and no
 * functions. Add a solver by a file here, a line below, one in bench_peers.c and one in the Makefile.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "support/instance.h"

/* minimise 1/2 w'Sigma w + c'w over an instance's limits; the answer as mvo.h has it. */
typedef struct question {
    const instance *p;
    double *linear; /* n */
    double *w, *z;  /* n each */
    double *y;      /* m */
    int solved;
} question;

/* A solver: once from nothing to nothing, or kept and asked again after each change of the linear term. */
typedef struct peer {
    const char *cold_name, *warm_name;
    void (*cold)(question *q);
    void *(*open)(question *q); /* a warm solver, which has solved once */
    void (*tick)(void *solver, question *q);
    void (*close)(void *solver);
} peer;

/* An instance's rows with the equalities first, for solvers that want these apart. */
typedef struct rows_apart {
    double *A, *low, *high; /* m-by-n, m and m */
    size_t *row;            /* m: which of the instance's it is */
    size_t equalities;
} rows_apart;

rows_apart rows_apart_of(const instance *p);
void rows_apart_free(rows_apart *r);

extern const peer peer_own, peer_daqp, peer_qpoases, peer_piqp, peer_hpipm, peer_osqp;

#endif
