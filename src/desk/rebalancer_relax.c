/* SPDX-License-Identifier: MIT */
/*
 * Limits that contradict each other give way by class, the least important ones last considered: first the limits that
 * never yield stand alone, then those of class 1 are put beside them, and so on. Where a class cannot be met beside
 * those before it, a solve leaves a proof (Farkas): multipliers with which the limits add up to 0 >= V > 0. As a
 * function of the limits V falls by |multiplier| for each unit that one of them gives way, so that the step V / sum
 * |multiplier| unit over those of the class voids this proof and no more than it. Another solve finds a portfolio, or
 * the next proof. So a class yields to more important ones alone, and none of its limits that no proof names.
 */
#include "desk/rebalancer.h"

#include <math.h>
#include <string.h>

static const double MARGIN =
    1e-9; /* of the terms of a proof: what is left beyond the step, so that rounding has room */
static const double WIDEST = 1e-6; /* in units of the limits: the most that is added where it had too little */

/* --------------------------------------------------------------------------------------------- the proof */

typedef struct proof {
    const double *rows; /* m multipliers, positive at a lower limit */
    double *pull;       /* n: of the bounds, likewise */
    double value, size; /* V, and the sum of the absolute terms */
} proof;

/* What the rows make of weight j at v: - sum y_i (row i's part of it), convex. */
static double part_at(const mvo_rebalancer *r, const double *y, size_t j, double v)
{
    const mvo_constraints *set = r->solver->snapshot;
    double sum = 0.0;
    for (size_t i = 0; i < r->m; i++) {
        const mvoi_row *row = &set->rows[i];
        if (y[i] == 0.0)
            continue;
        if (row->around == MVO_AROUND_NOTHING) {
            sum -= y[i] * row->coefficients[j] * v;
            continue;
        }
        const double away = v - (row->around == MVO_AROUND_HOLDINGS ? r->holdings[j] : 0.0);
        sum -= y[i] * (away > 0.0 ? mvoi_row_above(row, j) * away : -mvoi_row_below(row, r->n, j) * away);
    }
    return sum;
}

/* The slope of that beyond a bound, on the side away from the weights allowed. */
static double slope_beyond(const mvo_rebalancer *r, const double *y, size_t j, double bound, double direction)
{
    const double step = direction * fmax(1.0, fabs(bound)) * 0x1p-20;
    return (part_at(r, y, j, bound + step) - part_at(r, y, j, bound)) / step;
}

/* The least of that within the bounds, and whether one of these holds it back. */
static double least_part(const mvo_rebalancer *r, proof *p, size_t j)
{
    const mvo_solver *s = r->solver;
    const double lower = s->lower[j], upper = s->upper[j];
    const double places[] = { lower, upper, fmin(fmax(0.0, lower), upper), fmin(fmax(r->holdings[j], lower), upper) };
    double least = HUGE_VAL, at = 0.0;
    for (int k = 0; k < 4; k++) {
        const double v = isinf(places[k]) ? HUGE_VAL : part_at(r, p->rows, j, places[k]);
        if (v < least) {
            least = v;
            at = places[k];
        }
    }
    const double below = slope_beyond(r, p->rows, j, at, -1.0), above = slope_beyond(r, p->rows, j, at, 1.0);
    p->pull[j] = at == lower && below > 0.0 ? below : at == upper && above < 0.0 ? above : 0.0;
    return least < HUGE_VAL ? least : 0.0;
}

/* Whether absolute rows take part: without them the multipliers of the bounds are told. */
static int is_linear(const mvo_rebalancer *r, const double *y)
{
    for (size_t i = 0; i < r->m; i++)
        if (y[i] != 0.0 && r->solver->snapshot->rows[i].around != MVO_AROUND_NOTHING)
            return 0;
    return 1;
}

static proof read_proof(const mvo_rebalancer *r)
{
    const mvo_solver *s = r->solver;
    proof p = { s->proof + r->n, r->pull, 0.0, 0.0 };
    const int linear = is_linear(r, p.rows);
    for (size_t i = 0; i < r->m; i++) {
        const double limit = p.rows[i] > 0.0 ? s->row_lower[i] : s->row_upper[i];
        if (p.rows[i] == 0.0)
            continue;
        p.value += p.rows[i] * limit;
        p.size += fabs(p.rows[i] * limit);
    }
    for (size_t j = 0; j < r->n; j++) {
        double term;
        if (linear) {
            p.pull[j] = s->proof[j];
            term = p.pull[j] == 0.0 ? 0.0 : p.pull[j] * (p.pull[j] > 0.0 ? s->lower[j] : s->upper[j]);
        } else {
            term = least_part(r, &p, j);
        }
        p.value += term;
        p.size += fabs(term);
    }
    return p;
}

/* ---------------------------------------------------------------------------------------------- giving way */

/* Weights that cannot be traded do not yield. */
static int32_t bound_class(const mvo_rebalancer *r, size_t j)
{
    return mvoi_role(r->role[j]) == MVOI_GOOD ? r->bound_class[j] : 0;
}

static void yield_limit(double *lower, double *upper, double multiplier, double step)
{
    if (multiplier > 0.0)
        *lower -= step;
    else
        *upper += step;
}

/* Limits of a class that cross meet in their middle. */
static void mend_crossed(mvo_rebalancer *r, int32_t class)
{
    mvo_solver *s = r->solver;
    for (size_t i = 0; i < r->m; i++)
        if (r->row_class[i] == class && s->row_lower[i] > s->row_upper[i])
            s->row_lower[i] = s->row_upper[i] = 0.5 * s->row_lower[i] + 0.5 * s->row_upper[i];
    for (size_t j = 0; j < r->n; j++)
        if (bound_class(r, j) == class && s->lower[j] > s->upper[j])
            s->lower[j] = s->upper[j] = 0.5 * s->lower[j] + 0.5 * s->upper[j];
}

/* After MVO_INFEASIBLE: the limits of the class that the proof names give way; 0 if it names none. */
static int give_way(mvo_rebalancer *r, int32_t class)
{
    mvo_solver *s = r->solver;
    const proof p = read_proof(r);
    double give = 0.0;
    for (size_t i = 0; i < r->m; i++)
        give += r->row_class[i] == class ? fabs(p.rows[i]) * r->row_unit[i] : 0.0;
    for (size_t j = 0; j < r->n; j++)
        give += bound_class(r, j) == class ? fabs(p.pull[j]) * r->bound_unit[j] : 0.0;
    const double step = (fmax(p.value, 0.0) + MARGIN * p.size) / give;
    if (!(give > 0.0) || !(step > 0.0) || !isfinite(step))
        return 0;
    for (size_t i = 0; i < r->m; i++)
        if (r->row_class[i] == class && p.rows[i] != 0.0)
            yield_limit(&s->row_lower[i], &s->row_upper[i], p.rows[i], step * r->row_unit[i]);
    for (size_t j = 0; j < r->n; j++)
        if (bound_class(r, j) == class && p.pull[j] != 0.0)
            yield_limit(&s->lower[j], &s->upper[j], p.pull[j], step * r->bound_unit[j]);
    return 1;
}

/* ------------------------------------------------------------------------------------------- class by class */

/* The next class above; 0 if there is none. */
static int32_t next_class(const mvo_rebalancer *r, int32_t class)
{
    int32_t next = 0;
    for (size_t i = 0; i < r->m; i++)
        if (r->row_class[i] > class && (!next || r->row_class[i] < next))
            next = r->row_class[i];
    for (size_t j = 0; j < r->n; j++)
        if (bound_class(r, j) > class && (!next || bound_class(r, j) < next))
            next = bound_class(r, j);
    return next;
}

/* Takes every limit of classes above 0 off the solver, having noted it. */
static void take_off(mvo_rebalancer *r)
{
    mvo_solver *s = r->solver;
    mvoi_rebalancer_read_limits(&r->used, r);
    for (size_t i = 0; i < r->m; i++)
        if (r->row_class[i]) {
            s->row_lower[i] = -HUGE_VAL;
            s->row_upper[i] = HUGE_VAL;
        }
    for (size_t j = 0; j < r->n; j++)
        if (bound_class(r, j)) {
            s->lower[j] = -HUGE_VAL;
            s->upper[j] = HUGE_VAL;
        }
}

/* Puts those of one class back. */
static void put_back(mvo_rebalancer *r, int32_t class)
{
    mvo_solver *s = r->solver;
    for (size_t i = 0; i < r->m; i++)
        if (r->row_class[i] == class) {
            s->row_lower[i] = r->used.row_lower[i];
            s->row_upper[i] = r->used.row_upper[i];
        }
    for (size_t j = 0; j < r->n; j++)
        if (bound_class(r, j) == class) {
            s->lower[j] = r->used.lower[j];
            s->upper[j] = r->used.upper[j];
        }
    mend_crossed(r, class);
}

/* Limits that met in a point leave rounding no room: what has given way does so a little more. */
static void widen(mvo_rebalancer *r, int32_t class, double step)
{
    mvo_solver *s = r->solver;
    for (size_t i = 0; i < r->m; i++) {
        if (!r->row_class[i] || r->row_class[i] > class)
            continue;
        s->row_lower[i] -= s->row_lower[i] < r->used.row_lower[i] ? step * r->row_unit[i] : 0.0;
        s->row_upper[i] += s->row_upper[i] > r->used.row_upper[i] ? step * r->row_unit[i] : 0.0;
    }
    for (size_t j = 0; j < r->n; j++) {
        if (!bound_class(r, j) || bound_class(r, j) > class)
            continue;
        s->lower[j] -= s->lower[j] < r->used.lower[j] ? step * r->bound_unit[j] : 0.0;
        s->upper[j] += s->upper[j] > r->used.upper[j] ? step * r->bound_unit[j] : 0.0;
    }
}

mvo_outcome mvoi_rebalancer_relax(mvo_rebalancer *rebalancer, double risk_aversion)
{
    mvo_rebalancer *r = rebalancer;
    const int64_t most = 100 + 4 * (int64_t)(r->n + r->m); /* proofs, each of which takes a solve */
    double room = MARGIN;
    int32_t class = 0;
    if (!r->yielding)
        return MVO_INFEASIBLE;
    take_off(r);
    for (int64_t k = 0; k < most; k++) {
        const mvo_outcome outcome = mvoi_rebalancer_minimise(r, risk_aversion);
        const int32_t next = next_class(r, class);
        if (outcome == MVO_INFEASIBLE) {
            if (!class || !give_way(r, class))
                return outcome;
        } else if (next && (outcome == MVO_OPTIMAL || outcome == MVO_UNBOUNDED)) {
            class = next;
            put_back(r, class);
        } else if (outcome == MVO_NUMERICAL && class && room < WIDEST) {
            room *= 10.0;
            widen(r, class, room);
        } else {
            return outcome;
        }
    }
    return MVO_INFEASIBLE;
}

/* ------------------------------------------------------------------------------------------------- telling */

typedef struct relaxation {
    int32_t kind, side;
    int64_t id;
    double limit, relaxed;
} relaxation;

/* Notes a limit that moved as number *k, counting down; 1 when it is the one asked for. */
static int is_asked(relaxation *found, size_t *k, int32_t kind, int64_t id, int32_t side, double limit, double relaxed)
{
    if (limit == relaxed)
        return 0;
    *found = (relaxation){ kind, side, id, limit, relaxed };
    return (*k)-- == 0;
}

static int find_relaxed(relaxation *found, const mvo_rebalancer *r, size_t k)
{
    const mvo_constraints *set = r->solver->snapshot;
    const mvoi_limits *kept = &r->kept, *used = &r->used;
    for (size_t i = 0; i < r->m; i++)
        if (is_asked(found, &k, MVO_CONFLICT_ROW, set->rows[i].id, MVO_AT_LOWER, kept->row_lower[i],
                     used->row_lower[i]) ||
            is_asked(found, &k, MVO_CONFLICT_ROW, set->rows[i].id, MVO_AT_UPPER, kept->row_upper[i],
                     used->row_upper[i]))
            return 1;
    for (size_t j = 0; j < r->n; j++)
        if (mvoi_role(r->role[j]) == MVOI_GOOD &&
            (is_asked(found, &k, MVO_CONFLICT_BOUND, (int64_t)j, MVO_AT_LOWER, kept->lower[j], used->lower[j]) ||
             is_asked(found, &k, MVO_CONFLICT_BOUND, (int64_t)j, MVO_AT_UPPER, kept->upper[j], used->upper[j])))
            return 1;
    return 0;
}

mvo_status mvo_rebalancer_relaxed(int32_t *kind, int64_t *id, int32_t *side, double *limit, double *relaxed,
                                  const mvo_rebalancer *rebalancer, size_t k)
{
    relaxation found;
    if (!rebalancer)
        return MVO_ERROR_NULL;
    if (rebalancer->tick.solve != MVO_OPTIMAL || !find_relaxed(&found, rebalancer, k))
        return MVO_ERROR_ARGUMENT;
    if (kind)
        *kind = found.kind;
    if (id)
        *id = found.id;
    if (side)
        *side = found.side;
    if (limit)
        *limit = found.limit;
    if (relaxed)
        *relaxed = found.relaxed;
    return MVO_OK;
}

mvo_status mvo_rebalancer_conflict(mvo_conflict **conflict, mvo_rebalancer *rebalancer, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    if (!conflict)
        return mvoi_fail_null(rebalancer->context, error, "conflict");
    if (rebalancer->tick.outcome != MVO_TICK_CONFLICT)
        return mvoi_fail(rebalancer->context, error, MVO_ERROR_STATE, MVOI_DETAIL("rebalancer"),
                         "the last tick did not end in a conflict");
    mvoi_rebalancer_read_limits(&rebalancer->kept, rebalancer);
    mvoi_rebalancer_put_limits(rebalancer, &rebalancer->used);
    const mvo_status status = mvo_solver_conflict(conflict, rebalancer->solver, error);
    mvoi_rebalancer_put_limits(rebalancer, &rebalancer->kept);
    return status;
}
