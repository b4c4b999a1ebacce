/* SPDX-License-Identifier: MIT */
/*
 * The one number nu of a model with a norm in it: a fixed point x = T(x), as with T(x) = kappa / sqrt(w'Omega w) at the
 * optimum w of the model with x. Every evaluation brackets a root by x, and where the map does not descend by T(x) too;
 * within the bracket go secants, and where these are slow, halvings.
 */
#include "portfolio/robust.h"

#include <math.h>

enum { MOST_EVALUATIONS = 200 };

static const double EXACT = 0x1p-46; /* relative distance of x and T(x) that is rounding */

typedef struct bracket {
    double low, high;     /* the root lies between */
    double x, off;        /* the last evaluation: off = x - T(x) ... */
    double before, off_before; /* ... and the one before it */
    double best, best_off;
    int slow;
} bracket;

/* Takes in one evaluation. */
static void note(bracket *b, double x, double next, int ascends)
{
    const double width = b->high - b->low;
    b->before = b->x;
    b->off_before = b->off;
    b->x = x;
    b->off = x - next;
    if (b->off < 0.0)
        b->low = fmax(b->low, ascends ? fmax(x, fmin(next, b->high)) : x);
    else
        b->high = fmin(b->high, ascends ? fmin(x, fmax(next, b->low)) : x);
    if (fabs(b->off) < b->best_off * (x / b->best)) {
        b->best = x;
        b->best_off = fabs(b->off);
    }
    b->slow = b->high - b->low > 0.5 * width ? b->slow + 1 : 0;
}

/* Where to look next: where the line through the last two evaluations meets zero, in the bracket. */
static double propose(const bracket *b, double next)
{
    const double slope = (b->off - b->off_before) / (b->x - b->before);
    const int two = b->before > 0.0;
    double x = two && slope > 0.0 ? b->x - b->off / slope : next;
    if (b->high == HUGE_VAL) { /* nothing above yet: not much further than the last step */
        const double most = fmax(next * (next / b->x), 4.0 * next);
        return two && !(slope > 0.0) ? most : fmin(fmax(x, next), most);
    }
    if (b->low == 0.0) {
        const double least = fmin(next * (next / b->x), 0.25 * next);
        return two && !(slope > 0.0) ? least : fmax(fmin(x, next), least);
    }
    if (b->slow > 2 || !(x > b->low && x < b->high))
        x = b->high > 4.0 * b->low ? sqrt(b->low) * sqrt(b->high) : 0.5 * (b->low + b->high);
    return x;
}

mvo_outcome mvoi_robust_root(int *place, double *x, int ascends, double least, double most, mvoi_robust_map map, void *user)
{
    const double start = *x;
    double at = start, next;
    bracket b = { .low = 0.0, .high = HUGE_VAL, .best = start, .best_off = HUGE_VAL };
    *place = MVOI_ROOT_FOUND;
    for (int k = 0; k < MOST_EVALUATIONS; k++) {
        const mvo_outcome outcome = map(user, at, &next);
        *x = at;
        if (outcome != MVO_OPTIMAL)
            return outcome;
        note(&b, at, next, ascends);
        if (fabs(b.off) <= EXACT * at)
            return MVO_OPTIMAL;
        if (b.low > most || b.high < least) {
            *place = b.low > most ? MVOI_ROOT_AT_INFINITY : MVOI_ROOT_AT_ZERO;
            return MVO_OPTIMAL;
        }
        const int closed = b.high < HUGE_VAL && b.high - b.low <= EXACT * b.high;
        if (closed && at == b.high)
            break;
        at = closed ? b.high : propose(&b, next);
        if (!closed) /* beyond these it would be known no better */
            at = b.high == HUGE_VAL ? fmin(at, fmax(most, b.low)) : b.low == 0.0 ? fmax(at, fmin(least, b.high)) : at;
    }
    if (*x == b.best)
        return MVO_OPTIMAL;
    const mvo_outcome outcome = map(user, b.best, &next); /* as near as rounding lets it come */
    *x = b.best;
    return outcome;
}
