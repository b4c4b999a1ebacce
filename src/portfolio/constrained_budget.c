/* SPDX-License-Identifier: MIT */
/*
 * Risk budgets under a constraint set, after Richard & Roncalli (2019): the portfolio x(lambda) that minimises
 *
 *     1/2 x'Sigma x - lambda sum b_i log x_i      over the set,
 *
 * for the lambda at which the budget row (an equality with equal coefficients) does not hold it back: its multiplier is
 * zero. Then (Sigma x)_i - lambda b_i / x_i is the sum of the other limits' multipliers, and assets on which none of
 * them presses contribute in proportion to their budgets. Where there is no such row or no such lambda, lambda is the
 * portfolio's own variance, as it is without limits: x then minimises sqrt(x'Sigma x) / prod x_i^b_i over the set, a
 * quotient of a convex and a concave function, so there is one minimum. Where the portfolio without limits obeys the
 * set up to its scale, both are that portfolio.
 *
 * x(lambda) comes from Newton's method: each step is a quadratic programme with Sigma + lambda diag(b / x^2), a
 * diagonal shift that leaves a factor model one, solved by the engine and warm; then an exact search along the step.
 */
#include "portfolio/risk_budget.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 100, MOST_EXPANSIONS = 24, MOST_ROOT_STEPS = 80, NO_ROW = -1 };

static const double NEAREST = 0.1;     /* of itself is what a weight may shrink to in one step */
static const double SMALL_STEP = 1e-8; /* relative; the one after it would be its square */
static const double RISKLESS = 1e-14;  /* as in risk_budget.c */
static const double ROUNDING = 1e-11;  /* of the variance: a multiplier of zero */

typedef struct barrier {
    mvo_context *context;
    const mvo_covariance *covariance;
    const mvo_constraints *constraints;
    const mvoi_kernels *kernels;
    const double *budgets;
    size_t n;
    double *x, *product; /* weights, Sigma x */
    double *target, *relative, *image, *lower, *multipliers /* rows */, *specific, *scratch;
    double *matrix; /* of the shifted covariance: dense, or loadings factor by factor */
    size_t ld;
    mvo_solver *solver;
    int64_t budget_row; /* position, or NO_ROW */
} barrier;

/* ------------------------------------------------------------------------------------ quadratic steps */

/* Sigma + lambda diag(b / x^2) as a handle that reads the barrier's own memory. */
static mvo_status shift(mvo_covariance **shifted, barrier *p, double lambda, mvo_error *error)
{
    const size_t n = p->n;
    const mvo_covariance *c = p->covariance;
    for (size_t i = 0; i < n; i++) {
        const double added = lambda * p->budgets[i] / (p->x[i] * p->x[i]);
        if (c->kind == MVOI_DENSE)
            p->matrix[i + i * p->ld] = c->dense[i + i * c->ld] + added;
        else
            p->specific[i] = c->specific[i] + added;
    }
    if (c->kind == MVOI_DENSE)
        return mvo_covariance_new_dense(shifted, p->context, n, p->matrix, p->ld, MVO_CHECK_NONE | MVO_BORROW, error);
    return mvo_covariance_new_factor(shifted, p->context, n, c->k, p->matrix, n, NULL, 0, p->specific, MVO_CHECK_NONE,
                                     error);
}

/* Into p->target: where the quadratic model at p->x is smallest within the set. */
static mvo_status ask_model(mvo_outcome *outcome, barrier *p, double lambda, mvo_error *error)
{
    mvo_covariance *shifted = NULL;
    mvo_status status = shift(&shifted, p, lambda, error);
    if (status == MVO_OK)
        status = p->solver ? mvo_solver_set_covariance(p->solver, shifted, error)
                           : mvo_solver_new(&p->solver, p->context, shifted, p->constraints, error);
    mvo_covariance_unref(shifted);
    if (status != MVO_OK)
        return status;
    for (size_t i = 0; i < p->n; i++) {
        p->image[i] = -2.0 * lambda * p->budgets[i] / p->x[i]; /* gradient less the model's curvature times x */
        p->lower[i] = fmax(p->constraints->lower[i], NEAREST * p->x[i]);
    }
    status = mvo_solver_set_bounds(p->solver, p->lower, NULL, error);
    if (status == MVO_OK)
        status = mvo_solver_set_linear(p->solver, p->image, error);
    if (status == MVO_OK)
        status = mvo_solver_solve(outcome, p->solver, error);
    if (status == MVO_OK && *outcome == MVO_OPTIMAL)
        status = mvo_solver_weights(p->target, p->solver);
    return status;
}

/* x becomes x(lambda), from wherever it is; MVO_NUMERICAL where it has not after all steps. */
static mvo_status minimise(mvo_outcome *outcome, barrier *p, double lambda, mvo_error *error)
{
    for (int step = 0; step < MOST_STEPS; step++) {
        const mvo_status status = ask_model(outcome, p, lambda, error);
        if (status != MVO_OK || *outcome != MVO_OPTIMAL)
            return status;
        double slope = 0.0, curvature = 0.0, largest = 0.0;
        for (size_t i = 0; i < p->n; i++)
            p->target[i] -= p->x[i];
        mvoi_risk_product(p->image, p->covariance, p->kernels, p->target, p->scratch);
        for (size_t i = 0; i < p->n; i++) {
            p->relative[i] = p->target[i] / p->x[i];
            slope += p->target[i] * p->product[i];
            curvature += p->target[i] * p->image[i];
            largest = fmax(largest, fabs(p->relative[i]));
        }
        const int last = largest <= SMALL_STEP;
        const double t = last ? 1.0 : mvoi_barrier_step(p->n, lambda, p->budgets, p->relative, slope, curvature, 1.0);
        for (size_t i = 0; i < p->n; i++)
            p->x[i] += t * p->target[i];
        mvoi_risk_product(p->product, p->covariance, p->kernels, p->x, p->scratch);
        if (last || !(t > 0.0))
            return MVO_OK;
    }
    *outcome = MVO_NUMERICAL;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------- finding lambda */

static double variance_of(const barrier *p)
{
    return p->kernels->dot(p->n, p->x, p->product);
}

/* Whether the variance is what rounding leaves of the volatilities. */
static int is_riskless(const barrier *p)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->n; i++)
        sum += p->x[i] * sqrt(p->covariance->diagonal[i]);
    return !(variance_of(p) > (double)p->n * RISKLESS * sum * sum);
}

/* Two questions to x(lambda), both positive where lambda is too small, relative to the variance: x'Sigma x - lambda,
   and the budget row's multiplier times its limit. */
enum { OWN_VARIANCE, NO_MULTIPLIER };

static mvo_status evaluate(double *value, mvo_outcome *outcome, barrier *p, double lambda, int question,
                           mvo_error *error)
{
    mvo_status status = minimise(outcome, p, lambda, error);
    if (status != MVO_OK || *outcome != MVO_OPTIMAL)
        return status;
    const double variance = variance_of(p);
    *value = variance / lambda - 1.0;
    if (question == NO_MULTIPLIER) {
        status = mvo_solver_multipliers(p->multipliers, NULL, p->solver);
        *value = p->multipliers[p->budget_row] * p->constraints->rows[p->budget_row].lower / variance;
    } else if (is_riskless(p)) {
        *outcome = MVO_UNBOUNDED;
    }
    return status;
}

/* Where the sign of `value` changes: false position with the Illinois halving, in lambda. */
static mvo_status close_in(double *lambda, mvo_outcome *outcome, barrier *p, int question, const double ends[2],
                           const double values[2], mvo_error *error)
{
    double low = ends[0], high = ends[1], at_low = values[0], at_high = values[1];
    int side = 0;
    for (int step = 0; step < MOST_ROOT_STEPS && high - low > 1e-14 * high; step++) {
        double value = 0.0, middle = (low * at_high - high * at_low) / (at_high - at_low);
        if (!(middle > low && middle < high))
            middle = 0.5 * (low + high);
        const mvo_status status = evaluate(&value, outcome, p, middle, question, error);
        *lambda = middle;
        if (status != MVO_OK || *outcome != MVO_OPTIMAL || fabs(value) <= 0.1 * ROUNDING)
            return status;
        if (value > 0.0) {
            low = middle;
            at_low = value;
            at_high *= side == 1 ? 0.5 : 1.0;
            side = 1;
        } else {
            high = middle;
            at_high = value;
            at_low *= side == -1 ? 0.5 : 1.0;
            side = -1;
        }
    }
    return MVO_OK;
}

/* From *lambda on: *found says whether there was an answer; where there was none, x is x(*lambda) of before. */
static mvo_status find_lambda(double *lambda, int *found, mvo_outcome *outcome, barrier *p, int question,
                              mvo_error *error)
{
    double ends[2], values[2], here = *lambda, value = 0.0, factor = 2.0;
    mvo_status status = evaluate(&value, outcome, p, here, question, error);
    *found = 1;
    if (status != MVO_OK || *outcome != MVO_OPTIMAL || fabs(value) <= ROUNDING)
        return status;
    for (int step = 0; step<MOST_EXPANSIONS; step++, factor *= step> 4 ? 2.0 : 1.0) {
        const double next = value > 0.0 ? here * factor : here / factor;
        double there = 0.0;
        status = evaluate(&there, outcome, p, next, question, error);
        if (status != MVO_OK)
            return status;
        if (*outcome != MVO_OPTIMAL)
            break;
        if (fabs(there) <= ROUNDING) {
            *lambda = next;
            return MVO_OK;
        }
        if ((there > 0.0) != (value > 0.0)) {
            const int rises = next > here;
            ends[!rises] = here, values[!rises] = value;
            ends[rises] = next, values[rises] = there;
            return close_in(lambda, outcome, p, question, ends, values, error);
        }
        here = next;
        value = there;
    }
    *found = 0;
    return minimise(outcome, p, *lambda, error);
}

/* ---------------------------------------------------------------------------------------- the beginning */

/*
 * A portfolio of the set with every weight positive, as near as can be to `start` relative to it: the least of
 * sum (x_i / start_i - 1)^2 / 2. MVO_INFEASIBLE where there is none.
 */
static mvo_status begin(mvo_outcome *outcome, barrier *p, const double *start, mvo_error *error)
{
    mvo_covariance *distance = NULL;
    mvo_solver *solver = NULL;
    for (size_t i = 0; i < p->n; i++) {
        p->image[i] = 1.0 / (start[i] * start[i]);
        p->relative[i] = -1.0 / start[i];
    }
    mvo_status status =
        mvo_covariance_new_factor(&distance, p->context, p->n, 0, NULL, 0, NULL, 0, p->image, MVO_CHECK_NONE, error);
    if (status == MVO_OK)
        status = mvo_solver_new(&solver, p->context, distance, p->constraints, error);
    if (status == MVO_OK)
        status = mvo_solver_set_linear(solver, p->relative, error);
    *outcome = MVO_INFEASIBLE;
    for (double least = 1e-2; status == MVO_OK && *outcome == MVO_INFEASIBLE && least > 1e-9; least *= 1e-2) {
        for (size_t i = 0; i < p->n; i++)
            p->lower[i] = fmax(p->constraints->lower[i], least * start[i]);
        status = mvo_solver_set_bounds(solver, p->lower, NULL, error);
        if (status == MVO_OK)
            status = mvo_solver_solve(outcome, solver, error);
    }
    if (status == MVO_OK && *outcome == MVO_OPTIMAL)
        status = mvo_solver_weights(p->x, solver);
    mvo_solver_free(solver);
    mvo_covariance_unref(distance);
    return status;
}

/* The first equality whose coefficients are all the same, with a limit that fixes the scale. */
static int64_t find_budget_row(const mvo_constraints *constraints)
{
    for (size_t r = 0; r < constraints->row_count; r++) {
        const mvoi_row *row = &constraints->rows[r];
        size_t j = 1;
        while (j < constraints->n && row->coefficients[j] == row->coefficients[0])
            j++;
        const int is_budget = row->around == MVO_AROUND_NOTHING && row->lower == row->upper && row->lower != 0.0;
        if (is_budget && j == constraints->n && row->coefficients[0] != 0.0)
            return (int64_t)r;
    }
    return NO_ROW;
}

static void fill_matrix(barrier *p)
{
    const mvo_covariance *c = p->covariance;
    for (size_t j = 0; c->kind == MVOI_DENSE && j < p->n; j++)
        memcpy(p->matrix + j * p->ld, c->dense + j * c->ld, p->n * sizeof *p->matrix);
    for (size_t i = 0; c->kind != MVOI_DENSE && i < p->n; i++)
        for (size_t f = 0; f < c->k; f++)
            p->matrix[i + f * p->n] = c->factors[f + i * c->k];
}

/* lambda from the start's own variance on: first as the variance, then without the budget row's multiplier. */
static mvo_status improve(mvo_outcome *outcome, barrier *p, mvo_error *error)
{
    mvoi_risk_product(p->product, p->covariance, p->kernels, p->x, p->scratch);
    double lambda = variance_of(p);
    int found = 0;
    mvoi_risk_shares(p->relative, p->x, p->product, p->n);
    if (mvoi_risk_deviation(p->relative, p->budgets, p->n) <= 0.1 * MVOI_BUDGET_TOLERANCE)
        return MVO_OK;
    if (is_riskless(p)) {
        *outcome = MVO_UNBOUNDED;
        return MVO_OK;
    }
    mvo_status status = find_lambda(&lambda, &found, outcome, p, OWN_VARIANCE, error);
    if (status == MVO_OK && *outcome == MVO_OPTIMAL && p->budget_row != NO_ROW)
        status = find_lambda(&lambda, &found, outcome, p, NO_MULTIPLIER, error);
    return status;
}

mvo_status mvoi_budget_constrained(mvo_outcome *outcome, double *weights, const mvo_covariance *covariance,
                                   const mvo_constraints *constraints, const double *budgets, const double *start,
                                   mvo_error *error)
{
    enum { VECTORS = 7 };
    mvo_context *context = covariance->context;
    const size_t n = covariance->n, m = constraints->row_count, k = covariance->k;
    barrier p = { .context = context, .covariance = covariance, .constraints = constraints, .budgets = budgets };
    p.kernels = mvoi_kernels_best();
    p.n = n;
    p.x = weights;
    p.ld = covariance->kind == MVOI_DENSE ? mvoi_leading_dimension(n) : n;
    p.budget_row = find_budget_row(constraints);
    const size_t columns = covariance->kind == MVOI_DENSE ? n : k;
    p.product = mvoi_allocate(context, VECTORS * n + m + k, sizeof *p.product);
    p.matrix = columns <= SIZE_MAX / p.ld ? mvoi_allocate(context, columns * p.ld, sizeof *p.matrix) : NULL;
    mvo_status status = MVO_OK;
    if (!p.product || !p.matrix) {
        status = mvoi_fail_memory(context, error, "constrained risk budgets");
    } else {
        double **const vectors[] = { &p.target, &p.relative, &p.image, &p.lower, &p.specific, &p.multipliers };
        for (size_t v = 0; v < sizeof vectors / sizeof *vectors; v++)
            *vectors[v] = p.product + (v + 1) * n;
        p.scratch = p.multipliers + m;
        fill_matrix(&p);
        status = begin(outcome, &p, start, error);
        if (status == MVO_OK && *outcome == MVO_OPTIMAL)
            status = improve(outcome, &p, error);
    }
    mvo_solver_free(p.solver);
    mvoi_release(context, p.matrix);
    mvoi_release(context, p.product);
    return status;
}
