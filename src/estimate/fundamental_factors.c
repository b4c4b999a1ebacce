/* SPDX-License-Identifier: MIT */
/*
 * A fundamental factor model: exposures are given, and each period's factor returns come from a weighted regression
 * across the assets (Fama & MacBeth 1973; Rosenberg 1974), f_t = argmin sum_i w_i (r_ti - x_ti'f)^2. Their sample
 * covariance and the variances of what they leave make Sigma = X Omega X' + diag(specific), X being today's exposures.
 */
#include "estimate/least_squares.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

typedef struct cross_sections {
    size_t periods, n, k;
    const double *returns;
    size_t ld;
    const double *exposures;
    size_t ld_exposures, step; /* step 0: the same exposures throughout */
    const double *weights;     /* n, or NULL */
    mvoi_design design;        /* n-by-k */
    double *right;             /* n-by-periods: weighted returns, then factor returns in the first k rows */
    double *factor_returns;    /* periods-by-k */
    double *specific_returns;  /* periods-by-n */
    double *centred;           /* periods-by-the larger of k and 1 */
    double *omega;             /* k-by-k */
    double *specific;          /* n */
    double *numbers;
} cross_sections;

static double root_weight(const cross_sections *c, size_t i)
{
    return c->weights ? sqrt(c->weights[i]) : 1.0;
}

static const double *exposures_of(const cross_sections *c, size_t t)
{
    return c->exposures + t * c->step;
}

static mvo_status allocate(cross_sections *c, mvo_context *context, mvo_error *error)
{
    const size_t T = c->periods, n = c->n, k = c->k;
    const mvo_status status = mvoi_design_new(&c->design, context, error, n, k, c->step ? 1 : T);
    if (status != MVO_OK)
        return status;
    /* k <= n: each term is at most a table that can be addressed, or (k k) a design that was. */
    const int fits = n <= SIZE_MAX / sizeof(double) / 8 / T && k <= SIZE_MAX / sizeof(double) / 8 / n;
    const size_t count = 2 * T * n + 2 * T * k + T + k * k + n;
    c->numbers = fits ? mvoi_allocate(context, count, sizeof *c->numbers) : NULL;
    if (!c->numbers)
        return mvoi_fail_memory(context, error, "a fundamental factor model");
    c->right = c->numbers;
    c->specific_returns = c->right + T * n;
    c->factor_returns = c->specific_returns + T * n;
    c->centred = c->factor_returns + T * k;
    c->omega = c->centred + T * k + T;
    c->specific = c->omega + k * k;
    return MVO_OK;
}

/* The weighted exposures of one period decomposed. */
static mvo_status decompose(cross_sections *c, size_t t, mvo_context *context, mvo_error *error)
{
    const double *X = exposures_of(c, t);
    size_t dependent = 0;
    for (size_t f = 0; f < c->k; f++)
        for (size_t i = 0; i < c->n; i++)
            c->design.values[i + f * c->n] = root_weight(c, i) * X[i + f * c->ld_exposures];
    if (!mvoi_design_decompose(&dependent, &c->design))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "%zu assets are too many for LAPACK",
                         c->n);
    const mvoi_detail detail = { "exposures", (int64_t)t, (int64_t)dependent, 0.0, 0.0 };
    if (dependent < c->k)
        return mvoi_fail(context, error, MVO_ERROR_SINGULAR, detail,
                         "the exposures to factor %zu in period %zu are a combination of those before it", dependent,
                         t);
    return MVO_OK;
}

/* Factor returns of all periods, and what they leave of each asset's. */
static mvo_status regress(cross_sections *c, mvo_context *context, mvo_error *error)
{
    const size_t T = c->periods, n = c->n, k = c->k;
    for (size_t t = 0; t < T; t++)
        for (size_t i = 0; i < n; i++)
            c->right[i + t * n] = root_weight(c, i) * c->returns[t + i * c->ld];
    for (size_t t = 0; t < (c->step ? T : 1); t++) {
        const mvo_status status = decompose(c, t, context, error);
        if (status != MVO_OK)
            return status;
        if (!mvoi_design_solve(c->right + t * n, n, c->step ? 1 : T, &c->design))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                             "a table of %zu periods and %zu assets is too large for LAPACK", T, n);
    }
    for (size_t t = 0; t < T; t++) {
        const double *X = exposures_of(c, t), *f_t = c->right + t * n;
        for (size_t f = 0; f < k; f++)
            c->factor_returns[t + f * T] = f_t[f];
        for (size_t i = 0; i < n; i++) {
            double rest = c->returns[t + i * c->ld];
            for (size_t f = 0; f < k; f++)
                rest -= X[i + f * c->ld_exposures] * f_t[f];
            c->specific_returns[t + i * T] = rest;
        }
    }
    return MVO_OK;
}

/* Sample covariance of the factor returns, sample variances of the specific ones. */
static mvo_status summarise(cross_sections *c, mvo_context *context, mvo_error *error)
{
    const size_t T = c->periods, k = c->k;
    for (size_t i = 0; i < c->n; i++) {
        mvoi_centre(c->centred, c->specific_returns + i * T, T);
        c->specific[i] = mvoi_sum_of_squares(c->centred, T) / (double)(T - 1);
    }
    for (size_t f = 0; f < k; f++)
        mvoi_centre(c->centred + f * T, c->factor_returns + f * T, T);
    if (k && !mvoi_lapack_gram(T, k, 1.0 / (double)(T - 1), c->centred, T, c->omega, k))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                         "%zu periods of %zu factors are too many for BLAS", T, k);
    for (size_t f = 0; f < k; f++)
        for (size_t g = f + 1; g < k; g++)
            c->omega[f + g * k] = c->omega[g + f * k];
    return MVO_OK;
}

static mvo_status check_weights(mvo_context *context, mvo_error *error, const cross_sections *c)
{
    size_t positive = 0;
    const mvo_status status =
        c->weights ? mvoi_check_all_between(context, error, "weights", c->weights, c->n, 0.0, HUGE_VAL) : MVO_OK;
    for (size_t i = 0; status == MVO_OK && i < c->n; i++)
        positive += !c->weights || c->weights[i] > 0.0;
    const mvoi_detail few = { c->weights ? "weights" : "n", -1, -1, (double)positive, (double)c->k };
    if (status == MVO_OK && positive < c->k)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, few, "%zu assets%s are fewer than %zu factors", positive,
                         c->weights ? " of positive weight" : "", c->k);
    return status;
}

static mvo_status check_exposures(mvo_context *context, mvo_error *error, const cross_sections *c)
{
    const size_t block = c->ld_exposures * c->k;
    const mvoi_detail detail = { "step", -1, -1, (double)c->step, (double)block };
    if (!c->exposures)
        return mvoi_fail_null(context, error, "exposures");
    mvo_status status = mvoi_check_leading(context, error, "ld_exposures", c->ld_exposures, "n", c->n, c->k);
    if (status != MVO_OK)
        return status;
    if (c->step && (c->step < block || c->step > SIZE_MAX / sizeof(double) / c->periods))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "step is %zu, neither 0 nor at least ld_exposures times k = %zu", c->step, block);
    for (size_t t = 0; t < (c->step ? c->periods : 1); t++)
        for (size_t f = 0; f < c->k; f++) {
            const double *column = exposures_of(c, t) + f * c->ld_exposures;
            if (mvoi_all_finite(column, c->n))
                continue;
            const size_t i = mvoi_find_not_finite(column, c->n, 0);
            const mvoi_detail bad = { "exposures", (int64_t)i, (int64_t)f, column[i], (double)t };
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, bad,
                             "the exposure of asset %zu to factor %zu in period %zu is %g", i, f, t, column[i]);
        }
    return MVO_OK;
}

static mvo_status check(mvo_context *context, mvo_error *error, const cross_sections *c, int with_covariance,
                        const double *current, size_t ld_current)
{
    mvo_status status = mvoi_check_factor_table(context, error, c->periods, c->n, c->returns, c->ld);
    const mvoi_detail few = { "periods", -1, -1, (double)c->periods, (double)c->k };
    if (status != MVO_OK)
        return status;
    if (c->k == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("k"), "k is 0");
    if (with_covariance && (c->periods < 2 || c->periods <= c->k))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, few,
                         "periods is %zu, too few for a covariance of %zu factors", c->periods, c->k);
    status = check_weights(context, error, c);
    if (status == MVO_OK)
        status = check_exposures(context, error, c);
    if (status == MVO_OK && current)
        status = mvoi_check_leading(context, error, "ld_current", ld_current, "n", c->n, c->k);
    if (status == MVO_OK && current)
        status = mvoi_check_table(context, error, "current", current, c->n, c->k, ld_current);
    return status;
}

mvo_status mvo_covariance_new_fundamental_factors(mvo_covariance **covariance, double *factor_returns,
                                                  double *specific_returns, double *factor_covariance,
                                                  double *specific_variance, mvo_context *context, size_t periods,
                                                  size_t n, const double *returns, size_t ld, size_t k,
                                                  const double *exposures, size_t ld_exposures, size_t step,
                                                  const double *weights, const double *current, size_t ld_current,
                                                  mvo_error *error)
{
    cross_sections c = { 0 };
    c.periods = periods;
    c.n = n;
    c.k = k;
    c.returns = returns;
    c.ld = ld;
    c.exposures = exposures;
    c.ld_exposures = ld_exposures;
    c.step = step;
    c.weights = weights;
    const int summary = covariance || factor_covariance || specific_variance;
    mvo_status status = check(context, error, &c, summary, current, ld_current);
    if (status != MVO_OK)
        return status;
    status = allocate(&c, context, error);
    if (status == MVO_OK)
        status = regress(&c, context, error);
    if (status == MVO_OK && summary)
        status = summarise(&c, context, error);
    const double *X = current ? current : exposures_of(&c, periods - 1);
    if (status == MVO_OK && covariance)
        status = mvo_covariance_new_factor(covariance, context, n, k, X, current ? ld_current : ld_exposures, c.omega,
                                           k, c.specific, MVO_CHECK_ALL, error);
    if (status == MVO_OK && factor_returns)
        memcpy(factor_returns, c.factor_returns, periods * k * sizeof *factor_returns);
    if (status == MVO_OK && specific_returns)
        memcpy(specific_returns, c.specific_returns, periods * n * sizeof *specific_returns);
    if (status == MVO_OK && factor_covariance)
        memcpy(factor_covariance, c.omega, k * k * sizeof *factor_covariance);
    if (status == MVO_OK && specific_variance)
        memcpy(specific_variance, c.specific, n * sizeof *specific_variance);
    mvoi_release(context, c.numbers);
    mvoi_design_free(&c.design, context);
    return status;
}
