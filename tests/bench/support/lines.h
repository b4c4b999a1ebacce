/* SPDX-License-Identifier: MIT */
/* One line of output for each thing timed: gathered over the markets, then printed. README.md says what the columns
 * are. */
#ifndef BENCH_LINES_H
#define BENCH_LINES_H

#include "bench/support/openblas.h"

#include <mvo/mvo.h>

enum { SEEDS = 3 };

typedef struct line {
    const char *family, *what;
    size_t n, k, seeds, samples;
    double median[SEEDS], to_potrf[SEEDS], to_symv[SEEDS], to_potrf_k[SEEDS], to_syrk[SEEDS];
    double largest[SEEDS]; /* of the market's solves, to dpotrf(n) */
    double *all; /* samples of all seeds */
    double residual;
    mvo_outcome outcome;
    double rounds, pivots, free_weights; /* sums over the seeds */
} line;

/* The line of that name, made on first use; valid until the next is made. */
line *line_named(const char *family, const char *what, size_t n, size_t k);

/* One market's samples of the same work, with the time of dpotrf(n) in the same run (NaN without). */
void line_add(line *l, const double *samples, size_t count, const unit *u, double potrf_time);

/* Of a stream of `ticks` that was run `runs` times, tick t of run r at samples[t + r ticks], the largest over the ticks of their
   medians over the runs: what else the machine does once in a while is not taken for a long tick. */
double stream_largest(const double *samples, size_t ticks, size_t runs);

/* One market's samples of such a stream. */
void line_add_stream(line *l, const double *samples, size_t ticks, size_t runs, const unit *u, double potrf_time);

/* The names of the columns, behind a #. */
void lines_print_head(void);

/* Prints all lines and forgets them. */
void lines_print(void);

#endif
