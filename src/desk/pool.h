/* SPDX-License-Identifier: MIT */
/*
 * The curve of a pool with the invariant cash^a asset^b, in weights of the portfolio: what buying or selling a weight t
 * costs beyond the price at which the portfolio counts it. r = b / a. It has a kink at no trade, whose rates on both sides
 * are `buy` and `sell`; the rest of the curve is smooth, with a slope of zero there.
 */
#ifndef MVO_DESK_POOL_H
#define MVO_DESK_POOL_H

typedef struct mvoi_pool {
    double cash, asset; /* reserves in weights; cash is 0 where there is no pool */
    double ratio, fee;
    double buy, sell;   /* rates of the kink; a negative one is a gain */
} mvoi_pool;

/* Rates of the kink from reserves, ratio and fee. */
void mvoi_pool_prepare(mvoi_pool *pool);

/* The whole cost of trading t (positive buys), and what of it the kink is not; infinite for t >= asset. */
double mvoi_pool_cost(const mvoi_pool *pool, double t);
double mvoi_pool_rest(const mvoi_pool *pool, double t);

/* Derivatives of the rest; at no trade the curvature is that of buying. */
double mvoi_pool_slope(const mvoi_pool *pool, double t);
double mvoi_pool_curvature(const mvoi_pool *pool, double t);

#endif
