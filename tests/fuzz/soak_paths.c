/* SPDX-License-Identifier: MIT */
/*
 * Parametric paths of random problems, with costs and budgets, dense and of factors, with ties: soak_paths [count [first seed]].
 * Everywhere on the way the weights must be as good as those of a solve from nothing. A line with the seed for each path that
 * fails; exit status 1 if there was one.
 */
#include "support/moving.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments)
{
    const unsigned long long problems = count > 1 ? strtoull(arguments[1], NULL, 10) : 20000;
    const unsigned long long first = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    size_t failed = 0, whole = 0, pieces = 0;
    for (unsigned long long k = 0; k < problems; k++) {
        char why[256] = "";
        moving_kind kind;
        const moving problem = moving_of_seed(first + k, &kind);
        if (!moving_judge(problem, &whole, &pieces, why, sizeof why)) {
            printf("seed %llu\tn %zu\tm %zu\t%zu absolute\t%s\t%s\t%s\t%s\n", first + k, problem.a->p->n, problem.a->p->m,
                   problem.a->absolute, kind.integer ? "integer" : "continuous", kind.factors ? "factors" : "dense",
                   kind.far ? "far" : "near", why);
            fflush(stdout);
            failed++;
        }
        moving_free(problem);
    }
    printf("#%llu paths: %zu whole, %zu pieces, %zu failed\n", problems, whole, pieces, failed);
    return failed != 0;
}
