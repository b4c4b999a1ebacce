/* SPDX-License-Identifier: MIT */
#include "support/instance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double *numbers(size_t count, double value)
{
    double *x = malloc((count ? count : 1) * sizeof *x);
    if (!x)
        abort();
    for (size_t i = 0; i < count; i++)
        x[i] = value;
    return x;
}

static double *duplicate(const double *from, size_t count)
{
    if (!from)
        return NULL;
    double *x = numbers(count, 0.0);
    memcpy(x, from, count * sizeof *x);
    return x;
}

static instance *new_without_sigma(size_t n, size_t m)
{
    instance *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->n = n;
    p->m = m;
    p->linear = numbers(n, 0.0);
    p->mu = numbers(n, 0.0);
    p->rows = numbers(m * n, 0.0);
    p->row_lower = numbers(m, -INFINITY);
    p->row_upper = numbers(m, INFINITY);
    p->lower = numbers(n, -INFINITY);
    p->upper = numbers(n, INFINITY);
    return p;
}

instance *instance_new(size_t n, size_t m)
{
    instance *p = new_without_sigma(n, m);
    p->sigma = numbers(n * n, 0.0);
    return p;
}

instance *instance_new_factor(size_t n, size_t m, size_t k)
{
    instance *p = new_without_sigma(n, m);
    p->k = k;
    p->loadings = numbers(n * k, 0.0);
    p->specific = numbers(n, 0.0);
    return p;
}

instance *instance_copy(const instance *from)
{
    instance *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    *p = *from;
    p->sigma = duplicate(from->sigma, p->n * p->n);
    p->loadings = duplicate(from->loadings, p->n * p->k);
    p->factor_covariance = duplicate(from->factor_covariance, p->k * p->k);
    p->specific = duplicate(from->specific, p->n);
    p->linear = duplicate(from->linear, p->n);
    p->mu = duplicate(from->mu, p->n);
    p->rows = duplicate(from->rows, p->m * p->n);
    p->row_lower = duplicate(from->row_lower, p->m);
    p->row_upper = duplicate(from->row_upper, p->m);
    p->lower = duplicate(from->lower, p->n);
    p->upper = duplicate(from->upper, p->n);
    return p;
}

void instance_free(instance *p)
{
    if (!p)
        return;
    free(p->sigma);
    free(p->loadings);
    free(p->factor_covariance);
    free(p->specific);
    free(p->linear);
    free(p->mu);
    free(p->rows);
    free(p->row_lower);
    free(p->row_upper);
    free(p->lower);
    free(p->upper);
    free(p);
}

void instance_set_row(instance *p, size_t i, const double *coefficients, double lower, double upper)
{
    for (size_t j = 0; j < p->n; j++)
        p->rows[i * p->n + j] = coefficients ? coefficients[j] : 1.0;
    p->row_lower[i] = lower;
    p->row_upper[i] = upper;
}

void instance_set_bounds(instance *p, double lower, double upper)
{
    for (size_t j = 0; j < p->n; j++) {
        p->lower[j] = lower;
        p->upper[j] = upper;
    }
}

verify_problem instance_view(const instance *p)
{
    verify_problem view = { 0 };
    view.n = p->n;
    view.m = p->m;
    view.sigma = p->sigma;
    view.ld = p->n;
    view.k = p->k;
    view.loadings = p->loadings;
    view.factor_covariance = p->factor_covariance;
    view.specific = p->specific;
    view.quadratic = 1.0;
    view.linear = p->linear;
    view.rows = p->rows;
    view.row_lower = p->row_lower;
    view.row_upper = p->row_upper;
    view.lower = p->lower;
    view.upper = p->upper;
    return view;
}

mvo_covariance *instance_covariance(const instance *p, int32_t flags)
{
    mvo_covariance *covariance = NULL;
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status = p->sigma
                                  ? mvo_covariance_new_dense(&covariance, NULL, p->n, p->sigma, p->n, flags, &error)
                                  : mvo_covariance_new_factor(&covariance, NULL, p->n, p->k, p->loadings, p->n,
                                                              p->factor_covariance, p->k, p->specific, flags, &error);
    if (status == MVO_OK)
        return covariance;
    fprintf(stderr, "covariance refused: %s: %s\n", mvo_status_name(status), error.message);
    return NULL;
}

mvo_constraints *instance_constraints(const instance *p)
{
    mvo_constraints *constraints = NULL;
    mvo_error error = MVO_ERROR_INIT;
    mvo_status status = mvo_constraints_new(&constraints, NULL, p->n, &error);
    if (status == MVO_OK)
        status = mvo_constraints_set_bounds(constraints, p->lower, p->upper, &error);
    for (size_t i = 0; i < p->m && status == MVO_OK; i++)
        status = mvo_constraints_add_row(NULL, constraints, p->rows + i * p->n, p->row_lower[i], p->row_upper[i], NULL,
                                         &error);
    if (status == MVO_OK)
        return constraints;
    fprintf(stderr, "constraints refused: %s: %s\n", mvo_status_name(status), error.message);
    mvo_constraints_free(constraints);
    return NULL;
}

mvo_solver *instance_solver(const instance *p, int32_t flags)
{
    mvo_solver *solver = NULL;
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *covariance = instance_covariance(p, flags);
    mvo_constraints *constraints = instance_constraints(p);
    mvo_status status =
        covariance && constraints ? mvo_solver_new(&solver, NULL, covariance, constraints, &error) : MVO_ERROR_ARGUMENT;
    if (status == MVO_OK)
        status = mvo_solver_set_linear(solver, p->linear, &error);
    mvo_constraints_free(constraints);
    mvo_covariance_unref(covariance);
    if (status == MVO_OK)
        return solver;
    fprintf(stderr, "solver refused: %s: %s\n", mvo_status_name(status), error.message);
    mvo_solver_free(solver);
    return NULL;
}
