/* SPDX-License-Identifier: MIT */
/*
 * Small dense problems, which principal pivoting on responses is tried on first: the same outcome and objective as path
 * following alone, each answer verified from the outside; so with working sets that grow, which is for large problems, and
 * here for small ones because these are of all kinds; and a solver that has been through edits of every kind, questions
 * with a row of their own and changes of method between answers as a fresh one does.
 *
 * Every problem comes from a seed of its own, which a failure names. MVO_TEST_EXCHANGE: how many problems (and a tenth as many
 * sequences); MVO_TEST_EXCHANGE_FIRST: the first seed.
 */
#include "qp/solver.h"
#include "support/finding.h"
#include "support/market.h"
#include "support/property.h"
#include "support/random.h"
#include "support/small_problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { PROBLEMS = 5000, STEPS = 12 };

/* ------------------------------------------------------------------------------------------ judging */

typedef struct tally {
    size_t outcomes[16];
    size_t own, left; /* optima that exchanges found, and those that were left to another method */
    size_t grown;     /* optima that a growing working set found */
    size_t wrong;     /* verdicts without a proof, or that differ */
    size_t none;      /* no verdict: MVO_NUMERICAL */
} tally;

/* Asks and verifies. 0 with the reason in `why` if the proof does not hold. */
static int ask_and_judge(finding *f, const instance *p, mvo_solver *solver, const question *q, char *why, size_t size)
{
    ask(f, p, solver, q);
    return judge(f, p, solver, q, why, size);
}

static void count(tally *t, const finding *f)
{
    t->outcomes[f->outcome]++;
    if (f->outcome != MVO_OPTIMAL)
        return;
    if (f->report.rounds == 0 && f->report.refactorisations == 0)
        t->own++;
    else
        t->left++;
}

static void print_tally(const char *what, uint64_t problems, const tally *t)
{
    print_message("          %llu %s: %zu optimal (%zu by exchanges alone, %zu left to others; %zu grown), %zu infeasible, "
                  "%zu unbounded; %zu without a verdict, %zu wrong\n",
                  (unsigned long long)problems, what, t->outcomes[MVO_OPTIMAL], t->own, t->left, t->grown, t->outcomes[MVO_INFEASIBLE],
                  t->outcomes[MVO_UNBOUNDED], t->none, t->wrong);
}

/* Long runs meet a problem in some ten thousand that no method has a verdict for. */
static void assert_tally(uint64_t problems, const tally *t)
{
    assert_int_equal(t->wrong, 0);
    assert_true(5000 * t->none <= problems);
}

static void fail_seed(tally *t, const finding *f, const instance *p, const char *what, uint64_t seed, const char *why)
{
    t->wrong += f->outcome != MVO_NUMERICAL;
    t->none += f->outcome == MVO_NUMERICAL;
    print_error("%s, seed %llu (n %zu, m %zu): %s\n", what, (unsigned long long)seed, p->n, p->m, why);
}

static void set_method(mvo_solver *solver, int64_t method)
{
    assert_int_equal(mvo_solver_set_integer(solver, MVO_OPTION_METHOD, method, NULL), MVO_OK);
}

/* ----------------------------------------------------------------------------------- from nothing */

enum { EXCHANGED, FOLLOWED, GROWN, WAYS };

static const char *const names[WAYS] = { "automatic", "path following", "growing" };

/* Solves in one of these ways. 0: see ask_and_judge(). */
static int solve_by(int way, finding *f, const instance *p, const question *q, char *why, size_t size)
{
    mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
    assert_non_null(solver);
    mvoi_exchange *exchange = solver->exchange;
    if (way == FOLLOWED)
        set_method(solver, MVO_METHOD_PATH);
    if (way == GROWN && solver->tick) {
        solver->exchange = NULL;
        solver->tick->grow_least = 0;
    }
    const int fine = ask_and_judge(f, p, solver, q, why, size);
    solver->exchange = exchange;
    mvo_solver_free(solver);
    return fine;
}

static void compare_methods(uint64_t seed, tally *t)
{
    random_stream stream = { seed };
    small_model made;
    char why[256] = "";
    const question plain = { 0, 0.0 };
    finding found[WAYS];
    int fine = 1;
    instance *p = small_problem_new(&stream, &made);
    for (int way = 0; fine && way < WAYS; way++) {
        fine = solve_by(way, &found[way], p, &plain, why, sizeof why);
        if (!fine)
            fail_seed(t, &found[way], p, names[way], seed, why);
    }
    for (int way = 0; fine && way < WAYS; way++) {
        fine = way == FOLLOWED || agree(&found[way], &found[FOLLOWED], why, sizeof why);
        if (!fine)
            fail_seed(t, &found[way], p, names[way], seed, why);
    }
    if (fine) {
        count(t, &found[EXCHANGED]);
        t->grown += found[GROWN].outcome == MVO_OPTIMAL && !found[GROWN].report.rounds && !found[GROWN].report.refactorisations;
    }
    instance_free(p);
}

static void methods_agree(void **state)
{
    (void)state;
    tally t = { 0 };
    const uint64_t first = asked("MVO_TEST_EXCHANGE_FIRST", 1), problems = asked("MVO_TEST_EXCHANGE", PROBLEMS);
    for (uint64_t k = 0; k < problems; k++)
        compare_methods(first + k, &t);
    print_tally("problems", problems, &t);
    assert_tally(problems, &t);
}

/* Found by longer runs: an optimum at zero, of which the first corrections leave a rounding that is all of the weights then;
   Sigma times them was that of weights that had been larger. The last has an optimum without risk, where multipliers vanish too. */
static void weights_that_vanish(void **state)
{
    (void)state;
    const uint64_t seeds[] = { 20436, 63021, 126787, 505565, 30003318 };
    tally t = { 0 };
    for (size_t k = 0; k < sizeof seeds / sizeof *seeds; k++)
        compare_methods(seeds[k], &t);
    assert_int_equal(t.outcomes[MVO_OPTIMAL], 5);
}

/* -------------------------------------------------------------------------------------- sequences */

/* A solver under edits, the problem it ought to hold, and the ids of its rows. */
typedef struct session {
    random_stream stream;
    small_model made;
    instance *p;
    mvo_solver *solver;
    int64_t *ids;
    int64_t method;
} session;

static session session_new(uint64_t seed)
{
    session s = { .stream = { seed } };
    s.p = small_problem_new(&s.stream, &s.made);
    s.solver = solver_with_ids(&s.ids, s.p, instance_constraints(s.p), MVO_CHECK_FINITE);
    return s;
}

static void session_free(session *s)
{
    mvo_solver_free(s->solver);
    instance_free(s->p);
    free(s->ids);
}

/* One weight's bounds: moved, opened, closed, fixed, or of either sign of zero. */
static void move_bound(session *s, size_t j)
{
    double *lower = &s->p->lower[j], *upper = &s->p->upper[j];
    const double step = 0.2 * s->made.weight * random_normal(&s->stream);
    switch (random_below(&s->stream, small_may_be_open(s->made.kind) ? 6 : 4)) {
    case 0:
        *lower += step;
        *upper += step;
        break;
    case 1:
        *upper = isinf(*lower) ? *upper : *lower;
        break;
    case 4:
        *upper = INFINITY;
        break;
    case 5:
        *lower = -INFINITY;
        break;
    case 2:
        *lower = random_below(&s->stream, 2) ? 0.0 : -0.0;
        *upper = fmax(*upper, 0.0);
        break;
    default:
        *lower = isinf(*lower) ? fmin(-s->made.weight, *upper) : *lower;
        *upper = isinf(*upper) ? *lower + s->made.weight + fabs(step) : *upper;
    }
    assert_int_equal(mvo_solver_set_bound(s->solver, j, *lower, *upper, NULL), MVO_OK);
}

static void move_row(session *s)
{
    if (!s->p->m)
        return;
    const size_t i = random_below(&s->stream, s->p->m);
    double *lower = &s->p->row_lower[i], *upper = &s->p->row_upper[i], size = 0.0;
    for (size_t j = 0; j < s->p->n; j++)
        size = fmax(size, s->made.weight * fabs(s->p->rows[i * s->p->n + j]));
    const double step = 0.1 * size * random_normal(&s->stream);
    switch (random_below(&s->stream, i || small_may_be_open(s->made.kind) ? 5 : 4)) {
    case 0:
        *lower -= fabs(step);
        *upper += fabs(step);
        break;
    case 1: /* an equality, or one no more */
        if (*lower == *upper)
            *upper += size;
        else
            *lower = *upper = isinf(*lower) ? *upper : *lower;
        break;
    case 4:
        *lower = isinf(*upper) ? *lower : -INFINITY;
        break;
    default:
        *lower += step;
        *upper += step;
    }
    if (isinf(*lower) && *lower > 0.0) /* was without limits */
        *lower = -INFINITY;
    if (isinf(*upper) && *upper < 0.0)
        *upper = INFINITY;
    assert_int_equal(mvo_solver_set_row_limits(s->solver, s->ids[i], *lower, *upper, NULL), MVO_OK);
}

static void move_linear(session *s)
{
    if (random_below(&s->stream, 4) == 0)
        small_draw_linear(&s->stream, s->p->linear, s->p->n, s->made.risk * s->made.risk * s->made.weight);
    else
        for (size_t j = 0; j < s->p->n; j++)
            s->p->linear[j] += 0.05 * s->made.risk * s->made.risk * s->made.weight * random_normal(&s->stream);
}

static void move_covariance(session *s)
{
    small_draw_sigma(&s->stream, s->p, s->made.kind, s->made.risk);
    mvo_covariance *covariance = instance_covariance(s->p, MVO_CHECK_FINITE);
    assert_int_equal(mvo_solver_set_covariance(s->solver, covariance, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
}

/* One or several edits; returns whether the solver has been cleared last. */
static int edit(session *s)
{
    int cleared = 0;
    for (size_t edits = random_below(&s->stream, 4); edits-- > 0;) {
        cleared = 0;
        switch (random_below(&s->stream, 8)) {
        case 0:
        case 1:
            move_linear(s);
            break;
        case 2:
            for (size_t j = random_below(&s->stream, s->p->n + 1); j-- > 0;)
                move_bound(s, random_below(&s->stream, s->p->n));
            break;
        case 3:
            move_bound(s, random_below(&s->stream, s->p->n));
            break;
        case 4:
            move_row(s);
            break;
        case 5:
            move_covariance(s);
            break;
        case 6:
            assert_int_equal(mvo_solver_clear(s->solver, NULL), MVO_OK);
            cleared = 1;
            break;
        default:
            s->method = random_below(&s->stream, 3) ? MVO_METHOD_AUTO : MVO_METHOD_PATH;
            set_method(s->solver, s->method);
        }
    }
    return cleared;
}

/* The problem itself, or every third time the least variance at a return; mu changes now and then, or is a zero of either sign. */
static question next_question(session *s)
{
    question q = { random_below(&s->stream, 3) == 0, 0.0 };
    if (q.at_return && random_below(&s->stream, 3) == 0)
        small_draw_linear(&s->stream, s->p->mu, s->p->n, 1.0);
    for (size_t j = 0; q.at_return && j < s->p->n; j++)
        q.target += 0.5 * s->made.weight * random_uniform(&s->stream) * fabs(s->p->mu[j]) / (double)s->p->n;
    return q;
}

/* Asks the solver and a fresh one; the same after a clear is the same to the bit. `f`: what was found, wrong if something is. */
static int step(session *s, int cleared, finding *f, char *why, size_t size)
{
    finding cold;
    const question q = next_question(s);
    if (!ask_and_judge(f, s->p, s->solver, &q, why, size))
        return 0;
    mvo_solver *fresh = instance_solver(s->p, MVO_CHECK_FINITE);
    assert_non_null(fresh);
    if (cleared)
        set_method(fresh, s->method);
    int fine = ask_and_judge(&cold, s->p, fresh, &q, why, size);
    if (!fine)
        *f = cold;
    fine = fine && agree(f, &cold, why, size);
    if (fine && cleared && f->outcome == MVO_OPTIMAL && !same_bits(s->p, s->solver, fresh)) {
        snprintf(why, size, "a cleared solver answers with other bits than a fresh one");
        fine = 0;
    }
    mvo_solver_free(fresh);
    return fine;
}

static void run_session(uint64_t seed, tally *t)
{
    session s = session_new(seed);
    int fine = 1;
    for (int k = 0; fine && k < STEPS; k++) {
        finding f;
        char why[256] = "", what[64];
        const int cleared = k && edit(&s);
        fine = step(&s, cleared, &f, why, sizeof why);
        snprintf(what, sizeof what, "sequence, step %d, method %d", k, (int)s.method);
        if (!fine)
            fail_seed(t, &f, s.p, what, seed, why);
        else if (s.method == MVO_METHOD_AUTO)
            count(t, &f);
    }
    session_free(&s);
}

static void sequences_agree(void **state)
{
    (void)state;
    tally t = { 0 };
    const uint64_t first = asked("MVO_TEST_EXCHANGE_FIRST", 1), sequences = asked("MVO_TEST_EXCHANGE", PROBLEMS) / 10;
    for (uint64_t k = 0; k < sequences; k++)
        run_session(first + k, &t);
    print_tally("sequences", sequences, &t);
    assert_tally(sequences * STEPS, &t);
}

/* The same in answers that begin at another. */
static void weights_that_vanish_next(void **state)
{
    (void)state;
    tally t = { 0 };
    run_session(502866, &t);
    run_session(510962, &t);
    assert_int_equal(t.wrong + t.none, 0);
}

/*
 * Found by longer runs: rays along weights that have no risk, or no part in a row, with a rounding of 3e-14 in the others, which
 * was all there was of Sigma d then, of the row's change, and in the last of the objective's too.
 */
static void rays_are_no_rounding(void **state)
{
    (void)state;
    tally t = { 0 };
    compare_methods(144072, &t);
    compare_methods(20030234, &t);
    assert_int_equal(t.outcomes[MVO_UNBOUNDED], 2);
    run_session(207246, &t);
    run_session(513279, &t);
    assert_int_equal(t.wrong + t.none, 0);
}

/* ------------------------------------------------------------------------------- plain portfolios */

enum { NO_EXCHANGE, SOME_EXCHANGES, ANY_EXCHANGES };

typedef struct family {
    const char *name;
    void (*limit)(instance *);
} family;

static const family families[] = { { "long-only", market_long_only }, { "sectors", market_sectors }, { "capped", market_capped } };

/* Asks the family's problem, which exchanges are to solve alone. */
static void assert_own(const family *kind, const instance *p, mvo_solver *solver, const question *q, int exchanges,
                       const char *what)
{
    char why[256] = "";
    finding f;
    if (!ask_and_judge(&f, p, solver, q, why, sizeof why))
        fail_msg("%s, n %zu, %s: %s", kind->name, p->n, what, why);
    if (f.outcome != MVO_OPTIMAL)
        fail_msg("%s, n %zu, %s: %s", kind->name, p->n, what, mvo_outcome_name(f.outcome));
    if (f.report.rounds || f.report.refactorisations || (exchanges != ANY_EXCHANGES && (f.report.pivots > 0) != exchanges))
        fail_msg("%s, n %zu, %s: %d rounds, %d refactorisations, %d pivots", kind->name, p->n, what, (int)f.report.rounds,
                 (int)f.report.refactorisations, (int)f.report.pivots);
}

/* The largest weight may be only nine tenths of what it is. */
static void move_limits(instance *p, mvo_solver *solver)
{
    double *w = claim(p->n);
    size_t largest = 0;
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    for (size_t j = 0; j < p->n; j++)
        largest = w[j] > w[largest] ? j : largest;
    p->upper[largest] = 0.9 * w[largest];
    assert_int_equal(mvo_solver_set_bound(solver, largest, p->lower[largest], p->upper[largest], NULL), MVO_OK);
    free(w);
}

/*
 * The families of benchmarks: from nothing; again, when nothing is left to exchange; with another c, a cap that binds, a row
 * of the question's own, that row gone, another covariance, and after a clear.
 */
static void solve_family(const family *kind, size_t n, uint64_t seed)
{
    const question plain = { 0, 0.0 };
    instance *p = market_new(n, seed, 0), *other = market_new(n, seed + 100, 0);
    kind->limit(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
    assert_non_null(solver);
    assert_own(kind, p, solver, &plain, SOME_EXCHANGES, "from nothing");
    assert_own(kind, p, solver, &plain, NO_EXCHANGE, "again");
    for (size_t j = 0; j < n; j++)
        p->linear[j] = -0.1 * p->mu[j];
    assert_own(kind, p, solver, &plain, ANY_EXCHANGES, "with returns");
    move_limits(p, solver);
    assert_own(kind, p, solver, &plain, ANY_EXCHANGES, "with a cap");
    double *w = claim(n), highest = 0.0;
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    for (size_t j = 0; j < n; j++)
        highest += p->mu[j] * w[j];
    free(w);
    const question target = { 1, highest };
    assert_own(kind, p, solver, &target, ANY_EXCHANGES, "at a return");
    assert_own(kind, p, solver, &target, NO_EXCHANGE, "at that return again");
    assert_own(kind, p, solver, &plain, ANY_EXCHANGES, "without it");
    mvo_covariance *covariance = instance_covariance(other, MVO_CHECK_NONE);
    assert_int_equal(mvo_solver_set_covariance(solver, covariance, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
    memcpy(p->sigma, other->sigma, n * n * sizeof *p->sigma);
    assert_own(kind, p, solver, &plain, ANY_EXCHANGES, "with another covariance");
    assert_int_equal(mvo_solver_clear(solver, NULL), MVO_OK);
    assert_own(kind, p, solver, &plain, ANY_EXCHANGES, "cleared");
    mvo_solver_free(solver);
    instance_free(p);
    instance_free(other);
}

static void portfolios_are_solved_by_exchanges(void **state)
{
    (void)state;
    const size_t sizes[] = { 20, 50, 100, 150 };
    for (size_t k = 0; k < 12; k++)
        for (uint64_t seed = 1; seed <= 10; seed++)
            solve_family(&families[k % 3], sizes[k / 3], seed);
}

/* A c so large beside the risk that most weights are where a vertex has them: the farthest first would go round in circles in
   one of four. */
static void exchanges_end_on_vertices(void **state)
{
    (void)state;
    const question plain = { 0, 0.0 };
    for (uint64_t seed = 1; seed <= 40; seed++) {
        for (size_t n = 20; n <= 50; n += 30) {
            instance *p = market_new(n, seed, 0);
            market_sectors(p);
            for (size_t j = 0; j < n; j++)
                p->linear[j] = -3.0 * p->mu[j];
            mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
            assert_non_null(solver);
            assert_own(&families[1], p, solver, &plain, SOME_EXCHANGES, "at a vertex");
            mvo_solver_free(solver);
            instance_free(p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_agree),
        cmocka_unit_test(weights_that_vanish),
        cmocka_unit_test(sequences_agree),
        cmocka_unit_test(weights_that_vanish_next),
        cmocka_unit_test(rays_are_no_rounding),
        cmocka_unit_test(portfolios_are_solved_by_exchanges),
        cmocka_unit_test(exchanges_end_on_vertices),
    };
    return cmocka_run_group_tests_name("exchanges", tests, NULL, NULL);
}
