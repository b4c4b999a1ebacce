/* SPDX-License-Identifier: MIT */
/* What the methods of this room work on: a read-only view of a problem, and a point with its working set. */
#ifndef MVO_QP_PROBLEM_H
#define MVO_QP_PROBLEM_H

#include "covariance/covariance.h"
#include "linalg/kernels.h"

#include <string.h>

struct mvoi_segments;

/* min 1/2 w'Sigma w + c'w, row_lower <= A w <= row_upper, lower <= w <= upper. Limits may be infinite; NaN never gets here. */
typedef struct mvoi_problem {
    size_t n, m;
    const mvo_covariance *covariance;
    const double *linear;                /* c: n */
    const double *lower, *upper;         /* n each */
    const double *rows;                  /* coefficients of row i: rows[i * ld_rows + j], j < n */
    size_t ld_rows;
    const double *row_lower, *row_upper; /* m each */
    struct mvoi_segments *segments;      /* where costs are piecewise linear: the problem is that of the present segments;
                                            else NULL */
    const double *columns;               /* the coefficients again, asset by asset: columns[j * ld_columns + i] ... */
    size_t ld_columns;                   /* ... at least m rounded up to 8; NULL where there are many rows */
} mvoi_problem;

/* Most rows with which they are kept so. */
enum { MVOI_COLUMN_ROWS = 32 };

/* The coefficients of all rows on one asset, and what it takes of zeros to fill `padded` (m rounded up to 8). */
static inline void mvoi_read_column(const mvoi_problem *problem, int32_t asset, size_t padded, double *column)
{
    if (problem->columns) {
        const double *source = problem->columns + (size_t)asset * problem->ld_columns;
        for (size_t i = 0; i < padded; i += 8)
            memcpy(column + i, source + i, 8 * sizeof *column);
        return;
    }
    for (size_t i = 0; i < problem->m; i++)
        column[i] = problem->rows[i * problem->ld_rows + (size_t)asset];
    for (size_t i = problem->m; i < padded; i++)
        column[i] = 0.0;
}

/* Sides of a working set. Fixed weights (lower = upper) are at MVOI_LOWER; active equality rows too. */
enum { MVOI_LOWER = -1, MVOI_FREE = 0, MVOI_UPPER = 1 };

/* A point and its working set: w[j] is at the limit that side[j] names, a row with row_side[i] != MVOI_FREE is active. */
typedef struct mvoi_point {
    int32_t *side;     /* n */
    int32_t *row_side; /* m */
    double *w;         /* n */
    double *y;         /* m; Sigma w + c = A'y + z, y >= 0 at a lower limit, <= 0 at an upper one */
    double *z;         /* n; zero where side is MVOI_FREE */
} mvoi_point;

#endif
