/* SPDX-License-Identifier: MIT */
/* qpOASES, by its C wrapper: a primal-dual homotopy between active sets. */
#include "bench/peers/peer.h"

#ifdef PEER_QPOASES
#include "bench/support/timing.h"

#include <qpOASES_wrapper.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
                 QProblem_init(p->sigma, q->linear, p->rows, s->lower, s->upper, s->row_lower, s->row_upper, &changes,
                               NULL, &options, s->x, s->y, &objective, &status));
    return s;
}

static void qpoases_tick(void *solver, question *q)
{
    qpoases *s = solver;
    int_t changes = 100000, status;
    double objective;
    qpoases_read(s, q,
                 QProblem_hotstart(q->linear, s->lower, s->upper, s->row_lower, s->row_upper, &changes, NULL, s->x,
                                   s->y, &objective, &status));
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

const peer peer_qpoases = { "qpOASES, cold", "qpOASES, 200 warm ticks", qpoases_cold, qpoases_open, qpoases_tick,
                            qpoases_close };
#else
const peer peer_qpoases = { 0 };
#endif
