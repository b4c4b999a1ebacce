/* SPDX-License-Identifier: MIT */
/*
 * Pictures drawn by gnuplot into an SVG file: of a frontier (volatility to the right, expected return upward), and of a
 * figure of each asset before and after, as pairs of bars.
 */
#ifndef EXAMPLES_SUPPORT_PICTURE_H
#define EXAMPLES_SUPPORT_PICTURE_H

#include <stddef.h>
#include <stdio.h>

/* Decimals per year; `label` may be NULL. */
typedef struct picture_point {
    double volatility, expected_return;
    const char *label;
} picture_point;

typedef struct picture {
    const char *title, *subtitle;
    const picture_point *asset, *corner, *curve, *named; /* named: at most PICTURE_NAMED, each with a label */
    size_t assets, corners, curve_points, named_points;
    const char *const *legend; /* what the legend says about each named portfolio */
    const int *color;          /* which of the PICTURE_NAMED colours each of them has */
    int has_line;              /* the capital market line: from (0, riskfree) with this Sharpe ratio */
    double riskfree, sharpe;
    const char *line_legend;
    const char *risk;                           /* what lies to the right; NULL: volatility per year */
    const picture_point *other;                 /* a second curve, or NULL */
    size_t other_points;
    const char *curve_legend, *other_legend;    /* curve_legend NULL: the efficient frontier */
} picture;

enum { PICTURE_NAMED = 3 };

/* Writes the picture to `path`. Returns 1, or 0 with one sentence in `message`. */
int picture_write(const picture *p, const char *path, char *message, size_t message_size);

typedef struct picture_bars {
    const char *title, *subtitle, *axis;
    size_t count;
    const char *const *name;     /* count each */
    const double *before, *after; /* as decimals; drawn in percent */
    const char *before_legend, *after_legend;
} picture_bars;

/* For other pictures: `print` writes to gnuplot what makes `path` of `what`, and answers 0 where it could not. Likewise. */
int picture_draw(int (*print)(FILE *out, const void *what, const char *path), const void *what, const char *path,
                 char *message, size_t message_size);

/* A text in gnuplot's single quotes: nothing inside is special but the quote, which is doubled. */
void picture_quote(FILE *out, const char *text);

/* Likewise. */
int picture_bars_write(const picture_bars *p, const char *path, char *message, size_t message_size);

#endif
