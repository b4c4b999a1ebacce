// SPDX-License-Identifier: MIT
//
// minimum_variance.c once more, from C++11 or later: handles that free themselves, failures as exceptions.
//
//     c++ minimum_variance.cpp $(pkg-config --cflags --libs mvo)
//
#include <mvo/mvo.h>

#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

// One deleter for every kind of handle.
struct give_back {
    void operator()(mvo_covariance *handle) const
    {
        mvo_covariance_unref(handle);
    }
    void operator()(mvo_constraints *handle) const
    {
        mvo_constraints_free(handle);
    }
    void operator()(mvo_solver *handle) const
    {
        mvo_solver_free(handle);
    }
};

template <typename Handle> using owned = std::unique_ptr<Handle, give_back>;

void check(mvo_status status, const mvo_error &error)
{
    if (status != MVO_OK)
        throw std::runtime_error(std::string(mvo_status_name(status)) + ": " + error.message);
}

owned<mvo_covariance> make_covariance(const std::vector<double> &volatility, const std::vector<double> &correlation)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *made = nullptr;
    check(mvo_covariance_new_correlation(&made, nullptr, volatility.size(), volatility.data(), correlation.data(),
                                         volatility.size(), MVO_CHECK_ALL, &error),
          error);
    return owned<mvo_covariance>(made);
}

owned<mvo_constraints> make_rules(std::size_t n)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_constraints *made = nullptr;
    check(mvo_constraints_new_long_only(&made, nullptr, n, &error), error);
    owned<mvo_constraints> rules(made);
    check(mvo_constraints_set_bound(rules.get(), 1, 0.0, 0.5, &error), error); // at most half of it in bonds
    return rules;
}

std::vector<double> minimum_variance(mvo_covariance *covariance, const mvo_constraints *rules)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome = MVO_NUMERICAL;
    mvo_solver *made = nullptr;
    check(mvo_solver_new(&made, nullptr, covariance, rules, &error), error);
    const owned<mvo_solver> solver(made);
    check(mvo_minimum_variance(&outcome, solver.get(), &error), error);
    if (outcome != MVO_OPTIMAL)
        throw std::runtime_error(std::string("no optimum: ") + mvo_outcome_name(outcome));
    std::vector<double> weights(mvo_covariance_size(covariance));
    check(mvo_solver_weights(weights.data(), solver.get()), error);
    return weights;
}

} // namespace

int main()
{
    const std::vector<std::string> names{ "stocks", "bonds", "gold", "property" };
    const std::vector<double> volatility{ 0.16, 0.06, 0.15, 0.13 }; // per year, here
    const std::vector<double> correlation{
        1.0,  0.1, 0.05, 0.6, // one asset a line
        0.1,  1.0, 0.2,  0.2, //
        0.05, 0.2, 1.0,  0.1, //
        0.6,  0.2, 0.1,  1.0, //
    };
    try {
        const owned<mvo_covariance> covariance = make_covariance(volatility, correlation);
        const owned<mvo_constraints> rules = make_rules(names.size());
        const std::vector<double> weights = minimum_variance(covariance.get(), rules.get());
        mvo_error error = MVO_ERROR_INIT;
        double risk = 0;
        check(mvo_covariance_volatility(&risk, covariance.get(), weights.data(), &error), error);
        std::cout << std::fixed << std::setprecision(2);
        for (std::size_t j = 0; j < names.size(); j++)
            std::cout << std::left << std::setw(9) << names[j] << ' ' << std::right << std::setw(6) << 100 * weights[j]
                      << " %\n";
        std::cout << "volatility " << std::setw(5) << 100 * risk << " %\n";
    } catch (const std::exception &problem) {
        std::cerr << problem.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
