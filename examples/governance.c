/* SPDX-License-Identifier: MIT */
/*
 * What a change of the rules does: reads the rules of a risk committee and an amendment of them, shows what differs, finds
 * the best portfolio under both, and says what moved and which rules bind.
 *
 *     governance [rules [amended rules]]     default: examples/data/committee.txt and committee_amended.txt
 */
#include <mvo/mvo.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN = 6 };

/* Per year; the committee's own forecasts. */
static const char *const known[KNOWN] = { "BTC", "ETH", "SOL", "gold", "bonds", "cash" };
static const double expected[KNOWN] = { 0.16, 0.18, 0.2, 0.06, 0.045, 0.03 };
static const double volatility[KNOWN] = { 0.6, 0.75, 0.95, 0.15, 0.06, 0.005 };
static const double correlation[KNOWN * KNOWN] = {
    1.0, 0.8, 0.7,  0.1,  0.05, 0.0, /* BTC */
    0.8, 1.0, 0.75, 0.08, 0.05, 0.0, /* ETH */
    0.7, 0.75, 1.0, 0.05, 0.02, 0.0, /* SOL */
    0.1, 0.08, 0.05, 1.0, 0.2,  0.0, /* gold */
    0.05, 0.05, 0.02, 0.2, 1.0, 0.1, /* bonds */
    0.0, 0.0, 0.0, 0.0,  0.1,  1.0,  /* cash */
};
static const double risk_aversion = 4.0;

/* One version of the rules and the best portfolio under it. */
typedef struct version {
    const char *path;
    mvo_constraints *rules;
    mvo_report report;
    double weights[KNOWN], bounds[KNOWN], *rows; /* multipliers */
} version;

static int ok(mvo_status status, const mvo_error *error, const char *what)
{
    if (status != MVO_OK)
        fprintf(stderr, "governance: %s: %s: %s\n", what, mvo_status_name(status), error->message);
    return status == MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ reading */

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    if (text) {
        rewind(file);
        *length = fread(text, 1, (size_t)size, file);
    }
    if (file)
        fclose(file);
    if (!text)
        fprintf(stderr, "governance: %s cannot be read\n", path);
    return text;
}

/* The rules must be about the assets that there are forecasts for, in their order. */
static int is_about_known_assets(const version *v)
{
    int same = mvo_constraints_size(v->rules) == KNOWN;
    for (size_t j = 0; same && j < KNOWN; j++) {
        const char *name = mvo_constraints_asset_name(v->rules, j);
        same = name && strcmp(name, known[j]) == 0;
    }
    if (!same)
        fprintf(stderr, "governance: %s: the assets must be BTC, ETH, SOL, gold, bonds, cash\n", v->path);
    return same;
}

static int read_rules(version *v)
{
    mvo_error error = MVO_ERROR_INIT;
    size_t length = 0;
    char *text = read_file(v->path, &length);
    const int done = text && ok(mvo_constraints_parse(&v->rules, NULL, text, length, &error), &error, v->path) &&
                     is_about_known_assets(v);
    free(text);
    return done;
}

/* --------------------------------------------------------------------------------------------- comparing */

static int show_rules(const version *v)
{
    mvo_error error = MVO_ERROR_INIT;
    size_t needed = 0;
    if (!ok(mvo_constraints_print(NULL, 0, &needed, v->rules, &error), &error, "print"))
        return 0;
    char *text = malloc(needed);
    const int done = text && ok(mvo_constraints_print(text, needed, NULL, v->rules, &error), &error, "print");
    if (done)
        printf("%s, as the library understands it:\n\n%s\n", v->path, text);
    free(text);
    return done;
}

static int show_difference(const version *before, const version *after)
{
    mvo_error error = MVO_ERROR_INIT;
    size_t needed = 0;
    if (!ok(mvo_constraints_diff(NULL, 0, &needed, before->rules, after->rules, &error), &error, "diff"))
        return 0;
    char *text = malloc(needed);
    const int done =
        text && ok(mvo_constraints_diff(text, needed, NULL, before->rules, after->rules, &error), &error, "diff");
    if (done)
        printf("What %s changes:\n\n%s\n", after->path, *text ? text : "nothing\n");
    free(text);
    return done;
}

/* --------------------------------------------------------------------------------------------- solving */

static int solve(version *v, mvo_covariance *covariance)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_solver *solver = NULL;
    mvo_conflict *conflict = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    v->report = (mvo_report)MVO_REPORT_INIT;
    v->rows = calloc(mvo_constraints_row_count(v->rules) + 1, sizeof *v->rows);
    int done = v->rows && ok(mvo_solver_new(&solver, NULL, covariance, v->rules, &error), &error, v->path) &&
               ok(mvo_maximum_utility(&outcome, solver, expected, risk_aversion, &error), &error, v->path);
    if (done && outcome == MVO_INFEASIBLE && mvo_solver_conflict(&conflict, solver, NULL) == MVO_OK)
        fprintf(stderr, "governance: %s: these rules contradict each other:\n%s\n", v->path,
                mvo_conflict_text(conflict));
    else if (done && outcome != MVO_OPTIMAL)
        fprintf(stderr, "governance: %s: %s\n", v->path, mvo_outcome_name(outcome));
    done = done && outcome == MVO_OPTIMAL && mvo_solver_weights(v->weights, solver) == MVO_OK &&
           mvo_solver_multipliers(v->rows, v->bounds, solver) == MVO_OK &&
           mvo_solver_report(&v->report, solver) == MVO_OK;
    mvo_conflict_free(conflict);
    mvo_solver_free(solver);
    return done;
}

static void print_line(const char *name, double before, double after)
{
    printf("%-16s %10.2f %10.2f %+10.2f\n", name, 100 * before, 100 * after, 100 * (after - before));
}

static void show_portfolios(const version *before, const version *after)
{
    printf("The best portfolios, in percent:\n\n%-16s %10s %10s %10s\n", "", "before", "after", "change");
    for (size_t j = 0; j < KNOWN; j++)
        print_line(known[j], before->weights[j], after->weights[j]);
    printf("\n");
    print_line("expected return", before->report.expected_return, after->report.expected_return);
    print_line("volatility", sqrt(before->report.variance), sqrt(after->report.variance));
    print_line("cost of trading", before->report.cost, after->report.cost);
    print_line("utility", -before->report.objective, -after->report.objective);
}

/* A multiplier says what it is worth to move a limit; one that is zero belongs to a rule that does not bind. */
static void show_binding(const version *v)
{
    printf("\nRules that bind in %s, and what moving each by one percent\nis worth, in basis points of utility:\n\n",
           v->path);
    for (size_t i = 0; i < mvo_constraints_row_count(v->rules); i++) {
        const char *name = mvo_constraints_row_name(v->rules, mvo_constraints_row_id(v->rules, i));
        if (v->rows[i] != 0.0)
            printf("  row %-12s %8.2f\n", name ? name : "(no name)", 100 * fabs(v->rows[i]));
    }
    for (size_t j = 0; j < KNOWN; j++)
        if (v->bounds[j] != 0.0)
            printf("  asset %-10s %8.2f\n", known[j], 100 * fabs(v->bounds[j]));
}

int main(int count, char **arguments)
{
    version before = { .path = count > 1 ? arguments[1] : "examples/data/committee.txt" };
    version after = { .path = count > 2 ? arguments[2] : "examples/data/committee_amended.txt" };
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *covariance = NULL;
    const int done = read_rules(&before) && read_rules(&after) && show_rules(&before) &&
                     show_difference(&before, &after) &&
                     ok(mvo_covariance_new_correlation(&covariance, NULL, KNOWN, volatility, correlation, KNOWN,
                                                       MVO_CHECK_ALL, &error),
                        &error, "the forecasts") &&
                     solve(&before, covariance) && solve(&after, covariance);
    if (done) {
        show_portfolios(&before, &after);
        show_binding(&before);
        show_binding(&after);
    }
    free(before.rows);
    free(after.rows);
    mvo_constraints_free(before.rules);
    mvo_constraints_free(after.rules);
    mvo_covariance_unref(covariance);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
