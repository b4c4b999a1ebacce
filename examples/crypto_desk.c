/* SPDX-License-Identifier: MIT */
/*
 * A desk's morning: closing prices in, orders out. From a file of daily closes, of coins or of anything else, to
 * returns; from those to tomorrow's covariance by dynamic conditional correlations (each asset's volatility by GARCH);
 * then the day on which everything falls together, correlations pulled towards one; and a portfolio that is least risky
 * on a mixture of both days, under rules a desk would have: long-only, a cap for each asset, a cap for the wildest
 * third of them together.
 *
 *     build/examples/crypto_desk [FILE [PERIODS_PER_YEAR]]
 *
 * Without arguments: examples/data/djia30_daily.csv and 252; of another file 365 periods make a year unless said.
 */
#include <mvo/mvo.h>

#include "support/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PERIODS = 1000, LEAST_PERIODS = 100 };

static const double STRESS = 0.75;       /* of the way to correlations of one */
static const double CRISIS_WEIGHT = 0.5; /* how much the bad day counts beside the ordinary one */
static const double CAP = 0.20, WILD_CAP = 0.05;

/* Everything the morning makes. Covariances: an ordinary day, a bad one, and the two mixed. */
typedef struct desk {
    csv_table table;
    double per_year;
    size_t n, periods;
    double *returns; /* periods-by-n */
    mvo_covariance *ordinary, *bad, *mixed;
    mvo_constraints *rules;
    mvo_solver *solver;
    double *room; /* 6 n numbers: */
    double *volatilities, *plain, *weights, *marginal, *total, *equal;
    size_t *wild, wild_count;
} desk;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "crypto_desk: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

/* ------------------------------------------------------------------------------------------- prices */

/* Reads the closes and takes the returns of the last periods. */
static int read_prices(desk *d, const char *path, mvo_error *error)
{
    char message[512];
    if (!csv_read(&d->table, path, message, sizeof message)) {
        fprintf(stderr, "crypto_desk: %s\n", message);
        return 0;
    }
    const csv_table *t = &d->table;
    if (t->rows < LEAST_PERIODS + 1) {
        fprintf(stderr, "crypto_desk: %s: needs at least %d lines of prices\n", path, LEAST_PERIODS + 1);
        return 0;
    }
    d->n = t->columns;
    d->periods = t->rows - 1 < MOST_PERIODS ? t->rows - 1 : MOST_PERIODS;
    d->returns = calloc(d->periods * d->n, sizeof *d->returns);
    d->room = calloc(6 * d->n, sizeof *d->room);
    d->wild = calloc(d->n, sizeof *d->wild);
    if (!d->returns || !d->room || !d->wild)
        return 0;
    d->volatilities = d->room;
    d->plain = d->room + d->n;
    d->weights = d->room + 2 * d->n;
    d->marginal = d->room + 3 * d->n;
    d->total = d->room + 4 * d->n;
    d->equal = d->room + 5 * d->n;
    printf("%s: %zu assets, the last %zu returns to %s\n", path, d->n, d->periods, t->dates[t->rows - 1]);
    return ok(mvo_returns_from_prices(d->returns, d->periods, d->periods, d->n, t->prices + t->rows - 1 - d->periods,
                                      t->rows, MVO_RETURNS_SIMPLE, error),
              error);
}

/* --------------------------------------------------------------------------------- covariances */

/* Mean correlation of a covariance, weighing all pairs alike: the one number people ask for. */
static double mean_correlation(const desk *d, const mvo_covariance *covariance)
{
    double *matrix = calloc(d->n * d->n, sizeof *matrix), sum = 0.0;
    if (matrix && mvo_covariance_correlation(matrix, d->n, covariance, NULL) == MVO_OK)
        for (size_t j = 0; j < d->n; j++)
            for (size_t i = j + 1; i < d->n; i++)
                sum += matrix[i + j * d->n];
    free(matrix);
    return d->n > 1 ? 2.0 * sum / ((double)d->n * (double)(d->n - 1)) : 1.0;
}

/* Tomorrow, as the past few days have it. */
static int forecast(desk *d, mvo_error *error)
{
    double dynamics[2];
    if (!ok(mvo_covariance_new_dcc(&d->ordinary, dynamics, NULL, NULL, NULL, d->periods, d->n, d->returns, d->periods,
                                   MVO_MEAN_ESTIMATED, error),
            error) ||
        !ok(mvo_covariance_volatilities(d->volatilities, d->ordinary, error), error))
        return 0;
    printf("forecast: dynamic conditional correlations, a = %.4f, b = %.4f; mean correlation %.2f\n", dynamics[0],
           dynamics[1], mean_correlation(d, d->ordinary));
    return 1;
}

/* The bad day, and the mixture of both on which the portfolio is chosen. */
static int stress(desk *d, mvo_error *error)
{
    if (!ok(mvo_covariance_new_stressed(&d->bad, NULL, d->ordinary, STRESS, NULL, 0, error), error) ||
        !ok(mvo_covariance_new_shrunk_towards(&d->mixed, NULL, d->ordinary, d->bad, CRISIS_WEIGHT, error), error))
        return 0;
    printf("stress: correlations %.0f %% of the way to one; mean correlation %.2f\n", 100 * STRESS,
           mean_correlation(d, d->bad));
    return 1;
}

/* -------------------------------------------------------------------------------------------- rules */

/* The third of the assets whose forecast volatility is largest. */
static void find_the_wild(desk *d)
{
    for (size_t j = 0; j < d->n; j++) {
        size_t wilder = 0;
        for (size_t i = 0; i < d->n; i++)
            wilder += d->volatilities[i] > d->volatilities[j] || (d->volatilities[i] == d->volatilities[j] && i < j);
        if (wilder < d->n / 3)
            d->wild[d->wild_count++] = j;
    }
}

/* A small universe gets a wider cap, so that it can be met. */
static int make_rules(desk *d, mvo_error *error)
{
    const double cap = fmax(CAP, 2.0 / (double)d->n);
    find_the_wild(d);
    int done = ok(mvo_constraints_new_long_only(&d->rules, NULL, d->n, error), error);
    for (size_t j = 0; done && j < d->n; j++)
        done = ok(mvo_constraints_set_asset_name(d->rules, j, d->table.names[j], error), error) &&
               ok(mvo_constraints_set_bound(d->rules, j, 0.0, cap, error), error);
    if (done && d->wild_count)
        done = ok(mvo_constraints_add_group(NULL, d->rules, d->wild_count, d->wild, 0.0, WILD_CAP, "the wildest third",
                                            error),
                  error);
    return done;
}

/* ---------------------------------------------------------------------------------------- portfolio */

/* The least risky portfolio under the rules on the solver's present covariance. */
static int solve(desk *d, double *weights, mvo_error *error)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_conflict *conflict = NULL;
    if (!ok(mvo_minimum_variance(&outcome, d->solver, error), error))
        return 0;
    if (outcome == MVO_OPTIMAL)
        return mvo_solver_weights(weights, d->solver) == MVO_OK;
    fprintf(stderr, "crypto_desk: no portfolio: %s\n", mvo_outcome_name(outcome));
    if (outcome == MVO_INFEASIBLE && mvo_solver_conflict(&conflict, d->solver, error) == MVO_OK)
        fprintf(stderr, "these contradict each other:\n%s\n", mvo_conflict_text(conflict));
    mvo_conflict_free(conflict);
    return 0;
}

/* Volatility per year of a portfolio under a covariance, in percent. */
static double yearly(const desk *d, const mvo_covariance *covariance, const double *weights)
{
    double volatility = NAN;
    if (mvo_covariance_volatility(&volatility, covariance, weights, NULL) == MVO_OK)
        mvo_annualise_volatility(&volatility, 1, &volatility, d->per_year, NULL);
    return 100 * volatility;
}

static void print_risk(const desk *d)
{
    for (size_t j = 0; j < d->n; j++)
        d->equal[j] = 1.0 / (double)d->n;
    printf("\n%-44s %13s %13s\n", "volatility, % per year", "ordinary day", "bad day");
    printf("%-44s %13.2f %13.2f\n", "equal weights", yearly(d, d->ordinary, d->equal), yearly(d, d->bad, d->equal));
    printf("%-44s %13.2f %13.2f\n", "least risky on the ordinary day", yearly(d, d->ordinary, d->plain),
           yearly(d, d->bad, d->plain));
    printf("%-44s %13.2f %13.2f\n", "least risky on the mixture: the portfolio", yearly(d, d->ordinary, d->weights),
           yearly(d, d->bad, d->weights));
}

/* What is held, what it adds to the risk of a bad day, and which limits hold it. */
static int print_portfolio(const desk *d, mvo_error *error)
{
    double budget = 0.0, wild = 0.0;
    const int64_t ids[2] = { mvo_constraints_row_id(d->rules, 0), mvo_constraints_row_id(d->rules, 1) };
    int32_t *at = calloc(d->n, sizeof *at);
    int done = at && mvo_solver_working_set(at, NULL, d->solver) == MVO_OK &&
               mvo_solver_row_multiplier(&budget, d->solver, ids[0]) == MVO_OK &&
               (!d->wild_count || mvo_solver_row_multiplier(&wild, d->solver, ids[1]) == MVO_OK) &&
               ok(mvo_covariance_risk_contributions(d->marginal, d->total, d->bad, d->weights, error), error);
    double all = 0.0;
    for (size_t j = 0; done && j < d->n; j++)
        all += d->total[j];
    if (done)
        printf("\n%-10s %10s %12s %18s\n", "", "weight %", "volatility", "part of bad risk %");
    for (size_t j = 0; done && j < d->n; j++) {
        double volatility = d->volatilities[j];
        if (d->weights[j] < 5e-5)
            continue;
        mvo_annualise_volatility(&volatility, 1, &volatility, d->per_year, NULL);
        printf("%-10s %10.2f %12.2f %18.2f%s\n", d->table.names[j], 100 * d->weights[j], 100 * volatility,
               100 * d->total[j] / all, at[j] == MVO_AT_UPPER ? "   at its cap" : "");
    }
    if (done)
        printf("the cap of the wildest third %s\n", wild < 0.0 ? "binds" : "does not bind");
    free(at);
    return done;
}

static int morning(desk *d, const char *path, mvo_error *error)
{
    if (!read_prices(d, path, error) || !forecast(d, error) || !stress(d, error) || !make_rules(d, error) ||
        !ok(mvo_solver_new(&d->solver, NULL, d->ordinary, d->rules, error), error) || !solve(d, d->plain, error))
        return 0;
    /* The second question starts from the first one's answer. */
    if (!ok(mvo_solver_set_covariance(d->solver, d->mixed, error), error) || !solve(d, d->weights, error))
        return 0;
    print_risk(d);
    return print_portfolio(d, error);
}

int main(int argument_count, char **arguments)
{
    const char *path = argument_count > 1 ? arguments[1] : "examples/data/djia30_daily.csv";
    mvo_error error = MVO_ERROR_INIT;
    desk d = { .per_year = argument_count > 1 ? 365 : 252 };
    if (argument_count > 2) {
        char *end = NULL;
        d.per_year = strtod(arguments[2], &end);
        if (*end || !(d.per_year > 0.0)) {
            fprintf(stderr, "crypto_desk: '%s' is no number of periods per year\n", arguments[2]);
            return EXIT_FAILURE;
        }
    }
    const int done = morning(&d, path, &error);
    mvo_solver_free(d.solver);
    mvo_constraints_free(d.rules);
    mvo_covariance_unref(d.mixed);
    mvo_covariance_unref(d.bad);
    mvo_covariance_unref(d.ordinary);
    free(d.wild);
    free(d.room);
    free(d.returns);
    csv_free(&d.table);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
