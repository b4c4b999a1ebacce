/* SPDX-License-Identifier: MIT */
/*
 * A soak of problems with planted optima, for as many as are asked for: condition 1 to 1e12, any share of active and of
 * degenerate limits, n up to 60, random units of the objective, of rows and of weights. A wrong verdict is one that its
 * own proof does not carry, or an optimum worse than the planted one; no verdict (MVO_NUMERICAL) is counted apart.
 *
 *     soak_planted [problems, default 10000] [seed, default 1]
 *
 * `make soak` runs 100000. Prints every failure, and a last line with the counts; exit status 1 if a verdict was wrong,
 * or if more than one in a thousand (none at a condition up to 1e8) had no verdict.
 */
#include "support/random_problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ASSETS = 60 };

typedef struct soak_counts {
    size_t wrong, none, none_tame;
} soak_counts;

/* Changes units by powers of ten: objective, each row, each weight. The optimum moves with them. */
static void change_units(random_stream *stream, instance *p)
{
    const double objective = pow(10.0, 12.0 * random_uniform(stream) - 6.0);
    double unit[MOST_ASSETS];
    for (size_t j = 0; j < p->n; j++)
        unit[j] = pow(10.0, floor(3.0 * random_uniform(stream)) - 1.0);
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->n; j++)
            p->sigma[i + j * p->n] *= objective * unit[i] * unit[j];
    for (size_t j = 0; j < p->n; j++) {
        p->linear[j] *= objective * unit[j];
        p->lower[j] /= unit[j];
        p->upper[j] /= unit[j];
    }
    for (size_t i = 0; i < p->m; i++) {
        const double row = pow(10.0, floor(5.0 * random_uniform(stream)) - 2.0);
        for (size_t j = 0; j < p->n; j++)
            p->rows[i * p->n + j] *= row * unit[j];
        p->row_lower[i] *= row;
        p->row_upper[i] *= row;
    }
}

/* 1: optimal and proved; 0: no verdict; -1: wrong. */
static int judge(const instance *p, char *why, size_t size)
{
    mvo_outcome outcome = -1;
    const verify_problem view = instance_view(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
    if (!solver || mvo_solver_solve(&outcome, solver, NULL) != MVO_OK) {
        snprintf(why, size, "refused");
        mvo_solver_free(solver);
        return -1;
    }
    snprintf(why, size, "%s", mvo_outcome_name(outcome));
    int verdict = outcome == MVO_NUMERICAL ? 0 : -1;
    if (outcome == MVO_OPTIMAL)
        verdict = verify_solve(&view, solver, outcome, 1e-8, why, size) ? 1 : -1;
    mvo_solver_free(solver);
    return verdict;
}

static void soak_one(random_stream *stream, size_t number, soak_counts *counts)
{
    char why[256] = "";
    const size_t n = 1 + random_below(stream, MOST_ASSETS), m = random_below(stream, n / 2 + 2);
    const double exponent = 12.0 * random_uniform(stream);
    const double degenerate = random_below(stream, 2) ? 0.0 : random_uniform(stream);
    planted_problem planted = plant_problem(stream, n, m, pow(10.0, exponent), degenerate);
    if (random_below(stream, 2))
        change_units(stream, planted.p);
    const int verdict = judge(planted.p, why, sizeof why);
    if (verdict != 1)
        printf("problem %zu (n %zu, m %zu, condition 1e%.1f, degenerate %.2f): %s\n", number, n, m, exponent,
               degenerate, why);
    counts->wrong += verdict < 0;
    counts->none += verdict == 0;
    counts->none_tame += verdict == 0 && exponent <= 8.0;
    planted_free(&planted);
}

int main(int argc, char **argv)
{
    const size_t problems = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 10000;
    random_stream stream = { argc > 2 ? strtoull(argv[2], NULL, 10) : 1 };
    soak_counts counts = { 0, 0, 0 };
    for (size_t t = 0; t < problems; t++)
        soak_one(&stream, t, &counts);
    printf("%zu problems: %zu wrong, %zu without a verdict (%zu of them at a condition up to 1e8)\n", problems,
           counts.wrong, counts.none, counts.none_tame);
    return counts.wrong || counts.none_tame || 1000 * counts.none > problems;
}
