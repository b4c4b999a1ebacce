/* SPDX-License-Identifier: MIT */
/* The constraint set as a handle: made, copied, freed; the names of its assets. */
#include "constraints/constraints.h"

#include <math.h>
#include <string.h>

enum { FIRST_ID = 1 };

static mvo_constraints *make_empty(mvo_context *context, size_t n)
{
    mvo_constraints *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return NULL;
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    made->n = n;
    made->next_id = FIRST_ID;
    made->lower = mvoi_allocate(context, n, sizeof *made->lower);
    made->upper = mvoi_allocate(context, n, sizeof *made->upper);
    made->holdings = mvoi_allocate(context, n, sizeof *made->holdings);
    if (!made->lower || !made->upper || !made->holdings) {
        mvo_constraints_free(made);
        return NULL;
    }
    for (size_t j = 0; j < n; j++) {
        made->lower[j] = -INFINITY;
        made->upper[j] = INFINITY;
        made->holdings[j] = 0.0;
    }
    return made;
}

mvo_status mvo_constraints_new(mvo_constraints **constraints, mvo_context *context, size_t n, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"),
                         "n is 0: a set needs at least one asset");
    mvo_constraints *made = make_empty(context, n);
    if (!made)
        return mvoi_fail_memory(context, error, "a constraint set");
    *constraints = made;
    return MVO_OK;
}

mvo_status mvo_constraints_new_long_only(mvo_constraints **constraints, mvo_context *context, size_t n,
                                         mvo_error *error)
{
    mvo_constraints *made;
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    mvo_status status = mvo_constraints_new(&made, context, n, error);
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        made->lower[j] = 0.0;
    status = mvo_constraints_add_budget(NULL, made, 1.0, 1.0, error);
    if (status != MVO_OK) {
        mvo_constraints_free(made);
        return status;
    }
    *constraints = made;
    return MVO_OK;
}

/* The array of names, empty; NULL when out of memory. */
static char **make_names(mvo_context *context, size_t n)
{
    char **names = mvoi_allocate(context, n, sizeof *names);
    for (size_t j = 0; names && j < n; j++)
        names[j] = NULL;
    return names;
}

static int copy_asset_names(mvo_constraints *to, const mvo_constraints *from)
{
    if (!from->asset_names)
        return 1;
    to->asset_names = make_names(to->context, to->n);
    if (!to->asset_names)
        return 0;
    for (size_t j = 0; j < from->n; j++) {
        if (!from->asset_names[j])
            continue;
        to->asset_names[j] = mvoi_duplicate(to->context, from->asset_names[j]);
        if (!to->asset_names[j])
            return 0;
    }
    return 1;
}

/* Rows one by one, each prepared and committed with the id it had. */
static mvo_status copy_rows(mvo_constraints *to, const mvo_constraints *from, mvo_error *error)
{
    for (size_t i = 0; i < from->row_count; i++) {
        const mvoi_row *row = &from->rows[i];
        const char *name = row->name;
        to->next_id = row->id;
        mvoi_row *fresh = mvoi_prepare_rows(to, 1, &row->lower, &row->upper, &name, error);
        if (!fresh)
            return MVO_ERROR_MEMORY;
        memcpy(fresh->coefficients, row->coefficients, from->n * sizeof *row->coefficients);
        fresh->around = row->around;
        fresh->above = row->above;
        fresh->below = row->below;
        if (row->rates) {
            fresh->rates = mvoi_allocate(to->context, 2 * from->n, sizeof *fresh->rates);
            if (!fresh->rates) {
                mvoi_discard_rows(to, 1);
                return mvoi_fail_memory(to->context, error, "the rates of a row of a constraint set");
            }
            memcpy(fresh->rates, row->rates, 2 * from->n * sizeof *fresh->rates);
        }
        mvoi_commit_rows(NULL, to, 1);
    }
    to->next_id = from->next_id;
    return MVO_OK;
}

mvo_status mvo_constraints_copy(mvo_constraints **copy, const mvo_constraints *constraints, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (!copy)
        return mvoi_fail_null(constraints->context, error, "copy");
    mvo_constraints *made = make_empty(constraints->context, constraints->n);
    if (!made)
        return mvoi_fail_memory(constraints->context, error, "a copy of a constraint set");
    memcpy(made->lower, constraints->lower, made->n * sizeof *made->lower);
    memcpy(made->upper, constraints->upper, made->n * sizeof *made->upper);
    mvo_status status = MVO_OK;
    if (!mvoi_copy_costs(made, constraints))
        status = mvoi_fail_memory(constraints->context, error, "the costs of a copy of a constraint set");
    if (status == MVO_OK && !copy_asset_names(made, constraints))
        status = mvoi_fail_memory(constraints->context, error, "the names of a copy of a constraint set");
    if (status == MVO_OK)
        status = copy_rows(made, constraints, error);
    if (status != MVO_OK) {
        mvo_constraints_free(made);
        return status;
    }
    *copy = made;
    return MVO_OK;
}

void mvo_constraints_free(mvo_constraints *constraints)
{
    if (!constraints)
        return;
    mvo_context *context = constraints->context;
    for (size_t i = 0; i < constraints->row_count; i++) {
        mvoi_release(context, constraints->rows[i].coefficients);
        mvoi_release(context, constraints->rows[i].rates);
        mvoi_release(context, constraints->rows[i].name);
    }
    for (size_t j = 0; constraints->asset_names && j < constraints->n; j++)
        mvoi_release(context, constraints->asset_names[j]);
    mvoi_free_costs(constraints);
    mvoi_release(context, constraints->rows);
    mvoi_release(context, constraints->asset_names);
    mvoi_release(context, constraints->lower);
    mvoi_release(context, constraints->upper);
    mvoi_release(context, constraints);
    mvo_context_unref(context);
}

size_t mvo_constraints_size(const mvo_constraints *constraints)
{
    return constraints ? constraints->n : 0;
}

size_t mvo_constraints_row_count(const mvo_constraints *constraints)
{
    return constraints ? constraints->row_count : 0;
}

mvo_status mvoi_check_asset(const mvo_constraints *constraints, size_t asset, mvo_error *error)
{
    if (asset < constraints->n)
        return MVO_OK;
    const mvoi_detail detail = { "asset", (int64_t)asset, -1, (double)asset, (double)constraints->n };
    return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                     "asset %zu is out of range: the set has %zu assets, counted from 0", asset, constraints->n);
}

/* The old name goes last: the new one may be the old one, handed back by mvo_constraints_asset_name. */
mvo_status mvo_constraints_set_asset_name(mvo_constraints *constraints, size_t asset, const char *name,
                                          mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = mvoi_check_asset(constraints, asset, error);
    if (status != MVO_OK)
        return status;
    mvo_context *context = constraints->context;
    if (!constraints->asset_names && !name)
        return MVO_OK;
    char *fresh = name ? mvoi_duplicate(context, name) : NULL;
    if (name && !fresh)
        return mvoi_fail_memory(context, error, "the name of an asset");
    if (!constraints->asset_names)
        constraints->asset_names = make_names(context, constraints->n);
    if (!constraints->asset_names) {
        mvoi_release(context, fresh);
        return mvoi_fail_memory(context, error, "the names of the assets");
    }
    mvoi_release(context, constraints->asset_names[asset]);
    constraints->asset_names[asset] = fresh;
    return MVO_OK;
}

const char *mvo_constraints_asset_name(const mvo_constraints *constraints, size_t asset)
{
    const int named = constraints && constraints->asset_names && asset < constraints->n;
    return named ? constraints->asset_names[asset] : NULL;
}
