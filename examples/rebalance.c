/* SPDX-License-Identifier: MIT */
/*
 * A daily rebalancing loop with a warm start: every day the covariance of the last 250 days, and the least risky
 * portfolio with at most 10 % in a stock and 25 % in technology. One solver lives through all days and starts each one
 * from the day before; a second one forgets (mvo_solver_clear) and must reach the same weights.
 *
 *     build/examples/rebalance [FILE]      a CSV of daily prices; examples/data/djia30_daily.csv without one
 */
#include <mvo/mvo.h>

#include "support/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 250 };

static const double LARGEST_WEIGHT = 0.10, LARGEST_GROUP = 0.25;
static const char *const technology[] = { "HWP", "INTC", "IBM", "MSFT" };

/* What is added up over some days. */
typedef struct totals {
    long days;
    double turnover, estimating, warm, cold; /* sum |w - w0|; seconds */
    long warm_rounds, warm_pivots, cold_rounds, cold_pivots;
    double growth;  /* of one unit of money */
    double squares; /* of the portfolio's daily returns */
} totals;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "rebalance: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

static double seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ------------------------------------------------------------------------------------------ the rules */

static size_t find_members(size_t *members, const csv_table *table)
{
    size_t count = 0;
    for (size_t j = 0; j < table->columns; j++)
        for (size_t t = 0; t < sizeof technology / sizeof *technology; t++)
            if (!strcmp(table->names[j], technology[t]))
                members[count++] = j;
    return count;
}

/* Fully invested, capped, and technology limited as a group. A small universe gets wider caps, so that they can be met.
 */
static mvo_constraints *make_rules(const csv_table *table)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_constraints *rules = NULL;
    const size_t n = table->columns;
    const double cap = fmax(LARGEST_WEIGHT, 2.0 / (double)n);
    size_t *members = calloc(n, sizeof *members);
    int done = members && ok(mvo_constraints_new_long_only(&rules, NULL, n, &error), &error);
    for (size_t j = 0; done && j < n; j++)
        done = ok(mvo_constraints_set_asset_name(rules, j, table->names[j], &error), &error) &&
               ok(mvo_constraints_set_bound(rules, j, 0.0, cap, &error), &error);
    const size_t count = done ? find_members(members, table) : 0;
    if (done && count)
        done = ok(mvo_constraints_add_group(NULL, rules, count, members, 0.0, LARGEST_GROUP, "technology", &error),
                  &error);
    free(members);
    if (done)
        return rules;
    mvo_constraints_free(rules);
    return NULL;
}

/* -------------------------------------------------------------------------------------------- one day */

/* Solves, and adds time and effort to the totals given. */
static int solve(double *weights, mvo_solver *solver, double *time, long *rounds, long *pivots)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_report report = MVO_REPORT_INIT;
    mvo_outcome outcome = MVO_NUMERICAL;
    const double begin = seconds();
    if (!ok(mvo_minimum_variance(&outcome, solver, &error), &error))
        return 0;
    *time += seconds() - begin;
    if (outcome != MVO_OPTIMAL) {
        fprintf(stderr, "rebalance: no optimum: %s\n", mvo_outcome_name(outcome));
        return 0;
    }
    if (mvo_solver_report(&report, solver) != MVO_OK || mvo_solver_weights(weights, solver) != MVO_OK)
        return 0;
    *rounds += (long)report.rounds;
    *pivots += (long)report.pivots;
    return 1;
}

/* Both solvers on today's covariance; their answers must agree. */
static int solve_both(double *weights, double *again, mvo_solver *warm, mvo_solver *cold, mvo_covariance *covariance,
                      totals *sum)
{
    mvo_error error = MVO_ERROR_INIT;
    if (!ok(mvo_solver_set_covariance(warm, covariance, &error), &error) ||
        !ok(mvo_solver_set_covariance(cold, covariance, &error), &error) || !ok(mvo_solver_clear(cold, &error), &error))
        return 0;
    if (!solve(weights, warm, &sum->warm, &sum->warm_rounds, &sum->warm_pivots) ||
        !solve(again, cold, &sum->cold, &sum->cold_rounds, &sum->cold_pivots))
        return 0;
    for (size_t j = 0; j < mvo_solver_size(warm); j++)
        if (fabs(weights[j] - again[j]) > 1e-9) {
            fprintf(stderr, "rebalance: warm and cold differ in asset %zu: %g and %g\n", j, weights[j], again[j]);
            return 0;
        }
    return 1;
}

/* From yesterday's close to today's: the holdings drift with the prices. Returns what the portfolio earned. */
static double drift(double *holdings, size_t n, const double *returns, size_t ld)
{
    double earned = 0.0;
    for (size_t j = 0; j < n; j++)
        earned += holdings[j] * returns[j * ld];
    for (size_t j = 0; j < n; j++)
        holdings[j] *= (1.0 + returns[j * ld]) / (1.0 + earned);
    return earned;
}

/* Two-way turnover from the drifted holdings to the new weights, which then are the holdings. */
static double trade(double *holdings, const double *weights, size_t n)
{
    double turnover = 0.0;
    for (size_t j = 0; j < n; j++) {
        turnover += fabs(weights[j] - holdings[j]);
        holdings[j] = weights[j];
    }
    return turnover;
}

/* ------------------------------------------------------------------------------------------ many days */

static void print_line(const char *label, const totals *t)
{
    const double days = (double)t->days;
    printf("%-9s %5ld %9.2f %11.2f %9.2f  %7.2f %7.2f %7.1f  %7.2f %7.2f %7.1f  %9.1f\n", label, t->days,
           100 * (t->growth - 1), 100 * sqrt(252 * t->squares / days), 100 * t->turnover / days,
           (double)t->warm_rounds / days, (double)t->warm_pivots / days, 1e6 * t->warm / days,
           (double)t->cold_rounds / days, (double)t->cold_pivots / days, 1e6 * t->cold / days,
           1e6 * t->estimating / days);
}

static void print_heading(void)
{
    printf("%-9s %5s %9s %11s %9s  %23s  %23s  %9s\n", "", "", "", "volatility", "turnover", "warm solve, per day",
           "cold solve, per day", "estimate");
    printf("%-9s %5s %9s %11s %9s  %7s %7s %7s  %7s %7s %7s  %9s\n", "year", "days", "return %", "% per year",
           "% per day", "rounds", "pivots", "us", "rounds", "pivots", "us", "us");
}

static void add(totals *to, const totals *what)
{
    to->days += what->days;
    to->turnover += what->turnover;
    to->estimating += what->estimating;
    to->warm += what->warm;
    to->cold += what->cold;
    to->warm_rounds += what->warm_rounds;
    to->warm_pivots += what->warm_pivots;
    to->cold_rounds += what->cold_rounds;
    to->cold_pivots += what->cold_pivots;
    to->growth *= what->growth;
    to->squares += what->squares;
}

/* The loop itself. `room` holds 3 n numbers. */
static int run(const csv_table *table, const double *returns, mvo_solver *warm, mvo_solver *cold, double *room)
{
    const size_t n = table->columns, periods = table->rows - 1;
    double *const holdings = room, *const weights = room + n, *const again = room + 2 * n;
    totals year = { .growth = 1 }, all = { .growth = 1 };
    mvo_error error = MVO_ERROR_INIT;
    print_heading();
    for (size_t day = WINDOW; day < periods; day++) {
        const char *date =
            table->dates[day]; /* the close at which today's trades are made; returns before it are known */
        mvo_covariance *covariance = NULL;
        const double begin = seconds();
        int done = ok(mvo_covariance_new_returns(&covariance, NULL, WINDOW, n, returns + day - WINDOW, periods, 1,
                                                 MVO_CHECK_NONE, &error),
                      &error);
        year.estimating += seconds() - begin;
        done = done && solve_both(weights, again, warm, cold, covariance, &year);
        mvo_covariance_unref(covariance); /* the solvers hold their own references */
        if (!done)
            return 0;
        const double turnover = trade(holdings, weights, n);
        year.turnover += day == WINDOW ? 0 : turnover; /* the first purchase is none */
        const double earned = drift(holdings, n, returns + day, periods);
        year.growth *= 1 + earned;
        year.squares += earned * earned;
        year.days++;
        if (day + 1 == periods || strncmp(date, table->dates[day + 1], 4)) {
            char label[8];
            snprintf(label, sizeof label, "%.4s", date);
            print_line(label, &year);
            add(&all, &year);
            year = (totals){ .growth = 1 };
        }
    }
    print_line("all", &all);
    return 1;
}

/* Two solvers over the first window, then the loop. */
static int rebalance(const csv_table *table, const double *returns)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_constraints *rules = make_rules(table);
    mvo_covariance *first = NULL;
    mvo_solver *warm = NULL, *cold = NULL;
    double *room = calloc(3 * table->columns, sizeof *room);
    const int done = rules && room &&
                     ok(mvo_covariance_new_returns(&first, NULL, WINDOW, table->columns, returns, table->rows - 1, 1,
                                                   MVO_CHECK_ALL, &error),
                        &error) &&
                     ok(mvo_solver_new(&warm, NULL, first, rules, &error), &error) &&
                     ok(mvo_solver_new(&cold, NULL, first, rules, &error), &error) &&
                     run(table, returns, warm, cold, room);
    free(room);
    mvo_solver_free(cold);
    mvo_solver_free(warm);
    mvo_covariance_unref(first);
    mvo_constraints_free(rules);
    return done;
}

int main(int argument_count, char **arguments)
{
    const char *path = argument_count > 1 ? arguments[1] : "examples/data/djia30_daily.csv";
    char message[512];
    csv_table table;
    if (!csv_read(&table, path, message, sizeof message)) {
        fprintf(stderr, "rebalance: %s\n", message);
        return EXIT_FAILURE;
    }
    double *returns = csv_returns(&table);
    int done = 0;
    if (table.rows < WINDOW + 2)
        fprintf(stderr, "rebalance: %s: needs at least %d lines of prices\n", path, WINDOW + 2);
    else
        done = returns && rebalance(&table, returns);
    free(returns);
    csv_free(&table);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
