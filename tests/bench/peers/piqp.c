/* SPDX-License-Identifier: MIT */
/* PIQP, by its C interface: a proximal interior point method. */
#include "bench/peers/peer.h"

#ifdef PEER_PIQP
#include "bench/support/timing.h"

#include <piqp.h>

#include <stdlib.h>
#include <string.h>

/* Equalities and inequalities are apart; the multipliers of each side of a limit are positive. */
typedef struct piqp {
    piqp_workspace *work;
    rows_apart rows;
} piqp;

static void piqp_read(const piqp *s, question *q, piqp_status status)
{
    const piqp_result *r = s->work->result;
    const size_t n = q->p->n, m = q->p->m, equal = s->rows.equalities;
    q->solved = status == PIQP_SOLVED;
    memcpy(q->w, r->x, n * sizeof(double));
    for (size_t j = 0; j < n; j++)
        q->z[j] = r->z_bl[j] - r->z_bu[j];
    for (size_t k = 0; k < m; k++)
        q->y[s->rows.row[k]] = k < equal ? -r->y[k] : r->z_l[k - equal] - r->z_u[k - equal];
}

static void *piqp_open(question *q)
{
    const instance *p = q->p;
    piqp *s = claim(1, sizeof *s);
    s->rows = rows_apart_of(p);
    const rows_apart *r = &s->rows;
    const piqp_data_dense data = { .n = (piqp_int)p->n,
                                   .p = (piqp_int)r->equalities,
                                   .m = (piqp_int)(p->m - r->equalities),
                                   .P = p->sigma,
                                   .c = q->linear,
                                   .A = r->A,
                                   .b = r->low,
                                   .G = r->A + r->equalities * p->n,
                                   .h_l = r->low + r->equalities,
                                   .h_u = r->high + r->equalities,
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
    rows_apart_free(&s->rows);
    free(s);
}

static void piqp_cold(question *q)
{
    piqp_close(piqp_open(q));
}

const peer peer_piqp = { "PIQP, cold", "PIQP, 200 ticks", piqp_cold, piqp_open, piqp_tick, piqp_close };
#else
const peer peer_piqp = { 0 };
#endif
