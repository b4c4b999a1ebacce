/* SPDX-License-Identifier: MIT */
/*
 * The families a, b and d on other people's solvers beside this library, in the same run. Each is used where the build
 * finds it installed, and none is needed: without any, only our own lines are printed. From raw arrays to the answer:
 * allocation and set-up are counted, for us with every check. See README.md in this folder.
 *
 *     bench_peers [families [orders]]
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS = 200 };

/* minimise 1/2 w'Sigma w + c'w over an instance's limits; the answer as mvo.h has it. */
typedef struct question {
    const instance *p;
    double *linear; /* n */
    double *w, *z;  /* n each */
    double *y;      /* m */
    int solved;
} question;

/* A solver: once from nothing to nothing, or kept and asked again after each change of the linear term. */
typedef struct peer {
    const char *cold_name, *warm_name;
    void (*cold)(question *q);
    void *(*open)(question *q); /* a warm solver, which has solved once */
    void (*tick)(void *solver, question *q);
    void (*close)(void *solver);
} peer;

/* ------------------------------------------------------------------------------------------- libmvo */

static void read_answer(question *q, const mvo_solver *solver, mvo_outcome outcome)
{
    q->solved = outcome == MVO_OPTIMAL;
    mvo_solver_weights(q->w, solver);
    mvo_solver_multipliers(q->y, q->z, solver);
}

static void own_tick(void *solver, question *q)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_solver_set_linear(solver, q->linear, NULL);
    mvo_solver_solve(&outcome, solver, NULL);
    read_answer(q, solver, outcome);
}

static void *own_open(question *q)
{
    mvo_solver *solver = NULL;
    mvo_covariance *covariance = instance_covariance(q->p, MVO_CHECK_ALL);
    mvo_constraints *rules = instance_constraints(q->p);
    if (mvo_solver_new(&solver, NULL, covariance, rules, NULL) != MVO_OK)
        abort();
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    own_tick(solver, q);
    return solver;
}

static void own_close(void *solver)
{
    mvo_solver_free(solver);
}

static void own_cold(question *q)
{
    own_close(own_open(q));
}

/* --------------------------------------------------------------------------------------------- DAQP */

#ifdef PEER_DAQP
#include <daqp/api.h>
#include <daqp/utils.h>

/* Its limits are one list, bounds first; its multipliers have the other sign. */
typedef struct daqp {
    DAQPProblem problem;
    DAQPWorkspace work;
    DAQPResult result;
    double *numbers;
    int *sense;
} daqp;

static double daqp_limit(double limit)
{
    return fmax(-1e30, fmin(1e30, limit));
}

static void daqp_fill(daqp *d, question *q)
{
    const instance *p = q->p;
    const size_t n = p->n, all = p->n + p->m;
    memset(d, 0, sizeof *d);
    d->numbers = claim(3 * all + n, sizeof *d->numbers);
    d->sense = claim(all, sizeof *d->sense);
    double *upper = d->numbers, *lower = upper + all;
    for (size_t i = 0; i < all; i++) {
        const double low = i < n ? p->lower[i] : p->row_lower[i - n];
        const double high = i < n ? p->upper[i] : p->row_upper[i - n];
        lower[i] = daqp_limit(low);
        upper[i] = daqp_limit(high);
        d->sense[i] = low == high ? 5 : 0; /* active and immutable: an equality */
    }
    d->problem = (DAQPProblem){ .n = (int)n,
                                .m = (int)all,
                                .ms = (int)n,
                                .H = p->sigma,
                                .f = q->linear,
                                .A = p->rows,
                                .bupper = upper,
                                .blower = lower,
                                .sense = d->sense };
    d->result.lam = lower + all;
    d->result.x = d->result.lam + all;
}

static void daqp_read(question *q, const daqp *d)
{
    q->solved = d->result.exitflag == DAQP_EXIT_OPTIMAL;
    for (size_t j = 0; j < q->p->n; j++) {
        q->w[j] = d->result.x[j];
        q->z[j] = -d->result.lam[j];
    }
    for (size_t i = 0; i < q->p->m; i++)
        q->y[i] = -d->result.lam[q->p->n + i];
}

static void daqp_cold(question *q)
{
    daqp d;
    daqp_fill(&d, q);
    daqp_quadprog(&d.result, &d.problem, NULL);
    daqp_read(q, &d);
    free(d.numbers);
    free(d.sense);
}

static void *daqp_open(question *q)
{
    daqp *d = claim(1, sizeof *d);
    daqp_fill(d, q);
    d->result.exitflag = setup_daqp(&d->problem, &d->work, NULL);
    if (d->result.exitflag >= 0)
        daqp_solve(&d->result, &d->work);
    daqp_read(q, d);
    return d;
}

static void daqp_tick(void *solver, question *q)
{
    daqp *d = solver;
    daqp_update_ldp(DAQP_UPDATE_v, &d->work, &d->problem);
    daqp_solve(&d->result, &d->work);
    daqp_read(q, d);
}

static void daqp_close(void *solver)
{
    daqp *d = solver;
    free_daqp_workspace(&d->work);
    free_daqp_ldp(&d->work);
    free(d->numbers);
    free(d->sense);
    free(d);
}
#endif

/* ------------------------------------------------------------------------------------------ qpOASES */

#ifdef PEER_QPOASES
#include <qpOASES_wrapper.h>

/* It keeps one problem, which the wrapper holds; rows and bounds have limits on both sides, multipliers are ours. */
typedef struct qpoases {
    double *numbers, *lower, *upper, *row_lower, *row_upper, *x, *y;
} qpoases;

static double qpoases_limit(double limit)
{
    return fmax(-1e20, fmin(1e20, limit)); /* its infinity */
}

static void qpoases_read(const qpoases *s, question *q, int_t returned)
{
    const size_t n = q->p->n, m = q->p->m;
    q->solved = returned == 0;
    memcpy(q->w, s->x, n * sizeof(double));
    memcpy(q->z, s->y, n * sizeof(double));
    memcpy(q->y, s->y + n, m * sizeof(double));
}

static void *qpoases_open(question *q)
{
    const instance *p = q->p;
    const size_t n = p->n, m = p->m;
    qpoases *s = claim(1, sizeof *s);
    s->numbers = claim(4 * n + 3 * m, sizeof *s->numbers);
    s->lower = s->numbers;
    s->upper = s->lower + n;
    s->x = s->upper + n;
    s->y = s->x + n; /* n + m */
    s->row_lower = s->y + n + m;
    s->row_upper = s->row_lower + m;
    for (size_t j = 0; j < n; j++) {
        s->lower[j] = qpoases_limit(p->lower[j]);
        s->upper[j] = qpoases_limit(p->upper[j]);
    }
    for (size_t i = 0; i < m; i++) {
        s->row_lower[i] = qpoases_limit(p->row_lower[i]);
        s->row_upper[i] = qpoases_limit(p->row_upper[i]);
    }
    qpOASES_Options options;
    qpOASES_Options_init(&options, 0);
    options.printLevel = PL_NONE;
    int_t changes = 100000, status;
    double objective;
    QProblem_setup((int_t)n, (int_t)m, HST_POSDEF);
    qpoases_read(s, q,
                 QProblem_init(p->sigma, q->linear, p->rows, s->lower, s->upper, s->row_lower, s->row_upper, &changes, NULL,
                               &options, s->x, s->y, &objective, &status));
    return s;
}

static void qpoases_tick(void *solver, question *q)
{
    qpoases *s = solver;
    int_t changes = 100000, status;
    double objective;
    qpoases_read(s, q,
                 QProblem_hotstart(q->linear, s->lower, s->upper, s->row_lower, s->row_upper, &changes, NULL, s->x, s->y,
                                   &objective, &status));
}

static void qpoases_close(void *solver)
{
    qpoases *s = solver;
    QProblem_cleanup();
    free(s->numbers);
    free(s);
}

static void qpoases_cold(question *q)
{
    qpoases_close(qpoases_open(q));
}
#endif

/* --------------------------------------------------------------------------------------------- PIQP */

#ifdef PEER_PIQP
#include <piqp.h>

/* Equalities and inequalities are apart; the multipliers of each side of a limit are positive. */
typedef struct piqp {
    piqp_workspace *work;
    double *numbers;
    size_t *row; /* m: of the equalities, then of the inequalities */
    size_t equalities;
} piqp;

static void piqp_read(const piqp *s, question *q, piqp_status status)
{
    const piqp_result *r = s->work->result;
    const size_t n = q->p->n, m = q->p->m;
    q->solved = status == PIQP_SOLVED;
    memcpy(q->w, r->x, n * sizeof(double));
    for (size_t j = 0; j < n; j++)
        q->z[j] = r->z_bl[j] - r->z_bu[j];
    for (size_t k = 0; k < m; k++)
        q->y[s->row[k]] = k < s->equalities ? -r->y[k] : r->z_l[k - s->equalities] - r->z_u[k - s->equalities];
}

/* Equalities first. */
static void piqp_sort(piqp *s, const instance *p)
{
    size_t count = 0;
    for (int equal = 1; equal >= 0; equal--) {
        for (size_t i = 0; i < p->m; i++)
            if ((p->row_lower[i] == p->row_upper[i]) == equal)
                s->row[count++] = i;
        s->equalities = equal ? count : s->equalities;
    }
}

static void *piqp_open(question *q)
{
    const instance *p = q->p;
    const size_t n = p->n, m = p->m;
    piqp *s = claim(1, sizeof *s);
    s->row = claim(m, sizeof *s->row);
    s->numbers = claim(2 * m + m * n, sizeof *s->numbers);
    piqp_sort(s, p);
    double *low = s->numbers, *high = low + m, *A = high + m;
    for (size_t k = 0; k < m; k++) {
        low[k] = p->row_lower[s->row[k]];
        high[k] = p->row_upper[s->row[k]];
        memcpy(A + k * n, p->rows + s->row[k] * n, n * sizeof(double));
    }
    const piqp_data_dense data = { .n = (piqp_int)n,
                                   .p = (piqp_int)s->equalities,
                                   .m = (piqp_int)(m - s->equalities),
                                   .P = p->sigma,
                                   .c = q->linear,
                                   .A = A,
                                   .b = low,
                                   .G = A + s->equalities * n,
                                   .h_l = low + s->equalities,
                                   .h_u = high + s->equalities,
                                   .x_l = p->lower,
                                   .x_u = p->upper };
    piqp_settings settings;
    piqp_set_default_settings_dense(&settings);
    piqp_setup_dense(&s->work, &data, &settings);
    piqp_read(s, q, piqp_solve(s->work));
    return s;
}

static void piqp_tick(void *solver, question *q)
{
    piqp *s = solver;
    piqp_update_dense(s->work, NULL, q->linear, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    piqp_read(s, q, piqp_solve(s->work));
}

static void piqp_close(void *solver)
{
    piqp *s = solver;
    piqp_cleanup(s->work);
    free(s->numbers);
    free(s->row);
    free(s);
}

static void piqp_cold(question *q)
{
    piqp_close(piqp_open(q));
}
#endif

static const peer peers[] = {
    { "libmvo, cold, with handles, checked and copied", "libmvo, 200 warm ticks", own_cold, own_open, own_tick,
      own_close },
#ifdef PEER_DAQP
    { "DAQP, cold", "DAQP, 200 warm ticks", daqp_cold, daqp_open, daqp_tick, daqp_close },
#endif
#ifdef PEER_QPOASES
    { "qpOASES, cold", "qpOASES, 200 warm ticks", qpoases_cold, qpoases_open, qpoases_tick, qpoases_close },
#endif
#ifdef PEER_PIQP
    { "PIQP, cold", "PIQP, 200 ticks", piqp_cold, piqp_open, piqp_tick, piqp_close },
#endif
};

/* ----------------------------------------------------------------------------------------- families */

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

/* The largest relative residual of the answer, as measure.c has it. */
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
    for (size_t j = 0; j < q->p->n; j++)
        l->free_weights += q->w[j] > q->p->lower[j] + 1e-9 && q->w[j] < q->p->upper[j] - 1e-9;
}

/* At least five samples, and up to half a second of them. */
static void measure_cold(const char *family, question *q, unit *u)
{
    enum { MOST = 200 };
    double samples[MOST], units[MOST];
    for (size_t k = 0; k < sizeof peers / sizeof *peers; k++) {
        line *l = line_named(family, peers[k].cold_name, q->p->n, 0);
        size_t count = 0, unit_count = 0;
        peers[k].cold(q);
        const double begin = now();
        while (count < MOST && (count < 5 || now() - begin < 400e3)) {
            if (u->n && (unit_count < 9 || count % 8 == 0))
                units[unit_count++] = unit_potrf(u);
            const double sample = now();
            peers[k].cold(q);
            samples[count++] = since(sample);
        }
        line_add(l, samples, count, u, quantile(units, unit_count, 0.5));
        judge(l, q);
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
    double samples[TICKS], units[9], *mu = claim(p->n, sizeof *mu);
    market_sectors(p);
    question q = question_new(p);
    for (size_t k = 0; k < sizeof peers / sizeof *peers; k++) {
        random_stream stream = { seed ^ UINT64_C(0xd1b54a32d192ed03) };
        size_t unit_count = 0;
        line *l = line_named(family, peers[k].warm_name, p->n, 0);
        memcpy(mu, p->mu, p->n * sizeof *mu);
        set_utility(&q, mu);
        void *solver = peers[k].open(&q);
        for (size_t tick = 0; tick < TICKS; tick++) {
            for (size_t j = 0; j < p->n; j++)
                mu[j] *= 1.0 + 0.01 * random_normal(&stream);
            set_utility(&q, mu);
            if (u->n && tick % 25 == 0)
                units[unit_count++] = unit_potrf(u);
            const double begin = now_short();
            peers[k].tick(solver, &q);
            samples[tick] = now_short() - begin;
        }
        line_add(l, samples, TICKS, u, quantile(units, unit_count, 0.5));
        judge(l, &q);
        peers[k].close(solver);
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
    if (sizeof peers / sizeof *peers == 1)
        puts("# no other solver was found when this was built");
    return run_families(count, arguments, families, sizeof families / sizeof *families);
}
