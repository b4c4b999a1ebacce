/* SPDX-License-Identifier: MIT */
/*
 * The effective number of uncorrelated bets in a portfolio (Meucci 2009): its variance is the sum of the variances of
 * uncorrelated bets; with their shares p_k the number is exp(-sum p_k log p_k), from 1 to n. Two ways to choose the
 * bets.
 *
 * Principal components: Sigma = E L E', bet k has the share (e_k'w)^2 l_k / w'Sigma w.
 *
 * Minimum torsion (Meucci, Santangelo & Deguest 2013): the uncorrelated bets that are nearest to the assets. With C the
 * correlations, c = C^(1/2) and y_i = w_i sqrt(Sigma_ii), every set of uncorrelated bets in units of y is d q c^-1 with
 * q orthogonal and d a diagonal of volatilities; the paper's iteration alternates
 *
 *     q = (d C d)^(-1/2) d c         the orthogonal matrix nearest to d c, for given d
 *     d = diag(q c)                  the best volatilities, for given q
 *
 * until d stands still. The share of bet k is (q c y)_k^2 / y'C y: no inverse of c is needed.
 */
#include "linalg/lapack.h"
#include "portfolio/risk_budget.h"

#include <math.h>
#include <string.h>

enum { MOST_ROUNDS = 1000 };

static const double STANDSTILL = 1e-13; /* largest relative change of a volatility */
static const double SINGULAR = 1e-14; /* times n: the smallest eigenvalue of correlations that are told from singular */

/* n-by-n each but for values, vectors and LAPACK's own. */
typedef struct workspace {
    size_t n;
    double *a, *b, *root, *turn, *values, *d, *y, *shares, *numbers;
    int32_t *integers;
    double *memory;
} workspace;

static mvo_status take(workspace *w, const mvo_covariance *covariance, mvo_error *error)
{
    mvo_context *context = covariance->context;
    const size_t n = covariance->n, numbers = mvoi_lapack_eigen_numbers(n), integers = mvoi_lapack_eigen_integers(n);
    const mvoi_detail detail = { "covariance", -1, -1, (double)n, 0.0 };
    if (numbers == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "%zu assets are too many for eigenvectors", n);
    w->n = n;
    w->memory = mvoi_allocate(context, 4 * n * n + 4 * n + numbers, sizeof *w->memory);
    w->integers = mvoi_allocate(context, integers, sizeof *w->integers);
    if (!w->memory || !w->integers) {
        mvoi_release(context, w->memory);
        mvoi_release(context, w->integers);
        return mvoi_fail_memory(context, error, "the effective number of bets");
    }
    w->a = w->memory;
    w->b = w->a + n * n;
    w->root = w->b + n * n;
    w->turn = w->root + n * n;
    w->values = w->turn + n * n;
    w->d = w->values + n;
    w->y = w->d + n;
    w->shares = w->y + n;
    w->numbers = w->shares + n;
    return MVO_OK;
}

static mvo_status fail_eigen(const mvo_covariance *covariance, mvo_error *error)
{
    return mvoi_fail(covariance->context, error, MVO_ERROR_INTERNAL, MVOI_DETAIL("covariance"),
                     "the eigenvectors of covariance were not found");
}

/* x'x = 1 of the shares that are squares of x. */
static void shares_of(double *x, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        x[k] *= x[k];
        sum += x[k];
    }
    for (size_t k = 0; k < n; k++)
        x[k] = sum > 0.0 ? x[k] / sum : 0.0;
}

/* ---------------------------------------------------------------------------------- principal components */

/* Bets from the largest eigenvalue down. */
static mvo_status principal(workspace *w, const mvo_covariance *covariance, const double *weights, mvo_error *error)
{
    const size_t n = w->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            w->a[i + j * n] = mvoi_covariance_entry(covariance, i, j);
    if (!mvoi_lapack_eigen(n, w->a, n, w->values, w->numbers, w->integers))
        return fail_eigen(covariance, error);
    for (size_t k = 0; k < n; k++) {
        const double *vector = w->a + (n - 1 - k) * n;
        double exposure = 0.0;
        for (size_t i = 0; i < n; i++)
            exposure += vector[i] * weights[i];
        w->shares[k] = exposure * sqrt(fmax(w->values[n - 1 - k], 0.0));
    }
    shares_of(w->shares, n);
    return MVO_OK;
}

/* ---------------------------------------------------------------------------------------- minimum torsion */

/* result = E f E' for the eigenvectors E (destroyed) and f > 0 in `values`. */
static void assemble(double *result, double *vectors, const double *values, double *room, size_t n)
{
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            room[i + k * n] = vectors[i + k * n] * values[k];
    mvoi_lapack_multiply(0, 1, n, n, n, 1.0, room, n, vectors, n, 0.0, result, n);
}

/* c = C^(1/2); refuses a singular C. */
static mvo_status root_of_correlations(workspace *w, const mvo_covariance *covariance, mvo_error *error)
{
    const size_t n = w->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            w->a[i + j * n] = i == j ? 1.0
                                     : mvoi_covariance_entry(covariance, i, j) / sqrt(covariance->diagonal[i]) /
                                           sqrt(covariance->diagonal[j]);
    if (!mvoi_lapack_eigen(n, w->a, n, w->values, w->numbers, w->integers))
        return fail_eigen(covariance, error);
    const mvoi_detail detail = { "covariance", -1, -1, w->values[0], (double)n * SINGULAR };
    if (!(w->values[0] > detail.limit))
        return mvoi_fail(
            covariance->context, error, MVO_ERROR_SINGULAR, detail,
            "covariance is singular (an eigenvalue of its correlations is %g): minimum torsion needs n bets",
            detail.value);
    for (size_t k = 0; k < n; k++)
        w->values[k] = sqrt(w->values[k]);
    assemble(w->root, w->a, w->values, w->b, n);
    return MVO_OK;
}

/* turn = (d C d)^(-1/2) d c, from a = d c. 0 where the eigenvectors were not found. */
static int turn_for(workspace *w)
{
    const size_t n = w->n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            w->turn[i + j * n] = w->d[i] * w->root[i + j * n];                      /* d c */
    mvoi_lapack_multiply(0, 1, n, n, n, 1.0, w->turn, n, w->turn, n, 0.0, w->a, n); /* d C d */
    if (!mvoi_lapack_eigen(n, w->a, n, w->values, w->numbers, w->integers))
        return 0;
    for (size_t k = 0; k < n; k++)
        w->values[k] = 1.0 / sqrt(fmax(w->values[k], 1e-300));
    /* E f E' times d c, as E f (E' d c). */
    mvoi_lapack_multiply(1, 0, n, n, n, 1.0, w->a, n, w->turn, n, 0.0, w->b, n);
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++)
            w->b[k + j * n] *= w->values[k];
    mvoi_lapack_multiply(0, 0, n, n, n, 1.0, w->a, n, w->b, n, 0.0, w->turn, n);
    return 1;
}

static mvo_status minimum_torsion(workspace *w, const mvo_covariance *covariance, const double *weights,
                                  mvo_error *error)
{
    const size_t n = w->n;
    mvo_status status = mvoi_check_risky(covariance, "covariance", error);
    if (status == MVO_OK)
        status = root_of_correlations(w, covariance, error);
    if (status != MVO_OK)
        return status;
    for (size_t k = 0; k < n; k++)
        w->d[k] = 1.0;
    double change = HUGE_VAL;
    for (int round = 0; round < MOST_ROUNDS && change > STANDSTILL; round++) {
        if (!turn_for(w))
            return fail_eigen(covariance, error);
        change = 0.0;
        for (size_t k = 0; k < n; k++) {
            double sum = 0.0;
            for (size_t i = 0; i < n; i++)
                sum += w->turn[k + i * n] * w->root[i + k * n];
            change = fmax(change, fabs(sum / w->d[k] - 1.0));
            w->d[k] = sum;
        }
    }
    for (size_t i = 0; i < n; i++)
        w->y[i] = weights[i] * sqrt(covariance->diagonal[i]);
    memset(w->values, 0, n * sizeof *w->values);
    memset(w->shares, 0, n * sizeof *w->shares);
    mvoi_kernels_best()->gemv(n, n, w->root, n, w->y, w->values);
    mvoi_kernels_best()->gemv(n, n, w->turn, n, w->values, w->shares);
    shares_of(w->shares, n);
    return MVO_OK;
}

/* --------------------------------------------------------------------------------------------- the question */

static double effective_number(const double *shares, size_t n)
{
    double entropy = 0.0;
    for (size_t k = 0; k < n; k++)
        if (shares[k] > 0.0)
            entropy -= shares[k] * log(shares[k]);
    return exp(entropy);
}

mvo_status mvo_effective_bets(double *number, double *shares, const mvo_covariance *covariance, const double *weights,
                              int32_t bets, mvo_error *error)
{
    mvo_context *context = covariance ? covariance->context : NULL;
    if (!number)
        return mvoi_fail_null(context, error, "number");
    if (!covariance)
        return mvoi_fail_null(context, error, "covariance");
    double variance = 0.0;
    mvo_status status = mvo_covariance_variance(&variance, covariance, weights, error);
    if (status != MVO_OK)
        return status;
    if (bets != MVO_BETS_PRINCIPAL && bets != MVO_BETS_MINIMUM_TORSION) {
        const mvoi_detail detail = { "bets", -1, -1, (double)bets, 0.0 };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "bets is %d", (int)bets);
    }
    if (!(variance > 0.0))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("weights"),
                         "weights has no risk, so that there are no bets in it");
    workspace w = { 0 };
    status = take(&w, covariance, error);
    if (status != MVO_OK)
        return status;
    status = bets == MVO_BETS_PRINCIPAL ? principal(&w, covariance, weights, error)
                                        : minimum_torsion(&w, covariance, weights, error);
    if (status == MVO_OK) {
        *number = effective_number(w.shares, w.n);
        if (shares)
            memcpy(shares, w.shares, w.n * sizeof *shares);
    }
    mvoi_release(context, w.memory);
    mvoi_release(context, w.integers);
    return status;
}
