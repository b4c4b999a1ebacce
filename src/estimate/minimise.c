/* SPDX-License-Identifier: MIT */
#include "estimate/minimise.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST = MVOI_MOST_DIMENSIONS, MOST_STEPS = 500, MOST_HALVINGS = 60, MOST_MOVES = 400 };

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static double largest(const double *x, size_t n)
{
    double size = 0.0;
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(x[i]));
    return size;
}

/* H = identity * scale */
static void set_diagonal(double H[MOST][MOST], size_t n, double scale)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            H[i][j] = i == j ? scale : 0.0;
}

/* H = (I - r s y') H (I - r y s') + r s s', r = 1 / s'y */
static void update_inverse(double H[MOST][MOST], size_t n, const double *s, const double *y)
{
    const double sy = dot(s, y, n);
    double Hy[MOST];
    for (size_t i = 0; i < n; i++)
        Hy[i] = dot(H[i], y, n);
    const double factor = (1.0 + dot(y, Hy, n) / sy) / sy;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            H[i][j] += factor * s[i] * s[j] - (Hy[i] * s[j] + s[i] * Hy[j]) / sy;
}

/* Moves x along `direction` until the value falls enough (Armijo); 0 where it does not within rounding. */
static int search(double *x, double *value, double *gradient, size_t n, const double *direction, double slope,
                  mvoi_objective objective, void *data)
{
    double point[MOST], there[MOST], length = 1.0;
    for (int k = 0; k < MOST_HALVINGS; k++) {
        for (size_t i = 0; i < n; i++)
            point[i] = x[i] + length * direction[i];
        const double found = objective(there, point, data);
        if (found <= *value + 1e-4 * length * slope) {
            memcpy(x, point, n * sizeof *x);
            memcpy(gradient, there, n * sizeof *gradient);
            *value = found;
            return 1;
        }
        /* The minimum of the parabola through what is known, kept within a tenth and a half. */
        const double parabola = isfinite(found) ? -slope * length / (2.0 * (found - *value - length * slope)) : 0.1;
        length *= length * parabola > 0.5 * length ? 0.5 : parabola < 0.1 ? 0.1 : parabola;
    }
    return 0;
}

double mvoi_minimise_bfgs(double *x, size_t n, mvoi_objective objective, void *data)
{
    double H[MOST][MOST], gradient[MOST], old_x[MOST], old_gradient[MOST], direction[MOST], s[MOST], y[MOST];
    double value = objective(gradient, x, data);
    int fresh = 1, idle = 0;
    set_diagonal(H, n, 1.0);
    for (int step = 0; step < MOST_STEPS && largest(gradient, n) > 1e-12 * (1.0 + fabs(value)) && idle < 3; step++) {
        for (size_t i = 0; i < n; i++)
            direction[i] = -dot(H[i], gradient, n);
        const double longest = largest(direction, n);
        for (size_t i = 0; i < n && longest > 1.0; i++)
            direction[i] /= longest; /* in the logarithmic scales used here one is far */
        const double slope = dot(direction, gradient, n), before = value;
        memcpy(old_x, x, sizeof old_x[0] * n);
        memcpy(old_gradient, gradient, sizeof gradient[0] * n);
        if (slope >= 0.0 || !search(x, &value, gradient, n, direction, slope, objective, data)) {
            if (fresh)
                break;
            set_diagonal(H, n, 1.0);
            fresh = 1;
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            s[i] = x[i] - old_x[i];
            y[i] = gradient[i] - old_gradient[i];
        }
        const double sy = dot(s, y, n);
        if (sy > DBL_EPSILON * sqrt(dot(s, s, n) * dot(y, y, n))) {
            if (fresh)
                set_diagonal(H, n, sy / dot(y, y, n));
            update_inverse(H, n, s, y);
            fresh = 0;
        }
        idle = before - value <= 2.0 * DBL_EPSILON * fabs(value) ? idle + 1 : 0;
    }
    return value;
}

/* --------------------------------------------------------------------------------------------- the simplex */

typedef struct vertex {
    double x[MOST], value;
} vertex;

static void sort(vertex *v, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && v[k].value < v[k - 1].value; k--) {
            const vertex held = v[k];
            v[k] = v[k - 1];
            v[k - 1] = held;
        }
}

/* The point centre + factor (worst - centre). */
static vertex beyond(const double *centre, const vertex *worst, double factor, size_t n, mvoi_objective objective,
                     void *data)
{
    vertex made;
    for (size_t i = 0; i < n; i++)
        made.x[i] = centre[i] + factor * (worst->x[i] - centre[i]);
    made.value = objective(NULL, made.x, data);
    return made;
}

static double width(const vertex *v, size_t n)
{
    double size = 0.0;
    for (size_t k = 1; k <= n; k++)
        for (size_t i = 0; i < n; i++)
            size = fmax(size, fabs(v[k].x[i] - v[0].x[i]));
    return size;
}

double mvoi_minimise_simplex(double *x, size_t n, double step, double tolerance, mvoi_objective objective, void *data)
{
    vertex v[MOST + 1];
    for (size_t k = 0; k <= n; k++) {
        memcpy(v[k].x, x, n * sizeof *x);
        if (k)
            v[k].x[k - 1] += step;
        v[k].value = objective(NULL, v[k].x, data);
    }
    sort(v, n + 1);
    for (int move = 0; move < MOST_MOVES && width(v, n) > tolerance; move++) {
        double centre[MOST] = { 0.0 };
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < n; i++)
                centre[i] += v[k].x[i] / (double)n;
        vertex next = beyond(centre, &v[n], -1.0, n, objective, data);
        if (next.value < v[0].value) {
            const vertex further = beyond(centre, &v[n], -2.0, n, objective, data);
            next = further.value < next.value ? further : next;
        } else if (next.value >= v[n - 1].value) {
            const int inside = next.value >= v[n].value;
            next = beyond(centre, &v[n], inside ? 0.5 : -0.5, n, objective, data);
        }
        if (next.value < v[n].value)
            v[n] = next;
        else
            for (size_t k = 1; k <= n; k++)
                v[k] = beyond(v[0].x, &v[k], 0.5, n, objective, data);
        sort(v, n + 1);
    }
    memcpy(x, v[0].x, n * sizeof *x);
    return v[0].value;
}
