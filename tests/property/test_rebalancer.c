/* SPDX-License-Identifier: MIT */
/*
 * Random desks whose limits contradict each other: what the rebalancer finds is optimal within the limits as it says
 * they gave way; no class yields more than the more important ones make it; and a conflict is one of hard limits, with
 * a proof.
 */
#include "support/desk.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { DESKS = 300, MOST = 10, ROWS = 4, ABSOLUTE = 2, CLASSES = 4 };

typedef struct world {
    desk *d;
    size_t n;
    int64_t ids[1 + ROWS + ABSOLUTE]; /* the budget, rows, absolute rows */
    int32_t row_class[1 + ROWS + ABSOLUTE], bound_class[MOST];
    double low[1 + ROWS + ABSOLUTE], high[1 + ROWS + ABSOLUTE], lower[MOST], upper[MOST]; /* as wanted */
} world;

/* Groups that want too much or too little, budgets of turnover and gross exposure that are too tight, some of it hard.
 */
static world make_world(random_stream *stream, int hard, int32_t flags)
{
    world w = { .n = 3 + random_below(stream, MOST - 2) };
    instance *p = instance_new(w.n, 1 + ROWS);
    costly *c = costly_new(p, ABSOLUTE);
    instance_set_row(p, 0, NULL, 1.0, 1.0);
    for (size_t j = 0; j < w.n; j++) {
        p->lower[j] = random_below(stream, 3) ? 0.0 : -0.1;
        p->upper[j] = 0.1 + 0.5 * random_uniform(stream);
        c->holdings[j] = 1.0 / (double)w.n;
        c->buy[j] = c->sell[j] = 0.0005;
        c->borrow[j] = 1e-5;
    }
    for (size_t i = 1; i <= ROWS; i++) {
        double members[MOST];
        for (size_t j = 0; j < w.n; j++)
            members[j] = (double)random_below(stream, 2);
        const double from = random_uniform(stream);
        instance_set_row(p, i, members, random_below(stream, 2) ? from : -INFINITY,
                         from + 0.2 * random_uniform(stream));
    }
    for (size_t i = 0; i < ABSOLUTE; i++) {
        c->rows[i].around = i ? MVO_AROUND_ZERO : MVO_AROUND_HOLDINGS;
        c->rows[i].above = c->rows[i].below = 1.0;
        c->rows[i].limit = i ? 0.8 + random_uniform(stream) : 0.5 * random_uniform(stream);
        for (size_t j = 0; j < w.n; j++)
            c->rows[i].coefficients[j] = 1.0;
    }
    for (size_t i = 0; i <= ROWS + ABSOLUTE; i++) {
        w.row_class[i] = i == 0 ? 0 : (int32_t)random_below(stream, CLASSES) + (hard ? 0 : 1);
        w.low[i] = i <= ROWS ? p->row_lower[i] : -INFINITY;
        w.high[i] = i <= ROWS ? p->row_upper[i] : c->rows[i - 1 - ROWS].limit;
    }
    for (size_t j = 0; j < w.n; j++) {
        w.bound_class[j] = (int32_t)random_below(stream, 2) * CLASSES;
        w.lower[j] = p->lower[j];
        w.upper[j] = p->upper[j];
    }
    mvo_constraints *set = costly_constraints(c);
    for (size_t i = 0; i <= ROWS + ABSOLUTE; i++)
        w.ids[i] = mvo_constraints_row_id(set, i);
    mvo_constraints_free(set);
    w.d = desk_new(c, 0.95, flags);
    w.d->periods = 10.0;
    assert_int_equal(mvo_rebalancer_set_real(w.d->r, MVO_REBALANCER_HOLDING_PERIODS, 10.0, NULL), MVO_OK);
    assert_int_equal(mvo_rebalancer_set_real(w.d->r, MVO_REBALANCER_RISK_AVERSION, 10.0, NULL), MVO_OK);
    for (size_t i = 0; i <= ROWS + ABSOLUTE; i++)
        assert_int_equal(mvo_rebalancer_set_priority(w.d->r, MVO_CONFLICT_ROW, w.ids[i], w.row_class[i],
                                                     0.5 + random_uniform(stream), NULL),
                         MVO_OK);
    for (size_t j = 0; j < w.n; j++)
        assert_int_equal(
            mvo_rebalancer_set_priority(w.d->r, MVO_CONFLICT_BOUND, (int64_t)j, w.bound_class[j], 1.0, NULL), MVO_OK);
    return w;
}

/* The limits into the test's problem: as they gave way (scale 1), or `scale` of the way of class `class` alone, the
   higher classes being left out. */
static void set_limits(world *w, int32_t class, double scale)
{
    instance *p = w->d->c->p;
    int32_t kind, side;
    int64_t id;
    double limit, relaxed;
    for (size_t i = 0; i <= ROWS + ABSOLUTE; i++) {
        const int out = w->row_class[i] > class;
        double *low = i <= ROWS ? &p->row_lower[i] : NULL,
               *high = i <= ROWS ? &p->row_upper[i] : &w->d->c->rows[i - 1 - ROWS].limit;
        *high = out ? INFINITY : w->high[i];
        if (low)
            *low = out ? -INFINITY : w->low[i];
    }
    for (size_t j = 0; j < w->n; j++) {
        p->lower[j] = w->bound_class[j] > class ? -INFINITY : w->lower[j];
        p->upper[j] = w->bound_class[j] > class ? INFINITY : w->upper[j];
    }
    for (size_t k = 0; mvo_rebalancer_relaxed(&kind, &id, &side, &limit, &relaxed, w->d->r, k) == MVO_OK; k++) {
        size_t i = 0;
        while (kind == MVO_CONFLICT_ROW && w->ids[i] != id)
            i++;
        const int32_t of = kind == MVO_CONFLICT_ROW ? w->row_class[i] : w->bound_class[id];
        assert_true(of > 0);
        if (of > class)
            continue;
        const double to = of == class ? limit + scale * (relaxed - limit) : relaxed;
        if (kind == MVO_CONFLICT_BOUND)
            *(side == MVO_AT_LOWER ? &p->lower[id] : &p->upper[id]) = to;
        else if (i > ROWS)
            w->d->c->rows[i - 1 - ROWS].limit = to;
        else
            *(side == MVO_AT_LOWER ? &p->row_lower[i] : &p->row_upper[i]) = to;
    }
}

/* Whether no portfolio obeys the limits in the test's problem, proved. */
static int is_empty(world *w)
{
    char why[256];
    mvo_outcome outcome;
    mvo_solver *solver = costly_solver(w->d->c, MVO_CHECK_FINITE);
    assert_non_null(solver);
    assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
    const int empty = outcome == MVO_INFEASIBLE;
    if (empty && !costly_verify_farkas(w->d->c, solver, 1e-9, why, sizeof why))
        fail_msg("no proof: %s", why);
    mvo_solver_free(solver);
    return empty;
}

/* One tick after the warm-up, in which nothing of the problem has changed yet but the drift. */
static void live(random_stream *stream, int hard, size_t count[3])
{
    world w = make_world(stream, hard, 0);
    mvo_tick tick = MVO_TICK_INIT;
    double returns[MOST];
    for (int t = 0; t < 20; t++) {
        desk_draw(stream, returns, w.n);
        if (t < 19) {
            desk_tick(w.d, &tick, returns);
            continue;
        }
        /* the limits that the answer has to be verified within are known after the tick only */
        mvo_rebalancer *r = w.d->r;
        char why[256];
        double growth = 1.0;
        assert_int_equal(mvo_rebalancer_tick_returns(&tick, r, returns, NULL, NULL), MVO_OK);
        for (size_t j = 0; j < w.n; j++)
            growth += w.d->holdings[j] * returns[j];
        for (size_t j = 0; j < w.n; j++)
            w.d->c->holdings[j] = w.d->holdings[j] * (1.0 + returns[j]) / growth;
        assert_int_equal(mvo_stream_update(w.d->stream, returns, NULL), MVO_OK);
        mvo_covariance *sigma = NULL;
        assert_int_equal(mvo_stream_covariance(&sigma, w.d->stream, NULL), MVO_OK);
        assert_int_equal(mvo_covariance_matrix(w.d->c->p->sigma, w.n, sigma, NULL), MVO_OK);
        mvo_covariance_unref(sigma);
        for (size_t i = 0; i < w.n * w.n; i++)
            w.d->c->p->sigma[i] *= 100.0;
        for (size_t j = 0; j < w.n; j++)
            w.d->c->borrow[j] = 10.0 * w.d->borrow[j];
        if (tick.outcome == MVO_TICK_CONFLICT) {
            set_limits(&w, 0, 1.0);
            assert_true(is_empty(&w));
            count[0]++;
            continue;
        }
        assert_int_equal(tick.solve, MVO_OPTIMAL);
        set_limits(&w, CLASSES + 1, 1.0);
        if (!costly_verify(w.d->c, mvo_rebalancer_solver(r), 1.0, 1e-8, why, sizeof why))
            fail_msg("%s", why);
        count[tick.relaxed ? 1 : 2]++;
        for (int32_t class = 1; class <= CLASSES; class ++) {
            int32_t kind, any = 0;
            int64_t id;
            for (size_t k = 0; mvo_rebalancer_relaxed(&kind, &id, NULL, NULL, NULL, r, k) == MVO_OK; k++) {
                size_t i = 0;
                while (kind == MVO_CONFLICT_ROW && w.ids[i] != id)
                    i++;
                any |= (kind == MVO_CONFLICT_ROW ? w.row_class[i] : w.bound_class[id]) == class;
            }
            set_limits(&w, class, 0.999);
            assert_true(!any || is_empty(&w));
        }
    }
    desk_free(w.d);
}

static void test_relaxations(void **state)
{
    (void)state;
    random_stream stream = { 2024 };
    size_t count[3] = { 0 };
    for (int k = 0; k < DESKS; k++)
        live(&stream, k % 2, count);
    print_message("%zu conflicts, %zu relaxed, %zu met\n", count[0], count[1], count[2]);
    assert_true(count[0] > 20 && count[1] > 100 && count[2] > 5);
}

/* ------------------------------------------------------------------------------------------- anything at all */

enum { LIVES = 60, TICKS = 150 };

typedef struct temper {
    random_stream *stream;
    int32_t parts;
} temper;

/* A model that is wrong in one way or another now and then. */
static int32_t moody(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    const temper *t = user;
    const size_t mood = random_below(t->stream, 8), j = random_below(t->stream, n), i = random_below(t->stream, n);
    static const double values[] = { NAN, INFINITY, -1.0, 1e300, 0.0 };
    if (mood == 0)
        return -1;
    double *const where = mood == 1 ? mean : mood == 2 ? volatility : NULL;
    if (where)
        where[j] = values[random_below(t->stream, 5)];
    if (matrix && mood == 3)
        matrix[i + j * ld] = values[random_below(t->stream, 5)];
    if (matrix && mood == 4 && i != j)
        matrix[i + j * ld] = matrix[j + i * ld] = random_uniform(t->stream) * 2.0 - 1.0;
    return 0;
}

/* One event that a day may bring to both of the two; `draw` decides which. */
static void meddle(random_stream *stream, mvo_rebalancer *const r[2], const world *w, temper *moods)
{
    const size_t event = random_below(stream, 14), j = random_below(stream, w->n), i = random_below(stream, ROWS) + 1;
    const double u = random_uniform(stream), v = random_uniform(stream);
    const int32_t parts = 1 + (int32_t)random_below(stream, 7);
    for (int k = 0; k < 2; k++) {
        mvo_solver *solver = mvo_rebalancer_solver(r[k]);
        moods[k].parts = parts;
        switch (event) {
        case 0:
        case 1:
            mvo_rebalancer_set_asset(r[k], j, (int32_t)(3 * u), NULL);
            break;
        case 2:
            mvo_solver_set_row_limits(solver, w->ids[i], -INFINITY, u, NULL);
            break;
        case 3:
            mvo_solver_set_bound(solver, j, 0.3 * u, 0.4 * v, NULL); /* crossed at times */
            break;
        case 4:
            mvo_rebalancer_set_model(r[k], u < 0.5 ? NULL : moody, &moods[k], parts, NULL);
            break;
        case 5:
            mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, u < 0.5 ? 0 : 1 + (int64_t)(4 * v), NULL);
            break;
        case 6:
            mvo_rebalancer_set_real(r[k], MVO_REBALANCER_VOLATILITY_TARGET, u < 0.5 ? INFINITY : 0.02 * v, NULL);
            break;
        case 7:
            mvo_rebalancer_set_integer(r[k], MVO_REBALANCER_BAD_DATA, u < 0.5, NULL);
            break;
        case 8:
            mvo_rebalancer_set_integer(r[k], MVO_REBALANCER_GUARD_DELAY, (int64_t)(3 * u), NULL);
            break;
        case 9:
            mvo_rebalancer_set_real(r[k], MVO_REBALANCER_OUTLIER_SIGMAS, 3.0 + 5.0 * u, NULL);
            break;
        default:
            break;
        }
    }
}

/* Two rebalancers through the same random life, one of which is put away and made anew from its saved state: nothing
   that happens makes a number that is none, moves what should stand, or tells the two apart. */
static void live_through(uint64_t seed, size_t count[MVO_TICK_RUINED + 1])
{
    random_stream stream = { seed }, moods_stream[2] = { { seed + 1 }, { seed + 1 } };
    const int32_t flags = seed % 3 ? 0 : MVO_REBALANCER_IMPACT;
    world w = make_world(&stream, 0, flags), twin = make_world(&(random_stream){ seed }, 0, flags);
    mvo_rebalancer *const r[2] = { w.d->r, twin.d->r };
    for (int k = 0; k < 2 && flags; k++) {
        mvo_impact *impact = mvo_rebalancer_impact(r[k]);
        assert_int_equal(mvo_impact_set_quadratic(impact, 0, 0.01, NULL), MVO_OK);
        assert_int_equal(mvo_impact_set_power(impact, 1, 0.005, NULL), MVO_OK);
        assert_int_equal(mvo_impact_set_pool(impact, 2, 50, 50, 1, 1, 0.003, 1, 1, NULL), MVO_OK);
    }
    temper moods[2] = { { &moods_stream[0], 0 }, { &moods_stream[1], 0 } };
    double prices[MOST], returns[MOST], h[2][MOST], before[MOST], target[MOST], trades[MOST];
    size_t size = 0;
    assert_int_equal(mvo_rebalancer_save(NULL, 0, &size, r[0], NULL), MVO_OK);
    unsigned char *saved = malloc(size);
    assert_non_null(saved);
    for (size_t j = 0; j < w.n; j++)
        prices[j] = 100.0;
    for (int t = 0; t < TICKS; t++) {
        mvo_tick tick[2] = { MVO_TICK_INIT, MVO_TICK_INIT };
        double given[MOST];
        desk_draw(&stream, returns, w.n);
        for (size_t j = 0; j < w.n; j++) {
            prices[j] *= 1.0 + returns[j];
            const size_t odd = random_below(&stream, 60);
            given[j] = odd == 0 ? NAN : odd == 1 ? -prices[j] : odd == 2 ? 3.0 * prices[j] : prices[j];
        }
        meddle(&stream, r, &w, moods);
        if (random_below(&stream, 10) == 0) { /* the second goes on from what the first was, the first from its own */
            assert_int_equal(mvo_rebalancer_save(saved, size, NULL, r[0], NULL), MVO_OK);
            assert_int_equal(mvo_rebalancer_restore(r[1], saved, size, NULL), MVO_OK);
        }
        mvo_rebalancer_holdings(before, r[0]);
        mvo_rebalancer_weights(target, r[0]);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(mvo_rebalancer_tick(&tick[k], r[k], given, NULL, NULL), MVO_OK);
            mvo_rebalancer_holdings(h[k], r[k]);
        }
        assert_memory_equal(&tick[0], &tick[1], sizeof tick[0]);
        assert_memory_equal(h[0], h[1], w.n * sizeof(double));
        count[tick[0].outcome]++;
        for (size_t j = 0; j < w.n; j++)
            assert_true(isfinite(h[0][j]));
        assert_true(isfinite(tick[0].value) && (tick[0].value > 0.0 || tick[0].outcome == MVO_TICK_RUINED));
        if (tick[0].outcome == MVO_TICK_DATA)
            assert_memory_equal(before, h[0], w.n * sizeof(double));
        mvo_rebalancer_trades(trades, r[0]);
        mvo_rebalancer_weights(before, r[0]);
        if (tick[0].solve != MVO_OPTIMAL)
            assert_memory_equal(target, before, w.n * sizeof(double));
        for (size_t j = 0; j < w.n && tick[0].outcome != MVO_TICK_TRADE; j++)
            assert_true(trades[j] == 0.0);
    }
    free(saved);
    desk_free(w.d);
    desk_free(twin.d);
}

static void test_any_life(void **state)
{
    (void)state;
    size_t count[MVO_TICK_RUINED + 1] = { 0 };
    for (uint64_t k = 0; k < LIVES; k++)
        live_through(100 + 7 * k, count);
    print_message("trade %zu, stay %zu, wait %zu, data %zu, forecast %zu, conflict %zu, late %zu, failed %zu\n",
                  count[MVO_TICK_TRADE], count[MVO_TICK_STAY], count[MVO_TICK_WAIT], count[MVO_TICK_DATA],
                  count[MVO_TICK_FORECAST], count[MVO_TICK_CONFLICT], count[MVO_TICK_LATE], count[MVO_TICK_FAILED]);
    assert_true(count[MVO_TICK_TRADE] > 500 && count[MVO_TICK_DATA] > 100 && count[MVO_TICK_FORECAST] > 50 &&
                count[MVO_TICK_CONFLICT] > 50 && count[MVO_TICK_LATE] > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_relaxations), cmocka_unit_test(test_any_life) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
