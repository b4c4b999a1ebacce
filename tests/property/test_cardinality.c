/* SPDX-License-Identifier: MIT */
/*
 * Searches with limits on counts against all combinations of what each asset may do, every one solved as an ordinary
 * quadratic programme: limits on holdings and on trades, least positions, fees, short positions, costs, turnover and
 * gross budgets, target returns, assets that are equal.
 */
#include "support/random.h"

#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

enum { MOST = 10, OPTIONS = 4, COMBINATIONS = 1100 };

typedef struct option {
    double low, high;
    int holding, trade;
} option;

typedef struct problem {
    size_t n;
    double sigma[MOST * MOST], linear[MOST], mu[MOST], lower[MOST], upper[MOST], least[MOST], fee[MOST], held[MOST];
    double target;
    int has_target;
    mvo_covariance *covariance;
    mvo_constraints *rules;
    option options[MOST][OPTIONS];
    size_t option_count[MOST];
} problem;

/* What asset j may do, from the words of the header: zero or at least `least` in size, within its bounds. */
static void list_options(problem *p, size_t j)
{
    const double least = p->least[j], held = p->held[j];
    option *o = p->options[j];
    size_t count = 0;
    if (p->lower[j] <= 0.0 && p->upper[j] >= 0.0)
        o[count++] = (option){ 0.0, 0.0, 0, held != 0.0 };
    if (least == 0.0) {
        o[count++] = (option){ p->lower[j], p->upper[j], 1, 1 };
    } else {
        if (p->upper[j] >= least)
            o[count++] = (option){ fmax(least, p->lower[j]), p->upper[j], 1, 1 };
        if (p->lower[j] <= -least)
            o[count++] = (option){ p->lower[j], fmin(-least, p->upper[j]), 1, 1 };
    }
    if (held != 0.0 && held >= p->lower[j] && held <= p->upper[j] && fabs(held) >= least)
        o[count++] = (option){ held, held, 1, 0 };
    p->option_count[j] = count;
}

static size_t combinations(const problem *p)
{
    size_t product = 1;
    for (size_t j = 0; j < p->n; j++)
        product *= p->option_count[j];
    return product;
}

static void draw_numbers(problem *p, random_stream *stream)
{
    const size_t n = p->n;
    const int shorts = random_below(stream, 3) == 0, least = random_below(stream, 3) > 0;
    const int fees = random_below(stream, 3) == 0, held = fees || random_below(stream, 3) == 0;
    double loadings[MOST][MOST];
    for (size_t j = 0; j < n; j++)
        for (size_t f = 0; f < n; f++)
            loadings[j][f] = random_normal(stream) + (f == 0 ? 1.0 : 0.0);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            p->sigma[i + j * n] = 0.0;
            for (size_t f = 0; f < n; f++)
                p->sigma[i + j * n] += loadings[i][f] * loadings[j][f] / (double)n;
        }
        p->linear[j] = -0.2 * random_normal(stream);
        p->mu[j] = 0.1 * random_normal(stream);
        p->lower[j] = shorts ? -0.4 : 0.0;
        p->upper[j] = 0.4 + 0.6 * random_uniform(stream);
        p->least[j] = least ? 0.25 * random_uniform(stream) : 0.0;
        p->fee[j] = fees ? 0.05 * random_uniform(stream) : 0.0;
        p->held[j] = held && random_below(stream, 2) ? random_uniform(stream) * 2.0 / (double)n : 0.0;
    }
    p->has_target = random_below(stream, 3) == 0;
    p->target = 0.05 * random_normal(stream);
    if (n > 1 && random_below(stream, 3) == 0) { /* the last two assets are equal in all but covariance with each other */
        const size_t a = n - 2, b = n - 1;
        double *const by_asset[] = { p->linear, p->mu, p->lower, p->upper, p->least, p->fee, p->held };
        for (size_t k = 0; k < sizeof by_asset / sizeof *by_asset; k++)
            by_asset[k][b] = by_asset[k][a];
        for (size_t i = 0; i < n; i++)
            p->sigma[i + b * n] = p->sigma[b + i * n] = p->sigma[i + a * n];
        p->sigma[b + b * n] = p->sigma[a + a * n];
    }
}

static void make_handles(problem *p, random_stream *stream)
{
    double cost[MOST];
    assert_int_equal(mvo_covariance_new_dense(&p->covariance, NULL, p->n, p->sigma, p->n, MVO_CHECK_FINITE, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_new(&p->rules, NULL, p->n, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_bounds(p->rules, p->lower, p->upper, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_set_holdings(p->rules, p->held, NULL), MVO_OK);
    assert_int_equal(mvo_constraints_add_budget(NULL, p->rules, 1.0, 1.0, NULL), MVO_OK);
    if (random_below(stream, 3) == 0) {
        for (size_t j = 0; j < p->n; j++)
            cost[j] = 0.02;
        assert_int_equal(mvo_constraints_set_trading_costs(p->rules, cost, cost, NULL), MVO_OK);
    }
    if (random_below(stream, 4) == 0)
        assert_int_equal(mvo_constraints_add_turnover(NULL, p->rules, 1.3, NULL), MVO_OK);
    if (random_below(stream, 4) == 0)
        assert_int_equal(mvo_constraints_add_gross(NULL, p->rules, 1.4, NULL), MVO_OK);
}

static void draw(problem *p, random_stream *stream)
{
    memset(p, 0, sizeof *p);
    p->n = 2 + random_below(stream, MOST - 1);
    draw_numbers(p, stream);
    for (size_t j = 0; j < p->n; j++)
        list_options(p, j);
    while (combinations(p) > COMBINATIONS) { /* too many to try: the last asset does what it did */
        const size_t j = p->n - 1;
        for (size_t k = 0; k < j; k++)
            memmove(p->sigma + k * j, p->sigma + k * p->n, j * sizeof *p->sigma);
        p->n--;
    }
    make_handles(p, stream);
}

/* best[h][t]: the least objective with exactly h holdings and t trades; infinity where there is none. */
static void try_all(double best[MOST + 1][MOST + 1], const problem *p)
{
    mvo_solver *solver = NULL;
    mvo_constraints *rules = NULL;
    const size_t count = combinations(p);
    for (size_t h = 0; h <= MOST; h++)
        for (size_t t = 0; t <= MOST; t++)
            best[h][t] = HUGE_VAL;
    assert_int_equal(mvo_constraints_copy(&rules, p->rules, NULL), MVO_OK);
    if (p->has_target)
        assert_int_equal(mvo_constraints_add_return(NULL, rules, p->mu, p->target, HUGE_VAL, NULL), MVO_OK);
    assert_int_equal(mvo_solver_new(&solver, NULL, p->covariance, rules, NULL), MVO_OK);
    assert_int_equal(mvo_solver_set_linear(solver, p->linear, NULL), MVO_OK);
    for (size_t c = 0; c < count; c++) {
        size_t rest = c, holdings = 0, trades = 0;
        double low[MOST], high[MOST], fees = 0.0;
        mvo_outcome outcome = -1;
        mvo_report report = MVO_REPORT_INIT;
        for (size_t j = 0; j < p->n; j++) {
            const option *o = &p->options[j][rest % p->option_count[j]];
            rest /= p->option_count[j];
            low[j] = o->low;
            high[j] = o->high;
            holdings += (size_t)o->holding;
            trades += (size_t)o->trade;
            fees += o->trade ? p->fee[j] : 0.0;
        }
        assert_int_equal(mvo_solver_set_bounds(solver, low, high, NULL), MVO_OK);
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        if (outcome != MVO_OPTIMAL) {
            assert_int_equal(outcome, MVO_INFEASIBLE);
            continue;
        }
        assert_int_equal(mvo_solver_report(&report, solver), MVO_OK);
        best[holdings][trades] = fmin(best[holdings][trades], report.objective + fees);
    }
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
}

/* Judges the weights from the outside. */
static double judge(const problem *p, const double *w, size_t most_holdings, size_t most_trades)
{
    size_t holdings = 0, trades = 0;
    double objective = 0.0, sum = 0.0, income = 0.0, cost = 0.0;
    for (size_t j = 0; j < p->n; j++) {
        holdings += w[j] != 0.0;
        trades += w[j] != p->held[j];
        assert_true(w[j] >= p->lower[j] && w[j] <= p->upper[j]);
        assert_true(w[j] == 0.0 || fabs(w[j]) >= p->least[j]);
        objective += p->linear[j] * w[j] + (w[j] != p->held[j] ? p->fee[j] : 0.0);
        for (size_t i = 0; i < p->n; i++)
            objective += 0.5 * w[i] * p->sigma[i + j * p->n] * w[j];
        sum += w[j];
        income += p->mu[j] * w[j];
    }
    assert_true(holdings <= most_holdings && trades <= most_trades);
    assert_true(fabs(sum - 1.0) <= 1e-12);
    assert_true(!p->has_target || income >= p->target - 1e-12);
    assert_int_equal(mvo_constraints_costs(&cost, NULL, p->rules, w, NULL), MVO_OK);
    return objective + cost;
}

static int agrees(const problem *p, mvo_selection *selection, double best[MOST + 1][MOST + 1], size_t most_holdings,
                  size_t most_trades, size_t *infeasible)
{
    mvo_outcome outcome = -1;
    double expected = HUGE_VAL, objective = 0.0, bound = 0.0, gap = -1.0, w[MOST];
    for (size_t h = 0; h <= most_holdings; h++)
        for (size_t t = 0; t <= most_trades; t++)
            expected = fmin(expected, best[h][t]);
    assert_int_equal(mvo_selection_set_most_holdings(selection, most_holdings, NULL), MVO_OK);
    assert_int_equal(mvo_selection_set_most_trades(selection, most_trades, NULL), MVO_OK);
    assert_int_equal(mvo_selection_minimise(&outcome, selection, p->linear, p->has_target ? p->mu : NULL, p->target, NULL),
                     MVO_OK);
    assert_int_equal(mvo_selection_result(&objective, &bound, &gap, NULL, selection), MVO_OK);
    if (isinf(expected)) {
        ++*infeasible;
        return outcome == MVO_INFEASIBLE && mvo_selection_weights(w, selection) == MVO_ERROR_STATE;
    }
    if (outcome != MVO_OPTIMAL || mvo_selection_weights(w, selection) != MVO_OK) {
        print_error("%s, expected objective %.12g\n", mvo_outcome_name(outcome), expected);
        return 0;
    }
    const double slack = 1e-9 * (1.0 + fabs(expected)), judged = judge(p, w, most_holdings, most_trades);
    const int fine = fabs(objective - expected) <= slack && fabs(judged - objective) <= slack &&
                     bound <= expected + slack && gap <= 1e-9;
    if (!fine)
        print_error("objective %.12g (%.12g), bound %.12g, gap %g, expected %.12g\n", objective, judged, bound, gap, expected);
    return fine;
}

static void compare(size_t problems, uint64_t seed)
{
    random_stream stream = { seed };
    size_t failed = 0, infeasible = 0, searches = 0;
    static double best[MOST + 1][MOST + 1];
    static problem p;
    for (size_t k = 0; k < problems; k++) {
        mvo_selection *selection = NULL;
        draw(&p, &stream);
        try_all(best, &p);
        assert_int_equal(mvo_selection_new(&selection, NULL, p.covariance, p.rules, NULL), MVO_OK);
        assert_int_equal(mvo_selection_set_least_positions(selection, p.least, NULL), MVO_OK);
        assert_int_equal(mvo_selection_set_trade_fees(selection, p.fee, NULL), MVO_OK);
        assert_int_equal(mvo_selection_set_limits(selection, HUGE_VAL, 0, 0.0, NULL), MVO_OK);
        for (size_t most = 1; most <= p.n; most++)
            for (int limited = 0; limited < 2; limited++, searches++) {
                const size_t trades = limited ? random_below(&stream, p.n + 1) : p.n;
                if (agrees(&p, selection, best, most, trades, &infeasible))
                    continue;
                print_error("problem %zu: n %zu, at most %zu holdings, %zu trades\n", k, p.n, most, trades);
                failed++;
            }
        mvo_selection_free(selection);
        mvo_constraints_free(p.rules);
        mvo_covariance_unref(p.covariance);
    }
    print_message("%zu searches, %zu infeasible\n", searches, infeasible);
    assert_int_equal(failed, 0);
    assert_true(infeasible > 0 && infeasible < searches / 2);
}

static void test_all_combinations(void **state)
{
    (void)state;
    compare(200, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_combinations),
    };
    return cmocka_run_group_tests_name("limits on counts", tests, NULL, NULL);
}
