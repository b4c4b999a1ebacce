/* SPDX-License-Identifier: MIT */
/* Caps on what is held at each protocol, chain or bridge: sums of absolute weights over their assets. */
#include "constraints/constraints.h"
#include "desk/check.h"

#include <math.h>

/* Whether group g holds asset j, by label or by the matrix. */
typedef struct membership {
    const int32_t *labels;
    const double *incidence;
    size_t ld;
} membership;

static double share(const membership *m, size_t g, size_t j)
{
    return m->labels ? (m->labels[j] == (int32_t)g ? 1.0 : 0.0) : m->incidence[g + j * m->ld];
}

static mvo_status add(int64_t *ids, mvo_constraints *set, size_t count, const membership *m, const double *caps,
                      const char *const *names, mvo_error *error)
{
    mvo_status status = mvoi_desk_vector(set->context, error, "caps", caps, count, 0.0, HUGE_VAL);
    if (status != MVO_OK || count == 0)
        return status;
    double *lower = mvoi_allocate(set->context, count, sizeof *lower);
    if (!lower)
        return mvoi_fail_memory(set->context, error, "caps");
    for (size_t g = 0; g < count; g++)
        lower[g] = -INFINITY;
    mvoi_row *row = mvoi_prepare_rows(set, count, lower, caps, names, error);
    mvoi_release(set->context, lower);
    if (!row)
        return MVO_ERROR_MEMORY;
    for (size_t g = 0; g < count; g++) {
        for (size_t j = 0; j < set->n; j++)
            row[g].coefficients[j] = share(m, g, j);
        row[g].around = MVO_AROUND_ZERO;
        row[g].above = row[g].below = 1.0;
    }
    mvoi_commit_rows(ids, set, count);
    return MVO_OK;
}

mvo_status mvo_constraints_add_exposure_caps(int64_t *ids, mvo_constraints *constraints, size_t count,
                                             const double *incidence, size_t ld, const double *caps,
                                             const char *const *names, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = mvoi_desk_table(constraints->context, error, "incidence", incidence, ld, count,
                                              constraints->n, 0.0, HUGE_VAL);
    const membership m = { NULL, incidence, ld };
    return status == MVO_OK ? add(ids, constraints, count, &m, caps, names, error) : status;
}

static mvo_status check_labels(mvo_context *context, mvo_error *error, const char *name, const int32_t *labels,
                               size_t n, size_t count)
{
    if (!labels)
        return mvoi_fail_null(context, error, name);
    for (size_t j = 0; j < n; j++) {
        const mvoi_detail detail = { name, (int64_t)j, -1, (double)labels[j], (double)count };
        if (labels[j] < -1 || (labels[j] >= 0 && (size_t)labels[j] >= count))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "%s[%zu] is %d: it must be below %zu, or -1 for none", name, j, (int)labels[j], count);
    }
    return MVO_OK;
}

mvo_status mvo_constraints_add_label_caps(int64_t *ids, mvo_constraints *constraints, size_t count,
                                          const int32_t *labels, const double *caps, const char *const *names,
                                          mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = check_labels(constraints->context, error, "labels", labels, constraints->n, count);
    const membership m = { labels, NULL, 0 };
    return status == MVO_OK ? add(ids, constraints, count, &m, caps, names, error) : status;
}

mvo_status mvo_labels_through(int32_t *labels, size_t n, const int32_t *of, size_t count, const int32_t *next,
                              mvo_error *error)
{
    if (!labels)
        return mvoi_fail_null(NULL, error, "labels");
    mvo_status status = check_labels(NULL, error, "of", of, n, count);
    if (status == MVO_OK)
        status = check_labels(NULL, error, "next", next, count, INT32_MAX);
    for (size_t j = 0; status == MVO_OK && j < n; j++)
        labels[j] = of[j] < 0 ? -1 : next[of[j]];
    return status;
}
