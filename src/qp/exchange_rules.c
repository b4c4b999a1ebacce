/* SPDX-License-Identifier: MIT */
/* What becomes of an element that is where it may not be (see exchange.h). */
#include "qp/exchange.h"

#include <math.h>

/* A rate of less, in risk for risk, is what rounding leaves of none. */
static const double NOTHING = 1e-9;

/* An equality is worth more than anything else until it holds. */
static const double EQUALITY = 1e3;

void mvoi_exchange_set_interval(mvoi_exchange *x, const mvoi_problem *problem, size_t e)
{
    const size_t n = x->n;
    const int weight = e < n, inside = x->slot[e] >= 0;
    const double lower = weight ? problem->lower[e] : problem->row_lower[e - n];
    const double upper = weight ? problem->upper[e] : problem->row_upper[e - n];
    if (weight == inside) { /* a free weight or an inactive row: between its limits */
        x->low[e] = lower;
        x->high[e] = upper;
        x->weight[e] = weight ? x->deviation[e] : x->row_risk[e - n] * (lower == upper ? EQUALITY : 1.0);
        return;
    }
    /* a gradient is positive at a lower limit, -y at an upper one; at an equality either may be anything */
    const int32_t side = lower == upper ? MVOI_FREE : x->side[e];
    const int positive = weight ? side == MVOI_LOWER : side == MVOI_UPPER;
    x->low[e] = side != MVOI_FREE && positive ? 0.0 : -HUGE_VAL;
    x->high[e] = side != MVOI_FREE && !positive ? 0.0 : HUGE_VAL;
    x->weight[e] = weight ? x->inverse[e] : 1.0 / x->row_risk[e - n];
}

double mvoi_exchange_limit(const mvoi_exchange *x, const mvoi_problem *problem, size_t e)
{
    const size_t i = e - x->n;
    if (e < x->n)
        return x->side[e] == MVOI_UPPER ? problem->upper[e] : problem->lower[e];
    return x->side[e] == MVOI_UPPER ? problem->row_upper[i] : problem->row_lower[i];
}

/* Whether weight j, whose response is in `column`, has variance that the free ones do not span. */
static int has_own_variance(const mvoi_exchange *x, const mvoi_problem *problem, size_t j)
{
    return x->column[j] > MVOI_EXCHANGE_PIVOT * problem->covariance->diagonal[j];
}

/* Whether row e, whose response is in `column`, is not one of the active ones over again. */
static int has_own_reach(const mvoi_exchange *x, size_t e)
{
    const double *row = x->matrix + e * x->ld;
    double most = 0.0; /* what the free weights could do if no row were active */
    for (size_t s = 0; s < x->count; s++) {
        const size_t j = (size_t)x->basis[s];
        if (j < x->n)
            most += (row[j] * x->inverse[j]) * (row[j] * x->inverse[j]);
    }
    return -x->column[e] > MVOI_EXCHANGE_ROW_PIVOT * most;
}

int mvoi_exchange_admit(mvoi_exchange *x, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange_respond(x, e);
    if (e < x->n) {
        if (!has_own_variance(x, problem, e))
            return 0;
        mvoi_exchange_enter(x, e, x->value[e], x->w[e]);
        x->side[e] = MVOI_FREE;
    } else {
        if (!has_own_reach(x, e))
            return 0;
        mvoi_exchange_enter(x, e, x->value[e] - mvoi_exchange_limit(x, problem, e), 0.0);
    }
    mvoi_exchange_set_interval(x, problem, e);
    return 1;
}

/* A held weight enters, or goes to its other limit where that is nearer. */
static int free_weight(mvoi_exchange *x, const mvoi_problem *problem, size_t j)
{
    mvoi_exchange_respond(x, j);
    if (!has_own_variance(x, problem, j))
        return -1;
    const double width = problem->upper[j] - problem->lower[j];
    if (width * x->column[j] < fabs(x->value[j])) {
        x->kernels->axpy(x->padded, x->side[j] == MVOI_UPPER ? -width : width, x->column, x->value);
        x->side[j] = -x->side[j];
        x->w[j] = mvoi_exchange_limit(x, problem, j);
    } else {
        mvoi_exchange_enter(x, j, x->value[j], x->w[j]);
        x->side[j] = MVOI_FREE;
    }
    mvoi_exchange_set_interval(x, problem, j);
    return 1;
}

/*
 * Of the weights held, the one that does what is asked for at the least cost, were it alone: `lack`, of which a unit of weight
 * j makes rate[j]; rates up to `nothing` times its deviation are rounding. x->n if there is none.
 */
static size_t cheapest(mvoi_exchange *x, const mvoi_problem *problem, const double *rate, double nothing, double lack)
{
    double *sign = x->total; /* made anew by whoever reads it */
    for (size_t j = 0; j < x->n; j++)
        sign[j] = problem->lower[j] < problem->upper[j] ? (double)x->side[j] : 0.0;
    return x->kernels->cheapest(x->n, rate, sign, x->value, problem->covariance->diagonal, x->deviation, nothing, lack);
}

/* A free weight leaves for the limit it is beyond; where the active rows alone say what it is, another one enters first. */
static int hold_weight(mvoi_exchange *x, const mvoi_problem *problem, size_t j)
{
    const double *own = x->responses + (size_t)x->slot[j] * x->ld;
    const double variance = problem->covariance->diagonal[j];
    const int32_t side = x->value[j] < problem->lower[j] ? MVOI_LOWER : MVOI_UPPER;
    const double limit = side == MVOI_LOWER ? problem->lower[j] : problem->upper[j];
    if (!(own[j] * variance > MVOI_EXCHANGE_ROW_PIVOT)) {
        const size_t other = cheapest(x, problem, own, NOTHING * x->inverse[j], x->value[j] - limit);
        if (other == x->n || !mvoi_exchange_admit(x, problem, other))
            return 0;
        if (!(own[j] * variance > MVOI_EXCHANGE_ROW_PIVOT))
            return 1;
    }
    x->side[j] = side;
    x->w[j] = limit;
    mvoi_exchange_leave(x, j, limit - x->value[j]);
    mvoi_exchange_set_interval(x, problem, j);
    return 1;
}

/* A row becomes active at the limit it is beyond, with another weight freed for it where it has none. */
static int hold_row(mvoi_exchange *x, const mvoi_problem *problem, size_t e)
{
    const double lower = problem->row_lower[e - x->n], upper = problem->row_upper[e - x->n], value = x->value[e];
    const int32_t side = value < lower || lower == upper ? MVOI_LOWER : MVOI_UPPER;
    for (int tried = 0; tried < 2; tried++) {
        x->side[e] = side;
        if (mvoi_exchange_admit(x, problem, e))
            return 1;
        x->side[e] = MVOI_FREE;
        const double lack = (side == MVOI_LOWER ? lower : upper) - x->value[e];
        const size_t j = tried ? x->n : cheapest(x, problem, x->column, NOTHING / x->row_risk[e - x->n], lack);
        if (j == x->n || !mvoi_exchange_admit(x, problem, j))
            return 0;
    }
    return 0;
}

/* An active row is let go; its value becomes its activity. */
static int free_row(mvoi_exchange *x, const mvoi_problem *problem, size_t e)
{
    const double limit = mvoi_exchange_limit(x, problem, e);
    mvoi_exchange_leave(x, e, -x->value[e]);
    x->value[e] += limit;
    x->side[e] = MVOI_FREE;
    mvoi_exchange_set_interval(x, problem, e);
    return 1;
}

int mvoi_exchange_move(mvoi_exchange *x, const mvoi_problem *problem, size_t e)
{
    const int inside = x->slot[e] >= 0;
    if (e < x->n)
        return inside ? hold_weight(x, problem, e) : free_weight(x, problem, e);
    return inside ? free_row(x, problem, e) : hold_row(x, problem, e);
}
