/* SPDX-License-Identifier: MIT */
/* The single-index guess: fit the index, then block pivoting on the model. */
#include "qp/guess.h"

#include <math.h>
#include <string.h>

enum { SAMPLE = 32, MOST_ROWS = 32, MOST_ROUNDS = 12 };

/* A dependent row of the model, and how small a specific variance may be beside the variance. */
static const double PIVOT = 1e-9;
static const double LEAST_SPECIFIC = 0.1;

int mvoi_guess_init(mvoi_guess *guess, mvo_context *context, size_t n, size_t m, size_t factors,
                    const mvoi_kernels *kernels)
{
    const size_t terms = (m < MOST_ROWS ? m : MOST_ROWS) + 1;
    *guess = (mvoi_guess){ .kernels = kernels, .n = n, .m = m, .terms = terms };
    guess->beta = mvoi_allocate(context, n, sizeof(double));
    guess->inverse = mvoi_allocate(context, n, sizeof(double));
    guess->h = mvoi_allocate(context, n, sizeof(double));
    guess->w = mvoi_allocate(context, n, sizeof(double));
    guess->share = mvoi_allocate(context, n > factors ? n : factors, sizeof(double));
    guess->scaled = mvoi_allocate(context, n * terms, sizeof(double));
    guess->system = mvoi_allocate(context, terms * terms, sizeof(double));
    guess->unknown = mvoi_allocate(context, terms, sizeof(double));
    guess->activity = mvoi_allocate(context, m, sizeof(double));
    guess->rows = mvoi_allocate(context, terms, sizeof(int32_t));
    if (guess->beta && guess->inverse && guess->h && guess->w && guess->share && guess->scaled && guess->system &&
        guess->unknown && guess->activity && guess->rows)
        return 1;
    mvoi_guess_clear(guess, context);
    return 0;
}

void mvoi_guess_clear(mvoi_guess *guess, mvo_context *context)
{
    void *all[] = { guess->beta,   guess->inverse, guess->h,       guess->w,        guess->share,
                    guess->scaled, guess->system,  guess->unknown, guess->activity, guess->rows };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mvoi_release(context, all[i]);
    *guess = (mvoi_guess){ 0 };
}

/* total = the sum of every `stride`-th column of Sigma. */
static void sum_columns(const mvoi_guess *guess, const mvo_covariance *covariance, size_t stride, double *total)
{
    const size_t n = guess->n;
    int32_t columns[SAMPLE];
    double ones[SAMPLE];
    size_t count = 0;
    for (size_t j = 0; j < n && count < SAMPLE; j += stride) {
        columns[count] = (int32_t)j;
        ones[count++] = 1.0;
    }
    memset(total, 0, n * sizeof *total);
    if (covariance->kind == MVOI_DENSE) {
        guess->kernels->sweep(n, count, covariance->dense, covariance->ld, columns, ones, total);
        return;
    }
    const size_t k = covariance->k;
    memset(guess->share, 0, k * sizeof(double));
    guess->kernels->sweep(k, count, covariance->factors, k, columns, ones, guess->share);
    guess->kernels->gemv_transposed(k, n, covariance->factors, k, guess->share, total);
    for (size_t c = 0; c < count; c++)
        total[columns[c]] += covariance->specific[columns[c]];
}

/* beta = covariance with the average of a sample of assets, own variances taken out, over that average's deviation */
static int fit_index(mvoi_guess *guess, const mvo_covariance *covariance)
{
    const size_t n = guess->n;
    const size_t stride = n > SAMPLE ? (n + SAMPLE - 1) / SAMPLE : 1;
    const size_t count = (n + stride - 1) / stride;
    const double *diagonal = covariance->diagonal;
    double *beta = guess->beta;
    sum_columns(guess, covariance, stride, beta);
    double variance = 0.0, largest = 0.0;
    for (size_t j = 0; j < n; j += stride) {
        beta[j] = count > 1 ? (beta[j] - diagonal[j]) * ((double)count / (double)(count - 1)) : 0.0;
        variance += beta[j];
    }
    for (size_t j = 0; j < n; j++)
        largest = diagonal[j] > largest ? diagonal[j] : largest;
    if (!(largest > 0.0))
        return 0;
    /* beta now holds count times the covariances, variance count^2 times the index's */
    const double scale = variance > 1e-6 * largest * (double)count ? 1.0 / sqrt(variance) : 0.0;
    for (size_t j = 0; j < n; j++) {
        beta[j] *= scale;
        const double least =
            LEAST_SPECIFIC * diagonal[j] > 1e-6 * largest ? LEAST_SPECIFIC * diagonal[j] : 1e-6 * largest;
        const double specific = diagonal[j] - beta[j] * beta[j];
        guess->inverse[j] = 1.0 / (specific > least ? specific : least);
    }
    return 1;
}

static const double *term(const mvoi_guess *guess, const mvoi_problem *problem, size_t t)
{
    return t == 0 ? guess->beta : problem->rows + (size_t)guess->rows[t] * problem->ld_rows;
}

/*
 * The unknowns are t = beta'w and the multipliers of the active rows: w = (A'y - beta t - c) / d on the free weights.
 * With the rows (-beta, A_W) as G the equations are (G_F D^-1 G_F' + e e') u = limits + G_F D^-1 c - G_N w_N.
 */
static void solve_model(mvoi_guess *guess, const mvoi_problem *problem, const int32_t *side, int32_t *row_side,
                        size_t terms)
{
    const mvoi_kernels *kernels = guess->kernels;
    const size_t n = guess->n, ld = guess->terms;
    double *free_inverse = guess->h; /* 1 / d on the free weights, 0 elsewhere */
    double *known = guess->w;
    for (size_t j = 0; j < n; j++) {
        const double inverse = guess->inverse[j];
        free_inverse[j] = side[j] == MVOI_FREE ? inverse : 0.0;
        known[j] = side[j] == MVOI_FREE ? problem->linear[j] * inverse
                                        : -(side[j] == MVOI_LOWER ? problem->lower[j] : problem->upper[j]);
    }
    for (size_t t = 0; t < terms; t++) {
        const double *row = term(guess, problem, t);
        double *scaled = guess->scaled + t * n;
        for (size_t j = 0; j < n; j++)
            scaled[j] = row[j] * free_inverse[j];
        for (size_t s = 0; s <= t; s++) {
            const double sum = kernels->dot(n, scaled, term(guess, problem, s));
            guess->system[t + s * ld] = s == 0 && t > 0 ? -sum : sum;
        }
        guess->unknown[t] = kernels->dot(n, row, known);
        if (t == 0) {
            guess->system[0] += 1.0;
            guess->unknown[0] = -guess->unknown[0];
        } else {
            const int32_t i = guess->rows[t];
            guess->unknown[t] += row_side[i] == MVOI_LOWER ? problem->row_lower[i] : problem->row_upper[i];
        }
    }
    const size_t done = kernels->cholesky(0, terms, guess->system, ld, PIVOT);
    kernels->solve_lower(done, guess->system, ld, guess->unknown);
    kernels->solve_lower_transposed(done, guess->system, ld, guess->unknown);
    for (size_t t = done; t < terms; t++) { /* a dependent row, and those after it, rest for this round */
        guess->unknown[t] = 0.0;
        row_side[guess->rows[t]] = MVOI_FREE;
    }
}

/* Where each weight belongs given the unknowns; returns how many moved. */
static size_t place_weights(mvoi_guess *guess, const mvoi_problem *problem, size_t terms, int32_t *side, double *z)
{
    const size_t n = guess->n;
    double *h = guess->h;
    for (size_t j = 0; j < n; j++)
        h[j] = -problem->linear[j];
    guess->kernels->axpy(n, -guess->unknown[0], guess->beta, h);
    for (size_t t = 1; t < terms; t++) {
        if (guess->unknown[t] != 0.0)
            guess->kernels->axpy(n, guess->unknown[t], term(guess, problem, t), h);
    }
    size_t moved = 0;
    for (size_t j = 0; j < n; j++) {
        const double inverse = guess->inverse[j], lower = problem->lower[j], upper = problem->upper[j];
        double w = h[j] * inverse;
        int32_t to = MVOI_FREE;
        if (w <= lower || lower == upper) {
            w = lower;
            to = MVOI_LOWER;
        } else if (w >= upper) {
            w = upper;
            to = MVOI_UPPER;
        }
        guess->w[j] = w;
        z[j] = w / inverse - h[j];
        moved += to != side[j];
        side[j] = to;
    }
    return moved;
}

/* Which rows are active given the weights and the multipliers; returns how many changed. */
static size_t place_rows(mvoi_guess *guess, const mvoi_problem *problem, size_t terms, int32_t *row_side)
{
    size_t changed = 0;
    for (size_t t = 1; t < terms; t++) {
        const int32_t i = guess->rows[t];
        if (problem->row_lower[i] == problem->row_upper[i] || row_side[i] == MVOI_FREE)
            continue;
        if (row_side[i] == MVOI_LOWER ? guess->unknown[t] < 0.0 : guess->unknown[t] > 0.0) {
            row_side[i] = MVOI_FREE;
            changed++;
        }
    }
    size_t held = 0;
    for (size_t i = 0; i < problem->m; i++)
        held += row_side[i] != MVOI_FREE;
    guess->kernels->gemv_transposed(guess->n, problem->m, problem->rows, problem->ld_rows, guess->w, guess->activity);
    for (size_t i = 0; i < problem->m && held + 1 < guess->terms; i++) {
        if (row_side[i] != MVOI_FREE)
            continue;
        const int below = guess->activity[i]<problem->row_lower[i], above = guess->activity[i]> problem->row_upper[i];
        if (below || above) {
            row_side[i] = below ? MVOI_LOWER : MVOI_UPPER;
            held++;
            changed++;
        }
    }
    return changed;
}

int mvoi_guess_make(mvoi_guess *guess, const mvoi_problem *problem, int32_t *side, int32_t *row_side, double *z)
{
    if (!fit_index(guess, problem->covariance))
        return 0;
    size_t held = 0;
    for (size_t i = 0; i < problem->m; i++) {
        const int equality = problem->row_lower[i] == problem->row_upper[i];
        row_side[i] = equality && held + 1 < guess->terms ? MVOI_LOWER : MVOI_FREE;
        held += row_side[i] != MVOI_FREE;
    }
    for (size_t j = 0; j < guess->n; j++)
        side[j] = problem->lower[j] == problem->upper[j] ? MVOI_LOWER : MVOI_FREE;
    for (int round = 0; round < MOST_ROUNDS; round++) {
        size_t terms = 1;
        for (size_t i = 0; i < problem->m; i++) {
            if (row_side[i] != MVOI_FREE)
                guess->rows[terms++] = (int32_t)i;
        }
        solve_model(guess, problem, side, row_side, terms);
        const size_t moved = place_weights(guess, problem, terms, side, z);
        const size_t changed = place_rows(guess, problem, terms, row_side);
        if (moved + changed == 0)
            break;
    }
    for (size_t i = 0; i < problem->m; i++) {
        if (problem->row_lower[i] == problem->row_upper[i])
            row_side[i] = MVOI_LOWER;
    }
    return 1;
}
