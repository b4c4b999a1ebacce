/* SPDX-License-Identifier: MIT */
/* Everything a solver shows of its last answer, to be compared byte by byte. */
#ifndef SUPPORT_ANSWER_H
#define SUPPORT_ANSWER_H

#include <mvo/mvo.h>

enum { ANSWER_ASSETS = 64, ANSWER_ROWS = 16 };

typedef struct answer {
    int64_t weights_status, multipliers_status, sides_status, report_status, farkas_status, ray_status, target_status;
    double weights[ANSWER_ASSETS], rows[ANSWER_ROWS], bounds[ANSWER_ASSETS];
    double farkas_rows[ANSWER_ROWS], farkas_bounds[ANSWER_ASSETS], ray[ANSWER_ASSETS], target;
    int32_t sides[ANSWER_ASSETS], row_sides[ANSWER_ROWS];
    mvo_report report;
    double time_limit, tolerance;
    int64_t iteration_limit, method;
} answer;

/* Reads it all; what the solver refuses to tell is zero. The solver has at most ANSWER_ASSETS assets, ANSWER_ROWS rows.
 */
void answer_read(answer *a, const mvo_solver *solver);

/* Fails the running test unless `solver` shows what was read before. */
void answer_assert_same(const answer *before, const mvo_solver *solver, const char *file, int line);

#define assert_answer(before, solver) answer_assert_same((before), (solver), __FILE__, __LINE__)

#endif
