/* SPDX-License-Identifier: MIT */
/*
 * Least risk at many returns: one minimisation, then from target to target by the dual simplex method of restore.c,
 * which looks at few of the scenarios. At each target the answer is judged over all of them, as in certificate.c but in
 * plain sums; where that does not do, it is found and judged like a question of its own.
 */
#include "covariance/make.h"
#include "tail/tail_solver.h"

#include <math.h>
#include <string.h>

static const double BELIEVED = 1e-10;   /* of the risk: the largest gap of a point that the walk has reached */
static const double SMALL_RISK = 1e-5;  /* of the largest |h|: gaps of smaller risks are relative to this */
static const double KEPT = 1e-12;       /* of the sizes in a row: how far off its limits it may be */
static const double STATIONARY = 1e-13; /* of the largest |h|: a multiplier that belongs to no limit */
static const double MARGIN = 0.5;         /* of CVaR less value at risk: scenarios so near the tail come in, too */
static const double FAR = 1e6;            /* of the largest |mu|: more return than most limits allow; and so on */
static const double MOST_RETURN = 1e200;
enum { MOST_ROUNDS = 100, WATCHED = 60 };

/* The points found, and what finding them took. */
typedef struct points {
    double *returns, *risks, *slopes, *gaps, *weights; /* count each, and count of n */
    double *caps;                                      /* of every scenario */
    double *kept;                                      /* the solver's last answer: w, y, z, q */
    size_t count, found;
    int64_t pivots, rounds;
    int walked; /* whether the last one was judged here, and not like a question of its own */
} points;

/* -------------------------------------------------------------------------------- judging where the walk is */

static double positive(double x)
{
    return x > 0.0 ? x : 0.0;
}

/* a + sum cap_s max(0, loss_s - a) over all scenarios: no less than the risk, whatever a is. */
static double risk_over_all(const mvo_tail_solver *solver, const double *caps)
{
    const mvoi_hinge *g = &solver->hinges;
    const double a = g->level * g->x[g->n], *loss = solver->loss;
    double zeroth = 0.0, first = 0.0, second = 0.0, third = 0.0; /* four sums, since each waits for its last term */
    size_t s = 0;
    for (; s + 4 <= solver->scenarios->count; s += 4) {
        zeroth += caps[s] * positive(loss[s] - a);
        first += caps[s + 1] * positive(loss[s + 1] - a);
        second += caps[s + 2] * positive(loss[s + 2] - a);
        third += caps[s + 3] * positive(loss[s + 3] - a);
    }
    for (; s < solver->scenarios->count; s++)
        zeroth += caps[s] * positive(loss[s] - a);
    return a + ((zeroth + second) + (first + third));
}

/* The slots that have a multiplier, and these, as a list in slot_list and speed; they add up to 1 where they must. */
static size_t list_multipliers(mvoi_hinge *g)
{
    size_t count = 0;
    double sum = 0.0;
    for (size_t s = 0; s < g->slots; s++)
        if (g->status[s] == MVOI_IN) {
            g->slot_list[count] = (int32_t)s;
            g->speed[count++] = g->cap[s];
            sum += g->cap[s];
        }
    for (size_t p = 0; p < g->size; p++) {
        const size_t s = (size_t)g->active[p] - g->size - g->m;
        if ((size_t)g->active[p] < g->size + g->m)
            continue;
        g->slot_list[count] = (int32_t)s;
        const double q = positive(-g->slope[p]);
        g->speed[count] = q < g->cap[s] ? q : g->cap[s];
        sum += g->speed[count++];
    }
    for (size_t c = 0; g->level > 0.0 && c < count; c++)
        g->speed[c] /= sum;
    return count;
}

/* The lower bound that the multipliers give; -infinity where one belongs to no limit. */
static double lower_bound(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    double sum = 0.0, *z = solver->z;
    const size_t count = list_multipliers(g);
    memset(z, 0, solver->n * sizeof *z);
    g->kernels->sweep(g->n, count, g->h, g->ld_h, g->slot_list, g->speed, z);
    for (size_t i = 0; i < g->m; i++) {
        const int32_t p = g->position[g->size + i];
        const int side = p < 0 ? 0 : g->side[g->size + i], equal = g->row_lower[i] == g->row_upper[i];
        const double slope = p < 0 ? 0.0 : g->slope[p];
        const double y = equal ? slope : side < 0 ? fmax(slope, 0.0) : side > 0 ? fmin(slope, 0.0) : 0.0;
        solver->y[i] = y;
        if (y == 0.0)
            continue;
        sum += y * (y > 0.0 ? g->row_lower[i] : g->row_upper[i]);
        g->kernels->axpy(g->n, -y, g->rows + i * g->ld_rows, z);
    }
    for (size_t j = 0; j < solver->n; j++) {
        const double limit = z[j] > 0.0 ? g->lower[j] : g->upper[j];
        if (fabs(limit) < HUGE_VAL)
            sum += z[j] * limit;
        else if (fabs(z[j]) > STATIONARY * g->scale)
            return -HUGE_VAL;
    }
    return sum;
}

static int rows_kept(const mvoi_hinge *g)
{
    for (size_t i = 0; i < g->m; i++) {
        const double *row = g->rows + i * g->ld_rows;
        const double activity = g->kernels->dot(g->n, row, g->x);
        const double size = fmax(fabs(activity), g->row_scale[i]);
        if (activity < g->row_lower[i] - KEPT * size || activity > g->row_upper[i] + KEPT * size)
            return 0;
    }
    return 1;
}

/* ------------------------------------------------------------------------------------------- the walk */

/* Weights that rounding put beside a bound. */
static void keep_bounds(mvoi_hinge *g)
{
    for (size_t r = 0; r < g->k; r++) {
        const size_t j = (size_t)g->free[r];
        const double x = g->x[j];
        g->x[j] = x < g->lower[j] ? g->lower[j] : x > g->upper[j] ? g->upper[j] : x;
    }
}

/* t of the slots from the losses. */
static void read_losses(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    const double a = g->level * g->x[g->n];
    for (size_t s = 0; s < g->slots; s++)
        g->t[s] = g->status[s] == MVOI_ACTIVE ? 0.0 : solver->loss[solver->scenario[s]] - a;
}

/* What the vertex is: its risk and gap over all scenarios, whether the gap is small. Needs the slopes. */
static int judge(double *risk, double *gap, mvo_tail_solver *solver, const double *caps)
{
    mvoi_band_measure(solver);
    read_losses(solver);
    *risk = risk_over_all(solver, caps);
    *gap = fabs(*risk - lower_bound(solver));
    return *gap <= BELIEVED * fmax(fabs(*risk), SMALL_RISK * solver->hinges.scale);
}

/* The optimum from multipliers that are right, scenarios not watched and those that wait included; *risk and *gap of
 * it. */
static int settle(double *risk, double *gap, mvo_tail_solver *solver, const double *caps)
{
    mvoi_hinge *g = &solver->hinges;
    for (int round = 0; round < MOST_ROUNDS; round++) {
        if (mvoi_hinge_restore(g) != MVO_OPTIMAL)
            return 0;
        if (g->watched < g->slots) {
            mvoi_hinge_measure(g);
            if (mvoi_band_watch_troubled(solver))
                continue;
        }
        keep_bounds(g);
        if (judge(risk, gap, solver, caps))
            return rows_kept(g);
        if (!mvoi_band_admit(solver, MARGIN * (*risk - g->level * g->x[g->n])))
            return 0;
        read_losses(solver);
        mvoi_band_watch_troubled(solver);
    }
    return 0;
}

static void note(points *all, mvo_tail_solver *solver, const double *mu, const double *w, double risk, double slope,
                 double gap)
{
    const size_t at = all->found++, n = solver->n;
    all->returns[at] = solver->hinges.kernels->dot(n, mu, w);
    all->risks[at] = risk;
    all->slopes[at] = slope;
    all->gaps[at] = gap;
    memcpy(all->weights + at * n, w, n * sizeof *w);
}

/* From the last point to the next target: 1 where that did. */
static int walk_on(points *all, mvo_tail_solver *solver, const double *mu, double target)
{
    mvoi_hinge *g = &solver->hinges;
    const size_t row = solver->m;
    const int32_t p = g->position[g->size + row];
    double risk = 0.0, gap = 0.0;
    if (!solver->warm || !mvoi_tail_of_scenarios(solver->measure) || all->found == 0)
        return 0;
    mvoi_band_watch(solver, WATCHED + 4 * g->k);
    if (p < 0)
        g->activity[row] = g->kernels->dot(g->n, mu, g->x);
    mvoi_tail_set_target(solver, mu, target);
    if (p >= 0 && g->activity[row] < target) {
        mvoi_hinge_shift(g, (size_t)p, target - g->activity[row]);
        g->activity[row] = target;
        g->side[g->size + row] = -1;
    }
    const int64_t before = g->pivots;
    const int settled = settle(&risk, &gap, solver, all->caps);
    all->pivots += g->pivots - before;
    if (settled)
        note(all, solver, mu, g->x, risk, solver->y[row], gap);
    return settled;
}

/* The first point, from wherever the solver was: 1 where it is good as it stands. */
static int set_out(points *all, mvo_tail_solver *solver, const double *mu, const double *target)
{
    mvoi_hinge *g = &solver->hinges;
    double risk = 0.0, gap = 0.0;
    if (all->found || !mvoi_tail_of_scenarios(solver->measure) || mvoi_tail_crossed(solver))
        return 0;
    mvoi_tail_begin(solver);
    if (target)
        mvoi_tail_set_target(solver, mu, *target);
    const mvo_outcome outcome = mvoi_tail_minimise(solver);
    all->pivots += solver->report.pivots;
    all->rounds += solver->report.rounds;
    if (outcome != MVO_OPTIMAL)
        return 0;
    mvoi_hinge_price(g);
    if (!judge(&risk, &gap, solver, all->caps) || !rows_kept(g))
        return 0;
    note(all, solver, mu, g->x, risk, target ? solver->y[solver->m] : 0.0, gap);
    return 1;
}

/* The optimum at a target, or the least risk of all; *outcome what is true of it. */
static mvo_status next_point(mvo_outcome *outcome, points *all, mvo_tail_solver *solver, const double *mu,
                             const double *target, mvo_error *error)
{
    *outcome = MVO_OPTIMAL;
    all->walked = set_out(all, solver, mu, target) || (target && walk_on(all, solver, mu, *target));
    if (all->walked)
        return MVO_OK;
    if (all->found) /* what the walk left behind is no start */
        solver->warm = solver->warm && !mvoi_tail_of_scenarios(solver->measure);
    mvoi_tail_begin(solver);
    if (target)
        mvoi_tail_set_target(solver, mu, *target);
    const mvo_status status = mvoi_tail_minimise_any(outcome, solver, mu, error);
    all->pivots += solver->report.pivots;
    all->rounds += solver->report.rounds;
    if (status == MVO_OK && *outcome == MVO_OPTIMAL)
        note(all, solver, mu, solver->w, solver->report.objective, target ? solver->y[solver->m] : 0.0,
             solver->report.gap);
    return status;
}

/* Whether there is a direction in which the limits have no end, and the return grows. */
static int grows_for_ever(points *all, mvo_tail_solver *solver, const double *mu, double gain)
{
    mvoi_tail_set_directions(solver, mu, gain);
    const mvo_outcome outcome = mvoi_tail_reach(solver, 1);
    all->pivots += solver->hinges.pivots;
    return outcome == MVO_OPTIMAL;
}

/* The largest return within the limits, found by asking for one out of reach; the vertex is lost. */
static mvo_outcome largest_return(double *most, points *all, mvo_tail_solver *solver, const double *mu)
{
    mvoi_hinge *g = &solver->hinges;
    double size = 0.0;
    for (size_t j = 0; j < solver->n; j++)
        size = fmax(size, fabs(mu[j]));
    mvoi_tail_begin(solver);
    mvo_outcome outcome = mvoi_tail_reach(solver, 1);
    all->pivots += g->pivots;
    if (outcome != MVO_OPTIMAL)
        return outcome;
    size = size > 0.0 ? size : 1.0;
    for (double target = FAR * size; outcome == MVO_OPTIMAL && target < MOST_RETURN * size; target *= FAR) {
        mvoi_tail_set_target(solver, mu, target);
        outcome = mvoi_tail_reach(solver, 0);
        all->pivots += g->pivots;
        *most = g->activity[solver->m];
        if (outcome == MVO_OPTIMAL && target == FAR * size) {
            if (grows_for_ever(all, solver, mu, size))
                return MVO_UNBOUNDED;
            mvoi_tail_begin(solver);
            outcome = mvoi_tail_reach(solver, 1);
        }
    }
    return outcome == MVO_INFEASIBLE ? MVO_OPTIMAL : MVO_NUMERICAL;
}

/* Targets from the return of the least risk to the largest one. */
static mvo_status trace_all(mvo_outcome *outcome, points *all, mvo_tail_solver *solver, const double *mu,
                            mvo_error *error)
{
    double most = 0.0;
    mvoi_tail_begin(solver);
    *outcome = mvoi_tail_crossed(solver) ? MVO_INFEASIBLE : largest_return(&most, all, solver, mu);
    if (*outcome != MVO_OPTIMAL)
        return MVO_OK;
    mvo_status status = next_point(outcome, all, solver, mu, NULL, error);
    const double least = all->found ? all->returns[0] : 0.0;
    for (size_t i = 1; status == MVO_OK && *outcome == MVO_OPTIMAL && i < all->count; i++) {
        const double part = (double)i / (double)(all->count - 1), target = least + (most - least) * part;
        status = next_point(outcome, all, solver, mu, &target, error);
    }
    return status;
}

static mvo_status trace_targets(mvo_outcome *outcome, points *all, mvo_tail_solver *solver, const double *mu,
                                const double *targets, mvo_error *error)
{
    mvo_status status = MVO_OK;
    *outcome = MVO_OPTIMAL;
    for (size_t i = 0; status == MVO_OK && *outcome == MVO_OPTIMAL && i < all->count; i++)
        status = next_point(outcome, all, solver, mu, targets + i, error);
    return status;
}

/* The solver's last answer is the last point. */
static void conclude(mvo_outcome outcome, const points *all, mvo_tail_solver *solver, const double *mu)
{
    mvo_outcome last = outcome;
    solver->outcome = outcome;
    if (all->walked && outcome == MVO_OPTIMAL) {
        mvoi_hinge_lengths(&solver->hinges);
        mvoi_tail_certify(solver);
        solver->target_multiplier = solver->y[solver->m];
    }
    mvoi_tail_finish(&last, solver, mu);
    solver->report.pivots = all->pivots;
    solver->report.rounds = all->rounds;
}

/* -------------------------------------------------------------------------------------------- the call */

static mvo_status check_targets(const mvo_tail_solver *solver, size_t count, const double *targets, size_t ld,
                                const double *weights, mvo_error *error)
{
    mvo_context *context = solver->context;
    const mvoi_detail of_count = { "count", -1, -1, (double)count, targets ? 1.0 : 2.0 };
    if (count < (targets ? 1u : 2u))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, of_count, "count is %zu, less than %d", count,
                         targets ? 1 : 2);
    mvo_status status = targets ? mvoi_check_vector(context, error, "targets", targets, count) : MVO_OK;
    for (size_t i = 1; status == MVO_OK && targets && i < count; i++) {
        const mvoi_detail detail = { "targets", (int64_t)i, -1, targets[i], targets[i - 1] };
        if (targets[i] < targets[i - 1])
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "targets[%zu] is %g, less than the one before, %g", i, targets[i], targets[i - 1]);
    }
    if (status == MVO_OK && weights)
        status = mvoi_check_leading(context, error, "ld", ld, "n", solver->n, count);
    return status;
}

static int claim(points *all, mvo_tail_solver *solver, size_t count)
{
    mvo_context *context = solver->context;
    const size_t n = solver->n;
    memset(all, 0, sizeof *all);
    all->count = count;
    all->returns = mvoi_allocate(context, count, sizeof(double));
    all->risks = mvoi_allocate(context, count, sizeof(double));
    all->slopes = mvoi_allocate(context, count, sizeof(double));
    all->gaps = mvoi_allocate(context, count, sizeof(double));
    all->weights = count <= SIZE_MAX / sizeof(double) / n ? mvoi_allocate(context, count * n, sizeof(double)) : NULL;
    all->caps = mvoi_allocate(context, solver->scenarios->count, sizeof(double));
    for (size_t s = 0; all->caps && s < solver->scenarios->count; s++)
        all->caps[s] = mvoi_band_cap(solver, s);
    all->kept = mvoi_allocate(context, mvoi_tail_answer_size(solver), sizeof(double));
    return all->returns && all->risks && all->slopes && all->gaps && all->weights && all->caps && all->kept;
}

static void give_back(points *all, mvo_context *context)
{
    void *const owned[] = { all->returns, all->risks, all->slopes, all->gaps, all->weights, all->caps, all->kept };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
}

static void copy(double *to, const double *from, size_t count)
{
    if (to)
        memcpy(to, from, count * sizeof *to);
}

mvo_status mvo_tail_frontier(mvo_outcome *outcome, size_t *found, double *returns, double *risks, double *slopes,
                             double *gaps, double *weights, size_t ld, mvo_tail_solver *solver, const double *mu,
                             size_t count, const double *targets, mvo_error *error)
{
    mvo_outcome last = MVO_OPTIMAL;
    mvo_status status = mvoi_tail_check_question(outcome, solver, mu, "", 0.0, error);
    if (status == MVO_OK)
        status = check_targets(solver, count, targets, ld, weights, error);
    if (status != MVO_OK)
        return status;
    points all;
    const double *means = mu ? mu : solver->mean;
    if (!claim(&all, solver, count)) {
        give_back(&all, solver->context);
        return mvoi_fail_memory(solver->context, error, "a frontier of tail risk");
    }
    const mvo_tail_solver before = *solver;
    mvoi_tail_exchange_answer(all.kept, solver, 0);
    status = targets ? trace_targets(&last, &all, solver, means, targets, error)
                     : trace_all(&last, &all, solver, means, error);
    if (status == MVO_OK) {
        conclude(last, &all, solver, means);
        copy(returns, all.returns, all.found);
        copy(risks, all.risks, all.found);
        copy(slopes, all.slopes, all.found);
        copy(gaps, all.gaps, all.found);
        for (size_t i = 0; weights && i < all.found; i++)
            memcpy(weights + i * ld, all.weights + i * solver->n, solver->n * sizeof *weights);
        if (found)
            *found = all.found;
        *outcome = last;
    } else { /* a measure of squares, which left the hinges alone */
        *solver = before;
        mvoi_tail_exchange_answer(all.kept, solver, 1);
    }
    give_back(&all, solver->context);
    return status;
}
