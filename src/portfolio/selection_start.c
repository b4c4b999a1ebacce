/* SPDX-License-Identifier: MIT */
/* Good portfolios early: rounding a relaxation, the last search's portfolio, exchanging one holding for another. */
#include "portfolio/selection.h"

#include <math.h>
#include <string.h>

mvo_outcome mvoi_try_mask(mvoi_search *search, uint8_t *mask)
{
    if (!mvoi_propagate(mask, &search->counts))
        return MVO_INFEASIBLE;
    const mvo_outcome outcome = mvoi_relax(search, mask);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    /* A decided mask has its fees in full; a weight that stays all the same owes none. */
    double due = 0.0;
    for (size_t j = 0; j < search->n; j++)
        if (mvoi_least_trade(&search->counts, j, mask[j]))
            due += search->counts.fee[j];
    const double fees = mvoi_true_fees(search, search->w), value = search->value - due + fees;
    if (search->found && !(value < search->best_objective))
        return MVO_OPTIMAL;
    memcpy(search->best, search->w, search->n * sizeof *search->best);
    search->best_objective = value;
    search->best_scale = search->scale - due + fees;
    search->found = 1;
    search->incumbents++;
    return MVO_OPTIMAL;
}

/* Whichever `most` of the assets marked in `score` (not negative) have the largest one keep it; others become -1. */
static void keep_largest(mvoi_search *search, size_t most)
{
    size_t *order = search->order, count = 0;
    for (size_t j = 0; j < search->n; j++) {
        if (search->score[j] < 0.0)
            continue;
        size_t k = count++;
        for (; k > 0 && search->score[order[k - 1]] < search->score[j]; k--)
            order[k] = order[k - 1];
        order[k] = j;
    }
    for (size_t k = most; k < count; k++)
        search->score[order[k]] = -1.0;
}

static double deviation(const mvoi_search *search, size_t j)
{
    return sqrt(search->solver->covariance->diagonal[j]);
}

/* Takes choices out of `mask` until holdings and trades are within their counts, by the size of the weights. */
static void cut_down(mvoi_search *search, uint8_t *mask)
{
    const mvoi_counts *counts = &search->counts;
    const double *w = search->w;
    for (size_t j = 0; j < search->n; j++) {
        const int held = w[j] != 0.0 || !(mask[j] & MVOI_ZERO);
        search->score[j] = !held ? -1.0 : mask[j] & MVOI_ZERO ? fabs(w[j]) * deviation(search, j) : HUGE_VAL;
    }
    keep_largest(search, counts->most_holdings);
    for (size_t j = 0; j < search->n; j++)
        if (search->score[j] < 0.0 && (mask[j] & MVOI_ZERO))
            mask[j] = MVOI_ZERO;
    for (size_t j = 0; j < search->n; j++) {
        const double holding = counts->holdings[j];
        const int still = !mvoi_least_trade(counts, j, mask[j]), moved = w[j] != holding || !still;
        search->score[j] = !moved ? -1.0 : still ? fabs(w[j] - holding) * deviation(search, j) : HUGE_VAL;
    }
    keep_largest(search, counts->most_trades);
    for (size_t j = 0; j < search->n; j++)
        if (search->score[j] < 0.0 && !mvoi_least_trade(counts, j, mask[j]))
            mask[j] = counts->holdings[j] == 0.0 ? MVOI_ZERO : MVOI_STAY;
}

static void decide(mvoi_search *search, uint8_t *mask)
{
    for (size_t j = 0; j < search->n; j++)
        mask[j] = mvoi_nearest_choice(&search->counts, j, mask[j], search->w[j]);
}

mvo_outcome mvoi_try_rounding(mvoi_search *search, const uint8_t *mask)
{
    uint8_t *trial = search->trial;
    memcpy(trial, mask, search->n);
    cut_down(search, trial);
    if (!mvoi_propagate(trial, &search->counts))
        return MVO_OPTIMAL;
    mvo_outcome outcome = mvoi_relax(search, trial);
    if (outcome == MVO_OPTIMAL) {
        decide(search, trial);
        outcome = mvoi_try_mask(search, trial);
    }
    return mvoi_is_stop(outcome) ? outcome : MVO_OPTIMAL;
}

mvo_outcome mvoi_try_weights(mvoi_search *search, const uint8_t *root, const double *weights)
{
    uint8_t *trial = search->trial;
    memcpy(trial, root, search->n);
    memcpy(search->w, weights, search->n * sizeof *weights);
    cut_down(search, trial);
    decide(search, trial);
    const mvo_outcome outcome = mvoi_try_mask(search, trial);
    return mvoi_is_stop(outcome) ? outcome : MVO_OPTIMAL;
}

/* ---------------------------------------------------------------------------------------------- exchanges */

enum { PARTNERS = 8, MOST_EXCHANGES = 40 };

/* The `PARTNERS` assets of largest score, into order; returns how many there are. */
static size_t first_partners(mvoi_search *search, size_t *partners)
{
    size_t count = 0;
    keep_largest(search, search->n);
    for (size_t j = 0; j < search->n; j++)
        count += search->score[j] >= 0.0;
    count = count < PARTNERS ? count : PARTNERS;
    memcpy(partners, search->order, count * sizeof *partners);
    return count;
}

static void read_best(mvoi_search *search, const uint8_t *root, uint8_t *mask)
{
    for (size_t j = 0; j < search->n; j++)
        mask[j] = mvoi_nearest_choice(&search->counts, j, root[j], search->best[j]);
}

/* One exchange that makes the best portfolio better: 1; none: 0. */
static int exchange(mvoi_search *search, const uint8_t *root, mvo_outcome *outcome)
{
    uint8_t *base = search->other, *trial = search->trial;
    size_t in[PARTNERS], out[PARTNERS + 1], ins, outs;
    const double before = search->best_objective;
    read_best(search, root, base);
    memcpy(trial, base, search->n);
    *outcome = mvoi_try_mask(search, trial);
    if (*outcome != MVO_OPTIMAL)
        return 0;
    for (size_t j = 0; j < search->n; j++) {
        const int outside = base[j] == MVOI_ZERO && (root[j] & (MVOI_LONG | MVOI_SHORT));
        const double pull = root[j] & MVOI_SHORT || search->counts.lower[j] < 0.0 ? fabs(search->reduced[j])
                                                                                 : -search->reduced[j];
        search->score[j] = outside && pull > 0.0 ? pull / (deviation(search, j) + 1e-300) : -1.0;
    }
    ins = first_partners(search, in);
    for (size_t j = 0; j < search->n; j++)
        search->score[j] = base[j] != MVOI_ZERO && (root[j] & MVOI_ZERO)
                               ? 1.0 / (fabs(search->best[j]) * deviation(search, j) + 1e-300)
                               : -1.0;
    outs = first_partners(search, out);
    out[outs++] = search->n; /* nothing goes */
    for (size_t a = 0; a < ins; a++)
        for (size_t b = 0; b < outs; b++) {
            memcpy(trial, base, search->n);
            trial[in[a]] = root[in[a]] & MVOI_LONG ? MVOI_LONG : MVOI_SHORT;
            if (out[b] < search->n)
                trial[out[b]] = MVOI_ZERO;
            *outcome = mvoi_try_mask(search, trial);
            if (mvoi_is_stop(*outcome))
                return 0;
            if (search->best_objective < before)
                return 1;
        }
    return 0;
}

mvo_outcome mvoi_try_swaps(mvoi_search *search, const uint8_t *root)
{
    mvo_outcome outcome = MVO_OPTIMAL;
    for (int k = 0; k < MOST_EXCHANGES && search->found && exchange(search, root, &outcome); k++)
        continue;
    return mvoi_is_stop(outcome) ? outcome : MVO_OPTIMAL;
}
