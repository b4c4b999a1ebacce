/* SPDX-License-Identifier: MIT */
/* The single-index guess: fit the index, then block pivoting on the model, then steps towards Sigma itself. */
#include "qp/guess.h"
#include "qp/segments.h"

#include <math.h>
#include <string.h>

enum { SAMPLE = 32, MOST_ROWS = 32, MOST_ROUNDS = 12, STEP_ROUNDS = 2, MOST_STEPS = 8, LEAST_STEPPED = 160, STILL = 32, MOST_STILL = 5 };

/* A dependent row of the model, how small a specific variance may be beside the variance, and what a row may be off. */
static const double PIVOT = 1e-9;
static const double LEAST_SPECIFIC = 0.1;
static const double ROW = 1e-9;

/* Of the largest variance, for 1 / d to be a number. */
static const double LEAST_VARIANCE = 0x1p-960;

/* What d is multiplied by in the first step, and in any. */
static const double FIRST_SCALE = 2.5;
static const double LEAST_SCALE = 0.3;

static size_t round_up(size_t count)
{
    return (count + 7) / 8 * 8;
}

int mvoi_guess_init(mvoi_guess *guess, mvo_context *context, size_t n, size_t m, size_t factors,
                    const mvoi_kernels *kernels)
{
    const size_t terms = (m < MOST_ROWS ? m : MOST_ROWS) + 1, ld_terms = round_up(terms), ld = round_up(n);
    *guess = (mvoi_guess){ .kernels = kernels, .n = n, .m = m, .terms = terms, .ld_terms = ld_terms };
    const mvoi_part parts[] = {
        MVOI_PART(guess->beta, ld),            MVOI_PART(guess->inverse, ld),         MVOI_PART(guess->scaled_inverse, ld),
        MVOI_PART(guess->h, ld),               MVOI_PART(guess->w, ld),               MVOI_PART(guess->z, ld),
        MVOI_PART(guess->mask, ld),            MVOI_PART(guess->gradient, ld),        MVOI_PART(guess->term, ld),
        MVOI_PART(guess->before, ld),          MVOI_PART(guess->gradient_before, ld), MVOI_PART(guess->weight, ld),
        MVOI_PART(guess->weighted_linear, ld), MVOI_PART(guess->bend_at, ld),         MVOI_PART(guess->bend_jump, ld),
        MVOI_PART(guess->left, ld),            MVOI_PART(guess->bend.c, ld),          MVOI_PART(guess->found, n + 1),
        MVOI_PART(guess->spare, n + 1),        MVOI_PART(guess->places.free, n),      MVOI_PART(guess->places.resting, n),
        MVOI_PART(guess->places.before, n),    { &guess->packed, n, ld_terms * sizeof *guess->packed },
        MVOI_PART(guess->share, n > factors ? n : factors), MVOI_PART(guess->system, ld_terms * terms),
        MVOI_PART(guess->unknown, terms),      MVOI_PART(guess->activity, m),         MVOI_PART(guess->rows, terms)
    };
    guess->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    guess->bend.at = guess->bend_at;
    guess->bend.jump = guess->bend_jump;
    return guess->memory != NULL;
}

void mvoi_guess_clear(mvoi_guess *guess, mvo_context *context)
{
    mvoi_release(context, guess->memory);
    *guess = (mvoi_guess){ 0 };
}

/* product = Sigma x, where x has `count` entries at `columns`. */
static void multiply(const mvoi_guess *guess, const mvo_covariance *covariance, size_t count, const int32_t *columns,
                     const double *x, double *product)
{
    const size_t n = guess->n, k = covariance->k;
    if (covariance->kind == MVOI_DENSE) {
        memset(product, 0, n * sizeof *product);
        guess->kernels->sweep(n, count, covariance->dense, covariance->ld, columns, x, product);
        return;
    }
    memset(guess->share, 0, k * sizeof(double));
    guess->kernels->sweep(k, count, covariance->factors, k, columns, x, guess->share);
    guess->kernels->gemv_transposed(k, n, covariance->factors, k, guess->share, product);
    for (size_t c = 0; c < count; c++)
        product[columns[c]] += covariance->specific[columns[c]] * x[c];
}

/* ------------------------------------------------------------------------------------------------ model */

/* beta = covariance with the average of a sample of assets, own variances taken out, over that average's deviation */
static int fit_index(mvoi_guess *guess, const mvo_covariance *covariance)
{
    const size_t n = guess->n;
    const size_t stride = n > SAMPLE ? (n + SAMPLE - 1) / SAMPLE : 1;
    const double *diagonal = covariance->diagonal;
    double *beta = guess->beta, *inverse = guess->inverse;
    int32_t columns[SAMPLE] = { 0 };
    double ones[SAMPLE] = { 0.0 };
    size_t count = 0;
    for (size_t j = 0; j < n; j += stride) {
        columns[count] = (int32_t)j;
        ones[count++] = 1.0;
    }
    multiply(guess, covariance, count, columns, ones, beta);
    double variance = 0.0, largest = 0.0;
    for (size_t j = 0; j < n; j += stride) {
        beta[j] = count > 1 ? (beta[j] - diagonal[j]) * ((double)count / (double)(count - 1)) : 0.0;
        variance += beta[j];
    }
    for (size_t j = 0; j < n; j++)
        largest = diagonal[j] > largest ? diagonal[j] : largest;
    if (!(largest > LEAST_VARIANCE))
        return 0;
    /* beta now holds count times the covariances, variance count^2 times the index's */
    const double scale = variance > 1e-6 * largest * (double)count ? 1.0 / sqrt(variance) : 0.0;
    const double floor = 1e-6 * largest;
    for (size_t j = 0; j < n; j++) {
        const double b = beta[j] * scale, own = diagonal[j];
        const double least = LEAST_SPECIFIC * own > floor ? LEAST_SPECIFIC * own : floor;
        const double specific = own - b * b;
        beta[j] = b;
        inverse[j] = 1.0 / (specific > least ? specific : least);
    }
    return 1;
}

/* The coefficient of row i on asset j */
static double coefficient(const mvoi_problem *problem, int32_t i, int32_t j)
{
    return problem->columns ? problem->columns[(size_t)j * problem->ld_columns + (size_t)i]
                            : problem->rows[(size_t)i * problem->ld_rows + (size_t)j];
}

static int is_absolute(const mvoi_problem *problem, size_t i)
{
    return problem->segments && mvoi_segments_is_absolute(problem->segments, i);
}

/* One asset's column of G (see solve_model). */
static void read_terms(const mvoi_guess *guess, const mvoi_problem *problem, int32_t asset, size_t terms, double *column)
{
    column[0] = -guess->beta[asset];
    for (size_t t = 1; t < terms; t++)
        column[t] = coefficient(problem, guess->rows[t], asset);
}

/* unknown -= (-beta, A_W) times the weights that are neither free nor zero */
static void subtract_resting(mvoi_guess *guess, const mvoi_problem *problem, size_t terms)
{
    const size_t count = guess->places.resting_count;
    const int32_t *resting = guess->places.resting;
    double *w = guess->weight, sums[MVOI_COLUMN_ROWS] = { 0.0 };
    if (!count)
        return;
    for (size_t r = 0; r < count; r++) {
        w[r] = guess->w[resting[r]];
        guess->unknown[0] += guess->beta[resting[r]] * w[r];
    }
    if (problem->columns) {
        guess->kernels->sweep(problem->m, count, problem->columns, problem->ld_columns, resting, w, sums);
        for (size_t t = 1; t < terms; t++)
            guess->unknown[t] -= sums[guess->rows[t]];
        return;
    }
    for (size_t t = 1; t < terms; t++) {
        const double *row = problem->rows + (size_t)guess->rows[t] * problem->ld_rows;
        for (size_t r = 0; r < count; r++)
            guess->unknown[t] -= row[resting[r]] * w[r];
    }
}

/*
 * The unknowns are t = beta'w and the multipliers of the active rows: w = (A'y - beta t - c) / d on the free weights.
 * With the rows (-beta, A_W) as G the equations are (G_F D^-1 G_F' + e e') u = limits + G_F D^-1 c - G_N w_N.
 */
static void solve_model(mvoi_guess *guess, const mvoi_problem *problem, int32_t *row_side, size_t terms)
{
    const mvoi_kernels *kernels = guess->kernels;
    const size_t ld = guess->ld_terms, count = guess->places.free_count;
    double *packed = guess->packed, *weight = guess->weight, *share = guess->weighted_linear;
    guess->unknown[0] = 0.0;
    for (size_t t = 1; t < terms; t++)
        guess->unknown[t] = row_side[guess->rows[t]] == MVOI_LOWER ? problem->row_lower[guess->rows[t]]
                                                                   : problem->row_upper[guess->rows[t]];
    subtract_resting(guess, problem, terms);
    for (size_t f = 0; f < count; f++) {
        const int32_t j = guess->places.free[f];
        read_terms(guess, problem, j, terms, packed + f * ld);
        weight[f] = guess->mask[j];
        share[f] = weight[f] * guess->linear[j];
    }
    kernels->gemv(terms, count, packed, ld, share, guess->unknown);
    kernels->gram(terms, count, packed, ld, weight, guess->system, ld);
    guess->system[0] += 1.0;
    const size_t done = kernels->cholesky(0, terms, guess->system, ld, PIVOT);
    kernels->solve_lower(done, guess->system, ld, guess->unknown);
    kernels->solve_lower_transposed(done, guess->system, ld, guess->unknown);
    for (size_t t = done > 0 ? done : 1; t < terms; t++) { /* a dependent row, and those after it, rest for this round */
        guess->unknown[t] = 0.0;
        row_side[guess->rows[t]] = MVOI_FREE;
    }
}

/* Writes down which weights are free (mask) and which rest away from zero; returns how many are in another state than when
   this was last done. `term`, of the steps, remembers: there are none of these where this is asked twice. */
static size_t list_weights(mvoi_guess *guess)
{
    const double *mask = guess->mask, *w = guess->w;
    int32_t *free = guess->places.free, *resting = guess->places.resting;
    double *state = guess->term;
    size_t free_count = 0, resting_count = 0, moved = 0;
    for (size_t j = 0; j < guess->n; j++) {
        const double now = mask[j] != 0.0 ? 1.0 : w[j] != 0.0 ? -1.0 : 0.0;
        moved += now != state[j];
        state[j] = now;
        free[free_count] = resting[resting_count] = (int32_t)j;
        free_count += now > 0.0;
        resting_count += now < 0.0;
    }
    guess->places.free_count = free_count;
    guess->places.resting_count = resting_count;
    return moved;
}

/* Weights that have breakpoints go, beyond an end of their segment, into the one where their slope and h meet; returns how
   many went. */
static size_t clip_to_segments(mvoi_guess *guess, mvoi_segments *segments, size_t terms)
{
    const size_t first = guess->linear_terms;
    size_t moved = 0;
    for (size_t k = 0; k < segments->kinked_count; k++) {
        const size_t j = (size_t)segments->kinked[k];
        double h = guess->h[j] + (segments->linear[j] - segments->c[j]), place;
        if (guess->mask[j] != 0.0)
            continue;
        for (size_t t = first; t < terms; t++) /* as it would be without slopes and absolute rows */
            h -= guess->unknown[t] * segments->rows[(size_t)guess->rows[t] * segments->ld + j];
        const int32_t g = mvoi_segments_find(segments, j, 1.0 / guess->scaled_inverse[j], h, terms - first,
                                             guess->rows + first, guess->unknown + first, &place);
        if (g != segments->segment[j]) {
            mvoi_segments_move(segments, j, g);
            moved++;
        }
        guess->w[j] = place;
        guess->mask[j] = place > segments->lower[j] && place < segments->upper[j] ? guess->scaled_inverse[j] : 0.0;
    }
    if (moved)
        mvoi_segments_settle(segments);
    return moved;
}

/* Where each weight belongs given the unknowns, if none has more than one breakpoint; segments follow at the end. */
static size_t place_bent_weights(mvoi_guess *guess, const mvoi_problem *problem, size_t terms)
{
    const mvoi_separable separable = { guess->left,
                                       guess->beta,
                                       guess->scaled_inverse,
                                       problem->segments->bound_lower,
                                       problem->segments->bound_upper,
                                       guess->unknown[0] };
    return guess->kernels->settle_bent(guess->n, terms - 1, problem->rows, problem->ld_rows, guess->rows + 1,
                                       guess->unknown + 1, &separable, &guess->bend, guess->h, guess->w, guess->mask,
                                       &guess->places);
}

/* Where each weight belongs given the unknowns; returns how many moved. */
static size_t place_weights(mvoi_guess *guess, const mvoi_problem *problem, size_t terms)
{
    if (guess->bent)
        return place_bent_weights(guess, problem, terms);
    const mvoi_separable separable = { guess->linear,  guess->beta,    guess->scaled_inverse,
                                       problem->lower, problem->upper, guess->unknown[0] };
    const mvoi_places kept = guess->places;
    if (problem->segments) { /* the lists are made, and compared, once all weights have their segment */
        guess->places.free = guess->spare;
        guess->places.resting = guess->found;
    }
    const size_t moved =
        guess->kernels->settle(guess->n, terms - 1, problem->rows, problem->ld_rows, guess->rows + 1, guess->unknown + 1,
                               &separable, guess->h, guess->w, guess->mask, &guess->places);
    if (!problem->segments)
        return moved;
    guess->places = kept;
    const size_t crossed = clip_to_segments(guess, problem->segments, terms);
    return crossed + list_weights(guess);
}

/* Which rows are active given the weights and the multipliers. */
static void place_rows(mvoi_guess *guess, const mvoi_problem *problem, int32_t *row_side, size_t terms)
{
    size_t held = 0;
    for (size_t t = 1; t < terms; t++) {
        const int32_t i = guess->rows[t];
        if (problem->row_lower[i] < problem->row_upper[i] &&
            (row_side[i] == MVOI_LOWER ? guess->unknown[t] < 0.0 : guess->unknown[t] > 0.0))
            row_side[i] = MVOI_FREE;
    }
    for (size_t i = 0; i < problem->m; i++)
        held += row_side[i] != MVOI_FREE;
    if (held == problem->m)
        return;
    guess->kernels->gemv_transposed(guess->n, problem->m, problem->rows, problem->ld_rows, guess->w, guess->activity);
    for (size_t i = 0; i < problem->m && held + 1 < guess->terms; i++) {
        if (row_side[i] != MVOI_FREE)
            continue;
        const double activity = guess->activity[i], noise = ROW * fabs(activity);
        const int below = activity + noise < problem->row_lower[i];
        const int above = activity - noise > problem->row_upper[i];
        if (below || above) {
            row_side[i] = below ? MVOI_LOWER : MVOI_UPPER;
            held++;
        }
    }
}

/* Block pivoting on the model, from where it stands, until few weights move: what is left is done on Sigma as well. */
static void solve_rounds(mvoi_guess *guess, const mvoi_problem *problem, int32_t *row_side, int most)
{
    const size_t share = 1 + guess->n / STILL, still = share < MOST_STILL ? share : MOST_STILL;
    size_t moved = SIZE_MAX;
    for (int round = 0; round < most && moved > still; round++) {
        size_t terms = 1;
        for (size_t i = 0; i < problem->m; i++) {
            if (row_side[i] != MVOI_FREE && !is_absolute(problem, i))
                guess->rows[terms++] = (int32_t)i;
        }
        guess->linear_terms = terms;
        for (size_t i = 0; problem->segments && i < problem->m; i++) {
            if (row_side[i] != MVOI_FREE && is_absolute(problem, i))
                guess->rows[terms++] = (int32_t)i;
        }
        solve_model(guess, problem, row_side, terms);
        moved = place_weights(guess, problem, terms);
        place_rows(guess, problem, row_side, terms);
    }
}

/* ------------------------------------------------------------------------------------------------ steps */

/*
 * Steps of the spectral gradient method: the model, its d scaled by what the last move showed of Sigma's curvature,
 * takes the place of Sigma around the current weights.
 */
static void take_steps(mvoi_guess *guess, const mvoi_problem *problem, int32_t *row_side)
{
    const size_t n = guess->n;
    double *restrict gradient = guess->gradient, *restrict before = guess->before;
    double *restrict gradient_before = guess->gradient_before, *restrict scaled = guess->scaled_inverse;
    double *support = guess->weight; /* w, packed */
    const double *restrict w = guess->w, *restrict beta = guess->beta, *restrict inverse = guess->inverse;
    const double *restrict linear = problem->linear;
    double *restrict term = guess->term, *restrict mask = guess->mask;
    double scale = FIRST_SCALE;
    for (int step = 0; step < MOST_STEPS; step++) {
        size_t count = 0;
        double market = 0.0, along = 0.0, length = 0.0, shared = 0.0;
        for (size_t j = 0; j < n; j++) {
            guess->found[count] = (int32_t)j;
            support[count] = w[j];
            count += w[j] != 0.0;
            market += beta[j] * w[j];
        }
        multiply(guess, problem->covariance, count, guess->found, support, gradient);
        if (step > 0) {
            for (size_t j = 0; j < n; j++) {
                const double move = w[j] - before[j];
                along += move * (gradient[j] - gradient_before[j]);
                length += move * move / inverse[j];
                shared += move * beta[j];
            }
            if (!(length > 0.0))
                break; /* nothing moved */
            scale = (along - shared * shared) / length;
            scale = scale > LEAST_SCALE ? scale : LEAST_SCALE;
        }
        const double unscale = 1.0 / scale;
        for (size_t j = 0; j < n; j++) {
            before[j] = w[j];
            gradient_before[j] = gradient[j];
            scaled[j] = inverse[j] * unscale;
            term[j] = linear[j] + gradient[j] - w[j] / scaled[j] - beta[j] * market;
            mask[j] = mask[j] != 0.0 ? scaled[j] : 0.0;
        }
        guess->linear = term;
        solve_rounds(guess, problem, row_side, STEP_ROUNDS);
    }
}

/* The lists of the weights as they stand at first. */
static void begin_places(mvoi_guess *guess)
{
    memset(guess->term, 0, guess->n * sizeof *guess->term);
    list_weights(guess);
    memset(guess->places.before, 0, guess->n * sizeof *guess->places.before);
}

void mvoi_guess_forget(mvoi_guess *guess)
{
    guess->fitted = 0;
}

/* At first equality rows are active, all other rows are not, and all weights that can move do, at the model's own scale. */
static void begin_anew(mvoi_guess *guess, const mvoi_problem *problem, int32_t *row_side)
{
    const double *lower = guess->bent ? problem->segments->bound_lower : problem->lower;
    const double *upper = guess->bent ? problem->segments->bound_upper : problem->upper;
    size_t held = 0;
    for (size_t i = 0; i < problem->m; i++) {
        const int equality = problem->row_lower[i] == problem->row_upper[i];
        row_side[i] = equality && held + 1 < guess->terms ? MVOI_LOWER : MVOI_FREE;
        held += row_side[i] != MVOI_FREE;
    }
    for (size_t j = 0; j < guess->n; j++) {
        const int fixed = lower[j] == upper[j];
        guess->w[j] = fixed ? lower[j] : 0.0;
        guess->mask[j] = fixed ? 0.0 : guess->inverse[j];
    }
    memcpy(guess->scaled_inverse, guess->inverse, guess->n * sizeof(double));
    begin_places(guess);
}

/* At first the sides are those given, the weights near `from`. */
static void keep_sides(mvoi_guess *guess, const mvoi_problem *problem, const double *from, const int32_t *side,
                       int32_t *row_side)
{
    const double *lower = problem->lower, *upper = problem->upper;
    size_t held = 0;
    for (size_t i = 0; i < problem->m; i++) {
        if (row_side[i] != MVOI_FREE && held + 1 == guess->terms)
            row_side[i] = MVOI_FREE;
        held += row_side[i] != MVOI_FREE;
    }
    for (size_t j = 0; j < guess->n; j++) {
        const int free = side[j] == MVOI_FREE && lower[j] < upper[j];
        const double above = from[j] > lower[j] ? from[j] : lower[j];
        guess->w[j] = above < upper[j] ? above : upper[j];
        guess->mask[j] = free ? guess->inverse[j] : 0.0;
    }
    memcpy(guess->scaled_inverse, guess->inverse, guess->n * sizeof(double));
    begin_places(guess);
}

static int has_free(size_t n, const int32_t *side)
{
    size_t j = 0;
    while (j < n && side[j] != MVOI_FREE)
        j++;
    return j < n;
}

/* What the model is solved for is linear term `c` and the costs. */
static void begin_costs(mvoi_guess *guess, const mvoi_problem *problem, const double *c)
{
    mvoi_segments *segments = problem->segments;
    guess->bent = segments && segments->absolute_count == 0 && segments->most_count <= 1;
    guess->linear = guess->bent ? guess->bend.c : problem->linear;
    for (size_t j = 0; guess->bent && j < guess->n; j++) {
        const size_t first = segments->first[j];
        guess->bend_at[j] = segments->count[j] ? segments->at[first] : 0.0;
        guess->bend_jump[j] = segments->count[j] ? segments->scale * segments->jump[first] : 0.0;
        guess->left[j] = c[j] + segments->scale * segments->slope_left[j];
        guess->bend.c[j] = segments->segment[j] ? guess->left[j] + guess->bend_jump[j] : guess->left[j];
    }
}

/* The weights go into the segments that the model found for them. */
static void end_costs(mvoi_guess *guess, const mvoi_problem *problem)
{
    mvoi_segments *segments = problem->segments;
    for (size_t j = 0; guess->bent && j < guess->n; j++) {
        const int32_t g = segments->count[j] && guess->h[j] * guess->scaled_inverse[j] > guess->bend_at[j];
        guess->h[j] -= g ? guess->bend_jump[j] : 0.0;
        if (segments->segment[j] != g)
            mvoi_segments_move(segments, j, g);
    }
}

static void write_sides(mvoi_guess *guess, const mvoi_problem *problem, int32_t *side, int32_t *row_side)
{
    const double *lower = problem->lower, *upper = problem->upper;
    for (size_t j = 0; j < guess->n; j++) {
        const double w = guess->w[j];
        const int free = guess->mask[j] != 0.0 && lower[j] < upper[j];
        side[j] = free ? MVOI_FREE : w == lower[j] ? MVOI_LOWER : MVOI_UPPER;
        guess->z[j] = free ? 0.0 : (w == 0.0 ? 0.0 : w / guess->scaled_inverse[j]) - guess->h[j];
    }
    for (size_t i = 0; i < problem->m; i++) {
        if (problem->row_lower[i] == problem->row_upper[i])
            row_side[i] = MVOI_LOWER;
    }
}

int mvoi_guess_make(mvoi_guess *guess, const mvoi_problem *problem, int32_t *side, int32_t *row_side)
{
    const size_t n = guess->n;
    if (!guess->fitted && !fit_index(guess, problem->covariance))
        return 0;
    guess->fitted = 1;
    begin_costs(guess, problem, problem->segments ? problem->segments->c : NULL);
    begin_anew(guess, problem, row_side);
    solve_rounds(guess, problem, row_side, MOST_ROUNDS);
    if (5 * guess->places.free_count > 2 * n && n >= LEAST_STEPPED && !problem->segments)
        take_steps(guess, problem, row_side);
    end_costs(guess, problem);
    write_sides(guess, problem, side, row_side);
    return 1;
}

/* guess->before = c + Sigma w - (D + beta beta') w at w = `from`: with it the model has the gradient there. */
static void look_from(mvoi_guess *guess, const mvoi_problem *problem, const double *c, const double *from,
                      const double *product)
{
    size_t count = 0;
    double market = 0.0;
    for (size_t j = 0; j < guess->n; j++) {
        guess->found[count] = (int32_t)j;
        guess->weight[count] = from[j];
        count += from[j] != 0.0;
        market += guess->beta[j] * from[j];
    }
    if (!product) {
        multiply(guess, problem->covariance, count, guess->found, guess->weight, guess->gradient);
        product = guess->gradient;
    }
    for (size_t j = 0; j < guess->n; j++)
        guess->before[j] = c[j] + product[j] - from[j] / guess->inverse[j] - guess->beta[j] * market;
}

int mvoi_guess_around(mvoi_guess *guess, const mvoi_problem *problem, const double *from, const double *product,
                      int32_t *side, int32_t *row_side)
{
    mvoi_segments *segments = problem->segments;
    const double *c = segments->c;
    if (!guess->fitted && !fit_index(guess, problem->covariance))
        return 0;
    guess->fitted = 1;
    look_from(guess, problem, c, from, product);
    mvoi_segments_set_linear(segments, guess->before);
    begin_costs(guess, problem, guess->before);
    if (has_free(guess->n, side))
        keep_sides(guess, problem, from, side, row_side);
    else
        begin_anew(guess, problem, row_side);
    solve_rounds(guess, problem, row_side, MOST_ROUNDS);
    end_costs(guess, problem);
    mvoi_segments_set_linear(segments, c);
    write_sides(guess, problem, side, row_side);
    return 1;
}
