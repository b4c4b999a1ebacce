/* SPDX-License-Identifier: MIT */
/* Resampled frontiers: what theory says of averages, the same seed, the classic frontier as the limit, and every refusal. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N = 2, POINTS = 5 };

static const double sigma[4] = { 0.04, 0.01, 0.01, 0.09 }, mu[2] = { 0.05, 0.08 };
static mvo_covariance *covariance, *factors;
static mvo_constraints *rules;

static void near_to(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g", value, expected);
}

static int set_up(void **state)
{
    (void)state;
    static const double loadings[2] = { 0.1, 0.1 }, specific[2] = { 0.03, 0.08 }; /* the same covariance */
    return mvo_covariance_new_dense(&covariance, NULL, N, sigma, N, MVO_CHECK_ALL, NULL) != MVO_OK ||
           mvo_covariance_new_factor(&factors, NULL, N, 1, loadings, N, NULL, 0, specific, MVO_CHECK_ALL, NULL) != MVO_OK ||
           mvo_constraints_new_long_only(&rules, NULL, N, NULL) != MVO_OK;
}

static int tear_down(void **state)
{
    (void)state;
    mvo_covariance_unref(covariance);
    mvo_covariance_unref(factors);
    mvo_constraints_free(rules);
    return 0;
}

static mvo_outcome resample(double *weights, const mvo_covariance *from, size_t periods, size_t resamples, int64_t seed)
{
    mvo_outcome outcome = -1;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_resampled_frontier(&outcome, weights, N, POINTS, from, rules, mu, periods, resamples, seed, NULL, NULL, &error))
        fail_msg("%s", error.message);
    return outcome;
}

/*
 * The portfolio of largest return is the asset whose sample mean is larger: asset 1 with probability
 * Phi((0.08 - 0.05) / sqrt(0.11 / T)), for T = 22 that of 0.424264: 0.664313. With 4000 resamples one standard error is 0.0075.
 */
static void largest_return(void **state)
{
    (void)state;
    for (int form = 0; form <= 1; form++) {
        double w[N * POINTS];
        assert_int_equal(resample(w, form ? factors : covariance, 22, 4000, 1), MVO_OPTIMAL);
        near_to(w[1 + (POINTS - 1) * N], 0.664313, 0.03);
        for (size_t p = 0; p < POINTS; p++)
            near_to(w[p * N] + w[1 + p * N], 1.0, 1e-14);
        near_to(w[0], 8.0 / 11.0, 0.02); /* minimum variance 0.727273: sample ones scatter around it, cut at 1 */
    }
}

/* With so long a history every frontier is the true one. */
static void long_histories(void **state)
{
    (void)state;
    double w[N * POINTS];
    assert_int_equal(resample(w, covariance, 400000, 3, 5), MVO_OPTIMAL);
    for (size_t p = 0; p < POINTS; p++)
        near_to(w[1 + p * N], 3.0 / 11.0 + 8.0 / 11.0 * (double)p / (POINTS - 1), 5e-3);
}

/* One seed, one answer; another seed, another. */
static void seeds(void **state)
{
    (void)state;
    double first[N * POINTS], again[N * POINTS], other[N * POINTS];
    assert_int_equal(resample(first, covariance, 20, 10, 42), MVO_OPTIMAL);
    assert_int_equal(resample(again, covariance, 20, 10, 42), MVO_OPTIMAL);
    assert_int_equal(resample(other, covariance, 20, 10, 43), MVO_OPTIMAL);
    assert_memory_equal(first, again, sizeof first);
    assert_true(memcmp(first, other, sizeof first) != 0);
}

/* An asset without risk has none in any draw: it is the minimum of variance in each, and its mean is known. */
static void cash_stays_cash(void **state)
{
    (void)state;
    static const double singular[4] = { 0.04, 0.0, 0.0, 0.0 };
    mvo_covariance *with_cash = NULL;
    double w[N * POINTS];
    assert_int_equal(mvo_covariance_new_dense(&with_cash, NULL, N, singular, N, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(resample(w, with_cash, 30, 20, 7), MVO_OPTIMAL);
    assert_true(w[0] == 0.0 && w[1] == 1.0);
    assert_true(w[(POINTS - 1) * N] > 0.0 && w[(POINTS - 1) * N] < 0.5);
    mvo_covariance_unref(with_cash);
}

static int32_t refuse(void *user, int64_t done)
{
    *(int64_t *)user = done;
    return done == 3;
}

static void outcomes(void **state)
{
    (void)state;
    mvo_outcome outcome = -1;
    mvo_constraints *open = NULL, *crossed = NULL;
    double w[N * POINTS] = { 7.0 };
    int64_t done = 0;
    assert_int_equal(mvo_resampled_frontier(&outcome, w, N, POINTS, covariance, rules, mu, 20, 10, 1, refuse, &done, NULL), MVO_OK);
    assert_true(outcome == MVO_CANCELLED && done == 3 && w[0] == 7.0);
    assert_int_equal(mvo_constraints_new(&open, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, open, 1.0, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_resampled_frontier(&outcome, w, N, POINTS, covariance, open, mu, 20, 10, 1, NULL, NULL, NULL), MVO_OK);
    assert_true(outcome == MVO_UNBOUNDED && w[0] == 7.0);
    assert_int_equal(mvo_constraints_copy(&crossed, rules, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, crossed, 2.0, 2.0, NULL), MVO_OK);
    assert_int_equal(mvo_resampled_frontier(&outcome, w, N, POINTS, covariance, crossed, mu, 20, 10, 1, NULL, NULL, NULL), MVO_OK);
    assert_true(outcome == MVO_INFEASIBLE && w[0] == 7.0);
    mvo_constraints_free(open);
    mvo_constraints_free(crossed);
}

#define REFUSED(call, expected, name)                                                                                       \
    do {                                                                                                                    \
        mvo_error error = MVO_ERROR_INIT;                                                                                   \
        const mvo_status answered = (call);                                                                                 \
        assert_int_equal(answered, expected);                                                                               \
        assert_string_equal(error.argument, name);                                                                          \
        assert_true(outcome == 77 && w[0] == 7.0);                                                                          \
    } while (0)

static void refusals(void **state)
{
    (void)state;
    static const double bad[2] = { 0.05, NAN };
    mvo_outcome outcome = 77;
    mvo_constraints *three = NULL;
    double w[N * POINTS] = { 7.0 };
    assert_int_equal(mvo_constraints_new_long_only(&three, NULL, 3, NULL), MVO_OK);
#define ASK(o, w, ld, points, cov, set, means, periods, times)                                                              \
    mvo_resampled_frontier(o, w, ld, points, cov, set, means, periods, times, 1, NULL, NULL, &error)
    REFUSED(ASK(NULL, w, N, POINTS, covariance, rules, mu, 20, 10), MVO_ERROR_NULL, "outcome");
    REFUSED(ASK(&outcome, NULL, N, POINTS, covariance, rules, mu, 20, 10), MVO_ERROR_NULL, "weights");
    REFUSED(ASK(&outcome, w, N, POINTS, NULL, rules, mu, 20, 10), MVO_ERROR_NULL, "covariance");
    REFUSED(ASK(&outcome, w, N, POINTS, covariance, NULL, mu, 20, 10), MVO_ERROR_NULL, "constraints");
    REFUSED(ASK(&outcome, w, N, POINTS, covariance, three, mu, 20, 10), MVO_ERROR_MISMATCH, "constraints");
    REFUSED(ASK(&outcome, w, N, POINTS, covariance, rules, NULL, 20, 10), MVO_ERROR_NULL, "mu");
    REFUSED(ASK(&outcome, w, N, POINTS, covariance, rules, bad, 20, 10), MVO_ERROR_NOT_FINITE, "mu");
    REFUSED(ASK(&outcome, w, N - 1, POINTS, covariance, rules, mu, 20, 10), MVO_ERROR_ARGUMENT, "ld");
    REFUSED(ASK(&outcome, w, N, 1, covariance, rules, mu, 20, 10), MVO_ERROR_ARGUMENT, "points");
    REFUSED(ASK(&outcome, w, N, POINTS, covariance, rules, mu, 1, 10), MVO_ERROR_ARGUMENT, "periods");
    REFUSED(ASK(&outcome, w, N, POINTS, covariance, rules, mu, 20, 0), MVO_ERROR_ARGUMENT, "resamples");
    REFUSED(ASK(&outcome, w, N, POINTS, covariance, rules, mu, SIZE_MAX / 8, 10), MVO_ERROR_MEMORY, "");
    mvo_constraints_free(three);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(largest_return), cmocka_unit_test(long_histories),
                                        cmocka_unit_test(seeds),          cmocka_unit_test(cash_stays_cash),
                                        cmocka_unit_test(outcomes),       cmocka_unit_test(refusals) };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
