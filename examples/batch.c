/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand accounts over one covariance, each with its own means, caps and holdings, on one thread and then on
 * several. The library starts no threads: here a pool takes accounts a handful at a time from a shared counter, each
 * thread on a solver of its own. The answers must be the same to the bit, whoever solved them.
 *
 *     build/examples/batch [THREADS [ACCOUNTS [ASSETS]]]        2 threads, 10 000 accounts, 100 assets without them
 */
#define _POSIX_C_SOURCE 200809L
#include <mvo/mvo.h>

#include "support/accounts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_THREADS = 64, HANDFUL = 50, ROUNDS = 5 };

/* What the threads share. */
typedef struct pool {
    const accounts *desk;
    atomic_size_t next; /* the first account not yet taken */
    atomic_int failed;
    double best_wall, best_processor; /* seconds of the best round, and of all processors together */
    double *weights;                  /* n-by-accounts */
    mvo_outcome *outcomes;            /* accounts */
} pool;

typedef struct worker {
    pool *shared;
    mvo_solver *solver; /* its own */
    pthread_t thread;
} worker;

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "batch: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Takes accounts until none is left. */
static void *serve(void *user)
{
    worker *w = user;
    pool *shared = w->shared;
    const accounts *desk = shared->desk;
    const size_t n = desk->n;
    for (;;) {
        mvo_error error = MVO_ERROR_INIT;
        const size_t first = atomic_fetch_add(&shared->next, HANDFUL);
        if (first >= desk->count)
            return NULL;
        const size_t count = desk->count - first < HANDFUL ? desk->count - first : HANDFUL;
        if (!ok(mvo_batch_maximum_utility(shared->weights, n, shared->outcomes, NULL, w->solver, first, count, desk->mu,
                                          n, desk->risk_aversion, NULL, desk->upper, n, desk->holdings, n, &error),
                &error)) {
            atomic_store(&shared->failed, 1);
            return NULL;
        }
    }
}

/* All accounts once, by that many of the workers. */
static int run(pool *shared, worker *workers, size_t threads)
{
    size_t started = 0;
    atomic_store(&shared->next, 0);
    atomic_store(&shared->failed, 0);
    const double begin = seconds(CLOCK_MONOTONIC), busy = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (; started < threads; started++) {
        workers[started].shared = shared;
        if (pthread_create(&workers[started].thread, NULL, serve, &workers[started]) != 0)
            break;
    }
    for (size_t t = 0; t < started; t++)
        pthread_join(workers[t].thread, NULL);
    const double wall = seconds(CLOCK_MONOTONIC) - begin, processor = seconds(CLOCK_PROCESS_CPUTIME_ID) - busy;
    if (shared->best_wall == 0.0 || wall < shared->best_wall)
        shared->best_wall = wall;
    if (shared->best_processor == 0.0 || processor < shared->best_processor)
        shared->best_processor = processor;
    if (started < threads)
        fprintf(stderr, "batch: no more than %zu threads can be started\n", started);
    return started == threads && !atomic_load(&shared->failed);
}

static void print_pool(const pool *p, size_t threads)
{
    const double count = (double)p->desk->count;
    printf("%zu thread%s  %8.0f accounts per second, %.2f us of processor time each\n", threads,
           threads == 1 ? ": " : "s:", count / p->best_wall, 1e6 * p->best_processor / count);
}

/* The best of a few rounds, one thread and several in turn, so that what else the machine does meets both. */
static int compare(pool *alone, pool *together, worker *workers, size_t threads)
{
    const accounts *desk = alone->desk;
    for (int round = 0; round < ROUNDS; round++)
        if (!run(alone, workers, 1) || !run(together, workers, threads))
            return 0;
    size_t optimal = 0;
    for (size_t a = 0; a < desk->count; a++)
        optimal += alone->outcomes[a] == MVO_OPTIMAL;
    printf("%zu accounts of %zu assets, one covariance; %zu optimal\n", desk->count, desk->n, optimal);
    print_pool(alone, 1);
    print_pool(together, threads);
    printf("%.2f times as many\n", alone->best_wall / together->best_wall);
    const int same = !memcmp(alone->weights, together->weights, desk->n * desk->count * sizeof(double)) &&
                     !memcmp(alone->outcomes, together->outcomes, desk->count * sizeof(mvo_outcome));
    puts(same ? "the same weights to the bit" : "the weights differ");
    return same && optimal == desk->count;
}

static int open_pool(pool *p, const accounts *desk)
{
    memset(p, 0, sizeof *p);
    p->desk = desk;
    p->weights = calloc(desk->n * desk->count, sizeof *p->weights);
    p->outcomes = calloc(desk->count, sizeof *p->outcomes);
    return p->weights && p->outcomes;
}

static void close_pool(pool *p)
{
    free(p->weights);
    free(p->outcomes);
}

/* One covariance, and a solver of its own for every thread. */
static int open_workers(worker *workers, size_t threads, const accounts *desk)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    int done =
        ok(mvo_covariance_new_dense(&covariance, NULL, desk->n, desk->sigma, desk->n, MVO_CHECK_ALL, &error), &error) &&
        ok(mvo_constraints_new_long_only(&rules, NULL, desk->n, &error), &error) &&
        ok(mvo_constraints_set_trading_costs(rules, desk->rate, desk->rate, &error), &error);
    for (size_t t = 0; done && t < threads; t++)
        done = ok(mvo_solver_new(&workers[t].solver, NULL, covariance, rules, &error), &error);
    mvo_constraints_free(rules); /* the solvers have a copy of the rules and references to the covariance */
    mvo_covariance_unref(covariance);
    return done;
}

static size_t number(int count, char **arguments, int which, size_t otherwise)
{
    return which < count ? (size_t)strtoul(arguments[which], NULL, 10) : otherwise;
}

int main(int count, char **arguments)
{
    const size_t threads = number(count, arguments, 1, 2), problems = number(count, arguments, 2, 10000);
    const size_t n = number(count, arguments, 3, 100);
    accounts desk;
    pool alone, together;
    worker workers[MOST_THREADS] = { 0 };
    if (threads < 1 || threads > MOST_THREADS || problems < 1 || n < ACCOUNTS_HELD) {
        fputs("batch: needs 1 to 64 threads, an account, and 30 assets\n", stderr);
        return EXIT_FAILURE;
    }
    if (!accounts_make(&desk, n, problems)) {
        fputs("batch: not enough memory\n", stderr);
        return EXIT_FAILURE;
    }
    const int opened = open_pool(&alone, &desk) & open_pool(&together, &desk);
    const int done = opened && open_workers(workers, threads, &desk) && compare(&alone, &together, workers, threads);
    for (size_t t = 0; t < threads; t++)
        mvo_solver_free(workers[t].solver);
    close_pool(&alone);
    close_pool(&together);
    accounts_free(&desk);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
