/* SPDX-License-Identifier: MIT */
/*
 * The posterior covariance of Black and Litterman, (1 + tau) Sigma - G G' with G = tau Sigma P' L^-T and A = L L'. The
 * rows that become G ride on top of A through its factorisation.
 *
 * Of a factor model Sigma = F'F + D let the views be about the assets V. With B = [F' E_V] (E_V: columns of the
 * identity) Sigma P' = B W, W = [F P'; D_V P_V'], so that the posterior is
 *
 *     B ((1 + tau) N - H H') B' + (1 + tau) D beside V,    N = diag(I, D_V),  H = tau W L^-T,
 *
 * again a factor model: the assets' own returns that views speak of become factors. The matrix in the middle is N plus
 * the posterior of a prior tau N, hence semidefinite.
 */
#include "linalg/kernels.h"
#include "returns/views.h"

#include <string.h>

static const double ROUNDING = 1e-12; /* of A_vv: a pivot below it is what rounding leaves of zero */

/* Factorises A under `extra` rows that lie on top of it already. */
static mvo_status factorise(double *work, size_t extra, size_t ld, const mvoi_views *views, mvo_error *error)
{
    const size_t m = views->m;
    for (size_t c = 0; c < m; c++)
        memcpy(work + extra + c + c * ld, views->joint + c + c * m, (m - c) * sizeof *work);
    const size_t done = mvoi_kernels_best()->cholesky(extra, m, work, ld, ROUNDING);
    if (done == m)
        return MVO_OK;
    const mvoi_detail detail = { "views", (int64_t)views->kept[done], -1, 0.0, 0.0 };
    return mvoi_fail(views->context, error, MVO_ERROR_SINGULAR, detail, "view %zu has no variance of its own, and %s",
                     views->kept[done],
                     views->joint[done + done * m] > 0.0
                         ? "the views before it determine it: it repeats or contradicts them"
                         : "its portfolio has no risk");
}

/* ------------------------------------------------------------------------------------------- dense */

static mvo_status make_dense(mvo_covariance **posterior, const double *G, size_t ld_G, const mvoi_views *views,
                             mvo_error *error)
{
    const mvo_covariance *prior = views->covariance;
    const size_t n = prior->n;
    double *diagonal = NULL;
    mvo_covariance *made = mvoi_covariance_allocate(&diagonal, views->context, n);
    if (!made)
        return mvoi_fail_memory(views->context, error, "a posterior covariance");
    made->kind = MVOI_DENSE;
    made->trusted = prior->trusted;
    made->ld = mvoi_padded(n);
    double *matrix = n <= SIZE_MAX / made->ld ? mvoi_allocate(views->context, n * made->ld, sizeof *matrix) : NULL;
    if (!matrix) {
        mvo_covariance_unref(made);
        return mvoi_fail_memory(views->context, error, "a posterior covariance");
    }
    made->owned[1] = matrix;
    made->dense = matrix;
    for (size_t j = 0; j < n; j++) {
        double *column = matrix + j * made->ld;
        for (size_t i = j; i < n; i++)
            column[i] = (1.0 + views->tau) * mvoi_covariance_entry(prior, i, j);
        for (size_t v = 0; v < views->m; v++)
            mvoi_kernels_best()->axpy(n - j, -G[j + v * ld_G], G + j + v * ld_G, column + j);
        diagonal[j] = column[j] = column[j] > 0.0 ? column[j] : 0.0;
    }
    const mvoi_square lower = { "posterior", matrix, n, made->ld };
    const mvo_status status = mvoi_square_take(matrix, made->ld, views->context, error, &lower, MVO_CHECK_NONE);
    made->rank_bound = prior->rank_bound;
    if (status == MVO_OK)
        *posterior = made;
    else
        mvo_covariance_unref(made);
    return status;
}

/* -------------------------------------------------------------------------------------- structured */

/* The assets that any view is about, marked in `touched` (n); returns how many. */
static size_t touch(unsigned char *touched, const mvoi_views *views)
{
    const size_t n = views->covariance->n;
    size_t count = 0;
    memset(touched, 0, n);
    for (size_t v = 0; v < views->m; v++)
        for (size_t j = 0; j < n; j++)
            touched[j] |= views->picks[j + v * n] != 0.0;
    for (size_t j = 0; j < n; j++)
        count += touched[j];
    return count;
}

/* tau W, a column for each view: exposures of the view portfolios, then their assets' own parts. */
static void fill_shocks(double *work, size_t ld, const unsigned char *touched, const mvoi_views *views)
{
    const mvo_covariance *prior = views->covariance;
    const size_t n = prior->n, k = prior->k;
    for (size_t v = 0; v < views->m; v++) {
        const double *pick = views->picks + v * n;
        double *column = work + v * ld;
        size_t place = k;
        memset(column, 0, k * sizeof *column);
        for (size_t j = 0; j < n; j++) {
            if (!touched[j])
                continue;
            for (size_t f = 0; f < k; f++)
                column[f] += prior->factors[f + j * k] * (views->tau * pick[j]);
            column[place++] = prior->specific[j] * (views->tau * pick[j]);
        }
    }
}

/* Loadings B (n-by-r), the covariance of its factors (r-by-r), specific variances (n), in `room`. */
static void fill_model(double *room, size_t r, const double *H, size_t ld_H, const unsigned char *touched,
                       const mvoi_views *views)
{
    const mvo_covariance *prior = views->covariance;
    const size_t n = prior->n, k = prior->k;
    double *loadings = room, *inner = loadings + n * r, *specific = inner + r * r;
    memset(room, 0, (n * r + r * r) * sizeof *room);
    for (size_t f = 0; f < k; f++)
        inner[f + f * r] = 1.0 + views->tau;
    size_t place = k;
    for (size_t i = 0; i < n; i++) {
        for (size_t f = 0; f < k; f++)
            loadings[i + f * n] = prior->factors[f + i * k];
        specific[i] = touched[i] ? 0.0 : (1.0 + views->tau) * prior->specific[i];
        if (touched[i]) {
            loadings[i + place * n] = 1.0;
            inner[place + place * r] = (1.0 + views->tau) * prior->specific[i];
            place++;
        }
    }
    for (size_t b = 0; b < r; b++) {
        for (size_t v = 0; v < views->m; v++)
            mvoi_kernels_best()->axpy(r - b, -H[b + v * ld_H], H + b + v * ld_H, inner + b + b * r);
        for (size_t a = b; a < r; a++)
            inner[b + a * r] = inner[a + b * r];
    }
}

static mvo_status make_factor(mvo_covariance **posterior, size_t r, const double *H, size_t ld_H,
                              const unsigned char *touched, const mvoi_views *views, mvo_error *error)
{
    const size_t n = views->covariance->n; /* 2 r < n, so that n r + r^2 + n does not overflow where Sigma exists */
    double *room = mvoi_allocate(views->context, n * r + r * r + n, sizeof *room);
    if (!room)
        return mvoi_fail_memory(views->context, error, "a posterior covariance");
    mvo_covariance *made = NULL;
    fill_model(room, r, H, ld_H, touched, views);
    const mvo_status status = mvo_covariance_new_factor(&made, views->context, n, r, room, n, room + n * r, r,
                                                        room + n * r + r * r, MVO_CHECK_FINITE, error);
    mvoi_release(views->context, room);
    if (status != MVO_OK)
        return status;
    made->trusted = views->covariance->trusted;
    *posterior = made;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------- either */

static mvo_status make(mvo_covariance **posterior, double *lower, size_t ld, const unsigned char *touched,
                       size_t touches, const mvoi_views *views, mvo_error *error)
{
    const mvo_covariance *prior = views->covariance;
    const size_t n = prior->n, m = views->m, r = prior->k + touches;
    const int structured = posterior && prior->kind == MVOI_FACTOR && r < n && r < n - r;
    const size_t extra = !posterior ? 0 : structured ? r : n;
    const size_t ld_work = mvoi_leading_dimension(extra + m);
    double *work = m == 0 || ld_work <= SIZE_MAX / m ? mvoi_allocate(views->context, ld_work * m, sizeof *work) : NULL;
    if (!work)
        return mvoi_fail_memory(views->context, error, "a posterior of views");
    if (structured)
        fill_shocks(work, ld_work, touched, views);
    for (size_t v = 0; v < m; v++)
        for (size_t i = 0; i < n && extra == n; i++)
            work[i + v * ld_work] = views->tau * views->spread[i + v * n];
    mvo_status status = factorise(work, extra, ld_work, views, error);
    if (status == MVO_OK && posterior)
        status = structured ? make_factor(posterior, r, work, ld_work, touched, views, error)
                            : make_dense(posterior, work, ld_work, views, error);
    for (size_t v = 0; status == MVO_OK && v < m; v++)
        memcpy(lower + v + v * ld, work + extra + v + v * ld_work, (m - v) * sizeof *lower);
    mvoi_release(views->context, work);
    return status;
}

mvo_status mvoi_views_posterior(mvo_covariance **posterior, double *lower, size_t ld, const mvoi_views *views,
                                mvo_error *error)
{
    unsigned char *touched = mvoi_allocate(views->context, views->covariance->n, sizeof *touched);
    if (!touched)
        return mvoi_fail_memory(views->context, error, "a posterior of views");
    const size_t touches = touch(touched, views);
    const mvo_status status = make(posterior, lower, ld, touched, touches, views, error);
    mvoi_release(views->context, touched);
    return status;
}
