/* SPDX-License-Identifier: MIT */
/*
 * The frontier with at most ten assets of the OR-Library problems (Chang, Meade, Beasley & Sharaiha 2000): each weight zero
 * or from 0.01 to 1. One line a target return, tab-separated.
 *
 *     bench_cardinality [port [points [seconds [holdings]]]]     port1, 50 points, 10 seconds for each, 10 holdings
 */
#include "bench/support/timing.h"

#include "support/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void require(mvo_status status, const char *what)
{
    if (status == MVO_OK)
        return;
    fprintf(stderr, "bench_cardinality: %s: %s\n", what, mvo_status_name(status));
    exit(1);
}

/* The returns of minimum variance and of the largest mean. */
static void ends(double *least, double *most, const instance *p)
{
    mvo_outcome outcome = -1;
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    double *w = calloc(p->n, sizeof *w);
    *least = 0.0;
    *most = -HUGE_VAL;
    require(mvo_minimum_variance(&outcome, solver, NULL), "minimum variance");
    require(mvo_solver_weights(w, solver), "minimum variance");
    for (size_t j = 0; j < p->n; j++) {
        *least += p->mu[j] * w[j];
        *most = fmax(*most, p->mu[j]);
    }
    free(w);
    mvo_solver_free(solver);
}

static void point(const char *port, const instance *p, mvo_selection *selection, double target)
{
    mvo_outcome outcome = -1;
    double objective = HUGE_VAL, bound = 0.0, gap = HUGE_VAL;
    int64_t nodes = 0;
    size_t held = 0;
    double *w = calloc(p->n, sizeof *w);
    const double begin = now();
    require(mvo_selection_minimise(&outcome, selection, NULL, p->mu, target, NULL), "search");
    const double seconds = 1e-6 * (now() - begin);
    require(mvo_selection_result(&objective, &bound, &gap, &nodes, selection), "result");
    if (mvo_selection_weights(w, selection) == MVO_OK)
        for (size_t j = 0; j < p->n; j++)
            held += w[j] != 0.0;
    printf("%s\t%.8f\t%s\t%.12g\t%.12g\t%.3g\t%zu\t%lld\t%.4f\n", port, target, mvo_outcome_name(outcome), 2.0 * objective,
           2.0 * bound, gap, held, (long long)nodes, seconds);
    fflush(stdout);
    free(w);
}

int main(int count, char **arguments)
{
    const char *port = count > 1 ? arguments[1] : "port1";
    const int points = count > 2 ? atoi(arguments[2]) : 50;
    const double seconds = count > 3 ? atof(arguments[3]) : 10.0;
    const size_t holdings = count > 4 ? (size_t)atoi(arguments[4]) : 10;
    char path[64];
    snprintf(path, sizeof path, "orlib/%s.txt", port);
    if (!data_present(path)) {
        fprintf(stderr, "bench_cardinality: no %s\n", path);
        return 0;
    }
    instance *p = data_read_orlib(path);
    mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
    mvo_constraints *rules = instance_constraints(p);
    mvo_selection *selection = NULL;
    double *positions = calloc(p->n, sizeof *positions), least, most;
    for (size_t j = 0; j < p->n; j++)
        positions[j] = 0.01;
    ends(&least, &most, p);
    require(mvo_selection_new(&selection, NULL, covariance, rules, NULL), "selection");
    require(mvo_selection_set_most_holdings(selection, holdings, NULL), "holdings");
    require(mvo_selection_set_least_positions(selection, positions, NULL), "positions");
    require(mvo_selection_set_limits(selection, seconds, 0, 1e-6, NULL), "limits");
    printf("port\ttarget\toutcome\tvariance\tbound\tgap\theld\tnodes\tseconds\n");
    for (int k = 0; k < points; k++)
        point(port, p, selection, points > 1 ? least + (most - least) * k / (points - 1) : least);
    mvo_selection_free(selection);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    instance_free(p);
    free(positions);
    return 0;
}
