/* SPDX-License-Identifier: MIT */
/*
 * Sets of problems with known answers: classic/ (cycling, degenerate, infeasible, unbounded, semidefinite), netlib/
 * (linear programmes, Hessian zero) and maros_meszaros/ (dense convex quadratic programmes). Every answer is verified;
 * every optimum agrees with the index. All failures of a set are listed, then the test fails.
 */
#include "support/data.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* One problem of a set with what its index says of it. */
typedef struct entry {
    const char *name;
    mvo_outcome expected;
    double objective;
    double objective_tolerance; /* relative to 1 + |objective| */
    double tolerance;           /* of the verifier */
} entry;

/* Solves one problem and judges the answer; 1 if all is well, else 0 with the reason. */
static int judge(const instance *p, const entry *e, char *why, size_t size)
{
    mvo_outcome outcome = -1;
    mvo_report report = MVO_REPORT_INIT;
    mvo_error error = MVO_ERROR_INIT;
    const verify_problem view = instance_view(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    int fine = 0;
    if (!solver)
        snprintf(why, size, "refused");
    else if (mvo_solver_solve(&outcome, solver, &error))
        snprintf(why, size, "%s", error.message);
    else if (outcome != e->expected)
        snprintf(why, size, "%s where %s is right", mvo_outcome_name(outcome), mvo_outcome_name(e->expected));
    else
        fine = verify_solve(&view, solver, outcome, e->tolerance, why, size);
    if (fine && outcome == MVO_OPTIMAL) {
        mvo_solver_report(&report, solver);
        const double objective = report.objective + p->constant;
        fine = fabs(objective - e->objective) <= e->objective_tolerance * (1.0 + fabs(e->objective));
        if (!fine)
            snprintf(why, size, "objective %.17g, expected %.17g", objective, e->objective);
    }
    mvo_solver_free(solver);
    return fine;
}

static mvo_outcome outcome_named(const char *status)
{
    if (strcmp(status, "infeasible") == 0)
        return MVO_INFEASIBLE;
    return strcmp(status, "unbounded") == 0 ? MVO_UNBOUNDED : MVO_OPTIMAL;
}

/* Solves every problem of a folder; `describe` fills an entry from the index, or returns 0 to leave the problem out. */
static void solve_set(const char *folder, int (*describe)(entry *, const data_index *, size_t))
{
    char path[128], why[256];
    size_t solved = 0, failed = 0;
    snprintf(path, sizeof path, "%s/INDEX.tsv", folder);
    data_require(path, folder);
    data_index *index = data_read_index(path);
    for (size_t i = 0; i < index->height; i++) {
        entry e = { 0 };
        if (!describe(&e, index, i))
            continue;
        snprintf(path, sizeof path, "%s/%s.qp", folder, e.name);
        instance *p = data_read_qp(path);
        solved++;
        why[0] = '\0';
        if (!judge(p, &e, why, sizeof why)) {
            print_message("%s/%s\tn %zu\tm %zu\t%s\n", folder, e.name, p->n, p->m, why);
            failed++;
        }
        instance_free(p);
    }
    data_index_free(index);
    print_message("%s: %zu of %zu\n", folder, solved - failed, solved);
    assert_true(solved > 0);
    assert_int_equal(failed, 0);
}

static int describe_classic(entry *e, const data_index *index, size_t i)
{
    e->name = data_index_field(index, i, "name");
    e->expected = outcome_named(data_index_field(index, i, "status"));
    e->objective = strtod(data_index_field(index, i, "obj"), NULL);
    e->objective_tolerance = 1e-12;
    e->tolerance = 1e-9;
    return 1;
}

static int describe_netlib(entry *e, const data_index *index, size_t i)
{
    e->name = data_index_field(index, i, "name");
    e->expected = outcome_named(data_index_field(index, i, "status"));
    e->objective = strtod(data_index_field(index, i, "obj_highs"), NULL);
    e->objective_tolerance = 1e-9; /* twelve digits are printed */
    e->tolerance = 1e-9;
    return 1;
}

/* VALUES alone is not convex. The reference optima carry the duality gap of the solves they come from. */
static int describe_maros(entry *e, const data_index *index, size_t i)
{
    e->name = data_index_field(index, i, "name");
    e->expected = MVO_OPTIMAL;
    e->objective = strtod(data_index_field(index, i, "obj_ref"), NULL);
    e->objective_tolerance = 1e-9;
    e->tolerance = 1e-9;
    return strcmp(e->name, "VALUES") != 0;
}

static void test_classic(void **state)
{
    (void)state;
    solve_set("classic", describe_classic);
}

/* The optima of classic/ that are unique are known weight by weight. */
static void test_classic_weights(void **state)
{
    (void)state;
    data_require("classic/INDEX.tsv", "classic weights");
    data_index *index = data_read_index("classic/INDEX.tsv");
    for (size_t i = 0; i < index->height; i++) {
        char path[128];
        mvo_outcome outcome = -1;
        const char *name = data_index_field(index, i, "name"), *at = data_index_field(index, i, "x_opt");
        if (strcmp(data_index_field(index, i, "status"), "optimal") != 0 ||
            strcmp(data_index_field(index, i, "x_unique"), "1") != 0)
            continue;
        snprintf(path, sizeof path, "classic/%s.qp", name);
        instance *p = data_read_qp(path);
        mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
        double *w = calloc(p->n, sizeof *w);
        assert_non_null(solver);
        assert_non_null(w);
        assert_int_equal(mvo_solver_solve(&outcome, solver, NULL), MVO_OK);
        assert_int_equal(outcome, MVO_OPTIMAL);
        assert_int_equal(mvo_solver_weights(w, solver), MVO_OK);
        for (size_t j = 0; j < p->n; j++) {
            char *end;
            const double expected = strtod(at, &end);
            assert_true(end > at);
            at = end;
            if (!(fabs(w[j] - expected) <= 1e-9 * (1.0 + fabs(expected))))
                fail_msg("%s: weight %zu is %.17g, expected %.17g", name, j, w[j], expected);
        }
        free(w);
        mvo_solver_free(solver);
        instance_free(p);
    }
    data_index_free(index);
}

static void test_netlib(void **state)
{
    (void)state;
    solve_set("netlib", describe_netlib);
}

static void test_maros_meszaros(void **state)
{
    (void)state;
    solve_set("maros_meszaros", describe_maros);
}

/* An eigenvalue of -1.3e-5 where the largest is 10.8: no covariance. */
static void test_values_refused(void **state)
{
    (void)state;
    data_require("maros_meszaros/VALUES.qp", "VALUES is refused");
    instance *p = data_read_qp("maros_meszaros/VALUES.qp");
    mvo_covariance *covariance = NULL;
    mvo_error error = MVO_ERROR_INIT;
    assert_int_equal(mvo_covariance_new_dense(&covariance, NULL, p->n, p->sigma, p->n, MVO_CHECK_ALL, &error),
                     MVO_ERROR_NOT_SEMIDEFINITE);
    assert_null(covariance);
    assert_true(fabs(error.value + 1.273e-5) < 1e-7);
    instance_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classic),        cmocka_unit_test(test_classic_weights), cmocka_unit_test(test_netlib),
        cmocka_unit_test(test_maros_meszaros), cmocka_unit_test(test_values_refused),
    };
    return cmocka_run_group_tests_name("sets", tests, NULL, NULL);
}
