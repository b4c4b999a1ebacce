/* SPDX-License-Identifier: MIT */
/* What becomes of an element that is where it may not be, where weights have breakpoints (see trade.h). */
#include "qp/trade.h"

#include <math.h>

/* Moves in a row that leave the basis as it is. */
enum { MOST_IDLE = 6 };

/* As in exchange_rules.c. */
static const double NOTHING = 1e-9;
static const double EQUALITY = 1e3;

static void note_change(mvoi_trade *t)
{
    t->changes++;
    t->idle = 0;
}

/* Whether a move may leave the basis as it is, which saves two where it is right. Weights can send each other from end to end
   for ever so. */
static int may_stay(const mvoi_trade *t)
{
    return !t->plain && t->idle < MOST_IDLE;
}

double mvoi_trade_end(const mvoi_problem *problem, size_t j, int32_t side)
{
    return side == MVOI_UPPER ? problem->upper[j] : problem->lower[j];
}

double mvoi_trade_row_limit(const mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    return t->side[t->n + e] == MVOI_UPPER ? problem->row_upper[e] : problem->row_lower[e];
}

static void set_row_interval(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange *x = t->x;
    const double lower = problem->row_lower[e], upper = problem->row_upper[e];
    if (x->slot[e] < 0) {
        x->low[e] = lower;
        x->high[e] = upper;
        x->weight[e] = t->row_risk[e] * (lower == upper ? EQUALITY : 1.0);
        return;
    }
    const int32_t side = lower == upper ? MVOI_FREE : t->side[t->n + e];
    x->low[e] = side == MVOI_UPPER ? 0.0 : -HUGE_VAL; /* -y is positive at an upper limit */
    x->high[e] = side == MVOI_LOWER ? 0.0 : HUGE_VAL;
    x->weight[e] = 1.0 / t->row_risk[e];
}

void mvoi_trade_set_interval(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange *x = t->x;
    if (e < t->rows) {
        set_row_interval(t, problem, e);
        return;
    }
    const size_t j = (size_t)t->asset[e];
    const double lower = problem->lower[j], upper = problem->upper[j];
    if (x->slot[e] >= 0) {
        if (t->absolute)
            mvoi_trade_set_reach(t, problem, e, MVOI_FREE);
        x->low[e] = lower;
        x->high[e] = upper;
        x->weight[e] = t->deviation[j];
        return;
    }
    const int32_t side = lower == upper ? MVOI_FREE : t->side[j];
    if (t->absolute)
        mvoi_trade_set_reach(t, problem, e, side);
    const double far = side == MVOI_FREE ? HUGE_VAL : mvoi_trade_width(t, problem, j, side);
    const double near = side == MVOI_FREE ? -HUGE_VAL : 0.0;
    x->low[e] = side == MVOI_LOWER ? near : -far;
    x->high[e] = side == MVOI_LOWER ? far : -near;
    x->weight[e] = t->inverse[j];
}

/* Whether weight j, whose response is in `column`, has variance that the free ones do not span. */
static int has_own_variance(const mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    return t->x->column[e] > MVOI_EXCHANGE_PIVOT * problem->covariance->diagonal[t->asset[e]];
}

/* Whether row e, whose response is in `column`, is not one of the active ones over again. */
static int has_own_reach(const mvoi_trade *t, size_t e)
{
    const mvoi_exchange *x = t->x;
    const double *row = x->matrix + e * x->ld;
    double most = 0.0; /* what the free weights could do if no row were active */
    for (size_t s = 0; s < x->count; s++) {
        const size_t b = (size_t)x->basis[s];
        const double part = b < t->rows ? 0.0 : row[b] * t->inverse[t->asset[b]];
        most += part * part;
    }
    return -x->column[e] > MVOI_EXCHANGE_ROW_PIVOT * most;
}

int mvoi_trade_is_new(const mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    return e < t->rows ? has_own_reach(t, e) : has_own_variance(t, problem, e);
}

/* Element e enters if it can; 0 if not. A row's side is set. */
static int admit(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange *x = t->x;
    mvoi_exchange_respond(x, e);
    if (!mvoi_trade_is_new(t, problem, e))
        return 0;
    if (e < t->rows) {
        mvoi_exchange_enter(x, e, x->value[e] - mvoi_trade_row_limit(t, problem, e), 0.0);
    } else {
        const size_t j = (size_t)t->asset[e];
        mvoi_exchange_enter(x, e, x->value[e], t->w[j]);
        t->side[j] = MVOI_FREE;
    }
    mvoi_trade_set_interval(t, problem, e);
    note_change(t);
    return 1;
}

/* Weight e, resting on a breakpoint, belongs to the segment on its other side from now on. */
static void cross(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    int32_t *side = &t->side[t->asset[e]];
    mvoi_trade_step(t, problem, e, *side);
    *side = -*side;
    mvoi_trade_set_interval(t, problem, e);
}

/* A resting weight enters the segment that its multiplier asks for, or goes to its other end where that is nearer. */
static int free_weight(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange *x = t->x;
    const size_t j = (size_t)t->asset[e];
    if ((double)t->side[j] * x->value[e] < 0.0) /* of the right sign, so it is beyond the far end */
        cross(t, problem, e);
    const int32_t side = t->side[j];
    const double width = problem->upper[j] - problem->lower[j];
    mvoi_exchange_respond(x, e);
    if (!has_own_variance(t, problem, e))
        return -1;
    if (may_stay(t) && width * x->column[e] < fabs(x->value[e])) {
        x->kernels->axpy(x->padded, side == MVOI_UPPER ? -width : width, x->column, x->value);
        t->side[j] = -side;
        t->w[j] = mvoi_trade_end(problem, j, -side);
        t->idle++;
    } else {
        mvoi_exchange_enter(x, e, x->value[e], t->w[j]);
        t->side[j] = MVOI_FREE;
        note_change(t);
    }
    mvoi_trade_set_interval(t, problem, e);
    return 1;
}

/* The weight that makes it at the least cost enters. The rates may be the table's `column`, which is lost. 0: there is none, or it
   cannot. */
static int admit_cheapest(mvoi_trade *t, const mvoi_problem *problem, const mvoi_wanted *wanted)
{
    int beyond = 0;
    const size_t e = mvoi_trade_cheapest(t, problem, wanted, &beyond);
    if (e == t->x->size)
        return 0;
    if (beyond)
        cross(t, problem, e);
    return admit(t, problem, e);
}

/* A free weight goes on in the next segment. `turns`: active rows turn there. */
static int go_on(mvoi_trade *t, const mvoi_problem *problem, size_t e, int32_t side, int turns)
{
    if (turns)
        mvoi_trade_step_through(t, problem, e, side);
    else
        mvoi_trade_step(t, problem, e, side);
    mvoi_trade_set_interval(t, problem, e);
    t->idle++;
    return 1;
}

/* A free weight is beyond an end of its segment: it rests there, or goes on; it rests where an active row turns. Where the active
   rows alone say what it is, it goes on if it can, or another one enters before it rests. */
static int hold_weight(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange *x = t->x;
    const size_t j = (size_t)t->asset[e];
    const double *own = x->responses + (size_t)x->slot[e] * x->ld;
    const double variance = problem->covariance->diagonal[j];
    const int32_t side = x->value[e] < problem->lower[j] ? MVOI_LOWER : MVOI_UPPER;
    const double end = mvoi_trade_end(problem, j, side), jump = mvoi_trade_width(t, problem, j, side);
    const int pinned = !(own[e] * variance > MVOI_EXCHANGE_ROW_PIVOT);
    if (may_stay(t) && jump < HUGE_VAL && fabs(x->value[e] - end) > jump * own[e]) {
        const int turns = t->absolute && mvoi_trade_turns(t, problem, e, side);
        if (!turns || (pinned && !mvoi_trade_is_moved(t, problem, e, side)))
            return go_on(t, problem, e, side, turns);
    }
    if (pinned) {
        const mvoi_wanted wanted = { own, x->value[e] - end, NOTHING * t->inverse[j], x->size };
        if (!admit_cheapest(t, problem, &wanted))
            return 0;
        if (!(own[e] * variance > MVOI_EXCHANGE_ROW_PIVOT))
            return 1;
    }
    t->side[j] = side;
    t->w[j] = end;
    mvoi_exchange_leave(x, e, end - x->value[e]);
    mvoi_trade_set_interval(t, problem, e);
    note_change(t);
    return 1;
}

/* A row becomes active at the limit it is beyond, with another weight freed for it where it has none. */
static int hold_row(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    const mvoi_exchange *x = t->x;
    const double lower = problem->row_lower[e], upper = problem->row_upper[e], value = x->value[e];
    int32_t *side = &t->side[t->n + e];
    for (int tried = 0; tried < 2; tried++) {
        *side = value < lower || lower == upper ? MVOI_LOWER : MVOI_UPPER;
        if (admit(t, problem, e))
            return 1;
        const mvoi_wanted wanted = { x->column, mvoi_trade_row_limit(t, problem, e) - x->value[e], NOTHING / t->row_risk[e], e };
        *side = MVOI_FREE;
        if (tried || !admit_cheapest(t, problem, &wanted))
            return 0;
    }
    return 0;
}

/* An active row is let go; its value becomes its activity. */
static int free_row(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    mvoi_exchange *x = t->x;
    const double limit = mvoi_trade_row_limit(t, problem, e);
    mvoi_exchange_leave(x, e, -x->value[e]);
    x->value[e] += limit;
    t->side[t->n + e] = MVOI_FREE;
    mvoi_trade_set_interval(t, problem, e);
    note_change(t);
    return 1;
}

int mvoi_trade_move(mvoi_trade *t, const mvoi_problem *problem, size_t e)
{
    const int inside = t->x->slot[e] >= 0;
    if (e >= t->rows)
        return inside ? hold_weight(t, problem, e) : free_weight(t, problem, e);
    return inside ? free_row(t, problem, e) : hold_row(t, problem, e);
}
