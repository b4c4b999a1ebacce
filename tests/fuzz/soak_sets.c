/* SPDX-License-Identifier: MIT */
/*
 * The dense Maros-Meszaros problems, changed so that the answer is still known:
 *
 *     rescaled     rows and weights by 10^-3 .. 10^3, the objective by 10^-6 .. 10^6, three seeds: same optimum
 *     linear       Hessian zero, and with -q as well: optimal or unbounded, whichever is proved
 *     cut          a limit on the gradient's product with w that no feasible point meets, by 1e-3 and 1e-6: infeasible
 *
 * A line for each problem that fails, counts at the end; exit status 1 if a verdict was wrong. Needs the test data.
 */
#include "support/data.h"
#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tally {
    const char *what;
    size_t proved, none, wrong;
} tally;

static void rescale(random_stream *stream, instance *p)
{
    const double objective = pow(10.0, 12.0 * random_uniform(stream) - 6.0);
    for (size_t j = 0; j < p->n; j++) {
        const double unit = pow(10.0, 6.0 * random_uniform(stream) - 3.0);
        for (size_t i = 0; i < p->n; i++) {
            p->sigma[i + j * p->n] *= unit;
            p->sigma[j + i * p->n] *= unit;
        }
        for (size_t i = 0; i < p->m; i++)
            p->rows[i * p->n + j] *= unit;
        p->linear[j] *= unit;
        p->lower[j] /= unit;
        p->upper[j] /= unit;
    }
    /* exactly symmetric again: the two triangles were multiplied in different orders */
    for (size_t j = 0; j < p->n; j++)
        for (size_t i = 0; i < p->n; i++)
            p->sigma[(i < j ? i : j) + (i < j ? j : i) * p->n] =
                p->sigma[(i < j ? j : i) + (i < j ? i : j) * p->n];
    for (size_t k = 0; k < p->n * p->n; k++)
        p->sigma[k] *= objective;
    for (size_t j = 0; j < p->n; j++)
        p->linear[j] *= objective;
    p->constant *= objective;
    for (size_t i = 0; i < p->m; i++) {
        const double unit = pow(10.0, 6.0 * random_uniform(stream) - 3.0);
        for (size_t j = 0; j < p->n; j++)
            p->rows[i * p->n + j] *= unit;
        p->row_lower[i] *= unit;
        p->row_upper[i] *= unit;
    }
}

/* Solves and verifies; `allowed` is a set of outcomes, 1 << outcome. */
static void judge(tally *count, const instance *p, const char *name, unsigned allowed, int32_t checks)
{
    char why[256] = "";
    mvo_outcome outcome = MVO_NUMERICAL;
    const verify_problem view = instance_view(p);
    mvo_solver *solver = instance_solver(p, checks);
    if (solver)
        mvo_solver_solve(&outcome, solver, NULL);
    if (outcome == MVO_NUMERICAL) {
        count->none++;
        printf("%s\t%s\tno verdict\n", count->what, name);
    } else if (!(allowed & (1u << outcome))) {
        count->wrong++;
        printf("%s\t%s\t%s\n", count->what, name, mvo_outcome_name(outcome));
    } else if (!verify_solve(&view, solver, outcome, 1e-9, why, sizeof why)) {
        count->wrong++;
        printf("%s\t%s\t%s: %s\n", count->what, name, mvo_outcome_name(outcome), why);
    } else {
        count->proved++;
    }
    mvo_solver_free(solver);
}

static void rescaled(tally *count, const instance *p, const char *name)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        random_stream stream = { seed };
        instance *q = instance_copy(p);
        rescale(&stream, q);
        judge(count, q, name, 1u << MVO_OPTIMAL, MVO_CHECK_FINITE);
        instance_free(q);
    }
}

static void linear(tally *count, const instance *p, const char *name)
{
    instance *q = instance_copy(p);
    memset(q->sigma, 0, q->n * q->n * sizeof *q->sigma);
    judge(count, q, name, 1u << MVO_OPTIMAL | 1u << MVO_UNBOUNDED, MVO_CHECK_FINITE);
    for (size_t j = 0; j < q->n; j++)
        q->linear[j] = -q->linear[j];
    judge(count, q, name, 1u << MVO_OPTIMAL | 1u << MVO_UNBOUNDED, MVO_CHECK_FINITE);
    instance_free(q);
}

/* With the gradient g at the optimum w*, every feasible w has g'w >= g'w*. */
static void cut(tally *count, const instance *p, const char *name)
{
    mvo_outcome outcome = -1;
    double *w = calloc(p->n, sizeof *w), *g = calloc(p->n, sizeof *g);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_FINITE);
    if (!w || !g || !solver || mvo_solver_solve(&outcome, solver, NULL) != MVO_OK || outcome != MVO_OPTIMAL)
        abort();
    mvo_solver_weights(w, solver);
    mvo_solver_free(solver);
    double value = 0.0, size = 0.0;
    for (size_t j = 0; j < p->n; j++) {
        g[j] = p->linear[j];
        for (size_t i = 0; i < p->n; i++)
            g[j] += p->sigma[i + j * p->n] * w[i];
        value += g[j] * w[j];
        size += fabs(g[j] * w[j]);
    }
    for (double by = 1e-3; by > 1e-7 && size > 0.0; by *= 1e-3) {
        instance *q = instance_new(p->n, p->m + 1);
        memcpy(q->sigma, p->sigma, p->n * p->n * sizeof *g);
        memcpy(q->linear, p->linear, p->n * sizeof *g);
        memcpy(q->lower, p->lower, p->n * sizeof *g);
        memcpy(q->upper, p->upper, p->n * sizeof *g);
        for (size_t i = 0; i < p->m; i++)
            instance_set_row(q, i, p->rows + i * p->n, p->row_lower[i], p->row_upper[i]);
        instance_set_row(q, p->m, g, -INFINITY, value - by * size);
        judge(count, q, name, 1u << MVO_INFEASIBLE, MVO_CHECK_FINITE);
        instance_free(q);
    }
    free(w);
    free(g);
}

static int summary(const tally *count)
{
    printf("#%s: %zu proved, %zu without a verdict, %zu wrong\n", count->what, count->proved, count->none, count->wrong);
    return count->wrong != 0;
}

int main(void)
{
    tally counts[3] = { { "rescaled", 0, 0, 0 }, { "linear", 0, 0, 0 }, { "cut", 0, 0, 0 } };
    if (!data_present("maros_meszaros/INDEX.tsv")) {
        printf("maros_meszaros is not there: nothing to do\n");
        return 0;
    }
    data_index *index = data_read_index("maros_meszaros/INDEX.tsv");
    for (size_t i = 0; i < index->height; i++) {
        char path[160];
        const char *name = data_index_field(index, i, "name");
        if (strcmp(name, "VALUES") == 0) /* not convex */
            continue;
        snprintf(path, sizeof path, "maros_meszaros/%s.qp", name);
        instance *p = data_read_qp(path);
        rescaled(&counts[0], p, name);
        linear(&counts[1], p, name);
        cut(&counts[2], p, name);
        instance_free(p);
        fflush(stdout);
    }
    data_index_free(index);
    return summary(&counts[0]) | summary(&counts[1]) | summary(&counts[2]);
}
