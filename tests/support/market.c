/* SPDX-License-Identifier: MIT */
#include "support/market.h"

#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double *claim(size_t count)
{
    double *x = calloc(count ? count : 1, sizeof *x);
    if (!x)
        abort();
    return x;
}

/* Loadings (n-by-k), volatilities of factors (k) and residuals (n). */
typedef struct model {
    size_t n, k;
    double *loadings, *factor, *residual;
} model;

static model draw_model(random_stream *stream, size_t n, size_t k, double factor_scale)
{
    model m = { n, k, claim(n * k), claim(k), claim(n) };
    for (size_t f = 0; f < k; f++) {
        m.factor[f] = factor_scale * (f == 0 ? 0.16 : 0.08 / sqrt((double)f));
        for (size_t i = 0; i < n; i++)
            m.loadings[i + f * n] = f == 0 ? 1.0 + 0.3 * random_normal(stream) : random_normal(stream);
    }
    for (size_t i = 0; i < n; i++) {
        const double u = random_uniform(stream);
        m.residual[i] = 0.12 + 0.35 * u * u;
    }
    return m;
}

static void free_model(model *m)
{
    free(m->loadings);
    free(m->factor);
    free(m->residual);
}

/* Panels of four assets, each with its periods one after the other: what the product below reads. */
enum { PANEL = 4 };

static double *draw_returns(random_stream *stream, const model *m, size_t periods)
{
    const size_t n = m->n, panels = (n + PANEL - 1) / PANEL;
    double *returns = claim(panels * PANEL * periods), *x = claim(n);
    for (size_t t = 0; t < periods; t++) {
        memset(x, 0, n * sizeof *x);
        for (size_t f = 0; f < m->k; f++) {
            const double move = m->factor[f] * random_normal(stream), *loading = m->loadings + f * n;
            for (size_t i = 0; i < n; i++)
                x[i] += loading[i] * move;
        }
        for (size_t i = 0; i < n; i++)
            returns[(i / PANEL * periods + t) * PANEL + i % PANEL] = x[i] + m->residual[i] * random_normal(stream);
    }
    free(x);
    return returns;
}

static void demean(double *returns, size_t n, size_t periods)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0, *first = returns + i / PANEL * periods * PANEL + i % PANEL;
        for (size_t t = 0; t < periods; t++)
            sum += first[t * PANEL];
        for (size_t t = 0; t < periods; t++)
            first[t * PANEL] -= sum / (double)periods;
    }
}

/* tile[a][b] = sum_t left[t][a] right[t][b] */
static void multiply_panels(double tile[PANEL][PANEL], const double *left, const double *right, size_t periods)
{
    double s[PANEL][PANEL] = { { 0.0 } };
    for (size_t t = 0; t < periods; t++, left += PANEL, right += PANEL)
        for (size_t a = 0; a < PANEL; a++)
            for (size_t b = 0; b < PANEL; b++)
                s[a][b] += left[a] * right[b];
    memcpy(tile, s, sizeof s);
}

static void sample_covariance(double *sigma, const double *returns, size_t n, size_t periods)
{
    const size_t panels = (n + PANEL - 1) / PANEL;
    double tile[PANEL][PANEL];
    for (size_t p = 0; p < panels; p++)
        for (size_t q = 0; q <= p; q++) {
            multiply_panels(tile, returns + p * periods * PANEL, returns + q * periods * PANEL, periods);
            for (size_t a = 0; a < PANEL && p * PANEL + a < n; a++)
                for (size_t b = 0; b < PANEL && q * PANEL + b < n; b++) {
                    const size_t i = p * PANEL + a, j = q * PANEL + b;
                    if (i >= j)
                        sigma[i + j * n] = sigma[j + i * n] = tile[a][b] / (double)(periods - 1);
                }
        }
}

static void draw_mu(random_stream *stream, instance *p, const model *m)
{
    for (size_t i = 0; i < p->n; i++) {
        double variance = p->sigma ? p->sigma[i * (p->n + 1)] : p->specific[i];
        for (size_t f = 0; !p->sigma && f < m->k; f++)
            variance += pow(m->loadings[i + f * p->n] * m->factor[f], 2.0);
        p->mu[i] = 0.02 + 0.05 * m->loadings[i] + 0.10 * sqrt(variance) * (0.3 + 0.5 * random_normal(stream));
    }
}

instance *market_new(size_t n, uint64_t seed, int weak)
{
    random_stream stream = { seed };
    const size_t tenth = n / 10, k = tenth < 4 ? 4 : tenth > 50 ? 50 : tenth, periods = 2 * n;
    model m = draw_model(&stream, n, k, weak ? 0.05 : 1.0);
    double *returns = draw_returns(&stream, &m, periods);
    instance *p = instance_new(n, MARKET_ROWS);
    demean(returns, n, periods);
    sample_covariance(p->sigma, returns, n, periods);
    draw_mu(&stream, p, &m);
    p->m = 0;
    free(returns);
    free_model(&m);
    return p;
}

instance *market_new_factor(size_t n, size_t k, uint64_t seed)
{
    random_stream stream = { seed };
    model m = draw_model(&stream, n, k, 1.0);
    instance *p = instance_new_factor(n, MARKET_ROWS, k);
    memcpy(p->loadings, m.loadings, n * k * sizeof *p->loadings);
    p->factor_covariance = claim(k * k);
    for (size_t f = 0; f < k; f++)
        p->factor_covariance[f * (k + 1)] = m.factor[f] * m.factor[f];
    for (size_t i = 0; i < n; i++)
        p->specific[i] = m.residual[i] * m.residual[i];
    draw_mu(&stream, p, &m);
    p->m = 0;
    free_model(&m);
    return p;
}

void market_long_only(instance *p)
{
    p->m = 1;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, INFINITY);
}

void market_sectors(instance *p)
{
    double *members = claim(p->n);
    p->m = 11;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, fmax(0.05, 2.0 / (double)p->n));
    for (size_t sector = 0; sector < 10; sector++) {
        for (size_t j = 0; j < p->n; j++)
            members[j] = j % 10 == sector ? 1.0 : 0.0;
        instance_set_row(p, sector + 1, members, 0.04, 0.16);
    }
    free(members);
}

void market_capped(instance *p)
{
    p->m = 1;
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, fmax(0.01, 5.0 / (double)p->n));
}

void market_short(instance *p)
{
    market_sectors(p);
    instance_set_bounds(p, -0.5 / sqrt((double)p->n), 1.0 / sqrt((double)p->n));
}

double market_target(const instance *p)
{
    double sum = 0.0, largest = -INFINITY;
    for (size_t j = 0; j < p->n; j++) {
        sum += p->mu[j];
        largest = fmax(largest, p->mu[j]);
    }
    const double mean = sum / (double)p->n;
    return mean + 0.4 * (largest - mean);
}
