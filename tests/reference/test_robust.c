/* SPDX-License-Identifier: MIT */
/*
 * Six assets under three factor models, every robust form as a second-order cone programme by other programs: solvers.conelp
 * of CVXOPT 1.3.0 (Debian's python3-cvxopt 1.3.0+dfsg-1+b1, gaps below 2e-10), and from its answers the conditions of
 * optimality on the weights that are not zero, solved by scipy.optimize.root (python3-scipy 1.10.1-2) to residuals of 3e-16.
 */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = 6, MODELS = 3 };

static const double loadings[MODELS][2 * N] = {
    { 0.15, 0.18, 0.22, 0.10, 0.25, 0.05, 0.05, -0.04, 0.10, 0.12, -0.08, 0.02 },
    { 0.25, 0.30, 0.20, 0.20, 0.28, 0.10, 0.02, 0.05, -0.03, 0.04, 0.01, -0.02 },
    { 0.08, 0.10, 0.30, 0.05, 0.12, 0.16, -0.10, 0.06, 0.02, 0.20, 0.15, 0.04 },
};
static const double specific[MODELS][N] = {
    { 0.02, 0.03, 0.05, 0.01, 0.04, 0.015 },
    { 0.01, 0.02, 0.03, 0.02, 0.05, 0.01 },
    { 0.03, 0.01, 0.02, 0.02, 0.01, 0.03 },
};
static const double errors[N] = { 0.0004, 0.0009, 0.0025, 0.0001, 0.0016, 0.0002 };
static const double mu[N] = { 0.07, 0.09, 0.12, 0.05, 0.11, 0.04 };
static const double below[N] = { 0.01, 0.02, 0.04, 0.005, 0.03, 0.005 };
static const double above[N] = { 0.02, 0.01, 0.02, 0.01, 0.02, 0.03 };

typedef struct utility {
    const char *name;
    size_t models;
    double aversion, kappa, lower;
    int own_errors, boxed, without_mean;
    double objective, weights[N];
    double mixture[MODELS];
} utility;

static const utility utilities[] = {
    { "ellipsoid", 1, 2.0, 1.0, 0.0, 1, 0, 0, -0.037856583110,
      { 0.1618355968, 0.1965557433, 0.1229565286, 0.1250584105, 0.1304906701, 0.2631030508 },
      { 1.0 } },
    { "ellipsoid of the covariance", 1, 2.0, 0.15, 0.0, 0, 0, 0, -0.025839253789,
      { 0.0887346664, 0.2039346802, 0.1638255380, 0.0529477217, 0.1019707130, 0.3885866806 },
      { 1.0 } },
    { "box", 1, 2.0, 0.0, -0.5, 1, 1, 0, -0.033267409182,
      { 0.1821050139, 0.2210817461, 0.0679834417, 0.1200359516, 0.0827994010, 0.3259944456 },
      { 1.0 } },
    { "box and ellipsoid", 1, 2.0, 0.5, -0.5, 1, 1, 0, -0.028508489930,
      { 0.1840677232, 0.1749964678, 0.0461022896, 0.1895394774, 0.0833124164, 0.3219816256 },
      { 1.0 } },
    { "worst variance", 3, 1.0, 0.0, 0.0, 1, 0, 1, 0.014125807993,
      { 0.2152143909, 0.0, 0.0, 0.2137952363, 0.0, 0.5709903728 },
      { 0.0, 0.57441478, 0.42558522 } },
    { "worst of three models", 3, 3.0, 0.0, -0.5, 1, 0, 0, -0.020677555409,
      { 0.1491837971, -0.0124383319, 0.3713264883, 0.0343296635, 0.1738042484, 0.2837941346 },
      { 0.0, 0.66906256, 0.33093744 } },
    { "worst of three models, ellipsoid", 3, 3.0, 1.0, -0.5, 1, 0, 0, -0.005037412927,
      { 0.1442445577, 0.0353161786, 0.1814439375, 0.0831303448, 0.1072262591, 0.4486387224 },
      { 0.0, 0.76194992, 0.23805008 } },
};

typedef struct ball {
    const char *name;
    int32_t norm;
    double radius, lower;
    int aims;
    double target, objective, weights[N];
} ball;

static const ball balls[] = {
    { "Euclidean", MVO_NORM_EUCLIDEAN, 0.05, 0.0, 0, 0.0, 0.152337252593,
      { 0.1119902970, 0.1105796526, 0.0, 0.2433886686, 0.0, 0.5340413818 } },
    { "Euclidean, worst mean", MVO_NORM_EUCLIDEAN, 0.03, 0.0, 1, 0.06, 0.169136873430,
      { 0.1374225555, 0.1812928320, 0.1273212949, 0.1536682071, 0.1148215170, 0.2854735935 } },
    { "sum", MVO_NORM_SUM, 0.02, -0.5, 0, 0.0, 0.139857293323,
      { 0.0612997132, 0.0806350274, -0.0222141649, 0.2277335964, 0.0, 0.6525458279 } },
    { "sum, worst mean", MVO_NORM_SUM, 0.02, -0.5, 1, 0.08, 0.243807705512,
      { 0.0347165958, 0.2925068085, 0.3706455027, 0.0, 0.2097360212, 0.0923950718 } },
};

static mvo_robust *make(size_t models, const double *uncertain, double lower)
{
    mvo_covariance *list[MODELS] = { NULL }, *omega = NULL;
    mvo_constraints *rules = NULL;
    mvo_robust *robust = NULL;
    for (size_t k = 0; k < models; k++)
        assert_int_equal(mvo_covariance_new_factor(&list[k], NULL, N, 2, loadings[k], N, NULL, 0, specific[k], MVO_CHECK_ALL, NULL),
                         MVO_OK);
    if (uncertain)
        assert_int_equal(mvo_covariance_new_factor(&omega, NULL, N, 0, NULL, N, NULL, 0, uncertain, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, N, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++)
        assert_int_equal(mvo_constraints_set_bound(rules, j, lower, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_robust_new(&robust, NULL, models, list, omega, rules, NULL), MVO_OK);
    for (size_t k = 0; k < models; k++)
        mvo_covariance_unref(list[k]);
    mvo_covariance_unref(omega);
    mvo_constraints_free(rules);
    return robust;
}

static void compare(const char *name, mvo_outcome outcome, const mvo_robust *robust, double objective, const double *weights)
{
    double w[N];
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_robust_weights(w, robust), MVO_OK);
    assert_int_equal(mvo_robust_report(&report, robust), MVO_OK);
    if (!(fabs(report.objective - objective) <= 1e-11))
        fail_msg("%s: objective %.12f, by the other %.12f", name, report.objective, objective);
    for (size_t j = 0; j < N; j++)
        if (!(fabs(w[j] - weights[j]) <= 1e-9))
            fail_msg("%s: weight %zu is %.9f, by the other %.9f", name, j, w[j], weights[j]);
}

static void utilities_by_cones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof utilities / sizeof *utilities; i++) {
        const utility *u = &utilities[i];
        mvo_outcome outcome = -1;
        mvo_robust *robust = make(u->models, u->own_errors ? errors : NULL, u->lower);
        if (u->boxed)
            assert_int_equal(mvo_robust_set_box(robust, below, above, NULL), MVO_OK);
        assert_int_equal(mvo_robust_set_ellipsoid(robust, u->kappa, NULL), MVO_OK);
        assert_int_equal(mvo_robust_maximum_utility(&outcome, robust, u->without_mean ? NULL : mu, u->aversion, NULL), MVO_OK);
        compare(u->name, outcome, robust, u->objective, u->weights);
        double mixture[MODELS];
        assert_int_equal(mvo_robust_worst_case(NULL, mixture, NULL, robust), MVO_OK);
        for (size_t k = 0; k < u->models; k++)
            if (!(fabs(mixture[k] - u->mixture[k]) <= 2e-8))
                fail_msg("%s: part %zu is %.9f, by the other %.9f", u->name, k, mixture[k], u->mixture[k]);
        mvo_robust_free(robust);
    }
}

static void balls_by_cones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof balls / sizeof *balls; i++) {
        const ball *b = &balls[i];
        mvo_outcome outcome = -1;
        mvo_robust *robust = make(1, NULL, b->lower);
        assert_int_equal(mvo_robust_wasserstein(&outcome, robust, b->radius, b->norm, b->aims ? mu : NULL, b->target, NULL), MVO_OK);
        compare(b->name, outcome, robust, b->objective, b->weights);
        mvo_robust_free(robust);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(utilities_by_cones), cmocka_unit_test(balls_by_cones) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
