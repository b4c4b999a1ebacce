/* SPDX-License-Identifier: MIT */
/*
 * Least semivariance: f(w) = sum p_s max(0, b + h_s'w)^2 is quadratic as long as the same scenarios are below. Newton's
 * method with those as they are at w, each step a quadratic programme over all limits and then the best point on the
 * way to its solution; it ends where they no longer change, which they do finitely often because f falls.
 */
#include "tail/tail_solver.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200, HALVINGS = 60 };

static const double ROUNDING = 8.0 * DBL_EPSILON; /* of the terms of a depth: so little is not below */

/* What one minimisation works with. */
typedef struct squares {
    mvo_tail_solver *of;
    mvo_constraints *rules;
    mvo_solver *solver;
    double *matrix, *linear; /* n-by-n; n */
    double *table;           /* count-by-n: h_s sqrt(2 p_s) of those below, column-major */
    double *depth, *ahead;   /* count: b + h_s'w at w and at the step's end */
    double *w, *next;        /* n: the point, and where the programme would have it */
    double *rows, *bounds;   /* m + 1, n: multipliers */
    int8_t *below;           /* count */
    double offset;           /* b */
    int nothing;             /* no scenario is below at w: no risk can be less */
} squares;

int mvoi_tail_of_squares(int32_t measure)
{
    return measure == MVO_RISK_SEMIVARIANCE || measure == MVO_RISK_SEMIDEVIATION || measure == MVO_RISK_BELOW_RETURN;
}

static double shift_of(const squares *q, size_t j)
{
    return q->of->measure == MVO_RISK_BELOW_RETURN ? 0.0 : q->of->mean[j];
}

/* Of asset j in scenario s; what a mean is off by is none of it, since cash would seem to have some variance. */
static double loss_of(const squares *q, size_t s, size_t j)
{
    const double mean = shift_of(q, j), r = q->of->scenarios->returns[s + j * q->of->scenarios->ld], h = mean - r;
    return fabs(h) > ROUNDING * sqrt((double)q->of->scenarios->count) * fabs(r) ? h : 0.0;
}

static void measure_depth(double *depth, const squares *q, const double *w)
{
    double base = q->offset;
    for (size_t j = 0; j < q->of->n; j++)
        base += shift_of(q, j) * w[j];
    mvoi_scenarios_portfolio(depth, q->of->scenarios, w);
    for (size_t s = 0; s < q->of->scenarios->count; s++)
        depth[s] = base - depth[s];
}

/* Half of the slope of f at w + step (next - w), and f there in *value. */
static double slope_at(double *value, const squares *q, double step)
{
    const double *p = q->of->scenarios->probabilities;
    double slope = 0.0;
    *value = 0.0;
    for (size_t s = 0; s < q->of->scenarios->count; s++) {
        const double change = q->ahead[s] - q->depth[s], depth = q->depth[s] + step * change;
        *value += depth > 0.0 ? p[s] * depth * depth : 0.0;
        slope += depth > 0.0 ? p[s] * depth * change : 0.0;
    }
    return slope;
}

/* The quadratic programme's Sigma and c of the scenarios that are below. */
static mvo_status state_programme(squares *q, int everyone, mvo_error *error)
{
    const mvo_scenarios *scenarios = q->of->scenarios;
    const size_t n = q->of->n, count = scenarios->count;
    const mvoi_kernels *kernels = q->of->hinges.kernels;
    mvo_covariance *covariance = NULL;
    size_t used = 0;
    for (size_t s = 0; s < count; s++) {
        q->below[s] = everyone || q->depth[s] > 0.0;
        used += (size_t)q->below[s];
    }
    for (size_t j = 0; j < n; j++) {
        size_t at = 0;
        q->linear[j] = 0.0;
        for (size_t s = 0; s < count; s++) {
            if (!q->below[s])
                continue;
            const double h = loss_of(q, s, j);
            q->table[j * count + at++] = h * sqrt(2.0 * scenarios->probabilities[s]);
            q->linear[j] += 2.0 * q->offset * scenarios->probabilities[s] * h;
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            q->matrix[i + j * n] = q->matrix[j + i * n] =
                kernels->dot(used, q->table + i * count, q->table + j * count);
    mvo_status status =
        mvo_covariance_new_dense(&covariance, q->of->context, n, q->matrix, n, MVO_CHECK_NONE, error);
    if (status == MVO_OK)
        status = q->solver ? mvo_solver_set_covariance(q->solver, covariance, error)
                           : mvo_solver_new(&q->solver, q->of->context, covariance, q->rules, error);
    mvo_covariance_unref(covariance);
    return status == MVO_OK ? mvo_solver_set_linear(q->solver, q->linear, error) : status;
}

/* Whether the scenarios below at `next` are those the programme had. */
static int settled(const squares *q)
{
    for (size_t s = 0; s < q->of->scenarios->count; s++)
        if ((q->ahead[s] > 0.0) != q->below[s] && fabs(q->ahead[s]) > 1e-15 * q->of->hinges.scale)
            return 0;
    return 1;
}

/* Whether no scenario is below at w, where f is zero and the programme without curvature. */
static int nothing_below(const squares *q)
{
    double size = fabs(q->offset);
    for (size_t j = 0; j < q->of->n; j++)
        size += q->of->hinges.scale * fabs(q->w[j]);
    for (size_t s = 0; s < q->of->scenarios->count; s++)
        if (q->depth[s] > ROUNDING * size)
            return 0;
    return 1;
}

/* The best point between w and the step's end becomes w. */
static void go(squares *q)
{
    double value, low = 0.0, high = 1.0;
    if (slope_at(&value, q, 1.0) > 0.0) {
        for (int i = 0; i < HALVINGS; i++) {
            const double step = 0.5 * (low + high);
            if (slope_at(&value, q, step) > 0.0)
                high = step;
            else
                low = step;
        }
        high = low;
    }
    for (size_t j = 0; j < q->of->n; j++)
        q->w[j] = high == 1.0 ? q->next[j] : q->w[j] + high * (q->next[j] - q->w[j]);
    for (size_t s = 0; s < q->of->scenarios->count; s++)
        q->depth[s] += high * (q->ahead[s] - q->depth[s]);
}

/* Costs are no part of a risk. */
mvo_status mvoi_tail_state_rules(mvo_constraints **rules, const mvo_tail_solver *of, mvo_error *error)
{
    const mvo_constraints *stripped = NULL;
    mvo_status status = mvoi_without_costs(&stripped, rules, of->snapshot, error);
    if (status == MVO_OK && !*rules)
        status = mvo_constraints_copy(rules, stripped, error);
    if (status == MVO_OK)
        status = mvo_constraints_set_bounds(*rules, of->lower, of->upper, error);
    for (size_t i = 0; status == MVO_OK && i < of->m; i++)
        status = mvo_constraints_set_limits(*rules, mvo_constraints_row_id(*rules, i), of->row_lower[i],
                                            of->row_upper[i], error);
    if (status == MVO_OK && of->has_target)
        status = mvo_constraints_add_row(NULL, *rules, of->hinges.rows + of->m * of->hinges.ld_rows,
                                         of->hinges.row_lower[of->m], HUGE_VAL, NULL, error);
    return status;
}

static mvo_status newton(mvo_outcome *outcome, squares *q, mvo_error *error)
{
    mvo_tail_solver *of = q->of;
    *outcome = MVO_NUMERICAL;
    for (int i = 0; i < MOST_STEPS; i++) {
        mvo_outcome found;
        mvo_status status = state_programme(q, i == 0, error);
        if (status == MVO_OK)
            status = mvo_solver_solve(&found, q->solver, error);
        if (status != MVO_OK)
            return status;
        of->report.rounds++;
        if (found != MVO_OPTIMAL) {
            *outcome = found == MVO_UNBOUNDED ? MVO_NUMERICAL : found; /* f is never negative */
            return MVO_OK;
        }
        mvo_solver_weights(q->next, q->solver);
        measure_depth(q->ahead, q, q->next);
        const int last = i > 0 && settled(q);
        if (i == 0 || last) {
            memcpy(q->w, q->next, of->n * sizeof *q->next);
            memcpy(q->depth, q->ahead, of->scenarios->count * sizeof *q->depth);
        } else {
            go(q);
        }
        q->nothing = nothing_below(q);
        if (last || q->nothing) {
            *outcome = MVO_OPTIMAL;
            return MVO_OK;
        }
    }
    return MVO_OK;
}

/* f >= 0 is all there is to show of w. */
static void certify_nothing(mvo_tail_solver *solver)
{
    mvo_report *report = &solver->report;
    memset(solver->y, 0, (solver->m + 1) * sizeof *solver->y);
    memset(solver->z, 0, solver->n * sizeof *solver->z);
    memset(solver->q, 0, solver->scenarios->count * sizeof *solver->q);
    report->objective = mvoi_tail_exact_risk(solver);
    report->free_weights = report->active_rows = 0;
    for (size_t j = 0; j < solver->n; j++)
        report->free_weights +=
            solver->w[j] > solver->hinges.lower[j] && solver->w[j] < solver->hinges.upper[j];
    mvoi_tail_measure_gap(solver, 0.0, mvoi_tail_size_of_terms(solver));
}

/* Multipliers of the root are those of the square over twice the root. */
static void take_root(mvo_tail_solver *solver)
{
    mvoi_scenarios_portfolio(solver->measuring.portfolio, solver->scenarios, solver->w);
    const double root = mvoi_measure(&solver->measuring, MVO_RISK_SEMIDEVIATION, 0.0);
    for (size_t i = 0; root > 0.0 && i <= solver->m; i++)
        solver->y[i] /= 2.0 * root;
}

static int claim(squares *q, mvo_context *context, size_t n, size_t m, size_t count)
{
    q->matrix = n <= SIZE_MAX / n ? mvoi_allocate(context, n * n, sizeof(double)) : NULL;
    q->linear = mvoi_allocate(context, n, sizeof(double));
    q->table = mvoi_allocate(context, n * count, sizeof(double));
    q->depth = mvoi_allocate(context, count, sizeof(double));
    q->ahead = mvoi_allocate(context, count, sizeof(double));
    q->w = mvoi_allocate(context, n, sizeof(double));
    q->next = mvoi_allocate(context, n, sizeof(double));
    q->rows = mvoi_allocate(context, m + 1, sizeof(double));
    q->bounds = mvoi_allocate(context, n, sizeof(double));
    q->below = mvoi_allocate(context, count, sizeof *q->below);
    return q->matrix && q->linear && q->table && q->depth && q->ahead && q->w && q->next && q->rows && q->bounds &&
           q->below;
}

static void give_back(squares *q, mvo_context *context)
{
    void *const owned[] = { q->matrix, q->linear, q->table, q->depth, q->ahead,
                            q->w,      q->next,   q->rows,  q->bounds, q->below };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    mvo_solver_free(q->solver);
    mvo_constraints_free(q->rules);
}

mvo_status mvoi_tail_minimise_squares(mvo_outcome *outcome, mvo_tail_solver *solver, mvo_error *error)
{
    squares q = { 0 };
    q.of = solver;
    q.offset = solver->measure == MVO_RISK_BELOW_RETURN ? solver->level : 0.0;
    mvo_status status = claim(&q, solver->context, solver->n, solver->m, solver->scenarios->count)
                            ? mvoi_tail_state_rules(&q.rules, solver, error)
                            : mvoi_fail_memory(solver->context, error, "a least semivariance");
    if (status == MVO_OK)
        status = newton(outcome, &q, error);
    if (status == MVO_OK && *outcome == MVO_OPTIMAL) {
        q.rows[solver->m] = 0.0;
        status = mvo_solver_multipliers(q.rows, q.bounds, q.solver);
    }
    if (status == MVO_OK && *outcome == MVO_OPTIMAL) { /* nothing can fail any more */
        memcpy(solver->w, q.w, solver->n * sizeof *q.w);
        memcpy(solver->y, q.rows, (solver->m + 1) * sizeof *q.rows);
        if (solver->measure == MVO_RISK_SEMIDEVIATION)
            take_root(solver);
        if (q.nothing)
            certify_nothing(solver);
        else
            mvoi_tail_certify_smooth(solver, q.bounds);
        if (!mvoi_tail_believed(&solver->report))
            *outcome = MVO_NUMERICAL;
    }
    give_back(&q, solver->context);
    return status;
}
