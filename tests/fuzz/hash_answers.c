/* SPDX-License-Identifier: MIT */
/*
 * A hash over the bits of every answer to 3000 random problems and of every corner of some 250 frontiers, and the same of 600
 * problems with costs and budgets, with parametric paths between some of them. Builds by
 * different compilers, at different levels of optimisation, with different BLAS and for different processors print the same
 * line. Only + - * / and sqrt make the problems.
 */
#include "support/costly.h"
#include "support/market.h"
#include "support/random_problem.h"

#include <math.h>
#include <stdio.h>

enum { PROBLEMS = 3000, COSTLY_PROBLEMS = 600, MOST_ASSETS = 400 };

static uint64_t hash = 1469598103934665603u; /* FNV-1a: Fowler, Noll & Vo */
static size_t corners, pieces;

static void add(const double *x, size_t n)
{
    const unsigned char *byte = (const unsigned char *)x;
    for (size_t i = 0; i < n * sizeof *x; i++)
        hash = (hash ^ byte[i]) * 1099511628211u;
}

static void add_answer(const mvo_solver *solver, mvo_outcome outcome)
{
    double w[MOST_ASSETS], z[MOST_ASSETS], y[MOST_ASSETS];
    const double verdict = outcome;
    add(&verdict, 1);
    if (mvo_solver_weights(w, solver) == MVO_OK)
        add(w, mvo_solver_size(solver));
    if (mvo_solver_multipliers(y, z, solver) == MVO_OK) {
        add(y, mvo_solver_row_count(solver));
        add(z, mvo_solver_size(solver));
    }
}

static void add_frontier(mvo_solver *solver, const double *mu)
{
    mvo_frontier *frontier = NULL;
    mvo_outcome outcome = -1;
    mvo_frontier_new(&frontier, &outcome, solver, mu, NULL);
    for (size_t k = 0; k < mvo_frontier_corner_count(frontier); k++, corners++) {
        double figures[3], w[MOST_ASSETS];
        mvo_frontier_corner(&figures[0], &figures[1], &figures[2], w, frontier, k);
        add(figures, 3);
        add(w, mvo_frontier_size(frontier));
    }
    mvo_frontier_unref(frontier);
    add_answer(solver, outcome);
}

/* What was summed up in long double, whose length differs from processor to processor, is rounded to where none sees it. */
static void round_all(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (double)(float)x[i];
}

static instance *make_problem(random_stream *stream, size_t t)
{
    const size_t n = 1 + random_below(stream, 40), m = random_below(stream, n / 2 + 2);
    const int kind = t % 2 ? RANDOM_INTEGER : RANDOM_CONTINUOUS;
    if (t % 3 == 1)
        return random_problem(stream, n, m, 1 + random_below(stream, n), kind);
    if (t % 3 == 2)
        return random_feasible_problem(stream, n, m, n, kind);
    const double condition = ldexp(1.0, (int)random_below(stream, 27));
    planted_problem planted = plant_problem(stream, n, m, condition, t % 2 ? 0.3 : 0.0);
    instance *p = instance_copy(planted.p);
    planted_free(&planted);
    round_all(p->linear, n);
    round_all(p->row_lower, m);
    round_all(p->row_upper, m);
    return p;
}

static void hash_problem(random_stream *stream, size_t t)
{
    double mu[MOST_ASSETS];
    instance *p = make_problem(stream, t);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
    mvo_outcome outcome = -1;
    if (t % 5 == 0)
        mvo_solver_set_integer(solver, MVO_OPTION_METHOD, MVO_METHOD_PATH, NULL);
    mvo_solver_solve(&outcome, solver, NULL);
    add_answer(solver, outcome);
    for (size_t j = 0; j < p->n; j++)
        mu[j] = 0.01 * (double)(j % 7) + 0.003 * (double)j;
    if (outcome == MVO_OPTIMAL && t % 8 == 0)
        add_frontier(solver, mu);
    mvo_solver_free(solver);
    instance_free(p);
}

static void hash_market(size_t n, uint64_t seed)
{
    instance *p = market_new(n, seed, seed == 3);
    market_sectors(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_NONE);
    mvo_outcome outcome = -1;
    mvo_maximum_utility(&outcome, solver, p->mu, 5.0, NULL);
    add_answer(solver, outcome);
    add_frontier(solver, p->mu);
    mvo_solver_free(solver);
    instance_free(p);
}

/* Every piece's ends, weights and multipliers at its end. */
static void add_path(mvo_solver *solver, const double *linear)
{
    mvo_path *path = NULL;
    mvo_outcome outcome = -1;
    mvo_path_new(&path, &outcome, solver, linear, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    for (size_t k = 0; k < mvo_path_piece_count(path); k++, pieces++) {
        double ends[2], w[MOST_ASSETS], y[MOST_ASSETS], z[MOST_ASSETS];
        mvo_path_piece(&ends[0], &ends[1], path, k);
        mvo_path_at(w, y, z, path, ends[1], NULL);
        add(ends, 2);
        add(w, mvo_solver_size(solver));
        add(y, mvo_solver_row_count(solver));
        add(z, mvo_solver_size(solver));
    }
    mvo_path_unref(path);
    add_answer(solver, outcome);
}

static void hash_costly(random_stream *stream, size_t t)
{
    double mu[MOST_ASSETS], s[MOST_ASSETS], cost = 0.0;
    const int integer = t % 2;
    instance *p = make_problem(stream, t); /* one draw after the other: compilers order arguments as they like */
    costly *c = costly_random(stream, p, random_below(stream, 4), integer);
    if (t % 7 == 0)
        costly_randomise_rates(stream, c, integer);
    mvo_solver *solver = costly_solver(c, MVO_CHECK_NONE);
    mvo_outcome outcome = -1;
    if (t % 5 == 0)
        mvo_solver_set_integer(solver, MVO_OPTION_METHOD, MVO_METHOD_PATH, NULL);
    mvo_solver_solve(&outcome, solver, NULL);
    add_answer(solver, outcome);
    if (mvo_solver_costs(&cost, s, solver) == MVO_OK) {
        add(&cost, 1);
        add(s, c->p->n);
    }
    for (size_t j = 0; j < c->p->n; j++)
        mu[j] = 0.01 * (double)(j % 7) + 0.003 * (double)j;
    if (outcome == MVO_OPTIMAL && t % 4 == 0)
        add_path(solver, mu);
    if (outcome == MVO_OPTIMAL && t % 3 == 0)
        add_frontier(solver, mu);
    mvo_solver_free(solver);
    costly_free(c);
}

int main(void)
{
    random_stream stream = { 5 };
    random_without_libm();
    for (size_t t = 0; t < PROBLEMS; t++)
        hash_problem(&stream, t);
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (size_t n = 50; n <= MOST_ASSETS; n *= 2)
            hash_market(n, seed);
    for (size_t t = 0; t < COSTLY_PROBLEMS; t++)
        hash_costly(&stream, t);
    printf("%016llx over %d problems, %zu corners and %zu pieces\n", (unsigned long long)hash, PROBLEMS + COSTLY_PROBLEMS,
           corners, pieces);
    return 0;
}
