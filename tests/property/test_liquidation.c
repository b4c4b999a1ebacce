/* SPDX-License-Identifier: MIT */
/*
 * Liquidation by direct recomputation in long double: no portfolio that the rows accept is liquidated by a listed shock,
 * each one pushed past a row is liquidated by that shock, and the distance says the same. Simulations, with fixed seeds and
 * their standard errors, of the closed forms of pools and of derivative positions.
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { MOST = 10, SHOCKS = 8, ROUNDS = 20 };

typedef struct venue {
    size_t n, count;
    double shocks[MOST * SHOCKS], margins[MOST], equity;
} venue;

static venue random_venue(random_stream *stream)
{
    venue v = { 1 + random_below(stream, MOST), 1 + random_below(stream, SHOCKS), { 0 }, { 0 }, 0.0 };
    v.equity = 0.5 + random_uniform(stream);
    for (size_t j = 0; j < v.n; j++)
        v.margins[j] = random_below(stream, 5) ? 0.2 * random_uniform(stream) : 0.0;
    for (size_t k = 0; k < v.count * v.n; k++)
        v.shocks[k] = random_below(stream, 8) ? fmax(0.3 * random_normal(stream), -1.0) : -1.0;
    return v;
}

/* Equity less maintenance margin after shock k, and the sum of the terms' sizes. */
static long double excess(const venue *v, size_t k, const double *w, long double *size)
{
    long double sum = v->equity;
    *size = fabsl(sum);
    for (size_t j = 0; j < v->n; j++) {
        const long double s = v->shocks[j + k * v->n], gain = w[j] * s;
        const long double margin = v->margins[j] * fabsl(w[j] * (1.0L + s));
        sum += gain - margin;
        *size += fabsl(gain) + margin;
    }
    return sum;
}

static mvo_constraints *make_rows(const venue *v, int64_t *ids)
{
    mvo_constraints *set = NULL;
    assert_int_equal(mvo_constraints_new(&set, NULL, v->n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_liquidation(ids, set, v->count, v->shocks, v->n, v->margins, v->equity, NULL, NULL),
                     MVO_OK);
    return set;
}

/* The activity of a row as it is read back. */
static double activity(const mvo_constraints *set, int64_t id, const double *w, size_t n)
{
    double above[MOST], below[MOST], sum = 0.0;
    assert_int_equal(mvo_constraints_absolute_rates(above, below, set, id, NULL), MVO_OK);
    for (size_t j = 0; j < n; j++)
        sum += w[j] > 0.0 ? above[j] * w[j] : -below[j] * w[j];
    return sum;
}

/* Random portfolios; of the accepted ones none is liquidated, and scaled just past its tightest row it is by that shock. */
static void test_accepted_portfolios(void **state)
{
    (void)state;
    random_stream stream = { 20260101 };
    size_t accepted = 0, pushed = 0, refused = 0;
    while (accepted < 10000) {
        const venue v = random_venue(&stream);
        int64_t ids[SHOCKS];
        mvo_constraints *set = make_rows(&v, ids);
        for (int round = 0; round < ROUNDS; round++) {
            double w[MOST], tightest = 0.0, distance;
            size_t at = 0, scenario;
            for (size_t j = 0; j < v.n; j++)
                w[j] = random_normal(&stream) * 2.0;
            for (size_t k = 0; k < v.count; k++) {
                const double used = activity(set, ids[k], w, v.n);
                at = used > tightest ? k : at;
                tightest = fmax(used, tightest);
            }
            if (tightest > v.equity)
                refused++;
            /* rows are homogeneous: half of them well inside, half on the edge */
            const double scale = tightest > 0.0 ? (round % 2 ? 1.0 : random_uniform(&stream)) * v.equity / tightest : 1.0;
            for (size_t j = 0; j < v.n; j++)
                w[j] *= scale;
            long double size, margin = 0.0L;
            for (size_t k = 0; k < v.count; k++) {
                const long double left = excess(&v, k, w, &size);
                assert_true(left >= -1e-15L * size);
            }
            accepted++;
            for (size_t j = 0; j < v.n; j++)
                margin += v.margins[j] * fabsl((long double)w[j]);
            assert_int_equal(mvo_liquidation_distance(&distance, &scenario, NULL, NULL, v.n, w, v.count, v.shocks, v.n,
                                                      v.margins, v.equity, NULL),
                             MVO_OK);
            if (margin <= v.equity)
                assert_true(distance >= 1.0 - 1e-12);
            if (!(tightest > 0.0))
                continue;
            const double further = v.equity / activity(set, ids[at], w, v.n) * (1.0 + 1e-9);
            for (size_t j = 0; j < v.n; j++)
                w[j] *= further;
            assert_true(excess(&v, at, w, &size) < 0.0L);
            double by_scenario[SHOCKS];
            assert_int_equal(mvo_liquidation_distance(&distance, &scenario, by_scenario, NULL, v.n, w, v.count, v.shocks,
                                                      v.n, v.margins, v.equity, NULL),
                             MVO_OK);
            assert_true(by_scenario[at] <= 1.0 && distance <= by_scenario[at]);
            pushed++;
        }
        mvo_constraints_free(set);
    }
    print_message("%zu accepted, %zu pushed past a row, %zu drawn beyond\n", accepted, pushed, refused);
    assert_true(pushed > 5000 && refused > 1000);
}

/* Optimal portfolios: rows with a multiplier are those on whose edge they stand; one step past each liquidates. */
static void test_optimal_portfolios(void **state)
{
    (void)state;
    random_stream stream = { 7 };
    size_t binding = 0;
    for (int t = 0; t < 400; t++) {
        const venue v = random_venue(&stream);
        int64_t ids[SHOCKS];
        double variances[MOST], linear[MOST], w[MOST];
        mvo_constraints *set = make_rows(&v, ids);
        mvo_covariance *covariance = NULL;
        mvo_solver *solver = NULL;
        mvo_outcome outcome;
        for (size_t j = 0; j < v.n; j++) {
            variances[j] = 0.01 + random_uniform(&stream) * 0.1;
            linear[j] = random_normal(&stream);
        }
        assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, v.n, 0, NULL, v.n, NULL, 1, variances, MVO_CHECK_ALL,
                                                   NULL),
                         MVO_OK);
        assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        for (size_t k = 0; k < v.count; k++) {
            double y;
            long double size;
            const long double left = excess(&v, k, w, &size);
            assert_true(left >= -1e-9L * size);
            assert_int_equal(mvo_solver_row_multiplier(&y, solver, ids[k]), MVO_OK);
            assert_true(y <= 0.0);
            if (y < -1e-6) {
                assert_true(left <= 1e-9L * size);
                double further[MOST];
                for (size_t j = 0; j < v.n; j++)
                    further[j] = w[j] * (1.0 + 1e-7);
                assert_true(excess(&v, k, further, &size) < 0.0L);
                binding++;
            }
        }
        mvo_solver_free(solver);
        mvo_covariance_unref(covariance);
        mvo_constraints_free(set);
    }
    print_message("%zu binding shocks\n", binding);
    assert_true(binding > 300);
}

/* The distance against small steps in t: not liquidated before it, liquidated just after. */
static void test_distance(void **state)
{
    (void)state;
    random_stream stream = { 11 };
    for (int t = 0; t < 2000; t++) {
        const venue v = random_venue(&stream);
        double w[MOST], by_scenario[SHOCKS];
        for (size_t j = 0; j < v.n; j++)
            w[j] = random_normal(&stream);
        assert_int_equal(mvo_liquidation_distance(NULL, NULL, by_scenario, NULL, v.n, w, v.count, v.shocks, v.n, v.margins,
                                                  v.equity, NULL),
                         MVO_OK);
        for (size_t k = 0; k < v.count; k++) {
            const double reach = isinf(by_scenario[k]) ? 50.0 : by_scenario[k];
            for (int step = 0; step <= 51; step++) {
                const long double multiple = step <= 50 ? reach * (1.0 - 1e-9) * step / 50.0 : reach * (1.0 + 1e-9) + 1e-12;
                long double sum = v.equity, size = fabsl(sum);
                for (size_t j = 0; j < v.n; j++) {
                    const long double move = fmaxl(multiple * v.shocks[j + k * v.n], -1.0L);
                    sum += w[j] * move - v.margins[j] * fabsl(w[j]) * (1.0L + move);
                    size += fabsl(w[j] * move);
                }
                if (step <= 50 && reach > 0.0)
                    assert_true(sum >= -1e-12L * size);
                else if (step == 51 && !isinf(by_scenario[k]))
                    assert_true(sum < 1e-14L * size);
            }
        }
    }
}

/* ------------------------------------------------------------------------------------------- simulations */

typedef struct sample {
    long double sum, squares;
    size_t count;
} sample;

static void take(sample *s, double x)
{
    s->sum += x;
    s->squares += (long double)x * x;
    s->count++;
}

/* Within four standard errors of what is claimed. */
static void assert_simulated(const char *what, const sample *s, double claimed)
{
    const long double mean = s->sum / s->count, error = sqrtl((s->squares / s->count - mean * mean) / s->count);
    print_message("%s: claimed %.6f, simulated %.6Lf, standard error %.6Lf\n", what, claimed, mean, error);
    assert_true(fabsl(mean - claimed) <= 4.0L * error);
}

/* Log returns of three tokens with volatilities 0.4, 0.6, 0.1 and correlations 0.5, 0, 0.2. */
static const double TOKENS[9] = { 0.16, 0.12, 0.0, 0.12, 0.36, 0.012, 0.0, 0.012, 0.01 };

static void draw(random_stream *stream, double *x)
{
    /* the Cholesky factor by hand: 0.4 | 0.3, sqrt(0.27) | 0, 0.012 / sqrt(0.27), rest */
    const double a = random_normal(stream), b = random_normal(stream), c = random_normal(stream);
    const double r = sqrt(0.27), q = 0.012 / r;
    x[0] = 0.4 * a;
    x[1] = 0.3 * a + r * b;
    x[2] = q * b + sqrt(0.01 - q * q) * c;
}

static void test_pools(void **state)
{
    (void)state;
    enum { POOLS = 2, DRAWS = 400000 };
    const double shares[POOLS * 3] = { 0.5, 0.2, 0.5, 0.3, 0.0, 0.5 }, mean[3] = { 0.05, 0.1, -0.02 };
    double means[POOLS], losses[POOLS];
    mvo_covariance *covariance = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 3, TOKENS, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_pool_means(means, losses, covariance, mean, POOLS, shares, POOLS, NULL), MVO_OK);
    random_stream stream = { 5 };
    sample value[POOLS] = { { 0 } }, loss[POOLS] = { { 0 } };
    for (int t = 0; t < DRAWS; t++) {
        double x[3];
        draw(&stream, x);
        for (size_t i = 0; i < POOLS; i++) {
            double log_value = 0.0, held = 0.0;
            for (size_t j = 0; j < 3; j++) {
                const double log_return = log1p(mean[j]) - 0.5 * TOKENS[j + 3 * j] + x[j];
                log_value += shares[i + POOLS * j] * log_return;
                held += shares[i + POOLS * j] * exp(log_return);
            }
            take(&value[i], exp(log_value) - 1.0);
            take(&loss[i], exp(log_value) - held);
        }
    }
    assert_simulated("constant product, return", &value[0], means[0]);
    assert_simulated("constant product, loss", &loss[0], losses[0]);
    assert_simulated("weighted pool, return", &value[1], means[1]);
    assert_simulated("weighted pool, loss", &loss[1], losses[1]);
    mvo_covariance_unref(covariance);
}

static void test_delta_gamma(void **state)
{
    (void)state;
    enum { DRAWS = 400000 };
    const double deltas[2 * 3] = { 0.5, -0.2, 0.1, 0.4, 0.0, 1.0 }, mu[3] = { 0.1, -0.05, 0.02 };
    const double gammas[2 * 9] = { 2.0, 0.5, 0, 0.5, -1.0, 0.2, 0, 0.2, 3.0, -1.0, 0, 0.4, 0, 0.5, 0, 0.4, 0, 0 };
    double means[2], covariances[4];
    mvo_covariance *covariance = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 3, TOKENS, 3, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_delta_gamma(means, covariances, 2, covariance, mu, 2, deltas, 2, gammas, NULL), MVO_OK);
    random_stream stream = { 6 };
    sample gain[2] = { { 0 } }, product[3] = { { 0 } };
    for (int t = 0; t < DRAWS; t++) {
        double r[3], g[2];
        draw(&stream, r);
        for (size_t j = 0; j < 3; j++)
            r[j] += mu[j];
        for (size_t a = 0; a < 2; a++) {
            g[a] = 0.0;
            for (size_t j = 0; j < 3; j++) {
                g[a] += deltas[a + 2 * j] * r[j];
                for (size_t i = 0; i < 3; i++)
                    g[a] += 0.5 * r[i] * gammas[i + 3 * j + 9 * a] * r[j];
            }
            take(&gain[a], g[a]);
            g[a] -= means[a];
        }
        take(&product[0], g[0] * g[0]);
        take(&product[1], g[0] * g[1]);
        take(&product[2], g[1] * g[1]);
    }
    assert_simulated("mean of the first", &gain[0], means[0]);
    assert_simulated("mean of the second", &gain[1], means[1]);
    assert_simulated("variance of the first", &product[0], covariances[0]);
    assert_simulated("covariance", &product[1], covariances[1]);
    assert_simulated("variance of the second", &product[2], covariances[3]);
    assert_true(covariances[1] == covariances[2]);
    mvo_covariance_unref(covariance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted_portfolios), cmocka_unit_test(test_optimal_portfolios),
        cmocka_unit_test(test_distance),            cmocka_unit_test(test_pools),
        cmocka_unit_test(test_delta_gamma),
    };
    return cmocka_run_group_tests_name("liquidation", tests, NULL, NULL);
}
