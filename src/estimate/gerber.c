/* SPDX-License-Identifier: MIT */
/* Co-movements counted instead of multiplied: the Gerber statistic. */
#include "estimate/estimate.h"
#include "linalg/gram.h"

#include <math.h>

/* One column in place of its demeaned returns: its volatility, and +1, -1 or 0 where a return rises above the
   threshold, falls below minus the threshold, or does neither. Returns the volatility. */
static double count_moves(double *column, const double *returns, size_t periods, double divisor, double threshold)
{
    double largest = 0.0, sum = 0.0;
    for (size_t t = 0; t < periods; t++)
        largest = fmax(largest, fabs(column[t]));
    for (size_t t = 0; largest > 0.0 && t < periods; t++) {
        const double x = column[t] / largest;
        sum += x * x;
    }
    const double volatility = largest * sqrt(sum / divisor);
    const double limit = threshold * volatility;
    for (size_t t = 0; t < periods; t++)
        column[t] = volatility == 0.0 ? 0.0 : returns[t] >= limit ? 1.0 : returns[t] <= -limit ? -1.0 : 0.0;
    return volatility;
}

/*
 * (concordant - discordant) / (T - neither moved), both counted by products of the table of moves and of its absolute
 * values; T - neither = moves of i + moves of j - both. Semidefinite: the numerator is a product of a table with itself,
 * and 1 / (T - x) a power series in x with positive coefficients, of a table of counts that is semidefinite, too.
 */
static void divide(double *moves, size_t ld, const double *both, size_t n, const double *volatilities)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++) {
            double *entry = &moves[i + j * ld];
            const double either = both[i + i * n] + both[j + j * n] - both[i + j * n];
            *entry = either > 0.0 ? *entry / either * volatilities[i] * volatilities[j] : 0.0;
        }
    for (size_t i = 0; i < n; i++)
        moves[i + i * ld] = volatilities[i] * volatilities[i];
}

static void fill(double *matrix, double *both, double *table, const double *volatilities, size_t periods, size_t n)
{
    const size_t ld = mvoi_padded(n);
    mvoi_gram(periods, n, 1.0, table, periods, matrix, ld);
    for (size_t i = 0; i < periods * n; i++)
        table[i] = fabs(table[i]);
    mvoi_gram(periods, n, 1.0, table, periods, both, n);
    divide(matrix, ld, both, n, volatilities);
}

static mvo_status estimate(mvo_covariance **covariance, mvo_context *context, double *table, size_t periods, size_t n,
                           const double *volatilities, mvo_error *error)
{
    const size_t ld = mvoi_padded(n);
    const int addressable = n <= SIZE_MAX / ld;
    double *matrix = addressable ? mvoi_allocate(context, n * ld, sizeof *matrix) : NULL;
    double *both = addressable ? mvoi_allocate(context, n * n, sizeof *both) : NULL;
    const int there = matrix && both;
    if (there)
        fill(matrix, both, table, volatilities, periods, n);
    mvoi_release(context, both);
    if (!there) {
        mvoi_release(context, matrix);
        return mvoi_fail_memory(context, error, "a Gerber covariance");
    }
    return mvoi_covariance_new_lower(covariance, context, n, matrix, n, error);
}

mvo_status mvo_covariance_new_gerber(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                     const double *returns, size_t ld, size_t ddof, double threshold, mvo_error *error)
{
    double *table = NULL, *volatilities = NULL;
    const mvoi_detail detail = { "threshold", -1, -1, threshold, 1.0 };
    if (isnan(threshold))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "threshold is nan");
    if (!(threshold > 0.0 && threshold <= 1.0))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "threshold is %g, outside (0, 1]", threshold);
    mvo_status status = mvoi_estimate_table(&table, covariance, context, periods, n, returns, ld, ddof, error);
    if (status != MVO_OK)
        return status;
    volatilities = mvoi_allocate(context, n, sizeof *volatilities);
    if (!volatilities) {
        mvoi_release(context, table);
        return mvoi_fail_memory(context, error, "a Gerber covariance");
    }
    for (size_t j = 0; j < n; j++)
        volatilities[j] =
            count_moves(table + j * periods, returns + j * ld, periods, (double)(periods - ddof), threshold);
    status = estimate(covariance, context, table, periods, n, volatilities, error);
    mvoi_release(context, volatilities);
    mvoi_release(context, table);
    return status;
}
