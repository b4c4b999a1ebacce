/* SPDX-License-Identifier: MIT */
/*
 * Which estimator? A rolling study out of sample: every 21 periods the covariance of the last 252 (and, in a second
 * table, of the last 63) periods is estimated in every way this library knows of, and the least risky portfolio is held
 * until the next time, long-only and with shorts. What counts is how risky these portfolios turned out to be, and how
 * much had to be traded. Equal weights stand beside them. `make study` runs it on all prices at hand.
 *
 *     build/examples/study [FILE PERIODS_PER_YEAR]...      examples/data/djia30_daily.csv 252 without any
 */
#include <mvo/mvo.h>

#include "support/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_WINDOW = 252, SHORT_WINDOW = 63, HOLDING = 21, SETS = 2 };

/* The part of a table that an estimator may look at. */
typedef struct window {
    size_t periods, n;
    const double *returns;
    size_t ld;
} window;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "study: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

/* -------------------------------------------------------------------------------------- estimators */

typedef mvo_status (*estimator)(mvo_covariance **made, const window *w, mvo_error *error);

static mvo_status sample(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_returns(made, NULL, w->periods, w->n, w->returns, w->ld, 1, MVO_CHECK_ALL, error);
}

static mvo_status exponential(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_exponential(made, NULL, w->periods, w->n, w->returns, w->ld, 63, 63, MVO_MEAN_ESTIMATED,
                                          error);
}

static mvo_status two_speeds(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_exponential(made, NULL, w->periods, w->n, w->returns, w->ld, 21, 126, MVO_MEAN_ESTIMATED,
                                          error);
}

static mvo_status shrunk(mvo_covariance **made, const window *w, int32_t target, mvo_error *error)
{
    return mvo_covariance_new_shrunk(made, NULL, NULL, w->periods, w->n, w->returns, w->ld, 1, target, error);
}

static mvo_status to_identity(mvo_covariance **made, const window *w, mvo_error *error)
{
    return shrunk(made, w, MVO_SHRINK_IDENTITY, error);
}

static mvo_status to_diagonal(mvo_covariance **made, const window *w, mvo_error *error)
{
    return shrunk(made, w, MVO_SHRINK_DIAGONAL, error);
}

static mvo_status to_two_parameters(mvo_covariance **made, const window *w, mvo_error *error)
{
    return shrunk(made, w, MVO_SHRINK_TWO_PARAMETERS, error);
}

static mvo_status to_constant_correlation(mvo_covariance **made, const window *w, mvo_error *error)
{
    return shrunk(made, w, MVO_SHRINK_CONSTANT_CORRELATION, error);
}

static mvo_status to_single_factor(mvo_covariance **made, const window *w, mvo_error *error)
{
    return shrunk(made, w, MVO_SHRINK_SINGLE_FACTOR, error);
}

static mvo_status oracle(mvo_covariance **made, const window *w, mvo_error *error)
{
    return shrunk(made, w, MVO_SHRINK_ORACLE, error);
}

static mvo_status quadratic_inverse(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_nonlinear(made, NULL, w->periods, w->n, w->returns, w->ld,
                                        MVO_NONLINEAR_QUADRATIC_INVERSE, error);
}

static mvo_status analytical(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_nonlinear(made, NULL, w->periods, w->n, w->returns, w->ld, MVO_NONLINEAR_ANALYTICAL,
                                        error);
}

static mvo_status clipped(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_clipped(made, NULL, NULL, w->periods, w->n, w->returns, w->ld, 1, error);
}

static mvo_status gerber(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_gerber(made, NULL, w->periods, w->n, w->returns, w->ld, 1, 0.5, error);
}

static mvo_status three_components(mvo_covariance **made, const window *w, mvo_error *error)
{
    return mvo_covariance_new_statistical_factors(made, NULL, NULL, NULL, NULL, w->periods, w->n, w->returns, w->ld, 3,
                                                  MVO_FACTORS_OF_CORRELATION, error);
}

static const struct {
    const char *name;
    estimator make; /* NULL: equal weights */
} estimators[] = {
    { "equal weights", NULL },
    { "sample covariance", sample },
    { "exponential, half-life 63", exponential },
    { "exponential, half-lives 21 and 126", two_speeds },
    { "shrunk to the identity", to_identity },
    { "shrunk to the identity, oracle", oracle },
    { "shrunk to the diagonal", to_diagonal },
    { "shrunk to two parameters", to_two_parameters },
    { "shrunk to constant correlation", to_constant_correlation },
    { "shrunk to a single factor", to_single_factor },
    { "nonlinear, quadratic inverse", quadratic_inverse },
    { "nonlinear, analytical", analytical },
    { "clipped eigenvalues", clipped },
    { "three statistical factors", three_components },
    { "Gerber", gerber },
};

/* ------------------------------------------------------------------------------------ one portfolio */

/* What holding it came to: sums over the periods held, turnover over the times it was rebalanced. */
typedef struct record {
    double sum, squares, turnover;
    size_t periods, trades;
} record;

/* The least risky fully invested portfolio. */
static int least_risky(double *weights, mvo_covariance *covariance, const mvo_constraints *rules)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    int done = ok(mvo_solver_new(&solver, NULL, covariance, rules, &error), &error) &&
               ok(mvo_minimum_variance(&outcome, solver, &error), &error);
    if (done && outcome != MVO_OPTIMAL)
        fprintf(stderr, "study: no optimum: %s\n", mvo_outcome_name(outcome));
    done = done && outcome == MVO_OPTIMAL && mvo_solver_weights(weights, solver) == MVO_OK;
    mvo_solver_free(solver);
    return done;
}

/* Trades from the drifted holdings to the weights (the first purchase is no turnover), then holds `periods`. */
static void hold(record *r, double *holdings, const double *weights, const window *w, size_t first, size_t periods)
{
    double traded = 0.0;
    for (size_t j = 0; j < w->n; j++) {
        traded += fabs(weights[j] - holdings[j]);
        holdings[j] = weights[j];
    }
    if (r->periods) {
        r->turnover += traded;
        r->trades++;
    }
    for (size_t t = first; t < first + periods; t++) {
        double earned = 0.0;
        for (size_t j = 0; j < w->n; j++)
            earned += holdings[j] * w->returns[t + j * w->ld];
        for (size_t j = 0; j < w->n; j++)
            holdings[j] *= (1.0 + w->returns[t + j * w->ld]) / (1.0 + earned);
        r->sum += earned;
        r->squares += earned * earned;
        r->periods++;
    }
}

/* One estimator through all of the table; `all` is the whole of it, `room` holds 3 n numbers. */
static int follow(record records[SETS], estimator make, size_t length, const window *all,
                  mvo_constraints *const rules[SETS], double *room)
{
    const size_t n = all->n;
    mvo_error error = MVO_ERROR_INIT;
    double *const weights = room + SETS * n;
    memset(room, 0, SETS * n * sizeof *room);
    for (size_t now = LONG_WINDOW; now < all->periods; now += HOLDING) {
        const window past = { length, n, all->returns + now - length, all->ld };
        const size_t periods = all->periods - now < HOLDING ? all->periods - now : HOLDING;
        mvo_covariance *covariance = NULL;
        if (make && !ok(make(&covariance, &past, &error), &error))
            return 0;
        int done = 1;
        for (int s = 0; done && s < SETS; s++) {
            for (size_t j = 0; !make && j < n; j++)
                weights[j] = 1.0 / (double)n;
            done = !make || least_risky(weights, covariance, rules[s]);
            if (done)
                hold(&records[s], room + (size_t)s * n, weights, all, now, periods);
        }
        mvo_covariance_unref(covariance);
        if (!done)
            return 0;
    }
    return 1;
}

/* ------------------------------------------------------------------------------------- whole tables */

static double volatility(const record *r, double per_year)
{
    const double periods = (double)r->periods, mean = r->sum / periods;
    return sqrt(per_year * (r->squares - periods * mean * mean) / (periods - 1.0));
}

static int print_table(const window *all, size_t length, double per_year, mvo_constraints *const rules[SETS],
                       double *room)
{
    printf("\nwindow %zu   %-23s %21s   %21s\n", length, "", "long-only", "with shorts");
    printf("%-36s %10s %10s   %10s %10s\n", "", "volatility", "turnover", "volatility", "turnover");
    for (size_t e = 0; e < sizeof estimators / sizeof *estimators; e++) {
        record records[SETS];
        memset(records, 0, sizeof records);
        if (!follow(records, estimators[e].make, length, all, rules, room))
            return 0;
        printf("%-36s", estimators[e].name);
        for (int s = 0; s < SETS && (s == 0 || estimators[e].make); s++)
            printf("%s %10.2f %10.1f", s ? "  " : "", 100 * volatility(&records[s], per_year),
                   100 * records[s].turnover / (double)records[s].trades);
        printf("\n");
    }
    return 1;
}

static int study(const char *path, double per_year)
{
    char message[512];
    csv_table table;
    mvo_error error = MVO_ERROR_INIT;
    if (!csv_read(&table, path, message, sizeof message)) {
        fprintf(stderr, "study: %s\n", message);
        return 0;
    }
    if (table.rows < LONG_WINDOW + 2 * HOLDING + 1) {
        fprintf(stderr, "study: %s: needs at least %d lines of prices\n", path, LONG_WINDOW + 2 * HOLDING + 1);
        csv_free(&table);
        return 0;
    }
    mvo_constraints *rules[SETS] = { NULL, NULL }; /* sum w = 1, first with w >= 0, then without */
    double *returns = csv_returns(&table), *room = calloc((SETS + 1) * table.columns, sizeof *room);
    const window all = { table.rows - 1, table.columns, returns, table.rows - 1 };
    int done = returns && room && ok(mvo_constraints_new_long_only(&rules[0], NULL, all.n, &error), &error) &&
               ok(mvo_constraints_new(&rules[1], NULL, all.n, &error), &error) &&
               ok(mvo_constraints_add_budget(NULL, rules[1], 1.0, 1.0, &error), &error);
    if (done)
        printf("%s: %zu assets, held from %s to %s, new weights every %d periods\n"
               "volatility in %% per year (%g periods), turnover sum |w - w0| in %% each time\n",
               path, all.n, table.dates[LONG_WINDOW], table.dates[table.rows - 1], HOLDING, per_year);
    done = done && print_table(&all, LONG_WINDOW, per_year, rules, room) &&
           print_table(&all, SHORT_WINDOW, per_year, rules, room);
    mvo_constraints_free(rules[0]);
    mvo_constraints_free(rules[1]);
    free(room);
    free(returns);
    csv_free(&table);
    return done;
}

int main(int argument_count, char **arguments)
{
    if (argument_count == 1)
        return study("examples/data/djia30_daily.csv", 252) ? EXIT_SUCCESS : EXIT_FAILURE;
    for (int i = 1; i + 1 < argument_count; i += 2) {
        char *end = NULL;
        const double per_year = strtod(arguments[i + 1], &end);
        if (*end || !(per_year > 0.0)) {
            fprintf(stderr, "study: '%s' is no number of periods per year\n", arguments[i + 1]);
            return EXIT_FAILURE;
        }
        if (i > 1)
            printf("\n");
        if (!study(arguments[i], per_year))
            return EXIT_FAILURE;
    }
    if (argument_count % 2 == 0) {
        fprintf(stderr, "usage: study [FILE PERIODS_PER_YEAR]...\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
