/* SPDX-License-Identifier: MIT */
/*
 * Weights that can be ordered: every trade a whole number of lots and none too small. By relaxing and fixing: the relaxed
 * problem is solved, the weight nearest to one that can be ordered is fixed there (at the other neighbour where the rest
 * has no answer then), and what is left is solved again, warm. Then single lots are moved as long as the objective falls.
 * Rows hold at every step because the solver holds them. A heuristic: its distance to the relaxed optimum is told, and
 * bounds its distance to the best rounding.
 */
#include "desk/check.h"
#include "qp/solver.h"

#include <math.h>
#include <string.h>

enum { SWEEPS = 2 };

typedef struct rounding {
    mvo_solver *solver;
    size_t n;
    const double *lots, *minimum, *holdings;
    double *lower, *upper; /* n each: the solver's own bounds */
    double *weights, *kept; /* n each: of the solve before, and of the best so far */
    double *fixed;          /* n: where a weight is fixed; NaN while it is not */
    double objective;
} rounding;

/* The fewest lots an order may have. */
static double fewest(const rounding *r, size_t j)
{
    return fmax(ceil(r->minimum[j] / r->lots[j] * (1.0 - 1e-12)), 1.0);
}

/* The orders next to `weight` on both sides, in lots; equal ones where it can be ordered as it is. */
static void neighbours(const rounding *r, size_t j, double weight, double *below, double *above)
{
    const double k = (weight - r->holdings[j]) / r->lots[j], least = fewest(r, j), whole = rint(k);
    const int is_whole = fabs(k - whole) <= 1e-9 * fmax(1.0, fabs(k));
    double low = is_whole ? whole : floor(k), high = is_whole ? whole : ceil(k);
    if (low < 0.0 && low > -least)
        low = -least;
    else if (low > 0.0 && low < least)
        low = 0.0;
    if (high > 0.0 && high < least)
        high = least;
    else if (high < 0.0 && high > -least)
        high = 0.0;
    *below = low;
    *above = high;
}

static double weight_of(const rounding *r, size_t j, double lots)
{
    return r->holdings[j] + r->lots[j] * lots;
}

static int within(const rounding *r, size_t j, double weight)
{
    return weight >= r->lower[j] && weight <= r->upper[j];
}

/* The nearer of the two (the smaller trade where they are as near), and the other; 0, 1 or 2 of them are within bounds. */
static int choices(const rounding *r, size_t j, double choice[2])
{
    double low, high;
    neighbours(r, j, r->weights[j], &low, &high);
    const double below = weight_of(r, j, low), above = weight_of(r, j, high);
    const double down = r->weights[j] - below, up = above - r->weights[j];
    const int lower_first = down < up || (down == up && fabs(low) <= fabs(high));
    const double first = lower_first ? below : above, second = lower_first ? above : below;
    int count = 0;
    if (within(r, j, first))
        choice[count++] = first;
    if (second != first && within(r, j, second))
        choice[count++] = second;
    return count;
}

static mvo_status solve(rounding *r, mvo_outcome *outcome, mvo_error *error)
{
    mvo_report report = MVO_REPORT_INIT;
    mvo_status status = mvo_solver_solve(outcome, r->solver, error);
    if (status == MVO_OK && *outcome == MVO_OPTIMAL) {
        status = mvo_solver_weights(r->weights, r->solver);
        if (status == MVO_OK)
            status = mvo_solver_report(&report, r->solver);
        r->objective = report.objective;
    }
    return status;
}

static mvo_status fix(rounding *r, size_t j, double weight, mvo_outcome *outcome, mvo_error *error)
{
    const mvo_status status = mvo_solver_set_bound(r->solver, j, weight, weight, error);
    return status == MVO_OK ? solve(r, outcome, error) : status;
}

/* The weight that is nearest to an order, in lots; n where all are fixed. */
static size_t nearest(const rounding *r)
{
    size_t found = r->n;
    double least = HUGE_VAL;
    for (size_t j = 0; j < r->n; j++) {
        double choice[2];
        if (r->lots[j] == 0.0 || !isnan(r->fixed[j]))
            continue;
        const int count = choices(r, j, choice);
        const double away = count ? fabs(choice[0] - r->weights[j]) / r->lots[j] : 0.0;
        if (away < least) {
            least = away;
            found = j;
        }
    }
    return found;
}

static mvo_status dive(rounding *r, mvo_outcome *outcome, mvo_error *error)
{
    mvo_status status = MVO_OK;
    for (size_t j = nearest(r); j < r->n && status == MVO_OK; j = nearest(r)) {
        double choice[2];
        const int count = choices(r, j, choice);
        mvo_outcome found = MVO_INFEASIBLE;
        for (int k = 0; k < count && status == MVO_OK && found != MVO_OPTIMAL; k++) {
            r->fixed[j] = choice[k];
            status = fix(r, j, choice[k], &found, error);
        }
        if (status == MVO_OK && found != MVO_OPTIMAL) {
            *outcome = found;
            return MVO_OK;
        }
    }
    *outcome = MVO_OPTIMAL;
    return status;
}

/* Moves weight j by one order to `weight` if the objective falls. */
static mvo_status try_move(rounding *r, size_t j, double weight, int *moved, mvo_error *error)
{
    const double before = r->objective;
    mvo_outcome outcome;
    mvo_status status = fix(r, j, weight, &outcome, error);
    if (status != MVO_OK)
        return status;
    if (outcome == MVO_OPTIMAL && r->objective < before) {
        r->fixed[j] = weight;
        memcpy(r->kept, r->weights, r->n * sizeof *r->kept);
        *moved = 1;
        return MVO_OK;
    }
    r->objective = before;
    return mvo_solver_set_bound(r->solver, j, r->fixed[j], r->fixed[j], error);
}

static mvo_status improve(rounding *r, mvo_error *error)
{
    mvo_status status = MVO_OK;
    int moved = 1;
    memcpy(r->kept, r->weights, r->n * sizeof *r->kept);
    for (int sweep = 0; sweep < SWEEPS && moved && status == MVO_OK; sweep++) {
        moved = 0;
        for (size_t j = 0; j < r->n && status == MVO_OK; j++)
            for (int side = -1; side <= 1 && status == MVO_OK && r->lots[j] > 0.0; side += 2) {
                double low, high;
                neighbours(r, j, r->fixed[j] + (double)side * r->lots[j], &low, &high);
                const double to = weight_of(r, j, side < 0 ? low : high);
                if (within(r, j, to) && to != r->fixed[j])
                    status = try_move(r, j, to, &moved, error);
            }
    }
    return status;
}

static mvo_status check(const mvo_solver *solver, const double *lots, const double *minimum, mvo_error *error)
{
    mvo_context *context = solver->context;
    mvo_status status = mvoi_desk_vector(context, error, "lots", lots, solver->n, 0.0, HUGE_VAL);
    if (status == MVO_OK && minimum)
        status = mvoi_desk_vector(context, error, "minimum", minimum, solver->n, 0.0, HUGE_VAL);
    for (size_t j = 0; status == MVO_OK && minimum && j < solver->n; j++) {
        const mvoi_detail detail = { "minimum", (int64_t)j, -1, minimum[j], 0.0 };
        if (lots[j] == 0.0 && minimum[j] > 0.0)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "minimum[%zu] is %g, but asset %zu has no lots: its orders have no least size", j,
                             minimum[j], j);
    }
    return status;
}

/* Relaxed answer, rounding, improvement, with the memory at hand. */
static mvo_status go(rounding *r, mvo_outcome *outcome, double *cost, double *rounded, mvo_error *error)
{
    mvo_outcome found = MVO_OPTIMAL;
    mvo_status status = solve(r, &found, error);
    const double relaxed = r->objective;
    if (status == MVO_OK && found == MVO_OPTIMAL)
        status = dive(r, &found, error);
    if (status == MVO_OK && found == MVO_OPTIMAL)
        status = improve(r, error);
    if (status != MVO_OK)
        return status;
    if (found == MVO_OPTIMAL) {
        memcpy(rounded, r->kept, r->n * sizeof *rounded);
        if (cost)
            *cost = fmax(r->objective - relaxed, 0.0);
    }
    *outcome = found;
    return MVO_OK;
}

mvo_status mvo_round_to_lots(mvo_outcome *outcome, double *rounded, double *cost, mvo_solver *solver,
                             const double *lots, const double *minimum, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (!outcome || !rounded)
        return mvoi_fail_null(solver->context, error, outcome ? "rounded" : "outcome");
    mvo_status status = check(solver, lots, minimum, error);
    if (status != MVO_OK)
        return status;
    const size_t n = solver->n;
    const mvo_constraints *set = mvoi_solver_constraints(solver);
    double *memory = mvoi_allocate(solver->context, n, 6 * sizeof *memory);
    if (!memory)
        return mvoi_fail_memory(solver->context, error, "rounding to lots");
    rounding r = { solver, n, lots, minimum ? minimum : memory, solver->segments ? solver->segments->holdings : set->holdings,
                   memory + n, memory + 2 * n, memory + 3 * n, memory + 4 * n, memory + 5 * n, 0.0 };
    memcpy(r.lower, solver->lower, n * sizeof(double));
    memcpy(r.upper, solver->upper, n * sizeof(double));
    for (size_t j = 0; j < n; j++) {
        memory[j] = 0.0;
        r.fixed[j] = NAN;
    }
    status = go(&r, outcome, cost, rounded, error);
    memcpy(solver->lower, r.lower, n * sizeof(double));
    memcpy(solver->upper, r.upper, n * sizeof(double));
    mvo_outcome relaxed;
    if (status == MVO_OK) /* the solver is left with its own answer */
        status = mvo_solver_solve(&relaxed, solver, error);
    mvoi_release(solver->context, memory);
    return status;
}
