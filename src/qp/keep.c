/* SPDX-License-Identifier: MIT */
/* A solver's answer set aside, so that a call that fails half-way can put it back. */
#include "qp/solver.h"

#include <string.h>

struct mvoi_kept {
    mvo_solver plain; /* a bitwise copy: read for its plain members alone, its pointers belong to the solver */
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
    kept->numbers = mvoi_allocate(solver->context, total, sizeof(double));
    kept->sides = mvoi_allocate(solver->context, n + rows, sizeof(int32_t));
    if (!kept->numbers || !kept->sides) {
        mvoi_kept_free(solver->context, kept);
        return NULL;
    }
    memcpy(&kept->plain, solver, sizeof *solver);
    for (size_t i = 0; i < ARRAYS; i++) {
        memcpy(kept->numbers + at, arrays[i].values, arrays[i].count * sizeof(double));
        at += arrays[i].count;
    }
    memcpy(kept->sides, solver->point.side, n * sizeof(int32_t));
    memcpy(kept->sides + n, solver->point.row_side, rows * sizeof(int32_t));
    return kept;
}

void mvoi_solver_give_back(mvo_solver *solver, const mvoi_kept *kept)
{
    const mvo_solver *was = &kept->plain;
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
    solver->problem = was->problem;
    solver->matrices_stale = 1;
    mvoi_block_forget(solver->block);
    solver->warm = was->warm;
    solver->solved = was->solved;
    solver->outcome = was->outcome;
    solver->certificate = was->certificate;
    solver->rounds = was->rounds;
    solver->pivots = was->pivots;
    solver->refactorisations = was->refactorisations;
    solver->not_unique = was->not_unique;
    solver->answer_scale = was->answer_scale;
    solver->answer_constant = was->answer_constant;
    solver->expected_return = was->expected_return;
    solver->has_target = was->has_target;
    solver->target_row = was->target_row;
    solver->target_multiplier = was->target_multiplier;
}

void mvoi_kept_free(mvo_context *context, mvoi_kept *kept)
{
    if (!kept)
        return;
    mvoi_release(context, kept->numbers);
    mvoi_release(context, kept->sides);
    mvoi_release(context, kept);
}
