/* SPDX-License-Identifier: MIT */
/* Exact scaling by powers of two, and products with the scaled covariance (see scaled.h). */
#include "qp/scaled.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The power of two nearest to x > 0 in ratio; exact and the same everywhere (frexp and ldexp round nothing here). */
static double power_near(double x)
{
    int exponent;
    const double fraction = frexp(x, &exponent); /* in [1/2, 1) */
    return ldexp(1.0, fraction > 0.70710678118654752440 ? exponent : exponent - 1);
}

int mvoi_scaled_new(mvoi_scaled *scaled, mvo_context *context, size_t n, size_t m_capacity, size_t k,
                    const mvoi_kernels *kernels)
{
    memset(scaled, 0, sizeof *scaled);
    const size_t total = n + m_capacity, widest = (n > m_capacity ? n : m_capacity) + k;
    scaled->kernels = kernels;
    scaled->n = n;
    scaled->m_capacity = m_capacity;
    scaled->ld = (n + 7) / 8 * 8;
    const mvoi_part parts[] = {
        MVOI_PART(scaled->weight_scale, n),  MVOI_PART(scaled->linear, n),       MVOI_PART(scaled->linear_rate, n),
        MVOI_PART(scaled->diagonal, n),      MVOI_PART(scaled->lower, total),    MVOI_PART(scaled->upper, total),
        MVOI_PART(scaled->lower_rate, total), MVOI_PART(scaled->upper_rate, total), MVOI_PART(scaled->fixed, total),
        MVOI_PART(scaled->row_scale, m_capacity), { &scaled->rows, m_capacity, scaled->ld * sizeof *scaled->rows },
        MVOI_PART(scaled->scratch0, widest), MVOI_PART(scaled->scratch1, widest), MVOI_PART(scaled->scratch_index, total)
    };
    scaled->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    return scaled->memory != NULL;
}

void mvoi_scaled_free(mvoi_scaled *scaled, mvo_context *context)
{
    mvoi_release(context, scaled->memory);
    memset(scaled, 0, sizeof *scaled);
}

/* ---------------------------------------------------------------------------------------------- scales */

/* Largest entry of each row with the weight scales applied; rows of zeros count as 1. */
static double row_norm(const mvoi_problem *problem, const double *d, size_t i)
{
    double most = 0.0;
    for (size_t j = 0; j < problem->n; j++)
        most = fmax(most, fabs(problem->rows[i * problem->ld_rows + j]) * d[j]);
    return most > 0.0 ? most : 1.0;
}

/* A variance in units of the largest one. Less than 1e-26 is what rounding leaves of none at all - factors that cancel, say -
   and no measure of the weight. */
static double relative(double variance, double unit)
{
    return variance * unit > 1e-26 ? variance * unit : 0.0;
}

/*
 * Ruiz equilibration of [Sigma A'; A 0] in the largest-entry norm. For a semidefinite matrix |Sigma_ij| is at most
 * sqrt(Sigma_ii Sigma_jj), so the diagonal stands in for a column: no pass over the matrix is needed.
 */
static void equilibrate(mvoi_scaled *scaled, const mvoi_problem *problem)
{
    enum { SWEEPS = 5 };
    const double *variance = problem->covariance->diagonal;
    double *d = scaled->weight_scale, *r = scaled->row_scale;
    double *column = scaled->scratch0;
    double largest = 0.0;
    for (size_t j = 0; j < problem->n; j++)
        largest = fmax(largest, variance[j]);
    const double unit = largest > 0.0 ? 1.0 / power_near(largest) : 1.0;
    for (size_t j = 0; j < problem->n; j++)
        d[j] = 1.0;
    for (size_t i = 0; i < problem->m; i++)
        r[i] = 1.0 / row_norm(problem, d, i);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double most = 0.0;
        for (size_t j = 0; j < problem->n; j++)
            most = fmax(most, relative(variance[j], unit) * d[j] * d[j]);
        for (size_t j = 0; j < problem->n; j++)
            column[j] = sqrt(relative(variance[j], unit) * d[j] * d[j] * most);
        for (size_t i = 0; i < problem->m; i++)
            for (size_t j = 0; j < problem->n; j++)
                column[j] = fmax(column[j], fabs(problem->rows[i * problem->ld_rows + j]) * r[i] * d[j]);
        for (size_t j = 0; j < problem->n; j++)
            if (column[j] > 0.0)
                d[j] /= sqrt(column[j]);
        for (size_t i = 0; i < problem->m; i++)
            r[i] /= sqrt(row_norm(problem, d, i) * r[i]);
    }
    scaled->plain = 1;
    for (size_t j = 0; j < problem->n; j++) {
        d[j] = power_near(d[j]);
        scaled->plain &= d[j] == 1.0;
    }
    for (size_t i = 0; i < problem->m; i++)
        r[i] = 1.0 / power_near(row_norm(problem, d, i));
}

void mvoi_scaled_set_matrices(mvoi_scaled *scaled, const mvoi_problem *problem)
{
    scaled->covariance = problem->covariance;
    scaled->segments = problem->segments;
    scaled->m = problem->m;
    equilibrate(scaled, problem);
    for (size_t i = 0; i < problem->m; i++)
        for (size_t j = 0; j < problem->n; j++)
            scaled->rows[i * scaled->ld + j] =
                problem->rows[i * problem->ld_rows + j] * scaled->row_scale[i] * scaled->weight_scale[j];
}

/* Lower median of the `count` positive numbers in x by quickselect (x is reordered); 0 for none. */
static double median(double *x, size_t count)
{
    if (!count)
        return 0.0;
    size_t from = 0, to = count - 1;
    const size_t middle = (count - 1) / 2;
    while (from < to) {
        const double pivot = x[from + (to - from) / 2];
        size_t i = from, j = to;
        for (;;) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j)
                break;
            const double t = x[i];
            x[i++] = x[j];
            x[j--] = t;
        }
        if (middle <= j)
            to = j;
        else
            from = j + 1;
    }
    return x[middle];
}

/* The objective is scaled so that its larger half, variances or linear term, is of order one. */
static void scale_objective(mvoi_scaled *scaled, const mvoi_problem *problem)
{
    double curvature = 0.0, slope = 0.0;
    for (size_t j = 0; j < problem->n; j++) {
        const double d = scaled->weight_scale[j];
        curvature = fmax(curvature, problem->covariance->diagonal[j] * d * d);
        slope = fmax(slope, fabs(problem->linear[j]) * d);
    }
    const double most = curvature > 0.0 ? curvature : slope;
    scaled->objective_scale = most > DBL_MIN ? 1.0 / power_near(most) : 1.0;
}

/* The coefficients of absolute rows move with the segments; their scales stay. */
static void read_absolute_rows(mvoi_scaled *scaled)
{
    const mvoi_segments *segments = scaled->segments;
    for (size_t a = 0; segments && a < segments->absolute_count; a++) {
        const size_t i = segments->absolute[a].row;
        for (size_t j = 0; j < scaled->n; j++)
            scaled->rows[i * scaled->ld + j] =
                segments->rows[i * segments->ld + j] * scaled->row_scale[i] * scaled->weight_scale[j];
    }
}

void mvoi_scaled_set_segment(mvoi_scaled *scaled, size_t j)
{
    const mvoi_segments *segments = scaled->segments;
    const double d = scaled->weight_scale[j];
    scaled->lower[j] = segments->lower[j] / d;
    scaled->upper[j] = segments->upper[j] / d;
    scaled->fixed[j] = scaled->lower[j] == scaled->upper[j];
    scaled->linear[j] = segments->linear[j] * scaled->objective_scale * d;
    for (size_t a = 0; a < segments->absolute_count; a++) {
        const size_t i = segments->absolute[a].row;
        scaled->rows[i * scaled->ld + j] = segments->rows[i * segments->ld + j] * scaled->row_scale[i] * d;
        scaled->upper[scaled->n + i] = segments->row_upper[i] * scaled->row_scale[i];
    }
}

void mvoi_scaled_set_vectors(mvoi_scaled *scaled, const mvoi_problem *problem)
{
    const size_t n = problem->n, m = problem->m;
    scaled->segments = problem->segments;
    scale_objective(scaled, problem);
    read_absolute_rows(scaled);
    double *sizes = scaled->scratch0;
    size_t count = 0;
    for (size_t j = 0; j < n; j++) {
        const double d = scaled->weight_scale[j];
        scaled->linear[j] = problem->linear[j] * scaled->objective_scale * d;
        scaled->diagonal[j] = problem->covariance->diagonal[j] * scaled->objective_scale * d * d;
        scaled->lower[j] = problem->lower[j] / d;
        scaled->upper[j] = problem->upper[j] / d;
        /* what a cost's slope leaves of the linear term by rounding alone is no measure */
        const double nothing = problem->segments ? 1e-14 * fabs(problem->segments->c[j]) : 0.0;
        if (fabs(problem->linear[j]) > nothing)
            sizes[count++] = fabs(scaled->linear[j]);
    }
    scaled->gradient_size = median(sizes, count);
    for (size_t i = 0; i < m; i++) {
        scaled->lower[n + i] = problem->row_lower[i] * scaled->row_scale[i];
        scaled->upper[n + i] = problem->row_upper[i] * scaled->row_scale[i];
    }
    count = 0;
    for (size_t i = 0; i < m; i++) {
        /* The smaller of the two: a limit that is far away only says that there is none. */
        const double lower = fabs(scaled->lower[n + i]), upper = fabs(scaled->upper[n + i]);
        const double size = lower == 0.0 ? upper : upper == 0.0 ? lower : fmin(lower, upper);
        if (size > 0.0 && size < HUGE_VAL)
            sizes[count++] = size;
    }
    scaled->limit_size = median(sizes, count);
    if (scaled->limit_size == 0.0) {
        count = 0;
        for (size_t j = 0; j < n; j++) {
            const double size = fmin(fabs(scaled->lower[j]), fabs(scaled->upper[j]));
            if (size > 0.0 && size < HUGE_VAL)
                sizes[count++] = size;
        }
        scaled->limit_size = median(sizes, count);
    }
    if (scaled->limit_size == 0.0)
        scaled->limit_size = 1.0;
    if (scaled->gradient_size == 0.0)
        scaled->gradient_size = scaled->limit_size;
    for (size_t e = 0; e < n + m; e++)
        scaled->fixed[e] = scaled->lower[e] == scaled->upper[e];
    memset(scaled->linear_rate, 0, n * sizeof(double));
    memset(scaled->lower_rate, 0, (n + m) * sizeof(double));
    memset(scaled->upper_rate, 0, (n + m) * sizeof(double));
}

/* -------------------------------------------------------------------------------------------- products */

double mvoi_scaled_entry(const mvoi_scaled *scaled, size_t i, size_t j)
{
    const mvo_covariance *sigma = scaled->covariance;
    double entry;
    if (i == j)
        return scaled->diagonal[i];
    if (sigma->kind == MVOI_DENSE)
        entry = sigma->dense[i + j * sigma->ld];
    else
        entry = scaled->kernels->dot(sigma->k, sigma->factors + i * sigma->k, sigma->factors + j * sigma->k);
    return entry * scaled->objective_scale * scaled->weight_scale[i] * scaled->weight_scale[j];
}

/* out = F t + D x for one factor covariance vector, x given on the listed weights. */
static void sweep_factors(const mvoi_scaled *scaled, const int32_t *index, size_t count, const double *x, double *out)
{
    const mvo_covariance *sigma = scaled->covariance;
    const double *d = scaled->weight_scale;
    double *t = scaled->scratch0;
    memset(t, 0, sigma->k * sizeof *t);
    for (size_t p = 0; p < count; p++)
        scaled->kernels->axpy(sigma->k, x[p] * d[index[p]], sigma->factors + (size_t)index[p] * sigma->k, t);
    double *product = scaled->scratch1;
    scaled->kernels->gemv_transposed(sigma->k, scaled->n, sigma->factors, sigma->k, t, product);
    for (size_t p = 0; p < count; p++)
        product[index[p]] += sigma->specific[index[p]] * (x[p] * d[index[p]]);
    for (size_t j = 0; j < scaled->n; j++)
        out[j] += product[j] * (scaled->objective_scale * d[j]);
}

void mvoi_scaled_sweep(const mvoi_scaled *scaled, const int32_t *index, size_t count, const double *x, double *out)
{
    const mvo_covariance *sigma = scaled->covariance;
    const double *d = scaled->weight_scale;
    if (!count)
        return;
    if (sigma->kind != MVOI_DENSE) {
        sweep_factors(scaled, index, count, x, out);
        return;
    }
    double *unscaled = scaled->scratch0, *product = scaled->scratch1;
    for (size_t p = 0; p < count; p++)
        unscaled[p] = x[p] * (scaled->plain ? scaled->objective_scale : d[index[p]]);
    if (scaled->plain) {
        scaled->kernels->sweep(scaled->n, count, sigma->dense, sigma->ld, index, unscaled, out);
        return;
    }
    memset(product, 0, scaled->n * sizeof *product);
    scaled->kernels->sweep(scaled->n, count, sigma->dense, sigma->ld, index, unscaled, product);
    for (size_t j = 0; j < scaled->n; j++)
        out[j] += product[j] * (scaled->objective_scale * d[j]);
}

void mvoi_scaled_sweep2(const mvoi_scaled *scaled, const int32_t *index, size_t count, const double *x0,
                        const double *x1, double *out0, double *out1)
{
    const mvo_covariance *sigma = scaled->covariance;
    const double *d = scaled->weight_scale;
    if (!count)
        return;
    if (sigma->kind != MVOI_DENSE) {
        sweep_factors(scaled, index, count, x0, out0);
        sweep_factors(scaled, index, count, x1, out1);
        return;
    }
    /* The products are made in unscaled weights; the outputs hold scaled ones, so they are unscaled on the way in.
       Powers of two: nothing is rounded. */
    double *u0 = scaled->scratch0, *u1 = scaled->scratch1;
    for (size_t p = 0; p < count; p++) {
        u0[p] = x0[p] * (d[index[p]] * scaled->objective_scale);
        u1[p] = x1[p] * (d[index[p]] * scaled->objective_scale);
    }
    if (scaled->plain) {
        scaled->kernels->sweep2(scaled->n, count, sigma->dense, sigma->ld, index, u0, u1, out0, out1);
        return;
    }
    for (size_t j = 0; j < scaled->n; j++) {
        const double inverse = 1.0 / d[j];
        out0[j] *= inverse;
        out1[j] *= inverse;
    }
    scaled->kernels->sweep2(scaled->n, count, sigma->dense, sigma->ld, index, u0, u1, out0, out1);
    for (size_t j = 0; j < scaled->n; j++) {
        out0[j] *= d[j];
        out1[j] *= d[j];
    }
}

/* high + low = Sigma w with t = F'w carried in pairs, for a factor covariance in unscaled weights. */
static void product_factors(const mvoi_scaled *scaled, const double *w, double *high, double *low)
{
    const mvo_covariance *sigma = scaled->covariance;
    double *t = scaled->scratch0, *t_low = scaled->scratch1;
    memset(t, 0, sigma->k * sizeof *t);
    memset(t_low, 0, sigma->k * sizeof *t_low);
    for (size_t j = 0; j < scaled->n; j++)
        if (w[j] != 0.0)
            for (size_t f = 0; f < sigma->k; f++)
                mvoi_accumulate(&t[f], &t_low[f], sigma->factors[f + j * sigma->k], w[j]);
    for (size_t j = 0; j < scaled->n; j++) {
        high[j] = low[j] = 0.0;
        for (size_t f = 0; f < sigma->k; f++) {
            mvoi_accumulate(&high[j], &low[j], sigma->factors[f + j * sigma->k], t[f]);
            low[j] += sigma->factors[f + j * sigma->k] * t_low[f];
        }
        mvoi_accumulate(&high[j], &low[j], sigma->specific[j], w[j]);
    }
}

void mvoi_scaled_gradient(const mvoi_scaled *scaled, double tau, const double *x, const double *y, double *high,
                          double *low)
{
    const mvo_covariance *sigma = scaled->covariance;
    const double *d = scaled->weight_scale;
    const size_t n = scaled->n;
    if (sigma->kind == MVOI_DENSE) {
        size_t count = 0;
        for (size_t j = 0; j < n; j++)
            if (x[j] != 0.0) {
                scaled->scratch_index[count] = (int32_t)j;
                scaled->scratch0[count++] = x[j] * d[j];
            }
        memset(high, 0, n * sizeof *high);
        memset(low, 0, n * sizeof *low);
        scaled->kernels->sweep_compensated(n, count, sigma->dense, sigma->ld, scaled->scratch_index, scaled->scratch0,
                                           high, low);
    } else {
        double *w = scaled->scratch1 + sigma->k;
        for (size_t j = 0; j < n; j++)
            w[j] = x[j] * d[j];
        product_factors(scaled, w, high, low);
    }
    for (size_t j = 0; j < n; j++) {
        high[j] *= scaled->objective_scale * d[j];
        low[j] *= scaled->objective_scale * d[j];
        mvoi_accumulate(&high[j], &low[j], scaled->linear[j], 1.0);
        mvoi_accumulate(&high[j], &low[j], scaled->linear_rate[j], tau);
    }
    for (size_t i = 0; i < scaled->m; i++)
        if (y[i] != 0.0)
            for (size_t j = 0; j < n; j++)
                mvoi_accumulate(&high[j], &low[j], scaled->rows[i * scaled->ld + j], -y[i]);
}
