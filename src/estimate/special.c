/* SPDX-License-Identifier: MIT */
#include "estimate/special.h"

#include <float.h>
#include <math.h>

#define HALF_LOG_TWO_PI 0.91893853320467274178

/* Stirling's series from 15 on, Gamma(x) = Gamma(x + k) / (x (x + 1) ...) below. Abramowitz & Stegun 6.1.41. */
double mvoi_log_gamma(double x)
{
    double product = 1.0;
    for (; x < 15.0; x += 1.0)
        product *= x;
    const double r = 1.0 / (x * x);
    const double series =
        (1.0 / 12.0 +
         r * (-1.0 / 360.0 + r * (1.0 / 1260.0 + r * (-1.0 / 1680.0 + r * (1.0 / 1188.0 - r * 691.0 / 360360.0))))) /
        x;
    return (x - 0.5) * log(x) - x + HALF_LOG_TWO_PI + series - log(product);
}

/* The regularised incomplete gamma function P(a, x): its series below a + 1, one minus the continued fraction (by
   Lentz's method) above. Abramowitz & Stegun 6.5.29 and 6.5.31. */
static double incomplete_gamma(double a, double x)
{
    const double front = exp(a * log(x) - x - mvoi_log_gamma(a));
    if (x < a + 1.0) {
        double term = 1.0 / a, sum = term;
        for (double k = 1.0; term > DBL_EPSILON * 0.1 * sum; k += 1.0) {
            term *= x / (a + k);
            sum += term;
        }
        return front * sum;
    }
    double b = x + 1.0 - a, c = 1e300, d = 1.0 / b, value = d;
    for (double k = 1.0; k < 1e6; k += 1.0) {
        const double numerator = -k * (k - a);
        b += 2.0;
        d = numerator * d + b;
        c = b + numerator / c;
        d = 1.0 / (fabs(d) < 1e-300 ? 1e-300 : d);
        c = fabs(c) < 1e-300 ? 1e-300 : c;
        value *= c * d;
        if (fabs(c * d - 1.0) < DBL_EPSILON)
            break;
    }
    return 1.0 - front * value;
}

double mvoi_chi_square_quantile(double p, double degrees)
{
    double low = 0.0, high = degrees + 10.0;
    while (incomplete_gamma(0.5 * degrees, 0.5 * high) < p && high < 1e300)
        high *= 2.0;
    while (high - low > 4.0 * DBL_EPSILON * high) {
        const double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            break;
        if (incomplete_gamma(0.5 * degrees, 0.5 * middle) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}
