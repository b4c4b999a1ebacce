/* SPDX-License-Identifier: MIT */
/* Reading a solver's last answer. */
#include "qp/solver.h"

#include <math.h>
#include <string.h>

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
