/* SPDX-License-Identifier: MIT */
/* Questions that are a stop on the efficient frontier: a target volatility, a target return net of costs, the maximum
   Sharpe ratio. */
#include "portfolio/ask.h"
#include "portfolio/trace.h"

#include <math.h>

/* Return of the solver's weights, net of costs. */
static double net_of(const mvo_solver *solver, const double *mu)
{
    return solver->kernels->dot(solver->n, mu, solver->point.w) - solver->cost;
}

/* ------------------------------------------------------------------------------------- target volatility */

/* V(lambda) = target^2 on a piece; see trace.h. */
static double lambda_at_variance(const mvoi_piece *piece, double variance)
{
    return sqrt(fmax(piece->from * piece->from + (variance - piece->variance) / piece->slope, 0.0));
}

/* Settles at `better` if it is a correction of `lambda`, and goes back where that does not hold. */
static mvo_outcome settle_nearby(mvoi_trace *trace, double lambda, double better)
{
    if (!(fabs(better - lambda) <= 1e-6 * lambda))
        return MVO_OPTIMAL;
    if (mvoi_trace_settle(trace, better) == MVO_OPTIMAL)
        return MVO_OPTIMAL;
    return mvoi_trace_settle(trace, lambda);
}

typedef struct volatility_stop {
    double variance;
    double lambda; /* of the answer, -1 until it is found */
} volatility_stop;

static int visit_volatility(void *user, mvoi_trace *trace, double to)
{
    volatility_stop *stop = user;
    const mvoi_piece piece = mvoi_trace_piece(trace, to);
    const double end = piece.variance + (to * to - piece.from * piece.from) * piece.slope;
    if (end > stop->variance || piece.slope <= 0.0)
        return 0;
    stop->lambda = fmin(fmax(lambda_at_variance(&piece, stop->variance), to), piece.from);
    trace->stop = stop->lambda;
    return 1;
}

/* Where the variance stands still at its smallest the target may be that value, up to rounding. */
static mvo_outcome stop_at_volatility(mvoi_trace *trace, double target, double *lambda)
{
    volatility_stop stop = { target * target, -1.0 };
    /* Where all feasible portfolios return the same the top is the minimum of variance: allow for its rounding. */
    if (trace->top.variance <= stop.variance * (1.0 + 2e-12)) {
        *lambda = trace->has_ray ? lambda_at_variance(&trace->top, stop.variance) : trace->top.from;
        return MVO_OPTIMAL;
    }
    const mvo_outcome outcome = mvoi_trace_descend(trace, visit_volatility, &stop);
    if (outcome != MVO_OPTIMAL)
        return outcome;
    if (stop.lambda < 0.0) {
        mvo_outcome settled = mvoi_trace_settle(trace, 0.0);
        if (settled != MVO_OPTIMAL)
            return settled;
        if (sqrt(trace->solver->certificate.variance) > target * (1.0 + 1e-12)) {
            mvoi_solver_clear_proof(trace->solver); /* no combination of limits proves this */
            return MVO_INFEASIBLE;
        }
        stop.lambda = 0.0;
    }
    *lambda = stop.lambda;
    return MVO_OPTIMAL;
}

typedef struct volatility_question {
    double target, lambda;
} volatility_question;

static mvo_outcome ask_at_volatility(void *user, mvoi_trace *trace)
{
    volatility_question *q = user;
    mvo_outcome found = stop_at_volatility(trace, q->target, &q->lambda);
    if (found == MVO_OPTIMAL)
        found = mvoi_trace_settle(trace, q->lambda);
    if (found == MVO_OPTIMAL && (trace->has_ray || q->lambda < trace->top.from)) {
        /* Once more, from figures as exact as the certificate's. */
        const mvoi_piece here = mvoi_trace_settled(trace);
        found = settle_nearby(trace, q->lambda, lambda_at_variance(&here, q->target * q->target));
        q->lambda = trace->solver->path.tau;
    }
    return found;
}

mvo_status mvo_maximum_return_at_volatility(mvo_outcome *outcome, mvo_solver *solver, const double *mu, double target,
                                            mvo_error *error)
{
    mvo_status checked = mvoi_ask_begin(outcome, solver, "mu", mu, error);
    if (checked == MVO_OK)
        checked = mvoi_check_number(solver, error, "target", target, 0.0);
    if (checked == MVO_OK && !isfinite(target * target)) {
        const mvoi_detail detail = { "target", -1, -1, target, 0.0 };
        checked = mvoi_fail(solver->context, error, MVO_ERROR_OUT_OF_RANGE, detail,
                            "the square of target is beyond the range of a double");
    }
    if (checked != MVO_OK)
        return checked;
    mvoi_ask_start(solver);
    mvoi_trace trace;
    volatility_question q = { target, 0.0 };
    const mvo_outcome found = mvoi_trace_question(&trace, solver, mu, ask_at_volatility, &q);
    const double lambda = q.lambda;
    mvoi_ask_conclude(solver, *outcome = found, solver->certificate.variance <= target * target * (1.0 + 2e-12),
                      -net_of(solver, mu));
    mvoi_ask_note_return(solver, mu);
    if (found != MVO_OPTIMAL)
        return MVO_OK;
    solver->has_target = 1;
    solver->target_multiplier = 0.0;
    if (trace.has_ray || lambda < trace.top.from) {
        /* Minimising -mu'w + nu (volatility - target) is stationary where 1/2 w'Sigma w - lambda mu'w is, with
           lambda = volatility / nu. At the minimum of volatility itself nu is infinite: then lambda = 0, and the
           multipliers stay those of variance. */
        solver->answer_scale = lambda > 0.0 ? 1.0 / lambda : 1.0;
        solver->target_multiplier = lambda > 0.0 ? -sqrt(solver->certificate.variance) / lambda : -HUGE_VAL;
    } else {
        mvoi_trace_take_limit_multipliers(&trace); /* the target does not hold the return back */
    }
    solver->answer_constant = solver->cost - solver->expected_return - solver->answer_scale * solver->certificate.objective;
    return MVO_OK;
}

/* ---------------------------------------------------------------------------------------- target net return */

typedef struct return_stop {
    double target;
    double lambda; /* of the answer, -1 until it is found */
} return_stop;

static int visit_return(void *user, mvoi_trace *trace, double to)
{
    return_stop *stop = user;
    const mvoi_piece piece = mvoi_trace_piece(trace, to);
    const double end = piece.expected_return + (to - piece.from) * piece.slope;
    if (end > stop->target || piece.slope <= 0.0)
        return 0;
    const double lambda = piece.from + (stop->target - piece.expected_return) / piece.slope;
    stop->lambda = fmin(fmax(lambda, to), piece.from);
    trace->stop = stop->lambda;
    return 1;
}

static mvo_outcome stop_at_return(mvoi_trace *trace, double target, double *lambda)
{
    const mvoi_piece *top = &trace->top;
    return_stop stop = { target, -1.0 };
    if (target >= top->expected_return) {
        const double rounding = 1e-12 * fabs(target);
        if (!trace->has_ray && target > top->expected_return + rounding) {
            mvoi_solver_clear_proof(trace->solver); /* costs are not linear limits: no combination of those proves this */
            return MVO_INFEASIBLE;
        }
        *lambda = trace->has_ray ? top->from + (target - top->expected_return) / top->slope : top->from;
        return MVO_OPTIMAL;
    }
    const mvo_outcome outcome = mvoi_trace_descend(trace, visit_return, &stop);
    *lambda = fmax(stop.lambda, 0.0);
    return outcome;
}

static mvo_outcome ask_at_net_return(void *user, mvoi_trace *trace)
{
    return_stop *q = user;
    mvo_outcome found = stop_at_return(trace, q->target, &q->lambda);
    if (found == MVO_OPTIMAL)
        found = mvoi_trace_settle(trace, q->lambda);
    if (found == MVO_OPTIMAL && q->lambda > 0.0 && (trace->has_ray || q->lambda < trace->top.from)) {
        const mvoi_piece here = mvoi_trace_settled(trace); /* once more, from figures as exact as the certificate's */
        if (here.slope > 0.0)
            found = settle_nearby(trace, q->lambda, q->lambda + (q->target - here.expected_return) / here.slope);
        q->lambda = trace->solver->path.tau;
    }
    return found;
}

mvo_outcome mvoi_ask_net_return(mvo_solver *solver, const double *mu, double target)
{
    mvoi_trace trace;
    return_stop q = { target, 0.0 };
    mvo_outcome found = mvoi_trace_question(&trace, solver, mu, ask_at_net_return, &q);
    if (found == MVO_UNBOUNDED) /* return grows without risk: there is no path to stop on */
        found = MVO_NUMERICAL;
    mvoi_ask_conclude(solver, found, net_of(solver, mu) >= target - 1e-12 * fabs(target),
                      0.5 * solver->certificate.variance);
    mvoi_ask_note_return(solver, mu);
    solver->has_target = 1;
    solver->target_multiplier = q.lambda;
    solver->answer_constant = q.lambda * (solver->expected_return - solver->cost);
    return found;
}

/* ------------------------------------------------------------------------------------------ Sharpe ratio */

/*
 * On a piece the ratio (R - rf) / sqrt(V) grows as lambda falls while V < lambda (R - rf). The difference
 *     g(lambda) = V - lambda (R - rf) = (V_a - R' lambda_a^2) + lambda (lambda_a R' - R_a + rf)
 * is linear in lambda and continuous over the frontier: the maximum is where it first reaches zero from above.
 */
typedef struct sharpe_stop {
    double rf;
    double lambda; /* -1 until it is found */
} sharpe_stop;

static double intercept(const mvoi_piece *piece)
{
    return piece->variance - piece->slope * piece->from * piece->from;
}

static double excess_at_zero(const mvoi_piece *piece, double rf)
{
    return piece->expected_return - piece->from * piece->slope - rf;
}

static int visit_sharpe(void *user, mvoi_trace *trace, double to)
{
    sharpe_stop *stop = user;
    const mvoi_piece piece = mvoi_trace_piece(trace, to);
    const double constant = intercept(&piece), excess = excess_at_zero(&piece, stop->rf);
    /* Zero to rounding is reached: where cash completes a portfolio the ratio stays the same all the way down. */
    const double rounding = 1e-13 * (piece.variance + piece.from * (fabs(piece.expected_return) + fabs(stop->rf)));
    if (constant - to * excess < -rounding)
        return 0;
    const double lambda = excess > 0.0 ? constant / excess : piece.from;
    stop->lambda = fmin(fmax(lambda, to), piece.from);
    trace->stop = stop->lambda;
    return 1;
}

static mvo_outcome stop_at_sharpe(mvoi_trace *trace, double rf, double *lambda)
{
    const mvoi_piece *top = &trace->top;
    const double excess = excess_at_zero(top, rf);
    sharpe_stop stop = { rf, -1.0 };
    if (!trace->has_ray && !(top->expected_return > rf))
        return MVO_NO_EXCESS_RETURN;
    if (top->variance - top->from * (top->expected_return - rf) >= 0.0) {
        /* At the top already, or above it on the ray - if the ratio ever turns there. */
        const double rounding = 1e-13 * (fabs(top->expected_return) + top->from * top->slope + fabs(rf));
        if (trace->has_ray && !(excess > rounding))
            return MVO_NOT_ATTAINED;
        *lambda = trace->has_ray ? intercept(top) / excess : top->variance / (top->expected_return - rf);
        return MVO_OPTIMAL;
    }
    const mvo_outcome outcome = mvoi_trace_descend(trace, visit_sharpe, &stop);
    *lambda = fmax(stop.lambda, 0.0);
    return outcome;
}

/* A riskless portfolio that beats rf has no finite ratio. Riskless is measured against the portfolio's own weights and
   against the risk that the frontier knows. */
static int is_riskless(const mvo_solver *solver, double frontier_variance)
{
    double weight = 0.0, variance = 0.0;
    for (size_t j = 0; j < solver->n; j++) {
        weight = fmax(weight, fabs(solver->point.w[j]));
        variance = fmax(variance, solver->covariance->diagonal[j]);
    }
    return solver->certificate.variance <= 1e-15 * fmax(variance * weight * weight, frontier_variance);
}

static int ends_riskless(mvoi_trace *trace, double rf)
{
    return mvoi_trace_settle(trace, 0.0) == MVO_OPTIMAL && is_riskless(trace->solver, trace->top.variance) &&
           net_of(trace->solver, trace->mu) > rf;
}

static mvo_outcome ask_for_sharpe(void *user, mvoi_trace *trace)
{
    const double rf = *(const double *)user;
    double lambda = 0.0;
    mvo_outcome found = stop_at_sharpe(trace, rf, &lambda);
    if (found == MVO_OPTIMAL)
        found = mvoi_trace_settle(trace, lambda);
    if (found == MVO_NUMERICAL && lambda <= MVOI_TRACE_NOTHING * trace->lambda && ends_riskless(trace, rf))
        return MVO_NOT_ATTAINED; /* lambda is what rounding left of zero, and the weights with it */
    if (found != MVO_OPTIMAL)
        return found;
    if (is_riskless(trace->solver, trace->top.variance))
        return MVO_NOT_ATTAINED;
    /* Once more, from figures as exact as the certificate's - unless they are the difference of equals. */
    const mvoi_piece here = mvoi_trace_settled(trace);
    return settle_nearby(trace, lambda, intercept(&here) / excess_at_zero(&here, rf));
}

static mvo_outcome maximise_sharpe(mvo_solver *solver, const double *mu, double rf)
{
    mvoi_trace trace;
    const mvo_outcome found = mvoi_trace_question(&trace, solver, mu, ask_for_sharpe, &rf);
    if (found != MVO_OPTIMAL)
        return found;
    /* The gradient of -(R - rf) / s is (R - rf) / s^3 times that of 1/2 w'Sigma w - lambda mu'w, lambda = V / (R - rf). */
    const double excess = solver->kernels->dot(solver->n, mu, solver->point.w) - solver->cost - rf;
    const double volatility = sqrt(solver->certificate.variance);
    solver->answer_scale = excess / (volatility * volatility * volatility);
    solver->answer_constant = -excess / volatility - solver->answer_scale * solver->certificate.objective;
    return MVO_OPTIMAL;
}

mvo_status mvo_maximum_sharpe(mvo_outcome *outcome, mvo_solver *solver, const double *mu, double rf, int32_t excess,
                              mvo_error *error)
{
    mvo_status checked = mvoi_ask_begin(outcome, solver, "mu", mu, error);
    if (checked == MVO_OK)
        checked = mvoi_check_number(solver, error, "rf", rf, -HUGE_VAL);
    if (checked != MVO_OK)
        return checked;
    if (excess != MVO_EXCESS_OF_PORTFOLIO && excess != MVO_EXCESS_OF_INVESTED) {
        const mvoi_detail detail = { "excess", -1, -1, (double)excess, 0.0 };
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "excess is %d", (int)excess);
    }
    mvoi_ask_start(solver);
    if (excess == MVO_EXCESS_OF_INVESTED) {
        /* What is not invested earns rf: means in excess of it, and nothing else deducted. */
        for (size_t j = 0; j < solver->n; j++)
            solver->means[j] = mu[j] - rf;
        *outcome = maximise_sharpe(solver, solver->means, 0.0);
    } else {
        *outcome = maximise_sharpe(solver, mu, rf);
    }
    const double volatility = sqrt(solver->certificate.variance);
    const double gain = excess == MVO_EXCESS_OF_INVESTED ? net_of(solver, solver->means) : net_of(solver, mu) - rf;
    mvoi_ask_conclude(solver, *outcome, 1, volatility > 0.0 ? -gain / volatility : 0.0);
    mvoi_ask_note_return(solver, mu);
    return MVO_OK;
}
