/* SPDX-License-Identifier: MIT */
/*
 * Random problems with costs and budgets, dense and of factors, with ties, degenerate and infeasible: soak_costs [count
 * [first seed]]. Each is solved as it is, by both methods, and split at its breakpoints; verdicts and objectives must agree and
 * optima be verified from the outside. A line with the seed for each that fails; exit status 1 if there was one.
 */
#include "support/costly.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t verdicts[3]; /* optimal, infeasible, unbounded */

static int judge(const costly *c, int64_t method, char *why, size_t size)
{
    mvo_outcome outcome = -1, split_outcome = -1;
    mvo_report report = MVO_REPORT_INIT, split_report = MVO_REPORT_INIT;
    mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
    instance *split = costly_split(c, 1.0);
    mvo_solver *other = instance_solver(split, MVO_CHECK_FINITE);
    int fine = solver && other;
    if (fine) {
        mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL);
        mvo_solver_solve(&outcome, solver, NULL);
        mvo_solver_solve(&split_outcome, other, NULL);
        fine = outcome == split_outcome && outcome >= MVO_OPTIMAL && outcome <= MVO_UNBOUNDED;
    }
    snprintf(why, size, "%s, split %s", mvo_outcome_name(outcome), mvo_outcome_name(split_outcome));
    if (fine)
        verdicts[outcome]++;
    if (fine && outcome == MVO_INFEASIBLE)
        fine = costly_verify_farkas(c, solver, 1e-9, why, size);
    if (fine && outcome == MVO_OPTIMAL) {
        mvo_solver_report(&report, solver);
        mvo_solver_report(&split_report, other);
        const double best = split_report.objective + split->constant;
        const double scale = report.gap_scale + split_report.gap_scale + fabs(split->constant) + 1e-3;
        fine = costly_verify(c, solver, 1.0, 1e-9, why, size);
        if (fine && !(fabs(report.objective - best) <= 1e-9 * scale)) {
            snprintf(why, size, "objective %.15g, split %.15g", report.objective, best);
            fine = 0;
        }
    }
    mvo_solver_free(solver);
    mvo_solver_free(other);
    instance_free(split);
    return fine;
}

static size_t try_seed(uint64_t seed)
{
    random_stream stream = { seed * UINT64_C(0x9E3779B97F4A7C15) };
    const size_t n = 1 + random_below(&stream, random_below(&stream, 8) ? 8 : 20), m = random_below(&stream, n / 2 + 2);
    const size_t rank = random_below(&stream, n + 1), sort = random_below(&stream, 8);
    const int integer = sort & 1, feasible = (sort & 2) != 0, kind = integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS;
    size_t failed = 0;
    instance *p = feasible ? random_feasible_problem(&stream, n, m, rank, kind) : random_problem(&stream, n, m, rank, kind);
    if (sort & 4)
        p = random_factors(&stream, p, random_below(&stream, 4), kind);
    costly *c = costly_random(&stream, p, random_below(&stream, 4), integer);
    if (random_below(&stream, 3) == 0)
        costly_randomise_rates(&stream, c, integer);
    for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
        char why[256] = "";
        if (judge(c, method, why, sizeof why))
            continue;
        printf("seed %llu\tn %zu\tm %zu\t%zu absolute\tmethod %d\t%s\t%s\t%s\n", (unsigned long long)seed, n, m, c->absolute,
               (int)method, integer ? "integer" : "continuous", sort & 4 ? "factors" : "dense", why);
        fflush(stdout);
        failed++;
    }
    costly_free(c);
    return failed;
}

int main(int count, char **arguments)
{
    const unsigned long long problems = count > 1 ? strtoull(arguments[1], NULL, 10) : 20000;
    const unsigned long long first = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    size_t failed = 0;
    for (unsigned long long k = 0; k < problems; k++)
        failed += try_seed(first + k);
    printf("#%llu problems with costs: %zu optima, %zu infeasible, %zu unbounded, %zu failed\n", problems, verdicts[0],
           verdicts[1], verdicts[2], failed);
    return failed != 0;
}
