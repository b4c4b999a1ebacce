/* SPDX-License-Identifier: MIT */
/*
 * Random problems with market impact, pools and kinks, against sequential minimisation over pairs of weights in long
 * double (of the pair that violates the optimality conditions most; Platt 1999, Keerthi et al. 2001), which knows nothing
 * of Newton's method or of working sets. The conditions need no multipliers: under a budget the largest slope downhill of
 * a weight that can fall is at most the least slope uphill of one that can rise. MVO_TEST_IMPACT=1000 asks for more problems.
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 50, PROBLEMS = 400, MOST_STEPS = 400000 };

typedef struct pool {
    int there;
    double cash, asset, cash_share, asset_share, fee, price;
} pool;

typedef struct problem {
    size_t n;
    int factors; /* 0: dense */
    double sigma[MOST * MOST], loadings[MOST * 3], specific[MOST];
    double linear[MOST], holdings[MOST], lower[MOST], upper[MOST];
    double buy[MOST], sell[MOST], quadratic[MOST], power[MOST];
    pool pools[MOST];
    double value;
} problem;

/* ------------------------------------------------------------------------------------------------- problems */

static double log_uniform(random_stream *stream, double least, double most)
{
    return least * pow(most / least, random_uniform(stream));
}

static void make_covariance(problem *p, random_stream *stream)
{
    const size_t n = p->n;
    for (size_t j = 0; j < n; j++) {
        p->specific[j] = log_uniform(stream, 1e-5, 1e-3);
        for (size_t f = 0; f < 3; f++)
            p->loadings[j + f * n] = 0.01 * (f == 0 ? 1.0 + 0.3 * random_normal(stream) : 0.4 * random_normal(stream));
    }
    if (random_below(stream, 3) == 0)
        p->specific[0] = p->loadings[0] = p->loadings[n] = p->loadings[2 * n] = 0.0; /* cash */
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = i == j ? p->specific[i] : 0.0;
            for (size_t f = 0; f < 3; f++)
                sum += p->loadings[i + f * n] * p->loadings[j + f * n];
            p->sigma[i + j * n] = sum;
        }
}

static void make_pool(problem *p, random_stream *stream, size_t j)
{
    pool *q = &p->pools[j];
    static const double fees[] = { 0.0, 0.0005, 0.003, 0.01 };
    q->there = 1;
    q->price = log_uniform(stream, 0.01, 1e4);
    q->cash_share = random_below(stream, 2) ? 0.5 : 0.2 + 0.6 * random_uniform(stream);
    q->asset_share = 1.0 - q->cash_share;
    q->cash = p->value * log_uniform(stream, 0.05, 50.0);
    q->fee = fees[random_below(stream, 4)];
    /* at the portfolio's price, or a little off it */
    q->asset = q->cash * q->asset_share / q->cash_share / q->price *
               (random_below(stream, 2) ? 1.0 : 1.0 + 0.002 * random_normal(stream));
}

static void make_problem(problem *p, uint64_t seed)
{
    random_stream stream = { seed };
    memset(p, 0, sizeof *p);
    p->n = 2 + random_below(&stream, MOST - 1);
    p->factors = (int)random_below(&stream, 2);
    p->value = log_uniform(&stream, 1e4, 1e9);
    make_covariance(p, &stream);
    const double aversion = log_uniform(&stream, 1.0, 50.0);
    double sum = 0.0;
    for (size_t j = 0; j < p->n; j++) {
        p->linear[j] = -(0.0002 + 0.0005 * random_normal(&stream)) / aversion;
        p->holdings[j] = random_below(&stream, 4) ? random_uniform(&stream) : 0.0;
        sum += p->holdings[j];
        p->lower[j] = random_below(&stream, 3) ? 0.0 : -0.1;
        p->upper[j] = 1.0;
        const size_t kind = random_below(&stream, 6);
        if (kind == 1 || kind == 4)
            p->power[j] = log_uniform(&stream, 1e-4, 0.05) / aversion;
        if (kind == 2 || kind == 4)
            p->quadratic[j] = log_uniform(&stream, 1e-5, 0.05);
        if (kind == 3 || kind == 5)
            make_pool(p, &stream, j);
        if (random_below(&stream, 2)) {
            p->buy[j] = 0.001 * random_uniform(&stream) / aversion;
            p->sell[j] = 0.001 * random_uniform(&stream) / aversion;
        }
    }
    for (size_t j = 0; j < p->n; j++)
        p->holdings[j] = sum > 0.0 ? p->holdings[j] / sum : 1.0 / (double)p->n;
}

/* ------------------------------------------------------------------------------------------------ costs */

/* The cost of trading t, and its slope just right (side > 0) or left of t. */
static long double trade_cost(const problem *p, size_t j, long double t)
{
    long double sum = (t > 0.0L ? p->buy[j] * t : -p->sell[j] * t) + p->quadratic[j] * t * t +
                      p->power[j] * fabsl(t) * sqrtl(fabsl(t));
    const pool *q = &p->pools[j];
    if (!q->there || t == 0.0L)
        return sum;
    const long double r = (long double)q->asset_share / q->cash_share, units = t * p->value / q->price;
    if (units > 0.0L)
        return sum + q->cash * (powl(q->asset / (q->asset - units), r) - 1.0L) / (1.0L - q->fee) / p->value - t;
    return sum - t - q->cash * (1.0L - powl(q->asset / (q->asset - (1.0L - q->fee) * units), r)) / p->value;
}

static long double trade_slope(const problem *p, size_t j, long double t, int side)
{
    const int buys = t > 0.0L || (t == 0.0L && side > 0);
    long double sum = (buys ? p->buy[j] : -p->sell[j]) + 2.0L * p->quadratic[j] * t +
                      copysignl(1.5L * p->power[j] * sqrtl(fabsl(t)), t);
    const pool *q = &p->pools[j];
    if (!q->there)
        return sum;
    const long double r = (long double)q->asset_share / q->cash_share, units = t * p->value / q->price;
    const long double keep = 1.0L - q->fee, left = buys ? q->asset - units : q->asset - keep * units;
    if (left <= 0.0L)
        return HUGE_VALL;
    return sum + (buys ? 1.0L / keep : keep) * q->cash * r / left * powl(q->asset / left, r) / q->price - 1.0L;
}

static void products(long double *product, const problem *p, const long double *w)
{
    for (size_t i = 0; i < p->n; i++) {
        product[i] = 0.0L;
        for (size_t j = 0; j < p->n; j++)
            product[i] += p->sigma[i + j * p->n] * w[j];
    }
}

static long double objective(const problem *p, const long double *w, long double *size)
{
    long double product[MOST], sum = 0.0L;
    products(product, p, w);
    *size = 0.0L;
    for (size_t j = 0; j < p->n; j++) {
        const long double cost = trade_cost(p, j, w[j] - p->holdings[j]);
        sum += w[j] * (0.5L * product[j] + p->linear[j]) + cost;
        *size += fabsl(w[j] * 0.5L * product[j]) + fabsl(w[j] * p->linear[j]) + fabsl(cost);
    }
    return sum;
}

/* The pair that violates the conditions most, and by how much. */
static long double violation(const problem *p, const long double *w, const long double *product, size_t *up, size_t *down)
{
    long double least = HUGE_VALL, most = -HUGE_VALL;
    for (size_t j = 0; j < p->n; j++) {
        const long double flat = product[j] + p->linear[j], t = w[j] - p->holdings[j];
        if (w[j] < p->upper[j] && flat + trade_slope(p, j, t, 1) < least) {
            least = flat + trade_slope(p, j, t, 1);
            *up = j;
        }
        if (w[j] > p->lower[j] && flat + trade_slope(p, j, t, -1) > most) {
            most = flat + trade_slope(p, j, t, -1);
            *down = j;
        }
    }
    return most - least;
}

/* The slope of the objective where `move` has gone from weight d to weight u, to its left or right. */
static long double pair_slope(const problem *p, const long double *w, const long double *product, size_t u, size_t d,
                              long double move, int side)
{
    const size_t n = p->n;
    const long double bend = p->sigma[u + u * n] + p->sigma[d + d * n] - 2.0L * p->sigma[u + d * n];
    return product[u] + p->linear[u] - product[d] - p->linear[d] + move * bend +
           trade_slope(p, u, w[u] + move - p->holdings[u], side) - trade_slope(p, d, w[d] - move - p->holdings[d], -side);
}

/* Best move: by bisection on the slope, the breakpoints first, so that a weight stops on its holdings exactly. */
static void move_pair(const problem *p, long double *w, long double *product, size_t u, size_t d)
{
    const long double to_u = p->holdings[u] - w[u], to_d = w[d] - p->holdings[d];
    long double least = 0.0L, most = fminl(p->upper[u] - w[u], w[d] - p->lower[d]);
    const long double kinks[2] = { to_u, to_d };
    long double move = -1.0L;
    for (int k = 0; k < 2; k++)
        if (kinks[k] > least && kinks[k] < most) {
            if (pair_slope(p, w, product, u, d, kinks[k], -1) > 0.0L)
                most = kinks[k];
            else if (pair_slope(p, w, product, u, d, kinks[k], 1) < 0.0L)
                least = kinks[k];
            else
                move = kinks[k];
        }
    for (int k = 0; k < 100 && move < 0.0L && most > least; k++) {
        const long double middle = 0.5L * (least + most);
        if (middle <= least || middle >= most)
            break;
        if (pair_slope(p, w, product, u, d, middle, 1) > 0.0L)
            most = middle;
        else
            least = middle;
    }
    if (move < 0.0L)
        move = pair_slope(p, w, product, u, d, most, -1) <= 0.0L ? most : 0.5L * (least + most);
    const int on_u = move == to_u, on_d = move == to_d;
    w[u] = on_u ? p->holdings[u] : fminl(w[u] + move, p->upper[u]);
    w[d] = on_d ? p->holdings[d] : fmaxl(w[d] - move, p->lower[d]);
    for (size_t i = 0; i < p->n; i++)
        product[i] += (p->sigma[i + u * p->n] - (long double)p->sigma[i + d * p->n]) * move;
}

/* From the holdings; returns the last violation. */
static long double minimise_pairs(const problem *p, long double *w, long double enough)
{
    long double product[MOST], worst = HUGE_VALL;
    for (size_t j = 0; j < p->n; j++)
        w[j] = p->holdings[j];
    products(product, p, w);
    for (int step = 0; step < MOST_STEPS; step++) {
        size_t u = 0, d = 0;
        worst = violation(p, w, product, &u, &d);
        if (worst <= enough)
            break;
        move_pair(p, w, product, u, d);
        if (step % 1000 == 999)
            products(product, p, w);
    }
    return worst;
}

/* ----------------------------------------------------------------------------------------------- the library */

static mvo_impact *make_impact(const problem *p)
{
    const size_t n = p->n;
    mvo_covariance *covariance = NULL;
    mvo_constraints *set = NULL;
    mvo_impact *impact = NULL;
    if (p->factors)
        assert_int_equal(mvo_covariance_new_factor(&covariance, NULL, n, 3, p->loadings, n, NULL, 0, p->specific,
                                                   MVO_CHECK_ALL, NULL),
                         MVO_OK);
    else
        assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, n, p->sigma, n, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&set, NULL, n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(set, p->lower, p->upper, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, set, 1.0, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(set, p->holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(set, p->buy, p->sell, NULL), MVO_OK);
    assert_int_equal(mvo_impact_new(&impact, NULL, covariance, set, NULL), MVO_OK);
    assert_int_equal(mvo_impact_set_linear(impact, p->linear, NULL), MVO_OK);
    for (size_t j = 0; j < n; j++) {
        const pool *q = &p->pools[j];
        assert_int_equal(mvo_impact_set_quadratic(impact, j, p->quadratic[j], NULL), MVO_OK);
        assert_int_equal(mvo_impact_set_power(impact, j, p->power[j], NULL), MVO_OK);
        if (q->there)
            assert_int_equal(mvo_impact_set_pool(impact, j, q->cash, q->asset, q->cash_share, q->asset_share, q->fee,
                                                 q->price, p->value, NULL),
                             MVO_OK);
    }
    mvo_constraints_free(set);
    mvo_covariance_unref(covariance);
    return impact;
}

/* What comes out of a pool, by its invariant, for `in` going in (powl would lose a small trade against the reserves). */
static long double swap(long double in, long double reserve_in, long double reserve_out, long double ratio)
{
    return -reserve_out * expm1l(-ratio * log1pl(in / reserve_in));
}

/* Each pool is handed what goes in, and gives out by its invariant; all that was paid beyond the price is the cost. */
static void assert_swaps(const problem *p, const mvo_impact *impact, const double *w)
{
    long double paid = 0.0L, size = 0.0L;
    double cost = NAN;
    for (size_t j = 0; j < p->n; j++) {
        const pool *q = &p->pools[j];
        const long double t = (long double)w[j] - p->holdings[j], units = t * p->value / q->price;
        if (!q->there || t == 0.0L)
            continue;
        long double x = q->cash, y = q->asset, in, out;
        const long double a = q->cash_share, b = q->asset_share;
        if (t < 0.0L) {
            in = -units;
            out = swap(in * (1.0L - q->fee), y, x, b / a);
            paid += -t - out / p->value;
        } else {
            long double low = 0.0L, high = x; /* how much has to go in for `units` to come out: by trying */
            while (swap(high * (1.0L - q->fee), x, y, a / b) < units)
                high *= 2.0L;
            for (int k = 0; k < 200; k++) {
                in = 0.5L * (low + high);
                if (swap(in * (1.0L - q->fee), x, y, a / b) < units)
                    low = in;
                else
                    high = in;
            }
            paid += high / p->value - t;
        }
        size += fabsl(t);
    }
    assert_int_equal(mvo_impact_costs(NULL, NULL, NULL, &cost, impact, w, NULL), MVO_OK);
    if (fabsl(cost - paid) > 1e-10L * fabsl(paid) + 1e-15L * size) /* weights are doubles */
        fail_msg("the pools took %.17Lg, the model said %.17g", paid, cost);
}

static void compare(uint64_t seed, long double *worst_kkt, long double *worst_value, int64_t *steps)
{
    static problem p;
    make_problem(&p, seed);
    mvo_impact *impact = make_impact(&p);
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    double w[MOST];
    long double exact[MOST], other[MOST], product[MOST], size, scale = 0.0L;
    assert_int_equal(mvo_impact_solve(&outcome, impact, NULL), MVO_OK);
    assert_int_equal(mvo_impact_report(&report, impact), MVO_OK);
    if (outcome != MVO_OPTIMAL)
        fail_msg("problem %llu: %s after %lld steps, residual %g, gap %g", (unsigned long long)seed,
                 mvo_outcome_name(outcome), (long long)report.rounds, report.stationarity / report.stationarity_scale,
                 report.gap / report.gap_scale);
    assert_int_equal(mvo_impact_weights(w, impact), MVO_OK);
    long double sum = 0.0L;
    for (size_t j = 0; j < p.n; j++) {
        exact[j] = w[j];
        sum += w[j];
        assert_true(w[j] >= p.lower[j] && w[j] <= p.upper[j]);
    }
    assert_true(fabsl(sum - 1.0L) <= 1e-12L);
    products(product, &p, exact);
    for (size_t j = 0; j < p.n; j++)
        scale = fmaxl(scale, fmaxl(fabsl(product[j]), fmaxl(fabsl((long double)p.linear[j]),
                                                            fabsl(trade_slope(&p, j, exact[j] - p.holdings[j], 1)))));
    size_t u = 0, d = 0;
    const long double kkt = violation(&p, exact, product, &u, &d);
    if (kkt > 1e-9L * scale)
        fail_msg("problem %llu: assets %zu and %zu violate the conditions by %Lg of %Lg", (unsigned long long)seed, u, d,
                 kkt, scale);
    minimise_pairs(&p, other, 1e-13L * scale);
    const long double mine = objective(&p, exact, &size), theirs = objective(&p, other, &size);
    if (fabsl(mine - theirs) > 1e-8L * size)
        fail_msg("problem %llu: objective %.17Lg, by pairs %.17Lg", (unsigned long long)seed, mine, theirs);
    if (fabsl(report.objective - mine) > 1e-12L * size)
        fail_msg("problem %llu: objective %.17Lg reported as %.17g", (unsigned long long)seed, mine, report.objective);
    assert_swaps(&p, impact, w);
    *worst_kkt = fmaxl(*worst_kkt, kkt / scale);
    *worst_value = fmaxl(*worst_value, fabsl(mine - theirs) / size);
    *steps = report.rounds > *steps ? report.rounds : *steps;
    mvo_impact_free(impact);
}

static void random_problems(void **state)
{
    (void)state;
    const char *asked = getenv("MVO_TEST_IMPACT");
    const uint64_t count = asked ? strtoull(asked, NULL, 10) : PROBLEMS;
    long double kkt = 0.0L, value = 0.0L;
    int64_t steps = 0;
    for (uint64_t seed = 1; seed <= count; seed++)
        compare(seed, &kkt, &value, &steps);
    print_message("          %llu problems: conditions to %.1Le, objectives to %.1Le, at most %lld steps\n",
                  (unsigned long long)count, kkt, value, (long long)steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_problems) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
