/* SPDX-License-Identifier: MIT */
/* Entropic value at risk: Ahmadi-Javid (2012). */
#include "tail/measures.h"

#include <math.h>

typedef struct tilt {
    const double *loss, *p;
    size_t count;
    double largest;
} tilt;

/* With K(z) = log sum p exp(z loss): K and K'. Losses count from the largest, so that nothing overflows. */
static void cumulant(double *K, double *slope, const tilt *t, double z)
{
    double sum = 0.0, weighted = 0.0;
    for (size_t s = 0; s < t->count; s++) {
        const double below = t->loss[s] - t->largest, weight = t->p[s] > 0.0 ? t->p[s] * exp(z * below) : 0.0;
        sum += weight;
        weighted += weight * below;
    }
    *K = log(sum) + z * t->largest;
    *slope = weighted / sum + t->largest;
}

/* (K(z) - log tail) / z is least where z K'(z) - K(z) = -log tail. The left side ascends from 0, and stays below
   -log P(largest loss), so that there is no such z where the largest loss has a probability of `tail` or more. */
static double find_tilt(const tilt *t, double tail, double spread)
{
    const double aim = -log(tail);
    double low = 0.0, high = 1.0 / spread, K, slope;
    for (int i = 0; i < 200; i++, high *= 2.0) {
        cumulant(&K, &slope, t, high);
        if (high * slope - K >= aim)
            break;
        low = high;
    }
    for (int i = 0; i < 200 && high - low > 4e-16 * high; i++) {
        const double z = 0.5 * (low + high);
        cumulant(&K, &slope, t, z);
        if (z * slope - K < aim)
            low = z;
        else
            high = z;
    }
    return high;
}

double mvoi_entropic(double *share, double *tilted, const double *loss, const double *p, size_t count, double tail)
{
    double largest = -HUGE_VAL, least = HUGE_VAL, mass = 0.0, sum = 0.0;
    for (size_t s = 0; s < count; s++)
        if (p[s] > 0.0) {
            largest = fmax(largest, loss[s]);
            least = fmin(least, loss[s]);
        }
    for (size_t s = 0; s < count; s++)
        mass += loss[s] == largest ? p[s] : 0.0;
    if (mass >= tail * (1.0 - 1e-12)) {
        for (size_t s = 0; s < count; s++)
            share[s] = loss[s] == largest ? p[s] / mass : 0.0;
        *tilted = HUGE_VAL;
        return largest;
    }
    const tilt t = { loss, p, count, largest };
    const double z = find_tilt(&t, tail, largest - least);
    double K, slope;
    cumulant(&K, &slope, &t, z);
    for (size_t s = 0; s < count; s++) {
        share[s] = p[s] > 0.0 ? p[s] * exp(z * (loss[s] - largest)) : 0.0;
        sum += share[s];
    }
    for (size_t s = 0; s < count; s++)
        share[s] /= sum;
    *tilted = z;
    return (K - log(tail)) / z;
}
