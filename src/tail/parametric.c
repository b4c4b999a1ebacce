/* SPDX-License-Identifier: MIT */
/* Value at risk and CVaR of a return whose law is known: normal, Student's t, Cornish and Fisher's expansion. */
#include "tail/measures.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

static double normal_density(double z)
{
    return exp(-0.5 * z * z) / sqrt(2.0 * PI);
}

/*
 * z > 0 with P(Z > z) = tail, 0 < tail < 1/2: the rational start of Abramowitz & Stegun (26.2.23), good to 4.5e-4, and
 * Halley's steps on erfc.
 */
static double normal_quantile(double tail)
{
    const double t = sqrt(-2.0 * log(tail));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int i = 0; i < 3; i++) {
        const double step = (0.5 * erfc(z / sqrt(2.0)) - tail) / normal_density(z);
        z += step / (1.0 - 0.5 * z * step);
    }
    return z;
}

/* Gamma(x + 1/2) / Gamma(x), x > 0: shifted up to where the asymptotic series is exact to rounding. */
static double half_step(double x)
{
    double shift = 1.0;
    for (; x < 25.0; x += 1.0)
        shift *= x / (x + 0.5);
    const double y = 1.0 / (x * x);
    const double series = (-1.0 / 8.0 + y * (1.0 / 192.0 - y * (1.0 / 640.0 - y * 17.0 / 14336.0))) / x;
    return shift * sqrt(x) * exp(series);
}

/* The continued fraction of the incomplete beta function by Lentz's method; converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int i = 1; i < 10000; i++) {
        const double k = (double)i;
        const double even = k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k));
        const double odd = -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0));
        const double factors[2] = { even, odd };
        double change = 1.0;
        for (int part = 0; part < 2; part++) {
            d = 1.0 + factors[part] * d;
            c = 1.0 + factors[part] / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            h *= change;
        }
        if (fabs(change - 1.0) < 1e-16)
            break;
    }
    return h;
}

static double student_density(double t, double v)
{
    return half_step(0.5 * v) / sqrt(v * PI) * exp(-0.5 * (v + 1.0) * log1p(t * t / v));
}

/* P(T > t) = I_x(v/2, 1/2) / 2, x = v / (v + t^2), t > 0 */
static double student_beyond(double t, double v)
{
    const double a = 0.5 * v, x = v / (v + t * t), rest = t * t / (v + t * t);
    const double front = half_step(a) / sqrt(PI) * exp(-a * log1p(t * t / v)) * sqrt(rest);
    if (x < (a + 1.0) / (a + 2.5))
        return 0.5 * front * beta_fraction(a, 0.5, x) / a;
    return 0.5 - front * beta_fraction(0.5, a, rest); /* 1 - front fraction / b, b = 1/2 */
}

/* t > 0 with P(T > t) = tail: bracketed, then Newton's steps kept inside the bracket. */
static double student_quantile(double tail, double v)
{
    double low = 0.0, high = 1.0;
    while (student_beyond(high, v) > tail && high < 1e150) {
        low = high;
        high *= 2.0;
    }
    double t = 0.5 * (low + high);
    for (int i = 0; i < 200; i++) {
        const double excess = student_beyond(t, v) - tail;
        if (excess > 0.0)
            low = t;
        else
            high = t;
        double next = t + excess / student_density(t, v);
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        const int done = fabs(next - t) <= 2e-16 * t || next == low || next == high;
        t = next;
        if (done)
            break;
    }
    return t;
}

/* ---------------------------------------------------------------------------------------- the laws */

static mvo_status check_number(mvo_error *error, const char *name, double value)
{
    const mvoi_detail detail = { name, -1, -1, value, 0.0 };
    return isfinite(value) ? MVO_OK : mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", name, value);
}

static mvo_status check_law(mvo_error *error, double mean, double volatility, double level)
{
    mvo_status status = check_number(error, "mean", mean);
    if (status == MVO_OK)
        status = check_number(error, "volatility", volatility);
    const mvoi_detail detail = { "volatility", -1, -1, volatility, 0.0 };
    if (status == MVO_OK && volatility < 0.0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "volatility is %g, less than 0", volatility);
    return status == MVO_OK ? mvoi_check_level(NULL, error, level) : status;
}

static void answer(double *value_at_risk, double *cvar, double mean, double volatility, double quantile, double beyond)
{
    if (value_at_risk)
        *value_at_risk = -mean + volatility * quantile;
    if (cvar)
        *cvar = -mean + volatility * beyond;
}

mvo_status mvo_normal_tail(double *value_at_risk, double *cvar, double mean, double volatility, double level,
                           mvo_error *error)
{
    const mvo_status status = check_law(error, mean, volatility, level);
    if (status != MVO_OK)
        return status;
    const double tail = 1.0 - level, z = normal_quantile(tail);
    answer(value_at_risk, cvar, mean, volatility, z, normal_density(z) / tail);
    return MVO_OK;
}

/* E(T | T > t) = density(t) (v + t^2) / ((v - 1) tail): McNeil, Frey & Embrechts (2005), 2.2.4. */
mvo_status mvo_student_tail(double *value_at_risk, double *cvar, double mean, double volatility, double degrees,
                            double level, mvo_error *error)
{
    mvo_status status = check_law(error, mean, volatility, level);
    if (status == MVO_OK)
        status = check_number(error, "degrees", degrees);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "degrees", -1, -1, degrees, 2.0 };
    if (degrees <= 2.0)
        return mvoi_fail(NULL, error, MVO_ERROR_OUT_OF_RANGE, detail,
                         "degrees is %g: the variance is finite above 2 only", degrees);
    if (degrees > 1e8) /* closer to the normal law than rounding */
        return mvo_normal_tail(value_at_risk, cvar, mean, volatility, level, error);
    const double tail = 1.0 - level, t = student_quantile(tail, degrees), unit = sqrt((degrees - 2.0) / degrees);
    const double beyond = student_density(t, degrees) * (degrees + t * t) / ((degrees - 1.0) * tail);
    answer(value_at_risk, cvar, mean, volatility, unit * t, unit * beyond);
    return MVO_OK;
}

/* Least slope of the expansion a + b z + c z^2 + d z^3 over all z. */
static double least_slope(double b, double c, double d)
{
    if (d > 0.0)
        return b - c * c / (3.0 * d);
    return d == 0.0 && c == 0.0 ? b : -HUGE_VAL;
}

/* Large losses are small returns: the loss has the skewness's opposite. Moments of the normal tail: E(Z^k | Z > z). */
mvo_status mvo_cornish_fisher_tail(double *value_at_risk, double *cvar, double mean, double volatility,
                                   double skewness, double excess_kurtosis, double level, mvo_error *error)
{
    mvo_status status = check_law(error, mean, volatility, level);
    if (status == MVO_OK)
        status = check_number(error, "skewness", skewness);
    if (status == MVO_OK)
        status = check_number(error, "excess_kurtosis", excess_kurtosis);
    if (status != MVO_OK)
        return status;
    const double s = -skewness, k = excess_kurtosis, d = k / 24.0 - s * s / 18.0;
    const double a = -s / 6.0, b = 1.0 - k / 8.0 + 5.0 * s * s / 36.0, c = s / 6.0;
    const mvoi_detail detail = { "skewness", -1, -1, skewness, 0.0 };
    if (least_slope(b, c, d) < 0.0)
        return mvoi_fail(NULL, error, MVO_ERROR_OUT_OF_RANGE, detail,
                         "skewness %g with excess_kurtosis %g: the expansion does not ascend", skewness,
                         excess_kurtosis);
    const double tail = 1.0 - level, z = normal_quantile(tail), mills = normal_density(z) / tail;
    const double beyond = a + b * mills + c * (1.0 + z * mills) + d * (z * z + 2.0) * mills;
    answer(value_at_risk, cvar, mean, volatility, a + z * (b + z * (c + z * d)), beyond);
    return MVO_OK;
}
