/* SPDX-License-Identifier: MIT */
/*
 * The families a, b and d on other people's solvers beside this library, in the same run. Each is used where the build
 * finds it installed, and none is needed: without any, only our own lines are printed. From raw arrays to the answer:
 * allocation and set-up are counted, for us with every check. See README.md in this folder.
 *
 *     bench_peers [families [orders]]
 */
#include "bench/peers/peer.h"
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS = 200 };

static const peer *const known[] = { &peer_own, &peer_daqp, &peer_qpoases, &peer_piqp, &peer_hpipm, &peer_osqp };
static const peer *peers[sizeof known / sizeof *known]; /* those that were found */
static size_t found;

static question question_new(const instance *p)
{
    question q = { .p = p };
    q.linear = claim(3 * p->n + p->m, sizeof *q.linear);
    q.w = q.linear + p->n;
    q.z = q.w + p->n;
    q.y = q.z + p->n;
    return q;
}

/* b's linear term: the utility divided by its risk aversion of 5. */
static void set_utility(question *q, const double *mu)
{
    for (size_t j = 0; j < q->p->n; j++)
        q->linear[j] = -mu[j] / 5.0;
}

/* Keeps the largest relative residual of a line's answers, as measure.c has it; what is not solved has none. */
static void judge(line *l, const question *q)
{
    verify_problem view = instance_view(q->p);
    verify_residuals r;
    view.linear = q->linear;
    if (!q->solved) {
        l->outcome = MVO_NUMERICAL;
        return;
    }
    verify_measure(&r, &view, q->w, q->y, q->z, 0.0, 1e-9);
    const long double gap = r.gap_scale > 0.0L ? r.gap / r.gap_scale : r.gap;
    l->residual =
        fmax(l->residual, (double)fmaxl(gap, fmaxl(r.primal_relative, r.stationarity / r.stationarity_scale)));
}

static void count_free(line *l, const question *q)
{
    for (size_t j = 0; j < q->p->n; j++)
        l->free_weights += q->w[j] > q->p->lower[j] + 1e-9 && q->w[j] < q->p->upper[j] - 1e-9;
}

/* At least five samples, and up to half a second of them. */
static void measure_cold(const char *family, question *q, unit *u)
{
    enum { MOST = 200 };
    double samples[MOST], units[MOST];
    for (size_t k = 0; k < found; k++) {
        line *l = line_named(family, peers[k]->cold_name, q->p->n, 0);
        size_t count = 0, unit_count = 0;
        peers[k]->cold(q);
        const double begin = now();
        while (count < MOST && (count < 5 || now() - begin < 400e3)) {
            if (u->n && (unit_count < 9 || count % 8 == 0))
                units[unit_count++] = unit_potrf(u);
            const double sample = now();
            peers[k]->cold(q);
            samples[count++] = since(sample);
        }
        line_add(l, samples, count, u, quantile(units, unit_count, 0.5));
        judge(l, q);
        count_free(l, q);
    }
}

static void family_a(const char *family, instance *p, unit *u, uint64_t seed)
{
    (void)seed;
    market_long_only(p);
    question q = question_new(p);
    measure_cold(family, &q, u);
    free(q.linear);
}

static void family_b(const char *family, instance *p, unit *u, uint64_t seed)
{
    (void)seed;
    market_sectors(p);
    question q = question_new(p);
    set_utility(&q, p->mu);
    measure_cold(family, &q, u);
    free(q.linear);
}

static void family_d(const char *family, instance *p, unit *u, uint64_t seed)
{
    enum { SEEN = 25 }; /* dpotrf before, and the verifier after, every so many ticks */
    double samples[TICKS], units[TICKS / SEEN], *mu = claim(p->n, sizeof *mu);
    market_sectors(p);
    question q = question_new(p);
    for (size_t k = 0; k < found; k++) {
        random_stream stream = { seed ^ UINT64_C(0xd1b54a32d192ed03) };
        size_t unit_count = 0;
        line *l = line_named(family, peers[k]->warm_name, p->n, 0);
        memcpy(mu, p->mu, p->n * sizeof *mu);
        set_utility(&q, mu);
        void *solver = peers[k]->open(&q);
        for (size_t tick = 0; tick < TICKS; tick++) {
            for (size_t j = 0; j < p->n; j++)
                mu[j] *= 1.0 + 0.01 * random_normal(&stream);
            set_utility(&q, mu);
            if (u->n && tick % SEEN == 0)
                units[unit_count++] = unit_potrf(u);
            const double begin = now_short();
            peers[k]->tick(solver, &q);
            samples[tick] = now_short() - begin;
            if (!q.solved || tick % SEEN == SEEN - 1)
                judge(l, &q);
        }
        line_add_stream(l, samples, TICKS, 1, u, quantile(units, unit_count, 0.5));
        count_free(l, &q);
        peers[k]->close(solver);
    }
    free(q.linear);
    free(mu);
}

int main(int count, char **arguments)
{
    static const family families[] = {
        { "a", 0, SIZE_MAX, family_a },
        { "b", 0, SIZE_MAX, family_b },
        { "d", 0, SIZE_MAX, family_d },
        { "weak a", 1, SIZE_MAX, family_a },
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (known[k]->cold)
            peers[found++] = known[k];
    if (found == 1)
        puts("# no other solver was found when this was built");
    return run_families(count, arguments, families, sizeof families / sizeof *families);
}
