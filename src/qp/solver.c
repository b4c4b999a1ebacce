/* SPDX-License-Identifier: MIT */
/* The solver handle: making it, and what every question begins with. */
#include "qp/solver.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------- making */

static int allocate_problem(mvo_solver *solver)
{
    mvo_context *context = solver->context;
    const size_t n = solver->n, rows = solver->m + 1;
    solver->ld_columns = rows <= MVOI_COLUMN_ROWS ? (rows + 7) / 8 * 8 : 0;
    const mvoi_part parts[] = {
        MVOI_PART(solver->linear, n),         MVOI_PART(solver->lower, n),        MVOI_PART(solver->upper, n),
        MVOI_PART(solver->zeros, n),          MVOI_PART(solver->product, n),      MVOI_PART(solver->point.w, n),
        MVOI_PART(solver->point.z, n),        MVOI_PART(solver->means, n),        MVOI_PART(solver->best, n),
        MVOI_PART(solver->stood, n),          MVOI_PART(solver->row_lower, rows), MVOI_PART(solver->row_upper, rows),
        MVOI_PART(solver->point.y, rows),     { &solver->rows, rows, solver->ld * sizeof *solver->rows },
        { &solver->columns, n, solver->ld_columns * sizeof *solver->columns },    MVOI_PART(solver->proof, n + rows),
        MVOI_PART(solver->point.side, n),     MVOI_PART(solver->point.row_side, rows), MVOI_PART(solver->start, n + rows)
    };
    solver->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (!solver->ld_columns)
        solver->columns = NULL;
    return solver->memory != NULL;
}

size_t mvoi_solver_order(size_t n, size_t rows, size_t rank_bound)
{
    const size_t free_weights = rank_bound + rows < n ? rank_bound + rows : n;
    return free_weights + (rows < free_weights ? rows : free_weights);
}

static int allocate_methods(mvo_solver *solver)
{
    mvo_context *context = solver->context;
    const mvo_covariance *sigma = solver->covariance;
    const size_t n = solver->n, rows = solver->m + 1;
    solver->capacity = mvoi_solver_order(n, rows, sigma->rank_bound);
    solver->block = mvoi_block_new(context, sigma, rows, solver->kernels);
    if (solver->block)
        mvoi_block_set_watch(solver->block, &solver->watch);
    const int dense = sigma->kind == MVOI_DENSE && rows <= MVOI_COLUMN_ROWS, costly = mvoi_segments_needed(solver->snapshot);
    const int plain = dense && !costly;
    const size_t absolute = mvoi_segments_absolute(solver->snapshot);
    const size_t room = sigma->kind == MVOI_FACTOR ? MVOI_KKT_FACTOR_ROOM : MVOI_KKT_ROOM;
    if (dense && costly && !(solver->trade = mvoi_trade_new(context, n, rows, absolute, solver->kernels, &solver->watch)))
        return 0;
    if (plain && !(solver->tick = mvoi_tick_new(context, n, rows, solver->kernels, &solver->watch)))
        return 0;
    if (plain && n + rows <= MVOI_EXCHANGE_MOST)
        solver->exchange = mvoi_exchange_new(context, n, rows, solver->kernels, &solver->watch);
    if (plain && n + rows <= MVOI_EXCHANGE_MOST && !solver->exchange)
        return 0;
    return solver->block && mvoi_scaled_new(&solver->scaled, context, n, rows, sigma->k, solver->kernels) &&
           mvoi_path_new(&solver->path, context, &solver->scaled, solver->capacity, room, solver->kernels, &solver->watch) &&
           mvoi_certifier_new(&solver->certifier, context, n, rows, sigma->k, solver->kernels);
}

static int allocate_segments(mvo_solver *solver)
{
    if (!mvoi_segments_needed(solver->snapshot))
        return 1;
    solver->segments = mvoi_segments_new(solver->context, solver->snapshot, solver->rows, solver->ld);
    return solver->segments != NULL;
}

void mvoi_solver_cap_limits(mvo_solver *solver)
{
    for (size_t j = 0; j < solver->n; j++) {
        solver->lower[j] = mvoi_lower_meant(solver->lower[j]);
        solver->upper[j] = mvoi_upper_meant(solver->upper[j]);
    }
    for (size_t i = 0; i < solver->m; i++) {
        solver->row_lower[i] = mvoi_lower_meant(solver->row_lower[i]);
        solver->row_upper[i] = mvoi_upper_meant(solver->row_upper[i]);
    }
}

/* The problem the methods work on is that of the present segments. */
static void see_segments(mvo_solver *solver)
{
    mvoi_segments *segments = solver->segments;
    segments->c = solver->linear;
    segments->bound_lower = solver->lower;
    segments->bound_upper = solver->upper;
    segments->limit = solver->row_upper;
    solver->problem.segments = segments;
    solver->problem.linear = segments->linear;
    solver->problem.lower = segments->lower;
    solver->problem.upper = segments->upper;
    solver->problem.row_upper = segments->row_upper;
    mvoi_segments_prepare(segments, solver->cost_scale);
}

/* Row i of the coefficients into their copy by asset. */
static void copy_row(mvo_solver *solver, size_t i)
{
    if (!solver->columns)
        return;
    for (size_t j = 0; j < solver->n; j++)
        solver->columns[i + j * solver->ld_columns] = solver->rows[i * solver->ld + j];
}

void mvoi_solver_forget_point(mvo_solver *solver)
{
    const size_t n = solver->n, m = solver->m;
    memset(solver->point.w, 0, n * sizeof(double));
    memset(solver->point.z, 0, n * sizeof(double));
    memset(solver->point.y, 0, (m + 1) * sizeof(double));
    memset(solver->point.side, 0, n * sizeof(int32_t));
    memset(solver->point.row_side, 0, (m + 1) * sizeof(int32_t));
    if (!solver->segments)
        return;
    memset(solver->segments->segment, 0, n * sizeof(int32_t));
    solver->segments->seen_valid = 0;
    solver->scaled_stale |= solver->segments->absolute_count > 0; /* scales are made of the coefficients of present segments */
}

static void fill_problem(mvo_solver *solver)
{
    const mvo_constraints *set = solver->snapshot;
    const size_t n = solver->n, m = solver->m;
    memset(solver->linear, 0, n * sizeof(double));
    memset(solver->zeros, 0, n * sizeof(double));
    memset(solver->rows + m * solver->ld, 0, solver->ld * sizeof(double));
    mvoi_solver_forget_point(solver); /* a solve may be stopped before it has found any: then this one is its answer */
    for (size_t j = 0; j < n; j++) {
        solver->lower[j] = mvoi_lower_meant(set->lower[j]);
        solver->upper[j] = mvoi_upper_meant(set->upper[j]);
    }
    for (size_t i = 0; i < m; i++) {
        solver->row_lower[i] = mvoi_lower_meant(set->rows[i].lower);
        solver->row_upper[i] = mvoi_upper_meant(set->rows[i].upper);
        memcpy(solver->rows + i * solver->ld, set->rows[i].coefficients, n * sizeof(double));
        for (size_t j = 0; set->rows[i].rates && j < n; j++) /* their size until a segment is entered, for the scaling */
            solver->rows[i * solver->ld + j] =
                fmax(fabs(mvoi_row_above(&set->rows[i], j)), fabs(mvoi_row_below(&set->rows[i], n, j)));
    }
    if (solver->columns)
        memset(solver->columns, 0, n * solver->ld_columns * sizeof(double));
    for (size_t i = 0; i < m; i++)
        copy_row(solver, i);
    solver->flat.n = n;
    solver->flat.kind = MVOI_FACTOR;
    solver->flat.specific = solver->flat.diagonal = solver->zeros;
    solver->flat.factors = solver->zeros;
    solver->problem = (mvoi_problem){ n,
                                      m,
                                      solver->covariance,
                                      solver->linear,
                                      solver->lower,
                                      solver->upper,
                                      solver->rows,
                                      solver->ld,
                                      solver->row_lower,
                                      solver->row_upper,
                                      NULL,
                                      /* rows over absolute values change as a solve goes on */
                                      solver->segments && solver->segments->absolute_count ? NULL : solver->columns,
                                      solver->ld_columns };
    solver->cost_scale = 1.0;
    if (solver->segments)
        see_segments(solver);
    solver->matrices_stale = 1;
    solver->tolerance = 1e-9;
    solver->watch.time_limit = HUGE_VAL;
    solver->answer_scale = 1.0;
}

mvo_status mvo_solver_new(mvo_solver **solver, mvo_context *context, mvo_covariance *covariance,
                          const mvo_constraints *constraints, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(context, error, "solver");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    if (covariance->n != constraints->n) {
        const mvoi_detail detail = { "constraints", -1, -1, (double)constraints->n, (double)covariance->n };
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail,
                         "the covariance has %zu assets, the constraint set %zu", covariance->n, constraints->n);
    }
    if (covariance->n > INT32_MAX / 4 || constraints->row_count > INT32_MAX / 4)
        return mvoi_fail_memory(context, error, "a solver of this size");
    mvo_solver *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return mvoi_fail_memory(context, error, "a solver");
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    made->covariance = mvo_covariance_ref(covariance);
    made->n = covariance->n;
    made->m = constraints->row_count;
    made->most_factors = covariance->k;
    made->ld = (made->n + 7) / 8 * 8;
    made->kernels = mvoi_kernels_best();
    atomic_init(&made->watch.cancelled, 0);
    if (mvo_constraints_copy(&made->snapshot, constraints, NULL) != MVO_OK || !allocate_problem(made) ||
        !allocate_methods(made) || !allocate_segments(made)) {
        mvo_solver_free(made);
        return mvoi_fail_memory(context, error, "a solver");
    }
    fill_problem(made);
    *solver = made;
    return MVO_OK;
}

void mvo_solver_free(mvo_solver *solver)
{
    if (!solver)
        return;
    mvo_context *context = solver->context;
    mvoi_release(context, solver->memory);
    if (solver->block)
        mvoi_block_free(context, solver->block);
    mvoi_tick_free(context, solver->tick);
    mvoi_exchange_free(context, solver->exchange);
    mvoi_trade_free(context, solver->trade);
    mvoi_path_free(&solver->path, context);
    mvoi_scaled_free(&solver->scaled, context);
    mvoi_certifier_free(&solver->certifier, context);
    mvoi_segments_free(context, solver->segments);
    mvo_constraints_free(solver->snapshot);
    mvo_covariance_unref(solver->covariance);
    mvoi_release(context, solver);
    mvo_context_unref(context);
}

size_t mvo_solver_size(const mvo_solver *solver)
{
    return solver ? solver->n : 0;
}

size_t mvo_solver_row_count(const mvo_solver *solver)
{
    return solver ? solver->m : 0;
}

/* ------------------------------------------------------------------------------------------------ asking */

void mvoi_solver_ask(mvo_solver *solver, const double *linear)
{
    if (!linear)
        memset(solver->linear, 0, solver->n * sizeof *linear);
    else if (linear != solver->linear)
        memcpy(solver->linear, linear, solver->n * sizeof *linear);
    solver->problem.m = solver->m;
    solver->problem.covariance = solver->covariance;
    solver->answer_scale = 1.0;
    solver->answer_constant = 0.0;
    solver->has_target = solver->target_row = 0;
    solver->cost_scale = 1.0;
}

void mvoi_solver_set_target(mvo_solver *solver, const double *coefficients, double lower, double upper)
{
    double *row = solver->rows + solver->m * solver->ld;
    if (memcmp(row, coefficients, solver->n * sizeof *row) != 0) {
        memcpy(row, coefficients, solver->n * sizeof *row);
        copy_row(solver, solver->m);
        solver->matrices_stale = 1;
    }
    solver->row_lower[solver->m] = lower;
    solver->row_upper[solver->m] = upper;
    solver->problem.m = solver->m + 1;
    solver->has_target = solver->target_row = 1;
}

void mvoi_solver_ignore_risk(mvo_solver *solver, int ignore)
{
    solver->problem.covariance = ignore ? &solver->flat : solver->covariance;
}

mvo_status mvo_solver_solve(mvo_outcome *outcome, mvo_solver *solver, mvo_error *error)
{
    if (!outcome)
        return mvoi_fail_null(NULL, error, "outcome");
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    mvoi_solver_ask(solver, solver->linear);
    solver->rounds = solver->pivots = solver->refactorisations = 0;
    mvoi_watch_start(&solver->watch);
    *outcome = mvoi_solver_run(solver);
    return MVO_OK;
}

/* ------------------------------------------------------------------------------- for explaining a conflict */

const mvo_constraints *mvoi_solver_constraints(const mvo_solver *solver)
{
    return solver->snapshot;
}

void mvoi_solver_limits(const mvo_solver *solver, const double **lower, const double **upper, const double **row_lower,
                        const double **row_upper)
{
    *lower = solver->lower;
    *upper = solver->upper;
    *row_lower = solver->row_lower;
    *row_upper = solver->row_upper;
}

mvo_context *mvoi_solver_context(const mvo_solver *solver)
{
    return solver->context;
}

mvo_outcome mvoi_solver_outcome(const mvo_solver *solver)
{
    return solver->outcome;
}

int mvoi_solver_target(const mvo_solver *solver, const double **coefficients, double *lower, double *upper)
{
    if (!solver->target_row)
        return 0;
    *coefficients = solver->rows + solver->m * solver->ld;
    *lower = solver->row_lower[solver->m];
    *upper = solver->row_upper[solver->m];
    return 1;
}

double mvoi_solver_target_farkas(const mvo_solver *solver)
{
    return solver->proof[solver->n + solver->m];
}
