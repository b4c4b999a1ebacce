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
    TILE = 8,   /* one line of cache */
    BLOCK = 64, /* rows and columns whose pages stay in the address cache */
};

static const double SYMMETRY = 1e-10;       /* of sqrt(Sigma_ii Sigma_jj) */
static const double ROUNDING = 1e-14;       /* times n, of sqrt(largest variance times Sigma_jj): a zero row's rounding */

typedef struct pass {
    const mvoi_square *matrix;
    double *target; /* or NULL */
    size_t ld_target;
    const double *allowance; /* sqrt(1e-10 Sigma_ii), or NULL where symmetry is not looked at */
    int finite;              /* whether to look for NaN */
} pass;

/* Any size of tile: below the diagonal blocks at the edges, and on the diagonal. Returns whether all is well. */
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

/* A full tile below the diagonal; loops of constant length over columns that lie in one line each. */
static int take_tile(const pass *p, size_t i0, size_t j0)
{
    const size_t ld = p->matrix->ld;
    const double *lower = p->matrix->values + i0 + j0 * ld;
    const double *upper = p->matrix->values + j0 + i0 * ld;
    double mirrored[TILE][TILE]; /* the upper tile, or then the lower one, transposed */
    double wrong[TILE] = { 0.0 };
    int well = 1;
    if (p->allowance) {
        for (size_t i = 0; i < TILE; i++)
            for (size_t j = 0; j < TILE; j++)
                mirrored[j][i] = upper[j + i * ld];
        for (size_t j = 0; j < TILE; j++) {
            const double allowance = p->target ? p->allowance[j0 + j] : 0.0;
            for (size_t i = 0; i < TILE; i++) {
                /* A difference that is NaN is not within the allowance either. */
                const double apart = fabs(lower[i + j * ld] - mirrored[j][i]);
                wrong[i] += apart <= p->allowance[i0 + i] * allowance ? 0.0 : 1.0;
            }
        }
    } else if (p->finite) {
        for (size_t j = 0; j < TILE; j++)
            for (size_t i = 0; i < TILE; i++) {
                wrong[i] += lower[i + j * ld] - lower[i + j * ld];
                wrong[i] += upper[i + j * ld] - upper[i + j * ld];
            }
    }
    for (size_t i = 0; i < TILE; i++)
        well &= wrong[i] == 0.0;
    if (!p->target)
        return well;
    double *below = p->target + i0 + j0 * p->ld_target;
    double *above = p->target + j0 + i0 * p->ld_target;
    for (size_t j = 0; j < TILE; j++)
        for (size_t i = 0; i < TILE; i++) {
            const double value = lower[i + j * ld];
            below[i + j * p->ld_target] = value;
            mirrored[i][j] = value;
        }
    for (size_t i = 0; i < TILE; i++)
        for (size_t j = 0; j < TILE; j++)
            above[j + i * p->ld_target] = mirrored[i][j];
    return well;
}

static int take_all(const pass *p)
{
    const size_t n = p->matrix->n;
    int well = 1;
    for (size_t column_block = 0; column_block < n; column_block += BLOCK)
        for (size_t row_block = column_block; row_block < n; row_block += BLOCK) {
            const size_t column_end = n - column_block < BLOCK ? n : column_block + BLOCK;
            const size_t row_end = n - row_block < BLOCK ? n : row_block + BLOCK;
            for (size_t j = column_block; j < column_end; j += TILE)
                for (size_t i = row_block > j ? row_block : j; i < row_end; i += TILE) {
                    const size_t columns = column_end - j < TILE ? column_end - j : TILE;
                    const size_t rows = row_end - i < TILE ? row_end - i : TILE;
                    if (i > j && rows == TILE && columns == TILE)
                        well &= take_tile(p, i, j);
                    else
                        well &= take_small_tile(p, i, j, rows, columns);
                }
        }
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
