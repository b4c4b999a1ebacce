/* SPDX-License-Identifier: MIT */
/* Who begins at the upper limit (see fill.h). */
#include "qp/fill.h"

#include <math.h>

/* How much of an equality there is when a solve begins. */
static const double FILLED = 0.8;

/* Lists in `index` the weights that could make up for `lack` of row i by going up, and in `cost` what it would take each of them
   to do so alone; `brings` is what they have at their upper limits. */
static size_t find_costs(const mvoi_problem *problem, const int32_t *side, const double *gradient, size_t i, double lack,
                         double *cost, double *brings, int32_t *index)
{
    const double *diagonal = problem->covariance->diagonal, *row = problem->rows + i * problem->ld_rows;
    if (lack == 0.0)
        return 0;
    const double part = 1.0 / lack;
    size_t count = 0;
    double coefficient = 0.0, move = 0.0;
    for (size_t j = 0; j < problem->n; j++) {
        if (!(row[j] * lack > 0.0) || side[j] != MVOI_LOWER || !(problem->upper[j] < HUGE_VAL))
            continue;
        if (row[j] != coefficient) /* most often they are all the same */
            move = lack / (coefficient = row[j]);
        cost[j] = move * (gradient[j] + 0.5 * move * diagonal[j]);
        brings[j] = row[j] * (problem->upper[j] - problem->lower[j]) * part;
        index[count++] = (int32_t)j;
    }
    return count;
}

/* Those of `count` in `cost` that cost least come first in `index`, as many as bring less than `most` in all; returns how many. */
static size_t choose(int32_t *index, size_t count, const double *cost, const double *brings, double most)
{
    size_t begin = 0, end = count;
    double taken = 0.0;
    while (begin < end) {
        const double pivot = cost[index[(begin + end) / 2]];
        size_t middle = begin;
        double sum = 0.0;
        for (size_t k = begin; k < end; k++) {
            const int32_t j = index[k];
            if (cost[j] < pivot) {
                index[k] = index[middle];
                index[middle++] = j;
                sum += brings[j];
            }
        }
        if (middle > begin) {
            if (taken + sum <= most) {
                taken += sum;
                begin = middle;
            } else {
                end = middle;
            }
            continue;
        }
        for (size_t k = begin; k < end; k++) /* the pivot is the least: one of that cost */
            if (cost[index[k]] == pivot) {
                const int32_t j = index[k];
                index[k] = index[begin];
                index[begin] = j;
                break;
            }
        if (!(taken + brings[index[begin]] <= most))
            break;
        taken += brings[index[begin++]];
    }
    return begin;
}

size_t mvoi_fill(const mvoi_problem *problem, const int32_t *side, const double *gradient, const double *activity, double *cost,
                 double *brings, int32_t *index)
{
    size_t i = 0;
    while (i < problem->m && problem->row_lower[i] != problem->row_upper[i])
        i++;
    if (i == problem->m)
        return 0;
    const size_t count = find_costs(problem, side, gradient, i, problem->row_lower[i] - activity[i], cost, brings, index);
    return choose(index, count, cost, brings, FILLED);
}
