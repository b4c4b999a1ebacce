/* SPDX-License-Identifier: MIT */
/*
 * Limits that contradict each other give way by class. A solve that finds no portfolio leaves a proof (Farkas): multipliers
 * with which the limits add up to 0 >= V > 0. As a function of the limits V falls by |multiplier| for each unit that one
 * of them gives way, so that the step V / sum |multiplier| unit over those of one class voids this proof and no more than
 * it. Another solve finds a portfolio, or the next proof. Only limits named by a proof are touched, and none of a lower
 * class where one of a higher would do.
 */
#include "desk/rebalancer.h"

#include <math.h>
#include <string.h>

static const double MARGIN = 1e-9; /* of the terms of a proof: what is left beyond the step, so that rounding has room */

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

/* The highest class that the proof names; 0 if it names none that may yield. */
static int32_t highest(const mvo_rebalancer *r, const proof *p)
{
    int32_t found = 0;
    for (size_t i = 0; i < r->m; i++)
        if (p->rows[i] != 0.0 && r->row_class[i] > found)
            found = r->row_class[i];
    for (size_t j = 0; j < r->n; j++)
        if (p->pull[j] != 0.0 && bound_class(r, j) > found)
            found = bound_class(r, j);
    return found;
}

static void yield_limit(double *lower, double *upper, double multiplier, double step)
{
    if (multiplier > 0.0)
        *lower -= step;
    else
        *upper += step;
}

/* A pair of limits that cross meet in their middle; -1 if none does, 0 if they may not. */
static int mend_crossed(mvo_rebalancer *r)
{
    mvo_solver *s = r->solver;
    for (size_t i = 0; i < r->m; i++)
        if (s->row_lower[i] > s->row_upper[i]) {
            if (r->row_class[i])
                s->row_lower[i] = s->row_upper[i] = 0.5 * s->row_lower[i] + 0.5 * s->row_upper[i];
            return r->row_class[i] != 0;
        }
    for (size_t j = 0; j < r->n; j++)
        if (s->lower[j] > s->upper[j]) {
            if (bound_class(r, j))
                s->lower[j] = s->upper[j] = 0.5 * s->lower[j] + 0.5 * s->upper[j];
            return bound_class(r, j) != 0;
        }
    return -1;
}

int mvoi_rebalancer_relax(mvo_rebalancer *rebalancer)
{
    mvo_rebalancer *r = rebalancer;
    mvo_solver *s = r->solver;
    const int64_t most = 100 + 4 * (int64_t)(r->n + r->m); /* proofs, each of which takes a solve */
    if (!r->yielding || r->tick.solves >= most)
        return 0;
    const int crossed = mend_crossed(r);
    if (crossed >= 0)
        return crossed;
    proof p = read_proof(r);
    const int32_t class = highest(r, &p);
    double give = 0.0;
    for (size_t i = 0; class && i < r->m; i++)
        give += r->row_class[i] == class ? fabs(p.rows[i]) * r->row_unit[i] : 0.0;
    for (size_t j = 0; class && j < r->n; j++)
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
        if (is_asked(found, &k, MVO_CONFLICT_ROW, set->rows[i].id, MVO_AT_LOWER, kept->row_lower[i], used->row_lower[i]) ||
            is_asked(found, &k, MVO_CONFLICT_ROW, set->rows[i].id, MVO_AT_UPPER, kept->row_upper[i], used->row_upper[i]))
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
    if (rebalancer->tick.solve < 0 || !find_relaxed(&found, rebalancer, k))
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
    if (rebalancer->tick.outcome != MVO_TICK_CONFLICT)
        return mvoi_fail(rebalancer->context, error, MVO_ERROR_STATE, MVOI_DETAIL("rebalancer"),
                         "the last tick did not end in a conflict");
    mvoi_rebalancer_read_limits(&rebalancer->kept, rebalancer);
    mvoi_rebalancer_put_limits(rebalancer, &rebalancer->used);
    const mvo_status status = mvo_solver_conflict(conflict, rebalancer->solver, error);
    mvoi_rebalancer_put_limits(rebalancer, &rebalancer->kept);
    return status;
}
