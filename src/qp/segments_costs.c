/* SPDX-License-Identifier: MIT */
/* What weights cost in all (see segments.h). */
#include "qp/segments.h"

#include "linalg/exact.h"
#include "qp/problem.h"

#include <math.h>

double mvoi_segments_cost(const mvoi_segments *segments, size_t j, double w)
{
    const size_t n = segments->n;
    const double trade = w - segments->holdings[j];
    double cost = trade > 0.0 ? segments->rates[j] * trade : -segments->rates[n + j] * trade;
    if (w < 0.0)
        cost -= segments->rates[2 * n + j] * w;
    return segments->ladders ? cost + mvoi_ladder_cost(&segments->ladders[j], w) : cost;
}

/* Adds a to the pair (*high, *low). */
static void add(double *high, double *low, double a)
{
    double sum, error;
    mvoi_two_sum(&sum, &error, *high, a);
    *high = sum;
    *low += error;
}

void mvoi_segments_costs(const mvoi_segments *segments, const double *w, double *total, double *offset)
{
    double sum = 0.0, sum_low = 0.0, rest = 0.0, rest_low = 0.0;
    for (size_t j = 0; j < segments->n; j++) {
        if (w[j] == 0.0 && segments->holdings[j] == 0.0 && !segments->ladders)
            continue;
        const double cost = mvoi_segments_cost(segments, j, w[j]), line = segments->slope[j] * w[j];
        add(&sum, &sum_low, cost);
        add(&rest, &rest_low, cost);
        add(&rest, &rest_low, -line);
    }
    *total = sum + sum_low;
    *offset = rest + rest_low;
}

double mvoi_segments_offset(const mvoi_segments *segments, const double *w, const double *unit)
{
    double sum = 0.0, low = 0.0;
    for (size_t j = 0; j < segments->n; j++) {
        const double weight = w[j] * unit[j];
        add(&sum, &low, mvoi_segments_cost(segments, j, weight));
        add(&sum, &low, -segments->slope[j] * weight);
    }
    return sum + low;
}

int mvoi_segments_cost_something(const mvoi_segments *segments)
{
    for (size_t k = 0; k < 3 * segments->n; k++)
        if (segments->rates[k] != 0.0)
            return 1;
    for (size_t j = 0; segments->ladders && j < segments->n; j++)
        if (segments->ladders[j].slope)
            return 1;
    return 0;
}

double mvoi_segments_subgradient(const mvoi_segments *segments, size_t j, int32_t side, double z)
{
    const double slope = segments->scale * mvoi_segments_slope(segments, j);
    const int32_t breakpoint = side == MVOI_FREE ? -1 : mvoi_segments_breakpoint(segments, j, side);
    if (breakpoint < 0)
        return slope;
    const double jump = segments->scale * segments->jump[segments->first[j] + (size_t)breakpoint];
    const double size = fabs(z) < jump ? fabs(z) : jump;
    return side == MVOI_LOWER ? slope - size : slope + size;
}
