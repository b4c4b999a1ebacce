/* SPDX-License-Identifier: MIT */
/* Changes of the working set (see pivot.h and path.h). */
#include "qp/kinks.h"
#include "qp/pivot.h"

#include <math.h>
#include <string.h>

/* A limit depends on the active ones if moving its multiplier by 1 moves its own activity by less than this ... */
static const double DEPENDENT = 1e-9;
/* ... and a direction has no curvature if d'Sigma d is below this times |d|^2; the scaled Sigma is of order 1. */
static const double FLAT = 1e-12;

/* Far above these, what the inverse itself says of a pivot is enough. */
static const double CLEAR = 1e-7;

static int is_weight(const mvoi_path *path, size_t e)
{
    return e < path->n;
}

/* Whether `count` more elements fit. A nonsingular KKT matrix always does; only rounding can ask for more, or a large one for
   memory that is not there. */
static int has_room(mvoi_path *path, size_t count)
{
    return mvoi_kkt_reserve(&path->kkt, path->kkt.order + count);
}

static mvo_outcome no_room(const mvoi_path *path)
{
    return path->kkt.out_of_memory ? MVO_NO_MEMORY : MVO_NUMERICAL;
}

static int inside(const mvoi_path *path, size_t e)
{
    return path->kkt.position[e] >= 0;
}

/* ------------------------------------------------------------------------------------ sums over held weights */

void mvoi_pivot_count_held(mvoi_path *path, size_t j, double sign)
{
    const mvoi_scaled *s = path->scaled;
    const int32_t side = path->side[j];
    if (side != MVOI_LOWER && side != MVOI_UPPER)
        return; /* a temporarily held weight stands at zero */
    const double base = sign * (side == MVOI_UPPER ? s->upper[j] : s->lower[j]);
    const double rate = sign * (side == MVOI_UPPER ? s->upper_rate[j] : s->lower_rate[j]);
    if (base == 0.0 && rate == 0.0)
        return;
    path->held_terms = sign > 0.0 ? path->held_terms + 1 : path->held_terms - 1;
    const int32_t index = (int32_t)j;
    mvoi_scaled_sweep2(s, &index, 1, &base, &rate, path->held0, path->held1);
    for (size_t i = 0; i < path->m; i++) {
        path->row0[i] += base * s->rows[i * s->ld + j];
        path->row1[i] += rate * s->rows[i * s->ld + j];
    }
    path->held_changes++;
}

void mvoi_pivot_recount_held(mvoi_path *path)
{
    const mvoi_scaled *s = path->scaled;
    const size_t n = path->n;
    size_t count = 0;
    memset(path->held0, 0, n * sizeof(double));
    memset(path->held1, 0, n * sizeof(double));
    double *base = path->response_p, *rate = path->response_q;
    for (size_t j = 0; j < n; j++) {
        const int32_t side = path->side[j];
        base[j] = rate[j] = 0.0;
        if (side != MVOI_LOWER && side != MVOI_UPPER)
            continue;
        base[j] = side == MVOI_UPPER ? s->upper[j] : s->lower[j];
        rate[j] = side == MVOI_UPPER ? s->upper_rate[j] : s->lower_rate[j];
        if (base[j] == 0.0 && rate[j] == 0.0)
            continue;
        path->index[count] = (int32_t)j;
        path->value0[count] = base[j];
        path->value1[count++] = rate[j];
    }
    mvoi_scaled_sweep2(s, path->index, count, path->value0, path->value1, path->held0, path->held1);
    path->kernels->gemv_transposed(n, path->m, s->rows, s->ld, base, path->row0);
    path->kernels->gemv_transposed(n, path->m, s->rows, s->ld, rate, path->row1);
    path->held_changes = 0;
    path->held_terms = count;
}

void mvoi_pivot_note_side(mvoi_path *path, size_t e)
{
    const mvoi_scaled *s = path->scaled;
    const int32_t side = path->side[e];
    path->loose_count += side == MVOI_HELD;
    path->sign[e] = side == MVOI_FREE || side == MVOI_HELD || s->fixed[e] ? 0.0 : (double)side;
    if (s->segments && is_weight(path, e))
        mvoi_kinks_note(path, e);
}

/* The side of an element changes; the sums over held weights follow. */
static void set_side(mvoi_path *path, size_t e, int32_t side)
{
    if (is_weight(path, e))
        mvoi_pivot_count_held(path, e, -1.0);
    path->loose_count -= path->side[e] == MVOI_HELD;
    path->side[e] = side;
    mvoi_pivot_note_side(path, e);
    if (!is_weight(path, e)) {
        if (side == MVOI_FREE)
            path->q[e] = 0.0;
        return;
    }
    mvoi_pivot_count_held(path, e, 1.0);
    if (side == MVOI_FREE) {
        path->q[e] = 0.0;
        return;
    }
    const mvoi_scaled *s = path->scaled;
    path->dp[e] = side == MVOI_HELD ? 0.0 : side == MVOI_UPPER ? s->upper_rate[e] : s->lower_rate[e];
    path->p[e] = side == MVOI_HELD ? 0.0 : (side == MVOI_UPPER ? s->upper[e] : s->lower[e]) + path->tau * path->dp[e];
}

/* -------------------------------------------------------------------------------------------- KKT columns */

double mvoi_pivot_column(const mvoi_path *path, size_t e, double *column)
{
    const mvoi_scaled *s = path->scaled;
    const size_t n = path->n, order = path->kkt.order;
    const int32_t *element = path->kkt.element;
    if (e >= n) {
        const double *row = s->rows + (e - n) * s->ld;
        for (size_t k = 0; k < order; k++)
            column[k] = (size_t)element[k] < n ? row[element[k]] : 0.0;
        return 0.0;
    }
    const int dense = s->covariance->kind == MVOI_DENSE;
    const double *entry = dense ? s->covariance->dense + e * s->covariance->ld : NULL, *d = s->weight_scale;
    const double unit = s->objective_scale * d[e];
    for (size_t k = 0; k < order; k++) {
        const size_t f = (size_t)element[k];
        column[k] = f >= n               ? s->rows[(f - n) * s->ld + e]
                    : dense && f != e ? entry[f] * (unit * d[f])
                                         : mvoi_scaled_entry(s, f, e);
    }
    return s->diagonal[e];
}

void mvoi_pivot_refactor(mvoi_path *path)
{
    const size_t count = mvoi_kkt_factor(&path->kkt, path->dropped);
    for (size_t k = 0; k < count; k++) {
        const size_t e = (size_t)path->dropped[k];
        if (!is_weight(path, e)) {
            set_side(path, e, MVOI_FREE);
            continue;
        }
        /* A free weight without curvature: hold it at the nearer of its limits, if it has any. */
        const mvoi_scaled *s = path->scaled;
        const double below = path->p[e] - s->lower[e], above = s->upper[e] - path->p[e];
        if (isinf(below) && isinf(above)) {
            path->loose[e] = 0.0;
            set_side(path, e, MVOI_HELD);
        } else {
            set_side(path, e, below <= above ? MVOI_LOWER : MVOI_UPPER);
        }
    }
}

/* ---------------------------------------------------------------------------------------------- responses */

/*
 * The response to driving element e by one unit: its multiplier where it is about to be held, its activity where it is
 * about to be freed. `solution` is the KKT solution over the positions. Returns the element's own answer, the pivot:
 * the activity's per unit of multiplier, or the multiplier's per unit of activity (curvature). Never negative for a
 * semidefinite covariance. `size` becomes the largest number of the solution, at least 1.
 */
static double respond(mvoi_path *path, size_t e, const double *column, double diagonal, double *solution, double *size)
{
    mvoi_kkt *kkt = &path->kkt;
    const size_t order = kkt->order;
    double *rhs = path->rhs0;
    if (inside(path, e)) {
        const size_t position = (size_t)kkt->position[e];
        const double own = mvoi_kkt_unit(kkt, position, solution);
        const double pivot = is_weight(path, e) ? own : -own;
        *size = fmax(1.0, path->kernels->largest(order, solution));
        if (pivot > CLEAR * *size * *size && kkt->worst_residual < CLEAR)
            return pivot;
        memset(rhs, 0, order * sizeof *rhs);
        rhs[position] = 1.0;
        mvoi_kkt_solve(kkt, rhs, solution);
        *size = fmax(1.0, path->kernels->largest(order, solution));
        return is_weight(path, e) ? solution[position] : -solution[position];
    }
    const double sign = is_weight(path, e) ? -1.0 : 1.0;
    for (size_t k = 0; k < order; k++)
        rhs[k] = sign * column[k];
    mvoi_kkt_solve(kkt, rhs, solution);
    *size = fmax(1.0, path->kernels->largest(order, solution));
    const double product = path->kernels->dot(order, column, solution);
    return is_weight(path, e) ? diagonal + product : product;
}

/* Spreads a KKT solution over all elements: response_p (weights, row activities) and response_q (multipliers). */
static void spread(mvoi_path *path, size_t e, const double *solution, int drives_multiplier)
{
    const mvoi_scaled *s = path->scaled;
    const size_t n = path->n, m = path->m;
    size_t count = 0;
    memset(path->response_p, 0, (n + m) * sizeof(double));
    memset(path->response_q, 0, (n + m) * sizeof(double));
    for (size_t k = 0; k < path->kkt.order; k++) {
        const size_t f = (size_t)path->kkt.element[k];
        if (is_weight(path, f))
            path->response_p[f] = solution[k];
        else
            path->response_q[f] = -solution[k];
    }
    if (!inside(path, e)) {
        if (is_weight(path, e))
            path->response_p[e] = 1.0;
        else
            path->response_q[e] = 1.0;
    }
    for (size_t j = 0; j < n; j++)
        if (path->response_p[j] != 0.0) {
            path->index[count] = (int32_t)j;
            path->value0[count++] = path->response_p[j];
        }
    mvoi_scaled_sweep(s, path->index, count, path->value0, path->response_q);
    for (size_t i = 0; i < m; i++)
        if (path->response_q[n + i] != 0.0)
            path->kernels->axpy(n, -path->response_q[n + i], s->rows + i * s->ld, path->response_q);
    for (size_t j = 0; j < n; j++)
        if (path->side[j] == MVOI_FREE && j != e)
            path->response_q[j] = 0.0;
    path->kernels->gemv_transposed(n, m, s->rows, s->ld, path->response_p, path->response_p + n);
    if (drives_multiplier && is_weight(path, e))
        path->response_q[e] = 1.0;
}

/* --------------------------------------------------------------------------------------------------- ride */

typedef struct ride {
    size_t found;  /* element, or n + m for none */
    int32_t side;  /* the side it meets, or where it is released */
    double step, rate;
} ride;

static void offer(ride *best, size_t e, int32_t side, double slack, double rate, double allowance)
{
    const double step = slack > 0.0 ? slack / rate : 0.0;
    const double reach = best->step + allowance / rate;
    /* Nearly the same step: the faster one makes the better pivot. */
    if (step < best->step - allowance / rate || (step <= reach && rate > best->rate)) {
        best->found = e;
        best->side = side;
        best->step = step;
        best->rate = rate;
    }
}

/*
 * The far ends of multipliers that rest on a breakpoint. Element e itself, a free weight at the end of its segment, has
 * one too if that end is a breakpoint: there it goes on into the next segment.
 */
static void offer_far_ends(const mvoi_path *path, ride *best, size_t e, double direction, double slow, double allowance)
{
    for (size_t f = 0; f < path->n; f++) {
        const double sign = path->sign[f];
        if (f == e || sign == 0.0 || !(path->width0[f] < HUGE_VAL))
            continue;
        const double rate = direction * (-sign * path->response_q[f] - mvoi_kinks_response(path, f));
        if (rate > slow)
            offer(best, f, sign < 0.0 ? MVOI_UPPER : MVOI_LOWER, mvoi_kinks_width(path, f).value + sign * path->q[f],
                  rate, allowance);
    }
}

/* The first multiplier to reach the end of its range when that of e moves in `direction`. */
static ride ride_multipliers(const mvoi_path *path, size_t e, double direction)
{
    const mvoi_scaled *s = path->scaled;
    const size_t total = path->n + path->m;
    const double slow = 1e-9 * path->kernels->largest(total, path->response_q);
    const double allowance = path->harris * s->gradient_size;
    ride best = { total, MVOI_FREE, HUGE_VAL, 0.0 };
    for (size_t f = 0; f < total; f++) {
        const double rate = direction * path->response_q[f];
        const int32_t side = path->side[f];
        if (f == e || side == MVOI_FREE || fabs(rate) <= slow)
            continue;
        if (side == MVOI_HELD)
            offer(&best, f, rate > 0.0 ? MVOI_UPPER : MVOI_LOWER,
                  path->tau * path->loose[f] + (rate > 0.0 ? -path->q[f] : path->q[f]), fabs(rate), allowance);
        else if (!s->fixed[f] && (side == MVOI_UPPER ? rate > 0.0 : rate < 0.0))
            offer(&best, f, side, fabs(path->q[f]), fabs(rate), allowance);
    }
    if (s->segments)
        offer_far_ends(path, &best, e, direction, slow, allowance);
    return best;
}

/* The first limit met when the activity of e moves in `direction` and the others with it; e's own far limit included. */
static ride ride_activities(const mvoi_path *path, size_t e, double direction)
{
    const mvoi_scaled *s = path->scaled;
    const size_t total = path->n + path->m;
    const double slow = 1e-9 * path->kernels->largest(total, path->response_p);
    const double allowance = path->harris * s->limit_size;
    ride best = { total, MVOI_FREE, HUGE_VAL, 0.0 };
    for (size_t f = 0; f < total; f++) {
        const double rate = direction * (f == e ? 1.0 : path->response_p[f]);
        if ((f != e && path->side[f] != MVOI_FREE) || fabs(rate) <= slow || path->skip[f])
            continue;
        const double lower = s->lower[f] + path->tau * s->lower_rate[f];
        const double upper = s->upper[f] + path->tau * s->upper_rate[f];
        if (rate > 0.0 && upper < HUGE_VAL)
            offer(&best, f, MVOI_UPPER, upper - path->p[f], rate, allowance);
        if (rate < 0.0 && lower > -HUGE_VAL)
            offer(&best, f, MVOI_LOWER, path->p[f] - lower, -rate, allowance);
    }
    return best;
}

/* ----------------------------------------------------------------------------------------------- changes */

/* A temporarily held weight is freed: its allowance becomes a shift of its linear term, so that z is zero now. */
static void release(mvoi_path *path, size_t e, int32_t hit)
{
    if (path->side[e] != MVOI_HELD)
        return;
    path->scaled->linear_rate[e] += hit == MVOI_UPPER ? -path->loose[e] : path->loose[e];
    path->loose[e] = 0.0;
}

/* Column and K^-1 column of an element that is about to enter; returns its diagonal entry. */
static double prepare(mvoi_path *path, size_t e, double *column, double *u)
{
    const double diagonal = mvoi_pivot_column(path, e, column);
    mvoi_kkt_solve(&path->kkt, column, u);
    return diagonal;
}

/* e and f change at once. The K^-1 columns are solved anew; the pair's pivots come from them. */
static void change_both(mvoi_path *path, size_t e, size_t f)
{
    mvoi_kkt *kkt = &path->kkt;
    const int e_leaves = inside(path, e), f_leaves = inside(path, f);
    if (e_leaves && f_leaves) {
        mvoi_kkt_leave2(kkt, (int32_t)e, (int32_t)f);
        return;
    }
    if (e_leaves != f_leaves) {
        const size_t in = e_leaves ? f : e, out = e_leaves ? e : f;
        const double diagonal = prepare(path, in, path->column0, path->u0);
        const double schur = diagonal - path->kernels->dot(kkt->order, path->column0, path->u0);
        mvoi_kkt_exchange(kkt, (int32_t)in, path->column0, diagonal, path->u0, schur, (int32_t)out);
        return;
    }
    const double diagonal0 = prepare(path, e, path->column0, path->u0);
    const double diagonal1 = prepare(path, f, path->column1, path->u1);
    const size_t weight = is_weight(path, e) ? e : f, row = is_weight(path, e) ? f : e;
    const double between = is_weight(path, row) ? mvoi_scaled_entry(path->scaled, row, weight)
                           : is_weight(path, weight)
                               ? path->scaled->rows[(row - path->n) * path->scaled->ld + weight]
                               : 0.0;
    const double schur[3] = { diagonal0 - path->kernels->dot(kkt->order, path->column0, path->u0),
                              between - path->kernels->dot(kkt->order, path->column0, path->u1),
                              diagonal1 - path->kernels->dot(kkt->order, path->column1, path->u1) };
    mvoi_kkt_enter2(kkt, (int32_t)e, (int32_t)f, path->column0, path->column1, diagonal0, diagonal1, between,
                    path->u0, path->u1, schur);
}

/* The response once more, as exactly as it goes. */
static void sharpen(mvoi_path *path, size_t e, mvo_outcome verdict)
{
    mvoi_kkt *kkt = &path->kkt;
    const double sign = is_weight(path, e) ? -1.0 : 1.0;
    double *rhs = path->rhs0;
    for (size_t k = 0; k < kkt->order; k++)
        rhs[k] = inside(path, e) ? (double)(k == (size_t)kkt->position[e]) : sign * path->column0[k];
    mvoi_kkt_sharpen(kkt, rhs, path->solution0);
    spread(path, e, path->solution0, verdict == MVO_INFEASIBLE);
}

/*
 * Whether the response proves the verdict: a ray of the weights, or a sum of the rows. Where such a proof has nothing its rounding would
 * be all there is, and make up a slope, or ask for limits that are not there: so it goes without.
 */
static int proves(mvoi_path *path, mvo_outcome verdict, double direction)
{
    const int adds_up = verdict == MVO_INFEASIBLE;
    double *response = adds_up ? path->response_q + path->n : path->response_p;
    const size_t count = adds_up ? path->m : path->n;
    const double rounding = 1e-12 * path->kernels->largest(count, response);
    for (size_t f = 0; f < count; f++)
        response[f] = fabs(response[f]) <= rounding ? 0.0 : response[f] * direction;
    return path->believe(path->believe_user, path, verdict);
}

/* Nothing ends a ride: a verdict, if its proof holds on the true data. Where it does not - near the end of a path
   rounding alone can lead here - the element is set aside, and the final certificate decides. */
static mvo_outcome stuck(mvoi_path *path, size_t e, mvo_outcome verdict, double direction)
{
    int proved = path->believe && proves(path, verdict, direction);
    if (path->believe && !proved) {
        sharpen(path, e, verdict);
        proved = proves(path, verdict, direction);
    }
    if (proved)
        return verdict;
    path->skip[e] = 1;
    path->set_aside++;
    return MVO_OPTIMAL;
}

/* Whether an event at `hit` is the far end of a weight held on the other side. */
static int is_far_end(const mvoi_path *path, size_t e, int32_t hit)
{
    return path->scaled->segments && is_weight(path, e) && (path->side[e] == MVOI_LOWER || path->side[e] == MVOI_UPPER) &&
           hit == -path->side[e];
}

/* The far end that free weight e would have if it were held on `side`, and how the ride moves it. */
static double width_of(mvoi_path *path, size_t e, int32_t side)
{
    path->side[e] = side;
    mvoi_kinks_note(path, e);
    const double width = mvoi_kinks_width(path, e).value;
    path->side[e] = MVOI_FREE;
    mvoi_kinks_note(path, e);
    return width;
}

static double response_of(mvoi_path *path, size_t e, int32_t side)
{
    path->side[e] = side;
    const double rate = mvoi_kinks_response(path, e);
    path->side[e] = MVOI_FREE;
    return rate;
}

/* A limit that depends on the active ones is met: one of them must be given up, or there is no feasible point. */
static mvo_outcome exchange_dependent(mvoi_path *path, size_t e, int32_t hit, const double *solution)
{
    const double direction = hit == MVOI_LOWER ? 1.0 : -1.0;
    spread(path, e, solution, 1);
    ride met = ride_multipliers(path, e, direction);
    if (path->scaled->segments && is_weight(path, e) &&
        mvoi_segments_breakpoint(path->scaled->segments, e, hit) >= 0) {
        const double width = width_of(path, e, hit);
        const double rate = 1.0 - direction * response_of(path, e, hit);
        const double slow = 1e-9 * path->kernels->largest(path->n + path->m, path->response_q); /* as in the ride */
        if (rate > slow && (met.found == path->n + path->m || width / rate <= met.step)) {
            mvoi_kinks_force(path, e, hit);
            path->carried = path->carry_most;
            return MVO_OPTIMAL;
        }
    }
    if (met.found == path->n + path->m)
        return stuck(path, e, MVO_INFEASIBLE, direction);
    if (!inside(path, e) && !inside(path, met.found) && !has_room(path, 2))
        return no_room(path);
    if (is_far_end(path, met.found, met.side))
        mvoi_kinks_step(path, met.found);
    change_both(path, e, met.found);
    path->carried = path->carry_most; /* the multipliers have moved at constant tau */
    release(path, met.found, met.side);
    set_side(path, met.found, MVOI_FREE);
    set_side(path, e, hit);
    return MVO_OPTIMAL;
}

/* A freed element has no curvature to stop it: it goes to the first limit, or for ever. */
static mvo_outcome exchange_flat(mvoi_path *path, size_t e, double direction, int32_t hit, const double *solution)
{
    spread(path, e, solution, 0);
    const ride met = ride_activities(path, e, direction);
    if (met.found == path->n + path->m)
        return stuck(path, e, path->negative_curvature ? MVO_NOT_CONVEX : MVO_UNBOUNDED, direction);
    path->carried = path->carry_most; /* the weights have moved at constant tau */
    if (met.found == e) { /* its own far limit: nothing enters or leaves K */
        set_side(path, e, met.side);
        return MVO_OPTIMAL;
    }
    if (!inside(path, e) && !inside(path, met.found) && !has_room(path, 2))
        return no_room(path);
    change_both(path, e, met.found);
    release(path, e, hit);
    set_side(path, e, MVOI_FREE);
    set_side(path, met.found, met.side);
    return MVO_OPTIMAL;
}

/*
 * The derivatives with respect to tau after a simple change: the response, as large as it takes to bring e's activity to
 * its limit's rate, or its multiplier's rate to zero, is added to them. Only rounding is left for mvoi_path_state.
 */
static void turn(mvoi_path *path, size_t e, int32_t hit, const double *solution, double pivot)
{
    const mvoi_scaled *s = path->scaled;
    const mvoi_kkt *kkt = &path->kkt;
    const int becomes_held = path->side[e] == MVOI_FREE;
    const double rate = hit == MVOI_UPPER ? s->upper_rate[e] : s->lower_rate[e];
    const double by = (becomes_held ? rate - path->dp[e] : -path->dq[e]) / pivot;
    path->near = path->side[e] != MVOI_HELD;
    for (size_t k = 0; k < kkt->order; k++) {
        const size_t f = (size_t)kkt->element[k];
        if (is_weight(path, f))
            path->dp[f] += by * solution[k];
        else
            path->dq[f] -= by * solution[k];
    }
    if (inside(path, e))
        return;
    if (is_weight(path, e))
        path->dp[e] += by;
    else
        path->dq[e] += by;
}

mvo_outcome mvoi_pivot(mvoi_path *path, size_t e, int32_t hit)
{
    mvoi_kkt *kkt = &path->kkt;
    if (is_far_end(path, e, hit))
        mvoi_kinks_step(path, e);
    const int becomes_held = path->side[e] == MVOI_FREE, leaves = inside(path, e);
    if (path->scaled->segments && becomes_held && is_weight(path, e) && mvoi_kinks_cross(path, e, hit))
        return MVO_OPTIMAL;
    double *solution = path->solution0;
    const double diagonal = leaves ? 0.0 : mvoi_pivot_column(path, e, path->column0);
    double size;
    const double pivot = respond(path, e, path->column0, diagonal, solution, &size);

    if (becomes_held && !(pivot > DEPENDENT * size))
        return exchange_dependent(path, e, hit, solution);
    /* Freed at a lower limit it moves up; a temporarily held weight moves against its multiplier. */
    const double direction = path->side[e] == MVOI_LOWER   ? 1.0
                             : path->side[e] == MVOI_UPPER ? -1.0
                             : hit == MVOI_UPPER           ? -1.0
                                                           : 1.0;
    if (!becomes_held && !(pivot > FLAT * size * size)) {
        path->negative_curvature |= pivot < -1e-8 * size * size;
        return exchange_flat(path, e, direction, hit, solution);
    }
    if (!leaves && !has_room(path, 1))
        return no_room(path);
    turn(path, e, hit, solution, pivot);
    if (leaves) {
        mvoi_kkt_leave(kkt, (int32_t)e);
    } else if (is_weight(path, e)) {
        for (size_t k = 0; k < kkt->order; k++)
            solution[k] = -solution[k];
        mvoi_kkt_enter(kkt, (int32_t)e, path->column0, diagonal, solution, pivot);
    } else {
        mvoi_kkt_enter(kkt, (int32_t)e, path->column0, 0.0, solution, -pivot);
    }
    if (!becomes_held)
        release(path, e, hit);
    set_side(path, e, becomes_held ? hit : MVOI_FREE);
    return MVO_OPTIMAL;
}

int mvoi_pivot_moves_freely(mvoi_path *path, size_t e)
{
    const int32_t side = path->side[e];
    double *solution = path->solution0;
    const double diagonal = inside(path, e) ? 0.0 : mvoi_pivot_column(path, e, path->column0);
    double size;
    const double curvature = respond(path, e, path->column0, diagonal, solution, &size);
    if (curvature > FLAT * size * size)
        return 0;
    spread(path, e, solution, 0);
    const double direction = side == MVOI_UPPER ? -1.0 : 1.0;
    const ride met = ride_activities(path, e, direction);
    return met.step > 1e-9 * path->scaled->limit_size;
}
