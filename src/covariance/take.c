/* SPDX-License-Identifier: MIT */
/*
 * Taking a symmetric matrix over: copy, mirror, search for NaN and test of symmetry in one pass over memory, tile by
 * tile, because this is what making a handle costs. The pass only learns whether anything is wrong; what it is, is
 * looked up afterwards, element by element.
 */
#include "covariance/make.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) && defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    TILE = 8,          /* numbers in one line of cache */
    BLOCK = 256,       /* rows and columns worked on at once, so that few pages are in use at a time */
    STREAMED = 1 << 17 /* numbers (1 MiB) from which on a copy is written past the cache */
};

static const double SYMMETRY = 1e-10; /* of sqrt(Sigma_ii Sigma_jj) */
static const double ROUNDING = 1e-14; /* times n, of sqrt(largest variance times Sigma_jj): a zero row's rounding */

typedef struct pass {
    const mvoi_square *matrix;
    double *target; /* or NULL */
    size_t ld_target;
    const double *allowance; /* sqrt(1e-10 Sigma_ii), or NULL where symmetry is not looked at */
    int finite;              /* whether to look for NaN */
    int streamed;            /* whether to write past the cache: the target's columns begin at lines of it */
} pass;

/* Any tile: of any size, on the diagonal too. Returns whether all is well. */
static int take_small_tile(const pass *p, size_t i0, size_t j0, size_t rows, size_t columns)
{
    const double *a = p->matrix->values;
    const size_t ld = p->matrix->ld;
    int well = 1;
    for (size_t j = j0; j < j0 + columns; j++)
        for (size_t i = i0 > j ? i0 : j; i < i0 + rows; i++) {
            const double lower = a[i + j * ld];
            if (p->finite || p->allowance) {
                const double upper = a[j + i * ld];
                const double apart = fabs(lower - upper);
                if (p->finite)
                    well &= (lower - lower) + (upper - upper) == 0.0;
                if (p->allowance && i != j)
                    well &= p->target ? apart <= p->allowance[i] * p->allowance[j] : apart == 0.0;
            }
            if (p->target) {
                p->target[i + j * p->ld_target] = lower;
                p->target[j + i * p->ld_target] = lower;
            }
        }
    return well;
}

/* Two numbers at once, on any processor: compilers other than these take the way above for every tile. */
#if defined(__GNUC__)
typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_mask __attribute__((vector_size(16)));

/* The short loops over a tile, written out. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 4")
#endif

static inline pair load(const double *from)
{
    pair value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void store(double *to, pair value)
{
    memcpy(to, &value, sizeof value);
}

/* Writes past the cache where the processor can: lines written whole need not be read first. */
static inline void put(double *to, pair value, int streamed)
{
#if defined(__SSE2__)
    if (streamed)
        _mm_stream_pd(to, (__m128d)value);
    else
        store(to, value);
#else
    (void)streamed;
    store(to, value);
#endif
}

/* Until here what was streamed may reach other processors later than what follows it. */
static void end_streaming(void)
{
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

/* Two rows by two columns of the lower triangle at `from`, transposed. */
static inline void transpose(pair turned[2], const double *from, size_t ld)
{
    const pair left = load(from);
    const pair right = load(from + ld);
    turned[0] = (pair){ left[0], right[0] };
    turned[1] = (pair){ left[1], right[1] };
}

/* Whether a full tile below the diagonal and its counterpart above are well. Called with constants for the last two. */
static inline int check_pairs(const pass *p, size_t i0, size_t j0, int copy, int symmetric)
{
    const size_t ld = p->matrix->ld;
    const double *lower = p->matrix->values + i0 + j0 * ld;
    const double *upper = p->matrix->values + j0 + i0 * ld;
    pair seen = { 0.0, 0.0 };
    pair_mask well = { -1, -1 };
    for (size_t i = 0; i < TILE; i += 2)
        UNROLL for (size_t j = 0; j < TILE; j += 2)
        {
            pair turned[2];
            transpose(turned, lower + i + j * ld, ld);
            /* A difference that is NaN is not within what is allowed. Borrowed memory is allowed nothing. */
            const pair allowed = symmetric && copy ? load(p->allowance + j0 + j) : (pair){ 0.0, 0.0 };
            UNROLL for (size_t row = 0; row < 2; row++)
            {
                const pair across = load(upper + j + (i + row) * ld);
                if (symmetric) {
                    const pair most = allowed * (copy ? p->allowance[i0 + i + row] : 0.0);
                    const pair apart = turned[row] - across;
                    well &= (apart <= most) & (-apart <= most);
                } else {
                    seen += (turned[row] - turned[row]) + (across - across);
                }
            }
        }
    return (well[0] & well[1]) != 0 && seen[0] + seen[1] == 0.0;
}

/* A full tile below the diagonal into both triangles of the target, one line after the other. */
static inline void copy_pairs(const pass *p, size_t i0, size_t j0, int streamed)
{
    const size_t ld = p->matrix->ld;
    const size_t ld_target = p->ld_target;
    const double *from = p->matrix->values + i0 + j0 * ld;
    double *lower = p->target + i0 + j0 * ld_target;
    double *upper = p->target + j0 + i0 * ld_target;
    for (size_t j = 0; from != lower && j < TILE; j++)
        UNROLL for (size_t i = 0; i < TILE; i += 2) put(lower + i + j * ld_target, load(from + i + j * ld), streamed);
    for (size_t i = 0; i < TILE; i += 2)
        UNROLL for (size_t row = 0; row < 2; row++) UNROLL for (size_t j = 0; j < TILE; j += 2)
        {
            pair turned[2];
            transpose(turned, from + i + j * ld, ld);
            put(upper + j + (i + row) * ld_target, turned[row], streamed);
        }
}

static int take_tile(const pass *p, size_t i0, size_t j0)
{
    int well = 1;
    if (p->allowance)
        well = p->target ? check_pairs(p, i0, j0, 1, 1) : check_pairs(p, i0, j0, 0, 1);
    else if (p->finite)
        well = check_pairs(p, i0, j0, 1, 0);
    if (p->target && p->streamed)
        copy_pairs(p, i0, j0, 1);
    else if (p->target)
        copy_pairs(p, i0, j0, 0);
    return well;
}
#else

static int take_tile(const pass *p, size_t i0, size_t j0)
{
    return take_small_tile(p, i0, j0, TILE, TILE);
}

static void end_streaming(void)
{
}
#endif

/* Rows i0 .. and columns j0 .. of the lower triangle, with their counterparts in the upper one. */
static int take_block(const pass *p, size_t i0, size_t j0, size_t rows, size_t columns)
{
    int well = 1;
    for (size_t j = 0; j < columns; j += TILE)
        for (size_t i = i0 == j0 ? j : 0; i < rows; i += TILE) {
            const size_t wide = columns - j < TILE ? columns - j : TILE;
            const size_t high = rows - i < TILE ? rows - i : TILE;
            if (i0 + i > j0 + j && high == TILE && wide == TILE)
                well &= take_tile(p, i0 + i, j0 + j);
            else
                well &= take_small_tile(p, i0 + i, j0 + j, high, wide);
        }
    return well;
}

/* Whether the target is so large that it will not stay in the cache, and laid out for writing past it. With every check
   it is factorised right away: then it had better be in the cache. */
static int worth_streaming(const pass *p)
{
    return p->target && !p->allowance && p->target != p->matrix->values && p->matrix->n > STREAMED / p->matrix->n &&
           (uintptr_t)p->target % (TILE * sizeof(double)) == 0 && p->ld_target % TILE == 0;
}

static int take_all(pass *p)
{
    const size_t n = p->matrix->n;
    int well = 1;
    p->streamed = worth_streaming(p);
    for (size_t j = 0; j < n; j += BLOCK)
        for (size_t i = j; i < n; i += BLOCK)
            well &= take_block(p, i, j, n - i < BLOCK ? n - i : BLOCK, n - j < BLOCK ? n - j : BLOCK);
    if (p->streamed)
        end_streaming();
    if (p->target)
        for (size_t j = 0; j < n; j++)
            for (size_t i = n; i < p->ld_target; i++)
                p->target[i + j * p->ld_target] = 0.0;
    return well;
}

static mvo_status refuse_not_finite(mvo_context *context, mvo_error *error, const mvoi_square *m)
{
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = 0; i < m->n; i++)
            if (!isfinite(m->values[i + j * m->ld]))
                return mvoi_fail_entry(context, error, m->name, i, j, m->values[i + j * m->ld]);
    return MVO_OK;
}

static mvo_status refuse_variance(mvo_context *context, mvo_error *error, const mvoi_square *m)
{
    for (size_t i = 0; i < m->n; i++) {
        const double variance = m->values[i + i * m->ld];
        const mvoi_detail detail = { m->name, (int64_t)i, (int64_t)i, variance, 0.0 };
        if (variance < 0.0)
            return mvoi_fail(context, error, MVO_ERROR_NOT_SEMIDEFINITE, detail,
                             "%s[%zu, %zu] is %g, but a variance cannot be negative", m->name, i, i, variance);
    }
    return MVO_OK;
}

/* The first pair that differs beyond rounding; rows of riskless assets are another test's business unless borrowed. */
static mvo_status refuse_asymmetry(mvo_context *context, mvo_error *error, const pass *p)
{
    const mvoi_square *m = p->matrix;
    for (size_t j = 0; j < m->n; j++)
        for (size_t i = j + 1; i < m->n; i++) {
            const double lower = m->values[i + j * m->ld];
            const double upper = m->values[j + i * m->ld];
            const double allowed = p->target ? p->allowance[i] * p->allowance[j] : 0.0;
            const int riskless = p->allowance[i] == 0.0 || p->allowance[j] == 0.0;
            if (fabs(lower - upper) <= allowed || (p->target && riskless))
                continue;
            const mvoi_detail detail = { m->name, (int64_t)i, (int64_t)j, lower, upper };
            return mvoi_fail(context, error, MVO_ERROR_NOT_SYMMETRIC, detail,
                             "%s is not symmetric: %s[%zu, %zu] = %.17g, %s[%zu, %zu] = %.17g", m->name, m->name, i, j,
                             lower, m->name, j, i, upper);
        }
    return MVO_OK;
}

/* Row and column of a riskless asset: zero but for rounding, of which the copy is freed. What is borrowed is exact. */
static mvo_status clear_riskless(const pass *p, mvo_context *context, mvo_error *error, size_t riskless, double largest)
{
    const mvoi_square *m = p->matrix;
    for (size_t other = 0; other < m->n; other++) {
        if (other == riskless)
            continue;
        const double variance = m->values[other + other * m->ld];
        const double allowed = p->target ? (double)m->n * ROUNDING * sqrt(largest) * sqrt(variance) : 0.0;
        const size_t row[2] = { other > riskless ? other : riskless, other > riskless ? riskless : other };
        for (int side = 0; side < 2; side++) {
            const size_t i = row[side];
            const size_t j = row[1 - side];
            const double value = m->values[i + j * m->ld];
            const mvoi_detail detail = { m->name, (int64_t)i, (int64_t)j, value, 0.0 };
            if (!(fabs(value) <= allowed))
                return mvoi_fail(context, error, MVO_ERROR_NOT_SEMIDEFINITE, detail,
                                 "%s[%zu, %zu] is %g, but the variance %s[%zu, %zu] is zero", m->name, i, j, value,
                                 m->name, riskless, riskless);
            if (p->target)
                p->target[i + j * p->ld_target] = 0.0;
        }
    }
    return MVO_OK;
}

/* sqrt(1e-10 Sigma_ii) of each asset, so that a product of two is the difference allowed. */
static void allow(double *allowance, const mvoi_square *m)
{
    for (size_t i = 0; i < m->n; i++)
        allowance[i] = sqrt(SYMMETRY) * sqrt(m->values[i + i * m->ld]);
}

/* The tests of MVO_CHECK_ALL once the variances are known to be finite and not negative. */
static mvo_status take_checked(pass *p, double *allowance, mvo_context *context, mvo_error *error)
{
    const mvoi_square *m = p->matrix;
    allow(allowance, m);
    p->allowance = allowance;
    if (!take_all(p)) {
        mvo_status status = refuse_not_finite(context, error, m);
        if (status == MVO_OK)
            status = refuse_asymmetry(context, error, p);
        if (status != MVO_OK)
            return status;
    }
    double largest = 0.0;
    for (size_t i = 0; i < m->n; i++)
        largest = fmax(largest, m->values[i + i * m->ld]);
    for (size_t i = 0; i < m->n; i++)
        if (m->values[i + i * m->ld] == 0.0) {
            const mvo_status status = clear_riskless(p, context, error, i, largest);
            if (status != MVO_OK)
                return status;
        }
    return MVO_OK;
}

/* Whether all variances are finite and none is negative. */
static int variances_are_well(const mvoi_square *m)
{
    int well = 1;
    for (size_t i = 0; i < m->n; i++) {
        const double variance = m->values[i + i * m->ld];
        well &= variance >= 0.0 && variance - variance == 0.0;
    }
    return well;
}

mvo_status mvoi_square_take(double *target, size_t ld_target, mvo_context *context, mvo_error *error,
                            const mvoi_square *matrix, int32_t level)
{
    pass p = { matrix, target, ld_target, NULL, level != MVO_CHECK_NONE, 0 };
    if (level != MVO_CHECK_NONE && !variances_are_well(matrix)) {
        const mvo_status status = refuse_not_finite(context, error, matrix);
        return status != MVO_OK ? status : refuse_variance(context, error, matrix);
    }
    if (level == MVO_CHECK_ALL) {
        double *allowance = mvoi_allocate(context, matrix->n, sizeof *allowance);
        if (!allowance)
            return mvoi_fail_memory(context, error, "the check of a covariance");
        const mvo_status status = take_checked(&p, allowance, context, error);
        mvoi_release(context, allowance);
        return status;
    }
    if (target) {
        if (!take_all(&p))
            return refuse_not_finite(context, error, matrix);
    } else if (level == MVO_CHECK_FINITE) {
        for (size_t j = 0; j < matrix->n; j++)
            if (!mvoi_all_finite(matrix->values + j * matrix->ld, matrix->n))
                return refuse_not_finite(context, error, matrix);
    }
    return MVO_OK;
}
