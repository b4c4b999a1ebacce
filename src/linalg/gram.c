/* SPDX-License-Identifier: MIT */
/*
 * X'X in tiles of four columns by two, each entry a reduction in eight lanes as kernels.h says, over ROWS rows at once:
 * what the processor's vectors are decides the speed and not the bits.
 */
#include "linalg/gram.h"
#include "linalg/kernels.h"
#include "linalg/kernels_sets.h"

#include <string.h>

enum {
    LANES = 8,
    ACROSS = 4,  /* columns i of a tile */
    DOWN = 2,    /* columns j of a tile */
    BLOCK = 16,  /* columns j that stay in the second-level cache while all columns i go by */
    ROWS = 512   /* of a column at once, so that a tile's six columns stay in the first */
};

/* What a tile is made of: `rows` rows from a on, in ACROSS columns, times those from b on, in DOWN columns. sums[i + j *
   ACROSS] is the reduction of column i of a and column j of b. */
typedef struct tile {
    size_t rows, ld;
    const double *a, *b;
    double sums[ACROSS * DOWN];
} tile;

typedef void tile_fn(tile *t);

/* ((0+4)+(2+6)) + ((1+5)+(3+7)), after the last rows, less than eight, have gone to the lanes they belong to. */
static void fold(tile *t, double lane[ACROSS * DOWN][LANES])
{
    const size_t whole = t->rows / LANES * LANES;
    for (size_t k = 0; k < ACROSS * DOWN; k++) {
        const double *a = t->a + k % ACROSS * t->ld, *b = t->b + k / ACROSS * t->ld;
        double *l = lane[k];
        for (size_t r = whole; r < t->rows; r++)
            l[r - whole] += a[r] * b[r];
        t->sums[k] = ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
    }
}

#if MVOI_HAVE_VECTORS
/* Eight lanes are one vector, or several of whatever length the processor has. */
typedef double lanes __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
#define AT(p) (*(const lanes *)(const void *)(p))

/* Four columns by one: as many sums as shorter vectors leave registers for. */
static inline __attribute__((always_inline)) void four_by_one(const tile *t, size_t j, double lane[ACROSS * DOWN][LANES])
{
    const double *a0 = t->a, *a1 = a0 + t->ld, *a2 = a1 + t->ld, *a3 = a2 + t->ld, *b = t->b + j * t->ld;
    lanes s0 = { 0.0 }, s1 = { 0.0 }, s2 = { 0.0 }, s3 = { 0.0 };
    for (size_t r = 0; r + LANES <= t->rows; r += LANES) {
        const lanes y = AT(b + r);
        s0 += AT(a0 + r) * y;
        s1 += AT(a1 + r) * y;
        s2 += AT(a2 + r) * y;
        s3 += AT(a3 + r) * y;
    }
    memcpy(lane[j * ACROSS], &s0, sizeof s0);
    memcpy(lane[j * ACROSS + 1], &s1, sizeof s1);
    memcpy(lane[j * ACROSS + 2], &s2, sizeof s2);
    memcpy(lane[j * ACROSS + 3], &s3, sizeof s3);
}

static void tile_plain(tile *t)
{
    double lane[ACROSS * DOWN][LANES];
    for (size_t j = 0; j < DOWN; j++)
        four_by_one(t, j, lane);
    fold(t, lane);
}
#else
static void tile_plain(tile *t)
{
    double lane[ACROSS * DOWN][LANES] = { { 0.0 } };
    for (size_t k = 0; k < ACROSS * DOWN; k++)
        for (size_t r = 0; r < t->rows / LANES * LANES; r++)
            lane[k][r % LANES] += t->a[r + k % ACROSS * t->ld] * t->b[r + k / ACROSS * t->ld];
    fold(t, lane);
}
#endif

#if MVOI_HAVE_X86
__attribute__((target("avx2"))) static void tile_avx2(tile *t)
{
    double lane[ACROSS * DOWN][LANES];
    for (size_t j = 0; j < DOWN; j++)
        four_by_one(t, j, lane);
    fold(t, lane);
}

__attribute__((target("avx512f"))) static void tile_avx512(tile *t)
{
    double lane[ACROSS * DOWN][LANES];
    const double *a0 = t->a, *a1 = a0 + t->ld, *a2 = a1 + t->ld, *a3 = a2 + t->ld, *b0 = t->b, *b1 = b0 + t->ld;
    lanes s[ACROSS * DOWN] = { { 0.0 } };
    for (size_t r = 0; r + LANES <= t->rows; r += LANES) {
        lanes y0 = AT(b0 + r), y1 = AT(b1 + r), x0 = AT(a0 + r), x1 = AT(a1 + r), x2 = AT(a2 + r), x3 = AT(a3 + r);
        /* Each is read once: one load a cycle is what there is, and multiplications that read would make it ten. */
        __asm__("" : "+v"(x0), "+v"(x1), "+v"(x2), "+v"(x3), "+v"(y0), "+v"(y1));
        s[0] += x0 * y0;
        s[1] += x1 * y0;
        s[2] += x2 * y0;
        s[3] += x3 * y0;
        s[4] += x0 * y1;
        s[5] += x1 * y1;
        s[6] += x2 * y1;
        s[7] += x3 * y1;
    }
    memcpy(lane, s, sizeof s);
    fold(t, lane);
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

/* The table, what it is multiplied to, and the rows at work. */
typedef struct work {
    const double *X;
    size_t n, ld_X, begin, rows;
    double *S;
    size_t ld_S;
    tile_fn *multiply;
    const mvoi_kernels *kernels;
} work;

/* One entry of the lower triangle receives the sum over the rows at work. */
static void add(const work *w, size_t i, size_t j, double sum)
{
    double *entry = &w->S[j + i * w->ld_S];
    if (j >= i)
        *entry = w->begin == 0 ? sum : *entry + sum;
}

/* Columns i0 to i0 + ACROSS and j0 to j0 + DOWN, those that there are. */
static void add_tile(const work *w, size_t i0, size_t j0)
{
    tile t = { .rows = w->rows, .ld = w->ld_X, .a = w->X + i0 * w->ld_X + w->begin, .b = w->X + j0 * w->ld_X + w->begin };
    if (i0 + ACROSS <= w->n && j0 + DOWN <= w->n) {
        w->multiply(&t);
        for (size_t k = 0; k < ACROSS * DOWN; k++)
            add(w, i0 + k % ACROSS, j0 + k / ACROSS, t.sums[k]);
        return;
    }
    for (size_t j = 0; j < DOWN && j0 + j < w->n; j++)
        for (size_t i = 0; i < ACROSS && i0 + i < w->n; i++)
            add(w, i0 + i, j0 + j, w->kernels->dot(w->rows, t.a + i * w->ld_X, t.b + j * w->ld_X));
}

void mvoi_gram(size_t m, size_t n, double scale, const double *X, size_t ld_X, double *S, size_t ld_S)
{
    work w = { X, n, ld_X, 0, 0, S, ld_S, best_tile(), mvoi_kernels_best() };
    for (; w.begin < m; w.begin += ROWS) {
        w.rows = m - w.begin < ROWS ? m - w.begin : ROWS;
        for (size_t block = 0; block < n; block += BLOCK)
            for (size_t i = 0; i < n && i < block + BLOCK; i += ACROSS)
                for (size_t j = block; j < n && j < block + BLOCK; j += DOWN)
                    if (j + DOWN > i) /* otherwise all of it lies above the diagonal */
                        add_tile(&w, i, j);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            S[j + i * ld_S] = m > 0 ? S[j + i * ld_S] * scale : 0.0;
}
