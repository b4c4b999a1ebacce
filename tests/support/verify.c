/* SPDX-License-Identifier: MIT */
#include "support/verify.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int
object(char *why, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (why && size)
        vsnprintf(why, size, format, arguments);
    va_end(arguments);
    return 0;
}

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static long double larger(long double a, long double b)
{
    return isnan(a) || a > b ? a : b; /* a NaN is kept, so that it fails every comparison later */
}

/* ------------------------------------------------------------------------------------------- products */

static void dense_product(long double *product, long double *absolute, const verify_problem *p, const double *x)
{
    for (size_t j = 0; j < p->n; j++) {
        if (x[j] == 0.0)
            continue;
        for (size_t i = 0; i < p->n; i++) {
            const long double term = (long double)p->sigma[i + j * p->ld] * x[j];
            product[i] += term;
            absolute[i] += fabsl(term);
        }
    }
}

static void factor_product(long double *product, long double *absolute, const verify_problem *p, const double *x)
{
    const size_t n = p->n, k = p->k;
    long double *exposure = zeros(2 * k, sizeof *exposure), *force = zeros(2 * k, sizeof *force);
    for (size_t f = 0; f < k; f++)
        for (size_t i = 0; i < n; i++) {
            exposure[f] += (long double)p->loadings[i + f * n] * x[i];
            exposure[k + f] += fabsl((long double)p->loadings[i + f * n] * x[i]);
        }
    for (size_t g = 0; g < k; g++)
        for (size_t f = 0; f < k; f++) {
            const long double omega = p->factor_covariance ? p->factor_covariance[g + f * k] : (g == f ? 1.0 : 0.0);
            force[g] += omega * exposure[f];
            force[k + g] += fabsl(omega) * exposure[k + f];
        }
    for (size_t i = 0; i < n; i++) {
        product[i] += (long double)p->specific[i] * x[i];
        absolute[i] += fabsl((long double)p->specific[i] * x[i]);
        for (size_t g = 0; g < k; g++) {
            product[i] += p->loadings[i + g * n] * force[g];
            absolute[i] += fabsl((long double)p->loadings[i + g * n]) * force[k + g];
        }
    }
    free(exposure);
    free(force);
}

void verify_product(long double *product, long double *absolute, const verify_problem *problem, const double *x)
{
    long double *spare = absolute ? absolute : zeros(problem->n, sizeof *spare);
    memset(product, 0, problem->n * sizeof *product);
    memset(spare, 0, problem->n * sizeof *spare);
    if (problem->sigma)
        dense_product(product, spare, problem, x);
    else if (problem->specific)
        factor_product(product, spare, problem, x);
    if (!absolute)
        free(spare);
}

/* --------------------------------------------------------------------------------------- measurements */

/* One two-sided limit with its value, multiplier and the sizes needed to judge them. */
typedef struct limit {
    long double lower, upper, value, multiplier;
    long double scale; /* size of the numbers the value was made of */
    long double unit;  /* largest coefficient: turns the multiplier into units of stationarity */
} limit;

static long double distance_relative(long double distance, long double bound, const limit *l)
{
    const long double scale = larger(fabsl(bound), l->scale);
    return distance == 0.0L ? 0.0L : distance / scale;
}

/* How much the value breaks its limits, absolutely and relative to the numbers in the limit. */
static void measure_violation(verify_residuals *r, const limit *l)
{
    if (isnan(l->value))
        r->primal = r->primal_relative = NAN;
    if (l->value < l->lower) {
        r->primal = larger(l->lower - l->value, r->primal);
        r->primal_relative = larger(distance_relative(l->lower - l->value, l->lower, l), r->primal_relative);
    }
    if (l->value > l->upper) {
        r->primal = larger(l->value - l->upper, r->primal);
        r->primal_relative = larger(distance_relative(l->value - l->upper, l->upper, l), r->primal_relative);
    }
}

/* The limit a multiplier points to. */
static long double pointed_to(const limit *l)
{
    return l->multiplier > 0.0L ? l->lower : l->upper;
}

static void measure_multiplier(verify_residuals *r, const limit *l, double met)
{
    if (l->multiplier == 0.0L)
        return;
    const long double size = fabsl(l->multiplier) * l->unit, bound = pointed_to(l);
    if (isnan(l->multiplier) || isinf(bound)) {
        r->wrong_sign = larger(size, r->wrong_sign);
        r->slackness += fabsl(l->multiplier * l->value);
        return;
    }
    r->dual_objective += bound * l->multiplier;
    r->gap_scale += fabsl(bound * l->multiplier);
    r->slackness += fabsl((l->value - bound) * l->multiplier);
    if (!(distance_relative(fabsl(l->value - bound), bound, l) <= met))
        r->complementarity = larger(size, r->complementarity);
}

static void measure_limit(verify_residuals *r, const limit *l, double met)
{
    measure_violation(r, l);
    measure_multiplier(r, l, met);
}

/* What a weight of this problem may be as large as: the largest finite bound, or c against the largest variance. */
static long double natural_weight(const verify_problem *p)
{
    long double bound = 0.0L, cost = 0.0L, variance = 0.0L;
    for (size_t j = 0; j < p->n; j++) {
        bound = larger(isinf(p->lower[j]) ? 0.0L : fabsl((long double)p->lower[j]), bound);
        bound = larger(isinf(p->upper[j]) ? 0.0L : fabsl((long double)p->upper[j]), bound);
        cost = larger(p->linear ? fabsl((long double)p->linear[j]) : 0.0L, cost);
        variance = larger(p->sigma ? fabsl((long double)p->quadratic * p->sigma[j * (p->ld + 1)]) : 0.0L, variance);
    }
    return variance > 0.0L ? larger(cost / variance, bound) : bound;
}

/* What the objective may be as large as with such weights. */
static long double natural_value(const verify_problem *p)
{
    const long double weight = natural_weight(p);
    long double gradient = 0.0L;
    for (size_t j = 0; j < p->n; j++) {
        const long double variance = p->sigma ? p->sigma[j * (p->ld + 1)] : 0.0L;
        gradient = larger(fabsl(p->quadratic * variance) * weight, gradient);
        gradient = larger(p->linear ? fabsl((long double)p->linear[j]) : 0.0L, gradient);
    }
    return weight * gradient;
}

/* The scale of the weights: the largest of them, at least the rounding of what they may be. */
static long double largest_weight(const verify_problem *p, const double *w)
{
    long double largest = DBL_EPSILON * natural_weight(p);
    for (size_t j = 0; j < p->n; j++)
        largest = larger(fabsl((long double)w[j]), largest);
    return largest;
}

static limit row_limit(const verify_problem *p, const double *row, double lower, double upper, double multiplier,
                       const double *w)
{
    limit l = { lower, upper, 0.0L, multiplier, 0.0L, 0.0L };
    for (size_t j = 0; j < p->n; j++) {
        const long double term = (long double)row[j] * w[j];
        l.value += term;
        l.scale += fabsl(term);
        l.unit = larger(fabsl((long double)row[j]), l.unit);
    }
    l.scale = larger(l.scale, l.unit * largest_weight(p, w));
    return l;
}

static limit weight_limit(const verify_problem *p, size_t j, const double *w, const double *z, long double largest)
{
    const limit l = { p->lower[j], p->upper[j], w[j], z[j], largest, 1.0L };
    return l;
}

/* Adds a row's share to A'y and to its scales. */
static void add_row(long double *pull, long double *absolute, size_t n, const double *row, double multiplier)
{
    if (multiplier == 0.0)
        return;
    for (size_t j = 0; j < n; j++) {
        pull[j] += (long double)row[j] * multiplier;
        absolute[j] += fabsl((long double)row[j] * multiplier);
    }
}

static void measure_gradient(verify_residuals *r, const verify_problem *p, const double *w, const double *y,
                             const double *z, double target_multiplier)
{
    const size_t n = p->n;
    long double *risk = zeros(4 * n, sizeof *risk), *risk_size = risk + n, *pull = risk + 2 * n,
                *pull_size = risk + 3 * n;
    verify_product(risk, risk_size, p, w);
    for (size_t i = 0; i < p->m; i++)
        add_row(pull, pull_size, n, p->rows + i * n, y[i]);
    if (p->target)
        add_row(pull, pull_size, n, p->target, target_multiplier);
    long double cost = 0.0L;
    for (size_t j = 0; j < n; j++) {
        const long double c = p->linear ? p->linear[j] : 0.0L, q = p->quadratic;
        r->variance += risk[j] * w[j];
        cost += c * w[j];
        r->gap_scale += fabsl(c * w[j]);
        r->value_rounding += fabsl(q * risk[j] * w[j]);
        r->stationarity = larger(fabsl(q * risk[j] + c - pull[j] - z[j]), r->stationarity);
        /* where Sigma w cancels (a riskless portfolio) the size of its terms is what rounding knows */
        const long double scale = larger(fabsl(q) * risk_size[j], larger(fabsl(c), fabsl(pull[j])));
        r->gap_scale += fabsl(q) * risk_size[j] * fabsl((long double)w[j]);
        r->stationarity_scale = larger(scale, r->stationarity_scale);
        r->gradient_rounding =
            larger(fabsl(q) * risk_size[j] + fabsl(c) + pull_size[j] + fabsl((long double)z[j]), r->gradient_rounding);
    }
    const long double half = 0.5L * p->quadratic * r->variance;
    r->objective = half + cost + p->constant;
    r->dual_objective += p->constant - half;
    r->gap_scale += 2.0L * fabsl(half) + fabsl((long double)p->constant);
    free(risk);
}

void verify_measure(verify_residuals *residuals, const verify_problem *problem, const double *w, const double *y,
                    const double *z, double target_multiplier, double met)
{
    const verify_residuals none = { 0 };
    verify_residuals *r = residuals;
    *r = none;
    measure_gradient(r, problem, w, y, z, target_multiplier);
    for (size_t i = 0; i < problem->m; i++) {
        const limit l =
            row_limit(problem, problem->rows + i * problem->n, problem->row_lower[i], problem->row_upper[i], y[i], w);
        measure_limit(r, &l, met);
    }
    if (problem->target) {
        const limit l =
            row_limit(problem, problem->target, problem->target_lower, problem->target_upper, target_multiplier, w);
        measure_limit(r, &l, met);
    }
    const long double largest = largest_weight(problem, w);
    for (size_t j = 0; j < problem->n; j++) {
        const limit l = weight_limit(problem, j, w, z, largest);
        measure_limit(r, &l, met);
    }
    r->gap = fabsl(r->objective - r->dual_objective);
    r->gap_scale += DBL_EPSILON * natural_value(problem);
    r->value_rounding += r->gap_scale;
}

/* ------------------------------------------------------------------------------------------- verdicts */

int verify_point(const verify_problem *problem, const double *w, const double *y, const double *z,
                 double target_multiplier, double tolerance, char *why, size_t size)
{
    verify_residuals r;
    verify_measure(&r, problem, w, y, z, target_multiplier, tolerance);
    const long double rounding = 4.0L * DBL_EPSILON * r.gradient_rounding;
    const long double allowed = tolerance * r.stationarity_scale + rounding;
    if (!(r.primal_relative <= tolerance))
        return object(why, size, "a limit is broken by %Lg, relative %Lg", r.primal, r.primal_relative);
    if (!(r.stationarity <= allowed))
        return object(why, size, "stationarity is off by %Lg at scale %Lg", r.stationarity, r.stationarity_scale);
    if (!(r.wrong_sign <= allowed))
        return object(why, size, "a multiplier of %Lg points to an infinite limit (scale %Lg)", r.wrong_sign,
                      r.stationarity_scale);
    if (!(r.complementarity <= allowed))
        return object(why, size, "a multiplier of %Lg stands at a limit that is not met (scale %Lg)", r.complementarity,
                      r.stationarity_scale);
    if (!(r.gap <= tolerance * r.gap_scale))
        return object(why, size, "duality gap %Lg at scale %Lg (primal %.18Lg, dual %.18Lg)", r.gap, r.gap_scale,
                      r.objective, r.dual_objective);
    return 1;
}

/* Sums up one multiplier's limit; one that points to infinity proves nothing and counts as residual instead. */
static double farkas_term(long double *sum, long double *size, double lower, double upper, double multiplier)
{
    const double bound = multiplier > 0.0 ? lower : upper;
    if (multiplier == 0.0 || isinf(bound))
        return 0.0;
    *sum += (long double)bound * multiplier;
    *size += fabsl((long double)bound * multiplier);
    return multiplier;
}

/* The multiplier of the target row that cancels what the others leave, by least squares. */
static double farkas_target(const verify_problem *p, const long double *pull)
{
    long double along = 0.0L, square = 0.0L;
    for (size_t j = 0; j < p->n; j++) {
        along -= pull[j] * p->target[j];
        square += (long double)p->target[j] * p->target[j];
    }
    return square > 0.0L ? (double)(along / square) : 0.0;
}

static int limits_cross(const verify_problem *p)
{
    for (size_t i = 0; i < p->m; i++)
        if (p->row_lower[i] > p->row_upper[i])
            return 1;
    for (size_t j = 0; j < p->n; j++)
        if (p->lower[j] > p->upper[j])
            return 1;
    return 0;
}

int verify_farkas(const verify_problem *problem, const double *y, const double *z, double tolerance, char *why,
                  size_t size)
{
    const verify_problem *p = problem;
    long double sum = 0.0L, terms = 0.0L, residual = 0.0L, largest = 0.0L, normal = 0.0L;
    long double *pull = zeros(2 * p->n, sizeof *pull), *absolute = pull + p->n;
    int dropped = 0;
    if (limits_cross(p)) { /* a lower limit above its upper one needs no further proof */
        free(pull);
        return 1;
    }
    for (size_t i = 0; i < p->m; i++) {
        const double used = farkas_term(&sum, &terms, p->row_lower[i], p->row_upper[i], y[i]);
        dropped |= isnan(y[i]) || fabs(used - y[i]) > tolerance;
        add_row(pull, absolute, p->n, p->rows + i * p->n, used);
        normal = larger(fabsl((long double)y[i]), normal);
    }
    for (size_t j = 0; j < p->n; j++) {
        const double used = farkas_term(&sum, &terms, p->lower[j], p->upper[j], z[j]);
        dropped |= isnan(z[j]) || fabs(used - z[j]) > tolerance;
        pull[j] += used;
        absolute[j] += fabsl((long double)used);
        normal = larger(fabsl((long double)z[j]), normal);
    }
    if (p->target) {
        const double multiplier = farkas_target(p, pull);
        add_row(pull, absolute, p->n, p->target,
                farkas_term(&sum, &terms, p->target_lower, p->target_upper, multiplier));
    }
    for (size_t j = 0; j < p->n; j++) {
        residual = larger(fabsl(pull[j]), residual);
        largest = larger(absolute[j], largest);
    }
    free(pull);
    if (dropped)
        return object(why, size, "a Farkas multiplier points to an infinite limit");
    if (!p->target && !(normal >= 1.0L - 1e-12L && normal <= 2.0L + 1e-12L))
        return object(why, size, "the Farkas vector has largest entry %Lg, not from 1 to 2", normal);
    if (!(residual <= tolerance * largest))
        return object(why, size, "the Farkas vector leaves A'y + z = %Lg at scale %Lg", residual, largest);
    if (!(sum > 0.0L && sum > 1e-14L * terms))
        return object(why, size, "the Farkas vector adds up to %Lg (terms %Lg), not to something positive", sum, terms);
    return 1;
}

/* How far d leaves through one limit, relative to the terms of its change. */
static long double leaving(long double lower, long double upper, long double change, long double scale)
{
    long double out = 0.0L;
    if (!isinf(lower) && change < 0.0L)
        out = -change;
    if (!isinf(upper) && change > 0.0L)
        out = larger(change, out);
    return out == 0.0L ? 0.0L : out / scale;
}

static long double row_leaving(const verify_problem *p, const double *row, double lower, double upper, const double *d)
{
    const limit l = row_limit(p, row, lower, upper, 0.0, d);
    return isnan(l.value) ? l.value : leaving(lower, upper, l.value, l.scale);
}

int verify_ray(const verify_problem *problem, const double *d, double tolerance, char *why, size_t size)
{
    const verify_problem *p = problem;
    long double *risk = zeros(2 * p->n, sizeof *risk), *absolute = risk + p->n;
    long double curvature = 0.0L, scale = 0.0L, fall = 0.0L, terms = 0.0L, out = 0.0L;
    verify_product(risk, absolute, p, d);
    for (size_t j = 0; j < p->n; j++) {
        curvature = larger(fabsl(p->quadratic * risk[j]), curvature);
        scale = larger(fabsl(p->quadratic * absolute[j]), scale);
        const long double term = (p->linear ? (long double)p->linear[j] : 0.0L) * d[j];
        fall += term;
        terms += fabsl(term);
        out = larger(leaving(p->lower[j], p->upper[j], d[j], 1.0L), out);
    }
    free(risk);
    for (size_t i = 0; i < p->m; i++)
        out = larger(row_leaving(p, p->rows + i * p->n, p->row_lower[i], p->row_upper[i], d), out);
    if (p->target)
        out = larger(row_leaving(p, p->target, p->target_lower, p->target_upper, d), out);
    if (!(largest_weight(p, d) >= 1.0L - 1e-12L && largest_weight(p, d) <= 2.0L + 1e-12L))
        return object(why, size, "the ray has largest entry %Lg, not from 1 to 2", largest_weight(p, d));
    if (!(curvature <= tolerance * scale))
        return object(why, size, "Sigma d = %Lg at scale %Lg along the ray", curvature, scale);
    if (!(fall < 0.0L && -fall > tolerance * terms))
        return object(why, size, "the objective changes by %Lg (terms %Lg) along the ray", fall, terms);
    if (!(out <= tolerance))
        return object(why, size, "the ray leaves through a limit at relative rate %Lg", out);
    return 1;
}

/* ---------------------------------------------------------------------------------- report, working set */

/* Two figures of the same thing: within a factor of four, up to rounding. */
static int agree(long double theirs, long double ours, long double rounding)
{
    return theirs >= 0.0L && theirs <= 4.0L * ours + rounding && ours <= 4.0L * theirs + rounding;
}

static int same(long double theirs, long double ours, long double rounding)
{
    return fabsl(theirs - ours) <= rounding;
}

static long double primal_rounding(const verify_problem *p, const double *w)
{
    long double scale = largest_weight(p, w);
    for (size_t i = 0; i < p->m; i++) {
        const limit l = row_limit(p, p->rows + i * p->n, p->row_lower[i], p->row_upper[i], 0.0, w);
        scale = larger(l.scale, scale);
    }
    if (p->target) {
        const limit l = row_limit(p, p->target, p->target_lower, p->target_upper, 0.0, w);
        scale = larger(l.scale, scale);
    }
    return 4.0L * DBL_EPSILON * scale;
}

int verify_report(const verify_problem *problem, const mvo_report *report, const double *w, const double *y,
                  const double *z, double target_multiplier, char *why, size_t size)
{
    verify_residuals r;
    verify_measure(&r, problem, w, y, z, target_multiplier, 1e-3);
    /* Where the objective is not a quadratic one, q and c of the view are themselves derived from the answer. */
    const long double few = problem->skip_objective ? 1e-13L : 8.0L * DBL_EPSILON;
    const long double inner = problem->skip_objective ? 1e-13L * report->stationarity_scale : 0.0L;
    const long double gradient = few * r.gradient_rounding + inner;
    /* The dual at a multiplier of a wrong sign may be told with either of its limits. */
    const long double value = few * r.value_rounding + 4.0L * r.slackness;
    if (!agree(report->primal_residual, r.primal, primal_rounding(problem, w)))
        return object(why, size, "reported primal residual %g, found %Lg", report->primal_residual, r.primal);
    if (!agree(report->stationarity, r.stationarity, gradient))
        return object(why, size, "reported stationarity %g, found %Lg", report->stationarity, r.stationarity);
    if (!(report->complementarity >= 0.0 && report->complementarity <= r.gradient_rounding))
        return object(why, size, "reported complementarity %g", report->complementarity);
    const long double wrong = larger(r.wrong_sign, r.complementarity);
    if (!(wrong <= 4.0L * report->complementarity + gradient))
        return object(why, size, "reported complementarity %g, found %Lg", report->complementarity, wrong);
    if (!(report->primal_scale >= 0.0 && report->stationarity_scale >= 0.0 && report->gap_scale >= 0.0))
        return object(why, size, "a reported scale is negative or not a number");
    if (!same(report->variance, r.variance, few * larger(r.variance, 1e-300L) + value * (problem->quadratic != 0.0)))
        return object(why, size, "reported variance %.17g, found %.17Lg", report->variance, r.variance);
    if (problem->skip_objective)
        return 1;
    if (!agree(report->gap, r.gap, value))
        return object(why, size, "reported gap %g, found %Lg at scale %Lg", report->gap, r.gap, r.gap_scale);
    if (!same(report->objective, r.objective, value))
        return object(why, size, "reported objective %.17g, found %.17Lg", report->objective, r.objective);
    if (!same(report->dual_objective, r.dual_objective, value))
        return object(why, size, "reported dual objective %.17g, found %.17Lg", report->dual_objective,
                      r.dual_objective);
    return 1;
}

/* One member of the working set against its limits, value and multiplier. */
static int status_holds(int32_t status, const limit *l, long double tolerance, long double smallest)
{
    const long double m = l->multiplier * l->unit;
    switch (status) {
    case MVO_AT_LOWER:
        return !isinf(l->lower) && distance_relative(fabsl(l->value - l->lower), l->lower, l) <= tolerance &&
               m >= -smallest;
    case MVO_AT_UPPER:
        return !isinf(l->upper) && distance_relative(fabsl(l->value - l->upper), l->upper, l) <= tolerance &&
               m <= smallest;
    case MVO_FIXED:
        return l->lower == l->upper && distance_relative(fabsl(l->value - l->lower), l->lower, l) <= tolerance;
    case MVO_BETWEEN:
        return fabsl(m) <= smallest;
    default:
        return 0;
    }
}

int verify_working_set(const verify_problem *problem, const mvo_report *report, const int32_t *assets,
                       const int32_t *rows, const double *w, const double *y, const double *z, double tolerance,
                       char *why, size_t size)
{
    const verify_problem *p = problem;
    verify_residuals r;
    verify_measure(&r, p, w, y, z, 0.0, tolerance);
    const long double smallest = tolerance * r.stationarity_scale + 4.0L * DBL_EPSILON * r.gradient_rounding;
    const long double largest = largest_weight(p, w);
    int64_t free_weights = 0, held = 0, fixed = 0;
    for (size_t j = 0; j < p->n; j++) {
        const limit l = weight_limit(p, j, w, z, largest);
        free_weights += assets[j] == MVO_BETWEEN;
        if (!status_holds(assets[j], &l, tolerance, smallest))
            return object(why, size, "asset %zu: status %d, weight %.17g in [%g, %g], multiplier %g", j, assets[j],
                          w[j], p->lower[j], p->upper[j], z[j]);
    }
    for (size_t i = 0; i < p->m; i++) {
        const limit l = row_limit(p, p->rows + i * p->n, p->row_lower[i], p->row_upper[i], y[i], w);
        held += rows[i] == MVO_AT_LOWER || rows[i] == MVO_AT_UPPER;
        fixed += rows[i] == MVO_FIXED;
        if (!status_holds(rows[i], &l, tolerance, smallest))
            return object(why, size, "row %zu: status %d, value %.17Lg in [%g, %g], multiplier %g", i, rows[i], l.value,
                          p->row_lower[i], p->row_upper[i], y[i]);
    }
    if (report->free_weights != free_weights)
        return object(why, size, "the report counts %lld free weights, the working set %lld",
                      (long long)report->free_weights, (long long)free_weights);
    if (report->active_rows < held || report->active_rows > held + fixed + (p->target != NULL))
        return object(why, size, "the report counts %lld active rows, the working set %lld to %lld",
                      (long long)report->active_rows, (long long)held, (long long)(held + fixed));
    return 1;
}

/* ---------------------------------------------------------------------------------------- whole answer */

typedef struct answer {
    double *w, *y, *z, target;
    int32_t *assets, *rows;
    mvo_report report;
} answer;

static void answer_free(answer *a)
{
    free(a->w);
    free(a->assets);
}

static answer answer_new(const verify_problem *p)
{
    answer a = { 0 };
    const mvo_report empty = MVO_REPORT_INIT;
    a.w = zeros(2 * p->n + p->m, sizeof *a.w);
    a.z = a.w + p->n;
    a.y = a.w + 2 * p->n;
    a.assets = zeros(p->n + p->m, sizeof *a.assets);
    a.rows = a.assets + p->n;
    a.report = empty;
    return a;
}

static int verify_optimal(const verify_problem *p, const mvo_solver *solver, answer *a, double tolerance, char *why,
                          size_t size)
{
    if (mvo_solver_weights(a->w, solver) || mvo_solver_multipliers(a->y, a->z, solver) ||
        mvo_solver_working_set(a->assets, a->rows, solver))
        return object(why, size, "the solver withholds its answer");
    if (p->target && mvo_target_multiplier(&a->target, solver))
        return object(why, size, "the solver withholds the target's multiplier");
    return verify_point(p, a->w, a->y, a->z, a->target, tolerance, why, size) &&
           verify_report(p, &a->report, a->w, a->y, a->z, a->target, why, size) &&
           verify_working_set(p, &a->report, a->assets, a->rows, a->w, a->y, a->z, tolerance, why, size);
}

int verify_solve(const verify_problem *problem, const mvo_solver *solver, mvo_outcome outcome, double tolerance,
                 char *why, size_t size)
{
    answer a = answer_new(problem);
    int holds = 0;
    if (mvo_solver_size(solver) != problem->n || mvo_solver_row_count(solver) != problem->m)
        object(why, size, "the solver has %zu assets and %zu rows", mvo_solver_size(solver),
               mvo_solver_row_count(solver));
    else if (mvo_solver_report(&a.report, solver))
        object(why, size, "the solver withholds its report");
    else if (a.report.outcome != outcome)
        object(why, size, "the report says %s", mvo_outcome_name((mvo_outcome)a.report.outcome));
    else if (outcome == MVO_OPTIMAL)
        holds = verify_optimal(problem, solver, &a, tolerance, why, size);
    else if (outcome == MVO_INFEASIBLE)
        holds = mvo_solver_farkas(a.y, a.z, solver) ? object(why, size, "the solver withholds its Farkas vector")
                                                    : verify_farkas(problem, a.y, a.z, tolerance, why, size);
    else if (outcome == MVO_UNBOUNDED)
        holds = mvo_solver_ray(a.w, solver) ? object(why, size, "the solver withholds its ray")
                                            : verify_ray(problem, a.w, tolerance, why, size);
    else
        object(why, size, "nothing to verify after %s", mvo_outcome_name(outcome));
    answer_free(&a);
    return holds;
}

void verify_assert(const verify_problem *problem, const mvo_solver *solver, mvo_status status, mvo_outcome outcome,
                   mvo_outcome expected, double tolerance, const char *file, int line)
{
    char why[256] = "";
    if (status != MVO_OK) {
        print_error("%s:%d: the call returned %s\n", file, line, mvo_status_name(status));
        _fail(file, line);
    }
    if (outcome != expected) {
        print_error("%s:%d: %s where %s is right\n", file, line, mvo_outcome_name(outcome), mvo_outcome_name(expected));
        _fail(file, line);
    }
    if (!verify_solve(problem, solver, outcome, tolerance, why, sizeof why)) {
        print_error("%s:%d: %s: %s\n", file, line, mvo_outcome_name(outcome), why);
        _fail(file, line);
    }
}
