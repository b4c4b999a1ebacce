/* SPDX-License-Identifier: MIT */
/* A Gaussian hidden Markov model: its parameters, what it says of the data, and one turn of EM. */
#ifndef MVO_ESTIMATE_REGIMES_H
#define MVO_ESTIMATE_REGIMES_H

#include "estimate/distances.h"

enum { MVOI_MOST_STATES = 3 };

typedef struct mvoi_markov {
    mvoi_table table;
    size_t states;
    double first[MVOI_MOST_STATES];                        /* probabilities of the first period's state */
    double transition[MVOI_MOST_STATES][MVOI_MOST_STATES]; /* [from][to] */
    double *means;                                         /* n-by-states */
    double *scatters;                                      /* n-by-n for each state, lower triangles */
    double *filtered, *smoothed;                           /* periods-by-states */
    double *density;                                       /* periods-by-states: logarithms, then relative densities */
    double *work;                                          /* as mvoi_distances wants it */
    double log_likelihood;
} mvoi_markov;

/* Room for a model of the table; 0 without memory. Give it back with mvoi_markov_release in either case. */
int mvoi_markov_allocate(mvoi_markov *m, mvo_context *context, const mvoi_table *table, size_t states);
void mvoi_markov_release(mvoi_markov *m, mvo_context *context);

/*
 * Runs EM from start number `start` until a turn raises the likelihood by no more than `enough` of itself. States are
 * then in ascending order of their variances, each relative to the sum over the states, summed over the assets. Returns
 * 0 where a state vanished or became singular on the way.
 */
enum { MVOI_MARKOV_STARTS = 5 };
int mvoi_markov_fit(mvoi_markov *m, size_t start, double enough);

/* Probabilities, filtered and smoothed, and the log-likelihood from the parameters as they are; adds up in `moves` the
   expected numbers of transitions. 0 where a covariance is singular. */
int mvoi_markov_expect(mvoi_markov *m, double moves[MVOI_MOST_STATES][MVOI_MOST_STATES]);

#endif
