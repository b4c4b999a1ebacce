/* SPDX-License-Identifier: MIT */
/*
 * What holding few assets costs: the frontier with at most five stocks, each zero or at least 5 %, beside the one without
 * such limits. Each portfolio is proved to be the best of its kind.
 *
 *     build/examples/cardinality [--svg FILE] [FILE]     a CSV of daily prices; examples/data/djia30_daily.csv without one
 */
#include <mvo/mvo.h>

#include "support/csv.h"
#include "support/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS = 40, MOST = 5 };

static const double LEAST = 0.05, DAYS = 252.0;

typedef struct study {
    const char *prices, *svg;
    csv_table table;
    size_t n, days;
    double *returns, *mean, *weights;
    mvo_constraints *rules;
    mvo_covariance *covariance;
    mvo_solver *solver;
    mvo_selection *selection;
    double target[POINTS], few[POINTS], all[POINTS]; /* per day: returns and volatilities */
    size_t held[POINTS][2];
    long nodes[POINTS];
    double seconds;
} study;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "cardinality: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

static int optimal(mvo_outcome outcome)
{
    if (outcome != MVO_OPTIMAL)
        fprintf(stderr, "cardinality: %s\n", mvo_outcome_name(outcome));
    return outcome == MVO_OPTIMAL;
}

static double seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int read_options(study *s, int count, char **arguments)
{
    s->prices = "examples/data/djia30_daily.csv";
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--svg") && i + 1 < count) {
            s->svg = arguments[++i];
        } else if (arguments[i][0] == '-') {
            fprintf(stderr, "Usage: cardinality [--svg FILE] [FILE]\n");
            return 0;
        } else {
            s->prices = arguments[i];
        }
    }
    return 1;
}

static int prepare(study *s)
{
    char message[512];
    mvo_error error = MVO_ERROR_INIT;
    if (!csv_read(&s->table, s->prices, message, sizeof message)) {
        fprintf(stderr, "cardinality: %s\n", message);
        return 0;
    }
    s->n = s->table.columns;
    s->days = s->table.rows - 1;
    s->returns = csv_returns(&s->table);
    s->mean = calloc(s->n, sizeof *s->mean);
    s->weights = calloc(s->n, sizeof *s->weights);
    if (!s->returns || !s->mean || !s->weights) {
        fprintf(stderr, "cardinality: not enough memory\n");
        return 0;
    }
    column_means(s->mean, s->days, s->n, s->returns, s->days);
    for (size_t j = 0; j < s->n; j++)
        s->weights[j] = LEAST;
    return ok(mvo_covariance_new_returns(&s->covariance, NULL, s->days, s->n, s->returns, s->days, 1, MVO_CHECK_ALL,
                                         &error),
              &error) &&
           ok(mvo_constraints_new_long_only(&s->rules, NULL, s->n, &error), &error) &&
           ok(mvo_solver_new(&s->solver, NULL, s->covariance, s->rules, &error), &error) &&
           ok(mvo_selection_new(&s->selection, NULL, s->covariance, s->rules, &error), &error) &&
           ok(mvo_selection_set_most_holdings(s->selection, MOST, &error), &error) &&
           ok(mvo_selection_set_least_positions(s->selection, s->weights, &error), &error);
}

/* From the return of minimum variance up to that of the best asset. */
static int choose_targets(study *s)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    double least = 0.0, most = -HUGE_VAL;
    if (!ok(mvo_minimum_variance(&outcome, s->solver, &error), &error) || !optimal(outcome))
        return 0;
    mvo_solver_weights(s->weights, s->solver);
    for (size_t j = 0; j < s->n; j++) {
        least += s->mean[j] * s->weights[j];
        most = fmax(most, s->mean[j]);
    }
    for (int i = 0; i < POINTS; i++)
        s->target[i] = least + (most - least) * i / (POINTS - 1);
    return 1;
}

static int measure(study *s, double *volatility, size_t *held)
{
    mvo_error error = MVO_ERROR_INIT;
    *held = 0;
    for (size_t j = 0; j < s->n; j++)
        *held += s->weights[j] != 0.0;
    return ok(mvo_covariance_volatility(volatility, s->covariance, s->weights, &error), &error);
}

static int solve_point(study *s, int i)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    int64_t nodes = 0;
    /* At the ends of the frontier rounding must not ask for more than there is. */
    const double target = s->target[i] - 1e-12 * fabs(s->target[i]);
    if (!ok(mvo_minimum_variance_at_return(&outcome, s->solver, s->mean, target, &error), &error) || !optimal(outcome))
        return 0;
    mvo_solver_weights(s->weights, s->solver);
    if (!measure(s, &s->all[i], &s->held[i][0]))
        return 0;
    const double begin = seconds();
    if (!ok(mvo_selection_minimise(&outcome, s->selection, NULL, s->mean, target, &error), &error) || !optimal(outcome))
        return 0;
    s->seconds += seconds() - begin;
    mvo_selection_weights(s->weights, s->selection);
    mvo_selection_result(NULL, NULL, NULL, &nodes, s->selection);
    s->nodes[i] = (long)nodes;
    if (!measure(s, &s->few[i], &s->held[i][1]))
        return 0;
    if (s->few[i] < s->all[i] * (1.0 - 1e-9) || s->held[i][1] > MOST) {
        fprintf(stderr, "cardinality: point %d is better than the best, or holds too much\n", i);
        return 0;
    }
    return 1;
}

static int solve(study *s)
{
    for (int i = 0; i < POINTS; i++)
        if (!solve_point(s, i))
            return 0;
    return 1;
}

static void print_table(const study *s)
{
    const double root = 100 * sqrt(DAYS);
    printf("%zu assets, %zu days; figures per year of %g days; at most %d assets, each at least %g %%\n\n", s->n, s->days,
           DAYS, MOST, 100 * LEAST);
    printf("  %10s %22s %22s %8s\n", "return", "volatility, no limit", "volatility, few", "nodes");
    for (int i = 0; i < POINTS; i += 3)
        printf("  %8.2f %% %8.3f %% (%2zu assets) %8.3f %% (%2zu assets) %8ld\n", 100 * DAYS * s->target[i],
               root * s->all[i], s->held[i][0], root * s->few[i], s->held[i][1], s->nodes[i]);
    printf("\n%d portfolios of few assets, each proved best: %.1f ms\n", POINTS, 1e3 * s->seconds);
}

static int draw(const study *s)
{
    char message[256], title[160], subtitle[200], legend[80];
    picture_point curve[POINTS], other[POINTS], *assets = calloc(s->n, sizeof *assets);
    double *volatility = calloc(s->n, sizeof *volatility);
    int done = assets && volatility && mvo_covariance_volatilities(volatility, s->covariance, NULL) == MVO_OK;
    for (int i = 0; i < POINTS; i++) {
        curve[i] = (picture_point){ sqrt(DAYS) * s->few[i], DAYS * s->target[i], NULL };
        other[i] = (picture_point){ sqrt(DAYS) * s->all[i], DAYS * s->target[i], NULL };
    }
    for (size_t j = 0; done && j < s->n; j++)
        assets[j] = (picture_point){ sqrt(DAYS) * volatility[j], DAYS * s->mean[j], s->table.names[j] };
    snprintf(title, sizeof title, "At most %d of %zu assets, %.24s to %.24s", MOST, s->n, s->table.dates[0],
             s->table.dates[s->table.rows - 1]);
    snprintf(subtitle, sizeof subtitle, "fully invested, no short positions; each weight zero or at least %g %%",
             100 * LEAST);
    snprintf(legend, sizeof legend, "at most %d assets, each proved best", MOST);
    const picture p = { .title = title,
                        .subtitle = subtitle,
                        .asset = assets,
                        .assets = s->n,
                        .curve = curve,
                        .curve_points = POINTS,
                        .other = other,
                        .other_points = POINTS,
                        .curve_legend = legend,
                        .other_legend = "any number of assets" };
    if (done && !picture_write(&p, s->svg, message, sizeof message)) {
        fprintf(stderr, "cardinality: no picture: %s\n", message);
        done = 0;
    }
    if (done)
        printf("Picture  %s\n", s->svg);
    free(volatility);
    free(assets);
    return done;
}

int main(int count, char **arguments)
{
    study s = { 0 };
    int done = read_options(&s, count, arguments) && prepare(&s) && choose_targets(&s) && solve(&s);
    if (done)
        print_table(&s);
    if (done && s.svg)
        done = draw(&s);
    mvo_selection_free(s.selection);
    mvo_solver_free(s.solver);
    mvo_constraints_free(s.rules);
    mvo_covariance_unref(s.covariance);
    free(s.weights);
    free(s.mean);
    free(s.returns);
    csv_free(&s.table);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
