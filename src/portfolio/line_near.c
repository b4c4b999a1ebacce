/* SPDX-License-Identifier: MIT */
/* The assets that may be next on a critical line (see line_state.h). */
#include "portfolio/line_state.h"

#include <math.h>
#include <string.h>

/* Rounding in the square of a risk, beside the variances it is a difference of. */
static const double ROUNDING = 1e-13;

/* The first risk allowed, beside that of the portfolio; how far is looked ahead, first beside lambda, then in usual steps. */
static const double FIRST_ALLOWED = 0.01, FIRST_STEP = 0.5, STEPS = 16.0;

/* Changes of the two when the base served for few events, or for many. */
static const double MORE = 1.7, LESS = 0.8;

enum { FEW_EVENTS = 3, MANY_EVENTS = 8, TRIES = 10, SPARE = 8 };

int mvoi_near_init(mvoi_near *near, mvo_context *context, size_t n, size_t m, size_t most)
{
    const size_t ld = mvoi_leading_dimension(MVOI_NEAR_MOST);
    *near = (mvoi_near){ .ld = ld };
    const mvoi_part parts[] = {
        MVOI_PART(near->base, n),      MVOI_PART(near->base_rate, n), MVOI_PART(near->deviation, n),  MVOI_PART(near->margin, n + 8),
        MVOI_PART(near->z, ld),        MVOI_PART(near->rate, ld),     MVOI_PART(near->sign, ld),      MVOI_PART(near->fall, ld),
        MVOI_PART(near->begin, ld),    MVOI_PART(near->ones, ld),     MVOI_PART(near->multiplier, m), MVOI_PART(near->multiplier_rate, m),
        MVOI_PART(near->matrix, ld * most), MVOI_PART(near->asset, ld), MVOI_PART(near->row, n),      MVOI_PART(near->found, n + 8)
    };
    near->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (!near->memory)
        return 0;
    for (size_t r = 0; r < ld; r++)
        near->ones[r] = 1.0;
    return 1;
}

void mvoi_near_clear(mvoi_near *near, mvo_context *context)
{
    mvoi_release(context, near->memory);
    near->memory = NULL;
}

/* ------------------------------------------------------------------------------------------- the packed part */

/* K's column of the element at `place` over the chosen. */
static void fill_column(mvoi_line *l, size_t place)
{
    mvoi_near *near = &l->near;
    const double *source = l->column[place];
    double *column = near->matrix + place * near->ld;
    for (size_t r = 0; r < near->count; r++)
        column[r] = source[near->asset[r]];
    for (size_t r = near->count; r < near->padded; r++)
        column[r] = 0.0;
}

void mvoi_near_add(mvoi_line *l, size_t place)
{
    mvoi_near *near = &l->near;
    const size_t e = (size_t)l->inverse->element[place];
    fill_column(l, place);
    near->events++;
    if (e >= l->n)
        return;
    if (near->row[e] >= 0)
        near->sign[near->row[e]] = 0.0;
    near->margin[e] = 0.0;
    near->held -= near->base[e] * l->w[e];
    near->held_rate -= near->base_rate[e] * l->w[e];
}

void mvoi_near_remove(mvoi_line *l, size_t place, size_t last)
{
    mvoi_near *near = &l->near;
    near->events++;
    if (place != last)
        memcpy(near->matrix + place * near->ld, near->matrix + last * near->ld, near->padded * sizeof(double));
}

/* One more asset among the chosen, whose row is not there yet. 0: there is no room. */
static int list_asset(mvoi_line *l, size_t j)
{
    mvoi_near *near = &l->near;
    const size_t r = near->count;
    if (r == MVOI_NEAR_MOST)
        return 0;
    if (r == near->padded) {
        memset(near->sign + r, 0, 8 * sizeof(double));
        memset(near->fall + r, 0, 8 * sizeof(double));
        memset(near->begin + r, 0, 8 * sizeof(double));
        memset(near->z + r, 0, 8 * sizeof(double));
        near->padded += 8;
    }
    near->asset[r] = (int32_t)j;
    near->row[j] = (int32_t)r;
    near->sign[r] = l->sign[j];
    near->fall[r] = l->fall[j];
    near->z[r] = 0.0; /* of a weight that is free until now; others are found with it */
    near->count = r + 1;
    return 1;
}

/* The same with its row. */
static int add_row(mvoi_line *l, size_t j)
{
    mvoi_near *near = &l->near;
    const size_t r = near->count, n = l->n, before = near->padded;
    if (!list_asset(l, j))
        return 0;
    for (size_t s = 0; near->padded > before && s < l->inverse->count; s++)
        memset(near->matrix + before + s * near->ld, 0, 8 * sizeof(double));
    const double *column = l->problem->covariance->dense + j * l->problem->covariance->ld;
    for (size_t s = 0; s < l->inverse->count; s++) {
        const size_t e = (size_t)l->inverse->element[s];
        near->matrix[r + s * near->ld] = e < n ? column[e] : l->column[s][j];
    }
    return 1;
}

void mvoi_near_hold(mvoi_line *l, size_t j)
{
    mvoi_near *near = &l->near;
    near->margin[j] = l->sign[j] != 0.0 ? near->deviation[j] : 0.0;
    near->held += near->base[j] * l->w[j];
    near->held_rate += near->base_rate[j] * l->w[j];
    if (near->row[j] >= 0) {
        near->sign[near->row[j]] = l->sign[j];
        near->z[near->row[j]] = 0.0;
    } else if (!add_row(l, j)) {
        near->horizon = HUGE_VAL; /* no room: nothing is covered any more */
    }
}

void mvoi_near_find_rates(mvoi_line *l)
{
    mvoi_near *near = &l->near;
    l->kernels->respond(near->padded, l->inverse->count, near->matrix, near->ld, l->dx, near->fall, near->ones, near->rate);
}

void mvoi_near_make_anew(mvoi_line *l)
{
    mvoi_near *near = &l->near;
    for (size_t r = 0; r < near->count; r++)
        near->begin[r] = l->lambda * near->fall[r] + l->held[near->asset[r]];
    l->kernels->respond(near->padded, l->inverse->count, near->matrix, near->ld, l->x, near->begin, near->ones, near->z);
}

/* --------------------------------------------------------------------------------------------------- the bound */

/* Sum of a_j w_j over the free weights, which stand by place in x. */
static double times_free(const mvoi_line *l, const double *a, const double *x)
{
    double sum = 0.0;
    for (size_t f = 0; f < l->free_count; f++)
        sum += a[l->assets[f]] * x[l->weight_places[f]];
    return sum;
}

int mvoi_near_covers(mvoi_line *l, double lambda)
{
    mvoi_near *near = &l->near;
    const double step = lambda - l->lambda, way = lambda - near->lambda;
    double *x = l->correction, off = 0.0;
    if (lambda < near->horizon)
        return 0;
    memcpy(x, l->x, l->inverse->padded * sizeof *x);
    l->kernels->axpy(l->inverse->padded, step, l->dx, x);
    const double variance = l->variance + step * (lambda + l->lambda) * l->slope;
    const double square = variance + near->variance - 2.0 * (times_free(l, near->base, x) + near->held) -
                          2.0 * way * (times_free(l, near->base_rate, x) + near->held_rate - near->turn) +
                          way * way * near->slope;
    const double risk = sqrt((square > 0.0 ? square : 0.0) + ROUNDING * (variance + near->variance));
    for (size_t i = 0; i < l->m; i++) {
        const int32_t place = l->inverse->place[l->n + i];
        off += fabs((place >= 0 ? x[place] : 0.0) - (near->multiplier[i] + way * near->multiplier_rate[i]));
    }
    near->off = !(risk + off * near->per_multiplier <= near->allowed);
    return !near->off;
}

/* The line's z and rate, over all assets, at the base. */
static void find_gradients(mvoi_line *l)
{
    const mvoi_near *near = &l->near;
    const mvoi_kernels *kernels = l->kernels;
    const size_t n = l->n;
    memcpy(l->z, near->base, n * sizeof(double));
    memcpy(l->rate, near->base_rate, n * sizeof(double));
    kernels->axpy(n, l->lambda, l->fall, l->z);
    kernels->axpy(n, 1.0, l->fall, l->rate);
    for (size_t i = 0; i < l->m; i++) {
        const double *row = l->problem->rows + i * l->problem->ld_rows;
        if (l->inverse->place[n + i] < 0)
            continue;
        kernels->axpy(n, near->multiplier[i], row, l->z);
        kernels->axpy(n, near->multiplier_rate[i], row, l->rate);
    }
}

/* Looks at Sigma w and its derivative where the line stands. */
static void look(mvoi_line *l)
{
    mvoi_near *near = &l->near;
    const mvo_covariance *covariance = l->problem->covariance;
    const size_t n = l->n;
    for (size_t f = 0; f < l->free_count; f++) {
        l->values[f] = l->x[l->weight_places[f]];
        l->correction[f] = l->dx[l->weight_places[f]];
    }
    if (l->held_any)
        memcpy(near->base, l->held, n * sizeof(double));
    else
        memset(near->base, 0, n * sizeof(double));
    memset(near->base_rate, 0, n * sizeof(double));
    l->kernels->sweep2(n, l->free_count, covariance->dense, covariance->ld, l->assets, l->values, l->correction, near->base,
                       near->base_rate);
    near->held = near->held_rate = 0.0;
    for (size_t j = 0; l->held_any && j < n; j++) {
        const double w = l->side[j] != MVOI_FREE ? l->w[j] : 0.0;
        near->held += near->base[j] * w;
        near->held_rate += near->base_rate[j] * w;
    }
    for (size_t i = 0; i < l->m; i++) {
        const int32_t place = l->inverse->place[n + i];
        near->multiplier[i] = place >= 0 ? l->x[place] : 0.0;
        near->multiplier_rate[i] = place >= 0 ? l->dx[place] : 0.0;
    }
    near->lambda = l->lambda;
    near->variance = l->variance;
    near->slope = l->slope;
    near->turn = times_free(l, near->base_rate, l->x) + near->held_rate;
    find_gradients(l);
}

/* How much is to be allowed from here on, and how far to look ahead, from how the last base served. */
static double look_ahead(mvoi_line *l)
{
    mvoi_near *near = &l->near;
    double ahead = FIRST_STEP * l->lambda;
    if (near->lambda < HUGE_VAL) {
        if (near->off && near->events < FEW_EVENTS)
            near->allowed *= MORE;
        else if (near->events > MANY_EVENTS)
            near->allowed *= LESS;
        if (near->events) /* else nothing is known of steps yet */
            ahead = STEPS * (near->lambda - l->lambda) / (double)near->events;
    }
    near->events = near->off = 0;
    return ahead < l->lambda ? ahead : l->lambda;
}

static void choose_none(mvoi_near *near)
{
    for (size_t r = 0; r < near->count; r++)
        near->row[near->asset[r]] = -1;
    near->count = near->padded = 0;
}

/* Those of `found` are among the chosen, whose others may stay as long as they are few. 0: there is no room. */
static int choose(mvoi_line *l, size_t count)
{
    mvoi_near *near = &l->near;
    size_t more = 0;
    for (size_t k = 0; k < count; k++)
        more += near->row[near->found[k]] < 0;
    if (count > MVOI_NEAR_MOST)
        return 0;
    if (near->count + more > count + count / 4 + SPARE || near->count + more > MVOI_NEAR_MOST) {
        choose_none(near);
        for (size_t k = 0; k < count; k++)
            list_asset(l, (size_t)near->found[k]);
        for (size_t s = 0; s < l->inverse->count; s++)
            fill_column(l, s);
        return 1;
    }
    for (size_t k = 0; k < count; k++)
        if (near->row[near->found[k]] < 0)
            add_row(l, (size_t)near->found[k]);
    return 1;
}

int mvoi_near_set(mvoi_line *l)
{
    mvoi_near *near = &l->near;
    double ahead = look_ahead(l);
    look(l);
    for (int tried = 0; tried < TRIES; tried++) {
        near->horizon = l->lambda - ahead > 0.0 ? l->lambda - ahead : 0.0;
        const size_t count = l->kernels->within(l->wide, l->z, l->rate, l->sign, near->horizon - l->lambda, near->margin,
                                                near->allowed, near->found);
        if (choose(l, count)) {
            for (size_t r = 0; r < near->count; r++) {
                near->z[r] = l->z[near->asset[r]];
                near->rate[r] = l->rate[near->asset[r]];
            }
            return 1;
        }
        ahead *= 0.5;
        if (tried % 2)
            near->allowed *= 0.5;
    }
    return 0;
}

int mvoi_near_begin(mvoi_line *l)
{
    mvoi_near *near = &l->near;
    const double *diagonal = l->problem->covariance->diagonal;
    double least = HUGE_VAL, most = 0.0;
    for (size_t j = 0; j < l->n; j++) {
        near->row[j] = -1;
        near->deviation[j] = sqrt(diagonal[j]);
        near->margin[j] = l->sign[j] != 0.0 ? near->deviation[j] : 0.0;
        least = near->deviation[j] < least ? near->deviation[j] : least;
    }
    for (size_t i = 0; i < l->m; i++)
        most = fmax(most, l->kernels->largest(l->n, l->problem->rows + i * l->problem->ld_rows));
    if (!(least > 0.0))
        return 0;
    for (size_t j = l->n; j < l->wide; j++)
        near->margin[j] = 0.0;
    near->count = near->padded = 0;
    near->per_multiplier = most / least;
    near->allowed = FIRST_ALLOWED * sqrt(l->variance);
    near->lambda = HUGE_VAL;
    return mvoi_near_set(l);
}
