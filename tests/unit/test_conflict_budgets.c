/* SPDX-License-Identifier: MIT */
/*
 * Conflicts with rows over absolute values: figures by hand, and on random problems every member is needed and the set is
 * infeasible, judged by solvers that start from nothing, once with the rows as they are and once with all weights split.
 */
#include "support/costly.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* Variances of 1, no correlation. */
static mvo_solver *solver_over(mvo_constraints *set)
{
    const size_t n = mvo_constraints_size(set);
    double *variance = calloc(n, sizeof *variance);
    mvo_covariance *covariance = NULL;
    mvo_solver *solver = NULL;
    for (size_t j = 0; j < n; j++)
        variance[j] = 1.0;
    assert_int_equal(
        mvo_covariance_new_factor(&covariance, NULL, n, 0, NULL, n, NULL, 1, variance, MVO_CHECK_ALL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, set, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
    mvo_constraints_free(set);
    free(variance);
    return solver;
}

static void assert_text(mvo_solver *solver, const char *text)
{
    mvo_conflict *conflict = NULL;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_solver_conflict(&conflict, solver, &error) != MVO_OK)
        fail_msg("no conflict: %s", error.message);
    assert_string_equal(mvo_conflict_text(conflict), text);
    mvo_conflict_free(conflict);
}

static void assert_conflict(mvo_solver *solver, const char *text)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_text(solver, text);
}

static void assert_none(mvo_solver *solver)
{
    mvo_conflict *conflict = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_solver_conflict(&conflict, solver, &error), MVO_ERROR_STATE);
    assert_string_equal(error.argument, "solver");
    assert_null(conflict);
}

/* ---------------------------------------------------------------------------------------------- by hand */

static mvo_constraints *venue_rules(int64_t *turnover, int64_t *venue)
{
    const double holdings[4] = { 0.75, 0.25, 0, 0 };
    mvo_constraints *set = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&set, NULL, 4, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(set, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_turnover(turnover, set, 0.25, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_group(venue, set, 2, (const size_t[]){ 2, 3 }, 0.5, 1, "venue", NULL), MVO_OK);
    return set;
}

/* Half of the portfolio is wanted where nothing is held, and a quarter may be traded. */
static void test_turnover_against_a_group(void **state)
{
    (void)state;
    int64_t turnover, venue, id;
    int32_t kind, side;
    double limit;
    mvo_outcome outcome = -1;
    mvo_conflict *conflict = NULL;
    mvo_solver *solver = solver_over(venue_rules(&turnover, &venue));
    assert_conflict(solver, "row 'turnover' <= 0.25\nrow 'venue' >= 0.5");
    assert_int_equal(mvo_solver_conflict(&conflict, solver, NULL), MVO_OK);
    assert_int_equal(mvo_conflict_item(&kind, &id, &side, &limit, conflict, 0), MVO_OK);
    assert_true(kind == MVO_CONFLICT_ROW && id == turnover && side == MVO_AT_UPPER && limit == 0.25);
    mvo_conflict_free(conflict);

    /* Half of it bought takes the other half sold: the budget has its part where a turnover of three quarters would do to
       buy, but not to sell as well. */
    assert_int_equal(mvo_solver_set_row_limits(solver, turnover, -INFINITY, 0.75, NULL), MVO_OK);
    assert_conflict(solver, "row 'budget' <= 1\nrow 'turnover' <= 0.75\nrow 'venue' >= 0.5");
    assert_int_equal(mvo_solver_set_row_limits(solver, turnover, -INFINITY, 1.0, NULL), MVO_OK);
    assert_none(solver); /* moved to where they agree */
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_none(solver);
    mvo_solver_free(solver);
}

/* The holdings count as they stand on the solver. */
static void test_moved_holdings(void **state)
{
    (void)state;
    const double there[4] = { 0.25, 0.25, 0.25, 0.25 }, back[4] = { 0.5, 0.5, 0, 0 }, far[4] = { 2, 0, 0.25, 0.25 };
    int64_t turnover, venue;
    mvo_outcome outcome = -1;
    mvo_solver *solver = solver_over(venue_rules(&turnover, &venue));
    assert_int_equal(mvo_solver_set_holdings(solver, there, NULL), MVO_OK);
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_solver_set_holdings(solver, back, NULL), MVO_OK);
    assert_conflict(solver, "row 'turnover' <= 0.25\nrow 'venue' >= 0.5");
    assert_int_equal(mvo_solver_set_holdings(solver, far, NULL), MVO_OK);
    assert_conflict(solver, "row 'budget' <= 1\nrow 'turnover' <= 0.25");
    assert_int_equal(mvo_solver_set_holdings(solver, there, NULL), MVO_OK);
    assert_none(solver);
    mvo_solver_free(solver);
}

/* Costs, however high, have no part. */
static void test_costs_are_no_conflict(void **state)
{
    (void)state;
    const double rate[4] = { 100, 100, 100, 100 }, at[1] = { 0.125 }, slope[2] = { -50, 75 };
    int64_t turnover, venue;
    mvo_constraints *set = venue_rules(&turnover, &venue);
    assert_int_equal(mvo_constraints_set_trading_costs(set, rate, rate, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_borrow_costs(set, rate, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_cost(set, 2, 1, at, slope, 0.0, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set);
    assert_conflict(solver, "row 'turnover' <= 0.25\nrow 'venue' >= 0.5");
    mvo_solver_free(solver);
}

/* A gross exposure of 1 earns 0.25 at most, here short of the asset that loses most. */
static void test_gross_against_a_target(void **state)
{
    (void)state;
    const double mu[3] = { 0.125, -0.25, 0.1 };
    mvo_constraints *set = NULL;
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_constraints_new(&set, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_gross(NULL, set, 1.0, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set);
    assert_int_equal(mvo_minimum_variance_at_return(&outcome, solver, mu, 0.25, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL);
    assert_int_equal(mvo_minimum_variance_at_return(&outcome, solver, mu, 0.3125, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_text(solver, "the target return >= 0.3125\nrow 'gross' <= 1");
    mvo_solver_free(solver);
}

/* A short position that must go and a budget that wants as much sold: 2 of turnover, 1.5 are allowed. */
static void test_long_only_from_far_holdings(void **state)
{
    (void)state;
    const double holdings[3] = { -1, 1, 1 };
    mvo_constraints *set = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&set, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_asset_name(set, 0, "BTC", NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(set, holdings, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_turnover(NULL, set, 1.5, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set);
    assert_conflict(solver, "row 'budget' <= 1\nrow 'turnover' <= 1.5\nasset 'BTC' >= 0");
    mvo_solver_free(solver);
}

/* Longs of 1 and shorts of at most a quarter against a net exposure of nothing; and two budgets against one another. */
static void test_longs_and_shorts(void **state)
{
    (void)state;
    mvo_constraints *set = NULL;
    int64_t neutral, id[3];
    assert_int_equal(mvo_constraints_new(&set, NULL, 3, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(&neutral, set, -0.5, -0.5, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_long(&id[0], set, 1.0, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_short(&id[1], set, 0.25, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_gross(&id[2], set, 0.5, NULL), MVO_OK);
    mvo_solver *solver = solver_over(set);
    assert_conflict(solver, "row 'budget' <= -0.5\nrow 'short' <= 0.25");
    assert_int_equal(mvo_solver_set_row_limits(solver, id[1], -INFINITY, INFINITY, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_row_limits(solver, neutral, 0.75, 2, NULL), MVO_OK);
    assert_conflict(solver, "row 'budget' >= 0.75\nrow 'gross' <= 0.5");
    /* No sum of absolute values is negative: such a limit stands alone. */
    assert_int_equal(mvo_solver_set_row_limits(solver, id[2], -INFINITY, -0.125, NULL), MVO_OK);
    assert_conflict(solver, "row 'gross' <= -0.125");
    mvo_solver_free(solver);
}

/* Crossed limits of another row come first, and are no affair of the absolute ones. */
static void test_crossed_limits(void **state)
{
    (void)state;
    int64_t turnover, venue;
    mvo_solver *solver = solver_over(venue_rules(&turnover, &venue));
    assert_int_equal(mvo_solver_set_row_limits(solver, venue, 0.5, 0.25, NULL), MVO_OK);
    assert_conflict(solver, "row 'venue' >= 0.5\nrow 'venue' <= 0.25");
    mvo_solver_free(solver);
}

/* --------------------------------------------------------------------------------------- random problems */

/* The limits alone, all of them infinite: the target's row (NULL: none) after the linear ones. */
static costly *bare(const costly *c, const double *target)
{
    const size_t n = c->p->n, m = c->p->m;
    costly *b = costly_new(instance_new(n, m + (target ? 1 : 0)), c->absolute);
    instance_set_bounds(b->p, -INFINITY, INFINITY);
    for (size_t i = 0; i < m; i++)
        instance_set_row(b->p, i, c->p->rows + i * n, -INFINITY, INFINITY);
    if (target)
        instance_set_row(b->p, m, target, -INFINITY, INFINITY);
    memcpy(b->holdings, c->holdings, n * sizeof *b->holdings);
    for (size_t i = 0; i < c->absolute; i++) {
        memcpy(b->rows[i].coefficients, c->rows[i].coefficients, n * sizeof(double));
        b->rows[i].around = c->rows[i].around;
        b->rows[i].above = c->rows[i].above;
        b->rows[i].below = c->rows[i].below;
        if (c->rows[i].rates) {
            b->rows[i].rates = malloc(2 * n * sizeof(double));
            assert_non_null(b->rows[i].rates);
            memcpy(b->rows[i].rates, c->rows[i].rates, 2 * n * sizeof(double));
        }
    }
    return b;
}

static void put_limit(costly *b, const costly *c, const mvo_constraints *names, const mvo_conflict *conflict, size_t k,
                      double target)
{
    int32_t kind, side;
    int64_t id;
    double limit;
    assert_int_equal(mvo_conflict_item(&kind, &id, &side, &limit, conflict, k), MVO_OK);
    size_t i = 0;
    while (kind == MVO_CONFLICT_ROW && id >= 0 && mvo_constraints_row_id(names, i) != id)
        i++;
    const int low = side == MVO_AT_LOWER;
    if (kind == MVO_CONFLICT_BOUND) {
        assert_true(limit == (low ? c->p->lower[id] : c->p->upper[id]));
        *(low ? &b->p->lower[id] : &b->p->upper[id]) = limit;
    } else if (id < 0) {
        assert_true(low && limit == target);
        b->p->row_lower[c->p->m] = limit;
    } else if (i < c->p->m) {
        assert_true(limit == (low ? c->p->row_lower[i] : c->p->row_upper[i]));
        *(low ? &b->p->row_lower[i] : &b->p->row_upper[i]) = limit;
    } else {
        assert_true(!low && limit == c->rows[i - c->p->m].limit);
        b->rows[i - c->p->m].limit = limit;
    }
}

/* Both judges agree, and what is infeasible is proved from the outside. */
static mvo_outcome judge(const costly *b)
{
    char why[256] = "";
    mvo_outcome outcome = -1, split_outcome = -1;
    mvo_solver *solver = costly_solver(b, MVO_CHECK_ALL);
    instance *split = costly_split(b, 0.0);
    mvo_solver *other = instance_solver(split, MVO_CHECK_ALL);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&split_outcome, other, NULL), MVO_OK);
    assert_int_equal(outcome, split_outcome);
    if (outcome == MVO_INFEASIBLE && !costly_verify_farkas(b, solver, 1e-9, why, sizeof why))
        fail_msg("%s", why);
    mvo_solver_free(solver);
    mvo_solver_free(other);
    instance_free(split);
    return outcome;
}

/* Counts how many members are absolute rows. */
static size_t assert_irreducible(const costly *c, const mvo_conflict *conflict, const double *mu, double target)
{
    const size_t count = mvo_conflict_count(conflict);
    mvo_constraints *names = costly_constraints(c);
    size_t budgets = 0;
    assert_in_range(count, 1, 2 * (c->p->n + c->p->m + c->absolute) + 1);
    for (size_t out = 0; out <= count; out++) { /* the last one leaves nothing out */
        costly *b = bare(c, mu);
        for (size_t k = 0; k < count; k++)
            if (k != out)
                put_limit(b, c, names, conflict, k, target);
        assert_int_equal(judge(b), out == count ? MVO_INFEASIBLE : MVO_OPTIMAL);
        for (size_t i = 0; out == count && i < b->absolute; i++)
            budgets += !isinf(b->rows[i].limit);
        costly_free(b);
    }
    mvo_constraints_free(names);
    return budgets;
}

static void drop_costs(costly *c)
{
    for (size_t j = 0; j < c->p->n; j++) {
        c->buy[j] = c->sell[j] = c->borrow[j] = 0.0;
        free(c->at[j]);
        free(c->slope[j]);
        c->at[j] = c->slope[j] = NULL;
        c->count[j] = 0;
    }
}

/* `rates`: rows with rates by asset, some of them negative. */
static void explain_many(size_t problems, size_t most_assets, int integer, int rates, uint64_t seed)
{
    random_stream stream = { seed };
    size_t infeasible = 0, with_budgets = 0, with_several = 0;
    for (size_t t = 0; t < problems; t++) {
        const size_t n = 1 + random_below(&stream, most_assets), m = random_below(&stream, n / 2 + 2);
        const int kind = integer ? RANDOM_INTEGER : RANDOM_CONTINUOUS, has_target = t % 3 == 0;
        instance *p = t % 2 ? random_feasible_problem(&stream, n, m, n, kind) : random_problem(&stream, n, m, n, kind);
        costly *c = costly_random(&stream, p, 1 + random_below(&stream, 3), integer);
        double target = 0.0;
        if (rates)
            costly_randomise_rates(&stream, c, integer);
        for (size_t i = 0; i < c->absolute; i++)
            c->rows[i].limit *= integer ? 0.5 : 0.25;
        for (size_t j = 0; j < n; j++)
            p->mu[j] = integer ? (double)random_below(&stream, 5) - 2.0 : random_normal(&stream);
        if (has_target) {
            drop_costs(c);
            target = integer ? (double)random_below(&stream, 9) : 6.0 * random_uniform(&stream);
        }
        mvo_solver *solver = costly_solver(c, MVO_CHECK_ALL);
        mvo_outcome outcome = -1;
        assert_int_equal(has_target ? mvo_minimum_variance_at_return(&outcome, solver, p->mu, target, NULL)
                                    : mvo_solver_solve(&outcome, solver, NULL),
                         MVO_OK);
        if (outcome == MVO_INFEASIBLE) {
            mvo_conflict *conflict = NULL;
            mvo_error error = MVO_ERROR_INIT;
            if (mvo_solver_conflict(&conflict, solver, &error) != MVO_OK)
                fail_msg("problem %zu: %s", t, error.message);
            const size_t budgets = assert_irreducible(c, conflict, has_target ? p->mu : NULL, target);
            with_budgets += budgets > 0;
            with_several += budgets > 1;
            infeasible++;
            mvo_conflict_free(conflict);
        }
        mvo_solver_free(solver);
        costly_free(c);
    }
    print_message("%zu problems: %zu conflicts, %zu with a budget, %zu with several\n", problems, infeasible, with_budgets,
                  with_several);
    assert_true(6 * infeasible > problems && 3 * with_budgets > infeasible && with_several > 0);
}

static void test_random_conflicts(void **state)
{
    (void)state;
    explain_many(600, 5, 1, 0, 1);
    explain_many(600, 5, 0, 0, 2);
    explain_many(150, 14, 1, 0, 3);
    explain_many(150, 14, 0, 0, 4);
    explain_many(300, 5, 1, 1, 5);
    explain_many(300, 5, 0, 1, 6);
    explain_many(100, 14, 0, 1, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turnover_against_a_group), cmocka_unit_test(test_moved_holdings),
        cmocka_unit_test(test_costs_are_no_conflict),    cmocka_unit_test(test_gross_against_a_target),
        cmocka_unit_test(test_long_only_from_far_holdings), cmocka_unit_test(test_longs_and_shorts),
        cmocka_unit_test(test_crossed_limits),           cmocka_unit_test(test_random_conflicts),
    };
    return cmocka_run_group_tests_name("conflicts with budgets", tests, NULL, NULL);
}
