/* SPDX-License-Identifier: MIT */
/* A working set that grows from nothing (see tick.h). */
#include "qp/fill.h"
#include "qp/tick.h"

#include <math.h>
#include <string.h>

/* Of the worst gradient in risk: who has less waits for the next sweep. */
static const double WORTH = 0.5;

/* Weights, beside those on the way, that are next to nothing. */
static const double NOTHING = 1e-10;

/* The largest working set that is grown; the least from which on it is asked whether the market is crowded; sweeps; how few that are
   wrong make it worth to keep the near ones apart; weights at tight caps, and changes, beyond which others are faster. */
enum { LARGEST = 128, LOOK = 8, MOST_SWEEPS = 40, FEW = 24, MOST_FILLED = 24, MOST_CHANGES = 256 };

/* The gradients while all weights are held. */
static void find_gradients(mvoi_tick *t, const mvoi_problem *problem)
{
    for (size_t j = 0; j < t->n; j++)
        t->z[j] = problem->linear[j] + t->held[j];
}

/* Some begin at their upper limits instead; returns how many: of these, many come and go again. */
static size_t fill(mvoi_tick *t, const mvoi_problem *problem)
{
    const size_t count = mvoi_fill(problem, t->side, t->z, t->held_rows, t->product, t->values, t->index);
    for (size_t l = 0; l < count; l++)
        t->side[t->index[l]] = MVOI_UPPER;
    return count;
}

/* Weights at the finite limit nearest zero, no row active. 0: a weight has no such limit, or limits cross; or that is not zero for so
   many that it says nothing of where they belong; or caps are so tight that most of the portfolio is at them. */
static int begin(mvoi_tick *t, const mvoi_problem *problem)
{
    const size_t n = t->n;
    size_t elsewhere = 0;
    mvoi_inverse_empty(&t->inverse);
    t->near_known = 0;
    t->changes = 0;
    for (size_t j = 0; j < n; j++) {
        t->side[j] = fabs(problem->upper[j]) < fabs(problem->lower[j]) ? MVOI_UPPER : MVOI_LOWER;
        elsewhere += (t->side[j] == MVOI_UPPER ? problem->upper[j] : problem->lower[j]) != 0.0;
    }
    if (elsewhere > LARGEST)
        return 0;
    for (size_t i = 0; i < t->rows; i++)
        t->side[n + i] = MVOI_FREE;
    mvoi_tick_forget_sums(t);
    if (!mvoi_tick_hold_all(t, problem))
        return 0;
    find_gradients(t, problem);
    const size_t filled = fill(t, problem);
    if (filled > MOST_FILLED)
        return 0;
    if (filled) {
        mvoi_tick_forget_sums(t);
        mvoi_tick_hold_all(t, problem);
        find_gradients(t, problem);
    }
    mvoi_tick_point(t, problem);
    return 1;
}

/* Of those listed in `index`, the most wrong, at most `places` of them, come first; returns how many. */
static size_t choose(mvoi_tick *t, size_t wrong, size_t places, double *patience)
{
    double worst = 0.0;
    for (size_t l = 0; l < wrong; l++) {
        const int32_t j = t->index[l];
        t->correction[l] = fabs(t->z[j]) * t->per_risk[j];
        worst = t->correction[l] > worst ? t->correction[l] : worst;
    }
    size_t count = 0;
    *patience = worst;
    for (size_t l = 0; l < wrong && count < places; l++) {
        t->index[count] = t->index[l];
        count += t->correction[l] >= WORTH * worst;
    }
    return count;
}

/* Whether most weights still want to enter after a first few have: then a factorisation is faster (see exchange_solve.c). */
static int is_crowded(const mvoi_tick *t, size_t wrong)
{
    return t->inverse.count > LARGEST || (t->free_count >= LOOK && 3 * wrong > 2 * t->n);
}

static int grow(mvoi_tick *t, const mvoi_problem *problem, int64_t *pivots)
{
    const int64_t most = *pivots + MOST_CHANGES;
    double size, peak = 0.0, patience = HUGE_VAL;
    for (int round = 0; round < MOST_SWEEPS; round++) {
        if (!mvoi_tick_settle(t, problem, patience, pivots, most, &size, &peak))
            return 0;
        size_t wrong = t->near_known ? mvoi_tick_find_near(t, problem, size) : 0;
        if (wrong == 0) {
            wrong = mvoi_tick_sweep(t, problem, size);
            if (wrong == 0 && patience == 0.0) {
                if (size < NOTHING * peak)
                    mvoi_tick_forget_sums(t); /* they are the rounding of what there was on the way */
                return 1;
            }
            if (wrong <= FEW)
                mvoi_tick_choose_near(t, problem, size);
        }
        if (is_crowded(t, wrong))
            return 0;
        const size_t count = choose(t, wrong, 3 + t->free_count, &patience);
        for (size_t l = 0; l < count; l++, ++*pivots)
            if ((t->stopped = mvoi_watch_step(t->watch)) != MVO_OPTIMAL ||
                !mvoi_tick_free_weight(t, problem, (size_t)t->index[l]))
                return 0;
    }
    return 0;
}

int mvoi_tick_grow(mvoi_tick *t, const mvoi_problem *problem, mvoi_point *point, int64_t *pivots)
{
    t->stopped = MVO_OPTIMAL;
    t->known = 0;
    if (!mvoi_tick_ready(t, problem) || !begin(t, problem))
        return 0;
    if (!grow(t, problem, pivots)) {
        if (t->stopped != MVO_OPTIMAL)
            mvoi_tick_give_as_it_stands(t, point);
        return 0;
    }
    memcpy(point->side, t->side, t->n * sizeof *t->side);
    memcpy(point->row_side, t->side + t->n, t->rows * sizeof *t->side);
    return t->known = 1;
}
