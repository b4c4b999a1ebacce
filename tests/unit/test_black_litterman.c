/* SPDX-License-Identifier: MIT */
/* Black-Litterman with views of every kind, worked out by hand, and with views that cannot be. */
#include "covariance/covariance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 3 };

static void near_to(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* Sigma = [2 1 0; 1 2 0; 0 0 1], prior (1, 1, 1), tau 1/2. */
static mvo_covariance *sigma;
static const double prior[N] = { 1, 1, 1 };
static const double tau = 0.5;

static int setup(void **state)
{
    (void)state;
    const double matrix[N * N] = { 2, 1, 0, 1, 2, 0, 0, 0, 1 };
    return mvo_covariance_new_dense(&sigma, NULL, N, matrix, N, MVO_CHECK_ALL, NULL) == MVO_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    mvo_covariance_unref(sigma);
    return 0;
}

static void expect_mean(const double *views, size_t k, const double *q, const double *omega, size_t ld_omega,
                        const double *expected)
{
    double mu[N];
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_black_litterman(mu, NULL, NULL, sigma, prior, tau, k, views, k, q, omega, ld_omega, &error),
                     MVO_OK);
    for (size_t i = 0; i < N; i++)
        near_to(mu[i], expected[i], 1e-14);
}

static void expect_posterior(const double *views, size_t k, const double *q, const double *omega, size_t ld_omega,
                             const double *expected)
{
    double matrix[N * N];
    mvo_covariance *posterior = NULL;
    assert_int_equal(
        mvo_black_litterman(NULL, &posterior, NULL, sigma, prior, tau, k, views, k, q, omega, ld_omega, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(matrix, N, posterior, NULL), MVO_OK);
    for (size_t i = 0; i < N * N; i++)
        near_to(matrix[i], expected[i], 1e-14);
    mvo_covariance_unref(posterior);
}

/*
 * Asset 0 returns 3, as uncertain as the prior: tau Sigma e_0 = (1, 1/2, 0), A = 1 + 1. The mean moves by
 * (1, 1/2, 0) (3 - 1) / 2, the covariance of the mean is tau Sigma - (1, 1/2, 0)(1, 1/2, 0)' / 2.
 */
static void an_absolute_view(void **state)
{
    (void)state;
    const double view[N] = { 1, 0, 0 }, q = 3;
    const double mu[N] = { 2, 1.5, 1 };
    const double posterior[N * N] = { 2.5, 1.25, 0, 1.25, 2.875, 0, 0, 0, 1.5 };
    expect_mean(view, 1, &q, NULL, 0, mu);
    expect_posterior(view, 1, &q, NULL, 0, posterior);
}

/* 0 beats 1 by 2: Sigma p = (1, -1, 0), tau p'Sigma p = 1, Omega the same or 3. */
static void a_relative_view(void **state)
{
    (void)state;
    const double view[N] = { 1, -1, 0 }, q = 2, omega = 3;
    const double mu[N] = { 1.5, 0.5, 1 }, less[N] = { 1.25, 0.75, 1 };
    expect_mean(view, 1, &q, NULL, 0, mu);
    expect_mean(view, 1, &q, &omega, 0, less);
    expect_mean(view, 1, &q, &omega, 1, less); /* one view's variance is its covariance matrix */
}

/* 0 beats 1 by 2 and asset 2 returns 2: of independent parts, so that an Omega with a covariance is seen. */
static void several_views(void **state)
{
    (void)state;
    const double views[2 * N] = { 1, 0, -1, 0, 0, 1 }, q[2] = { 2, 2 };
    const double usual[N] = { 1.5, 0.5, 1.5 };
    expect_mean(views, 2, q, NULL, 0, usual);
    const double diagonal[2] = { 3, 0.5 };
    const double weighed[N] = { 1.25, 0.75, 1.5 };
    expect_mean(views, 2, q, diagonal, 0, weighed);
    const double full[6] = { 3, 0, NAN, 0, 0.5, NAN };
    expect_mean(views, 2, q, full, 3, weighed);
    /* A = [2 1/2; 1/2 1], its inverse [1 -1/2; -1/2 2] / 1.75, times the surprises (2, 1): (1.5, 1) / 1.75 */
    const double tied[4] = { 1, 0.5, 0.5, 0.5 };
    const double correlated[N] = { 1 + 0.5 * 1.5 / 1.75, 1 - 0.5 * 1.5 / 1.75, 1 + 0.5 / 1.75 };
    expect_mean(views, 2, q, tied, 2, correlated);
}

static void certainty_is_kept_to(void **state)
{
    (void)state;
    const double views[2 * N] = { 1, 0, -1, 0, 0, 1 }, q[2] = { 2, 2 }, none[2] = { 0, 0 };
    const double mu[N] = { 2, 0, 2 };
    /* of tau Sigma nothing is left but along (1, 1, 0): tau Sigma - (1/2)(1, -1, 0)(1, -1, 0)' / 2 - (0, 0, 1/2) */
    const double posterior[N * N] = { 2.75, 1.75, 0, 1.75, 2.75, 0, 0, 0, 1 };
    expect_mean(views, 2, q, none, 0, mu);
    expect_posterior(views, 2, q, none, 0, posterior);
}

static void no_view_is_the_prior(void **state)
{
    (void)state;
    const double posterior[N * N] = { 3, 1.5, 0, 1.5, 3, 0, 0, 0, 1.5 };
    const double view[N] = { 1, 0, 0 }, q = 3, infinite = INFINITY;
    expect_mean(NULL, 0, NULL, NULL, 0, prior);
    expect_posterior(NULL, 0, NULL, NULL, 0, posterior);
    expect_mean(view, 1, &q, &infinite, 0, prior);
    expect_posterior(view, 1, &q, &infinite, 0, posterior);
}

/* A view left out changes nothing to the bit, wherever it stands and whatever it says. */
static void a_view_left_out_is_not_there(void **state)
{
    (void)state;
    const double one[N] = { 1, -1, 0 }, two[2 * N] = { 0, 1, 0, -1, 1, 0 }, q[2] = { 1e300, 2 };
    const double omega[2] = { INFINITY, 0.7 };
    double with[N], without[N];
    assert_int_equal(mvo_black_litterman(with, NULL, NULL, sigma, prior, tau, 2, two, 2, q, omega, 0, NULL), MVO_OK);
    assert_int_equal(mvo_black_litterman(without, NULL, NULL, sigma, prior, tau, 1, one, 1, q + 1, omega + 1, 0, NULL),
                     MVO_OK);
    assert_memory_equal(with, without, sizeof with);
}

/* With one view the posterior mean lies a part c of the way to the certain one. */
static void confidence_is_the_way_to_certainty(void **state)
{
    (void)state;
    const double view[N] = { 0.5, 0.5, -1 }, q = 0.75;
    double certain[N];
    const double none = 0.0;
    assert_int_equal(mvo_black_litterman(certain, NULL, NULL, sigma, prior, tau, 1, view, 1, &q, &none, 0, NULL), 0);
    for (int tenth = 0; tenth <= 10; tenth++) {
        const double c = (double)tenth / 10.0;
        double omega = -1.0, expected[N];
        assert_int_equal(mvo_view_variances(&omega, sigma, tau, 1, view, 1, &c, NULL), MVO_OK);
        assert_true(c > 0.0 || isinf(omega));
        assert_true(c < 1.0 || omega == 0.0);
        for (size_t i = 0; i < N; i++)
            expected[i] = prior[i] + c * (certain[i] - prior[i]);
        expect_mean(view, 1, &q, &omega, 0, expected);
    }
    /* p'Sigma p = 1.5 + 1: half confidence is the usual variance */
    double usual = 0.0;
    assert_int_equal(mvo_view_variances(&usual, sigma, tau, 1, view, 1, NULL, NULL), MVO_OK);
    near_to(usual, 1.25, 1e-15);
    /* next to no confidence in what has no risk: nothing, not 0 times infinity */
    const double nothing[N] = { 0, 0, 0 }, hardly = 0x1p-1070;
    assert_int_equal(mvo_view_variances(&usual, sigma, tau, 1, nothing, 1, &hardly, NULL), MVO_OK);
    assert_true(usual == 0.0);
}

static void refuse_singular(const double *views, size_t k, const double *q, const double *omega, int64_t row,
                            const char *message)
{
    char mark;
    double mu[N] = { 7, 7, 7 };
    mvo_covariance *posterior = (mvo_covariance *)(void *)&mark;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_black_litterman(mu, &posterior, NULL, sigma, prior, tau, k, views, k, q, omega, 0, &error),
                     MVO_ERROR_SINGULAR);
    assert_int_equal(error.row, row);
    assert_string_equal(error.argument, "views");
    assert_string_equal(error.message, message);
    assert_ptr_equal(posterior, &mark);
    assert_true(mu[0] == 7 && mu[1] == 7 && mu[2] == 7);
}

static void views_that_cannot_be(void **state)
{
    (void)state;
    const double none[4] = { 0, 0, 0, 0 }, q[4] = { 1, 2, 3, 4 };
    /* 0; 1; 0 - 1 */
    const double dependent[3 * N] = { 1, 0, 1, 0, 1, -1, 0, 0, 0 };
    refuse_singular(dependent, 3, q, none, 2,
                    "view 2 has no variance of its own, and the views before it determine it: it repeats or "
                    "contradicts them");
    const double twice[2 * N] = { 1, 2, 0.5, 1, 0, 0 };
    refuse_singular(twice, 2, q, none, 1,
                    "view 1 has no variance of its own, and the views before it determine it: it repeats or "
                    "contradicts them");
    /* the number told is the caller's, also where a view before it is left out */
    const double left_out[3] = { INFINITY, 0, 0 };
    const double thrice[3 * N] = { 0, 1, 2, 0, 0.5, 1, 1, 0, 0 };
    refuse_singular(thrice, 3, q, left_out, 2,
                    "view 2 has no variance of its own, and the views before it determine it: it repeats or "
                    "contradicts them");
    const double nothing[2 * N] = { 1, 0, 0, 0, 0, 0 };
    refuse_singular(nothing, 2, q, NULL, 1, "view 1 has no variance of its own, and its portfolio has no risk");
    /* the same two views with variances of their own are two opinions: here their mean, 1.5 on asset 0 */
    const double opinions[2 * N] = { 1, 1, 0, 0, 0, 0 }, some[2] = { 2, 2 };
    const double mu[N] = { 1.25, 1.125, 1 };
    expect_mean(opinions, 2, q, some, 0, mu);
}

/* Asset 1 and asset 0 are the same thing; nothing here needs the inverse of Sigma. */
static void a_singular_covariance_is_ordinary(void **state)
{
    (void)state;
    const double matrix[N * N] = { 1, 1, 0, 1, 1, 0, 0, 0, 0 }, view[N] = { 1, 0, 0 }, q = 3;
    double mu[N], after[N * N];
    mvo_covariance *twin = NULL, *posterior = NULL;
    assert_int_equal(mvo_covariance_new_dense(&twin, NULL, N, matrix, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_black_litterman(mu, &posterior, NULL, twin, prior, 1.0, 1, view, 1, &q, NULL, 0, NULL), 0);
    near_to(mu[0], 2.0, 1e-15);
    near_to(mu[1], 2.0, 1e-15);
    assert_true(mu[2] == 1.0);
    assert_int_equal(mvo_covariance_matrix(after, N, posterior, NULL), MVO_OK);
    const double expected[N * N] = { 1.5, 1.5, 0, 1.5, 1.5, 0, 0, 0, 0 };
    for (size_t i = 0; i < N * N; i++)
        near_to(after[i], expected[i], 1e-15);
    mvo_covariance_unref(posterior);
    mvo_covariance_unref(twin);
}

/* Forty assets of two factors: with few views it stays structured, with one about every asset it does not, and it
   agrees with the dense way. */
static void structured_stays_structured(void **state)
{
    (void)state;
    enum { LARGE = 40, K = 2 };
    double loadings[LARGE * 2], specific[LARGE], before[LARGE], matrix[LARGE * LARGE], found[LARGE * LARGE];
    for (size_t i = 0; i < LARGE; i++) {
        loadings[i] = 1.0 + 0.25 * (double)(i % 5);
        loadings[i + LARGE] = 0.5 * (double)(i % 3) - 0.5;
        specific[i] = i < 10 ? 0.25 + 0.125 * (double)(i % 4) : 0.0;
        before[i] = 0.01 * (double)i;
    }
    mvo_covariance *structured = NULL, *dense = NULL;
    assert_int_equal(
        mvo_covariance_new_factor(&structured, NULL, LARGE, 2, loadings, LARGE, NULL, 0, specific, 0, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_matrix(matrix, LARGE, structured, NULL), MVO_OK);
    assert_int_equal(mvo_covariance_new_dense(&dense, NULL, LARGE, matrix, LARGE, MVO_CHECK_FINITE, NULL), MVO_OK);
    for (int broad = 0; broad <= 1; broad++) {
        double views[K * LARGE] = { 0 }, mu[2][LARGE];
        const double q[K] = { 0.1, -0.05 }, omega[K] = { 0.02, 0.0 };
        mvo_covariance *posterior[2] = { NULL, NULL };
        views[0 + K * 3] = 1.0;
        views[0 + K * 12] = -1.0;
        views[1 + K * 7] = 1.0;
        for (size_t j = 0; broad && j < LARGE; j++)
            views[0 + K * j] = j % 2 ? 0.05 : -0.05;
        assert_int_equal(
            mvo_black_litterman(mu[0], &posterior[0], NULL, structured, before, 0.1, K, views, K, q, omega, 0, NULL),
            MVO_OK);
        assert_int_equal(
            mvo_black_litterman(mu[1], &posterior[1], NULL, dense, before, 0.1, K, views, K, q, omega, 0, NULL),
            MVO_OK);
        for (size_t i = 0; i < LARGE; i++)
            near_to(mu[0][i], mu[1][i], 1e-13);
        assert_int_equal(mvo_covariance_matrix(found, LARGE, posterior[0], NULL), MVO_OK);
        assert_int_equal(mvo_covariance_matrix(matrix, LARGE, posterior[1], NULL), MVO_OK);
        for (size_t i = 0; i < LARGE * LARGE; i++)
            near_to(found[i], matrix[i], 1e-13);
        assert_int_equal(posterior[0]->kind, broad ? MVOI_DENSE : MVOI_FACTOR);
        /* two factors and ten assets with risk of their own */
        assert_true(mvo_covariance_rank_bound(posterior[0]) <= 13);
        mvo_covariance_unref(posterior[0]);
        mvo_covariance_unref(posterior[1]);
    }
    mvo_covariance_unref(structured);
    mvo_covariance_unref(dense);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absolute_view),
        cmocka_unit_test(a_relative_view),
        cmocka_unit_test(several_views),
        cmocka_unit_test(certainty_is_kept_to),
        cmocka_unit_test(no_view_is_the_prior),
        cmocka_unit_test(a_view_left_out_is_not_there),
        cmocka_unit_test(confidence_is_the_way_to_certainty),
        cmocka_unit_test(views_that_cannot_be),
        cmocka_unit_test(a_singular_covariance_is_ordinary),
        cmocka_unit_test(structured_stays_structured),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
