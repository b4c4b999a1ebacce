/* SPDX-License-Identifier: MIT */
/*
 * Nonlinear shrinkage: every eigenvalue of the sample covariance is moved on its own, the eigenvectors stay. With
 * N = periods - 1 and c = n / N; the eigenvalues beyond rank N are null and share one answer.
 */
#include "estimate/estimate.h"

#include <float.h>
#include <math.h>

static const double PI = 3.141592653589793238462643383279502884;
static const double ROOT5 = 2.236067977499789696409173668731276235;

enum {
    LEAST_ANALYTICAL = 12, /* the kernel's window reaches zero below: h = N^(-1/3) < 1 / sqrt(5) */
    FAR = 10,              /* from here on the kernel's transform is a series, */
    TERMS = 12             /* of so many terms: (5 / FAR^2)^TERMS is rounding */
};

/* One estimation at work: the eigenvalues that are not null, and two sums for each. */
typedef struct spectrum {
    size_t n, null, count; /* n = null + count */
    double periods, c;     /* N and n / N */
    double *values;        /* n, ascending; becomes what they are shrunk to */
    double *first, *second; /* count each: theta and its conjugate, or density and its Hilbert transform */
} spectrum;

/* Dependent assets leave eigenvalues that are zero but for rounding; they are taken as that large. */
static void lift(spectrum *s)
{
    const double least = s->values[s->n - 1] * (double)s->n * DBL_EPSILON;
    for (size_t i = 0; i < s->n; i++)
        s->values[i] = i < s->null ? 0.0 : fmax(s->values[i], least);
}

/* ---------------------------------------------------------------------------------- by the inverse spectrum */

/* Ledoit & Wolf (2022), Bernoulli 28(3): the smoothed Stein shrinker theta and its conjugate, of 1 / lambda. The
   largest inverse is taken as the unit: the sums have none. */
static void smooth(spectrum *s)
{
    const double *values = s->values + s->null;
    const double ratio = s->c < 1.0 ? s->c * s->c : 1.0 / (s->c * s->c);
    const double h = pow(ratio, 0.35) / pow((double)s->n, 0.35);
    for (size_t i = 0; i < s->count; i++) {
        double theta = 0.0, conjugate = 0.0;
        for (size_t j = 0; j < s->count; j++) {
            /* with l = 1 / lambda, l_j (l_j - l_i) / ((l_j - l_i)^2 + h^2 l_j^2), both sides over l_j^2 */
            const double apart = 1.0 - values[j] / values[i];
            const double weight = 1.0 / (apart * apart + h * h);
            theta += apart * weight;
            conjugate += weight;
        }
        s->first[i] = theta / (double)s->count;
        s->second[i] = h * conjugate / (double)s->count;
    }
}

/* Optimal for the loss in the inverse, equations of section 4.1; the trace is not kept yet. */
static double quadratic(const spectrum *s, size_t i)
{
    const double theta = s->first[i], amplitude = theta * theta + s->second[i] * s->second[i];
    const double value = s->values[s->null + i];
    if (s->null > 0)
        return value / amplitude;
    const double free = 1.0 - s->c;
    return value / (free * free + 2.0 * s->c * free * theta + s->c * s->c * amplitude);
}

/* Stein's loss. The inverse is kept above the smallest sample inverse. */
static double linear_inverse(const spectrum *s, size_t i, double largest)
{
    const double value = s->values[i];
    const double inverse = (1.0 - s->c + 2.0 * s->c * s->first[i]) / value;
    return inverse * largest < 1.0 ? largest : 1.0 / inverse;
}

static void shrink_inverse(spectrum *s, int32_t method)
{
    double before = 0.0, after = 0.0, inverses = 0.0;
    const double largest = s->values[s->n - 1];
    smooth(s);
    for (size_t i = s->null; i < s->n; i++) {
        before += s->values[i];
        inverses += largest / s->values[i];
    }
    for (size_t i = 0; i < s->count; i++) {
        const double q = method == MVO_NONLINEAR_LINEAR_INVERSE ? 0.0 : quadratic(s, i);
        const double l = method == MVO_NONLINEAR_QUADRATIC_INVERSE ? 0.0 : linear_inverse(s, i, largest);
        s->values[s->null + i] = method == MVO_NONLINEAR_QUADRATIC_INVERSE  ? q
                                 : method == MVO_NONLINEAR_LINEAR_INVERSE ? l
                                                                          : sqrt(q) * sqrt(l);
    }
    if (method != MVO_NONLINEAR_QUADRATIC_INVERSE)
        return;
    for (size_t i = 0; i < s->null; i++)
        s->values[i] = largest / ((s->c - 1.0) * inverses / (double)s->count);
    for (size_t i = 0; i < s->n; i++)
        after += s->values[i];
    for (size_t i = 0; i < s->n; i++)
        s->values[i] *= before / after;
}

/* ------------------------------------------------------------------------------------------- analytical */

/*
 * pi times the Hilbert transform of Epanechnikov's kernel of unit variance, 3 / (4 sqrt(5)) (1 - x^2 / 5) on +-sqrt(5):
 * Ledoit & Wolf (2020), Annals of Statistics 48(5), equation 4.8. Far out its two terms cancel, and it is taken from the
 * kernel's moments instead: -1 / x sum_k 3 / ((2k + 1) (2k + 3)) (5 / x^2)^k.
 */
static double hilbert(double x)
{
    if (fabs(x) > FAR) {
        const double q = 5.0 / x / x;
        double sum = 0.0;
        for (int k = TERMS - 1; k >= 0; k--)
            sum = sum * q + 3.0 / ((2.0 * k + 1.0) * (2.0 * k + 3.0));
        return -sum / x;
    }
    const double ratio = fabs((ROOT5 - x) / (ROOT5 + x));
    const double edge = ratio > 0.0 && isfinite(ratio) ? (1.0 - x * x / 5.0) * log(ratio) : 0.0;
    return 0.75 / ROOT5 * edge - 0.3 * x;
}

/* Density of the sample eigenvalues, with a window proportional to each, and its Hilbert transform, both times pi and
   lambda_i: equations 4.7 to 4.9. */
static void estimate_density(spectrum *s, double h)
{
    const double *values = s->values + s->null;
    for (size_t i = 0; i < s->count; i++) {
        double density = 0.0, transform = 0.0;
        for (size_t j = 0; j < s->count; j++) {
            const double weight = values[i] / values[j] / h;
            const double x = (values[i] - values[j]) / (values[j] * h);
            const double inside = 1.0 - x * x / 5.0;
            density += inside > 0.0 ? 0.75 / ROOT5 * inside * weight : 0.0;
            transform += hilbert(x) * weight;
        }
        s->first[i] = PI * density / (double)s->count;
        s->second[i] = transform / (double)s->count;
    }
}

static void shrink_analytical(spectrum *s)
{
    const double h = pow(s->periods, -1.0 / 3.0);
    const double largest = s->values[s->n - 1];
    double inverses = 0.0;
    estimate_density(s, h);
    for (size_t i = s->null; i < s->n; i++)
        inverses += largest / s->values[i];
    for (size_t i = 0; i < s->count; i++) {
        const double density = s->first[i], transform = s->second[i];
        double below;
        if (s->null > 0) { /* equation C.4 */
            below = density * density + transform * transform;
        } else { /* equation 4.3 */
            const double real = 1.0 - s->c - s->c * transform;
            below = s->c * density * (s->c * density) + real * real;
        }
        s->values[s->null + i] /= below;
    }
    const double tail = hilbert(-1.0 / h) / h; /* of the density at zero, over the mean of 1 / lambda */
    for (size_t i = 0; i < s->null; i++) /* equations C.5 and C.8 */
        s->values[i] = largest / ((s->c - 1.0) * tail * inverses / (double)s->count);
}

/* --------------------------------------------------------------------------------------------- estimate */

static mvo_status check_method(mvo_context *context, mvo_error *error, int32_t method, size_t periods, size_t n)
{
    const mvoi_detail detail = { "method", -1, -1, (double)method, 0.0 };
    if (method < MVO_NONLINEAR_QUADRATIC_INVERSE || method > MVO_NONLINEAR_GEOMETRIC_INVERSE)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "method is %d, none of MVO_NONLINEAR_*",
                         (int)method);
    const mvoi_detail few = { "periods", -1, -1, (double)periods, (double)LEAST_ANALYTICAL };
    if (method == MVO_NONLINEAR_ANALYTICAL && periods <= LEAST_ANALYTICAL)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, few,
                         "periods is %zu: the analytical formula needs more than %d", periods, (int)LEAST_ANALYTICAL);
    const mvoi_detail wide = { "periods", -1, -1, (double)periods, (double)n };
    if ((method == MVO_NONLINEAR_LINEAR_INVERSE || method == MVO_NONLINEAR_GEOMETRIC_INVERSE) && periods <= n)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, wide,
                         "periods is %zu, not more than n = %zu, which this method needs", periods, n);
    return MVO_OK;
}

static mvo_status shrink(mvoi_spectral *made, size_t periods, int32_t method, mvo_error *error)
{
    const size_t n = made->n, rank = periods - 1;
    mvo_status status = mvoi_spectral_split(made, error);
    if (status != MVO_OK)
        return status;
    spectrum s = { .n = n, .periods = (double)rank, .c = (double)n / (double)rank };
    s.null = n > rank ? n - rank : 0;
    s.count = n - s.null;
    s.values = made->values;
    s.first = made->numbers; /* LAPACK's workspace is larger than this */
    s.second = made->numbers + s.count;
    lift(&s);
    if (n == 1)
        return MVO_OK; /* one eigenvalue has nothing to be shrunk towards */
    if (method == MVO_NONLINEAR_ANALYTICAL)
        shrink_analytical(&s);
    else
        shrink_inverse(&s, method);
    return MVO_OK;
}

mvo_status mvo_covariance_new_nonlinear(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                        const double *returns, size_t ld, int32_t method, mvo_error *error)
{
    mvoi_spectral made = { .n = 0 };
    mvo_status status = mvoi_estimate_check(covariance, context, periods, n, returns, ld, 1, error);
    if (status == MVO_OK)
        status = check_method(context, error, method, periods, n);
    if (status == MVO_OK)
        status = mvoi_spectral_open(&made, context, n, error);
    if (status == MVO_OK)
        status = mvoi_spectral_sample(&made, periods, returns, ld, 1, "place in a spectrum", error);
    if (status == MVO_OK)
        status = shrink(&made, periods, method, error);
    if (status == MVO_OK) {
        mvoi_spectral_join(&made);
        status = mvoi_spectral_finish(covariance, &made, n, error);
    }
    mvoi_spectral_close(&made);
    return status;
}
