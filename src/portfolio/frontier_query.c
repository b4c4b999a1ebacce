/* SPDX-License-Identifier: MIT */
/* The exact frontier as a result: how it is stored, and every question that is closed form on it (see frontier.h). */
#include "portfolio/frontier.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A change of weights, beside their sum, that is none. */
static const double STILL = 1e-12;

/* ------------------------------------------------------------------------------------------ storage */

mvo_status mvoi_frontier_new(mvo_frontier **frontier, mvo_context *context, size_t n)
{
    mvo_frontier *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return MVO_ERROR_MEMORY;
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    atomic_init(&made->references, 1);
    made->n = n;
    made->kernels = mvoi_kernels_best();
    *frontier = made;
    return MVO_OK;
}

mvo_frontier *mvo_frontier_ref(mvo_frontier *frontier)
{
    if (frontier)
        atomic_fetch_add_explicit(&frontier->references, 1, memory_order_relaxed);
    return frontier;
}

void mvo_frontier_unref(mvo_frontier *frontier)
{
    if (!frontier || atomic_fetch_sub_explicit(&frontier->references, 1, memory_order_acq_rel) != 1)
        return;
    mvo_context *context = frontier->context;
    mvoi_release(context, frontier->lambda);
    mvoi_release(context, frontier->expected_return);
    mvoi_release(context, frontier->variance);
    mvoi_release(context, frontier->start);
    mvoi_release(context, frontier->asset);
    mvoi_release(context, frontier->weight);
    mvoi_release(context, frontier->ray);
    mvoi_release(context, frontier);
    mvo_context_unref(context);
}

/* Moves `used` elements of the array that *member points to into room for `capacity`; on failure it stays as it is.
   `member` is the address of a pointer of any type, hence the copies. */
static int enlarge(mvo_context *context, void *member, size_t used, size_t capacity, size_t size)
{
    void *block;
    void *larger = mvoi_allocate(context, capacity, size);
    if (!larger)
        return 0;
    memcpy(&block, member, sizeof block);
    if (used)
        memcpy(larger, block, used * size);
    mvoi_release(context, block);
    memcpy(member, &larger, sizeof larger);
    return 1;
}

#define ENLARGE(frontier, array, used, capacity)                                                                       \
    enlarge((frontier)->context, &(frontier)->array, (used), (capacity), sizeof *(frontier)->array)

/* Geometric growth: at least `needed`, at least half as much again as before. */
static size_t grown(size_t capacity, size_t needed)
{
    const size_t more = capacity + capacity / 2;
    const size_t least = more > 64 ? more : 64;
    return least > needed ? least : needed;
}

static int reserve_corner(mvo_frontier *frontier)
{
    const size_t used = frontier->corner_count;
    if (used < frontier->corner_capacity)
        return 1;
    const size_t capacity = grown(frontier->corner_capacity, used + 1);
    if (!ENLARGE(frontier, lambda, used, capacity) || !ENLARGE(frontier, expected_return, used, capacity) ||
        !ENLARGE(frontier, variance, used, capacity) || !ENLARGE(frontier, start, used ? used + 1 : 0, capacity + 1))
        return 0;
    if (!used)
        frontier->start[0] = 0;
    frontier->corner_capacity = capacity;
    return 1;
}

static int reserve_entries(mvo_frontier *frontier, size_t used, size_t needed)
{
    if (needed <= frontier->entry_capacity)
        return 1;
    const size_t capacity = grown(frontier->entry_capacity, needed);
    if (!ENLARGE(frontier, asset, used, capacity) || !ENLARGE(frontier, weight, used, capacity))
        return 0;
    frontier->entry_capacity = capacity;
    return 1;
}

/* Room for a corner of `most` holdings. */
static int reserve(mvo_frontier *frontier, size_t most)
{
    if (!reserve_corner(frontier))
        return 0;
    const size_t begin = frontier->start[frontier->corner_count];
    return reserve_entries(frontier, begin, begin + most);
}

/* The corner whose holdings have been written. */
static void close_corner(mvo_frontier *frontier, double lambda, double expected_return, double variance, size_t holdings)
{
    const size_t k = frontier->corner_count;
    frontier->lambda[k] = lambda;
    frontier->expected_return[k] = expected_return;
    frontier->variance[k] = variance > 0.0 ? variance : 0.0;
    frontier->start[k + 1] = frontier->start[k] + holdings;
    frontier->corner_count = k + 1;
}

mvo_status mvoi_frontier_append(mvo_frontier *frontier, double lambda, double expected_return, double variance,
                                const double *weights)
{
    if (!reserve(frontier, frontier->n))
        return MVO_ERROR_MEMORY;
    const size_t begin = frontier->start[frontier->corner_count];
    int32_t *asset = frontier->asset + begin;
    double *weight = frontier->weight + begin;
    const size_t holdings = frontier->kernels->nonzero(frontier->n, weights, asset);
    for (size_t i = 0; i < holdings; i++)
        weight[i] = weights[asset[i]];
    close_corner(frontier, lambda, expected_return, variance, holdings);
    return MVO_OK;
}

mvo_status mvoi_frontier_append_some(mvo_frontier *frontier, double lambda, double expected_return, double variance,
                                     size_t count, const int32_t *assets, const int32_t *place, const double *weights)
{
    if (!reserve(frontier, count))
        return MVO_ERROR_MEMORY;
    const size_t begin = frontier->start[frontier->corner_count];
    int32_t *asset = frontier->asset + begin;
    double *weight = frontier->weight + begin;
    size_t holdings = 0;
    for (size_t i = 0; i < count; i++) {
        asset[holdings] = assets[i];
        weight[holdings] = weights[place[assets[i]]];
        holdings += weight[holdings] != 0.0;
    }
    close_corner(frontier, lambda, expected_return, variance, holdings);
    return MVO_OK;
}

void mvoi_frontier_forget_still(mvo_frontier *frontier, const double *weights)
{
    double apart = 0.0, size = 0.0, held = 0.0;
    if (frontier->corner_count != 1)
        return;
    for (size_t j = 0; j < frontier->n; j++)
        size += fabs(weights[j]);
    for (size_t i = 0; i < frontier->start[1]; i++) {
        apart += fabs(weights[frontier->asset[i]] - frontier->weight[i]);
        held += fabs(weights[frontier->asset[i]]);
    }
    if (apart + (size - held) <= STILL * size)
        frontier->corner_count = 0;
}

mvo_status mvoi_frontier_set_ray(mvo_frontier *frontier, const double *direction, double ray_return)
{
    double *ray = mvoi_allocate(frontier->context, frontier->n, sizeof *ray);
    if (!ray)
        return MVO_ERROR_MEMORY;
    memcpy(ray, direction, frontier->n * sizeof *ray);
    frontier->ray = ray;
    frontier->ray_return = ray_return;
    return MVO_OK;
}

void mvoi_frontier_finish(mvo_frontier *frontier, const double *asset_variances)
{
    const size_t last = frontier->corner_count - 1;
    const size_t begin = frontier->start[last], end = frontier->start[last + 1];
    double risk = 0.0; /* volatility if everything held moved together: the size of the terms of w'Sigma w */
    for (size_t i = begin; i < end; i++)
        risk += fabs(frontier->weight[i]) * sqrt(asset_variances[frontier->asset[i]]);
    frontier->riskless = 4.0 * (double)(end - begin + 4) * DBL_EPSILON * risk * risk;
}

/* ------------------------------------------------------------------------------------------- places */

/*
 * A place on the frontier: on the segment between corner `lower` and the one above it (lower - 1), a fraction s of the
 * way up; s = 0 is the corner itself. lower = 0 is corner 0 and the ray, `s` then being t.
 */
typedef struct place {
    size_t lower;
    double s;
} place;

/* The piece of the frontier above corner `lower`: what changes over it as s runs from 0 to 1 (t by 1 on the ray). */
typedef struct piece {
    double lambda, expected_return, variance; /* at its lower end */
    double lambda_rise, return_rise;          /* L and e >= 0 */
} piece;

static piece piece_above(const mvo_frontier *frontier, size_t lower)
{
    piece p = { frontier->lambda[lower], frontier->expected_return[lower], frontier->variance[lower], 0.0, 0.0 };
    if (lower > 0) {
        p.lambda_rise = fmax(frontier->lambda[lower - 1] - p.lambda, 0.0);
        p.return_rise = fmax(frontier->expected_return[lower - 1] - p.expected_return, 0.0);
    } else if (frontier->ray) {
        p.lambda_rise = 1.0;
        p.return_rise = frontier->ray_return;
    }
    return p;
}

typedef struct values {
    double lambda, expected_return, variance;
} values;

/* Corners give back what is stored, to the bit. */
static values values_at(const mvo_frontier *frontier, place at)
{
    const size_t corner = at.lower > 0 && at.s == 1.0 ? at.lower - 1 : at.lower;
    const piece p = piece_above(frontier, at.lower);
    if (at.s == 0.0 || corner != at.lower)
        return (values){ frontier->lambda[corner], frontier->expected_return[corner], frontier->variance[corner] };
    return (values){
        p.lambda + at.s * p.lambda_rise,
        p.expected_return + at.s * p.return_rise,
        p.variance + p.return_rise * at.s * (2.0 * p.lambda + at.s * p.lambda_rise),
    };
}

/* Between a (s = 0) and b (s = 1): exact at the ends, a where a = b, never outside [a, b]. */
static double between(double a, double b, double s)
{
    return s <= 0.5 ? a + s * (b - a) : b - (1.0 - s) * (b - a);
}

/* Merges the sorted holdings of the two corners of a segment. */
static void write_segment_weights(double *weights, const mvo_frontier *frontier, place at)
{
    const int32_t *asset = frontier->asset;
    const double *weight = frontier->weight;
    const size_t middle = frontier->start[at.lower], low_end = frontier->start[at.lower + 1];
    size_t high = frontier->start[at.lower - 1], low = middle;
    while (high < middle || low < low_end) {
        const int take_high = high < middle && (low == low_end || asset[high] <= asset[low]);
        const int take_low = low < low_end && (high == middle || asset[low] <= asset[high]);
        const int32_t j = take_high ? asset[high] : asset[low];
        weights[j] = between(take_low ? weight[low] : 0.0, take_high ? weight[high] : 0.0, at.s);
        high += (size_t)take_high;
        low += (size_t)take_low;
    }
}

static void write_weights(double *weights, const mvo_frontier *frontier, place at)
{
    memset(weights, 0, frontier->n * sizeof *weights);
    if (at.lower > 0 && at.s > 0.0) {
        write_segment_weights(weights, frontier, at);
        return;
    }
    for (size_t i = frontier->start[at.lower]; i < frontier->start[at.lower + 1]; i++)
        weights[frontier->asset[i]] = frontier->weight[i];
    if (at.s > 0.0)
        for (size_t j = 0; j < frontier->n; j++)
            weights[j] += at.s * frontier->ray[j];
}

/* The first corner whose key is at most `key`: keys descend, that of the last corner is known to be small enough. */
static size_t first_not_above(const double *keys, size_t count, double key)
{
    size_t above = 0, not_above = count - 1; /* corners before `above` lie above; `not_above` does not */
    while (above < not_above) {
        const size_t middle = above + (not_above - above) / 2;
        if (keys[middle] > key)
            above = middle + 1;
        else
            not_above = middle;
    }
    return not_above;
}

static double fraction(double part, double whole)
{
    return whole > 0.0 ? fmin(fmax(part / whole, 0.0), 1.0) : 0.0;
}

/* -------------------------------------------------------------------------------------------- sizes */

size_t mvo_frontier_size(const mvo_frontier *frontier)
{
    return frontier ? frontier->n : 0;
}

size_t mvo_frontier_corner_count(const mvo_frontier *frontier)
{
    return frontier ? frontier->corner_count : 0;
}

mvo_status mvo_frontier_corner(double *lambda, double *expected_return, double *volatility, double *weights,
                               const mvo_frontier *frontier, size_t k)
{
    if (!frontier)
        return MVO_ERROR_NULL;
    if (k >= frontier->corner_count)
        return MVO_ERROR_ARGUMENT;
    if (lambda)
        *lambda = frontier->lambda[k];
    if (expected_return)
        *expected_return = frontier->expected_return[k];
    if (volatility)
        *volatility = sqrt(frontier->variance[k]);
    if (weights)
        write_weights(weights, frontier, (place){ k, 0.0 });
    return MVO_OK;
}

mvo_status mvo_frontier_ray(double *direction, const mvo_frontier *frontier)
{
    if (!frontier || !direction)
        return MVO_ERROR_NULL;
    if (!frontier->ray)
        return MVO_ERROR_STATE;
    memcpy(direction, frontier->ray, frontier->n * sizeof *direction);
    return MVO_OK;
}

/* ---------------------------------------------------------------------------------------- questions */

/* A target this close to an end of the frontier, relative to the numbers there, is that end. */
static const double END_TOLERANCE = 1e-12;

static mvo_status check_target(const mvo_frontier *frontier, const char *argument, double target, mvo_error *error)
{
    if (!frontier)
        return mvoi_fail_null(NULL, error, "frontier");
    if (isfinite(target))
        return MVO_OK;
    const mvoi_detail detail = { argument, -1, -1, target, 0.0 };
    return mvoi_fail(frontier->context, error, MVO_ERROR_NOT_FINITE, detail, "%s is %g", argument, target);
}

/* The range error; `most` is infinite where the frontier has no upper end. */
static mvo_status fail_range(const mvo_frontier *frontier, const char *argument, double target, double least,
                             double most, mvo_error *error)
{
    const mvoi_detail detail = { argument, -1, -1, target, target < least ? least : most };
    return mvoi_fail(frontier->context, error, MVO_ERROR_OUT_OF_RANGE, detail,
                     "%s is %.17g, but on this frontier it lies between %.17g and %.17g", argument, target, least,
                     most);
}

/* Far out on a ray the figures overflow: no such portfolio in floating point. */
static mvo_status check_overflow(const mvo_frontier *frontier, const char *argument, double target, values v,
                                 mvo_error *error)
{
    if (isfinite(v.lambda) && isfinite(v.expected_return) && isfinite(v.variance))
        return MVO_OK;
    const mvoi_detail detail = { argument, -1, -1, target, DBL_MAX };
    return mvoi_fail(frontier->context, error, MVO_ERROR_OUT_OF_RANGE, detail,
                     "%s is %.17g, so far out on the ray that the variance overflows", argument, target);
}

mvo_status mvo_frontier_at_lambda(double *expected_return, double *volatility, double *weights,
                                  const mvo_frontier *frontier, double lambda, mvo_error *error)
{
    mvo_status status = check_target(frontier, "lambda", lambda, error);
    if (status)
        return status;
    if (lambda < 0.0)
        return fail_range(frontier, "lambda", lambda, 0.0, INFINITY, error);
    const size_t lower = first_not_above(frontier->lambda, frontier->corner_count, lambda);
    const piece p = piece_above(frontier, lower);
    place at = { lower, 0.0 };
    if (lower > 0)
        at.s = fraction(lambda - p.lambda, p.lambda_rise);
    else if (frontier->ray)
        at.s = lambda - p.lambda; /* without a ray corner 0 is optimal from its lambda upward */
    const values v = values_at(frontier, at);
    status = check_overflow(frontier, "lambda", lambda, v, error);
    if (status)
        return status;
    if (expected_return)
        *expected_return = v.expected_return;
    if (volatility)
        *volatility = sqrt(v.variance);
    if (weights)
        write_weights(weights, frontier, at);
    return MVO_OK;
}

/* Where the target, with end-tolerance, lies among descending keys: the target itself, or the end it stands for. */
static int clamp_to_range(double *target, double least, double most)
{
    const double slack = END_TOLERANCE * fmax(fabs(least), isfinite(most) ? fabs(most) : 0.0);
    if (*target < least - slack || *target > most + slack)
        return 0;
    *target = fmin(fmax(*target, least), most);
    return 1;
}

mvo_status mvo_frontier_at_return(double *lambda, double *volatility, double *weights, const mvo_frontier *frontier,
                                  double expected_return, mvo_error *error)
{
    mvo_status status = check_target(frontier, "expected_return", expected_return, error);
    if (status)
        return status;
    const double least = frontier->expected_return[frontier->corner_count - 1];
    const double most = frontier->ray ? INFINITY : frontier->expected_return[0];
    double target = expected_return;
    if (!clamp_to_range(&target, least, most))
        return fail_range(frontier, "expected_return", expected_return, least, most, error);
    const size_t lower = first_not_above(frontier->expected_return, frontier->corner_count, target);
    const piece p = piece_above(frontier, lower);
    place at = { lower, 0.0 };
    if (lower > 0)
        at.s = fraction(target - p.expected_return, p.return_rise);
    else if (frontier->ray)
        at.s = fmax(target - p.expected_return, 0.0) / p.return_rise;
    const values v = values_at(frontier, at);
    status = check_overflow(frontier, "expected_return", expected_return, v, error);
    if (status)
        return status;
    if (lambda)
        *lambda = v.lambda;
    if (volatility)
        *volatility = sqrt(v.variance);
    if (weights)
        write_weights(weights, frontier, at);
    return MVO_OK;
}

/*
 * The place above corner `lower` where the volatility is `target`. On a segment, with q the share of the rise in
 * variance that is wanted, V(s) says  a s + (1 - a) s^2 = q  with a = 2 lambda_lower / (lambda_lower + lambda_upper);
 * on the ray  2 lambda_0 t + t^2 = rise / g. Both roots are written without subtraction.
 */
static place place_at_volatility(const mvo_frontier *frontier, size_t lower, double target)
{
    const piece p = piece_above(frontier, lower);
    const double base = sqrt(p.variance);
    const double rise = fmax(target - base, 0.0) * (target + base);
    place at = { lower, 0.0 };
    if (lower > 0) {
        const double q = fraction(rise, frontier->variance[lower - 1] - p.variance);
        const double sum = 2.0 * p.lambda + p.lambda_rise;
        const double a = sum > 0.0 ? 2.0 * p.lambda / sum : 1.0;
        const double root = a + sqrt(a * a + 4.0 * (1.0 - a) * q);
        at.s = fraction(2.0 * q, root);
    } else if (frontier->ray) {
        const double q = rise / p.return_rise;
        at.s = q > 0.0 ? q / (p.lambda + sqrt(p.lambda * p.lambda + q)) : 0.0;
    }
    return at;
}

mvo_status mvo_frontier_at_volatility(double *lambda, double *expected_return, double *weights,
                                      const mvo_frontier *frontier, double volatility, mvo_error *error)
{
    mvo_status status = check_target(frontier, "volatility", volatility, error);
    if (status)
        return status;
    const double least = sqrt(frontier->variance[frontier->corner_count - 1]);
    const double most = frontier->ray ? INFINITY : sqrt(frontier->variance[0]);
    double target = volatility;
    if (!clamp_to_range(&target, least, most))
        return fail_range(frontier, "volatility", volatility, least, most, error);
    const size_t lower = first_not_above(frontier->variance, frontier->corner_count, target * target);
    const place at = place_at_volatility(frontier, lower, target);
    const values v = values_at(frontier, at);
    status = check_overflow(frontier, "volatility", volatility, v, error);
    if (status)
        return status;
    if (lambda)
        *lambda = v.lambda;
    if (expected_return)
        *expected_return = v.expected_return;
    if (weights)
        write_weights(weights, frontier, at);
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------ maximum Sharpe */

/*
 * Along the frontier dV = 2 lambda dR, so the ratio x / sqrt(V), x = R - rf > 0, rises with return while the tangency
 * gap h = V - lambda x is positive, falls where it is negative, and is largest where it is zero. h is linear on each
 * piece: the quadratic terms of V and lambda x are equal. So corners are classified from the top, and the sign change
 * is found by interpolation.
 */
typedef struct tangency {
    const mvo_frontier *frontier;
    double rf;
    double noise; /* an excess return up to this is zero to rounding */
} tangency;

static double excess(const tangency *t, size_t k)
{
    return t->frontier->expected_return[k] - t->rf;
}

/* h at corner k; where nothing is earned more return is always better. */
static double gap(const tangency *t, size_t k)
{
    const double variance = t->frontier->variance[k];
    return excess(t, k) > t->noise ? variance - t->frontier->lambda[k] * excess(t, k) : fmax(variance, DBL_MIN);
}

static int riskless(const tangency *t, size_t k)
{
    return t->frontier->variance[k] <= t->frontier->riskless;
}

/*
 * On the ray h(t) = h_0 + t (lambda_0 g - x_0), which reaches zero if corner 0 earns more than lambda_0 g. If corner 0
 * is riskless and earns rf, every portfolio beyond it has the same ratio, the largest: the one at t = 1 is as good as
 * any.
 */
static mvo_outcome tangency_on_ray(place *at, const tangency *t)
{
    const double steepness = t->frontier->lambda[0] * t->frontier->ray_return;
    const double slope = excess(t, 0) - steepness;
    if (riskless(t, 0) && fabs(excess(t, 0)) <= t->noise) {
        *at = (place){ 0, 1.0 };
        return MVO_OPTIMAL;
    }
    if (slope <= t->noise + 16.0 * DBL_EPSILON * steepness)
        return MVO_NOT_ATTAINED;
    *at = (place){ 0, gap(t, 0) / slope };
    return MVO_OPTIMAL;
}

/* Between a corner with h > 0 and the one above it with h <= 0. A riskless lower end earning rf gives one ratio all
   over the segment but 0/0 at that end, so the upper one is taken. */
static place tangency_on_segment(const tangency *t, size_t lower)
{
    const double low = gap(t, lower), high = gap(t, lower - 1);
    return (place){ lower, riskless(t, lower) ? 1.0 : fraction(low, low - high) };
}

static mvo_outcome find_tangency(place *at, const tangency *t)
{
    const size_t count = t->frontier->corner_count;
    if (!t->frontier->ray && excess(t, 0) <= t->noise)
        return MVO_NO_EXCESS_RETURN;
    for (size_t k = 0; k < count; k++)
        if (riskless(t, k) && excess(t, k) > t->noise)
            return MVO_NOT_ATTAINED;
    if (count == 1 || gap(t, 0) > 0.0) {
        *at = (place){ 0, 0.0 };
        return t->frontier->ray ? tangency_on_ray(at, t) : MVO_OPTIMAL;
    }
    size_t lower = 1; /* the last corner has lambda 0 and is not riskless, or earns nothing: there h > 0 */
    while (lower + 1 < count && gap(t, lower) <= 0.0)
        lower++;
    *at = tangency_on_segment(t, lower);
    return MVO_OPTIMAL;
}

/* The excess return there, counted up from that of the lower corner. */
static double excess_at(const tangency *t, place at)
{
    if (at.lower > 0 && at.s == 1.0)
        return excess(t, at.lower - 1);
    return excess(t, at.lower) + at.s * piece_above(t->frontier, at.lower).return_rise;
}

mvo_status mvo_frontier_max_sharpe(mvo_outcome *outcome, double *sharpe, double *expected_return, double *volatility,
                                   double *weights, const mvo_frontier *frontier, double rf, mvo_error *error)
{
    const mvo_status status = check_target(frontier, "rf", rf, error);
    if (status)
        return status;
    if (!outcome)
        return mvoi_fail_null(frontier->context, error, "outcome");
    const double scale = fmax(fabs(rf), fabs(frontier->expected_return[0]));
    const tangency t = { frontier, rf, 16.0 * DBL_EPSILON * scale };
    place at = { 0, 0.0 };
    mvo_outcome found = find_tangency(&at, &t);
    const values v = values_at(frontier, at);
    if (found == MVO_OPTIMAL && !(isfinite(v.expected_return) && isfinite(v.variance) && v.variance > 0.0))
        found = MVO_NOT_ATTAINED;
    *outcome = found;
    if (found != MVO_OPTIMAL)
        return MVO_OK;
    if (sharpe)
        *sharpe = excess_at(&t, at) / sqrt(v.variance);
    if (expected_return)
        *expected_return = v.expected_return;
    if (volatility)
        *volatility = sqrt(v.variance);
    if (weights)
        write_weights(weights, frontier, at);
    return MVO_OK;
}
