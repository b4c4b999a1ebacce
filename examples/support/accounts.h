/* SPDX-License-Identifier: MIT */
/*
 * A made-up desk: many accounts over one market of n assets. Drawn from a fixed stream of random numbers, so that every
 * run has the same. The risk is a factor model's, written out as a matrix.
 */
#ifndef EXAMPLES_ACCOUNTS_H
#define EXAMPLES_ACCOUNTS_H

#include <stddef.h>

typedef struct accounts {
    size_t n, count;
    double *sigma;         /* n-by-n, per year: what all accounts share */
    double *mu;            /* n-by-count: each account's expected returns, per year */
    double *upper;         /* n-by-count: the most it may hold of each asset */
    double *holdings;      /* n-by-count: what it holds now */
    double *rate;          /* n: what trading costs, per unit bought or sold, for all of them */
    double *risk_aversion; /* count */
} accounts;

/* For n >= ACCOUNTS_HELD. Whether memory sufficed; if not, nothing needs freeing. */
enum { ACCOUNTS_HELD = 30 };
int accounts_make(accounts *desk, size_t n, size_t count);

/* Room only, for numbers that come from elsewhere. */
int accounts_allocate(accounts *desk, size_t n, size_t count);

void accounts_free(accounts *desk);

#endif
