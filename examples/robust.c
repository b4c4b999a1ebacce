/* SPDX-License-Identifier: MIT */
/*
 * Robust against nominal, out of sample. Every 21 periods means and covariance of the last 252 are taken for the truth - or,
 * by the robust portfolios, for what they are: estimates, whose means are off by their standard errors. Each portfolio is
 * held until the next time. What its inputs promised stands beside what it brought: mean return less half the risk
 * aversion times the variance, per year.
 *
 *     build/examples/robust [--svg FILE] [FILE [PERIODS_PER_YEAR]]      examples/data/djia30_daily.csv 252 without one
 *
 * With --svg, a picture of promise and outcome, which needs gnuplot.
 */
#include <mvo/mvo.h>

#include "support/csv.h"
#include "support/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 252, HOLDING = 21, RESAMPLES = 30, RANKS = 11 };

enum { NOMINAL, HALF, ONE, TWO, BOX, TWO_PASTS, BALL, RESAMPLED, LEAST_VARIANCE, EQUAL, PORTFOLIOS };

static const char *const titles[PORTFOLIOS] = { "nominal",       "kappa 0.5",      "kappa 1",       "kappa 2",
                                                "box of 1 s.e.", "two covariances", "Wasserstein",   "resampled",
                                                "least variance", "equal weights" };
static const double RISK_AVERSION = 5.0;

typedef struct study {
    const char *svg;
    double periods_per_year;
    size_t n, periods, months;
    const csv_table *table;
    const double *returns;
    double *mean, *errors, *weights, *held; /* n, n, n, n-by-PORTFOLIOS */
    double *ranks;                          /* n-by-RANKS */
    mvo_constraints *rules;
    mvo_covariance *covariance, *calm;      /* of the window, and of its last quarter */
    double promised[PORTFOLIOS], sum[PORTFOLIOS], squares[PORTFOLIOS], turnover[PORTFOLIOS], largest[PORTFOLIOS];
    double days;
    mvo_error error;
} study;

static int ok(const study *s, mvo_status status)
{
    if (status != MVO_OK)
        fprintf(stderr, "robust: %s: %s\n", mvo_status_name(status), s->error.message);
    return status == MVO_OK;
}

static int optimal(const char *title, mvo_outcome outcome)
{
    if (outcome != MVO_OPTIMAL)
        fprintf(stderr, "robust: %s: %s\n", title, mvo_outcome_name(outcome));
    return outcome == MVO_OPTIMAL;
}

/* ------------------------------------------------------------------------------------------------ inputs */

/* Means, their standard errors, and two covariances from the window that ends before `day`. */
static int estimate(study *s, size_t day)
{
    const double *window = s->returns + (day - WINDOW);
    mvo_covariance_unref(s->covariance);
    mvo_covariance_unref(s->calm);
    s->covariance = s->calm = NULL;
    column_means(s->mean, WINDOW, s->n, window, s->periods);
    if (!ok(s, mvo_covariance_new_returns(&s->covariance, NULL, WINDOW, s->n, window, s->periods, 1, MVO_CHECK_ALL, &s->error)) ||
        !ok(s, mvo_covariance_new_returns(&s->calm, NULL, WINDOW / 4, s->n, window + WINDOW - WINDOW / 4, s->periods, 1,
                                          MVO_CHECK_ALL, &s->error)))
        return 0;
    for (size_t j = 0; j < s->n; j++) {
        double squares = 0.0;
        for (size_t t = 0; t < WINDOW; t++)
            squares += (window[t + j * s->periods] - s->mean[j]) * (window[t + j * s->periods] - s->mean[j]);
        s->errors[j] = sqrt(squares / (WINDOW - 1) / WINDOW);
    }
    return 1;
}

/* -------------------------------------------------------------------------------------------- portfolios */

/* The covariance of the means' errors is Sigma / T: an ellipsoid of kappa standard errors has the size kappa / sqrt(T). */
static int best_worst_case(study *s, int portfolio, double kappa)
{
    mvo_robust *robust = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_covariance *both[2] = { s->covariance, s->calm };
    const double *box = portfolio == BOX ? s->errors : NULL;
    int done = ok(s, mvo_robust_new(&robust, NULL, portfolio == TWO_PASTS ? 2 : 1, both, NULL, s->rules, &s->error)) &&
               ok(s, mvo_robust_set_box(robust, box, box, &s->error)) &&
               ok(s, mvo_robust_set_ellipsoid(robust, kappa / sqrt(WINDOW), &s->error));
    double radius = 0.0; /* as far away as an average mean is uncertain */
    for (size_t j = 0; j < s->n; j++)
        radius += s->errors[j] / (double)s->n;
    if (done && portfolio == BALL)
        done = ok(s, mvo_robust_wasserstein(&outcome, robust, radius, MVO_NORM_EUCLIDEAN, NULL, 0.0, &s->error));
    else if (done)
        done = ok(s, mvo_robust_maximum_utility(&outcome, robust, s->mean, RISK_AVERSION, &s->error));
    done = done && optimal(titles[portfolio], outcome) && ok(s, mvo_robust_weights(s->weights, robust));
    mvo_robust_free(robust);
    return done;
}

/* Of the resampled ranks the one with the highest utility by the inputs. */
static int resample(study *s, size_t day)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    double best = -HUGE_VAL;
    if (!ok(s, mvo_resampled_frontier(&outcome, s->ranks, s->n, RANKS, s->covariance, s->rules, s->mean, WINDOW, RESAMPLES,
                                      (int64_t)day, NULL, NULL, &s->error)) ||
        !optimal(titles[RESAMPLED], outcome))
        return 0;
    for (size_t r = 0; r < RANKS; r++) {
        double variance, mean = 0.0;
        const double *w = s->ranks + r * s->n;
        if (!ok(s, mvo_covariance_variance(&variance, s->covariance, w, &s->error)))
            return 0;
        for (size_t j = 0; j < s->n; j++)
            mean += s->mean[j] * w[j];
        if (mean - 0.5 * RISK_AVERSION * variance > best) {
            best = mean - 0.5 * RISK_AVERSION * variance;
            memcpy(s->weights, w, s->n * sizeof *w);
        }
    }
    return 1;
}

static int least_variance(study *s)
{
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    const int done = ok(s, mvo_solver_new(&solver, NULL, s->covariance, s->rules, &s->error)) &&
                     ok(s, mvo_minimum_variance(&outcome, solver, &s->error)) && optimal(titles[LEAST_VARIANCE], outcome) &&
                     ok(s, mvo_solver_weights(s->weights, solver));
    mvo_solver_free(solver);
    return done;
}

static int choose(study *s, int portfolio, size_t day)
{
    static const double kappa[PORTFOLIOS] = { [HALF] = 0.5, [ONE] = 1.0, [TWO] = 2.0 };
    switch (portfolio) {
    case RESAMPLED:
        return resample(s, day);
    case LEAST_VARIANCE:
        return least_variance(s);
    case EQUAL:
        return ok(s, mvo_equal_weights(s->weights, s->n, &s->error));
    default:
        return best_worst_case(s, portfolio, kappa[portfolio]);
    }
}

/* --------------------------------------------------------------------------------------------- out of sample */

static int promise(study *s, int portfolio)
{
    double variance, mean = 0.0, largest = 0.0;
    if (!ok(s, mvo_covariance_variance(&variance, s->covariance, s->weights, &s->error)))
        return 0;
    for (size_t j = 0; j < s->n; j++) {
        mean += s->mean[j] * s->weights[j];
        largest = fmax(largest, s->weights[j]);
    }
    s->promised[portfolio] += mean - 0.5 * RISK_AVERSION * variance;
    s->largest[portfolio] += largest;
    return 1;
}

/* Buys the weights and holds them; prices move them until the next time. */
static void hold(study *s, int portfolio, size_t day)
{
    double *held = s->held + (size_t)portfolio * s->n;
    for (size_t j = 0; j < s->n; j++) {
        s->turnover[portfolio] += s->months ? fabs(s->weights[j] - held[j]) : 0.0;
        held[j] = s->weights[j];
    }
    for (size_t t = day; t < day + HOLDING; t++) {
        double change = 0.0;
        for (size_t j = 0; j < s->n; j++)
            change += held[j] * s->returns[t + j * s->periods];
        for (size_t j = 0; j < s->n; j++)
            held[j] *= (1.0 + s->returns[t + j * s->periods]) / (1.0 + change);
        s->sum[portfolio] += change;
        s->squares[portfolio] += change * change;
    }
}

static int walk(study *s)
{
    for (size_t day = WINDOW; day + HOLDING <= s->periods; day += HOLDING) {
        if (!estimate(s, day))
            return 0;
        for (int p = 0; p < PORTFOLIOS; p++) {
            if (!choose(s, p, day) || !promise(s, p))
                return 0;
            hold(s, p, day);
        }
        s->months++;
        s->days += HOLDING;
    }
    return s->months > 0;
}

/* ------------------------------------------------------------------------------------------------ telling */

static double realised(const study *s, int p)
{
    const double mean = s->sum[p] / s->days, variance = s->squares[p] / s->days - mean * mean;
    return s->periods_per_year * (mean - 0.5 * RISK_AVERSION * variance);
}

static void print_table(const study *s)
{
    const double year = s->periods_per_year, times = (double)s->months;
    printf("%zu assets, %zu times %d periods out of sample, risk aversion %g; utilities per year\n\n", s->n, s->months, HOLDING,
           RISK_AVERSION);
    printf("  %-16s %10s %10s %10s %10s %10s %9s\n", "", "promised", "realised", "return", "volatility", "turnover", "largest");
    for (int p = 0; p < PORTFOLIOS; p++) {
        const double mean = s->sum[p] / s->days;
        printf("  %-16s %8.2f %% %8.2f %% %8.2f %% %8.2f %% %9.2fx %7.1f %%\n", titles[p], 100 * year * s->promised[p] / times,
               100 * realised(s, p), 100 * year * mean, 100 * sqrt(year * (s->squares[p] / s->days - mean * mean)),
               s->turnover[p] / (s->days / year), 100 * s->largest[p] / times);
    }
}

/* The nominal portfolio is the best by its inputs: none may promise more. */
static int agrees(const study *s)
{
    for (int p = 0; p < PORTFOLIOS; p++)
        if (s->promised[p] > s->promised[NOMINAL] * (1.0 + 1e-9)) {
            fprintf(stderr, "robust: %s promises more than the best\n", titles[p]);
            return 0;
        }
    return 1;
}

static int draw(const study *s)
{
    char message[256], subtitle[200];
    double before[PORTFOLIOS], after[PORTFOLIOS];
    for (int p = 0; p < PORTFOLIOS; p++) {
        before[p] = s->periods_per_year * s->promised[p] / (double)s->months;
        after[p] = realised(s, p);
    }
    snprintf(subtitle, sizeof subtitle, "%zu assets, %.24s to %.24s: chosen every %d days from the last %d, long-only", s->n,
             s->table->dates[WINDOW], s->table->dates[s->table->rows - 1], HOLDING, WINDOW);
    const picture_bars bars = { "What portfolios promised, and what they brought",
                                subtitle,
                                "utility per year",
                                PORTFOLIOS,
                                titles,
                                before,
                                after,
                                "promised by the inputs",
                                "realised out of sample" };
    if (picture_bars_write(&bars, s->svg, message, sizeof message)) {
        printf("\nPicture  %s\n", s->svg);
        return 1;
    }
    fprintf(stderr, "robust: no picture: %s\n", message);
    return 0;
}

/* ---------------------------------------------------------------------------------------------------- main */

static int run(study *s)
{
    double *returns = csv_returns(s->table);
    s->returns = returns;
    s->n = s->table->columns;
    s->periods = s->table->rows - 1;
    double **const vectors[] = { &s->mean, &s->errors, &s->weights };
    int done = returns != NULL;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        done &= (*vectors[i] = calloc(s->n, sizeof(double))) != NULL;
    s->held = calloc(s->n * PORTFOLIOS, sizeof *s->held);
    s->ranks = calloc(s->n * RANKS, sizeof *s->ranks);
    done = done && s->held && s->ranks && ok(s, mvo_constraints_new_long_only(&s->rules, NULL, s->n, &s->error)) && walk(s);
    if (done) {
        print_table(s);
        done = agrees(s) && (!s->svg || draw(s));
    }
    mvo_covariance_unref(s->covariance);
    mvo_covariance_unref(s->calm);
    mvo_constraints_free(s->rules);
    free(s->ranks);
    free(s->held);
    free(s->weights);
    free(s->errors);
    free(s->mean);
    free(returns);
    return done;
}

int main(int count, char **arguments)
{
    const char *path = NULL;
    char message[512];
    study s = { .periods_per_year = 252.0, .error = MVO_ERROR_INIT };
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--svg") && i + 1 < count) {
            s.svg = arguments[++i];
        } else if (arguments[i][0] == '-' || (path && !(strtod(arguments[i], NULL) > 0.0))) {
            fprintf(stderr, "Usage: robust [--svg FILE] [FILE [PERIODS_PER_YEAR]]\n");
            return EXIT_FAILURE;
        } else if (path) {
            s.periods_per_year = strtod(arguments[i], NULL);
        } else {
            path = arguments[i];
        }
    }
    csv_table table;
    if (!csv_read(&table, path ? path : "examples/data/djia30_daily.csv", message, sizeof message)) {
        fprintf(stderr, "robust: %s\n", message);
        return EXIT_FAILURE;
    }
    s.table = &table;
    int done = 0;
    if (table.rows < WINDOW + HOLDING + 1)
        fprintf(stderr, "robust: at least %d lines of prices are needed\n", WINDOW + HOLDING + 1);
    else
        done = run(&s);
    csv_free(&table);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
