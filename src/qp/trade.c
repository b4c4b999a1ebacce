/* SPDX-License-Identifier: MIT */
/* The list of weights, its table of responses, and where a solve begins (see trade.h). */
#include "qp/trade.h"

#include <math.h>
#include <string.h>

/* Of the largest variance: a weight with less never enters (see reduced.c). */
static const double LEAST_VARIANCE = 1e-26;

/* Holdings that are dust, beside the average of all. */
static const double DUST = 0.5;

/* Changes of a table before it is made anew; elements that one is built up for, one by one, and elements there may be at holdings:
   beyond that a guess and factorisations are faster; how much longer a list may be than it has to, before it is cleared up. */
enum { AGED = 1000, MOST_INSTALLED = 96, MOST_HELD = 128, SLACK = 16, WHOLE = 72 };

/* Weights, most of which may be long or short, that are still exchanged faster from nothing. */
enum { FEW_ENOUGH = 256 };

/* ------------------------------------------------------------------------------------------------ memory */

mvoi_trade *mvoi_trade_new(mvo_context *context, size_t n, size_t m, size_t absolute, const mvoi_kernels *kernels,
                           mvoi_watch *watch)
{
    mvoi_trade *t = mvoi_allocate(context, 1, sizeof *t);
    if (!t)
        return NULL;
    const size_t most = n + m < MVOI_EXCHANGE_MOST ? n + m : MVOI_EXCHANGE_MOST;
    *t = (mvoi_trade){ .kernels = kernels, .watch = watch, .n = n, .most = most, .absolute = absolute };
    t->x = mvoi_exchange_new(context, most - m, m, kernels, watch);
    if (!t->x) {
        mvoi_trade_free(context, t);
        return NULL;
    }
    const size_t ld = t->x->ld;
    const mvoi_part parts[] = { MVOI_PART(t->deviation, n),      MVOI_PART(t->inverse, n),         MVOI_PART(t->row_risk, m),
                                MVOI_PART(t->w, n),              MVOI_PART(t->sign, n),            MVOI_PART(t->product, n),
                                MVOI_PART(t->z, n),              MVOI_PART(t->seen_lower, n),      MVOI_PART(t->seen_upper, n),
                                MVOI_PART(t->own, ld),           MVOI_PART(t->high, ld),           MVOI_PART(t->low, ld),
                                MVOI_PART(t->total, ld),         MVOI_PART(t->packed, ld),         MVOI_PART(t->pull, absolute),
                                MVOI_PART(t->reach[0], absolute * ld), MVOI_PART(t->reach[1], absolute * ld),
                                MVOI_PART(t->parked_product, n), MVOI_PART(t->parked_activity, m), MVOI_PART(t->moved, n),
                                MVOI_PART(t->parked, n),         MVOI_PART(t->asset, ld),          MVOI_PART(t->place, n),
                                MVOI_PART(t->side, n + m),       MVOI_PART(t->segment, n),         MVOI_PART(t->index, ld),
                                MVOI_PART(t->active, m),         MVOI_PART(t->found, n) };
    t->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (!t->memory) {
        mvoi_trade_free(context, t);
        return NULL;
    }
    for (size_t j = 0; j < n; j++)
        t->place[j] = -1;
    return t;
}

void mvoi_trade_free(mvo_context *context, mvoi_trade *t)
{
    if (!t)
        return;
    mvoi_exchange_free(context, t->x);
    mvoi_release(context, t->memory);
    mvoi_release(context, t);
}

int mvoi_trade_suits(const mvoi_problem *problem)
{
    return problem->covariance->kind == MVOI_DENSE && problem->segments && problem->m <= MVOI_COLUMN_ROWS;
}

void mvoi_trade_forget(mvoi_trade *t, int matrices)
{
    if (!t)
        return;
    t->known = 0;
    t->measured &= !matrices;
}

/* -------------------------------------------------------------------------------------------------- list */

/* Nothing is at element e: nothing is wrong there. */
static void clear_element(mvoi_trade *t, size_t e)
{
    mvoi_exchange *x = t->x;
    for (size_t a = 0; a < t->absolute; a++)
        t->reach[0][e + a * x->ld] = t->reach[1][e + a * x->ld] = 0.0;
    x->value[e] = 0.0;
    x->low[e] = -HUGE_VAL;
    x->high[e] = HUGE_VAL;
    x->weight[e] = 1.0;
}

/* The table has room for element x->size: another eight rows of zeros. */
static void widen(mvoi_trade *t)
{
    mvoi_exchange *x = t->x;
    for (size_t e = 0; e < x->size; e++)
        memset(x->matrix + e * x->ld + x->padded, 0, 8 * sizeof(double));
    for (size_t s = 0; s < x->count; s++)
        memset(x->responses + s * x->ld + x->padded, 0, 8 * sizeof(double));
    for (size_t e = x->padded; e < x->padded + 8; e++)
        clear_element(t, e);
    x->padded += 8;
}

int mvoi_trade_list(mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    mvoi_exchange *x = t->x;
    const mvo_covariance *covariance = problem->covariance;
    const size_t e = x->size, ld = x->ld;
    const double *sigma = covariance->dense + j * covariance->ld;
    double *own = x->matrix + e * ld;
    if (e == t->most)
        return 0;
    if (e == x->padded)
        widen(t);
    memset(own, 0, x->padded * sizeof *own);
    mvoi_read_column(problem, (int32_t)j, (t->rows + 7) / 8 * 8, own);
    for (size_t q = t->rows; q < e; q++)
        own[q] = sigma[t->asset[q]];
    for (size_t q = 0; q < e; q++)
        x->matrix[e + q * ld] = own[q];
    own[e] = covariance->diagonal[j];
    if (x->count) { /* its row of responses: what the basis makes of its column, with the sign turned */
        mvoi_exchange_respond(x, e);
        for (size_t s = 0; s < x->count; s++)
            x->responses[e + s * ld] = -x->column[x->basis[s]];
    }
    t->asset[e] = (int32_t)j;
    t->place[j] = (int32_t)e;
    t->sign[j] = 0.0;
    x->size++;
    return 1;
}

/* Element e, outside the basis, leaves the list; the last one takes its place. */
static void drop(mvoi_trade *t, size_t e)
{
    mvoi_exchange *x = t->x;
    const size_t last = --x->size, ld = x->ld;
    t->place[t->asset[e]] = -1;
    if (e != last) {
        const double corner = x->matrix[last + last * ld];
        memcpy(x->matrix + e * ld, x->matrix + last * ld, x->padded * sizeof(double));
        for (size_t q = 0; q < last; q++)
            x->matrix[e + q * ld] = x->matrix[last + q * ld];
        x->matrix[e + e * ld] = corner;
        for (size_t s = 0; s < x->count; s++)
            x->responses[e + s * ld] = x->responses[last + s * ld];
        x->slot[e] = x->slot[last];
        x->outside[e] = x->outside[last];
        if (x->slot[e] >= 0)
            x->basis[x->slot[e]] = (int32_t)e;
        t->asset[e] = t->asset[last];
        t->place[t->asset[e]] = (int32_t)e;
    }
    x->slot[last] = -1;
    x->outside[last] = 1.0;
    for (size_t q = 0; q < last; q++)
        x->matrix[last + q * ld] = 0.0;
    for (size_t s = 0; s < x->count; s++)
        x->responses[last + s * ld] = 0.0;
    clear_element(t, last);
    x->padded = (x->size + 7) / 8 * 8;
}

/* The rows alone. */
static void empty_list(mvoi_trade *t)
{
    mvoi_exchange *x = t->x;
    mvoi_exchange_empty(x);
    for (size_t e = t->rows; e < x->size; e++)
        t->place[t->asset[e]] = -1;
    x->size = t->rows;
    x->padded = (x->size + 7) / 8 * 8;
    for (size_t e = 0; e < x->size; e++)
        memset(x->matrix + e * x->ld, 0, x->padded * sizeof(double));
    for (size_t a = 0; a < t->absolute; a++)
        for (size_t side = 0; side < 2; side++)
            memset(t->reach[side] + a * x->ld, 0, x->size * sizeof(double));
    for (size_t e = x->size; e < x->padded; e++)
        clear_element(t, e);
}

/* So few weights that all are listed: to look for others would take longer. */
static int is_whole(const mvoi_trade *t)
{
    return t->n + t->rows <= WHOLE;
}

/* ------------------------------------------------------------------------------------------------- begin */

/* The largest coefficient of row i, in whatever segments there are. */
static double largest_coefficient(const mvoi_trade *t, const mvoi_problem *problem, size_t i)
{
    double most = 0.0;
    if (!mvoi_segments_is_absolute(problem->segments, i))
        return t->kernels->largest(t->n, problem->rows + i * problem->ld_rows);
    for (size_t a = 0; a < t->absolute; a++) {
        const mvoi_absolute *row = &problem->segments->absolute[a];
        for (size_t j = 0; row->row == i && j < t->n; j++)
            most = fmax(most, fmax(fabs(mvoi_absolute_above(row, j)), fabs(mvoi_absolute_below(row, j))));
    }
    return most;
}

/* What is asked of the matrices again and again. 0: a weight has no variance to speak of, and could enter with a row alone. */
static int measure(mvoi_trade *t, const mvoi_problem *problem)
{
    const double *diagonal = problem->covariance->diagonal;
    double sum = 0.0, largest = 0.0, least = HUGE_VAL;
    empty_list(t);
    t->rows = t->x->size = problem->m;
    for (size_t j = 0; j < t->n; j++) {
        sum += diagonal[j];
        largest = diagonal[j] > largest ? diagonal[j] : largest;
        least = diagonal[j] < least ? diagonal[j] : least;
    }
    if (!(least > LEAST_VARIANCE * largest))
        return 0;
    const double typical = sqrt(sum / (double)t->n);
    for (size_t j = 0; j < t->n; j++) {
        t->deviation[j] = sqrt(diagonal[j]);
        t->inverse[j] = 1.0 / t->deviation[j];
    }
    for (size_t i = 0; i < problem->m; i++) {
        const double most = largest_coefficient(t, problem, i);
        t->row_risk[i] = most > 0.0 ? typical / most : typical;
    }
    empty_list(t);
    t->known = 0;
    return t->measured = 1;
}

/* Weight j rests on the breakpoint at its holdings, or at the end of its segment there that is nearest. */
static void rest_at_holdings(mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    mvoi_segments *segments = problem->segments;
    const double *at = segments->at + segments->first[j], holdings = segments->holdings[j];
    int32_t g = 0;
    while (g < segments->count[j] && at[g] < holdings)
        g++;
    if (g != segments->segment[j])
        mvoi_segments_move(segments, j, g);
    t->side[j] = problem->upper[j] - holdings <= holdings - problem->lower[j] ? MVOI_UPPER : MVOI_LOWER;
}

/* Weight j rests at zero, or where it may be that is nearest, in the first segment that has it for an end. */
static void rest_at_zero(mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    mvoi_segments *segments = problem->segments;
    const double *at = segments->at + segments->first[j];
    int32_t g = 0;
    while (g < segments->count[j] && at[g] < 0.0)
        g++;
    if (g != segments->segment[j])
        mvoi_segments_move(segments, j, g);
    t->side[j] = fabs(problem->upper[j]) < fabs(problem->lower[j]) ? MVOI_UPPER : MVOI_LOWER;
}

/* What is small beside the holdings. */
static double find_dust(const mvoi_trade *t, const mvoi_problem *problem)
{
    double sum = 0.0;
    for (size_t j = 0; j < t->n; j++)
        sum += fabs(problem->segments->holdings[j]);
    return DUST * sum / (double)t->n;
}

/* All weights at their holdings, but dust at zero: holdings of far less than the others are to go as a rule. */
static void begin_at_holdings(mvoi_trade *t, const mvoi_problem *problem)
{
    const double *holdings = problem->segments->holdings;
    for (size_t j = 0; j < t->n; j++) {
        if (fabs(holdings[j]) > t->dust)
            rest_at_holdings(t, problem, j);
        else
            rest_at_zero(t, problem, j);
    }
    memset(t->side + t->n, 0, t->rows * sizeof *t->side);
}

/* The end nearest to where weight j was: its breakpoint may have gone beyond a bound, or come from there. */
static int32_t nearest_end(const mvoi_problem *problem, const mvoi_point *point, size_t j)
{
    if (point->side[j] == MVOI_FREE)
        return MVOI_FREE;
    return problem->upper[j] - point->w[j] < point->w[j] - problem->lower[j] ? MVOI_UPPER : MVOI_LOWER;
}

/* All weights where they were. */
static void begin_at_answer(mvoi_trade *t, const mvoi_problem *problem, const mvoi_point *point)
{
    for (size_t j = 0; j < t->n; j++)
        t->side[j] = nearest_end(problem, point, j);
    memcpy(t->side + t->n, point->row_side, t->rows * sizeof *t->side);
}

/* Puts weight j, if it rests, at its end. 0: it has none there, or limits cross. */
static int put(mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    const double lower = problem->lower[j], upper = problem->upper[j];
    const int32_t side = t->side[j];
    if (side != MVOI_FREE)
        t->w[j] = side == MVOI_UPPER ? upper : lower;
    t->sign[j] = t->place[j] < 0 && lower < upper ? (double)side : 0.0;
    return lower <= upper && (side == MVOI_FREE || fabs(t->w[j]) < HUGE_VAL);
}

/* The same for all weights; lists what is free or does not rest at zero, but dust. 0: that cannot be, or makes more than `most`
   elements. */
static int put_all(mvoi_trade *t, const mvoi_problem *problem, size_t most)
{
    const int all = is_whole(t);
    size_t count = 0;
    for (size_t j = 0; j < t->n; j++) {
        if (!put(t, problem, j))
            return 0;
        t->found[count] = (int32_t)j;
        if (all || t->side[j] == MVOI_FREE)
            count++;
        else if (t->w[j] != 0.0 && fabs(t->w[j]) <= t->dust)
            t->parked_count++;
        else
            count += t->w[j] != 0.0;
    }
    if (t->x->size + count > most || t->x->size + count == t->rows) /* nothing to begin with */
        return 0;
    for (size_t l = 0; l < count; l++)
        mvoi_trade_list(t, problem, (size_t)t->found[l]);
    memcpy(t->seen_lower, problem->lower, t->n * sizeof(double));
    memcpy(t->seen_upper, problem->upper, t->n * sizeof(double));
    return 1;
}

/* The same for weights that are listed, or whose ends have moved since the last time, where the table is that of `point`. */
static int put_again(mvoi_trade *t, const mvoi_problem *problem, const mvoi_point *point)
{
    const double *restrict lower = problem->lower, *restrict upper = problem->upper;
    double *restrict seen_lower = t->seen_lower, *restrict seen_upper = t->seen_upper;
    for (size_t j = 0; j < t->n; j++) {
        if (lower[j] == seen_lower[j] && upper[j] == seen_upper[j])
            continue;
        seen_lower[j] = lower[j];
        seen_upper[j] = upper[j];
        if (t->place[j] >= 0)
            continue;
        const int parked = t->w[j] != 0.0;
        t->side[j] = nearest_end(problem, point, j);
        if (!put(t, problem, j) || (!parked && t->w[j] != 0.0 && !mvoi_trade_list(t, problem, j)))
            return 0;
    }
    for (size_t e = t->rows; e < t->x->size; e++) {
        const size_t j = (size_t)t->asset[e];
        t->side[j] = nearest_end(problem, point, j);
        if (!put(t, problem, j))
            return 0;
    }
    return 1;
}

/* Weights that rest at zero leave a list that has become long. */
static void clear_up(mvoi_trade *t, const mvoi_problem *problem)
{
    mvoi_exchange *x = t->x;
    size_t idle = 0;
    for (size_t e = t->rows; e < x->size; e++)
        idle += x->slot[e] < 0 && t->w[t->asset[e]] == 0.0;
    if (idle < SLACK || is_whole(t))
        return;
    for (size_t e = x->size; e-- > t->rows;) {
        const size_t j = (size_t)t->asset[e];
        if (x->slot[e] >= 0 || t->w[j] != 0.0)
            continue;
        drop(t, e);
        t->sign[j] = problem->lower[j] < problem->upper[j] ? (double)t->side[j] : 0.0;
    }
}

/* The table for the sides there are, one element after the other. 0: weights are too many, or singular. */
static int install(mvoi_trade *t, const mvoi_problem *problem)
{
    int32_t *row_side = t->side + t->n;
    mvoi_exchange *x = t->x;
    mvoi_exchange_empty(x);
    t->changes = 0;
    for (size_t k = 0; k < x->size; k++) {
        const size_t e = k + t->rows < x->size ? k + t->rows : k + t->rows - x->size; /* weights first */
        const int free = (e < t->rows ? row_side[e] : t->side[t->asset[e]]) == MVOI_FREE;
        if (free != (e >= t->rows))
            continue;
        mvoi_exchange_respond(x, e);
        if (mvoi_trade_is_new(t, problem, e) && x->count < MOST_INSTALLED)
            mvoi_exchange_enter(x, e, 0.0, 0.0);
        else if (e < t->rows)
            row_side[e] = MVOI_FREE; /* other weights have to be freed for it, or it is one of the others over again */
        else
            return 0;
    }
    return 1;
}

/* The solution for the basis, what follows for the other elements, and where all may be. */
static void find_values(mvoi_trade *t, const mvoi_problem *problem)
{
    mvoi_exchange *x = t->x;
    const size_t rows = t->rows;
    size_t count = 0;
    memset(t->own, 0, rows * sizeof *t->own);
    for (size_t e = rows; e < x->size; e++) {
        const size_t j = (size_t)t->asset[e];
        t->own[e] = problem->linear[j];
        t->index[count] = (int32_t)e;
        t->packed[count] = t->w[j];
        count += x->slot[e] < 0 && t->w[j] != 0.0;
    }
    memset(t->own + x->size, 0, (x->padded - x->size) * sizeof *t->own);
    if (t->parked_count)
        mvoi_trade_add_parked(t, t->own);
    x->kernels->sweep(x->padded, count, x->matrix, x->ld, t->index, t->packed, t->own);
    for (size_t s = 0; s < x->count; s++) {
        const size_t e = (size_t)x->basis[s];
        x->factor[s] = (e < rows ? mvoi_trade_row_limit(t, problem, e) : 0.0) - t->own[e];
    }
    x->kernels->respond(x->padded, x->count, x->responses, x->ld, x->factor, t->own, x->outside, x->value);
    mvoi_trade_read_pulls(t, problem);
    for (size_t e = 0; e < x->size; e++)
        mvoi_trade_set_interval(t, problem, e);
}

/* Whether most of many weights may be long or short: then most are neither here nor there, which a factorisation finds faster from
   nothing. */
static int is_for_factors(const mvoi_trade *t, const mvoi_problem *problem)
{
    const mvoi_segments *segments = problem->segments;
    size_t either = 0;
    for (size_t j = 0; j < t->n && t->n > FEW_ENOUGH; j++)
        either += segments->bound_lower[j] < 0.0 && segments->bound_upper[j] > 0.0;
    return 2 * either > t->n;
}

int mvoi_trade_begin(mvoi_trade *t, const mvoi_problem *problem, const mvoi_point *point, int warm)
{
    const size_t n = t->n;
    if ((!t->measured || t->rows != problem->m) && !measure(t, problem))
        return 0;
    const int known = t->known && warm && t->changes < AGED && !memcmp(t->side, point->side, n * sizeof *t->side) &&
                      !memcmp(t->side + n, point->row_side, t->rows * sizeof *t->side);
    t->known = 0;
    t->x->aside_count = 0;
    t->idle = t->plain = 0;
    if (known && mvoi_trade_read_coefficients(t, problem)) {
        if (!put_again(t, problem, point))
            return 0;
        clear_up(t, problem);
    } else if (!warm && is_for_factors(t, problem)) {
        return 0;
    } else {
        t->dust = find_dust(t, problem);
        if (warm)
            begin_at_answer(t, problem, point);
        else
            begin_at_holdings(t, problem);
        t->parked_count = 0;
        empty_list(t); /* a cleared solver goes the way of one just made */
        if (!put_all(t, problem, warm || t->most < MOST_HELD ? t->most : MOST_HELD) || !install(t, problem))
            return 0;
    }
    mvoi_segments_settle(problem->segments);
    if (t->parked_count)
        mvoi_trade_park_again(t, problem);
    find_values(t, problem);
    return 1;
}
