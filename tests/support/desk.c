/* SPDX-License-Identifier: MIT */
#include "support/desk.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double *zeros(size_t count)
{
    double *x = calloc(count, sizeof *x);
    if (!x)
        abort();
    return x;
}

desk *desk_new(costly *c, double decay, int32_t flags)
{
    desk *d = calloc(1, sizeof *d);
    mvo_constraints *set = costly_constraints(c);
    mvo_stream *stream = NULL;
    const size_t n = c->p->n;
    assert_non_null(d);
    d->c = c;
    d->holdings = zeros(5 * n);
    d->carry = d->holdings + n;
    d->mean = d->holdings + 2 * n;
    d->borrow = d->holdings + 3 * n;
    d->returns = d->holdings + 4 * n;
    memcpy(d->holdings, c->holdings, n * sizeof(double));
    memcpy(d->borrow, c->borrow, n * sizeof(double));
    d->value = d->periods = 1.0;
    assert_int_equal(mvo_stream_new_ewma(&d->stream, NULL, n, decay, MVO_MEAN_ZERO, NULL), MVO_OK);
    assert_int_equal(mvo_stream_new_ewma(&stream, NULL, n, decay, MVO_MEAN_ZERO, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_new(&d->r, NULL, stream, set, flags, NULL), MVO_OK);
    mvo_constraints_free(set);
    return d;
}

void desk_free(desk *d)
{
    mvo_rebalancer_free(d->r);
    mvo_stream_free(d->stream);
    costly_free(d->c);
    free(d->holdings);
    free(d);
}

costly *desk_rules(size_t n, double rate, size_t absolute)
{
    instance *p = instance_new(n, 1);
    costly *c = costly_new(p, absolute);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    instance_set_bounds(p, 0.0, INFINITY);
    for (size_t j = 0; j < n; j++) {
        c->holdings[j] = 1.0 / (double)n;
        c->buy[j] = c->sell[j] = rate;
    }
    for (size_t i = 0; i < absolute; i++) {
        c->rows[i].above = c->rows[i].below = 1.0;
        for (size_t j = 0; j < n; j++)
            c->rows[i].coefficients[j] = 1.0;
    }
    return c;
}

void desk_draw(random_stream *stream, double *returns, size_t n)
{
    const double market = 0.008 * random_normal(stream);
    for (size_t j = 0; j < n; j++)
        returns[j] = 0.0003 + (0.6 + 0.8 * (double)j / (double)n) * market +
                     (0.006 + 0.012 * (double)((j * 7) % n) / (double)n) * random_normal(stream);
}

/* ------------------------------------------------------------------------------------------- own portfolio */

static double drift(desk *d)
{
    const double ticks = 1.0 + d->refused;
    double growth = 1.0;
    for (size_t j = 0; j < d->c->p->n; j++) {
        growth += d->holdings[j] * (d->returns[j] - ticks * d->carry[j]);
        growth -= d->holdings[j] < 0.0 ? -d->holdings[j] * ticks * d->borrow[j] : 0.0;
    }
    for (size_t j = 0; j < d->c->p->n; j++)
        d->holdings[j] = d->holdings[j] * (1.0 + d->returns[j]) / growth;
    d->value *= growth;
    d->refused = 0;
    return growth;
}

/* The problem that the rebalancer should have solved, with the risk aversion it tells. */
static void pose(desk *d, double risk_aversion)
{
    costly *c = d->c;
    instance *p = c->p;
    mvo_covariance *own = d->given;
    if (!own)
        assert_int_equal(mvo_stream_covariance(&own, d->stream, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(p->sigma, p->n, own, NULL), MVO_OK);
    if (!d->given)
        mvo_covariance_unref(own);
    assert_int_equal(mvo_stream_means(d->mean, d->stream, NULL), MVO_OK);
    for (size_t j = 0; j < p->n; j++) {
        const double mean = d->given_mean ? d->given_mean[j] : d->means ? d->mean[j] : 0.0;
        d->mean[j] = mean - d->carry[j];
        p->linear[j] = -d->periods * d->mean[j];
        c->borrow[j] = d->periods * d->borrow[j];
        c->holdings[j] = d->holdings[j];
    }
    for (size_t i = 0; i < p->n * p->n; i++)
        p->sigma[i] *= risk_aversion * d->periods;
    /* q (w - h)^2 is curvature and a linear term */
    for (size_t j = 0; d->quadratic && j < p->n; j++) {
        p->sigma[j * (p->n + 1)] += 2.0 * d->quadratic[j];
        p->linear[j] -= 2.0 * d->quadratic[j] * d->holdings[j];
    }
}

/* q'(w - h)^2, and w'Sigma w without the curvature of it. */
static double impact_of(const desk *d, const double *w)
{
    double sum = 0.0;
    for (size_t j = 0; d->quadratic && j < d->c->p->n; j++)
        sum += d->quadratic[j] * (w[j] - d->holdings[j]) * (w[j] - d->holdings[j]);
    return sum;
}

static void verify(desk *d, const mvo_tick *tick)
{
    char why[256] = "";
    double *borrow = zeros(3 * d->c->p->n), *target = borrow + d->c->p->n, *trades = target + d->c->p->n, sum = 0.0,
           mean = 0.0;
    pose(d, tick->risk_aversion);
    if (!costly_verify(d->c, mvo_rebalancer_solver(d->r), 1.0, 1e-9, why, sizeof why))
        fail_msg("tick %lld: %s", (long long)tick->number, why);
    /* what it costs to go there, without borrowing, and what is told of the target */
    assert_int_equal(mvo_rebalancer_weights(target, d->r), MVO_OK);
    assert_int_equal(mvo_rebalancer_trades(trades, d->r), MVO_OK);
    memcpy(borrow, d->c->borrow, d->c->p->n * sizeof(double));
    const long double gain = costly_objective(d->c, d->holdings, 1.0) - costly_objective(d->c, target, 1.0);
    memset(d->c->borrow, 0, d->c->p->n * sizeof(double));
    const long double cost = costly_cost(d->c, target);
    memcpy(d->c->borrow, borrow, d->c->p->n * sizeof(double));
    double product = 0.0;
    for (size_t i = 0; i < d->c->p->n; i++) {
        mean += d->mean[i] * target[i];
        sum += fabs(trades[i]);
        for (size_t j = 0; j < d->c->p->n; j++)
            product += target[i] * d->c->p->sigma[i + j * d->c->p->n] * target[j];
        product -= d->quadratic ? 2.0 * d->quadratic[i] * target[i] * target[i] : 0.0;
    }
    product /= tick->risk_aversion * d->periods;
    assert_true(fabs(tick->volatility - sqrt(product)) <= 1e-12 * sqrt(product));
    assert_true(fabs(tick->expected_return - mean) <= 1e-12 * (1.0 + fabs(mean)));
    assert_true(fabs(tick->turnover - sum) <= 1e-15 * (1.0 + sum));
    if (tick->outcome == MVO_TICK_TRADE && tick->slice == 1.0)
        assert_true(fabs(tick->cost - (double)cost - impact_of(d, target)) <= 1e-14);
    if (tick->outcome != MVO_TICK_STAY)
        assert_true(fabs(tick->gain - (double)gain) <= 1e-10 * fabs((double)gain) + 1e-13);
    free(borrow);
}

void desk_assert_portfolio(const desk *d, const double *target, const double *trades)
{
    const size_t n = d->c->p->n;
    double *found = zeros(n);
    assert_int_equal(mvo_rebalancer_holdings(found, d->r), MVO_OK);
    for (size_t j = 0; j < n; j++)
        assert_true(fabs(found[j] - d->holdings[j]) <= 1e-13);
    assert_int_equal(mvo_rebalancer_weights(found, d->r), MVO_OK);
    if (target)
        assert_memory_equal(found, target, n * sizeof(double));
    assert_int_equal(mvo_rebalancer_trades(found, d->r), MVO_OK);
    if (trades)
        assert_memory_equal(found, trades, n * sizeof(double));
    free(found);
}

void desk_tick(desk *d, mvo_tick *tick, const double *returns)
{
    const size_t n = d->c->p->n;
    double *trades = zeros(n);
    assert_int_equal(mvo_rebalancer_tick_returns(tick, d->r, returns, NULL, NULL), MVO_OK);
    for (size_t j = 0; j < n; j++)
        d->returns[j] = isnan(returns[j]) ? 0.0 : returns[j];
    if (tick->outcome != MVO_TICK_DATA) {
        assert_int_equal(mvo_stream_update(d->stream, d->returns, NULL), MVO_OK);
        const double growth = drift(d);
        assert_true(fabs(tick->growth - growth) <= 1e-14);
    } else {
        d->refused++;
    }
    if (tick->solve == MVO_OPTIMAL)
        verify(d, tick);
    assert_int_equal(mvo_rebalancer_trades(trades, d->r), MVO_OK);
    for (size_t j = 0; j < n; j++)
        d->holdings[j] += trades[j];
    d->value *= 1.0 - tick->cost;
    assert_true(fabs(tick->value - d->value) <= 1e-12 * d->value);
    if (tick->outcome != MVO_TICK_TRADE)
        for (size_t j = 0; j < n; j++)
            assert_true(trades[j] == 0.0);
    desk_assert_portfolio(d, NULL, NULL);
    free(trades);
}

/* ------------------------------------------------------------------------------- a small desk that goes wrong */

portfolio desk_portfolio(const desk *d)
{
    portfolio p;
    assert_int_equal(mvo_rebalancer_holdings(p.holdings, d->r), MVO_OK);
    assert_int_equal(mvo_rebalancer_weights(p.target, d->r), MVO_OK);
    return p;
}

void desk_assert_stands(const desk *d, const portfolio *before)
{
    const double none[DESK_SMALL] = { 0.0 };
    const portfolio after = desk_portfolio(d);
    double trades[DESK_SMALL];
    assert_memory_equal(after.holdings, before->holdings, sizeof after.holdings);
    assert_memory_equal(after.target, before->target, sizeof after.target);
    assert_int_equal(mvo_rebalancer_trades(trades, d->r), MVO_OK);
    assert_memory_equal(trades, none, sizeof trades);
}

void desk_assert_says(const desk *d, const char *words)
{
    char text[512];
    assert_int_equal(mvo_rebalancer_describe(text, sizeof text, d->r), MVO_OK);
    if (!strstr(text, words))
        fail_msg("'%s' does not say '%s'", text, words);
}

desk *desk_running(random_stream *stream, costly *c)
{
    mvo_tick tick = MVO_TICK_INIT;
    double returns[DESK_SMALL];
    desk *d = desk_new(c, 0.96, 0);
    d->periods = 20.0;
    assert_int_equal(mvo_rebalancer_set_real(d->r, MVO_REBALANCER_HOLDING_PERIODS, 20.0, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_real(d->r, MVO_REBALANCER_RISK_AVERSION, 20.0, NULL), MVO_OK);
    for (int t = 0; t < 40; t++) {
        desk_draw(stream, returns, DESK_SMALL);
        desk_tick(d, &tick, returns);
    }
    assert_int_equal(tick.solve, MVO_OPTIMAL);
    return d;
}

int64_t desk_row(const desk *d, size_t i)
{
    mvo_constraints *set = costly_constraints(d->c);
    const int64_t id = mvo_constraints_row_id(set, i);
    mvo_constraints_free(set);
    return id;
}

void desk_tick_well(desk *d, random_stream *stream)
{
    mvo_tick tick = MVO_TICK_INIT;
    double returns[DESK_SMALL];
    desk_draw(stream, returns, DESK_SMALL);
    desk_tick(d, &tick, returns);
    assert_int_equal(tick.solve, MVO_OPTIMAL);
    assert_true(tick.outcome == MVO_TICK_TRADE || tick.outcome == MVO_TICK_STAY);
}
