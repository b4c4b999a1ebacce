/* SPDX-License-Identifier: MIT */
/*
 * A dual simplex method on the vertices of hinge.h: multipliers are right and stay so, the point is not. What is on the
 * wrong side of its kink or limit is given the multiplier that it may have there; either some position's multiplier
 * comes to its end first, and what was in trouble takes that place; or a hinge takes all it can have and is on its
 * right side then. Sources: Lemke (1954); bounded columns: Fourer (1985); the tolerant ratio test: Harris (1973).
 */
#include "tail/hinge.h"

#include <math.h>

static const double TROUBLE = 1e-13; /* of the largest |h|: nothing is further than that on the wrong side in the end */
static const double WEIGHT = 0.3;    /* of what a bound is off by, in units of the largest |h| */
static const double SLOW = 1e-11;    /* least rate at which a multiplier can come to its end, relative to the fastest */
static const double SLACK =
    1e-13; /* of the largest |h|: how far beyond its end a multiplier may go for a better pivot */

/* What is on the wrong side of its kink or limit, and how far. */
typedef struct trouble {
    double beyond, size, cap; /* signed: positive above; comparable between kinds; the largest multiplier it can have */
    int32_t id, side;
} trouble;

static void look_at(trouble *worst, double beyond, double unit, double cap, size_t id, int side)
{
    const double size = unit * fabs(beyond);
    if (size > worst->size)
        *worst = (trouble){ beyond, size, cap, (int32_t)id, side };
}

static void bounds_in_trouble(trouble *worst, const mvoi_hinge *g)
{
    for (size_t r = 0; r < g->k; r++) {
        const size_t j = (size_t)g->free[r];
        if (g->x[j] < g->lower[j])
            look_at(worst, g->x[j] - g->lower[j], WEIGHT * g->scale, HUGE_VAL, j, -1);
        else if (g->x[j] > g->upper[j])
            look_at(worst, g->x[j] - g->upper[j], WEIGHT * g->scale, HUGE_VAL, j, 1);
    }
}

static void rows_in_trouble(trouble *worst, const mvoi_hinge *g)
{
    for (size_t i = 0; i < g->m; i++) {
        const double unit = WEIGHT * g->scale / g->row_scale[i];
        if (g->position[g->size + i] >= 0)
            continue;
        if (g->activity[i] < g->row_lower[i])
            look_at(worst, g->activity[i] - g->row_lower[i], unit, HUGE_VAL, g->size + i, -1);
        else if (g->activity[i] > g->row_upper[i])
            look_at(worst, g->activity[i] - g->row_upper[i], unit, HUGE_VAL, g->size + i, 1);
    }
}

/* Those that are out have to be negative, those in positive: toward t > 0 is trouble. */
static void hinges_in_trouble(trouble *worst, const mvoi_hinge *g)
{
    for (size_t s = 0;; s++) {
        s = g->kernels->ending(s, g->watched, g->t, g->t, g->toward, 1.0, 0.0, worst->size);
        if (s >= g->watched)
            return;
        look_at(worst, g->t[s], 1.0, g->cap[s], g->size + g->m + s, 0);
    }
}

/* Between which values the slope of position q may be. */
static void note_range(mvoi_hinge *g, size_t q)
{
    const size_t id = (size_t)g->active[q];
    if (id >= g->size + g->m) {
        g->least[q] = -g->cap[id - g->size - g->m];
        g->most[q] = 0.0;
        return;
    }
    const int side = g->side[id];
    const int equal = id < g->size ? g->lower[id] == g->upper[id]
                                   : side != 0 && g->row_lower[id - g->size] == g->row_upper[id - g->size];
    g->least[q] = equal || side > 0 ? -HUGE_VAL : 0.0;
    g->most[q] = equal || side < 0 ? HUGE_VAL : 0.0;
}

/*
 * As a multiplier grows from 0 the slopes change by `sign` times g->row. Which position's slope ends first, and at what
 * multiplier; size if that is not below `cap`. Among those that end at nearly the same place the one with the largest
 * pivot.
 */
static size_t first_to_end(double *multiplier, mvoi_hinge *g, double sign, double cap)
{
    const double slowest = SLOW * g->kernels->largest(g->size, g->row), slack = SLACK * g->scale;
    double bound = cap, fastest = 0.0, *room = g->coefficient;
    size_t found = g->size;
    for (size_t q = 0; q < g->size; q++) {
        const double rate = sign * g->row[q], speed = fabs(rate);
        const double left = rate > 0.0 ? g->most[q] - g->slope[q] : g->slope[q] - g->least[q];
        room[q] = speed <= slowest ? HUGE_VAL : left > 0.0 ? left : 0.0;
        if (room[q] + slack < bound * speed)
            bound = (room[q] + slack) / speed;
    }
    for (size_t q = 0; q < g->size; q++) {
        const double speed = fabs(g->row[q]);
        if (room[q] <= bound * speed && room[q] < cap * speed && speed > fastest) {
            found = q;
            fastest = speed;
            *multiplier = room[q] / speed;
        }
    }
    return found;
}

/* It takes all the multiplier it can have. */
static void flip(mvoi_hinge *g, const trouble *e, double sign)
{
    const size_t s = (size_t)e->id - g->size - g->m;
    mvoi_hinge_push(g, e->id, sign * e->cap);
    g->kernels->axpy(g->size, sign * e->cap, g->row, g->slope);
    g->status[s] = sign > 0.0 ? MVOI_IN : MVOI_OUT;
    g->toward[s] = -sign;
}

/* What position q holds leaves it where its multiplier has ended. */
static void let_go(mvoi_hinge *g, size_t q)
{
    const size_t id = (size_t)g->active[q];
    if (id < g->size) {
        mvoi_hinge_release_bound(g, q);
    } else if (id >= g->size + g->m) {
        const size_t s = id - g->size - g->m;
        const int in = g->slope[q] < -0.5 * g->cap[s];
        g->status[s] = in ? MVOI_IN : MVOI_OUT;
        g->toward[s] = in ? -1.0 : 1.0;
        if (in)
            mvoi_hinge_push(g, (int32_t)id, g->cap[s]);
    }
}

/* It holds the point from now on, with that multiplier. */
static void take_hold(mvoi_hinge *g, const trouble *e, double sign, size_t q, double multiplier)
{
    const size_t id = (size_t)e->id;
    g->slope[q] = -sign * multiplier;
    if (id < g->size) {
        g->side[id] = (int8_t)e->side;
        g->x[id] = e->side > 0 ? g->upper[id] : g->lower[id];
    } else if (id < g->size + g->m) {
        g->side[id] = (int8_t)e->side;
        g->activity[id - g->size] = e->side > 0 ? g->row_upper[id - g->size] : g->row_lower[id - g->size];
    } else {
        const size_t s = id - g->size - g->m;
        if (g->status[s] == MVOI_IN) { /* what it has from now on is the rest of what it had */
            mvoi_hinge_push(g, e->id, -e->cap);
            g->slope[q] -= e->cap;
        }
        g->status[s] = MVOI_ACTIVE;
        g->toward[s] = 0.0;
        g->t[s] = 0.0;
    }
    mvoi_hinge_exchange(g, q, e->id, g->row);
    note_range(g, q);
    g->pivots++;
}

void mvoi_hinge_shift(mvoi_hinge *g, size_t q, double step)
{
    for (size_t r = 0; r < g->k; r++)
        g->edge[r] = g->X[r + q * g->ld_X];
    mvoi_hinge_speeds(g, g->watched);
    for (size_t r = 0; r < g->k; r++)
        g->x[g->free[r]] += step * g->edge[r];
    for (size_t i = 0; i < g->m; i++)
        g->activity[i] += step * g->row_speed[i];
    g->kernels->axpy(g->watched, step, g->speed, g->t);
}

/* One step: 1, or 0 where what is in trouble can have no end of multipliers, so that no point keeps all limits. */
static int mend(mvoi_hinge *g, const trouble *e)
{
    const double sign = e->beyond > 0.0 ? 1.0 : -1.0;
    double multiplier = 0.0;
    mvoi_hinge_row(g, e->id, g->row);
    const size_t q = first_to_end(&multiplier, g, sign, e->cap);
    if (q < g->size) {
        g->kernels->axpy(g->size, sign * multiplier, g->row, g->slope);
        let_go(g, q);
        mvoi_hinge_shift(g, q, -e->beyond / g->row[q]);
        take_hold(g, e, sign, q, multiplier);
        return 1;
    }
    if (e->cap < HUGE_VAL)
        flip(g, e, sign);
    return e->cap < HUGE_VAL;
}

mvo_outcome mvoi_hinge_restore(mvoi_hinge *g)
{
    static const double toward[3] = { 1.0, -1.0, 0.0 };
    for (size_t s = 0; s < g->watched; s++)
        g->toward[s] = toward[g->status[s]];
    for (size_t q = 0; q < g->size; q++)
        note_range(g, q);
    mvoi_hinge_price(g);
    for (size_t steps = 0; steps < 1000 + 20 * g->size; steps++) {
        trouble worst = { 0.0, TROUBLE * g->scale, 0.0, -1, 0 };
        bounds_in_trouble(&worst, g);
        rows_in_trouble(&worst, g);
        hinges_in_trouble(&worst, g);
        if (worst.id < 0)
            return MVO_OPTIMAL;
        if (!mend(g, &worst))
            return MVO_INFEASIBLE;
    }
    return MVO_NUMERICAL;
}
