/* SPDX-License-Identifier: MIT */
/* The working set of ticks: its inverse, the sums over held weights, and its changes (see tick.h). */
#include "qp/tick.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Of a typical deviation: less counts as this much where rounding is measured, a riskless asset's too. */
static const double RISKLESS = 1e-2;

/* A rate of less, in risk for risk, is what rounding leaves of none. */
static const double NOTHING = 1e-9;

/* Elements an inverse has room for; those it is built up for, one by one, before a factorisation would be cheaper. */
enum { CAPACITY = 256, MOST_INSTALLED = 96, STALE = 64 };

/* Partners that did not help, in one solve: none makes up for what a weight without variance lacks. */
enum { MOST_IN_VAIN = 6 };

/* ------------------------------------------------------------------------------------------------ memory */

mvoi_tick *mvoi_tick_new(mvo_context *context, size_t n, size_t m, const mvoi_kernels *kernels, mvoi_watch *watch)
{
    mvoi_tick *t = mvoi_allocate(context, 1, sizeof *t);
    if (!t)
        return NULL;
    *t = (mvoi_tick){ .kernels = kernels, .watch = watch, .n = n, .m = m, .grow_least = MVOI_GROW_LEAST };
    if (!mvoi_inverse_init(&t->inverse, context, n, m, n + m < CAPACITY ? n + m : CAPACITY, kernels)) {
        mvoi_tick_free(context, t);
        return NULL;
    }
    const size_t most = t->inverse.ld;
    const mvoi_part parts[] = {
        MVOI_PART(t->deviation, n),  MVOI_PART(t->per_risk, n),   MVOI_PART(t->row_risk, m),   MVOI_PART(t->row_weight, m),
        MVOI_PART(t->w, n),          MVOI_PART(t->sign, n),
        MVOI_PART(t->held, n),       MVOI_PART(t->held_low, n),   MVOI_PART(t->held_rows, m), MVOI_PART(t->held_rows_low, m),
        MVOI_PART(t->seen_lower, n), MVOI_PART(t->seen_upper, n), MVOI_PART(t->product, n),   MVOI_PART(t->z, n),
        MVOI_PART(t->activity, m),   MVOI_PART(t->x, most),       MVOI_PART(t->total, most),  MVOI_PART(t->rhs, most),
        MVOI_PART(t->high, most),    MVOI_PART(t->low, most),     MVOI_PART(t->correction, most + n), MVOI_PART(t->values, n),
        MVOI_PART(t->row_values, m), MVOI_PART(t->side, n + m),   MVOI_PART(t->assets, n),    MVOI_PART(t->places, n),
        MVOI_PART(t->active, m),     MVOI_PART(t->index, n + m),  MVOI_PART(t->lower, most),    MVOI_PART(t->upper, most),
        MVOI_PART(t->weight, most),  MVOI_PART(t->excess, most),  MVOI_PART(t->near_asset, MVOI_TICK_NEAR),
        MVOI_PART(t->near_packed, MVOI_TICK_NEAR * most), MVOI_PART(t->near_value, MVOI_TICK_NEAR)
    };
    t->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (t->memory)
        return t;
    mvoi_tick_free(context, t);
    return NULL;
}

void mvoi_tick_free(mvo_context *context, mvoi_tick *t)
{
    if (!t)
        return;
    mvoi_inverse_clear(&t->inverse, context);
    mvoi_release(context, t->memory);
    mvoi_release(context, t);
}

int mvoi_tick_suits(const mvoi_problem *problem)
{
    return problem->covariance->kind == MVOI_DENSE && !problem->segments && problem->columns;
}

void mvoi_tick_forget(mvoi_tick *t, int matrices)
{
    if (!t)
        return;
    t->known = t->near_known = 0;
    t->measured &= !matrices;
    if (!matrices)
        t->near_reach = 0.0; /* a cleared solver goes the way of one just made */
}

/* ------------------------------------------------------------------------------------------------- begin */

static int measure(mvoi_tick *t, const mvoi_problem *problem)
{
    const double *diagonal = problem->covariance->diagonal;
    double sum = 0.0;
    for (size_t j = 0; j < t->n; j++)
        sum += diagonal[j];
    if (!(sum > 0.0))
        return 0;
    const double typical = sqrt(sum / (double)t->n);
    for (size_t j = 0; j < t->n; j++) {
        t->deviation[j] = fmax(sqrt(diagonal[j]), RISKLESS * typical);
        t->per_risk[j] = 1.0 / t->deviation[j];
    }
    for (size_t i = 0; i < problem->m; i++) {
        const double most = t->kernels->largest(t->n, problem->rows + i * problem->ld_rows);
        t->row_risk[i] = most > 0.0 ? typical / most : typical;
        t->row_weight[i] = 1.0 / (t->row_risk[i] * MVOI_TICK_DUAL);
    }
    t->rows = problem->m;
    return t->measured = 1;
}

double mvoi_tick_limit(const mvoi_tick *t, const mvoi_problem *problem, size_t e)
{
    const size_t i = e - t->n;
    if (e < t->n)
        return t->side[e] == MVOI_UPPER ? problem->upper[e] : problem->lower[e];
    return t->side[e] == MVOI_UPPER ? problem->row_upper[i] : problem->row_lower[i];
}

/* Adds to the sums over the held weights what `count` of them change by. */
static void add_held(mvoi_tick *t, const mvoi_problem *problem, size_t count, const int32_t *assets, const double *by)
{
    const mvo_covariance *covariance = problem->covariance;
    if (t->rough) {
        t->kernels->sweep(t->n, count, covariance->dense, covariance->ld, assets, by, t->held);
        t->kernels->sweep(problem->m, count, problem->columns, problem->ld_columns, assets, by, t->held_rows);
        return;
    }
    t->kernels->sweep_compensated(t->n, count, covariance->dense, covariance->ld, assets, by, t->held, t->held_low);
    t->kernels->sweep_compensated(problem->m, count, problem->columns, problem->ld_columns, assets, by, t->held_rows,
                                  t->held_rows_low);
}

/* The sums are those of nothing, and of the limits there are now. */
static void begin_sums(mvoi_tick *t, const mvoi_problem *problem)
{
    const size_t bytes = t->n * sizeof(double);
    memset(t->held, 0, bytes);
    memset(t->held_low, 0, bytes);
    memset(t->held_rows, 0, problem->m * sizeof(double));
    memset(t->held_rows_low, 0, problem->m * sizeof(double));
    memcpy(t->seen_lower, problem->lower, bytes);
    memcpy(t->seen_upper, problem->upper, bytes);
    t->moves = 0;
}

/* The weights held, at the limits there are now, and the sums over them. 0: a limit is missing, or limits cross. */
int mvoi_tick_hold_all(mvoi_tick *t, const mvoi_problem *problem)
{
    const size_t n = t->n, bytes = n * sizeof(double);
    t->same_limits = t->known && t->moves < STALE && !memcmp(t->seen_lower, problem->lower, bytes) &&
                     !memcmp(t->seen_upper, problem->upper, bytes);
    if (t->same_limits)
        return 1;
    size_t count = 0;
    t->held_size = 0.0;
    for (size_t j = 0; j < n; j++) { /* hardly a branch but those that are never taken: who is free looks random */
        const double lower = problem->lower[j], upper = problem->upper[j];
        const int32_t side = t->side[j];
        const int held = side != MVOI_FREE;
        const double limit = side == MVOI_UPPER ? upper : lower;
        if (!(lower <= upper) || (!(fabs(limit) < HUGE_VAL) && held))
            return 0;
        t->sign[j] = lower < upper ? (double)side : 0.0;
        t->w[j] = held ? limit : t->w[j];
        t->index[count] = (int32_t)j;
        t->values[count] = limit;
        count += (size_t)(held & (limit != 0.0));
    }
    for (size_t l = 0; l < count; l++)
        t->held_size += t->deviation[t->index[l]] * fabs(t->values[l]);
    begin_sums(t, problem);
    add_held(t, problem, count, t->index, t->values);
    return 1;
}

int mvoi_tick_hold_none(mvoi_tick *t, const mvoi_problem *problem)
{
    const mvoi_kernels *kernels = t->kernels;
    const size_t n = t->n;
    if (kernels->largest(n, problem->lower) != 0.0 || !kernels->limits_apart(n, problem->lower, problem->upper))
        return 0;
    for (size_t j = 0; j < n; j++) {
        t->side[j] = MVOI_LOWER;
        t->sign[j] = (double)MVOI_LOWER;
    }
    memset(t->w, 0, n * sizeof(double));
    for (size_t i = 0; i < t->rows; i++)
        t->side[n + i] = MVOI_FREE;
    t->held_size = 0.0;
    begin_sums(t, problem);
    return 1;
}

void mvoi_tick_raise(mvoi_tick *t, const mvoi_problem *problem, size_t count)
{
    for (size_t l = 0; l < count; l++) {
        const size_t j = (size_t)t->index[l];
        const double lower = problem->lower[j], upper = problem->upper[j];
        t->side[j] = MVOI_UPPER;
        t->sign[j] = (double)MVOI_UPPER;
        t->w[j] = upper;
        t->held_size = fmax(t->held_size + t->deviation[j] * (fabs(upper) - fabs(lower)), 0.0);
    }
    t->moves += (int64_t)count;
}

/* What a held weight rests at goes into the sums (1), or out of them (-1). */
static void move_held(mvoi_tick *t, const mvoi_problem *problem, size_t j, double sign)
{
    const int32_t asset = (int32_t)j;
    const double by = sign * t->w[j];
    if (by == 0.0)
        return;
    add_held(t, problem, 1, &asset, &by);
    t->held_size = fmax(t->held_size + sign * t->deviation[j] * fabs(t->w[j]), 0.0);
    t->moves++;
}

void mvoi_tick_list(mvoi_tick *t)
{
    if (t->listed)
        return;
    t->listed = 1;
    t->free_count = t->active_count = 0;
    for (size_t s = 0; s < t->inverse.count; s++) {
        const int32_t e = t->inverse.element[s];
        if ((size_t)e < t->n) {
            t->assets[t->free_count] = e;
            t->places[t->free_count++] = (int32_t)s;
        } else {
            t->active[t->active_count++] = e - (int32_t)t->n;
        }
    }
}

/* Makes the inverse for the working set in `point`. 0 if that cannot be. */
int mvoi_tick_install(mvoi_tick *t, const mvoi_problem *problem, const mvoi_point *point)
{
    size_t elements = 0;
    for (size_t j = 0; j < t->n; j++)
        elements += point->side[j] == MVOI_FREE;
    for (size_t i = 0; i < t->rows; i++)
        elements += point->row_side[i] != MVOI_FREE;
    t->known = t->near_known = 0;
    if (elements > MOST_INSTALLED)
        return 0;
    t->changes = 0;
    mvoi_inverse_empty(&t->inverse);
    memcpy(t->side, point->side, t->n * sizeof *t->side);
    memcpy(t->side + t->n, point->row_side, t->rows * sizeof *t->side);
    memcpy(t->z, point->z, t->n * sizeof *t->z); /* until a sweep knows better: partners are chosen by it */
    for (size_t e = 0; e < t->n + t->rows; e++)
        if ((t->side[e] == MVOI_FREE) == (e < t->n) && !mvoi_inverse_add(&t->inverse, problem, e))
            return 0;
    return 1;
}

int mvoi_tick_ready(mvoi_tick *t, const mvoi_problem *problem)
{
    if (t->measured && t->rows == problem->m)
        return 1;
    t->known = 0;
    return measure(t, problem);
}

void mvoi_tick_forget_sums(mvoi_tick *t)
{
    t->moves = STALE;
}

void mvoi_tick_adopt(mvoi_tick *t, const mvoi_problem *problem, const int32_t *side, int64_t changes)
{
    t->known = mvoi_tick_ready(t, problem);
    t->near_known = 0;
    memcpy(t->side, side, (t->n + problem->m) * sizeof *side);
    memset(t->z, 0, t->n * sizeof *t->z); /* until there is a sweep */
    t->changes = changes;
    mvoi_tick_forget_sums(t); /* those over held weights are not there yet */
}

int mvoi_tick_holds(const mvoi_tick *t, const mvoi_point *point)
{
    return t->known && t->changes < MVOI_TICK_AGED && !memcmp(t->side, point->side, t->n * sizeof *t->side) &&
           !memcmp(t->side + t->n, point->row_side, t->rows * sizeof *t->side);
}

/* Where the element at place s may be. A multiplier must be clearly wrong to count, a weight only more than rounding. */
static void set_place(mvoi_tick *t, const mvoi_problem *problem, size_t s)
{
    const size_t e = (size_t)t->inverse.element[s], i = e - t->n;
    if (e < t->n) {
        t->lower[s] = problem->lower[e];
        t->upper[s] = problem->upper[e];
        t->weight[s] = t->deviation[e] / MVOI_TICK_PRIMAL;
    } else {
        const int32_t side = problem->row_lower[i] == problem->row_upper[i] ? MVOI_FREE : t->side[e];
        t->lower[s] = side == MVOI_UPPER ? 0.0 : -HUGE_VAL; /* -y is negative at a lower limit */
        t->upper[s] = side == MVOI_LOWER ? 0.0 : HUGE_VAL;
        t->weight[s] = t->row_weight[i];
    }
}

/* Nothing is at place s: nothing is wrong there. */
static void clear_place(mvoi_tick *t, size_t s)
{
    t->x[s] = 0.0;
    t->lower[s] = -HUGE_VAL;
    t->upper[s] = HUGE_VAL;
    t->weight[s] = 1.0;
}

/* The solution for the working set as it is. */
void mvoi_tick_point(mvoi_tick *t, const mvoi_problem *problem)
{
    const mvoi_inverse *inverse = &t->inverse;
    for (size_t s = 0; s < inverse->count; s++) {
        const size_t e = (size_t)inverse->element[s];
        t->rhs[s] = e < t->n ? -(problem->linear[e] + t->held[e]) : mvoi_tick_limit(t, problem, e) - t->held_rows[e - t->n];
        if (e >= t->n || !t->same_limits)
            set_place(t, problem, s);
    }
    for (size_t s = inverse->count; s < inverse->padded; s++) {
        t->rhs[s] = 0.0;
        clear_place(t, s);
    }
    mvoi_inverse_solve(inverse, t->rhs, t->x);
    t->listed = t->taken = t->in_vain = 0;
}

/* ----------------------------------------------------------------------------------------------- changes */

/* Element at `place` leaves and moves by `move`; the others follow. 0: they would be singular. */
static int leave(mvoi_tick *t, const mvoi_problem *problem, size_t place, double move)
{
    const mvoi_inverse *inverse = &t->inverse;
    const double *own = inverse->inverse + place * inverse->ld;
    const size_t last = inverse->count - 1;
    t->kernels->axpy(inverse->padded, move / own[place], own, t->x);
    if (!mvoi_inverse_remove(&t->inverse, problem, place))
        return 0;
    mvoi_tick_near_leave(t, place, last);
    t->listed = t->taken = 0;
    if (place != last) {
        t->x[place] = t->x[last];
        t->lower[place] = t->lower[last];
        t->upper[place] = t->upper[last];
        t->weight[place] = t->weight[last];
    }
    clear_place(t, last);
    t->changes++;
    return 1;
}

/* Element e, whose column is gathered, enters with the value `value` and what makes its residual, `residual` now, zero. 0: it
   cannot. */
static int enter(mvoi_tick *t, const mvoi_problem *problem, size_t e, double diagonal, double value, double residual)
{
    mvoi_inverse *inverse = &t->inverse;
    if (!mvoi_inverse_take(inverse, problem, e, diagonal))
        return 0;
    const size_t place = inverse->count - 1;
    t->listed = t->taken = 0;
    for (size_t s = place; s < inverse->padded; s++)
        clear_place(t, s);
    t->x[place] = value;
    set_place(t, problem, place);
    mvoi_tick_near_enter(t, problem, place);
    t->kernels->axpy(inverse->padded, -residual, inverse->inverse + place * inverse->ld, t->x);
    t->changes++;
    return 1;
}

/* Held weight j, whose column is gathered, enters. 0: it cannot. */
static int free_gathered(mvoi_tick *t, const mvoi_problem *problem, size_t j, double diagonal, double residual)
{
    if (!enter(t, problem, j, diagonal, t->w[j], residual))
        return 0;
    move_held(t, problem, j, -1.0);
    t->side[j] = MVOI_FREE;
    t->sign[j] = 0.0;
    return 1;
}

/* The reduced gradient of held weight j, whose column is gathered. */
static double gradient_of(const mvoi_tick *t, const mvoi_problem *problem, size_t j)
{
    const mvoi_inverse *inverse = &t->inverse;
    const double held = problem->linear[j] + (t->held[j] + t->held_low[j]);
    return held + t->kernels->dot(inverse->padded, inverse->column, t->x);
}

/* A held weight enters, unless others that entered have made up for what was wrong with it. */
int mvoi_tick_free_weight(mvoi_tick *t, const mvoi_problem *problem, size_t j)
{
    const double diagonal = mvoi_inverse_gather(&t->inverse, problem, j), residual = gradient_of(t, problem, j);
    return t->sign[j] * residual <= 0.0 || free_gathered(t, problem, j, diagonal, residual);
}

int mvoi_tick_admit_weight(mvoi_tick *t, const mvoi_problem *problem, size_t j)
{
    const double diagonal = mvoi_inverse_gather(&t->inverse, problem, j);
    return free_gathered(t, problem, j, diagonal, gradient_of(t, problem, j));
}

/* A free weight goes to the limit it is beyond; where the active rows alone say what it is, another one enters first. */
static int hold_weight(mvoi_tick *t, const mvoi_problem *problem, size_t place)
{
    const size_t j = (size_t)t->inverse.element[place];
    const double *own = t->inverse.inverse + place * t->inverse.ld;
    const int32_t side = t->x[place] < problem->lower[j] ? MVOI_LOWER : MVOI_UPPER;
    const double limit = side == MVOI_LOWER ? problem->lower[j] : problem->upper[j];
    if (!mvoi_inverse_can_spare(&t->inverse, problem, place)) {
        const size_t other = mvoi_tick_find_partner(t, problem, own, NULL, NOTHING / t->deviation[j], limit - t->x[place]);
        if (other == t->n || !mvoi_tick_admit_weight(t, problem, other))
            return 0;
        if (!mvoi_inverse_can_spare(&t->inverse, problem, place))
            return ++t->in_vain <= MOST_IN_VAIN;
    }
    t->side[j] = side;
    t->w[j] = limit;
    t->sign[j] = (double)side;
    if (!leave(t, problem, place, limit - t->x[place]))
        return 0;
    move_held(t, problem, j, 1.0);
    mvoi_tick_near_join(t, problem, j);
    return 1;
}

/* Row i becomes active at the limit it is beyond, with another weight freed for it where it has none. */
static int hold_row(mvoi_tick *t, const mvoi_problem *problem, size_t i)
{
    const size_t e = t->n + i;
    const double lower = problem->row_lower[i], upper = problem->row_upper[i];
    t->side[e] = t->activity[i] < lower || lower == upper ? MVOI_LOWER : MVOI_UPPER;
    double lack = mvoi_tick_limit(t, problem, e) - t->activity[i];
    if (enter(t, problem, e, mvoi_inverse_gather(&t->inverse, problem, e), 0.0, -lack))
        return 1;
    const double *row = problem->rows + i * problem->ld_rows;
    const size_t j = mvoi_tick_find_partner(t, problem, t->inverse.solution, row, NOTHING / t->row_risk[i], lack);
    if (j == t->n || !mvoi_tick_admit_weight(t, problem, j))
        return 0;
    const double diagonal = mvoi_inverse_gather(&t->inverse, problem, e);
    const double free = t->kernels->dot(t->inverse.padded, t->inverse.column, t->x);
    lack = mvoi_tick_limit(t, problem, e) - (t->held_rows[i] + (t->held_rows_low[i] + free));
    return enter(t, problem, e, diagonal, 0.0, -lack);
}

/* Puts one of these right. 0: it cannot be. */
int mvoi_tick_put_right(mvoi_tick *t, const mvoi_problem *problem, size_t which)
{
    const size_t n = t->n, count = t->inverse.count;
    if (which < count && (size_t)t->inverse.element[which] < n)
        return hold_weight(t, problem, which);
    if (which < count) {
        const size_t e = (size_t)t->inverse.element[which];
        t->side[e] = MVOI_FREE;
        return leave(t, problem, which, -t->x[which]);
    }
    return hold_row(t, problem, which - count);
}

