/* SPDX-License-Identifier: MIT */
/*
 * The dense convex problems of Maros & Meszaros, one tab-separated line each: sizes, outcome, work, seconds, and
 * absolute residuals in long double on the original data. See README.md in this folder.
 *
 *     bench_qp [name ...]      all problems without arguments
 */
#define _POSIX_C_SOURCE 200809L
#include "support/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The last lines count the problems whose residuals are all below each of these. */
static const double levels[] = { 1e-3, 1e-6, 1e-9 };
enum { LEVELS = sizeof levels / sizeof *levels };

typedef struct tally {
    size_t problems, optimal, absolute[LEVELS], relative[LEVELS];
    double seconds;
    int64_t rounds, pivots;
} tally;

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Absolute residuals of the solver's answer, and the largest relative one. */
static void residuals_of(const instance *p, const mvo_solver *solver, verify_residuals *r, double *dual,
                         double *relative)
{
    const verify_problem view = instance_view(p);
    double *w = calloc(2 * p->n + p->m + 1, sizeof *w);
    if (!w)
        abort();
    mvo_solver_weights(w, solver);
    mvo_solver_multipliers(w + 2 * p->n, w + p->n, solver);
    verify_measure(r, &view, w, w + 2 * p->n, w + p->n, 0.0, 1e-9);
    const long double wrong = fmaxl(r->complementarity, r->wrong_sign);
    *dual = (double)fmaxl(r->stationarity, wrong);
    const long double scale = r->stationarity_scale > 0.0L ? r->stationarity_scale : 1.0L;
    *relative =
        (double)fmaxl(r->primal_relative, fmaxl(*dual / scale, r->gap_scale > 0.0L ? r->gap / r->gap_scale : 0.0L));
    free(w);
}

static void solve_one(const char *name, double reference, tally *sum)
{
    char path[128];
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    verify_residuals r = { 0 };
    double dual = NAN, relative = NAN;
    snprintf(path, sizeof path, "maros_meszaros/%s.qp", name);
    instance *p = data_read_qp(path);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    sum->problems++;
    if (!solver) {
        printf("%s\t%zu\t%zu\trefused\n", name, p->n, p->m);
        instance_free(p);
        return;
    }
    const double begin = seconds_now();
    mvo_solver_solve(&outcome, solver, NULL);
    const double took = seconds_now() - begin;
    mvo_solver_report(&report, solver);
    r.primal = r.gap = NAN;
    if (outcome == MVO_OPTIMAL)
        residuals_of(p, solver, &r, &dual, &relative);
    const double objective = report.objective + p->constant;
    printf("%s\t%zu\t%zu\t%s\t%lld+%lld\t%.4f\t%.1Le\t%.1e\t%.1Le\t%.1e\t%.1e\n", name, p->n, p->m,
           mvo_outcome_name(outcome), (long long)report.rounds, (long long)report.pivots, took, r.primal, dual, r.gap,
           relative, fabs(objective - reference) / (1.0 + fabs(reference)));
    fflush(stdout);
    sum->optimal += outcome == MVO_OPTIMAL;
    sum->seconds += took;
    sum->rounds += report.rounds;
    sum->pivots += report.pivots;
    for (size_t i = 0; i < LEVELS; i++) {
        sum->absolute[i] += r.primal <= levels[i] && dual <= levels[i] && r.gap <= levels[i];
        sum->relative[i] += relative <= levels[i];
    }
    mvo_solver_free(solver);
    instance_free(p);
}

static int wanted(const char *name, int count, char **arguments)
{
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], name) == 0)
            return 1;
    return count <= 1;
}

int main(int count, char **arguments)
{
    tally sum = { 0 };
    if (!data_present("maros_meszaros/INDEX.tsv")) {
        fprintf(stderr, "no maros_meszaros/INDEX.tsv below MVO_TEST_DATA\n");
        return 0;
    }
    data_index *index = data_read_index("maros_meszaros/INDEX.tsv");
    printf("#name\tn\tm\toutcome\trounds+pivots\tseconds\tprimal\tdual\tgap\tlargest relative\tobjective error\n");
    for (size_t i = 0; i < index->height; i++) {
        const char *name = data_index_field(index, i, "name");
        if (strcmp(name, "VALUES") != 0 && wanted(name, count, arguments))
            solve_one(name, strtod(data_index_field(index, i, "obj_ref"), NULL), &sum);
    }
    data_index_free(index);
    printf("#optimal\t%zu of %zu\t%.3f seconds\t%lld rounds\t%lld pivots\n", sum.optimal, sum.problems, sum.seconds,
           (long long)sum.rounds, (long long)sum.pivots);
    for (size_t i = 0; i < LEVELS; i++)
        printf("#below %.0e\tabsolute %zu\trelative %zu\n", levels[i], sum.absolute[i], sum.relative[i]);
    return 0;
}
