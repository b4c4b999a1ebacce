/* SPDX-License-Identifier: MIT */
/*
 * A program outside the library: it sees what was installed and nothing else. Three assets with the covariance
 * (x 0.01)
 *         4 5 0
 *         5 9 0
 *         0 0 6
 * held long only and fully invested. By hand: the second asset is left out, since its covariance with the first (0.05)
 * exceeds the first one's variance; the other two are uncorrelated, so they stand in the ratio of their inverse
 * variances, 1/4 : 1/6 = 0.6 : 0.4. Then Sigma w = (0.024, 0.030, 0.024): the variance and the budget's multiplier are
 * 0.024, and the second weight's reduced cost is 0.030 - 0.024 = 0.006.
 */
#include <mvo/mvo.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static void near(const char *what, double got, double expected)
{
    if (fabs(got - expected) <= 1e-12)
        return;
    printf("%s is %.17g, not %.17g\n", what, got, expected);
    failures++;
}

static void holds(const char *what, int truth)
{
    if (truth)
        return;
    printf("not true: %s\n", what);
    failures++;
}

int main(void)
{
    const double matrix[9] = { 0.04, 0.05, 0.0, 0.05, 0.09, 0.0, 0.0, 0.0, 0.06 };
    double broken[9];
    double weights[3] = { -1.0, -1.0, -1.0 };
    double row[1] = { 0.0 };
    double bounds[3] = { 0.0, 0.0, 0.0 };
    mvo_covariance *sigma = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_report report = MVO_REPORT_INIT;
    mvo_error error = MVO_ERROR_INIT;

    holds("the library is the one of this header", mvo_version_number() == MVO_VERSION_NUMBER);

    memcpy(broken, matrix, sizeof matrix);
    broken[5] = NAN;
    holds("a NaN is refused", mvo_covariance_new_dense(&sigma, NULL, 3, broken, 3, MVO_CHECK_ALL, &error) ==
                                  MVO_ERROR_NOT_FINITE);
    holds("the refusal says where", error.row == 2 && error.column == 1 && error.message[0] != 0);

    if (mvo_covariance_new_dense(&sigma, NULL, 3, matrix, 3, MVO_CHECK_ALL, &error) ||
        mvo_constraints_new_long_only(&rules, NULL, 3, &error) ||
        mvo_solver_new(&solver, NULL, sigma, rules, &error) ||
        mvo_minimum_variance(&outcome, solver, &error)) {
        printf("%s: %s\n", mvo_status_name((mvo_status)error.status), error.message);
        return 1;
    }
    holds("the outcome is MVO_OPTIMAL", outcome == MVO_OPTIMAL);
    holds("weights are there", mvo_solver_weights(weights, solver) == MVO_OK);
    holds("multipliers are there", mvo_solver_multipliers(row, bounds, solver) == MVO_OK);
    holds("a report is there", mvo_solver_report(&report, solver) == MVO_OK);
    near("weight 0", weights[0], 0.6);
    near("weight 1", weights[1], 0.0);
    near("weight 2", weights[2], 0.4);
    near("the variance", report.variance, 0.024);
    near("the budget's multiplier", row[0], 0.024);
    near("the reduced cost of weight 1", bounds[1], 0.006);

    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(sigma);
    printf("%s\n", failures ? "consumer.c failed" : "consumer.c works");
    return failures != 0;
}
