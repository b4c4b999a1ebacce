/* SPDX-License-Identifier: MIT */
/* Rows over absolute values in the table of trades: coefficients that turn, and far ends that move (see trade.h). */
#include "qp/trade.h"

#include <math.h>

/* -------------------------------------------------------------------------------------------- multipliers */

double mvoi_trade_widening(const mvoi_trade *t, const mvoi_problem *problem, size_t j, int32_t breakpoint)
{
    double width = 0.0;
    for (size_t a = 0; a < t->absolute; a++)
        if (t->pull[a] != 0.0)
            width += t->pull[a] * mvoi_segments_rise(problem->segments, &problem->segments->absolute[a], j, breakpoint);
    return width;
}

void mvoi_trade_set_reach(mvoi_trade *t, const mvoi_problem *problem, size_t e, int32_t side)
{
    const mvoi_segments *segments = problem->segments;
    const size_t ld = t->x->ld, j = (size_t)t->asset[e];
    const int32_t k = side == MVOI_FREE ? -1 : mvoi_segments_breakpoint(segments, j, side);
    for (size_t a = 0; a < t->absolute; a++) {
        const double rise = k < 0 ? 0.0 : mvoi_segments_rise(segments, &segments->absolute[a], j, k);
        t->reach[0][e + a * ld] = side == MVOI_UPPER ? -rise : 0.0;
        t->reach[1][e + a * ld] = side == MVOI_LOWER ? rise : 0.0;
    }
}

/* The multiplier of an absolute row, where it has the right sign. */
static double pull_of(const mvoi_trade *t, const mvoi_problem *problem, size_t a)
{
    const size_t r = problem->segments->absolute[a].row;
    return t->x->slot[r] >= 0 && t->x->value[r] > 0.0 ? t->x->value[r] : 0.0;
}

void mvoi_trade_read_pulls(mvoi_trade *t, const mvoi_problem *problem)
{
    for (size_t a = 0; a < t->absolute; a++)
        t->pull[a] = pull_of(t, problem, a);
}

void mvoi_trade_follow(mvoi_trade *t, const mvoi_problem *problem)
{
    mvoi_exchange *x = t->x;
    for (size_t a = 0; a < t->absolute; a++) {
        const double pull = pull_of(t, problem, a), by = pull - t->pull[a];
        if (by == 0.0)
            continue;
        x->kernels->axpy(x->padded, by, t->reach[0] + a * x->ld, x->low);
        x->kernels->axpy(x->padded, by, t->reach[1] + a * x->ld, x->high);
        t->pull[a] = pull;
    }
}

/* ------------------------------------------------------------------------------------------- coefficients */

/* The coefficient of row r on weight e becomes that of the present segment; one of the two is outside the basis. Returns how much
   it rises. */
static double turn(mvoi_trade *t, const mvoi_problem *problem, size_t e, size_t r)
{
    mvoi_exchange *x = t->x;
    const size_t ld = x->ld, outside = x->slot[e] < 0 ? e : r, other = e + r - outside;
    const double now = problem->rows[(size_t)t->asset[e] + r * problem->ld_rows], rise = now - x->matrix[r + e * ld];
    double *responses = x->responses;
    if (rise == 0.0)
        return rise;
    x->matrix[r + e * ld] = x->matrix[e + r * ld] = now;
    for (size_t s = 0; s < x->count && x->slot[other] >= 0; s++)
        responses[outside + s * ld] += rise * responses[other + s * ld];
    return rise;
}

/* Whether absolute row a is active, and turns for weight e at that end of its segment. */
static int is_turning(const mvoi_trade *t, const mvoi_problem *problem, size_t a, size_t e, int32_t side)
{
    const mvoi_segments *segments = problem->segments;
    const size_t j = (size_t)t->asset[e];
    const int32_t k = mvoi_segments_breakpoint(segments, j, side);
    return t->x->slot[segments->absolute[a].row] >= 0 && mvoi_segments_rise(segments, &segments->absolute[a], j, k) != 0.0;
}

int mvoi_trade_turns(const mvoi_trade *t, const mvoi_problem *problem, size_t e, int32_t side)
{
    for (size_t a = 0; a < t->absolute; a++)
        if (is_turning(t, problem, a, e, side))
            return 1;
    return 0;
}

int mvoi_trade_is_moved(const mvoi_trade *t, const mvoi_problem *problem, size_t e, int32_t side)
{
    const mvoi_exchange *x = t->x;
    const double *own = x->responses + (size_t)x->slot[e] * x->ld;
    const double variance = problem->covariance->diagonal[t->asset[e]];
    for (size_t a = 0; a < t->absolute; a++) {
        const size_t r = problem->segments->absolute[a].row;
        if (!is_turning(t, problem, a, e, side))
            continue;
        const double pivot = -x->responses[r + (size_t)x->slot[r] * x->ld];
        if (own[r] * own[r] * variance > MVOI_EXCHANGE_ROW_PIVOT * pivot) /* what variance it would have without the row */
            return 1;
    }
    return 0;
}

void mvoi_trade_step(mvoi_trade *t, const mvoi_problem *problem, size_t e, int32_t side)
{
    mvoi_exchange *x = t->x;
    mvoi_segments *segments = problem->segments;
    const size_t j = (size_t)t->asset[e];
    const int32_t k = mvoi_segments_breakpoint(segments, j, side);
    const double jump = segments->scale * segments->jump[segments->first[j] + (size_t)k];
    if (x->slot[e] < 0)
        x->value[e] += (double)side * jump;
    else
        x->kernels->axpy(x->padded, (double)-side * jump, x->responses + (size_t)x->slot[e] * x->ld, x->value);
    mvoi_segments_move(segments, j, segments->segment[j] + side);
    for (size_t a = 0; a < t->absolute; a++) {
        const size_t r = segments->absolute[a].row;
        const double rise = turn(t, problem, e, r);
        if (x->slot[r] >= 0) {
            x->value[e] += rise * x->value[r];
        } else if (rise != 0.0) {
            x->value[r] += rise * (x->slot[e] < 0 ? t->w[j] : x->value[e]);
            if (x->high[r] < HUGE_VAL) /* it is not aside */
                x->high[r] = problem->row_upper[r];
        }
    }
}

void mvoi_trade_step_through(mvoi_trade *t, const mvoi_problem *problem, size_t e, int32_t side)
{
    mvoi_exchange *x = t->x;
    size_t gone[MVOI_COLUMN_ROWS], count = 0;
    for (size_t a = 0; a < t->absolute; a++) {
        const size_t r = problem->segments->absolute[a].row;
        if (!is_turning(t, problem, a, e, side))
            continue;
        mvoi_exchange_leave(x, r, -x->value[r]);
        x->value[r] += mvoi_trade_row_limit(t, problem, r);
        mvoi_trade_set_interval(t, problem, r);
        gone[count++] = r;
    }
    mvoi_trade_step(t, problem, e, side);
    while (count-- > 0) {
        const size_t r = gone[count];
        mvoi_exchange_respond(x, r);
        if (mvoi_trade_is_new(t, problem, r))
            mvoi_exchange_enter(x, r, x->value[r] - mvoi_trade_row_limit(t, problem, r), 0.0);
        else
            t->side[t->n + r] = MVOI_FREE;
        mvoi_trade_set_interval(t, problem, r);
    }
    t->changes++;
}

int mvoi_trade_read_coefficients(mvoi_trade *t, const mvoi_problem *problem)
{
    const mvoi_exchange *x = t->x;
    for (size_t a = 0; a < t->absolute; a++) {
        const size_t r = problem->segments->absolute[a].row;
        for (size_t e = t->rows; e < x->size; e++) {
            const double now = problem->rows[(size_t)t->asset[e] + r * problem->ld_rows];
            if (x->slot[e] >= 0 && x->slot[r] >= 0 && now != x->matrix[r + e * x->ld])
                return 0;
            turn(t, problem, e, r);
        }
    }
    return 1;
}

double mvoi_trade_rate_beyond(const mvoi_trade *t, const mvoi_problem *problem, size_t j, double rate, const double *rates,
                              size_t of)
{
    const mvoi_segments *segments = problem->segments;
    const int32_t side = t->side[j], k = mvoi_segments_breakpoint(segments, j, side);
    for (size_t a = 0; a < t->absolute; a++) {
        const size_t r = segments->absolute[a].row;
        const double rise = (double)side * mvoi_segments_rise(segments, &segments->absolute[a], j, k);
        rate += t->x->slot[r] >= 0 ? rise * rates[r] : r == of ? rise : 0.0;
    }
    return rate;
}
