/* SPDX-License-Identifier: MIT */
/*
 * Times many accounts over one covariance on one thread: b's rules, each account with means of its own. Microseconds
 * are those of one account. See README.md in this folder.
 *
 *     bench_batch [families [orders]]
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include <stdlib.h>

enum { ACCOUNTS = 200 };

static double *mu, *weights, risk_aversion[ACCOUNTS];
static mvo_outcome outcomes[ACCOUNTS];

static void run_batch(task *t)
{
    const size_t n = t->p->n;
    if (mvo_batch_maximum_utility(weights, n, outcomes, NULL, t->solver, 0, ACCOUNTS, mu, n, risk_aversion, NULL, NULL,
                                  0, NULL, 0, NULL) != MVO_OK)
        abort();
}

static void family_batch(const char *family, instance *p, unit *u, uint64_t seed)
{
    enum { TIMES = 15 };
    const size_t n = p->n;
    double samples[TIMES], units[TIMES], *linear = claim(n, sizeof *linear), *own = p->mu;
    random_stream stream = { seed + 77 };
    market_sectors(p);
    mu = claim(n * ACCOUNTS, sizeof *mu);
    weights = claim(n * ACCOUNTS, sizeof *weights);
    for (size_t a = 0; a < ACCOUNTS; a++) {
        risk_aversion[a] = 5.0;
        for (size_t j = 0; j < n; j++)
            mu[j + a * n] = p->mu[j] * (1.0 + 0.2 * random_normal(&stream));
    }
    task t = task_new(p);
    line *l = line_named(family, "utility, caps and ten sectors: 200 accounts, for each", n, 0);
    run_batch(&t);
    for (size_t s = 0; s < TIMES; s++) {
        units[s] = u->n ? unit_potrf(u) : 0.0;
        const double begin = now();
        run_batch(&t);
        samples[s] = since(begin) / ACCOUNTS;
    }
    line_add(l, samples, TIMES, u, u->n ? quantile(units, TIMES, 0.5) : quantile(units, 0, 0.5));
    for (size_t a = 0; a < ACCOUNTS; a++)
        if (outcomes[a] != MVO_OPTIMAL)
            l->outcome = outcomes[a];
    t.outcome = outcomes[ACCOUNTS - 1];
    p->mu = mu + n * (ACCOUNTS - 1); /* the last account's answer is the solver's */
    const verify_problem view = utility_view(p, linear);
    add_report(l, &t, &view);
    p->mu = own;
    task_free(&t);
    free(linear);
    free(mu);
    free(weights);
}

int main(int count, char **arguments)
{
    static const family families[] = { { "batch", 0, 1000, family_batch }, { "weak batch", 1, 250, family_batch } };
    return run_families(count, arguments, families, 2);
}
