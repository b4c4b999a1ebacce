/* SPDX-License-Identifier: MIT */
/*
 * How good an answer is for the whole problem. The slopes of all that bends at a weight - kinks, absolute rows with their
 * multipliers, bounds - are an interval; stationarity is how far minus the gradient of the rest lies outside. The gap is
 * that of Fenchel's dual: what complementary slackness misses at rows, and what a smooth term and its conjugate differ by
 * where the term's slope is made to take up the residual.
 */
#include "desk/impact.h"

#include <float.h>
#include <math.h>

typedef struct interval {
    double low, high;
} interval;

/* Adds slopes `below` on the left of `at` and `above` on its right. */
static void bend(interval *slopes, double w, double at, double below, double above)
{
    slopes->low += w > at ? above : below;
    slopes->high += w < at ? below : above;
}

static interval slopes_at(const mvo_impact *impact, size_t j, double w, double *size)
{
    const mvoi_segments *segments = impact->solver->segments;
    const size_t n = impact->n;
    interval slopes = { 0.0, 0.0 };
    bend(&slopes, w, segments->holdings[j], -segments->rates[n + j], segments->rates[j]);
    bend(&slopes, w, 0.0, -segments->rates[2 * n + j], 0.0);
    const mvoi_ladder *ladder = segments->ladders ? &segments->ladders[j] : NULL;
    if (ladder && ladder->slope) {
        slopes.low += ladder->slope[0];
        slopes.high += ladder->slope[0];
        for (size_t k = 0; k < ladder->count; k++)
            bend(&slopes, w, ladder->at[k], 0.0, ladder->slope[k + 1] - ladder->slope[k]);
    }
    for (size_t a = 0; a < segments->absolute_count; a++) {
        const mvoi_absolute *row = &segments->absolute[a];
        const double pull = -fmin(impact->solver->point.y[row->row], 0.0);
        bend(&slopes, w, row->around == MVO_AROUND_HOLDINGS ? segments->holdings[j] : 0.0,
             -mvoi_absolute_below(row, j) * pull, mvoi_absolute_above(row, j) * pull);
    }
    *size = fmax(*size, fmax(fabs(slopes.low), fabs(slopes.high)));
    return slopes;
}

/* f(t) + f*(s) - s t of the power law, b = 3/2 of its coefficient: with the roots p of |t| and q of |s|/b it is
   b/3 (p - q)^2 (2 p + q), where the signs agree. */
static double miss_power(double coefficient, double t, double s)
{
    const double b = 1.5 * coefficient, p = sqrt(fabs(t)), q = fabs(s) / b;
    return b / 3.0 * (s * t >= 0.0 ? (p - q) * (p - q) * (2.0 * p + q) : 2.0 * p * p * p + q * q * q + 3.0 * q * p * p);
}

/* What the terms of asset j miss if their slopes are to take up `residual` as well; of a pool to leading order. */
static double miss(const mvo_impact *impact, size_t j, double t, double residual)
{
    if (residual == 0.0)
        return 0.0;
    if (impact->quadratic[j] > 0.0)
        return residual * residual / (4.0 * impact->quadratic[j]);
    if (impact->power[j] > 0.0)
        return miss_power(impact->power[j], t, mvoi_power_slope(impact->power[j], t) + residual);
    if (impact->pools[j].cash > 0.0)
        return residual * residual / (2.0 * mvoi_pool_curvature(&impact->pools[j], t));
    return 0.0; /* no term: it stays in the stationarity */
}

/* What complementary slackness misses at the rows; a multiplier of the wrong sign goes to *wrong. */
static double miss_rows(const mvo_impact *impact, double *wrong)
{
    const mvo_solver *solver = impact->solver;
    const double *w = solver->point.w;
    double sum = 0.0;
    for (size_t i = 0; i < solver->m; i++) {
        const double y = solver->point.y[i], limit = y > 0.0 ? solver->row_lower[i] : solver->row_upper[i];
        double activity = 0.0;
        if (y == 0.0)
            continue;
        if (isinf(limit)) {
            *wrong = fmax(*wrong, fabs(y));
            continue;
        }
        for (size_t a = 0; a < solver->segments->absolute_count; a++) {
            const mvoi_absolute *row = &solver->segments->absolute[a];
            for (size_t j = 0; row->row == i && j < impact->n; j++) {
                const double t = w[j] - (row->around == MVO_AROUND_HOLDINGS ? solver->segments->holdings[j] : 0.0);
                activity += mvoi_absolute_part(row, j, t);
            }
        }
        for (size_t j = 0; !mvoi_segments_is_absolute(solver->segments, i) && j < impact->n; j++)
            activity += solver->rows[i * solver->ld + j] * w[j];
        sum += fabs(y * (activity - limit));
    }
    return sum;
}

/* The part of the gradient in which nothing bends. */
static double gradient(const mvo_impact *impact, size_t j, double t, double *size)
{
    const mvo_solver *solver = impact->solver;
    const double slope = mvoi_impact_slope(impact, j, t);
    double sum = impact->product[j] + impact->linear[j] + slope;
    *size = fmax(fmax(fabs(impact->product[j]), fabs(impact->linear[j])), fabs(slope));
    *size = fmax(*size, fabs(impact->covariance->diagonal[j] * solver->point.w[j]));
    for (size_t i = 0; i < solver->m; i++)
        if (!mvoi_segments_is_absolute(solver->segments, i)) {
            const double part = solver->point.y[i] * solver->rows[i * solver->ld + j];
            sum -= part;
            *size = fmax(*size, fabs(part));
        }
    return sum;
}

int mvoi_impact_certify(mvo_impact *impact, double tolerance, double *residual)
{
    const mvo_solver *solver = impact->solver;
    const double *w = solver->point.w;
    mvo_report *report = &impact->report;
    double worst = 0.0, scale = 0.0, wrong = 0.0, terms = 0.0, cost = 0.0, earned = 0.0;
    double gap = miss_rows(impact, &wrong);
    mvoi_covariance_product(impact->product, impact->covariance, w, NULL);
    for (size_t j = 0; j < impact->n; j++) {
        const double t = w[j] - solver->segments->holdings[j];
        double size;
        const double flat = gradient(impact, j, t, &size);
        const interval slopes = slopes_at(impact, j, w[j], &size);
        double off = 0.0;
        if (flat + slopes.low > 0.0 && w[j] > solver->lower[j])
            off = flat + slopes.low;
        else if (flat + slopes.high < 0.0 && w[j] < solver->upper[j])
            off = flat + slopes.high;
        worst = fmax(worst, fabs(off));
        scale = fmax(scale, size);
        gap += miss(impact, j, t, -off);
        const double paid = mvoi_segments_cost(solver->segments, j, w[j]) + mvoi_impact_smooth(impact, j, t);
        cost += paid;
        earned += impact->linear[j] * w[j];
        terms += fabs(paid) + fabs(impact->linear[j] * w[j]);
    }
    report->variance = mvoi_covariance_variance(impact->covariance, w);
    report->cost = cost;
    report->objective = 0.5 * report->variance + earned + cost;
    report->gap = gap;
    report->gap_scale = 0.5 * report->variance + terms;
    report->dual_objective = report->objective - gap;
    report->stationarity = worst;
    report->stationarity_scale = scale;
    report->complementarity = wrong;
    report->primal_residual = solver->certificate.primal_residual;
    report->primal_scale = solver->certificate.primal_scale;
    *residual = fmax(worst > 0.0 ? worst / scale : 0.0, gap > 0.0 ? gap / report->gap_scale : 0.0);
    return *residual <= tolerance && wrong <= tolerance * scale;
}
