/* SPDX-License-Identifier: MIT */
/* What property tests over many drawn problems share (see property.h). */
#include "support/property.h"

#include <stdarg.h>
#include <stdlib.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

uint64_t asked(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : standard;
}

double *claim(size_t count)
{
    double *x = calloc(count ? count : 1, sizeof *x);
    assert_non_null(x);
    return x;
}

mvo_solver *solver_with_ids(int64_t **ids, const instance *p, mvo_constraints *constraints, int32_t flags)
{
    mvo_solver *solver = NULL;
    mvo_covariance *covariance = instance_covariance(p, flags);
    *ids = calloc(p->m + 1, sizeof **ids);
    assert_non_null(*ids);
    assert_int_equal(mvo_solver_new(&solver, NULL, covariance, constraints, NULL), MVO_OK);
    for (size_t i = 0; i < p->m; i++)
        (*ids)[i] = mvo_constraints_row_id(constraints, i);
    mvo_constraints_free(constraints);
    mvo_covariance_unref(covariance);
    return solver;
}

void forget_periods(random_stream *stream, instance *p, size_t periods)
{
    const size_t n = p->n;
    double *x = claim(n * periods);
    for (size_t e = 0; e < n * periods; e++)
        x[e] = 0.2 * random_normal(stream);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = 0.0;
            for (size_t t = 0; t < periods; t++)
                sum += x[i * periods + t] * x[j * periods + t];
            p->sigma[i + j * n] = p->sigma[j + i * n] = sum / (double)periods;
        }
    free(x);
}
