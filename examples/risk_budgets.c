/* SPDX-License-Identifier: MIT */
/*
 * Where the risk of a portfolio comes from, and portfolios that begin there: the same money in every asset, the same
 * risk in every asset, the same under a cap, hierarchical risk parity, maximum diversification.
 *
 *     build/examples/risk_budgets [--svg FILE] [PRICES]
 *
 * Prices are read as by the frontier example; without a file the thirty Dow Jones stocks in examples/data. With --svg,
 * a picture of every asset's risk contribution before (equal weights) and after (equal contributions), which needs
 * gnuplot. Exit status: 0 if all worked and the contributions are what was asked for, 1 if not.
 */
#include <mvo/mvo.h>

#include "support/csv.h"
#include "support/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EQUAL_WEIGHTS, EQUAL_RISKS, CAPPED_RISKS, HIERARCHICAL, MOST_DIVERSIFIED, PORTFOLIOS };

static const char *const titles[PORTFOLIOS] = { "equal weights", "equal risks", "equal risks, capped", "hierarchical",
                                                "most diversified" };
static const double PERIODS_PER_YEAR = 252.0;

typedef struct study {
    size_t n;
    const csv_table *table;
    mvo_covariance *covariance;
    mvo_constraints *rules;          /* long-only, fully invested */
    double *weights, *contributions; /* n for each portfolio */
    mvo_outcome capped;
    double cap, deviation; /* of the capped one */
    mvo_error error;
} study;

static double *weights_of(study *s, int portfolio)
{
    return s->weights + (size_t)portfolio * s->n;
}

static double *contributions_of(study *s, int portfolio)
{
    return s->contributions + (size_t)portfolio * s->n;
}

/* Says why a call failed; returns 0. */
static int failed(const study *s, const char *doing, mvo_status status)
{
    fprintf(stderr, "risk_budgets: %s: %s (%s)\n", doing, s->error.message, mvo_status_name(status));
    return 0;
}

static int estimate(study *s)
{
    double *returns = csv_returns(s->table);
    const size_t periods = s->table->rows - 1;
    if (!returns)
        return 0;
    mvo_status status =
        mvo_covariance_new_returns(&s->covariance, NULL, periods, s->n, returns, periods, 1, MVO_CHECK_ALL, &s->error);
    free(returns);
    if (!status)
        status = mvo_constraints_new_long_only(&s->rules, NULL, s->n, &s->error);
    return status ? failed(s, "estimating", status) : 1;
}

/* The same risk in every asset, and then no weight above one and a quarter times the average. */
static int budget(study *s)
{
    mvo_outcome outcome = MVO_OPTIMAL;
    mvo_status status = mvo_risk_budgets(&outcome, weights_of(s, EQUAL_RISKS), contributions_of(s, EQUAL_RISKS), NULL,
                                         s->covariance, NULL, NULL, &s->error);
    if (!status && outcome != MVO_OPTIMAL) {
        fprintf(stderr, "risk_budgets: no equal risks: %s\n", mvo_outcome_name(outcome));
        return 0;
    }
    s->cap = 1.25 / (double)s->n;
    for (size_t j = 0; !status && j < s->n; j++)
        status = mvo_constraints_set_bound(s->rules, j, 0.0, s->cap, &s->error);
    if (!status)
        status = mvo_risk_budgets(&s->capped, weights_of(s, CAPPED_RISKS), contributions_of(s, CAPPED_RISKS),
                                  &s->deviation, s->covariance, s->rules, NULL, &s->error);
    if (!status && s->capped != MVO_OPTIMAL && s->capped != MVO_NOT_ATTAINED) {
        fprintf(stderr, "risk_budgets: no risks under a cap: %s\n", mvo_outcome_name(s->capped));
        return 0;
    }
    for (size_t j = 0; !status && j < s->n; j++)
        status = mvo_constraints_set_bound(s->rules, j, 0.0, 1.0, &s->error);
    return status ? failed(s, "budgeting risk", status) : 1;
}

static int diversify(study *s)
{
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_OPTIMAL;
    mvo_status status = mvo_equal_weights(weights_of(s, EQUAL_WEIGHTS), s->n, &s->error);
    if (!status)
        status = mvo_hierarchical_risk_parity(weights_of(s, HIERARCHICAL), NULL, s->covariance, NULL,
                                              MVO_DISTANCE_OF_DISTANCES, MVO_LINKAGE_SINGLE, &s->error);
    if (!status)
        status = mvo_solver_new(&solver, NULL, s->covariance, s->rules, &s->error);
    if (!status)
        status = mvo_maximum_diversification(&outcome, solver, &s->error);
    if (!status && outcome == MVO_OPTIMAL)
        status = mvo_solver_weights(weights_of(s, MOST_DIVERSIFIED), solver);
    mvo_solver_free(solver);
    if (!status && outcome != MVO_OPTIMAL) {
        fprintf(stderr, "risk_budgets: no maximum diversification: %s\n", mvo_outcome_name(outcome));
        return 0;
    }
    return status ? failed(s, "diversifying", status) : 1;
}

/* Each asset's share of variance in every portfolio. */
static int contribute(study *s)
{
    for (int p = 0; p < PORTFOLIOS; p++) {
        double volatility = 0.0, *total = contributions_of(s, p);
        mvo_status status = mvo_covariance_risk_contributions(NULL, total, s->covariance, weights_of(s, p), &s->error);
        if (!status)
            status = mvo_covariance_volatility(&volatility, s->covariance, weights_of(s, p), &s->error);
        if (status)
            return failed(s, "measuring contributions", status);
        for (size_t j = 0; j < s->n; j++)
            total[j] /= volatility;
    }
    return 1;
}

static void print_assets(study *s)
{
    printf("Weights, and in brackets shares of variance, in %%\n\n  %-8s", "");
    for (int p = 0; p < PORTFOLIOS; p++)
        printf("  %19s", titles[p]);
    printf("\n");
    for (size_t j = 0; j < s->n; j++) {
        printf("  %-8.8s", s->table->names[j]);
        for (int p = 0; p < PORTFOLIOS; p++)
            printf("  %10.2f (%6.2f)", 100 * weights_of(s, p)[j], 100 * contributions_of(s, p)[j]);
        printf("\n");
    }
}

/* Volatility per year, diversification ratio, effective number of bets, largest contribution. */
static int print_figures(study *s)
{
    printf("\n  %-20s %10s %10s %8s %8s\n", "", "volatility", "div. ratio", "bets", "largest");
    for (int p = 0; p < PORTFOLIOS; p++) {
        double volatility, ratio, bets, largest = 0.0;
        const double *w = weights_of(s, p);
        mvo_status status = mvo_covariance_volatility(&volatility, s->covariance, w, &s->error);
        if (!status)
            status = mvo_diversification_ratio(&ratio, s->covariance, w, &s->error);
        if (!status)
            status = mvo_effective_bets(&bets, NULL, s->covariance, w, MVO_BETS_MINIMUM_TORSION, &s->error);
        if (status)
            return failed(s, "measuring diversification", status);
        for (size_t j = 0; j < s->n; j++)
            largest = fmax(largest, contributions_of(s, p)[j]);
        printf("  %-20s %8.2f %% %10.3f %8.1f %6.2f %%\n", titles[p], 100 * volatility * sqrt(PERIODS_PER_YEAR), ratio,
               bets, 100 * largest);
    }
    printf("\nUnder a cap of %.2f %% the budgets %s; the largest deviation is %.0f %% of a budget.\n", 100 * s->cap,
           s->capped == MVO_OPTIMAL ? "are kept" : "cannot be kept", 100 * s->deviation);
    return 1;
}

/* Contributions as they should be: all equal, or the program has failed. */
static int agrees(study *s)
{
    for (size_t j = 0; j < s->n; j++)
        if (!(fabs(contributions_of(s, EQUAL_RISKS)[j] * (double)s->n - 1.0) < 1e-9)) {
            fprintf(stderr, "risk_budgets: the contribution of %s is not 1/n\n", s->table->names[j]);
            return 0;
        }
    return 1;
}

static int write_picture(study *s, const char *path)
{
    char message[256], subtitle[160];
    snprintf(subtitle, sizeof subtitle, "%zu assets, %s to %s; sample covariance of simple returns", s->n,
             s->table->dates[0], s->table->dates[s->table->rows - 1]);
    const picture_bars bars = { "Where the risk comes from",
                                subtitle,
                                "share of variance",
                                s->n,
                                (const char *const *)s->table->names,
                                contributions_of(s, EQUAL_WEIGHTS),
                                contributions_of(s, EQUAL_RISKS),
                                "the same money in every asset",
                                "the same risk in every asset" };
    if (picture_bars_write(&bars, path, message, sizeof message))
        return 1;
    fprintf(stderr, "risk_budgets: %s\n", message);
    return 0;
}

static int run(study *s, const char *svg)
{
    s->n = s->table->columns;
    s->weights = calloc(PORTFOLIOS * s->n, sizeof *s->weights);
    s->contributions = calloc(PORTFOLIOS * s->n, sizeof *s->contributions);
    int done = s->weights && s->contributions && estimate(s) && budget(s) && diversify(s) && contribute(s);
    if (done) {
        print_assets(s);
        done = print_figures(s) && agrees(s);
    }
    if (done && svg)
        done = write_picture(s, svg);
    mvo_constraints_free(s->rules);
    mvo_covariance_unref(s->covariance);
    free(s->contributions);
    free(s->weights);
    return done;
}

int main(int count, char **arguments)
{
    const char *svg = NULL, *path = "examples/data/djia30_daily.csv";
    char message[512];
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--svg") && i + 1 < count) {
            svg = arguments[++i];
        } else if (arguments[i][0] == '-') {
            fprintf(stderr, "Usage: risk_budgets [--svg FILE] [PRICES]\n");
            return EXIT_FAILURE;
        } else {
            path = arguments[i];
        }
    }
    csv_table table;
    if (!csv_read(&table, path, message, sizeof message)) {
        fprintf(stderr, "risk_budgets: %s\n", message);
        return EXIT_FAILURE;
    }
    study s = { .table = &table, .error = MVO_ERROR_INIT };
    int done = 0;
    if (table.rows < 3)
        fprintf(stderr, "risk_budgets: %s: a covariance needs at least three lines of prices\n", path);
    else
        done = run(&s, svg);
    csv_free(&table);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
