/* SPDX-License-Identifier: MIT */
/* The last portfolio of a critical line, at lambda = 0: it becomes the solver's answer (see line_state.h). */
#include "portfolio/line_state.h"

#include <math.h>
#include <string.h>

/* How far the solver's answer may be from where the line ends, beside its size. */
static const double END = 1e-10;

/* What an activity may have wrong beside the terms it is made of. */
static const double ROW = 1e-13;

/* Weights, beside those at the last corner, that are next to nothing. */
static const double NOTHING = 1e-10;

/* The sum of deviation times weight over all weights, the free ones by place in x: no gradient exceeds its own deviation times it. */
static double size_of_weights(const mvoi_line *l, const double *x)
{
    const double *deviation = l->solver->tick->deviation;
    double size = 0.0;
    for (size_t f = 0; f < l->free_count; f++)
        size += deviation[l->assets[f]] * fabs(x[l->weight_places[f]]);
    for (size_t j = 0; l->held_any && j < l->n; j++)
        size += l->side[j] != MVOI_FREE ? deviation[j] * fabs(l->w[j]) : 0.0;
    return size;
}

/* Whether every element in the working set is where it may be, but for rounding. */
static int elements_obey(const mvoi_line *l, double size)
{
    const mvoi_tick *tick = l->solver->tick;
    int fine = 1;
    for (size_t s = 0; s < l->inverse->count; s++) {
        const size_t e = (size_t)l->inverse->element[s];
        const double below = l->low[s] - l->x[s], above = l->x[s] - l->high[s], beyond = below > above ? below : above;
        const double noise = e < l->n ? MVOI_TICK_PRIMAL * size / tick->deviation[e] : MVOI_TICK_DUAL * size * tick->row_risk[e - l->n];
        fine &= !(beyond > noise);
    }
    return fine;
}

/* The same of the other rows. */
static int rows_obey(const mvoi_line *l, double size)
{
    const mvoi_problem *problem = l->problem;
    for (size_t i = 0; l->inverse->count - l->free_count < l->m && i < l->m; i++) {
        const double lower = problem->row_lower[i], upper = problem->row_upper[i], value = l->activity[i];
        const double noise = ROW * size / l->solver->tick->row_risk[i];
        if (l->inverse->place[l->n + i] < 0 && !(value >= lower - noise && value <= upper + noise))
            return 0;
    }
    return 1;
}

/* Whether every held weight's gradient has its sign, but for rounding, in the solver's point; that of others is zero. */
static int gradients_obey(const mvoi_line *l, double size)
{
    const double *deviation = l->solver->tick->deviation;
    const double *z = l->solver->point.z;
    int fine = 1;
    for (size_t j = 0; j < l->n; j++)
        fine &= !(l->sign[j] * z[j] > MVOI_TICK_DUAL * deviation[j] * size);
    return fine;
}

/* The portfolio at lambda becomes the solver's answer. 0: it has no certificate, which is one for -lambda mu. */
static int give(mvoi_line *l)
{
    mvo_solver *solver = l->solver;
    mvoi_point *point = &solver->point;
    const size_t n = l->n;
    mvoi_line_take_weights(l);
    for (size_t f = 0; f < l->free_count; f++)
        l->w[l->assets[f]] = l->values[l->weight_places[f]];
    memcpy(point->w, l->w, n * sizeof(double));
    memcpy(point->side, l->side, n * sizeof *l->side);
    memcpy(point->row_side, l->side + n, l->m * sizeof *l->side);
    for (size_t i = 0; i < l->m; i++) {
        const int32_t place = l->inverse->place[n + i];
        point->y[i] = place >= 0 ? -l->x[place] : 0.0;
    }
    for (size_t j = 0; j < n; j++)
        solver->linear[j] = l->lambda * l->fall[j];
    mvoi_line_combine(l, l->values, l->held, l->z);
    memcpy(solver->product, l->z, n * sizeof(double));
    return mvoi_solver_take_point(solver);
}

/* The end, from the last working set alone. 0: that has not the least variance, or it is too near to nothing to tell. */
static int find_end(mvoi_line *l)
{
    const double before = size_of_weights(l, l->x);
    l->kernels->axpy(l->inverse->padded, -l->lambda, l->dx, l->x);
    l->lambda = 0.0;
    if (!mvoi_line_solve_anew(l) || l->careful)
        return 0;
    const double size = size_of_weights(l, l->x);
    return size > NOTHING * before && elements_obey(l, size) && rows_obey(l, size) && give(l) && gradients_obey(l, size);
}

void mvoi_line_stand(mvoi_line *l)
{
    give(l);
}

/* Whether the solver's answer is where the line ends: where the least variance is not unique it need not be, and weights without
   variance show in the return alone. Weights may vanish there, which leaves rounding of those at the last corner: `size` is theirs, and
   `gain_before` the sum of |mu| times them. */
static int is_end(const mvoi_line *l, double size, double gain_before)
{
    const double *w = l->solver->point.w, *variance = l->problem->covariance->diagonal;
    double apart = 0.0, end_size = 0.0, gain = 0.0, gain_size = 0.0;
    for (size_t j = 0; j < l->n; j++) {
        apart += variance[j] * fabs(w[j] - l->w[j]);
        end_size += variance[j] * fabs(w[j]);
        gain += l->mu[j] * (w[j] - l->w[j]);
        gain_size += fabs(l->mu[j]) * (fabs(w[j]) + fabs(l->w[j]));
    }
    return apart <= END * fmax(size, end_size) && fabs(gain) <= END * fmax(gain_before, gain_size);
}

/* The end as a question like any other, from the last working set. */
static mvo_outcome ask_for_end(mvoi_line *l, double size, double gain_before)
{
    mvo_solver *solver = l->solver;
    memcpy(solver->point.side, l->side, l->n * sizeof *l->side);
    memcpy(solver->point.row_side, l->side + l->n, l->m * sizeof *l->side);
    for (size_t f = 0; f < l->free_count; f++)
        l->w[l->assets[f]] = l->x[l->weight_places[f]];
    memset(solver->linear, 0, l->n * sizeof *solver->linear);
    solver->warm = 1;
    const mvo_outcome outcome = mvoi_solver_run(solver);
    return outcome == MVO_OPTIMAL && !is_end(l, size, gain_before) ? MVO_NUMERICAL : outcome;
}

mvo_outcome mvoi_line_settle(mvoi_line *l, mvo_frontier *frontier, mvo_status *status)
{
    mvo_solver *solver = l->solver;
    const double *variance = l->problem->covariance->diagonal;
    double size = 0.0, gain = 0.0;
    for (size_t f = 0; f < l->free_count; f++) {
        const double weight = fabs(l->x[l->weight_places[f]]);
        size += variance[l->assets[f]] * weight;
        gain += fabs(l->mu[l->assets[f]]) * weight;
    }
    mvo_outcome outcome = mvoi_watch_step(&solver->watch);
    if (outcome != MVO_OPTIMAL) {
        mvoi_line_stand(l);
        return outcome;
    }
    mvoi_tick_adopt(solver->tick, l->problem, l->side, l->changes);
    if (!solver->tick->known || !find_end(l))
        outcome = ask_for_end(l, size, gain);
    if (outcome == MVO_OPTIMAL)
        *status = mvoi_frontier_append(frontier, 0.0, l->kernels->dot(l->n, l->mu, solver->point.w), solver->certificate.variance,
                                       solver->point.w);
    return outcome;
}
