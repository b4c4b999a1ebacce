/* SPDX-License-Identifier: MIT */
/* What ends a solve early: limits, the progress callback, a cancel from another thread; and that nothing of it stays.
 */
#include "support/instance.h"
#include "support/market.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* Small problems are solved by exchanges; over LARGE assets a working set is grown, and where they may be short block pivoting finds it. */
enum { N = 60, LARGE = 200 };
static const double TOLERANCE = 1e-9;

typedef struct fixture {
    instance *p;
    mvo_solver *solver;
    double target, volatility;  /* within the reach of the questions */
    atomic_int calls, released; /* of the callbacks below */
    int64_t last, stop_at;
    int grows;
} fixture;

/* Weights of at least `lower`. */
static int open_market(void **state, size_t n, double lower)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->p = market_new(n, 7, 0);
    market_long_only(f->p);
    instance_set_bounds(f->p, lower, INFINITY);
    for (size_t j = 0; j < n; j++)
        f->p->linear[j] = -0.5 * f->p->mu[j];
    f->solver = instance_solver(f->p, MVO_CHECK_ALL);
    assert_non_null(f->solver);
    f->target = market_target(f->p);
    f->volatility = 0.18;
    f->last = -1;
    f->stop_at = -1;
    f->grows = 1;
    *state = f;
    return 0;
}

static int open_fixture(void **state)
{
    return open_market(state, N, 0.0);
}

static int open_large(void **state)
{
    return open_market(state, LARGE, 0.0);
}

static int open_short(void **state)
{
    return open_market(state, LARGE, -0.02);
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    mvo_solver_free(f->solver);
    instance_free(f->p);
    free(f);
    return 0;
}

/* Path following alone: it is what takes one step at a time. */
static void take_path(fixture *f)
{
    assert_int_equal(mvo_solver_set_integer(f->solver, MVO_OPTION_METHOD, MVO_METHOD_PATH, NULL), MVO_OK);
}

static void set_limit(fixture *f, int64_t iterations)
{
    assert_int_equal(mvo_solver_set_integer(f->solver, MVO_OPTION_ITERATION_LIMIT, iterations, NULL), MVO_OK);
}

static void set_seconds(fixture *f, double seconds)
{
    assert_int_equal(mvo_solver_set_real(f->solver, MVO_OPTION_TIME_LIMIT, seconds, NULL), MVO_OK);
}

static mvo_outcome solve(fixture *f)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_solver_solve(&outcome, f->solver, NULL), MVO_OK);
    return outcome;
}

static mvo_report report_of(const fixture *f)
{
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_solver_report(&report, f->solver), MVO_OK);
    return report;
}

static void assert_solved(fixture *f)
{
    const verify_problem view = instance_view(f->p);
    mvo_outcome outcome = -1;
    assert_kkt(&view, f->solver, mvo_solver_solve(&outcome, f->solver, NULL), outcome, MVO_OPTIMAL, TOLERANCE);
}

/* A solve that was stopped has weights and a report, but no multipliers, proof or ray. */
static void assert_stopped(const fixture *f, mvo_outcome outcome)
{
    double x[LARGE], y[MARKET_ROWS];
    assert_int_equal(report_of(f).outcome, outcome);
    assert_int_equal(mvo_solver_weights(x, f->solver), MVO_OK);
    for (size_t j = 0; j < f->p->n; j++)
        assert_true(isfinite(x[j]));
    assert_int_equal(mvo_solver_multipliers(y, x, f->solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_farkas(y, x, f->solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_solver_ray(x, f->solver), MVO_ERROR_STATE);
    assert_int_equal(mvo_target_multiplier(x, f->solver), MVO_ERROR_STATE);
}

/* -------------------------------------------------------------------------------------------- iterations */

/* Cold with each limit: stopped there or optimal, and optimal once the limit is what the solve needs. */
static void an_iteration_limit_is_kept(void **state)
{
    fixture *f = *state;
    take_path(f);
    assert_solved(f);
    const int64_t needed = report_of(f).pivots;
    assert_true(needed > 5);
    int64_t stopped = 0, optimal = 0;
    for (int64_t limit = 1; limit < 4 * needed; limit += 1 + limit / 4) {
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        set_limit(f, limit);
        const mvo_outcome outcome = solve(f);
        assert_true(report_of(f).pivots <= limit);
        if (outcome == MVO_OPTIMAL) {
            optimal++;
            continue;
        }
        stopped++;
        assert_int_equal(optimal, 0);
        assert_int_equal(outcome, MVO_ITERATION_LIMIT);
        assert_stopped(f, outcome);
        set_limit(f, 0);
        assert_solved(f);
    }
    assert_true(stopped > 2 && optimal > 0);
}

/* Stopped again and again, a solve still has its limit each time anew. */
static void a_limit_counts_anew_in_each_solve(void **state)
{
    fixture *f = *state;
    take_path(f);
    set_limit(f, 2);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(solve(f), MVO_ITERATION_LIMIT);
        assert_in_range(report_of(f).pivots, 1, 2);
    }
    set_limit(f, 0);
    assert_solved(f);
    set_limit(f, 2); /* warm from the optimum two are plenty */
    assert_int_equal(solve(f), MVO_OPTIMAL);
}

/* Every question with each way to stop. */
static void ask(fixture *f, int question, mvo_outcome *outcome)
{
    const double *mu = f->p->mu;
    mvo_frontier *frontier = (mvo_frontier *)f; /* never followed */
    *outcome = -1;
    switch (question) {
    case 0:
        assert_int_equal(mvo_minimum_variance(outcome, f->solver, NULL), MVO_OK);
        break;
    case 1:
        assert_int_equal(mvo_maximum_utility(outcome, f->solver, mu, 2.0, NULL), MVO_OK);
        break;
    case 2:
        assert_int_equal(mvo_minimum_variance_at_return(outcome, f->solver, mu, f->target, NULL), MVO_OK);
        break;
    case 3:
        assert_int_equal(mvo_maximum_return_at_volatility(outcome, f->solver, mu, f->volatility, NULL), MVO_OK);
        break;
    case 4:
        assert_int_equal(mvo_maximum_sharpe(outcome, f->solver, mu, 0.01, 0, NULL), MVO_OK);
        break;
    case 5:
        assert_int_equal(mvo_maximum_sharpe(outcome, f->solver, mu, 0.01, 1, NULL), MVO_OK);
        break;
    case 6:
        assert_int_equal(mvo_minimum_tracking_error(outcome, f->solver, f->p->linear, NULL), MVO_OK);
        break;
    default:
        assert_int_equal(mvo_frontier_new(&frontier, outcome, f->solver, mu, NULL), MVO_OK);
        assert_true((frontier != NULL) == (*outcome == MVO_OPTIMAL));
        mvo_frontier_unref(frontier);
    }
}

enum { QUESTIONS = 8 };

/* mu'w is reported wherever the question had a mu. */
static void assert_return_reported(const fixture *f, int question)
{
    double w[N];
    long double expected = 0.0L;
    assert_int_equal(mvo_solver_weights(w, f->solver), MVO_OK);
    for (size_t j = 0; j < N && question != 0 && question != 6; j++)
        expected += (long double)f->p->mu[j] * w[j];
    assert_true(fabsl(report_of(f).expected_return - expected) <= 1e-12L);
}

static void every_question_keeps_the_limits(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    take_path(f);
    for (int question = 0; question < QUESTIONS; question++) {
        for (int64_t limit = 1; limit <= 8; limit *= 2) {
            assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
            set_limit(f, limit);
            ask(f, question, &outcome);
            if (outcome != MVO_ITERATION_LIMIT && outcome != MVO_OPTIMAL)
                fail_msg("question %d: %s", question, mvo_outcome_name(outcome));
            if (limit == 1)
                assert_int_equal(outcome, MVO_ITERATION_LIMIT);
            if (outcome == MVO_ITERATION_LIMIT)
                assert_stopped(f, outcome);
            assert_return_reported(f, question);
            set_limit(f, 0);
            set_seconds(f, 0.0);
            assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
            ask(f, question, &outcome);
            assert_int_equal(outcome, MVO_TIME_LIMIT);
            assert_stopped(f, outcome);
            set_seconds(f, HUGE_VAL);
            ask(f, question, &outcome);
            assert_int_equal(outcome, MVO_OPTIMAL);
        }
    }
}

/* ------------------------------------------------------------------------------------------------- clock */

static void no_time_is_no_solve(void **state)
{
    fixture *f = *state;
    take_path(f);
    set_seconds(f, 0.0);
    assert_int_equal(solve(f), MVO_TIME_LIMIT);
    assert_stopped(f, MVO_TIME_LIMIT);
    set_seconds(f, 600.0);
    assert_solved(f);
}

/* ---------------------------------------------------------------------------------------------- progress */

static int32_t count(void *user, int64_t iterations)
{
    fixture *f = user;
    atomic_fetch_add(&f->calls, 1);
    f->grows = f->grows && iterations >= f->last && iterations >= 0;
    f->last = iterations;
    return f->stop_at >= 0 && iterations >= f->stop_at;
}

static void progress_is_told_and_may_cancel(void **state)
{
    fixture *f = *state;
    take_path(f);
    assert_int_equal(mvo_solver_set_progress(f->solver, count, f, NULL), MVO_OK);
    assert_solved(f);
    assert_true(f->grows);
    assert_true(f->last > 0);
    const int64_t needed = f->last;
    for (f->stop_at = 0; f->stop_at < needed; f->stop_at += 1 + needed / 5) {
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        f->last = -1;
        assert_int_equal(solve(f), MVO_CANCELLED);
        assert_int_equal(f->last, f->stop_at); /* not asked again after its answer */
        assert_stopped(f, MVO_CANCELLED);
    }
    f->stop_at = -1;
    f->last = -1;
    assert_solved(f);
    assert_true(f->grows);
    assert_int_equal(mvo_solver_set_progress(f->solver, NULL, NULL, NULL), MVO_OK);
    atomic_store(&f->calls, 0);
    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    assert_solved(f);
    assert_int_equal(atomic_load(&f->calls), 0);
}

static void progress_may_cancel_every_question(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    take_path(f);
    for (int question = 0; question < QUESTIONS; question++) {
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_progress(f->solver, count, f, NULL), MVO_OK);
        f->stop_at = 3;
        f->last = -1;
        ask(f, question, &outcome);
        assert_int_equal(outcome, MVO_CANCELLED);
        assert_stopped(f, outcome);
        f->stop_at = -1;
        f->last = -1;
        ask(f, question, &outcome);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_true(f->grows);
    }
}

/* ------------------------------------------------------------------------------------------------ cancel */

/* Holds the solve up until the other thread has asked it to stop; ends it itself should that be of no use. */
static int32_t wait_for_cancel(void *user, int64_t iterations)
{
    fixture *f = user;
    (void)iterations;
    const int calls = atomic_fetch_add(&f->calls, 1) + 1;
    while (calls == 3 && !atomic_load(&f->released))
        ;
    return calls > 4;
}

static void *cancel_when_running(void *user)
{
    fixture *f = user;
    while (atomic_load(&f->calls) < 3)
        ;
    mvo_solver_cancel(f->solver);
    atomic_store(&f->released, 1);
    return NULL;
}

static void another_thread_may_cancel(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    take_path(f);
    for (int question = -1; question < QUESTIONS; question++) {
        pthread_t thread;
        atomic_store(&f->calls, 0);
        atomic_store(&f->released, 0);
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        assert_int_equal(mvo_solver_set_progress(f->solver, wait_for_cancel, f, NULL), MVO_OK);
        assert_int_equal(pthread_create(&thread, NULL, cancel_when_running, f), 0);
        if (question < 0)
            outcome = solve(f);
        else
            ask(f, question, &outcome);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(outcome, MVO_CANCELLED);
        assert_int_equal(atomic_load(&f->calls), 3); /* at once: the callback was not asked again */
        assert_stopped(f, outcome);
        assert_int_equal(mvo_solver_set_progress(f->solver, NULL, NULL, NULL), MVO_OK);
        if (question < 0)
            assert_solved(f);
        else
            ask(f, question, &outcome);
        assert_int_equal(report_of(f).outcome, MVO_OPTIMAL);
    }
}

static void a_cancel_before_a_solve_is_dropped(void **state)
{
    fixture *f = *state;
    mvo_outcome outcome = -1;
    for (int path = 0; path < 2; path++) {
        mvo_solver_cancel(f->solver);
        assert_solved(f);
        for (int question = 0; question < QUESTIONS; question++) {
            mvo_solver_cancel(f->solver);
            ask(f, question, &outcome);
            assert_int_equal(outcome, MVO_OPTIMAL);
        }
        mvo_solver_cancel(f->solver);
        assert_int_equal(report_of(f).outcome, MVO_OPTIMAL); /* the answer that is there is not touched */
        assert_int_equal(mvo_solver_set_linear(f->solver, f->p->linear, NULL), MVO_OK);
        take_path(f);
    }
}

/* With any method a limit ends a solve or does not, but what is called optimal is. */
static void limits_never_spoil_an_answer(void **state)
{
    fixture *f = *state;
    const verify_problem view = instance_view(f->p);
    char why[256] = "";
    for (int64_t limit = 1; limit < 12; limit++) {
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        set_limit(f, limit);
        const mvo_outcome outcome = solve(f);
        assert_true(outcome == MVO_OPTIMAL || outcome == MVO_ITERATION_LIMIT);
        if (outcome == MVO_OPTIMAL && !verify_solve(&view, f->solver, outcome, TOLERANCE, why, sizeof why))
            fail_msg("%s", why);
        set_limit(f, 0);
        assert_solved(f);
    }
}

/* ---------------------------------------------------------------------------------------- fast methods */

static int32_t refuse(void *user, int64_t iterations)
{
    fixture *f = user;
    atomic_fetch_add(&f->calls, 1);
    (void)iterations;
    return 1;
}

/* Before any answer is known: a portfolio all the same, made for the occasion. */
static void assert_portfolio_without_time(fixture *f)
{
    const size_t n = f->p->n;
    double w[LARGE], sum = 0.0;
    set_seconds(f, 0.0);
    assert_int_equal(solve(f), MVO_TIME_LIMIT);
    assert_stopped(f, MVO_TIME_LIMIT);
    assert_int_equal(mvo_solver_weights(w, f->solver), MVO_OK);
    for (size_t j = 0; j < n; j++) {
        assert_true(w[j] >= 0.0);
        sum += w[j];
    }
    const mvo_report first = report_of(f);
    assert_true(fabs(sum - 1.0) <= 1e-9);
    assert_true(first.feasible == 1 && first.active_rows == 0 && first.free_weights == (int64_t)n && first.gap > 0.0);
    set_seconds(f, HUGE_VAL);
}

/* From nothing, with one iteration, no time, and a callback that cancels: stopped at once, and nothing of it stays. */
static void assert_watched(fixture *f)
{
    assert_portfolio_without_time(f);
    assert_solved(f);

    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    set_limit(f, 1);
    assert_int_equal(solve(f), MVO_ITERATION_LIMIT);
    assert_stopped(f, MVO_ITERATION_LIMIT);
    assert_int_equal(report_of(f).rounds + report_of(f).pivots, 1);
    set_limit(f, 0);
    assert_solved(f);

    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    set_seconds(f, 0.0);
    assert_int_equal(solve(f), MVO_TIME_LIMIT);
    assert_stopped(f, MVO_TIME_LIMIT);
    assert_int_equal(report_of(f).rounds + report_of(f).pivots, 0);
    set_seconds(f, HUGE_VAL);
    assert_solved(f);

    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_progress(f->solver, refuse, f, NULL), MVO_OK);
    assert_int_equal(solve(f), MVO_CANCELLED);
    assert_stopped(f, MVO_CANCELLED);
    assert_int_equal(atomic_load(&f->calls), 1);
    assert_int_equal(mvo_solver_set_progress(f->solver, NULL, NULL, NULL), MVO_OK);
    assert_solved(f);
}

/* Working sets are grown under watch, change by change. */
static void growth_is_watched(void **state)
{
    fixture *f = *state;
    assert_solved(f);
    assert_true(report_of(f).pivots > 1);
    assert_int_equal(report_of(f).rounds, 0);
    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    assert_watched(f);
}

/* Block pivoting is watched by rounds. */
static void block_pivoting_is_watched(void **state)
{
    fixture *f = *state;
    assert_solved(f);
    assert_true(report_of(f).rounds > 1);
    assert_int_equal(report_of(f).pivots, 0);
    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    assert_watched(f);
}

/* Principal pivoting is watched by exchanges: at each of them it can be stopped, by the limit and by the callback. */
static void exchanges_are_watched(void **state)
{
    fixture *f = *state;
    assert_watched(f);
    assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
    assert_solved(f);
    const int64_t needed = report_of(f).pivots;
    assert_true(needed > 5);
    assert_int_equal(report_of(f).rounds, 0);
    for (int64_t limit = 1; limit <= needed; limit++) {
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        set_limit(f, limit);
        const mvo_outcome outcome = solve(f);
        assert_int_equal(outcome, limit < needed ? MVO_ITERATION_LIMIT : MVO_OPTIMAL);
        assert_int_equal(report_of(f).pivots, limit);
        assert_int_equal(report_of(f).rounds, 0);
        if (outcome == MVO_ITERATION_LIMIT)
            assert_stopped(f, outcome);
    }
    set_limit(f, 0);
    assert_int_equal(mvo_solver_set_progress(f->solver, count, f, NULL), MVO_OK);
    for (f->stop_at = 0; f->stop_at < needed; f->stop_at++) {
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        f->last = -1;
        assert_int_equal(solve(f), MVO_CANCELLED);
        assert_int_equal(f->last, f->stop_at); /* not asked again after its answer */
        assert_int_equal(report_of(f).pivots, f->stop_at);
        assert_stopped(f, MVO_CANCELLED);
    }
    f->stop_at = -1;
    f->last = -1;
    assert_solved(f);
    assert_true(f->grows);
    assert_int_equal(f->last, needed - 1);
    f->last = -1;
    assert_solved(f); /* warm there is nothing to exchange; it is one look, at which it may be stopped */
    assert_int_equal(report_of(f).pivots, 0);
    assert_int_equal(f->last, 0);
    f->stop_at = 0;
    assert_int_equal(solve(f), MVO_CANCELLED);
}

/* Stopped late, a solve from nothing has more to show than stopped early: the portfolio is made from where exchanges stood. */
static void a_late_stop_is_a_better_one(void **state)
{
    fixture *f = *state;
    assert_solved(f);
    const mvo_report optimum = report_of(f);
    const double size = fabs(optimum.objective);
    double early = 0.0, late = 0.0;
    for (int64_t limit = 1; limit < optimum.pivots; limit++) {
        assert_int_equal(mvo_solver_clear(f->solver, NULL), MVO_OK);
        set_limit(f, limit);
        assert_int_equal(solve(f), MVO_ITERATION_LIMIT);
        const mvo_report report = report_of(f);
        assert_int_equal(report.feasible, 1);
        late = report.objective - optimum.objective;
        assert_true(late >= -1e-12 * size && late <= report.gap + 1e-12 * size);
        early = limit == 1 ? late : early;
    }
    assert_true(early > 0.1 * size && late < 0.01 * size);
}

/* One cancel from another thread ends it, too. */
static void exchanges_may_be_cancelled(void **state)
{
    fixture *f = *state;
    pthread_t thread;
    assert_int_equal(mvo_solver_set_progress(f->solver, wait_for_cancel, f, NULL), MVO_OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_when_running, f), 0);
    const mvo_outcome outcome = solve(f);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(outcome, MVO_CANCELLED);
    assert_int_equal(atomic_load(&f->calls), 3); /* at once: the callback was not asked again */
    assert_int_equal(report_of(f).rounds, 0);
    assert_stopped(f, outcome);
    assert_int_equal(mvo_solver_set_progress(f->solver, NULL, NULL, NULL), MVO_OK);
    assert_solved(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
#define LARGE_TEST(name) cmocka_unit_test_setup_teardown(name, open_large, close_fixture)
#define SHORT_TEST(name) cmocka_unit_test_setup_teardown(name, open_short, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_iteration_limit_is_kept),      TEST(a_limit_counts_anew_in_each_solve),
        TEST(every_question_keeps_the_limits), TEST(no_time_is_no_solve),
        TEST(progress_is_told_and_may_cancel), TEST(progress_may_cancel_every_question),
        TEST(another_thread_may_cancel),       TEST(a_cancel_before_a_solve_is_dropped),
        TEST(limits_never_spoil_an_answer),    LARGE_TEST(growth_is_watched), SHORT_TEST(block_pivoting_is_watched),
        TEST(exchanges_are_watched),           TEST(exchanges_may_be_cancelled),
        TEST(a_late_stop_is_a_better_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
