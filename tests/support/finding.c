/* SPDX-License-Identifier: MIT */
/* Asking, judging and comparing (see finding.h). */
#include "support/finding.h"

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

verify_problem view_of(const instance *p, const question *q)
{
    verify_problem view = instance_view(p);
    if (q->at_return) {
        view.linear = NULL;
        view.target = p->mu;
        view.target_lower = q->target;
        view.target_upper = INFINITY;
    }
    return view;
}

void ask(finding *f, const instance *p, mvo_solver *solver, const question *q)
{
    f->outcome = -1;
    f->objective = f->scale = 0.0L;
    f->report = (mvo_report)MVO_REPORT_INIT;
    assert_int_equal(mvo_solver_set_linear(solver, p->linear, NULL), MVO_OK);
    if (q->at_return)
        assert_int_equal(mvo_minimum_variance_at_return(&f->outcome, solver, p->mu, q->target, NULL), MVO_OK);
    else
        assert_int_equal(mvo_solver_solve(&f->outcome, solver, NULL), MVO_OK);
    assert_int_equal(mvo_solver_report(&f->report, solver), MVO_OK);
}

int judge(finding *f, const instance *p, const mvo_solver *solver, const question *q, char *why, size_t size)
{
    const verify_problem view = view_of(p, q);
    verify_residuals r;
    if (!verify_solve(&view, solver, f->outcome, FINDING_TOLERANCE, why, size))
        return 0;
    if (f->outcome != MVO_OPTIMAL)
        return 1;
    double *w = claim(2 * p->n + p->m), *z = w + p->n, *y = z + p->n, target = 0.0;
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    assert_int_equal(mvo_solver_multipliers(y, z, solver), MVO_OK);
    if (q->at_return)
        assert_int_equal(mvo_target_multiplier(&target, solver), MVO_OK);
    verify_measure(&r, &view, w, y, z, target, FINDING_TOLERANCE);
    f->objective = r.objective;
    f->scale = r.gap_scale;
    free(w);
    return 1;
}

int agree(const finding *a, const finding *b, char *why, size_t size)
{
    if (a->outcome == b->outcome && fabsl(a->objective - b->objective) <= FINDING_TOLERANCE * fmaxl(a->scale, b->scale))
        return 1;
    snprintf(why, size, "%s with %.17Lg and %s with %.17Lg, of terms of %.3Lg", mvo_outcome_name(a->outcome), a->objective,
             mvo_outcome_name(b->outcome), b->objective, fmaxl(a->scale, b->scale));
    return 0;
}

int stop_is_honest(const instance *p, const mvo_solver *solver, const finding *stopped, const finding *best, char *why, size_t size)
{
    verify_residuals r;
    const verify_problem view = instance_view(p);
    const size_t n = p->n, m = p->m;
    double *w = claim(2 * n + m);
    assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
    verify_measure(&r, &view, w, w + 2 * n, w + n, 0.0, FINDING_TOLERANCE);
    free(w);
    const long double rounding = 1e-9L * (r.gap_scale + best->scale), over = r.objective - best->objective;
    const int fine = !stopped->report.feasible ||
                     (r.primal_relative <= FINDING_TOLERANCE &&
                      (best->outcome != MVO_OPTIMAL || (over >= -rounding && over <= stopped->report.gap + rounding)));
    if (!fine)
        snprintf(why, size, "stopped: %.3Lg beyond limits, %.9Lg over the best, gap %.9g", r.primal_relative, over,
                 stopped->report.gap);
    return fine;
}

int same_bits(const instance *p, const mvo_solver *a, const mvo_solver *b)
{
    double *x = claim(2 * p->n), *y = x + p->n;
    assert_int_equal(mvo_solver_weights(x, a), MVO_OK);
    assert_int_equal(mvo_solver_weights(y, b), MVO_OK);
    const int same = memcmp(x, y, p->n * sizeof *x) == 0;
    free(x);
    return same;
}
