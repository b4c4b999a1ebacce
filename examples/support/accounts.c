/* SPDX-License-Identifier: MIT */
/* The made-up desk of accounts.h. */
#include "accounts.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { FACTORS = 10 };

/* Uniform in (0, 1): splitmix64, Steele, Lea & Flood (2014). */
static double uniform(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((x ^ (x >> 31)) >> 11) + 0.5) * 0x1p-53;
}

/* Normal with mean 0 and deviation 1, nearly: the sum of twelve uniform numbers. */
static double normal(uint64_t *state)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum;
}

int accounts_allocate(accounts *desk, size_t n, size_t count)
{
    desk->n = n;
    desk->count = count;
    desk->sigma = malloc(n * n * sizeof(double));
    desk->mu = malloc(n * count * sizeof(double));
    desk->upper = malloc(n * count * sizeof(double));
    desk->holdings = malloc(n * count * sizeof(double));
    desk->rate = malloc(n * sizeof(double));
    desk->risk_aversion = malloc(count * sizeof(double));
    if (desk->sigma && desk->mu && desk->upper && desk->holdings && desk->rate && desk->risk_aversion)
        return 1;
    accounts_free(desk);
    return 0;
}

/* One market factor of 16 % a year and weaker ones; specific volatilities of 12 % to 47 %. */
static void draw_risk(accounts *desk, double *loadings, uint64_t *state)
{
    const size_t n = desk->n;
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < FACTORS; f++) {
            const double exposure = f == 0 ? 1.0 + 0.3 * normal(state) : normal(state);
            loadings[f + i * FACTORS] = exposure * (f == 0 ? 0.16 : 0.08 / sqrt((double)f));
        }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = 0.0;
            for (size_t f = 0; f < FACTORS; f++)
                sum += loadings[f + i * FACTORS] * loadings[f + j * FACTORS];
            desk->sigma[i + j * n] = desk->sigma[j + i * n] = sum;
        }
    for (size_t i = 0; i < n; i++) {
        const double u = uniform(state), specific = 0.12 + 0.35 * u * u;
        desk->sigma[i + i * n] += specific * specific;
    }
}

/* As much of each of thirty assets, any of which are as likely: selection sampling, Knuth, vol. 2, 3.4.2. */
static void draw_holdings(double *holdings, size_t n, uint64_t *state)
{
    size_t left = ACCOUNTS_HELD;
    for (size_t i = 0; i < n; i++) {
        const int taken = uniform(state) * (double)(n - i) < (double)left;
        holdings[i] = taken ? 1.0 / ACCOUNTS_HELD : 0.0;
        left -= (size_t)taken;
    }
}

int accounts_make(accounts *desk, size_t n, size_t count)
{
    uint64_t state = 2026;
    double *loadings = malloc(n * FACTORS * sizeof *loadings);
    if (!loadings || !accounts_allocate(desk, n, count)) {
        free(loadings);
        return 0;
    }
    draw_risk(desk, loadings, &state);
    /* A house view, which every account shades in its own way; caps of 4 % to 10 %. */
    for (size_t i = 0; i < n; i++)
        loadings[i] = 0.03 + 0.10 * sqrt(desk->sigma[i + i * n]) * (0.3 + 0.5 * normal(&state));
    for (size_t a = 0; a < count; a++) {
        const double cap = 0.04 + 0.06 * uniform(&state);
        desk->risk_aversion[a] = 2.0 + 10.0 * uniform(&state);
        for (size_t i = 0; i < n; i++) {
            desk->mu[i + a * n] = loadings[i] * (1.0 + 0.2 * normal(&state));
            desk->upper[i + a * n] = cap;
        }
    }
    for (size_t a = 0; a < count; a++)
        draw_holdings(desk->holdings + a * n, n, &state);
    for (size_t i = 0; i < n; i++)
        desk->rate[i] = 0.001;
    free(loadings);
    return 1;
}

void accounts_free(accounts *desk)
{
    free(desk->sigma);
    free(desk->mu);
    free(desk->upper);
    free(desk->holdings);
    free(desk->rate);
    free(desk->risk_aversion);
}
