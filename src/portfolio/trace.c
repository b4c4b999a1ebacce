/* SPDX-License-Identifier: MIT */
/* Tracing the efficient frontier with the path method (see trace.h). */
#include "portfolio/trace.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Means beside variances, at the generous lambda, from which on little is left of the derivatives they make: they lie closely together
   then, beside their size. */
static const double CLOSE = 1e6;

/* What moves less than this times the elements of the working set, beside what the means would make of it alone, stands still: its
   derivative is rounding. */
static const double STILL = 32.0 * DBL_EPSILON;

int mvoi_trace_is_close(const mvo_solver *solver, const double *mu, double generous)
{
    const mvoi_kernels *kernels = solver->kernels;
    return generous * kernels->largest(solver->n, mu) > CLOSE * kernels->largest(solver->n, solver->covariance->diagonal);
}

/* The path upwards from there finds the true top. */
double mvoi_trace_generous(const mvo_solver *solver, const double *mu)
{
    double least = mu[0], most = mu[0], variance = 0.0;
    for (size_t j = 0; j < solver->n; j++) {
        const double own = solver->covariance->diagonal[j];
        least = mu[j] < least ? mu[j] : least;
        most = mu[j] > most ? mu[j] : most;
        variance = own > variance ? own : variance;
    }
    const double spread = most > least ? most - least : fabs(most);
    return variance > 0.0 && spread > 0.0 ? 64.0 * variance / spread : 1.0;
}

/* w'Sigma w at the path's state: free weights through the packed KKT matrix, held ones through their sums. The limits
   are constant on a frontier, so these do not move. */
static double path_variance(const mvoi_path *path, const double *p)
{
    const mvoi_kkt *kkt = &path->kkt;
    double *x = path->u0, *product = path->u1, sum = 0.0;
    for (size_t k = 0; k < kkt->order; k++) {
        const size_t e = (size_t)kkt->element[k];
        x[k] = e < path->n ? p[e] : 0.0;
        product[k] = 0.0;
    }
    path->kernels->gemv(kkt->order, kkt->order, kkt->matrix, kkt->ld, x, product);
    sum = path->kernels->dot(kkt->order, x, product);
    if (path->held_terms) {
        for (size_t k = 0; k < kkt->order; k++)
            if ((size_t)kkt->element[k] < path->n)
                sum += x[k] * path->held0[kkt->element[k]];
        sum += path->kernels->dot(path->n, p, path->held0);
    }
    return fmax(sum, 0.0) / path->scaled->objective_scale;
}

/* mu'x for scaled x, less the slopes of the costs: the path's linear term is -lambda times that, scaled. */
static double path_return(const mvoi_path *path, const double *x)
{
    return -path->kernels->dot(path->n, path->scaled->linear_rate, x) / path->scaled->objective_scale;
}

/* Return net of costs at scaled weights p, which stand in the present segments. */
static double net_return(const mvo_solver *solver, const double *p)
{
    const double sloped = path_return(&solver->path, p);
    return solver->segments ? sloped - mvoi_segments_offset(solver->segments, p, solver->scaled.weight_scale) : sloped;
}

mvoi_piece mvoi_trace_piece(const mvoi_trace *trace, double to)
{
    const mvoi_path *path = &trace->solver->path;
    return (mvoi_piece){ path->tau, to, net_return(trace->solver, path->p), path_variance(path, path->p),
                         fmax(path_return(path, path->dp), 0.0) };
}

/* `value` moved by `change`, or the limit where that is meant. */
static double arrive(double value, double change, double lower, double upper)
{
    const double end = value + change, rounding = 8.0 * DBL_EPSILON * (fabs(value) + fabs(change));
    if (end - lower <= rounding)
        return lower;
    return upper - end <= rounding ? upper : end;
}

void mvoi_trace_corner(const mvoi_trace *trace, double to, double *weights, double *expected_return, double *variance)
{
    const mvo_solver *solver = trace->solver;
    const mvoi_path *path = &solver->path;
    const mvoi_scaled *s = &solver->scaled;
    const double step = to - path->tau;
    const size_t n = solver->n, order = path->kkt.order;
    double *p = path->response_p;
    if (path->held_terms) {
        memcpy(p, path->p, n * sizeof *p);
        for (size_t j = 0; j < n; j++)
            weights[j] = p[j] * s->weight_scale[j];
    } else { /* all others are held at zero */
        memset(p, 0, n * sizeof *p);
        memset(weights, 0, n * sizeof *weights);
    }
    for (size_t k = 0; k < order; k++) {
        const size_t e = (size_t)path->kkt.element[k];
        if (e >= n)
            continue;
        p[e] = arrive(path->p[e], step * path->dp[e], s->lower[e], s->upper[e]);
        weights[e] = p[e] * s->weight_scale[e];
    }
    *expected_return = net_return(solver, p);
    *variance = path_variance(path, p);
}

void mvoi_trace_direction(const mvoi_trace *trace, double *direction)
{
    for (size_t j = 0; j < trace->solver->n; j++)
        direction[j] = trace->solver->path.dp[j] * trace->solver->scaled.weight_scale[j];
}

/* With constant limits the weights above the top either stand still or move along a ray. */
static int moves(const mvoi_path *path)
{
    double most = 0.0, size = 0.0;
    for (size_t j = 0; j < path->n; j++) {
        most = fmax(most, fabs(path->dp[j]));
        size = fmax(size, fabs(path->p[j]));
    }
    return most > path->still && most * fmax(fabs(path->tau), 1.0) > 1e-9 * fmax(size, path->scaled->limit_size);
}

static void set_direction_of_return(mvoi_trace *trace, double lambda)
{
    mvoi_scaled *s = &trace->solver->scaled;
    s->gradient_size /= lambda; /* it was that of -lambda mu */
    for (size_t j = 0; j < trace->solver->n; j++) {
        s->linear[j] = 0.0;
        const double slope = s->segments ? mvoi_segments_slope(s->segments, j) : 0.0;
        s->linear_rate[j] = (slope - trace->mu[j]) * s->objective_scale * s->weight_scale[j];
    }
    trace->solver->path.cost_value = 0.0; /* costs scale with lambda as the return does */
    trace->solver->path.cost_rate = 1.0;
}

mvo_outcome mvoi_trace_solve(mvoi_trace *trace, mvo_solver *solver, const double *mu)
{
    memset(trace, 0, sizeof *trace);
    trace->solver = solver;
    trace->mu = mu;
    const double lambda = trace->lambda = mvoi_trace_generous(solver, mu);
    trace->nothing = MVOI_TRACE_NOTHING * lambda;
    for (size_t j = 0; j < solver->n; j++)
        solver->linear[j] = -lambda * mu[j];
    solver->cost_scale = lambda;
    solver->warm = 0; /* the last answer is rarely near the top, which a guess finds in one or two rounds */
    return mvoi_solver_run(solver);
}

/* Weights that the path held for the time being, at zero, are held again: among free ones they would be too many. */
static void hold_as_before(mvo_solver *solver)
{
    for (size_t j = 0; solver->by_path && j < solver->n; j++)
        if (solver->start[j] == MVOI_FREE && solver->path.side[j] == MVOI_HELD && solver->point.w[j] == 0.0)
            solver->start[j] = MVOI_HELD;
}

mvo_outcome mvoi_trace_climb(mvoi_trace *trace)
{
    mvo_solver *solver = trace->solver;
    mvoi_path *path = &solver->path;
    memcpy(solver->start, solver->point.side, solver->n * sizeof *solver->start);
    memcpy(solver->start + solver->n, solver->point.row_side, solver->problem.m * sizeof *solver->start);
    hold_as_before(solver);
    mvoi_solver_prepare_path(solver);
    set_direction_of_return(trace, trace->lambda);
    path->believe = NULL;
    path->harris = 1e-16;
    path->carry_most = 16;
    path->exact = mvoi_trace_is_close(solver, trace->mu, trace->lambda);
    mvoi_path_start_from(path, solver->start);
    path->still = STILL * (double)(path->kkt.order + 2) * solver->kernels->largest(solver->n, solver->scaled.linear_rate);
    path->tau = trace->lambda;
    const mvo_outcome upwards = mvoi_path_follow(path, HUGE_VAL, NULL, NULL);
    solver->pivots += path->pivots;
    path->pivots = 0;
    if (upwards != MVO_OPTIMAL)
        return upwards;
    /* Somewhat above the topmost event, so that the way down meets it like any other - but not far above: where it
       lies is seen the more exactly the nearer. */
    if (!mvoi_path_state_at(path, 2.0 * path->tau))
        return MVO_NUMERICAL;
    const double topmost = mvoi_path_peek(path, 0.0);
    if (topmost > 0.0 && !mvoi_path_state_at(path, fmin(path->tau, 1.5 * topmost)))
        return MVO_NUMERICAL;
    trace->top = mvoi_trace_piece(trace, HUGE_VAL);
    trace->has_ray = moves(path);
    if (!trace->has_ray)
        trace->top.slope = 0.0;
    return MVO_OPTIMAL;
}

mvo_outcome mvoi_trace_begin(mvoi_trace *trace, mvo_solver *solver, const double *mu)
{
    const mvo_outcome outcome = mvoi_trace_solve(trace, solver, mu);
    return outcome == MVO_OPTIMAL ? mvoi_trace_climb(trace) : outcome;
}

/* One way: with the solver's present method, and with what happens at nothing or without. */
static mvo_outcome ask_once(mvoi_trace *trace, mvo_solver *solver, const double *mu, int nothing, mvoi_trace_ask ask, void *user)
{
    const mvo_outcome outcome = mvoi_trace_begin(trace, solver, mu);
    if (nothing) {
        trace->nothing = 0.0;
        solver->path.to_the_end = 1;
    }
    return outcome == MVO_OPTIMAL ? ask(user, trace) : outcome;
}

/* Means that lie closely together beside their size make the generous lambda so large that nothing, beside it, is not: then the end
   that is reached without the last events has no certificate. */
static mvo_outcome ask_to_the_end(mvoi_trace *trace, mvo_solver *solver, const double *mu, mvoi_trace_ask ask, void *user)
{
    const mvo_outcome outcome = ask_once(trace, solver, mu, 0, ask, user);
    return outcome == MVO_NUMERICAL ? ask_once(trace, solver, mu, 1, ask, user) : outcome;
}

mvo_outcome mvoi_trace_question(mvoi_trace *trace, mvo_solver *solver, const double *mu, mvoi_trace_ask ask, void *user)
{
    const int64_t method = solver->method;
    mvo_outcome outcome = ask_to_the_end(trace, solver, mu, ask, user);
    if (outcome == MVO_NUMERICAL && method == MVO_METHOD_AUTO) {
        solver->method = MVO_METHOD_PATH;
        outcome = ask_to_the_end(trace, solver, mu, ask, user);
        solver->method = method;
    }
    return outcome;
}

/* An event at nothing is one at zero. Beyond it the same variance could have less return, so the piece before it is the last. */
static int forward(void *user, mvoi_path *path, double next)
{
    mvoi_trace *trace = user;
    const int last = next > 0.0 && next <= trace->nothing;
    trace->stop = path->tau;
    if (last)
        path->at_event = 0;
    if ((!trace->visit || !trace->visit(trace->user, trace, last ? 0.0 : next)) && !last)
        return 0;
    path->stop = trace->stop;
    return 1;
}

mvo_outcome mvoi_trace_descend(mvoi_trace *trace, mvoi_trace_visit visit, void *user)
{
    mvo_solver *solver = trace->solver;
    trace->visit = visit;
    trace->user = user;
    const mvo_outcome outcome = mvoi_path_follow(&solver->path, 0.0, forward, trace);
    solver->pivots += solver->path.pivots;
    solver->path.pivots = 0;
    return outcome;
}

mvoi_piece mvoi_trace_settled(const mvoi_trace *trace)
{
    const mvo_solver *solver = trace->solver;
    const double lambda = solver->path.tau;
    const double expected_return = solver->kernels->dot(solver->n, trace->mu, solver->point.w) - solver->cost;
    return (mvoi_piece){ lambda, lambda, expected_return, solver->certificate.variance,
                         fmax(path_return(&solver->path, solver->path.dp), 0.0) };
}

void mvoi_trace_take_limit_multipliers(mvoi_trace *trace)
{
    mvo_solver *solver = trace->solver;
    const mvoi_scaled *s = &solver->scaled;
    const double *dq = solver->path.dq;
    for (size_t j = 0; j < solver->n; j++)
        solver->point.z[j] = dq[j] / (s->objective_scale * s->weight_scale[j]);
    for (size_t i = 0; i < solver->problem.m; i++)
        solver->point.y[i] = dq[solver->n + i] * s->row_scale[i] / s->objective_scale;
    solver->cost_scale = 1.0;
    if (solver->segments)
        mvoi_segments_prepare(solver->segments, 1.0);
}

mvo_outcome mvoi_trace_settle(mvoi_trace *trace, double lambda)
{
    mvo_solver *solver = trace->solver;
    mvoi_path *path = &solver->path;
    for (size_t j = 0; j < solver->n; j++)
        solver->linear[j] = -lambda * trace->mu[j];
    solver->cost_scale = lambda;
    if (solver->segments)
        mvoi_segments_prepare(solver->segments, lambda);
    if (!mvoi_path_state_at(path, lambda))
        return solver->outcome = MVO_NUMERICAL;
    mvoi_path_polish(path);
    solver->outcome = mvoi_solver_take_path(solver) ? MVO_OPTIMAL : MVO_NUMERICAL;
    solver->solved = 1;
    solver->warm = solver->outcome == MVO_OPTIMAL;
    return solver->outcome;
}
