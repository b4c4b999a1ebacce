/* SPDX-License-Identifier: MIT */
/*
 * The answer with its certificate, from the data as given. With q the multipliers of scenarios (or cuts) and g = sum q_s
 * h_s, risk(w) >= g'w for every w; and g = A'y + z bounds g'w from below by limits times multipliers over all that obey
 * the limits. So the dual objective is a lower bound of the risk whatever rounding did to q and y, as long as z has
 * the sign of a finite limit; what has not is the stationarity that is reported. Sums are in twice the precision.
 */
#include "tail/tail_solver.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double BELIEVED = 1e-9; /* of its scale: the largest gap and the largest violation of an optimum */

/* A sum kept as a pair (linalg/exact.h). */
typedef struct pair {
    double high, low;
} pair;

static void add(pair *sum, double a, double b)
{
    mvoi_accumulate(&sum->high, &sum->low, a, b);
}

static double value(const pair *sum)
{
    return sum->high + sum->low;
}

/* Multipliers of the slots, those of an active hinge within what they may be; in g->speed. They add up to 1 where they
   must to the last bit but one. */
static void multipliers_of_slots(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    double sum = 0.0;
    for (size_t s = 0; s < g->slots; s++)
        g->speed[s] = g->status[s] == MVOI_IN ? g->cap[s] : 0.0;
    for (size_t p = 0; p < g->size; p++)
        if ((size_t)g->active[p] >= g->size + g->m) {
            const size_t s = (size_t)g->active[p] - g->size - g->m;
            g->speed[s] = fmin(fmax(-g->slope[p], 0.0), g->cap[s]);
        }
    for (size_t s = 0; s < g->slots; s++)
        sum += g->speed[s];
    for (size_t s = 0; g->level > 0.0 && s < g->slots; s++)
        g->speed[s] /= sum;
    for (size_t s = 0; s < solver->scenarios->count; s++)
        solver->q[s] = 0.0;
    for (size_t s = 0; mvoi_tail_of_scenarios(solver->measure) && s < g->slots; s++)
        solver->q[solver->scenario[s]] = g->speed[s];
}

/* z = sum q_s h_s - A'y. The hinges by rows are the columns of an n-by-slots matrix. */
static void reduced_costs(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    double *high = solver->z, *low = solver->given;
    size_t count = 0;
    for (size_t s = 0; s < g->slots; s++)
        if (g->speed[s] != 0.0) {
            g->slot_list[count] = (int32_t)s;
            g->speed[count++] = g->speed[s];
        }
    for (size_t j = 0; j < solver->n; j++)
        high[j] = low[j] = 0.0;
    g->kernels->sweep_compensated(g->n, count, g->h, g->ld_h, g->slot_list, g->speed, high, low);
    for (size_t j = 0; j < solver->n; j++) {
        pair sum = { high[j], low[j] };
        for (size_t i = 0; i < g->m; i++)
            if (solver->y[i] != 0.0)
                add(&sum, -solver->y[i], g->rows[i * g->ld_rows + j]);
        solver->z[j] = value(&sum);
    }
}

double mvoi_tail_exact_risk(mvo_tail_solver *solver)
{
    const mvo_scenarios *scenarios = solver->scenarios;
    mvoi_hinge *g = &solver->hinges;
    size_t count = 0;
    for (size_t j = 0; j < solver->n; j++)
        if (solver->w[j] != 0.0) {
            g->columns[count] = (int32_t)j;
            g->values[count++] = solver->w[j];
        }
    double *high = solver->measuring.portfolio, *low = solver->loss_low;
    for (size_t s = 0; s < scenarios->count; s++)
        high[s] = low[s] = 0.0;
    g->kernels->sweep_compensated(scenarios->count, count, scenarios->returns, scenarios->ld, g->columns, g->values,
                                  high, low);
    for (size_t s = 0; s < scenarios->count; s++)
        high[s] += low[s];
    return mvoi_measure(&solver->measuring, solver->measure, solver->level);
}

static double variance_of(const mvo_tail_solver *solver)
{
    const double *p = solver->scenarios->probabilities, *r = solver->measuring.portfolio;
    double mean = 0.0, variance = 0.0;
    for (size_t s = 0; s < solver->scenarios->count; s++)
        mean += p[s] * r[s];
    for (size_t s = 0; s < solver->scenarios->count; s++)
        variance += p[s] * (r[s] - mean) * (r[s] - mean);
    return variance;
}

/* The largest violation of a row, with the numbers in it beside. Bounds are kept exactly. */
static void primal_residual(mvo_tail_solver *solver)
{
    const mvoi_hinge *g = &solver->hinges;
    mvo_report *report = &solver->report;
    double worst = -1.0;
    for (size_t i = 0; i < g->m; i++) {
        pair sum = { 0.0, 0.0 };
        double size = 0.0;
        for (size_t j = 0; j < solver->n; j++) {
            add(&sum, solver->w[j], g->rows[i * g->ld_rows + j]);
            size = fmax(size, fabs(solver->w[j] * g->rows[i * g->ld_rows + j]));
        }
        const double activity = value(&sum);
        const double violation = fmax(0.0, fmax(g->row_lower[i] - activity, activity - g->row_upper[i]));
        size = fmax(size, fabs(activity));
        if (violation > worst * size) {
            report->primal_residual = violation;
            report->primal_scale = size;
            worst = size > 0.0 ? violation / size : 0.0;
        }
    }
}

/* A limit that multiplies `multiplier` in the dual objective; 0 and a residual where it is infinite. */
static double limit_of(double multiplier, double lower, double upper, double *residual)
{
    const double limit = multiplier > 0.0 ? lower : upper;
    if (multiplier == 0.0)
        return 0.0;
    if (fabs(limit) < HUGE_VAL)
        return limit;
    *residual = fmax(*residual, fabs(multiplier));
    return 0.0;
}

static void dual_objective(mvo_tail_solver *solver, double *sizes)
{
    const mvoi_hinge *g = &solver->hinges;
    mvo_report *report = &solver->report;
    pair sum = { 0.0, 0.0 };
    double residual = 0.0;
    for (size_t i = 0; i < g->m; i++) {
        const double limit = limit_of(solver->y[i], g->row_lower[i], g->row_upper[i], &residual);
        add(&sum, solver->y[i], limit);
        *sizes = fmax(*sizes, fabs(solver->y[i] * limit));
    }
    residual = 0.0; /* rows have multipliers of the right sign by construction: see mvoi_tail_certify */
    for (size_t j = 0; j < solver->n; j++) {
        const double limit = limit_of(solver->z[j], g->lower[j], g->upper[j], &residual);
        add(&sum, solver->z[j], limit);
        *sizes = fmax(*sizes, fabs(solver->z[j] * limit));
    }
    report->dual_objective = value(&sum);
    report->stationarity = residual;
    report->stationarity_scale = g->scale;
}

/* A multiplier belongs to a limit that holds, and has its sign; what rounding left beside that is not told. */
static void round_reduced_costs(mvo_tail_solver *solver)
{
    const mvoi_hinge *g = &solver->hinges;
    for (size_t j = 0; j < solver->n; j++) {
        const int side = g->place[j] < 0 ? g->side[j] : 0;
        if (g->lower[j] < g->upper[j] || side == 0)
            solver->z[j] = side < 0 ? fmax(solver->z[j], 0.0) : side > 0 ? fmin(solver->z[j], 0.0) : 0.0;
    }
}

/* Weight times return, squared where losses are. */
double mvoi_tail_size_of_terms(const mvo_tail_solver *solver)
{
    double largest = 0.0;
    for (size_t j = 0; j < solver->n; j++)
        largest = fmax(largest, fabs(solver->w[j]));
    largest *= solver->hinges.scale;
    if (solver->measure == MVO_RISK_BELOW_RETURN)
        largest += fabs(solver->level);
    const int squared = solver->measure == MVO_RISK_SEMIVARIANCE || solver->measure == MVO_RISK_BELOW_RETURN;
    return squared ? largest * largest : largest;
}

/* Drawdowns are made of sums over periods. */
double mvoi_tail_rounding(const mvo_tail_solver *solver, const double *w)
{
    const int sums = solver->measure == MVO_RISK_AVERAGE_DRAWDOWN || solver->measure == MVO_RISK_MAXIMUM_DRAWDOWN ||
                     solver->measure == MVO_RISK_CDAR;
    double size = 0.0;
    for (size_t j = 0; j < solver->n; j++)
        size += fabs(w[j]);
    return 16.0 * DBL_EPSILON * solver->hinges.scale * size * (sums ? sqrt((double)solver->scenarios->count) : 1.0);
}

void mvoi_tail_measure_gap(mvo_tail_solver *solver, double offset, double size)
{
    mvo_report *report = &solver->report;
    report->variance = variance_of(solver);
    double sizes = fmax(size, fmax(fabs(report->objective), fabs(offset)));
    dual_objective(solver, &sizes);
    report->dual_objective += offset;
    primal_residual(solver);
    report->complementarity = 0.0;
    report->gap = fabs(report->objective - report->dual_objective);
    report->gap_scale = sizes;
}

void mvoi_tail_certify(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    mvo_report *report = &solver->report;
    memcpy(solver->w, g->x, solver->n * sizeof *solver->w);
    mvoi_hinge_price(g);
    multipliers_of_slots(solver);
    report->active_rows = 0;
    for (size_t i = 0; i < g->m; i++) {
        const int32_t p = g->position[g->size + i];
        const int side = p < 0 ? 0 : g->side[g->size + i], equal = g->row_lower[i] == g->row_upper[i];
        const double slope = p < 0 ? 0.0 : g->slope[p];
        solver->y[i] = equal ? slope : side < 0 ? fmax(slope, 0.0) : side > 0 ? fmin(slope, 0.0) : 0.0;
        report->active_rows += side != 0;
    }
    reduced_costs(solver);
    report->free_weights = 0;
    for (size_t r = 0; r < g->k; r++)
        report->free_weights += (size_t)g->free[r] < solver->n;
    report->objective = mvoi_tail_exact_risk(solver);
    mvoi_tail_measure_gap(solver, 0.0, mvoi_tail_size_of_terms(solver));
    round_reduced_costs(solver);
}

/*
 * Of a smooth convex risk f with gradient g at w, f(v) >= f(w) + g'(v - w) for every v, and g = A'y + z bounds g'v from
 * below as before. Multipliers of the bounds are kept where the quadratic programme found one.
 */
void mvoi_tail_certify_smooth(mvo_tail_solver *solver, const double *bounds)
{
    const mvoi_hinge *g = &solver->hinges;
    mvo_report *report = &solver->report;
    pair product = { 0.0, 0.0 };
    report->objective = mvoi_tail_exact_risk(solver);
    mvoi_scenarios_combine(solver->z, solver->scenarios, solver->measuring.kappa);
    report->free_weights = report->active_rows = 0;
    for (size_t j = 0; j < solver->n; j++) {
        pair sum = { -solver->z[j], 0.0 };
        add(&product, -solver->z[j], solver->w[j]);
        for (size_t i = 0; i < g->m; i++)
            add(&sum, -solver->y[i], g->rows[i * g->ld_rows + j]);
        solver->z[j] = value(&sum);
        report->free_weights += solver->w[j] > g->lower[j] && solver->w[j] < g->upper[j];
    }
    for (size_t i = 0; i < g->m; i++)
        report->active_rows += solver->y[i] != 0.0;
    for (size_t s = 0; s < solver->scenarios->count; s++)
        solver->q[s] = solver->measuring.kappa[s];
    mvoi_tail_measure_gap(solver, report->objective - value(&product), mvoi_tail_size_of_terms(solver));
    for (size_t j = 0; j < solver->n; j++)
        if (bounds[j] == 0.0)
            solver->z[j] = 0.0;
}

/*
 * When feasibility ended with the target's row alone outside, its violation is what was minimised: in units of the row's
 * scale that is "minimise -mu'w" over the limits, and the slopes there are its multipliers.
 */
void mvoi_tail_price_return(mvo_tail_solver *solver)
{
    mvoi_hinge *g = &solver->hinges;
    const double unit = g->row_scale[solver->m] / g->penalty;
    mvoi_hinge_price(g);
    for (size_t i = 0; i <= solver->m; i++) {
        const int32_t p = g->position[g->size + i];
        const int side = p < 0 ? 0 : g->side[g->size + i], equal = g->row_lower[i] == g->row_upper[i];
        const double slope = p < 0 ? 0.0 : unit * g->slope[p];
        solver->y_return[i] = equal ? slope : side < 0 ? fmax(slope, 0.0) : side > 0 ? fmin(slope, 0.0) : 0.0;
    }
    solver->y_return[solver->m] = 0.0;
}

/* -mu = A'y + z bounds -mu'v from below over all v that obey the limits, whatever the risk may be. */
void mvoi_tail_certify_return(mvo_tail_solver *solver, const double *mu)
{
    const mvoi_hinge *g = &solver->hinges;
    mvo_report *report = &solver->report;
    pair gain = { 0.0, 0.0 };
    double size = 0.0;
    memcpy(solver->y, solver->y_return, (solver->m + 1) * sizeof *solver->y);
    for (size_t s = 0; s < solver->scenarios->count; s++)
        solver->q[s] = 0.0;
    for (size_t j = 0; j < solver->n; j++) {
        pair sum = { -mu[j], 0.0 };
        for (size_t i = 0; i < solver->m; i++)
            add(&sum, -solver->y[i], g->rows[i * g->ld_rows + j]);
        solver->z[j] = value(&sum);
        add(&gain, mu[j], solver->w[j]);
        size = fmax(size, fabs(mu[j] * solver->w[j]));
    }
    report->objective = -value(&gain);
    mvoi_tail_measure_gap(solver, 0.0, size);
    for (size_t j = 0; j < solver->n; j++) /* off its bounds a weight has none */
        if (solver->w[j] > g->lower[j] && solver->w[j] < g->upper[j])
            solver->z[j] = 0.0;
}

int mvoi_tail_believed(const mvo_report *report)
{
    return report->gap <= BELIEVED * report->gap_scale && report->primal_residual <= BELIEVED * report->primal_scale;
}
