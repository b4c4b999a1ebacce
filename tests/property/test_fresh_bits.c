/* SPDX-License-Identifier: MIT */
/*
 * What a solver answers depends on what it was asked since it was made or cleared, and on nothing else, to the bit: not on what
 * was asked before a clear, nor on what its memory held when it was handed out. Dense problems of 60 to 450 assets, with and
 * without trading costs, of which some have a budget of turnover too, ticked on after a cold solve; and small ones with rows over absolute
 * values, cleared after answers in other segments.
 *
 * Every sequence comes from a seed of its own, which a failure names. MVO_TEST_FRESH: how many; MVO_TEST_FRESH_FIRST: the first.
 */
#include "qp/solver.h"
#include "support/costly.h"
#include "support/market.h"
#include "support/property.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { SEQUENCES = 48, STEPS = 40, BEFORE = 40, SIZES = 4 };

/* Memory that holds what `user` points to. */
static void *allocate_filled(void *user, size_t size)
{
    void *block = malloc(size);
    if (block)
        memset(block, *(const int *)user, size);
    return block;
}

static void release_filled(void *user, void *block)
{
    (void)user;
    free(block);
}

static mvo_solver *solver_new(const instance *p, const int *fill, const double *holdings, double rate, double budget)
{
    mvo_context *context;
    mvo_solver *solver;
    assert_int_equal(mvo_context_new(&context, allocate_filled, release_filled, NULL, (void *)fill, NULL), MVO_OK);
    mvo_constraints *constraints = instance_constraints(p);
    mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_FINITE);
    if (holdings) {
        double *rates = claim(p->n);
        for (size_t j = 0; j < p->n; j++)
            rates[j] = rate * (1.0 + (double)(j % 3));
        if (budget > 0.0)
            assert_int_equal(mvo_constraints_add_absolute(NULL, constraints, MVO_AROUND_HOLDINGS, NULL, 1.0, 1.0, budget, NULL,
                                                          NULL),
                             MVO_OK);
        assert_int_equal(mvo_constraints_set_trading_costs(constraints, rates, rates, NULL), MVO_OK);
        assert_int_equal(mvo_constraints_set_holdings(constraints, holdings, NULL), MVO_OK);
        free(rates);
    }
    assert_int_equal(mvo_solver_new(&solver, context, covariance, constraints, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_linear(solver, p->linear, NULL), MVO_OK);
    mvo_constraints_free(constraints);
    mvo_covariance_unref(covariance);
    mvo_context_unref(context);
    return solver;
}

typedef struct session {
    random_stream stream;
    instance *p;
    const instance *first;
    mvo_solver *solver;
    double *holdings; /* NULL: no costs */
} session;

static void move_linear(session *s)
{
    const double by = pow(10.0, 4.0 * random_uniform(&s->stream) - 3.0);
    const size_t few = random_below(&s->stream, 2) ? 1 : 1 + random_below(&s->stream, s->p->n);
    for (size_t j = random_below(&s->stream, few); j < s->p->n; j += few)
        s->p->linear[j] += by * 0.1 * random_normal(&s->stream);
    assert_int_equal(mvo_solver_set_linear(s->solver, s->p->linear, NULL), MVO_OK);
}

static void set_row(session *s, size_t i)
{
    const int64_t id = mvo_constraints_row_id(mvoi_solver_constraints(s->solver), i);
    assert_int_equal(mvo_solver_set_row_limits(s->solver, id, s->p->row_lower[i], s->p->row_upper[i], NULL), MVO_OK);
}

static void edit(session *s)
{
    instance *p = s->p;
    for (size_t edits = 1 + random_below(&s->stream, 3); edits-- > 0;) {
        const size_t i = random_below(&s->stream, p->m), j = random_below(&s->stream, p->n);
        switch (random_below(&s->stream, 5)) {
        case 0:
            p->row_lower[i] = s->first->row_lower[i] * (1.0 + 0.2 * random_normal(&s->stream));
            p->row_upper[i] = fmax(p->row_lower[i], s->first->row_upper[i] * (1.0 + 0.2 * random_normal(&s->stream)));
            set_row(s, i);
            break;
        case 1:
            for (size_t k = 0; k < p->n; k += 1 + random_below(&s->stream, 8))
                p->upper[(j + k) % p->n] = s->first->upper[0] * (0.5 + random_uniform(&s->stream));
            assert_int_equal(mvo_solver_set_bounds(s->solver, p->lower, p->upper, NULL), MVO_OK);
            break;
        case 2:
            if (!s->holdings || mvo_solver_weights(s->holdings, s->solver) != MVO_OK)
                break;
            for (size_t k = 0; k < p->n; k++)
                s->holdings[k] *= 1.0 + 0.01 * random_normal(&s->stream);
            assert_int_equal(mvo_solver_set_holdings(s->solver, s->holdings, NULL), MVO_OK);
            break;
        default:
            move_linear(s);
        }
    }
}

static void start_again(session *s, const double *holdings)
{
    instance_free(s->p);
    s->p = instance_copy(s->first);
    assert_int_equal(mvo_solver_set_linear(s->solver, s->p->linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_bounds(s->solver, s->p->lower, s->p->upper, NULL), MVO_OK);
    for (size_t i = 0; i < s->p->m; i++)
        set_row(s, i);
    if (holdings) {
        memcpy(s->holdings, holdings, s->p->n * sizeof(double));
        assert_int_equal(mvo_solver_set_holdings(s->solver, holdings, NULL), MVO_OK);
    }
    assert_int_equal(mvo_solver_clear(s->solver, NULL), MVO_OK);
}

/* The answers to a sequence, STEPS times n. */
static double *answers(uint64_t seed, const instance *first, const double *holdings, double budget, int fill, int before,
                       size_t *other)
{
    const size_t n = first->n;
    double *all = claim(STEPS * n);
    session s = { .stream = { seed + 77 }, .p = instance_copy(first), .first = first };
    s.solver = solver_new(first, &fill, holdings, 0.001, budget);
    if (holdings) {
        s.holdings = claim(n);
        memcpy(s.holdings, holdings, n * sizeof *holdings);
    }
    mvo_outcome outcome;
    for (int k = 0; k < before; k++) {
        edit(&s);
        assert_int_equal(mvo_solver_solve(&outcome, s.solver, NULL), MVO_OK);
    }
    if (before)
        start_again(&s, holdings);
    s.stream.state = seed;
    for (size_t k = 0; k < STEPS; k++) {
        if (k)
            edit(&s);
        assert_int_equal(mvo_solver_solve(&outcome, s.solver, NULL), MVO_OK);
        *other += outcome != MVO_OPTIMAL;
        if (outcome == MVO_OPTIMAL)
            assert_int_equal(mvo_solver_weights(all + k * n, s.solver), MVO_OK);
    }
    mvo_solver_free(s.solver);
    instance_free(s.p);
    free(s.holdings);
    return all;
}

static size_t first_difference(const double *a, const double *b, size_t n)
{
    size_t k = 0;
    while (k < STEPS && !memcmp(a + k * n, b + k * n, n * sizeof *a))
        k++;
    return k;
}

/* 1 if the answers are the same from memory of zeros, of NaNs, and after a clear. */
static int compare(uint64_t seed, size_t *other)
{
    static const size_t sizes[SIZES] = { 60, 130, 250, 450 };
    random_stream stream = { seed };
    const size_t n = sizes[seed % SIZES];
    const int costly = seed / SIZES % 2 == 1, tight = seed / SIZES / 2 % 2 == 1, vertex = seed / SIZES / 4 % 2 == 1;
    const double budget = seed / SIZES / 8 % 2 == 1 ? 0.2 : 0.0; /* of turnover, where trading costs */
    instance *p = market_new(n, seed, 0);
    market_sectors(p);
    if (tight)
        instance_set_bounds(p, 0.0, 4.0 / (double)n);
    for (size_t j = 0; j < n; j++)
        p->linear[j] = (vertex ? -30.0 : -0.3) * (p->mu[j] + 0.05 * random_normal(&stream));
    double *holdings = costly ? claim(n) : NULL;
    for (size_t j = 0; costly && j < n; j += 5)
        holdings[j] = 5.0 / (double)n;
    double *zeros = answers(seed, p, holdings, budget, 0, 0, other), *nans = answers(seed, p, holdings, budget, 0xFF, 0, other),
           *after = answers(seed, p, holdings, budget, 0, BEFORE, other);
    const size_t memory = first_difference(zeros, nans, n), history = first_difference(zeros, after, n);
    if (memory < STEPS)
        print_error("seed %llu (n %zu): what memory held shows in step %zu\n", (unsigned long long)seed, n, memory);
    if (history < STEPS)
        print_error("seed %llu (n %zu): what was asked before a clear shows in step %zu\n", (unsigned long long)seed, n, history);
    free(zeros);
    free(nans);
    free(after);
    free(holdings);
    instance_free(p);
    return memory == STEPS && history == STEPS;
}

static void answers_depend_on_nothing_before(void **state)
{
    (void)state;
    const uint64_t first = asked("MVO_TEST_FRESH_FIRST", 1), sequences = asked("MVO_TEST_FRESH", SEQUENCES);
    size_t wrong = 0, other = 0;
    for (uint64_t seed = first; seed < first + sequences; seed++)
        wrong += !compare(seed, &other);
    print_message("          %llu sequences, %zu wrong; %zu steps without an optimum\n", (unsigned long long)sequences, wrong, other);
    assert_int_equal(wrong, 0);
}

/* Found by longer runs: the gradients by which a partner is chosen were those of an earlier sweep, or of none. */
static void partners_are_chosen_by_gradients_that_are_there(void **state)
{
    (void)state;
    const uint64_t seeds[] = { 16, 50, 176, 240, 249, 273 };
    size_t wrong = 0, other = 0;
    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++)
        wrong += !compare(seeds[k], &other);
    assert_int_equal(wrong, 0);
}

/* ------------------------------------------------------------------------- rows over absolute values */

/* Weights, multipliers and the report of an answer, or of what there is instead of one. */
typedef struct outcome_bits {
    mvo_outcome outcome;
    int64_t pivots, rounds;
    double *numbers; /* w, z, y: 2 n and the rows */
} outcome_bits;

static outcome_bits ask_for_bits(mvo_solver *solver, size_t n, size_t rows)
{
    outcome_bits bits = { .numbers = claim(2 * n + rows) };
    mvo_report report = MVO_REPORT_INIT;
    assert_int_equal(mvo_solver_solve(&bits.outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
    bits.pivots = report.pivots;
    bits.rounds = report.rounds;
    if (bits.outcome == MVO_OPTIMAL) {
        assert_int_equal(mvo_solver_weights(bits.numbers, solver), MVO_OK);
        assert_int_equal(mvo_solver_multipliers(bits.numbers + 2 * n, bits.numbers + n, solver), MVO_OK);
    }
    return bits;
}

static void ask_costly(mvo_solver *solver, const double *linear, const double *holdings)
{
    assert_int_equal(mvo_solver_set_linear(solver, linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_holdings(solver, holdings, NULL), MVO_OK);
}

/* Some days of other means and holdings, whose answers stand in other segments. */
static void pass_days(random_stream *stream, mvo_solver *solver, const costly *c)
{
    const size_t n = c->p->n;
    double *linear = claim(2 * n), *holdings = linear + n;
    mvo_outcome outcome;
    for (size_t days = 1 + random_below(stream, 4); days-- > 0;) {
        for (size_t j = 0; j < n; j++) {
            linear[j] = random_normal(stream);
            holdings[j] = random_below(stream, 3) ? c->holdings[j] : c->p->lower[j] + random_uniform(stream);
        }
        ask_costly(solver, linear, holdings);
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    }
    free(linear);
}

/* Budgets of turnover, of gross exposure, of one side of either, with coefficients or rates asset by asset. */
static int compare_cleared(uint64_t seed, int64_t method, size_t *optimal)
{
    random_stream stream = { seed };
    const int whole = seed % 3 == 0;
    const size_t n = 2 + random_below(&stream, 29), m = random_below(&stream, 4), absolute = 1 + random_below(&stream, 3);
    costly *c = costly_random(&stream, random_feasible_problem(&stream, n, m, 1 + random_below(&stream, n),
                                                               whole ? RANDOM_INTEGER : RANDOM_CONTINUOUS), absolute, whole);
    if (seed % 4 == 0)
        costly_randomise_rates(&stream, c, whole);
    mvo_solver *fresh = costly_solver(c, MVO_CHECK_FINITE), *lived = costly_solver(c, MVO_CHECK_FINITE);
    assert_int_equal(mvo_solver_set_integer(fresh, MVO_OPTION_METHOD, method, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_integer(lived, MVO_OPTION_METHOD, method, NULL), MVO_OK);
    pass_days(&stream, lived, c);
    ask_costly(lived, c->p->linear, c->holdings);
    assert_int_equal(mvo_solver_clear(lived, NULL), MVO_OK);
    const outcome_bits a = ask_for_bits(fresh, n, m + absolute), b = ask_for_bits(lived, n, m + absolute);
    const int same = a.outcome == b.outcome && a.pivots == b.pivots && a.rounds == b.rounds &&
                     !memcmp(a.numbers, b.numbers, (2 * n + m + absolute) * sizeof(double));
    *optimal += a.outcome == MVO_OPTIMAL;
    if (!same)
        print_error("seed %llu (n %zu, %zu absolute rows), method %d: %s after %d changes, cleared %s after %d\n",
                    (unsigned long long)seed, n, absolute, (int)method, mvo_outcome_name(a.outcome), (int)a.pivots,
                    mvo_outcome_name(b.outcome), (int)b.pivots);
    free(a.numbers);
    free(b.numbers);
    mvo_solver_free(fresh);
    mvo_solver_free(lived);
    costly_free(c);
    return same;
}

static void cleared_solvers_forget_segments(void **state)
{
    (void)state;
    const uint64_t first = asked("MVO_TEST_FRESH_FIRST", 1), problems = 10 * asked("MVO_TEST_FRESH", SEQUENCES);
    size_t wrong = 0, optimal = 0;
    for (uint64_t seed = first; seed < first + problems; seed++)
        for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++)
            wrong += !compare_cleared(seed, method, &optimal);
    print_message("          %llu problems over absolute values, %zu of %llu answers optimal, %zu wrong\n", (unsigned long long)problems,
                  optimal, 2 * (unsigned long long)problems, wrong);
    assert_int_equal(wrong, 0);
    assert_true(optimal > problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(answers_depend_on_nothing_before),
                                        cmocka_unit_test(partners_are_chosen_by_gradients_that_are_there),
                                        cmocka_unit_test(cleared_solvers_forget_segments) };
    return cmocka_run_group_tests_name("fresh bits", tests, NULL, NULL);
}
