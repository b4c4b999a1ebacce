/* SPDX-License-Identifier: MIT */
/*
 * The crowding guard: when a wish to trade is put off, and which share of it is made. Draws are splitmix64's (Steele,
 * Lea & Flood 2014), so that a seed replays.
 */
#include "desk/rebalancer.h"

#include <math.h>

static uint64_t draw(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* In (0, 1). */
static double draw_share(uint64_t *state)
{
    return ((double)(draw(state) >> 11) + 0.5) * 0x1p-53;
}

/* Whether a sum of terms up to `size` lies outside its limits by more than rounding. */
static int outside(double value, double size, double lower, double upper)
{
    const double near = 1e-9 * fmax(size, fabs(value));
    return value < lower - near || value > upper + near;
}

int mvoi_rebalancer_breaks(const mvo_rebalancer *rebalancer)
{
    const mvo_rebalancer *r = rebalancer;
    const mvo_constraints *set = r->solver->snapshot;
    const mvoi_limits *limits = &r->used;
    for (size_t j = 0; j < r->n; j++)
        if (outside(r->holdings[j], 1.0, limits->lower[j], limits->upper[j]))
            return 1;
    for (size_t i = 0; i < r->m; i++) {
        const mvoi_row *row = &set->rows[i];
        double value = 0.0, size = 0.0;
        for (size_t j = 0; j < r->n; j++) {
            const double h = r->holdings[j];
            const double term = row->around == MVO_AROUND_NOTHING    ? row->coefficients[j] * h
                                : row->around == MVO_AROUND_HOLDINGS ? 0.0
                                : h > 0.0                            ? mvoi_row_above(row, j) * h
                                                                     : -mvoi_row_below(row, r->n, j) * h;
            value += term;
            size += fabs(term);
        }
        if (outside(value, size, limits->row_lower[i], limits->row_upper[i]))
            return 1;
    }
    return 0;
}

double mvoi_rebalancer_guard(mvo_rebalancer *rebalancer)
{
    mvo_rebalancer *r = rebalancer;
    const double longest = mvoi_rebalancer_option(r, MVO_REBALANCER_GUARD_DELAY);
    const double least = mvoi_rebalancer_option(r, MVO_REBALANCER_GUARD_SLICE);
    if ((longest == 0.0 && least == 1.0) || mvoi_rebalancer_breaks(r)) {
        r->delay = -1;
        return 1.0;
    }
    if (r->delay < 0)
        r->delay = (int64_t)floor((longest + 1.0) * draw_share(&r->random));
    if (r->delay > 0) {
        r->tick.delay = r->delay--;
        return 0.0;
    }
    r->delay = -1;
    return least == 1.0 ? 1.0 : least + (1.0 - least) * draw_share(&r->random);
}
