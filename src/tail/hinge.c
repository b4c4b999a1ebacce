/* SPDX-License-Identifier: MIT */
/* The vertex of hinge.h and its edges: made, changed by one pivot, made anew. */
#include "tail/hinge.h"

#include <math.h>
#include <string.h>

static const double SINGULAR = 1e-11; /* relative to the length of an edge */

/* Whether `count` numbers of `size` bytes were had; adds to the list of what to give back by being a member. */
#define CLAIM(member, count) ((member) = mvoi_allocate(context, (count), sizeof *(member)))

int mvoi_hinge_new(mvoi_hinge *g, mvo_context *context, size_t n, size_t m, size_t capacity)
{
    memset(g, 0, sizeof *g);
    const size_t size = n + 1;
    g->kernels = mvoi_kernels_best();
    g->context = context;
    g->n = n;
    g->m = m;
    g->size = size;
    g->capacity = capacity;
    g->ld_rows = mvoi_leading_dimension(size);
    g->ld_X = mvoi_leading_dimension(size);
    g->ld_H = mvoi_leading_dimension(capacity);
    g->ld_h = mvoi_leading_dimension(n);
    if (size > INT32_MAX / 4 || m > INT32_MAX / 4 || capacity > INT32_MAX / 4 || g->ld_H > SIZE_MAX / 8 / size ||
        capacity > SIZE_MAX / 8 / g->ld_h || g->ld_X > SIZE_MAX / 8 / size || m > SIZE_MAX / 8 / g->ld_rows)
        return 0;
    const int done =
        CLAIM(g->lower, size) && CLAIM(g->upper, size) && CLAIM(g->rows, m * g->ld_rows) && CLAIM(g->row_lower, m) &&
        CLAIM(g->row_upper, m) && CLAIM(g->row_scale, m) && CLAIM(g->x, size) && CLAIM(g->activity, m) &&
        CLAIM(g->gradient, size) && CLAIM(g->free, size) && CLAIM(g->place, size) && CLAIM(g->active, size) &&
        CLAIM(g->position, size + m) && CLAIM(g->side, size + m) && CLAIM(g->row_state, m) && CLAIM(g->row_speed, m) &&
        CLAIM(g->X, g->ld_X * size) && CLAIM(g->norm, size) && CLAIM(g->slope, size) && CLAIM(g->row, size) &&
        CLAIM(g->ray, size) && CLAIM(g->edge, size) && CLAIM(g->coefficient, size) && CLAIM(g->columns, size) &&
        CLAIM(g->values, size) && CLAIM(g->H, g->ld_H * size) && CLAIM(g->h, capacity * g->ld_h) &&
        CLAIM(g->cap, capacity) && CLAIM(g->t, capacity) && CLAIM(g->speed, capacity) && CLAIM(g->toward, capacity) &&
        CLAIM(g->least, size) && CLAIM(g->most, size) && CLAIM(g->slot_list, capacity) && CLAIM(g->status, capacity) &&
        CLAIM(g->kinks, capacity + 3 * size + 2 * m + 1);
    for (size_t s = 0; done && s < capacity; s++)
        g->H[s + n * g->ld_H] = -1.0;
    return done;
}

void mvoi_hinge_free(mvoi_hinge *g)
{
    void *const owned[] = { g->lower,     g->upper,    g->rows,      g->row_lower, g->row_upper,   g->row_scale,
                            g->x,         g->activity, g->gradient,  g->free,      g->place,       g->active,
                            g->position,  g->side,     g->row_state, g->row_speed, g->X,           g->norm,
                            g->slope,     g->row,      g->ray,       g->edge,      g->coefficient, g->columns,
                            g->values,    g->H,        g->h,         g->cap,       g->t,           g->speed,
                            g->slot_list, g->toward,   g->least,     g->most,      g->status,      g->kinks };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(g->context, owned[i]);
}

/* ------------------------------------------------------------------------------------ the slack vertex */

static void clear_edges(mvoi_hinge *g)
{
    g->k = 0;
    for (size_t j = 0; j < g->size; j++) {
        g->place[j] = -1;
        g->active[j] = (int32_t)j;
        g->position[j] = (int32_t)j;
        g->norm[j] = 1.0;
    }
    for (size_t i = 0; i < g->m; i++)
        g->position[g->size + i] = -1;
}

void mvoi_hinge_start(mvoi_hinge *g)
{
    clear_edges(g);
    for (size_t j = 0; j < g->size; j++) {
        const double lower = g->lower[j], upper = g->upper[j];
        const int at_lower = lower > -HUGE_VAL && (upper == HUGE_VAL || fabs(lower) <= fabs(upper));
        g->side[j] = (int8_t)(at_lower ? -1 : upper < HUGE_VAL ? 1 : 0);
        g->x[j] = at_lower ? lower : upper < HUGE_VAL ? upper : 0.0;
    }
    for (size_t s = 0; s < g->slots; s++)
        g->status[s] = MVOI_OUT;
    mvoi_hinge_refresh(g);
}

/* ------------------------------------------------------------------------------------------ one pivot */

static double coefficient_of(const mvoi_hinge *g, int32_t id, size_t j)
{
    const size_t at = (size_t)id - g->size;
    if (at < g->m)
        return j < g->n ? g->rows[at * g->ld_rows + j] : 0.0;
    return j < g->n ? g->h[(at - g->m) * g->ld_h + j] : -g->level;
}

void mvoi_hinge_row(mvoi_hinge *g, int32_t id, double *row)
{
    if ((size_t)id < g->size) {
        const size_t r = (size_t)g->place[id];
        for (size_t q = 0; q < g->size; q++)
            row[q] = g->X[r + q * g->ld_X];
        return;
    }
    for (size_t r = 0; r < g->k; r++)
        g->values[r] = coefficient_of(g, id, (size_t)g->free[r]);
    g->kernels->gemv_transposed(g->k, g->size, g->X, g->ld_X, g->values, row);
    for (size_t q = 0; q < g->size; q++) {
        const size_t held = (size_t)g->active[q];
        if (held < g->size && g->place[held] < 0)
            row[q] += coefficient_of(g, id, held);
    }
}

void mvoi_hinge_release_bound(mvoi_hinge *g, size_t p)
{
    const int32_t j = g->active[p];
    for (size_t q = 0; q < g->size; q++)
        g->X[g->k + q * g->ld_X] = q == p ? 1.0 : 0.0;
    g->place[j] = (int32_t)g->k;
    g->free[g->k++] = j;
}

/* The last row of X takes the place of coordinate j's. */
void mvoi_hinge_hold_bound(mvoi_hinge *g, size_t j)
{
    const size_t r = (size_t)g->place[j], last = --g->k;
    if (r != last) {
        for (size_t q = 0; q < g->size; q++)
            g->X[r + q * g->ld_X] = g->X[last + q * g->ld_X];
        g->free[r] = g->free[last];
        g->place[g->free[r]] = (int32_t)r;
    }
    g->place[j] = -1;
}

void mvoi_hinge_pivot(mvoi_hinge *g, size_t p, int32_t id, const double *row)
{
    const double pivot = row[p], length = g->norm[p];
    const double *edge = g->X + p * g->ld_X;
    g->kernels->gemv_transposed(g->k, g->size, g->X, g->ld_X, edge, g->coefficient);
    for (size_t q = 0; q < g->size; q++) {
        const double ratio = row[q] / pivot;
        const double norm = g->norm[q] - 2.0 * ratio * g->coefficient[q] + ratio * ratio * length;
        const double least = ratio * ratio * 1e-8 * length + 1e-300;
        g->norm[q] = norm > least ? norm : least;
    }
    g->norm[p] = length / (pivot * pivot);
    mvoi_hinge_exchange(g, p, id, row);
}

void mvoi_hinge_exchange(mvoi_hinge *g, size_t p, int32_t id, const double *row)
{
    const double pivot = row[p];
    double *edge = g->X + p * g->ld_X;
    for (size_t r = 0; r < g->k; r++)
        g->edge[r] = edge[r] / pivot;
    for (size_t q = 0; q < g->size; q++)
        g->coefficient[q] = -row[q];
    g->coefficient[p] = 0.0;
    g->kernels->rank1(g->k, g->size, g->X, g->ld_X, g->edge, g->coefficient);
    memcpy(edge, g->edge, g->k * sizeof *edge);

    const size_t old = (size_t)g->active[p];
    if (old < g->size + g->m)
        g->position[old] = -1;
    g->active[p] = id;
    if ((size_t)id < g->size + g->m)
        g->position[id] = (int32_t)p;
    if ((size_t)id < g->size)
        mvoi_hinge_hold_bound(g, (size_t)id);
}

/* -------------------------------------------------------------------------------- values from the point */

void mvoi_hinge_push(mvoi_hinge *g, int32_t id, double factor)
{
    const size_t at = (size_t)id - g->size;
    if (at < g->m) {
        g->kernels->axpy(g->n, factor, g->rows + at * g->ld_rows, g->gradient);
        return;
    }
    g->kernels->axpy(g->n, factor, g->h + (at - g->m) * g->ld_h, g->gradient);
    g->gradient[g->n] -= factor * g->level;
}

static void recompute_gradient(mvoi_hinge *g)
{
    for (size_t j = 0; j < g->n; j++)
        g->gradient[j] = 0.0;
    g->gradient[g->n] = g->costly ? g->level : 0.0;
    size_t count = 0;
    double mass = 0.0;
    for (size_t s = 0; g->costly && s < g->slots; s++)
        if (g->status[s] == MVOI_IN) {
            g->slot_list[count] = (int32_t)s;
            g->speed[count++] = g->cap[s];
            mass += g->cap[s];
        }
    g->kernels->sweep(g->n, count, g->h, g->ld_h, g->slot_list, g->speed, g->gradient);
    g->gradient[g->n] -= mass * g->level;
    for (size_t i = 0; i < g->m; i++)
        if (g->row_state[i] && g->penalty < HUGE_VAL)
            mvoi_hinge_push(g, (int32_t)(g->size + i), g->row_state[i] * g->penalty / g->row_scale[i]);
}

void mvoi_hinge_measure(mvoi_hinge *g)
{
    size_t count = 0;
    for (size_t j = 0; j < g->size; j++)
        if (g->x[j] != 0.0) {
            g->columns[count] = (int32_t)j;
            g->values[count++] = g->x[j];
        }
    memset(g->t, 0, g->slots * sizeof *g->t);
    g->kernels->sweep(g->slots, count, g->H, g->ld_H, g->columns, g->values, g->t);
}

void mvoi_hinge_refresh(mvoi_hinge *g)
{
    mvoi_hinge_measure(g);
    for (size_t s = 0; s < g->slots; s++)
        if (g->status[s] == MVOI_ACTIVE)
            g->t[s] = 0.0;
        else if (fabs(g->t[s]) > 1e-13 * g->scale)
            g->status[s] = g->t[s] > 0.0 ? MVOI_IN : MVOI_OUT;
    for (size_t i = 0; i < g->m; i++) {
        const double lower = g->row_lower[i], upper = g->row_upper[i];
        const double activity = g->kernels->dot(g->n, g->rows + i * g->ld_rows, g->x);
        const double slack = 1e-12 * fmax(g->row_scale[i], fabs(activity));
        const int side = g->position[g->size + i] < 0 ? 0 : g->side[g->size + i];
        g->activity[i] = side < 0 ? lower : side > 0 ? upper : activity;
        g->row_state[i] = (int8_t)(side ? 0 : activity < lower - slack ? -1 : activity > upper + slack ? 1 : 0);
    }
    recompute_gradient(g);
}

int mvoi_hinge_feasible(const mvoi_hinge *g)
{
    for (size_t i = 0; i < g->m; i++)
        if (g->row_state[i])
            return 0;
    return 1;
}

void mvoi_hinge_price(mvoi_hinge *g)
{
    for (size_t r = 0; r < g->k; r++)
        g->values[r] = g->gradient[g->free[r]];
    g->kernels->gemv_transposed(g->k, g->size, g->X, g->ld_X, g->values, g->slope);
    for (size_t q = 0; q < g->size; q++) {
        const size_t held = (size_t)g->active[q];
        if (held < g->size && g->place[held] < 0)
            g->slope[q] += g->gradient[held];
    }
}

/* ------------------------------------------------------------------------------------------- made anew */

/* What an active row or hinge is away from where it should stand. */
static double discrepancy(const mvoi_hinge *g, int32_t id)
{
    const size_t at = (size_t)id - g->size;
    double high = 0.0, low = 0.0;
    if (at < g->m)
        high = g->activity[at]; /* which is the limit, or where the row is held */
    else
        high = g->level * g->x[g->n];
    for (size_t j = 0; j < g->n; j++)
        if (g->x[j] != 0.0)
            mvoi_accumulate(&high, &low, -coefficient_of(g, id, j), g->x[j]);
    return high + low;
}

/* Where active rows stand: at their limit, unless that has moved away from them. */
static void set_activities(mvoi_hinge *g)
{
    for (size_t i = 0; i < g->m; i++)
        if (g->position[g->size + i] >= 0 && g->side[g->size + i])
            g->activity[i] = g->side[g->size + i] < 0 ? g->row_lower[i] : g->row_upper[i];
}

/* Free coordinates moved so that what is active holds: Newton's step with X, twice because X is rounded. */
static void recompute_point(mvoi_hinge *g)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t q = 0; q < g->size; q++)
            g->coefficient[q] = (size_t)g->active[q] < g->size ? 0.0 : discrepancy(g, g->active[q]);
        for (size_t r = 0; r < g->k; r++)
            g->edge[r] = 0.0;
        g->kernels->gemv(g->k, g->size, g->X, g->ld_X, g->coefficient, g->edge);
        for (size_t r = 0; r < g->k; r++)
            g->x[g->free[r]] += g->edge[r];
    }
    for (size_t r = 0; r < g->k; r++) { /* rounding must not leave a bound behind */
        const size_t j = (size_t)g->free[r];
        g->x[j] = fmin(fmax(g->x[j], g->lower[j]), g->upper[j]);
    }
}

/* The position, among those that hold the bound of a coordinate with a row in X, where g->row is largest for its edge;
   size if none is fit to pivot on. */
static size_t best_position(const mvoi_hinge *g, double length)
{
    size_t best = g->size;
    double most = SINGULAR * length;
    for (size_t q = 0; q < g->size; q++) {
        const size_t held = (size_t)g->active[q];
        if (held >= g->size || g->place[held] < 0 || fabs(g->row[q]) <= most)
            continue;
        most = fabs(g->row[q]);
        best = q;
    }
    return best;
}

/* An active thing that turned out to depend on the others is active no longer. */
static void set_aside(mvoi_hinge *g, int32_t id)
{
    const size_t at = (size_t)id - g->size;
    if (at >= g->m)
        g->status[at - g->m] = MVOI_OUT;
}

/* Every position holds a bound again; the free coordinates keep their rows, which are those of the unit matrix. */
static void unit_edges(mvoi_hinge *g)
{
    for (size_t j = 0; j < g->size; j++) {
        g->active[j] = (int32_t)j;
        g->position[j] = (int32_t)j;
        for (size_t r = 0; r < g->k; r++)
            g->X[r + j * g->ld_X] = g->free[r] == (int32_t)j ? 1.0 : 0.0;
        g->norm[j] = 1.0;
    }
    for (size_t i = 0; i < g->m; i++)
        g->position[g->size + i] = -1;
}

/* Coordinates that found nothing to be held by stay at their value. */
static void hold_what_is_left(mvoi_hinge *g)
{
    for (size_t q = 0; q < g->size; q++) {
        const size_t held = (size_t)g->active[q];
        if (held >= g->size || g->place[held] < 0)
            continue;
        g->side[held] = (int8_t)(g->x[held] <= g->lower[held] ? -1 : g->x[held] >= g->upper[held] ? 1 : 0);
        mvoi_hinge_hold_bound(g, held);
    }
}

void mvoi_hinge_lengths(mvoi_hinge *g)
{
    for (size_t q = 0; q < g->size; q++) {
        const double *edge = g->X + q * g->ld_X;
        g->norm[q] = g->kernels->dot(g->k, edge, edge) + ((size_t)g->active[q] < g->size ? 1.0 : 0.0);
    }
}

void mvoi_hinge_refactor(mvoi_hinge *g)
{
    int32_t *kept = g->columns; /* what is active beside bounds */
    size_t count = 0;
    for (size_t q = 0; q < g->size; q++)
        if ((size_t)g->active[q] >= g->size)
            kept[count++] = g->active[q];
    unit_edges(g);
    for (size_t c = 0; c < count; c++) {
        mvoi_hinge_row(g, kept[c], g->row);
        const size_t at = (size_t)kept[c] - g->size, p = best_position(g, at < g->m ? g->row_scale[at] : g->scale);
        if (p < g->size)
            mvoi_hinge_pivot(g, p, kept[c], g->row);
        else
            set_aside(g, kept[c]);
    }
    hold_what_is_left(g);
    mvoi_hinge_lengths(g);
    set_activities(g);
    recompute_point(g);
    mvoi_hinge_refresh(g);
    g->refactorisations++;
}
