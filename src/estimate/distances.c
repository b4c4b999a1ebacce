/* SPDX-License-Identifier: MIT */
#include "estimate/distances.h"

#include "linalg/lapack.h"

#include <math.h>

#define LEAST_PIVOT 1e-12

size_t mvoi_distances_leading(size_t periods, size_t n)
{
    if (n > SIZE_MAX / 64 || periods > SIZE_MAX / 64 || periods + n > SIZE_MAX / 64 / n)
        return 0;
    return mvoi_leading_dimension(periods + n);
}

/* The Cholesky kernel takes the deviations as extra rows on top of S and leaves them divided by the factor. */
size_t mvoi_distances(double *squared, double *log_determinant, double *work, const mvoi_table *table,
                      const double *location, const double *scatter)
{
    const size_t n = table->n, periods = table->periods, ld = mvoi_distances_leading(periods, n);
    for (size_t j = 0; j < n; j++) {
        double *column = work + j * ld;
        const double *x = table->values + j * table->ld, centre = location ? location[j] : 0.0;
        for (size_t t = 0; t < periods; t++)
            column[t] = x[t] - centre;
        for (size_t i = j; i < n; i++)
            column[periods + i] = scatter[i + j * n];
    }
    const size_t done = mvoi_kernels_best()->cholesky(periods, n, work, ld, LEAST_PIVOT);
    if (done < n)
        return done;
    double log_sum = 0.0;
    for (size_t t = 0; t < periods; t++)
        squared[t] = 0.0;
    for (size_t j = 0; j < n; j++) {
        const double *column = work + j * ld;
        log_sum += 2.0 * log(column[periods + j]);
        for (size_t t = 0; t < periods; t++)
            squared[t] += column[t] * column[t];
    }
    *log_determinant = log_sum;
    return n;
}

int mvoi_weighted_moments(double *location, double *scatter, double *work, const mvoi_table *table,
                          const double *weights, const double *scatter_weights, double divisor, int keep)
{
    const size_t n = table->n, periods = table->periods, ld = mvoi_distances_leading(periods, n);
    double total = 0.0;
    for (size_t t = 0; !keep && t < periods; t++)
        total += weights[t];
    for (size_t j = 0; j < n; j++) {
        const double *x = table->values + j * table->ld;
        double *column = work + j * ld, sum = 0.0;
        if (!keep) {
            for (size_t t = 0; t < periods; t++)
                sum += weights[t] * (x[t] - x[0]); /* so that a constant column has its own value as mean */
            location[j] = x[0] + sum / total;
        }
        for (size_t t = 0; t < periods; t++)
            column[t] = sqrt(scatter_weights[t]) * (x[t] - location[j]);
    }
    return mvoi_lapack_gram(periods, n, 1.0 / divisor, work, ld, scatter, n);
}
