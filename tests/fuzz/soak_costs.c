/* SPDX-License-Identifier: MIT */
/*
 * Random problems with costs and budgets, dense and of factors, with ties, degenerate and infeasible: soak_costs [count
 * [first seed]]. Each is solved as it is, by both methods, and split at its breakpoints; verdicts and objectives must agree and
 * optima be verified from the outside. A line with the seed for each that fails; exit status 1 if there was one.
 */
#include "support/costly_judge.h"

#include <stdio.h>
#include <stdlib.h>

static size_t verdicts[3]; /* optimal, infeasible, unbounded */

static size_t try_seed(uint64_t seed)
{
    size_t failed = 0;
    int integer;
    costly *c = costly_of_seed(seed, &integer);
    for (int64_t method = MVO_METHOD_AUTO; method <= MVO_METHOD_PATH; method++) {
        char why[256] = "";
        mvo_outcome verdict;
        if (costly_judge(c, method, &verdict, why, sizeof why)) {
            verdicts[verdict]++;
            continue;
        }
        printf("seed %llu\tn %zu\tm %zu\t%zu absolute\tmethod %d\t%s\t%s\t%s\n", (unsigned long long)seed, c->p->n, c->p->m,
               c->absolute, (int)method, integer ? "integer" : "continuous", c->p->loadings ? "factors" : "dense", why);
        fflush(stdout);
        failed++;
    }
    costly_free(c);
    return failed;
}

int main(int count, char **arguments)
{
    const unsigned long long problems = count > 1 ? strtoull(arguments[1], NULL, 10) : 20000;
    const unsigned long long first = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    size_t failed = 0;
    for (unsigned long long k = 0; k < problems; k++)
        failed += try_seed(first + k);
    printf("#%llu problems with costs: %zu optima, %zu infeasible, %zu unbounded, %zu failed\n", problems, verdicts[0],
           verdicts[1], verdicts[2], failed);
    return failed != 0;
}
