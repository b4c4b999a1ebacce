/* SPDX-License-Identifier: MIT */
/*
 * Branch and bound: a node is a mask of choices for each asset. The search dives along the more promising child and goes on
 * with the open node of least bound when a dive ends. Sources: Land & Doig (1960); Bienstock (1996).
 */
#include "portfolio/selection.h"

#include <math.h>
#include <string.h>

double mvoi_cutoff(const mvoi_search *search)
{
    const double gap = fmax(search->selection->gap_limit, 1e-9);
    return search->found ? search->best_objective - gap * search->best_scale : HUGE_VAL;
}

/* --------------------------------------------------------------------------------------------- narrowing */

/*
 * Reduced costs: where a limit of the hull holds a weight with multiplier z, a choice whose own limit lies `d` further in
 * costs at least |z| d more than the bound (the dual objective is linear in the limits). Choices beyond the cutoff go.
 */
static int fix_by_reduced_costs(mvoi_search *search, uint8_t *mask, double bound)
{
    const double room = mvoi_cutoff(search) - bound;
    int changed = 0;
    if (!(room < HUGE_VAL))
        return 0;
    for (size_t j = 0; j < search->n; j++) {
        const double z = search->reduced[j];
        for (int c = 0; c < MVOI_CHOICES && z != 0.0; c++) {
            const uint8_t choice = (uint8_t)(1 << c);
            double low, high;
            if (!(mask[j] & choice) || mask[j] == choice)
                continue;
            mvoi_choice_interval(&low, &high, &search->counts, j, choice);
            if ((z > 0.0 ? z * (low - search->low[j]) : z * (high - search->high[j])) <= room)
                continue;
            mask[j] &= (uint8_t)~choice;
            changed = 1;
        }
    }
    return changed;
}

/* -------------------------------------------------------------------------------------------- branching */

/* A split of an asset's choices in two; `first` is where the search dives. */
typedef struct split {
    size_t asset;
    uint8_t first, second;
    double score;
} split;

static int is_decided(uint8_t mask)
{
    return !(mask & (mask - 1));
}

static void propose(split *best, size_t asset, uint8_t first, uint8_t second, double score)
{
    if (first && second && score > best->score)
        *best = (split){ asset, first, second, score };
}

/* What the relaxation's weights violate, measured by what undoing it costs in variance (its diagonal alone) or in fees. */
static split choose(const mvoi_search *search, const uint8_t *mask)
{
    const mvoi_counts *counts = &search->counts;
    const double *w = search->w, *variance = search->solver->covariance->diagonal;
    size_t held = 0, traded = 0;
    split best = { search->n, 0, 0, -1.0 };
    for (size_t j = 0; j < search->n; j++) {
        held += w[j] != 0.0;
        traded += w[j] != counts->holdings[j];
    }
    for (size_t j = 0; j < search->n; j++) {
        const uint8_t m = mask[j], rest = m & (uint8_t)~MVOI_ZERO;
        if (is_decided(m))
            continue;
        const uint8_t still = counts->holdings[j] == 0.0 ? MVOI_ZERO : MVOI_STAY, moves = m & (uint8_t)~still;
        const double v = variance[j] + 1e-300, size = fabs(w[j]), least = counts->least[j];
        const double away = fabs(w[j] - counts->holdings[j]);
        if ((m & MVOI_ZERO) && size > 0.0 && held > counts->most_holdings)
            propose(&best, j, rest, MVOI_ZERO, v * size * size);
        if ((m & MVOI_ZERO) && size > 0.0 && size < least) {
            const double up = least - size;
            const int near = size > up;
            propose(&best, j, near ? rest : MVOI_ZERO, near ? MVOI_ZERO : rest, v * size * up);
        }
        if ((m & MVOI_SHORT) && (m & MVOI_LONG) && size < least && !(m & MVOI_ZERO))
            propose(&best, j, MVOI_SHORT, m & (uint8_t)~MVOI_SHORT, v * least * least);
        if ((m & still) && away > 0.0 && traded > counts->most_trades)
            propose(&best, j, moves, still, v * away * away);
        if ((m & still) && away > 0.0 && counts->fee[j] > 0.0) {
            const double most = w[j] > counts->holdings[j] ? search->high[j] - counts->holdings[j]
                                                           : counts->holdings[j] - search->low[j];
            propose(&best, j, moves, still, counts->fee[j] * (1.0 - (isinf(most) ? 0.0 : away / most)));
        }
    }
    for (size_t j = 0; j < search->n && best.asset == search->n; j++)
        if (!is_decided(mask[j])) { /* nothing is violated but by rounding: any split will do */
            const uint8_t lowest = mask[j] & (uint8_t)-mask[j];
            propose(&best, j, lowest, mask[j] & (uint8_t)~lowest, 0.0);
        }
    return best;
}

/* Whether the weights break no count and no least size. */
static int is_selection(const mvoi_search *search, const uint8_t *mask)
{
    const mvoi_counts *counts = &search->counts;
    size_t held = 0, traded = 0;
    for (size_t j = 0; j < search->n; j++) {
        const double w = search->w[j];
        held += w != 0.0;
        traded += w != counts->holdings[j];
        if (w != 0.0 && fabs(w) < counts->least[j])
            return 0;
        if (w == 0.0 && !(mask[j] & MVOI_ZERO) && counts->least[j] > 0.0)
            return 0;
    }
    return held <= counts->most_holdings && traded <= counts->most_trades;
}

/* ------------------------------------------------------------------------------------------------- nodes */

typedef struct state {
    mvoi_search *search;
    uint8_t *root;
    int memory, numerical;
    mvo_outcome stop; /* MVO_OPTIMAL while the search goes on */
} state;

static double open_bound(const mvoi_search *search, double here)
{
    double bound = fmin(here, search->pruned);
    if (search->tree.count)
        bound = fmin(bound, search->tree.bound[0]);
    return search->found ? fmin(bound, search->best_objective) : bound;
}

/* Why the search has to end now, if it has. */
static mvo_outcome look_around(const mvoi_search *search, double here)
{
    mvo_selection *s = search->selection;
    if (atomic_load_explicit(&s->cancelled, memory_order_relaxed))
        return MVO_CANCELLED;
    if (s->node_limit && search->nodes >= s->node_limit)
        return MVO_ITERATION_LIMIT;
    if (s->progress && s->progress(s->user, search->nodes, search->found ? search->best_objective : HUGE_VAL,
                                   open_bound(search, here)))
        return MVO_CANCELLED;
    return MVO_OPTIMAL;
}

/* Tries what the relaxation suggests: exactly, where it is a selection already; rounded at the top and now and then. */
static mvo_outcome try_here(mvoi_search *search, const uint8_t *root, const uint8_t *mask)
{
    const int64_t before = search->incumbents;
    mvo_outcome outcome = MVO_OPTIMAL;
    int decided = 1;
    for (size_t j = 0; j < search->n; j++)
        decided &= is_decided(mask[j]);
    if (decided || is_selection(search, mask)) {
        memcpy(search->trial, mask, search->n);
        for (size_t j = 0; j < search->n; j++)
            search->trial[j] = mvoi_nearest_choice(&search->counts, j, mask[j], search->w[j]);
        outcome = mvoi_try_mask(search, search->trial);
        outcome = mvoi_is_stop(outcome) ? outcome : MVO_OPTIMAL;
    } else if (search->nodes <= 8 || search->nodes % 64 == 0) {
        outcome = mvoi_try_rounding(search, mask);
    }
    if (outcome == MVO_OPTIMAL && search->incumbents > before)
        outcome = mvoi_try_swaps(search, root);
    return outcome;
}

/* Relaxes and narrows a node. 1: its bound is *bound and it must be split as *at says; 0: it is done with (or the search
   ends: then its bound stays open). */
static int expand(state *s, uint8_t *mask, double *bound, split *at)
{
    mvoi_search *search = s->search;
    if (!mvoi_propagate(mask, &search->counts))
        return 0;
    s->stop = look_around(search, *bound);
    if (s->stop != MVO_OPTIMAL)
        return 0;
    search->nodes++;
    const mvo_outcome outcome = mvoi_relax(search, mask);
    if (outcome == MVO_INFEASIBLE)
        return 0;
    if (mvoi_is_stop(outcome) || (outcome == MVO_UNBOUNDED && search->nodes == 1)) {
        s->stop = outcome;
        return 0;
    }
    if (outcome != MVO_OPTIMAL) { /* no bound of its own */
        memset(search->w, 0, search->n * sizeof *search->w);
        *at = choose(search, mask);
        s->numerical |= at->asset == search->n;
        if (at->asset == search->n)
            search->pruned = fmin(search->pruned, *bound);
        return at->asset < search->n;
    }
    *bound = fmax(*bound, search->bound);
    if (*bound >= mvoi_cutoff(search)) {
        search->pruned = fmin(search->pruned, *bound);
        return 0;
    }
    fix_by_reduced_costs(search, mask, *bound);
    *at = choose(search, mask);
    s->stop = try_here(search, s->root, mask);
    if (s->stop != MVO_OPTIMAL)
        return 0;
    if (at->asset == search->n || *bound >= mvoi_cutoff(search)) {
        search->pruned = fmin(search->pruned, *bound);
        return 0;
    }
    return 1;
}

/* From a node downward until nothing is left of it; the other children wait in the tree. Returns the bound that stays
   open where the search was ended. */
static double dive(state *s, uint8_t *mask, double bound)
{
    mvoi_search *search = s->search;
    for (;;) {
        split at = { search->n, 0, 0, 0.0 };
        if (!expand(s, mask, &bound, &at))
            return s->stop == MVO_OPTIMAL ? HUGE_VAL : bound;
        mask[at.asset] = at.second;
        if (!mvoi_tree_push(&search->tree, bound, mask, search->n)) {
            s->memory = 0;
            return bound;
        }
        mask[at.asset] = at.first;
    }
}

mvo_outcome mvoi_search_run(mvoi_search *search, double *bound, int *memory)
{
    state s = { search, search->mask + search->n, 1, 0, MVO_OPTIMAL };
    uint8_t *mask = search->mask;
    double here = -HUGE_VAL;
    for (size_t j = 0; j < search->n; j++)
        mask[j] = s.root[j] = mvoi_choices_of(&search->counts, j);
    const int feasible = mvoi_propagate(s.root, &search->counts);
    if (!feasible) {
        *bound = HUGE_VAL;
        *memory = 1;
        return MVO_INFEASIBLE;
    }
    if (search->selection->found)
        s.stop = mvoi_try_weights(search, s.root, search->selection->weights);
    memcpy(mask, s.root, search->n);
    search->pruned = HUGE_VAL;
    if (s.stop == MVO_OPTIMAL)
        here = dive(&s, mask, -HUGE_VAL);
    while (s.stop == MVO_OPTIMAL && s.memory && search->tree.count) {
        const double least = mvoi_tree_pop(&search->tree, mask, search->n);
        here = HUGE_VAL;
        if (least >= mvoi_cutoff(search)) { /* as are all others */
            search->pruned = fmin(search->pruned, least);
            search->tree.count = 0;
        } else {
            here = dive(&s, mask, least);
        }
    }
    *memory = s.memory;
    *bound = open_bound(search, here);
    if (s.stop != MVO_OPTIMAL)
        return s.stop;
    if (*bound < mvoi_cutoff(search) && (search->found || s.numerical))
        return MVO_NUMERICAL;
    return search->found ? MVO_OPTIMAL : MVO_INFEASIBLE;
}
