/* SPDX-License-Identifier: MIT */
/*
 * The state of a critical line by place in the inverse, and what follows from it (see line_state.h). What an event needs of its
 * elements - limits, means, columns - stands in arrays in the order of the inverse, so that no loop looks anything up.
 */
#include "portfolio/line_state.h"

#include <math.h>
#include <string.h>

/* A correction beside the solution after which this is no place for plain arithmetic. */
static const double DIVERGED = 1e-9;

/* A correction after which the inverse is no longer trusted alone. */
static const double AGED = 1e-12, AGED_WEIGHTS = 1e-11;

/* What is left of the held weights' variance, beside what it was, before rounding of that is told from it. */
static const double FADED = 0.01;

enum { FEW = 128 }; /* assets: up to here columns are found by their addresses, and rows are columns like others */

static size_t up_to_8(size_t count)
{
    return (count + 7) / 8 * 8;
}

int mvoi_line_init(mvoi_line *l, mvo_solver *solver, const double *mu)
{
    const size_t n = solver->n, m = solver->problem.m, most = solver->tick->inverse.capacity;
    const size_t wide = up_to_8(n), tall = up_to_8(m), place = up_to_8(most);
    *l = (mvoi_line){ .solver = solver, .kernels = solver->kernels, .problem = &solver->problem, .mu = mu, .n = n, .m = m,
                      .wide = wide, .tall = tall, .inverse = &solver->tick->inverse };
    const mvoi_part parts[] = {
        MVOI_PART(l->w, wide),        MVOI_PART(l->sign, wide),          MVOI_PART(l->fall, wide),     MVOI_PART(l->z, wide),
        MVOI_PART(l->rate, wide),     MVOI_PART(l->held, wide),          MVOI_PART(l->activity, tall), MVOI_PART(l->activity_rate, tall),
        MVOI_PART(l->nothing, tall),  MVOI_PART(l->held_activity, tall), MVOI_PART(l->x, place),       MVOI_PART(l->dx, place),
        MVOI_PART(l->low, place),     MVOI_PART(l->high, place),         MVOI_PART(l->own, place),     MVOI_PART(l->means, place),
        MVOI_PART(l->limit, place),   MVOI_PART(l->held_part, place),    MVOI_PART(l->left, place),    MVOI_PART(l->correction, place),
        MVOI_PART(l->values, place),  MVOI_PART(l->column, most),        MVOI_PART(l->row_column, most), MVOI_PART(l->listed, most),
        MVOI_PART(l->assets, most),   MVOI_PART(l->weight_places, most), MVOI_PART(l->sorted, most),   MVOI_PART(l->side, n + m)
    };
    l->memory = mvoi_allocate_parts(solver->context, parts, sizeof parts / sizeof *parts);
    if (!l->memory)
        return 0;
    double *const by_asset[] = { l->w, l->sign, l->fall, l->z, l->rate, l->held };
    for (size_t i = 0; i < sizeof by_asset / sizeof *by_asset; i++)
        memset(by_asset[i] + wide - 8, 0, 8 * sizeof(double));
    double *const by_row[] = { l->activity, l->activity_rate, l->nothing };
    for (size_t i = 0; i < sizeof by_row / sizeof *by_row; i++)
        memset(by_row[i], 0, tall * sizeof(double));
    for (size_t j = 0; j < n; j++)
        l->fall[j] = -mu[j];
    return n < MVOI_LINE_FAR || mvoi_near_init(&l->near, solver->context, n, m, most);
}

void mvoi_line_clear(mvoi_line *l)
{
    mvoi_near_clear(&l->near, l->solver->context);
    mvoi_release(l->solver->context, l->memory);
}

double mvoi_line_limit(const mvoi_line *l, size_t e)
{
    const int upper = l->side[e] == MVOI_UPPER;
    if (e < l->n)
        return upper ? l->problem->upper[e] : l->problem->lower[e];
    return upper ? l->problem->row_upper[e - l->n] : l->problem->row_lower[e - l->n];
}

/* ------------------------------------------------------------------------------------------ held weights */

/* Weight j rests at its limit from now on (1), or no longer does (-1). */
static void hold(mvoi_line *l, size_t j, double sign)
{
    const mvo_covariance *covariance = l->problem->covariance;
    const double w = l->w[j];
    if (w == 0.0)
        return;
    const double *column = covariance->dense + j * covariance->ld;
    l->held_return += sign * w * l->mu[j];
    l->held_variance += sign * w * (2.0 * l->held[j] + sign * w * covariance->diagonal[j]);
    l->kernels->axpy(l->n, sign * w, column, l->held);
    for (size_t i = 0; i < l->m; i++)
        l->held_activity[i] += sign * w * l->problem->rows[i * l->problem->ld_rows + j];
    l->held_any = 1;
    l->held_peak = fmax(l->held_peak, l->held_variance);
}

void mvoi_line_hold_anew(mvoi_line *l)
{
    l->held_return = l->held_variance = l->held_peak = 0.0;
    l->held_any = 0;
    memset(l->held, 0, l->wide * sizeof(double));
    memset(l->held_activity, 0, l->tall * sizeof(double));
    memset(l->held_part, 0, l->inverse->padded * sizeof(double));
    for (size_t j = 0; j < l->n; j++)
        if (l->side[j] != MVOI_FREE)
            hold(l, j, 1.0);
}

/* ------------------------------------------------------------------------------------------------ places */

/* Nothing moves or ends at place s. */
static void clear_place(mvoi_line *l, size_t s)
{
    l->x[s] = l->dx[s] = l->own[s] = l->means[s] = l->limit[s] = l->held_part[s] = 0.0;
    l->low[s] = -HUGE_VAL;
    l->high[s] = HUGE_VAL;
}

/* What belongs to weight j, at place s. */
static void set_weight(mvoi_line *l, size_t s, size_t j)
{
    const mvoi_problem *problem = l->problem;
    l->means[s] = l->mu[j];
    l->low[s] = problem->lower[j];
    l->high[s] = problem->upper[j];
    l->own[s] = 1.0;
    l->limit[s] = 0.0;
    l->column[s] = problem->covariance->dense + j * problem->covariance->ld;
    l->row_column[s] = problem->columns + j * problem->ld_columns;
    l->assets[l->free_count] = (int32_t)j;
    l->weight_places[l->free_count] = (int32_t)s;
    l->listed[s] = (int32_t)l->free_count++;
}

/* What belongs to row i: -y is negative at a lower limit. */
static void set_row(mvoi_line *l, size_t s, size_t i)
{
    const mvoi_problem *problem = l->problem;
    const int either = problem->row_lower[i] == problem->row_upper[i], upper = l->side[l->n + i] == MVOI_UPPER;
    l->means[s] = l->own[s] = 0.0;
    l->low[s] = upper && !either ? 0.0 : -HUGE_VAL;
    l->high[s] = upper || either ? HUGE_VAL : 0.0;
    l->limit[s] = mvoi_line_limit(l, l->n + i);
    l->column[s] = problem->rows + i * problem->ld_rows;
    l->row_column[s] = l->nothing;
}

/* The element last added to the inverse has its place there. */
static void set_last(mvoi_line *l)
{
    const size_t s = l->inverse->count - 1, e = (size_t)l->inverse->element[s];
    if (s % 8 == 0) /* eight more rows */
        for (size_t k = s; k < l->inverse->padded; k++)
            clear_place(l, k);
    if (e < l->n)
        set_weight(l, s, e);
    else
        set_row(l, s, e - l->n);
}

/* The element at place s is taken from the lists; the last one, at `last`, takes its place. */
static void unset(mvoi_line *l, size_t s, size_t last, int weight, int last_is_weight)
{
    if (weight) {
        const int32_t gap = l->listed[s], moved = l->weight_places[--l->free_count];
        l->assets[gap] = l->assets[l->free_count];
        l->weight_places[gap] = moved;
        l->listed[moved] = gap;
    }
    if (s != last) {
        double *const by_place[] = { l->x, l->dx, l->low, l->high, l->own, l->means, l->limit, l->held_part };
        for (size_t k = 0; k < sizeof by_place / sizeof *by_place; k++)
            by_place[k][s] = by_place[k][last];
        l->column[s] = l->column[last];
        l->row_column[s] = l->row_column[last];
        if (last_is_weight) {
            l->listed[s] = l->listed[last];
            l->weight_places[l->listed[s]] = (int32_t)s;
        }
    }
    clear_place(l, last);
}

/* ------------------------------------------------------------------------------------- what follows from them */

void mvoi_line_combine(mvoi_line *l, const double *x, const double *from, double *target)
{
    const mvoi_problem *problem = l->problem;
    const size_t n = l->n;
    if (n <= FEW) {
        l->kernels->combine(n, l->inverse->count, l->column, x, from, target);
        return;
    }
    if (from != target)
        memcpy(target, from, l->wide * sizeof *target);
    for (size_t i = 0; i < l->m; i++)
        if (l->inverse->place[n + i] >= 0)
            l->kernels->axpy(n, x[l->inverse->place[n + i]], problem->rows + i * problem->ld_rows, target);
    for (size_t f = 0; f < l->free_count; f++)
        l->correction[f] = x[l->weight_places[f]];
    l->kernels->sweep(n, l->free_count, problem->covariance->dense, problem->covariance->ld, l->assets, l->correction, target);
}

double mvoi_line_take_weights(mvoi_line *l)
{
    return l->held_return +
           l->kernels->arrive(l->inverse->padded, l->x, l->low, l->high, l->own, l->means, l->values);
}

double mvoi_line_variance(mvoi_line *l)
{
    const mvoi_inverse *inverse = l->inverse;
    const double variance = l->kernels->form(inverse->padded, inverse->count, inverse->matrix, inverse->ld, l->values);
    if (!l->held_any)
        return variance;
    double both = 0.0;
    for (size_t f = 0; f < l->free_count; f++)
        both += l->values[l->weight_places[f]] * l->held[l->assets[f]];
    return variance + 2.0 * both + l->held_variance;
}

/* Whether there are rows whose activities count: nobody asks for those of active ones. */
static int rows_move(const mvoi_line *l)
{
    return l->inverse->count - l->free_count < l->m;
}

/* The largest of the free weights in x. */
static double largest_weight(const mvoi_line *l, const double *x)
{
    double most = 0.0;
    for (size_t f = 0; f < l->free_count; f++)
        most = fmax(most, fabs(x[l->weight_places[f]]));
    return most;
}

int mvoi_line_counts(const mvoi_line *l, double much, double share)
{
    if (l->free_count && much <= share * fabs(l->x[l->weight_places[0]])) /* most often one of them says so */
        return 0;
    return !(much <= share * largest_weight(l, l->x));
}

/* Adds what the inverse makes of the residual in `left` to x. 0 if that is more than a correction. */
static int correct(mvoi_line *l, double *x)
{
    const size_t padded = l->inverse->padded;
    mvoi_inverse_solve(l->inverse, l->left, l->correction);
    const double moved = l->kernels->largest(padded, l->correction), size = l->kernels->largest(padded, x);
    l->kernels->axpy(padded, 1.0, l->correction, x);
    l->careful |= moved > AGED * size;
    return moved <= DIVERGED * size;
}

/* left = rhs - K x at lambda, in twice the precision: lambda mu and A'y may be far larger than what they leave. */
static void find_left(mvoi_line *l)
{
    const mvoi_inverse *inverse = l->inverse;
    for (size_t s = 0; l->held_any && s < inverse->count; s++) {
        const size_t e = (size_t)inverse->element[s];
        l->held_part[s] = -(e < l->n ? l->held[e] : l->held_activity[e - l->n]);
    }
    l->kernels->residual(inverse->padded, inverse->count, inverse->matrix, inverse->ld, l->x, l->lambda, l->means, l->limit,
                         l->held_part, l->left);
}

int mvoi_line_solve_anew(mvoi_line *l)
{
    find_left(l);
    if (!correct(l, l->x))
        return 0;
    /* multipliers may be far larger than weights, which are measured by themselves too */
    l->careful |= mvoi_line_counts(l, l->kernels->largest(l->inverse->padded, l->correction), AGED_WEIGHTS) &&
                  mvoi_line_counts(l, largest_weight(l, l->correction), AGED_WEIGHTS);
    if (rows_move(l))
        l->kernels->combine(l->tall, l->inverse->count, l->row_column, l->x, l->held_activity, l->activity);
    return 1;
}

int mvoi_line_make_anew(mvoi_line *l)
{
    if (!mvoi_line_solve_anew(l))
        return 0;
    if (l->far) {
        mvoi_near_make_anew(l);
    } else {
        memcpy(l->z, l->held, l->wide * sizeof(double));
        l->kernels->axpy(l->wide, l->lambda, l->fall, l->z);
        mvoi_line_combine(l, l->x, l->z, l->z);
    }
    l->carried = 0;
    l->carried_from = l->lambda;
    return 1;
}

int mvoi_line_find_rates(mvoi_line *l, int alone)
{
    const mvoi_inverse *inverse = l->inverse;
    if (alone || l->careful)
        mvoi_inverse_solve(inverse, l->means, l->dx);
    if (l->careful) {
        l->kernels->residual(inverse->padded, inverse->count, inverse->matrix, inverse->ld, l->dx, 1.0, l->means, inverse->zero,
                             inverse->zero, l->left);
        if (!correct(l, l->dx))
            return 0;
    }
    if (rows_move(l))
        l->kernels->combine(l->tall, inverse->count, l->row_column, l->dx, l->nothing, l->activity_rate);
    if (!l->far) {
        mvoi_line_combine(l, l->dx, l->fall, l->rate);
        return 1;
    }
    l->slope = l->kernels->dot(inverse->padded, l->means, l->dx);
    mvoi_near_find_rates(l);
    return 1;
}

int mvoi_line_install(mvoi_line *l)
{
    const size_t n = l->n;
    l->free_count = 0;
    mvoi_inverse_empty(l->inverse);
    for (size_t e = 0; e < n + l->m; e++)
        if ((l->side[e] == MVOI_FREE) == (e < n)) {
            if (!mvoi_inverse_add(l->inverse, l->problem, e))
                return 0;
            set_last(l);
        }
    memcpy(l->sorted, l->assets, l->free_count * sizeof *l->sorted); /* they were added in this order */
    memset(l->x, 0, l->inverse->padded * sizeof(double));
    find_left(l);
    mvoi_inverse_solve(l->inverse, l->left, l->x);
    return mvoi_line_make_anew(l) && mvoi_line_find_rates(l, 1);
}

/* ----------------------------------------------------------------------------------------------- changes */

/* A free weight more in the sorted list, which has one more now, or one less. */
static void sort_in(mvoi_line *l, int32_t asset)
{
    size_t at = l->free_count - 1;
    for (; at > 0 && l->sorted[at - 1] > asset; at--)
        l->sorted[at] = l->sorted[at - 1];
    l->sorted[at] = asset;
}

static void sort_out(mvoi_line *l, int32_t asset)
{
    size_t at = 0;
    while (l->sorted[at] != asset)
        at++;
    memmove(l->sorted + at, l->sorted + at + 1, (l->free_count - at) * sizeof *l->sorted);
}

int mvoi_line_leave(mvoi_line *l, size_t e, int32_t side)
{
    mvoi_inverse *inverse = l->inverse;
    const size_t place = (size_t)inverse->place[e], last = inverse->count - 1;
    const double *own = inverse->inverse + place * inverse->ld;
    const double limit = l->limit[place];
    /* the direction that keeps this element where it is; its own part becomes zero but for rounding */
    l->kernels->axpy(inverse->padded, -l->dx[place] / own[place], own, l->dx);
    const int last_is_weight = (size_t)inverse->element[last] < l->n;
    if (!mvoi_inverse_remove(inverse, l->problem, place))
        return 0;
    unset(l, place, last, e < l->n, last_is_weight);
    if (l->far)
        mvoi_near_remove(l, place, last);
    l->side[e] = side;
    if (e >= l->n) {
        l->activity[e - l->n] = limit;
        return 1;
    }
    l->w[e] = mvoi_line_limit(l, e);
    l->sign[e] = (double)side;
    l->z[e] = 0.0;
    sort_out(l, (int32_t)e);
    hold(l, e, 1.0);
    if (l->far)
        mvoi_near_hold(l, e);
    return 1;
}

int mvoi_line_enter(mvoi_line *l, size_t e, int32_t side)
{
    mvoi_inverse *inverse = l->inverse;
    const double rate = e >= l->n ? l->activity_rate[e - l->n] : l->far ? l->near.rate[l->near.row[e]] : l->rate[e];
    if (!mvoi_inverse_add(inverse, l->problem, e))
        return 0;
    const size_t place = inverse->count - 1;
    l->side[e] = side;
    set_last(l);
    l->x[place] = e < l->n ? l->w[e] : 0.0;
    l->dx[place] = 0.0;
    l->kernels->axpy(inverse->padded, -rate, inverse->inverse + place * inverse->ld, l->dx); /* its residual becomes zero */
    if (e < l->n) {
        hold(l, e, -1.0);
        if (l->held_variance < FADED * l->held_peak)
            mvoi_line_hold_anew(l);
        sort_in(l, (int32_t)e);
        l->sign[e] = 0.0;
    }
    if (l->far)
        mvoi_near_add(l, place);
    return 1;
}
