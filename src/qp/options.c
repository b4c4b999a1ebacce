/* SPDX-License-Identifier: MIT */
/* Options: one table says which there are, of which type, within which range. */
#include "qp/solver.h"

#include <math.h>

typedef struct option {
    int32_t key;
    int is_real;
    double least, most, standard;
    const char *name;
} option;

static const option *find(int32_t key, int is_real)
{
    static const option options[] = {
        { MVO_OPTION_ITERATION_LIMIT, 0, 0.0, 1e15, 0.0, "MVO_OPTION_ITERATION_LIMIT" },
        { MVO_OPTION_TIME_LIMIT, 1, 0.0, HUGE_VAL, HUGE_VAL, "MVO_OPTION_TIME_LIMIT" },
        { MVO_OPTION_METHOD, 0, MVO_METHOD_AUTO, MVO_METHOD_PATH, MVO_METHOD_AUTO, "MVO_OPTION_METHOD" },
        { MVO_OPTION_TOLERANCE, 1, 1e-15, 1e-3, 1e-9, "MVO_OPTION_TOLERANCE" },
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].key == key && options[i].is_real == is_real)
            return &options[i];
    return NULL;
}

/* Where a solver keeps an option. Only called for keys that exist. */
static double *real_place(mvo_solver *solver, int32_t key)
{
    return key == MVO_OPTION_TIME_LIMIT ? &solver->watch.time_limit : &solver->tolerance;
}

static int64_t *integer_place(mvo_solver *solver, int32_t key)
{
    return key == MVO_OPTION_METHOD ? &solver->method : &solver->watch.iteration_limit;
}

static mvo_status check(mvo_solver *solver, int32_t key, const option *found, double value, mvo_error *error)
{
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    mvoi_detail detail = { "option", -1, -1, (double)key, 0.0 };
    if (!found)
        return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "no option of this type has number %d",
                         (int)key);
    detail = (mvoi_detail){ "value", -1, -1, value, value < found->least ? found->least : found->most };
    if (isnan(value))
        return mvoi_fail(solver->context, error, MVO_ERROR_NOT_FINITE, detail, "%s is nan", found->name);
    if (value < found->least || value > found->most)
        return mvoi_fail(solver->context, error, MVO_ERROR_OUT_OF_RANGE, detail, "%s must lie in [%g, %g] but is %g",
                         found->name, found->least, found->most, value);
    return MVO_OK;
}

mvo_status mvo_solver_set_real(mvo_solver *solver, int32_t option, double value, mvo_error *error)
{
    const mvo_status checked = check(solver, option, find(option, 1), value, error);
    if (checked == MVO_OK)
        *real_place(solver, option) = value;
    return checked;
}

mvo_status mvo_solver_set_integer(mvo_solver *solver, int32_t option, int64_t value, mvo_error *error)
{
    const mvo_status checked = check(solver, option, find(option, 0), (double)value, error);
    if (checked == MVO_OK)
        *integer_place(solver, option) = value;
    return checked;
}

/* What the two readers below check. */
static mvo_status check_reading(const void *value, const mvo_solver *solver, int32_t key, int is_real, mvo_error *error)
{
    if (!value)
        return mvoi_fail_null(NULL, error, "value");
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (find(key, is_real))
        return MVO_OK;
    const mvoi_detail detail = { "option", -1, -1, (double)key, 0.0 };
    return mvoi_fail(solver->context, error, MVO_ERROR_ARGUMENT, detail, "no option of this type has number %d",
                     (int)key);
}

mvo_status mvo_solver_real(double *value, const mvo_solver *solver, int32_t option, mvo_error *error)
{
    const mvo_status checked = check_reading(value, solver, option, 1, error);
    if (checked == MVO_OK)
        *value = *real_place((mvo_solver *)solver, option);
    return checked;
}

mvo_status mvo_solver_integer(int64_t *value, const mvo_solver *solver, int32_t option, mvo_error *error)
{
    const mvo_status checked = check_reading(value, solver, option, 0, error);
    if (checked == MVO_OK)
        *value = *integer_place((mvo_solver *)solver, option);
    return checked;
}

mvo_status mvo_option_real_range(double *least, double *most, double *standard, int32_t option)
{
    const struct option *found = find(option, 1);
    if (!found)
        return MVO_ERROR_ARGUMENT;
    if (least)
        *least = found->least;
    if (most)
        *most = found->most;
    if (standard)
        *standard = found->standard;
    return MVO_OK;
}

mvo_status mvo_option_integer_range(int64_t *least, int64_t *most, int64_t *standard, int32_t option)
{
    const struct option *found = find(option, 0);
    if (!found)
        return MVO_ERROR_ARGUMENT;
    if (least)
        *least = (int64_t)found->least;
    if (most)
        *most = (int64_t)found->most;
    if (standard)
        *standard = (int64_t)found->standard;
    return MVO_OK;
}
