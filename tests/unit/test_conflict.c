/* SPDX-License-Identifier: MIT */
/* Conflicts: the limits named contradict each other, and no fewer of them do. On random problems in small integers that
   is decided exactly, by Fourier-Motzkin elimination, which shares nothing with the solver. The solver's own proofs are
   mostly irreducible already, so proofs are also made worse on purpose. */
#include "support/counting_allocator.h"

#include "qp/solver.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ------------------------------------------------------------------------------------------------ set-up */

static mvo_solver *make_solver(mvo_context *context, const mvo_constraints *rules)
{
    const size_t n = mvo_constraints_size(rules);
    double *specific = malloc(n * sizeof *specific);
    mvo_covariance *sigma = NULL;
    mvo_solver *solver = NULL;
    assert_non_null(specific);
    for (size_t j = 0; j < n; j++)
        specific[j] = 0.01 * (double)(j + 1);
    assert_int_equal(mvo_covariance_new_factor(&sigma, context, n, 0, NULL, n, NULL, 1, specific, MVO_CHECK_ALL, NULL),
                     MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, context, sigma, rules, NULL), MVO_OK);
    mvo_covariance_unref(sigma);
    free(specific);
    return solver;
}

static mvo_constraints *make_rules(mvo_context *context, size_t n)
{
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new_long_only(&rules, context, n, NULL), MVO_OK);
    return rules;
}

static mvo_conflict *explain(mvo_solver *solver)
{
    mvo_conflict *conflict = NULL;
    mvo_error error = MVO_ERROR_INIT;
    if (mvo_solver_conflict(&conflict, solver, &error) != MVO_OK)
        fail_msg("no conflict: %s", error.message);
    assert_non_null(conflict);
    return conflict;
}

/* Solves, expects MVO_INFEASIBLE and compares the conflict's text. */
static void assert_conflict(mvo_solver *solver, const char *text)
{
    mvo_outcome outcome = -1;
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    mvo_conflict *conflict = explain(solver);
    assert_string_equal(mvo_conflict_text(conflict), text);
    mvo_conflict_free(conflict);
}

/* ---------------------------------------------------------------------------------------- by hand */

static void test_caps_below_the_budget(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 3);
    for (size_t j = 0; j < 3; j++)
        mvo_constraints_set_bound(rules, j, 0.0, 0.3, NULL);
    mvo_constraints_set_asset_name(rules, 1, "BTC", NULL);
    mvo_solver *solver = make_solver(NULL, rules);
    assert_conflict(solver, "row 'budget' >= 1\nasset 0 <= 0.3\nasset 'BTC' <= 0.3\nasset 2 <= 0.3");
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* A sector floor that two caps forbid; all else could be met. */
static void test_floor_above_caps(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 5);
    const size_t tech[] = { 1, 3 };
    int64_t id, other;
    mvo_constraints_add_group(&other, rules, 2, (const size_t[]){ 0, 2 }, 0.1, 0.6, "venue", NULL);
    mvo_constraints_add_group(&id, rules, 2, tech, 0.3, 0.5, "tech", NULL);
    mvo_constraints_set_bound(rules, 1, 0.0, 0.05, NULL);
    mvo_constraints_set_bound(rules, 3, 0.01, 0.1, NULL);
    mvo_constraints_set_asset_name(rules, 3, "BTC", NULL);
    mvo_solver *solver = make_solver(NULL, rules);
    mvo_outcome outcome;
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    mvo_conflict *conflict = explain(solver);
    assert_string_equal(mvo_conflict_text(conflict), "row 'tech' >= 0.3\nasset 1 <= 0.05\nasset 'BTC' <= 0.1");
    assert_int_equal(mvo_conflict_count(conflict), 3);

    int32_t kind, side;
    int64_t who;
    double limit;
    assert_int_equal(mvo_conflict_item(&kind, &who, &side, &limit, conflict, 0), MVO_OK);
    assert_true(kind == MVO_CONFLICT_ROW && who == id && side == MVO_AT_LOWER && limit == 0.3);
    assert_int_equal(mvo_conflict_item(&kind, &who, &side, &limit, conflict, 2), MVO_OK);
    assert_true(kind == MVO_CONFLICT_BOUND && who == 3 && side == MVO_AT_UPPER && limit == 0.1);
    assert_int_equal(mvo_conflict_item(NULL, NULL, NULL, NULL, conflict, 1), MVO_OK);
    limit = 7;
    assert_int_equal(mvo_conflict_item(&kind, &who, &side, &limit, conflict, 3), MVO_ERROR_ARGUMENT);
    assert_int_equal(mvo_conflict_item(&kind, &who, &side, &limit, NULL, 0), MVO_ERROR_NULL);
    assert_true(limit == 7);
    /* the conflict is its own: it outlives the solver */
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    assert_string_equal(mvo_conflict_text(conflict), "row 'tech' >= 0.3\nasset 1 <= 0.05\nasset 'BTC' <= 0.1");
    mvo_conflict_free(conflict);
}

/* Limits count as they stand on the solver, not as they were in the snapshot. */
static void test_moved_limits(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 2);
    mvo_solver *solver = make_solver(NULL, rules);
    const int64_t budget = mvo_constraints_row_id(rules, 0);
    mvo_solver_set_bound(solver, 0, 0.75, 1.0, NULL);
    mvo_solver_set_bound(solver, 1, 0.5, 1.0, NULL);
    assert_conflict(solver, "row 'budget' <= 1\nasset 0 >= 0.75\nasset 1 >= 0.5");
    mvo_solver_set_row_limits(solver, budget, -INFINITY, 1.125, NULL);
    assert_conflict(solver, "row 'budget' <= 1.125\nasset 0 >= 0.75\nasset 1 >= 0.5");
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

static void test_crossed_limits(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 3);
    const double zeros[3] = { 0, 0, 0 };
    int64_t none;
    mvo_constraints_add_row(&none, rules, zeros, -1, 1, "nothing", NULL);
    mvo_solver *solver = make_solver(NULL, rules);
    const int64_t budget = mvo_constraints_row_id(rules, 0);
    mvo_solver_set_row_limits(solver, budget, 1.5, 1.25, NULL);
    assert_conflict(solver, "row 'budget' >= 1.5\nrow 'budget' <= 1.25");
    mvo_solver_set_row_limits(solver, budget, 1, 1, NULL);
    mvo_solver_set_bound(solver, 2, 0.1 + 0.2, 0.3, NULL); /* crossed by one bit */
    assert_conflict(solver, "asset 2 >= 0.30000000000000004\nasset 2 <= 0.3");
    mvo_solver_set_bound(solver, 2, 0, 1, NULL);
    /* in a row of zeros either limit may stand alone */
    mvo_solver_set_row_limits(solver, none, 2, 1, NULL);
    assert_conflict(solver, "row 'nothing' >= 2");
    mvo_solver_set_row_limits(solver, none, -1, -2, NULL);
    assert_conflict(solver, "row 'nothing' <= -2");
    mvo_solver_set_row_limits(solver, none, 0.5, 1, NULL);
    assert_conflict(solver, "row 'nothing' >= 0.5");
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

static void test_rows_without_names(void **state)
{
    (void)state;
    mvo_constraints *rules = NULL;
    const double a[2] = { 1, -1 }, b[2] = { 2, -2 };
    mvo_constraints_new(&rules, NULL, 2, NULL);
    mvo_constraints_add_budget(NULL, rules, 1, 1, NULL);
    mvo_constraints_add_row(NULL, rules, a, 1, INFINITY, NULL, NULL);
    mvo_constraints_add_row(NULL, rules, b, -INFINITY, 1, "a\nb", NULL);
    mvo_solver *solver = make_solver(NULL, rules);
    assert_conflict(solver, "row 1 >= 1\nrow 'a?b' <= 1");
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

static void test_target_return(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 2);
    const double mu[2] = { 0.01, 0.03 };
    mvo_constraints_set_bound(rules, 1, 0, 0.5, NULL);
    mvo_solver *solver = make_solver(NULL, rules);
    mvo_outcome outcome;
    assert_int_equal(mvo_minimum_variance_at_return(&outcome, solver, mu, 0.025, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    mvo_conflict *conflict = explain(solver);
    assert_string_equal(mvo_conflict_text(conflict), "the target return >= 0.025\nrow 'budget' <= 1\nasset 1 <= 0.5");
    int32_t kind, side;
    int64_t id;
    double limit;
    assert_int_equal(mvo_conflict_item(&kind, &id, &side, &limit, conflict, 0), MVO_OK);
    assert_true(kind == MVO_CONFLICT_ROW && id == -1 && side == MVO_AT_LOWER && limit == 0.025);
    mvo_conflict_free(conflict);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* Nothing can be spared of a budget and three hundred caps. */
static void test_many_members(void **state)
{
    enum { MANY = 300 };
    (void)state;
    mvo_constraints *rules = make_rules(NULL, MANY);
    for (size_t j = 0; j < MANY; j++)
        mvo_constraints_set_bound(rules, j, 0, 1.0 / 320, NULL);
    mvo_solver *solver = make_solver(NULL, rules);
    mvo_outcome outcome;
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    mvo_conflict *conflict = explain(solver);
    assert_int_equal(mvo_conflict_count(conflict), MANY + 1);
    mvo_conflict_free(conflict);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* ------------------------------------------------------------------------------------------- bad inputs */

static void expect_state(mvo_solver *solver)
{
    mvo_conflict *const mark = (mvo_conflict *)&solver;
    mvo_conflict *conflict = mark;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_solver_conflict(&conflict, solver, &error), MVO_ERROR_STATE);
    assert_int_equal(error.status, MVO_ERROR_STATE);
    assert_string_equal(error.argument, "solver");
    assert_ptr_equal(conflict, mark);
}

static void test_bad_inputs(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 2);
    mvo_solver *solver = make_solver(NULL, rules);
    mvo_conflict *conflict = NULL;
    mvo_error error = MVO_ERROR_INIT;
    mvo_outcome outcome;
    assert_int_equal(mvo_solver_conflict(&conflict, NULL, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "solver");
    assert_int_equal(mvo_solver_conflict(NULL, solver, &error), MVO_ERROR_NULL);
    assert_string_equal(error.argument, "conflict");
    assert_int_equal(mvo_solver_conflict(NULL, solver, NULL), MVO_ERROR_NULL);
    assert_int_equal(mvo_conflict_count(NULL), 0);
    assert_string_equal(mvo_conflict_text(NULL), "");
    mvo_conflict_free(NULL);

    expect_state(solver); /* no solve yet */
    mvo_minimum_variance(&outcome, solver, NULL);
    expect_state(solver); /* an optimum */
    mvo_solver_set_bound(solver, 0, 2, 3, NULL);
    expect_state(solver); /* not solved since */
    mvo_minimum_variance(&outcome, solver, NULL);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    mvo_solver_set_bound(solver, 0, 0, 1, NULL);
    expect_state(solver); /* the contradiction has gone */
    mvo_solver_clear(solver, NULL);
    expect_state(solver);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* What passes for a proof must add up: a combination that is positive alone does not. */
static void test_a_broken_proof(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 2);
    mvo_solver *solver = make_solver(NULL, rules);
    mvo_outcome outcome;
    mvo_solver_set_bound(solver, 0, 2, 3, NULL);
    mvo_minimum_variance(&outcome, solver, NULL);
    mvo_solver_set_bound(solver, 0, 0.5, 1, NULL);
    memset(solver->proof, 0, 4 * sizeof *solver->proof);
    solver->proof[0] = 1.0; /* says 0.5 <= w_0, no more */
    expect_state(solver);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* A contradiction too small for the solver that is asked again, but proved: its limits are told as they are. */
static void test_a_tiny_contradiction(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 2);
    mvo_solver *solver = make_solver(NULL, rules);
    mvo_outcome outcome;
    for (size_t j = 0; j < 2; j++)
        mvo_solver_set_bound(solver, j, 0, 0.5 - 1e-13, NULL);
    assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_OPTIMAL); /* to rounding, the tolerance of primal feasibility */
    solver->outcome = MVO_INFEASIBLE;
    const double proof[4] = { -1, -1, 1, 0 };
    memcpy(solver->proof, proof, sizeof proof);
    mvo_conflict *conflict = explain(solver);
    assert_string_equal(mvo_conflict_text(conflict),
                        "row 'budget' >= 1\nasset 0 <= 0.4999999999999\nasset 1 <= 0.4999999999999");
    mvo_conflict_free(conflict);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* A volatility no portfolio has is no contradiction among limits. */
static void test_volatility_is_no_conflict(void **state)
{
    (void)state;
    mvo_constraints *rules = make_rules(NULL, 2);
    mvo_solver *solver = make_solver(NULL, rules);
    const double mu[2] = { 0.01, 0.02 };
    mvo_outcome outcome;
    assert_int_equal(mvo_maximum_return_at_volatility(&outcome, solver, mu, 0.001, NULL), MVO_OK);
    assert_int_equal(outcome, MVO_INFEASIBLE);
    assert_int_equal(mvo_solver_farkas(NULL, NULL, solver), MVO_ERROR_STATE);
    expect_state(solver);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* ------------------------------------------------------------------------------------------------ memory */

static void test_out_of_memory(void **state)
{
    (void)state;
    size_t k = 0;
    for (int on = 0; on <= 1; on++) {
        for (k = 0; k < 500; k++) {
            counting_allocator allocator = { 0, 0, 0, COUNTING_NEVER, on };
            mvo_context *context = NULL;
            assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL),
                             MVO_OK);
            mvo_constraints *rules = make_rules(context, 3);
            const size_t some[] = { 0, 2 };
            mvo_constraints_add_group(NULL, rules, 2, some, 0.5, 1, "a group", NULL);
            mvo_constraints_set_bound(rules, 0, 0, 0.1, NULL);
            mvo_constraints_set_bound(rules, 2, 0, 0.1, NULL);
            mvo_solver *solver = make_solver(context, rules);
            mvo_outcome outcome;
            mvo_minimum_variance(&outcome, solver, NULL);
            mvo_conflict *const mark = (mvo_conflict *)&allocator;
            mvo_conflict *conflict = mark;
            mvo_error error = MVO_ERROR_INIT;
            const size_t live = allocator.live;
            allocator.refuse_at = allocator.asked + k;
            const mvo_status status = mvo_solver_conflict(&conflict, solver, &error);
            const int refused = allocator.refused > 0;
            allocator.refuse_at = COUNTING_NEVER;
            if (refused) {
                assert_int_equal(status, MVO_ERROR_MEMORY);
                assert_int_equal(error.status, MVO_ERROR_MEMORY);
                assert_ptr_equal(conflict, mark);
                assert_int_equal(allocator.live, live);
                conflict = explain(solver);
            }
            assert_string_equal(mvo_conflict_text(conflict), "row 'a group' >= 0.5\nasset 0 <= 0.1\nasset 2 <= 0.1");
            mvo_solver_free(solver);
            mvo_constraints_free(rules);
            mvo_context_unref(context);
            mvo_conflict_free(conflict); /* holds the context itself */
            assert_int_equal(allocator.live, 0);
            if (!refused)
                break;
        }
        assert_in_range(k, 20, 499);
    }
}

/* ------------------------------------------------------------------------ exact judgement, in integers */

enum { MOST = 5, TERMS = MOST + 1, ROOM = 4096 };

/* a'x <= b, held as a[0..n-1] and b in a[MOST]. */
typedef struct inequality {
    int64_t a[TERMS];
} inequality;

static int64_t common_divisor(int64_t x, int64_t y)
{
    while (y) {
        const int64_t rest = x % y;
        x = y;
        y = rest;
    }
    return x < 0 ? -x : x;
}

static void reduce(inequality *q)
{
    int64_t divisor = 0;
    for (size_t j = 0; j < TERMS; j++)
        divisor = common_divisor(divisor, q->a[j]);
    for (size_t j = 0; divisor > 1 && j < TERMS; j++)
        q->a[j] /= divisor;
}

/* Fourier-Motzkin elimination of one unknown after the other. 1 if the inequalities have a (real) solution. */
static int has_solution(const inequality *given, size_t count, size_t n)
{
    static inequality now[ROOM], next[ROOM];
    memcpy(now, given, count * sizeof *given);
    for (size_t j = 0; j < n; j++) {
        size_t made = 0;
        for (size_t p = 0; p < count; p++) {
            if (now[p].a[j] == 0)
                next[made++] = now[p];
            for (size_t q = 0; now[p].a[j] > 0 && q < count; q++) {
                if (now[q].a[j] >= 0)
                    continue;
                assert_true(made < ROOM);
                for (size_t t = 0; t < TERMS; t++)
                    next[made].a[t] = now[p].a[t] * -now[q].a[j] + now[q].a[t] * now[p].a[j];
                reduce(&next[made++]);
            }
        }
        count = made;
        memcpy(now, next, count * sizeof *now);
    }
    for (size_t p = 0; p < count; p++)
        if (now[p].a[MOST] < 0)
            return 0;
    return 1;
}

static void test_elimination(void **state)
{
    (void)state;
    /* x + y <= 1, -x <= -1, -y <= 0: the point (1, 0); with -y <= -1 nothing */
    inequality some[3] = { { { 1, 1, 0, 0, 0, 1 } }, { { -1, 0, 0, 0, 0, -1 } }, { { 0, -1, 0, 0, 0, 0 } } };
    assert_int_equal(has_solution(some, 3, 2), 1);
    some[2].a[MOST] = -1;
    assert_int_equal(has_solution(some, 3, 2), 0);
    assert_int_equal(has_solution(some, 2, 2), 1);
}

/* xorshift64: Marsaglia (2003), "Xorshift RNGs". */
static uint64_t seed;

static int random_between(int low, int high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return low + (int)(seed % (uint64_t)(high - low + 1));
}

typedef struct random_problem {
    size_t n, m;
    double a[MOST + 1][MOST]; /* the row after the last is the target's */
    double low[MOST + 1], high[MOST + 1], lower[MOST], upper[MOST];
    int64_t ids[MOST];
    int has_target;
} random_problem;

static void random_limits(double *low, double *high)
{
    *low = random_between(-4, 3);
    *high = *low + random_between(0, 3);
    if (random_between(0, 2) == 0)
        *low = -INFINITY;
    if (random_between(0, 2) == 0)
        *high = INFINITY;
}

static random_problem make_problem(void)
{
    random_problem p = { 0 };
    p.n = (size_t)random_between(1, MOST);
    p.m = (size_t)random_between(0, MOST);
    p.has_target = random_between(0, 2) == 0;
    for (size_t i = 0; i <= p.m; i++) {
        for (size_t j = 0; j < p.n; j++)
            p.a[i][j] = random_between(-2, 2) * random_between(0, 1);
        random_limits(&p.low[i], &p.high[i]);
    }
    for (size_t j = 0; j < p.n; j++)
        random_limits(&p.lower[j], &p.upper[j]);
    return p;
}

/* A member of a conflict as an inequality in integers; its limit must be the one the problem has. */
static inequality read_member(const random_problem *p, const mvo_conflict *conflict, size_t k)
{
    inequality q = { { 0 } };
    int32_t kind, side;
    int64_t id;
    double limit;
    assert_int_equal(mvo_conflict_item(&kind, &id, &side, &limit, conflict, k), MVO_OK);
    const int sign = side == MVO_AT_LOWER ? -1 : 1;
    if (kind == MVO_CONFLICT_BOUND) {
        assert_true(id >= 0 && (size_t)id < p->n);
        assert_true(limit == (side == MVO_AT_LOWER ? p->lower[id] : p->upper[id]));
        q.a[id] = sign;
    } else {
        size_t i = 0;
        while (i < p->m && p->ids[i] != id)
            i++;
        assert_true(i < p->m || (p->has_target && id == -1));
        assert_true(limit == (side == MVO_AT_LOWER ? p->low[i] : p->high[i]));
        for (size_t j = 0; j < p->n; j++)
            q.a[j] = sign * (int64_t)p->a[i][j];
    }
    q.a[MOST] = sign * (int64_t)limit;
    return q;
}

static void assert_irreducible(const random_problem *p, const mvo_conflict *conflict)
{
    inequality all[MOST + 2], rest[MOST + 2];
    const size_t count = mvo_conflict_count(conflict);
    assert_in_range(count, 1, p->n + 1); /* no irreducible conflict in n unknowns has more */
    for (size_t k = 0; k < count; k++)
        all[k] = read_member(p, conflict, k);
    assert_false(has_solution(all, count, p->n));
    for (size_t k = 0; k < count; k++) {
        memcpy(rest, all, sizeof all);
        rest[k] = all[count - 1];
        assert_true(has_solution(rest, count - 1, p->n));
    }
}

/* Some limits are moved on the solver, now and then to where they cross. */
static void move_limits(random_problem *p, mvo_solver *solver)
{
    for (size_t i = 0; i < p->m; i++) {
        if (random_between(0, 9))
            continue;
        p->low[i] = random_between(-4, 4);
        p->high[i] = random_between(-4, 4);
        assert_int_equal(mvo_solver_set_row_limits(solver, p->ids[i], p->low[i], p->high[i], NULL), MVO_OK);
    }
    for (size_t j = 0; j < p->n; j++) {
        if (random_between(0, 9))
            continue;
        p->lower[j] = random_between(-4, 4);
        p->upper[j] = random_between(-4, 4);
        assert_int_equal(mvo_solver_set_bound(solver, j, p->lower[j], p->upper[j], NULL), MVO_OK);
    }
}

static mvo_outcome ask(random_problem *p, mvo_solver *solver)
{
    mvo_outcome outcome = -1;
    if (p->has_target) {
        p->high[p->m] = INFINITY;
        p->low[p->m] = random_between(-4, 8);
        assert_int_equal(mvo_minimum_variance_at_return(&outcome, solver, p->a[p->m], p->low[p->m], NULL), MVO_OK);
    } else {
        assert_int_equal(mvo_minimum_variance(&outcome, solver, NULL), MVO_OK);
    }
    assert_true(outcome == MVO_OPTIMAL || outcome == MVO_INFEASIBLE);
    return outcome;
}

/* Explaining leaves the proof and the next answer as they would have been. */
static void assert_untouched(const random_problem *p, mvo_solver *solver, const double *rows, const double *bounds)
{
    double after_rows[MOST], after_bounds[MOST];
    assert_int_equal(mvo_solver_farkas(after_rows, after_bounds, solver), MVO_OK);
    assert_memory_equal(after_bounds, bounds, p->n * sizeof *bounds);
    for (size_t i = 0; i < p->m; i++)
        assert_true(after_rows[i] == rows[i]);
}

/* Whatever the proof looks like, the conflict must be one: here it points at limits at random. */
static void spoil_proof(const random_problem *p, mvo_solver *solver)
{
    for (size_t k = 0; k < p->n + p->m + 1; k++)
        solver->proof[k] = random_between(-1, 1);
    solver->proof[0] = random_between(0, 1) ? 1.0 : -1.0; /* all zeros would mean that there is none */
}

/* Here it points at more limits than are needed. */
static void widen_proof(const random_problem *p, mvo_solver *solver)
{
    for (size_t k = 0; k < p->n + p->m + 1; k++)
        if (solver->proof[k] == 0.0)
            solver->proof[k] = random_between(-1, 1);
}

static void assert_explained(const random_problem *p, mvo_solver *solver)
{
    mvo_conflict *conflict = explain(solver);
    assert_irreducible(p, conflict);
    mvo_conflict_free(conflict);
}

static int try_problem(void)
{
    random_problem p = make_problem();
    double rows[MOST], bounds[MOST];
    mvo_constraints *rules = NULL;
    assert_int_equal(mvo_constraints_new(&rules, NULL, p.n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(rules, p.lower, p.upper, NULL), MVO_OK);
    for (size_t i = 0; i < p.m; i++)
        assert_int_equal(mvo_constraints_add_row(&p.ids[i], rules, p.a[i], p.low[i], p.high[i], NULL, NULL), MVO_OK);
    mvo_solver *solver = make_solver(NULL, rules);
    int infeasible = 0;
    for (int round = 0; round < 3; round++) {
        if (ask(&p, solver) == MVO_INFEASIBLE) {
            assert_int_equal(mvo_solver_farkas(rows, bounds, solver), MVO_OK);
            assert_explained(&p, solver);
            assert_untouched(&p, solver, rows, bounds);
            widen_proof(&p, solver);
            assert_explained(&p, solver);
            spoil_proof(&p, solver);
            assert_explained(&p, solver);
            infeasible++;
        }
        move_limits(&p, solver);
    }
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    return infeasible;
}

static void test_random_conflicts(void **state)
{
    enum { PROBLEMS = 3000 };
    (void)state;
    int infeasible = 0;
    for (uint64_t k = 1; k <= PROBLEMS; k++) {
        seed = k * UINT64_C(0x9E3779B97F4A7C15);
        infeasible += try_problem();
    }
    assert_true(infeasible > PROBLEMS / 4); /* or the test would prove little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caps_below_the_budget),
        cmocka_unit_test(test_floor_above_caps),
        cmocka_unit_test(test_moved_limits),
        cmocka_unit_test(test_crossed_limits),
        cmocka_unit_test(test_rows_without_names),
        cmocka_unit_test(test_target_return),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_bad_inputs),
        cmocka_unit_test(test_a_broken_proof),
        cmocka_unit_test(test_a_tiny_contradiction),
        cmocka_unit_test(test_volatility_is_no_conflict),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_elimination),
        cmocka_unit_test(test_random_conflicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
