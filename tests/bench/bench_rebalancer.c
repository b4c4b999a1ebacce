/* SPDX-License-Identifier: MIT */
/*
 * A rebalancer's tick - data judged, holdings drifted, covariance brought up to date, problem solved with its
 * certificate, trades decided - beside the engine's own warm tick on the same data: covariance exchanged, holdings
 * moved, utility asked. Both are timed in turn, tick by tick, and must find the same weights. Then years of daily ticks
 * from end to end.
 *
 *     bench_rebalancer [orders]
 */
#include "bench/support/measure.h"
#include "bench/support/timing.h"

#include "support/desk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 250, TICKS = 500, DAYS = 2520, RUNS = 9 };

static const double RATE = 0.001, TURNOVER = 0.1, HALF_LIFE = 60.0, AVERSION = 5.0, PERIODS = 20.0;

static void require(mvo_status status, const char *what)
{
    if (status == MVO_OK)
        return;
    fprintf(stderr, "bench_rebalancer: %s: %s\n", what, mvo_status_name(status));
    exit(1);
}

/* Long-only, no weight above 5 / n or a tenth, costs either way, a turnover budget. */
static mvo_constraints *make_rules(size_t n)
{
    costly *c = desk_rules(n, RATE, 1);
    instance_set_bounds(c->p, 0.0, fmax(0.1, 5.0 / (double)n));
    c->rows[0].limit = TURNOVER;
    mvo_constraints *rules = costly_constraints(c);
    costly_free(c);
    return rules;
}

static mvo_stream *make_stream(size_t n)
{
    mvo_stream *stream = NULL;
    require(mvo_stream_new_ewma(&stream, NULL, n, mvo_decay_from_half_life(HALF_LIFE), MVO_MEAN_ZERO, NULL), "stream");
    return stream;
}

static mvo_rebalancer *make_rebalancer(size_t n, const mvo_constraints *rules, int64_t warm_up)
{
    mvo_rebalancer *r = NULL;
    require(mvo_rebalancer_new(&r, NULL, make_stream(n), rules, 0, NULL), "rebalancer");
    require(mvo_rebalancer_set_real(r, MVO_REBALANCER_RISK_AVERSION, AVERSION, NULL), "risk aversion");
    require(mvo_rebalancer_set_real(r, MVO_REBALANCER_HOLDING_PERIODS, PERIODS, NULL), "periods");
    require(mvo_rebalancer_set_integer(r, MVO_REBALANCER_MEANS, MVO_MEANS_STREAM, NULL), "means");
    require(mvo_rebalancer_set_integer(r, MVO_REBALANCER_WARM_UP, warm_up, NULL), "warm-up");
    return r;
}

/* The engine alone: rates as the rebalancer's objective has them, once in so many periods. */
static mvo_solver *make_engine(mvo_covariance *first, mvo_constraints *rules, size_t n)
{
    mvo_solver *solver = NULL;
    double *rate = claim(n, sizeof *rate);
    for (size_t j = 0; j < n; j++)
        rate[j] = RATE / PERIODS;
    require(mvo_constraints_set_trading_costs(rules, rate, rate, NULL), "rates");
    require(mvo_solver_new(&solver, NULL, first, rules, NULL), "solver");
    free(rate);
    return solver;
}

static void compare(size_t n)
{
    double *rebalancer_times = claim(TICKS, sizeof(double)), *engine_times = claim(TICKS, sizeof(double));
    double *returns = claim(5 * n, sizeof(double)), *mean = returns + n, *h = returns + 2 * n, *w = returns + 3 * n;
    double *own = returns + 4 * n, off = 0.0, turnover = 0.0, rounds[2] = { 0.0 }, pivots[2] = { 0.0 };
    size_t traded = 0, partial = 0;
    random_stream random = { 17 };
    mvo_tick tick = MVO_TICK_INIT;
    mvo_constraints *rules = make_rules(n);
    mvo_rebalancer *r = make_rebalancer(n, rules, WARM_UP);
    mvo_stream *stream = make_stream(n);
    mvo_solver *solver = NULL;
    mvo_covariance *sigma[2] = { NULL, NULL };
    for (int t = 0; t < WARM_UP + TICKS; t++) {
        desk_draw(&random, returns, n);
        mvo_rebalancer_holdings(h, r);
        const double begin = now_short();
        require(mvo_rebalancer_tick_returns(&tick, r, returns, NULL, NULL), "tick");
        const double took = now_short() - begin;
        mvo_stream_update(stream, returns, NULL);
        if (tick.solve < 0)
            continue;
        double growth = 1.0;
        for (size_t j = 0; j < n; j++)
            growth += h[j] * returns[j];
        for (size_t j = 0; j < n; j++)
            h[j] = h[j] * (1.0 + returns[j]) / growth;
        mvo_covariance_unref(sigma[t % 2]);
        require(mvo_stream_covariance(&sigma[t % 2], stream, NULL), "covariance");
        mvo_stream_means(mean, stream, NULL);
        if (!solver)
            solver = make_engine(sigma[t % 2], rules, n);
        mvo_outcome outcome;
        const double start = now_short();
        mvo_solver_set_covariance(solver, sigma[t % 2], NULL);
        mvo_solver_set_holdings(solver, h, NULL);
        mvo_maximum_utility(&outcome, solver, mean, AVERSION, NULL);
        const double alone = now_short() - start;
        if (t < WARM_UP) /* the first is cold on both sides */
            continue;
        rebalancer_times[t - WARM_UP] = took;
        engine_times[t - WARM_UP] = alone;
        mvo_report report = MVO_REPORT_INIT;
        mvo_solver_report(&report, solver);
        mvo_solver_weights(own, solver);
        mvo_rebalancer_weights(w, r);
        if (outcome != MVO_OPTIMAL || tick.solve != MVO_OPTIMAL)
            off = INFINITY;
        for (size_t j = 0; j < n; j++)
            off = fmax(off, fabs(own[j] - w[j]));
        rounds[0] += (double)tick.rounds / TICKS;
        pivots[0] += (double)tick.pivots / TICKS;
        rounds[1] += (double)report.rounds / TICKS;
        pivots[1] += (double)report.pivots / TICKS;
        turnover += tick.turnover / TICKS;
        traded += tick.outcome == MVO_TICK_TRADE;
        partial += (size_t)tick.trades;
    }
    const double q = quantile(rebalancer_times, TICKS, 0.5), e = quantile(engine_times, TICKS, 0.5);
    printf("tick\t%zu\t%.1f\t%.1f\t%.2f\t%.2f\t%.1f+%.1f\t%.1f+%.1f\t%.0e\t%.4f\t%zu\t%.1f\n", n, q, e, q / e,
           quantile(rebalancer_times, TICKS, 0.95) / quantile(engine_times, TICKS, 0.95), rounds[0], pivots[0],
           rounds[1], pivots[1], off, turnover, traded, (double)partial / TICKS);
    mvo_solver_free(solver);
    mvo_covariance_unref(sigma[0]);
    mvo_covariance_unref(sigma[1]);
    mvo_stream_free(stream);
    mvo_rebalancer_free(r);
    mvo_constraints_free(rules);
    free(returns);
    free(rebalancer_times);
    free(engine_times);
}

/* Made, fed with ten years of days, and freed; drawing the days is not timed. */
static void years(size_t n)
{
    double samples[RUNS], *returns = claim(DAYS * n, sizeof *returns);
    random_stream random = { 23 };
    size_t traded = 0, solved = 0;
    for (size_t t = 0; t < DAYS; t++)
        desk_draw(&random, returns + t * n, n);
    mvo_constraints *rules = make_rules(n);
    for (size_t run = 0; run < RUNS; run++) {
        mvo_tick tick = MVO_TICK_INIT;
        traded = solved = 0;
        const double begin = now();
        mvo_rebalancer *r = make_rebalancer(n, rules, 20);
        for (size_t t = 0; t < DAYS; t++) {
            require(mvo_rebalancer_tick_returns(&tick, r, returns + t * n, NULL, NULL), "tick");
            traded += tick.outcome == MVO_TICK_TRADE;
            solved += tick.solve == MVO_OPTIMAL;
        }
        mvo_rebalancer_free(r);
        samples[run] = since(begin);
    }
    const double median = quantile(samples, RUNS, 0.5);
    printf("years\t%zu\t%.3f\t%.3f\t%.1f\t%zu\t%zu\n", n, median * 1e-6, quantile(samples, RUNS, 1.0) * 1e-6,
           median / DAYS, solved, traded);
    mvo_constraints_free(rules);
    free(returns);
}

int main(int count, char **arguments)
{
    static const size_t orders[] = { 30, 100, 300 };
    keep_memory();
    printf("# tick\tn\tmicroseconds\tof the engine alone\tratio\tratio at 95 %%\trounds+pivots\tof the engine\tweights "
           "differ by\t"
           "turnover\tticks of %d that trade\tassets to trade\n",
           TICKS);
    for (size_t k = 0; k < sizeof orders / sizeof *orders; k++)
        if (listed_order(count > 1 ? arguments[1] : NULL, orders[k]))
            compare(orders[k]);
    printf("# years\tn\tseconds for %d ticks\tslowest of %d\tmicroseconds a tick\tsolved\ttraded\n", DAYS, RUNS);
    for (size_t k = 0; k < 2; k++)
        if (listed_order(count > 1 ? arguments[1] : NULL, orders[k]))
            years(orders[k]);
    return 0;
}
