/* SPDX-License-Identifier: MIT */
#include "support/costly_judge.h"

#include "support/random_problem.h"

#include <math.h>
#include <stdio.h>

costly *costly_of_seed(uint64_t seed, int *integer)
{
    random_stream stream = { seed * UINT64_C(0x9E3779B97F4A7C15) };
    const size_t n = 1 + random_below(&stream, random_below(&stream, 8) ? 8 : 20), m = random_below(&stream, n / 2 + 2);
    const size_t rank = random_below(&stream, n + 1), sort = random_below(&stream, 8);
    const int ties = sort & 1, feasible = (sort & 2) != 0, kind = ties ? RANDOM_INTEGER : RANDOM_CONTINUOUS;
    instance *p = feasible ? random_feasible_problem(&stream, n, m, rank, kind) : random_problem(&stream, n, m, rank, kind);
    if (sort & 4)
        p = random_factors(&stream, p, random_below(&stream, 4), kind);
    costly *c = costly_random(&stream, p, random_below(&stream, 4), ties);
    if (random_below(&stream, 3) == 0)
        costly_randomise_rates(&stream, c, ties);
    if (integer)
        *integer = ties;
    return c;
}

static int same_objective(const mvo_solver *solver, const mvo_solver *other, double constant, char *why, size_t size)
{
    mvo_report report = MVO_REPORT_INIT, split = MVO_REPORT_INIT;
    mvo_solver_report(&report, solver);
    mvo_solver_report(&split, other);
    const double best = split.objective + constant, scale = report.gap_scale + split.gap_scale + fabs(constant) + 1e-3;
    if (fabs(report.objective - best) <= 1e-9 * scale)
        return 1;
    snprintf(why, size, "objective %.15g, split %.15g", report.objective, best);
    return 0;
}

int costly_judge(const costly *c, int64_t method, mvo_outcome *verdict, char *why, size_t size)
{
    mvo_outcome outcome = -1, split_outcome = -1;
    mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
    instance *split = costly_split(c, 1.0);
    mvo_solver *other = instance_solver(split, MVO_CHECK_ALL);
    int fine = solver && other && mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL) == MVO_OK &&
               mvo_solver_solve(&outcome, solver, NULL) == MVO_OK && mvo_solver_solve(&split_outcome, other, NULL) == MVO_OK;
    fine = fine && outcome == split_outcome && outcome >= MVO_OPTIMAL && outcome <= MVO_UNBOUNDED;
    if (!fine)
        snprintf(why, size, "%s, split %s", mvo_outcome_name(outcome), mvo_outcome_name(split_outcome));
    if (fine && outcome == MVO_INFEASIBLE)
        fine = costly_verify_farkas(c, solver, 1e-9, why, size);
    if (fine && outcome == MVO_OPTIMAL)
        fine = costly_verify(c, solver, 1.0, 1e-9, why, size) && same_objective(solver, other, split->constant, why, size);
    *verdict = outcome;
    mvo_solver_free(solver);
    mvo_solver_free(other);
    instance_free(split);
    return fine;
}
