/* SPDX-License-Identifier: MIT */
#include "linalg/gram.h"
#include "linalg/kernels.h"

enum {
    COLUMNS = 8, /* held in the second-level cache while all columns before them go by */
    ROWS = 1024  /* of a column at once: 8 KiB, so that it stays in the first */
};

/* The entries of the rows j0 to j0 + width of S in columns up to the diagonal: those above it are left out. */
static void fill_rows(const mvoi_kernels *kernels, size_t m, double scale, const double *X, size_t ld_X, double *S,
                      size_t ld_S, size_t j0, size_t width)
{
    double sums[COLUMNS];
    for (size_t i = 0; i < j0 + width; i++) {
        const size_t first = i > j0 ? i - j0 : 0;
        double total[COLUMNS] = { 0.0 };
        for (size_t t = 0; t < m; t += ROWS) {
            const size_t rows = m - t < ROWS ? m - t : ROWS;
            kernels->gemv_transposed(rows, width, X + j0 * ld_X + t, ld_X, X + i * ld_X + t, sums);
            for (size_t j = first; j < width; j++)
                total[j] += sums[j];
        }
        for (size_t j = first; j < width; j++)
            S[j0 + j + i * ld_S] = scale * total[j];
    }
}

void mvoi_gram(size_t m, size_t n, double scale, const double *X, size_t ld_X, double *S, size_t ld_S)
{
    const mvoi_kernels *kernels = mvoi_kernels_best();
    for (size_t j0 = 0; j0 < n; j0 += COLUMNS)
        fill_rows(kernels, m, scale, X, ld_X, S, ld_S, j0, n - j0 < COLUMNS ? n - j0 : COLUMNS);
}
