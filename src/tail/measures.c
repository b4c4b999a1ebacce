/* SPDX-License-Identifier: MIT */
/* The measures themselves: see measures.h for what kappa is. */
#include "tail/measures.h"

#include <math.h>

static const double SAME_MASS = 1e-12;

/* ---------------------------------------------------------------------------------------- quantiles */

static void swap(mvoi_mass *a, mvoi_mass *b)
{
    const mvoi_mass kept = *a;
    *a = *b;
    *b = kept;
}

static double middle(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* Quickselect by mass: what lies in [begin, end) is what is still in question. */
double mvoi_upper_quantile(mvoi_mass *masses, size_t count, double mass)
{
    size_t begin = 0, end = count;
    double left = mass + SAME_MASS;
    while (end - begin > 1) {
        const double pivot =
            middle(masses[begin].value, masses[begin + (end - begin) / 2].value, masses[end - 1].value);
        size_t above = begin, at = begin, below = end; /* [begin, above) > pivot, [above, at) == pivot */
        double mass_above = 0.0, mass_at = 0.0;
        while (at < below) {
            if (masses[at].value > pivot) {
                mass_above += masses[at].mass;
                swap(&masses[above++], &masses[at++]);
            } else if (masses[at].value == pivot) {
                mass_at += masses[at++].mass;
            } else {
                swap(&masses[at], &masses[--below]);
            }
        }
        if (mass_above > left) {
            end = above;
        } else if (mass_above + mass_at > left || below == end) {
            return pivot;
        } else {
            left -= mass_above + mass_at;
            begin = below;
        }
    }
    return masses[begin].value;
}

/* share_s: how much of scenario s lies in the worst `tail` of the values in `fall`, as a part of that tail. */
static double share_tail(mvoi_measuring *m, double tail)
{
    double beyond = 0.0, at = 0.0;
    for (size_t s = 0; s < m->count; s++)
        m->masses[s] = (mvoi_mass){ m->fall[s], m->probabilities[s] };
    const double quantile = mvoi_upper_quantile(m->masses, m->count, tail);
    for (size_t s = 0; s < m->count; s++) {
        beyond += m->fall[s] > quantile ? m->probabilities[s] : 0.0;
        at += m->fall[s] == quantile ? m->probabilities[s] : 0.0;
    }
    const double rest = at > 0.0 ? fmax(0.0, 1.0 - beyond / tail) / at : 0.0;
    for (size_t s = 0; s < m->count; s++) {
        const double p = m->probabilities[s];
        m->share[s] = m->fall[s] > quantile ? p / tail : m->fall[s] == quantile ? p * rest : 0.0;
    }
    return quantile;
}

/* The shares of those that have the value `at`, in proportion to their probabilities. */
static void share_at(mvoi_measuring *m, double at)
{
    double mass = 0.0;
    for (size_t s = 0; s < m->count; s++)
        mass += m->fall[s] == at ? m->probabilities[s] : 0.0;
    for (size_t s = 0; s < m->count; s++)
        m->share[s] = m->fall[s] == at ? m->probabilities[s] / mass : 0.0;
}

static double largest(const mvoi_measuring *m)
{
    double found = -HUGE_VAL;
    for (size_t s = 0; s < m->count; s++)
        if (m->probabilities[s] > 0.0 && m->fall[s] > found)
            found = m->fall[s];
    return found;
}

static double mean_of_shares(const mvoi_measuring *m)
{
    double sum = 0.0;
    for (size_t s = 0; s < m->count; s++)
        sum += m->share[s] * m->fall[s];
    return sum;
}

/* Fills `share` by the measure, of whatever `fall` holds; returns the risk. */
static double share_by(mvoi_measuring *m, int32_t measure, double level)
{
    double found;
    switch (measure) {
    case MVO_RISK_VALUE_AT_RISK:
        found = share_tail(m, 1.0 - level);
        share_at(m, found);
        return found;
    case MVO_RISK_WORST:
    case MVO_RISK_MAXIMUM_DRAWDOWN:
        found = largest(m);
        share_at(m, found);
        return found;
    case MVO_RISK_EVAR:
        return mvoi_entropic(m->share, &m->tilt, m->fall, m->probabilities, m->count, 1.0 - level);
    case MVO_RISK_AVERAGE_DRAWDOWN:
        for (size_t s = 0; s < m->count; s++)
            m->share[s] = m->probabilities[s];
        return mean_of_shares(m);
    default: /* CVaR, CDaR */
        share_tail(m, 1.0 - level);
        return mean_of_shares(m);
    }
}

/* --------------------------------------------------------------------------------- losses, drawdowns */

static double of_losses(mvoi_measuring *m, int32_t measure, double level)
{
    for (size_t s = 0; s < m->count; s++)
        m->fall[s] = -m->portfolio[s];
    const double risk = share_by(m, measure, level);
    for (size_t s = 0; s < m->count; s++)
        m->kappa[s] = m->share[s];
    return risk;
}

/* The return of period t belongs to every fall that began at or before it and is measured at or after it. */
static double of_drawdowns(mvoi_measuring *m, int32_t measure, double level)
{
    double height = 0.0, highest = 0.0, open = 0.0;
    size_t peak = 0;
    for (size_t s = 0; s < m->count; s++) {
        height += m->portfolio[s];
        if (height > highest) {
            highest = height;
            peak = s + 1;
        }
        m->fall[s] = highest - height;
        m->peak[s] = peak;
        m->kappa[s] = 0.0;
    }
    const double risk = share_by(m, measure, level);
    for (size_t s = m->count; s-- > 0;) {
        open += m->share[s];
        if (m->peak[s] == s + 1) /* a new height: every fall that goes on from here has begun */
            open = 0.0;
        m->kappa[s] = open;
    }
    return risk;
}

/*
 * The same with gains reinvested: the fall from the highest value so far, as a part of that. A value that has come to
 * nothing stays there. Every return on the way down scales what is left of the height: d fall = -left / (1 + r) dr.
 */
static double of_compounded_drawdowns(mvoi_measuring *m, int32_t measure, double level)
{
    double value = 1.0, highest = 1.0, open = 0.0;
    size_t peak = 0;
    for (size_t s = 0; s < m->count; s++) {
        value *= fmax(0.0, 1.0 + m->portfolio[s]);
        if (value > highest) {
            highest = value;
            peak = s + 1;
        }
        m->fall[s] = 1.0 - value / highest;
        m->peak[s] = peak;
    }
    const double risk = share_by(m, measure, level);
    for (size_t s = m->count; s-- > 0;) {
        open += m->share[s] * (1.0 - m->fall[s]);
        if (m->peak[s] == s + 1)
            open = 0.0;
        m->kappa[s] = m->portfolio[s] > -1.0 ? open / (1.0 + m->portfolio[s]) : 0.0;
    }
    return risk;
}

/* -------------------------------------------------------------------------------------- deviations */

static double mean_return(const mvoi_measuring *m)
{
    double mean = 0.0;
    for (size_t s = 0; s < m->count; s++)
        mean += m->probabilities[s] * m->portfolio[s];
    return mean;
}

static double of_mean_deviation(mvoi_measuring *m)
{
    const double mean = mean_return(m);
    double risk = 0.0, tilt = 0.0;
    for (size_t s = 0; s < m->count; s++) {
        const double above = m->portfolio[s] - mean, sign = (above > 0.0) - (above < 0.0);
        risk += m->probabilities[s] * fabs(above);
        tilt += m->probabilities[s] * sign;
        m->kappa[s] = -m->probabilities[s] * sign;
    }
    for (size_t s = 0; s < m->count; s++)
        m->kappa[s] += m->probabilities[s] * tilt;
    return risk;
}

static double of_semivariance(mvoi_measuring *m, int root)
{
    const double mean = mean_return(m);
    double risk = 0.0, tilt = 0.0;
    for (size_t s = 0; s < m->count; s++) {
        const double below = fmax(0.0, mean - m->portfolio[s]);
        risk += m->probabilities[s] * below * below;
        tilt += m->probabilities[s] * below;
        m->kappa[s] = below;
    }
    const double deviation = sqrt(risk), factor = !root ? 2.0 : deviation > 0.0 ? 1.0 / deviation : 0.0;
    for (size_t s = 0; s < m->count; s++)
        m->kappa[s] = factor * m->probabilities[s] * (m->kappa[s] - tilt);
    return root ? deviation : risk;
}

static double of_shortfall(mvoi_measuring *m, double level)
{
    double risk = 0.0;
    for (size_t s = 0; s < m->count; s++) {
        const double below = fmax(0.0, level - m->portfolio[s]);
        risk += m->probabilities[s] * below * below;
        m->kappa[s] = 2.0 * m->probabilities[s] * below;
    }
    return risk;
}

double mvoi_measure(mvoi_measuring *m, int32_t measure, double level)
{
    switch (measure) {
    case MVO_RISK_MEAN_DEVIATION:
        return of_mean_deviation(m);
    case MVO_RISK_SEMIVARIANCE:
        return of_semivariance(m, 0);
    case MVO_RISK_SEMIDEVIATION:
        return of_semivariance(m, 1);
    case MVO_RISK_BELOW_RETURN:
        return of_shortfall(m, level);
    case MVO_RISK_AVERAGE_DRAWDOWN:
    case MVO_RISK_MAXIMUM_DRAWDOWN:
    case MVO_RISK_CDAR:
        return of_drawdowns(m, measure, level);
    case MVO_RISK_COMPOUNDED_AVERAGE_DRAWDOWN:
        return of_compounded_drawdowns(m, MVO_RISK_AVERAGE_DRAWDOWN, level);
    case MVO_RISK_COMPOUNDED_MAXIMUM_DRAWDOWN:
        return of_compounded_drawdowns(m, MVO_RISK_MAXIMUM_DRAWDOWN, level);
    case MVO_RISK_COMPOUNDED_CDAR:
        return of_compounded_drawdowns(m, MVO_RISK_CDAR, level);
    default:
        return of_losses(m, measure, level);
    }
}
