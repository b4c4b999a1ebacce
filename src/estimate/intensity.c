/* SPDX-License-Identifier: MIT */
/*
 * Targets and intensities of linear shrinkage. With S = sum_t y_t y_t' / N the formulas of the papers are sums over
 * pairs of assets of fourth moments; all of them are written here as sums over the periods of products of sums over
 * the assets, so that nothing is larger than the table. Notation of Ledoit & Wolf (2003), J. Empirical Finance 10:
 * intensity = (pi - rho) / gamma / N, and (2004), J. Portfolio Management 30(4), for constant correlation.
 */
#include "estimate/shrinkage.h"

#include <math.h>

static const double NOTHING = 1e-13; /* of the squares of S: a distance to the target below it is rounding */

/* rows += sum over assets of factor_i y_ti^power. factor NULL: ones. */
static void add_rows(double *row, const mvoi_shrink *w, const double *factor, int power)
{
    for (size_t t = 0; t < w->periods; t++)
        row[t] = 0.0;
    for (size_t i = 0; i < w->n; i++) {
        const double *y = w->table + i * w->periods;
        const double f = factor ? factor[i] : 1.0;
        if (power == 1)
            for (size_t t = 0; t < w->periods; t++)
                row[t] += f * y[t];
        else if (power == 2)
            for (size_t t = 0; t < w->periods; t++)
                row[t] += f * (y[t] * y[t]);
        else
            for (size_t t = 0; t < w->periods; t++)
                row[t] += f * (y[t] * y[t] * y[t]);
    }
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0.0;
    for (size_t t = 0; t < count; t++)
        sum += a[t] * b[t];
    return sum;
}

/* sum_t a^2 b^2 */
static double dot_of_squares(const double *a, const double *b, size_t count)
{
    double sum = 0.0;
    for (size_t t = 0; t < count; t++)
        sum += a[t] * a[t] * (b[t] * b[t]);
    return sum;
}

/* Sum of the asymptotic variances of the variances alone: the part of rho that comes from a diagonal kept as it is. */
static double diagonal_pi(const mvoi_shrink *w)
{
    double sum = 0.0;
    for (size_t i = 0; i < w->n; i++) {
        const double *y = w->table + i * w->periods;
        sum += dot_of_squares(y, y, w->periods) / w->count - w->variances[i] * w->variances[i];
    }
    return sum;
}

static void fill_target(mvoi_shrink *w, double sign, double loading, double rest)
{
    w->target.sign = sign;
    for (size_t i = 0; i < w->n; i++) {
        w->target.loading[i] = loading;
        w->target.rest[i] = rest;
    }
}

static void measure_identity(mvoi_shrink *w)
{
    fill_target(w, 1.0, 0.0, w->trace / (double)w->n);
    w->rho = 0.0; /* of smaller order: Ledoit & Wolf (2004), J. Multivariate Analysis 88 */
}

static void measure_diagonal(mvoi_shrink *w)
{
    fill_target(w, 1.0, 0.0, 0.0);
    for (size_t i = 0; i < w->n; i++)
        w->target.rest[i] = w->variances[i];
    w->rho = diagonal_pi(w);
}

/*
 * One variance and one covariance for all. The sum over a row of y'y without its diagonal is (sum y)^2 - sum y^2.
 * rows[0] holds sum y^2 already.
 */
static void measure_two_parameters(mvoi_shrink *w)
{
    const double n = (double)w->n, pairs = n * (n - 1.0);
    double *sums = w->rows[1];
    double both = 0.0;
    add_rows(sums, w, NULL, 1);
    const double off = dot(sums, sums, w->periods) / w->count - w->trace;
    const double mean = pairs > 0.0 ? off / pairs : 0.0;
    fill_target(w, mean < 0.0 ? -1.0 : 1.0, sqrt(fabs(mean)), w->trace / n - mean);
    w->rho = (dot(w->rows[0], w->rows[0], w->periods) / w->count - w->trace * w->trace) / n;
    for (size_t t = 0; t < w->periods; t++) {
        const double cross = sums[t] * sums[t] - w->rows[0][t];
        both += cross * cross;
    }
    if (pairs > 0.0)
        w->rho += (both / w->count - off * off) / pairs;
}

/*
 * The mean correlation r everywhere. rho = diagonal + r sum_{i != j} sqrt(S_jj / S_ii) theta_ii,ij with theta_ii,ij =
 * sum_t y_i^3 y_j / N - S_ii S_ij.
 */
static void measure_constant_correlation(mvoi_shrink *w)
{
    const double n = (double)w->n, pairs = n * (n - 1.0);
    double *deviation = w->target.loading, *inverse = w->target.rest;
    for (size_t i = 0; i < w->n; i++) {
        deviation[i] = sqrt(w->variances[i]);
        inverse[i] = 1.0 / deviation[i];
    }
    add_rows(w->rows[1], w, inverse, 1);
    const double all = dot(w->rows[1], w->rows[1], w->periods) / w->count;
    const double mean = pairs > 0.0 ? (all - n) / pairs : 0.0;
    add_rows(w->rows[1], w, inverse, 3);
    add_rows(w->rows[2], w, deviation, 1);
    const double own = diagonal_pi(w);
    const double cross = (dot(w->rows[1], w->rows[2], w->periods) - dot(w->rows[2], w->rows[2], w->periods)) / w->count;
    w->rho = own + mean * (cross - own);
    w->target.sign = mean < 0.0 ? -1.0 : 1.0;
    for (size_t i = 0; i < w->n; i++) {
        deviation[i] *= sqrt(fabs(mean));
        w->target.rest[i] = (1.0 - mean) * w->variances[i];
    }
}

/*
 * One factor, the mean m of all assets, with b_i = S_im: F_ij = b_i b_j / v off the diagonal. With g = sum_j b_j y_j:
 * rho_off = (2 / v) sum_{i != j} b_j AsyCov(S_im, S_ij) - (1 / v^2) sum_{i != j} b_i b_j AsyCov(v, S_ij).
 */
static mvo_status measure_single_factor(mvoi_shrink *w, mvo_context *context, mvo_error *error)
{
    double *market = w->rows[1], *exposed = w->rows[2], *b = w->target.loading, *squared = w->target.rest;
    add_rows(market, w, NULL, 1);
    for (size_t t = 0; t < w->periods; t++)
        market[t] /= (double)w->n;
    const double v = dot(market, market, w->periods) / w->count;
    if (!(v > 1e-28 * w->trace / (double)w->n)) /* what rounding leaves of a sum that cancels */
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("returns"),
                         "the mean of all columns of returns is constant: there is no single factor");
    double diagonal = 0.0, diagonal_market = 0.0;
    for (size_t i = 0; i < w->n; i++) {
        const double *y = w->table + i * w->periods;
        b[i] = dot(y, market, w->periods) / w->count;
        squared[i] = b[i] * b[i];
        diagonal += squared[i] * w->variances[i];
    }
    add_rows(exposed, w, b, 1);
    const double all = dot(exposed, exposed, w->periods) / w->count; /* b'S b */
    double first = 0.0;
    for (size_t t = 0; t < w->periods; t++)
        first += w->rows[0][t] * market[t] * exposed[t];
    const double second = dot_of_squares(market, exposed, w->periods) / w->count;
    add_rows(exposed, w, b, 3);
    first = (first - dot(market, exposed, w->periods)) / w->count;
    add_rows(exposed, w, squared, 2);
    for (size_t t = 0; t < w->periods; t++)
        diagonal_market += exposed[t] * (market[t] * market[t]) / w->count;
    const double own_factor = (first - (all - diagonal)) / v;
    const double market_factor = (second - diagonal_market - v * (all - diagonal)) / v / v;
    w->rho = diagonal_pi(w) + 2.0 * own_factor - market_factor;
    w->target.sign = 1.0;
    for (size_t i = 0; i < w->n; i++) {
        const double rest = w->variances[i] - squared[i] / v;
        w->target.rest[i] = rest > 0.0 ? rest : 0.0;
        b[i] /= sqrt(v);
    }
    return MVO_OK;
}

mvo_status mvoi_shrink_measure(mvoi_shrink *work, mvo_context *context, mvo_error *error)
{
    work->trace = 0.0;
    for (size_t i = 0; i < work->n; i++) {
        const double *y = work->table + i * work->periods;
        work->variances[i] = dot(y, y, work->periods) / work->count;
        work->trace += work->variances[i];
    }
    add_rows(work->rows[0], work, NULL, 2);
    work->pi = dot(work->rows[0], work->rows[0], work->periods) / work->count;
    switch (work->kind) {
    case MVO_SHRINK_DIAGONAL:
        measure_diagonal(work);
        return MVO_OK;
    case MVO_SHRINK_TWO_PARAMETERS:
        measure_two_parameters(work);
        return MVO_OK;
    case MVO_SHRINK_CONSTANT_CORRELATION:
        measure_constant_correlation(work);
        return MVO_OK;
    case MVO_SHRINK_SINGLE_FACTOR:
        return measure_single_factor(work, context, error);
    default:
        measure_identity(work);
        return MVO_OK;
    }
}

/* gamma = ||S - F||^2, by the products of F = sign l l' + diag(r) with S and with itself. */
static double distance(const mvoi_shrink *w)
{
    const mvoi_target *f = &w->target;
    double length = 0.0, mixed = 0.0, rest = 0.0, with_sample = 0.0;
    add_rows(w->rows[1], w, f->loading, 1);
    with_sample = f->sign * dot(w->rows[1], w->rows[1], w->periods) / w->count;
    for (size_t i = 0; i < w->n; i++) {
        length += f->loading[i] * f->loading[i];
        mixed += f->loading[i] * f->loading[i] * f->rest[i];
        rest += f->rest[i] * f->rest[i];
        with_sample += f->rest[i] * w->variances[i];
    }
    return w->squares - 2.0 * with_sample + (length * length + 2.0 * f->sign * mixed + rest);
}

static double between(double intensity)
{
    return intensity > 0.0 ? intensity < 1.0 ? intensity : 1.0 : 0.0;
}

/* Chen, Wiesel, Eldar & Hero (2010), IEEE Trans. Signal Processing 58(10), equation (23). */
static double oracle_intensity(const mvoi_shrink *w, double two)
{
    const double n = (double)w->n, trace_squared = w->trace * w->trace;
    const double above = (1.0 - two / n) * w->squares + trace_squared;
    const double below = (w->count + 1.0 - two / n) * (w->squares - trace_squared / n);
    return between(above / below);
}

double mvoi_shrink_intensity(const mvoi_shrink *work)
{
    const double gamma = distance(work);
    if (!(gamma > NOTHING * work->squares))
        return 0.0;
    if (work->kind == MVO_SHRINK_ORACLE || work->kind == MVO_SHRINK_ORACLE_LARGE)
        return oracle_intensity(work, work->kind == MVO_SHRINK_ORACLE ? 2.0 : 0.0);
    return between((work->pi - work->squares - work->rho) / gamma / work->count);
}
