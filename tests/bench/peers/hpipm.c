/* SPDX-License-Identifier: MIT */
/*
 * HPIPM's dense quadratic programmes: an interior point method over the kernels of BLASFEO. Equalities and inequalities
 * are apart; a limit that is not there is masked; the multipliers of each side are positive.
 */
#include "bench/peers/peer.h"

#ifdef PEER_HPIPM
#include "bench/support/timing.h"

#include <hpipm_d_dense_qp_ipm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct hpipm {
    struct d_dense_qp_dim dim;
    struct d_dense_qp qp;
    struct d_dense_qp_sol answer;
    struct d_dense_qp_ipm_arg settings;
    struct d_dense_qp_ipm_ws work;
    void *memory[5];
    rows_apart rows;
    double *numbers; /* limits and their masks; then, of every side, the multipliers */
    int *index;
} hpipm;

static void *room(hpipm *s, size_t which, hpipm_size_t size)
{
    s->memory[which] = malloc(size);
    if (!s->memory[which])
        abort();
    return s->memory[which];
}

static void hpipm_ask(hpipm *s, question *q)
{
    const size_t n = q->p->n, m = q->p->m, equal = s->rows.equalities;
    double *low = s->numbers, *high = low + n + m;
    int status;
    d_dense_qp_ipm_solve(&s->qp, &s->answer, &s->settings, &s->work);
    d_dense_qp_ipm_get_status(&s->work, &status);
    q->solved = status == SUCCESS;
    d_dense_qp_sol_get_v(&s->answer, q->w);
    d_dense_qp_sol_get_lam_lb(&s->answer, low);
    d_dense_qp_sol_get_lam_ub(&s->answer, high);
    for (size_t j = 0; j < n; j++)
        q->z[j] = low[j] - high[j];
    d_dense_qp_sol_get_pi(&s->answer, low);
    d_dense_qp_sol_get_lam_lg(&s->answer, low + equal);
    d_dense_qp_sol_get_lam_ug(&s->answer, high + equal);
    for (size_t k = 0; k < m; k++)
        q->y[s->rows.row[k]] = low[k] - (k < equal ? 0.0 : high[k]);
}

/* The limits that are there, zero for those that are not, and the mask: one or zero. */
static void masked(double *limit, double *mask, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mask[i] = isfinite(from[i]) ? 1.0 : 0.0;
        limit[i] = isfinite(from[i]) ? from[i] : 0.0;
    }
}

/* Of every list of limits the bounds, then the inequality rows. */
static void hpipm_fill(hpipm *s, question *q)
{
    const instance *p = q->p;
    const rows_apart *r = &s->rows;
    const size_t n = p->n, m = p->m, equal = r->equalities, all = n + m;
    double *low = s->numbers, *high = low + all, *low_mask = high + all, *high_mask = low_mask + all;
    masked(low, low_mask, p->lower, n);
    masked(high, high_mask, p->upper, n);
    masked(low + n, low_mask + n, r->low + equal, m - equal);
    masked(high + n, high_mask + n, r->high + equal, m - equal);
    for (size_t j = 0; j < n; j++)
        s->index[j] = (int)j;
    d_dense_qp_set_all_rowmaj(p->sigma, q->linear, r->A, r->low, s->index, low, high, r->A + equal * n, low + n,
                              high + n, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &s->qp);
    d_dense_qp_set_lb_mask(low_mask, &s->qp);
    d_dense_qp_set_ub_mask(high_mask, &s->qp);
    d_dense_qp_set_lg_mask(low_mask + n, &s->qp);
    d_dense_qp_set_ug_mask(high_mask + n, &s->qp);
}

/* Residuals of 1e-8, as in PIQP: its defaults but for stationarity, which is 1e-6 there, and for how many iterations
   there may be. */
static void hpipm_settings(hpipm *s)
{
    d_dense_qp_ipm_arg_set_default(SPEED, &s->settings);
    s->settings.iter_max = 100;
    s->settings.res_g_max = 1e-8;
    s->settings.res_b_max = 1e-8;
    s->settings.res_d_max = 1e-8;
    s->settings.res_m_max = 1e-8;
}

static void *hpipm_open(question *q)
{
    const size_t n = q->p->n, m = q->p->m;
    hpipm *s = claim(1, sizeof *s);
    s->rows = rows_apart_of(q->p);
    s->numbers = claim(4 * (n + m), sizeof *s->numbers);
    s->index = claim(n, sizeof *s->index);
    d_dense_qp_dim_create(&s->dim, room(s, 0, d_dense_qp_dim_memsize()));
    d_dense_qp_dim_set_all((int)n, (int)s->rows.equalities, (int)n, (int)(m - s->rows.equalities), 0, &s->dim);
    d_dense_qp_create(&s->dim, &s->qp, room(s, 1, d_dense_qp_memsize(&s->dim)));
    d_dense_qp_sol_create(&s->dim, &s->answer, room(s, 2, d_dense_qp_sol_memsize(&s->dim)));
    d_dense_qp_ipm_arg_create(&s->dim, &s->settings, room(s, 3, d_dense_qp_ipm_arg_memsize(&s->dim)));
    hpipm_fill(s, q);
    hpipm_settings(s);
    d_dense_qp_ipm_ws_create(&s->dim, &s->settings, &s->work,
                             room(s, 4, d_dense_qp_ipm_ws_memsize(&s->dim, &s->settings)));
    hpipm_ask(s, q);
    s->settings.warm_start = 3; /* a hot start: primal, dual and slacks as they were left */
    return s;
}

static void hpipm_tick(void *solver, question *q)
{
    hpipm *s = solver;
    d_dense_qp_set_g(q->linear, &s->qp);
    hpipm_ask(s, q);
}

static void hpipm_close(void *solver)
{
    hpipm *s = solver;
    for (size_t i = 0; i < sizeof s->memory / sizeof *s->memory; i++)
        free(s->memory[i]);
    rows_apart_free(&s->rows);
    free(s->numbers);
    free(s->index);
    free(s);
}

static void hpipm_cold(question *q)
{
    hpipm_close(hpipm_open(q));
}

const peer peer_hpipm = { "HPIPM, cold", "HPIPM, 200 warm ticks", hpipm_cold, hpipm_open, hpipm_tick, hpipm_close };
#else
const peer peer_hpipm = { 0 };
#endif
