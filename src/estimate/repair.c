/* SPDX-License-Identifier: MIT */
/* The parts that the repairs of a correlation matrix have in common. */
#include "estimate/repair.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

static const double SYMMETRY = 1e-10;
static const double UNIT = 1e-10;

mvo_status mvoi_spectrum_new(mvoi_spectrum *spectrum, mvo_context *context, mvo_error *error, size_t n)
{
    const size_t numbers = mvoi_lapack_eigen_numbers(n);
    mvoi_spectrum s = { n, NULL, NULL, NULL, NULL };
    *spectrum = s;
    if (numbers == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"),
                         "n is %zu, too large for an eigenvalue decomposition", n);
    s.vectors = mvoi_allocate(context, n * n, sizeof *s.vectors);
    s.values = mvoi_allocate(context, n, sizeof *s.values);
    s.numbers = mvoi_allocate(context, numbers, sizeof *s.numbers);
    s.integers = mvoi_allocate(context, mvoi_lapack_eigen_integers(n), sizeof *s.integers);
    if (!s.vectors || !s.values || !s.numbers || !s.integers) {
        mvoi_spectrum_free(&s, context);
        return mvoi_fail_memory(context, error, "an eigenvalue decomposition");
    }
    *spectrum = s;
    return MVO_OK;
}

void mvoi_spectrum_free(mvoi_spectrum *spectrum, mvo_context *context)
{
    mvoi_release(context, spectrum->integers);
    mvoi_release(context, spectrum->numbers);
    mvoi_release(context, spectrum->values);
    mvoi_release(context, spectrum->vectors);
    *spectrum = (mvoi_spectrum){ 0, NULL, NULL, NULL, NULL };
}

mvo_status mvoi_spectrum_compute(mvoi_spectrum *spectrum, mvo_context *context, mvo_error *error)
{
    const size_t n = spectrum->n;
    if (mvoi_lapack_eigen(n, spectrum->vectors, n, spectrum->values, spectrum->numbers, spectrum->integers))
        return MVO_OK;
    return mvoi_fail(context, error, MVO_ERROR_INTERNAL, MVOI_DETAIL(NULL), "an eigenvalue decomposition failed");
}

size_t mvoi_spectrum_negative(const mvoi_spectrum *spectrum)
{
    size_t count = 0;
    while (count < spectrum->n && !(spectrum->values[count] > 0.0))
        count++;
    return count;
}

void mvoi_spectrum_positive_part(double *X, const mvoi_spectrum *spectrum, const double *C, double *room)
{
    const size_t n = spectrum->n;
    const size_t negative = mvoi_spectrum_negative(spectrum);
    const int few = negative <= n / 2; /* X = C + sum of |lambda| v v' over the others */
    const size_t first = few ? 0 : negative;
    const size_t count = few ? negative : n - negative;
    for (size_t k = 0; k < count; k++) {
        const double scale = sqrt(fabs(spectrum->values[first + k]));
        const double *vector = spectrum->vectors + (first + k) * n;
        for (size_t i = 0; i < n; i++)
            room[i + k * n] = scale * vector[i];
    }
    if (few && X != C)
        memcpy(X, C, n * n * sizeof *X);
    if (count)
        mvoi_lapack_multiply(0, 1, n, n, count, 1.0, room, n, room, n, few ? 1.0 : 0.0, X, n);
    else if (!few)
        memset(X, 0, n * n * sizeof *X);
    for (size_t j = 0; j < n; j++) /* both triangles to the bit */
        for (size_t i = j + 1; i < n; i++)
            X[j + i * n] = X[i + j * n];
}

mvo_status mvoi_repair_check(mvo_context *context, mvo_error *error, const double *correlation, size_t ld_correlation,
                             const mvoi_square *given, double floor)
{
    if (!correlation)
        return mvoi_fail_null(context, error, "correlation");
    if (given->n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (!given->values)
        return mvoi_fail_null(context, error, "given");
    mvo_status status = mvoi_check_leading(context, error, "ld_correlation", ld_correlation, "n", given->n, given->n);
    if (status == MVO_OK)
        status = mvoi_check_leading(context, error, "ld_given", given->ld, "n", given->n, given->n);
    if (status == MVO_OK)
        status = mvoi_check_between(context, error, "floor", floor, 0.0, 1.0);
    const mvoi_detail detail = { "floor", -1, -1, floor, 1.0 };
    if (status == MVO_OK && floor >= 1.0)
        status =
            mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                      "floor is %g, but of ones on the diagonal only the identity has no smaller eigenvalue", floor);
    return status;
}

mvo_status mvoi_repair_take(double *target, mvo_context *context, mvo_error *error, const mvoi_square *given, int units)
{
    const size_t n = given->n;
    const double *a = given->values;
    const mvo_status status = mvoi_check_table(context, error, given->name, a, n, n, given->ld);
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            const double lower = a[i + j * given->ld], upper = a[j + i * given->ld];
            const mvoi_detail detail = { given->name, (int64_t)i, (int64_t)j, lower, i == j ? 1.0 : upper };
            if (fabs(lower - upper) > SYMMETRY * fmax(1.0, fabs(lower)))
                return mvoi_fail(context, error, MVO_ERROR_NOT_SYMMETRIC, detail,
                                 "%s is not symmetric: %s[%zu, %zu] = %.17g, %s[%zu, %zu] = %.17g", given->name,
                                 given->name, i, j, lower, given->name, j, i, upper);
            if (units && i == j && !(fabs(lower - 1.0) <= UNIT))
                return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu, %zu] is %.17g, not 1",
                                 given->name, i, i, lower);
            target[i + j * n] = lower;
            target[j + i * n] = lower;
        }
    for (size_t i = 0; i < n; i++)
        target[i + i * n] = 1.0;
    return MVO_OK;
}

void mvoi_repair_unit_diagonal(double *X, size_t n, double floor)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++) {
            const double scale = sqrt(X[i + i * n]) * sqrt(X[j + j * n]);
            const double value = scale > 0.0 ? (1.0 - floor) * (X[i + j * n] / scale) : 0.0;
            X[i + j * n] = fmin(1.0, fmax(-1.0, value));
            X[j + i * n] = X[i + j * n];
        }
    for (size_t i = 0; i < n; i++)
        X[i + i * n] = 1.0;
}

void mvoi_repair_give(double *correlation, size_t ld_correlation, double *distance, const double *X,
                      const double *given, size_t n)
{
    double largest = 0.0;
    for (size_t i = 0; i < n * n; i++)
        largest = fmax(largest, fabs(X[i] - given[i]));
    double sum = 0.0; /* of squares beside the largest, so that none overflows */
    for (size_t i = 0; largest > 0.0 && i < n * n; i++)
        sum += ((X[i] - given[i]) / largest) * ((X[i] - given[i]) / largest);
    if (distance)
        *distance = largest * sqrt(sum);
    for (size_t j = 0; j < n; j++)
        memcpy(correlation + j * ld_correlation, X + j * n, n * sizeof *X);
}
