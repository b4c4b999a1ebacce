/* SPDX-License-Identifier: MIT */
/*
 * Two frontiers over the same past: least CVaR and least variance at fifty expected returns, both measured by CVaR, the
 * mean of the worst twentieth of the days. The first cannot lie right of the second anywhere; that is checked.
 *
 *     build/examples/mean_cvar [--svg FILE] [FILE]     a CSV of daily prices; examples/data/djia30_daily.csv without
 * one
 */
#include <mvo/mvo.h>

#include "support/csv.h"
#include "support/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS = 50 };

static const double LEVEL = 0.95, DAYS = 252.0;

typedef struct study {
    const char *prices, *svg;
    csv_table table;
    size_t n, days;
    double *returns, *mean, *weights;
    mvo_constraints *rules;
    mvo_scenarios *scenarios;
    mvo_covariance *covariance;
    mvo_tail_solver *tail;
    mvo_solver *solver;
    double target[POINTS], least[POINTS], of_variance[POINTS]; /* per day */
    double seconds_tail, seconds_variance, gap;                /* gap: the largest, relative to the risk */
    long pivots;
} study;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "mean_cvar: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

static int optimal(mvo_outcome outcome)
{
    if (outcome != MVO_OPTIMAL)
        fprintf(stderr, "mean_cvar: %s\n", mvo_outcome_name(outcome));
    return outcome == MVO_OPTIMAL;
}

static double seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int read_options(study *s, int count, char **arguments)
{
    s->prices = "examples/data/djia30_daily.csv";
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--svg") && i + 1 < count) {
            s->svg = arguments[++i];
        } else if (arguments[i][0] == '-') {
            fprintf(stderr, "Usage: mean_cvar [--svg FILE] [FILE]\n");
            return 0;
        } else {
            s->prices = arguments[i];
        }
    }
    return 1;
}

/* The past days are the scenarios, each as likely as the others; long-only and fully invested. */
static int prepare(study *s)
{
    char message[512];
    mvo_error error = MVO_ERROR_INIT;
    if (!csv_read(&s->table, s->prices, message, sizeof message)) {
        fprintf(stderr, "mean_cvar: %s\n", message);
        return 0;
    }
    s->n = s->table.columns;
    s->days = s->table.rows - 1;
    s->returns = csv_returns(&s->table);
    s->mean = calloc(s->n, sizeof *s->mean);
    s->weights = calloc(s->n, sizeof *s->weights);
    return s->returns && s->mean && s->weights &&
           ok(mvo_scenarios_new(&s->scenarios, NULL, s->days, s->n, s->returns, s->days, NULL, MVO_CHECK_ALL, &error),
              &error) &&
           ok(mvo_scenarios_mean(s->mean, s->scenarios, &error), &error) &&
           ok(mvo_covariance_new_returns(&s->covariance, NULL, s->days, s->n, s->returns, s->days, 1, MVO_CHECK_ALL,
                                         &error),
              &error) &&
           ok(mvo_constraints_new_long_only(&s->rules, NULL, s->n, &error), &error) &&
           ok(mvo_tail_solver_new(&s->tail, NULL, s->scenarios, s->rules, &error), &error) &&
           ok(mvo_tail_solver_set_measure(s->tail, MVO_RISK_CVAR, LEVEL, &error), &error) &&
           ok(mvo_solver_new(&s->solver, NULL, s->covariance, s->rules, &error), &error);
}

/* From the return of the portfolio of least CVaR up to that of the best asset. */
static int choose_targets(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    mvo_report report = MVO_REPORT_INIT;
    double most = -HUGE_VAL;
    for (size_t j = 0; j < s->n; j++)
        most = fmax(most, s->mean[j]);
    if (!ok(mvo_minimum_tail_risk(&outcome, s->tail, &error), &error) || !optimal(outcome))
        return 0;
    mvo_tail_solver_report(&report, s->tail);
    for (int i = 0; i < POINTS; i++)
        s->target[i] = report.expected_return + (most - report.expected_return) * i / POINTS;
    return 1;
}

/* One walk along the frontier; each point comes with how far it can be from the optimum. */
static int least_cvar(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    mvo_report report = MVO_REPORT_INIT;
    double gaps[POINTS];
    const double begin = seconds();
    if (!ok(mvo_tail_frontier(&outcome, NULL, NULL, s->least, NULL, gaps, NULL, 0, s->tail, NULL, POINTS, s->target,
                              &error),
            &error) ||
        !optimal(outcome))
        return 0;
    s->seconds_tail = seconds() - begin;
    mvo_tail_solver_report(&report, s->tail);
    s->pivots = (long)report.pivots;
    for (int i = 0; i < POINTS; i++)
        s->gap = fmax(s->gap, gaps[i] / s->least[i]);
    return 1;
}

static int least_variance(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    for (int i = 0; i < POINTS; i++) {
        const double begin = seconds();
        if (!ok(mvo_minimum_variance_at_return(&outcome, s->solver, s->mean, s->target[i], &error), &error) ||
            !optimal(outcome))
            return 0;
        s->seconds_variance += seconds() - begin;
        mvo_solver_weights(s->weights, s->solver);
        if (!ok(mvo_tail_risk(&s->of_variance[i], NULL, NULL, s->scenarios, s->weights, MVO_RISK_CVAR, LEVEL, &error),
                &error))
            return 0;
        if (s->of_variance[i] < s->least[i] * (1.0 - 1e-12)) {
            fprintf(stderr, "mean_cvar: at point %d least variance has less CVaR than least CVaR\n", i);
            return 0;
        }
    }
    return 1;
}

static void print_table(const study *s)
{
    printf("%zu assets, %zu days; CVaR %g %% per day, returns per year of %g days\n\n", s->n, s->days, 100 * LEVEL,
           DAYS);
    printf("  %10s %14s %22s\n", "return", "least CVaR", "CVaR of least variance");
    for (int i = 0; i < POINTS; i += 7)
        printf("  %8.2f %% %12.4f %% %20.4f %%\n", 100 * DAYS * s->target[i], 100 * s->least[i],
               100 * s->of_variance[i]);
    printf(
        "\n%d portfolios of least CVaR: %ld pivots, %.2f ms, none farther than %.0e from the best; of least variance: "
        "%.2f ms\n",
        POINTS, s->pivots, 1e3 * s->seconds_tail, s->gap, 1e3 * s->seconds_variance);
}

static int draw(const study *s)
{
    char message[256], title[160], subtitle[200];
    picture_point curve[POINTS], other[POINTS], *assets = calloc(s->n, sizeof *assets);
    int done = assets != NULL;
    for (int i = 0; i < POINTS; i++) {
        curve[i] = (picture_point){ s->least[i], DAYS * s->target[i], NULL };
        other[i] = (picture_point){ s->of_variance[i], DAYS * s->target[i], NULL };
    }
    for (size_t j = 0; done && j < s->n; j++) {
        memset(s->weights, 0, s->n * sizeof *s->weights);
        s->weights[j] = 1.0;
        assets[j] = (picture_point){ 0.0, DAYS * s->mean[j], s->table.names[j] };
        done = mvo_tail_risk(&assets[j].volatility, NULL, NULL, s->scenarios, s->weights, MVO_RISK_CVAR, LEVEL, NULL) ==
               MVO_OK;
    }
    snprintf(title, sizeof title, "Least CVaR and least variance of %zu assets, %.24s to %.24s", s->n,
             s->table.dates[0], s->table.dates[s->table.rows - 1]);
    snprintf(subtitle, sizeof subtitle, "fully invested, no short positions; %zu days as scenarios", s->days);
    const picture p = { .title = title,
                        .subtitle = subtitle,
                        .asset = assets,
                        .assets = s->n,
                        .curve = curve,
                        .curve_points = POINTS,
                        .other = other,
                        .other_points = POINTS,
                        .curve_legend = "least CVaR at each return",
                        .other_legend = "least variance at each return",
                        .risk = "CVaR 95 % per day" };
    if (done && !picture_write(&p, s->svg, message, sizeof message)) {
        fprintf(stderr, "mean_cvar: no picture: %s\n", message);
        done = 0;
    }
    if (done)
        printf("Picture  %s\n", s->svg);
    free(assets);
    return done;
}

int main(int count, char **arguments)
{
    study s = { 0 };
    int done =
        read_options(&s, count, arguments) && prepare(&s) && choose_targets(&s) && least_cvar(&s) && least_variance(&s);
    if (done)
        print_table(&s);
    if (done && s.svg)
        done = draw(&s);
    mvo_solver_free(s.solver);
    mvo_tail_solver_free(s.tail);
    mvo_constraints_free(s.rules);
    mvo_covariance_unref(s.covariance);
    mvo_scenarios_unref(s.scenarios);
    free(s.weights);
    free(s.mean);
    free(s.returns);
    csv_free(&s.table);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
