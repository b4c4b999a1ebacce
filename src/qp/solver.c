/* SPDX-License-Identifier: MIT */
/* The solver handle: making it, setting its problem, reading its answer. */
#include "qp/solver.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------- making */

static int allocate_problem(mvo_solver *solver)
{
    mvo_context *context = solver->context;
    const size_t n = solver->n, rows = solver->m + 1;
    double **const by_weight[] = { &solver->linear, &solver->lower, &solver->upper, &solver->zeros, &solver->product,
                                   &solver->point.w, &solver->point.z, &solver->means, &solver->best };
    double **const by_row[] = { &solver->row_lower, &solver->row_upper, &solver->point.y };
    int complete = 1;
    for (size_t i = 0; i < sizeof by_weight / sizeof *by_weight; i++)
        complete &= (*by_weight[i] = mvoi_allocate(context, n, sizeof(double))) != NULL;
    for (size_t i = 0; i < sizeof by_row / sizeof *by_row; i++)
        complete &= (*by_row[i] = mvoi_allocate(context, rows, sizeof(double))) != NULL;
    complete &= (solver->rows = mvoi_allocate(context, rows, solver->ld * sizeof(double))) != NULL;
    if (rows <= MVOI_COLUMN_ROWS) {
        solver->ld_columns = (rows + 7) / 8 * 8;
        complete &= (solver->columns = mvoi_allocate(context, n, solver->ld_columns * sizeof(double))) != NULL;
    }
    complete &= (solver->proof = mvoi_allocate(context, n + rows, sizeof(double))) != NULL;
    complete &= (solver->point.side = mvoi_allocate(context, n, sizeof(int32_t))) != NULL;
    complete &= (solver->point.row_side = mvoi_allocate(context, rows, sizeof(int32_t))) != NULL;
    complete &= (solver->start = mvoi_allocate(context, n + rows, sizeof(int32_t))) != NULL;
    return complete;
}

/* The largest order a nonsingular KKT matrix of this problem can have: as many free weights as the covariance has rank
   and the active rows number, and as many active rows as there are free weights. */
static size_t largest_order(size_t n, size_t rows, size_t rank_bound)
{
    const size_t free_weights = rank_bound + rows < n ? rank_bound + rows : n;
    return free_weights + (rows < free_weights ? rows : free_weights);
}

static int allocate_methods(mvo_solver *solver)
{
    mvo_context *context = solver->context;
    const mvo_covariance *sigma = solver->covariance;
    const size_t n = solver->n, rows = solver->m + 1;
    solver->capacity = largest_order(n, rows, sigma->rank_bound);
    solver->block = mvoi_block_new(context, sigma, rows, solver->kernels);
    if (solver->block)
        mvoi_block_set_watch(solver->block, &solver->watch);
    return solver->block && mvoi_scaled_new(&solver->scaled, context, n, rows, sigma->k, solver->kernels) &&
           mvoi_path_new(&solver->path, context, &solver->scaled, solver->capacity, solver->kernels, &solver->watch) &&
           mvoi_certifier_new(&solver->certifier, context, n, rows, sigma->k, solver->kernels);
}

static int allocate_segments(mvo_solver *solver)
{
    if (!mvoi_segments_needed(solver->snapshot))
        return 1;
    solver->segments = mvoi_segments_new(solver->context, solver->snapshot, solver->rows, solver->ld);
    return solver->segments != NULL;
}

/* A limit so far away that people mean none: no sum of doubles could be held against it. */
static double lower_meant(double lower)
{
    return lower <= -1e20 ? -HUGE_VAL : lower;
}

static double upper_meant(double upper)
{
    return upper >= 1e20 ? HUGE_VAL : upper;
}

void mvoi_solver_cap_limits(mvo_solver *solver)
{
    for (size_t j = 0; j < solver->n; j++) {
        solver->lower[j] = lower_meant(solver->lower[j]);
        solver->upper[j] = upper_meant(solver->upper[j]);
    }
    for (size_t i = 0; i < solver->m; i++) {
        solver->row_lower[i] = lower_meant(solver->row_lower[i]);
        solver->row_upper[i] = upper_meant(solver->row_upper[i]);
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

static void fill_problem(mvo_solver *solver)
{
    const mvo_constraints *set = solver->snapshot;
    const size_t n = solver->n, m = solver->m;
    memset(solver->linear, 0, n * sizeof(double));
    memset(solver->zeros, 0, n * sizeof(double));
    memset(solver->rows + m * solver->ld, 0, solver->ld * sizeof(double));
    /* A solve may be stopped before it has found any point: then this one is its answer. */
    memset(solver->point.w, 0, n * sizeof(double));
    memset(solver->point.z, 0, n * sizeof(double));
    memset(solver->point.y, 0, (m + 1) * sizeof(double));
    memset(solver->point.side, 0, n * sizeof(int32_t));
    memset(solver->point.row_side, 0, (m + 1) * sizeof(int32_t));
    for (size_t j = 0; j < n; j++) {
        solver->lower[j] = lower_meant(set->lower[j]);
        solver->upper[j] = upper_meant(set->upper[j]);
    }
    for (size_t i = 0; i < m; i++) {
        solver->row_lower[i] = lower_meant(set->rows[i].lower);
        solver->row_upper[i] = upper_meant(set->rows[i].upper);
        memcpy(solver->rows + i * solver->ld, set->rows[i].coefficients, n * sizeof(double));
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
    void *const owned[] = { solver->linear,  solver->lower,   solver->upper,          solver->zeros,
                            solver->product, solver->point.w, solver->point.z,        solver->row_lower,
                            solver->row_upper, solver->point.y, solver->rows,         solver->proof,
                            solver->columns,
                            solver->means,    solver->best,
                            solver->point.side, solver->point.row_side, solver->start };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    if (solver->block)
        mvoi_block_free(context, solver->block);
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

/* ------------------------------------------------------------------------------------------------ setting */

mvo_status mvo_solver_set_linear(mvo_solver *solver, const double *linear, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (linear) {
        const mvo_status checked = mvoi_check_vector(solver->context, error, "linear", linear, solver->n);
        if (checked != MVO_OK)
            return checked;
    }
    if (linear)
        memcpy(solver->linear, linear, solver->n * sizeof *linear);
    else
        memset(solver->linear, 0, solver->n * sizeof *linear);
    return MVO_OK; /* the last answer is read as its own question has it until the next solve */
}

mvo_status mvo_solver_set_row_limits(mvo_solver *solver, int64_t id, double lower, double upper, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    const size_t row = mvoi_constraints_find(solver->snapshot, id);
    if (row == solver->m) {
        const mvoi_detail detail = { "id", -1, -1, (double)id, 0.0 };
        return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FOUND, detail, "the solver has no row with id %lld",
                         (long long)id);
    }
    char what[96];
    mvoi_describe_row(what, sizeof what, solver->snapshot, row);
    mvo_status checked = mvoi_check_limits(solver->context, error, what, (int64_t)row, lower, upper, 1);
    if (checked == MVO_OK)
        checked = mvoi_check_one_sided(solver->snapshot, row, lower, error);
    if (checked != MVO_OK)
        return checked;
    solver->row_lower[row] = lower_meant(lower);
    solver->row_upper[row] = upper_meant(upper);
    return MVO_OK;
}

static mvo_status check_bound(mvo_solver *solver, size_t asset, double lower, double upper, mvo_error *error)
{
    char what[96];
    mvoi_describe_asset(what, sizeof what, solver->snapshot, asset);
    return mvoi_check_limits(solver->context, error, what, (int64_t)asset, lower, upper, 1);
}

mvo_status mvo_solver_set_bound(mvo_solver *solver, size_t asset, double lower, double upper, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (asset >= solver->n) {
        const mvoi_detail detail = { "asset", (int64_t)asset, -1, (double)asset, (double)solver->n };
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "asset %zu of %zu does not exist", asset,
                         solver->n);
    }
    const mvo_status checked = check_bound(solver, asset, lower, upper, error);
    if (checked != MVO_OK)
        return checked;
    solver->lower[asset] = lower_meant(lower);
    solver->upper[asset] = upper_meant(upper);
    return MVO_OK;
}

mvo_status mvo_solver_set_bounds(mvo_solver *solver, const double *lower, const double *upper, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    for (size_t j = 0; j < solver->n; j++) {
        const double below = lower ? lower[j] : solver->lower[j], above = upper ? upper[j] : solver->upper[j];
        if (below <= above && below < HUGE_VAL && above > -HUGE_VAL)
            continue; /* nothing to name: the usual case costs three comparisons */
        const mvo_status checked = check_bound(solver, j, below, above, error);
        if (checked != MVO_OK)
            return checked;
    }
    for (size_t j = 0; j < solver->n; j++) {
        if (lower)
            solver->lower[j] = lower_meant(lower[j]);
        if (upper)
            solver->upper[j] = upper_meant(upper[j]);
    }
    return MVO_OK;
}

mvo_status mvo_solver_set_covariance(mvo_solver *solver, mvo_covariance *covariance, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (!covariance)
        return mvoi_fail_null(solver->context, error, "covariance");
    const mvo_covariance *old = solver->covariance;
    if (covariance->n != old->n || covariance->kind != old->kind || covariance->k > solver->most_factors ||
        largest_order(solver->n, solver->m + 1, covariance->rank_bound) > solver->capacity)
        return mvoi_fail(solver->context, error, MVO_ERROR_MISMATCH, MVOI_DETAIL("covariance"),
                         "the covariance differs from the solver's in size or representation");
    mvo_covariance_ref(covariance);
    mvo_covariance_unref(solver->covariance);
    solver->covariance = covariance;
    solver->problem.covariance = covariance;
    solver->matrices_stale = 1;
    return MVO_OK;
}

mvo_status mvo_solver_set_progress(mvo_solver *solver, mvo_progress_fn progress, void *user, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    solver->watch.progress = progress;
    solver->watch.user = user;
    return MVO_OK;
}

void mvo_solver_cancel(mvo_solver *solver)
{
    if (solver)
        atomic_store_explicit(&solver->watch.cancelled, 1, memory_order_relaxed);
}

mvo_status mvo_solver_clear(mvo_solver *solver, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    solver->warm = 0;
    solver->solved = 0;
    mvoi_block_forget(solver->block);
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------- costs */

/* A solver over a snapshot without costs has no room for any. */
static mvo_status check_costs(mvo_solver *solver, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (!solver->segments)
        return mvoi_fail(solver->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the solver's constraint set had neither costs nor rows over absolute values");
    return MVO_OK;
}

mvo_status mvo_solver_set_holdings(mvo_solver *solver, const double *holdings, mvo_error *error)
{
    mvo_status checked = check_costs(solver, error);
    if (checked == MVO_OK)
        checked = mvoi_check_vector(solver->context, error, "holdings", holdings, solver->n);
    if (checked == MVO_OK)
        memcpy(solver->segments->holdings, holdings, solver->n * sizeof *holdings);
    return checked;
}

mvo_status mvo_solver_set_trading_costs(mvo_solver *solver, const double *buy, const double *sell, mvo_error *error)
{
    mvo_status checked = check_costs(solver, error);
    if (checked == MVO_OK)
        checked = mvoi_check_trading_rates(solver->snapshot, buy, sell, error);
    for (size_t j = 0; checked == MVO_OK && j < solver->n; j++) {
        solver->segments->rates[j] = buy ? buy[j] : 0.0;
        solver->segments->rates[solver->n + j] = sell ? sell[j] : 0.0;
    }
    return checked;
}

mvo_status mvo_solver_set_borrow_costs(mvo_solver *solver, const double *borrow, mvo_error *error)
{
    mvo_status checked = check_costs(solver, error);
    if (checked == MVO_OK && borrow)
        checked = mvoi_check_borrow_rates(solver->snapshot, borrow, error);
    for (size_t j = 0; checked == MVO_OK && j < solver->n; j++)
        solver->segments->rates[2 * solver->n + j] = borrow ? borrow[j] : 0.0;
    return checked;
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

/* ----------------------------------------------------------------------------------------------- reading */

static int has_point(const mvo_solver *solver)
{
    return solver->solved && solver->outcome != MVO_INFEASIBLE;
}

static int has_optimum(const mvo_solver *solver)
{
    return solver->solved && solver->outcome == MVO_OPTIMAL;
}

mvo_status mvo_solver_weights(double *weights, const mvo_solver *solver)
{
    if (!weights || !solver)
        return MVO_ERROR_NULL;
    if (!solver->solved)
        return MVO_ERROR_STATE;
    memcpy(weights, solver->point.w, solver->n * sizeof *weights);
    return MVO_OK;
}

/* A weight that rests on a breakpoint of its cost is held there by no bound: its multiplier is the cost's own. */
static int rests_on_breakpoint(const mvo_solver *solver, size_t j)
{
    return solver->segments && solver->point.side[j] != MVOI_FREE &&
           mvoi_segments_breakpoint(solver->segments, j, solver->point.side[j]) >= 0;
}

mvo_status mvo_solver_multipliers(double *rows, double *bounds, const mvo_solver *solver)
{
    if (!solver)
        return MVO_ERROR_NULL;
    if (!has_optimum(solver))
        return MVO_ERROR_STATE;
    for (size_t i = 0; rows && i < solver->m; i++)
        rows[i] = solver->point.y[i] * solver->answer_scale;
    for (size_t j = 0; bounds && j < solver->n; j++)
        bounds[j] = rests_on_breakpoint(solver, j) ? 0.0 : solver->point.z[j] * solver->answer_scale;
    return MVO_OK;
}

mvo_status mvo_solver_row_multiplier(double *multiplier, const mvo_solver *solver, int64_t id)
{
    if (!multiplier || !solver)
        return MVO_ERROR_NULL;
    const size_t row = mvoi_constraints_find(solver->snapshot, id);
    if (row == solver->m)
        return MVO_ERROR_NOT_FOUND;
    if (!has_optimum(solver))
        return MVO_ERROR_STATE;
    *multiplier = solver->point.y[row] * solver->answer_scale;
    return MVO_OK;
}

static int32_t status_of(int32_t side, double lower, double upper)
{
    if (side == MVOI_FREE)
        return MVO_BETWEEN;
    return lower == upper ? MVO_FIXED : side;
}

mvo_status mvo_solver_working_set(int32_t *assets, int32_t *rows, const mvo_solver *solver)
{
    if (!solver)
        return MVO_ERROR_NULL;
    if (!has_point(solver))
        return MVO_ERROR_STATE;
    for (size_t j = 0; assets && j < solver->n; j++)
        assets[j] = rests_on_breakpoint(solver, j) ? MVO_AT_BREAKPOINT
                                                   : status_of(solver->point.side[j], solver->lower[j], solver->upper[j]);
    for (size_t i = 0; rows && i < solver->m; i++)
        rows[i] = status_of(solver->point.row_side[i], solver->row_lower[i], solver->row_upper[i]);
    return MVO_OK;
}

mvo_status mvo_solver_report(mvo_report *report, const mvo_solver *solver)
{
    if (!report || !solver)
        return MVO_ERROR_NULL;
    if (report->struct_size < (int64_t)sizeof(int64_t))
        return MVO_ERROR_ARGUMENT;
    if (!solver->solved)
        return MVO_ERROR_STATE;
    mvo_report full = MVO_REPORT_INIT;
    full.struct_size = report->struct_size;
    full.outcome = solver->outcome;
    full.rounds = solver->rounds;
    full.pivots = solver->pivots;
    full.refactorisations = solver->refactorisations;
    if (solver->outcome != MVO_INFEASIBLE) {
        const mvoi_certificate *c = &solver->certificate;
        const double scale = solver->answer_scale;
        for (size_t j = 0; j < solver->n; j++)
            full.free_weights += solver->point.side[j] == MVOI_FREE;
        for (size_t i = 0; i < solver->m; i++)
            full.active_rows += solver->point.row_side[i] != MVOI_FREE;
        full.not_unique = solver->not_unique;
        full.objective = scale * c->objective + solver->answer_constant;
        full.gap = fabs(scale * c->gap);
        full.dual_objective = full.objective - scale * c->gap;
        full.gap_scale = scale * c->gap_scale;
        full.primal_residual = c->primal_residual;
        full.primal_scale = c->primal_scale;
        full.stationarity = scale * c->stationarity;
        full.stationarity_scale = scale * c->stationarity_scale;
        full.complementarity = scale * c->complementarity;
        full.variance = c->variance;
        full.cost = solver->cost;
        full.feasible = solver->outcome == MVO_OPTIMAL || solver->outcome == MVO_UNBOUNDED || solver->feasible;
        full.expected_return = solver->expected_return;
    }
    const size_t theirs = (size_t)report->struct_size;
    memcpy(report, &full, theirs < sizeof full ? theirs : sizeof full);
    return MVO_OK;
}

void mvoi_solver_clear_proof(mvo_solver *solver)
{
    memset(solver->proof, 0, (solver->n + solver->m + 1) * sizeof *solver->proof);
}

static int has_proof(const mvo_solver *solver)
{
    for (size_t e = 0; e < solver->n + solver->m + 1; e++)
        if (solver->proof[e] != 0.0)
            return 1;
    return 0;
}

mvo_status mvo_solver_farkas(double *rows, double *bounds, const mvo_solver *solver)
{
    if (!solver)
        return MVO_ERROR_NULL;
    if (!solver->solved || solver->outcome != MVO_INFEASIBLE || !has_proof(solver))
        return MVO_ERROR_STATE;
    if (rows)
        memcpy(rows, solver->proof + solver->n, solver->m * sizeof *rows);
    if (bounds)
        memcpy(bounds, solver->proof, solver->n * sizeof *bounds);
    return MVO_OK;
}

mvo_status mvo_solver_ray(double *direction, const mvo_solver *solver)
{
    if (!direction || !solver)
        return MVO_ERROR_NULL;
    if (!solver->solved || solver->outcome != MVO_UNBOUNDED)
        return MVO_ERROR_STATE;
    memcpy(direction, solver->proof, solver->n * sizeof *direction);
    return MVO_OK;
}

mvo_status mvo_target_multiplier(double *multiplier, const mvo_solver *solver)
{
    if (!multiplier || !solver)
        return MVO_ERROR_NULL;
    if (solver->solved && solver->outcome == MVO_INFEASIBLE && solver->target_row) {
        *multiplier = mvoi_solver_target_farkas(solver);
        return MVO_OK;
    }
    if (!has_optimum(solver) || !solver->has_target)
        return MVO_ERROR_STATE;
    *multiplier = solver->target_multiplier;
    return MVO_OK;
}

mvo_status mvo_solver_costs(double *cost, double *subgradient, const mvo_solver *solver)
{
    if (!solver)
        return MVO_ERROR_NULL;
    if (!has_optimum(solver))
        return MVO_ERROR_STATE;
    if (cost)
        *cost = solver->cost;
    for (size_t j = 0; subgradient && j < solver->n; j++)
        subgradient[j] = solver->segments ? mvoi_segments_subgradient(solver->segments, j, solver->point.side[j],
                                                                      solver->point.z[j]) *
                                                solver->answer_scale
                                          : 0.0;
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
