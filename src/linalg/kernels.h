/* SPDX-License-Identifier: MIT */
/*
 * The engine's own kernels. Compiled once per instruction set, chosen once when a solver is made, and giving the
 * same bits at every width: where lanes run over outputs each output receives its terms in ascending order; where a
 * sum is a reduction it runs in eight logical lanes (term i goes to lane i mod 8) that are added up as
 * ((0+4)+(2+6)) + ((1+5)+(3+7)). Only + - * / and sqrt; no fused multiply-add, whatever the compiler would like.
 *
 * Matrices are column-major. Nothing here needs alignment; 64-byte aligned columns are fastest, and a leading
 * dimension from mvoi_leading_dimension() keeps them apart in the cache. Outputs never overlap inputs unless a comment
 * says so. n = 0 is allowed everywhere.
 */
#ifndef MVO_LINALG_KERNELS_H
#define MVO_LINALG_KERNELS_H

#include "linalg/exact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What settle() reads: n numbers each, and a factor. */
typedef struct mvoi_separable {
    const double *c, *b, *inverse, *lower, *upper;
    double t;
} mvoi_separable;

/* What settle_bent() reads of weights whose linear term rises once, by jump >= 0 at `at`; c receives it where they stand. */
typedef struct mvoi_bend {
    const double *at, *jump;
    double *c;
} mvoi_bend;

/* What settle() lists: room for n each. `before` is its own; zeros to begin with. */
typedef struct mvoi_places {
    int32_t *free, *resting;
    size_t free_count, resting_count;
    uint16_t *before;
} mvoi_places;

typedef struct mvoi_kernels {
    const char *name; /* "sse2", "avx2", "avx512", "portable" */

    /* sum of x[i] y[i] */
    double (*dot)(size_t n, const double *x, const double *y);

    /* high + low += sum of x[i] (y[i] + y_low[i]) in twice the precision, y_low being rounding of y (see sweep_compensated()) */
    void (*dot_compensated)(size_t n, const double *x, const double *y, const double *y_low, double *high, double *low);

    /* y += a x */
    void (*axpy)(size_t n, double a, const double *x, double *y);

    /* y += M x, M m-by-n; each y[i] receives its terms in ascending column order */
    void (*gemv)(size_t m, size_t n, const double *M, size_t ld, const double *x, double *y);

    /* y[j] = sum_i M[i, j] x[i], j < n (reductions of length m) */
    void (*gemv_transposed)(size_t m, size_t n, const double *M, size_t ld, const double *x, double *y);

    /* y += sum_k x[k] M[:, columns[k]], k < count: the sweep over the columns of the free weights */
    void (*sweep)(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x,
                  double *y);

    /* the same for two vectors in one pass over M: y0 += ... x0[k], y1 += ... x1[k] */
    void (*sweep2)(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x0,
                   const double *x1, double *y0, double *y1);

    /* high + low += sum_k x[k] M[:, columns[k]] in twice the precision: exact products (Dekker/Veltkamp or an FMA, same
       bits) and compensated sums; high + low is the unevaluated result. The same bits hold while no x[k] M[i, j] is
       below 2^-968 but zero, and no factor above 2^995. */
    void (*sweep_compensated)(size_t m, size_t count, const double *M, size_t ld, const int32_t *columns,
                              const double *x, double *high, double *low);

    /* M[:, j] += p[j] x, M m-by-n (x has m, p has n) */
    void (*rank1)(size_t m, size_t n, double *M, size_t ld, const double *x, const double *p);

    /* M[:, j] += p[j] x + q[j] y in one pass; each element as (M + p x) + q y */
    void (*rank2)(size_t m, size_t n, double *M, size_t ld, const double *x, const double *p, const double *y,
                  const double *q);

    /*
     * Cholesky with extra rows on top. M has extra + n rows and n columns; its first `extra` rows hold a matrix E
     * (extra-by-n), the n rows below the lower triangle of a symmetric S. In place: the triangle becomes L with
     * S = L L', the top becomes E L^-T. A pivot is accepted if it exceeds `tolerance` times the original diagonal
     * entry and is not denormal. The upper triangle is neither used nor changed. Returns n, or the index of the first
     * refused pivot (columns before it are final).
     */
    size_t (*cholesky)(size_t extra, size_t n, double *M, size_t ld, double tolerance);

    /* Solves L x = b (lower triangle of the n-by-n L), x in place of b */
    void (*solve_lower)(size_t n, const double *L, size_t ld, double *x);

    /* Solves L' x = b, x in place of b */
    void (*solve_lower_transposed)(size_t n, const double *L, size_t ld, double *x);

    /*
     * Deletes row and column p of S from a factorisation as made by cholesky(), extra rows included: columns after p
     * move one to the left, rows of the triangle after p one up, and the triangle is made whole again by rotations,
     * which are applied to the extra rows too. Afterwards the order is n - 1; the last column holds leftovers.
     */
    void (*cholesky_delete)(size_t extra, size_t n, double *M, size_t ld, size_t p);

    /* Indices of the nonzero entries of x, ascending, into `found`; returns how many */
    size_t (*nonzero)(size_t n, const double *x, int32_t *found);

    /* max |x[i]|, NaN aside; 0 for none */
    double (*largest)(size_t n, const double *x);

    /* The least i >= from at which rate > slow and -sign[i] q[i] < bound rate, with rate = (direction dq[i]) sign[i]; n if
       there is none: the ratio test of multipliers that may have one sign only (or, sign 0, any) */
    size_t (*ending)(size_t from, size_t n, const double *q, const double *dq, const double *sign, double direction,
                     double bound, double slow);

    /* Whether 0 < upper[i] - lower[i] < infinity for all i */
    bool (*ordinary_limits)(size_t n, const double *lower, const double *upper);

    /* Whether lower[i] < upper[i] for all i */
    bool (*limits_apart)(size_t n, const double *lower, const double *upper);

    /* z + rest = given + given_low + c + sum_k x[k] M[:, columns[k]], summed as by sweep_compensated(), z its rounding;
       given_low may be NULL for zeros. most[0] becomes the largest of |given|, |c| and |(given + c) - z|, most[1] the
       largest |rest|. */
    void (*gradient)(size_t n, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x,
                     const double *given, const double *given_low, const double *c, double *z, double *rest,
                     double most[2]);

    /* Lists the weights that do not lie, held (side != 0), at the very limit that the sign of z belongs to (any of the
       two where z = 0); returns how many. */
    size_t (*irregular)(size_t n, const int32_t *side, const double *w, const double *lower, const double *upper,
                        const double *z, int32_t *found);

    /* z = (c + sum_k x[k] M[:, columns[k]]) + product, terms in ascending order; lists where not sign z <= 0 and returns
       how many. */
    size_t (*price)(size_t n, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x,
                    const double *c, const double *product, const double *sign, double *z, int32_t *found);

    /*
     * Where the weights of a separable problem belong: h = -(c + t b) + sum_k x[k] M[:, columns[k]], w = h inverse put
     * within its limits, mask = inverse where w is free of them and zero elsewhere. `places` lists the free weights and
     * those that are neither free nor zero; returns how many came to a list or left one.
     */
    size_t (*settle)(size_t n, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x,
                   const mvoi_separable *problem, double *h, double *w, double *mask, mvoi_places *places);

    /* The same where the linear term bends: a weight also rests on `at`. h is that left of the bend; a weight whose
       bend->c has become another counts as moved too. */
    size_t (*settle_bent)(size_t n, size_t count, const double *M, size_t ld, const int32_t *columns, const double *x,
                          const mvoi_separable *problem, const mvoi_bend *bend, double *h, double *w, double *mask,
                          mvoi_places *places);

    /* Of the i with |rate[i]| > nothing margin[i] that can move the way sign[i] leaves open (1: down, -1: up, 0: not at all), the
       first for which move (z[i] + 1/2 move diagonal[i]) is least, move = lack / rate[i]; n if there is none, or none below
       infinity. */
    size_t (*cheapest)(size_t n, const double *rate, const double *sign, const double *z, const double *diagonal,
                       const double *margin, double nothing, double lack);

    /* For each weight that begins at its lower limit, the nearer to zero of the two, and on its way to the upper one brings a part of what
       a row lacks: rate = lack / row, and base = 1/2 (upper - lower) diagonal, plus linear unless that is NULL. Rate is 0 for others.
       Returns how many there are; brings[0] becomes the least part that one brings, brings[1] the largest. */
    size_t (*rises)(size_t n, const double *lower, const double *upper, const double *row, double lack, const double *diagonal,
                    const double *linear, double *base, double *rate, double brings[2]);

    /* y += a x, unless x is NULL; then, of the i with rate[i] > 0, the first for which (y[i] + base[i]) rate[i] is least; n if there is
       none, or none below infinity. */
    size_t (*cheapest_after)(size_t n, double a, const double *x, double *y, const double *base, const double *rate);

    /* G[i, j] = sum_k (weight[k] M[i, k]) M[j, k], k < count ascending, i >= j, M m-by-count; weight may be NULL for
       ones. What is above the diagonal of G is left undefined. */
    void (*gram)(size_t m, size_t count, const double *M, size_t ld, const double *weight, double *G, size_t ld_gram);

    /* y = own[i] outside[i] + sum_k x[k] M[i, k], k < count; rows is a multiple of 8, and so for the next two */
    void (*respond)(size_t rows, size_t count, const double *M, size_t ld, const double *x, const double *own,
                    const double *outside, double *y);

    /* M[:, k] += p[k] x, k < count, and, unless it is NULL, own = scale x */
    void (*exchange)(size_t rows, size_t count, double *M, size_t ld, const double *x, const double *p, double scale,
                     double *own);

    /* The first i at which weight[i] max(low[i] - value[i], value[i] - high[i]) is largest of all, if that is more than
       least >= 0; `rows` if not. `excess` receives them. */
    size_t (*worst)(size_t rows, const double *value, const double *low, const double *high, const double *weight,
                    double least, double *excess);

    /* For the critical line, along which numbers fall by `rate` a step; rows is a multiple of 8 but where it says otherwise. */

    /* Which of x is the first to reach its limit, low where it falls and high where it rises (rate < 0), in a step of less than
       *step, which becomes it; the first of several, `rows` if there is none. One beyond its limit reaches it in no step. */
    size_t (*first_limit)(size_t rows, const double *x, const double *rate, const double *low, const double *high, double *step);

    /* The same for what is to stay at or above zero where sign is -1, at or below where it is 1, and anywhere where it is 0 */
    size_t (*first_zero)(size_t rows, const double *z, const double *rate, const double *sign, double *step);

    /* Lists the i with -sign[i] z[i] < allowed margin[i], z being z[i] or what it is after a step, z[i] + step rate[i]; returns how
       many. `found` has room for rows and one more. */
    size_t (*within)(size_t rows, const double *z, const double *rate, const double *sign, double step, const double *margin,
                     double allowed, int32_t *found);

    /* y = own[i] times x put within its limits; returns the sum of a[i] y[i] */
    double (*arrive)(size_t rows, const double *x, const double *low, const double *high, const double *own, const double *a,
                     double *y);

    /* x'M x, x[count] and beyond being zero */
    double (*form)(size_t rows, size_t count, const double *M, size_t ld, const double *x);

    /* y = from + sum_k x[k] columns[k], k < count, for any number of rows; `from`, which may be y, and y have room for the next
       multiple of 8, which is written too. */
    void (*combine)(size_t rows, size_t count, const double *const *columns, const double *x, const double *from, double *y);

    /* y = t a + b + c - sum_k x[k] M[:, k], summed as by sweep_compensated() */
    void (*residual)(size_t rows, size_t count, const double *M, size_t ld, const double *x, double t, const double *a,
                     const double *b, const double *c, double *y);
} mvoi_kernels;

/* The least leading dimension of at least `rows` that is an odd multiple of 8: columns begin at the same place of a
   cache line, and no two neighbours compete for the same lines, as they do when the columns are 4096 bytes apart. */
static inline size_t mvoi_leading_dimension(size_t rows)
{
    return ((rows + 7) / 8 | 1) * 8;
}

/* The best set this processor runs. Never NULL; a pointer to static data. */
const mvoi_kernels *mvoi_kernels_best(void);

/* Set number `i` of those compiled in and runnable here, from plainest to widest; NULL beyond the last. For tests. */
const mvoi_kernels *mvoi_kernels_at(size_t i);

#endif
