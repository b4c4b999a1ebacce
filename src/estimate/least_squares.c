/* SPDX-License-Identifier: MIT */
/* Regressions by Householder QR (Golub & Van Loan, Matrix Computations, section 5.3). */
#include "estimate/least_squares.h"
#include "linalg/lapack.h"

#include <float.h>
#include <math.h>

static const double DEPENDENT = 1e-10; /* of a column's length: what is left of it beside the columns before */

mvo_status mvoi_design_new(mvoi_design *design, mvo_context *context, mvo_error *error, size_t rows, size_t columns,
                           size_t count)
{
    mvoi_design d = { rows, columns, NULL, NULL, NULL, mvoi_lapack_qr_numbers(columns, count) };
    *design = d;
    const size_t wide = columns ? columns : 1;
    if (d.length == 0 || !mvoi_lapack_fits(rows))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(NULL),
                         "a regression of %zu by %zu numbers is too large for LAPACK", rows, columns);
    d.values = rows <= SIZE_MAX / wide ? mvoi_allocate(context, rows * columns, sizeof *d.values) : NULL;
    d.scales = mvoi_allocate(context, columns, sizeof *d.scales);
    d.numbers = mvoi_allocate(context, d.length, sizeof *d.numbers);
    *design = d;
    if (d.values && d.scales && d.numbers)
        return MVO_OK;
    mvoi_design_free(design, context);
    return mvoi_fail_memory(context, error, "a regression");
}

void mvoi_design_free(mvoi_design *design, mvo_context *context)
{
    mvoi_release(context, design->numbers);
    mvoi_release(context, design->scales);
    mvoi_release(context, design->values);
    design->values = design->scales = design->numbers = NULL;
}

double mvoi_sum_of_squares(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

int mvoi_design_decompose(size_t *dependent, mvoi_design *design)
{
    const size_t rows = design->rows, columns = design->columns;
    if (!mvoi_lapack_qr(rows, columns, design->values, rows, design->scales, design->numbers, design->length))
        return 0;
    /* A column of R has the length of the column of the design. */
    for (*dependent = 0; *dependent < columns; ++*dependent) {
        const double *column = design->values + *dependent * rows;
        if (!(fabs(column[*dependent]) > DEPENDENT * sqrt(mvoi_sum_of_squares(column, *dependent + 1))))
            return 1;
    }
    return 1;
}

int mvoi_design_solve(double *B, size_t ld, size_t count, mvoi_design *design)
{
    const size_t rows = design->rows, k = design->columns;
    if (!mvoi_lapack_qr_rotate(rows, count, k, design->values, rows, design->scales, B, ld, design->numbers,
                               design->length))
        return 0;
    for (size_t c = 0; c < count; c++) {
        double *b = B + c * ld;
        for (size_t f = k; f-- > 0;) {
            const double *column = design->values + f * rows;
            b[f] /= column[f];
            for (size_t g = 0; g < f; g++)
                b[g] -= b[f] * column[g];
        }
    }
    return 1;
}

double mvoi_centre(double *target, const double *x, size_t rows)
{
    const double base = x[0];
    double sum = 0.0, rest = 0.0;
    for (size_t t = 0; t < rows; t++)
        sum += x[t] - base;
    const double mean = base + sum / (double)rows;
    for (size_t t = 0; t < rows; t++)
        rest += x[t] - mean;
    rest /= (double)rows; /* what rounding left of the mean */
    for (size_t t = 0; t < rows; t++)
        target[t] = (x[t] - mean) - rest;
    return mean + rest;
}

int mvoi_is_constant(const double *centred, size_t rows, double mean)
{
    for (size_t t = 0; t < rows; t++)
        if (fabs(centred[t]) > 4.0 * DBL_EPSILON * fabs(mean))
            return 0;
    return 1;
}

mvo_status mvoi_check_factor_table(mvo_context *context, mvo_error *error, size_t periods, size_t n,
                                   const double *returns, size_t ld)
{
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (periods == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"), "periods is 0");
    if (!returns)
        return mvoi_fail_null(context, error, "returns");
    const mvo_status status = mvoi_check_leading(context, error, "ld", ld, "periods", periods, n);
    return status == MVO_OK ? mvoi_check_table(context, error, "returns", returns, periods, n, ld) : status;
}
