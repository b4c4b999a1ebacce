/* SPDX-License-Identifier: MIT */
/*
 * Leverage and the distance to liquidation: four perpetual futures after funding, gross exposure allowed up to ten times
 * the equity, with and without rows that keep the portfolio from liquidation under ten-sigma days of each asset, five-sigma
 * days of all together and along the largest principal components.
 *
 *     build/examples/liquidation [--svg FILE]
 *
 * The market is made up. With --svg, a picture of the distance at each leverage (needs gnuplot). Exit status: 0 if all
 * worked and no portfolio with the rows is liquidated by a listed shock, 1 if not.
 */
#include <mvo/mvo.h>

#include "support/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 4, COMPONENTS = 2, SHOCKS = 1 + 2 * N + 2 + 2 * COMPONENTS, LEVERAGES = 10 };

static const char *const assets[N] = { "BTC", "ETH", "SOL", "XRP" };
static const double volatilities[N] = { 0.025, 0.034, 0.045, 0.040 }; /* per day */
static const double correlations[N * N] = { 1.00, 0.85, 0.75, 0.65, 0.85, 1.00, 0.80, 0.65,
                                            0.75, 0.80, 1.00, 0.60, 0.65, 0.65, 0.60, 1.00 };
static const double means[N] = { 0.0015, 0.0017, 0.0026, 0.0006 };      /* per day, before funding */
static const double funding[N] = { 0.0001, 0.0001, 0.0002, 0.00005 };   /* every eight hours, longs to shorts */
static const double margins[N] = { 0.03, 0.04, 0.06, 0.05 };            /* maintenance */
static const double AVERSION = 0.4;

typedef struct desk {
    mvo_covariance *covariance;
    double mean[N], shocks[N * SHOCKS];
    char names[SHOCKS][32];
    mvo_error error;
} desk;

static mvo_status prepare(desk *d)
{
    mvo_status status = mvo_mean_after_funding(d->mean, N, means, 24.0, funding, 8.0, &d->error);
    if (!status)
        status = mvo_covariance_new_correlation(&d->covariance, NULL, N, volatilities, correlations, N, MVO_CHECK_ALL,
                                                &d->error);
    memset(d->shocks, 0, sizeof d->shocks); /* the first column stays: today's margin */
    if (!status)
        status = mvo_shocks_by_asset(d->shocks + N, N, d->covariance, 10.0, &d->error);
    if (!status)
        status = mvo_shocks_together(d->shocks + N * (1 + 2 * N), N, d->covariance, 5.0, NULL, &d->error);
    if (!status)
        status = mvo_shocks_by_component(d->shocks + N * (3 + 2 * N), N, d->covariance, COMPONENTS, 5.0, &d->error);
    for (int k = 0; k < SHOCKS; k++) {
        const char *way = k % 2 ? "down" : "up";
        if (k == 0)
            snprintf(d->names[k], sizeof d->names[k], "today");
        else if (k <= 2 * N)
            snprintf(d->names[k], sizeof d->names[k], "%s %s", assets[(k - 1) / 2], way);
        else if (k <= 2 * N + 2)
            snprintf(d->names[k], sizeof d->names[k], "all %s", way);
        else
            snprintf(d->names[k], sizeof d->names[k], "component %d %s", (k - 2 * N - 1) / 2, way);
    }
    return status;
}

/* The best portfolio within a gross exposure; its distance, nearest shock, and what a unit of equity under it is worth. */
static mvo_status best(desk *d, double leverage, int guarded, double *weights, double *distance, size_t *nearest,
                       double *worth)
{
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_OPTIMAL;
    int64_t ids[SHOCKS];
    mvo_status status = mvo_constraints_new(&rules, NULL, N, &d->error);
    if (!status)
        status = mvo_constraints_add_gross(NULL, rules, leverage, &d->error);
    if (!status && guarded)
        status = mvo_constraints_add_liquidation(ids, rules, SHOCKS, d->shocks, N, margins, 1.0, NULL, &d->error);
    if (!status)
        status = mvo_solver_new(&solver, NULL, d->covariance, rules, &d->error);
    if (!status)
        status = mvo_maximum_utility(&outcome, solver, d->mean, AVERSION, &d->error);
    if (!status)
        status = mvo_solver_weights(weights, solver);
    if (!status)
        status = mvo_liquidation_distance(distance, nearest, NULL, NULL, N, weights, SHOCKS, d->shocks, N, margins, 1.0,
                                          &d->error);
    *worth = 0.0;
    if (!status && guarded && *nearest < SHOCKS)
        status = mvo_solver_row_multiplier(worth, solver, ids[*nearest]);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    return status;
}

int main(int argc, char **argv)
{
    static desk d = { .error = MVO_ERROR_INIT };
    double without[LEVERAGES], with[LEVERAGES], w[N], worth;
    char label[LEVERAGES][8], message[256];
    const char *name[LEVERAGES];
    size_t nearest;
    int good = 1;
    mvo_status status = prepare(&d);
    printf("Up to  without rows: distance, nearest   with rows: gross, distance, nearest, worth of equity\n");
    for (int i = 0; i < LEVERAGES && !status; i++) {
        double gross = 0.0;
        status = best(&d, i + 1.0, 0, w, &without[i], &nearest, &worth);
        const char *first = nearest < SHOCKS ? d.names[nearest] : "none";
        if (!status)
            status = best(&d, i + 1.0, 1, w, &with[i], &nearest, &worth);
        for (int j = 0; j < N; j++)
            gross += fabs(w[j]);
        printf("%3d x  %8.2f  %-26s %6.2f  %8.4f  %-18s %.5f\n", i + 1, without[i], first, gross, with[i],
               nearest < SHOCKS ? d.names[nearest] : "none", fabs(worth));
        good &= with[i] >= 1.0 - 1e-9;
        snprintf(label[i], sizeof label[i], "%d x", i + 1);
        name[i] = label[i];
    }
    mvo_covariance_unref(d.covariance);
    if (status) {
        fprintf(stderr, "liquidation: %s (%s)\n", d.error.message, mvo_status_name(status));
        return 1;
    }
    const picture_bars bars = { "Distance to liquidation along leverage",
                                "the multiple of the nearest shock that liquidates; 100 % is the shock itself",
                                "distance, percent of the shock", LEVERAGES, name, without, with,
                                "gross exposure limited alone", "with a row for each shock" };
    if (argc == 3 && strcmp(argv[1], "--svg") == 0 && !picture_bars_write(&bars, argv[2], message, sizeof message)) {
        fprintf(stderr, "liquidation: no picture: %s\n", message);
        return 1;
    }
    return good ? 0 : 1;
}
