/* SPDX-License-Identifier: MIT */
/* Problems that move: two that share covariance, rows and breakpoints, and whether the path from one to the other stands. */
#ifndef SUPPORT_MOVING_H
#define SUPPORT_MOVING_H

#include "support/costly.h"

typedef struct moving {
    costly *a, *b;
} moving;

typedef struct moving_kind {
    size_t assets, absolute; /* most of each */
    int integer, far;        /* ties; moves that are large beside the limits */
    int factors;             /* a covariance of factors, whose own may be singular */
} moving_kind;

/* A random problem with an optimum, and another it moves to, which need not have one. */
moving moving_random(random_stream *stream, moving_kind kind);
moving moving_of_seed(uint64_t seed, moving_kind *kind);
void moving_free(moving problem);

/* The problem at tau between the two. */
costly *moving_at(moving problem, double tau);

/*
 * 1 if everywhere on the path, at the beginning and in the middle of each piece, the weights are as good as those of a solve
 * that starts from nothing, and beyond the end of a path that ends early there is nothing; else 0 with the reason. *whole
 * grows by one if the path reached its end, *pieces by their number.
 */
int moving_judge(moving problem, size_t *whole, size_t *pieces, char *why, size_t size);

#endif
