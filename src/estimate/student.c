/* SPDX-License-Identifier: MIT */
/*
 * The multivariate t distribution by maximum likelihood: EM in the form that divides by the sum of the weights (Kent,
 * Tyler & Vardi 1994), with degrees of freedom that maximise the likelihood itself (ECME, Liu & Rubin 1995).
 */
#include "estimate/assemble.h"
#include "estimate/distances.h"
#include "estimate/special.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_TURNS = 5000, GOLDEN_STEPS = 60 };

#define LOG_PI 1.1447298858494001741
#define LEAST_DEGREES 2.1  /* of an estimate: below 2 there is no covariance, and near it a useless one */
#define MOST_DEGREES 200.0 /* hardly to be told from the normal */

typedef struct student {
    mvoi_table table;
    double degrees, log_determinant, log_likelihood;
    double *location, *scatter, *squared, *weights, *work;
} student;

static int allocate(student *s, mvo_context *context)
{
    const size_t n = s->table.n, periods = s->table.periods, ld = mvoi_distances_leading(periods, n);
    if (!ld || ld > SIZE_MAX / 64 / n || n > SIZE_MAX / 64 / n)
        return 0;
    s->location = mvoi_allocate(context, n, sizeof *s->location);
    s->scatter = mvoi_allocate(context, n * n, sizeof *s->scatter);
    s->squared = mvoi_allocate(context, periods, sizeof *s->squared);
    s->weights = mvoi_allocate(context, periods, sizeof *s->weights);
    s->work = mvoi_allocate(context, ld * n, sizeof *s->work);
    return s->location && s->scatter && s->squared && s->weights && s->work;
}

static void release(student *s, mvo_context *context)
{
    mvoi_release(context, s->location);
    mvoi_release(context, s->scatter);
    mvoi_release(context, s->squared);
    mvoi_release(context, s->weights);
    mvoi_release(context, s->work);
}

static double likelihood(const student *s, double degrees)
{
    const double n = (double)s->table.n, half = 0.5 * (degrees + n);
    double sum = 0.0;
    for (size_t t = 0; t < s->table.periods; t++)
        sum += log(1.0 + s->squared[t] / degrees);
    const double constant = mvoi_log_gamma(half) - mvoi_log_gamma(0.5 * degrees) - 0.5 * n * (log(degrees) + LOG_PI) -
                            0.5 * s->log_determinant;
    return (double)s->table.periods * constant - half * sum;
}

/* Golden section in the logarithm of the degrees of freedom; the likelihood has one peak in it or rises to an end. */
static double best_degrees(const student *s)
{
    const double golden = 0.61803398874989484820;
    double low = log(LEAST_DEGREES), high = log(MOST_DEGREES);
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = likelihood(s, exp(a)), at_b = likelihood(s, exp(b));
    for (int step = 0; step < GOLDEN_STEPS && high - low > 1e-10; step++) {
        if (at_a > at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            at_a = likelihood(s, exp(a));
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            at_b = likelihood(s, exp(b));
        }
    }
    return exp(0.5 * (low + high));
}

/* Returns n, or the asset that makes the scatter singular; more than n where BLAS cannot take the sizes. */
static size_t fit(student *s, int estimate)
{
    const size_t n = s->table.n, periods = s->table.periods;
    double before = -HUGE_VAL;
    for (size_t t = 0; t < periods; t++)
        s->weights[t] = 1.0;
    for (size_t turn = 0; turn < MOST_TURNS; turn++) {
        double total = 0.0;
        for (size_t t = 0; t < periods; t++)
            total += s->weights[t];
        if (!mvoi_weighted_moments(s->location, s->scatter, s->work, &s->table, s->weights, s->weights, total, 0))
            return n + 1;
        const size_t done =
            mvoi_distances(s->squared, &s->log_determinant, s->work, &s->table, s->location, s->scatter);
        if (done < n)
            return done;
        if (estimate)
            s->degrees = best_degrees(s);
        s->log_likelihood = likelihood(s, s->degrees);
        if (s->log_likelihood - before <= DBL_EPSILON * 8.0 * fabs(s->log_likelihood))
            break;
        before = s->log_likelihood;
        for (size_t t = 0; t < periods; t++)
            s->weights[t] = (s->degrees + (double)n) / (s->degrees + s->squared[t]);
    }
    return n;
}

/* Covariance: the scatter times degrees / (degrees - 2). */
static mvo_status finish(mvo_covariance **covariance, const student *s, mvo_context *context, mvo_error *error)
{
    const size_t n = s->table.n;
    const double factor = s->degrees / (s->degrees - 2.0);
    mvoi_assembly assembly = { .made = NULL };
    const mvo_status status = mvoi_assembly_dense(&assembly, context, error, n, "a covariance");
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            assembly.matrix[i + j * assembly.ld] = factor * s->scatter[i + j * n];
    return mvoi_assembly_finish(covariance, &assembly, error, 0);
}

static mvo_status check_degrees(mvo_context *context, mvo_error *error, double degrees)
{
    const mvoi_detail detail = { "degrees_of_freedom", -1, -1, degrees, 2.0 };
    if (!isfinite(degrees))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "degrees_of_freedom is %g", degrees);
    if (degrees != 0.0 && degrees <= 2.0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                         "degrees_of_freedom is %g: a covariance exists above 2 (0 stands for an estimate)", degrees);
    return MVO_OK;
}

mvo_status mvo_covariance_new_student_t(mvo_covariance **covariance, double *location, double *degrees,
                                        double *log_likelihood, mvo_context *context, size_t periods, size_t n,
                                        const double *returns, size_t ld, double degrees_of_freedom, mvo_error *error)
{
    student s = { .table = { returns, periods, n, ld }, .degrees = degrees_of_freedom };
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = mvoi_returns_table_check(context, error, &s.table, n < SIZE_MAX ? n + 1 : n);
    if (status == MVO_OK)
        status = check_degrees(context, error, degrees_of_freedom);
    if (status != MVO_OK)
        return status;
    if (!allocate(&s, context)) {
        release(&s, context);
        return mvoi_fail_memory(context, error, "a multivariate t distribution");
    }
    const size_t done = fit(&s, degrees_of_freedom == 0.0);
    const mvoi_detail detail = { "returns", -1, (int64_t)done, 0.0, 0.0 };
    if (done > n)
        status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"),
                           "a table of %zu periods and %zu assets is too large for BLAS", periods, n);
    else if (done < n)
        status = mvoi_fail(context, error, MVO_ERROR_SINGULAR, detail,
                           "column %zu of returns does not vary, or is a combination of those before it", done);
    else
        status = finish(covariance, &s, context, error);
    if (status == MVO_OK) {
        if (location)
            memcpy(location, s.location, n * sizeof *location);
        if (degrees)
            *degrees = s.degrees;
        if (log_likelihood)
            *log_likelihood = s.log_likelihood;
    }
    release(&s, context);
    return status;
}
