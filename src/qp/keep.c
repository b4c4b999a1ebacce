/* SPDX-License-Identifier: MIT */
/* A solver's answer set aside, so that a call that fails half-way can put it back. */
#include "qp/solver.h"

#include <string.h>

struct mvoi_kept {
    mvoi_problem problem;
    int warm, solved, feasible, not_unique, has_target, target_row;
    mvo_outcome outcome;
    mvoi_certificate certificate;
    int64_t rounds, pivots, refactorisations;
    double answer_scale, answer_constant, expected_return, target_multiplier;
    double cost, cost_scale;
    double *numbers;
    int32_t *sides;
};

/* The solver's arrays that belong to its answer, with their lengths. */
typedef struct array {
    double *values;
    size_t count;
} array;

enum { ARRAYS = 5 };

static void list_arrays(array arrays[ARRAYS], const mvo_solver *solver)
{
    const size_t n = solver->n, rows = solver->m + 1;
    arrays[0] = (array){ solver->linear, n };
    arrays[1] = (array){ solver->point.w, n };
    arrays[2] = (array){ solver->point.z, n };
    arrays[3] = (array){ solver->point.y, rows };
    arrays[4] = (array){ solver->proof, n + rows };
}

mvoi_kept *mvoi_solver_keep(const mvo_solver *solver)
{
    const size_t n = solver->n, rows = solver->m + 1;
    array arrays[ARRAYS];
    size_t total = 0, at = 0;
    list_arrays(arrays, solver);
    for (size_t i = 0; i < ARRAYS; i++)
        total += arrays[i].count;
    mvoi_kept *kept = mvoi_allocate(solver->context, 1, sizeof *kept);
    if (!kept)
        return NULL;
    memset(kept, 0, sizeof *kept);
    kept->numbers = mvoi_allocate(solver->context, total, sizeof(double));
    kept->sides = mvoi_allocate(solver->context, 2 * n + rows, sizeof(int32_t));
    if (!kept->numbers || !kept->sides) {
        mvoi_kept_free(solver->context, kept);
        return NULL;
    }
    kept->problem = solver->problem;
    kept->warm = solver->warm;
    kept->solved = solver->solved;
    kept->feasible = solver->feasible;
    kept->not_unique = solver->not_unique;
    kept->has_target = solver->has_target;
    kept->target_row = solver->target_row;
    kept->outcome = solver->outcome;
    kept->certificate = solver->certificate;
    kept->rounds = solver->rounds;
    kept->pivots = solver->pivots;
    kept->refactorisations = solver->refactorisations;
    kept->answer_scale = solver->answer_scale;
    kept->answer_constant = solver->answer_constant;
    kept->expected_return = solver->expected_return;
    kept->target_multiplier = solver->target_multiplier;
    kept->cost = solver->cost;
    kept->cost_scale = solver->cost_scale;
    for (size_t i = 0; i < ARRAYS; i++) {
        memcpy(kept->numbers + at, arrays[i].values, arrays[i].count * sizeof(double));
        at += arrays[i].count;
    }
    memcpy(kept->sides, solver->point.side, n * sizeof(int32_t));
    memcpy(kept->sides + n, solver->point.row_side, rows * sizeof(int32_t));
    if (solver->segments)
        memcpy(kept->sides + n + rows, solver->segments->segment, n * sizeof(int32_t));
    return kept;
}

void mvoi_solver_give_back(mvo_solver *solver, const mvoi_kept *kept)
{
    const size_t n = solver->n, rows = solver->m + 1;
    array arrays[ARRAYS];
    size_t at = 0;
    list_arrays(arrays, solver);
    for (size_t i = 0; i < ARRAYS; i++) {
        memcpy(arrays[i].values, kept->numbers + at, arrays[i].count * sizeof(double));
        at += arrays[i].count;
    }
    memcpy(solver->point.side, kept->sides, n * sizeof(int32_t));
    memcpy(solver->point.row_side, kept->sides + n, rows * sizeof(int32_t));
    solver->cost = kept->cost;
    solver->cost_scale = kept->cost_scale;
    if (solver->segments) {
        memcpy(solver->segments->segment, kept->sides + n + rows, n * sizeof(int32_t));
        solver->segments->seen_valid = 0; /* ends and slopes are those of other segments */
        mvoi_segments_prepare(solver->segments, kept->cost_scale);
    }
    solver->problem = kept->problem;
    solver->matrices_stale = 1;
    mvoi_block_forget(solver->block);
    solver->warm = kept->warm;
    solver->solved = kept->solved;
    solver->feasible = kept->feasible;
    solver->outcome = kept->outcome;
    solver->certificate = kept->certificate;
    solver->rounds = kept->rounds;
    solver->pivots = kept->pivots;
    solver->refactorisations = kept->refactorisations;
    solver->not_unique = kept->not_unique;
    solver->answer_scale = kept->answer_scale;
    solver->answer_constant = kept->answer_constant;
    solver->expected_return = kept->expected_return;
    solver->has_target = kept->has_target;
    solver->target_row = kept->target_row;
    solver->target_multiplier = kept->target_multiplier;
}

void mvoi_kept_free(mvo_context *context, mvoi_kept *kept)
{
    if (!kept)
        return;
    mvoi_release(context, kept->numbers);
    mvoi_release(context, kept->sides);
    mvoi_release(context, kept);
}
