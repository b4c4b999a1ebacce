/* SPDX-License-Identifier: MIT */
/*
 * Many threads, one covariance. Each thread takes the shared, immutable covariance and has rules and a solver of its
 * own: no locks anywhere. Afterwards everything is done again on one thread, and the answers must be the same to the
 * bit.
 *
 *     build/examples/threads [FILE]        a CSV of prices; examples/data/djia30_daily.csv without one
 */
#include <mvo/mvo.h>

#include "support/csv.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 16, PROBLEMS = 12 };

/* What one client wants: a sequence of portfolios under a cap of its own. */
typedef struct client {
    mvo_covariance *covariance; /* shared */
    const double *mu;           /* shared */
    size_t n;
    double cap;
    double *weights; /* PROBLEMS * n, the client's own */
    int done;
} client;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "threads: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

/* Portfolios from cautious to bold; the solver starts each from the one before. */
static int serve(client *c)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    int done = ok(mvo_constraints_new_long_only(&rules, NULL, c->n, &error), &error);
    for (size_t j = 0; done && j < c->n; j++)
        done = ok(mvo_constraints_set_bound(rules, j, 0.0, c->cap, &error), &error);
    done = done && ok(mvo_solver_new(&solver, NULL, c->covariance, rules, &error), &error);
    for (size_t k = 0; done && k < PROBLEMS; k++) {
        const double risk_aversion = 64.0 / (double)(1 << k); /* 64, 32, ... down to 1/32 */
        mvo_outcome outcome = MVO_NUMERICAL;
        done = ok(mvo_maximum_utility(&outcome, solver, c->mu, risk_aversion, &error), &error);
        if (done && outcome != MVO_OPTIMAL) {
            fprintf(stderr, "threads: no optimum: %s\n", mvo_outcome_name(outcome));
            done = 0;
        }
        done = done && ok(mvo_solver_weights(c->weights + k * c->n, solver), &error);
    }
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    return done;
}

static void *serve_in_thread(void *user)
{
    client *c = user;
    c->done = serve(c);
    return NULL;
}

/* All clients at once. A thread that cannot be started leaves its client undone. */
static void serve_together(client *clients)
{
    pthread_t threads[THREADS];
    int started[THREADS];
    for (int t = 0; t < THREADS; t++)
        started[t] = pthread_create(&threads[t], NULL, serve_in_thread, &clients[t]) == 0;
    for (int t = 0; t < THREADS; t++)
        if (started[t])
            pthread_join(threads[t], NULL);
}

/* Every client in its thread, then every client again here; `weights` holds two answers of each. */
static int compare(mvo_covariance *covariance, const double *mu, size_t n, double *weights)
{
    client clients[THREADS];
    const size_t answer = PROBLEMS * n;
    for (size_t t = 0; t < THREADS; t++) {
        const double cap = (2.0 + (double)t) / (double)n; /* 2/n to 17/n: every set of rules can be met */
        clients[t] = (client){ covariance, mu, n, cap, weights + t * answer, 0 };
    }
    serve_together(clients);
    for (size_t t = 0; t < THREADS; t++) {
        client again = clients[t];
        again.weights = weights + (THREADS + t) * answer;
        if (!clients[t].done || !serve(&again))
            return 0;
        if (memcmp(again.weights, clients[t].weights, answer * sizeof(double))) {
            fprintf(stderr, "threads: thread %zu got other bits than the serial run\n", t);
            return 0;
        }
    }
    printf("%d threads, %d portfolios each of %zu assets, one covariance: bit-identical to one thread\n", THREADS,
           PROBLEMS, n);
    return 1;
}

static int share(const csv_table *table, const double *returns)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *covariance = NULL;
    const size_t n = table->columns, periods = table->rows - 1;
    double *mu = calloc(n, sizeof *mu);
    double *weights = calloc(2 * THREADS * PROBLEMS * n, sizeof *weights);
    int done = mu && weights;
    if (done) {
        column_means(mu, periods, n, returns, periods);
        done = ok(mvo_covariance_new_returns(&covariance, NULL, periods, n, returns, periods, 1, MVO_CHECK_ALL, &error),
                  &error) &&
               compare(covariance, mu, n, weights);
    }
    mvo_covariance_unref(covariance);
    free(weights);
    free(mu);
    return done;
}

int main(int argument_count, char **arguments)
{
    const char *path = argument_count > 1 ? arguments[1] : "examples/data/djia30_daily.csv";
    char message[512];
    csv_table table;
    if (!csv_read(&table, path, message, sizeof message)) {
        fprintf(stderr, "threads: %s\n", message);
        return EXIT_FAILURE;
    }
    double *returns = csv_returns(&table);
    int done = 0;
    if (table.rows < 3)
        fprintf(stderr, "threads: %s: needs at least three lines of prices\n", path);
    else
        done = returns && share(&table, returns);
    free(returns);
    csv_free(&table);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
