/* SPDX-License-Identifier: MIT */
/* Squared distances in tiles of four columns by one, each sum in eight lanes as kernels.h says (compare gram.c). */
#include "linalg/spread.h"

#include "linalg/kernels.h"
#include "linalg/kernels_sets.h"

#include <string.h>

enum {
    LANES = 8,
    ACROSS = 4, /* columns at once */
    BLOCK = 16  /* columns that stay in the cache while all others go by */
};

/* ACROSS columns from a on against column b; `rows` is a multiple of LANES. */
typedef void tile_fn(size_t rows, size_t ld, const double *a, const double *b, double lane[ACROSS][LANES]);

#if MVOI_HAVE_VECTORS
typedef double lanes __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
#define AT(p) (*(const lanes *)(const void *)(p))

static inline __attribute__((always_inline)) void tile(size_t rows, size_t ld, const double *a, const double *b,
                                                       double lane[ACROSS][LANES])
{
    lanes s0 = { 0.0 }, s1 = { 0.0 }, s2 = { 0.0 }, s3 = { 0.0 };
    for (size_t r = 0; r < rows; r += LANES) {
        const lanes y = AT(b + r);
        const lanes d0 = AT(a + r) - y, d1 = AT(a + ld + r) - y, d2 = AT(a + 2 * ld + r) - y, d3 = AT(a + 3 * ld + r) - y;
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
    }
    memcpy(lane[0], &s0, sizeof s0);
    memcpy(lane[1], &s1, sizeof s1);
    memcpy(lane[2], &s2, sizeof s2);
    memcpy(lane[3], &s3, sizeof s3);
}

static void tile_plain(size_t rows, size_t ld, const double *a, const double *b, double lane[ACROSS][LANES])
{
    tile(rows, ld, a, b, lane);
}
#else
static void tile_plain(size_t rows, size_t ld, const double *a, const double *b, double lane[ACROSS][LANES])
{
    memset(lane, 0, ACROSS * sizeof *lane);
    for (size_t k = 0; k < ACROSS; k++)
        for (size_t r = 0; r < rows; r++) {
            const double d = a[r + k * ld] - b[r];
            lane[k][r % LANES] += d * d;
        }
}
#endif

#if MVOI_HAVE_X86
__attribute__((target("avx2"))) static void tile_avx2(size_t rows, size_t ld, const double *a, const double *b,
                                                      double lane[ACROSS][LANES])
{
    tile(rows, ld, a, b, lane);
}

__attribute__((target("avx512f"))) static void tile_avx512(size_t rows, size_t ld, const double *a, const double *b,
                                                           double lane[ACROSS][LANES])
{
    tile(rows, ld, a, b, lane);
}
#endif

static tile_fn *best_tile(void)
{
#if MVOI_HAVE_X86
    const mvoi_kernels *best = mvoi_kernels_best();
    if (best == &mvoi_kernels_avx512)
        return tile_avx512;
    if (best == &mvoi_kernels_avx2)
        return tile_avx2;
#endif
    return tile_plain;
}

/* The sum of lanes, with the rows beyond the last eight, in the kernels' order. */
static double fold(double lane[LANES], size_t from, size_t m, const double *a, const double *b)
{
    for (size_t r = from; r < m; r++) {
        const double d = a[r] - b[r];
        lane[r - from] += d * d;
    }
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Columns i0 to i0 + ACROSS, those that there are, against column j. */
static void measure(size_t m, size_t n, const double *X, size_t ld, double *S, size_t ld_S, size_t i0, size_t j, tile_fn *best)
{
    const size_t whole = m / LANES * LANES, count = n - i0 < ACROSS ? n - i0 : ACROSS;
    double lane[ACROSS][LANES] = { { 0.0 } };
    if (count == ACROSS)
        best(whole, ld, X + i0 * ld, X + j * ld, lane);
    for (size_t k = 0; k < count; k++) {
        const double *a = X + (i0 + k) * ld, *b = X + j * ld;
        for (size_t r = 0; count < ACROSS && r < whole; r++) {
            const double d = a[r] - b[r];
            lane[k][r % LANES] += d * d;
        }
        S[i0 + k + j * ld_S] = S[j + (i0 + k) * ld_S] = fold(lane[k], whole, m, a, b);
    }
}

void mvoi_squared_distances(size_t m, size_t n, const double *X, size_t ld_X, double *S, size_t ld_S)
{
    tile_fn *best = best_tile();
    for (size_t block = 0; block < n; block += BLOCK)
        for (size_t i = block / ACROSS * ACROSS; i < n; i += ACROSS)
            for (size_t j = block; j < n && j < block + BLOCK && j < i + ACROSS; j++)
                measure(m, n, X, ld_X, S, ld_S, i, j, best);
}
