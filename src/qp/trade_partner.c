/* SPDX-License-Identifier: MIT */
/* Who makes what is lacking at the least cost, on the list and beside it (see trade.h). */
#include "qp/trade.h"

#include <math.h>
#include <string.h>

/* A rate of less, in risk for risk, is what rounding leaves of none. */
static const double NOTHING = 1e-9;

/* Whether weight j can make it from the end `side`, at that rate. */
static inline int can_make(const mvoi_trade *t, const mvoi_wanted *wanted, size_t j, int32_t side, double rate)
{
    return fabs(rate) > wanted->nothing * t->deviation[j] && (side == MVOI_UPPER) == (wanted->lack * rate < 0.0);
}

static inline double cost_of(const mvoi_problem *problem, const mvoi_wanted *wanted, size_t j, double rate, double gradient)
{
    const double move = wanted->lack / rate;
    return move * (gradient + 0.5 * move * problem->covariance->diagonal[j]);
}

/* What it would cost to have all of it from weight j, which makes `rate` of it and has that gradient, at its end or, *beyond, in the
   next segment; infinite if it cannot. */
static inline __attribute__((always_inline)) double find_cost(const mvoi_trade *t, const mvoi_problem *problem,
                                                              const mvoi_wanted *wanted, size_t j, double rate,
                                                              double gradient, int *beyond)
{
    const int32_t side = t->side[j];
    const int here = can_make(t, wanted, j, side, rate);
    const double cost = here ? cost_of(problem, wanted, j, rate, gradient) : HUGE_VAL;
    *beyond = 0;
    if (here && !t->absolute) /* the other way is the wrong one, at the same rate */
        return cost;
    const double width = mvoi_trade_width(t, problem, j, side);
    if (!(width < HUGE_VAL))
        return cost;
    if (t->absolute)
        rate = mvoi_trade_rate_beyond(t, problem, j, rate, wanted->rate, wanted->of);
    if (!can_make(t, wanted, j, -side, rate))
        return cost;
    const double other = cost_of(problem, wanted, j, rate, gradient + (double)side * width);
    *beyond = other < cost;
    return *beyond ? other : cost;
}

size_t mvoi_trade_cheapest(const mvoi_trade *t, const mvoi_problem *problem, const mvoi_wanted *wanted, int *beyond)
{
    const mvoi_exchange *x = t->x;
    double least = HUGE_VAL;
    size_t found = x->size;
    for (size_t e = t->rows; e < x->size; e++) {
        const size_t j = (size_t)t->asset[e];
        int crosses;
        if (t->side[j] == MVOI_FREE || problem->lower[j] == problem->upper[j])
            continue;
        const double cost = find_cost(t, problem, wanted, j, wanted->rate[e], x->value[e], &crosses);
        if (!(cost < least))
            continue;
        least = cost;
        found = e;
        *beyond = crosses;
    }
    return found;
}

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
static size_t cheapest_beside(mvoi_trade *t, const mvoi_problem *problem, const mvoi_wanted *wanted)
{
    double least = HUGE_VAL;
    size_t found = t->n;
    find_rates(t, problem, wanted);
    for (size_t j = 0; j < t->n; j++) {
        int beyond;
        if (t->sign[j] == 0.0)
            continue;
        const double cost = find_cost(t, problem, wanted, j, t->product[j], t->z[j], &beyond);
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
        const size_t j = cheapest_beside(t, problem, &wanted);
        come += j < t->n && mvoi_trade_take_up(t, problem, j);
    }
    return come;
}
