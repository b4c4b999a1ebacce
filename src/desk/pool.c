/* SPDX-License-Identifier: MIT */
/* The curve of a pool (see pool.h). All differences of nearly equal numbers are taken by expm1 and log1p. */
#include "desk/pool.h"

#include <math.h>

void mvoi_pool_prepare(mvoi_pool *pool)
{
    const double marginal = pool->cash * pool->ratio / pool->asset; /* the pool's own price over the portfolio's */
    pool->buy = marginal / (1.0 - pool->fee) - 1.0;
    pool->sell = 1.0 - marginal * (1.0 - pool->fee);
}

/* What goes in for a purchase of t > 0, and what comes out for a sale of u > 0. */
static double pay(const mvoi_pool *pool, double t)
{
    return pool->cash * expm1(-pool->ratio * log1p(-t / pool->asset)) / (1.0 - pool->fee);
}

static double receive(const mvoi_pool *pool, double u)
{
    return -pool->cash * expm1(-pool->ratio * log1p((1.0 - pool->fee) * u / pool->asset));
}

double mvoi_pool_cost(const mvoi_pool *pool, double t)
{
    if (t >= pool->asset)
        return HUGE_VAL;
    return t > 0.0 ? pay(pool, t) - t : t < 0.0 ? -t - receive(pool, -t) : 0.0;
}

double mvoi_pool_rest(const mvoi_pool *pool, double t)
{
    return mvoi_pool_cost(pool, t) - (t > 0.0 ? pool->buy * t : -pool->sell * t);
}

double mvoi_pool_slope(const mvoi_pool *pool, double t)
{
    const double marginal = pool->cash * pool->ratio / pool->asset, power = -(pool->ratio + 1.0);
    const double keeps = 1.0 - pool->fee;
    if (t >= 0.0)
        return marginal / keeps * expm1(power * log1p(-t / pool->asset));
    return marginal * keeps * expm1(power * log1p(-keeps * t / pool->asset));
}

double mvoi_pool_curvature(const mvoi_pool *pool, double t)
{
    const double bend = pool->cash * pool->ratio * (pool->ratio + 1.0) / pool->asset / pool->asset;
    const double power = -(pool->ratio + 2.0), keeps = 1.0 - pool->fee;
    if (t >= 0.0)
        return bend / keeps * exp(power * log1p(-t / pool->asset));
    return bend * keeps * keeps * exp(power * log1p(-keeps * t / pool->asset));
}
