/* SPDX-License-Identifier: MIT */
/*
 * The parametric problem as a result of its own: linear term, limits and cost rates move linearly from what they are to
 * what they will be, and the whole way is kept piece by piece. Weights and multipliers are linear on each piece; where a
 * ride at constant tau took them elsewhere the next piece begins there.
 */
#include "qp/solver.h"

#include <math.h>
#include <string.h>

typedef struct change {
    double tau;
    size_t element; /* an asset, or n + row */
    int32_t status; /* what it is from there on */
} change;

struct mvo_path {
    mvo_context *context; /* holds a reference; may be NULL */
    atomic_size_t references;
    size_t n, m, width;   /* width: numbers a point takes: n weights, m row multipliers, n of bounds */
    size_t count, capacity;
    double *tau;          /* 2 a piece: where it begins and ends */
    double *points;       /* 2 a piece, width each */
    size_t change_count, change_capacity;
    change *changes;
    int64_t *ids; /* m: of the rows */
};

/* ------------------------------------------------------------------------------------------------ storage */

static int grow(mvo_context *context, void *member, size_t used, size_t *capacity, size_t needed, size_t size)
{
    void *old, *larger;
    if (needed <= *capacity)
        return 1;
    const size_t wanted = *capacity + *capacity / 2 > needed ? *capacity + *capacity / 2 : needed + 7;
    larger = mvoi_allocate(context, wanted, size);
    if (!larger)
        return 0;
    memcpy(&old, member, sizeof old);
    if (used)
        memcpy(larger, old, used * size);
    mvoi_release(context, old);
    memcpy(member, &larger, sizeof larger);
    *capacity = wanted;
    return 1;
}

mvo_path *mvo_path_ref(mvo_path *path)
{
    if (path)
        atomic_fetch_add_explicit(&path->references, 1, memory_order_relaxed);
    return path;
}

void mvo_path_unref(mvo_path *path)
{
    if (!path || atomic_fetch_sub_explicit(&path->references, 1, memory_order_acq_rel) != 1)
        return;
    mvo_context *context = path->context;
    mvoi_release(context, path->tau);
    mvoi_release(context, path->points);
    mvoi_release(context, path->changes);
    mvoi_release(context, path->ids);
    mvoi_release(context, path);
    mvo_context_unref(context);
}

static mvo_path *make_path(const mvo_solver *solver)
{
    mvo_path *made = mvoi_allocate(solver->context, 1, sizeof *made);
    if (!made)
        return NULL;
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(solver->context);
    atomic_init(&made->references, 1);
    made->n = solver->n;
    made->m = solver->m;
    made->width = 2 * made->n + made->m;
    made->ids = mvoi_allocate(solver->context, made->m, sizeof *made->ids);
    if (!made->ids) {
        mvo_path_unref(made);
        return NULL;
    }
    for (size_t i = 0; i < made->m; i++)
        made->ids[i] = mvo_constraints_row_id(solver->snapshot, i);
    return made;
}

/* ------------------------------------------------------------------------------------------------ following */

/* Where a solver's data move to; NULL stays. */
typedef struct destination {
    const double *linear, *lower, *upper, *row_lower, *row_upper, *buy, *sell, *borrow;
} destination;

typedef struct follower {
    mvo_solver *solver;
    mvo_path *path;
    int32_t *side, *segment; /* of the last piece: n + m, n */
    int out_of_memory, lost;
    double *other; /* the end's data: linear, lower, upper, row_lower, row_upper */
    double *rates, *rates_from; /* 3 n each: those costs move to, and from */
} follower;

/* What mvo_solver_working_set would say of an element of the path. */
static int32_t status_now(const mvo_solver *solver, size_t e)
{
    const mvoi_path *path = &solver->path;
    const int32_t side = path->side[e];
    if (side == MVOI_FREE || side == MVOI_HELD)
        return MVO_BETWEEN;
    if (e < solver->n && solver->segments && mvoi_segments_breakpoint(solver->segments, e, side) >= 0)
        return MVO_AT_BREAKPOINT;
    return solver->scaled.fixed[e] ? MVO_FIXED : side;
}

/* Notes which elements have changed since the last piece. */
static int note_changes(follower *f)
{
    const mvoi_path *path = &f->solver->path;
    const mvoi_segments *segments = f->solver->segments;
    mvo_path *kept = f->path;
    for (size_t e = 0; e < kept->n + kept->m; e++) {
        const int moved = segments && e < kept->n && segments->segment[e] != f->segment[e];
        if (path->side[e] == f->side[e] && !moved)
            continue;
        if (kept->count) { /* the first piece tells no news */
            if (!grow(kept->context, &kept->changes, kept->change_count, &kept->change_capacity, kept->change_count + 1,
                      sizeof *kept->changes))
                return 0;
            kept->changes[kept->change_count++] = (change){ path->tau, e, status_now(f->solver, e) };
        }
        f->side[e] = path->side[e];
        if (segments && e < kept->n)
            f->segment[e] = segments->segment[e];
    }
    return 1;
}

/* The state `step` beyond path->tau, unscaled. */
static void write_point(const mvo_solver *solver, double step, double *point)
{
    const mvoi_path *path = &solver->path;
    const mvoi_scaled *s = &solver->scaled;
    const size_t n = solver->n, m = solver->m;
    for (size_t j = 0; j < n; j++) {
        const int on_breakpoint = solver->segments && path->side[j] != MVOI_FREE &&
                                  mvoi_segments_breakpoint(solver->segments, j, path->side[j]) >= 0;
        point[j] = (path->p[j] + step * path->dp[j]) * s->weight_scale[j];
        point[n + m + j] =
            on_breakpoint ? 0.0 : (path->q[j] + step * path->dq[j]) / (s->objective_scale * s->weight_scale[j]);
    }
    for (size_t i = 0; i < m; i++)
        point[n + i] = (path->q[n + i] + step * path->dq[n + i]) * s->row_scale[i] / s->objective_scale;
}

static int keep_piece(void *user, mvoi_path *path, double next)
{
    follower *f = user;
    mvo_path *kept = f->path;
    size_t points = 2 * kept->capacity, taus = points;
    const size_t used = 2 * kept->count;
    if (path->set_aside) { /* a limit was given up without proof: from here on this is not the caller's problem */
        f->lost = 1;
        return 1;
    }
    f->out_of_memory = !grow(kept->context, &kept->points, used, &points, used + 2, kept->width * sizeof(double)) ||
                       !grow(kept->context, &kept->tau, used, &taus, used + 2, sizeof(double)) || !note_changes(f);
    if (f->out_of_memory)
        return 1;
    kept->capacity = (points < taus ? points : taus) / 2;
    kept->tau[used] = path->tau;
    kept->tau[used + 1] = next;
    write_point(f->solver, 0.0, kept->points + used * kept->width);
    write_point(f->solver, next - path->tau, kept->points + (used + 1) * kept->width);
    kept->count++;
    return 0;
}

/* ------------------------------------------------------------------------------------------------ data */

static void swap(double *a, double *b, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        const double kept = a[k];
        a[k] = b[k];
        b[k] = kept;
    }
}

/* The solver's data and the others change places. */
static void exchange(follower *f)
{
    mvo_solver *solver = f->solver;
    const size_t n = solver->n, m = solver->m;
    swap(solver->linear, f->other, n);
    swap(solver->lower, f->other + n, n);
    swap(solver->upper, f->other + 2 * n, n);
    swap(solver->row_lower, f->other + 3 * n, m);
    swap(solver->row_upper, f->other + 3 * n + m, m);
}

/* The others become those of the end. Limits of 1e20 and more are none, as ever. */
static void read_destination(follower *f, const destination *to)
{
    const mvo_solver *solver = f->solver;
    const size_t n = solver->n, m = solver->m;
    memcpy(f->other, to->linear ? to->linear : solver->linear, n * sizeof(double));
    memcpy(f->other + n, to->lower ? to->lower : solver->lower, n * sizeof(double));
    memcpy(f->other + 2 * n, to->upper ? to->upper : solver->upper, n * sizeof(double));
    if (m) {
        memcpy(f->other + 3 * n, to->row_lower ? to->row_lower : solver->row_lower, m * sizeof(double));
        memcpy(f->other + 3 * n + m, to->row_upper ? to->row_upper : solver->row_upper, m * sizeof(double));
    }
    exchange(f);
    mvoi_solver_cap_limits(f->solver);
    exchange(f);
}

/* A proof met on the way holds farther on, so it is judged at the end. */
static int believe(void *user, const mvoi_path *path, mvo_outcome verdict)
{
    follower *f = user;
    exchange(f);
    const int holds = mvoi_solver_believe(f->solver, path, verdict);
    exchange(f);
    return holds;
}

static double rate_of(double from, double to)
{
    return from == to ? 0.0 : to - from;
}

/* Rates of everything that moves, scaled. */
static void set_rates(follower *f)
{
    mvo_solver *solver = f->solver;
    mvoi_path *path = &solver->path;
    mvoi_scaled *s = &solver->scaled;
    const mvoi_segments *segments = solver->segments;
    const size_t n = solver->n, m = solver->m;
    const double *linear = f->other, *lower = f->other + n, *upper = lower + n, *row_lower = upper + n,
                 *row_upper = row_lower + m;
    for (size_t j = 0; j < n; j++) {
        const double unit = s->objective_scale * s->weight_scale[j];
        const double slope = segments ? segments->scale * mvoi_segments_slope_rate(segments, j) : 0.0;
        path->bound_below[j] = rate_of(solver->lower[j], lower[j]) / s->weight_scale[j];
        path->bound_above[j] = rate_of(solver->upper[j], upper[j]) / s->weight_scale[j];
        s->linear_rate[j] = (rate_of(solver->linear[j], linear[j]) + slope) * unit;
        s->lower_rate[j] = segments && segments->segment[j] > 0 ? 0.0 : path->bound_below[j];
        s->upper_rate[j] = segments && segments->segment[j] < segments->count[j] ? 0.0 : path->bound_above[j];
    }
    for (size_t i = 0; i < m; i++) {
        s->lower_rate[n + i] = rate_of(solver->row_lower[i], row_lower[i]) * s->row_scale[i];
        s->upper_rate[n + i] = rate_of(solver->row_upper[i], row_upper[i]) * s->row_scale[i];
    }
    for (size_t e = 0; e < n + m; e++)
        s->fixed[e] = s->fixed[e] && s->lower_rate[e] == s->upper_rate[e];
}

/* A limit may move, appear and vanish it may not; nor may a bound pass a breakpoint of its asset's cost. */
static mvo_status check_limits(const mvo_solver *solver, const char *name, const double *from, const double *to, size_t count,
                               int rows, mvo_error *error)
{
    for (size_t k = 0; to && k < count; k++) {
        const mvoi_detail detail = { name, (int64_t)k, -1, to[k], from[k] };
        const int there = fabs(from[k]) < 1e20, then = fabs(to[k]) < 1e20;
        const int same = there == then && (there || signbit(from[k]) == signbit(to[k]));
        char what[MVOI_DESCRIPTION_SIZE];
        if (!isnan(to[k]) && same)
            continue;
        if (rows)
            mvoi_describe_row(what, sizeof what, solver->snapshot, k);
        else
            mvoi_describe_asset(what, sizeof what, solver->snapshot, k);
        if (isnan(to[k]))
            return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FINITE, detail, "%s: %s is NaN", what, name);
        return mvoi_fail(solver->context, error, MVO_ERROR_LIMITS, detail,
                         "%s: %s is another infinity, or infinite at one end of the path alone", what, name);
    }
    return MVO_OK;
}

static mvo_status check_breakpoints(const mvo_solver *solver, const destination *to, mvo_error *error)
{
    const mvoi_segments *segments = solver->segments;
    for (size_t j = 0; segments && j < solver->n; j++) {
        const double ends[] = { solver->lower[j], to->lower ? to->lower[j] : solver->lower[j], solver->upper[j],
                                to->upper ? to->upper[j] : solver->upper[j] };
        const double bends_to[] = { to->buy ? to->buy[j] : segments->rates[j],
                                    to->sell ? to->sell[j] : segments->rates[solver->n + j],
                                    to->borrow ? to->borrow[j] : segments->rates[2 * solver->n + j] };
        for (int k = 0; k < 4; k += 2) {
            const double least = fmin(ends[k], ends[k + 1]), most = fmax(ends[k], ends[k + 1]);
            const int passes = least < most && mvoi_segments_bend_between(segments, j, bends_to, least, most);
            const mvoi_detail detail = { k ? "upper" : "lower", (int64_t)j, -1, ends[k + 1], ends[k] };
            char what[MVOI_DESCRIPTION_SIZE];
            if (passes)
                return mvoi_fail(solver->context, error, MVO_ERROR_LIMITS, detail,
                                 "%s: its %s bound passes a breakpoint of its cost",
                                 mvoi_describe_asset(what, sizeof what, solver->snapshot, j), k ? "upper" : "lower");
        }
    }
    return MVO_OK;
}

static mvo_status check(const mvo_solver *solver, const destination *to, mvo_error *error)
{
    mvo_status status = MVO_OK;
    if (to->linear)
        status = mvoi_check_vector(solver->context, error, "linear", to->linear, solver->n);
    if (status == MVO_OK)
        status = check_limits(solver, "lower", solver->lower, to->lower, solver->n, 0, error);
    if (status == MVO_OK)
        status = check_limits(solver, "upper", solver->upper, to->upper, solver->n, 0, error);
    if (status == MVO_OK)
        status = check_limits(solver, "row_lower", solver->row_lower, to->row_lower, solver->m, 1, error);
    if (status == MVO_OK)
        status = check_limits(solver, "row_upper", solver->row_upper, to->row_upper, solver->m, 1, error);
    if (status == MVO_OK && (to->buy || to->sell || to->borrow) && !solver->segments)
        status = mvoi_fail(solver->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                           "the solver's constraint set had neither costs nor rows over absolute values");
    if (status == MVO_OK && (to->buy || to->sell))
        status = mvoi_check_trading_rates(solver->snapshot, to->buy ? to->buy : solver->segments->rates,
                                          to->sell ? to->sell : solver->segments->rates + solver->n, error);
    if (status == MVO_OK && to->borrow)
        status = mvoi_check_borrow_rates(solver->snapshot, to->borrow, error);
    return status == MVO_OK ? check_breakpoints(solver, to, error) : status;
}

/* Where the first two limits of one weight or row meet that have crossed at the end; 1 if none have. */
static double crossing(const double *lower, const double *upper, const double *lower_to, const double *upper_to,
                       size_t count)
{
    double first = 1.0;
    for (size_t k = 0; k < count; k++) {
        const double apart = upper[k] - lower[k], past = lower_to[k] - upper_to[k];
        if (past > 0.0)
            first = fmin(first, apart / (apart + past));
    }
    return first;
}

static double end_of_limits(const follower *f)
{
    const mvo_solver *solver = f->solver;
    const size_t n = solver->n, m = solver->m;
    const double *bounds = f->other + n, *rows = bounds + 2 * n;
    return fmin(crossing(solver->lower, solver->upper, bounds, bounds + n, n),
                crossing(solver->row_lower, solver->row_upper, rows, rows + m, m));
}

/* ------------------------------------------------------------------------------------------------ the call */

static mvo_outcome follow(follower *f, const destination *to)
{
    mvo_solver *solver = f->solver;
    mvoi_segments *segments = solver->segments;
    const size_t n = solver->n;
    mvo_outcome outcome = mvoi_solver_run(solver);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    memcpy(solver->start, solver->point.side, n * sizeof *solver->start);
    memcpy(solver->start + n, solver->point.row_side, solver->m * sizeof *solver->start);
    if (segments) {
        for (size_t k = 0; k < 3; k++) {
            const double *rates = k == 0 ? to->buy : k == 1 ? to->sell : to->borrow;
            memcpy(f->rates + k * n, rates ? rates : segments->rates + k * n, n * sizeof(double));
        }
        segments->rates_to = f->rates;
        mvoi_segments_prepare(segments, solver->cost_scale);
    }
    mvoi_solver_prepare_path(solver);
    mvoi_path_start_from(&solver->path, solver->start);
    read_destination(f, to);
    set_rates(f);
    solver->path.believe = believe;
    solver->path.believe_user = f;
    if (!mvoi_path_state_at(&solver->path, 0.0))
        return MVO_NUMERICAL;
    for (size_t e = 0; e < n + solver->m; e++) {
        /* limits that were equal and part are held on the side their multiplier says */
        const int parts = solver->scaled.lower[e] == solver->scaled.upper[e] && !solver->scaled.fixed[e];
        if (parts && solver->path.side[e] != MVOI_FREE)
            solver->path.side[e] = solver->path.q[e] < 0.0 ? MVOI_UPPER : MVOI_LOWER;
        mvoi_path_note(&solver->path, e);
    }
    const double end = end_of_limits(f);
    outcome = mvoi_path_follow(&solver->path, end, keep_piece, f);
    if (outcome == MVO_OPTIMAL && end < 1.0)
        outcome = MVO_INFEASIBLE; /* beyond, two limits of one thing contradict each other */
    solver->pivots += solver->path.pivots;
    solver->path.pivots = 0;
    return f->lost ? MVO_NUMERICAL : outcome;
}

/* The end of the path becomes the solver's problem and answer; else both stay as they were at its beginning. */
static mvo_outcome finish(follower *f, mvo_outcome outcome, const mvoi_kept *kept)
{
    mvo_solver *solver = f->solver;
    mvoi_segments *segments = solver->segments;
    if (outcome == MVO_OPTIMAL && !f->out_of_memory) {
        exchange(f);
        if (segments) {
            memcpy(f->rates_from, segments->rates, 3 * solver->n * sizeof(double));
            memcpy(segments->rates, f->rates, 3 * solver->n * sizeof(double));
            segments->rates_to = NULL;
            mvoi_segments_prepare(segments, solver->cost_scale);
        }
        if (mvoi_path_state_at(&solver->path, 1.0))
            mvoi_path_polish(&solver->path);
        if (mvoi_solver_take_path(solver)) {
            solver->outcome = MVO_OPTIMAL;
            solver->warm = 1;
            return MVO_OPTIMAL;
        }
        exchange(f);
        if (segments)
            memcpy(segments->rates, f->rates_from, 3 * solver->n * sizeof(double));
        outcome = MVO_NUMERICAL;
    }
    if (segments)
        segments->rates_to = NULL;
    mvoi_solver_give_back(solver, kept);
    return outcome;
}

static void release(follower *f, mvoi_kept *kept)
{
    mvo_context *context = f->solver->context;
    mvoi_release(context, f->side);
    mvoi_release(context, f->segment);
    mvoi_release(context, f->other);
    mvoi_release(context, f->rates);
    mvoi_release(context, f->rates_from);
    mvoi_kept_free(context, kept);
}

mvo_status mvo_path_new(mvo_path **path, mvo_outcome *outcome, mvo_solver *solver, const double *linear,
                        const double *lower, const double *upper, const double *row_lower, const double *row_upper,
                        const double *buy, const double *sell, const double *borrow, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (!path || !outcome)
        return mvoi_fail_null(solver->context, error, path ? "outcome" : "path");
    const destination to = { linear, lower, upper, row_lower, row_upper, buy, sell, borrow };
    mvo_status status = check(solver, &to, error);
    if (status != MVO_OK)
        return status;
    mvo_context *context = solver->context;
    const size_t n = solver->n, m = solver->m;
    follower f = { solver, make_path(solver), mvoi_allocate(context, n + m, sizeof(int32_t)),
                   mvoi_allocate(context, n, sizeof(int32_t)), 0, 0, mvoi_allocate(context, 3 * n + 2 * m, sizeof(double)),
                   mvoi_allocate(context, 3 * n, sizeof(double)), mvoi_allocate(context, 3 * n, sizeof(double)) };
    mvoi_kept *kept = mvoi_solver_keep(solver);
    if (!f.path || !f.side || !f.segment || !f.other || !f.rates || !f.rates_from || !kept) {
        mvo_path_unref(f.path);
        release(&f, kept);
        return mvoi_fail_memory(context, error, "a path");
    }
    memset(f.side, 0x7f, (n + m) * sizeof *f.side);
    memset(f.segment, 0x7f, n * sizeof *f.segment);
    mvoi_solver_ask(solver, solver->linear);
    solver->rounds = solver->pivots = solver->refactorisations = 0;
    mvoi_watch_start(&solver->watch);
    mvo_outcome found = follow(&f, &to);
    if (f.path->count || f.out_of_memory)
        found = finish(&f, found, kept);
    else if (solver->segments)
        solver->segments->rates_to = NULL;
    if (f.out_of_memory) {
        mvo_path_unref(f.path);
        release(&f, kept);
        return mvoi_fail_memory(context, error, "a path's pieces");
    }
    if (!f.path->count) { /* not even its beginning */
        mvo_path_unref(f.path);
        f.path = NULL;
    }
    release(&f, kept);
    *outcome = found;
    *path = f.path;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ reading */

size_t mvo_path_piece_count(const mvo_path *path)
{
    return path ? path->count : 0;
}

mvo_status mvo_path_piece(double *from, double *to, const mvo_path *path, size_t k)
{
    if (!path)
        return MVO_ERROR_NULL;
    if (k >= path->count)
        return MVO_ERROR_ARGUMENT;
    if (from)
        *from = path->tau[2 * k];
    if (to)
        *to = path->tau[2 * k + 1];
    return MVO_OK;
}

size_t mvo_path_change_count(const mvo_path *path)
{
    return path ? path->change_count : 0;
}

mvo_status mvo_path_change(double *tau, int32_t *kind, int64_t *id, int32_t *status, const mvo_path *path, size_t k)
{
    if (!path)
        return MVO_ERROR_NULL;
    if (k >= path->change_count)
        return MVO_ERROR_ARGUMENT;
    const change *c = &path->changes[k];
    const int is_row = c->element >= path->n;
    if (tau)
        *tau = c->tau;
    if (kind)
        *kind = is_row ? MVO_PATH_ROW : MVO_PATH_ASSET;
    if (id)
        *id = is_row ? path->ids[c->element - path->n] : (int64_t)c->element;
    if (status)
        *status = c->status;
    return MVO_OK;
}

mvo_status mvo_path_at(double *weights, double *rows, double *bounds, const mvo_path *path, double tau, mvo_error *error)
{
    if (!path)
        return mvoi_fail_null(NULL, error, "path");
    const double end = path->tau[2 * path->count - 1];
    const mvoi_detail detail = { "tau", -1, -1, tau, end };
    if (isnan(tau))
        return mvoi_fail(path->context, error, MVO_ERROR_NOT_FINITE, detail, "tau is NaN");
    if (!(tau >= 0.0 && tau <= end))
        return mvoi_fail(path->context, error, MVO_ERROR_OUT_OF_RANGE, detail, "tau is %g, the path goes from 0 to %g", tau,
                         end);
    size_t k = 0;
    while (k + 1 < path->count && path->tau[2 * k + 1] < tau)
        k++;
    const double from = path->tau[2 * k], to = path->tau[2 * k + 1];
    const double share = to > from ? (tau - from) / (to - from) : 0.0;
    const double *begin = path->points + 2 * k * path->width, *finish_ = begin + path->width;
    double *const outputs[] = { weights, rows, bounds };
    const size_t offset[] = { 0, path->n, path->n + path->m }, count[] = { path->n, path->m, path->n };
    for (int o = 0; o < 3; o++)
        for (size_t j = 0; outputs[o] && j < count[o]; j++) {
            const double a = begin[offset[o] + j], b = finish_[offset[o] + j];
            outputs[o][j] = share == 1.0 ? b : a + share * (b - a);
        }
    return MVO_OK;
}
