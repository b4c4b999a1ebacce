/* SPDX-License-Identifier: MIT */
/* Certificates (see certificate.h). Sums of products are exact to about twice the precision of a double. */
#include "qp/certificate.h"

#include <math.h>
#include <string.h>

int mvoi_certifier_new(mvoi_certifier *certifier, mvo_context *context, size_t n, size_t m, size_t k,
                       const mvoi_kernels *kernels)
{
    const size_t most = (n > m ? n : m) + k;
    certifier->kernels = kernels;
    certifier->high = mvoi_allocate(context, most, sizeof(double));
    certifier->low = mvoi_allocate(context, most, sizeof(double));
    certifier->value = mvoi_allocate(context, most, sizeof(double));
    certifier->index = mvoi_allocate(context, most, sizeof(int32_t));
    if (certifier->high && certifier->low && certifier->value && certifier->index)
        return 1;
    mvoi_certifier_free(certifier, context);
    return 0;
}

void mvoi_certifier_free(mvoi_certifier *certifier, mvo_context *context)
{
    mvoi_release(context, certifier->high);
    mvoi_release(context, certifier->low);
    mvoi_release(context, certifier->value);
    mvoi_release(context, certifier->index);
    memset(certifier, 0, sizeof *certifier);
}

static void accumulate(double *high, double *low, double a, double b)
{
    double product, product_low, sum, sum_low;
    mvoi_two_product(&product, &product_low, a, b);
    mvoi_two_sum(&sum, &sum_low, *high, product);
    *high = sum;
    *low += sum_low + product_low;
}

/* The nonzero entries of x, packed; returns how many. */
static size_t pack_nonzero(const mvoi_certifier *certifier, const double *x, size_t n, double sign)
{
    size_t count = 0;
    for (size_t j = 0; j < n; j++)
        if (x[j] != 0.0) {
            certifier->index[count] = (int32_t)j;
            certifier->value[count++] = sign * x[j];
        }
    return count;
}

/* high + low = Sigma x; `high` and `low` hold n + k numbers, of which the last k are scratch. */
static void product(const mvoi_certifier *certifier, const mvo_covariance *sigma, const double *x)
{
    double *high = certifier->high, *low = certifier->low;
    const size_t n = sigma->n, k = sigma->k;
    memset(high, 0, n * sizeof *high);
    memset(low, 0, n * sizeof *low);
    const size_t count = pack_nonzero(certifier, x, n, 1.0);
    if (sigma->kind == MVOI_DENSE) {
        certifier->kernels->sweep_compensated(n, count, sigma->dense, sigma->ld, certifier->index, certifier->value,
                                              high, low);
        return;
    }
    double *t = high + n, *t_low = low + n;
    memset(t, 0, k * sizeof *t);
    memset(t_low, 0, k * sizeof *t_low);
    for (size_t p = 0; p < count; p++)
        for (size_t f = 0; f < k; f++)
            accumulate(&t[f], &t_low[f], sigma->factors[f + (size_t)certifier->index[p] * k], certifier->value[p]);
    for (size_t j = 0; j < n; j++) {
        for (size_t f = 0; f < k; f++) {
            accumulate(&high[j], &low[j], sigma->factors[f + j * k], t[f]);
            low[j] += sigma->factors[f + j * k] * t_low[f];
        }
        accumulate(&high[j], &low[j], sigma->specific[j], x[j]);
    }
}

/* high + low -= A'y */
static void subtract_rows(const mvoi_certifier *certifier, const mvoi_problem *problem, const double *y)
{
    const size_t count = pack_nonzero(certifier, y, problem->m, -1.0);
    certifier->kernels->sweep_compensated(problem->n, count, problem->rows, problem->ld_rows, certifier->index,
                                          certifier->value, certifier->high, certifier->low);
}

/* high + low: activity of a row over the `count` packed nonzero weights; `size` sums the terms' absolute values. */
typedef struct sum_of_products {
    double high, low, size;
} sum_of_products;

static sum_of_products activity(const mvoi_certifier *certifier, const double *row, size_t count)
{
    sum_of_products sum = { 0.0, 0.0, 0.0 };
    for (size_t p = 0; p < count; p++) {
        const double a = row[certifier->index[p]];
        accumulate(&sum.high, &sum.low, a, certifier->value[p]);
        sum.size += fabs(a * certifier->value[p]);
    }
    return sum;
}

static double finite_size(double limit)
{
    return isinf(limit) ? 0.0 : fabs(limit);
}

/* What a pair of limits adds: violation, multiplier of a wrong sign, and the part of the gap. */
static void add_limits(mvoi_certificate *c, sum_of_products value, double lower, double upper, double multiplier,
                       double *gap, double *gap_low)
{
    const double violation = fmax((lower - value.high) - value.low, (value.high - upper) + value.low);
    const double scale = fmax(value.size, fmax(finite_size(lower), finite_size(upper)));
    c->primal_scale = fmax(c->primal_scale, scale);
    if (violation > c->primal_residual)
        c->primal_residual = violation;
    if (multiplier == 0.0)
        return;
    const double limit = multiplier > 0.0 ? lower : upper;
    if (isinf(limit)) { /* no such limit to hold it */
        c->complementarity = fmax(c->complementarity, fabs(multiplier));
        return;
    }
    accumulate(gap, gap_low, multiplier, (value.high - limit) + value.low);
    c->gap_scale = fmax(c->gap_scale, fabs(multiplier * limit));
}

/* The largest finite limit: weights far below it are rounding. */
static double largest_limit(const mvoi_problem *problem)
{
    double most = 0.0;
    for (size_t j = 0; j < problem->n; j++)
        most = fmax(most, fmax(finite_size(problem->lower[j]), finite_size(problem->upper[j])));
    for (size_t i = 0; i < problem->m; i++)
        most = fmax(most, fmax(finite_size(problem->row_lower[i]), finite_size(problem->row_upper[i])));
    return most;
}

void mvoi_certify(mvoi_certificate *certificate, mvoi_certifier *certifier, const mvoi_problem *problem,
                  mvoi_point *point, const double *given)
{
    const size_t n = problem->n, m = problem->m;
    double *high = certifier->high, *low = certifier->low;
    mvoi_certificate c = { 0 };
    double variance = 0.0, variance_low = 0.0, linear = 0.0, linear_low = 0.0, gap = 0.0, gap_low = 0.0;

    if (given) {
        memcpy(high, given, n * sizeof *high);
        memset(low, 0, n * sizeof *low);
    } else {
        product(certifier, problem->covariance, point->w);
    }
    double largest_weight = 0x1p-52 * largest_limit(problem), largest_variance = 0.0;
    for (size_t j = 0; j < n; j++) {
        largest_weight = fmax(largest_weight, fabs(point->w[j]));
        largest_variance = fmax(largest_variance, problem->covariance->diagonal[j]);
    }
    /* The size of the terms in Sigma w, also where they cancel. */
    c.stationarity_scale = largest_variance * largest_weight;
    for (size_t j = 0; j < n; j++) {
        accumulate(&variance, &variance_low, high[j], point->w[j]);
        variance_low += low[j] * point->w[j];
        accumulate(&linear, &linear_low, problem->linear[j], point->w[j]);
        c.stationarity_scale = fmax(c.stationarity_scale, fmax(fabs(high[j]), fabs(problem->linear[j])));
        double sum, sum_low;
        mvoi_two_sum(&sum, &sum_low, high[j], problem->linear[j]);
        high[j] = sum;
        low[j] += sum_low;
        point->z[j] = sum; /* Sigma w + c, to see the size of A'y below */
    }
    subtract_rows(certifier, problem, point->y);
    for (size_t j = 0; j < n; j++) {
        const double gradient = high[j] + low[j];
        c.stationarity_scale = fmax(c.stationarity_scale, fabs(point->z[j] - gradient));
        point->z[j] = point->side[j] == MVOI_FREE ? 0.0 : gradient;
        /* What z leaves over: the whole gradient of a free weight, the rounding of a held one's. */
        const double residual = (high[j] - point->z[j]) + low[j];
        c.stationarity = fmax(c.stationarity, fabs(residual));
        accumulate(&gap, &gap_low, residual, point->w[j]);
        if (problem->lower[j] != problem->upper[j]) {
            const double wrong = point->side[j] == MVOI_LOWER ? -point->z[j] : point->z[j];
            c.complementarity = fmax(c.complementarity, wrong);
        }
        add_limits(&c, (sum_of_products){ point->w[j], 0.0, 0.0 }, problem->lower[j], problem->upper[j], point->z[j], &gap, &gap_low);
    }
    const size_t count = pack_nonzero(certifier, point->w, n, 1.0);
    for (size_t i = 0; i < m; i++) {
        const sum_of_products value = activity(certifier, problem->rows + i * problem->ld_rows, count);
        if (problem->row_lower[i] != problem->row_upper[i]) {
            const double wrong = point->row_side[i] == MVOI_LOWER ? -point->y[i] : point->y[i];
            c.complementarity = fmax(c.complementarity, point->row_side[i] == MVOI_FREE ? fabs(point->y[i]) : wrong);
        }
        add_limits(&c, value, problem->row_lower[i], problem->row_upper[i], point->y[i], &gap, &gap_low);
    }
    c.variance = fmax(variance + variance_low, 0.0);
    c.objective = 0.5 * (variance + variance_low) + (linear + linear_low);
    c.gap = gap + gap_low;
    c.gap_scale = fmax(c.gap_scale, fmax(fabs(0.5 * variance), fabs(linear)));
    c.gap_scale = fmax(c.gap_scale, 0.5 * largest_variance * largest_weight * largest_weight);
    /* At an objective of zero its terms give no scale: gradient times weight does, far below what is worth having. */
    c.gap_scale = fmax(c.gap_scale, 0x1p-30 * c.stationarity_scale * c.primal_scale);
    *certificate = c;
}

int mvoi_certificate_accepts(const mvoi_certificate *c, double tolerance)
{
    return c->primal_residual <= tolerance * c->primal_scale &&
           c->stationarity <= tolerance * c->stationarity_scale &&
           c->complementarity <= tolerance * c->stationarity_scale && fabs(c->gap) <= tolerance * c->gap_scale;
}

/* ------------------------------------------------------------------------------------------------- proofs */

/* Adds limit * multiplier; 0 if the multiplier needs a limit that is infinite. */
static int add_support(double *high, double *low, double *size, double lower, double upper, double multiplier,
                       double negligible)
{
    if (fabs(multiplier) <= negligible)
        return 1;
    const double limit = multiplier > 0.0 ? lower : upper;
    if (isinf(limit))
        return 0;
    accumulate(high, low, limit, multiplier);
    *size += fabs(limit * multiplier);
    return 1;
}

int mvoi_farkas_holds(mvoi_certifier *certifier, const mvoi_problem *problem, const double *y, const double *z)
{
    const size_t n = problem->n, m = problem->m;
    double *high = certifier->high, *low = certifier->low;
    double support = 0.0, support_low = 0.0, size = 0.0, error = 0.0, most = 0.0;
    for (size_t i = 0; i < m; i++)
        most = fmax(most, fabs(y[i]));
    for (size_t j = 0; j < n; j++)
        most = fmax(most, fabs(z[j]));
    if (!(most > 0.0))
        return 0;
    /* The residual r = A'y + z costs up to |r_j| times the size of w_j: its finite limit, or 1 beyond doubt. */
    memset(high, 0, n * sizeof *high);
    memset(low, 0, n * sizeof *low);
    subtract_rows(certifier, problem, y);
    double reach = 1.0;
    for (size_t j = 0; j < n; j++) {
        const double residual = fabs(high[j] + low[j] - z[j]);
        const double lower = fabs(problem->lower[j]), upper = fabs(problem->upper[j]);
        const double bound = fmax(lower, upper);
        if (!isinf(bound))
            reach = fmax(reach, bound);
        if (isinf(lower) && isinf(upper) && z[j] != 0.0 && fabs(z[j]) > 1e-9 * most)
            return 0;
        error += residual * (isinf(bound) ? reach : bound);
        if (!add_support(&support, &support_low, &size, problem->lower[j], problem->upper[j], z[j], 1e-12 * most))
            return 0;
    }
    for (size_t i = 0; i < m; i++)
        if (!add_support(&support, &support_low, &size, problem->row_lower[i], problem->row_upper[i], y[i],
                         1e-12 * most))
            return 0;
    support += support_low;
    return support > 1e-9 * size && support > 1e3 * error && support > 0.0;
}

/* A move by `change` along a ray must not lead through a limit; `size` is the rounding-free size of the move. */
static int recedes(double change, double size, double lower, double upper)
{
    const double nothing = 1e-9 * size;
    return !(change > nothing && upper < HUGE_VAL) && !(change < -nothing && lower > -HUGE_VAL);
}

int mvoi_ray_holds(mvoi_certifier *certifier, const mvoi_problem *problem, const double *d)
{
    const size_t n = problem->n;
    double most = 0.0, variance = 0.0, slope = 0.0, slope_low = 0.0, slope_size = 0.0, curvature = 0.0;
    for (size_t j = 0; j < n; j++)
        most = fmax(most, fabs(d[j]));
    if (!(most > 0.0))
        return 0;
    product(certifier, problem->covariance, d);
    for (size_t j = 0; j < n; j++) {
        variance = fmax(variance, problem->covariance->diagonal[j]);
        curvature = fmax(curvature, fabs(certifier->high[j] + certifier->low[j]));
        accumulate(&slope, &slope_low, problem->linear[j], d[j]);
        slope_size += fabs(problem->linear[j] * d[j]);
        if (!recedes(d[j], most, problem->lower[j], problem->upper[j]))
            return 0;
    }
    const size_t count = pack_nonzero(certifier, d, n, 1.0);
    for (size_t i = 0; i < problem->m; i++) {
        const sum_of_products change = activity(certifier, problem->rows + i * problem->ld_rows, count);
        if (!recedes(change.high + change.low, change.size, problem->row_lower[i], problem->row_upper[i]))
            return 0;
    }
    return curvature <= 1e-9 * variance * most && slope + slope_low < -1e-9 * slope_size;
}
