/* SPDX-License-Identifier: MIT */
/* Robust problems: made, their uncertainty set, their answers read. */
#include "portfolio/robust.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ making */

static int claim(mvo_robust *made, size_t rows)
{
    double **const vectors[] = { &made->ones,   &made->borrow, &made->below,  &made->above,
                                 &made->linear, &made->shaped, &made->worst };
    const size_t n = made->n;
    int complete = 1;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        *vectors[i] = mvoi_allocate(made->context, n, sizeof(double));
        complete &= *vectors[i] != NULL;
        for (size_t j = 0; *vectors[i] && j < n; j++)
            (*vectors[i])[j] = vectors[i] == &made->ones ? 1.0 : 0.0;
    }
    made->kept = mvoi_allocate(made->context, 3 * n + rows + 1, sizeof(double));
    made->dual = mvoi_allocate(made->context, 2 * n, sizeof(double));
    made->kept_side = mvoi_allocate(made->context, 2 * n + rows + 1, sizeof(int32_t));
    made->parts = mvoi_allocate(made->context, made->count, sizeof(double));
    made->variances = mvoi_allocate(made->context, made->count, sizeof(double));
    made->mixed = mvoi_allocate(made->context, made->count, sizeof(double));
    for (size_t k = 0; made->parts && k < made->count; k++)
        made->parts[k] = 1.0 / (double)made->count;
    return complete && made->kept && made->dual && made->kept_side && made->parts && made->variances && made->mixed;
}

/* The solver inside over a copy of the set that has room for the box's kinks. */
static int make_solver(mvo_robust *made, const mvo_constraints *constraints)
{
    mvo_constraints *copy = NULL;
    if (mvo_constraints_copy(&copy, constraints, NULL) != MVO_OK)
        return 0;
    for (size_t j = 0; j < made->n; j++)
        made->borrow[j] = mvoi_borrow_rate(constraints, j);
    const int complete = mvo_constraints_set_borrow_costs(copy, made->borrow, NULL) == MVO_OK &&
                         mvo_solver_new(&made->solver, made->context, made->model, copy, NULL) == MVO_OK;
    mvo_constraints_free(copy);
    return complete;
}

static mvo_status check_parts(mvo_context *context, size_t count, mvo_covariance *const *covariances,
                              const mvo_covariance *uncertainty, const mvo_constraints *constraints, mvo_error *error)
{
    if (!covariances)
        return mvoi_fail_null(context, error, "covariances");
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    if (count == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("count"), "count is 0");
    for (size_t k = 0; k < count; k++) {
        mvoi_detail detail = { "covariances", (int64_t)k, -1, 0.0, (double)constraints->n };
        if (!covariances[k])
            return mvoi_fail(context, error, MVO_ERROR_NULL, detail, "covariance %zu is NULL", k);
        detail.value = (double)covariances[k]->n;
        if (covariances[k]->n != constraints->n)
            return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail,
                             "covariance %zu has %zu assets, the constraint set %zu", k, covariances[k]->n, constraints->n);
    }
    if (uncertainty && uncertainty->n != constraints->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH,
                         (mvoi_detail){ "uncertainty", -1, -1, (double)uncertainty->n, (double)constraints->n },
                         "the uncertainty has %zu assets, the constraint set %zu", uncertainty->n, constraints->n);
    return MVO_OK;
}

static void view_identity(mvo_robust *made)
{
    made->identity.n = made->n;
    made->identity.rank_bound = made->n;
    made->identity.kind = MVOI_FACTOR;
    made->identity.factors = made->identity.specific = made->identity.diagonal = made->ones;
}

mvo_status mvo_robust_new(mvo_robust **robust, mvo_context *context, size_t count, mvo_covariance *const *covariances,
                          mvo_covariance *uncertainty, const mvo_constraints *constraints, mvo_error *error)
{
    if (!robust)
        return mvoi_fail_null(context, error, "robust");
    const mvo_status status = check_parts(context, count, covariances, uncertainty, constraints, error);
    if (status != MVO_OK)
        return status;
    mvo_robust *made = mvoi_allocate(context, 1, sizeof *made);
    mvo_covariance **list = mvoi_allocate(context, count, sizeof *list);
    if (!made || !list) {
        mvoi_release(context, made);
        mvoi_release(context, list);
        return mvoi_fail_memory(context, error, "a robust problem");
    }
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    made->covariances = list;
    made->count = count;
    made->n = constraints->n;
    made->report = (mvo_report)MVO_REPORT_INIT;
    for (size_t k = 0; k < count; k++)
        list[k] = mvo_covariance_ref(covariances[k]);
    made->uncertainty = mvo_covariance_ref(uncertainty);
    int complete = claim(made, constraints->row_count);
    if (complete)
        view_identity(made);
    complete = complete && mvoi_robust_new_model(made) && make_solver(made, constraints) &&
               (count == 1 || mvoi_mixing_new(made));
    if (!complete) {
        mvo_robust_free(made);
        return mvoi_fail_memory(context, error, "a robust problem");
    }
    *robust = made;
    return MVO_OK;
}

void mvo_robust_free(mvo_robust *robust)
{
    if (!robust)
        return;
    mvo_context *context = robust->context;
    void *const owned[] = { robust->ones,  robust->borrow, robust->below,     robust->above, robust->linear,    robust->shaped,
                            robust->worst, robust->kept,   robust->dual,     robust->kept_side, robust->parts,
                            robust->mixed, robust->variances, robust->model_parts };
    mvoi_mixing_free(robust);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    mvo_solver_free(robust->solver);
    mvo_covariance_unref(robust->model);
    mvo_covariance_unref(robust->uncertainty);
    for (size_t k = 0; k < robust->count; k++)
        mvo_covariance_unref(robust->covariances[k]);
    mvoi_release(context, robust->covariances);
    mvoi_release(context, robust);
    mvo_context_unref(context);
}

mvo_solver *mvo_robust_solver(mvo_robust *robust)
{
    return robust ? robust->solver : NULL;
}

/* ------------------------------------------------------------------------------------- uncertainty of means */

static mvo_status check_side(const mvo_robust *robust, const char *name, const double *side, mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
    const mvo_status status = mvoi_check_vector(robust->context, error, name, side, robust->n);
    for (size_t j = 0; status == MVO_OK && j < robust->n; j++)
        if (side[j] < 0.0)
            return mvoi_fail(robust->context, error, MVO_ERROR_ARGUMENT, (mvoi_detail){ name, (int64_t)j, -1, side[j], 0.0 },
                             "%s: %s is %s, less than 0",
                             mvoi_describe_asset(what, sizeof what, robust->solver->snapshot, j), name,
                             mvoi_describe_number(number, side[j]));
    return status;
}

mvo_status mvo_robust_set_box(mvo_robust *robust, const double *below, const double *above, mvo_error *error)
{
    if (!robust)
        return mvoi_fail_null(NULL, error, "robust");
    mvo_status status = below ? check_side(robust, "below", below, error) : MVO_OK;
    if (status == MVO_OK && above)
        status = check_side(robust, "above", above, error);
    for (size_t j = 0; status == MVO_OK && j < robust->n; j++) {
        robust->below[j] = below ? below[j] : 0.0;
        robust->above[j] = above ? above[j] : 0.0;
    }
    return status;
}

mvo_status mvo_robust_set_ellipsoid(mvo_robust *robust, double kappa, mvo_error *error)
{
    if (!robust)
        return mvoi_fail_null(NULL, error, "robust");
    const mvo_status status = mvoi_check_number(robust->solver, error, "kappa", kappa, 0.0);
    if (status != MVO_OK)
        return status;
    if (kappa > 0.0 && robust->count > 1 && !robust->uncertainty)
        return mvoi_fail(robust->context, error, MVO_ERROR_STATE, MVOI_DETAIL("robust"),
                         "with %zu covariances an ellipsoid needs an uncertainty of its own", robust->count);
    robust->kappa = kappa;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ answers */

mvo_status mvo_robust_weights(double *weights, const mvo_robust *robust)
{
    if (!weights || !robust)
        return MVO_ERROR_NULL;
    if (!robust->solved)
        return MVO_ERROR_STATE;
    return mvo_solver_weights(weights, robust->solver);
}

mvo_status mvo_robust_worst_case(double *means, double *mixture, double *variances, const mvo_robust *robust)
{
    if (!robust)
        return MVO_ERROR_NULL;
    if (!robust->worst_known)
        return MVO_ERROR_STATE;
    if (means)
        memcpy(means, robust->worst, robust->n * sizeof *means);
    if (mixture)
        memcpy(mixture, robust->parts, robust->count * sizeof *mixture);
    if (variances)
        memcpy(variances, robust->variances, robust->count * sizeof *variances);
    return MVO_OK;
}

mvo_status mvo_robust_report(mvo_report *report, const mvo_robust *robust)
{
    if (!report || !robust)
        return MVO_ERROR_NULL;
    if (report->struct_size < (int64_t)sizeof(int64_t))
        return MVO_ERROR_ARGUMENT;
    if (!robust->solved)
        return MVO_ERROR_STATE;
    const int64_t theirs = report->struct_size, known = (int64_t)sizeof *report;
    memcpy(report, &robust->report, (size_t)(theirs < known ? theirs : known));
    report->struct_size = theirs;
    return MVO_OK;
}
