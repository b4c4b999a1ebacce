/* SPDX-License-Identifier: MIT */
/* What trading costs: the smooth terms of one asset, and the whole objective. */
#include "desk/impact.h"

#include <math.h>

double mvoi_power_slope(double coefficient, double t)
{
    return copysign(1.5 * coefficient * sqrt(fabs(t)), t);
}

double mvoi_power_place(double coefficient, double slope)
{
    const double root = slope / (1.5 * coefficient);
    return copysign(root * root, slope);
}

double mvoi_power_curvature(double coefficient, double slope, double most)
{
    const double b = 1.5 * coefficient, size = fabs(slope);
    return b * b < 2.0 * size * most ? b * b / (2.0 * size) : most;
}

double mvoi_impact_smooth(const mvo_impact *impact, size_t j, double t)
{
    const double size = fabs(t);
    double sum = impact->quadratic[j] * t * t + impact->power[j] * size * sqrt(size);
    if (impact->pools[j].cash > 0.0)
        sum += mvoi_pool_rest(&impact->pools[j], t);
    return sum;
}

double mvoi_impact_slope(const mvo_impact *impact, size_t j, double t)
{
    double sum = 2.0 * impact->quadratic[j] * t + mvoi_power_slope(impact->power[j], t);
    if (impact->pools[j].cash > 0.0)
        sum += mvoi_pool_slope(&impact->pools[j], t);
    return sum;
}

double mvoi_impact_objective(const mvo_impact *impact, const double *w)
{
    const mvoi_segments *segments = impact->solver->segments;
    double sum = 0.5 * mvoi_covariance_variance(impact->covariance, w);
    for (size_t j = 0; j < impact->n; j++)
        sum += impact->linear[j] * w[j] + mvoi_segments_cost(segments, j, w[j]) +
               mvoi_impact_smooth(impact, j, w[j] - segments->holdings[j]);
    return sum;
}

mvo_status mvo_impact_costs(double *piecewise, double *quadratic, double *power, double *pool, const mvo_impact *impact,
                            const double *weights, mvo_error *error)
{
    if (!impact)
        return mvoi_fail_null(NULL, error, "impact");
    const mvo_status status = mvoi_check_vector(impact->context, error, "weights", weights, impact->n);
    if (status != MVO_OK)
        return status;
    const mvoi_segments *segments = impact->solver->segments;
    double sums[4] = { 0.0, 0.0, 0.0, 0.0 };
    for (size_t j = 0; j < impact->n; j++) {
        const double t = weights[j] - segments->holdings[j], size = fabs(t);
        const mvoi_pool *p = &impact->pools[j];
        sums[0] += mvoi_segments_cost(segments, j, weights[j]);
        if (p->cash > 0.0) {
            sums[0] -= t > 0.0 ? p->buy * t : -p->sell * t;
            sums[3] += mvoi_pool_cost(p, t);
        }
        sums[1] += impact->quadratic[j] * t * t;
        sums[2] += impact->power[j] * size * sqrt(size);
    }
    double *const outputs[] = { piecewise, quadratic, power, pool };
    for (int k = 0; k < 4; k++)
        if (outputs[k])
            *outputs[k] = sums[k];
    return MVO_OK;
}

mvo_status mvo_impact_power_coefficient(double *coefficient, double volatility, double volume, double value,
                                        double factor, mvo_error *error)
{
    if (!coefficient)
        return mvoi_fail_null(NULL, error, "coefficient");
    static const char *const names[] = { "volatility", "volume", "value", "factor" };
    const double given[] = { volatility, volume, value, factor };
    for (int k = 0; k < 4; k++) {
        const mvoi_detail detail = { names[k], -1, -1, given[k], 0.0 };
        if (!isfinite(given[k]))
            return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", names[k], given[k]);
        if (given[k] < 0.0 || (k == 1 && given[k] == 0.0))
            return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "%s is %g, not positive", names[k], given[k]);
    }
    *coefficient = factor * volatility * sqrt(value / volume);
    return MVO_OK;
}
