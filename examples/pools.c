/* SPDX-License-Identifier: MIT */
/*
 * Rebalancing through pools: a fund in dollars holds four tokens, each traded against a pool of its own. What it should
 * trade depends on what the pools take; deep pools are traded against, shallow and dear ones are left alone.
 *
 *     cc pools.c $(pkg-config --cflags --libs mvo)
 */
#include <mvo/mvo.h>

#include <stdio.h>
#include <stdlib.h>

enum { N = 4 };

static const char *const names[N] = { "BTC", "ETH", "LINK", "UNI" };
static const double value = 5e6; /* of the fund, in dollars */
static const double price[N] = { 60000, 3000, 15, 8 };
static const double cash[N] = { 400e6, 300e6, 60e6, 4e6 }; /* dollars in each pool */
static const double cash_share[N] = { 0.5, 0.5, 0.5, 0.2 }; /* UNI's pool is weighted 80/20 */
static const double fee[N] = { 0.0005, 0.0005, 0.003, 0.003 };

/* Says why a call failed. */
static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "%s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

/* Every pool stands at the market's price: cash / cash_share is what the assets are worth over asset_share. */
static double tokens(int j)
{
    return cash[j] * (1.0 - cash_share[j]) / cash_share[j] / price[j];
}

static int set_pools(mvo_impact *impact, mvo_error *error)
{
    for (int j = 0; j < N; j++)
        if (!ok(mvo_impact_set_pool(impact, (size_t)j, cash[j], tokens(j), cash_share[j], 1.0 - cash_share[j], fee[j],
                                    price[j], value, error),
                error))
            return 0;
    return 1;
}

static int solve(double *weights, mvo_impact *impact, mvo_error *error)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    if (!ok(mvo_impact_solve(&outcome, impact, error), error))
        return 0;
    if (outcome != MVO_OPTIMAL) {
        fprintf(stderr, "no optimum: %s\n", mvo_outcome_name(outcome));
        return 0;
    }
    return ok(mvo_impact_weights(weights, impact), error);
}

int main(void)
{
    static const double volatility[N] = { 0.035, 0.045, 0.06, 0.065 }; /* per day */
    static const double correlation[N][N] = {
        { 1.0, 0.8, 0.6, 0.55 },
        { 0.8, 1.0, 0.7, 0.65 },
        { 0.6, 0.7, 1.0, 0.6 },
        { 0.55, 0.65, 0.6, 1.0 },
    };
    static const double holdings[N] = { 0.4, 0.4, 0.1, 0.1 };
    static const double mu[N] = { 0.0012, 0.0018, 0.0024, 0.0026 }; /* per day */
    const double aversion = 2.0, days = 60.0; /* what trading costs is spread over the days a position is meant to be held */
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_impact *impact = NULL;
    mvo_report report = MVO_REPORT_INIT;
    mvo_error error = MVO_ERROR_INIT;
    double matrix[N * N], linear[N], ideal[N], traded[N], cost = 0.0;

    /* minimise days (aversion / 2 w'Sigma w - mu'w) + cost: so Sigma and mu of the whole period */
    for (int i = 0; i < N; i++) {
        linear[i] = -days * mu[i];
        for (int j = 0; j < N; j++)
            matrix[i + j * N] = days * aversion * volatility[i] * correlation[i][j] * volatility[j];
    }
    int done = ok(mvo_covariance_new_dense(&covariance, NULL, N, matrix, N, MVO_CHECK_ALL, &error), &error) &&
               ok(mvo_constraints_new_long_only(&rules, NULL, N, &error), &error) &&
               ok(mvo_constraints_set_holdings(rules, holdings, &error), &error) &&
               ok(mvo_impact_new(&impact, NULL, covariance, rules, &error), &error) &&
               ok(mvo_impact_set_linear(impact, linear, &error), &error) && solve(ideal, impact, &error) &&
               set_pools(impact, &error) && solve(traded, impact, &error) &&
               ok(mvo_impact_report(&report, impact), &error) &&
               ok(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, ideal, &error), &error);
    if (done) {
        printf("        held   ideal  traded\n");
        for (int j = 0; j < N; j++)
            printf("%-5s %5.1f %%  %5.1f %%  %5.1f %%\n", names[j], 100 * holdings[j], 100 * ideal[j], 100 * traded[j]);
        printf("the pools would take %.0f dollars for the ideal weights, and take %.0f for these\n", value * cost,
               value * report.cost);
    }
    mvo_impact_free(impact);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
