/* SPDX-License-Identifier: MIT */
/* The path: state at a parameter, ratio test, and the loop from event to event (see path.h). */
#include "qp/kinks.h"
#include "qp/path.h"
#include "qp/pivot.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* --------------------------------------------------------------------------------------------- workspace */

int mvoi_path_new(mvoi_path *path, mvo_context *context, mvoi_scaled *scaled, size_t capacity, size_t room,
                  const mvoi_kernels *kernels, mvoi_watch *watch)
{
    const size_t n = scaled->n, total = n + scaled->m_capacity;
    memset(path, 0, sizeof *path);
    path->scaled = scaled;
    path->kernels = kernels;
    path->watch = watch;
    path->n = n;
    const size_t m = scaled->m_capacity;
    const mvoi_part parts[] = {
        MVOI_PART(path->p, total),           MVOI_PART(path->dp, total),          MVOI_PART(path->q, total),
        MVOI_PART(path->dq, total),          MVOI_PART(path->response_p, total),  MVOI_PART(path->response_q, total),
        MVOI_PART(path->sign, total),        MVOI_PART(path->held0, n),           MVOI_PART(path->held1, n),
        MVOI_PART(path->loose, n),           MVOI_PART(path->value0, n),          MVOI_PART(path->value1, n),
        MVOI_PART(path->width0, n),          MVOI_PART(path->width1, n),          MVOI_PART(path->shift_below, n),
        MVOI_PART(path->shift_above, n),     MVOI_PART(path->bound_below, n),     MVOI_PART(path->bound_above, n),
        MVOI_PART(path->row0, m),            MVOI_PART(path->row1, m),            MVOI_PART(path->rhs0, capacity),
        MVOI_PART(path->rhs1, capacity),     MVOI_PART(path->solution0, capacity), MVOI_PART(path->solution1, capacity),
        MVOI_PART(path->column0, capacity),  MVOI_PART(path->column1, capacity),  MVOI_PART(path->u0, capacity),
        MVOI_PART(path->u1, capacity),       MVOI_PART(path->side, total),        MVOI_PART(path->index, total),
        MVOI_PART(path->begun, n),           MVOI_PART(path->candidate, 2 * total), MVOI_PART(path->candidate_step, 2 * total),
        MVOI_PART(path->candidate_rate, 2 * total), MVOI_PART(path->skip, total), MVOI_PART(path->dropped, capacity)
    };
    path->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (path->memory && mvoi_kkt_new(&path->kkt, context, capacity, room, total, kernels))
        return 1;
    mvoi_path_free(path, context);
    return 0;
}

void mvoi_path_free(mvoi_path *path, mvo_context *context)
{
    mvoi_release(context, path->memory);
    mvoi_kkt_free(&path->kkt, context);
    memset(path, 0, sizeof *path);
}

/* ------------------------------------------------------------------------------------------------- state */

/* Right-hand sides of the KKT system: the derivative of the solution, and - if `whole` - the solution at tau. */
static void right_hand_sides(mvoi_path *path, int whole)
{
    const mvoi_scaled *s = path->scaled;
    const double tau = path->tau;
    for (size_t k = 0; k < path->kkt.order; k++) {
        const size_t e = (size_t)path->kkt.element[k];
        if (e < path->n) {
            path->rhs1[k] = -(s->linear_rate[e] + path->held1[e]);
            if (whole)
                path->rhs0[k] = -(s->linear[e] + tau * s->linear_rate[e]) - (path->held0[e] + tau * path->held1[e]);
        } else {
            const size_t i = e - path->n;
            const int upper = path->side[e] == MVOI_UPPER;
            const double base = upper ? s->upper[e] : s->lower[e], rate = upper ? s->upper_rate[e] : s->lower_rate[e];
            path->rhs1[k] = rate - path->row1[i];
            if (whole)
                path->rhs0[k] = base + tau * rate - (path->row0[i] + tau * path->row1[i]);
        }
    }
}

/* Held weights stand at their limits; multipliers of inactive rows are zero. */
static void place_held(mvoi_path *path)
{
    const mvoi_scaled *s = path->scaled;
    for (size_t j = 0; j < path->n; j++) {
        const int32_t side = path->side[j];
        if (side == MVOI_LOWER || side == MVOI_UPPER) {
            path->dp[j] = side == MVOI_UPPER ? s->upper_rate[j] : s->lower_rate[j];
            path->p[j] = (side == MVOI_UPPER ? s->upper[j] : s->lower[j]) + path->tau * path->dp[j];
        } else if (side == MVOI_HELD) {
            path->p[j] = path->dp[j] = 0.0;
        }
    }
    memset(path->q + path->n, 0, path->m * sizeof(double));
}

/* What p, q and their derivatives hold for the working set, as solutions. */
static void take_known(mvoi_path *path, int whole)
{
    for (size_t k = 0; k < path->kkt.order; k++) {
        const size_t e = (size_t)path->kkt.element[k];
        path->solution1[k] = e < path->n ? path->dp[e] : -path->dq[e];
        if (whole)
            path->solution0[k] = e < path->n ? path->p[e] : -path->q[e];
    }
}

/* Solves for the derivatives, and - if `whole` - for the solution at tau; returns the worst residual. */
static double solve(mvoi_path *path, int whole, int near)
{
    double (*const solver)(mvoi_kkt *, const double *, double *) = near ? mvoi_kkt_improve : mvoi_kkt_solve;
    right_hand_sides(path, whole);
    if (near)
        take_known(path, whole);
    if (near && whole)
        return mvoi_kkt_improve2(&path->kkt, path->rhs0, path->rhs1, path->solution0, path->solution1);
    const double reached = solver(&path->kkt, path->rhs1, path->solution1);
    return whole ? fmax(reached, solver(&path->kkt, path->rhs0, path->solution0)) : reached;
}

/* A large gradient hides what rounding leaves of a row's limit. */
static void sharpen(mvoi_path *path, int whole)
{
    mvoi_kkt_sharpen(&path->kkt, path->rhs1, path->solution1);
    if (whole)
        mvoi_kkt_sharpen(&path->kkt, path->rhs0, path->solution0);
}

/* Weights and multipliers of the working set from the solutions; returns the number of free weights. */
static size_t scatter(mvoi_path *path, int whole)
{
    size_t free_count = 0;
    if (whole)
        place_held(path);
    memset(path->dq + path->n, 0, path->m * sizeof(double));
    for (size_t k = 0; k < path->kkt.order; k++) {
        const size_t e = (size_t)path->kkt.element[k];
        if (e < path->n) {
            path->dp[e] = path->solution1[k];
            path->index[free_count] = (int32_t)e;
            path->value1[free_count] = path->solution1[k];
            if (whole)
                path->p[e] = path->value0[free_count] = path->solution0[k];
            free_count++;
        } else {
            path->dq[e] = -path->solution1[k];
            if (whole)
                path->q[e] = -path->solution0[k];
        }
    }
    return free_count;
}

/* Derivatives of the reduced gradients and row activities, and - if `whole` - these themselves. Otherwise those of held
   weights and inactive rows stand as they were carried along the last piece. */
static void gradients_and_activities(mvoi_path *path, size_t free_count, int whole)
{
    const mvoi_scaled *s = path->scaled;
    const mvoi_kernels *kernels = path->kernels;
    const size_t n = path->n, m = path->m;
    memcpy(path->dq, s->linear_rate, n * sizeof *path->dq);
    if (path->held_terms)
        kernels->axpy(n, 1.0, path->held1, path->dq);
    double size_linear = 0.0;
    if (whole) {
        memcpy(path->q, s->linear, n * sizeof *path->q);
        kernels->axpy(n, path->tau, s->linear_rate, path->q);
        size_linear = kernels->largest(n, path->q);
        if (path->held_terms) {
            kernels->axpy(n, 1.0, path->held0, path->q);
            kernels->axpy(n, path->tau, path->held1, path->q);
        }
        mvoi_scaled_sweep2(s, path->index, free_count, path->value0, path->value1, path->q, path->dq);
    } else {
        mvoi_scaled_sweep(s, path->index, free_count, path->value1, path->dq);
    }
    for (size_t k = 0; k < path->kkt.order; k++) {
        const size_t e = (size_t)path->kkt.element[k];
        if (e < n)
            continue;
        const double *row = s->rows + (e - n) * s->ld;
        kernels->axpy(n, path->solution1[k], row, path->dq);
        if (whole)
            kernels->axpy(n, path->solution0[k], row, path->q);
    }
    for (size_t k = 0; k < free_count; k++)
        path->q[path->index[k]] = path->dq[path->index[k]] = 0.0;
    kernels->gemv_transposed(n, m, s->rows, s->ld, path->dp, path->dp + n);
    if (!whole)
        return;
    kernels->gemv_transposed(n, m, s->rows, s->ld, path->p, path->p + n);
    path->size_p = kernels->largest(n + m, path->p);
    path->size_dp = kernels->largest(n + m, path->dp);
    path->size_dq = kernels->largest(n + m, path->dq);
    path->size_gradient = fmax(size_linear, kernels->largest(n, path->q)); /* of what the multipliers are made of */
}

int mvoi_path_state(mvoi_path *path)
{
    enum { ATTEMPTS = 2 };
    /* Rounding carried along is of the size the numbers had: once tau is a quarter it is too large to keep. */
    int whole = path->carried >= path->carry_most || fabs(path->tau) < 0.25 * path->carried_from;
    if (path->held_changes > 64)
        mvoi_pivot_recount_held(path);
    for (int attempt = 0;; attempt++) {
        const double reached = solve(path, whole, path->near);
        path->near = 0;
        if (reached <= 1e-9 && path->kkt.worst_residual <= 1e-4)
            break;
        if (attempt == ATTEMPTS && !(reached <= 1e-6))
            return 0;
        if (attempt == ATTEMPTS)
            break;
        mvoi_pivot_refactor(path);
        whole = 1; /* members may have left */
    }
    if (path->exact)
        sharpen(path, whole);
    const size_t free_count = scatter(path, whole);
    gradients_and_activities(path, free_count, whole);
    path->carried = whole ? 0 : path->carried + 1;
    if (whole)
        path->carried_from = fabs(path->tau);
    return 1;
}

int mvoi_path_state_at(mvoi_path *path, double tau)
{
    path->tau = tau;
    path->near = 0;
    path->carried = path->carry_most;
    return mvoi_path_state(path);
}

/* -------------------------------------------------------------------------------------------- ratio test */

static const double BEYOND = 1e-10; /* relative to the sizes that path->harris is relative to */
static const double ROUNDING = 64.0 * DBL_EPSILON;

typedef struct ratio_test {
    size_t count;
    double bound;                    /* Harris: no step may be longer */
    double p_rounding, q_rounding; /* of activities and of multipliers, whatever sizes the limits have */
} ratio_test;

/* Called for what may end its range within the bound: slack < bound * rate. */
static void note(mvoi_path *path, ratio_test *test, size_t e, int upper, double slack, double rate, double allowance,
                 double rounding)
{
    /* A little beyond its limit an element counts at once. Far beyond, where only a jump can have brought it, it is
       left alone: to force it back makes others jump in turn, and the end has a remedy for all of them together. */
    if (slack < -(BEYOND / path->harris) * allowance && slack < -rounding)
        return;
    const double step = slack > 0.0 ? slack / rate : 0.0;
    const double relaxed = (slack + allowance) / rate;
    const double longest = relaxed > step ? relaxed : step;
    if (longest < test->bound)
        test->bound = longest;
    path->candidate[test->count] = (int32_t)(2 * e + (upper ? 1u : 0u));
    path->candidate_step[test->count] = step;
    path->candidate_rate[test->count++] = rate;
}

/* A free weight or an inactive row between its limits. */
static void test_free(mvoi_path *path, ratio_test *test, size_t e, double direction, double slow)
{
    const mvoi_scaled *s = path->scaled;
    const double tau = path->tau, lower = s->lower[e], upper = s->upper[e];
    const double down = direction * (s->lower_rate[e] - path->dp[e]);
    const double up = direction * (path->dp[e] - s->upper_rate[e]);
    if (down > slow && lower > -HUGE_VAL) {
        const double slack = path->p[e] - (lower + tau * s->lower_rate[e]);
        if (slack <= test->bound * down)
            note(path, test, e, 0, slack, down, path->harris * (s->limit_size + fabs(lower)),
                 test->p_rounding);
    }
    if (up > slow && upper < HUGE_VAL) {
        const double slack = upper + tau * s->upper_rate[e] - path->p[e];
        if (slack <= test->bound * up)
            note(path, test, e, 1, slack, up, path->harris * (s->limit_size + fabs(upper)),
                 test->p_rounding);
    }
}

/* A temporarily held weight within its shrinking allowance. */
static void test_loose(mvoi_path *path, ratio_test *test, size_t e, double direction, double slow, double allowance)
{
    const double width = path->tau * path->loose[e];
    const double up = direction * (path->dq[e] - path->loose[e]), down = direction * (-path->dq[e] - path->loose[e]);
    if (up > slow && width - path->q[e] <= test->bound * up)
        note(path, test, e, 1, width - path->q[e], up, allowance, test->q_rounding);
    if (down > slow && path->q[e] + width <= test->bound * down)
        note(path, test, e, 0, path->q[e] + width, down, allowance, test->q_rounding);
}

/* Weights that rest on a breakpoint: the far end of their multiplier's range. */
static void test_far_ends(mvoi_path *path, ratio_test *test, double direction, double slow, double allowance)
{
    for (size_t e = 0; e < path->n; e++) {
        const double sign = path->sign[e];
        if (sign == 0.0 || !(path->width0[e] < HUGE_VAL) || path->skip[e])
            continue;
        const mvoi_width width = mvoi_kinks_width(path, e);
        const double rate = direction * (-sign * path->dq[e] - width.rate);
        const double slack = width.value + sign * path->q[e];
        if (rate > slow && slack <= test->bound * rate)
            note(path, test, e, sign < 0.0, slack, rate, allowance, test->q_rounding);
    }
}

/* All elements that may end their range within `reach` when tau moves in `direction`. */
static ratio_test collect(mvoi_path *path, double direction, double reach)
{
    const mvoi_scaled *s = path->scaled;
    const size_t n = path->n, total = n + path->m;
    /* Rates below rounding: that of the largest rate, or what would not move visibly on the whole way ahead. */
    const double way = fmax(isinf(reach) ? 1e-2 * fabs(path->tau) : reach, 1e-300);
    /* On the way to infinity weights come to rest, and all their rates are rounding: what moves less than a billionth
       while tau doubles stands still. */
    const double slow_p = fmax(path->still, isinf(reach) ? 1e-9 * s->limit_size / fmax(fabs(path->tau), 1e-300)
                                                         : fmax(1e-13 * path->size_dp, 1e-14 * s->limit_size / way));
    const double slow_q = fmax(1e-13 * path->size_dq, 1e-14 * path->size_gradient / way);
    const double allowance = path->harris * s->gradient_size;
    const double *q = path->q, *dq = path->dq, *sign = path->sign;
    ratio_test test = { 0, reach, ROUNDING * path->size_p, ROUNDING * path->size_gradient };
    /* Held elements; those that cannot be freed have sign 0. */
    for (size_t e = 0;; e++) {
        e = path->kernels->ending(e, total, q, dq, sign, direction, test.bound, slow_q);
        if (e == total)
            break;
        if (!path->skip[e])
            note(path, &test, e, sign[e] > 0.0, -q[e] * sign[e], direction * dq[e] * sign[e], allowance, test.q_rounding);
    }
    for (size_t k = 0; k < path->kkt.order; k++) {
        const size_t e = (size_t)path->kkt.element[k];
        if (e < n && !path->skip[e])
            test_free(path, &test, e, direction, slow_p);
    }
    for (size_t e = n; e < total; e++)
        if (path->side[e] == MVOI_FREE && !path->skip[e])
            test_free(path, &test, e, direction, slow_p);
    if (s->segments)
        test_far_ends(path, &test, direction, slow_q, allowance);
    for (size_t e = 0; path->loose_count && e < n; e++)
        if (path->side[e] == MVOI_HELD && !path->skip[e])
            test_loose(path, &test, e, direction, slow_q, allowance);
    return test;
}

uint64_t mvoi_path_random(mvoi_path *path)
{
    uint64_t x = path->random += 0x9e3779b97f4a7c15u; /* splitmix64: Steele, Lea & Flood (2014) */
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Among the candidates within the bound: the fastest one, or - when steps of length zero follow each other - any,
   drawn with a fixed seed. Returns the count if there is none. */
static size_t choose(mvoi_path *path, const ratio_test *test, int draw)
{
    const size_t count = test->count;
    size_t best = count, drawn = 0;
    for (size_t k = 0; k < count; k++) {
        if (path->candidate_step[k] > test->bound)
            continue;
        drawn++;
        if (best == count || (draw ? mvoi_path_random(path) % drawn == 0
                                   : path->candidate_rate[k] > path->candidate_rate[best]))
            best = k;
    }
    return best;
}

/* -------------------------------------------------------------------------------------------------- loop */

/* Moves the state along the present piece; the next event makes it anew. */
static void advance(mvoi_path *path, double tau)
{
    const double step = tau - path->tau;
    const size_t total = path->n + path->m;
    path->kernels->axpy(total, step, path->dp, path->p);
    path->kernels->axpy(total, step, path->dq, path->q);
    path->tau = tau;
}

void mvoi_path_note(mvoi_path *path, size_t e)
{
    path->loose_count -= path->side[e] == MVOI_HELD; /* noted once before */
    mvoi_pivot_note_side(path, e);
    if (e == path->n + path->m - 1)
        mvoi_pivot_recount_held(path);
}

double mvoi_path_peek(mvoi_path *path, double end)
{
    const double direction = end < path->tau ? -1.0 : 1.0;
    const ratio_test test = collect(path, direction, fabs(end - path->tau));
    const size_t chosen = choose(path, &test, 0);
    return chosen < test.count ? path->tau + direction * path->candidate_step[chosen] : end;
}

/* To the end: where nothing happens on the rest of the way it is looked at again from this part of it, until so little is left. */
static const double CLOSER = 0x1p-12, NEAREST = 0x1p-100;

mvo_outcome mvoi_path_follow(mvoi_path *path, double end, mvoi_path_visit visit, void *user)
{
    enum { PATIENCE = 30 };
    const double direction = end < path->tau ? -1.0 : 1.0;
    const double way = fabs(end - path->tau);
    int standing = 0;
    if (path->kkt.out_of_memory) /* the start could not be taken over */
        return MVO_NO_MEMORY;
    if (!mvoi_path_state_at(path, path->tau))
        return MVO_NUMERICAL;
    for (;;) {
        const double reach = fabs(end - path->tau);
        const ratio_test test = collect(path, direction, reach);
        const size_t count = test.count;
        size_t chosen = choose(path, &test, standing > PATIENCE);
        const double rounding = isinf(end) ? -1.0 : path->rounding * (path->to_the_end ? reach : way);
        /* What happens at the end itself, to rounding, does not happen any more: the end has no beyond. */
        if (chosen < count && reach - path->candidate_step[chosen] <= rounding)
            chosen = count;
        const double step = chosen < count ? path->candidate_step[chosen] : reach;
        double next = chosen < count ? path->tau + direction * step : end;
        path->at_event = chosen < count;
        if (path->carry_most && chosen < count && direction < 0.0 && next > 0.0 && next < 0.5 * path->tau) {
            /* Seen from afar the event is placed with the rounding of large numbers: go near and look again. */
            path->at_event = 0;
            path->near = 1;
            path->carried = path->carry_most;
            next *= 1.25;
        }
        const int from_afar = chosen == count && path->to_the_end && direction < 0.0 && path->tau - end > NEAREST * way;
        if (from_afar) {
            path->near = 1;
            path->carried = path->carry_most;
            next = end + CLOSER * reach;
        }
        if (visit && step > 0.0) {
            path->stop = next;
            if (visit(user, path, next)) {
                advance(path, path->stop);
                return MVO_OPTIMAL;
            }
        }
        if (step > 0.0 && !isinf(next))
            advance(path, next);
        if (chosen == count && !from_afar)
            return MVO_OPTIMAL;
        if (!path->at_event) {
            if (!mvoi_path_state(path))
                return MVO_NUMERICAL;
            continue;
        }
        standing = step > 1e-14 * fabs(next) ? 0 : standing + 1;
        const mvo_outcome watched = mvoi_watch_step(path->watch);
        if (watched != MVO_OPTIMAL)
            return watched;
        if (++path->pivots > path->pivot_limit)
            return MVO_NUMERICAL;
        const int32_t code = path->candidate[chosen];
        const mvo_outcome changed = mvoi_pivot(path, (size_t)(code / 2), code % 2 ? MVOI_UPPER : MVOI_LOWER);
        if (changed != MVO_OPTIMAL)
            return changed;
        if (!mvoi_path_state(path))
            return MVO_NUMERICAL;
    }
}

/* ------------------------------------------------------------------------------------------------ finish */

void mvoi_path_polish(mvoi_path *path)
{
    enum { STEPS = 3 };
    const mvoi_scaled *s = path->scaled;
    const size_t n = path->n;
    double *high = path->held1, *low = path->response_q; /* both are free at the end of a path */
    double previous = HUGE_VAL;
    for (int step = 0;; step++) {
        mvoi_scaled_gradient(s, path->tau, path->p, path->q + n, high, low);
        if (step == STEPS)
            break;
        double most = 0.0;
        for (size_t k = 0; k < path->kkt.order; k++) {
            const size_t e = (size_t)path->kkt.element[k];
            if (e < n) {
                path->rhs0[k] = -(high[e] + low[e]);
            } else {
                const int upper = path->side[e] == MVOI_UPPER;
                const double limit = upper ? s->upper[e] + path->tau * s->upper_rate[e]
                                           : s->lower[e] + path->tau * s->lower_rate[e];
                const double *row = s->rows + (e - n) * s->ld;
                double sum = -limit, sum_low = 0.0;
                for (size_t j = 0; j < n; j++)
                    mvoi_accumulate(&sum, &sum_low, row[j], path->p[j]);
                path->rhs0[k] = -(sum + sum_low);
            }
            most = fmax(most, fabs(path->rhs0[k]));
        }
        if (!(most < 0.5 * previous))
            break;
        previous = most;
        mvoi_kkt_solve(&path->kkt, path->rhs0, path->solution0);
        for (size_t k = 0; k < path->kkt.order; k++) {
            const size_t e = (size_t)path->kkt.element[k];
            if (e < n)
                path->p[e] += path->solution0[k];
            else
                path->q[e] -= path->solution0[k];
        }
    }
    for (size_t j = 0; j < n; j++)
        path->q[j] = path->side[j] == MVOI_FREE ? 0.0 : high[j] + low[j];
    path->kernels->gemv_transposed(n, path->m, s->rows, s->ld, path->p, path->p + n);
    path->carried = path->carry_most;
    path->held_changes = SIZE_MAX / 2; /* held1 was used as workspace: have it made anew before the next use */
}

int mvoi_path_not_unique(mvoi_path *path)
{
    enum { LOOKS = 8 };
    const mvoi_scaled *s = path->scaled;
    const double nothing = 1e-12 * path->size_gradient;
    int looks = 0;
    for (size_t e = 0; e < path->n + path->m && looks < LOOKS; e++) {
        const int is_free = path->side[e] == MVOI_FREE;
        if (is_free || s->fixed[e] || fabs(path->q[e]) > nothing)
            continue;
        looks++;
        if (mvoi_pivot_moves_freely(path, e))
            return 1;
    }
    return 0;
}
