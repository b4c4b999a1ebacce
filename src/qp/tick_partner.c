/* SPDX-License-Identifier: MIT */
/* Who enters for the sake of another element, which has nothing to move with (see tick.h). */
#include "qp/tick.h"

#include <string.h>

/* rate = row - K_NS response, over all weights. */
static void find_rates(mvoi_tick *t, const mvoi_problem *problem, const double *response, const double *row, double *rate)
{
    const mvoi_inverse *inverse = &t->inverse;
    const mvo_covariance *covariance = problem->covariance;
    mvoi_tick_list(t);
    if (row)
        memcpy(rate, row, t->n * sizeof *rate);
    else
        memset(rate, 0, t->n * sizeof *rate);
    for (size_t f = 0; f < t->free_count; f++)
        t->correction[f] = -response[t->places[f]];
    for (size_t a = 0; a < t->active_count; a++)
        t->row_values[a] = -response[inverse->place[t->n + (size_t)t->active[a]]];
    t->kernels->sweep(t->n, t->free_count, covariance->dense, covariance->ld, t->assets, t->correction, rate);
    t->kernels->sweep(t->n, t->active_count, problem->rows, problem->ld_rows, t->active, t->row_values, rate);
}

size_t mvoi_tick_find_partner(mvoi_tick *t, const mvoi_problem *problem, const double *response, const double *row,
                              double nothing, double lack)
{
    double *rate = t->product; /* made anew by the next sweep */
    find_rates(t, problem, response, row, rate);
    return t->kernels->cheapest(t->n, rate, t->sign, t->z, problem->covariance->diagonal, t->deviation, nothing, lack);
}
