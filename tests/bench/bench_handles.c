/* SPDX-License-Identifier: MIT */
/*
 * Times making handles over dense matrices: covariances copied and borrowed, at each level of checking, and a solver.
 * See README.md in this folder.
 *
 *     bench_handles [families [orders]]
 */
#define _GNU_SOURCE
#include "bench/support/measure.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Memory that the system has not given to anyone yet: every page of it costs a fault when it is first written to. */
enum { HEADER = 64 };

static void *reserve_fresh(void *user, size_t size)
{
    (void)user;
    char *block = mmap(NULL, HEADER + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return NULL;
    memcpy(block, &size, sizeof size);
    return block + HEADER;
}

static void give_back_fresh(void *user, void *pointer)
{
    size_t size;
    (void)user;
    memcpy(&size, (char *)pointer - HEADER, sizeof size);
    munmap((char *)pointer - HEADER, HEADER + size);
}

static mvo_context *fresh; /* NULL for malloc */

static void make(task *t, int32_t flags)
{
    mvo_covariance *covariance = NULL;
    t->outcome =
        mvo_covariance_new_dense(&covariance, fresh, t->p->n, t->p->sigma, t->p->n, flags, NULL) ? -1 : MVO_OPTIMAL;
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
    if (mvo_context_new(&fresh, reserve_fresh, give_back_fresh, NULL, NULL, NULL) != MVO_OK)
        abort();
    measure(line_named(family, "covariance, copied, all checks, fresh pages", p->n, 0), u, &t, checked);
    measure(line_named(family, "covariance, copied, trusted, fresh pages", p->n, 0), u, &t, trusted);
    mvo_context_unref(fresh);
    fresh = NULL;
    task_free(&t);
}

int main(int count, char **arguments)
{
    static const family families[] = { { "handle", 0, SIZE_MAX, family_handle } };
    return run_families(count, arguments, families, 1);
}
