/* SPDX-License-Identifier: MIT */
/*
 * From a file of prices to the exact efficient frontier: a table, a picture, and the corner portfolios as CSV.
 *
 *     build/examples/frontier --svg frontier.svg examples/data/djia30_daily.csv
 *
 * The steps, in main(): read prices, make returns, estimate, state the rules, trace, report. Everything is computed per
 * period; figures are turned into yearly ones only where they are printed (mean x f, volatility x sqrt(f)).
 */
#include <mvo/mvo.h>

#include "support/csv.h"
#include "support/picture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------------------------ options */

static const char help[] =
    "Usage: frontier [options] [FILE]\n"
    "Traces the exact efficient frontier of the assets in FILE, a CSV of prices: first line a heading for the dates "
    "and\n"
    "one name per asset, then a date and one price per asset on each line. Without FILE: the thirty Dow Jones stocks "
    "in\n"
    "examples/data. Weights add up to 1.\n"
    "\n"
    "  --rf R                 risk-free rate per year as a decimal, 0.03 for 3 % (default 0)\n"
    "  --periods-per-year N   lines of prices per year (default 252, trading days)\n"
    "  --lower L              least weight of each asset (default 0; negative allows short positions; -inf)\n"
    "  --upper U              largest weight of each asset (default 1; inf)\n"
    "  --svg FILE             writes a picture of the frontier (needs gnuplot)\n"
    "  --csv FILE             writes all corner portfolios with their weights\n"
    "  --help                 prints this\n"
    "\n"
    "Exit status: 0 if all that was asked for was done, 1 if not.\n";

typedef struct options {
    const char *prices, *svg, *csv;
    double rf, periods_per_year, lower, upper;
} options;

static int complain(const char *what, const char *detail)
{
    fprintf(stderr, "frontier: %s%s\n", what, detail);
    return 0;
}

static int read_number(const char *name, const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    if (end != text && !*end && !isnan(*value))
        return 1;
    fprintf(stderr, "frontier: %s needs a number, not '%s'\n", name, text);
    return 0;
}

static int check_options(const options *o)
{
    if (!(o->periods_per_year > 0) || !isfinite(o->periods_per_year))
        return complain("--periods-per-year must be positive", "");
    if (!isfinite(o->rf))
        return complain("--rf must be finite", "");
    if (o->lower > o->upper)
        return complain("--lower is above --upper", "");
    return 1;
}

/* Returns 1 to go on, 0 on a mistake, -1 if only the help was wanted. */
static int read_options(options *o, int count, char **arguments)
{
    struct {
        const char *name, **text;
        double *number;
    } const known[] = {
        { "--rf", NULL, &o->rf },       { "--periods-per-year", NULL, &o->periods_per_year },
        { "--lower", NULL, &o->lower }, { "--upper", NULL, &o->upper },
        { "--svg", &o->svg, NULL },     { "--csv", &o->csv, NULL },
    };
    const size_t kinds = sizeof known / sizeof *known;
    for (int i = 1; i < count; i++) {
        const char *argument = arguments[i];
        size_t k = 0;
        if (!strcmp(argument, "--help") || !strcmp(argument, "-h"))
            return -1;
        while (k < kinds && strcmp(argument, known[k].name))
            k++;
        if (k == kinds) {
            if (argument[0] == '-' && argument[1])
                return complain("unknown option ", argument);
            if (o->prices)
                return complain("one file at a time, please; the second is ", argument);
            o->prices = argument;
        } else if (++i == count) {
            return complain(argument, " needs a value");
        } else if (known[k].text) {
            *known[k].text = arguments[i];
        } else if (!read_number(argument, arguments[i], known[k].number)) {
            return 0;
        }
    }
    return check_options(o);
}

/* ------------------------------------------------------------------------------------------ a study */

enum { MINIMUM_VARIANCE, MAXIMUM_SHARPE, MAXIMUM_RETURN, NAMED };

/* One portfolio of the frontier, per period. */
typedef struct portfolio {
    int exists;
    double expected_return, volatility, *weights;
} portfolio;

typedef struct study {
    options o;
    csv_table table;
    size_t n, periods;
    double *returns, *mean, *volatility, *weights; /* per period; weights: room for one portfolio */
    mvo_covariance *covariance;
    mvo_constraints *rules;
    mvo_solver *solver;
    mvo_frontier *frontier;
    portfolio named[NAMED];
    mvo_outcome sharpe_outcome;
    double sharpe;                                  /* the largest ratio, per period */
    double reading, estimating, preparing, tracing; /* seconds */
} study;

static const char *const named_titles[NAMED] = { "minimum variance", "maximum Sharpe", "maximum return" };

static double per_year(const study *s, double mean)
{
    return mean * s->o.periods_per_year;
}

static double volatility_per_year(const study *s, double volatility)
{
    return volatility * sqrt(s->o.periods_per_year);
}

/* The ratio of a portfolio per year. */
static double sharpe_per_year(const study *s, double expected_return, double volatility)
{
    return (per_year(s, expected_return) - s->o.rf) / volatility_per_year(s, volatility);
}

static double seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Says why a call of the library failed; returns 0. */
static int failed(const char *doing, mvo_status status, const mvo_error *error)
{
    fprintf(stderr, "frontier: %s: %s (%s)\n", doing, error->message, mvo_status_name(status));
    return 0;
}

static int read_prices(study *s)
{
    char message[512];
    const double begin = seconds();
    if (!csv_read(&s->table, s->o.prices, message, sizeof message))
        return complain(message, "");
    if (s->table.rows < 3)
        return complain(s->o.prices, ": a covariance needs at least three lines of prices");
    s->n = s->table.columns;
    s->periods = s->table.rows - 1;
    s->returns = csv_returns(&s->table);
    s->mean = calloc(s->n, sizeof *s->mean);
    s->volatility = calloc(s->n, sizeof *s->volatility);
    s->weights = calloc(s->n, sizeof *s->weights);
    for (int i = 0; i < NAMED; i++)
        s->named[i].weights = calloc(s->n, sizeof *s->weights);
    if (!s->returns || !s->mean || !s->volatility || !s->weights || !s->named[MINIMUM_VARIANCE].weights ||
        !s->named[MAXIMUM_SHARPE].weights || !s->named[MAXIMUM_RETURN].weights)
        return complain("not enough memory", "");
    column_means(s->mean, s->periods, s->n, s->returns, s->periods);
    s->reading = seconds() - begin;
    return 1;
}

static int estimate(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    const double begin = seconds();
    mvo_status status = mvo_covariance_new_returns(&s->covariance, NULL, s->periods, s->n, s->returns, s->periods, 1,
                                                   MVO_CHECK_ALL, &error);
    s->estimating = seconds() - begin;
    if (!status)
        status = mvo_covariance_volatilities(s->volatility, s->covariance, &error);
    return status ? failed("estimating the covariance", status, &error) : 1;
}

/* Weights that add up to one, each within its bounds, known by the names of the file. */
static int state_rules(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_status status = mvo_constraints_new_long_only(&s->rules, NULL, s->n, &error);
    for (size_t j = 0; !status && j < s->n; j++) {
        status = mvo_constraints_set_asset_name(s->rules, j, s->table.names[j], &error);
        if (!status)
            status = mvo_constraints_set_bound(s->rules, j, s->o.lower, s->o.upper, &error);
    }
    return status ? failed("stating the rules", status, &error) : 1;
}

/* Why there is no frontier; returns 0. */
static int explain(study *s, mvo_outcome outcome)
{
    mvo_conflict *conflict = NULL;
    if (outcome == MVO_INFEASIBLE && mvo_solver_conflict(&conflict, s->solver, NULL) == MVO_OK) {
        fprintf(stderr, "frontier: no portfolio obeys the rules; these contradict each other:\n%s\n",
                mvo_conflict_text(conflict));
        mvo_conflict_free(conflict);
        return 0;
    }
    if (outcome == MVO_UNBOUNDED)
        return complain("under these rules return can be had without risk and without end", "");
    return complain("there is no frontier: ", mvo_outcome_name(outcome));
}

static int trace(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome = MVO_OPTIMAL;
    double begin = seconds();
    mvo_status status = mvo_solver_new(&s->solver, NULL, s->covariance, s->rules, &error);
    s->preparing = seconds() - begin;
    begin = seconds();
    if (!status)
        status = mvo_frontier_new(&s->frontier, &outcome, s->solver, s->mean, &error);
    s->tracing = seconds() - begin;
    if (status)
        return failed("tracing the frontier", status, &error);
    return outcome == MVO_OPTIMAL ? 1 : explain(s, outcome);
}

static int begins_with_a_ray(const study *s)
{
    return mvo_frontier_ray(s->weights, s->frontier) == MVO_OK;
}

static int name_portfolios(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    portfolio *low = &s->named[MINIMUM_VARIANCE], *best = &s->named[MAXIMUM_SHARPE], *high = &s->named[MAXIMUM_RETURN];
    const size_t last = mvo_frontier_corner_count(s->frontier) - 1;
    mvo_frontier_corner(NULL, &low->expected_return, &low->volatility, low->weights, s->frontier, last);
    mvo_frontier_corner(NULL, &high->expected_return, &high->volatility, high->weights, s->frontier, 0);
    low->exists = 1;
    high->exists = !begins_with_a_ray(s);
    const mvo_status status =
        mvo_frontier_max_sharpe(&s->sharpe_outcome, &s->sharpe, &best->expected_return, &best->volatility,
                                best->weights, s->frontier, s->o.rf / s->o.periods_per_year, &error);
    best->exists = s->sharpe_outcome == MVO_OPTIMAL;
    return status ? failed("looking for the maximum Sharpe ratio", status, &error) : 1;
}

static void forget(study *s)
{
    mvo_frontier_unref(s->frontier);
    mvo_solver_free(s->solver);
    mvo_constraints_free(s->rules);
    mvo_covariance_unref(s->covariance);
    for (int i = 0; i < NAMED; i++)
        free(s->named[i].weights);
    free(s->weights);
    free(s->volatility);
    free(s->mean);
    free(s->returns);
    csv_free(&s->table);
}

/* ------------------------------------------------------------------------------------------- tables */

/* A weight that would be printed as 0.00 % because it is rounding. */
static int is_held(double weight)
{
    return fabs(weight) > 1e-9;
}

static size_t holdings(const double *weights, size_t n)
{
    size_t count = 0;
    for (size_t j = 0; j < n; j++)
        count += (size_t)is_held(weights[j]);
    return count;
}

static void describe_rules(char *text, size_t size, const study *s)
{
    if (isfinite(s->o.lower) && isfinite(s->o.upper))
        snprintf(text, size, "fully invested, each weight from %g %% to %g %%", 100 * s->o.lower, 100 * s->o.upper);
    else if (isfinite(s->o.lower))
        snprintf(text, size, "fully invested, each weight at least %g %%", 100 * s->o.lower);
    else if (isfinite(s->o.upper))
        snprintf(text, size, "fully invested, each weight at most %g %%", 100 * s->o.upper);
    else
        snprintf(text, size, "fully invested, no limits on the weights");
}

static void print_heading(const study *s)
{
    char rules[128];
    describe_rules(rules, sizeof rules, s);
    printf("Prices   %s: %zu assets, %zu dates, %s to %s\n", s->o.prices, s->n, s->table.rows, s->table.dates[0],
           s->table.dates[s->table.rows - 1]);
    printf("Rules    %s\n", rules);
    printf(
        "Figures  per year of %g periods (mean x %g, volatility x sqrt %g) from simple returns; risk-free rate %g %%\n",
        s->o.periods_per_year, s->o.periods_per_year, s->o.periods_per_year, 100 * s->o.rf);
}

static int name_width(const study *s)
{
    size_t width = 12; /* of the words under the table */
    for (size_t j = 0; j < s->n; j++)
        width = strlen(s->table.names[j]) > width ? strlen(s->table.names[j]) : width;
    return width > 24 ? 24 : (int)width;
}

static double return_figure(const study *s, const portfolio *p)
{
    return 100 * per_year(s, p->expected_return);
}

static double volatility_figure(const study *s, const portfolio *p)
{
    return 100 * volatility_per_year(s, p->volatility);
}

static double sharpe_figure(const study *s, const portfolio *p)
{
    return sharpe_per_year(s, p->expected_return, p->volatility);
}

static double holdings_figure(const study *s, const portfolio *p)
{
    return (double)holdings(p->weights, s->n);
}

/* A line under the assets: one figure of each named portfolio. */
static void print_figure(const study *s, int width, const char *title,
                         double (*figure)(const study *, const portfolio *), int decimals)
{
    printf("  %-*s %9s %11s   ", width, title, "", "");
    for (int i = 0; i < NAMED; i++) {
        if (s->named[i].exists)
            printf(" %9.*f", decimals, figure(s, &s->named[i]));
        else
            printf(" %9s", "none");
    }
    printf("\n");
}

static void print_asset(const study *s, int width, size_t j)
{
    printf("  %-*.*s %9.2f %11.2f   ", width, width, s->table.names[j], 100 * per_year(s, s->mean[j]),
           100 * volatility_per_year(s, s->volatility[j]));
    for (int i = 0; i < NAMED; i++) {
        if (s->named[i].exists && is_held(s->named[i].weights[j]))
            printf(" %9.2f", 100 * s->named[i].weights[j]);
        else
            printf(" %9s", s->named[i].exists ? "-" : "");
    }
    printf("\n");
}

static int is_held_by_a_named_one(const study *s, size_t j)
{
    for (int i = 0; i < NAMED; i++)
        if (s->named[i].exists && is_held(s->named[i].weights[j]))
            return 1;
    return 0;
}

static void print_missing_portfolios(const study *s)
{
    if (s->sharpe_outcome == MVO_NO_EXCESS_RETURN)
        printf("\n  No maximum Sharpe ratio: no portfolio under these rules beats the risk-free rate.\n");
    if (s->sharpe_outcome == MVO_NOT_ATTAINED)
        printf(
            "\n  No maximum Sharpe ratio: it is not reached (a riskless portfolio beats the rate, or more risk always "
            "pays).\n");
    if (!s->named[MAXIMUM_RETURN].exists)
        printf("\n  No maximum return: the frontier goes on without end.\n");
}

/* Every asset with its weights in the named portfolios; in a large universe only those that one of them holds. */
static void print_assets(const study *s)
{
    enum { MOST_ASSETS = 100 };
    const int width = name_width(s);
    size_t left_out = 0;
    printf("\nAssets, and the weights of three portfolios, in %%\n\n");
    printf("  %-*s %9s %11s    %9s %9s %9s\n", width, "", "", "", "minimum", "maximum", "maximum");
    printf("  %-*s %9s %11s    %9s %9s %9s\n", width, "asset", "mean", "volatility", "variance", "Sharpe", "return");
    for (size_t j = 0; j < s->n; j++) {
        if (s->n <= MOST_ASSETS || is_held_by_a_named_one(s, j))
            print_asset(s, width, j);
        else
            left_out++;
    }
    if (left_out)
        printf("  (%zu assets that none of the three holds are not shown)\n", left_out);
    printf("\n");
    print_figure(s, width, "return", return_figure, 2);
    print_figure(s, width, "volatility", volatility_figure, 2);
    print_figure(s, width, "Sharpe ratio", sharpe_figure, 3);
    print_figure(s, width, "holdings", holdings_figure, 0);
    print_missing_portfolios(s);
}

/* What happened to asset j between two corners: '+' it came in, '-' it left, '^' it reached its upper limit, 'v' it
   left that, 0 nothing. */
static char change(const study *s, const double *before, const double *after, size_t j)
{
    const double slack = 1e-9 * fmax(fabs(s->o.upper), 1.0);
    const int was_at_top = before[j] >= s->o.upper - slack, is_at_top = after[j] >= s->o.upper - slack;
    if (s->o.upper < 1 && was_at_top != is_at_top)
        return is_at_top ? '^' : 'v';
    if (is_held(before[j]) != is_held(after[j]))
        return is_held(after[j]) ? '+' : '-';
    return 0;
}

static void print_changes(const study *s, const double *before, const double *after)
{
    enum { MOST_CHANGES = 4 };
    size_t changes = 0;
    for (size_t j = 0; j < s->n; j++) {
        const char what = change(s, before, after, j);
        if (what && changes++ < MOST_CHANGES)
            printf(" %c%.16s", what, s->table.names[j]);
    }
    if (changes > MOST_CHANGES)
        printf(" and %zu more", changes - MOST_CHANGES);
}

static int print_corners(const study *s)
{
    enum { MOST_CORNERS = 48 };
    const size_t count = mvo_frontier_corner_count(s->frontier);
    const size_t step = count <= MOST_CORNERS ? 1 : (count + MOST_CORNERS - 1) / MOST_CORNERS;
    double *before = calloc(s->n, sizeof *before);
    if (!before)
        return complain("not enough memory", "");
    printf("\nCorner portfolios: %zu. Between neighbours weights are linear, so these are the whole frontier.\n",
           count);
    if (step > 1)
        printf("One in %zu is shown; --csv writes them all.\n", step);
    printf("\n  %6s %12s %9s %11s %8s %9s   %s\n", "corner", "lambda", "return", "volatility", "Sharpe", "holdings",
           s->o.upper < 1 ? "in (+), out (-), at its upper limit (^) and off it (v)" : "in (+) and out (-)");
    for (size_t k = 0; k < count; k = k + step < count || k + 1 == count ? k + step : count - 1) {
        double lambda, expected_return, volatility;
        mvo_frontier_corner(&lambda, &expected_return, &volatility, s->weights, s->frontier, k);
        printf("  %6zu %12.6g %9.2f %11.2f %8.3f %9zu  ", k, lambda, 100 * per_year(s, expected_return),
               100 * volatility_per_year(s, volatility), sharpe_per_year(s, expected_return, volatility),
               holdings(s->weights, s->n));
        print_changes(s, before, s->weights);
        memcpy(before, s->weights, s->n * sizeof *before);
        printf("\n");
    }
    free(before);
    return 1;
}

static void print_times(const study *s)
{
    printf("\nTime     reading %.2f ms; covariance handle (%zu x %zu from %zu returns) %.2f ms; solver handle %.3f ms; "
           "whole frontier %.3f ms\n",
           1e3 * s->reading, s->n, s->n, s->periods, 1e3 * s->estimating, 1e3 * s->preparing, 1e3 * s->tracing);
}

/* ------------------------------------------------------------------------------------------ CSV out */

static void print_cell(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

/* All corners with all digits; return and volatility per period, as lambda is, and per year. */
static int write_csv(const study *s)
{
    FILE *file = fopen(s->o.csv, "w");
    if (!file) {
        fprintf(stderr, "frontier: %s: %s\n", s->o.csv, strerror(errno));
        return 0;
    }
    fprintf(file, "corner,lambda,return,volatility,return_per_year,volatility_per_year");
    for (size_t j = 0; j < s->n; j++) {
        fputc(',', file);
        print_cell(file, s->table.names[j]);
    }
    fputc('\n', file);
    for (size_t k = 0; k < mvo_frontier_corner_count(s->frontier); k++) {
        double lambda, expected_return, volatility;
        mvo_frontier_corner(&lambda, &expected_return, &volatility, s->weights, s->frontier, k);
        fprintf(file, "%zu,%.17g,%.17g,%.17g,%.17g,%.17g", k, lambda, expected_return, volatility,
                per_year(s, expected_return), volatility_per_year(s, volatility));
        for (size_t j = 0; j < s->n; j++)
            fprintf(file, ",%.17g", s->weights[j]);
        fputc('\n', file);
    }
    const int written = !ferror(file);
    if (fclose(file) || !written)
        return complain(s->o.csv, " could not be written completely");
    printf("Corners  %s\n", s->o.csv);
    return 1;
}

/* ------------------------------------------------------------------------------------------ picture */

static picture_point point(const study *s, double volatility, double expected_return, const char *label)
{
    return (picture_point){ volatility_per_year(s, volatility), per_year(s, expected_return), label };
}

static double largest(const double *x, size_t n)
{
    double most = x[0];
    for (size_t i = 1; i < n; i++)
        most = fmax(most, x[i]);
    return most;
}

/* Evenly spaced in return, from minimum variance up; a frontier without end is cut where the riskiest asset stands. */
static size_t trace_curve(picture_point *curve, size_t points, const study *s)
{
    const portfolio *low = &s->named[MINIMUM_VARIANCE];
    double top = s->named[MAXIMUM_RETURN].expected_return;
    if (!s->named[MAXIMUM_RETURN].exists) {
        const double cut = fmax(1.1 * largest(s->volatility, s->n), 1.5 * s->named[MAXIMUM_RETURN].volatility);
        if (mvo_frontier_at_volatility(NULL, &top, NULL, s->frontier, cut, NULL))
            return 0;
    }
    for (size_t i = 0; i < points; i++) {
        const double share = (double)i / (double)(points - 1);
        const double expected_return = low->expected_return + share * (top - low->expected_return);
        double volatility;
        if (mvo_frontier_at_return(NULL, &volatility, NULL, s->frontier, expected_return, NULL))
            return 0;
        curve[i] = point(s, volatility, expected_return, NULL);
    }
    return points;
}

static size_t collect_named(picture_point *named, int *color, char (*legend)[96], const char **texts, const study *s)
{
    size_t count = 0;
    for (int i = 0; i < NAMED; i++) {
        const portfolio *p = &s->named[i];
        if (!p->exists)
            continue;
        named[count] = point(s, p->volatility, p->expected_return, named_titles[i]);
        color[count] = i;
        snprintf(legend[count], sizeof *legend, "%s: return %.1f %%, volatility %.1f %%", named_titles[i],
                 100 * per_year(s, p->expected_return), 100 * volatility_per_year(s, p->volatility));
        texts[count] = legend[count];
        count++;
    }
    return count;
}

static int draw(const study *s, picture_point *assets, picture_point *corners, picture_point *curve, size_t points)
{
    picture_point named[NAMED];
    int color[NAMED];
    char legend[NAMED][96], title[160], subtitle[200], rules[128], line[96], message[256];
    const char *texts[NAMED];
    const size_t corner_count = mvo_frontier_corner_count(s->frontier);
    for (size_t j = 0; j < s->n; j++)
        assets[j] = point(s, s->volatility[j], s->mean[j], s->table.names[j]);
    for (size_t k = 0; k < corner_count; k++) {
        double expected_return, volatility;
        mvo_frontier_corner(NULL, &expected_return, &volatility, NULL, s->frontier, k);
        corners[k] = point(s, volatility, expected_return, NULL);
    }
    describe_rules(rules, sizeof rules, s);
    snprintf(title, sizeof title, "Efficient frontier of %zu assets, %.24s to %.24s", s->n, s->table.dates[0],
             s->table.dates[s->table.rows - 1]);
    snprintf(subtitle, sizeof subtitle, "%s; mean and covariance of %zu simple returns", rules, s->periods);
    snprintf(line, sizeof line, "capital market line from %g %%, Sharpe ratio %.2f", 100 * s->o.rf,
             s->sharpe * sqrt(s->o.periods_per_year));
    const picture p = {
        .title = title,
        .subtitle = subtitle,
        .asset = assets,
        .assets = s->n,
        .corner = corners,
        .corners = corner_count,
        .curve = curve,
        .curve_points = trace_curve(curve, points, s),
        .named = named,
        .named_points = collect_named(named, color, legend, texts, s),
        .legend = texts,
        .color = color,
        .has_line = s->named[MAXIMUM_SHARPE].exists,
        .riskfree = s->o.rf,
        .sharpe = s->sharpe * sqrt(s->o.periods_per_year),
        .line_legend = line,
    };
    if (!picture_write(&p, s->o.svg, message, sizeof message))
        return complain("no picture: ", message);
    printf("Picture  %s\n", s->o.svg);
    return 1;
}

static int write_picture(const study *s)
{
    enum { POINTS = 500 };
    picture_point *assets = calloc(s->n, sizeof *assets);
    picture_point *corners = calloc(mvo_frontier_corner_count(s->frontier), sizeof *corners);
    picture_point *curve = calloc(POINTS, sizeof *curve);
    const int done = assets && corners && curve ? draw(s, assets, corners, curve, POINTS)
                                                : complain("no picture: ", "not enough memory");
    free(assets);
    free(corners);
    free(curve);
    return done;
}

/* --------------------------------------------------------------------------------------------- main */

int main(int argument_count, char **arguments)
{
    study s = { .o = { .periods_per_year = 252, .upper = 1 } };
    const int going = read_options(&s.o, argument_count, arguments);
    if (going < 0)
        fputs(help, stdout);
    if (going <= 0)
        return going ? EXIT_SUCCESS : EXIT_FAILURE;
    if (!s.o.prices)
        s.o.prices = "examples/data/djia30_daily.csv";

    int done = read_prices(&s) && estimate(&s) && state_rules(&s) && trace(&s) && name_portfolios(&s);
    if (done) {
        print_heading(&s);
        print_assets(&s);
        done = print_corners(&s);
        print_times(&s);
        fflush(stdout);
        if (s.o.csv)
            done &= write_csv(&s);
        if (s.o.svg)
            done &= write_picture(&s);
    }
    forget(&s);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
