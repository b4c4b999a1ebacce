/* SPDX-License-Identifier: MIT */
/*
 * Hierarchical risk parity against one that is written down from the definitions: clusters as lists of members,
 * distances of clusters from those of all pairs of members, in O(n^4). And what must hold of bets and of maximum
 * diversification.
 */
#include "support/instance.h"
#include "support/market.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 60 };

/* ------------------------------------------------------------------------------------ from the definitions */

typedef struct tree {
    size_t n, count[2 * MOST];     /* members of each cluster; 0 once it is part of another */
    size_t member[2 * MOST][MOST]; /* in the tree's order */
    double d[MOST][MOST];          /* what is clustered by */
} tree;

static double sum_of_pairs(const tree *t, size_t a, size_t b, int squared)
{
    double sum = 0.0;
    for (size_t i = 0; i < t->count[a]; i++)
        for (size_t j = 0; j < t->count[b]; j++) {
            const double d = t->d[t->member[a][i]][t->member[b][j]];
            sum += squared ? d * d : d;
        }
    return sum;
}

static double cluster_distance(const tree *t, size_t a, size_t b, int32_t linkage)
{
    const double na = (double)t->count[a], nb = (double)t->count[b];
    if (linkage == MVO_LINKAGE_AVERAGE)
        return sum_of_pairs(t, a, b, 0) / (na * nb);
    if (linkage == MVO_LINKAGE_WARD)
        return sqrt(2.0 * na * nb / (na + nb) *
                    (sum_of_pairs(t, a, b, 1) / (na * nb) - 0.5 * sum_of_pairs(t, a, a, 1) / (na * na) -
                     0.5 * sum_of_pairs(t, b, b, 1) / (nb * nb)));
    double extreme = linkage == MVO_LINKAGE_SINGLE ? HUGE_VAL : 0.0;
    for (size_t i = 0; i < t->count[a]; i++)
        for (size_t j = 0; j < t->count[b]; j++) {
            const double d = t->d[t->member[a][i]][t->member[b][j]];
            extreme = linkage == MVO_LINKAGE_SINGLE ? fmin(extreme, d) : fmax(extreme, d);
        }
    return extreme;
}

static void cluster(tree *t, int32_t linkage)
{
    for (size_t i = 0; i < t->n; i++) {
        t->count[i] = 1;
        t->member[i][0] = i;
    }
    for (size_t made = t->n; made < 2 * t->n - 1; made++) {
        size_t left = 0, right = 0;
        double least = HUGE_VAL;
        for (size_t a = 0; a < made; a++)
            for (size_t b = a + 1; b < made; b++) {
                if (!t->count[a] || !t->count[b])
                    continue;
                const double distance = cluster_distance(t, a, b, linkage);
                if (distance < least) {
                    least = distance;
                    left = a;
                    right = b;
                }
            }
        memcpy(t->member[made], t->member[left], t->count[left] * sizeof(size_t));
        memcpy(t->member[made] + t->count[left], t->member[right], t->count[right] * sizeof(size_t));
        t->count[made] = t->count[left] + t->count[right];
        t->count[left] = t->count[right] = 0;
    }
}

static double inverse_variance_risk(const double *sigma, size_t n, const size_t *members, size_t count)
{
    double sum = 0.0, variance = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += 1.0 / sigma[members[i] * (n + 1)];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            variance += sigma[members[i] + members[j] * n] / sigma[members[i] * (n + 1)] / sigma[members[j] * (n + 1)] /
                        sum / sum;
    return variance;
}

static void split(double *w, const double *sigma, size_t n, const size_t *members, size_t count, double budget)
{
    if (count == 1) {
        w[members[0]] = budget;
        return;
    }
    const size_t half = count / 2;
    const double left = inverse_variance_risk(sigma, n, members, half);
    const double right = inverse_variance_risk(sigma, n, members + half, count - half);
    split(w, sigma, n, members, half, budget * right / (left + right));
    split(w, sigma, n, members + half, count - half, budget * left / (left + right));
}

static void distances(tree *t, const double *sigma, int32_t kind)
{
    double d[MOST][MOST];
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < t->n; j++) {
            const double scale = sqrt(sigma[i * (t->n + 1)]) * sqrt(sigma[j * (t->n + 1)]);
            d[i][j] = i == j ? 0.0 : sqrt(0.5 * (1.0 - sigma[i + j * t->n] / scale));
        }
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < t->n; j++) {
            double sum = 0.0;
            for (size_t r = 0; r < t->n; r++)
                sum += (d[r][i] - d[r][j]) * (d[r][i] - d[r][j]);
            t->d[i][j] = kind == MVO_DISTANCE_OF_DISTANCES ? sqrt(sum) : d[i][j];
        }
}

/* ----------------------------------------------------------------------------------------------- tests */

static double weights[MOST], other[MOST], expected[MOST];
static size_t order[MOST];

static void by_the_definitions(void **state)
{
    (void)state;
    tree *t = malloc(sizeof *t);
    assert_non_null(t);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        instance *p = market_new(2 + 3 * (size_t)seed, seed, (int)(seed % 2));
        mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
        for (int32_t linkage = MVO_LINKAGE_SINGLE; linkage <= MVO_LINKAGE_WARD; linkage++)
            for (int32_t kind = MVO_DISTANCE_OF_CORRELATIONS; kind <= MVO_DISTANCE_OF_DISTANCES; kind++) {
                t->n = p->n;
                distances(t, p->sigma, kind);
                cluster(t, linkage);
                split(expected, p->sigma, p->n, t->member[2 * p->n - 2], p->n, 1.0);
                assert_int_equal(mvo_hierarchical_risk_parity(weights, order, covariance, NULL, kind, linkage, NULL),
                                 MVO_OK);
                for (size_t i = 0; i < p->n; i++) {
                    assert_int_equal(order[i], t->member[2 * p->n - 2][i]);
                    assert_true(fabs(weights[i] - expected[i]) < 1e-13);
                }
            }
        mvo_covariance_unref(covariance);
        instance_free(p);
    }
    free(t);
}

static mvo_covariance *expanded(const mvo_covariance *structured, double scale)
{
    const size_t n = mvo_covariance_size(structured);
    double matrix[MOST * MOST];
    mvo_covariance *dense = NULL;
    assert_int_equal(mvo_covariance_matrix(matrix, n, structured, NULL), MVO_OK);
    for (size_t i = 0; i < n * n; i++)
        matrix[i] *= scale;
    assert_int_equal(mvo_covariance_new_dense(&dense, NULL, n, matrix, n, MVO_CHECK_ALL, NULL), MVO_OK);
    return dense;
}

/* A factor model and its matrix, in other units: the same portfolio, ratio and bets. */
static void structured_is_dense(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        const size_t n = 10 + 5 * (size_t)seed;
        instance *p = market_new_factor(n, 1 + (size_t)seed % 4, seed);
        mvo_covariance *structured = instance_covariance(p, MVO_CHECK_ALL), *dense = expanded(structured, 1e-8);
        double ratio[2], number[2];
        for (int32_t linkage = 0; linkage <= MVO_LINKAGE_WARD; linkage++) {
            assert_int_equal(mvo_hierarchical_risk_parity(weights, NULL, structured, NULL, 0, linkage, NULL), MVO_OK);
            assert_int_equal(mvo_hierarchical_risk_parity(other, NULL, dense, NULL, 0, linkage, NULL), MVO_OK);
            for (size_t i = 0; i < n; i++)
                assert_true(fabs(weights[i] - other[i]) < 1e-12);
        }
        assert_int_equal(mvo_diversification_ratio(&ratio[0], structured, weights, NULL), MVO_OK);
        assert_int_equal(mvo_diversification_ratio(&ratio[1], dense, weights, NULL), MVO_OK);
        assert_true(fabs(ratio[0] / ratio[1] - 1.0) < 1e-13 && ratio[0] > 1.0);
        for (int32_t bets = 0; bets <= 1; bets++) {
            double shares[MOST], sum = 0.0;
            assert_int_equal(mvo_effective_bets(&number[0], shares, structured, weights, bets, NULL), MVO_OK);
            assert_int_equal(mvo_effective_bets(&number[1], NULL, dense, weights, bets, NULL), MVO_OK);
            assert_true(fabs(number[0] / number[1] - 1.0) < 1e-9);
            assert_true(number[0] >= 1.0 && number[0] <= (double)n);
            for (size_t k = 0; k < n; k++) {
                assert_true(shares[k] >= 0.0);
                sum += shares[k];
            }
            assert_true(fabs(sum - 1.0) < 1e-13);
        }
        mvo_covariance_unref(dense);
        mvo_covariance_unref(structured);
        instance_free(p);
    }
}

/*
 * Asset i alone has shares (q c)_ki^2, so that the torsion is known up to signs, and the sum over k of the squared
 * diagonal of q c is what it maximises: no rotation of two bets may do better.
 */
static void torsion_is_the_least(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        enum { N = 7 };
        instance *p = market_new(N, seed, 0);
        mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
        double correlation[N * N], torsion[N][N], number, shares[N], best = 0.0;
        assert_int_equal(mvo_covariance_correlation(correlation, N, covariance, NULL), MVO_OK);
        for (size_t i = 0; i < N; i++) {
            double alone[N] = { 0.0 };
            alone[i] = 1.0;
            assert_int_equal(mvo_effective_bets(&number, shares, covariance, alone, MVO_BETS_MINIMUM_TORSION, NULL),
                             MVO_OK);
            best += shares[i];
            for (size_t k = 0; k < N; k++)
                torsion[k][i] = sqrt(shares[k]);
        }
        for (size_t a = 0; a < N; a++)
            for (size_t b = a + 1; b < N; b++) {
                const double aa = torsion[a][a], ab = torsion[a][b], ba = torsion[b][a], bb = torsion[b][b];
                assert_true(fabs(ab * bb - ba * aa) < 1e-9); /* the slope where bets a and b begin to turn */
                for (int step = -30; step <= 30; step++) {
                    const double c = cos(0.1 * step), s = sin(0.1 * step);
                    const double turned_a = c * aa - s * ba, turned_b = s * ab + c * bb;
                    assert_true(turned_a * turned_a + turned_b * turned_b <= aa * aa + bb * bb + 1e-9);
                }
            }
        assert_true(best <= (double)N);
        mvo_covariance_unref(covariance);
        instance_free(p);
    }
}

/* No feasible portfolio is more diversified. */
static void nothing_is_more_diversified(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        random_stream stream = { seed };
        instance *p = market_new(20, seed, 0);
        market_long_only(p);
        mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_ALL);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        mvo_outcome outcome = -1;
        double best, ratio;
        assert_int_equal(mvo_maximum_diversification(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_solver_weights(weights, solver), MVO_OK);
        assert_int_equal(mvo_diversification_ratio(&best, covariance, weights, NULL), MVO_OK);
        for (int times = 0; times < 300; times++) {
            const double step = times % 3 == 0 ? 1.0 : times % 3 == 1 ? 0.05 : 1e-3;
            for (size_t i = 0; i < p->n; i++)
                other[i] = (1.0 - step) * weights[i] +
                           step * random_uniform(&stream) * (double)(random_below(&stream, 3) == 0);
            if (mvo_diversification_ratio(&ratio, covariance, other, NULL) == MVO_OK)
                assert_true(ratio <= best * (1.0 + 1e-12));
        }
        mvo_solver_free(solver);
        mvo_covariance_unref(covariance);
        instance_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_definitions),
        cmocka_unit_test(structured_is_dense),
        cmocka_unit_test(torsion_is_the_least),
        cmocka_unit_test(nothing_is_more_diversified),
    };
    return cmocka_run_group_tests_name("hierarchical risk parity", tests, NULL, NULL);
}
