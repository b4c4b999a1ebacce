/* SPDX-License-Identifier: MIT */
/*
 * Times many accounts over one covariance: b's rules, each account with means of its own, then with limits and with holdings
 * of its own, on one thread and on two. Microseconds are those of one account. See README.md in this folder.
 *
 *     bench_batch [families [orders]]
 */
#define _GNU_SOURCE
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS = 200, HANDFUL = 20, TIMES = 15, RUNS = 5 };

static const double RATE = 0.001; /* per unit traded, either way */

/* What the accounts ask; column a is account a's. */
typedef struct desk {
    size_t n;
    double *mu, *upper, *holdings;
    double risk_aversion[ACCOUNTS];
} desk;

/* Which of it is given, and where the answers go. */
typedef struct batch {
    const desk *of;
    int limits, holdings;
    double *weights;
    mvo_outcome outcomes[ACCOUNTS];
} batch;

static void require(mvo_status status, const char *what)
{
    if (status == MVO_OK)
        return;
    fprintf(stderr, "bench_batch: %s: %s\n", what, mvo_status_name(status));
    exit(1);
}

static void solve(batch *b, mvo_solver *solver, size_t first, size_t count)
{
    const desk *d = b->of;
    require(mvo_batch_maximum_utility(b->weights, d->n, b->outcomes, NULL, solver, first, count, d->mu, d->n,
                                      d->risk_aversion, NULL, b->limits ? d->upper : NULL, d->n,
                                      b->holdings ? d->holdings : NULL, d->n, NULL),
            "batch");
}

/* ------------------------------------------------------------------------------------------ one thread */

/* The account that takes longest, each being the median of a few calls for it alone. */
static double longest_account(batch *b, mvo_solver *solver)
{
    double samples[RUNS * ACCOUNTS];
    for (size_t run = 0; run < RUNS; run++)
        for (size_t a = 0; a < ACCOUNTS; a++) {
            const double begin = now();
            solve(b, solver, a, 1);
            samples[a + run * ACCOUNTS] = since(begin);
        }
    return stream_largest(samples, ACCOUNTS, RUNS);
}

/* The answer of the last account, which the solver has. */
static void note_outcomes(line *l, const batch *b, task *t)
{
    for (size_t a = 0; a < ACCOUNTS; a++)
        if (b->outcomes[a] != MVO_OPTIMAL)
            l->outcome = b->outcomes[a];
    t->outcome = b->outcomes[ACCOUNTS - 1];
}

static line *time_batch(const char *family, const char *what, batch *b, task *t, unit *u)
{
    const double patience = 1e6;
    double samples[TIMES], units[TIMES];
    size_t count = 0;
    line *l = line_named(family, what, b->of->n, 0);
    solve(b, t->solver, 0, ACCOUNTS);
    const double first = now();
    for (; count < TIMES && (count < 5 || now() - first < patience); count++) {
        units[count] = u->n ? unit_potrf(u) : NAN;
        const double begin = now();
        solve(b, t->solver, 0, ACCOUNTS);
        samples[count] = since(begin) / ACCOUNTS;
    }
    const double potrf = quantile(units, count, 0.5);
    line_add(l, samples, count, u, potrf);
    l->largest[l->seeds - 1] = longest_account(b, t->solver) / potrf;
    note_outcomes(l, b, t);
    return l;
}

/* ----------------------------------------------------------------------------------------- two threads */

/* What the threads share: the accounts again and again, a handful at a time. */
typedef struct pool {
    atomic_size_t next;
    size_t handfuls;
} pool;

typedef struct worker {
    pool *shared;
    batch *own; /* its own places for answers */
    mvo_solver *solver;
    pthread_t thread;
} worker;

static void *serve(void *user)
{
    worker *w = user;
    for (;;) {
        const size_t handful = atomic_fetch_add(&w->shared->next, 1);
        if (handful >= w->shared->handfuls)
            return NULL;
        solve(w->own, w->solver, handful % (ACCOUNTS / HANDFUL) * HANDFUL, HANDFUL);
    }
}

/* Wall-clock time of one account. */
static double serve_all(pool *shared, worker *workers, size_t threads)
{
    atomic_store(&shared->next, 0);
    const double begin = now_short();
    for (size_t t = 0; t < threads; t++)
        if (pthread_create(&workers[t].thread, NULL, serve, &workers[t]) != 0)
            abort();
    for (size_t t = 0; t < threads; t++)
        pthread_join(workers[t].thread, NULL);
    return (now_short() - begin) / (double)(shared->handfuls * HANDFUL);
}

static int processors(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

/* One thread and two in turn, for 50 ms each; the ratio is that of the best, since other work on the machine meets two more
   often than one. `each`: what an account takes. */
static double time_threads(const char *family, const batch *b, const task *t, const unit *u, double potrf, double each,
                           const verify_problem *view)
{
    static const char *const what[2] = { "own means and limits, handed out to one thread, for each",
                                         "own means and limits, handed out to two threads, for each" };
    double samples[2][TIMES], best[2];
    pool shared = { .handfuls = (size_t)(50e3 / (each * HANDFUL)) + ACCOUNTS / HANDFUL };
    worker workers[2];
    batch own[2] = { *b, *b };
    for (size_t k = 0; k < 2; k++) {
        own[k].weights = claim(b->of->n * ACCOUNTS, sizeof *own[k].weights);
        workers[k] = (worker){ .shared = &shared, .own = &own[k] };
        require(mvo_solver_new(&workers[k].solver, NULL, t->covariance, t->constraints, NULL), "solver");
    }
    for (size_t s = 0; s < TIMES; s++)
        for (size_t k = 0; k < 2; k++)
            samples[k][s] = serve_all(&shared, workers, k + 1);
    for (size_t k = 0; k < 2; k++) {
        line *l = line_named(family, what[k], b->of->n, 0);
        task its = *t;
        line_add(l, samples[k], TIMES, u, potrf);
        its.solver = workers[k].solver;
        solve(&own[k], its.solver, ACCOUNTS - 1, 1);
        note_outcomes(l, &own[k], &its);
        add_report(l, &its, view);
        best[k] = quantile(samples[k], TIMES, 0.0);
        mvo_solver_free(workers[k].solver);
        free(own[k].weights);
    }
    return best[0] / best[1];
}

/* The first market of an order begins the list, the last one prints it. */
static void tell_ratio(const char *family, size_t n, uint64_t seed, double ratio)
{
    static double ratios[SEEDS];
    ratios[seed - 1] = ratio;
    if (seed == SEEDS)
        printf("# %s %zu: two threads solve %.2f times as many accounts as one (median of the markets)\n", family, n,
               quantile(ratios, SEEDS, 0.5));
}

/* ------------------------------------------------------------------------------------------- the family */

/* Means of every account's own, and caps of 75 to 125 % of b's. */
static desk draw_desk(const instance *p, uint64_t seed)
{
    const size_t n = p->n;
    random_stream stream = { seed + 77 };
    desk d = { .n = n, .mu = claim(n * ACCOUNTS, sizeof *d.mu) };
    d.upper = claim(n * ACCOUNTS, sizeof *d.upper);
    d.holdings = claim(n * ACCOUNTS, sizeof *d.holdings);
    for (size_t a = 0; a < ACCOUNTS; a++) {
        d.risk_aversion[a] = 5.0;
        for (size_t j = 0; j < n; j++)
            d.mu[j + a * n] = p->mu[j] * (1.0 + 0.2 * random_normal(&stream));
    }
    for (size_t e = 0; e < n * ACCOUNTS; e++)
        d.upper[e] = p->upper[e % n] * (0.75 + 0.5 * random_uniform(&stream));
    return d;
}

/* The optimum of the account before, which has other means, each weight times 1 + 0.1 N. */
static void draw_holdings(desk *d, const double *weights, uint64_t seed)
{
    const size_t size = d->n * ACCOUNTS;
    random_stream stream = { seed + 4242 };
    for (size_t e = 0; e < size; e++)
        d->holdings[(e + d->n) % size] = weights[e] * (1.0 + 0.1 * random_normal(&stream));
}

static void family_batch(const char *family, instance *p, unit *u, uint64_t seed)
{
    const size_t n = p->n, last = n * (ACCOUNTS - 1);
    double *linear = claim(n, sizeof *linear), *own_mu = p->mu, *own_upper = p->upper;
    market_sectors(p);
    desk d = draw_desk(p, seed);
    batch b = { .of = &d, .weights = claim(n * ACCOUNTS, sizeof *b.weights) };
    task t = task_new(p);
    line *l = time_batch(family, "utility, caps and ten sectors: 200 accounts, own means, for each", &b, &t, u);
    p->mu = d.mu + last;
    verify_problem view = utility_view(p, linear);
    add_report(l, &t, &view);
    b.limits = 1;
    p->upper = d.upper + last;
    l = time_batch(family, "own means and limits, for each", &b, &t, u);
    view = utility_view(p, linear);
    add_report(l, &t, &view);
    const double each = l->median[l->seeds - 1], potrf = each / l->to_potrf[l->seeds - 1];
    if (processors() > 1)
        tell_ratio(family, n, seed, time_threads(family, &b, &t, u, potrf, each, &view));
    b.holdings = 1;
    draw_holdings(&d, b.weights, seed);
    task_add_costs(&t, d.holdings, RATE);
    l = time_batch(family, "own means, limits and holdings, 10 basis points per unit traded, for each", &b, &t, u);
    add_costly_report(l, &t, d.holdings + last, RATE, linear);
    p->mu = own_mu;
    p->upper = own_upper;
    task_free(&t);
    free(linear);
    free(b.weights);
    free(d.mu);
    free(d.upper);
    free(d.holdings);
}

int main(int count, char **arguments)
{
    static const family families[] = { { "batch", 0, 1000, family_batch }, { "weak batch", 1, 250, family_batch } };
    if (processors() < 2)
        puts("# batch: one processor, so no line on two threads");
    return run_families(count, arguments, families, 2);
}
