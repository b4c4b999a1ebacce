/* SPDX-License-Identifier: MIT */
/*
 * One answer after another from the last working set, over dense markets of 60 to 400 assets: a solver that lives through changes of
 * the linear term of any size, of limits, rows and the covariance, through questions with a row of their own, clears, stops and
 * other methods answers as a fresh one does, and each answer is verified from the outside.
 *
 * Every sequence comes from a seed of its own, which a failure names. MVO_TEST_TICKS: how many; MVO_TEST_TICKS_FIRST: the first
 * seed.
 */
#include "qp/solver.h"
#include "support/finding.h"
#include "support/market.h"
#include "support/property.h"
#include "support/random.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { SEQUENCES = 28, STEPS = 24 };

/* ---------------------------------------------------------------------------------------- sequences */

enum { LONG_ONLY, SECTORS, CAPPED, SHORT, OPEN, SINGULAR, CASH, KINDS };

typedef struct session {
    random_stream stream;
    uint64_t seed;
    int kind;
    instance *p;
    double unit; /* the size of a gradient */
    mvo_solver *solver;
    int64_t *ids;
    int64_t method;
    int quiet; /* nothing but the linear term and limits has changed */
} session;

/* The first asset moves with nothing, and not at all. */
static void make_cash(instance *p)
{
    for (size_t j = 0; j < p->n; j++)
        p->sigma[j] = p->sigma[j * p->n] = 0.0;
}

static void constrain(instance *p, int kind)
{
    switch (kind) {
    case SECTORS:
        market_sectors(p);
        return;
    case CAPPED:
        market_capped(p);
        return;
    case SHORT:
        market_short(p);
        return;
    case OPEN:
        market_long_only(p);
        for (size_t j = 0; j < p->n; j += 2)
            p->lower[j] = -INFINITY;
        return;
    default:
        market_long_only(p);
    }
}

static void draw_linear(session *s)
{
    for (size_t j = 0; j < s->p->n; j++)
        s->p->linear[j] = -s->unit * (s->p->mu[j] + 0.05 * random_normal(&s->stream));
}

static session session_new(uint64_t seed)
{
    const size_t sizes[] = { 60, 130, 250, 400 };
    session s = { .stream = { seed }, .seed = seed, .kind = (int)(seed % KINDS), .unit = 0.5, .method = MVO_METHOD_AUTO };
    s.p = market_new(sizes[seed / KINDS % 4], seed, random_below(&s.stream, 4) == 0);
    if (s.kind == SINGULAR)
        forget_periods(&s.stream, s.p, s.p->n / 3);
    if (s.kind == CASH)
        make_cash(s.p);
    constrain(s.p, s.kind);
    draw_linear(&s);
    s.solver = solver_with_ids(&s.ids, s.p, instance_constraints(s.p), MVO_CHECK_FINITE);
    assert_non_null(s.solver->tick);
    return s;
}

static void session_free(session *s)
{
    mvo_solver_free(s->solver);
    instance_free(s->p);
    free(s->ids);
}

/* -------------------------------------------------------------------------------------------- edits */

/* One weight in `few`, by something between a millionth of a gradient and ten times it. */
static void move_linear(session *s)
{
    const double by = s->unit * pow(10.0, 7.0 * random_uniform(&s->stream) - 6.0);
    const size_t few = random_below(&s->stream, 2) ? 1 : 1 + random_below(&s->stream, s->p->n);
    for (size_t j = random_below(&s->stream, few); j < s->p->n; j += few)
        s->p->linear[j] += by * 0.1 * random_normal(&s->stream);
}

static void move_bound(session *s, size_t j)
{
    double *lower = &s->p->lower[j], *upper = &s->p->upper[j];
    const double step = random_normal(&s->stream) / (double)s->p->n;
    switch (random_below(&s->stream, s->kind == SINGULAR || s->kind == CASH ? 5 : 7)) {
    case 0:
        *lower += step;
        *upper += step;
        break;
    case 1:
        *upper = isinf(*lower) ? *upper : *lower;
        break;
    case 2:
        *lower = random_below(&s->stream, 2) ? 0.0 : -0.0;
        *upper = fmax(*upper, 0.0);
        break;
    case 3: /* a position is frozen */
        if (s->solver->solved)
            *lower = *upper = s->solver->point.w[j];
        break;
    case 5:
        *lower = -INFINITY;
        break;
    case 6:
        *upper = INFINITY;
        break;
    default:
        *lower = isinf(*lower) ? fmin(-1.0, *upper) : *lower;
        *upper = *lower + 4.0 * fabs(step) + 0.02;
    }
    assert_int_equal(mvo_solver_set_bound(s->solver, j, *lower, *upper, NULL), MVO_OK);
}

static void restore_bounds(session *s)
{
    const size_t m = s->p->m;
    double *limits = claim(2 * m);
    memcpy(limits, s->p->row_lower, m * sizeof *limits);
    memcpy(limits + m, s->p->row_upper, m * sizeof *limits);
    constrain(s->p, s->kind);
    memcpy(s->p->row_lower, limits, m * sizeof *limits);
    memcpy(s->p->row_upper, limits + m, m * sizeof *limits);
    free(limits);
    assert_int_equal(mvo_solver_set_bounds(s->solver, s->p->lower, s->p->upper, NULL), MVO_OK);
}

static void move_row(session *s)
{
    const size_t i = random_below(&s->stream, s->p->m);
    double *lower = &s->p->row_lower[i], *upper = &s->p->row_upper[i];
    const double step = (i ? 0.02 : 0.1) * random_normal(&s->stream);
    switch (random_below(&s->stream, s->kind >= OPEN ? 2 : 5)) {
    case 0:
        *lower += step;
        *upper += step;
        break;
    case 1: /* an equality, or one no more */
        if (*lower == *upper)
            *upper += fabs(step);
        else
            *lower = *upper = isinf(*lower) ? *upper : *lower;
        break;
    case 2:
        *lower = isinf(*upper) ? *lower : -INFINITY;
        break;
    case 3:
        *upper = isinf(*lower) ? *upper : INFINITY;
        break;
    default:
        *lower -= fabs(step);
        *upper += fabs(step);
    }
    assert_int_equal(mvo_solver_set_row_limits(s->solver, s->ids[i], *lower, *upper, NULL), MVO_OK);
}

/* Another market, or the same a little later. */
static void move_covariance(session *s)
{
    const size_t n = s->p->n;
    if (s->kind == SINGULAR) {
        forget_periods(&s->stream, s->p, n / 3);
    } else if (random_below(&s->stream, 3) == 0) {
        instance *other = market_new(n, s->seed + 1000 * (1 + random_below(&s->stream, 50)), 0);
        memcpy(s->p->sigma, other->sigma, n * n * sizeof(double));
        instance_free(other);
    } else {
        double *x = claim(n);
        for (size_t j = 0; j < n; j++)
            x[j] = 0.05 * random_normal(&s->stream);
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                s->p->sigma[i + j * n] += x[i] * x[j];
        free(x);
    }
    if (s->kind == CASH)
        make_cash(s->p);
    mvo_covariance *covariance = instance_covariance(s->p, MVO_CHECK_FINITE);
    assert_int_equal(mvo_solver_set_covariance(s->solver, covariance, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
}

static void edit(session *s)
{
    s->quiet = 1;
    for (size_t edits = 1 + random_below(&s->stream, 2); edits-- > 0;)
        switch (random_below(&s->stream, 14)) {
        case 0:
            for (size_t j = random_below(&s->stream, s->p->n / 4); j-- > 0;)
                move_bound(s, random_below(&s->stream, s->p->n));
            break;
        case 1:
        case 2:
            move_bound(s, random_below(&s->stream, s->p->n));
            break;
        case 3:
            restore_bounds(s);
            break;
        case 4:
        case 5:
            move_row(s);
            break;
        case 6:
            move_covariance(s);
            s->quiet = 0;
            break;
        case 7:
            if (random_below(&s->stream, 3) == 0)
                assert_int_equal(mvo_solver_clear(s->solver, NULL), MVO_OK);
            s->quiet = 0;
            break;
        case 8:
            s->method = random_below(&s->stream, 4) ? MVO_METHOD_AUTO : MVO_METHOD_PATH;
            assert_int_equal(mvo_solver_set_integer(s->solver, MVO_OPTION_METHOD, s->method, NULL), MVO_OK);
            break;
        default:
            move_linear(s);
        }
}

/* ----------------------------------------------------------------------------------------- judging */

typedef struct tally {
    size_t outcomes[16], steps, ticks, stops, wrong;
} tally;

static int step(session *s, tally *t, char *why, size_t size)
{
    finding warm, cold;
    question q = { random_below(&s->stream, 5) == 0, 0.0 };
    double most = s->p->mu[0], least = s->p->mu[0];
    for (size_t j = 0; j < s->p->n; j++) {
        most = fmax(most, s->p->mu[j]);
        least = fmin(least, s->p->mu[j]);
    }
    q.target = least + (0.5 + 0.3 * random_uniform(&s->stream)) * (most - least);
    mvo_solver *fresh = instance_solver(s->p, MVO_CHECK_FINITE);
    assert_non_null(fresh);
    ask(&cold, s->p, fresh, &q);
    int fine = judge(&cold, s->p, fresh, &q, why, size);
    if (fine && !q.at_return && random_below(&s->stream, 8) == 0) {
        const int64_t limit = 1 + (int64_t)random_below(&s->stream, 6);
        assert_int_equal(mvo_solver_set_integer(s->solver, MVO_OPTION_ITERATION_LIMIT, limit, NULL), MVO_OK);
        ask(&warm, s->p, s->solver, &q);
        assert_int_equal(mvo_solver_set_integer(s->solver, MVO_OPTION_ITERATION_LIMIT, 0, NULL), MVO_OK);
        if (warm.outcome == MVO_ITERATION_LIMIT) {
            t->stops++;
            fine = stop_is_honest(s->p, s->solver, &warm, &cold, why, size);
        }
    }
    if (fine) {
        const int was_warm = s->solver->warm && s->method == MVO_METHOD_AUTO;
        ask(&warm, s->p, s->solver, &q);
        fine = judge(&warm, s->p, s->solver, &q, why, size) && agree(&warm, &cold, why, size);
        t->outcomes[warm.outcome]++;
        t->steps += was_warm && s->quiet && warm.outcome == MVO_OPTIMAL;
        t->ticks += was_warm && s->quiet && warm.outcome == MVO_OPTIMAL && s->solver->tick->known && warm.report.rounds == 0;
    }
    mvo_solver_free(fresh);
    return fine;
}

static void run(uint64_t seed, tally *t)
{
    session s = session_new(seed);
    int fine = 1;
    for (int k = 0; fine && k < STEPS; k++) {
        char why[256] = "";
        if (k)
            edit(&s);
        fine = step(&s, t, why, sizeof why);
        if (!fine)
            print_error("seed %llu (n %zu, kind %d), step %d: %s\n", (unsigned long long)seed, s.p->n, s.kind, k, why);
    }
    t->wrong += !fine;
    session_free(&s);
}

static void ticks_answer_as_fresh_solvers_do(void **state)
{
    (void)state;
    tally t = { 0 };
    const uint64_t first = asked("MVO_TEST_TICKS_FIRST", 1), sequences = asked("MVO_TEST_TICKS", SEQUENCES);
    for (uint64_t k = 0; k < sequences; k++)
        run(first + k, &t);
    print_message("          %llu sequences: %zu optimal, %zu infeasible, %zu unbounded, %zu stops; %zu of %zu warm ones by ticks; %zu "
                  "wrong\n",
                  (unsigned long long)sequences, t.outcomes[MVO_OPTIMAL], t.outcomes[MVO_INFEASIBLE], t.outcomes[MVO_UNBOUNDED],
                  t.stops, t.ticks, t.steps, t.wrong);
    assert_int_equal(t.wrong, 0);
    assert_true(2 * t.ticks >= t.steps && t.ticks > 0);
}

/* Stopped late, a solve has more to show than stopped early: the portfolio is made from where it stood. */
static void a_late_stop_is_a_better_one(void **state)
{
    (void)state;
    char why[256] = "";
    session s = session_new(SHORT + KINDS * 2); /* 250 assets: too many for exchanges */
    const question plain = { 0, 0.0 };
    finding f, best;
    double *first = claim(s.p->n), early = 0.0, late = 0.0;
    memcpy(first, s.p->linear, s.p->n * sizeof *first);
    int64_t needed = 1;
    for (int64_t limit = 0; limit < needed; limit++) {
        memcpy(s.p->linear, first, s.p->n * sizeof *first);
        ask(&f, s.p, s.solver, &plain);
        assert_int_equal(f.outcome, MVO_OPTIMAL);
        s.stream.state = 5;
        for (size_t j = 0; j < s.p->n; j++)
            s.p->linear[j] += 0.01 * s.unit * random_normal(&s.stream);
        assert_int_equal(mvo_solver_set_integer(s.solver, MVO_OPTION_ITERATION_LIMIT, limit, NULL), MVO_OK);
        ask(&f, s.p, s.solver, &plain);
        assert_int_equal(mvo_solver_set_integer(s.solver, MVO_OPTION_ITERATION_LIMIT, 0, NULL), MVO_OK);
        if (limit == 0) {
            best = f;
            assert_true(judge(&best, s.p, s.solver, &plain, why, sizeof why));
            needed = best.report.pivots;
            assert_int_equal(best.report.rounds, 0);
            assert_true(needed > 10);
            continue;
        }
        assert_int_equal(f.outcome, MVO_ITERATION_LIMIT);
        assert_int_equal(f.report.feasible, 1);
        if (!stop_is_honest(s.p, s.solver, &f, &best, why, sizeof why))
            fail_msg("limit %d: %s", (int)limit, why);
        late = f.report.objective - best.report.objective;
        early = limit == 1 ? late : early;
    }
    print_message("          after 1 of %d changes %.3g over the best, after the last but one %.3g\n", (int)needed, early, late);
    assert_true(late < 0.1 * early);
    free(first);
    session_free(&s);
}

/*
 * An inverse that has grown old: its numbers are blurred before each tick, so that what looks right before a correction need not be
 * right after it. Ticks find that out by themselves, and leave nothing to block pivoting.
 */
static void blur(mvoi_tick *t, random_stream *stream, double by)
{
    for (size_t i = 0; i < t->inverse.count; i++)
        for (size_t j = i; j < t->inverse.count; j++) {
            const double factor = 1.0 + by * random_normal(stream);
            t->inverse.inverse[i + j * t->inverse.ld] *= factor;
            if (i != j)
                t->inverse.inverse[j + i * t->inverse.ld] *= factor;
        }
}

static void blurred_inverses_are_noticed(void **state)
{
    (void)state;
    const question q = { 0, 0.0 };
    char why[256] = "";
    size_t left = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        random_stream stream = { seed };
        instance *p = market_new(60 + 20 * (size_t)(seed % 5), seed, 0);
        market_sectors(p);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
        mvoi_exchange *exchange = solver->exchange;
        solver->exchange = NULL; /* what ticks leave goes to block pivoting, which tells */
        solver->tick->grow_least = SIZE_MAX;
        for (int step = 0; step < 30; step++) {
            finding f;
            for (size_t j = 0; j < p->n; j++)
                p->linear[j] = -p->mu[j] / 5.0 * (1.0 + 0.02 * random_normal(&stream));
            if (step)
                blur(solver->tick, &stream, 1e-4);
            ask(&f, p, solver, &q);
            if (f.outcome != MVO_OPTIMAL || !judge(&f, p, solver, &q, why, sizeof why))
                fail_msg("seed %d, step %d: %s %s", (int)seed, step, mvo_outcome_name(f.outcome), why);
            left += step && f.report.rounds > 0;
        }
        solver->exchange = exchange;
        mvo_solver_free(solver);
        instance_free(p);
    }
    assert_int_equal(left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ticks_answer_as_fresh_solvers_do),
                                        cmocka_unit_test(a_late_stop_is_a_better_one),
                                        cmocka_unit_test(blurred_inverses_are_noticed) };
    return cmocka_run_group_tests_name("ticks", tests, NULL, NULL);
}
