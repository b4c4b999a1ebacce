/* SPDX-License-Identifier: MIT */
/*
 * OSQP (from 1.0 on): alternating directions. Its matrices are sparse, and here as full as the covariance is. Limits
 * are one list, here the bounds first; multipliers have the other sign. It copies what it is given.
 */
#include "bench/peers/peer.h"

#ifdef PEER_OSQP
#include "bench/support/timing.h"

#include <osqp/osqp.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A matrix by columns, with room for `most` entries. */
static OSQPCscMatrix columns_new(size_t rows, size_t columns, size_t most)
{
    OSQPCscMatrix M;
    OSQPCscMatrix_set_data(&M, (OSQPInt)rows, (OSQPInt)columns, (OSQPInt)most, claim(most, sizeof(OSQPFloat)),
                           claim(most, sizeof(OSQPInt)), claim(columns + 1, sizeof(OSQPInt)));
    return M;
}

static void columns_add(OSQPCscMatrix *M, size_t *count, size_t row, double value)
{
    M->i[*count] = (OSQPInt)row;
    M->x[(*count)++] = value;
}

static void columns_free(OSQPCscMatrix *M)
{
    free(M->x);
    free(M->i);
    free(M->p);
}

static OSQPCscMatrix upper_triangle(const instance *p)
{
    const size_t n = p->n;
    OSQPCscMatrix P = columns_new(n, n, n * (n + 1) / 2);
    size_t count = 0;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i <= j; i++)
            columns_add(&P, &count, i, p->sigma[j * n + i]);
        P.p[j + 1] = (OSQPInt)count;
    }
    return P;
}

static OSQPCscMatrix bounds_and_rows(const instance *p)
{
    const size_t n = p->n, m = p->m;
    size_t count = n;
    for (size_t i = 0; i < m * n; i++)
        count += p->rows[i] != 0.0;
    OSQPCscMatrix A = columns_new(n + m, n, count);
    count = 0;
    for (size_t j = 0; j < n; j++) {
        columns_add(&A, &count, j, 1.0);
        for (size_t i = 0; i < m; i++)
            if (p->rows[i * n + j] != 0.0)
                columns_add(&A, &count, n + i, p->rows[i * n + j]);
        A.p[j + 1] = (OSQPInt)count;
    }
    return A;
}

static void osqp_ask(OSQPSolver *solver, question *q)
{
    const size_t n = q->p->n, m = q->p->m;
    q->solved = osqp_solve(solver) == 0 && solver->info->status_val == OSQP_SOLVED;
    memcpy(q->w, solver->solution->x, n * sizeof(double));
    for (size_t j = 0; j < n; j++)
        q->z[j] = -solver->solution->y[j];
    for (size_t i = 0; i < m; i++)
        q->y[i] = -solver->solution->y[n + i];
}

/* Its default tolerances of 1e-3 leave errors of several per cent. From 1e-6 on polishing finds who is at a limit
   nearly always, and makes the answer exact; smaller ones take more iterations to the same answer. */
static OSQPSolver *osqp_new(question *q)
{
    const instance *p = q->p;
    const size_t n = p->n, m = p->m;
    OSQPCscMatrix P = upper_triangle(p), A = bounds_and_rows(p);
    double *low = claim(2 * (n + m), sizeof *low), *high = low + n + m;
    for (size_t i = 0; i < n + m; i++) {
        low[i] = fmax(-OSQP_INFTY, i < n ? p->lower[i] : p->row_lower[i - n]);
        high[i] = fmin(OSQP_INFTY, i < n ? p->upper[i] : p->row_upper[i - n]);
    }
    OSQPSettings settings;
    osqp_set_default_settings(&settings);
    settings.verbose = 0;
    settings.eps_abs = settings.eps_rel = 1e-6;
    settings.polishing = 1;
    settings.max_iter = 100000;
    OSQPSolver *solver = NULL;
    if (osqp_setup(&solver, &P, q->linear, &A, low, high, (OSQPInt)(n + m), (OSQPInt)n, &settings))
        abort();
    columns_free(&P);
    columns_free(&A);
    free(low);
    return solver;
}

static void *osqp_open(question *q)
{
    OSQPSolver *solver = osqp_new(q);
    osqp_ask(solver, q);
    return solver;
}

/* It begins at its last answer by itself, and keeps its factorisation. */
static void osqp_tick(void *solver, question *q)
{
    osqp_update_data_vec(solver, q->linear, NULL, NULL);
    osqp_ask(solver, q);
}

static void osqp_close(void *solver)
{
    osqp_cleanup(solver);
}

static void osqp_cold(question *q)
{
    osqp_close(osqp_open(q));
}

const peer peer_osqp = { "OSQP, cold", "OSQP, 200 warm ticks", osqp_cold, osqp_open, osqp_tick, osqp_close };
#else
const peer peer_osqp = { 0 };
#endif
