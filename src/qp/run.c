/* SPDX-License-Identifier: MIT */
/* One solve: block pivoting as the guess and the fast finisher, path following as the guarantee, a certificate always. */
#include "qp/solver.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void take_answer(mvo_solver *solver, mvo_outcome outcome)
{
    solver->feasible = mvoi_is_stop(outcome) && mvoi_deadline_answer(solver);

    solver->outcome = outcome;
    solver->solved = 1;
    solver->expected_return = 0.0;
}

/* -------------------------------------------------------------------------------------------- certificate */

/*
 * The certificate of the present segments' problem, and what a cost adds to it: its value beside slope times weight, and
 * on breakpoints the far end of the multiplier's range. An optimum of the segments' problem that keeps these is one of the
 * whole, with the same gap: the cost is convex.
 */
int mvoi_solver_certify(mvo_solver *solver, const double *product)
{
    mvoi_certificate *c = &solver->certificate;
    mvoi_segments *segments = solver->segments;
    const mvoi_point *point = &solver->point;
    if (segments)
        mvoi_segments_settle(segments);
    mvoi_certify(c, &solver->certifier, &solver->problem, &solver->point, product);
    solver->cost = 0.0;
    if (segments) {
        double offset;
        mvoi_segments_costs(segments, point->w, &solver->cost, &offset);
        c->objective += segments->scale * offset;
        for (size_t k = 0; k < segments->kinked_count; k++) {
            const size_t j = (size_t)segments->kinked[k];
            if (point->side[j] == MVOI_FREE)
                continue;
            const double beyond = fabs(point->z[j]) - mvoi_segments_width(segments, point->y, j, point->side[j]);
            c->complementarity = beyond > c->complementarity ? beyond : c->complementarity;
        }
    }
    return mvoi_certificate_accepts(c, solver->tolerance);
}

/* ------------------------------------------------------------------------------------------ path's state */

/* Sides of the path as those of a point: what is temporarily held counts as free of any limit. */
static void read_sides(mvo_solver *solver)
{
    const mvoi_path *path = &solver->path;
    const size_t n = solver->n;
    for (size_t j = 0; j < n; j++)
        solver->point.side[j] = path->side[j] == MVOI_HELD ? MVOI_FREE : path->side[j];
    for (size_t i = 0; i < solver->problem.m; i++)
        solver->point.row_side[i] = path->side[n + i];
}

/*
 * Free weights that rounding alone holds off the ends of their interval or off zero are put there: beside a limit of zero
 * over weights of zero their rounding would look like a violation. `size`: at least that of the numbers the weights are made
 * of, limits and gradients over a curvature of one; they themselves may be what is left where these cancel. Returns how many.
 */
static size_t put_on_ends(mvo_solver *solver, double rounding, double size)
{
    const mvoi_problem *problem = &solver->problem;
    double largest = size;
    size_t count = 0;
    for (size_t j = 0; j < solver->n; j++)
        largest = fmax(largest, fabs(solver->point.w[j] / solver->scaled.weight_scale[j]));
    for (size_t j = 0; j < solver->n; j++) {
        double *w = &solver->point.w[j];
        const double noise = rounding * DBL_EPSILON * largest * solver->scaled.weight_scale[j];
        const double ends[] = { problem->lower[j], problem->upper[j], 0.0 };
        for (int k = 0; solver->point.side[j] == MVOI_FREE && k < 3; k++)
            if (*w != ends[k] && fabs(*w - ends[k]) <= noise && ends[k] >= problem->lower[j] && ends[k] <= problem->upper[j]) {
                *w = ends[k];
                count++;
            }
    }
    return count;
}

/*
 * Multipliers that rounding alone keeps off zero become zero: where the optimum has no risk and costs nothing, there is nothing else
 * in the certificate that would show how small they are. `size` as above. Returns how many.
 */
static size_t put_on_zero(mvo_solver *solver, double rounding, double size)
{
    const mvoi_scaled *s = &solver->scaled;
    size_t count = 0;
    for (size_t i = 0; i < solver->problem.m; i++) {
        double *y = &solver->point.y[i];
        if (*y != 0.0 && fabs(*y) * s->objective_scale <= rounding * DBL_EPSILON * size * s->row_scale[i]) {
            *y = 0.0;
            count++;
        }
    }
    return count;
}

int mvoi_solver_take_path(mvo_solver *solver)
{
    const mvoi_path *path = &solver->path;
    const mvoi_scaled *s = &solver->scaled;
    const mvoi_problem *problem = &solver->problem;
    const size_t n = solver->n;
    read_sides(solver);
    for (size_t j = 0; j < n; j++) {
        /* A weight at a limit is the limit to the bit, as the caller gave it. */
        const int32_t side = path->side[j];
        solver->point.w[j] = side == MVOI_LOWER   ? problem->lower[j]
                             : side == MVOI_UPPER ? problem->upper[j]
                                                  : path->p[j] * s->weight_scale[j];
        /* A free weight that is rounding beside the limits is zero, and rounding carries none through its limit. */
        if (side == MVOI_FREE && fabs(path->p[j]) <= 0x1p-80 * s->limit_size)
            solver->point.w[j] = 0.0;
        if (side == MVOI_FREE)
            solver->point.w[j] = fmin(fmax(solver->point.w[j], problem->lower[j]), problem->upper[j]);
    }
    const double size = fmax(s->gradient_size, s->limit_size), nothing = 0x1p-80 * size;
    for (size_t i = 0; i < problem->m; i++) {
        const double y = path->q[n + i];
        solver->point.y[i] = fabs(y) <= nothing ? 0.0 : y * s->row_scale[i] / s->objective_scale;
    }
    return mvoi_solver_certify(solver, NULL) || (put_on_ends(solver, 16.0, 0.0) && mvoi_solver_certify(solver, NULL)) ||
           (put_on_ends(solver, 1024.0, size) && mvoi_solver_certify(solver, NULL)) ||
           (put_on_zero(solver, 1024.0, size) && mvoi_solver_certify(solver, NULL));
}

void mvoi_solver_note_matrices(mvo_solver *solver)
{
    const mvoi_problem *problem = &solver->problem;
    if (!solver->matrices_stale && solver->rows_seen == problem->m && solver->covariance_seen == problem->covariance)
        return;
    mvoi_block_forget_covariance(solver->block);
    mvoi_tick_forget(solver->tick, 1);
    mvoi_trade_forget(solver->trade, 1);
    mvoi_exchange_forget(solver->exchange);
    solver->matrices_stale = 0;
    solver->scaled_stale = 1;
    solver->rows_seen = problem->m;
    solver->covariance_seen = problem->covariance;
}

void mvoi_solver_prepare_path(mvo_solver *solver)
{
    mvoi_solver_note_matrices(solver);
    if (solver->scaled_stale)
        mvoi_scaled_set_matrices(&solver->scaled, &solver->problem);
    solver->scaled_stale = 0;
    mvoi_scaled_set_vectors(&solver->scaled, &solver->problem);
    solver->path.m = solver->problem.m;
    solver->path.pivots = 0;
    /* For a path from the caller's own start; run_path sets its own. */
    solver->path.pivot_limit = 1000 + 200 * (int64_t)(solver->n + solver->problem.m);
    solver->path.harris = 1e-10;
    solver->path.still = 0.0;
    solver->path.rounding = 1e-14;
    solver->path.exact = solver->path.to_the_end = 0;
    solver->path.carry_most = 0;
    solver->path.cost_value = solver->cost_scale;
    solver->path.cost_rate = 0.0;
    solver->path.kkt.refactorisations = 0;
}

/* -------------------------------------------------------------------------------------------------- proofs */

/* Unscales the path's last ride into solver->proof: z then y for a Farkas vector, a direction for a ray. */
static void unscale_proof(mvo_solver *solver, const mvoi_path *path, mvo_outcome verdict)
{
    const mvoi_scaled *s = &solver->scaled;
    const size_t n = solver->n, m = solver->problem.m;
    double *proof = solver->proof, most = 0.0;
    memset(proof, 0, (n + solver->m + 1) * sizeof *proof);
    if (verdict == MVO_INFEASIBLE) {
        for (size_t i = 0; i < m; i++)
            proof[n + i] = path->response_q[n + i] * s->row_scale[i];
        for (size_t j = 0; j < n; j++)
            proof[j] = path->response_q[j] / s->weight_scale[j];
    } else {
        for (size_t j = 0; j < n; j++)
            proof[j] = path->response_p[j] * s->weight_scale[j];
    }
    for (size_t e = 0; e < n + m; e++)
        most = fmax(most, fabs(proof[e]));
    /* By a power of two, so that a proof in round numbers stays one. */
    int exponent;
    frexp(most, &exponent);
    for (size_t e = 0; e < n + m && most > 0.0; e++)
        proof[e] = fabs(proof[e]) <= 1e-14 * most ? 0.0 : ldexp(proof[e], 1 - exponent);
}

/* A multiplier that asks for a limit which is not there is rounding, if anything is a proof at all. */
static void drop_limitless(mvo_solver *solver)
{
    double *y = solver->proof + solver->n, most = 0.0;
    for (size_t i = 0; i < solver->problem.m; i++)
        most = fmax(most, fabs(y[i]));
    for (size_t i = 0; i < solver->problem.m; i++)
        if (fabs(y[i]) <= 1e-12 * most && isinf(y[i] > 0.0 ? solver->row_lower[i] : solver->row_upper[i]))
            y[i] = 0.0;
}

int mvoi_solver_believe(void *user, const mvoi_path *path, mvo_outcome verdict)
{
    mvo_solver *solver = user;
    const size_t n = solver->n;
    unscale_proof(solver, path, verdict);
    if (verdict == MVO_INFEASIBLE) {
        drop_limitless(solver);
        /* z is what the rows leave over, so that A'y + z = 0 holds as exactly as it can. */
        double *z = solver->proof, *y = solver->proof + n;
        if (solver->segments && solver->segments->absolute_count)
            return mvoi_segments_farkas(solver->segments, &solver->problem, y, z);
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0, size = 0.0;
            for (size_t i = 0; i < solver->problem.m; i++) {
                sum -= y[i] * solver->rows[i * solver->ld + j];
                size = fmax(size, fabs(y[i] * solver->rows[i * solver->ld + j]));
            }
            z[j] = fabs(sum) <= 1e-12 * size ? 0.0 : sum;
        }
        mvoi_problem whole = solver->problem; /* costs have no part in this, nor have their breakpoints */
        whole.lower = solver->lower;
        whole.upper = solver->upper;
        whole.row_upper = solver->row_upper;
        return mvoi_farkas_holds(&solver->certifier, &whole, y, z);
    }
    if (verdict == MVO_UNBOUNDED)
        return mvoi_ray_holds(&solver->certifier, &solver->problem, solver->proof);
    return 1;
}

/* One limit pair crossed: the smallest contradiction. Its Farkas vector is that element alone (see mvo_solver_farkas).
   `ordinary`: the limits of the weights are known not to cross. */
static int find_crossed(mvo_solver *solver, int ordinary)
{
    const mvoi_problem *problem = &solver->problem;
    const size_t n = solver->n;
    size_t crossed = n + problem->m;
    for (size_t i = 0; i < problem->m && crossed == n + problem->m; i++)
        if (solver->row_lower[i] > solver->row_upper[i])
            crossed = n + i;
    for (size_t j = 0; j < n && !ordinary && crossed == n + problem->m; j++)
        if (solver->lower[j] > solver->upper[j])
            crossed = j;
    if (crossed == n + problem->m)
        return 0;
    memset(solver->proof, 0, (n + solver->m + 1) * sizeof(double));
    solver->proof[crossed] = 1.0;
    return 1;
}

/* -------------------------------------------------------------------------------------------------- solve */

/*
 * The path's working set for the next attempt. Over a KKT matrix that is nearly singular the last refinement may have carried
 * a free weight out of its interval - it is held at its end, since to put it there alone would leave the gradient broken - or
 * the multiplier of a held one past zero.
 */
static void start_where_it_stands(mvo_solver *solver)
{
    const mvoi_path *path = &solver->path;
    const mvoi_scaled *s = &solver->scaled;
    memcpy(solver->start, path->side, (solver->n + solver->problem.m) * sizeof *solver->start);
    for (size_t j = 0; j < solver->n; j++) {
        const int32_t side = path->side[j];
        if (side == MVOI_FREE)
            solver->start[j] = path->p[j] < s->lower[j]   ? MVOI_LOWER
                               : path->p[j] > s->upper[j] ? MVOI_UPPER
                                                          : MVOI_FREE;
        else if (path->sign[j] * path->q[j] > 1e-11 * s->gradient_size)
            solver->start[j] = MVOI_FREE;
    }
}

/* Follows paths from the given start until one ends in a verdict with its certificate. */
static mvo_outcome run_path(mvo_solver *solver, int have_start)
{
    enum { ATTEMPTS = 6 };
    mvoi_path *path = &solver->path;
    const size_t n = solver->n;
    int warm = have_start;
    mvoi_solver_prepare_path(solver);
    path->believe = mvoi_solver_believe;
    path->believe_user = solver;
    mvo_outcome outcome = MVO_NUMERICAL;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        const int ramp = attempt > 0 || !warm;
        if (warm)
            mvoi_path_start_from(path, solver->start);
        else
            mvoi_path_start_cold(path);
        path->random += (uint64_t)attempt * 1000003u;
        /* A start that is far off can make a path longer than none: past its budget it is given up for a cold one. */
        const int64_t size = (int64_t)(n + solver->problem.m);
        path->pivot_limit = warm && attempt == 0 ? 32 + size / 4 : 200 + 50 * size;
        if (attempt > 1) /* a multiplier's rounding may free a weight at the very end, and that make others jump, again and again */
            path->rounding *= 8.0;
        mvoi_path_shift(path, ramp);
        outcome = mvoi_path_follow(path, 0.0, NULL, NULL);
        solver->pivots += path->pivots;
        path->pivots = 0;
        if (outcome == MVO_OPTIMAL) {
            const int sound = mvoi_path_state_at(path, 0.0);
            if (sound)
                mvoi_path_polish(path);
            if (sound && mvoi_solver_take_path(solver)) {
                solver->not_unique = mvoi_path_not_unique(path);
                break;
            }
            start_where_it_stands(solver);
            warm = attempt % 3 != 2; /* from where it stands; every third time anew */
            outcome = MVO_NUMERICAL;
        } else if (outcome != MVO_NUMERICAL) {
            break;
        } else {
            warm = 0;
        }
    }
    solver->refactorisations += path->kkt.refactorisations;
    if (outcome != MVO_OPTIMAL)
        mvoi_solver_take_path(solver); /* where it stands, which need not be feasible */
    return outcome;
}

/* The linear term and the costs of the problem vanish, or are there again. */
static void look_without_objective(mvo_solver *solver, int without)
{
    mvoi_segments *segments = solver->segments;
    const double *linear = without ? solver->zeros : solver->linear;
    if (!segments) {
        solver->problem.linear = linear;
        return;
    }
    segments->c = linear;
    mvoi_segments_prepare(segments, without ? 0.0 : solver->cost_scale);
}

/*
 * A direction along which the objective falls without end says nothing where no point is feasible to begin with - and
 * while limits are shifted a path cannot know. So a feasible point is looked for, without objective; its absence, proved,
 * is the verdict then.
 */
static mvo_outcome confirm_unbounded(mvo_solver *solver)
{
    const size_t n = solver->n;
    const mvo_covariance *covariance = solver->problem.covariance;
    double *ray = solver->product;
    memcpy(ray, solver->proof, n * sizeof *ray);
    solver->problem.covariance = &solver->flat;
    look_without_objective(solver, 1);
    mvo_outcome outcome = run_path(solver, 0);
    solver->problem.covariance = covariance;
    look_without_objective(solver, 0);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    memcpy(solver->proof, ray, n * sizeof *ray);
    mvoi_solver_certify(solver, NULL);
    return MVO_UNBOUNDED;
}

static void copy_start(mvo_solver *solver)
{
    memcpy(solver->start, solver->point.side, solver->n * sizeof *solver->start);
    memcpy(solver->start + solver->n, solver->point.row_side, solver->problem.m * sizeof *solver->start);
}

/* Free weights need a place: a start in which a weight is at a limit that is now infinite is freed. `ordinary`: all weights
   have two finite limits that differ. */
static void mend_start(mvo_solver *solver, int ordinary)
{
    const mvoi_problem *problem = &solver->problem;
    for (size_t j = 0; j < solver->n && !ordinary; j++) {
        int32_t *side = &solver->point.side[j];
        if ((*side == MVOI_LOWER && isinf(problem->lower[j])) || (*side == MVOI_UPPER && isinf(problem->upper[j])))
            *side = MVOI_FREE;
        if (problem->lower[j] == problem->upper[j])
            *side = MVOI_LOWER;
    }
    for (size_t i = 0; i < problem->m; i++) {
        int32_t *side = &solver->point.row_side[i];
        if ((*side == MVOI_LOWER && isinf(problem->row_lower[i])) ||
            (*side == MVOI_UPPER && isinf(problem->row_upper[i])))
            *side = MVOI_FREE;
    }
}

/*
 * Weights that are all nothing beside their bounds become zero if that is as good: rounding of a portfolio of nothing, which
 * would be the holdings of the next one.
 */
static void settle_on_zero(mvo_solver *solver)
{
    const size_t n = solver->n;
    double *w = solver->point.w;
    size_t count = 0;
    for (size_t j = 0; j < n; j++) {
        const double lower = fabs(solver->lower[j]), upper = fabs(solver->upper[j]);
        const double size = fmax(lower < HUGE_VAL ? lower : 0.0, upper < HUGE_VAL ? upper : 0.0);
        if (w[j] != 0.0 && (fabs(w[j]) > 0x1p-80 * size || solver->point.side[j] != MVOI_FREE))
            return;
        count += w[j] != 0.0;
    }
    if (!count)
        return;
    memcpy(solver->stood, w, n * sizeof *w);
    memset(w, 0, n * sizeof *w);
    if (mvoi_solver_certify(solver, NULL))
        return;
    memcpy(w, solver->stood, n * sizeof *w);
    mvoi_solver_certify(solver, NULL);
}

/* Whether there is so little of the objective that Sigma w may be what larger weights have left: it has to be made anew then. */
static int is_nothing(const mvoi_certificate *c)
{
    return fabs(c->objective) <= 1e-12 * c->gap_scale;
}

/* What a method says of its end: its point if that has its certificate, how it was stopped, or MVO_NUMERICAL. */
static mvo_outcome conclude(mvo_solver *solver, int done, mvo_outcome stopped)
{
    if (done && mvoi_solver_certify(solver, solver->product) && (!is_nothing(&solver->certificate) || mvoi_solver_certify(solver, NULL)))
        return MVO_OPTIMAL;
    return stopped != MVO_OPTIMAL ? stopped : MVO_NUMERICAL;
}

int mvoi_solver_take_point(mvo_solver *solver)
{
    const int accepted = mvoi_solver_certify(solver, solver->product);
    solver->not_unique = 0;
    solver->warm = accepted;
    take_answer(solver, accepted ? MVO_OPTIMAL : MVO_NUMERICAL);
    return accepted;
}

/* The next answer from the last one. */
static mvo_outcome try_tick(mvo_solver *solver)
{
    if (!solver->tick || !mvoi_tick_suits(&solver->problem))
        return MVO_NUMERICAL;
    const int done = mvoi_tick_solve(solver->tick, &solver->problem, &solver->point, &solver->pivots, solver->product);
    return conclude(solver, done, solver->tick->stopped);
}

/* Whether there are enough assets for a working set to be grown faster than others find one; after a tick that did not reach its end,
   whether it began with so few free weights that a new one will be small too. */
static int grows(const mvo_solver *solver, int have_start)
{
    size_t free = 0;
    if (!solver->tick || solver->n < solver->tick->grow_least || !mvoi_tick_suits(&solver->problem))
        return 0;
    for (size_t j = 0; have_start && j < solver->n; j++)
        free += solver->point.side[j] == MVOI_FREE;
    return free <= MVOI_GROW_MOST;
}

/* From nothing, growing. */
static mvo_outcome try_grow(mvo_solver *solver)
{
    mvoi_tick *tick = solver->tick;
    if (mvoi_tick_grow(tick, &solver->problem, &solver->point, &solver->pivots))
        return try_tick(solver);
    return conclude(solver, 0, tick->stopped);
}

/* `last`: others have failed. */
static mvo_outcome try_exchange(mvo_solver *solver, int last)
{
    if (!solver->exchange || !mvoi_exchange_suits(&solver->problem))
        return MVO_NUMERICAL;
    const int done = mvoi_exchange_solve(solver->exchange, &solver->problem, &solver->point, last, &solver->pivots,
                                         solver->product);
    return conclude(solver, done, solver->exchange->stopped);
}

/* Where trading costs: the next answer from the last one, or from the holdings. */
static mvo_outcome try_trade(mvo_solver *solver, int have_start)
{
    if (!solver->trade || !mvoi_trade_suits(&solver->problem))
        return MVO_NUMERICAL;
    const int done = mvoi_trade_solve(solver->trade, &solver->problem, &solver->point, have_start, &solver->pivots,
                                      solver->product);
    const mvo_outcome outcome = conclude(solver, done, solver->trade->stopped);
    if (outcome == MVO_OPTIMAL)
        settle_on_zero(solver);
    return outcome;
}

/* *have_start: whether the point's sides are a working set to start from; what block pivoting leaves is one. */
static mvo_outcome try_block(mvo_solver *solver, int *have_start)
{
    const int done = mvoi_block_solve(solver->block, &solver->problem, &solver->point, *have_start, &solver->rounds,
                                      &solver->refactorisations, solver->product);
    const mvo_outcome outcome = conclude(solver, done == MVOI_BLOCK_DONE, mvoi_block_stopped(solver->block));
    if (outcome == MVO_OPTIMAL && solver->segments)
        settle_on_zero(solver);
    *have_start = *have_start || done != MVOI_BLOCK_HOPELESS;
    return outcome;
}

mvo_outcome mvoi_solver_run(mvo_solver *solver)
{
    int have_start = solver->warm;
    solver->not_unique = 0;
    const int ordinary = solver->kernels->ordinary_limits(solver->n, solver->lower, solver->upper);
    if (solver->segments)
        mvoi_segments_prepare(solver->segments, solver->cost_scale);
    if (find_crossed(solver, ordinary)) {
        take_answer(solver, MVO_INFEASIBLE);
        return MVO_INFEASIBLE;
    }
    mvoi_solver_note_matrices(solver);
    mvoi_deadline_begin(solver, have_start);
    if (have_start)
        mend_start(solver, ordinary); /* whatever segments there are between such limits */
    mvo_outcome outcome = MVO_NUMERICAL;
    solver->by_path = 0;
    if (solver->method == MVO_METHOD_AUTO) {
        outcome = have_start ? try_tick(solver) : MVO_NUMERICAL;
        const int growing = outcome == MVO_NUMERICAL && grows(solver, have_start);
        if (growing)
            outcome = try_grow(solver);
        if (outcome == MVO_NUMERICAL && !(growing && solver->tick->crowded))
            outcome = try_exchange(solver, 0);
        else if (solver->exchange)
            solver->exchange->waits = 0;
        if (outcome == MVO_NUMERICAL)
            outcome = try_trade(solver, have_start);
        if (outcome == MVO_NUMERICAL)
            outcome = try_block(solver, &have_start);
        if (outcome == MVO_NUMERICAL && solver->exchange && solver->exchange->waits)
            outcome = try_exchange(solver, 1);
    }
    if (outcome == MVO_NUMERICAL) {
        if (have_start)
            copy_start(solver);
        solver->by_path = 1;
        outcome = run_path(solver, have_start);
        if (outcome == MVO_UNBOUNDED)
            outcome = confirm_unbounded(solver);
    }
    solver->warm = outcome == MVO_OPTIMAL;
    take_answer(solver, outcome);
    return outcome;
}
