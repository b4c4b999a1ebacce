/* SPDX-License-Identifier: MIT */
/*
 * Hierarchical risk parity (Lopez de Prado 2016): cluster the assets by correlation, put them in the order of the tree,
 * and share the budget between the halves of that order, and their halves, each against its variance under weights in
 * inverse proportion to the assets' own. No matrix is inverted. Clustering needs all correlations: n-by-n numbers, of a
 * factor model too; variances of clusters are taken from the factors.
 */
#include "linalg/spread.h"
#include "portfolio/linkage.h"
#include "portfolio/risk_budget.h"

#include <math.h>
#include <string.h>

/* d_ij = sqrt((1 - rho_ij) / 2), zero on the diagonal. */
static void correlation_distances(double *distances, const mvo_covariance *covariance)
{
    const size_t n = covariance->n;
    for (size_t j = 0; j < n; j++) {
        const double volatility = sqrt(covariance->diagonal[j]);
        distances[j + j * n] = 0.0;
        for (size_t i = j + 1; i < n; i++) {
            const double ratio = mvoi_covariance_entry(covariance, i, j) / sqrt(covariance->diagonal[i]) / volatility;
            const double correlation = fmin(fmax(ratio, -1.0), 1.0);
            distances[i + j * n] = distances[j + i * n] = sqrt(0.5 * (1.0 - correlation));
        }
    }
}

/* Euclidean distances between the columns of d. */
static void distances_of_distances(double *distances, size_t n, const double *d)
{
    mvoi_squared_distances(n, n, d, n, distances, n);
    for (size_t i = 0; i < n * n; i++)
        distances[i] = sqrt(distances[i]);
}

/* --------------------------------------------------------------------------------------------- bisection */

typedef struct bisection {
    const mvo_covariance *covariance;
    const size_t *order;
    const double *inverse; /* n: inverse variances, up to a common factor */
    double *weights;       /* n */
    double *exposure;      /* k */
} bisection;

/* Variance of `count` assets from `first` of the order under inverse-variance weights that add up to 1. */
static double cluster_variance(const bisection *b, size_t first, size_t count)
{
    const mvo_covariance *c = b->covariance;
    const size_t *members = b->order + first;
    double sum = 0.0, variance = 0.0;
    memset(b->exposure, 0, c->k * sizeof *b->exposure);
    for (size_t i = 0; i < count; i++) {
        const double x = b->inverse[members[i]];
        sum += x;
        if (c->kind == MVOI_DENSE) {
            const double *column = c->dense + members[i] * c->ld;
            double covariances = 0.5 * column[members[i]] * x;
            for (size_t j = 0; j < i; j++)
                covariances += column[members[j]] * b->inverse[members[j]];
            variance += 2.0 * x * covariances;
        } else {
            const double *factors = c->factors + members[i] * c->k;
            variance += c->specific[members[i]] * (x * x);
            for (size_t f = 0; f < c->k; f++)
                b->exposure[f] += factors[f] * x;
        }
    }
    for (size_t f = 0; f < c->k; f++)
        variance += b->exposure[f] * b->exposure[f];
    return fmax(variance / (sum * sum), 0.0);
}

/* Shares `budget` among them; as deep as the logarithm of their number. */
static void bisect(const bisection *b, size_t first, size_t count, double budget)
{
    if (count == 1) {
        b->weights[b->order[first]] = budget;
        return;
    }
    const size_t half = count / 2;
    const double left = cluster_variance(b, first, half), right = cluster_variance(b, first + half, count - half);
    const double total = left + right;
    const double share = total > 0.0 ? 1.0 - left / total : 0.5;
    bisect(b, first, half, budget * share);
    bisect(b, first + half, count - half, budget * (1.0 - share));
}

/* -------------------------------------------------------------------------------------------- the question */

typedef struct workspace {
    double *distances, *columns; /* n-by-n each; columns only for distances of distances */
    double *numbers;             /* 3 n + k: keys or differences, inverse variances, weights, exposures */
    size_t *integers;            /* 4 n + 1: room of the linkage, the order */
    mvoi_merge *merges;          /* n */
} workspace;

static void give_back(mvo_context *context, const workspace *w)
{
    mvoi_release(context, w->distances);
    mvoi_release(context, w->columns);
    mvoi_release(context, w->numbers);
    mvoi_release(context, w->integers);
    mvoi_release(context, w->merges);
}

static mvo_status take(workspace *w, const mvo_covariance *covariance, int32_t distance, mvo_error *error)
{
    mvo_context *context = covariance->context;
    const size_t n = covariance->n, k = covariance->k;
    if (n > SIZE_MAX / n / sizeof(double) || k > SIZE_MAX / 8 - 3 * n)
        return mvoi_fail_memory(context, error, "hierarchical risk parity");
    w->distances = mvoi_allocate(context, n * n, sizeof *w->distances);
    w->columns = distance == MVO_DISTANCE_OF_DISTANCES ? mvoi_allocate(context, n * n, sizeof *w->columns) : NULL;
    w->numbers = mvoi_allocate(context, 3 * n + k, sizeof *w->numbers);
    w->integers = mvoi_allocate(context, 4 * n + 1, sizeof *w->integers);
    w->merges = mvoi_allocate(context, n, sizeof *w->merges);
    const int columns_there = w->columns || distance != MVO_DISTANCE_OF_DISTANCES;
    if (w->distances && columns_there && w->numbers && w->integers && w->merges)
        return MVO_OK;
    give_back(context, w);
    return mvoi_fail_memory(context, error, "hierarchical risk parity");
}

static mvo_status check(const mvo_covariance *covariance, const mvo_covariance *similarity, int32_t distance,
                        int32_t linkage, mvo_error *error)
{
    mvo_context *context = covariance->context;
    if (similarity->n != covariance->n) {
        const mvoi_detail detail = { "similarity", -1, -1, (double)similarity->n, (double)covariance->n };
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail, "similarity has %zu assets, covariance has %zu",
                         similarity->n, covariance->n);
    }
    if (distance != MVO_DISTANCE_OF_CORRELATIONS && distance != MVO_DISTANCE_OF_DISTANCES) {
        const mvoi_detail detail = { "distance", -1, -1, (double)distance, 0.0 };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "distance is %d", (int)distance);
    }
    if (linkage < MVO_LINKAGE_SINGLE || linkage > MVO_LINKAGE_WARD) {
        const mvoi_detail detail = { "linkage", -1, -1, (double)linkage, 0.0 };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "linkage is %d", (int)linkage);
    }
    const mvo_status status = mvoi_check_risky(covariance, "covariance", error);
    return status == MVO_OK ? mvoi_check_risky(similarity, "similarity", error) : status;
}

static void solve(workspace *w, const mvo_covariance *covariance, const mvo_covariance *similarity, int32_t distance,
                  int32_t linkage)
{
    const size_t n = covariance->n;
    double *inverse = w->numbers + n, *weights = inverse + n;
    size_t *order = w->integers + 3 * n + 1;
    double least = HUGE_VAL;
    correlation_distances(w->columns ? w->columns : w->distances, similarity);
    if (distance == MVO_DISTANCE_OF_DISTANCES)
        distances_of_distances(w->distances, n, w->columns);
    mvoi_linkage(w->merges, n, w->distances, linkage, w->integers, w->numbers);
    mvoi_linkage_order(order, n, w->merges, w->integers);
    for (size_t i = 0; i < n; i++)
        least = fmin(least, covariance->diagonal[i]);
    for (size_t i = 0; i < n; i++)
        inverse[i] = least / covariance->diagonal[i];
    const bisection b = { covariance, order, inverse, weights, weights + n };
    bisect(&b, 0, n, 1.0);
}

mvo_status mvo_hierarchical_risk_parity(double *weights, size_t *order, const mvo_covariance *covariance,
                                        const mvo_covariance *similarity, int32_t distance, int32_t linkage,
                                        mvo_error *error)
{
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    if (!similarity)
        similarity = covariance;
    mvo_status status = check(covariance, similarity, distance, linkage, error);
    if (status != MVO_OK)
        return status;
    const size_t n = covariance->n;
    workspace w = { NULL, NULL, NULL, NULL, NULL };
    status = take(&w, covariance, distance, error);
    if (status != MVO_OK)
        return status;
    solve(&w, covariance, similarity, distance, linkage);
    if (weights)
        memcpy(weights, w.numbers + 2 * n, n * sizeof *weights);
    if (order)
        memcpy(order, w.integers + 3 * n + 1, n * sizeof *order);
    give_back(covariance->context, &w);
    return MVO_OK;
}
