/* SPDX-License-Identifier: MIT */
#include "support/small_problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 24 };

static double *claim(size_t count)
{
    double *x = calloc(count ? count : 1, sizeof *x);
    if (!x)
        abort();
    return x;
}

/* Powers of ten from 10^-most to 10^most; one half of the time 1. */
static double random_unit(random_stream *stream, double most)
{
    return random_below(stream, 2) ? 1.0 : pow(10.0, most * (2.0 * random_uniform(stream) - 1.0));
}

int small_may_be_open(small_risk kind)
{
    return kind <= SMALL_WHOLE;
}

void small_draw_sigma(random_stream *stream, instance *p, small_risk kind, double unit)
{
    const size_t n = p->n, rank = kind == SMALL_RANK_ONE   ? 1
                                  : kind == SMALL_FACTORS  ? 1 + n / 10
                                  : kind == SMALL_SINGULAR ? 1 + random_below(stream, n)
                                                           : n;
    const int alike = kind >= SMALL_WHOLE && random_below(stream, 2);
    const int riskless = kind >= SMALL_WHOLE && random_below(stream, 3) == 0;
    double *G = claim(n * rank), *own = claim(n);
    size_t *like = calloc(n, sizeof *like);
    if (!like)
        abort();
    for (size_t e = 0; e < n * rank; e++)
        G[e] = kind == SMALL_WHOLE ? (double)random_below(stream, 3) - 1.0 : random_normal(stream);
    for (size_t j = 0; j < n; j++) {
        own[j] = kind == SMALL_FACTORS ? 0.01 + random_uniform(stream) : kind == SMALL_DEFINITE ? 0.01 : 0.0;
        like[j] = j;
    }
    for (size_t t = 0; alike && t < 1 + n / 4; t++)
        like[random_below(stream, n)] = random_below(stream, n);
    for (size_t t = 0; riskless && t < 1 + n / 10; t++) {
        const size_t j = random_below(stream, n);
        for (size_t f = 0; f < rank; f++)
            G[j + f * n] = 0.0;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            /* the lower number first, so that both triangles have the same bits */
            const size_t a = like[i] < like[j] ? like[i] : like[j], b = like[i] < like[j] ? like[j] : like[i];
            double sum = a == b ? own[a] : 0.0;
            for (size_t f = 0; f < rank && kind != SMALL_NOTHING; f++)
                sum += G[a + f * n] * G[b + f * n];
            p->sigma[i + j * n] = unit * unit * sum;
        }
    free(G);
    free(own);
    free(like);
}

/* Bounds of one kind for all weights, or of any kind for each; a weight in ten is fixed. Weights are of the size `unit`. */
static void draw_bounds(random_stream *stream, instance *p, int open, double unit)
{
    enum { CAPPED, SHORT, LONG_ONLY, FREE, ONLY_UPPER, MIXED };
    const size_t all = open ? random_below(stream, MIXED + 1) : random_below(stream, LONG_ONLY + 1);
    const int fixes = random_below(stream, 3) == 0;
    for (size_t j = 0; j < p->n; j++) {
        const size_t kind = all == MIXED ? random_below(stream, MIXED) : all;
        const double size = unit * (0.1 + random_uniform(stream));
        p->lower[j] = kind == LONG_ONLY || kind == CAPPED ? 0.0 : kind == SHORT ? -size : -INFINITY;
        p->upper[j] = kind == CAPPED       ? size
                      : kind == SHORT      ? unit * random_uniform(stream)
                      : kind == ONLY_UPPER ? size * (random_uniform(stream) - 0.3)
                                           : INFINITY;
        if (fixes && random_below(stream, 10) == 0)
            p->lower[j] = p->upper[j] = size * (random_below(stream, 2) ? random_normal(stream) : 0.0);
    }
}

/* A point within the bounds, often on them: the rows' limits are made around it. */
static double *draw_point(random_stream *stream, const instance *p, double unit)
{
    double *point = claim(p->n);
    for (size_t j = 0; j < p->n; j++) {
        const double low = isinf(p->lower[j]) ? fmin(-unit, p->upper[j]) : p->lower[j];
        const double high = isinf(p->upper[j]) ? fmax(unit, low) : p->upper[j];
        const double share = random_below(stream, 3) ? random_uniform(stream) : (double)random_below(stream, 2);
        point[j] = fmin(fmax(low + share * (high - low), low), high);
    }
    return point;
}

static void draw_row(random_stream *stream, const instance *p, size_t i, double *row)
{
    const size_t kind = random_below(stream, 6), n = p->n;
    const double unit = random_unit(stream, 3.0);
    for (size_t j = 0; j < n; j++)
        row[j] = kind == 0                 ? 1.0
                 : kind == 1               ? (double)(j % 10 == i % 10)
                 : kind == 2               ? (double)random_below(stream, 3) - 1.0
                 : kind == 3 && i          ? p->rows[random_below(stream, i) * n + j] /* of several rows */
                 : random_below(stream, 2) ? unit * random_normal(stream)
                                           : 0.0;
    if (kind == 4 && i) { /* one of the rows again, times a number */
        const size_t other = random_below(stream, i);
        const double by = random_below(stream, 2) ? 1.0 : random_normal(stream);
        for (size_t j = 0; j < n; j++)
            row[j] = by * p->rows[other * n + j];
    }
    if (kind == 5 && random_below(stream, 4) == 0)
        memset(row, 0, n * sizeof *row);
}

/* Rows of many kinds, the first a budget if one is asked for; one problem in eight may have limits that contradict others. */
static void draw_rows(random_stream *stream, instance *p, int budget, const double *point, double unit)
{
    double *row = claim(p->n);
    const int wrong = random_below(stream, 8) == 0;
    for (size_t i = 0; i < p->m; i++) {
        double value = 0.0, size = 0.0;
        draw_row(stream, p, i, row);
        if (i == 0 && (budget || random_below(stream, 2)))
            for (size_t j = 0; j < p->n; j++)
                row[j] = 1.0;
        for (size_t j = 0; j < p->n; j++) {
            value += row[j] * point[j];
            size = fmax(size, unit * fabs(row[j]));
        }
        const size_t kind = i == 0 && (budget || random_below(stream, 2)) ? 0 : random_below(stream, 4);
        const double below = random_below(stream, 3) ? size * random_uniform(stream) : 0.0;
        const double above = random_below(stream, 3) ? size * random_uniform(stream) : 0.0;
        double lower = kind == 0 ? value : kind == 1 ? -INFINITY : value - below;
        double upper = kind == 0 ? value : kind == 2 ? INFINITY : value + above;
        if (wrong && random_below(stream, p->m) == 0) {
            lower += 3.0 * size;
            upper += 3.0 * size;
        }
        instance_set_row(p, i, row, lower, fmax(lower, upper));
    }
    free(row);
}

void small_draw_linear(random_stream *stream, double *linear, size_t n, double unit)
{
    const size_t kind = random_below(stream, 4);
    unit *= random_unit(stream, 3.0);
    for (size_t j = 0; j < n; j++)
        linear[j] = kind == 0   ? 0.0
                    : kind == 1 ? unit * ((double)random_below(stream, 3) - 1.0)
                                : unit * random_normal(stream);
}

instance *small_problem_new(random_stream *stream, small_model *made)
{
    const small_risk kind = (small_risk)random_below(stream, SMALL_RISKS);
    const int open = small_may_be_open(kind);
    const size_t large = random_below(stream, 40), most = kind == SMALL_WHOLE || large >= 6 ? 16 : large ? 60 : 160;
    const size_t n = 1 + random_below(stream, most), room = n + 4 < MOST_ROWS ? n + 4 : MOST_ROWS;
    instance *p = instance_new(n, !open + (random_below(stream, 3) ? random_below(stream, 4) : random_below(stream, room)));
    if (p->n + p->m > SMALL_MOST)
        abort();
    *made = (small_model){ kind, 1.0, 1.0 };
    if (kind != SMALL_WHOLE) {
        made->risk = random_unit(stream, 4.0);
        made->weight = random_unit(stream, 4.0);
    }
    small_draw_sigma(stream, p, kind, made->risk);
    draw_bounds(stream, p, open, made->weight);
    double *point = draw_point(stream, p, made->weight);
    draw_rows(stream, p, !open, point, made->weight);
    small_draw_linear(stream, p->linear, n, made->risk * made->risk * made->weight);
    small_draw_linear(stream, p->mu, n, 1.0);
    free(point);
    return p;
}
