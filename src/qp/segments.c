/* SPDX-License-Identifier: MIT */
/* Segments of piecewise-linear costs (see segments.h). */
#include "qp/segments.h"

#include "linalg/exact.h"
#include "qp/problem.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ memory */

int mvoi_segments_needed(const mvo_constraints *set)
{
    int needed = set->rates != NULL || set->ladders != NULL;
    for (size_t i = 0; i < set->row_count; i++)
        needed |= set->rows[i].around != MVO_AROUND_NOTHING;
    return needed;
}

size_t mvoi_segments_absolute(const mvo_constraints *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->row_count; i++)
        count += set->rows[i].around != MVO_AROUND_NOTHING;
    return count;
}

static int allocate(mvoi_segments *made, mvo_context *context, size_t breakpoints)
{
    const size_t n = made->n;
    double **const by_weight[] = { &made->holdings, &made->slope_left, &made->slope_left_rate,
                                   &made->slope,    &made->linear,   &made->lower,      &made->upper };
    int32_t **const indices[] = { &made->count, &made->kink[0], &made->kink[1], &made->segment, &made->kinked };
    int complete = 1;
    for (size_t i = 0; i < sizeof by_weight / sizeof *by_weight; i++)
        complete &= (*by_weight[i] = mvoi_allocate(context, n, sizeof(double))) != NULL;
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++)
        complete &= (*indices[i] = mvoi_allocate(context, n, sizeof(int32_t))) != NULL;
    complete &= (made->seen = mvoi_allocate(context, 6 * n, sizeof(double))) != NULL;
    complete &= (made->rates = mvoi_allocate(context, 3 * n, sizeof(double))) != NULL;
    complete &= (made->first = mvoi_allocate(context, n, sizeof(size_t))) != NULL;
    complete &= (made->at = mvoi_allocate(context, breakpoints, sizeof(double))) != NULL;
    complete &= (made->jump = mvoi_allocate(context, breakpoints, sizeof(double))) != NULL;
    complete &= (made->jump_rate = mvoi_allocate(context, breakpoints, sizeof(double))) != NULL;
    complete &= (made->row_upper = mvoi_allocate(context, made->m + 1, sizeof(double))) != NULL;
    complete &= (made->absolute = mvoi_allocate(context, made->absolute_count, sizeof *made->absolute)) != NULL;
    return complete;
}

static void fill(mvoi_segments *made, const mvo_constraints *set)
{
    size_t breakpoints = 0, listed = 0;
    for (size_t j = 0; j < set->n; j++) {
        made->first[j] = breakpoints;
        breakpoints += 2 + (set->ladders ? set->ladders[j].count : 0); /* at zero, at the holdings */
        made->segment[j] = 0;
        made->kink[0][j] = made->kink[1][j] = -1; /* where only trading costs these are not needed, but read */
        made->holdings[j] = set->holdings[j];
        made->rates[j] = mvoi_buy_rate(set, j);
        made->rates[set->n + j] = mvoi_sell_rate(set, j);
        made->rates[2 * set->n + j] = mvoi_borrow_rate(set, j);
    }
    for (size_t i = 0; i < set->row_count; i++) {
        const mvoi_row *row = &set->rows[i];
        if (row->around != MVO_AROUND_NOTHING)
            made->absolute[listed++] = (mvoi_absolute){ i, row->around, row->above, row->below, row->coefficients,
                                                        row->rates, row->rates ? row->rates + set->n : NULL };
    }
}

mvoi_segments *mvoi_segments_new(mvo_context *context, const mvo_constraints *set, double *rows, size_t ld)
{
    mvoi_segments *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return NULL;
    memset(made, 0, sizeof *made);
    made->n = set->n;
    made->m = set->row_count;
    made->rows = rows;
    made->ld = ld;
    made->ladders = set->ladders;
    made->absolute_count = mvoi_segments_absolute(set);
    size_t breakpoints = 2 * set->n;
    for (size_t j = 0; set->ladders && j < set->n; j++)
        breakpoints += set->ladders[j].count;
    if (!allocate(made, context, breakpoints)) {
        mvoi_segments_free(context, made);
        return NULL;
    }
    fill(made, set);
    return made;
}

void mvoi_segments_free(mvo_context *context, mvoi_segments *segments)
{
    if (!segments)
        return;
    void *const owned[] = { segments->holdings, segments->slope_left, segments->linear,  segments->lower,
                            segments->upper,    segments->count,      segments->kink[0], segments->kink[1],
                            segments->segment,  segments->rates,      segments->first,   segments->at,
                            segments->jump,     segments->row_upper,  segments->absolute, segments->kinked,
                            segments->jump_rate, segments->slope_left_rate, segments->slope, segments->seen };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    mvoi_release(context, segments);
}

/* ------------------------------------------------------------------------------------------- breakpoints */

static int is_around(const mvoi_segments *segments, int32_t around)
{
    for (size_t a = 0; a < segments->absolute_count; a++)
        if (segments->absolute[a].around == around)
            return 1;
    return 0;
}

/* Adds a breakpoint to the sorted list of asset j; one at the same place takes the jump. */
static void insert(mvoi_segments *segments, size_t j, double at, double jump, double jump_rate)
{
    double *place = segments->at + segments->first[j], *rise = segments->jump + segments->first[j];
    double *rate = segments->jump_rate + segments->first[j];
    size_t count = (size_t)segments->count[j], k = count;
    while (k > 0 && place[k - 1] > at)
        k--;
    if (k > 0 && place[k - 1] == at) {
        rise[k - 1] += jump;
        rate[k - 1] += jump_rate;
        return;
    }
    memmove(place + k + 1, place + k, (count - k) * sizeof *place);
    memmove(rise + k + 1, rise + k, (count - k) * sizeof *rise);
    memmove(rate + k + 1, rate + k, (count - k) * sizeof *rate);
    place[k] = at;
    rise[k] = jump;
    rate[k] = jump_rate;
    segments->count[j]++;
}

/* Breakpoints at or beyond a bound are none: those on the left raise the slope for good. */
static void clip(mvoi_segments *segments, size_t j)
{
    double *place = segments->at + segments->first[j], *rise = segments->jump + segments->first[j];
    double *rate = segments->jump_rate + segments->first[j];
    const double lower = segments->bound_lower[j], upper = segments->bound_upper[j];
    size_t from = 0, to = (size_t)segments->count[j];
    while (from < to && place[from] <= lower) {
        segments->slope_left_rate[j] += rate[from];
        segments->slope_left[j] += rise[from++];
    }
    while (to > from && place[to - 1] >= upper)
        to--;
    memmove(place, place + from, (to - from) * sizeof *place);
    memmove(rise, rise + from, (to - from) * sizeof *rise);
    memmove(rate, rate + from, (to - from) * sizeof *rate);
    segments->count[j] = (int32_t)(to - from);
}

static int32_t find_kink(const mvoi_segments *segments, size_t j, double at)
{
    const double *place = segments->at + segments->first[j];
    if (at <= segments->bound_lower[j])
        return -1;
    if (at >= segments->bound_upper[j])
        return segments->count[j];
    int32_t k = 0;
    while (k < segments->count[j] && place[k] < at)
        k++;
    return k;
}

/* A holding that is nothing beside its asset's bounds is zero: an answer's rounding, held since. Beside the breakpoint at zero
   it would make a segment of no length. */
static void drop_rounding(mvoi_segments *segments, size_t j)
{
    const double lower = fabs(segments->bound_lower[j]), upper = fabs(segments->bound_upper[j]);
    const double size = fmax(lower < HUGE_VAL ? lower : 0.0, upper < HUGE_VAL ? upper : 0.0);
    if (fabs(segments->holdings[j]) <= 0x1p-80 * size)
        segments->holdings[j] = 0.0;
}

/* The breakpoints of asset j, as holdings, rates and bounds stand now. */
static void merge(mvoi_segments *segments, size_t j, int around_zero, int around_holdings)
{
    drop_rounding(segments, j);
    const size_t n = segments->n;
    const double buy = segments->rates[j], sell = segments->rates[n + j], borrow = segments->rates[2 * n + j];
    const mvoi_ladder *ladder = segments->ladders ? &segments->ladders[j] : NULL;
    const double *to = segments->rates_to;
    const double buy_rate = to ? to[j] - buy : 0.0, sell_rate = to ? to[n + j] - sell : 0.0;
    const double borrow_rate = to ? to[2 * n + j] - borrow : 0.0;
    segments->count[j] = 0;
    segments->slope_left[j] = -sell - borrow;
    segments->slope_left_rate[j] = -sell_rate - borrow_rate;
    if (around_holdings || buy + sell > 0.0 || buy_rate + sell_rate != 0.0)
        insert(segments, j, segments->holdings[j], buy + sell, buy_rate + sell_rate);
    if (around_zero || borrow > 0.0 || borrow_rate != 0.0)
        insert(segments, j, 0.0, borrow, borrow_rate);
    if (ladder && ladder->slope) {
        segments->slope_left[j] += ladder->slope[0];
        for (size_t k = 0; k < ladder->count; k++)
            insert(segments, j, ladder->at[k], ladder->slope[k + 1] - ladder->slope[k], 0.0);
    }
    clip(segments, j);
    segments->kink[0][j] = find_kink(segments, j, 0.0);
    segments->kink[1][j] = find_kink(segments, j, segments->holdings[j]);
}

static int32_t kink_of(const mvoi_segments *segments, const mvoi_absolute *row, size_t j)
{
    return segments->kink[row->around == MVO_AROUND_HOLDINGS][j];
}

static double reference_of(const mvoi_segments *segments, const mvoi_absolute *row, size_t j)
{
    return row->around == MVO_AROUND_HOLDINGS ? segments->holdings[j] : 0.0;
}

/* ----------------------------------------------------------------------------------------------- present */

double mvoi_segments_slope(const mvoi_segments *segments, size_t j)
{
    return segments->slope[j];
}

static double sum_slope(const mvoi_segments *segments, size_t j)
{
    const double *rise = segments->jump + segments->first[j];
    double slope = segments->slope_left[j];
    for (int32_t k = 0; k < segments->segment[j]; k++)
        slope += rise[k];
    return slope;
}

double mvoi_segments_slope_rate(const mvoi_segments *segments, size_t j)
{
    const double *rate = segments->jump_rate + segments->first[j];
    double slope = segments->slope_left_rate[j];
    for (int32_t k = 0; k < segments->segment[j]; k++)
        slope += rate[k];
    return slope;
}

/* Those of the absolute rows on weight j, in its segment. */
static void set_coefficients(mvoi_segments *segments, size_t j)
{
    const int32_t g = segments->segment[j];
    for (size_t a = 0; a < segments->absolute_count; a++) {
        const mvoi_absolute *row = &segments->absolute[a];
        segments->rows[row->row * segments->ld + j] =
            g > kink_of(segments, row, j) ? mvoi_absolute_above(row, j) : -mvoi_absolute_below(row, j);
    }
}

/* Ends, slope and coefficients of weight j in segment g. */
static void enter(mvoi_segments *segments, size_t j, int32_t g)
{
    const double *place = segments->at + segments->first[j];
    segments->segment[j] = g;
    segments->settled = 0;
    segments->lower[j] = g > 0 ? place[g - 1] : segments->bound_lower[j];
    segments->upper[j] = g < segments->count[j] ? place[g] : segments->bound_upper[j];
    segments->slope[j] = sum_slope(segments, j);
    segments->linear[j] = segments->c[j] + segments->scale * segments->slope[j];
    set_coefficients(segments, j);
}

void mvoi_segments_move(mvoi_segments *segments, size_t j, int32_t g)
{
    for (size_t a = 0; a < segments->absolute_count; a++)
        segments->row_upper[segments->absolute[a].row] -=
            segments->rows[segments->absolute[a].row * segments->ld + j] *
            reference_of(segments, &segments->absolute[a], j);
    enter(segments, j, g);
    for (size_t a = 0; a < segments->absolute_count; a++)
        segments->row_upper[segments->absolute[a].row] +=
            segments->rows[segments->absolute[a].row * segments->ld + j] *
            reference_of(segments, &segments->absolute[a], j);
}

/* What the limit of an absolute row is, given the coefficients of the present segments: in several chains, none of which waits
   for another. */
static double limit_now(const mvoi_segments *segments, const mvoi_absolute *row)
{
    enum { CHAINS = 8 };
    const double *coefficients = segments->rows + row->row * segments->ld, *holdings = segments->holdings;
    double sum[CHAINS] = { segments->limit[row->row] }, low[CHAINS] = { 0.0 };
    size_t j = 0;
    if (row->around != MVO_AROUND_HOLDINGS || !(sum[0] < HUGE_VAL))
        return sum[0];
    for (; j + CHAINS <= segments->n; j += CHAINS)
        for (size_t k = 0; k < CHAINS; k++)
            mvoi_accumulate(&sum[k], &low[k], coefficients[j + k], holdings[j + k]);
    for (; j < segments->n; j++)
        mvoi_accumulate(&sum[0], &low[0], coefficients[j], holdings[j]);
    for (size_t k = 1; k < CHAINS; k++) {
        mvoi_accumulate(&sum[0], &low[0], 1.0, sum[k]);
        low[0] += low[k];
    }
    return sum[0] + low[0];
}

void mvoi_segments_settle(mvoi_segments *segments)
{
    for (size_t a = 0; a < segments->absolute_count && !segments->settled; a++)
        segments->row_upper[segments->absolute[a].row] = limit_now(segments, &segments->absolute[a]);
    segments->settled = 1;
}

/* What the breakpoints are made from. */
enum { BOUND_LOWER, BOUND_UPPER, HOLDINGS, BUY, SELL, BORROW, SOURCES };

/* Which of these are others than when the breakpoints were made, as bits; they are noted, but for the holdings. */
static unsigned find_changes(mvoi_segments *segments)
{
    const size_t n = segments->n, bytes = n * sizeof(double);
    const double *const now[SOURCES] = { segments->bound_lower, segments->bound_upper, segments->holdings,
                                         segments->rates,       segments->rates + n,   segments->rates + 2 * n };
    const int valid = segments->seen_valid && !segments->rates_to;
    unsigned changes = 0;
    for (unsigned k = 0; k < SOURCES; k++) {
        double *seen = segments->seen + k * n;
        if (valid && memcmp(seen, now[k], bytes) == 0)
            continue;
        changes |= 1u << k;
        if (k != HOLDINGS)
            memcpy(seen, now[k], bytes);
    }
    segments->seen_valid = !segments->rates_to;
    return changes;
}

void mvoi_segments_set_linear(mvoi_segments *segments, const double *c)
{
    const double *restrict slope = segments->slope, scale = segments->scale;
    double *restrict linear = segments->linear;
    segments->c = c;
    for (size_t j = 0; j < segments->n; j++)
        linear[j] = c[j] + scale * slope[j];
}

/* The breakpoint of weight j where the holdings are the only one there can be: if trading costs anything, or if `always`. */
static inline int32_t lay_trade(mvoi_segments *segments, size_t j, int always)
{
    const size_t n = segments->n, first = segments->first[j];
    const double at = segments->holdings[j], sell = segments->rates[n + j], rise = segments->rates[j] + sell;
    const double lower = segments->bound_lower[j], upper = segments->bound_upper[j];
    const int32_t count = at > lower && at < upper && (rise > 0.0 || always);
    const int32_t g = segments->segment[j] && count;
    const double left = rise > 0.0 && at <= lower ? rise - sell : -sell, slope = g ? left + rise : left;
    segments->at[first] = at;
    segments->jump[first] = rise;
    segments->jump_rate[first] = segments->slope_left_rate[j] = 0.0;
    segments->slope_left[j] = left;
    segments->count[j] = count;
    segments->segment[j] = g;
    segments->lower[j] = g ? at : lower;
    segments->upper[j] = g < count ? at : upper;
    segments->slope[j] = slope;
    return count;
}

/* Lists the weights that have a breakpoint, where none has two. */
static void list_kinked(mvoi_segments *segments)
{
    const int32_t *restrict count = segments->count;
    int32_t *restrict list = segments->kinked;
    size_t kinked = 0;
    segments->least_jump = HUGE_VAL;
    for (size_t j = 0, n = segments->n; j < n; j++) {
        list[kinked] = (int32_t)j;
        kinked += (size_t)count[j];
    }
    for (size_t k = 0; k < kinked; k++) {
        const double rise = segments->jump[segments->first[segments->kinked[k]]];
        segments->least_jump = rise < segments->least_jump ? rise : segments->least_jump;
    }
    segments->kinked_count = kinked;
    segments->most_count = kinked > 0;
}

/* All breakpoints there, or those of weights whose holdings are others than before. */
static void lay_trades(mvoi_segments *segments, int holdings_alone)
{
    const double *holdings = segments->holdings, *seen = segments->seen + HOLDINGS * segments->n;
    int relist = !holdings_alone;
    for (size_t j = 0, n = segments->n; j < n; j++) {
        if (holdings_alone && holdings[j] == seen[j])
            continue;
        const int32_t before = segments->count[j];
        relist |= lay_trade(segments, j, 0) != before;
    }
    if (relist)
        list_kinked(segments);
    mvoi_segments_set_linear(segments, segments->c);
}

/* Whether the holdings are the only breakpoint that asset j can have. */
static int only_trades(const mvoi_segments *segments, size_t j, int around_zero)
{
    return !segments->rates_to && segments->rates[2 * segments->n + j] == 0.0 &&
           !(segments->ladders && segments->ladders[j].slope) && !(around_zero && segments->bound_lower[j] < 0.0);
}

/* The same for such an asset, and what absolute rows make of it. */
static void lay_turning_trade(mvoi_segments *segments, size_t j, int around_holdings)
{
    drop_rounding(segments, j);
    lay_trade(segments, j, around_holdings);
    segments->kink[0][j] = segments->bound_lower[j] < 0.0 ? find_kink(segments, j, 0.0) : -1;
    segments->kink[1][j] = find_kink(segments, j, segments->holdings[j]);
    segments->linear[j] = segments->c[j] + segments->scale * segments->slope[j];
    set_coefficients(segments, j);
}

/* All breakpoints of any costs and absolute rows. */
static void lay_all(mvoi_segments *segments)
{
    const int around_zero = is_around(segments, MVO_AROUND_ZERO);
    const int around_holdings = is_around(segments, MVO_AROUND_HOLDINGS);
    segments->kinked_count = 0;
    segments->most_count = 0;
    for (size_t j = 0; j < segments->n; j++) {
        const int alone = only_trades(segments, j, around_zero);
        if (alone)
            lay_turning_trade(segments, j, around_holdings);
        else
            merge(segments, j, around_zero, around_holdings);
        const int32_t g = segments->segment[j], last = segments->count[j];
        segments->kinked[segments->kinked_count] = (int32_t)j;
        segments->kinked_count += last > 0;
        segments->most_count = last > segments->most_count ? last : segments->most_count;
        for (int32_t k = 0; k < last; k++)
            if (segments->jump[segments->first[j] + (size_t)k] < segments->least_jump)
                segments->least_jump = segments->jump[segments->first[j] + (size_t)k];
        if (!alone)
            enter(segments, j, g < last ? g : last);
    }
}

static int only_trading_costs(const mvoi_segments *segments)
{
    int nothing_else = !segments->ladders && !segments->rates_to && segments->absolute_count == 0;
    for (size_t j = 0; j < segments->n && nothing_else; j++)
        nothing_else = segments->rates[2 * segments->n + j] == 0.0;
    return nothing_else;
}

void mvoi_segments_prepare(mvoi_segments *segments, double scale)
{
    const int rates_moved = segments->rates_to != NULL;
    const unsigned changes = find_changes(segments);
    segments->scale = scale;
    segments->remade = changes != 0;
    if (changes & ~(1u << HOLDINGS) || rates_moved)
        segments->trades_alone = only_trading_costs(segments);
    if (!changes) {
        mvoi_segments_set_linear(segments, segments->c);
    } else if (segments->trades_alone) {
        lay_trades(segments, changes == 1u << HOLDINGS);
    } else {
        segments->least_jump = HUGE_VAL;
        lay_all(segments);
    }
    if (changes & 1u << HOLDINGS)
        memcpy(segments->seen + HOLDINGS * segments->n, segments->holdings, segments->n * sizeof(double));
    memcpy(segments->row_upper, segments->limit, (segments->m + 1) * sizeof *segments->row_upper);
    segments->settled = 0;
    mvoi_segments_settle(segments);
}

void mvoi_segments_place(mvoi_segments *segments, const double *w)
{
    for (size_t j = 0; j < segments->n; j++) {
        const double *place = segments->at + segments->first[j];
        int32_t g = segments->segment[j];
        while (g > 0 && w[j] < place[g - 1])
            g--;
        while (g < segments->count[j] && w[j] > place[g])
            g++;
        enter(segments, j, g);
    }
    mvoi_segments_settle(segments);
}

/* ------------------------------------------------------------------------------------------------ ranges */

int mvoi_segments_bend_between(const mvoi_segments *segments, size_t j, const double other[3], double least, double most)
{
    const size_t n = segments->n;
    const mvoi_ladder *ladder = segments->ladders ? &segments->ladders[j] : NULL;
    const double holdings = segments->holdings[j];
    int bends = is_around(segments, MVO_AROUND_HOLDINGS) || segments->rates[j] + segments->rates[n + j] > 0.0 || other[0] + other[1] > 0.0;
    if (bends && holdings >= least && holdings <= most)
        return 1;
    bends = is_around(segments, MVO_AROUND_ZERO) || segments->rates[2 * n + j] > 0.0 || other[2] > 0.0;
    if (bends && least <= 0.0 && most >= 0.0)
        return 1;
    for (size_t k = 0; ladder && ladder->slope && k < ladder->count; k++)
        if (ladder->at[k] >= least && ladder->at[k] <= most)
            return 1;
    return 0;
}

int mvoi_segments_is_absolute(const mvoi_segments *segments, size_t i)
{
    for (size_t a = 0; a < segments->absolute_count; a++)
        if (segments->absolute[a].row == i)
            return 1;
    return 0;
}

int mvoi_segments_turns_rows(const mvoi_segments *segments, size_t j, int32_t breakpoint)
{
    for (size_t a = 0; a < segments->absolute_count; a++)
        if (mvoi_segments_rise(segments, &segments->absolute[a], j, breakpoint) != 0.0)
            return 1;
    return 0;
}

int32_t mvoi_segments_find(const mvoi_segments *segments, size_t j, double d, double h, size_t count,
                           const int32_t *rows, const double *y, double *place)
{
    const double *at = segments->at + segments->first[j], *jump = segments->jump + segments->first[j];
    const int32_t last = segments->count[j];
    const mvoi_absolute *taken[MVOI_MOST_ABSOLUTE];
    double pull[MVOI_MOST_ABSOLUTE], slope = segments->slope_left[j] * segments->scale;
    size_t few = 0;
    for (size_t t = 0; t < count; t++)
        for (size_t a = 0; a < segments->absolute_count && few < MVOI_MOST_ABSOLUTE; a++)
            if (segments->absolute[a].row == (size_t)rows[t] && y[t] < 0.0) {
                const mvoi_absolute *row = taken[few] = &segments->absolute[a];
                pull[few] = -y[t];
                slope += pull[few++] *
                         (kink_of(segments, row, j) < 0 ? mvoi_absolute_above(row, j) : -mvoi_absolute_below(row, j));
            }
    for (int32_t g = 0;; g++) {
        const double lower = g > 0 ? at[g - 1] : segments->bound_lower[j];
        const double upper = g < last ? at[g] : segments->bound_upper[j];
        const double wish = (h - slope) / d;
        if (wish <= upper || g == last) {
            *place = wish < lower ? lower : wish > upper ? upper : wish;
            return g;
        }
        slope += segments->scale * jump[g];
        for (size_t a = 0; a < few; a++)
            slope += pull[a] * mvoi_segments_rise(segments, taken[a], j, g);
    }
}

double mvoi_segments_rise(const mvoi_segments *segments, const mvoi_absolute *row, size_t j, int32_t breakpoint)
{
    return kink_of(segments, row, j) == breakpoint ? mvoi_absolute_above(row, j) + mvoi_absolute_below(row, j) : 0.0;
}

double mvoi_segments_widening(const mvoi_segments *segments, const double *y, size_t j, int32_t breakpoint)
{
    double width = 0.0;
    for (size_t a = 0; a < segments->absolute_count; a++)
        width -= y[segments->absolute[a].row] * mvoi_segments_rise(segments, &segments->absolute[a], j, breakpoint);
    return width;
}

double mvoi_segments_value(const mvoi_segments *segments, size_t j, double slope, const double *y, double w)
{
    double sum = slope * w + segments->scale * mvoi_segments_cost(segments, j, w);
    for (size_t a = 0; a < segments->absolute_count; a++) {
        const mvoi_absolute *row = &segments->absolute[a];
        const double away = w - reference_of(segments, row, j);
        sum -= fmin(y[row->row], 0.0) * mvoi_absolute_part(row, j, away);
    }
    return sum;
}
