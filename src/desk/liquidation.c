/* SPDX-License-Identifier: MIT */
/*
 * Liquidation. A shock s moves the value of position w_j to w_j (1 + s_j) and the equity to E + s'w; the venue liquidates
 * where that is less than the maintenance margin of the positions as marked then, sum m_j |w_j| (1 + s_j). To stay above,
 *
 *     sum_j  m_j (1 + s_j) |w_j| - s_j w_j  <=  E ,
 *
 * is a row over absolute values: rates m_j (1 + s_j) - s_j above zero and m_j (1 + s_j) + s_j below it. Their sum is not
 * negative as long as no price falls below nothing, s_j >= -1.
 */
#include "constraints/constraints.h"
#include "desk/check.h"

#include <math.h>
#include <string.h>

mvo_status mvo_constraints_add_liquidation(int64_t *ids, mvo_constraints *constraints, size_t count,
                                           const double *shocks, size_t ld, const double *margins, double equity,
                                           const char *const *names, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    mvo_context *context = constraints->context;
    const size_t n = constraints->n;
    mvo_status status = mvoi_desk_table(context, error, "shocks", shocks, ld, n, count, -1.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_vector(context, error, "margins", margins, n, 0.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_number(context, error, "equity", equity, -HUGE_VAL, HUGE_VAL);
    if (status != MVO_OK || count == 0)
        return status;
    double *limits = mvoi_allocate(context, count, 2 * sizeof *limits);
    if (!limits)
        return mvoi_fail_memory(context, error, "rows of liquidation");
    for (size_t k = 0; k < count; k++) {
        limits[k] = -INFINITY;
        limits[count + k] = equity;
    }
    mvoi_row *row = mvoi_prepare_rows(constraints, count, limits, limits + count, names, error);
    mvoi_release(context, limits);
    if (!row)
        return MVO_ERROR_MEMORY;
    for (size_t k = 0; k < count; k++) {
        double *rates = row[k].rates = mvoi_allocate(context, 2 * n, sizeof *rates);
        if (!rates) {
            mvoi_discard_rows(constraints, count);
            return mvoi_fail_memory(context, error, "rows of liquidation");
        }
        for (size_t j = 0; j < n; j++) {
            const double shock = shocks[j + k * ld], margin = margins[j] * (1.0 + shock);
            row[k].coefficients[j] = 1.0;
            rates[j] = margin - shock;
            rates[n + j] = margin + shock;
        }
        row[k].around = MVO_AROUND_ZERO;
        row[k].above = row[k].below = NAN;
    }
    mvoi_commit_rows(ids, constraints, count);
    return MVO_OK;
}

/* ----------------------------------------------------------------------------------------------- distance */

typedef struct book {
    size_t n;
    const double *weights, *margins;
    double equity;
} book;

/* Equity less maintenance margin where prices moved by t times the shock, none of them below nothing. */
static double excess_at(const book *b, const double *shock, double t)
{
    double sum = b->equity;
    for (size_t j = 0; j < b->n; j++) {
        const double move = fmax(t * shock[j], -1.0);
        sum += b->weights[j] * move - b->margins[j] * fabs(b->weights[j]) * (1.0 + move);
    }
    return sum;
}

/* The first t from which on it is below zero; infinite if it never is. It is linear between the t where some price
   reaches nothing. */
static double distance_of(const book *b, const double *shock)
{
    for (double t = 0.0;;) {
        const double excess = excess_at(b, shock, t);
        double slope = 0.0, next = HUGE_VAL;
        for (size_t j = 0; j < b->n; j++) {
            const double end = shock[j] < 0.0 ? -1.0 / shock[j] : HUGE_VAL;
            if (end <= t)
                continue;
            next = fmin(next, end);
            slope += shock[j] * (b->weights[j] - b->margins[j] * fabs(b->weights[j]));
        }
        if (excess < 0.0)
            return t;
        if (slope < 0.0 && t - excess / slope <= next)
            return t - excess / slope;
        if (isinf(next))
            return HUGE_VAL;
        t = next;
    }
}

mvo_status mvo_liquidation_distance(double *distance, size_t *scenario, double *by_scenario, double *excess, size_t n,
                                    const double *weights, size_t count, const double *shocks, size_t ld,
                                    const double *margins, double equity, mvo_error *error)
{
    mvo_status status = mvoi_desk_vector(NULL, error, "weights", weights, n, -HUGE_VAL, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_table(NULL, error, "shocks", shocks, ld, n, count, -1.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_vector(NULL, error, "margins", margins, n, 0.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_number(NULL, error, "equity", equity, -HUGE_VAL, HUGE_VAL);
    if (status != MVO_OK)
        return status;
    const book b = { n, weights, margins, equity };
    double nearest = HUGE_VAL;
    size_t which = count;
    for (size_t k = 0; k < count; k++) {
        const double found = distance_of(&b, shocks + k * ld);
        if (found < nearest) {
            nearest = found;
            which = k;
        }
        if (by_scenario)
            by_scenario[k] = found;
        if (excess)
            excess[k] = excess_at(&b, shocks + k * ld, 1.0);
    }
    if (distance)
        *distance = nearest;
    if (scenario)
        *scenario = which;
    return MVO_OK;
}
