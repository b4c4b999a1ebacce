/* SPDX-License-Identifier: MIT */
/* DAQP: a dual active-set method. */
#include "bench/peers/peer.h"

#ifdef PEER_DAQP
#include "bench/support/timing.h"

#include <daqp/api.h>
#include <daqp/utils.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

const peer peer_daqp = { "DAQP, cold", "DAQP, 200 warm ticks", daqp_cold, daqp_open, daqp_tick, daqp_close };
#else
const peer peer_daqp = { 0 };
#endif
