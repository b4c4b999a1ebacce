/* SPDX-License-Identifier: MIT */
/* The kinds of row a caller may add: dense, sparse, budget, group, groups by label, exposures, return. */
#include "constraints/constraints.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- shared checks */

/* "row 'tech'"; without a name "new row k", the k-th of this call (k >= 0), or "the new row". */
static char *describe_new(char *buffer, const char *name, int64_t index)
{
    return mvoi_describe(buffer, MVOI_DESCRIPTION_SIZE, name && *name ? "row" : "new row", name, index);
}

static mvo_status check_new_limits(const mvo_constraints *constraints, const char *name, int64_t index, double lower,
                                   double upper, mvo_error *error)
{
    char what[MVOI_DESCRIPTION_SIZE];
    if (mvoi_limits_hold(lower, upper))
        return MVO_OK;
    return mvoi_check_limits(constraints->context, error, describe_new(what, name, index), index, lower, upper, 0);
}

/* Limits of several rows at once. */
static mvo_status check_all_limits(const mvo_constraints *constraints, size_t count, const double *lower,
                                   const double *upper, const char *const *names, mvo_error *error)
{
    if (count && !lower)
        return mvoi_fail_null(constraints->context, error, "lower");
    if (count && !upper)
        return mvoi_fail_null(constraints->context, error, "upper");
    mvo_status status = MVO_OK;
    for (size_t k = 0; status == MVO_OK && k < count; k++)
        status = check_new_limits(constraints, names ? names[k] : NULL, (int64_t)k, lower[k], upper[k], error);
    return status;
}

/* A coefficient that is not finite: `detail` says where, `name` and `index` which row, `asset` whose. */
static mvo_status fail_coefficient(const mvo_constraints *constraints, mvo_error *error, mvoi_detail detail,
                                   const char *name, int64_t index, size_t asset)
{
    char what[MVOI_DESCRIPTION_SIZE], whose[MVOI_DESCRIPTION_SIZE], number[MVOI_NUMBER_SIZE];
    return mvoi_fail(constraints->context, error, MVO_ERROR_NOT_FINITE, detail, "%s: the coefficient of %s in %s is %s",
                     describe_new(what, name, index), mvoi_describe_asset(whose, sizeof whose, constraints, asset),
                     detail.argument, mvoi_describe_number(number, detail.value));
}

/* ------------------------------------------------------------------------------------------ dense rows */

/* `argument` is what the caller's function calls the coefficients. */
static mvo_status add_dense(int64_t *id, mvo_constraints *constraints, const char *argument, const double *coefficients,
                            double lower, double upper, const char *name, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (!coefficients)
        return mvoi_fail_null(constraints->context, error, argument);
    const size_t n = constraints->n, bad = mvoi_find_not_finite(coefficients, n, 0);
    if (bad < n) {
        const mvoi_detail detail = { argument, -1, (int64_t)bad, coefficients[bad], 0.0 };
        return fail_coefficient(constraints, error, detail, name, -1, bad);
    }
    const mvo_status status = check_new_limits(constraints, name, -1, lower, upper, error);
    if (status != MVO_OK)
        return status;
    mvoi_row *row = mvoi_prepare_rows(constraints, 1, &lower, &upper, &name, error);
    if (!row)
        return MVO_ERROR_MEMORY;
    memcpy(row->coefficients, coefficients, n * sizeof *coefficients);
    mvoi_commit_rows(id, constraints, 1);
    return MVO_OK;
}

mvo_status mvo_constraints_add_row(int64_t *id, mvo_constraints *constraints, const double *coefficients, double lower,
                                   double upper, const char *name, mvo_error *error)
{
    return add_dense(id, constraints, "coefficients", coefficients, lower, upper, name, error);
}

mvo_status mvo_constraints_add_return(int64_t *id, mvo_constraints *constraints, const double *mu, double lower,
                                      double upper, mvo_error *error)
{
    return add_dense(id, constraints, "mu", mu, lower, upper, "return", error);
}

mvo_status mvo_constraints_add_budget(int64_t *id, mvo_constraints *constraints, double lower, double upper,
                                      mvo_error *error)
{
    const char *name = "budget";
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const mvo_status status = check_new_limits(constraints, name, -1, lower, upper, error);
    if (status != MVO_OK)
        return status;
    mvoi_row *row = mvoi_prepare_rows(constraints, 1, &lower, &upper, &name, error);
    if (!row)
        return MVO_ERROR_MEMORY;
    for (size_t j = 0; j < constraints->n; j++)
        row->coefficients[j] = 1.0;
    mvoi_commit_rows(id, constraints, 1);
    return MVO_OK;
}

/* ----------------------------------------------------------------------------------------- sparse rows */

/* Element k of a list of assets stands for one that is out of range or was listed before. */
static mvo_status fail_listed(const mvo_constraints *constraints, mvo_error *error, const char *argument, size_t k,
                              size_t asset)
{
    char whose[MVOI_DESCRIPTION_SIZE];
    const mvoi_detail detail = { argument, (int64_t)k, -1, (double)asset, (double)constraints->n };
    if (asset >= constraints->n)
        return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                         "%s[%zu] is %zu, out of range: the set has %zu assets, counted from 0", argument, k, asset,
                         constraints->n);
    return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail, "%s[%zu] is %zu: %s is listed twice",
                     argument, k, asset, mvoi_describe_asset(whose, sizeof whose, constraints, asset));
}

static mvo_status check_list(const mvo_constraints *constraints, const char *argument, size_t count,
                             const size_t *assets, const double *coefficients, const char *name, mvo_error *error)
{
    for (size_t k = 0; k < count; k++) {
        if (assets[k] >= constraints->n)
            return fail_listed(constraints, error, argument, k, assets[k]);
        if (coefficients && !isfinite(coefficients[k])) {
            const mvoi_detail detail = { "coefficients", (int64_t)k, (int64_t)assets[k], coefficients[k], 0.0 };
            return fail_coefficient(constraints, error, detail, name, -1, assets[k]);
        }
        /* A list longer than the set must repeat itself before its end: reading on could leave the caller's array. */
        if (k >= constraints->n)
            break;
    }
    return MVO_OK;
}

/* Spreads the list over a row of zeros. NaN marks the places not listed until all are, so that an asset listed twice
   shows even where its coefficient is zero. Returns the first element that repeats an asset, or count. */
static size_t spread(double *row, size_t n, size_t count, const size_t *assets, const double *coefficients)
{
    for (size_t j = 0; j < n; j++)
        row[j] = NAN;
    for (size_t k = 0; k < count; k++) {
        if (!isnan(row[assets[k]]))
            return k;
        row[assets[k]] = coefficients ? coefficients[k] : 1.0;
    }
    for (size_t j = 0; j < n; j++)
        if (isnan(row[j]))
            row[j] = 0.0;
    return count;
}

/* `argument` is what the caller's function calls the list; coefficients of NULL are ones. */
static mvo_status add_listed(int64_t *id, mvo_constraints *constraints, const char *argument, size_t count,
                             const size_t *assets, const double *coefficients, double lower, double upper,
                             const char *name, mvo_error *error)
{
    mvo_status status = check_list(constraints, argument, count, assets, coefficients, name, error);
    if (status == MVO_OK)
        status = check_new_limits(constraints, name, -1, lower, upper, error);
    if (status != MVO_OK)
        return status;
    mvoi_row *row = mvoi_prepare_rows(constraints, 1, &lower, &upper, &name, error);
    if (!row)
        return MVO_ERROR_MEMORY;
    const size_t twice = spread(row->coefficients, constraints->n, count, assets, coefficients);
    if (twice < count) {
        mvoi_discard_rows(constraints, 1);
        return fail_listed(constraints, error, argument, twice, assets[twice]);
    }
    mvoi_commit_rows(id, constraints, 1);
    return MVO_OK;
}

mvo_status mvo_constraints_add_sparse_row(int64_t *id, mvo_constraints *constraints, size_t count, const size_t *assets,
                                          const double *coefficients, double lower, double upper, const char *name,
                                          mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (count && !assets)
        return mvoi_fail_null(constraints->context, error, "assets");
    if (count && !coefficients)
        return mvoi_fail_null(constraints->context, error, "coefficients");
    return add_listed(id, constraints, "assets", count, assets, coefficients, lower, upper, name, error);
}

mvo_status mvo_constraints_add_group(int64_t *id, mvo_constraints *constraints, size_t count, const size_t *members,
                                     double lower, double upper, const char *name, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (count && !members)
        return mvoi_fail_null(constraints->context, error, "members");
    return add_listed(id, constraints, "members", count, members, NULL, lower, upper, name, error);
}

/* ------------------------------------------------------------------------------------- several rows */

static mvo_status check_labels(const mvo_constraints *constraints, size_t groups, const int32_t *label,
                               mvo_error *error)
{
    for (size_t j = 0; j < constraints->n; j++) {
        char whose[MVOI_DESCRIPTION_SIZE];
        if (label[j] < 0 || (size_t)label[j] < groups)
            continue;
        const mvoi_detail detail = { "label", (int64_t)j, -1, (double)label[j], (double)groups };
        return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                         "label[%zu] (%s) is %ld, out of range: there are %zu groups, counted from 0", j,
                         mvoi_describe_asset(whose, sizeof whose, constraints, j), (long)label[j], groups);
    }
    return MVO_OK;
}

mvo_status mvo_constraints_add_groups(int64_t *ids, mvo_constraints *constraints, size_t groups, const int32_t *label,
                                      const double *lower, const double *upper, const char *const *names,
                                      mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (!label)
        return mvoi_fail_null(constraints->context, error, "label");
    mvo_status status = check_labels(constraints, groups, label, error);
    if (status == MVO_OK)
        status = check_all_limits(constraints, groups, lower, upper, names, error);
    if (status != MVO_OK || groups == 0)
        return status;
    mvoi_row *rows = mvoi_prepare_rows(constraints, groups, lower, upper, names, error);
    if (!rows)
        return MVO_ERROR_MEMORY;
    for (size_t j = 0; j < constraints->n; j++)
        if (label[j] >= 0)
            rows[label[j]].coefficients[j] = 1.0;
    mvoi_commit_rows(ids, constraints, groups);
    return MVO_OK;
}

static mvo_status check_loadings(const mvo_constraints *constraints, size_t factors, const double *loadings, size_t ld,
                                 const char *const *names, mvo_error *error)
{
    const size_t n = constraints->n;
    if (ld < n) {
        const mvoi_detail detail = { "ld", -1, -1, (double)ld, (double)n };
        return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                         "ld is %zu, below the number of assets %zu", ld, n);
    }
    if (ld > SIZE_MAX / sizeof *loadings / factors) {
        const mvoi_detail detail = { "factors", -1, -1, (double)factors, (double)ld };
        return mvoi_fail(constraints->context, error, MVO_ERROR_ARGUMENT, detail,
                         "factors is %zu: no memory holds so many columns of %zu numbers", factors, ld);
    }
    for (size_t f = 0; f < factors; f++) {
        const double *column = loadings + f * ld;
        const size_t bad = mvoi_find_not_finite(column, n, 0);
        const mvoi_detail detail = { "loadings", (int64_t)bad, (int64_t)f, bad < n ? column[bad] : 0.0, 0.0 };
        if (bad < n)
            return fail_coefficient(constraints, error, detail, names ? names[f] : NULL, (int64_t)f, bad);
    }
    return MVO_OK;
}

mvo_status mvo_constraints_add_exposures(int64_t *ids, mvo_constraints *constraints, size_t factors,
                                         const double *loadings, size_t ld, const double *lower, const double *upper,
                                         const char *const *names, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (factors == 0)
        return MVO_OK;
    if (!loadings)
        return mvoi_fail_null(constraints->context, error, "loadings");
    mvo_status status = check_loadings(constraints, factors, loadings, ld, names, error);
    if (status == MVO_OK)
        status = check_all_limits(constraints, factors, lower, upper, names, error);
    if (status != MVO_OK)
        return status;
    mvoi_row *rows = mvoi_prepare_rows(constraints, factors, lower, upper, names, error);
    if (!rows)
        return MVO_ERROR_MEMORY;
    for (size_t f = 0; f < factors; f++)
        memcpy(rows[f].coefficients, loadings + f * ld, constraints->n * sizeof *loadings);
    mvoi_commit_rows(ids, constraints, factors);
    return MVO_OK;
}
