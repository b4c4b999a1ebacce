/* SPDX-License-Identifier: MIT */
/*
 * Times whole frontiers: every corner portfolio, and a hundred target returns; over dense covariances, factor models
 * and samples of fewer periods than assets. See README.md in this folder.
 *
 *     bench_frontier [families [orders]]
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { GRID = 100, SHORT_SAMPLE = 60, LONG_SAMPLE = 250 };

static void cold_frontier(task *t)
{
    mvo_frontier *frontier = NULL;
    mvo_solver_clear(t->solver, NULL);
    mvo_frontier_new(&frontier, &t->outcome, t->solver, t->p->mu, NULL);
    t->corners = mvo_frontier_corner_count(frontier);
    mvo_frontier_unref(frontier);
}

/* The returns of the two ends; the target is left at the larger one. */
static double ends(task *t)
{
    double least = 0.0;
    mvo_frontier *frontier = NULL;
    mvo_frontier_new(&frontier, &t->outcome, t->solver, t->p->mu, NULL);
    t->corners = mvo_frontier_corner_count(frontier);
    mvo_frontier_corner(NULL, &t->target, NULL, NULL, frontier, 0);
    if (t->corners)
        mvo_frontier_corner(NULL, &least, NULL, NULL, frontier, t->corners - 1);
    mvo_frontier_unref(frontier);
    return least;
}

/* The grid's points: the two ends (which stand in the task) and 98 between them. */
static double grid_least, grid_most;
static double *grid_weights; /* n */

static double grid_point(size_t g)
{
    return grid_least + (grid_most - grid_least) * (double)g / (GRID - 1);
}

/* All corners, and the hundred portfolios read off them. */
static void grid_from_corners(task *t)
{
    mvo_frontier *frontier = NULL;
    mvo_solver_clear(t->solver, NULL);
    mvo_frontier_new(&frontier, &t->outcome, t->solver, t->p->mu, NULL);
    t->corners = mvo_frontier_corner_count(frontier);
    for (size_t g = 0; g < GRID; g++)
        if (mvo_frontier_at_return(NULL, NULL, grid_weights, frontier, grid_point(g), NULL) != MVO_OK)
            t->outcome = MVO_NUMERICAL;
    mvo_frontier_unref(frontier);
}

/* A hundred solves, each warm from the one before. */
static void grid_by_solves(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    for (size_t g = 0; g < GRID; g++) {
        mvo_outcome outcome = MVO_NUMERICAL;
        mvo_minimum_variance_at_return(&outcome, t->solver, t->p->mu, grid_point(g), NULL);
        if (outcome != MVO_OPTIMAL || g == 0)
            t->outcome = outcome;
        mvo_solver_weights(grid_weights, t->solver);
    }
}

/* Worst residual over up to twenty corners and mid-segments, multipliers from solves at the same lambda. */
static double frontier_residual(task *t)
{
    mvo_frontier *frontier = NULL;
    double worst = 0.0, before = NAN, *linear = claim(4 * t->p->n + t->p->m, sizeof *linear);
    double *w = linear + t->p->n, *z = w + t->p->n, *y = z + t->p->n;
    mvo_frontier_new(&frontier, &t->outcome, t->solver, t->p->mu, NULL);
    const size_t corners = mvo_frontier_corner_count(frontier), step = corners / 10 + 1;
    for (size_t k = 0; k < corners; k += step) {
        double lambda;
        verify_residuals r;
        mvo_frontier_corner(&lambda, NULL, NULL, w, frontier, k);
        for (int middle = 0; middle <= !isnan(before); middle++) {
            const double at = middle ? 0.5 * (lambda + before) : lambda;
            mvo_frontier_at_lambda(NULL, NULL, w, frontier, at, NULL);
            for (size_t j = 0; j < t->p->n; j++)
                linear[j] = -at * t->p->mu[j];
            mvo_solver_set_linear(t->solver, linear, NULL);
            mvo_solver_solve(&t->outcome, t->solver, NULL);
            mvo_solver_multipliers(y, z, t->solver);
            verify_problem view = instance_view(t->p);
            view.linear = linear;
            verify_measure(&r, &view, w, y, z, 0.0, 1e-9);
            const long double gap = r.gap_scale > 0.0L ? r.gap / r.gap_scale : r.gap;
            worst = fmax(worst, (double)fmaxl(gap, fmaxl(r.primal_relative, r.stationarity / r.stationarity_scale)));
        }
        before = lambda;
    }
    mvo_frontier_unref(frontier);
    free(linear);
    return worst;
}

/* Corners stand in place of rounds; the residual is that of the frontier, not of the solver's last answer. */
static void note_frontier(line *l, task *t)
{
    mvo_report report = MVO_REPORT_INIT;
    if (t->outcome != MVO_OPTIMAL) {
        l->outcome = t->outcome;
        return;
    }
    l->rounds += (double)t->corners;
    if (mvo_solver_report(&report, t->solver) == MVO_OK) {
        l->pivots += (double)report.pivots;
        l->free_weights += (double)report.free_weights;
    }
    l->residual = fmax(l->residual, frontier_residual(t));
}

static void corners(const char *family, const char *what, instance *p, unit *u)
{
    market_long_only(p);
    task t = task_new(p);
    line *l = line_named(family, what, p->n, p->sigma ? 0 : p->k);
    measure(l, u, &t, cold_frontier);
    note_frontier(l, &t);
    task_free(&t);
}

static void family_frontier(const char *family, instance *p, unit *u, uint64_t seed)
{
    (void)seed;
    corners(family, "all corners, cold (rounds: corners)", p, u);
}

static void family_grid(const char *family, instance *p, unit *u, uint64_t seed)
{
    (void)seed;
    market_long_only(p);
    task t = task_new(p);
    grid_least = ends(&t);
    grid_most = t.target;
    grid_weights = claim(p->n, sizeof *grid_weights);
    line *l = line_named(family, "100 target returns from the corners, cold (rounds: corners)", p->n, 0);
    measure(l, u, &t, grid_from_corners);
    note_frontier(l, &t);
    l = line_named(family, "100 target returns by warm solves, the first cold", p->n, 0);
    measure(l, u, &t, grid_by_solves);
    verify_problem view = variance_view(p);
    view.target = p->mu;
    view.target_lower = grid_point(GRID - 1);
    view.target_upper = INFINITY;
    add_report(l, &t, &view);
    free(grid_weights);
    task_free(&t);
}

/* A sample of few periods is a factor model without specific variances: its loadings are the demeaned returns. */
static instance *short_sample(size_t n, uint64_t seed)
{
    instance *p = market_new_factor(n, SHORT_SAMPLE, seed);
    for (size_t i = 0; i < n; i++) {
        double mean = 0.0;
        for (size_t t = 0; t < SHORT_SAMPLE; t++)
            mean += p->loadings[i + t * n] / SHORT_SAMPLE;
        for (size_t t = 0; t < SHORT_SAMPLE; t++)
            p->loadings[i + t * n] = 0.2 * (p->loadings[i + t * n] - mean) / sqrt(SHORT_SAMPLE - 1.0);
        p->specific[i] = 0.0;
    }
    free(p->factor_covariance);
    p->factor_covariance = NULL;
    return p;
}

/* Fewer periods than assets, and enough of them for the library to keep a matrix: the frontier over the handle made from the
   returns, and over one made from its matrix. */
static void sampled(size_t n, uint64_t seed)
{
    instance *p = market_new(n, seed, 0);
    double *returns = claim(n * LONG_SAMPLE, sizeof *returns);
    random_stream stream = { seed };
    mvo_covariance *covariance = NULL;
    for (size_t t = 0; t < LONG_SAMPLE; t++) {
        const double factor = random_normal(&stream);
        for (size_t j = 0; j < n; j++)
            returns[t + j * LONG_SAMPLE] = 0.01 * factor + 0.02 * random_normal(&stream);
    }
    if (mvo_covariance_new_returns(&covariance, NULL, LONG_SAMPLE, n, returns, LONG_SAMPLE, 1, 0, NULL) ||
        mvo_covariance_matrix(p->sigma, n, covariance, NULL)) {
        fprintf(stderr, "no covariance of returns\n");
        exit(1);
    }
    unit u = unit_new(p->sigma, n, 0);
    corners("frontier T<n", "all corners of the matrix of 250 periods, cold (rounds: corners)", p, &u);
    task t = task_new(p);
    mvo_solver_free(t.solver);
    t.solver = NULL;
    if (mvo_solver_new(&t.solver, NULL, covariance, t.constraints, NULL)) {
        fprintf(stderr, "no solver over returns\n");
        exit(1);
    }
    line *l = line_named("frontier T<n", "all corners of a sample of 250 periods, cold (rounds: corners)", n, 0);
    measure(l, &u, &t, cold_frontier);
    note_frontier(l, &t);
    task_free(&t);
    mvo_covariance_unref(covariance);
    unit_free(&u);
    free(returns);
    instance_free(p);
}

static void structured(const char *families, const char *orders)
{
    static const size_t models[][2] = { { 100, 10 }, { 500, 50 }, { 1000, 50 }, { 2000, 50 } };
    static const size_t shorts[] = { 100, 250, 500, 1000 };
    for (size_t i = 0; i < sizeof models / sizeof *models && listed(families, "frontier f"); i++) {
        const size_t n = models[i][0], k = models[i][1];
        for (uint64_t seed = 1; seed <= SEEDS && listed_order(orders, n); seed++) {
            instance *p = market_new_factor(n, k, seed);
            unit u = unit_new(NULL, n, k);
            corners("frontier f", "all corners of a factor model, cold (rounds: corners)", p, &u);
            unit_free(&u);
            instance_free(p);
        }
        lines_print();
    }
    for (size_t i = 0; i < sizeof shorts / sizeof *shorts && listed(families, "frontier T<n"); i++) {
        for (uint64_t seed = 1; seed <= SEEDS && listed_order(orders, shorts[i]); seed++) {
            instance *p = short_sample(shorts[i], seed);
            unit u = unit_new(NULL, p->n, p->k);
            corners("frontier T<n", "all corners of a sample of 60 periods, cold (rounds: corners)", p, &u);
            unit_free(&u);
            instance_free(p);
            if (shorts[i] == 500)
                sampled(shorts[i], seed);
        }
        lines_print();
    }
}

int main(int count, char **arguments)
{
    static const family families[] = {
        { "frontier", 0, SIZE_MAX, family_frontier },
        { "weak frontier", 1, 250, family_frontier },
        { "grid", 0, 1000, family_grid },
        { "weak grid", 1, 250, family_grid },
    };
    const int status = run_families(count, arguments, families, sizeof families / sizeof *families);
    structured(count > 1 ? arguments[1] : NULL, count > 2 ? arguments[2] : NULL);
    return status;
}
