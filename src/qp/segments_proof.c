/* SPDX-License-Identifier: MIT */
/*
 * Farkas proofs where rows limit absolute values. With multipliers y of the linear rows and v >= 0 of the absolute ones no
 * point obeys all limits if
 *
 *     sum y_i limit_i - sum v_i limit_i + sum_j min over w_j within its bounds of h_j(w_j) > 0,
 *     h_j(w) = sum v_i c_ij (above_i (w - r)^+ + below_i (r - w)^+) - (A'y)_j w :
 *
 * the last minimum is taken weight by weight, at a bound or at a point the absolute values are taken around.
 */
#include "linalg/exact.h"
#include "qp/problem.h"
#include "qp/segments.h"

#include <math.h>

typedef struct lagrangian {
    const mvoi_segments *segments;
    const double *y;
    double pull;       /* (A'y)_j of the linear rows */
    double negligible; /* slopes below this are zero */
    size_t j;
} lagrangian;

static double reference(const lagrangian *h, const mvoi_absolute *row)
{
    return row->around == MVO_AROUND_HOLDINGS ? h->segments->holdings[h->j] : 0.0;
}

/* h_j and the sum of its terms' sizes */
static double value(const lagrangian *h, double w, double *size)
{
    double sum = 0.0, low = 0.0;
    mvoi_accumulate(&sum, &low, -h->pull, w);
    *size = fabs(h->pull * w);
    for (size_t a = 0; a < h->segments->absolute_count; a++) {
        const mvoi_absolute *row = &h->segments->absolute[a];
        const double away = w - reference(h, row);
        const double weight =
            -h->y[row->row] * (away > 0.0 ? mvoi_absolute_above(row, h->j) : -mvoi_absolute_below(row, h->j));
        mvoi_accumulate(&sum, &low, weight, away);
        *size += fabs(weight * away);
    }
    return sum + low;
}

/* The slope of h_j just right (side > 0) or left of w. */
static double slope(const lagrangian *h, double w, int side)
{
    double sum = -h->pull;
    for (size_t a = 0; a < h->segments->absolute_count; a++) {
        const mvoi_absolute *row = &h->segments->absolute[a];
        const double away = w - reference(h, row);
        const int above = away > 0.0 || (away == 0.0 && side > 0);
        sum += -h->y[row->row] * (above ? mvoi_absolute_above(row, h->j) : -mvoi_absolute_below(row, h->j));
    }
    return fabs(sum) <= h->negligible ? 0.0 : sum;
}

/* The least value of h_j within the bounds, where it is taken, and the bound's multiplier there; 0 if it falls for ever. */
static int minimise(const lagrangian *h, double *least, double *size, double *multiplier)
{
    const double lower = h->segments->bound_lower[h->j], upper = h->segments->bound_upper[h->j];
    double candidate[4] = { lower, upper, 0.0, h->segments->holdings[h->j] }, at = 0.0;
    if ((isinf(upper) && slope(h, HUGE_VAL, 1) < 0.0) || (isinf(lower) && slope(h, -HUGE_VAL, -1) > 0.0))
        return 0;
    *least = HUGE_VAL;
    *size = 0.0;
    for (int k = 0; k < 4; k++) {
        double terms;
        if (isinf(candidate[k]) || candidate[k] < lower || candidate[k] > upper)
            continue;
        const double found = value(h, candidate[k], &terms);
        if (found < *least) {
            *least = found;
            *size = terms;
            at = candidate[k];
        }
    }
    const double right = slope(h, at, 1), left = slope(h, at, -1);
    *multiplier = at == lower && left > 0.0 ? right : at == upper && right < 0.0 ? left : 0.0;
    return 1;
}

int mvoi_segments_farkas(const mvoi_segments *segments, const mvoi_problem *problem, const double *y, double *z)
{
    double support = 0.0, low = 0.0, size = 0.0;
    for (size_t i = 0; i < problem->m; i++) {
        const int is_absolute = mvoi_segments_is_absolute(segments, i);
        const double limit = !is_absolute && y[i] > 0.0 ? problem->row_lower[i] : segments->limit[i];
        if (y[i] == 0.0)
            continue;
        if (isinf(limit) || (is_absolute && y[i] > 0.0))
            return 0;
        mvoi_accumulate(&support, &low, y[i], limit);
        size += fabs(y[i] * limit);
    }
    for (size_t j = 0; j < segments->n; j++) {
        lagrangian h = { segments, y, 0.0, 0.0, j };
        double pull_low = 0.0, terms = 0.0, least, own;
        for (size_t i = 0; i < problem->m; i++) {
            const double a = problem->rows[i * problem->ld_rows + j];
            terms = fmax(terms, fabs(y[i] * a));
            if (!mvoi_segments_is_absolute(segments, i))
                mvoi_accumulate(&h.pull, &pull_low, y[i], a);
        }
        h.pull += pull_low;
        h.negligible = 1e-12 * terms;
        if (fabs(h.pull) <= h.negligible)
            h.pull = 0.0;
        if (!minimise(&h, &least, &own, &z[j]))
            return 0;
        mvoi_two_sum(&support, &pull_low, support, least < HUGE_VAL ? least : 0.0);
        low += pull_low;
        size += own;
    }
    return support + low > 1e-9 * size;
}
