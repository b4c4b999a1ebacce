/* SPDX-License-Identifier: MIT */
/*
 * Variance and tail risk in one problem,
 *
 *     minimise    1/2 w'Sigma w + c'w + price risk(w)
 *     subject to  risk(w) <= limit  and the solver's limits ,
 *
 * by cutting planes: a risk that is convex and homogeneous of degree one is the largest of g'w over its gradients g
 * (see cuts.c), so that with one more variable, eta >= g'w for the gradients met so far, a quadratic programme bounds
 * the problem from below; its optimum either has the risk it was thought to have, or gives the next gradient. Of the
 * polyhedral measures there are finitely many. The least risk of all, found first, bounds eta. Sources: Kelley (1960);
 * Kuenzi-Bay & Mayer (2006) for CVaR.
 */
#include "covariance/covariance.h"
#include "tail/tail_solver.h"

#include <math.h>
#include <string.h>

enum { MOST_PROGRAMMES = 2000, IDLE = 4 }; /* a cut that held nothing so many times in a row goes */

static const double EXACT = 1e-12;     /* of the risk: what it may exceed eta by */
static const double SMALL_RISK = 1e-6; /* of the largest |return|: smaller risks count as this */

typedef struct cut {
    int64_t id;
    int idle;
} cut;

typedef struct mix {
    mvo_tail_solver *of;
    const mvo_covariance *given;
    mvo_covariance *covariance; /* n + 1: eta has no variance */
    mvo_constraints *rules;     /* n + 1: the limits, then the cuts */
    mvo_solver *solver;
    double *linear;         /* n + 1 */
    double *row;            /* n + 1: workspace */
    double *point, *bounds; /* n + 1: the programme's optimum, multipliers */
    double *rows;           /* room for as many multipliers as there are rows */
    double *given_linear;   /* n: c */
    cut *cuts;
    size_t count, room;         /* cuts */
    double price, limit, least; /* least: a lower bound of the risk */
    double *kept;               /* the solver's last answer */
} mix;

/* --------------------------------------------------------------------------------------- the programme */

static mvo_status extend_covariance(mix *k, mvo_error *error)
{
    const mvo_covariance *given = k->given;
    mvo_context *context = k->of->context;
    const size_t n = given->n, size = n + 1, wide = given->kind == MVOI_DENSE ? size : given->k ? given->k : 1;
    double *table =
        wide <= SIZE_MAX / sizeof(double) / size ? mvoi_allocate(context, size * wide, sizeof *table) : NULL;
    mvo_status status;
    if (!table)
        return mvoi_fail_memory(context, error, "a covariance with one asset more");
    memset(table, 0, size * wide * sizeof *table);
    if (given->kind == MVOI_DENSE) {
        for (size_t j = 0; j < n; j++)
            memcpy(table + j * size, given->dense + j * given->ld, n * sizeof *table);
        status = mvo_covariance_new_dense(&k->covariance, context, size, table, size, MVO_CHECK_NONE, error);
    } else {
        for (size_t j = 0; j < n; j++)
            for (size_t f = 0; f < given->k; f++)
                table[j + f * size] = given->factors[f + j * given->k];
        memcpy(k->row, given->specific, n * sizeof *k->row);
        k->row[n] = 0.0;
        status = mvo_covariance_new_factor(&k->covariance, context, size, given->k, table, size, NULL, 0, k->row,
                                           MVO_CHECK_NONE, error);
    }
    mvoi_release(context, table);
    return status;
}

static mvo_status state_limits(mix *k, mvo_error *error)
{
    const mvo_tail_solver *of = k->of;
    const size_t n = of->n;
    mvo_status status = mvo_constraints_new(&k->rules, of->context, n + 1, error);
    memcpy(k->point, of->lower, n * sizeof *k->point);
    memcpy(k->bounds, of->upper, n * sizeof *k->bounds);
    k->point[n] = k->least;
    k->bounds[n] = k->limit;
    if (status == MVO_OK)
        status = mvo_constraints_set_bounds(k->rules, k->point, k->bounds, error);
    k->row[n] = 0.0;
    for (size_t i = 0; status == MVO_OK && i < of->m; i++) {
        memcpy(k->row, of->hinges.rows + i * of->hinges.ld_rows, n * sizeof *k->row);
        status = mvo_constraints_add_row(NULL, k->rules, k->row, of->row_lower[i], of->row_upper[i], NULL, error);
    }
    return status;
}

/* The gradient at w joins; *risk is that of w. */
static mvo_status add_cut(double *risk, mix *k, const double *w, mvo_error *error)
{
    mvo_tail_solver *of = k->of;
    if (k->count == k->room) {
        const size_t room = 2 * k->room;
        cut *cuts = mvoi_allocate(of->context, room, sizeof *cuts);
        double *rows = mvoi_allocate(of->context, of->m + room, sizeof *rows);
        if (!cuts || !rows) {
            mvoi_release(of->context, cuts);
            mvoi_release(of->context, rows);
            return mvoi_fail_memory(of->context, error, "cutting planes");
        }
        memcpy(cuts, k->cuts, k->count * sizeof *cuts);
        memcpy(rows, k->rows, (of->m + k->count) * sizeof *rows);
        mvoi_release(of->context, k->cuts);
        mvoi_release(of->context, k->rows);
        k->cuts = cuts;
        k->rows = rows;
        k->room = room;
    }
    mvoi_scenarios_portfolio(of->measuring.portfolio, of->scenarios, w);
    *risk = mvoi_measure(&of->measuring, of->measure, of->level);
    mvoi_scenarios_combine(k->row, of->scenarios, of->measuring.kappa);
    for (size_t j = 0; j < of->n; j++)
        k->row[j] = -k->row[j];
    k->row[of->n] = -1.0;
    k->cuts[k->count].idle = 0;
    const mvo_status status =
        mvo_constraints_add_row(&k->cuts[k->count].id, k->rules, k->row, -HUGE_VAL, 0.0, NULL, error);
    k->count += status == MVO_OK;
    return status;
}

/* Cuts that have held nothing for some time go; the newest stays. */
static mvo_status forget_idle(mix *k, mvo_error *error)
{
    const size_t before = k->count;
    mvo_status status = MVO_OK;
    k->count = 0;
    for (size_t i = 0; i < before; i++) {
        k->cuts[i].idle = k->rows[k->of->m + i] != 0.0 ? 0 : k->cuts[i].idle + 1;
        if (status == MVO_OK && k->cuts[i].idle >= IDLE)
            status = mvo_constraints_remove_row(k->rules, k->cuts[i].id, error);
        else
            k->cuts[k->count++] = k->cuts[i];
    }
    return status;
}

static mvo_status solve_programme(mvo_outcome *outcome, mix *k, mvo_error *error)
{
    mvo_report report = MVO_REPORT_INIT;
    mvo_solver_free(k->solver);
    k->solver = NULL;
    mvo_status status = mvo_solver_new(&k->solver, k->of->context, k->covariance, k->rules, error);
    if (status == MVO_OK)
        status = mvo_solver_set_linear(k->solver, k->linear, error);
    if (status == MVO_OK)
        status = mvo_solver_solve(outcome, k->solver, error);
    if (status != MVO_OK)
        return status;
    mvo_solver_report(&report, k->solver);
    k->of->report.pivots += report.pivots + report.rounds;
    k->of->report.refactorisations += report.refactorisations;
    k->of->report.rounds++;
    if (*outcome == MVO_OPTIMAL) {
        mvo_solver_weights(k->point, k->solver);
        mvo_solver_multipliers(k->rows, k->bounds, k->solver);
    }
    return MVO_OK;
}

/* -------------------------------------------------------------------------------------- cutting planes */

/* A direction along which the programme falls for ever: whether the risk does, too. Otherwise there is a new cut. */
static mvo_status follow_ray(int *falls, mix *k, mvo_error *error)
{
    double risk = 0.0;
    const mvo_status status = mvo_solver_ray(k->point, k->solver);
    if (status != MVO_OK)
        return status;
    const mvo_status added = add_cut(&risk, k, k->point, error);
    *falls = risk <= k->point[k->of->n] + 1e-12 * k->of->hinges.scale;
    return added;
}

static mvo_status cut_and_solve(mvo_outcome *outcome, mix *k, mvo_error *error)
{
    const mvo_tail_solver *of = k->of;
    for (int i = 0; i < MOST_PROGRAMMES; i++) {
        double risk = 0.0;
        int falls = 1;
        mvo_status status = solve_programme(outcome, k, error);
        if (status == MVO_OK && *outcome == MVO_UNBOUNDED) {
            status = follow_ray(&falls, k, error);
            if (status == MVO_OK && !falls)
                continue;
        }
        if (status != MVO_OK || *outcome != MVO_OPTIMAL)
            return status;
        status = add_cut(&risk, k, k->point, error);
        if (status != MVO_OK)
            return status;
        const double eta = k->price > 0.0 ? k->point[of->n] : k->limit;
        const double least = fmax(EXACT * fabs(risk), mvoi_tail_rounding(of, k->point));
        if (risk - eta <= fmax(least, EXACT * SMALL_RISK * of->hinges.scale)) {
            k->count--; /* this last one is in no programme */
            return MVO_OK;
        }
        k->rows[of->m + k->count - 1] = -1.0; /* new: not idle */
        status = forget_idle(k, error);
        if (status != MVO_OK)
            return status;
    }
    *outcome = MVO_NUMERICAL;
    return MVO_OK;
}

/* -------------------------------------------------------------------------------------- the certificate */

/* Multipliers of the cuts add up to the price, and that of the limit; what rounding left beside goes. */
static double weigh_cuts(mix *k)
{
    double sum = 0.0, *y = k->rows + k->of->m;
    for (size_t i = 0; i < k->count; i++) {
        y[i] = y[i] < 0.0 ? -y[i] : 0.0;
        sum += y[i];
    }
    if (sum > 0.0 && ((sum > k->price && k->limit == HUGE_VAL) || (sum < k->price && k->least == -HUGE_VAL))) {
        for (size_t i = 0; i < k->count; i++)
            y[i] *= k->price / sum;
        sum = k->price;
    }
    return sum;
}

/* z = Sigma w + c + sum lambda_k g_k - A'y. */
static void reduced_costs(mix *k)
{
    const mvo_tail_solver *of = k->of;
    mvoi_covariance_product(k->row, k->given, of->w, NULL);
    for (size_t j = 0; j < of->n; j++) {
        double high = k->row[j], low = 0.0;
        mvoi_accumulate(&high, &low, 1.0, k->given_linear[j]);
        for (size_t i = 0; i < of->m + k->count; i++)
            mvoi_accumulate(&high, &low, i < of->m ? -k->rows[i] : k->rows[i], k->rules->rows[i].coefficients[j]);
        of->z[j] = high + low;
    }
}

/*
 * With lambda the multipliers of the cuts, price + nu - rho their sum, price risk(v) >= sum lambda_k g_k'v - nu limit +
 * rho least for all v within the limit; and z = Sigma w + c + sum lambda_k g_k - A'y bounds the rest from below as
 * ever.
 */
static void certify(mix *k)
{
    mvo_tail_solver *of = k->of;
    mvo_report *report = &of->report;
    const size_t n = of->n;
    memcpy(of->w, k->point, n * sizeof *of->w);
    const double excess = weigh_cuts(k) - k->price, variance = mvoi_covariance_variance(k->given, of->w);
    const double risk = mvoi_tail_exact_risk(of);
    memcpy(of->y, k->rows, of->m * sizeof *of->y);
    of->y[of->m] = 0.0;
    reduced_costs(k);
    double gain = 0.0, size = fmax(0.5 * variance, k->price * mvoi_tail_size_of_terms(of));
    report->free_weights = report->active_rows = 0;
    for (size_t j = 0; j < n; j++) {
        gain += k->given_linear[j] * of->w[j];
        size = fmax(size, fabs(k->given_linear[j] * of->w[j]));
        report->free_weights += of->w[j] > of->lower[j] && of->w[j] < of->upper[j];
    }
    for (size_t i = 0; i < of->m; i++)
        report->active_rows += of->y[i] != 0.0;
    double offset = -0.5 * variance;
    if (excess > 0.0)
        offset -= excess * k->limit;
    else if (excess < 0.0)
        offset -= excess * k->least;
    report->objective = 0.5 * variance + gain + k->price * risk;
    mvoi_tail_measure_gap(of, offset, size);
    report->variance = variance;
    const double beyond = risk - k->limit, terms = fmax(of->hinges.scale, mvoi_tail_size_of_terms(of));
    if (beyond * report->primal_scale > report->primal_residual * terms) {
        report->primal_residual = beyond;
        report->primal_scale = terms;
    }
    for (size_t j = 0; j < n; j++)
        if (k->bounds[j] == 0.0)
            of->z[j] = 0.0;
    memset(of->q, 0, of->scenarios->count * sizeof *of->q);
    of->has_target = k->limit < HUGE_VAL;
    of->target_multiplier = excess > 0.0 ? -excess : 0.0;
    if (!mvoi_tail_believed(report))
        of->outcome = MVO_NUMERICAL;
}

/* -------------------------------------------------------------------------------------------- the call */

static mvo_status check(const mvo_tail_solver *solver, const mvo_covariance *covariance, const double *linear,
                        double price, double limit, mvo_error *error)
{
    mvo_context *context = solver->context;
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const mvoi_detail of_size = { "covariance", -1, -1, (double)covariance->n, (double)solver->n };
    if (covariance->n != solver->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, of_size, "covariance has %zu assets, solver has %zu",
                         covariance->n, solver->n);
    const mvo_status status = linear ? mvoi_check_vector(context, error, "linear", linear, solver->n) : MVO_OK;
    if (status != MVO_OK)
        return status;
    const mvoi_detail of_price = { "price", -1, -1, price, 0.0 }, of_limit = { "limit", -1, -1, limit, 0.0 };
    if (!isfinite(price))
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, of_price, "price is %g", price);
    if (price < 0.0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, of_price, "price is %g, less than 0", price);
    if (isnan(limit) || limit == -HUGE_VAL)
        return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, of_limit, "limit is %g", limit);
    if (mvoi_tail_of_squares(solver->measure) || solver->measure == MVO_RISK_EVAR)
        return mvoi_fail(context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the solver's measure is one of squares or entropic, which is not mixed with variance");
    return MVO_OK;
}

static int claim(mix *k, mvo_tail_solver *of, const mvo_covariance *given, const double *linear, double price,
                 double limit)
{
    mvo_context *context = of->context;
    const size_t n = of->n;
    memset(k, 0, sizeof *k);
    k->of = of;
    k->given = given;
    k->price = price;
    k->limit = limit;
    k->least = -HUGE_VAL;
    k->room = 64;
    k->linear = mvoi_allocate(context, n + 1, sizeof *k->linear);
    k->row = mvoi_allocate(context, n + 1, sizeof *k->row);
    k->point = mvoi_allocate(context, n + 1, sizeof *k->point);
    k->bounds = mvoi_allocate(context, n + 1, sizeof *k->bounds);
    k->given_linear = mvoi_allocate(context, n, sizeof *k->given_linear);
    k->rows = mvoi_allocate(context, of->m + k->room, sizeof *k->rows);
    k->cuts = mvoi_allocate(context, k->room, sizeof *k->cuts);
    k->kept = mvoi_allocate(context, mvoi_tail_answer_size(of), sizeof *k->kept);
    if (!k->linear || !k->row || !k->point || !k->bounds || !k->given_linear || !k->rows || !k->cuts || !k->kept)
        return 0;
    for (size_t j = 0; j < n; j++)
        k->given_linear[j] = k->linear[j] = linear ? linear[j] : 0.0;
    k->linear[n] = price;
    return 1;
}

static void give_back(mix *k, mvo_context *context)
{
    void *const owned[] = { k->linear, k->row, k->point, k->bounds, k->given_linear, k->rows, k->cuts, k->kept };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    mvo_solver_free(k->solver);
    mvo_constraints_free(k->rules);
    mvo_covariance_unref(k->covariance);
}

/* The least risk of all, for what it says of the limits and of eta; then the planes. */
static mvo_status minimise(mix *k, mvo_error *error)
{
    mvo_tail_solver *of = k->of;
    double risk;
    mvoi_tail_begin(of);
    const mvo_outcome found = mvoi_tail_solve(of);
    if (found == MVO_OPTIMAL)
        k->least = fmin(of->report.dual_objective, of->report.objective);
    else if (found != MVO_UNBOUNDED)
        return MVO_OK; /* MVO_INFEASIBLE, MVO_NUMERICAL */
    of->outcome = MVO_INFEASIBLE;
    if (found == MVO_OPTIMAL && k->limit < of->report.objective) {
        if (k->limit < k->least - 4.0 * mvoi_tail_rounding(of, of->w))
            return MVO_OK;
        k->limit = fmax(k->limit, fmin(of->report.objective, k->limit + 4.0 * mvoi_tail_rounding(of, of->w)));
    }
    mvo_status status = extend_covariance(k, error);
    if (status == MVO_OK)
        status = state_limits(k, error);
    if (status == MVO_OK && found == MVO_OPTIMAL)
        status = add_cut(&risk, k, of->w, error);
    if (status == MVO_OK)
        status = cut_and_solve(&of->outcome, k, error);
    if (status == MVO_OK && of->outcome == MVO_OPTIMAL)
        certify(k);
    return status;
}

mvo_status mvo_minimum_variance_and_tail_risk(mvo_outcome *outcome, mvo_tail_solver *solver,
                                              const mvo_covariance *covariance, const double *linear, double price,
                                              double limit, mvo_error *error)
{
    mvo_status status = mvoi_tail_check_question(outcome, solver, NULL, "", 0.0, error);
    if (status == MVO_OK)
        status = check(solver, covariance, linear, price, limit, error);
    if (status != MVO_OK)
        return status;
    mix k;
    if (!claim(&k, solver, covariance, linear, price, limit)) {
        give_back(&k, solver->context);
        return mvoi_fail_memory(solver->context, error, "a problem of variance and tail risk");
    }
    const mvo_tail_solver before = *solver;
    mvoi_tail_exchange_answer(k.kept, solver, 0);
    status = minimise(&k, error);
    if (status == MVO_OK) {
        mvoi_tail_finish(outcome, solver, solver->mean);
    } else {
        solver->solved = before.solved;
        solver->outcome = before.outcome;
        solver->report = before.report;
        solver->has_target = before.has_target;
        solver->target_multiplier = before.target_multiplier;
        mvoi_tail_exchange_answer(k.kept, solver, 1);
    }
    give_back(&k, solver->context);
    return status;
}
