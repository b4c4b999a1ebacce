/* SPDX-License-Identifier: MIT */
/*
 * Whether a symmetric matrix is semidefinite. After scaling to unit variances its smallest eigenvalue must not lie below
 * -n 1e-14: that is what rounding does to a singular matrix. One Cholesky factorisation settles it for nearly every
 * matrix, of C + n 1e-14 / 2: where it succeeds the eigenvalue is above about half of what is allowed, singular matrices
 * included. Eigenvalues are computed where it fails: to decide the rest, and to tell how negative they are.
 */
#include "covariance/make.h"
#include "linalg/lapack.h"

#include <math.h>

static const double ROUNDING = 1e-14;     /* times n */
static const double FAR_TOO_LARGE = 1e100; /* for an element that should be a correlation: an eigenvalue is not needed */

typedef struct workspace {
    double *inverse; /* n: 1 / sqrt(variance), 0 for a riskless asset */
    double *vector;  /* n */
    double *square;  /* n-by-n, leading dimension ld */
    size_t ld;
    double *numbers;
    int32_t *integers;
} workspace;

/* The lower triangle of the scaled matrix, with `shift` added to its diagonal of ones (riskless assets get a one too: their
   rows are zero, so it stands alone). Returns the largest absolute element beside the diagonal. */
static double scale(workspace *work, const mvoi_square *m, double shift)
{
    double largest = 0.0;
    for (size_t j = 0; j < m->n; j++) {
        double *column = work->square + j * work->ld;
        const double *given = m->values + j * m->ld;
        const double *inverse = work->inverse;
        const double factor = inverse[j];
        column[j] = 1.0 + shift;
        for (size_t i = j + 1; i < m->n; i++) {
            const double element = given[i] * inverse[i] * factor;
            column[i] = element;
            largest = fabs(element) > largest ? fabs(element) : largest;
        }
    }
    return largest;
}

/* The smallest eigenvalue of the matrix as given; 2^exponent takes it near one, so that nothing overflows. */
static int smallest_as_given(double *value, workspace *work, const mvoi_square *m)
{
    double largest = 0.0;
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = j; i < m->n; i++)
            largest = fmax(largest, fabs(m->values[i + j * m->ld]));
    int exponent = 0;
    frexp(largest, &exponent);
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = j; i < m->n; i++)
            work->square[i + j * work->ld] = ldexp(m->values[i + j * m->ld], -exponent);
    double near_one = 0.0;
    if (!mvoi_lapack_smallest_eigenvalue(m->n, work->square, work->ld, &near_one, work->vector, work->numbers,
                                         work->integers))
        return 0;
    *value = ldexp(near_one, exponent);
    return 1;
}

/*
 * Where variances differ by many orders of magnitude rounding buries the negative eigenvalue of the matrix as given. A
 * direction of negative variance is known all the same: the scaled matrix's eigenvector v, scaled back. Its Rayleigh
 * quotient is an upper bound of that eigenvalue.
 */
static double rayleigh(const workspace *work, size_t n, double eigenvalue)
{
    double length = 0.0;
    for (size_t i = 0; i < n; i++)
        length += (work->vector[i] * work->inverse[i]) * (work->vector[i] * work->inverse[i]);
    return length > 0.0 ? eigenvalue / length : 0.0;
}

/* Decides by eigenvalues; `largest` is the largest correlation seen. */
static mvo_status decide(workspace *work, mvo_context *context, mvo_error *error, const mvoi_square *m, double largest)
{
    const double allowed = (double)m->n * ROUNDING;
    double scaled = 1.0 - largest; /* an upper bound of the smallest eigenvalue, by the two rows concerned */
    double bound = 0.0;
    if (largest < FAR_TOO_LARGE) {
        scale(work, m, 0.0);
        const int got = mvoi_lapack_smallest_eigenvalue(m->n, work->square, work->ld, &scaled, work->vector,
                                                        work->numbers, work->integers);
        if (got && scaled >= -allowed)
            return MVO_OK;
        if (got == 2)
            bound = rayleigh(work, m->n, scaled);
        if (!got)
            return mvoi_fail(context, error, MVO_ERROR_INTERNAL, MVOI_DETAIL(m->name),
                             "the eigenvalues of %s could not be computed", m->name);
    }
    double given = bound;
    if (!smallest_as_given(&given, work, m) || given > bound)
        given = bound;
    const mvoi_detail detail = { m->name, -1, -1, given, 0.0 };
    return mvoi_fail(context, error, MVO_ERROR_NOT_SEMIDEFINITE, detail,
                     "%s has eigenvalue %.6g (%.3g after scaling to unit variances, where rounding explains %.1g)",
                     m->name, given, scaled, -allowed);
}

static mvo_status check(workspace *work, mvo_context *context, mvo_error *error, const mvoi_square *m)
{
    const double allowed = (double)m->n * ROUNDING;
    for (size_t i = 0; i < m->n; i++) {
        const double variance = m->values[i + i * m->ld];
        work->inverse[i] = variance > 0.0 ? 1.0 / sqrt(variance) : 0.0;
    }
    /* A correlation beyond one is an eigenvalue below zero; NaN cannot occur, infinity can and must not reach LAPACK. */
    const double largest = scale(work, m, 0.5 * allowed);
    if (largest <= 1.0 + allowed && mvoi_lapack_cholesky(m->n, work->square, work->ld))
        return MVO_OK;
    work->numbers = mvoi_allocate(context, mvoi_lapack_eigenvalue_numbers(m->n), sizeof *work->numbers);
    work->integers = mvoi_allocate(context, mvoi_lapack_eigenvalue_integers(m->n), sizeof *work->integers);
    if (!work->numbers || !work->integers)
        return mvoi_fail_memory(context, error, "the eigenvalues of a covariance");
    return decide(work, context, error, m, largest);
}

mvo_status mvoi_square_semidefinite(mvo_context *context, mvo_error *error, const mvoi_square *matrix)
{
    const size_t n = matrix->n;
    workspace work = { NULL, NULL, NULL, mvoi_padded(n), NULL, NULL };
    mvo_status status;
    if (n == 0)
        return MVO_OK;
    if (mvoi_lapack_eigenvalue_numbers(n) == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(matrix->name),
                         "%s is too large to be checked for semidefiniteness", matrix->name);
    work.inverse = mvoi_allocate(context, n, sizeof *work.inverse);
    work.vector = mvoi_allocate(context, n, sizeof *work.vector);
    if (n <= SIZE_MAX / work.ld)
        work.square = mvoi_allocate(context, n * work.ld, sizeof *work.square);
    if (work.inverse && work.vector && work.square)
        status = check(&work, context, error, matrix);
    else
        status = mvoi_fail_memory(context, error, "the check of a covariance");
    mvoi_release(context, work.integers);
    mvoi_release(context, work.numbers);
    mvoi_release(context, work.square);
    mvoi_release(context, work.vector);
    mvoi_release(context, work.inverse);
    return status;
}
