/* SPDX-License-Identifier: MIT */
/* The handle of a solver of tail risk: made, its limits moved, its answer read. */
#include "tail/tail_solver.h"

#include <math.h>
#include <string.h>

/* Room for cuts where there are few scenarios. */
static size_t capacity_of(const mvo_scenarios *scenarios)
{
    const size_t cuts = 20 * (scenarios->n + 1) + 200;
    return scenarios->count > cuts ? scenarios->count : cuts;
}

static int claim(mvo_tail_solver *made, mvo_context *context, size_t n, size_t m, size_t count, size_t capacity)
{
    made->row_lower = mvoi_allocate(context, m, sizeof(double));
    made->row_upper = mvoi_allocate(context, m, sizeof(double));
    made->lower = mvoi_allocate(context, n, sizeof(double));
    made->upper = mvoi_allocate(context, n, sizeof(double));
    made->scenario = mvoi_allocate(context, capacity, sizeof *made->scenario);
    made->slot = mvoi_allocate(context, count, sizeof *made->slot);
    made->loss = mvoi_allocate(context, count, sizeof(double));
    made->loss_low = mvoi_allocate(context, count, sizeof(double));
    made->mean = mvoi_allocate(context, n, sizeof(double));
    made->mu = mvoi_allocate(context, n, sizeof(double));
    made->given = mvoi_allocate(context, n, sizeof(double));
    made->w = mvoi_allocate(context, n, sizeof(double));
    made->y = mvoi_allocate(context, m + 1, sizeof(double));
    made->y_return = mvoi_allocate(context, m + 1, sizeof(double));
    made->z = mvoi_allocate(context, n, sizeof(double));
    made->q = mvoi_allocate(context, count, sizeof(double));
    return made->row_lower && made->row_upper && made->lower && made->upper && made->scenario && made->slot &&
           made->loss && made->loss_low && made->mean && made->mu && made->given && made->w && made->y && made->y_return &&
           made->z && made->q;
}

/* Rows and bounds of the snapshot, and a last row that is the target's, empty for now. */
static void take_limits(mvo_tail_solver *made)
{
    mvoi_hinge *g = &made->hinges;
    const mvo_constraints *rules = made->snapshot;
    for (size_t i = 0; i <= made->m; i++) {
        double *row = g->rows + i * g->ld_rows, largest = 0.0;
        for (size_t j = 0; j < g->ld_rows; j++)
            row[j] = i < made->m && j < made->n ? rules->rows[i].coefficients[j] : 0.0;
        for (size_t j = 0; j < made->n; j++)
            largest = fmax(largest, fabs(row[j]));
        g->row_scale[i] = largest > 0.0 ? largest : 1.0;
        g->row_lower[i] = i < made->m ? mvoi_lower_meant(rules->rows[i].lower) : -HUGE_VAL;
        g->row_upper[i] = i < made->m ? mvoi_upper_meant(rules->rows[i].upper) : HUGE_VAL;
    }
    for (size_t j = 0; j < made->n; j++) {
        g->lower[j] = mvoi_lower_meant(rules->lower[j]);
        g->upper[j] = mvoi_upper_meant(rules->upper[j]);
    }
    memcpy(made->row_lower, g->row_lower, made->m * sizeof(double));
    memcpy(made->row_upper, g->row_upper, made->m * sizeof(double));
    memcpy(made->lower, g->lower, made->n * sizeof(double));
    memcpy(made->upper, g->upper, made->n * sizeof(double));
}

static double largest_return(const mvo_scenarios *scenarios)
{
    double largest = 0.0;
    for (size_t j = 0; j < scenarios->n; j++)
        for (size_t s = 0; s < scenarios->count; s++)
            largest = fmax(largest, fabs(scenarios->returns[s + j * scenarios->ld]));
    return largest > 0.0 ? largest : 1.0;
}

/* Every row is taken as a linear one. */
static mvo_status check_linear(mvo_context *context, const mvo_constraints *constraints, mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE];
    for (size_t i = 0; i < constraints->row_count; i++) {
        const mvoi_detail detail = { "constraints", (int64_t)i, -1, (double)constraints->rows[i].around, 0.0 };
        if (constraints->rows[i].around != MVO_AROUND_NOTHING)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "%s is a row over absolute values, which a solver of tail risk does not take",
                             mvoi_describe_row(what, sizeof what, constraints, i));
    }
    return MVO_OK;
}

mvo_status mvo_tail_solver_new(mvo_tail_solver **solver, mvo_context *context, mvo_scenarios *scenarios,
                               const mvo_constraints *constraints, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(context, error, "solver");
    if (!scenarios)
        return mvoi_fail_null(context, error, "scenarios");
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    const size_t n = scenarios->n, m = constraints->row_count, capacity = capacity_of(scenarios);
    const mvoi_detail detail = { "constraints", -1, -1, (double)constraints->n, (double)n };
    if (constraints->n != n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail, "constraints has %zu assets, scenarios has %zu",
                         constraints->n, n);
    const mvo_status linear = check_linear(context, constraints, error);
    if (linear != MVO_OK)
        return linear;
    mvo_tail_solver *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return mvoi_fail_memory(context, error, "a solver of tail risk");
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    made->scenarios = mvo_scenarios_ref(scenarios);
    made->n = n;
    made->m = m;
    made->measure = MVO_RISK_CVAR;
    made->level = 0.95;
    made->report = (mvo_report)MVO_REPORT_INIT;
    if (!claim(made, context, n, m, scenarios->count, capacity) ||
        !mvoi_hinge_new(&made->hinges, context, n, m + 1, capacity) ||
        !mvoi_measuring_new(&made->measuring, context, scenarios)) {
        mvo_tail_solver_free(made);
        return mvoi_fail_memory(context, error, "a solver of tail risk");
    }
    const mvo_status copied = mvo_constraints_copy(&made->snapshot, constraints, error);
    if (copied != MVO_OK) {
        mvo_tail_solver_free(made);
        return copied;
    }
    take_limits(made);
    made->hinges.scale = largest_return(scenarios);
    mvoi_scenarios_combine(made->mean, scenarios, scenarios->probabilities);
    *solver = made;
    return MVO_OK;
}

void mvo_tail_solver_free(mvo_tail_solver *solver)
{
    if (!solver)
        return;
    mvo_context *context = solver->context;
    void *const owned[] = { solver->row_lower, solver->row_upper, solver->lower, solver->upper, solver->scenario,
                            solver->slot,      solver->loss,      solver->loss_low, solver->mean, solver->mu,
                            solver->given,     solver->w,         solver->y,     solver->z,     solver->q,
                            solver->y_return };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    mvoi_hinge_free(&solver->hinges);
    mvoi_measuring_free(&solver->measuring, context);
    mvo_constraints_free(solver->snapshot);
    mvo_scenarios_unref(solver->scenarios);
    mvoi_release(context, solver);
    mvo_context_unref(context);
}

size_t mvo_tail_solver_size(const mvo_tail_solver *solver)
{
    return solver ? solver->n : 0;
}

size_t mvo_tail_solver_row_count(const mvo_tail_solver *solver)
{
    return solver ? solver->m : 0;
}

size_t mvo_tail_solver_scenario_count(const mvo_tail_solver *solver)
{
    return solver ? solver->scenarios->count : 0;
}

/* ------------------------------------------------------------------------------------------- changes */

mvo_status mvo_tail_solver_set_measure(mvo_tail_solver *solver, int32_t measure, double level, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    const mvo_status status = mvoi_check_measure(solver->context, error, measure, level);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "measure", -1, -1, (double)measure, 0.0 };
    if (measure == MVO_RISK_VALUE_AT_RISK || mvoi_measure_is_compounded(measure))
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail,
                         "measure is %d, which is not one this solver minimises", (int)measure);
    solver->measure = measure;
    solver->level = level;
    solver->warm = 0;
    return MVO_OK;
}

mvo_status mvo_tail_solver_set_row_limits(mvo_tail_solver *solver, int64_t id, double lower, double upper,
                                          mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE];
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    const size_t i = mvoi_constraints_find(solver->snapshot, id);
    const mvoi_detail detail = { "id", -1, -1, (double)id, 0.0 };
    if (i == solver->m)
        return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FOUND, detail, "no row has id %lld", (long long)id);
    mvoi_describe_row(what, sizeof what, solver->snapshot, i);
    const mvo_status status = mvoi_check_limits(solver->context, error, what, (int64_t)i, lower, upper, 1);
    if (status != MVO_OK)
        return status;
    solver->row_lower[i] = mvoi_lower_meant(lower);
    solver->row_upper[i] = mvoi_upper_meant(upper);
    return MVO_OK;
}

mvo_status mvo_tail_solver_set_bound(mvo_tail_solver *solver, size_t asset, double lower, double upper,
                                     mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE];
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    mvo_status status = mvoi_check_asset(solver->snapshot, asset, error);
    if (status != MVO_OK)
        return status;
    mvoi_describe_asset(what, sizeof what, solver->snapshot, asset);
    status = mvoi_check_limits(solver->context, error, what, (int64_t)asset, lower, upper, 1);
    if (status != MVO_OK)
        return status;
    solver->lower[asset] = mvoi_lower_meant(lower);
    solver->upper[asset] = mvoi_upper_meant(upper);
    solver->warm = 0;
    return MVO_OK;
}

mvo_status mvo_tail_solver_clear(mvo_tail_solver *solver, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    solver->warm = solver->solved = 0;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------- answers */

static int has_optimum(const mvo_tail_solver *solver)
{
    return solver->solved && solver->outcome == MVO_OPTIMAL;
}

mvo_status mvo_tail_solver_weights(double *weights, const mvo_tail_solver *solver)
{
    if (!weights || !solver)
        return MVO_ERROR_NULL;
    if (!has_optimum(solver))
        return MVO_ERROR_STATE;
    memcpy(weights, solver->w, solver->n * sizeof *weights);
    return MVO_OK;
}

mvo_status mvo_tail_solver_multipliers(double *rows, double *bounds, double *scenarios, const mvo_tail_solver *solver)
{
    if (!solver)
        return MVO_ERROR_NULL;
    if (!has_optimum(solver))
        return MVO_ERROR_STATE;
    if (rows)
        memcpy(rows, solver->y, solver->m * sizeof *rows);
    if (bounds)
        memcpy(bounds, solver->z, solver->n * sizeof *bounds);
    if (scenarios)
        memcpy(scenarios, solver->q, solver->scenarios->count * sizeof *scenarios);
    return MVO_OK;
}

mvo_status mvo_tail_target_multiplier(double *multiplier, const mvo_tail_solver *solver)
{
    if (!multiplier || !solver)
        return MVO_ERROR_NULL;
    if (!has_optimum(solver) || !solver->has_target)
        return MVO_ERROR_STATE;
    *multiplier = solver->target_multiplier;
    return MVO_OK;
}

mvo_status mvo_tail_solver_report(mvo_report *report, const mvo_tail_solver *solver)
{
    if (!report || !solver)
        return MVO_ERROR_NULL;
    if (report->struct_size < (int64_t)sizeof(int64_t))
        return MVO_ERROR_ARGUMENT;
    if (!solver->solved)
        return MVO_ERROR_STATE;
    const int64_t theirs = report->struct_size, known = (int64_t)sizeof *report;
    memcpy(report, &solver->report, (size_t)(theirs < known ? theirs : known));
    report->struct_size = theirs;
    return MVO_OK;
}
