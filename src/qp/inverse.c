/* SPDX-License-Identifier: MIT */
/* A packed KKT matrix and its inverse (see inverse.h). */
#include "qp/inverse.h"

#include <math.h>
#include <string.h>

/* A pivot below this part of its own variance, or of what the free weights could do for a row, counts as none. */
static const double PIVOT = 1e-11;
static const double ROW_PIVOT = 1e-10;

int mvoi_inverse_init(mvoi_inverse *inverse, mvo_context *context, size_t n, size_t m, size_t capacity,
                      const mvoi_kernels *kernels)
{
    const size_t ld = mvoi_leading_dimension(capacity);
    *inverse = (mvoi_inverse){ .kernels = kernels, .n = n, .m = m, .capacity = capacity, .ld = ld };
    const mvoi_part parts[] = { MVOI_PART(inverse->element, capacity),     MVOI_PART(inverse->place, n + m),
                                MVOI_PART(inverse->matrix, ld * capacity), MVOI_PART(inverse->inverse, ld * capacity),
                                MVOI_PART(inverse->column, ld),            MVOI_PART(inverse->solution, ld),
                                MVOI_PART(inverse->zero, ld) };
    inverse->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (!inverse->memory)
        return 0;
    for (size_t e = 0; e < n + m; e++)
        inverse->place[e] = -1;
    memset(inverse->zero, 0, ld * sizeof(double));
    return 1;
}

void mvoi_inverse_clear(mvoi_inverse *inverse, mvo_context *context)
{
    mvoi_release(context, inverse->memory);
    *inverse = (mvoi_inverse){ 0 };
}

void mvoi_inverse_empty(mvoi_inverse *inverse)
{
    for (size_t s = 0; s < inverse->count; s++)
        inverse->place[inverse->element[s]] = -1;
    inverse->count = inverse->padded = 0;
}

void mvoi_inverse_solve(const mvoi_inverse *inverse, const double *x, double *y)
{
    inverse->kernels->respond(inverse->padded, inverse->count, inverse->inverse, inverse->ld, x, inverse->zero, inverse->zero,
                              y);
}

double mvoi_inverse_gather(mvoi_inverse *inverse, const mvoi_problem *problem, size_t e)
{
    const size_t n = inverse->n, count = inverse->count;
    double *column = inverse->column;
    memset(column, 0, inverse->padded * sizeof *column);
    if (e >= n) {
        const double *row = problem->rows + (e - n) * problem->ld_rows;
        for (size_t s = 0; s < count; s++)
            column[s] = (size_t)inverse->element[s] < n ? row[inverse->element[s]] : 0.0;
        return 0.0;
    }
    const double *sigma = problem->covariance->dense + e * problem->covariance->ld;
    const double *rows = problem->columns + e * problem->ld_columns;
    for (size_t s = 0; s < count; s++) { /* an address is chosen rather than a branch taken: rows stand anywhere among them */
        const size_t other = (size_t)inverse->element[s];
        const double *at = other < n ? sigma + other : rows + (other - n);
        column[s] = *at;
    }
    return problem->covariance->diagonal[e];
}

/* What the pivot of element e is to exceed. */
static double least_pivot(const mvoi_inverse *inverse, const mvoi_problem *problem, size_t e)
{
    const double *diagonal = problem->covariance->diagonal;
    double sum = 0.0;
    if (e < inverse->n)
        return PIVOT * diagonal[e];
    for (size_t s = 0; s < inverse->count; s++) {
        const double part = inverse->column[s];
        if ((size_t)inverse->element[s] < inverse->n)
            sum += part * part / diagonal[inverse->element[s]];
    }
    return ROW_PIVOT * sum;
}

/* The last element's row and column in both matrices; what is beyond it in a column is zero. */
static void write_last(mvoi_inverse *inverse, double diagonal, double corner)
{
    const size_t last = inverse->count - 1, ld = inverse->ld;
    double *K = inverse->matrix, *H = inverse->inverse, *K_own = K + last * ld, *H_own = H + last * ld;
    memcpy(K_own, inverse->column, inverse->padded * sizeof *K_own);
    for (size_t s = 0; s < last; s++) {
        K[last + s * ld] = K_own[s];
        H[last + s * ld] = H_own[s];
    }
    K_own[last] = diagonal;
    H_own[last] = corner;
}

/* y = factor x, of whole eights */
static void scale(size_t padded, double factor, const double *restrict x, double *restrict y)
{
    for (size_t s = 0; s < padded; s += 8)
        for (size_t l = 0; l < 8; l++)
            y[s + l] = factor * x[s + l];
}

int mvoi_inverse_add(mvoi_inverse *inverse, const mvoi_problem *problem, size_t e)
{
    return mvoi_inverse_take(inverse, problem, e, mvoi_inverse_gather(inverse, problem, e));
}

int mvoi_inverse_take(mvoi_inverse *inverse, const mvoi_problem *problem, size_t e, double diagonal)
{
    const size_t count = inverse->count, ld = inverse->ld;
    double *solved = inverse->solution;
    if (count == inverse->capacity)
        return 0;
    mvoi_inverse_solve(inverse, inverse->column, solved);
    const double pivot = diagonal - inverse->kernels->dot(inverse->padded, inverse->column, solved);
    if (!((e < inverse->n ? pivot : -pivot) > least_pivot(inverse, problem, e)))
        return 0;
    if (count == inverse->padded) { /* eight more rows */
        for (size_t s = 0; s < count; s++) {
            memset(inverse->matrix + count + s * ld, 0, 8 * sizeof(double));
            memset(inverse->inverse + count + s * ld, 0, 8 * sizeof(double));
        }
        memset(solved + count, 0, 8 * sizeof *solved);
        memset(inverse->column + count, 0, 8 * sizeof *solved);
        inverse->padded += 8;
    }
    const double corner = 1.0 / pivot;
    double *scaled = inverse->matrix + count * ld; /* its place is written below */
    scale(inverse->padded, corner, solved, scaled);
    inverse->kernels->exchange(inverse->padded, count, inverse->inverse, ld, solved, scaled, -corner,
                               inverse->inverse + count * ld);
    inverse->element[count] = (int32_t)e;
    inverse->place[e] = (int32_t)count;
    inverse->count++;
    write_last(inverse, diagonal, corner);
    return 1;
}

/* The last row and column move to `place`; what they leave is zero. */
static void move_last(mvoi_inverse *inverse, double *M, size_t place)
{
    const size_t last = inverse->count - 1, ld = inverse->ld;
    if (place != last) {
        const double corner = M[last + last * ld];
        memcpy(M + place * ld, M + last * ld, inverse->padded * sizeof *M);
        for (size_t s = 0; s < last; s++)
            M[place + s * ld] = M[last + s * ld];
        M[place + place * ld] = corner;
    }
    for (size_t s = 0; s < last; s++)
        M[last + s * ld] = 0.0;
}

int mvoi_inverse_can_spare(const mvoi_inverse *inverse, const mvoi_problem *problem, size_t place)
{
    const double own = inverse->inverse[place + place * inverse->ld];
    const size_t e = (size_t)inverse->element[place];
    return e < inverse->n ? own * problem->covariance->diagonal[e] > ROW_PIVOT : own < 0.0;
}

int mvoi_inverse_remove(mvoi_inverse *inverse, const mvoi_problem *problem, size_t place)
{
    const size_t ld = inverse->ld, last = inverse->count - 1, e = (size_t)inverse->element[place];
    double *H = inverse->inverse, *own = inverse->column, *scaled = inverse->solution;
    if (!mvoi_inverse_can_spare(inverse, problem, place))
        return 0;
    memcpy(own, H + place * ld, inverse->padded * sizeof *own);
    scale(inverse->padded, -1.0 / own[place], own, scaled);
    inverse->kernels->exchange(inverse->padded, inverse->count, H, ld, own, scaled, 0.0, NULL);
    move_last(inverse, H, place);
    move_last(inverse, inverse->matrix, place);
    inverse->place[e] = -1;
    if (place != last) {
        inverse->element[place] = inverse->element[last];
        inverse->place[inverse->element[place]] = (int32_t)place;
    }
    inverse->count = last;
    inverse->padded = (last + 7) / 8 * 8;
    return 1;
}
