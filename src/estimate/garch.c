/* SPDX-License-Identifier: MIT */
/*
 * GARCH(1,1): x_t = mu + e_t, e_t normal with variance h_t, h_(t+1) = omega + alpha e_t^2 + beta h_t. The recursion
 * begins with e_0^2 = h_0 = the mean of the e_t^2, as the benchmark of Fiorentini, Calzolari & Panattoni (1996) does.
 */
#include "estimate/garch.h"

#include "estimate/minimise.h"

#include <float.h>
#include <math.h>

/* The sum alpha + beta stays below this, so that the variance has a long-run level. */
#define MOST_PERSISTENCE 0.999999
#define LOG_TWO_PI 1.8378770664093454836

/* A series in units of its own: (x - centre) / scale has mean 0 and variance 1. */
typedef struct series {
    const double *x;
    size_t periods;
    double centre, scale;
    int32_t mean;
    double origin; /* what mu = 0 is in these units */
} series;

typedef struct model {
    double mu, omega, alpha, beta;
} model;

static double standard(const series *s, size_t t, double mu)
{
    return (s->x[t] - s->centre) / s->scale - mu;
}

/*
 * Half of the mean of log h + e^2 / h, with its derivatives by mu, omega, alpha, beta; where `variances` is not NULL,
 * the h_t (periods + 1) instead.
 */
static double half_deviance(double *derivative, double *variances, const series *s, const model *m)
{
    const double periods = (double)s->periods;
    double squares = 0.0, sum = 0.0, value = 0.0, total[4] = { 0.0 };
    for (size_t t = 0; t < s->periods; t++) {
        const double e = standard(s, t, m->mu);
        sum += e;
        squares += e * e;
    }
    const double level = squares / periods, persistence = m->alpha + m->beta;
    double h = m->omega + persistence * level;
    double d[4] = { -2.0 * persistence * sum / periods, 1.0, level, level };
    for (size_t t = 0; t < s->periods; t++) {
        const double e = standard(s, t, m->mu), ratio = e * e / h;
        const double slope = 0.5 * (1.0 - ratio) / h;
        value += 0.5 * (log(h) + ratio);
        for (int k = 0; k < 4; k++)
            total[k] += slope * d[k];
        total[0] -= e / h;
        if (variances)
            variances[t] = h;
        d[0] = m->beta * d[0] - 2.0 * m->alpha * e;
        d[1] = m->beta * d[1] + 1.0;
        d[2] = m->beta * d[2] + e * e;
        d[3] = m->beta * d[3] + h;
        h = m->omega + m->alpha * e * e + m->beta * h;
    }
    if (variances)
        variances[s->periods] = h;
    for (int k = 0; derivative && k < 4; k++)
        derivative[k] = total[k] / periods;
    return value / periods;
}

static double logistic(double z)
{
    return z >= 0.0 ? 1.0 / (1.0 + exp(-z)) : exp(z) / (1.0 + exp(z));
}

/* Coordinates without bounds: log omega, logits of alpha + beta and of alpha's share in it, and last mu. */
static model unfold(double *persistence, double *share, const double *z, const series *s)
{
    *persistence = MOST_PERSISTENCE * logistic(z[1]);
    *share = logistic(z[2]);
    return (model){ s->mean == MVO_MEAN_ZERO ? s->origin : z[3], exp(z[0]), *persistence * *share,
                    *persistence * (1.0 - *share) };
}

static double objective(double *gradient, const double *z, void *data)
{
    const series *s = data;
    double persistence, share, d[4];
    if (fabs(z[0]) > 300.0) /* exp must neither overflow nor vanish */
        return HUGE_VAL;
    const model m = unfold(&persistence, &share, z, s);
    const double value = half_deviance(d, NULL, s, &m);
    if (!isfinite(value))
        return HUGE_VAL;
    if (gradient) {
        gradient[0] = d[1] * m.omega;
        gradient[1] = (d[2] * share + d[3] * (1.0 - share)) * persistence * (1.0 - persistence / MOST_PERSISTENCE);
        gradient[2] = (d[2] - d[3]) * persistence * share * (1.0 - share);
        if (s->mean != MVO_MEAN_ZERO)
            gradient[3] = d[0];
    }
    return value;
}

/* The best of a few customary values, all with the long-run variance of the data. */
static void first_guess(double *z, series *s)
{
    static const double persistences[] = { 0.5, 0.8, 0.9, 0.95, 0.98, 0.995 }, shares[] = { 0.02, 0.05, 0.1, 0.2, 0.4 };
    double least = HUGE_VAL;
    for (size_t p = 0; p < sizeof persistences / sizeof *persistences; p++)
        for (size_t a = 0; a < sizeof shares / sizeof *shares; a++) {
            const double ratio = persistences[p] / MOST_PERSISTENCE;
            const double point[4] = { log(1.0 - persistences[p]), log(ratio / (1.0 - ratio)),
                                      log(shares[a] / (1.0 - shares[a])), 0.0 };
            const double value = objective(NULL, point, s);
            if (value < least || least == HUGE_VAL) {
                least = value;
                for (int k = 0; k < 4; k++)
                    z[k] = point[k];
            }
        }
}

/* Mean and standard deviation of the series; 0 where it does not vary beyond rounding. */
static int take(series *s)
{
    const double periods = (double)s->periods;
    double sum = 0.0, squares = 0.0, largest = 0.0;
    for (size_t t = 0; t < s->periods; t++) {
        sum += s->x[t] - s->x[0];
        largest = fmax(largest, fabs(s->x[t]));
    }
    s->centre = s->x[0] + sum / periods;
    double widest = 0.0;
    for (size_t t = 0; t < s->periods; t++)
        widest = fmax(widest, fabs(s->x[t] - s->centre));
    if (!(widest > 8.0 * DBL_EPSILON * largest) || !isfinite(widest))
        return 0;
    for (size_t t = 0; t < s->periods; t++) {
        const double e = (s->x[t] - s->centre) / widest;
        squares += e * e;
    }
    s->scale = widest * sqrt(squares / periods);
    s->origin = -s->centre / s->scale;
    return s->scale > 0.0 && isfinite(s->origin);
}

int mvoi_garch_fit(double *parameters, double *log_likelihood, double *variances, const double *x, size_t periods,
                   int32_t mean)
{
    series s = { x, periods, 0.0, 1.0, mean, 0.0 };
    double z[MVOI_MOST_DIMENSIONS], persistence, share;
    if (!take(&s))
        return 0;
    first_guess(z, &s);
    mvoi_minimise_bfgs(z, mean == MVO_MEAN_ZERO ? 3 : 4, objective, &s);
    const model m = unfold(&persistence, &share, z, &s);
    const double value = half_deviance(NULL, variances, &s, &m);
    parameters[0] = mean == MVO_MEAN_ZERO ? 0.0 : s.centre + s.scale * m.mu;
    parameters[1] = m.omega * s.scale * s.scale;
    parameters[2] = m.alpha;
    parameters[3] = m.beta;
    for (size_t t = 0; t <= periods; t++)
        variances[t] *= s.scale * s.scale;
    *log_likelihood = -(double)periods * (value + log(s.scale) + 0.5 * LOG_TWO_PI);
    return 1;
}

/* ----------------------------------------------------------------------------------------------- the calls */

mvo_status mvoi_check_mean(mvo_context *context, mvo_error *error, int32_t mean)
{
    const mvoi_detail detail = { "mean", -1, -1, (double)mean, 0.0 };
    if (mean == MVO_MEAN_ZERO || mean == MVO_MEAN_ESTIMATED)
        return MVO_OK;
    return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                     "mean is %d, neither MVO_MEAN_ZERO nor MVO_MEAN_ESTIMATED", (int)mean);
}

static mvo_status check(mvo_context *context, const double *parameters, size_t periods, const double *returns,
                        int32_t mean, mvo_error *error)
{
    if (!parameters)
        return mvoi_fail_null(context, error, "parameters");
    if (periods < MVOI_GARCH_LEAST_PERIODS) {
        const mvoi_detail detail = { "periods", -1, -1, (double)periods, MVOI_GARCH_LEAST_PERIODS };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "periods is %zu, less than %d", periods,
                         (int)MVOI_GARCH_LEAST_PERIODS);
    }
    const mvo_status status = mvoi_check_vector(context, error, "returns", returns, periods);
    return status != MVO_OK ? status : mvoi_check_mean(context, error, mean);
}

mvo_status mvo_garch_fit(double *parameters, double *log_likelihood, double *variances, mvo_context *context,
                         size_t periods, const double *returns, int32_t mean, mvo_error *error)
{
    double fitted[4], likelihood = 0.0;
    const mvo_status status = check(context, parameters, periods, returns, mean, error);
    if (status != MVO_OK)
        return status;
    double *path = mvoi_allocate(context, periods + 1, sizeof *path);
    if (!path)
        return mvoi_fail_memory(context, error, "conditional variances");
    if (!mvoi_garch_fit(fitted, &likelihood, path, returns, periods, mean)) {
        mvoi_release(context, path);
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("returns"), "returns do not vary");
    }
    for (size_t k = 0; k < 4; k++)
        parameters[k] = fitted[k];
    if (log_likelihood)
        *log_likelihood = likelihood;
    for (size_t t = 0; variances && t <= periods; t++)
        variances[t] = path[t];
    mvoi_release(context, path);
    return MVO_OK;
}

mvo_status mvo_garch_forecast(double *variances, size_t horizon, const double *parameters, double next_variance,
                              mvo_error *error)
{
    if (!variances)
        return mvoi_fail_null(NULL, error, "variances");
    const mvo_status status = mvoi_check_vector(NULL, error, "parameters", parameters, 4);
    if (status != MVO_OK)
        return status;
    const mvoi_detail next = { "next_variance", -1, -1, next_variance, 0.0 };
    if (!isfinite(next_variance))
        return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, next, "next_variance is %g", next_variance);
    if (next_variance < 0.0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, next, "next_variance is %g, negative", next_variance);
    for (size_t k = 1; k < 4; k++)
        if (parameters[k] < 0.0) {
            const mvoi_detail detail = { "parameters", (int64_t)k, -1, parameters[k], 0.0 };
            return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "parameters[%zu] is %g, negative", k,
                             parameters[k]);
        }
    const double omega = parameters[1], persistence = parameters[2] + parameters[3];
    for (int write = 0; write <= 1; write++) {
        double variance = next_variance;
        for (size_t k = 0; k < horizon; k++) {
            const mvoi_detail overflow = { "horizon", (int64_t)k, -1, variance, persistence };
            if (!isfinite(variance))
                return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, overflow,
                                 "the variance of period %zu overflows: alpha + beta is %g", k, persistence);
            if (write)
                variances[k] = variance;
            variance = omega + persistence * variance;
        }
    }
    return MVO_OK;
}
