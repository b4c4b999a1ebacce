/* SPDX-License-Identifier: MIT */
/*
 * Batches: each account's answer is the one its own question gives on a solver that starts cold, to the bit, however
 * the accounts are shared out; what is wrong is found before anything is written.
 */
#include "support/market.h"
#include "support/random.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { N = 40, ACCOUNTS = 60, LD = N + 3 };
static const double UNTOUCHED = -7.25;

/* Accounts over one market, each with its own means, risk aversion and caps, and room for two sets of answers. */
typedef struct fixture {
    instance *p;
    mvo_solver *solver;
    double mu[ACCOUNTS * LD], lower[ACCOUNTS * LD], upper[ACCOUNTS * LD], risk_aversion[ACCOUNTS];
    double weights[ACCOUNTS * LD], objectives[ACCOUNTS], again[ACCOUNTS * LD];
    double holdings[ACCOUNTS * LD]; /* used where the solver has costs */
    mvo_outcome outcomes[ACCOUNTS], outcomes_again[ACCOUNTS];
} fixture;

static void wipe(fixture *f)
{
    for (size_t i = 0; i < ACCOUNTS * LD; i++)
        f->weights[i] = f->again[i] = UNTOUCHED;
    for (size_t a = 0; a < ACCOUNTS; a++) {
        f->objectives[a] = UNTOUCHED;
        f->outcomes[a] = f->outcomes_again[a] = -77;
    }
}

static int open_fixture(void **state)
{
    random_stream stream = { 11 };
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->p = market_new(N, 5, 0);
    market_sectors(f->p);
    f->solver = instance_solver(f->p, MVO_CHECK_ALL);
    assert_non_null(f->solver);
    for (size_t a = 0; a < ACCOUNTS; a++) {
        f->risk_aversion[a] = a % 7 == 3 ? 0.0 : 0.5 + (double)(a % 11);
        for (size_t j = 0; j < N; j++) {
            f->mu[j + a * LD] = f->p->mu[j] * (1.0 + 0.3 * random_normal(&stream));
            f->lower[j + a * LD] = 0.0;
            f->upper[j + a * LD] = 0.06 + 0.001 * (double)(a % 20);
            f->holdings[j + a * LD] = (1.0 + 0.4 * random_normal(&stream)) / N;
        }
        for (size_t j = N; j < LD; j++)
            f->mu[j + a * LD] = f->lower[j + a * LD] = f->upper[j + a * LD] = f->holdings[j + a * LD] =
                NAN; /* padding is not read */
    }
    wipe(f);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    mvo_solver_free(f->solver);
    instance_free(f->p);
    free(f);
    return 0;
}

/* Accounts first .. first + count with everything given. */
static void run(fixture *f, mvo_solver *solver, size_t first, size_t count)
{
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status =
        mvo_batch_maximum_utility(f->weights, LD, f->outcomes, f->objectives, solver, first, count, f->mu, LD,
                                  f->risk_aversion, f->lower, f->upper, LD, NULL, 0, &error);
    if (status != MVO_OK)
        fail_msg("%s: %s", mvo_status_name(status), error.message);
}

/* The same solver with costs of 20 basis points for buying and 10 for selling. */
static mvo_solver *costly_solver(const fixture *f)
{
    double buy[N], sell[N];
    mvo_solver *solver = NULL;
    mvo_covariance *covariance = instance_covariance(f->p, MVO_CHECK_ALL);
    mvo_constraints *rules = instance_constraints(f->p);
    for (size_t j = 0; j < N; j++) {
        buy[j] = 0.002;
        sell[j] = 0.001;
    }
    assert_int_equal(mvo_constraints_set_trading_costs(rules, buy, sell, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    return solver;
}

/* Accounts first .. first + count around their holdings. */
static void run_costly(fixture *f, mvo_solver *solver, size_t first, size_t count)
{
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status =
        mvo_batch_maximum_utility(f->weights, LD, f->outcomes, f->objectives, solver, first, count, f->mu, LD,
                                  f->risk_aversion, f->lower, f->upper, LD, f->holdings, LD, &error);
    if (status != MVO_OK)
        fail_msg("%s: %s", mvo_status_name(status), error.message);
}

/* Two assets without correlation, variances 1 and 4, budget 1. At risk aversion d the first weight is
   (4 + (mu_0 - mu_1) / d) / 5 while that lies within the bounds. */
static void figures_by_hand(void **state)
{
    (void)state;
    const double sigma[4] = { 1.0, 0.0, 0.0, 4.0 };
    const double mu[8] = { 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0 }, risk_aversion[4] = { 1.0, 2.0, 1.0, 1.0 };
    const double lower[8] = { 0.0 }, upper[8] = { 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 1.0 };
    double weights[8], objectives[4];
    mvo_outcome outcomes[4];
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, 2, sigma, 2, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new_long_only(&rules, NULL, 2, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_batch_maximum_utility(weights, 2, outcomes, objectives, solver, 0, 4, mu, 2, risk_aversion,
                                               lower, upper, 2, NULL, 0, NULL),
                     MVO_OK);
    const double first[4] = { 0.8, 0.9, 0.6, 0.5 };
    for (size_t a = 0; a < 4; a++) {
        const double w = first[a], v = 1.0 - w;
        assert_int_equal(outcomes[a], MVO_OPTIMAL);
        assert_true(fabs(weights[2 * a] - w) <= 1e-14);
        assert_true(fabs(weights[2 * a + 1] - v) <= 1e-14);
        const double expected = mu[2 * a] * w + mu[2 * a + 1] * v;
        assert_true(fabs(objectives[a] - (0.5 * risk_aversion[a] * (w * w + 4.0 * v * v) - expected)) <= 1e-14);
    }
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

static void an_account_is_its_own_question(void **state)
{
    fixture *f = *state;
    run(f, f->solver, 0, ACCOUNTS);
    mvo_solver *alone = instance_solver(f->p, MVO_CHECK_ALL);
    for (size_t a = 0; a < ACCOUNTS; a++) {
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        double w[N];
        assert_int_equal(mvo_solver_clear(alone, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_bounds(alone, f->lower + a * LD, f->upper + a * LD, NULL), MVO_OK);
        assert_int_equal(mvo_maximum_utility(&outcome, alone, f->mu + a * LD, f->risk_aversion[a], NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(f->outcomes[a], outcome);
        assert_int_equal(mvo_solver_weights(w, alone), MVO_OK);
        assert_memory_equal(f->weights + a * LD, w, sizeof w);
        assert_int_equal(mvo_solver_report(&report, alone), MVO_OK);
        assert_true(f->objectives[a] == report.objective);
        for (size_t j = N; j < LD; j++)
            assert_true(f->weights[j + a * LD] == UNTOUCHED);
    }
    mvo_solver_free(alone);
}

/* Forwards in one call, backwards in calls of uneven length on a solver that has done other things: the same bits. */
static void the_bits_do_not_depend_on_the_split(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    run(f, f->solver, 0, ACCOUNTS);
    memcpy(f->again, f->weights, sizeof f->again);
    memcpy(f->outcomes_again, f->outcomes, sizeof f->outcomes);
    for (size_t step = 1; step <= 17; step += 4) {
        assert_int_equal(mvo_maximum_utility(&outcome, f->solver, f->p->mu, (double)step, NULL), MVO_OK);
        for (size_t i = 0; i < ACCOUNTS * LD; i++)
            f->weights[i] = UNTOUCHED;
        for (size_t end = ACCOUNTS; end > 0; end -= end < step ? end : step)
            run(f, f->solver, end < step ? 0 : end - step, end < step ? end : step);
        assert_memory_equal(f->weights, f->again, sizeof f->again);
        assert_memory_equal(f->outcomes, f->outcomes_again, sizeof f->outcomes);
    }
}

typedef struct worker {
    fixture *f;
    mvo_solver *solver;
    size_t first, count;
    mvo_status status;
} worker;

static void *work(void *user)
{
    worker *w = user;
    fixture *f = w->f;
    w->status = mvo_batch_maximum_utility(f->again, LD, f->outcomes_again, NULL, w->solver, w->first, w->count, f->mu,
                                          LD, f->risk_aversion, f->lower, f->upper, LD, NULL, 0, NULL);
    return NULL;
}

static void threads_share_the_accounts_out(void **state)
{
    enum { THREADS = 4, EACH = ACCOUNTS / THREADS };
    fixture *f = *state;
    pthread_t threads[THREADS];
    worker workers[THREADS];
    mvo_covariance *covariance = instance_covariance(f->p, MVO_CHECK_ALL);
    mvo_constraints *rules = instance_constraints(f->p);
    run(f, f->solver, 0, ACCOUNTS);
    for (size_t t = 0; t < THREADS; t++) {
        workers[t] = (worker){ f, NULL, t * EACH, EACH, -1 };
        assert_int_equal(mvo_solver_new(&workers[t].solver, NULL, covariance, rules, NULL), MVO_OK);
    }
    for (size_t t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, work, &workers[t]), 0);
    for (size_t t = 0; t < THREADS; t++) {
        assert_int_equal(pthread_join(threads[t], NULL), 0);
        assert_int_equal(workers[t].status, MVO_OK);
        mvo_solver_free(workers[t].solver);
    }
    assert_memory_equal(f->weights, f->again, sizeof f->again);
    assert_memory_equal(f->outcomes, f->outcomes_again, sizeof f->outcomes);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

static void holdings_are_each_account_s_own(void **state)
{
    fixture *f = *state;
    mvo_solver *solver = costly_solver(f), *alone = costly_solver(f);
    run_costly(f, solver, 0, ACCOUNTS);
    memcpy(f->again, f->weights, sizeof f->again);
    for (size_t a = 0; a < ACCOUNTS; a++) {
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        double w[N];
        assert_int_equal(mvo_solver_clear(alone, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_bounds(alone, f->lower + a * LD, f->upper + a * LD, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_holdings(alone, f->holdings + a * LD, NULL), MVO_OK);
        assert_int_equal(mvo_maximum_utility(&outcome, alone, f->mu + a * LD, f->risk_aversion[a], NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(f->outcomes[a], outcome);
        assert_int_equal(mvo_solver_weights(w, alone), MVO_OK);
        assert_memory_equal(f->weights + a * LD, w, sizeof w);
        assert_int_equal(mvo_solver_report(&report, alone), MVO_OK);
        assert_true(f->objectives[a] == report.objective);
        assert_true(report.cost > 0.0);
    }
    for (size_t end = ACCOUNTS; end > 0; end -= end < 7 ? end : 7)
        run_costly(f, solver, end < 7 ? 0 : end - 7, end < 7 ? end : 7);
    assert_memory_equal(f->weights, f->again, sizeof f->again);
    mvo_solver_free(solver);
    mvo_solver_free(alone);
}

static void only_the_range_is_written(void **state)
{
    fixture *f = *state;
    run(f, f->solver, 10, 0);
    run(f, f->solver, 20, 5);
    for (size_t a = 0; a < ACCOUNTS; a++) {
        const int within = a >= 20 && a < 25;
        assert_int_equal(f->outcomes[a], within ? MVO_OPTIMAL : -77);
        assert_int_equal(f->objectives[a] != UNTOUCHED, within);
        assert_int_equal(f->weights[a * LD] != UNTOUCHED, within);
    }
}

static void an_infeasible_account_concerns_no_other(void **state)
{
    fixture *f = *state;
    run(f, f->solver, 0, ACCOUNTS);
    memcpy(f->again, f->weights, sizeof f->again);
    wipe(f);
    memcpy(f->mu + 4 * LD, f->mu + 3 * LD, N * sizeof(double));
    f->lower[2 + 4 * LD] = 0.05;
    f->upper[2 + 4 * LD] = 0.04; /* crossed */
    for (size_t j = 0; j < N; j++)
        f->upper[j + 8 * LD] = 0.01; /* forty caps of 1 % */
    run(f, f->solver, 0, 12);
    for (size_t a = 0; a < 12; a++) {
        const int hopeless = a == 4 || a == 8;
        assert_int_equal(f->outcomes[a], hopeless ? MVO_INFEASIBLE : MVO_OPTIMAL);
        assert_int_equal(f->objectives[a] == UNTOUCHED, hopeless);
        assert_int_equal(f->weights[a * LD] == UNTOUCHED, hopeless);
    }
}

/* Without means: minimum variance within each account's bounds; a side that is not given stays the solver's. */
static void without_means(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    double w[N];
    assert_int_equal(mvo_batch_maximum_utility(f->weights, LD, f->outcomes, f->objectives, f->solver, 0, 9, NULL, 0,
                                               NULL, NULL, f->upper, LD, NULL, 0, NULL),
                     MVO_OK);
    mvo_solver *alone = instance_solver(f->p, MVO_CHECK_ALL);
    for (size_t a = 0; a < 9; a++) {
        mvo_report report = MVO_REPORT_INIT;
        mvo_solver_clear(alone, NULL);
        assert_int_equal(mvo_solver_set_bounds(alone, NULL, f->upper + a * LD, NULL), MVO_OK);
        assert_int_equal(mvo_minimum_variance(&outcome, alone, NULL), MVO_OK);
        assert_int_equal(mvo_solver_weights(w, alone), MVO_OK);
        assert_int_equal(mvo_solver_report(&report, alone), MVO_OK);
        assert_memory_equal(f->weights + a * LD, w, sizeof w);
        assert_true(f->objectives[a] == report.objective);
    }
    mvo_solver_free(alone);
}

static void the_last_account_stays_on_the_solver(void **state)
{
    fixture *f = *state;
    double w[N];
    run(f, f->solver, 0, 6);
    assert_int_equal(mvo_solver_weights(w, f->solver), MVO_OK);
    assert_memory_equal(w, f->weights + 5 * LD, sizeof w);
}

/* Cancels in the middle of the fourth account. */
static int32_t cancel_later(void *user, int64_t iterations)
{
    int *solves = user;
    *solves += iterations == 0;
    return *solves == 4;
}

static void a_cancelled_account_ends_the_batch(void **state)
{
    fixture *f = *state;
    int solves = 0;
    f->risk_aversion[3] = 1.0;
    assert_int_equal(mvo_solver_set_progress(f->solver, cancel_later, &solves, NULL), MVO_OK);
    run(f, f->solver, 0, 10);
    for (size_t a = 0; a < 10; a++) {
        assert_int_equal(f->outcomes[a], a < 3 ? MVO_OPTIMAL : MVO_CANCELLED);
        assert_int_equal(f->weights[a * LD] == UNTOUCHED, a >= 3);
    }
    assert_int_equal(mvo_solver_set_progress(f->solver, NULL, NULL, NULL), MVO_OK);
    run(f, f->solver, 0, 10);
    assert_int_equal(f->outcomes[9], MVO_OPTIMAL);
}

/* ------------------------------------------------------------------------------------------ refusals */

typedef struct arguments {
    double *weights;
    size_t ld_weights;
    mvo_outcome *outcomes;
    mvo_solver *solver;
    size_t first, count;
    const double *mu;
    size_t ld_mu;
    const double *risk_aversion, *lower, *upper;
    size_t ld_bounds;
    const double *holdings;
    size_t ld_holdings;
} arguments;

/* The call is refused with the status and names the argument (and where it is wrong); nothing has been written. */
static void refused(fixture *f, const arguments *with, mvo_status expected, const char *argument, int64_t row,
                    int64_t column)
{
    mvo_error error = MVO_ERROR_INIT;
    const mvo_status status =
        mvo_batch_maximum_utility(with->weights, with->ld_weights, with->outcomes, f->objectives, with->solver,
                                  with->first, with->count, with->mu, with->ld_mu, with->risk_aversion, with->lower,
                                  with->upper, with->ld_bounds, with->holdings, with->ld_holdings, &error);
    if (status != expected)
        fail_msg("%s: %s instead of %s", argument, mvo_status_name(status), mvo_status_name(expected));
    assert_int_equal(error.status, expected);
    assert_string_equal(error.argument, argument);
    assert_int_equal(error.row, row);
    assert_int_equal(error.column, column);
    assert_true(error.message[0] != '\0');
    for (size_t i = 0; i < ACCOUNTS * LD; i++)
        assert_true(f->weights[i] == UNTOUCHED);
    for (size_t a = 0; a < ACCOUNTS; a++)
        assert_true(f->outcomes[a] == -77 && f->objectives[a] == UNTOUCHED);
    if (with->solver)
        assert_int_equal(mvo_solver_report(&(mvo_report)MVO_REPORT_INIT, with->solver), MVO_ERROR_STATE); /* no solve */
}

static arguments good(fixture *f)
{
    return (arguments){ f->weights,       LD,       f->outcomes, f->solver, 0,    ACCOUNTS, f->mu, LD,
                        f->risk_aversion, f->lower, f->upper,    LD,        NULL, 0 };
}

static void bad_arguments(void **state)
{
    fixture *f = *state;
    arguments a = good(f);
    a.weights = NULL;
    refused(f, &a, MVO_ERROR_NULL, "weights", -1, -1);
    a = good(f);
    a.outcomes = NULL;
    refused(f, &a, MVO_ERROR_NULL, "outcomes", -1, -1);
    a = good(f);
    a.solver = NULL;
    refused(f, &a, MVO_ERROR_NULL, "solver", -1, -1);
    a = good(f);
    a.risk_aversion = NULL;
    refused(f, &a, MVO_ERROR_NULL, "risk_aversion", -1, -1);
    a = good(f);
    a.ld_weights = N - 1;
    refused(f, &a, MVO_ERROR_ARGUMENT, "ld_weights", -1, -1);
    a = good(f);
    a.ld_mu = N - 1;
    refused(f, &a, MVO_ERROR_ARGUMENT, "ld_mu", -1, -1);
    a = good(f);
    a.ld_bounds = N - 1;
    refused(f, &a, MVO_ERROR_ARGUMENT, "ld_bounds", -1, -1);
    a = good(f);
    a.lower = NULL;
    a.ld_bounds = N - 1;
    refused(f, &a, MVO_ERROR_ARGUMENT, "ld_bounds", -1, -1);
    a = good(f);
    a.first = 2;
    a.count = SIZE_MAX;
    refused(f, &a, MVO_ERROR_ARGUMENT, "count", -1, -1);
    a = good(f);
    a.count = SIZE_MAX / sizeof(double) / LD + 1;
    refused(f, &a, MVO_ERROR_ARGUMENT, "ld_weights", -1, -1);
}

static void bad_holdings(void **state)
{
    fixture *f = *state;
    arguments a = good(f);
    a.holdings = f->holdings;
    a.ld_holdings = LD;
    refused(f, &a, MVO_ERROR_STATE, "solver", -1, -1); /* without costs */
    a.solver = costly_solver(f);
    a.ld_holdings = N - 1;
    refused(f, &a, MVO_ERROR_ARGUMENT, "ld_holdings", -1, -1);
    a.ld_holdings = LD;
    f->holdings[5 + 40 * LD] = NAN;
    refused(f, &a, MVO_ERROR_NOT_FINITE, "holdings", 5, 40);
    f->holdings[5 + 40 * LD] = -HUGE_VAL;
    refused(f, &a, MVO_ERROR_NOT_FINITE, "holdings", 5, 40);
    mvo_solver_free(a.solver);
}

static void bad_number(fixture *f, double *place, double value, mvo_status expected, const char *argument, int64_t row,
                       int64_t column)
{
    const double was = *place;
    const arguments a = good(f);
    *place = value;
    refused(f, &a, expected, argument, row, column);
    *place = was;
}

static void bad_numbers(void **state)
{
    fixture *f = *state;
    const size_t at = 7 + 31 * LD;
    bad_number(f, f->mu + at, NAN, MVO_ERROR_NOT_FINITE, "mu", 7, 31);
    bad_number(f, f->mu + at, HUGE_VAL, MVO_ERROR_NOT_FINITE, "mu", 7, 31);
    bad_number(f, f->mu + at, -HUGE_VAL, MVO_ERROR_NOT_FINITE, "mu", 7, 31);
    bad_number(f, f->lower + at, NAN, MVO_ERROR_NOT_FINITE, "lower", 7, 31);
    bad_number(f, f->lower + at, HUGE_VAL, MVO_ERROR_LIMITS, "lower", 7, 31);
    bad_number(f, f->upper + at, NAN, MVO_ERROR_NOT_FINITE, "upper", 7, 31);
    bad_number(f, f->upper + at, -HUGE_VAL, MVO_ERROR_LIMITS, "upper", 7, 31);
    bad_number(f, f->risk_aversion + 59, NAN, MVO_ERROR_NOT_FINITE, "risk_aversion", -1, 59);
    bad_number(f, f->risk_aversion + 59, HUGE_VAL, MVO_ERROR_NOT_FINITE, "risk_aversion", -1, 59);
    bad_number(f, f->risk_aversion + 59, -1e-300, MVO_ERROR_ARGUMENT, "risk_aversion", -1, 59);
    f->mu[at] = NAN; /* outside the range it is not read */
    run(f, f->solver, 0, 31);
    run(f, f->solver, 32, ACCOUNTS - 32);
    assert_int_equal(f->outcomes[31], -77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_by_hand),
        cmocka_unit_test_setup_teardown(an_account_is_its_own_question, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(the_bits_do_not_depend_on_the_split, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(threads_share_the_accounts_out, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(holdings_are_each_account_s_own, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(only_the_range_is_written, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(an_infeasible_account_concerns_no_other, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(without_means, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(the_last_account_stays_on_the_solver, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_cancelled_account_ends_the_batch, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(bad_arguments, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(bad_holdings, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(bad_numbers, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
