/* SPDX-License-Identifier: MIT */
/*
 * Black-Litterman from beginning to end, with the seven stock markets of He & Litterman, The intuition behind
 * Black-Litterman model portfolios (1999): what the market expects, two views with confidences, what one expects then,
 * the portfolios that follow - free and long-only - and what would have to be true for a portfolio one already holds.
 *
 *     cc black_litterman.c $(pkg-config --cflags --libs mvo)
 */
#include <mvo/mvo.h>

#include <stdio.h>
#include <stdlib.h>

enum { N = 7, VIEWS = 2 };

static const char *const names[N] = { "Australia", "Canada", "France", "Germany", "Japan", "UK", "USA" };
static const double volatility[N] = { 0.160, 0.203, 0.248, 0.271, 0.210, 0.200, 0.187 }; /* per year, here */
static const double market[N] = { 0.016, 0.022, 0.052, 0.055, 0.116, 0.124, 0.615 };     /* capitalisations */
static const double correlation[N][N] = {
    { 1.000, 0.488, 0.478, 0.515, 0.439, 0.512, 0.491 }, { 0.488, 1.000, 0.664, 0.655, 0.310, 0.608, 0.779 },
    { 0.478, 0.664, 1.000, 0.861, 0.355, 0.783, 0.668 }, { 0.515, 0.655, 0.861, 1.000, 0.354, 0.777, 0.653 },
    { 0.439, 0.310, 0.355, 0.354, 1.000, 0.405, 0.306 }, { 0.512, 0.608, 0.783, 0.777, 0.405, 1.000, 0.652 },
    { 0.491, 0.779, 0.668, 0.653, 0.306, 0.652, 1.000 },
};

static const double RISK_AVERSION = 2.5, TAU = 0.05;

/* Two view portfolios, one a row: Germany against the rest of Europe by capitalisation, Canada against the USA. */
static const double views[N][VIEWS] = {
    /* column-major: asset by asset */
    { 0, 0 }, { 0, 1 }, { -0.295, 0 }, { 1, 0 }, { 0, 0 }, { -0.705, 0 }, { 0, -1 },
};
static const char *const view_names[VIEWS] = { "Germany beats the rest of Europe", "Canada beats the USA" };
static const double view_returns[VIEWS] = { 0.05, 0.03 };
static const double confidence[VIEWS] = { 0.5, 0.5 }; /* 1/2: as uncertain as the market's own opinion */

/* Everything the example makes. */
typedef struct desk {
    mvo_covariance *covariance, *posterior;
    mvo_constraints *none, *long_only;
    mvo_solver *free_solver, *long_solver;
    double equilibrium[N], expected[N], variances[VIEWS], free_weights[N], long_weights[N];
} desk;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "%s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

/* 1. What the market expects: the excess returns for which everyone holding the market is right. */
static int ask_the_market(desk *d, mvo_error *error)
{
    return ok(mvo_covariance_new_correlation(&d->covariance, NULL, N, volatility, correlation[0], N, MVO_CHECK_ALL,
                                             error),
              error) &&
           ok(mvo_implied_returns(d->equilibrium, d->covariance, market, RISK_AVERSION, error), error);
}

/* 2. What one expects with the views, and the covariance of returns that goes with it. */
static int add_views(desk *d, mvo_error *error)
{
    return ok(mvo_view_variances(d->variances, d->covariance, TAU, VIEWS, views[0], VIEWS, confidence, error), error) &&
           ok(mvo_black_litterman(d->expected, &d->posterior, NULL, d->covariance, d->equilibrium, TAU, VIEWS, views[0],
                                  VIEWS, view_returns, d->variances, 0, error),
              error);
}

static int solve(double *weights, mvo_solver *solver, const double *expected, mvo_error *error)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    if (!ok(mvo_maximum_utility(&outcome, solver, expected, RISK_AVERSION, error), error))
        return 0;
    if (outcome != MVO_OPTIMAL)
        fprintf(stderr, "no optimum: %s\n", mvo_outcome_name(outcome));
    return outcome == MVO_OPTIMAL && mvo_solver_weights(weights, solver) == MVO_OK;
}

/* 3. The portfolios: free (what is not invested earns the riskless rate), and fully invested without shorts. */
static int invest(desk *d, mvo_error *error)
{
    return ok(mvo_constraints_new(&d->none, NULL, N, error), error) &&
           ok(mvo_constraints_new_long_only(&d->long_only, NULL, N, error), error) &&
           ok(mvo_solver_new(&d->free_solver, NULL, d->posterior, d->none, error), error) &&
           ok(mvo_solver_new(&d->long_solver, NULL, d->posterior, d->long_only, error), error) &&
           solve(d->free_weights, d->free_solver, d->expected, error) &&
           solve(d->long_weights, d->long_solver, d->expected, error);
}

static void print_portfolios(const desk *d)
{
    printf("%-10s %9s %12s %12s %9s %9s\n", "", "market", "equilibrium", "with views", "free", "long-only");
    printf("%-10s %9s %12s %12s %9s %9s\n", "", "weight %", "return %", "return %", "weight %", "weight %");
    double sums[3] = { 0, 0, 0 };
    for (int i = 0; i < N; i++) {
        printf("%-10s %9.1f %12.2f %12.2f %9.1f %9.1f\n", names[i], 100 * market[i], 100 * d->equilibrium[i],
               100 * d->expected[i], 100 * d->free_weights[i], 100 * d->long_weights[i]);
        sums[0] += market[i];
        sums[1] += d->free_weights[i];
        sums[2] += d->long_weights[i];
    }
    printf("%-10s %9.1f %12s %12s %9.1f %9.1f\n", "sum", 100 * sums[0], "", "", 100 * sums[1], 100 * sums[2]);
}

/* How far a view is from what the market expects, and where the two of them met. */
static void print_views(const desk *d)
{
    printf("\n%-33s %9s %9s %9s\n", "", "market %", "view %", "now %");
    for (int v = 0; v < VIEWS; v++) {
        double before = 0, after = 0;
        for (int i = 0; i < N; i++) {
            before += views[i][v] * d->equilibrium[i];
            after += views[i][v] * d->expected[i];
        }
        printf("%-33s %9.2f %9.2f %9.2f\n", view_names[v], 100 * before, 100 * view_returns[v], 100 * after);
    }
}

/* 4. The other way round: holding every market equally, what does one believe? */
static int print_implied(const desk *d, mvo_error *error)
{
    double equal[N], required[N], deviations[VIEWS];
    for (int i = 0; i < N; i++)
        equal[i] = 1.0 / N;
    if (!ok(mvo_implied_views(required, deviations, d->covariance, equal, RISK_AVERSION, d->equilibrium, VIEWS,
                              views[0], VIEWS, error),
            error))
        return 0;
    printf("\nEqual weights are right if, beyond what the market expects,\n");
    for (int v = 0; v < VIEWS; v++)
        printf("  %s by %+.2f %% per year\n", view_names[v], 100 * deviations[v]);
    for (int i = 0; i < N; i++)
        printf("  %-10s earns %5.2f %% in place of %5.2f %%\n", names[i], 100 * required[i], 100 * d->equilibrium[i]);
    return 1;
}

int main(void)
{
    mvo_error error = MVO_ERROR_INIT;
    desk d = { 0 };
    int done = ask_the_market(&d, &error) && add_views(&d, &error) && invest(&d, &error);
    if (done) {
        print_portfolios(&d);
        print_views(&d);
        done = print_implied(&d, &error);
    }
    mvo_solver_free(d.long_solver); /* all of these accept NULL */
    mvo_solver_free(d.free_solver);
    mvo_constraints_free(d.long_only);
    mvo_constraints_free(d.none);
    mvo_covariance_unref(d.posterior);
    mvo_covariance_unref(d.covariance);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
