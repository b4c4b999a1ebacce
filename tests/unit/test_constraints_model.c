/* SPDX-License-Identifier: MIT */
/* Long random sequences of edits, valid and invalid, on a set and on a model of it that is too plain to be wrong:
   fixed arrays, linear search, rows moved one by one. After each edit both show the same. */
#include <mvo/mvo.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_ASSETS = 7, MOST_ROWS = 40, SEQUENCES = 400, EDITS = 120 };

typedef struct model_row {
    int64_t id;
    double a[MOST_ASSETS], lower, upper;
    char name[16]; /* "" for none: the model never uses an empty name */
} model_row;

typedef struct model {
    size_t n, m;
    double lower[MOST_ASSETS], upper[MOST_ASSETS];
    char name[MOST_ASSETS][16];
    model_row row[MOST_ROWS];
    int64_t largest_id; /* ever given out */
} model;

/* ------------------------------------------------------------------------------------------- randomness */

/* xorshift64: Marsaglia (2003), "Xorshift RNGs". */
static uint64_t seed;

static size_t random_below(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed % n);
}

/* Now and then something no call may accept. */
static double random_number(void)
{
    static const double odd[] = { NAN, INFINITY, -INFINITY };
    return random_below(60) == 0 ? odd[random_below(3)] : ((double)random_below(41) - 20) / 8;
}

static double random_limit(int upper)
{
    if (random_below(4) == 0)
        return upper ? INFINITY : -INFINITY;
    return random_number() + (upper ? 3 : -1);
}

static const char *random_name(char *buffer)
{
    if (random_below(3) == 0)
        return NULL;
    snprintf(buffer, 16, "name %zu", random_below(1000));
    return buffer;
}

static int good_limits(double lower, double upper)
{
    return !isnan(lower) && !isnan(upper) && lower != INFINITY && upper != -INFINITY && lower <= upper;
}

static int all_finite(const double *x, size_t n)
{
    int finite = 1;
    for (size_t i = 0; i < n; i++)
        finite = finite && isfinite(x[i]);
    return finite;
}

/* ------------------------------------------------------------------------------------------- comparison */

static void assert_name(const char *have, const char *want)
{
    if (*want)
        assert_string_equal(have, want);
    else
        assert_null(have);
}

static void compare(const model *model, const mvo_constraints *set)
{
    double a[MOST_ASSETS], b[MOST_ASSETS], lower, upper;
    assert_int_equal(mvo_constraints_size(set), model->n);
    assert_int_equal(mvo_constraints_row_count(set), model->m);
    assert_int_equal(mvo_constraints_bounds(a, b, set, NULL), MVO_OK);
    for (size_t j = 0; j < model->n; j++) {
        assert_true(a[j] == model->lower[j] && b[j] == model->upper[j]);
        assert_name(mvo_constraints_asset_name(set, j), model->name[j]);
    }
    for (size_t i = 0; i < model->m; i++) {
        const model_row *row = &model->row[i];
        assert_true(mvo_constraints_row_id(set, i) == row->id);
        assert_int_equal(mvo_constraints_row(a, &lower, &upper, set, row->id, NULL), MVO_OK);
        assert_true(lower == row->lower && upper == row->upper);
        for (size_t j = 0; j < model->n; j++)
            assert_true(a[j] == row->a[j]);
        assert_name(mvo_constraints_row_name(set, row->id), row->name);
    }
    assert_true(mvo_constraints_row_id(set, model->m) == -1);
}

static size_t model_find(const model *model, int64_t id)
{
    size_t i = 0;
    while (i < model->m && model->row[i].id != id)
        i++;
    return i;
}

/* Takes into the model a row the set accepted; its id must be a new one. */
static void model_add(model *model, int64_t id, const double *a, double lower, double upper, const char *name)
{
    model_row *row = &model->row[model->m++];
    assert_true(id > model->largest_id);
    model->largest_id = row->id = id;
    memcpy(row->a, a, sizeof row->a);
    row->lower = lower;
    row->upper = upper;
    snprintf(row->name, sizeof row->name, "%s", name ? name : "");
}

static int64_t random_id(const model *model)
{
    if (model->m == 0 || random_below(8) == 0)
        return (int64_t)random_below(60) - 5;
    return model->row[random_below(model->m)].id;
}

/* ------------------------------------------------------------------------------------------------ edits */

static void edit_bound(model *model, mvo_constraints *set)
{
    const size_t j = random_below(model->n + 1);
    const double lower = random_limit(0), upper = random_limit(1);
    const int good = j < model->n && good_limits(lower, upper);
    assert_int_equal(mvo_constraints_set_bound(set, j, lower, upper, NULL) == MVO_OK, good);
    if (good) {
        model->lower[j] = lower;
        model->upper[j] = upper;
    }
}

static void edit_bounds(model *model, mvo_constraints *set)
{
    double lower[MOST_ASSETS], upper[MOST_ASSETS];
    const int sides = (int)random_below(4);
    int good = 1;
    for (size_t j = 0; j < model->n; j++) {
        lower[j] = random_limit(0);
        upper[j] = lower[j] > -INFINITY && random_below(4) ? lower[j] + 2 : random_limit(1);
        good = good && good_limits(sides & 1 ? lower[j] : model->lower[j], sides & 2 ? upper[j] : model->upper[j]);
    }
    const mvo_status status = mvo_constraints_set_bounds(set, sides & 1 ? lower : NULL, sides & 2 ? upper : NULL, NULL);
    assert_int_equal(status == MVO_OK, good);
    for (size_t j = 0; good && j < model->n; j++) {
        model->lower[j] = sides & 1 ? lower[j] : model->lower[j];
        model->upper[j] = sides & 2 ? upper[j] : model->upper[j];
    }
}

static void edit_asset_name(model *model, mvo_constraints *set)
{
    char buffer[16];
    const char *name = random_name(buffer);
    const size_t j = random_below(model->n + 1);
    assert_int_equal(mvo_constraints_set_asset_name(set, j, name, NULL) == MVO_OK, j < model->n);
    if (j < model->n)
        snprintf(model->name[j], sizeof model->name[j], "%s", name ? name : "");
}

static void edit_add_row(model *model, mvo_constraints *set)
{
    char buffer[16];
    double a[MOST_ASSETS] = { 0 };
    const double lower = random_limit(0), upper = random_limit(1);
    const char *name = random_name(buffer);
    for (size_t j = 0; j < model->n; j++)
        a[j] = random_number();
    const int good = all_finite(a, model->n) && good_limits(lower, upper);
    int64_t id = -9;
    assert_int_equal(mvo_constraints_add_row(&id, set, a, lower, upper, name, NULL) == MVO_OK, good);
    if (good)
        model_add(model, id, a, lower, upper, name);
    else
        assert_true(id == -9);
}

static void edit_add_sparse(model *model, mvo_constraints *set)
{
    size_t assets[MOST_ASSETS + 2];
    double values[MOST_ASSETS + 2], a[MOST_ASSETS] = { 0 };
    int seen[MOST_ASSETS] = { 0 }, good = 1;
    const size_t count = random_below(4), most = model->n + (random_below(6) == 0);
    const int group = random_below(2) == 0;
    for (size_t k = 0; k < count; k++) {
        const size_t j = assets[k] = random_below(most);
        values[k] = random_number();
        good = good && j < model->n && !seen[j] && (group || isfinite(values[k]));
        if (good) {
            seen[j] = 1;
            a[j] = group ? 1.0 : values[k];
        }
    }
    const double lower = random_limit(0), upper = random_limit(1);
    good = good && good_limits(lower, upper);
    int64_t id = -9;
    const mvo_status status =
        group ? mvo_constraints_add_group(&id, set, count, assets, lower, upper, NULL, NULL)
              : mvo_constraints_add_sparse_row(&id, set, count, assets, values, lower, upper, NULL, NULL);
    assert_int_equal(status == MVO_OK, good);
    if (good)
        model_add(model, id, a, lower, upper, NULL);
}

static void edit_add_groups(model *model, mvo_constraints *set)
{
    int32_t label[MOST_ASSETS];
    double a[3][MOST_ASSETS] = { { 0 } }, lower[3], upper[3];
    const size_t groups = 1 + random_below(3);
    int good = 1;
    for (size_t j = 0; j < model->n; j++) {
        label[j] = (int32_t)random_below(groups + 1) - 1 + (random_below(40) == 0);
        if (label[j] >= (int32_t)groups)
            good = 0;
        else if (label[j] >= 0)
            a[label[j]][j] = 1.0;
    }
    for (size_t g = 0; g < groups; g++) {
        lower[g] = random_limit(0);
        upper[g] = random_limit(1);
        good = good && good_limits(lower[g], upper[g]);
    }
    int64_t ids[3] = { -9, -9, -9 };
    const mvo_status status = mvo_constraints_add_groups(ids, set, groups, label, lower, upper, NULL, NULL);
    assert_int_equal(status == MVO_OK, good);
    for (size_t g = 0; g < groups; g++) {
        if (good)
            model_add(model, ids[g], a[g], lower[g], upper[g], NULL);
        else
            assert_true(ids[g] == -9);
    }
}

static void edit_add_exposures(model *model, mvo_constraints *set)
{
    char buffer[16];
    const size_t ld = model->n + 1;
    double b[2 * (MOST_ASSETS + 1)];
    const double lower[2] = { -1, 0 }, upper[2] = { 1, INFINITY };
    const char *const names[2] = { random_name(buffer), "beta" };
    int good = 1;
    for (size_t i = 0; i < 2 * ld; i++)
        b[i] = i % ld < model->n ? random_number() : NAN;
    for (size_t f = 0; f < 2; f++)
        good = good && all_finite(b + f * ld, model->n);
    int64_t ids[2];
    const mvo_status status = mvo_constraints_add_exposures(ids, set, 2, b, ld, lower, upper, names, NULL);
    assert_int_equal(status == MVO_OK, good);
    for (size_t f = 0; good && f < 2; f++) {
        double a[MOST_ASSETS] = { 0 };
        memcpy(a, b + f * ld, model->n * sizeof *a);
        model_add(model, ids[f], a, lower[f], upper[f], names[f]);
    }
}

static void edit_replace(model *model, mvo_constraints *set)
{
    double a[MOST_ASSETS] = { 0 };
    const int64_t id = random_id(model);
    const size_t i = model_find(model, id);
    for (size_t j = 0; j < model->n; j++)
        a[j] = random_number();
    const mvo_status want = i == model->m              ? MVO_ERROR_NOT_FOUND
                            : !all_finite(a, model->n) ? MVO_ERROR_NOT_FINITE
                                                       : MVO_OK;
    assert_int_equal(mvo_constraints_replace_row(set, id, a, NULL), want);
    if (want == MVO_OK)
        memcpy(model->row[i].a, a, sizeof a);
}

static void edit_limits(model *model, mvo_constraints *set)
{
    const int64_t id = random_id(model);
    const size_t i = model_find(model, id);
    const double lower = random_limit(0), upper = random_limit(1);
    const int good = i < model->m && good_limits(lower, upper);
    assert_int_equal(mvo_constraints_set_limits(set, id, lower, upper, NULL) == MVO_OK, good);
    if (good) {
        model->row[i].lower = lower;
        model->row[i].upper = upper;
    }
}

static void edit_remove(model *model, mvo_constraints *set)
{
    const int64_t id = random_id(model);
    const size_t i = model_find(model, id);
    assert_int_equal(mvo_constraints_remove_row(set, id, NULL), i < model->m ? MVO_OK : MVO_ERROR_NOT_FOUND);
    if (i == model->m)
        return;
    for (size_t k = i; k + 1 < model->m; k++)
        model->row[k] = model->row[k + 1];
    model->m--;
}

/* Goes on with a copy; the original, edited once more on its own, must not matter. */
static mvo_constraints *edit_copy(const model *model, mvo_constraints *set)
{
    mvo_constraints *copy;
    assert_int_equal(mvo_constraints_copy(&copy, set, NULL), MVO_OK);
    compare(model, copy);
    mvo_constraints_set_bound(set, 0, 123, 456, NULL);
    mvo_constraints_add_budget(NULL, set, 0, 1, NULL);
    mvo_constraints_free(set);
    return copy;
}

static void run_sequence(void)
{
    typedef void (*edit)(model * model, mvo_constraints * set);
    static const edit edits[] = { edit_bound,      edit_bounds,     edit_asset_name,   edit_replace, edit_limits,
                                  edit_remove,     edit_remove,     edit_remove,       edit_add_row, edit_add_row,
                                  edit_add_sparse, edit_add_groups, edit_add_exposures };
    enum { CHANGING = 8, ALL = sizeof edits / sizeof *edits };
    model m = { 0 };
    mvo_constraints *set;
    m.n = 1 + random_below(MOST_ASSETS);
    for (size_t j = 0; j < m.n; j++) {
        m.lower[j] = -INFINITY;
        m.upper[j] = INFINITY;
    }
    assert_int_equal(mvo_constraints_new(&set, NULL, m.n, NULL), MVO_OK);
    for (int step = 0; step < EDITS; step++) {
        edits[random_below(m.m + 3 > MOST_ROWS ? CHANGING : ALL)](&m, set);
        if (random_below(20) == 0)
            set = edit_copy(&m, set);
        compare(&m, set);
    }
    mvo_constraints_free(set);
}

static void test_random_edits(void **state)
{
    (void)state;
    for (uint64_t sequence = 1; sequence <= SEQUENCES; sequence++) {
        seed = sequence * UINT64_C(0x9E3779B97F4A7C15);
        run_sequence();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_edits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
