/* SPDX-License-Identifier: MIT */
/*
 * Black & Litterman (1992) in the form that inverts nothing but the k-by-k covariance of the views' surprises,
 * A = tau P Sigma P' + Omega: a singular Sigma and certain views are ordinary inputs.
 */
#include "linalg/kernels.h"
#include "returns/views.h"

#include <math.h>
#include <string.h>

/* The arguments of mvo_black_litterman. */
typedef struct request {
    const mvo_covariance *covariance;
    const double *prior;
    double tau;
    mvoi_table views; /* k-by-n */
    const double *view_returns;
    const double *omega;
    size_t ld_omega;
} request;

/* ------------------------------------------------------------------------------------------- checks */

/* Variances: none negative, none NaN; infinity is a view left out. */
static mvo_status check_variances(mvo_context *context, mvo_error *error, const double *omega, size_t k)
{
    for (size_t v = 0; v < k; v++) {
        const mvoi_detail detail = { "omega", (int64_t)v, -1, omega[v], 0.0 };
        if (isnan(omega[v]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "omega[%zu] is %g", v, omega[v]);
        if (omega[v] < 0.0)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "omega[%zu] is %g, but a variance cannot be negative", v, omega[v]);
    }
    return MVO_OK;
}

static mvo_status check_omega(mvo_context *context, mvo_error *error, const request *r)
{
    const size_t k = r->views.rows;
    const mvoi_square given = { "omega", r->omega, k, r->ld_omega };
    if (r->ld_omega == 0)
        return check_variances(context, error, r->omega, k);
    mvo_status status = mvoi_check_leading(context, error, "ld_omega", r->ld_omega, "k", k, k);
    if (status != MVO_OK)
        return status;
    const size_t ld = mvoi_padded(k);
    double *copy = k <= SIZE_MAX / ld ? mvoi_allocate(context, k * ld, sizeof *copy) : NULL;
    if (!copy)
        return mvoi_fail_memory(context, error, "the check of omega");
    status = mvoi_square_take(copy, ld, context, error, &given, MVO_CHECK_ALL);
    const mvoi_square taken = { "omega", copy, k, ld };
    if (status == MVO_OK)
        status = mvoi_square_semidefinite(context, error, &taken, copy);
    mvoi_release(context, copy);
    return status;
}

static mvo_status check(mvo_context *context, mvo_error *error, const request *r)
{
    if (!r->covariance)
        return mvoi_fail_null(context, error, "covariance");
    mvo_status status = mvoi_check_vector(context, error, "prior", r->prior, r->covariance->n);
    if (status == MVO_OK)
        status = mvoi_positive_check(context, error, "tau", r->tau);
    if (status != MVO_OK || r->views.rows == 0)
        return status;
    status = mvoi_table_check(context, error, &r->views);
    if (status == MVO_OK)
        status = mvoi_check_vector(context, error, "view_returns", r->view_returns, r->views.rows);
    return status == MVO_OK && r->omega ? check_omega(context, error, r) : status;
}

/* ----------------------------------------------------------------------------------- multiplying out */

/* Omega's element for two of the caller's views; `own` is tau p'Sigma p of the first, for the usual diagonal. */
static double uncertainty(const request *r, size_t v, size_t u, double own)
{
    if (r->omega && r->ld_omega)
        return r->omega[(v > u ? v : u) + (v > u ? u : v) * r->ld_omega];
    return v != u ? 0.0 : r->omega ? r->omega[v] : own;
}

/* Memory for all views; `kept` lists those that are not left out. */
static mvo_status open_views(mvoi_views *views, const request *r, mvo_error *error)
{
    const size_t n = r->covariance->n, k = r->views.rows, columns = k ? k : 1;
    const int fits = n <= SIZE_MAX / columns && k <= SIZE_MAX / columns;
    views->kept = mvoi_allocate(views->context, k, sizeof *views->kept);
    views->picks = fits ? mvoi_allocate(views->context, n * k, sizeof *views->picks) : NULL;
    views->spread = fits ? mvoi_allocate(views->context, n * k, sizeof *views->spread) : NULL;
    views->joint = fits ? mvoi_allocate(views->context, k * k, sizeof *views->joint) : NULL;
    if (!views->kept || !views->picks || !views->spread || !views->joint)
        return mvoi_fail_memory(views->context, error, "the views");
    for (size_t v = 0; v < k; v++)
        if (!r->omega || r->ld_omega || isfinite(r->omega[v]))
            views->kept[views->m++] = v;
    return MVO_OK;
}

static void close_views(mvoi_views *views)
{
    mvoi_release(views->context, views->joint);
    mvoi_release(views->context, views->spread);
    mvoi_release(views->context, views->picks);
    mvoi_release(views->context, views->kept);
}

static void multiply_out(mvoi_views *views, const request *r)
{
    const mvoi_kernels *kernels = mvoi_kernels_best();
    const size_t n = r->covariance->n, m = views->m;
    for (size_t c = 0; c < m; c++) {
        for (size_t j = 0; j < n; j++)
            views->picks[j + c * n] = r->views.values[views->kept[c] + j * r->views.ld];
        mvoi_covariance_product(views->spread + c * n, r->covariance, views->picks + c * n, NULL);
    }
    for (size_t c = 0; c < m; c++)
        for (size_t i = c; i < m; i++) {
            const double prior = r->tau * kernels->dot(n, views->picks + i * n, views->spread + c * n);
            views->joint[i + c * m] = prior + uncertainty(r, views->kept[i], views->kept[c], prior);
        }
}

/* mu = prior + tau Sigma P' A^-1 (q - P prior); `lower` is the factor of A, `surprise` holds m numbers. */
static void update_mean(double *mu, const double *lower, double *surprise, const mvoi_views *views, const request *r)
{
    const mvoi_kernels *kernels = mvoi_kernels_best();
    const size_t n = r->covariance->n, m = views->m;
    for (size_t c = 0; c < m; c++)
        surprise[c] = r->view_returns[views->kept[c]] - kernels->dot(n, views->picks + c * n, r->prior);
    kernels->solve_lower(m, lower, m, surprise);
    kernels->solve_lower_transposed(m, lower, m, surprise);
    if (mu != r->prior)
        memcpy(mu, r->prior, n * sizeof *mu);
    for (size_t c = 0; c < m; c++)
        kernels->axpy(n, r->tau * surprise[c], views->spread + c * n, mu);
}

static mvo_status answer(double *mu, mvo_covariance **posterior, mvoi_views *views, const request *r, mvo_error *error)
{
    mvo_status status = open_views(views, r, error);
    if (status != MVO_OK)
        return status;
    const size_t m = views->m;
    double *lower = mvoi_allocate(views->context, m * m + m, sizeof *lower);
    if (!lower)
        return mvoi_fail_memory(views->context, error, "the views");
    multiply_out(views, r);
    status = mvoi_views_posterior(posterior, lower, m, views, error);
    if (status == MVO_OK && mu)
        update_mean(mu, lower, lower + m * m, views, r);
    mvoi_release(views->context, lower);
    return status;
}

mvo_status mvo_black_litterman(double *mu, mvo_covariance **posterior, mvo_context *context,
                               const mvo_covariance *covariance, const double *prior, double tau, size_t k,
                               const double *views, size_t ld_views, const double *view_returns, const double *omega,
                               size_t ld_omega, mvo_error *error)
{
    const mvoi_table table = { "views", "ld_views", "k", views, k, covariance ? covariance->n : 0, ld_views };
    const request given = { covariance, prior, tau, table, view_returns, omega, ld_omega };
    mvo_status status = check(context, error, &given);
    if (status != MVO_OK)
        return status;
    mvoi_views open = { context, covariance, tau, 0, NULL, NULL, NULL, NULL };
    status = answer(mu, posterior, &open, &given, error);
    close_views(&open);
    return status;
}

/* -------------------------------------------------------------------------------------- confidences */

static mvo_status check_confidence(mvo_context *context, mvo_error *error, const double *confidence, size_t k)
{
    const mvo_status status = mvoi_check_vector(context, error, "confidence", confidence, k);
    for (size_t v = 0; status == MVO_OK && v < k; v++) {
        const mvoi_detail detail = { "confidence", (int64_t)v, -1, confidence[v], confidence[v] < 0.0 ? 0.0 : 1.0 };
        if (confidence[v] < 0.0 || confidence[v] > 1.0)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "confidence[%zu] is %g, not between 0 and 1",
                             v, confidence[v]);
    }
    return status;
}

mvo_status mvo_view_variances(double *variances, const mvo_covariance *covariance, double tau, size_t k,
                              const double *views, size_t ld_views, const double *confidence, mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!variances)
        return mvoi_fail_null(context, error, "variances");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    const size_t n = covariance->n;
    const mvoi_table given = { "views", "ld_views", "k", views, k, n, ld_views };
    mvo_status status = mvoi_positive_check(context, error, "tau", tau);
    if (status == MVO_OK)
        status = mvoi_table_check(context, error, &given);
    if (status == MVO_OK && confidence)
        status = check_confidence(context, error, confidence, k);
    if (status != MVO_OK)
        return status;
    double *pick = mvoi_allocate(context, n, sizeof *pick);
    if (!pick)
        return mvoi_fail_memory(context, error, "the variances of views");
    for (size_t v = 0; v < k; v++) {
        const double c = confidence ? confidence[v] : 0.5;
        for (size_t j = 0; j < n; j++)
            pick[j] = views[v + j * ld_views];
        const double own = tau * mvoi_covariance_variance(covariance, pick);
        variances[v] = c == 0.0 ? HUGE_VAL : c == 1.0 ? 0.0 : (1.0 - c) * own / c;
    }
    mvoi_release(context, pick);
    return MVO_OK;
}
