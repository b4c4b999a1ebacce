/* SPDX-License-Identifier: MIT */
/* A working set that grows from nothing (see tick.h). */
#include "qp/fill.h"
#include "qp/tick.h"

#include <math.h>
#include <string.h>

/* Of the worst gradient in risk: who has less waits for the next sweep. */
static const double WORTH = 0.55;

/* Of the weights in risk: a gradient of more is not rounding. */
static const double FAR = 1e-3;

/* Weights, beside those on the way, that are next to nothing. */
static const double NOTHING = 1e-10;

/* The largest working set that is grown; the least from which on it is asked whether the market is crowded; sweeps; how few that are
   wrong, but for thousands of assets, make it worth to keep the near ones apart; weights at tight caps, and changes, beyond which others are faster. */
enum { LARGEST = 128, LOOK = 8, MOST_SWEEPS = 40, FEW = 20, MOST_FILLED = 24, MOST_CHANGES = 256 };

/* Inequalities so few that each is held as soon as it is broken: of many, most are not active in the end, and wait until they outweigh
   the gradients; but a target that comes late undoes what has been built up without it. */
enum { FEW_ROWS = 4 };

/* The gradients while all weights are held. */
static void find_gradients(mvoi_tick *t, const mvoi_problem *problem)
{
    memcpy(t->z, problem->linear, t->n * sizeof(double));
    t->kernels->axpy(t->n, 1.0, t->held, t->z);
}

/* Weights at the finite limit nearest zero, no row active. 0: a weight has no such limit, or limits cross; or that is not zero for so
   many that it says nothing of where they belong. */
static int hold_nearest(mvoi_tick *t, const mvoi_problem *problem)
{
    const size_t n = t->n;
    size_t elsewhere = 0;
    if (mvoi_tick_hold_none(t, problem))
        return 1;
    for (size_t j = 0; j < n; j++) {
        t->side[j] = fabs(problem->upper[j]) < fabs(problem->lower[j]) ? MVOI_UPPER : MVOI_LOWER;
        elsewhere += (t->side[j] == MVOI_UPPER ? problem->upper[j] : problem->lower[j]) != 0.0;
    }
    if (elsewhere > LARGEST)
        return 0;
    for (size_t i = 0; i < t->rows; i++)
        t->side[n + i] = MVOI_FREE;
    mvoi_tick_forget_sums(t);
    return mvoi_tick_hold_all(t, problem);
}

/* No element; some weights begin at their upper limits instead. 0: that cannot be, or caps are so tight that most of the portfolio is
   at them: of these, many come and go again. */
static int begin(mvoi_tick *t, const mvoi_problem *problem)
{
    mvoi_inverse_empty(&t->inverse);
    t->near_known = t->same_limits = 0;
    t->near_reach = 0.0; /* the same way whatever was solved before */
    t->changes = 0;
    if (!hold_nearest(t, problem))
        return 0;
    const mvoi_filling filling = { t->held, problem->linear, t->held_rows, t->product, t->values, MOST_FILLED };
    const size_t filled = mvoi_fill(problem, t->kernels, &filling, t->index);
    if (filled == SIZE_MAX) {
        mvoi_tick_forget_sums(t);
        return 0;
    }
    mvoi_tick_raise(t, problem, filled);
    find_gradients(t, problem);
    mvoi_tick_point(t, problem);
    return 1;
}

/* The gradients of those listed in `index`, in risk, into `correction`; returns the largest. */
static double measure(mvoi_tick *t, size_t wrong)
{
    double worst = 0.0;
    for (size_t l = 0; l < wrong; l++) {
        const int32_t j = t->index[l];
        t->correction[l] = fabs(t->z[j]) * t->per_risk[j];
        worst = t->correction[l] > worst ? t->correction[l] : worst;
    }
    return worst;
}

/* Lists whose gradients are wrong; returns how many. While the worst of them is far from rounding none of it is told from the rest: it
   is not chosen then. */
static size_t look(mvoi_tick *t, const mvoi_problem *problem, double size, double *worst)
{
    const size_t listed = mvoi_tick_price(t, problem);
    *worst = measure(t, listed);
    if (*worst > FAR * size)
        return listed;
    const size_t wrong = mvoi_tick_drop_rounding(t, problem, size, listed);
    *worst = measure(t, wrong);
    return wrong;
}

/* Of those listed in `index`, the most wrong, at most `places` of them, come first; returns how many. */
static size_t choose(mvoi_tick *t, size_t wrong, double worst, size_t places)
{
    size_t count = 0;
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

static int has_few_rows(const mvoi_problem *problem)
{
    size_t count = 0;
    for (size_t i = 0; i < problem->m; i++)
        count += problem->row_lower[i] < problem->row_upper[i];
    return count <= FEW_ROWS;
}

static int grow(mvoi_tick *t, const mvoi_problem *problem, int64_t *pivots)
{
    const int64_t most = *pivots + MOST_CHANGES;
    const int at_once = has_few_rows(problem);
    double size, peak = 0.0, patience = HUGE_VAL;
    for (int round = 0; round < MOST_SWEEPS; round++) {
        if (!mvoi_tick_settle(t, problem, at_once ? 0.0 : patience, pivots, most, &size, &peak))
            return 0;
        const double waited = patience;
        size_t wrong = t->near_known ? mvoi_tick_find_near(t, problem, size) : 0;
        patience = measure(t, wrong);
        if (wrong == 0) {
            wrong = look(t, problem, size, &patience);
            if (wrong == 0 && (at_once || waited == 0.0)) {
                if (size < NOTHING * peak)
                    mvoi_tick_forget_sums(t); /* they are the rounding of what there was on the way */
                return 1;
            }
            if (wrong <= FEW + mvoi_tick_more_near(t->n))
                mvoi_tick_choose_near(t, problem, size);
        }
        t->crowded = is_crowded(t, wrong);
        if (t->crowded)
            return 0;
        const size_t count = choose(t, wrong, patience, 3 + t->free_count);
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
    t->crowded = 0;
    t->rough = 1;
    const int grown = mvoi_tick_ready(t, problem) && begin(t, problem) && grow(t, problem, pivots);
    t->rough = 0;
    if (t->moves || t->held_size > 0.0) /* plain sums of something */
        mvoi_tick_forget_sums(t);
    if (!grown) {
        if (t->stopped != MVO_OPTIMAL)
            mvoi_tick_give_as_it_stands(t, point);
        return 0;
    }
    memcpy(point->side, t->side, t->n * sizeof *t->side);
    memcpy(point->row_side, t->side + t->n, t->rows * sizeof *t->side);
    return t->known = 1;
}
