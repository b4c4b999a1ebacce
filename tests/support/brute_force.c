/* SPDX-License-Identifier: MIT */
#include "support/brute_force.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUT, AT_LOWER, AT_UPPER };

static const long double TINY = 1e-13L;  /* a pivot below this, relative to the largest, is zero */
static const long double SLACK = 1e-11L; /* what a limit, sign or equation may be off by, relative to the data */

typedef struct search {
    const instance *p;
    int identity; /* 1: Sigma = I and c = 0, the search for a feasible point */
    int status[BRUTE_MOST];
    long double w[BRUTE_MOST], y[BRUTE_MOST], z[BRUTE_MOST];
} search;

static long double sigma_at(const search *s, size_t i, size_t j)
{
    return s->identity ? (i == j ? 1.0L : 0.0L) : s->p->sigma[i + j * s->p->n];
}

static long double linear_at(const search *s, size_t j)
{
    return s->identity ? 0.0L : s->p->linear[j];
}

/* Solves M x = b in place with full pivoting; unknowns without a pivot become zero. 0 if the equations contradict. */
static int solve(long double M[BRUTE_MOST][BRUTE_MOST + 1], size_t size, long double *x)
{
    size_t column_of[BRUTE_MOST], rank = 0;
    long double largest = 0.0L, first = 0.0L;
    for (size_t i = 0; i < size; i++)
        column_of[i] = i;
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j <= size; j++)
            largest = fmaxl(largest, fabsl(M[i][j]));
    for (; rank < size; rank++) {
        size_t pi = rank, pj = rank;
        for (size_t i = rank; i < size; i++)
            for (size_t j = rank; j < size; j++)
                if (fabsl(M[i][j]) > fabsl(M[pi][pj])) {
                    pi = i;
                    pj = j;
                }
        const long double pivot = fabsl(M[pi][pj]);
        if (rank == 0)
            first = pivot;
        if (pivot <= TINY * first)
            break;
        for (size_t j = 0; j <= size; j++) {
            const long double keep = M[pi][j];
            M[pi][j] = M[rank][j];
            M[rank][j] = keep;
        }
        for (size_t i = 0; i < size; i++) {
            const long double keep = M[i][pj];
            M[i][pj] = M[i][rank];
            M[i][rank] = keep;
        }
        const size_t keep = column_of[pj];
        column_of[pj] = column_of[rank];
        column_of[rank] = keep;
        for (size_t i = rank + 1; i < size; i++) {
            const long double factor = M[i][rank] / M[rank][rank];
            for (size_t j = rank; j <= size && factor != 0.0L; j++)
                M[i][j] -= factor * M[rank][j];
        }
    }
    for (size_t i = rank; i < size; i++)
        if (fabsl(M[i][size]) > SLACK * largest)
            return 0;
    for (size_t i = 0; i < size; i++)
        x[i] = 0.0L;
    for (size_t i = rank; i-- > 0;) {
        long double value = M[i][size];
        for (size_t j = i + 1; j < rank; j++)
            value -= M[i][j] * x[column_of[j]];
        x[column_of[i]] = value / M[i][i];
    }
    return 1;
}

/* Sigma w + c = A'y + z with z zero on the free weights and the rows of the working set at their limits. */
static int solve_working_set(search *s)
{
    const instance *p = s->p;
    long double M[BRUTE_MOST][BRUTE_MOST + 1] = { { 0.0L } }, x[BRUTE_MOST] = { 0.0L };
    size_t at[BRUTE_MOST], free_count = 0, size;
    for (size_t j = 0; j < p->n; j++) {
        s->w[j] = s->status[j] == AT_LOWER ? p->lower[j] : s->status[j] == AT_UPPER ? p->upper[j] : 0.0L;
        if (s->status[j] == OUT)
            at[free_count++] = j;
    }
    size = free_count;
    for (size_t i = 0; i < p->m; i++)
        if (s->status[p->n + i] != OUT)
            at[size++] = p->n + i;
    for (size_t a = 0; a < free_count; a++) {
        for (size_t b = 0; b < free_count; b++)
            M[a][b] = sigma_at(s, at[a], at[b]);
        M[a][size] = -linear_at(s, at[a]);
        for (size_t j = 0; j < p->n; j++)
            if (s->status[j] != OUT)
                M[a][size] -= sigma_at(s, at[a], j) * s->w[j];
    }
    for (size_t b = free_count; b < size; b++) {
        const size_t row = at[b] - p->n;
        for (size_t a = 0; a < free_count; a++) {
            M[a][b] = -(long double)p->rows[row * p->n + at[a]];
            M[b][a] = p->rows[row * p->n + at[a]];
        }
        M[b][size] = s->status[at[b]] == AT_LOWER ? p->row_lower[row] : p->row_upper[row];
        for (size_t j = 0; j < p->n; j++)
            M[b][size] -= p->rows[row * p->n + j] * s->w[j];
    }
    if (!solve(M, size, x))
        return 0;
    memset(s->y, 0, sizeof s->y);
    for (size_t a = 0; a < free_count; a++)
        s->w[at[a]] = x[a];
    for (size_t b = free_count; b < size; b++)
        s->y[at[b] - p->n] = x[b];
    return 1;
}

static int keeps_limits(const search *s)
{
    const instance *p = s->p;
    long double largest = 1.0L;
    for (size_t j = 0; j < p->n; j++)
        largest = fmaxl(largest, fabsl(s->w[j]));
    for (size_t j = 0; j < p->n; j++)
        if (s->w[j] < p->lower[j] - SLACK * largest || s->w[j] > p->upper[j] + SLACK * largest)
            return 0;
    for (size_t i = 0; i < p->m; i++) {
        long double value = 0.0L, size = largest;
        for (size_t j = 0; j < p->n; j++) {
            value += p->rows[i * p->n + j] * s->w[j];
            size += fabsl(p->rows[i * p->n + j] * s->w[j]);
        }
        if (value < p->row_lower[i] - SLACK * size || value > p->row_upper[i] + SLACK * size)
            return 0;
    }
    return 1;
}

static int sign_holds(int status, double lower, double upper, long double multiplier, long double scale)
{
    if (lower == upper)
        return 1;
    if (status == AT_LOWER)
        return multiplier >= -SLACK * scale;
    if (status == AT_UPPER)
        return multiplier <= SLACK * scale;
    return fabsl(multiplier) <= SLACK * scale;
}

static int keeps_signs(search *s)
{
    const instance *p = s->p;
    long double scale = 0.0L;
    for (size_t j = 0; j < p->n; j++) {
        s->z[j] = linear_at(s, j);
        scale = fmaxl(scale, fabsl(linear_at(s, j)));
        for (size_t i = 0; i < p->n; i++) {
            s->z[j] += sigma_at(s, j, i) * s->w[i];
            scale = fmaxl(scale, fabsl(sigma_at(s, j, i) * s->w[i]));
        }
        for (size_t i = 0; i < p->m; i++) {
            s->z[j] -= p->rows[i * p->n + j] * s->y[i];
            scale = fmaxl(scale, fabsl(p->rows[i * p->n + j] * s->y[i]));
        }
    }
    for (size_t j = 0; j < p->n; j++)
        if (!sign_holds(s->status[j], p->lower[j], p->upper[j], s->z[j], scale))
            return 0;
    for (size_t i = 0; i < p->m; i++)
        if (!sign_holds(s->status[p->n + i], p->row_lower[i], p->row_upper[i], s->y[i], scale))
            return 0;
    return 1;
}

/* Statuses one member may have; fixed weights and held equalities need one side only. */
static int allowed(const instance *p, size_t member, int status)
{
    const int row = member >= p->n;
    const double lower = row ? p->row_lower[member - p->n] : p->lower[member];
    const double upper = row ? p->row_upper[member - p->n] : p->upper[member];
    if (status == AT_LOWER)
        return !isinf(lower);
    if (status == AT_UPPER)
        return !isinf(upper) && lower != upper;
    return row || lower != upper;
}

static int look(search *s, size_t member)
{
    if (member == s->p->n + s->p->m)
        return solve_working_set(s) && keeps_limits(s) && keeps_signs(s);
    for (int status = OUT; status <= AT_UPPER; status++) {
        s->status[member] = status;
        if (allowed(s->p, member, status) && look(s, member + 1))
            return 1;
    }
    return 0;
}

brute_answer brute_force(const instance *p)
{
    brute_answer answer = { MVO_OPTIMAL, { 0.0 }, 0.0L };
    search s = { .p = p };
    if (!p->sigma || p->n + p->m > BRUTE_MOST)
        abort();
    if (!look(&s, 0)) {
        s.identity = 1;
        answer.outcome = look(&s, 0) ? MVO_UNBOUNDED : MVO_INFEASIBLE;
        return answer;
    }
    for (size_t j = 0; j < p->n; j++) {
        long double risk = 0.0L;
        for (size_t i = 0; i < p->n; i++)
            risk += p->sigma[j + i * p->n] * s.w[i];
        answer.w[j] = (double)s.w[j];
        answer.objective += s.w[j] * (0.5L * risk + p->linear[j]);
    }
    return answer;
}
