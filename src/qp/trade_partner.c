/* SPDX-License-Identifier: MIT */
/* Weights beside the list that make what the listed ones cannot (see trade.h). */
#include "qp/trade.h"

#include <math.h>
#include <string.h>

/* A rate of less, in risk for risk, is what rounding leaves of none. */
static const double NOTHING = 1e-9;

/* What the weights and rows of the basis in the amounts `rate` make of the gradients of all weights: into t->product, with row `of`
   itself where it is outside the basis. */
static void find_rates(mvoi_trade *t, const mvoi_problem *problem, const mvoi_wanted *wanted)
{
    const mvoi_exchange *x = t->x;
    const mvo_covariance *covariance = problem->covariance;
    size_t count = 0;
    memset(t->product, 0, t->n * sizeof(double));
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        if (e < t->rows) {
            t->kernels->axpy(t->n, wanted->rate[e], problem->rows + e * problem->ld_rows, t->product);
            continue;
        }
        t->index[count] = t->asset[e];
        t->packed[count++] = wanted->rate[e];
    }
    t->kernels->sweep(t->n, count, covariance->dense, covariance->ld, t->index, t->packed, t->product);
    if (wanted->of < t->rows)
        t->kernels->axpy(t->n, 1.0, problem->rows + wanted->of * problem->ld_rows, t->product);
}

/* The cheapest weight beside the list; n if there is none. */
static size_t cheapest(mvoi_trade *t, const mvoi_problem *problem, const mvoi_wanted *wanted)
{
    double least = HUGE_VAL;
    size_t found = t->n;
    find_rates(t, problem, wanted);
    for (size_t j = 0; j < t->n; j++) {
        int beyond;
        if (t->sign[j] == 0.0)
            continue;
        const double cost = mvoi_trade_cost(t, problem, wanted, j, t->product[j], t->z[j], &beyond);
        if (!(cost < least))
            continue;
        least = cost;
        found = j;
    }
    return found;
}

/* What element e, which is aside, lacks. */
static mvoi_wanted wanted_of(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange *x = t->x;
    const double value = x->value[e];
    if (e < t->rows) {
        const double limit = value < problem->row_lower[e] ? problem->row_lower[e] : problem->row_upper[e];
        mvoi_exchange_respond(x, e);
        return (mvoi_wanted){ x->column, limit - value, NOTHING / t->row_risk[e], e };
    }
    const size_t j = (size_t)t->asset[e];
    const double end = value < problem->lower[j] ? problem->lower[j] : problem->upper[j];
    return (mvoi_wanted){ x->responses + (size_t)x->slot[e] * x->ld, value - end, NOTHING * t->inverse[j], x->size };
}

size_t mvoi_trade_find_partners(mvoi_trade *t, const mvoi_problem *problem)
{
    mvoi_exchange *x = t->x;
    size_t come = 0;
    for (size_t a = 0; a < x->aside_count; a++) {
        const size_t e = (size_t)x->aside[a];
        if ((e >= t->rows) != (x->slot[e] >= 0)) /* a multiplier: it is not for want of weights */
            continue;
        const mvoi_wanted wanted = wanted_of(t, problem, e);
        const size_t j = cheapest(t, problem, &wanted);
        come += j < t->n && mvoi_trade_take_up(t, problem, j);
    }
    return come;
}
