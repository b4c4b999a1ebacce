/* SPDX-License-Identifier: MIT */
/*
 * Black-Litterman on random markets and views against its textbook form, ((tau Sigma)^-1 + P'Omega^-1 P)^-1 and that
 * times ((tau Sigma)^-1 pi + P'Omega^-1 q), computed here in long double by inverting everything in sight.
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 24, VIEWS = 6, MARKETS = 300 };

/* A becomes its inverse: Gauss-Jordan with row exchanges. */
static void invert(long double *A, size_t n)
{
    long double B[MOST * MOST];
    for (size_t i = 0; i < n * n; i++)
        B[i] = i % (n + 1) == 0 ? 1.0L : 0.0L;
    for (size_t c = 0; c < n; c++) {
        size_t best = c;
        for (size_t i = c + 1; i < n; i++)
            best = fabsl(A[i + c * n]) > fabsl(A[best + c * n]) ? i : best;
        for (size_t j = 0; j < n; j++) {
            const long double a = A[c + j * n], b = B[c + j * n];
            A[c + j * n] = A[best + j * n];
            B[c + j * n] = B[best + j * n];
            A[best + j * n] = a;
            B[best + j * n] = b;
        }
        const long double pivot = A[c + c * n];
        for (size_t j = 0; j < n; j++) {
            A[c + j * n] /= pivot;
            B[c + j * n] /= pivot;
        }
        for (size_t i = 0; i < n; i++) {
            const long double ratio = A[i + c * n];
            for (size_t j = 0; i != c && j < n; j++) {
                A[i + j * n] -= ratio * A[c + j * n];
                B[i + j * n] -= ratio * B[c + j * n];
            }
        }
    }
    memcpy(A, B, n * n * sizeof *A);
}

typedef struct market {
    size_t n, k, views;
    double loadings[MOST * 3], specific[MOST], sigma[MOST * MOST], prior[MOST], tau;
    double P[VIEWS * MOST], q[VIEWS], omega[VIEWS * VIEWS];
    int full; /* whether Omega is a matrix: otherwise its diagonal is in omega's first elements */
} market;

static void draw(market *m, random_stream *stream)
{
    m->n = 3 + random_below(stream, MOST - 2);
    m->k = random_below(stream, 4);
    m->views = 1 + random_below(stream, VIEWS);
    m->full = (int)random_below(stream, 2);
    m->tau = exp(random_normal(stream) - 3.0);
    for (size_t i = 0; i < m->n; i++) {
        m->specific[i] = 0.01 + 0.05 * random_normal(stream) * random_normal(stream) * (i % 2 ? 1.0 : 0.0);
        m->specific[i] = fabs(m->specific[i]) + 0.001;
        m->prior[i] = 0.05 * random_normal(stream);
        for (size_t f = 0; f < m->k; f++)
            m->loadings[i + f * m->n] = 0.2 * random_normal(stream);
    }
    /* views about few assets: structured covariances stay so */
    memset(m->P, 0, sizeof m->P);
    for (size_t v = 0; v < m->views; v++) {
        for (int asset = 0; asset < 2; asset++)
            m->P[v + random_below(stream, m->n) * m->views] += random_normal(stream);
        m->q[v] = 0.1 * random_normal(stream);
    }
    double root[VIEWS * VIEWS];
    for (size_t i = 0; i < VIEWS * VIEWS; i++)
        root[i] = 0.05 * random_normal(stream);
    for (size_t v = 0; v < m->views; v++)
        for (size_t u = 0; u <= v; u++) {
            double sum = v == u ? 0.001 : 0.0;
            for (size_t c = 0; c < VIEWS; c++)
                sum += root[v + c * VIEWS] * root[u + c * VIEWS];
            if (m->full)
                m->omega[v + u * m->views] = m->omega[u + v * m->views] = sum;
            else if (v == u)
                m->omega[v] = sum;
        }
}

/* *mean (n) and *covariance (n-by-n) of the textbook. */
static void textbook(long double *mean, long double *covariance, const market *m)
{
    long double W[MOST * MOST], precision[MOST * MOST], right[MOST];
    const size_t n = m->n, k = m->views;
    for (size_t v = 0; v < k; v++)
        for (size_t u = 0; u < k; u++)
            W[v + u * k] = m->full ? (long double)m->omega[v + u * k] : v == u ? (long double)m->omega[v] : 0.0L;
    invert(W, k);
    for (size_t i = 0; i < n * n; i++)
        precision[i] = (long double)m->tau * m->sigma[i];
    invert(precision, n);
    for (size_t i = 0; i < n; i++) {
        right[i] = 0.0L;
        for (size_t j = 0; j < n; j++)
            right[i] += precision[i + j * n] * m->prior[j];
        for (size_t v = 0; v < k; v++)
            for (size_t u = 0; u < k; u++)
                right[i] += m->P[v + i * k] * W[v + u * k] * m->q[u];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t v = 0; v < k; v++)
                for (size_t u = 0; u < k; u++)
                    precision[i + j * n] += m->P[v + i * k] * W[v + u * k] * m->P[u + j * k];
    invert(precision, n);
    for (size_t i = 0; i < n; i++) {
        mean[i] = 0.0L;
        for (size_t j = 0; j < n; j++) {
            mean[i] += precision[i + j * n] * right[j];
            covariance[i + j * n] = precision[i + j * n] + m->sigma[i + j * n];
        }
    }
}

static void agree(const market *m, const mvo_covariance *sigma)
{
    double mu[MOST], found[MOST * MOST];
    long double mean[MOST], covariance[MOST * MOST];
    mvo_covariance *posterior = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_black_litterman(mu, &posterior, NULL, sigma, m->prior, m->tau, m->views, m->P, m->views, m->q,
                                         m->omega, m->full ? m->views : 0, &error),
                     MVO_OK);
    textbook(mean, covariance, m);
    assert_int_equal(mvo_covariance_matrix(found, m->n, posterior, NULL), MVO_OK);
    for (size_t i = 0; i < m->n; i++)
        assert_true(fabsl(mu[i] - mean[i]) < 1e-11L);
    for (size_t i = 0; i < m->n * m->n; i++)
        assert_true(fabsl(found[i] - covariance[i]) < 1e-12L);
    mvo_covariance_unref(posterior);
}

static void the_textbook_agrees(void **state)
{
    (void)state;
    random_stream stream = { 17 };
    for (int each = 0; each < MARKETS; each++) {
        market m;
        mvo_covariance *structured = NULL, *dense = NULL;
        draw(&m, &stream);
        assert_int_equal(mvo_covariance_new_factor(&structured, NULL, m.n, m.k, m.loadings, m.n, NULL, 0, m.specific,
                                                   MVO_CHECK_ALL, NULL),
                         MVO_OK);
        assert_int_equal(mvo_covariance_matrix(m.sigma, m.n, structured, NULL), MVO_OK);
        assert_int_equal(mvo_covariance_new_dense(&dense, NULL, m.n, m.sigma, m.n, MVO_CHECK_ALL, NULL), MVO_OK);
        agree(&m, structured);
        agree(&m, dense);
        mvo_covariance_unref(structured);
        mvo_covariance_unref(dense);
    }
}

/* What a view portfolio is now expected to return lies between what it was and the view, and no variance grows. */
static void views_pull_and_teach(void **state)
{
    (void)state;
    random_stream stream = { 23 };
    for (int each = 0; each < MARKETS; each++) {
        market m;
        double mu[MOST], before = 0.0, after = 0.0, with = 0.0, without = 0.0;
        mvo_covariance *sigma = NULL, *posterior = NULL, *prior = NULL;
        draw(&m, &stream);
        assert_int_equal(
            mvo_covariance_new_factor(&sigma, NULL, m.n, m.k, m.loadings, m.n, NULL, 0, m.specific, 0, NULL), MVO_OK);
        assert_int_equal(
            mvo_black_litterman(mu, &posterior, NULL, sigma, m.prior, m.tau, 1, m.P, m.views, m.q, NULL, 0, NULL),
            MVO_OK);
        assert_int_equal(
            mvo_black_litterman(NULL, &prior, NULL, sigma, m.prior, m.tau, 0, NULL, 0, NULL, NULL, 0, NULL), MVO_OK);
        for (size_t j = 0; j < m.n; j++) {
            before += m.P[j * m.views] * m.prior[j];
            after += m.P[j * m.views] * mu[j];
        }
        assert_true(fabs(after - 0.5 * (before + m.q[0])) < 1e-12); /* as uncertain as the prior: half way */
        for (size_t i = 0; i < m.n; i++) {
            double unit[MOST] = { 0 };
            unit[i] = 1.0;
            assert_int_equal(mvo_covariance_variance(&with, posterior, unit, NULL), MVO_OK);
            assert_int_equal(mvo_covariance_variance(&without, prior, unit, NULL), MVO_OK);
            assert_true(with <= without * (1.0 + 1e-12));
        }
        mvo_covariance_unref(prior);
        mvo_covariance_unref(posterior);
        mvo_covariance_unref(sigma);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_textbook_agrees),
        cmocka_unit_test(views_pull_and_teach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
