/* SPDX-License-Identifier: MIT */
#include "support/moving.h"

#include "support/random_problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ making */

static double between(double a, double b, double tau)
{
    return a == b ? a : (1.0 - tau) * a + tau * b;
}

costly *moving_at(moving problem, double tau)
{
    const costly *a = problem.a, *b = problem.b;
    const size_t n = a->p->n;
    costly *c = costly_new(instance_copy(a->p), a->absolute);
    for (size_t j = 0; j < n; j++) {
        c->p->linear[j] = between(a->p->linear[j], b->p->linear[j], tau);
        c->p->lower[j] = between(a->p->lower[j], b->p->lower[j], tau);
        c->p->upper[j] = between(a->p->upper[j], b->p->upper[j], tau);
        c->holdings[j] = a->holdings[j];
        c->buy[j] = between(a->buy[j], b->buy[j], tau);
        c->sell[j] = between(a->sell[j], b->sell[j], tau);
        c->borrow[j] = between(a->borrow[j], b->borrow[j], tau);
        c->count[j] = a->count[j];
        c->origin[j] = a->origin[j];
        if (a->slope[j]) {
            c->at[j] = malloc((a->count[j] + 1) * sizeof(double));
            c->slope[j] = malloc((a->count[j] + 1) * sizeof(double));
            memcpy(c->at[j], a->at[j], a->count[j] * sizeof(double));
            memcpy(c->slope[j], a->slope[j], (a->count[j] + 1) * sizeof(double));
        }
    }
    for (size_t i = 0; i < a->p->m; i++) {
        c->p->row_lower[i] = between(a->p->row_lower[i], b->p->row_lower[i], tau);
        c->p->row_upper[i] = between(a->p->row_upper[i], b->p->row_upper[i], tau);
    }
    for (size_t i = 0; i < a->absolute; i++) {
        memcpy(c->rows[i].coefficients, a->rows[i].coefficients, n * sizeof(double));
        c->rows[i].around = a->rows[i].around;
        c->rows[i].above = a->rows[i].above;
        c->rows[i].below = a->rows[i].below;
        c->rows[i].limit = between(a->rows[i].limit, b->rows[i].limit, tau);
    }
    return c;
}

/* Moves what may move. Bounds of assets whose costs bend stay. */
static costly *moved(random_stream *stream, costly *a, int integer, int far)
{
    costly *b = moving_at((moving){ a, a }, 0.0);
    const double unit = far ? 2.0 : 0.3;
    for (size_t j = 0; j < b->p->n; j++) {
        b->p->linear[j] += integer ? (double)random_below(stream, 5) - 2.0 : unit * random_normal(stream);
        if (random_below(stream, 2)) {
            b->buy[j] *= 2.0 * random_uniform(stream);
            b->sell[j] *= 2.0 * random_uniform(stream);
        }
        if (!a->slope[j] && a->buy[j] + a->sell[j] + a->borrow[j] == 0.0 && !a->absolute && random_below(stream, 2)) {
            b->p->lower[j] -= unit * random_uniform(stream);
            b->p->upper[j] += (random_below(stream, 3) ? 1.0 : -0.1) * unit * random_uniform(stream);
            b->p->upper[j] = fmax(b->p->upper[j], b->p->lower[j]);
        }
    }
    for (size_t i = 0; i < b->p->m; i++)
        if (random_below(stream, 2)) {
            const double shift = unit * random_normal(stream);
            b->p->row_lower[i] += shift;
            b->p->row_upper[i] += shift + (random_below(stream, 2) ? unit * random_uniform(stream) : 0.0);
        }
    for (size_t i = 0; i < b->absolute; i++)
        b->rows[i].limit *= 2.0 * random_uniform(stream);
    return b;
}

/* The covariance of k factors becomes one of a lower rank, or none at all. */
static void make_singular(random_stream *stream, instance *p, int integer)
{
    const size_t k = p->k, rank = k ? random_below(stream, k) : 0;
    double *root = calloc(k * rank + 1, sizeof *root);
    free(p->factor_covariance);
    p->factor_covariance = calloc(k * k + 1, sizeof *p->factor_covariance);
    if (!root || !p->factor_covariance)
        abort();
    for (size_t e = 0; e < k * rank; e++)
        root[e] = integer ? (double)random_below(stream, 5) - 2.0 : random_normal(stream);
    for (size_t f = 0; f < k; f++)
        for (size_t g = 0; g < k; g++)
            for (size_t r = 0; r < rank; r++)
                p->factor_covariance[f + g * k] += root[f + r * k] * root[g + r * k];
    free(root);
}

moving moving_random(random_stream *stream, moving_kind kind)
{
    const int sort = kind.integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS;
    const size_t n = 1 + random_below(stream, kind.assets), m = random_below(stream, n / 2 + 2);
    instance *p = random_feasible_problem(stream, n, m, 1 + random_below(stream, n), sort);
    if (kind.factors) {
        p = random_factors(stream, p, random_below(stream, 6), sort);
        if (random_below(stream, 3))
            make_singular(stream, p, kind.integer);
    }
    costly *a = costly_random(stream, p, random_below(stream, kind.absolute + 1), kind.integer);
    return (moving){ a, moved(stream, a, kind.integer, kind.far) };
}

moving moving_of_seed(uint64_t seed, moving_kind *kind)
{
    random_stream stream = { seed * UINT64_C(0x9E3779B97F4A7C15) };
    const size_t sort = random_below(&stream, 16);
    *kind = (moving_kind){ sort & 1 ? 8 : 14, sort & 2 ? 3 : 0, (sort & 4) != 0, (int)random_below(&stream, 2), (sort & 8) != 0 };
    return moving_random(&stream, *kind);
}

void moving_free(moving problem)
{
    costly_free(problem.a);
    costly_free(problem.b);
}

/* ----------------------------------------------------------------------------------------------- judging */

static int agrees_at(moving problem, const mvo_path *path, double tau, char *why, size_t size)
{
    costly *c = moving_at(problem, tau);
    const size_t n = c->p->n;
    mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
    mvo_report report = MVO_REPORT_INIT;
    mvo_outcome outcome = -1;
    double *w = calloc(2 * n, sizeof *w);
    int fine;
    if (!w || !solver || mvo_path_at(w, NULL, NULL, path, tau, NULL) != MVO_OK ||
        mvo_solver_solve(&outcome, solver, NULL) != MVO_OK || mvo_solver_report(&report, solver) != MVO_OK)
        abort();
    const double value = (double)costly_objective(c, w, 1.0);
    double scale = report.gap_scale + 1e-3 + fabs((double)costly_cost(c, w)), largest = 1e-3;
    for (size_t j = 0; j < n; j++) {
        scale += fabs(c->p->linear[j] * w[j]);
        largest = fmax(largest, fabs(w[j]));
    }
    fine = outcome == MVO_OPTIMAL;
    snprintf(why, size, "at %.6g: %s", tau, mvo_outcome_name(outcome));
    if (fine && !(fabs(value - report.objective) <= 1e-8 * scale)) {
        snprintf(why, size, "at %.6g: objective %.15g, best %.15g", tau, value, report.objective);
        fine = 0;
    }
    for (size_t i = 0; fine && i < c->p->m + c->absolute; i++) {
        long double sum = 0.0L, terms = largest;
        for (size_t j = 0; i < c->p->m && j < n; j++) {
            sum += (long double)c->p->rows[i * n + j] * w[j];
            terms += fabsl((long double)c->p->rows[i * n + j] * w[j]);
        }
        if (i >= c->p->m)
            sum = costly_activity(c, i - c->p->m, w);
        const double lower = i < c->p->m ? c->p->row_lower[i] : -INFINITY;
        const double upper = i < c->p->m ? c->p->row_upper[i] : c->rows[i - c->p->m].limit;
        if (!(sum >= lower - 1e-8L * terms && sum <= upper + 1e-8L * terms)) {
            snprintf(why, size, "at %.6g: row %zu is %.15Lg in [%g, %g]", tau, i, sum, lower, upper);
            fine = 0;
        }
    }
    mvo_solver_free(solver);
    free(w);
    costly_free(c);
    return fine;
}

static int refuse(char *why, size_t size, const char *reason)
{
    snprintf(why, size, "%s", reason);
    return 0;
}

/* All pieces; *to becomes the end of the last. */
static int pieces_agree(moving problem, const mvo_path *path, double *to, char *why, size_t size)
{
    for (size_t k = 0; k < mvo_path_piece_count(path); k++) {
        const double before = *to;
        double from;
        if (mvo_path_piece(&from, to, path, k) != MVO_OK || !(from <= *to && fabs(from - before) <= 1e-12))
            return refuse(why, size, "pieces that do not follow each other");
        /* within the rounding of an event, which of its two sides tau is on is not for a solve to say */
        if ((from == 0.0 || from > 1e-12) && !agrees_at(problem, path, from, why, size))
            return 0;
        if (*to - from > 1e-12 && !agrees_at(problem, path, from + 0.5 * (*to - from), why, size))
            return 0;
    }
    return 1;
}

/* Beyond the end of a path that became infeasible there is nothing. */
static int ends_there(moving problem, double to, char *why, size_t size)
{
    costly *c = moving_at(problem, fmin(to + 1e-4, 1.0));
    mvo_solver *other = costly_solver(c, MVO_CHECK_ALL);
    mvo_outcome outcome = -1;
    if (!other || mvo_solver_solve(&outcome, other, NULL) != MVO_OK)
        abort();
    snprintf(why, size, "beyond %g: %s", to, mvo_outcome_name(outcome));
    mvo_solver_free(other);
    costly_free(c);
    return outcome == MVO_INFEASIBLE || outcome == MVO_NUMERICAL;
}

static int changes_are_named(const mvo_path *path, size_t n, char *why, size_t size)
{
    for (size_t k = 0; k < mvo_path_change_count(path); k++) {
        double tau;
        int32_t kind, status;
        int64_t id;
        if (mvo_path_change(&tau, &kind, &id, &status, path, k) != MVO_OK || !(tau >= 0.0 && tau <= 1.0) ||
            status < MVO_AT_LOWER || status > MVO_AT_BREAKPOINT || !(kind == MVO_PATH_ASSET ? id < (int64_t)n : id > 0))
            return refuse(why, size, "a change that is none");
    }
    return 1;
}

static mvo_outcome follow(moving problem, mvo_solver *solver, mvo_path **path, char *why, size_t size)
{
    const costly *a = problem.a, *b = problem.b;
    const size_t m = a->p->m + a->absolute;
    double *row_lower = calloc(2 * m + 1, sizeof *row_lower), *row_upper = row_lower + m;
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    if (!row_lower)
        abort();
    for (size_t i = 0; i < m; i++) {
        row_lower[i] = i < a->p->m ? b->p->row_lower[i] : -INFINITY;
        row_upper[i] = i < a->p->m ? b->p->row_upper[i] : b->rows[i - a->p->m].limit;
    }
    if (mvo_path_new(path, &outcome, solver, b->p->linear, b->p->lower, b->p->upper, row_lower, row_upper, b->buy, b->sell,
                     b->borrow, &error) != MVO_OK)
        refuse(why, size, error.message);
    free(row_lower);
    return outcome;
}

int moving_judge(moving problem, size_t *whole, size_t *pieces, char *why, size_t size)
{
    mvo_solver *solver = costly_solver(problem.a, MVO_CHECK_ALL);
    mvo_path *path = NULL;
    double to = 0.0;
    if (!solver)
        return refuse(why, size, "no solver");
    const mvo_outcome outcome = follow(problem, solver, &path, why, size);
    int fine = outcome == MVO_OPTIMAL || outcome == MVO_INFEASIBLE || outcome == MVO_UNBOUNDED;
    if (!fine && path)
        snprintf(why, size, "%s after %zu pieces", mvo_outcome_name(outcome), mvo_path_piece_count(path));
    fine = fine && pieces_agree(problem, path, &to, why, size) && changes_are_named(path, problem.a->p->n, why, size);
    *pieces += mvo_path_piece_count(path);
    if (fine && outcome == MVO_OPTIMAL) {
        ++*whole;
        fine = to == 1.0 ? agrees_at(problem, path, 1.0, why, size) && costly_verify(problem.b, solver, 1.0, 1e-9, why, size)
                         : refuse(why, size, "an optimum before the end");
    }
    if (fine && outcome == MVO_INFEASIBLE && path && to < 1.0)
        fine = ends_there(problem, to, why, size);
    mvo_path_unref(path);
    mvo_solver_free(solver);
    return fine;
}
