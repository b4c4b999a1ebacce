/* SPDX-License-Identifier: MIT */
/*
 * A picture of a portfolio day by day, drawn by gnuplot into an SVG file: weights as bars upon each other, turnover,
 * what trading cost, and the distance to liquidation, one under the other over the same days.
 */
#ifndef EXAMPLES_SUPPORT_DAYS_H
#define EXAMPLES_SUPPORT_DAYS_H

#include <stddef.h>

enum { DAYS_ASSETS = 10 };

typedef struct days_picture {
    const char *title, *subtitle;
    size_t days, assets; /* at most DAYS_ASSETS */
    const char *const *date, *const *name;
    const double *weights;  /* asset j on day t: weights[t + j * days] */
    const double *turnover; /* days; as decimals */
    const int *gave_way;    /* days: 1 where a limit did */
    double turnover_limit;
    const double *fees, *pools;       /* days: parts of the cost, as decimals */
    const double *distance, *morning; /* days: after trading and before */
    const double *other;              /* days: after trading, without rows for shocks */
} days_picture;

/* Writes the picture to `path`. Returns 1, or 0 with one sentence in `message`. */
int days_picture_write(const days_picture *p, const char *path, char *message, size_t message_size);

#endif
