/* SPDX-License-Identifier: MIT */
/* What an asset may do where holdings and trades are counted (see selection.h). */
#include "portfolio/selection.h"

#include <math.h>

static int is_within(const mvoi_counts *counts, size_t j, double w)
{
    return counts->lower[j] <= w && w <= counts->upper[j] && (w == 0.0 || fabs(w) >= counts->least[j]);
}

uint8_t mvoi_choices_of(const mvoi_counts *counts, size_t j)
{
    const double lower = counts->lower[j], upper = counts->upper[j], least = counts->least[j];
    uint8_t mask = 0;
    if (is_within(counts, j, 0.0))
        mask |= MVOI_ZERO;
    if (least == 0.0 ? (lower <= upper && (lower != 0.0 || upper != 0.0)) : fmax(lower, least) <= upper)
        mask |= MVOI_LONG;
    if (least > 0.0 && lower <= fmin(upper, -least))
        mask |= MVOI_SHORT;
    if (counts->holdings[j] != 0.0 && is_within(counts, j, counts->holdings[j]))
        mask |= MVOI_STAY;
    return mask;
}

static void interval(double *low, double *high, const mvoi_counts *counts, size_t j, uint8_t choice)
{
    const double lower = counts->lower[j], upper = counts->upper[j], least = counts->least[j];
    switch (choice) {
    case MVOI_ZERO:
        *low = *high = 0.0;
        break;
    case MVOI_STAY:
        *low = *high = counts->holdings[j];
        break;
    case MVOI_LONG:
        *low = least > 0.0 ? fmax(lower, least) : lower;
        *high = upper;
        break;
    default:
        *low = lower;
        *high = fmin(upper, -least);
    }
}

void mvoi_choice_interval(double *low, double *high, const mvoi_counts *counts, size_t j, uint8_t mask)
{
    double from = HUGE_VAL, to = -HUGE_VAL;
    for (int c = 0; c < MVOI_CHOICES; c++) {
        double a, b;
        if (!(mask & (1 << c)))
            continue;
        interval(&a, &b, counts, j, (uint8_t)(1 << c));
        from = fmin(from, a);
        to = fmax(to, b);
    }
    *low = from;
    *high = to;
}

/* A holding of zero stays where the weight is zero. */
static uint8_t without_trade(const mvoi_counts *counts, size_t j)
{
    return counts->holdings[j] == 0.0 ? MVOI_ZERO : MVOI_STAY;
}

int mvoi_least_trade(const mvoi_counts *counts, size_t j, uint8_t mask)
{
    return !(mask & without_trade(counts, j));
}

/* An asset that differs in nothing from an earlier one is held only if that one is. */
static int use_twins(uint8_t *mask, const mvoi_counts *counts)
{
    int changed = 0;
    for (size_t j = 0; j < counts->n; j++) {
        const size_t first = counts->twin[j];
        if (first == j)
            continue;
        if (mask[first] == MVOI_ZERO && (mask[j] & ~MVOI_ZERO)) {
            mask[j] &= MVOI_ZERO;
            changed = 1;
        }
        if (!(mask[j] & MVOI_ZERO) && (mask[first] & MVOI_ZERO)) {
            mask[first] &= (uint8_t)~MVOI_ZERO;
            changed = 1;
        }
    }
    return changed;
}

int mvoi_propagate(uint8_t *mask, const mvoi_counts *counts)
{
    for (int changed = 1; changed;) {
        size_t holdings = 0, trades = 0;
        changed = use_twins(mask, counts);
        for (size_t j = 0; j < counts->n; j++) {
            if (!mask[j])
                return 0;
            holdings += !(mask[j] & MVOI_ZERO);
            trades += (size_t)mvoi_least_trade(counts, j, mask[j]);
        }
        if (holdings > counts->most_holdings || trades > counts->most_trades)
            return 0;
        for (size_t j = 0; j < counts->n; j++) {
            uint8_t kept = mask[j];
            if (holdings == counts->most_holdings && (kept & MVOI_ZERO))
                kept = MVOI_ZERO;
            const uint8_t still = without_trade(counts, j);
            if (trades == counts->most_trades && (mask[j] & still))
                kept &= still;
            changed |= kept != mask[j];
            mask[j] = kept;
        }
    }
    return 1;
}

uint8_t mvoi_nearest_choice(const mvoi_counts *counts, size_t j, uint8_t mask, double w)
{
    static const uint8_t cheapest_first[MVOI_CHOICES] = { MVOI_STAY, MVOI_ZERO, MVOI_LONG, MVOI_SHORT };
    uint8_t nearest = 0;
    double least = HUGE_VAL;
    for (int c = 0; c < MVOI_CHOICES; c++) {
        double low, high;
        if (!(mask & cheapest_first[c]))
            continue;
        interval(&low, &high, counts, j, cheapest_first[c]);
        const double away = fabs(fmin(fmax(w, low), high) - w);
        if (away < least || !nearest) {
            least = away;
            nearest = cheapest_first[c];
        }
    }
    return nearest;
}
