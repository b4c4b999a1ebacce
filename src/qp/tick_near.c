/* SPDX-License-Identifier: MIT */
/* Held weights that are likely to enter (see tick.h). */
#include "qp/tick.h"

#include <math.h>
#include <string.h>

/* How many are wanted, but for thousands; from how few assets on a sweep over all is as cheap; where the search for the reach begins, and
   its steps. */
enum { WANTED = 32, ENOUGH = 20, FEW_ASSETS = 80 };
static const double FIRST_REACH = 0.16; /* over the root of the number of assets */
static const double STEP = 0.75;

/* The coefficients of element e, a weight or a row, on all weights. */
static const double *column_of(const mvoi_tick *t, const mvoi_problem *problem, int32_t e)
{
    const size_t at = (size_t)e;
    return at < t->n ? problem->covariance->dense + at * problem->covariance->ld : problem->rows + (at - t->n) * problem->ld_rows;
}

void mvoi_tick_near_enter(mvoi_tick *t, const mvoi_problem *problem, size_t place)
{
    if (!t->near_known)
        return;
    const double *column = column_of(t, problem, t->inverse.element[place]);
    double *packed = t->near_packed + place * MVOI_TICK_NEAR;
    for (size_t k = 0; k < t->near_count; k++)
        packed[k] = column[t->near_asset[k]];
}

void mvoi_tick_near_leave(mvoi_tick *t, size_t place, size_t last)
{
    if (t->near_known && place != last)
        memcpy(t->near_packed + place * MVOI_TICK_NEAR, t->near_packed + last * MVOI_TICK_NEAR, t->near_count * sizeof(double));
}

void mvoi_tick_near_join(mvoi_tick *t, const mvoi_problem *problem, size_t j)
{
    if (!t->near_known)
        return;
    for (size_t k = 0; k < t->near_count; k++)
        if ((size_t)t->near_asset[k] == j)
            return;
    if (t->near_count == MVOI_TICK_NEAR)
        return;
    const size_t k = t->near_count++;
    t->near_asset[k] = (int32_t)j;
    for (size_t s = 0; s < t->inverse.count; s++)
        t->near_packed[k + s * MVOI_TICK_NEAR] = column_of(t, problem, t->inverse.element[s])[j];
}

void mvoi_tick_choose_near(mvoi_tick *t, const mvoi_problem *problem, double size)
{
    t->near_known = 0;
    if (t->n < FEW_ASSETS)
        return;
    if (!(t->near_reach > 0.0))
        t->near_reach = FIRST_REACH / sqrt((double)t->n);
    const double reach = t->near_reach * size;
    const size_t more = mvoi_tick_more_near(t->n);
    size_t count = 0;
    for (size_t j = 0; j < t->n && count < MVOI_TICK_NEAR; j++) {
        t->near_asset[count] = (int32_t)j;
        count += t->sign[j] != 0.0 && -t->sign[j] * t->z[j] < reach * t->deviation[j]; /* those that are wrong above all */
    }
    t->near_reach *= count > WANTED + more ? STEP : count < ENOUGH + more ? 1.0 / STEP : 1.0;
    t->near_count = count;
    t->near_known = 1;
    t->near_age = 0;
    for (size_t s = 0; s < t->inverse.count; s++)
        mvoi_tick_near_enter(t, problem, s);
}

size_t mvoi_tick_find_near(mvoi_tick *t, const mvoi_problem *problem, double size)
{
    double *value = t->near_value;
    size_t wrong = 0;
    for (size_t k = 0; k < t->near_count; k++) {
        const size_t j = (size_t)t->near_asset[k];
        value[k] = problem->linear[j] + (t->held[j] + t->held_low[j]);
    }
    t->kernels->gemv(t->near_count, t->inverse.count, t->near_packed, MVOI_TICK_NEAR, t->x, value);
    for (size_t k = 0; k < t->near_count; k++) {
        const int32_t j = t->near_asset[k];
        if (!(t->sign[j] * value[k] > MVOI_TICK_DUAL * (t->deviation[j] * size + fabs(problem->linear[j]))))
            continue;
        t->z[j] = value[k];
        t->index[wrong++] = j;
    }
    return wrong;
}
