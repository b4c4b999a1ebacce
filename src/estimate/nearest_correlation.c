/* SPDX-License-Identifier: MIT */
/*
 * The nearest correlation matrix by the semismooth Newton method of Qi & Sun (2006), SIAM J. Matrix Anal. Appl. 28.
 * The dual of  min 1/2 |G - X|^2, diag X = b, X semidefinite  is the smooth convex problem
 *     min theta(y) = 1/2 |(G + diag y)+|^2 - b'y,  gradient F(y) = diag((G + diag y)+) - b,
 * whose generalised Hessian is V h = diag(P (W o (P' diag(h) P)) P') with W = 1 on positive pairs of eigenvalues,
 * 0 on others, and l / (l - m) between l > 0 and m <= 0. Newton directions come from conjugate gradients with the
 * diagonal of V for a preconditioner. A floor f of the eigenvalues is met by X = Y + f I: b is 1 - f then.
 */
#include "estimate/repair.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

enum { ITERATIONS = 200, HALVINGS = 30, GRADIENT_STEPS = 300 };

static const double ARMIJO = 1e-4;
static const double GRADIENT = 3e-12; /* where the search ends: root mean square, relative to the largest eigenvalue */
static const double GOOD_ENOUGH = 1e-8; /* a gradient below which rounding may end the search */

typedef struct newton {
    size_t n;
    double b;        /* each element of the diagonal */
    const double *G; /* n-by-n, b on the diagonal */
    mvoi_spectrum spectrum;
    double *B;          /* n-by-n: squares of the projector onto the smaller side's eigenvectors */
    double *weighted;   /* n-by-n: diag(h) P of the larger side; later the product */
    double *inner;      /* smaller-by-larger: P' diag(h) P */
    double *ratio;      /* smaller-by-larger: |l| / (|l| + |m|) */
    double *transposed; /* smaller-by-n: the smaller side's eigenvectors, one a row */
    double *y, *F, *trial, *step, *residual, *direction, *image, *preconditioned, *diagonal; /* n each */
    double *numbers;                                                                         /* all of the above */
    int complement; /* the smaller side is that of the eigenvalues not above zero */
    size_t first_small, small, first_large, large;
    double theta;
} newton;

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static mvo_status allocate(newton *w, mvo_context *context, mvo_error *error, size_t n)
{
    mvo_status status = mvoi_spectrum_new(&w->spectrum, context, error, n);
    if (status != MVO_OK)
        return status;
    const size_t square = n * n; /* fits: the spectrum has two of them */
    double *next = w->numbers = mvoi_allocate(context, 5 * square + 9 * n, sizeof *next);
    if (!next)
        return mvoi_fail_memory(context, error, "a nearest correlation matrix");
    double **const squares[5] = { &w->B, &w->weighted, &w->inner, &w->ratio, &w->transposed };
    double **const vectors[9] = { &w->y,         &w->F,     &w->trial,          &w->step,    &w->residual,
                                  &w->direction, &w->image, &w->preconditioned, &w->diagonal };
    for (size_t i = 0; i < 5; i++, next += square)
        *squares[i] = next;
    for (size_t i = 0; i < 9; i++, next += n)
        *vectors[i] = next;
    w->n = n;
    return MVO_OK;
}

/* theta and its gradient at y, with the eigenvectors of G + diag y. */
static mvo_status evaluate(double *theta, double *F, newton *w, const double *y, mvo_context *context, mvo_error *error)
{
    const size_t n = w->n;
    memcpy(w->spectrum.vectors, w->G, n * n * sizeof *w->G);
    for (size_t i = 0; i < n; i++) {
        w->spectrum.vectors[i + i * n] += y[i];
        F[i] = 0.0;
    }
    const mvo_status status = mvoi_spectrum_compute(&w->spectrum, context, error);
    if (status != MVO_OK)
        return status;
    double sum = 0.0;
    for (size_t k = mvoi_spectrum_negative(&w->spectrum); k < n; k++) {
        const double value = w->spectrum.values[k];
        const double *vector = w->spectrum.vectors + k * n;
        sum += value * value;
        for (size_t i = 0; i < n; i++)
            F[i] += value * (vector[i] * vector[i]);
    }
    double linear = 0.0;
    for (size_t i = 0; i < n; i++) {
        F[i] -= w->b;
        linear += w->b * y[i];
    }
    *theta = 0.5 * sum - linear;
    return MVO_OK;
}

/* What the products with V and its diagonal need, once per set of eigenvectors. */
static void prepare(newton *w)
{
    const size_t n = w->n;
    const size_t negative = mvoi_spectrum_negative(&w->spectrum);
    const double *P = w->spectrum.vectors;
    w->complement = negative <= n / 2;
    w->small = w->complement ? negative : n - negative;
    w->large = n - w->small;
    w->first_small = w->complement ? 0 : negative;
    w->first_large = w->complement ? negative : 0;
    const double *small = P + w->first_small * n, *large = P + w->first_large * n;
    for (size_t t = 0; t < w->large; t++)
        for (size_t s = 0; s < w->small; s++) {
            const double own = fabs(w->spectrum.values[w->first_small + s]);
            const double other = fabs(w->spectrum.values[w->first_large + t]);
            w->ratio[s + t * w->small] = own + other > 0.0 ? own / (own + other) : 0.0;
        }
    for (size_t s = 0; s < w->small; s++)
        for (size_t i = 0; i < n; i++)
            w->transposed[s + i * w->small] = small[i + s * n];
    memset(w->B, 0, n * n * sizeof *w->B);
    memset(w->diagonal, 0, n * sizeof *w->diagonal);
    if (w->small) {
        mvoi_lapack_multiply(0, 1, n, n, w->small, 1.0, small, n, small, n, 0.0, w->B, n);
        for (size_t i = 0; i < n * n; i++)
            w->B[i] *= w->B[i];
        /* Squares of the smaller side stand in `inner` for a moment: n-by-small, at most n-by-n. */
        for (size_t i = 0; i < n * w->small; i++)
            w->inner[i] = small[i] * small[i];
        mvoi_lapack_multiply(0, 0, n, w->large, w->small, 1.0, w->inner, n, w->ratio, w->small, 0.0, w->weighted, n);
        for (size_t t = 0; t < w->large; t++)
            for (size_t i = 0; i < n; i++)
                w->diagonal[i] += 2.0 * w->weighted[i + t * n] * (large[i + t * n] * large[i + t * n]);
    }
    for (size_t i = 0; i < n; i++) {
        const double value = w->diagonal[i] + w->B[i + i * n];
        w->diagonal[i] = fmax(w->complement ? 1.0 - value : value, 1e-8);
    }
}

/* image = V h. */
static void multiply(double *image, newton *w, const double *h)
{
    const size_t n = w->n;
    const double *small = w->spectrum.vectors + w->first_small * n;
    const double *large = w->spectrum.vectors + w->first_large * n;
    memset(image, 0, n * sizeof *image);
    if (w->small) {
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                image[i] += h[j] * w->B[i + j * n];
        for (size_t t = 0; t < w->large; t++)
            for (size_t i = 0; i < n; i++)
                w->weighted[i + t * n] = h[i] * large[i + t * n];
        mvoi_lapack_multiply(0, 0, w->small, w->large, n, 1.0, w->transposed, w->small, w->weighted, n, 0.0, w->inner,
                             w->small);
        for (size_t i = 0; i < w->small * w->large; i++)
            w->inner[i] *= w->ratio[i];
        mvoi_lapack_multiply(0, 0, n, w->large, w->small, 2.0, small, n, w->inner, w->small, 0.0, w->weighted, n);
        for (size_t t = 0; t < w->large; t++)
            for (size_t i = 0; i < n; i++)
                image[i] += w->weighted[i + t * n] * large[i + t * n];
    }
    for (size_t i = 0; w->complement && i < n; i++)
        image[i] = h[i] - image[i];
}

/* step = -(V + shift)^-1 F to a relative residual of `wanted`, by preconditioned conjugate gradients. */
static void solve(newton *w, double wanted, double shift)
{
    const size_t n = w->n;
    const double goal = wanted * sqrt(dot(w->F, w->F, n));
    for (size_t i = 0; i < n; i++) {
        w->step[i] = 0.0;
        w->residual[i] = -w->F[i];
        w->preconditioned[i] = w->residual[i] / w->diagonal[i];
        w->direction[i] = w->preconditioned[i];
    }
    double rho = dot(w->residual, w->preconditioned, n);
    for (int k = 0; k < GRADIENT_STEPS && sqrt(dot(w->residual, w->residual, n)) > goal; k++) {
        multiply(w->image, w, w->direction);
        for (size_t i = 0; i < n; i++)
            w->image[i] += shift * w->direction[i];
        const double curvature = dot(w->direction, w->image, n);
        if (!(curvature > 0.0))
            break;
        const double length = rho / curvature;
        for (size_t i = 0; i < n; i++) {
            w->step[i] += length * w->direction[i];
            w->residual[i] -= length * w->image[i];
            w->preconditioned[i] = w->residual[i] / w->diagonal[i];
        }
        const double next = dot(w->residual, w->preconditioned, n);
        for (size_t i = 0; i < n; i++)
            w->direction[i] = w->preconditioned[i] + next / rho * w->direction[i];
        rho = next;
    }
}

/* Goes along `step` as far as theta falls enough. *moved = 0 where rounding leaves no such point; the eigenvectors are
   those of the last point tried. */
static mvo_status search(int *moved, newton *w, mvo_context *context, mvo_error *error)
{
    const size_t n = w->n;
    const double before = sqrt(dot(w->F, w->F, n));
    const double slope = dot(w->F, w->step, n);
    double length = 1.0;
    *moved = 0;
    for (int k = 0; k < HALVINGS && !*moved; k++, length *= 0.5) {
        double theta = 0.0;
        for (size_t i = 0; i < n; i++)
            w->trial[i] = w->y[i] + length * w->step[i];
        const mvo_status status = evaluate(&theta, w->image, w, w->trial, context, error);
        if (status != MVO_OK)
            return status;
        const double after = sqrt(dot(w->image, w->image, n));
        if (theta <= w->theta + ARMIJO * length * slope || after <= 0.5 * before) {
            *moved = 1;
            w->theta = theta;
            memcpy(w->y, w->trial, n * sizeof *w->y);
            memcpy(w->F, w->image, n * sizeof *w->F);
        } else if (before <= GOOD_ENOUGH * fmax(1.0, fabs(w->spectrum.values[n - 1]))) {
            break; /* nothing but rounding is left */
        }
    }
    return MVO_OK;
}

/* Newton's method from y = 0. */
static mvo_status iterate(int64_t *iterations, newton *w, mvo_context *context, mvo_error *error)
{
    const size_t n = w->n;
    memset(w->y, 0, n * sizeof *w->y);
    mvo_status status = evaluate(&w->theta, w->F, w, w->y, context, error);
    for (int64_t k = 0; status == MVO_OK; k++) {
        const double size = fmax(1.0, fabs(w->spectrum.values[n - 1]));
        const double gradient = sqrt(dot(w->F, w->F, n));
        int moved = 0;
        *iterations = k;
        if (gradient <= GRADIENT * sqrt((double)n) * size)
            return MVO_OK;
        if (k < ITERATIONS) {
            prepare(w);
            solve(w, fmin(1e-1, gradient), fmin(1e-10, 1e-3 * gradient));
            status = search(&moved, w, context, error);
        }
        if (status != MVO_OK || moved)
            continue;
        const mvoi_detail detail = { "given", -1, -1, gradient, GOOD_ENOUGH * size };
        if (!(gradient <= GOOD_ENOUGH * size))
            return mvoi_fail(context, error, MVO_ERROR_INTERNAL, detail,
                             "the nearest correlation matrix was not reached: the gradient is still %.3g", gradient);
        return evaluate(&w->theta, w->F, w, w->y, context, error);
    }
    return status;
}

static mvo_status nearest(double *X, int64_t *iterations, newton *w, double *shifted, double floor,
                          mvo_context *context, mvo_error *error)
{
    const size_t n = w->n;
    w->b = 1.0 - floor;
    for (size_t i = 0; i < n; i++)
        shifted[i + i * n] = w->b;
    w->G = shifted;
    const mvo_status status = iterate(iterations, w, context, error);
    if (status != MVO_OK)
        return status;
    memcpy(X, shifted, n * n * sizeof *X);
    for (size_t i = 0; i < n; i++)
        X[i + i * n] += w->y[i];
    mvoi_spectrum_positive_part(X, &w->spectrum, X, w->weighted);
    mvoi_repair_unit_diagonal(X, n, floor);
    for (size_t i = 0; i < n; i++)
        shifted[i + i * n] = 1.0;
    return MVO_OK;
}

mvo_status mvo_correlation_nearest(double *correlation, size_t ld_correlation, double *distance, int64_t *iterations,
                                   mvo_context *context, size_t n, const double *given, size_t ld_given, double floor,
                                   mvo_error *error)
{
    const mvoi_square matrix = { "given", given, n, ld_given };
    mvo_status status = mvoi_repair_check(context, error, correlation, ld_correlation, &matrix, floor);
    if (status != MVO_OK)
        return status;
    newton w = { 0 };
    int64_t taken = 0;
    double *own = NULL;
    status = allocate(&w, context, error, n);
    if (status == MVO_OK && !(own = mvoi_allocate(context, 2 * n * n, sizeof *own)))
        status = mvoi_fail_memory(context, error, "a nearest correlation matrix");
    if (status == MVO_OK)
        status = mvoi_repair_take(own, context, error, &matrix, 0);
    if (status == MVO_OK)
        status = nearest(own + n * n, &taken, &w, own, floor, context, error);
    if (status == MVO_OK) {
        mvoi_repair_give(correlation, ld_correlation, distance, own + n * n, own, n);
        if (iterations)
            *iterations = taken;
    }
    mvoi_release(context, own);
    mvoi_release(context, w.numbers);
    mvoi_spectrum_free(&w.spectrum, context);
    return status;
}
