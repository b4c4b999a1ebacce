/* SPDX-License-Identifier: MIT */
#include "support/answer.h"

#include <stdarg.h>
#include <string.h>

/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

void answer_read(answer *a, const mvo_solver *solver)
{
    memset(a, 0, sizeof *a);
    assert_in_range(mvo_solver_size(solver), 1, ANSWER_ASSETS);
    assert_in_range(mvo_solver_row_count(solver), 0, ANSWER_ROWS);
    a->report.struct_size = (int64_t)sizeof a->report;
    a->weights_status = mvo_solver_weights(a->weights, solver);
    a->multipliers_status = mvo_solver_multipliers(a->rows, a->bounds, solver);
    a->sides_status = mvo_solver_working_set(a->sides, a->row_sides, solver);
    a->report_status = mvo_solver_report(&a->report, solver);
    a->farkas_status = mvo_solver_farkas(a->farkas_rows, a->farkas_bounds, solver);
    a->ray_status = mvo_solver_ray(a->ray, solver);
    a->target_status = mvo_target_multiplier(&a->target, solver);
    assert_int_equal(mvo_solver_real(&a->time_limit, solver, MVO_OPTION_TIME_LIMIT, NULL), MVO_OK);
    assert_int_equal(mvo_solver_real(&a->tolerance, solver, MVO_OPTION_TOLERANCE, NULL), MVO_OK);
    assert_int_equal(mvo_solver_integer(&a->iteration_limit, solver, MVO_OPTION_ITERATION_LIMIT, NULL), MVO_OK);
    assert_int_equal(mvo_solver_integer(&a->method, solver, MVO_OPTION_METHOD, NULL), MVO_OK);
}

void answer_assert_same(const answer *before, const mvo_solver *solver, const char *file, int line)
{
    answer now;
    answer_read(&now, solver);
    if (memcmp(before, &now, sizeof now) == 0)
        return;
    size_t at = 0;
    while (((const unsigned char *)before)[at] == ((const unsigned char *)&now)[at])
        at++;
    print_error("the solver's answer changed at byte %zu of `answer`\n", at);
    _fail(file, line);
}
