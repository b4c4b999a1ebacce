/* SPDX-License-Identifier: MIT */
/*
 * Taking a symmetric matrix over: copy, mirror, search for NaN and test of symmetry in one pass over memory, tile by
 * tile, because this is what making a handle costs. The pass only learns whether anything is wrong; what it is, is
 * looked up afterwards, element by element.
 */
#include "covariance/make.h"

#include <math.h>
#include <string.h>

enum {
    TILE = 8,   /* numbers in one line of cache */
    BLOCK = 64, /* rows and columns worked on at once: runs of eight lines in memory, 32 KiB in the buffer */
};

static const double SYMMETRY = 1e-10; /* of sqrt(Sigma_ii Sigma_jj) */
static const double ROUNDING = 1e-14; /* times n, of sqrt(largest variance times Sigma_jj): a zero row's rounding */

typedef struct pass {
    const mvoi_square *matrix;
    double *target; /* or NULL */
    size_t ld_target;
    const double *allowance; /* sqrt(1e-10 Sigma_ii), or NULL where symmetry is not looked at */
    int finite;              /* whether to look for NaN */
} pass;

/*
 * Any tile: of any size, on the diagonal too. `mirror` receives element (i, j) at [j - j0 + (i - i0) * BLOCK]; it is
 * used where there is a target. Returns whether all is well.
 */
static int take_small_tile(const pass *p, double *mirror, size_t i0, size_t j0, size_t rows, size_t columns)
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
            if (p->target)
                mirror[(j - j0) + (i - i0) * BLOCK] = lower;
        }
    return well;
}

/* Two numbers at once, on any processor: compilers other than these take the way above for every tile. */
#if defined(__GNUC__)
typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_mask __attribute__((vector_size(16)));

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

/*
 * A full tile below the diagonal, two rows by two columns at a time: what they hold is transposed once, for the
 * comparison with the upper triangle and for the copy into it. Called with constants for the last three.
 */
static inline int take_pairs(const pass *p, double *mirror, size_t i0, size_t j0, int copy, int finite, int symmetric)
{
    const size_t ld = p->matrix->ld;
    const double *lower = p->matrix->values + i0 + j0 * ld;
    const double *upper = p->matrix->values + j0 + i0 * ld;
    pair seen = { 0.0, 0.0 };
    pair_mask well = { -1, -1 };
    for (size_t i = 0; i < TILE; i += 2)
        for (size_t j = 0; j < TILE; j += 2) {
            const pair left = load(lower + i + j * ld);
            const pair right = load(lower + i + (j + 1) * ld);
            const pair first = { left[0], right[0] };
            const pair second = { left[1], right[1] };
            if (finite || symmetric) {
                const pair first_upper = load(upper + j + i * ld);
                const pair second_upper = load(upper + j + (i + 1) * ld);
                if (symmetric) {
                    /* A difference that is NaN is not within what is allowed. Borrowed memory is allowed nothing. */
                    const pair allowed = copy ? load(p->allowance + j0 + j) : seen;
                    const pair first_allowed = allowed * (copy ? p->allowance[i0 + i] : 0.0);
                    const pair second_allowed = allowed * (copy ? p->allowance[i0 + i + 1] : 0.0);
                    const pair first_apart = first - first_upper;
                    const pair second_apart = second - second_upper;
                    well &= (first_apart <= first_allowed) & (-first_apart <= first_allowed);
                    well &= (second_apart <= second_allowed) & (-second_apart <= second_allowed);
                } else {
                    seen += (first - first) + (first_upper - first_upper);
                    seen += (second - second) + (second_upper - second_upper);
                }
            }
            if (copy) {
                store(mirror + j + i * BLOCK, first);
                store(mirror + j + (i + 1) * BLOCK, second);
            }
        }
    return (well[0] & well[1]) != 0 && seen[0] + seen[1] == 0.0;
}

static int take_tile(const pass *p, double *mirror, size_t i0, size_t j0)
{
    if (p->allowance)
        return p->target ? take_pairs(p, mirror, i0, j0, 1, 1, 1) : take_pairs(p, mirror, i0, j0, 0, 1, 1);
    return p->finite ? take_pairs(p, mirror, i0, j0, 1, 1, 0) : take_pairs(p, mirror, i0, j0, 1, 0, 0);
}
#else

static int take_tile(const pass *p, double *mirror, size_t i0, size_t j0)
{
    return take_small_tile(p, mirror, i0, j0, TILE, TILE);
}
#endif

/*
 * Reads a number of every line of a block, column by column. Tiles come scattered over as many pages as they have
 * columns, one line of each at a time, which no processor foresees; runs down a column it does. Measured: half the
 * time.
 */
static inline void touch(const double *block, size_t ld, size_t rows, size_t columns)
{
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < rows; i += TILE)
            (void)*(const volatile double *)(block + i + j * ld);
}

/* From the block and its mirror image into the target, in runs down the columns. */
static void put_block(const pass *p, const double *mirror, size_t i0, size_t j0, size_t rows, size_t columns)
{
    const mvoi_square *m = p->matrix;
    for (size_t j = j0; p->target != m->values && j < j0 + columns; j++) {
        const size_t first = i0 > j ? i0 : j;
        memcpy(p->target + first + j * p->ld_target, m->values + first + j * m->ld,
               (i0 + rows - first) * sizeof *p->target);
    }
    for (size_t i = i0; i < i0 + rows; i++) {
        const size_t count = i - j0 < columns ? i - j0 : columns; /* up to the diagonal, which is there already */
        memcpy(p->target + j0 + i * p->ld_target, mirror + (i - i0) * BLOCK, count * sizeof *p->target);
    }
}

/* Rows i0 .. and columns j0 .. of the lower triangle, with their counterparts in the upper one. */
static int take_block(const pass *p, size_t i0, size_t j0, size_t rows, size_t columns)
{
    const mvoi_square *m = p->matrix;
    double mirror[BLOCK * BLOCK];
    int well = 1;
    touch(m->values + i0 + j0 * m->ld, m->ld, rows, columns);
    if (p->finite)
        touch(m->values + j0 + i0 * m->ld, m->ld, columns, rows);
    for (size_t j = 0; j < columns; j += TILE)
        for (size_t i = i0 == j0 ? j : 0; i < rows; i += TILE) {
            const size_t wide = columns - j < TILE ? columns - j : TILE;
            const size_t high = rows - i < TILE ? rows - i : TILE;
            double *there = mirror + j + i * BLOCK;
            if (i0 + i > j0 + j && high == TILE && wide == TILE)
                well &= take_tile(p, there, i0 + i, j0 + j);
            else
                well &= take_small_tile(p, there, i0 + i, j0 + j, high, wide);
        }
    if (p->target)
        put_block(p, mirror, i0, j0, rows, columns);
    return well;
}

static int take_all(const pass *p)
{
    const size_t n = p->matrix->n;
    int well = 1;
    for (size_t j = 0; j < n; j += BLOCK)
        for (size_t i = j; i < n; i += BLOCK)
            well &= take_block(p, i, j, n - i < BLOCK ? n - i : BLOCK, n - j < BLOCK ? n - j : BLOCK);
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
    pass p = { matrix, target, ld_target, NULL, level != MVO_CHECK_NONE };
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
