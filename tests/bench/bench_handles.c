/* SPDX-License-Identifier: MIT */
/*
 * Times making handles over dense matrices: covariances copied and borrowed, at each level of checking, and a solver.
 * See README.md in this folder.
 *
 *     bench_handles [families [orders]]
 */
#include "bench/support/measure.h"

static void make(task *t, int32_t flags)
{
    mvo_covariance *covariance = NULL;
    t->outcome =
        mvo_covariance_new_dense(&covariance, NULL, t->p->n, t->p->sigma, t->p->n, flags, NULL) ? -1 : MVO_OPTIMAL;
    mvo_covariance_unref(covariance);
}

static void checked(task *t)
{
    make(t, MVO_CHECK_ALL);
}

static void checked_borrowed(task *t)
{
    make(t, MVO_CHECK_ALL | MVO_BORROW);
}

static void finite(task *t)
{
    make(t, MVO_CHECK_FINITE);
}

static void trusted(task *t)
{
    make(t, MVO_CHECK_NONE);
}

static void trusted_borrowed(task *t)
{
    make(t, MVO_CHECK_NONE | MVO_BORROW);
}

static void make_solver(task *t)
{
    mvo_solver *solver = NULL;
    t->outcome = mvo_solver_new(&solver, NULL, t->covariance, t->constraints, NULL) ? -1 : MVO_OPTIMAL;
    mvo_solver_free(solver);
}

static void family_handle(const char *family, instance *p, unit *u, uint64_t seed)
{
    static const struct {
        const char *what;
        task_fn *work;
    } makers[] = {
        { "covariance, copied, all checks", checked },         { "covariance, borrowed, all checks", checked_borrowed },
        { "covariance, copied, finite only", finite },         { "covariance, copied, trusted", trusted },
        { "covariance, borrowed, trusted", trusted_borrowed }, { "solver", make_solver },
    };
    (void)seed;
    market_long_only(p);
    task t = task_new(p);
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        line *l = line_named(family, makers[i].what, p->n, 0);
        measure(l, u, &t, makers[i].work);
        if (t.outcome != MVO_OPTIMAL)
            l->outcome = t.outcome;
    }
    task_free(&t);
}

int main(int count, char **arguments)
{
    static const family families[] = { { "handle", 0, SIZE_MAX, family_handle } };
    return run_families(count, arguments, families, 1);
}
