/* SPDX-License-Identifier: MIT */
/* Resampled efficiency (Michaud 1998): frontiers from inputs drawn anew, averaged rank by rank. */
#include "portfolio/ask.h"

#include "covariance/make.h"

#include <math.h>
#include <string.h>

typedef struct resampler {
    mvo_context *context;
    const mvo_covariance *covariance;
    const mvo_constraints *constraints;
    const double *mu;
    size_t n, k, periods, points;
    uint64_t bits;
    double spare; /* a normal draw that waits, NaN if none does */
    double *root; /* dense: lower triangle of a Cholesky factor, column by column; else NULL */
    double *draws, *one, *means, *weights, *sum; /* max(n, k), n, n, n, n-by-points */
} resampler;

/* ----------------------------------------------------------------------------------------------- drawing */

/* Uniform on (-1, 1) from splitmix64: Steele, Lea & Flood (2014). */
static double next_uniform(resampler *r)
{
    uint64_t x = r->bits += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return ((double)(x >> 11) + 0.5) * 0x1p-52 - 1.0;
}

/* Marsaglia's polar method (1964). */
static double next_normal(resampler *r)
{
    if (!isnan(r->spare)) {
        const double kept = r->spare;
        r->spare = NAN;
        return kept;
    }
    double a, b, square;
    do {
        a = next_uniform(r);
        b = next_uniform(r);
        square = a * a + b * b;
    } while (square >= 1.0 || square == 0.0);
    const double factor = sqrt(-2.0 * log(square) / square);
    r->spare = b * factor;
    return a * factor;
}

/* A pivot that is rounding stands for an asset that follows from those before it. */
static void factorise(double *root, const mvo_covariance *covariance)
{
    const size_t n = covariance->n;
    for (size_t j = 0; j < n; j++)
        memcpy(root + j * n, covariance->dense + j * covariance->ld, n * sizeof *root);
    for (size_t j = 0; j < n; j++) {
        double *column = root + j * n;
        const double pivot = column[j] > 1e-14 * covariance->diagonal[j] ? sqrt(column[j]) : 0.0;
        for (size_t i = j; i < n; i++)
            column[i] = pivot > 0.0 ? column[i] / pivot : 0.0;
        for (size_t l = j + 1; l < n; l++)
            for (size_t i = l; i < n; i++)
                root[i + l * n] -= column[i] * column[l];
    }
}

/* One period's returns less their mean, into r->one. */
static void draw_period(resampler *r)
{
    const size_t n = r->n, count = r->root ? n : r->k;
    for (size_t i = 0; i < count; i++)
        r->draws[i] = next_normal(r);
    if (r->root) {
        memset(r->one, 0, n * sizeof(double));
        for (size_t j = 0; j < n; j++)
            for (size_t i = j; i < n; i++)
                r->one[i] += r->root[i + j * n] * r->draws[j];
        return;
    }
    for (size_t j = 0; j < n; j++) {
        double sum = sqrt(r->covariance->specific[j]) * next_normal(r);
        for (size_t f = 0; f < r->k; f++)
            sum += r->covariance->factors[f + j * r->k] * r->draws[f];
        r->one[j] = sum;
    }
}

/* A history of so many periods: its means into r->means, its covariance as a handle. */
static mvo_status draw_inputs(mvo_covariance **covariance, resampler *r, mvo_error *error)
{
    const size_t n = r->n, periods = r->periods;
    double *table = periods <= SIZE_MAX / n ? mvoi_allocate(r->context, periods * n, sizeof *table) : NULL;
    if (!table)
        return mvoi_fail_memory(r->context, error, "a resampled history");
    for (size_t t = 0; t < periods; t++) {
        draw_period(r);
        for (size_t j = 0; j < n; j++)
            table[t + j * periods] = r->one[j];
    }
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t t = 0; t < periods; t++)
            sum += table[t + j * periods];
        r->means[j] = r->mu[j] + sum / (double)periods;
        mvoi_demean(table + j * periods, table + j * periods, periods);
    }
    const size_t rank = periods - 1 < n ? periods - 1 : n;
    return mvoi_covariance_new_table(covariance, r->context, periods, n, table, (double)(periods - 1), rank, MVO_CHECK_NONE,
                                     error);
}

/* --------------------------------------------------------------------------------------------- averaging */

/* Adds the portfolios of a frontier, equally spaced by return, to the sums. */
static mvo_status add_frontier(resampler *r, const mvo_frontier *frontier, mvo_error *error)
{
    double most, least;
    const size_t corners = mvo_frontier_corner_count(frontier);
    mvo_frontier_corner(NULL, &most, NULL, NULL, frontier, 0);
    mvo_frontier_corner(NULL, &least, NULL, NULL, frontier, corners - 1);
    for (size_t p = 0; p < r->points; p++) {
        const double part = (double)p / (double)(r->points - 1);
        mvo_status status = MVO_OK;
        if (p == 0 || p + 1 == r->points)
            status = mvo_frontier_corner(NULL, NULL, NULL, r->weights, frontier, p ? 0 : corners - 1);
        else
            status = mvo_frontier_at_return(NULL, NULL, r->weights, frontier, fmin(least + part * (most - least), most), error);
        if (status != MVO_OK)
            return status;
        for (size_t j = 0; j < r->n; j++)
            r->sum[j + p * r->n] += r->weights[j];
    }
    return MVO_OK;
}

static mvo_status resample_once(mvo_outcome *outcome, resampler *r, mvo_error *error)
{
    mvo_covariance *covariance = NULL;
    mvo_solver *solver = NULL;
    mvo_frontier *frontier = NULL;
    mvo_status status = draw_inputs(&covariance, r, error);
    if (status == MVO_OK)
        status = mvo_solver_new(&solver, r->context, covariance, r->constraints, error);
    if (status == MVO_OK)
        status = mvo_frontier_new(&frontier, outcome, solver, r->means, error);
    if (status == MVO_OK && *outcome == MVO_OPTIMAL && mvo_frontier_ray(r->weights, frontier) == MVO_OK)
        *outcome = MVO_UNBOUNDED;
    if (status == MVO_OK && *outcome == MVO_OPTIMAL)
        status = add_frontier(r, frontier, error);
    mvo_frontier_unref(frontier);
    mvo_solver_free(solver);
    mvo_covariance_unref(covariance);
    return status;
}

static int claim(resampler *r)
{
    const size_t n = r->n, most = n > r->k ? n : r->k;
    const int dense = r->covariance->kind == MVOI_DENSE;
    if (n > SIZE_MAX / (n > r->points ? n : r->points))
        return 0;
    r->draws = mvoi_allocate(r->context, most, sizeof(double));
    r->one = mvoi_allocate(r->context, n, sizeof(double));
    r->means = mvoi_allocate(r->context, n, sizeof(double));
    r->weights = mvoi_allocate(r->context, n, sizeof(double));
    r->sum = mvoi_allocate(r->context, n * r->points, sizeof(double));
    if (dense)
        r->root = mvoi_allocate(r->context, n * n, sizeof(double));
    if (!r->draws || !r->one || !r->means || !r->weights || !r->sum || (dense && !r->root))
        return 0;
    if (dense)
        factorise(r->root, r->covariance);
    memset(r->sum, 0, n * r->points * sizeof(double));
    return 1;
}

static void release(resampler *r)
{
    void *const owned[] = { r->draws, r->one, r->means, r->weights, r->sum, r->root };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(r->context, owned[i]);
}

/* ---------------------------------------------------------------------------------------------- question */

static mvo_status check_count(mvo_context *context, mvo_error *error, const char *name, size_t count, size_t least)
{
    const mvoi_detail detail = { name, -1, -1, (double)count, (double)least };
    return count >= least ? MVO_OK
                          : mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s is %zu, less than %zu", name, count, least);
}

static mvo_status check(const double *weights, size_t ld, const mvo_covariance *covariance, const mvo_constraints *constraints,
                        const double *mu, size_t points, size_t periods, size_t resamples, mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!weights)
        return mvoi_fail_null(context, error, "weights");
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    if (constraints->n != covariance->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH,
                         (mvoi_detail){ "constraints", -1, -1, (double)constraints->n, (double)covariance->n },
                         "the covariance has %zu assets, the constraint set %zu", covariance->n, constraints->n);
    mvo_status status = mvoi_check_vector(context, error, "mu", mu, covariance->n);
    if (status == MVO_OK)
        status = check_count(context, error, "points", points, 2);
    if (status == MVO_OK)
        status = check_count(context, error, "periods", periods, 2);
    if (status == MVO_OK)
        status = check_count(context, error, "resamples", resamples, 1);
    return status == MVO_OK ? mvoi_check_leading(context, error, "ld", ld, "n", covariance->n, points) : status;
}

mvo_status mvo_resampled_frontier(mvo_outcome *outcome, double *weights, size_t ld, size_t points,
                                  const mvo_covariance *covariance, const mvo_constraints *constraints, const double *mu,
                                  size_t periods, size_t resamples, int64_t seed, mvo_progress_fn progress, void *user,
                                  mvo_error *error)
{
    if (!outcome)
        return mvoi_fail_null(covariance ? covariance->context : NULL, error, "outcome");
    mvo_status status = check(weights, ld, covariance, constraints, mu, points, periods, resamples, error);
    if (status != MVO_OK)
        return status;
    resampler r = { .context = covariance->context, .covariance = covariance, .constraints = constraints, .mu = mu,
                    .n = covariance->n, .k = covariance->kind == MVOI_FACTOR ? covariance->k : 0, .periods = periods,
                    .points = points, .bits = (uint64_t)seed, .spare = NAN };
    mvo_outcome found = MVO_OPTIMAL;
    if (!claim(&r))
        status = mvoi_fail_memory(r.context, error, "a resampled frontier");
    for (size_t s = 0; s < resamples && status == MVO_OK && found == MVO_OPTIMAL; s++) {
        status = resample_once(&found, &r, error);
        if (status == MVO_OK && found == MVO_OPTIMAL && progress && progress(user, (int64_t)(s + 1)))
            found = MVO_CANCELLED;
    }
    if (status == MVO_OK) {
        *outcome = found;
        for (size_t p = 0; p < points && found == MVO_OPTIMAL; p++)
            for (size_t j = 0; j < r.n; j++)
                weights[j + p * ld] = r.sum[j + p * r.n] / (double)resamples;
    }
    release(&r);
    return status;
}
