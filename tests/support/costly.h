/* SPDX-License-Identifier: MIT */
/*
 * Problems with piecewise-linear costs and rows over absolute values, in the test's own hands, and their independent
 * verifier in long double: nothing here knows how the library solves them.
 */
#ifndef SUPPORT_COSTLY_H
#define SUPPORT_COSTLY_H

#include "support/instance.h"
#include "support/random.h"

typedef struct costly_row {
    int32_t around;
    double *coefficients; /* n */
    double above, below, limit;
    double *rates; /* NULL, or 2 n: above and below asset by asset in place of the two */
} costly_row;

typedef struct costly {
    instance *p;                     /* without the costs */
    double *holdings, *buy, *sell, *borrow; /* n each */
    size_t *count;                   /* n: breakpoints of the ladders */
    double **at, **slope;            /* n each: count and count + 1 */
    double *origin;                  /* n */
    size_t absolute;
    costly_row *rows;                /* they stand behind the instance's own rows */
} costly;

/* Without costs, with room for `absolute` rows. Takes the instance over. */
costly *costly_new(instance *p, size_t absolute);
void costly_free(costly *c);

/* Random costs: `integer` ones make ties ordinary. */
costly *costly_random(random_stream *stream, instance *p, size_t absolute, int integer);

/* Gives every absolute row rates asset by asset, one of the two negative here and there. */
void costly_randomise_rates(random_stream *stream, costly *c, int integer);

mvo_constraints *costly_constraints(const costly *c);
mvo_solver *costly_solver(const costly *c, int32_t flags);

/* phi(w), and the activity of absolute row i */
long double costly_cost(const costly *c, const double *w);
long double costly_activity(const costly *c, size_t i, const double *w);

/* 1/2 w'Sigma w + c'w + scale phi(w) */
long double costly_objective(const costly *c, const double *w, double scale);

/*
 * 1 if weights, multipliers and cost subgradient as the solver gives them are optimal for the problem with costs times
 * `scale` (all to `tolerance` relative to the scales of the data); else 0 with the reason.
 */
int costly_verify(const costly *c, const mvo_solver *solver, double scale, double tolerance, char *why, size_t size);

/* 1 if the solver's Farkas vector proves that no point obeys the limits. */
int costly_verify_farkas(const costly *c, const mvo_solver *solver, double tolerance, char *why, size_t size);

/* The same problem with every weight split at all its breakpoints, so that it is an ordinary quadratic programme. */
instance *costly_split(const costly *c, double scale);

#endif
