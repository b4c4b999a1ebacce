/* SPDX-License-Identifier: MIT */
/* Who begins at the upper limit (see fill.h). */
#include "qp/fill.h"

/* How much of an equality there is when a solve begins. */
static const double FILLED = 0.95;

static void follow_rows(const mvoi_problem *problem, size_t j, double way, double *activity)
{
    const double *column = problem->columns + j * problem->ld_columns;
    for (size_t i = 0; i < problem->m; i++)
        activity[i] += way * column[i];
}

size_t mvoi_fill(const mvoi_problem *problem, const mvoi_kernels *kernels, const mvoi_filling *filling, int32_t *index)
{
    const mvo_covariance *covariance = problem->covariance;
    const size_t n = problem->n;
    size_t i = 0, count = 0;
    while (i < problem->m && problem->row_lower[i] != problem->row_upper[i])
        i++;
    if (i == problem->m || problem->row_lower[i] == filling->activity[i])
        return 0;
    const double *row = problem->rows + i * problem->ld_rows, lack = problem->row_lower[i] - filling->activity[i];
    double brings[2], taken = 0.0, way = 0.0;
    const size_t candidates = kernels->rises(n, problem->lower, problem->upper, row, lack, covariance->diagonal, filling->linear,
                                             filling->base, filling->rate, brings);
    if (!candidates || brings[0] > FILLED)
        return 0;
    if (candidates > filling->most && brings[1] * (double)(filling->most + 1) <= FILLED)
        return SIZE_MAX;
    for (const double *column = NULL;; column = covariance->dense + (size_t)index[count++] * covariance->ld) {
        const size_t j = kernels->cheapest_after(n, way, column, filling->sums, filling->base, filling->rate);
        if (j == n)
            return count;
        way = problem->upper[j] - problem->lower[j];
        taken += row[j] * way / lack;
        if (!(taken <= FILLED))
            return count;
        if (count == filling->most)
            return SIZE_MAX;
        filling->rate[j] = 0.0;
        follow_rows(problem, j, way, filling->activity);
        index[count] = (int32_t)j;
    }
}
