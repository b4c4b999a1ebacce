/* SPDX-License-Identifier: MIT */
#include "support/random_problem.h"

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

static double coefficient(random_stream *stream, int kind)
{
    return kind == RANDOM_INTEGER ? (double)random_below(stream, 3) - 1.0 : random_normal(stream);
}

static void random_gram(random_stream *stream, double *sigma, size_t n, size_t rank, int kind)
{
    double *G = claim(n * rank);
    for (size_t e = 0; e < n * rank; e++)
        G[e] = coefficient(stream, kind);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = 0.0;
            for (size_t f = 0; f < rank; f++)
                sum += G[i + f * n] * G[j + f * n];
            sigma[i + j * n] = sigma[j + i * n] = sum;
        }
    free(G);
}

/* Two limits around `middle`; with chance one in four a side is infinite, one in eight they are equal. */
static void random_limits(random_stream *stream, double middle, int kind, double *lower, double *upper)
{
    const double below = kind == RANDOM_INTEGER ? (double)random_below(stream, 3) : fabs(random_normal(stream));
    const double above = kind == RANDOM_INTEGER ? (double)random_below(stream, 3) : fabs(random_normal(stream));
    *lower = random_below(stream, 4) ? middle - below : -INFINITY;
    *upper = random_below(stream, 4) ? middle + above : INFINITY;
    if (random_below(stream, 8) == 0)
        *lower = *upper = middle;
}

static void random_rows(random_stream *stream, instance *p, int kind)
{
    double *row = claim(p->n);
    for (size_t i = 0; i < p->m; i++) {
        double lower, upper;
        for (size_t j = 0; j < p->n; j++)
            row[j] = coefficient(stream, kind);
        if (i && random_below(stream, 4) == 0) { /* repeats an earlier row */
            const size_t other = random_below(stream, i);
            const double by = random_below(stream, 2) ? -2.0 : 1.0;
            for (size_t j = 0; j < p->n; j++)
                row[j] = by * p->rows[other * p->n + j];
        } else if (random_below(stream, 16) == 0)
            memset(row, 0, p->n * sizeof *row);
        else if (random_below(stream, 3) == 0) /* a budget */
            for (size_t j = 0; j < p->n; j++)
                row[j] = 1.0;
        random_limits(stream, coefficient(stream, kind), kind, &lower, &upper);
        instance_set_row(p, i, row, lower, upper);
    }
    free(row);
}

instance *random_problem(random_stream *stream, size_t n, size_t m, size_t rank, int kind)
{
    instance *p = instance_new(n, m);
    random_gram(stream, p->sigma, n, rank, kind);
    for (size_t j = 0; j < n; j++) {
        p->linear[j] = coefficient(stream, kind);
        random_limits(stream, coefficient(stream, kind), kind, &p->lower[j], &p->upper[j]);
    }
    random_rows(stream, p, kind);
    return p;
}

instance *random_feasible_problem(random_stream *stream, size_t n, size_t m, size_t rank, int kind)
{
    instance *p = random_problem(stream, n, m, rank, kind);
    double *point = claim(n);
    for (size_t j = 0; j < n; j++) {
        p->lower[j] = isinf(p->lower[j]) ? fmin(-1.0, p->upper[j] - 1.0) : p->lower[j];
        p->upper[j] = isinf(p->upper[j]) ? fmax(1.0, p->lower[j] + 1.0) : p->upper[j];
        const double share = kind == RANDOM_INTEGER ? 0.5 * (double)random_below(stream, 3) : random_uniform(stream);
        point[j] = p->lower[j] + share * (p->upper[j] - p->lower[j]);
    }
    for (size_t i = 0; i < m; i++) {
        double value = 0.0;
        for (size_t j = 0; j < n; j++)
            value += p->rows[i * n + j] * point[j];
        if (p->row_lower[i] == p->row_upper[i])
            p->row_lower[i] = p->row_upper[i] = value;
        p->row_lower[i] = fmin(p->row_lower[i], value);
        p->row_upper[i] = fmax(p->row_upper[i], value);
    }
    free(point);
    return p;
}

/* ------------------------------------------------------------------------------------------ planted */

instance *random_factors(random_stream *stream, instance *p, size_t k, int kind)
{
    instance *q = instance_new_factor(p->n, p->m, k);
    for (size_t e = 0; e < p->n * k; e++)
        q->loadings[e] = coefficient(stream, kind);
    if (k > 0 && random_below(stream, 2)) {
        q->factor_covariance = claim(k * k);
        random_gram(stream, q->factor_covariance, k, k, kind);
    }
    for (size_t j = 0; j < p->n; j++) {
        q->specific[j] = random_below(stream, 4) == 0 ? 0.0 : fabs(coefficient(stream, kind));
        q->linear[j] = p->linear[j];
        q->lower[j] = p->lower[j];
        q->upper[j] = p->upper[j];
        q->mu[j] = p->mu[j];
    }
    for (size_t i = 0; i < p->m; i++)
        instance_set_row(q, i, p->rows + i * p->n, p->row_lower[i], p->row_upper[i]);
    instance_free(p);
    return q;
}

/* sigma := H sigma H with H = I - 2 v v' / v'v */
static void reflect(random_stream *stream, double *sigma, size_t n)
{
    double *v = claim(2 * n), *image = v + n, square = 0.0, inner = 0.0;
    for (size_t j = 0; j < n; j++) {
        v[j] = random_normal(stream);
        square += v[j] * v[j];
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            image[i] += sigma[i + j * n] * v[j];
    for (size_t j = 0; j < n; j++)
        inner += v[j] * image[j];
    const double s = 2.0 / square;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            sigma[i + j * n] += s * (s * inner * v[i] * v[j] - v[i] * image[j] - image[i] * v[j]);
    free(v);
}

void random_covariance(random_stream *stream, double *sigma, size_t n, double condition)
{
    memset(sigma, 0, n * n * sizeof *sigma);
    for (size_t j = 0; j < n; j++)
        sigma[j * (n + 1)] = n > 1 ? pow(condition, -(double)j / (double)(n - 1)) : 1.0;
    for (int times = 0; times < 3; times++)
        reflect(stream, sigma, n);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++)
            sigma[i + j * n] = sigma[j + i * n]; /* equal to the bit */
}

/* A limit pair for a value, its side (-1, 0, 1; 2 for both) and a multiplier of the sign that side allows. */
static void plant_limit(random_stream *stream, double value, int side, double degenerate, double *lower, double *upper,
                        double *multiplier)
{
    const double size = random_uniform(stream) < degenerate ? 0.0 : fabs(random_normal(stream));
    const int met = random_uniform(stream) < degenerate;
    *lower = value - fabs(random_normal(stream)) - 0.01;
    *upper = random_below(stream, 2) ? INFINITY : value + fabs(random_normal(stream)) + 0.01;
    *multiplier = 0.0;
    if (side == 0 && met)
        *lower = value;
    if (side == -1 || side == 2)
        *lower = value;
    if (side == 1 || side == 2)
        *upper = value;
    if (side == -1)
        *multiplier = size;
    if (side == 1)
        *multiplier = -size;
    if (side == 2)
        *multiplier = random_below(stream, 2) ? size : -size;
}

planted_problem plant_problem(random_stream *stream, size_t n, size_t m, double condition, double degenerate)
{
    planted_problem made = { instance_new(n, m), claim(n), claim(m), claim(n) };
    instance *p = made.p;
    long double *risk = malloc(n * sizeof *risk);
    double *row = claim(n);
    if (!risk)
        abort();
    random_covariance(stream, p->sigma, n, condition);
    for (size_t j = 0; j < n; j++) {
        const int side = (int)random_below(stream, 3) - 1;
        made.w[j] = random_below(stream, 4) ? random_normal(stream) : 0.0;
        plant_limit(stream, made.w[j], random_below(stream, 12) ? side : 2, degenerate, &p->lower[j], &p->upper[j],
                    &made.z[j]);
    }
    const verify_problem view = instance_view(p);
    verify_product(risk, NULL, &view, made.w);
    for (size_t j = 0; j < n; j++)
        risk[j] -= made.z[j];
    for (size_t i = 0; i < m; i++) {
        double lower, upper;
        long double value = 0.0L;
        const int budget = random_below(stream, 4) == 0;
        for (size_t j = 0; j < n; j++) {
            row[j] = budget ? 1.0 : random_below(stream, 3) ? random_normal(stream) : 0.0;
            value += (long double)row[j] * made.w[j];
        }
        plant_limit(stream, (double)value, random_below(stream, 5) ? (int)random_below(stream, 3) - 1 : 2, degenerate,
                    &lower, &upper, &made.y[i]);
        instance_set_row(p, i, row, lower, upper);
        for (size_t j = 0; j < n; j++)
            risk[j] -= (long double)row[j] * made.y[i];
    }
    for (size_t j = 0; j < n; j++)
        p->linear[j] = (double)-risk[j];
    free(risk);
    free(row);
    return made;
}

void planted_free(planted_problem *planted)
{
    instance_free(planted->p);
    free(planted->w);
    free(planted->y);
    free(planted->z);
}
