/* SPDX-License-Identifier: MIT */
/*
 * The same from C++11 and up: the header as a C++ compiler sees it, handles held by std::unique_ptr. Volatilities of
 * 20 %, 30 % and 60 % without correlation: minimum-variance weights stand in the ratio of the inverse variances,
 * 25 : 100/9 : 25/9 = 9 : 4 : 1, and the variance is 1 / (25 + 100/9 + 25/9) = 9/350.
 */
#include <mvo/mvo.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

namespace {

struct Release {
    void operator()(mvo_covariance *handle) const { mvo_covariance_unref(handle); }
    void operator()(mvo_constraints *handle) const { mvo_constraints_free(handle); }
    void operator()(mvo_solver *handle) const { mvo_solver_free(handle); }
};

bool near(double got, double expected)
{
    if (std::fabs(got - expected) <= 1e-12)
        return true;
    std::printf("%.17g is not %.17g\n", got, expected);
    return false;
}

} // namespace

int main()
{
    const std::vector<double> volatility = { 0.2, 0.3, 0.6 };
    const std::vector<double> correlation = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    mvo_error error = MVO_ERROR_INIT;

    mvo_covariance *sigma = nullptr;
    mvo_constraints *rules = nullptr;
    mvo_solver *solver = nullptr;
    mvo_status status = mvo_covariance_new_correlation(&sigma, nullptr, 3, volatility.data(), correlation.data(), 3,
                                                       MVO_CHECK_ALL, &error);
    std::unique_ptr<mvo_covariance, Release> hold_sigma(sigma);
    if (status == MVO_OK)
        status = mvo_constraints_new_long_only(&rules, nullptr, 3, &error);
    std::unique_ptr<mvo_constraints, Release> hold_rules(rules);
    if (status == MVO_OK)
        status = mvo_solver_new(&solver, nullptr, sigma, rules, &error);
    std::unique_ptr<mvo_solver, Release> hold_solver(solver);
    mvo_outcome outcome = MVO_NUMERICAL;
    if (status == MVO_OK)
        status = mvo_minimum_variance(&outcome, solver, &error);
    if (status != MVO_OK || outcome != MVO_OPTIMAL) {
        std::printf("%s, %s: %s\n", mvo_status_name(status), mvo_outcome_name(outcome), error.message);
        return 1;
    }

    std::vector<double> weights(3);
    mvo_report report = MVO_REPORT_INIT;
    bool good = mvo_solver_weights(weights.data(), solver) == MVO_OK && mvo_solver_report(&report, solver) == MVO_OK;
    good = good && near(weights[0], 9.0 / 14) && near(weights[1], 4.0 / 14) && near(weights[2], 1.0 / 14);
    good = good && near(report.variance, 9.0 / 350);
    std::printf("%s\n", good ? "consumer.cpp works" : "consumer.cpp failed");
    return good ? 0 : 1;
}
