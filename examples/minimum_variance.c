/* SPDX-License-Identifier: MIT */
/*
 * The smallest complete program: the least risky long-only mix of four assets.
 *
 *     cc minimum_variance.c $(pkg-config --cflags --libs mvo)
 */
#include <mvo/mvo.h>

#include <stdio.h>
#include <stdlib.h>

enum { N = 4 };

/* Says why a call failed; used as `if (!ok(call, &error)) ...`. */
static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "%s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

int main(void)
{
    static const char *const names[N] = { "stocks", "bonds", "gold", "property" };
    static const double volatility[N] = { 0.16, 0.06, 0.15, 0.13 }; /* per year, here */
    static const double correlation[N][N] = {
        { 1.0, 0.1, 0.05, 0.6 },
        { 0.1, 1.0, 0.2, 0.2 },
        { 0.05, 0.2, 1.0, 0.1 },
        { 0.6, 0.2, 0.1, 1.0 },
    };
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_error error = MVO_ERROR_INIT;
    double weights[N], risk = 0;

    /* sum w = 1 and w >= 0, and at most half of it in bonds */
    int done =
        ok(mvo_covariance_new_correlation(&covariance, NULL, N, volatility, correlation[0], N, MVO_CHECK_ALL, &error),
           &error) &&
        ok(mvo_constraints_new_long_only(&rules, NULL, N, &error), &error) &&
        ok(mvo_constraints_set_bound(rules, 1, 0.0, 0.5, &error), &error) &&
        ok(mvo_solver_new(&solver, NULL, covariance, rules, &error), &error) &&
        ok(mvo_minimum_variance(&outcome, solver, &error), &error);

    /* The call worked; whether there is an optimum is another question. */
    if (done && outcome != MVO_OPTIMAL) {
        fprintf(stderr, "no optimum: %s\n", mvo_outcome_name(outcome));
        done = 0;
    }
    done = done && ok(mvo_solver_weights(weights, solver), &error) &&
           ok(mvo_covariance_volatility(&risk, covariance, weights, &error), &error);
    if (done) {
        for (int j = 0; j < N; j++)
            printf("%-9s %6.2f %%\n", names[j], 100 * weights[j]);
        printf("volatility %5.2f %%\n", 100 * risk);
    }

    mvo_solver_free(solver); /* all of these accept NULL */
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
