/* SPDX-License-Identifier: MIT */
/*
 * Risk budgets without limits. In units of one standard deviation, y_i = x_i sqrt(Sigma_ii), with correlations C,
 *
 *     minimise  1/2 y'C y - sum b_i log y_i        y_i (C y)_i = b_i at the minimum          (Spinu 2013)
 *
 * by Newton's method with an exact search along the step. The step solves (C + diag(b / y^2)) d = -(C y - b / y), which
 * with D = diag(y / sqrt b), d = D s is
 *
 *     (I + D C D) s = sqrt(b) (1 - y (C y) / b),
 *
 * by conjugate gradients: products with Sigma are all that is needed, so a factor model stays one. At the minimum
 * D C D sqrt(b) = sqrt(b), and where no correlation is negative that eigenvalue 1 is the largest (Perron): the matrix
 * then has a condition number of at most 2 and a few products are enough. Negative correlations add eigenvalues, not
 * many. Each system is solved as exactly as the point deserves (Dembo, Eisenstat & Steihaug 1982).
 */
#include "portfolio/risk_budget.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200, MOST_SEARCHES = 60 };

static const double FARTHEST = 1e4; /* of a step, in Newton steps */
static const double EXACT = 1e-14;  /* a deviation that cannot be told from rounding */
static const double RISKLESS =
    1e-14; /* times n, of the variance without diversification: as the semidefiniteness check */

void mvoi_risk_product(double *product, const mvo_covariance *covariance, const mvoi_kernels *kernels, const double *x,
                       double *scratch)
{
    const size_t n = covariance->n, k = covariance->k;
    if (covariance->kind == MVOI_DENSE) {
        memset(product, 0, n * sizeof *product);
        kernels->gemv(n, n, covariance->dense, covariance->ld, x, product);
        return;
    }
    memset(scratch, 0, k * sizeof *scratch);
    kernels->gemv(k, n, covariance->factors, k, x, scratch);
    kernels->gemv_transposed(k, n, covariance->factors, k, scratch, product);
    for (size_t i = 0; i < n; i++)
        product[i] += covariance->specific[i] * x[i];
}

double mvoi_risk_shares(double *shares, const double *x, const double *product, size_t n)
{
    double variance = 0.0;
    for (size_t i = 0; i < n; i++)
        variance += x[i] * product[i];
    for (size_t i = 0; i < n; i++)
        shares[i] = variance > 0.0 ? x[i] * product[i] / variance : 0.0;
    return variance;
}

double mvoi_risk_deviation(const double *shares, const double *budgets, size_t n)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(shares[i] / budgets[i] - 1.0));
    return largest;
}

/* ---------------------------------------------------------------------------------------- along a step */

/* The derivative at t of what mvoi_barrier_step minimises. */
static double slope_at(size_t n, double weight, const double *budgets, const double *relative, double slope,
                       double curvature, double t)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += budgets[i] * (relative[i] / (1.0 + t * relative[i]));
    return slope + t * curvature - weight * sum;
}

double mvoi_barrier_step(size_t n, double weight, const double *budgets, const double *relative, double slope,
                         double curvature, double most)
{
    double fall = 0.0;
    for (size_t i = 0; i < n; i++)
        fall = fmax(fall, -relative[i]);
    const double at_zero = slope_at(n, weight, budgets, relative, slope, curvature, 0.0);
    if (!(at_zero < 0.0))
        return 0.0;
    most = fmin(most, fall > 0.0 ? (1.0 - 1e-6) / fall : FARTHEST);
    /* A full step that leaves a tenth of the slope or less is as good as the exact one, and makes the end quadratic. */
    double low = 0.0, high = fmin(1.0, most);
    double at_high = slope_at(n, weight, budgets, relative, slope, curvature, high);
    if (fabs(at_high) <= 0.1 * -at_zero)
        return high;
    while (at_high < 0.0 && high < most) {
        low = high;
        high = fmin(2.0 * high, most);
        at_high = slope_at(n, weight, budgets, relative, slope, curvature, high);
    }
    if (at_high <= 0.0)
        return high;
    for (int search = 0; search < MOST_SEARCHES; search++) {
        const double t = 0.5 * (low + high);
        const double at = slope_at(n, weight, budgets, relative, slope, curvature, t);
        if (fabs(at) <= 0.05 * -at_zero)
            return t;
        if (at < 0.0)
            low = t;
        else
            high = t;
    }
    return low;
}

/* ------------------------------------------------------------------------------------------- one step */

/* Everything in units of one standard deviation; n each. */
typedef struct state {
    const mvo_covariance *covariance;
    const mvoi_kernels *kernels;
    const double *budgets;
    size_t n;
    double *inverse;             /* 1 / sqrt(Sigma_ii) */
    double *root;                /* sqrt b */
    double *y, *product;         /* C y */
    double *step, *step_product; /* s, then relative d / y; C d */
    double *residual, *direction, *image, *scaled, *conditioner;
    double *scratch; /* k */
} state;

enum { VECTORS = 11 };

/* product = C x */
static void multiply(state *s, double *product, const double *x)
{
    for (size_t i = 0; i < s->n; i++)
        s->scaled[i] = x[i] * s->inverse[i];
    mvoi_risk_product(product, s->covariance, s->kernels, s->scaled, s->scratch);
    for (size_t i = 0; i < s->n; i++)
        product[i] *= s->inverse[i];
}

/*
 * s and C D s, by conjugate gradients on I + D C D, preconditioned by its diagonal, until the residual has fallen to
 * `accuracy` of what it was. Begins at zero: so s is a direction of descent wherever it ends.
 */
static void solve_step(state *s, double accuracy)
{
    const size_t n = s->n;
    double before = 0.0, first = 0.0;
    memset(s->step, 0, n * sizeof *s->step);
    memset(s->step_product, 0, n * sizeof *s->step_product);
    for (size_t i = 0; i < n; i++) {
        s->conditioner[i] = 1.0 / (1.0 + s->y[i] * s->y[i] / s->budgets[i]);
        s->residual[i] = s->root[i] * (1.0 - s->y[i] * s->product[i] / s->budgets[i]);
        s->direction[i] = s->conditioner[i] * s->residual[i];
        before += s->residual[i] * s->direction[i];
    }
    first = before;
    for (size_t round = 0; round < 2 * n + 20 && before > accuracy * accuracy * first; round++) {
        /* `image` becomes D p, then C D p in place of the matrix's image, which is p + D C D p. */
        double *image = s->image;
        double along = 0.0, after = 0.0;
        for (size_t i = 0; i < n; i++)
            image[i] = s->y[i] / s->root[i] * s->direction[i];
        for (size_t i = 0; i < n; i++)
            s->scaled[i] = image[i] * s->inverse[i];
        mvoi_risk_product(image, s->covariance, s->kernels, s->scaled, s->scratch);
        for (size_t i = 0; i < n; i++) {
            image[i] *= s->inverse[i];
            along += s->direction[i] * (s->direction[i] + s->y[i] / s->root[i] * image[i]);
        }
        if (!(along > 0.0))
            return;
        const double length = before / along;
        for (size_t i = 0; i < n; i++) {
            s->step[i] += length * s->direction[i];
            s->step_product[i] += length * image[i];
            s->residual[i] -= length * (s->direction[i] + s->y[i] / s->root[i] * image[i]);
            after += s->residual[i] * (s->conditioner[i] * s->residual[i]);
        }
        for (size_t i = 0; i < n; i++)
            s->direction[i] = s->conditioner[i] * s->residual[i] + after / before * s->direction[i];
        before = after;
    }
}

/* y moves along d = D s; d / y = s / sqrt b. Returns whether it moved. */
static int move(state *s)
{
    const size_t n = s->n;
    double slope = 0.0, curvature = 0.0;
    for (size_t i = 0; i < n; i++) {
        s->step[i] /= s->root[i];
        slope += s->step[i] * s->y[i] * s->product[i];
        curvature += s->step[i] * s->y[i] * s->step_product[i];
    }
    const double t = mvoi_barrier_step(n, 1.0, s->budgets, s->step, slope, curvature, HUGE_VAL);
    for (size_t i = 0; i < n; i++)
        s->y[i] *= 1.0 + t * s->step[i];
    return t > 0.0;
}

/* The largest |y_i (C y)_i / b_i - 1|, C y being renewed. */
static double measure(state *s)
{
    double largest = 0.0;
    multiply(s, s->product, s->y);
    for (size_t i = 0; i < s->n; i++) {
        const double apart = fabs(s->y[i] * s->product[i] / s->budgets[i] - 1.0);
        largest = apart <= largest ? largest : apart; /* NaN stays */
    }
    return largest;
}

/* ------------------------------------------------------------------------------------------ the method */

size_t mvoi_budget_room(const mvo_covariance *covariance)
{
    const size_t most = SIZE_MAX / sizeof(double) / (VECTORS + 2) - covariance->k / VECTORS;
    return covariance->n < most ? VECTORS * covariance->n + covariance->k : 0;
}

static void begin(state *s, double *room)
{
    double **const vectors[VECTORS] = { &s->inverse,      &s->root,        &s->product,   &s->step,
                                        &s->step_product, &s->residual,    &s->direction, &s->image,
                                        &s->scaled,       &s->conditioner, &s->scratch };
    for (size_t v = 0; v < VECTORS; v++)
        *vectors[v] = room + v * s->n;
    double variance = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        s->inverse[i] = 1.0 / sqrt(s->covariance->diagonal[i]);
        s->root[i] = sqrt(s->budgets[i]);
        s->y[i] = s->root[i]; /* exact where nothing is correlated; then scaled to a variance of 1 */
    }
    multiply(s, s->product, s->y);
    for (size_t i = 0; i < s->n; i++)
        variance += s->y[i] * s->product[i];
    const double scale = 1.0 / sqrt(fmax(variance, 1e-3));
    for (size_t i = 0; i < s->n; i++)
        s->y[i] *= scale;
}

/* Whether the variance is what rounding leaves of the volatilities. */
static int is_riskless(const state *s)
{
    double sum = 0.0, variance = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        sum += s->y[i];
        variance += s->y[i] * s->product[i];
    }
    return !(variance > (double)s->n * RISKLESS * sum * sum);
}

mvo_outcome mvoi_budget_newton(double *weights, double *deviation, const mvo_covariance *covariance,
                               const mvoi_kernels *kernels, const double *budgets, double *room)
{
    state s = { .covariance = covariance, .kernels = kernels, .budgets = budgets, .n = covariance->n, .y = weights };
    begin(&s, room);
    double before = HUGE_VAL, apart = measure(&s);
    for (int step = 0; step < MOST_STEPS; step++) {
        if (!isfinite(apart) || is_riskless(&s))
            return isfinite(apart) ? MVO_UNBOUNDED : MVO_NUMERICAL;
        if (apart <= EXACT || (apart <= MVOI_BUDGET_TOLERANCE && !(apart < 0.5 * before)))
            break;
        solve_step(&s, fmax(fmin(0.1, apart), 0.1 * EXACT / apart));
        if (!move(&s))
            break;
        before = apart;
        apart = measure(&s);
    }
    double sum = 0.0;
    for (size_t i = 0; i < s.n; i++) {
        weights[i] *= s.inverse[i];
        sum += weights[i];
    }
    for (size_t i = 0; i < s.n; i++)
        weights[i] /= sum;
    mvoi_risk_product(s.product, covariance, kernels, weights, s.scratch);
    mvoi_risk_shares(s.step, weights, s.product, s.n);
    *deviation = mvoi_risk_deviation(s.step, budgets, s.n);
    return *deviation <= MVOI_BUDGET_TOLERANCE ? MVO_OPTIMAL : MVO_NUMERICAL;
}
