/* SPDX-License-Identifier: MIT */
#include "support/costly.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int
object(char *why, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, size, format, arguments);
    va_end(arguments);
    return 0;
}

/* ------------------------------------------------------------------------------------------------ making */

costly *costly_new(instance *p, size_t absolute)
{
    costly *c = zeros(1, sizeof *c);
    const size_t n = p->n;
    c->p = p;
    c->holdings = zeros(n, sizeof(double));
    c->buy = zeros(n, sizeof(double));
    c->sell = zeros(n, sizeof(double));
    c->borrow = zeros(n, sizeof(double));
    c->origin = zeros(n, sizeof(double));
    c->count = zeros(n, sizeof(size_t));
    c->at = zeros(n, sizeof(double *));
    c->slope = zeros(n, sizeof(double *));
    c->absolute = absolute;
    c->rows = zeros(absolute, sizeof *c->rows);
    for (size_t i = 0; i < absolute; i++) {
        c->rows[i].coefficients = zeros(n, sizeof(double));
        c->rows[i].around = MVO_AROUND_HOLDINGS;
        c->rows[i].limit = INFINITY;
    }
    return c;
}

void costly_free(costly *c)
{
    for (size_t j = 0; j < c->p->n; j++) {
        free(c->at[j]);
        free(c->slope[j]);
    }
    for (size_t i = 0; i < c->absolute; i++)
        free(c->rows[i].coefficients);
    for (size_t i = 0; i < c->absolute; i++)
        free(c->rows[i].rates);
    void *const owned[] = { c->holdings, c->buy, c->sell, c->borrow, c->origin, c->count, c->at, c->slope, c->rows };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    instance_free(c->p);
    free(c);
}

static double draw(random_stream *stream, int integer, double size)
{
    return integer ? size * (double)random_below(stream, 4) : size * 4.0 * random_uniform(stream);
}

costly *costly_random(random_stream *stream, instance *p, size_t absolute, int integer)
{
    costly *c = costly_new(p, absolute);
    const double unit = integer ? 0.25 : 0.1;
    for (size_t j = 0; j < p->n; j++) {
        const double lower = isinf(p->lower[j]) ? -2.0 : p->lower[j], upper = isinf(p->upper[j]) ? 2.0 : p->upper[j];
        const size_t where = random_below(stream, 6);
        c->holdings[j] = where == 0   ? lower
                         : where == 1 ? upper
                         : integer    ? lower + floor(random_uniform(stream) * 4.0) * 0.25 * (upper - lower)
                                      : lower + random_uniform(stream) * (upper - lower) * 1.2 - 0.1;
        c->buy[j] = random_below(stream, 4) ? draw(stream, integer, unit) : 0.0;
        c->sell[j] = random_below(stream, 4) ? draw(stream, integer, unit) : 0.0;
        c->borrow[j] = random_below(stream, 2) ? draw(stream, integer, unit) : 0.0;
        if (random_below(stream, 3))
            continue;
        c->count[j] = random_below(stream, 4);
        c->at[j] = zeros(c->count[j], sizeof(double));
        c->slope[j] = zeros(c->count[j] + 1, sizeof(double));
        c->origin[j] = integer ? (double)random_below(stream, 3) - 1.0 : random_normal(stream);
        double at = lower - 0.25, slope = -unit * (double)random_below(stream, 4);
        c->slope[j][0] = slope;
        for (size_t k = 0; k < c->count[j]; k++) {
            at += 0.25 + draw(stream, integer, 0.25);
            slope += draw(stream, integer, unit);
            c->at[j][k] = at;
            c->slope[j][k + 1] = slope;
        }
    }
    for (size_t i = 0; i < absolute; i++) {
        costly_row *row = &c->rows[i];
        const size_t kind = random_below(stream, 4);
        row->around = random_below(stream, 2) ? MVO_AROUND_HOLDINGS : MVO_AROUND_ZERO;
        row->above = kind == 1 ? 0.0 : 1.0;
        row->below = kind == 2 ? 0.0 : 1.0;
        double reach = 0.0;
        for (size_t j = 0; j < p->n; j++) {
            row->coefficients[j] = kind == 3 ? (double)random_below(stream, 3) : 1.0;
            reach += row->coefficients[j];
        }
        row->limit = reach * (integer ? 0.25 * (double)random_below(stream, 4) : random_uniform(stream));
    }
    return c;
}

void costly_randomise_rates(random_stream *stream, costly *c, int integer)
{
    const size_t n = c->p->n;
    for (size_t i = 0; i < c->absolute; i++) {
        costly_row *row = &c->rows[i];
        row->rates = zeros(2 * n, sizeof(double));
        double reach = 0.0;
        for (size_t j = 0; j < n; j++) {
            const double margin = draw(stream, integer, 0.25);
            const double shock = integer ? 0.25 * ((double)random_below(stream, 9) - 4.0) : random_normal(stream);
            row->coefficients[j] = 1.0;
            row->rates[j] = margin - shock;
            row->rates[n + j] = margin + shock;
            reach += fabs(shock) + margin;
        }
        row->limit = reach * (integer ? 0.25 * ((double)random_below(stream, 4) - 1.0) : random_uniform(stream) - 0.2);
    }
}

/* What `away` from where its absolute value is taken asset j adds to a row. */
static long double part(const costly *c, const costly_row *row, size_t j, long double away)
{
    const long double above = row->rates ? row->rates[j] : row->above;
    const long double below = row->rates ? row->rates[c->p->n + j] : row->below;
    return row->coefficients[j] * (away > 0.0L ? above * away : -below * away);
}

mvo_constraints *costly_constraints(const costly *c)
{
    mvo_constraints *set = instance_constraints(c->p);
    mvo_error error = MVO_ERROR_INIT;
    if (!set)
        return NULL;
    mvo_status status = mvo_constraints_set_holdings(set, c->holdings, &error);
    if (!status)
        status = mvo_constraints_set_trading_costs(set, c->buy, c->sell, &error);
    if (!status)
        status = mvo_constraints_set_borrow_costs(set, c->borrow, &error);
    for (size_t j = 0; !status && j < c->p->n; j++)
        if (c->slope[j])
            status = mvo_constraints_set_cost(set, j, c->count[j], c->at[j], c->slope[j], c->origin[j], &error);
    for (size_t i = 0; !status && i < c->absolute; i++) {
        const costly_row *row = &c->rows[i];
        status = row->rates ? mvo_constraints_add_absolute_rates(NULL, set, row->around, row->rates, row->rates + c->p->n,
                                                                 row->limit, NULL, &error)
                            : mvo_constraints_add_absolute(NULL, set, row->around, row->coefficients, row->above,
                                                           row->below, row->limit, NULL, &error);
    }
    if (!status)
        return set;
    fprintf(stderr, "costs refused: %s: %s\n", mvo_status_name(status), error.message);
    mvo_constraints_free(set);
    return NULL;
}

mvo_solver *costly_solver(const costly *c, int32_t flags)
{
    mvo_covariance *covariance = instance_covariance(c->p, flags);
    mvo_constraints *set = costly_constraints(c);
    mvo_solver *solver = NULL;
    if (covariance && set && mvo_solver_new(&solver, NULL, covariance, set, NULL) == MVO_OK)
        mvo_solver_set_linear(solver, c->p->linear, NULL);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(set);
    return solver;
}

/* ------------------------------------------------------------------------------------------------- values */

static long double ladder_cost(const costly *c, size_t j, long double w)
{
    if (!c->slope[j])
        return 0.0L;
    /* the function with value 0 at the origin: integrate slopes from there */
    const long double from = fminl(w, c->origin[j]), to = fmaxl(w, c->origin[j]);
    long double sum = 0.0L;
    for (size_t k = 0; k <= c->count[j]; k++) {
        const long double left = k == 0 ? from : fmaxl(from, c->at[j][k - 1]);
        const long double right = k == c->count[j] ? to : fminl(to, c->at[j][k]);
        if (right > left)
            sum += c->slope[j][k] * (right - left);
    }
    return w < c->origin[j] ? -sum : sum;
}

static long double cost_of(const costly *c, size_t j, long double w)
{
    const long double trade = w - c->holdings[j];
    return (trade > 0.0L ? c->buy[j] * trade : -c->sell[j] * trade) + (w < 0.0L ? -c->borrow[j] * w : 0.0L) +
           ladder_cost(c, j, w);
}

long double costly_cost(const costly *c, const double *w)
{
    long double sum = 0.0L;
    for (size_t j = 0; j < c->p->n; j++)
        sum += cost_of(c, j, w[j]);
    return sum;
}

static long double reference(const costly *c, const costly_row *row, size_t j)
{
    return row->around == MVO_AROUND_HOLDINGS ? c->holdings[j] : 0.0;
}

long double costly_activity(const costly *c, size_t i, const double *w)
{
    const costly_row *row = &c->rows[i];
    long double sum = 0.0L;
    for (size_t j = 0; j < c->p->n; j++)
        sum += part(c, row, j, w[j] - reference(c, row, j));
    return sum;
}

long double costly_objective(const costly *c, const double *w, double scale)
{
    const verify_problem view = instance_view(c->p);
    long double *product = zeros(c->p->n, sizeof *product), sum = scale * costly_cost(c, w);
    verify_product(product, NULL, &view, w);
    for (size_t j = 0; j < c->p->n; j++)
        sum += w[j] * (0.5L * product[j] + c->p->linear[j]);
    free(product);
    return sum;
}

/* ------------------------------------------------------------------------------------------------ verify */

typedef struct range {
    long double low, high;
} range;

/* Adds the subgradients of `rate` times a kink at `at`: rate `below` on its left, `above` on its right. */
static range add_kink(range r, long double w, long double at, long double below, long double above, long double near)
{
    r.low += w > at + near ? above : below;
    r.high += w < at - near ? below : above;
    return r;
}

static range cost_range(const costly *c, size_t j, long double w, long double near)
{
    range r = { 0.0L, 0.0L };
    r = add_kink(r, w, c->holdings[j], -c->sell[j], c->buy[j], near);
    r = add_kink(r, w, 0.0L, -c->borrow[j], 0.0L, near);
    if (!c->slope[j])
        return r;
    r.low += c->slope[j][0];
    r.high += c->slope[j][0];
    for (size_t k = 0; k < c->count[j]; k++)
        r = add_kink(r, w, c->at[j][k], 0.0L, (long double)c->slope[j][k + 1] - c->slope[j][k], near);
    return r;
}

typedef struct judged {
    double *w, *y, *z, *s;
    long double *gradient, *size;
} judged;

static judged fetch(const costly *c, const mvo_solver *solver, int *fine)
{
    const size_t n = c->p->n, m = c->p->m + c->absolute;
    judged a = { zeros(4 * n + m, sizeof(double)), NULL, NULL, NULL, zeros(2 * n, sizeof(long double)), NULL };
    a.z = a.w + n;
    a.s = a.z + n;
    a.y = a.s + n;
    a.size = a.gradient + n;
    *fine = mvo_solver_weights(a.w, solver) == MVO_OK && mvo_solver_multipliers(a.y, a.z, solver) == MVO_OK &&
            mvo_solver_costs(NULL, a.s, solver) == MVO_OK;
    return a;
}

/* Rows and bounds: kept, and multipliers where they hold. */
static int limits_hold(const costly *c, const judged *a, long double scale_w, long double scale_g, double tolerance,
                       char *why, size_t size)
{
    const instance *p = c->p;
    for (size_t j = 0; j < p->n; j++) {
        const long double w = a->w[j], z = a->z[j], near = tolerance * scale_w;
        if (!(w >= p->lower[j] - near && w <= p->upper[j] + near))
            return object(why, size, "weight %zu is %.17Lg in [%g, %g]", j, w, p->lower[j], p->upper[j]);
        if (!(fabsl(z) <= tolerance * scale_g) && !(fabsl(w - (z > 0.0L ? p->lower[j] : p->upper[j])) <= near))
            return object(why, size, "weight %zu has multiplier %Lg at %.17Lg", j, z, w);
    }
    for (size_t i = 0; i < p->m + c->absolute; i++) {
        const int linear = i < p->m;
        long double value = 0.0L, terms = 0.0L;
        for (size_t j = 0; j < p->n; j++) {
            const long double a_ij = linear ? p->rows[i * p->n + j] : part(c, &c->rows[i - p->m], j, 1.0L);
            value += a_ij * a->w[j];
            terms += fmaxl(fabsl(a_ij), linear ? 0.0L : c->rows[i - p->m].coefficients[j]) * scale_w;
        }
        if (!linear)
            value = costly_activity(c, i - p->m, a->w);
        const double lower = linear ? p->row_lower[i] : -INFINITY;
        const double upper = linear ? p->row_upper[i] : c->rows[i - p->m].limit;
        const long double near = tolerance * (terms + 1e-300L), y = a->y[i];
        if (!(value >= lower - near && value <= upper + near))
            return object(why, size, "row %zu is %.17Lg in [%g, %g]", i, value, lower, upper);
        if (!(fabsl(y) <= tolerance * scale_g) && !(fabsl(value - (y > 0.0L ? lower : upper)) <= near))
            return object(why, size, "row %zu has multiplier %Lg at %.17Lg in [%g, %g]", i, y, value, lower, upper);
    }
    return 1;
}

int costly_verify(const costly *c, const mvo_solver *solver, double scale, double tolerance, char *why, size_t size)
{
    const instance *p = c->p;
    const verify_problem view = instance_view(p);
    int fine;
    judged a = fetch(c, solver, &fine);
    long double scale_w = 0.0L, scale_g = 0.0L;
    if (!fine) {
        object(why, size, "the solver withholds its answer");
        goto done;
    }
    verify_product(a.gradient, a.size, &view, a.w);
    for (size_t j = 0; j < p->n; j++) {
        scale_w = fmaxl(scale_w, fmaxl(fabsl((long double)a.w[j]), fabsl((long double)c->holdings[j])));
        scale_g = fmaxl(scale_g, a.size[j] + fabsl((long double)p->linear[j]) + fabsl((long double)a.s[j]));
        scale_g = fmaxl(scale_g, scale * (c->buy[j] + c->sell[j] + c->borrow[j])); /* slopes are differences of these */
        a.gradient[j] += (long double)p->linear[j] + a.s[j] - a.z[j];
        for (size_t i = 0; i < p->m; i++) {
            a.gradient[j] -= (long double)p->rows[i * p->n + j] * a.y[i];
            scale_g = fmaxl(scale_g, fabsl((long double)p->rows[i * p->n + j] * a.y[i]));
        }
    }
    fine = limits_hold(c, &a, scale_w, scale_g, tolerance, why, size);
    for (size_t j = 0; fine && j < p->n; j++) {
        const long double near = tolerance * scale_w, rounding = tolerance * scale_g;
        const range cost = cost_range(c, j, a.w[j], near);
        range rest = { 0.0L, 0.0L }; /* of the absolute rows: gradient - sum y_i sigma_i = 0 */
        if (!(a.s[j] >= scale * cost.low - rounding && a.s[j] <= scale * cost.high + rounding))
            fine = object(why, size, "asset %zu: cost subgradient %g not in [%Lg, %Lg]", j, a.s[j], scale * cost.low,
                          scale * cost.high);
        for (size_t i = 0; i < c->absolute; i++) {
            const costly_row *row = &c->rows[i];
            const long double v = -(long double)a.y[p->m + i];
            rest = add_kink(rest, a.w[j], reference(c, row, j), -part(c, row, j, -1.0L) * v, part(c, row, j, 1.0L) * v,
                            near);
        }
        if (fine && !(-a.gradient[j] >= rest.low - rounding && -a.gradient[j] <= rest.high + rounding))
            fine = object(why, size, "asset %zu: gradient %Lg left over, [%Lg, %Lg] explained", j, -a.gradient[j],
                          rest.low, rest.high);
    }
done:
    free(a.w);
    free(a.gradient);
    return fine;
}

int costly_verify_farkas(const costly *c, const mvo_solver *solver, double tolerance, char *why, size_t size)
{
    const instance *p = c->p;
    double *y = zeros(p->m + c->absolute, sizeof *y);
    long double support = 0.0L, terms = 0.0L;
    int fine = mvo_solver_farkas(y, NULL, solver) == MVO_OK || object(why, size, "no Farkas vector");
    for (size_t i = 0; fine && i < p->m + c->absolute; i++) {
        const double limit = i >= p->m ? c->rows[i - p->m].limit : y[i] > 0.0 ? p->row_lower[i] : p->row_upper[i];
        if (y[i] == 0.0)
            continue;
        if (isinf(limit) || (i >= p->m && y[i] > 0.0))
            fine = object(why, size, "row %zu has multiplier %g without a limit", i, y[i]);
        support += (long double)y[i] * limit;
        terms += fabsl((long double)y[i] * limit);
    }
    for (size_t j = 0; fine && j < p->n; j++) {
        const long double place[] = { p->lower[j], p->upper[j], 0.0L, c->holdings[j], -1e6L, 1e6L };
        long double least = INFINITY;
        for (size_t k = 0; k < sizeof place / sizeof *place; k++) {
            long double value = 0.0L;
            if (isinf(place[k]) || place[k] < p->lower[j] || place[k] > p->upper[j])
                continue;
            for (size_t i = 0; i < p->m; i++)
                value -= (long double)y[i] * p->rows[i * p->n + j] * place[k];
            for (size_t i = 0; i < c->absolute; i++) {
                const long double away = place[k] - reference(c, &c->rows[i], j);
                value -= y[p->m + i] * part(c, &c->rows[i], j, away);
            }
            if (fabsl(place[k]) >= 1e6L && fabsl(value) < 1e6L * tolerance)
                value = 0.0L; /* rounding of the multipliers, taken far out */
            least = fminl(least, value);
        }
        support += isinf(least) ? 0.0L : least;
    }
    if (fine && !(support > tolerance * terms * 1e-3L && support > 0.0L))
        fine = object(why, size, "the limits add up to %Lg only", support);
    free(y);
    return fine;
}

/* -------------------------------------------------------------------------------------------------- split */

/* All places where something of asset j bends, ascending. */
static size_t bends(const costly *c, size_t j, double *at)
{
    size_t count = 0;
    at[count++] = c->holdings[j];
    at[count++] = 0.0;
    for (size_t k = 0; c->slope[j] && k < c->count[j]; k++)
        at[count++] = c->at[j][k];
    for (size_t a = 1; a < count; a++)
        for (size_t b = a; b > 0 && at[b - 1] > at[b]; b--) {
            const double swap = at[b];
            at[b] = at[b - 1];
            at[b - 1] = swap;
        }
    return count;
}

/* Sigma_ij, of factors too: the split problem is always dense. */
static double covariance_of(const instance *p, size_t i, size_t j)
{
    if (p->sigma)
        return p->sigma[i + j * p->n];
    long double sum = i == j ? p->specific[i] : 0.0;
    for (size_t f = 0; f < p->k; f++)
        for (size_t g = 0; g < p->k; g++) {
            const long double between = p->factor_covariance ? p->factor_covariance[f + g * p->k] : f == g;
            sum += p->loadings[i + f * p->n] * between * p->loadings[j + g * p->n];
        }
    return (double)sum;
}

/*
 * w_j = at_0 - x_0 + x_1 + ... + x_count with x_0 >= 0 unbounded and x_k in [0, at_k - at_(k-1)]; costs and absolute
 * values are linear in x, and convexity fills the x in order.
 */
instance *costly_split(const costly *c, double scale)
{
    enum { MOST = 8 };
    const instance *p = c->p;
    const size_t n = p->n;
    double at[MOST];
    size_t *first = zeros(n + 1, sizeof *first);
    for (size_t j = 0; j < n; j++)
        first[j + 1] = first[j] + bends(c, j, at) + 1;
    const size_t parts = first[n], total = n + parts, rows = p->m + n + c->absolute;
    instance *q = instance_new(total, rows);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++)
            q->sigma[i + j * total] = i < j ? covariance_of(p, i, j) : covariance_of(p, j, i);
        q->linear[j] = p->linear[j];
        q->lower[j] = p->lower[j];
        q->upper[j] = p->upper[j];
    }
    for (size_t i = 0; i < p->m; i++) {
        for (size_t j = 0; j < n; j++)
            q->rows[i * total + j] = p->rows[i * n + j];
        q->row_lower[i] = p->row_lower[i];
        q->row_upper[i] = p->row_upper[i];
    }
    for (size_t i = 0; i < c->absolute; i++)
        q->row_upper[p->m + n + i] = c->rows[i].limit;
    for (size_t j = 0; j < n; j++) {
        const size_t count = bends(c, j, at), link = p->m + j;
        q->rows[link * total + j] = 1.0;
        q->row_lower[link] = q->row_upper[link] = at[0];
        q->constant += scale * (double)cost_of(c, j, at[0]);
        for (size_t i = 0; i < c->absolute; i++) {
            const costly_row *row = &c->rows[i];
            q->row_upper[p->m + n + i] -= (double)part(c, row, j, at[0] - reference(c, row, j));
        }
        for (size_t k = 0; k <= count; k++) {
            const size_t x = n + first[j] + k;
            const double from = k ? at[k - 1] : at[0] - 1.0, to = k ? (k < count ? at[k] : at[k - 1] + 1.0) : at[0];
            const double width = to - from, sign = k ? 1.0 : -1.0;
            const long double rise = width > 0.0 ? (cost_of(c, j, to) - cost_of(c, j, from)) / width : 0.0L;
            q->rows[link * total + x] = -sign;
            q->lower[x] = 0.0;
            q->upper[x] = k && k < count ? width : INFINITY;
            q->linear[x] = scale * (double)(sign * rise);
            for (size_t i = 0; i < c->absolute; i++) {
                const costly_row *row = &c->rows[i];
                const double middle = 0.5 * (from + to) - (double)reference(c, row, j);
                q->rows[(p->m + n + i) * total + x] =
                    sign * (double)(middle > 0.0 ? part(c, row, j, 1.0L) : -part(c, row, j, -1.0L));
            }
        }
    }
    free(first);
    return q;
}
