/* SPDX-License-Identifier: MIT */
/* Steps from vertex to vertex (hinge.h): which edge, how far along it, what holds the point there. */
#include "tail/hinge.h"

#include <math.h>
#include <string.h>

static const double STEEP = 1e-11;    /* least slope per length worth a step, in units of the largest |h| */
static const double FLAT = 1e-10;     /* least rate, relative to edge and row, at which something can hold a point */
static const double WEAK = 1e-4;      /* a rate below this (relative) gives way to a better one at the same place */
static const double TOGETHER = 1e-12; /* kinks are at the same place where their quantities differ by less (relative) */
static const double ROUNDING = 1e-13; /* of the slope an edge begins with */
enum { REFACTOR = 100, PATIENCE = 60, ROUNDS = 10 };

/* An edge to follow: position and direction (1: what it holds grows), slope along it (negative). */
typedef struct way {
    size_t position;
    int direction;
    double slope;
} way;

static double unit_of_row(const mvoi_hinge *g, size_t i)
{
    return g->penalty / g->row_scale[i];
}

/* The two slopes of position p: letting what it holds grow, and letting it fall. HUGE_VAL where it may not. */
static void slopes(const mvoi_hinge *g, size_t p, double *grow, double *fall)
{
    const size_t id = (size_t)g->active[p];
    *grow = g->slope[p];
    *fall = -g->slope[p];
    if (id < g->size) {
        if (g->lower[id] == g->upper[id])
            *grow = *fall = HUGE_VAL;
        else if (g->side[id] < 0)
            *fall = HUGE_VAL;
        else if (g->side[id] > 0)
            *grow = HUGE_VAL;
    } else if (id < g->size + g->m) {
        const int equal = g->row_lower[id - g->size] == g->row_upper[id - g->size];
        if (g->side[id] < 0 || (g->side[id] && equal))
            *fall = HUGE_VAL;
        if (g->side[id] > 0 || (g->side[id] && equal))
            *grow = HUGE_VAL;
    } else if (g->costly) {
        *grow += g->cap[id - g->size - g->m];
    }
}

/* The steepest edge, or after many steps that led nowhere the first that descends. */
static way choose_way(const mvoi_hinge *g)
{
    const double least = STEEP * (g->costly ? g->scale : g->penalty);
    way best = { g->size, 0, 0.0 };
    double most = least * least;
    for (size_t p = 0; p < g->size; p++) {
        double grow, fall;
        slopes(g, p, &grow, &fall);
        const double slope = grow <= fall ? grow : fall;
        if (slope >= 0.0 || slope * slope <= most * g->norm[p])
            continue;
        best = (way){ p, grow <= fall ? 1 : -1, slope };
        if (g->standing > PATIENCE)
            break;
        most = slope * slope / g->norm[p];
    }
    return best;
}

/* ----------------------------------------------------------------------------------------- the kinks */

void mvoi_hinge_speeds(mvoi_hinge *g, size_t slots)
{
    size_t count = 0;
    for (size_t r = 0; r < g->k; r++)
        if (g->edge[r] != 0.0) {
            g->columns[count] = g->free[r];
            g->values[count++] = g->edge[r];
        }
    for (size_t i = 0; i < g->m; i++) {
        g->row_speed[i] = 0.0;
        for (size_t c = 0; c < count; c++)
            g->row_speed[i] += g->values[c] * g->rows[i * g->ld_rows + (size_t)g->columns[c]];
    }
    memset(g->speed, 0, slots * sizeof *g->speed);
    g->kernels->sweep(slots, count, g->H, g->ld_H, g->columns, g->values, g->speed);
}

static size_t add_bounds(mvoi_hinge *g, size_t count, double length)
{
    for (size_t r = 0; r < g->k; r++) {
        const size_t j = (size_t)g->free[r];
        const double rate = g->edge[r], limit = rate > 0.0 ? g->upper[j] : g->lower[j];
        if (fabs(rate) > FLAT * length && fabs(limit) < HUGE_VAL)
            g->kinks[count++] = (mvoi_kink){ fmax(0.0, (limit - g->x[j]) / rate), HUGE_VAL, rate, (int32_t)j,
                                             rate > 0.0 ? 1 : -1 };
    }
    return count;
}

/* A row outside its limits has a kink where it comes in. Out none goes that is in. */
static size_t add_rows(mvoi_hinge *g, size_t count, double length, size_t released)
{
    for (size_t i = 0; i < g->m; i++) {
        const size_t id = g->size + i;
        const double rate = g->row_speed[i];
        const int forward = rate > 0.0 ? 1 : -1;
        if ((g->position[id] >= 0 && id != released) || fabs(rate) <= FLAT * length * g->row_scale[i])
            continue;
        const double in = rate > 0.0 ? g->row_lower[i] : g->row_upper[i];
        const double out = rate > 0.0 ? g->row_upper[i] : g->row_lower[i];
        if (g->row_state[i] == -forward)
            g->kinks[count++] = (mvoi_kink){ fmax(0.0, (in - g->activity[i]) / rate), fabs(rate) * unit_of_row(g, i),
                                             rate, (int32_t)id, -forward };
        if (g->row_state[i] != forward && fabs(out) < HUGE_VAL)
            g->kinks[count++] =
                (mvoi_kink){ fmax(0.0, (out - g->activity[i]) / rate), HUGE_VAL, rate, (int32_t)id, forward };
    }
    return count;
}

static size_t add_hinges(mvoi_hinge *g, size_t count, double length)
{
    static const double toward[3] = { 1.0, -1.0, 0.0 }; /* hinges that are out come in as they grow, and conversely */
    const double least = FLAT * length * g->scale;
    double farthest = HUGE_VAL;
    for (size_t i = 0; i < count; i++)
        if (g->kinks[i].rise == HUGE_VAL)
            farthest = fmin(farthest, g->kinks[i].step);
    for (size_t s = 0; s < g->slots; s++) { /* without branches, since half of them would be foretold wrongly */
        const double rate = g->speed[s], step = -g->t[s] / rate;
        const int comes = (rate * toward[g->status[s]] > least) & !(step > farthest);
        g->kinks[count] = (mvoi_kink){ step > 0.0 ? step : 0.0, rate * toward[g->status[s]] * g->cap[s], rate,
                                       (int32_t)(g->size + g->m + s), 0 };
        count += (size_t)comes;
    }
    return count;
}

/* ------------------------------------------------------------------------------------- the long step */

static int sooner(const mvoi_kink *a, const mvoi_kink *b)
{
    return a->step < b->step || (a->step == b->step && a->id < b->id);
}

static void sift(mvoi_kink *heap, size_t count, size_t at)
{
    const mvoi_kink moved = heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && sooner(&heap[child + 1], &heap[child]))
            child++;
        if (!sooner(&heap[child], &moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* The rate in units in which those of different kinds compare. */
static double strength(const mvoi_hinge *g, const mvoi_kink *kink)
{
    const size_t id = (size_t)kink->id;
    const double unit = id < g->size ? 1.0 : id < g->size + g->m ? g->row_scale[id - g->size] : g->scale;
    return fabs(kink->rate) / unit;
}

/*
 * Takes kinks from the heap, soonest first, and puts them behind it (the last taken first), until the edge no longer
 * descends. Returns how many were taken; the last of them is where to stop, 0 if there is no such.
 */
static size_t take_kinks(mvoi_hinge *g, size_t count, double slope, double length)
{
    mvoi_kink *heap = g->kinks;
    const double level = ROUNDING * slope; /* an edge no steeper than this is level: what cancelled is rounding */
    size_t left = count;
    for (size_t i = count / 2; i-- > 0;)
        sift(heap, count, i);
    while (left) {
        const mvoi_kink first = heap[0];
        heap[0] = heap[--left];
        sift(heap, left, 0);
        heap[left] = first;
        slope += first.rise;
        if (slope >= level)
            break;
    }
    if (slope < level)
        return 0;
    /* Where what stops the point hardly moves, something at the same place that moves faster holds it better. */
    const mvoi_kink stop = heap[left];
    size_t best = left, taken = left;
    while (left && strength(g, &heap[best]) < WEAK * length &&
           (heap[0].step - stop.step) * strength(g, &stop) <= TOGETHER) {
        const mvoi_kink first = heap[0];
        heap[0] = heap[--left];
        sift(heap, left, 0);
        heap[left] = first;
        if (strength(g, &first) > strength(g, &heap[best]))
            best = taken = left;
    }
    return count - taken;
}

/* --------------------------------------------------------------------------------------- one whole step */

/* What a position held begins to move: a coordinate gets its row, a hinge its new slope. */
static void let_go(mvoi_hinge *g, const way *w)
{
    const size_t id = (size_t)g->active[w->position];
    if (id < g->size) {
        mvoi_hinge_release_bound(g, w->position);
    } else if (id >= g->size + g->m) {
        const size_t s = id - g->size - g->m;
        g->status[s] = w->direction > 0 ? MVOI_IN : MVOI_OUT;
        if (w->direction > 0 && g->costly)
            mvoi_hinge_push(g, (int32_t)id, g->cap[s]);
    }
}

static void pass(mvoi_hinge *g, const mvoi_kink *kink)
{
    const size_t id = (size_t)kink->id;
    if (kink->rise == HUGE_VAL)
        return; /* beyond it by rounding only */
    if (id < g->size + g->m) {
        const size_t i = id - g->size;
        mvoi_hinge_push(g, kink->id, -g->row_state[i] * unit_of_row(g, i));
        g->row_state[i] = 0;
        return;
    }
    const size_t s = id - g->size - g->m;
    mvoi_hinge_push(g, kink->id, kink->rate > 0.0 ? g->cap[s] : -g->cap[s]);
    g->status[s] = kink->rate > 0.0 ? MVOI_IN : MVOI_OUT;
}

/* What stopped the point holds it from now on. */
static void take_hold(mvoi_hinge *g, size_t p, const mvoi_kink *kink)
{
    const size_t id = (size_t)kink->id;
    if (id < g->size) {
        g->side[id] = (int8_t)kink->side;
        g->x[id] = kink->side > 0 ? g->upper[id] : g->lower[id];
        if (g->active[p] == kink->id) { /* from one bound of the coordinate to the other */
            mvoi_hinge_hold_bound(g, id);
            return;
        }
    } else if (id < g->size + g->m) {
        const size_t i = id - g->size;
        if (g->row_state[i] && g->penalty < HUGE_VAL)
            mvoi_hinge_push(g, kink->id, -g->row_state[i] * unit_of_row(g, i));
        g->row_state[i] = 0;
        g->side[id] = (int8_t)kink->side;
        g->activity[i] = kink->side > 0 ? g->row_upper[i] : g->row_lower[i];
    } else {
        const size_t s = id - g->size - g->m;
        if (g->status[s] == MVOI_IN)
            mvoi_hinge_push(g, kink->id, -g->cap[s]);
        g->status[s] = MVOI_ACTIVE;
        g->t[s] = 0.0;
    }
    mvoi_hinge_row(g, kink->id, g->row);
    mvoi_hinge_pivot(g, p, kink->id, g->row);
}

static void move(mvoi_hinge *g, double step)
{
    for (size_t r = 0; r < g->k; r++) {
        const size_t j = (size_t)g->free[r];
        const double x = g->x[j] + step * g->edge[r];
        g->x[j] = x < g->lower[j] ? g->lower[j] : x > g->upper[j] ? g->upper[j] : x;
    }
    for (size_t i = 0; i < g->m; i++)
        g->activity[i] += step * g->row_speed[i];
    if (g->costly)
        g->kernels->axpy(g->slots, step, g->speed, g->t);
}

/* 1, or 0 where the edge has no end; then the vertex is as it was but for what mvoi_hinge_refactor mends. */
static int follow(mvoi_hinge *g, const way *w)
{
    const size_t p = w->position, released = (size_t)g->active[p];
    const double length = sqrt(g->norm[p]);
    let_go(g, w);
    for (size_t r = 0; r < g->k; r++)
        g->edge[r] = w->direction * g->X[r + p * g->ld_X];
    mvoi_hinge_speeds(g, g->costly ? g->slots : 0);
    size_t count = add_rows(g, add_bounds(g, 0, length), length, released);
    if (g->costly)
        count = add_hinges(g, count, length);
    const size_t taken = take_kinks(g, count, w->slope, length);
    if (!taken) {
        for (size_t j = 0; j < g->size; j++)
            g->ray[j] = g->place[j] >= 0 ? g->edge[g->place[j]] : 0.0;
        if (released < g->size)
            mvoi_hinge_hold_bound(g, released);
        else if (released >= g->size + g->m)
            g->status[released - g->size - g->m] = MVOI_ACTIVE;
        return 0;
    }
    const mvoi_kink stop = g->kinks[count - taken];
    move(g, stop.step);
    for (size_t i = count; --i > count - taken;)
        pass(g, &g->kinks[i]);
    g->standing = stop.step > 0.0 ? 0 : g->standing + 1;
    take_hold(g, p, &stop);
    g->pivots++;
    return 1;
}

mvo_outcome mvoi_hinge_descend(mvoi_hinge *g)
{
    const int64_t most = g->pivots + 2000 + 200 * (int64_t)(g->size + g->m);
    int64_t fresh = g->pivots;
    g->standing = 0;
    for (int rounds = 0; g->pivots < most;) {
        mvoi_hinge_price(g);
        const way w = choose_way(g);
        if (w.position < g->size) {
            if (!follow(g, &w)) {
                mvoi_hinge_refactor(g);
                return MVO_UNBOUNDED;
            }
        } else if (g->pivots == fresh || rounds++ == ROUNDS) {
            return MVO_OPTIMAL;
        }
        if (w.position == g->size || g->pivots - fresh >= REFACTOR) {
            mvoi_hinge_refactor(g);
            fresh = g->pivots;
        }
    }
    return MVO_NUMERICAL;
}
