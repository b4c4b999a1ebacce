/* SPDX-License-Identifier: MIT */
/* The KKT matrix and its inverse under principal pivots (see kkt.h). */
#include "qp/kkt.h"

#include "linalg/exact.h"

#include <float.h>
#include <math.h>
#include <string.h>

static double *allocate_square(mvo_context *context, size_t order)
{
    return mvoi_allocate(context, order, mvoi_leading_dimension(order) * sizeof(double));
}

int mvoi_kkt_new(mvoi_kkt *kkt, mvo_context *context, size_t capacity, size_t room, size_t elements,
                 const mvoi_kernels *kernels)
{
    memset(kkt, 0, sizeof *kkt);
    kkt->kernels = kernels;
    kkt->context = context;
    kkt->capacity = capacity;
    kkt->room = room < capacity ? room : capacity;
    kkt->widest = mvoi_leading_dimension(kkt->room);
    const mvoi_part parts[] = { MVOI_PART(kkt->element, capacity), MVOI_PART(kkt->position, elements),
                                MVOI_PART(kkt->work[0], capacity), MVOI_PART(kkt->work[1], capacity),
                                MVOI_PART(kkt->work[2], capacity), MVOI_PART(kkt->work[3], capacity),
                                MVOI_PART(kkt->work[4], capacity), MVOI_PART(kkt->work[5], capacity) };
    kkt->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    kkt->matrix = allocate_square(context, kkt->room);
    kkt->inverse = allocate_square(context, kkt->room);
    if (!kkt->memory || !kkt->matrix || !kkt->inverse) {
        mvoi_kkt_free(kkt, context);
        return 0;
    }
    mvoi_kkt_clear(kkt, elements);
    return 1;
}

void mvoi_kkt_free(mvoi_kkt *kkt, mvo_context *context)
{
    mvoi_release(context, kkt->memory);
    mvoi_release(context, kkt->matrix);
    mvoi_release(context, kkt->inverse);
    memset(kkt, 0, sizeof *kkt);
}

void mvoi_kkt_clear(mvoi_kkt *kkt, size_t elements)
{
    enum { NARROW = 24 };
    kkt->order = 0;
    kkt->out_of_memory = 0;
    kkt->ld = kkt->widest < NARROW ? kkt->widest : NARROW;
    kkt->worst_residual = 0.0;
    for (size_t e = 0; e < elements; e++)
        kkt->position[e] = -1;
}

/* Moves the `used` bytes of a square matrix to one of the given order; where there is no memory it stays where it is. */
static int enlarge(mvo_context *context, double **matrix, size_t used, size_t order)
{
    double *larger = allocate_square(context, order);
    if (!larger)
        return 0;
    memcpy(larger, *matrix, used);
    mvoi_release(context, *matrix);
    *matrix = larger;
    return 1;
}

int mvoi_kkt_reserve(mvoi_kkt *kkt, size_t order)
{
    if (order <= kkt->room || order > kkt->capacity)
        return order <= kkt->room;
    const size_t half_more = kkt->room + kkt->room / 2, wanted = order > half_more ? order : half_more;
    const size_t room = wanted < kkt->capacity ? wanted : kkt->capacity, used = kkt->order * kkt->ld * sizeof(double);
    /* One after the other: both of the smaller never stand beside both of the larger. */
    if (!enlarge(kkt->context, &kkt->matrix, used, room) || !enlarge(kkt->context, &kkt->inverse, used, room)) {
        kkt->out_of_memory = 1;
        return 0;
    }
    kkt->room = room;
    kkt->widest = mvoi_leading_dimension(room);
    return 1;
}

/* Columns of `order` numbers move from one leading dimension to a larger one. */
static void spread_columns(double *matrix, size_t order, size_t from, size_t to)
{
    for (size_t j = order; j-- > 1;)
        memmove(matrix + j * to, matrix + j * from, order * sizeof *matrix);
}

/* Room for `order`. Small working sets lie close together, so that they stay in the cache however large they could be. */
static void make_room(mvoi_kkt *kkt, size_t order)
{
    if (order <= kkt->ld)
        return;
    const size_t wanted = mvoi_leading_dimension(order + order / 2);
    const size_t ld = wanted < kkt->widest ? wanted : kkt->widest;
    spread_columns(kkt->matrix, kkt->order, kkt->ld, ld);
    spread_columns(kkt->inverse, kkt->order, kkt->ld, ld);
    kkt->ld = ld;
}

void mvoi_kkt_append(mvoi_kkt *kkt, int32_t element, const double *column, double diagonal)
{
    make_room(kkt, kkt->order + 1);
    const size_t p = kkt->order, ld = kkt->ld;
    for (size_t i = 0; i < p; i++)
        kkt->matrix[i + p * ld] = kkt->matrix[p + i * ld] = column[i];
    kkt->matrix[p + p * ld] = diagonal;
    kkt->element[p] = element;
    kkt->position[element] = (int32_t)p;
    kkt->order = p + 1;
}

/* Takes position p out of a packed symmetric matrix of the given order: the last one moves into its place. */
static void pack(double *matrix, size_t ld, size_t order, size_t p)
{
    const size_t last = order - 1;
    if (p == last)
        return;
    for (size_t i = 0; i < last; i++)
        matrix[i + p * ld] = matrix[i + last * ld];
    for (size_t i = 0; i < last; i++)
        matrix[p + i * ld] = matrix[last + i * ld];
    matrix[p + p * ld] = matrix[last + last * ld];
}

static void take_out(mvoi_kkt *kkt, size_t p)
{
    const size_t last = kkt->order - 1;
    pack(kkt->matrix, kkt->ld, kkt->order, p);
    pack(kkt->inverse, kkt->ld, kkt->order, p);
    kkt->position[kkt->element[p]] = -1;
    if (p != last) {
        kkt->element[p] = kkt->element[last];
        kkt->position[kkt->element[p]] = (int32_t)p;
    }
    kkt->order = last;
}

/* ---------------------------------------------------------------------------------------- factorisation */

/* The largest diagonal and off-diagonal entries among positions not yet pivoted. */
static void largest_entries(const mvoi_kkt *kkt, const double *open, size_t *diagonal, size_t *row, size_t *column,
                            double *most_diagonal, double *most_off)
{
    const size_t n = kkt->order, ld = kkt->ld;
    *most_diagonal = *most_off = -1.0;
    for (size_t j = 0; j < n; j++) {
        if (open[j] == 0.0)
            continue;
        const double *entry = kkt->inverse + j * ld;
        if (fabs(entry[j]) > *most_diagonal) {
            *most_diagonal = fabs(entry[j]);
            *diagonal = j;
        }
        for (size_t i = 0; i < j; i++)
            if (open[i] != 0.0 && fabs(entry[i]) > *most_off) {
                *most_off = fabs(entry[i]);
                *row = i;
                *column = j;
            }
    }
}

/* One sweep on a single pivot: afterwards the pivoted block holds minus its inverse. */
static void sweep_one(mvoi_kkt *kkt, size_t p)
{
    const size_t n = kkt->order, ld = kkt->ld;
    double *M = kkt->inverse, *column = kkt->work[0], *factor = kkt->work[1];
    const double pivot = M[p + p * ld];
    memcpy(column, M + p * ld, n * sizeof *column);
    for (size_t i = 0; i < n; i++)
        factor[i] = -column[i] / pivot;
    kkt->kernels->rank1(n, n, M, ld, column, factor);
    for (size_t i = 0; i < n; i++)
        M[i + p * ld] = M[p + i * ld] = column[i] / pivot;
    M[p + p * ld] = -1.0 / pivot;
}

static void sweep_two(mvoi_kkt *kkt, size_t p, size_t q)
{
    const size_t n = kkt->order, ld = kkt->ld;
    double *M = kkt->inverse, *cp = kkt->work[0], *cq = kkt->work[1], *fp = kkt->work[2], *fq = kkt->work[3];
    const double a = M[p + p * ld], b = M[p + q * ld], c = M[q + q * ld];
    const double determinant = a * c - b * b;
    memcpy(cp, M + p * ld, n * sizeof *cp);
    memcpy(cq, M + q * ld, n * sizeof *cq);
    for (size_t i = 0; i < n; i++) {
        fp[i] = -(c * cp[i] - b * cq[i]) / determinant;
        fq[i] = -(a * cq[i] - b * cp[i]) / determinant;
    }
    kkt->kernels->rank2(n, n, M, ld, cp, fp, cq, fq);
    for (size_t i = 0; i < n; i++) {
        M[i + p * ld] = M[p + i * ld] = -fp[i];
        M[i + q * ld] = M[q + i * ld] = -fq[i];
    }
    M[p + p * ld] = -c / determinant;
    M[q + q * ld] = -a / determinant;
    M[p + q * ld] = M[q + p * ld] = b / determinant;
}

size_t mvoi_kkt_factor(mvoi_kkt *kkt, int32_t *dropped)
{
    const double alpha = 0.6403882032022076; /* (1 + sqrt 17) / 8 */
    const size_t ld = kkt->ld;
    double *open = kkt->work[4];
    size_t left = kkt->order, count = 0;
    double scale = 0.0;
    for (size_t j = 0; j < kkt->order; j++) {
        memcpy(kkt->inverse + j * ld, kkt->matrix + j * ld, kkt->order * sizeof(double));
        open[j] = 1.0;
        for (size_t i = 0; i <= j; i++)
            scale = fmax(scale, fabs(kkt->matrix[i + j * ld]));
    }
    while (left) {
        size_t d = 0, row = 0, column = 0;
        double most_diagonal, most_off;
        largest_entries(kkt, open, &d, &row, &column, &most_diagonal, &most_off);
        if (!(fmax(most_diagonal, most_off) > 1e-12 * scale))
            break;
        if (most_diagonal >= alpha * most_off) {
            sweep_one(kkt, d);
            open[d] = 0.0;
            left -= 1;
        } else {
            sweep_two(kkt, row, column);
            open[row] = open[column] = 0.0;
            left -= 2;
        }
    }
    for (size_t p = kkt->order; left && p-- > 0;)
        if (open[p] != 0.0) {
            dropped[count++] = kkt->element[p];
            open[p] = open[kkt->order - 1];
            take_out(kkt, p);
            left--;
        }
    for (size_t j = 0; j < kkt->order; j++)
        for (size_t i = 0; i < kkt->order; i++)
            kkt->inverse[i + j * ld] = -kkt->inverse[i + j * ld];
    kkt->refactorisations++;
    kkt->worst_residual = 0.0;
    return count;
}

/* ---------------------------------------------------------------------------------------------- solving */

/* A residual up to this is that of arithmetic. */
static const double ROUNDING = 64.0 * DBL_EPSILON;

/* Refines `solution` while that helps; `known` tells a solution from elsewhere from one made with the inverse. */
static double refine(mvoi_kkt *kkt, const double *rhs, double size, double *solution, int known)
{
    enum { STEPS = 4 };
    const mvoi_kernels *kernels = kkt->kernels;
    const size_t n = kkt->order, ld = kkt->ld;
    double *excess = kkt->work[4], *correction = kkt->work[5];
    double reached = HUGE_VAL;
    for (int step = 0; step < STEPS + known; step++) {
        for (size_t i = 0; i < n; i++)
            excess[i] = -rhs[i];
        kernels->gemv(n, n, kkt->matrix, ld, solution, excess);
        /* Relative to the terms that were added up, so that a large solution is not chased below its rounding. */
        const double most = kernels->largest(n, excess);
        if (most <= ROUNDING * size)
            return fmin(reached, most / size);
        const double relative = most / (size + kernels->largest(n, solution));
        /* What one use of the inverse leaves over: of the whole, or of the first excess of a known solution. */
        const double left = !known || step == 0 ? relative : relative / reached;
        if (step == known && !(left <= kkt->worst_residual) && !(relative <= ROUNDING))
            kkt->worst_residual = left;
        if (!(relative < 0.5 * reached))
            return fmin(reached, relative);
        reached = relative;
        if (relative <= ROUNDING)
            return reached;
        for (size_t i = 0; i < n; i++)
            correction[i] = -excess[i];
        kernels->gemv(n, n, kkt->inverse, ld, correction, solution);
    }
    return reached;
}

double mvoi_kkt_solve(mvoi_kkt *kkt, const double *rhs, double *solution)
{
    const size_t n = kkt->order;
    const double size = kkt->kernels->largest(n, rhs);
    memset(solution, 0, n * sizeof *solution);
    if (size == 0.0)
        return 0.0;
    kkt->kernels->gemv(n, n, kkt->inverse, kkt->ld, rhs, solution);
    return refine(kkt, rhs, size, solution, 0);
}

void mvoi_kkt_sharpen(mvoi_kkt *kkt, const double *rhs, double *solution)
{
    enum { STEPS = 3 };
    const size_t n = kkt->order;
    double *excess = kkt->work[4], reached = HUGE_VAL;
    for (int step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < n; i++) {
            double sum = rhs[i], low = 0.0;
            for (size_t k = 0; k < n; k++)
                mvoi_accumulate(&sum, &low, -kkt->matrix[k + i * kkt->ld], solution[k]);
            excess[i] = sum + low;
        }
        const double most = kkt->kernels->largest(n, excess);
        if (!(most < 0.5 * reached))
            return;
        reached = most;
        kkt->kernels->gemv(n, n, kkt->inverse, kkt->ld, excess, solution);
    }
}

/* One correction is enough after a relative residual up to the first of these, with an inverse up to the second. */
static const double NEARLY_KNOWN = 1e-10;
static const double GOOD_INVERSE = 1e-8;

double mvoi_kkt_improve(mvoi_kkt *kkt, const double *rhs, double *solution)
{
    const size_t n = kkt->order;
    const double size = kkt->kernels->largest(n, rhs);
    double *excess = kkt->work[4];
    if (size == 0.0) {
        memset(solution, 0, n * sizeof *solution);
        return 0.0;
    }
    /* One correction is enough where both the solution and the inverse are good; it is always made, since what one
       event leaves over the next would begin with. */
    for (size_t i = 0; i < n; i++)
        excess[i] = rhs[i];
    for (size_t i = 0; i < n; i++)
        solution[i] = -solution[i];
    kkt->kernels->gemv(n, n, kkt->matrix, kkt->ld, solution, excess);
    for (size_t i = 0; i < n; i++)
        solution[i] = -solution[i];
    const double relative = kkt->kernels->largest(n, excess) / size;
    if (!(relative <= NEARLY_KNOWN && kkt->worst_residual <= GOOD_INVERSE))
        return refine(kkt, rhs, size, solution, 1);
    kkt->kernels->gemv(n, n, kkt->inverse, kkt->ld, excess, solution);
    return relative;
}

/* excess = rhs - K solution, twice in one pass over K. */
static void find_excess2(mvoi_kkt *kkt, const double *rhs0, const double *rhs1, double *solution0, double *solution1,
                         double *excess0, double *excess1)
{
    const size_t n = kkt->order;
    for (size_t i = 0; i < n; i++) {
        excess0[i] = rhs0[i];
        excess1[i] = rhs1[i];
        solution0[i] = -solution0[i];
        solution1[i] = -solution1[i];
    }
    kkt->kernels->sweep2(n, n, kkt->matrix, kkt->ld, NULL, solution0, solution1, excess0, excess1);
    for (size_t i = 0; i < n; i++) {
        solution0[i] = -solution0[i];
        solution1[i] = -solution1[i];
    }
}

double mvoi_kkt_improve2(mvoi_kkt *kkt, const double *rhs0, const double *rhs1, double *solution0, double *solution1)
{
    const mvoi_kernels *kernels = kkt->kernels;
    const size_t n = kkt->order;
    const double size0 = kernels->largest(n, rhs0), size1 = kernels->largest(n, rhs1);
    double *excess0 = kkt->work[4], *excess1 = kkt->work[5];
    if (size0 > 0.0 && size1 > 0.0 && kkt->worst_residual <= GOOD_INVERSE) {
        find_excess2(kkt, rhs0, rhs1, solution0, solution1, excess0, excess1);
        const double relative0 = kernels->largest(n, excess0) / size0, relative1 = kernels->largest(n, excess1) / size1;
        if (relative0 <= NEARLY_KNOWN && relative1 <= NEARLY_KNOWN) {
            kernels->sweep2(n, n, kkt->inverse, kkt->ld, NULL, excess0, excess1, solution0, solution1);
            return fmax(relative0, relative1);
        }
    }
    return fmax(mvoi_kkt_improve(kkt, rhs1, solution1), mvoi_kkt_improve(kkt, rhs0, solution0));
}

double mvoi_kkt_unit(mvoi_kkt *kkt, size_t position, double *solution)
{
    memcpy(solution, kkt->inverse + position * kkt->ld, kkt->order * sizeof *solution);
    return solution[position];
}

/* ----------------------------------------------------------------------------------------------- pivots */

/*
 * Bordering. With u = K^-1 k and s = kappa - k'u the inverse of [K k; k' kappa] is
 *     [ K^-1 + u u'/s   -u/s ]
 *     [ -u'/s            1/s ].
 */
void mvoi_kkt_enter(mvoi_kkt *kkt, int32_t element, const double *column, double diagonal, const double *u,
                    double schur)
{
    make_room(kkt, kkt->order + 1);
    const size_t p = kkt->order, ld = kkt->ld;
    double *factor = kkt->work[0];
    for (size_t i = 0; i < p; i++)
        factor[i] = u[i] / schur;
    kkt->kernels->rank1(p, p, kkt->inverse, ld, u, factor);
    for (size_t i = 0; i < p; i++)
        kkt->inverse[i + p * ld] = kkt->inverse[p + i * ld] = -factor[i];
    kkt->inverse[p + p * ld] = 1.0 / schur;
    mvoi_kkt_append(kkt, element, column, diagonal);
}

/* The inverse without position p is K^-1 - r r'/beta, with r its column and beta its diagonal entry there. */
void mvoi_kkt_leave(mvoi_kkt *kkt, int32_t element)
{
    const size_t p = (size_t)kkt->position[element], n = kkt->order, ld = kkt->ld;
    double *column = kkt->work[0], *factor = kkt->work[1];
    memcpy(column, kkt->inverse + p * ld, n * sizeof *column);
    for (size_t i = 0; i < n; i++)
        factor[i] = -column[i] / column[p];
    kkt->kernels->rank1(n, n, kkt->inverse, ld, column, factor);
    take_out(kkt, p);
}

/*
 * Bordering by `in` and deleting `out` in one step, so that neither pivot s nor beta need be safe alone:
 *     K^-1 + [ beta u u' - u_o (r u' + u r') - s r r' ] / D,   D = beta s + u_o^2,
 * the new column is u_o r / D - beta u / D and the new diagonal entry beta / D, where r is the column of `out` in the
 * old inverse, beta = r_o.
 */
void mvoi_kkt_exchange(mvoi_kkt *kkt, int32_t in, const double *column, double diagonal, const double *u, double schur,
                       int32_t out)
{
    const size_t o = (size_t)kkt->position[out], n = kkt->order, ld = kkt->ld;
    double *r = kkt->work[0], *by_u = kkt->work[1], *by_r = kkt->work[2], *fresh = kkt->work[3];
    memcpy(r, kkt->inverse + o * ld, n * sizeof *r);
    const double beta = r[o], uo = u[o], D = beta * schur + uo * uo;
    for (size_t i = 0; i < n; i++) {
        by_u[i] = (beta * u[i] - uo * r[i]) / D;
        by_r[i] = -(uo * u[i] + schur * r[i]) / D;
        fresh[i] = (uo * r[i] - beta * u[i]) / D;
    }
    kkt->kernels->rank2(n, n, kkt->inverse, ld, u, by_u, r, by_r);
    /* `in` takes the place of `out`. */
    for (size_t i = 0; i < n; i++) {
        kkt->inverse[i + o * ld] = kkt->inverse[o + i * ld] = fresh[i];
        kkt->matrix[i + o * ld] = kkt->matrix[o + i * ld] = column[i];
    }
    kkt->inverse[o + o * ld] = beta / D;
    kkt->matrix[o + o * ld] = diagonal;
    kkt->position[out] = -1;
    kkt->element[o] = in;
    kkt->position[in] = (int32_t)o;
}

void mvoi_kkt_enter2(mvoi_kkt *kkt, int32_t e0, int32_t e1, const double *column0, const double *column1,
                     double diagonal0, double diagonal1, double between, const double *u0, const double *u1,
                     const double schur[3])
{
    make_room(kkt, kkt->order + 2);
    const size_t p = kkt->order, q = p + 1, ld = kkt->ld;
    const double determinant = schur[0] * schur[2] - schur[1] * schur[1];
    double *f0 = kkt->work[0], *f1 = kkt->work[1], *last = kkt->work[2];
    for (size_t i = 0; i < p; i++) {
        f0[i] = (schur[2] * u0[i] - schur[1] * u1[i]) / determinant;
        f1[i] = (schur[0] * u1[i] - schur[1] * u0[i]) / determinant;
    }
    kkt->kernels->rank2(p, p, kkt->inverse, ld, u0, f0, u1, f1);
    for (size_t i = 0; i < p; i++) {
        kkt->inverse[i + p * ld] = kkt->inverse[p + i * ld] = -f0[i];
        kkt->inverse[i + q * ld] = kkt->inverse[q + i * ld] = -f1[i];
    }
    kkt->inverse[p + p * ld] = schur[2] / determinant;
    kkt->inverse[q + q * ld] = schur[0] / determinant;
    kkt->inverse[p + q * ld] = kkt->inverse[q + p * ld] = -schur[1] / determinant;
    mvoi_kkt_append(kkt, e0, column0, diagonal0);
    memcpy(last, column1, p * sizeof *last);
    last[p] = between;
    mvoi_kkt_append(kkt, e1, last, diagonal1);
}

void mvoi_kkt_leave2(mvoi_kkt *kkt, int32_t e0, int32_t e1)
{
    const size_t p = (size_t)kkt->position[e0], q = (size_t)kkt->position[e1], n = kkt->order, ld = kkt->ld;
    double *cp = kkt->work[0], *cq = kkt->work[1], *fp = kkt->work[2], *fq = kkt->work[3];
    memcpy(cp, kkt->inverse + p * ld, n * sizeof *cp);
    memcpy(cq, kkt->inverse + q * ld, n * sizeof *cq);
    const double a = cp[p], b = cp[q], c = cq[q], determinant = a * c - b * b;
    for (size_t i = 0; i < n; i++) {
        fp[i] = -(c * cp[i] - b * cq[i]) / determinant;
        fq[i] = -(a * cq[i] - b * cp[i]) / determinant;
    }
    kkt->kernels->rank2(n, n, kkt->inverse, ld, cp, fp, cq, fq);
    take_out(kkt, p);
    take_out(kkt, (size_t)kkt->position[e1]);
}
