/* SPDX-License-Identifier: MIT */
/*
 * Day after day over dense markets of 20 to 300 assets where trading costs, in every second sequence under budgets of turnover,
 * gross exposure or both: a solver that lives through other means, holdings, rates, limits and covariances, through clears and
 * stops answers as well as the path method does from nothing, and each answer is verified from the outside.
 *
 * Every sequence comes from a seed of its own, which a failure names. MVO_TEST_TRADES: how many; MVO_TEST_TRADES_FIRST: the first
 * seed.
 */
#include "qp/solver.h"
#include "support/costly.h"
#include "support/market.h"
#include "support/property.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define TOLERANCE 1e-9

enum { SEQUENCES = 120, DAYS = 16, MOST_HELD = 150, MOST_TOGETHER = 80 };

/* ---------------------------------------------------------------------------------------- sequences */

/* Long-only; sectors and caps; long and short with borrowing costs and two breakpoints each; ladders of several segments; means,
   holdings and rates in round numbers; a covariance of fewer periods than assets. */
enum { LONG_ONLY, SECTORS, SHORT, LADDERS, TIES, SINGULAR, KINDS };

typedef struct session {
    random_stream stream;
    uint64_t seed;
    int kind;
    costly *c;
    double rate; /* of costs */
    mvo_solver *solver;
    int64_t *ids;
    int quiet; /* no matrix has changed, and no clear, since the last answer */
} session;

static void constrain(instance *p, int kind)
{
    if (kind == SECTORS)
        market_sectors(p);
    else if (kind == SHORT)
        market_short(p);
    else if (kind == LADDERS)
        market_capped(p);
    else
        market_long_only(p);
}

static double rounded(const session *s, double x, double unit)
{
    return s->kind == TIES ? unit * nearbyint(x / unit) : x;
}

/* One asset in eight costs nothing one way, one in eight nothing at all. */
static void draw_rates(session *s, size_t j)
{
    costly *c = s->c;
    const size_t sort = random_below(&s->stream, 8);
    c->buy[j] = sort < 2 ? 0.0 : rounded(s, s->rate * 2.0 * random_uniform(&s->stream), s->rate);
    c->sell[j] = sort < 1 ? 0.0 : rounded(s, s->rate * 2.0 * random_uniform(&s->stream), s->rate);
    c->borrow[j] = s->kind == SHORT && random_below(&s->stream, 4) ? s->rate * random_uniform(&s->stream) : 0.0;
}

static void draw_ladder(session *s, size_t j)
{
    costly *c = s->c;
    double at = -0.002, slope = 0.0;
    if (random_below(&s->stream, 3) == 0)
        return;
    c->count[j] = 1 + random_below(&s->stream, 3);
    c->at[j] = claim(c->count[j]);
    c->slope[j] = claim(c->count[j] + 1);
    for (size_t k = 0; k < c->count[j]; k++) {
        at += 0.004 * random_uniform(&s->stream);
        slope += random_below(&s->stream, 4) ? s->rate * random_uniform(&s->stream) : 0.0;
        c->at[j][k] = at;
        c->slope[j][k + 1] = slope;
    }
}

/* Of a turnover, from hardly anything to more than all; of a gross exposure, next to what the rows ask for. */
static double draw_limit(session *s, const costly_row *row)
{
    const double u = random_uniform(&s->stream);
    if (row->around == MVO_AROUND_HOLDINGS)
        return rounded(s, random_below(&s->stream, 16) ? 2.0 * pow(10.0, -2.0 * u) : 0.0, 0.125);
    return random_below(&s->stream, 4) ? 1.0 + 0.5 * rounded(s, u, 0.125) : 1.0;
}

/* All assets alike, or by classes, some of which count for nothing; one way only; or rates asset by asset of any sign. */
static void draw_budget(session *s, size_t i)
{
    costly *c = s->c;
    costly_row *row = &c->rows[i];
    const size_t sort = random_below(&s->stream, 8);
    row->around = i > 0 || random_below(&s->stream, 3) == 0 ? MVO_AROUND_ZERO : MVO_AROUND_HOLDINGS;
    row->above = sort == 1 ? 0.0 : 1.0;
    row->below = sort == 2 ? 0.0 : sort == 3 ? 0.5 : 1.0;
    row->limit = draw_limit(s, row);
    for (size_t j = 0; j < c->p->n; j++)
        row->coefficients[j] = sort == 4 ? 0.5 * (double)random_below(&s->stream, 4) : 1.0;
    if (sort != 5)
        return;
    row->rates = claim(2 * c->p->n);
    for (size_t j = 0; j < c->p->n; j++) {
        const double tilt = rounded(s, 0.5 * random_normal(&s->stream), 0.125);
        row->rates[j] = 0.75 + tilt;
        row->rates[c->p->n + j] = 0.75 - tilt;
    }
}

static void draw_linear(session *s)
{
    instance *p = s->c->p;
    for (size_t j = 0; j < p->n; j++)
        p->linear[j] = rounded(s, -0.2 * (p->mu[j] + 0.05 * random_normal(&s->stream)), 0.01);
}

static session session_new(uint64_t seed)
{
    static const size_t sizes[] = { 20, 45, 90, 180, 300 };
    session s = { .stream = { seed }, .seed = seed, .kind = (int)(seed % KINDS), .rate = 0.0005 };
    instance *p = market_new(sizes[seed / KINDS % 5], seed, random_below(&s.stream, 4) == 0);
    if (s.kind == SINGULAR)
        forget_periods(&s.stream, p, p->n / 3);
    constrain(p, s.kind);
    s.c = costly_new(p, random_below(&s.stream, 2) ? 1 + random_below(&s.stream, 3) / 2 : 0);
    s.rate *= pow(10.0, random_uniform(&s.stream));
    for (size_t j = 0; j < p->n; j++) {
        draw_rates(&s, j);
        if (s.kind == LADDERS)
            draw_ladder(&s, j);
    }
    for (size_t i = 0; i < s.c->absolute; i++)
        draw_budget(&s, i);
    draw_linear(&s);
    if (random_below(&s.stream, 2)) /* else it is bought from cash */
        for (size_t j = 0; j < p->n; j++)
            s.c->holdings[j] = rounded(&s, random_uniform(&s.stream) < 0.3 ? 3.0 / (double)p->n : 0.0, 0.125);
    s.solver = solver_with_ids(&s.ids, p, costly_constraints(s.c), MVO_CHECK_FINITE);
    assert_non_null(s.solver->trade);
    return s;
}

static void session_free(session *s)
{
    mvo_solver_free(s->solver);
    costly_free(s->c);
    free(s->ids);
}

/* -------------------------------------------------------------------------------------------- days */

/* The next day's holdings are today's weights, drifted, or to the bit; some days all are off, or a few at a bound, at zero or
   beyond where they may be. */
static void move_holdings(session *s)
{
    costly *c = s->c;
    const size_t sort = random_below(&s->stream, 8);
    const double drift = pow(10.0, -4.0 * random_uniform(&s->stream));
    if (sort == 7)
        return;
    assert_int_equal(mvo_solver_weights(c->holdings, s->solver), MVO_OK);
    for (size_t j = 0; j < c->p->n; j++) {
        double *h = &c->holdings[j];
        const double lower = c->p->lower[j], upper = c->p->upper[j];
        if (sort < 4)
            *h = rounded(s, *h * (1.0 + drift * random_normal(&s->stream)), 0.125);
        if (sort == 4 && random_below(&s->stream, 4) == 0)
            *h = random_below(&s->stream, 2) ? lower : isinf(upper) ? 1.0 : upper;
        if (sort == 5 && random_below(&s->stream, 4) == 0)
            *h = random_below(&s->stream, 3) ? 0.0 : -*h;
        if (sort == 6 && random_below(&s->stream, 4) == 0)
            *h += random_below(&s->stream, 2) ? 0.1 : -0.1;
    }
    assert_int_equal(mvo_solver_set_holdings(s->solver, c->holdings, NULL), MVO_OK);
}

/* By something between a millionth of a gradient and all of it. */
static void move_linear(session *s)
{
    const double by = 0.01 * pow(10.0, 6.0 * random_uniform(&s->stream) - 5.0);
    const size_t few = random_below(&s->stream, 2) ? 1 : 1 + random_below(&s->stream, s->c->p->n);
    for (size_t j = random_below(&s->stream, few); j < s->c->p->n; j += few)
        s->c->p->linear[j] = rounded(s, s->c->p->linear[j] + by * random_normal(&s->stream), 0.01);
}

static void move_rates(session *s)
{
    costly *c = s->c;
    const double by = random_below(&s->stream, 2) ? 1.0 : 2.0;
    s->rate = fmin(0.05, s->rate * by);
    for (size_t j = 0; j < c->p->n; j++)
        draw_rates(s, j);
    assert_int_equal(mvo_solver_set_trading_costs(s->solver, c->buy, c->sell, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_borrow_costs(s->solver, c->borrow, NULL), MVO_OK);
}

/* Caps move, positions are frozen or have to be held, or the first bounds are there again. */
static void move_bounds(session *s)
{
    instance *p = s->c->p;
    const size_t sort = random_below(&s->stream, 4);
    for (size_t k = 1 + random_below(&s->stream, p->n / 8); sort < 3 && k-- > 0;) {
        const size_t j = random_below(&s->stream, p->n);
        if (sort == 0)
            p->upper[j] = fmax(p->lower[j], 0.05 * random_uniform(&s->stream));
        else if (sort == 1)
            p->lower[j] = p->upper[j] = s->solver->point.w[j];
        else
            p->lower[j] = fmin(p->upper[j], 0.5 * random_uniform(&s->stream) / (double)p->n);
    }
    if (sort == 3) {
        instance *other = market_new(p->n, s->seed, 0);
        constrain(other, s->kind);
        memcpy(p->lower, other->lower, p->n * sizeof(double));
        memcpy(p->upper, other->upper, p->n * sizeof(double));
        instance_free(other);
    }
    assert_int_equal(mvo_solver_set_bounds(s->solver, p->lower, p->upper, NULL), MVO_OK);
}

static void move_row(session *s)
{
    instance *p = s->c->p;
    const size_t i = random_below(&s->stream, p->m);
    const double step = 0.02 * random_normal(&s->stream);
    if (random_below(&s->stream, 2))
        p->row_lower[i] += step;
    p->row_upper[i] = fmax(p->row_lower[i], p->row_upper[i] + step);
    assert_int_equal(mvo_solver_set_row_limits(s->solver, s->ids[i], p->row_lower[i], p->row_upper[i], NULL), MVO_OK);
}

static void move_budget(session *s)
{
    costly_row *row = &s->c->rows[random_below(&s->stream, s->c->absolute)];
    const int64_t id = mvo_constraints_row_id(mvoi_solver_constraints(s->solver), s->c->p->m + (size_t)(row - s->c->rows));
    row->limit = random_below(&s->stream, 2) ? draw_limit(s, row) : row->limit * (1.0 + 0.1 * random_normal(&s->stream));
    assert_int_equal(mvo_solver_set_row_limits(s->solver, id, -INFINITY, row->limit, NULL), MVO_OK);
}

/* The same market a little later. */
static void move_covariance(session *s)
{
    instance *p = s->c->p;
    const size_t n = p->n;
    double *x = claim(n);
    for (size_t j = 0; j < n; j++)
        x[j] = 0.05 * random_normal(&s->stream);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            p->sigma[i + j * n] += x[i] * x[j];
    free(x);
    mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_FINITE);
    assert_int_equal(mvo_solver_set_covariance(s->solver, covariance, NULL), MVO_OK);
    mvo_covariance_unref(covariance);
}

static void next_day(session *s)
{
    s->quiet = 1;
    move_linear(s);
    if (random_below(&s->stream, 4))
        move_holdings(s);
    if (s->c->absolute && random_below(&s->stream, 4) == 0)
        move_budget(s);
    switch (random_below(&s->stream, 12)) {
    case 0:
        move_rates(s);
        break;
    case 1:
    case 2:
        move_bounds(s);
        break;
    case 3:
        move_row(s);
        break;
    case 4:
        move_covariance(s);
        s->quiet = 0;
        break;
    case 5:
        assert_int_equal(mvo_solver_clear(s->solver, NULL), MVO_OK);
        s->quiet = 0;
        break;
    default:
        break;
    }
}

/* ----------------------------------------------------------------------------------------- judging */

/* Of warm solves that are for the table, without budgets and with: how many there were, how many it answered, and in how many
   exchanges. */
typedef struct tally {
    size_t outcomes[16], warm[2], by_trades[2], stops, wrong;
    double pivots[2];
} tally;

typedef struct finding {
    mvo_outcome outcome;
    mvo_report report;
    long double objective, scale;
} finding;

static int ask(finding *f, const costly *c, mvo_solver *solver, char *why, size_t size)
{
    *f = (finding){ .outcome = -1, .report = MVO_REPORT_INIT };
    assert_int_equal(mvo_solver_set_linear(solver, c->p->linear, NULL), MVO_OK);
    assert_int_equal(mvo_solver_solve(&f->outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_report(&f->report, solver), MVO_OK);
    if (f->outcome == MVO_INFEASIBLE)
        return costly_verify_farkas(c, solver, TOLERANCE, why, size);
    if (f->outcome != MVO_OPTIMAL)
        return mvoi_is_stop(f->outcome);
    double *w = claim(c->p->n);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    f->objective = costly_objective(c, w, 1.0);
    f->scale = f->report.gap_scale;
    free(w);
    return costly_verify(c, solver, 1.0, TOLERANCE, why, size);
}

/* A stopped solve that calls its weights feasible is no farther from the best than it says. */
static int stop_is_honest(const session *s, const finding *stopped, const finding *best, char *why, size_t size)
{
    double *w = claim(s->c->p->n);
    assert_int_equal(mvo_solver_weights(w, s->solver), MVO_OK);
    const long double over = costly_objective(s->c, w, 1.0) - best->objective, rounding = 1e-9L * best->scale;
    free(w);
    const int fine = !stopped->report.feasible || best->outcome != MVO_OPTIMAL ||
                     (over >= -rounding && over <= stopped->report.gap + rounding);
    if (!fine)
        snprintf(why, size, "stopped: %.9Lg over the best, gap %.9g", over, stopped->report.gap);
    return fine;
}

/* Weights that are not zero. */
static size_t count_held(const session *s)
{
    size_t count = 0;
    for (size_t j = 0; j < s->c->p->n; j++)
        count += s->solver->point.w[j] != 0.0 ? 1u : 0u;
    return count;
}

static int one_day(session *s, tally *t, char *why, size_t size)
{
    finding warm, cold;
    mvo_solver *fresh = costly_solver(s->c, MVO_CHECK_FINITE);
    assert_non_null(fresh);
    assert_int_equal(mvo_solver_set_integer(fresh, MVO_OPTION_METHOD, MVO_METHOD_PATH, NULL), MVO_OK);
    int fine = ask(&cold, s->c, fresh, why, size);
    mvo_solver_free(fresh);
    if (fine && random_below(&s->stream, 8) == 0) {
        const int64_t limit = 1 + (int64_t)random_below(&s->stream, 8);
        assert_int_equal(mvo_solver_set_integer(s->solver, MVO_OPTION_ITERATION_LIMIT, limit, NULL), MVO_OK);
        fine = ask(&warm, s->c, s->solver, why, size);
        assert_int_equal(mvo_solver_set_integer(s->solver, MVO_OPTION_ITERATION_LIMIT, 0, NULL), MVO_OK);
        if (fine && warm.outcome == MVO_ITERATION_LIMIT) {
            t->stops++;
            fine = stop_is_honest(s, &warm, &cold, why, size);
        }
    }
    const int was_warm = s->solver->warm;
    fine = fine && ask(&warm, s->c, s->solver, why, size);
    if (!fine)
        return 0;
    t->outcomes[warm.outcome]++;
    if (was_warm && s->quiet && warm.outcome == MVO_OPTIMAL && count_held(s) <= MOST_HELD) {
        const int by_trades = s->solver->trade->known && warm.report.rounds == 0;
        const int budgets = s->c->absolute > 0;
        t->warm[budgets]++;
        t->by_trades[budgets] += (size_t)by_trades;
        t->pivots[budgets] += by_trades ? (double)warm.report.pivots : 0.0;
    }
    if (warm.outcome != cold.outcome ||
        !(fabsl(warm.objective - cold.objective) <= 1e-9L * fmaxl(warm.scale, cold.scale))) {
        snprintf(why, size, "%s with %.17Lg, the path %s with %.17Lg", mvo_outcome_name(warm.outcome), warm.objective,
                 mvo_outcome_name(cold.outcome), cold.objective);
        return 0;
    }
    return 1;
}

static void run(uint64_t seed, tally *t)
{
    session s = session_new(seed);
    int fine = 1;
    for (int day = 0; fine && day < DAYS; day++) {
        char why[256] = "";
        if (day)
            next_day(&s);
        fine = one_day(&s, t, why, sizeof why);
        if (!fine)
            print_error("seed %llu (n %zu, kind %d), day %d: %s\n", (unsigned long long)seed, s.c->p->n, s.kind, day, why);
    }
    t->wrong += !fine;
    session_free(&s);
}

static void days_are_answered_as_the_path_does(void **state)
{
    (void)state;
    tally t = { 0 };
    const uint64_t first = asked("MVO_TEST_TRADES_FIRST", 1), sequences = asked("MVO_TEST_TRADES", SEQUENCES);
    for (uint64_t k = 0; k < sequences; k++)
        run(first + k, &t);
    print_message("          %llu sequences: %zu optimal, %zu infeasible, %zu stops; %zu wrong\n", (unsigned long long)sequences,
                  t.outcomes[MVO_OPTIMAL], t.outcomes[MVO_INFEASIBLE], t.stops, t.wrong);
    for (int budgets = 0; budgets < 2; budgets++)
        print_message("          %s: %zu of %zu warm ones by trades, %.1f exchanges each\n",
                      budgets ? "with budgets" : "without", t.by_trades[budgets], t.warm[budgets],
                      t.pivots[budgets] / (double)t.by_trades[budgets]);
    assert_int_equal(t.wrong, 0);
    /* a certificate stands behind every answer: what is wrong with the table shows in answers that others had to give; under
       budgets there are 98 % of these sequences, and 96.7 % of thousands, most of the rest long and short within sectors */
    const size_t least[2] = { 97, sequences == SEQUENCES && first == 1 ? 97 : 96 };
    for (int budgets = 0; budgets < 2; budgets++)
        assert_true(100 * t.by_trades[budgets] >= least[budgets] * t.warm[budgets] && t.by_trades[budgets] > 0);
}

/*
 * A position in one of eight assets and crumbs in the others, from nothing, under a budget that is spent better than on selling crumbs:
 * these go from end to end together. One by one they are more than the table takes.
 */
static void crumbs_go_together(void **state)
{
    (void)state;
    enum { N = 300, MARKETS = 12 };
    double pivots = 0.0;
    for (uint64_t seed = 1; seed <= MARKETS; seed++) {
        random_stream stream = { seed };
        char why[256] = "";
        instance *p = market_new(N, seed, 0);
        market_long_only(p);
        costly *c = costly_new(p, 1);
        double sum = 0.0;
        for (size_t j = 0; j < N; j++)
            sum += c->holdings[j] = (random_below(&stream, 8) ? 1e-3 : 1.0) * (0.5 + random_uniform(&stream));
        for (size_t j = 0; j < N; j++) {
            c->holdings[j] /= sum;
            c->buy[j] = c->sell[j] = 0.001;
            c->rows[0].coefficients[j] = 1.0;
            p->linear[j] = -0.2 * p->mu[j];
        }
        c->rows[0].around = MVO_AROUND_HOLDINGS;
        c->rows[0].above = c->rows[0].below = 1.0;
        c->rows[0].limit = 0.3;
        finding f;
        mvo_solver *solver = costly_solver(c, MVO_CHECK_FINITE);
        assert_non_null(solver);
        if (!ask(&f, c, solver, why, sizeof why))
            fail_msg("market %d: %s", (int)seed, why);
        assert_int_equal(f.outcome, MVO_OPTIMAL);
        assert_true(solver->trade->known && f.report.rounds == 0);
        pivots += (double)f.report.pivots;
        mvo_solver_free(solver);
        costly_free(c);
    }
    print_message("          %.1f exchanges each\n", pivots / MARKETS);
    assert_true(pivots <= MOST_TOGETHER * MARKETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(days_are_answered_as_the_path_does),
                                        cmocka_unit_test(crumbs_go_together) };
    return cmocka_run_group_tests_name("trades", tests, NULL, NULL);
}
