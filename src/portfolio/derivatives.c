/* SPDX-License-Identifier: MIT */
/* Derivatives of an optimum by a sensitivity handle: along a direction, and of a loss (adjoint). */
#include "portfolio/sensitivity.h"

#include <math.h>
#include <string.h>

/* What one call works with, in one block: directions and results over weights and rows, and four vectors of K's order. */
typedef struct room {
    double *q, *w, *z, *y, *given, *solved, *residual, *rest;
} room;

static mvo_status open_room(room *r, const mvo_sensitivity *s, mvo_error *error)
{
    const size_t n = s->n, m = s->m, order = s->kkt.order;
    double *block = mvoi_allocate(s->context, 3 * n + m + 4 * order, sizeof *block);
    if (!block)
        return mvoi_fail_memory(s->context, error, "derivatives");
    *r = (room){ block,
                 block + n,
                 block + 2 * n,
                 block + 3 * n,
                 block + 3 * n + m,
                 block + 3 * n + m + order,
                 block + 3 * n + m + 2 * order,
                 block + 3 * n + m + 3 * order };
    return MVO_OK;
}

/* solved = K^-1 given, refined three times against K. */
static void solve(room *r, const mvoi_kkt *kkt)
{
    const size_t order = kkt->order;
    memset(r->solved, 0, order * sizeof(double));
    memcpy(r->residual, r->given, order * sizeof(double));
    for (int step = 0; step < 4 && order > 0; step++) {
        kkt->kernels->gemv(order, order, kkt->inverse, kkt->ld, r->residual, r->solved);
        for (size_t p = 0; p < order; p++)
            r->rest[p] = -r->solved[p];
        memcpy(r->residual, r->given, order * sizeof(double));
        kkt->kernels->gemv(order, order, kkt->matrix, kkt->ld, r->rest, r->residual);
    }
}

/* The move of held weights is known: that of the bounds, or none on a breakpoint. */
static void move_held(double *w, const mvo_sensitivity *s, const double *bounds)
{
    for (size_t j = 0; j < s->n; j++)
        w[j] = s->side[j] != MVOI_FREE && bounds && !s->breakpoint[j] ? bounds[j] : 0.0;
}

static double row_product(const mvo_sensitivity *s, size_t i, const double *x)
{
    double sum = 0.0;
    for (size_t j = 0; j < s->n; j++)
        sum += s->rows[i * s->n + j] * x[j];
    return sum;
}

/* The move on the working set. */
static void move_on_set(room *r, const mvo_sensitivity *s, const double *limits, const double *bounds)
{
    const size_t n = s->n;
    const mvoi_kkt *kkt = &s->kkt;
    move_held(r->w, s, bounds);
    mvoi_covariance_product(r->z, s->covariance, r->w, NULL);
    for (size_t p = 0; p < kkt->order; p++) {
        const size_t e = (size_t)kkt->element[p];
        const double side = e < n ? -r->q[e] - r->z[e]
                                  : (limits && e - n < s->told ? limits[e - n] : 0.0) - row_product(s, e - n, r->w);
        r->given[p] = side * s->unit[e];
    }
    solve(r, kkt);
    memset(r->y, 0, s->m * sizeof(double));
    for (size_t p = 0; p < kkt->order; p++) {
        const size_t e = (size_t)kkt->element[p];
        *(e < n ? &r->w[e] : &r->y[e - n]) = (e < n ? 1.0 : -1.0) * r->solved[p] * s->unit[e];
    }
    mvoi_covariance_product(r->z, s->covariance, r->w, NULL);
    for (size_t j = 0; j < n; j++) {
        r->z[j] += r->q[j];
        for (size_t i = 0; i < s->m; i++)
            r->z[j] -= s->rows[i * n + j] * r->y[i];
        if (s->side[j] == MVOI_FREE)
            r->z[j] = 0.0;
    }
}

static mvo_status check_direction(const mvo_sensitivity *s, const double *linear, const double *covariance, size_t ld,
                                  double risk_aversion, const double *row_limits, const double *bounds, mvo_error *error)
{
    mvo_status status = MVO_OK;
    if (linear)
        status = mvoi_check_vector(s->context, error, "linear", linear, s->n);
    if (status == MVO_OK && row_limits)
        status = mvoi_check_vector(s->context, error, "row_limits", row_limits, s->told);
    if (status == MVO_OK && bounds)
        status = mvoi_check_vector(s->context, error, "bounds", bounds, s->n);
    if (status != MVO_OK)
        return status;
    if (!isfinite(risk_aversion))
        return mvoi_fail(s->context, error, MVO_ERROR_NOT_FINITE, (mvoi_detail){ "risk_aversion", -1, -1, risk_aversion, 0.0 },
                         "risk_aversion is %g", risk_aversion);
    if (covariance && ld < s->n)
        return mvoi_fail(s->context, error, MVO_ERROR_ARGUMENT, (mvoi_detail){ "ld", -1, -1, (double)ld, (double)s->n },
                         "ld is %zu, less than the %zu assets", ld, s->n);
    for (size_t j = 0; covariance && j < s->n; j++)
        for (size_t i = j; i < s->n; i++)
            if (!isfinite(covariance[i + j * ld]))
                return mvoi_fail(s->context, error, MVO_ERROR_NOT_FINITE,
                                 (mvoi_detail){ "covariance", (int64_t)i, (int64_t)j, covariance[i + j * ld], 0.0 },
                                 "covariance is %g at (%zu, %zu)", covariance[i + j * ld], i, j);
    return MVO_OK;
}

/* q = dc + dSigma w in units of the quadratic programme: the question's objective divided by its risk aversion. */
static void make_gradient_move(double *q, const mvo_sensitivity *s, const double *linear, const double *covariance, size_t ld,
                               double risk_aversion)
{
    for (size_t j = 0; j < s->n; j++)
        q[j] = ((linear ? linear[j] : 0.0) - s->linear[j] * risk_aversion) / s->scale;
    for (size_t j = 0; covariance && j < s->n; j++)
        for (size_t i = j; i < s->n; i++) {
            q[i] += covariance[i + j * ld] * s->w[j];
            q[j] += i > j ? covariance[i + j * ld] * s->w[i] : 0.0;
        }
}

mvo_status mvo_sensitivity_forward(double *weights, double *rows, double *multipliers, const mvo_sensitivity *sensitivity,
                                   const double *linear, const double *covariance, size_t ld, double risk_aversion,
                                   const double *row_limits, const double *bounds, mvo_error *error)
{
    const mvo_sensitivity *s = sensitivity;
    room r;
    if (!s)
        return mvoi_fail_null(NULL, error, "sensitivity");
    mvo_status status = check_direction(s, linear, covariance, ld, risk_aversion, row_limits, bounds, error);
    if (status == MVO_OK)
        status = open_room(&r, s, error);
    if (status != MVO_OK)
        return status;
    make_gradient_move(r.q, s, linear, covariance, ld, risk_aversion);
    if (s->degenerate)
        status = mvoi_sensitivity_cone(r.w, r.y, r.z, s, r.q, row_limits, bounds, error);
    else
        move_on_set(&r, s, row_limits, bounds);
    if (status == MVO_OK && weights)
        memcpy(weights, r.w, s->n * sizeof *weights);
    for (size_t i = 0; status == MVO_OK && rows && i < s->told; i++)
        rows[i] = s->scale * r.y[i] + risk_aversion * s->y[i];
    for (size_t j = 0; status == MVO_OK && multipliers && j < s->n; j++)
        multipliers[j] = s->breakpoint[j] == MVOI_ON_BREAKPOINT ? 0.0 : s->scale * r.z[j] + risk_aversion * s->z[j];
    mvoi_release(s->context, r.q);
    return status;
}

mvo_status mvo_sensitivity_adjoint(double *linear, double *covariance, double *risk_aversion, double *row_limits,
                                   double *bounds, const mvo_sensitivity *sensitivity, const double *gradient,
                                   mvo_error *error)
{
    const mvo_sensitivity *s = sensitivity;
    room r;
    if (!s)
        return mvoi_fail_null(NULL, error, "sensitivity");
    mvo_status status = mvoi_check_vector(s->context, error, "gradient", gradient, s->n);
    if (status == MVO_OK)
        status = open_room(&r, s, error);
    if (status != MVO_OK)
        return status;
    const size_t n = s->n;
    memset(r.q, 0, n * sizeof(double));
    memset(r.y, 0, s->m * sizeof(double));
    for (size_t p = 0; p < s->kkt.order; p++) {
        const size_t e = (size_t)s->kkt.element[p];
        r.given[p] = e < n ? gradient[e] * s->unit[e] : 0.0;
    }
    solve(&r, &s->kkt);
    for (size_t p = 0; p < s->kkt.order; p++) {
        const size_t e = (size_t)s->kkt.element[p];
        *(e < n ? &r.q[e] : &r.y[e - n]) = r.solved[p] * s->unit[e];
    }
    mvoi_covariance_product(r.z, s->covariance, r.q, NULL);
    double aversion = 0.0;
    for (size_t j = 0; j < n; j++) {
        const int held = s->side[j] != MVOI_FREE && !s->breakpoint[j];
        r.w[j] = held ? gradient[j] - r.z[j] : 0.0;
        for (size_t i = 0; held && i < s->m; i++)
            r.w[j] -= s->rows[i * n + j] * r.y[i];
        aversion += r.q[j] * s->linear[j];
    }
    if (risk_aversion)
        *risk_aversion = aversion / s->scale;
    for (size_t j = 0; j < n; j++) {
        if (linear)
            linear[j] = -r.q[j] / s->scale;
        if (covariance)
            covariance[j] = r.q[j];
        if (bounds)
            bounds[j] = r.w[j];
    }
    if (row_limits)
        memcpy(row_limits, r.y, s->told * sizeof *row_limits);
    mvoi_release(s->context, r.q);
    return MVO_OK;
}
