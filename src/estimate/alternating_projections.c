/* SPDX-License-Identifier: MIT */
/*
 * The nearest correlation matrix with weights or fixed elements, by alternating projections with Dykstra's correction
 * (Higham 2002, IMA J. Numer. Anal. 22, algorithm 3.3). With W = diag(weights) the norm is |W^1/2 (A - X) W^1/2|; the
 * projection onto the semidefinite matrices is W^-1/2 ((W^1/2 R W^1/2)+) W^-1/2, and since W is diagonal that onto the
 * matrices with given elements sets them, whatever W. A floor f of the eigenvalues is met by X = Y + f I.
 */
#include "estimate/repair.h"

#include <math.h>
#include <string.h>

static const double CHANGE = 1e-14; /* relative, from one sweep to the next, times sqrt(n) */
static const double FIXED = 1e-10;  /* how far a fixed element may be off in the answer */

typedef struct projections {
    size_t n;
    double floor;
    const double *given;  /* n-by-n, ones on the diagonal */
    const int32_t *fixed; /* n-by-n, or NULL */
    double *root;         /* n: sqrt(weight / largest weight) */
    double *X, *Y, *correction, *scaled, *room, *numbers;
    mvoi_spectrum spectrum;
} projections;

static mvo_status check_weights(mvo_context *context, mvo_error *error, const double *weights, size_t n)
{
    const mvo_status status = weights ? mvoi_check_vector(context, error, "weights", weights, n) : MVO_OK;
    for (size_t i = 0; status == MVO_OK && weights && i < n; i++) {
        const mvoi_detail detail = { "weights", (int64_t)i, -1, weights[i], 0.0 };
        if (!(weights[i] > 0.0))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "weights[%zu] is %g, not above zero", i,
                             weights[i]);
    }
    return status;
}

/* The pattern must be symmetric, and what is fixed a correlation. */
static mvo_status check_fixed(mvo_context *context, mvo_error *error, const projections *p)
{
    const size_t n = p->n;
    for (size_t j = 0; p->fixed && j < n; j++)
        for (size_t i = j + 1; i < n; i++) {
            const double value = p->given[i + j * n];
            const mvoi_detail detail = { "fixed", (int64_t)i, (int64_t)j, value, 1.0 };
            if (!p->fixed[i + j * n] != !p->fixed[j + i * n])
                return mvoi_fail(context, error, MVO_ERROR_NOT_SYMMETRIC, detail,
                                 "fixed[%zu, %zu] and fixed[%zu, %zu] differ", i, j, j, i);
            if (p->fixed[i + j * n] && !(fabs(value) <= 1.0 - p->floor))
                return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                                 "given[%zu, %zu] is fixed at %g, beyond 1 - floor = %g", i, j, value, 1.0 - p->floor);
        }
    return MVO_OK;
}

static mvo_status allocate(projections *p, const double *weights, mvo_context *context, mvo_error *error, size_t n)
{
    const mvo_status status = mvoi_spectrum_new(&p->spectrum, context, error, n);
    if (status != MVO_OK)
        return status;
    const size_t square = n * n;
    double *next = p->numbers = mvoi_allocate(context, 6 * square + n, sizeof *next);
    if (!next)
        return mvoi_fail_memory(context, error, "a nearest correlation matrix");
    p->n = n;
    p->X = next;
    p->Y = next + square;
    p->correction = next + 2 * square;
    p->scaled = next + 3 * square;
    p->room = next + 4 * square;
    p->given = next + 5 * square;
    p->root = next + 6 * square;
    double largest = 0.0;
    for (size_t i = 0; weights && i < n; i++)
        largest = fmax(largest, weights[i]);
    for (size_t i = 0; i < n; i++)
        p->root[i] = weights ? sqrt(weights[i] / largest) : 1.0;
    return MVO_OK;
}

/* X = projection of R = Y - correction onto the semidefinite matrices; correction = X - R. */
static mvo_status project_semidefinite(projections *p, mvo_context *context, mvo_error *error)
{
    const size_t n = p->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            p->correction[i + j * n] = p->Y[i + j * n] - p->correction[i + j * n]; /* R for now */
            p->scaled[i + j * n] = p->root[i] * p->root[j] * p->correction[i + j * n];
        }
    memcpy(p->spectrum.vectors, p->scaled, n * n * sizeof *p->scaled);
    const mvo_status status = mvoi_spectrum_compute(&p->spectrum, context, error);
    if (status != MVO_OK)
        return status;
    mvoi_spectrum_positive_part(p->scaled, &p->spectrum, p->scaled, p->room);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            p->X[i + j * n] = p->scaled[i + j * n] / (p->root[i] * p->root[j]);
            p->correction[i + j * n] = p->X[i + j * n] - p->correction[i + j * n];
        }
    return MVO_OK;
}

/* Y = projection of X onto the matrices with the diagonal and the fixed elements. Returns how far Y is from X, and
 *moved how far from the Y before, both relative to Y. */
static double project_elements(double *moved, projections *p)
{
    const size_t n = p->n;
    double apart = 0.0, change = 0.0, size = 0.0;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            const size_t at = i + j * n;
            const double before = p->Y[at];
            p->Y[at] = i == j ? 1.0 - p->floor : p->fixed && p->fixed[at] ? p->given[at] : p->X[at];
            apart += (p->Y[at] - p->X[at]) * (p->Y[at] - p->X[at]);
            change += (p->Y[at] - before) * (p->Y[at] - before);
            size += p->Y[at] * p->Y[at];
        }
    *moved = sqrt(change / size);
    return sqrt(apart / size);
}

/* Whether X, made a correlation matrix, still has its fixed elements. */
static int keeps_fixed(const projections *p)
{
    for (size_t i = 0; p->fixed && i < p->n * p->n; i++)
        if (i % (p->n + 1) != 0 && p->fixed[i] && !(fabs(p->X[i] - p->given[i]) <= FIXED))
            return 0;
    return 1;
}

static mvo_status iterate(mvo_outcome *outcome, int64_t *iterations, projections *p, int64_t limit,
                          mvo_context *context, mvo_error *error)
{
    const size_t n = p->n;
    memcpy(p->Y, p->given, n * n * sizeof *p->Y);
    memset(p->correction, 0, n * n * sizeof *p->correction);
    for (size_t i = 0; i < n; i++)
        p->Y[i + i * n] = 1.0 - p->floor;
    const double goal = CHANGE * sqrt((double)n);
    int settled = 0;
    for (*iterations = 0; !settled && *iterations < limit; ++*iterations) {
        double moved = 0.0;
        const mvo_status status = project_semidefinite(p, context, error);
        if (status != MVO_OK)
            return status;
        const double apart = project_elements(&moved, p);
        settled = apart <= goal && moved <= goal;
        /* Rounding may keep both a little above: what counts then is that they are as small as it is. */
        settled = settled || (*iterations > 100 && apart <= 10.0 * goal && moved <= 10.0 * goal);
    }
    mvoi_repair_unit_diagonal(p->X, n, p->floor);
    *outcome = settled && keeps_fixed(p) ? MVO_OPTIMAL : MVO_ITERATION_LIMIT;
    return MVO_OK;
}

mvo_status mvo_correlation_nearest_fixed(mvo_outcome *outcome, double *correlation, size_t ld_correlation,
                                         double *distance, int64_t *iterations, mvo_context *context, size_t n,
                                         const double *given, size_t ld_given, const int32_t *fixed,
                                         const double *weights, double floor, int64_t iteration_limit, mvo_error *error)
{
    const mvoi_square matrix = { "given", given, n, ld_given };
    const mvoi_detail detail = { "iteration_limit", -1, -1, (double)iteration_limit, 1.0 };
    if (!outcome)
        return mvoi_fail_null(context, error, "outcome");
    mvo_status status = mvoi_repair_check(context, error, correlation, ld_correlation, &matrix, floor);
    if (status == MVO_OK)
        status = check_weights(context, error, weights, n);
    if (status == MVO_OK && iteration_limit < 1)
        status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "iteration_limit is %lld, less than 1",
                           (long long)iteration_limit);
    if (status != MVO_OK)
        return status;
    projections p = { 0 };
    mvo_outcome reached = MVO_NUMERICAL;
    int64_t taken = 0;
    status = allocate(&p, weights, context, error, n);
    p.floor = floor;
    p.fixed = fixed;
    if (status == MVO_OK)
        status = mvoi_repair_take(p.numbers + 5 * n * n, context, error, &matrix, 0);
    if (status == MVO_OK)
        status = check_fixed(context, error, &p);
    if (status == MVO_OK)
        status = iterate(&reached, &taken, &p, iteration_limit, context, error);
    if (status == MVO_OK) {
        *outcome = reached;
        if (reached == MVO_OPTIMAL)
            mvoi_repair_give(correlation, ld_correlation, distance, p.X, p.given, n);
        if (iterations)
            *iterations = taken;
    }
    mvoi_release(context, p.numbers);
    mvoi_spectrum_free(&p.spectrum, context);
    return status;
}
