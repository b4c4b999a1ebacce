/* SPDX-License-Identifier: MIT */
/*
 * Whether a symmetric matrix is semidefinite. After scaling to unit variances its smallest eigenvalue must not lie
 * below -n 1e-14: that is what rounding does to a singular matrix. One Cholesky factorisation settles it for nearly
 * every matrix, of C + n 1e-14 / 2: where it succeeds the eigenvalue is above about half of what is allowed, singular
 * matrices included. Eigenvalues are computed where it fails: to decide the rest, and to tell how negative they are.
 *
 * All of it happens in one triangle: the factorisation in the lower one, the eigenvalues in the upper one. If that is
 * the matrix's own, no n-by-n workspace is needed: the other triangle keeps the numbers and is mirrored back.
 *
 * The factorisation is the engine's own: it is faster than a good BLAS, does not depend on which one is installed, and
 * gives the same verdict to the bit on every machine.
 */
#include "covariance/make.h"
#include "linalg/kernels.h"
#include "linalg/lapack.h"

#include <math.h>

enum { LANES = 8 };

/* A triangle without its diagonal: the one worked in. */
typedef enum triangle { LOWER, UPPER } triangle;

static const double ROUNDING = 1e-14; /* times n */
static const double FAR_TOO_LARGE =
    1e100; /* for an element that should be a correlation: an eigenvalue is not needed */

typedef struct workspace {
    double *variance; /* n */
    double *inverse;  /* n: 1 / sqrt(variance), 0 for a riskless asset */
    double *vector;   /* n */
    double *square;   /* n-by-n, leading dimension ld */
    size_t ld;
    double *numbers;
    int32_t *integers;
} workspace;

/* The lower triangle becomes the mirror image of the upper one: lines of eight numbers, read and written tile by tile.
 */
static void mirror_upper(double *square, size_t n, size_t ld)
{
    for (size_t j0 = 0; j0 < n; j0 += LANES)
        for (size_t i0 = j0; i0 < n; i0 += LANES) {
            const size_t i_end = n - i0 < LANES ? n : i0 + LANES;
            const size_t j_end = n - j0 < LANES ? n : j0 + LANES;
            for (size_t j = j0; j < j_end; j++)
                for (size_t i = i0 > j ? i0 : j + 1; i < i_end; i++)
                    square[i + j * ld] = square[j + i * ld];
        }
}

/* Makes the matrix whole again where a triangle of its own was the workspace. */
static void restore(const workspace *work, const mvoi_square *m, triangle used)
{
    if (work->square != m->values)
        return;
    for (size_t i = 0; i < m->n; i++)
        work->square[i + i * work->ld] = work->variance[i];
    if (used == LOWER)
        mirror_upper(work->square, m->n, work->ld);
    else
        mvoi_square_take(work->square, work->ld, NULL, NULL, m, MVO_CHECK_NONE);
}

/* Elements from .. to of a column, scaled; returns the largest absolute one. */
static double scale_column(double *column, const double *given, const double *inverse, double factor, size_t from,
                           size_t to)
{
    double seen[LANES] = { 0.0 };
    size_t i = from;
    for (; i + LANES <= to; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            const double element = given[i + lane] * inverse[i + lane] * factor;
            const double size = fabs(element);
            column[i + lane] = element;
            seen[lane] = size > seen[lane] ? size : seen[lane];
        }
    for (; i < to; i++) {
        column[i] = given[i] * inverse[i] * factor;
        seen[0] = fmax(seen[0], fabs(column[i]));
    }
    for (size_t lane = 1; lane < LANES; lane++)
        seen[0] = fmax(seen[0], seen[lane]);
    return seen[0];
}

/*
 * The scaled matrix into one triangle, with `shift` added to its diagonal of ones (riskless assets get a one too: their
 * rows are zero, so it stands alone). Returns the largest absolute element beside the diagonal.
 */
static double scale(const workspace *work, const mvoi_square *m, triangle into, double shift)
{
    double largest = 0.0;
    for (size_t j = 0; j < m->n; j++) {
        double *column = work->square + j * work->ld;
        const size_t from = into == LOWER ? j + 1 : 0;
        const size_t to = into == LOWER ? m->n : j;
        const double seen = scale_column(column, m->values + j * m->ld, work->inverse, work->inverse[j], from, to);
        largest = seen > largest ? seen : largest;
        column[j] = 1.0 + shift;
    }
    return largest;
}

/* The smallest eigenvalue of the matrix as given; a power of two takes it near one, so that nothing overflows. */
static int smallest_as_given(double *value, const workspace *work, const mvoi_square *m)
{
    double largest = 0.0;
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = 0; i <= j; i++)
            largest = fmax(largest, fabs(m->values[i + j * m->ld]));
    int exponent = 0;
    frexp(largest, &exponent);
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = 0; i <= j; i++)
            work->square[i + j * work->ld] = ldexp(m->values[i + j * m->ld], -exponent);
    double near_one = 0.0;
    const int got = mvoi_lapack_smallest_eigenvalue(m->n, work->square, work->ld, &near_one, work->vector,
                                                    work->numbers, work->integers);
    restore(work, m, UPPER);
    *value = ldexp(near_one, exponent);
    return got;
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
static mvo_status decide(const workspace *work, mvo_context *context, mvo_error *error, const mvoi_square *m,
                         double largest)
{
    const double allowed = (double)m->n * ROUNDING;
    double scaled = 1.0 - largest; /* an upper bound of the smallest eigenvalue, by the two rows concerned */
    double bound = 0.0;
    if (largest < FAR_TOO_LARGE) {
        scale(work, m, UPPER, 0.0);
        const int got = mvoi_lapack_smallest_eigenvalue(m->n, work->square, work->ld, &scaled, work->vector,
                                                        work->numbers, work->integers);
        restore(work, m, UPPER);
        if (!got)
            return mvoi_fail(context, error, MVO_ERROR_INTERNAL, MVOI_DETAIL(m->name),
                             "the eigenvalues of %s could not be computed", m->name);
        if (scaled >= -allowed)
            return MVO_OK;
        if (got == 2)
            bound = rayleigh(work, m->n, scaled);
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
        work->variance[i] = variance;
        work->inverse[i] = variance > 0.0 ? 1.0 / sqrt(variance) : 0.0;
    }
    /* A correlation beyond one is an eigenvalue below zero. NaN cannot occur; infinity can, and is not factorised. */
    const double largest = scale(work, m, LOWER, 0.5 * allowed);
    const int well =
        largest <= 1.0 + allowed && mvoi_kernels_best()->cholesky(0, m->n, work->square, work->ld, 0.0) == m->n;
    restore(work, m, LOWER);
    if (well)
        return MVO_OK;
    if (!work->numbers)
        work->numbers = mvoi_allocate(context, mvoi_lapack_eigenvalue_numbers(m->n), sizeof *work->numbers);
    if (!work->integers)
        work->integers = mvoi_allocate(context, mvoi_lapack_eigenvalue_integers(m->n), sizeof *work->integers);
    if (!work->numbers || !work->integers)
        return mvoi_fail_memory(context, error, "the eigenvalues of a covariance");
    return decide(work, context, error, m, largest);
}

mvo_status mvoi_square_semidefinite(mvo_context *context, mvo_error *error, const mvoi_square *matrix, double *own)
{
    const size_t n = matrix->n;
    workspace work = { NULL, NULL, NULL, own, own ? matrix->ld : mvoi_padded(n), NULL, NULL };
    double *square = NULL;
    mvo_status status;
    if (n == 0)
        return MVO_OK;
    if (mvoi_lapack_eigenvalue_numbers(n) == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(matrix->name),
                         "%s is too large to be checked for semidefiniteness", matrix->name);
    work.variance = mvoi_allocate(context, n, sizeof *work.variance);
    work.inverse = mvoi_allocate(context, n, sizeof *work.inverse);
    work.vector = mvoi_allocate(context, n, sizeof *work.vector);
    if (!own && n <= SIZE_MAX / work.ld)
        work.square = square = mvoi_allocate(context, n * work.ld, sizeof *square);
    if (work.variance && work.inverse && work.vector && work.square)
        status = check(&work, context, error, matrix);
    else
        status = mvoi_fail_memory(context, error, "the check of a covariance");
    mvoi_release(context, work.integers);
    mvoi_release(context, work.numbers);
    mvoi_release(context, square);
    mvoi_release(context, work.vector);
    mvoi_release(context, work.inverse);
    mvoi_release(context, work.variance);
    return status;
}

int mvoi_semidefinite_room_new(mvoi_semidefinite_room *room, mvo_context *context, size_t n)
{
    const size_t numbers = mvoi_lapack_eigenvalue_numbers(n);
    if (numbers == 0 || n > SIZE_MAX / 3)
        return 0;
    room->vectors = mvoi_allocate(context, 3 * n, sizeof *room->vectors);
    room->numbers = mvoi_allocate(context, numbers, sizeof *room->numbers);
    room->integers = mvoi_allocate(context, mvoi_lapack_eigenvalue_integers(n), sizeof *room->integers);
    return room->vectors && room->numbers && room->integers;
}

void mvoi_semidefinite_room_free(mvoi_semidefinite_room *room, mvo_context *context)
{
    mvoi_release(context, room->integers);
    mvoi_release(context, room->numbers);
    mvoi_release(context, room->vectors);
}

mvo_status mvoi_square_semidefinite_within(mvoi_semidefinite_room *room, mvo_error *error, const mvoi_square *matrix,
                                           double *own)
{
    const size_t n = matrix->n;
    workspace work = { room->vectors, room->vectors + n, room->vectors + 2 * n, own, matrix->ld, room->numbers,
                       room->integers };
    return check(&work, NULL, error, matrix);
}
