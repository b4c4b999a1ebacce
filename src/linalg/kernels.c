/* SPDX-License-Identifier: MIT */
/* The kernels as plain loops, each in the order the header prescribes. */
#include "linalg/kernels.h"

#include <math.h>
#include <string.h>

static double sum_of_lanes(const double lane[8])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static double dot(size_t n, const double *x, const double *y)
{
    double lane[8] = {0.0};
    for (size_t i = 0; i < n; i++) {
        lane[i % 8] += x[i] * y[i];
    }
    return sum_of_lanes(lane);
}

static void axpy(size_t n, double a, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += a * x[i];
    }
}

static void gemv(size_t m, size_t n, const double *M, size_t ld, const double *x, double *y)
{
    for (size_t j = 0; j < n; j++) {
        axpy(m, x[j], M + j * ld, y);
    }
}

static void gemv_transposed(size_t m, size_t n, const double *M, size_t ld, const double *x, double *y)
{
    for (size_t j = 0; j < n; j++) {
        y[j] = dot(m, M + j * ld, x);
    }
}

static void sweep(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x, double *y)
{
    for (size_t k = 0; k < count; k++) {
        axpy(m, x[k], M + (size_t)columns[k] * ld, y);
    }
}

static void sweep2(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x0,
                   const double *x1, double *y0, double *y1)
{
    sweep(m, count, M, ld, columns, x0, y0);
    sweep(m, count, M, ld, columns, x1, y1);
}

static void sweep_compensated(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns,
                              const double *x, double *high, double *low)
{
    for (size_t k = 0; k < count; k++) {
        const double *column = M + (size_t)columns[k] * ld;
        for (size_t i = 0; i < m; i++) {
            double product, product_error, sum_error;
            mvoi_two_product(&product, &product_error, x[k], column[i]);
            mvoi_two_sum(&high[i], &sum_error, high[i], product);
            low[i] += sum_error + product_error;
        }
    }
}

static void rank1(size_t m, size_t n, double *M, size_t ld, const double *x, const double *p)
{
    for (size_t j = 0; j < n; j++) {
        axpy(m, p[j], x, M + j * ld);
    }
}

static void rank2(size_t m, size_t n, double *M, size_t ld, const double *x, const double *p, const double *y,
                  const double *q)
{
    rank1(m, n, M, ld, x, p);
    rank1(m, n, M, ld, y, q);
}

static size_t cholesky(size_t extra, size_t n, double *M, size_t ld, double tolerance)
{
    for (size_t j = 0; j < n; j++) {
        double *column = M + j * ld;
        const double original = column[extra + j];
        for (size_t k = 0; k < j; k++) {
            const double *earlier = M + k * ld;
            const double factor = earlier[extra + j];
            for (size_t i = 0; i < extra; i++) {
                column[i] -= earlier[i] * factor;
            }
            for (size_t i = extra + j; i < extra + n; i++) {
                column[i] -= earlier[i] * factor;
            }
        }
        const double pivot = column[extra + j];
        if (!(pivot > tolerance * original) || !(pivot > 0.0)) {
            return j;
        }
        const double root = sqrt(pivot);
        const double reciprocal = 1.0 / root;
        column[extra + j] = root;
        for (size_t i = 0; i < extra; i++) {
            column[i] *= reciprocal;
        }
        for (size_t i = extra + j + 1; i < extra + n; i++) {
            column[i] *= reciprocal;
        }
    }
    return n;
}

static void solve_lower(size_t n, const double *L, size_t ld, double *x)
{
    for (size_t j = 0; j < n; j++) {
        x[j] *= 1.0 / L[j + j * ld];
        for (size_t i = j + 1; i < n; i++) {
            x[i] -= L[i + j * ld] * x[j];
        }
    }
}

static void solve_lower_transposed(size_t n, const double *L, size_t ld, double *x)
{
    for (size_t j = n; j-- > 0;) {
        const double *column = L + j * ld;
        const size_t below = (j / 8 + 1) * 8; /* the first row past the group of eight that j belongs to */
        double value = x[j];
        if (below < n) {
            value -= dot(n - below, column + below, x + below);
        }
        for (size_t i = below < n ? below : n; i-- > j + 1;) {
            value -= column[i] * x[i];
        }
        x[j] = value * (1.0 / column[j]);
    }
}

static void rotate(double cosine, double sine, double *carried, double next, double *out)
{
    const double kept = *carried;
    *out = cosine * kept + sine * next;
    *carried = cosine * next - sine * kept;
}

static void cholesky_delete(size_t extra, size_t n, double *M, size_t ld, size_t p)
{
    for (size_t j = 0; j < p; j++) {
        double *row = M + j * ld + extra + p;
        memmove(row, row + 1, (n - 1 - p) * sizeof *row);
    }
    for (size_t k = p; k + 1 < n; k++) {
        /* columns k (carried) and k + 1 are turned so that row k + 1 ends on its new diagonal, k */
        double *out = M + k * ld;
        double *next = M + (k + 1) * ld;
        const double a = out[extra + k + 1];
        const double b = next[extra + k + 1];
        const double radius = sqrt(a * a + b * b);
        const double reciprocal = 1.0 / radius;
        const double cosine = a * reciprocal;
        const double sine = b * reciprocal;
        for (size_t i = 0; i < extra; i++) {
            double carried = out[i];
            rotate(cosine, sine, &carried, next[i], &out[i]);
            next[i] = carried;
        }
        out[extra + k] = radius;
        for (size_t i = extra + k + 2; i < extra + n; i++) {
            double carried = out[i];
            rotate(cosine, sine, &carried, next[i], &out[i - 1]);
            next[i] = carried;
        }
    }
}

static const mvoi_kernels portable = {
    .name = "portable",
    .dot = dot,
    .axpy = axpy,
    .gemv = gemv,
    .gemv_transposed = gemv_transposed,
    .sweep = sweep,
    .sweep2 = sweep2,
    .sweep_compensated = sweep_compensated,
    .rank1 = rank1,
    .rank2 = rank2,
    .cholesky = cholesky,
    .solve_lower = solve_lower,
    .solve_lower_transposed = solve_lower_transposed,
    .cholesky_delete = cholesky_delete,
};

const mvoi_kernels *mvoi_kernels_at(size_t i)
{
    return i == 0 ? &portable : NULL;
}

const mvoi_kernels *mvoi_kernels_best(void)
{
    return &portable;
}

/* Veltkamp: the upper 26 bits of a, and what is left */
static void split(double *upper, double *lower, double a)
{
    const double scaled = 134217729.0 * a; /* 2^27 + 1 */
    *upper = scaled - (scaled - a);
    *lower = a - *upper;
}

void mvoi_two_product(double *high, double *low, double a, double b)
{
    double a1, a2, b1, b2;
    split(&a1, &a2, a);
    split(&b1, &b2, b);
    const double product = a * b;
    *high = product;
    *low = ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
}

void mvoi_two_sum(double *high, double *low, double a, double b)
{
    const double sum = a + b;
    const double b_part = sum - a;
    const double a_part = sum - b_part;
    *high = sum;
    *low = (a - a_part) + (b - b_part);
}
