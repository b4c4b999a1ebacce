/* SPDX-License-Identifier: MIT */
/*
 * Correlations pulled towards a target, Sigma(theta) = D [(1 - theta) C + theta C*] D, and volatilities scaled. A
 * convex combination of semidefinite matrices is semidefinite; with C* = 11' it is one more factor, D 1 sqrt(theta), so
 * that a factor model stays one.
 */
#include "estimate/assemble.h"

#include <math.h>
#include <string.h>

static double deviation(const mvo_covariance *covariance, size_t i)
{
    return covariance->diagonal[i] > 0.0 ? sqrt(covariance->diagonal[i]) : 0.0;
}

/* The factor model itself times `share`, and the volatilities times sqrt(theta) as a factor of their own. */
static mvo_status pull_structured(mvo_covariance **stressed, mvo_context *context, const mvo_covariance *given,
                                  double theta, mvo_error *error)
{
    const size_t n = given->n, k = given->k;
    mvoi_assembly a;
    const mvo_status status = mvoi_assembly_structured(&a, context, error, n, k + 1, "a stressed covariance");
    if (status != MVO_OK)
        return status;
    const double scale = sqrt(1.0 - theta);
    for (size_t i = 0; i < n; i++) {
        for (size_t f = 0; f < k; f++)
            a.factors[f + i * (k + 1)] = scale * given->factors[f + i * k];
        a.factors[k + i * (k + 1)] = sqrt(theta) * deviation(given, i);
        a.specific[i] = (1.0 - theta) * given->specific[i];
    }
    return mvoi_assembly_finish(stressed, &a, error, given->trusted);
}

/* Multiplied out; target is n-by-n with leading dimension n, or NULL for ones. Variances stay to the bit. */
static mvo_status pull_dense(mvo_covariance **stressed, mvo_context *context, const mvo_covariance *given, double theta,
                             const double *target, mvo_error *error)
{
    const size_t n = given->n;
    mvoi_assembly a;
    const mvo_status status = mvoi_assembly_dense(&a, context, error, n, "a stressed covariance");
    if (status != MVO_OK)
        return status;
    mvoi_lower_triangle(a.matrix, a.ld, given);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++) {
            const double towards = deviation(given, i) * deviation(given, j) * (target ? target[i + j * n] : 1.0);
            a.matrix[i + j * a.ld] = (1.0 - theta) * a.matrix[i + j * a.ld] + theta * towards;
        }
    return mvoi_assembly_finish(stressed, &a, error, given->trusted);
}

static mvo_status check_target(mvo_context *context, mvo_error *error, const double *target, size_t ld, size_t n)
{
    return target ? mvoi_check_leading(context, error, "ld_target", ld, "n", n, n) : MVO_OK;
}

mvo_status mvo_covariance_new_stressed(mvo_covariance **stressed, mvo_context *context, const mvo_covariance *given,
                                       double theta, const double *target, size_t ld_target, mvo_error *error)
{
    if (!stressed)
        return mvoi_fail_null(context, error, "stressed");
    if (!given)
        return mvoi_fail_null(context, error, "given");
    const size_t n = given->n;
    mvo_status status = mvoi_check_between(context, error, "theta", theta, 0.0, 1.0);
    if (status == MVO_OK)
        status = check_target(context, error, target, ld_target, n);
    if (status != MVO_OK)
        return status;
    if (!target && given->kind == MVOI_FACTOR)
        return pull_structured(stressed, context, given, theta, error);
    double *own = NULL;
    if (target && n <= SIZE_MAX / n) {
        const mvoi_square square = { "target", target, n, ld_target };
        own = mvoi_allocate(context, n * n, sizeof *own);
        status = own ? mvoi_check_correlation(own, context, error, &square)
                     : mvoi_fail_memory(context, error, "a stressed covariance");
    }
    if (status == MVO_OK)
        status = pull_dense(stressed, context, given, theta, own, error);
    mvoi_release(context, own);
    return status;
}

mvo_status mvo_covariance_new_scaled(mvo_covariance **scaled, mvo_context *context, const mvo_covariance *given,
                                     double scale, const double *scales, mvo_error *error)
{
    if (!scaled)
        return mvoi_fail_null(context, error, "scaled");
    if (!given)
        return mvoi_fail_null(context, error, "given");
    const size_t n = given->n, k = given->k;
    mvo_status status = mvoi_check_between(context, error, "scale", scale, 0.0, HUGE_VAL);
    if (status == MVO_OK && !isfinite(scale))
        status = mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, MVOI_DETAIL("scale"), "scale is inf");
    if (status == MVO_OK && scales)
        status = mvoi_check_all_between(context, error, "scales", scales, n, 0.0, HUGE_VAL);
    if (status != MVO_OK)
        return status;
    mvoi_assembly a;
    const int dense = given->kind == MVOI_DENSE;
    status = dense ? mvoi_assembly_dense(&a, context, error, n, "a scaled covariance")
                   : mvoi_assembly_structured(&a, context, error, n, k, "a scaled covariance");
    if (status != MVO_OK)
        return status;
    if (dense)
        mvoi_lower_triangle(a.matrix, a.ld, given);
    for (size_t j = 0; j < n; j++) {
        const double own = scales ? scale * scales[j] : scale;
        for (size_t i = j; dense && i < n; i++)
            a.matrix[i + j * a.ld] *= own * (scales ? scale * scales[i] : scale);
        for (size_t f = 0; !dense && f < k; f++)
            a.factors[f + j * k] = own * given->factors[f + j * k];
        if (!dense)
            a.specific[j] = own * own * given->specific[j];
    }
    return mvoi_assembly_finish(scaled, &a, error, given->trusted);
}

/* w'D C* D w; target NULL for ones. */
static double target_variance(const mvo_covariance *covariance, const double *target, size_t ld, const double *weights)
{
    const size_t n = covariance->n;
    double variance = 0.0;
    for (size_t j = 0; target && j < n; j++) {
        double row = 0.0;
        for (size_t i = j + 1; i < n; i++)
            row += target[i + j * ld] * deviation(covariance, i) * weights[i];
        const double own = deviation(covariance, j) * weights[j];
        variance += own * (own + 2.0 * row);
    }
    double sum = 0.0;
    for (size_t j = 0; !target && j < n; j++)
        sum += deviation(covariance, j) * weights[j];
    return fmax(target ? variance : sum * sum, 0.0);
}

mvo_status mvo_worst_correlation_stress(double *theta, double *variance, const mvo_covariance *covariance,
                                        const double *weights, const double *target, size_t ld_target, double least,
                                        double most, mvo_error *error)
{
    if (!theta)
        return mvoi_fail_null(covariance ? covariance->context : NULL, error, "theta");
    if (!covariance)
        return mvoi_fail_null(NULL, error, "covariance");
    mvo_context *context = covariance->context;
    const size_t n = covariance->n;
    const mvoi_square square = { "target", target, n, ld_target };
    mvo_status status = mvoi_check_between(context, error, "least", least, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_check_between(context, error, "most", most, least, 1.0);
    if (status == MVO_OK)
        status = mvoi_check_vector(context, error, "weights", weights, n);
    if (status == MVO_OK)
        status = check_target(context, error, target, ld_target, n);
    if (status == MVO_OK && target)
        status = mvoi_check_correlation(NULL, context, error, &square);
    if (status != MVO_OK)
        return status;
    const double now = mvoi_covariance_variance(covariance, weights);
    const double then = target_variance(covariance, target, ld_target, weights);
    *theta = then > now ? most : least;
    if (variance)
        *variance = (1.0 - *theta) * now + *theta * then;
    return MVO_OK;
}
