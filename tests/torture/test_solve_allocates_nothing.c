/* SPDX-License-Identifier: MIT */
/*
 * malloc and its kin are replaced in this program, for the library, the C library and BLAS alike, and must not be
 * called while a solver solves, is set, answers or refuses.
 */
#include <mvo/mvo.h>

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --------------------------------------------------------------------------------- who asks for memory */

static volatile int watching;
static volatile size_t requests;

static void note(void)
{
    if (watching)
        requests++;
}

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

#if defined(ADDRESS_SANITIZER)

/* The sanitizer has replaced malloc itself, but tells. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*released)(const volatile void *));

static void allocated(const volatile void *pointer, size_t size)
{
    (void)pointer;
    (void)size;
    note();
}

static void released(const volatile void *pointer)
{
    (void)pointer;
    note();
}

static int can_watch(void)
{
    static int installed = 0;
    if (!installed)
        installed = __sanitizer_install_malloc_and_free_hooks(allocated, released);
    return installed;
}

#elif defined(__GLIBC__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

void *malloc(size_t size)
{
    note();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    note();
    return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    note();
    return __libc_realloc(pointer, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size)
{
    note();
    void *made = __libc_memalign(alignment, size);
    if (!made)
        return ENOMEM;
    *pointer = made;
    return 0;
}

void free(void *pointer)
{
    note();
    __libc_free(pointer);
}

static int can_watch(void)
{
    return 1;
}

#else

static int can_watch(void)
{
    return 0;
}

#endif

/* A call that must answer `expected` without asking for memory or giving any back. */
#define QUIETLY(expected, call)                                                                                   \
    do {                                                                                                          \
        requests = 0;                                                                                             \
        watching = 1;                                                                                             \
        const mvo_status answered = (call);                                                                       \
        watching = 0;                                                                                             \
        if (requests)                                                                                             \
            fail_msg("%s asked for memory %zu times", #call, (size_t)requests);                                   \
        if (answered != (expected))                                                                               \
            fail_msg("%s: %s", #call, mvo_status_name(answered));                                                 \
    } while (0)

/* ------------------------------------------------------------------------------------------ problems */

enum { N = 40, FACTORS = 3, PERIODS = 60, FEW_PERIODS = 15 };
enum { DENSE, FACTOR, SAMPLE, SINGULAR, KINDS };

static double returns[PERIODS * N], loadings[N * FACTORS], sigma[N * N], mu[N], weights[N], benchmark[N], specific[N];
static mvo_outcome outcome;
static uint64_t seed = 1;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

static int make_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < PERIODS * N; i++)
        returns[i] = 0.02 * (uniform() + uniform() + uniform() - 1.5);
    for (size_t j = 0; j < N; j++) {
        mu[j] = 0.01 * uniform();
        specific[j] = 1e-4 * (0.5 + uniform());
        benchmark[j] = 1.0 / N;
        for (size_t f = 0; f < FACTORS; f++)
            loadings[j + f * N] = 0.01 * (uniform() - 0.3);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = i == j ? specific[i] : 0.0;
            for (size_t t = 0; t < PERIODS; t++)
                sum += returns[t + i * PERIODS] * returns[t + j * PERIODS] / PERIODS;
            sigma[i + j * N] = sum;
        }
    return 0;
}

static mvo_covariance *make_covariance(int kind)
{
    mvo_covariance *made = NULL;
    mvo_status status;
    if (kind == DENSE)
        status = mvo_covariance_new_dense(&made, NULL, N, sigma, N, MVO_CHECK_ALL, NULL);
    else if (kind == FACTOR)
        status = mvo_covariance_new_factor(&made, NULL, N, FACTORS, loadings, N, NULL, 0, specific, MVO_CHECK_ALL, NULL);
    else
        status = mvo_covariance_new_returns(&made, NULL, kind == SAMPLE ? PERIODS : FEW_PERIODS, N, returns, PERIODS,
                                            1, MVO_CHECK_ALL, NULL);
    assert_int_equal(status, MVO_OK);
    return made;
}

static mvo_solver *make_solver(mvo_covariance *covariance, int64_t *group)
{
    static const size_t members[10] = { 0, 3, 6, 9, 12, 15, 18, 21, 24, 27 };
    mvo_constraints *rules = NULL;
    mvo_solver *made = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_asset_name(rules, 1, "BTC", NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_group(group, rules, 10, members, 0.1, 0.4, "sector", NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_exposures(NULL, rules, FACTORS, loadings, N, (double[]){ -1, -1, -1 },
                                                   (double[]){ 1, 1, 0.002 }, NULL, NULL),
                     MVO_OK);
    assert_int_equal(mvo_solver_new(&made, NULL, covariance, rules, NULL), MVO_OK);
    mvo_constraints_free(rules);
    return made;
}

/* ------------------------------------------------------------------------------------------ the calls */

static void ask_everything(mvo_solver *solver)
{
    double least = 0.0, most = 0.0;
    mvo_report report = MVO_REPORT_INIT;
    QUIETLY(MVO_OK, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_solver_report(&report, solver));
    QUIETLY(MVO_OK, mvo_solver_weights(weights, solver));
    least = sqrt(report.variance);
    QUIETLY(MVO_OK, mvo_maximum_utility(&outcome, solver, mu, 0.0, NULL));
    QUIETLY(MVO_OK, mvo_solver_report(&report, solver));
    assert_int_equal(outcome, MVO_OPTIMAL);
    most = report.expected_return;
    for (double aversion = 100.0; aversion > 0.1; aversion /= 3)
        QUIETLY(MVO_OK, mvo_maximum_utility(&outcome, solver, mu, aversion, NULL));
    QUIETLY(MVO_OK, mvo_minimum_variance_at_return(&outcome, solver, mu, 0.9 * most, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_target_multiplier(&least, solver));
    QUIETLY(MVO_OK, mvo_minimum_variance_at_return(&outcome, solver, mu, 2.0 * most, NULL));
    assert_int_equal(outcome, MVO_INFEASIBLE);
    QUIETLY(MVO_OK, mvo_maximum_return_at_volatility(&outcome, solver, mu, 0.01, NULL));
    QUIETLY(MVO_OK, mvo_maximum_return_at_volatility(&outcome, solver, mu, 0.0, NULL));
    QUIETLY(MVO_OK, mvo_maximum_sharpe(&outcome, solver, mu, 0.001, MVO_EXCESS_OF_PORTFOLIO, NULL));
    QUIETLY(MVO_OK, mvo_maximum_sharpe(&outcome, solver, mu, 0.001, MVO_EXCESS_OF_INVESTED, NULL));
    QUIETLY(MVO_OK, mvo_maximum_sharpe(&outcome, solver, mu, 1.0, MVO_EXCESS_OF_PORTFOLIO, NULL));
    assert_int_equal(outcome, MVO_NO_EXCESS_RETURN);
    QUIETLY(MVO_OK, mvo_minimum_tracking_error(&outcome, solver, benchmark, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
}

static int32_t stop_at_once(void *user, int64_t iterations)
{
    (void)user;
    (void)iterations;
    return 1;
}

static void set_everything(mvo_solver *solver, int64_t group)
{
    double lower[N], upper[N];
    for (size_t j = 0; j < N; j++) {
        lower[j] = -0.05;
        upper[j] = 0.2;
    }
    QUIETLY(MVO_OK, mvo_solver_set_linear(solver, mu, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_solver_set_linear(solver, NULL, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_row_limits(solver, group, 0.2, 0.3, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_bound(solver, 3, 0.01, 0.1, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_solver_set_bounds(solver, lower, upper, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_solver_clear(solver, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);

    QUIETLY(MVO_OK, mvo_solver_set_row_limits(solver, group, 0.3, 0.2, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_INFEASIBLE);
    QUIETLY(MVO_OK, mvo_solver_farkas(NULL, lower, solver));
    QUIETLY(MVO_OK, mvo_solver_set_row_limits(solver, group, -HUGE_VAL, HUGE_VAL, NULL));

    QUIETLY(MVO_OK, mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, 1, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_real(solver, MVO_OPTION_TIME_LIMIT, 1e-9, NULL));
    QUIETLY(MVO_OK, mvo_solver_clear(solver, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, 0, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_real(solver, MVO_OPTION_TIME_LIMIT, HUGE_VAL, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_progress(solver, stop_at_once, NULL, NULL));
    QUIETLY(MVO_OK, mvo_solver_clear(solver, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_progress(solver, NULL, NULL, NULL));
    QUIETLY(MVO_OK, (mvo_solver_cancel(solver), MVO_OK));
}

/* Two accounts, and then two of which one is refused. */
static void ask_in_batches(mvo_solver *solver)
{
    static double means[2 * N], answers[2 * N];
    double risk_aversion[2] = { 3.0, 7.0 }, objectives[2];
    mvo_outcome outcomes[2] = { -1, -1 };
    mvo_error error = MVO_ERROR_INIT;
    memcpy(means, mu, sizeof mu);
    memcpy(means + N, benchmark, sizeof benchmark);
    QUIETLY(MVO_OK, mvo_batch_maximum_utility(answers, N, outcomes, objectives, solver, 0, 2, means, N, risk_aversion,
                                              NULL, NULL, 0, NULL, 0, NULL));
    assert_int_equal(outcomes[1], MVO_OPTIMAL);
    risk_aversion[1] = -1.0;
    QUIETLY(MVO_ERROR_ARGUMENT, mvo_batch_maximum_utility(answers, N, outcomes, objectives, solver, 0, 2, means, N,
                                                          risk_aversion, NULL, NULL, 0, NULL, 0, &error));
}

/* A refusal writes a message; that takes no memory either. */
static void refuse_everything(mvo_solver *solver)
{
    mvo_error error = MVO_ERROR_INIT;
    double broken[N];
    memcpy(broken, mu, sizeof mu);
    broken[N - 1] = NAN;
    QUIETLY(MVO_ERROR_NOT_FINITE, mvo_solver_set_linear(solver, broken, &error));
    QUIETLY(MVO_ERROR_NOT_FINITE, mvo_solver_set_bounds(solver, broken, NULL, &error));
    QUIETLY(MVO_ERROR_NOT_FINITE, mvo_maximum_utility(&outcome, solver, broken, 1.0, &error));
    QUIETLY(MVO_ERROR_ARGUMENT, mvo_solver_set_bound(solver, N, 0.0, 1.0, &error));
    QUIETLY(MVO_ERROR_NOT_FOUND, mvo_solver_set_row_limits(solver, 12345, 0.0, 1.0, &error));
    QUIETLY(MVO_ERROR_OUT_OF_RANGE, mvo_solver_set_real(solver, MVO_OPTION_TIME_LIMIT, -1.0, &error));
    QUIETLY(MVO_ERROR_NULL, mvo_solver_solve(NULL, solver, &error));
}

static void query_frontier(mvo_solver *solver)
{
    mvo_frontier *frontier = NULL;
    assert_int_equal(mvo_frontier_new(&frontier, &outcome, solver, mu, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    double first = 0.0, last = 0.0, sharpe = 0.0, volatility = 0.0;
    QUIETLY(MVO_OK, mvo_frontier_corner(NULL, &first, NULL, weights, frontier, 0));
    QUIETLY(MVO_OK, mvo_frontier_corner(NULL, &last, NULL, weights, frontier, mvo_frontier_corner_count(frontier) - 1));
    QUIETLY(MVO_OK, mvo_frontier_at_return(NULL, &volatility, weights, frontier, 0.5 * (first + last), NULL));
    QUIETLY(MVO_OK, mvo_frontier_at_volatility(NULL, NULL, weights, frontier, volatility, NULL));
    QUIETLY(MVO_OK, mvo_frontier_at_lambda(NULL, NULL, weights, frontier, 1e-3, NULL));
    QUIETLY(MVO_OK, mvo_frontier_max_sharpe(&outcome, &sharpe, NULL, NULL, weights, frontier, 0.001, NULL));
    mvo_frontier_unref(frontier);
}

/* ------------------------------------------------------------------------------------------ tests */

static void the_watch_sees(void **state)
{
    (void)state;
    if (!can_watch())
        skip();
    mvo_constraints *rules = NULL, *copy = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, N, NULL), MVO_OK);
    requests = 0;
    watching = 1;
    const mvo_status status = mvo_constraints_copy(&copy, rules, NULL);
    watching = 0;
    assert_int_equal(status, MVO_OK);
    assert_true(requests > 0);
    mvo_constraints_free(rules);
    mvo_constraints_free(copy);
}

static void nothing_is_allocated(void **state)
{
    (void)state;
    if (!can_watch())
        skip();
    for (int kind = 0; kind < KINDS; kind++)
        for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
            int64_t group = -1;
            mvo_covariance *covariance = make_covariance(kind);
            mvo_solver *solver = make_solver(covariance, &group);
            mvo_covariance_unref(covariance);
            QUIETLY(MVO_OK, mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL));
            ask_everything(solver);
            set_everything(solver, group);
            ask_everything(solver);
            refuse_everything(solver);
            ask_in_batches(solver);
            query_frontier(solver);
            mvo_solver_free(solver);
        }
}

static void an_exchanged_covariance_takes_no_memory(void **state)
{
    (void)state;
    if (!can_watch())
        skip();
    for (int kind = 0; kind < KINDS; kind++) {
        int64_t group = -1;
        mvo_covariance *covariance = make_covariance(kind), *other = make_covariance(kind);
        mvo_solver *solver = make_solver(covariance, &group);
        QUIETLY(MVO_OK, mvo_minimum_variance(&outcome, solver, NULL));
        QUIETLY(MVO_OK, mvo_solver_set_covariance(solver, other, NULL));
        QUIETLY(MVO_OK, mvo_minimum_variance(&outcome, solver, NULL));
        assert_int_equal(outcome, MVO_OPTIMAL);
        mvo_solver_free(solver);
        mvo_covariance_unref(other);
        mvo_covariance_unref(covariance);
    }
}

/* An unbounded problem: no budget, no bounds, and a linear term outside the range of a singular Sigma. */
static void an_unbounded_problem_takes_no_memory(void **state)
{
    (void)state;
    if (!can_watch())
        skip();
    mvo_covariance *covariance = make_covariance(SINGULAR);
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, N, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    QUIETLY(MVO_OK, mvo_solver_set_linear(solver, mu, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_UNBOUNDED);
    QUIETLY(MVO_OK, mvo_solver_ray(weights, solver));
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

/* A period comes in, the covariance that the solver does not hold is written over and handed to it, and it starts from
   its last portfolio: with exponential weights, over a window, and over one shorter than half the assets. */
static void a_stream_feeds_a_solver_without_memory(void **state)
{
    (void)state;
    if (!can_watch())
        skip();
    for (int kind = 0; kind < 3; kind++) {
        mvo_stream *stream = NULL;
        mvo_covariance *handles[2] = { NULL, NULL };
        int64_t group = -1;
        double x[N], cold[N];
        mvo_error error = MVO_ERROR_INIT;
        if (kind == 0)
            assert_int_equal(mvo_stream_new_ewma(&stream, NULL, N, 0.97, MVO_MEAN_ZERO, NULL), MVO_OK);
        else
            assert_int_equal(mvo_stream_new_window(&stream, NULL, N, kind == 1 ? N : N / 3, 1, MVO_MEAN_ESTIMATED, NULL),
                             MVO_OK);
        for (size_t t = 0; t < 3 * PERIODS; t++) {
            for (size_t j = 0; j < N; j++)
                x[j] = t % PERIODS == 7 && j == 3 ? 1e6 : returns[t % PERIODS + j * PERIODS];
            QUIETLY(MVO_OK, mvo_stream_update(stream, x, NULL));
        }
        for (int k = 0; k < 2; k++)
            assert_int_equal(mvo_stream_covariance(&handles[k], stream, NULL), MVO_OK);
        mvo_solver *solver = make_solver(handles[0], &group);
        assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
        for (size_t t = 0; t < 2 * PERIODS; t++) {
            mvo_covariance *free_one = handles[(t + 1) % 2];
            for (size_t j = 0; j < N; j++)
                x[j] = returns[t % PERIODS + j * PERIODS];
            QUIETLY(MVO_OK, mvo_stream_update(stream, x, NULL));
            QUIETLY(MVO_ERROR_STATE, mvo_stream_snapshot(handles[t % 2], stream, &error));
            QUIETLY(MVO_OK, mvo_stream_snapshot(free_one, stream, NULL));
            QUIETLY(MVO_OK, mvo_stream_means(cold, stream, NULL));
            QUIETLY(MVO_OK, mvo_solver_set_covariance(solver, free_one, NULL));
            QUIETLY(MVO_OK, mvo_minimum_variance(&outcome, solver, NULL));
            assert_int_equal(outcome, MVO_OPTIMAL);
            QUIETLY(MVO_OK, mvo_solver_weights(weights, solver));
        }
        mvo_solver *fresh = make_solver(handles[0], &group); /* the last one written: 2 PERIODS is even */
        assert_int_equal(mvo_minimum_variance(&outcome, fresh, NULL), MVO_OK);
        assert_int_equal(mvo_solver_weights(cold, fresh), MVO_OK);
        double warm_variance = 0.0, cold_variance = 0.0;
        assert_int_equal(mvo_covariance_variance(&warm_variance, handles[0], weights, NULL), MVO_OK);
        assert_int_equal(mvo_covariance_variance(&cold_variance, handles[0], cold, NULL), MVO_OK);
        assert_true(fabs(warm_variance - cold_variance) <= 1e-9 * cold_variance + 1e-18);
        QUIETLY(MVO_OK, mvo_stream_clear(stream, NULL));
        mvo_solver_free(fresh);
        mvo_solver_free(solver);
        mvo_covariance_unref(handles[0]);
        mvo_covariance_unref(handles[1]);
        mvo_stream_free(stream);
    }
}

/* The same with costs and budgets: setters, every question, a stop, a contradiction, refusals. */
static mvo_solver *make_costly_solver(mvo_covariance *covariance, int64_t *turnover)
{
    static const double at[2] = { 0.05, 0.1 }, slopes[3] = { 0.0, 1e-4, 5e-4 };
    double rate[N];
    mvo_constraints *rules = NULL;
    mvo_solver *made = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, N, NULL), MVO_OK);
    for (size_t j = 0; j < N; j++) {
        rate[j] = 1e-4 * (double)(1 + j % 3);
        if (j % 2)
            assert_int_equal(mvo_constraints_set_bound(rules, j, -0.1, 0.3, NULL), MVO_OK);
        if (j % 4 == 0)
            assert_int_equal(mvo_constraints_set_cost(rules, j, 2, at, slopes, 0.0, NULL), MVO_OK);
    }
    assert_int_equal(mvo_constraints_set_holdings(rules, benchmark, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_trading_costs(rules, rate, rate, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_borrow_costs(rules, rate, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_turnover(turnover, rules, 0.8, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_gross(NULL, rules, 1.5, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&made, NULL, covariance, rules, NULL), MVO_OK);
    mvo_constraints_free(rules);
    return made;
}

static void ask_with_costs(mvo_solver *solver)
{
    double number = 0.0, subgradient[N];
    mvo_report report = MVO_REPORT_INIT;
    QUIETLY(MVO_OK, mvo_minimum_variance(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_solver_costs(&number, subgradient, solver));
    QUIETLY(MVO_OK, mvo_maximum_utility(&outcome, solver, mu, 0.0, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_solver_report(&report, solver));
    for (double aversion = 100.0; aversion > 0.1; aversion /= 3)
        QUIETLY(MVO_OK, mvo_maximum_utility(&outcome, solver, mu, aversion, NULL));
    QUIETLY(MVO_OK, mvo_minimum_variance_at_return(&outcome, solver, mu, 0.5 * report.expected_return, NULL));
    QUIETLY(MVO_OK, mvo_minimum_variance_at_return(&outcome, solver, mu, 2.0 * report.expected_return, NULL));
    assert_int_equal(outcome, MVO_INFEASIBLE);
    QUIETLY(MVO_OK, mvo_maximum_return_at_volatility(&outcome, solver, mu, 0.01, NULL));
    QUIETLY(MVO_OK, mvo_maximum_sharpe(&outcome, solver, mu, 0.0001, MVO_EXCESS_OF_PORTFOLIO, NULL));
    QUIETLY(MVO_OK, mvo_minimum_tracking_error(&outcome, solver, benchmark, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
}

static void set_costs(mvo_solver *solver, int64_t turnover)
{
    double rate[N], far[N], holdings[N], broken[N];
    mvo_error error = MVO_ERROR_INIT;
    for (size_t j = 0; j < N; j++) {
        rate[j] = 2e-4 * uniform();
        far[j] = j == 0 ? 4.0 : 0.0;
        holdings[j] = j < 4 ? 0.25 : 0.0;
    }
    memcpy(broken, rate, sizeof rate);
    broken[N - 1] = NAN;
    QUIETLY(MVO_OK, mvo_solver_set_holdings(solver, holdings, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_trading_costs(solver, rate, NULL, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_borrow_costs(solver, rate, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_row_limits(solver, turnover, -HUGE_VAL, 1.2, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_OPTIMAL);
    QUIETLY(MVO_OK, mvo_solver_set_holdings(solver, far, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    assert_int_equal(outcome, MVO_INFEASIBLE);
    QUIETLY(MVO_OK, mvo_solver_farkas(NULL, far, solver));
    QUIETLY(MVO_OK, mvo_solver_set_holdings(solver, holdings, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_progress(solver, stop_at_once, NULL, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_trading_costs(solver, NULL, rate, NULL));
    QUIETLY(MVO_OK, mvo_solver_solve(&outcome, solver, NULL));
    QUIETLY(MVO_OK, mvo_solver_set_progress(solver, NULL, NULL, NULL));
    QUIETLY(MVO_ERROR_NOT_FINITE, mvo_solver_set_holdings(solver, broken, &error));
    QUIETLY(MVO_ERROR_NOT_FINITE, mvo_solver_set_trading_costs(solver, broken, NULL, &error));
    QUIETLY(MVO_ERROR_NOT_FINITE, mvo_solver_set_borrow_costs(solver, broken, &error));
    QUIETLY(MVO_ERROR_LIMITS, mvo_solver_set_row_limits(solver, turnover, 0.0, 1.0, &error));
}

static void costs_take_no_memory(void **state)
{
    (void)state;
    if (!can_watch())
        skip();
    for (int kind = 0; kind < KINDS; kind++)
        for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
            int64_t turnover = -1;
            mvo_covariance *covariance = make_covariance(kind);
            mvo_solver *solver = make_costly_solver(covariance, &turnover);
            mvo_covariance_unref(covariance);
            QUIETLY(MVO_OK, mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL));
            ask_with_costs(solver);
            set_costs(solver, turnover);
            ask_with_costs(solver);
            mvo_solver_free(solver);
        }
}

static void a_rebalancer_ticks_without_memory(void **state)
{
    (void)state;
    mvo_tick tick = MVO_TICK_INIT;
    mvo_constraints *rules = NULL;
    mvo_stream *stream = NULL;
    mvo_rebalancer *r = NULL;
    const int made = !mvo_constraints_new_long_only(&rules, NULL, N, NULL) &&
                     !mvo_constraints_set_trading_costs(rules, specific, specific, NULL) &&
                     !mvo_stream_new_ewma(&stream, NULL, N, 0.97, MVO_MEAN_ZERO, NULL);
    assert_int_equal(made ? mvo_rebalancer_new(&r, NULL, stream, rules, 0, NULL) : -1, MVO_OK);
    mvo_constraints_free(rules);
    for (size_t t = 0; t < PERIODS; t++)
        QUIETLY(MVO_OK, mvo_rebalancer_tick_returns(&tick, r, returns + t * N, NULL, NULL));
    assert_int_equal(tick.solve, MVO_OPTIMAL);
    mvo_rebalancer_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watch_sees),
        cmocka_unit_test(nothing_is_allocated),
        cmocka_unit_test(an_exchanged_covariance_takes_no_memory),
        cmocka_unit_test(an_unbounded_problem_takes_no_memory),
        cmocka_unit_test(costs_take_no_memory),
        cmocka_unit_test(a_stream_feeds_a_solver_without_memory),
        cmocka_unit_test(a_rebalancer_ticks_without_memory),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
