/* SPDX-License-Identifier: MIT */
/*
 * The problem of a tick. The engine minimises
 *
 *     1/2 w'Sigma w - (mu / d)'w + (phi(w - h) + P borrow'(-w)^+) / (d P) ,
 *
 * d being the risk aversion: the objective of mvo.h over -d P. With costs beyond kinks it is that objective itself that
 * is minimised, over the covariance d P Sigma.
 */
#include "desk/rebalancer.h"

#include <math.h>
#include <string.h>

static double periods(const mvo_rebalancer *r)
{
    return mvoi_rebalancer_option(r, MVO_REBALANCER_HOLDING_PERIODS);
}

/* ------------------------------------------------------------------------------------------------- limits */

static void copy_limits(mvoi_limits *to, const double *lower, const double *upper, const double *row_lower,
                        const double *row_upper, size_t n, size_t m)
{
    memcpy(to->lower, lower, n * sizeof(double));
    memcpy(to->upper, upper, n * sizeof(double));
    memcpy(to->row_lower, row_lower, m * sizeof(double));
    memcpy(to->row_upper, row_upper, m * sizeof(double));
}

void mvoi_rebalancer_put_limits(mvo_rebalancer *rebalancer, const mvoi_limits *limits)
{
    mvo_solver *s = rebalancer->solver;
    mvoi_limits to = { s->lower, s->upper, s->row_lower, s->row_upper };
    copy_limits(&to, limits->lower, limits->upper, limits->row_lower, limits->row_upper, rebalancer->n, rebalancer->m);
}

void mvoi_rebalancer_read_limits(mvoi_limits *limits, const mvo_rebalancer *rebalancer)
{
    const mvo_solver *s = rebalancer->solver;
    copy_limits(limits, s->lower, s->upper, s->row_lower, s->row_upper, rebalancer->n, rebalancer->m);
}

/* Weights that cannot be traded freely, as bounds on the solver. */
static void fix_weights(mvo_rebalancer *r)
{
    mvo_solver *s = r->solver;
    for (size_t j = 0; j < r->n; j++) {
        const int role = mvoi_role(r->role[j]);
        if (role != MVOI_GOOD)
            s->lower[j] = s->upper[j] = role == MVOI_FROZEN ? r->holdings[j] : 0.0;
        r->tick.frozen += role == MVOI_FROZEN;
    }
}

static void count_relaxed(mvo_rebalancer *r)
{
    for (size_t k = 0; mvo_rebalancer_relaxed(NULL, NULL, NULL, NULL, NULL, r, k) == MVO_OK; k++)
        r->tick.relaxed++;
}

/* Rates of borrowing for all holding periods, and back. */
static void hold_borrow(mvo_rebalancer *r)
{
    double *borrow = r->solver->segments ? r->solver->segments->rates + 2 * r->n : NULL;
    for (size_t j = 0; borrow && j < r->n; j++) {
        r->borrow[j] = borrow[j];
        borrow[j] *= periods(r);
    }
}

static void give_back_borrow(mvo_rebalancer *r)
{
    if (r->solver->segments)
        memcpy(r->solver->segments->rates + 2 * r->n, r->borrow, r->n * sizeof(double));
}

/* ------------------------------------------------------------------------------------------------ one solve */

/* The forecast times d P, for the impact. */
static void scale_forecast(mvo_rebalancer *r, double scale)
{
    const mvo_covariance *from = r->forecast[r->current];
    double *to = r->scaled->owned[1], *diagonal = r->scaled->owned[0];
    if (from->kind == MVOI_DENSE)
        for (size_t i = 0; i < r->n * from->ld; i++)
            to[i] = scale * from->dense[i];
    else
        for (size_t i = 0; i < r->n * from->k; i++)
            to[i] = sqrt(scale) * from->factors[i];
    for (size_t j = 0; j < r->n; j++)
        diagonal[j] = mvoi_covariance_entry(r->scaled, j, j);
    r->scaled->rank_bound = from->rank_bound;
    mvoi_impact_refresh(r->impact);
}

static mvo_outcome minimise_with_impact(mvo_rebalancer *r, double risk_aversion)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    scale_forecast(r, risk_aversion * periods(r));
    for (size_t j = 0; j < r->n; j++)
        r->product[j] = -r->mean[j] * periods(r);
    if (mvo_impact_set_linear(r->impact, r->product, NULL) == MVO_OK)
        mvo_impact_solve(&outcome, r->impact, NULL);
    r->tick.rounds += r->impact->report.rounds;
    r->tick.pivots += r->impact->report.pivots;
    return outcome;
}

static mvo_outcome minimise_kinks(mvo_rebalancer *r, double risk_aversion)
{
    mvo_solver *s = r->solver;
    const double inverse = 1.0 / risk_aversion;
    mvoi_solver_ask(s, NULL);
    for (size_t j = 0; j < r->n; j++)
        s->linear[j] = -inverse * r->mean[j];
    const double largest = s->kernels->largest(r->n, s->linear);
    if (!isfinite(largest * largest))
        return MVO_NUMERICAL; /* risk cannot be told from none */
    s->answer_scale = risk_aversion * periods(r);
    s->cost_scale = 1.0 / (risk_aversion * periods(r));
    s->rounds = s->pivots = s->refactorisations = 0;
    const mvo_outcome outcome = mvoi_solver_run(s);
    s->expected_return = s->kernels->dot(r->n, r->mean, s->point.w);
    r->tick.rounds += s->rounds;
    r->tick.pivots += s->pivots;
    return outcome;
}

mvo_outcome mvoi_rebalancer_minimise(mvo_rebalancer *rebalancer, double risk_aversion)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    rebalancer->tick.risk_aversion = risk_aversion;
    for (int attempt = 0; attempt < 2 && outcome == MVO_NUMERICAL; attempt++) {
        if (attempt)
            mvo_solver_clear(rebalancer->solver, NULL);
        rebalancer->tick.solves++;
        outcome = rebalancer->impact ? minimise_with_impact(rebalancer, risk_aversion)
                                     : minimise_kinks(rebalancer, risk_aversion);
    }
    return outcome;
}

static const double *answer(const mvo_rebalancer *r)
{
    return r->impact ? r->impact->w : r->solver->point.w;
}

/* ------------------------------------------------------------------------------------------- volatility target */

/*
 * Where on the chord from the calm portfolio to the risky one the variance is `wanted`. Between two events of the path
 * along 1/d weights lie on that chord, so that the place is exact once both ends are on one piece.
 */
static double place_on_chord(mvo_rebalancer *r, double calm, double risky, double wanted)
{
    mvoi_covariance_product(r->product, r->forecast[r->current], r->risky, NULL);
    const double cross = r->solver->kernels->dot(r->n, r->calm, r->product);
    const double a = calm - 2.0 * cross + risky, b = cross - calm, c = calm - wanted; /* a t^2 + 2 b t + c = 0 */
    const double root = sqrt(fmax(b * b - a * c, 0.0));
    const double t = b >= 0.0 ? -c / (b + root) : (root - b) / a; /* the larger root, without cancellation */
    return t > 0.0 && t < 1.0 ? t : 0.5;
}

/* The least risk aversion above the one just solved at with which the target is kept. */
static mvo_outcome keep_target(mvo_rebalancer *r, double wanted)
{
    enum { MOST_STEPS = 64 };
    static const double CLOSE = 1e-10;
    const mvo_covariance *sigma = r->forecast[r->current];
    double risky = 1.0 / r->tick.risk_aversion, calm = risky * 0x1p-20;
    memcpy(r->risky, answer(r), r->n * sizeof(double));
    double most = mvoi_covariance_variance(sigma, r->risky);
    mvo_outcome outcome = mvoi_rebalancer_minimise(r, 1.0 / calm);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    double least = mvoi_covariance_variance(sigma, answer(r));
    if (least > wanted)
        return outcome; /* as calm as it gets */
    memcpy(r->calm, answer(r), r->n * sizeof(double));
    for (int step = 0; step < MOST_STEPS; step++) {
        const double part = place_on_chord(r, least, most, wanted);
        const double inverse = step % 3 == 2 ? sqrt(calm * risky) : calm + part * (risky - calm);
        outcome = mvoi_rebalancer_minimise(r, 1.0 / inverse);
        if (outcome != MVO_OPTIMAL)
            return outcome;
        const double variance = mvoi_covariance_variance(sigma, answer(r));
        if (fabs(variance - wanted) <= CLOSE * wanted)
            return outcome;
        double *end = variance > wanted ? r->risky : r->calm;
        memcpy(end, answer(r), r->n * sizeof(double));
        *(variance > wanted ? &risky : &calm) = inverse;
        *(variance > wanted ? &most : &least) = variance;
    }
    return mvoi_rebalancer_minimise(r, 1.0 / calm);
}

/* ------------------------------------------------------------------------------------------------ the tick's */

static int64_t outcome_of(mvo_outcome outcome)
{
    return outcome == MVO_OPTIMAL      ? MVO_TICK_TRADE
           : outcome == MVO_INFEASIBLE ? MVO_TICK_CONFLICT
           : mvoi_is_stop(outcome)     ? MVO_TICK_LATE
                                       : MVO_TICK_FAILED;
}

/* At the limits as they are, then at relaxed ones, then with more risk aversion. */
static mvo_outcome solve_within(mvo_rebalancer *r)
{
    const double target = mvoi_rebalancer_option(r, MVO_REBALANCER_VOLATILITY_TARGET);
    const double aversion = mvoi_rebalancer_option(r, MVO_REBALANCER_RISK_AVERSION);
    mvo_outcome outcome = mvoi_rebalancer_minimise(r, aversion);
    if (outcome == MVO_INFEASIBLE)
        outcome = mvoi_rebalancer_relax(r, aversion);
    if (outcome == MVO_OPTIMAL && mvoi_covariance_variance(r->forecast[r->current], answer(r)) > target * target)
        outcome = keep_target(r, target * target);
    return outcome;
}

int64_t mvoi_rebalancer_solve(mvo_rebalancer *rebalancer)
{
    mvo_rebalancer *r = rebalancer;
    mvoi_rebalancer_read_limits(&r->kept, r);
    fix_weights(r);
    hold_borrow(r);
    if (r->solver->segments)
        memcpy(r->solver->segments->holdings, r->holdings, r->n * sizeof(double));
    const mvo_outcome outcome = solve_within(r);
    r->tick.solve = outcome;
    mvoi_rebalancer_read_limits(&r->used, r);
    mvoi_rebalancer_put_limits(r, &r->kept);
    give_back_borrow(r);
    if (outcome != MVO_OPTIMAL)
        return outcome_of(outcome);
    count_relaxed(r);
    memcpy(r->standing, r->target, r->n * sizeof(double));
    memcpy(r->target, answer(r), r->n * sizeof(double));
    r->tick.expected_return = r->solver->kernels->dot(r->n, r->mean, r->target);
    r->tick.volatility = sqrt(mvoi_covariance_variance(r->forecast[r->current], r->target));
    return MVO_TICK_TRADE;
}

/* -------------------------------------------------------------------------------------------------- worth */

double mvoi_rebalancer_cost(const mvo_rebalancer *rebalancer, const double *w)
{
    const mvo_rebalancer *r = rebalancer;
    const mvoi_segments *segments = r->solver->segments;
    double cost = 0.0, quadratic = 0.0, power = 0.0, pool = 0.0;
    if (!segments)
        return 0.0;
    const double *rates = r->impact ? r->impact->rates : segments->rates;
    for (size_t j = 0; j < r->n; j++) {
        const double trade = w[j] - r->holdings[j];
        cost += trade > 0.0 ? rates[j] * trade : -rates[r->n + j] * trade;
        if (segments->ladders && trade != 0.0)
            cost +=
                mvoi_ladder_cost(&segments->ladders[j], w[j]) - mvoi_ladder_cost(&segments->ladders[j], r->holdings[j]);
    }
    if (r->impact)
        mvo_impact_costs(NULL, &quadratic, &power, &pool, r->impact, w, NULL);
    return cost + quadratic + power + pool;
}

double mvoi_rebalancer_worth(mvo_rebalancer *rebalancer, const double *w)
{
    const mvo_rebalancer *r = rebalancer;
    const double *borrow = r->solver->segments ? r->solver->segments->rates + 2 * r->n : NULL;
    double a_period = r->solver->kernels->dot(r->n, r->mean, w);
    a_period -= 0.5 * r->tick.risk_aversion * mvoi_covariance_variance(r->forecast[r->current], w);
    for (size_t j = 0; borrow && j < r->n; j++)
        if (w[j] < 0.0)
            a_period += borrow[j] * w[j];
    return periods(r) * a_period - mvoi_rebalancer_cost(r, w);
}
