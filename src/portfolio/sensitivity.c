/* SPDX-License-Identifier: MIT */
/* Making a sensitivity handle: what the solver knows of its answer, and the factorised KKT matrix of its working set. */
#include "portfolio/sensitivity.h"

#include <math.h>
#include <string.h>

static int allocate(mvo_sensitivity *made)
{
    mvo_context *context = made->context;
    const size_t n = made->n, m = made->m;
    int complete = 1;
    double **const by_weight[] = { &made->w, &made->z, &made->linear };
    for (size_t i = 0; i < sizeof by_weight / sizeof *by_weight; i++)
        complete &= (*by_weight[i] = mvoi_allocate(context, n, sizeof(double))) != NULL;
    complete &= (made->y = mvoi_allocate(context, m, sizeof(double))) != NULL;
    complete &= (made->rows = mvoi_allocate(context, m, n * sizeof(double))) != NULL;
    complete &= (made->unit = mvoi_allocate(context, n + m, sizeof(double))) != NULL;
    complete &= (made->side = mvoi_allocate(context, n + m, sizeof(int32_t))) != NULL;
    complete &= (made->may = mvoi_allocate(context, n + m, sizeof(int32_t))) != NULL;
    complete &= (made->breakpoint = mvoi_allocate(context, n, sizeof(int32_t))) != NULL;
    return complete;
}

static void copy_answer(mvo_sensitivity *made, const mvo_solver *solver)
{
    const mvoi_problem *problem = &solver->problem;
    const size_t n = made->n, m = made->m;
    made->scale = solver->answer_scale;
    memcpy(made->w, solver->point.w, n * sizeof(double));
    memcpy(made->z, solver->point.z, n * sizeof(double));
    memcpy(made->y, solver->point.y, m * sizeof(double));
    memcpy(made->linear, problem->linear, n * sizeof(double)); /* with the slopes of costs */
    memcpy(made->side, solver->point.side, n * sizeof(int32_t));
    memcpy(made->side + n, solver->point.row_side, m * sizeof(int32_t));
    for (size_t i = 0; i < m; i++)
        memcpy(made->rows + i * n, problem->rows + i * problem->ld_rows, n * sizeof(double));
    for (size_t j = 0; j < n; j++)
        made->unit[j] = made->covariance->diagonal[j] > 0.0 ? 1.0 / sqrt(made->covariance->diagonal[j]) : 1.0;
    for (size_t i = 0; i < m; i++) {
        double most = 0.0;
        for (size_t j = 0; j < n; j++)
            most = fmax(most, fabs(made->rows[i * n + j]) * made->unit[j]);
        made->unit[n + i] = most > 0.0 ? 1.0 / most : 1.0;
    }
}

/* Whether the solver's data are still those of its answer, that of a quadratic programme; gradient (n) receives the size of
   the terms of Sigma w + c - A'y - z. */
static int answer_holds(double *gradient, const mvo_sensitivity *made, const mvo_solver *solver)
{
    const size_t n = made->n;
    double worst = 0.0, size = 0.0;
    mvoi_covariance_product(gradient, made->covariance, made->w, NULL);
    for (size_t j = 0; j < n; j++) {
        double sum = gradient[j] + made->linear[j] - made->z[j];
        double terms = fabs(gradient[j]) + fabs(made->linear[j]);
        for (size_t i = 0; i < made->m; i++) {
            sum -= made->rows[i * n + j] * made->y[i];
            terms += fabs(made->rows[i * n + j] * made->y[i]);
        }
        gradient[j] = terms;
        worst = fmax(worst, fabs(sum) * made->unit[j]);
        size = fmax(size, terms * made->unit[j]);
        if (made->side[j] == MVOI_LOWER && made->w[j] != solver->problem.lower[j])
            return 0;
        if (made->side[j] == MVOI_UPPER && made->w[j] != solver->problem.upper[j])
            return 0;
    }
    return worst <= 1e-7 * size;
}

/* The KKT matrix of the working set, scaled to unit variances and rows of size 1. */
static void append_all(mvoi_kkt *kkt, double *column, const mvo_sensitivity *made)
{
    const size_t n = made->n;
    for (size_t e = 0; e < n + made->m; e++) {
        if ((made->side[e] == MVOI_FREE) != (e < n))
            continue;
        for (size_t p = 0; p < kkt->order; p++) {
            const size_t f = (size_t)kkt->element[p];
            const double entry = e < n   ? mvoi_covariance_entry(made->covariance, f, e)
                                 : f < n ? made->rows[(e - n) * n + f]
                                         : 0.0;
            column[p] = entry * made->unit[e] * made->unit[f];
        }
        const double diagonal = e < n ? made->covariance->diagonal[e] * made->unit[e] * made->unit[e] : 0.0;
        mvoi_kkt_append(kkt, (int32_t)e, column, diagonal);
    }
}

/* MVO_OK, or MVO_ERROR_SINGULAR where weights are not determined. A row that repeats others is let go: it makes multipliers
   ambiguous, not weights. */
static mvo_status factorise(mvo_sensitivity *made, mvo_error *error)
{
    const size_t n = made->n, m = made->m;
    size_t order = 0;
    for (size_t e = 0; e < n + m; e++)
        order += (made->side[e] == MVOI_FREE) == (e < n);
    double *column = mvoi_allocate(made->context, order, sizeof *column);
    int32_t *dropped = mvoi_allocate(made->context, order, sizeof *dropped);
    mvo_status status = MVO_OK;
    if (!column || !dropped || !mvoi_kkt_new(&made->kkt, made->context, order, order, n + m, mvoi_kernels_best())) {
        memset(&made->kkt, 0, sizeof made->kkt);
        status = mvoi_fail_memory(made->context, error, "a sensitivity");
    } else {
        append_all(&made->kkt, column, made);
        const size_t count = mvoi_kkt_factor(&made->kkt, dropped);
        for (size_t d = 0; d < count && status == MVO_OK; d++)
            if ((size_t)dropped[d] < n)
                status = mvoi_fail(made->context, error, MVO_ERROR_SINGULAR,
                                   (mvoi_detail){ "solver", dropped[d], -1, 0.0, 0.0 },
                                   "the optimal weights are not unique: that of asset %d is not determined", (int)dropped[d]);
        for (size_t d = 0; d < count; d++)
            made->degenerate = 1;
    }
    mvoi_release(made->context, column);
    mvoi_release(made->context, dropped);
    return status;
}

static mvo_status check_solver(const mvo_solver *solver, mvo_error *error)
{
    mvo_context *context = solver->context;
    if (!solver->solved || solver->outcome != MVO_OPTIMAL)
        return mvoi_fail(context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"), "the solver's last outcome is not MVO_OPTIMAL");
    if ((solver->has_target && !solver->target_row) || (solver->answer_scale != 1.0 && solver->answer_constant != 0.0))
        return mvoi_fail(context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the solver's last question was not one quadratic programme");
    return MVO_OK;
}

mvo_status mvo_sensitivity_new(mvo_sensitivity **sensitivity, const mvo_solver *solver, mvo_error *error)
{
    if (!sensitivity)
        return mvoi_fail_null(solver ? solver->context : NULL, error, "sensitivity");
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    mvo_status status = check_solver(solver, error);
    if (status != MVO_OK)
        return status;
    mvo_context *context = solver->context;
    mvo_sensitivity *made = mvoi_allocate(context, 1, sizeof *made);
    double *gradient = mvoi_allocate(context, solver->n, sizeof *gradient);
    if (made) {
        memset(made, 0, sizeof *made);
        atomic_init(&made->references, 1);
        made->context = mvo_context_ref(context);
        made->covariance = mvo_covariance_ref(solver->covariance);
        made->n = solver->n;
        made->m = solver->problem.m;
        made->told = solver->m;
    }
    if (!made || !gradient || !allocate(made)) {
        status = mvoi_fail_memory(context, error, "a sensitivity");
    } else {
        copy_answer(made, solver);
        if (!answer_holds(gradient, made, solver))
            status = mvoi_fail(context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                               "the solver's data are not (or no longer) those of its last answer");
    }
    if (status == MVO_OK) {
        mvoi_sensitivity_read_cone(made, solver, gradient);
        status = factorise(made, error);
    }
    mvoi_release(context, gradient);
    if (status == MVO_OK)
        *sensitivity = made;
    else
        mvo_sensitivity_unref(made);
    return status;
}

mvo_sensitivity *mvo_sensitivity_ref(mvo_sensitivity *sensitivity)
{
    if (sensitivity)
        atomic_fetch_add_explicit(&sensitivity->references, 1, memory_order_relaxed);
    return sensitivity;
}

void mvo_sensitivity_unref(mvo_sensitivity *sensitivity)
{
    if (!sensitivity || atomic_fetch_sub_explicit(&sensitivity->references, 1, memory_order_acq_rel) != 1)
        return;
    mvo_context *context = sensitivity->context;
    void *const owned[] = { sensitivity->w,    sensitivity->z,    sensitivity->linear, sensitivity->y,          sensitivity->rows,
                            sensitivity->unit, sensitivity->side, sensitivity->may,    sensitivity->breakpoint };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(context, owned[i]);
    if (sensitivity->kkt.element)
        mvoi_kkt_free(&sensitivity->kkt, context);
    mvo_covariance_unref(sensitivity->covariance);
    mvoi_release(context, sensitivity);
    mvo_context_unref(context);
}

int32_t mvo_sensitivity_degenerate(const mvo_sensitivity *sensitivity)
{
    return sensitivity ? sensitivity->degenerate : 0;
}
